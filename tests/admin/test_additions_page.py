"""A new part of something public: proposed on its own form, judged on the proposal's page."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from archive import additions, models
from archive.choices import ProposalState, Status
from tests import factories
from tests.admin.forms import filled, page, row, words
from tests.admin.users import make_editor
from tests.factories import QUOTES, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(db):
    return publish(factories.EventFactory(title="The crisis"))


@pytest.fixture
def article(db):
    return factories.ArticleFactory(status=Status.PUBLISHED)


@pytest.fixture
def proposal(event, article):
    state = factories.StateFactory(code="FRE", name="Freedonia")
    part = models.Participation(event=event, actor_state=state, role="target")
    citation = models.Citation(article=article, quote=QUOTES[3], note="By name.")
    return additions.propose(part, citation, make_editor("Emil"), "The article names it.")


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def sheet_of(proposal):
    return reverse("admin:review_proposal", args=[proposal.pk])


def stored(record):
    return type(record).objects.get(pk=record.pk)


# --- Proposing on the form of the part ---------------------------------------------------


def add(client, owner, article, **changes):
    """Follows the link on the form of the owner, and fills in the form behind it."""
    kind, column = {"event": ("participation", "event"), "rollcall": ("vote", "roll_call")}[
        owner._meta.model_name
    ]
    url = f"{reverse(f'admin:archive_{kind}_add')}?{column}={owner.pk}"
    assert url in text(client.get(page(owner, "change")))
    first = client.get(url)
    assert f"You propose a new {kind}." in text(first)
    assert 'name="_save"' not in text(first)
    passage = {"citations-0-article": article.pk, "citations-0-quote": QUOTES[3]}
    return client.post(
        url, filled(first) | passage | {"change_reason": "So.", "_propose": "1"} | changes
    )


@pytest.mark.parametrize("role", ["editor", "reviewer", "superuser"])
def test_a_new_participant_is_proposed_and_nothing_is_added(role, request, event, article):
    client, state = request.getfixturevalue(role), factories.StateFactory(code="FRE")

    response = add(client, event, article, actor=f"state:{state.pk}", role="target")

    assert (response.status_code, response.url) == (302, page(event, "change"))
    proposal = models.Proposal.objects.get()
    assert (proposal.record, proposal.adds, proposal.made_by) == (
        event,
        "participation",
        client.user,
    )
    assert proposal.proposed["participation"] == {"actor_state": ["FRE"], "role": "target"}
    assert not event.participations.exists()
    assert not LogEntry.objects.exists()
    content = text(client.get(page(event, "change")))
    assert "is proposed, with its passage." in content
    assert "to add a participation: So." in content
    assert sheet_of(proposal) in content


def test_a_new_vote_is_proposed(editor, article):
    roll_call, state = publish(factories.RollCallFactory()), factories.StateFactory()
    response = add(editor, roll_call, article, state=state.pk, choice="abstain")
    assert response.status_code == 302
    assert models.Proposal.objects.get().adds == "vote"
    assert not roll_call.votes.exists()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"change_reason": " "}, "say why this should be added"),
        ({"role": "conqueror"}, "Select a valid choice"),
        ({"citations-0-quote": "", "citations-0-article": ""}, "Give the one passage"),
        ({"citations-0-quote": "Nobody ever said this"}, "does not stand in the body"),
        ({"citations-0-stance": "disputes"}, "no published passage"),
    ],
)
def test_what_cannot_be_proposed_stays_on_the_form(editor, event, article, changes, expected):
    state = factories.StateFactory()
    typed = {"actor": f"state:{state.pk}", "role": "target", "person": "Rufus"} | changes
    response = add(editor, event, article, **typed)

    assert expected in words(response)
    assert 'value="Rufus"' in text(response)
    assert 'name="_propose"' in text(response)
    assert not models.Proposal.objects.exists()


def test_two_passages_are_one_too_many(editor, event, article):
    url = f"{reverse('admin:archive_participation_add')}?event={event.pk}"
    first = editor.get(url)
    passages = {
        "citations-0-article": article.pk,
        "citations-0-quote": QUOTES[3],
        **row(first, "citation", article=article.pk, quote=QUOTES[2], stance="supports"),
    }
    actor = f"state:{factories.StateFactory().pk}"
    typed = {"actor": actor, "role": "target", "change_reason": "So."}
    response = editor.post(url, filled(first) | passages | typed)
    assert "Give the one passage" in words(response)
    assert QUOTES[2] in text(response)


def test_only_something_public_is_added_to_by_proposals(editor, researcher, event):
    draft = factories.ParticipationFactory().event
    content = text(editor.get(page(draft, "change")))
    assert "Propose a new" not in content
    assert "participations-__prefix__-actor" in content
    content = text(editor.get(page(event, "change")))
    assert "participations-__prefix__-actor" not in content
    assert "Propose a new" not in text(researcher.get(page(event, "change")))


# --- Judging it --------------------------------------------------------------------------


def test_the_queue_and_the_page_show_it_with_its_passage_in_context(reviewer, proposal, event):
    queue = text(reviewer.get(reverse("admin:review")))
    assert "new participation in event" in " ".join(queue.split())
    assert "The article names it." in queue
    content = " ".join(text(reviewer.get(sheet_of(proposal))).split())
    assert "Emil proposed to add this participation to the event" in content
    assert "What would be added" in content
    assert "<dd>Freedonia</dd>" in content
    assert f"on 3 May 1933. <mark>{QUOTES[3]}</mark> the call." in content
    assert "not public yet" not in content


def test_a_reviewer_applies_it(reviewer, proposal, event):
    seen = reviewer.get(sheet_of(proposal)).context["seen"]
    response = reviewer.post(sheet_of(proposal), {"_apply": "1", "seen": seen})

    assert response.status_code == 302
    part = event.participations.get()
    assert part.citations.get().status == Status.PUBLISHED
    assert f"/events/{event.slug}/" in part.get_absolute_url()
    assert "Freedonia" in text(reviewer.get(f"/api/v1/events/{event.slug}/"))
    assert stored(proposal).state == ProposalState.APPLIED
    assert "What was proposed to be added" in text(reviewer.get(sheet_of(proposal)))


def test_a_reviewer_alters_it(reviewer, proposal, event):
    response = reviewer.get(sheet_of(proposal))
    data = {}
    for form in response.context["forms"]:
        data |= {one.html_name: one.value() or "" for one in form}
    assert set(data) == {
        *("actor", "role", "person", "office", "alleged_by"),
        *(f"citation-{one}" for one in ("quote", "start", "field", "stance", "asserted", "note")),
    }
    data |= {"_alter": "1", "change_reason": "So.", "seen": response.context["seen"]}

    wrong = reviewer.post(sheet_of(proposal), data | {"role": "conqueror"})
    assert "Select a valid choice" in text(wrong)
    wrong = reviewer.post(sheet_of(proposal), data | {"citation-quote": "Nobody said this"})
    assert "does not stand in the body" in text(wrong)
    assert "Nobody said this" in text(wrong)
    assert stored(proposal).is_open
    altered = {"role": "party", "citation-quote": QUOTES[4], "comment": "More exact."}
    assert reviewer.post(sheet_of(proposal), data | altered).status_code == 302

    part = event.participations.get()
    assert (part.role, part.citations.get().quote) == ("party", QUOTES[4])
    content = text(reviewer.get(sheet_of(proposal)))
    assert "What was applied" in content
    assert content.count("<mark>") == 4  # proposed, applied, and on the event and its part now


def test_it_goes_back_with_a_comment(reviewer, editor, proposal, event):
    refused = reviewer.post(sheet_of(proposal), {"_return": "1", "comment": " "})
    assert "Say why the proposal goes back" in text(refused)
    reviewer.post(sheet_of(proposal), {"_return": "1", "comment": "Which Freedonia?"})
    assert stored(proposal).state == ProposalState.RETURNED
    assert not event.participations.exists()


def test_who_may_not_apply_it(editor, researcher, proposal, event):
    for client in (editor, researcher):
        assert 'name="_apply"' not in text(client.get(sheet_of(proposal)))
        assert "takes a reviewer" in text(client.post(sheet_of(proposal), {"_apply": "1"}))
    assert not event.participations.exists()


def test_what_changed_meanwhile_is_said(reviewer, proposal, event, article):
    models.Article.objects.filter(pk=article.pk).update(
        status=Status.WITHDRAWN, withdrawal_reason="A forgery."
    )
    content = text(reviewer.get(sheet_of(proposal)))
    assert "The article is not public yet" in content
    refused = text(reviewer.post(sheet_of(proposal), {"_apply": "1"}))
    assert "no published passage of a published article supports it" in refused

    new = f"Well. {article.text}"
    end = article.body_end + 6
    models.Article.objects.filter(pk=article.pk).update(text=new, body_end=end)
    assert "the capture was replaced meanwhile" in text(reviewer.get(sheet_of(proposal)))
    article = stored(article)
    article.slug = "another-name"
    article.save()
    content = text(reviewer.get(sheet_of(proposal)))
    assert "which is gone. It cannot be applied as it stands." in content
    assert 'name="_apply"' not in content
