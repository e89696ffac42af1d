"""Addresses that nobody's page has written."""

from __future__ import annotations

import asyncio
import ipaddress

import httpx
import pytest
from litestar.testing import TestClient

from planner.accounts.actions import new_sign_in_link
from planner.app import create_app
from planner.database import Database
from planner.gatherings.models import Visibility
from planner.security import LinkSigner
from planner.settings import Settings
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


@pytest.mark.parametrize("path", ["/unsubscribe/x", "/sign-in", "/sign-in/x", "/link", "/r/x", "/manage/settings"])
def test_a_form_far_too_large_is_not_even_read(desk: Desk, path: str) -> None:
    desk.client.cookies.clear()
    assert desk.client.post(path, data={"a": ["1"] * 400_000}).status_code == 413


def test_a_page_that_is_not_found_leads_to_no_other_site(desk: Desk) -> None:
    assert "another.test" not in desk.client.get("http://127.0.0.1:8000//another.test/x").text


@pytest.mark.parametrize("after", ["https://another.test/", "//another.test", "/managed", "javascript:alert(1)"])
def test_signing_in_leads_to_the_desk_alone(desk: Desk, after: str) -> None:
    assert 'name="next" value="/manage"' in desk.client.get("/sign-in", params={"next": after}).text


@pytest.mark.parametrize(
    "path", ["..%2fapp.py", "%2e%2e/app.py", "%2fetc/passwd", "..%5capp.py", "a/../../app.py"]
)
def test_static_files_end_at_their_folder(desk: Desk, path: str) -> None:
    desk.get(f"/static/{path}", 404)


def test_a_host_that_somebody_made_up_stands_in_no_page(desk: Desk) -> None:
    told = {"host": "another.test", "x-forwarded-host": "another.test", "forwarded": "host=another.test"}
    for path in ("/", "/link", "/sign-in", "/privacy", "/schema", "/manage", "/manage/settings"):
        answer = desk.client.get(path, headers=told, follow_redirects=False)
        assert "another.test" not in answer.text + str(answer.headers), path


@pytest.mark.parametrize("origin", ["https://another.test", "null", "http://127.0.0.1:8000.another.test"])
def test_a_form_on_another_site_changes_nothing(house: House, desk: Desk, origin: str) -> None:
    [invitation_id] = house.invite(house.plan(), (2, 1))
    token = LinkSigner(("a" * 40,)).token("invitation", invitation_id, 1)
    for path, sent in [(f"/r/{token}", {"answer": "declined"}), ("/sign-in", {}), ("/manage/settings", {})]:
        assert desk.client.post(path, data=sent, headers={"origin": origin}).status_code == 403
        assert desk.client.post(path, data=sent, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert not house.log("RsvpRecorded")


def test_cookies_go_over_https_alone_where_there_is_https(house: House, database: Database) -> None:
    settings = Settings(secret_keys=("a" * 40,), base_url="https://plan.test")
    with database.writing() as session:
        link = new_sign_in_link(session, house.owner.account_id)
    with TestClient(create_app(settings, database), base_url=settings.base_url) as client:
        given = [client.get(f"/sign-in/{link}").headers["set-cookie"]]
        form = {"_csrf_token": client.cookies["planner_csrf"]}
        given.append(client.post(f"/sign-in/{link}", data=form, follow_redirects=False).headers["set-cookie"])
    for cookie in given:
        assert {"secure", "httponly", "samesite=lax"} <= {part.strip().lower() for part in cookie.split(";")}


@pytest.mark.parametrize(
    ("near", "told", "status"),
    [
        ("127.0.0.1", None, 200),
        ("203.0.113.9", "127.0.0.1", 403),
        ("127.0.0.1", "203.0.113.9", 403),
        ("10.0.0.5", "127.0.0.1, 203.0.113.9", 403),
        ("10.0.0.5", "127.0.0.1, 203.0.113.9, 10.0.0.7", 403),
        ("10.0.0.5", None, 403),
    ],
)
def test_only_a_proxy_that_is_trusted_says_who_asks(
    sqlite_database: Database, near: str, told: str | None, status: int
) -> None:
    trusted = (ipaddress.ip_network("10.0.0.0/8"),)
    app = create_app(Settings(secret_keys=("a" * 40,), trusted_proxies=trusted), sqlite_database)

    async def ask() -> int:
        transport = httpx.ASGITransport(app, client=(near, 1))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            return (await client.get("/metrics", headers={"x-forwarded-for": told} if told else {})).status_code

    assert asyncio.run(ask()) == status


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
