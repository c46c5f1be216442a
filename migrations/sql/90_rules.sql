-- Clinical rules, evaluated as sets: one statement over all patients of a clinic for each rule.
--
-- A rule is given as JSON {metric, windowDays, condition}, so that one which isn't saved yet can be tried. Nothing in
-- it reaches a statement but through format's %L or a list of known words. What isn't a number counts as unreadable
-- and never stops the rest.

-- The number that a JSON expression is, or NULL: an expression. Beyond a float's sense it is unreadable, too; what is
-- too small for one (1e-400) would stop the statement as a float, and is 0.
CREATE OR REPLACE FUNCTION desktop.number_sql(p_json text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('CASE WHEN jsonb_typeof(%1$s) = ''number'' THEN CASE WHEN abs((%1$s)::numeric) <= 1e12 '
                  'THEN CASE WHEN scale((%1$s)::numeric) <= 300 THEN (%1$s)::float8 '
                  'ELSE round((%1$s)::numeric, 300)::float8 END END END', p_json);
$$;

-- An instant that somebody else wrote as text; NULL when it is none. Without a zone it is UTC.
CREATE OR REPLACE FUNCTION desktop.instant_of(p_text text) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    IF p_text !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$' THEN
        RETURN NULL;
    END IF;
    RETURN p_text::timestamptz AT TIME ZONE 'UTC';
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;

-- The readings of a metric as a select of patient_id, at and value (NULL: unreadable) with $2 and $3 the window
-- (after $2, up to $3). A weight that was typed stands in two tables: UNION takes it once.
CREATE OR REPLACE FUNCTION desktop.rule_readings(p_metric text, p_component text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    measured constant text := 'FROM public.measurements m WHERE m.type = %L AND m.timestamp > $2 AND m.timestamp <= $3 '
        'AND jsonb_typeof(m.metadata -> ''retracted'') IS DISTINCT FROM ''object''';
    one constant text := 'SELECT m.patient_id, m.timestamp AS at, ' || desktop.number_sql('m.value') || ' AS value ' || measured;
    -- A column of floats may hold NaN, which is above every threshold, and the infinities.
    read constant text := 'SELECT v.patient_id, v.timestamp AS at, CASE WHEN abs(v.%1$I::float8) <= 1e12 '
        'THEN v.%1$I::float8 END AS value FROM public.%2$I v '
        'WHERE v.timestamp > $2 AND v.timestamp <= $3 AND v.%1$I IS NOT NULL';
    side constant text := CASE WHEN p_component = 'diastolic' THEN 'diastolic' ELSE 'systolic' END;
BEGIN
    RETURN CASE p_metric
        -- Both pressures are taken out of the JSON once (OFFSET 0); the other one only has to be a number.
        WHEN 'bp' THEN format('SELECT b.patient_id, b.at, CASE WHEN jsonb_typeof(b.other) = ''number'' THEN '
                'CASE WHEN abs((b.other)::numeric) <= 1e12 THEN %s END END AS value FROM (SELECT m.patient_id, '
                'm.timestamp AS at, m.value -> %L AS side, m.value -> %L AS other ', desktop.number_sql('b.side'), side,
                CASE side WHEN 'systolic' THEN 'diastolic' ELSE 'systolic' END)
            || format(measured, 'BLOOD_PRESSURE') || ' OFFSET 0) b'
            || ' UNION ALL ' || format(read, side || '_bp', 'vital_readings')
        WHEN 'glucose' THEN format(one, 'GLUCOSE')
        WHEN 'sleep' THEN format(one, 'SLEEP')
        WHEN 'weight' THEN format(one, 'WEIGHT')
            || ' UNION ' || format(read, 'weight_kg', 'bmi_readings')
        WHEN 'hrv' THEN format(read, 'rmssd_ms', 'hrv_readings')
        WHEN 'a1c' THEN format(one, 'A1C') || ' UNION ALL ' || desktop.rule_lab_readings()
    END;
END $$;

-- The entries of lab_orders.results: of a list, or of an object {"A1C": 6.1} each with its name.
CREATE OR REPLACE FUNCTION desktop.rule_lab_entries(p_results jsonb) RETURNS SETOF jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.item FROM jsonb_array_elements(
        CASE WHEN jsonb_typeof(p_results) = 'array' THEN p_results ELSE '[]' END) e (item)
    UNION ALL
    SELECT jsonb_build_object('name', e.key)
        || CASE jsonb_typeof(e.value) WHEN 'object' THEN e.value ELSE jsonb_build_object('value', e.value) END
    FROM jsonb_each(CASE WHEN jsonb_typeof(p_results) = 'object' THEN p_results ELSE '{}' END) e (key, value);
$$;

-- A1C among laboratory results: LOINC 4548-4, 17856-6 (HPLC), 4549-2 (electrophoresis) in percent, a laboratory's own
-- code, or without a LOINC code the name; 59261-8 is millimoles per mole (IFCC), turned into percent by the NGSP's
-- master equation. What the laboratory took back or hasn't measured yet is out. A number may be written as text.
CREATE OR REPLACE FUNCTION desktop.rule_lab_readings() RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'SELECT l.patient_id, l.at, CASE WHEN abs(l.value) <= 1e12 THEN '
        'CASE WHEN l.ifcc THEN l.value * 0.09148 + 2.152 ELSE l.value END END FROM ('
        'SELECT o.patient_id, coalesce(desktop.instant_of(i.item ->> ''observedAt''), o.completed_at, o.ordered_at) AS at, '
        'desktop.lab_number(i.item -> ''value'') AS value, '
        'i.item ->> ''code'' = ''59261-8'' OR lower(i.item ->> ''unit'') = ''mmol/mol'' AS ifcc '
        'FROM public.lab_orders o CROSS JOIN LATERAL desktop.rule_lab_entries(o.results) i (item) '
        'WHERE (upper(btrim(i.item ->> ''code'')) IN (''4548-4'', ''17856-6'', ''4549-2'', ''59261-8'', ''A1C'', ''HBA1C'') '
        'OR (coalesce(i.item ->> ''code'', '''') !~ ''^[0-9]{1,7}-[0-9]$'' AND upper(btrim(i.item ->> ''name'')) IN '
        '(''A1C'', ''HBA1C'', ''HEMOGLOBIN A1C'', ''HAEMOGLOBIN A1C''))) '
        'AND lower(coalesce(i.item ->> ''status'', ''final'')) NOT IN '
        '(''cancelled'', ''entered-in-error'', ''registered'')) l WHERE l.at > $2 AND l.at <= $3';
$$;

-- Whether an entry of a list in demographics (conditions) that still holds has one of the names or codes given, in any
-- case. What is over, or was made in error, is told by the words of app/domain/list_status.py; another word hides nothing.
CREATE OR REPLACE FUNCTION desktop.listed(p_list jsonb, p_wanted text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM jsonb_array_elements(CASE WHEN jsonb_typeof(p_list) = 'array' THEN p_list ELSE '[]' END) e (item)
        CROSS JOIN LATERAL (VALUES (CASE jsonb_typeof(e.item) WHEN 'string' THEN e.item #>> '{}' END),
            (e.item ->> 'name'), (e.item ->> 'code'), (e.item ->> 'display')) w (word)
        WHERE lower(w.word) = ANY (SELECT lower(unnest(p_wanted)))
          AND coalesce(btrim(regexp_replace(lower(e.item ->> 'status'), '[[:space:]_-]+', '-', 'g'), '-'), '') NOT IN (
              'inactive', 'resolved', 'remission', 'stopped', 'completed', 'ended', 'not-taken', 'cancelled', 'refuted',
              'entered-in-error'));
$$;

-- The texts of a JSON list; anything else is an empty one.
CREATE OR REPLACE FUNCTION desktop.texts_of(p_list jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(e.item #>> '{}'), '{}')
    FROM jsonb_array_elements(CASE WHEN jsonb_typeof(p_list) = 'array' THEN p_list ELSE '[]' END) e (item)
    WHERE jsonb_typeof(e.item) = 'string';
$$;

-- Readings with their window in place. Only words of ours are in that text: nothing of a rule's own can be taken for $2.
CREATE OR REPLACE FUNCTION desktop.rule_window(p_readings text, p_from timestamp, p_to timestamp) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT replace(replace(p_readings, '$2', format('%L::timestamp', p_from)), '$3', format('%L::timestamp', p_to));
$$;

-- The day on the clinic's wall at an instant.
CREATE OR REPLACE FUNCTION desktop.day_at(p_clinic text, p_at timestamp) RETURNS date
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (p_at AT TIME ZONE 'UTC' AT TIME ZONE coalesce(
        (SELECT s.timezone FROM desktop.clinic_settings s WHERE s.clinic_id = p_clinic), 'UTC'))::date;
$$;

-- Whom a rule is about: a condition on patients p; p_day is the day on which ages count. Merged patients are their
-- survivors; the dead are left in peace (a flag of imports, or "deceased" in the demographics: true or a date), and so
-- are those whom another program keeps as INACTIVE, unless the rule is about these.
CREATE OR REPLACE FUNCTION desktop.rule_cohort(p_cohort jsonb, p_clinic text, p_day date) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c constant jsonb := CASE WHEN jsonb_typeof(p_cohort) = 'object' THEN p_cohort ELSE '{}' END;
    said text := format('p.clinic_id = %L AND NOT EXISTS (SELECT FROM desktop.patient_detail d '
        'WHERE d.patient_id = p.id AND d.merged_into IS NOT NULL) '
        'AND NOT coalesce(''DECEASED'' = ANY (p.flags), false) AND NOT coalesce(p.demographics -> ''deceased'' = ''true'' '
        'OR jsonb_typeof(p.demographics -> ''deceased'') = ''string'' AND btrim(p.demographics ->> ''deceased'') <> '''', '
        'false)', p_clinic) || CASE WHEN desktop.texts_of(c -> 'flags') @> '{INACTIVE}' THEN ''
        ELSE ' AND NOT coalesce(''INACTIVE'' = ANY (p.flags), false)' END;
    part record;
BEGIN
    FOR part IN SELECT k.key, desktop.texts_of(c -> k.key) AS words, k.test
                FROM (VALUES ('flags', 'coalesce(p.flags, ''{}'') && %L::text[]'),
                             ('notFlags', 'NOT coalesce(p.flags, ''{}'') && %L::text[]'),
                             ('conditions', 'desktop.listed(p.demographics -> ''conditions'', %L::text[])'),
                             ('notConditions', 'NOT desktop.listed(p.demographics -> ''conditions'', %L::text[])')) k (key, test) LOOP
        IF cardinality(part.words) > 0 THEN
            said := said || ' AND ' || format(part.test, part.words);
        END IF;
    END LOOP;
    FOR part IN SELECT a.years, a.test FROM (VALUES
            (CASE jsonb_typeof(c -> 'minAge') WHEN 'number' THEN (c ->> 'minAge')::numeric END,
             'p.date_of_birth <= %L::date - make_interval(years => %s)'),
            (CASE jsonb_typeof(c -> 'maxAge') WHEN 'number' THEN (c ->> 'maxAge')::numeric + 1 END,
             'p.date_of_birth > %L::date - make_interval(years => %s)')) a (years, test) LOOP
        IF part.years BETWEEN 0 AND 200 THEN
            said := said || ' AND ' || format(part.test, p_day, trunc(part.years)::integer);
        END IF;
    END LOOP;
    RETURN said;
END $$;

-- The figure of a rule as an aggregate over value and x (days since the window began), and when it triggers.
CREATE OR REPLACE FUNCTION desktop.rule_test(r jsonb, OUT figure text, OUT decides text, OUT fewest integer)
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c constant jsonb := r -> 'condition';
    op constant text := c ->> 'op';
    threshold constant numeric := CASE jsonb_typeof(c -> 'threshold') WHEN 'number' THEN (c ->> 'threshold')::numeric
                                  WHEN 'null' THEN NULL END;
    aggregate constant text := coalesce(c ->> 'aggregate', 'average');
    days constant integer := (r ->> 'windowDays')::integer;
BEGIN
    fewest := CASE WHEN jsonb_typeof(c -> 'minReadings') = 'number' THEN greatest((c ->> 'minReadings')::numeric, 1)::integer
             ELSE 1 END;
    IF op IN ('>', '<') AND threshold IS NOT NULL THEN
        figure := CASE aggregate WHEN 'any' THEN CASE op WHEN '>' THEN 'max(value)' ELSE 'min(value)' END
                  -- Of two at one instant the one that triggers sooner, and not whichever comes first.
                  WHEN 'latest' THEN format('(array_agg(value ORDER BY at DESC, value %s) FILTER (WHERE value IS NOT NULL))[1]',
                                            CASE op WHEN '>' THEN 'DESC' ELSE 'ASC' END)
                  ELSE 'avg(value)' END;
        decides := format('figure %s %L::float8', op, threshold);
    ELSIF op IN ('trendUp', 'trendDown') THEN
        -- Change of the least-squares line across the window, in percent of where it begins. A line that begins at 0
        -- but for the last digits of a float has no such figure.
        figure := format('CASE WHEN abs(regr_intercept(value, x)) > 1e-9 * greatest(max(value), -min(value)) '
                         'THEN regr_slope(value, x) * %s / abs(regr_intercept(value, x)) * 100 END', days);
        decides := CASE op WHEN 'trendUp' THEN format('figure >= %L::float8', coalesce(threshold, 5))
                   ELSE format('figure <= -(%L::float8)', coalesce(threshold, 5)) END;
        fewest := greatest(fewest, 3);
    ELSIF op = 'missing' THEN
        figure := 'NULL::float8';
        decides := 'readings = 0';
        fewest := 0;
    ELSE
        PERFORM desktop.refuse('BadRule');
    END IF;
END $$;

-- A rule's whole question at an instant: (patient_id, readings, unreadable, figure, last_at, triggered) for each patient
-- evaluated. Without readings only a missing-reading rule evaluates.
CREATE OR REPLACE FUNCTION desktop.rule_question(r jsonb, p_clinic text, p_at timestamp) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    begins constant timestamp := p_at - make_interval(days => (r ->> 'windowDays')::integer);
    readings constant text := desktop.rule_window(
        desktop.rule_readings(r ->> 'metric', r -> 'condition' ->> 'component'), begins, p_at);
    test record;
BEGIN
    IF readings IS NULL OR jsonb_typeof(r -> 'condition') <> 'object' OR (r ->> 'windowDays')::integer NOT BETWEEN 1 AND 3660 THEN
        PERFORM desktop.refuse('BadRule');
    END IF;
    SELECT * INTO test FROM desktop.rule_test(r);
    -- OFFSET 0: a value is worked out once for a row, not once for each figure that is made of it; the rounded figure, too.
    RETURN format(
        'SELECT e.*, e.readings >= %s AND coalesce(%s, false) AS triggered FROM ('
        'SELECT p.id AS patient_id, coalesce(g.readings, 0)::integer AS readings, coalesce(g.unreadable, 0)::integer '
        'AS unreadable, round(g.figure::numeric, 6)::float8 AS figure, g.last_at '
        'FROM public.patients p %s JOIN (SELECT w.patient_id, count(value) AS readings, '
        'count(*) - count(value) AS unreadable, %s AS figure, max(at) FILTER (WHERE value IS NOT NULL) AS last_at '
        'FROM (SELECT s.patient_id, s.at, s.value, date_part(''epoch'', s.at - %L::timestamp) / 86400 AS x '
        'FROM (%s) s OFFSET 0) w GROUP BY w.patient_id) g ON g.patient_id = p.id WHERE %s OFFSET 0) e',
        test.fewest, test.decides, CASE WHEN r -> 'condition' ->> 'op' = 'missing' THEN 'LEFT' ELSE '' END, test.figure,
        begins, readings, desktop.rule_cohort(r -> 'condition' -> 'cohort', p_clinic, desktop.day_at(p_clinic, p_at)));
END $$;

REVOKE ALL ON FUNCTION desktop.number_sql(text), desktop.instant_of(text), desktop.rule_readings(text, text),
    desktop.rule_lab_entries(jsonb), desktop.rule_lab_readings(), desktop.listed(jsonb, text[]),
    desktop.texts_of(jsonb), desktop.rule_cohort(jsonb, text, date),
    desktop.rule_window(text, timestamp, timestamp), desktop.day_at(text, timestamp), desktop.rule_test(jsonb),
    desktop.rule_question(jsonb, text, timestamp) FROM PUBLIC;
