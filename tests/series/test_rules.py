"""Repeat rules from people are read, refused or expanded; no rule keeps the service busy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import Invalid
from planner.series.models import Series
from planner.series.rules import MOST, parse, slot_name, slot_time, slots, written
from planner.series.words import say_rule
from planner.times import instant

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
        ("FREQ=MONTHLY;BYDAY=TH;BYSETPOS=3;COUNT=3", date(2027, 5, 20), 3),
        ("FREQ=WEEKLY;COUNT=1", date(2027, 3, 18), 1),
        ("FREQ=YEARLY;BYWEEKNO=11;BYDAY=TH;COUNT=2", date(2028, 3, 16), 2),
        ("FREQ=YEARLY;BYYEARDAY=77,-1;COUNT=3", date(2028, 3, 17), 3),
        ("FREQ=DAILY;BYHOUR=17,20;COUNT=4", date(2027, 3, 19), 4),
        ("FREQ=WEEKLY;BYMONTHDAY=18;COUNT=2", date(2027, 4, 18), 2),
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
        ("FREQ=YEARLY;COUNT=32", "30 years"),
        ("FREQ=YEARLY;UNTIL=20600101T000000Z", "30 years"),
        ("FREQ=WEEKLY;UNTIL=20260319", "no day at all"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5", "no such day"),
        ("FREQ=WEEKLY;BYDAY=2TH;COUNT=5", "goes with MONTHLY"),
        ("FREQ=MONTHLY;BYSETPOS=3;COUNT=5", "BYSETPOS needs"),
        ("FREQ=MONTHLY;BYDAY=TH,FR;BYSETPOS=300;COUNT=5", "no day at all"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=150;COUNT=5", "no day at all"),
        ("FREQ=MONTHLY;BYDAY=53MO;COUNT=5", "no such day"),
        ("FREQ=YEARLY;BYMONTH=12;BYDAY=-6MO;COUNT=5", "no such day"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;COUNT=5", "30 years"),
        ("FREQ=WEEKLY;BYHOUR=24;COUNT=5", "BYHOUR"),
        ("FREQ=YEARLY;BYWEEKNO=0;COUNT=5", "BYWEEKNO"),
        ("FREQ=YEARLY;BYYEARDAY=367;COUNT=5", "BYYEARDAY"),
        ("FREQ=WEEKLY;BYDAY=XX;COUNT=5", "BYDAY"),
        ("FREQ=YEARLY;BYDAY=99TH;COUNT=5", "BYDAY"),
        ("FREQ=YEARLY;BYMONTH=-3;COUNT=5", "BYMONTH"),
        ("FREQ=YEARLY;BYMONTH=13;COUNT=5", "BYMONTH"),
        ("FREQ=YEARLY;BYEASTER=0;COUNT=5", "BYEASTER"),
        ("FREQ=WEEKLY;WKST=X;COUNT=5", "WKST"),
        ("FREQ=WEEKLY;UNTIL=20271399", "UNTIL"),
        ("FREQ=WEEKLY;UNTIL=soon", "UNTIL"),
        ("FREQ=WEEKLY;COUNT=5;BYDAY=" + ",".join(["TH"] * 200), "too long"),
    ],
)
def test_what_cannot_be_a_rule_is_said_at_its_field_and_at_once(rule: str, sentence: str) -> None:
    began = process_time()
    with pytest.raises(Invalid) as refused:
        days(rule)
    assert process_time() - began < 5
    [error] = refused.value.errors
    assert error.field == "rule"
    assert sentence in error.detail


def test_a_rule_that_never_gives_a_day_is_not_followed_to_the_end_of_time() -> None:
    began = process_time()
    for month in range(1, 6):
        with pytest.raises(Invalid, match="no day at all"):
            days(f"FREQ=DAILY;BYMONTH={month};BYYEARDAY=366;COUNT=5")
    # Three seconds for each where it is.
    assert process_time() - began < 5


def test_a_first_day_that_the_rule_does_not_give_is_none_of_its_days() -> None:
    assert days("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;COUNT=2") == [date(2027, 3, 19), date(2027, 4, 2)]
    assert days("FREQ=MONTHLY;BYDAY=2TH;COUNT=2") == [date(2027, 4, 8), date(2027, 5, 13)]


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


@settings(max_examples=150)
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
    item.add("dtstart", found[0].replace(tzinfo=BERLIN))
    item.add("dtend", found[0].replace(tzinfo=BERLIN) + timedelta(hours=1))
    item.add("rrule", icalendar.vRecur.from_ical(written(read, BERLIN, all_day=False)))
    calendar = icalendar.Calendar()
    calendar.add_component(item)
    theirs = recurring_ical_events.of(calendar).between(first - timedelta(days=2), found[-1] + timedelta(days=400))
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
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1;COUNT=3", "On certain days, 3 times"),
        ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=18;COUNT=3", "Every year (day 18), 3 times"),
        ("FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=18;COUNT=3", "On certain days, 3 times"),
        ("FREQ=DAILY;BYHOUR=10,17;COUNT=3", "On certain days, 3 times"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH;UNTIL=20270617",
            "Every 2 weeks (Thursday), until Thursday 17 June 2027",
        ),
    ],
)
def test_a_rule_is_said_as_people_say_it(rule: str, said: str) -> None:
    series = Series(rule=rule, except_slots=[], time_zone="Europe/Berlin", first_start=THURSDAY)
    assert say_rule(series) == said
    series.except_slots = ["20270325T173000"]
    assert say_rule(series) == f"{said}; 1 day left out"
