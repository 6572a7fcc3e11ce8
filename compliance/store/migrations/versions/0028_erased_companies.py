"""Companies that were erased: salts in the trail, what is erased of its entries, and rows that may go with a company.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

from compliance.store.database_setup import freeze, freeze_but, unfreeze

revision, down_revision = "0028", "0027"
branch_labels = depends_on = None

#: The words and the salt of an entry may be replaced by digests, once. The digests of rows may change only in an entry
#: without a salt.
_ERASES_WORDS = " AND ".join(
    [
        "OLD.erased IS NULL AND NEW.erased IS NOT NULL AND NEW.salt IS NULL AND NEW.before = '' AND NEW.after = ''",
        *(f"NEW.{column} = OLD.{column}" for column in ("id", "at", "what", "subject", "previous", "hash")),
        "coalesce(NEW.who, 0) = coalesce(OLD.who, 0)",
        "(OLD.salt IS NULL OR coalesce(NEW.state, '') = coalesce(OLD.state, ''))",
    ]
)
_OF_ERASED = (
    "EXISTS (SELECT 1 FROM assessment JOIN organisation ON organisation.id = assessment.organisation_id "
    "WHERE organisation.erased_at IS NOT NULL AND assessment.id = {})"
)
_SUBMISSION_OF_ERASED = _OF_ERASED.format("OLD.assessment_id")
_CHANGE_OF_ERASED = _OF_ERASED.format("(SELECT assessment_id FROM submission WHERE submission.id = OLD.submission_id)")


def upgrade() -> None:
    said = "when all that it gave was deleted; none: it was not"
    op.add_column("organisation", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True, comment=said))
    said = "of digests; none: before 0028, or erased"
    op.add_column("trail", sa.Column("salt", sa.String(length=32), nullable=True, comment=said))
    said = "digests, as JSON, of before and after, which were erased"
    op.add_column("trail", sa.Column("erased", sa.Text(), nullable=True, comment=said))
    for table in ("trail", "submission", "consent_change"):
        unfreeze(table)
    freeze_but("trail", "UPDATE", _ERASES_WORDS)
    freeze_but("submission", "DELETE", _SUBMISSION_OF_ERASED)
    freeze_but("consent_change", "DELETE", _CHANGE_OF_ERASED)


def downgrade() -> None:
    for table in ("trail", "submission", "consent_change"):
        unfreeze(table)
    op.drop_column("trail", "erased")
    op.drop_column("trail", "salt")
    op.drop_column("organisation", "erased_at")
    for table in ("trail", "submission", "consent_change"):
        freeze(table)
