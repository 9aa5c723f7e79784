"""Seeded data: an invented world in which every rule of the database holds.

Rows come as tuples in the order of `COLUMNS`, with ids in the order in which the API lists the
records by default; so a peer that pages by id shows the same rows. Quotations are sentences of
the articles, cut out at their places; words are drawn by Zipf's law, a third of them the stop
words of English, so that searching has rare and common words to find.
"""

import datetime
import itertools
import random
import uuid
from array import array
from collections.abc import Iterable, Iterator
from typing import Any

from archive.choices import (
    EventKind,
    HelpSought,
    MembershipStanding,
    OrganizationKind,
    ParticipationRole,
    ResponseKind,
    SilenceBasis,
    SourceKind,
    Stance,
)
from archive.models.citation import CITABLE
from bench.sizes import Size
from bench.words import Vocabulary

FIRST_DAY = datetime.date(1946, 1, 10)
LAST_DAY = datetime.date(2025, 12, 30)
CHANGED = datetime.datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=datetime.UTC)
ACTOR = "{}_state_id {}_organization_id"
STATUS = "status withdrawal_reason updated_at"

# The tables in the order of filling, each with its columns.
COLUMNS: dict[str, list[str]] = {
    table: columns.split()
    for table, columns in {
        "state": "id code name official_name iso2 m49 cow cow_letters gw existed aliases "
        "updated_at",
        "organization": "id slug name acronym kind founded dissolved aliases updated_at",
        "source": "id slug name kind homepage country_id note updated_at",
        "provision": "id slug organization_id instrument article_number gist updated_at",
        "article": "id slug title source_id first_published_by_id authors published url "
        f"archived_url retrieved_on language text body_start body_end text_access note {STATUS}",
        "membership": f"id slug state_id organization_id standing period note {STATUS}",
        "event": f"id slug title kind date place part_of_id summary {STATUS}",
        "participation": f"id event_id {ACTOR.format('actor', 'actor')} role person office "
        "alleged_by_id updated_at",
        "request": f"id slug event_id requester_id {ACTOR.format('addressee', 'addressee')} "
        f"standing sought provision_id date effective_date summary {STATUS}",
        "response": f"id slug request_id {ACTOR.format('responder', 'responder')} part_of_id kind "
        "basis search date effective_date troops_low troops_high troops_approximate summary "
        f"{STATUS}",
        "rollcall": "id slug body_id symbol title date total_yes total_no total_abstain "
        f"total_absent complete url {STATUS}",
        "vote": "id roll_call_id state_id choice intended updated_at",
        "citation": f"id uuid article_id quote start {' '.join(f'{name}_id' for name in CITABLE)} "
        f"field stance asserted note {STATUS}",
    }.items()
}

CHOICES = ("yes", "no", "abstain", "absent")
PUBLISHED = ("published", "")
DRAFT = ("draft", "")


