from django.urls import include, path
from rest_framework.routers import SimpleRouter

from bench.peers.drf.views import VIEWS

router = SimpleRouter()
for name, view in VIEWS.items():
    router.register(name, view, basename=name)

urlpatterns = [path("api/v1/", include(router.urls))]
