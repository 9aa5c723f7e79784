"""What is contested: by a passage, or by an import as long as nobody has settled it."""

import csv
import io

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils.timezone import now

from archive import models
from archive.api import freshness, shared
from archive.api.filters import VoteFilterSet
from archive.choices import Settlement
from tests.api.conftest import about
from tests.factories import DiscrepancyFactory

LISTS = {"votes": models.Vote, "roll-calls": models.RollCall, "memberships": models.Membership}


def settle(discrepancy):
    discrepancy.settled_at, discrepancy.settled_by = now(), "Ruth"
    discrepancy.settlement, discrepancy.reason = Settlement.HELD, "So the record says."
    discrepancy.save()


@pytest.mark.parametrize("most", [shared.MOST_PASSAGES, 0], ids=["kept", "asked"])
def test_lists_details_filters_and_files_tell_the_same(get, client, world, monkeypatch, most):
    monkeypatch.setattr(shared, "MOST_PASSAGES", most)
    monkeypatch.setattr(shared, "_shared", (None, shared.SharedRows()))
    freshness.forget()
    DiscrepancyFactory(**about(world.roll_call))
    for name, model in LISTS.items():
        rows = model.objects.public().with_evidence()
        told = {f"http://testserver{row.get_absolute_url()}": row.contested for row in rows}
        assert set(told.values()) == {True, False}, name
        assert {row["url"]: row["contested"] for row in get(f"{name}/")["results"]} == told
        for url, contested in told.items():
            assert get(url)["contested"] is contested  # with the passages that hang below it,
            assert get(url, fields="contested") == {"contested": contested}  # and without them
        for flag in (True, False):
            found = get(f"{name}/", contested=str(flag).lower())["results"]
            assert {row["url"] for row in found} == {url for url in told if told[url] is flag}
        file = client.get(f"/api/v1/{name}/?format=csv&fields=url,contested")
        text = b"".join(file.streaming_content).decode("utf-8-sig")
        cells = {row["url"]: row["contested"] for row in csv.DictReader(io.StringIO(text))}
        assert cells == {url: str(contested).upper() for url, contested in told.items()}


def test_what_is_settled_contests_nothing_and_moves_the_tag(get, client, world):
    address = "/api/v1/votes/entente-1/FRE/"
    before = client.get(address)
    assert before.json()["contested"] is True
    settle(models.Discrepancy.objects.get(vote=world.votes[2]))
    headers = {"If-None-Match": before.headers["ETag"]}
    after = client.get(address, headers=headers)
    assert (after.status_code, after.json()["contested"]) == (200, False)
    assert get("votes/", contested="true")["results"] == []
    assert get("discrepancies/", settled="false", target="vote")["results"] == []


@pytest.mark.parametrize("flag", ["true", "false"])
def test_what_is_contested_is_found_by_its_keys(world, flag):
    """Among a million votes those few are not looked for one by one."""
    asked = VoteFilterSet.read(QueryDict(f"contested={flag}"))
    rows = asked.filter_queryset(models.Vote.objects.public())
    sql, values = rows.values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert ("SubPlan" in plan) == ("hashed SubPlan" in plan) == (flag == "false"), plan
