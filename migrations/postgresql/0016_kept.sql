-- What is written once is not taken away either: an entry of the ledger is what keeps its payment from
-- being executed again (PAY-04, PAY-09, OPS-01).
CREATE TRIGGER audit_events_kept BEFORE DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change();
CREATE TRIGGER audit_events_not_emptied BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change();

CREATE TRIGGER ledger_entries_kept BEFORE DELETE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change();
CREATE TRIGGER ledger_entries_not_emptied BEFORE TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change();

-- Nor does a payment change what it is known by, what confirms it, and until when.
DROP TRIGGER payments_frozen ON payments;
CREATE TRIGGER payments_frozen
    BEFORE UPDATE OF id, account_id, session_id, source, request_key, flow_id, recipient, amount_minor,
        currency, description, created_at, expires_at ON payments
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change();
