-- Hours that somebody removed were once left behind as time off on a day long past (1970-01-01). They count for nothing
-- and no list shows them; now removing deletes. The audit says which rows became that by us: others are not touched.
DELETE FROM public.provider_availability a
WHERE a.date = '1970-01-01' AND a.day_of_week IS NULL AND a.status = 'PAUSED' AND EXISTS (
    SELECT FROM desktop.audit u
    WHERE u.table_name = 'provider_availability' AND u.row_id = a.id AND u.op = 'U' AND u.user_id IS NOT NULL
      AND (u.after ->> 'date')::timestamp = '1970-01-01'
      AND (u.before ->> 'date')::timestamp IS DISTINCT FROM '1970-01-01');
