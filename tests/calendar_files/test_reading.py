"""What is read out of calendar files: each sentence is one that a coordinator would say of theirs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from planner.calendar_files.content import NotACalendar
from planner.calendar_files.reading import read_calendar
from tests.calendar_files.files import BERLIN, CUSTOM_ZONE, calendar, event, item, piece, read, why_not


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_an_event_says_what_when_and_where() -> None:
    facts = piece(
        "SUMMARY:Soup\\, Stories & more",
        "DTSTART;TZID=Europe/Berlin:20270318T173000",
        "DTEND;TZID=Europe/Berlin:20270318T193000",
        "LOCATION:School kitchen",
        "DESCRIPTION:Bring a spoon.\\nAnd a",
        "  friend.",
        "URL:https://school.test/soup",
    ).facts
    assert (facts.title, facts.venue) == ("Soup, Stories & more", "School kitchen")
    assert (facts.starts_at, facts.ends_at) == (utc(2027, 3, 18, 16, 30), utc(2027, 3, 18, 18, 30))
    assert facts.time_zone == "Europe/Berlin"
    assert facts.description == "Bring a spoon.\nAnd a friend.\n\nhttps://school.test/soup"


@pytest.mark.parametrize(
    "line",
    [
        'CONFERENCE;VALUE=URI;LABEL="Join: here":https://meet.test/a',
        "X-GOOGLE-CONFERENCE:https://meet.test/a",
        "LOCATION:https://meet.test/a",
    ],
)
def test_the_address_of_a_meeting_is_found_wherever_programs_write_it(line: str) -> None:
    facts = piece(line).facts
    assert (facts.online_url, facts.venue) == ("https://meet.test/a", "")


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        (["DTSTART;VALUE=DATE:20270318"], 1),
        (["DTSTART:20270318", "DTEND:20270318"], 1),
        (["DTSTART;VALUE=DATE:20270318", "DTEND;VALUE=DATE:20270321"], 3),
        (["DTSTART;TZID=America/New_York;VALUE=DATE:20270318", "DURATION:P1W"], 7),
    ],
)
def test_whole_days_are_days_of_the_organisation(lines: list[str], days: int) -> None:
    facts = piece(*lines).facts
    assert facts.all_day
    assert facts.time_zone == "Europe/Berlin"
    assert facts.starts_at == utc(2027, 3, 17, 23)
    assert facts.ends_at - facts.starts_at == timedelta(days=days)


@pytest.mark.parametrize(
    ("zone_name", "key"),
    [
        ("W. Europe Standard Time", "Europe/Berlin"),
        ('"New Zealand Standard Time"', "Pacific/Auckland"),
        (
            "/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires",
            "America/Argentina/Buenos_Aires",
        ),
        ("/mozilla.org/20070129_1/America/New_York", "America/New_York"),
        ("posix/Europe/Vaduz", "Europe/Vaduz"),
        ("Europe_Berlin", "Europe/Berlin"),
    ],
)
def test_a_zone_is_known_by_any_of_its_names(zone_name: str, key: str) -> None:
    facts = piece(f"DTSTART;TZID={zone_name}:20270318T173000", "DURATION:PT2H").facts
    assert facts.time_zone == key
    assert facts.starts_at == datetime(2027, 3, 18, 17, 30, tzinfo=ZoneInfo(key))


def test_a_zone_with_a_name_of_its_own_is_known_by_its_clock_and_that_is_said() -> None:
    reading = read(
        CUSTOM_ZONE,
        event("DTSTART;TZID=Customized Time Zone:20270318T173000", "RRULE:FREQ=WEEKLY;COUNT=50", "DURATION:PT1H"),
    )
    (found,) = reading.items[0].pieces
    assert found.facts.time_zone == "America/New_York"
    assert reading.notes == [
        "The time zone “Customized Time Zone” is read as New York time: its clock goes alike."
    ]


def test_a_clock_like_no_other_keeps_its_hours_and_that_is_said() -> None:
    odd = """BEGIN:VTIMEZONE
