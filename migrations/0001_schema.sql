-- The log of invitations and everything around it.
--
-- What SQL can promise, SQL promises: a mistake in the program cannot move an unknown invitation
-- back to the queue without a person's consent, repeat an attempt that may have been accepted,
-- change a state without a journal row, write to somebody on the stop-list, or rewrite the journal.
--
-- First the tables, each with its indexes; then the views; then the triggers.
-- Times are integer Unix milliseconds, UTC.

-- ---------------------------------------------------------------------------------------- people

-- Everybody who was ever on the allow-list, or in ADMIN_IDS and wrote to the bot. Strangers are
-- never here. `role` is the allow-list itself; NULL means: not on it (revoked, or an admin by
-- configuration only).
CREATE TABLE people (
    id         INTEGER PRIMARY KEY NOT NULL CHECK (id > 0),
    name       TEXT CHECK (name <> ''),
    role       TEXT CHECK (role IN ('admin', 'staff')),
    -- The person's last СБИС office code, offered as a button and never taken silently.
    office     TEXT CHECK (length(office) IN (4, 5)),
    -- How many letters a person may send a day: 0 is as many as there are, NULL what the
    -- configuration says.
    day_limit  INTEGER CHECK (day_limit >= 0),
    -- The same within an hour.
    hour_limit INTEGER CHECK (hour_limit >= 0),
    -- When the access was taken away, if it was: a call under way at that time is not repeated.
    revoked_at INTEGER,
    changed_at INTEGER NOT NULL,
    CHECK (role IS NULL OR revoked_at IS NULL)
) STRICT;

CREATE INDEX people_listed ON people (name, id) WHERE role IS NOT NULL;
CREATE INDEX people_admins ON people (id) WHERE role = 'admin';

-- The СБИС office codes that an admin gave a person; the one with place 0 is the main one. A person
-- without any is asked, or the organisation's code is taken.
CREATE TABLE offices (
    person INTEGER NOT NULL REFERENCES people (id),
    place  INTEGER NOT NULL CHECK (place BETWEEN 0 AND 9),
    code   TEXT NOT NULL CHECK (length(code) IN (4, 5)),
    PRIMARY KEY (person, place),
    UNIQUE (person, code)
) STRICT, WITHOUT ROWID;

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
    updated_at INTEGER NOT NULL,
    -- Whether presses may have been lost since its card was shown.
    show_again INTEGER NOT NULL DEFAULT 0 CHECK (show_again IN (0, 1))
) STRICT;

CREATE INDEX drafts_to_show_again ON drafts (person) WHERE show_again = 1;

-- ----------------------------------------------------------------------------------- invitations

CREATE TABLE invitations (
    number        INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    provider      TEXT NOT NULL CHECK (provider IN ('invoicebox', 'sbis')),
    author        INTEGER NOT NULL REFERENCES people (id),
    -- What it was made from, `draft:12`: one becomes one invitation, however often it is asked for.
    idempotency_key TEXT NOT NULL UNIQUE CHECK (idempotency_key GLOB '[a-z]*:?*'),
    email         TEXT,
    -- One mailbox has one key, however its domain is written.
    email_key     TEXT,
    inn           TEXT CHECK (length(inn) IN (10, 12)),
    kpp           TEXT CHECK (length(kpp) = 9),
    name          TEXT,
    office        TEXT CHECK (length(office) IN (4, 5)),
    -- What makes two invitations of one provider go to the same recipient, and how many times
    -- somebody knowingly overrode that.
    recipient_key TEXT,
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
    version           INTEGER NOT NULL DEFAULT 1,
    -- A queued one goes when both times have come, the earliest first. `not_before` is the bot's own
    -- wait, never a long one: the undo window, the pause before a further attempt. `send_at` is a
    -- person's word, for next week perhaps; NULL: as soon as may be.
    not_before    INTEGER NOT NULL,
    send_at       INTEGER,
    created_at    INTEGER NOT NULL,
    -- The last change of state: when, and by whom (NULL: the bot itself).
    changed_at    INTEGER NOT NULL,
    changed_by    INTEGER REFERENCES people (id),
    -- The invitation whose client gets a second letter by this one, as its author was told.
    repeats       INTEGER REFERENCES invitations (number),
    -- When the client's data were taken out of it, never to be put in again.
    erased_at     INTEGER,
    -- The one message that shows the author how it stands, and the `version` it shows.
    status_message INTEGER,
    -- The messages of the author's chat that it was typed in: when one is edited, the author is told
    -- that it goes, or went, as it was.
    sources       TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(sources)),
    notified_version      INTEGER NOT NULL DEFAULT 0 CHECK (notified_version <= version),
    -- When both times have come. (What is generated stands last: sqlx counts columns without it.)
    due_at        INTEGER NOT NULL GENERATED ALWAYS AS
                      (max(not_before, coalesce(send_at, not_before))) STORED,
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
    CHECK (erased_at IS NOT NULL OR (provider = 'sbis') = (inn IS NOT NULL)),
    CHECK (erased_at IS NOT NULL OR (provider = 'sbis') = (name IS NOT NULL)),
    CHECK ((kpp IS NOT NULL) = (inn IS NOT NULL AND length(inn) = 10)),
    CHECK (provider = 'sbis' OR office IS NULL),
    CHECK ((erased_at IS NULL) = (email IS NOT NULL)),
    CHECK ((erased_at IS NULL) = (email_key IS NOT NULL)),
    CHECK ((erased_at IS NULL) = (recipient_key IS NOT NULL)),
    CHECK (erased_at IS NULL OR coalesce(inn, kpp, name, body) IS NULL),
    -- What is not settled is needed.
    CHECK (erased_at IS NULL OR state NOT IN ('queued', 'held', 'sending', 'unknown'))
) STRICT;

