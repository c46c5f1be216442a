-- Results that don't come through us: what the backend writes into lab_orders.results waits for a signature too, what it
-- replaces is kept, and what is critical raises an alert. Our own commands write these rows themselves (the store has no
-- triggers), so for staff only this holds: results that change aren't signed any more.

-- From where on a result is critical, ends included, in this unit: the same lines as resources/codes/lab_tests.csv
-- (sources there); a test compares them.
CREATE OR REPLACE FUNCTION desktop.lab_critical_limits()
RETURNS TABLE (code text, unit text, low double precision, high double precision)
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY VALUES
        ('2345-7', 'mg/dL', 46::float8, 484::float8),
        ('3094-0', 'mg/dL', NULL, 104),
        ('2160-0', 'mg/dL', NULL, 7.4),
        ('17861-6', 'mg/dL', 6.6, 12.9),
        ('2951-2', 'mmol/L', 120, 158),
        ('2823-3', 'mmol/L', 2.8, 6.2),
        ('2075-0', 'mmol/L', 75, 126),
        ('2028-9', 'mmol/L', 11, 40),
        ('6690-2', '10*3/uL', 2, 37),
        ('718-7', 'g/dL', 7, 19.9),
        ('4544-3', '%', 18, 61),
        ('777-3', '10*3/uL', 37, 910),
        ('19123-9', 'mg/dL', 1, 4.9),
        ('2777-1', 'mg/dL', 1.2, 8.9),
        ('3084-1', 'mg/dL', NULL, 13);
END $$;

