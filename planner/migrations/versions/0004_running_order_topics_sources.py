"""Running order and topics; sources; religious days, longer regions; mails about several days"""

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
    op.drop_index("ix_people_file_organization_id", "people_file")
    op.rename_table("people_file", "import_file")
    op.add_column("import_file", sa.Column("kind", sa.String(20), nullable=False, server_default="people"))
    op.add_column("import_file", sa.Column("called_off", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("import_file", sa.Column("left_alone", sa.JSON(), nullable=False, server_default="[]"))
    op.create_index("ix_import_file_organization_id", "import_file", ["organization_id"])
    for table in _BROUGHT_IN:
        op.add_column(table, sa.Column("source_uid", sa.String(255), nullable=True))
        op.add_column(table, sa.Column("source_digest", sa.String(64), nullable=True))
        op.create_index(f"ix_{table}_source", table, ["organization_id", "source_uid"], unique=True)
    op.add_column("message", sa.Column("sequence", sa.Integer(), nullable=True))
    op.create_table(
        "message_also_about",
        sa.Column("key", sa.String(400), primary_key=True),
        sa.Column("message_id", sa.Uuid(), sa.ForeignKey("message.id", ondelete="CASCADE"), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), sa.ForeignKey("invitation.id"), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
    )
    for column in ("message_id", "invitation_id"):
        op.create_index(f"ix_message_also_about_{column}", "message_also_about", [column])


def downgrade() -> None:
    op.drop_table("message_also_about")
    with op.batch_alter_table("message") as message:
        message.drop_column("sequence")
    op.execute("DELETE FROM import_file WHERE kind <> 'people'")
    op.drop_index("ix_import_file_organization_id", "import_file")
    with op.batch_alter_table("import_file") as file:
        for name in ("left_alone", "called_off", "kind"):
            file.drop_column(name)
    op.rename_table("import_file", "people_file")
    op.create_index("ix_people_file_organization_id", "people_file", ["organization_id"])
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
