-- Links that let somebody in: whoever holds the token joins with what the link gives.

CREATE TABLE links (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- SHA-256 of the token, which nobody but its holder knows, and its first bytes to find it by.
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    begins     INTEGER NOT NULL,
    role       TEXT NOT NULL CHECK (role IN ('senior', 'staff', 'observer')),
    office     TEXT CHECK (length(office) IN (4, 5)),
    day_limit  INTEGER CHECK (day_limit >= 0),
    until      INTEGER NOT NULL,
    uses       INTEGER NOT NULL CHECK (uses BETWEEN 1 AND 100),
    used       INTEGER NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND uses),
    made_at    INTEGER NOT NULL,
    made_by    INTEGER NOT NULL REFERENCES people (id),
    ended_at   INTEGER,
    -- Why, if somebody ended it.
    ended      TEXT CHECK (ended IN ('revoked', 'replaced')),
    CHECK ((ended_at IS NULL) = (ended IS NULL))
) STRICT;

CREATE INDEX links_by_beginning ON links (begins);
CREATE INDEX links_by_end ON links (until) WHERE ended_at IS NULL;
CREATE INDEX links_by_maker ON links (made_by) WHERE ended_at IS NULL;

CREATE TRIGGER link_stays_what_it_is BEFORE UPDATE ON links
WHEN NEW.id <> OLD.id OR NEW.token_hash <> OLD.token_hash OR NEW.begins <> OLD.begins
    OR NEW.role <> OLD.role OR NEW.office IS NOT OLD.office OR NEW.day_limit IS NOT OLD.day_limit
    OR NEW.until <> OLD.until OR NEW.uses <> OLD.uses OR NEW.used < OLD.used
    OR NEW.made_at <> OLD.made_at OR NEW.made_by <> OLD.made_by
    OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS NOT OLD.ended_at)
BEGIN
    SELECT RAISE(ABORT, 'a link stays what it is');
END;

CREATE TRIGGER link_is_kept BEFORE DELETE ON links
BEGIN
    SELECT RAISE(ABORT, 'links are kept');
END;
