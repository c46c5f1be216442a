-- Nobody writes in another's name: columns that say who did something take the person's own id, or in the transaction
-- of a command that an ADMIN adopted its author's. What stands there already stays; emptying it is the commands' undo.
-- Columns that are always written with their row have it in their policy (by_user = {author}).

CREATE OR REPLACE FUNCTION desktop.refuse_name() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_user() IS NOT NULL THEN
        PERFORM desktop.fail('42501', 'NotAllowed', format('%s.%s: in another''s name', TG_TABLE_NAME, TG_ARGV[0]));
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION desktop.refuse_name() FROM PUBLIC;

DO $$
DECLARE
    one record;
    direct constant text := format('current_user <> %L', current_user);
BEGIN
    FOR one IN SELECT * FROM (VALUES
            ('visit_detail', 'booked_by'), ('task', 'done_by'), ('alert_detail', 'closed_by'),
            ('request_detail', 'triaged_by'), ('request_detail', 'proposed_by'), ('request_detail', 'closed_by'),
            ('thread_detail', 'closed_by'), ('lab_message', 'handled_by'), ('referral_detail', 'sent_by'),
            ('excuse_note_detail', 'drafted_by'), ('excuse_note_detail', 'signed_by'),
            ('excuse_note_detail', 'withdrawn_by')) n (tab, col) LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER %3$I BEFORE INSERT ON desktop.%1$I FOR EACH ROW '
            'WHEN (%4$s AND NEW.%2$I IS NOT NULL AND NEW.%2$I IS DISTINCT FROM desktop.acting_author()) '
            'EXECUTE FUNCTION desktop.refuse_name(%2$L)', one.tab, one.col, 'mha_name_i_' || one.col, direct);
        EXECUTE format('CREATE OR REPLACE TRIGGER %3$I BEFORE UPDATE ON desktop.%1$I FOR EACH ROW '
            'WHEN (%4$s AND NEW.%2$I IS NOT NULL AND NEW.%2$I IS DISTINCT FROM OLD.%2$I '
            'AND NEW.%2$I IS DISTINCT FROM desktop.acting_author()) '
            'EXECUTE FUNCTION desktop.refuse_name(%2$L)', one.tab, one.col, 'mha_name_u_' || one.col, direct);
    END LOOP;
END $$;
