"""Saying thanks, agreeing that others may read it, and what a coordinator does with it."""

from __future__ import annotations

import uuid
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import record
from events.catalogue import AppreciationGiven, AppreciationHidden
from planner.accounts.models import Account, Membership
from planner.appreciation.models import Appreciation
from planner.appreciation.queries import EVERYONE, SOMEBODY_ELSE, came, readable_by, thankable, who_came
from planner.database import utc_now
from planner.errors import FieldError, Invalid, NotFound, Refused, TooMany
from planner.gatherings.models import Gathering, Status
from planner.i18n import gettext as _
from planner.invitations.models import Invitation
from planner.text import line_field, text_field

WORDS_MOST: Final = 2000
NAME_MOST: Final = 200
NOTES_MOST: Final = 10


class NotYetHeld(Refused):
    """Thanks and feedback begin when the gathering was held."""


class DidNotCome(Refused):
    """Thanks and feedback are for those who came."""


class ThankedALot(TooMany):
    """A party has written as many thanks as it may."""


class NothingToPassOn(Refused):
    """Whom it thanks is known already, or it is hidden."""


class Said(msgspec.Struct, kw_only=True):
    """A thank-you as a form has it.

    `to` is one of `queries.thankable`; `to_name` counts where it is somebody else. Without a `from_name`, the
    party's name signs it.
    """

    to: str
    words: str
    to_name: str = ""
    from_name: str = ""
    shared: bool = False


def check_held(gathering: Gathering) -> None:
    """Raises NotYetHeld before the gathering was held."""
    if gathering.status != Status.HELD:
        raise NotYetHeld(_("Thanks and questions come after the event."))


def check_may_look_back(session: Session, invitation: Invitation) -> None:
    """Raises NotYetHeld before the gathering was held, DidNotCome for a party that was not there."""
    check_held(invitation.gathering)
    if not came(session, invitation.id):
        raise DidNotCome(_("These pages are for those who were there."))


def say_thanks(session: Session, invitation: Invitation, said: Said) -> Appreciation:
    """A party that came thanks somebody; the same words to the same one, sent twice, are one thank-you.

    Raises NotYetHeld, DidNotCome, ThankedALot, and Invalid at `to`, `to_name`, `words` or `from_name`.
    """
    check_may_look_back(session, invitation)
    note = _checked(session, invitation, said)
    # One at a time for a party, so that two presses at once neither write twice nor get past the limit.
    session.execute(sa.select(Invitation.id).where(Invitation.id == invitation.id).with_for_update())
    mine = list(session.scalars(sa.select(Appreciation).where(Appreciation.from_invitation_id == invitation.id)))
    for old in mine:
        if _says(old) == _says(note):
            return old
    if len(mine) >= NOTES_MOST:
        raise ThankedALot(
            _("You have said thanks %(number)d times: that is as much as fits here.") % {"number": NOTES_MOST}
        )
    return _give(session, invitation.gathering, note, actor="link")


def _checked(session: Session, invitation: Invitation, said: Said) -> Appreciation:
    errors: list[FieldError] = []
    if said.to not in {one.value for one in thankable(session, invitation)}:
        errors.append(FieldError("to", _("Choose whom you thank.")))
    to_name = ""
    if said.to == SOMEBODY_ELSE:
        to_name = line_field("to_name", said.to_name, NAME_MOST, errors, required=True)
    words = text_field("words", said.words, WORDS_MOST, errors, required=True)
    from_name = line_field("from_name", said.from_name, NAME_MOST, errors) or invitation.party.name
    if errors:
        raise Invalid(errors)
    kind, _colon, number = said.to.partition(":")
    return Appreciation(
        from_invitation_id=invitation.id,
        from_name=from_name,
        to_account_id=uuid.UUID(number) if kind == "account" else None,
        to_invitation_id=uuid.UUID(number) if kind == "invitation" else None,
        to_name=to_name,
        words=words,
        shared=said.shared,
    )


def _says(note: Appreciation) -> tuple[object, ...]:
    if note.to_name:
        return note.to_name, note.words
    return note.to_account_id, note.to_invitation_id, note.words


