-- Who must not be written to, who was invited already, and how much one person may send.
--
-- Times are integer Unix milliseconds, UTC.

-- Addresses, domains with everything below them, and organisations by ИНН, whatever their КПП. A
-- row is taken off once and then kept; the same may be put on again.
CREATE TABLE stoplist (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('email', 'domain', 'inn')),
    -- An address or a domain in lower case, or an ИНН.
    value      TEXT NOT NULL CHECK (value <> ''),
    -- The same with its domain in the other form, `пример.рф` for `xn--e1afmkfd.xn--p1ai`.
    other      TEXT CHECK (other <> value),
    reason     TEXT CHECK (reason <> ''),
    added_at   INTEGER NOT NULL,
    added_by   INTEGER NOT NULL REFERENCES people (id),
    removed_at INTEGER,
    removed_by INTEGER REFERENCES people (id),
    CHECK ((removed_at IS NULL) = (removed_by IS NULL)),
    CHECK (kind <> 'inn' OR (length(value) IN (10, 12) AND other IS NULL))
) STRICT;

-- What is on the list stands there once.
CREATE UNIQUE INDEX stoplist_standing ON stoplist (kind, value) WHERE removed_at IS NULL;
CREATE INDEX stoplist_other ON stoplist (kind, other)
    WHERE removed_at IS NULL AND other IS NOT NULL;

-- Which entries forbid which invitation.
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
    ON s.removed_at IS NULL AND s.kind = 'email' AND s.other IS NOT NULL AND s.other = i.email_key
UNION ALL
SELECT i.number, s.id
FROM invitations i JOIN stoplist s
    ON s.removed_at IS NULL AND s.kind = 'domain' AND (
        substr('.' || substr(i.email_key, instr(i.email_key, '@') + 1), -length('.' || s.value))
            = '.' || s.value
        OR substr('.' || substr(i.email_key, instr(i.email_key, '@') + 1), -length('.' || s.other))
            = '.' || s.other);

CREATE TRIGGER stop_begins BEFORE INSERT ON stoplist
WHEN NEW.removed_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'an entry begins on the list');
END;

CREATE TRIGGER stop_is_taken_off_once BEFORE UPDATE ON stoplist
WHEN OLD.removed_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.kind <> OLD.kind
    OR NEW.value <> OLD.value OR NEW.other IS NOT OLD.other OR NEW.reason IS NOT OLD.reason
    OR NEW.added_at <> OLD.added_at OR NEW.added_by <> OLD.added_by
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
    INSERT INTO journal (at, actor, action, subject, after)
    VALUES (NEW.added_at, NEW.added_by, 'stop', NEW.kind || ' ' || NEW.value, NEW.reason);
END;

CREATE TRIGGER stop_removed AFTER UPDATE OF removed_at ON stoplist
BEGIN
    INSERT INTO journal (at, actor, action, subject, before)
    VALUES (NEW.removed_at, NEW.removed_by, 'unstop', NEW.kind || ' ' || NEW.value, NEW.reason);
END;

-- Nothing is made, repeated, released or attempted to a recipient on the list, whatever the
-- program believes. What comes back from a call that was certainly not taken is written down,
-- and held.
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

CREATE TRIGGER attempt_heeds_the_stop_list BEFORE INSERT ON attempts
BEGIN
    SELECT RAISE(ABORT, 'its recipient is on the stop-list')
        WHERE EXISTS (SELECT 1 FROM stopped WHERE invitation = NEW.invitation);
END;

-- How many letters a person may send a day: 0 is as many as there are, NULL what the
-- configuration says.
ALTER TABLE people ADD COLUMN day_limit INTEGER CHECK (day_limit >= 0);

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

-- What was put into the queue, by whom and when: what limits are counted from.
CREATE INDEX journal_queued ON journal (actor, at) WHERE action = 'state' AND after = 'queued';
CREATE INDEX journal_queued_by_all ON journal (at) WHERE action = 'state' AND after = 'queued';
