-- The previous token of a session, and why and when it was replaced: '' and 0 if it was not. A browser that has not
-- received the new token learns from it which action was done.
ALTER TABLE sessions ADD COLUMN previous_token_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN renewed_for TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN renewed_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX sessions_previous_token ON sessions (previous_token_hash) WHERE previous_token_hash <> '';
