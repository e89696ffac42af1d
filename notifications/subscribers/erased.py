"""When a party is forgotten its mails are too."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import LoggedEvent, PartyErased, subscriber
from notifications.models import Message


@subscriber("mail-erased", PartyErased)
def delete_mails(session: Session, event: LoggedEvent) -> None:
    """Deletes what was written about the party's invitations, sent or not."""
    if isinstance(event.payload, PartyErased):
        session.execute(sa.delete(Message).where(Message.invitation_id.in_(event.payload.invitation_ids)))
