"""A family's and a professional's way: the question, the answer, what was saved."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from litestar import Litestar
from litestar.testing import TestClient

from events.log import LogEntry
from planner.calendars.models import Feed
from planner.gatherings import actions as gatherings
from planner.gatherings.programme import Part
from planner.invitations import actions as invitations
from planner.invitations import letters
from planner.invitations.models import Invitation, Question
from planner.parties.actions import PartyFields
from planner.parties.models import Kind
from planner.rsvps.models import Rsvp, Source
from planner.series import actions as series
from planner.web import FOLDER
from tests.pages.conftest import Links, words
from tests.rules.conftest import START, House

Browser = TestClient[Litestar]
NOW = datetime(2027, 3, 1, 8, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def march() -> Any:
    """The first of March 2027, 09:12 in Berlin."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def invite_okafor(house: House, **fields: Any) -> tuple[uuid.UUID, uuid.UUID]:
    """A gathering and the Okafor household's invitation to it."""
    gathering_id = house.plan(**fields)
    okafor = PartyFields(kind=Kind.HOUSEHOLD, name="Okafor", email="amina@families.test", adults=2, children=3)
    return gathering_id, house.ask(gathering_id, [okafor])[0].id


def checked(html: str) -> list[str]:
    """Which answers are ticked."""
    return re.findall(r'name="answer" value="(\w+)" checked', html)


def answers(house: House) -> list[Rsvp]:
    with house.database.reading() as session:
        return list(session.scalars(sa.select(Rsvp)))


# The question


def test_how_it_goes_is_folded_below_the_question_and_what_was_saved(
    house: House, browser: Browser, link: Links
) -> None:
    parts = [Part(minutes=45, title="Soup", led_by="Rania Haddad")]
    _, okafor = invite_okafor(house, programme=parts)
    folded = "<details><summary>How the evening goes</summary>"
    page = browser.get(link(okafor)).text
    assert page.index('name="answer"') < page.index(folded) < page.index("Rania Haddad")
    house.say(okafor, "accepted", adults=2, children=3)
    page = browser.get(link(okafor)).text
    assert page.index("You are coming") < page.index(folded) < page.index("Rania Haddad")
    assert "Así será la velada" in browser.get(link(okafor) + "?lang=es").text


def test_the_question_is_on_the_page_for_the_household_with_its_numbers(
    house: House, browser: Browser, link: Links
) -> None:
    _, okafor = invite_okafor(house, venue="Garden Room, Lindenweg 12", description="We cook **three** soups.")
    page = browser.get(link(okafor))
    said = words(page.text)
    assert page.status_code == 200
    assert "For the Okafor household. Not you?" in said
    assert "Thursday 18 March 2027 17:30 to 19:30, Berlin time Garden Room, Lindenweg 12" in said
    assert checked(page.text) == []
    assert re.findall(r'name="(adults|children)"[^>]*value="(\d)"', page.text) == [
        ("adults", "2"),
        ("children", "3"),
    ]
    assert "<strong>three</strong>" in page.text
    assert "2 hours" in said
    assert "Ask Hanna Brandt: 030 555 01 23 or reply to our mail" in said
    assert "https://www.openstreetmap.org/search?query=Garden%20Room%2C%20Lindenweg%2012" in page.text


def test_a_page_with_its_styles_weighs_less_than_30_kilobytes(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house, venue="Garden Room")
    css = len((FOLDER / "static" / "planner.css").read_bytes())
    assert len(browser.get(link(okafor)).content) + css < 30_000
    browser.post(link(okafor), data={"answer": "accepted"})
    assert len(browser.get(link(okafor)).content) + css < 30_000


def test_a_token_page_is_kept_by_nobody_and_sets_no_cookie(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house)
    page = browser.get(link(okafor))
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]
    assert "set-cookie" not in page.headers
    assert "no-referrer" not in page.text.replace('rel="noopener noreferrer"', "")
    assert "og:" not in page.text
    assert "Okafor" not in page.text.split("</head>")[0]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("query", ["", "?answer=accepted", "?answer=declined", "?change=1", "?answer=%00&lang=xx"])
