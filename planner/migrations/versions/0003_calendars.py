"""Series, whole days, running orders and topics; calendars brought in; mail that comes in"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

import events.types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = events.types.UtcDateTime(timezone=True)


def _with_gathering() -> list[sa.Column[Any]]:
    return [
        sa.Column("slot", sa.String(15), nullable=True),
        sa.Column("all_day", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("programme", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("topics", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("source_uid", sa.String(255), nullable=True),
        sa.Column("source_digest", sa.String(64), nullable=True),
    ]


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
        sa.Column("source_uid", sa.String(255), nullable=True),
        sa.Column("source_digest", sa.String(64), nullable=True),
        sa.Column("created_by", sa.Uuid(), sa.ForeignKey("account.id"), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("published_at", _MOMENT, nullable=True),
        sa.Column("cancelled_at", _MOMENT, nullable=True),
        sa.UniqueConstraint("slug", name=op.f("uq_series_slug")),
        sa.UniqueConstraint("organization_id", "source_uid", name=op.f("uq_series_organization_id_source_uid")),
    )
    op.create_index("ix_series_extended_to", "series", ["extended_to"])
    op.add_column(
        "gathering",
        sa.Column("series_id", sa.Uuid(), sa.ForeignKey("series.id"), nullable=True),
        inline_references=True,
    )
    for column in _with_gathering():
        op.add_column("gathering", column)
    op.create_index("ix_gathering_slot", "gathering", ["series_id", "slot"], unique=True)
    op.create_index("ix_gathering_source", "gathering", ["organization_id", "source_uid"], unique=True)
    op.add_column("organization", sa.Column("observed", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "calendar_file",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("organization_id", sa.Uuid(), sa.ForeignKey("organization.id"), nullable=False, index=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id"), nullable=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("imported_at", _MOMENT, nullable=True),
    )
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
    for table in ("incoming_mail", "address_alias", "calendar_file"):
        op.drop_table(table)
    with op.batch_alter_table("organization") as organization:
        organization.drop_column("observed")
    op.drop_index("ix_gathering_slot", "gathering")
    op.drop_index("ix_gathering_source", "gathering")
    with op.batch_alter_table("gathering") as gathering:
        for column in _with_gathering():
            gathering.drop_column(column.name)
        gathering.drop_column("series_id")
    op.drop_table("series")
