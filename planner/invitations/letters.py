"""How guests and coordinators write to each other: letters to many, questions of one party."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import record
from events.catalogue import GuestsWrittenTo, QuestionAsked
from planner.database import utc_now
from planner.errors import FieldError, Invalid, Refused
from planner.gatherings.models import Gathering
from planner.gatherings.standing import STATES
from planner.i18n import gettext as _
from planner.invitations.actions import WORDS_MOST
from planner.invitations.models import Invitation, Letter, Question
from planner.text import line_field, text_field

QUESTIONS_A_DAY: Final = 5
SAME_LETTER: Final = timedelta(minutes=10)


class TooManyQuestions(Refused):
    """A party asked too much in one day."""

    status = 429


def write_letter(
    session: Session,
    gathering: Gathering,
    audience: Sequence[str],
    subject: str,
    words: str,
    *,
    by: uuid.UUID | None,
    actor: str | None = None,
) -> Letter:
    """Writes to guests by what they answered; sent twice within minutes, it is one letter.

    The gathering is locked by the caller. Raises what `checked_letter` raises.
    """
    chosen, subject, words = checked_letter(audience, subject, words)
    lately = sa.select(Letter).where(
        Letter.gathering_id == gathering.id,
        Letter.account_id == by,
        Letter.subject == subject,
        Letter.written_at > utc_now() - SAME_LETTER,
    )
    for written in session.scalars(lately):
        if (written.audience, written.words) == (chosen, words):
            return written
    letter = Letter(gathering_id=gathering.id, account_id=by, audience=chosen, subject=subject, words=words)
    session.add(letter)
    session.flush()
    record(
        session,
        GuestsWrittenTo(organization_id=gathering.organization_id, gathering_id=gathering.id, letter_id=letter.id),
        actor=actor,
    )
    return letter


def checked_letter(audience: Sequence[str], subject: str, words: str) -> tuple[list[str], str, str]:
    """Who gets a letter (of the five `STATES`), and its words, cleaned. Raises Invalid at each of the three."""
    errors: list[FieldError] = []
    chosen = [name for name in STATES if name in audience]
    if not chosen:
        errors.append(FieldError("audience", _("Choose who gets it.")))
    subject = line_field("subject", subject, 200, errors, required=True)
    words = text_field("words", words, 5000, errors, required=True)
    if errors:
        raise Invalid(errors)
    return chosen, subject, words


def ask_question(session: Session, invitation: Invitation, words: str) -> Question:
    """A party asks the coordinator something; asked again before it is settled, it is one question.

    The gathering is locked by the caller. Raises Invalid at `words`, TooManyQuestions.
    """
    errors: list[FieldError] = []
    words = text_field("words", words, WORDS_MOST, errors, required=True)
    if errors:
        raise Invalid(errors)
    open_ones = sa.select(Question).where(Question.invitation_id == invitation.id, Question.settled_at.is_(None))
    for asked in session.scalars(open_ones):
        if asked.words == words:
            return asked
    today = sa.select(sa.func.count()).where(
        Question.invitation_id == invitation.id, Question.asked_at > utc_now() - timedelta(days=1)
    )
    if (session.scalar(today) or 0) >= QUESTIONS_A_DAY:
        raise TooManyQuestions(_("You have asked a lot today. Please ring us, or write again tomorrow."))
    question = Question(invitation_id=invitation.id, gathering_id=invitation.gathering_id, words=words)
    session.add(question)
    session.flush()
    gathering = invitation.gathering
    record(
        session,
        QuestionAsked(
            organization_id=gathering.organization_id, gathering_id=gathering.id, question_id=question.id
        ),
        actor="link",
    )
    return question


def settle_question(question: Question) -> None:
    """A coordinator has answered it."""
    question.settled_at = question.settled_at or utc_now()
