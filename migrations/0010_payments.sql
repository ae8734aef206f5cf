-- A payment as it was quoted: whoever confirms it confirms this row, and only the row is executed
-- (PAY-01). Amounts in units of the currency's smallest coin.
CREATE TABLE payments (
    id             TEXT   NOT NULL PRIMARY KEY,
    account_id     TEXT   NOT NULL REFERENCES accounts (id),
    -- The session it was begun in.
    session_id     TEXT   NOT NULL,
    source         TEXT   NOT NULL,
    -- The form's own random key and what was in it, hashed: the same form sent twice is one payment.
    request_key    TEXT   NOT NULL,
    -- Its verification; '' where none was asked for.
    flow_id        TEXT   NOT NULL,
    recipient      TEXT   NOT NULL,
    amount_minor   BIGINT NOT NULL CHECK (amount_minor > 0),
    currency       TEXT   NOT NULL,
    description    TEXT   NOT NULL,
    status         TEXT   NOT NULL
                   CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'expired')),
    -- Why it failed; '' unless it did.
    reason         TEXT   NOT NULL,
    -- The processor's name of what was executed; '' until then.
    transaction_id TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    -- Until when a pending one can be confirmed.
    expires_at     BIGINT NOT NULL,
    -- When it was confirmed; 0 until then.
    confirmed_at   BIGINT NOT NULL,
    UNIQUE (account_id, request_key)
);
CREATE INDEX payments_flow ON payments (flow_id);
CREATE INDEX payments_status ON payments (status, expires_at);

-- The built-in processor's book. The payment's own id is the key, so that no payment is in it twice
-- however often it is asked to execute one (PAY-04).
CREATE TABLE ledger_entries (
    payment_id     TEXT   NOT NULL PRIMARY KEY,
    id             TEXT   NOT NULL UNIQUE,
    account_id     TEXT   NOT NULL,
    recipient      TEXT   NOT NULL,
    amount_minor   BIGINT NOT NULL CHECK (amount_minor > 0),
    currency       TEXT   NOT NULL,
    description    TEXT   NOT NULL,
    at             BIGINT NOT NULL
);
CREATE INDEX ledger_entries_account ON ledger_entries (account_id, at);
