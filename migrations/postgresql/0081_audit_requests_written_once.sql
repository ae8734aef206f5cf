-- The request of an event stays as it was written, or becomes '' with an erased account.
CREATE OR REPLACE FUNCTION keep_audit_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.event = OLD.event AND NEW.account_id = OLD.account_id
        AND NEW.flow_id = OLD.flow_id AND NEW.source IN ('', OLD.source) AND NEW.detail IN ('', OLD.detail)
        AND NEW.device IN ('', OLD.device) AND NEW.request_id IN ('', OLD.request_id)
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
