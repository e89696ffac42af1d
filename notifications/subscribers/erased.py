"""When a party is forgotten its mails are too."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import LoggedEvent, PartyErased, subscriber
from notifications.models import IncomingMail, Message


@subscriber("mail-erased", PartyErased)
def delete_mails(session: Session, event: LoggedEvent) -> None:
    """Deletes what was written about the party's invitations, sent or not, and what came in about them."""
    if isinstance(event.payload, PartyErased):
        ids = event.payload.invitation_ids
        written = sa.select(Message.id).where(Message.invitation_id.in_(ids))
        came_in = sa.or_(IncomingMail.invitation_id.in_(ids), IncomingMail.message_id.in_(written))
        session.execute(sa.delete(IncomingMail).where(came_in))
        session.execute(sa.delete(Message).where(Message.invitation_id.in_(ids)))
