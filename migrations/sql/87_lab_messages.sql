-- Filing what laboratories sent. Whoever may read a laboratory's messages (PROVIDER, ADMIN) files their results: rows of
-- these few tables, of patients and providers of the person's clinic, in steps that the orders' states allow. Every
-- other write to them stays what the policies say.

-- From here to the end of the transaction nobody else files results of this patient, nor changes the orders.
CREATE OR REPLACE FUNCTION desktop.lock_lab_filing(p_patient_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT (desktop.has_role('ADMIN') OR desktop.has_role('PROVIDER')) OR NOT EXISTS (
            SELECT FROM public.patients p WHERE p.id = p_patient_id AND p.clinic_id = desktop.my_clinic()) THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'lock_lab_filing');
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('lab filing ' || p_patient_id, 0));
    PERFORM FROM public.lab_orders o WHERE o.patient_id = p_patient_id ORDER BY o.id FOR UPDATE;
END $$;

-- The order that a row is about must be of the clinic (also one that this transaction made).
CREATE OR REPLACE FUNCTION desktop.lab_order_here(p_order_id text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.lab_orders o JOIN public.patients p ON p.id = o.patient_id
                   WHERE o.id = p_order_id AND p.clinic_id = desktop.my_clinic());
$$;

CREATE OR REPLACE FUNCTION desktop.file_lab_order(p_insert boolean, p_row jsonb) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := desktop.my_clinic();
    r public.lab_orders := jsonb_populate_record(NULL::public.lab_orders, p_row);
BEGIN
    IF p_insert THEN
        INSERT INTO public.lab_orders (id, patient_id, provider_id, tests, notes, status, ordered_at, created_at, updated_at)
        SELECT r.id, p.id, q.id, r.tests, r.notes, 'ORDERED', r.ordered_at, r.created_at, r.updated_at
        FROM public.patients p, public.providers q
        WHERE p.id = r.patient_id AND p.clinic_id = here AND q.id = r.provider_id AND q.clinic_id = here;
    ELSE
        UPDATE public.lab_orders o SET
            status = coalesce(r.status, o.status), updated_at = coalesce(r.updated_at, o.updated_at),
            results = CASE WHEN p_row ? 'results' THEN r.results ELSE o.results END,
            completed_at = CASE WHEN p_row ? 'completed_at' THEN r.completed_at ELSE o.completed_at END
        WHERE o.id = r.id AND desktop.lab_order_here(o.id) AND (r.status IS NULL OR r.status = o.status
            OR (o.status, r.status) IN (('ORDERED', 'IN_PROGRESS'), ('IN_PROGRESS', 'COMPLETED')));
    END IF;
    RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION desktop.file_lab_detail(p_insert boolean, p_row jsonb) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r desktop.lab_order_detail := jsonb_populate_record(NULL::desktop.lab_order_detail, p_row);
BEGIN
    IF p_insert THEN
        INSERT INTO desktop.lab_order_detail (order_id, clinic_id, laboratory, placer_id, filler_id, collected_at, updated_at)
        SELECT r.order_id, desktop.my_clinic(), coalesce(r.laboratory, ''), r.placer_id, r.filler_id, r.collected_at,
               r.updated_at
        WHERE desktop.lab_order_here(r.order_id);
    ELSE
        UPDATE desktop.lab_order_detail d SET laboratory = coalesce(r.laboratory, d.laboratory),
            filler_id = coalesce(r.filler_id, d.filler_id), collected_at = coalesce(r.collected_at, d.collected_at),
            updated_at = r.updated_at
        WHERE d.order_id = r.order_id AND d.clinic_id = desktop.my_clinic();
    END IF;
    RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION desktop.file_lab_review(p_insert boolean, p_row jsonb) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := desktop.my_clinic();
    r desktop.lab_review := jsonb_populate_record(NULL::desktop.lab_review, p_row);
