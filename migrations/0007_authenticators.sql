-- Authenticator apps, one a person: the secret that counts, and the one being set up. Both are
-- sealed with a key that is not in this database (TOTP-05).
CREATE TABLE authenticators (
    account_id         TEXT   NOT NULL PRIMARY KEY REFERENCES accounts (id),
    secret             TEXT   NOT NULL,
    -- The latest time step that was accepted; only later ones are from now on (TOTP-01).
    last_step          BIGINT NOT NULL,
    confirmed_at       BIGINT NOT NULL,
    -- Inert until a code of it is entered in the session that began it (TOTP-07).
    pending_secret     TEXT   NOT NULL,
    pending_session    TEXT   NOT NULL,
    pending_tries      BIGINT NOT NULL,
    pending_expires_at BIGINT NOT NULL
);
CREATE INDEX authenticators_pending_expires_at ON authenticators (pending_expires_at);
