"""Parties that were erased are marked, so that they stand in no list"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import events.types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("party") as table:
        table.add_column(sa.Column("erased_at", events.types.UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("party") as table:
        table.drop_column("erased_at")