-- The same recipient of the same provider is in flight once, whoever presses and however often,
-- unless somebody overrides it knowingly (the number grows only with a recorded override).
CREATE UNIQUE INDEX one_in_flight ON invitations (provider, recipient_key, override_no)
    WHERE state IN ('queued', 'held', 'sending', 'unknown');

-- The queue of each provider, and what is left over after a crash.
CREATE INDEX invitations_due ON invitations (provider, due_at, number) WHERE state = 'queued';
CREATE INDEX invitations_waiting ON invitations (provider, not_before) WHERE state = 'queued';
CREATE INDEX invitations_sending ON invitations (number) WHERE state = 'sending';
-- What is to be shown, and what waits for a person's word, the oldest first.
CREATE INDEX invitations_to_notify ON invitations (number) WHERE notified_version < version;
CREATE INDEX invitations_unknown ON invitations (changed_at, number) WHERE state = 'unknown';

-- /status: by author and by word, each in the order of numbers; by address and by ИНН.
CREATE INDEX invitations_by_author ON invitations (author, number);
CREATE INDEX invitations_by_bucket ON invitations (bucket, number);
CREATE INDEX invitations_by_author_bucket ON invitations (author, bucket, number);
CREATE INDEX invitations_by_message ON invitations (author, status_message);
CREATE INDEX invitations_by_email ON invitations (email_key, number);
CREATE INDEX invitations_by_inn ON invitations (inn, number) WHERE inn IS NOT NULL;
CREATE INDEX invitations_by_repeated ON invitations (repeats) WHERE repeats IS NOT NULL;
-- Everything that was ever sent to a recipient, settled or not.
CREATE INDEX invitations_by_recipient ON invitations (provider, recipient_key);

-- A person's word that a second letter may go out. It is worth one repeat: it names the `version` it
-- was given at, and the repeat itself moves `version` on.
CREATE TABLE consents (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    invitation INTEGER NOT NULL REFERENCES invitations (number),
    version        INTEGER NOT NULL,
    person     INTEGER NOT NULL REFERENCES people (id),
    at         INTEGER NOT NULL,
    UNIQUE (invitation, version)
) STRICT;

-- Every call to a provider, written before the call is made.
CREATE TABLE attempts (
    invitation     INTEGER NOT NULL REFERENCES invitations (number),
    n              INTEGER NOT NULL CHECK (n > 0),
    -- The consent it uses up; needed when the attempt before it may have been accepted.
    consent        INTEGER UNIQUE REFERENCES consents (id),
    -- Whoever tries can tell an address by it, so it goes with the client's data.
    request_sha256 BLOB CHECK (length(request_sha256) = 32),
    started_at     INTEGER NOT NULL,
    ended_at       INTEGER,
    outcome        TEXT CHECK (outcome IN ('accepted', 'rejected', 'not_accepted', 'unknown')),
    -- Why it was not accepted.
    wait           TEXT CHECK (wait IN ('connect', 'throttled', 'config')),
    http_status    INTEGER,
    reference      TEXT,
    request_id     TEXT,
    message        TEXT,
    erased_at      INTEGER,
    PRIMARY KEY (invitation, n),
    CHECK ((outcome IS NULL) = (ended_at IS NULL)),
    CHECK ((outcome IS 'not_accepted') = (wait IS NOT NULL)),
    CHECK ((erased_at IS NULL) = (request_sha256 IS NOT NULL)),
    CHECK (erased_at IS NULL OR (outcome IS NOT NULL AND message IS NULL))
) STRICT, WITHOUT ROWID;

-- How often the author of an unknown invitation was reminded of it. A person's word moves `version`
-- on, and an invitation that becomes unknown once more is counted anew.
CREATE TABLE reminders (
    invitation INTEGER NOT NULL REFERENCES invitations (number),
    version        INTEGER NOT NULL,
    rounds     INTEGER NOT NULL CHECK (rounds BETWEEN 1 AND 3),
    at         INTEGER NOT NULL,
    PRIMARY KEY (invitation, version)
) STRICT, WITHOUT ROWID;

-- An admin's word that a rule does not hold this once: for what that admin confirms or repeats at
-- exactly this time.
CREATE TABLE exceptions (
    id            INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    rule          TEXT NOT NULL CHECK (rule IN ('repeats', 'office')),
    provider      TEXT NOT NULL CHECK (provider IN ('invoicebox', 'sbis')),
    recipient_key TEXT,
    person        INTEGER NOT NULL REFERENCES people (id),
    at            INTEGER NOT NULL,
    erased_at     INTEGER,
    CHECK ((erased_at IS NULL) = (recipient_key IS NOT NULL))
) STRICT;

-- ------------------------------------------------------------------------------------- stop-list

-- Addresses, domains with everything below them, and organisations by ИНН, whatever their КПП. A
-- row is taken off once and then kept; the same may be put on again. As long as it stands, it keeps
-- what it forbids; a client's data are taken out of it when it is off the list.
CREATE TABLE stoplist (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('email', 'domain', 'inn')),
    -- The key of an address, a domain in ASCII, or an ИНН.
    value      TEXT CHECK (value <> ''),
    reason     TEXT CHECK (reason <> ''),
    added_at   INTEGER NOT NULL,
    added_by   INTEGER NOT NULL REFERENCES people (id),
    removed_at INTEGER,
    removed_by INTEGER REFERENCES people (id),
    erased_at  INTEGER,
    CHECK ((removed_at IS NULL) = (removed_by IS NULL)),
    CHECK (value IS NOT NULL OR (removed_at IS NOT NULL AND erased_at IS NOT NULL)),
    CHECK (erased_at IS NULL OR reason IS NULL),
    CHECK (kind <> 'inn' OR length(value) IN (10, 12))
) STRICT;

