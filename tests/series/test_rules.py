"""Repeat rules from people are read, refused or expanded; no rule keeps the service busy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import Invalid
from planner.series.models import Series
from planner.series.rules import MOST, instant, parse, slot_name, slot_time, slots, written
from planner.series.words import say_rule

BERLIN = ZoneInfo("Europe/Berlin")
THURSDAY = datetime.fromisoformat("2027-03-18T17:30")


def days(text: str, first: datetime = THURSDAY) -> list[date]:
    """The days that a rule gives."""
    return [one.date() for one in slots(parse(text, BERLIN), first)]


@pytest.mark.parametrize(
    ("rule", "last", "number"),
    [
        ("FREQ=WEEKLY;COUNT=3", date(2027, 4, 1), 3),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH;UNTIL=20270415", date(2027, 4, 15), 3),
        ("FREQ=MONTHLY;BYMONTHDAY=18;COUNT=4", date(2027, 6, 18), 4),
        ("FREQ=MONTHLY;BYDAY=3TH;COUNT=3", date(2027, 5, 20), 3),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH;BYSETPOS=12;COUNT=2", date(2027, 4, 21), 2),
        ("rrule:freq=daily;until=20270320t173000", date(2027, 3, 20), 3),
        ("FREQ=YEARLY;COUNT=10", date(2036, 3, 18), 10),
    ],
)
def test_a_rule_gives_its_days(rule: str, last: date, number: int) -> None:
    found = days(rule)
    assert (found[0], found[-1], len(found)) == (THURSDAY.date(), last, number)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("FREQ=SECONDLY;COUNT=5", "daily, weekly"),
        ("FREQ=HOURLY;COUNT=5", "daily, weekly"),
        ("COUNT=5", "daily, weekly"),
        ("", "daily, weekly"),
        ("every week", "Write the rule like"),
        ("FREQ=WEEKLY;INTERVAL=0;COUNT=5", "INTERVAL is a number from 1"),
        ("FREQ=WEEKLY;INTERVAL=-1;COUNT=5", "INTERVAL is a number from 1"),
        ("FREQ=WEEKLY", "has an end"),
        ("FREQ=WEEKLY;COUNT=5;UNTIL=20280101", "not both"),
        ("FREQ=WEEKLY;COUNT=5;COUNT=6", "Write the rule like"),
        ("FREQ=WEEKLY;COUNT=521", "from 1 to 520"),
        ("FREQ=DAILY;UNTIL=20300101", "more than 520"),
        ("FREQ=YEARLY;COUNT=12", "10 years"),
        ("FREQ=MONTHLY;UNTIL=20400101T000000Z", "10 years"),
        ("FREQ=WEEKLY;COUNT=1", "only once"),
        ("FREQ=WEEKLY;UNTIL=20270319", "only once"),
        ("FREQ=WEEKLY;UNTIL=20260319", "not one of those"),
        ("FREQ=WEEKLY;BYDAY=FR;COUNT=5", "not one of those"),
        ("FREQ=MONTHLY;BYDAY=2TH;COUNT=5", "not one of those"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5", "no such day"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;COUNT=5", "not one of those"),
        ("FREQ=WEEKLY;BYMONTHDAY=18;COUNT=5", "BYMONTHDAY"),
        ("FREQ=WEEKLY;BYDAY=2TH;COUNT=5", "goes with MONTHLY"),
        ("FREQ=WEEKLY;BYDAY=TH;BYSETPOS=3;COUNT=5", "goes with MONTHLY"),
        ("FREQ=MONTHLY;BYSETPOS=3;COUNT=5", "BYSETPOS needs"),
        ("FREQ=MONTHLY;BYDAY=TH;BYSETPOS=300;COUNT=5", "not one of those"),
        ("FREQ=WEEKLY;BYDAY=XX;COUNT=5", "BYDAY"),
        ("FREQ=YEARLY;BYDAY=99TH;COUNT=5", "BYDAY"),
        ("FREQ=YEARLY;BYMONTH=-3;COUNT=5", "BYMONTH"),
        ("FREQ=YEARLY;BYMONTH=13;COUNT=5", "BYMONTH"),
        ("FREQ=YEARLY;BYEASTER=0;COUNT=5", "BYEASTER"),
        ("FREQ=WEEKLY;BYHOUR=5;COUNT=5", "BYHOUR"),
        ("FREQ=WEEKLY;WKST=X;COUNT=5", "WKST"),
        ("FREQ=WEEKLY;UNTIL=20271399", "UNTIL"),
        ("FREQ=WEEKLY;UNTIL=soon", "UNTIL"),
        ("FREQ=WEEKLY;COUNT=5;BYDAY=" + ",".join(["TH"] * 200), "too long"),
    ],
)
def test_what_cannot_be_a_rule_is_said_at_its_field_and_at_once(rule: str, sentence: str) -> None:
    began = monotonic()
    with pytest.raises(Invalid) as refused:
        days(rule)
    assert monotonic() - began < 5
    [error] = refused.value.errors
    assert error.field == "rule"
    assert sentence in error.detail


def test_until_is_utc_where_the_start_has_a_zone_and_a_date_where_days_are_whole() -> None:
    rule = parse("FREQ=WEEKLY;UNTIL=20270701", BERLIN)
    assert written(rule, BERLIN, all_day=False) == "FREQ=WEEKLY;UNTIL=20270701T215959Z"
    assert written(rule, BERLIN, all_day=True) == "FREQ=WEEKLY;UNTIL=20270701"


def test_a_time_that_the_spring_night_skips_keeps_the_offset_from_before() -> None:
    assert instant(datetime.fromisoformat("2027-03-28T02:30"), BERLIN) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


def test_a_time_that_comes_twice_in_autumn_is_the_first() -> None:
    assert instant(datetime.fromisoformat("2027-10-31T02:30"), BERLIN) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def _until(after: int) -> str:
    return f"UNTIL={THURSDAY + timedelta(days=after):%Y%m%d}"


RULES = st.builds(
    lambda frequency, interval, by, end: ";".join(filter(None, [f"FREQ={frequency}", interval, by, end])),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.sampled_from(["", "INTERVAL=2", "INTERVAL=3"]),
    st.sampled_from(
        [
            *("", "BYDAY=MO,TH", "BYDAY=3TH", "BYDAY=-1FR", "BYMONTHDAY=18", "BYMONTHDAY=-1", "BYMONTH=3,9"),
            *("BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "BYDAY=TH;WKST=SU", "BYMONTHDAY=13;BYDAY=FR"),
        ]
    ),
    st.one_of(st.integers(2, 40).map("COUNT={}".format), st.integers(0, 900).map(_until)),
)


@settings(max_examples=150, deadline=None)
@given(rule=RULES, shift=st.integers(0, 400), clock=st.sampled_from([(17, 30), (0, 0), (2, 30), (23, 59)]))
def test_another_library_reads_what_is_written_to_the_same_days(
    rule: str, shift: int, clock: tuple[int, int]
) -> None:
    first = (THURSDAY + timedelta(days=shift)).replace(hour=clock[0], minute=clock[1])
    try:
        read = parse(rule, BERLIN)
        found = slots(read, first)
    except Invalid:
        return
    assert len(found) <= MOST
    assert parse(written(read, BERLIN, all_day=False), BERLIN) == read
    item = icalendar.Event()
    item.add("uid", "series")
    item.add("dtstart", first.replace(tzinfo=BERLIN))
    item.add("dtend", first.replace(tzinfo=BERLIN) + timedelta(hours=1))
    item.add("rrule", icalendar.vRecur.from_ical(written(read, BERLIN, all_day=False)))
    calendar = icalendar.Calendar()
    calendar.add_component(item)
    theirs = recurring_ical_events.of(calendar).between(first - timedelta(days=2), first + timedelta(days=4200))
    starts = sorted(one["DTSTART"].dt.replace(tzinfo=None) for one in theirs)
    assert starts == found


def test_slots_are_named_as_a_recurrence_id_is_written() -> None:
    assert slot_name(THURSDAY, all_day=False) == "20270318T173000"
    assert slot_name(THURSDAY, all_day=True) == "20270318"
    assert slot_time("20270318T173000") == THURSDAY
    assert slot_time("20270318") == THURSDAY.replace(hour=0, minute=0)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=MONTHLY;BYDAY=3TH;COUNT=8", "Every month (the third Thursday), 8 times"),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", "Every month (the last Friday), 2 times"),
        ("FREQ=MONTHLY;BYMONTHDAY=18;COUNT=3", "Every month (day 18), 3 times"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH;UNTIL=20270617",
            "Every 2 weeks (Thursday), until Thursday 17 June 2027",
        ),
    ],
)
def test_a_rule_is_said_as_people_say_it(rule: str, said: str) -> None:
    assert say_rule(Series(rule=rule, time_zone="Europe/Berlin")) == said
