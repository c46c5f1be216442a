-- A provider is in one place at a time: desktop.slot_claim has a row for every slot that takes the provider's time,
-- and the exclusion constraint no_double_booking on it binds every writer, the backend included.
--
-- A slot takes time when it is BOOKED, HELD and the hold has not expired (desktop.db_now()), or when a live visit
-- points at it although it says FREE or HELD (the backend writes visits on FREE slots). A slot that ends before it
-- starts takes none. Deleting a slot takes its claim along (foreign key), so DELETE needs no trigger.

-- What the claims of these slots should be now. Without settings of its own, so that it becomes part of the statements
-- that use it. The states of visits are compared as texts to leave only the index on slot_id to find them by: kept
-- plans made while there were few visits would otherwise walk all planned ones.
CREATE OR REPLACE FUNCTION desktop.wanted_claims(p_slots text[], p_now timestamp, p_holder text)
RETURNS SETOF desktop.slot_claim LANGUAGE sql STABLE AS $$
    SELECT s.id, s.provider_id, pg_catalog.tsrange(s.start_time, s.end_time), coalesce(d.overbook, false), p_holder
    FROM public.visit_slots s
    LEFT JOIN desktop.slot_detail d ON d.slot_id = s.id
    WHERE s.id = ANY (p_slots) AND s.start_time < s.end_time
      AND (s.status = 'BOOKED'
           OR s.status = 'HELD' AND (s.held_until IS NULL OR s.held_until > p_now)
           OR s.status IN ('FREE', 'HELD') AND EXISTS (
               SELECT FROM public.visits v
               WHERE v.slot_id = s.id AND v.status::text IN ('PLANNED', 'CHECKED_IN', 'IN_PROGRESS')));
$$;