TZID:Island
BEGIN:STANDARD
DTSTART:20240101T000000
TZOFFSETFROM:+1000
TZOFFSETTO:+1200
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20240505T080000
TZOFFSETFROM:+1200
TZOFFSETTO:+1000
END:DAYLIGHT
END:VTIMEZONE
"""
    hours = {"20240303T080000": (2, 20), "20240505T070001": (4, 19), "20240505T080001": (4, 22)}
    for written, (day, hour) in hours.items():
        reading = read(odd, event(f"DTSTART;TZID=Island:{written}"))
        (found,) = reading.items[0].pieces
        assert (found.facts.starts_at.day, found.facts.starts_at.hour) == (day, hour)
        assert found.facts.time_zone == "Europe/Berlin"
        assert any("Island" in note for note in reading.items[0].notes)
    repeating = read(odd, event("DTSTART;TZID=Island:20240303T080000", "RRULE:FREQ=WEEKLY;COUNT=20"))
    assert "time zone that we do not know" in repeating.not_understood[0].reason


def test_a_zone_that_nobody_knows_is_never_taken_for_another() -> None:
    assert "“Funland”" in why_not("DTSTART;TZID=Funland:20270318T173000")


def test_hours_without_a_zone_are_those_of_the_calendars_place_or_else_of_the_organisation() -> None:
    floating = event("DTSTART:20270318T173000")
    (found,) = read(floating).items[0].pieces
    assert found.facts.starts_at == utc(2027, 3, 18, 16, 30)
    (found,) = read("X-WR-TIMEZONE:America/New_York\n", floating).items[0].pieces
    assert (found.facts.time_zone, found.facts.starts_at.hour) == ("America/New_York", 21)


def test_an_end_is_counted_found_or_given() -> None:
    start = "DTSTART;TZID=Europe/Berlin:20270327T173000"
    assert piece(start, "DURATION:PT90M").facts.ends_at == utc(2027, 3, 27, 18, 0)
    # A day later on the clock, though that night is an hour short.
    assert piece(start, "DURATION:P1D").facts.ends_at == utc(2027, 3, 28, 15, 30)
    without = item(start)
    assert without.pieces[0].facts.ends_at == utc(2027, 3, 27, 17, 30)
    assert without.notes == ["It has no end: one hour is taken."]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["DTSTART:soon"], "“soon”"),
        (["DTSTART:20270231"], "is no date"),
        (["DTEND:20270318T163001Z", "DTSTART:20270318T163002Z"], "ends before it begins"),
        (["DTSTART;VALUE=DATE:20270318", "DTEND;VALUE=DATE:20270317"], "ends before it begins"),
        (["DURATION:-PT1H"], "“-PT1H”"),
        (["DURATION:PT1W"], "“PT1W”"),
        (["DTSTART:02000318T163000Z"], "too far away"),
        (["DTEND:20280318T163000Z"], "60 days"),
        (["RRULE:FREQ=SECONDLY;COUNT=5"], "daily, weekly"),
        (["RRULE:FREQ=DAILY;INTERVAL=0;COUNT=5"], "INTERVAL"),
        (["RRULE:RSCALE=HEBREW;FREQ=YEARLY"], "RSCALE"),
        (["RRULE:FREQ=DAILY;COUNT=3", "RRULE:FREQ=WEEKLY;COUNT=3"], "more than one rule"),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXRULE:FREQ=WEEKLY;COUNT=3"], "more than one rule"),
        (["RDATE:083000"], "“083000”"),
        (["RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20270318T163000Z,20270319T163000Z"], "nothing remains"),
    ],
)
def test_what_cannot_be_held_is_told_with_its_reason(lines: list[str], words: str) -> None:
    assert words in why_not(*lines)


def test_an_event_that_nobody_could_know_again_or_that_breaks_off_is_told_by_its_line() -> None:
    reading = read(event("SUMMARY:No name", uid=None), "BEGIN:VEVENT\nUID:half\nDTSTART:20270318T163000Z\n")
    assert [(left.row, left.line) for left in reading.not_understood] == [(3, 3), ("half", 7)]
    assert "The file does not number this event (it has no UID)" in reading.not_understood[0].reason
    assert "END:VEVENT" in reading.not_understood[1].reason
    assert not reading.items


def test_of_several_versions_the_latest_counts() -> None:
    reading = read(
        event("SUMMARY:Second", "SEQUENCE:2"), event("SUMMARY:First"), event("SUMMARY:Also first", "SEQUENCE:1")
    )
    (found,) = reading.items
    assert found.pieces[0].facts.title == "Second"
    assert found.notes[0] == "It is in the file more than once: the latest version is taken."


WEEKLY = ("DTSTART;TZID=Europe/Berlin:20270318T173000", "DTEND;TZID=Europe/Berlin:20270318T193000")


def test_what_repeats_is_a_series_with_its_days_left_out_and_its_days_changed() -> None:
    reading = read(
        event(
            *(*WEEKLY, "SUMMARY:Soup", "RRULE:FREQ=WEEKLY;COUNT=6"),
            "EXDATE;TZID=Europe/Berlin:20270325T173000",
            "EXDATE;VALUE=DATE:20270401",
        ),
        event(
            *("RECURRENCE-ID:20270408T153000Z", "SUMMARY:Songs"),
            *("DTSTART:20270409T153000Z", "DTEND:20270409T163000Z"),
        ),
        event("RECURRENCE-ID;TZID=Europe/Berlin:20270415T173000", "STATUS:CANCELLED"),
    )
    (found,) = reading.items[0].pieces
    assert found.repeat is not None
    assert found.repeat.rule == "FREQ=WEEKLY;COUNT=6"
    assert found.repeat.skip == ("20270325T173000", "20270401T173000", "20270415T173000")
    ((slot, own),) = found.repeat.own.items()
    assert (slot, own.title, own.starts_at, own.time_zone) == (
        *("20270408T173000", "Songs"),
        *(utc(2027, 4, 9, 15, 30), "Europe/Berlin"),
    )


def test_a_changed_day_that_says_what_all_say_is_not_changed() -> None:
    same = event("RECURRENCE-ID:20270325T163000Z", "SUMMARY:Soup", "DTSTART:20270325T163000Z", "DURATION:PT2H")
    reading = read(event(*WEEKLY, "SUMMARY:Soup", "RRULE:FREQ=WEEKLY;COUNT=3"), same)
    repeat = reading.items[0].pieces[0].repeat
    assert repeat is not None
    assert not repeat.own


def test_a_rule_without_an_end_is_given_one_and_that_is_said() -> None:
    found = item(*WEEKLY, "RRULE:FREQ=WEEKLY;BYDAY=TH")
    repeat = found.pieces[0].repeat
    assert repeat is not None
    assert repeat.rule.startswith("FREQ=WEEKLY;BYDAY=TH;UNTIL=2037")
    assert found.notes == [
        "It repeats without an end, or for longer than we take: it is brought in until Thursday 26 February 2037."
    ]


@pytest.mark.parametrize("rule", ["FREQ=WEEKLY;COUNT=1", "FREQ=WEEKLY;UNTIL=20270318T163000Z"])
def test_what_happens_once_is_no_series(rule: str) -> None:
    assert piece(*WEEKLY, f"RRULE:{rule}").repeat is None


def test_a_start_that_the_rule_does_not_give_is_a_day_by_itself() -> None:
    found = item(*WEEKLY, "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3")
    series, single = found.pieces
    assert series.repeat is not None
    # The start is the first one counted.
    assert series.repeat.rule == "FREQ=WEEKLY;BYDAY=MO;COUNT=2"
    assert series.facts.starts_at == utc(2027, 3, 22, 16, 30)
    assert single.facts.starts_at == utc(2027, 3, 18, 16, 30)
    assert single.key != series.key


def test_a_rule_that_gives_one_other_day_makes_two_days() -> None:
    found = item(*WEEKLY, "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20270323T000000Z")
    assert [(one.facts.starts_at.day, one.repeat) for one in found.pieces] == [(18, None), (22, None)]


def test_days_that_are_named_one_by_one_come_one_by_one() -> None:
    found = item(*WEEKLY, "RDATE;TZID=Europe/Berlin:20270320T173000,20270325T173000", "RDATE:")
    assert [one.facts.starts_at.day for one in found.pieces] == [18, 20, 25]
    assert len({one.key for one in found.pieces}) == 3
    assert found.notes == ["3 days follow no rule: they are brought in one by one."]


def test_changed_days_alone_are_one_event_of_single_days() -> None:
    reading = read(event(*WEEKLY, "RECURRENCE-ID:20270318T163000Z"), event("RECURRENCE-ID:20270325T163000Z"))
    (found,) = reading.items
    assert len(found.pieces) == 2


def test_the_end_of_whole_days_is_read_on_the_clock_of_the_file() -> None:
    zone = "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nEND:VTIMEZONE\n"
    lines = ("DTSTART;VALUE=DATE:20270316", "RRULE:FREQ=WEEKLY;UNTIL=20270329T220000Z")
    (found,) = read(zone, event(*lines), home=ZoneInfo("UTC")).items[0].pieces
    assert found.repeat is not None
    assert found.repeat.rule == "FREQ=WEEKLY;UNTIL=20270330"


def test_too_long_words_are_cut_and_that_is_said() -> None:
    found = item("SUMMARY:" + "t" * 300, "LOCATION:" + "v" * 400, "DESCRIPTION:" + "d" * 30_000)
    facts = found.pieces[0].facts
    assert (len(facts.title), len(facts.venue), len(facts.description)) == (200, 300, 20_000)
    assert len([note for note in found.notes if "cut" in note]) == 3


def test_topics_are_found_over_several_lines_each_once() -> None:
    lines = ["CATEGORIES:Music, Kitchen\\, garden", "CATEGORIES:MUSIC", "CATEGORIES:"]
    assert piece(*lines).facts.topics == ("Music", "Kitchen, garden")
    many = item("CATEGORIES:" + ",".join(f"topic {n}" for n in range(20)))
    assert len(many.pieces[0].facts.topics) == 10
    assert len(many.notes) == 2


def test_what_is_called_off_in_the_file_is_brought_in_as_such() -> None:
    found = piece("SUMMARY:Cancelled: Soup", "STATUS:CANCELLED")
    assert found.cancelled
    assert found.facts.title == "Soup"
    (found,) = read("METHOD:CANCEL\n", event()).items[0].pieces
    assert found.cancelled


def test_tasks_are_passed_over_and_that_is_said() -> None:
    reading = read("BEGIN:VTODO\nUID:t\nEND:VTODO\n")
    assert not reading.items
    assert not reading.not_understood
    assert len(reading.notes) == 1


def test_any_encoding_and_any_line_end_is_read() -> None:
    plain = calendar(event("SUMMARY:Grüße aus Köln", "DESCRIPTION:ä"))
    text = plain.decode()
    cut = plain.replace("ü".encode(), "ü".encode()[:1] + b"\r\n " + "ü".encode()[1:])
    ways = [
        plain,
        b"\xef\xbb\xbf" + plain,
        text.encode("utf-16"),
        text.encode("utf-16-le"),
        text.encode("cp1252"),
        plain.replace(b"\r\n", b"\n"),
        plain.replace(b"\r\n", b"\r"),
        plain.replace(b"\r\n", b"\r\r\n"),
        cut,
    ]
    for data in ways:
        (found,) = read_calendar(data, BERLIN, "Untitled").items
        assert found.pieces[0].facts.title == "Grüße aus Köln", data[:60]


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7", b"BEGIN:VCARD\nEND:VCARD\n", b"\x00" * 100])
def test_other_files_are_told_apart(data: bytes) -> None:
    with pytest.raises(NotACalendar):
        read_calendar(data, BERLIN, "Untitled")
