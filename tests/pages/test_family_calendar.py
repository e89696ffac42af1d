"""A party's page about its calendar."""

from __future__ import annotations

import logging
import re
from html import unescape

import pytest

from tests.pages.conftest import Links, words
from tests.pages.test_family_pages import Browser, House, invite_okafor, march

__all__ = ["march"]


def feed_path(html: str) -> str:
    """Where the address to copy leads."""
    found = re.search(r'id="feed-address"[^>]*value="([^"]+)"', html)
    assert found
    return "/calendars/" + unescape(found[1]).split("/calendars/")[1]


def test_the_household_chooses_what_its_calendar_shows(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house, title="Soup")
    own = link(okafor)
    plain = browser.get(own + "/calendar")
    assert plain.headers["cache-control"] == "no-store"
    assert "Google: up to a day" in words(plain.text)
    assert b"SUMMARY" in browser.get(feed_path(plain.text)).content
    chosen = feed_path(browser.get(own + "/calendar?only=accepted&alarm=180&link=2").text)
    assert chosen.endswith(".ics?only=accepted&alarm=180")
    assert b"SUMMARY" not in browser.get(chosen).content
    browser.post(own, data={"answer": "accepted", "adults": "2", "children": "1"})
    said_yes = browser.get(chosen).content
    assert b"SUMMARY" in said_yes and b"BEGIN:VALARM" in said_yes
    assert "Choose what it shows" in words(browser.get(own).text)
    browser.post(own, data={"answer": "declined"})
    assert b"SUMMARY" not in browser.get(chosen).content


def test_a_new_address_stops_the_old_one(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house)
    address = link(okafor) + "/calendar"
    old = feed_path(browser.get(address).text)
    page = browser.get(browser.post(address, data={"do": "renew"}).headers["location"])
    assert "Your calendar has a new address." in words(page.text)
    assert browser.get(old).status_code == 404
    assert browser.get(feed_path(page.text)).status_code == 200


def test_a_stopped_calendar_stays_stopped_until_a_new_one_is_asked_for(
    house: House, browser: Browser, link: Links
) -> None:
    _, okafor = invite_okafor(house)
    own = link(okafor)
    browser.post(own, data={"answer": "accepted", "adults": "2", "children": "1"})
    old = feed_path(browser.get(own + "/calendar").text)
    browser.get(own + "/calendar")
    assert browser.get(old).status_code == 200
    stopped = browser.get(browser.post(own + "/calendar", data={"do": "stop"}).headers["location"])
    assert "Your calendar is stopped" in words(stopped.text)
    gone, unknown = browser.get(old), browser.get("/calendars/unknown.ics")
    assert (gone.status_code, gone.content) == (unknown.status_code, unknown.content) == (404, unknown.content)
    # Neither looking, nor answering again, nor a page left open since makes one.
    browser.post(own, data={"answer": "accepted", "adults": "1", "children": "1"})
    browser.post(own + "/calendar", data={"do": "renew"})
    assert "You stopped your calendar." in words(browser.get(own).text)
    assert "/calendars/" not in browser.get(own).text + browser.get(own + "/calendar").text
    made = browser.get(browser.post(own + "/calendar").headers["location"])
    assert feed_path(made.text) != old
    assert browser.get(feed_path(made.text)).status_code == 200
    browser.post(own + "/calendar")
    assert feed_path(browser.get(own + "/calendar").text) == feed_path(made.text)


def test_the_calendars_language_is_another_choice_than_the_pages(
    house: House, browser: Browser, link: Links
) -> None:
    _, okafor = invite_okafor(house)
    address = link(okafor) + "/calendar"
    assert "lang=" not in feed_path(browser.get(address + "?lang=es").text)
    page = browser.get(address + "?lang=es&alarm=60&language=es").text
    assert '<html lang="es"' in page
    assert '<option value="es" selected>Español</option>' in page
    assert feed_path(page).endswith(".ics?alarm=60&lang=es")
    assert "Todavía no hay respuesta." in browser.get(feed_path(page)).text.replace("\r\n ", "")
    for usual in ("en", "xx", ""):
        assert feed_path(browser.get(f"{address}?alarm=&language={usual}").text).endswith(".ics")


def test_a_choice_that_there_is_not_is_as_if_nothing_were_chosen(
    house: House, browser: Browser, link: Links
) -> None:
    _, okafor = invite_okafor(house)
    for odd in ("alarm=99999999", "alarm=60&alarm=7", "only=x&only=", "link=%00", "language=%FF", "x[]=1&;&=="):
        page = browser.get(f"{link(okafor)}/calendar?{odd}")
        assert page.status_code == 200
        assert feed_path(page.text).endswith(".ics"), odd


def test_no_log_tells_a_calendars_address(
    house: House, browser: Browser, link: Links, caplog: pytest.LogCaptureFixture
) -> None:
    _, okafor = invite_okafor(house)
    own = link(okafor)
    address = feed_path(browser.get(own + "/calendar").text)
    secrets = [address.split("/")[2].removesuffix(".ics"), own.split("/")[2]]
    with caplog.at_level(logging.INFO, logger="planner.http"):
        for path in (address, "/" + address, address.upper(), address.replace(".ics", ".ifb"), address + "/x"):
            browser.get(path + "?lang=es&alarm=60")
        browser.get(own + "/calendar?alarm=60&language=es")
        browser.get("/" + own + "/calendar")
        browser.get(own.replace("/r/", "/R/"))
    # Not what the browser of this test writes down.
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("planner"))
    assert "GET /calendars/….ics" in logged
    assert "GET /r/…/calendar" in logged
    for secret in secrets:
        assert secret.lower() not in logged.lower()
