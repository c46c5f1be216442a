-- The account functions that people and the owner call; 30_accounts.sql has what they share.

-- Only through create_staff and bootstrap_admin: makes or takes over the account and returns the user's id.
CREATE OR REPLACE FUNCTION desktop.install_login(p_clinic_id text, p_user_id text, p_email text, p_name text,
    p_roles text[], p_verifier text, p_bcrypt text, p_provider_id text, p_adopt boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    role_name constant name := desktop.login_role(p_email);
    person text;
BEGIN
    PERFORM desktop.check_secrets(p_verifier, p_bcrypt), desktop.check_roles(p_roles);
    IF p_email !~ '^[^[:space:]@]+@[^[:space:]@]+$' OR length(p_email) > 254 THEN
        PERFORM desktop.refuse('BadEmail');
    ELSIF coalesce(btrim(p_name), '') = '' OR length(p_name) > 300 OR coalesce(p_user_id, '') = '' THEN
        PERFORM desktop.refuse('BadValue', 'name and id are needed');
    ELSIF EXISTS (SELECT FROM desktop.login WHERE rolname = role_name) THEN
        PERFORM desktop.refuse('EmailTaken');
    END IF;
    person := desktop.staff_user(p_clinic_id, p_user_id, p_email, p_roles, p_bcrypt, p_adopt);
    IF p_provider_id IS NULL THEN  -- the backend may have written one side only
        SELECT p.id INTO p_provider_id FROM public.users u JOIN public.providers p ON p.id = u.provider_id
        WHERE u.id = person AND p.clinic_id = p_clinic_id AND (p.user_id IS NULL OR p.user_id = person);
    END IF;
    IF p_provider_id IS NOT NULL THEN
        PERFORM desktop.tie_provider(p_clinic_id, person, p_provider_id);
    END IF;
    PERFORM desktop.make_role(role_name, p_verifier), desktop.set_groups(role_name, p_roles);
    INSERT INTO desktop.login (rolname, user_id, clinic_id, email, display_name, roles, must_change_password,
                               created_at, updated_at)
    VALUES (role_name, person, p_clinic_id, desktop.email_key(p_email), btrim(p_name), p_roles, NOT p_adopt,
            desktop.db_now(), desktop.db_now());
    PERFORM desktop.log_account(p_clinic_id, 'create ' || array_to_string(p_roles, ' '), person);
    RETURN person;
END $$;

-- An ADMIN makes an account in their own clinic. Returns the user's id: the one given, or the backend's for that
-- e-mail. The first role is the main one (users.role). The password is to be changed at the first sign-in.
CREATE OR REPLACE FUNCTION desktop.create_staff(p_user_id text, p_email text, p_name text, p_roles text[],
    p_verifier text, p_bcrypt text, p_provider_id text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN desktop.install_login(desktop.admin_clinic(), p_user_id, p_email, p_name, p_roles, p_verifier, p_bcrypt,
                                 p_provider_id, false);
END $$;

-- Everybody their own, an ADMIN everybody's of the clinic (to be changed at the next sign-in). Web and phone
-- sessions end; a disabled account stays locked.
CREATE OR REPLACE FUNCTION desktop.set_staff_password(p_user_id text, p_verifier text, p_bcrypt text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own constant boolean := coalesce(p_user_id = desktop.my_user(), false);
    clinic constant text := CASE WHEN own THEN desktop.my_clinic() ELSE desktop.admin_clinic() END;
    target desktop.login;
BEGIN
    PERFORM desktop.check_secrets(p_verifier, p_bcrypt);
    SELECT * INTO target FROM desktop.login WHERE user_id = p_user_id AND clinic_id = clinic FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM desktop.refuse('NoAccount');
    ELSIF desktop.role_state(target.rolname::name) <> 'ours' THEN
        PERFORM desktop.refuse('LoginElsewhere');
    END IF;
    EXECUTE format('ALTER ROLE %I PASSWORD %L', target.rolname, p_verifier);
    UPDATE public.users SET updated_at = greatest(desktop.db_now(), updated_at),
        password_hash = CASE WHEN target.disabled_at IS NULL THEN '' ELSE '!' END || p_bcrypt WHERE id = p_user_id;
    UPDATE desktop.login SET must_change_password = NOT own, updated_at = desktop.db_now() WHERE user_id = p_user_id;
    DELETE FROM public.refresh_tokens WHERE user_id = p_user_id;
    PERFORM desktop.log_account(clinic, 'password', p_user_id);
END $$;

CREATE OR REPLACE FUNCTION desktop.set_staff_roles(p_user_id text, p_roles text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    clinic constant text := desktop.admin_clinic();
    target desktop.login;
BEGIN
    PERFORM desktop.check_roles(p_roles);
    SELECT * INTO target FROM desktop.login WHERE user_id = p_user_id AND clinic_id = clinic;
    IF NOT FOUND THEN
        PERFORM desktop.refuse('NoAccount');
    ELSIF desktop.role_state(target.rolname::name) <> 'ours' THEN
        PERFORM desktop.refuse('LoginElsewhere');
    ELSIF 'ADMIN' = ANY (target.roles) AND 'ADMIN' <> ALL (p_roles) THEN
        PERFORM desktop.keep_an_admin(clinic, p_user_id);
    END IF;
    PERFORM desktop.set_groups(target.rolname::name, p_roles);
    UPDATE desktop.login SET roles = p_roles, updated_at = desktop.db_now() WHERE user_id = p_user_id;
    UPDATE public.users SET role = p_roles[1], updated_at = greatest(desktop.db_now(), updated_at)
    WHERE id = p_user_id AND role <> ALL (p_roles);
    PERFORM desktop.log_account(clinic, 'roles ' || array_to_string(p_roles, ' '), p_user_id);
END $$;

-- Open connections see nothing from their next statement on, and end; the backend's password is locked ('!' before
-- the hash), its sessions end. Call end_connections after the commit for who reconnected meanwhile. Returns how many
-- connections were ended.
CREATE OR REPLACE FUNCTION desktop.disable_staff(p_user_id text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    clinic constant text := desktop.admin_clinic();
    target desktop.login;
BEGIN
    SELECT * INTO target FROM desktop.login WHERE user_id = p_user_id AND clinic_id = clinic;
    IF NOT FOUND THEN
        PERFORM desktop.refuse('NoAccount');
    ELSIF 'ADMIN' = ANY (target.roles) AND target.disabled_at IS NULL THEN
        PERFORM desktop.keep_an_admin(clinic, p_user_id);
    END IF;
    IF desktop.role_state(target.rolname::name) = 'ours' THEN
        EXECUTE format('ALTER ROLE %I NOLOGIN', target.rolname);
    END IF;
    UPDATE desktop.login SET disabled_at = coalesce(disabled_at, desktop.db_now()), updated_at = desktop.db_now()
    WHERE user_id = p_user_id;
    UPDATE public.users SET password_hash = '!' || password_hash, updated_at = greatest(desktop.db_now(), updated_at)
    WHERE id = p_user_id AND left(password_hash, 1) <> '!';
    DELETE FROM public.refresh_tokens WHERE user_id = p_user_id;
    PERFORM desktop.log_account(clinic, 'disable', p_user_id);
    RETURN desktop.end_role(target.rolname::name);
END $$;

CREATE OR REPLACE FUNCTION desktop.enable_staff(p_user_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    clinic constant text := desktop.admin_clinic();
    target desktop.login;
BEGIN
    SELECT * INTO target FROM desktop.login WHERE user_id = p_user_id AND clinic_id = clinic;
    IF NOT FOUND THEN
        PERFORM desktop.refuse('NoAccount');
    END IF;
    IF desktop.role_state(target.rolname::name) = 'ours' THEN
        EXECUTE format('ALTER ROLE %I LOGIN', target.rolname);
    END IF;
    UPDATE desktop.login SET disabled_at = NULL, updated_at = desktop.db_now() WHERE user_id = p_user_id;
    UPDATE public.users SET password_hash = substr(password_hash, 2), updated_at = greatest(desktop.db_now(), updated_at)
    WHERE id = p_user_id AND password_hash LIKE '!$2%';
    PERFORM desktop.log_account(clinic, 'enable', p_user_id);
END $$;

-- Correct the name and the e-mail of an account. The e-mail is the login: its role is renamed, which keeps the password;
-- who is connected under the old one is signed out, their web and phone sessions end. One's own e-mail another ADMIN
-- corrects: nobody can rename the role that they are connected as. Returns how many connections were ended.
-- What the caller saw (p_seen_…; none is any) must still stand there once the row is ours: two may correct at one moment.
DROP FUNCTION IF EXISTS desktop.edit_staff(text, text, text);
CREATE OR REPLACE FUNCTION desktop.edit_staff(p_user_id text, p_email text, p_name text, p_seen_email text DEFAULT NULL,
                                              p_seen_name text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    clinic constant text := desktop.admin_clinic();
    wanted constant text := desktop.email_key(p_email);
    target desktop.login;
    ended integer := 0;
BEGIN
    SELECT * INTO target FROM desktop.login WHERE user_id = p_user_id AND clinic_id = clinic FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM desktop.refuse('NoAccount');
    ELSIF coalesce(btrim(p_name), '') = '' OR length(p_name) > 300 THEN
        PERFORM desktop.refuse('BadValue', 'a name is needed');
    ELSIF p_seen_email <> target.email OR p_seen_name <> target.display_name THEN
        RAISE EXCEPTION USING ERRCODE = 'MH001', MESSAGE = 'StateChanged';
    END IF;
    IF btrim(p_name) <> target.display_name THEN
        UPDATE desktop.login SET display_name = btrim(p_name), updated_at = desktop.db_now() WHERE user_id = p_user_id;
        PERFORM desktop.log_account(clinic, 'name', p_user_id);
    END IF;
    IF wanted IS DISTINCT FROM target.email THEN
        PERFORM desktop.check_new_email(p_user_id, wanted, target.rolname::name);
        ended := desktop.end_role(target.rolname::name);
        EXECUTE format('ALTER ROLE %I RENAME TO %I', target.rolname, desktop.login_role(wanted));
        UPDATE desktop.login SET rolname = desktop.login_role(wanted), email = wanted, updated_at = desktop.db_now()
        WHERE user_id = p_user_id;
        UPDATE public.users SET email = wanted, updated_at = greatest(desktop.db_now(), updated_at) WHERE id = p_user_id;
        DELETE FROM public.refresh_tokens WHERE user_id = p_user_id;
        PERFORM desktop.log_account(clinic, 'email', p_user_id);
    END IF;
    RETURN ended;
END $$;

-- End the web and phone sessions of a user of the clinic (an ADMIN), or one's own. Returns how many there were.
CREATE OR REPLACE FUNCTION desktop.end_sessions(p_user_id text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    clinic constant text := CASE WHEN p_user_id = desktop.my_user() THEN desktop.my_clinic()
                                 ELSE desktop.admin_clinic() END;
    ended integer;
BEGIN
    IF NOT EXISTS (SELECT FROM public.users WHERE id = p_user_id AND clinic_id = clinic) THEN
        PERFORM desktop.refuse('NoAccount');
    END IF;
    DELETE FROM public.refresh_tokens WHERE user_id = p_user_id;
    GET DIAGNOSTICS ended = ROW_COUNT;
    PERFORM desktop.log_account(clinic, 'end sessions', p_user_id);
    RETURN ended;
END $$;

-- End the connections of a colleague's program. Returns how many there were.
CREATE OR REPLACE FUNCTION desktop.end_connections(p_user_id text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    clinic constant text := desktop.admin_clinic();
    target name;
BEGIN
    SELECT rolname INTO target FROM desktop.login WHERE user_id = p_user_id AND clinic_id = clinic;
    IF NOT FOUND THEN
        PERFORM desktop.refuse('NoAccount');
    END IF;
    RETURN desktop.end_role(target);
END $$;

-- For the owner, when a password is forgotten or was not in a backup: also makes the role if it is missing.
CREATE OR REPLACE FUNCTION desktop.restore_login(p_email text, p_verifier text, p_bcrypt text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target desktop.login;
BEGIN
    PERFORM desktop.check_secrets(p_verifier, p_bcrypt);
    SELECT * INTO target FROM desktop.login WHERE rolname = desktop.login_role(p_email) FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM desktop.refuse('NoAccount');
    ELSIF target.disabled_at IS NOT NULL THEN
        PERFORM desktop.refuse('AccountDisabled');
    END IF;
    PERFORM desktop.make_role(target.rolname::name, p_verifier), desktop.set_groups(target.rolname::name, target.roles);
    UPDATE public.users SET password_hash = p_bcrypt, updated_at = greatest(desktop.db_now(), updated_at)
    WHERE id = target.user_id;
    UPDATE desktop.login SET must_change_password = true, updated_at = desktop.db_now() WHERE rolname = target.rolname;
    DELETE FROM public.refresh_tokens WHERE user_id = target.user_id;
    PERFORM desktop.log_account(target.clinic_id, 'password by the owner', target.user_id);
    RETURN target.user_id;
END $$;

-- For the owner, after a restore: make the roles that the server lacks (without a password) and take over those of
-- the database that was replaced. Returns what became of each account: ours, orphan, missing or elsewhere.
CREATE OR REPLACE FUNCTION desktop.restore_roles() RETURNS TABLE (email text, was text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one desktop.login;
BEGIN
    FOR one IN SELECT * FROM desktop.login l ORDER BY l.rolname LOOP
        email := one.email;
        was := desktop.role_state(one.rolname::name);
        IF was IN ('missing', 'orphan') THEN
            PERFORM desktop.make_role(one.rolname::name, NULL);
            IF one.disabled_at IS NOT NULL THEN
                EXECUTE format('ALTER ROLE %I NOLOGIN', one.rolname);
            END IF;
        END IF;
        IF was <> 'elsewhere' THEN
            PERFORM desktop.set_groups(one.rolname::name, one.roles);
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT p.oid::regprocedure AS name, f.column2 AS grantee
               FROM (VALUES ('create_staff', 'mha_admin'), ('set_staff_password', 'mha_staff'),
                            ('set_staff_roles', 'mha_admin'), ('disable_staff', 'mha_admin'),
                            ('enable_staff', 'mha_admin'), ('end_sessions', 'mha_staff'),
                            ('end_connections', 'mha_admin'), ('edit_staff', 'mha_admin'), ('install_login', current_user),
                            ('restore_login', current_user), ('restore_roles', current_user)) f
               JOIN pg_proc p ON p.proname = f.column1 AND p.pronamespace = 'desktop'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO mha_roleadmin', one.name);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', one.name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', one.name, one.grantee);
    END LOOP;
END $$;
REVOKE CREATE ON SCHEMA desktop FROM mha_roleadmin;
