-- Merging two patients that are one person, and taking it back. An ADMIN's; the caller's clinic only.
--
-- Every row below the dropped patient goes to the survivor in one transaction and is noted, so that an undo brings
-- exactly those back. Rows that would collide with one of the survivor's (a weekly summary of the same week, the same
-- device, the same household) stay with the dropped patient and are shown with the survivor. What somebody who doesn't
-- know of the merge (the phone, the backend, a window left open) writes to the dropped patient later follows.
-- Who read which chart (access_event) stays where it was read.

-- The tables of rows that belong to a patient, and what must be unique among those of one patient.
CREATE OR REPLACE FUNCTION desktop.patient_tables()
RETURNS TABLE (schema_name text, table_name text, unique_by text[], has_stamp boolean)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    VALUES
        ('public', 'measurements', '{}'::text[], false),
        ('public', 'care_plans', '{}', true),
        ('public', 'alerts', '{}', false),
        ('public', 'visit_requests', '{}', true),
        ('public', 'visits', '{}', true),
        ('public', 'device_connections', '{provider,external_id}', true),
        ('public', 'vital_readings', '{}', false),
        ('public', 'hrv_readings', '{}', false),
        ('public', 'bmi_readings', '{}', false),
        ('public', 'lab_orders', '{}', true),
        ('public', 'referrals', '{}', true),
        ('public', 'excuse_notes', '{}', true),
        ('public', 'message_threads', '{}', true),
        ('public', 'rule_executions', '{}', false),
        ('public', 'weekly_summaries', '{week_start}', false),
        ('desktop', 'contact_attempt', '{}', false),
        ('desktop', 'waiting_list_entry', '{}', true),
        ('desktop', 'walk_in', '{}', true),
        ('desktop', 'visit_note', '{}', true),
        ('desktop', 'task', '{}', true),
        ('desktop', 'lab_review', '{}', true),
        ('desktop', 'lab_message', '{}', true),
        ('desktop', 'care_task_mark', '{}', true),
        ('desktop', 'held_message', '{}', false),
        ('desktop', 'household_member', '{household_id}', true);
$$;

