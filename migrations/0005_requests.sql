-- What somebody may not do alone, asked of those who may: one card, one decision, one mechanism.

CREATE TABLE requests (
    id            INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('access', 'limit', 'repeat', 'stop')),
    asker         INTEGER NOT NULL,
    -- Of a stranger, as Telegram gives them.
    name          TEXT CHECK (name <> ''),
    username      TEXT CHECK (username <> ''),
    -- What it is about, for those who decide; a client's data, which go with the decision.
    subject       TEXT CHECK (subject <> ''),
    -- To whom a repeat is to go.
    provider      TEXT CHECK (provider IN ('invoicebox', 'sbis')),
    recipient_key TEXT,
    -- The entry of the stop-list that is to go.
    stop          INTEGER REFERENCES stoplist (id),
    at            INTEGER NOT NULL,
    reminded_at   INTEGER,
    state         TEXT NOT NULL DEFAULT 'open'
                  CHECK (state IN ('open', 'granted', 'refused', 'blocked', 'expired', 'closed')),
    -- How many letters more.
    extra         INTEGER CHECK (extra BETWEEN 1 AND 100),
    decided_by    INTEGER,
    decided_at    INTEGER,
    -- When the letter went into the queue that was asked for.
    used_at       INTEGER,
    CHECK ((state = 'open') = (decided_at IS NULL)),
    CHECK ((decided_by IS NOT NULL) = (state IN ('granted', 'refused', 'blocked'))),
    CHECK (state <> 'blocked' OR kind = 'access'),
    CHECK ((provider IS NOT NULL) = (kind = 'repeat')),
    CHECK ((stop IS NOT NULL) = (kind = 'stop')),
    CHECK ((extra IS NOT NULL) = (kind = 'limit' AND state = 'granted')),
    CHECK (used_at IS NULL OR (kind = 'repeat' AND state = 'granted')),
    CHECK (subject IS NULL OR state = 'open'),
    CHECK (recipient_key IS NULL OR (kind = 'repeat' AND state IN ('open', 'granted')))
) STRICT;

CREATE UNIQUE INDEX requests_open ON requests (asker, kind) WHERE state = 'open';
CREATE INDEX requests_by_state ON requests (state, at);
CREATE INDEX requests_by_asker ON requests (asker, kind, decided_at);

-- The copies of its card, in the chats of those who may decide.
CREATE TABLE request_cards (
    request INTEGER NOT NULL REFERENCES requests (id),
    person  INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (request, person, message)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER request_begins_open BEFORE INSERT ON requests
WHEN NEW.state <> 'open'
BEGIN
    SELECT RAISE(ABORT, 'a request begins open');
END;

CREATE TRIGGER request_is_decided_once BEFORE UPDATE ON requests
WHEN NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.asker <> OLD.asker OR NEW.at <> OLD.at
    OR (OLD.state <> 'open' AND NEW.state <> OLD.state
        -- Somebody who was shut out may ask again.
        AND NOT (OLD.state = 'blocked' AND NEW.state = 'closed'))
    OR (OLD.used_at IS NOT NULL AND NEW.used_at IS NOT OLD.used_at)
BEGIN
    SELECT RAISE(ABORT, 'a request is decided once');
END;

CREATE TRIGGER request_is_kept BEFORE DELETE ON requests
BEGIN
    SELECT RAISE(ABORT, 'requests are kept');
END;
