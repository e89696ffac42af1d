"""Invitations over the JSON interface."""

from __future__ import annotations

import uuid
from typing import Final

import msgspec
import sqlalchemy as sa
from litestar import Response, get, post
from sqlalchemy.orm import Session

from planner.api import Caller, Once, Page, Window
from planner.database import Database
from planner.gatherings.actions import find
from planner.invitations.actions import invite
from planner.invitations.models import Invitation
from planner.parties.actions import PartyFields
from planner.rsvps.models import Rsvp
from planner.security import LinkSigner
from planner.settings import Settings


class InvitationsSent(msgspec.Struct):
    """Whom to ask: parties by their fields, and groups by id."""

    parties: list[PartyFields] = []
    groups: list[uuid.UUID] = []
    # The coordinator's own sentence at the top of the mail.
    words: str = ""


class InvitationMade(msgspec.Struct):
    """An invitation, with the party's own link."""

    id: uuid.UUID
    party_id: uuid.UUID
    rsvp_url: str


class InvitationsMade(msgspec.Struct):
    """The invitations of those who were named, in their order."""

    invitations: list[InvitationMade]


class InvitationShown(msgspec.Struct):
    """An invitation and what was answered; `state` is invited or withdrawn."""

    id: uuid.UUID
    party_id: uuid.UUID
    name: str
    state: str
    answer: str | None
    rsvp_url: str


def _link(invitation: Invitation, signer: LinkSigner, settings: Settings) -> str:
    return settings.url("/r/" + signer.token("invitation", invitation.id, invitation.link_version))


@post("/gatherings/{gathering_id:uuid}/invitations", sync_to_thread=True, status_code=202)
def ask(
    gathering_id: uuid.UUID,
    data: InvitationsSent,
    caller: Caller,
    once: Once,
    signer: LinkSigner,
    settings: Settings,
) -> Response[bytes]:
    """Invite parties; their mail goes out on its own. Nobody is invited twice."""
    caller.must_plan()

    def act(session: Session) -> InvitationsMade:
        gathering = find(session, caller.organization_id, gathering_id, lock=True)
        made = invite(
            session, gathering, data.parties, group_ids=data.groups, words=data.words, actor=caller.actor
        )
        return InvitationsMade(
            [InvitationMade(one.id, one.party_id, _link(one, signer, settings)) for one in made]
        )

    return once.do(202, act)


@get("/gatherings/{gathering_id:uuid}/invitations", sync_to_thread=True)
def list_all(
    gathering_id: uuid.UUID,
    caller: Caller,
    window: Window,
    database: Database,
    signer: LinkSigner,
    settings: Settings,
) -> Page[InvitationShown]:
    """List who was invited."""
    query = (
        sa.select(Invitation, Rsvp.answer)
        .outerjoin(Rsvp, Rsvp.invitation_id == Invitation.id)
        .where(Invitation.gathering_id == gathering_id)
    )

    def show(row: tuple[Invitation, str | None]) -> InvitationShown:
        one, answer = row
        state = "withdrawn" if one.withdrawn_at else "invited"
        return InvitationShown(
            one.id, one.party_id, one.party.name, state, answer, _link(one, signer, settings)
        )

    with database.reading() as session:
        find(session, caller.organization_id, gathering_id)
        return window.page(session, query, Invitation.id, show)


routes: Final = [ask, list_all]
