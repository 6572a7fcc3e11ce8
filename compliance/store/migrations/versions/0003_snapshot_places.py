"""A closed period stores which companies contribute to which cells, so that the next one discloses nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "who rests in which cell; never shown; none: closed before 0003"
    op.add_column("snapshot", sa.Column("places", sa.Text(), nullable=True, comment=comment))


def downgrade() -> None:
    op.drop_column("snapshot", "places")
