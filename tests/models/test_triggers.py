"""What is published is proven, and stays so: for every kind of record, against every way
to take its proof away. What only requests and responses know is in their own tests."""

import pytest
from django.db import connection

from archive import models
from archive.choices import Status
from archive.models.citation import CITABLE
from tests.factories import (
    ArticleFactory,
    EventFactory,
    MembershipFactory,
    ParticipationFactory,
    ProvisionFactory,
    RequestFactory,
    ResponseFactory,
    RollCallFactory,
    StateFactory,
    VoteFactory,
    cite,
    publish,
)
from tests.models.breaches import (
    WITHDRAWN,
    Breach,
    add,
    change,
    delete,
    each,
    each_loadable,
    refused,
)

pytestmark = pytest.mark.django_db

PROVEN = "archive_published_is_proven"
PARENTS = "archive_published_has_published_parents"

FACTORIES = {
    "event": EventFactory,
    "participation": ParticipationFactory,
    "request": RequestFactory,
    "response": ResponseFactory,
    "membership": MembershipFactory,
    "roll_call": RollCallFactory,
    "vote": VoteFactory,
}
# Parts share the status of the record that they belong to.
OWNERS = {"participation": "event", "vote": "roll_call"}


def published(kind):
    return publish(FACTORIES[kind]())


def proof(kind):
    """The only citation of a published record."""
    return published(kind).citations.get()


def unproven(kind):
    """A draft that lacks nothing but proof, or a part of a draft."""
    record = FACTORIES[kind]()
    if kind == "request":
        publish(record.event)
    elif kind == "response":
        publish(record.request)
    return record


def takes_all_but_one(kind):
    """Two citations, of which the first is only a draft and proves nothing."""
    record = published(kind)
    cite(record, status=Status.DRAFT)
    return delete(record.citations.get(status=Status.PUBLISHED))


def ways_to_take_the_proof_away(kind):
    return {
        "citation deleted": lambda: delete(proof(kind)),
        "last published citation deleted": lambda: takes_all_but_one(kind),
        "citation disputes": lambda: change(proof(kind), stance="disputes"),
        "citation qualifies": lambda: change(proof(kind), stance="qualifies"),
        "citation withdrawn": lambda: change(proof(kind), **WITHDRAWN),
        "citation of another record": lambda: change(proof(kind), **{kind: FACTORIES[kind]()}),
        "citation of another kind": lambda: change(
            proof(kind), **{kind: None, "provision": ProvisionFactory()}
        ),
        "citation of a draft article": lambda: change(proof(kind), article=ArticleFactory()),
        "article withdrawn": lambda: change(proof(kind).article, **WITHDRAWN),
    }


def ways_to_publish_without_proof(kind):
    public = {"status": "published"}
    if kind in OWNERS:
        owner = OWNERS[kind]
        return {
            "new": lambda: add(FACTORIES[kind](), **{owner: published(owner)}),
            "moved": lambda: change(FACTORIES[kind](), **{owner: published(owner)}),
            "owner published": lambda: publish_unproven_owner_of(FACTORIES[kind](), owner),
        }
    return {
        "new": lambda: add(unproven(kind), **public),
        "draft published": lambda: change(unproven(kind), **public),
        "review skipped": lambda: change(
            cite(unproven(kind), status=Status.IN_REVIEW, article=publish(ArticleFactory())).target,
            **public,
        ),
        "article is a draft": lambda: change(
            cite(unproven(kind), article=ArticleFactory()).target, **public
        ),
        "only disputed": lambda: change(cite(unproven(kind), stance="disputes").target, **public),
        "withdrawal taken back": lambda: change(
            withdrawn_with_its_proof(published(kind)), withdrawal_reason="", **public
        ),
    }


def publish_unproven_owner_of(part, owner):
    record = getattr(part, owner)
    cite(record)
    return change(record, status="published")


def withdrawn_with_its_proof(record):
    for row in (record.citations.get(), record):
        for name, value in WITHDRAWN.items():
            setattr(row, name, value)
        row.save()
    return record


# (kind, the field through which it hangs on the other, that other's kind)
HANGING = (
    ("event", "part_of", "event"),
    ("request", "event", "event"),
    ("response", "request", "request"),
    ("response", "part_of", "response"),
)


