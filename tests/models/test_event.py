from datetime import date

import pytest
from psycopg.types.range import DateRange

from archive.models import Event
from tests.factories import EventFactory
from tests.models.breaches import (
    Breach,
    change,
    each,
    each_loadable,
    of_blank,
    of_date,
    of_slug,
    of_status,
    of_vocabulary,
)

pytestmark = pytest.mark.django_db


def part_of_itself():
    event = EventFactory()
    return change(event, part_of=event)


BREACHES = [
    *of_slug(EventFactory),
    *of_status(EventFactory),
    *of_blank(EventFactory, "title", "summary"),
    *of_vocabulary(EventFactory, "kind"),
    *of_date(EventFactory, "date"),
    Breach("archive_event_is_not_part_of_itself", part_of_itself),
]


@each(BREACHES)
def test_sql_meets_the_rule(breach):
    breach.refused_by_sql()


@each_loadable(BREACHES)
def test_loaddata_meets_the_rule(breach, tmp_path):
    breach.refused_by_loaddata(tmp_path)


def test_natural_key():
    event = EventFactory(slug="sev-lich-2021-05")
    assert event.natural_key() == ("sev-lich-2021-05",)
    assert Event.objects.get_by_natural_key("sev-lich-2021-05") == event


@pytest.mark.parametrize(
    ("text", "possible", "certain"),
    [
        ("1933-05", DateRange(date(1933, 5, 1), date(1933, 6, 1)), None),
        (
            "1933-05-03/1933-05-04",
            DateRange(date(1933, 5, 3), date(1933, 5, 5)),
            DateRange(date(1933, 5, 3), date(1933, 5, 5)),
        ),
        ("1933/", DateRange(date(1933, 1, 1), None), DateRange(date(1933, 12, 31), None)),
        ("", None, None),
    ],
)
def test_ranges_follow_the_date_whoever_writes_it(text, possible, certain):
    event = EventFactory(date="1900")
    Event.objects.update(date=text)
    event.refresh_from_db()
    assert (event.date_possible, event.date_certain) == (possible, certain)
