-- Patient search: one folded text per patient (desktop.patient_search), kept by statement-level triggers, and the
-- function that staff search with. It runs as the owner and filters on the caller's clinic itself, because under
-- row-level security LIKE and the trigram operators may not use an index.

CREATE EXTENSION IF NOT EXISTS fuzzystrmatch SCHEMA desktop;

-- A text of the demographics, "" when the key is absent or holds something else.
CREATE OR REPLACE FUNCTION desktop.json_text(p_value jsonb) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN jsonb_typeof(p_value) = 'string'
                  OR jsonb_typeof(p_value) = 'number' AND p_value #>> '{}' ~ '^-?[0-9]+$'
                THEN left(p_value #>> '{}', 1000) ELSE '' END;
$$;

-- The digits of every phone number, a space before and after each. The documented shapes are a list of
-- {system, value, use}, a list of texts, one text, and the single key "phone"; anything else counts as absent.
CREATE OR REPLACE FUNCTION desktop.phone_digits(p_demographics jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    phones constant jsonb := CASE WHEN jsonb_typeof(p_demographics) = 'object' THEN p_demographics -> 'phones' END;
    entry jsonb;
    number text;
    numbers text[] := '{}';
    found text[] := '{}';
BEGIN
    IF coalesce(jsonb_typeof(phones), 'null') = 'null' THEN
        numbers := ARRAY[desktop.json_text(p_demographics -> 'phone')];
    ELSIF jsonb_typeof(phones) = 'string' THEN
        numbers := ARRAY[desktop.json_text(phones)];
    ELSIF jsonb_typeof(phones) = 'array' THEN
        FOR entry IN SELECT e FROM jsonb_array_elements(phones) e LOOP
            IF jsonb_typeof(entry) = 'string' THEN
                numbers := numbers || desktop.json_text(entry);
            ELSIF jsonb_typeof(entry) = 'object' AND coalesce(entry ->> 'system', '') NOT IN ('email', 'url') THEN
                numbers := numbers || desktop.json_text(entry -> 'value');
            END IF;
        END LOOP;
    END IF;
    FOREACH number IN ARRAY numbers LOOP
        number := left(regexp_replace(desktop.fold(number), '[^0-9]', '', 'g'), 30);
        IF length(number) >= 3 AND number <> ALL (found) AND cardinality(found) < 20 THEN
            found := found || number;
        END IF;
    END LOOP;
    RETURN CASE WHEN found = '{}' THEN '' ELSE ' ' || array_to_string(found, ' ') || ' ' END;
END $$;

-- "de la cruz" is also typed "delacruz": names with a short word are kept in one piece too. NULL for others.
CREATE OR REPLACE FUNCTION desktop.joined_name(p_folded text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN p_folded LIKE '% %' AND ' ' || p_folded || ' ' ~ ' [^ ]{1,3} ' THEN replace(p_folded, ' ', '') END;
$$;

-- A record number without case, punctuation and the letters MRN that some write before it.
CREATE OR REPLACE FUNCTION desktop.fold_record(p_number text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT left(regexp_replace(replace(desktop.fold(p_number), ' ', ''), '^mrn(?=.)', ''), 100);
$$;

-- What search knows of a patient; app/db/search_text.py is the same for the workstation's store.
CREATE OR REPLACE FUNCTION desktop.search_fields(
    p_first text, p_last text, p_demographics jsonb, OUT folded text, OUT sort_key text, OUT phones text, OUT mrn text)
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first constant text := left(desktop.fold(left(coalesce(p_first, ''), 1000)), 300);
    last constant text := left(desktop.fold(left(coalesce(p_last, ''), 1000)), 300);
    preferred text := '';
BEGIN
    mrn := '';
    phones := '';
    IF jsonb_typeof(p_demographics) = 'object' THEN
        preferred := left(desktop.fold(desktop.json_text(p_demographics -> 'preferredName')), 300);
        mrn := desktop.fold_record(desktop.json_text(p_demographics -> 'mrn'));
        phones := desktop.phone_digits(p_demographics);
    END IF;
    folded := concat_ws(' ', nullif(first, ''), nullif(last, ''), nullif(preferred, ''),
                        desktop.joined_name(first), desktop.joined_name(last));
    folded := CASE WHEN folded = '' THEN '' ELSE ' ' || folded || ' ' END;
    sort_key := last || '  ' || first;  -- two spaces: "Li" comes before "Li Wei"
END $$;

CREATE OR REPLACE FUNCTION desktop.finite_date(p_at timestamp) RETURNS date
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN isfinite(p_at) THEN p_at::date END;
$$;

-- Keeps the words of new names for misspelt ones to be compared with. Words that are there already are left alone:
-- counting each use would make everybody who registers a Maria wait for the others. refresh_search_names counts.
CREATE OR REPLACE FUNCTION desktop.keep_search_names(p_clinics text[], p_folded text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
    INSERT INTO desktop.search_name (clinic_id, name, uses)
    SELECT p.clinic, w.word, count(*)
    FROM unnest(p_clinics, p_folded) p (clinic, folded), string_to_table(p.folded, ' ') w (word)
    WHERE length(w.word) BETWEEN 2 AND 40
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (clinic_id, name) DO NOTHING;
END $$;

-- Brings the search rows of these patients in line; merged patients have none.
CREATE OR REPLACE FUNCTION desktop.refresh_search(p_patients text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off SET enable_seqscan = off AS $$
DECLARE
    clinics text[];
    texts text[];
BEGIN
    DELETE FROM desktop.patient_search s USING desktop.patient_detail d
    WHERE s.patient_id = ANY (p_patients) AND d.patient_id = s.patient_id AND d.merged_into IS NOT NULL;
    WITH written AS (
        INSERT INTO desktop.patient_search AS s (patient_id, clinic_id, folded, sort_key, birth_date, phones, mrn)
        SELECT p.id, p.clinic_id, f.folded, f.sort_key, desktop.finite_date(p.date_of_birth), f.phones, f.mrn
        FROM public.patients p, desktop.search_fields(p.first_name, p.last_name, p.demographics) f
        WHERE p.id = ANY (p_patients) AND NOT EXISTS (
            SELECT FROM desktop.patient_detail d WHERE d.patient_id = p.id AND d.merged_into IS NOT NULL)
        ON CONFLICT (patient_id) DO UPDATE SET clinic_id = excluded.clinic_id, folded = excluded.folded,
            sort_key = excluded.sort_key, birth_date = excluded.birth_date, phones = excluded.phones,
            mrn = excluded.mrn
        WHERE (s.clinic_id, s.folded, s.sort_key, s.birth_date, s.phones, s.mrn) IS DISTINCT FROM
            (excluded.clinic_id, excluded.folded, excluded.sort_key, excluded.birth_date, excluded.phones, excluded.mrn)
        RETURNING s.clinic_id, s.folded)
    SELECT array_agg(w.clinic_id), array_agg(w.folded) INTO clinics, texts FROM written w;
    IF clinics IS NOT NULL THEN
        PERFORM desktop.keep_search_names(clinics, texts);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION desktop.search_patients_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    clinics text[];
    texts text[];
BEGIN
    WITH written AS (
        INSERT INTO desktop.patient_search (patient_id, clinic_id, folded, sort_key, birth_date, phones, mrn)
        SELECT n.id, n.clinic_id, f.folded, f.sort_key, desktop.finite_date(n.date_of_birth), f.phones, f.mrn
        FROM new_rows n, desktop.search_fields(n.first_name, n.last_name, n.demographics) f
        ON CONFLICT (patient_id) DO NOTHING
        RETURNING clinic_id, folded)
    SELECT array_agg(w.clinic_id), array_agg(w.folded) INTO clinics, texts FROM written w;
    IF clinics IS NOT NULL THEN
        PERFORM desktop.keep_search_names(clinics, texts);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION desktop.search_patients_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    ids text[];
BEGIN
    SELECT array_agg(x.id) INTO ids FROM (
        SELECT n.id, n.clinic_id, n.first_name, n.last_name, n.date_of_birth, n.demographics FROM new_rows n
        EXCEPT
        SELECT o.id, o.clinic_id, o.first_name, o.last_name, o.date_of_birth, o.demographics FROM old_rows o) x;
    IF ids IS NOT NULL THEN
        PERFORM desktop.refresh_search(ids);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION desktop.search_details_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    ids text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(n.patient_id) INTO ids FROM new_rows n WHERE n.merged_into IS NOT NULL;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(o.patient_id) INTO ids FROM old_rows o WHERE o.merged_into IS NOT NULL;
    ELSE
        SELECT array_agg(x.patient_id) INTO ids FROM (
            SELECT n.patient_id, n.merged_into FROM new_rows n
            EXCEPT SELECT o.patient_id, o.merged_into FROM old_rows o) x;
    END IF;
    IF ids IS NOT NULL THEN
        PERFORM desktop.refresh_search(ids);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER mha_search_i AFTER INSERT ON public.patients REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION desktop.search_patients_inserted();
CREATE OR REPLACE TRIGGER mha_search_u AFTER UPDATE ON public.patients
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION desktop.search_patients_updated();
CREATE OR REPLACE TRIGGER mha_search_i AFTER INSERT ON desktop.patient_detail REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION desktop.search_details_changed();
CREATE OR REPLACE TRIGGER mha_search_u AFTER UPDATE ON desktop.patient_detail
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION desktop.search_details_changed();
CREATE OR REPLACE TRIGGER mha_search_d AFTER DELETE ON desktop.patient_detail REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION desktop.search_details_changed();

-- Two words that share one of these differ in one letter, or in two neighbours that changed places: the word itself
-- and the word without each of its letters in turn.
CREATE OR REPLACE FUNCTION desktop.typo_keys(p_word text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT ARRAY(SELECT DISTINCT overlay(w.word PLACING '' FROM i FOR 1)
                 FROM (SELECT left(p_word, 24) AS word) w, generate_series(1, length(w.word)) i) || left(p_word, 24);
$$;
CREATE INDEX IF NOT EXISTS search_name_typo_idx ON desktop.search_name USING gin (desktop.typo_keys(name));

-- Whole words and beginnings of words are found in one posting list each, where trigrams take one for every three
-- letters; parts inside a word are the trigram index's.
CREATE OR REPLACE FUNCTION desktop.search_words(p_folded text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.array_to_tsvector(pg_catalog.string_to_array(pg_catalog.btrim(p_folded), ' '));
$$;
CREATE INDEX IF NOT EXISTS patient_search_words_idx ON desktop.patient_search USING gin (desktop.search_words(folded));

-- Counts the words in use anew and drops those of nobody; for maintenance.
CREATE OR REPLACE FUNCTION desktop.refresh_search_names() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
    WITH counted AS MATERIALIZED (
        SELECT s.clinic_id, w.word, count(*) AS uses
        FROM desktop.patient_search s, string_to_table(s.folded, ' ') w (word)
        WHERE length(w.word) BETWEEN 2 AND 40 GROUP BY 1, 2),
    gone AS (
        DELETE FROM desktop.search_name n WHERE NOT EXISTS (
            SELECT FROM counted c WHERE c.clinic_id = n.clinic_id AND c.word = n.name))
    INSERT INTO desktop.search_name AS n (clinic_id, name, uses)
    SELECT c.clinic_id, c.word, c.uses FROM counted c ORDER BY 1, 2
    ON CONFLICT (clinic_id, name) DO UPDATE SET uses = excluded.uses WHERE n.uses <> excluded.uses;
END $$;

-- Names of the clinic that a misspelt word may mean, nearest first: one edit for 3 to 5 letters, two up to 11, three
-- beyond; neighbours that changed places count as one. A word still being typed may also begin a longer name. A word
-- that is a name already is likelier meant than misspelt: for it one edit is looked at, which costs next to nothing.
CREATE OR REPLACE FUNCTION desktop.similar_names(p_clinic text, p_word text, p_limit integer)
RETURNS TABLE (name text, distance integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, desktop, pg_temp SET jit = off AS $$
DECLARE
    size constant integer := length(p_word);
    most constant integer := CASE WHEN size < 6 THEN 1 WHEN size < 12 THEN 2 ELSE 3 END;
    letters constant text := (SELECT string_agg(c, '' ORDER BY c) FROM string_to_table(p_word, NULL) c);
    known constant boolean := EXISTS (
        SELECT FROM desktop.search_name n WHERE n.clinic_id = p_clinic AND n.name = p_word);
BEGIN
    IF size < 3 THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH alike AS MATERIALIZED (  -- the same first letter, for errors anywhere behind it
        SELECT n.name, n.uses FROM desktop.search_name n
        WHERE size >= 5 AND NOT known AND n.clinic_id = p_clinic
          AND n.name >= left(p_word, 1) AND n.name < left(p_word, 1) || chr(1114111)),
    measured AS (
        SELECT n.name, n.uses, 0 AS more, most AS allowed, n.name AS compared FROM desktop.search_name n
        WHERE n.clinic_id = p_clinic AND desktop.typo_keys(n.name) && desktop.typo_keys(p_word)
        UNION ALL
        SELECT n.name, n.uses, 0, most, n.name FROM desktop.search_name n
        WHERE size >= 6 AND NOT known AND n.clinic_id = p_clinic AND n.name % p_word
        UNION ALL
        SELECT a.name, a.uses, 0, most, a.name FROM alike a
        WHERE length(a.name) BETWEEN size - most AND size + most
          AND levenshtein_less_equal(a.name, p_word, most + 1) <= most + 1
        UNION ALL
        SELECT a.name, a.uses, 1, 1, left(a.name, size) FROM alike a
        WHERE length(a.name) > size AND a.name NOT LIKE p_word || '%'
          AND levenshtein_less_equal(left(a.name, size), p_word, 2) <= 2),
    counted AS (
        SELECT m.name, m.uses, m.more, m.allowed,
               CASE WHEN length(m.compared) = size
                         AND (SELECT string_agg(c, '' ORDER BY c) FROM string_to_table(m.compared, NULL) c) = letters
                    THEN levenshtein_less_equal(m.compared, p_word, m.allowed * 2) / 2
                    ELSE levenshtein_less_equal(m.compared, p_word, m.allowed) END AS edits
        FROM measured m)
    SELECT c.name, min(c.edits + c.more) FROM counted c WHERE c.edits <= c.allowed
    GROUP BY c.name ORDER BY 2, max(c.uses) DESC, 1 LIMIT p_limit;
END $$;

-- The patients that p_where finds, in the order of p_rank and then of their names. p_where and p_rank are SQL made
-- by search_patients over the row s. Without index order: NULL when there are p_cap of them or more.
CREATE OR REPLACE FUNCTION desktop.search_probe(
    p_where text, p_rank text, p_seen text[], p_limit integer, p_cap integer) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off AS $$
DECLARE
    hits integer;
    ids text[];
BEGIN
    EXECUTE format(
        'SELECT count(*), (array_agg(x.patient_id ORDER BY x.place, x.sort_key, x.patient_id))[1:%s] FROM ('
        'SELECT s.patient_id, s.sort_key, %s AS place FROM desktop.patient_search s '
        'WHERE %s AND s.patient_id <> ALL ($1) LIMIT %s) x', p_limit, p_rank, p_where, p_cap)
    INTO hits, ids USING p_seen;
    RETURN CASE WHEN hits < p_cap THEN coalesce(ids, '{}') END;
END $$;

-- The same for what many patients have: walks the index of names until there are enough.
CREATE OR REPLACE FUNCTION desktop.search_walk(p_where text, p_seen text[], p_limit integer) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    ids text[];
BEGIN
    EXECUTE format(
        'SELECT ARRAY(SELECT s.patient_id FROM desktop.patient_search s WHERE %s AND s.patient_id <> ALL ($1) '
        'ORDER BY s.sort_key, s.patient_id LIMIT %s)', p_where, p_limit) INTO ids USING p_seen;
    RETURN ids;
END $$;

-- Adds who p_where finds to who was found before, up to p_want. Where many have it, those come first whose last name
-- begins with one of p_begun: they stand together in the index of names, possibly far from its beginning.
CREATE OR REPLACE FUNCTION desktop.search_more(
    p_ids text[], p_scores real[], p_want integer, p_where text, p_rank text, p_score real, p_common boolean,
    p_begun text[], OUT ids text[], OUT scores real[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    begun text;
    more text[];
BEGIN
    IF NOT p_common THEN
        more := desktop.search_probe(p_where, p_rank, p_ids, p_want - cardinality(p_ids), 3000);
    END IF;
    IF more IS NULL THEN
        more := '{}';
        FOREACH begun IN ARRAY p_begun LOOP
            EXIT WHEN cardinality(p_ids) + cardinality(more) >= p_want;
            more := more || desktop.search_walk(p_where || format(' AND s.sort_key LIKE %L', begun || '%'),
                p_ids || more, p_want - cardinality(p_ids) - cardinality(more));
        END LOOP;
        IF cardinality(p_ids) + cardinality(more) < p_want THEN
            more := more || desktop.search_walk(p_where, p_ids || more,
                p_want - cardinality(p_ids) - cardinality(more));
        END IF;
    END IF;
    ids := p_ids || more;
    scores := p_scores || array_fill(p_score, ARRAY[cardinality(more)]);
END $$;

-- A condition over the row s: its names have words for all of p_queries (each as tsquery writes it).
CREATE OR REPLACE FUNCTION desktop.search_condition(p_queries text[]) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('desktop.search_words(s.folded) @@ %L::tsquery', array_to_string(p_queries, ' & '));
$$;

-- What to look for, best first: conditions over the row s with the score of who meets them. Words are folded, so
-- they hold neither quotes nor LIKE's own characters.
CREATE OR REPLACE FUNCTION desktop.search_tiers(p_words text[], p_digits text, p_mrn text)
RETURNS TABLE (condition text, score real, common boolean)
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    longest constant integer := (SELECT max(length(w)) FROM unnest(p_words) w);
BEGIN
    IF p_words = '{}' THEN
        IF p_digits <> '' OR p_mrn <> '' THEN
            RETURN QUERY SELECT format('(s.mrn IN (%L, %L) OR s.phones LIKE %L)', nullif(p_mrn, ''),
                nullif(p_digits, ''), CASE WHEN p_digits = '' THEN '' ELSE '% ' || p_digits || ' %' END),
                1.0::real, false;
        END IF;
        RETURN QUERY SELECT 'true', 0.9::real, false;
        RETURN;
    END IF;
    RETURN QUERY SELECT desktop.search_condition(array_agg(quote_literal(w))), 1.0::real, false FROM unnest(p_words) w;
    IF cardinality(p_words) = 1 THEN
        RETURN QUERY SELECT format('s.sort_key LIKE %L', p_words[1] || '%'), 0.9::real, true;
    END IF;
    RETURN QUERY SELECT desktop.search_condition(array_agg(quote_literal(w) || ':*')), 0.85::real, longest < 2
        FROM unnest(p_words) w;
    IF longest >= 3 THEN
        RETURN QUERY SELECT string_agg(format('s.folded LIKE %L', '%' || w || '%'), ' AND '), 0.7::real, false
            FROM unnest(p_words) w;
    END IF;
END $$;

-- The same for misspelt words: each may be what was typed or one of the names near it. A single word's nearest names
-- come first; with several words the sum of their distances is the rank.
CREATE OR REPLACE FUNCTION desktop.search_typo_tiers(p_clinic text, p_words text[])
RETURNS TABLE (condition text, rank text, score real, begun text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF cardinality(p_words) = 1 THEN
        RETURN QUERY SELECT desktop.search_condition(ARRAY[string_agg(quote_literal(n.name), ' | ')]), '0',
                            CASE WHEN n.distance <= 1 THEN 0.55 ELSE 0.45 END::real, array_agg(n.name)
            FROM desktop.similar_names(p_clinic, p_words[1], 12) n WHERE n.distance > 0
            GROUP BY 3 ORDER BY 3 DESC;
        RETURN;
    END IF;
    RETURN QUERY
    WITH meant AS (
        SELECT w.word, quote_literal(w.word) || ':*' AS test, '% ' || w.word || '%' AS pattern, 0 AS distance
        FROM unnest(p_words) w (word)
        UNION ALL
        SELECT w.word, quote_literal(n.name), '% ' || n.name || ' %', n.distance
        FROM unnest(p_words) w (word), desktop.similar_names(p_clinic, w.word, 10) n WHERE n.distance > 0),
    each AS (
        SELECT m.word, '(' || string_agg(m.test, ' | ') || ')' AS test,
               'CASE ' || string_agg(format('WHEN s.folded LIKE %L THEN %s', m.pattern, m.distance), ' '
                                     ORDER BY m.distance) || ' END' AS cost
        FROM meant m GROUP BY m.word)
    SELECT desktop.search_condition(array_agg(e.test)), string_agg(e.cost, ' + '), 0.5::real, p_words FROM each e
    HAVING (SELECT count(*) FROM meant) > (SELECT count(DISTINCT w) FROM unnest(p_words) w);
END $$;

-- Finds patients of the caller's clinic, best match first (score 1 to 0.3; one row per patient, p_limit of them after
-- p_offset). Every word must occur in the names, in any order: as a whole word, else as a beginning, else anywhere;
-- when that leaves room, words that differ by a typing error. A question of several parts that somebody answers to
-- the letter is taken at its word: beginnings are added, guesses are not. Birth dates are inclusive. p_digits is part of a phone
-- number or the beginning of an MRN (from eight digits on, the last eight decide, whatever country code there is),
-- p_mrn the beginning of an MRN; of these two one is enough. Empty ones don't count; nothing at all finds nobody.
CREATE OR REPLACE FUNCTION desktop.search_patients(
    p_words text[], p_birth_from date, p_birth_to date, p_digits text, p_mrn text, p_limit integer, p_offset integer)
RETURNS TABLE (patient_id text, score real)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := desktop.my_clinic();
    words constant text[] := (ARRAY(SELECT left(w, 40) FROM unnest(p_words) x,
        string_to_table(desktop.fold(left(x, 200)), ' ') w WHERE w <> ''))[1:8];
    digits constant text := left(regexp_replace(desktop.fold(coalesce(p_digits, '')), '[^0-9]', '', 'g'), 30);
    mrn constant text := desktop.fold_record(left(coalesce(p_mrn, ''), 1000));
    first constant integer := least(greatest(coalesce(p_offset, 0), 0), 10000);
    want constant integer := first + least(greatest(coalesce(p_limit, 20), 1), 500);
    begun constant text[] := ARRAY(SELECT w FROM unnest(words) w ORDER BY length(w) DESC, w);
    base text := format('s.clinic_id = %L', here);
    parts constant integer := cardinality(words) + (coalesce(p_birth_from, p_birth_to) IS NOT NULL)::integer
        + (digits || mrn <> '')::integer
        + (length(digits) >= 8 OR mrn <> '' AND digits = '')::integer;  -- these alone are enough
    settled boolean := false;
    tier record;
    hits text[] := '{}';
    scores real[] := '{}';
BEGIN
    IF here IS NULL OR words = '{}' AND p_birth_from IS NULL AND p_birth_to IS NULL AND digits = '' AND mrn = '' THEN
        RETURN;
    END IF;
    base := base || coalesce(' AND s.birth_date >= ' || quote_literal(p_birth_from), '')
        || coalesce(' AND s.birth_date <= ' || quote_literal(p_birth_to), '')
        || coalesce(' AND ' || desktop.search_numbers(digits, mrn), '');
    FOR tier IN SELECT * FROM desktop.search_tiers(words, digits, mrn) LOOP
        EXIT WHEN cardinality(hits) >= want OR settled AND (tier.score < 0.8 OR words = '{}');
        SELECT m.ids, m.scores INTO hits, scores FROM desktop.search_more(
            hits, scores, want, base || ' AND ' || tier.condition, '0', tier.score, tier.common, begun) m;
        settled := settled OR tier.score = 1 AND parts > 1 AND hits <> '{}';
    END LOOP;
    IF cardinality(hits) < want AND words <> '{}' AND NOT settled THEN
        FOR tier IN SELECT * FROM desktop.search_typo_tiers(here, words) LOOP
            EXIT WHEN cardinality(hits) >= want;
            SELECT m.ids, m.scores INTO hits, scores FROM desktop.search_more(
                hits, scores, want, base || ' AND ' || tier.condition, tier.rank, tier.score, false, tier.begun) m;
        END LOOP;
    END IF;
    RETURN QUERY SELECT f.id, f.score FROM unnest(hits, scores) WITH ORDINALITY f (id, score, place)
        WHERE f.place > first ORDER BY f.place;
END $$;

-- The condition on phone and record number; NULL when neither was given.
CREATE OR REPLACE FUNCTION desktop.search_numbers(p_digits text, p_mrn text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT '(' || string_agg(c.test, ' OR ') || ')' FROM (VALUES
        (CASE WHEN length(p_digits) >= 8 THEN format('s.phones LIKE %L', '%' || right(p_digits, 8) || ' %')
              WHEN length(p_digits) >= 3 THEN format('s.phones LIKE %L', '%' || p_digits || '%') END),
        (CASE WHEN p_digits <> '' THEN format('s.mrn LIKE %L', p_digits || '%') END),
        (CASE WHEN p_mrn <> '' THEN format('s.mrn LIKE %L', p_mrn || '%') END)) c (test)
    HAVING count(c.test) > 0;
$$;

-- Search rows of all patients: those that are missing, or all of them when the rules above have changed since. The
-- comment on refresh_search keeps which rules the rows follow.
CREATE OR REPLACE FUNCTION desktop.rebuild_search() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    rules constant text := (
        SELECT 'rules ' || md5(string_agg(p.prosrc, '' ORDER BY p.proname)) FROM pg_proc p
        WHERE p.pronamespace = 'desktop'::regnamespace
          AND p.proname IN ('fold', 'fold_record', 'json_text', 'phone_digits', 'joined_name', 'search_fields'));
    ids text[];
BEGIN
    IF obj_description('desktop.refresh_search(text[])'::regprocedure, 'pg_proc') IS DISTINCT FROM rules THEN
        ids := ARRAY(SELECT p.id FROM public.patients p);
        EXECUTE format('COMMENT ON FUNCTION desktop.refresh_search(text[]) IS %L', rules);
    ELSE
        ids := ARRAY(SELECT p.id FROM public.patients p WHERE NOT EXISTS (
            SELECT FROM desktop.patient_search s WHERE s.patient_id = p.id));
    END IF;
    PERFORM desktop.refresh_search(ids);
    RETURN cardinality(ids);
END $$;

DO $$
DECLARE
    homes constant text := (
        SELECT string_agg(DISTINCT quote_ident(n.nspname), ', ') FROM pg_extension e
        JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname IN ('pg_trgm', 'fuzzystrmatch'));
BEGIN
    -- Somebody may have installed the extensions in another schema before.
    EXECUTE 'ALTER FUNCTION desktop.similar_names(text, text, integer) SET search_path = pg_catalog, '
        || homes || ', pg_temp';
END $$;

REVOKE ALL ON FUNCTION desktop.json_text(jsonb), desktop.phone_digits(jsonb), desktop.joined_name(text),
    desktop.fold_record(text), desktop.search_fields(text, text, jsonb), desktop.finite_date(timestamp),
    desktop.keep_search_names(text[], text[]), desktop.refresh_search(text[]), desktop.search_patients_inserted(),
    desktop.search_patients_updated(), desktop.search_details_changed(), desktop.typo_keys(text),
    desktop.refresh_search_names(), desktop.similar_names(text, text, integer),
    desktop.search_probe(text, text, text[], integer, integer), desktop.search_walk(text, text[], integer),
    desktop.search_more(text[], real[], integer, text, text, real, boolean, text[]),
    desktop.search_words(text), desktop.search_condition(text[]),
    desktop.search_tiers(text[], text, text), desktop.search_typo_tiers(text, text[]),
    desktop.search_patients(text[], date, date, text, text, integer, integer), desktop.search_numbers(text, text),
    desktop.rebuild_search() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desktop.search_patients(text[], date, date, text, text, integer, integer),
    desktop.search_words(text) TO mha_staff;
GRANT EXECUTE ON FUNCTION desktop.refresh_search_names() TO mha_admin;

SELECT desktop.rebuild_search();
