"""What imports of every kind share: what came of them, for whom they are, and that one writes at a time."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.accounts.models import Organization
from planner.errors import NotFound
from planner.i18n import gettext as _

FILE_MOST: Final = 10_000_000  # bytes


class LeftOut(Protocol):
    """Something in a file that was not taken: where it stands, and why in plain words."""

    @property
    def row(self) -> int | str:
        """The line on which it begins, or what it is known by in the file."""

    @property
    def reason(self) -> str:
        """Why."""


@dataclass(slots=True)
class Outcome:
    """What an import did, or would do: counts of what the file is about, and what was left out."""

    new: int
    changed: int
    unchanged: int
    not_understood: Sequence[LeftOut]
    # What was read otherwise than it stands in the file, or stays as it is here.
    notes: Sequence[str] = ()

    @property
    def understood_anything(self) -> bool:
        """Whether anything of the file was understood, or at least nothing was not."""
        return bool(self.new + self.changed + self.unchanged) or not self.not_understood

    def as_json(self) -> dict[str, Any]:
        """The object that programs read."""
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "not_understood": [{"row": left.row, "reason": left.reason} for left in self.not_understood],
        }


class WholeFile(NamedTuple):
    """A file of which nothing was taken."""

    row: int
    reason: str


def nothing_of(reason: str) -> Outcome:
    """What comes of a file that cannot be read at all."""
    return Outcome(0, 0, 0, [WholeFile(1, reason)])


def organization_for(session: Session, slug: str | None) -> Organization:
    """The organisation of that slug; without one the only one there is. Raises NotFound."""
    query = sa.select(Organization).order_by(Organization.created_at)
    found = session.scalars(query.where(Organization.slug == slug) if slug else query.limit(2)).all()
    if not found:
        raise NotFound(_("There is no such organisation: run `planner init` first, or mend --organization."))
    if len(found) > 1:
        raise NotFound(_("There are several organisations: say which with --organization."))
    return found[0]


def wait_for_other_imports(session: Session, organization_id: uuid.UUID) -> None:
    """Lets one import at a time write for an organisation: nothing may be brought in twice side by side."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(organization_id.int >> 65)))
