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
