"""What replicas without an index of their own answer from: rows, names and links."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "served",
        sa.Column("id", sa.String(512), nullable=False),
        sa.Column("record_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(16), nullable=False),
        sa.Column("top", sa.Text),
        sa.Column("published", sa.BigInteger, nullable=False),
        sa.Column("series", sa.BigInteger),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("stand_in", sa.LargeBinary),
        sa.Column("lean", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_served"),
    )
    op.create_index("ix_served_published", "served", ["published"])
    op.create_index("ix_served_top_published", "served", ["top", "published"])
    op.create_index("ix_served_series", "served", ["series"])
    op.create_index("ix_served_place", "served", ["place"])
    op.create_table(
        "served_segments",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_served_segments"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "served_terms",
        sa.Column("term", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("segment", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("places", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("term", "segment", name="pk_served_terms"),
    )
    op.create_index("ix_served_terms_segment", "served_terms", ["segment"])
    for table in ("served_names", "served_links"):
        op.create_table(
            table,
            sa.Column("hash", sa.BigInteger, nullable=False, autoincrement=False),
            sa.Column("kind", sa.Integer, nullable=False, autoincrement=False),
            sa.Column("article_id", sa.String(512), nullable=False),
            sa.PrimaryKeyConstraint("hash", "kind", "article_id", name=f"pk_{table}"),
        )
        op.create_index(f"ix_{table}_article_id", table, ["article_id"])
    op.create_table(
        "projections",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False, autoincrement=True),
        sa.Column("collection", sa.String(100), nullable=False),
        sa.Column("manifest", sa.Text, nullable=False),
        sa.Column("clicks", sa.LargeBinary, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_projections"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    for table in ("projections", "served_terms", "served_segments", "served_links", "served_names", "served"):
        op.drop_table(table)
