"""What a calendar file says of a gathering, in the form in which it is compared with what stands here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from planner.gatherings.fields import GatheringFields, checked
from planner.gatherings.models import Gathering, Status
from planner.series.making import fields_at
from planner.series.models import Series
from planner.series.rules import slot_time

# What is compared by itself, so that a word that was changed here stays while a new time is taken over.
PARTS: Final = ("title", "when", "venue", "online_url", "description", "topics", "rule", "own")
WORDS: Final = ("title", "venue", "online_url", "description", "topics")
_TIMES: Final = ("starts_at", "ends_at", "time_zone", "all_day")
# Eight parts of eight digits fill the column.
_DIGITS: Final = 8


class Facts(NamedTuple):
    """One gathering's facts; times are instants (UTC), with the IANA zone beside them."""

    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    all_day: bool = False
    venue: str = ""
    online_url: str = ""
    description: str = ""
    topics: tuple[str, ...] = ()

    def fields(self, parts: Iterable[str] = PARTS) -> GatheringFields:
        """The fields of those parts."""
        names = {name for part in parts for name in (_TIMES if part == "when" else (part,))}
        given = {name: getattr(self, name) for name in self._fields if name in names}
        return GatheringFields(**given | ({"topics": list(self.topics)} if "topics" in names else {}))

    def of_part(self, part: str) -> Any:
        """What it says in one part."""
        if part == "when":
            return [str(getattr(self, name)) for name in _TIMES]
        return list(self.topics) if part == "topics" else getattr(self, part, "")


class Repeat(NamedTuple):
    """How it repeats: the first slot on the clock of the zone, a rule that we take, and what differs.

    Slots are written as `series.rules.slot_name` writes them: `skip` are left out, `own` have facts of their own.
    """

    first: datetime
    rule: str
    skip: tuple[str, ...]
    own: Mapping[str, Facts]


def key_of(uid: str, slot: str = "") -> str:
    """What a piece is known by: its UID, with the slot where there are several of that UID."""
    return f"{uid}\t{slot}" if slot else uid


def uid_in(key: str) -> str:
    """The UID of such a key."""
    return key.partition("\t")[0]


class Piece(NamedTuple):
    """What becomes one gathering or one series; `key` is what `key_of` makes."""

    key: str
    facts: Facts
    repeat: Repeat | None = None
    cancelled: bool = False

    def digest(self) -> str:
        """What is kept, to know at the next import which parts have changed in the file."""
        return "".join(self.parts().values())

    def parts(self) -> dict[str, str]:
        """A digest of each part."""
        repeat = self.repeat
        own = (
            sorted((slot, [facts.of_part(part) for part in PARTS]) for slot, facts in repeat.own.items())
            if repeat
            else ()
        )
        said = {part: self.facts.of_part(part) for part in PARTS}
        said["rule"] = [repeat.rule, sorted(repeat.skip)] if repeat else self.cancelled
        said["own"] = own
        return {part: _digest(said[part]) for part in PARTS}


def _digest(said: Any) -> str:
    return hashlib.sha256(repr(said).encode(errors="replace")).hexdigest()[:_DIGITS]


def parts_of(digest: str | None) -> dict[str, str]:
    """The digests of the parts, out of what was kept."""
    return {part: (digest or "")[at * _DIGITS : (at + 1) * _DIGITS] for at, part in enumerate(PARTS)}


def facts_of(fields: GatheringFields) -> Facts:
    """Facts as the tables would hold them. Raises Invalid."""
    clean = checked(fields)
    return Facts(**{name: clean[name] for name in Facts._fields if name in clean} | _topics(clean.get("topics")))


def gathering_facts(gathering: Gathering) -> Facts:
    """What a gathering says now."""
    given = {name: getattr(gathering, name) for name in Facts._fields}
    return Facts(**given | _topics(gathering.topics))


def _topics(topics: list[str] | None) -> dict[str, tuple[str, ...]]:
    return {"topics": tuple(topics or ())}


def gathering_piece(gathering: Gathering) -> Piece:
    """A gathering as a file would say it."""
    return Piece(
        gathering.source_uid or "", gathering_facts(gathering), None, gathering.status == Status.CANCELLED
    )


def series_piece(series: Series, gatherings: Iterable[Gathering]) -> Piece:
    """A series as a file would say it: what differs from its pattern is an occurrence's own."""
    own, skip = dict[str, Facts](), set(series.except_slots)
    for one in gatherings:
        if one.slot is None:
            continue
        if one.status == Status.CANCELLED:
            skip.add(one.slot)
        elif (facts := gathering_facts(one)) != expected(series.pattern, one.slot, series.all_day):
            own[one.slot] = facts
    first = series.first_start
    repeat = Repeat(first, series.rule, tuple(sorted(skip)), own)
    facts = facts_of(fields_at(series.pattern, first, series.all_day))
    return Piece(series.source_uid or "", facts, repeat)


def expected(pattern: Mapping[str, Any], slot: str, all_day: bool) -> Facts:
    """What the occurrence at a slot says where nothing of its own is said."""
    return facts_of(fields_at(dict(pattern), slot_time(slot), all_day))


def zone_of(facts: Facts) -> ZoneInfo:
    """The zone in which its times are said."""
    return ZoneInfo(facts.time_zone)
