"""Files from anybody: whatever they hold, they are read at once or refused in words."""

from __future__ import annotations

import time
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.calendar_files import reading
from planner.calendar_files.content import NotACalendar
from planner.calendar_files.reading import Reading, read_calendar
from tests.calendar_files.files import BERLIN, CUSTOM_ZONE, calendar, event, read

# Far more than any of them takes, far less than one that hangs.
SECONDS: Final = 20


def read_at_once(data: bytes) -> Reading | str:
    """What is understood of a file, or why it is refused, soon."""
    began = time.monotonic()
    try:
        found: Reading | str = read_calendar(data, BERLIN, "Untitled")
    except NotACalendar as refused:
        found = refused.detail
    assert time.monotonic() - began < SECONDS
    return found


def test_a_path_is_never_opened() -> None:
    assert isinstance(read_at_once(b"/etc/passwd"), str)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30,31,-31;BYDAY=MO;COUNT=500",
        "FREQ=YEARLY;BYYEARDAY=366;INTERVAL=997;COUNT=500",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=150;COUNT=5",
        "FREQ=YEARLY;BYMONTH=12;BYDAY=53MO;COUNT=5",
        "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))),
        "FREQ=DAILY;COUNT=99999999999999999999",
        "FREQ=DAILY;UNTIL=99991231T235959Z",
        "FREQ=WEEKLY;BYDAY=" + ",".join(["MO"] * 100_000),
        ";" * 100_000,
        "=" * 100_000,
    ],
    ids=lambda line: line[:20],
)
def test_no_rule_keeps_it_busy(rule: str) -> None:
    found = read_at_once(calendar(event(f"RRULE:{rule}")))
    assert isinstance(found, Reading)
    assert len(found.items) + len(found.not_understood) == 1


def test_no_zone_keeps_it_busy() -> None:
    zone = CUSTOM_ZONE.replace("FREQ=YEARLY;INTERVAL=1", "FREQ=SECONDLY;INTERVAL=0")
    names = [f"Zone {number}" for number in range(1000)]
    zones = "".join(zone.replace("Customized Time Zone", name) for name in names)
    events = "".join(
        event(f"DTSTART;TZID={name}:2027031{n % 10}T163000", uid=name) for n, name in enumerate(names)
    )
    found = read_at_once(calendar(zones, events))
    assert isinstance(found, Reading)
    assert len(found.items) + len(found.not_understood) == 1000


