-- Which rows stand on a page of the three inboxes, and how many wait: of the caller's clinic, whatever the row-level
-- security of the tables costs row by row. Only ids and numbers leave here; what is shown of them is read under the
-- person's own rights. The conditions are those that the workstation's store asks for (app/queries/requests.py,
-- alerts.py, messages.py; tests compare the two).

-- The person, and whom they stand in for.
CREATE OR REPLACE FUNCTION desktop.me_and_covered(p_now timestamp) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT ARRAY[desktop.my_user()] || coalesce((
        SELECT array_agg(c.for_user) FROM desktop.cover c WHERE c.clinic_id = desktop.my_clinic()
            AND c.by_user = desktop.my_user() AND c.starts_at <= p_now AND c.ends_at > p_now), '{}');
$$;

-- Requests in some states: the most severe first, then the oldest; p_newest the newest first. After the one of
-- severity p_rank (0: RED) made at p_at with the id p_id.
CREATE OR REPLACE FUNCTION desktop.request_ids(p_statuses text[], p_severity text, p_newest boolean, p_limit integer,
    p_rank integer DEFAULT NULL, p_at timestamp DEFAULT NULL, p_id text DEFAULT NULL) RETURNS TABLE (id text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, pg_temp SET jit = off SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    here constant text := desktop.my_clinic();
    states constant public."RequestStatus"[] := p_statuses;
    -- The labels' own order is GREEN, YELLOW, ORANGE, RED.
    reached constant public."SeverityLevel" := (enum_range(NULL::public."SeverityLevel"))[4 - p_rank];
BEGIN
    IF p_newest THEN
        RETURN QUERY SELECT r.id FROM public.visit_requests r JOIN public.patients p ON p.id = r.patient_id
            WHERE p.clinic_id = here AND r.status = ANY (states)
              AND (p_severity IS NULL OR r.severity = p_severity::public."SeverityLevel")
              AND (p_at IS NULL OR (r.created_at, r.id) < (p_at, p_id))
            ORDER BY r.created_at DESC, r.id DESC LIMIT p_limit;
    ELSE
        RETURN QUERY SELECT r.id FROM public.visit_requests r JOIN public.patients p ON p.id = r.patient_id
            WHERE p.clinic_id = here AND r.status = ANY (states)
              AND (p_severity IS NULL OR r.severity = p_severity::public."SeverityLevel")
              AND (p_rank IS NULL OR r.severity < reached
                   OR (r.severity = reached AND (r.created_at, r.id) > (p_at, p_id)))
            ORDER BY r.severity DESC, r.created_at, r.id LIMIT p_limit;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION desktop.requests_waiting() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
    SELECT count(*) FROM public.visit_requests r JOIN public.patients p ON p.id = r.patient_id
    WHERE p.clinic_id = desktop.my_clinic() AND r.status IN ('NEW', 'TRIAGED', 'AWAITING_PATIENT_CONFIRMATION');
$$;

-- Alerts of a box (mine, all, asleep, closed): the most severe first, then the oldest; closed ones the newest first.
-- p_nobodys: of which severities the person may take those that are nobody's (NULL: of all); p_waits: after how many
-- seconds one of a severity is everybody's.
CREATE OR REPLACE FUNCTION desktop.alert_ids(p_box text, p_severity text, p_nobodys text[], p_waits jsonb, p_now timestamp,
    p_limit integer, p_rank integer DEFAULT NULL, p_at timestamp DEFAULT NULL, p_id text DEFAULT NULL)
RETURNS TABLE (id text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, pg_temp SET jit = off SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    here constant text := desktop.my_clinic();
    mine constant text[] := desktop.me_and_covered(p_now);
BEGIN
    IF p_box = 'closed' THEN
        RETURN QUERY SELECT a.id FROM public.alerts a JOIN public.patients p ON p.id = a.patient_id
            WHERE p.clinic_id = here AND a.status <> 'ACTIVE' AND (p_severity IS NULL OR a.severity = p_severity)
              AND (p_at IS NULL OR (a.created_at, a.id) < (p_at, p_id))
            ORDER BY a.created_at DESC, a.id DESC LIMIT p_limit;
        RETURN;
    END IF;
    RETURN QUERY SELECT x.id FROM (
        SELECT a.id, a.created_at, CASE a.severity WHEN 'CRITICAL' THEN 0 WHEN 'WARNING' THEN 1 WHEN 'INFO' THEN 2 ELSE 3 END AS rank
        FROM public.alerts a JOIN public.patients p ON p.id = a.patient_id
        LEFT JOIN desktop.alert_detail d ON d.alert_id = a.id
        WHERE p.clinic_id = here AND a.status = 'ACTIVE' AND (p_severity IS NULL OR a.severity = p_severity)
          AND (CASE WHEN p_box = 'asleep' THEN d.snoozed_until > p_now
               ELSE d.snoozed_until IS NULL OR d.snoozed_until <= p_now END)
          AND (p_box <> 'mine' OR d.owner_user = ANY (mine)
               OR (d.owner_user IS NULL AND (p_nobodys IS NULL OR a.severity = ANY (p_nobodys)))
               OR greatest(a.created_at, d.snoozed_until) <= p_now - make_interval(secs => (p_waits ->> a.severity)::float8))) x
        WHERE p_rank IS NULL OR x.rank > p_rank OR (x.rank = p_rank AND (x.created_at, x.id) > (p_at, p_id))
        ORDER BY x.rank, x.created_at, x.id LIMIT p_limit;
END $$;

CREATE OR REPLACE FUNCTION desktop.alerts_waiting(p_nobodys text[], p_now timestamp) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
    WITH me AS MATERIALIZED (SELECT desktop.me_and_covered(p_now) AS mine, desktop.my_clinic() AS here)
    SELECT count(*) FROM public.alerts a JOIN public.patients p ON p.id = a.patient_id
    LEFT JOIN desktop.alert_detail d ON d.alert_id = a.id
    WHERE p.clinic_id = (SELECT me.here FROM me) AND a.status = 'ACTIVE'
      AND (d.snoozed_until IS NULL OR d.snoozed_until <= p_now)
      AND (d.owner_user = ANY ((SELECT me.mine FROM me)::text[])
           OR (d.owner_user IS NULL AND (p_nobodys IS NULL OR a.severity = ANY (p_nobodys)))
           OR d.escalated_at >= coalesce(d.snoozed_until, d.escalated_at));
$$;

-- How long alerts of a clinic may wait before they are everybody's: an hour for a critical one, two days for a warning;
-- the clinic may say otherwise in minutes (settings, alerts.escalate).
CREATE OR REPLACE FUNCTION desktop.alert_waits(p_clinic text) RETURNS TABLE (severity text, wait interval)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH said AS (SELECT e.key, (e.value #>> '{}')::numeric AS minutes
        FROM desktop.clinic_settings s
        CROSS JOIN LATERAL jsonb_each(CASE jsonb_typeof(s.settings #> '{alerts,escalate}') WHEN 'object'
            THEN s.settings #> '{alerts,escalate}' ELSE '{}' END) e
        WHERE s.clinic_id = p_clinic AND jsonb_typeof(e.value) = 'number')
    SELECT coalesce(d.severity, o.key), coalesce(make_interval(mins => o.minutes::integer), d.wait)
    FROM (VALUES ('CRITICAL', interval '1 hour'), ('WARNING', interval '2 days')) d (severity, wait)
    FULL JOIN (SELECT * FROM said x WHERE x.minutes > 0 AND x.minutes < 1000000 AND x.minutes = trunc(x.minutes)) o
        ON o.key = d.severity;
$$;

-- The escalation clock, which wakes those that were put off, too: notes at the clinic's alerts since when they are everybody's, so that all desks hear of it.
-- Once for each wait (one that slept begins anew), whichever program of the clinic comes first; how many there were.
CREATE OR REPLACE FUNCTION desktop.escalate_alerts() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    here constant text := desktop.my_clinic();
    now constant timestamp(3) := desktop.db_now();
    done integer;
BEGIN
    IF here IS NULL THEN
        PERFORM desktop.refuse('NotAllowed');
    ELSIF NOT pg_try_advisory_xact_lock(hashtextextended('mha.escalate ' || here, 0)) THEN
        RETURN 0;
    END IF;
    INSERT INTO desktop.alert_detail AS d (alert_id, clinic_id, escalated_at, updated_at)
    SELECT a.id, here, now, now FROM desktop.alert_waits(here) w
    JOIN public.alerts a ON a.severity = w.severity AND a.status = 'ACTIVE' AND a.created_at <= now - w.wait
    JOIN public.patients p ON p.id = a.patient_id AND p.clinic_id = here
    LEFT JOIN desktop.alert_detail x ON x.alert_id = a.id
    WHERE (x.snoozed_until IS NULL OR x.snoozed_until <= now - w.wait)
      AND (x.escalated_at IS NULL OR x.escalated_at < x.snoozed_until)
    ON CONFLICT (alert_id) DO UPDATE SET escalated_at = EXCLUDED.escalated_at,
        updated_at = greatest(now, d.updated_at + interval '1 millisecond');
    GET DIAGNOSTICS done = ROW_COUNT;
    -- One whose sleep is over is touched once: its desks hear of it as of any change.
    UPDATE desktop.alert_detail d SET updated_at = now FROM public.alerts a
    WHERE d.clinic_id = here AND d.snoozed_until <= now AND d.updated_at < d.snoozed_until
      AND a.id = d.alert_id AND a.status = 'ACTIVE';
    RETURN done;
END $$;

-- The way back of alerts that were closed: all of them or none, each as check_undo says; one that is open stays open.
CREATE OR REPLACE FUNCTION desktop.reopen_alerts(p_alerts text[], p_at timestamp) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one public.alerts;
    opened integer := 0;
BEGIN
    IF desktop.my_user() IS NULL OR NOT desktop.my_roles() && '{PROVIDER,MEDICAL_ASSISTANT}'::text[] THEN
        PERFORM desktop.fail('42501', 'NotAllowed', 'reopen_alerts');
    END IF;
    FOR one IN SELECT a.* FROM public.alerts a JOIN public.patients p ON p.id = a.patient_id
        WHERE a.id = ANY (p_alerts) AND p.clinic_id = desktop.my_clinic() AND a.status <> 'ACTIVE'
        ORDER BY a.id FOR UPDATE OF a LOOP
        PERFORM desktop.check_undo((SELECT a.seq FROM desktop.audit a WHERE a.table_name = 'alerts'
            AND a.row_id = one.id AND a.before ->> 'status' = 'ACTIVE' AND a.after ->> 'status' = one.status::text
            ORDER BY a.seq DESC LIMIT 1));
        UPDATE public.alerts a SET status = 'ACTIVE', resolved_at = NULL WHERE a.id = one.id;
        UPDATE desktop.alert_detail d SET closed_by = NULL, closed_at = NULL, close_reason = NULL,
            updated_at = greatest(p_at, d.updated_at + interval '1 millisecond') WHERE d.alert_id = one.id;
        opened := opened + 1;
    END LOOP;
    RETURN opened;
END $$;

-- Conversations with something that a patient wrote and nobody has read.
CREATE OR REPLACE FUNCTION desktop.unread_threads() RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT u.thread_id), '{}') FROM desktop.unread_message u
    WHERE EXISTS (
        SELECT FROM public.patients w WHERE w.user_id = u.sender_id AND w.clinic_id = (SELECT desktop.my_clinic()));
$$;

-- Conversations of a box, as a select of id and latest: $1 the clinic, $2 the person and whom they stand in for, $3
-- their roles. p_unread: those among $4, else those that aren't; what has something unread is never done with.
CREATE OR REPLACE FUNCTION desktop.threads_sql(p_box text, p_unread boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    latest constant text := 'coalesce(t.last_message_at, t.created_at)';
    done constant text := CASE WHEN p_unread THEN 'false' ELSE format('coalesce(d.closed_at >= %s, false)', latest) END;
    -- The same without coalesce: those that aren't there at all drop out first.
    shut constant text := format('d.closed_at IS NOT NULL AND d.closed_at >= %s', latest);
    nobodys constant text := 'd.owner_user IS NULL AND d.owner_role IS NULL';
BEGIN
    RETURN format('SELECT t.id, %s AS latest FROM public.message_threads t JOIN public.patients p ON p.id = t.patient_id '
        'LEFT JOIN desktop.thread_detail d ON d.thread_id = t.id WHERE p.clinic_id = $1 AND %s AND (%s)', latest,
        CASE WHEN p_unread THEN 't.id = ANY ($4)' ELSE 't.id <> ALL ($4)' END,
        CASE p_box WHEN 'done' THEN CASE WHEN p_unread THEN done ELSE shut END WHEN 'every' THEN 'true'
            WHEN 'all' THEN format('NOT %s', done)
            WHEN 'unassigned' THEN format('NOT %s AND %s', done, nobodys)
            WHEN 'mine' THEN format('NOT %s AND (d.owner_user = ANY ($2) OR d.owner_role = ANY ($3) OR (%s AND '
                't.participants ?| $2))', done, nobodys) END);
END $$;

-- A page of conversations: unread ones first, then the latest. After the one that was unread or not (p_unread), of
-- p_at, with the id p_id.
CREATE OR REPLACE FUNCTION desktop.thread_ids(p_box text, p_now timestamp, p_limit integer, p_unread boolean DEFAULT NULL,
    p_at timestamp DEFAULT NULL, p_id text DEFAULT NULL) RETURNS TABLE (id text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    here constant text := desktop.my_clinic();
    mine constant text[] := desktop.me_and_covered(p_now);
    roles constant text[] := desktop.my_roles();
    unread constant text[] := desktop.unread_threads();
    page constant text := 'SELECT x.id FROM (%s) x WHERE $5 IS NULL OR (x.latest, x.id) < ($5, $6) '
        'ORDER BY x.latest DESC, x.id DESC LIMIT $7';
    found integer := 0;
BEGIN
    IF p_unread IS NOT FALSE AND p_box <> 'done' THEN
        RETURN QUERY EXECUTE format(page, desktop.threads_sql(p_box, true))
            USING here, mine, roles, unread, p_at, p_id, p_limit;
        GET DIAGNOSTICS found = ROW_COUNT;
    END IF;
    IF found < p_limit THEN
        RETURN QUERY EXECUTE format(page, desktop.threads_sql(p_box, false)) USING here, mine, roles, unread,
            CASE WHEN p_unread IS FALSE THEN p_at END, CASE WHEN p_unread IS FALSE THEN p_id END, p_limit - found;
    END IF;
END $$;

-- How many conversations have something unread: mine, nobody's, all, and those that are mine or nobody's.
CREATE OR REPLACE FUNCTION desktop.threads_waiting(p_now timestamp, OUT mine bigint, OUT unassigned bigint, OUT every bigint,
    OUT waiting bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    here constant text := desktop.my_clinic();
    me constant text[] := desktop.me_and_covered(p_now);
    roles constant text[] := desktop.my_roles();
    unread constant text[] := desktop.unread_threads();
BEGIN
    SELECT count(*) FILTER (WHERE x.given OR (x.nobodys AND x.takes_part)), count(*) FILTER (WHERE x.nobodys), count(*),
           count(*) FILTER (WHERE x.given OR x.nobodys)
    INTO mine, unassigned, every, waiting
    FROM (SELECT d.owner_user IS NULL AND d.owner_role IS NULL AS nobodys, t.participants ?| me AS takes_part,
                 coalesce(d.owner_user = ANY (me) OR d.owner_role = ANY (roles), false) AS given
          FROM public.message_threads t JOIN public.patients p ON p.id = t.patient_id
          LEFT JOIN desktop.thread_detail d ON d.thread_id = t.id
          WHERE p.clinic_id = here AND t.id = ANY (unread)) x;
END $$;

REVOKE ALL ON FUNCTION desktop.me_and_covered(timestamp), desktop.unread_threads(), desktop.threads_sql(text, boolean),
    desktop.request_ids(text[], text, boolean, integer, integer, timestamp, text), desktop.requests_waiting(),
    desktop.alert_ids(text, text, text[], jsonb, timestamp, integer, integer, timestamp, text),
    desktop.alerts_waiting(text[], timestamp), desktop.threads_waiting(timestamp), desktop.alert_waits(text),
    desktop.escalate_alerts(), desktop.reopen_alerts(text[], timestamp),
    desktop.thread_ids(text, timestamp, integer, boolean, timestamp, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.request_ids(text[], text, boolean, integer, integer, timestamp, text),
    desktop.requests_waiting(), desktop.alert_ids(text, text, text[], jsonb, timestamp, integer, integer, timestamp, text),
    desktop.alerts_waiting(text[], timestamp), desktop.threads_waiting(timestamp), desktop.escalate_alerts(),
    desktop.reopen_alerts(text[], timestamp), desktop.thread_ids(text, timestamp, integer, boolean, timestamp, text) TO mha_staff;
