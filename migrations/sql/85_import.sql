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

-- What only a clinic's own export brings back: readings of devices, conversations that took place elsewhere, referrals
-- with their letters, care plans, signed visit notes and excuse notes. Nothing here is anybody's word of now: a message is
-- the patient's own or that of somebody who has no account (no user's id begins so), and no later than now; so is every
-- signature. An excuse note whose code is taken, perhaps by another clinic's, gets its spare one. p_rows is JSON: rows by
-- table.
CREATE OR REPLACE FUNCTION desktop.import_history(p_rows text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    here constant text := desktop.my_clinic();
    rows constant jsonb := p_rows::jsonb;
    given constant integer := (SELECT coalesce(sum(jsonb_array_length(e.value)), 0) FROM jsonb_each(rows) e);
    latest constant timestamp := desktop.db_now() + interval '5 min';
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
    WHERE (r.sender_id = p.user_id OR r.sender_id LIKE 'outside:%') AND r.created_at <= latest;
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
    INSERT INTO desktop.referral_detail
    SELECT d.* FROM jsonb_populate_recordset(NULL::desktop.referral_detail, coalesce(rows -> 'referral_detail', '[]')) d
    JOIN jsonb_to_recordset(coalesce(rows -> 'referrals', '[]')) AS r(id text) ON r.id = d.referral_id
    WHERE d.clinic_id = here AND d.sent_by IS NULL AND d.attachments IS NULL
      AND coalesce(d.accepted_at, latest) <= latest;
    GET DIAGNOSTICS part = ROW_COUNT;
    written := written + part;
    INSERT INTO public.care_plans
    SELECT r.* FROM jsonb_populate_recordset(NULL::public.care_plans, coalesce(rows -> 'care_plans', '[]')) r
    JOIN public.patients p ON p.id = r.patient_id AND p.clinic_id = here
    WHERE jsonb_typeof(r.phases) = 'array';
    GET DIAGNOSTICS part = ROW_COUNT;
    written := written + part;
    INSERT INTO desktop.visit_note
    SELECT r.* FROM jsonb_populate_recordset(NULL::desktop.visit_note, coalesce(rows -> 'visit_note', '[]')) r
    JOIN public.patients p ON p.id = r.patient_id AND p.clinic_id = here
    LEFT JOIN public.visits v ON v.id = r.visit_id
    LEFT JOIN public.providers q ON q.id = r.provider_id
    WHERE r.clinic_id = here AND r.status = 'SIGNED' AND r.signed_at <= latest AND r.created_at <= latest
      AND r.signed_by LIKE 'outside:%' AND r.author_id LIKE 'outside:%'
      AND v.patient_id IS NOT DISTINCT FROM CASE WHEN r.visit_id IS NULL THEN NULL ELSE p.id END
      AND q.clinic_id IS NOT DISTINCT FROM CASE WHEN r.provider_id IS NULL THEN NULL ELSE here END;
    GET DIAGNOSTICS part = ROW_COUNT;
    written := written + part;
    INSERT INTO desktop.visit_note_addendum
    SELECT r.* FROM jsonb_populate_recordset(NULL::desktop.visit_note_addendum,
                                             coalesce(rows -> 'visit_note_addendum', '[]')) r
    JOIN desktop.visit_note n ON n.id = r.note_id AND n.clinic_id = here AND n.signed_by LIKE 'outside:%'
    WHERE r.clinic_id = here AND r.at <= latest AND r.by_user LIKE 'outside:%';
    GET DIAGNOSTICS part = ROW_COUNT;
    written := written + part;
    INSERT INTO public.excuse_notes
    SELECT r.* FROM jsonb_populate_recordset(NULL::public.excuse_notes, coalesce(rows -> 'excuse_notes', '[]')) r
    JOIN public.patients p ON p.id = r.patient_id AND p.clinic_id = here
    JOIN public.providers q ON q.id = r.provider_id AND q.clinic_id = here
    LEFT JOIN public.visits v ON v.id = r.visit_id
    WHERE v.patient_id IS NOT DISTINCT FROM CASE WHEN r.visit_id IS NULL THEN NULL ELSE p.id END
      AND r.created_at <= latest AND coalesce(r.sent_at, r.created_at) <= latest;
    GET DIAGNOSTICS part = ROW_COUNT;
    written := written + part;
    INSERT INTO desktop.excuse_note_detail (note_id, clinic_id, code, show_reason, corrects, drafted_by, signed_by,
                                            signed_at, withdrawn_at, withdrawn_by, withdrawn_reason, updated_at)
    SELECT r.note_id, here, CASE WHEN d.code IS NULL THEN r.code ELSE r.spare END, r.show_reason, r.corrects,
           r.drafted_by, r.signed_by, r.signed_at, r.withdrawn_at, r.withdrawn_by, r.withdrawn_reason, r.updated_at
    FROM jsonb_to_recordset(coalesce(rows -> 'excuse_note_detail', '[]'))
             AS r(note_id text, code text, spare text, show_reason boolean, corrects text, drafted_by text,
                  signed_by text, signed_at timestamp, withdrawn_at timestamp, withdrawn_by text,
                  withdrawn_reason text, updated_at timestamp)
    JOIN public.excuse_notes e ON e.id = r.note_id
    JOIN public.patients p ON p.id = e.patient_id AND p.clinic_id = here
    LEFT JOIN desktop.excuse_note_detail d ON d.code = r.code
    WHERE coalesce(r.signed_at, r.withdrawn_at, latest) <= latest
      AND (r.corrects IS NULL
           OR EXISTS (SELECT FROM public.excuse_notes c WHERE c.id = r.corrects AND c.patient_id = e.patient_id))
      AND NOT EXISTS (SELECT FROM unnest(ARRAY[r.drafted_by, r.signed_by, r.withdrawn_by]) name
                      WHERE name NOT LIKE 'outside:%');
    GET DIAGNOSTICS part = ROW_COUNT;
    IF written + part <> given THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'import_history');
    END IF;
END $$;
REVOKE ALL ON FUNCTION desktop.import_history(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.import_history(text) TO mha_admin;
