"""Series and whole days; mail that comes in"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import events.types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = events.types.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("organization_id", sa.Uuid(), sa.ForeignKey("organization.id"), nullable=False),
        sa.Column("slug", sa.String(120), nullable=False),
        sa.Column("rule", sa.String(500), nullable=False),
        sa.Column("except_slots", sa.JSON(), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("first_start", sa.DateTime(), nullable=False),
        sa.Column("first_end", sa.DateTime(), nullable=False),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("pattern", sa.JSON(), nullable=False),
        sa.Column("stops_before", sa.String(15), nullable=True),
        sa.Column("extended_to", sa.Date(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), sa.ForeignKey("account.id"), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("published_at", _MOMENT, nullable=True),
        sa.Column("cancelled_at", _MOMENT, nullable=True),
        sa.UniqueConstraint("slug", name=op.f("uq_series_slug")),
    )
    op.create_index("ix_series_extended_to", "series", ["extended_to"])
    op.add_column(
        "gathering",
        sa.Column("series_id", sa.Uuid(), sa.ForeignKey("series.id"), nullable=True),
        inline_references=True,
    )
    op.add_column("gathering", sa.Column("slot", sa.String(15), nullable=True))
    op.add_column("gathering", sa.Column("all_day", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_gathering_slot", "gathering", ["series_id", "slot"], unique=True)
    op.create_table(
        "address_alias",
        sa.Column("party_id", sa.Uuid(), sa.ForeignKey("party.id"), primary_key=True),
        sa.Column("email_key", sa.String(254), primary_key=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("noted_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "incoming_mail",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("organization_id", sa.Uuid(), sa.ForeignKey("organization.id"), nullable=True),
        sa.Column("gathering_id", sa.Uuid(), sa.ForeignKey("gathering.id"), nullable=True),
        sa.Column("invitation_id", sa.Uuid(), sa.ForeignKey("invitation.id"), nullable=True),
        sa.Column("message_id", sa.Uuid(), sa.ForeignKey("message.id"), nullable=True),
        sa.Column("key", sa.String(300), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("from_address", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(400), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("stamp", _MOMENT, nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.Column("settled_by", sa.Uuid(), sa.ForeignKey("account.id"), nullable=True),
        sa.UniqueConstraint("key", name=op.f("uq_incoming_mail_key")),
    )
    op.create_index("ix_incoming_mail_waiting", "incoming_mail", ["organization_id", "done", "id"])
    op.create_index("ix_incoming_mail_invitation", "incoming_mail", ["invitation_id", "sequence", "stamp"])
    op.create_index("ix_incoming_mail_message_id", "incoming_mail", ["message_id"])


def downgrade() -> None:
    for table in ("incoming_mail", "address_alias"):
        op.drop_table(table)
    op.drop_index("ix_gathering_slot", "gathering")
    with op.batch_alter_table("gathering") as gathering:
        for name in ("all_day", "slot", "series_id"):
            gathering.drop_column(name)
    op.drop_table("series")
