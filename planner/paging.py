"""Lists that go on from page to page."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from planner.web import AnyRequest, number_in


class Pages(msgspec.Struct, frozen=True):
    """One page of a list of `total` things; `number` counts from 1. `path` and `query` lead to the others."""

    number: int
    size: int
    total: int
    path: str
    query: Mapping[str, str]

    @property
    def offset(self) -> int:
        """How many come before."""
        return (self.number - 1) * self.size

    @property
    def first(self) -> int:
        """The place of the first one shown."""
        return min(self.offset + 1, self.total)

    @property
    def last(self) -> int:
        """The place of the last one shown."""
        return min(self.offset + self.size, self.total)

    @property
    def following(self) -> int:
        """How many the next page shows."""
        return max(min(self.total - self.last, self.size), 0)

    def url(self, number: int) -> str:
        """The address of another page."""
        return with_query(self.path, {**self.query, "page": str(number) if number > 1 else ""})


def page_number(request: AnyRequest) -> int:
    """Which page of a list is asked for; 1 for what is no number."""
    return number_in(request.query_params.get("page", "")) or 1


def with_query(path: str, query: Mapping[str, str]) -> str:
    """A path with those parameters that say something."""
    said = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(said)}" if said else path
