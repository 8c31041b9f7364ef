"""Articles, their earlier addresses, vectors by content, the change log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column("id", sa.String(512), nullable=False),
        sa.Column("record_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("copy_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("version_of", sa.String(512)),
        sa.Column("canonical_url", sa.Text),
        sa.Column("section", sa.Text),
        sa.Column("published", sa.BigInteger),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
    )
    op.create_index("ix_articles_canonical_url", "articles", ["canonical_url"])
    op.create_index("ix_articles_content_hash", "articles", ["content_hash"])
    op.create_table(
        "url_aliases",
        sa.Column("article_id", sa.String(512), nullable=False),
        sa.Column("canonical_url", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("article_id", "canonical_url", name="pk_url_aliases"),
    )
    op.create_table(
        "vectors",
        sa.Column("content_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("model", sa.String(256), nullable=False),
        sa.Column("recipe", sa.Integer, nullable=False),
        sa.Column("passage", sa.Integer, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("content_hash", "model", "recipe", "passage", name="pk_vectors"),
    )
    op.create_table(
        "changes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True, nullable=False),
        sa.Column("article_id", sa.String(512), nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_changes"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    for table in ("changes", "vectors", "url_aliases", "articles"):
        op.drop_table(table)
