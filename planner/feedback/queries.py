"""What may be read of the feedback: never who said what, and nothing but a number below five answers."""

from __future__ import annotations

import uuid

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.feedback.models import SHOWN_FROM, Feedback
from planner.feedback.words import ASKED


class Idea(msgspec.Struct, frozen=True):
    """What would make it better next time, and whether whoever says so could help with it."""

    words: str
    could_help: bool


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """How many answered, and, from `shown_from` answers on, what they said, without names.

    `counts` holds for each question (`feedback.words.ASKED`) how often the steps 0, 1, 2 and 3 were chosen.
    """

    answers: int
    shown_from: int = SHOWN_FROM
    counts: dict[str, list[int]] | None = None
    went_well: list[str] | None = None
    better: list[Idea] | None = None

    @property
    def is_shown(self) -> bool:
        """Whether enough have answered."""
        return self.answers >= self.shown_from


def summary(session: Session, gathering_id: uuid.UUID) -> Summary:
    """What a gathering's guests said."""
    rows = _rows(session, gathering_id)
    if len(rows) < SHOWN_FROM:
        return Summary(answers=len(rows))
    return Summary(
        answers=len(rows),
        counts={name: _counts(rows, name) for name in ASKED},
        # In order of the alphabet: in the order of the ideas, both would stand at the same place of their lists.
        went_well=sorted(row.went_well for row in rows if row.went_well),
        better=[Idea(row.better, row.could_help) for row in rows if row.better],
    )


def helpers(session: Session, gathering_id: uuid.UUID) -> list[tuple[str, str]]:
    """Who offered help and gave a name to be asked by, each with the idea; nobody below five answers."""
    rows = _rows(session, gathering_id)
    if len(rows) < SHOWN_FROM:
        return []
    return sorted((row.helper_name, row.better) for row in rows if row.could_help and row.helper_name)


def _rows(session: Session, gathering_id: uuid.UUID) -> list[Feedback]:
    # By the random id: in the order of the table the first would be the first who answered.
    query = sa.select(Feedback).where(Feedback.gathering_id == gathering_id).order_by(Feedback.id)
    return list(session.scalars(query))


def _counts(rows: list[Feedback], name: str) -> list[int]:
    chosen = [getattr(row, name) for row in rows]
    return [chosen.count(step) for step in range(4)]