-- What is on the list stands there once.
CREATE UNIQUE INDEX stoplist_standing ON stoplist (kind, value) WHERE removed_at IS NULL;

-- ------------------------------------------------------------------- when nothing is sent for now

-- While one is open, no call begins that it forbids: of one provider, or of all (NULL).
CREATE TABLE holds (
    id       INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- `bad_credentials`: the provider refuses the key or the address.
    -- `provider_down`: its last word was an error or none at all. It gets no call before `until`,
    -- then one: the probe. A good or certain answer to that ends the hold, anything else puts
    -- `until` off.
    -- `polling_conflict`: another program takes updates with this bot's token, or did; it may be a
    -- bot with a copy of this database, sending the same queue.
    -- `untrusted_database`: the high-water mark, a file beside the database, does not confirm it
    -- (`src/door/mark.rs`): it is a restored backup or a copy, and what is queued may have gone
    -- out already.
    -- `unchecked_file`: the program did not stop cleanly, and is looking through the file for damage.
    kind     TEXT NOT NULL CHECK (kind IN (
                 'bad_credentials', 'provider_down', 'polling_conflict', 'untrusted_database',
                 'unchecked_file')),
    provider TEXT CHECK (provider IN ('invoicebox', 'sbis')),
    since    INTEGER NOT NULL,
    -- It does not end before this.
    until    INTEGER,
    -- What the provider said, as long as it matters; or what is wrong with the database: there was
    -- no mark, or not the one of these files, or it names what the journal lacks.
    detail   TEXT,
    -- How many times in a row the provider was left alone.
    rounds   INTEGER CHECK (rounds > 0),
    -- The invitation whose call is the probe under way.
    probe    INTEGER REFERENCES invitations (number),
    -- Whether the admins know; of a check that is over soon nobody is told at all.
    told     INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1)),
    ended_at INTEGER,
    ended_by INTEGER REFERENCES people (id),
    CHECK ((provider IS NOT NULL) = (kind IN ('bad_credentials', 'provider_down'))),
    CHECK ((until IS NOT NULL) = (kind IN ('provider_down', 'polling_conflict'))),
    CHECK ((rounds IS NOT NULL) = (kind = 'provider_down')),
    CHECK (probe IS NULL OR (kind = 'provider_down' AND ended_at IS NULL)),
    CHECK (CASE kind WHEN 'untrusted_database' THEN detail IS NOT NULL
                                                    AND detail IN ('unmarked', 'copied', 'older')
                     ELSE detail IS NULL OR (kind = 'bad_credentials' AND ended_at IS NULL) END),
    -- A provider that is down comes back by itself, and the program says whether its file is sound;
    -- everything else ends by an admin's word.
    CHECK ((ended_by IS NOT NULL) = (ended_at IS NOT NULL
                                     AND kind NOT IN ('provider_down', 'unchecked_file')))
) STRICT;

-- At most one of a kind is open for each provider.
CREATE UNIQUE INDEX hold_open ON holds (kind, coalesce(provider, '')) WHERE ended_at IS NULL;

-- What was queued when an `untrusted_database` hold began, and is held until it ends. A letter of
-- these may have gone out that nothing here tells of, whatever becomes of them.
CREATE TABLE held_invitations (
    hold       INTEGER NOT NULL REFERENCES holds (id),
    invitation INTEGER NOT NULL REFERENCES invitations (number),
    PRIMARY KEY (hold, invitation)
) STRICT, WITHOUT ROWID;

CREATE INDEX held_invitations_by_invitation ON held_invitations (invitation);

-- --------------------------------------------------------------------------------------- journal

-- Who did what to what, and when; `actor` NULL is the bot itself. It is never changed, so nothing of
-- a client stands in it, nor what people or providers wrote: it names rows, and `before` and `after`
-- are words and numbers of the program.
CREATE TABLE journal (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at         INTEGER NOT NULL,
    actor      INTEGER,
    action     TEXT NOT NULL CHECK (action IN (
                   'state', 'stopped', 'override', 'allow', 'revoke', 'name', 'limit', 'hour_limit',
                   'office',
                   'pause', 'resume', 'outage', 'outage_over', 'stop', 'unstop', 'untrusted_database', 'trust_database',
                   'polling_conflict', 'confirm_single_instance', 'erase')),
    -- To what; the others are NULL.
    invitation INTEGER REFERENCES invitations (number),
    person     INTEGER,
    provider   TEXT CHECK (provider IN ('invoicebox', 'sbis')),
    stop       INTEGER,
    hold       INTEGER,
    before     TEXT,
    after      TEXT,
    CHECK ((invitation IS NOT NULL) = (action IN ('state', 'stopped', 'override'))),
    CHECK ((person IS NOT NULL) = (action IN ('allow', 'revoke', 'name', 'limit', 'hour_limit', 'office'))),
    CHECK ((provider IS NOT NULL) = (action IN ('pause', 'resume', 'outage', 'outage_over'))),
    CHECK ((stop IS NOT NULL) = (action IN ('stop', 'unstop'))),
    CHECK ((hold IS NOT NULL) = (action IN ('untrusted_database', 'trust_database'))),
    CHECK (coalesce(before, after) IS NULL OR action IN (
               'state', 'override', 'allow', 'revoke', 'limit', 'hour_limit', 'office', 'stop', 'unstop',
               'untrusted_database', 'erase'))
) STRICT;

