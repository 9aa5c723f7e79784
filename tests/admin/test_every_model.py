"""What holds for the admin of every model; a new model cannot be forgotten."""

import inspect

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin import FieldListFilter, ModelAdmin, SimpleListFilter, TabularInline
from django.contrib.auth.models import Group, User
from django.db.models import ForeignKey
from django.urls import reverse

from archive import models
from archive.admin import base, publishing
from archive.admin.lookup import ActorField, RecordField
from archive.desk import INDEX, DeskSite
from archive.models.actors import Actor
from archive.models.base import Publishable, Record
from archive.models.citation import CITABLE
from tests import factories
from tests.admin.forms import page
from tests.admin.stage import stage
from tests.admin.users import make_editor, make_superuser

RECORDS = [
    model for model in apps.get_app_config("archive").get_models() if issubclass(model, Record)
]
# What commands make, to be looked at.
LOOKED_AT = (models.Import, models.Discrepancy, models.Release)
ADMINS = [admin.site.get_model_admin(model) for model in RECORDS]
# In one order: workers of a parallel run must collect the same tests.
INLINES = sorted({inline for one in ADMINS for inline in one.inlines}, key=lambda one: one.__name__)

each_record = pytest.mark.parametrize("model", RECORDS, ids=lambda model: model.__name__)
each_admin = pytest.mark.parametrize("model_admin", ADMINS, ids=lambda one: type(one).__name__)


def references_of(model):
    """Its foreign keys, without the halves of an actor and the targets of a citation."""
    halves = {
        half
        for actor in vars(model).values()
        if isinstance(actor, Actor)
        for half in (actor.state, actor.organization)
    }
    targets = set(CITABLE) if model is models.Citation else set()
    return (
        {
            field.name
            for field in model._meta.fields
            if isinstance(field, ForeignKey) and field.editable
        }
        - halves
        - targets
    )


def test_there_are_thirteen():
    assert len(RECORDS) == 13
    assert set(INDEX) == {model.__name__ for model in (*RECORDS, *LOOKED_AT)}


def test_only_records_and_people_and_what_commands_make_have_an_admin():
    assert isinstance(admin.site._wrapped, DeskSite)
    assert set(admin.site._registry) == {*RECORDS, *LOOKED_AT, User, Group}


@pytest.mark.django_db
@pytest.mark.parametrize("make_user", [make_editor, make_superuser])
def test_releases_are_there_to_look_at(client, make_user):
    client.force_login(make_user())
    none = client.get("/admin/archive/release/").content.decode()
    assert "manage.py export_release" in none
    release = factories.ReleaseFactory()
    listed = client.get("/admin/archive/release/").content.decode()
    assert "0.3" in listed
    assert f"{release.get_absolute_url()}casus-1.0.zip" in listed
    assert "export_release" not in listed
    address = f"/admin/archive/release/{release.pk}/"
    assert "The five documents." in client.get(f"{address}change/").content.decode()
    for way, status in (("change", 403), ("delete", 403)):
        assert client.post(f"{address}{way}/", {"notes": "Better."}).status_code == status
    assert client.get("/admin/archive/release/add/").status_code == 403


@each_admin
def test_lists_are_useful(model_admin):
    assert model_admin.search_fields
    assert model_admin.list_filter
    assert model_admin.ordering
    assert len(model_admin.list_display) >= 5
    assert model_admin.fieldsets
    assert model_admin.save_on_top
    assert model_admin.empty_value_display == "—"


@each_admin
def test_status_passages_and_disputes_are_columns(model_admin):
    columns = set(model_admin.list_display)
    model = model_admin.model
    if issubclass(model, Publishable) or model in {models.Participation, models.Vote}:
        assert "status_badge" in columns
    if models.Citation.target_field_of(model) not in {None, "article"}:
        assert {"passages", "is_contested"} <= columns


@each_admin
def test_every_reference_is_searched(model_admin):
    assert set(model_admin.autocomplete_fields) == references_of(model_admin.model)


@pytest.mark.parametrize("inline", INLINES, ids=lambda inline: inline.__name__)
def test_every_reference_of_an_inline_is_searched(inline):
    owners = {
        field.name
        for one in ADMINS
        if inline in one.inlines
        for field in inline.model._meta.fields
        if isinstance(field, ForeignKey) and field.related_model is one.model
    }
    fields = set(
        admin.utils.flatten_fieldsets(inline.fieldsets or [("", {"fields": inline.fields})])
    )
    assert set(inline.autocomplete_fields) == (references_of(inline.model) & fields) - owners


