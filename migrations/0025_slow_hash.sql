-- Whether verifying the stored password hash may take more than twice as long as a hash that this server makes. While
-- one such hash is stored, refused passwords are answered later.
ALTER TABLE accounts ADD COLUMN slow_hash BIGINT NOT NULL DEFAULT 0;
UPDATE accounts SET slow_hash = 1 WHERE password_hash NOT LIKE '$argon2id$v=19$%';
CREATE INDEX accounts_slow_hash ON accounts (id) WHERE slow_hash = 1;