-- The claim and the choice to overbook end with the hold or booking they were made for, not with whoever comes next.
CREATE OR REPLACE FUNCTION desktop.forget_claims(p_slots text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM desktop.slot_claim c WHERE c.slot_id = ANY (p_slots);
    UPDATE desktop.slot_detail d
    SET overbook = false, updated_at = greatest(desktop.db_now(), d.updated_at + interval '1 millisecond')
    WHERE d.slot_id = ANY (p_slots) AND d.overbook;
END $$;

-- What to do before p_claims go in where the provider's time has claims already (p_met, of other slots). Holds that
-- have run out give the time back at once, without waiting for a sweeper. The constraint compares ordinary claims
-- only; time that somebody overbooked is no less taken, unless the slot overlapped it already (p_had: what it claimed
-- before).
CREATE OR REPLACE FUNCTION desktop.make_room(
    p_claims desktop.slot_claim[], p_had desktop.slot_claim[], p_met text[], p_now timestamp) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM desktop.slot_claim c USING public.visit_slots s
    WHERE c.slot_id = ANY (p_met) AND s.id = c.slot_id AND s.status = 'HELD' AND s.held_until <= p_now
      AND NOT EXISTS (SELECT FROM public.visits v
                      WHERE v.slot_id = s.id AND v.status::text IN ('PLANNED', 'CHECKED_IN', 'IN_PROGRESS'));
    IF EXISTS (SELECT FROM desktop.slot_claim c
               JOIN unnest(p_claims) w ON c.provider_id = w.provider_id AND c.during && w.during AND NOT w.overbook
               WHERE c.slot_id = ANY (p_met) AND c.overbook AND NOT EXISTS (
                   SELECT FROM unnest(p_had) h
                   WHERE h.slot_id = w.slot_id AND h.provider_id = c.provider_id AND h.during && c.during)) THEN
        RAISE EXCEPTION USING ERRCODE = 'exclusion_violation', MESSAGE = 'SlotTaken',
            SCHEMA = 'desktop', TABLE = 'slot_claim', CONSTRAINT = 'no_double_booking';
    END IF;
END $$;

-- Brings the claims of these slots in line with the slots. All that go are deleted before the first new one is
-- written, so that swapping two slots in one statement works.
--
-- One lock per provider, taken in one order: concurrent checks of an exclusion constraint otherwise deadlock, and a
-- hold being booked could be dropped as expired by somebody who doesn't see the booking yet. Claims that stay are
-- written all the same: under REPEATABLE READ that is what makes such a race fail instead of passing unseen.
--
-- Plans are kept for the session, and one made while the tables were small would read all of them ever after. For few
-- slots one plan does for all: left to choose, the server makes new ones for every booking, which takes longer than all
-- the rest of it.
CREATE OR REPLACE FUNCTION desktop.claim_slots(p_slots text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    present constant timestamp := desktop.db_now();
    wanted desktop.slot_claim[];
    had desktop.slot_claim[];
    kept text[];
    met text[];
BEGIN
    IF cardinality(p_slots) > 50 THEN
        PERFORM set_config('plan_cache_mode', 'force_custom_plan', true);  -- ends with the function
    END IF;
    PERFORM pg_advisory_xact_lock(p.key) FROM (
        SELECT DISTINCT hashtextextended('mha.provider ' || s.provider_id, 0) AS key
        FROM public.visit_slots s WHERE s.id = ANY (p_slots) ORDER BY 1) p;
    -- An overlap that was accepted once (by choice, or found at installation) stays accepted while the claim lasts.
    SELECT array_agg(ROW(w.slot_id, w.provider_id, w.during, w.overbook OR coalesce(c.overbook, false),
                         coalesce(w.holder, c.holder))::desktop.slot_claim) INTO wanted
    FROM desktop.wanted_claims(p_slots, present, desktop.my_user()) w
    LEFT JOIN desktop.slot_claim c ON c.slot_id = w.slot_id;
    WITH same AS (
        UPDATE desktop.slot_claim c SET holder = w.holder FROM unnest(wanted) w
        WHERE c.slot_id = w.slot_id AND c.provider_id = w.provider_id AND c.during = w.during
          AND c.overbook = w.overbook
        RETURNING c.slot_id)
    SELECT coalesce(array_agg(s.slot_id), '{}') INTO kept FROM same s;
    WITH gone AS (
        DELETE FROM desktop.slot_claim c WHERE c.slot_id = ANY (p_slots) AND c.slot_id <> ALL (kept) RETURNING c)
    SELECT array_agg(g.c) INTO had FROM gone g;
    IF had IS NOT NULL THEN
        PERFORM desktop.forget_claims(ARRAY(
            SELECT s.id FROM unnest(had) h JOIN public.visit_slots s ON s.id = h.slot_id WHERE s.status = 'FREE'));
    END IF;
    IF kept <> '{}' THEN
        SELECT array_agg(w) INTO wanted FROM unnest(wanted) w WHERE w.slot_id <> ALL (kept);
    END IF;
    IF wanted IS NULL THEN
        RETURN;
    END IF;
    -- In two halves, since each of the two indexes on claims has one kind of them.
    SELECT array_agg(m.slot_id) INTO met FROM (
        SELECT c.slot_id FROM unnest(wanted) w
        JOIN desktop.slot_claim c ON c.provider_id = w.provider_id AND c.during && w.during AND NOT c.overbook
        UNION ALL
        SELECT c.slot_id FROM unnest(wanted) w
        JOIN desktop.slot_claim c ON c.provider_id = w.provider_id AND c.during && w.during AND c.overbook) m;
    IF met IS NOT NULL THEN
        PERFORM desktop.make_room(wanted, had, met, present);
    END IF;
    INSERT INTO desktop.slot_claim SELECT w.* FROM unnest(wanted) w;
END $$;

CREATE OR REPLACE FUNCTION desktop.claim_inserted_slots() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ids text[];
BEGIN
    SELECT array_agg(n.id) INTO ids FROM new_rows n WHERE n.status IN ('BOOKED', 'HELD');
    IF ids IS NOT NULL THEN
        PERFORM desktop.claim_slots(ids);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION desktop.claim_updated_slots() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    ids text[];
    expired text[];
BEGIN
    -- EXCEPT is one hash over both sides however many rows there are; a join could be planned for one row.
    SELECT array_agg(x.id) INTO ids FROM (
        SELECT n.id, n.provider_id, n.start_time, n.end_time, n.status, n.held_until FROM new_rows n
        EXCEPT
        SELECT o.id, o.provider_id, o.start_time, o.end_time, o.status, o.held_until FROM old_rows o) x;
    IF ids IS NOT NULL THEN
        SELECT array_agg(o.id) INTO expired FROM old_rows o
        WHERE o.id = ANY (ids) AND o.status = 'HELD' AND o.held_until <= desktop.db_now();
        IF expired IS NOT NULL THEN
            PERFORM desktop.forget_claims(expired);
        END IF;
        PERFORM desktop.claim_slots(ids);
    END IF;
    RETURN NULL;
END $$;

-- Visits matter where the slot itself does not say that it is taken.
CREATE OR REPLACE FUNCTION desktop.claim_visited_slots() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    touched text[];
    ids text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(n.slot_id) INTO touched FROM new_rows n;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(o.slot_id) INTO touched FROM old_rows o;
    ELSE
        SELECT array_agg(x.slot_id) INTO touched FROM (
            (SELECT n.slot_id, n.status FROM new_rows n EXCEPT SELECT o.slot_id, o.status FROM old_rows o)
            UNION ALL
            (SELECT o.slot_id, o.status FROM old_rows o EXCEPT SELECT n.slot_id, n.status FROM new_rows n)) x;
    END IF;
    IF touched IS NOT NULL THEN
        SELECT array_agg(s.id) INTO ids FROM public.visit_slots s
        WHERE s.id = ANY (touched) AND s.status IN ('FREE', 'HELD');
        IF ids IS NOT NULL THEN
            PERFORM desktop.claim_slots(ids);
        END IF;
    END IF;
    RETURN NULL;
END $$;

-- Says that a slot may overlap what is there. The person, the reason and the moment are kept, the calendar shows it.
-- The slot may be one that the same transaction has not inserted yet (the detail's foreign key waits for the commit).
CREATE OR REPLACE FUNCTION desktop.choose_overbook(p_slot_id text, p_origin text, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_user() IS NULL OR desktop.slot_is_foreign(p_slot_id) THEN
        PERFORM desktop.fail('42501', 'NotAllowed', 'choose_overbook');
    END IF;
    -- Whatever an earlier hold chose ended with it.
    UPDATE public.visit_slots s SET status = 'FREE', held_until = NULL,
        updated_at = greatest(desktop.db_now(), s.updated_at + interval '1 millisecond')
    WHERE s.id = p_slot_id AND s.status = 'HELD' AND s.held_until <= desktop.db_now();
    INSERT INTO desktop.slot_detail AS d (slot_id, origin, reason, overbook, updated_at)
    VALUES (p_slot_id, coalesce(p_origin, 'made'), p_reason, true, desktop.db_now())
    ON CONFLICT (slot_id) DO UPDATE SET overbook = true, reason = coalesce(excluded.reason, d.reason),
        origin = coalesce(p_origin, d.origin),
        updated_at = greatest(excluded.updated_at, d.updated_at + interval '1 millisecond');
    UPDATE desktop.slot_claim c SET overbook = true WHERE c.slot_id = p_slot_id AND NOT c.overbook;
END $$;

-- Takes the choice back, when the change that needed it is undone. Where the slot still overlaps an ordinary claim, the
-- exclusion constraint refuses.
CREATE OR REPLACE FUNCTION desktop.end_overbook(p_slot_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_user() IS NULL OR desktop.slot_is_foreign(p_slot_id) THEN
        PERFORM desktop.fail('42501', 'NotAllowed', 'end_overbook');
    END IF;
    UPDATE desktop.slot_detail d
    SET overbook = false, updated_at = greatest(desktop.db_now(), d.updated_at + interval '1 millisecond')
    WHERE d.slot_id = p_slot_id AND d.overbook;
    UPDATE desktop.slot_claim c SET overbook = false WHERE c.slot_id = p_slot_id AND c.overbook;
END $$;

-- Deletes slots of the caller's clinic that nobody needs: FREE (or an expired hold), without a visit of any state (it
-- would be deleted along) and not proposed to a patient. Locks them first, in one order. Returns how many went.
CREATE OR REPLACE FUNCTION desktop.remove_free_slots(p_ids text[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    present constant timestamp := desktop.db_now();
    mine constant text[] := desktop.my_providers();
    removed integer;
BEGIN
    IF desktop.my_user() IS NULL THEN
        PERFORM desktop.fail('42501', 'NotAllowed', 'remove_free_slots');
    END IF;
    PERFORM 1 FROM public.visit_slots s
    WHERE s.id = ANY (p_ids) AND s.provider_id = ANY (mine) ORDER BY s.id FOR UPDATE;
    DELETE FROM public.visit_slots s
    WHERE s.id = ANY (p_ids) AND s.provider_id = ANY (mine)
      AND (s.status = 'FREE' OR s.status = 'HELD' AND s.held_until <= present)
      AND NOT EXISTS (SELECT FROM public.visits v WHERE v.slot_id = s.id)
      AND NOT EXISTS (SELECT FROM public.visit_requests r
                      WHERE r.proposed_slot_id = s.id AND r.status = 'AWAITING_PATIENT_CONFIRMATION');
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END $$;

-- Takes over what is there, and repairs: claims that are missing are added (overlaps as overbooked, once, in the
-- order of their start), those without reason are deleted. Returns how many overlaps were found.
CREATE OR REPLACE FUNCTION desktop.rebuild_claims() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    taken text[];
    found_overlaps integer;
BEGIN
    LOCK TABLE desktop.slot_claim IN SHARE ROW EXCLUSIVE MODE;
    taken := ARRAY(SELECT s.id FROM public.visit_slots s WHERE s.status IN ('BOOKED', 'HELD')
                   UNION
                   SELECT v.slot_id FROM public.visits v WHERE v.status IN ('PLANNED', 'CHECKED_IN', 'IN_PROGRESS'));
    DELETE FROM desktop.slot_claim c WHERE NOT EXISTS (
        SELECT FROM desktop.wanted_claims(taken, desktop.db_now(), NULL) w
        WHERE w.slot_id = c.slot_id AND w.provider_id = c.provider_id AND w.during = c.during);
    WITH missing AS (
        SELECT w.* FROM desktop.wanted_claims(taken, desktop.db_now(), NULL) w
        WHERE NOT EXISTS (SELECT FROM desktop.slot_claim c WHERE c.slot_id = w.slot_id)),
    added AS (
        INSERT INTO desktop.slot_claim (slot_id, provider_id, during, overbook)
        SELECT m.slot_id, m.provider_id, m.during, m.overbook
            OR coalesce(lower(m.during) < max(upper(m.during)) OVER (
                   PARTITION BY m.provider_id ORDER BY lower(m.during), m.slot_id
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false)
            OR EXISTS (SELECT FROM desktop.slot_claim c
                       WHERE c.provider_id = m.provider_id AND c.during && m.during)
        FROM missing m
        RETURNING overbook)
    SELECT count(*) FILTER (WHERE a.overbook) INTO found_overlaps FROM added a;
    RETURN found_overlaps;
END $$;

CREATE OR REPLACE TRIGGER mha_claim_i AFTER INSERT ON public.visit_slots REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION desktop.claim_inserted_slots();
CREATE OR REPLACE TRIGGER mha_claim_u AFTER UPDATE ON public.visit_slots
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION desktop.claim_updated_slots();
CREATE OR REPLACE TRIGGER mha_claim_i AFTER INSERT ON public.visits REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION desktop.claim_visited_slots();
CREATE OR REPLACE TRIGGER mha_claim_u AFTER UPDATE ON public.visits
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION desktop.claim_visited_slots();
CREATE OR REPLACE TRIGGER mha_claim_d AFTER DELETE ON public.visits REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION desktop.claim_visited_slots();

REVOKE ALL ON FUNCTION desktop.wanted_claims(text[], timestamp, text), desktop.forget_claims(text[]),
    desktop.make_room(desktop.slot_claim[], desktop.slot_claim[], text[], timestamp),
    desktop.claim_slots(text[]), desktop.claim_inserted_slots(), desktop.claim_updated_slots(),
    desktop.claim_visited_slots(), desktop.choose_overbook(text, text, text), desktop.end_overbook(text),
    desktop.remove_free_slots(text[]), desktop.rebuild_claims() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.choose_overbook(text, text, text), desktop.end_overbook(text),
    desktop.remove_free_slots(text[]) TO mha_staff;

SELECT desktop.rebuild_claims();
