"""A party's page about its calendar."""

from __future__ import annotations

import re
from html import unescape

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
    page = browser.get(browser.post(address).headers["location"])
    assert "Your calendar has a new address." in words(page.text)
    assert browser.get(old).status_code == 404
    assert browser.get(feed_path(page.text)).status_code == 200
