-- What admins were told of the machine and of holds that last, so that it is said once, and taken
-- back when it is over, also across restarts: `disk`, `clock`, `panics`, `backup`, `hold:12`.
CREATE TABLE warnings (
    kind    TEXT PRIMARY KEY NOT NULL CHECK (kind <> ''),
    told_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
