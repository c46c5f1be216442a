-- Group roles, what PUBLIC loses, and the functions that say who is asking.
--
-- Run by the database's owner (CREATEROLE, no superuser), on PostgreSQL 15 to 18, as often as you like.
-- Roles belong to the whole server, everything else to this database.

DO $$
DECLARE
    groups constant text[] := ARRAY['mha_staff', 'mha_assistant', 'mha_provider', 'mha_admin', 'mha_roleadmin'];
    one text;
BEGIN
    FOREACH one IN ARRAY groups LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = one);
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN %s', one, CASE one WHEN 'mha_roleadmin' THEN 'CREATEROLE' END);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database of this server is being prepared at the same moment
        END;
    END LOOP;
    SELECT rolname INTO one FROM pg_roles
    WHERE rolname = ANY (groups) AND (rolcanlogin OR rolsuper OR rolbypassrls OR rolreplication OR rolcreatedb
        OR rolcreaterole <> (rolname = 'mha_roleadmin'));
    IF FOUND THEN
        RAISE insufficient_privilege USING MESSAGE = format(
            'the role %s can do more than it may, so it was not made by this program: take LOGIN, SUPERUSER, '
            'BYPASSRLS, REPLICATION and CREATEDB from it', one);
    END IF;
    -- From 16 on only who made a role (or was given ADMIN OPTION) may hand it out.
    SELECT name INTO one FROM unnest(groups) name
    WHERE current_setting('server_version_num')::int >= 160000
        AND NOT pg_has_role(current_user, name::name, 'MEMBER WITH ADMIN OPTION');
    IF FOUND THEN
        RAISE insufficient_privilege USING MESSAGE = format(
            'the role %s was made by the owner of another database of this server: use that owner here too, or let it '
            'run GRANT %s TO %I WITH ADMIN OPTION', one, array_to_string(groups, ', '), current_user);
    END IF;
END $$;

GRANT mha_staff TO mha_assistant, mha_provider, mha_admin;
-- mha_roleadmin makes people's login roles; nobody logs in as it, and it owns nothing but 30_accounts.sql.
GRANT mha_assistant, mha_provider, mha_admin TO mha_roleadmin WITH ADMIN OPTION;

DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'mha_roleadmin', 'USAGE') THEN
        EXECUTE format('GRANT mha_roleadmin TO %I', current_user);  -- so that the owner may give it the functions
    END IF;
END $$;

-- Which other roles the operator has let at the shared tables: the backend's own, reports. They keep what they had.
CREATE OR REPLACE FUNCTION desktop.backend_roles(p_table regclass) RETURNS SETOF name
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.rolname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE c.oid = p_table
    UNION
    SELECT r.rolname
    FROM pg_class c
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attacl IS NOT NULL
    CROSS JOIN LATERAL (SELECT * FROM aclexplode(c.relacl) UNION ALL SELECT * FROM aclexplode(a.attacl)) x
    JOIN pg_roles r ON r.oid = x.grantee
    WHERE c.oid = p_table AND r.rolname NOT LIKE 'mha\_u\_%'
      AND r.rolname NOT IN ('mha_staff', 'mha_assistant', 'mha_provider', 'mha_admin', 'mha_roleadmin');
$$;

REVOKE ALL ON SCHEMA desktop FROM PUBLIC;
GRANT USAGE ON SCHEMA desktop TO mha_staff, mha_roleadmin;
GRANT USAGE ON SCHEMA public TO mha_staff, mha_roleadmin;

DO $$
DECLARE
    one record;
    base constant name := current_database();
BEGIN
    IF (SELECT pg_has_role(current_user, datdba, 'USAGE') FROM pg_database WHERE datname = base) THEN
        FOR one IN SELECT DISTINCT r FROM pg_class c, desktop.backend_roles(c.oid) r
                   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') LOOP
            EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', base, one.r);
        END LOOP;
        EXECUTE format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', base);
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO mha_staff', base);
    ELSE
        RAISE WARNING 'the owner of the tables does not own database %: PUBLIC keeps TEMPORARY and CONNECT', base;
    END IF;
    IF (SELECT pg_has_role(current_user, nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'public') THEN
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    ELSIF has_schema_privilege('mha_staff', 'public', 'CREATE') THEN
        RAISE WARNING 'everybody may create objects in schema public: its owner must REVOKE CREATE FROM PUBLIC';
    END IF;
    FOR one IN SELECT c.oid::regclass AS name FROM pg_class c
               WHERE c.relnamespace IN ('public'::regnamespace, 'desktop'::regnamespace)
                 AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND pg_has_role(current_user, c.relowner, 'USAGE') LOOP
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', one.name);
    END LOOP;
END $$;

-- The database's present instant: naive UTC, in whole milliseconds, moved in a demo.
CREATE OR REPLACE FUNCTION desktop.db_now() RETURNS timestamp(3)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN date_trunc('milliseconds', now() AT TIME ZONE 'UTC')
        + coalesce((SELECT clock_offset_seconds FROM desktop.installation), 0) * interval '1 second';
END $$;

-- Who is asking. session_user can't be forged or SET; a disabled account is nobody from the next statement on.
-- plpgsql, because its plan outlives the statement: 15 to 17 plan an SQL function anew each time.
CREATE OR REPLACE FUNCTION desktop.my_clinic() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT clinic_id FROM desktop.login WHERE rolname = session_user::text AND disabled_at IS NULL);
END $$;

CREATE OR REPLACE FUNCTION desktop.my_user() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT user_id FROM desktop.login WHERE rolname = session_user::text AND disabled_at IS NULL);
END $$;

CREATE OR REPLACE FUNCTION desktop.my_roles() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce((SELECT roles FROM desktop.login WHERE rolname = session_user::text AND disabled_at IS NULL), '{}');
END $$;

CREATE OR REPLACE FUNCTION desktop.has_role(p_role text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM desktop.login
                   WHERE rolname = session_user::text AND disabled_at IS NULL AND p_role = ANY (roles));
END $$;

-- The person's own provider row, and all providers of the clinic: few, so policies compare with the list.
CREATE OR REPLACE FUNCTION desktop.my_provider() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT p.id FROM desktop.login l
            JOIN public.providers p ON p.user_id = l.user_id AND p.clinic_id = l.clinic_id
            WHERE l.rolname = session_user::text AND l.disabled_at IS NULL);
END $$;

CREATE OR REPLACE FUNCTION desktop.my_providers() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT p.id FROM desktop.login l JOIN public.providers p ON p.clinic_id = l.clinic_id
                 WHERE l.rolname = session_user::text AND l.disabled_at IS NULL);
END $$;

-- Whether the person's clinic is the only one in this database.
CREATE OR REPLACE FUNCTION desktop.only_clinic() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN desktop.my_clinic() IS NOT NULL
        AND NOT EXISTS (SELECT FROM public.clinics WHERE id <> desktop.my_clinic());
END $$;

REVOKE ALL ON FUNCTION desktop.db_now(), desktop.my_clinic(), desktop.my_user(), desktop.my_roles(),
    desktop.has_role(text), desktop.my_provider(), desktop.my_providers(), desktop.only_clinic(), desktop.backend_roles(regclass)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.db_now(), desktop.my_clinic(), desktop.my_user(), desktop.my_roles(),
    desktop.has_role(text), desktop.my_provider(), desktop.my_providers(), desktop.only_clinic() TO mha_staff;
