-- How often one recipient is written to, and whose office code stands in an invitation.
--
-- Times are integer Unix milliseconds, UTC.

-- The СБИС office codes that an admin gave a person; the one with place 0 is the main one. A person
-- without any is asked, or the organisation's code is taken. (`people.office` is only the code that
-- was used last.)
CREATE TABLE offices (
    person INTEGER NOT NULL REFERENCES people (id),
    place  INTEGER NOT NULL CHECK (place BETWEEN 0 AND 9),
    code   TEXT NOT NULL CHECK (length(code) IN (4, 5)),
    PRIMARY KEY (person, place),
    UNIQUE (person, code)
) STRICT, WITHOUT ROWID;

-- An admin's word that a rule does not hold this once: for what that admin confirms or repeats at
-- exactly this time.
CREATE TABLE exceptions (
    id            INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    rule          TEXT NOT NULL CHECK (rule IN ('repeats', 'office')),
    provider      TEXT NOT NULL CHECK (provider IN ('invoicebox', 'sbis')),
    recipient_key TEXT NOT NULL,
    person        INTEGER NOT NULL REFERENCES people (id),
    at            INTEGER NOT NULL
) STRICT;

-- Everything that was ever sent to a recipient, settled or not.
CREATE INDEX invitations_by_recipient ON invitations (provider, recipient_key);

-- The letters that a recipient got or may have got: each began with a call.
CREATE VIEW letters AS
SELECT i.provider, i.recipient_key, a.started_at AS at
FROM invitations i JOIN attempts a ON a.invitation = i.number
WHERE a.outcome = 'accepted'
   OR (a.outcome = 'unknown'
       AND EXISTS (SELECT 1 FROM doubts WHERE invitation = a.invitation AND n = a.n));

CREATE TRIGGER exception_is_kept_1 BEFORE UPDATE ON exceptions
BEGIN
    SELECT RAISE(ABORT, 'exceptions are kept');
END;

CREATE TRIGGER exception_is_kept_2 BEFORE DELETE ON exceptions
BEGIN
    SELECT RAISE(ABORT, 'exceptions are kept');
END;

-- One recipient gets a first letter of each provider and three more; of those, one a day. An admin
-- may go beyond.
CREATE TRIGGER repeats_are_few_1 BEFORE INSERT ON invitations
WHEN (SELECT count(*) >= 4 OR (count(*) >= 2 AND max(at) > NEW.created_at - 86400000)
      FROM letters WHERE provider = NEW.provider AND recipient_key = NEW.recipient_key)
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
         FROM letters WHERE provider = NEW.provider AND recipient_key = NEW.recipient_key)
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
