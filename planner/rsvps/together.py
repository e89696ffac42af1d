"""One answer to several days of a series: one transaction, each day with seats and a fact of its own."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from planner.calendars.versions import raise_party_versions
from planner.database import utc_now
from planner.errors import Invalid, NotFound
from planner.gatherings.models import Gathering
from planner.i18n import gettext as _
from planner.invitations.models import Invitation
from planner.rsvps.actions import Kept, NotOpen, Said, SaidOtherwise, keep
from planner.rsvps.models import Source
from planner.series.versions import hold_series_of

_HELD: Final = (
    sa.select(Invitation)
    .join(Invitation.gathering)
    .options(contains_eager(Invitation.gathering))
    .where(
        Invitation.party_id == sa.bindparam("party"),
        Invitation.withdrawn_at.is_(None),
        sa.or_(
            Invitation.id == sa.bindparam("own"),
            sa.and_(
                Invitation.id.in_(sa.bindparam("others", expanding=True)),
                Gathering.series_id == sa.bindparam("series"),
            ),
        ),
    )
    .order_by(Gathering.slot)
    .with_for_update(of=(Gathering, Invitation), key_share=True)
    .execution_options(populate_existing=True)
)


class Together(NamedTuple):
    """What came of an answer to several days: those for which it is saved, and those that stay as they were."""

    saved: list[Invitation]
    missed: list[Invitation]


def hold_days(session: Session, own: Invitation, others: Collection[uuid.UUID]) -> list[Invitation]:
    """A party's invitation and others of the same series, in order, held until the transaction ends.

    The series comes first and then its days in their order, as where all of them are changed: two who hold many
    never wait for each other. Of `others` those of another party or series are passed over, and those that were
    withdrawn. Raises NotFound where its own was withdrawn meanwhile.
    """
    hold_series_of(session, own.gathering_id)
    asked = {"own": own.id, "others": list(others), "party": own.party_id, "series": own.gathering.series_id}
    days = list(session.scalars(_HELD, asked))
    if own not in days:
        raise NotFound(_("This invitation does not exist, or was withdrawn."))
    return days


def answer_days(
    session: Session,
    own: Invitation,
    days: Sequence[Invitation],
    over: Collection[str],
    said: Said,
    source: Source,
) -> Together:
    """Keeps one answer for several days, each as `answer` does, all given at the same instant.

    On some the party may wait. A day stays as it was that takes no answers any more, that has fewer seats than are
    now asked for, or where another answer stands that is none of `over` (see `keep`). `own` is the day at which it
    is said: there any answer is replaced, and faults are named. Said again, it changes nothing.

    `days` are held as `hold_days` does. Raises NotOpen where none of them takes answers, and Invalid.
    """
    at = utc_now()
    kept: dict[uuid.UUID, Kept] = {}
    refused: NotOpen | None = None
    for day in [own, *(one for one in days if one is not own)]:
        try:
            if day is own:
                kept[day.id] = keep(session, day, said, source, at)
            else:
                # Words that were written to the hosts of another day stay where there are none now.
                its_words = msgspec.structs.replace(said, note=said.note or None)
                kept[day.id] = keep(session, day, its_words, source, at, over=over)
        except NotOpen as closed:
            refused = closed
        except SaidOtherwise:
            continue
        except Invalid:
            if day is own:
                raise
    if not kept and refused:
        raise refused
    shown_to = frozenset[uuid.UUID]().union(*(one.shown_to for one in kept.values()))
    if shown_to:
        # Days that had this answer already were told it together with the others.
        for one in kept.values():
            one.rsvp.answered_at = at
        session.flush()
    raise_party_versions(session, shown_to)
    return Together(
        [day for day in days if day.id in kept],
        [day for day in days if day.id not in kept],
    )
