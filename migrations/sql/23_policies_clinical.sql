-- What staff may do with readings, orders, documents, messages and rules.

-- Devices, rules and summaries write through the backend and definer functions; staff read.
GRANT SELECT ON public.vital_readings, public.hrv_readings, public.rule_executions, public.weekly_summaries TO mha_staff;
GRANT SELECT (id, patient_id, provider, external_id, expires_at, created_at, updated_at) ON public.device_connections
    TO mha_staff;
SELECT desktop.staff_policy(name, 'SELECT', '{patient}')
FROM unnest(ARRAY['public.vital_readings', 'public.hrv_readings', 'public.rule_executions', 'public.weekly_summaries',
                  'public.device_connections']::regclass[]) name;

-- An ADMIN types no measurements; what an ADMIN imports says so by its source, and the body mass index follows it.
GRANT SELECT, INSERT ON public.measurements, public.bmi_readings TO mha_staff;
-- What was entered in error stays and says so; nothing else of a measurement changes.
GRANT UPDATE (metadata) ON public.measurements TO mha_assistant, mha_provider;
SELECT desktop.staff_policy('public.measurements', 'SELECT', '{patient}'),
       desktop.staff_policy('public.measurements', 'INSERT',
           $${patient} AND ({assistant} OR {provider} OR ({admin} AND source = 'DEVICE'))$$),
       desktop.staff_policy('public.measurements', 'UPDATE', '{patient} AND ({assistant} OR {provider})'),
       desktop.staff_policy('public.bmi_readings', 'SELECT', '{patient}'),
       desktop.staff_policy('public.bmi_readings', 'INSERT',
           $${patient} AND ({assistant} OR {provider} OR ({admin} AND EXISTS (SELECT FROM public.measurements m
             WHERE m.patient_id = bmi_readings.patient_id AND m.type = 'WEIGHT'
               AND m.timestamp = bmi_readings.timestamp AND m.source = 'DEVICE')))$$);

