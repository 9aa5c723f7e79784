"""From draft to the public and back.

Tests that ask who made the last change commit what they write: the time of a version is
that of its transaction.
"""

import pghistory
import pytest
from django.contrib.auth.models import AnonymousUser

from archive import models, publication
from archive.choices import RequestStanding, ResponseKind, SilenceBasis, Status
from archive.publication import Refused
from tests import factories
from tests.admin.users import make_editor, make_reviewer, make_superuser, make_user
from tests.factories import cite, publish

committing = pytest.mark.django_db(transaction=True)


def in_review(record):
    """The record as an import would leave it: in review, and of nobody's making."""
    record.status = Status.IN_REVIEW
    record.save()
    return record


def proven_event(**kwargs):
    """An event in review, with a passage in review that supports it."""
    event = factories.EventFactory(status=Status.IN_REVIEW, **kwargs)
    cite(event, status=Status.IN_REVIEW)
    return event


@pytest.fixture
def editor(db):
    return make_editor()


@pytest.fixture
def reviewer(db):
    return make_reviewer()


def status_of(record):
    return type(record).objects.get(pk=record.pk).status


# --- Who may do what ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "of_editor", "of_reviewer"),
    [
        (Status.DRAFT, {"submit"}, {"submit", "withdraw"}),
        (Status.IN_REVIEW, set(), {"publish", "return_to_draft", "withdraw"}),
        (Status.PUBLISHED, set(), {"withdraw"}),
        (Status.WITHDRAWN, set(), {"submit", "publish"}),
    ],
)
def test_verbs_by_status_and_role(editor, reviewer, status, of_editor, of_reviewer):
    event = factories.EventFactory.build(status=status)

    assert set(publication.verbs_for(editor, event)) == of_editor
    assert set(publication.verbs_for(reviewer, event)) == of_reviewer
    assert publication.verbs_for(AnonymousUser(), event) == []


@pytest.mark.parametrize("status", Status)
def test_editors_change_drafts_and_reviewers_everything(editor, reviewer, status):
    event = factories.EventFactory.build(status=status)
    part = factories.ParticipationFactory.build(event=event)

    for record in (event, part):
        assert publication.may_change(editor, record) == (status == Status.DRAFT)
        assert publication.may_change(reviewer, record)


def test_reference_rows_are_for_reviewers(editor, reviewer):
    for factory in (factories.StateFactory, factories.SourceFactory, factories.ProvisionFactory):
        record = factory()

        assert not publication.may_change(editor, record)
        assert publication.may_change(reviewer, record)


def test_what_was_public_is_not_deleted_but_by_a_superuser(editor, reviewer):
    event = publish(factories.EventFactory())
    citation = event.citations.get()

    assert not publication.may_delete(editor, citation)
    assert not publication.may_delete(reviewer, citation)
    assert publication.may_delete(make_superuser(), citation)
    draft = factories.CitationFactory()
    assert publication.may_delete(editor, draft)


# --- Submitting and returning ------------------------------------------------------------


def test_submit_takes_the_draft_citations_along(editor):
    part = factories.ParticipationFactory()
    event = part.event
    own, of_part = factories.CitationFactory(event=event), cite(part, status=Status.DRAFT)
    elsewhere = factories.CitationFactory()

    publication.submit(event, editor)

    assert event.status == status_of(event) == Status.IN_REVIEW
    assert status_of(own) == status_of(of_part) == Status.IN_REVIEW
    assert status_of(elsewhere) == Status.DRAFT


@pytest.mark.parametrize("status", [Status.IN_REVIEW, Status.PUBLISHED])
def test_submit_refuses_what_is_no_draft(editor, status):
    event = factories.EventFactory()
    if status == Status.PUBLISHED:
        publish(event)
    else:
        in_review(event)

    with pytest.raises(Refused, match="it must be draft or withdrawn"):
        publication.submit(event, editor)

    assert status_of(event) == status


def test_submit_takes_a_permission(db):
    event = factories.EventFactory()

    with pytest.raises(Refused, match="You may not submit this event"):
        publication.submit(event, make_user("Nobody"))


def test_return_to_draft_returns_the_citations_too(editor, reviewer):
    event = proven_event()

    with pytest.raises(Refused, match="takes a reviewer"):
        publication.return_to_draft(event, editor, "Read the article again.")
    publication.return_to_draft(event, reviewer, "Read the article again.")

    assert status_of(event) == status_of(event.citations.get()) == Status.DRAFT


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PUBLISHED])
def test_only_what_is_in_review_is_returned(reviewer, status):
    event = factories.EventFactory()
    if status == Status.PUBLISHED:
        publish(event)

    with pytest.raises(Refused, match="it must be in review"):
        publication.return_to_draft(event, reviewer, "Read the article again.")


