"""What stands in a calendar."""

from __future__ import annotations

import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planner.accounts.models import Organization
from planner.calendars.building import Head, Voice, calendar_bytes, entry_bytes, gathering_file, mail_calendar
from planner.calendars.colours import colour_name
from planner.calendars.entries import entry_of, reply_of
from planner.gatherings.models import Gathering, Status, Visibility
from planner.i18n import speaking
from planner.markdown import to_words
from planner.rsvps.models import Answer, Rsvp
from planner.text import many_lines, one_line
from planner.times import zone_names
from tests.calendars.reading import (
    assert_bytes_are_sound,
    assert_libical_takes_it,
    assert_programs_take_it,
    event,
    unfolded,
    value,
)

BASE = "https://plan.example.org"
MOMENT = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
HEAD = Head("Lindenhof", "Public events", "#1F4D45", MOMENT)


def a_gathering(**facts: Any) -> Gathering:
    organization = Organization(
        id=uuid.UUID(int=2), name='Lindenhof, "Centre"', contact_name="Hanna Brandt", contact_phone="030 555 01 23"
    )
    given: dict[str, Any] = {
        "id": uuid.UUID("0198b1f0-0000-7000-8000-000000000001"),
        "slug": "soup-and-stories",
        "status": Status.PUBLISHED,
        "title": "Soup & Stories; family night, with us",
        "description": "Bring a story.\nWe cook: soup, bread; cake\\pie.",
        "starts_at": datetime(2027, 3, 18, 16, 30, tzinfo=UTC),
        "ends_at": datetime(2027, 3, 18, 18, 30, tzinfo=UTC),
        "time_zone": "Europe/Berlin",
        "venue": "Garden room, Lindenhof",
        "online_url": "",
        "programme": [],
        "topics": [],
        "visibility": Visibility.PUBLIC,
        "sequence": 3,
        "asked_sequence": 0,
        "revision": 5,
        "changed_at": MOMENT,
        "cancel_reason": "",
    }
    gathering = Gathering(**{**given, **facts})
    gathering.organization = organization
    return gathering


def an_answer(answer: Answer, adults: int = 0, children: int = 0, **facts: Any) -> Rsvp:
    given = {"seats_held": adults + children, "sequence": 3, "answered_at": MOMENT + timedelta(days=2), **facts}
    return Rsvp(answer=answer, adults=adults, children=children, **given)


def event_bytes(
    gathering: Gathering,
    language: str,
    base_url: str,
    rsvp: Rsvp | None = None,
    *,
    link: str | None = None,
    alarm: int | None = None,
) -> bytes:
    """An event as feeds write it."""
    voice = Voice(language, base_url, gathering.organization.contact, rsvp is not None, alarm)
    with speaking(language):
        return entry_bytes(entry_of(gathering), voice, reply_of(rsvp, household=True) if rsvp else None, link)


def a_file(rsvp: Rsvp | None = None, asked: bool = False, **facts: Any) -> bytes:
    file = gathering_file(a_gathering(**facts), "en", BASE, rsvp, asked=asked)
    assert_programs_take_it(file)
    return file


def test_an_event_says_when_where_and_what_in_properties_and_again_in_words() -> None:
    found = event(a_file(online_url="https://meet.example.org/soup"))
    assert found.uid == "0198b1f0-0000-7000-8000-000000000001"
    assert found.start == datetime(2027, 3, 18, 16, 30, tzinfo=UTC)
    assert found.end == datetime(2027, 3, 18, 18, 30, tzinfo=UTC)
    assert str(found["SUMMARY"]) == "Soup & Stories; family night, with us"
    assert str(found["LOCATION"]) == "Garden room, Lindenhof"
    assert str(found["URL"]) == f"{BASE}/e/soup-and-stories"
    assert str(found["CONFERENCE"]) == "https://meet.example.org/soup"
    assert found["CONFERENCE"].params["VALUE"] == "URI"
    words = str(found["DESCRIPTION"])
    assert words.splitlines() == [
        "Bring a story.",
        "We cook: soup, bread; cake\\pie.",
        "When: Thursday 18 March 2027, 17:30 to 19:30, Berlin time",
        "Where: Garden room, Lindenhof",
        "Join online: https://meet.example.org/soup",
        "Questions? Ask Hanna Brandt, 030 555 01 23",
        f"More: {BASE}/e/soup-and-stories",
    ]