CREATE INDEX journal_by_invitation ON journal (invitation, id) WHERE invitation IS NOT NULL;
-- What was put into the queue, by whom and when: what limits are counted from.
CREATE INDEX journal_queued ON journal (actor, at) WHERE action = 'state' AND after = 'queued';
CREATE INDEX journal_queued_by_all ON journal (at) WHERE action = 'state' AND after = 'queued';
-- Of whatever was there when the database was not vouched for, the provider may know more than it.
CREATE INDEX journal_doubts_of_database ON journal (id) WHERE action = 'untrusted_database';

-- -------------------------------------------------------------------------------------- Telegram

-- What Telegram handed over. It is stored before it is acknowledged, and takes effect once.
--
-- A repeated update is known by its id being here, never by its being lower than the last one:
-- ids restart at random after a week without updates (Bot API, `Update.update_id`). So rows are
-- kept for longer than that, and without what people wrote.
CREATE TABLE inbox (
    update_id   INTEGER PRIMARY KEY NOT NULL,
    -- Updates of one chat are worked on one after the other.
    chat        INTEGER NOT NULL,
    -- The update as it came; gone as soon as it took effect, or with a client's data.
    raw         TEXT,
    -- The same for all of a batch, in which ids grow.
    received_at INTEGER NOT NULL,
    -- Counted before each try but the first, so that an update that kills the program is given up too.
    tries       INTEGER NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 3),
    -- When it took effect, in the same transaction as the effect itself.
    done_at     INTEGER,
    -- Whether the person saw what came of it.
    answered    INTEGER NOT NULL DEFAULT 0 CHECK (answered IN (0, 1)),
    -- When it was given up.
    parked_at   INTEGER,
    erased_at   INTEGER,
    CHECK ((raw IS NULL) = (done_at IS NOT NULL OR erased_at IS NOT NULL)),
    CHECK (done_at IS NULL OR parked_at IS NULL),
    CHECK (erased_at IS NULL OR parked_at IS NOT NULL),
    CHECK (answered = 0 OR done_at IS NOT NULL)
) STRICT;

CREATE INDEX inbox_undone ON inbox (received_at, update_id)
    WHERE done_at IS NULL AND parked_at IS NULL;
CREATE INDEX inbox_unanswered ON inbox (chat) WHERE done_at IS NOT NULL AND answered = 0;
CREATE INDEX inbox_parked ON inbox (update_id) WHERE parked_at IS NOT NULL;
CREATE INDEX inbox_by_age ON inbox (received_at);

-- When Telegram answered a poll last, to within seconds: presses live there for minutes only, so
-- after a longer silence some may be lost.
CREATE TABLE pulse (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;

-- Messages that are still to be sent. What a turn has to say is written down with what it says,
-- in one transaction, and deleted once it was sent: so it is said after an outage, a long flood
-- limit or a restart too. The screens of a draft are not here: they are made anew from the draft.
CREATE TABLE outbox (
    id      INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- Whose private chat. An admin by configuration need not stand in `people`.
    person  INTEGER NOT NULL,
    -- The update that this answers; NULL: nobody asked.
    answers INTEGER,
    -- The request as it goes to Telegram.
    body    TEXT NOT NULL CHECK (json_valid(body)),
    made_at INTEGER NOT NULL
) STRICT;

CREATE INDEX outbox_by_person ON outbox (person, id);

-- The last day for which an admin got the digest of unknown ones, in the zone of the screens. An
-- admin by configuration need not stand in `people`.
CREATE TABLE digests (
    person INTEGER PRIMARY KEY NOT NULL,
    day    TEXT NOT NULL CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]')
) STRICT;

-- ----------------------------------------------------------------------------------- directories

-- What the directories of organisations answered, so that nobody is asked twice a day. A copy and
-- no record: of an ИП it holds a name, so a row lives only until `until`.
CREATE TABLE directory (
    inn          TEXT NOT NULL CHECK (length(inn) IN (10, 12)),
    source       TEXT NOT NULL CHECK (source IN ('invoicebox', 'dadata')),
    -- JSON; NULL when the directory has no such ИНН.
    organisation TEXT,
    fetched_at   INTEGER NOT NULL,
    until        INTEGER NOT NULL CHECK (until >= fetched_at),
    PRIMARY KEY (inn, source)
) STRICT, WITHOUT ROWID;

CREATE INDEX directory_by_age ON directory (until);

-- ----------------------------------------------------------------------------------------- views

-- Attempts that may have been accepted, and of which nobody has said since that no letter came.
-- Each attempt began with the change to `sending` of its number: the order of the journal counts,
-- for a clock may be set back.
CREATE VIEW unresolved_attempts AS
SELECT a.invitation, a.n
FROM attempts a
WHERE a.outcome = 'unknown'
  AND a.n > (SELECT count(*) FROM journal began
             WHERE began.invitation = a.invitation AND began.action = 'state'
               AND began.after = 'sending'
               AND began.id < (SELECT max(id) FROM journal missing
                               WHERE missing.invitation = a.invitation
                                 AND missing.action = 'state'
                                 AND missing.after = 'confirmed_not_sent'));

