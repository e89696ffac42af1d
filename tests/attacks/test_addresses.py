"""Addresses that nobody's page has written."""

from __future__ import annotations

import pytest

from planner.gatherings.models import Visibility
from tests.pages.desk import Desk
from tests.rules.conftest import House


@pytest.mark.parametrize(
    "path",
    [
        *("/e/%00", "/e/%00.ics", "/o/%00", "/privacy/%00", "/calendars/public/%00.ics", "/static/%00"),
        f"/static/{'a' * 5000}",
    ],
)
def test_an_address_that_cannot_be_is_not_found(desk: Desk, path: str) -> None:
    desk.get(path, 404)


@pytest.mark.parametrize("path", ["/manage/people?find=%00", "/manage/gatherings?find=a%00b", "/?lang=%00"])
def test_a_nul_in_a_search_is_passed_over(desk: Desk, path: str) -> None:
    desk.get(path)


def test_a_nul_in_a_search_that_is_posted_is_passed_over(house: House, desk: Desk) -> None:
    gathering_id = house.plan()
    assert desk.post(f"/manage/gatherings/{gathering_id}/invite", {"find": "a\x00b"}, 200)


@pytest.mark.parametrize("number", ["9" * 40, "9" * 5000])
def test_numbers_beyond_all_bounds_are_passed_over(house: House, desk: Desk, number: str) -> None:
    path = f"/manage/gatherings/{house.plan()}"
    desk.post(f"{path}/invite", {"to_page": number}, 200)
    desk.post(f"{path}/edit", {"revision": number}, 422)


def test_a_form_far_too_large_is_not_even_read(desk: Desk) -> None:
    answer = desk.client.post("/unsubscribe/x", data={"a": ["1"] * 100_000})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "query",
    [
        *("time_zone=Nowhere/X", "time_zone=../../etc/passwd", "time_zone=Europe", f"time_zone={'x' * 300}"),
        *("starts_at=9999-12-31T23:59:59-12:00", "ends_at=0001-01-01T00:00:00%2B14:00"),
    ],
)
def test_a_preview_passes_over_facts_that_cannot_be(house: House, desk: Desk, query: str) -> None:
    gathering_id = house.plan()
    assert "Soup &amp; Stories" in desk.get(f"/manage/gatherings/{gathering_id}/preview/moved?{query}")


def test_what_a_coordinator_sees_of_a_hidden_event_is_kept_by_no_cache(house: House, desk: Desk) -> None:
    house.plan(visibility=Visibility.INVITED)
    path = f"/e/{desk.gathering('Soup').slug}"
    assert desk.client.get(path).headers["cache-control"] == "no-store"
    desk.client.cookies.clear()
    assert desk.client.get(path).status_code == 404
