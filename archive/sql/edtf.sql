-- Partial dates in PostgreSQL 15 and later: the twin of archive/edtf.py, which describes the
-- format (a subset of EDTF, ISO 8601-2:2019). A property test holds the two to the same
-- answer on every string.
--
-- Public are edtf_possible, edtf_is_valid and edtf_certain; the others are their parts. They
-- answer for a plain day themselves, as most dates are, and take other texts apart.
--
-- * The public ones never raise, whatever the text: they stand in generated columns and
--   checks, where an error would hide the reason from the writer. So a pattern guards each
--   cast, and two half-open ranges are intersected instead of writing daterange(a, b), which
--   raises where a > b; their intersection is 'empty'.
-- * The bodies are parsed when the function is made (RETURN, not a string): index builds
--   run with a search path on which a string's names are not found.
-- * None is STRICT but those that take a text apart, so that PostgreSQL inlines the others.
--   Before version 18 it plans a function that it cannot inline anew in each row: on 15, STRICT
--   parts took seven times as long. NULL gives NULL all the same.


-- The start and the end as texts, an array of two; a plain date is both. Any other number of
-- elements, or NULL, is malformed.
CREATE OR REPLACE FUNCTION edtf_parts(edtf text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN length(edtf) > 64 THEN NULL
    WHEN edtf LIKE '[%]' THEN string_to_array(substr(edtf, 2, length(edtf) - 2), '..')
    WHEN edtf LIKE '%/%' THEN string_to_array(edtf, '/')
    ELSE ARRAY[edtf, edtf]
END;


-- The days of the month with which the text begins, which must be sure to be one.
CREATE OR REPLACE FUNCTION edtf_month(part text) RETURNS daterange
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN daterange(
    make_date(left(part, 4)::int, substr(part, 6, 2)::int, 1),
    (make_date(left(part, 4)::int, substr(part, 6, 2)::int, 1) + interval '1 month')::date
);


-- The days that a start or an end may be: '2022-05' gives [2022-05-01,2022-06-01). One left
-- open ('..') or unknown ('') may be any day. NULL where the text is neither.
CREATE OR REPLACE FUNCTION edtf_days(part text) RETURNS daterange
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN part IN ('', '..') THEN '(,)'::daterange
    WHEN part ~ '^(?!0000|9999)[0-9]{4}[~?%]?$' THEN daterange(
        make_date(left(part, 4)::int, 1, 1),
        make_date(left(part, 4)::int + 1, 1, 1)
    )
    WHEN part ~ '^(?!0000|9999)[0-9]{4}-(0[1-9]|1[0-2])[~?%]?$' THEN edtf_month(part)
    WHEN part ~ '^(?!0000|9999)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[~?%]?$'
        -- February 30 is the day 29 days after February 1: outside the month.
        THEN nullif(
            edtf_month(part) * daterange(
                lower(edtf_month(part)) + substr(part, 9, 2)::int - 1,
                lower(edtf_month(part)) + substr(part, 9, 2)::int
            ),
            'empty'
        )
END;


-- From the earliest start to the latest end. NULL where either is malformed, where there is
-- no date at all, and where the start is after the end.
CREATE OR REPLACE FUNCTION edtf_span(starts daterange, ends daterange) RETURNS daterange
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN starts IS NOT NULL AND ends IS NOT NULL THEN nullif(
        nullif(daterange(lower(starts), NULL) * daterange(NULL, upper(ends)), '(,)'),
        'empty'
    )
END;


-- The day, where the text is one that every month has, and nothing else; NULL for any other text.
CREATE OR REPLACE FUNCTION edtf_plain_day(edtf text) RETURNS daterange
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN edtf ~ '^(?!0000|9999)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$'
    THEN daterange(
        make_date(left(edtf, 4)::int, substr(edtf, 6, 2)::int, substr(edtf, 9, 2)::int),
        make_date(left(edtf, 4)::int, substr(edtf, 6, 2)::int, substr(edtf, 9, 2)::int) + 1
    )
END;


-- As edtf_possible, of any text.
CREATE OR REPLACE FUNCTION edtf_possible_apart(edtf text) RETURNS daterange
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    -- It goes on, its start is unknown: the one text without a date.
    WHEN edtf = '/..' THEN '(,)'::daterange
    ELSE (
        SELECT edtf_span(starts, ends)
        FROM edtf_parts(edtf) AS parts,
            edtf_days(parts[1]) AS starts,
            edtf_days(parts[2]) AS ends
        WHERE cardinality(parts) = 2
    )
END;


-- As edtf_certain, of an interval.
CREATE OR REPLACE FUNCTION edtf_certain_apart(edtf text) RETURNS daterange
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT CASE
        WHEN edtf LIKE '/%' THEN NULL
        WHEN edtf LIKE '../%' THEN daterange(NULL, lower(ends) + 1)
        WHEN edtf LIKE '%/..' OR edtf LIKE '%/' THEN daterange(upper(starts) - 1, NULL)
        -- Neither can pass the other: no start after the latest end, no end before the
        -- earliest start.
        ELSE nullif(
            daterange(least(upper(starts), upper(ends)) - 1, NULL)
            * daterange(NULL, greatest(lower(starts), lower(ends)) + 1),
            'empty'
        )
    END
    FROM edtf_parts(edtf) AS parts,
        edtf_days(parts[1]) AS starts,
        edtf_days(parts[2]) AS ends
    WHERE cardinality(parts) = 2 AND edtf_span(starts, ends) IS NOT NULL
);


-- All days that the date may touch; an open or unknown end has no bound. NULL where the text
-- is malformed.
CREATE OR REPLACE FUNCTION edtf_possible(edtf text) RETURNS daterange
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(edtf_plain_day(edtf), edtf_possible_apart(edtf));


CREATE OR REPLACE FUNCTION edtf_is_valid(edtf text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN edtf IS NOT NULL THEN edtf_possible(edtf) IS NOT NULL END;


-- The days that an interval surely covers: from its latest start to its earliest end. NULL
-- where there is none (an unknown start leaves none), where the text is not an interval, and
-- where it is malformed.
CREATE OR REPLACE FUNCTION edtf_certain(edtf text) RETURNS daterange
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN edtf LIKE '%/%' THEN edtf_certain_apart(edtf) END;
