"""The queue, the page of a record in review, the page of a proposal, and the proposing form."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from archive import models, publication, review
from archive.choices import ProposalState, Status
from tests import factories
from tests.admin import query_counts
from tests.admin.forms import filled, page, words
from tests.admin.users import make_editor
from tests.factories import cite, publish

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)

QUEUE = "/admin/review/"


def sheet(record):
    return reverse("admin:review_record", args=[record._meta.model_name, record.pk])


def sheet_of(proposal):
    return reverse("admin:review_proposal", args=[proposal.pk])


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def in_review(**kwargs):
    event = factories.EventFactory(status=Status.IN_REVIEW, **kwargs)
    cite(event, status=Status.IN_REVIEW)
    return event


@pytest.fixture
def event(db):
    return publish(factories.EventFactory(title="The crisis", place="Freedonia"))


@pytest.fixture
def proposal(event):
    return review.propose(event, make_editor("Emil"), {"place": "Sylvania"}, "The map says so.")


def stored(record):
    return type(record).objects.get(pk=record.pk)


# --- The form of something public, for editors -------------------------------------------


def proposed(client, record, **changes):
    url = page(record, "change")
    data = filled(client.get(url)) | {"change_reason": "Read again.", "_propose": "1"} | changes
    return client.post(url, data)


def test_an_editor_proposes_instead_of_changing(editor, event):
    content = text(editor.get(page(event, "change")))
    assert "You propose a change." in content
    assert 'value="Propose this change"' in content
    assert 'name="_save"' not in content
    assert 'name="_continue"' not in content

    response = proposed(editor, event, place="Sylvania")

    assert response.status_code == 302
    assert stored(event).place == "Freedonia"
    proposal = models.Proposal.objects.get()
    assert (proposal.record, proposal.made_by) == (event, editor.user)
    assert (proposal.proposed, proposal.reason) == ({"place": "Sylvania"}, "Read again.")
    assert not LogEntry.objects.exists()
    content = text(editor.get(page(event, "change")))
    assert "is proposed." in content
    assert sheet_of(proposal) in content


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"place": "Sylvania", "change_reason": " "}, "say in “Reason for the change”"),
        ({}, "Nothing is changed"),
        ({"date": "yesterday"}, "yesterday"),
        ({"title": " "}, "This field is required"),
    ],
)
def test_what_cannot_be_proposed_stays_on_the_form(editor, event, changes, expected):
    response = proposed(editor, event, **changes)

    assert response.status_code == 200
    assert expected in words(response)
    assert not models.Proposal.objects.exists()


def test_what_the_database_would_refuse_is_refused_at_once(editor, event):
    citation = event.citations.get()
    response = proposed(editor, citation, quote="Nobody ever said this")

    assert response.status_code == 200
    assert "does not stand in the body" in words(response)
    assert not models.Proposal.objects.exists()


def test_rows_of_other_kinds_are_no_part_of_a_proposal(editor, event):
    cite(event)
    quote = event.citations.first().quote
    response = proposed(
        editor, event, **{"place": "Sylvania", "citations-0-quote": "Tampered with, surely."}
    )

    assert response.status_code == 302
    assert set(event.citations.values_list("quote", flat=True)) == {quote}
    assert models.Proposal.objects.get().proposed == {"place": "Sylvania"}


def test_an_actor_and_a_target_are_proposed_as_one(editor):
    response, state = publish(factories.ResponseFactory()), factories.StateFactory(code="FRE")
    other = publish(factories.EventFactory(slug="another"))
    citation = cite(other)  # the first one stays as the event's proof

    assert proposed(editor, response, responder=f"state:{state.pk}").status_code == 302
    target = f"response:{response.pk}"
    assert proposed(editor, citation, target=target).status_code == 302

    of_response, of_citation = models.Proposal.objects.all()
    assert of_response.proposed == {"responder_state": ["FRE"], "responder_organization": None}
    assert of_citation.proposed == {"event": None, "response": [response.slug]}


def test_a_part_of_something_public_is_proposed_too(editor):
    part = publish(factories.ParticipationFactory())
    assert proposed(editor, part, person="A minister").status_code == 302
    assert stored(part).person == ""
    assert models.Proposal.objects.get().proposed == {"person": "A minister"}


def test_reviewers_change_it_themselves(reviewer, event):
    content = text(reviewer.get(page(event, "change")))
    assert "You propose a change." not in content
    assert 'name="_save"' in content


def test_researchers_propose_nothing(researcher, event):
    assert "_propose" not in text(researcher.get(page(event, "change")))
    assert researcher.post(page(event, "change"), {"_propose": "1"}).status_code == 403


def test_what_another_saved_meanwhile_is_asked_about(editor, event):
    url = page(event, "change")
    data = filled(editor.get(url)) | {"change_reason": "Read again.", "place": "Sylvania"}
    event.place = "Osterlich"
    event.save()

    assert editor.post(url, data).status_code == 409
    assert not models.Proposal.objects.exists()


# --- What comes back ---------------------------------------------------------------------


@committing
def test_a_returned_draft_tells_its_editor_why(editor, reviewer):
    event = factories.EventFactory()
    publication.submit(event, editor.user)
    refused = reviewer.post(sheet(event), {"_return": "1", "comment": " "})
    assert "Say what is to be done" in text(refused)

    response = reviewer.post(sheet(event), {"_return": "1", "comment": "Cite <the> second."})

    assert response.status_code == 302
    assert stored(event).status == Status.DRAFT
    for url in (page(event, "change"), QUEUE):
        assert "Cite &lt;the&gt; second." in text(editor.get(url))
    assert "Cite &lt;the&gt; second." not in text(reviewer.get(QUEUE))
    publication.submit(stored(event), editor.user)
    assert "Cite &lt;the&gt; second." not in text(editor.get(QUEUE))
    assert "Cite &lt;the&gt; second." in text(reviewer.get(sheet(event)))


def test_a_returned_proposal_tells_its_author_why(editor, reviewer, event):
    proposed(editor, event, place="Sylvania")
    proposal = models.Proposal.objects.get()
    reviewer.post(sheet_of(proposal), {"_return": "1", "comment": "Which map?"})

    assert stored(proposal).state == ProposalState.RETURNED
    for url in (page(event, "change"), QUEUE, sheet_of(proposal)):
        assert "Which map?" in text(editor.get(url))
    assert "Which map?" not in text(reviewer.get(page(event, "change")))


# --- The queue ---------------------------------------------------------------------------


def test_the_queue_lists_records_and_proposals(reviewer, editor, proposal):
    event = in_review(title="Troops cross the border")
    content = text(reviewer.get(QUEUE))

    assert "Troops cross the border" in content
    assert "The map says so." in content
    assert "Emil" in content
    assert sheet(event) in content
    assert sheet_of(proposal) in content
    assert "Troops cross the border" not in text(reviewer.get(f"{QUEUE}?kind=proposal"))
    assert "Nothing of yours waits" in text(editor.get(QUEUE))


def test_who_may_open_the_pages(client, editor, researcher, proposal):
    event = in_review()
    pages = (QUEUE, sheet(event), sheet_of(proposal), reverse("admin:problems"))
    for url in pages:
        assert client.get(url).url.startswith("/admin/login/")
    for who in (editor, researcher):
        for url in pages:
            content = text(who.get(url))
            for button in ("_publish", "_return", "_apply", "_alter", "_take_back"):
                assert f'name="{button}"' not in content
            assert "Publish what is chosen" not in content


def test_pages_that_are_not_there(reviewer, event):
    for url in ("/admin/review/event/0/", "/admin/review/state/1/", "/admin/review/proposal/0/"):
        assert reviewer.get(url).status_code == 404
    assert reviewer.get("/admin/review/publish/").status_code == 405
    assert reviewer.post("/admin/review/citation/0/confirm/").status_code == 404


def test_many_are_published_and_each_is_reported(reviewer):
    whole = in_review(title="The war")
    part = in_review(title="The battle", part_of=whole)
    factories.EventFactory(title="Unproven", status=Status.IN_REVIEW, slug="unproven")
    own = in_review(title="Own")
    chosen = [f"event:{one.pk}" for one in models.Event.objects.order_by("-pk")]
    data = {"chosen": [*chosen, "event:0", "state:1", "nonsense"]}

    content = text(reviewer.post(reverse("admin:review_publish"), data))

    assert "3 of 4 published." in content
    assert "no published passage of a published article supports it" in content
    for event in (whole, part, own):
        assert stored(event).status == Status.PUBLISHED
    assert "0 of 0 published." in text(reviewer.post(reverse("admin:review_publish")))


def test_an_answer_that_is_public_with_its_request_is_not_refused(reviewer):
    event = publish(factories.EventFactory())
    request = factories.RequestFactory(event=event, standing="unreported", status=Status.IN_REVIEW)
    silence = factories.ResponseFactory(request=request, status=Status.IN_REVIEW)
    cite(silence, status=Status.IN_REVIEW)
    chosen = [f"request:{request.pk}", f"response:{silence.pk}"]
    report = text(reviewer.post(reverse("admin:review_publish"), {"chosen": chosen}))
    assert "2 of 2 published." in report


@committing
def test_nobody_publishes_his_own_last_change_here(reviewer, superuser):
    event = factories.EventFactory()
    cite(event, status=Status.DRAFT)
    publication.submit(event, reviewer.user)
    assert "you: another reviewer decides" in text(reviewer.get(QUEUE))
    chosen = {"chosen": f"event:{event.pk}"}

    publish_chosen = reverse("admin:review_publish")
    assert "You made the last change" in text(reviewer.post(publish_chosen, chosen))
    assert stored(event).status == Status.IN_REVIEW
    publication.return_to_draft(event, superuser.user, "To see.")
    publication.submit(event, superuser.user)
    assert "1 of 1 published." in text(superuser.post(publish_chosen, chosen))
    assert stored(event).status == Status.PUBLISHED


@pytest.mark.parametrize("role", ["editor", "researcher"])
def test_who_may_not_decide_about_records(role, request):
    client, event = request.getfixturevalue(role), in_review()
    content = text(client.post(sheet(event), {"comment": "No."}))
    assert "takes a reviewer" in content
    report = client.post(reverse("admin:review_publish"), {"chosen": f"event:{event.pk}"})
    assert "takes a reviewer" in text(report)
    assert stored(event).status == Status.IN_REVIEW


# --- One record --------------------------------------------------------------------------


def test_a_record_stands_beside_its_passages_in_context(reviewer):
    event = in_review(title="The crisis", date="1933-05")
    part = factories.ParticipationFactory(event=event, person="A minister")
    cite(part, quote="said the minister 🕊 of Freedonia", status=Status.IN_REVIEW, field="person")

    request = factories.RequestFactory(event=event)

    content = text(reviewer.get(sheet(event)))

    assert "Still a draft, and not handed in:" in content
    assert page(request, "change") in content
    assert "1933-05 (May 1933)" in content
    assert "It was never public." in content
    assert "<mark>Freedonia asked the League</mark>" in content
    assert " for help on 3 May 1933. The League never answered the call." in content
    assert "<mark>said the minister 🕊 of Freedonia</mark>" in content
    assert "A minister" in content


def test_the_desk_reads_around_passages_of_restricted_articles(reviewer):
    event = factories.EventFactory(status=Status.IN_REVIEW)
    cite(event, article=factories.ArticleFactory(text_access="restricted"))
    assert "The League never answered the call." in text(reviewer.get(sheet(event)))


@pytest.mark.parametrize("name", models.ReviewNote.ABOUT)
def test_every_kind_of_record_has_a_page(reviewer, name):
    model = models.ReviewNote._meta.get_field(name).related_model
    record = getattr(factories, f"{model.__name__}Factory")()
    publication.submit(record, reviewer.user)
    assert str(record).strip("“”")[:20] in text(reviewer.get(sheet(record)))
    assert sheet(record) in text(reviewer.get(QUEUE))
    assert sheet(record) in text(reviewer.get(page(record, "change")))


@committing
def test_a_stale_passage_is_marked_and_confirmed(editor, reviewer):
    event = factories.EventFactory(date="1933-05")
    citation = cite(event, field="date")
    event.date, event.status = "1933-06", Status.IN_REVIEW
    event.save()
    assert "changed after this passage was read" in text(reviewer.get(sheet(event)))
    assert "It still holds" in text(reviewer.get(page(citation, "change")))
    url = reverse("admin:review_confirm", args=[citation.pk])

    assert editor.post(url, {"back": "https://elsewhere.example/"}).url == page(citation, "change")
    assert reviewer.post(url, {"back": sheet(event)}).url == sheet(event)

    assert "Nothing changed since" in text(reviewer.get(sheet(event)))
    assert "changed after this passage was read" not in text(reviewer.get(sheet(event)))
    assert "It still holds" not in text(reviewer.get(page(citation, "change")))
    assert citation.review_notes.count() == 1


# --- One proposal ------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["editor", "reviewer", "researcher", "superuser"])
@pytest.mark.parametrize("verb", ["_apply", "_alter", "_return", "_take_back"])
def test_who_may_decide_about_proposals(role, verb, request, event, proposal):
    client = request.getfixturevalue(role)
    data = {verb: "1", "comment": "Not so.", "place": "Osterlich", "change_reason": "So."}
    response = client.post(sheet_of(proposal), data)

    allowed = role in {"reviewer", "superuser"} and verb != "_take_back"
    assert response.status_code == (302 if allowed else 200)
    places = {"_apply": "Sylvania", "_alter": "Osterlich"}
    assert stored(event).place == (places.get(verb, "Freedonia") if allowed else "Freedonia")
    assert stored(proposal).is_open != allowed


def test_an_author_takes_his_proposal_back(editor, event):
    proposal = review.propose(event, editor.user, {"place": "Sylvania"}, "The map says so.")
    assert 'name="_take_back"' in text(editor.get(sheet_of(proposal)))
    assert editor.post(sheet_of(proposal), {"_take_back": "1"}).status_code == 302
    assert stored(proposal).state == ProposalState.WITHDRAWN


def test_a_reviewer_does_not_apply_his_own(reviewer, event):
    own = review.propose(event, reviewer.user, {"place": "Sylvania"}, "The map says so.")
    content = text(reviewer.get(sheet_of(own)))
    assert 'name="_apply"' not in content
    assert "another reviewer applies it" in content
    assert "Another reviewer must apply it" in text(reviewer.post(sheet_of(own), {"_apply": "1"}))


def test_a_proposal_is_shown_beside_the_record(reviewer, proposal):
    content = text(reviewer.get(sheet_of(proposal)))
    assert "Freedonia</del>" in content
    assert "Sylvania</ins>" in content
    assert "<mark>Freedonia asked the League</mark>" in content
    assert "Changed meanwhile" not in content
    assert sheet_of(proposal) in text(reviewer.get(page(proposal.record, "change")))


def test_what_changed_meanwhile_is_shown_before_it_is_overwritten(reviewer, event, proposal):
    seen = str(review.newest_version(event))
    event.place = "Osterlich"
    event.save()

    response = reviewer.post(sheet_of(proposal), {"_apply": "1", "seen": seen})

    content = text(response)
    assert "“place” was changed meanwhile" in content
    assert "Changed meanwhile" in content
    assert stored(event).place == "Osterlich"
    data = {"_apply": "1", "seen": str(response.context["seen"])}
    assert reviewer.post(sheet_of(proposal), data).status_code == 302
    assert stored(event).place == "Sylvania"


def test_an_alteration_that_is_wrong_stays_on_the_page(reviewer, event, editor):
    proposal = review.propose(event, editor.user, {"date": "1933-06"}, "The page says so.")
    data = {"_alter": "1", "date": "yesterday", "change_reason": "So."}
    content = text(reviewer.post(sheet_of(proposal), data))
    assert 'value="yesterday"' in content
    assert "errorlist" in content
    assert stored(proposal).is_open


def test_only_what_is_proposed_is_altered(reviewer, editor):
    """The other fields of an article's form: its bounds must not move."""
    event = publish(factories.EventFactory())
    article = event.citations.get().article
    proposal = review.propose(article, editor.user, {"note": "A reprint."}, "It says so.")
    data = {"_alter": "1", "note": "A reprint, cut.", "title": "Tampered", "change_reason": "So."}

    assert reviewer.post(sheet_of(proposal), data).status_code == 302

    after = stored(article)
    assert (after.note, after.title) == ("A reprint, cut.", article.title)
    assert (after.body_start, after.body_end) == (article.body_start, article.body_end)


