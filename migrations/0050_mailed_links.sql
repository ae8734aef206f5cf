-- The table password_resets holds the links of all mails and messages from here on. What the link does:
-- 'reset', 'open_recovery', 'cancel_recovery' or 'undo'.
--
-- A server of an earlier version reads every row as a reset. In rows of the other kinds the password digest is '', which
-- no account has, so it refuses them.
ALTER TABLE password_resets ADD COLUMN kind TEXT NOT NULL DEFAULT 'reset';
-- What the link is about: the id of a recovery or of a change, or the device epoch of the account.
ALTER TABLE password_resets ADD COLUMN subject TEXT NOT NULL DEFAULT '';
