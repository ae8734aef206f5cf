-- A flow is one pending verification, whatever it is for. The browser holds a random handle,
-- the row holds everything else (SM-01).
CREATE TABLE flows (
    id           TEXT   NOT NULL PRIMARY KEY,
    purpose      TEXT   NOT NULL,
    handle_hash  TEXT   NOT NULL UNIQUE,
    account_id   TEXT   NOT NULL,
    -- Every change goes through `WHERE version = …`: the first of two racing ones wins (SM-05).
    version      BIGINT NOT NULL,
    -- The state machine's state, as JSON; the columns below repeat what queries ask for.
    verification TEXT   NOT NULL,
    -- What the purpose collects (a registration's details), as JSON.
    subject      TEXT   NOT NULL,
    live         BIGINT NOT NULL CHECK (live IN (0, 1)),
    phone        TEXT   NOT NULL,
    opened_at    BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL
);
CREATE INDEX flows_live_phone ON flows (phone, live);
CREATE INDEX flows_live_account ON flows (account_id, live);
CREATE INDEX flows_ends_at ON flows (ends_at);
