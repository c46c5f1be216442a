-- The audit: what is kept, that nobody changes it, the chain of hashes and its check.
-- The triggers that write it are made in 80_feed.sql, together with the feed's.

-- The SQL side of app/db/catalog.py (a test compares them): how a row's clinic is found, whether workstations mirror
-- the table, whether writes are audited, and which columns are in neither.
CREATE OR REPLACE FUNCTION desktop.table_catalog()
RETURNS TABLE (schema_name text, table_name text, scope text, synced boolean, audited boolean, secret text[])
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    VALUES
        ('public', 'clinics', 'CLINIC_ID', true, true, '{}'::text[]),
        ('public', 'users', 'CLINIC', true, true, '{password_hash}'),
        ('public', 'patients', 'CLINIC', true, true, '{}'),
        ('public', 'providers', 'CLINIC', true, true, '{}'),
        ('public', 'measurements', 'BY_PATIENT', true, true, '{}'),
        ('public', 'care_plans', 'BY_PATIENT', true, true, '{}'),
        ('public', 'alerts', 'BY_PATIENT', true, true, '{}'),
        ('public', 'visit_requests', 'BY_PATIENT', true, true, '{}'),
        ('public', 'visit_slots', 'BY_PROVIDER', true, true, '{}'),
        ('public', 'visits', 'BY_BOOKING', true, true, '{}'),
        ('public', 'virtual_visit_sessions', 'BY_VISIT', true, true, '{}'),
        ('public', 'device_connections', 'BY_PATIENT', true, true, '{access_token,refresh_token}'),
        ('public', 'vital_readings', 'BY_PATIENT', true, true, '{}'),
        ('public', 'hrv_readings', 'BY_PATIENT', true, true, '{}'),
        ('public', 'bmi_readings', 'BY_PATIENT', true, true, '{}'),
        ('public', 'lab_orders', 'BY_PATIENT', true, true, '{}'),
        ('public', 'referrals', 'BY_PATIENT', true, true, '{}'),
        ('public', 'excuse_notes', 'BY_PATIENT', true, true, '{}'),
        ('public', 'message_threads', 'BY_PATIENT', true, true, '{}'),
        ('public', 'messages', 'BY_THREAD', true, true, '{}'),
        ('public', 'clinical_rules', 'BY_RULE', true, true, '{}'),
        ('public', 'rule_executions', 'BY_PATIENT', false, false, '{}'),
        ('public', 'provider_availability', 'BY_PROVIDER', true, true, '{}'),
        ('public', 'weekly_summaries', 'BY_PATIENT', true, true, '{}'),
        ('public', 'refresh_tokens', 'BY_USER', false, true, '{token}'),
        ('desktop', 'installation', 'INSTALLATION', false, true, '{}'),
        ('desktop', 'clinic_settings', 'CLINIC', true, true, '{}'),
        ('desktop', 'login', 'CLINIC', true, true, '{}'),
        ('desktop', 'sign_in_event', 'CLINIC', false, false, '{}'),
        ('desktop', 'workstation', 'CLINIC', true, true, '{kept_key}'),
        ('desktop', 'appointment_type', 'CLINIC', true, true, '{}'),
        ('desktop', 'provider_settings', 'BY_PROVIDER', true, true, '{}'),
        ('desktop', 'room', 'CLINIC', true, true, '{}'),
        ('desktop', 'slot_detail', 'BY_SLOT', true, true, '{}'),
        ('desktop', 'slot_claim', 'BY_SLOT', false, false, '{}'),
        ('desktop', 'slot_lease', 'CLINIC', true, true, '{}'),
        ('desktop', 'visit_detail', 'BY_VISIT', true, true, '{}'),
        ('desktop', 'visit_event', 'BY_VISIT', true, false, '{}'),
        ('desktop', 'day_closure', 'CLINIC', true, true, '{}'),
        ('desktop', 'contact_attempt', 'CLINIC', true, true, '{}'),
        ('desktop', 'waiting_list_entry', 'CLINIC', true, true, '{}'),
        ('desktop', 'walk_in', 'CLINIC', true, true, '{}'),
        ('desktop', 'household', 'CLINIC', true, true, '{}'),
        ('desktop', 'household_member', 'BY_HOUSEHOLD', true, true, '{}'),
        ('desktop', 'patient_detail', 'BY_PATIENT', true, true, '{}'),
        ('desktop', 'patient_merge', 'CLINIC', false, true, '{}'),
        ('desktop', 'patient_merge_row', 'CLINIC', false, false, '{}'),
        ('desktop', 'patient_search', 'CLINIC', false, false, '{}'),
        ('desktop', 'search_name', 'CLINIC', false, false, '{}'),
        ('desktop', 'applied_command', 'OWN_OR_ADMIN', false, false, '{}'),
        ('desktop', 'discarded_command', 'OWN_OR_ADMIN', false, true, '{}'),
        ('desktop', 'change', 'CLINIC_OR_NULL', false, false, '{}'),
        ('desktop', 'audit', 'CLINIC', false, false, '{}'),
        ('desktop', 'access_event', 'CLINIC', false, false, '{}'),
        ('desktop', 'draft', 'OWN_USER', true, false, '{}'),
        ('desktop', 'saved_view', 'OWN_OR_SHARED', true, true, '{}'),
        ('desktop', 'import_run', 'CLINIC', false, true, '{}'),
        ('desktop', 'import_link', 'CLINIC', false, false, '{}'),
        ('desktop', 'unread_message', 'BY_THREAD', false, false, '{}'),
        ('desktop', 'rule_clinic', 'CLINIC', true, true, '{}'),
        ('desktop', 'request_visit', 'BY_REQUEST', true, true, '{}'),
        ('desktop', 'visit_note', 'CLINIC', true, true, '{}'),
        ('desktop', 'visit_note_addendum', 'CLINIC', true, true, '{}'),
        ('desktop', 'task', 'CLINIC', true, true, '{}'),
        ('desktop', 'lab_review', 'CLINIC', true, true, '{}'),
        ('desktop', 'lab_signature', 'CLINIC', true, true, '{}'),
        ('desktop', 'lab_result_history', 'CLINIC', true, true, '{}'),
        ('desktop', 'lab_order_detail', 'CLINIC', true, true, '{}'),
        ('desktop', 'lab_message', 'CLINIC', false, true, '{}'),
        ('desktop', 'order_set', 'CLINIC', true, true, '{}'),
        ('desktop', 'referral_detail', 'CLINIC', true, true, '{}'),
        ('desktop', 'excuse_note_detail', 'CLINIC', true, true, '{}'),
        ('desktop', 'cover', 'CLINIC', true, true, '{}'),
        ('desktop', 'care_plan_template', 'CLINIC', true, true, '{}'),
        ('desktop', 'care_task_mark', 'CLINIC', true, true, '{}'),
        ('desktop', 'alert_detail', 'CLINIC', true, true, '{}'),
        ('desktop', 'request_detail', 'CLINIC', true, true, '{}'),
        ('desktop', 'thread_detail', 'CLINIC', true, true, '{}'),
        ('desktop', 'message_template', 'CLINIC', true, true, '{}'),
        ('desktop', 'rule_version', 'CLINIC', false, true, '{}'),
        ('desktop', 'rule_run', 'CLINIC', false, true, '{}'),
        ('desktop', 'rule_run_rule', 'CLINIC', false, true, '{}'),
        ('desktop', 'held_message', 'CLINIC', false, true, '{}'),
        ('desktop', 'account_log', 'CLINIC', false, false, '{}');
