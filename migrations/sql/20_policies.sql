-- Row-level security: on and forced for every table; the owner and the backend keep everything, staff their clinic.
--
-- Run after the tables exist and before 21 to 24, which say what staff may do. What is not said there is not allowed.

-- The slot of a detail that is written before its slot (the foreign key waits for the commit): it may be unknown,
-- or ours, but never another clinic's.
CREATE OR REPLACE FUNCTION desktop.slot_is_foreign(p_slot_id text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM public.visit_slots s WHERE s.id = p_slot_id
                   AND s.provider_id <> ALL (desktop.my_providers()));
END $$;

CREATE OR REPLACE FUNCTION desktop.slot_exists(p_slot_id text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM public.visit_slots s WHERE s.id = p_slot_id);
END $$;

-- A rule without a clinic is shared. Asked row by row: rules are few.
CREATE OR REPLACE FUNCTION desktop.rule_is_foreign(p_rule_id text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM desktop.rule_clinic r
                   WHERE r.rule_id = p_rule_id AND r.clinic_id IS DISTINCT FROM desktop.my_clinic());
END $$;

-- An account may name a patient that isn't there yet (both sides carry the other's id), never somebody else's.
CREATE OR REPLACE FUNCTION desktop.patient_id_is_free(p_patient_id text, p_user_id text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN NOT EXISTS (SELECT FROM public.patients p WHERE p.id = p_patient_id
                       AND (p.user_id <> p_user_id OR p.clinic_id IS DISTINCT FROM desktop.my_clinic()));
END $$;

-- E-mail addresses are unique beyond the clinic, which row-level security would hide.
CREATE OR REPLACE FUNCTION desktop.email_in_use(p_email text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN desktop.my_clinic() IS NOT NULL AND EXISTS (
        SELECT FROM public.users u WHERE u.email = p_email OR lower(u.email) = lower(p_email));
END $$;

-- In whose name the person writes: their own, or in the transaction of a command that they adopted (an ADMIN, by
-- begin_command) its author's.
CREATE OR REPLACE FUNCTION desktop.acting_author() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF coalesce(current_setting('mha.on_behalf_of', true), '') = '' THEN
        RETURN desktop.my_user();
    END IF;
    RETURN coalesce((SELECT c.user_id FROM desktop.applied_command c
                     WHERE c.id = current_setting('mha.command', true) AND c.adopted_by = desktop.my_user()
                       AND c.xid = pg_current_xact_id()::text::bigint), desktop.my_user());
END $$;

REVOKE ALL ON FUNCTION desktop.slot_is_foreign(text), desktop.slot_exists(text), desktop.rule_is_foreign(text),
    desktop.patient_id_is_free(text, text), desktop.email_in_use(text), desktop.acting_author() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.slot_is_foreign(text), desktop.slot_exists(text), desktop.rule_is_foreign(text),
    desktop.patient_id_is_free(text, text), desktop.email_in_use(text), desktop.acting_author() TO mha_staff;

-- Writes the policies of staff for the verbs named ('SELECT, INSERT'): p_rule holds for rows that they see, p_check
-- (else p_rule) for rows that they write. In the rules {table} is the table's name, {here} the person's clinic, {me}
-- the person, {author} the person or whose command they adopted, {own_provider} their provider row, {providers} compares with all of the clinic's, {admin}, {provider}
-- and {assistant} ask for a role: computed once a statement. {user x}: column x is empty or a user of the clinic. {patient}, {visit} and {slot} follow a foreign key by
-- its index, under the person's own row-level security, so they ask for the same clinic. They are no EXISTS: for a
-- thousand readings of one patient the planner would read all patients into a hash. Where there is one clinic only,
-- every patient is its patient (patients.clinic_id is never NULL), so nothing is looked up.
CREATE OR REPLACE FUNCTION desktop.staff_policy(p_table regclass, p_verbs text, p_rule text, p_check text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    seen text := p_rule;
    written text := coalesce(p_check, p_rule);
    verb text;
    word text[];
    person constant text[] := ARRAY['\{user (\w+)\}',
        '({table}.\1 IS NULL OR (SELECT true FROM public.users u WHERE u.id = {table}.\1))'];
    words constant text[] := ARRAY[
        ['{patient}', '((SELECT desktop.only_clinic()) OR '
            '(SELECT true FROM public.patients p WHERE p.id = {table}.patient_id))'],
        ['{visit}', '(SELECT true FROM public.visits v WHERE v.id = {table}.visit_id)'],
        ['{slot}', '(SELECT true FROM public.visit_slots s WHERE s.id = {table}.slot_id)'],
        ['{here}', '(SELECT desktop.my_clinic())'],
        ['{me}', '(SELECT desktop.my_user())'],
        ['{author}', '(SELECT desktop.acting_author())'],
        ['{own_provider}', '(SELECT desktop.my_provider())'],
        ['{providers}', 'ANY ((SELECT desktop.my_providers())::text[])'],
        ['{admin}', '(SELECT desktop.has_role(''ADMIN''))'],
        ['{provider}', '(SELECT desktop.has_role(''PROVIDER''))'],
        ['{assistant}', '(SELECT desktop.has_role(''MEDICAL_ASSISTANT''))'],
        ['{table}', (SELECT quote_ident(relname) FROM pg_class WHERE oid = p_table)]];
BEGIN
    seen := regexp_replace(seen, person[1], person[2], 'g');
    written := regexp_replace(written, person[1], person[2], 'g');
    FOREACH word SLICE 1 IN ARRAY words LOOP
        seen := replace(seen, word[1], word[2]);
        written := replace(written, word[1], word[2]);
    END LOOP;
    FOREACH verb IN ARRAY string_to_array(p_verbs, ', ') LOOP
        EXECUTE format('CREATE POLICY %I ON %s FOR %s TO mha_staff%s%s', 'staff_' || lower(verb), p_table, verb,
            CASE WHEN verb <> 'INSERT' THEN format(' USING (%s)', seen) END,
            CASE WHEN verb IN ('INSERT', 'UPDATE') THEN format(' WITH CHECK (%s)', written) END);
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION desktop.staff_policy(regclass, text, text, text) FROM PUBLIC;

DO $$
DECLARE
    shared constant text[] := ARRAY['alerts', 'bmi_readings', 'care_plans', 'clinical_rules', 'clinics',
        'device_connections', 'excuse_notes', 'hrv_readings', 'lab_orders', 'measurements', 'message_threads',
        'messages', 'patients', 'provider_availability', 'providers', 'referrals', 'refresh_tokens',
        'rule_executions', 'users', 'virtual_visit_sessions', 'visit_requests', 'visit_slots', 'visits',
        'vital_readings', 'weekly_summaries'];
    one record;
    old record;
BEGIN
    FOR one IN SELECT c.oid, c.oid::regclass AS name, c.relrowsecurity AND c.relforcerowsecurity AS sealed
               FROM pg_class c WHERE c.relkind IN ('r', 'p') AND (c.relnamespace = 'desktop'::regnamespace
                   OR (c.relnamespace = 'public'::regnamespace AND c.relname = ANY (shared))) LOOP
        FOR old IN SELECT polname FROM pg_policy WHERE polrelid = one.oid
                   AND (polname LIKE 'staff\_%' OR polname IN ('backend_all', 'accounts_all')) LOOP
            EXECUTE format('DROP POLICY %I ON %s', old.polname, one.name);
        END LOOP;
        IF NOT one.sealed THEN
            EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', one.name);
        END IF;
        EXECUTE format('CREATE POLICY backend_all ON %s TO %s USING (true) WITH CHECK (true)', one.name,
            (SELECT string_agg(quote_ident(r), ', ') FROM desktop.backend_roles(one.oid) r));
        EXECUTE format('REVOKE ALL ON %s FROM mha_staff, mha_assistant, mha_provider, mha_admin, mha_roleadmin', one.name);
    END LOOP;
END $$;
