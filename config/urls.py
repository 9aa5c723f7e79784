from django.contrib import admin
from django.urls import include, path

from archive import views

urlpatterns = [
    path("", views.home, name="home"),
    path("guide/", views.guide, name="guide"),
    path("guide/<slug:page>/", views.guide, name="guide"),
    path("healthz", views.healthz, name="healthz"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("archive.api.urls")),
]

# Below /api/, and for who asks for JSON, an error is a problem document; otherwise a page.
handler400 = "archive.api.errors.bad_request"
handler403 = "archive.api.errors.forbidden"
handler404 = "archive.api.errors.not_found"
handler500 = "archive.api.errors.server_error"
