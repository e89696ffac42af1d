"""Files that are brought in."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from planner.database import Base, UtcDateTime, new_id, utc_now


class FileKind(StrEnum):
    """What a file holds."""

    PEOPLE = "people"
    CALENDAR = "calendar"


class ImportFile(Base):
    """A file that was brought in: it lasts a day. Once it is taken over nothing is left of `data`."""

    __tablename__ = "import_file"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    account_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(sa.String(20), default=FileKind.PEOPLE, server_default=FileKind.PEOPLE)
    name: Mapped[str] = mapped_column(sa.String(200))
    data: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    # While it is being taken over: how many people or events of how many are done.
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    # What it came to when it was begun: how many are new, how many changed.
    new: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    # How many of these come as cancelled; what stays as it is here: [title, address of its page, reason] each.
    called_off: Mapped[int] = mapped_column(default=0, server_default="0")
    left_alone: Mapped[list[list[str]]] = mapped_column(sa.JSON, default=list, server_default="[]")
    # When the last step was done: long ago means that its process is gone.
    stepped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    imported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
