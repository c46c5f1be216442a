-- Leases (offline.md, "Offline booking"): free slots that a workstation keeps for what it books while it is offline.
--
-- A leased slot is HELD without an end and has a row in desktop.slot_lease. Its claim on the provider's time is as any
-- hold's, so nobody else can book it, the backend neither. It ends when that workstation books it, gives it back or is
-- heard from on a later day, and when an ADMIN releases it; never by the clock alone.

-- The clinic's choice, in clinic_settings.settings: {"offlineLeases": {"share": 0.2, "days": 3, "leave": 1}}. A
-- workstation takes up to that share of the free slots of each provider and day, today and the next days, and leaves
-- so many of them alone. Off unless it is there; anything unreadable is off.
CREATE OR REPLACE FUNCTION desktop.lease_rule(
    p_settings jsonb, OUT share numeric, OUT days integer, OUT leave_free integer)
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rule constant jsonb := p_settings -> 'offlineLeases';
BEGIN
    share := CASE WHEN jsonb_typeof(rule -> 'share') = 'number'
                  THEN least(greatest((rule ->> 'share')::numeric, 0), 1) ELSE 0 END;
    days := CASE WHEN jsonb_typeof(rule -> 'days') = 'number'
                 THEN least(greatest((rule ->> 'days')::numeric, 1), 7) ELSE 3 END;
    leave_free := CASE WHEN jsonb_typeof(rule -> 'leave') = 'number'
                  THEN least(greatest((rule ->> 'leave')::numeric, 0), 1000) ELSE 1 END;
END $$;

