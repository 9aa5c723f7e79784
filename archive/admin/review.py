"""The pages of review: what waits, each thing beside its passages, and what is to be decided.

What may be done and what comes of it is decided in `archive.review` and `archive.publication`;
here it is asked for and reported.
"""

from typing import Any

from django.contrib import messages
from django.contrib.admin.sites import AdminSite
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from archive import additions, models, publication, review
from archive.admin.base import cite_url
from archive.admin.citation import field_choices
from archive.admin.lookup import key_of, label_of, typed_label_of
from archive.admin.records import (
    KINDS,
    Key,
    form_of,
    in_order,
    key_of_subject,
    loaded,
    model_named,
    review_of,
    together_with,
)
from archive.admin.sheet import Sheet, sheet_of_new, sheets
from archive.choices import ProposalState, Status
from archive.refusals import Refused, name_of
from archive.versions import columns, model_of

ROWS_ON_A_PAGE = 50
RETURNED_SHOWN = 10

# Of the passage that proves a new part: what a reviewer may alter. The article is another matter.
PASSAGE_FIELDS = ["quote", "start", "field", "stance", "asserted", "note"]


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
                *((one, model_named(one)._meta.verbose_name_plural) for one in KINDS),
                (review.PROPOSAL, "proposals"),
            ],
            "is_reviewer": any(
                review.may_decide_some(request.user, model_named(one)) for one in KINDS
            ),
            "returned": self._returned(request),
        }
        return self._page(request, "queue", context)

    def _rows(self, request: HttpRequest, waiting: list[dict[str, Any]]) -> list[dict[str, Any]]:
        user: Any = request.user
        proposals = models.Proposal.objects.in_bulk(
            [row["key"] for row in waiting if row["what"] == review.PROPOSAL]
        )
        keys = {(row["what"], row["key"]) for row in waiting if row["what"] != review.PROPOSAL}
        keys |= {key_of_subject(proposal) for proposal in proposals.values()}
        records = loaded(keys)
        people = get_user_model()._default_manager.in_bulk({row["by"] for row in waiting} - {None})
        rows = []
        for row in waiting:
            proposal = proposals.get(row["key"]) if row["what"] == review.PROPOSAL else None
            record = records.get(
                key_of_subject(proposal) if proposal else (row["what"], row["key"])
            )
            if record is None:
                continue  # decided and deleted between two queries
            rows.append(
                {
                    "kind": review.PROPOSAL if proposal else record._meta.verbose_name,
                    "name": label_of(record),
                    "about": record._meta.verbose_name,
                    "adds": proposal.get_adds_display().lower() if proposal else "",
                    "url": review_of(proposal or record),
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
            notes.setdefault(key_of_subject(note), note)
        proposals = (
            models.Proposal.objects.filter(made_by=request.user.pk, state=ProposalState.RETURNED)
            .with_people()
            .order_by("-decided_at")[:RETURNED_SHOWN]
        )
        shown = [
            *((key, note, note.made_by, note.made_at, note.text) for key, note in notes.items()),
            *(
                (key_of_subject(one), one, one.decided_by, one.decided_at, one.comment)
                for one in proposals
            ),
        ]
        records = loaded({key for key, *_ in shown})
        return [
            {
                "name": label_of(records[key]),
                "about": records[key]._meta.verbose_name,
                "is_proposal": isinstance(item, models.Proposal),
                "url": review_of(item)
                if isinstance(item, models.Proposal)
                else form_of(records[key]),
                "by": by.get_username(),
                "when": when,
                "comment": comment,
            }
            for key, item, by, when, comment in sorted(shown, key=lambda row: row[3], reverse=True)
        ]

    def publish(self, request: HttpRequest) -> HttpResponse:
        """What is chosen in the queue or beside a record, each for itself, with a report."""
        chosen = [_split(key) for key in request.POST.getlist("chosen")]
        rows = []
        for record in in_order(loaded(key for key in chosen if key).values()):
            name = typed_label_of(record)
            refused = ""
            try:
                publication.publish(record, request.user)
            except Refused as refusal:
                record.refresh_from_db(fields=["status"])
                # It may just have become public with the request that it answers.
                refused = "" if publication.is_public(record) else str(refusal)
            rows.append({"name": name, "url": review_of(record), "refused": refused})
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
            comment = request.POST.get("comment", "")
            try:
                publication.return_to_draft(record, request.user, comment)
            except Refused as refusal:
                refused = str(refusal)
            else:
                messages.success(request, f"{name_of(record)} is returned to draft.")
                return HttpResponseRedirect(reverse("admin:review"))
        verbs = publication.verbs_for(request.user, record)
        together = together_with(record, Status.IN_REVIEW, Status.DRAFT)
        waiting = [one for one in together if one.status == Status.IN_REVIEW]
        notes = models.ReviewNote.objects.returned().about(record)
        since = review.since_last_seen(record)
        was_public = since is not None and since.was_public
        handed_in = type(record).objects.waiting().filter(pk=record.pk).first()
        context = {
            "title": label_of(record),
            "record": record,
            "kind": record._meta.verbose_name,
            "form_url": form_of(record),
            "history_url": form_of(record, "history"),
            "read_url": form_of(record, "read") if isinstance(record, models.Article) else "",
            "cite_url": cite_url(request.user, record),
            "handed_in": handed_in,
            "handed_in_by": _name_of_user(handed_in.handed_in_by) if handed_in else "",
            "sheets": sheets(record, *waiting),
            "key": key_of(record),
            "waiting": [
                {"key": key_of(one), "name": typed_label_of(one), "url": _where_read(one)}
                for one in waiting
            ],
            "drafts": [
                {"name": typed_label_of(one), "url": form_of(one)}
                for one in together
                if one.status == Status.DRAFT
            ],
            "since": since,
            "notes": notes.select_related("made_by"),
            "proposals": models.Proposal.objects.open().about(record).with_people(),
            "may_publish": "publish" in verbs,
            # What was public once can only be withdrawn, which asks for a reason of its own.
            "may_return": "return_to_draft" in verbs and not was_public,
            "withdraw_url": form_of(record, "withdraw") if was_public and verbs else "",
            "may_confirm": _may_confirm(request),
            "refused": refused,
            "comment": request.POST.get("comment", ""),
        }
        return self._page(request, "record", context)

    def _record(self, request: HttpRequest, kind: str, pk: int) -> Any:
        if kind not in KINDS:
            raise Http404
        if not publication.has_permission(request.user, "view", model_named(kind)):
            raise PermissionDenied
        record = loaded({(kind, pk)}).get((kind, pk))
        if record is None:
            raise Http404
        return record

    # --- One proposal ---

    def proposal(self, request: HttpRequest, pk: int) -> HttpResponse:
        proposal = models.Proposal.objects.with_people().filter(pk=pk).first()
        if proposal is None:
            raise Http404
        key = key_of_subject(proposal)
        record = loaded({key})[key]
        proposal.record = record
        if not publication.has_permission(request.user, "view", record):
            raise PermissionDenied
        user: Any = request.user
        may_decide = proposal.is_open and review.may_decide(user, record)
        forms = self._forms(request, proposal) if may_decide else []
        is_wrong = "_alter" in request.POST and any(form.errors for form in forms)
        refused = ""
        if request.method == "POST" and not is_wrong:
            try:
                done = self._decide(request, proposal, forms)
            except Refused as refusal:
                refused = str(refusal)
                proposal = models.Proposal.objects.with_people().get(pk=pk)
                proposal.record = record
            else:
                messages.success(request, f"The proposal about {name_of(record)} is {done}.")
                return HttpResponseRedirect(reverse("admin:review"))
        fields, added, broken = [], [], ""
        try:
            if proposal.adds:
                added = _sheets_of_added(proposal)
            else:
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
            "form_url": form_of(record),
            "history_url": form_of(record, "history"),
            "added": added,
            "fields": fields,
            "differences": [field.difference for field in fields],
            "conflicts": [field for field in fields if field.is_conflict],
            "broken": broken,
            "sheets": sheets(record if type(record) in map(model_named, KINDS) else owner),
            "seen": review.newest_version(record),
            "forms": forms,
            "may_decide": may_decide and proposal.is_open,
            "may_confirm": _may_confirm(request),
            "is_own": proposal.made_by_id == user.pk,
            "may_apply": proposal.made_by_id != user.pk or user.is_superuser,
            "refused": refused,
            "comment": request.POST.get("comment", ""),
            "media": sum((form.media for form in forms), Media()),
        }
        return self._page(request, "proposal", context)

    def _decide(self, request: HttpRequest, proposal: models.Proposal, forms: list[Any]) -> str:
        seen = request.POST.get("seen", "")
        version = int(seen) if seen.isdecimal() and len(seen) < 19 else None
        comment = request.POST.get("comment", "")
        if proposal.adds and "_apply" in request.POST:
            additions.apply(proposal, request.user)
            return "applied"
        if proposal.adds and "_alter" in request.POST and forms:
            values = additions.values_of(*(form.instance for form in forms))
            additions.apply(proposal, request.user, values, comment=comment)
            return "applied, as you altered it"
        if "_apply" in request.POST:
            review.apply(proposal, request.user, seen=version)
            return "applied"
        if "_alter" in request.POST and forms:
            wanted = forms[0].instance
            standing = type(proposal.record)._default_manager.get(pk=proposal.record.pk)
            names = {*proposal.proposed, *review.changed_values(standing, wanted)}
            altered = review.values_of(wanted, names)
            review.apply(proposal, request.user, altered, seen=version, comment=comment)
            return "applied, as you altered it"
        if "_take_back" in request.POST:
            review.take_back(proposal, request.user)
            return "taken back"
        review.return_proposal(proposal, request.user, comment)
        return "returned"

    def _forms(self, request: HttpRequest, proposal: models.Proposal) -> list[Any]:
        """The proposed fields, to be altered before they are applied; of a part, two forms."""
        try:
            if proposal.adds:
                part, citation = additions.proposed(proposal)
                owner = publication.OWNERS[proposal.adds]
                names = [name for name in columns(model_of(part)) if name != owner]
                of_part = self._form(request, part, names)
                passage = self._form(request, citation, PASSAGE_FIELDS, additions.CITATION)
                passage.fields["field"].choices = field_choices(proposal.adds)
                return [of_part, passage]
            wanted = review.with_values(proposal.record, proposal.proposed)
        except Refused:
            return []
        names = [column.name for column in review.columns_of(type(wanted), proposal.proposed)]
        return [self._form(request, wanted, names)]

    def _form(self, request: HttpRequest, row: Any, names: list[str], prefix: str = "") -> Any:
        """The desk's own form of the row, with these fields only."""
        model_admin = self.site.get_model_admin(type(row))
        form_class = model_admin.get_form(request, row, change=row.pk is not None, fields=names)
        data = request.POST if "_alter" in request.POST else None
        form = form_class(data, instance=row, prefix=prefix or None)
        for name in set(form.fields).difference(names):  # such as an actor, which comes with it
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
        return HttpResponseRedirect(back if is_ours else form_of(citation))

    # --- Pieces ---

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        context = {**self.site.each_context(request), **context}
        return TemplateResponse(request, f"admin/archive/review/{name}.html", context)


def _sheets_of_added(proposal: models.Proposal) -> list[Sheet]:
    """What would be added, and last what a reviewer made of it."""
    added = [additions.proposed(proposal)]
    if proposal.is_altered and (applied := additions.applied(proposal)):
        added.append(applied)
    return [sheet_of_new(*one) for one in added]


def _split(key: str) -> Key | None:
    """What `key_of` made; None where it is no record that goes to review."""
    kind, _, number = key.partition(":")
    is_key = kind in KINDS and number.isdecimal() and len(number) < 19
    return (kind, int(number)) if is_key else None


def _where_read(record: Any) -> str:
    is_article = isinstance(record, models.Article)
    return form_of(record, "read") if is_article else review_of(record)


def _may_confirm(request: HttpRequest) -> bool:
    return publication.has_permission(request.user, "change", models.Citation)


def _name_of_user(pk: int | None) -> str:
    user = get_user_model()._default_manager.filter(pk=pk).first() if pk else None
    return user.get_username() if user else ""
