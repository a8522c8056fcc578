-- The log of invitations and everything around it.
--
-- What SQL can promise, SQL promises: a mistake in the program cannot move an unknown invitation
-- back to the queue without a person's consent, repeat an attempt that may have been accepted,
-- change a state without a journal row, or rewrite the journal.
--
-- Times are integer Unix milliseconds, UTC.

-- Everybody who was ever on the allow-list, or in ADMIN_IDS and wrote to the bot. Strangers are
-- never here. `role` is the allow-list itself; NULL means: not on it (revoked, or an admin by
-- configuration only).
CREATE TABLE people (
    id         INTEGER PRIMARY KEY NOT NULL CHECK (id > 0),
    name       TEXT CHECK (name <> ''),
    role       TEXT CHECK (role IN ('admin', 'staff')),
    -- The person's last СБИС office code, offered as a button and never taken silently.
    office     TEXT CHECK (length(office) IN (4, 5)),
    -- When the access was taken away, if it was: a call under way at that time is not repeated.
    revoked_at INTEGER,
    changed_at INTEGER NOT NULL,
    CHECK (role IS NULL OR revoked_at IS NULL)
) STRICT;

CREATE INDEX people_listed ON people (name, id) WHERE role IS NOT NULL;

-- What a person is filling in; one each. A button names the draft and its revision, and ids are
-- never used again, so that an old button can be told from a new one for ever.
CREATE TABLE drafts (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    person     INTEGER NOT NULL UNIQUE REFERENCES people (id),
    revision   INTEGER NOT NULL CHECK (revision > 0),
    -- The shape of `body`: the dialogue's own JSON.
    version    INTEGER NOT NULL,
    body       TEXT NOT NULL CHECK (json_valid(body)),
    -- The message that shows it, which loses its buttons when a newer one is sent.
    card       INTEGER,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE invitations (
    number        INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    provider      TEXT NOT NULL CHECK (provider IN ('invoicebox', 'sbis')),
    author        INTEGER NOT NULL REFERENCES people (id),
    -- The draft it was made from: a second press of the same button finds it here.
    draft         INTEGER NOT NULL UNIQUE,
    email         TEXT NOT NULL,
    email_key     TEXT NOT NULL,
    inn           TEXT CHECK (length(inn) IN (10, 12)),
    kpp           TEXT CHECK (length(kpp) = 9),
    name          TEXT,
    office        TEXT CHECK (length(office) IN (4, 5)),
    -- What makes two invitations of one provider go to the same recipient, and how many times
    -- somebody knowingly overrode that.
    recipient_key TEXT NOT NULL,
    override_no   INTEGER NOT NULL DEFAULT 0 CHECK (override_no >= 0),
    guid          TEXT NOT NULL UNIQUE CHECK (length(guid) = 36),
    -- The bytes of the request, stored with the first attempt; every attempt sends the same,
    -- unless the configuration was refused and put right before any could have been taken.
    body          BLOB,
    state         TEXT NOT NULL DEFAULT 'queued' CHECK (state IN (
                      'queued', 'held', 'sending', 'accepted', 'rejected', 'not_sent', 'unknown',
                      'confirmed_sent', 'confirmed_not_sent', 'cancelled')),
    refusal       TEXT CHECK (refusal IN ('data', 'already_client', 'other')),
    -- Grows by one with every change of state. A button that names another one is stale.
    seq           INTEGER NOT NULL DEFAULT 1,
    -- For a queued one: it does not go before this time, and the earliest goes first.
    not_before    INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    -- The last change of state: when, and by whom (NULL: the bot itself).
    changed_at    INTEGER NOT NULL,
    changed_by    INTEGER REFERENCES people (id),
    -- The one message that shows the author how it stands, and the `seq` it shows.
    status_message INTEGER,
    told_seq      INTEGER NOT NULL DEFAULT 0 CHECK (told_seq <= seq),
    -- The result word of the screens, for the filter of /status.
    bucket        TEXT NOT NULL GENERATED ALWAYS AS (CASE
                      WHEN state IN ('queued', 'held', 'sending') THEN 'waiting'
                      WHEN state IN ('accepted', 'confirmed_sent') THEN 'accepted'
                      WHEN state = 'unknown' THEN 'unknown'
                      WHEN state = 'rejected' AND refusal = 'already_client' THEN 'client'
                      WHEN state = 'rejected' THEN 'refused'
                      ELSE 'not_sent' END) STORED,
    CHECK ((state = 'rejected') = (refusal IS NOT NULL)),
    -- An organisation has a КПП, a person has none, Invoicebox asks for neither.
    CHECK ((provider = 'sbis') = (inn IS NOT NULL)),
    CHECK ((provider = 'sbis') = (name IS NOT NULL)),
    CHECK ((kpp IS NOT NULL) = (inn IS NOT NULL AND length(inn) = 10)),
    CHECK (provider = 'sbis' OR office IS NULL)
) STRICT;

-- The same recipient of the same provider is in flight once, whoever presses and however often,
-- unless somebody overrides it knowingly (the number grows only with a recorded override).
CREATE UNIQUE INDEX one_in_flight ON invitations (provider, recipient_key, override_no)
    WHERE state IN ('queued', 'held', 'sending', 'unknown');

-- The queue of each provider, and what is left over after a crash.
CREATE INDEX invitations_due ON invitations (provider, not_before, number) WHERE state = 'queued';
CREATE INDEX invitations_sending ON invitations (number) WHERE state = 'sending';
CREATE INDEX invitations_untold ON invitations (number) WHERE told_seq < seq;

-- /status: by author and by word, each in the order of numbers; by address and by ИНН.
CREATE INDEX invitations_by_author ON invitations (author, number);
CREATE INDEX invitations_by_bucket ON invitations (bucket, number);
CREATE INDEX invitations_by_author_bucket ON invitations (author, bucket, number);
CREATE INDEX invitations_by_message ON invitations (author, status_message);
CREATE INDEX invitations_by_email ON invitations (email_key, number);
CREATE INDEX invitations_by_inn ON invitations (inn, number) WHERE inn IS NOT NULL;

-- A person's word that a second letter may go out. It is worth one repeat: it names the `seq` it
-- was given at, and the repeat itself moves `seq` on.
CREATE TABLE consents (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    invitation INTEGER NOT NULL REFERENCES invitations (number),
    seq        INTEGER NOT NULL,
    person     INTEGER NOT NULL REFERENCES people (id),
    at         INTEGER NOT NULL,
    UNIQUE (invitation, seq)
) STRICT;

-- Every call to a provider, written before the call is made.
CREATE TABLE attempts (
    invitation     INTEGER NOT NULL REFERENCES invitations (number),
    n              INTEGER NOT NULL CHECK (n > 0),
    -- The consent it uses up; needed when the attempt before it may have been accepted.
    consent        INTEGER UNIQUE REFERENCES consents (id),
    request_sha256 BLOB NOT NULL CHECK (length(request_sha256) = 32),
    started_at     INTEGER NOT NULL,
    ended_at       INTEGER,
    outcome        TEXT CHECK (outcome IN ('accepted', 'rejected', 'not_accepted', 'unknown')),
    -- Why it was not accepted.
    wait           TEXT CHECK (wait IN ('connect', 'throttled', 'config')),
    http_status    INTEGER,
    reference      TEXT,
    request_id     TEXT,
    message        TEXT,
    PRIMARY KEY (invitation, n),
    CHECK ((outcome IS NULL) = (ended_at IS NULL)),
    CHECK ((outcome IS 'not_accepted') = (wait IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- Who did what to what, and when. `actor` NULL is the bot itself.
CREATE TABLE journal (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at         INTEGER NOT NULL,
    actor      INTEGER,
    action     TEXT NOT NULL,
    invitation INTEGER REFERENCES invitations (number),
    -- Whom or what else it concerns: a person's id, a provider.
    subject    TEXT,
    before     TEXT,
    after      TEXT
) STRICT;

CREATE INDEX journal_by_invitation ON journal (invitation, id) WHERE invitation IS NOT NULL;

-- Attempts that may have been accepted, and of which nobody has said since that no letter came.
CREATE VIEW doubts AS
SELECT a.invitation, a.n
FROM attempts a
WHERE a.outcome = 'unknown'
  AND NOT EXISTS (
      SELECT 1 FROM journal j
      WHERE j.invitation = a.invitation AND j.action = 'state'
        AND j.after = 'confirmed_not_sent' AND j.at >= a.ended_at);

-- A provider that gets no calls until an admin says so. `told` is whether the admins know.
CREATE TABLE pauses (
    provider TEXT PRIMARY KEY NOT NULL CHECK (provider IN ('invoicebox', 'sbis')),
    since    INTEGER NOT NULL,
    message  TEXT,
    told     INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1))
) STRICT;

-- ---------------------------------------------------------------- the rules of an invitation

CREATE TRIGGER invitation_begins BEFORE INSERT ON invitations
WHEN NEW.state <> 'queued' OR NEW.seq <> 1 OR NEW.body IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'an invitation begins queued');
END;

CREATE TRIGGER invitation_keeps_its_data BEFORE UPDATE ON invitations
WHEN NEW.number <> OLD.number OR NEW.provider <> OLD.provider OR NEW.author <> OLD.author
    OR NEW.draft <> OLD.draft OR NEW.email <> OLD.email OR NEW.email_key <> OLD.email_key
    OR NEW.inn IS NOT OLD.inn OR NEW.kpp IS NOT OLD.kpp OR NEW.name IS NOT OLD.name
    OR NEW.office IS NOT OLD.office OR NEW.recipient_key <> OLD.recipient_key
    OR NEW.override_no <> OLD.override_no
    OR NEW.guid <> OLD.guid OR NEW.created_at <> OLD.created_at
    OR (OLD.body IS NOT NULL AND NEW.body IS NOT OLD.body AND (OLD.state <> 'queued' OR EXISTS (
            SELECT 1 FROM attempts
            WHERE invitation = OLD.number AND outcome IS NOT NULL AND outcome <> 'not_accepted')))
BEGIN
    SELECT RAISE(ABORT, 'what was confirmed does not change');
END;

CREATE TRIGGER invitation_is_kept BEFORE DELETE ON invitations
BEGIN
    SELECT RAISE(ABORT, 'invitations are kept');
END;

-- The state moves exactly when `seq` does, one step at a time.
CREATE TRIGGER invitation_counts_its_changes BEFORE UPDATE ON invitations
WHEN NEW.seq - OLD.seq <> (NEW.state <> OLD.state)
    OR (NEW.state = OLD.state AND NEW.refusal IS NOT OLD.refusal)
BEGIN
    SELECT RAISE(ABORT, 'seq does not follow the state');
END;

CREATE TRIGGER invitation_transition BEFORE UPDATE OF state ON invitations
WHEN NEW.state <> OLD.state
BEGIN
    SELECT RAISE(ABORT, 'illegal transition') WHERE NOT (
        (OLD.state = 'queued'  AND NEW.state IN ('sending', 'held', 'cancelled')) OR
        (OLD.state = 'held'    AND NEW.state IN ('queued', 'cancelled')) OR
        (OLD.state IN ('queued', 'held') AND NEW.state = 'unknown'
            AND EXISTS (SELECT 1 FROM doubts WHERE invitation = OLD.number)) OR
        (OLD.state = 'sending' AND NEW.state IN ('queued', 'accepted', 'rejected', 'not_sent', 'unknown')) OR
        (OLD.state = 'unknown' AND NEW.state IN ('queued', 'confirmed_sent', 'confirmed_not_sent')) OR
        (OLD.state = 'rejected' AND OLD.refusal = 'other' AND NEW.state = 'queued') OR
        (OLD.state IN ('not_sent', 'confirmed_not_sent') AND NEW.state = 'queued'));
    -- What an earlier attempt left in doubt stays in doubt when a repeat does not go.
    SELECT RAISE(ABORT, 'an earlier attempt is in doubt')
        WHERE NEW.state IN ('not_sent', 'cancelled')
          AND EXISTS (SELECT 1 FROM doubts WHERE invitation = OLD.number);
    -- A repeat uses up a consent that was given at exactly this point.
    SELECT RAISE(ABORT, 'a repeat needs a consent')
        WHERE NEW.state = 'queued' AND OLD.state NOT IN ('held', 'sending')
          AND NOT EXISTS (SELECT 1 FROM consents WHERE invitation = OLD.number AND seq = OLD.seq);
    -- A call is written down before it is made.
    SELECT RAISE(ABORT, 'sending needs its bytes')
        WHERE NEW.state = 'sending' AND NEW.body IS NULL;
    SELECT RAISE(ABORT, 'sending needs an open attempt')
        WHERE NEW.state = 'sending'
          AND NOT EXISTS (SELECT 1 FROM attempts WHERE invitation = OLD.number AND outcome IS NULL);
    -- What the provider said decides.
    SELECT RAISE(ABORT, 'the attempt says otherwise')
        WHERE OLD.state = 'sending'
          AND (SELECT outcome FROM attempts WHERE invitation = OLD.number ORDER BY n DESC LIMIT 1)
              IS NOT CASE
                  WHEN NEW.state IN ('queued', 'not_sent') THEN 'not_accepted'
                  -- A repeat that was certainly not taken, after an attempt in doubt.
                  WHEN NEW.state = 'unknown' AND EXISTS (
                      SELECT 1 FROM doubts WHERE invitation = OLD.number
                          AND n < (SELECT max(n) FROM attempts WHERE invitation = OLD.number))
                      AND (SELECT outcome FROM attempts WHERE invitation = OLD.number
                           ORDER BY n DESC LIMIT 1) = 'not_accepted' THEN 'not_accepted'
                  ELSE NEW.state END;
    -- People resolve, the bot does not.
    SELECT RAISE(ABORT, 'a person decides')
        WHERE NEW.changed_by IS NULL
          AND (NEW.state IN ('confirmed_sent', 'confirmed_not_sent', 'cancelled')
               OR (NEW.state = 'queued' AND OLD.state <> 'sending')
               OR (NEW.state = 'unknown' AND OLD.state <> 'sending'));
END;

-- No change of state without its row in the journal, in the same statement.
CREATE TRIGGER invitation_made AFTER INSERT ON invitations
BEGIN
    INSERT INTO journal (at, actor, action, invitation, after)
    VALUES (NEW.created_at, NEW.author, 'state', NEW.number, NEW.state);
END;

CREATE TRIGGER invitation_changed AFTER UPDATE OF state ON invitations
WHEN NEW.state <> OLD.state
BEGIN
    INSERT INTO journal (at, actor, action, invitation, before, after)
    VALUES (NEW.changed_at, NEW.changed_by, 'state', NEW.number,
            OLD.state || coalesce(':' || OLD.refusal, ''),
            NEW.state || coalesce(':' || NEW.refusal, ''));
END;

-- ------------------------------------------------------------------ the rules of an attempt

CREATE TRIGGER attempt_begins BEFORE INSERT ON attempts
BEGIN
    SELECT RAISE(ABORT, 'an attempt begins open') WHERE NEW.outcome IS NOT NULL;
    SELECT RAISE(ABORT, 'only a queued invitation is attempted')
        WHERE (SELECT state FROM invitations WHERE number = NEW.invitation) IS NOT 'queued';
    SELECT RAISE(ABORT, 'its provider is paused')
        WHERE (SELECT provider FROM invitations WHERE number = NEW.invitation)
              IN (SELECT provider FROM pauses);
    SELECT RAISE(ABORT, 'attempts are numbered from 1')
        WHERE NEW.n <> 1 + (SELECT count(*) FROM attempts WHERE invitation = NEW.invitation);
    SELECT RAISE(ABORT, 'the attempt before it is open')
        WHERE EXISTS (SELECT 1 FROM attempts WHERE invitation = NEW.invitation AND outcome IS NULL);
    SELECT RAISE(ABORT, 'every attempt sends the same bytes')
        WHERE EXISTS (
            SELECT 1 FROM attempts
            WHERE invitation = NEW.invitation AND request_sha256 <> NEW.request_sha256
              AND (outcome IS NOT 'not_accepted' OR wait <> 'config'));
    -- A consent is used up by the very next attempt, so that none is left over for a later one.
    SELECT RAISE(ABORT, 'not the consent that waits')
        WHERE NEW.consent IS NOT (
            SELECT id FROM consents
            WHERE invitation = NEW.invitation
              AND id NOT IN (SELECT consent FROM attempts
                             WHERE invitation = NEW.invitation AND consent IS NOT NULL)
            ORDER BY id DESC LIMIT 1);
    SELECT RAISE(ABORT, 'the attempt before it may have been accepted')
        WHERE NEW.n > 1 AND NEW.consent IS NULL
          AND (SELECT outcome FROM attempts WHERE invitation = NEW.invitation AND n = NEW.n - 1)
              IS NOT 'not_accepted';
END;

CREATE TRIGGER attempt_ends_once BEFORE UPDATE ON attempts
WHEN OLD.outcome IS NOT NULL OR NEW.invitation <> OLD.invitation OR NEW.n <> OLD.n
    OR NEW.consent IS NOT OLD.consent OR NEW.request_sha256 <> OLD.request_sha256
    OR NEW.started_at <> OLD.started_at
BEGIN
    SELECT RAISE(ABORT, 'an attempt is closed once');
END;

CREATE TRIGGER attempt_is_kept BEFORE DELETE ON attempts
BEGIN
    SELECT RAISE(ABORT, 'attempts are kept');
END;

-- ---------------------------------------------------------------- what is only ever added to

CREATE TRIGGER journal_is_append_only_1 BEFORE UPDATE ON journal
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

CREATE TRIGGER journal_is_append_only_2 BEFORE DELETE ON journal
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

CREATE TRIGGER consent_is_kept_1 BEFORE UPDATE ON consents
BEGIN
    SELECT RAISE(ABORT, 'consents are kept');
END;

CREATE TRIGGER consent_is_kept_2 BEFORE DELETE ON consents
BEGIN
    SELECT RAISE(ABORT, 'consents are kept');
END;

-- A consent is given by a person at the invitation's present point, and only where a repeat is
-- possible at all.
CREATE TRIGGER consent_is_given_now BEFORE INSERT ON consents
BEGIN
    SELECT RAISE(ABORT, 'a consent to what is not there')
        WHERE NOT EXISTS (
            SELECT 1 FROM invitations
            WHERE number = NEW.invitation AND seq = NEW.seq
              AND (state IN ('unknown', 'not_sent', 'confirmed_not_sent')
                   OR (state = 'rejected' AND refusal = 'other')));
END;
