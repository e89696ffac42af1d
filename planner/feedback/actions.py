"""Giving feedback: once for each party, and without a trace of who said what."""

from __future__ import annotations

from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import record
from events.catalogue import FeedbackGiven
from planner.appreciation.actions import check_may_look_back
from planner.errors import FieldError, Invalid, Refused
from planner.feedback.models import Feedback
from planner.feedback.words import ASKED
from planner.i18n import gettext as _
from planner.invitations.models import Invitation
from planner.text import line_field, text_field

WORDS_MOST: Final = 2000
NAME_MOST: Final = 200


class AlreadyGiven(Refused):
    """A party answers once: nobody could find its answers again to change them."""


class Said(msgspec.Struct, kw_only=True):
    """The form as it was filled in: `steps` by question, from 0 to 3; what was passed over is missing."""

    steps: dict[str, int]
    went_well: str = ""
    better: str = ""
    could_help: bool = False
    helper_name: str = ""


def give(session: Session, invitation: Invitation, said: Said) -> None:
    """Keeps a party's answers apart from the party.

    Raises NotYetHeld, DidNotCome, AlreadyGiven, and Invalid at a question, `went_well`, `better` or `helper_name`.
    """
    check_may_look_back(session, invitation)
    if invitation.gave_feedback:
        raise _already()
    answers = _checked(said)
    answers.gathering_id = invitation.gathering_id
    # Of two presses at once only one finds it unset.
    first = session.execute(
        sa.update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.gave_feedback.is_(False))
        .values(gave_feedback=True)
        .returning(Invitation.id)
    ).first()
    if first is None:
        raise _already()
    session.add(answers)
    gathering = invitation.gathering
    # No actor: the log must not tell who it was.
    record(session, FeedbackGiven(organization_id=gathering.organization_id, gathering_id=gathering.id))


def _checked(said: Said) -> Feedback:
    errors: list[FieldError] = []
    steps = {name: step for name, step in said.steps.items() if name in ASKED}
    errors += [
        FieldError(name, _("Choose one of the four answers, or none."))
        for name, step in steps.items()
        if not 0 <= step <= 3
    ]
    went_well = text_field("went_well", said.went_well, WORDS_MOST, errors)
    better = text_field("better", said.better, WORDS_MOST, errors)
    helper_name = line_field("helper_name", said.helper_name, NAME_MOST, errors) if said.could_help else ""
    if not errors and not (steps or went_well or better or said.could_help):
        errors.append(FieldError(ASKED[0], _("Nothing is filled in yet: answer one question at least.")))
    if errors:
        raise Invalid(errors)
    return Feedback(
        went_well=went_well, better=better, could_help=said.could_help, helper_name=helper_name, **steps
    )


def _already() -> AlreadyGiven:
    return AlreadyGiven(
        _("Your answers are in already. They bear no name, so that nobody can find them to change them.")
    )
