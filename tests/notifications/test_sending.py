"""Mail over a real connection to a mail server that may be ill."""

from __future__ import annotations

import subprocess
import sys
import threading
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from notifications import queue
from notifications.models import Message
from notifications.sender import Sender
from notifications.smtp import Outcome
from planner.accounts import actions as accounts
from planner.accounts.models import SignInLink
from planner.database import Database, utc_now
from planner.security import hash_of
from planner.settings import BadSetting, Settings, SmtpServer
from tests.notifications.conftest import Centre, MailServer, make_centre, okafor, wait_until


def guests(number: int) -> list[object]:
    return [okafor(name=f"Family {n}", email=f"p{n}@example.org") for n in range(number)]


def states(centre: Centre) -> set[str]:
    return {mail.state for mail in centre.mails()}


def test_an_invitation_arrives_within_a_moment(sending: Centre, mail_server: MailServer) -> None:
    sending.invite(sending.plan())
    assert wait_until(lambda: mail_server.to("amina@example.org"))
    assert wait_until(lambda: states(sending) == {"sent"})
    [message] = sending.mails()
    assert mail_server.mails[0][1]["Message-ID"] == f"<{message.message_id}>"
    assert (message.attempts, message.claimed_until) == (1, None)


def test_many_mails_share_four_connections_at_most(sending: Centre, mail_server: MailServer) -> None:
    sending.invite(sending.plan(), *guests(60))
    assert wait_until(lambda: len(mail_server.mails) == 60)
    assert 1 <= mail_server.connections <= 4
    assert wait_until(lambda: states(sending) == {"sent"})


def test_a_server_that_says_later_then_hangs_up_then_is_well_gets_every_mail_once(
    sending: Centre, mail_server: MailServer
) -> None:
    mail_server.trouble = "451 4.3.0 try later"
    sending.invite(sending.plan(), *guests(8))
    assert wait_until(lambda: [bool(mail.last_error) for mail in sending.mails()] == [True] * 8)
    assert states(sending) == {"queued"}
    assert "451 4.3.0 try later" in (sending.mails()[0].last_error or "")
    mail_server.trouble = "drop"
    assert wait_until(lambda: mail_server.troubled >= 10)
    mail_server.trouble = None
    assert wait_until(lambda: len(mail_server.mails) == 8, 30)
    assert wait_until(lambda: states(sending) == {"sent"})
    assert len({to for to, _mail in mail_server.mails}) == len(mail_server.mails) == 8


def test_a_refused_recipient_fails_with_the_servers_words_and_holds_nobody_back(
    sending: Centre, mail_server: MailServer
) -> None:
    mail_server.refused = {"p0@example.org": "550 5.1.1 no such user", "p1@example.org": "450 4.2.0 greylisted"}
    sending.invite(sending.plan(), *guests(4))
    assert wait_until(lambda: len(mail_server.mails) == 2)
    assert wait_until(lambda: mail_server.troubled >= 2)
    wait_until(lambda: all(mail.attempts for mail in sending.mails()))
    by_address = {mail.to_address: mail for mail in sending.mails()}
    assert by_address["p0@example.org"].state == "failed"
    assert "550 5.1.1 no such user" in (by_address["p0@example.org"].last_error or "")
    assert by_address["p1@example.org"].state == "queued"
    assert "450 4.2.0 greylisted" in (by_address["p1@example.org"].last_error or "")


def test_a_server_that_cannot_be_reached_is_tried_again(
    sqlite_database: Database, settings: Settings, mail_server: MailServer
) -> None:
    centre = make_centre(sqlite_database, replace(settings, smtp_url="smtp://127.0.0.1:9?starttls=never"))
    centre.worker.start()
    centre.invite(centre.plan(), *guests(6))
    assert wait_until(lambda: any(mail.last_error for mail in centre.mails()))
    centre.worker.stop()
    assert states(centre) == {"queued"}
    # Those that were not tried were given back.
    assert all(mail.claimed_until is None for mail in centre.mails())
    later = Sender(sqlite_database, replace(settings, smtp_url=mail_server.url))
    later.start()
    assert wait_until(lambda: len(mail_server.mails) == 6)
    later.stop()


def test_one_connection_that_stalls_does_not_hold_up_the_others_and_keeps_its_mail(
    sending: Centre, mail_server: MailServer
) -> None:
    mail_server.trouble = "stall"
    sending.invite(sending.plan())
    assert wait_until(lambda: mail_server.troubled == 1)
    mail_server.trouble = None
    sending.invite(sending.plan(title="Another"), *guests(5))
    assert wait_until(lambda: len(mail_server.mails) == 5)
    [stalled] = [mail for mail in sending.mails() if mail.to_address == "amina@example.org"]
    first = stalled.claimed_until
    assert first is not None
    # The lease is renewed while the server is waited for, so that no other process sends it too.
    assert wait_until(lambda: sending.mails()[0].claimed_until != first)