# --- Publishing --------------------------------------------------------------------------


def test_publish_takes_the_proof_along(reviewer):
    event = proven_event()
    part = factories.ParticipationFactory(event=event)
    of_part, draft = cite(part, status=Status.IN_REVIEW), factories.CitationFactory(event=event)

    publication.publish(event, reviewer)

    assert event.status == status_of(event) == Status.PUBLISHED
    assert status_of(of_part) == Status.PUBLISHED
    assert status_of(draft) == Status.DRAFT


def test_publish_takes_votes_along(reviewer):
    roll_call = factories.RollCallFactory(status=Status.IN_REVIEW)
    vote = factories.VoteFactory(roll_call=roll_call)
    cite(roll_call, status=Status.IN_REVIEW)
    of_vote = cite(vote, status=Status.IN_REVIEW)

    publication.publish(roll_call, reviewer)

    assert status_of(roll_call) == status_of(of_vote) == Status.PUBLISHED


def test_publish_without_proof_is_refused_in_words_and_undone(reviewer):
    event = proven_event()
    factories.ParticipationFactory(event=event)  # and nothing says so

    with pytest.raises(Refused, match=r"Participation of .* no published passage") as refusal:
        publication.publish(event, reviewer)

    assert "Cite a passage that says so" in str(refusal.value)
    assert event.status == status_of(event) == Status.IN_REVIEW
    assert status_of(event.citations.get()) == Status.IN_REVIEW


def test_publish_under_a_draft_parent_is_refused(reviewer):
    request = factories.RequestFactory(status=Status.IN_REVIEW)
    cite(request, status=Status.IN_REVIEW)

    with pytest.raises(Refused, match=f"while event “{request.event.slug}” is not"):
        publication.publish(request, reviewer)


def test_publish_refuses_an_editor(editor):
    with pytest.raises(Refused, match="takes a reviewer"):
        publication.publish(proven_event(), editor)


def test_publish_refuses_a_draft(reviewer):
    event = factories.EventFactory()
    cite(event)

    with pytest.raises(Refused, match="is draft; to publish a record, it must be in review"):
        publication.publish(event, reviewer)


def test_publish_judges_by_the_row_as_it_now_stands(reviewer):
    event = proven_event()
    stale = models.Event.objects.get(pk=event.pk)
    publication.publish(event, reviewer)

    with pytest.raises(Refused, match="is published"):
        publication.publish(stale, reviewer)


def test_publish_of_an_unreported_request_takes_its_responses_along(reviewer):
    event = publish(factories.EventFactory())
    request = factories.RequestFactory(
        event=event, standing=RequestStanding.UNREPORTED, status=Status.IN_REVIEW
    )
    response = factories.ResponseFactory(request=request, status=Status.IN_REVIEW)
    citation = cite(response, status=Status.IN_REVIEW)

    publication.publish(request, reviewer)

    assert status_of(request) == status_of(response) == status_of(citation) == Status.PUBLISHED


def test_publish_of_a_reported_request_leaves_its_responses(reviewer):
    event = publish(factories.EventFactory())
    request = factories.RequestFactory(event=event, status=Status.IN_REVIEW)
    cite(request, status=Status.IN_REVIEW)
    response = factories.ResponseFactory(request=request, status=Status.IN_REVIEW)

    publication.publish(request, reviewer)

    assert status_of(response) == Status.IN_REVIEW


def test_publish_of_a_documented_silence_needs_no_passage(reviewer):
    request = publish(factories.RequestFactory())
    silence = factories.ResponseFactory(
        request=request,
        kind=ResponseKind.SILENCE,
        basis=SilenceBasis.DOCUMENTED_SEARCH,
        search="The League's journal, 1933, read by the archive.",
        status=Status.IN_REVIEW,
    )

    publication.publish(silence, reviewer)

    assert status_of(silence) == Status.PUBLISHED


def test_a_citation_is_published_alone(reviewer):
    citation = factories.CitationFactory(status=Status.IN_REVIEW)

    publication.publish(citation, reviewer)

    assert status_of(citation) == Status.PUBLISHED
    assert status_of(citation.event) == Status.DRAFT


# --- What is needed first, and what hangs on it ------------------------------------------


