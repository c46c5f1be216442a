-- What a rule does to those it found, and how that is decided later or taken back.

-- The readings of one patient in a window: said where the rows are read, since nothing gets past an OFFSET 0.
CREATE OR REPLACE FUNCTION desktop.rule_readings_of(rule public.clinical_rules, p_patient text, p_from timestamp, p_to timestamp)
RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT regexp_replace(
        desktop.rule_window(desktop.rule_readings(rule.metric, rule.condition ->> 'component'), p_from, p_to),
        '\m([mv])\.timestamp > ',
        format('\1.patient_id = %s AND \1.timestamp > ', replace(quote_literal(p_patient), '\', '\\')), 'g');
$$;

-- When somebody measured last before an instant, as JSON {at, value}; null for who never did.
CREATE OR REPLACE FUNCTION desktop.rule_last(rule public.clinical_rules, p_patient text, p_at timestamp) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found jsonb;
BEGIN
    EXECUTE format('SELECT jsonb_build_object(''at'', to_char(s.at, ''YYYY-MM-DD"T"HH24:MI:SS.MS"Z"''), ''value'', s.value) '
        'FROM (%s) s WHERE s.patient_id = %L AND s.value IS NOT NULL ORDER BY s.at DESC, s.value LIMIT 1',
        desktop.rule_readings_of(rule, p_patient, '-infinity', p_at), p_patient) INTO found;
    RETURN coalesce(found, 'null');
END $$;

-- The readings that decided, newest first, as JSON [{at, value}].
CREATE OR REPLACE FUNCTION desktop.rule_evidence(rule public.clinical_rules, p_patient text, p_at timestamp) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found jsonb;
BEGIN
    EXECUTE format('SELECT jsonb_agg(jsonb_build_object(''at'', to_char(e.at, ''YYYY-MM-DD"T"HH24:MI:SS.MS"Z"''), ''value'', e.value) '
        'ORDER BY e.at DESC) FROM (SELECT s.at, s.value FROM (%s) s WHERE s.patient_id = %L AND s.value IS NOT NULL '
        'ORDER BY s.at DESC LIMIT 60) e',
        desktop.rule_readings_of(rule, p_patient, p_at - make_interval(days => rule."windowDays"), p_at), p_patient)
    INTO found;
    RETURN coalesce(found, '[]');
END $$;

-- An alert's kind as the phone app knows them: BP_HIGH_TREND, GLUCOSE_HIGH, MISSED_READING.
CREATE OR REPLACE FUNCTION desktop.rule_alert_type(rule public.clinical_rules) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN jsonb_typeof(rule."actionParams" -> 'type') = 'string' THEN rule."actionParams" ->> 'type'
        ELSE CASE rule.condition ->> 'op' WHEN 'missing' THEN 'MISSED_READING'
            WHEN '>' THEN upper(rule.metric) || '_HIGH' WHEN '<' THEN upper(rule.metric) || '_LOW'
            WHEN 'trendUp' THEN upper(rule.metric) || '_HIGH_TREND' ELSE upper(rule.metric) || '_LOW_TREND' END END;
$$;

-- What a rule looks at, in words of the clinic's language.
DROP FUNCTION IF EXISTS desktop.rule_metric_words(public.clinical_rules);
CREATE OR REPLACE FUNCTION desktop.rule_metric_words(rule public.clinical_rules, p_locale text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN p_locale LIKE 'es%' THEN CASE rule.metric
            WHEN 'bp' THEN 'presión arterial '
                || CASE rule.condition ->> 'component' WHEN 'diastolic' THEN 'diastólica' ELSE 'sistólica' END
            WHEN 'hrv' THEN 'variabilidad de la frecuencia cardíaca' WHEN 'a1c' THEN 'A1C' WHEN 'glucose' THEN 'glucosa'
            WHEN 'weight' THEN 'peso' WHEN 'sleep' THEN 'sueño' ELSE rule.metric END
        ELSE CASE rule.metric
            WHEN 'bp' THEN CASE rule.condition ->> 'component' WHEN 'diastolic' THEN 'diastolic' ELSE 'systolic' END
                || ' blood pressure'
            WHEN 'hrv' THEN 'heart-rate variability' WHEN 'a1c' THEN 'A1C' ELSE rule.metric END END;
$$;

CREATE OR REPLACE FUNCTION desktop.rule_sentence_es(rule public.clinical_rules, p_figures jsonb) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN rule.condition ->> 'op' = 'missing' THEN format('Ninguna lectura de %s en %s.', w.metric, w.days)
        WHEN rule.condition ->> 'op' LIKE 'trend%'
        THEN format('%s: cambio del %s %% en %s (%s).', upper(left(w.metric, 1)) || substr(w.metric, 2),
                    trim_scale(round((p_figures ->> 'figure')::numeric, 1)), w.days, w.readings)
        ELSE format('%s de %s: %s en %s, por %s del límite de %s (%s).',
                    CASE rule.condition ->> 'aggregate' WHEN 'latest' THEN 'Último valor'
                        WHEN 'any' THEN 'Valor más ' || CASE rule.condition ->> 'op' WHEN '>' THEN 'alto' ELSE 'bajo' END
                        ELSE 'Media' END,
                    w.metric, trim_scale(round((p_figures ->> 'figure')::numeric, 1)), w.days,
                    CASE rule.condition ->> 'op' WHEN '>' THEN 'encima' ELSE 'debajo' END,
                    trim_scale((rule.condition ->> 'threshold')::numeric), w.readings)
        END
    FROM (SELECT desktop.rule_metric_words(rule, 'es') AS metric,
        CASE rule."windowDays" WHEN 1 THEN '1 día' ELSE rule."windowDays" || ' días' END AS days,
        CASE p_figures ->> 'readings' WHEN '1' THEN '1 lectura' ELSE (p_figures ->> 'readings') || ' lecturas' END AS readings) w;
$$;

-- What an alert, or a request that a rule makes, says in a sentence, in the language of the clinic: the patient's phone
-- reads it too. The window says an alert in the person's own language from the payload.
DROP FUNCTION IF EXISTS desktop.rule_sentence(public.clinical_rules, jsonb);
CREATE OR REPLACE FUNCTION desktop.rule_sentence(rule public.clinical_rules, p_figures jsonb, p_locale text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN p_locale LIKE 'es%' THEN desktop.rule_sentence_es(rule, p_figures)
        WHEN rule.condition ->> 'op' = 'missing' THEN format('No %s reading in %s.', w.metric, w.days)
        WHEN rule.condition ->> 'op' LIKE 'trend%'
        THEN format('%s changed by %s %% in %s (%s).', upper(left(w.metric, 1)) || substr(w.metric, 2),
                    trim_scale(round((p_figures ->> 'figure')::numeric, 1)), w.days, w.readings)
        ELSE format('%s %s is %s in %s, %s the limit of %s (%s).',
                    CASE rule.condition ->> 'aggregate' WHEN 'latest' THEN 'Latest'
                        WHEN 'any' THEN CASE rule.condition ->> 'op' WHEN '>' THEN 'Highest' ELSE 'Lowest' END ELSE 'Average' END,
                    w.metric, trim_scale(round((p_figures ->> 'figure')::numeric, 1)), w.days,
                    CASE rule.condition ->> 'op' WHEN '>' THEN 'above' ELSE 'below' END,
                    trim_scale((rule.condition ->> 'threshold')::numeric), w.readings)
        END
    FROM (SELECT desktop.rule_metric_words(rule, p_locale) AS metric,
        CASE rule."windowDays" WHEN 1 THEN '1 day' ELSE rule."windowDays" || ' days' END AS days,
        CASE p_figures ->> 'readings' WHEN '1' THEN '1 reading' ELSE (p_figures ->> 'readings') || ' readings' END AS readings) w;
$$;

CREATE OR REPLACE FUNCTION desktop.rule_locale(p_clinic text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT s.locale FROM desktop.clinic_settings s WHERE s.clinic_id = p_clinic), 'en');
$$;

-- Carries out a rule's action for the triggered of a run and keeps what it made. Those for whom the rule has something
-- open (rule_open) are left alone. One rule of a clinic at a time, so that each sees what the others
-- made: two tasks for somebody without a care plan go into one.
CREATE OR REPLACE FUNCTION desktop.rule_raise(run desktop.rule_run, rule public.clinical_rules) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    found record;
    made jsonb := '{"alerts": [], "visit_requests": [], "held_message": [], "care_plans": []}';
    people integer := 0;
    more jsonb;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('mha.rule_raise ' || run.clinic_id, 0));
    FOR found IN
        SELECT e.patient_id, e.result FROM public.rule_executions e
        WHERE e.rule_id = rule.id AND e.executed_at = run.run_at AND e.triggered AND e.result ->> 'runId' = run.id
          AND NOT desktop.rule_open(rule, e.patient_id)
        ORDER BY e.patient_id LOOP
        more := CASE rule.action
            WHEN 'suggest_visit' THEN desktop.rule_suggest_visit(run, rule, found.patient_id, found.result)
            WHEN 'assign_task' THEN desktop.rule_assign_task(rule, found.patient_id)
            WHEN 'assign_content' THEN desktop.rule_assign_content(run, rule, found.patient_id)
            ELSE desktop.rule_alert(run, rule, found.patient_id, found.result) END;
        people := people + 1;
        made := (SELECT jsonb_object_agg(k, v || coalesce(more -> k, '[]')) FROM jsonb_each(made) m (k, v));
    END LOOP;
    UPDATE desktop.rule_run_rule x SET state = 'RAISED', raised = people, rows = made
    WHERE x.run_id = run.id AND x.rule_id = rule.id;
END $$;

CREATE OR REPLACE FUNCTION desktop.rule_alert(
    run desktop.rule_run, rule public.clinical_rules, p_patient text, p_figures jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made constant text := gen_random_uuid()::text;
BEGIN
    INSERT INTO public.alerts (id, patient_id, severity, type, title, body, payload, status, created_at)
    VALUES (made, p_patient, CASE rule.severity WHEN 'critical' THEN 'CRITICAL' WHEN 'warn' THEN 'WARNING' ELSE 'INFO' END,
            desktop.rule_alert_type(rule),
            coalesce(CASE jsonb_typeof(rule."actionParams" -> 'title') WHEN 'string' THEN rule."actionParams" ->> 'title' END, rule.name),
            desktop.rule_sentence(rule, p_figures, desktop.rule_locale(run.clinic_id)), jsonb_build_object(
                'ruleId', rule.id, 'ruleName', rule.name, 'ruleVersion', (
                    SELECT x.version FROM desktop.rule_run_rule x WHERE x.run_id = run.id AND x.rule_id = rule.id),
                'runId', run.id, 'metric', rule.metric, 'windowDays', rule."windowDays", 'condition', rule.condition,
                'figures', p_figures - 'runId', 'evidence', desktop.rule_evidence(rule, p_patient, run.run_at))
                || CASE rule.condition ->> 'op' WHEN 'missing'
                   THEN jsonb_build_object('last', desktop.rule_last(rule, p_patient, run.run_at)) ELSE '{}' END,
            'ACTIVE', desktop.db_now());
    RETURN jsonb_build_object('alerts', jsonb_build_array(made));
END $$;

CREATE OR REPLACE FUNCTION desktop.rule_suggest_visit(
    run desktop.rule_run, rule public.clinical_rules, p_patient text, p_figures jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made constant text := desktop.new_cuid();
BEGIN
    INSERT INTO public.visit_requests (id, patient_id, "requestType", "visitMode", reason_text, reason_category, severity,
                                       status, created_at, updated_at)
    VALUES (made, p_patient, 'SCHEDULED',
            CASE rule."actionParams" ->> 'visitMode' WHEN 'VIRTUAL' THEN 'VIRTUAL' ELSE 'IN_PERSON' END::public."VisitMode",
            rule.name || ': ' || desktop.rule_sentence(rule, p_figures, desktop.rule_locale(run.clinic_id)), 'rule',
            CASE rule.severity WHEN 'critical' THEN 'RED' WHEN 'warn' THEN 'YELLOW' ELSE 'GREEN' END::public."SeverityLevel",
            'NEW', desktop.db_now(), desktop.db_now());
    RETURN desktop.rule_alert(run, rule, p_patient, p_figures) || jsonb_build_object('visit_requests', jsonb_build_array(made));
END $$;

-- Adds a task to the patient's latest plan that can be read, else to a plan of its own.
CREATE OR REPLACE FUNCTION desktop.rule_assign_task(rule public.clinical_rules, p_patient text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    params constant jsonb := CASE jsonb_typeof(rule."actionParams") WHEN 'object' THEN rule."actionParams" ELSE '{}' END;
    task constant jsonb := jsonb_build_object('id', gen_random_uuid()::text, 'title', coalesce(params ->> 'title', rule.name),
        'description', coalesce(params ->> 'description', ''), 'frequency', coalesce(params ->> 'frequency', 'daily'),
        'completed', false, 'ruleId', rule.id, 'ruleName', rule.name);  -- as it was called then
    plan public.care_plans;
    last integer;
BEGIN
    SELECT c.* INTO plan FROM public.care_plans c WHERE c.patient_id = p_patient AND jsonb_typeof(c.phases) = 'array'
        AND jsonb_typeof(c.phases -> -1 -> 'tasks') = 'array' ORDER BY c.updated_at DESC LIMIT 1 FOR UPDATE;
    IF FOUND THEN
        last := jsonb_array_length(plan.phases) - 1;
        UPDATE public.care_plans c SET updated_at = greatest(desktop.db_now(), c.updated_at + interval '1 millisecond'),
            phases = jsonb_insert(c.phases, ARRAY[last::text, 'tasks', '-1'], task, true) WHERE c.id = plan.id;
    ELSE
        plan.id := gen_random_uuid()::text;
        INSERT INTO public.care_plans (id, patient_id, phases, created_at, updated_at)
        VALUES (plan.id, p_patient, jsonb_build_array(jsonb_build_object('name', rule.name, 'durationWeeks', 4,
            'tasks', jsonb_build_array(task))), desktop.db_now(), desktop.db_now());
    END IF;
    RETURN jsonb_build_object('care_plans', jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
        'id', plan.id, 'task', task ->> 'id', 'made', CASE WHEN last IS NULL THEN rule.name END))));
END $$;

-- A message waits for a person.
CREATE OR REPLACE FUNCTION desktop.rule_assign_content(run desktop.rule_run, rule public.clinical_rules, p_patient text)
RETURNS jsonb LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made constant text := gen_random_uuid()::text;
BEGIN
    INSERT INTO desktop.held_message (id, clinic_id, patient_id, rule_id, run_id, subject, body, created_at)
    VALUES (made, run.clinic_id, p_patient, rule.id, run.id, coalesce(rule."actionParams" ->> 'subject', rule.name),
            coalesce(rule."actionParams" ->> 'body', rule."actionParams" ->> 'content', rule.description, rule.name),
            desktop.db_now());
    RETURN jsonb_build_object('held_message', jsonb_build_array(made));
END $$;

-- Whether a run that came while somebody decided has answered a part (rule_answer): it finds the same people again, so
-- that what was decided of them still holds. No longer once the rule looks for somebody else.
CREATE OR REPLACE FUNCTION desktop.rule_overtaken(part desktop.rule_run_rule, rule public.clinical_rules) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT part.state = 'DROPPED' AND part.decided_by IS NULL AND part.rows ? 'answered'
        AND desktop.rule_body(jsonb_populate_record(rule, coalesce(part.rows -> 'rule', '{}'))) = desktop.rule_body(rule);
$$;

-- An ADMIN says what becomes of a rule's part in a run: RAISE or DROP what is held, WITHDRAW what was raised. What
-- somebody has dealt with meanwhile stays.
CREATE OR REPLACE FUNCTION desktop.rule_run_decide(p_run text, p_rule text, p_decision text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    part desktop.rule_run_rule;
    run desktop.rule_run;
    rule public.clinical_rules;
BEGIN
    IF NOT desktop.has_role('ADMIN') THEN
        PERFORM desktop.refuse('NotAllowed');
    END IF;
    SELECT * INTO part FROM desktop.rule_run_rule x
    WHERE x.run_id = p_run AND x.rule_id = p_rule AND x.clinic_id = desktop.my_clinic() FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM desktop.refuse('NoRun');
    END IF;
    SELECT * INTO run FROM desktop.rule_run x WHERE x.id = p_run;
    SELECT * INTO rule FROM public.clinical_rules r WHERE r.id = p_rule;
    IF part.state <> (CASE WHEN p_decision = 'WITHDRAW' THEN 'RAISED' ELSE 'HELD' END)
       AND (p_decision = 'WITHDRAW' OR NOT desktop.rule_overtaken(part, rule)) THEN
        PERFORM desktop.refuse(CASE WHEN part.state = 'DROPPED' AND part.rows ? 'answered' AND part.decided_by IS NULL
                                    THEN 'RunAnswered' ELSE 'AlreadyDecided' END);
    END IF;
    IF p_decision = 'RAISE' THEN
        PERFORM desktop.rule_raise(run, jsonb_populate_record(rule, coalesce(part.rows -> 'rule', '{}')));
    ELSIF p_decision = 'WITHDRAW' THEN
        PERFORM desktop.rule_withdraw(part, rule);
    ELSIF p_decision <> 'DROP' THEN
        PERFORM desktop.refuse('BadRule');
    END IF;
    UPDATE desktop.rule_run_rule x SET decided_by = desktop.my_user(), decided_at = desktop.db_now(),
        state = CASE p_decision WHEN 'RAISE' THEN 'RAISED' WHEN 'DROP' THEN 'DROPPED' ELSE 'WITHDRAWN' END
    WHERE x.id = part.id;
    IF p_decision = 'RAISE' THEN
        PERFORM desktop.rule_settle(part, rule);
    END IF;
    UPDATE desktop.rule_run x SET figures = coalesce(x.figures, '{}') || desktop.rule_run_totals(x.id)
    WHERE x.id = p_run OR x.id IN (SELECT o.run_id FROM desktop.rule_run_rule o
                                   WHERE o.rule_id = p_rule AND o.rows ->> 'answered' = p_run);
    PERFORM desktop.rules_tell(part.clinic_id, ARRAY[p_rule]);
    RETURN (SELECT to_jsonb(x) FROM desktop.rule_run_rule x WHERE x.id = part.id);
END $$;

-- What other runs hold of a rule of which a part was raised: where everybody has it now, nothing is left to decide.
CREATE OR REPLACE FUNCTION desktop.rule_settle(part desktop.rule_run_rule, rule public.clinical_rules) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE desktop.rule_run_rule x SET state = 'RAISED', decided_by = desktop.my_user(), decided_at = desktop.db_now(),
        rows = jsonb_build_object('answered', part.run_id)
    FROM desktop.rule_run o
    WHERE x.rule_id = rule.id AND x.clinic_id = part.clinic_id AND x.state = 'HELD' AND o.id = x.run_id
      AND NOT EXISTS (
        SELECT FROM public.rule_executions e
        WHERE e.rule_id = rule.id AND e.executed_at = o.run_at AND e.triggered AND e.result ->> 'runId' = o.id
          AND NOT desktop.rule_open(rule, e.patient_id));
$$;

CREATE OR REPLACE FUNCTION desktop.rule_withdraw(part desktop.rule_run_rule, rule public.clinical_rules) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now constant timestamp := desktop.db_now();
    gone text[];
    one jsonb;
BEGIN
    WITH done AS (
        UPDATE public.alerts a SET status = 'DISMISSED', resolved_at = now
        WHERE a.id IN (SELECT jsonb_array_elements_text(part.rows -> 'alerts')) AND a.status = 'ACTIVE' RETURNING a.id)
    SELECT array_agg(id) INTO gone FROM done;
    INSERT INTO desktop.alert_detail (alert_id, clinic_id, closed_by, closed_at, close_reason, updated_at)
    SELECT a, part.clinic_id, desktop.my_user(), now,
        CASE WHEN desktop.rule_locale(part.clinic_id) LIKE 'es%' THEN 'ejecución retirada' ELSE 'run withdrawn' END, now FROM unnest(gone) a
    ON CONFLICT (alert_id) DO UPDATE SET closed_by = EXCLUDED.closed_by, closed_at = now, close_reason = EXCLUDED.close_reason,
        updated_at = now;
    UPDATE public.visit_requests q SET status = 'CANCELLED', updated_at = now
    WHERE q.id IN (SELECT jsonb_array_elements_text(part.rows -> 'visit_requests')) AND q.status = 'NEW';
    UPDATE desktop.held_message h SET state = 'DROPPED', decided_by = desktop.my_user(), decided_at = now
    WHERE h.id IN (SELECT jsonb_array_elements_text(part.rows -> 'held_message')) AND h.state = 'WAITING';
    FOR one IN SELECT jsonb_array_elements(part.rows -> 'care_plans') LOOP
        UPDATE public.care_plans c SET updated_at = greatest(now, c.updated_at + interval '1 millisecond'), phases = (
            SELECT jsonb_agg(CASE WHEN jsonb_typeof(f.phase -> 'tasks') = 'array' THEN jsonb_set(f.phase, '{tasks}', (
                SELECT coalesce(jsonb_agg(k.task ORDER BY k.n), '[]') FROM jsonb_array_elements(f.phase -> 'tasks')
                WITH ORDINALITY k (task, n) WHERE NOT (k.task ->> 'id' = one ->> 'task'
                    AND k.task -> 'completed' = 'false' AND NOT EXISTS (  -- nobody has marked a day of it
                        SELECT FROM desktop.care_task_mark d
                        WHERE d.plan_id = c.id AND d.plan_task = k.task ->> 'id' AND d.done)))) ELSE f.phase END ORDER BY f.n)
            FROM jsonb_array_elements(c.phases) WITH ORDINALITY f (phase, n))
        WHERE c.id = one ->> 'id' AND jsonb_typeof(c.phases) = 'array' AND jsonb_array_length(c.phases) > 0;
    END LOOP;
    -- A plan that was made for rules' tasks alone goes with the last of them, as long as nothing else was written in it:
    -- another rule may have made it.
    DELETE FROM public.care_plans c USING (
        SELECT DISTINCT m.one ->> 'id' AS id, m.one -> 'made' AS name FROM desktop.rule_run_rule x
        CROSS JOIN LATERAL jsonb_array_elements(x.rows -> 'care_plans') m (one)
        WHERE x.clinic_id = part.clinic_id AND m.one ? 'made' AND m.one ->> 'id' IN (
            SELECT p.mine ->> 'id' FROM jsonb_array_elements(part.rows -> 'care_plans') p (mine))) made
    WHERE c.id = made.id AND c.phases = jsonb_build_array(jsonb_build_object(
        'name', made.name, 'durationWeeks', 4, 'tasks', '[]'::jsonb));
END $$;

REVOKE ALL ON FUNCTION desktop.rule_evidence(public.clinical_rules, text, timestamp),
    desktop.rule_readings_of(public.clinical_rules, text, timestamp, timestamp),
    desktop.rule_last(public.clinical_rules, text, timestamp),
    desktop.rule_alert_type(public.clinical_rules), desktop.rule_metric_words(public.clinical_rules, text),
    desktop.rule_sentence(public.clinical_rules, jsonb, text), desktop.rule_sentence_es(public.clinical_rules, jsonb),
    desktop.rule_locale(text),
    desktop.rule_raise(desktop.rule_run, public.clinical_rules),
    desktop.rule_alert(desktop.rule_run, public.clinical_rules, text, jsonb),
    desktop.rule_suggest_visit(desktop.rule_run, public.clinical_rules, text, jsonb),
    desktop.rule_assign_task(public.clinical_rules, text),
    desktop.rule_assign_content(desktop.rule_run, public.clinical_rules, text),
    desktop.rule_overtaken(desktop.rule_run_rule, public.clinical_rules),
    desktop.rule_settle(desktop.rule_run_rule, public.clinical_rules),
    desktop.rule_run_decide(text, text, text), desktop.rule_withdraw(desktop.rule_run_rule, public.clinical_rules)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.rule_run_decide(text, text, text) TO mha_admin;
