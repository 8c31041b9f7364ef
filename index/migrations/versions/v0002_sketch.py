"""The sketch of each article, for near copies; it is made at the next rebuild."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        # The driver begins no transaction before DDL; without one a kill would leave half a migration behind.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    # Rewritten, not altered: SQLite appends a new column, and would then read past each record to get at the sketch.
    with op.batch_alter_table("articles", recreate="always") as batch:
        batch.add_column(sa.Column("sketch", sa.LargeBinary), insert_after="copy_hash")


def downgrade() -> None:
    with op.batch_alter_table("articles") as batch:
        batch.drop_column("sketch")
