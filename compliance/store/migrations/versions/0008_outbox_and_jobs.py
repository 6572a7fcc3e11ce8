"""Mails wait in an outbox until they are sent, people can switch kinds of mail off, and long work is done by jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_WAITING = sa.text("sent_at IS NULL AND given_up_at IS NULL")
_UNFINISHED = sa.text("state IN ('waiting', 'running')")


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("to", sa.Text(), nullable=False, comment="e-mail address"),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True, comment="none: not somebody with an account"),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column(
            "text",
            sa.Text(),
            nullable=False,
            comment="its body as plain text; empty once it is sent, as it may hold a link",
        ),
        sa.Column("html", sa.Text(), nullable=False, comment="the same as HTML, without the frame"),
        sa.Column(
            "urgency",
            sa.String(length=8),
            nullable=False,
            comment="security: always sent; digest: at most one mail a day",
        ),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False, comment="that failed"),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=False, comment="of the worker that is sending it"),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("urgency IN ('security', 'notice', 'digest')", name=op.f("ck_outbox_urgency")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_outbox_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_waiting", "outbox", ["not_before"], sqlite_where=_WAITING, postgresql_where=_WAITING)
    op.create_index(op.f("ix_outbox_to"), "outbox", ["to"])
    op.create_table(
        "mail_opt_out",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mail_opt_out_person_id")),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_mail_opt_out")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="what it is about, as in period/2026"),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queued_by", sa.Integer(), nullable=True, comment="none: the command line"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "step", sa.String(length=40), nullable=False, comment="key of the sentence that says what it is doing"
        ),
        sa.Column("done", sa.Integer(), nullable=False, comment="of `total`, in this step"),
        sa.Column("total", sa.Integer(), nullable=False, comment="0: not known"),
        sa.Column("starts", sa.Integer(), nullable=False, comment="how often a worker has begun it"),
        sa.Column("fault", sa.String(length=40), nullable=False, comment="key of the sentence that says why it failed"),
        sa.Column("details", sa.Text(), nullable=False, comment="for whoever runs the installation, in English"),
        sa.Column("lease", sa.String(length=32), nullable=False, comment="of the worker that is at it"),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_job_state")),
        sa.ForeignKeyConstraint(["queued_by"], ["person.id"], name=op.f("fk_job_queued_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(
        "uq_job_unfinished",
        "job",
        ["kind", "subject"],
        unique=True,
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    )


def downgrade() -> None:
    for table in ("job", "mail_opt_out", "outbox"):
        op.drop_table(table)
