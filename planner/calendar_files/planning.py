"""What bringing a calendar file in would do, beside what is known already. Nothing is written here.

What a file said at the last import is kept as digests of its parts. So three things can be told apart: what has
changed in the file since, what a coordinator has changed here, and what both have. The file's changes are taken
over; a coordinator's stay, and so does whatever is published: families hear of its changes, so it is changed on
its own page, where one sees who is told.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.accounts.models import Organization
from planner.calendar_files.facts import PARTS, WORDS, Piece, gathering_piece, parts_of, series_piece, uid_in
from planner.calendar_files.reading import Item, NotUnderstood, Reading
from planner.gatherings.models import Gathering, Status
from planner.i18n import gettext as _
from planner.series.models import Series

State = Literal["new", "changed", "unchanged"]
# What a series has by its rule hangs together: taken over all at once or not at all.
_TOGETHER: Final = frozenset(PARTS) - frozenset(WORDS)
_AT_ONCE: Final = 400
_OUR_UID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(slots=True)
class PlannedPiece:
    """A piece beside the row that came of it before: which parts are `taken` over, which are `kept` as they are.

    `kept_because` says why anything is kept; it is empty where nothing is.
    """

    piece: Piece
    row: Gathering | Series | None = None
    occurrences: Sequence[Gathering] = ()
    now: Piece | None = None
    taken: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    kept_because: str = ""

    @property
    def state(self) -> State:
        """What would become of it."""
        if self.row is None and not self.kept_because:
            return "new"
        return "changed" if self.taken else "unchanged"

    def digest(self) -> str:
        """What is to be kept of the file: of parts that stay as they are here, what it said before."""
        said, stored = self.piece.parts(), parts_of(self.row.source_digest if self.row else None)
        return "".join(stored[part] if part in self.kept else said[part] for part in PARTS)


@dataclass(slots=True)
class PlannedItem:
    """All that a file says under one UID, and what would become of it."""

    item: Item
    pieces: list[PlannedPiece]

    @property
    def state(self) -> State:
        """New where nothing of it is known; changed where a part would be."""
        states = {one.state for one in self.pieces}
        if states == {"new"}:
            return "new"
        return "unchanged" if states == {"unchanged"} else "changed"

    @property
    def kept(self) -> list[PlannedPiece]:
        """The pieces that differ here and in the file, and stay as they are here."""
        return [one for one in self.pieces if one.kept_because]


class Left(NamedTuple):
    """Something that stays as it is here though the file says otherwise, and why."""

    row: str
    reason: str


@dataclass(slots=True)
class Plan:
    """What bringing a file in would do."""

    reading: Reading
    items: list[PlannedItem] = field(default_factory=list)

    def of_state(self, state: str) -> list[PlannedItem]:
        """The items of that state."""
        return [one for one in self.items if one.state == state]

    def count(self, state: str) -> int:
        """How many gatherings, a series counting once."""
        return len(self.of_state(state))

    @property
    def kept(self) -> list[PlannedItem]:
        """The items of which something stays as it is here though the file says otherwise."""
        return [one for one in self.items if one.kept]

    @property
    def not_understood(self) -> list[NotUnderstood]:
        """What is left out."""
        return self.reading.not_understood

    @property
    def left(self) -> list[Left]:
        """What stays as it is here, for programs."""
        return [Left(one.item.uid, one.kept[0].kept_because) for one in self.kept]

    @property
    def notes(self) -> list[str]:
        """What was read otherwise than it stands in the file, and what stays as it is here."""
        said = [f"{one.item.title}: {note}" for one in self.items for note in one.item.notes]
        return [
            *self.reading.notes,
            *said,
            *(f"{one.item.title}: {one.kept[0].kept_because}" for one in self.kept),
        ]


def plan_import(session: Session, organization: Organization, reading: Reading) -> Plan:
    """A file beside what the organisation has."""
    return Plan(reading, plan_items(session, organization.id, reading.items))


def plan_items(
    session: Session, organization_id: uuid.UUID, items: Sequence[Item], *, lock: bool = False
) -> list[PlannedItem]:
    """Some items beside what is known; `lock` holds the rows until the transaction ends, series first."""
    keys = [piece.key for item in items for piece in item.pieces]
    known = _Known(session, organization_id, keys, lock)
    return [PlannedItem(item, [known.plan(piece) for piece in item.pieces]) for item in items]


class _Known:
    """The gatherings and series that were brought in before, by their keys."""

    def __init__(self, session: Session, organization_id: uuid.UUID, keys: Iterable[str], lock: bool) -> None:
        self._series: dict[str | None, Series] = {}
        self._gatherings: dict[str | None, Gathering] = {}
        self._occurrences: dict[uuid.UUID | None, list[Gathering]] = {}
        # UIDs that our own feeds and files gave: whoever brings one of those in must not double what is here.
        self._ours: set[str] = set()
        all_keys = list(keys)
        for start in range(0, len(all_keys), _AT_ONCE):
            self._look(session, organization_id, all_keys[start : start + _AT_ONCE], lock)

    def _look(self, session: Session, organization_id: uuid.UUID, keys: list[str], lock: bool) -> None:
        ids = [uuid.UUID(uid) for key in keys if _OUR_UID.fullmatch(uid := uid_in(key))]
        for table in (Series, Gathering) if ids else ():
            ours = sa.select(table.id).where(table.organization_id == organization_id, table.id.in_(ids))
            self._ours.update(str(one) for one in session.scalars(ours))
        series = sa.select(Series).where(Series.organization_id == organization_id, Series.source_uid.in_(keys))
        series = series.order_by(Series.id)
        found = session.scalars(series.with_for_update(of=Series, key_share=True) if lock else series).all()
        self._series |= {one.source_uid: one for one in found}
        rows = sa.select(Gathering).where(
            Gathering.organization_id == organization_id,
            sa.or_(Gathering.source_uid.in_(keys), Gathering.series_id.in_([one.id for one in found])),
        )
        rows = rows.order_by(Gathering.id)
        for one in session.scalars(rows.with_for_update(of=Gathering, key_share=True) if lock else rows):
            if one.source_uid is not None:
                self._gatherings[one.source_uid] = one
            if one.series_id is not None:
                self._occurrences.setdefault(one.series_id, []).append(one)

    def plan(self, piece: Piece) -> PlannedPiece:
        """What would become of a piece."""
        series, gathering = self._series.get(piece.key), self._gatherings.get(piece.key)
        if uid_in(piece.key) in self._ours:
            return PlannedPiece(piece, kept_because=_("It comes from here, and is on your list already."))
        if piece.repeat is None and gathering is None and series is not None:
            return PlannedPiece(piece, series, kept_because=_("It repeats here, and in the file it does not."))
        if piece.repeat is not None and series is None and gathering is not None:
            return PlannedPiece(piece, gathering, kept_because=_("It repeats in the file, and here it does not."))
        if piece.repeat is not None and series is not None:
            occurrences = self._occurrences.get(series.id, [])
            return _beside(piece, series, occurrences, series_piece(series, occurrences))
        if gathering is not None:
            return _beside(piece, gathering, [gathering], gathering_piece(gathering))
        return PlannedPiece(piece)


def _beside(piece: Piece, row: Gathering | Series, occurrences: list[Gathering], now: Piece) -> PlannedPiece:
    said, stored, here = piece.parts(), parts_of(row.source_digest), now.parts()
    differ = [part for part in PARTS if said[part] != stored[part] and said[part] != here[part]]
    by_hand = {part for part in differ if here[part] != stored[part]}
    if piece.repeat is not None and any(here[part] != stored[part] for part in _TOGETHER):
        by_hand |= _TOGETHER & set(differ)
    planned = PlannedPiece(piece, row, occurrences, now)
    if not differ:
        return planned
    if reason := _closed(row, occurrences):
        planned.kept, planned.kept_because = tuple(differ), reason
        return planned
    planned.taken = tuple(part for part in differ if part not in by_hand)
    planned.kept = tuple(part for part in differ if part in by_hand)
    planned.kept_because = _("It was changed here by hand: that stays.") if by_hand else ""
    return planned


def _closed(row: Gathering | Series, occurrences: list[Gathering]) -> str:
    """Why an import changes nothing of it; empty where it does."""
    states = {Status(one.status) for one in occurrences}
    if Status.PUBLISHED in states or (isinstance(row, Series) and row.published_at):
        return _("It is published. Change it on its own page: there you see who is told.")
    if Status.HELD in states:
        return _("It has been held.")
    if states == {Status.CANCELLED} or (isinstance(row, Series) and row.cancelled_at):
        return _("It is cancelled here.")
    return ""