BEGIN
    IF p_insert THEN
        INSERT INTO desktop.lab_review (order_id, clinic_id, patient_id, state, owner_user, resulted_at, critical, abnormal,
            partial, corrected, history, updated_at)
        SELECT o.id, here, o.patient_id, 'WAITING', u.id, r.resulted_at, r.critical, r.abnormal, r.partial, r.corrected,
               r.history, r.updated_at
        FROM public.lab_orders o LEFT JOIN public.users u ON u.id = r.owner_user AND u.clinic_id = here
        WHERE o.id = r.order_id AND desktop.lab_order_here(o.id);
    ELSE  -- results that came are never signed by that: the state goes back to waiting, or stays
        UPDATE desktop.lab_review v SET state = 'WAITING', resulted_at = r.resulted_at, critical = r.critical,
            abnormal = r.abnormal, partial = r.partial, corrected = r.corrected, history = r.history,
            signed_at = NULL, signed_by = NULL, next_step = NULL,
            released_text = CASE WHEN p_row ? 'released_text' THEN '' ELSE v.released_text END, updated_at = r.updated_at
        WHERE v.order_id = r.order_id AND v.clinic_id = here;
    END IF;
    RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION desktop.file_lab_alert(p_row jsonb) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r public.alerts := jsonb_populate_record(NULL::public.alerts, p_row);
BEGIN
    INSERT INTO public.alerts (id, patient_id, severity, type, title, body, payload, status, created_at)
    SELECT r.id, p.id, r.severity, r.type, r.title, r.body, r.payload, 'ACTIVE', r.created_at
    FROM public.patients p
    WHERE p.id = r.patient_id AND p.clinic_id = desktop.my_clinic() AND r.type LIKE 'LAB\_%';
    RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION desktop.file_lab_history(p_row jsonb) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r desktop.lab_result_history := jsonb_populate_record(NULL::desktop.lab_result_history, p_row);
BEGIN
    INSERT INTO desktop.lab_result_history (id, clinic_id, order_id, code, item, reason, replaced_at, by_user)
    SELECT r.id, desktop.my_clinic(), r.order_id, r.code, r.item, coalesce(r.reason, ''), r.replaced_at, desktop.my_user()
    WHERE desktop.lab_order_here(r.order_id);
    RETURN FOUND;
END $$;

-- p_rows: [{"into": table, "insert": true or false, "row": columns}], written in their order.
CREATE OR REPLACE FUNCTION desktop.file_lab_rows(p_rows text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one jsonb;
    adding boolean;
    written boolean;
BEGIN
    IF desktop.my_clinic() IS NULL OR NOT (desktop.has_role('ADMIN') OR desktop.has_role('PROVIDER')) THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'file_lab_rows');
    END IF;
    FOR one IN SELECT e.value FROM jsonb_array_elements(p_rows::jsonb) WITH ORDINALITY e ORDER BY e.ordinality LOOP
        adding := (one ->> 'insert')::boolean;
        written := CASE one ->> 'into'
            WHEN 'lab_orders' THEN desktop.file_lab_order(adding, one -> 'row')
            WHEN 'lab_order_detail' THEN desktop.file_lab_detail(adding, one -> 'row')
            WHEN 'lab_review' THEN desktop.file_lab_review(adding, one -> 'row')
            WHEN 'lab_result_history' THEN adding AND desktop.file_lab_history(one -> 'row')
            WHEN 'alerts' THEN adding AND desktop.file_lab_alert(one -> 'row')
        END;
        IF written IS NOT TRUE THEN
            PERFORM desktop.fail('MH003', 'NotAllowed', 'file_lab_rows');
        END IF;
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION desktop.lock_lab_filing(text), desktop.lab_order_here(text),
    desktop.file_lab_order(boolean, jsonb), desktop.file_lab_detail(boolean, jsonb),
    desktop.file_lab_review(boolean, jsonb), desktop.file_lab_alert(jsonb), desktop.file_lab_history(jsonb),
    desktop.file_lab_rows(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.lock_lab_filing(text), desktop.file_lab_rows(text) TO mha_staff;