-- The letters that a recipient got or may have got: each began with a call.
CREATE VIEW possibly_sent AS
SELECT i.provider, i.recipient_key, a.started_at AS at
FROM invitations i JOIN attempts a ON a.invitation = i.number
WHERE a.outcome = 'accepted'
   OR (a.outcome = 'unknown'
       AND EXISTS (SELECT 1 FROM unresolved_attempts WHERE invitation = a.invitation AND n = a.n));

-- What counts against the limits: what a person confirmed or repeated, unless it was taken back
-- before it went.
CREATE VIEW counted AS
SELECT j.at, j.actor, j.invitation
FROM journal j
WHERE j.action = 'state' AND j.after = 'queued'
  AND (j.before IS NULL OR j.before NOT IN ('held', 'sending'))
  AND NOT EXISTS (
      SELECT 1 FROM journal t
      WHERE t.invitation = j.invitation AND t.id > j.id AND t.action = 'state'
        AND t.before IN ('queued', 'held') AND t.after IN ('cancelled', 'unknown')
        AND NOT EXISTS (
            SELECT 1 FROM journal s
            WHERE s.invitation = j.invitation AND s.id > j.id AND s.id < t.id
              AND s.action = 'state' AND s.after = 'sending'));

-- Which entries of the stop-list forbid which invitation.
CREATE VIEW stopped AS
SELECT i.number AS invitation, s.id AS entry
FROM invitations i JOIN stoplist s
    ON s.removed_at IS NULL AND s.kind = 'inn' AND s.value = i.inn
UNION ALL
SELECT i.number, s.id
FROM invitations i JOIN stoplist s
    ON s.removed_at IS NULL AND s.kind = 'email' AND s.value = i.email_key
UNION ALL
SELECT i.number, s.id
FROM invitations i JOIN stoplist s
    ON s.removed_at IS NULL AND s.kind = 'domain'
        AND substr('.' || substr(i.email_key, instr(i.email_key, '@') + 1), -length('.' || s.value))
            = '.' || s.value;

-- Until when an open hold lets no call begin: for ever, unless a probe ends it.
CREATE VIEW forbidden AS
SELECT provider, CASE WHEN kind = 'provider_down' AND probe IS NULL THEN until
                      ELSE 9223372036854775807 END AS until
FROM holds
WHERE ended_at IS NULL;

-- A check of the file that people are not told of yet.
CREATE VIEW checking AS
SELECT id FROM holds WHERE kind = 'unchecked_file' AND ended_at IS NULL AND told = 0;

-- Why an invitation waits: of all reasons the one that people are told, and until when, where that
-- is known. What was queued after a provider was left alone is the probe, or goes right after it.
CREATE VIEW waits AS
SELECT i.number AS invitation,
       CASE WHEN h.id IS NOT NULL THEN h.kind
            WHEN i.state = 'queued' THEN 'time'
            WHEN EXISTS (SELECT 1 FROM stopped WHERE invitation = i.number) THEN 'stop_list'
            WHEN EXISTS (
                SELECT 1 FROM journal
                WHERE invitation = i.number AND action = 'stopped' AND id > (
                    SELECT max(id) FROM journal
                    WHERE invitation = i.number AND action = 'state')) THEN 'off_stop_list'
            ELSE 'revoked' END AS reason,
       CASE WHEN h.kind = 'provider_down' THEN h.until
            WHEN h.id IS NULL AND i.state = 'queued' THEN i.due_at END AS until
FROM invitations i LEFT JOIN holds h ON h.id = (
    SELECT id FROM holds
    WHERE ended_at IS NULL AND (provider IS NULL OR provider = i.provider)
      AND (i.state = 'queued' OR EXISTS (
          SELECT 1 FROM held_invitations WHERE hold = holds.id AND invitation = i.number))
      AND (kind <> 'provider_down' OR (until > i.changed_at AND until >= i.due_at))
      AND (kind <> 'unchecked_file' OR told = 1)
    ORDER BY kind = 'untrusted_database' DESC, kind = 'polling_conflict' DESC,
        kind = 'bad_credentials' DESC, kind = 'provider_down' DESC
    LIMIT 1)
WHERE i.state = 'held'
   OR (i.state = 'queued' AND (h.id IS NOT NULL OR i.due_at > i.changed_at));

-- -------------------------------------------------------------------- the rules of an invitation

CREATE TRIGGER invitation_begins BEFORE INSERT ON invitations
WHEN NEW.state <> 'queued' OR NEW.version <> 1 OR NEW.body IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'an invitation begins queued');
END;

CREATE TRIGGER invitation_keeps_its_data BEFORE UPDATE ON invitations
WHEN NEW.number <> OLD.number OR NEW.provider <> OLD.provider OR NEW.author <> OLD.author
    OR NEW.idempotency_key <> OLD.idempotency_key OR NEW.office IS NOT OLD.office
    OR NEW.override_no <> OLD.override_no OR NEW.guid <> OLD.guid
    OR NEW.created_at <> OLD.created_at OR NEW.repeats IS NOT OLD.repeats
    -- A client's data are erased once and all at once, and do not change otherwise.
    OR (OLD.erased_at IS NOT NULL AND NEW.erased_at IS NOT OLD.erased_at)
    OR (NEW.erased_at IS NULL AND (
            NEW.email <> OLD.email OR NEW.email_key <> OLD.email_key OR NEW.inn IS NOT OLD.inn
            OR NEW.kpp IS NOT OLD.kpp OR NEW.name IS NOT OLD.name
            OR NEW.recipient_key <> OLD.recipient_key))
    -- Who asks for a repeat asks for it now.
    OR (NEW.send_at IS NOT OLD.send_at AND NOT (
            NEW.send_at IS NULL AND NEW.state = 'queued'
            AND OLD.state NOT IN ('queued', 'held', 'sending')))
    OR (NEW.erased_at IS NULL AND OLD.body IS NOT NULL AND NEW.body IS NOT OLD.body
        AND (OLD.state <> 'queued' OR EXISTS (
            SELECT 1 FROM attempts
            WHERE invitation = OLD.number AND outcome IN ('accepted', 'unknown'))))
