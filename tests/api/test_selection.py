"""``fields`` and ``omit``: what is asked for is what comes."""

import pytest

from archive.api.views import LISTS


@pytest.mark.parametrize("name", LISTS)
def test_fields_and_omit_divide_every_record(get, world, name):
    whole = get(f"{name}/")["results"][0]
    names = list(whole)
    asked = names[2:5]
    (chosen, *_) = get(f"{name}/", fields=",".join(reversed(asked)))["results"]
    assert list(chosen) == asked
    (left, *_) = get(f"{name}/", omit=",".join(asked))["results"]
    assert {**chosen, **left} == whole
    detail = get(whole["url"])
    assert get(whole["url"], fields="url") == {"url": whole["url"]}
    *kept, last = detail
    assert list(get(whole["url"], omit=last)) == kept


def test_what_is_nested_stays_whole(get, world):
    event = get("events/incursion-1933/", fields="requests")
    assert event["requests"] == get("events/incursion-1933/")["requests"]


def test_unknown_fields_are_refused(get, world):
    names = list(get("votes/")["results"][0])
    for parameter in ("fields", "omit"):
        refused = get("votes/", 400, **{parameter: "choice,colour"})
        assert refused["parameter"] == parameter
        assert refused["allowed"] == names
    assert get("votes/", 400, fields="choice", omit="state")["parameter"] == "omit"
    assert "nothing" in get("votes/", 400, omit=",".join(names))["detail"]
    assert get("states/FRE/record/", 400, fields="votes")["parameter"] == "fields"
