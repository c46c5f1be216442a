-- Filing what laboratories sent. Whoever may read a laboratory's messages (PROVIDER, ADMIN) files their results: rows of
-- these few tables, of patients and providers of the person's clinic, in steps that the orders' states allow. Every
-- other write to them stays what the policies say. A batch of messages is one call: rows of one table side by side are
-- one statement, so that audit and feed are written once for all of them.

DROP FUNCTION IF EXISTS desktop.lock_lab_filing(text), desktop.lab_order_here(text),
    desktop.file_lab_order(boolean, jsonb), desktop.file_lab_detail(boolean, jsonb),
    desktop.file_lab_review(boolean, jsonb), desktop.file_lab_alert(jsonb), desktop.file_lab_history(jsonb);

-- From here to the end of the transaction nobody else files results of these patients, nor changes these orders. Always
-- in one order, so that two programs that file the same patients wait for each other and never in a circle.
CREATE OR REPLACE FUNCTION desktop.lock_lab_filing(p_patient_ids text[], p_order_ids text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    here constant text := desktop.my_clinic();
BEGIN
    IF NOT (desktop.has_role('ADMIN') OR desktop.has_role('PROVIDER')) OR EXISTS (
            SELECT FROM unnest(p_patient_ids) w (id) LEFT JOIN public.patients p ON p.id = w.id AND p.clinic_id = here
            WHERE p.id IS NULL) THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'lock_lab_filing');
    END IF;
    PERFORM pg_advisory_xact_lock(k.key) FROM (
        SELECT DISTINCT hashtextextended('lab filing ' || w.id, 0) AS key FROM unnest(p_patient_ids) w (id) ORDER BY 1) k;
    PERFORM FROM public.lab_orders o JOIN public.patients p ON p.id = o.patient_id AND p.clinic_id = here
    WHERE o.id = ANY (p_order_ids) ORDER BY o.id FOR UPDATE OF o;
END $$;

-- Each of these writes rows of one table (all with the same columns) and returns how many it could: fewer than given means
-- that one is about somebody of another clinic, or a step that isn't allowed.
CREATE OR REPLACE FUNCTION desktop.file_lab_orders(p_insert boolean, p_rows jsonb) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := desktop.my_clinic();
    written integer;
BEGIN
    IF p_insert THEN  -- an order that nobody here made may come with all of its results; one without any may be over
        INSERT INTO public.lab_orders (id, patient_id, visit_id, provider_id, tests, notes, status, results, ordered_at, completed_at,
            created_at, updated_at)
        SELECT r.id, p.id, v.id, q.id, r.tests, r.notes, coalesce(r.status, 'ORDERED'), r.results, r.ordered_at, r.completed_at,
            r.created_at, r.updated_at
        FROM jsonb_populate_recordset(NULL::public.lab_orders, p_rows) r
        JOIN public.patients p ON p.id = r.patient_id AND p.clinic_id = here
        JOIN public.providers q ON q.id = r.provider_id AND q.clinic_id = here
        LEFT JOIN public.visits v ON v.id = r.visit_id AND v.patient_id = p.id
        WHERE (r.status IS DISTINCT FROM 'CANCELLED' OR r.results IS NULL)
          AND (r.results IS NULL OR r.status <> 'ORDERED');
    ELSE
        UPDATE public.lab_orders o SET
            status = coalesce(r.status, o.status), updated_at = coalesce(r.updated_at, o.updated_at),
            results = CASE WHEN p_rows -> 0 ? 'results' THEN r.results ELSE o.results END,
            completed_at = CASE WHEN p_rows -> 0 ? 'completed_at' THEN r.completed_at ELSE o.completed_at END
        FROM jsonb_populate_recordset(NULL::public.lab_orders, p_rows) r
        WHERE o.id = r.id AND (SELECT p.clinic_id FROM public.patients p WHERE p.id = o.patient_id) = here
          AND (r.status IS NULL OR r.status = o.status
               OR (o.status, r.status) IN (('ORDERED', 'IN_PROGRESS'), ('IN_PROGRESS', 'COMPLETED')));
    END IF;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END $$;

CREATE OR REPLACE FUNCTION desktop.file_lab_details(p_insert boolean, p_rows jsonb) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := desktop.my_clinic();
    written integer;
