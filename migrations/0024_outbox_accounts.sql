-- The account of a notification, for budgets and fair sending; '' in rows of earlier versions.
ALTER TABLE outbox ADD COLUMN account_id TEXT NOT NULL DEFAULT '';
-- What the notification is about; '' in rows of earlier versions.
ALTER TABLE outbox ADD COLUMN kind TEXT NOT NULL DEFAULT '';
-- How many more notifications of the same kind this row stands for.
ALTER TABLE outbox ADD COLUMN repeats BIGINT NOT NULL DEFAULT 0;

-- At most one notification of a kind waits for its first attempt; later ones are counted in it.
CREATE UNIQUE INDEX outbox_waiting ON outbox (account_id, way, recipient, kind)
    WHERE account_id <> '' AND done_at = 0 AND tries = 0;
