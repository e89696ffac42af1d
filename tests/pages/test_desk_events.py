"""A coordinator plans, changes, publishes and ends events at the desk."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from events.log import Delivery, LogEntry
from planner.accounts.models import Role
from planner.database import Database, utc_now
from planner.feedback.models import Feedback
from planner.gatherings.models import Gathering, Status
from planner.invitations.models import Invitation
from planner.rsvps.models import Rsvp
from planner.settings import Settings
from tests.conftest import application
from tests.pages.desk import Desk, empty_organization, form_fields, signed_in, text_of

SOUP = "Soup & Stories"


def plan(**words: str) -> dict[str, Any]:
    """What one types for an evening."""
    return {
        "title": "Reading night",
        "date": "2027-03-18",
        "starts_at": "17:30",
        "ends_at": "19:30",
        "time_zone": "Europe/Berlin",
        "where": "place",
        "venue": "Garden Room",
        "visibility": "invited",
        **words,
    }


def test_the_first_day_offers_three_steps_and_nothing_else(sqlite_database: Database, settings: Settings) -> None:
    organization = empty_organization(sqlite_database)
    with signed_in(application(settings, sqlite_database), sqlite_database, organization, Role.OWNER) as desk:
        page = text_of(desk.get("/manage"))
    assert "Welcome, Hanna" in page
    for step in ("Choose your colours", "Bring your people", "Plan something small"):
        assert step in page
    assert "Needs you today" not in page


def test_an_empty_list_of_events_says_what_will_be_there(sqlite_database: Database, settings: Settings) -> None:
    organization = empty_organization(sqlite_database)
    with signed_in(application(settings, sqlite_database), sqlite_database, organization, Role.OWNER) as desk:
        assert "No events yet" in desk.get("/manage/gatherings")


def test_today_names_what_waits_for_somebody(desk: Desk) -> None:
    page = text_of(desk.get("/manage"))
    assert "Needs you today" in page
    assert "people) wait for seats" in page
    assert re.search(r"family night · \w{3} \d+ \w{3}: (\d+ seats? |all seats )", page)
    assert "Nobody is invited yet" in page
    assert SOUP in page
    assert "said yes" in page


def test_what_could_not_be_done_is_named_and_tried_again(desk: Desk) -> None:
    assert "could not be done" not in text_of(desk.get("/manage"))
    with desk.database.writing() as session:
        query = sa.select(LogEntry).where(LogEntry.type == "PartyInvited").limit(1)
        entry = session.scalars(query).one()
        session.execute(sa.delete(Delivery).where(Delivery.event_id == entry.id))
        dead = {
            "attempts": 12,
            "due_at": utc_now(),
            "dead_at": utc_now(),
            "last_error": "ConnectionError: no room",
        }
        session.add(Delivery(event_id=entry.id, subscriber="mail-invitations", **dead))
    today = desk.get("/manage")
    assert "1 thing could not be done" in text_of(today)
    assert 'href="/manage/dead-letters"' in today
    page = desk.get("/manage/dead-letters")
    assert "A mail could not be written" in text_of(page)
    assert "invited" in text_of(page)
    assert "ConnectionError: no room" in page
    answer = desk.post(f"/manage/dead-letters/{entry.id}", {"subscriber": "mail-invitations"})
    page = text_of(desk.get(answer.headers["location"]))
    assert "It is tried again." in page
    assert "A mail could not be written" not in page


def test_a_draft_is_saved_with_its_date_in_words(desk: Desk) -> None:
    answer = desk.post("/manage/gatherings/new", plan())
    page = text_of(desk.get(answer.headers["location"]))
    assert "Draft" in page
    assert "Thursday 18 March 2027" in page
    assert "17:30 to 19:30, Berlin time" in page
    assert desk.gathering("Reading night").starts_at == datetime(2027, 3, 18, 16, 30, tzinfo=UTC)


def test_saving_may_lead_to_choosing_who_is_invited(desk: Desk) -> None:
    answer = desk.post("/manage/gatherings/new", plan(then="invite"))
    assert answer.headers["location"].endswith("/invite")


@pytest.mark.parametrize(
    ("words", "field", "sentence"),
    [
        ({"title": " "}, "title", "Please give it a name."),
        ({"date": ""}, "date", "Please choose a day."),
        ({"date": "next week"}, "date", "2027-03-18"),
        ({"ends_at": "17:00"}, "ends_at", "The end must come after the start."),
        ({"date": "2027-03-28", "starts_at": "02:30", "ends_at": "04:00"}, "starts_at", "does not exist"),
        ({"time_zone": "Europe/Lindenhof"}, "time_zone", "no time zone of this name"),
        ({"capacity": "many"}, "capacity", "whole number"),
        ({"where": "online"}, "online_url", "link to join"),
        ({"where": "online", "online_url": "meet.test/x"}, "online_url", "https://"),
        ({"answer_by_time": "12:00"}, "answer_by", "Choose the day too"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field_and_no_word_is_lost(
    desk: Desk, words: dict[str, str], field: str, sentence: str
) -> None:
    typed = plan(description="Bring *slippers*.", **words)
    page = desk.post("/manage/gatherings/new", typed, 422).text
    assert f'href="#{field}"' in page
    assert f'id="{field}-error"' in page
    assert sentence in text_of(page)
    again = form_fields(page)
    assert {name: again.get(name) for name in typed} == typed


def test_a_day_is_said_in_words_even_where_the_hours_are_missing(desk: Desk) -> None:
    page = desk.post("/manage/gatherings/new", plan(starts_at="", ends_at=""), 422).text
    words = text_of(page)
    assert "Thursday 18 March 2027, Berlin time" in words
    summary = page[page.index('id="errors"') :].split("</ul>")[0]
    assert summary.count("Please say when it starts.") == 1
    assert summary.count("Please say when it ends.") == 1
    page = desk.post("/manage/gatherings/new", plan(ends_at=""), 422).text
    assert "Thursday 18 March 2027, from 17:30, Berlin time" in text_of(page)


def test_an_evening_may_end_on_another_day(desk: Desk) -> None:
    desk.post("/manage/gatherings/new", plan(starts_at="22:00", ends_at="01:00", last_day="2027-03-19"))
    assert desk.gathering("Reading night").ends_at == datetime(2027, 3, 19, 0, 0, tzinfo=UTC)


def test_a_whole_day_needs_no_hours(desk: Desk) -> None:
    desk.post("/manage/gatherings/new", plan(all_day="yes", starts_at="", ends_at="", last_day="2027-03-20"))
    made = desk.gathering("Reading night")
    assert (made.all_day, made.local_start.isoformat()) == (True, "2027-03-18T00:00:00+01:00")
    assert made.local_end.isoformat() == "2027-03-21T00:00:00+01:00"
    typed = form_fields(desk.get(f"/manage/gatherings/{made.id}/edit"))
    assert (typed["all_day"], typed["starts_at"], typed["last_day"]) == ("yes", "", "2027-03-20")
    assert "whole days, until Saturday 20 March" in text_of(desk.get(f"/manage/gatherings/{made.id}"))
    url = f"/manage/gatherings/{made.id}/edit"
    assert "must not come before" in desk.post(url, typed | {"last_day": "2027-03-17"}, 422).text
    del typed["all_day"]
    desk.post(url, typed | {"starts_at": "10:00", "ends_at": "12:00", "last_day": ""})
    assert not desk.gathering("Reading night").all_day


def test_a_copy_begins_with_the_same_words_and_no_date(desk: Desk) -> None:
    soup = desk.gathering(SOUP)
    typed = form_fields(desk.get(f"/manage/gatherings/new?copy={soup.id}"))
    assert typed["title"] == soup.title
    assert typed["venue"] == soup.venue
    assert typed["starts_at"] == "17:30"
    assert typed["date"] == ""


def test_other_words_are_saved_at_once(desk: Desk) -> None:
    soup = desk.gathering(SOUP)
    typed = form_fields(desk.get(f"/manage/gatherings/{soup.id}/edit"))
    answer = desk.post(f"/manage/gatherings/{soup.id}/edit", {**typed, "title": "Soup & Stories, again"})
    assert answer.headers["location"].endswith("done=saved")
    assert desk.gathering(SOUP).title == "Soup & Stories, again"


def test_nothing_changed_says_so(desk: Desk) -> None:
    soup = desk.gathering(SOUP)
    typed = form_fields(desk.get(f"/manage/gatherings/{soup.id}/edit"))
    answer = desk.post(f"/manage/gatherings/{soup.id}/edit", typed)
    assert answer.headers["location"].endswith("done=nothing")
    assert desk.gathering(SOUP).revision == soup.revision


def test_a_move_is_asked_about_before_anybody_is_told(desk: Desk) -> None:
    soup = desk.gathering(SOUP)
    url = f"/manage/gatherings/{soup.id}/edit"
    typed = form_fields(desk.get(url)) | {"date": "2027-03-18"}
    page = desk.post(url, typed, 200).text
    words = text_of(page)
    assert "Move it to Thursday 18 March 2027?" in words
    assert "said yes. They keep their seats and are asked again" in words
    assert "have not answered. They are told" in words
    assert "One mail each, in 10 minutes" in words
    assert "/preview/moved?starts_at=2027-03-18" in page
    assert desk.gathering(SOUP).starts_at == soup.starts_at

    answer = desk.post(url, form_fields(page) | {"reason": "The 10th is Eid."})
    assert "done=moved" in answer.headers["location"]
    moved = desk.gathering(SOUP)
    assert moved.local_start.date().isoformat() == "2027-03-18"
    assert moved.move_reason == "The 10th is Eid."
    assert "moved it: before" in text_of(desk.get(f"/manage/gatherings/{soup.id}/history"))


def test_a_move_is_shown_as_the_mail_that_a_silent_guest_gets(desk: Desk) -> None:
    url = desk.post("/manage/gatherings/new", plan()).headers["location"].split("?")[0]
    desk.post(f"{url}/publish")
    desk.post(f"{url}/invite", {"name": "Obi", "email": "obi@families.test", "send": "1"})
    page = desk.post(f"{url}/edit", form_fields(desk.get(f"{url}/edit")) | {"starts_at": "18:15"}, 200).text
    assert "What they get As Obi gets it" in text_of(page)
    assert "1 has not answered. They are told" in text_of(page)
    mail = text_of(desk.get(html.unescape(re.findall(r'src="([^"]*/preview/moved[^"]*)"', page)[0])))
    assert "Will you come?" in mail
    assert "You said yes" not in mail
    assert "Your seats are kept" not in mail
    assert "done=moved&n=10" in desk.post(f"{url}/edit", form_fields(page)).headers["location"]


def test_a_move_of_which_nobody_is_told_does_not_say_so(desk: Desk) -> None:
    url = desk.post("/manage/gatherings/new", plan()).headers["location"].split("?")[0]
    desk.post(f"{url}/publish")
    answer = desk.post(f"{url}/edit", form_fields(desk.get(f"{url}/edit")) | {"starts_at": "18:15"})
    page = text_of(desk.get(answer.headers["location"]))
    assert "Moved." in page
    assert "guests are told" not in page


def test_another_day_and_another_place_are_one_line_of_the_history(desk: Desk) -> None:
    soup = desk.gathering(SOUP)
    url = f"/manage/gatherings/{soup.id}"
    typed = form_fields(desk.get(f"{url}/edit")) | {"date": "2027-03-18", "venue": "Sports hall"}
    desk.post(f"{url}/edit", form_fields(desk.post(f"{url}/edit", typed, 200).text))
    said = text_of(desk.get(f"{url}/history"))
    assert "now Thu 18 Mar" in said and "Sports hall" in said.split("moved it: before")[1][:200]


def test_keeping_the_day_keeps_the_other_words_that_were_typed(desk: Desk) -> None:
    soup = desk.gathering(SOUP)
    url = f"/manage/gatherings/{soup.id}/edit"
    opened = form_fields(desk.get(url))
    typed = opened | {"date": "2027-03-18", "all_day": "yes", "title": "Soup & Stories, new"}
    asked = form_fields(desk.post(url, typed, 200).text)
    page = desk.post(url, {**asked, "keep": "yes"}, 200).text
    again = form_fields(page)
    assert again["title"] == "Soup & Stories, new"
    assert again["date"] == soup.local_start.date().isoformat()
    assert again.get("all_day") == opened.get("all_day")


def test_two_who_edit_at_once_are_told_and_neither_loses_words(desk: Desk) -> None:
    soup = desk.gathering(SOUP)
    url = f"/manage/gatherings/{soup.id}/edit"
    mine = form_fields(desk.get(url))
    desk.post(url, {**mine, "description": "Theirs.", "title": "Soup & Stories: theirs"})

    page = desk.post(url, {**mine, "title": "Soup & Stories: mine", "capacity": "40"}, 409).text
    assert "Somebody else has changed this event meanwhile" in text_of(page)
    both = form_fields(page)
    assert both["title"] == "Soup & Stories: mine"
    assert both["capacity"] == "40"
    assert both["description"] == "Theirs."
    assert "Soup & Stories: theirs" in text_of(page)

    desk.post(url, both)
    kept = desk.gathering(SOUP)
    assert (kept.title, kept.capacity, kept.description) == ("Soup & Stories: mine", 40, "Theirs.")


def test_seats_below_those_held_are_refused_at_the_field(desk: Desk) -> None:
    soup = desk.gathering(SOUP)
    url = f"/manage/gatherings/{soup.id}/edit"
    page = desk.post(url, form_fields(desk.get(url)) | {"capacity": "5"}, 409).text
    assert "seats are held already" in text_of(page)
    assert form_fields(page)["capacity"] == "5"


def test_publishing_says_how_many_invitations_leave(desk: Desk) -> None:
    desk.post("/manage/gatherings/new", plan())
    draft = desk.gathering("Reading night")
    url = f"/manage/gatherings/{draft.id}"
    desk.post(f"{url}/invite", {"everyone": "yes", "send": "21"})
    assert "Publish and send 21 invitations" in text_of(desk.get(f"{url}/publish"))
    assert desk.post(f"{url}/publish").headers["location"] == f"{url}/sending"
    assert desk.gathering("Reading night").status == Status.PUBLISHED


def test_a_cancellation_carries_its_reason_and_counts_who_is_told(desk: Desk) -> None:
    soup = desk.gathering(SOUP)
    page = text_of(desk.get(f"/manage/gatherings/{soup.id}/cancel"))
    assert "Cancel it and tell 20 guests" in page
    desk.post(f"/manage/gatherings/{soup.id}/cancel", {"reason": "The stove is broken."})
    assert desk.gathering(SOUP).status == Status.CANCELLED
    assert "The stove is broken." in desk.get(f"/manage/gatherings/{soup.id}")
    desk.get(f"/manage/gatherings/{soup.id}/edit", 409)
    desk.get(f"/manage/gatherings/{soup.id}/invite", 409)


def test_an_event_is_marked_as_held(desk: Desk) -> None:
    soup = desk.gathering(SOUP)
    assert "It has not begun yet" in desk.get(f"/manage/gatherings/{soup.id}/held")
    answer = desk.post(f"/manage/gatherings/{soup.id}/held")
    assert answer.headers["location"].endswith("/afterwards")
    assert desk.gathering(SOUP).status == Status.HELD


def test_the_list_has_pages_and_finds_by_name(desk: Desk) -> None:
    with desk.database.writing() as session:
        made = session.scalars(sa.select(Gathering).where(Gathering.title.startswith(SOUP))).one()
        for number in range(500):
            session.add(
                Gathering(
                    organization_id=made.organization_id,
                    slug=f"walk-{number}",
                    title=f"Walk {number:03}",
                    starts_at=made.starts_at,
                    ends_at=made.ends_at,
                    time_zone="Europe/Berlin",
                    status=Status.PUBLISHED,
                )
            )
    first = desk.get("/manage/gatherings")
    assert "1 to 20 of 50" in text_of(first)
    assert "Walk 499" in desk.get("/manage/gatherings?page=26")
    assert "Walk 123" in desk.get("/manage/gatherings?find=walk+123")
    assert "No event is called like that" in desk.get("/manage/gatherings?find=unheard")
    desk.get("/manage/gatherings?page=9999999")


def test_an_event_that_is_over_speaks_of_no_answers_and_seats_to_come(desk: Desk) -> None:
    soup = desk.gathering("Soup & Stories")
    path = f"/manage/gatherings/{soup.id}"
    before = text_of(desk.get(path)) + text_of(desk.get(path + "/guests"))
    assert "no answer yet" in before and "people) wait." in before
    desk.post(path + "/held")
    after = text_of(desk.get(path)) + text_of(desk.get(path + "/guests"))
    assert "no answer" in after and "yet" not in after.replace("Not thanked yet", "")
    assert "people) wait." not in after and "is free" not in after and "are free" not in after


@pytest.mark.parametrize("path", ["edit", "invite", "publish", "cancel", "held", "cards"])
def test_helpers_look_but_do_not_plan(helper: Desk, path: str) -> None:
    soup = helper.gathering(SOUP)
    helper.get("/manage")
    helper.get(f"/manage/gatherings/{soup.id}")
    helper.get(f"/manage/gatherings/{soup.id}/{path}", 403)
    helper.get("/manage/gatherings/new", 403)
    helper.post("/manage/gatherings/new", plan(), 403)
    helper.post(f"/manage/gatherings/{soup.id}/edit", plan(), 403)
    helper.post(f"/manage/gatherings/{soup.id}/cancel", {}, 403)


def test_another_organisations_event_looks_like_none(
    sample_database: Database, settings: Settings, desk: Desk
) -> None:
    soup = desk.gathering(SOUP)
    other = empty_organization(sample_database)
    with signed_in(application(settings, sample_database), sample_database, other, Role.OWNER) as stranger:
        for page in ("", "/guests", "/guests.csv", "/edit", "/history", "/letters", "/cards", "/invite", "/part"):
            stranger.get(f"/manage/gatherings/{soup.id}{page}", 404)
        stranger.post(f"/manage/gatherings/{soup.id}/cancel", {}, 404)


def test_every_part_stands_on_one_page(desk: Desk) -> None:
    desk.get("/manage/parts")


def test_the_sample_is_of_one_piece(desk: Desk) -> None:
    """Who gave feedback is marked as such, and an answer stands at one time wherever it is told of."""
    with desk.database.reading() as session:
        gave = sa.select(sa.func.count()).where(Invitation.gave_feedback)
        assert session.scalar(gave) == session.scalar(sa.select(sa.func.count(Feedback.id)))
        entries = session.scalars(sa.select(LogEntry).where(LogEntry.type == "RsvpRecorded").order_by(LogEntry.id))
        latest = {entry.data["invitation_id"]: entry.occurred_at for entry in entries}
        answered = {str(rsvp.invitation_id): rsvp.answered_at for rsvp in session.scalars(sa.select(Rsvp))}
    assert answered == latest


def test_the_likely_time_zones_come_first_each_by_its_city(desk: Desk) -> None:
    page = desk.get("/manage/gatherings/new")
    zones = page[page.index('id="time_zone"') : page.index("</select>", page.index('id="time_zone"'))]
    groups = re.findall(r'<optgroup label="([^"]+)">', zones)
    assert groups[:3] == ["Most likely", "Europe", "America"]
    likely, europe = zones.split("<optgroup")[1:3]
    first = re.search(r'<option value="([^"]+)"( selected)?>([^<]+)', likely)
    assert first is not None and first.groups()[:2] == ("Europe/Berlin", " selected")
    assert re.fullmatch(r"Berlin \(UTC\+[12]\)", first[3])
    assert zones.count(" selected") == 1
    assert "Lisbon (UTC" in europe and ">Kyiv (UTC" in europe
    # One zone, one entry: old names are known but not offered.
    names = re.findall(r'value="([^"]+)"', zones.split("</optgroup>", 1)[1])
    assert len(names) == len(set(names)) and "Asia/Calcutta" not in names and "Asia/Kolkata" in names


def test_a_zone_in_words_is_as_clocks_stand_on_the_day(desk: Desk) -> None:
    soup = desk.gathering(SOUP)
    for day, words in (("2027-01-15", "Berlin (UTC+1)"), ("2027-07-15", "Berlin (UTC+2)")):
        form = form_fields(desk.get(f"/manage/gatherings/{soup.id}/edit")) | {"date": day, "title": ""}
        assert f">{words}<" in desk.post(f"/manage/gatherings/{soup.id}/edit", form, 422).text
