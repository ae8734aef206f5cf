-- 1 if the password was reset with a mailed link alone, and no second factor was proven since. Password and mailbox are
-- then one proof, so they cannot replace a lost phone together.
ALTER TABLE accounts ADD COLUMN password_from_mail BIGINT NOT NULL DEFAULT 0;
UPDATE accounts SET password_from_mail = 1 WHERE mfa = 0 AND EXISTS
    (SELECT 1 FROM audit_events AS reset WHERE reset.account_id = accounts.id AND reset.event = 'password_reset'
     AND reset.detail = 'mail' AND NOT EXISTS
        (SELECT 1 FROM audit_events AS later WHERE later.account_id = accounts.id AND later.at >= reset.at
         AND (later.event = 'two_factor_set_up' OR (later.event = 'password_changed' AND later.source = 'operator'))));
