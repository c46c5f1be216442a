-- Visit notes: a draft is its author's and the visit's provider's; a signed one never changes, it takes dated addenda.
-- The triggers bind the staff; the owner passes (merging moves a note to the surviving patient).

-- A draft may be thrown away by those who may write it.
GRANT DELETE ON desktop.visit_note TO mha_provider;
SELECT desktop.staff_policy('desktop.visit_note', 'DELETE', $$clinic_id = {here} AND {provider} AND status = 'DRAFT'$$);

CREATE OR REPLACE FUNCTION desktop.guard_visit_note() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me constant text := desktop.acting_author();
BEGIN
    IF desktop.my_user() IS NULL THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'DRAFT' OR NEW.signed_at IS NOT NULL OR NEW.signed_by IS NOT NULL THEN
            PERFORM desktop.fail('MH001', 'BadTransition', 'visit note: begins as DRAFT');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status <> 'DRAFT' THEN
        PERFORM desktop.fail('MH003', 'DocumentLocked', 'visit_note');
    END IF;
    IF OLD.author_id IS DISTINCT FROM me AND OLD.provider_id IS DISTINCT FROM (
            SELECT p.id FROM public.providers p WHERE p.user_id = me AND p.clinic_id = OLD.clinic_id) THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'visit note: another''s');
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF NEW.status = 'SIGNED' AND (NEW.signed_at IS NULL OR NEW.signed_by IS DISTINCT FROM me)
        OR NEW.status = 'DRAFT' AND (NEW.signed_at IS NOT NULL OR NEW.signed_by IS NOT NULL)
        OR NEW.status NOT IN ('DRAFT', 'SIGNED') THEN
        PERFORM desktop.fail('MH001', 'BadTransition', 'visit note: signed by who signs it');
    END IF;
    IF NEW.status = 'SIGNED' AND (NEW.reason, NEW.history, NEW.findings, NEW.assessment, NEW.plan)
            IS DISTINCT FROM (OLD.reason, OLD.history, OLD.findings, OLD.assessment, OLD.plan) THEN
        PERFORM desktop.fail('MH001', 'BadTransition', 'visit note: signed as it was read');
    END IF;
    RETURN NEW;
END $$;

-- Only a signed note takes an addendum, and nobody changes or removes one (no privilege).
CREATE OR REPLACE FUNCTION desktop.guard_addendum() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_user() IS NOT NULL
        AND NOT EXISTS (SELECT FROM desktop.visit_note n WHERE n.id = NEW.note_id AND n.status = 'SIGNED') THEN
        PERFORM desktop.fail('MH003', 'NotSigned', 'visit_note_addendum');
    END IF;
    RETURN NEW;
END $$;

REVOKE ALL ON FUNCTION desktop.guard_visit_note(), desktop.guard_addendum() FROM PUBLIC;

DO $$
DECLARE
    direct constant text := format('current_user <> %L', current_user);
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_note BEFORE INSERT OR UPDATE OR DELETE ON desktop.visit_note '
        'FOR EACH ROW WHEN (%s) EXECUTE FUNCTION desktop.guard_visit_note()', direct);
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_addendum BEFORE INSERT ON desktop.visit_note_addendum '
        'FOR EACH ROW WHEN (%s) EXECUTE FUNCTION desktop.guard_addendum()', direct);
END $$;

-- Everything open of one person becomes another's: an ADMIN disables an account or somebody leaves. Tasks, results to
-- sign, alerts; drafts of notes and papers where the new owner sees patients. Returns how many rows of each.
CREATE OR REPLACE FUNCTION desktop.reassign_open_items(p_from text, p_to text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := desktop.my_clinic();
    present constant timestamp := desktop.db_now();
    old_provider text;
    new_provider text;
    counted jsonb := '{}';
    n bigint;
BEGIN
    IF here IS NULL OR NOT desktop.has_role('ADMIN') THEN
        PERFORM desktop.fail('42501', 'NotAllowed', 'reassign_open_items');
    END IF;
    IF NOT EXISTS (SELECT FROM desktop.login l WHERE l.user_id = p_from AND l.clinic_id = here)
        OR NOT EXISTS (SELECT FROM desktop.login l WHERE l.user_id = p_to AND l.clinic_id = here
                       AND l.disabled_at IS NULL) OR p_from = p_to THEN
        PERFORM desktop.fail('42501', 'NotAllowed', 'reassign_open_items: no such person');
    END IF;
    SELECT p.id INTO old_provider FROM public.providers p WHERE p.user_id = p_from AND p.clinic_id = here;
    SELECT p.id INTO new_provider FROM public.providers p WHERE p.user_id = p_to AND p.clinic_id = here;
    UPDATE desktop.task x SET owner_user = p_to, updated_at = greatest(present, x.updated_at + interval '1 millisecond')
    WHERE x.clinic_id = here AND x.owner_user = p_from AND x.status = 'OPEN';
    GET DIAGNOSTICS n = ROW_COUNT;
    counted := counted || jsonb_build_object('tasks', n);
    UPDATE desktop.alert_detail x SET owner_user = p_to,
        updated_at = greatest(present, x.updated_at + interval '1 millisecond')
    WHERE x.clinic_id = here AND x.owner_user = p_from
      AND EXISTS (SELECT FROM public.alerts a WHERE a.id = x.alert_id AND a.status = 'ACTIVE');
    GET DIAGNOSTICS n = ROW_COUNT;
    counted := counted || jsonb_build_object('alerts', n);
    IF new_provider IS NOT NULL THEN
        UPDATE desktop.lab_review x SET owner_user = p_to,
            updated_at = greatest(present, x.updated_at + interval '1 millisecond')
        WHERE x.clinic_id = here AND x.owner_user = p_from AND x.state = 'WAITING';
        GET DIAGNOSTICS n = ROW_COUNT;
        counted := counted || jsonb_build_object('results', n);
        UPDATE desktop.visit_note x SET provider_id = new_provider,
            updated_at = greatest(present, x.updated_at + interval '1 millisecond')
        WHERE x.clinic_id = here AND x.status = 'DRAFT' AND (x.author_id = p_from OR x.provider_id = old_provider);
        GET DIAGNOSTICS n = ROW_COUNT;
        counted := counted || jsonb_build_object('notes', n);
        UPDATE public.excuse_notes x SET provider_id = new_provider,
            updated_at = greatest(present, x.updated_at + interval '1 millisecond')
        FROM public.patients p
        WHERE p.id = x.patient_id AND p.clinic_id = here AND x.status = 'DRAFT' AND x.provider_id = old_provider;
        GET DIAGNOSTICS n = ROW_COUNT;
        counted := counted || jsonb_build_object('papers', n);
    END IF;
    RETURN counted;
END $$;
REVOKE ALL ON FUNCTION desktop.reassign_open_items(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.reassign_open_items(text, text) TO mha_admin;
