-- Imported readings that were corrected at their source. Nobody changes readings in plain SQL; an ADMIN's import may
-- correct what an import of the same clinic brought, and nothing else. p_rows is JSON: rows by table.

CREATE OR REPLACE FUNCTION desktop.correct_import(p_rows text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := desktop.my_clinic();
    rows constant jsonb := p_rows::jsonb;
BEGIN
    IF here IS NULL OR NOT desktop.has_role('ADMIN') THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'correct_import');
    END IF;
    UPDATE public.measurements m
    SET type = r.type, value = r.value, timestamp = r.timestamp, metadata = r.metadata
    FROM jsonb_to_recordset(coalesce(rows -> 'measurements', '[]'))
             AS r(id text, type text, value jsonb, timestamp timestamp, metadata jsonb),
         desktop.import_link l, public.patients p
    WHERE m.id = r.id AND m.source = 'DEVICE' AND p.id = m.patient_id AND p.clinic_id = here
      AND l.table_name = 'measurements' AND l.row_id = m.id AND l.clinic_id = here;
    UPDATE public.bmi_readings b
    SET timestamp = r.timestamp, weight_kg = r.weight_kg, height_cm = r.height_cm, bmi = r.bmi
    FROM jsonb_to_recordset(coalesce(rows -> 'bmi_readings', '[]'))
             AS r(id text, timestamp timestamp, weight_kg float, height_cm float, bmi float),
         desktop.import_link l, public.patients p
    WHERE b.id = r.id AND p.id = b.patient_id AND p.clinic_id = here
      AND l.table_name = 'bmi_readings' AND l.row_id = b.id AND l.clinic_id = here;
END $$;
REVOKE ALL ON FUNCTION desktop.correct_import(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.correct_import(text) TO mha_admin;

-- What only a clinic's own export brings back: readings of devices, conversations that took place elsewhere, referrals and
-- care plans. Nothing here is anybody's word of now: a message is the patient's own or that of somebody who has no account (no user's id
-- begins so), and no later than now. p_rows is JSON: rows by table.
CREATE OR REPLACE FUNCTION desktop.import_history(p_rows text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    here constant text := desktop.my_clinic();
    rows constant jsonb := p_rows::jsonb;
    given constant integer := jsonb_array_length(coalesce(rows -> 'hrv_readings', '[]'))
        + jsonb_array_length(coalesce(rows -> 'message_threads', '[]'))
        + jsonb_array_length(coalesce(rows -> 'messages', '[]'))
        + jsonb_array_length(coalesce(rows -> 'referrals', '[]'))
        + jsonb_array_length(coalesce(rows -> 'care_plans', '[]'));
    written integer := 0;
    part integer;
BEGIN
    IF here IS NULL OR NOT desktop.has_role('ADMIN') THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'import_history');
    END IF;
    INSERT INTO public.hrv_readings
    SELECT r.* FROM jsonb_populate_recordset(NULL::public.hrv_readings, coalesce(rows -> 'hrv_readings', '[]')) r
    JOIN public.patients p ON p.id = r.patient_id AND p.clinic_id = here;
    GET DIAGNOSTICS part = ROW_COUNT;
    written := written + part;
    INSERT INTO public.message_threads
    SELECT r.* FROM jsonb_populate_recordset(NULL::public.message_threads, coalesce(rows -> 'message_threads', '[]')) r
    JOIN public.patients p ON p.id = r.patient_id AND p.clinic_id = here
    WHERE r.clinic_id = here;
    GET DIAGNOSTICS part = ROW_COUNT;
    written := written + part;
    INSERT INTO public.messages
    SELECT r.* FROM jsonb_populate_recordset(NULL::public.messages, coalesce(rows -> 'messages', '[]')) r
    JOIN public.message_threads t ON t.id = r.thread_id
    JOIN public.patients p ON p.id = t.patient_id AND p.clinic_id = here
    WHERE (r.sender_id = p.user_id OR r.sender_id LIKE 'outside:%') AND r.created_at <= desktop.db_now() + interval '5 min';
    GET DIAGNOSTICS part = ROW_COUNT;
    written := written + part;
    INSERT INTO public.referrals
    SELECT r.* FROM jsonb_populate_recordset(NULL::public.referrals, coalesce(rows -> 'referrals', '[]')) r
    JOIN public.patients p ON p.id = r.patient_id AND p.clinic_id = here
    JOIN public.providers q ON q.id = r.provider_id AND q.clinic_id = here
    LEFT JOIN public.visits v ON v.id = r.visit_id
    WHERE v.patient_id IS NOT DISTINCT FROM CASE WHEN r.visit_id IS NULL THEN NULL ELSE p.id END;
    GET DIAGNOSTICS part = ROW_COUNT;
    written := written + part;
    INSERT INTO public.care_plans
    SELECT r.* FROM jsonb_populate_recordset(NULL::public.care_plans, coalesce(rows -> 'care_plans', '[]')) r
    JOIN public.patients p ON p.id = r.patient_id AND p.clinic_id = here
    WHERE jsonb_typeof(r.phases) = 'array';
    GET DIAGNOSTICS part = ROW_COUNT;
    IF written + part <> given THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'import_history');
    END IF;
END $$;
REVOKE ALL ON FUNCTION desktop.import_history(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.import_history(text) TO mha_admin;
