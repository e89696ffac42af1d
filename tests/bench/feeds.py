"""What calendars poll: unchanged, whole, right after an edit, and rebuilt from nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import sqlalchemy as sa
from icalendar import Calendar, Event

from planner.calendars.actions import create_feed
from planner.calendars.feeds import FeedWriter, Options
from planner.calendars.models import Scope
from planner.database import Database
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering
from planner.settings import Settings
from tests.bench.bare import bare_litestar
from tests.bench.load import load
from tests.bench.places import SIGNER, forget_deliveries, found, place, plan
from tests.bench.rows import Row, alone, by_turns, compared, middle, middle_load, seconds_of
from tests.running import Installation

GATHERINGS = 1000
SECONDS = 1.2
EDITS = 9


def rows() -> Iterator[Row]:
    """Rows about feeds of 1,000 gatherings, on SQLite."""
    with place() as (installation, database):
        path = _fill(database)
        yield rebuilt(database)
        installation.start()
        body = httpx.get(installation.base + path).content
        with bare_litestar(body) as bare:
            yield unchanged(installation, path, bare)
            yield whole(installation, path, bare)
        yield edited(installation, database, path)


def _fill(database: Database) -> str:
    """Plans the gatherings; the path of the organisation's feed."""
    with database.writing() as session:
        organization = found(session)
        for number in range(GATHERINGS):
            plan(session, organization, number)
        feed = create_feed(session, organization.id, Scope.ORGANIZATION)
    forget_deliveries(database)
    return f"/calendars/{SIGNER.token('feed', feed.id, feed.version)}.ics"


def unchanged(installation: Installation, path: str, bare: int) -> Row:
    """The calendar program has it already."""
    etag = httpx.get(installation.base + path).headers["etag"]
    asked = [("GET", path, {"If-None-Match": etag}, "")]
    ours, theirs = by_turns(
        lambda: load(installation.port, asked, seconds=SECONDS),
        lambda: load(bare, [("GET", "/unchanged", {}, "")], seconds=SECONDS),
    )
    return compared(
        "unchanged feed | empty 304", middle_load(ours).rate, middle_load(theirs).rate, "≥ 0.5, ≥ 5,000", "/s"
    )


def whole(installation: Installation, path: str, bare: int) -> Row:
    """The calendar program gets all of it."""
    ours, theirs = by_turns(
        lambda: load(installation.port, [("GET", path, {}, "")], seconds=SECONDS),
        lambda: load(bare, [("GET", "/bytes", {}, "")], seconds=SECONDS),
    )
    return compared(
        "whole feed of 1,000 | the same bytes", middle_load(ours).rate, middle_load(theirs).rate, "≥ 0.5", "/s"
    )


def edited(installation: Installation, database: Database, path: str) -> Row:
    """The first answer after an edit, which must show it; the other gatherings' parts are kept."""
    with database.reading() as session:
        ids = list(session.scalars(sa.select(Gathering.id).limit(EDITS)))
    times = []
    # Not the installation's own client, which has each calendar read by programs.
    plain = httpx.Client(base_url=installation.base)
    for number, id in enumerate(ids):
        title = f"Moved to the barn {number}"
        with database.writing() as session:
            gathering = session.get_one(Gathering, id)
            gatherings.change(session, gathering, GatheringFields(title=title), tell_declined=False)
        begun = time.perf_counter()
        body = plain.get(path).content
        times.append(time.perf_counter() - begun)
        if title.encode() not in body:
            raise RuntimeError("a feed was stale")
    return alone(
        "feed of 1,000 right after an edit, first answer", middle(times) * 1000, "≤ 50, never stale", "ms"
    )


def rebuilt(database: Database) -> Row:
    """All of it from the database, nothing kept."""
    settings = Settings(secret_keys=("k" * 40,), base_url="http://127.0.0.1:8000")
    today = datetime.now(UTC).date()
    with database.reading() as session:
        feed_id = session.scalar(sa.text("SELECT id FROM feed").columns(id=sa.Uuid()))
        calendar = _icalendar(list(session.scalars(sa.select(Gathering))))
    assert feed_id is not None

    def ours() -> None:
        FeedWriter(database, settings, SIGNER).feed(feed_id, today, Options())

    mine, theirs = by_turns(lambda: seconds_of(ours), lambda: seconds_of(calendar.to_ical))
    return compared(
        "feed of 1,000 rebuilt from nothing | icalendar to_ical",
        middle(mine) * 1000,
        middle(theirs) * 1000,
        "≤ 0.25, ≤ 50",
        "ms",
    )


def _icalendar(everything: list[Gathering]) -> Calendar:
    """The same with the library that builds components."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Planner//Bench//EN")
    for gathering in everything:
        event = Event()
        event.add("uid", str(gathering.id))
        event.add("dtstamp", gathering.changed_at)
        event.add("last-modified", gathering.changed_at)
        event.add("sequence", gathering.sequence)
        event.add("dtstart", gathering.starts_at)
        event.add("dtend", gathering.ends_at)
        event.add("summary", gathering.title)
        event.add("description", gathering.description)
        event.add("location", gathering.venue)
        event.add("url", f"http://127.0.0.1:8000/e/{gathering.slug}")
        event.add("status", "CONFIRMED")
        event.add("transp", "OPAQUE")
        calendar.add_component(event)
    return calendar
