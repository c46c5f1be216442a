-- Messages that rules would send: whoever decides says so in their own name, and what is called sent was sent.

-- Closes a held message of the caller's clinic: sent as p_message, which must be the caller's own to that patient and is
-- written in the same transaction; dropped without it. Of two people the second is refused.
CREATE OR REPLACE FUNCTION desktop.decide_held_message(p_id text, p_message text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    held desktop.held_message;
BEGIN
    SELECT * INTO held FROM desktop.held_message h WHERE h.id = p_id AND h.clinic_id = desktop.my_clinic() FOR UPDATE;
    IF held.id IS NULL THEN
        PERFORM desktop.refuse('NotAllowed');
    ELSIF held.state <> 'WAITING' THEN
        PERFORM desktop.refuse('StateChanged');
    ELSIF p_message IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.messages m JOIN public.message_threads t ON t.id = m.thread_id
        WHERE m.id = p_message AND m.sender_id = desktop.my_user() AND t.patient_id = held.patient_id) THEN
        PERFORM desktop.refuse('NotAllowed');
    END IF;
    UPDATE desktop.held_message h SET state = CASE WHEN p_message IS NULL THEN 'DROPPED' ELSE 'SENT' END,
        message_id = p_message, decided_by = desktop.my_user(), decided_at = desktop.db_now()
    WHERE h.id = p_id;
    RETURN p_id;
END $$;
REVOKE ALL ON FUNCTION desktop.decide_held_message(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.decide_held_message(text, text) TO mha_staff;
