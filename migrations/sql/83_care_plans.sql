-- What the handlers of care plans need beyond their rights.

-- The beginning of a plan is undone: one in which nothing stands, and of which nothing is marked, goes. A plan in which
-- something stands never does. Returns whether it went.
CREATE OR REPLACE FUNCTION desktop.drop_care_plan(p_plan text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_clinic() IS NULL OR NOT desktop.has_role('PROVIDER') THEN
        PERFORM desktop.refuse('NotAllowed');
    END IF;
    DELETE FROM public.care_plans c USING public.patients p
    WHERE c.id = p_plan AND p.id = c.patient_id AND p.clinic_id = desktop.my_clinic() AND c.phases = '[]'
        AND NOT EXISTS (SELECT FROM desktop.care_task_mark k WHERE k.plan_id = c.id);
    RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION desktop.drop_care_plan(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.drop_care_plan(text) TO mha_staff;
