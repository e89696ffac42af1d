"""A disk that is full, a database that somebody holds: people wait or are told, and nothing is half written."""

from __future__ import annotations

import resource
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.running import Installation, MailSink, wait_until


@contextmanager
def full_disk(planner: Installation) -> Iterator[None]:
    """The server's files cannot grow: to its database that is a disk without room."""
    assert planner.process
    size = max(path.stat().st_size for path in planner.folder.glob("planner.db*"))
    before = resource.prlimit(planner.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(planner.process.pid, resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_said_and_leaves_nothing_half_done(ailing: Installation, own_sink: MailSink) -> None:
    event = ailing.gathering(capacity=10)
    invitations = ailing.invite(event, 4)
    assert wait_until(lambda: len(own_sink.mails) == 4)
    with full_disk(ailing):
        # What is there already may be written over, and a shorter file grow as long; then no more.
        for number in range(1_000):
            said = {"answer": "accepted", "adults": "1", "note": f"{number} " + "n" * 1900}
            answered = ailing.families.post(invitations[number % 4]["rsvp_url"], data=said)
            if answered.status_code != 303:
                break
        assert answered.status_code == 503 and answered.headers["retry-after"]
        assert "We cannot save anything just now" in answered.text
        kept = ailing.everything(f"/gatherings/{event['id']}/rsvps")
        assert [one["answer"] for one in kept] == ["accepted"] * len(kept)
        assert ailing.http.get("/healthz").status_code == 200
    assert [ailing.say(one, answer="accepted", adults=1) for one in invitations] == [303] * 4
    assert ailing.api("GET", f"/gatherings/{event['id']}")["counts"]["accepted"] == 4
    for number in range(4):
        own_sink.saying(f"p{number}@party.test", "We have saved your answer", 40)


def test_whoever_answers_while_the_database_is_held_waits(ailing: Installation) -> None:
    invitation = ailing.invite(ailing.gathering(), 1)[0]
    holder = sqlite3.connect(ailing.folder / "planner.db", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    threading.Timer(3, holder.rollback).start()
    began = time.monotonic()
    assert ailing.say(invitation, answer="accepted", adults=1) == 303
    assert time.monotonic() - began > 2