@each_admin
def test_an_actor_is_one_field(model_admin):
    actors = {name for name, one in vars(model_admin.model).items() if isinstance(one, Actor)}
    fields = set(admin.utils.flatten_fieldsets(model_admin.fieldsets))
    assert actors <= fields
    for name in actors:
        assert isinstance(model_admin.form.declared_fields[name], ActorField)
        assert not {f"{name}_state", f"{name}_organization"} & fields


def test_a_target_is_one_field():
    model_admin = admin.site.get_model_admin(models.Citation)
    fields = set(admin.utils.flatten_fieldsets(model_admin.fieldsets))
    assert isinstance(model_admin.form.declared_fields["target"], RecordField)
    assert not fields & set(CITABLE)


@each_admin
def test_the_status_is_on_no_form(model_admin):
    fields = admin.utils.flatten_fieldsets(model_admin.fieldsets)
    assert not {"status", "withdrawal_reason", "updated_at"} & set(fields)


def test_admin_classes_say_nothing_that_django_does_not_know():
    """An option misspelt is silent: `list_selected_related`, `date_heirarchy`."""
    known = {
        name
        for one in (
            ModelAdmin,
            TabularInline,
            base.RecordAdmin,
            base.RecordInline,
            publishing.PublishableAdmin,
            publishing.PartAdmin,
        )
        for name in dir(one)
    }
    classes = [type(one) for one in ADMINS] + list(INLINES)
    for one in classes:
        shown = {*(getattr(one, "list_display", ()) or ()), *(one.readonly_fields or ())}
        own = {name for name in vars(one) if not name.startswith("__")}
        assert own - known - shown - {"add_fieldsets"} == set(), one


def test_our_own_options_are_few():
    ours = {
        name
        for one in (base.RecordAdmin, base.RecordInline)
        for name, value in vars(one).items()
        if not inspect.isfunction(value) and not name.startswith("__")
    }
    # Django asks for this one by name, without a default.
    known = {*dir(ModelAdmin), *dir(TabularInline), "empty_value_display"}
    assert ours - known == {"evidence", "row_needs"}


@each_admin
def test_filters_have_titles_of_their_own(model_admin, rf, db):
    request = rf.get("/")
    for given in model_admin.list_filter:
        if isinstance(given, tuple):
            field, filter_class = given
            assert issubclass(filter_class, FieldListFilter)
            path = admin.utils.get_fields_from_path(model_admin.model, field)
            made = filter_class(path[-1], request, {}, model_admin.model, model_admin, field)
            assert made.title
        else:
            assert issubclass(given, SimpleListFilter)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["editor", "reviewer", "superuser"])
def test_every_page_opens(who, request):
    client = request.getfixturevalue(who)
    for name, record in stage(2).items():
        for kind in ("changelist", "change", "history"):
            assert client.get(page(record, kind)).status_code == 200, f"{name} {kind}"
        is_reference = not isinstance(record, (Publishable, models.Participation, models.Vote))
        may_add = who != "editor" or not is_reference
        assert client.get(page(record, "add")).status_code == (200 if may_add else 403), name


@pytest.mark.django_db
@each_record
def test_search_reads_every_field(superuser, model):
    url = reverse(f"admin:archive_{model._meta.model_name}_changelist")
    for params in ({"q": "League 'of"}, {"q": "“Nobody"}, {"_facets": "True"}):
        assert superuser.get(url, params).status_code == 200


@pytest.mark.django_db
def test_every_column_sorts(superuser):
    stage(1)
    for model_admin in ADMINS:
        url = reverse(f"admin:archive_{model_admin.opts.model_name}_changelist")
        order = ".".join(str(number + 1) for number in range(len(model_admin.list_display)))
        for params in ({"o": order}, {"o": f"-{order.replace('.', '.-')}"}):
            response = superuser.get(url, params)
            assert response.status_code == 200
            assert list(response.context["cl"].result_list)


@pytest.mark.django_db
def test_the_index_names_the_archive_and_leads_home(editor):
    content = editor.get(reverse("admin:index")).content.decode()

    assert '<a href="/admin/">Casus</a>' in content
    assert '<a href="/">View site</a>' in content
    assert content.index("Events") < content.index("Articles") < content.index("Provisions")
