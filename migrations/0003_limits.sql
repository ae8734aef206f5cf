-- Sliding windows: one row a key (hashed), the moments of its events as JSON. One row means one
-- lock, so that counting and reserving are one step on every node (RES-01, LOG-06).
CREATE TABLE limit_buckets (
    key        TEXT   NOT NULL PRIMARY KEY,
    events     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX limit_buckets_expires_at ON limit_buckets (expires_at);

-- CAPTCHA answers that were used: a second insert of the same id fails (REG-09).
CREATE TABLE spent_captchas (
    id         TEXT   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX spent_captchas_expires_at ON spent_captchas (expires_at);
