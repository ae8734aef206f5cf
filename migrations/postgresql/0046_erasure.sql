-- What is written once stays as it was written. One exception: the personal data of an erased account may become ''.
DROP TRIGGER IF EXISTS audit_events_written_once ON audit_events;
CREATE FUNCTION keep_audit_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.event = OLD.event AND NEW.account_id = OLD.account_id
        AND NEW.flow_id = OLD.flow_id AND NEW.source IN ('', OLD.source) AND NEW.detail IN ('', OLD.detail)
        AND (
            EXISTS (SELECT 1 FROM accounts WHERE id = OLD.account_id AND erased_at > 0)
            OR OLD.account_id = '' AND OLD.flow_id <> '' AND EXISTS (
                SELECT 1 FROM audit_events AS other JOIN accounts ON accounts.id = other.account_id
                WHERE other.flow_id = OLD.flow_id AND other.flow_id <> '' AND accounts.erased_at > 0
            )
        )
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_events is never changed';
END
$$;
CREATE TRIGGER audit_events_written_once BEFORE UPDATE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION keep_audit_event();

DROP TRIGGER IF EXISTS ledger_entries_written_once ON ledger_entries;
CREATE FUNCTION keep_ledger_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.payment_id = OLD.payment_id AND NEW.id = OLD.id AND NEW.account_id = OLD.account_id
        AND NEW.recipient IN ('', OLD.recipient) AND NEW.amount_minor = OLD.amount_minor
        AND NEW.currency = OLD.currency AND NEW.description IN ('', OLD.description) AND NEW.at = OLD.at
        AND EXISTS (SELECT 1 FROM accounts WHERE id = OLD.account_id AND erased_at > 0)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'ledger_entries is never changed';
END
$$;
CREATE TRIGGER ledger_entries_written_once BEFORE UPDATE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION keep_ledger_entry();

DROP TRIGGER IF EXISTS payments_frozen ON payments;
CREATE FUNCTION keep_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = OLD.id AND NEW.account_id = OLD.account_id AND NEW.session_id = OLD.session_id
        AND NEW.source IN ('', OLD.source) AND NEW.request_key = OLD.request_key AND NEW.flow_id = OLD.flow_id
        AND NEW.recipient IN ('', OLD.recipient) AND NEW.amount_minor = OLD.amount_minor
        AND NEW.currency = OLD.currency AND NEW.description IN ('', OLD.description)
        AND NEW.created_at = OLD.created_at AND NEW.expires_at = OLD.expires_at
        AND EXISTS (SELECT 1 FROM accounts WHERE id = OLD.account_id AND erased_at > 0)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'payments is never changed';
END
$$;
CREATE TRIGGER payments_frozen
    BEFORE UPDATE OF id, account_id, session_id, source, request_key, flow_id, recipient, amount_minor,
        currency, description, created_at, expires_at ON payments
    FOR EACH ROW EXECUTE FUNCTION keep_payment();

-- A request that has read the account before its erasure adds nothing to it afterwards. The lock waits for an erasure
-- that is not committed yet; the foreign keys of these tables take the same one.
CREATE FUNCTION refuse_erased_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM accounts WHERE id = NEW.account_id FOR KEY SHARE;
    IF EXISTS (SELECT 1 FROM accounts WHERE id = NEW.account_id AND erased_at > 0) THEN
        RAISE EXCEPTION 'the account is erased';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER sessions_of_erased BEFORE INSERT ON sessions
    FOR EACH ROW EXECUTE FUNCTION refuse_erased_account();
CREATE TRIGGER payments_of_erased BEFORE INSERT ON payments
    FOR EACH ROW EXECUTE FUNCTION refuse_erased_account();
CREATE TRIGGER authenticators_of_erased BEFORE INSERT ON authenticators
    FOR EACH ROW EXECUTE FUNCTION refuse_erased_account();
CREATE TRIGGER recovery_codes_of_erased BEFORE INSERT ON recovery_codes
    FOR EACH ROW EXECUTE FUNCTION refuse_erased_account();
