-- Staff accounts: a person is a row of users (the backend's), a row of desktop.login and a login role of their own.
--
-- The functions belong to mha_roleadmin, the only role that may make roles; nobody can log in as it. Passwords come
-- as a SCRAM verifier and a bcrypt hash, both made on the client, so that the server never sees the password itself.
-- A refusal has SQLSTATE MH003 and a stable name as its message.
--
-- Roles belong to the whole server: a login role carries the number of its database in its comment. It is made anew
-- or taken over from this database or from one that no longer exists (after a restore), never from another clinic's
-- living database: whoever could reset its password here would enter there. So: one e-mail, one database a server.

GRANT CREATE ON SCHEMA desktop TO mha_roleadmin;  -- for ALTER FUNCTION .. OWNER only, taken away below
GRANT SELECT, INSERT, UPDATE ON desktop.login TO mha_roleadmin;
GRANT INSERT ON desktop.account_log TO mha_roleadmin;
GRANT SELECT, INSERT, UPDATE (email, password_hash, role, clinic_id, provider_id, updated_at)
    ON public.users TO mha_roleadmin;
GRANT SELECT, UPDATE (user_id, updated_at) ON public.providers TO mha_roleadmin;
GRANT SELECT (id, user_id), DELETE ON public.refresh_tokens TO mha_roleadmin;
CREATE POLICY accounts_all ON desktop.login TO mha_roleadmin USING (true) WITH CHECK (true);
CREATE POLICY accounts_all ON desktop.account_log TO mha_roleadmin USING (true) WITH CHECK (true);
CREATE POLICY accounts_all ON public.users TO mha_roleadmin USING (true) WITH CHECK (role <> 'PATIENT');
CREATE POLICY accounts_all ON public.providers TO mha_roleadmin USING (true) WITH CHECK (true);
CREATE POLICY accounts_all ON public.refresh_tokens TO mha_roleadmin USING (true) WITH CHECK (true);

CREATE OR REPLACE FUNCTION desktop.refuse(p_code text, p_detail text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'MH003', MESSAGE = p_code, DETAIL = coalesce(p_detail, '');
END $$;

-- The e-mail as accounts compare it. Only A to Z are folded, so that every machine and locale agrees with Python.
CREATE OR REPLACE FUNCTION desktop.email_key(p_email text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT translate(normalize(btrim(p_email, E' \t\r\n\f\x0b'), NFC), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
                     'abcdefghijklmnopqrstuvwxyz')
$$;

CREATE OR REPLACE FUNCTION desktop.login_role(p_email text) RETURNS name
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT ('mha_u_' || left(encode(sha256(convert_to(desktop.email_key(p_email), 'UTF8')), 'hex'), 40))::name
$$;

-- The clinic of the ADMIN who asks; anybody else is refused. Account work of one clinic goes one by one, and who was
-- disabled while waiting is refused too.
CREATE OR REPLACE FUNCTION desktop.admin_clinic() RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    FOR turn IN 1..2 LOOP
        IF desktop.my_clinic() IS NULL OR NOT desktop.has_role('ADMIN') THEN
            PERFORM desktop.refuse('NotAllowed');
        END IF;
        PERFORM FROM desktop.login WHERE clinic_id = desktop.my_clinic() ORDER BY rolname FOR UPDATE;
    END LOOP;
    RETURN desktop.my_clinic();
END $$;

CREATE OR REPLACE FUNCTION desktop.check_secrets(p_verifier text, p_bcrypt text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rounds constant text := substring(p_verifier
        FROM '^SCRAM-SHA-256\$([0-9]{4,7}):[A-Za-z0-9+/]{22,86}={0,2}\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$');
BEGIN
    IF rounds IS NULL OR rounds::int NOT BETWEEN 4096 AND 1000000 THEN
        PERFORM desktop.refuse('BadVerifier', 'not a SCRAM-SHA-256 verifier of 4096 to 1000000 iterations');
    END IF;
    IF p_bcrypt IS NULL OR p_bcrypt !~ '^\$2[aby]\$1[0-5]\$[./A-Za-z0-9]{53}$' THEN
        PERFORM desktop.refuse('BadVerifier', 'not a bcrypt hash of cost 10 to 15');
    END IF;
END $$;

CREATE OR REPLACE FUNCTION desktop.check_roles(p_roles text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF coalesce(cardinality(p_roles), 0) = 0 OR array_position(p_roles, NULL) IS NOT NULL
            OR NOT p_roles <@ ARRAY['MEDICAL_ASSISTANT', 'PROVIDER', 'ADMIN'] THEN
        PERFORM desktop.refuse('BadRole', 'MEDICAL_ASSISTANT, PROVIDER or ADMIN');
    END IF;
END $$;

CREATE OR REPLACE FUNCTION desktop.log_account(p_clinic_id text, p_what text, p_target text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO desktop.account_log (at, by_role, clinic_id, what, target)
    VALUES (desktop.db_now(), session_user, p_clinic_id, p_what, p_target);
END $$;

-- Whose a login role is: missing, ours, orphan (its database is gone) or elsewhere.
CREATE OR REPLACE FUNCTION desktop.role_state(p_role name) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mark text;
BEGIN
    SELECT coalesce(shobj_description(oid, 'pg_authid'), '') INTO mark FROM pg_roles WHERE rolname = p_role;
    RETURN CASE WHEN NOT FOUND THEN 'missing'
        WHEN mark !~ '^MyHealthAlly login of database [0-9]+$' THEN 'elsewhere'
        ELSE coalesce((SELECT CASE WHEN datname = current_database() THEN 'ours' ELSE 'elsewhere' END FROM pg_database
                       WHERE oid::text = substring(mark FROM '[0-9]+$')), 'orphan') END;
END $$;

-- Make the login role or take it over; without a verifier the password that it has (or none) stays.
CREATE OR REPLACE FUNCTION desktop.make_role(p_role name, p_verifier text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    state constant text := desktop.role_state(p_role);
BEGIN
    IF state = 'elsewhere' THEN
        PERFORM desktop.refuse('LoginElsewhere', 'another database of this server has a login with this e-mail');
    ELSIF state = 'missing' THEN
        EXECUTE format('CREATE ROLE %I', p_role);
    END IF;
    EXECUTE format('ALTER ROLE %I LOGIN', p_role);
    IF p_verifier IS NOT NULL THEN
        EXECUTE format('ALTER ROLE %I PASSWORD %L', p_role, p_verifier);
    END IF;
    EXECUTE format('COMMENT ON ROLE %I IS %L', p_role, 'MyHealthAlly login of database '
        || (SELECT oid FROM pg_database WHERE datname = current_database()));
    EXECUTE format('ALTER ROLE %I SET statement_timeout = ''60s''', p_role);
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''60s''', p_role);
    EXECUTE format('ALTER ROLE %I SET lock_timeout = ''10s''', p_role);
    EXECUTE format('ALTER ROLE %I SET jit = off', p_role);  -- the policies' costs would set it off for small questions
END $$;

-- Give a login role the groups of these roles and no others of ours.
CREATE OR REPLACE FUNCTION desktop.set_groups(p_role name, p_roles text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT g.name, g.role = ANY (p_roles) AS wanted, EXISTS (
                   SELECT FROM pg_auth_members m WHERE m.roleid = g.name::regrole AND m.member = p_role::regrole) AS had
               FROM (VALUES ('mha_assistant', 'MEDICAL_ASSISTANT'), ('mha_provider', 'PROVIDER'),
                            ('mha_admin', 'ADMIN')) g(name, role) LOOP
        IF one.wanted AND NOT one.had THEN
            EXECUTE format('GRANT %I TO %I', one.name, p_role);
        ELSIF one.had AND NOT one.wanted THEN
            EXECUTE format('REVOKE %I FROM %I', one.name, p_role);
        END IF;
    END LOOP;
END $$;

-- The users row of a staff member: a new one, or the one that the backend has for this e-mail in this clinic (with
-- p_adopt, for the owner only, one that has no clinic yet). Its id stays; the password becomes the one given.
CREATE OR REPLACE FUNCTION desktop.staff_user(
    p_clinic_id text, p_user_id text, p_email text, p_roles text[], p_bcrypt text, p_adopt boolean) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known public.users;
BEGIN
    SELECT * INTO known FROM public.users u WHERE u.email IN (p_email, desktop.email_key(p_email))
    ORDER BY (u.email = p_email) DESC LIMIT 1;
    IF NOT FOUND THEN  -- the backend may keep capitals; without an index, but accounts are made rarely
        SELECT * INTO known FROM public.users u
        WHERE lower(u.email COLLATE "C") = desktop.email_key(p_email) ORDER BY u.created_at LIMIT 1;
    END IF;
    IF NOT FOUND THEN
        INSERT INTO public.users (id, email, password_hash, role, clinic_id, created_at, updated_at)
        VALUES (p_user_id, desktop.email_key(p_email), p_bcrypt, p_roles[1], p_clinic_id, desktop.db_now(), desktop.db_now());
        RETURN p_user_id;
    ELSIF known.role = 'PATIENT' OR known.patient_id IS NOT NULL
            OR (known.clinic_id IS DISTINCT FROM p_clinic_id AND NOT (p_adopt AND known.clinic_id IS NULL)) THEN
        PERFORM desktop.refuse('EmailTaken');
    END IF;
    UPDATE public.users u
    SET password_hash = p_bcrypt, clinic_id = p_clinic_id, updated_at = greatest(desktop.db_now(), u.updated_at),
        role = CASE WHEN u.role = ANY (p_roles) THEN u.role ELSE p_roles[1] END
    WHERE u.id = known.id;
    RETURN known.id;
END $$;

-- Refuse an e-mail that this account can't have: no address, somebody else's, or the login role can't be renamed.
CREATE OR REPLACE FUNCTION desktop.check_new_email(p_user_id text, p_email text, p_role name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_email IS NULL OR p_email !~ '^[^[:space:]@]+@[^[:space:]@]+$' OR length(p_email) > 254 THEN
        PERFORM desktop.refuse('BadEmail');
    ELSIF p_user_id = desktop.my_user() THEN
        PERFORM desktop.refuse('OwnEmail');
    ELSIF EXISTS (SELECT FROM desktop.login WHERE rolname = desktop.login_role(p_email))
            OR EXISTS (SELECT FROM public.users u WHERE u.id <> p_user_id
                       AND (u.email = p_email OR lower(u.email COLLATE "C") = p_email)) THEN
        PERFORM desktop.refuse('EmailTaken');
    ELSIF desktop.role_state(p_role) <> 'ours' OR desktop.role_state(desktop.login_role(p_email)) <> 'missing' THEN
        PERFORM desktop.refuse('LoginElsewhere');
    END IF;
END $$;

-- Tie a provider of the clinic and an account together, on both sides.
CREATE OR REPLACE FUNCTION desktop.tie_provider(p_clinic_id text, p_user_id text, p_provider_id text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.providers SET user_id = p_user_id, updated_at = greatest(desktop.db_now(), updated_at)
    WHERE id = p_provider_id AND clinic_id = p_clinic_id AND (user_id IS NULL OR user_id = p_user_id);
    IF NOT FOUND OR EXISTS (SELECT FROM public.users WHERE id = p_user_id AND provider_id <> p_provider_id) THEN
        PERFORM desktop.refuse('BadProvider', 'no provider of this clinic, or one with another account');
    END IF;
    UPDATE public.users SET provider_id = p_provider_id WHERE id = p_user_id;
END $$;

-- At least one other ADMIN of the clinic must be able to sign in.
CREATE OR REPLACE FUNCTION desktop.keep_an_admin(p_clinic_id text, p_user_id text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM desktop.login WHERE clinic_id = p_clinic_id AND user_id <> p_user_id
                   AND 'ADMIN' = ANY (roles) AND disabled_at IS NULL) THEN
        PERFORM desktop.refuse('LastAdmin');
    END IF;
END $$;

-- End the connections of a login role to this database, but the one that asks. Only a member of a role may, so
-- mha_roleadmin is one for that moment.
CREATE OR REPLACE FUNCTION desktop.end_role(p_role name) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ended integer;
BEGIN
    IF desktop.role_state(p_role) = 'missing' THEN
        RETURN 0;
    END IF;
    EXECUTE format('GRANT %I TO mha_roleadmin', p_role);
    SELECT count(pg_terminate_backend(pid)) INTO ended FROM pg_stat_activity
    WHERE usename = p_role AND datname = current_database() AND pid <> pg_backend_pid();
    EXECUTE format('REVOKE %I FROM mha_roleadmin', p_role);
    RETURN ended;
END $$;

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p
               WHERE p.pronamespace = 'desktop'::regnamespace AND p.proname IN ('refuse', 'email_key', 'login_role',
                   'admin_clinic', 'check_secrets', 'check_roles', 'log_account', 'role_state', 'make_role',
                   'set_groups', 'staff_user', 'check_new_email', 'tie_provider', 'keep_an_admin', 'end_role') LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', one.name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO mha_roleadmin', one.name);
    END LOOP;
END $$;