PARTS = [
    {"minutes": 0, "title": "Hello; who sits where", "led_by": "Folake, parent of 2b"},
    {"minutes": 45, "title": "Soup", "led_by": ""},
]


def test_the_running_order_is_told_in_words_in_the_language_of_the_calendar() -> None:
    assert str(event(a_file(programme=PARTS))["DESCRIPTION"]).splitlines()[2:6] == [
        "How the evening goes:",
        "17:30 Hello; who sits where (Folake, parent of 2b)",
        "18:15 Soup",
        "19:30 End, on time",
    ]
    spanish = gathering_file(a_gathering(programme=PARTS), "es", BASE)
    assert_bytes_are_sound(spanish)
    assert {"Así será la velada:", "19:30 Final, a la hora"} <= set(
        str(event(spanish)["DESCRIPTION"]).splitlines()
    )


def test_what_is_called_off_has_no_running_order() -> None:
    assert "Soup\n" not in str(event(a_file(programme=PARTS, status=Status.CANCELLED))["DESCRIPTION"])


def test_topics_are_categories_whose_own_commas_are_escaped() -> None:
    file = a_file(topics=["Reading", "Food, drink; cake\\pie", "Jardín"])
    assert value(file, "CATEGORIES") == "Reading,Food\\, drink\\; cake\\\\pie,Jardín"
    assert event(file).categories == ["Reading", "Food, drink; cake\\pie", "Jardín"]
    assert_bytes_are_sound(file)
    assert b"CATEGORIES" not in a_file()


def test_many_topics_are_folded_where_the_line_is_full() -> None:
    topics = [f"{number} " + "ñ" * 48 for number in range(10)]
    file = a_file(topics=topics)
    assert_bytes_are_sound(file)
    assert event(file).categories == topics


@pytest.mark.parametrize(
    ("zone", "start", "end", "first", "after", "words"),
    [
        (
            *("Europe/Berlin", datetime(2027, 3, 27, 23, tzinfo=UTC), datetime(2027, 3, 28, 22, tzinfo=UTC)),
            *("20270328", "20270329", "When: Sunday 28 March 2027, the whole day"),
        ),
        (
            *("America/New_York", datetime(2027, 3, 18, 4, tzinfo=UTC), datetime(2027, 3, 21, 4, tzinfo=UTC)),
            *("20270318", "20270321", "When: Thursday 18 March 2027, whole days, until Saturday 20 March"),
        ),
        (
            # In Chile the clocks go forward at midnight, so that this day begins at one.
            *("America/Santiago", datetime(2027, 9, 5, 4, tzinfo=UTC), datetime(2027, 9, 6, 3, tzinfo=UTC)),
            *("20270905", "20270906", "When: Sunday 5 September 2027, the whole day"),
        ),
    ],
)
def test_whole_days_are_dates_and_end_on_the_day_after_the_last(
    zone: str, start: datetime, end: datetime, first: str, after: str, words: str
) -> None:
    gathering = a_gathering(all_day=True, time_zone=zone, starts_at=start, ends_at=end)
    mail = mail_calendar(gathering, None, "planner@plan.example.org", "en", MOMENT, BASE)[1]
    feed = calendar_bytes(HEAD, [event_bytes(gathering, "en", BASE)])
    for calendar in (gathering_file(gathering, "en", BASE), mail, feed):
        assert f"DTSTART;VALUE=DATE:{first}" in unfolded(calendar)
        assert f"DTEND;VALUE=DATE:{after}" in unfolded(calendar)
        assert words in str(event(calendar)["DESCRIPTION"])
        assert_libical_takes_it(calendar)


