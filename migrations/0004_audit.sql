-- What happened, for the operator: appended, never changed (OPS-01). No code, token or full
-- number is ever written here.
CREATE TABLE audit_events (
    id         TEXT   NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,
    event      TEXT   NOT NULL,
    account_id TEXT   NOT NULL,
    flow_id    TEXT   NOT NULL,
    source     TEXT   NOT NULL,
    detail     TEXT   NOT NULL
);
CREATE INDEX audit_events_at ON audit_events (at);
CREATE INDEX audit_events_account ON audit_events (account_id, at);
