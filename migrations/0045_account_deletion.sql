-- When the account is to be erased, in milliseconds; 0 unless its deletion was requested.
ALTER TABLE accounts ADD COLUMN delete_at BIGINT NOT NULL DEFAULT 0;
-- When the personal data of the account were erased; 0 while the account exists. The row stays, with its random id only,
-- because payments refer to it.
ALTER TABLE accounts ADD COLUMN erased_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX accounts_delete_at ON accounts (delete_at) WHERE delete_at > 0;
CREATE INDEX accounts_erased_at ON accounts (erased_at) WHERE erased_at > 0;

-- The entries of a registration name the flow and not the account.
CREATE INDEX audit_events_flow ON audit_events (flow_id) WHERE flow_id <> '';