def test_opening_a_link_changes_nothing(
    house: House, browser: Browser, link: Links, method: str, query: str
) -> None:
    _, okafor = invite_okafor(house)
    assert browser.request(method, link(okafor) + query).status_code == 200
    assert answers(house) == []
    house.say(okafor, "accepted", adults=2, children=3)
    with house.database.reading() as session:
        logged = session.scalar(sa.select(sa.func.count()).select_from(LogEntry))
    assert browser.request(method, link(okafor) + query).status_code == 200
    assert house.rsvp(okafor).answer == "accepted"
    with house.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(LogEntry)) == logged


def test_the_answer_chosen_in_the_mail_is_ticked_and_counts_only_once_saved(
    house: House, browser: Browser, link: Links
) -> None:
    _, okafor = invite_okafor(house)
    page = browser.get(link(okafor) + "?answer=tentative")
    assert checked(page.text) == ["tentative"]
    assert "You chose Maybe in our mail. It counts once you save." in words(page.text)
    assert answers(house) == []


def test_a_mail_opened_again_says_what_is_saved(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house)
    house.say(okafor, "accepted", adults=2, children=3)
    assert "You are coming" in words(browser.get(link(okafor) + "?answer=accepted").text)
    other = browser.get(link(okafor) + "?answer=declined")
    assert checked(other.text) == ["declined"]
    assert "So far you had said: Yes for 2 adults and 3 children." in words(other.text)


# Saving


def test_a_yes_is_saved_with_one_press_and_the_page_says_what_and_when(
    house: House, browser: Browser, link: Links
) -> None:
    _, okafor = invite_okafor(house)
    sent = browser.post(
        link(okafor), data={"answer": "accepted", "adults": "1", "children": "2", "note": "We bring a cake."}
    )
    assert (sent.status_code, sent.headers["location"]) == (303, link(okafor))
    page = browser.get(link(okafor))
    said = words(page.text)
    assert 'role="status"' in page.text
    assert "Saved today, 09:12" in said
    assert "You are coming" in said
    assert "1 adult, 2 children" in said
    assert "“We bring a cake.”" in said
    assert "a⁠…⁠a@families.test" in said
    assert 'height="96"' in page.text
    rsvp = house.rsvp(okafor)
    assert (rsvp.adults, rsvp.children, rsvp.source, rsvp.seats_held) == (1, 2, "link", 3)


def test_the_saved_page_offers_the_file_and_the_subscription(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house)
    browser.post(link(okafor), data={"answer": "accepted"})
    page = browser.get(link(okafor)).text
    assert f'href="{link(okafor)}/event.ics"' in page
    assert "webcal://127.0.0.1:8000/calendars/" in page
    assert "https://calendar.google.com/calendar/render?cid=webcal" in page
    assert "Google: up to a day" in page
    assert "<svg" in page.split('class="qr"')[1]


def test_a_party_gets_its_calendar_with_its_answer_or_when_it_first_looks(
    house: House, browser: Browser, link: Links
) -> None:
    _, okafor = invite_okafor(house)
    house.say(okafor, "accepted", source=Source.DESK)
    first = browser.get(link(okafor)).text
    assert browser.get(link(okafor)).text == first
    with house.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Feed)) == 1


def test_numbers_that_are_not_named_are_those_expected(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house)
    browser.post(link(okafor), data={"answer": "accepted", "adults": ""})
    assert (house.rsvp(okafor).adults, house.rsvp(okafor).children) == (2, 3)


def test_a_no_needs_no_numbers_and_no_reason(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house)
    sent = browser.post(link(okafor), data={"answer": "declined", "adults": "many", "children": "-7"})
    assert sent.status_code == 303
    page = browser.get(link(okafor))
    assert "Not this time. Thank you for telling us." in words(page.text)
    assert "You need give no reason." in words(page.text)
    assert "/calendars/" not in page.text


def test_a_maybe_is_told_that_it_keeps_no_seats(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house)
    browser.post(link(okafor), data={"answer": "tentative"})
    assert "A maybe keeps no seats." in words(browser.get(link(okafor)).text)


def test_a_changed_mind_finds_the_answer_in_the_form(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house)
    house.say(okafor, "accepted", adults=1, children=1, note="With grandmother")
    page = browser.get(link(okafor) + "?change=1")
    assert checked(page.text) == ["accepted"]
    assert re.findall(r'name="(adults|children)"[^>]*value="(\d)"', page.text) == [
        ("adults", "1"),
        ("children", "1"),
    ]
    assert "With grandmother</textarea>" in page.text


