-- When password and second factor were last given together in this session: what sensitive pages
-- ask for (SES-08). Sessions from before have to prove it anew.
ALTER TABLE sessions ADD COLUMN stepped_up_at BIGINT NOT NULL DEFAULT 0;
