"""A mail server hands mail over: each recipient gets a reply of its own, and only stored mail is taken."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from notifications.incoming.listening import SIZE_MOST, Listener
from notifications.models import IncomingMail
from planner.settings import BadSetting, Settings
from tests.notifications import incoming
from tests.notifications.conftest import Centre
from tests.notifications.test_incoming import Post
from tests.running import free_port


@pytest.fixture
def post(centre: Centre, settings: Settings) -> Post:
    return Post(centre, settings)


@pytest.fixture
def server(post: Post) -> Iterator[smtplib.LMTP]:
    address = ("127.0.0.1", free_port())
    listener = Listener(post.centre.database, replace(post.here.settings, inbound_lmtp=address))
    listener.start()
    with smtplib.LMTP(*address) as client:
        yield client
    assert listener.stop()


def test_a_mail_server_hands_over_an_answer(post: Post, server: smtplib.LMTP) -> None:
    raw = incoming.reply("outlook", post.address, post.invitation.gathering_id)
    for _time in range(2):
        refused = server.sendmail("amina@example.org", [post.address, "hanna@lindenhof.example"], raw)
        assert {to: code for to, (code, _words) in refused.items()} == {"hanna@lindenhof.example": 550}
    assert post.rsvp() == ("accepted", 5, "calendar")


def test_each_recipient_counts_by_itself(post: Post, server: smtplib.LMTP) -> None:
    other = "reply+" + "a" * 52 + "@" + incoming.DOMAIN
    raw = incoming.reply("apple", post.address, post.invitation.gathering_id)
    server.ehlo()
    server.mail("amina@example.org")
    assert [server.rcpt(to)[0] for to in (other, post.address)] == [250, 250]
    assert [server.data(raw)[0], server.getreply()[0]] == [250, 250]
    assert post.rsvp() == ("accepted", 5, "calendar")
    assert post.waiting() == [("reply", "not-proved")]


def test_what_cannot_be_stored_is_tried_again_by_its_server(post: Post, server: smtplib.LMTP) -> None:
    raw = incoming.reply("apple", post.address, post.invitation.gathering_id)
    with post.centre.database.writing() as session:
        session.execute(sa.text("ALTER TABLE incoming_mail RENAME TO elsewhere"))
    server.ehlo()
    server.mail("amina@example.org")
    server.rcpt(post.address)
    assert server.data(raw)[0] == 451
    with post.centre.database.writing() as session:
        session.execute(sa.text("ALTER TABLE elsewhere RENAME TO incoming_mail"))
    assert server.sendmail("amina@example.org", [post.address], raw) == {}
    assert post.rsvp() == ("accepted", 5, "calendar")


def test_a_huge_mail_is_refused(post: Post, server: smtplib.LMTP) -> None:
    server.ehlo_or_helo_if_needed()
    code, _words = server.mail("amina@example.org", [f"SIZE={SIZE_MOST + 1}"])
    assert code == 552
    with post.centre.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(IncomingMail)) == 0


def test_an_address_that_somebody_else_has_is_named(post: Post) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = other.getsockname()
        listener = Listener(post.centre.database, replace(post.here.settings, inbound_lmtp=address))
        with pytest.raises(
            BadSetting, match=f"PLANNER_INBOUND_LMTP: 127.0.0.1:{address[1]} cannot be listened on"
        ):
            listener.start()
