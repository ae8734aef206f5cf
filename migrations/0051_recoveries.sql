-- Recoveries after a lost phone that are open, at most one for each account. The row is deleted when the recovery is
-- completed or cancelled.
CREATE TABLE recoveries (
    account_id   TEXT   NOT NULL PRIMARY KEY,
    id           TEXT   NOT NULL,
    -- The account as it was when the recovery was opened. With another address, number or epoch it is void.
    email        TEXT   NOT NULL,
    phone        TEXT   NOT NULL,
    device_epoch BIGINT NOT NULL,
    opened_at    BIGINT NOT NULL,
    -- From here on the password is enough to set up a number, until it expires.
    due_at       BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX recoveries_expires_at ON recoveries (expires_at);
