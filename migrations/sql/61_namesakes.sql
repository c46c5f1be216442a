-- Who on a day could be mistaken for a patient who is to be booked. Few are left for the program to look at: the names of
-- a whole day take longer to send and to read than to compare here.

-- Where a clinic's day that holds p_at begins and ends. Where this server doesn't know the clinic's zone, or has other
-- rules for it than the program, the span is rather too long.
CREATE OR REPLACE FUNCTION desktop.around_day(p_clinic text, p_at timestamp, OUT since timestamp, OUT until timestamp)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    zone constant text := coalesce(
        (SELECT c.timezone FROM desktop.clinic_settings c WHERE c.clinic_id = p_clinic), 'UTC');
BEGIN
    since := date_trunc('day', p_at AT TIME ZONE 'UTC' AT TIME ZONE zone) AT TIME ZONE zone AT TIME ZONE 'UTC'
        - interval '1 hour';
    until := since + interval '27 hours';
EXCEPTION WHEN invalid_parameter_value THEN
    since := p_at - interval '26 hours';
    until := p_at + interval '26 hours';
END $$;

-- maybe_alike: whether two first or last names, folded, could be mistaken for each other, or can't be compared.
-- They are equal, the words of one are among the other's, or they share as many letters in order as the program asks for
-- (app/domain/patients.py, ALIKE; app/domain/namesakes.py looks again). Without settings of its own, so that it becomes
-- part of the query; the extension may be in a schema of somebody else's choice.
DO $install$
DECLARE
    home constant text := (
        SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'fuzzystrmatch');
BEGIN
    EXECUTE format($do$
        CREATE OR REPLACE FUNCTION desktop.maybe_alike(p_one text, p_other text) RETURNS boolean
        LANGUAGE sql IMMUTABLE AS $$
            SELECT p_one = p_other OR p_one = '' OR p_other = ''
                OR CASE WHEN pg_catalog.length(p_one) > 255 OR pg_catalog.length(p_other) > 255 THEN true
                        WHEN pg_catalog.abs(pg_catalog.length(p_one) - pg_catalog.length(p_other)) * 4
                             > pg_catalog.length(p_one) + pg_catalog.length(p_other) THEN false
                        ELSE %I.levenshtein_less_equal(p_one, p_other, 1, 1, 2,
                                 (pg_catalog.length(p_one) + pg_catalog.length(p_other)) / 4) * 4
                             <= pg_catalog.length(p_one) + pg_catalog.length(p_other) END
                OR (pg_catalog.strpos(p_one, ' ') > 0 OR pg_catalog.strpos(p_other, ' ') > 0)
                   AND (pg_catalog.string_to_array(p_one, ' ') OPERATOR(pg_catalog.<@)
                            pg_catalog.string_to_array(p_other, ' ')
                        OR pg_catalog.string_to_array(p_other, ' ') OPERATOR(pg_catalog.<@)
                            pg_catalog.string_to_array(p_one, ' '));
        $$ $do$, home);
END $install$;

-- Other people's visits on the day of p_at whose names, in either order, may be mistaken for the patient's; whether they
-- are, the program decides. One of the names begins alike: a slip rarely hits the first letter of both.
CREATE OR REPLACE FUNCTION desktop.namesakes_of_day(
    p_clinic text, p_providers text[], p_patient_id text, p_at timestamp)
RETURNS TABLE (slot_id text, provider_id text, start_time timestamp, end_time timestamp, visit_id text,
    visit_status public."VisitStatus", patient_id text, first_name text, last_name text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 2 SET search_path = pg_catalog, pg_temp SET jit = off
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    day record;
    called text COLLATE "C";
    own_first text COLLATE "C";
    own_last text COLLATE "C";
    begins text[] COLLATE "C";
    slots text[];
    people text[];
BEGIN
    SELECT k.sort_key INTO called FROM desktop.patient_search k
    WHERE k.patient_id = p_patient_id AND k.clinic_id = p_clinic;
    IF called IS NULL THEN
        RETURN;
    END IF;
    own_last := split_part(called, '  ', 1);
    own_first := split_part(called, '  ', 2);
    SELECT array_agg(place || coalesce('\' || nullif(left(name, 1), ''), '') || '%') INTO begins
    FROM unnest(ARRAY['', '%  ']) place, unnest(ARRAY[own_first, own_last]) name;
    SELECT * INTO day FROM desktop.around_day(p_clinic, p_at);
    -- Step by step, each by its index: the names of a day are read in one go, and mostly nobody is left of them. OFFSET 0
    -- keeps the cheap comparison before the careful one.
    slots := ARRAY(SELECT s.id FROM public.visit_slots s
                   WHERE s.provider_id = ANY (p_providers) AND s.start_time >= day.since AND s.start_time < day.until);
    people := ARRAY(SELECT v.patient_id FROM public.visits v
                    WHERE v.slot_id = ANY (slots) AND v.patient_id <> p_patient_id
                      AND v.status IN ('PLANNED', 'CHECKED_IN', 'IN_PROGRESS', 'COMPLETED'));
    people := ARRAY(
        SELECT k.patient_id
        FROM (SELECT x.patient_id, split_part(x.sort_key, '  ', 1) AS last, split_part(x.sort_key, '  ', 2) AS first
              FROM desktop.patient_search x
              WHERE x.patient_id = ANY (people) AND x.clinic_id = p_clinic
                AND (x.sort_key LIKE begins[1] OR x.sort_key LIKE begins[2]
                     OR x.sort_key LIKE begins[3] OR x.sort_key LIKE begins[4]) OFFSET 0) k
        WHERE desktop.maybe_alike(k.last, own_last) AND desktop.maybe_alike(k.first, own_first)
           OR desktop.maybe_alike(k.last, own_first) AND desktop.maybe_alike(k.first, own_last));
    IF people = '{}' THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT s.id, s.provider_id, s.start_time::timestamp, s.end_time::timestamp, v.id, v.status, p.id, p.first_name,
           p.last_name
    FROM public.visits v JOIN public.visit_slots s ON s.id = v.slot_id JOIN public.patients p ON p.id = v.patient_id
    WHERE v.patient_id = ANY (people) AND v.status IN ('PLANNED', 'CHECKED_IN', 'IN_PROGRESS', 'COMPLETED')
      AND s.provider_id = ANY (p_providers) AND s.start_time >= day.since AND s.start_time < day.until;
END $$;

REVOKE ALL ON FUNCTION desktop.around_day(text, timestamp), desktop.maybe_alike(text, text),
    desktop.namesakes_of_day(text, text[], text, timestamp) FROM PUBLIC;
