-- 1 if an operator requested the deletion of the account. Only such a deletion erases an account that is disabled.
ALTER TABLE accounts ADD COLUMN deletion_by_operator BIGINT NOT NULL DEFAULT 0;
UPDATE accounts SET deletion_by_operator = 1 WHERE delete_at > 0 AND 'operator' =
    (SELECT source FROM audit_events WHERE account_id = accounts.id AND event = 'deletion_requested'
     ORDER BY at DESC LIMIT 1);
