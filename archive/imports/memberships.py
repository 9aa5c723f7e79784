"""Takes a file of members of alliances into the archive: the whole of it, or nothing.

The rows are a few thousand, so they are compared here; what is held is never overwritten: see
docs/adr/0016-memberships-of-data-sets.md.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from typing import Any

from archive.choices import MembershipStanding, OrganizationKind, Status
from archive.edtf import describe
from archive.imports.cow import NumberedStates
from archive.imports.files import Table, Unreadable, shortened
from archive.imports.intake import Intake, Options, Rejected, Report
from archive.imports.members import GOES_ON, Alliance, Members, by_reason, reader_of
from archive.imports.spells import DAY, Days, Spell, compare, held_spells, without_breaks
from archive.models import Discrepancy, ImportedRow, Membership, Organization

# Of an alliance with so few members the name tells them.
NAMED = 3
# So many differences are shown in the report.
SHOWN = 20
# So long a slug may be, and have room for a number behind it.
ROOM = 46

# Which organization the same data set meant by a number before.
KNOWN = """
    SELECT w.number, min(m.organization_id)
      FROM archive_importedrow w JOIN archive_import i ON i.id = w.source_import_id
      JOIN archive_source s ON s.id = i.source_id
      JOIN archive_membership m ON m.id = w.membership_id
     WHERE i.undone_at IS NULL AND s.slug = %s
     GROUP BY w.number HAVING count(DISTINCT m.organization_id) = 1
"""

# Data sets tell of parties to a treaty: who observes or has signed only is none.
NO_PARTY = (MembershipStanding.OBSERVER, MembershipStanding.SIGNATORY)


@dataclass
class MembershipOptions(Options):
    """What is to be said of memberships besides."""

    alliances: dict[str, str] = field(default_factory=dict)  # the data set's number → our slug
    make_organizations: bool = False


@dataclass
class MembershipReport(Report):
    """What came of memberships, and of the alliances that they are in."""

    alliances: dict[str, int] = field(default_factory=dict)
    memberships: dict[str, int] = field(default_factory=dict)
    made_organizations: list[str] = field(default_factory=list)

    def kept(self) -> dict[str, Any]:
        return {
            "alliances": self.alliances,
            "memberships": self.memberships,
            "made_organizations": self.made_organizations,
            **super().kept(),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the file says otherwise than a membership of the archive."""

    line: int
    membership: Membership
    field: str
    held: str
    told: str


# The code of a state and the slug of an organization.
Place = tuple[str, str]


