"""Furniture that was learnt from the archive, what editors decided about it, and the sets of rules that recipes name."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "boilerplate_sets",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("rules", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("active_at", sa.Float),
        sa.PrimaryKeyConstraint("number", name="pk_boilerplate_sets"),
    )
    op.create_table(
        "boilerplate_rules",
        sa.Column("id", sa.String(10), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("place", sa.String(16), nullable=False),
        sa.Column("items", sa.Integer, nullable=False),
        sa.Column("articles", sa.Integer, nullable=False),
        sa.Column("of_articles", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("example", sa.Text, nullable=False),
        sa.Column("seen_in", sa.Text, nullable=False),
        sa.Column("found_at", sa.Float, nullable=False),
        sa.Column("decided_by", sa.String(200)),
        sa.Column("decided_at", sa.Float),
        sa.PrimaryKeyConstraint("id", name="pk_boilerplate_rules"),
    )
    op.create_table(
        "boilerplate_learnings",
        sa.Column("rebuild", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("articles", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("rebuild", name="pk_boilerplate_learnings"),
    )


def downgrade() -> None:
    for table in ("boilerplate_learnings", "boilerplate_rules", "boilerplate_sets"):
        op.drop_table(table)
