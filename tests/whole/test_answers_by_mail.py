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
from tests.running import PLANNER, Installation, MailSink, free_port
from tests.whole.conftest import database_for


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def reached(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sink: MailSink
) -> Iterator[Installation]:
    """A serving installation on each kind of database that mail comes back to; tests invite their own parties."""
    sink.mails.clear()
    made = Installation(tmp_path_factory.mktemp("reached"), database=database_for(request))
    made.environment |= {
        "PLANNER_SMTP_URL": sink.url,
        "PLANNER_REPLY_DOMAIN": incoming.DOMAIN,
        "PLANNER_INBOUND_LMTP": f"127.0.0.1:{free_port()}",
    }
    made.set_up()
    made.start()
    yield made
    made.close()


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


@pytest.mark.parametrize(("taken", "start"), [(hand_over, 10), (receive, 20)])
def test_whoever_waited_hears_of_the_seats_that_an_answer_by_mail_frees(
    reached: Installation, sink: MailSink, taken: Callable[[Installation, str, bytes], None], start: int
) -> None:
    leaving, waiting = f"p{start}@party.test", f"p{start + 1}@party.test"
    event = reached.gathering(capacity=3)
    first, second = reached.invite(event, 2, start=start)
    address = organizer_of(sink.saying(leaving, first["rsvp_url"]))
    assert [reached.say(one, answer="accepted") for one in (first, second)] == [303, 303]
    raw = incoming.reply("thunderbird", address, uuid.UUID(event["id"]), "DECLINED", who=leaving)
    taken(reached, address, raw)
    sink.saying(waiting, "there is room now", 40)
    sink.saying(leaving, "You said no", 40)


def test_an_answer_from_a_calendar_program_counts_and_outlives_a_kill(
    reached: Installation, sink: MailSink
) -> None:
    event = reached.gathering(capacity=10)
    (asked,) = reached.invite(event, 1)
    address = organizer_of(sink.saying("p0@party.test", asked["rsvp_url"]))
    raw = incoming.reply("google", address, uuid.UUID(event["id"]), who="p0@party.test")
    hand_over(reached, address, raw)
    reached.end(signal.SIGKILL)
    reached.start()
    (rsvp,) = reached.everything(f"/gatherings/{event['id']}/rsvps")
    assert (rsvp["answer"], rsvp["source"]) == ("accepted", "calendar")
    hand_over(reached, address, raw)
    sink.saying("p0@party.test", "We have saved your answer", 40)
    events = reached.everything("/events?after=0")
    recorded = [one for one in events if one["type"] == "RsvpRecorded" and one["gathering_id"] == event["id"]]
    assert len(recorded) == 1
