"""The page that shows how the invitations of a gathering leave, and that stops or resumes them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.orm import Session, joinedload

from events import is_under_way
from notifications.days import SEVERAL, mails_about
from notifications.installation import here
from notifications.inviting import invitation_round, write_anew
from notifications.kinds import INVITATION
from notifications.models import Message, State
from notifications.outbox import wake_after_commit
from notifications.queue import stop_queued
from notifications.words import BADGES, state_words
from planner.database import utc_now
from planner.dependencies import SignedIn, TheDatabase, TheSettings
from planner.desk import planners_only, url_of, workspace_page
from planner.gatherings import actions as gatherings
from planner.gatherings.models import Gathering
from planner.gatherings.standing import standing
from planner.i18n import own_name
from planner.invitations.models import Invitation
from planner.rsvps.models import Rsvp
from planner.web import AnyRequest, see

LISTED: Final = 50
FIRST_ANSWERS: Final = 5


@get("/gatherings/{gathering_id:uuid}/sending", sync_to_thread=True)
def sending(
    request: AnyRequest,
    gathering_id: FromPath[uuid.UUID],
    membership: SignedIn,
    database: TheDatabase,
    settings: TheSettings,
) -> Response[str]:
    """How many invitations are with the mail server, which wait, which came back."""
    with database.reading() as session:
        gathering = gatherings.find(session, membership.organization_id, gathering_id)
        counts = _counts(session, gathering_id)
        messages = _messages(session, gathering_id)
        answers = _first_answers(session, gathering_id)
        how = standing(session, gathering_id)
        being_written = is_under_way(session, gathering_id)
    return workspace_page(
        *(request, "mail/sending.html", membership, gathering, how, "guests"),
        counts=counts,
        being_written=being_written,
        total=sum(counts.values()),
        messages=messages,
        answers=answers,
        state_words=state_words,
        local=settings.smtp_url is None,
        own_name=own_name,
        badges=BADGES,
    )


@post("/gatherings/{gathering_id:uuid}/sending/stop", sync_to_thread=True)
def stop(gathering_id: FromPath[uuid.UUID], membership: SignedIn, database: TheDatabase) -> Response[Any]:
    """Keeps back the invitations that have not left yet."""
    planners_only(membership)
    with database.writing() as session:
        gathering = gatherings.find(session, membership.organization_id, gathering_id)
        stop_queued(session, mails_about(gathering_id), Message.kind == INVITATION)
    return see(f"{url_of(gathering)}/sending")


@post("/gatherings/{gathering_id:uuid}/sending/resume", sync_to_thread=True)
def resume(gathering_id: FromPath[uuid.UUID], membership: SignedIn, database: TheDatabase) -> Response[Any]:
    """Lets the invitations leave that were kept back."""
    planners_only(membership)
    with database.writing() as session:
        gathering = gatherings.find(session, membership.organization_id, gathering_id)
        if gathering.is_open:
            _resume(session, gathering)
    return see(f"{url_of(gathering)}/sending")


def _resume(session: Session, gathering: Gathering) -> None:
    now = utc_now()
    # It may have moved meanwhile; of several days one may have been called off.
    untrue = sa.or_(SEVERAL, Message.sequence < gathering.sequence)
    write_anew(session, here(), invitation_round(None), mails_about(gathering.id), untrue, state=State.STOPPED)
    still_invited = sa.select(Invitation.id).where(
        Invitation.gathering_id == gathering.id, Invitation.withdrawn_at.is_(None)
    )
    session.execute(
        sa.update(Message)
        .where(
            Message.gathering_id == gathering.id,
            Message.kind == INVITATION,
            Message.state == State.STOPPED,
            Message.invitation_id.in_(still_invited),
        )
        .values(state=State.QUEUED, due_at=now, written_at=now)
        .execution_options(synchronize_session=False)
    )
    wake_after_commit(session)


def _counts(session: Session, gathering_id: uuid.UUID) -> dict[str, int]:
    query = (
        sa.select(Message.state, sa.func.count())
        .where(mails_about(gathering_id), Message.kind == INVITATION)
        .group_by(Message.state)
    )
    found = dict(session.execute(query).all())
    return {state: found.get(state, 0) for state in State}


def _messages(session: Session, gathering_id: uuid.UUID) -> Sequence[Message]:
    """What is in trouble first, then what waits, then what left, newest first."""
    order = sa.case(
        {State.FAILED: 0, State.BOUNCED: 0, State.QUEUED: 1, State.STOPPED: 1}, value=Message.state, else_=2
    )
    query = (
        sa.select(Message)
        .where(mails_about(gathering_id), Message.kind == INVITATION)
        .order_by(order, Message.sent_at.desc(), Message.id)
        .limit(LISTED)
    )
    return session.scalars(query).all()


def _first_answers(session: Session, gathering_id: uuid.UUID) -> Sequence[Rsvp]:
    query = (
        sa.select(Rsvp)
        .where(Rsvp.gathering_id == gathering_id)
        .order_by(Rsvp.answered_at.desc())
        .limit(FIRST_ANSWERS)
        .options(joinedload(Rsvp.invitation))
    )
    return session.scalars(query).all()


routes = [sending, stop, resume]
