-- Working offline (offline.md): enrolled workstations, commands that were discarded, slots kept for a workstation.
-- Errors as in 40_commands.sql; more codes of MH003: NotEnrolled, AuthorActive, AlreadyApplied, CommandDiscarded,
-- ReasonNeeded.

-- The workstation of the caller's clinic, locked; NotAllowed for any other. What is done next is audited as done there.
CREATE OR REPLACE FUNCTION desktop.own_workstation(p_id text) RETURNS desktop.workstation
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_one desktop.workstation;
BEGIN
    SELECT * INTO found_one FROM desktop.workstation w
    WHERE w.id = p_id AND w.clinic_id = desktop.my_clinic() FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'workstation id');
    END IF;
    PERFORM set_config('mha.workstation', p_id, true);
    RETURN found_one;
END $$;

-- An ADMIN lets a workstation keep the clinic's data and work offline. Done again (another disk, after a revocation)
-- the count of contacts goes on from a leap above the last one, so that a store of before shows as an old copy.
CREATE OR REPLACE FUNCTION desktop.enrol_workstation(
    p_id text, p_name text, OUT server_now timestamp, OUT generation bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM desktop.require_admin('enrol_workstation');
    server_now := desktop.db_now();
    PERFORM desktop.touch_workstation(p_id, p_name);
    PERFORM desktop.own_workstation(p_id);
    UPDATE desktop.workstation w SET enrolled_at = desktop.db_now(), enrolled_by = desktop.my_user(),
        revoked_at = NULL, revoked_by = NULL, old_copy_at = NULL, last_seen_at = desktop.db_now(),
        name = CASE WHEN w.renamed_at IS NULL THEN p_name ELSE w.name END,
        generation = CASE WHEN w.enrolled_at IS NULL THEN w.generation ELSE w.generation + 1000 END
    WHERE w.id = p_id RETURNING w.generation INTO generation;
END $$;

-- An enrolled workstation is there again. It counts its contacts and has stored p_generation before it asks: a number
-- smaller than the greatest one known comes from an old copy of its store, put back. Leases of days that are over end.
-- A revoked one hears only that it is revoked, and destroys its key.
CREATE OR REPLACE FUNCTION desktop.workstation_contact(
    p_id text, p_generation bigint, OUT server_now timestamp, OUT revoked boolean, OUT old_copy boolean,
    OUT schema_version integer, OUT min_client integer, OUT epoch text, OUT system_identifier text,
    OUT pruned_before bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    here constant desktop.workstation := desktop.own_workstation(p_id);
BEGIN
    server_now := desktop.db_now();
    revoked := here.revoked_at IS NOT NULL;
    SELECT i.schema_version, i.min_client, i.epoch, i.system_identifier, i.pruned_before
    INTO schema_version, min_client, epoch, system_identifier, pruned_before FROM desktop.installation i;
    IF revoked THEN
        old_copy := false;
        RETURN;
    ELSIF here.enrolled_at IS NULL THEN
        PERFORM desktop.fail('MH003', 'NotEnrolled', 'workstation_contact');
    ELSIF p_generation IS NULL OR p_generation NOT BETWEEN 0 AND here.generation + 1000000 THEN
        PERFORM desktop.fail('22023', 'BadValue', 'workstation_contact');
    END IF;
    old_copy := p_generation < here.generation;
    UPDATE desktop.workstation w SET last_seen_at = desktop.db_now(),
        generation = greatest(w.generation, p_generation),
        old_copy_at = CASE WHEN p_generation < w.generation THEN coalesce(w.old_copy_at, desktop.db_now())
                           ELSE w.old_copy_at END
    WHERE w.id = p_id;
    IF NOT old_copy THEN
        PERFORM desktop.end_leases(ARRAY(
            SELECT s.id FROM desktop.slot_lease l JOIN public.visit_slots s ON s.id = l.slot_id
            JOIN desktop.clinic_settings c ON c.clinic_id = l.clinic_id
            WHERE l.workstation_id = p_id AND s.end_time < date_trunc('day', desktop.db_now() AT TIME ZONE 'UTC'
                AT TIME ZONE c.timezone) AT TIME ZONE c.timezone AT TIME ZONE 'UTC'
            ORDER BY s.id FOR UPDATE OF s SKIP LOCKED));
    END IF;
END $$;

-- An ADMIN takes a workstation's right to keep data. Nothing more is accepted from it, and nothing is kept for it.
-- Returns how many slots were released.
CREATE OR REPLACE FUNCTION desktop.revoke_workstation(p_id text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    from_here constant text := current_setting('mha.workstation', true);
BEGIN
    PERFORM desktop.require_admin('revoke_workstation'), desktop.own_workstation(p_id);
    PERFORM set_config('mha.workstation', coalesce(from_here, ''), true);
    UPDATE desktop.workstation w SET revoked_at = desktop.db_now(), revoked_by = desktop.my_user()
    WHERE w.id = p_id AND w.revoked_at IS NULL;
    RETURN desktop.release_leases(p_id);
END $$;

-- Which of these ids of the caller's clinic were applied, whoever their author is.
CREATE OR REPLACE FUNCTION desktop.which_applied(p_ids text[]) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF cardinality(p_ids) > 10000 THEN
        PERFORM desktop.fail('22023', 'BadValue', 'which_applied');
    END IF;
    RETURN QUERY SELECT c.id FROM desktop.applied_command c
        WHERE c.id = ANY (p_ids) AND c.clinic_id = desktop.my_clinic();
END $$;

-- Says that a command will never be applied. One's own, or as ADMIN anybody's of the clinic (p_author). The id goes
-- into applied_command for the moment: that waits for a twin in flight, as the twin waits for this. What was applied
-- can't be discarded any more. Done again it changes nothing.
CREATE OR REPLACE FUNCTION desktop.discard_command(
    p_id text, p_kind text, p_workstation text, p_occurred_at timestamp, p_author text, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me constant text := desktop.my_user();
    here constant text := desktop.my_clinic();
    author constant text := coalesce(p_author, me);
BEGIN
    IF me IS NULL THEN
        PERFORM desktop.fail('42501', 'NotAllowed', 'discard_command');
    ELSIF author <> me AND NOT (desktop.has_role('ADMIN') AND EXISTS (
            SELECT FROM desktop.login l WHERE l.user_id = author AND l.clinic_id = here)) THEN
        PERFORM desktop.fail('42501', 'NotAllowed', 'author');
    ELSIF coalesce(length(p_id), 0) NOT BETWEEN 1 AND 100 OR coalesce(length(p_kind), 0) NOT BETWEEN 1 AND 100
        OR coalesce(length(p_workstation), 0) > 200 OR p_occurred_at IS NULL OR length(p_reason) > 1000 THEN
        PERFORM desktop.fail('22023', 'BadValue', 'discard_command');
    ELSIF coalesce(btrim(p_reason), '') = '' THEN
        PERFORM desktop.fail('MH003', 'ReasonNeeded', 'discard_command');
    END IF;
    INSERT INTO desktop.applied_command (id, clinic_id, user_id, kind, workstation, occurred_at, applied_at, xid,
                                         adopted_by)
    VALUES (p_id, here, author, p_kind, coalesce(p_workstation, ''), p_occurred_at, desktop.db_now(),
            desktop.current_xid(), nullif(me, author))
    ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        IF EXISTS (SELECT FROM desktop.applied_command c WHERE c.id = p_id AND c.user_id = author) THEN
            PERFORM desktop.fail('MH003', 'AlreadyApplied', 'discard_command');
        END IF;
        PERFORM desktop.fail('MH003', 'NotAllowed', 'command id');
    END IF;
    PERFORM set_config('mha.command', p_id, true), set_config('mha.workstation', coalesce(p_workstation, ''), true),
        set_config('mha.on_behalf_of', CASE WHEN author <> me THEN author ELSE '' END, true);
    INSERT INTO desktop.discarded_command (id, clinic_id, user_id, kind, workstation, occurred_at, discarded_at,
                                           discarded_by, reason)
    VALUES (p_id, here, author, p_kind, coalesce(p_workstation, ''), p_occurred_at, desktop.db_now(), me,
            btrim(p_reason))
    ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND AND NOT EXISTS (SELECT FROM desktop.discarded_command d WHERE d.id = p_id AND d.user_id = author) THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'command id');
    END IF;
    DELETE FROM desktop.applied_command c WHERE c.id = p_id;  -- until here it says in whose name this is audited
END $$;

-- The key of a workstation's store for people whom no seal there knows (yet): sealed with a secret that only the
-- workstation has, so the database can't open it. Nobody reads it after the workstation was revoked.
CREATE OR REPLACE FUNCTION desktop.keep_workstation_key(p_id text, p_sealed text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM desktop.require_admin('keep_workstation_key'), desktop.own_workstation(p_id);
    IF coalesce(length(p_sealed), 0) NOT BETWEEN 1 AND 1000 THEN
        PERFORM desktop.fail('22023', 'BadValue', 'keep_workstation_key');
    END IF;
    UPDATE desktop.workstation w SET kept_key = p_sealed WHERE w.id = p_id;
END $$;

CREATE OR REPLACE FUNCTION desktop.workstation_key(p_id text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.kept_key FROM desktop.workstation w
    WHERE w.id = p_id AND w.clinic_id = desktop.my_clinic() AND w.revoked_at IS NULL AND w.enrolled_at IS NOT NULL;
$$;

REVOKE ALL ON FUNCTION desktop.keep_workstation_key(text, text), desktop.workstation_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.keep_workstation_key(text, text) TO mha_admin;
GRANT EXECUTE ON FUNCTION desktop.workstation_key(text) TO mha_staff;
REVOKE ALL ON FUNCTION desktop.own_workstation(text), desktop.enrol_workstation(text, text),
    desktop.workstation_contact(text, bigint),
    desktop.revoke_workstation(text), desktop.which_applied(text[]),
    desktop.discard_command(text, text, text, timestamp, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.workstation_contact(text, bigint), desktop.which_applied(text[]),
    desktop.discard_command(text, text, text, timestamp, text, text) TO mha_staff;
GRANT EXECUTE ON FUNCTION desktop.enrol_workstation(text, text), desktop.revoke_workstation(text) TO mha_admin;
