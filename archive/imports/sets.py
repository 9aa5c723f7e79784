"""What an import of votes does by sets, in SQL; see `votes.py`."""

from archive.imports.rolls import CHOICES

TABLES = """
    DROP TABLE IF EXISTS import_vote, import_state, import_roll, import_compared;
    CREATE TEMPORARY TABLE import_vote (
        line integer, roll integer, state smallint, choice smallint) ON COMMIT DROP;
    CREATE TEMPORARY TABLE import_state (state smallint, state_id bigint) ON COMMIT DROP;
    CREATE TEMPORARY TABLE import_roll (
        roll integer PRIMARY KEY, line integer, number text, slug text, date text, symbol text,
        title text, url text, total_yes integer, total_no integer, total_abstain integer,
        total_absent integer, counted_yes integer, counted_no integer, counted_abstain integer,
        complete boolean, roll_call_id bigint, made boolean DEFAULT false) ON COMMIT DROP;
    CREATE TEMPORARY TABLE import_compared (
        line integer, roll_call_id bigint, state_id bigint, choice text, vote_id bigint, held text,
        imported_id bigint) ON COMMIT DROP;
"""

CHOICES_SQL = f"ARRAY[{', '.join(repr(str(one)) for one in CHOICES)}]::varchar[]"

# Symbols as people and data sets write them: A/RES/74/19, R/74/19.
KEY = "regexp_replace(regexp_replace(upper({}), '\\s', '', 'g'), '^([AS]/RES/|R/)', '')"

# A roll call is the one that the same data set called by this number before …
MATCH_BY_NUMBER = """
    UPDATE import_roll r SET roll_call_id = held.roll_call_id
      FROM (SELECT w.number, min(w.roll_call_id) AS roll_call_id
              FROM archive_importedrow w JOIN archive_import i ON i.id = w.source_import_id
              JOIN archive_rollcall c ON c.id = w.roll_call_id
             WHERE i.source_id = %(source)s AND i.undone_at IS NULL AND c.body_id = %(body)s
             GROUP BY w.number) held
     WHERE held.number = r.number
"""
# … or the only one of this body, day and symbol that it can be, and no other of the file can be.
MATCH_BY_SYMBOL = f"""
    WITH pair AS (
        SELECT r.roll, h.id, count(*) OVER (PARTITION BY r.roll) AS held,
               count(*) OVER (PARTITION BY h.id) AS told
          FROM import_roll r
          JOIN archive_rollcall h ON h.date = r.date
           AND {KEY.format("h.symbol")} = {KEY.format("r.symbol")}
         WHERE r.roll_call_id IS NULL AND r.symbol <> '' AND h.body_id = %(body)s
           AND h.status <> 'withdrawn'
           AND NOT EXISTS (SELECT FROM import_roll o WHERE o.roll_call_id = h.id)
           AND NOT EXISTS (
               SELECT FROM archive_importedrow w JOIN archive_import i ON i.id = w.source_import_id
                WHERE w.roll_call_id = h.id AND i.source_id = %(source)s AND i.undone_at IS NULL)
           {{totals}})
    UPDATE import_roll r SET roll_call_id = pair.id
      FROM pair WHERE pair.roll = r.roll AND pair.held = 1 AND pair.told = 1
"""
SAME_TOTALS = """AND (h.total_yes, h.total_no, h.total_abstain)
                   = (r.counted_yes, r.counted_no, r.counted_abstain)"""

