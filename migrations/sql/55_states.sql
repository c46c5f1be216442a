-- State machines and documents that are out of the house. They bind members of staff; the backend is bound by claims
-- alone, and so are our own definer functions: the triggers' WHEN lets the owner of this schema pass.

-- Which step may follow which, and whose it is (NULL: everybody's on the staff).
CREATE OR REPLACE FUNCTION desktop.transitions()
RETURNS TABLE (machine text, old_state text, new_state text, roles text[])
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    VALUES
        ('visit', 'PLANNED', 'CHECKED_IN', NULL::text[]),
        ('visit', 'PLANNED', 'CANCELLED', NULL),
        ('visit', 'CHECKED_IN', 'IN_PROGRESS', '{PROVIDER}'),
        ('visit', 'CHECKED_IN', 'NO_SHOW', NULL),
        ('visit', 'CHECKED_IN', 'CANCELLED', NULL),
        ('visit', 'IN_PROGRESS', 'COMPLETED', '{PROVIDER}'),
        ('visit', 'IN_PROGRESS', 'CANCELLED', NULL),
        ('slot', 'FREE', 'HELD', NULL),
        ('slot', 'FREE', 'BOOKED', NULL),
        ('slot', 'FREE', 'BLOCKED', NULL),
        ('slot', 'HELD', 'FREE', NULL),
        ('slot', 'HELD', 'BOOKED', NULL),
        ('slot', 'HELD', 'BLOCKED', NULL),  -- one's own, covered by the longer booking it became
        ('slot', 'BOOKED', 'FREE', NULL),
        ('slot', 'BOOKED', 'BLOCKED', NULL),
        ('slot', 'BLOCKED', 'FREE', NULL),
        ('request', 'NEW', 'TRIAGED', NULL),
        ('request', 'NEW', 'CANCELLED', NULL),
        ('request', 'TRIAGED', 'AWAITING_PATIENT_CONFIRMATION', NULL),
        ('request', 'TRIAGED', 'CONVERTED_TO_VISIT', NULL),
        ('request', 'TRIAGED', 'CANCELLED', NULL),
        ('request', 'AWAITING_PATIENT_CONFIRMATION', 'CONVERTED_TO_VISIT', NULL),
        ('request', 'AWAITING_PATIENT_CONFIRMATION', 'CANCELLED', NULL),
        ('telemed', 'NOT_STARTED', 'WAITING', NULL),
        ('telemed', 'NOT_STARTED', 'ENDED', NULL),
        ('telemed', 'WAITING', 'ACTIVE', NULL),
        ('telemed', 'WAITING', 'ENDED', NULL),
        ('telemed', 'ACTIVE', 'ENDED', NULL),
        ('lab', 'ORDERED', 'IN_PROGRESS', '{PROVIDER,MEDICAL_ASSISTANT}'),
        ('lab', 'ORDERED', 'CANCELLED', '{PROVIDER}'),
        ('lab', 'IN_PROGRESS', 'COMPLETED', '{PROVIDER,MEDICAL_ASSISTANT}'),
        ('lab', 'IN_PROGRESS', 'CANCELLED', '{PROVIDER}'),
        ('referral', 'PENDING', 'SENT', '{PROVIDER}'),
        ('referral', 'PENDING', 'CANCELLED', '{PROVIDER}'),
        ('referral', 'SENT', 'ACCEPTED', '{PROVIDER,MEDICAL_ASSISTANT}'),
        ('referral', 'SENT', 'CANCELLED', '{PROVIDER}'),
        ('referral', 'ACCEPTED', 'COMPLETED', '{PROVIDER,MEDICAL_ASSISTANT}'),
        ('referral', 'ACCEPTED', 'CANCELLED', '{PROVIDER}'),
        ('note', 'DRAFT', 'SENT', '{PROVIDER}'),
        ('note', 'SENT', 'EXPIRED', NULL),
        ('alert', 'ACTIVE', 'RESOLVED', '{PROVIDER}'),
        ('alert', 'ACTIVE', 'DISMISSED', '{PROVIDER,MEDICAL_ASSISTANT}');
$$;

-- Refuses a step that isn't in the table, or isn't the person's.
CREATE OR REPLACE FUNCTION desktop.check_step(p_machine text, p_old text, p_new text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    step record;
BEGIN
    SELECT t.roles INTO step FROM desktop.transitions() t
    WHERE t.machine = p_machine AND t.old_state = p_old AND t.new_state = p_new;
    IF NOT FOUND THEN
        PERFORM desktop.fail('MH001', 'BadTransition', format('%s: %s to %s', p_machine, p_old, p_new));
    END IF;
    IF step.roles IS NOT NULL AND NOT step.roles && desktop.my_roles() THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', format('%s: %s to %s', p_machine, p_old, p_new));
    END IF;
END $$;

-- For tables with nothing but the machine; the second argument of the trigger is the state that a row begins in.
CREATE OR REPLACE FUNCTION desktop.guard_state() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_user() IS NULL THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        PERFORM desktop.check_step(TG_ARGV[0], OLD.status::text, NEW.status::text);
    ELSIF NEW.status::text <> TG_ARGV[1] THEN
        PERFORM desktop.fail('MH001', 'BadTransition', format('%s: begins as %s', TG_ARGV[0], TG_ARGV[1]));
    END IF;
    RETURN NEW;
END $$;

-- Only the provider of a visit starts and completes it.
CREATE OR REPLACE FUNCTION desktop.guard_visit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_user() IS NULL THEN
        RETURN NEW;
    END IF;
    PERFORM desktop.check_step('visit', OLD.status::text, NEW.status::text);
    IF NEW.status IN ('IN_PROGRESS', 'COMPLETED') AND NEW.provider_id IS DISTINCT FROM desktop.my_provider() THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'visit: another provider''s');
    END IF;
    RETURN NEW;
END $$;

-- Why a person may not use a slot that is HELD: a hold belongs to who made it, until it expires; then the slot counts
-- as FREE for everyone. One held for a patient's answer may be booked by whoever takes it. A leased slot
-- (52_leases.sql) belongs to its workstation, whoever works there. NULL when they may.
CREATE OR REPLACE FUNCTION desktop.foreign_hold(p_slot_id text, p_held_until timestamp) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_held_until <= desktop.db_now() THEN
        RETURN NULL;
    ELSIF p_held_until IS NULL AND EXISTS (SELECT FROM desktop.slot_lease l WHERE l.slot_id = p_slot_id) THEN
        RETURN CASE WHEN NOT EXISTS (
            SELECT FROM desktop.slot_lease l WHERE l.slot_id = p_slot_id
            AND l.workstation_id = current_setting('mha.workstation', true)) THEN 'kept for a workstation' END;
    ELSIF EXISTS (SELECT FROM desktop.slot_claim c
                  WHERE c.slot_id = p_slot_id AND c.holder IS DISTINCT FROM desktop.my_user())
        AND NOT EXISTS (SELECT FROM public.visit_requests r WHERE r.proposed_slot_id = p_slot_id
                        AND r.status = 'AWAITING_PATIENT_CONFIRMATION') THEN
        RETURN 'held by another person';
    END IF;
    RETURN NULL;
END $$;

-- Besides, an ADMIN may release any hold, and closing the provider's day ends all but leases.
CREATE OR REPLACE FUNCTION desktop.guard_slot() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    state text := OLD.status::text;
    why text;
BEGIN
    IF desktop.my_user() IS NULL THEN
        RETURN NEW;
    END IF;
    IF state = 'HELD' THEN
        IF OLD.held_until <= desktop.db_now() THEN
            state := 'FREE';
        END IF;
        why := desktop.foreign_hold(OLD.id, OLD.held_until);
        IF why IS NOT NULL AND NOT (NEW.status = 'FREE' AND desktop.has_role('ADMIN'))
            AND NOT (why = 'held by another person' AND NEW.status = 'BLOCKED' AND EXISTS (
                SELECT FROM desktop.day_closure c WHERE c.provider_id = OLD.provider_id AND c.reopened_at IS NULL
                AND c.start_time < OLD.end_time AND c.end_time > OLD.start_time)) THEN
            PERFORM desktop.fail('MH002', 'SlotTaken', why);
        END IF;
    END IF;
    IF NEW.status::text <> state THEN
        PERFORM desktop.check_step('slot', state, NEW.status::text);
    END IF;
    RETURN NEW;
END $$;

-- A visit that begins on, or goes to, a slot that another person or workstation holds would take the hold along: whoever
-- books takes the slot first, and guard_slot says whether they may.
CREATE OR REPLACE FUNCTION desktop.guard_visit_slot() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    why text;
BEGIN
    SELECT desktop.foreign_hold(s.id, s.held_until) INTO why
    FROM public.visit_slots s WHERE s.id = NEW.slot_id AND s.status = 'HELD';
    IF why IS NOT NULL AND desktop.my_user() IS NOT NULL THEN
        PERFORM desktop.fail('MH002', 'SlotTaken', why);
    END IF;
    RETURN NEW;
END $$;

-- A note that was sent never changes; it expires once its last day has passed in the clinic.
CREATE OR REPLACE FUNCTION desktop.guard_note() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today date;
BEGIN
    IF desktop.my_user() IS NULL THEN
        RETURN NEW;
    END IF;
    IF OLD.status <> 'DRAFT' AND to_jsonb(NEW) - '{status,updated_at}'::text[]
            IS DISTINCT FROM to_jsonb(OLD) - '{status,updated_at}'::text[] THEN
        PERFORM desktop.fail('MH003', 'DocumentLocked', 'excuse_notes');
    END IF;
    IF NEW.status <> OLD.status THEN
        PERFORM desktop.check_step('note', OLD.status::text, NEW.status::text);
        SELECT (desktop.db_now() AT TIME ZONE 'UTC' AT TIME ZONE s.timezone)::date INTO today
        FROM desktop.clinic_settings s WHERE s.clinic_id = desktop.my_clinic();
        IF NEW.status = 'EXPIRED' AND OLD.end_date::date >= coalesce(today, desktop.db_now()::date) THEN
            PERFORM desktop.fail('MH001', 'BadTransition', 'note: its last day has not passed');
        END IF;
    END IF;
    RETURN NEW;
END $$;

-- Every change of a visit's status, whoever makes it. The id follows from visit, status and moment, so that the
-- workstation's store makes the same one (app/db/local_triggers.py). A writer who forgot updated_at gets our time.
CREATE OR REPLACE FUNCTION desktop.visit_event_id(p_visit_id text, p_status text, p_at timestamp) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(substr(sha256(convert_to(
        p_visit_id || '/' || p_status || '/' || (extract(epoch FROM p_at) * 1000)::bigint, 'UTF8')), 1, 16),
        'hex')::uuid::text;
$$;

CREATE OR REPLACE FUNCTION desktop.log_visit_events() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off SET enable_nestloop = off
SET enable_seqscan = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO desktop.visit_event (id, visit_id, status, at, by_user, command_id)
        SELECT desktop.visit_event_id(n.id, n.status::text, n.updated_at), n.id, n.status, n.updated_at,
               desktop.my_user(), nullif(current_setting('mha.command', true), '')
        FROM new_rows n
        ON CONFLICT (id) DO NOTHING;
    ELSE
        INSERT INTO desktop.visit_event (id, visit_id, status, at, by_user, reason, command_id)
        SELECT desktop.visit_event_id(x.id, x.status::text, x.at), x.id, x.status, x.at, desktop.my_user(),
               CASE WHEN x.status IN ('CANCELLED', 'NO_SHOW') THEN
                   (SELECT d.cancel_reason FROM desktop.visit_detail d WHERE d.visit_id = x.id) END,
               nullif(current_setting('mha.command', true), '')
        FROM (SELECT n.id, n.status, CASE WHEN n.updated_at > o.updated_at THEN n.updated_at
                  ELSE greatest(desktop.db_now(), o.updated_at + interval '1 millisecond') END AS at
              FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE o.status <> n.status) x
        ON CONFLICT (id) DO NOTHING;
        IF desktop.my_user() IS NULL THEN
            -- A visit and its session end together; staff's commands see to it themselves, the backend doesn't.
            UPDATE public.virtual_visit_sessions s SET status = 'ENDED', ended_at = n.updated_at,
                updated_at = greatest(n.updated_at, s.updated_at + interval '1 millisecond')
            FROM new_rows n JOIN old_rows o ON o.id = n.id
            WHERE s.visit_id = n.id AND s.status <> 'ENDED' AND o.status <> n.status
                AND n.status IN ('CANCELLED', 'NO_SHOW', 'COMPLETED');
        END IF;
    END IF;
    RETURN NULL;
END $$;

-- The slot that a called-off visit was on, as it was before the transaction that called it off: BOOKED, at its
-- length, with what it covered. Fails with no_double_booking or SlotTaken when somebody has the time by now.
CREATE OR REPLACE FUNCTION desktop.restore_slot(p_slot_id text, p_visit_id text, p_xid xid8) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    slot public.visit_slots;
    was jsonb;
    detail_was jsonb;
    left_as text;
    present constant timestamp := desktop.db_now();
BEGIN
    SELECT a.before INTO was FROM desktop.audit a
    WHERE a.table_name = 'visit_slots' AND a.row_id = p_slot_id AND a.xid = p_xid AND a.op = 'U'
    ORDER BY a.seq LIMIT 1;
    IF NOT FOUND THEN
        RETURN;  -- whoever called the visit off left the slot as it was
    END IF;
    SELECT a.after ->> 'status' INTO left_as FROM desktop.audit a
    WHERE a.table_name = 'visit_slots' AND a.row_id = p_slot_id AND a.xid = p_xid
    ORDER BY a.seq DESC LIMIT 1;
    SELECT * INTO slot FROM public.visit_slots s WHERE s.id = p_slot_id FOR UPDATE;
    IF NOT FOUND
        OR NOT (slot.status::text = left_as OR slot.status = 'FREE'
                OR slot.status = 'HELD' AND slot.held_until <= present)
        OR EXISTS (SELECT FROM public.visits v WHERE v.slot_id = p_slot_id AND v.id <> p_visit_id) THEN
        PERFORM desktop.fail('MH002', 'SlotTaken');
    END IF;
    SELECT a.before INTO detail_was FROM desktop.audit a
    WHERE a.table_name = 'slot_detail' AND a.row_id = p_slot_id AND a.xid = p_xid AND a.op = 'U'
    ORDER BY a.seq LIMIT 1;
    UPDATE desktop.slot_detail d SET origin = detail_was ->> 'origin', overbook = (detail_was ->> 'overbook')::boolean,
        grid_end = (detail_was ->> 'grid_end')::timestamp,
        updated_at = greatest(present, d.updated_at)
    WHERE d.slot_id = p_slot_id AND detail_was IS NOT NULL;
    WITH covered AS (
        UPDATE desktop.slot_detail d SET covered_by = p_slot_id,
            updated_at = greatest(present, d.updated_at)
        FROM desktop.audit a
        WHERE a.xid = p_xid AND a.table_name = 'slot_detail' AND a.op = 'U' AND a.row_id = d.slot_id
          AND a.before ->> 'covered_by' = p_slot_id AND d.covered_by IS NULL
        RETURNING d.slot_id)
    UPDATE public.visit_slots s SET status = 'BLOCKED', held_until = NULL,
        updated_at = greatest(present, s.updated_at + interval '1 millisecond')
    FROM covered c WHERE s.id = c.slot_id AND (s.status = 'FREE' OR s.status = 'HELD' AND s.held_until <= present);
    UPDATE public.visit_slots s SET status = (was ->> 'status')::public."SlotStatus", held_until = NULL,
        end_time = (was ->> 'end_time')::timestamp,
        updated_at = greatest(present, s.updated_at + interval '1 millisecond')
    WHERE s.id = p_slot_id;
END $$;

-- What went with the transition: why it was called off, room and flow, the end of a virtual session.
CREATE OR REPLACE FUNCTION desktop.restore_visit_parts(p_visit_id text, p_xid xid8) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    present constant timestamp := desktop.db_now();
BEGIN
    UPDATE desktop.visit_detail d SET cancel_kind = a.before ->> 'cancel_kind',
        cancel_reason = a.before ->> 'cancel_reason', flow = a.before ->> 'flow', room = a.before ->> 'room',
        updated_at = greatest(present, d.updated_at)
    FROM (SELECT DISTINCT ON (x.row_id) x.before FROM desktop.audit x
          WHERE x.table_name = 'visit_detail' AND x.row_id = p_visit_id AND x.xid = p_xid
          ORDER BY x.row_id, x.seq) a
    WHERE d.visit_id = p_visit_id;
    UPDATE public.virtual_visit_sessions v SET status = (a.before ->> 'status')::public."TelemedStatus",
        ended_at = (a.before ->> 'ended_at')::timestamp,
        updated_at = greatest(present, v.updated_at)
    FROM desktop.audit a
    WHERE v.visit_id = p_visit_id AND v.status = 'ENDED' AND a.table_name = 'virtual_visit_sessions'
      AND a.row_id = v.id AND a.xid = p_xid AND a.op = 'U' AND a.before ->> 'status' <> 'ENDED';
END $$;

-- What every way back asks of the step that it takes back (its number in the audit): there is one, it is one's own, it
-- is no older than 15 minutes of the server's time, and nobody else has changed the row since. Who calls it holds the row.
CREATE OR REPLACE FUNCTION desktop.check_undo(p_seq bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me constant text := desktop.my_user();
    step desktop.audit;
BEGIN
    SELECT a.* INTO step FROM desktop.audit a WHERE a.seq = p_seq;
    IF NOT FOUND THEN
        PERFORM desktop.fail('MH003', 'NothingToUndo');
    ELSIF step.user_id IS DISTINCT FROM me THEN
        PERFORM desktop.fail('MH003', 'UndoNotYours');
    ELSIF step.at < desktop.db_now() - interval '15 minutes' THEN
        PERFORM desktop.fail('MH003', 'UndoTooLate');
    ELSIF EXISTS (SELECT FROM desktop.audit a WHERE a.table_name = step.table_name AND a.row_id = step.row_id
                  AND a.seq > step.seq AND a.user_id IS DISTINCT FROM me) THEN
        PERFORM desktop.fail('MH001', 'StateChanged');
    END IF;
END $$;

-- The only way back in the visits' machine: the last transition (check_undo says of which). A called-off visit gets its slot back if it is still free.
-- p_expected is the status that the person saw; returns the one restored. An undo itself can't be undone.
CREATE OR REPLACE FUNCTION desktop.undo_visit_status(p_visit_id text, p_expected text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me constant text := desktop.my_user();
    present constant timestamp := desktop.db_now();
    visit public.visits;
    step desktop.audit;
BEGIN
    SELECT v.* INTO visit FROM public.visits v JOIN public.patients p ON p.id = v.patient_id
    WHERE v.id = p_visit_id AND p.clinic_id = desktop.my_clinic() FOR UPDATE OF v;
    IF me IS NULL OR NOT FOUND THEN
        PERFORM desktop.fail('42501', 'NotAllowed', 'undo_visit_status');
    END IF;
    IF visit.status::text IS DISTINCT FROM p_expected THEN
        PERFORM desktop.fail('MH001', 'StateChanged');
    END IF;
    SELECT a.* INTO step FROM desktop.audit a
    WHERE a.table_name = 'visits' AND a.row_id = p_visit_id AND a.op = 'U'
      AND a.before ->> 'status' <> a.after ->> 'status'
    ORDER BY a.seq DESC LIMIT 1;
    IF NOT FOUND OR step.after ->> 'status' <> p_expected OR NOT EXISTS (
        SELECT FROM desktop.transitions() t WHERE t.machine = 'visit'
        AND t.old_state = step.before ->> 'status' AND t.new_state = step.after ->> 'status') THEN
        PERFORM desktop.fail('MH003', 'NothingToUndo');
    END IF;
    PERFORM desktop.check_undo(step.seq);
    IF visit.status IN ('CANCELLED', 'NO_SHOW') THEN
        PERFORM desktop.restore_slot(step.before ->> 'slot_id', p_visit_id, step.xid);
    END IF;
    UPDATE public.visits v SET status = (step.before ->> 'status')::public."VisitStatus",
        slot_id = CASE WHEN visit.slot_id = step.after ->> 'slot_id' THEN step.before ->> 'slot_id' ELSE v.slot_id END,
        updated_at = greatest(present, v.updated_at + interval '1 millisecond')
    WHERE v.id = p_visit_id;
    DELETE FROM public.visit_slots s USING desktop.slot_detail d
    WHERE s.id = visit.slot_id AND d.slot_id = s.id AND d.origin = 'retired' AND d.copied_from IS NOT NULL
      AND NOT EXISTS (SELECT FROM public.visits v WHERE v.slot_id = s.id);
    PERFORM desktop.restore_visit_parts(p_visit_id, step.xid);
    RETURN step.before ->> 'status';
END $$;

-- A visit that was moved to the clinic closed its room; when it goes back to video before it has begun, the room opens
-- again. A visit has one session for good (visit_id is unique), so a new one can't take its place.
CREATE OR REPLACE FUNCTION desktop.reopen_session(p_visit_id text, p_at timestamp) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_user() IS NULL OR NOT EXISTS (
            SELECT FROM public.visits v JOIN public.patients p ON p.id = v.patient_id
            WHERE v.id = p_visit_id AND p.clinic_id = desktop.my_clinic() AND v.status IN ('PLANNED', 'CHECKED_IN')) THEN
        PERFORM desktop.fail('42501', 'NotAllowed', 'reopen_session');
    END IF;
    UPDATE public.virtual_visit_sessions s SET status = 'NOT_STARTED', patient_joined_at = NULL,
        provider_joined_at = NULL, ended_at = NULL, updated_at = greatest(p_at, s.updated_at + interval '1 millisecond')
    WHERE s.visit_id = p_visit_id AND s.status = 'ENDED';
END $$;

-- The way back in the requests' machine, with the same limits; what the step booked or kept the handler has given back.
CREATE OR REPLACE FUNCTION desktop.undo_request_step(p_request text, p_expected text, p_before text, p_at timestamp)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me constant text := desktop.my_user();
    request public.visit_requests;
    step desktop.audit;
BEGIN
    SELECT r.* INTO request FROM public.visit_requests r JOIN public.patients p ON p.id = r.patient_id
    WHERE r.id = p_request AND p.clinic_id = desktop.my_clinic() FOR UPDATE OF r;
    IF me IS NULL OR NOT FOUND THEN
        PERFORM desktop.fail('42501', 'NotAllowed', 'undo_request_step');
    END IF;
    SELECT a.* INTO step FROM desktop.audit a WHERE a.table_name = 'visit_requests' AND a.row_id = p_request
      AND a.op = 'U' AND a.before ->> 'status' = p_before AND a.after ->> 'status' = p_expected
    ORDER BY a.seq DESC LIMIT 1;  -- later steps of one's own may have been taken back before
    IF request.status::text IS DISTINCT FROM p_expected THEN
        PERFORM desktop.fail('MH001', 'StateChanged');
    ELSIF NOT FOUND OR p_expected = 'CANCELLED' OR NOT EXISTS (SELECT FROM desktop.transitions() t
            WHERE t.machine = 'request' AND t.old_state = p_before AND t.new_state = p_expected) THEN
        PERFORM desktop.fail('MH003', 'NothingToUndo');
    END IF;
    PERFORM desktop.check_undo(step.seq);
    DELETE FROM desktop.request_visit v WHERE v.request_id = p_request;
    UPDATE public.visit_requests r SET status = p_before::public."RequestStatus",
        severity = (step.before ->> 'severity')::public."SeverityLevel",
        proposed_slot_id = step.before ->> 'proposed_slot_id',
        updated_at = greatest(p_at, r.updated_at + interval '1 millisecond')
    WHERE r.id = p_request;
END $$;

CREATE OR REPLACE TRIGGER mha_event_i AFTER INSERT ON public.visits REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION desktop.log_visit_events();
CREATE OR REPLACE TRIGGER mha_event_u AFTER UPDATE ON public.visits
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION desktop.log_visit_events();

-- current_user is the owner inside our definer functions and the person in plain SQL, whatever role they SET.
DO $$
DECLARE
    guard record;
    direct constant text := format('current_user <> %L', current_user);
BEGIN
    FOR guard IN SELECT * FROM (VALUES
            ('visit_requests', 'request', 'NEW'), ('virtual_visit_sessions', 'telemed', 'NOT_STARTED'),
            ('lab_orders', 'lab', 'ORDERED'), ('referrals', 'referral', 'PENDING'), ('alerts', 'alert', 'ACTIVE'))
            g (tab, machine, initial) LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_u BEFORE UPDATE ON public.%I FOR EACH ROW '
            'WHEN (OLD.status IS DISTINCT FROM NEW.status AND %s) EXECUTE FUNCTION desktop.guard_state(%L)',
            guard.tab, direct, guard.machine);
        EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_i BEFORE INSERT ON public.%I FOR EACH ROW '
            'WHEN (NEW.status <> %L AND %s) EXECUTE FUNCTION desktop.guard_state(%L, %L)',
            guard.tab, guard.initial, direct, guard.machine, guard.initial);
    END LOOP;
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_u BEFORE UPDATE ON public.visits FOR EACH ROW '
        'WHEN (OLD.status IS DISTINCT FROM NEW.status AND %s) EXECUTE FUNCTION desktop.guard_visit()', direct);
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_slot_i BEFORE INSERT ON public.visits FOR EACH ROW '
        'WHEN (%s) EXECUTE FUNCTION desktop.guard_visit_slot()', direct);
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_slot_u BEFORE UPDATE ON public.visits FOR EACH ROW '
        'WHEN (OLD.slot_id IS DISTINCT FROM NEW.slot_id AND %s) EXECUTE FUNCTION desktop.guard_visit_slot()', direct);
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_u BEFORE UPDATE ON public.visit_slots FOR EACH ROW '
        'WHEN ((OLD.status, OLD.held_until, OLD.start_time, OLD.end_time) '
        'IS DISTINCT FROM (NEW.status, NEW.held_until, NEW.start_time, NEW.end_time) AND %s) '
        'EXECUTE FUNCTION desktop.guard_slot()', direct);
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_u BEFORE UPDATE ON public.excuse_notes FOR EACH ROW '
        'WHEN (%s) EXECUTE FUNCTION desktop.guard_note()', direct);
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_i BEFORE INSERT ON public.excuse_notes FOR EACH ROW '
        'WHEN (NEW.status <> %L AND %s) EXECUTE FUNCTION desktop.guard_state(%L, %L)', 'DRAFT', direct, 'note',
        'DRAFT');
END $$;

REVOKE ALL ON FUNCTION desktop.transitions(), desktop.check_step(text, text, text), desktop.guard_state(),
    desktop.guard_visit(), desktop.foreign_hold(text, timestamp), desktop.guard_slot(), desktop.guard_visit_slot(),
    desktop.guard_note(),
    desktop.visit_event_id(text, text, timestamp), desktop.log_visit_events(),
    desktop.restore_slot(text, text, xid8), desktop.restore_visit_parts(text, xid8),
    desktop.check_undo(bigint), desktop.undo_visit_status(text, text),
    desktop.undo_request_step(text, text, text, timestamp),
    desktop.reopen_session(text, timestamp) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.undo_visit_status(text, text), desktop.reopen_session(text, timestamp),
    desktop.undo_request_step(text, text, text, timestamp) TO mha_staff;
