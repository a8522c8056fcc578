-- Which consent waits to be used up, which bytes may be others, and what is in doubt: the same for
-- every order in which things may have happened, and for a clock that was set back.

-- A consent whose repeat was taken back before it went is not used up by a later attempt: that
-- would say in the history that somebody asked for it, and would begin its waits anew. The
-- newest waits, unless it or a newer one was used.
DROP TRIGGER attempt_begins;

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
    -- Other bytes only where the configuration was just refused, and nothing can have been taken.
    SELECT RAISE(ABORT, 'every attempt sends the same bytes')
        WHERE EXISTS (
            SELECT 1 FROM attempts
            WHERE invitation = NEW.invitation AND request_sha256 <> NEW.request_sha256
              AND (outcome NOT IN ('not_accepted', 'rejected')
                   OR (n = NEW.n - 1 AND wait IS NOT 'config')));
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

DROP TRIGGER invitation_keeps_its_data;

CREATE TRIGGER invitation_keeps_its_data BEFORE UPDATE ON invitations
WHEN NEW.number <> OLD.number OR NEW.provider <> OLD.provider OR NEW.author <> OLD.author
    OR NEW.draft <> OLD.draft OR NEW.email <> OLD.email OR NEW.email_key <> OLD.email_key
    OR NEW.inn IS NOT OLD.inn OR NEW.kpp IS NOT OLD.kpp OR NEW.name IS NOT OLD.name
    OR NEW.office IS NOT OLD.office OR NEW.recipient_key <> OLD.recipient_key
    OR NEW.override_no <> OLD.override_no
    OR NEW.guid <> OLD.guid OR NEW.created_at <> OLD.created_at
    OR (OLD.body IS NOT NULL AND NEW.body IS NOT OLD.body AND (OLD.state <> 'queued' OR EXISTS (
            SELECT 1 FROM attempts
            WHERE invitation = OLD.number AND outcome IN ('accepted', 'unknown'))))
BEGIN
    SELECT RAISE(ABORT, 'what was confirmed does not change');
END;

-- Attempts that may have been accepted, and of which nobody has said since that no letter came.
-- Each attempt began with the change to `sending` of its number.
DROP VIEW doubts;

CREATE VIEW doubts AS
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
