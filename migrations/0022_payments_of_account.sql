-- The payments of an account since its last factor are summed up before another one is begun without a code.
CREATE INDEX payments_account_created_at ON payments (account_id, created_at);
