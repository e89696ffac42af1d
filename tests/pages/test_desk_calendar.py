"""A coordinator's own calendar: made, renewed, stopped; and the hours at which its owner is busy."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

from icalendar import Calendar

from planner.calendars.actions import create_feed
from planner.calendars.models import Scope
from planner.database import utc_now
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from tests.pages.desk import Desk

ADDRESS = re.compile(r"http://127\.0\.0\.1:8000(/calendars/\S+?\.(?:ics|ifb)[^\"]*)\"")


def addresses(page: str) -> tuple[str, str]:
    """That of the calendar and that of the busy hours."""
    found = sorted(set(ADDRESS.findall(page)))
    return next(one for one in found if ".ics" in one), next(one for one in found if one.endswith(".ifb"))


def plan(desk: Desk, title: str, starts_at: datetime, hours: int, publish: bool = True) -> None:
    """An event that the one signed in planned."""
    fields = GatheringFields(
        title=title, starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours), time_zone="Europe/Berlin"
    )
    with desk.database.writing() as session:
        organization = desk.membership.organization
        made = gatherings.create(session, organization, fields, by=desk.membership.account_id)
        if publish:
            gatherings.publish(session, made)


def test_it_is_made_with_one_press_gets_another_address_and_stops(desk: Desk) -> None:
    assert "No calendar yet" in desk.get("/manage/calendar")
    desk.post("/manage/calendar")
    feed, busy = addresses(desk.get("/manage/calendar"))
    desk.post("/manage/calendar")
    assert addresses(desk.get("/manage/calendar")) == (feed, busy)
    assert "BEGIN:VEVENT" in desk.get(feed)
    desk.post("/manage/calendar", {"do": "renew"})
    renewed, _busy = addresses(desk.get("/manage/calendar"))
    assert renewed != feed
    desk.get(feed, 404)
    desk.get(busy, 404)
    desk.get(renewed)
    desk.post("/manage/calendar", {"do": "stop"})
    desk.get(renewed, 404)
    assert "No calendar yet" in desk.get("/manage/calendar")


def test_a_coordinator_chooses_reminder_and_language(desk: Desk) -> None:
    desk.post("/manage/calendar")
    page = desk.get("/manage/calendar?alarm=1440&language=es")
    feed = html.unescape(addresses(page)[0])
    assert feed.endswith(".ics?alarm=1440&lang=es")
    calendar = desk.get(feed).replace("\r\n ", "")
    assert "TRIGGER:-PT1440M" in calendar
    assert "X-WR-CALDESC:Todos los eventos" in calendar
    for name in ("only", "link"):
        assert f'name="{name}"' not in page, "what is for families alone is not offered"


def test_stopping_stops_what_programs_made_for_it_too(desk: Desk) -> None:
    member = desk.membership
    with desk.database.writing() as session:
        for _ in range(2):
            create_feed(session, member.organization_id, Scope.COORDINATOR, account_id=member.account_id)
    feed, _busy = addresses(desk.get("/manage/calendar"))
    desk.post("/manage/calendar", {"do": "stop"})
    assert "No calendar yet" in desk.get("/manage/calendar")
    desk.get(feed, 404)


def test_busy_hours_name_what_one_planned_and_published_without_a_word_of_it(desk: Desk) -> None:
    desk.post("/manage/calendar")
    _feed, busy = addresses(desk.get("/manage/calendar"))
    day = (utc_now() + timedelta(days=400)).replace(hour=9, minute=0, second=0, microsecond=0)
    plan(desk, "Secret supper", day, 2)
    plan(desk, "Straight after", day + timedelta(hours=2), 1)
    plan(desk, "Only a draft", day + timedelta(days=1), 1, publish=False)
    body = desk.get(busy)
    (shown,) = Calendar.from_ical(body.encode()).walk("VFREEBUSY")
    entries = shown["FREEBUSY"]
    periods = [period for one in (entries if isinstance(entries, list) else [entries]) for period in [one.dt]]
    begins, ends = next((one for one in periods if one[0] == day), (None, None))
    assert begins == day
    assert ends == day + timedelta(hours=3)
    assert all(one[0].date() != (day + timedelta(days=1)).date() for one in periods)
    assert "Secret" not in body
    assert shown["DTSTART"].dt <= datetime.now(UTC)


def test_whoever_is_given_the_busy_hours_cannot_read_the_calendar(desk: Desk) -> None:
    desk.post("/manage/calendar")
    feed, busy = addresses(desk.get("/manage/calendar"))
    desk.get(busy.replace(".ifb", ".ics"), 404)
    desk.get(feed.replace(".ics", ".ifb"), 404)


def test_only_a_coordinators_calendar_tells_busy_hours(desk: Desk) -> None:
    desk.post("/manage/calendar")
    feed, _busy = addresses(desk.get("/manage/calendar"))
    desk.get("/calendars/public/" + desk.membership.organization.slug + ".ifb", 404)
    desk.get(feed.removesuffix(".ics") + ".txt", 404)
