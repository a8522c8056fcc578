-- One mailbox has one key, however its domain is written: `i@пример.рф` is
-- `i@xn--e1afmkfd.xn--p1ai`. Earlier releases took the address as it was typed.
--
-- SQL cannot encode a domain, so the program puts the keys of invitations right when it opens the
-- file (`store/keys.rs`); here it is allowed to, in this one direction. What was confirmed, the
-- address itself, stays as it was.

DROP TRIGGER invitation_keeps_its_data;

CREATE TRIGGER invitation_keeps_its_data BEFORE UPDATE ON invitations
WHEN NEW.number <> OLD.number OR NEW.provider <> OLD.provider OR NEW.author <> OLD.author
    OR NEW.draft <> OLD.draft OR NEW.email <> OLD.email
    -- The part before the @ stays, and what follows it becomes ASCII.
    OR (NEW.email_key <> OLD.email_key AND NOT (
            OLD.email_key GLOB '*[^ -~]*' AND NEW.email_key NOT GLOB '*[^ -~]*'
            AND substr(NEW.email_key, 1, instr(NEW.email_key, '@'))
                = substr(OLD.email_key, 1, instr(OLD.email_key, '@'))))
    OR NEW.inn IS NOT OLD.inn OR NEW.kpp IS NOT OLD.kpp OR NEW.name IS NOT OLD.name
    OR NEW.office IS NOT OLD.office
    OR (NEW.recipient_key <> OLD.recipient_key AND NOT (
            OLD.recipient_key GLOB '*[^ -~]*' AND NEW.recipient_key = NEW.email_key))
    OR NEW.override_no <> OLD.override_no
    OR NEW.guid <> OLD.guid OR NEW.created_at <> OLD.created_at
    OR (OLD.body IS NOT NULL AND NEW.body IS NOT OLD.body AND (OLD.state <> 'queued' OR EXISTS (
            SELECT 1 FROM attempts
            WHERE invitation = OLD.number AND outcome IN ('accepted', 'unknown'))))
BEGIN
    SELECT RAISE(ABORT, 'what was confirmed does not change');
END;

-- What is still to be put right, asked at every start.
CREATE INDEX invitations_unkeyed ON invitations (number)
    WHERE email_key || recipient_key GLOB '*[^ -~]*';

-- From now on `value` is the key, and `other` is what people read. An entry of earlier releases
-- has both, so they change places; where there is but one, or the key stands on the list by
-- itself, it stays as it is.
DROP TRIGGER stop_is_taken_off_once;

UPDATE OR IGNORE stoplist SET value = other, other = value
WHERE value GLOB '*[^ -~]*';

CREATE TRIGGER stop_is_taken_off_once BEFORE UPDATE ON stoplist
WHEN OLD.removed_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.kind <> OLD.kind
    OR NEW.value <> OLD.value OR NEW.other IS NOT OLD.other OR NEW.reason IS NOT OLD.reason
    OR NEW.added_at <> OLD.added_at OR NEW.added_by <> OLD.added_by
BEGIN
    SELECT RAISE(ABORT, 'an entry is taken off once');
END;