-- The column that names a row of such a table.
CREATE OR REPLACE FUNCTION desktop.patient_row_key(p_table text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE p_table WHEN 'lab_review' THEN 'order_id' ELSE 'id' END;
$$;

-- Who a patient is today: themself, or who they were merged into, over several merges.
CREATE OR REPLACE FUNCTION desktop.survivor(p_patient text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found text := p_patient;
    next text;
BEGIN
    FOR step IN 1..100 LOOP  -- a circle can't be made (see merge_patients); this is for hand-written rows
        SELECT d.merged_into INTO next FROM desktop.patient_detail d WHERE d.patient_id = found;
        EXIT WHEN next IS NULL;
        found := next;
    END LOOP;
    RETURN found;
END $$;

-- The condition that a row r does not collide when it becomes that of the patient p_to (an expression).
CREATE OR REPLACE FUNCTION desktop.no_collision(p_schema text, p_table text, p_unique text[], p_to text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN p_unique = '{}' THEN 'true' ELSE format(
        'NOT EXISTS (SELECT FROM %I.%I k WHERE k.patient_id = %s AND %s)', p_schema, p_table, p_to,
        (SELECT string_agg(format('k.%1$I = r.%1$I', c), ' AND ') FROM unnest(p_unique) c)) END;
$$;

CREATE OR REPLACE FUNCTION desktop.new_stamp(p_has_stamp boolean) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN p_has_stamp
        THEN ', updated_at = greatest(desktop.db_now(), r.updated_at + interval ''1 millisecond'')' ELSE '' END;
$$;

CREATE OR REPLACE FUNCTION desktop.require_admin(p_what text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_clinic() IS NULL OR NOT desktop.has_role('ADMIN') THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', p_what);
    END IF;
END $$;

-- Both patients, locked. A writer below one of them holds a share lock on it, so that whatever it writes is seen by
-- the merge, or is written after it and follows. One merge of a clinic at a time, and the dropped patient first: that
-- is the order in which a row that follows touches the two, so that no such writer ends in a deadlock.
CREATE OR REPLACE FUNCTION desktop.lock_patients(p_keep text, p_drop text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := desktop.my_clinic();
    one text;
BEGIN
    IF p_keep = p_drop THEN
        PERFORM desktop.fail('MH003', 'SamePatient');
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('mha.merge ' || here, 0));
    FOREACH one IN ARRAY ARRAY[p_drop, p_keep] LOOP
        PERFORM 1 FROM public.patients p WHERE p.id = one AND p.clinic_id = here FOR UPDATE;
        IF NOT FOUND THEN
            PERFORM desktop.fail('MH003', 'NoPatient');
        END IF;
    END LOOP;
END $$;

-- Merges p_drop into p_keep. p_details is kept for the undo: what the survivor took of the dropped one's own fields.
-- Returns how many rows moved and how many stay, by table.
CREATE OR REPLACE FUNCTION desktop.merge_patients(p_keep text, p_drop text, p_details jsonb DEFAULT '{}') RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    here constant text := desktop.my_clinic();
    present constant timestamp := desktop.db_now();
    merge constant text := gen_random_uuid()::text;
    one record;
    rows bigint;
    moved jsonb := '{}';
    stays jsonb := '{}';
BEGIN
    PERFORM desktop.require_admin('merge_patients');
    PERFORM desktop.lock_patients(p_keep, p_drop);
    IF EXISTS (SELECT FROM desktop.patient_detail d
               WHERE d.patient_id IN (p_keep, p_drop) AND d.merged_into IS NOT NULL) THEN
        PERFORM desktop.fail('MH001', 'AlreadyMerged');
    END IF;
    INSERT INTO desktop.patient_merge (id, clinic_id, kept_id, dropped_id, merged_at, merged_by, details)
    VALUES (merge, here, p_keep, p_drop, present, desktop.my_user(), coalesce(p_details, '{}'));
    FOR one IN SELECT * FROM desktop.patient_tables() LOOP
        EXECUTE format(
            'WITH moved AS (UPDATE %1$I.%2$I r SET patient_id = $1%3$s WHERE r.patient_id = $2 AND %4$s'
            ' RETURNING r.%5$I AS id)'
            ' INSERT INTO desktop.patient_merge_row (merge_id, table_name, row_id, clinic_id)'
            ' SELECT $3, %2$L, m.id, $4 FROM moved m',
            one.schema_name, one.table_name, desktop.new_stamp(one.has_stamp),
            desktop.no_collision(one.schema_name, one.table_name, one.unique_by, '$1'),
            desktop.patient_row_key(one.table_name))
        USING p_keep, p_drop, merge, here;
        GET DIAGNOSTICS rows = ROW_COUNT;
        moved := moved || CASE WHEN rows > 0 THEN jsonb_build_object(one.table_name, rows) ELSE '{}' END;
        IF one.unique_by <> '{}' THEN
            EXECUTE format('SELECT count(*) FROM %I.%I r WHERE r.patient_id = $1', one.schema_name, one.table_name)
            INTO rows USING p_drop;
            stays := stays || CASE WHEN rows > 0 THEN jsonb_build_object(one.table_name, rows) ELSE '{}' END;
        END IF;
    END LOOP;
    -- A later import of the same records goes to the survivor.
    WITH moved AS (
        UPDATE desktop.import_link l SET row_id = p_keep, updated_at = present
        WHERE l.clinic_id = here AND l.table_name = 'patients' AND l.row_id = p_drop RETURNING l.id)
    INSERT INTO desktop.patient_merge_row (merge_id, table_name, row_id, clinic_id)
    SELECT merge, 'import_link', m.id, here FROM moved m;
    INSERT INTO desktop.patient_detail AS d (patient_id, merged_into, merged_at, updated_at)
    VALUES (p_drop, p_keep, present, present)
    ON CONFLICT (patient_id) DO UPDATE SET merged_into = excluded.merged_into, merged_at = excluded.merged_at,
        updated_at = greatest(excluded.updated_at, d.updated_at + interval '1 millisecond');
    RETURN jsonb_build_object('moved', moved, 'stays', stays);
END $$;

-- Takes the merge of p_drop back. Rows written since stay with the survivor; with p_give_back those that were
-- written to the dropped patient and followed go back too: whose they are is certain. Returns how many rows came back
-- and how many that followed stay, the survivor, and the details that the merge kept.
CREATE OR REPLACE FUNCTION desktop.unmerge_patients(p_drop text, p_give_back boolean DEFAULT false) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    present constant timestamp := desktop.db_now();
    merge desktop.patient_merge;
    one record;
    rows bigint;
    returned jsonb := '{}';
    stay bigint;
BEGIN
    PERFORM desktop.require_admin('unmerge_patients');
    SELECT m.* INTO merge FROM desktop.patient_merge m
    WHERE m.dropped_id = p_drop AND m.clinic_id = desktop.my_clinic() AND m.undone_at IS NULL
    ORDER BY m.merged_at DESC, m.id LIMIT 1;
    IF NOT FOUND THEN
        PERFORM desktop.fail('MH001', 'NotMerged');
    END IF;
    PERFORM desktop.lock_patients(merge.kept_id, p_drop);
    PERFORM 1 FROM desktop.patient_merge m WHERE m.id = merge.id AND m.undone_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM desktop.fail('MH001', 'NotMerged');
    ELSIF EXISTS (SELECT FROM desktop.patient_detail d
                  WHERE d.patient_id = merge.kept_id AND d.merged_into IS NOT NULL) THEN
        PERFORM desktop.fail('MH001', 'UndoLaterMerge');
    END IF;
    FOR one IN SELECT * FROM desktop.patient_tables() LOOP
        EXECUTE format(
            'UPDATE %I.%I r SET patient_id = $1%s FROM desktop.patient_merge_row m '
            'WHERE m.merge_id = $2 AND m.table_name = %L AND m.row_id = r.%I AND r.patient_id = $3 '
            'AND (NOT m.followed OR $4) AND %s',
            one.schema_name, one.table_name, desktop.new_stamp(one.has_stamp), one.table_name,
            desktop.patient_row_key(one.table_name),
            desktop.no_collision(one.schema_name, one.table_name, one.unique_by, '$1'))
        USING p_drop, merge.id, merge.kept_id, coalesce(p_give_back, false);
        GET DIAGNOSTICS rows = ROW_COUNT;
        returned := returned || CASE WHEN rows > 0 THEN jsonb_build_object(one.table_name, rows) ELSE '{}' END;
    END LOOP;
    UPDATE desktop.import_link l SET row_id = p_drop, updated_at = present FROM desktop.patient_merge_row m
    WHERE m.merge_id = merge.id AND m.table_name = 'import_link' AND l.id = m.row_id AND l.row_id = merge.kept_id;
    UPDATE desktop.patient_detail d SET merged_into = NULL, merged_at = NULL,
        updated_at = greatest(present, d.updated_at + interval '1 millisecond')
    WHERE d.patient_id = p_drop;
    UPDATE desktop.patient_merge m SET undone_at = present, undone_by = desktop.my_user() WHERE m.id = merge.id;
    SELECT count(*) INTO stay FROM desktop.patient_merge_row m
    WHERE m.merge_id = merge.id AND m.followed AND NOT coalesce(p_give_back, false);
    RETURN jsonb_build_object('keptId', merge.kept_id, 'returned', returned, 'followedStay', stay,
                              'details', merge.details);
END $$;

-- Rows that were just written to a merged patient go on to the survivor. Behind the statement, not before it: where
-- the survivor has such a row already, the new one stays with the dropped patient and the writer isn't disturbed.
-- Again until nothing moves: the survivor may have been merged on while this waited for it.
CREATE OR REPLACE FUNCTION desktop.follow_merge() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    has_stamp constant boolean := TG_ARGV[0]::boolean;
    unique_by constant text[] := TG_ARGV[1]::text[];
    moved integer;
BEGIN
    IF NOT EXISTS (SELECT FROM desktop.patient_detail d WHERE d.merged_into IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    LOOP
        EXECUTE format(
            'WITH late AS (SELECT n.%6$I AS id, o.patient_id AS gone, desktop.survivor(o.patient_id) AS here,'
            '                  row_number() OVER (PARTITION BY %5$s) AS place'
            '              FROM new_rows n JOIN %1$I.%2$I o ON o.%6$I = n.%6$I'
            '              JOIN desktop.patient_detail d ON d.patient_id = o.patient_id'
            '              WHERE d.merged_into IS NOT NULL),'
            ' moved AS (UPDATE %1$I.%2$I r SET patient_id = l.here%3$s FROM late l'
            '           WHERE r.%6$I = l.id AND l.place = 1 AND %4$s RETURNING l.id, l.gone)'
            ' INSERT INTO desktop.patient_merge_row (merge_id, table_name, row_id, clinic_id, followed)'
            ' SELECT m.id, %2$L, x.id, m.clinic_id, true FROM moved x'
            ' JOIN desktop.patient_merge m ON m.dropped_id = x.gone AND m.undone_at IS NULL'
            ' ON CONFLICT (merge_id, table_name, row_id) DO UPDATE SET followed = true',
            TG_TABLE_SCHEMA, TG_TABLE_NAME, desktop.new_stamp(has_stamp),
            desktop.no_collision(TG_TABLE_SCHEMA, TG_TABLE_NAME, unique_by, 'l.here'),
            CASE WHEN unique_by = '{}' THEN format('n.%I', desktop.patient_row_key(TG_TABLE_NAME)) ELSE 'desktop.survivor(o.patient_id), '
                || (SELECT string_agg(format('o.%I', c), ', ') FROM unnest(unique_by) c) END,
            desktop.patient_row_key(TG_TABLE_NAME));
        GET DIAGNOSTICS moved = ROW_COUNT;
        EXIT WHEN moved = 0;
    END LOOP;
    RETURN NULL;
END $$;

DO $$
DECLARE
    one record;
BEGIN
    -- "mha_merge": after the triggers of audit and feed by name, so that they log the insert before the move.
    FOR one IN SELECT * FROM desktop.patient_tables() LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER mha_merge AFTER INSERT ON %I.%I REFERENCING NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION desktop.follow_merge(%L, %L)',
            one.schema_name, one.table_name, one.has_stamp, one.unique_by);
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION desktop.patient_tables(), desktop.patient_row_key(text), desktop.survivor(text),
    desktop.no_collision(text, text, text[], text), desktop.new_stamp(boolean),
    desktop.require_admin(text), desktop.lock_patients(text, text), desktop.merge_patients(text, text, jsonb),
    desktop.unmerge_patients(text, boolean), desktop.follow_merge() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.merge_patients(text, text, jsonb), desktop.unmerge_patients(text, boolean)
    TO mha_admin;

GRANT SELECT ON desktop.patient_merge, desktop.patient_merge_row TO mha_admin;
SELECT desktop.staff_policy(name, 'SELECT', 'clinic_id = {here} AND {admin}')
FROM unnest(ARRAY['desktop.patient_merge', 'desktop.patient_merge_row']::regclass[]) name;