BEGIN
    IF p_insert THEN
        INSERT INTO desktop.lab_order_detail (order_id, clinic_id, laboratory, placer_id, filler_id, collected_at, updated_at)
        SELECT o.id, here, coalesce(r.laboratory, ''), r.placer_id, r.filler_id, r.collected_at, r.updated_at
        FROM jsonb_populate_recordset(NULL::desktop.lab_order_detail, p_rows) r
        JOIN public.lab_orders o ON o.id = r.order_id
        JOIN public.patients p ON p.id = o.patient_id AND p.clinic_id = here;
    ELSE
        UPDATE desktop.lab_order_detail d SET laboratory = coalesce(r.laboratory, d.laboratory),
            filler_id = CASE WHEN p_rows -> 0 ? 'filler_id' THEN r.filler_id ELSE d.filler_id END,
            collected_at = coalesce(r.collected_at, d.collected_at), updated_at = r.updated_at
        FROM jsonb_populate_recordset(NULL::desktop.lab_order_detail, p_rows) r
        WHERE d.order_id = r.order_id AND d.clinic_id = here;
    END IF;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END $$;

CREATE OR REPLACE FUNCTION desktop.file_lab_reviews(p_insert boolean, p_rows jsonb) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := desktop.my_clinic();
    written integer;
BEGIN
    IF p_insert THEN
        INSERT INTO desktop.lab_review (order_id, clinic_id, patient_id, state, owner_user, resulted_at, critical, abnormal,
            partial, corrected, history, updated_at)
        SELECT o.id, here, o.patient_id, 'WAITING', u.id, r.resulted_at, r.critical, r.abnormal, r.partial, r.corrected,
               r.history, r.updated_at
        FROM jsonb_populate_recordset(NULL::desktop.lab_review, p_rows) r
        JOIN public.lab_orders o ON o.id = r.order_id
        JOIN public.patients p ON p.id = o.patient_id AND p.clinic_id = here
        LEFT JOIN public.users u ON u.id = r.owner_user AND u.clinic_id = here;
    ELSE  -- results that came are never signed by that: the state goes back to waiting, or stays
        UPDATE desktop.lab_review v SET state = 'WAITING', resulted_at = r.resulted_at, critical = r.critical,
            abnormal = r.abnormal, partial = r.partial, corrected = r.corrected, history = r.history,
            signed_at = NULL, signed_by = NULL, next_step = NULL,
            released_text = CASE WHEN p_rows -> 0 ? 'released_text' THEN '' ELSE v.released_text END,
            updated_at = r.updated_at
        FROM jsonb_populate_recordset(NULL::desktop.lab_review, p_rows) r
        WHERE v.order_id = r.order_id AND v.clinic_id = here;
    END IF;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END $$;

-- What a laboratory's results raise, and closing that when the results were taken out of the chart again: an alert whose
-- critical result still stands there is closed only by whom the policies let.
CREATE OR REPLACE FUNCTION desktop.lab_alert_is_gone(p_alert public.alerts) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT p_alert.type LIKE 'LAB\_%' AND p_alert.status = 'ACTIVE' AND NOT EXISTS (
        SELECT FROM public.lab_orders o CROSS JOIN LATERAL desktop.lab_items(o.results) i
        WHERE o.id = p_alert.payload ->> 'orderId' AND i.key = p_alert.payload ->> 'code' AND i.flag IN ('HH', 'LL'));
$$;

CREATE OR REPLACE FUNCTION desktop.file_lab_alerts(p_insert boolean, p_rows jsonb) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := desktop.my_clinic();
    written integer;
BEGIN
    IF p_insert THEN
        INSERT INTO public.alerts (id, patient_id, severity, type, title, body, payload, status, created_at)
        SELECT r.id, p.id, r.severity, r.type, r.title, r.body, r.payload, 'ACTIVE', r.created_at
        FROM jsonb_populate_recordset(NULL::public.alerts, p_rows) r
        JOIN public.patients p ON p.id = r.patient_id AND p.clinic_id = here
        WHERE r.type LIKE 'LAB\_%';
    ELSE
        INSERT INTO desktop.alert_detail AS d (alert_id, clinic_id, closed_by, closed_at, close_reason, updated_at)
        SELECT r.id, here, desktop.my_user(), r.resolved_at, r.body, r.resolved_at  -- body: why it is closed
        FROM jsonb_populate_recordset(NULL::public.alerts, p_rows) r
        JOIN public.alerts a ON a.id = r.id AND desktop.lab_alert_is_gone(a)
        JOIN public.patients p ON p.id = a.patient_id AND p.clinic_id = here
        ON CONFLICT (alert_id) DO UPDATE SET closed_by = excluded.closed_by, closed_at = excluded.closed_at,
            close_reason = excluded.close_reason,
            updated_at = greatest(excluded.updated_at, d.updated_at + interval '1 millisecond');
        UPDATE public.alerts a SET status = 'DISMISSED', resolved_at = r.resolved_at
        FROM jsonb_populate_recordset(NULL::public.alerts, p_rows) r
        WHERE a.id = r.id AND desktop.lab_alert_is_gone(a)
          AND (SELECT p.clinic_id FROM public.patients p WHERE p.id = a.patient_id) = here;
    END IF;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END $$;

