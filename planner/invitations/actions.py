"""Whom a coordinator asks, and the links that they get."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, lazyload
from sqlalchemy.orm.attributes import set_committed_value

from events import record, record_all
from events.catalogue import InvitationWithdrawn, LinkSentAgain, PartyInvited
from planner.calendars.actions import find_party_feed, rotate_feed
from planner.calendars.versions import raise_party_version, raise_party_versions
from planner.database import insert, new_id, utc_now
from planner.errors import FieldError, Invalid, NotFound, Refused
from planner.gatherings.actions import raise_sequence
from planner.gatherings.models import Gathering, Status
from planner.i18n import gettext as _
from planner.invitations.models import Invitation
from planner.parties import actions as parties
from planner.parties.actions import PartyFields
from planner.parties.models import GroupMember, Party
from planner.rsvps.models import Rsvp
from planner.rsvps.seats import give_free_seats
from planner.security import LinkSigner
from planner.text import text_field

WORDS_MOST: Final = 2000
_CHUNK: Final = 500


class InvitingIsOver(Refused):
    """The gathering is cancelled or held."""


def refuse_unless_open(gathering: Gathering) -> None:
    """Raises InvitingIsOver once the gathering is cancelled or held."""
    if gathering.status not in (Status.DRAFT, Status.PUBLISHED):
        raise InvitingIsOver(_("This event is over or cancelled: nobody can be invited any more."))


def invite(
    session: Session,
    gathering: Gathering,
    asked: Sequence[PartyFields] = (),
    *,
    party_ids: Sequence[uuid.UUID] = (),
    group_ids: Sequence[uuid.UUID] = (),
    words: str = "",
    others: Sequence[Gathering] = (),
    actor: str | None = None,
) -> list[Invitation]:
    """Asks parties: new ones by their fields, known ones by id or group; their invitations, each once, in order.

    Nobody is invited twice: who has an invitation keeps it, and no second mail leaves. To a draft it is taken, and
    its mail leaves with the publishing. `words` is the coordinator's own sentence at the top of the mail. `others`
    are further days of the gathering's series to which they are asked too; all are locked by the caller.

    Raises InvitingIsOver, and Invalid where nobody is named or a party's fields cannot be used.
    """
    for one in (gathering, *others):
        refuse_unless_open(one)
    errors: list[FieldError] = []
    words = text_field("words", words, WORDS_MOST, errors)
    if errors:
        raise Invalid(errors)
    if not asked and not party_ids and not group_ids:
        raise Invalid.field("parties", _("Choose at least one household, professional or group."))
    ids = parties.find_or_make(session, gathering.organization_id, parties.checked(asked))
    ids += _known_ids(session, gathering.organization_id, party_ids, group_ids)
    ids = list(dict.fromkeys(ids))
    new = {one.id: _insert_invitations(session, one, ids, words) for one in (gathering, *others)}
    record_all(session, _invited(gathering.organization_id, new), actor=actor)
    raise_party_versions(session, {party_id for its_new in new.values() for _invitation, party_id in its_new})
    return [invitation for one in (gathering, *others) for invitation in _in_order(session, one, ids)]


def _invited(
    organization_id: uuid.UUID, new: Mapping[uuid.UUID, Sequence[tuple[uuid.UUID, uuid.UUID]]]
) -> list[PartyInvited]:
    return [
        PartyInvited(
            organization_id=organization_id,
            gathering_id=gathering_id,
            invitation_id=invitation_id,
            party_id=party_id,
        )
        for gathering_id, its_new in new.items()
        for invitation_id, party_id in its_new
    ]


def _known_ids(
    session: Session, organization_id: uuid.UUID, party_ids: Sequence[uuid.UUID], group_ids: Sequence[uuid.UUID]
) -> list[uuid.UUID]:
    query = sa.select(Party.id).where(Party.organization_id == organization_id, Party.unsubscribed_at.is_(None))
    in_group = sa.select(GroupMember.party_id).where(GroupMember.group_id.in_(group_ids))
    found: list[uuid.UUID] = []
    if group_ids:
        found += session.scalars(query.where(Party.id.in_(in_group)).order_by(Party.name, Party.id))
    for start in range(0, len(party_ids), _CHUNK):
        found += session.scalars(query.where(Party.id.in_(party_ids[start : start + _CHUNK])))
    return found


def _insert_invitations(
    session: Session, gathering: Gathering, party_ids: Sequence[uuid.UUID], words: str
) -> list[tuple[uuid.UUID, uuid.UUID]]:
    # Who was withdrawn and is asked again gets the old invitation back, under a new link.
    plain = insert(session, Invitation)
    statement = plain.on_conflict_do_update(
        index_elements=["gathering_id", "party_id"],
        set_={
            "withdrawn_at": None,
            "link_version": Invitation.link_version + 1,
            "invited_at": plain.excluded.invited_at,
            "words": plain.excluded.words,
        },
        where=Invitation.withdrawn_at.is_not(None),
    ).returning(Invitation.id, Invitation.party_id, Invitation.link_version)
    now = utc_now()
    new: list[sa.Row[uuid.UUID, uuid.UUID, int]] = []
    for start in range(0, len(party_ids), _CHUNK):
        rows = [
            {
                "id": new_id(),
                "gathering_id": gathering.id,
                "party_id": party_id,
                "words": words,
                "invited_at": now,
                "link_version": 1,
                "gave_feedback": False,
            }
            for party_id in party_ids[start : start + _CHUNK]
        ]
        new += session.execute(statement, rows).all()
    if any(row.link_version > 1 for row in new):
        # Whose calendar program heard of the withdrawal takes only a higher number for a new invitation.
        raise_sequence(session, gathering)
    return [(row.id, row.party_id) for row in new]


def _in_order(session: Session, gathering: Gathering, party_ids: Sequence[uuid.UUID]) -> list[Invitation]:
    found: dict[uuid.UUID, Invitation] = {}
    for start in range(0, len(party_ids), _CHUNK):
        chunk = party_ids[start : start + _CHUNK]
        query = (
            sa.select(Invitation)
            .where(Invitation.gathering_id == gathering.id, Invitation.party_id.in_(chunk))
            # It is at hand: read once more for each of them it would be most of the work.
            .options(lazyload(Invitation.gathering))
            .execution_options(populate_existing=True)
        )
        for invitation in session.scalars(query):
            set_committed_value(invitation, "gathering", gathering)
            found[invitation.party_id] = invitation
    return [found[party_id] for party_id in party_ids]


def find(session: Session, organization_id: uuid.UUID, invitation_id: uuid.UUID, lock: bool = False) -> Invitation:
    """The organisation's invitation; `lock` holds its gathering's row as `held` does. Raises NotFound."""
    invitation = held(session, invitation_id) if lock else session.get(Invitation, invitation_id)
    if invitation is None or invitation.gathering.organization_id != organization_id:
        raise NotFound(_("There is no such invitation."))
    return invitation


def by_token(session: Session, signer: LinkSigner, token: str, lock: bool = False) -> Invitation:
    """The invitation that a party's link opens; `lock` holds its gathering's row as `held` does.

    Raises NotFound where it is unknown, revoked, withdrawn or expired: they all look alike.
    """
    sealed = signer.read(token)
    invitation = None
    if sealed is not None:
        invitation = held(session, sealed.id) if lock else session.get(Invitation, sealed.id)
    if (
        sealed is None
        or invitation is None
        or not signer.holds("invitation", sealed, invitation.link_version)
        or invitation.withdrawn_at is not None
        or not invitation.gathering.links_work(utc_now())
    ):
        raise NotFound(_("This link no longer opens anything."))
    return invitation


# Made once: all that an answer needs to know.
_HELD: Final = (
    sa.select(Invitation)
    .join(Invitation.gathering)
    .options(contains_eager(Invitation.gathering))
    .where(Invitation.id == sa.bindparam("invitation_id"))
    # The gathering first, as everywhere; the invitation too, or one that waited here would see it as it was.
    # Rows that point to them may be written: of two mails that did so, each would wait for the other.
    .with_for_update(of=(Gathering, Invitation), key_share=True)
    .execution_options(populate_existing=True)
)


def held(session: Session, invitation_id: uuid.UUID) -> Invitation | None:
    """The invitation, and its gathering's row held until the transaction ends.

    So on PostgreSQL too seats are counted by one at a time; SQLite has one writer anyway.
    """
    return session.scalar(_HELD, {"invitation_id": invitation_id})


def withdraw(session: Session, invitation: Invitation, *, tell: bool = False, actor: str | None = None) -> None:
    """Takes an invitation back: its link dies and its seats go to those who wait. Twice, it changes nothing.

    `tell`: the party is told by mail, and its calendar program too where that was asked (RFC 5546 section 3.2.5).
    """
    if invitation.withdrawn_at is not None:
        return
    invitation.withdrawn_at = utc_now()
    invitation.link_version += 1
    rsvp = session.get(Rsvp, invitation.id)
    if rsvp is not None:
        rsvp.seats_held, rsvp.waiting_since = 0, None
    session.flush()
    raise_party_version(session, invitation.party_id)
    if tell:
        raise_sequence(session, invitation.gathering)
    record(session, InvitationWithdrawn(**_ids(invitation), tell=tell), actor=actor)
    if invitation.gathering.is_open:
        give_free_seats(session, invitation.gathering, actor="schedule")


def renew_link(session: Session, invitation: Invitation, *, actor: str | None = None) -> None:
    """Lets a party's link die and sends it a new one: for a link that reached a stranger.

    With it dies what stands beside it: its mail's links about mail, the party's calendar on its page, which would
    show the new link (`?link=1`), and the links of a series' other days. The series is locked by the caller.
    """
    if invitation.gathering.series_id is not None:
        _end_other_links(session, invitation)
    invitation.link_version += 1
    invitation.party.link_version += 1
    if feed := find_party_feed(session, invitation.party_id):
        rotate_feed(session, feed)
    record(session, LinkSentAgain(**_ids(invitation)), actor=actor)


def _end_other_links(session: Session, invitation: Invitation) -> None:
    days = sa.select(Gathering.id).where(Gathering.series_id == invitation.gathering.series_id)
    session.execute(
        sa.update(Invitation)
        .where(
            Invitation.party_id == invitation.party_id,
            Invitation.id != invitation.id,
            Invitation.gathering_id.in_(days),
        )
        .values(link_version=Invitation.link_version + 1)
    )


def send_link_again(session: Session, invitation: Invitation, *, actor: str | None = None) -> None:
    """Mails a party its link once more."""
    record(session, LinkSentAgain(**_ids(invitation)), actor=actor)


def _ids(invitation: Invitation) -> dict[str, uuid.UUID]:
    return {
        "organization_id": invitation.gathering.organization_id,
        "gathering_id": invitation.gathering_id,
        "invitation_id": invitation.id,
        "party_id": invitation.party_id,
    }
