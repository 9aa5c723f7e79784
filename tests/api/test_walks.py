"""Every list can be walked from end to end, whatever its order."""

import pytest

from archive.api.views import LISTS
from tests.api.conftest import walk


@pytest.mark.parametrize("name", LISTS)
def test_every_list_can_be_walked_in_every_order(get, world, name):
    for ordering in LISTS[name].filterset_class.base_filters["ordering"].allowed:
        whole = get(f"{name}/", ordering=ordering)["results"]
        forth = walk(get, get(f"{name}/", ordering=ordering, page_size=7))
        assert [row for page in forth for row in page["results"]] == whole
        back = walk(get, forth[-1], "previous")
        assert [row for page in reversed(back) for row in page["results"]] == whole


def test_members_can_be_walked(get, world):
    first = get("organizations/league/members/", on="1933-02-01", page_size=1)
    second = get(first["next"])
    assert [row["on"] for page in (first, second) for row in page["results"]] == [
        "possible",
        "certain",
    ]
    assert second["next"] is None
    assert get(second["previous"]) == first | {"next": get(second["previous"])["next"]}
