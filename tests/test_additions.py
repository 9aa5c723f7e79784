"""Proposals that add a part to something public, with its passage: who may, what comes of it."""

import pytest

from archive import additions, models, publication, review
from archive.choices import AddedPart, ProposalState, Status
from archive.refusals import Refused
from tests import factories
from tests.admin.users import make_editor, make_researcher, make_reviewer, make_superuser
from tests.factories import QUOTES, publish

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)


@pytest.fixture
def editor(db):
    return make_editor()


@pytest.fixture
def reviewer(db):
    return make_reviewer()


@pytest.fixture
def event(db):
    return publish(factories.EventFactory())


@pytest.fixture
def article(db):
    return factories.ArticleFactory(status=Status.PUBLISHED)


def stored(record):
    return type(record).objects.get(pk=record.pk)


def freedonia_in(event, **kwargs):
    state = factories.StateFactory(code="FRE")
    return models.Participation(**{"event": event, "actor_state": state, "role": "target"} | kwargs)


def passage_in(article, **kwargs):
    return models.Citation(**{"article": article, "quote": QUOTES[2]} | kwargs)


def test_every_part_that_can_be_added_has_an_owner():
    assert set(AddedPart.values) == set(publication.OWNERS)


def test_a_proposal_adds_nothing(event, article, editor):
    proposal = additions.propose(freedonia_in(event), passage_in(article), editor, " It says so. ")

    assert (proposal.record, proposal.adds, proposal.made_by) == (event, "participation", editor)
    assert proposal.reason == "It says so."
    assert proposal.proposed == {
        "participation": {"actor_state": ["FRE"], "role": "target"},
        "citation": {
            "article": [article.slug],
            "quote": QUOTES[2],
            "start": article.text.index(QUOTES[2]),
            "stance": "supports",
        },
    }
    assert not models.Participation.objects.exists()
    assert models.Citation.objects.count() == 1  # the event's own


@committing
def test_applying_adds_the_part_with_its_passage_published():
    editor, reviewer = make_editor(), make_reviewer()
    event = publish(factories.EventFactory())
    article = factories.ArticleFactory(status=Status.PUBLISHED)
    citation = passage_in(article, field="actor", note="By name.")
    proposal = additions.propose(freedonia_in(event, person="Rufus"), citation, editor, "So.")

    additions.apply(proposal, reviewer, comment="Well found.")

    part = models.Participation.objects.get()
    assert (part.event, part.actor.code, part.person) == (event, "FRE", "Rufus")
    proof = part.citations.get()
    assert (proof.quote, proof.field, proof.note) == (QUOTES[2], "actor", "By name.")
    assert proof.status == Status.PUBLISHED
    proposal = stored(proposal)
    assert (proposal.state, proposal.decided_by) == (ProposalState.APPLIED, reviewer)
    assert (proposal.comment, proposal.is_altered) == ("Well found.", False)
    for row in (part, proof):
        context = row.versions.get().pgh_context.metadata
        assert context["user"] == reviewer.pk
        assert context["reason"] == "So. (proposed by Edith)"
        assert context["proposal"] == proposal.pk


def test_a_vote_is_added_altered(article, editor, reviewer):
    roll_call = publish(factories.RollCallFactory())
    state = factories.StateFactory(code="FRE")
    vote = models.Vote(roll_call=roll_call, state=state, choice="yes")
    proposal = additions.propose(vote, passage_in(article), editor, "So.")
    values = additions.values_of(*additions.proposed(proposal))
    values["vote"]["choice"] = "abstain"
    values["citation"] |= {"quote": QUOTES[3], "start": None}

    additions.apply(proposal, reviewer, values)

    assert models.Vote.objects.get().choice == "abstain"
    assert models.Vote.objects.get().citations.get().quote == QUOTES[3]
    assert stored(proposal).is_altered
    part, citation = additions.applied(stored(proposal))
    assert (part.choice, citation.start) == ("abstain", article.text.index(QUOTES[3]))


