-- Trying a rule that isn't saved, or isn't enabled: nothing is raised, sent or written. For ADMINs.

-- Whom a rule would find at an instant, with the figures; the program asks for one day after the other.
CREATE OR REPLACE FUNCTION desktop.rule_try(p_rule jsonb, p_at timestamp)
RETURNS TABLE (patient_id text, readings integer, unreadable integer, figure float8, last_at timestamp)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
    IF desktop.my_clinic() IS NULL OR NOT desktop.has_role('ADMIN') THEN
        PERFORM desktop.refuse('NotAllowed');
    END IF;
    RETURN QUERY EXECUTE 'SELECT q.patient_id, q.readings, q.unreadable, q.figure, q.last_at FROM ('
        || desktop.rule_question(p_rule, desktop.my_clinic(), p_at) || ') q WHERE q.triggered';
END $$;

-- How many of the clinic's patients a rule is about, and how many patients there are.
CREATE OR REPLACE FUNCTION desktop.rule_cohort_size(p_cohort jsonb, OUT about bigint, OUT patients bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := desktop.my_clinic();
BEGIN
    IF here IS NULL OR NOT desktop.has_role('ADMIN') THEN
        PERFORM desktop.refuse('NotAllowed');
    END IF;
    EXECUTE 'SELECT count(*) FROM public.patients p WHERE '
        || desktop.rule_cohort(p_cohort, here, desktop.day_at(here, desktop.db_now())) INTO about;
    SELECT count(*) INTO patients FROM public.patients p WHERE p.clinic_id = here;
END $$;

REVOKE ALL ON FUNCTION desktop.rule_try(jsonb, timestamp), desktop.rule_cohort_size(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.rule_try(jsonb, timestamp), desktop.rule_cohort_size(jsonb) TO mha_admin;
