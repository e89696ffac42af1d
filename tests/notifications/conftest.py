"""A family centre, its guests, and a real mail server that can be ill."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from sqlalchemy.orm import Session, undefer

from notifications.composing import compose
from notifications.models import Message
from notifications.queue import keep_locally
from notifications.worker import Worker
from planner.accounts import actions as accounts
from planner.accounts.models import Membership, Organization
from planner.database import Database, utc_now
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering
from planner.invitations import actions as invitations
from planner.invitations.models import Invitation
from planner.parties.actions import PartyFields
from planner.rsvps.actions import Said, answer
from planner.rsvps.models import Answer, Source
from planner.series import actions as series
from planner.settings import Settings
from tests.calendars.mailed import assert_mail_is_sound

PATTERN = ("title", "starts_at", "ends_at", "time_zone", "venue", "description", "contact_name", "contact_email")


@dataclass
class MailServer:
    """An SMTP peer that takes mail, or does what `trouble` says: a reply, "drop" or "stall" at the end of DATA.

    `refused` maps an address to the reply that its RCPT gets.
    """

    trouble: str | None = None
    refused: dict[str, str] = field(default_factory=dict)
    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    # The sender in the envelope of each of them.
    senders: list[str] = field(default_factory=list)
    connections: int = 0
    troubled: int = 0
    delay: float = 0.0
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?starttls=never"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for to, mail in self.mails if to == address]

    async def handle_EHLO(self, server: Any, session: Any, _envelope: Any, hostname: str, responses: Any) -> Any:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.refused:
            self.troubled += 1
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        if self.trouble:
            self.troubled += 1
        if self.trouble == "drop":
            server.transport.abort()
            return "250 too late"
        if self.trouble == "stall":
            await asyncio.sleep(3600)
        if self.trouble:
            return self.trouble
        await asyncio.sleep(self.delay)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.senders += [envelope.mail_from for _to in envelope.rcpt_tos]
        self.mails += [(to, mail) for to in envelope.rcpt_tos]
        return "250 OK"


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A mail server on a port of its own."""
    handler = MailServer()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        handler.port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    yield handler
    controller.stop()


def wait_until(true: Callable[[], object], seconds: float = 10.0) -> bool:
    """Whether it became true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return bool(true())


@dataclass
class Centre:
    """Lindenhof Family Centre: does what its coordinator does, and reads its mailbox."""

    database: Database
    settings: Settings
    worker: Worker
    organization_id: uuid.UUID
    owner: Membership
    # Which mails were found sound: none of them changes its words.
    sound: set[uuid.UUID] = field(default_factory=set)

    def deliver(self) -> None:
        """Hands on all that happened."""
        self.worker.dispatcher.drain()

    def leave(self) -> None:
        """What is due leaves."""
        with self.database.bookkeeping() as session:
            keep_locally(session, utc_now())

    def plan(self, publish: bool = True, **fields: Any) -> uuid.UUID:
        """An evening in four months."""
        start = datetime(2027, 3, 18, 16, 30, tzinfo=UTC)
        given = {
            "title": "Soup & Stories",
            "starts_at": start,
            "ends_at": start + timedelta(hours=2),
            "time_zone": "Europe/Berlin",
            "venue": "Garden Room, Lindenweg 12",
            "description": "We cook three soups together.\n\nThen librarians read.",
            "contact_name": "Hanna Brandt",
            "contact_phone": "030 555 01 23",
            "contact_email": "hanna@lindenhof.example",
        }
        with self.database.writing() as session:
            organization = session.get_one(Organization, self.organization_id)
            gathering = gatherings.create(
                session, organization, GatheringFields(**(given | fields)), by=self.owner.account_id
            )
            if publish:
                gatherings.publish(session, gathering)
        return gathering.id

    def repeat(self, publish: bool = True, times: int = 4, each: str = "WEEKLY") -> list[Gathering]:
        """The same evening each week; its days, as far as they are made by now."""
        first = self.plan(publish=False)
        with self.database.writing() as session:
            fields = {name: getattr(session.get_one(Gathering, first), name) for name in PATTERN}
            organization = session.get_one(Organization, self.organization_id)
            rule = f"FREQ={each};COUNT={times}"
            made = series.create(session, organization, GatheringFields(**fields), rule, by=self.owner.account_id)
            if publish:
                series.publish(session, made)
            return series.occurrences(session, made)

    def invite_to_all(self, days: list[Gathering], *parties: PartyFields, words: str = "") -> list[Invitation]:
        """Invites parties, by default one household, to all days of a series."""

        def ask(session: Session, first: Gathering) -> list[Invitation]:
            others = series.others_in(session, first, series.Scope.ALL, lock=True)
            return invitations.invite(session, first, parties or [okafor()], others=others, words=words)

        return self.act(days[0].id, ask)  # type: ignore[no-any-return]

    def act(self, gathering_id: uuid.UUID, action: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Does something with the gathering: publish, cancel, change, hold."""
        with self.database.writing() as session:
            gathering = gatherings.find(session, self.organization_id, gathering_id, lock=True)
            return action(session, gathering, *args, **named)

    def invite(self, gathering_id: uuid.UUID, *parties: PartyFields, words: str = "") -> list[Invitation]:
        """Invites parties, by default one household."""
        return self.act(gathering_id, invitations.invite, parties or [okafor()], words=words)  # type: ignore[no-any-return]

    def answer(self, invitation: Invitation, said: str, source: str = "link", **numbers: int) -> None:
        """A party answers."""
        with self.database.writing() as session:
            answer(session, invitation.id, Said(answer=Answer(said), **numbers), Source(source))

    def mails(self, kind: str | None = None) -> list[Message]:
        """The messages as they stand, oldest first."""
        query = (
            sa.select(Message)
            .order_by(Message.id)
            .options(undefer(Message.text), undefer(Message.html), undefer(Message.calendar))
        )
        if kind:
            query = query.where(Message.kind == kind)
        with self.database.reading() as session:
            found = list(session.scalars(query))
        for message in found:
            # A sign-in link stands nowhere once it has left.
            if message.text and message.id not in self.sound:
                assert_mail_is_sound(as_sent(message))
                self.sound.add(message.id)
        return found


def as_sent(message: Message) -> EmailMessage:
    """The mail as it goes out."""
    raw = compose(message, "planner@localhost", message.written_at)
    return email.message_from_bytes(raw, policy=email.policy.default)  # type: ignore[return-value]


def okafor(**fields: Any) -> PartyFields:
    """A household with one address."""
    return PartyFields(
        **(
            {
                "kind": "household",
                "name": "Okafor-Lindqvist",
                "email": "amina@example.org",
                "adults": 2,
                "children": 3,
            }
            | fields
        )
    )


def make_centre(database: Database, settings: Settings) -> Centre:
    """An organisation with its owner."""
    with database.writing() as session:
        owner = accounts.found_organization(session, "Lindenhof Family Centre", "hanna@lindenhof.example")
    return Centre(database, settings, Worker(database, settings), owner.organization_id, owner)


@pytest.fixture
def centre(database: Database, settings: Settings) -> Centre:
    """The centre on each kind of database; nothing runs but what a test calls."""
    return make_centre(database, settings)


@pytest.fixture
def sending(sqlite_database: Database, settings: Settings, mail_server: MailServer) -> Iterator[Centre]:
    """The centre with a mail server, its worker running."""
    made = make_centre(sqlite_database, replace(settings, smtp_url=mail_server.url))
    made.worker.start()
    yield made
    made.worker.stop()


__all__ = ["Centre", "Gathering", "MailServer", "utc_now"]