BEGIN
    SELECT RAISE(ABORT, 'what was confirmed does not change');
END;

CREATE TRIGGER invitation_is_kept BEFORE DELETE ON invitations
BEGIN
    SELECT RAISE(ABORT, 'invitations are kept');
END;

-- The state moves exactly when `version` does, one step at a time.
CREATE TRIGGER invitation_counts_its_changes BEFORE UPDATE ON invitations
WHEN NEW.version - OLD.version <> (NEW.state <> OLD.state)
    OR (NEW.state = OLD.state AND NEW.refusal IS NOT OLD.refusal)
BEGIN
    SELECT RAISE(ABORT, 'version does not follow the state');
END;

CREATE TRIGGER invitation_transition BEFORE UPDATE OF state ON invitations
WHEN NEW.state <> OLD.state
BEGIN
    SELECT RAISE(ABORT, 'illegal transition') WHERE NOT (
        (OLD.state = 'queued'  AND NEW.state IN ('sending', 'held', 'cancelled')) OR
        (OLD.state = 'held'    AND NEW.state IN ('queued', 'cancelled')) OR
        (OLD.state IN ('queued', 'held') AND NEW.state = 'unknown'
            AND EXISTS (SELECT 1 FROM unresolved_attempts WHERE invitation = OLD.number)) OR
        (OLD.state = 'sending' AND NEW.state IN ('queued', 'accepted', 'rejected', 'not_sent', 'unknown')) OR
        (OLD.state = 'unknown' AND NEW.state IN ('queued', 'confirmed_sent', 'confirmed_not_sent')) OR
        (OLD.state = 'rejected' AND OLD.refusal = 'other' AND NEW.state = 'queued') OR
        (OLD.state IN ('not_sent', 'confirmed_not_sent') AND NEW.state = 'queued'));
    -- What an earlier attempt left in doubt stays in doubt when a repeat does not go.
    SELECT RAISE(ABORT, 'an earlier attempt is in doubt')
        WHERE NEW.state IN ('not_sent', 'cancelled')
          AND EXISTS (SELECT 1 FROM unresolved_attempts WHERE invitation = OLD.number);
    -- A repeat uses up a consent that was given at exactly this point.
    SELECT RAISE(ABORT, 'a repeat needs a consent')
        WHERE NEW.state = 'queued' AND OLD.state NOT IN ('held', 'sending')
          AND NOT EXISTS (SELECT 1 FROM consents WHERE invitation = OLD.number AND version = OLD.version);
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
                      SELECT 1 FROM unresolved_attempts WHERE invitation = OLD.number
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

-- Nothing is made, repeated or released to a recipient on the stop-list, whatever the program
-- believes. What comes back from a call that was certainly not taken is written down, and held.
CREATE TRIGGER invitation_heeds_the_stop_list AFTER INSERT ON invitations
BEGIN
    SELECT RAISE(ABORT, 'its recipient is on the stop-list')
        WHERE EXISTS (SELECT 1 FROM stopped WHERE invitation = NEW.number);
END;

CREATE TRIGGER stop_list_holds BEFORE UPDATE OF state ON invitations
WHEN NEW.state = 'queued' AND OLD.state NOT IN ('queued', 'sending')
BEGIN
    SELECT RAISE(ABORT, 'its recipient is on the stop-list')
        WHERE EXISTS (SELECT 1 FROM stopped WHERE invitation = OLD.number);
END;

-- What a hold keeps is released by its end and in no other way.
CREATE TRIGGER hold_keeps BEFORE UPDATE OF state ON invitations
WHEN OLD.state = 'held' AND NEW.state = 'queued'
BEGIN
    SELECT RAISE(ABORT, 'the database is not vouched for')
        WHERE EXISTS (SELECT 1 FROM held_invitations k JOIN holds h ON h.id = k.hold
                      WHERE k.invitation = OLD.number AND h.ended_at IS NULL);
END;

-- One recipient gets a first letter of each provider and three more; of those, one a day. An admin
-- may go beyond.
CREATE TRIGGER repeats_are_few_1 BEFORE INSERT ON invitations
WHEN (SELECT count(*) >= 4 OR (count(*) >= 2 AND max(at) > NEW.created_at - 86400000)
      FROM possibly_sent WHERE provider = NEW.provider AND recipient_key = NEW.recipient_key)
BEGIN
    SELECT RAISE(ABORT, 'too many letters to one recipient')
        WHERE NOT EXISTS (
            SELECT 1 FROM exceptions
            WHERE rule = 'repeats' AND provider = NEW.provider
              AND recipient_key = NEW.recipient_key AND person = NEW.author
              AND at = NEW.created_at);
END;

CREATE TRIGGER repeats_are_few_2 BEFORE UPDATE OF state ON invitations
WHEN NEW.state = 'queued' AND OLD.state IN ('unknown', 'not_sent', 'confirmed_not_sent', 'rejected')
    AND (SELECT count(*) >= 4 OR (count(*) >= 2 AND max(at) > NEW.changed_at - 86400000)
         FROM possibly_sent WHERE provider = NEW.provider AND recipient_key = NEW.recipient_key)
