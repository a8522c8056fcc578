-- What the directories of organisations answered, so that nobody is asked twice a day.
--
-- A copy and no record: of an ИП it holds a name, so a row lives only until `until`.
-- Times are integer Unix milliseconds, UTC.

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
