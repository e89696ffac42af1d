"""When a series, read as one recurring item, would be read differently."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.database import utc_now
from planner.gatherings.models import Gathering
from planner.series.models import Series


def raise_series(session: Session, gathering: Gathering, shown: bool = True) -> None:
    """Raises the versions of the series that a changed gathering belongs to; its SEQUENCE where it is `shown`."""
    if gathering.series_id is None:
        return
    raised: dict[str, Any] = {"revision": Series.revision + 1}
    if shown:
        raised |= {"sequence": Series.sequence + 1, "changed_at": utc_now()}
    session.execute(sa.update(Series).where(Series.id == gathering.series_id).values(raised))
