"""Invitations by the thousand: rows, links and mails; and mails to a mail server."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

import aiosmtplib
import sqlalchemy as sa
from sqlalchemy.orm import undefer

from notifications import installation as mail_installation
from notifications import kinds
from notifications.composing import compose
from notifications.models import Message, State
from notifications.occasion import contact_of, occasion
from notifications.recipients import recipients
from notifications.rendering import render
from notifications.sender import CONNECTIONS, Sender
from notifications.worker import Worker
from notifications.writing import guest_values
from planner.database import Database, utc_now
from planner.invitations.models import Invitation
from planner.settings import Settings
from tests.bench.places import forget_deliveries, found, households, invite, place, plan
from tests.bench.rows import Row, alone, by_turns, compared, middle, seconds_of
from tests.bench.sink import mail_server
from tests.running import wait_until

MANY = 10_000
MAILS = 1_000


def rows() -> Iterator[Row]:
    """Rows about mail, on SQLite."""
    with place() as (_installation, database):
        yield from many_invitations(database)
    with mail_server() as smtp:
        with place() as (_installation, database):
            yield to_the_server(database, smtp)
        yield from a_thousand_delivered(smtp)


def _settings(smtp: str | None = None) -> Settings:
    return Settings(
        secret_keys=("k" * 40,), mail_from="planner@hill.test", smtp_url=smtp, reply_domain="reply.hill.test"
    )


def many_invitations(database: Database) -> Iterator[Row]:
    """Rows, links and rendered mails, beside rendering one and the same mail as often."""
    worker = Worker(database, _settings())

    def invitations(count: int, start: int) -> float:
        def all_of_it() -> None:
            with database.writing() as session:
                invite(session, gathering, count, start)
            worker.dispatcher.drain()

        return seconds_of(all_of_it)

    with database.writing() as session:
        gathering = plan(session, found(session))
    forget_deliveries(database)
    invitations(MANY // 10, 0)
    before = _most_memory()
    ours = invitations(MANY, MANY)
    grown = _most_memory() - before
    with database.reading() as session:
        written = session.scalar(sa.select(sa.func.count()).select_from(Message))
    if written != MANY + MANY // 10:
        raise RuntimeError(f"{written} mails were written")
    values = _values_of_one(database)
    jinja = seconds_of(lambda: render("invitation", values), MANY // 10) * MANY
    yield compared(f"{MANY:,} invitations: rows, links, mails | Jinja2 alone", ours, jinja, "≤ 2", "s")
    yield alone("  memory more than for a tenth of them", grown, "flat", "MiB")


def _values_of_one(database: Database) -> dict[str, Any]:
    here = mail_installation.here()
    with database.reading() as session:
        invitation = session.scalars(sa.select(Invitation).limit(1)).one()
        gathering, party = invitation.gathering, invitation.party
        about = occasion(gathering, contact_of(session, gathering))
        recipient = recipients(session, gathering.organization, [party])[party.id][0]
        words = kinds.invitation(about, party, "")
        return guest_values(here, about, invitation, recipient, here.own_page(invitation), words)


def _most_memory() -> float:
    """The most that this process ever took, in MiB."""
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def to_the_server(database: Database, smtp: str) -> Row:
    """Queued mails over 4 connections, beside the SMTP client alone with their bytes."""
    settings = _settings(smtp)
    with database.writing() as session:
        invite(session, plan(session, found(session)), MAILS)
    Worker(database, settings).dispatcher.drain()
    with database.reading() as session:
        everything = sa.select(Message).options(*map(undefer, (Message.text, Message.html, Message.calendar)))
        prepared = [
            (message.to_address, compose(message, settings.mail_from, utc_now()))
            for message in session.scalars(everything)
        ]
    port = int(smtp.rpartition(":")[2].partition("?")[0])
    ours, theirs = by_turns(
        lambda: MAILS / _sent(database, settings), lambda: MAILS / asyncio.run(_handed_over(port, prepared))
    )
    work = f"mails to a server over {CONNECTIONS} connections | client alone"
    return compared(work, middle(ours), middle(theirs), "≥ 0.7", "/s")


def _sent(database: Database, settings: Settings) -> float:
    """Seconds until all are sent."""
    with database.writing() as session:
        session.execute(sa.update(Message).values(state=State.QUEUED, due_at=utc_now(), claimed_until=None))
    sender = Sender(database, settings)
    begun = time.perf_counter()
    sender.start()
    _wait_for_sent(database, MAILS)
    spent = time.perf_counter() - begun
    sender.stop()
    return spent


def _wait_for_sent(database: Database, number: int) -> None:
    query = sa.select(sa.func.count()).select_from(Message).where(Message.state == State.SENT)

    def all_sent() -> bool:
        with database.reading() as session:
            return (session.scalar(query) or 0) >= number

    if not wait_until(all_sent, 60, step=0.02):
        raise RuntimeError("mails are not sent")


async def _handed_over(port: int, prepared: list[tuple[str, bytes]]) -> float:
    """Seconds until the client alone has handed all of them over."""
    left = list(prepared)

    async def connection() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            while left:
                address, mail = left.pop()
                await client.sendmail("planner@hill.test", [address], mail)

    begun = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return time.perf_counter() - begun


def a_thousand_delivered(smtp: str) -> Iterator[Row]:
    """Over the JSON interface of a running installation: until it is accepted, and until all mails have left."""
    with place(smtp=smtp) as (installation, database):
        installation.set_up()
        installation.start()
        gathering = installation.gathering()
        parties = [
            {"kind": "household", "name": one.name, "email": one.email, "adults": 2, "children": 1}
            for one in households(MAILS)
        ]
        begun = time.perf_counter()
        installation.api("POST", f"/gatherings/{gathering['id']}/invitations", {"parties": parties})
        accepted = time.perf_counter() - begun
        _wait_for_sent(database, MAILS)
        delivered = time.perf_counter() - begun
    yield alone(f"{MAILS:,} invitations accepted over the JSON interface", accepted, "≤ 1", "s")
    yield alone("  and all their mails delivered", delivered, "≤ 10", "s")
