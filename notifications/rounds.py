"""Rounds of mail to many guests, written page by page so that nobody waits for the database meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from notifications.days import was_told, write_mails
from notifications.installation import Installation
from notifications.models import Message
from notifications.writing import Round
from planner.gatherings.models import Gathering
from planner.invitations.models import Invitation
from planner.parties.models import Party
from planner.rsvps.models import Rsvp

PAGE: Final = 50


def write_page(
    session: Session,
    here: Installation,
    gathering: Gathering,
    why: Round,
    *audience: sa.ColumnElement[bool],
    after: uuid.UUID | None = None,
) -> bool:
    """Writes to at least `PAGE` guests who have not got it yet; whether all are done.

    `audience` says who of the guests gets it, in terms of Invitation, Party and Rsvp. `after`: only those who were
    invited later than this invitation.
    """
    written = 0
    while written < PAGE:
        page = _page(session, gathering, why, audience, after)
        if not page:
            return True
        written += write_mails(session, here, gathering, page, why)
        after = page[-1].id
    return False


def _page(
    session: Session,
    gathering: Gathering,
    why: Round,
    audience: Sequence[sa.ColumnElement[bool]],
    after: uuid.UUID | None,
) -> list[Invitation]:
    same_event = sa.true() if why.once else Message.event_id == why.event_id
    got_it = was_told(Message.kind == why.kind, same_event)
    query = (
        sa.select(Invitation)
        .join(Party, Party.id == Invitation.party_id)
        .outerjoin(Rsvp, Rsvp.invitation_id == Invitation.id)
        .options(contains_eager(Invitation.party))
        .where(Invitation.gathering_id == gathering.id, Invitation.withdrawn_at.is_(None), ~got_it, *audience)
        .order_by(Invitation.id)
        .limit(PAGE)
    )
    if after is not None:
        query = query.where(Invitation.id > after)
    return list(session.scalars(query))