@pytest.mark.parametrize(
    "events",
    [
        # Rules that give nothing.
        "".join(event("RRULE:FREQ=DAILY;BYMONTH=1;BYYEARDAY=366;COUNT=520", uid=str(n)) for n in range(500)),
        CUSTOM_ZONE.replace("TZOFFSETFROM:+0200", "TZOFFSETFROM:+0217")
        + event(
            *(
                "DTSTART;TZID=Customized Time Zone:20270318T163000",
                "RDATE;TZID=Customized Time Zone:20270319T163000",
            ),
            "EXDATE;TZID=Customized Time Zone:" + ",".join(["20280318T163000"] * 100_000),
        ),
    ],
    ids=["rules", "days that are left out"],
)
def test_what_would_take_hours_in_all_is_given_up(events: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SECONDS_MOST", 1)
    assert "takes too long" in str(read_at_once(calendar(events)))


def test_too_many_lines_are_refused_unread() -> None:
    assert "takes too long" in str(read_at_once(calendar("A:\n" * 1_000_000)))


def test_components_within_components_keep_nobody_busy() -> None:
    found = read_at_once(calendar("BEGIN:X\n" * 100_000, "END:Y\n" * 100_000, event(uid="one")))
    assert isinstance(found, Reading)
    assert [one.uid for one in found.items] == ["one"]


@pytest.mark.parametrize("many", [("BEGIN:STANDARD", 20_000), ("RDATE", 100_000)], ids=lambda many: many[0])
def test_a_zone_that_lists_changes_without_end_is_none(many: tuple[str, int]) -> None:
    name, times = many
    part = "BEGIN:STANDARD\nDTSTART:19701025T030000\nTZOFFSETFROM:+0217\nTZOFFSETTO:+0117\n%sEND:STANDARD\n"
    rule = "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\n"
    parts = (
        part % ("RDATE:" + ",".join(["19800101T000000"] * times) + "\n")
        if name == "RDATE"
        else (part % rule) * times
    )
    zone = f"BEGIN:VTIMEZONE\nTZID:Odd\n{parts}END:VTIMEZONE\n"
    events = (event("DTSTART;TZID=Odd:20270318T163000", uid=str(n)) for n in range(100))
    found = read_at_once(calendar(zone, *events))
    assert isinstance(found, Reading)
    assert len(found.not_understood) == 100


def test_too_many_events_and_too_large_a_file_are_refused_unread() -> None:
    assert "5000" in str(read_at_once(calendar(event() * 50_000)))
    assert "10 MB" in str(read_at_once(b"BEGIN:VCALENDAR\r\n" + b"X" * 10_000_000))


@pytest.mark.parametrize(
    "line",
    [
        "ATTENDEE:mailto:a@example.org\n" * 20_000,
        "X" * 1_000_000,
        "SUMMARY;" + 'A="' * 200_000,
        "SUMMARY" + ";A=B" * 200_000 + ":words",
        "SUMMARY:" + "\\" * 500_001,
        "CATEGORIES:" + "," * 500_000,
        "BEGIN:VALARM\n" * 50_000,
        "EXDATE:" + ",".join(["20270318T163000Z"] * 20_000),
        "SUMMARY:a\rb\x00c\x0bd\u2028e",
        "SUMMARY:\udcff".encode(errors="surrogateescape").decode("latin-1"),
    ],
    ids=lambda line: line[:20],
)
def test_no_line_keeps_it_busy(line: str) -> None:
    assert isinstance(read_at_once(calendar(event(line), event(uid="two"))), (Reading, str))


def test_words_come_without_what_could_break_a_line_or_a_row() -> None:
    data = calendar(event("SUMMARY:one\\ntwo\x07\u202e", "LOCATION:a\\nb", "DESCRIPTION:c\\n\x1bd"))
    (found,) = read_calendar(data, BERLIN, "Untitled").items
    facts = found.pieces[0].facts
    assert (facts.title, facts.venue, facts.description) == ("one two", "a b", "c\nd")


def test_guests_of_a_file_are_nobodys_guests_here() -> None:
    found = read(event("SUMMARY:Soup", "ATTENDEE;CN=Ida:mailto:ida@example.org", "ORGANIZER:mailto:b@example.org"))
    assert "example.org" not in repr(found.items)


SEED: Final = calendar(
    CUSTOM_ZONE,
    event("DTSTART;TZID=Customized Time Zone:20270318T173000", "RRULE:FREQ=WEEKLY;COUNT=5", "SUMMARY:Soup"),
    event("RECURRENCE-ID:20270325T213000Z", "DURATION:PT1H", "EXDATE:20270325"),
    event("DTSTART;VALUE=DATE:20270318", "DTEND;VALUE=DATE:20270319", "RDATE:20270320", uid="two"),
)


@given(st.integers(0, len(SEED)), st.integers(0, 40), st.binary(max_size=40))
def test_a_file_that_was_spoilt_anywhere_is_read_or_refused_in_words(at: int, length: int, put: bytes) -> None:
    assert read_at_once(SEED[:at] + put + SEED[at + length :])


@given(st.text(st.sampled_from("0123456789TZ=;:,-+PWDHMSBYFREQUNTILCOUNT\n "), max_size=60))
def test_values_that_are_none_cost_their_event_alone(value: str) -> None:
    for name in ("DTSTART", "DTEND", "DURATION", "RRULE", "EXDATE", "RDATE", "RECURRENCE-ID", "SEQUENCE"):
        found = read_at_once(calendar(event(f"{name}:{value}", uid="one"), event(uid="two")))
        assert isinstance(found, Reading)
        assert "two" in {one.uid for one in found.items}