def test_the_language_that_was_chosen_stays(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house)
    page = browser.get(link(okafor) + "?lang=en")
    assert f'action="{link(okafor)}?lang=en"' in page.text
    sent = browser.post(link(okafor) + "?lang=en", data={"answer": "accepted"})
    assert sent.headers["location"] == f"{link(okafor)}?lang=en"


# What is wrong


def test_coming_with_nobody_is_refused_at_the_field_and_the_words_stay(
    house: House, browser: Browser, link: Links
) -> None:
    _, okafor = invite_okafor(house)
    page = browser.post(
        link(okafor), data={"answer": "accepted", "adults": "0", "children": "0", "note": "Grandmother <3"}
    )
    assert page.status_code == 422
    assert page.text.index('id="errors"') < page.text.index("<h1>")
    assert '<a href="#adults">Say how many of you come: at least one person.</a>' in page.text
    assert 'aria-invalid="true"' in page.text
    assert checked(page.text) == ["accepted"]
    assert re.findall(r'name="(adults|children)"[^>]*value="(\d)"', page.text) == [
        ("adults", "0"),
        ("children", "0"),
    ]
    assert "Grandmother &lt;3</textarea>" in page.text
    assert answers(house) == []


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"answer": ""},
        {"answer": "perhaps"},
        {"answer": "accepted", "adults": "two"},
        {"answer": "accepted", "adults": "+-2"},
        {"answer": "accepted", "adults": "2.5"},
        {"answer": "accepted", "adults": "²"},
        {"answer": "accepted", "adults": "-1"},
        {"answer": "accepted", "children": "99999999999999999999"},
        {"answer": "accepted", "adults": "201"},
        {"answer": "tentative", "note": "n" * 2001},
    ],
)
def test_what_cannot_be_used_is_a_422_and_saves_nothing(
    house: House, browser: Browser, link: Links, form: dict[str, str]
) -> None:
    _, okafor = invite_okafor(house)
    page = browser.post(link(okafor), data={"note": "Hello there", **form})
    assert page.status_code == 422
    assert form.get("note", "Hello there") in page.text
    assert answers(house) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"answer",
        b"answer=accepted&answer=declined&adults=1&adults=%00",
        b"\xff\xfe=%ff&answer=%ed%a0%80",
        b'{"answer": "accepted"}',
        b"answer=accepted&note=" + b"a" * 1_000_000,
        b"answer=accepted&note=%ED%A0%80%00ok&adults=1&children=0",
        b"&&&==%%%",
    ],
)
def test_no_body_breaks_the_page(house: House, browser: Browser, link: Links, body: bytes) -> None:
    _, okafor = invite_okafor(house)
    for path in ("", "/question", "/not-us"):
        sent = browser.post(
            link(okafor) + path, content=body, headers={"content-type": "application/x-www-form-urlencoded"}
        )
        assert sent.status_code < 500


def test_a_form_of_another_site_is_refused(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house)
    sent = browser.post(link(okafor), data={"answer": "accepted"}, headers={"origin": "https://evil.test"})
    assert sent.status_code == 403
    assert answers(house) == []


# Seats


def test_a_full_evening_says_what_a_yes_means(house: House, browser: Browser, link: Links) -> None:
    gathering_id, okafor = invite_okafor(house, capacity=4)
    [other] = house.invite(gathering_id, (2, 2))
    house.say(other, "accepted")
    said = words(browser.get(link(okafor)).text)
    assert "Yes, we will wait" in said
    assert "All seats are taken. If you say yes, you are on the waiting list" in said


def test_too_few_seats_are_said_before_answering(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house, capacity=3)
    assert "3 seats are free. If you are more, you wait together" in words(browser.get(link(okafor)).text)


def test_a_waiting_household_sees_its_place_and_that_it_stays_together(
    house: House, browser: Browser, link: Links, march: time_machine.Traveller
) -> None:
    gathering_id, okafor = invite_okafor(house, capacity=8)
    for party in house.invite(gathering_id, (5, 0), (4, 0), (2, 3)):
        house.say(party, "accepted")
    march.shift(60)
    browser.post(link(okafor), data={"answer": "accepted"})
    page = browser.get(link(okafor))
    said = words(page.text)
    assert "You are third in line." in said
    assert "2 parties are before you." in said
    assert "You stay together. 3 seats are free and you are 5. As soon as 5 are free, you have them" in said
    assert "Yes, waiting" in said
    assert page.text.split('class="queue"')[1].split("</p>")[0].count("<svg") == 3