CREATE OR REPLACE FUNCTION desktop.file_lab_histories(p_rows jsonb) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := desktop.my_clinic();
    written integer;
BEGIN
    INSERT INTO desktop.lab_result_history (id, clinic_id, order_id, code, item, reason, replaced_at, by_user)
    SELECT r.id, here, o.id, r.code, r.item, coalesce(r.reason, ''), r.replaced_at, desktop.my_user()
    FROM jsonb_populate_recordset(NULL::desktop.lab_result_history, p_rows) r
    JOIN public.lab_orders o ON o.id = r.order_id
    JOIN public.patients p ON p.id = o.patient_id AND p.clinic_id = here;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END $$;

-- p_rows: [{"into": table, "insert": true or false, "rows": [columns, …]}], written in their order; no row twice in one.
CREATE OR REPLACE FUNCTION desktop.file_lab_rows(p_rows text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    part jsonb;
    adding boolean;
    given jsonb;
    written integer;
BEGIN
    IF desktop.my_clinic() IS NULL OR NOT (desktop.has_role('ADMIN') OR desktop.has_role('PROVIDER')) THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'file_lab_rows');
    END IF;
    FOR part IN SELECT e.value FROM jsonb_array_elements(p_rows::jsonb) WITH ORDINALITY e ORDER BY e.ordinality LOOP
        adding := (part ->> 'insert')::boolean;
        given := part -> 'rows';
        written := CASE part ->> 'into'
            WHEN 'lab_orders' THEN desktop.file_lab_orders(adding, given)
            WHEN 'lab_order_detail' THEN desktop.file_lab_details(adding, given)
            WHEN 'lab_review' THEN desktop.file_lab_reviews(adding, given)
            WHEN 'lab_result_history' THEN CASE WHEN adding THEN desktop.file_lab_histories(given) END
            WHEN 'alerts' THEN desktop.file_lab_alerts(adding, given)
        END;
        IF written IS DISTINCT FROM jsonb_array_length(given) THEN
            PERFORM desktop.fail('MH003', 'NotAllowed', 'file_lab_rows');
        END IF;
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION desktop.lock_lab_filing(text[], text[]), desktop.file_lab_orders(boolean, jsonb),
    desktop.file_lab_details(boolean, jsonb), desktop.file_lab_reviews(boolean, jsonb),
    desktop.lab_alert_is_gone(public.alerts), desktop.file_lab_alerts(boolean, jsonb), desktop.file_lab_histories(jsonb), desktop.file_lab_rows(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.lock_lab_filing(text[], text[]), desktop.file_lab_rows(text) TO mha_staff;

-- The provider of results that nobody here ordered ("External records", as imports make it; never offered for booking).
-- Whoever files results may need it first. Of two at once the second fails at the link's unique key and is tried again.
CREATE OR REPLACE FUNCTION desktop.make_external_provider(p_provider text, p_link text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    here constant text := desktop.my_clinic();
    at constant timestamp := desktop.db_now();
BEGIN
    IF here IS NULL OR NOT (desktop.has_role('ADMIN') OR desktop.has_role('PROVIDER')) THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'make_external_provider');
    END IF;
    INSERT INTO public.providers (id, name, specialties, "telemedEnabled", clinic_id, created_at, updated_at)
    VALUES (p_provider, 'External records', '{}', false, here, at, at);
    INSERT INTO desktop.provider_settings (provider_id, short_name, active, updated_at)
    VALUES (p_provider, 'records', false, at);
    INSERT INTO desktop.import_link (id, clinic_id, system, type, source_id, table_name, row_id, content_hash, updated_at)
    VALUES (p_link, here, 'desktop', 'Practitioner', 'external-records', 'providers', p_provider, '', at);
END $$;
REVOKE ALL ON FUNCTION desktop.make_external_provider(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.make_external_provider(text, text) TO mha_staff;
