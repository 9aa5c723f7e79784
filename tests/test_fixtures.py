"""Fixtures: what is written, that it reads back, and that the real ones hold together."""

from io import StringIO

import pytest
import yaml
from django.conf import settings
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from archive import fixtures, models
from archive.choices import Status
from tests.factories import (
    ArticleFactory,
    CitationFactory,
    EventFactory,
    ImportFactory,
    MembershipFactory,
    ParticipationFactory,
    ResponseFactory,
    RollCallFactory,
    StateFactory,
    VoteFactory,
    cite,
    publish,
)

FIXTURES = settings.BASE_DIR / "fixtures"
NASTY = (
    "a \n\n  b\n",
    "\n leading",
    "x\r\ny",
    "tab\t\nend",
    "\ufeffbom\n",
    "\x85nel\n",
    "🕊\n🕊\n\n",
)


def load(*paths):
    call_command("loaddata", *map(str, paths), verbosity=0)


def history():
    """How many versions each model has."""
    return {
        model: model.versions.rel.related_model.objects.count() for model in fixtures.FILES.values()
    }


def test_every_model_has_a_file():
    recorded = {m for m in models.__dict__.values() if isinstance(m, type)} & set(
        models.Record.__subclasses__() + models.Publishable.__subclasses__()
    )
    assert set(fixtures.FILES.values()) == recorded - {models.Publishable}


def test_files_refer_only_to_files_before_them():
    order = list(fixtures.FILES.values())
    for place, model in enumerate(order):
        for field in model._meta.concrete_fields:
            if field.is_relation and field.name not in fixtures.NOT_WRITTEN:
                assert order.index(field.related_model) <= place, f"{model}.{field.name}"


def test_file_names_sort_in_load_order():
    assert list(fixtures.FILES) == sorted(fixtures.FILES)


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.django_db
def test_nasty_texts_come_back_as_they_were(text):
    StateFactory(code="XAA", name="A", aliases=[text])
    models.Organization.objects.create(slug="a", name=f"x{text}y", kind="union")
    for model in (models.State, models.Organization):
        (restored,) = serializers.deserialize("yaml", fixtures.dump(model).decode())
        assert restored.object.name == model.objects.get().name
        assert restored.object.aliases == model.objects.get().aliases


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80))
def test_any_text_survives_the_dumper(text):
    written = yaml.dump([text], Dumper=fixtures.Dumper, allow_unicode=True, width=float("inf"))
    assert yaml.safe_load(written) == [text]


@pytest.mark.django_db
def test_texts_of_several_lines_are_literal_blocks():
    ArticleFactory(slug="a", text="First. \n\nSecond “quoted”.\n", body_start=0, body_end=20)
    assert (
        "    text: |\n      First. \n\n      Second “quoted”.\n"
        in fixtures.dump(models.Article).decode()
    )


@pytest.mark.django_db
def test_ids_timestamps_and_derived_columns_are_left_out():
    publish(CitationFactory())
    publish(ResponseFactory())
    for model in fixtures.FILES.values():
        for row in yaml.safe_load(fixtures.dump(model)):
            assert set(row) == {"model", "fields"}
            assert not {"id", "updated_at", "sha256", "end", "date_possible"} & set(row["fields"])


@pytest.mark.django_db
def test_parts_stand_after_their_wholes():
    whole = EventFactory(slug="z-whole", date="1999")
    EventFactory(slug="a-part", date="1920", part_of=whole)
    EventFactory(
        slug="b-part-of-part", date="1900", part_of=models.Event.objects.get(slug="a-part")
    )
    slugs = [row["fields"]["slug"] for row in yaml.safe_load(fixtures.dump(models.Event))]
    assert slugs == ["z-whole", "a-part", "b-part-of-part"]


@pytest.mark.django_db(transaction=True)
def test_a_dump_loads_into_an_empty_archive_and_again_without_change(tmp_path):
    for factory in (ParticipationFactory, ResponseFactory, VoteFactory, MembershipFactory):
        publish(factory())
        factory()
    EventFactory(part_of=EventFactory(), status=Status.WITHDRAWN, withdrawal_reason="An error.")
    call_command("dump_archive", output=tmp_path, stdout=StringIO())
    first = {path.name: path.read_bytes() for path in fixtures.paths(tmp_path)}

    call_command("flush", interactive=False, verbosity=0)
    assert not models.Event.objects.exists()
    load(*[path for path in fixtures.paths(tmp_path) if path.read_bytes() != b"[]\n"])
    assert {name: fixtures.dump(model) for name, model in fixtures.FILES.items()} == first

    versions, moments = history(), list(models.Event.objects.values_list("slug", "updated_at"))
    load(*[path for path in fixtures.paths(tmp_path) if path.read_bytes() != b"[]\n"])
    assert history() == versions
    assert list(models.Event.objects.values_list("slug", "updated_at")) == moments


@pytest.mark.django_db
def test_dump_archive_tells_what_it_leaves_to_imports(tmp_path):
    def dumped():
        out = StringIO()
        call_command("dump_archive", output=tmp_path, stdout=out)
        return out.getvalue()

    taken = ImportFactory()
    roll_call = RollCallFactory(slug="brought")
    taken.imported_rows.create(roll_call=roll_call, line=2, made=True)
    vote = VoteFactory(roll_call=roll_call, imported=taken, import_line=2)
    models.RollCall.objects.filter(pk=roll_call.pk).update(status=Status.PUBLISHED)
    assert "Left out: 1 roll calls and 1 votes that imports brought" in dumped()
    assert yaml.safe_load((tmp_path / "11_roll_calls.yaml").read_bytes()) == []
    # Whoever cites them writes them: into fixtures that hold no import, which was their proof.
    passage = cite(vote)
    assert "refused when they are loaded from here: brought." in dumped()
    cite(roll_call, article=passage.article)
    told = dumped()
    assert "Left out" not in told
    assert "refused" not in told


@pytest.mark.django_db
def test_dump_archive_check_writes_nothing(tmp_path):
    EventFactory()
    with pytest.raises(CommandError, match="07_events"):
        call_command("dump_archive", check=True, output=tmp_path, stdout=StringIO())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_dump_archive_says_where_it_cannot_write(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CommandError, match="Choose a folder with --output"):
        call_command("dump_archive", output=tmp_path / "file", stdout=StringIO())


# --- Fixtures that break a rule ----------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("13_citations.yaml", "quote: ", "quote: not what it says ", "does not stand"),
        ("07_events.yaml", "kind: summit", "kind: picnic", "vocabulary"),
        ("13_citations.yaml", "stance: disputes", "stance: doubts", "vocabulary"),
    ],
)
def test_a_fixture_that_breaks_a_rule_is_refused_whole(db, tmp_path, name, old, new, complaint):
    for path in fixtures.paths(FIXTURES):
        text = path.read_text()
        if path.name == name:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / path.name).write_text(text)
    with pytest.raises(IntegrityError, match=complaint):
        load(*fixtures.paths(tmp_path))
    assert not models.Event.objects.exists()


def test_a_fixture_that_publishes_without_proof_is_refused(db, tmp_path):
    for path in fixtures.paths(FIXTURES)[:-1]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(IntegrityError, match="no published passage"):
        load(*fixtures.paths(tmp_path)[:-1])
    assert not models.Event.objects.exists()
