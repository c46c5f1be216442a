-- When a clinic's rules are due, and its weekly summaries: computed here, on the clinic's wall, so that every program
-- comes to the same instant and a claim can be checked.

-- The latest instant up to p_now at which the rules were due; NULL without a schedule, or before it was chosen. A time
-- that a clock change leaves out is taken an hour later, one that comes twice is taken once.
CREATE OR REPLACE FUNCTION desktop.rule_due(p_clinic text, p_now timestamp) RETURNS timestamp
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    zone text;
    chosen jsonb;
    clock time;
    today date;
    due timestamp;
BEGIN
    SELECT coalesce(s.timezone, 'UTC'), s.settings -> 'rules' INTO zone, chosen
    FROM desktop.clinic_settings s WHERE s.clinic_id = p_clinic;
    IF chosen ->> 'every' IS NULL OR chosen ->> 'every' NOT IN ('hour', 'day', 'week')
       OR coalesce(chosen ->> 'at', '') !~ '^([01][0-9]|2[0-3]):[0-5][0-9]$' THEN
        RETURN NULL;
    END IF;
    clock := (chosen ->> 'at')::time;
    today := (p_now AT TIME ZONE 'UTC' AT TIME ZONE zone)::date;
    IF chosen ->> 'every' = 'hour' THEN
        due := date_trunc('hour', p_now);
    ELSIF chosen ->> 'every' = 'day' THEN
        due := (today + clock) AT TIME ZONE zone AT TIME ZONE 'UTC';
        IF due > p_now THEN
            due := (today - 1 + clock) AT TIME ZONE zone AT TIME ZONE 'UTC';
        END IF;
    ELSE
        today := today - (extract(isodow FROM today)::integer - 1);
        due := (today + clock) AT TIME ZONE zone AT TIME ZONE 'UTC';
        IF due > p_now THEN
            due := (today - 7 + clock) AT TIME ZONE zone AT TIME ZONE 'UTC';
        END IF;
    END IF;
    RETURN CASE WHEN due >= coalesce(desktop.instant_of(chosen ->> 'since'), '-infinity') THEN due END;
END $$;

-- What is due at the caller's clinic and nobody has begun yet, or whoever has begun ended on the way. For all of the staff: any window may carry it out.
CREATE OR REPLACE FUNCTION desktop.rules_due() RETURNS timestamp
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.due FROM (SELECT desktop.rule_due(desktop.my_clinic(), desktop.db_now()) AS due) d
    WHERE d.due IS NOT NULL AND NOT EXISTS (
        SELECT FROM desktop.rule_run x WHERE x.clinic_id = desktop.my_clinic() AND x.scheduled_for = d.due
          AND NOT desktop.run_abandoned(x));
$$;

-- Claims last week's summaries for a program (Mondays from midnight on); its week, or NULL when they are made, or
-- another program has been at it for less than half an hour. With p_done the caller says that they are made.
CREATE OR REPLACE FUNCTION desktop.summaries_claim(p_done boolean DEFAULT false) RETURNS date
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := desktop.my_clinic();
    now constant timestamp := desktop.db_now();
    today constant date := desktop.day_at(here, now);
    week constant date := today - (extract(isodow FROM today)::integer - 1) - 7;
    kept jsonb;
    mine constant jsonb := jsonb_build_object('week', week, 'by', desktop.my_user(), 'done', p_done,
        'at', to_char(now, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
BEGIN
    IF here IS NULL OR NOT (desktop.has_role('ADMIN') OR desktop.has_role('PROVIDER')) THEN
        PERFORM desktop.refuse('NotAllowed');
    END IF;
    SELECT s.settings -> 'summaries' INTO kept FROM desktop.clinic_settings s WHERE s.clinic_id = here FOR UPDATE;
    IF kept ->> 'week' = week::text AND (kept -> 'done' = 'true'
        OR (NOT p_done AND desktop.instant_of(kept ->> 'at') > now - interval '30 minutes')) THEN
        RETURN NULL;
    END IF;
    UPDATE desktop.clinic_settings s SET updated_at = greatest(now, s.updated_at + interval '1 millisecond'),
        settings = CASE jsonb_typeof(s.settings) WHEN 'object' THEN s.settings ELSE '{}' END
                   || jsonb_build_object('summaries', mine)
    WHERE s.clinic_id = here;
    RETURN week;
END $$;

REVOKE ALL ON FUNCTION desktop.rule_due(text, timestamp), desktop.rules_due(), desktop.summaries_claim(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.rules_due(), desktop.summaries_claim(boolean) TO mha_staff;