BEGIN
    SELECT RAISE(ABORT, 'too many letters to one recipient')
        WHERE NOT EXISTS (
            SELECT 1 FROM exceptions
            WHERE rule = 'repeats' AND provider = NEW.provider
              AND recipient_key = NEW.recipient_key AND person = NEW.changed_by
              AND at = NEW.changed_at);
END;

-- Who has codes invites with one of them; an admin may use another.
CREATE TRIGGER office_is_the_authors BEFORE INSERT ON invitations
WHEN NEW.provider = 'sbis' AND EXISTS (SELECT 1 FROM offices WHERE person = NEW.author)
BEGIN
    SELECT RAISE(ABORT, 'not an office of its author')
        WHERE NOT EXISTS (SELECT 1 FROM offices WHERE person = NEW.author AND code = NEW.office)
          AND NOT EXISTS (
            SELECT 1 FROM exceptions
            WHERE rule = 'office' AND provider = NEW.provider
              AND recipient_key = NEW.recipient_key AND person = NEW.author
              AND at = NEW.created_at);
END;

-- ------------------------------------------------------------------------ the rules of an attempt

CREATE TRIGGER attempt_begins BEFORE INSERT ON attempts
BEGIN
    SELECT RAISE(ABORT, 'an attempt begins open') WHERE NEW.outcome IS NOT NULL;
    SELECT RAISE(ABORT, 'only a queued invitation is attempted')
        WHERE (SELECT state FROM invitations WHERE number = NEW.invitation) IS NOT 'queued';
    SELECT RAISE(ABORT, 'its time has not come')
        WHERE (SELECT send_at FROM invitations WHERE number = NEW.invitation) > NEW.started_at;
    SELECT RAISE(ABORT, 'attempts are numbered from 1')
        WHERE NEW.n <> 1 + (SELECT count(*) FROM attempts WHERE invitation = NEW.invitation);
    SELECT RAISE(ABORT, 'the attempt before it is open')
        WHERE EXISTS (SELECT 1 FROM attempts WHERE invitation = NEW.invitation AND outcome IS NULL);
    -- Other bytes only where the configuration was just refused, and nothing can have been taken.
    SELECT RAISE(ABORT, 'every attempt sends the same bytes')
        WHERE EXISTS (
            SELECT 1 FROM attempts
            WHERE invitation = NEW.invitation AND request_sha256 <> NEW.request_sha256
              AND (outcome NOT IN ('not_accepted', 'rejected')
                   OR (n = NEW.n - 1 AND wait IS NOT 'config')));
    -- The newest consent waits, unless it or a newer one was used. One whose repeat was taken back
    -- is not left over for a later attempt.
    SELECT RAISE(ABORT, 'not the consent that waits')
        WHERE NEW.consent IS NOT (
            SELECT max(id) FROM consents
            WHERE invitation = NEW.invitation
              AND id > (SELECT coalesce(max(consent), 0) FROM attempts
                        WHERE invitation = NEW.invitation));
    SELECT RAISE(ABORT, 'the attempt before it may have been accepted')
        WHERE NEW.n > 1 AND NEW.consent IS NULL
          AND (SELECT outcome FROM attempts WHERE invitation = NEW.invitation AND n = NEW.n - 1)
              IS NOT 'not_accepted';
END;

CREATE TRIGGER attempt_heeds_holds BEFORE INSERT ON attempts
BEGIN
    SELECT RAISE(ABORT, 'a hold forbids it')
        WHERE EXISTS (SELECT 1 FROM forbidden f JOIN invitations i ON i.number = NEW.invitation
                      WHERE (f.provider IS NULL OR f.provider = i.provider)
                        AND f.until > NEW.started_at);
END;

CREATE TRIGGER attempt_is_the_probe AFTER INSERT ON attempts
BEGIN
    UPDATE holds SET probe = NEW.invitation
    WHERE kind = 'provider_down' AND ended_at IS NULL
      AND provider = (SELECT provider FROM invitations WHERE number = NEW.invitation);
END;

CREATE TRIGGER attempt_heeds_the_stop_list BEFORE INSERT ON attempts
BEGIN
    SELECT RAISE(ABORT, 'its recipient is on the stop-list')
        WHERE EXISTS (SELECT 1 FROM stopped WHERE invitation = NEW.invitation);
END;

CREATE TRIGGER attempt_ends_once BEFORE UPDATE ON attempts
WHEN NEW.invitation <> OLD.invitation OR NEW.n <> OLD.n OR NEW.consent IS NOT OLD.consent
    OR NEW.started_at <> OLD.started_at
    OR (NEW.erased_at IS NULL AND NEW.request_sha256 <> OLD.request_sha256)
    -- What changes of a closed one is that its client's data are erased, once.
    OR (OLD.outcome IS NOT NULL AND (
            OLD.erased_at IS NOT NULL OR NEW.erased_at IS NULL
            OR NEW.outcome IS NOT OLD.outcome OR NEW.ended_at IS NOT OLD.ended_at
            OR NEW.wait IS NOT OLD.wait OR NEW.http_status IS NOT OLD.http_status
            OR NEW.reference IS NOT OLD.reference OR NEW.request_id IS NOT OLD.request_id))
    OR (OLD.outcome IS NULL AND NEW.erased_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'an attempt is closed once');
END;

CREATE TRIGGER attempt_is_kept BEFORE DELETE ON attempts
BEGIN
    SELECT RAISE(ABORT, 'attempts are kept');
