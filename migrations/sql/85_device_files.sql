-- Taking back what reading files of devices brought into a chart, in one step, and that step's way back. A run of the
-- import wrote or renewed what its links say that it did while it lasted; what a later one renewed since is that one's.
-- Measurements stay and say that they don't count; variability and indices have no place to say so, and go: the audit
-- keeps them.

CREATE OR REPLACE FUNCTION desktop.brought_by(p_run desktop.import_run)
RETURNS TABLE (link_id text, table_name text, row_id text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT l.id, l.table_name, l.row_id
    FROM desktop.import_link l
    WHERE l.clinic_id = p_run.clinic_id AND l.table_name IN ('measurements', 'bmi_readings', 'hrv_readings')
      AND position(':' IN l.system) = 0  -- devices; what FHIR files bring has an address
      AND l.updated_at BETWEEN p_run.started_at AND coalesce(p_run.finished_at,
          (SELECT min(r.started_at) FROM desktop.import_run r
           WHERE r.clinic_id = p_run.clinic_id AND r.kind = 'device' AND r.started_at > p_run.started_at), 'infinity');
$$;

-- The run if the caller may take it back: staff who measure, or who read files.
CREATE OR REPLACE FUNCTION desktop.device_run(p_run text, p_what text) RETURNS desktop.import_run
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run desktop.import_run;
BEGIN
    IF desktop.my_clinic() IS NULL OR NOT (desktop.has_role('MEDICAL_ASSISTANT') OR desktop.has_role('PROVIDER')
                                           OR desktop.has_role('ADMIN')) THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', p_what);
    END IF;
    SELECT r.* INTO run FROM desktop.import_run r
    WHERE r.id = p_run AND r.kind = 'device' AND r.clinic_id = desktop.my_clinic() FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM desktop.fail('MH001', 'Gone', p_what);
    END IF;
    RETURN run;
END $$;

-- Returns how many readings went, and "corrected": how many somebody has taken back one by one since. While there are
-- such and p_confirmed doesn't say that they were looked at, nothing happens.
CREATE OR REPLACE FUNCTION desktop.take_back_import(p_run text, p_reason text, p_at timestamp, p_confirmed boolean)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    run constant desktop.import_run := desktop.device_run(p_run, 'take_back_import');
    said constant jsonb := jsonb_build_object('at', to_char(p_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"'),
        'by', desktop.my_user(), 'reason', left(p_reason, 500), 'run', p_run);
    links text[];
    measured text[];
    corrected integer;
    gone integer;
    part integer;
BEGIN
    IF jsonb_typeof(run.summary -> 'takenBack') = 'object' THEN
        RETURN jsonb_build_object('readings', 0, 'corrected', 0);
    ELSIF run.finished_at IS NULL AND run.started_at > p_at - interval '15 minutes' THEN
        PERFORM desktop.fail('MH003', 'StillReading');
    END IF;
    SELECT array_agg(b.link_id), array_agg(b.row_id) FILTER (WHERE b.table_name = 'measurements')
    INTO links, measured FROM desktop.brought_by(run) b;
    SELECT count(*) INTO corrected FROM unnest(measured) b (id) JOIN public.measurements m ON m.id = b.id
    WHERE jsonb_typeof(m.metadata -> 'retracted') = 'object';
    IF corrected > 0 AND NOT p_confirmed THEN
        RETURN jsonb_build_object('readings', 0, 'corrected', corrected);
    END IF;
    UPDATE public.measurements m
    SET metadata = CASE WHEN jsonb_typeof(m.metadata) = 'object' THEN m.metadata ELSE '{}' END
        || jsonb_build_object('retracted', said)
    FROM unnest(measured) b (id), public.patients p
    WHERE m.id = b.id AND p.id = m.patient_id AND p.clinic_id = run.clinic_id
      AND coalesce(jsonb_typeof(m.metadata -> 'retracted'), '') <> 'object';
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM public.hrv_readings h USING unnest(links) b (id), desktop.import_link l, public.patients p
    WHERE l.id = b.id AND l.table_name = 'hrv_readings' AND h.id = l.row_id AND p.id = h.patient_id
      AND p.clinic_id = run.clinic_id;
    GET DIAGNOSTICS part = ROW_COUNT;
    gone := gone + part;
    DELETE FROM public.bmi_readings i USING unnest(links) b (id), desktop.import_link l, public.patients p
    WHERE l.id = b.id AND l.table_name = 'bmi_readings' AND i.id = l.row_id AND p.id = i.patient_id
      AND p.clinic_id = run.clinic_id;
    -- Reading the file once more brings it again.
    UPDATE desktop.import_link l SET content_hash = 'retracted ' || l.content_hash FROM unnest(links) b (id)
    WHERE l.id = b.id AND (l.table_name <> 'measurements' OR EXISTS (
        SELECT FROM public.measurements m WHERE m.id = l.row_id AND m.metadata -> 'retracted' ->> 'run' = run.id));
    UPDATE desktop.import_run r
    SET summary = CASE WHEN jsonb_typeof(r.summary) = 'object' THEN r.summary ELSE '{}' END
        || jsonb_build_object('takenBack', said - 'run' || jsonb_build_object('readings', gone))
    WHERE r.id = run.id;
    RETURN jsonb_build_object('readings', gone, 'corrected', corrected);
END $$;

-- The way back: what went with the run comes back as it was, but for what an import has brought again since. Returns how
-- many readings count again.
CREATE OR REPLACE FUNCTION desktop.restore_import(p_run text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    run constant desktop.import_run := desktop.device_run(p_run, 'restore_import');
    links text[];
    back integer;
    part integer;
BEGIN
    IF coalesce(jsonb_typeof(run.summary -> 'takenBack'), '') <> 'object' THEN
        RETURN 0;
    END IF;
    SELECT array_agg(l.id) INTO links FROM desktop.brought_by(run) b
    JOIN desktop.import_link l ON l.id = b.link_id AND starts_with(l.content_hash, 'retracted ');
    UPDATE public.measurements m SET metadata = m.metadata - 'retracted'
    FROM unnest(links) b (id), desktop.import_link l, public.patients p
    WHERE l.id = b.id AND l.table_name = 'measurements' AND m.id = l.row_id AND p.id = m.patient_id AND p.clinic_id = run.clinic_id
      AND m.metadata -> 'retracted' ->> 'run' = run.id;
    GET DIAGNOSTICS back = ROW_COUNT;
    INSERT INTO public.hrv_readings
    SELECT r.* FROM unnest(links) b (id) JOIN desktop.import_link l ON l.id = b.id AND l.table_name = 'hrv_readings'
    CROSS JOIN LATERAL (SELECT a.before FROM desktop.audit a WHERE a.table_name = 'hrv_readings' AND a.row_id = l.row_id
                        AND a.op = 'D' ORDER BY a.seq DESC LIMIT 1) kept
    CROSS JOIN LATERAL jsonb_populate_record(NULL::public.hrv_readings, kept.before) r
    JOIN public.patients p ON p.id = r.patient_id AND p.clinic_id = run.clinic_id
    WHERE NOT EXISTS (SELECT FROM public.hrv_readings h WHERE h.id = r.id);
    GET DIAGNOSTICS part = ROW_COUNT;
    back := back + part;
    INSERT INTO public.bmi_readings
    SELECT r.* FROM unnest(links) b (id) JOIN desktop.import_link l ON l.id = b.id AND l.table_name = 'bmi_readings'
    CROSS JOIN LATERAL (SELECT a.before FROM desktop.audit a WHERE a.table_name = 'bmi_readings' AND a.row_id = l.row_id
                        AND a.op = 'D' ORDER BY a.seq DESC LIMIT 1) kept
    CROSS JOIN LATERAL jsonb_populate_record(NULL::public.bmi_readings, kept.before) r
    JOIN public.patients p ON p.id = r.patient_id AND p.clinic_id = run.clinic_id
    WHERE NOT EXISTS (SELECT FROM public.bmi_readings i WHERE i.id = r.id)
      AND EXISTS (SELECT FROM desktop.import_link w JOIN public.measurements m ON m.id = w.row_id
                  WHERE w.clinic_id = l.clinic_id AND w.system = l.system AND w.type = l.type
                    AND w.source_id = l.source_id AND w.table_name = 'measurements'
                    AND coalesce(jsonb_typeof(m.metadata -> 'retracted'), '') <> 'object');
    UPDATE desktop.import_link l SET content_hash = substr(l.content_hash, 11) FROM unnest(links) b (id)
    WHERE l.id = b.id;
    UPDATE desktop.import_run r SET summary = r.summary - 'takenBack' WHERE r.id = run.id;
    RETURN back;
END $$;

REVOKE ALL ON FUNCTION desktop.brought_by(desktop.import_run), desktop.device_run(text, text),
    desktop.take_back_import(text, text, timestamp, boolean), desktop.restore_import(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.take_back_import(text, text, timestamp, boolean),
    desktop.restore_import(text) TO mha_staff;
