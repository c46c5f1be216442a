-- Limits that the window keeps by its forms, for whoever writes plain SQL. They bind members of staff, as the guards of
-- 55_states.sql do: the backend, imports and our own definer functions pass.

-- A hold ends: after a quarter of an hour at most, or, kept for a patient's answer, when the clinic's time for it is
-- over and two hours before it begins (app/commands/holds.py, app/domain/requests.py). Only a lease has no end, and those come from lease_slots.
-- A minute more than that is given to clocks that were set meanwhile.
CREATE OR REPLACE FUNCTION desktop.guard_until() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    present constant timestamp := desktop.db_now() + interval '1 minute';
    hours integer;
BEGIN
    IF desktop.my_user() IS NULL OR coalesce(NEW.held_until <= present + interval '15 minutes', false) THEN
        RETURN NEW;
    END IF;
    SELECT s.proposal_hours INTO hours FROM desktop.clinic_settings s WHERE s.clinic_id = desktop.my_clinic();
    IF NOT coalesce(NEW.held_until <= least(present + make_interval(hours => coalesce(hours, 24)),
                                            NEW.start_time - interval '2 hours'), false) THEN
        PERFORM desktop.fail('MH003', 'HoldTooLong', 'visit_slots: held_until');
    END IF;
    RETURN NEW;
END $$;

-- What stands in demographics is an object of a size that a form can make; problems and medicines in it are a
-- provider's (app/domain/clinical_lists.py), and an ADMIN may import and merge everything.
CREATE OR REPLACE FUNCTION desktop.guard_demographics() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    most constant integer := 1000000;
    before jsonb;
    field text;
BEGIN
    IF desktop.my_user() IS NULL THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        before := OLD.demographics;
    END IF;
    IF jsonb_typeof(NEW.demographics) <> 'object' THEN
        PERFORM desktop.fail('MH003', 'BadValue', 'patients: demographics');
    ELSIF octet_length(NEW.demographics::text) > greatest(most, octet_length(before::text)) THEN
        PERFORM desktop.fail('MH003', 'TooLong', 'patients: demographics');
    ELSIF desktop.has_role('PROVIDER') OR desktop.has_role('ADMIN') THEN
        RETURN NEW;
    END IF;
    FOREACH field IN ARRAY ARRAY['conditions', 'medications'] LOOP
        IF before -> field IS DISTINCT FROM NEW.demographics -> field
            OR before #> ARRAY['listsConfirmed', field] IS DISTINCT FROM NEW.demographics #> ARRAY['listsConfirmed', field]
        THEN
            PERFORM desktop.fail('MH003', 'NotAllowed', 'patients: demographics.' || field);
        END IF;
    END LOOP;
    RETURN NEW;
END $$;

-- Named so that they come after the guards of states, whose refusals say more.
DO $$
DECLARE
    direct constant text := format('current_user <> %L', current_user);
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_until_i BEFORE INSERT ON public.visit_slots FOR EACH ROW '
        'WHEN (NEW.status = ''HELD'' AND %s) EXECUTE FUNCTION desktop.guard_until()', direct);
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_until_u BEFORE UPDATE ON public.visit_slots FOR EACH ROW '
        'WHEN (NEW.status = ''HELD'' AND (OLD.status, OLD.held_until) IS DISTINCT FROM (NEW.status, NEW.held_until) '
        'AND %s) EXECUTE FUNCTION desktop.guard_until()', direct);
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_details_i BEFORE INSERT ON public.patients FOR EACH ROW '
        'WHEN (NEW.demographics IS NOT NULL AND %s) EXECUTE FUNCTION desktop.guard_demographics()', direct);
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_details_u BEFORE UPDATE ON public.patients FOR EACH ROW '
        'WHEN (OLD.demographics IS DISTINCT FROM NEW.demographics AND %s) '
        'EXECUTE FUNCTION desktop.guard_demographics()', direct);
END $$;

REVOKE ALL ON FUNCTION desktop.guard_until(), desktop.guard_demographics() FROM PUBLIC;
