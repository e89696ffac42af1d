"""What a file says of an event, and what would change, as people say it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from planner.calendar_files.facts import Piece
from planner.calendar_files.planning import PlannedItem, PlannedPiece
from planner.gatherings.models import Gathering
from planner.i18n import gettext as _
from planner.i18n import ngettext
from planner.series.models import Series
from planner.series.words import say_rule
from planner.times import say_when

WORDS_MOST = 160


class Change(NamedTuple):
    """A part that differs: what it is, how it stands here, and how in the file."""

    what: str
    here: str
    file: str


def say_repeat(piece: Piece) -> str:
    """Every week (Thursday), 10 times; 2 days left out; empty where it does not repeat."""
    repeat, facts = piece.repeat, piece.facts
    if repeat is None:
        return _("called off") if piece.cancelled else ""
    rule = {"rule": repeat.rule, "except_slots": list(repeat.skip)}
    said = [say_rule(Series(**rule, time_zone=facts.time_zone, first_start=repeat.first))]
    if own := len(repeat.own):
        said.append(ngettext("%(n)d day differs", "%(n)d days differ", own) % {"n": own})
    return "; ".join([*said, _("called off")] if piece.cancelled else said)


def say_times(piece: Piece) -> str:
    """When it is, or when the first of its days is."""
    return say_when(piece.facts.starts_at, piece.facts.ends_at, piece.facts.time_zone)


def changes_of(planned: PlannedItem) -> list[Change]:
    """What the file would change."""
    return [
        one
        for piece in planned.pieces
        if piece.state != "unchanged"
        for one in (_differences(piece, piece.taken) if piece.now else [_added(piece)])
    ]


def kept_of(planned: PlannedItem) -> list[Change]:
    """What stays as it is here though the file says otherwise."""
    return [one for piece in planned.kept for one in _differences(piece, piece.kept)]


def say_kept(planned: PlannedItem) -> str:
    """What stays as it is here, and why."""
    parts = dict.fromkeys(change.what for change in kept_of(planned))
    return ". ".join(filter(None, [", ".join(parts), planned.kept[0].kept_because]))


def is_called_off(planned: PlannedItem) -> bool:
    """Whether the file calls all of it off."""
    return all(one.piece.cancelled for one in planned.pieces)


def title_of(planned: PlannedItem) -> str:
    """Its title as it is here; as in the file where it is new."""
    now = next((piece.now for piece in planned.pieces if piece.now), None)
    return now.facts.title if now else planned.item.title


def address_of(planned: PlannedItem) -> str:
    """Where an event that is here has its page; empty where it is new."""
    for piece in planned.pieces:
        if isinstance(piece.row, Gathering):
            return f"/manage/gatherings/{piece.row.id}"
        if piece.occurrences:
            return f"/manage/gatherings/{min(piece.occurrences, key=lambda one: one.starts_at).id}"
    return ""


def _added(piece: PlannedPiece) -> Change:
    return Change(_("One more day"), "–", say_times(piece.piece))


def _differences(planned: PlannedPiece, parts: Iterable[str]) -> list[Change]:
    here, file = planned.now, planned.piece
    if here is None:
        return []
    # Rule, and days that differ from it, are said in one sentence.
    names = dict.fromkeys("rule" if part == "own" else part for part in parts)
    return [Change(_names()[name], _said(here, name), _said(file, name)) for name in names]


def _names() -> dict[str, str]:
    return {
        "title": _("Title"),
        "when": _("When"),
        "venue": _("Place"),
        "online_url": _("Address of the meeting"),
        "description": _("What happens"),
        "topics": _("Topics"),
        "rule": _("How it repeats"),
    }


def _said(piece: Piece, part: str) -> str:
    if part == "when":
        return say_times(piece)
    if part == "rule":
        return say_repeat(piece) or _("takes place")
    if part == "topics":
        return ", ".join(piece.facts.topics)
    words = str(piece.facts.of_part(part))
    return words if len(words) <= WORDS_MOST else f"{words[:WORDS_MOST].rstrip()}…"
