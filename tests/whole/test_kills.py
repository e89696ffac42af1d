"""Processes that are killed, and a mail server that falls ill: nothing is lost, hardly anything comes twice."""

from __future__ import annotations

import signal
import time
from collections import Counter

import pytest

from tests.running import Installation, MailSink, wait_until

GUESTS = 60
# Mails under way when a process is killed: one for each connection to the mail server.
UNDER_WAY = 4


def addresses(sink: MailSink) -> set[str]:
    return {to for to, _mail in sink.mails}


def all_sent(planner: Installation) -> bool:
    return not planner.everything("/messages?state=queued")


def kill_and_start(planner: Installation) -> None:
    planner.end(signal.SIGKILL)
    planner.start()


def test_killed_again_and_again_while_it_sends_every_guest_gets_the_same_one_mail(
    ailing: Installation, own_sink: MailSink
) -> None:
    own_sink.delay = 0.05
    event = ailing.gathering(publish=False)
    ailing.invite(event, GUESTS)
    ailing.api("POST", f"/gatherings/{event['id']}/publish")
    kills = 0
    # At once, when nothing is dispatched yet, and twice among the mails.
    for enough in (0, 10, 30):
        assert wait_until(lambda enough=enough: len(addresses(own_sink)) >= enough, 40)
        kill_and_start(ailing)
        kills += 1
    own_sink.delay = 0.0
    assert wait_until(lambda: len(addresses(own_sink)) == GUESTS and all_sent(ailing), 40)

    ids = Counter(str(mail["Message-ID"]) for _to, mail in own_sink.mails)
    assert len(ids) == GUESTS
    assert ids.total() - GUESTS <= UNDER_WAY * kills
    assert Counter(one["state"] for one in ailing.everything("/messages")) == {"sent": GUESTS}


def test_what_was_answered_before_a_kill_is_kept_and_confirmed_after_it(
    ailing: Installation, own_sink: MailSink
) -> None:
    event = ailing.gathering(capacity=100)
    invitations = ailing.invite(event, 12)
    for number in range(0, 12, 4):
        some = invitations[number : number + 4]
        assert [ailing.say(one, answer="accepted", adults=1, children=0) for one in some] == [303] * 4
        kill_and_start(ailing)

    rsvps = ailing.everything(f"/gatherings/{event['id']}/rsvps")
    assert [(one["answer"], one["adults"]) for one in rsvps] == [("accepted", 1)] * 12
    # An event is listed once it is numbered, a moment after it was written.
    assert wait_until(lambda: answered(ailing) == sorted(one["id"] for one in invitations)), answered(ailing)
    for number in range(12):
        own_sink.saying(f"p{number}@party.test", "We have saved your answer", 40)
    assert wait_until(lambda: all_sent(ailing))
    kinds = Counter(one["kind"] for one in ailing.everything("/messages"))
    assert kinds == {"invitation": 12, "confirmation": 12}


def answered(planner: Installation) -> list[str]:
    events = planner.everything("/events?after=0")
    return sorted(event["data"]["invitation_id"] for event in events if event["type"] == "RsvpRecorded")


def test_asked_to_end_it_ends_cleanly_and_a_restart_delivers_what_was_left(
    ailing: Installation, own_sink: MailSink
) -> None:
    own_sink.delay = 0.1
    ailing.invite(ailing.gathering(), GUESTS)
    assert wait_until(lambda: len(addresses(own_sink)) >= 4)
    asked = time.monotonic()
    code = ailing.end(signal.SIGTERM)
    assert code in (0, -signal.SIGTERM) and time.monotonic() - asked < 10
    assert "Traceback" not in ailing.log()
    assert len(addresses(own_sink)) < GUESTS

    own_sink.delay = 0.0
    ailing.start()
    assert wait_until(lambda: len(own_sink.mails) == GUESTS and all_sent(ailing), 30)
    assert len(addresses(own_sink)) == GUESTS


@pytest.mark.parametrize("trouble", ["451 4.3.0 try later", "drop", "stall"])
def test_a_mail_server_that_is_ill_for_a_while_gets_every_mail_once_it_is_well(
    ailing: Installation, own_sink: MailSink, trouble: str
) -> None:
    own_sink.trouble = trouble
    ailing.invite(ailing.gathering(), 8)
    assert wait_until(lambda: own_sink.troubled >= UNDER_WAY)
    assert not own_sink.mails and not all_sent(ailing)
    # Meanwhile people can answer and pages open.
    assert ailing.http.get("/readyz").status_code == 200
    own_sink.trouble = None
    assert wait_until(lambda: len(own_sink.mails) == 8 and all_sent(ailing), 40)
    assert len(addresses(own_sink)) == 8


def test_a_mail_server_that_is_gone_holds_back_mail_and_nothing_else(
    ailing: Installation, own_sink: MailSink
) -> None:
    own_sink.close()
    event = ailing.gathering()
    invitations = ailing.invite(event, 3)
    assert [ailing.say(one, answer="accepted", adults=1) for one in invitations] == [303] * 3
    assert wait_until(lambda: any(one["last_error"] for one in ailing.everything("/messages?state=queued")))
    assert ailing.api("GET", f"/gatherings/{event['id']}")["counts"]["accepted"] == 3
