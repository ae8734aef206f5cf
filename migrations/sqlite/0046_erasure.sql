-- What is written once stays as it was written. One exception: the personal data of an erased account may become ''.
DROP TRIGGER IF EXISTS audit_events_written_once;
CREATE TRIGGER audit_events_written_once BEFORE UPDATE ON audit_events
WHEN NOT (
    NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.event = OLD.event AND NEW.account_id = OLD.account_id
    AND NEW.flow_id = OLD.flow_id AND NEW.source IN ('', OLD.source) AND NEW.detail IN ('', OLD.detail)
    AND (
        EXISTS (SELECT 1 FROM accounts WHERE id = OLD.account_id AND erased_at > 0)
        OR OLD.account_id = '' AND OLD.flow_id <> '' AND EXISTS (
            SELECT 1 FROM audit_events AS other JOIN accounts ON accounts.id = other.account_id
            WHERE other.flow_id = OLD.flow_id AND other.flow_id <> '' AND accounts.erased_at > 0
        )
    )
)
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is never changed');
END;

DROP TRIGGER IF EXISTS ledger_entries_written_once;
CREATE TRIGGER ledger_entries_written_once BEFORE UPDATE ON ledger_entries
WHEN NOT (
    NEW.payment_id = OLD.payment_id AND NEW.id = OLD.id AND NEW.account_id = OLD.account_id
    AND NEW.recipient IN ('', OLD.recipient) AND NEW.amount_minor = OLD.amount_minor
    AND NEW.currency = OLD.currency AND NEW.description IN ('', OLD.description) AND NEW.at = OLD.at
    AND EXISTS (SELECT 1 FROM accounts WHERE id = OLD.account_id AND erased_at > 0)
)
BEGIN
    SELECT RAISE(ABORT, 'the ledger is never changed');
END;

DROP TRIGGER IF EXISTS payments_frozen;
CREATE TRIGGER payments_frozen
BEFORE UPDATE OF id, account_id, session_id, source, request_key, flow_id, recipient, amount_minor,
    currency, description, created_at, expires_at ON payments
WHEN NOT (
    NEW.id = OLD.id AND NEW.account_id = OLD.account_id AND NEW.session_id = OLD.session_id
    AND NEW.source IN ('', OLD.source) AND NEW.request_key = OLD.request_key AND NEW.flow_id = OLD.flow_id
    AND NEW.recipient IN ('', OLD.recipient) AND NEW.amount_minor = OLD.amount_minor
    AND NEW.currency = OLD.currency AND NEW.description IN ('', OLD.description)
    AND NEW.created_at = OLD.created_at AND NEW.expires_at = OLD.expires_at
    AND EXISTS (SELECT 1 FROM accounts WHERE id = OLD.account_id AND erased_at > 0)
)
BEGIN
    SELECT RAISE(ABORT, 'a payment is never changed');
END;

-- A request that has read the account before its erasure adds nothing to it afterwards.
DROP TRIGGER IF EXISTS sessions_of_erased;
CREATE TRIGGER sessions_of_erased BEFORE INSERT ON sessions
WHEN EXISTS (SELECT 1 FROM accounts WHERE id = NEW.account_id AND erased_at > 0)
BEGIN
    SELECT RAISE(ABORT, 'the account is erased');
END;

DROP TRIGGER IF EXISTS payments_of_erased;
CREATE TRIGGER payments_of_erased BEFORE INSERT ON payments
WHEN EXISTS (SELECT 1 FROM accounts WHERE id = NEW.account_id AND erased_at > 0)
BEGIN
    SELECT RAISE(ABORT, 'the account is erased');
END;

DROP TRIGGER IF EXISTS authenticators_of_erased;
CREATE TRIGGER authenticators_of_erased BEFORE INSERT ON authenticators
WHEN EXISTS (SELECT 1 FROM accounts WHERE id = NEW.account_id AND erased_at > 0)
BEGIN
    SELECT RAISE(ABORT, 'the account is erased');
END;

DROP TRIGGER IF EXISTS recovery_codes_of_erased;
CREATE TRIGGER recovery_codes_of_erased BEFORE INSERT ON recovery_codes
WHEN EXISTS (SELECT 1 FROM accounts WHERE id = NEW.account_id AND erased_at > 0)
BEGIN
    SELECT RAISE(ABORT, 'the account is erased');
END;
