"""What else is on a day: own events at the same time, public holidays, days that families keep.

Dates are a question, never a refusal: whoever sets one is told, and decides.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.accounts.models import Organization
from planner.days.public import public_holidays
from planner.days.religious import ReligiousDay, religious_days
from planner.gatherings.models import Gathering, Status
from planner.gatherings.span import Span
from planner.i18n import gettext as _
from planner.times import say_day, say_days, say_when

# Where a day begins at sunset, families get ready before: an event that lasts beyond this hour is in their way.
EVENING: Final = time(16)
_DAY: Final = timedelta(days=1)
_WEEKS: Final = 5


class Clash(msgspec.Struct, frozen=True):
    """Something else on a day, in the language spoken when it was found.

    `key` says which it is in any language, `name` is its name alone; the others make the sentence.
    """

    key: str
    name: str
    what: str
    when: str
    advice: str
    gathering_id: uuid.UUID | None = None

    @property
    def sentence(self) -> str:
        """All of it."""
        return f"{self.what} ({self.when}). {self.advice}"


def clashes(
    session: Session, organization: Organization, span: Span, leave_out: Collection[uuid.UUID] = ()
) -> list[Clash]:
    """What else is on when something is planned; `leave_out` are events that it is itself."""
    return clashes_of(session, organization, [span], leave_out)[0]


def clashes_with(session: Session, gathering: Gathering) -> list[Clash]:
    """What else is on when a planned event is."""
    return clashes(session, gathering.organization, gathering.span, {gathering.id})


def clashes_of(
    session: Session, organization: Organization, spans: Sequence[Span], leave_out: Collection[uuid.UUID] = ()
) -> list[list[Clash]]:
    """The same for many days at once, each for itself: own events first, then public holidays, then kept days."""
    if not spans:
        return []
    others = _own(session, organization, spans, leave_out)
    return [
        [
            *(_with_own(one) for one in others if one.starts_at < span.ends_at and one.ends_at > span.starts_at),
            *_holidays(organization, span),
        ]
        for span in spans
    ]


def free_day(
    session: Session, organization: Organization, span: Span, leave_out: Collection[uuid.UUID] = ()
) -> Span | None:
    """The next time that nothing else is on: the same weekday in the coming weeks, else the nearest day after.

    None where five weeks have no such day.
    """
    weeks = [span.moved(7 * n) for n in range(1, _WEEKS + 1)]
    days = [span.moved(n) for n in range(1, 7 * _WEEKS) if n % 7]
    candidates = weeks + days
    found = clashes_of(session, organization, candidates, leave_out)
    return next((one for one, clash in zip(candidates, found, strict=True) if not clash), None)


class _Own(NamedTuple):
    id: uuid.UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str


def _own(
    session: Session, organization: Organization, spans: Sequence[Span], leave_out: Collection[uuid.UUID]
) -> list[_Own]:
    rows = session.execute(
        sa.select(Gathering.id, Gathering.title, Gathering.starts_at, Gathering.ends_at, Gathering.time_zone)
        .where(
            Gathering.organization_id == organization.id,
            Gathering.status.in_((Status.DRAFT, Status.PUBLISHED)),
            Gathering.starts_at < max(span.ends_at for span in spans),
            Gathering.ends_at > min(span.starts_at for span in spans),
        )
        .order_by(Gathering.starts_at, Gathering.id)
    )
    return [own for row in rows if (own := _Own(*row)).id not in leave_out]


def _with_own(own: _Own) -> Clash:
    return Clash(
        key=f"event {own.id}",
        name=own.title,
        what=_("“%(title)s” is at the same time") % {"title": own.title},
        when=say_when(own.starts_at, own.ends_at, own.time_zone),
        advice=_("Whoever is asked to both would have to choose."),
        gathering_id=own.id,
    )


def _holidays(organization: Organization, span: Span) -> Iterator[Clash]:
    first, last = span.days
    public: dict[date, str] = {}
    for year in range(first.year, last.year + 1):
        known = public_holidays(organization.country, organization.region, year)
        public |= {day: name for day, name in known.items() if first <= day <= last}
    for day, name in public.items():
        yield Clash(
            key=f"public {day}",
            name=name,
            what=_("%(name)s is a public holiday") % {"name": name},
            when=say_day(day),
            advice=_("Many families are away or have plans of their own."),
        )
    for kept in religious_days(organization.observed, first, last):
        # A country that keeps the same day has said so above.
        said = any(_(kept.name) in name for day, name in public.items() if kept.first <= day <= kept.last)
        if not said and _in_the_way(kept, span):
            yield _with_kept(kept, span)


def _in_the_way(kept: ReligiousDay, span: Span) -> bool:
    begins = (kept.first - _DAY, EVENING) if kept.from_evening else (kept.first, time())
    return span.local_end > datetime.combine(*begins, span.zone) and span.days[0] <= kept.last


def _with_kept(kept: ReligiousDay, span: Span) -> Clash:
    first, last = span.days
    if last < kept.first:
        what = _("%(name)s begins that evening")
    elif first != last:
        what = _("%(name)s is expected in these days") if kept.expected else _("%(name)s is in these days")
    else:
        what = _("%(name)s is expected that day") if kept.expected else _("%(name)s is that day")
    when = say_days(kept.first, kept.last)
    if kept.expected:
        when = _("%(when)s; it may be a day earlier or later") % {"when": when}
    name = _(kept.name)
    return Clash(
        key=f"kept {kept.name} {kept.first}",
        name=name,
        what=what % {"name": name},
        when=when,
        advice=_("Families who fast eat after sunset.")
        if kept.fast
        else _("Families who keep it would have to choose."),
    )