END;

-- ------------------------------------------------------------------------- what people said is kept

-- A consent is given at the invitation's present point, and only where a repeat is possible at all.
CREATE TRIGGER consent_is_given_now BEFORE INSERT ON consents
BEGIN
    SELECT RAISE(ABORT, 'a consent to what is not there')
        WHERE NOT EXISTS (
            SELECT 1 FROM invitations
            WHERE number = NEW.invitation AND version = NEW.version
              AND (state IN ('unknown', 'not_sent', 'confirmed_not_sent')
                   OR (state = 'rejected' AND refusal = 'other')));
END;

CREATE TRIGGER consent_is_kept_1 BEFORE UPDATE ON consents
BEGIN
    SELECT RAISE(ABORT, 'consents are kept');
END;

CREATE TRIGGER consent_is_kept_2 BEFORE DELETE ON consents
BEGIN
    SELECT RAISE(ABORT, 'consents are kept');
END;

-- But for the data of its client, once.
CREATE TRIGGER exception_is_kept_1 BEFORE UPDATE ON exceptions
WHEN OLD.erased_at IS NOT NULL OR NEW.erased_at IS NULL OR NEW.id <> OLD.id
    OR NEW.rule <> OLD.rule OR NEW.provider <> OLD.provider OR NEW.person <> OLD.person
    OR NEW.at <> OLD.at
BEGIN
    SELECT RAISE(ABORT, 'exceptions are kept');
END;

CREATE TRIGGER exception_is_kept_2 BEFORE DELETE ON exceptions
BEGIN
    SELECT RAISE(ABORT, 'exceptions are kept');
END;

CREATE TRIGGER journal_is_append_only_1 BEFORE UPDATE ON journal
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

CREATE TRIGGER journal_is_append_only_2 BEFORE DELETE ON journal
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

-- -------------------------------------------------------------------- the rules of the stop-list

CREATE TRIGGER stop_begins BEFORE INSERT ON stoplist
WHEN NEW.removed_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'an entry begins on the list');
END;

CREATE TRIGGER stop_is_taken_off_once BEFORE UPDATE ON stoplist
WHEN NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.added_at <> OLD.added_at
    OR NEW.added_by <> OLD.added_by
    -- Its texts go when they are erased, and do not change otherwise.
    OR (NEW.value IS NOT NULL AND NEW.value IS NOT OLD.value)
    OR (NEW.reason IS NOT NULL AND NEW.reason IS NOT OLD.reason)
    OR (NEW.erased_at IS NULL AND (
            OLD.erased_at IS NOT NULL OR NEW.value IS NOT OLD.value
            OR NEW.reason IS NOT OLD.reason))
    OR (OLD.removed_at IS NOT NULL AND (
            NEW.removed_at IS NOT OLD.removed_at OR NEW.removed_by IS NOT OLD.removed_by
            OR (NEW.value IS OLD.value AND NEW.reason IS OLD.reason)))
BEGIN
    SELECT RAISE(ABORT, 'an entry is taken off once');
END;

CREATE TRIGGER stop_is_kept BEFORE DELETE ON stoplist
BEGIN
    SELECT RAISE(ABORT, 'the stop-list is kept');
END;

-- No change of the list without its row in the journal, in the same statement.
CREATE TRIGGER stop_added AFTER INSERT ON stoplist
BEGIN
    INSERT INTO journal (at, actor, action, stop, after)
    VALUES (NEW.added_at, NEW.added_by, 'stop', NEW.id, NEW.kind);
END;

CREATE TRIGGER stop_removed AFTER UPDATE OF removed_at ON stoplist
BEGIN
    INSERT INTO journal (at, actor, action, stop, before)
    VALUES (NEW.removed_at, NEW.removed_by, 'unstop', NEW.id, NEW.kind);
END;

-- --------------------------------------------------------------------------- the rules of a hold

CREATE TRIGGER hold_ends_once BEFORE UPDATE ON holds
WHEN OLD.ended_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.kind <> OLD.kind
    OR NEW.provider IS NOT OLD.provider OR NEW.since <> OLD.since
BEGIN
    SELECT RAISE(ABORT, 'a hold ends once');
END;

CREATE TRIGGER hold_is_kept BEFORE DELETE ON holds
BEGIN
    SELECT RAISE(ABORT, 'holds are kept');
END;

CREATE TRIGGER held_is_kept_1 BEFORE UPDATE ON held_invitations
BEGIN
    SELECT RAISE(ABORT, 'what a hold keeps is kept');
END;

CREATE TRIGGER held_is_kept_2 BEFORE DELETE ON held_invitations
BEGIN
    SELECT RAISE(ABORT, 'what a hold keeps is kept');
END;

-- ------------------------------------------------------------------------- the rules of an update

-- What was enqueued of it was said with the answer.
CREATE TRIGGER update_is_answered AFTER UPDATE OF answered ON inbox
WHEN NEW.answered = 1
BEGIN
    DELETE FROM outbox WHERE person = NEW.chat AND answers = NEW.update_id;
END;

CREATE TRIGGER update_takes_effect_once BEFORE UPDATE ON inbox
WHEN (OLD.done_at IS NOT NULL AND NEW.done_at IS NOT OLD.done_at)
    OR (OLD.parked_at IS NOT NULL AND NEW.parked_at IS NOT OLD.parked_at)
    OR NEW.update_id <> OLD.update_id
BEGIN
    SELECT RAISE(ABORT, 'an update takes effect once');
END;
