-- The links of password resets that can be used once. The token itself is in the mail only.
CREATE TABLE password_resets (
    -- SHA-256 of the token in the link.
    token_hash      TEXT   NOT NULL PRIMARY KEY,
    account_id      TEXT   NOT NULL,
    -- The address that the mail went to. The link is invalid once the account has another one.
    email           TEXT   NOT NULL,
    -- SHA-256 of the stored password hash at that time. The link is invalid once the account has another one.
    password_digest TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL
);
CREATE INDEX password_resets_account ON password_resets (account_id);
CREATE INDEX password_resets_expires_at ON password_resets (expires_at);
