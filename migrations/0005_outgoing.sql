-- What Telegram does not take at once, and another program that takes this bot's updates.
--
-- Times are integer Unix milliseconds, UTC.

-- Messages that are still to be sent. What a turn has to say is written down with what it says,
-- in one transaction, and deleted once it was sent: so it is said after an outage, a long flood
-- limit or a restart too. The screens of a draft are not here: they are made anew from the draft.
CREATE TABLE unsaid (
    id      INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- Whose private chat. An admin by configuration need not stand in `people`.
    person  INTEGER NOT NULL,
    -- The update that this answers; NULL: nobody asked.
    answers INTEGER,
    -- The request as it goes to Telegram.
    body    TEXT NOT NULL CHECK (json_valid(body)),
    made_at INTEGER NOT NULL
) STRICT;

CREATE INDEX unsaid_by_person ON unsaid (person, id);
CREATE INDEX unsaid_by_update ON unsaid (answers) WHERE answers IS NOT NULL;

-- While a row is here, another program takes updates with this bot's token, or did: it may be a
-- bot with a copy of this database, sending the same queue. No attempt begins until an admin says
-- that this bot is alone.
CREATE TABLE rival (
    id    INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    since INTEGER NOT NULL,
    -- When it was noticed last.
    seen  INTEGER NOT NULL,
    -- Whether the admins know.
    told  INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1))
) STRICT;

CREATE TRIGGER attempt_heeds_a_rival BEFORE INSERT ON attempts
WHEN EXISTS (SELECT 1 FROM rival)
BEGIN
    SELECT RAISE(ABORT, 'another program may be sending');
END;
