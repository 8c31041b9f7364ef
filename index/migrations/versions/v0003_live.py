"""Writes between rebuilds: who wrote an article last, copies found at once, tombstones, rebuilds, keys, models' names."""

import sqlalchemy as sa
from alembic import op

from index.article import digest

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_columns()
    op.drop_index("ix_articles_canonical_url", "articles")
    op.create_index("ix_articles_canonical_url", "articles", ["canonical_url"], postgresql_using="hash")
    for name in ("copy_hash", "version_of", "copy_key"):
        op.create_index(f"ix_articles_{name}", "articles", [name])
    alike = ["published", "unpublished", "head", "id"]
    op.create_index(f"ix_articles_{'_'.join(alike)}", "articles", alike)
    _rewrite_aliases()
    op.execute("DELETE FROM changes")  # a rebuild's own changes, which stand in its snapshot
    with op.batch_alter_table("changes", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.alter_column("deleted", new_column_name="hidden", existing_type=sa.Boolean, existing_nullable=False)
    _create_tables()


def _add_columns() -> None:
    head = sa.Column("head", sa.LargeBinary)
    columns = (
        sa.Column("unpublished", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("seq", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("copy_key", sa.LargeBinary(16)),
        sa.Column("superseded_at", sa.BigInteger),
    )
    if op.get_context().dialect.name != "sqlite":
        for column in (head, *columns):
            op.add_column("articles", column)
        return
    # Rewritten on SQLite for the reason that 0002 gives: what is new must stand before `record`.
    before = "published"
    with op.batch_alter_table("articles", recreate="always") as batch:
        batch.add_column(head, insert_after="sketch")
        for column in columns:
            batch.add_column(column, insert_after=before)
            before = column.name


def _rewrite_aliases() -> None:
    connection = op.get_bind()
    known = connection.execute(sa.text("SELECT article_id, canonical_url FROM url_aliases")).all()
    op.drop_table("url_aliases")
    table = op.create_table(
        "url_aliases",
        sa.Column("article_id", sa.String(512), nullable=False),
        sa.Column("url_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("canonical_url", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("article_id", "url_hash", name="pk_url_aliases"),
    )
    rows = [{"article_id": key, "url_hash": digest(url), "canonical_url": url} for key, url in known]
    if rows:
        op.bulk_insert(table, rows)


def _create_tables() -> None:
    op.create_table(
        "tombstones",
        sa.Column("article_id", sa.String(512), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("guard", sa.Float),
        sa.PrimaryKeyConstraint("article_id", name="pk_tombstones"),
    )
    op.create_table(
        "rebuilds",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True, nullable=False),
        sa.Column("generation", sa.String(64), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("from_sources", sa.Boolean, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_rebuilds"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("scope", sa.String(32), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("revoked_at", sa.Float),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
    )
    op.create_table(
        "models",
        sa.Column("model", sa.String(256), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("model", name="pk_models"),
    )


def downgrade() -> None:
    raise NotImplementedError("restore the copy that was made before the upgrade")
