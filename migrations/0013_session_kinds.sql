-- Who holds the session: a browser its cookie, or another program a token. What one holds is
-- nothing to the other.
ALTER TABLE sessions ADD COLUMN kind TEXT NOT NULL DEFAULT 'browser';