@pytest.mark.parametrize("name", models.Proposal.ABOUT)
def test_a_proposal_about_each_kind_has_a_page(reviewer, editor, name):
    changes = {
        "article": {"authors": ["A. Writer"]},
        "event": {"part_of": None, "place": "Sylvania"},
        "participation": {"alleged_by": ["FRE"]},
        "request": {"addressee_state": ["FRE"], "addressee_organization": None},
        "response": {"troops_low": 5},
        "membership": {"note": "As told."},
        "roll_call": {"complete": True},
        "vote": {"choice": "no"},
        "citation": {"field": "date"},
    }
    factories.StateFactory(code="FRE")
    kind = models.Proposal._meta.get_field(name).related_model
    record = publish(getattr(factories, f"{kind.__name__}Factory")())
    proposal = review.propose(record, editor.user, changes[name], "So it says.")

    response = reviewer.get(sheet_of(proposal))

    assert "What would change" in text(response)
    (form,) = response.context["forms"]
    assert set(form.fields) == {field.difference.field for field in response.context["fields"]}
    data = {**{one.html_name: form[one.name].value() or "" for one in form}, "_alter": "1"}
    data = {key: value for key, value in data.items() if value is not True}
    if name == "roll_call":
        data["complete"] = "on"
    if name == "article":
        data["authors"] = "A. Writer"
    if name == "request":
        data["addressee"] = f"state:{models.State.objects.get(code='FRE').pk}"
    assert reviewer.post(sheet_of(proposal), data | {"change_reason": "So."}).status_code == 302
    assert stored(proposal).state == ProposalState.APPLIED
    assert not stored(proposal).is_altered
    content = text(editor.get(sheet_of(proposal)))
    assert "Applied" in content
    assert 'name="_apply"' not in content


