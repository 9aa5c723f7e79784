"""Two writers at once cannot slip through: every order of their steps, on two connections.

Each transaction writes, has its deferred rules checked as a commit would, and commits. All
twenty ways in which two such transactions can interleave are tried; a step that waits for
the other's lock stays pending until that lock is gone. Whatever the order, one of the two
is refused, and the archive ends consistent.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress

import psycopg
import pytest
from django.db import connection, transaction

from archive.choices import Status
from tests.factories import (
    QUOTES,
    ArticleFactory,
    CitationFactory,
    EventFactory,
    MembershipFactory,
    OrganizationFactory,
    ParticipationFactory,
    RequestFactory,
    ResponseFactory,
    RollCallFactory,
    VoteFactory,
    cite,
    publish,
)

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 20  # seconds after which a step that neither ends nor waits for a lock is an error

CHECK, COMMIT = "SET CONSTRAINTS ALL IMMEDIATE", "COMMIT"
ORDERS = sorted(set(itertools.permutations("AAABBB")))

WITHDRAW = "status = 'withdrawn', withdrawal_reason = 'An error.'"

# What must hold in any state of the archive, asked without the functions that hold it.
PUBLIC_PROOF = (
    "SELECT FROM archive_citation c JOIN archive_article a ON a.id = c.article_id "
    "WHERE c.status = 'published' AND a.status = 'published' AND c.stance = 'supports'"
)
VIOLATIONS = {
    "misquoted": "SELECT c.id FROM archive_citation c JOIN archive_article a "
    "ON a.id = c.article_id WHERE substr(a.text, c.start + 1, length(c.quote)) <> c.quote",
    "unproven event": "SELECT e.id FROM archive_event e WHERE e.status = 'published' "
    f"AND NOT EXISTS ({PUBLIC_PROOF} AND c.event_id = e.id)",
    "unproven participation": "SELECT p.id FROM archive_participation p "
    "JOIN archive_event e ON e.id = p.event_id WHERE e.status = 'published' "
    f"AND NOT EXISTS ({PUBLIC_PROOF} AND c.participation_id = p.id)",
    "unproven vote": "SELECT v.id FROM archive_vote v "
    "JOIN archive_rollcall r ON r.id = v.roll_call_id WHERE r.status = 'published' "
    f"AND NOT EXISTS ({PUBLIC_PROOF} AND c.vote_id = v.id)",
    "request under a hidden event": "SELECT r.id FROM archive_request r "
    "JOIN archive_event e ON e.id = r.event_id "
    "WHERE r.status = 'published' AND e.status <> 'published'",
    "answer to what was not asked": "SELECT a.id FROM archive_response a "
    "JOIN archive_request r ON r.id = a.request_id "
    "WHERE r.standing = 'not_made' AND a.kind <> 'silence'",
    "answer before the event": "SELECT a.id FROM archive_response a "
    "JOIN archive_request r ON r.id = a.request_id JOIN archive_event e ON e.id = r.event_id "
    "WHERE upper(a.date_possible) <= lower(e.date_possible)",
    "not the date that it inherits": "SELECT r.id FROM archive_request r "
    "JOIN archive_event e ON e.id = r.event_id WHERE r.date = '' AND r.effective_date <> e.date",
    "part of a part": "SELECT a.id FROM archive_response a "
    "JOIN archive_response b ON b.id = a.part_of_id WHERE b.part_of_id IS NOT NULL",
    "unreported without an answer": "SELECT r.id FROM archive_request r "
    "WHERE r.status = 'published' AND r.standing = 'unreported' "
    "AND NOT EXISTS (SELECT FROM archive_response a "
    "WHERE a.request_id = r.id AND a.status = 'published')",
}


class Session:
    """Transactions on a connection and a thread of their own; one step at a time."""

    def __init__(self, isolation: str) -> None:
        self.connection = psycopg.connect(**connection.get_connection_params(), autocommit=True)
        self.worker = ThreadPoolExecutor(1)
        self.begin = f"BEGIN ISOLATION LEVEL {isolation}"
        with suppress(psycopg.errors.InsufficientPrivilege):
            self.connection.execute("SET deadlock_timeout = '20ms'")  # only to save time

    def start(self, statement: str) -> None:
        self.connection.execute(self.begin)
        self.connection.execute("SELECT FROM archive_event")  # takes the snapshot, if it is kept
        self.steps = iter((statement, CHECK, COMMIT))
        self.futures: list[Future[object]] = []

    def advance(self) -> None:
        """Starts the next step, behind one that still waits."""
        self.futures.append(self.worker.submit(self.connection.execute, next(self.steps)))

    def is_idle(self) -> bool:
        return all(future.done() for future in self.futures)

    def refusal(self) -> str:
        """The rule that refused the transaction, or what else did; “” if it was committed."""
        for future in self.futures:
            error = future.exception()
            if isinstance(error, psycopg.errors.DeadlockDetected):
                return "deadlock"
            if isinstance(error, psycopg.errors.SerializationFailure):
                return "serialization failure"
            if isinstance(error, psycopg.IntegrityError):
                return error.diag.constraint_name
            if error is not None:
                raise error
        return ""

    def close(self) -> None:
        self.connection.cancel_safe()
        self.worker.shutdown()
        self.connection.close()


@contextmanager
def two_sessions(isolation: str = "READ COMMITTED") -> Iterator[dict[str, Session]]:
    sessions = {name: Session(isolation) for name in "AB"}
    try:
        yield sessions
    finally:
        for session in sessions.values():
            session.close()


def settle(session: Session) -> None:
    """Returns when the session has done its steps, or waits for a lock."""
    pid = session.connection.info.backend_pid
    for _ in range(PATIENCE * 200):
        wait(session.futures, timeout=0.005)
        if session.is_idle():
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [pid])
            if cursor.fetchone()[0]:
                return
    pytest.fail("A step neither ended nor waited for a lock.")


def run(sessions: dict[str, Session], order: Iterable[str], statements: Iterable[str]) -> list[str]:
    """What refused each of two transactions whose steps are taken in this order."""
    for session, statement in zip(sessions.values(), statements, strict=True):
        session.start(statement)
    for name in order:
        sessions[name].advance()
        settle(sessions[name])
    for session in sessions.values():
        wait(session.futures, timeout=PATIENCE)
        assert session.is_idle()
    return [session.refusal() for session in sessions.values()]


def violations() -> list[str]:
    with connection.cursor() as cursor:
        return [
            name for name, query in VIOLATIONS.items() if cursor.execute(query).fetchall() != []
        ]


# --- The races: each sets its stage anew, and returns two statements of which one must fail ---


def citation_while_text_is_replaced():
    article = ArticleFactory()
    event = EventFactory()
    return (
        "INSERT INTO archive_citation (article_id, event_id, quote, field, stance, asserted, note) "
        f"VALUES ({article.pk}, {event.pk}, '{QUOTES[0]}', '', 'supports', '', '')",
        # Longer by one, so that it is a capture of its own and its body the same.
        f"UPDATE archive_article SET text = upper(text) || '!' WHERE id = {article.pk}",
    )


def both_proofs_are_deleted(make=EventFactory):
    record = publish(make())
    first, second = record.citations.get(), cite(record)
    return [f"DELETE FROM archive_citation WHERE id = {row.pk}" for row in (first, second)]


def both_articles_are_withdrawn():
    event = publish(EventFactory())
    first, second = event.citations.get(), cite(event)
    return [
        f"UPDATE archive_article SET {WITHDRAW} WHERE id = {row.article_id}"
        for row in (first, second)
    ]


def article_is_withdrawn_while_its_record_is_published():
    citation = cite(EventFactory())
    return (
        f"UPDATE archive_article SET {WITHDRAW} WHERE id = {citation.article_id}",
        f"UPDATE archive_event SET status = 'published' WHERE id = {citation.event_id}",
    )


def request_is_published_while_its_event_is_withdrawn():
    request = RequestFactory(event=publish(EventFactory()))
    cite(request)
    return (
        f"UPDATE archive_request SET status = 'published' WHERE id = {request.pk}",
        f"UPDATE archive_event SET {WITHDRAW} WHERE id = {request.event_id}",
    )


def participation_is_added_while_its_event_is_published():
    event = cite(EventFactory()).event
    state = ParticipationFactory().actor_state
    return (
        "INSERT INTO archive_participation (event_id, actor_state_id, role, person, office) "
        f"VALUES ({event.pk}, {state.pk}, 'target', '', '')",
        f"UPDATE archive_event SET status = 'published' WHERE id = {event.pk}",
    )


def vote_is_added_while_its_roll_call_is_published():
    roll_call = cite(RollCallFactory()).roll_call
    state = VoteFactory().state
    return (
        "INSERT INTO archive_vote (roll_call_id, state_id, choice, intended) "
        f"VALUES ({roll_call.pk}, {state.pk}, 'yes', '')",
        f"UPDATE archive_rollcall SET status = 'published' WHERE id = {roll_call.pk}",
    )


def answer_to(request):
    return (
        "INSERT INTO archive_response (slug, request_id, responder_state_id, kind, basis, search, "
        f"date, summary) VALUES ('a-{request.pk}', {request.pk}, {request.requester_id}, "
        "'contact', '', '', '1933-05', 'It called.')"
    )


def response_is_added_while_its_request_turns_out_not_made():
    request = RequestFactory()
    return (
        answer_to(request),
        f"UPDATE archive_request SET standing = 'not_made' WHERE id = {request.pk}",
    )


def response_is_added_while_its_event_moves_to_a_later_date():
    request = RequestFactory()
    return (
        answer_to(request),
        f"UPDATE archive_event SET date = '1934' WHERE id = {request.event_id}",
    )


def each_of_two_becomes_a_part_of_the_other():
    first = ResponseFactory()
    second = ResponseFactory(request=first.request)
    return [
        f"UPDATE archive_response SET part_of_id = {whole.pk} WHERE id = {part.pk}"
        for whole, part in ((first, second), (second, first))
    ]


def unreported_request_is_published_while_its_answer_is_withdrawn():
    request = RequestFactory(event=publish(EventFactory()), standing="unreported")
    answer = ResponseFactory(request=request)
    cite(answer)
    return (
        f"UPDATE archive_request SET status = 'published' WHERE id = {request.pk}; "
        f"UPDATE archive_response SET status = 'published' WHERE id = {answer.pk}",
        f"UPDATE archive_citation SET {WITHDRAW} WHERE response_id = {answer.pk}",
    )


RACES: dict[Callable[[], tuple[str, str]], set[str]] = {
    citation_while_text_is_replaced: {
        "archive_citation_quote_is_verbatim",
        "archive_article_keeps_its_quotations",
    },
    both_proofs_are_deleted: {"archive_published_is_proven"},
    both_articles_are_withdrawn: {"archive_published_is_proven"},
    article_is_withdrawn_while_its_record_is_published: {"archive_published_is_proven"},
    request_is_published_while_its_event_is_withdrawn: {"archive_published_has_published_parents"},
    participation_is_added_while_its_event_is_published: {"archive_published_is_proven"},
    vote_is_added_while_its_roll_call_is_published: {"archive_published_is_proven"},
    response_is_added_while_its_request_turns_out_not_made: {
        "archive_response_not_made_has_only_silence"
    },
    response_is_added_while_its_event_moves_to_a_later_date: {
        "archive_response_not_before_request"
    },
    each_of_two_becomes_a_part_of_the_other: {"archive_response_is_part_of_root"},
    unreported_request_is_published_while_its_answer_is_withdrawn: {"archive_published_is_proven"},
}


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
def test_never_both(race):
    with two_sessions() as sessions:
        for order in ORDERS:
            with transaction.atomic():
                statements = race()
            refused = run(sessions, order, statements)
            assert [bool(rule) for rule in refused].count(True) == 1, (order, refused)
            assert set(refused) - {"", "deadlock"} <= RACES[race], (order, refused)
    assert violations() == []


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
def test_one_after_the_other_the_second_is_refused_by_name(race):
    with two_sessions() as sessions:
        for order, second in (("AAABBB", 1), ("BBBAAA", 0)):
            with transaction.atomic():
                statements = race()
            refused = run(sessions, order, statements)
            assert refused[second] in RACES[race]
            assert refused[1 - second] == ""


@pytest.mark.parametrize(
    "make",
    [
        MembershipFactory,
        ParticipationFactory,
        RequestFactory,
        ResponseFactory,
        RollCallFactory,
        VoteFactory,
    ],
    ids=lambda make: make._meta.model.__name__,
)
def test_each_kind_of_record_keeps_one_proof(make):
    """In the order in which neither would see the other's deletion, but for the lock."""
    with transaction.atomic():
        statements = both_proofs_are_deleted(make)
    with two_sessions() as sessions:
        refused = run(sessions, "ABABAB", statements)
    assert refused == ["", "archive_published_is_proven"]
    assert violations() == []


