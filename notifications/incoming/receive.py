"""One mail that came in: read, tied to what it is about, and used or kept for a person, in one transaction."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from notifications.incoming.bounces import Report, report_in
from notifications.incoming.reading import CalendarPart, Mail, NotUsed, calendar_in, read_mail
from notifications.incoming.replies import Arrived, take_reply
from notifications.incoming.reports import take_report
from notifications.installation import Installation
from notifications.models import Incoming, IncomingMail, Message
from planner.accounts.models import Organization
from planner.calendars.versions import raise_party_version
from planner.database import Database
from planner.invitations.addresses import TokenAddress, read_address
from planner.invitations.models import Invitation
from planner.parties.models import Party

_METHODS: Final = {"REPLY": Incoming.REPLY, "COUNTER": Incoming.COUNTER}
_LOGGER = logging.getLogger(__name__)


class FailedAddress(msgspec.Struct, frozen=True):
    """An address that a report names; `permanent`: another try would fail too."""

    address: str
    permanent: bool


class Received(msgspec.Struct, frozen=True):
    """What became of a mail. `done` is false where it waits in the queue for a person; `reason` says why."""

    kind: str
    done: bool
    reason: str
    addresses: tuple[FailedAddress, ...] | None = None


class _Contents(NamedTuple):
    """What a mail is, before anything is looked up."""

    mail: Mail
    kind: Incoming
    calendar: CalendarPart | None = None
    report: Report | None = None
    reason: str = ""


def take_in(
    database: Database,
    installation: Installation,
    raw: bytes,
    recipients: Sequence[str] = (),
    *,
    dry_run: bool = False,
) -> Received:
    """Receives a mail in a durable transaction of its own; `dry_run` only says what would become of it.

    Raises SQLAlchemyError where it could not be stored: then the mail server tries again.
    """

    def once() -> Received:
        with database.writing() as session:
            received = receive(session, installation, raw, recipients)
            if dry_run:
                session.rollback()
            return received

    try:
        return once()
    except sa.exc.IntegrityError:
        # Another process took the same mail at the same moment: now it is there to be found.
        return once()


def receive(session: Session, installation: Installation, raw: bytes, recipients: Sequence[str] = ()) -> Received:
    """Uses a mail, or keeps it for a person with the reason. The same mail to the same address counts once.

    `recipients` are whom the mail server names; without any the mail's own heads are asked.
    """
    contents, address = _read(installation, raw, recipients)
    mail = contents.mail
    key = f"{mail.key}:{address.what}:{address.sealed.id}" if address else mail.key
    known = session.scalar(sa.select(IncomingMail).where(IncomingMail.key == key))
    if known is not None:
        return _as_received(known)
    row = IncomingMail(
        key=key,
        kind=contents.kind,
        done=False,
        reason=contents.reason,
        from_address=mail.from_address,
        subject=mail.subject,
        details={"text": mail.text},
    )
    session.add(row)
    session.flush()
    try:
        row.reason = _use(session, installation, contents, row, address)
        row.done = True
    except NotUsed as unused:
        row.reason = unused.reason
        row.raw = None if mail.too_big else raw
    row.organization_id = row.organization_id or _only_one(session)
    session.flush()
    _LOGGER.info("mail received", extra={"kind": row.kind, "reason": row.reason, "done": row.done})
    return _as_received(row)


def _only_one(session: Session) -> uuid.UUID | None:
    """The organisation, where there is one alone: then the mail can be meant for nobody else."""
    ids = session.scalars(sa.select(Organization.id).limit(2)).all()
    return ids[0] if len(ids) == 1 else None


def _as_received(row: IncomingMail) -> Received:
    addresses = None
    if row.kind == Incoming.BOUNCE:
        addresses = tuple(msgspec.convert(one, FailedAddress) for one in row.details.get("addresses", []))
    return Received(row.kind, row.done, row.reason, addresses)


def _read(
    installation: Installation, raw: bytes, recipients: Sequence[str]
) -> tuple[_Contents, TokenAddress | None]:
    mail = read_mail(raw)
    claimed = (read_address(installation.settings, one) for one in recipients or mail.sent_to)
    address = next((one for one in claimed if one), None)
    try:
        return _contents(mail, address), address
    except NotUsed as unused:
        return _Contents(mail, Incoming.OTHER, reason=unused.reason), address
    except Exception:
        # Whatever a stranger wrote must not come back again and again: it is kept for a person.
        _LOGGER.exception("a mail could not be read")
        return _Contents(mail, Incoming.OTHER, reason="malformed"), address


def _contents(mail: Mail, address: TokenAddress | None) -> _Contents:
    if mail.too_big:
        return _Contents(mail, Incoming.OTHER, reason="too-big")
    report = report_in(mail, expected=address is not None and address.what == "bounce")
    if report is not None:
        return _Contents(mail, Incoming.BOUNCE, report=report)
    if address is not None and address.what == "unsubscribe":
        return _Contents(mail, Incoming.UNSUBSCRIBE)
    calendar = calendar_in(mail)
    if calendar is not None:
        answers = not calendar.method and any(one.answer for one in calendar.attendees)
        kind = Incoming.REPLY if answers else _METHODS.get(calendar.method, Incoming.OTHER)
        return _Contents(mail, kind, calendar, reason="" if kind != Incoming.OTHER else "not-an-answer")
    if str(mail.message.get_param("report-type") or "").lower() == "feedback-report":
        return _Contents(mail, Incoming.OTHER, reason="complaint")
    if mail.automatic:
        return _Contents(mail, Incoming.AUTOMATIC, reason="automatic")
    return _Contents(mail, Incoming.OTHER, reason="words" if mail.text.strip() else "no-words")


def _use(
    session: Session,
    installation: Installation,
    contents: _Contents,
    row: IncomingMail,
    address: TokenAddress | None,
) -> str:
    invitation = _by_address(session, installation, row, address)
    if contents.report is not None:
        return take_report(session, row, contents.report)
    if contents.kind == Incoming.UNSUBSCRIBE:
        return _unsubscribe(session, installation, row, address)
    if contents.kind in (Incoming.REPLY, Incoming.COUNTER) and contents.calendar is not None:
        arrived = Arrived(contents.mail, row, invitation)
        return take_reply(session, installation, arrived, contents.calendar)
    if contents.kind == Incoming.AUTOMATIC:
        return contents.reason
    raise NotUsed(contents.reason)


def _by_address(
    session: Session, installation: Installation, row: IncomingMail, address: TokenAddress | None
) -> Invitation | None:
    """What the address is about, if its seal holds; it is written down for those who see the queue."""
    if address is None or address.what == "unsubscribe":
        return None
    if not installation.signer.holds(address.what, address.sealed, 1):
        return None
    if address.what == "bounce":
        message = session.get(Message, address.sealed.id)
        if message is not None:
            row.returns(message)
        return None
    invitation = session.get(Invitation, address.sealed.id)
    if invitation is not None:
        row.is_about(invitation)
    return invitation


def _unsubscribe(
    session: Session, installation: Installation, row: IncomingMail, address: TokenAddress | None
) -> str:
    party = session.get(Party, address.sealed.id) if address else None
    if address is None or party is None:
        raise NotUsed("unknown-party")
    if not installation.signer.holds("unsubscribe", address.sealed, party.link_version):
        raise NotUsed("unknown-party")
    row.organization_id = party.organization_id
    party.want_no_more()
    raise_party_version(session, party.id)
    return "unsubscribed"