def test_marks_of_markdown_stay_out_of_the_words() -> None:
    text = "# Soup\n\n*Bring* a **story**.\nWe cook:\n\n- soup\n- [bread](https://bread.example.org)\n\n"
    text += "1. eat\n2. rest"
    words = str(event(a_file(description=text))["DESCRIPTION"])
    assert words.splitlines()[:7] == [
        *("Soup", "Bring a story.", "We cook:", "- soup", "- bread (https://bread.example.org)"),
        *("1. eat", "2. rest"),
    ]


def test_times_are_in_utc_and_the_stamp_is_when_it_last_changed() -> None:
    file = a_file()
    assert value(file, "DTSTART") == "20270318T163000Z"
    assert value(file, "DTSTAMP") == value(file, "LAST-MODIFIED") == "20270301T093000Z"
    assert value(file, "SEQUENCE") == "3"


def test_an_answer_moves_the_stamp_for_who_gave_it() -> None:
    file = a_file(an_answer(Answer.ACCEPTED, 2, 3))
    assert value(file, "DTSTAMP") == "20270303T093000Z"
    seated_later = an_answer(Answer.ACCEPTED, 2, 3, seated_at=MOMENT + timedelta(days=4))
    assert value(a_file(seated_later), "LAST-MODIFIED") == "20270305T093000Z"


def test_uid_is_the_same_in_feed_file_and_mail_and_names_no_host() -> None:
    gathering = a_gathering()
    mail = mail_calendar(gathering, None, "planner@plan.example.org", "en", MOMENT, BASE)[1]
    feed = calendar_bytes(HEAD, [event_bytes(gathering, "en", "https://elsewhere.example.net")])
    assert {value(bytes_, "UID") for bytes_ in (a_file(), mail, feed)} == {str(gathering.id)}


def test_only_those_invited_find_no_address_of_a_page_that_is_closed_to_them() -> None:
    file = a_file(visibility=Visibility.INVITED)
    assert "URL" not in event(file)
    assert b"/e/" not in file


@pytest.mark.parametrize(
    ("rsvp", "status", "transparency", "words"),
    [
        (an_answer(Answer.ACCEPTED, 2, 3), "CONFIRMED", "OPAQUE", "You said yes for 2 adults and 3 children."),
        (an_answer(Answer.ACCEPTED, 1, 0), "CONFIRMED", "OPAQUE", "You said yes for 1 adult."),
        (an_answer(Answer.TENTATIVE, 2, 1), "TENTATIVE", "OPAQUE", "You said maybe for 2 adults and 1 child."),
        (an_answer(Answer.DECLINED), "CONFIRMED", "TRANSPARENT", "You said no."),
        (
            an_answer(Answer.ACCEPTED, 0, 3, seats_held=0, waiting_since=MOMENT),
            "TENTATIVE",
            "OPAQUE",
            "You said yes for 3 children. You are on the waiting list; we write to you as soon as there is room.",
        ),
        (None, "TENTATIVE", "TRANSPARENT", "You have not answered yet."),
    ],
)
def test_a_party_reads_its_answer_and_a_no_does_not_block_the_evening(
    rsvp: Rsvp | None, status: str, transparency: str, words: str
) -> None:
    found = event(a_file(rsvp, asked=True))
    assert (str(found["STATUS"]), str(found["TRANSP"])) == (status, transparency)
    assert str(found["DESCRIPTION"]).splitlines()[0] == words


def test_a_professional_is_told_its_answer_without_numbers() -> None:
    rsvp = an_answer(Answer.ACCEPTED, 1)
    file = gathering_file(a_gathering(), "en", BASE, rsvp, household=False)
    assert str(event(file)["DESCRIPTION"]).startswith("You said yes.\n")


def test_after_a_move_the_old_answer_stands_and_is_to_be_confirmed() -> None:
    moved = {"sequence": 4, "asked_sequence": 4}
    found = event(a_file(an_answer(Answer.ACCEPTED, 2), **moved))
    assert str(found["DESCRIPTION"]).splitlines()[:2] == [
        "You said yes for 2 adults.",
        "The event has moved since then: please confirm your answer.",
    ]
    assert "confirm" not in str(event(a_file(an_answer(Answer.DECLINED), **moved))["DESCRIPTION"])