def test_writers_on_different_records_do_not_meet():
    """Two records that rest on one article are published at once."""
    with two_sessions() as sessions:
        for order in ORDERS:
            with transaction.atomic():
                article = publish(ArticleFactory())
                citations = [cite(EventFactory(), article=article, quote=q) for q in QUOTES[:2]]
            statements = [
                f"UPDATE archive_event SET status = 'published' WHERE id = {citation.event_id}"
                for citation in citations
            ]
            assert run(sessions, order, statements) == ["", ""]


@pytest.mark.parametrize(
    ("make", "looked_at"),
    [(EventFactory, "pk"), (RequestFactory, "event_id"), (ResponseFactory, "pk")],
    ids=["event", "request", "response"],
)
def test_proving_locks_no_stranger_whatever_the_plan(make, looked_at):
    """PostgreSQL may look at other parents first: it must not lock them by that."""
    with transaction.atomic():
        record, stranger = publish(make()), publish(make())
    kind = record._meta.model_name
    table = "archive_response" if kind == "response" else "archive_event"
    with two_sessions() as sessions, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        for way in ("nestloop", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute("SELECT archive_assert_proven(%s, %s)", [kind, record.pk])
        lock = f"SELECT FROM {table} WHERE id = %s FOR UPDATE NOWAIT"
        other = sessions["A"].connection.execute(lock, [getattr(stranger, looked_at)])
        assert other.rowcount == 1


def test_a_request_inherits_the_date_that_its_event_gets_meanwhile():
    with two_sessions() as sessions:
        for order in ORDERS:
            with transaction.atomic():
                request = RequestFactory(event__date="1933")
                addressee = OrganizationFactory()
            statements = (
                "INSERT INTO archive_request (slug, event_id, requester_id, standing, sought, "
                "addressee_organization_id, date, summary) "
                f"VALUES ('b-{request.pk}', {request.event_id}, {request.requester_id}, 'made', "
                f"'unspecified', {addressee.pk}, '', 'It asked.')",
                f"UPDATE archive_event SET date = '1934' WHERE id = {request.event_id}",
            )
            assert run(sessions, order, statements) == ["", ""]
    assert violations() == []


@pytest.mark.parametrize(
    ("isolation", "refusals", "left_behind"),
    [
        ("READ COMMITTED", ["archive_published_is_proven"], []),
        ("REPEATABLE READ", [], ["unproven event"]),
        ("SERIALIZABLE", ["serialization failure"], []),
    ],
)
def test_isolation_decides(isolation, refusals, left_behind):
    """The limit that docs/adr/0002 tells: at REPEATABLE READ, neither sees the other's write."""
    with transaction.atomic():
        statements = both_proofs_are_deleted()
    with two_sessions(isolation) as sessions:
        refused = run(sessions, "ABABAB", statements)
    assert [rule for rule in refused if rule] == refusals
    assert violations() == left_behind


def test_violations_are_seen():
    """The questions above find what they ask for, once the triggers are off."""
    with transaction.atomic():
        for make in SCENE:
            table = make._meta.model._meta.db_table
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        CitationFactory(quote=QUOTES[0], start=0)
        ParticipationFactory(event=EventFactory(status=Status.PUBLISHED))
        VoteFactory(roll_call=RollCallFactory(status=Status.PUBLISHED))
        RequestFactory(standing="unreported", status=Status.PUBLISHED)
        whole = ResponseFactory(request__standing="not_made", date="1932")
        RequestFactory(event__date="1933")
        part = ResponseFactory(request=whole.request, part_of=whole)
        ResponseFactory(request=whole.request, part_of=part)
        found = violations()
        transaction.set_rollback(True)
    assert found == list(VIOLATIONS)


SCENE = (
    CitationFactory,
    EventFactory,
    MembershipFactory,
    ParticipationFactory,
    RequestFactory,
    ResponseFactory,
    RollCallFactory,
    VoteFactory,
)