def beneath(field, parent, kind):
    """A record with proof, beneath `parent`."""
    stage = {field: parent}
    if (kind, field) == ("response", "part_of"):
        stage["request"] = parent.request
    record = FACTORIES[kind](**stage)
    cite(record)
    return record


def draft_parent(kind, field, parent):
    if (kind, field) == ("response", "part_of"):
        return ResponseFactory(request=published("request"))
    return FACTORIES[parent]()


def ways_to_lose_the_parent(kind, field, parent):
    def published_beneath():
        record = beneath(field, published(parent), kind)
        return publish(record)

    def moved_to_draft():
        record = published_beneath()
        other = draft_parent(kind, field, parent)
        if field == "part_of" and kind == "response":
            type(other).objects.filter(pk=other.pk).update(request=record.request)
        return change(record, **{field: other})

    return {
        "new under a draft": lambda: add(
            FACTORIES[kind](**stage_under_draft(kind, field, parent)), status="published"
        ),
        "published under a draft": lambda: change(
            beneath(field, draft_parent(kind, field, parent), kind), status="published"
        ),
        "moved to a draft": moved_to_draft,
        "parent withdrawn": lambda: change(getattr(published_beneath(), field), **WITHDRAWN),
    }


def stage_under_draft(kind, field, parent):
    above = draft_parent(kind, field, parent)
    stage = {field: above}
    if kind == parent == "response":
        stage["request"] = above.request
    return stage


BREACHES = [
    *(
        Breach(PROVEN, plan, f"{kind}, {how}")
        for kind in FACTORIES
        for how, plan in {
            **ways_to_take_the_proof_away(kind),
            **ways_to_publish_without_proof(kind),
        }.items()
    ),
    *(
        Breach(PARENTS, plan, f"{kind} {field}, {how}")
        for kind, field, parent in HANGING
        for how, plan in ways_to_lose_the_parent(kind, field, parent).items()
    ),
]


@each(BREACHES)
def test_sql_meets_the_rule(breach):
    breach.refused_by_sql()


@each_loadable(BREACHES)
def test_loaddata_meets_the_rule(breach, tmp_path):
    breach.refused_by_loaddata(tmp_path)


def test_every_kind_that_needs_proof_is_tried():
    assert set(FACTORIES) == set(CITABLE) - {"provision"}
    assert set(models.Publishable.__subclasses__()) <= {
        models.Article,  # evidence itself
        models.Citation,
        *(make._meta.model for make in FACTORIES.values()),
    }


@pytest.mark.parametrize("kind", FACTORIES)
def test_one_proof_of_two_is_enough(at_commit, kind):
    record = published(kind)
    first, second = record.citations.get(), cite(record)
    at_commit()
    first.delete()
    at_commit()
    second.note = "Read again."
    second.save()
    at_commit()
    assert list(record.citations.all()) == [second]


@pytest.mark.parametrize("kind", FACTORIES)
def test_proof_may_be_replaced_within_a_transaction(at_commit, kind):
    record = published(kind)
    at_commit()
    record.citations.all().delete()
    cite(record)
    at_commit()
    assert record.citations.count() == 1


@pytest.mark.parametrize("kind", FACTORIES)
def test_record_and_proof_may_be_withdrawn_together(at_commit, kind):
    record = published(kind)
    at_commit()
    record.citations.update(**WITHDRAWN)
    owner = getattr(record, OWNERS.get(kind, ""), record)
    type(owner).objects.filter(pk=owner.pk).update(**WITHDRAWN)
    at_commit()
    assert not type(record).objects.published().filter(pk=record.pk).exists()


@pytest.mark.parametrize("kind", FACTORIES)
def test_a_published_record_may_be_deleted_with_its_proof(at_commit, kind):
    record = published(kind)
    at_commit()
    record.delete()
    at_commit()
    assert not models.Citation.objects.filter(**{f"{kind}__isnull": False}).exists()


def test_drafts_need_no_proof(at_commit):
    for make in FACTORIES.values():
        make()
    at_commit()
    assert models.Event.objects.exists()


def test_a_provision_needs_no_proof(at_commit):
    citation = cite(ProvisionFactory())
    at_commit()
    citation.delete()
    at_commit()
    assert models.Provision.objects.count() == 1


def test_a_dossier_is_published_in_one_transaction(at_commit):
    """Event, participants, request, answer, share of the answer and proof, in any order."""
    share = dossier()
    for model in (models.Event, models.Request, models.Response):
        model.objects.update(status=Status.PUBLISHED)
    for record in (share, share.part_of, share.request, share.request.event):
        cite(record)
    cite(models.Participation.objects.get())
    at_commit()
    assert models.Response.objects.published().count() == 2


