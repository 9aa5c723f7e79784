"""Takes a file of roll calls and votes into the archive: the whole of it, or nothing.

The votes are read once, straight into a temporary table; what the archive holds already is found
by sets, compared, and never overwritten: see docs/adr/0014-imports.md.
"""

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from archive.choices import Status
from archive.imports import mass
from archive.imports.files import Table, Unreadable, shortened
from archive.imports.intake import Intake, Options, Rejected, Report
from archive.imports.readers import reader_of
from archive.imports.rolls import CHOICES, Reader, by_reason
from archive.models import Organization, Source

# So many votes go to the server at once.
BATCH = 10_000

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
"""

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

# Of the votes in roll calls that are held: those that are new, differ, or rest on a document.
CHOICE = f"(ARRAY[{', '.join(repr(str(one)) for one in CHOICES)}])[v.choice + 1]"
COMPARE = f"""
    CREATE TEMPORARY TABLE import_compared ON COMMIT DROP AS
    SELECT v.line, r.roll_call_id, s.state_id, {CHOICE} AS choice, h.id AS vote_id,
           h.choice AS held, h.imported_id
      FROM import_vote v JOIN import_roll r USING (roll) JOIN import_state s USING (state)
      LEFT JOIN archive_vote h ON h.roll_call_id = r.roll_call_id AND h.state_id = s.state_id
     WHERE r.roll_call_id IS NOT NULL
       AND (h.id IS NULL OR h.choice <> {CHOICE} OR h.imported_id IS NULL)
"""
# Votes that are held, of which the file says nothing.
MISSING = """
    INSERT INTO import_compared (line, roll_call_id, state_id, choice, vote_id, held, imported_id)
    SELECT r.line, h.roll_call_id, h.state_id, '', h.id, h.choice, h.imported_id
      FROM import_roll r JOIN archive_vote h ON h.roll_call_id = r.roll_call_id
     WHERE (%(lists_absent)s OR h.choice <> 'absent')
       AND NOT EXISTS (SELECT FROM import_vote v JOIN import_state s USING (state)
                        WHERE v.roll = r.roll AND s.state_id = h.state_id)
"""
COUNT = """
    SELECT count(*) FILTER (WHERE vote_id IS NULL),
           count(*) FILTER (WHERE vote_id IS NOT NULL AND choice = held),
           count(*) FILTER (WHERE vote_id IS NOT NULL AND choice <> held)
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
    WITH new AS (
        INSERT INTO archive_rollcall (slug, body_id, symbol, title, date, total_yes, total_no,
               total_abstain, total_absent, complete, url, status)
        SELECT slug, %(body)s, symbol, title, date, total_yes, total_no, total_abstain,
               total_absent, complete, url, %(status)s
          FROM import_roll WHERE roll_call_id IS NULL ORDER BY roll
        RETURNING id, slug)
    UPDATE import_roll r SET roll_call_id = new.id, made = true FROM new WHERE new.slug = r.slug;
    INSERT INTO archive_importedrow (source_import_id, line, number, made, roll_call_id)
    SELECT %(import)s, line, number, made, roll_call_id FROM import_roll ORDER BY roll;
"""
MAKE_VOTES = f"""
    INSERT INTO archive_vote
           (id, roll_call_id, state_id, choice, intended, imported_id, import_line)
    SELECT {{key}}, r.roll_call_id, s.state_id, {CHOICE}, '', %(import)s, v.line
      FROM import_vote v JOIN import_roll r USING (roll) JOIN import_state s USING (state)
     WHERE r.made
