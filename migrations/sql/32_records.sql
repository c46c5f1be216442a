-- The first clinic and its ADMIN, which only the database's owner makes; and the record of who came and what they read.

-- True when the clinic is new to the program. A clinic that the backend has keeps its name and whatever was set.
CREATE OR REPLACE FUNCTION desktop.bootstrap_clinic(p_clinic_id text, p_name text, p_timezone text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.clinics WHERE id = p_clinic_id) THEN
        IF coalesce(btrim(p_name), '') = '' THEN
            PERFORM desktop.refuse('NoClinic', 'there is no clinic with this id');
        END IF;
        INSERT INTO public.clinics (id, name, created_at, updated_at)
        VALUES (p_clinic_id, btrim(p_name), desktop.db_now(), desktop.db_now());
    END IF;
    IF EXISTS (SELECT FROM desktop.clinic_settings WHERE clinic_id = p_clinic_id) THEN
        RETURN false;
    ELSIF coalesce(p_timezone, '') = '' THEN
        PERFORM desktop.refuse('NoTimezone', 'a new clinic needs its time zone');
    END IF;
    INSERT INTO desktop.clinic_settings (clinic_id, timezone, updated_at)
    VALUES (p_clinic_id, p_timezone, desktop.db_now());
    RETURN true;
END $$;

-- An account made by the owner; the password is not to be changed at the first sign-in. An account that this clinic
-- has already stays as it is (made is false then), unless its role was lost with its server: it gets this password.
CREATE OR REPLACE FUNCTION desktop.bootstrap_staff(p_clinic_id text, p_user_id text, p_email text, p_name text,
    p_roles text[], p_verifier text, p_bcrypt text, p_provider_id text DEFAULT NULL,
    OUT user_id text, OUT made boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known desktop.login;
BEGIN
    SELECT * INTO known FROM desktop.login l WHERE l.rolname = desktop.login_role(p_email);
    made := NOT FOUND;
    IF made THEN
        user_id := desktop.install_login(p_clinic_id, p_user_id, p_email, p_name, p_roles, p_verifier, p_bcrypt,
                                         p_provider_id, true);
    ELSIF known.clinic_id <> p_clinic_id OR NOT known.roles @> p_roles THEN
        PERFORM desktop.refuse('EmailTaken');
    ELSE
        user_id := known.user_id;
        made := desktop.role_state(known.rolname::name) = 'missing';
        IF made THEN
            PERFORM desktop.restore_login(p_email, p_verifier, p_bcrypt);
        END IF;
    END IF;
END $$;

-- The first ADMIN, or a further one.
CREATE OR REPLACE FUNCTION desktop.bootstrap_admin(p_clinic_id text, p_user_id text, p_email text, p_name text,
    p_verifier text, p_bcrypt text, OUT user_id text, OUT made boolean)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM desktop.bootstrap_staff(p_clinic_id, p_user_id, p_email, p_name, ARRAY['ADMIN'], p_verifier, p_bcrypt);
$$;

-- Somebody signed in or out, locked or unlocked, or failed to: p_attempts failures came before.
CREATE OR REPLACE FUNCTION desktop.record_sign_in(p_kind text, p_workstation text, p_attempts integer DEFAULT 0)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_clinic() IS NULL THEN
        PERFORM desktop.refuse('NotAllowed');
    ELSIF p_kind NOT IN ('SIGN_IN', 'SIGN_OUT', 'LOCK', 'UNLOCK', 'FAILED') OR length(p_workstation) > 200
            OR p_attempts NOT BETWEEN 0 AND 100000 THEN
        PERFORM desktop.refuse('BadValue');
    END IF;
    INSERT INTO desktop.sign_in_event (id, clinic_id, user_id, workstation, at, kind, attempts)
    VALUES (gen_random_uuid()::text, desktop.my_clinic(), desktop.my_user(), coalesce(p_workstation, ''),
            desktop.db_now(), p_kind, coalesce(p_attempts, 0));
END $$;

-- Somebody opened, printed or exported a chart. BREAK_GLASS opens a restricted one and needs a reason.
CREATE OR REPLACE FUNCTION desktop.record_access(p_patient_id text, p_kind text, p_reason text DEFAULT NULL)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made constant text := gen_random_uuid()::text;
BEGIN
    IF NOT EXISTS (SELECT FROM public.patients WHERE id = p_patient_id AND clinic_id = desktop.my_clinic()) THEN
        PERFORM desktop.refuse('NotAllowed');
    ELSIF p_kind !~ '^[A-Z_]{2,40}$' OR length(p_reason) > 1000 THEN
        PERFORM desktop.refuse('BadValue');
    ELSIF p_kind = 'BREAK_GLASS' AND coalesce(btrim(p_reason), '') = '' THEN
        PERFORM desktop.refuse('ReasonNeeded');
    END IF;
    INSERT INTO desktop.access_event (id, clinic_id, user_id, patient_id, at, kind, reason, workstation)
    VALUES (made, desktop.my_clinic(), desktop.my_user(), p_patient_id, desktop.db_now(), p_kind, p_reason,
            coalesce(current_setting('mha.workstation', true), ''));
    RETURN made;
END $$;

REVOKE ALL ON FUNCTION desktop.bootstrap_clinic(text, text, text),
    desktop.bootstrap_staff(text, text, text, text, text[], text, text, text),
    desktop.bootstrap_admin(text, text, text, text, text, text), desktop.record_sign_in(text, text, integer),
    desktop.record_access(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.record_sign_in(text, text, integer), desktop.record_access(text, text, text) TO mha_staff;
