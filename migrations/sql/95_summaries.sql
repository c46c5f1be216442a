-- Weekly summaries: one per patient and week (Monday to Sunday on the clinic's wall), all patients as sets, a part at a
-- time by the order of their ids, written again without harm. What isn't a number is left out.
--
-- {bpTrend, glucoseTrend, weightTrend: {average, previous, change, direction, readings}, steps: {average, total, days},
-- sleep: {average, nights}, adherence: {completed, due, percent}, recommendations: [text]}; absent without readings.

-- Up, down or steady: less than 2 % of what it was is steady.
CREATE OR REPLACE FUNCTION desktop.direction_of(p_now float8, p_before float8) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN p_now IS NULL OR p_before IS NULL THEN NULL
                WHEN abs(p_now - p_before) < 0.02 * abs(p_before) THEN 'steady'
                WHEN p_now > p_before THEN 'up' ELSE 'down' END;
$$;

-- Average of this week and the last of a metric as JSON; NULL when nothing was measured this week.
CREATE OR REPLACE FUNCTION desktop.trend_json(p_now float8, p_before float8, p_readings bigint) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN p_readings > 0 THEN jsonb_strip_nulls(jsonb_build_object(
        'average', round(p_now::numeric, 1), 'previous', round(p_before::numeric, 1),
        'change', round(p_now::numeric, 1) - round(p_before::numeric, 1),
        'direction', desktop.direction_of(p_now, p_before), 'readings', p_readings)) END;
$$;

-- What a week's figures suggest, in plain words. Limits: blood pressure by ACC/AHA 2017 (stage 2 from 140/90, stage 1
-- from 130/80), glucose by ADA (180 mg/dL after meals, 70 low), a weight that rises by 2 kg in a week, under 5,000
-- steps a day, under 6 hours of sleep, under 80 % of what the care plan asks.
CREATE OR REPLACE FUNCTION desktop.week_advice(s jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(jsonb_agg(a.words ORDER BY a.place), '[]') FROM (VALUES
        (1, (s #>> '{bpTrend,systolic}')::float8 >= 140 OR (s #>> '{bpTrend,diastolic}')::float8 >= 90,
         'Blood pressure was high this week. Keep measuring and talk to your care team.'),
        (2, (s #>> '{bpTrend,systolic}')::float8 < 140 AND (s #>> '{bpTrend,diastolic}')::float8 < 90
            AND ((s #>> '{bpTrend,systolic}')::float8 >= 130 OR (s #>> '{bpTrend,diastolic}')::float8 >= 80),
         'Blood pressure was a little above 130/80. Less salt and daily walks help.'),
        (3, (s #>> '{glucoseTrend,average}')::float8 >= 180,
         'Glucose was high on average. Check meals and medicines with your care team.'),
        (4, (s #>> '{glucoseTrend,average}')::float8 < 70,
         'Glucose was low on average. Call your care team.'),
        (5, (s #>> '{weightTrend,change}')::float8 >= 2,
         'Weight rose by 2 kg or more in a week. Tell your care team.'),
        (6, (s #>> '{steps,average}')::float8 < 5000, 'Try to walk a little more each day.'),
        (7, (s #>> '{sleep,average}')::float8 < 6, 'Sleep was short. Try to go to bed at the same time every night.'),
        (8, (s #>> '{adherence,percent}')::float8 < 80, 'Some tasks of the care plan were left out this week.')
    ) a (place, holds, words) WHERE a.holds;
$$;

-- Numbers of the week and of the one before, by patient: (patient_id, kind, now, at, value, second). $1 are the
-- patients, $2 $3 $4 where the week before begins, where the week begins and where it ends.
CREATE OR REPLACE FUNCTION desktop.week_readings() RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(
        'SELECT m.patient_id, m.type AS kind, m.timestamp >= $3 AS now, m.timestamp AS at, '
        'CASE m.type WHEN ''BLOOD_PRESSURE'' THEN %s ELSE %s END AS value, '
        'CASE m.type WHEN ''BLOOD_PRESSURE'' THEN %s END AS second '
        'FROM public.measurements m WHERE m.patient_id = ANY ($1) AND m.timestamp >= $2 AND m.timestamp < $4 '
        'AND m.type IN (''BLOOD_PRESSURE'', ''GLUCOSE'', ''WEIGHT'', ''STEPS'', ''SLEEP'') '
        'AND jsonb_typeof(m.metadata -> ''retracted'') IS DISTINCT FROM ''object'' '
        'UNION ALL SELECT v.patient_id, ''BLOOD_PRESSURE'', v.timestamp >= $3, v.timestamp, v.systolic_bp, v.diastolic_bp '
        'FROM public.vital_readings v WHERE v.patient_id = ANY ($1) AND v.timestamp >= $2 AND v.timestamp < $4 '
        'AND v.systolic_bp IS NOT NULL AND v.diastolic_bp IS NOT NULL',
        desktop.number_sql('m.value -> ''systolic'''), desktop.number_sql('m.value'),
        desktop.number_sql('m.value -> ''diastolic'''));
$$;

-- Makes the summaries of one week for the next p_limit patients after p_after; p_due says how often a week a task of
-- a care plan is due, by the words of its frequency ({"daily": 7}). Returns where to go on, NULL at the end.
CREATE OR REPLACE FUNCTION desktop.make_summaries(p_week date, p_due jsonb, p_after text, p_limit integer,
    OUT next_after text, OUT patients integer, OUT written integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    here constant text := desktop.my_clinic();
    zone constant text := (SELECT s.timezone FROM desktop.clinic_settings s WHERE s.clinic_id = here);
    begins constant timestamp := p_week::timestamp AT TIME ZONE zone AT TIME ZONE 'UTC';
    ends constant timestamp := (p_week + 7)::timestamp AT TIME ZONE zone AT TIME ZONE 'UTC';
    before constant timestamp := (p_week - 7)::timestamp AT TIME ZONE zone AT TIME ZONE 'UTC';
    who text[];
BEGIN
    IF here IS NULL OR NOT (desktop.has_role('ADMIN') OR desktop.has_role('PROVIDER')) THEN
        PERFORM desktop.refuse('NotAllowed');
    ELSIF extract(isodow FROM p_week) <> 1 THEN
        PERFORM desktop.refuse('NotMonday');
    ELSIF begins > desktop.db_now() THEN
        PERFORM desktop.refuse('WeekAhead');
    END IF;
    SELECT array_agg(x.id ORDER BY x.id), max(x.id) INTO who, next_after FROM (
        SELECT p.id FROM public.patients p WHERE p.clinic_id = here AND p.id > p_after AND NOT EXISTS (
            SELECT FROM desktop.patient_detail d WHERE d.patient_id = p.id AND d.merged_into IS NOT NULL)
        ORDER BY p.id LIMIT p_limit) x;
    patients := coalesce(cardinality(who), 0);
    written := 0;
    IF patients < p_limit THEN
        next_after := NULL;
    END IF;
    IF patients = 0 THEN
        RETURN;
    END IF;
    EXECUTE format($q$
        WITH r AS (%s), a AS (
            SELECT r.patient_id,
                avg(value) FILTER (WHERE kind = 'BLOOD_PRESSURE' AND now AND second IS NOT NULL) AS sys,
                avg(second) FILTER (WHERE kind = 'BLOOD_PRESSURE' AND now AND value IS NOT NULL) AS dia,
                avg(value) FILTER (WHERE kind = 'BLOOD_PRESSURE' AND NOT now AND second IS NOT NULL) AS sys0,
                avg(second) FILTER (WHERE kind = 'BLOOD_PRESSURE' AND NOT now AND value IS NOT NULL) AS dia0,
                count(*) FILTER (WHERE kind = 'BLOOD_PRESSURE' AND now AND value IS NOT NULL AND second IS NOT NULL) AS bps,
                avg(value) FILTER (WHERE kind = 'GLUCOSE' AND now) AS glu,
                avg(value) FILTER (WHERE kind = 'GLUCOSE' AND NOT now) AS glu0,
                count(value) FILTER (WHERE kind = 'GLUCOSE' AND now) AS glus,
                avg(value) FILTER (WHERE kind = 'WEIGHT' AND now) AS kg,
                avg(value) FILTER (WHERE kind = 'WEIGHT' AND NOT now) AS kg0,
                count(value) FILTER (WHERE kind = 'WEIGHT' AND now) AS kgs,
                sum(value) FILTER (WHERE kind = 'STEPS' AND now) AS steps,
                count(DISTINCT (at AT TIME ZONE 'UTC' AT TIME ZONE $5)::date) FILTER (
                    WHERE kind = 'STEPS' AND now AND value IS NOT NULL) AS step_days,
                avg(value) FILTER (WHERE kind = 'SLEEP' AND now) AS sleep,
                count(value) FILTER (WHERE kind = 'SLEEP' AND now) AS nights
            FROM r GROUP BY r.patient_id),
        f AS (
            SELECT w.id, jsonb_strip_nulls(jsonb_build_object(
                'bpTrend', CASE WHEN a.bps > 0 THEN jsonb_strip_nulls(jsonb_build_object(
                    'systolic', round(a.sys::numeric, 1), 'diastolic', round(a.dia::numeric, 1),
                    'previous', CASE WHEN a.sys0 IS NOT NULL THEN jsonb_build_object('systolic', round(a.sys0::numeric, 1),
                                     'diastolic', round(a.dia0::numeric, 1)) END,
                    'change', round(a.sys::numeric, 1) - round(a.sys0::numeric, 1),
                    'direction', desktop.direction_of(a.sys, a.sys0), 'readings', a.bps)) END,
                'glucoseTrend', desktop.trend_json(a.glu, a.glu0, a.glus),
                'weightTrend', desktop.trend_json(a.kg, a.kg0, a.kgs),
                'steps', CASE WHEN a.step_days > 0 THEN jsonb_build_object('average', round((a.steps / a.step_days)::numeric),
                    'total', round(a.steps::numeric), 'days', a.step_days) END,
                'sleep', CASE WHEN a.nights > 0 THEN jsonb_build_object('average', round(a.sleep::numeric, 1),
                    'nights', a.nights) END,
                'adherence', desktop.week_adherence(w.id, $6, $7, $5))) AS summary
            FROM unnest($1) w (id) LEFT JOIN a ON a.patient_id = w.id)
        INSERT INTO public.weekly_summaries AS old (id, patient_id, week_start, week_end, summary, created_at)
        SELECT gen_random_uuid()::text, f.id, $6::timestamp, ($6 + 6)::timestamp,
               f.summary || jsonb_build_object('recommendations', desktop.week_advice(f.summary)), desktop.db_now()
        FROM f
        ON CONFLICT (patient_id, week_start) DO UPDATE SET summary = EXCLUDED.summary, week_end = EXCLUDED.week_end
        WHERE old.summary IS DISTINCT FROM EXCLUDED.summary OR old.week_end IS DISTINCT FROM EXCLUDED.week_end
        $q$, desktop.week_readings())
    USING who, before, begins, ends, zone, p_week, p_due;
    GET DIAGNOSTICS written = ROW_COUNT;
END $$;

-- The tasks of a patient's care plans whose phase runs in a week, with the share of the week in which it does: a plan
-- begins on the day it was made in p_zone, phases follow one another, one of unknown length has no end
-- (app/domain/care_plans.py, phase_dates).
CREATE OR REPLACE FUNCTION desktop.week_tasks(p_patient text, p_week date, p_zone text)
RETURNS TABLE (plan_id text, task jsonb, days integer)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH phases AS (
        SELECT c.id, f.place, f.phase -> 'tasks' AS tasks,
               (c.created_at AT TIME ZONE 'UTC' AT TIME ZONE p_zone)::date AS began,
               CASE WHEN jsonb_typeof(f.phase -> 'durationWeeks') = 'number'
                         AND (f.phase ->> 'durationWeeks')::numeric BETWEEN 0 AND 520
                    THEN greatest(round((f.phase ->> 'durationWeeks')::float8 * 7)::integer, 1) END AS days
        FROM public.care_plans c
        CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(c.phases) = 'array' THEN c.phases ELSE '[]' END)
            WITH ORDINALITY f (phase, place)
        WHERE c.patient_id = p_patient AND jsonb_typeof(f.phase) = 'object'),
    spans AS (
        SELECT p.id, p.tasks, b.first, b.first + p.days - 1 AS last
        FROM (SELECT x.*, coalesce(sum(x.days) OVER (
                  PARTITION BY x.id ORDER BY x.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::integer AS past
              FROM phases x) p
        CROSS JOIN LATERAL (SELECT p.began + p.past AS first) b)
    SELECT s.id, x.task, least(coalesce(s.last, p_week + 6), p_week + 6) - greatest(s.first, p_week) + 1
    FROM spans s
    CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(s.tasks) = 'array' THEN s.tasks ELSE '[]' END) x (task)
    WHERE jsonb_typeof(x.task) = 'object' AND s.first <= p_week + 6 AND coalesce(s.last, p_week) >= p_week;
$$;

-- How a patient's care plans were followed in a week: by the marks of its days where there are any, else by what is
-- completed. NULL where no task was due.
DROP FUNCTION IF EXISTS desktop.week_adherence(text, date, jsonb);
CREATE OR REPLACE FUNCTION desktop.week_adherence(p_patient text, p_week date, p_due jsonb, p_zone text) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    done bigint;
    wanted bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM public.care_plans c WHERE c.patient_id = p_patient) THEN
        RETURN NULL;
    END IF;
    WITH marks AS (
        SELECT k.plan_id, k.plan_task, count(*) AS days FROM desktop.care_task_mark k
        WHERE k.patient_id = p_patient AND k.done AND k.day >= p_week AND k.day < p_week + 7
        GROUP BY k.plan_id, k.plan_task),
    tasks AS (
        SELECT x.plan_id, x.task ->> 'id' AS task_id, coalesce(x.task -> 'completed' = 'true', false) AS completed,
               CASE WHEN EXISTS (SELECT FROM marks)
                    THEN round((p_due ->> (x.task ->> 'frequency'))::float8 * x.days / 7)::integer END AS due
        FROM desktop.week_tasks(p_patient, p_week, p_zone) x)
    SELECT sum(CASE WHEN t.due IS NULL THEN t.completed::integer ELSE least(coalesce(m.days, 0), t.due) END),
           sum(coalesce(t.due, 1))
    INTO done, wanted FROM tasks t LEFT JOIN marks m ON m.plan_id = t.plan_id AND m.plan_task = t.task_id;
    RETURN CASE WHEN wanted > 0 THEN jsonb_build_object('completed', done, 'due', wanted,
        'percent', round(100.0 * done / wanted)) END;
END $$;

-- The words with which tasks of the clinic's care plans say how often.
CREATE OR REPLACE FUNCTION desktop.task_frequencies() RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_clinic() IS NULL OR NOT (desktop.has_role('ADMIN') OR desktop.has_role('PROVIDER')) THEN
        PERFORM desktop.refuse('NotAllowed');
    END IF;
    RETURN QUERY SELECT DISTINCT x.word FROM public.care_plans c JOIN public.patients p ON p.id = c.patient_id
        CROSS JOIN LATERAL jsonb_path_query(c.phases, '$[*].tasks[*].frequency ? (@.type() == "string")', '{}', true) f (word)
        CROSS JOIN LATERAL (SELECT f.word #>> '{}') x (word)
        WHERE p.clinic_id = desktop.my_clinic() LIMIT 1000;
END $$;

REVOKE ALL ON FUNCTION desktop.direction_of(float8, float8), desktop.trend_json(float8, float8, bigint),
    desktop.week_advice(jsonb), desktop.week_readings(), desktop.make_summaries(date, jsonb, text, integer),
    desktop.week_adherence(text, date, jsonb, text), desktop.week_tasks(text, date, text),
    desktop.task_frequencies() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.make_summaries(date, jsonb, text, integer), desktop.task_frequencies() TO mha_staff;