-- A body mass index has no place to say that it came from a slip, so it goes with the weight or height that was entered
-- in error, and what was computed from another height in its place goes when that is typed or the first was right; no
-- other does. Returns how many went.
CREATE OR REPLACE FUNCTION desktop.drop_bmi(p_ids text[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone integer;
BEGIN
    IF desktop.my_clinic() IS NULL OR NOT (desktop.has_role('MEDICAL_ASSISTANT') OR desktop.has_role('PROVIDER')) THEN
        PERFORM desktop.refuse('NotAllowed');
    END IF;
    DELETE FROM public.bmi_readings b USING public.patients p
    WHERE b.id = ANY (p_ids) AND p.id = b.patient_id AND p.clinic_id = desktop.my_clinic()
        AND EXISTS (SELECT FROM public.measurements m
            WHERE m.patient_id = b.patient_id AND jsonb_typeof(m.metadata -> 'retracted') = 'object'
                AND ((m.type = 'WEIGHT' AND m.timestamp = b.timestamp)
                    OR (m.type = 'HEIGHT' AND (m.value = to_jsonb(b.height_cm)
                        OR m.metadata -> 'retracted' -> 'again' ? b.id))));
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
REVOKE ALL ON FUNCTION desktop.drop_bmi(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.drop_bmi(text[]) TO mha_staff;

GRANT SELECT ON public.care_plans, public.alerts, public.referrals, public.excuse_notes TO mha_staff;
GRANT INSERT, UPDATE (phases, updated_at) ON public.care_plans TO mha_provider;
SELECT desktop.staff_policy('public.care_plans', 'SELECT', '{patient}'),
       desktop.staff_policy('public.care_plans', 'INSERT, UPDATE', '{patient} AND {provider}');

-- An assistant may dismiss what is for information; the rules' function raises its own.
GRANT INSERT ON public.alerts TO mha_provider;
GRANT UPDATE (status, resolved_at) ON public.alerts TO mha_assistant, mha_provider;
SELECT desktop.staff_policy('public.alerts', 'SELECT', '{patient}'),
       desktop.staff_policy('public.alerts', 'INSERT', $${patient} AND {provider} AND status = 'ACTIVE'$$),
       desktop.staff_policy('public.alerts', 'UPDATE',
           $${patient} AND ({provider} OR ({assistant} AND severity = 'INFO' AND status = 'ACTIVE'))$$,
           $${patient} AND ({provider} OR ({assistant} AND severity = 'INFO' AND status = 'DISMISSED'))$$);

-- Orders and referrals are a provider's. An assistant follows where they stand, and never sees a result's values.
GRANT SELECT (id, patient_id, visit_id, provider_id, tests, notes, status, ordered_at, completed_at, created_at,
    updated_at) ON public.lab_orders TO mha_staff;
GRANT SELECT (results) ON public.lab_orders TO mha_provider, mha_admin;
GRANT INSERT, UPDATE (visit_id, provider_id, tests, notes, status, ordered_at, completed_at, results, updated_at)
    ON public.lab_orders TO mha_provider;
GRANT UPDATE (status, completed_at, updated_at) ON public.lab_orders TO mha_assistant;
GRANT INSERT, UPDATE (visit_id, provider_id, specialty, reason, priority, status, referred_to, notes, sent_at,
    completed_at, updated_at) ON public.referrals TO mha_provider;
GRANT UPDATE (status, completed_at, updated_at) ON public.referrals TO mha_assistant;
-- An assistant drafts excuse notes, a provider sends them; that one is out of date anybody may say.
GRANT INSERT, UPDATE (visit_id, provider_id, type, start_date, end_date, reason, restrictions, status, sent_at,
    updated_at) ON public.excuse_notes TO mha_assistant, mha_provider;

DO $$
DECLARE
    -- lab_orders, referrals and excuse_notes name a visit (of the same patient) and a provider without foreign key
    rest constant text := $r$ AND {patient} AND provider_id = {providers} AND (visit_id IS NULL OR (
        SELECT true FROM public.visits v WHERE v.id = {table}.visit_id AND v.patient_id = {table}.patient_id))$r$;
BEGIN
    PERFORM desktop.staff_policy(name, 'SELECT', '{patient}')
    FROM unnest(ARRAY['public.lab_orders', 'public.referrals', 'public.excuse_notes']::regclass[]) name;
    PERFORM desktop.staff_policy('public.lab_orders', 'INSERT', '{provider}' || rest);
    PERFORM desktop.staff_policy('public.lab_orders', 'UPDATE',
        $r${patient} AND ({provider} OR ({assistant} AND status IN ('ORDERED', 'IN_PROGRESS')))$r$,
        $r$({provider} OR ({assistant} AND status IN ('IN_PROGRESS', 'COMPLETED')))$r$ || rest);
    PERFORM desktop.staff_policy('public.referrals', 'INSERT', '{provider}' || rest);
    PERFORM desktop.staff_policy('public.referrals', 'UPDATE',
        $r${patient} AND ({provider} OR ({assistant} AND status IN ('SENT', 'ACCEPTED')))$r$,
        $r$({provider} OR ({assistant} AND status IN ('ACCEPTED', 'COMPLETED')))$r$ || rest);
    PERFORM desktop.staff_policy('public.excuse_notes', 'INSERT',
        $r$({provider} OR ({assistant} AND status = 'DRAFT'))$r$ || rest);
    PERFORM desktop.staff_policy('public.excuse_notes', 'UPDATE',
        $r${patient} AND ({provider} OR ({assistant} AND status IN ('DRAFT', 'SENT')))$r$,
        $r$({provider} OR ({assistant} AND status IN ('DRAFT', 'EXPIRED')))$r$ || rest);
END $$;

-- A thread's clinic may be unknown to the backend: the patient decides. Nobody writes in another's name, but an ADMIN
-- in that of the disabled colleague whose command they adopted.
GRANT SELECT, INSERT, UPDATE (participants, subject, last_message_at, updated_at) ON public.message_threads TO mha_staff;
GRANT SELECT, INSERT, UPDATE (read, read_at) ON public.messages TO mha_staff;
SELECT desktop.staff_policy('public.message_threads', 'SELECT, UPDATE', '{patient}'),
       desktop.staff_policy('public.message_threads', 'INSERT', '{patient} AND (clinic_id IS NULL OR clinic_id = {here})'),
       desktop.staff_policy('public.messages', 'SELECT, UPDATE',
           '(SELECT true FROM public.message_threads t WHERE t.id = messages.thread_id)'),
       desktop.staff_policy('public.messages', 'INSERT',
           $$sender_id = {author}
             AND (SELECT true FROM public.message_threads t WHERE t.id = messages.thread_id)$$);

-- A rule without a row in rule_clinic is shared and read-only; a new one becomes the clinic's at once.
CREATE OR REPLACE FUNCTION desktop.own_new_rule() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_clinic() IS NOT NULL THEN  -- the backend's own rules stay shared
        INSERT INTO desktop.rule_clinic (rule_id, clinic_id) VALUES (NEW.id, desktop.my_clinic());
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION desktop.own_new_rule() FROM PUBLIC;
CREATE OR REPLACE TRIGGER desktop_own_new_rule AFTER INSERT ON public.clinical_rules
    FOR EACH ROW EXECUTE FUNCTION desktop.own_new_rule();

GRANT SELECT ON public.clinical_rules, desktop.rule_clinic TO mha_staff;
GRANT INSERT, UPDATE (name, description, metric, "windowDays", condition, severity, action, "actionParams", enabled,
    priority, updated_at) ON public.clinical_rules TO mha_admin;
SELECT desktop.staff_policy('desktop.rule_clinic', 'SELECT', 'clinic_id = {here}'),
       desktop.staff_policy('public.clinical_rules', 'SELECT',
           '{here} IS NOT NULL AND NOT desktop.rule_is_foreign(clinical_rules.id)'),
       desktop.staff_policy('public.clinical_rules', 'INSERT', '{admin}'),
       desktop.staff_policy('public.clinical_rules', 'UPDATE',
           '{admin} AND (SELECT true FROM desktop.rule_clinic c WHERE c.rule_id = clinical_rules.id)');