def test_a_dossier_is_withdrawn_in_one_transaction(at_commit):
    """With its articles and their citations, in any order."""
    share = dossier()
    for record in (share.part_of, share):
        publish(record)
    cite(models.Participation.objects.get())
    at_commit()
    for model in (
        models.Article,
        models.Citation,
        models.Event,
        models.Response,
        models.Request,
    ):
        model.objects.update(**WITHDRAWN)
    at_commit()
    assert not models.Event.objects.published().exists()


def dossier():
    event = EventFactory()
    ParticipationFactory(event=event)
    whole = ResponseFactory(request=RequestFactory(event=event))
    return ResponseFactory(
        request=whole.request,
        part_of=whole,
        responder_organization=None,
        responder_state=StateFactory(),
    )


def test_citations_may_change_places(at_commit):
    """Each takes the other's record: both stay proven."""
    first, second = proof("event"), proof("event")
    at_commit()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE archive_citation SET event_id = %s - event_id",
            [first.event_id + second.event_id],
        )
    at_commit()
    first.refresh_from_db()
    assert first.event == second.event


def test_once_withdrawn_a_record_may_be_reviewed_again(at_commit):
    event = withdrawn_with_its_proof(published("event"))
    at_commit()
    event.status, event.withdrawal_reason = Status.IN_REVIEW, ""
    event.save()
    at_commit()
    event.refresh_from_db()
    assert event.status == Status.IN_REVIEW


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("event", "Event “{slug}”"),
        ("participation", "Participation of {actor.code} as target in event “{event.slug}”"),
        ("request", "Request “{slug}”"),
        ("response", "Response “{slug}”"),
        ("membership", "Membership “{slug}”"),
        ("roll_call", "Roll call “{slug}”"),
        ("vote", "Vote of {state.code} in roll call “{roll_call.slug}”"),
    ],
)
def test_refusal_names_the_record_and_the_remedy(at_commit, kind, label):
    record = published(kind)
    at_commit()
    with refused(PROVEN) as refusal:
        record.citations.all().delete()
        at_commit()
    fields = {name: getattr(record, name, None) for name in ("slug", "actor", "event", "state")}
    name = label.format(**fields, roll_call=getattr(record, "roll_call", None))
    assert refusal.message == (
        f"{name} cannot be public: no published passage of a published article supports it."
    )
    assert refusal.hint == "Cite a passage that says so and publish it, or withdraw the record."


def test_refusal_names_the_parent_and_the_remedy(at_commit):
    request = published("request")
    at_commit()
    with refused(PARENTS) as refusal:
        models.Event.objects.update(**WITHDRAWN)
        at_commit()
    assert refusal.message == (
        f"Request “{request.slug}” cannot be public while event “{request.event.slug}” is not."
    )
    assert refusal.hint == "Publish what it belongs to first, or withdraw both together."


def test_refusal_of_a_draft_names_the_remedy():
    published("event")
    with refused("archive_published_can_only_be_withdrawn") as refusal:
        models.Event.objects.update(status=Status.DRAFT)
    assert refusal.message == (
        "A record that was published or withdrawn cannot become a draft again."
    )
    assert refusal.hint == (
        "Withdraw it, with a reason; a withdrawn record can be submitted for review."
    )


@pytest.mark.django_db(transaction=True)
def test_commit_refuses_what_would_be_unproven():
    event, article = EventFactory(), ArticleFactory()
    with refused(PROVEN):
        models.Event.objects.update(status=Status.PUBLISHED)
    citation = cite(event, article=article)
    with refused(PROVEN):
        models.Event.objects.update(status=Status.PUBLISHED)
    article.status = Status.PUBLISHED
    article.save()
    models.Event.objects.update(status=Status.PUBLISHED)
    with refused(PROVEN):
        citation.delete()
    with refused(PROVEN):
        models.Article.objects.update(**WITHDRAWN)
    with refused(PROVEN):
        ParticipationFactory(event=event)
    with refused(PARENTS):
        cite(RequestFactory(event=EventFactory(), status=Status.PUBLISHED))
    assert models.Citation.objects.published().get().event == event
    assert not models.Participation.objects.exists()
