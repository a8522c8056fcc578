-- Of whatever was in the database when an embargo began, the provider may know more than it does:
-- not only of what was queued. Asked of every invitation that is read, so it has an index.
CREATE INDEX journal_embargoes ON journal (id) WHERE action = 'embargo';
