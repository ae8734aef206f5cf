-- One text for SQLite and PostgreSQL: TEXT and BIGINT only, times in milliseconds since the
-- Unix epoch, ids random. '' stands for "none": one kind of absence, no NULL to reason about.

CREATE TABLE accounts (
    id                 TEXT   NOT NULL PRIMARY KEY,
    full_name          TEXT   NOT NULL,
    username           TEXT   NOT NULL,
    username_canonical TEXT   NOT NULL UNIQUE,
    email              TEXT   NOT NULL,
    email_canonical    TEXT   NOT NULL UNIQUE,
    password_hash      TEXT   NOT NULL,
    phone              TEXT   NOT NULL,
    phone_verified_at  BIGINT NOT NULL,
    -- 1 once a second factor is enrolled; 0 for accounts still to set one up.
    mfa                BIGINT NOT NULL CHECK (mfa IN (0, 1)),
    last_method        TEXT   NOT NULL,
    disabled           BIGINT NOT NULL CHECK (disabled IN (0, 1)),
    created_at         BIGINT NOT NULL
);
CREATE INDEX accounts_phone ON accounts (phone);

CREATE TABLE sessions (
    -- SHA-256 of the cookie: the cookie itself is nowhere on the server (SES-01).
    token_hash   TEXT   NOT NULL PRIMARY KEY,
    id           TEXT   NOT NULL UNIQUE,
    account_id   TEXT   NOT NULL REFERENCES accounts (id),
    method       TEXT   NOT NULL,
    user_agent   TEXT   NOT NULL,
    source       TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_ends_at ON sessions (ends_at);
