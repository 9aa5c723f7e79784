"""The desk as a whole: Django's admin under the archive's name.

Not in `archive/admin/`: Django makes the site before it imports that package, whose modules
register their models with it.
"""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import path

# The index lists what curators work on first, then what it rests on.
INDEX = (
    "Event",
    "Participation",
    "Request",
    "Response",
    "Membership",
    "RollCall",
    "Vote",
    "Citation",
    "Article",
    "Source",
    "State",
    "Organization",
    "Provision",
    "Discrepancy",
    "Import",
    "Release",
)


class DeskConfig(AdminConfig):
    default_site = "archive.desk.DeskSite"


class DeskSite(AdminSite):
    """Its name, the order of its index, and its searches."""

    site_header = "Casus"
    site_title = "Casus"
    index_title = "Curation desk"
    # Forms with rows of five fields need the width; the index is one click away.
    enable_nav_sidebar = False

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for app in apps:
            if app["app_label"] == "archive":
                app["models"].sort(key=lambda model: INDEX.index(model["object_name"]))
        return sorted(apps, key=lambda app: app["app_label"] != "archive")

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        from archive.admin import front

        return super().index(request, {**front.context(request), **(extra_context or {})})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        from archive import problems

        sees_problems = problems.may_see(request.user)
        return {**super().each_context(request), "sees_problems": sees_problems}

    def get_urls(self) -> list[Any]:
        from archive.admin import problems
        from archive.admin.handing_in import HandingIn
        from archive.admin.lookup import LookupSeveralView
        from archive.admin.review import ReviewDesk

        lookup = self.admin_view(LookupSeveralView.as_view(admin_site=self))
        found = self.admin_view(problems.page)
        return [
            path("lookup/", lookup, name="lookup"),
            path("problems/", found, name="problems", kwargs={"site": self}),
            *HandingIn(self).urls(),
            *ReviewDesk(self).urls(),
            *super().get_urls(),
        ]

    def autocomplete_view(self, request: HttpRequest) -> Any:
        from archive.admin.lookup import LookupView

        return LookupView.as_view(admin_site=self)(request)
