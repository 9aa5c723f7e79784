-- What search finds: the table archive_searchentry (archive/models/searchentry.py) holds the
-- words of what is public, and nothing else. Triggers on the records call archive_index(), so
-- every writer keeps it right, fixtures and plain SQL included. archive_findable() alone says
-- what belongs into it; archive_index_all() makes it anew.


-- The words of a text, parted by single blanks: no capitals, no accents on Latin and Greek
-- letters, no punctuation. So “Türkiye” is “Turkiye” and “Nur-Sultan” is “Nur Sultan”, and
-- PostgreSQL's parser sees no addresses, files or signed numbers in prose. Accents of other
-- scripts stay, because their stemmers need them (й). Not unaccent(): that is an extension, rests
-- on a file of the server, and is not immutable.
-- archive/search.py has the same notion of a word; a test holds the two together.
CREATE OR REPLACE FUNCTION archive_fold(content text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(
    lower(CASE
        -- Most passages need no more than the small letters; the rest costs three times as much.
        WHEN content !~ '[\u00ad\u00c0-\u03ff\u0400-\u045f\u1e00-\u1fff\u200b-\u200d\u2060\ufeff]' THEN content
        ELSE replace(replace(replace(replace(replace(replace(translate(
            regexp_replace(
                normalize(regexp_replace(normalize(content, NFD),
                                         '([A-Za-z\u0370-\u03ff])[\u0300-\u036f]+', '\1', 'g'), NFC),
                -- Accents that belong to no letter, and what is invisible inside a word.
                '[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]+', '', 'g'),
            'ØøŁłĐđÐðıЁё', 'OoLlDdDdiЕе'),
            'ß', 'ss'), 'ẞ', 'SS'), 'æ', 'ae'), 'Æ', 'AE'), 'œ', 'oe'), 'Œ', 'OE')
    END),
    '[^[:alnum:]]+', ' ', 'g'));


