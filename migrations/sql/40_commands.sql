-- The log of applied commands and the workstations' heartbeat.
--
-- Errors of our own triggers and functions: the SQLSTATE says the family, the message is a stable code name
-- (app/db/errors.py translates both), DETAIL says what, without clinical content.
--   MH001  the row is no longer what the person saw: BadTransition, StateChanged
--   MH002  a slot: SlotTaken
--   MH003  a rule says no: NotAllowed, NothingToUndo, UndoTooLate, UndoNotYours, DocumentLocked, WorkstationRevoked,
--          CommandDiscarded, AuthorActive; 45_offline.sql has more
--   42501  no member of staff, or an account that was disabled
--   23P01  with constraint no_double_booking: the provider's time is taken

CREATE OR REPLACE FUNCTION desktop.fail(p_state text, p_code text, p_detail text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_detail IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = p_state, MESSAGE = p_code;
    END IF;
    RAISE EXCEPTION USING ERRCODE = p_state, MESSAGE = p_code, DETAIL = p_detail;
END $$;

-- The present transaction's id as the tables keep it.
CREATE OR REPLACE FUNCTION desktop.current_xid() RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_current_xact_id()::text::bigint;
$$;

-- The first statement of a command's transaction. The insert waits for a twin of the same id still in flight; what
-- the twin did is then returned instead of being done again. The two settings name command and workstation in the
-- audit: they are the session's word, who it was is session_user and can't be forged.
--
-- p_author: an ADMIN adopts what a colleague gave offline whose account has been disabled since. It is the author's
-- command still (applied_command), done and audited as the ADMIN on behalf of the author.
DROP FUNCTION IF EXISTS desktop.begin_command(text, text, text, timestamp);
CREATE OR REPLACE FUNCTION desktop.begin_command(
    p_id text, p_kind text, p_workstation text, p_occurred_at timestamp, p_author text DEFAULT NULL,
    OUT fresh boolean, OUT outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me text;
    here text;
    owner text;
    adopter text;
BEGIN
    SELECT l.user_id, l.clinic_id INTO me, here FROM desktop.login l
    WHERE l.rolname = session_user::text AND l.disabled_at IS NULL;
    IF me IS NULL THEN
        PERFORM desktop.fail('42501', 'NotAllowed', 'begin_command');
    END IF;
    IF coalesce(length(p_id), 0) NOT BETWEEN 1 AND 100 OR coalesce(length(p_kind), 0) NOT BETWEEN 1 AND 100
        OR coalesce(length(p_workstation), 0) > 200 THEN
        PERFORM desktop.fail('22023', 'BadValue', 'begin_command');
    END IF;
    IF EXISTS (SELECT FROM desktop.workstation w WHERE w.id = p_workstation AND w.revoked_at IS NOT NULL) THEN
        PERFORM desktop.fail('MH003', 'WorkstationRevoked');
    END IF;
    IF p_author <> me THEN
        PERFORM desktop.require_admin('author');
        adopter := me;
        me := p_author;
    END IF;
    INSERT INTO desktop.applied_command (id, clinic_id, user_id, kind, workstation, occurred_at, applied_at, xid,
                                         adopted_by)
    VALUES (p_id, here, me, p_kind, coalesce(p_workstation, ''), p_occurred_at, desktop.db_now(),
            desktop.current_xid(), adopter)
    ON CONFLICT (id) DO NOTHING;
    fresh := FOUND;
    IF NOT fresh THEN
        SELECT c.user_id, c.outcome INTO owner, outcome FROM desktop.applied_command c WHERE c.id = p_id;
        IF owner IS DISTINCT FROM me THEN
            PERFORM desktop.fail('MH003', 'NotAllowed', 'command id');
        END IF;
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM desktop.discarded_command d WHERE d.id = p_id) THEN
        PERFORM desktop.fail('MH003', 'CommandDiscarded');
    END IF;
    IF adopter IS NOT NULL THEN
        -- Locked until the end: enabling the account again waits, or has happened and is seen.
        PERFORM FROM desktop.login l
        WHERE l.user_id = p_author AND l.clinic_id = here AND l.disabled_at IS NOT NULL FOR SHARE;
        IF NOT FOUND THEN
            PERFORM desktop.fail('MH003', 'AuthorActive');
        END IF;
    END IF;
    PERFORM set_config('mha.command', p_id, true), set_config('mha.workstation', coalesce(p_workstation, ''), true),
        set_config('mha.on_behalf_of', CASE WHEN adopter IS NULL THEN '' ELSE p_author END, true);
END $$;

-- Keeps the outcome beside the id, in the transaction that did it: who asks again gets the same answer.
CREATE OR REPLACE FUNCTION desktop.finish_command(p_id text, p_outcome jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE desktop.applied_command c SET outcome = p_outcome
    WHERE c.id = p_id AND coalesce(c.adopted_by, c.user_id) = desktop.my_user() AND c.xid = desktop.current_xid();
    IF NOT FOUND THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'finish_command');
    END IF;
END $$;

-- A workstation says that it is there; it hears the server's time and whether it has been revoked. A sign of life
-- within 30 seconds of the last one is not written; a name that an ADMIN gave stays.
CREATE OR REPLACE FUNCTION desktop.touch_workstation(
    p_id text, p_name text, OUT server_now timestamp, OUT revoked boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := desktop.my_clinic();
    seen desktop.workstation;
BEGIN
    server_now := desktop.db_now();
    IF here IS NULL THEN
        PERFORM desktop.fail('42501', 'NotAllowed', 'touch_workstation');
    END IF;
    IF coalesce(length(p_id), 0) NOT BETWEEN 1 AND 100 OR coalesce(length(p_name), 0) NOT BETWEEN 1 AND 200 THEN
        PERFORM desktop.fail('22023', 'BadValue', 'touch_workstation');
    END IF;
    INSERT INTO desktop.workstation (id, clinic_id, name, created_at, last_seen_at)
    VALUES (p_id, here, p_name, server_now, server_now)
    ON CONFLICT (id) DO NOTHING;
    SELECT * INTO STRICT seen FROM desktop.workstation w WHERE w.id = p_id;
    IF seen.clinic_id <> here THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'workstation id');
    END IF;
    revoked := seen.revoked_at IS NOT NULL;
    IF seen.renamed_at IS NOT NULL THEN
        p_name := seen.name;
    END IF;
    IF NOT revoked AND (seen.name <> p_name OR seen.last_seen_at < server_now - interval '30 seconds') THEN
        UPDATE desktop.workstation w SET name = p_name, last_seen_at = server_now WHERE w.id = p_id;
    END IF;
END $$;

REVOKE ALL ON FUNCTION desktop.fail(text, text, text), desktop.current_xid(),
    desktop.begin_command(text, text, text, timestamp, text), desktop.finish_command(text, jsonb),
    desktop.touch_workstation(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.begin_command(text, text, text, timestamp, text), desktop.finish_command(text, jsonb),
    desktop.touch_workstation(text, text) TO mha_staff;