# --- Queries -----------------------------------------------------------------------------


def queries_of(client, url):
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    return [query["sql"] for query in captured]


def busy(number):
    """A queue of so many rows of each kind, and one event with as many parts and passages."""
    event = in_review()
    author = make_editor("Emil")
    for _ in range(number):
        part = factories.ParticipationFactory(event=event)
        cite(part, field="person")
        asked = factories.RequestFactory(event=event, status=Status.IN_REVIEW)
        cite(asked, article=factories.ArticleFactory(status=Status.IN_REVIEW))
        factories.ResponseFactory(request=asked, status=Status.IN_REVIEW)
        factories.RequestFactory(event=event)
        for model in ("Article", "Membership", "RollCall", "Response", "Citation"):
            record = getattr(factories, f"{model}Factory")()
            publication.submit(record, author)
        public = publish(factories.ParticipationFactory())
        review.propose(public, author, {"person": "A minister"}, "So it says.")
    proposal = review.propose(public, author, {"alleged_by": None, "role": "party"}, "So.")
    return event, proposal


@pytest.mark.parametrize("number", [2, 4])
def test_pages_ask_as_many_queries_as_are_written_down(reviewer, number):
    event, proposal = busy(number)
    asked = {
        "queue": queries_of(reviewer, QUEUE),
        "record": queries_of(reviewer, sheet(event)),
        "proposal": queries_of(reviewer, sheet_of(proposal)),
    }
    numbers = {where: len(sql) for where, sql in asked.items()}
    expected = {where: query_counts.REVIEW[where] for where in asked}
    assert numbers == expected, "\n\n".join("\n".join(sql) for sql in asked.values())


def test_an_article_rests_on_no_passage(reviewer):
    article = factories.ArticleFactory(status=Status.IN_REVIEW)

    content = text(reviewer.get(sheet(article)))

    assert "No passage is cited for this." not in content
    assert "“Read and cite” shows its text." in content
