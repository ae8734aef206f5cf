-- The way back in without the phone: ten codes to an account, each good once (OPS-09). Of a code
-- only its SHA-256 is here.
CREATE TABLE recovery_codes (
    account_id TEXT   NOT NULL REFERENCES accounts (id),
    -- 0 to 9. A set is written over the one before it, slot by slot: two made in the same moment
    -- never leave more than one.
    slot       BIGINT NOT NULL,
    code_hash  TEXT   NOT NULL,
    made_at    BIGINT NOT NULL,
    -- 0 as long as the code is good.
    spent_at   BIGINT NOT NULL,
    PRIMARY KEY (account_id, slot)
);
