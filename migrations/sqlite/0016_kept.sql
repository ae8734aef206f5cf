-- What is written once is not taken away either: an entry of the ledger is what keeps its payment from
-- being executed again (PAY-04, PAY-09, OPS-01).
CREATE TRIGGER audit_events_kept BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is never changed');
END;

CREATE TRIGGER ledger_entries_kept BEFORE DELETE ON ledger_entries
BEGIN
    SELECT RAISE(ABORT, 'the ledger is never changed');
END;

-- Nor does a payment change what it is known by, what confirms it, and until when.
DROP TRIGGER payments_frozen;
CREATE TRIGGER payments_frozen
BEFORE UPDATE OF id, account_id, session_id, source, request_key, flow_id, recipient, amount_minor,
    currency, description, created_at, expires_at ON payments
BEGIN
    SELECT RAISE(ABORT, 'a payment is never changed');
END;
