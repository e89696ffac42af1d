"""Signing in and out, settings, colleagues."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient

from planner.accounts import actions
from planner.accounts.models import Organization, Role
from planner.database import utc_now
from tests.pages.conftest import words
from tests.rules.conftest import House

Browser = TestClient[Litestar]


def post(browser: Browser, path: str, page: str = "", **fields: object) -> Response:
    """Posts a form as a browser does: with the field that stands on the page before it."""
    token = re.search(r'name="_csrf_token" value="([^"]+)"', browser.get(page or path).text)
    return browser.post(path, data={"_csrf_token": token[1] if token else "", **fields})


def sign_in(browser: Browser, house: House, account_id: object = None) -> None:
    with house.database.writing() as session:
        token = actions.new_sign_in_link(session, account_id or house.owner.account_id)
    answer = post(browser, f"/sign-in/{token}")
    assert answer.status_code == 303, answer.text


def test_a_link_signs_in_once_and_opening_it_uses_nothing_up(browser: Browser, house: House) -> None:
    with house.database.writing() as session:
        token = actions.new_sign_in_link(session, house.owner.account_id)
    for _scanner in range(3):
        assert browser.get(f"/sign-in/{token}").status_code == 200
        assert browser.head(f"/sign-in/{token}").status_code == 200
    answer = post(browser, f"/sign-in/{token}")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert browser.get("/manage").status_code == 200
    browser.cookies.delete("planner_session")
    assert browser.get(f"/sign-in/{token}").status_code == 404
    assert post(browser, f"/sign-in/{token}", page="/sign-in").status_code == 404


def test_a_link_lasts_a_quarter_of_an_hour(browser: Browser, house: House) -> None:
    with house.database.writing() as session:
        token = actions.new_sign_in_link(session, house.owner.account_id)
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        assert browser.get(f"/sign-in/{token}").status_code == 404


def test_the_page_says_the_same_whether_an_address_is_known_or_not(browser: Browser, house: House) -> None:
    known = post(browser, "/sign-in", email="owner@hill.test")
    unknown = post(browser, "/sign-in", email="nobody@hill.test")
    assert known.status_code == unknown.status_code
    said = [
        words(page.text).replace(who, "…")
        for page, who in ((known, "owner@hill.test"), (unknown, "nobody@hill.test"))
    ]
    assert said[0] == said[1]
    assert len(house.log("SignInRequested")) == 1


def test_five_links_in_a_quarter_of_an_hour_are_enough(house: House) -> None:
    # However fast they come: no link is made yet.
    for _ in range(7):
        with house.database.writing() as session:
            actions.request_sign_in(session, "owner@hill.test")
    assert len(house.log("SignInRequested")) == 5


def test_what_is_no_address_is_said_at_the_field(browser: Browser) -> None:
    answer = post(browser, "/sign-in", email="owner@")
    assert answer.status_code == 422
    assert 'value="owner@"' in answer.text


def test_who_is_not_signed_in_is_asked_to(browser: Browser) -> None:
    answer = browser.get("/manage/settings")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/manage/settings")


def test_signing_out_ends_the_session(browser: Browser, house: House) -> None:
    sign_in(browser, house)
    cookie = browser.cookies["planner_session"]
    assert post(browser, "/manage/sign-out", page="/manage/settings").status_code == 303
    browser.cookies.set("planner_session", cookie)
    assert browser.get("/manage").status_code == 303


def test_a_form_without_its_token_or_from_elsewhere_is_refused(browser: Browser, house: House) -> None:
    sign_in(browser, house)
    assert browser.post("/manage/settings", data={"name": "Stolen"}).status_code == 403
    foreign = browser.post("/manage/settings", data={"name": "Stolen"}, headers={"origin": "https://evil.test"})
    assert foreign.status_code == 403
    with house.database.reading() as session:
        assert session.get_one(Organization, house.owner.organization_id).name == "Hill Centre"


def days_of(house: House) -> tuple[str | None, str | None, list[str]]:
    with house.database.reading() as session:
        organization = session.get_one(Organization, house.owner.organization_id)
        return organization.country, organization.region, organization.observed


def test_a_region_is_chosen_once_the_country_is_saved(browser: Browser, house: House) -> None:
    sign_in(browser, house)
    assert 'name="region"' not in browser.get("/manage/settings").text
    form = SETTINGS | {"country": "DE", "observed": ["jewish", "hindu"]}
    assert post(browser, "/manage/settings", **form).status_code == 303
    page = browser.get("/manage/settings?saved=settings").text
    assert '<option value="BE">Berlin</option>' in page
    assert 'value="hindu" checked' in page and 'value="muslim" checked' not in page
    post(browser, "/manage/settings", **form, region="BE", region_of="DE")
    assert days_of(house) == ("DE", "BE", ["jewish", "hindu"])
    # The region was one of the country before: Bern is not meant.
    post(browser, "/manage/settings", **form | {"country": "CH"}, region="BE", region_of="DE")
    assert days_of(house) == ("CH", None, ["jewish", "hindu"])
    post(browser, "/manage/settings", **SETTINGS | {"country": ""})
    assert days_of(house) == (None, None, [])


def test_a_country_and_days_that_nobody_knows_are_refused_at_the_field(browser: Browser, house: House) -> None:
    sign_in(browser, house)
    wrong = {"country": "XA", "observed": "pastafarian", "region": "BE", "region_of": "XA"}
    answer = post(browser, "/manage/settings", **SETTINGS | wrong)
    assert answer.status_code == 422
    assert 'href="#country"' in answer.text and 'href="#observed"' in answer.text
    assert days_of(house) == (None, None, [])


SETTINGS = {
    "name": "Hill Family Centre",
    "time_zone": "Europe/Madrid",
    "languages": "en",
    "palette": "plum",
    "settle_minutes": "5",
    "calendar_parts": "yes",
    "contact_name": "Hanna",
    "contact_phone": "030 1",
    "contact_email": "hanna@hill.test",
    "address": "",
}


def test_an_owner_changes_the_organisation(browser: Browser, house: House) -> None:
    sign_in(browser, house)
    assert post(browser, "/manage/settings", **SETTINGS).status_code == 303
    with house.database.reading() as session:
        organization = session.get_one(Organization, house.owner.organization_id)
    assert (organization.name, organization.palette, organization.settle_minutes) == (
        "Hill Family Centre",
        "plum",
        5,
    )
    assert 'data-palette="plum"' in browser.get("/manage/settings?saved").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("time_zone", "Mars/Base"),
        ("palette", "neon"),
        ("languages", "tlh"),
        ("settle_minutes", "soon"),
        ("settle_minutes", "99999"),
        ("contact_email", "hanna@"),
    ],
)
def test_a_setting_that_cannot_be_is_said_and_words_stay(
    browser: Browser, house: House, field: str, value: str
) -> None:
    sign_in(browser, house)
    answer = post(browser, "/manage/settings", **{**SETTINGS, "contact_name": "Somebody new", field: value})
    assert answer.status_code == 422
    assert "Somebody new" in answer.text


def test_colleagues_are_invited_change_roles_and_leave_but_one_owner_stays(browser: Browser, house: House) -> None:
    sign_in(browser, house)
    page = "/manage/settings"
    fields = {"colleague_name": "Tomasz", "colleague_email": "tomasz@hill.test", "role": "helper"}
    invited = post(browser, "/manage/settings/colleagues", page, **fields)
    assert invited.status_code == 303
    assert invited.headers["location"].endswith("#colleagues")
    below = browser.get(invited.headers["location"]).text.split('id="colleagues"')[1]
    assert below.index("Saved") < below.index("Tomasz")
    assert post(browser, "/manage/settings/colleagues", page, **fields).status_code == 422
    with house.database.reading() as session:
        tomasz = actions.membership_of(session, "tomasz@hill.test")
    assert tomasz.role == Role.HELPER
    own = f"/manage/settings/colleagues/{house.owner.account_id}"
    assert post(browser, own, page, remove="1").status_code == 422
    theirs = f"/manage/settings/colleagues/{tomasz.account_id}"
    assert post(browser, theirs, page, role="owner").status_code == 303
    assert post(browser, own, page, role="coordinator").status_code == 303
    assert post(browser, theirs, page, remove="1").status_code == 403


def test_a_colleague_who_was_taken_off_is_signed_out(browser: Browser, house: House) -> None:
    with house.database.writing() as session:
        colleague = actions.add_colleague(session, house.owner, "tomasz@hill.test", "Tomasz", Role.COORDINATOR)
    sign_in(browser, house, colleague.account_id)
    with house.database.writing() as session:
        actions.change_role(session, house.owner, colleague.account_id, None)
    assert browser.get("/manage").status_code == 303
