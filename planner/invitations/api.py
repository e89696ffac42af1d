"""Invitations in the JSON interface."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlalchemy.orm import Session

from planner.api import Page, TheCaller, ThePaging, page_by_id
from planner.dependencies import TheDatabase, TheSettings, TheSigner
from planner.errors import Invalid
from planner.gatherings import actions as gatherings
from planner.gatherings.api import OF_A_SERIES
from planner.i18n import gettext as _
from planner.invitations.actions import invite
from planner.invitations.links import rsvp_url
from planner.invitations.models import Invitation
from planner.parties.actions import PartyFields
from planner.parties.models import Group, Party
from planner.rsvps.models import Rsvp, state_of
from planner.series.actions import others_in, scope_of


class InvitationsBody(msgspec.Struct, kw_only=True):
    """Whom to ask: parties by their fields, known ones by id, or groups. `words` stand at the top of the mail."""

    parties: list[PartyFields] = []
    party_ids: list[uuid.UUID] = []
    groups: list[uuid.UUID] = []
    words: str = ""


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """A party that was asked, with its own link."""

    id: uuid.UUID
    gathering_id: uuid.UUID
    party_id: uuid.UUID
    rsvp_url: str


class AllInvited(msgspec.Struct, frozen=True, kw_only=True):
    """Those who were asked, in the order given, day by day; who had an invitation keeps it."""

    invitations: list[Invited]


class InvitationView(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation. `state` is accepted, waiting, tentative, unanswered, declined or withdrawn."""

    id: uuid.UUID
    party_id: uuid.UUID
    name: str
    state: str
    answer: str | None
    rsvp_url: str | None


@post("/gatherings/{gathering_id:uuid}/invitations", status_code=202, sync_to_thread=True)
def create(
    gathering_id: FromPath[uuid.UUID],
    data: JSONBody[InvitationsBody],
    caller: TheCaller,
    database: TheDatabase,
    settings: TheSettings,
    signer: TheSigner,
    which: Annotated[str, QueryParameter(name="scope", description=OF_A_SERIES)] = "this",
) -> Response[AllInvited]:
    """Asks parties; their mail goes out on its own, or with the publishing of a draft.

    Asked to several days of a series, each party gets one mail that names them; each day has its own answer.
    """
    caller.must_plan()

    def act(session: Session) -> AllInvited:
        gathering = gatherings.find(session, caller.organization_id, gathering_id, lock=True)
        _must_know(session, caller.organization_id, Group, "groups", data.groups)
        _must_know(session, caller.organization_id, Party, "party_ids", data.party_ids)
        made = invite(
            session,
            gathering,
            data.parties,
            party_ids=data.party_ids,
            group_ids=data.groups,
            words=data.words,
            others=others_in(session, gathering, scope_of(which), lock=True),
            actor=caller.actor,
        )
        return AllInvited(
            invitations=[
                Invited(
                    id=one.id,
                    gathering_id=one.gathering_id,
                    party_id=one.party_id,
                    rsvp_url=rsvp_url(settings, signer, one.id, one.link_version),
                )
                for one in made
            ]
        )

    return caller.once(database, act, 202)


def _must_know(
    session: Session, organization_id: uuid.UUID, table: type[Group | Party], field: str, ids: list[uuid.UUID]
) -> None:
    query = sa.select(table.id).where(table.id.in_(ids), table.organization_id == organization_id)
    known = set(session.scalars(query)) if ids else set()
    for i, id in enumerate(ids):
        if id not in known:
            raise Invalid.field(f"{field}[{i}]", _("Your organisation has none of this id."))


@get("/gatherings/{gathering_id:uuid}/invitations", sync_to_thread=True)
def list_all(
    gathering_id: FromPath[uuid.UUID],
    caller: TheCaller,
    paging: ThePaging,
    database: TheDatabase,
    settings: TheSettings,
    signer: TheSigner,
) -> Page[InvitationView]:
    """Who was asked, and what they said."""

    def view(row: Any) -> InvitationView:
        withdrawn = row.withdrawn_at is not None
        return InvitationView(
            id=row.id,
            party_id=row.party_id,
            name=row.name,
            state="withdrawn" if withdrawn else state_of(row.answer, row.waiting_since),
            answer=row.answer,
            rsvp_url=None if withdrawn else rsvp_url(settings, signer, row.id, row.link_version),
        )

    query = (
        sa.select(
            Invitation.id,
            Invitation.party_id,
            Invitation.link_version,
            Invitation.withdrawn_at,
            Party.name,
            Rsvp.answer,
            Rsvp.waiting_since,
        )
        .join(Party, Party.id == Invitation.party_id)
        .outerjoin(Rsvp, Rsvp.invitation_id == Invitation.id)
        .where(Invitation.gathering_id == gathering_id)
    )
    with database.reading() as session:
        gatherings.find(session, caller.organization_id, gathering_id)
        return page_by_id(session, query, Invitation.id, paging, view)


routes = [create, list_all]
