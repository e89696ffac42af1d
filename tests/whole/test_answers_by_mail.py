"""A whole installation behind a mail server: invited by mail, answered from a calendar program, over LMTP."""

from __future__ import annotations

import signal
import smtplib
import subprocess
import uuid
from collections.abc import Callable, Iterator
from email.message import EmailMessage

import icalendar
import pytest

from tests.notifications import incoming
from tests.running import PLANNER, Installation, MailSink, free_port, wait_until


@pytest.fixture
def reached(empty: Installation, own_sink: MailSink) -> Iterator[Installation]:
    """A serving installation that mail comes back to."""
    empty.environment |= {
        "PLANNER_SMTP_URL": own_sink.url,
        "PLANNER_REPLY_DOMAIN": incoming.DOMAIN,
        "PLANNER_INBOUND_LMTP": f"127.0.0.1:{free_port()}",
    }
    empty.set_up()
    empty.start()
    yield empty


def organizer_of(mail: EmailMessage) -> str:
    """Where a calendar program sends the answer."""
    part = next(one for one in mail.walk() if one.get_content_type() == "text/calendar")
    (event,) = icalendar.Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    return str(event["ORGANIZER"]).removeprefix("mailto:")


def hand_over(planner: Installation, to: str, raw: bytes) -> None:
    """What a mail server does; it would try again if it were not taken."""
    host, _colon, port = planner.environment["PLANNER_INBOUND_LMTP"].rpartition(":")
    with smtplib.LMTP(host, int(port)) as client:
        assert client.sendmail("p0@party.test", [to], raw) == {}


def receive(planner: Installation, _to: str, raw: bytes) -> None:
    """What a mail server without LMTP does: it runs the command for each mail."""
    done = subprocess.run(
        [PLANNER, "receive"],
        cwd=planner.folder,
        env=planner.environment,
        input=raw,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("taken", [hand_over, receive])
def test_whoever_waited_hears_of_the_seats_that_an_answer_by_mail_frees(
    reached: Installation, own_sink: MailSink, taken: Callable[[Installation, str, bytes], None]
) -> None:
    event = reached.gathering(capacity=3)
    first, second = reached.invite(event, 2)
    assert wait_until(lambda: len(own_sink.mails) == 2)
    assert [reached.say(one, answer="accepted") for one in (first, second)] == [303, 303]
    asked = next(mail for to, mail in own_sink.mails if to == "p0@party.test")
    address = organizer_of(asked)
    raw = incoming.reply("thunderbird", address, uuid.UUID(event["id"]), "DECLINED", who="p0@party.test")
    taken(reached, address, raw)
    own_sink.saying("p1@party.test", "there is room now", 40)
    own_sink.saying("p0@party.test", "You said no", 40)


def test_an_answer_from_a_calendar_program_counts_and_outlives_a_kill(
    reached: Installation, own_sink: MailSink
) -> None:
    event = reached.gathering(capacity=10)
    reached.invite(event, 1)
    assert wait_until(lambda: len(own_sink.mails) == 1)
    address = organizer_of(own_sink.mails[0][1])
    raw = incoming.reply("google", address, uuid.UUID(event["id"]), who="p0@party.test")
    hand_over(reached, address, raw)
    reached.end(signal.SIGKILL)
    reached.start()
    (rsvp,) = reached.everything(f"/gatherings/{event['id']}/rsvps")
    assert (rsvp["answer"], rsvp["source"]) == ("accepted", "calendar")
    hand_over(reached, address, raw)
    own_sink.saying("p0@party.test", "We have saved your answer", 40)
    events = reached.api("GET", "/events?after=0")["items"]
    recorded = [one for one in events if one["type"] == "RsvpRecorded"]
    assert len(recorded) == 1
