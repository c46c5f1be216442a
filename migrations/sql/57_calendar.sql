-- What booking has to know, and where else there is time. Functions, because their plans outlive a rollback (a client's
-- prepared statements don't) and pass row-level security by: they look at the caller's clinic only.

-- Everything around a slot that is to be booked or held: the slot itself, locked (part 0), the provider's other slots
-- under the booking (1), closures (2), the patient's other visits at the time (3) and, with p_names, other people's
-- visits of the day whose names are alike (4); where somebody else has the slot, what is free beside it (5).
-- p_minutes NULL is the type's length. Each step sees what committed while the lock was waited for.
-- With p_may_lose a slot that has a visit is not locked: who comes second writes nothing, waits for nobody and hears
-- where else there is time, which is what most of those who race for a slot need. The caller must refuse then.
-- The workstation's store has the same as one select (app/commands/booking_load.py).
DROP FUNCTION IF EXISTS desktop.booking_facts(text, timestamp, integer, text, text, boolean);
CREATE OR REPLACE FUNCTION desktop.booking_facts(
    p_slot_id text, p_now timestamp, p_minutes integer, p_patient_id text, p_type_id text, p_names boolean,
    p_may_lose boolean DEFAULT false)
RETURNS TABLE (part integer, slot_id text, provider_id text, start_time timestamp, end_time timestamp,
    visit_mode public."VisitMode", status public."SlotStatus", held_until timestamp, updated_at timestamp, origin text,
    grid_end timestamp, reason text, overbook boolean, held_by text, held_name text, workstation text, covered_by text,
    batch_id text, held_since timestamp, visit_id text, visit_status public."VisitStatus", patient_id text,
    first_name text, last_name text, merged_into text, type_minutes integer, zone text, hold_minutes integer,
    now timestamp)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 20 SET search_path = pg_catalog, pg_temp SET jit = off
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    here constant text := desktop.my_clinic();
    present constant timestamp := desktop.db_now();
    seen record;
    slot public.visit_slots;
    lost boolean;
    usual integer;
    until timestamp;
BEGIN
    SELECT s AS slot, v.status IN ('PLANNED', 'CHECKED_IN', 'IN_PROGRESS') AS visited INTO seen
    FROM public.visit_slots s LEFT JOIN public.visits v ON v.slot_id = s.id
    WHERE s.id = p_slot_id AND (SELECT p.clinic_id FROM public.providers p WHERE p.id = s.provider_id) = here;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    slot := seen.slot;
    lost := coalesce(p_may_lose AND slot.status = 'BOOKED' AND seen.visited, false);
    IF NOT lost THEN
        SELECT s.* INTO slot FROM public.visit_slots s WHERE s.id = p_slot_id FOR UPDATE;
        IF NOT FOUND THEN
            RETURN;
        END IF;
    END IF;
    IF p_type_id IS NOT NULL THEN
        SELECT a.minutes INTO usual FROM desktop.appointment_type a WHERE a.id = p_type_id AND a.clinic_id = here;
    END IF;
    until := greatest(slot.end_time, slot.start_time + coalesce(p_minutes, usual, 0) * interval '1 minute');
    RETURN QUERY
    SELECT 0, slot.id, slot.provider_id, slot.start_time::timestamp, slot.end_time::timestamp, slot.visit_mode,
           slot.status, slot.held_until::timestamp, slot.updated_at::timestamp, d.origin, d.grid_end::timestamp,
           d.reason, d.overbook, d.held_by, d.held_name, d.workstation, d.covered_by, d.batch_id,
           d.updated_at::timestamp, v.id, v.status, p.id, p.first_name, p.last_name,
           (SELECT x.merged_into FROM desktop.patient_detail x WHERE x.patient_id = p.id),
           usual, c.timezone, c.hold_minutes, present
    FROM (SELECT) one
    LEFT JOIN desktop.slot_detail d ON d.slot_id = slot.id
    LEFT JOIN public.visits v ON v.slot_id = slot.id
    LEFT JOIN public.patients p ON p.id = p_patient_id AND p.clinic_id = here
    LEFT JOIN desktop.clinic_settings c ON c.clinic_id = here;
    RETURN QUERY
    SELECT 1, s.id, s.provider_id, s.start_time::timestamp, s.end_time::timestamp, s.visit_mode, s.status,
           s.held_until::timestamp, s.updated_at::timestamp, d.origin, d.grid_end::timestamp, d.reason, d.overbook,
           d.held_by, d.held_name, d.workstation, d.covered_by, d.batch_id, d.updated_at::timestamp, v.id, v.status,
           NULL::text, NULL::text, NULL::text, NULL::text, NULL::integer, NULL::text, NULL::integer, NULL::timestamp
    FROM public.visit_slots s
    LEFT JOIN desktop.slot_detail d ON d.slot_id = s.id
    LEFT JOIN public.visits v ON v.slot_id = s.id
    WHERE s.provider_id = slot.provider_id AND s.id <> slot.id AND s.start_time < until
      AND s.start_time > slot.start_time - interval '24 hours' AND s.end_time > slot.start_time;
    RETURN QUERY
    SELECT 2, c.id, c.provider_id, c.start_time::timestamp, c.end_time::timestamp, NULL::public."VisitMode",
           NULL::public."SlotStatus", NULL::timestamp, NULL::timestamp, NULL::text, NULL::timestamp, c.reason,
           NULL::boolean, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::timestamp, NULL::text,
           NULL::public."VisitStatus", NULL::text, NULL::text, NULL::text, NULL::text, NULL::integer, NULL::text,
           NULL::integer, NULL::timestamp
    FROM desktop.day_closure c
    WHERE c.provider_id = slot.provider_id AND c.reopened_at IS NULL AND c.start_time < until
      AND c.end_time > slot.start_time;
    IF slot.status = 'BOOKED' OR slot.status = 'HELD' AND (slot.held_until IS NULL OR slot.held_until > present)
            AND NOT EXISTS (
                SELECT FROM desktop.slot_detail d WHERE d.slot_id = slot.id AND d.held_by = desktop.my_user()) THEN
        RETURN QUERY
        SELECT 5, n.id, n.provider_id, n.start_time, n.end_time, n.visit_mode, NULL::public."SlotStatus", n.wanted,
               NULL::timestamp, NULL::text, NULL::timestamp, NULL::text, NULL::boolean, NULL::text, NULL::text,
               NULL::text, NULL::text, NULL::text, NULL::timestamp, NULL::text, NULL::public."VisitStatus", NULL::text,
               n.name, NULL::text, NULL::text, NULL::integer, NULL::text, NULL::integer, NULL::timestamp
        FROM desktop.free_beside(slot, p_now, present, 3) n;
    END IF;
    IF lost OR p_patient_id IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT 3, s.id, s.provider_id, s.start_time::timestamp, s.end_time::timestamp, NULL::public."VisitMode",
           NULL::public."SlotStatus", NULL::timestamp, NULL::timestamp, NULL::text, NULL::timestamp, NULL::text,
           NULL::boolean, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::timestamp, v.id, v.status,
           v.patient_id, NULL::text, NULL::text, NULL::text, NULL::integer, NULL::text, NULL::integer, NULL::timestamp
    FROM public.visits v JOIN public.visit_slots s ON s.id = v.slot_id
    WHERE v.patient_id = p_patient_id AND v.status IN ('PLANNED', 'CHECKED_IN', 'IN_PROGRESS')
      AND (SELECT p.clinic_id FROM public.providers p WHERE p.id = s.provider_id) = here
      AND s.start_time < until AND s.end_time > slot.start_time;
    IF p_names THEN
        RETURN QUERY
        SELECT 4, n.slot_id, n.provider_id, n.start_time, n.end_time, NULL::public."VisitMode",
               NULL::public."SlotStatus", NULL::timestamp, NULL::timestamp, NULL::text, NULL::timestamp, NULL::text,
               NULL::boolean, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::timestamp, n.visit_id,
               n.visit_status, n.patient_id, n.first_name, n.last_name, NULL::text, NULL::integer, NULL::text,
               NULL::integer, NULL::timestamp
        FROM desktop.namesakes_of_day(here, desktop.my_providers(), p_patient_id, slot.start_time::timestamp) n;
    END IF;
END $$;

-- Slots of a provider and mode that start in a span and can be offered: FREE or a hold that ran out, of the provider's
-- hours, without a visit that has not ended, and with nothing over them that takes or shuts any of their time. Without
-- settings of its own, so that it becomes part of the statements that use it. Visits' states are compared as texts and
-- looked up by their slot: else plans would read all visits of a state.
CREATE OR REPLACE FUNCTION desktop.open_slots(
    p_provider text, p_mode public."VisitMode", p_since timestamp, p_until timestamp, p_present timestamp)
RETURNS SETOF public.visit_slots LANGUAGE sql STABLE AS $$
    SELECT s.* FROM public.visit_slots s
    WHERE s.provider_id = p_provider AND s.start_time >= p_since AND s.start_time < p_until
      AND s.visit_mode = p_mode AND s.start_time < s.end_time
      AND (s.status = 'FREE' OR s.status = 'HELD' AND s.held_until <= p_present)
      AND (SELECT d.origin FROM desktop.slot_detail d WHERE d.slot_id = s.id
           AND d.origin IN ('made', 'retired', 'history')) IS NULL
      AND (SELECT v.id FROM public.visits v WHERE v.slot_id = s.id
           AND v.status::text IN ('PLANNED', 'CHECKED_IN', 'IN_PROGRESS')) IS NULL
      AND (SELECT o.id FROM public.visit_slots o
           WHERE o.provider_id = s.provider_id AND o.start_time > s.start_time - interval '24 hours'
             AND o.start_time < s.end_time AND o.end_time > s.start_time AND o.id <> s.id
             AND (o.status = 'BOOKED'
                  OR o.status = 'HELD' AND (o.held_until IS NULL OR o.held_until > p_present)
                  OR o.status = 'BLOCKED' AND (
                      SELECT true FROM desktop.slot_detail d WHERE d.slot_id = o.id
                      AND (d.covered_by IS NOT NULL OR d.origin IN ('retired', 'history'))) IS NULL
                  OR o.status IN ('FREE', 'HELD') AND (
                      SELECT true FROM public.visits v WHERE v.slot_id = o.id
                      AND v.status::text IN ('PLANNED', 'CHECKED_IN', 'IN_PROGRESS')))
           LIMIT 1) IS NULL
      AND (SELECT c.id FROM desktop.day_closure c WHERE c.provider_id = s.provider_id AND c.reopened_at IS NULL
           AND c.start_time < s.end_time AND c.end_time > s.start_time LIMIT 1) IS NULL;
$$;

-- Up to p_count slots on either side of one that somebody else has, of its provider and mode, from p_now on.
CREATE OR REPLACE FUNCTION desktop.free_beside(
    p_lost public.visit_slots, p_now timestamp, p_present timestamp, p_count integer)
RETURNS TABLE (id text, start_time timestamp, end_time timestamp, visit_mode public."VisitMode", provider_id text,
    name text, wanted timestamp)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 6 SET search_path = pg_catalog, pg_temp SET jit = off
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_sort = off SET enable_bitmapscan = off AS $$  -- it stops after a few: the index has them in order
#variable_conflict use_column
DECLARE
    called text;
BEGIN
    SELECT p.name INTO called FROM public.providers p WHERE p.id = p_lost.provider_id;
    RETURN QUERY
    SELECT n.id, n.start_time::timestamp, n.end_time::timestamp, n.visit_mode, n.provider_id, called,
           p_lost.start_time::timestamp
    FROM desktop.open_slots(p_lost.provider_id, p_lost.visit_mode, greatest(p_lost.start_time, p_now), 'infinity',
                            p_present) n
    WHERE n.id <> p_lost.id ORDER BY n.start_time LIMIT p_count;
    RETURN QUERY
    SELECT n.id, n.start_time::timestamp, n.end_time::timestamp, n.visit_mode, n.provider_id, called,
           p_lost.start_time::timestamp
    FROM desktop.open_slots(p_lost.provider_id, p_lost.visit_mode, p_now, p_lost.start_time, p_present) n
    WHERE n.id <> p_lost.id ORDER BY n.start_time DESC LIMIT p_count;
END $$;

-- The same for a slot of the caller's clinic.
CREATE OR REPLACE FUNCTION desktop.nearest_free_slots(p_slot_id text, p_now timestamp, p_count integer)
RETURNS TABLE (id text, start_time timestamp, end_time timestamp, visit_mode public."VisitMode", provider_id text,
    name text, wanted timestamp)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 6 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    lost public.visit_slots;
BEGIN
    SELECT s.* INTO lost FROM public.visit_slots s WHERE s.id = p_slot_id
    AND (SELECT p.clinic_id FROM public.providers p WHERE p.id = s.provider_id) = desktop.my_clinic();
    IF FOUND THEN
        RETURN QUERY SELECT n.* FROM desktop.free_beside(lost, p_now, desktop.db_now()::timestamp, p_count) n;
    END IF;
END $$;

DROP FUNCTION IF EXISTS desktop.slot_is_open(public.visit_slots, timestamp);
REVOKE ALL ON FUNCTION desktop.booking_facts(text, timestamp, integer, text, text, boolean, boolean),
    desktop.open_slots(text, public."VisitMode", timestamp, timestamp, timestamp),
    desktop.free_beside(public.visit_slots, timestamp, timestamp, integer),
    desktop.nearest_free_slots(text, timestamp, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.booking_facts(text, timestamp, integer, text, text, boolean, boolean),
    desktop.nearest_free_slots(text, timestamp, integer) TO mha_staff;
