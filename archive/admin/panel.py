"""The panel beside an article: a passage cited for a record, or for one made from it; and undo.

The forms are those of the desk's own pages, so that what is refused there is refused here in
the same words. Everything is one transaction: what is refused leaves no trace.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.utils import flatten_fieldsets
from django.core import signing
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.http import HttpRequest
from django.urls import reverse

from archive import additions, models, publication, review
from archive.admin.forms import reason_of
from archive.admin.lookup import SeveralSelect, key_of
from archive.admin.prefill import slug_for
from archive.choices import ResponseKind, SilenceBasis, Status
from archive.models.fields import EDTF_HELP
from archive.refusals import Refused, name_of, refused_in_words

# What can be made from a passage, in the order of the panel.
KINDS = ("event", "request", "response", "vote", "membership", "participation")
EXISTING = "existing"

# Shown at once in the panel, with all that must be filled in; the rest is folded.
USUAL = ("date", "summary", "basis")
EDTF_IN_SHORT = "Such as 2 March 2025, 2025-03 or 1999~ (about)."

CITATION_FIELDS = ("target", "field", "stance", "asserted", "note")


class Invalid(Exception):  # noqa: N818 - an answer, not a malfunction
    """What was typed cannot be saved; `errors` has the words for each field, by its name."""

    def __init__(self, *forms: Any) -> None:
        super().__init__("invalid")
        self.errors = {
            name if name == NON_FIELD_ERRORS else form.add_prefix(name): [*words]
            for form in forms
            for name, words in form.errors.items()
        }


class RecentSelect(SeveralSelect):
    """The search for a record to cite, recent ones first."""

    def get_url(self) -> str:
        return reverse("admin:archive_article_read_records")


# --- The forms ---------------------------------------------------------------------------


def kinds_for(site: AdminSite, request: HttpRequest) -> list[str]:
    """The kinds of record that the user may make."""
    return [kind for kind in KINDS if _admin_of(site, kind).has_add_permission(request)]


def record_form(site: AdminSite, request: HttpRequest, kind: str, data: Any = None) -> Any:
    """The form of a new record, as on its own page, its names prefixed with the kind."""
    form = _admin_of(site, kind).get_form(request)(data, prefix=kind)
    for field in form.fields.values():
        _unwrap(field)
        if field.help_text.endswith(EDTF_HELP):
            field.help_text = field.help_text.removesuffix(EDTF_HELP) + EDTF_IN_SHORT
    return form


def shown_fields(site: AdminSite, request: HttpRequest, kind: str) -> dict[str, list[Any]]:
    """The fields of a new record in the order of its page: the usual ones, and the rest."""
    form = record_form(site, request, kind)
    names = flatten_fieldsets(_admin_of(site, kind).get_fieldsets(request))
    shown: dict[str, list[Any]] = {"usual": [], "seldom": []}
    for name in names:
        if field := form.fields.get(name):
            shown["usual" if field.required or name in USUAL else "seldom"].append(form[name])
    return shown


def citation_form(site: AdminSite, request: HttpRequest, data: Any = None) -> Any:
    form = _admin_of(site, "citation").get_form(request)(data)
    for name in CITATION_FIELDS:
        _unwrap(form.fields[name])
    target = form.fields["target"]
    target.widget = RecentSelect(target.types)
    target.widget.is_required = True
    target.help_text = "Type words of its title."
    return form


def _admin_of(site: AdminSite, name: str) -> Any:
    return site.get_model_admin(apps.get_model("archive", name))


def _unwrap(field: Any) -> None:
    """Without the “add another” beside a reference, which opens a window of its own."""
    if isinstance(field.widget, admin.widgets.RelatedFieldWidgetWrapper):
        field.widget = field.widget.widget


# --- Saving ------------------------------------------------------------------------------


def save(
    site: AdminSite, request: HttpRequest, article: models.Article, start: int, end: int
) -> list[Any]:
    """What the panel says: new records if it makes any, and the citations for them.

    A new part of something public becomes a proposal, and nothing else is made.
    Raises `Invalid` for what a form finds, `Refused` for what the database does.
    """
    typed = request.POST.dict()
    kind = typed.get("kind", EXISTING)
    if kind != EXISTING and kind not in kinds_for(site, request):
        raise PermissionDenied
    place = {"article": article.pk, "start": start, "quote": article.text[start:end]}
    if kind in publication.OWNERS and (part := _new_part(site, request, kind, typed)):
        passage = _passage_for(part, site, request, typed | place)
        return [additions.propose(part, passage, request.user, reason_of(request))]
    with refused_in_words():
        made = [] if kind == EXISTING else list(_make_records(site, request, kind, typed))
        # The field is one of the record that was asked for, not of what was made beside it.
        beside = [one for one in made if one._meta.model_name != kind]
        if made:
            typed["target"] = key_of(next(one for one in made if one not in beside))
        citations = [_cite(site, request, typed | place)]
        for further in beside:
            about = {"target": key_of(further), "field": ""}
            citations.append(_cite(site, request, typed | place | about))
    for record in (*made, *citations):
        model_admin = _admin_of(site, record._meta.model_name)
        model_admin.log_addition(request, record, [{"added": {}}])
    return [*made, *citations]


def _new_part(site: AdminSite, request: HttpRequest, kind: str, typed: dict[str, Any]) -> Any:
    """The new part, unsaved, if it would belong to something public."""
    form = record_form(site, request, kind, typed)
    return form.instance if form.is_valid() and publication.is_public(form.instance) else None


def _passage_for(
    part: Any, site: AdminSite, request: HttpRequest, data: dict[str, Any]
) -> models.Citation:
    """A citation for a part that is not there yet; unsaved."""
    form = citation_form(site, request, data)
    del form.fields["target"]
    setattr(form.instance, part._meta.model_name, part)
    if not form.is_valid():
        raise Invalid(form)
    citation: models.Citation = form.instance
    return citation


def _cite(site: AdminSite, request: HttpRequest, data: dict[str, Any]) -> models.Citation:
    form = citation_form(site, request, data)
    if not form.is_valid():
        raise Invalid(form)
    citation: models.Citation = form.save()
    citation.refresh_from_db(fields=["start", "end"])
    return citation


def _make_records(
    site: AdminSite, request: HttpRequest, kind: str, typed: dict[str, Any]
) -> Iterator[Any]:
    makes = kinds_for(site, request)
    if kind == "request" and "request-new_event" in typed and "event" in makes:
        event = record_form(site, request, "event", typed)
        if not event.is_valid():  # say what is wrong with both at once
            form = record_form(site, request, kind, typed)
            form.errors.pop("event", None)
            raise Invalid(event, form)
        typed = typed | {"request-event": str(event.save().pk)}
        yield event.instance
    form = record_form(site, request, kind, typed)
    if not form.is_valid():
        raise Invalid(form)
    record = form.save()
    yield record
    if kind == "request" and "request-silence" in typed and "response" in makes:
        yield _silence_on(record)


def _silence_on(request: models.Request) -> models.Response:
    """That the addressee did not answer, as the passage reports."""
    response = models.Response(
        request=request,
        kind=ResponseKind.SILENCE,
        basis=SilenceBasis.REPORTED,
        summary=f"{request.addressee} did not answer.",
    )
    response.responder = request.addressee
    response.slug = slug_for("response", {"responder": request.addressee, "request": request})
    response.save()
    return response


# --- Undo --------------------------------------------------------------------------------


def undo_token(user: Any, made: list[Any]) -> str:
    """Names what was made, so that its maker can undo it; nobody else, and nothing else.

    What was only proposed is taken back.
    """
    return signing.dumps([user.pk, *map(key_of, made)], salt=__name__)


def undo(site: AdminSite, request: HttpRequest, token: str) -> str:
    """Delete what was made just now, while nobody has touched it; says what is gone."""
    try:
        user, *keys = signing.loads(token, salt=__name__)
    except signing.BadSignature as error:
        raise Refused("There is nothing to undo.") from error
    if user != request.user.pk:
        raise PermissionDenied
    if keys[0].startswith("proposal:"):
        proposal = models.Proposal.objects.get(pk=keys[0].partition(":")[2])
        review.take_back(proposal, request.user)
        return "the proposal is taken back"
    with refused_in_words():
        made = [_as_made(key) for key in keys]
        for record in made:
            _admin_of(site, record._meta.model_name).log_deletions(request, [record])
        gone = sum(record.delete()[0] for record in reversed(made))
        if gone != len(made):
            raise Refused("More hangs on it since: it can only be deleted on its own form.")
    return ", ".join(name_of(record) for record in made)


def _as_made(key: str) -> Any:
    """A record named by `key_of`, locked; refused if it is gone, or is not as it was made."""
    name, _, number = key.partition(":")
    model: Any = apps.get_model("archive", name)
    record = model._default_manager.order_by("pk").select_for_update().filter(pk=number).first()
    if record is None:
        raise Refused("It is deleted already.")
    is_draft = getattr(record, "status", Status.DRAFT) == Status.DRAFT
    if not is_draft or record.versions.count() > 1:
        raise Refused(
            f"{name_of(record)} was changed since, so it stays. It can be deleted on its own form."
        )
    return record
