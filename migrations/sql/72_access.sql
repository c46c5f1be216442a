-- Somebody opens, prints or exports what is known of patients: one event for each of them who is the clinic's. Unlike
-- record_access it is asked beside the reading itself, in the same statement, so it says where it is done and refuses
-- no reading. Returns how many events were written.
CREATE OR REPLACE FUNCTION desktop.note_access(p_patients text[], p_kind text, p_workstation text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    noted integer;
BEGIN
    IF desktop.my_clinic() IS NULL THEN
        PERFORM desktop.refuse('NotAllowed');
    ELSIF p_kind NOT IN ('OPEN', 'PRINT', 'EXPORT') OR cardinality(p_patients) > 10000
            OR length(p_workstation) > 200 THEN
        PERFORM desktop.refuse('BadValue');
    END IF;
    INSERT INTO desktop.access_event (id, clinic_id, user_id, patient_id, at, kind, workstation)
    SELECT gen_random_uuid()::text, desktop.my_clinic(), desktop.my_user(), p.id, desktop.db_now(), p_kind,
           coalesce(p_workstation, '')
    FROM public.patients p WHERE p.id = ANY (p_patients) AND p.clinic_id = desktop.my_clinic();
    GET DIAGNOSTICS noted = ROW_COUNT;
    RETURN noted;
END $$;
REVOKE ALL ON FUNCTION desktop.note_access(text[], text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.note_access(text[], text, text) TO mha_staff;
