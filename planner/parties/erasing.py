"""Forgets a party that asked for it: names, addresses and words go, head counts stay."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import PartyErased, record
from planner.appreciation.models import Appreciation
from planner.calendars.models import Feed
from planner.database import utc_now
from planner.gatherings.models import Gathering, Status
from planner.i18n import gettext as _
from planner.invitations.actions import held, withdraw
from planner.invitations.models import Invitation, Question
from planner.parties.editing import remove_row
from planner.parties.models import AddressAlias, GroupMember, Party, PartyMember, Person, StoppedAddress
from planner.parties.queries import was_asked
from planner.rsvps.models import Rsvp
from planner.series.versions import hold_series_of


def erase(session: Session, party: Party, *, actor: str | None = None) -> None:
    """Forgets a party. What it is invited to and still ahead is withdrawn first, so that its seats are given on.

    One that was never asked anything goes whole; of others the head counts stay. Their mails are deleted by the
    subscriber of `PartyErased`. Nothing of this can be undone.
    """
    if not was_asked(session, party):
        _forget_people(session, party)
        remove_row(session, party)
        return
    query = sa.select(Invitation).join(Invitation.gathering).where(Invitation.party_id == party.id)
    invitations = list(session.scalars(query.order_by(Gathering.series_id, Gathering.slot, Gathering.id)))
    ahead = [one for one in invitations if one.gathering.status in (Status.DRAFT, Status.PUBLISHED)]
    # All of them before the party: an answer to one of them holds it and then waits for the party. A series comes
    # before its days, as for whoever holds many of them.
    for gathering_id in {one.gathering.series_id: one.gathering_id for one in ahead}.values():
        hold_series_of(session, gathering_id)
    for invitation in ahead:
        held(session, invitation.id)
    for invitation in ahead:
        withdraw(session, invitation, actor=actor)
    for invitation in invitations:
        invitation.words = ""
        invitation.link_version += 1
    ids = [invitation.id for invitation in invitations]
    session.execute(sa.update(Rsvp).where(Rsvp.invitation_id.in_(ids)).values(note=""))
    session.execute(sa.delete(Question).where(Question.invitation_id.in_(ids)))
    session.execute(
        sa.delete(Appreciation).where(
            sa.or_(Appreciation.from_invitation_id.in_(ids), Appreciation.to_invitation_id.in_(ids))
        )
    )
    session.execute(
        sa.update(Feed).where(Feed.party_id == party.id, Feed.revoked_at.is_(None)).values(revoked_at=utc_now())
    )
    _forget_people(session, party)
    party.name, party.email, party.email_key, party.source_key = _("Erased"), None, None, None
    party.language, party.profession = None, None
    party.link_version += 1
    party.want_no_more()
    party.erased_at = utc_now()
    record(
        session,
        PartyErased(organization_id=party.organization_id, party_id=party.id, invitation_ids=ids),
        actor=actor,
    )


def _forget_people(session: Session, party: Party) -> None:
    """Its people, but for those who belong to another party too, and what is known of their addresses."""
    mine = sa.select(PartyMember.person_id).where(PartyMember.party_id == party.id)
    elsewhere = sa.select(PartyMember.person_id).where(PartyMember.party_id != party.id)
    people = list(session.scalars(sa.select(Person).where(Person.id.in_(mine), Person.id.not_in(elsewhere))))
    keys = {key for key in [party.email_key, *(person.email_key for person in people)] if key}
    session.execute(
        sa.delete(StoppedAddress).where(
            StoppedAddress.organization_id == party.organization_id, StoppedAddress.email_key.in_(keys)
        )
    )
    session.execute(sa.delete(AddressAlias).where(AddressAlias.party_id == party.id))
    session.execute(sa.delete(GroupMember).where(GroupMember.party_id == party.id))
    session.execute(sa.delete(PartyMember).where(PartyMember.party_id == party.id))
    session.execute(sa.delete(Person).where(Person.id.in_([person.id for person in people])))
    session.expire(party, ["members"])
