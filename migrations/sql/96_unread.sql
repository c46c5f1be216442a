-- Which messages of patients nobody has read: kept beside the shared table by triggers, whoever writes there. An inbox
-- asks for them with every page; among half a million messages that were read it would otherwise look at each one.

CREATE OR REPLACE FUNCTION desktop.keep_unread() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM desktop.unread_message u WHERE u.message_id IN (OLD.id, NEW.id);
    END IF;
    -- Apart from the rest: a condition with a query in it is a statement of its own even where its first half decides.
    IF NEW.read THEN
        RETURN NULL;
    END IF;
    INSERT INTO desktop.unread_message (message_id, thread_id, sender_id)
    SELECT NEW.id, NEW.thread_id, NEW.sender_id
    WHERE EXISTS (SELECT FROM public.patients p WHERE p.user_id = NEW.sender_id)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION desktop.keep_unread() FROM PUBLIC;

-- Where a backend's reset took the triggers away, messages came and were read meanwhile that nobody followed.
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = 'public.messages'::regclass AND t.tgenabled IN ('O', 'A')
            AND t.tgname IN ('mha_unread_i', 'mha_unread_u')) < 2 THEN
        LOCK TABLE public.messages IN SHARE ROW EXCLUSIVE MODE;
        DELETE FROM desktop.unread_message;
        INSERT INTO desktop.unread_message (message_id, thread_id, sender_id)
        SELECT m.id, m.thread_id, m.sender_id FROM public.messages m
        WHERE NOT m.read AND EXISTS (SELECT FROM public.patients p WHERE p.user_id = m.sender_id);
    END IF;
END $$;

CREATE OR REPLACE TRIGGER mha_unread_i AFTER INSERT ON public.messages FOR EACH ROW
    WHEN (NOT NEW.read) EXECUTE FUNCTION desktop.keep_unread();
CREATE OR REPLACE TRIGGER mha_unread_u AFTER UPDATE ON public.messages FOR EACH ROW
    WHEN ((OLD.read, OLD.thread_id, OLD.sender_id) IS DISTINCT FROM (NEW.read, NEW.thread_id, NEW.sender_id))
    EXECUTE FUNCTION desktop.keep_unread();
