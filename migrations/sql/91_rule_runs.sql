-- Running the rules of a clinic: a run is claimed once, each rule is one statement over all patients, a rule that would
-- flood is held until somebody says raise, drop, or makes it narrower, and what a run raised can be withdrawn.
--
-- Whoever calls may be an ADMIN; a scheduled run is carried out by whichever program of the clinic claims it first.

CREATE OR REPLACE FUNCTION desktop.new_cuid() RETURNS text
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    WITH ms AS (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS n)
    SELECT 'c' || (SELECT string_agg(substr('0123456789abcdefghijklmnopqrstuvwxyz', ((ms.n / (36::numeric ^ p)::bigint) % 36)::integer + 1, 1), '' ORDER BY p DESC)
                   FROM generate_series(0, 7) p)
        || (SELECT string_agg(substr('0123456789abcdefghijklmnopqrstuvwxyz', (get_byte(b.raw, i) % 36) + 1, 1), '')
            FROM (SELECT uuid_send(gen_random_uuid()) AS raw) b, generate_series(0, 15) i)
    FROM ms;
$$;

-- The rules that hold at a clinic: its own and the shared ones that are enabled, the most important first.
CREATE OR REPLACE FUNCTION desktop.rules_here(p_clinic text) RETURNS SETOF public.clinical_rules
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.* FROM public.clinical_rules r LEFT JOIN desktop.rule_clinic c ON c.rule_id = r.id
    WHERE r.enabled AND (c.clinic_id IS NULL OR c.clinic_id = p_clinic) ORDER BY r.priority DESC, r.created_at, r.id;
$$;

-- Whether whoever began a run has ended without ending it (no run of a large clinic takes half as long), or a scheduled
-- one was broken off: what was due then is due again after the hour, so that one trouble doesn't cost a day or a week.
CREATE OR REPLACE FUNCTION desktop.run_abandoned(run desktop.rule_run) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (run.state = 'RUNNING' OR run.state = 'FAILED' AND run.scheduled_for IS NOT NULL)
        AND run.started_at < desktop.db_now() - interval '1 hour';
$$;

