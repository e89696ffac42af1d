"""The form of a party's own page, as it comes back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from planner.errors import FieldError, Invalid
from planner.i18n import gettext as _
from planner.rsvps.actions import Said
from planner.rsvps.models import UNANSWERED, Answer
from planner.web import ids_in, value, whole_number


def same_for(data: Mapping[str, Any]) -> list[str]:
    """What was said so far of the other days for which the form says the same now (see `said_by`)."""
    return [said for said in (UNANSWERED, *Answer) if value(data, f"same-{said}")]


def other_days_in(data: Mapping[str, Any]) -> list[uuid.UUID]:
    """The invitations to other days for which it is the same: those whose boxes are ticked, in groups that are."""
    return [id for said in same_for(data) for id in ids_in(data, f"day-{said}")]


def said_in(data: Mapping[str, Any]) -> Said:
    """What was answered. Raises Invalid at `answer`, `adults` or `children`."""
    errors: list[FieldError] = []
    answered = value(data, "answer")
    if answered not in list(Answer):
        raise Invalid.field("answer", _("Choose one of the three answers."))
    said = Said(answer=Answer(answered), note=value(data, "note") if "note" in data else None)
    if said.answer != Answer.DECLINED:
        said.adults = whole_number(data, "adults", errors)
        said.children = whole_number(data, "children", errors)
    if errors:
        raise Invalid(errors)
    return said
