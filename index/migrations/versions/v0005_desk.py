"""What editors settle: rules, policies, who did what, and who is signed in; and what each rebuild changed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("rebuilds", sa.Column("difference", sa.Text))
    op.create_table(
        "rules",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("article_id", sa.String(512)),
        sa.Column("item_id", sa.String(512)),
        sa.Column("slot", sa.String(32)),
        sa.Column("position", sa.Integer),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Float),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("updated_by", sa.String(200), nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
    )
    op.create_index("ix_rules_article_id", "rules", ["article_id"])
    op.create_index("ix_rules_item_id", "rules", ["item_id"])
    op.create_table(
        "audit",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "policy_versions",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("toml", sa.Text, nullable=False),
        sa.Column("saved_by", sa.String(200), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_policy_versions"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "desk_sessions",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("key_id", sa.String(16)),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("scope", sa.String(32), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("seen_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_desk_sessions"),
    )


def downgrade() -> None:
    for table in ("desk_sessions", "policy_versions", "audit", "rules"):
        op.drop_table(table)
    op.drop_column("rebuilds", "difference")
