-- What a report counts is found by when it was confirmed.
CREATE INDEX invitations_by_time ON invitations (created_at);