"""
NEXT_KEY = "nextval(pg_get_serial_sequence('archive_vote', 'id'))"
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


@dataclass
class VoteOptions(Options):
    """What is to be said of votes besides."""

    roll_calls: Path | None = None
    body: str = ""
    draft: bool = False
    leave_out: bool = False


@dataclass
class VoteReport(Report):
    """What came of roll calls and votes."""

    roll_calls: dict[str, int] = field(default_factory=dict)
    votes: dict[str, int] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        return {"roll_calls": self.roll_calls, "votes": self.votes, **super().kept()}


class VoteIntake(Intake):
    """Roll calls and votes on their way into the archive."""

    command = "import_votes"
    options: VoteOptions
    report: VoteReport
    reader: Reader

    def read(self, table: Table) -> None:
        options = self.options
        self.reader = reader_of(
            table, self.states, self.rejects, options.roll_calls, options.encoding
        )
        self.values: dict[str, Any] = {"lists_absent": self.reader.lists_absent}
        self._find_body()
        self.cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
        self.cursor.execute(TABLES)
        self._stage()
        self._judge()

    def _find_body(self) -> None:
        slug = self.options.body or self.reader.data_set.body
        body = Organization.objects.filter(slug=slug).first()
        if body is None:
            raise Unreadable(
                f"The archive holds no organization “{slug}” that could have voted: add it, or "
                "name another with --body."
            )
        data_set = self.reader.data_set
        self.body = body
        source = Source.objects.filter(slug=data_set.slug).first()
        self.values |= {"body": body.pk, "source": source.pk if source else None}
        self.report.layout = str(self.reader.layout.label)

    def _stage(self) -> None:
        """The votes go into a temporary table while they are read."""
        statement = "COPY import_vote (line, roll, state, choice) FROM STDIN"
        with self.cursor.copy(statement) as copy:
            votes = self.reader.votes()
            while batch := "".join(islice(votes, BATCH)):
                copy.write(batch)
                self.options.progress(self.reader.table.share, self.reader.rows)
        self.finish_reading()

    def _judge(self) -> None:
        if self.rejects.count and not self.options.leave_out:
            raise Rejected
        rolls = self.reader.rolls
        for roll in rolls.values():
            if roll.rejected:
                roll.left_out = "has rejected lines"
        self.report.left_out = by_reason(rolls)

    def compare(self) -> None:
        """Which roll calls the archive holds, and what it says of their votes."""
        cursor, short = self.cursor, self.reader.data_set.short
        with cursor.copy("COPY import_roll FROM STDIN") as copy:
            for roll in self.reader.rolls.values():
                if not roll.left_out:
                    number = "".join(c if c.isalnum() else "-" for c in roll.number.lower())
                    slug = f"{self.body.slug}-{short}-{number}"
                    copy.write_row(
                        [
                            *(roll.ordinal, roll.line, roll.number, slug, roll.date),
                            *(roll.symbol[:60], shortened(roll.title), roll.url[:500]),
                            *(*roll.totals, *roll.counts[:3], roll.is_complete, None, False),
                        ]
                    )
        with cursor.copy("COPY import_state FROM STDIN") as copy:
            for row in self.states.rows():
                copy.write_row(row)
        cursor.execute("ANALYZE import_roll; ANALYZE import_state; ANALYZE import_vote")
        if self.values["source"]:
            cursor.execute(MATCH_BY_NUMBER, self.values)
        for totals in ("", SAME_TOTALS):
            cursor.execute(MATCH_BY_SYMBOL.format(totals=totals), self.values)
        # A slug that is taken, by a roll call that cannot be this one.
        cursor.execute(
            "UPDATE import_roll r SET slug = r.slug || '-' || %s WHERE r.roll_call_id IS NULL "
            "AND EXISTS (SELECT FROM archive_rollcall c WHERE c.slug = r.slug)",
            [self.report.sha256[:6]],
        )
        cursor.execute(COMPARE)
        cursor.execute(MISSING, self.values)
        self._count()

    def _count(self) -> None:
        report, cursor = self.report, self.cursor
        cursor.execute(
            "SELECT count(*) FILTER (WHERE roll_call_id IS NULL), "
            "count(*) FILTER (WHERE roll_call_id IS NOT NULL) FROM import_roll"
        )
        made, confirmed = cursor.fetchone()
        report.roll_calls = {"made": made, "confirmed": confirmed}
        cursor.execute(COUNT)
        added, _, differing = cursor.fetchone()
        rolls = [roll for roll in self.reader.rolls.values() if not roll.left_out]
        cursor.execute("SELECT roll FROM import_roll WHERE roll_call_id IS NOT NULL")
        held = {roll for (roll,) in cursor.fetchall()}
        in_made = sum(sum(roll.counts) for roll in rolls if roll.ordinal not in held)
        in_held = sum(sum(roll.counts) for roll in rolls if roll.ordinal in held)
        cursor.execute("SELECT count(*) FROM import_compared WHERE choice = ''")
        [missing] = cursor.fetchone()
        report.votes = {
            "made": in_made + added,
            "confirmed": in_held - added - (differing - missing),
            "differing": differing,
        }
        cursor.execute(f"SELECT count(*) FROM ({ROLL_DIFFERENCES}) d")
        report.discrepancies = differing + cursor.fetchone()[0]
        cursor.execute(SAMPLE)
        report.differences = cursor.fetchall()
        report.made_states = sorted(self.states.made)

    def write(self) -> None:
        cursor, report = self.cursor, self.report
        made = self.register()
        status = Status.DRAFT if self.options.draft else Status.PUBLISHED
        self.values |= {"import": made.pk, "status": status}
        cursor.execute(MAKE_ROLLS, self.values)
        # Judged before the votes are there: each of them is proven by the same import.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("ANALYZE import_roll")
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM archive_vote LIMIT %s) v", [mass.MANY * 50]
        )
        [held] = cursor.fetchone()
        if report.votes["made"] >= mass.MANY and held * 10 <= report.votes["made"]:
            with mass.built_afterwards(cursor):
                self._write_votes(f"{mass.reserved_keys(cursor)} + v.line")
        else:
            self._write_votes(NEXT_KEY)
        cursor.execute(CONFIRM_VOTES, self.values)
        cursor.execute(DISCREPANCIES, self.values)

    def _write_votes(self, key: str) -> None:
        self.cursor.execute(MAKE_VOTES.format(key=key), self.values)
        self.cursor.execute(ADD_VOTES, self.values)
