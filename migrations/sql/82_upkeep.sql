-- What has to be done again and again whoever is there: putting the audit on its chain, pruning the feed; and the
-- index by which the audit answers for one patient.

-- Which patient a row is about, and which visit it hangs on. Only rows on the chain are in these indexes: whoever writes
-- a row waits for none of the three (they were a quarter of what its triggers took), the sealer enters it a minute
-- later. What isn't sealed yet is little and found by its own index.
DROP INDEX IF EXISTS desktop.audit_patient_idx, desktop.audit_visit_idx, desktop.audit_former_patient_idx;
CREATE INDEX IF NOT EXISTS audit_sealed_patient_idx ON desktop.audit ((coalesce(after, before) ->> 'patient_id'))
    WHERE chain_seq IS NOT NULL AND coalesce(after, before) ->> 'patient_id' IS NOT NULL;
CREATE INDEX IF NOT EXISTS audit_sealed_visit_idx ON desktop.audit ((coalesce(after, before) ->> 'visit_id'))
    WHERE chain_seq IS NOT NULL AND coalesce(after, before) ->> 'visit_id' IS NOT NULL;
-- Rows that went from one patient to another, by the one they came from: merges, hardly ever anything else.
CREATE INDEX IF NOT EXISTS audit_sealed_former_patient_idx ON desktop.audit ((before ->> 'patient_id'))
    WHERE chain_seq IS NOT NULL AND op = 'U' AND before ->> 'patient_id' IS DISTINCT FROM after ->> 'patient_id';

-- The audit's rows about a patient: the patient's own, those that name the patient now or did before, and those that
-- hang on the patient's visits. For the clinic's ADMINs; under row-level security no index on jsonb would be used.
CREATE OR REPLACE FUNCTION desktop.audit_of_patient(p_patient_id text) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := desktop.my_clinic();
BEGIN
    IF here IS NULL OR NOT desktop.has_role('ADMIN') THEN
        PERFORM desktop.refuse('NotAllowed');
    END IF;
    RETURN QUERY
        SELECT a.seq FROM desktop.audit a
        WHERE a.clinic_id = here AND a.table_name = 'patients' AND a.row_id = p_patient_id
        UNION
        SELECT a.seq FROM desktop.audit a
        WHERE a.chain_seq IS NOT NULL AND a.clinic_id = here
          AND coalesce(a.after, a.before) ->> 'patient_id' = p_patient_id
        UNION
        SELECT a.seq FROM desktop.audit a
        WHERE a.chain_seq IS NOT NULL AND a.clinic_id = here AND a.before ->> 'patient_id' = p_patient_id
          AND a.op = 'U' AND a.before ->> 'patient_id' IS DISTINCT FROM a.after ->> 'patient_id'
        UNION
        SELECT a.seq FROM public.visits v JOIN desktop.audit a ON coalesce(a.after, a.before) ->> 'visit_id' = v.id
        WHERE a.chain_seq IS NOT NULL AND v.patient_id = p_patient_id AND a.clinic_id = here
        UNION
        SELECT a.seq FROM desktop.audit a
        WHERE a.chain_seq IS NULL AND a.clinic_id = here
          AND (coalesce(a.after, a.before) ->> 'patient_id' = p_patient_id
               OR a.op = 'U' AND a.before ->> 'patient_id' = p_patient_id
               OR EXISTS (SELECT FROM public.visits v
                          WHERE v.id = coalesce(a.after, a.before) ->> 'visit_id' AND v.patient_id = p_patient_id));
END $$;

-- Seals what was settled a minute ago, and once a day deletes from the feed what is older than a fortnight (longer
-- than a workstation may be away without the server). Every program that is open asks for it once a minute: the first
-- one does it, for all clinics of the database; the others find somebody at it or nothing to do, which costs them two
-- rows of an index. sealed = 5000 means that there is more.
CREATE OR REPLACE FUNCTION desktop.upkeep(OUT sealed integer, OUT pruned bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    keep constant interval := '14 days';
BEGIN
    sealed := 0;
    pruned := 0;
    IF desktop.my_clinic() IS NULL AND session_user <> current_user THEN  -- the owner may: ``db upkeep``
        PERFORM desktop.refuse('NotAllowed');
    ELSIF NOT pg_try_advisory_xact_lock(hashtextextended('mha.audit_seal', 0)) THEN
        RETURN;
    END IF;
    IF (SELECT a.at FROM desktop.audit a WHERE a.chain_seq IS NULL ORDER BY a.xid, a.seq LIMIT 1)
            < desktop.db_now() - interval '1 minute' THEN
        sealed := desktop.seal_rows(pg_snapshot_xmin(pg_current_snapshot()), 5000);
    END IF;
    IF (SELECT c.at FROM desktop.change c ORDER BY c.xid, c.seq LIMIT 1) < desktop.db_now() - keep - interval '1 day' THEN
        pruned := desktop.prune(keep);
    END IF;
END $$;

REVOKE ALL ON FUNCTION desktop.audit_of_patient(text), desktop.upkeep() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.audit_of_patient(text) TO mha_admin;
GRANT EXECUTE ON FUNCTION desktop.upkeep() TO mha_staff;
