-- What came of an accepted invitation, as people say; neither provider tells.
CREATE TABLE follow_ups (
    invitation INTEGER PRIMARY KEY NOT NULL REFERENCES invitations (number),
    mark       TEXT CHECK (mark IN ('registered', 'declined', 'call_back')),
    -- YYYY-MM-DD, a day of the office.
    call_on    TEXT CHECK (length(call_on) = 10),
    at         INTEGER,
    by         INTEGER,
    -- Whether the owner was reminded of the call.
    called     INTEGER NOT NULL DEFAULT 0 CHECK (called IN (0, 1)),
    -- How often the owner was asked what came of it, and on which day last.
    asked      INTEGER NOT NULL DEFAULT 0 CHECK (asked BETWEEN 0 AND 2),
    asked_on   TEXT CHECK (length(asked_on) = 10),
    CHECK ((call_on IS NOT NULL) = (mark IS 'call_back')),
    CHECK ((asked_on IS NOT NULL) = (asked > 0))
) STRICT;

CREATE INDEX follow_ups_to_call ON follow_ups (call_on) WHERE mark = 'call_back' AND called = 0;
CREATE INDEX follow_ups_by_question ON follow_ups (asked_on);

CREATE TRIGGER follow_up_is_of_an_accepted_one BEFORE INSERT ON follow_ups
WHEN (SELECT state FROM invitations WHERE number = NEW.invitation) NOT IN ('accepted', 'confirmed_sent')
BEGIN
    SELECT RAISE(ABORT, 'only what was accepted is followed up');
END;
