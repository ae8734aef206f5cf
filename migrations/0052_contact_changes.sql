-- Changes of phone number or e-mail address that the old contact can undo. The row is deleted when that happens.
CREATE TABLE contact_changes (
    id         TEXT   NOT NULL PRIMARY KEY,
    account_id TEXT   NOT NULL,
    -- 'phone' or 'email'.
    kind       TEXT   NOT NULL,
    -- The value that an undo restores.
    old_value  TEXT   NOT NULL,
    -- The order of the changes of one account and kind, from 1.
    position   BIGINT NOT NULL,
    made_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX contact_changes_account ON contact_changes (account_id, kind, position);
CREATE INDEX contact_changes_expires_at ON contact_changes (expires_at);
-- When an undo has held the account, in milliseconds; 0 unless it is held. A new password ends the hold.
ALTER TABLE accounts ADD COLUMN held_at BIGINT NOT NULL DEFAULT 0;
