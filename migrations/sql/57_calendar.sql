-- What booking has to know, and where else there is time. Functions, because their plans outlive a rollback (a client's
-- prepared statements don't) and pass row-level security by: they look at the caller's clinic only.

-- Everything around a slot that is to be booked or held: the slot itself, locked (part 0), the provider's other slots
-- under the booking (1), closures (2), the patient's other visits at the time (3) and, with p_names, other people's
-- visits around the day whose names begin alike (4); where somebody else has the slot, what is free beside it (5).
-- p_minutes NULL is the type's length. Each step sees what committed while the lock was waited for.
-- The workstation's store has the same as one select (app/commands/booking_load.py).
CREATE OR REPLACE FUNCTION desktop.booking_facts(
    p_slot_id text, p_now timestamp, p_minutes integer, p_patient_id text, p_type_id text, p_names boolean)
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
    mine constant text[] := desktop.my_providers();
    slot public.visit_slots;
    usual integer;
    until timestamp;
    initials text[];
BEGIN
    SELECT s.* INTO slot FROM public.visit_slots s
    WHERE s.id = p_slot_id AND s.provider_id = ANY (mine) FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT a.minutes INTO usual FROM desktop.appointment_type a WHERE a.id = p_type_id AND a.clinic_id = here;
    until := greatest(slot.end_time, slot.start_time + coalesce(p_minutes, usual, 0) * interval '1 minute');
    RETURN QUERY
    SELECT 0, slot.id, slot.provider_id, slot.start_time::timestamp, slot.end_time::timestamp, slot.visit_mode,
           slot.status, slot.held_until::timestamp, slot.updated_at::timestamp, d.origin, d.grid_end::timestamp,
           d.reason, d.overbook, d.held_by, d.held_name, d.workstation, d.covered_by, d.batch_id,
           d.updated_at::timestamp, v.id, v.status, p.id, p.first_name, p.last_name,
           (SELECT x.merged_into FROM desktop.patient_detail x WHERE x.patient_id = p.id),
           usual, c.timezone, c.hold_minutes, desktop.db_now()::timestamp
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
    IF slot.status = 'BOOKED' OR slot.status = 'HELD' AND (slot.held_until IS NULL
            OR slot.held_until > desktop.db_now()) AND NOT EXISTS (
            SELECT FROM desktop.slot_detail d WHERE d.slot_id = slot.id AND d.held_by = desktop.my_user()) THEN
        RETURN QUERY
        SELECT 5, n.id, n.provider_id, n.start_time, n.end_time, n.visit_mode, NULL::public."SlotStatus", n.wanted,
               NULL::timestamp, NULL::text, NULL::timestamp, NULL::text, NULL::boolean, NULL::text, NULL::text,
               NULL::text, NULL::text, NULL::text, NULL::timestamp, NULL::text, NULL::public."VisitStatus", NULL::text,
               n.name, NULL::text, NULL::text, NULL::integer, NULL::text, NULL::integer, NULL::timestamp
        FROM desktop.nearest_free_slots(p_slot_id, p_now, 3) n;
    END IF;
    IF p_patient_id IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT 3, s.id, s.provider_id, s.start_time::timestamp, s.end_time::timestamp, NULL::public."VisitMode",
           NULL::public."SlotStatus", NULL::timestamp, NULL::timestamp, NULL::text, NULL::timestamp, NULL::text,
           NULL::boolean, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::timestamp, v.id, v.status,
           v.patient_id, NULL::text, NULL::text, NULL::text, NULL::integer, NULL::text, NULL::integer, NULL::timestamp
    FROM public.visits v JOIN public.visit_slots s ON s.id = v.slot_id
    WHERE v.patient_id = p_patient_id AND v.status IN ('PLANNED', 'CHECKED_IN', 'IN_PROGRESS')
      AND s.provider_id = ANY (mine) AND s.start_time < until AND s.end_time > slot.start_time;
    IF NOT p_names THEN
        RETURN;
    END IF;
    SELECT ARRAY[lower(left(p.first_name, 1)), upper(left(p.first_name, 1)), lower(left(p.last_name, 1)),
                 upper(left(p.last_name, 1))] INTO initials
    FROM public.patients p WHERE p.id = p_patient_id AND p.clinic_id = here;
    RETURN QUERY
    SELECT 4, s.id, s.provider_id, s.start_time::timestamp, s.end_time::timestamp, NULL::public."VisitMode",
           NULL::public."SlotStatus", NULL::timestamp, NULL::timestamp, NULL::text, NULL::timestamp, NULL::text,
           NULL::boolean, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::timestamp, v.id, v.status,
           p.id, p.first_name, p.last_name, NULL::text, NULL::integer, NULL::text, NULL::integer, NULL::timestamp
    FROM public.visit_slots s JOIN public.visits v ON v.slot_id = s.id JOIN public.patients p ON p.id = v.patient_id
    WHERE s.provider_id = ANY (mine) AND p.clinic_id = here AND s.start_time > slot.start_time - interval '14 hours'
      AND s.start_time < slot.start_time + interval '14 hours' AND v.patient_id <> p_patient_id
      AND v.status IN ('PLANNED', 'CHECKED_IN', 'IN_PROGRESS', 'COMPLETED')
      AND (left(p.first_name, 1) = ANY (initials) OR left(p.last_name, 1) = ANY (initials));
END $$;

-- Up to p_count free slots on either side of a slot, of its provider and mode, from p_now on: FREE or a hold that ran
-- out, of the provider's hours, and nothing that takes or shuts any of the time.
CREATE OR REPLACE FUNCTION desktop.nearest_free_slots(p_slot_id text, p_now timestamp, p_count integer)
RETURNS TABLE (id text, start_time timestamp, end_time timestamp, visit_mode public."VisitMode", provider_id text,
    name text, wanted timestamp)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 6 SET search_path = pg_catalog, pg_temp SET jit = off
SET plan_cache_mode = force_generic_plan
SET enable_sort = off SET enable_bitmapscan = off AS $$  -- it stops after a few: the index has them in order
#variable_conflict use_column
DECLARE
    present constant timestamp := desktop.db_now();
    lost public.visit_slots;
    one public.visit_slots;
    called text;
    offered integer := 0;
BEGIN
    SELECT s.* INTO lost FROM public.visit_slots s
    WHERE s.id = p_slot_id AND s.provider_id = ANY (desktop.my_providers());
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT p.name INTO called FROM public.providers p WHERE p.id = lost.provider_id;
    FOR one IN SELECT s.* FROM public.visit_slots s WHERE s.provider_id = lost.provider_id
               AND s.start_time >= greatest(lost.start_time, p_now) AND s.visit_mode = lost.visit_mode
               AND s.status IN ('FREE', 'HELD') AND s.id <> lost.id ORDER BY s.start_time LOOP
        IF desktop.slot_is_open(one, present) THEN
            RETURN QUERY SELECT one.id, one.start_time::timestamp, one.end_time::timestamp, one.visit_mode,
                one.provider_id, called, lost.start_time::timestamp;
            offered := offered + 1;
            EXIT WHEN offered >= p_count;
        END IF;
    END LOOP;
    offered := 0;
    FOR one IN SELECT s.* FROM public.visit_slots s WHERE s.provider_id = lost.provider_id
               AND s.start_time < lost.start_time AND s.start_time >= p_now AND s.visit_mode = lost.visit_mode
               AND s.status IN ('FREE', 'HELD') AND s.id <> lost.id ORDER BY s.start_time DESC LOOP
        IF desktop.slot_is_open(one, present) THEN
            RETURN QUERY SELECT one.id, one.start_time::timestamp, one.end_time::timestamp, one.visit_mode,
                one.provider_id, called, lost.start_time::timestamp;
            offered := offered + 1;
            EXIT WHEN offered >= p_count;
        END IF;
    END LOOP;
END $$;

-- Whether a slot can be offered: FREE or a hold that ran out, of the provider's hours, without a visit that has not
-- ended, and with nothing over it that takes or shuts any of its time.
CREATE OR REPLACE FUNCTION desktop.slot_is_open(p_slot public.visit_slots, p_present timestamp) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (p_slot.status = 'FREE' OR p_slot.status = 'HELD' AND p_slot.held_until <= p_present)
        AND p_slot.start_time < p_slot.end_time
        AND NOT EXISTS (SELECT FROM desktop.slot_detail d WHERE d.slot_id = p_slot.id
                       AND d.origin IN ('made', 'retired', 'history'))
        AND NOT EXISTS (SELECT FROM public.visits v WHERE v.slot_id = p_slot.id
                        AND v.status IN ('PLANNED', 'CHECKED_IN', 'IN_PROGRESS'))
        AND NOT EXISTS (
            SELECT FROM public.visit_slots o
            WHERE o.provider_id = p_slot.provider_id AND o.start_time > p_slot.start_time - interval '24 hours'
              AND o.start_time < p_slot.end_time AND o.end_time > p_slot.start_time AND o.id <> p_slot.id
              AND (o.status = 'BOOKED'
                   OR o.status = 'HELD' AND (o.held_until IS NULL OR o.held_until > p_present)
                   OR o.status = 'BLOCKED' AND NOT EXISTS (
                       SELECT FROM desktop.slot_detail d WHERE d.slot_id = o.id
                       AND (d.covered_by IS NOT NULL OR d.origin IN ('retired', 'history')))
                   OR o.status IN ('FREE', 'HELD') AND EXISTS (
                       SELECT FROM public.visits v WHERE v.slot_id = o.id
                       AND v.status IN ('PLANNED', 'CHECKED_IN', 'IN_PROGRESS'))))
        AND NOT EXISTS (SELECT FROM desktop.day_closure c WHERE c.provider_id = p_slot.provider_id
                        AND c.reopened_at IS NULL AND c.start_time < p_slot.end_time
                        AND c.end_time > p_slot.start_time);
END $$;

REVOKE ALL ON FUNCTION desktop.booking_facts(text, timestamp, integer, text, text, boolean),
    desktop.nearest_free_slots(text, timestamp, integer),
    desktop.slot_is_open(public.visit_slots, timestamp) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.booking_facts(text, timestamp, integer, text, text, boolean),
    desktop.nearest_free_slots(text, timestamp, integer) TO mha_staff;