-- The text search configuration for a language (BCP 47): stemming, where PostgreSQL knows how.
-- The list is that of PostgreSQL 15, the oldest that we run on.
CREATE OR REPLACE FUNCTION archive_configuration(language text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE lower(split_part(language, '-', 1))
    WHEN 'ar' THEN 'arabic'     WHEN 'ca' THEN 'catalan'    WHEN 'da' THEN 'danish'
    WHEN 'de' THEN 'german'     WHEN 'el' THEN 'greek'      WHEN 'en' THEN 'english'
    WHEN 'es' THEN 'spanish'    WHEN 'eu' THEN 'basque'     WHEN 'fi' THEN 'finnish'
    WHEN 'fr' THEN 'french'     WHEN 'ga' THEN 'irish'      WHEN 'hi' THEN 'hindi'
    WHEN 'hu' THEN 'hungarian'  WHEN 'hy' THEN 'armenian'   WHEN 'id' THEN 'indonesian'
    WHEN 'it' THEN 'italian'    WHEN 'lt' THEN 'lithuanian' WHEN 'nb' THEN 'norwegian'
    WHEN 'ne' THEN 'nepali'     WHEN 'nl' THEN 'dutch'      WHEN 'nn' THEN 'norwegian'
    WHEN 'no' THEN 'norwegian'  WHEN 'pt' THEN 'portuguese' WHEN 'ro' THEN 'romanian'
    WHEN 'ru' THEN 'russian'    WHEN 'sr' THEN 'serbian'    WHEN 'sv' THEN 'swedish'
    WHEN 'ta' THEN 'tamil'      WHEN 'tr' THEN 'turkish'    WHEN 'yi' THEN 'yiddish'
    ELSE 'simple'
END;


-- Cuts a body into passages of at most 600 characters: whole sentences, ending with a paragraph
-- where that makes 400 or more. `start` counts code points from 0. Every word of the body stands
-- in one passage; blanks around a passage belong to none.
CREATE OR REPLACE FUNCTION archive_passages(body text)
RETURNS TABLE (start integer, words text) LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    most constant integer := 600;
    fair constant integer := 400;
    blanks constant text := E' \t\n\v\f\r\u00a0';
    mark constant text := E'\x1f';   -- ends each sentence; in a text it counts as a blank
    place integer := 0;              -- where `passage` begins
    passage text := '';
    piece text;
BEGIN
    FOR piece IN
        SELECT coalesce(part[1], sentence)
          FROM string_to_table(
                   regexp_replace(translate(body, mark, ' '),
                                  '([.!?…]+["”’»)\]]*\s+|\n)', '\1' || mark, 'g'),
                   mark) AS sentence
          -- What is longer than a passage is cut between words, and between letters at the worst.
          LEFT JOIN LATERAL regexp_matches(CASE WHEN length(sentence) > most THEN sentence END,
                                           '(\S{1,250}\s*|\s+)', 'g') AS part ON true
         UNION ALL SELECT NULL
    LOOP
        IF piece IS NULL OR length(passage) + length(rtrim(piece, blanks)) > most
           OR (length(passage) >= fair AND right(passage, 1) = E'\n' AND piece ~ '\S')
        THEN
            words := btrim(passage, blanks);
            start := place + length(passage) - length(ltrim(passage, blanks));
            IF words <> '' THEN
                RETURN NEXT;
            END IF;
            place := place + length(passage);
            passage := '';
        END IF;
        passage := passage || piece;
    END LOOP;
END
$$;


-- What search may find of one record now: nothing if the public does not see it.
-- * `heading` is what the record is called; words in it count for more.
-- * `words` is what search shows of it. Of an article, the passages of its body; of one that is
--   restricted, only the quotations published from it, each as a row of its own (`citation`).
-- * `place` is where the words begin in the article's capture, in code points.
-- A request or response belongs to a published parent, and a quotation to a published record, or
-- else the query leaves them out: see SearchEntryQuerySet.
CREATE OR REPLACE FUNCTION archive_findable(kind text, key bigint)
RETURNS TABLE (article bigint, place integer, days daterange, language text, heading text, words text)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    CASE kind
    WHEN 'article' THEN RETURN QUERY
        SELECT a.id, NULL::integer, a.published_possible, a.language::text, a.title::text,
               concat_ws(' – ', a.title, nullif(array_to_string(a.authors, ', '), ''))
          FROM archive_article a WHERE a.id = key AND a.status = 'published'
        UNION ALL
        SELECT a.id, a.body_start + p.start, a.published_possible, a.language::text, '', p.words
          FROM archive_article a
         CROSS JOIN archive_passages(
                   substr(a.text, a.body_start + 1, a.body_end - a.body_start)) p
         WHERE a.id = key AND a.status = 'published' AND a.text_access = 'open';
    WHEN 'citation' THEN RETURN QUERY
        SELECT a.id, c.start, a.published_possible, a.language::text, '', c.quote
          FROM archive_citation c JOIN archive_article a ON a.id = c.article_id
         WHERE c.id = key AND c.status = 'published'
           AND a.status = 'published' AND a.text_access = 'restricted';
    WHEN 'event' THEN RETURN QUERY
        SELECT NULL::bigint, NULL::integer, e.date_possible, 'en', concat_ws(', ', e.title, e.place),
               e.summary
          FROM archive_event e WHERE e.id = key AND e.status = 'published';
    WHEN 'participation' THEN RETURN QUERY
        SELECT NULL::bigint, NULL::integer, e.date_possible, 'en', '',
               concat_ws(', ', nullif(p.person, ''), nullif(p.office, ''))
          FROM archive_participation p JOIN archive_event e ON e.id = p.event_id
         WHERE p.id = key AND e.status = 'published' AND p.person || p.office <> '';
    WHEN 'request' THEN RETURN QUERY
        SELECT NULL::bigint, NULL::integer, coalesce(r.date_possible, e.date_possible), 'en',
               concat_ws(', ', s.name, archive_name('state', r.addressee_state_id),
                         archive_name('organization', r.addressee_organization_id)),
               r.summary
          FROM archive_request r JOIN archive_event e ON e.id = r.event_id
          JOIN archive_state s ON s.id = r.requester_id
         WHERE r.id = key AND r.status = 'published';
    WHEN 'response' THEN RETURN QUERY
        SELECT NULL::bigint, NULL::integer,
               coalesce(a.date_possible, r.date_possible, e.date_possible), 'en',
               concat_ws(', ', archive_name('state', a.responder_state_id),
                         archive_name('organization', a.responder_organization_id)),
               concat_ws(E'\n', a.summary, nullif(a.search, ''))
          FROM archive_response a JOIN archive_request r ON r.id = a.request_id
          JOIN archive_event e ON e.id = r.event_id
         WHERE a.id = key AND a.status = 'published';
    WHEN 'membership' THEN RETURN QUERY
        SELECT NULL::bigint, NULL::integer, m.period_possible, 'en',
               concat_ws(', ', archive_name('state', m.state_id),
                         archive_name('organization', m.organization_id)),
               m.note
          FROM archive_membership m WHERE m.id = key AND m.status = 'published';
    WHEN 'roll_call' THEN RETURN QUERY
        SELECT NULL::bigint, NULL::integer, r.date_possible, 'en',
               concat_ws(', ', nullif(r.symbol, ''), r.title, archive_name('organization', r.body_id)),
               r.title::text
          FROM archive_rollcall r WHERE r.id = key AND r.status = 'published';
    WHEN 'provision' THEN RETURN QUERY
        SELECT NULL::bigint, NULL::integer, NULL::daterange, 'en',
               concat_ws(', ', p.instrument, 'Article ' || nullif(p.article_number, '')), p.gist
          FROM archive_provision p WHERE p.id = key;
    WHEN 'state' THEN RETURN QUERY
        SELECT NULL::bigint, NULL::integer, NULL::daterange, 'en', n.names, n.names
          FROM archive_state s
         CROSS JOIN concat_ws(', ', s.name, nullif(s.official_name, ''), s.code,
                              nullif(array_to_string(s.aliases, ', '), '')) AS n (names)
         WHERE s.id = key;
    WHEN 'organization' THEN RETURN QUERY
        SELECT NULL::bigint, NULL::integer, NULL::daterange, 'en', n.names, n.names
          FROM archive_organization o
         CROSS JOIN concat_ws(', ', o.name, nullif(o.acronym, ''),
                              nullif(array_to_string(o.aliases, ', '), '')) AS n (names)
         WHERE o.id = key;
    WHEN 'source' THEN RETURN QUERY
        SELECT NULL::bigint, NULL::integer, NULL::daterange, 'en', s.name::text, s.note
          FROM archive_source s WHERE s.id = key;
    END CASE;
END
$$;


-- How an actor is called; of an organization the acronym, too. NULL for none.
CREATE OR REPLACE FUNCTION archive_name(kind text, key bigint) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT name FROM archive_state WHERE kind = 'state' AND id = key
     UNION ALL
    SELECT concat_ws(', ', nullif(acronym, ''), name) FROM archive_organization
     WHERE kind = 'organization' AND id = key
$$;


-- Writes what search may find of a record in the place of what it found so far.
-- Plans are kept: one that was made while the table was small must not read it whole, later in the
-- same import, for each record.
CREATE OR REPLACE FUNCTION archive_index(kind text, key bigint) RETURNS void
LANGUAGE sql SET enable_seqscan = off AS $$
    DELETE FROM archive_searchentry entry
     WHERE entry.kind = archive_index.kind AND entry.key = archive_index.key;

    INSERT INTO archive_searchentry
           (kind, key, article_id, start, days, configuration, text, heading, vector)
    SELECT kind, key, found.article, found.place, found.days, found.configuration, found.words,
           found.heading,
           -- The words come first, so that their positions are those in the text shown.
           to_tsvector(found.configuration::regconfig, archive_fold(found.words))
           || coalesce(found.heading, '')
      FROM (SELECT article, place, days, configuration, words,
                   nullif(setweight(to_tsvector(configuration::regconfig, archive_fold(heading)),
                                    'A'), '') AS heading
              FROM (SELECT *, archive_configuration(language) AS configuration
                      FROM archive_findable(kind, key)
                    OFFSET 0) named
            OFFSET 0) found  -- so that it makes each of them once, not wherever it is named
$$;


-- The same for what hangs on a record: its parts share its status or its days, and the records of
-- an actor bear its name. Each row is locked first, so that its own writer is not overtaken: both
-- would take away the old words, and both add new ones.
CREATE OR REPLACE FUNCTION archive_index_parts(kind text, key bigint) RETURNS void
LANGUAGE plpgsql AS $$
#variable_conflict use_variable
BEGIN
    IF kind = 'article' THEN
        PERFORM archive_index('citation', part.id) FROM (
            SELECT c.id FROM archive_citation c WHERE c.article_id = key
               FOR NO KEY UPDATE) part;
    ELSIF kind = 'event' THEN
        PERFORM archive_index('participation', part.id) FROM (
            SELECT p.id FROM archive_participation p WHERE p.event_id = key
               FOR NO KEY UPDATE) part;
        PERFORM archive_index('request', part.id), archive_index_parts('request', part.id) FROM (
            SELECT r.id FROM archive_request r WHERE r.event_id = key
               FOR NO KEY UPDATE) part;
    ELSIF kind = 'request' THEN
        PERFORM archive_index('response', part.id) FROM (
            SELECT a.id FROM archive_response a WHERE a.request_id = key
               FOR NO KEY UPDATE) part;
    ELSE
        PERFORM archive_index('request', part.id) FROM (
            SELECT r.id FROM archive_request r
             WHERE CASE kind WHEN 'state' THEN key IN (r.requester_id, r.addressee_state_id)
                             ELSE r.addressee_organization_id = key END
               FOR NO KEY UPDATE) part;
        PERFORM archive_index('response', part.id) FROM (
            SELECT a.id FROM archive_response a
             WHERE CASE kind WHEN 'state' THEN a.responder_state_id
                             ELSE a.responder_organization_id END = key
               FOR NO KEY UPDATE) part;
        PERFORM archive_index('membership', part.id) FROM (
            SELECT m.id FROM archive_membership m
             WHERE CASE kind WHEN 'state' THEN m.state_id ELSE m.organization_id END = key
               FOR NO KEY UPDATE) part;
        PERFORM archive_index('roll_call', part.id) FROM (
            SELECT r.id FROM archive_rollcall r WHERE kind = 'organization' AND r.body_id = key
               FOR NO KEY UPDATE) part;
    END IF;
END
$$;


-- Makes the whole table anew: when it is new itself, and after a change of these functions.
CREATE OR REPLACE FUNCTION archive_index_all() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    kind text;
BEGIN
    DELETE FROM archive_searchentry;
    FOREACH kind IN ARRAY ARRAY['article', 'citation', 'event', 'participation', 'request',
                                'response', 'membership', 'roll_call', 'provision', 'state',
                                'organization', 'source']
    LOOP
        EXECUTE format('SELECT archive_index(%L, id) FROM %I ORDER BY id',
                       kind, 'archive_' || replace(kind, '_', ''));
    END LOOP;
END
$$;


-- What a search must know before it asks: a version that changes with every name of an actor, and
-- the configurations in use. In plpgsql, which keeps its plans: to plan it took longer than to run.
CREATE OR REPLACE FUNCTION archive_search_scope(OUT version text, OUT configurations text[])
LANGUAGE plpgsql AS $$
DECLARE
    next text;
BEGIN
    SELECT count(*) || '/' || sum(extract(epoch FROM actor.updated_at)) INTO version
      FROM (SELECT updated_at FROM archive_state UNION ALL
            SELECT updated_at FROM archive_organization) actor;
    -- Hops through the index from one to the next: DISTINCT would read all of it.
    SELECT min(e.configuration) INTO next FROM archive_searchentry e;
    WHILE next IS NOT NULL LOOP
        configurations := configurations || next;
        SELECT min(e.configuration) INTO next
          FROM archive_searchentry e WHERE e.configuration > next;
    END LOOP;
    configurations := coalesce(configurations, '{}');
END
$$;
