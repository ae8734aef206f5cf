-- 1 if the password was reset with a mailed link alone, and no second factor was proven since. Password and mailbox are
-- then one proof, so they cannot replace a lost phone together.
ALTER TABLE accounts ADD COLUMN password_from_mail BIGINT NOT NULL DEFAULT 0;
UPDATE accounts SET password_from_mail = 1 WHERE mfa = 0 AND id IN
    (SELECT account_id FROM audit_events WHERE event = 'password_reset' AND detail = 'mail');