def a_tree():
    """In review: an article, and an event, a request and a silence that it proves."""
    article = factories.ArticleFactory(status=Status.IN_REVIEW)
    request = factories.RequestFactory(
        standing=RequestStanding.UNREPORTED,
        event=factories.EventFactory(status=Status.IN_REVIEW),
        status=Status.IN_REVIEW,
    )
    silence = factories.ResponseFactory(request=request, status=Status.IN_REVIEW)
    for record in (request.event, request, silence):
        cite(record, article=article, status=Status.IN_REVIEW)
    return article, request.event, request, silence


def test_a_refusal_names_the_article_that_is_needed_first(reviewer):
    article, event, *_ = a_tree()

    with pytest.raises(Refused, match=rf"published first: article “{article}”\.") as refusal:
        publication.publish(event, reviewer)
    assert "no published passage of a published article" in str(refusal.value)
    assert status_of(event) == Status.IN_REVIEW


def test_what_hangs_on_a_record_returns_with_it(reviewer):
    article, event, request, silence = a_tree()
    battle = factories.EventFactory(part_of=event, status=Status.IN_REVIEW)

    publication.return_to_draft(event, reviewer, "Who was asked?")

    assert {status_of(one) for one in (event, request, silence, battle)} == {Status.DRAFT}
    assert set(models.Citation.objects.values_list("status", flat=True)) == {Status.DRAFT}
    assert status_of(article) == Status.IN_REVIEW
    assert models.ReviewNote.objects.get().event == event


# --- Four eyes ---------------------------------------------------------------------------


def written_by(user, make):
    with pghistory.context(user=user.pk):
        return make()


@committing
def test_nobody_publishes_his_own_last_change():
    reviewer, other = make_reviewer(), make_reviewer("Other")
    event = written_by(reviewer, proven_event)

    with pytest.raises(Refused, match="You made the last change"):
        publication.publish(event, reviewer)

    publication.publish(event, other)
    assert status_of(event) == Status.PUBLISHED


@committing
def test_a_superuser_may_publish_his_own():
    superuser = make_superuser()
    event = written_by(superuser, proven_event)

    publication.publish(event, superuser)

    assert status_of(event) == Status.PUBLISHED


@committing
def test_what_nobody_wrote_may_be_published_by_anyone():
    event = proven_event()

    assert publication.last_changed_by(event) == set()
    publication.publish(event, make_reviewer())


@committing
@pytest.mark.parametrize("part", ["citation", "participation", "citation of it", "deletion"])
def test_a_change_of_a_part_or_of_a_citation_counts(part):
    reviewer, editor = make_reviewer(), make_editor()
    event = written_by(editor, proven_event)
    participation = written_by(editor, lambda: factories.ParticipationFactory(event=event))
    citation = written_by(editor, lambda: cite(participation, status=Status.IN_REVIEW))
    assert publication.last_changed_by(event) == {editor.pk}

    change = {
        "citation": lambda: event.citations.update(note="Read again."),
        "participation": lambda: event.participations.update(person="A minister"),
        "citation of it": lambda: models.Citation.objects.filter(pk=citation.pk).update(note="!"),
        "deletion": participation.delete,
    }[part]
    written_by(reviewer, change)

    assert publication.last_changed_by(event) == {reviewer.pk}
    with pytest.raises(Refused, match="You made the last change"):
        publication.publish(event, reviewer)


@committing
def test_an_older_change_does_not_count():
    reviewer, editor = make_reviewer(), make_editor()
    event = written_by(reviewer, factories.EventFactory)
    written_by(editor, lambda: cite(event, status=Status.DRAFT))
    publication.submit(event, editor)

    publication.publish(event, reviewer)

    assert status_of(event) == Status.PUBLISHED


@committing
def test_four_eyes_hold_for_responses_that_go_along():
    reviewer = make_reviewer()
    event = publish(factories.EventFactory())
    request = factories.RequestFactory(
        event=event, standing=RequestStanding.UNREPORTED, status=Status.IN_REVIEW
    )
    response = written_by(
        reviewer,
        lambda: factories.ResponseFactory(request=request, status=Status.IN_REVIEW),
    )
    cite(request, status=Status.IN_REVIEW)

    with pytest.raises(Refused, match="You made the last change of Response"):
        publication.publish(request, reviewer)

    assert status_of(request) == status_of(response) == Status.IN_REVIEW


# --- Withdrawing -------------------------------------------------------------------------


