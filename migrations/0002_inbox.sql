-- What Telegram handed over. It is stored before it is acknowledged, and takes effect once.

-- A repeated update is known by its id being here, never by its being lower than the last one:
-- ids restart at random after a week without updates (Bot API, `Update.update_id`). So rows are
-- kept for longer than that, and without what people wrote.
CREATE TABLE inbox (
    update_id   INTEGER PRIMARY KEY NOT NULL,
    -- Updates of one chat are worked on one after the other.
    chat        INTEGER NOT NULL,
    -- The update as it came; gone as soon as it took effect.
    raw         TEXT,
    -- The same for all of a batch, in which ids grow.
    received_at INTEGER NOT NULL,
    -- Counted before each try, so that an update that kills the program is given up too.
    tries       INTEGER NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 3),
    -- When it took effect, in the same transaction as the effect itself.
    done_at     INTEGER,
    -- Whether the person saw what came of it.
    answered    INTEGER NOT NULL DEFAULT 0 CHECK (answered IN (0, 1)),
    -- When it was given up.
    parked_at   INTEGER,
    CHECK ((raw IS NULL) = (done_at IS NOT NULL)),
    CHECK (done_at IS NULL OR parked_at IS NULL),
    CHECK (answered = 0 OR done_at IS NOT NULL)
) STRICT;

CREATE INDEX inbox_undone ON inbox (received_at, update_id)
    WHERE done_at IS NULL AND parked_at IS NULL;
CREATE INDEX inbox_unanswered ON inbox (chat) WHERE done_at IS NOT NULL AND answered = 0;
CREATE INDEX inbox_by_age ON inbox (received_at);

CREATE TRIGGER update_takes_effect_once BEFORE UPDATE ON inbox
WHEN (OLD.done_at IS NOT NULL AND NEW.done_at IS NOT OLD.done_at)
    OR (OLD.parked_at IS NOT NULL AND NEW.parked_at IS NOT OLD.parked_at)
    OR NEW.update_id <> OLD.update_id
BEGIN
    SELECT RAISE(ABORT, 'an update takes effect once');
END;

-- When Telegram answered a poll last, to within seconds: presses live there for minutes only, so
-- after a longer silence some may be lost.
CREATE TABLE pulse (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;

-- Whether such a silence fell on this draft and no card of it was shown since.
ALTER TABLE drafts ADD COLUMN show_again INTEGER NOT NULL DEFAULT 0 CHECK (show_again IN (0, 1));

CREATE INDEX drafts_to_show_again ON drafts (person) WHERE show_again = 1;
