"""The pages of review: what waits, each thing beside its passages, and what is to be decided.

What may be done and what comes of it is decided in `archive.review` and `archive.publication`;
here it is asked for and reported.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.contrib.admin.sites import AdminSite
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.views.decorators.http import require_POST

from archive import models, publication, review
from archive.admin.base import cite_url
from archive.admin.lookup import LABEL_NEEDS, key_of, label_of
from archive.admin.sheet import sheets
from archive.choices import ProposalState, Status
from archive.models.proposal import PROPOSABLE
from archive.models.reviewnote import REVIEWED
from archive.refusals import Refused, name_of
from archive.together import belonging

ROWS_ON_A_PAGE = 50
RETURNED_SHOWN = 10

# In this order many are published: what others need first, and citations after their records.
KINDS = tuple(name.replace("_", "") for name in REVIEWED)


class ReviewDesk:
    """The views, on the site and not with any model."""

    def __init__(self, site: AdminSite) -> None:
        self.site = site

    def urls(self) -> list[Any]:
        def at(route: str, view: Any, name: str) -> Any:
            return path(route, self.site.admin_view(view), name=name)

        return [
            at("review/", self.queue, "review"),
            at("review/publish/", require_POST(self.publish), "review_publish"),
            at("review/proposal/<int:pk>/", self.proposal, "review_proposal"),
            at("review/citation/<int:pk>/confirm/", require_POST(self.confirm), "review_confirm"),
            at("review/<slug:kind>/<int:pk>/", self.record, "review_record"),
        ]

    # --- The queue ---

    def queue(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_module_perms("archive"):
            raise PermissionDenied
        kind = request.GET.get("kind", "")
        found = Paginator(review.waiting(request.user, kind), ROWS_ON_A_PAGE)
        page = found.get_page(request.GET.get("page"))
        context = {
            "title": "Review",
            "page": page,
            "rows": self._rows(request, list(page)),
            "kind": kind,
            "kinds": [
                *((one, apps.get_model("archive", one)._meta.verbose_name_plural) for one in KINDS),
                (review.PROPOSAL, "proposals"),
            ],
            "is_reviewer": any(review.may_decide_some(request.user, _model(one)) for one in KINDS),
            "returned": self._returned(request),
        }
        return self._page(request, "queue", context)

    def _rows(self, request: HttpRequest, waiting: list[dict[str, Any]]) -> list[dict[str, Any]]:
        user: Any = request.user
        proposals = models.Proposal.objects.in_bulk(
            [row["key"] for row in waiting if row["what"] == review.PROPOSAL]
        )
        keys = {(row["what"], row["key"]) for row in waiting}
        keys |= {_key_of_record(proposal) for proposal in proposals.values()}
        records = _loaded(keys)
        people = get_user_model()._default_manager.in_bulk({row["by"] for row in waiting} - {None})
        rows = []
        for row in waiting:
            proposal = proposals.get(row["key"]) if row["what"] == review.PROPOSAL else None
            record = records.get(
                _key_of_record(proposal) if proposal else (row["what"], row["key"])
            )
            if record is None:
                continue  # decided and deleted between two queries
            rows.append(
                {
                    "kind": review.PROPOSAL if proposal else record._meta.verbose_name,
                    "name": label_of(record),
                    "about": record._meta.verbose_name,
                    "url": _url_of(proposal or record),
                    "since": row["since"],
                    "by": people[row["by"]].get_username() if row["by"] in people else "",
                    "is_own": row["by"] == user.pk and not user.is_superuser,
                    "reason": proposal.reason if proposal else "",
                    "key": ""
                    if proposal or not publication.has_permission(user, "publish", record)
                    else key_of(record),
                }
            )
        return rows

    def _returned(self, request: HttpRequest) -> list[dict[str, Any]]:
        """What came back to the user: drafts of his, and proposals."""
        notes: dict[Any, Any] = {}
        waiting = models.ReviewNote.objects.waiting_for(request.user).select_related("made_by")
        for note in waiting:  # newest first: an older note on the same record is past
            notes.setdefault(_key_of_record(note), note)
        proposals = (
            models.Proposal.objects.filter(made_by=request.user.pk, state=ProposalState.RETURNED)
            .with_people()
            .order_by("-decided_at")[:RETURNED_SHOWN]
        )
        shown = [
            *((key, note, note.made_by, note.made_at, note.text) for key, note in notes.items()),
            *(
                (_key_of_record(one), one, one.decided_by, one.decided_at, one.comment)
                for one in proposals
            ),
        ]
        records = _loaded({key for key, *_ in shown})
        return [
            {
                "name": label_of(records[key]),
                "about": records[key]._meta.verbose_name,
                "is_proposal": isinstance(item, models.Proposal),
                "url": _url_of(item)
                if isinstance(item, models.Proposal)
                else _form_of(records[key]),
                "by": by.get_username(),
                "when": when,
                "comment": comment,
            }
            for key, item, by, when, comment in sorted(shown, key=lambda row: row[3], reverse=True)
        ]

    def publish(self, request: HttpRequest) -> HttpResponse:
        """Many at once, each for itself, with a report."""
        chosen = [_split(key) for key in request.POST.getlist("chosen")]
        records = _loaded({key for key in chosen if key and key[0] in KINDS})
        rows = []
        for record in sorted(records.values(), key=_order):
            name = f"{capfirst(record._meta.verbose_name)}: {label_of(record)}"
            refused = ""
            try:
                publication.publish(record, request.user)
            except Refused as refusal:
                refused = str(refusal)
            rows.append({"name": name, "url": _url_of(record), "refused": refused})
        context = {
            "title": "Report",
            "rows": rows,
            "done": "published",
            "number_done": sum(not row["refused"] for row in rows),
            "back": reverse("admin:review"),
        }
        return self._page(request, "report", context)

    # --- One record ---

    def record(self, request: HttpRequest, kind: str, pk: int) -> HttpResponse:
        record = self._record(request, kind, pk)
        refused = ""
        if request.method == "POST":
            verb = "publish" if "_publish" in request.POST else "return_to_draft"
            comment = request.POST.get("comment", "")
            said = {"comment": comment} if verb == "return_to_draft" else {}
            try:
                getattr(publication, verb)(record, request.user, **said)
            except Refused as refusal:
                refused = str(refusal)
            else:
                done = "published" if verb == "publish" else "returned to draft"
                messages.success(request, f"{name_of(record)} is {done}.")
                return HttpResponseRedirect(reverse("admin:review"))
        verbs = publication.verbs_for(request.user, record)
        notes = models.ReviewNote.objects.returned().about(record)
        since = review.since_last_seen(record)
        was_public = since is not None and since.was_public
        handed_in = type(record).objects.waiting().filter(pk=record.pk).first()
        context = {
            "title": label_of(record),
            "record": record,
            "kind": record._meta.verbose_name,
            "key": key_of(record),
            "form_url": _form_of(record),
            "history_url": _form_of(record, "history"),
            "read_url": _form_of(record, "read") if isinstance(record, models.Article) else "",
            "cite_url": cite_url(request.user, record),
            "handed_in": handed_in,
            "handed_in_by": _name_of_user(handed_in.handed_in_by) if handed_in else "",
            "sheets": sheets(record),
            "since": since,
            "notes": notes.select_related("made_by"),
            "proposals": models.Proposal.objects.open().about(record).with_people(),
            "may_publish": "publish" in verbs,
            "together": self._together(request, record) if "publish" in verbs else [],
            # What was public once can only be withdrawn, which asks for a reason of its own.
            "may_return": "return_to_draft" in verbs and not was_public,
            "withdraw_url": _form_of(record, "withdraw") if was_public and verbs else "",
            "may_confirm": _may_confirm(request),
            "refused": refused,
            "comment": request.POST.get("comment", ""),
        }
        return self._page(request, "record", context)

    @staticmethod
    def _together(request: HttpRequest, record: Any) -> list[dict[str, str]]:
        """What else waits and belongs with the record, which may be published with it."""
        keys = [(one._meta.model_name, one.pk) for one in belonging(record, Status.IN_REVIEW)]
        return [
            {
                "key": key_of(one),
                "kind": one._meta.verbose_name,
                "name": label_of(one),
                "url": _url_of(one),
            }
            for one in sorted(_loaded(keys).values(), key=_order)
            if publication.has_permission(request.user, "publish", one)
        ]

    def _record(self, request: HttpRequest, kind: str, pk: int) -> Any:
        if kind not in KINDS:
            raise Http404
        if not publication.has_permission(request.user, "view", _model(kind)):
            raise PermissionDenied
        record = _loaded({(kind, pk)}).get((kind, pk))
        if record is None:
            raise Http404
        return record

    # --- One proposal ---

    def proposal(self, request: HttpRequest, pk: int) -> HttpResponse:
        proposal = models.Proposal.objects.with_people().filter(pk=pk).first()
        if proposal is None:
            raise Http404
        key = _key_of_record(proposal)
        record = _loaded({key})[key]
        proposal.record = record
        if not publication.has_permission(request.user, "view", record):
            raise PermissionDenied
        user: Any = request.user
        may_decide = proposal.is_open and review.may_decide(user, record)
        form = self._form(request, proposal) if may_decide else None
        refused = ""
        if request.method == "POST" and not (form and "_alter" in request.POST and form.errors):
            try:
                done = self._decide(request, proposal, form)
            except Refused as refusal:
                refused = str(refusal)
                proposal = models.Proposal.objects.with_people().get(pk=pk)
                proposal.record = record
            else:
                messages.success(request, f"The proposal about {name_of(record)} is {done}.")
                return HttpResponseRedirect(reverse("admin:review"))
        fields, broken = [], ""
        try:
            fields = review.fields_of(proposal)
        except Refused as refusal:  # what it refers to is gone
            broken = str(refusal)
        owner = publication.owner_of(record)
        context = {
            "title": f"Proposal: {label_of(record)}",
            "proposal": proposal,
            "record": record,
            "kind": record._meta.verbose_name,
            "is_public": owner.status == Status.PUBLISHED,
            "form_url": _form_of(record),
            "history_url": _form_of(record, "history"),
            "fields": fields,
            "differences": [field.difference for field in fields],
            "conflicts": [field for field in fields if field.is_conflict],
            "broken": broken,
            "sheets": sheets(record if type(record) in map(_model, KINDS) else owner),
            "seen": review.newest_version(record),
            "form": form,
            "may_decide": may_decide and proposal.is_open,
            "may_confirm": _may_confirm(request),
            "is_own": proposal.made_by_id == user.pk,
            "may_apply": proposal.made_by_id != user.pk or user.is_superuser,
            "refused": refused,
            "comment": request.POST.get("comment", ""),
            "media": form.media if form else None,
        }
        return self._page(request, "proposal", context)

    def _decide(self, request: HttpRequest, proposal: models.Proposal, form: Any) -> str:
        seen = request.POST.get("seen", "")
        version = int(seen) if seen.isdecimal() and len(seen) < 19 else None
        if "_apply" in request.POST:
            review.apply(proposal, request.user, seen=version)
            return "applied"
        if "_alter" in request.POST and form is not None:
            standing = type(proposal.record)._default_manager.get(pk=proposal.record.pk)
            values = review.changed_values(standing, form.instance)
            names = {*proposal.proposed, *values}
            altered = review.values_of(form.instance, names)
            comment = request.POST.get("comment", "")
            review.apply(proposal, request.user, altered, seen=version, comment=comment)
            return "applied, as you altered it"
        if "_take_back" in request.POST:
            review.take_back(proposal, request.user)
            return "taken back"
        review.return_proposal(proposal, request.user, request.POST.get("comment", ""))
        return "returned"

    def _form(self, request: HttpRequest, proposal: models.Proposal) -> Any:
        """The proposed fields, to be altered before they are applied."""
        try:
            wanted = review.with_values(proposal.record, proposal.proposed)
        except Refused:
            return None
        columns = [column.name for column in review.columns_of(type(wanted), proposal.proposed)]
        model_admin = self.site.get_model_admin(type(wanted))
        form_class = model_admin.get_form(request, wanted, change=True, fields=columns)
        form = form_class(request.POST if "_alter" in request.POST else None, instance=wanted)
        for name in set(form.fields).difference(
            columns
        ):  # such as an actor, which comes with its form
            del form.fields[name]
        return form

    # --- A passage read again ---

    def confirm(self, request: HttpRequest, pk: int) -> HttpResponse:
        citation = models.Citation.objects.filter(pk=pk).first()
        if citation is None:
            raise Http404
        try:
            review.confirm(citation, request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{name_of(citation)} is confirmed: it still holds.")
        back = request.POST.get("back", "")
        is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
        return HttpResponseRedirect(back if is_ours else _form_of(citation))

    # --- Pieces ---

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        context = {**self.site.each_context(request), **context}
        return TemplateResponse(request, f"admin/archive/review/{name}.html", context)


def _model(kind: str) -> Any:
    return apps.get_model("archive", kind)


def _key_of_record(row: Any) -> tuple[str, int]:
    """What a proposal or note is about, without loading it."""
    for name in (*PROPOSABLE, *REVIEWED):
        if pk := getattr(row, f"{name}_id", None):
            return name.replace("_", ""), pk
    raise LookupError(row)


def _split(key: str) -> tuple[str, int] | None:
    kind, _, number = key.partition(":")
    return (kind, int(number)) if number.isdecimal() and len(number) < 19 else None


def _loaded(keys: Iterable[tuple[str, int] | None]) -> dict[tuple[str, int], Any]:
    """The records, with what their labels read: one query a kind."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for key in keys:
        if key and key[0] != review.PROPOSAL:
            wanted[key[0]].add(key[1])
    return {
        (kind, record.pk): record
        for kind, numbers in wanted.items()
        for record in _model(kind)
        ._default_manager.filter(pk__in=numbers)
        .select_related(*LABEL_NEEDS.get(kind, ()))
    }


def _order(record: Any) -> tuple[int, bool, int]:
    """Wholes before their parts, and what others hang on before these."""
    is_part = getattr(record, "part_of_id", None) is not None
    return KINDS.index(record._meta.model_name), is_part, record.pk


def _url_of(item: Any) -> str:
    if isinstance(item, models.Proposal):
        return reverse("admin:review_proposal", args=[item.pk])
    return reverse("admin:review_record", args=[item._meta.model_name, item.pk])


def _form_of(record: Any, page: str = "change") -> str:
    return reverse(f"admin:archive_{record._meta.model_name}_{page}", args=[record.pk])


def _may_confirm(request: HttpRequest) -> bool:
    return publication.has_permission(request.user, "change", models.Citation)


def _name_of_user(pk: int | None) -> str:
    user = get_user_model()._default_manager.filter(pk=pk).first() if pk else None
    return user.get_username() if user else ""
