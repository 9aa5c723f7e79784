"""The addresses below ``/api/v1/``."""

from django.urls import URLPattern, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from archive.api import search, views

# The natural key in the address of a detail, where it is not a slug.
KEYS = {
    "states": "<slug:code>",
    "votes": "<slug:roll_call>/<slug:state>",
    "citations": "<uuid:uuid>",
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
    path("states/<slug:code>/record/", views.StateRecordView.as_view(), name="states-record"),
    path("search/", search.SearchView.as_view(), name="search"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    # The page and its script come separately, so that a strict content policy allows them.
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(template_name="archive/api_docs.html"),
        name="docs",
    ),
]
