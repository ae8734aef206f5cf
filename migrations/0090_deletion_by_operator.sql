-- 1 if an operator requested the deletion of the account. Only such a deletion erases an account that is disabled.
ALTER TABLE accounts ADD COLUMN deletion_by_operator BIGINT NOT NULL DEFAULT 0;
