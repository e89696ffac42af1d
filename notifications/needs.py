"""Mails that were given up, as the desk's first page names them."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from notifications.days import mails_about
from notifications.kinds import OPEN_ALONE
from notifications.models import Message, State
from notifications.words import kind_words
from planner.gatherings.models import Gathering, Status
from planner.i18n import gettext as _
from planner.parties.models import StoppedAddress
from planner.today import NEEDS_READ, Need

# What failed longer ago needs nobody today.
LOOKS_BACK: Final = timedelta(days=30)


def undelivered(
    session: Session, organization_id: uuid.UUID, now: datetime, gathering_id: uuid.UUID | None
) -> list[Need]:
    """Mails that failed for good, the latest first.

    Passed over: those that were sent again, that would no longer be true, or whose address is named already as one
    that mail doesn't reach.
    """
    later = aliased(Message)
    sent_again = (
        sa.select(later.id)
        .where(
            later.organization_id == Message.organization_id,
            later.kind == Message.kind,
            later.invitation_id.is_not_distinct_from(Message.invitation_id),
            # A mail about many days has others beside it that are for calendar programs.
            later.calendar_method.is_not_distinct_from(Message.calendar_method),
            later.to_name == Message.to_name,
            later.id > Message.id,
        )
        .exists()
    )
    stopped = (
        sa.select(StoppedAddress.email_key)
        .where(
            StoppedAddress.organization_id == organization_id,
            StoppedAddress.email_key == sa.func.lower(Message.to_address),
        )
        .exists()
    )
    still_true = sa.or_(
        Message.kind.not_in(OPEN_ALONE), sa.and_(Gathering.status == Status.PUBLISHED, Gathering.ends_at > now)
    )
    query = (
        sa.select(Message, Gathering.title)
        .outerjoin(Gathering, Gathering.id == Message.gathering_id)
        .where(
            Message.organization_id == organization_id,
            Message.state.in_([State.FAILED, State.BOUNCED]),
            Message.written_at > now - LOOKS_BACK,
            still_true,
            ~sent_again,
            ~stopped,
        )
        .order_by(Message.id.desc())
        .limit(NEEDS_READ)
    )
    if gathering_id:
        query = query.where(mails_about(gathering_id))
    return [_need(message, title) for message, title in session.execute(query)]


def _need(message: Message, title: str | None) -> Need:
    about = ": ".join(words for words in (kind_words(message.kind), title) if words)
    return Need(
        icon="mail",
        title=_("Mail to %(name)s was not delivered") % {"name": message.to_name},
        below=f"{message.to_address}. {about}",
        url=f"/manage/mail?open={message.id}#mail",
        words=_("Look at it"),
    )
