"""The meter's arithmetic: which patches show how an event stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

ORDER = ("accepted", "waiting", "tentative", "unanswered", "declined")
MOST_SINGLE_PATCHES = 120
PARTIES_PER_PATCH = 5


class Meter(NamedTuple):
    """Patches by their state, in order; the counts they stand for; how many parties a patch shows at most."""

    patches: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    parties_per_patch: int


def meter_patches(counts: Mapping[str, int]) -> Meter:
    """One patch for each invited party, so that one can count them; above 120 parties one for five.

    `counts` maps a state (accepted, waiting, tentative, unanswered, declined) to its parties; a missing state has
    none. Where a patch stands for five, each state is rounded up: a single no among hundreds still has its patch.
    """
    ordered = tuple((state, counts.get(state, 0)) for state in ORDER)
    total = sum(number for _, number in ordered)
    size = PARTIES_PER_PATCH if total > MOST_SINGLE_PATCHES else 1
    patches = tuple(state for state, number in ordered for _ in range(-(-number // size)))
    return Meter(patches, ordered, size)
