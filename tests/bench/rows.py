"""One figure with its ceiling, and how both are measured."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from tests.bench.load import Load

TURNS = 3
HEADER = f"{'work':<62}{'ours':>10}{'ceiling':>10} {'unit':<9}{'ratio':>6}  aim"

Figure = TypeVar("Figure")


class Row(NamedTuple):
    """Our figure and the ceiling's, both in `unit`; `ratio` is ours by the ceiling's, `aim` what it should be."""

    work: str
    ours: float
    ceiling: float | None
    ratio: float | None
    aim: str
    unit: str

    def __str__(self) -> str:
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        figures = f"{_short(self.ours):>10}{_short(self.ceiling):>10}"
        return f"{self.work:<62}{figures} {self.unit:<9}{ratio:>6}  {self.aim}"


def compared(work: str, ours: float, ceiling: float, aim: str, unit: str) -> Row:
    """A figure beside its ceiling."""
    return Row(work, ours, ceiling, ours / ceiling if ceiling else None, aim, unit)


def alone(work: str, ours: float, aim: str, unit: str) -> Row:
    """A figure that has an aim of its own."""
    return Row(work, ours, None, None, aim, unit)


def _short(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def by_turns(*works: Callable[[], Figure], turns: int = TURNS) -> list[list[Figure]]:
    """Measures one after the other, again and again, since a machine has its moods; the figures of each."""
    figures: list[list[Figure]] = [[] for _ in works]
    for _turn in range(turns):
        for work, found in zip(works, figures, strict=True):
            found.append(work())
    return figures


def middle(figures: list[float]) -> float:
    """The median."""
    return statistics.median(figures)


def middle_load(loads: list[Load]) -> Load:
    """The load of median rate; one that was refused something is no measurement."""
    if refused := sum(one.refused for one in loads):
        raise RuntimeError(f"{refused} answers of the load were 4xx or 5xx")
    return sorted(loads)[len(loads) // 2]


def seconds_of(work: Callable[[], Any], times: int = 1) -> float:
    """How long one call takes, on average over so many."""
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begun) / times


def p99(seconds: list[float]) -> float:
    """What all but the slowest hundredth stay under."""
    return sorted(seconds)[len(seconds) * 99 // 100]


@contextmanager
def timing(into: list[float]) -> Iterator[None]:
    """Appends how long the block took, in seconds."""
    begun = time.perf_counter()
    yield
    into.append(time.perf_counter() - begun)


def machine() -> str:
    """Where this was measured, and how busy it is besides."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {machine}{load}"