def test_a_cancelled_gathering_says_so_and_blocks_nothing() -> None:
    found = event(a_file(an_answer(Answer.ACCEPTED, 2), status=Status.CANCELLED, cancel_reason="The roof leaks."))
    assert (str(found["STATUS"]), str(found["TRANSP"])) == ("CANCELLED", "TRANSPARENT")
    assert str(found["SUMMARY"]).startswith("Cancelled: Soup & Stories")
    assert str(found["DESCRIPTION"]).splitlines()[:2] == ["This event is cancelled.", "The roof leaks."]


def test_an_alarm_rings_only_where_it_was_asked_for() -> None:
    assert b"VALARM" not in a_file()
    with_alarm = calendar_bytes(HEAD, [event_bytes(a_gathering(), "en", BASE, alarm=45)])
    (alarm,) = event(with_alarm).alarms.times
    assert alarm.trigger == datetime(2027, 3, 18, 15, 45, tzinfo=UTC)
    assert value(with_alarm, "ACTION") == "DISPLAY"
    refused = event_bytes(a_gathering(), "en", BASE, an_answer(Answer.DECLINED), alarm=45)
    assert b"VALARM" not in refused


def test_the_partys_own_link_is_in_only_where_it_chose_that() -> None:
    rsvp = an_answer(Answer.ACCEPTED, 2)
    assert b"/r/" not in event_bytes(a_gathering(), "en", BASE, rsvp)
    chosen = event_bytes(a_gathering(), "en", BASE, rsvp, link=f"{BASE}/r/token")
    assert f"Answer or change your answer: {BASE}/r/token".encode() in chosen.replace(b"\r\n ", b"")


def test_a_file_to_add_has_no_method_organiser_or_attendee() -> None:
    file = a_file(an_answer(Answer.ACCEPTED, 2))
    assert not {"METHOD", "ORGANIZER", "ATTENDEE"} & {line.split(":")[0].split(";")[0] for line in unfolded(file)}


def test_mail_publishes_with_the_sender_as_organiser_and_asks_nobody() -> None:
    written_at = MOMENT + timedelta(days=9)
    method, calendar = mail_calendar(
        a_gathering(), an_answer(Answer.ACCEPTED, 2), "planner@plan.example.org", "en", written_at, BASE
    )
    assert method == value(calendar, "METHOD") == "PUBLISH"
    assert value(calendar, "ORGANIZER") == "mailto:planner@plan.example.org"
    assert event(calendar)["ORGANIZER"].params["CN"] == "Lindenhof, 'Centre'"
    assert value(calendar, "DTSTAMP") == "20270310T093000Z"
    assert value(calendar, "LAST-MODIFIED") == "20270303T093000Z"
    assert b"ATTENDEE" not in calendar
    assert b"RSVP" not in calendar


def test_mail_about_a_cancellation_publishes_it_as_cancelled() -> None:
    gathering = a_gathering(status=Status.CANCELLED)
    method, calendar = mail_calendar(gathering, None, "planner@plan.example.org", "en", MOMENT, BASE)
    assert (method, value(calendar, "STATUS")) == ("PUBLISH", "CANCELLED")
    assert_libical_takes_it(calendar)


def test_a_feeds_head_is_whole_and_asks_nobody_to_answer() -> None:
    feed = calendar_bytes(HEAD, [event_bytes(a_gathering(), "en", BASE)])
    lines = unfolded(feed)
    assert lines[:14] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Planner//Planner//EN",
        "CALSCALE:GREGORIAN",
        "NAME:Lindenhof",
        "X-WR-CALNAME:Lindenhof",
        "DESCRIPTION:Public events",
        "X-WR-CALDESC:Public events",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "LAST-MODIFIED:20270301T093000Z",
        "COLOR:darkslategray",
        "X-APPLE-CALENDAR-COLOR:#1F4D45",
        "BEGIN:VEVENT",
    ]
    names = {line.split(":")[0].split(";")[0] for line in lines}
    assert not {"METHOD", "ATTENDEE", "ORGANIZER", "SOURCE"} & names


