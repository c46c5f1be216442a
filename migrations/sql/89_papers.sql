-- Referrals and excuse notes: what left the house stays as it left. The triggers bind the staff; the owner passes.

-- A referral goes to somebody, and what it says never changes once it was sent.
CREATE OR REPLACE FUNCTION desktop.guard_referral() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_user() IS NULL THEN
        RETURN NEW;
    END IF;
    IF NEW.status = 'SENT' AND OLD.status = 'PENDING' AND coalesce(btrim(NEW.referred_to), '') = '' THEN
        PERFORM desktop.fail('MH001', 'RecipientNeeded', 'referrals');
    END IF;
    IF OLD.status <> 'PENDING' AND to_jsonb(NEW) - '{status,completed_at,updated_at}'::text[]
            IS DISTINCT FROM to_jsonb(OLD) - '{status,completed_at,updated_at}'::text[] THEN
        PERFORM desktop.fail('MH003', 'DocumentLocked', 'referrals');
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION desktop.guard_referral_letter() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_user() IS NOT NULL
        AND (NEW.letter, NEW.recipient, NEW.sent_by) IS DISTINCT FROM (OLD.letter, OLD.recipient, OLD.sent_by)
        AND OLD.sent_by IS NOT NULL THEN
        PERFORM desktop.fail('MH003', 'DocumentLocked', 'referral_detail');
    END IF;
    RETURN NEW;
END $$;

-- Who signed, what stands on the paper, and that it was withdrawn: once written it stays. A provider signs a note in
-- the transaction that sends it; an assistant's draft begins without either.
CREATE OR REPLACE FUNCTION desktop.guard_note_detail() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_user() IS NULL THEN
        RETURN NEW;
    END IF;
    IF OLD.signed_at IS NOT NULL AND (NEW.show_reason, NEW.signed_at, NEW.signed_by)
            IS DISTINCT FROM (OLD.show_reason, OLD.signed_at, OLD.signed_by)
        OR OLD.withdrawn_at IS NOT NULL AND (NEW.withdrawn_at, NEW.withdrawn_by, NEW.withdrawn_reason)
            IS DISTINCT FROM (OLD.withdrawn_at, OLD.withdrawn_by, OLD.withdrawn_reason) THEN
        PERFORM desktop.fail('MH003', 'DocumentLocked', 'excuse_note_detail');
    END IF;
    IF OLD.signed_by IS DISTINCT FROM NEW.signed_by AND NEW.signed_by IS DISTINCT FROM desktop.acting_author()
        OR OLD.withdrawn_by IS DISTINCT FROM NEW.withdrawn_by
            AND NEW.withdrawn_by IS DISTINCT FROM desktop.acting_author() THEN
        PERFORM desktop.fail('MH003', 'NotAllowed', 'excuse_note_detail: in another''s name');
    END IF;
    RETURN NEW;
END $$;

-- A draft that nobody wants is thrown away, by whoever may draft one: it was never given to anybody. What was signed or
-- sent never goes. Returns whether it went.
CREATE OR REPLACE FUNCTION desktop.drop_excuse_note(p_note text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF desktop.my_clinic() IS NULL
        OR NOT (desktop.has_role('PROVIDER') OR desktop.has_role('MEDICAL_ASSISTANT')) THEN
        PERFORM desktop.refuse('NotAllowed');
    END IF;
    DELETE FROM public.excuse_notes n USING public.patients p
    WHERE n.id = p_note AND p.id = n.patient_id AND p.clinic_id = desktop.my_clinic() AND n.status = 'DRAFT'
        AND NOT EXISTS (SELECT FROM desktop.excuse_note_detail d WHERE d.note_id = n.id AND d.signed_at IS NOT NULL);
    RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION desktop.drop_excuse_note(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.drop_excuse_note(text) TO mha_staff;

REVOKE ALL ON FUNCTION desktop.guard_referral(), desktop.guard_referral_letter(), desktop.guard_note_detail() FROM PUBLIC;

DO $$
DECLARE
    direct constant text := format('current_user <> %L', current_user);
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_paper BEFORE UPDATE ON public.referrals FOR EACH ROW '
        'WHEN (%s) EXECUTE FUNCTION desktop.guard_referral()', direct);
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_paper BEFORE UPDATE ON desktop.referral_detail FOR EACH ROW '
        'WHEN (%s) EXECUTE FUNCTION desktop.guard_referral_letter()', direct);
    EXECUTE format('CREATE OR REPLACE TRIGGER mha_guard_paper BEFORE UPDATE ON desktop.excuse_note_detail FOR EACH ROW '
        'WHEN (%s) EXECUTE FUNCTION desktop.guard_note_detail()', direct);
END $$;
