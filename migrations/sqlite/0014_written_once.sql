-- What is written once stays as it was written, whatever the program does (PAY-01, PAY-09, OPS-01).
CREATE TRIGGER audit_events_written_once BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is never changed');
END;

CREATE TRIGGER ledger_entries_written_once BEFORE UPDATE ON ledger_entries
BEGIN
    SELECT RAISE(ABORT, 'the ledger is never changed');
END;

CREATE TRIGGER payments_frozen
BEFORE UPDATE OF account_id, session_id, recipient, amount_minor, currency, description ON payments
BEGIN
    SELECT RAISE(ABORT, 'a payment is never changed');
END;
