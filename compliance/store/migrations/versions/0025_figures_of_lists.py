"""Overall results of submissions as columns, and sums of verdicts, so that lists read no sheets or scores.

SQLite reads through everything before a column, so the table is rebuilt with sheets and scores, which are long, at the
end. Submissions are read and written in batches.

Revision ID: 0025
Revises: 0024
"""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from compliance.store.database_setup import freeze, unfreeze

revision, down_revision = "0025", "0024"
branch_labels = depends_on = None

_FIGURES = ("score", "worst", "best", "band", "coverage")
_COMMENTS = {
    "claimed_score": "overall; copied out of the scores, as what follows",
    "claimed_band": "its id; the capped one",
}
_AT_A_TIME = 100
_CONSENTS = "consent IN ('private', 'counted', 'named')"


def upgrade() -> None:
    unfreeze("submission")
    if op.get_bind().dialect.name == "sqlite":
        _make_anew()
    else:
        for column in _overall():
            op.add_column("submission", column)
        _fill()
    freeze("submission")
    op.create_table(
        "review_progress",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False, comment="questions that count"),
        sa.Column("judged", sa.Integer(), nullable=False, comment="of those, the ones with a verdict"),
        sa.Column("can_be_signed", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True, comment="verified"),
        sa.Column("worst", sa.Double(), nullable=True),
        sa.Column("best", sa.Double(), nullable=True),
        sa.Column("band", sa.Text(), nullable=True, comment="its id; the capped one"),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_review_progress_submission_id")),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_review_progress")),
    )
    op.create_table(
        "closing_preview",
        sa.Column("period_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False, comment="the snapshot, as JSON"),
        sa.Column("inputs", sa.String(length=64), nullable=False, comment="SHA-256 of all that it was computed from"),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["period_year"], ["period.year"], name=op.f("fk_closing_preview_period_year")),
        sa.PrimaryKeyConstraint("period_year", name=op.f("pk_closing_preview")),
    )


def downgrade() -> None:
    op.drop_table("closing_preview")
    op.drop_table("review_progress")
    for column in reversed(_overall()):
        op.drop_column("submission", column.name)


def _overall() -> list[sa.Column[Any]]:
    names = [(f"{basis}_{figure}", figure) for basis in ("claimed", "evidenced") for figure in _FIGURES]
    return [
        sa.Column(name, sa.Text() if figure == "band" else sa.Double(), nullable=True, comment=_COMMENTS.get(name))
        for name, figure in names
    ]


def _make_anew() -> None:
    connection = op.get_bind()
    columns: list[sa.Column[Any]] = [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("edition_digest", sa.String(length=64), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("consent", sa.String(length=8), nullable=False),
        sa.Column("attested_name", sa.Text(), nullable=True),
        sa.Column("attested_role", sa.Text(), nullable=True),
        sa.Column("chosen_portions", sa.Text(), nullable=True),
        *_overall(),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("scores", sa.Text(), nullable=False),
    ]
    op.create_table(
        "submission_in_order",
        *columns,
        sa.CheckConstraint(_CONSENTS, name=op.f("ck_submission_consent")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_submission_assessment_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_submission_by")),
        sa.ForeignKeyConstraint(["edition_digest"], ["edition_copy.digest"], name=op.f("fk_submission_edition_digest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
    )
    overall = {column.name for column in _overall()}
    kept = [column.name for column in columns if column.name not in overall]
    # Values go from driver to driver, so that no date is parsed and formatted again.
    names = ", ".join(f'"{name}"' for name in [*kept, *sorted(overall)])
    places = ", ".join("?" * (len(kept) + len(overall)))
    new = f"INSERT INTO submission_in_order ({names}) VALUES ({places})"  # noqa: S608  # our own names
    for rows in _batches(", ".join(f'"{name}"' for name in kept)):
        values = [
            (*row, *(value for _name, value in sorted(_figures(row[kept.index("scores")]).items()))) for row in rows
        ]
        connection.exec_driver_sql(new, values)
    op.drop_table("submission")
    op.rename_table("submission_in_order", "submission")
    op.create_index(op.f("ix_submission_assessment_id"), "submission", ["assessment_id"], unique=False)


def _fill() -> None:
    values = ", ".join(f"{column.name} = :{column.name}" for column in _overall())
    update = sa.text(f"UPDATE submission SET {values} WHERE id = :id")  # noqa: S608  # our own names
    for rows in _batches("id, scores"):
        op.get_bind().execute(update, [{"id": row[0], **_figures(row[1])} for row in rows])


def _batches(columns: str) -> Iterator[list[Any]]:
    """Yield submissions in batches, by id, which is the first column."""
    last = 0
    while True:
        wanted = f"FROM submission WHERE id > {last} ORDER BY id LIMIT {_AT_A_TIME}"
        query = f"SELECT {columns} {wanted}"  # our own names
        rows = [tuple(row) for row in op.get_bind().exec_driver_sql(query)]
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def _figures(scores: str) -> dict[str, Any]:
    """Return the overall results in the scores of a submission, by column."""
    record = json.loads(scores)
    found: dict[str, Any] = {}
    for basis in ("claimed", "evidenced"):
        standing = record.get(basis, {}).get("standings", {}).get("overall") or {}
        found |= {f"{basis}_{figure}": standing.get(figure) for figure in _FIGURES}
    return found
