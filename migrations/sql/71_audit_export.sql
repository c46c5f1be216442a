-- Somebody took a list out of the database that is about more than one patient: kept like the opening of a chart,
-- with no patient. p_what says which list and how it was filtered, in names of columns and ids.
CREATE OR REPLACE FUNCTION desktop.record_export(p_what text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made constant text := gen_random_uuid()::text;
BEGIN
    IF desktop.my_clinic() IS NULL OR NOT desktop.has_role('ADMIN') THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'record_export');
    ELSIF coalesce(length(p_what), 0) NOT BETWEEN 1 AND 1000 THEN
        PERFORM desktop.fail('22023', 'BadValue', 'record_export');
    END IF;
    INSERT INTO desktop.access_event (id, clinic_id, user_id, patient_id, at, kind, reason, workstation)
    VALUES (made, desktop.my_clinic(), desktop.my_user(), '', desktop.db_now(), 'EXPORT', p_what,
            coalesce(current_setting('mha.workstation', true), ''));
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION desktop.record_export(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.record_export(text) TO mha_admin;
