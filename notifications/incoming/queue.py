"""The mails that came in and wait for a person, and what a person does about them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from notifications.models import IncomingMail
from planner.accounts.models import Membership, Role
from planner.database import utc_now
from planner.errors import NotFound
from planner.i18n import gettext as _
from planner.i18n import ngettext
from planner.invitations import actions as invitations
from planner.rsvps.actions import Said, answer
from planner.rsvps.models import Answer, Source
from planner.today import Need

LISTED: Final = 50
WORDS_LAST: Final = timedelta(days=30)


def waiting(session: Session, membership: Membership) -> Sequence[IncomingMail]:
    """What this person may settle, the newest first."""
    query = (
        sa.select(IncomingMail)
        .where(_visible(membership), IncomingMail.done.is_(False))
        .options(selectinload(IncomingMail.gathering), selectinload(IncomingMail.invitation))
        .order_by(IncomingMail.id.desc())
        .limit(LISTED)
    )
    return session.scalars(query).all()


def _visible(membership: Membership) -> sa.ColumnElement[bool]:
    """The organisation's own; owners also see what tells nobody whom it concerns."""
    own = IncomingMail.organization_id == membership.organization_id
    if membership.role == Role.OWNER:
        return sa.or_(own, IncomingMail.organization_id.is_(None))
    return own


def find(session: Session, membership: Membership, mail_id: uuid.UUID) -> IncomingMail:
    """A mail that this person may see; its row is held until the transaction ends. Raises NotFound."""
    query = sa.select(IncomingMail).where(IncomingMail.id == mail_id, _visible(membership))
    found = session.scalar(query.with_for_update())
    if found is None:
        raise NotFound(_("There is no such mail."))
    return found


def settle(session: Session, membership: Membership, mail_id: uuid.UUID, said: Answer | None) -> None:
    """Takes it as an answer, as said at the desk, or puts it aside. Once settled it stays so.

    Raises NotFound, and what `answer` raises.
    """
    mail = find(session, membership, mail_id)
    if mail.done:
        return
    if said is not None:
        if mail.invitation_id is None:
            raise NotFound(_("This mail belongs to no invitation."))
        invitation = invitations.find(session, membership.organization_id, mail.invitation_id)
        answer(session, invitation.id, Said(answer=said), Source.DESK, actor=membership.actor)
    mail.done, mail.raw = True, None
    mail.settled_at, mail.settled_by = utc_now(), membership.account_id


def forget_words(session: Session, now: datetime) -> None:
    """Of mails that came in 30 days before `now` and are settled, forgets who wrote what.

    The rows stay: by them a mail that comes a second time, or an older answer, is known.
    """
    session.execute(
        sa.update(IncomingMail)
        .where(IncomingMail.done, IncomingMail.received_at < now - WORDS_LAST, IncomingMail.from_address != "")
        .values(from_address="", subject="", details={}, raw=None)
    )


def unused(
    session: Session, organization_id: uuid.UUID, _now: datetime, gathering_id: uuid.UUID | None
) -> list[Need]:
    """A line for the desk's first page while mails wait."""
    query = sa.select(sa.func.count()).where(
        IncomingMail.organization_id == organization_id, IncomingMail.done.is_(False)
    )
    if gathering_id is not None:
        query = query.where(IncomingMail.gathering_id == gathering_id)
    count = session.scalar(query) or 0
    if not count:
        return []
    title = ngettext("%(n)d mail could not be used", "%(n)d mails could not be used", count) % {"n": count}
    below = _("Answers and reports that came in and need a person.")
    return [Need(icon="mail", title=title, below=below, url="/manage/incoming", words=_("Look at it"))]
