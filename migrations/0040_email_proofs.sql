-- When the holder proved the e-mail address, in milliseconds; 0 if it is unproven. 1 for accounts of earlier versions:
-- their addresses count as proven, because they have received the notifications of the account until now.
--
-- `email_canonical` of an account with a proven address holds that address. Of the accounts with the same unproven
-- address at most one holds it; the others hold a value that is no address. So its unique index has one proven holder.
ALTER TABLE accounts ADD COLUMN email_verified_at BIGINT NOT NULL DEFAULT 1;

-- The proofs of e-mail addresses that are pending, at most one for each account.
CREATE TABLE email_proofs (
    account_id  TEXT   NOT NULL PRIMARY KEY,
    -- The address to prove: that of the account, or the one that replaces it.
    email       TEXT   NOT NULL,
    -- Keyed hash of account, address and code; '' until the mail with the code is sent.
    code_hash   TEXT   NOT NULL,
    -- SHA-256 of the token in the link that cancels a change; '' until that mail is sent.
    cancel_hash TEXT   NOT NULL,
    -- Codes that were entered.
    tries       BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX email_proofs_cancel_hash ON email_proofs (cancel_hash);
CREATE INDEX email_proofs_expires_at ON email_proofs (expires_at);
