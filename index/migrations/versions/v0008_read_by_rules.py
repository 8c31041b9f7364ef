"""Content hashes and vectors are of what the rules leave of a text, so that a new rule costs what it changes.

Which rules the last rebuild read with is forgotten: the next one reads every article again and embeds what comes out
otherwise. Until then each text goes on with the vector that it had.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SETS = 1_000
"""A recipe's number was that of how texts are made, and so many times that of the rules."""


def upgrade() -> None:
    connection = op.get_bind()
    newest = "SELECT number FROM boilerplate_sets WHERE active_at IS NOT NULL ORDER BY active_at DESC LIMIT 1"
    active = connection.execute(sa.text(newest)).scalar() or 0
    others = sa.text("DELETE FROM vectors WHERE recipe / :sets <> :active")
    connection.execute(others, {"sets": SETS, "active": active})
    if active:
        connection.execute(sa.text("UPDATE vectors SET recipe = recipe % :sets"), {"sets": SETS})
    connection.execute(sa.text("UPDATE boilerplate_sets SET active_at = NULL"))


def downgrade() -> None:
    """The hashes are made anew by the next rebuild."""
