"""Links that somebody has lost, mailed once more to whoever they belong to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events.log import LogEntry
from planner.addresses import address_in, address_key
from planner.database import utc_now
from planner.gatherings.models import LINK_LASTS, Gathering, Status
from planner.invitations.actions import send_link_again
from planner.invitations.models import Invitation
from planner.parties.models import Party, PartyMember, Person

LINKS_AN_HOUR: Final = 3


def send_links_to(session: Session, address: str) -> None:
    """Mails an address the links of all that it is invited to and that still open; silent where there are none.

    At most three times an hour for each invitation. Raises Invalid at `email` for what is no address.
    """
    key = address_key(address_in("email", address))
    now = utc_now()
    mine = (
        sa.select(PartyMember.party_id)
        .join(Person, Person.id == PartyMember.person_id)
        .where(Person.email_key == key, PartyMember.role == "adult")
    )
    # One at a time: of many requests at once none shall overlook the others.
    asking = sa.select(Party.id).where(sa.or_(Party.email_key == key, Party.id.in_(mine))).order_by(Party.id)
    party_ids = list(session.scalars(asking.with_for_update(key_share=True)))
    query = (
        sa.select(Invitation)
        .join(Gathering, Gathering.id == Invitation.gathering_id)
        .where(
            Invitation.party_id.in_(party_ids),
            Invitation.withdrawn_at.is_(None),
            Gathering.status.in_([Status.PUBLISHED, Status.HELD]),
            Gathering.ends_at > now - LINK_LASTS,
        )
        .order_by(Gathering.starts_at.desc())
        .limit(20)
    )
    for invitation in session.scalars(query).unique():
        if _sent_lately(session, invitation, now - timedelta(hours=1)) < LINKS_AN_HOUR:
            send_link_again(session, invitation, actor="link")


def _sent_lately(session: Session, invitation: Invitation, since: datetime) -> int:
    """How often the link was sent again since then, as the log has it."""
    query = sa.select(LogEntry.data).where(
        LogEntry.gathering_id == invitation.gathering_id,
        LogEntry.type == "LinkSentAgain",
        LogEntry.occurred_at > since,
    )
    return sum(data.get("invitation_id") == str(invitation.id) for data in session.scalars(query))