$$;

-- Append-only for everyone, the owner included; the sealer may fill the chain's columns once.
CREATE OR REPLACE FUNCTION desktop.keep_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.chain_seq IS NULL AND NEW.chain_seq IS NOT NULL AND
        to_jsonb(NEW) - '{chain_seq,prev_hash,hash}'::text[] = to_jsonb(OLD) - '{chain_seq,prev_hash,hash}'::text[] THEN
        RETURN NEW;
    END IF;
    PERFORM desktop.fail('MH003', 'DocumentLocked', 'audit');
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER mha_keep BEFORE UPDATE OR DELETE ON desktop.audit
    FOR EACH ROW EXECUTE FUNCTION desktop.keep_audit();
CREATE OR REPLACE TRIGGER mha_keep_t BEFORE TRUNCATE ON desktop.audit
    FOR EACH STATEMENT EXECUTE FUNCTION desktop.keep_audit();

-- What a row's hash covers: everything but the chain itself. Times as milliseconds, so that no session setting
-- changes the text; jsonb prints the same value the same way on every version.
CREATE OR REPLACE FUNCTION desktop.audit_hash(p_prev bytea, p_row desktop.audit) RETURNS bytea
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(coalesce(p_prev, '') || convert_to(jsonb_build_array(
        p_row.chain_seq, p_row.seq, (extract(epoch FROM p_row.at) * 1000)::bigint, p_row.xid::text, p_row.who,
        p_row.user_id, p_row.clinic_id, p_row.workstation, p_row.command_id, p_row.on_behalf_of, p_row.table_name,
        p_row.row_id, p_row.op, p_row.before, p_row.after)::text, 'UTF8'));
$$;

-- Puts rows of transactions before p_horizon (NULL: all) on the chain, in the feed's order (xid, seq).
CREATE OR REPLACE FUNCTION desktop.seal_rows(p_horizon xid8, p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head desktop.audit;
    one desktop.audit;
    sealed integer := 0;
BEGIN
    SELECT * INTO head FROM desktop.audit a WHERE a.chain_seq IS NOT NULL ORDER BY a.chain_seq DESC LIMIT 1;
    FOR one IN SELECT * FROM desktop.audit a WHERE a.chain_seq IS NULL AND (p_horizon IS NULL OR a.xid < p_horizon)
               ORDER BY a.xid, a.seq LIMIT p_limit LOOP
        one.chain_seq := coalesce(head.chain_seq, 0) + 1;
        one.prev_hash := head.hash;
        one.hash := desktop.audit_hash(head.hash, one);
        UPDATE desktop.audit a SET chain_seq = one.chain_seq, prev_hash = one.prev_hash, hash = one.hash
        WHERE a.seq = one.seq;
        head := one;
        sealed := sealed + 1;
    END LOOP;
    RETURN sealed;
END $$;

-- Seals what is settled: older than every transaction still running. Behind the writers, since a chain inside their
-- transactions would make every commit wait for the one before. Returns how many rows it sealed; p_limit of them
-- means that there are more.
CREATE OR REPLACE FUNCTION desktop.audit_seal(p_limit integer DEFAULT 5000) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('mha.audit_seal', 0));
    RETURN desktop.seal_rows(pg_snapshot_xmin(pg_current_snapshot()), greatest(1, least(p_limit, 100000)));
