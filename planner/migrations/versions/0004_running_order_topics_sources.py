"""Running order and topics; where a gathering was brought in from; religious days, longer regions"""

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
    with op.batch_alter_table("organization") as organization:
        organization.add_column(sa.Column("observed", sa.JSON(), nullable=False, server_default="[]"))
        organization.alter_column("region", type_=sa.String(20), existing_type=sa.String(10))
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
    op.execute("UPDATE organization SET region = NULL WHERE length(region) > 10")
    with op.batch_alter_table("organization") as organization:
        organization.alter_column("region", type_=sa.String(10), existing_type=sa.String(20))
        organization.drop_column("observed")
    with op.batch_alter_table("gathering") as gathering:
        for name in ("topics", "programme"):
            gathering.drop_column(name)
