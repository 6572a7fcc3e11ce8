"""Desk readings: companies read from what they publish, by two people and a third, heard and published.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

from compliance.store.database_setup import freeze, unfreeze

revision, down_revision = "0020", "0019"
branch_labels = depends_on = None


def upgrade() -> None:
    op.create_table(
        "read_company",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False, comment="in the address of its page: example-hotels-07"),
        sa.Column("sector", sa.Text(), nullable=False, comment="id of a sector of the edition; not given: empty"),
        sa.Column("country", sa.String(length=3), nullable=False, comment="ISO 3166 alpha-3; not given: empty"),
        sa.Column("website_domain", sa.Text(), nullable=False),
        sa.Column("lei", sa.String(length=20), nullable=False),
        sa.Column("email", sa.Text(), nullable=False, comment="where it is told of a draft; empty: by letter"),
        sa.Column(
            "organisation_id",
            sa.Integer(),
            nullable=True,
            comment="the registered company that it is; none: not known",
        ),
        sa.Column("demonstration", sa.Boolean(), nullable=False, comment="invented; every page says so"),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> '' AND slug <> ''", name=op.f("ck_read_company_name")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_read_company_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_read_company_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_company")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_read_company_organisation_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_read_company_slug")),
    )
    op.create_table(
        "reading_campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=True, comment="whose companies are read"),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True, comment="since when no reading is added"),
        sa.CheckConstraint("title <> ''", name=op.f("ck_reading_campaign_title")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_reading_campaign_by")),
        sa.ForeignKeyConstraint(["list_id"], ["invitation_list.id"], name=op.f("fk_reading_campaign_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_campaign")),
    )
    op.create_table(
        "desk_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="1, 2, 3 … of its company"),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column(
            "size", sa.Text(), nullable=False, comment="answer to profile.size, on which it depends what is asked"
        ),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_why", sa.Text(), nullable=False),
        sa.Column(
            "draft_sent_at", sa.DateTime(timezone=True), nullable=True, comment="when the company was told of the draft"
        ),
        sa.Column("reply_until", sa.Date(), nullable=True, comment="last day on which it may reply"),
        sa.Column(
            "reply_ended_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the company said that it has no more to add",
        ),
        sa.Column(
            "reply_digest",
            sa.String(length=64),
            nullable=True,
            comment="SHA-256 of the token in the link to the draft, which is not kept",
        ),
        sa.CheckConstraint("(state = 'stopped') = (stopped_why <> '')", name=op.f("ck_desk_reading_stopped")),
        sa.CheckConstraint(
            "state IN ('reading', 'deciding', 'hearing', 'published', 'stopped')", name=op.f("ck_desk_reading_state")
        ),
        sa.CheckConstraint("(draft_sent_at IS NULL) = (reply_until IS NULL)", name=op.f("ck_desk_reading_told")),
        sa.CheckConstraint("reply_ended_at IS NULL OR draft_sent_at IS NOT NULL", name=op.f("ck_desk_reading_heard")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_desk_reading_by")),
        sa.ForeignKeyConstraint(["campaign_id"], ["reading_campaign.id"], name=op.f("fk_desk_reading_campaign_id")),
        sa.ForeignKeyConstraint(["company_id"], ["read_company.id"], name=op.f("fk_desk_reading_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_reading")),
        sa.UniqueConstraint("company_id", "version", name=op.f("uq_desk_reading_company_id_version")),
        sa.UniqueConstraint("reply_digest", name=op.f("uq_desk_reading_reply_digest")),
    )
    op.create_index(op.f("ix_desk_reading_campaign_id"), "desk_reading", ["campaign_id"], unique=False)
    op.create_index(
        "uq_desk_reading_unfinished",
        "desk_reading",
        ["company_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('reading', 'deciding', 'hearing')"),
        postgresql_where=sa.text("state IN ('reading', 'deciding', 'hearing')"),
    )
    op.create_table(
        "published_reading",
        sa.Column("reading_id", sa.Integer(), nullable=False),
        sa.Column("edition_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "content",
            sa.Text(),
            nullable=False,
            comment="answers, passages, scores, readers' agreement and reply, as JSON",
        ),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the content"),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_published_reading_by")),
        sa.ForeignKeyConstraint(
            ["edition_digest"], ["edition_copy.digest"], name=op.f("fk_published_reading_edition_digest")
        ),
        sa.ForeignKeyConstraint(["reading_id"], ["desk_reading.id"], name=op.f("fk_published_reading_reading_id")),
        sa.PrimaryKeyConstraint("reading_id", name=op.f("pk_published_reading")),
    )
    op.create_table(
        "reading_answer",
        sa.Column("reading_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False, comment="kind of document"),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column(
            "value", sa.Text(), nullable=False, comment="as an answer is spelt; none: referred to another document"
        ),
        sa.Column("elsewhere", sa.Text(), nullable=False, comment="title of the document to which the text refers"),
        sa.Column("searched", sa.Text(), nullable=False, comment="words looked for, where nothing was found"),
        sa.Column(
            "sure", sa.Integer(), nullable=True, comment="0 to 100, in the reader's own judgement; none: not said"
        ),
        sa.Column("note", sa.Text(), nullable=False, comment="of the third reader: the reason, which is published"),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="1, 2, 3 …: a save that knows an older one is refused"
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(value = '') = (elsewhere <> '')", name=op.f("ck_reading_answer_said")),
        sa.CheckConstraint("place IN ('first', 'second', 'third')", name=op.f("ck_reading_answer_place")),
        sa.CheckConstraint("sure BETWEEN 0 AND 100", name=op.f("ck_reading_answer_sure")),
        sa.ForeignKeyConstraint(["reading_id"], ["desk_reading.id"], name=op.f("fk_reading_answer_reading_id")),
        sa.PrimaryKeyConstraint("reading_id", "place", "kind", "question", name=op.f("pk_reading_answer")),
    )
    op.create_table(
        "reading_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reading_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind", sa.String(length=32), nullable=False, comment="kind of document of the edition, as in supplier-code"
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("dated", sa.Date(), nullable=True, comment="of the document"),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("url", sa.Text(), nullable=False, comment="where it is published"),
        sa.Column("accessed", sa.Date(), nullable=False, comment="day on which it was taken from there"),
        sa.Column("is_extract", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the file"),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False, comment="in bytes"),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("title <> '' AND url <> ''", name=op.f("ck_reading_document_said")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_reading_document_by")),
        sa.ForeignKeyConstraint(["reading_id"], ["desk_reading.id"], name=op.f("fk_reading_document_reading_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_document")),
        sa.UniqueConstraint("reading_id", "digest", name=op.f("uq_reading_document_reading_id_digest")),
    )
    op.create_index(op.f("ix_reading_document_reading_id"), "reading_document", ["reading_id"], unique=False)
    op.create_table(
        "reading_reader",
        sa.Column("reading_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "seconds", sa.Integer(), nullable=False, comment="spent on it, as far as pages opened and saved show"
        ),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), nullable=True, comment="when a page of it was last opened or saved"
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("place IN ('first', 'second', 'third')", name=op.f("ck_reading_reader_place")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_reading_reader_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reading_reader_person_id")),
        sa.ForeignKeyConstraint(["reading_id"], ["desk_reading.id"], name=op.f("fk_reading_reader_reading_id")),
        sa.PrimaryKeyConstraint("reading_id", "place", name=op.f("pk_reading_reader")),
        sa.UniqueConstraint("reading_id", "person_id", name=op.f("uq_reading_reader_reading_id_person_id")),
    )
    op.create_index(op.f("ix_reading_reader_person_id"), "reading_reader", ["person_id"], unique=False)
    op.create_table(
        "reading_reply",
        sa.Column("reading_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False, comment="kind of document; empty: the whole"),
        sa.Column("question", sa.Text(), nullable=False, comment="empty: the whole"),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="who signs for the company"),
        sa.Column("role", sa.Text(), nullable=False, comment="their role there, in their own words"),
        sa.Column(
            "by_letter", sa.Boolean(), nullable=False, comment="an advocate of the desk entered it from a letter"
        ),
        sa.Column("by", sa.Integer(), nullable=True, comment="none: whoever has the link"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(kind = '') = (question = '')", name=op.f("ck_reading_reply_about")),
        sa.CheckConstraint("words <> '' AND name <> ''", name=op.f("ck_reading_reply_said")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_reading_reply_by")),
        sa.ForeignKeyConstraint(["reading_id"], ["desk_reading.id"], name=op.f("fk_reading_reply_reading_id")),
        sa.PrimaryKeyConstraint("reading_id", "kind", "question", name=op.f("pk_reading_reply")),
    )
    op.create_table(
        "reading_correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reading_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False, comment="what is corrected, and to what"),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("what <> '' AND why <> ''", name=op.f("ck_reading_correction_said")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_reading_correction_by")),
        sa.ForeignKeyConstraint(
            ["reading_id"], ["published_reading.reading_id"], name=op.f("fk_reading_correction_reading_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_correction")),
    )
    op.create_index(op.f("ix_reading_correction_reading_id"), "reading_correction", ["reading_id"], unique=False)
    op.create_table(
        "reading_passage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reading_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("option", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False, comment="of a paragraph, 7.3, or of a sentence in it, 7.3.2"),
        sa.Column("page", sa.Text(), nullable=False, comment="of the document; none where it has none"),
        sa.Column("words", sa.Text(), nullable=False, comment="as they stood there"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("place IN ('first', 'second', 'third')", name=op.f("ck_reading_passage_place")),
        sa.CheckConstraint("words <> ''", name=op.f("ck_reading_passage_words")),
        sa.ForeignKeyConstraint(["document_id"], ["reading_document.id"], name=op.f("fk_reading_passage_document_id")),
        sa.ForeignKeyConstraint(["reading_id"], ["desk_reading.id"], name=op.f("fk_reading_passage_reading_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_passage")),
        sa.UniqueConstraint(
            "reading_id",
            "place",
            "question",
            "option",
            "document_id",
            "anchor",
            name="uq_reading_passage_said",
        ),
    )
    op.create_index(op.f("ix_reading_passage_document_id"), "reading_passage", ["document_id"], unique=False)

    freeze("published_reading")
    freeze("reading_correction")


def downgrade() -> None:
    unfreeze("reading_correction")
    unfreeze("published_reading")
    op.drop_table("reading_passage")
    op.drop_table("reading_correction")
    op.drop_table("reading_reply")
    op.drop_table("reading_reader")
    op.drop_table("reading_document")
    op.drop_table("reading_answer")
    op.drop_table("published_reading")
    op.drop_table("desk_reading")
    op.drop_table("reading_campaign")
    op.drop_table("read_company")
