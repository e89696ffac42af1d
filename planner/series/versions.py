"""The row of a series that a gathering belongs to: held before its occurrences, raised when they change."""

from __future__ import annotations

import uuid
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.database import utc_now
from planner.gatherings.models import Gathering
from planner.series.models import Series

_SERIES_OF: Final = (
    sa.select(Series.id)
    .join(Gathering, Gathering.series_id == Series.id)
    .where(Gathering.id == sa.bindparam("gathering_id"))
    .with_for_update(of=Series, key_share=True)
)


def hold_series_of(session: Session, gathering_id: uuid.UUID) -> None:
    """Holds the row of the series that a gathering belongs to until the transaction ends.

    It comes before any gathering's row: who changes one day raises its series, who changes all holds every day,
    and in another order they would wait for each other.
    """
    session.execute(_SERIES_OF, {"gathering_id": gathering_id})


def raise_series(session: Session, gathering: Gathering, shown: bool = True) -> None:
    """Raises the versions of the series that a changed gathering belongs to; its SEQUENCE where it is `shown`."""
    if gathering.series_id is None:
        return
    raised: dict[str, Any] = {"revision": Series.revision + 1}
    if shown:
        raised |= {"sequence": Series.sequence + 1, "changed_at": utc_now()}
    session.execute(sa.update(Series).where(Series.id == gathering.series_id).values(raised))
