"""Failure reports as they are used: the mail is marked, and an address that is wrong gets nothing more."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from notifications.incoming.bounces import Failure, Report
from notifications.incoming.reading import NotUsed
from notifications.models import IncomingMail, Message, State
from planner.addresses import address_key
from planner.database import insert, utc_now
from planner.parties.models import StoppedAddress


def take_report(session: Session, row: IncomingMail, report: Report) -> str:
    """Marks the mail that a report is about; says in a word what was made of it. Raises NotUsed."""
    row.details = {
        **row.details,
        "addresses": [{"address": one.address, "permanent": one.permanent} for one in report.failed],
        "statuses": [one.status for one in report.failed],
        "delayed": list(report.delayed),
    }
    message = _message(session, row, report)
    if message is None:
        raise NotUsed("unknown-mail")
    row.returns(message)
    if not report.failed:
        if not report.delayed:
            raise NotUsed("no-address")
        return "delayed"
    to = address_key(message.to_address)
    # A forwarded mail fails under another address: it failed all the same.
    own = [one for one in report.failed if to in (address_key(one.address), address_key(one.original))]
    failure = (own or list(report.failed))[0]
    _mark(message, failure)
    if own and failure.wrong_address and message.organization_id is not None:
        _stop(session, message, failure)
        return "address-stopped"
    return "marked"


def _message(session: Session, row: IncomingMail, report: Report) -> Message | None:
    """The mail by the address that the report came to, else by the Message-ID of what it gives back."""
    if row.message_id is not None:
        return session.get(Message, row.message_id)
    if not report.message_ids:
        return None
    keys = {address_key(address) for one in report.failed for address in (one.address, one.original) if address}
    keys |= {address_key(one) for one in report.delayed}
    found = session.scalars(sa.select(Message).where(Message.message_id.in_(report.message_ids)).limit(2)).all()
    # What anybody could write is believed only where it names whom that mail went to.
    return found[0] if len(found) == 1 and address_key(found[0].to_address) in keys else None


def _mark(message: Message, failure: Failure) -> None:
    if message.state in (State.SENT, State.QUEUED):
        message.state = State.BOUNCED
    message.claimed_until = None
    message.last_error = failure.words or failure.status or None


def _stop(session: Session, message: Message, failure: Failure) -> None:
    values = {
        "organization_id": message.organization_id,
        "email_key": address_key(message.to_address),
        "reason": failure.words or failure.status,
        "stopped_at": utc_now(),
    }
    session.execute(insert(session, StoppedAddress).values(**values).on_conflict_do_nothing())