def test_no_seats_are_promised_to_more_people_than_there_are_seats_in_all(
    house: House, browser: Browser, link: Links
) -> None:
    _, okafor = invite_okafor(house, capacity=3)
    browser.post(link(okafor), data={"answer": "accepted"})
    said = words(browser.get(link(okafor)).text)
    assert "There are 3 seats in all and you are 5. Come with fewer, or ask the hosts." in said
    assert "you have them" not in said


def test_leaving_the_waiting_list_is_one_press(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house, capacity=3)
    browser.post(link(okafor), data={"answer": "accepted"})
    page = browser.get(link(okafor)).text
    assert 'name="answer" value="declined"' in page
    assert "Leave the waiting list" in page
    browser.post(link(okafor), data={"answer": "declined"})
    assert not house.rsvp(okafor).waits


def test_who_asks_for_more_seats_than_there_are_keeps_its_answer(
    house: House, browser: Browser, link: Links
) -> None:
    _, okafor = invite_okafor(house, capacity=5)
    house.say(okafor, "accepted", adults=2, children=3)
    page = browser.post(link(okafor), data={"answer": "accepted", "adults": "3", "children": "3"})
    assert page.status_code == 422
    assert "You could have 5 seats in all. Your answer stays as it was." in words(page.text)
    assert house.rsvp(okafor).adults == 2


# Where the gathering stands


@pytest.mark.parametrize(
    ("moves", "said"),
    [
        ([{"days": 7}], "The day has changed."),
        ([{"hours": 1}], "The time has changed."),
        ([{"venue": "Library"}], "The place has changed."),
        ([{"days": 7, "venue": "Library"}], "The day and the place have changed."),
        ([{"hours": 1}, {"venue": "Library"}], "The time and the place have changed."),
        ([{"venue": "Library"}, {"venue": "Garden Room"}], "It was moved, and is now as it was before."),
    ],
)
def test_after_a_move_the_page_says_what_is_another_since_they_answered(
    house: House, browser: Browser, link: Links, moves: list[dict[str, Any]], said: str
) -> None:
    gathering_id, okafor = invite_okafor(house, venue="Hall")
    # Before their answer: what they knew is what counts.
    house.change(gathering_id, venue="Garden Room")
    house.say(okafor, "accepted", adults=2, children=3)
    for move in moves:
        start = START + timedelta(days=move.get("days", 0), hours=move.get("hours", 0))
        moved = {"venue": move["venue"]} if "venue" in move else {}
        if move.keys() & {"days", "hours"}:
            moved |= {"starts_at": start, "ends_at": start + timedelta(hours=2)}
        house.change(gathering_id, **moved)
    assert said in words(browser.get(link(okafor)).text)
    house.say(okafor, "accepted", adults=2, children=3)
    assert said not in words(browser.get(link(okafor)).text)


def test_after_a_move_the_old_answer_is_said_and_asked_anew(house: House, browser: Browser, link: Links) -> None:
    gathering_id, okafor = invite_okafor(house)
    house.say(okafor, "accepted", adults=2, children=3)
    house.change(gathering_id, starts_at=START + timedelta(days=7), ends_at=START + timedelta(days=7, hours=2))
    page = browser.get(link(okafor))
    said = words(page.text)
    assert "Before that you had said: Yes for 2 adults and 3 children. Please say whether it is still so." in said
    assert "Your seats are kept until then." in said
    assert "Thursday 25 March 2027" in said
    browser.post(link(okafor), data={"answer": "accepted"})
    assert "You are coming" in words(browser.get(link(okafor)).text)


def test_who_says_no_is_offered_what_else_is_on_but_not_what_they_are_invited_to(
    house: House, browser: Browser, link: Links
) -> None:
    _evening, okafor = invite_okafor(house)
    invite_okafor(house, title="Pumpkin walk", visibility="public")
    house.plan(title="Choir", visibility="public")
    house.say(okafor, "declined")
    said = words(browser.get(link(okafor)).text)
    assert "Also coming up Choir" in said
    assert "Pumpkin walk" not in said