def thank_from_desk(
    session: Session, gathering: Gathering, account: Account, to: str, words: str, *, shared: bool, actor: str
) -> Appreciation:
    """One of the team thanks a party that came (`to` is its invitation's id), or everyone ("everyone").

    Raises NotYetHeld, and Invalid at `to` or `words`.
    """
    check_held(gathering)
    errors: list[FieldError] = []
    guests = {str(invitation.id): invitation.id for invitation in who_came(session, gathering.id)}
    if to != EVERYONE and to not in guests:
        errors.append(FieldError("to", _("Choose whom you thank.")))
    words = text_field("words", words, WORDS_MOST, errors, required=True)
    if errors:
        raise Invalid(errors)
    same = sa.select(Appreciation).where(
        Appreciation.gathering_id == gathering.id,
        Appreciation.from_account_id == account.id,
        Appreciation.to_invitation_id == guests.get(to),
        Appreciation.words == words,
    )
    note = Appreciation(
        from_account_id=account.id,
        from_name=account.name or gathering.organization.name,
        to_invitation_id=guests.get(to),
        words=words,
        shared=shared,
    )
    return session.scalars(same).first() or _give(session, gathering, note, actor=actor)


def _give(session: Session, gathering: Gathering, note: Appreciation, *, actor: str) -> Appreciation:
    note.gathering_id = gathering.id
    session.add(note)
    session.flush()
    _record_given(session, gathering, note, actor)
    return note


def _record_given(session: Session, gathering: Gathering, note: Appreciation, actor: str) -> None:
    record(
        session,
        AppreciationGiven(
            organization_id=gathering.organization_id, gathering_id=gathering.id, appreciation_id=note.id
        ),
        actor=actor,
    )


def given_to_party(session: Session, invitation: Invitation, note_id: uuid.UUID) -> Appreciation:
    """A thank-you that this party was given. Raises NotFound."""
    note = _locked(session, note_id)
    if note is None or note.to_invitation_id != invitation.id or note.hidden_at is not None:
        raise no_such_note()
    return note


def find(session: Session, gathering: Gathering, note_id: uuid.UUID, account_id: uuid.UUID) -> Appreciation:
    """A thank-you that this coordinator may read. Raises NotFound for those between two other people, too."""
    if _locked(session, note_id) is None:
        raise no_such_note()
    query = readable_by(account_id).where(Appreciation.id == note_id, Appreciation.gathering_id == gathering.id)
    note = session.scalar(query)
    if note is None:
        raise no_such_note()
    return note


def no_such_note() -> NotFound:
    """There is none, or it is between two other people."""
    return NotFound(_("There is no such thank-you."))


def _locked(session: Session, note_id: uuid.UUID) -> Appreciation | None:
    return session.scalar(sa.select(Appreciation).where(Appreciation.id == note_id).with_for_update())


def agree(note: Appreciation, shown: bool) -> None:
    """The one who is thanked agrees that others read it, or does not (any more).

    Raises NotFound where the writer has not offered it.
    """
    if not note.shared:
        raise NotFound(_("Whoever wrote it wants it to stay between you."))
    if shown:
        note.agreed_at = note.agreed_at or utc_now()
    else:
        note.agreed_at = None


def agree_for_oneself(note: Appreciation, shown: bool, account_id: uuid.UUID) -> None:
    """One of the team, who is thanked, agrees or does not. Raises NotFound for thanks to others."""
    if note.to_account_id != account_id:
        raise no_such_note()
    agree(note, shown)


def hide(session: Session, gathering: Gathering, note: Appreciation, reason: str, by: Membership) -> None:
    """A coordinator takes it off the wall, or does not pass it on. The reason is kept.

    Raises Invalid at `reason`.
    """
    errors: list[FieldError] = []
    reason = text_field("reason", reason, WORDS_MOST, errors, required=True)
    if errors:
        raise Invalid(errors)
    if note.hidden_at is not None:
        return
    note.hidden_at, note.hidden_by, note.hidden_reason = utc_now(), by.account_id, reason
    record(
        session,
        AppreciationHidden(
            organization_id=gathering.organization_id, gathering_id=gathering.id, appreciation_id=note.id
        ),
        actor=by.actor,
    )


def show_again(note: Appreciation) -> None:
    """A coordinator puts it back; why it was hidden stays known."""
    note.hidden_at = note.hidden_by = None


def pass_on(session: Session, gathering: Gathering, note: Appreciation, to: str, *, actor: str) -> None:
    """A coordinator finds the party of a written name (`to` is its invitation's id): it gets the words now.

    Raises NothingToPassOn, and Invalid at `to` for a party that did not come.
    """
    guests = {str(invitation.id): invitation for invitation in who_came(session, gathering.id)}
    if to not in guests:
        raise Invalid.field("to", _("Choose who it is for."))
    if note.to_invitation_id == guests[to].id:
        return
    if not note.waits_to_be_passed_on or note.hidden_at is not None:
        raise NothingToPassOn(_("This has been passed on already, or is hidden."))
    note.to_invitation = guests[to]
    session.flush()
    _record_given(session, gathering, note, actor)
