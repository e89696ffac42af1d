"""Why something was refused. Subjects define their own kinds; the last word is `planner/refusals.py`'s."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class FieldError(NamedTuple):
    """What is wrong with one field: its name (`parties[0].email`) and a sentence in plain words."""

    field: str
    detail: str


class Refused(Exception):
    """Something that was asked for cannot be done. `status` is the HTTP status that says so."""

    status = 409

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotFound(Refused):
    """There is no such thing, or it is none of the caller's business: both look alike."""

    status = 404


class NotAllowed(Refused):
    """The caller is known, but may not do this."""

    status = 403


class Invalid(Refused):
    """Fields cannot be used as they are; nothing was changed."""

    status = 422

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(" ".join(error.detail for error in errors))
        self.errors = tuple(errors)

    @classmethod
    def field(cls, field: str, detail: str) -> Invalid:
        """One field that cannot be used."""
        return cls([FieldError(field, detail)])


class TooMany(Refused):
    """Asked too often in too short a time."""

    status = 429