def test_a_cancelled_evening_says_why_and_takes_no_answer(house: House, browser: Browser, link: Links) -> None:
    gathering_id, okafor = invite_okafor(house)
    house.say(okafor, "accepted")
    house.do(gathering_id, gatherings.cancel, "The heating has failed. I am sorry.")
    page = browser.get(link(okafor))
    said = words(page.text)
    assert page.status_code == 200
    assert "Soup & Stories will not take place" in said
    assert "The heating has failed. I am sorry. Hanna Brandt" in said
    assert "Thank you for having said yes." in said
    assert "band cancelled" in page.text
    sent = browser.post(link(okafor), data={"answer": "declined"})
    assert sent.status_code == 409
    assert "will not take place" in words(sent.text)
    assert house.rsvp(okafor).answer == "accepted"


def test_after_it_was_held_the_link_leads_to_thanks_and_feedback(
    house: House, browser: Browser, link: Links
) -> None:
    gathering_id, okafor = invite_okafor(house)
    house.say(okafor, "accepted")
    house.do(gathering_id, gatherings.hold)
    page = browser.get(link(okafor)).text
    assert "Thank you for coming" in words(page)
    assert f'href="{link(okafor)}/thanks"' in page
    assert f'href="{link(okafor)}/feedback"' in page
    assert browser.post(link(okafor), data={"answer": "declined"}).status_code == 409


def test_a_draft_is_not_open_yet(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house, publish=False)
    page = browser.get(link(okafor))
    assert "This invitation is not open yet" in words(page.text)
    assert "Soup" not in page.text
    assert browser.post(link(okafor), data={"answer": "accepted"}).status_code == 409


def test_after_the_answer_by_time_the_hosts_are_to_be_asked(
    house: House, browser: Browser, link: Links, march: time_machine.Traveller
) -> None:
    gathering_id, okafor = invite_okafor(house, answer_by=NOW + timedelta(days=3))
    [other] = house.invite(gathering_id, (1, 0))
    house.say(other, "accepted")
    assert "Please answer by Thursday 4 March 2027, 09:12." in words(browser.get(link(okafor)).text)
    march.move_to(NOW + timedelta(days=4))
    assert "Would you still like to come? Please ring Hanna Brandt" in words(browser.get(link(okafor)).text)
    assert browser.post(link(okafor), data={"answer": "accepted"}).status_code == 409
    saved = browser.get(link(other) + "?change=1").text
    assert "You are coming" in words(saved)
    assert "Change our answer" not in saved


@pytest.mark.parametrize("how", ["unknown", "cut", "withdrawn", "renewed", "long past"])
def test_dead_links_look_alike_and_offer_the_link_again(
    house: House, browser: Browser, link: Links, march: time_machine.Traveller, how: str
) -> None:
    _, okafor = invite_okafor(house)
    path = link(okafor)
    if how == "unknown":
        path = "/r/" + "A" * 43
    elif how == "cut":
        path = path[:-5]
    elif how == "long past":
        march.move_to(START + timedelta(days=91))
    else:
        with house.database.writing() as session:
            end = invitations.withdraw if how == "withdrawn" else invitations.renew_link
            end(session, session.get_one(Invitation, okafor))
    never = browser.get("/r/never-was").text
    for page, at in (
        (browser.get(path), path),
        (browser.post(path, data={"answer": "accepted"}), path),
        (browser.get(path + "/question"), path + "/question"),
    ):
        # The other languages lead to the address that was asked for.
        assert (page.status_code, page.text.replace(f"{at}?lang=", "/r/never-was?lang=")) == (404, never)
    assert 'action="/link"' in never
    assert "030 555 01 23" in words(never)
    assert browser.head(path).status_code == 404


# Professionals


def test_a_professional_answers_alone_and_without_numbers(house: House, browser: Browser, link: Links) -> None:
    gathering_id = house.plan()
    kim = PartyFields(kind=Kind.PROFESSIONAL, name="Ji-woo Kim", email="kim@city.test")
    [invitation] = house.ask(gathering_id, [kim])
    page = browser.get(link(invitation.id)).text
    said = words(page)
    assert "For Ji-woo Kim. Not you?" in said
    assert "Yes, I will come" in said
    assert "Save my answer" in said
    assert 'name="adults"' not in page
    browser.post(link(invitation.id), data={"answer": "accepted", "note": ""})
    assert house.rsvp(invitation.id).seats_held == 1
    said = words(browser.get(link(invitation.id)).text)
    assert "Change my answer" in said
    assert "People" not in said


# Questions, and links in wrong hands