@pytest.mark.parametrize("role", ["editor", "reviewer", "researcher", "superuser"])
@pytest.mark.parametrize("status", Status)
def test_who_may_propose_and_when(role, status, article):
    makers = {"editor": make_editor, "reviewer": make_reviewer, "researcher": make_researcher}
    user = makers.get(role, make_superuser)()
    event = factories.EventFactory()
    if status == Status.PUBLISHED:
        publish(event)
    else:
        event.status = status
        event.withdrawal_reason = "Wrong." if status == Status.WITHDRAWN else ""
        event.save()
    allowed = role != "researcher" and status == Status.PUBLISHED

    assert additions.may_propose(user, "participation", event) == allowed
    if allowed:
        additions.propose(freedonia_in(event), passage_in(article), user, "So.")
    else:
        with pytest.raises(Refused, match=r"may not propose|is not public"):
            additions.propose(freedonia_in(event), passage_in(article), user, "So.")
    assert models.Proposal.objects.count() == allowed


@pytest.mark.parametrize(
    ("part", "citation", "reason", "words"),
    [
        ({}, {}, " ", "Say why"),
        ({"role": "conqueror"}, {}, "So.", "Choose one of the listed values"),
        ({"actor_state": None}, {}, "So.", "Choose one actor"),
        ({}, {"quote": "Nobody ever said this"}, "So.", "does not stand in the body"),
        ({}, {"quote": "the League"}, "So.", "three words at least"),
        ({}, {"stance": "disputes"}, "So.", "no published passage"),
        ({}, {"field": "troops_low"}, "So.", "names no field of the record"),
    ],
)
def test_what_cannot_be_is_refused_at_once(event, article, editor, part, citation, reason, words):
    with pytest.raises(Refused, match=words):
        additions.propose(
            freedonia_in(event, **part), passage_in(article, **citation), editor, reason
        )
    assert not models.Proposal.objects.exists()
    assert not models.Participation.objects.exists()


def test_who_may_apply(event, article, editor, reviewer):
    proposal = additions.propose(freedonia_in(event), passage_in(article), reviewer, "So.")
    for user in (editor, make_researcher()):
        with pytest.raises(Refused, match="takes a reviewer"):
            additions.apply(proposal, user)
    with pytest.raises(Refused, match="Another reviewer must apply it"):
        additions.apply(proposal, reviewer)
    assert not models.Participation.objects.exists()

    sue = make_superuser()
    own = additions.propose(freedonia_in(event), passage_in(article), sue, "So.")
    additions.apply(own, sue)
    assert models.Participation.objects.get().event == event


def test_it_goes_back_or_is_taken_back_like_any_other(event, article, editor, reviewer):
    first, second = (
        additions.propose(freedonia_in(event), passage_in(article), editor, "So.") for _ in range(2)
    )
    review.return_proposal(first, reviewer, "Which state?")
    review.take_back(second, editor)
    assert {one.state for one in models.Proposal.objects.all()} == {"returned", "withdrawn"}
    assert [row["key"] for row in review.waiting(reviewer)] == []


def test_what_became_of_the_archive_meanwhile_refuses_it_in_words(event, editor, reviewer):
    draft = factories.ArticleFactory()
    proposal = additions.propose(freedonia_in(event), passage_in(draft), editor, "So.")
    with pytest.raises(Refused, match="no published passage of a published article"):
        additions.apply(proposal, reviewer)
    assert stored(draft).status == Status.DRAFT

    draft.status = Status.PUBLISHED
    draft.save()
    other = additions.propose(freedonia_in(event), passage_in(draft), editor, "So.")
    additions.apply(proposal, reviewer)
    with pytest.raises(Refused, match="already has this role in this event"):
        additions.apply(other, reviewer)
    assert stored(other).is_open
    assert models.Participation.objects.count() == 1

    draft.slug = "another-name"
    draft.save()
    with pytest.raises(Refused, match="which is gone"):
        additions.proposed(stored(other))


def test_it_reaches_no_other_record_than_its_own(event, article, editor, reviewer):
    """Whatever stands in the column: SQL may have written it."""
    other = publish(factories.EventFactory(slug="another"))
    proposal = additions.propose(freedonia_in(event), passage_in(article), editor, "So.")
    values = {
        "participation": proposal.proposed["participation"] | {"event": ["another"]},
        "citation": proposal.proposed["citation"] | {"event": ["another"]},
    }
    additions.apply(proposal, reviewer, values)
    part = models.Participation.objects.get()
    assert part.event == event
    assert part.citations.get().event is None
    assert not other.participations.exists()


def test_a_change_is_not_taken_for_an_addition(event, article, editor, reviewer):
    proposal = additions.propose(freedonia_in(event), passage_in(article), editor, "So.")
    with pytest.raises(Refused, match="No proposal can be made about “citation”"):
        review.apply(proposal, reviewer)
