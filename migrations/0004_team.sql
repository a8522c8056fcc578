-- Four roles, an end of access, and a journal of all that a team does. What a CHECK allows cannot be
-- altered, so both tables are made anew, with the rows they had. Nothing refers to them meanwhile: the
-- program turns foreign keys off for its migrations.

CREATE TABLE saved AS SELECT * FROM people;
DROP TABLE people;

-- Everybody who was ever on the allow-list, or in ADMIN_IDS and wrote to the bot. Strangers are
-- never here. `role` is the allow-list itself; NULL means: not on it (revoked, or an admin by
-- configuration only).
CREATE TABLE people (
    id           INTEGER PRIMARY KEY NOT NULL CHECK (id > 0),
    name         TEXT CHECK (name <> ''),
    role         TEXT CHECK (role IN ('admin', 'senior', 'staff', 'observer')),
    -- The person's last СБИС office code, offered as a button and never taken silently.
    office       TEXT CHECK (length(office) IN (4, 5)),
    -- How many letters a person may send a day: 0 is as many as there are, NULL what the
    -- configuration says.
    day_limit    INTEGER CHECK (day_limit >= 0),
    -- The same within an hour.
    hour_limit   INTEGER CHECK (hour_limit >= 0),
    -- When the access was taken away, if it was: a call under way at that time is not repeated.
    revoked_at   INTEGER,
    changed_at   INTEGER NOT NULL,
    -- When the access ends by itself; NULL: it does not.
    access_until INTEGER,
    CHECK (role IS NULL OR revoked_at IS NULL),
    CHECK (role IS NOT NULL OR access_until IS NULL)
) STRICT;

INSERT INTO people
SELECT id, name, role, office, day_limit, hour_limit, revoked_at, changed_at, NULL FROM saved;
DROP TABLE saved;

CREATE INDEX people_listed ON people (name, id) WHERE role IS NOT NULL;
CREATE INDEX people_admins ON people (id) WHERE role = 'admin';
CREATE INDEX people_with_an_end ON people (access_until) WHERE access_until IS NOT NULL;

CREATE TABLE saved AS SELECT * FROM journal;
DROP TABLE journal;

-- Who did what to what, and when; `actor` NULL is the bot itself. It is never changed, so nothing of
-- a client stands in it, nor what people or providers wrote: it names rows, and `before` and `after`
-- are words and numbers of the program.
CREATE TABLE journal (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at         INTEGER NOT NULL,
    actor      INTEGER,
    action     TEXT NOT NULL CHECK (action IN (
                   'state', 'stopped', 'override', 'follow_up', 'hand_over',
                   'allow', 'revoke', 'name', 'limit', 'hour_limit', 'office', 'until', 'block',
                   'unblock',
                   'link', 'unlink', 'join',
                   'request', 'decide', 'expire',
                   'pause', 'resume', 'outage', 'outage_over', 'stop', 'unstop',
                   'untrusted_database', 'trust_database', 'suspend', 'unsuspend',
                   'polling_conflict', 'confirm_single_instance', 'erase', 'feed', 'export')),
    -- To what; the others are NULL.
    invitation INTEGER REFERENCES invitations (number),
    person     INTEGER,
    provider   TEXT CHECK (provider IN ('invoicebox', 'sbis')),
    stop       INTEGER,
    hold       INTEGER,
    request    INTEGER,
    link       INTEGER,
    before     TEXT,
    after      TEXT,
    CHECK ((invitation IS NOT NULL) = (action IN (
               'state', 'stopped', 'override', 'follow_up', 'hand_over'))),
    CHECK ((person IS NOT NULL) = (action IN (
               'allow', 'revoke', 'name', 'limit', 'hour_limit', 'office', 'until', 'block',
               'unblock', 'join'))),
    CHECK ((provider IS NOT NULL) = (action IN ('pause', 'resume', 'outage', 'outage_over'))),
    CHECK ((stop IS NOT NULL) = (action IN ('stop', 'unstop'))),
    CHECK ((hold IS NOT NULL) = (action IN (
               'untrusted_database', 'trust_database', 'suspend', 'unsuspend'))),
    CHECK ((request IS NOT NULL) = (action IN ('request', 'decide', 'expire'))),
    CHECK ((link IS NOT NULL) = (action IN ('link', 'unlink', 'join'))),
    CHECK (coalesce(before, after) IS NULL OR action IN (
               'state', 'override', 'follow_up', 'hand_over', 'allow', 'revoke', 'limit',
               'hour_limit', 'office', 'until', 'link', 'request', 'decide', 'stop', 'unstop',
               'untrusted_database', 'suspend', 'erase', 'feed', 'export'))
) STRICT;

INSERT INTO journal (id, at, actor, action, invitation, person, provider, stop, hold, before, after)
SELECT id, at, actor, action, invitation, person, provider, stop, hold, before, after FROM saved;
DROP TABLE saved;

CREATE INDEX journal_by_invitation ON journal (invitation, id) WHERE invitation IS NOT NULL;
-- What was put into the queue, by whom and when: what limits are counted from.
CREATE INDEX journal_queued ON journal (actor, at) WHERE action = 'state' AND after = 'queued';
CREATE INDEX journal_queued_by_all ON journal (at) WHERE action = 'state' AND after = 'queued';
-- Of whatever was there when the database was not vouched for, the provider may know more than it.
CREATE INDEX journal_doubts_of_database ON journal (id) WHERE action = 'untrusted_database';

CREATE TRIGGER journal_is_append_only_1 BEFORE UPDATE ON journal
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

CREATE TRIGGER journal_is_append_only_2 BEFORE DELETE ON journal
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;