END $$;

-- Checks p_limit rows of the chain behind place p_after, whose row has the hash p_hash (hex; NULL at the beginning).
-- first_bad is the seq of the first row that is not what was sealed, or the one after which a row is missing; at the
-- chain's end (checked < p_limit) also one that was slipped in behind it. last and head are where the next part goes
-- on; anchored says whether a row has the hash p_anchor (hex).
CREATE OR REPLACE FUNCTION desktop.audit_verify_part(
    p_after bigint, p_hash text, p_limit integer, p_anchor text DEFAULT NULL, OUT checked integer, OUT last bigint,
    OUT first_bad bigint, OUT problem text, OUT head text, OUT anchored boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted constant bytea := decode(p_anchor, 'hex');
    tip desktop.audit;
BEGIN
    SELECT count(*), max(x.chain_seq), coalesce(bool_or(x.hash = wanted), false),
           (array_agg(x.seq ORDER BY x.chain_seq) FILTER (WHERE x.bad))[1],
           (array_agg(x.apart ORDER BY x.chain_seq) FILTER (WHERE x.bad))[1]
    INTO checked, last, anchored, first_bad, problem
    FROM (SELECT y.*, y.torn OR y.hash IS DISTINCT FROM y.now_hash AS bad,
                 CASE WHEN y.torn THEN 'a row is missing before this one' ELSE 'the row was changed' END AS apart
          FROM (SELECT (z.one).seq, (z.one).chain_seq, (z.one).hash,
                       desktop.audit_hash((z.one).prev_hash, z.one) AS now_hash,
                       (z.one).chain_seq <> p_after + row_number() OVER w OR (z.one).prev_hash IS DISTINCT FROM
                           CASE row_number() OVER w WHEN 1 THEN decode(p_hash, 'hex') ELSE lag((z.one).hash) OVER w END
                           AS torn
                FROM (SELECT a AS one, a.chain_seq AS place FROM desktop.audit a
                      WHERE a.chain_seq > p_after ORDER BY a.chain_seq LIMIT p_limit) z
                WINDOW w AS (ORDER BY z.place)) y) x;
    last := coalesce(last, p_after);
    SELECT * INTO tip FROM desktop.audit a WHERE a.chain_seq = last;
    head := encode(tip.hash, 'hex');
    IF first_bad IS NULL AND checked < p_limit THEN
        SELECT a.seq, 'the row was added behind the chain' INTO first_bad, problem FROM desktop.audit a
        WHERE a.chain_seq IS NULL AND (a.xid, a.seq) < (tip.xid, tip.seq) AND a.seq < tip.seq
        ORDER BY a.xid, a.seq LIMIT 1;
    END IF;
END $$;

-- Checks the whole chain, in one statement: for the owner and small databases; the program goes part by part. head is
-- what to keep outside the database: a later chain that doesn't contain it was cut off (p_anchor: one kept earlier).
CREATE OR REPLACE FUNCTION desktop.audit_verify(
    p_anchor text DEFAULT NULL, OUT ok boolean, OUT checked bigint, OUT first_bad bigint, OUT problem text,
    OUT head text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part record;
    place bigint := 0;
    found_anchor boolean := p_anchor IS NULL;
BEGIN
    checked := 0;
    LOOP
        SELECT * INTO part FROM desktop.audit_verify_part(place, head, 50000, p_anchor);
        checked := checked + part.checked;
        first_bad := part.first_bad;
        problem := part.problem;
        place := part.last;
        head := part.head;
        found_anchor := found_anchor OR part.anchored;
        EXIT WHEN problem IS NOT NULL OR part.checked < 50000;
    END LOOP;
    IF problem IS NULL AND NOT found_anchor THEN
        problem := 'the anchored row is missing';
    END IF;
    ok := problem IS NULL;
END $$;

REVOKE ALL ON FUNCTION desktop.table_catalog(), desktop.keep_audit(), desktop.audit_hash(bytea, desktop.audit),
    desktop.seal_rows(xid8, integer), desktop.audit_seal(integer), desktop.audit_verify(text),
    desktop.audit_verify_part(bigint, text, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.audit_seal(integer) TO mha_staff;
GRANT EXECUTE ON FUNCTION desktop.audit_verify(text), desktop.audit_verify_part(bigint, text, integer, text) TO mha_admin;
