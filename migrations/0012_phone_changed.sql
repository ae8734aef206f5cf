-- When the number on file last took another's place; 0 when it never did. For some time after that
-- an account is good for less (PHN-05).
ALTER TABLE accounts ADD COLUMN phone_changed_at BIGINT NOT NULL DEFAULT 0;
