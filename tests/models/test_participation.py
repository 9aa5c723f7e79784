import pytest

from archive.models import Participation
from tests.factories import EventFactory, OrganizationFactory, ParticipationFactory, StateFactory
from tests.models.breaches import Breach, add, change, each, each_loadable, of_vocabulary

pytestmark = pytest.mark.django_db


def actor_twice():
    first = ParticipationFactory()
    second = ParticipationFactory(event=first.event, role="party")
    return change(second, actor_state=first.actor_state, role=first.role)


def organization_twice():
    league, event = OrganizationFactory(), EventFactory()
    stage = {"event": event, "actor_state": None, "actor_organization": league}
    ParticipationFactory(**stage, role="host")
    return change(ParticipationFactory(**stage, role="party"), role="host")


ONE_ACTOR = "archive_participation_actor_is_state_or_organization"

BREACHES = [
    *of_vocabulary(ParticipationFactory, "role"),
    Breach(
        ONE_ACTOR,
        lambda: change(ParticipationFactory(), actor_organization=OrganizationFactory()),
        "both",
    ),
    Breach(ONE_ACTOR, lambda: add(ParticipationFactory(), actor_state=None), "neither"),
    Breach("archive_participation_actor_has_a_role_once", actor_twice, "state"),
    Breach("archive_participation_actor_has_a_role_once", organization_twice, "organization"),
]


@each(BREACHES)
def test_sql_meets_the_rule(breach):
    breach.refused_by_sql()


@each_loadable(BREACHES)
def test_loaddata_meets_the_rule(breach, tmp_path):
    breach.refused_by_loaddata(tmp_path)


def test_natural_key_of_a_state():
    event, state = EventFactory(slug="sev-lich-2021-05"), StateFactory(code="ARM")
    participation = ParticipationFactory(event=event, actor_state=state, role="target")
    assert participation.natural_key() == ("sev-lich-2021-05", "ARM", "target")
    found = Participation.objects.get_by_natural_key("sev-lich-2021-05", "ARM", "target")
    assert found == participation


def test_natural_key_of_an_organization():
    event, csto = EventFactory(slug="sev-lich-2021-05"), OrganizationFactory(slug="csto")
    participation = ParticipationFactory(
        event=event, actor_state=None, actor_organization=csto, role="host"
    )
    assert participation.natural_key() == ("sev-lich-2021-05", "csto", "host")
    found = Participation.objects.get_by_natural_key("sev-lich-2021-05", "csto", "host")
    assert found == participation


def test_actor_reads_and_writes_the_pair():
    participation, league = ParticipationFactory(), OrganizationFactory()
    assert participation.actor == participation.actor_state
    participation.actor = league
    participation.save()
    participation.refresh_from_db()
    assert participation.actor == league
    assert participation.actor_state is None


def test_one_actor_may_have_several_roles():
    first = ParticipationFactory(role="target")
    second = ParticipationFactory(event=first.event, actor_state=first.actor_state, role="speaker")
    assert second.pk
