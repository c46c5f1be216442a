-- What patients wrote and nobody has read, beside the shared table, which may have no index on it.

CREATE TABLE desktop.unread_message (
    message_id text NOT NULL,
    thread_id text NOT NULL,
    sender_id text NOT NULL,
    CONSTRAINT unread_message_pkey PRIMARY KEY (message_id),
    CONSTRAINT unread_message_message_id_fkey FOREIGN KEY (message_id) REFERENCES public.messages (id) ON DELETE CASCADE ON UPDATE CASCADE
);

-- Nobody writes a message until the triggers that keep the table are there (migrations/sql/96_unread.sql).
LOCK TABLE public.messages IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO desktop.unread_message (message_id, thread_id, sender_id)
SELECT m.id, m.thread_id, m.sender_id FROM public.messages m
WHERE NOT m.read AND EXISTS (SELECT FROM public.patients p WHERE p.user_id = m.sender_id);
