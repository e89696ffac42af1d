"""When a gathering is, or would be."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Span(NamedTuple):
    """Two instants, and the zone on whose clock they are said; `all_day` as a gathering has it."""

    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    all_day: bool = False

    @property
    def local_start(self) -> datetime:
        """The start on the clock at the place."""
        return self.starts_at.astimezone(self.zone)

    @property
    def local_end(self) -> datetime:
        """The end on the clock at the place."""
        return self.ends_at.astimezone(self.zone)

    @property
    def length(self) -> timedelta:
        """How long it takes."""
        return self.ends_at - self.starts_at

    @property
    def days(self) -> tuple[date, date]:
        """Its first and its last day there; midnight belongs to the day that it ends."""
        first, end = self.local_start.date(), self.local_end.replace(tzinfo=None)
        return first, max(first, (end - timedelta.resolution).date())

    def moved(self, days: int) -> Span:
        """The same hours on the clock, so many days later."""
        by = timedelta(days=days)
        return self._replace(starts_at=self.local_start + by, ends_at=self.local_end + by)
