"""Running order and topics; where a gathering was brought in from; religious days"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BROUGHT_IN = ("gathering", "series")


def upgrade() -> None:
    for name in ("programme", "topics"):
        op.add_column("gathering", sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("organization", sa.Column("observed", sa.JSON(), nullable=False, server_default="[]"))
    for table in _BROUGHT_IN:
        op.add_column(table, sa.Column("source_uid", sa.String(255), nullable=True))
        op.add_column(table, sa.Column("source_digest", sa.String(64), nullable=True))
        op.create_index(f"ix_{table}_source", table, ["organization_id", "source_uid"], unique=True)


def downgrade() -> None:
    for table in _BROUGHT_IN:
        op.drop_index(f"ix_{table}_source", table)
        with op.batch_alter_table(table) as altered:
            for name in ("source_digest", "source_uid"):
                altered.drop_column(name)
    with op.batch_alter_table("organization") as organization:
        organization.drop_column("observed")
    with op.batch_alter_table("gathering") as gathering:
        for name in ("topics", "programme"):
            gathering.drop_column(name)
