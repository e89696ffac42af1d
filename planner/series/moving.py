"""A change of one day of a series, done to others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering
from planner.series.making import TIMES, nominal_start
from planner.series.models import Series
from planner.times import instant


class Move:
    """What changes in one occurrence, said so that it can be done to others."""

    def __init__(self, series: Series, gathering: Gathering, new: dict[str, Any]) -> None:
        self._series, self._new = series, new
        self._words = {name: value for name, value in new.items() if name not in TIMES}
        zone = ZoneInfo(new.get("time_zone", gathering.time_zone))
        starts_at, ends_at = new.get("starts_at", gathering.starts_at), new.get("ends_at", gathering.ends_at)
        self._moves = bool(new.keys() & {"starts_at", "ends_at", "time_zone"})
        begins = nominal_start(series, gathering)
        self._by = timedelta()
        if starts_at != gathering.starts_at or zone != gathering.zone:
            self._by = starts_at.astimezone(zone).replace(tzinfo=None) - begins
        self._longer = (ends_at - starts_at) - (gathering.ends_at - gathering.starts_at)
        self._answer_by = new["answer_by"] - starts_at if new.get("answer_by") else None

    def fields_for(self, other: Gathering) -> GatheringFields:
        """The same change, for another occurrence."""
        fields = dict(self._words)
        starts_at = other.starts_at
        if self._moves:
            zone = ZoneInfo(fields.get("time_zone", other.time_zone))
            starts_at = instant(nominal_start(self._series, other) + self._by, zone)
            ends_at = starts_at + (other.ends_at - other.starts_at) + self._longer
            if other.all_day:
                # A day in which the clocks change is shorter or longer, and still one day.
                days = round((ends_at - starts_at) / timedelta(days=1))
                ends_at = instant(nominal_start(self._series, other) + self._by + timedelta(days=days), zone)
            fields |= {"starts_at": starts_at, "ends_at": ends_at}
        if "answer_by" in self._new:
            fields["answer_by"] = None if self._answer_by is None else starts_at + self._answer_by
        return GatheringFields(**fields)

    def pattern(self) -> dict[str, Any]:
        """What occurrences still to be made will say."""
        pattern = self._series.pattern | self._words
        start = pattern["start"] + self._by.total_seconds() / 60
        pattern["end"] += start - pattern["start"] + self._longer.total_seconds() / 60
        if "answer_by" in self._new:
            pattern["answer_by"] = (
                None if self._answer_by is None else start + self._answer_by.total_seconds() / 60
            )
        return pattern | {"start": start}