@committing
def test_withdraw_keeps_the_reason_for_the_public_and_in_the_history():
    reviewer = make_reviewer()
    event = publish(factories.EventFactory())

    publication.withdraw(event, reviewer, "  Told twice. ")

    event.refresh_from_db()
    assert (event.status, event.withdrawal_reason) == (Status.WITHDRAWN, "Told twice.")
    version = event.versions.order_by("-pgh_id").first()
    assert version.pgh_context.metadata == {"user": reviewer.pk, "reason": "Told twice."}


def test_withdraw_asks_a_reason(reviewer):
    event = publish(factories.EventFactory())

    with pytest.raises(Refused, match="Give the reason"):
        publication.withdraw(event, reviewer, "   ")

    assert status_of(event) == Status.PUBLISHED


def test_withdraw_refuses_an_editor(editor):
    with pytest.raises(Refused, match="takes a reviewer"):
        publication.withdraw(factories.EventFactory(), editor, "A slip.")


def test_withdraw_names_the_public_children(reviewer):
    request = publish(factories.RequestFactory())
    event = models.Event.objects.get(pk=request.event_id)
    part = publish(factories.EventFactory(part_of=event))

    with pytest.raises(Refused) as refusal:
        publication.withdraw(event, reviewer, "Told twice.")

    assert request.slug in str(refusal.value)
    assert part.slug in str(refusal.value)
    assert status_of(event) == Status.PUBLISHED


def test_withdraw_names_the_public_responses(reviewer):
    response = publish(factories.ResponseFactory())

    with pytest.raises(Refused, match=response.slug):
        publication.withdraw(response.request, reviewer, "Told twice.")


def test_withdraw_of_an_unreported_request_takes_its_responses_along(reviewer):
    event = publish(factories.EventFactory())
    request = factories.RequestFactory(
        event=event, standing=RequestStanding.UNREPORTED, status=Status.IN_REVIEW
    )
    response = factories.ResponseFactory(request=request, status=Status.IN_REVIEW)
    cite(response, status=Status.IN_REVIEW)
    publication.publish(request, reviewer)

    publication.withdraw(request, reviewer, "There was no answer either.")

    assert status_of(request) == status_of(response) == Status.WITHDRAWN


def test_withdraw_of_the_last_proof_is_refused_in_words(reviewer):
    event = publish(factories.EventFactory())

    with pytest.raises(Refused, match=f"Event “{event.slug}” cannot be public"):
        publication.withdraw(event.citations.get(), reviewer, "Misread.")


def test_withdraw_of_an_article_that_proves_something_is_refused(reviewer):
    event = publish(factories.EventFactory())

    with pytest.raises(Refused, match=f"Event “{event.slug}” cannot be public"):
        publication.withdraw(event.citations.get().article, reviewer, "A forgery.")


@pytest.mark.parametrize("again", ["submit", "publish"])
def test_what_was_withdrawn_can_come_back(reviewer, again):
    event = publish(factories.EventFactory())
    publication.withdraw(event, reviewer, "In doubt.")
    other = make_superuser()

    getattr(publication, again)(event, other)

    event.refresh_from_db()
    expected = Status.IN_REVIEW if again == "submit" else Status.PUBLISHED
    assert (event.status, event.withdrawal_reason) == (expected, "")


def test_what_was_public_never_becomes_a_draft(reviewer):
    event = publish(factories.EventFactory())
    publication.withdraw(event, reviewer, "In doubt.")
    with pytest.raises(Refused, match="it must be in review"):
        publication.return_to_draft(event, reviewer, "Read the article again.")

    publication.submit(event, reviewer)
    with pytest.raises(Refused, match="was public once"):
        publication.return_to_draft(event, reviewer, "Read the article again.")

    assert status_of(event) == Status.IN_REVIEW


def test_a_passage_that_was_public_stays_in_review_when_its_record_returns(reviewer):
    event = proven_event()
    citation = event.citations.get()
    publication.publish(citation, reviewer)
    publication.withdraw(citation, reviewer, "Misread.")
    publication.submit(citation, reviewer)

    publication.return_to_draft(event, reviewer, "Read the article again.")

    assert (status_of(event), status_of(citation)) == (Status.DRAFT, Status.IN_REVIEW)


def test_what_is_gone_meanwhile_is_said_so(reviewer):
    event = factories.EventFactory()
    models.Event.objects.all().delete()

    with pytest.raises(Refused, match="is no longer there"):
        publication.submit(event, reviewer)
