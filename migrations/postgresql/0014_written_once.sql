-- What is written once stays as it was written, whatever the program does (PAY-01, PAY-09, OPS-01).
CREATE FUNCTION refuse_to_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER audit_events_written_once BEFORE UPDATE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change();

CREATE TRIGGER ledger_entries_written_once BEFORE UPDATE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change();

CREATE TRIGGER payments_frozen
    BEFORE UPDATE OF account_id, session_id, recipient, amount_minor, currency, description ON payments
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change();
