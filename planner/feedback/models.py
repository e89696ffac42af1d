"""What a gathering's guests say afterwards, without a trace of who said what."""

from __future__ import annotations

import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from planner.database import Base

SHOWN_FROM: Final = 5


class Feedback(Base):
    """One party's answers to the form; steps count from 0 (not at all) to 3 (fully).

    Its id is random rather than in order of time, and it bears no time and no party: together with the log those
    would tell who wrote it.
    """

    __tablename__ = "feedback"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    gathering_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("gathering.id"), index=True)
    welcome: Mapped[int | None] = mapped_column()
    on_time: Mapped[int | None] = mapped_column()
    heard: Mapped[int | None] = mapped_column()
    met_others: Mapped[int | None] = mapped_column()
    prepared: Mapped[int | None] = mapped_column()
    went_well: Mapped[str] = mapped_column(sa.Text, default="")
    better: Mapped[str] = mapped_column(sa.Text, default="")
    could_help: Mapped[bool] = mapped_column(default=False)
    # Given only by those who offer help and want to be asked.
    helper_name: Mapped[str] = mapped_column(sa.String(200), default="")
