"""Whatever is written, moved and called off, in whatever order: calendars stay sound and tell the same facts."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import icalendar
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.accounts import actions as accounts
from planner.calendars.actions import party_feed
from planner.calendars.feeds import FeedWriter, Options
from planner.calendars.recurring import series_file
from planner.database import Database
from planner.errors import Invalid, Refused
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering, Visibility
from planner.parties.actions import PartyFields
from planner.parties.models import Kind, Party
from planner.security import LinkSigner
from planner.series import actions
from planner.series.actions import Scope
from planner.series.models import Series
from planner.text import one_line
from planner.times import zone_names
from tests.calendars.conftest import SETTINGS
from tests.calendars.promises import Component, Line, component
from tests.calendars.reading import assert_programs_take_it
from tests.rules.conftest import House

NOW = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
# Also what no calendar may hold, and what means something there.
LETTERS = st.characters() | st.sampled_from('\x00\x07\x1b\ud800\u202e\u2028\x85\ufeff\r\n\t",;:\\nN%א👨‍👩‍👧')
TEXTS = st.text(LETTERS, max_size=90)
ZONES = st.sampled_from(zone_names())
HOURS = st.integers(0, 47).map(lambda halves: timedelta(minutes=30 * halves))
RULES = st.builds(
    "FREQ={};INTERVAL={};COUNT={}".format,
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 3),
    st.integers(2, 4),
)
EDITS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(Scope),
        st.one_of(
            st.fixed_dictionaries({"title": TEXTS}),
            st.fixed_dictionaries({"description": TEXTS, "venue": TEXTS}),
            st.fixed_dictionaries({"capacity": st.integers(1, 9)}),
            st.fixed_dictionaries({"topics": st.lists(TEXTS, max_size=3)}),
            st.fixed_dictionaries({"move": st.integers(-90, 900)}),
            st.sampled_from(["cancel", "hold", "nothing"]),
        ),
    ),
    max_size=6,
)


ANNOUNCING = ("DTSTAMP", "LAST-MODIFIED", "SEQUENCE")
GUESTS = PartyFields(kind=Kind.HOUSEHOLD, name="Okafor", email="okafor@families.test")
NUMBERS = itertools.count()


class Shown(NamedTuple):
    """An item: what people see of it, and what tells programs that it changed."""

    visible: list[list[Line]]
    sequence: int
    stamp: str


def shown(calendar: bytes) -> dict[str, Shown]:
    """Each item by its UID; an override is part of the item that it belongs to."""
    found: dict[str, list[Component]] = {}
    for event in component(calendar).of("VEVENT"):
        found.setdefault(event.one("UID").value, []).append(event)
    return {
        uid: Shown(
            [[line for line in event.lines if line.name not in ANNOUNCING] for event in events],
            max(int(event.one("SEQUENCE").value) for event in events),
            max(event.one("DTSTAMP").value for event in events),
        )
        for uid, events in found.items()
    }


class Planned:
    """A series in an organisation of its own, and the calendars that tell of it."""

    def __init__(self, database: Database, number: int, rule: str, fields: dict[str, Any]) -> None:
        with database.writing() as session:
            owner = accounts.found_organization(session, f"Centre {number}", f"owner{number}@hill.test")
        self.database, self.slug = database, owner.organization.slug
        self.house = House(database, owner)
        self.series_id = self.house.repeat(rule, visibility=Visibility.PUBLIC, **fields).id
        for one in self.occurrences():
            self.house.ask(one.id, [GUESTS])
        with database.writing() as session:
            [party] = session.scalars(sa.select(Party).where(Party.organization_id == owner.organization_id))
            self.party_feed = party_feed(session, party).id
        self.writer = self.new_writer()

    def new_writer(self) -> FeedWriter:
        return FeedWriter(self.database, SETTINGS, LinkSigner(SETTINGS.secret_keys))

    def occurrences(self) -> list[Gathering]:
        with self.database.reading() as session:
            return actions.occurrences(session, session.get_one(Series, self.series_id))

    def feed(self, writer: FeedWriter) -> bytes:
        return writer.public(self.slug, NOW.date(), Options()).body

    def own_feed(self, writer: FeedWriter) -> bytes:
        return writer.feed(self.party_feed, NOW.date(), Options(link=True)).body

    def file(self) -> bytes:
        with self.database.reading() as session:
            series = session.get_one(Series, self.series_id)
            found = actions.occurrences(session, series)
            return series_file(series, found, "en", SETTINGS.base_url, NOW.date())

    def read(self) -> list[dict[str, Shown]]:
        """What the public feed, a household's and the series' own calendar show.

        They are sound, and the same from a writer that kept what it wrote before and from one that begins anew.
        """
        feed, own, file = self.feed(self.writer), self.own_feed(self.writer), self.file()
        assert (feed, own, file) == (self.feed(self.new_writer()), self.own_feed(self.new_writer()), self.file())
        for calendar in (feed, own, file):
            assert_programs_take_it(calendar)
        return [shown(feed), shown(own), shown(file)]

    def edit(self, which: int, scope: Scope, what: dict[str, Any] | str) -> None:
        found = self.occurrences()
        gathering_id = found[which % len(found)].id
        with self.database.writing() as session:
            one = gatherings.find(session, self.house.owner.organization_id, gathering_id, lock=True)
            match what:
                case "cancel":
                    actions.cancel(session, one, "No cook", scope)
                case "hold":
                    gatherings.hold(session, one)
                case {"move": by}:
                    moved = timedelta(minutes=by)
                    fields = GatheringFields(starts_at=one.starts_at + moved, ends_at=one.ends_at + moved)
                    actions.change(session, one, fields, scope)
                case dict():
                    actions.change(session, one, GatheringFields(**what), scope)


def assert_facts_are_told(feed: bytes, found: list[Gathering]) -> None:
    """icalendar reads from the feed what stands in the database."""
    told = {str(event["UID"]): event for event in icalendar.Calendar.from_ical(feed).events}
    for one in found:
        event = told[str(one.id)]
        if one.all_day:
            first, after = (at.astimezone(one.zone).date() for at in (one.starts_at, one.ends_at))
            assert (event["DTSTART"].dt, event["DTEND"].dt) == (first, after)
        else:
            assert (event["DTSTART"].dt, event["DTEND"].dt) == (one.starts_at, one.ends_at)
        assert int(event["SEQUENCE"]) == one.sequence
        # icalendar takes a backslash before "n", itself escaped, for a line break, and "%2C" for a comma.
        if not re.search(r"\\|%", one.title + one.venue):
            assert one_line(str(event["SUMMARY"])).endswith(one.title)
            assert one_line(str(event.get("LOCATION", ""))) == one.venue


def assert_changes_are_announced(before: Shown, after: Shown) -> None:
    assert after.sequence >= before.sequence
    if after.visible == before.visible:
        assert after.stamp >= before.stamp
    else:
        assert after.sequence > before.sequence
        assert after.stamp > before.stamp


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    title=TEXTS.map(one_line).map(lambda text: text or "Soup"),
    description=TEXTS,
    zone=ZONES,
    all_day=st.booleans(),
    hour=HOURS,
    rule=RULES,
    edits=EDITS,
)
def test_calendars_follow_every_edit(
    sqlite_database: Database,
    title: str,
    description: str,
    zone: str,
    all_day: bool,
    hour: timedelta,
    rule: str,
    edits: list[tuple[int, Scope, Any]],
) -> None:
    day = datetime.combine(date(2027, 3, 14), datetime.min.time(), ZoneInfo(zone))
    starts_at = day if all_day else (day + hour).astimezone(UTC)
    ends_at = day + timedelta(days=1) if all_day else starts_at + timedelta(hours=3)
    fields = {"title": title, "description": description, "time_zone": zone, "all_day": all_day}
    with time_machine.travel(NOW, tick=False) as clock:
        made = Planned(
            sqlite_database, next(NUMBERS), rule, {**fields, "starts_at": starts_at, "ends_at": ends_at}
        )
        before = made.read()
        for which, scope, what in edits:
            clock.shift(timedelta(minutes=1))
            try:
                made.edit(which, scope, what)
            except (Invalid, Refused):
                continue
            after = made.read()
            for old, new in zip(before, after, strict=True):
                assert new.keys() == old.keys()
                for uid, event in old.items():
                    assert_changes_are_announced(event, new[uid])
            before = after
        assert_facts_are_told(made.feed(made.writer), made.occurrences())
