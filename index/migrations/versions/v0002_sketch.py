"""The sketch of each article, for near copies; it is made at the next rebuild."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rewritten, not altered: SQLite appends a new column, and would then read past each record to get at the sketch.
    sketch = sa.Column("sketch", sa.LargeBinary)
    if op.get_context().dialect.name != "sqlite":
        op.add_column("articles", sketch)
        return
    with op.batch_alter_table("articles", recreate="always") as batch:
        batch.add_column(sketch, insert_after="copy_hash")


def downgrade() -> None:
    with op.batch_alter_table("articles") as batch:
        batch.drop_column("sketch")
