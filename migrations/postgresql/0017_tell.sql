-- Tells whoever listens what changed, by the id they know it by. Earlier versions made these at their
-- start, so that they may be there (CLU-05).
CREATE OR REPLACE FUNCTION sallyport_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'flows' THEN PERFORM pg_notify('sallyport', NEW.id);
        WHEN 'deliveries' THEN PERFORM pg_notify('sallyport', NEW.verification);
        ELSE PERFORM pg_notify('sallyport', OLD.account_id);
    END CASE;
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS sallyport_tell ON flows;
CREATE TRIGGER sallyport_tell AFTER UPDATE ON flows
    FOR EACH ROW EXECUTE FUNCTION sallyport_tell();

DROP TRIGGER IF EXISTS sallyport_tell ON deliveries;
CREATE TRIGGER sallyport_tell AFTER INSERT ON deliveries
    FOR EACH ROW EXECUTE FUNCTION sallyport_tell();

DROP TRIGGER IF EXISTS sallyport_tell ON sessions;
CREATE TRIGGER sallyport_tell AFTER DELETE OR UPDATE OF token_hash ON sessions
    FOR EACH ROW EXECUTE FUNCTION sallyport_tell();