-- Gives leased slots back: FREE again, or BLOCKED where the time was blocked or closed meanwhile or lies under a
-- longer booking. Other slots among them are left alone. Whoever calls has locked them. Returns how many.
CREATE OR REPLACE FUNCTION desktop.end_leases(p_slots text[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off SET enable_seqscan = off AS $$
DECLARE
    present constant timestamp := desktop.db_now();
    ids text[];
    ended integer;
BEGIN
    WITH gone AS (DELETE FROM desktop.slot_lease l WHERE l.slot_id = ANY (p_slots) RETURNING l.slot_id)
    SELECT array_agg(g.slot_id ORDER BY g.slot_id) INTO ids FROM gone g;
    IF ids IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE desktop.slot_detail d SET held_by = NULL, held_name = NULL, workstation = NULL,
        batch_id = coalesce(d.batch_id, (
            SELECT c.id FROM desktop.day_closure c WHERE c.provider_id = s.provider_id AND c.reopened_at IS NULL
            AND c.start_time < s.end_time AND c.end_time > s.start_time ORDER BY c.id LIMIT 1)),
        covered_by = (
            SELECT o.id FROM public.visit_slots o JOIN desktop.slot_detail od ON od.slot_id = o.id
            WHERE o.provider_id = s.provider_id AND o.start_time > s.start_time - interval '24 hours'
              AND o.start_time < s.end_time AND o.end_time > s.start_time AND o.id <> s.id AND o.status = 'BOOKED'
              AND (od.origin = 'made' OR o.end_time > od.grid_end) ORDER BY o.id LIMIT 1),
        updated_at = greatest(present, d.updated_at + interval '1 millisecond')
    FROM public.visit_slots s WHERE s.id = d.slot_id AND d.slot_id = ANY (ids) AND s.status = 'HELD';
    UPDATE desktop.slot_detail d SET reason = c.reason
    FROM desktop.day_closure c WHERE d.slot_id = ANY (ids) AND c.id = d.batch_id AND d.reason IS NULL;
    UPDATE public.visit_slots s SET held_until = NULL,
        status = CASE WHEN EXISTS (SELECT FROM desktop.slot_detail d WHERE d.slot_id = s.id
                                   AND (d.batch_id IS NOT NULL OR d.covered_by IS NOT NULL))
                      THEN 'BLOCKED' ELSE 'FREE' END::public."SlotStatus",
        updated_at = greatest(present, s.updated_at + interval '1 millisecond')
    WHERE s.id = ANY (ids) AND s.status = 'HELD';
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END $$;

-- The workstation gives everything back that is kept for it. Returns how many slots.
CREATE OR REPLACE FUNCTION desktop.return_leases(p_workstation text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM desktop.own_workstation(p_workstation);
    RETURN desktop.end_leases(ARRAY(
        SELECT s.id FROM desktop.slot_lease l JOIN public.visit_slots s ON s.id = l.slot_id
        WHERE l.workstation_id = p_workstation ORDER BY s.id FOR UPDATE OF s));
END $$;

-- An ADMIN releases what is kept for a workstation, away or not: what it books there offline is a hope from then on.
CREATE OR REPLACE FUNCTION desktop.release_leases(p_workstation text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    from_here constant text := current_setting('mha.workstation', true);
    released integer;
BEGIN
    PERFORM desktop.require_admin('release_leases');
    released := desktop.return_leases(p_workstation);
    PERFORM set_config('mha.workstation', coalesce(from_here, ''), true);
    RETURN released;
END $$;

-- What a workstation should take and give back of these providers' slots. It holds up to its share of a provider's day,
-- all workstations together at most half (or the share, where that is more), and some slots are left alone: what the
-- share is taken of counts free and leased slots, so asking again changes nothing. Taken are slots spread over the
-- day, none overlapping another; given back are those that are over, closed, blocked or beyond the days, and the
-- latest of too many.
CREATE OR REPLACE FUNCTION desktop.lease_plan(p_workstation text, p_providers text[], OUT take text[], OUT give text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off SET enable_seqscan = off
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    present constant timestamp := desktop.db_now();
    here constant text := desktop.my_clinic();
    zone text;
    rule record;
    until timestamp;
BEGIN
    SELECT c.timezone, r.* INTO STRICT rule FROM desktop.clinic_settings c, desktop.lease_rule(c.settings) r
    WHERE c.clinic_id = here;
    zone := rule.timezone;
    until := ((present AT TIME ZONE 'UTC' AT TIME ZONE zone)::date + rule.days)::timestamp AT TIME ZONE zone
        AT TIME ZONE 'UTC';
    WITH kept AS MATERIALIZED (
        SELECT l.slot_id, l.workstation_id = p_workstation AS mine, s.provider_id, s.start_time,
               (s.start_time AT TIME ZONE 'UTC' AT TIME ZONE zone)::date AS day,
               s.end_time <= present OR s.start_time >= until OR d.batch_id IS NOT NULL OR EXISTS (
                   SELECT FROM desktop.day_closure c WHERE c.provider_id = s.provider_id AND c.reopened_at IS NULL
                   AND c.start_time < s.end_time AND c.end_time > s.start_time) AS useless
        FROM desktop.slot_lease l JOIN public.visit_slots s ON s.id = l.slot_id
        LEFT JOIN desktop.slot_detail d ON d.slot_id = s.id
        WHERE l.clinic_id = here AND s.provider_id = ANY (p_providers)),
    free AS MATERIALIZED (
        SELECT s.id, s.provider_id, s.start_time, s.end_time, s.visit_mode = 'VIRTUAL' AS virtual,
               (s.start_time AT TIME ZONE 'UTC' AT TIME ZONE zone)::date AS day
        FROM public.visit_slots s LEFT JOIN desktop.slot_detail d ON d.slot_id = s.id
        LEFT JOIN desktop.provider_settings p ON p.provider_id = s.provider_id
        WHERE s.provider_id = ANY (p_providers) AND rule.share > 0 AND coalesce(p.active, true)
          AND s.status = 'FREE' AND s.start_time > present AND s.start_time < until AND s.end_time > s.start_time
          AND coalesce(d.origin, '') NOT IN ('made', 'retired', 'history')
          AND NOT EXISTS (SELECT FROM desktop.slot_claim c WHERE c.provider_id = s.provider_id
                          AND c.during && tsrange(s.start_time, s.end_time))
          AND NOT EXISTS (SELECT FROM desktop.day_closure c WHERE c.provider_id = s.provider_id
                          AND c.reopened_at IS NULL AND c.start_time < s.end_time AND c.end_time > s.start_time)
          AND NOT EXISTS (
              SELECT FROM public.visit_slots b LEFT JOIN desktop.slot_detail bd ON bd.slot_id = b.id
              WHERE b.provider_id = s.provider_id AND b.start_time > s.start_time - interval '24 hours'
                AND b.start_time < s.end_time AND b.end_time > s.start_time AND b.status = 'BLOCKED'
                AND bd.covered_by IS NULL AND coalesce(bd.origin, '') NOT IN ('retired', 'history'))),
    apart AS (
        SELECT o.*, row_number() OVER (PARTITION BY o.provider_id, o.day ORDER BY o.start_time, o.id) - 1 AS place
        FROM (SELECT f.*, coalesce(max(f.end_time) OVER (
                         PARTITION BY f.provider_id ORDER BY f.start_time, f.virtual, f.id
                         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > f.start_time, false) AS under
              FROM free f) o
        WHERE NOT o.under),
    counted AS (
        SELECT x.provider_id, x.day, count(*) AS open, count(*) FILTER (WHERE x.mine IS NULL) AS free,
               count(*) FILTER (WHERE x.mine) AS mine, count(*) FILTER (WHERE NOT x.mine) AS others
        FROM (SELECT a.provider_id, a.day, NULL::boolean AS mine FROM apart a
              UNION ALL
              SELECT k.provider_id, k.day, k.mine FROM kept k WHERE NOT k.useless) x
        GROUP BY 1, 2),
    wanted AS (
        SELECT c.provider_id, c.day, c.free, c.mine, greatest(0, least(
            floor(rule.share * c.open), floor(greatest(rule.share, 0.5) * c.open) - c.others,
            c.open - rule.leave_free - c.others)) AS target
        FROM counted c),
    surplus AS (
        SELECT k.slot_id, k.useless OR row_number() OVER (
            PARTITION BY k.provider_id, k.day, k.useless ORDER BY k.start_time) > coalesce(w.target, 0) AS too_many
        FROM kept k LEFT JOIN wanted w ON w.provider_id = k.provider_id AND w.day = k.day
        WHERE k.mine)
    SELECT (SELECT array_agg(a.id) FROM apart a JOIN wanted w ON w.provider_id = a.provider_id AND w.day = a.day
            WHERE w.target > w.mine AND floor((a.place + 1) * (w.target - w.mine) / w.free)
                > floor(a.place * (w.target - w.mine) / w.free)),
           (SELECT array_agg(s.slot_id) FROM surplus s WHERE s.too_many)
    INTO take, give;
END $$;

-- The periodic call of an enrolled workstation, once it has sent what it had: takes what it should keep by the
-- clinic's rule, gives back what it shouldn't, and returns what is kept for it then. It waits for nobody: a provider
-- whose time somebody is changing at this moment, and slots that somebody is about to book, are left for the next call.
CREATE OR REPLACE FUNCTION desktop.lease_slots(p_workstation text)
RETURNS TABLE (slot_id text, provider_id text, start_time timestamp, end_time timestamp)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    here constant desktop.workstation := desktop.own_workstation(p_workstation);
    present constant timestamp := desktop.db_now();
    providers text[];
    plan record;
    taken text[];
BEGIN
    IF here.revoked_at IS NOT NULL THEN
        PERFORM desktop.fail('MH003', 'WorkstationRevoked');
    ELSIF here.enrolled_at IS NULL THEN
        PERFORM desktop.fail('MH003', 'NotEnrolled', 'lease_slots');
    END IF;
    -- The lock of claim_slots: nobody else's claims change while the plan is made and carried out.
    WITH ours AS MATERIALIZED (SELECT p.id FROM public.providers p WHERE p.clinic_id = here.clinic_id)
    SELECT array_agg(o.id) INTO providers FROM ours o
    WHERE pg_try_advisory_xact_lock(hashtextextended('mha.provider ' || o.id, 0));
    SELECT * INTO plan FROM desktop.lease_plan(p_workstation, providers);
    PERFORM desktop.end_leases(ARRAY(
        SELECT s.id FROM public.visit_slots s WHERE s.id = ANY (plan.give) ORDER BY s.id FOR UPDATE SKIP LOCKED));
    taken := ARRAY(SELECT s.id FROM public.visit_slots s WHERE s.id = ANY (plan.take) AND s.status = 'FREE'
                   ORDER BY s.id FOR UPDATE SKIP LOCKED);
    IF taken <> '{}' THEN
        UPDATE public.visit_slots s SET status = 'HELD', held_until = NULL,
            updated_at = greatest(present, s.updated_at + interval '1 millisecond')
        WHERE s.id = ANY (taken);
        INSERT INTO desktop.slot_detail AS d (slot_id, origin, held_name, workstation, updated_at)
        SELECT t.id, 'adopted', here.name, here.id, present FROM unnest(taken) t(id)
        ON CONFLICT (slot_id) DO UPDATE SET held_by = NULL, held_name = excluded.held_name,
            workstation = excluded.workstation,
            updated_at = greatest(present, d.updated_at + interval '1 millisecond');
        INSERT INTO desktop.slot_lease (slot_id, clinic_id, workstation_id, leased_at)
        SELECT t.id, here.clinic_id, here.id, present FROM unnest(taken) t(id);
    END IF;
    RETURN QUERY SELECT s.id, s.provider_id, s.start_time::timestamp, s.end_time::timestamp
        FROM desktop.slot_lease l JOIN public.visit_slots s ON s.id = l.slot_id
        WHERE l.workstation_id = p_workstation ORDER BY s.start_time, s.id;
END $$;

-- A leased slot that leaves HELD, or becomes a hold with an end, is leased no more.
CREATE OR REPLACE FUNCTION desktop.drop_lease() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM desktop.slot_lease l WHERE l.slot_id = NEW.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER mha_lease_u AFTER UPDATE ON public.visit_slots FOR EACH ROW
    WHEN (OLD.status = 'HELD' AND OLD.held_until IS NULL AND (NEW.status <> 'HELD' OR NEW.held_until IS NOT NULL))
    EXECUTE FUNCTION desktop.drop_lease();

REVOKE ALL ON FUNCTION desktop.lease_rule(jsonb), desktop.lease_plan(text, text[]), desktop.lease_slots(text),
    desktop.end_leases(text[]), desktop.return_leases(text),
    desktop.release_leases(text), desktop.drop_lease() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.lease_slots(text), desktop.return_leases(text) TO mha_staff;
GRANT EXECUTE ON FUNCTION desktop.release_leases(text) TO mha_admin;