def test_an_empty_feed_is_still_a_calendar() -> None:
    feed = calendar_bytes(HEAD, [])
    assert_bytes_are_sound(feed)
    assert_libical_takes_it(feed)
    (zone,) = icalendar.Calendar.from_ical(feed).timezones
    assert zone.tz_name == "UTC"


def test_a_colour_is_said_by_its_nearest_name() -> None:
    assert [colour_name(colour) for colour in ("#1F4D45", "#B22223", "#FFFFFF")] == [
        "darkslategray",
        "firebrick",
        "white",
    ]


def test_texts_are_cut_between_letters_and_lines_stay_short() -> None:
    family = "👨‍👩‍👧‍👦" * 40 + "ü" * 200
    file = a_file(title=family[:200], description=family, venue="家" * 100)
    assert_bytes_are_sound(file)
    assert str(event(file)["LOCATION"]) == "家" * 100


def test_a_backslash_is_never_parted_from_what_it_escapes() -> None:
    for length in range(60, 80):
        file = a_file(title="a" * length + "\\;,\\\\;" * 20)
        for line in file.split(b"\r\n"):
            assert (len(line) - len(line.rstrip(b"\\"))) % 2 == 0


def test_a_tab_is_a_space() -> None:
    assert str(event(a_file(description="one\ttwo"))["DESCRIPTION"]).startswith("one two\n")


def test_control_characters_and_lone_surrogates_never_reach_a_calendar() -> None:
    file = a_file(
        title="Soup\x00\x07\x1b\ud800\r\nATTENDEE:mailto:eve@example.org",
        description="one\x00\r\ntwo\ud800\u2028three\x85",
        venue="\ufeffGarden\nroom",
        online_url="https://meet.example.org/a\r\nX-EVIL:1",
    )
    assert_bytes_are_sound(file)
    assert_libical_takes_it(file)
    names = {line.split(":")[0].split(";")[0] for line in unfolded(file)}
    assert not {"ATTENDEE", "X-EVIL"} & names
    assert str(event(file)["SUMMARY"]) == "Soup ATTENDEE:mailto:eve@example.org"


# icalendar reads an escaped backslash before "N" or "n" as a line break, and "%2C" in a text as a comma.
words = st.text(
    st.characters(codec="utf-8", exclude_characters="\\%", exclude_categories=("Cc", "Cs", "Zl", "Zp")),
    max_size=150,
)
moments = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@settings(max_examples=150)
@given(
    title=words.map(one_line).filter(bool),
    description=st.lists(words, max_size=5).map("\n".join),
    venue=words.map(one_line),
    zone=st.sampled_from(zone_names()),
    starts_at=moments,
    minutes=st.integers(1, 5000),
)
@example(title="a;b,c", description=" \n;,", venue="", zone="UTC", starts_at=MOMENT, minutes=1)
def test_icalendar_and_libical_read_back_whatever_people_write(
    title: str, description: str, venue: str, zone: str, starts_at: datetime, minutes: int
) -> None:
    starts_at = starts_at.astimezone(UTC).replace(microsecond=0)
    gathering = a_gathering(
        title=title,
        description=description,
        venue=venue,
        time_zone=zone,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
    )
    calendar = calendar_bytes(HEAD, [event_bytes(gathering, "en", BASE)])
    assert_bytes_are_sound(calendar)
    assert_libical_takes_it(calendar)
    found = event(calendar)
    assert (found.start, found.end) == (gathering.starts_at, gathering.ends_at)
    assert one_line(str(found["SUMMARY"])) == one_line(title)
    assert one_line(str(found.get("LOCATION", ""))) == one_line(venue)
    assert many_lines(str(found["DESCRIPTION"])).startswith(many_lines(to_words(many_lines(description))))


def test_two_processes_write_the_same_bytes() -> None:
    program = (
        "import sys; from tests.calendars.test_building import *; "
        "sys.stdout.buffer.write(calendar_bytes(HEAD, [event_bytes(a_gathering(), 'en', BASE)]))"
    )
    written = [
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert written[0] == written[1] == calendar_bytes(HEAD, [event_bytes(a_gathering(), "en", BASE)])