class World:
    """All rows, by table. Making it is most of the work; votes are made while they are read."""

    def __init__(self, size: Size, seed: int) -> None:
        self.size = size
        self.rng = random.Random(f"{seed} {size.name}")
        # The same words whatever the size, so that searches need not read the database.
        self.vocabulary = Vocabulary(random.Random(seed))
        self.rows: dict[str, Iterable[tuple[Any, ...]]] = {}
        self.changes = 0
        self.states()
        self.organizations()
        self.articles()
        self.memberships()
        self.events()
        self.requests()
        self.responses()
        self.roll_calls()
        self.citations()
        self.rows["vote"] = self.votes()

    # --- Small things --------------------------------------------------------------------

    def changed(self) -> datetime.datetime:
        self.changes += 1
        return CHANGED + datetime.timedelta(milliseconds=self.changes)

    def day(self) -> datetime.date:
        return FIRST_DAY + datetime.timedelta(self.rng.randrange((LAST_DAY - FIRST_DAY).days))

    def words(self, low: int, high: int) -> str:
        words = self.vocabulary.draw(self.rng, self.rng.randint(low, high))
        return " ".join(words).capitalize()

    def name(self) -> str:
        return self.rng.choice(self.vocabulary.words[1_000:9_000]).capitalize()

    def actor(self) -> tuple[int | None, int | None]:
        """The ids of a state or of an organization."""
        if self.rng.random() < 0.8:
            return self.rng.randint(1, self.size.states), None
        return None, self.rng.randint(1, self.size.organizations)

    # --- Reference rows ------------------------------------------------------------------

    def states(self) -> None:
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        codes = ["".join(three) for three in itertools.product(letters, repeat=3)]
        self.codes = sorted(self.rng.sample(codes, self.size.states))
        names = self.rng.sample(self.vocabulary.words[1_000:9_000], 2 * self.size.states)
        self.rows["state"] = [
            (
                number,
                code,
                names[number].capitalize(),
                f"Republic of {names[number].capitalize()}",
                code[:2],
                f"{number:03}",
                number,
                code,
                number,
                "",
                [names[-number].capitalize()],
                self.changed(),
            )
            for number, code in enumerate(self.codes, 1)
        ]
        # Who votes: the first members, in the order in which they joined, vote longest.
        self.joined = self.rng.sample(range(1, self.size.states + 1), self.size.states)
        self.leaning = {state: self.rng.choice(range(8)) for state in self.joined}

    def organizations(self) -> None:
        slugs = [f"alliance-{number:03}" for number in range(1, self.size.organizations)]
        self.slugs = [*slugs, "unga"]
        kinds = list(OrganizationKind.values)
        self.rows["organization"] = [
            (
                number,
                slug,
                f"{self.name()} {self.name()} Treaty Organization",
                self.name()[:4].upper(),
                self.rng.choice(kinds),
                str(self.day().year),
                "",
                [],
                self.changed(),
            )
            for number, slug in enumerate(self.slugs, 1)
        ]
        self.rows["source"] = [
            (
                number,
                f"outlet-{number:03}",
                f"{self.name()} Courier",
                self.rng.choice(SourceKind.values),
                f"https://outlet-{number:03}.example/",
                self.rng.randint(1, self.size.states),
                self.words(5, 20),
                self.changed(),
            )
            for number in range(1, self.size.sources + 1)
        ]
        self.rows["provision"] = [
            (
                number,
                f"{slug}-article-4",
                number,
                f"{self.name()} Treaty",
                "4",
                self.words(10, 25),
                self.changed(),
            )
            for number, slug in enumerate(self.slugs, 1)
        ]

    # --- Articles ------------------------------------------------------------------------

    def articles(self) -> None:
        self.sentences: list[array[int]] = []
        self.texts: list[str] = []
        days = sorted(self.day() for _ in range(self.size.articles))
        rows = []
        for number, day in enumerate(days, 1):
            text, start, end, places = self.article()
            slug = f"article-{number:05}"
            self.sentences.append(places)
            self.texts.append(text)
            rows.append(
                (
                    number,
                    slug,
                    self.words(5, 11),
                    self.rng.randint(1, self.size.sources),
                    None,
                    [f"{self.name()} {self.name()}" for _ in range(self.rng.randint(0, 2))],
                    day.isoformat(),
                    f"https://outlet.example/{slug}",
                    "",
                    day,
                    "en",
                    text,
                    start,
                    end,
                    "restricted" if self.rng.random() < 0.05 else "open",
                    "",
                    *PUBLISHED,
                    self.changed(),
                )
            )
        self.rows["article"] = rows

    def article(self) -> tuple[str, int, int, "array[int]"]:
        """About 6 kB of text, where its body begins and ends, and where each sentence does."""
        head = f"Home | World | Opinion | Log in\n\n{self.words(5, 11)}\n\n"
        words = iter(self.vocabulary.draw(self.rng, self.rng.randint(820, 1_080)))
        parts, places, at = [head], array("I"), len(head)
        for number in itertools.count(1):
            sentence = " ".join(itertools.islice(words, self.rng.randint(6, 24)))
            if sentence.count(" ") < 2:  # a quotation has three words at least
                break
            sentence = f"{sentence[0].upper()}{sentence[1:]}."
            blank = "\n\n" if number % 4 == 0 else " "
            places.extend((at, at + len(sentence)))
            parts += (sentence, blank)
            at += len(sentence) + len(blank)
        return "".join([*parts, "\n\nShare this article"]), len(head), places[-1], places

    # --- Records -------------------------------------------------------------------------

    def memberships(self) -> None:
        pairs = itertools.product(range(1, self.size.states + 1), range(1, len(self.slugs) + 1))
        chosen = self.rng.sample(list(pairs), self.size.memberships)
        rows = []
        for state, organization in chosen:
            year = self.day().year
            slug = f"{self.codes[state - 1]}-{self.slugs[organization - 1]}-{year}".lower()
            period = self.rng.choice([f"{year}/..", f"{year}/", f"{year}/{year + 20}"])
            standing = self.rng.choice(["full"] * 5 + list(MembershipStanding.values))
            rows.append([slug, state, organization, standing, period, ""])
        # By the slug of the organization (its id), then by the code of the state (its id).
        rows.sort(key=lambda row: (row[2], row[1]))
        self.rows["membership"] = [
            (number, *row, *PUBLISHED, self.changed()) for number, row in enumerate(rows, 1)
        ]

    def partial_date(self) -> tuple[str, tuple[datetime.date, datetime.date]]:
        """A date as exact as sources are, and the days (with the one after) that it may touch."""
        day = self.day()
        how = self.rng.random()
        if how < 0.85:
            return day.isoformat(), (day, day + datetime.timedelta(1))
        if how < 0.93:
            month = day.replace(day=1)
            after = (month + datetime.timedelta(32)).replace(day=1)
            return f"{day:%Y-%m}", (month, after)
        if how < 0.97:
            year = day.replace(month=1, day=1)
            return f"{day.year}~", (year, year.replace(year=day.year + 1))
        last = day + datetime.timedelta(self.rng.randint(1, 60))
        return f"{day}/{last}", (day, last + datetime.timedelta(1))

    def later(self, day: datetime.date) -> tuple[str, tuple[datetime.date, datetime.date]]:
        when = day + datetime.timedelta(self.rng.randint(0, 20))
        return when.isoformat(), (when, when + datetime.timedelta(1))

    def events(self) -> None:
        dates = sorted((self.partial_date() for _ in range(self.size.events)), key=lambda d: d[1])
        self.dates = dates
        self.public_events: list[int] = []
        rows, parts = [], []
        for number, (date, _) in enumerate(dates, 1):
            is_public = number % 50 != 0
            part_of = (
                self.rng.choice(self.public_events)
                if self.public_events and self.rng.random() < 0.1
                else None
            )
            rows.append(
                (
                    number,
                    f"event-{number:05}",
                    self.words(3, 8),
                    self.rng.choice(EventKind.values),
                    date,
                    self.name(),
                    part_of,
                    self.words(10, 25),
                    *(PUBLISHED if is_public else DRAFT),
                    self.changed(),
                )
            )
            roles = self.rng.sample(ParticipationRole.values, 2)
            parts += [(number, *self.actor(), role) for role in roles]
            if is_public:
                self.public_events.append(number)
        self.rows["event"] = rows
        self.rows["participation"] = [
            (
                number,
                *part,
                *((f"{self.name()} {self.name()}", "President") if number % 3 == 0 else ("", "")),
                self.rng.randint(1, self.size.states) if number % 40 == 0 else None,
                self.changed(),
            )
            for number, part in enumerate(parts, 1)
        ]

    def requests(self) -> None:
        # Two on average for each event that has any.
        called = self.rng.sample(
            self.public_events, min(len(self.public_events), 1 + self.size.requests // 2)
        )
        self.called = sorted(called)
        taken, drafts = set(), []
        while len(drafts) < self.size.requests:
            event, requester, addressee = (
                self.rng.choice(called),
                self.rng.randint(1, self.size.states),
                self.actor(),
            )
            if (event, requester, addressee) in taken or addressee[0] == requester:
                continue
            taken.add((event, requester, addressee))
            date, (effective, days) = "", self.dates[event - 1]
            if self.rng.random() < 0.3:
                date, days = self.later(days[0])
                effective = date
            slug = f"{self.codes[requester - 1].lower()}-call-{len(drafts) + 1:05}"
            standing = self.rng.choice(["made"] * 8 + ["not_made", "unreported"])
            drafts.append((days, slug, event, requester, addressee, standing, (date, effective)))
        drafts.sort(key=lambda draft: draft[:2])
        self.asked = [
            (days, standing, effective) for days, _, _, _, _, standing, (_, effective) in drafts
        ]
        self.rows["request"] = [
            (
                number,
                slug,
                event,
                requester,
                *addressee,
                standing,
                self.rng.choice(HelpSought.values),
                self.rng.choice([None, addressee[1]]),
                *dates,
                self.words(10, 25),
                *PUBLISHED,
                self.changed(),
            )
            for number, (_, slug, event, requester, addressee, standing, dates) in enumerate(
                drafts, 1
            )
        ]

    def responses(self) -> None:
        drafts: list[dict[str, Any]] = []
        whole: dict[int, dict[str, Any]] = {}
        for number in range(1, self.size.responses + 1):
            request = self.rng.randint(1, self.size.requests)
            days, standing, effective = self.asked[request - 1]
            kind = "silence" if standing == "not_made" else self.rng.choice(ResponseKind.values)
            basis = self.rng.choice(SilenceBasis.values) if kind == "silence" else ""
            date = ""
            if kind != "silence" and self.rng.random() < 0.4:
                date, days = self.later(days[0])
                effective = date
            draft = {
                "order": (days, f"answer-{number:05}"),
                "request": request,
                "actor": self.actor(),
                "part_of": whole.get(request) if self.rng.random() < 0.3 else None,
                "kind": kind,
                "basis": basis,
                "search": self.words(8, 15) if basis not in ("", "reported") else "",
                "dates": (date, effective),
                "troops": self.rng.randrange(100, 5_000) if kind == "deployment" else None,
            }
            if draft["part_of"] is None:
                whole.setdefault(request, draft)
            drafts.append(draft)
        drafts.sort(key=lambda draft: draft["order"])
        for number, draft in enumerate(drafts, 1):
            draft["id"] = number
        # Found by a search, or in an official record: the public sees it without a passage.
        self.unquoted = {draft["id"] for draft in drafts if draft["search"]}
        self.rows["response"] = [
            (
                draft["id"],
                draft["order"][1],
                draft["request"],
                *draft["actor"],
                draft["part_of"] and draft["part_of"]["id"],
                draft["kind"],
                draft["basis"],
                draft["search"],
                *draft["dates"],
                draft["troops"],
                draft["troops"] and draft["troops"] + 100,
                draft["troops"] is not None,
                self.words(10, 25),
                *PUBLISHED,
                self.changed(),
            )
            for draft in drafts
        ]

    # --- Votes ---------------------------------------------------------------------------

    def roll_calls(self) -> None:
        days = sorted(self.day() for _ in range(self.size.roll_calls))
        body = self.slugs.index("unga") + 1
        spread = self.size.states - self.size.voters
        self.rolls: list[list[tuple[int, str]]] = []
        rows = []
        for number, day in enumerate(days, 1):
            # Members join as time goes by; there are `voters` of them on average.
            members = self.size.voters - spread + 1 + 2 * spread * number // (len(days) + 1)
            roll = self.roll(sorted(self.joined[:members]))
            self.rolls.append(roll)
            cast = [choice for _, choice in roll]
            rows.append(
                (
                    number,
                    f"unga-{number:05}",
                    body,
                    f"A/RES/{day.year - 1945}/{number}",
                    self.words(6, 16),
                    day.isoformat(),
                    *(cast.count(choice) for choice in CHOICES),
                    True,
                    f"https://undocs.example/A/RES/{number}",
                    *PUBLISHED,
                    self.changed(),
                )
            )
        self.rows["rollcall"] = rows

    def roll(self, members: list[int]) -> list[tuple[int, str]]:
        """What each of the members votes: states of one leaning are of one mind, mostly."""
        rng = self.rng
        line = [rng.choices(CHOICES, [70, 10, 17, 3])[0] for _ in range(8)]
        return [
            (
                state,
                line[self.leaning[state]] if rng.random() < 0.8 else CHOICES[int(rng.random() * 4)],
            )
            for state in members
        ]

    def votes(self) -> Iterator[tuple[Any, ...]]:
        number = 0
        for roll_call, roll in enumerate(self.rolls, 1):
            changed = self.changed()
            for state, choice in roll:
                number += 1
                intended = "yes" if number % 500 == 0 and choice != "yes" else ""
                yield number, roll_call, state, choice, intended, changed

    # --- Citations -----------------------------------------------------------------------

    def targets(self) -> Iterator[tuple[str, int, str]]:
        """What passages are about: the kind of record, its id, and the stance."""
        public = set(self.public_events)
        proven: list[tuple[str, int]] = [
            *(("event", event) for event in self.public_events),
            *(("participation", row[0]) for row in self.rows["participation"] if row[1] in public),
            *(("request", row[0]) for row in self.rows["request"]),
            *(("response", row[0]) for row in self.rows["response"] if row[0] not in self.unquoted),
            *(("membership", row[0]) for row in self.rows["membership"]),
            *(("roll_call", row[0]) for row in self.rows["rollcall"]),
        ]
        votes = sum(map(len, self.rolls))
        if self.size.cite_votes:
            proven += [("vote", number) for number in range(1, votes + 1)]
        for kind, record in proven:
            yield kind, record, "supports"
        answers = [each for each in proven if each[0] in ("event", "request", "response")]
        for number in range(self.size.citations - len(proven)):
            if number % 2 and not self.size.cite_votes:
                yield "vote", self.rng.randint(1, votes), "supports"
            else:
                yield *self.rng.choice(answers), self.rng.choice(Stance.values)

    def citations(self) -> None:
        kinds = list(CITABLE)
        taken, rows = set(), []
        for kind, record, stance in self.targets():
            while True:
                article = self.rng.randrange(self.size.articles)
                sentence = 2 * self.rng.randrange(len(self.sentences[article]) // 2)
                if (key := (kind, record, article, sentence)) not in taken:
                    break
            taken.add(key)
            start, end = self.sentences[article][sentence : sentence + 2]
            field = self.rng.choice(["", "", "", self.rng.choice(CITABLE[kind])])
            rows.append(
                (
                    article + 1,
                    start,
                    uuid.UUID(int=self.rng.getrandbits(128), version=4),
                    self.texts[article][start:end],
                    [record if each == kind else None for each in kinds],
                    field,
                    stance,
                    "" if stance == "supports" else self.words(2, 6),
                )
            )
        rows.sort(key=lambda row: row[:3])
        self.rows["citation"] = [
            (number, key, article, quote, start, *target, *rest, "", *PUBLISHED, self.changed())
            for number, (article, start, key, quote, target, *rest) in enumerate(rows, 1)
        ]