-- A number or a text that is one; NULL for anything else, bounds such as "<5" too, and for what no float holds.
CREATE OR REPLACE FUNCTION desktop.lab_number(p_value jsonb) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF jsonb_typeof(p_value) = 'number' THEN
        IF p_value BETWEEN '-1e300' AND '1e300' AND (p_value = '0' OR NOT p_value BETWEEN '-1e-300' AND '1e-300') THEN
            RETURN p_value::double precision;
        END IF;
    ELSIF jsonb_typeof(p_value) = 'string'
            AND p_value #>> '{}' ~ '^\s*[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})\s*$' THEN
        RETURN (p_value #>> '{}')::double precision;
    END IF;
    RETURN NULL;
END $$;

-- The instant (UTC) of an ISO 8601 text; NULL when it is none.
CREATE OR REPLACE FUNCTION desktop.lab_instant(p_text text) RETURNS timestamp
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    IF p_text !~ '^\d{4}-\d\d-\d\d' THEN
        RETURN NULL;
    END IF;
    IF p_text ~ '^\d{4}-\d\d-\d\d\s*$' THEN  -- a mere day is kept at noon, as the program reads it
        RETURN p_text::date + interval '12 hours';
    END IF;
    RETURN p_text::timestamptz AT TIME ZONE 'UTC';
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END $$;

-- The readable entries of a results document of either shape, with the flag that the laboratory gave or that follows.
CREATE OR REPLACE FUNCTION desktop.lab_items(p_results jsonb)
RETURNS TABLE (key text, name text, item jsonb, flag text, at timestamp, final boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH entries AS (
        SELECT e.entry, e.place
        FROM jsonb_array_elements(CASE WHEN jsonb_typeof(p_results) = 'array' THEN p_results END)
            WITH ORDINALITY e (entry, place)
        UNION ALL
        SELECT CASE WHEN jsonb_typeof(v.value) = 'object' THEN jsonb_build_object('name', v.key) || v.value
                    ELSE jsonb_build_object('name', v.key, 'value', v.value) END, 0
        FROM jsonb_each(CASE WHEN jsonb_typeof(p_results) = 'object' THEN p_results END) v
    ), read AS (
        SELECT place, entry, coalesce(entry ->> 'code', '') AS code, upper(coalesce(entry ->> 'flag', '')) AS given,
               coalesce(entry ->> 'name', entry ->> 'code', '') AS called, desktop.lab_number(entry -> 'value') AS value,
               desktop.lab_number(entry -> 'low') AS low, desktop.lab_number(entry -> 'high') AS high,
               lower(coalesce(entry ->> 'status', 'final')) AS state
        FROM entries WHERE jsonb_typeof(entry) = 'object' AND jsonb_typeof(entry -> 'value') IN ('number', 'string')
    )
    SELECT CASE WHEN r.code = '' THEN lower(r.called)  -- as LabResult.key
                WHEN coalesce(r.entry ->> 'system', '') <> '' THEN (r.entry ->> 'system') || '|' || r.code
                ELSE r.code END, r.called, r.entry,
        CASE WHEN r.state IN ('cancelled', 'entered-in-error') THEN ''
             WHEN r.given IN ('H', 'L', 'HH', 'LL', 'A') THEN r.given
             WHEN r.value >= c.high THEN 'HH' WHEN r.value <= c.low THEN 'LL'
             WHEN r.value > r.high THEN 'H' WHEN r.value < r.low THEN 'L' ELSE '' END,
        desktop.lab_instant(r.entry ->> 'observedAt'), r.state IN ('final', 'corrected', 'amended', 'appended')
    FROM read r LEFT JOIN desktop.lab_critical_limits() c ON c.code = r.code
        AND lower(translate(c.unit, '^ ', '*')) = lower(translate(coalesce(r.entry ->> 'unit', ''), '^ ', '*'))
    WHERE r.code <> '' OR r.called <> ''
    ORDER BY r.place;
END $$;

-- What somebody replaced: kept, so that a corrected result shows the earlier one.
CREATE OR REPLACE FUNCTION desktop.keep_replaced_results(p_order public.lab_orders, p_old jsonb, p_clinic text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO desktop.lab_result_history (id, clinic_id, order_id, code, item, reason, replaced_at, by_user)
    SELECT gen_random_uuid()::text, p_clinic, p_order.id, o.key, o.item, '', desktop.db_now(), NULL
    FROM desktop.lab_items(p_old) o
    WHERE EXISTS (SELECT FROM desktop.lab_items(p_order.results) n WHERE n.key = o.key
                  AND (n.item -> 'value') IS DISTINCT FROM (o.item -> 'value'))
      AND NOT EXISTS (SELECT FROM desktop.lab_items(p_order.results) n WHERE n.key = o.key
                      AND (n.item -> 'value') = (o.item -> 'value'));
    RETURN FOUND;
END $$;

-- Lets the results of an order wait. p_alert: critical ones raise an alert, unless they are history (observed more than
-- 14 days ago, as imports have them).
CREATE OR REPLACE FUNCTION desktop.let_results_wait(p_order public.lab_orders, p_corrected boolean, p_alert boolean)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    present constant timestamp := desktop.db_now();
    here constant text := (SELECT p.clinic_id FROM public.patients p WHERE p.id = p_order.patient_id);
    flags text[];
    old_news boolean;
    unfinished boolean;
BEGIN
    IF here IS NULL THEN
        RETURN;
    END IF;
    SELECT array_agg(i.flag), coalesce(bool_and(coalesce(i.at, p_order.completed_at) < present - interval '14 days'),
            false), bool_or(NOT i.final AND i.flag <> '')
    INTO flags, old_news, unfinished FROM desktop.lab_items(p_order.results) i;
    INSERT INTO desktop.lab_review AS r (order_id, clinic_id, patient_id, state, owner_user, resulted_at, critical,
        abnormal, partial, corrected, history, released_text, updated_at)
    VALUES (p_order.id, here, p_order.patient_id, 'WAITING',
        (SELECT p.user_id FROM public.providers p WHERE p.id = p_order.provider_id),
        CASE WHEN p_alert THEN present ELSE coalesce(p_order.completed_at, p_order.updated_at) END,
        coalesce(flags && ARRAY['HH', 'LL'], false), coalesce(flags && ARRAY['H', 'L', 'HH', 'LL', 'A'], false),
        p_order.status IN ('ORDERED', 'IN_PROGRESS') OR coalesce(unfinished, false), p_corrected, old_news, '', present)
    ON CONFLICT (order_id) DO UPDATE SET state = 'WAITING', resulted_at = excluded.resulted_at,
        critical = excluded.critical, abnormal = excluded.abnormal, partial = excluded.partial,
        corrected = r.corrected OR excluded.corrected, history = excluded.history,
        signed_at = NULL, signed_by = NULL, next_step = NULL, released_text = '',
        updated_at = greatest(excluded.updated_at, r.updated_at + interval '1 millisecond');
    IF p_alert AND NOT old_news THEN
        INSERT INTO public.alerts (id, patient_id, severity, type, title, body, payload, status, created_at)
        SELECT DISTINCT ON (i.key) gen_random_uuid()::text, p_order.patient_id, 'CRITICAL', 'LAB_CRITICAL',
            left('Critical result: ' || i.name, 500), 'A laboratory result is critical. Open the results and act.',
            jsonb_build_object('orderId', p_order.id, 'code', i.key, 'name', i.name), 'ACTIVE', present
        FROM desktop.lab_items(p_order.results) i
        WHERE i.flag IN ('HH', 'LL') AND NOT EXISTS (
            SELECT FROM public.alerts a WHERE a.patient_id = p_order.patient_id AND a.type = 'LAB_CRITICAL'
            AND a.status = 'ACTIVE' AND a.payload ->> 'orderId' = p_order.id AND a.payload ->> 'code' = i.key);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION desktop.notice_results() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here text;
    corrected boolean := false;
BEGIN
    IF desktop.my_user() IS NOT NULL THEN
        UPDATE desktop.lab_review r SET state = 'WAITING', signed_at = NULL, signed_by = NULL, next_step = NULL,
            released_text = ''
        WHERE r.order_id = NEW.id AND r.state = 'SIGNED';
        RETURN NULL;
    END IF;
    IF coalesce(current_setting('mha.filing', true), '') = 'on' THEN
        RETURN NULL;  -- the demo is filled: it brings its own reviews
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.results IS NOT NULL AND NEW.results IS NOT NULL THEN
        SELECT p.clinic_id INTO here FROM public.patients p WHERE p.id = NEW.patient_id;
        corrected := here IS NOT NULL AND desktop.keep_replaced_results(NEW, OLD.results, here);
    END IF;
    IF NEW.results IS NOT NULL THEN
        PERFORM desktop.let_results_wait(NEW, corrected, true);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER mha_results_i AFTER INSERT ON public.lab_orders FOR EACH ROW
    WHEN (NEW.results IS NOT NULL) EXECUTE FUNCTION desktop.notice_results();
CREATE OR REPLACE TRIGGER mha_results_u AFTER UPDATE OF results ON public.lab_orders FOR EACH ROW
    WHEN (OLD.results IS DISTINCT FROM NEW.results) EXECUTE FUNCTION desktop.notice_results();

-- Who signs says so in their own name, and what they signed is kept beside it in the same transaction.
CREATE OR REPLACE FUNCTION desktop.guard_lab_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_user() IS NULL THEN
        RETURN NEW;
    END IF;
    IF NEW.state = 'SIGNED' AND (NEW.signed_at IS NULL OR NEW.signed_by IS DISTINCT FROM desktop.acting_author()
            OR NOT EXISTS (SELECT FROM desktop.lab_signature s WHERE s.order_id = NEW.order_id
                           AND s.by_user = NEW.signed_by AND s.at = NEW.signed_at))
        OR NEW.state = 'WAITING' AND (NEW.signed_at IS NOT NULL OR NEW.signed_by IS NOT NULL) THEN
        PERFORM desktop.fail('MH001', 'BadTransition', 'lab_review: signed by who signs it');
    END IF;
    RETURN NEW;
END $$;

REVOKE ALL ON FUNCTION desktop.lab_critical_limits(), desktop.lab_number(jsonb), desktop.lab_instant(text),
    desktop.lab_items(jsonb), desktop.keep_replaced_results(public.lab_orders, jsonb, text),
    desktop.let_results_wait(public.lab_orders, boolean, boolean), desktop.notice_results(),
    desktop.guard_lab_review() FROM PUBLIC;

DO $$
DECLARE
    direct constant text := format('current_user <> %L', current_user);
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_i BEFORE INSERT ON desktop.lab_review FOR EACH ROW '
        'WHEN (NEW.state <> %L AND %s) EXECUTE FUNCTION desktop.guard_lab_review()', 'WAITING', direct);
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_u BEFORE UPDATE ON desktop.lab_review FOR EACH ROW '
        'WHEN ((OLD.state, OLD.signed_at, OLD.signed_by) IS DISTINCT FROM (NEW.state, NEW.signed_at, NEW.signed_by) '
        'AND %s) EXECUTE FUNCTION desktop.guard_lab_review()', direct);
END $$;

-- Results that were there before: recent ones wait, older ones are one batch of history. No alerts. In one statement, and
-- without a join that a wrong estimate could make slow: a clinic may have a hundred thousand.
INSERT INTO desktop.lab_review (order_id, clinic_id, patient_id, state, owner_user, resulted_at, critical, abnormal,
    partial, corrected, history, released_text, updated_at)
SELECT o.id, p.clinic_id, o.patient_id, 'WAITING', (SELECT d.user_id FROM public.providers d WHERE d.id = o.provider_id),
    coalesce(o.completed_at, o.updated_at), coalesce(s.critical, false), coalesce(s.abnormal, false),
    o.status IN ('ORDERED', 'IN_PROGRESS') OR coalesce(s.unfinished, false), false, coalesce(s.history, false), '',
    n.present
FROM (SELECT desktop.db_now() AS present) n CROSS JOIN public.lab_orders o
JOIN public.patients p ON p.id = o.patient_id
CROSS JOIN LATERAL (
    SELECT bool_or(i.flag IN ('HH', 'LL')) AS critical, bool_or(i.flag <> '') AS abnormal,
           bool_and(coalesce(i.at, o.completed_at) < n.present - interval '14 days') AS history,
           bool_or(NOT i.final AND i.flag <> '') AS unfinished
    FROM desktop.lab_items(o.results) i) s
WHERE o.results IS NOT NULL AND NOT EXISTS (SELECT FROM desktop.lab_review r WHERE r.order_id = o.id)
ON CONFLICT (order_id) DO NOTHING;
