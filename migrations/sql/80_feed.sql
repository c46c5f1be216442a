-- The change feed (offline.md) and the triggers that write it and the audit.
--
-- Statement-level with transition tables: an import of 100,000 rows costs one statement more, not 100,000. Three
-- settings on the generated functions keep a cached plan right for one row and for many: without jit a bulk update
-- doesn't leave every later single one 50 ms slower (seen on 15); without nested loops a plan made for one row
-- doesn't compare 100,000 rows with 100,000; without sequential scans one made while a table was empty doesn't read
-- all of it for every row once it is full.

-- Whose a row is: an expression over the row p_row (an alias), by the catalog's scope. NULL: every clinic's. One key
-- after the other and never a join: without nested loops (see above) a join would walk the index of all patients.
CREATE OR REPLACE FUNCTION desktop.clinic_of(p_scope text, p_row text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT replace(CASE
        WHEN p_scope = 'CLINIC_ID' THEN '{r}.id'
        WHEN p_scope IN ('CLINIC', 'CLINIC_OR_NULL', 'OWN_USER', 'OWN_OR_SHARED', 'OWN_OR_ADMIN') THEN '{r}.clinic_id'
        WHEN p_scope IN ('BY_PATIENT', 'BY_BOOKING') THEN
            '(SELECT p.clinic_id FROM public.patients p WHERE p.id = {r}.patient_id)'
        WHEN p_scope = 'BY_PROVIDER' THEN
            '(SELECT p.clinic_id FROM public.providers p WHERE p.id = {r}.provider_id)'
        WHEN p_scope = 'BY_SLOT' THEN
            '(SELECT p.clinic_id FROM public.providers p WHERE p.id = '
            '(SELECT s.provider_id FROM public.visit_slots s WHERE s.id = {r}.slot_id))'
        WHEN p_scope = 'BY_VISIT' THEN
            '(SELECT p.clinic_id FROM public.patients p WHERE p.id = '
            '(SELECT v.patient_id FROM public.visits v WHERE v.id = {r}.visit_id))'
        WHEN p_scope = 'BY_REQUEST' THEN
            '(SELECT p.clinic_id FROM public.patients p WHERE p.id = '
            '(SELECT q.patient_id FROM public.visit_requests q WHERE q.id = {r}.request_id))'
        WHEN p_scope = 'BY_THREAD' THEN
            '(SELECT p.clinic_id FROM public.patients p WHERE p.id = '
            '(SELECT t.patient_id FROM public.message_threads t WHERE t.id = {r}.thread_id))'
        WHEN p_scope = 'BY_HOUSEHOLD' THEN
            '(SELECT h.clinic_id FROM desktop.household h WHERE h.id = {r}.household_id)'
        WHEN p_scope = 'BY_USER' THEN '(SELECT u.clinic_id FROM public.users u WHERE u.id = {r}.user_id)'
        WHEN p_scope = 'BY_RULE' THEN
            '(SELECT c.clinic_id FROM desktop.rule_clinic c WHERE c.rule_id = {r}.id)'
        WHEN p_scope = 'INSTALLATION' THEN 'NULL::text'
    END, '{r}', p_row);
$$;

-- The column that says whose a row is: when it changes, the old clinic gets a tombstone.
CREATE OR REPLACE FUNCTION desktop.scope_column(p_scope text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN p_scope IN ('CLINIC', 'CLINIC_OR_NULL', 'OWN_USER', 'OWN_OR_SHARED', 'OWN_OR_ADMIN') THEN 'clinic_id'
        WHEN p_scope IN ('BY_PATIENT', 'BY_BOOKING') THEN 'patient_id'
        WHEN p_scope = 'BY_PROVIDER' THEN 'provider_id'
        WHEN p_scope = 'BY_SLOT' THEN 'slot_id'
        WHEN p_scope = 'BY_VISIT' THEN 'visit_id'
        WHEN p_scope = 'BY_REQUEST' THEN 'request_id'
        WHEN p_scope = 'BY_THREAD' THEN 'thread_id'
        WHEN p_scope = 'BY_HOUSEHOLD' THEN 'household_id'
        WHEN p_scope = 'BY_USER' THEN 'user_id'
    END;
$$;

-- A patient or provider moved to another clinic: the rows below were never touched, so this speaks for them.
CREATE OR REPLACE FUNCTION desktop.feed_children(p_parent text, p_id text, p_from text, p_to text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    child record;
    belongs text;
BEGIN
    FOR child IN SELECT c.schema_name, c.table_name, c.scope FROM desktop.table_catalog() c WHERE c.synced LOOP
        belongs := CASE
            WHEN p_parent = 'patients' AND child.scope IN ('BY_PATIENT', 'BY_BOOKING') THEN 'r.patient_id = $1'
            WHEN p_parent = 'patients' AND child.scope = 'BY_VISIT' THEN
                'r.visit_id IN (SELECT v.id FROM public.visits v WHERE v.patient_id = $1)'
            WHEN p_parent = 'patients' AND child.scope = 'BY_REQUEST' THEN
                'r.request_id IN (SELECT q.id FROM public.visit_requests q WHERE q.patient_id = $1)'
            WHEN p_parent = 'patients' AND child.scope = 'BY_THREAD' THEN
                'r.thread_id IN (SELECT t.id FROM public.message_threads t WHERE t.patient_id = $1)'
            WHEN p_parent = 'providers' AND child.scope IN ('BY_PROVIDER', 'BY_BOOKING') THEN 'r.provider_id = $1'
            WHEN p_parent = 'providers' AND child.scope = 'BY_SLOT' THEN
                'r.slot_id IN (SELECT s.id FROM public.visit_slots s WHERE s.provider_id = $1)'
            WHEN p_parent = 'providers' AND child.scope = 'BY_VISIT' THEN
                'r.visit_id IN (SELECT v.id FROM public.visits v WHERE v.provider_id = $1)'
        END;
        CONTINUE WHEN belongs IS NULL;
        EXECUTE format(
            'INSERT INTO desktop.change (xid, at, clinic_id, table_name, row_id, op) '
            'SELECT pg_current_xact_id(), desktop.db_now(), c.clinic_id, %L, %s, c.op FROM %I.%I r, '
            '(VALUES ($2, ''D''), ($3, ''I'')) c (clinic_id, op) WHERE %s',
            child.table_name, (SELECT string_agg(format('r.%I::text', k), ' || ''/'' || ') FROM unnest(
                desktop.key_columns(format('%I.%I', child.schema_name, child.table_name)::regclass)) k),
            child.schema_name, child.table_name, belongs) USING p_id, p_from, p_to;
    END LOOP;
END $$;

-- The columns of a table's primary key, in its order.
CREATE OR REPLACE FUNCTION desktop.key_columns(p_table regclass) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg(a.attname::text ORDER BY k.place)
    FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY k (attnum, place)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = p_table AND i.indisprimary;
$$;

CREATE OR REPLACE FUNCTION desktop.row_json(p_row text, p_secret text[]) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE WHEN p_secret = '{}' THEN 'to_jsonb(%s)' ELSE 'to_jsonb(%s) - %L::text[]' END, p_row, p_secret);
$$;

-- The statement that writes one kind of change of one table. p_rows selects the rows with the columns id, clinic,
-- before and after; the trigger functions below declare tx, present, me and the settings of the command.
CREATE OR REPLACE FUNCTION desktop.log_statement(
    p_table text, p_synced boolean, p_audited boolean, p_op text, p_rows text)
RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE WHEN p_synced AND p_audited THEN 'WITH d AS MATERIALIZED (%1$s), f AS (%2$s) %3$s;'
                       WHEN p_synced THEN 'WITH d AS MATERIALIZED (%1$s) %2$s;'
                       ELSE 'WITH d AS MATERIALIZED (%1$s) %3$s;' END, p_rows,
        format('INSERT INTO desktop.change (xid, at, clinic_id, table_name, row_id, op) '
               'SELECT tx, present, d.clinic, %L, d.id, %L FROM d', p_table, p_op),
        format('INSERT INTO desktop.audit (at, xid, who, user_id, clinic_id, workstation, command_id, on_behalf_of, '
               'table_name, row_id, op, before, after) '
               'SELECT present, tx, session_user, me, d.clinic, workstation, command, author, '
               '%L, d.id, %L, d.before, d.after FROM d', p_table, p_op))
        || CASE WHEN p_synced THEN ' IF FOUND THEN PERFORM pg_notify(''mha_feed'', tx::text); END IF;' ELSE '' END;
$$;

CREATE OR REPLACE FUNCTION desktop.log_function(p_name text, p_body text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format($f$
        CREATE OR REPLACE FUNCTION desktop.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp SET jit = off SET enable_nestloop = off SET enable_seqscan = off AS $t$
        DECLARE
            tx constant xid8 := pg_current_xact_id();
            present constant timestamp := desktop.db_now();
            me constant text := desktop.my_user();
            workstation constant text := nullif(current_setting('mha.workstation', true), '');
            command constant text := nullif(current_setting('mha.command', true), '');
            author constant text := CASE WHEN coalesce(current_setting('mha.on_behalf_of', true), '') <> ''
                THEN nullif(desktop.acting_author(), me) END;  -- checked there: anybody can SET the setting
            moved record;
        BEGIN
            %s
            RETURN NULL;
        END $t$ $f$, p_name, p_body);
    EXECUTE format('REVOKE ALL ON FUNCTION desktop.%I() FROM PUBLIC', p_name);
END $$;

-- What an UPDATE logs where keys or owners changed: the old key goes, the new one comes, the old clinic gets a
-- tombstone, and the rows below a patient or provider go along. p_key is the key of a row {r}, p_same the condition
-- that old and new row o and n are the same, p_owner the column that says whose the row is.
CREATE OR REPLACE FUNCTION desktop.log_moves(p_table text, p_key text, p_same text, p_owner text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c record;
    old_key constant text := replace(p_key, '{r}', 'o');
    new_key constant text := replace(p_key, '{r}', 'n');
    old_clinic text;
    new_clinic text;
    body text;
BEGIN
    SELECT * INTO STRICT c FROM desktop.table_catalog() t WHERE t.table_name = p_table;
    old_clinic := desktop.clinic_of(c.scope, 'o');
    new_clinic := desktop.clinic_of(c.scope, 'n');
    body := format('IF EXISTS (SELECT %s, o.%I FROM old_rows o EXCEPT SELECT %s, n.%I FROM new_rows n) THEN ',
                   old_key, p_owner, new_key, p_owner)
        || desktop.log_statement(p_table, c.synced, c.audited, 'D', format(
               'SELECT %s AS id, %s AS clinic, %s AS before, NULL::jsonb AS after '
               'FROM old_rows o WHERE NOT EXISTS (SELECT FROM new_rows n WHERE %s)',
               old_key, old_clinic, desktop.row_json('o', c.secret), p_same))
        || desktop.log_statement(p_table, c.synced, c.audited, 'I', format(
               'SELECT %s AS id, %s AS clinic, NULL::jsonb AS before, %s AS after '
               'FROM new_rows n WHERE NOT EXISTS (SELECT FROM old_rows o WHERE %s)',
               new_key, new_clinic, desktop.row_json('n', c.secret), p_same));
    IF c.synced THEN
        body := body || desktop.log_statement(p_table, true, false, 'D', format(
            'SELECT %s AS id, %s AS clinic FROM old_rows o JOIN new_rows n ON %s WHERE %s IS DISTINCT FROM %s',
            old_key, old_clinic, p_same, old_clinic, new_clinic));
    END IF;
    IF p_table IN ('patients', 'providers') THEN
        body := body || format(
            'FOR moved IN SELECT n.id, o.clinic_id AS gone, n.clinic_id AS here FROM old_rows o JOIN new_rows n ON %s '
            'WHERE o.clinic_id IS DISTINCT FROM n.clinic_id LOOP '
            'PERFORM desktop.feed_children(%L, moved.id, moved.gone, moved.here); END LOOP; ', p_same, p_table);
    END IF;
    RETURN body || 'END IF;';
END $$;

-- A sign of life is no change: updates of these columns alone are neither mirrored nor audited.
CREATE OR REPLACE FUNCTION desktop.quiet_columns(p_table text) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE p_table WHEN 'workstation' THEN '{last_seen_at,generation}'::text[] END;
$$;

-- Makes the trigger functions of one table of the catalog anew.
CREATE OR REPLACE FUNCTION desktop.make_log_functions(p_table text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c record;
    keys text[];
    key text;
    same text;
    differs text;
    quiet constant text[] := desktop.quiet_columns(p_table);
    form constant text := 'SELECT %s AS id, %s AS clinic, %s AS before, %s AS after FROM %s';
    was text;
    is_now text;
BEGIN
    SELECT * INTO STRICT c FROM desktop.table_catalog() t WHERE t.table_name = p_table;
    keys := desktop.key_columns(format('%I.%I', c.schema_name, p_table)::regclass);
    key := (SELECT string_agg(format('{r}.%I::text', k), ' || ''/'' || ') FROM unnest(keys) k);
    same := (SELECT string_agg(format('n.%1$I = o.%1$I', k), ' AND ') FROM unnest(keys) k);
    differs := CASE WHEN quiet IS NULL THEN 'o IS DISTINCT FROM n'
                    ELSE format('to_jsonb(o) - %1$L::text[] <> to_jsonb(n) - %1$L::text[]', quiet) END;
    was := desktop.row_json('o', c.secret);
    is_now := desktop.row_json('n', c.secret);
    PERFORM desktop.log_function('log_' || p_table || '_i', desktop.log_statement(p_table, c.synced, c.audited, 'I',
        format(form, replace(key, '{r}', 'n'), desktop.clinic_of(c.scope, 'n'), 'NULL::jsonb', is_now, 'new_rows n')));
    PERFORM desktop.log_function('log_' || p_table || '_d', desktop.log_statement(p_table, c.synced, c.audited, 'D',
        format(form, replace(key, '{r}', 'o'), desktop.clinic_of(c.scope, 'o'), was, 'NULL::jsonb', 'old_rows o')));
    PERFORM desktop.log_function('log_' || p_table || '_u', desktop.log_statement(p_table, c.synced, c.audited, 'U',
        format(form, replace(key, '{r}', 'n'), desktop.clinic_of(c.scope, 'n'), was, is_now,
               format('new_rows n JOIN old_rows o ON %s WHERE %s', same, differs)))
        || ' ' || desktop.log_moves(p_table, key, same, coalesce(desktop.scope_column(c.scope), keys[1])));
END $$;

CREATE OR REPLACE FUNCTION desktop.make_log_triggers(p_schema text, p_table text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    verb record;
BEGIN
    FOR verb IN SELECT * FROM (VALUES
            ('i', 'INSERT', 'NEW TABLE AS new_rows'), ('d', 'DELETE', 'OLD TABLE AS old_rows'),
            ('u', 'UPDATE', 'OLD TABLE AS old_rows NEW TABLE AS new_rows')) v (letter, name, tables) LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER mha_log_%s AFTER %s ON %I.%I REFERENCING %s '
            'FOR EACH STATEMENT EXECUTE FUNCTION desktop.%I()', verb.letter, verb.name, p_schema, p_table, verb.tables,
            'log_' || p_table || '_' || verb.letter);
    END LOOP;
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_log_t AFTER TRUNCATE ON %I.%I '
        'FOR EACH STATEMENT EXECUTE FUNCTION desktop.log_truncate()', p_schema, p_table);
END $$;

-- TRUNCATE has no transition table: the feed begins anew, and every workstation takes everything afresh.
CREATE OR REPLACE FUNCTION desktop.log_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE desktop.installation SET epoch = gen_random_uuid()::text;
    INSERT INTO desktop.change (xid, at, table_name, row_id, op)
    VALUES (pg_current_xact_id(), desktop.db_now(), TG_TABLE_NAME, '', 'T');
    INSERT INTO desktop.audit (at, xid, who, user_id, table_name, row_id, op)
    VALUES (desktop.db_now(), pg_current_xact_id(), session_user, desktop.my_user(), TG_TABLE_NAME, '', 'T');
    PERFORM pg_notify('mha_feed', pg_current_xact_id()::text);
    RETURN NULL;
END $$;

-- Deletes feed rows older than p_keep that are settled, and says in desktop.installation how far: a cursor below that
-- takes a new snapshot. Claims of holds that ran out go too, and leases of slots that were over a month ago, whose
-- workstation was never heard from again. Returns how many feed rows went. It is for all clinics of the database: staff
-- have it through upkeep() alone, which keeps a fortnight; pruning more would force every workstation to start over.
CREATE OR REPLACE FUNCTION desktop.prune(p_keep interval) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last_gone xid8;
    pruned bigint := 0;
BEGIN
    SELECT max(c.xid) INTO last_gone FROM desktop.change c
    WHERE c.at < desktop.db_now() - p_keep AND c.xid < pg_snapshot_xmin(pg_current_snapshot());
    IF last_gone IS NOT NULL THEN
        UPDATE desktop.installation SET pruned_before = greatest(pruned_before, last_gone::text::bigint + 1);
        DELETE FROM desktop.change c WHERE c.xid <= last_gone;
        GET DIAGNOSTICS pruned = ROW_COUNT;
    END IF;
    DELETE FROM desktop.slot_claim c USING public.visit_slots s
    WHERE s.id = c.slot_id AND s.status = 'HELD' AND s.held_until <= desktop.db_now()
      AND NOT EXISTS (SELECT FROM desktop.wanted_claims(ARRAY[c.slot_id], desktop.db_now(), NULL));
    PERFORM desktop.end_leases(ARRAY(
        SELECT s.id FROM desktop.slot_lease l JOIN public.visit_slots s ON s.id = l.slot_id
        WHERE s.end_time < desktop.db_now() - interval '30 days' ORDER BY s.id FOR UPDATE OF s SKIP LOCKED));
    RETURN pruned;
END $$;

-- After a restore the transaction ids in feed and audit are another server's. The feed begins anew, the audit's open
-- rows are put on the chain. For the owner, before anybody else is let in. Returns whether anything had to be done.
CREATE OR REPLACE FUNCTION desktop.adopt_restored() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := (SELECT system_identifier::text FROM pg_control_system());
BEGIN
    IF (SELECT i.system_identifier = here FROM desktop.installation i) THEN
        RETURN false;
    END IF;
    PERFORM desktop.seal_rows(NULL, 2147483647);
    DELETE FROM desktop.change;
    UPDATE desktop.installation SET system_identifier = here, epoch = gen_random_uuid()::text, pruned_before = 0;
    PERFORM desktop.rebuild_claims();
    RETURN true;
END $$;

-- What is missing: tables of the catalog without row-level security, policies or triggers (a backend that resets its
-- schema drops them), tables of ours that the catalog doesn't know. No rows: all is well. Asked at every start.
CREATE OR REPLACE FUNCTION desktop.feed_check() RETURNS TABLE (table_name text, problem text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH known AS (
        SELECT c.*, t.oid, t.relrowsecurity AND t.relforcerowsecurity AS sealed
        FROM desktop.table_catalog() c
        LEFT JOIN pg_class t ON t.relname = c.table_name AND t.relkind IN ('r', 'p')
            AND t.relnamespace = to_regnamespace(c.schema_name)),
    wanted AS (
        SELECT k.table_name, k.oid, 'mha_log_' || verb AS trigger_name
        FROM known k, unnest('{i,u,d,t}'::text[]) verb WHERE k.synced OR k.audited
        UNION ALL
        SELECT k.table_name, k.oid, w.name FROM known k JOIN (VALUES
            ('visit_slots', 'mha_claim_i'), ('visit_slots', 'mha_claim_u'), ('visit_slots', 'mha_guard_u'),
            ('visit_slots', 'mha_lease_u'),
            ('visits', 'mha_claim_i'), ('visits', 'mha_claim_u'), ('visits', 'mha_claim_d'),
            ('visits', 'mha_event_i'), ('visits', 'mha_event_u'), ('visits', 'mha_guard_u'),
            ('visit_requests', 'mha_guard_i'), ('visit_requests', 'mha_guard_u'),
            ('virtual_visit_sessions', 'mha_guard_i'), ('virtual_visit_sessions', 'mha_guard_u'),
            ('lab_orders', 'mha_guard_i'), ('lab_orders', 'mha_guard_u'),
            ('lab_orders', 'mha_results_i'), ('lab_orders', 'mha_results_u'),
            ('lab_review', 'mha_guard_i'), ('lab_review', 'mha_guard_u'),
            ('referrals', 'mha_guard_i'), ('referrals', 'mha_guard_u'),
            ('excuse_notes', 'mha_guard_i'), ('excuse_notes', 'mha_guard_u'),
            ('alerts', 'mha_guard_i'), ('alerts', 'mha_guard_u'),
            ('messages', 'mha_unread_i'), ('messages', 'mha_unread_u'),
            ('patients', 'mha_search_i'), ('patients', 'mha_search_u'), ('patient_detail', 'mha_search_i'),
            ('patient_detail', 'mha_search_u'), ('audit', 'mha_keep'), ('audit', 'mha_keep_t')) w (tab, name)
            ON w.tab = k.table_name)
    SELECT k.table_name, 'the table is missing' FROM known k WHERE k.oid IS NULL
    UNION ALL
    SELECT k.table_name, 'row-level security is not enabled and forced' FROM known k WHERE NOT k.sealed
    UNION ALL
    SELECT k.table_name, 'no policy for staff' FROM known k
    WHERE k.oid IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_policy p WHERE p.polrelid = k.oid AND to_regrole('mha_staff')::oid = ANY (p.polroles))
    UNION ALL
    SELECT w.table_name, 'trigger ' || w.trigger_name || ' is missing or disabled' FROM wanted w
    WHERE w.oid IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_trigger t WHERE t.tgrelid = w.oid AND t.tgname = w.trigger_name AND t.tgenabled IN ('O', 'A'))
    UNION ALL
    SELECT t.relname::text, 'the table is not in the catalog' FROM pg_class t
    WHERE t.relnamespace = 'desktop'::regnamespace AND t.relkind IN ('r', 'p') AND t.relname <> 'alembic_version'
      AND NOT EXISTS (SELECT FROM known k WHERE k.oid = t.oid)
    ORDER BY 1, 2;
$$;

DO $$
DECLARE
    entry record;
BEGIN
    FOR entry IN SELECT c.schema_name, c.table_name FROM desktop.table_catalog() c WHERE c.synced OR c.audited LOOP
        PERFORM desktop.make_log_functions(entry.table_name);
        PERFORM desktop.make_log_triggers(entry.schema_name, entry.table_name);
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION desktop.clinic_of(text, text), desktop.scope_column(text),
    desktop.feed_children(text, text, text, text), desktop.key_columns(regclass),
    desktop.row_json(text, text[]), desktop.log_statement(text, boolean, boolean, text, text),
    desktop.log_function(text, text),
    desktop.log_moves(text, text, text, text), desktop.quiet_columns(text), desktop.make_log_functions(text),
    desktop.make_log_triggers(text, text), desktop.log_truncate(), desktop.prune(interval), desktop.adopt_restored(),
    desktop.feed_check() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.feed_check() TO mha_staff;
REVOKE EXECUTE ON FUNCTION desktop.prune(interval) FROM mha_admin;  -- databases of earlier versions granted it
