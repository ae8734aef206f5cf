-- Device cookies carry this number. Increasing it revokes all of them.
ALTER TABLE accounts ADD COLUMN device_epoch BIGINT NOT NULL DEFAULT 0;