-- Begins a run, claims it when it was due at p_scheduled, and says which rules it has; nothing when somebody else has
-- claimed that one already.
CREATE OR REPLACE FUNCTION desktop.rule_run_begin(p_run text, p_at timestamp, p_scheduled timestamp DEFAULT NULL)
RETURNS TABLE (rule_id text, name text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := desktop.my_clinic();
BEGIN
    IF here IS NULL OR (p_scheduled IS NULL AND NOT desktop.has_role('ADMIN')) THEN
        PERFORM desktop.refuse('NotAllowed');
    ELSIF p_scheduled IS NOT NULL AND (p_scheduled IS DISTINCT FROM desktop.rule_due(here, desktop.db_now())
            OR p_at NOT BETWEEN p_scheduled - interval '1 minute' AND desktop.db_now() + interval '1 minute') THEN
        PERFORM desktop.refuse('NotDue');
    END IF;
    -- What a program that ended meanwhile has left: what was due then is due again.
    UPDATE desktop.rule_run x SET state = 'FAILED', finished_at = coalesce(x.finished_at, desktop.db_now()),
        scheduled_for = NULL
    WHERE x.clinic_id = here AND desktop.run_abandoned(x);
    INSERT INTO desktop.rule_run (id, clinic_id, run_at, scheduled_for, started_at, by_user)
    VALUES (p_run, here, p_at, p_scheduled, desktop.db_now(), desktop.my_user())
    ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT r.id, r.name FROM desktop.rules_here(here) r
        WHERE EXISTS (SELECT FROM desktop.rule_run x WHERE x.id = p_run AND x.state = 'RUNNING');
END $$;

-- The caller's run, which must be under way.
CREATE OR REPLACE FUNCTION desktop.my_run(p_run text) RETURNS desktop.rule_run
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run desktop.rule_run;
BEGIN
    SELECT * INTO run FROM desktop.rule_run x
    WHERE x.id = p_run AND x.clinic_id = desktop.my_clinic() AND x.by_user = desktop.my_user() AND x.state = 'RUNNING';
    IF NOT FOUND THEN
        PERFORM desktop.refuse('NoRun');
    END IF;
    RETURN run;
END $$;

-- What of a rule decides.
CREATE OR REPLACE FUNCTION desktop.rule_body(rule public.clinical_rules) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('metric', rule.metric, 'windowDays', rule."windowDays", 'condition', rule.condition);
$$;

-- Evaluates one rule for all patients of the clinic and writes an execution for each; raises, or holds what floods.
-- Without helping processes: two rules run side by side, and helpers cost more than they save there.
CREATE OR REPLACE FUNCTION desktop.rule_run_one(p_run text, p_rule text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off SET work_mem = '64MB'
SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    run constant desktop.rule_run := desktop.my_run(p_run);
    rule public.clinical_rules;
    kept desktop.rule_run_rule;
    most integer;
BEGIN
    SELECT r.* INTO rule FROM desktop.rules_here(run.clinic_id) r WHERE r.id = p_rule;
    IF NOT FOUND THEN  -- deleted or switched off since the run began: the others go on
        RETURN '{"state": "GONE", "patients": 0, "triggered": 0, "raised": 0, "unreadable": 0, "limit_patients": 0}';
    END IF;
    SELECT * INTO kept FROM desktop.rule_run_rule x WHERE x.run_id = p_run AND x.rule_id = p_rule;
    IF FOUND THEN
        RETURN to_jsonb(kept);
    END IF;
    most := desktop.rule_limit(run.clinic_id);
    -- The backend writes rules, too: one that can't be evaluated is set aside and counted; the others go on.
    BEGIN
        SELECT * INTO kept.patients, kept.triggered, kept.unreadable FROM desktop.rule_evaluate(run, rule);
    EXCEPTION WHEN SQLSTATE 'MH003' OR data_exception THEN
        INSERT INTO desktop.rule_run_rule (id, clinic_id, run_id, rule_id, version, state, limit_patients, rows)
        VALUES (gen_random_uuid()::text, run.clinic_id, run.id, rule.id, 0, 'DROPPED', most, '{"broken": []}');
        SELECT * INTO kept FROM desktop.rule_run_rule x WHERE x.run_id = p_run AND x.rule_id = p_rule;
        RETURN to_jsonb(kept);
    END;
    kept.state := CASE WHEN kept.triggered > most AND desktop.rule_floods(run, rule, most) THEN 'HELD' ELSE 'RAISED' END;
    -- What is held may be raised after the rule was changed: it is raised as the rule that found it.
    INSERT INTO desktop.rule_run_rule (id, clinic_id, run_id, rule_id, version, state, patients, triggered, unreadable,
                                       limit_patients, rows)
    VALUES (gen_random_uuid()::text, run.clinic_id, run.id, rule.id,
            coalesce((SELECT max(v.number) FROM desktop.rule_version v WHERE v.rule_id = rule.id), 0),
            kept.state, kept.patients, kept.triggered, kept.unreadable, most,
            CASE kept.state WHEN 'HELD' THEN jsonb_build_object('rule', to_jsonb(rule)) END);
    IF kept.state = 'RAISED' AND kept.triggered > 0 THEN
        PERFORM desktop.rule_raise(run, rule);
    END IF;
    PERFORM desktop.rule_answer(run, rule);
    SELECT * INTO kept FROM desktop.rule_run_rule x WHERE x.run_id = p_run AND x.rule_id = p_rule;
    RETURN to_jsonb(kept);
END $$;

-- Asks a rule's question and writes down what it finds, an execution for each patient evaluated; returns how many those
-- are. The figures are few: a row of this table costs more to write than the readings behind it to look at. Patients
-- are joined by a hash (their number can't be guessed through the readings' expressions, and one at a time is slow).
DROP FUNCTION IF EXISTS desktop.rule_evaluate(desktop.rule_run, public.clinical_rules);
CREATE FUNCTION desktop.rule_evaluate(run desktop.rule_run, rule public.clinical_rules,
    OUT patients integer, OUT triggered integer, OUT unreadable bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = off AS $$
DECLARE
    -- Ids that follow one another, rows in the order of their patients: 100,000 go to neighbouring pages of the indexes.
    stem constant text := left(gen_random_uuid()::text, 24);
BEGIN
    EXECUTE format($q$
        WITH found AS MATERIALIZED (%s), written AS (
            INSERT INTO public.rule_executions (id, rule_id, patient_id, triggered, result, executed_at)
            SELECT $1 || lpad(to_hex(row_number() OVER (ORDER BY f.patient_id)), 12, '0'), $2, f.patient_id, f.triggered,
                CASE WHEN NOT f.triggered AND f.unreadable = 0 AND f.figure IS NOT NULL  -- nearly every row: no nulls
                     THEN jsonb_build_object('runId', $3, 'readings', f.readings, 'figure', f.figure)
                     ELSE jsonb_strip_nulls(jsonb_build_object('runId', $3, 'readings', f.readings, 'figure', f.figure,
                         'unreadable', nullif(f.unreadable, 0), 'last', f.last_at)) END, $4
            FROM found f)
        SELECT count(*), count(*) FILTER (WHERE f.triggered), coalesce(sum(f.unreadable), 0) FROM found f$q$,
        desktop.rule_question(desktop.rule_body(rule), run.clinic_id, run.run_at))
    INTO patients, triggered, unreadable USING stem, rule.id, run.id, run.run_at;
END $$;

-- From how many patients on a rule's alerts are held: 20, or 5 % of the clinic's patients if that is fewer (a clinic of
-- under 100 patients has no such share: one alert would be too many). The clinic may choose other figures.
CREATE OR REPLACE FUNCTION desktop.rule_limit(p_clinic text) RETURNS integer
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH chosen AS (SELECT s.settings -> 'rules' AS rules FROM desktop.clinic_settings s WHERE s.clinic_id = p_clinic),
         size AS (SELECT count(*) AS n FROM public.patients p WHERE p.clinic_id = p_clinic)
    SELECT least(coalesce((SELECT (rules ->> 'heldAbove')::numeric FROM chosen WHERE jsonb_typeof(rules -> 'heldAbove') = 'number'), 20),
        CASE WHEN size.n >= 100 THEN floor(size.n * coalesce((SELECT (rules ->> 'heldPercent')::numeric FROM chosen
            WHERE jsonb_typeof(rules -> 'heldPercent') = 'number'), 5) / 100) END)::integer FROM size;
$$;

-- Whether somebody has an open alert of a rule, an open request, task or message: then it gives them nothing new. A
-- message that went out counts for the rule's window.
CREATE OR REPLACE FUNCTION desktop.rule_open(rule public.clinical_rules, p_patient text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.alerts a WHERE a.patient_id = p_patient AND a.status = 'ACTIVE'
                   AND a.payload ->> 'ruleId' = rule.id)
    OR CASE rule.action
        WHEN 'suggest_visit' THEN EXISTS (
            SELECT FROM public.visit_requests q WHERE q.patient_id = p_patient AND q.reason_category = 'rule'
            AND q.status IN ('NEW', 'TRIAGED', 'AWAITING_PATIENT_CONFIRMATION') AND EXISTS (
                SELECT FROM desktop.rule_run_rule x WHERE x.rule_id = rule.id AND x.rows -> 'visit_requests' ? q.id))
        WHEN 'assign_task' THEN EXISTS (
            SELECT FROM public.care_plans c WHERE c.patient_id = p_patient AND jsonb_path_exists(c.phases,
                '$[*].tasks[*] ? (@.ruleId == $rule && @.completed == false)', jsonb_build_object('rule', rule.id), true))
        WHEN 'assign_content' THEN EXISTS (
            SELECT FROM desktop.held_message h WHERE h.patient_id = p_patient AND h.rule_id = rule.id
            AND (h.state = 'WAITING' OR (h.state = 'SENT'
                 AND h.decided_at > desktop.db_now() - make_interval(days => rule."windowDays"))))
        ELSE false END;
$$;

-- Whether more of those found than the limit would be given something new (rule_open); no more of them are looked at.
CREATE OR REPLACE FUNCTION desktop.rule_floods(run desktop.rule_run, rule public.clinical_rules, p_limit integer)
RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*) > p_limit FROM (
        SELECT FROM public.rule_executions e
        WHERE e.rule_id = rule.id AND e.executed_at = run.run_at AND e.triggered AND e.result ->> 'runId' = run.id
          AND NOT desktop.rule_open(rule, e.patient_id) LIMIT p_limit + 1) x;
$$;

-- What an earlier run held of the same rule is answered by this one, so that a flood that comes every day is decided
-- once: when everybody in it is found again or has what the rule gives, or somebody has narrowed the rule since. Whom
-- this run doesn't find, because the window has gone by, waits for a person.
CREATE OR REPLACE FUNCTION desktop.rule_answer(run desktop.rule_run, rule public.clinical_rules) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE desktop.rule_run_rule x SET state = 'DROPPED', decided_at = desktop.db_now(),
        rows = coalesce(x.rows, '{}') || jsonb_build_object('answered', run.id)  -- by this run, and by nobody
    FROM desktop.rule_run o
    WHERE x.rule_id = rule.id AND x.clinic_id = run.clinic_id AND x.state = 'HELD' AND o.id = x.run_id
      AND o.run_at < run.run_at
      AND (desktop.rule_body(jsonb_populate_record(rule, coalesce(x.rows -> 'rule', '{}'))) <> desktop.rule_body(rule)
        OR NOT EXISTS (
            SELECT FROM public.rule_executions e
            WHERE e.rule_id = rule.id AND e.executed_at = o.run_at AND e.triggered AND e.result ->> 'runId' = o.id
              AND e.patient_id NOT IN (
                SELECT n.patient_id FROM public.rule_executions n
                WHERE n.rule_id = rule.id AND n.executed_at = run.run_at AND n.triggered AND n.result ->> 'runId' = run.id)
              AND NOT desktop.rule_open(rule, e.patient_id)));
$$;

-- What a run did, all its rules together, as it stands now.
CREATE OR REPLACE FUNCTION desktop.rule_run_totals(p_run text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('rules', count(*), 'executions', coalesce(sum(x.patients), 0),
        'triggered', coalesce(sum(x.triggered), 0),
        'raised', coalesce(sum(x.raised) FILTER (WHERE x.state = 'RAISED'), 0),
        'held', count(*) FILTER (WHERE x.state = 'HELD'),
        'broken', count(*) FILTER (WHERE x.rows ? 'broken'), 'unreadable', coalesce(sum(x.unreadable), 0),
        'alerts', coalesce(sum(jsonb_array_length(x.rows -> 'alerts')) FILTER (WHERE x.state = 'RAISED'), 0))
    FROM desktop.rule_run_rule x WHERE x.run_id = p_run;
$$;

-- Runs are kept on the server alone and are in no feed. Whoever looks at the rules hears of them as of a change to them.
CREATE OR REPLACE FUNCTION desktop.rules_tell(p_clinic text, p_rules text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO desktop.change (xid, at, clinic_id, table_name, row_id, op)
    SELECT pg_current_xact_id(), desktop.db_now(), p_clinic, 'clinical_rules', r.id, 'U'
    FROM public.clinical_rules r WHERE r.id = ANY (p_rules);
    IF FOUND THEN
        PERFORM pg_notify('mha_feed', pg_current_xact_id()::text);
    END IF;
END $$;

DROP FUNCTION IF EXISTS desktop.rule_asleep(desktop.rule_run, public.clinical_rules);

-- Ends a run: its totals, and executions without consequence go after a fortnight.
CREATE OR REPLACE FUNCTION desktop.rule_run_end(p_run text, p_failed boolean DEFAULT false) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run constant desktop.rule_run := desktop.my_run(p_run);
    totals jsonb;
BEGIN
    totals := desktop.rule_run_totals(p_run) || jsonb_build_object('patients', (
        SELECT count(*) FROM public.patients p WHERE p.clinic_id = run.clinic_id));
    UPDATE desktop.rule_run x SET state = CASE WHEN p_failed THEN 'FAILED' ELSE 'DONE' END, finished_at = desktop.db_now(),
        patients = (totals ->> 'patients')::integer, figures = totals WHERE x.id = p_run;
    PERFORM desktop.rules_tell(run.clinic_id, ARRAY(SELECT x.rule_id FROM desktop.rule_run_rule x WHERE x.run_id = p_run));
    -- At most as many as a large clinic's run makes: what piled up while nothing ran goes with the runs to come.
    DELETE FROM public.rule_executions e WHERE e.ctid = ANY (ARRAY(
        SELECT x.ctid FROM public.rule_executions x JOIN public.patients p ON p.id = x.patient_id
        WHERE p.clinic_id = run.clinic_id AND NOT x.triggered AND x.executed_at < desktop.db_now() - interval '14 days'
          AND x.rule_id IN (SELECT r.id FROM public.clinical_rules r) LIMIT 2000000));
    RETURN totals;
END $$;

REVOKE ALL ON FUNCTION desktop.new_cuid(), desktop.rules_here(text), desktop.run_abandoned(desktop.rule_run),
    desktop.rule_run_begin(text, timestamp, timestamp),
    desktop.my_run(text), desktop.rule_run_one(text, text), desktop.rule_evaluate(desktop.rule_run, public.clinical_rules),
    desktop.rule_body(public.clinical_rules), desktop.rule_answer(desktop.rule_run, public.clinical_rules),
    desktop.rule_limit(text),
    desktop.rule_open(public.clinical_rules, text), desktop.rule_floods(desktop.rule_run, public.clinical_rules, integer),
    desktop.rules_tell(text, text[]),
    desktop.rule_run_totals(text), desktop.rule_run_end(text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.rule_run_begin(text, timestamp, timestamp), desktop.rule_run_one(text, text),
    desktop.rule_run_end(text, boolean) TO mha_staff;
