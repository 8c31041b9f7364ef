"""What each model made of a word when it was first used: by it another model under the same name is noticed."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("models", sa.Column("probe", sa.LargeBinary))


def downgrade() -> None:
    op.drop_column("models", "probe")
