"""Thank-you notes from one to another, or to everyone, about a gathering."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from planner.accounts.models import Account
from planner.database import Base, UtcDateTime, new_id, utc_now
from planner.invitations.models import Invitation


class Appreciation(Base):
    """A thank-you. It goes to a person of the team (`to_account_id`), to a party (`to_invitation_id`), to somebody
    whose name the writer gave (`to_name`, passed on by a coordinator), or to everyone (none of these).

    It is private unless the writer shares it and the one who is thanked agrees; one to everyone needs nobody's.
    """

    __tablename__ = "appreciation"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    gathering_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("gathering.id"), index=True)
    # Who thanks: a party by its link, or one of the team from the desk.
    from_invitation_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("invitation.id"), index=True)
    from_account_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    from_name: Mapped[str] = mapped_column(sa.String(200))
    to_account_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    to_invitation_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("invitation.id"), index=True)
    to_name: Mapped[str] = mapped_column(sa.String(200), default="")
    words: Mapped[str] = mapped_column(sa.Text)
    shared: Mapped[bool] = mapped_column(default=False)
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    hidden_reason: Mapped[str] = mapped_column(sa.Text, default="")
    given_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    from_invitation: Mapped[Invitation | None] = relationship(foreign_keys=[from_invitation_id])
    to_invitation: Mapped[Invitation | None] = relationship(foreign_keys=[to_invitation_id])
    to_account: Mapped[Account | None] = relationship(foreign_keys=[to_account_id])

    @property
    def to_everyone(self) -> bool:
        """Whether nobody in particular is thanked."""
        return not (self.to_account_id or self.to_invitation_id or self.to_name)

    @property
    def thanked(self) -> str:
        """The name of who is thanked, as the writer gave it where there was none to choose; "" for everyone."""
        if self.to_account is not None:
            return self.to_account.name
        return self.to_name or (self.to_invitation.party.name if self.to_invitation else "")

    @property
    def waits_to_be_passed_on(self) -> bool:
        """Whether only a name is known, and a coordinator is to find whose it is."""
        return bool(self.to_name) and not (self.to_account_id or self.to_invitation_id)

    @property
    def on_the_wall(self) -> bool:
        """Whether the gathering's guests may read it."""
        return self.hidden_at is None and self.shared and (self.to_everyone or self.agreed_at is not None)
