"""The addresses below ``/api/v1/``."""

from django.urls import URLPattern, path, register_converter

from archive.api import docs, releases, search, views
from archive.api.agreement import AgreementView
from archive.api.record import OrganizationRecordView, StateRecordView
from archive.api.roster import RosterViewSet

register_converter(releases.VersionConverter, "version")

# The natural key in the address of a detail, where it is not a slug.
KEYS = {
    "states": "<slug:code>",
    "votes": "<slug:roll_call>/<slug:state>",
    "citations": "<uuid:uuid>",
    "discrepancies": "<uuid:uuid>",
}


def _list_and_detail(name: str, view: type[views.RecordViewSet]) -> list[URLPattern]:
    key = KEYS.get(name, "<slug:slug>")
    return [
        path(f"{name}/", view.as_view({"get": "list"}, detail=False), name=name),
        path(f"{name}/{key}/", view.as_view({"get": "retrieve"}, detail=True), name=f"{name}-one"),
    ]


urlpatterns = [
    path("", views.RootView.as_view(), name="api"),
    *(each for name, view in views.LISTS.items() for each in _list_and_detail(name, view)),
    path(
        "organizations/<slug:slug>/members/",
        views.MemberViewSet.as_view({"get": "list"}, detail=False),
        name="organizations-members",
    ),
    path("search/", search.SearchView.as_view(), name="search"),
    path(
        "organizations/<slug:slug>/record/",
        OrganizationRecordView.as_view(),
        name="organizations-record",
    ),
    path("states/<slug:code>/record/", StateRecordView.as_view(), name="states-record"),
    path(
        "requests/<slug:slug>/roster/",
        RosterViewSet.as_view({"get": "retrieve"}, detail=True),
        name="requests-roster",
    ),
    path("agreement/", AgreementView.as_view(), name="agreement"),
    path("releases/", releases.ReleaseListView.as_view(), name="releases"),
    path("releases/<version:version>/", releases.ReleaseView.as_view(), name="releases-one"),
    path(
        "releases/<version:version>/<path:path>",
        releases.ReleaseFileView.as_view(),
        name="releases-file",
    ),
    path("schema/", docs.SchemaView.as_view(), name="schema"),
    path("docs/", docs.DocsView.as_view(), name="docs"),
]
