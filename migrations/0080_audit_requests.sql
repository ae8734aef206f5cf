-- The ID of the request that caused the event, as in its log lines; '' if no request did.
ALTER TABLE audit_events ADD COLUMN request_id TEXT NOT NULL DEFAULT '';
