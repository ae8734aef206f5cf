-- A bucket has a bounded size: events of one part of the window are one entry of `events`, and `counts` says how many
-- they are, as pairs of time and number. A time that is not in `counts` is one event.
ALTER TABLE limit_buckets ADD COLUMN counts TEXT NOT NULL DEFAULT '[]';
-- The time of the latest event: later than now if the clock was ahead when it was counted.
ALTER TABLE limit_buckets ADD COLUMN latest_at BIGINT NOT NULL DEFAULT 0;

-- Keys that outlive a rotation of the secret key, encrypted with it.
CREATE TABLE sealed_keys (
    name   TEXT NOT NULL PRIMARY KEY,
    sealed TEXT NOT NULL
);
