"""What a calendar shows of a gathering and of a party's answer: plain values, cheap to read by the thousand."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, NamedTuple

from planner.gatherings.models import Gathering
from planner.rsvps.models import Answer, Rsvp


class Entry(NamedTuple):
    """A gathering's facts. Moments are instants in UTC; `time_zone` is the IANA zone in which they are said.

    The contact is the gathering's own; None where the organisation's stands in.
    """

    id: uuid.UUID
    slug: str
    status: str
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    all_day: bool
    venue: str
    online_url: str
    visibility: str
    contact_name: str | None
    contact_phone: str | None
    contact_email: str | None
    programme: list[dict[str, Any]]
    topics: list[str]
    sequence: int
    asked_sequence: int
    revision: int
    changed_at: datetime
    cancel_reason: str


COLUMNS = tuple(getattr(Gathering, name) for name in Entry._fields)


class Reply(NamedTuple):
    """A party's answer to it. `household`: whether heads are counted."""

    answer: str
    adults: int
    children: int
    waits: bool
    moved_at: datetime
    sequence: int
    household: bool

    @property
    def blocks_time(self) -> bool:
        """Whether the hours are kept free: for everyone who may come."""
        return self.answer != Answer.DECLINED

    @property
    def is_certain(self) -> bool:
        """Whether nothing is left open: a yes with seats, or a no."""
        return self.answer != Answer.TENTATIVE and not self.waits


def entry_of(gathering: Gathering) -> Entry:
    """The facts of a gathering that is at hand."""
    return Entry._make(getattr(gathering, name) for name in Entry._fields)


def reply_of(rsvp: Rsvp, household: bool) -> Reply:
    """The answer of a party that is at hand."""
    return Reply(rsvp.answer, rsvp.adults, rsvp.children, rsvp.waits, rsvp.moved_at, rsvp.sequence, household)
