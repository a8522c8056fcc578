-- Providers that answer with errors, and unknown invitations that are brought up again.
--
-- Times are integer Unix milliseconds, UTC.

-- A provider whose last word was an error or none at all. It gets no call before `until`, then
-- one: the probe. A good or certain answer to the probe ends the outage, anything else puts
-- `until` off. (`pauses` is for refused keys: those wait for an admin.)
CREATE TABLE outages (
    provider TEXT PRIMARY KEY NOT NULL CHECK (provider IN ('invoicebox', 'sbis')),
    since    INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    -- How many times in a row it was left alone.
    pauses   INTEGER NOT NULL DEFAULT 1 CHECK (pauses > 0),
    -- The invitation whose call is the probe under way.
    probe    INTEGER REFERENCES invitations (number),
    -- Whether the admins know; they are told when it lasts.
    told     INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1))
) STRICT;

CREATE TRIGGER attempt_heeds_an_outage BEFORE INSERT ON attempts
BEGIN
    SELECT RAISE(ABORT, 'its provider is left alone for a while')
        WHERE EXISTS (SELECT 1 FROM outages
                      WHERE provider = (SELECT provider FROM invitations WHERE number = NEW.invitation)
                        AND until > NEW.started_at);
    SELECT RAISE(ABORT, 'its provider is being probed')
        WHERE EXISTS (SELECT 1 FROM outages
                      WHERE provider = (SELECT provider FROM invitations WHERE number = NEW.invitation)
                        AND probe IS NOT NULL);
END;

CREATE TRIGGER attempt_is_the_probe AFTER INSERT ON attempts
BEGIN
    UPDATE outages SET probe = NEW.invitation
    WHERE provider = (SELECT provider FROM invitations WHERE number = NEW.invitation);
END;

-- How often the author of an unknown invitation was reminded of it. A person's word moves `seq`
-- on, and an invitation that becomes unknown once more is counted anew.
CREATE TABLE reminders (
    invitation INTEGER NOT NULL REFERENCES invitations (number),
    seq        INTEGER NOT NULL,
    rounds     INTEGER NOT NULL CHECK (rounds BETWEEN 1 AND 3),
    at         INTEGER NOT NULL,
    PRIMARY KEY (invitation, seq)
) STRICT, WITHOUT ROWID;

-- The last day for which an admin got the digest of unknown ones, in the zone of the screens. An
-- admin by configuration need not stand in `people`.
CREATE TABLE digests (
    person INTEGER PRIMARY KEY NOT NULL,
    day    TEXT NOT NULL CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]')
) STRICT;

-- What waits for a person's word, the oldest first.
CREATE INDEX invitations_unknown ON invitations (changed_at, number) WHERE state = 'unknown';