def test_a_killed_sender_leaves_its_mails_to_another_within_ten_seconds(centre: Centre) -> None:
    centre.invite(centre.plan(), *guests(3))  # type: ignore[arg-type]
    centre.deliver()
    with centre.database.bookkeeping() as session:
        held = queue.claim(session, utc_now(), 10)
    assert len(held) == 3
    with centre.database.bookkeeping() as session:
        assert queue.claim(session, utc_now(), 10) == []
    with time_machine.travel(utc_now() + timedelta(seconds=10)), centre.database.bookkeeping() as session:
        assert [one.message_id for one in queue.claim(session, utc_now(), 10)] == [one.message_id for one in held]


def test_a_kill_doubles_at_most_the_mails_under_way_and_loses_none(
    sqlite_database: Database, settings: Settings, mail_server: MailServer
) -> None:
    centre = make_centre(sqlite_database, settings)
    centre.invite(centre.plan(), *guests(60))  # type: ignore[arg-type]
    centre.deliver()
    mail_server.delay = 0.02
    url = sqlite_database.url.render_as_string()
    kills = 0
    for after in (10, 30, None):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.notifications.sending_process", url, mail_server.url]
        )
        enough = after or 60
        assert wait_until(lambda enough=enough: len({to for to, _mail in mail_server.mails}) >= enough, 30)
        if after is None:
            assert wait_until(lambda: states(centre) == {"sent"})
        process.kill()
        process.wait()
        kills += after is not None
    ids = [mail["Message-ID"] for _to, mail in mail_server.mails]
    assert len(set(ids)) == 60
    assert len(ids) - 60 <= 4 * kills


def test_two_senders_never_take_the_same_mail(centre: Centre) -> None:
    centre.invite(centre.plan(), *guests(40))  # type: ignore[arg-type]
    centre.deliver()
    taken: list[uuid.UUID] = []

    def take() -> None:
        for _ in range(10):
            with centre.database.bookkeeping() as session:
                taken.extend(message.id for message in queue.claim(session, utc_now(), 4))

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 40


def test_retries_come_after_2_5_10_and_20_seconds_then_further_apart() -> None:
    assert [queue.wait_after(tries).total_seconds() for tries in range(1, 7)] == [2, 5, 10, 20, 60, 300]
    assert queue.wait_after(50) == timedelta(hours=1)


def test_without_a_mail_server_mail_stays_in_the_local_mailbox(
    sqlite_database: Database, settings: Settings
) -> None:
    centre = make_centre(sqlite_database, settings)
    centre.worker.start()
    centre.invite(centre.plan())
    assert wait_until(lambda: states(centre) == {"sent"})
    centre.worker.stop()
    assert "Soup & Stories" in centre.mails()[0].text


@pytest.mark.parametrize("locally", [True, False])
def test_a_sign_in_link_is_mailed_and_then_stands_nowhere(
    sqlite_database: Database, settings: Settings, mail_server: MailServer, locally: bool
) -> None:
    centre = make_centre(sqlite_database, settings if locally else replace(settings, smtp_url=mail_server.url))
    with centre.database.writing() as session:
        accounts.request_sign_in(session, "hanna@lindenhof.example")
    centre.deliver()
    [before] = centre.mails()
    assert before.organization_id is None
    secret = before.text.split("/sign-in/")[1].split()[0]
    with centre.database.reading() as session:
        assert session.get(SignInLink, hash_of(secret)) is not None
    centre.worker.start()
    assert wait_until(lambda: states(centre) == {"sent"})
    centre.worker.stop()
    [after] = centre.mails()
    assert (after.text, after.html) == ("", "")
    assert locally or secret in mail_server.mails[0][1].as_string()


def test_a_mail_is_tried_for_days_before_it_fails(centre: Centre) -> None:
    centre.invite(centre.plan())
    centre.deliver()
    now = utc_now()
    for moment, state in ((now + timedelta(days=3), "queued"), (now + timedelta(days=5), "failed")):
        with centre.database.bookkeeping() as session:
            message = session.scalars(sa.select(Message)).one()
            queue.mark(session, [(message, Outcome(words="451 later"))], moment)
        assert states(centre) == {state}


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "starttls", "user", "password"),
    [
        ("smtp://mail.example", "mail.example", 25, False, True, None, None),
        ("smtp://127.0.0.1:2525?starttls=never", "127.0.0.1", 2525, False, False, None, None),
        ("smtps://a%40b:p%2Fw@mail.example", "mail.example", 465, True, False, "a@b", "p/w"),
        ("smtp://u:p@mail.example", "mail.example", 587, False, True, "u", "p"),
    ],
)
def test_the_mail_servers_address_says_how_to_reach_it(
    url: str, host: str, port: int, tls: bool, starttls: bool, user: str | None, password: str | None
) -> None:
    assert SmtpServer.from_url(url) == SmtpServer(host, port, tls, starttls, user, password)


@pytest.mark.parametrize(
    "url", ["http://mail.example", "smtp://", "smtp://h:x", "smtp://u:p@mail.example?starttls=never"]
)
def test_an_address_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(BadSetting):
        SmtpServer.from_url(url)