def test_a_question_reaches_the_coordinator_alone_and_is_thanked_for(
    house: House, browser: Browser, link: Links
) -> None:
    _, okafor = invite_okafor(house)
    sent = browser.post(link(okafor) + "/question", data={"words": "Is there a lift?"})
    assert (sent.status_code, sent.headers["location"]) == (303, link(okafor) + "/question")
    said = words(browser.get(link(okafor) + "/question").text)
    assert "Your question is with Hanna Brandt" in said
    assert "Is there a lift?" in said
    assert "Is there a lift?" not in browser.get(link(okafor)).text
    assert len(house.log("QuestionAsked")) == 1


@pytest.mark.parametrize("asked", ["", "  \n ", "q" * 2001])
def test_a_question_that_cannot_be_used_comes_back_with_its_words(
    house: House, browser: Browser, link: Links, asked: str
) -> None:
    _, okafor = invite_okafor(house)
    page = browser.post(link(okafor) + "/question", data={"words": asked})
    assert page.status_code == 422
    assert asked.strip() in page.text


def test_too_many_questions_are_refused_and_kept_in_the_box(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house)
    for number in range(letters.QUESTIONS_A_DAY):
        browser.post(link(okafor) + "/question", data={"words": f"Question {number}"})
    page = browser.post(link(okafor) + "/question", data={"words": "One more"})
    assert page.status_code == 429
    assert "One more</textarea>" in page.text


def test_not_us_tells_the_coordinator_and_answers_nothing(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house)
    page = browser.get(link(okafor) + "/not-us")
    assert "This is not us, tell the hosts" in words(page.text)
    with house.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Question)) == 0
    sent = browser.post(link(okafor) + "/not-us")
    assert sent.status_code == 303
    assert "We have told the hosts" in words(browser.get(sent.headers["location"]).text)
    with house.database.reading() as session:
        assert "this is not us" in session.scalars(sa.select(Question.words)).one()
    assert answers(house) == []


def test_people_s_words_are_escaped_and_names_isolated(house: House, browser: Browser, link: Links) -> None:
    gathering_id = house.plan(
        title="<b>Soup</b>", description="[x](javascript:alert(1)) <script>alert(1)</script>"
    )
    bold = PartyFields(kind=Kind.HOUSEHOLD, name="<i>Nguyễn & Söhne</i>", email="n@families.test")
    [invitation] = house.ask(gathering_id, [bold])
    page = browser.get(link(invitation.id)).text
    assert "<bdi>&lt;i&gt;Nguyễn &amp; Söhne&lt;/i&gt;</bdi> household" in page
    assert "<b>Soup" not in page
    assert "<script>" not in page
    assert 'href="javascript' not in page


# The link again


def test_the_link_is_sent_again_and_nobody_learns_who_is_invited(
    house: House, browser: Browser, link: Links
) -> None:
    invite_okafor(house)
    assert browser.get("/link").status_code == 200
    known = browser.post("/link", data={"email": "Amina@Families.test"})
    unknown = browser.post("/link", data={"email": "nobody@families.test"})
    assert (known.status_code, known.headers["location"]) == (303, unknown.headers["location"])
    assert "If we know the address, your links are on their way" in words(browser.get("/link?sent=1").text)
    assert len(house.log("LinkSentAgain")) == 1


@pytest.mark.parametrize("address", ["", "amina@", "a@b\r\nBcc: c@d", "x" * 5000])
def test_an_address_that_is_none_is_said_at_the_field(house: House, browser: Browser, address: str) -> None:
    page = browser.post("/link", data={"email": address})
    assert page.status_code == 422
    assert 'id="email-error"' in page.text


# Days of a series


def ask_okafor_to_all(house: House) -> list[Invitation]:
    """The Okafor household's invitations to four evenings."""
    made = house.repeat()
    okafor = PartyFields(kind=Kind.HOUSEHOLD, name="Okafor", email="amina@families.test", adults=2, children=3)
    with house.database.writing() as session:
        first, *others = series.occurrences(session, made, lock=True)
        return invitations.invite(session, first, [okafor], others=others)


def test_the_page_of_a_day_leads_to_the_others_with_their_answers(
    house: House, browser: Browser, link: Links
) -> None:
    first, second, third, last = ask_okafor_to_all(house)
    house.say(third.id, "accepted", adults=2, children=1)
    page = browser.get(link(first.id))
    assert "Your 3 other days" in words(page.text)
    assert "Thursday 1 April 2027 Yes" in words(page.text)
    assert link(last.id) in page.text
    assert page.text.count(f'href="{link(first.id)}"') == 0
    browser.post(link(first.id), data={"answer": "declined"})
    saved = browser.get(link(first.id)).text
    assert "Thank you for telling us. Soup & Stories Thursday 18 March 2027" in words(saved)
    assert "Answer for Thursday 25 March" in words(saved)
    assert link(second.id) in saved


