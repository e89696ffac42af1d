"""What everybody may see: what's on, an event's page, what is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from litestar import Litestar
from litestar.testing import TestClient

from planner.accounts import actions as accounts
from planner.accounts.models import Organization, WebSession
from planner.database import Database, utc_now
from planner.gatherings import actions as gatherings
from planner.gatherings.models import Gathering, Visibility
from planner.gatherings.programme import Part
from planner.security import hash_of
from planner.series import actions as series
from planner.web import SESSION_COOKIE
from tests.pages.conftest import words
from tests.pages.test_family_calendar import feed_path
from tests.rules.conftest import START, House

Browser = TestClient[Litestar]


@pytest.fixture(autouse=True)
def march() -> Iterator[Any]:
    """The first of March 2027."""
    with time_machine.travel(datetime(2027, 3, 1, 8, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def plan(house: House, visibility: Visibility = Visibility.PUBLIC, **fields: Any) -> Gathering:
    """A gathering that everybody may see, unless it is said otherwise."""
    gathering_id = house.plan(visibility=visibility, **fields)
    with house.database.reading() as session:
        return gatherings.find(session, house.owner.organization_id, gathering_id)


def sign_in(house: House, browser: Browser, owner: Any = None) -> None:
    member = owner or house.owner
    with house.database.writing() as session:
        session.add(
            WebSession(
                token_hash=hash_of("secret"),
                account_id=member.account_id,
                organization_id=member.organization_id,
                expires_at=utc_now() + timedelta(days=1),
            )
        )
    browser.cookies.set(SESSION_COOKIE, "secret")


# What's on


def test_what_s_on_lists_public_events_by_month_with_their_places(house: House, browser: Browser) -> None:
    soup = plan(
        house, capacity=60, venue="Garden Room", description="We cook three soups together. Bring slippers."
    )
    picnic = plan(
        house, title="Picnic", starts_at=START + timedelta(days=24), ends_at=START + timedelta(days=24, hours=2)
    )
    plan(house, Visibility.UNLISTED, title="By address")
    plan(house, Visibility.INVITED, title="Guests only")
    plan(house, title="A draft", publish=False)
    page = browser.get("/")
    said = words(page.text)
    assert page.status_code == 200
    assert (
        said.index("March 2027") < said.index("Soup & Stories") < said.index("April 2027") < said.index("Picnic")
    )
    assert "18 Thu" in said
    assert "17:30 to 19:30 · Garden Room" in said
    assert "We cook three soups together. 60 places" in said
    assert "Bring slippers" not in said
    assert "All times are Berlin time." in said
    for hidden in ("By address", "Guests only", "A draft"):
        assert hidden not in said
    assert f'href="/e/{soup.slug}"' in page.text
    assert f'href="/e/{picnic.slug}"' in page.text
    assert "set-cookie" not in page.headers


def test_a_list_in_the_description_is_said_with_commas(house: House, browser: Browser) -> None:
    plan(house, description="Bring cake.\n\n- *songs*\n- games")
    assert "Bring cake. songs, games" in words(browser.get("/").text)


def test_a_full_event_says_that_there_is_a_waiting_list(house: House, browser: Browser) -> None:
    soup = plan(house, capacity=2)
    [invitation] = house.invite(soup.id, (2, 0))
    house.say(invitation, "accepted")
    assert "Full: waiting list" in words(browser.get("/").text)


def test_what_was_called_off_is_still_listed_as_such(house: House, browser: Browser) -> None:
    soup = plan(house)
    house.do(soup.id, gatherings.cancel, "No heating")
    said = words(browser.get("/").text)
    assert "Soup & Stories" in said
    assert "Cancelled" in said


def test_the_public_calendar_is_offered_beside(house: House, browser: Browser) -> None:
    page = browser.get("/").text
    slug = house.owner.organization.slug
    assert f"webcal://127.0.0.1:8000/calendars/public/{slug}.ics" in page
    assert f'value="http://127.0.0.1:8000/calendars/public/{slug}.ics"' in page
    assert "calendar.google.com/calendar/render?cid=" in page
    assert 'href="/link"' in page
    assert 'href="/sign-in"' in page


def test_topics_filter_the_list_and_offer_a_calendar_of_their_own(house: House, browser: Browser) -> None:
    plan(house, title="Planting", topics=["Garden", "Food & drink"])
    plan(house, title="Stories", topics=["Reading"])
    plan(house, Visibility.UNLISTED, title="By address", topics=["Secret"])
    page = browser.get("/?lang=en")
    links = re.search(r'<nav class="filters".*?</nav>', page.text, re.DOTALL)
    assert links
    assert re.findall(r'href="([^"]+)"( aria-current="true")?>([^<]+)<', links[0]) == [
        ("/?lang=en", ' aria-current="true"', "Everything"),
        ("/?topic=Food+%26+drink&amp;lang=en", "", "Food &amp; drink"),
        ("/?topic=Garden&amp;lang=en", "", "Garden"),
        ("/?topic=Reading&amp;lang=en", "", "Reading"),
    ]
    page = browser.get("/?topic=garden")
    said = words(page.text)
    assert "Planting" in said and "Stories" not in said
    assert "new events about “Garden” appear" in said
    assert re.search(r'value="http[^"]+/calendars/public/hill-centre.ics\?topic=Garden"', page.text)


def test_a_topic_whose_events_are_over_says_so_and_any_other_word_is_no_filter(
    house: House, browser: Browser
) -> None:
    plan(house, title="Stories", topics=["Reading"])
    past = plan(house, title="Planting", topics=["Garden"])
    house.change(past.id, starts_at=START - timedelta(days=90), ends_at=START - timedelta(days=89))
    assert "Nothing about “Garden” is planned just now" in words(browser.get("/?topic=Garden").text)
    said = words(browser.get("/?topic=Evil").text)
    assert "Stories" in said and "Evil" not in said


def test_where_nothing_has_a_topic_no_filter_is_shown(house: House, browser: Browser) -> None:
    plan(house)
    assert "filters" not in browser.get("/").text


def test_without_events_the_page_says_what_will_be_here(house: House, browser: Browser) -> None:
    assert "Nothing is planned in public just now" in words(browser.get("/").text)


def test_a_new_installation_has_a_page_too(sqlite_database: Database, browser: Browser) -> None:
    assert "Nothing is set up yet" in words(browser.get("/").text)
    assert browser.get("/privacy").status_code == 200
    assert browser.get("/link").status_code == 200


def test_several_organisations_are_listed_by_name(house: House, browser: Browser) -> None:
    with house.database.writing() as session:
        other = accounts.found_organization(session, "City Clinic", "owner@clinic.test")
    plan(house)
    page = browser.get("/")
    said = words(page.text)
    assert said.index("Hill Centre") < said.index("Soup & Stories") < said.index("City Clinic")
    own = browser.get(f"/o/{other.organization.slug}")
    assert own.status_code == 200
    assert "Soup" not in own.text
    assert browser.get("/o/nobody").status_code == 404
    assert browser.get("/privacy").text.count('href="/privacy/') == 2


# An event's page


def test_an_event_s_page_says_when_where_and_whom_to_ask(house: House, browser: Browser) -> None:
    soup = plan(house, capacity=60, venue="Garden Room", description="We cook **soups**.")
    page = browser.get(f"/e/{soup.slug}")
    said = words(page.text)
    assert page.status_code == 200
    assert "Thursday 18 March 2027, 17:30 to 19:30, Berlin time" in said
    assert "60 of 60 places are free" in said
    assert "2 hours, ends at 19:30." in said
    assert "Hanna Brandt, 030 555 01 23" in said
    assert "<strong>soups</strong>" in page.text
    assert f'href="/e/{soup.slug}.ics"' in page.text
    assert '<meta property="og:title" content="Soup &amp; Stories">' in page.text
    preview = "Thursday 18 March 2027, 17:30 to 19:30, Berlin time · Garden Room"
    assert f'<meta property="og:description" content="{preview}">' in page.text
    assert "noindex" not in page.text


def test_everybody_chooses_what_the_public_calendar_brings(house: House, browser: Browser) -> None:
    plan(house)
    with house.database.writing() as session:
        session.get_one(Organization, house.owner.organization_id).languages = ["en", "es"]
    slug = house.owner.organization.slug
    assert f'href="/o/{slug}/calendar"' in browser.get("/").text
    page = browser.get(f"/o/{slug}/calendar").text
    assert feed_path(page) == f"/calendars/public/{slug}.ics"
    assert "Google: up to a day" in words(page)
    assert "What is urgent also comes by mail" not in words(page), "nobody knows their address"
    assert 'name="only"' not in page and "<svg" in page
    chosen = feed_path(browser.get(f"/o/{slug}/calendar?alarm=180&language=es").text)
    assert chosen == f"/calendars/public/{slug}.ics?alarm=180&lang=es"
    calendar = browser.get(chosen).text.replace("\r\n ", "")
    assert "TRIGGER:-PT180M" in calendar and "X-WR-CALDESC:Eventos públicos" in calendar
    assert browser.get("/o/elsewhere/calendar").status_code == 404
    assert browser.head(f"/o/{slug}/calendar").status_code == 200


def test_who_reads_in_another_language_is_offered_the_calendar_in_it(house: House, browser: Browser) -> None:
    with house.database.writing() as session:
        session.get_one(Organization, house.owner.organization_id).languages = ["en", "es"]
    own = f"/o/{house.owner.organization.slug}"
    assert f'href="{own}/calendar?lang=es"' in browser.get("/?lang=es").text
    for path in ("/?lang=es", own + "?lang=es", own + "/calendar?lang=es"):
        assert feed_path(browser.get(path).text).endswith(".ics?lang=es")
    english = browser.get(own + "/calendar?lang=es&alarm=&language=en").text
    assert '<html lang="es"' in english
    assert feed_path(english).endswith(".ics")


def test_the_public_calendar_is_chosen_by_topic_too(house: House, browser: Browser) -> None:
    plan(house, title="Planting", topics=["Garden"])
    plan(house, title="Stories", topics=["Reading"])
    own = f"/o/{house.owner.organization.slug}/calendar"
    assert f'href="{own}?topic=Garden"' in browser.get("/?topic=garden").text
    page = browser.get(own + "?topic=garden&alarm=60").text
    assert "new events about “Garden” appear" in words(page)
    assert '<option value="Garden" selected>' in page and '<option value="Reading">' in page
    chosen = browser.get(feed_path(page))
    assert chosen.text.count("BEGIN:VEVENT") == chosen.text.count("BEGIN:VALARM") == 1
    assert "Planting" in chosen.text
    assert feed_path(browser.get(own + "?topic=Evil&only=accepted&link=1").text).endswith(".ics")
    assert feed_path(browser.get("/?topic=Garden").text).endswith(".ics?topic=Garden")


def test_the_calendar_file_lies_beside_the_page(house: House, browser: Browser) -> None:
    soup = plan(house)
    file = browser.get(f"/e/{soup.slug}.ics")
    assert file.headers["content-type"].startswith("text/calendar")
    assert file.text.startswith("BEGIN:VCALENDAR")


def test_how_the_evening_goes_stands_between_what_and_good_to_know(house: House, browser: Browser) -> None:
    parts = [Part(minutes=0, title="Hello", led_by="Folake, parent of 2b"), Part(minutes=45, title="Soup")]
    soup = plan(house, description="Bring slippers.", programme=parts, topics=["Food & drink"])
    page = browser.get(f"/e/{soup.slug}")
    assert (
        "Bring slippers. How the evening goes 17:30 Hello Folake, parent of 2b 18:15 Soup 19:30 End, on time "
        "Good to know" in words(page.text)
    )
    assert 'More about: <a href="/?topic=Food+%26+drink">Food &amp; drink</a>' in page.text
    assert "Así será la velada" in words(browser.get(f"/e/{soup.slug}?lang=es").text)
    house.do(soup.id, gatherings.cancel, "No stove")
    assert "Hello" not in browser.get(f"/e/{soup.slug}").text


def test_who_has_the_address_sees_an_unlisted_event(house: House, browser: Browser) -> None:
    soup = plan(house, Visibility.UNLISTED)
    page = browser.get(f"/e/{soup.slug}")
    assert page.status_code == 200
    assert '<meta name="robots" content="noindex">' in page.text


@pytest.mark.parametrize("fields", [{"visibility": Visibility.INVITED}, {"publish": False}])
def test_guests_only_and_drafts_open_to_those_who_plan_them(
    house: House, browser: Browser, fields: dict[str, Any]
) -> None:
    soup = plan(house, **fields)
    assert browser.get(f"/e/{soup.slug}").status_code == 404
    hidden = browser.get(f"/e/{soup.slug}").text
    assert hidden.replace(soup.slug, "never-was") == browser.get("/e/never-was").text
    sign_in(house, browser)
    assert browser.get(f"/e/{soup.slug}").status_code == 200


def test_a_coordinator_of_another_organisation_does_not_see_it(house: House, browser: Browser) -> None:
    soup = plan(house, Visibility.INVITED)
    with house.database.writing() as session:
        other = accounts.found_organization(session, "City Clinic", "owner@clinic.test")
    sign_in(house, browser, other)
    assert browser.get(f"/e/{soup.slug}").status_code == 404


def test_a_cancelled_event_says_why_and_a_held_one_that_it_is_over(house: House, browser: Browser) -> None:
    soup, walk = plan(house), plan(house, title="Lantern walk")
    house.do(soup.id, gatherings.cancel, "The heating has failed.")
    house.do(walk.id, gatherings.hold)
    page = browser.get(f"/e/{soup.slug}")
    assert "Soup & Stories will not take place" in words(page.text)
    assert "The heating has failed." in words(page.text)
    assert "Cancelled: Thursday 18 March 2027" in page.text
    assert "This event is over." in words(browser.get(f"/e/{walk.slug}").text)


def test_head_answers_as_get(house: House, browser: Browser) -> None:
    soup = plan(house)
    for path in ("/", f"/e/{soup.slug}", "/link", "/privacy", f"/privacy/{house.owner.organization.slug}"):
        assert browser.head(path).status_code == browser.get(path).status_code == 200
    assert browser.head("/e/never-was").status_code == 404


# What is kept


def test_the_privacy_page_says_how_long_and_whom_to_ask(house: House, browser: Browser) -> None:
    said = words(browser.get(f"/privacy/{house.owner.organization.slug}").text)
    assert "until you ask us to erase them" in said
    assert "Ask: Hanna Brandt 030 555 01 23" in said
    assert browser.get("/privacy/nobody").status_code == 404


def test_one_day_of_a_series_says_how_it_repeats_and_offers_all_of_them(house: House, browser: Browser) -> None:
    made = house.repeat("FREQ=WEEKLY;BYDAY=TH;COUNT=3", visibility=Visibility.PUBLIC)
    with house.database.reading() as session:
        first = series.occurrences(session, made)[0]
    page = browser.get(f"/e/{first.slug}").text
    assert "Every week (Thursday), 3 times" in words(page)
    assert f'href="/series/{made.slug}.ics"' in page
    assert "one or the other" in words(page)
    assert "BEGIN:VEVENT" in browser.get(f"/series/{made.slug}.ics").text
    assert "It repeats" not in browser.get(f"/e/{plan(house).slug}").text