class MembershipIntake(Intake):
    """Memberships on their way into the archive."""

    command = "import_memberships"
    naming = NumberedStates
    options: MembershipOptions
    report: MembershipReport
    reader: Members
    states: NumberedStates

    def read(self, table: Table) -> None:
        self.reader = reader_of(table, self.states, self.rejects)
        self.report.layout = str(self.reader.layout.label)
        self._find_organizations()
        for _ in self.reader.read():
            self.options.progress(table.share, self.reader.rows)
        self.finish_reading()
        self._judge()

    def _find_organizations(self) -> None:
        """Which organization each number means, of those that the archive has."""
        data_set = self.reader.data_set
        by_slug = {one.slug: one for one in Organization.objects.all()}
        by_key = {one.pk: one for one in by_slug.values()}
        prefix = f"{data_set.short}-"
        self.organizations: dict[str, Organization] = {
            slug.removeprefix(prefix): one
            for slug, one in by_slug.items()
            if slug.startswith(prefix) and slug.removeprefix(prefix).isdecimal()
        }
        self.cursor.execute(KNOWN, [data_set.slug])
        self.organizations |= {number: by_key[key] for number, key in self.cursor.fetchall()}
        for number, slug in self.options.alliances.items():
            if slug not in by_slug:
                raise Unreadable(
                    f"The archive holds no organization “{slug}” that alliance {number} could be: "
                    "add it first."
                )
            self.organizations[number] = by_slug[slug]
        if not self.options.make_organizations:
            self.reader.wanted = set(self.organizations)

    def _judge(self) -> None:
        alliances, report = self.reader.alliances, self.report
        self.judge_rejects()
        report.left_out = by_reason(alliances)
        absent = [number for number in self.options.alliances if number not in alliances]
        if absent:
            raise Unreadable(f"{report.file_name} holds no alliance {', '.join(absent)}.")
        self.taken = {n: one for n, one in alliances.items() if not one.left_out}
        if not self.taken and self.rejects.count:
            raise Rejected("Mend these lines: no alliance is left without them.")
        if not self.taken:
            raise Unreadable(
                f"Of the {len(alliances):,} alliances in {report.file_name} none is an "
                "organization that the archive knows: name some, as in --alliance 4220=csto, or "
                "take in all with --make-organizations."
            )
        self.states.make_only({code for one in self.taken.values() for code in one.spells})
        end = describe(self.reader.data_end.isoformat())
        report.notes.append(f"the data end on {end}; who is in then is taken to stay in")

    def compare(self) -> None:
        """Finds what the archive holds of these alliances, state by state."""
        self._make_organizations()
        self.report.made_states = sorted(self.states.made)
        self.made: list[tuple[Place, Spell]] = []
        self.confirmed: list[tuple[Membership, Spell]] = []
        self.differences: list[Difference] = []
        told, held = self._told(), self._held()
        for place in sorted(told.keys() | held.keys()):
            self._compare(place, told.get(place, []), held.get(place, []))
        self._count()

    def _make_organizations(self) -> None:
        made = []
        for number, alliance in self.taken.items():
            if number not in self.organizations:
                self.organizations[number] = self._organization(alliance)
                made.append(self.organizations[number])
        if not self.options.dry_run:
            Organization.objects.bulk_create(made)
        self.report.made_organizations = [one.slug for one in made]
        self.report.alliances = {"made": len(made), "known": len(self.taken) - len(made)}

    def _organization(self, alliance: Alliance) -> Organization:
        names = sorted(self.states.name(code) for code in alliance.spells)
        members = f"{len(names)} states"
        if len(names) <= NAMED:
            members = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
        short = self.reader.data_set.short
        begun = f", {alliance.founded[:4]}" if alliance.founded else ""
        name = f"{alliance.kind} of {members}{begun} ({short.upper()} {alliance.number})"
        return Organization(
            slug=f"{short}-{alliance.number}",
            name=shortened(name, 200),
            kind=OrganizationKind.ALLIANCE,
            founded=alliance.founded,
            dissolved=alliance.dissolved,
        )

    def _told(self) -> dict[Place, list[Spell]]:
        """What the file tells, by state and organization; several alliances may be one here."""
        found: dict[Place, list[Spell]] = defaultdict(list)
        # Of the end of a membership that goes on, the data tell only that they do not reach it.
        later = Days(self.reader.data_end + DAY, date.max)
        for number, alliance in self.taken.items():
            for code, spells in alliance.spells.items():
                found[code, self.organizations[number].slug] += [
                    replace(spell, ends=later) if spell.end == GOES_ON.text else spell
                    for spell in spells
                ]
        return {place: without_breaks(spells) for place, spells in found.items()}

    def _held(self) -> dict[Place, list[Membership]]:
        found: dict[Place, list[Membership]] = defaultdict(list)
        taken = {self.organizations[number].slug for number in self.taken}
        for membership in (
            Membership.objects.filter(organization__slug__in=taken)
            .exclude(status=Status.WITHDRAWN)
            .select_related("state", "organization")
        ):
            found[membership.state.code, membership.organization.slug].append(membership)
        return found

    def _compare(self, place: Place, told: list[Spell], held: list[Membership]) -> None:
        by_key = {one.pk: one for one in held}
        spells = held_spells((one.pk, one.period, one.standing) for one in held)
        compared = compare(told, spells, self.reader.data_end)
        self.made += [(place, spell) for spell in compared.new]
        for other, spell in compared.confirmed:
            for key in other.keys:
                membership = by_key[key]
                if not self._differs_in_standing(membership, [spell]):
                    self.confirmed.append((membership, spell))
        for other, several in compared.differing:
            period = ", ".join(spell.period for spell in several)
            for key in other.keys:
                membership = by_key[key]
                if not several and membership.standing in NO_PARTY:
                    continue
                self._differs_in_standing(membership, several)
                if period != membership.period:
                    line = several[0].rows[0][0] if several else self._line_of(place)
                    self.differences.append(
                        Difference(line, membership, "period", membership.period, period)
                    )

    def _differs_in_standing(self, membership: Membership, told: list[Spell]) -> bool:
        if not told or membership.standing not in NO_PARTY:
            return False
        full = MembershipStanding.FULL.value
        line = told[0].rows[0][0]
        self.differences.append(Difference(line, membership, "standing", membership.standing, full))
        return True

    def _line_of(self, place: Place) -> int:
        """Where the file begins to tell of an organization."""
        return min(
            alliance.line
            for number, alliance in self.taken.items()
            if self.organizations[number].slug == place[1]
        )

    def _count(self) -> None:
        report = self.report
        report.memberships = {
            "made": len(self.made),
            "confirmed": len(self.confirmed),
            "differing": len({one.membership.pk for one in self.differences}),
        }
        self.differences.sort(key=lambda one: (one.line, one.membership.slug, one.field))
        report.discrepancies = len(self.differences)
        report.differences = [
            (one.line, one.membership.slug, one.field, one.held, one.told)
            for one in self.differences[:SHOWN]
        ]

    def write(self) -> None:
        registered = self.register()
        memberships = self._make()
        ImportedRow.objects.bulk_create(
            ImportedRow(
                source_import=registered,
                line=line,
                number=number,
                made=is_made,
                membership=membership,
            )
            for is_made, brought in ((True, memberships), (False, self.confirmed))
            for membership, spell in brought
            for line, number in spell.rows
        )
        Discrepancy.objects.bulk_create(
            Discrepancy(
                source_import=registered,
                line=one.line,
                membership=one.membership,
                field=one.field,
                held=shortened(one.held, 300),
                imported=shortened(one.told, 300),
            )
            for one in self.differences
        )

    def _make(self) -> list[tuple[Membership, Spell]]:
        by_slug = {one.slug: one for one in self.organizations.values()}
        slugs = set(Membership.objects.values_list("slug", flat=True))
        made = []
        for (code, organization), spell in self.made:
            slug = _free(_slug(code, organization, spell), slugs)
            slugs.add(slug)
            membership = Membership(
                slug=slug,
                state_id=self.states.ids[code],
                organization=by_slug[organization],
                standing=MembershipStanding.FULL,
                period=spell.period,
                note=self._note(spell),
            )
            made.append((membership, spell))
        Membership.objects.bulk_create(membership for membership, _ in made)
        return made

    def _note(self, spell: Spell) -> str:
        """What the period does not tell by itself."""
        name = self.reader.data_set.name
        said = []
        if not spell.start:
            said.append(f"A member already when the data of {name} begin.")
        if spell.end == GOES_ON.text:
            end = describe(self.reader.data_end.isoformat())
            said.append(f"Still a member when the data of {name} end, on {end}.")
        if len(spell.rows) > 1:
            said.append(f"In the data, {len(spell.rows)} rows that follow each other.")
        if spell.is_part:
            said.append("In the data, one row with the predecessor or successor of the state.")
        return " ".join(said)


def _slug(code: str, organization: str, spell: Spell) -> str:
    """Such as uzb-csto-2006; without a year where nobody knows the beginning."""
    year = f"-{spell.start[:4]}" if spell.start else ""
    return f"{code.lower()}-{organization}"[: ROOM - len(year)].rstrip("-") + year


def _free(slug: str, taken: set[str]) -> str:
    if slug not in taken:
        return slug
    return next(one for number in count(2) if (one := f"{slug}-{number}") not in taken)
