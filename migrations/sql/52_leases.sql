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
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
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

REVOKE ALL ON FUNCTION desktop.lease_rule(jsonb), desktop.end_leases(text[]), desktop.return_leases(text),
    desktop.release_leases(text), desktop.drop_lease() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.return_leases(text) TO mha_staff;
GRANT EXECUTE ON FUNCTION desktop.release_leases(text) TO mha_admin;