# A slug that is taken, by a roll call that cannot be this one.
TAKEN = """
    SELECT FROM import_roll r JOIN archive_rollcall c USING (slug)
     WHERE r.roll_call_id IS NULL LIMIT 1
"""
CALL_OTHERWISE = """
    UPDATE import_roll r SET slug = r.slug || '-' || %s
     WHERE r.roll_call_id IS NULL AND EXISTS (
           SELECT FROM archive_rollcall c WHERE c.slug = r.slug)
"""
# Of the votes that went straight into the table: those in roll calls that are held, or left out.
TAKE_OUT = f"""
    WITH gone AS (
        DELETE FROM archive_vote v
         WHERE v.imported_id = %(import)s AND v.roll_call_id - %(first_roll)s NOT IN (
               SELECT roll FROM import_roll WHERE roll_call_id IS NULL)
        RETURNING v.*)
    INSERT INTO import_vote (line, roll, state, choice)
    SELECT gone.import_line, gone.roll_call_id - %(first_roll)s, s.state,
           array_position({CHOICES_SQL}, gone.choice) - 1
      FROM gone JOIN import_state s USING (state_id)
"""
CHOICE = f"({CHOICES_SQL})[v.choice + 1]"
# Of the votes in roll calls that are held: those that are new, differ, or rest on a document; and
# those held of which the file says nothing.
COMPARE = f"""
    INSERT INTO import_compared (line, roll_call_id, state_id, choice, vote_id, held, imported_id)
    SELECT coalesce(told.line, r.line), roll_call_id, state_id, coalesce(told.choice, ''),
           held.id, held.choice, held.imported_id
      FROM (SELECT v.line, r.roll_call_id, s.state_id, {CHOICE} AS choice
              FROM import_vote v JOIN import_roll r USING (roll) JOIN import_state s USING (state)
             WHERE r.roll_call_id IS NOT NULL) told
      FULL JOIN (
            SELECT h.id, h.roll_call_id, h.state_id, h.choice, h.imported_id FROM archive_vote h
             WHERE h.roll_call_id IN (SELECT roll_call_id FROM import_roll)) held
     USING (roll_call_id, state_id)
      JOIN import_roll r USING (roll_call_id)
     WHERE held.id IS NULL
        OR held.choice <> told.choice
        OR told.choice IS NOT NULL AND held.imported_id IS NULL
        OR told.choice IS NULL AND (%(lists_absent)s OR held.choice <> 'absent')
"""
COUNT = """
    SELECT count(*) FILTER (WHERE vote_id IS NULL),
           count(*) FILTER (WHERE vote_id IS NOT NULL AND choice <> held),
           count(*) FILTER (WHERE choice = '')
      FROM import_compared
"""
# What a held roll call says otherwise; what it leaves blank, it does not contradict.
ROLL_DIFFERENCES = f"""
    SELECT r.line, r.roll_call_id, d.field, d.held, d.imported
      FROM import_roll r JOIN archive_rollcall h ON h.id = r.roll_call_id
     CROSS JOIN LATERAL (VALUES
        ('date', h.date, r.date),
        ('symbol', h.symbol, r.symbol),
        ('total_yes', h.total_yes::text, r.total_yes::text),
        ('total_no', h.total_no::text, r.total_no::text),
        ('total_abstain', h.total_abstain::text, r.total_abstain::text),
        ('total_absent', h.total_absent::text, r.total_absent::text)) AS d (field, held, imported)
     WHERE NOT r.made AND d.held <> '' AND d.imported <> ''
       AND {KEY.format("d.held")} <> {KEY.format("d.imported")}
"""

MAKE_ROLLS = """
    UPDATE import_roll SET roll_call_id = {key}, made = true WHERE roll_call_id IS NULL;
    INSERT INTO archive_rollcall (id, slug, body_id, symbol, title, date, total_yes, total_no,
           total_abstain, total_absent, complete, url, status)
    SELECT roll_call_id, slug, %(body)s, symbol, title, date, total_yes, total_no, total_abstain,
           total_absent, complete, url, %(status)s
      FROM import_roll WHERE made ORDER BY roll;
"""
NEXT_KEY = "nextval(pg_get_serial_sequence('archive_rollcall', 'id'))"
PROVE_ROLLS = """
    INSERT INTO archive_importedrow (source_import_id, line, number, made, roll_call_id)
    SELECT %(import)s, line, number, made, roll_call_id FROM import_roll ORDER BY roll
"""
MAKE_VOTES = f"""
    INSERT INTO archive_vote (roll_call_id, state_id, choice, intended, imported_id, import_line)
    SELECT r.roll_call_id, s.state_id, {CHOICE}, '', %(import)s, v.line
      FROM import_vote v JOIN import_roll r USING (roll) JOIN import_state s USING (state)
     WHERE r.made
"""
ADD_VOTES = """
    INSERT INTO archive_vote (roll_call_id, state_id, choice, intended, imported_id, import_line)
    SELECT roll_call_id, state_id, choice, '', %(import)s, line
      FROM import_compared WHERE vote_id IS NULL ORDER BY line
"""
CONFIRM_VOTES = """
    INSERT INTO archive_importedrow (source_import_id, line, number, made, vote_id)
    SELECT %(import)s, line, '', false, vote_id
      FROM import_compared
     WHERE vote_id IS NOT NULL AND choice = held AND imported_id IS NULL ORDER BY line
"""
DISCREPANCIES = f"""
    INSERT INTO archive_discrepancy (source_import_id, line, roll_call_id, vote_id, field, held,
           imported, settled_by, settlement, reason)
    SELECT %(import)s, line, NULL, vote_id, 'choice', held, choice, '', '', ''
      FROM import_compared WHERE vote_id IS NOT NULL AND choice <> held
     UNION ALL
    SELECT %(import)s, d.line, d.roll_call_id, NULL, d.field, d.held, d.imported, '', '', ''
      FROM ({ROLL_DIFFERENCES}) d
     ORDER BY line
"""
# The first differences, for the report.
SAMPLE = f"""
    SELECT c.line, r.slug || '/' || s.code, 'choice', c.held, c.choice
      FROM import_compared c JOIN archive_rollcall r ON r.id = c.roll_call_id
      JOIN archive_state s ON s.id = c.state_id
     WHERE c.vote_id IS NOT NULL AND c.choice <> c.held
     UNION ALL
    SELECT d.line, r.slug, d.field, d.held, d.imported
      FROM ({ROLL_DIFFERENCES}) d JOIN archive_rollcall r ON r.id = d.roll_call_id
     ORDER BY 1 LIMIT 20
"""
