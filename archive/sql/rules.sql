-- The rules that need more than one row, as functions. The triggers that call them are
-- declared beside the models (Meta.triggers, see archive/models/triggers.py); the
-- reasoning on locks stands in docs/adr/0002-quotations-and-proof-held-by-the-database.md.

-- The SHA-256 of a text's UTF-8 bytes, in small hexadecimal letters.
-- convert_to() is only STABLE, because its result depends on the server encoding; here
-- the target is named and the text is Unicode, so the answer never changes.
CREATE OR REPLACE FUNCTION archive_utf8_sha256(content text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN encode(sha256(convert_to(content, 'UTF8')), 'hex');


-- Refuses a write: an IntegrityError whose constraint is `rule`, with the remedy as hint.
CREATE OR REPLACE FUNCTION archive_refuse(rule text, message text, remedy text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = rule, MESSAGE = message,
        HINT = remedy;
END
$$;


-- Where `quote` stands in the body of an article, as an offset in code points from the
-- start of the capture. With `given`, checks that it stands there; without, finds it.
-- Locks the article, so that its text cannot change before this transaction ends.
CREATE OR REPLACE FUNCTION archive_quotation_start(article bigint, quote text, given integer)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    source record;
    body text;
    place integer;
BEGIN
    SELECT a.slug, a.text, a.body_start, a.body_end INTO source
      FROM archive_article a WHERE a.id = article FOR SHARE;
    IF NOT FOUND OR quote = '' THEN
        RETURN given;  -- the foreign key, or the check on the quote, refuses the row
    END IF;
    IF given IS NOT NULL THEN
        -- least(): a start far beyond the text must not overflow, but be refused by name.
        IF substr(source.text, least(given, length(source.text)) + 1, length(quote)) <> quote THEN
            PERFORM archive_refuse('archive_citation_quote_is_verbatim',
                format('“%s” does not stand at %s in article “%s”.',
                       quote, given, source.slug),
                'Copy the passage from the article, or leave the start empty to have it found.');
        ELSIF given < source.body_start OR given + length(quote) > source.body_end THEN
            PERFORM archive_refuse('archive_citation_quote_is_in_body',
                format('“%s” stands outside the body of article “%s” (%s to %s).',
                       quote, source.slug, source.body_start, source.body_end),
                'Quote the article proper; navigation, second printings and comments are no evidence.');
        END IF;
        RETURN given;
    END IF;
    body := substr(source.text, source.body_start + 1, source.body_end - source.body_start);
    place := strpos(body, quote);
    IF place = 0 THEN
        PERFORM archive_refuse('archive_citation_quote_is_verbatim',
            format('“%s” does not stand in the body of article “%s”.', quote, source.slug),
            'Copy the passage from the article letter by letter, curly quotes and dashes included.');
    ELSIF strpos(substr(body, place + 1), quote) > 0 THEN
        PERFORM archive_refuse('archive_citation_quote_is_unique',
            format('“%s” stands more than once in article “%s”.', quote, source.slug),
            format('Quote more words, or give the start of the passage meant; the first is at %s.',
                   source.body_start + place - 1));
    END IF;
    RETURN source.body_start + place - 1;
END
$$;


-- Refuses an article whose citations no longer stand word for word at their offsets.
CREATE OR REPLACE FUNCTION archive_assert_quotations_stand(article bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    lost record;
BEGIN
    SELECT a.slug, c.quote, c.start, count(*) OVER () AS number INTO lost
      FROM archive_article a JOIN archive_citation c ON c.article_id = a.id
     WHERE a.id = article
       AND (substr(a.text, c.start + 1, length(c.quote)) <> c.quote
            OR c.start < a.body_start OR c.start + length(c.quote) > a.body_end)
     ORDER BY c.start LIMIT 1;
    IF FOUND THEN
        PERFORM archive_refuse('archive_article_keeps_its_quotations',
            format('Article “%s” cannot change so: %s cited passage(s) would no longer stand in '
                   'its body, the first being “%s”.', lost.slug, lost.number, lost.quote),
            'Move these citations to where their words stand now, in the same transaction.');
    END IF;
END
$$;


-- Whether a published passage of a published article supports the record.
CREATE OR REPLACE FUNCTION archive_is_proven(kind text, key bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    proven boolean;
BEGIN
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM archive_citation c JOIN archive_article a ON a.id = c.article_id'
        ' WHERE c.%I = $1 AND c.stance = ''supports'''
        ' AND c.status = ''published'' AND a.status = ''published'')', kind || '_id')
    INTO proven USING key;
    RETURN proven;
END
$$;


-- Whether a registered import, not undone, brought the record or says the same of it.
CREATE OR REPLACE FUNCTION archive_is_imported(kind text, key bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- One question a kind, so that each finds its rows in an index.
    IF kind = 'roll_call' THEN
        RETURN EXISTS (SELECT FROM archive_importedrow r
                         JOIN archive_import i ON i.id = r.source_import_id
                        WHERE r.roll_call_id = key AND i.undone_at IS NULL);
    ELSIF kind = 'membership' THEN
        RETURN EXISTS (SELECT FROM archive_importedrow r
                         JOIN archive_import i ON i.id = r.source_import_id
                        WHERE r.membership_id = key AND i.undone_at IS NULL);
    ELSIF kind = 'vote' THEN
        RETURN EXISTS (SELECT FROM archive_vote v JOIN archive_import i ON i.id = v.imported_id
                        WHERE v.id = key AND i.undone_at IS NULL)
            OR EXISTS (SELECT FROM archive_importedrow r
                         JOIN archive_import i ON i.id = r.source_import_id
                        WHERE r.vote_id = key AND i.undone_at IS NULL);
    END IF;
    RETURN false;
END
$$;


-- Refuses a record that the public sees without proof, or under a parent that it does not
-- see. Locks the record, and its parents against change, until the transaction ends.
CREATE OR REPLACE FUNCTION archive_assert_proven(kind text, key bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    label text;            -- how the record is called in the message
    standing text;         -- its own status, or its parent's where it has none
    parent text;           -- a parent that the public does not see
    excepted boolean := false;
    parent_key bigint;
    whole_key bigint;
BEGIN
    IF kind = 'event' THEN
        SELECT format('Event “%s”', e.slug), e.status, e.part_of_id
          INTO label, standing, parent_key
          FROM archive_event e WHERE e.id = key FOR UPDATE;
        IF standing = 'published' THEN
            parent := archive_hidden('event', parent_key);
        END IF;
    ELSIF kind = 'participation' THEN
        SELECT format('Participation of %s as %s in event “%s”', coalesce(s.code, o.slug), p.role, e.slug),
               e.status INTO label, standing
          FROM archive_participation p JOIN archive_event e ON e.id = p.event_id
          LEFT JOIN archive_state s ON s.id = p.actor_state_id
          LEFT JOIN archive_organization o ON o.id = p.actor_organization_id
         WHERE p.id = key FOR UPDATE OF p, e;
    ELSIF kind = 'request' THEN
        SELECT format('Request “%s”', r.slug), r.status, r.event_id, r.standing = 'unreported'
          INTO label, standing, parent_key, excepted
          FROM archive_request r WHERE r.id = key FOR UPDATE;
        IF standing = 'published' THEN
            parent := archive_hidden('event', parent_key);
            excepted := excepted AND EXISTS (
                SELECT FROM archive_response a WHERE a.request_id = key
                   AND a.status = 'published' AND archive_is_proven('response', a.id));
        END IF;
    ELSIF kind = 'response' THEN
        SELECT format('Response “%s”', r.slug), r.status, r.request_id, r.part_of_id,
               r.kind = 'silence' AND r.basis IN ('official_record', 'documented_search')
               AND r.search ~ '\S'
          INTO label, standing, parent_key, whole_key, excepted
          FROM archive_response r WHERE r.id = key FOR UPDATE;
        IF standing = 'published' THEN
            parent := coalesce(
                archive_hidden('request', parent_key), archive_hidden('response', whole_key));
        END IF;
    ELSIF kind = 'membership' THEN
        SELECT format('Membership “%s”', m.slug), m.status INTO label, standing
          FROM archive_membership m WHERE m.id = key FOR UPDATE;
    ELSIF kind = 'roll_call' THEN
        SELECT format('Roll call “%s”', r.slug), r.status INTO label, standing
          FROM archive_rollcall r WHERE r.id = key FOR UPDATE;
    ELSIF kind = 'vote' THEN
        SELECT format('Vote of %s in roll call “%s”', s.code, r.slug), r.status INTO label, standing
          FROM archive_vote v JOIN archive_rollcall r ON r.id = v.roll_call_id
          JOIN archive_state s ON s.id = v.state_id
         WHERE v.id = key FOR UPDATE OF v, r;
    END IF;

    IF standing IS DISTINCT FROM 'published' THEN
        RETURN;  -- not public, deleted in this transaction, or of a kind that needs no proof
    END IF;
    IF parent IS NOT NULL THEN
        PERFORM archive_refuse('archive_published_has_published_parents',
            format('%s cannot be public while %s is not.', label, parent),
            'Publish what it belongs to first, or withdraw both together.');
    -- Imports first: of a thousand new roll calls, each would look for passages in vain.
    ELSIF NOT excepted AND NOT archive_is_imported(kind, key)
          AND NOT archive_is_proven(kind, key) THEN
        PERFORM archive_refuse('archive_published_is_proven',
            format('%s cannot be public: no published passage of a published article supports it.', label),
            'Cite a passage that says so and publish it, or withdraw the record.');
    END IF;
END
$$;


-- What a parent is called, if there is one and the public does not see it: as it stands when every
-- transaction before us has ended. Only ever called with one key: within a query PostgreSQL might
-- call it, and lock, for rows that are none of its answer.
CREATE OR REPLACE FUNCTION archive_hidden(kind text, key bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    status text;
    slug text;
BEGIN
    EXECUTE format('SELECT status, slug FROM %I WHERE id = $1 FOR SHARE', 'archive_' || kind)
    INTO status, slug USING key;
    RETURN CASE WHEN status <> 'published' THEN format('%s “%s”', kind, slug) END;
END
$$;


-- Checks a record again, and what stands or falls with it.
CREATE OR REPLACE FUNCTION archive_recheck(kind text, key bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF key IS NULL THEN
        RETURN;
    END IF;
    PERFORM archive_assert_proven(kind, key);
    IF kind = 'event' THEN
        PERFORM archive_assert_proven('participation', p.id)
           FROM archive_participation p WHERE p.event_id = key;
        PERFORM archive_assert_proven('request', r.id)
           FROM archive_request r WHERE r.event_id = key AND r.status = 'published';
        PERFORM archive_assert_proven('event', e.id)
           FROM archive_event e WHERE e.part_of_id = key AND e.status = 'published';
    ELSIF kind = 'request' THEN
        PERFORM archive_assert_proven('response', r.id)
           FROM archive_response r WHERE r.request_id = key AND r.status = 'published';
    ELSIF kind = 'response' THEN
        PERFORM archive_assert_proven('response', r.id)
           FROM archive_response r WHERE r.part_of_id = key AND r.status = 'published';
        PERFORM archive_assert_proven('request', r.request_id)
           FROM archive_response r WHERE r.id = key;
    ELSIF kind = 'roll_call' THEN
        -- The others are judged with their imports: a mass of them is not asked one by one.
        PERFORM archive_assert_proven('vote', v.id)
           FROM archive_vote v WHERE v.roll_call_id = key AND v.imported_id IS NULL;
    END IF;
END
$$;


-- Refuses a response that its request cannot have had.
CREATE OR REPLACE FUNCTION archive_assert_response_fits(response bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    answer record;
    asked record;
    whole record;
    part record;
BEGIN
    SELECT * INTO answer FROM archive_response r WHERE r.id = response;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT q.slug, q.standing, coalesce(q.date_possible, e.date_possible) AS days INTO asked
      FROM archive_request q JOIN archive_event e ON e.id = q.event_id
     WHERE q.id = answer.request_id FOR SHARE;
    IF asked.standing = 'not_made' AND answer.kind <> 'silence' THEN
        PERFORM archive_refuse('archive_response_not_made_has_only_silence',
            format('Request “%s” was not made, so “%s” can only be a silence.',
                   asked.slug, answer.slug),
            'If a source tells of an answer but of no call, the request is “unreported”.');
    END IF;
    IF upper(answer.date_possible) - 1 < lower(asked.days) THEN
        PERFORM archive_refuse('archive_response_not_before_request',
            format('Response “%s” (to %s) would end before its request “%s” (from %s).',
                   answer.slug, upper(answer.date_possible) - 1, asked.slug, lower(asked.days)),
            'Correct one of the two dates, or make it less exact.');
    END IF;
    IF answer.part_of_id IS NOT NULL THEN
        SELECT * INTO whole FROM archive_response r WHERE r.id = answer.part_of_id FOR SHARE;
        IF whole.request_id <> answer.request_id OR whole.part_of_id IS NOT NULL THEN
            PERFORM archive_refuse('archive_response_is_part_of_root',
                format('Response “%s” cannot be a part of “%s”.', answer.slug, whole.slug),
                'A part answers the same request as its whole, and the whole is no part itself.');
        ELSIF EXISTS (SELECT FROM archive_response r WHERE r.part_of_id = answer.id) THEN
            PERFORM archive_refuse('archive_response_is_part_of_root',
                format('Response “%s” has parts, so it cannot be a part itself.', answer.slug),
                'Make its parts belong to the whole instead.');
        END IF;
    END IF;
    SELECT * INTO part FROM archive_response r
     WHERE r.part_of_id = answer.id AND r.request_id <> answer.request_id LIMIT 1;
    IF FOUND THEN
        PERFORM archive_refuse('archive_response_is_part_of_root',
            format('Response “%s” cannot move to another request without its part “%s”.',
                   answer.slug, part.slug),
            'Move its parts in the same transaction.');
    END IF;
END
$$;


-- Checks again every record that cites an article: it may have lost its proof.
CREATE OR REPLACE FUNCTION archive_recheck_cited_in(article bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    target record;
BEGIN
    FOR target IN
        SELECT DISTINCT t.kind, t.key
          FROM archive_citation c
         CROSS JOIN LATERAL (VALUES
            ('event', c.event_id), ('participation', c.participation_id),
            ('request', c.request_id), ('response', c.response_id),
            ('membership', c.membership_id), ('roll_call', c.roll_call_id),
            ('vote', c.vote_id)) AS t (kind, key)
         WHERE c.article_id = article AND t.key IS NOT NULL
    LOOP
        PERFORM archive_recheck(target.kind, target.key);
    END LOOP;
END
$$;


-- Checks again every record that rests on an import: it may have lost its proof.
CREATE OR REPLACE FUNCTION archive_recheck_imported_in(import bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM archive_recheck('roll_call', r.roll_call_id),
            archive_recheck('membership', r.membership_id),
            archive_recheck('vote', r.vote_id)
       FROM archive_importedrow r WHERE r.source_import_id = import;
    PERFORM archive_assert_proven('vote', v.id) FROM archive_vote v WHERE v.imported_id = import;
END
$$;
