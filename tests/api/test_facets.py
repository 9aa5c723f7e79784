"""Counts by value: each is the number of rows that asking by the value gives."""

import pytest

from archive.api import facets
from archive.api.views import LISTS, MemberViewSet
from archive.choices import Stance
from tests.factories import cite


@pytest.mark.parametrize("name", LISTS)
def test_each_count_is_what_asking_by_its_value_gives(get, world, name):
    names = LISTS[name].filterset_class.facets
    counted = get(f"{name}/", facets=",".join(names))["facets"]
    assert list(counted) == list(names)
    for facet, values in counted.items():
        for each in [*values[:1], *values[1:][-1:]]:  # the most frequent and the rarest
            asked = {facet: each["value"], "fields": "url", "page_size": 1}
            assert get(f"{name}/", count="true", **asked)["count"] == each["count"] > 0
            assert each["label"]


def test_counts_are_of_the_filtered_rows(get, world):
    page = get("responses/", facets="kind,responder", root="true", page_size=1)
    assert page["facets"] == {
        "kind": [
            {"value": "deployment", "label": "Deployment", "count": 1},
            {"value": "silence", "label": "Silence", "count": 1},
        ],
        "responder": [{"value": "league", "label": "League of Nations", "count": 2}],
    }
    assert len(page["results"]) == 1


def test_counts_through_other_rows_keep_their_conditions(get, world):
    everyone = get("events/", facets="state")["facets"]["state"]
    assert {each["value"] for each in everyone} == {"FRE", "KLO"}
    targets = get("events/", role="target", facets="state")["facets"]["state"]
    assert targets == [{"value": "FRE", "label": "Freedonia", "count": 1}]


def test_a_record_counts_once_for_a_value_however_many_its_passages(get, world):
    cite(world.event, article=world.article, stance=Stance.QUALIFIES, field="kind")
    counts = get("events/", facets="stance")["facets"]["stance"]
    assert {"value": "qualifies", "label": "Qualifies", "count": 1} in counts


def test_drafts_are_not_counted(get, world):
    assert "KLO" not in str(get("requests/", facets="addressee,responder")["facets"])
    assert "absent" not in str(get("votes/", facets="choice")["facets"])
    assert "suspended" not in str(get("organizations/", facets="standing")["facets"])
    assert "disputes" not in str(get("votes/", facets="stance")["facets"])
    assert "sylvania" not in str(get("events/", facets="article,source,part_of")["facets"])


def test_the_rest_is_summed(get, world, monkeypatch):
    monkeypatch.setattr(facets, "MOST", 1)
    first, other = get("votes/", facets="choice")["facets"]["choice"]
    assert first["count"] == 1
    assert other == {"value": None, "label": "Other", "count": 2}


def test_facets_come_only_when_asked_for(get, world):
    assert "facets" not in get("votes/")
    refused = get("votes/", 400, facets="choice,colour")
    assert refused["allowed"] == list(LISTS["votes"].filterset_class.facets)
    assert get("votes/league-1/FRE/", 400, facets="choice")["parameter"] == "facets"


@pytest.mark.parametrize("view", [*LISTS.values(), MemberViewSet])
def test_every_facet_is_a_parameter(view):
    filter_set = view.filterset_class
    assert filter_set.facets
    assert set(filter_set.facets) <= set(filter_set.base_filters)