def test_an_event_that_does_not_repeat_has_no_other_days(house: House, browser: Browser, link: Links) -> None:
    _, okafor = invite_okafor(house)
    assert "other day" not in words(browser.get(link(okafor)).text)


def test_a_link_that_reached_a_stranger_dies_with_those_of_the_other_days(
    house: House, browser: Browser, link: Links
) -> None:
    first, second, *_rest = ask_okafor_to_all(house)
    old = link(second.id)
    with house.database.writing() as session:
        invitations.renew_link(session, session.get_one(Invitation, first.id))
    assert browser.get(old).status_code == 404
    with house.database.reading() as session:
        assert session.get_one(Invitation, second.id).link_version == 2


# One answer to several days


def boxes(html: str, said: str = "unanswered") -> list[str]:
    """The other days that a page offers together, of which that was said so far."""
    return re.findall(rf'name="day-{said}" value="([^"]+)"', html)


def a_yes_to_all(browser: Browser, path: str) -> dict[str, Any]:
    """The form for one adult on this and all other days that have no answer."""
    days = boxes(browser.get(path).text)
    return {"answer": "accepted", "adults": "1", "same-unanswered": "yes", "day-unanswered": days}


def test_a_household_answers_for_all_its_days_at_once_and_the_page_says_what_came_of_each(
    house: House, browser: Browser, link: Links
) -> None:
    asked = ask_okafor_to_all(house)
    house.change(asked[2].gathering_id, capacity=2)
    page = browser.get(link(asked[0].id)).text
    assert "The same for 3 other days Thursday 25 March to Thursday 8 April 2027" in words(page)
    assert boxes(page) == [str(one.id) for one in asked[1:]]
    form = {
        "answer": "accepted",
        "adults": "2",
        "children": "1",
        "same-unanswered": "yes",
        "day-unanswered": boxes(page),
    }
    for _press in range(2):
        saved = browser.post(link(asked[0].id), data=form, follow_redirects=True)
        assert saved.url.path == link(asked[0].id)
        said = words(saved.text)
        assert "Saved for 4 days" in said
        assert "Yes: Thursday 18 March, Thursday 25 March, Thursday 8 April" in said
        assert "Waiting: Thursday 1 April" in said
    assert [one.answer for one in answers(house)] == ["accepted"] * 4


def test_only_the_days_that_stay_ticked_are_answered(house: House, browser: Browser, link: Links) -> None:
    asked = ask_okafor_to_all(house)
    form = {"answer": "declined", "same-unanswered": "yes", "day-unanswered": [str(asked[3].id)]}
    said = words(browser.post(link(asked[1].id), data=form, follow_redirects=True).text)
    assert "Saved for 2 days No: Thursday 25 March, Thursday 8 April" in said
    assert {one.invitation_id for one in answers(house)} == {asked[1].id, asked[3].id}


def test_without_its_box_a_group_of_days_is_not_answered(house: House, browser: Browser, link: Links) -> None:
    asked = ask_okafor_to_all(house)
    house.say(asked[3].id, "declined")
    page = browser.get(link(asked[0].id)).text
    assert "The same for 2 other days" in words(page)
    assert "The same for Thursday 8 April So far you had said: No." in words(page)
    # Both groups are posted as they stand, their days ticked; of neither box, of one, of the other.
    form = {
        "answer": "accepted",
        "adults": "2",
        "day-unanswered": boxes(page),
        "day-declined": boxes(page, "declined"),
    }
    said = words(browser.post(link(asked[0].id), data=form, follow_redirects=True).text)
    assert "Saved for" not in said
    assert len(answers(house)) == 2
    said = words(browser.post(link(asked[0].id), data=form | {"same-declined": "yes"}, follow_redirects=True).text)
    assert "Saved for 2 days Yes: Thursday 18 March, Thursday 8 April" in said
    assert house.rsvp(asked[3].id).answer == "accepted"
    assert len(answers(house)) == 2


