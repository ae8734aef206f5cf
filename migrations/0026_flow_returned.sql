-- When a page of the flow last returned after it was left, in milliseconds; 0 if none has. A flow whose page was left
-- and did not return is cancelled.
ALTER TABLE flows ADD COLUMN returned_at BIGINT NOT NULL DEFAULT 0;
