-- What stops a database that may be older than what was done with it.
--
-- Beside the database lies a file, the high-water mark, which names the newest row of the journal
-- (`src/store/mark.rs`). Where it does not vouch for the database, that is a restored backup or a
-- copy, and what is queued in it may have gone out already: an embargo begins, which an admin
-- lifts.
--
-- Times are integer Unix milliseconds, UTC.

CREATE TABLE embargoes (
    id        INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    since     INTEGER NOT NULL,
    -- There was no mark, or not the one of these files, or it names what the journal lacks.
    cause     TEXT NOT NULL CHECK (cause IN ('unmarked', 'copied', 'older')),
    -- Whether the admins know.
    told      INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1)),
    lifted_at INTEGER,
    lifted_by INTEGER REFERENCES people (id),
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL))
) STRICT;

-- At most one stands.
CREATE UNIQUE INDEX embargo_standing ON embargoes ((lifted_at IS NULL)) WHERE lifted_at IS NULL;

-- What was queued when it began, and is held until it is lifted. A letter of these may have gone
-- out that nothing here tells of, whatever becomes of them.
CREATE TABLE embargoed (
    embargo    INTEGER NOT NULL REFERENCES embargoes (id),
    invitation INTEGER NOT NULL REFERENCES invitations (number),
    PRIMARY KEY (embargo, invitation)
) STRICT, WITHOUT ROWID;

CREATE INDEX embargoed_by_invitation ON embargoed (invitation);

CREATE TRIGGER embargo_is_lifted_once BEFORE UPDATE ON embargoes
WHEN OLD.lifted_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.since <> OLD.since
BEGIN
    SELECT RAISE(ABORT, 'an embargo is lifted once');
END;

CREATE TRIGGER embargo_is_kept BEFORE DELETE ON embargoes
BEGIN
    SELECT RAISE(ABORT, 'embargoes are kept');
END;

CREATE TRIGGER embargoed_is_kept_1 BEFORE UPDATE ON embargoed
BEGIN
    SELECT RAISE(ABORT, 'what an embargo holds is kept');
END;

CREATE TRIGGER embargoed_is_kept_2 BEFORE DELETE ON embargoed
BEGIN
    SELECT RAISE(ABORT, 'what an embargo holds is kept');
END;

CREATE TRIGGER attempt_heeds_an_embargo BEFORE INSERT ON attempts
BEGIN
    SELECT RAISE(ABORT, 'the database is not vouched for')
        WHERE EXISTS (SELECT 1 FROM embargoes WHERE lifted_at IS NULL);
END;

CREATE TRIGGER embargo_holds BEFORE UPDATE OF state ON invitations
WHEN OLD.state = 'held' AND NEW.state = 'queued'
BEGIN
    SELECT RAISE(ABORT, 'the database is not vouched for')
        WHERE EXISTS (SELECT 1 FROM embargoed
                      WHERE invitation = OLD.number
                        AND embargo = (SELECT id FROM embargoes WHERE lifted_at IS NULL));
END;