def test_what_closed_or_was_answered_otherwise_meanwhile_is_said_and_the_rest_is_saved(
    house: House, browser: Browser, link: Links
) -> None:
    asked = ask_okafor_to_all(house)
    form = a_yes_to_all(browser, link(asked[0].id))
    house.do(asked[1].gathering_id, gatherings.cancel, "Storm")
    house.say(asked[2].id, "declined")
    said = words(browser.post(link(asked[0].id), data=form, follow_redirects=True).text)
    assert "Saved for 2 days Yes: Thursday 18 March, Thursday 8 April" in said
    assert "Thursday 25 March takes no answers any more." in said
    assert "Thursday 1 April stays as it was: No." in said


def test_where_the_own_day_closed_meanwhile_the_first_that_is_saved_says_so(
    house: House, browser: Browser, link: Links
) -> None:
    asked = ask_okafor_to_all(house)
    form = a_yes_to_all(browser, link(asked[0].id))
    house.do(asked[0].gathering_id, gatherings.cancel, "Storm")
    saved = browser.post(link(asked[0].id), data=form, follow_redirects=True)
    assert saved.url.path == link(asked[1].id)
    assert "Thursday 18 March takes no answers any more." in words(saved.text)
    for one in asked[1:]:
        house.do(one.gathering_id, gatherings.cancel, "Storm")
    assert browser.post(link(asked[0].id), data=form).status_code == 409


def test_what_cannot_be_used_comes_back_with_the_days_that_were_ticked(
    house: House, browser: Browser, link: Links
) -> None:
    asked = ask_okafor_to_all(house)
    form = {"answer": "accepted", "adults": "0", "children": "0", "same-unanswered": "yes"}
    form |= {"day-unanswered": [str(asked[2].id)]}
    page = browser.post(link(asked[0].id), data=form)
    assert page.status_code == 422
    ticked = re.findall(r'<input type="checkbox" id="([^"]+)"[^>]* checked', page.text)
    assert ticked == ["same-unanswered", "day-unanswered2"]
    assert answers(house) == []


@pytest.mark.parametrize("days", [[], ["x"], ["0197b9d4-2b1c-7000-8000-000000000000"] * 3_000])
def test_days_that_are_none_of_theirs_are_passed_over(
    house: House, browser: Browser, link: Links, days: list[str]
) -> None:
    asked = ask_okafor_to_all(house)
    form = {"answer": "declined", "same-unanswered": "yes", "day-unanswered": days}
    said = browser.post(link(asked[0].id), data=form, follow_redirects=True)
    assert said.status_code == 200
    assert [one.invitation_id for one in answers(house)] == [asked[0].id]


def test_a_day_whose_time_to_answer_is_over_is_not_offered(house: House, browser: Browser, link: Links) -> None:
    asked = ask_okafor_to_all(house)
    house.change(asked[2].gathering_id, answer_by=NOW - timedelta(hours=1))
    assert boxes(browser.get(link(asked[0].id)).text) == [str(asked[1].id), str(asked[3].id)]


def test_a_professional_answers_for_several_days_without_numbers(
    house: House, browser: Browser, link: Links
) -> None:
    made = house.repeat()
    demir = PartyFields(kind=Kind.PROFESSIONAL, name="Dr. Derya Demir", email="derya@practice.test")
    with house.database.writing() as session:
        first, *others = series.occurrences(session, made, lock=True)
        asked = invitations.invite(session, first, [demir], others=others)
    page = browser.get(link(asked[0].id)).text
    form = {"answer": "accepted", "same-unanswered": "yes", "day-unanswered": boxes(page)}
    said = words(browser.post(link(asked[0].id), data=form, follow_redirects=True).text)
    assert "Saved for 4 days Yes: 4 days" in said
    assert [(one.adults, one.children) for one in answers(house)] == [(1, 0)] * 4


@pytest.mark.parametrize("missed", ["x", ",,", "0197b9d4-2b1c-7000-8000-000000000000", "long"])
def test_an_address_that_names_other_days_shows_nothing_of_them(
    house: House, browser: Browser, link: Links, missed: str
) -> None:
    asked = ask_okafor_to_all(house)
    [neighbour] = house.invite(asked[1].gathering_id, (1, 0))
    house.say(asked[0].id, "declined")
    for one in (missed, missed * 1_000, neighbour.hex):
        assert "stays as it was" not in browser.get(f"{link(asked[0].id)}?missed={one}").text
