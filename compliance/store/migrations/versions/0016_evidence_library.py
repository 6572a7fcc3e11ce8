"""The evidence library: evidence is stored once, in versions, and used by any number of answers.

Every piece of evidence keeps its id and its exact words. Pieces of a company that say the same share one item.

Revision ID: 0016
Revises: 0015
"""

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0016", "0015"
branch_labels = depends_on = None

#: The columns with the words of a piece of evidence before there was a library.
_SAID = ("document", "page", "dated", "passage", "url")
_RESTS = "(kind = 'quotation' AND document <> '') OR (kind = 'link' AND url <> '')"


def upgrade() -> None:
    _create_items()
    _create_versions()
    op.add_column("evidence", sa.Column("version_id", sa.Integer(), nullable=True))
    op.add_column(
        "evidence",
        sa.Column(
            "part",
            sa.Text(),
            nullable=False,
            server_default="",
            comment="of a file or link: page 4, sheet Spain, clause 14.2",
        ),
    )
    _fill()
    with op.batch_alter_table("evidence") as evidence:
        evidence.drop_constraint(op.f("ck_evidence_rests"), type_="check")
        evidence.drop_constraint(op.f("ck_evidence_kind"), type_="check")
        for column in ("kind", *_SAID):
            evidence.drop_column(column)
        evidence.alter_column("version_id", existing_type=sa.Integer(), nullable=False)
        evidence.alter_column("part", existing_type=sa.Text(), server_default=None)
        evidence.alter_column(
            "accessed",
            existing_type=sa.Date(),
            existing_comment="day on which the link was read",
            comment="of a link: day on which it was read for this answer",
        )
        evidence.create_foreign_key(op.f("fk_evidence_version_id"), "library_version", ["version_id"], ["id"])
        evidence.create_index(op.f("ix_evidence_version_id"), ["version_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("evidence") as evidence:
        evidence.add_column(sa.Column("kind", sa.String(16), nullable=False, server_default="quotation"))
        for column, comment in (
            ("document", "title of the document quoted"),
            ("page", "as printed: 12, iv, annex 2"),
            ("passage", "the words quoted"),
            ("url", None),
        ):
            evidence.add_column(sa.Column(column, sa.Text(), nullable=False, server_default="", comment=comment))
        evidence.add_column(sa.Column("dated", sa.Date(), nullable=True, comment="date of the document"))
        evidence.alter_column(
            "accessed",
            existing_type=sa.Date(),
            existing_comment="of a link: day on which it was read for this answer",
            comment="day on which the link was read",
        )
    _unfill()
    with op.batch_alter_table("evidence") as evidence:
        evidence.drop_index(op.f("ix_evidence_version_id"))
        evidence.drop_constraint(op.f("fk_evidence_version_id"), type_="foreignkey")
        evidence.drop_column("version_id")
        evidence.drop_column("part")
        for column in ("kind", "document", "page", "passage", "url"):
            kind = sa.String(16) if column == "kind" else sa.Text()
            evidence.alter_column(column, existing_type=kind, server_default=None)
        evidence.create_check_constraint("kind", "kind IN ('quotation', 'link')")
        evidence.create_check_constraint("rests", _RESTS)
    op.drop_table("library_version")
    op.drop_table("library_item")


def _create_items() -> None:
    op.create_table(
        "library_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("seen_by", sa.String(8), nullable=False),
        sa.Column(
            "expires", sa.Date(), nullable=True, comment="first day on which it is evidence no more; none: it stays"
        ),
        sa.Column("reminded_of", sa.Date(), nullable=True, comment="the expiry of which a mail was sent"),
        sa.Column("versions", sa.Integer(), nullable=False, comment="number of the latest"),
        sa.Column("rule_text", sa.String(16), nullable=True, comment="kind of text with rules; none: it is none"),
        sa.Column("language", sa.String(16), nullable=True, comment="of such a text"),
        sa.Column("public_url", sa.Text(), nullable=True, comment="where such a text is published"),
        sa.Column(
            "published", sa.Boolean(), nullable=True, comment="whether such a text is published; none: nobody said"
        ),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "withdrawn_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="since when it is evidence no more, nor offered",
        ),
        sa.Column("withdrawn_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('file', 'link', 'passage')", name=op.f("ck_library_item_kind")),
        sa.CheckConstraint(
            "rule_text IN ('code', 'supplier-code', 'policy', 'other')", name=op.f("ck_library_item_rule_text")
        ),
        sa.CheckConstraint("seen_by IN ('everyone', 'few')", name=op.f("ck_library_item_seen_by")),
        sa.CheckConstraint("title <> ''", name=op.f("ck_library_item_title")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_library_item_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_library_item_organisation_id")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["person.id"], name=op.f("fk_library_item_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_item")),
    )
    op.create_index(op.f("ix_library_item_organisation_id"), "library_item", ["organisation_id"], unique=False)


def _create_versions() -> None:
    op.create_table(
        "library_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="1, 2, 3 … of its item"),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dated", sa.Date(), nullable=True, comment="date of the evidence, apart from when it was added"),
        sa.Column("digest", sa.String(64), nullable=False, comment="SHA-256 of the file"),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False, comment="of the file, in bytes"),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("accessed", sa.Date(), nullable=True, comment="day on which the link was read"),
        sa.Column("document", sa.Text(), nullable=False, comment="title of the document quoted"),
        sa.Column("page", sa.Text(), nullable=False, comment="as printed: 12, iv, annex 2"),
        sa.Column("passage", sa.Text(), nullable=False, comment="the words quoted"),
        sa.Column(
            "words_digest",
            sa.String(64),
            nullable=False,
            comment="SHA-256 of what it says, whatever its spaces: the same is kept once",
        ),
        sa.CheckConstraint("digest <> '' OR url <> '' OR document <> ''", name=op.f("ck_library_version_said")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_library_version_by")),
        sa.ForeignKeyConstraint(["item_id"], ["library_item.id"], name=op.f("fk_library_version_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_version")),
        sa.UniqueConstraint("item_id", "number", name=op.f("uq_library_version_item_id_number")),
    )
    op.create_index(op.f("ix_library_version_words_digest"), "library_version", ["words_digest"], unique=False)


# ── Existing evidence

_EVIDENCE = sa.table(
    "evidence",
    *(sa.column(name, sa.Integer()) for name in ("id", "assessment_id", "version_id", "by")),
    *(sa.column(name, sa.Text()) for name in ("kind", "document", "page", "passage", "url", "part")),
    *(sa.column(name, sa.Date()) for name in ("dated", "accessed")),
    sa.column("at", sa.DateTime(timezone=True)),
)
_ASSESSMENT = sa.table("assessment", sa.column("id", sa.Integer()), sa.column("organisation_id", sa.Integer()))
_ITEM = sa.table(
    "library_item",
    *(sa.column(name, sa.Integer()) for name in ("id", "organisation_id", "by", "versions")),
    *(sa.column(name, sa.Text()) for name in ("kind", "title", "seen_by")),
    sa.column("at", sa.DateTime(timezone=True)),
)
_VERSION = sa.table(
    "library_version",
    *(sa.column(name, sa.Integer()) for name in ("id", "item_id", "number", "by", "size")),
    *(
        sa.column(name, sa.Text())
        for name in ("digest", "file_name", "media_type", "url", "document", "page", "passage", "words_digest")
    ),
    *(sa.column(name, sa.Date()) for name in ("dated", "accessed")),
    sa.column("at", sa.DateTime(timezone=True)),
)


def _fill() -> None:
    """Insert an item for each distinct piece of a company's evidence, and let all such pieces refer to its version."""
    connection = op.get_bind()
    e = _EVIDENCE.c
    rows = connection.execute(
        sa.select(*e[("id", "kind", "accessed", "by", "at", *_SAID)], _ASSESSMENT.c.organisation_id)
        .join(_ASSESSMENT, _ASSESSMENT.c.id == e.assessment_id)
        .order_by(e.id)
    ).all()
    known: dict[tuple[object, ...], int] = {}
    items: list[dict[str, Any]] = []
    versions: list[dict[str, Any]] = []
    uses: list[dict[str, int]] = []
    for row in rows:
        key = (row.organisation_id, row.kind, *(getattr(row, name) for name in _SAID))
        if key not in known:
            number = known[key] = len(known) + 1
            about = {"by": row.by, "at": row.at}
            is_link = row.kind == "link"
            items.append(
                {
                    "id": number,
                    "organisation_id": row.organisation_id,
                    "kind": "link" if is_link else "passage",
                    "title": row.url if is_link else row.document,
                    "seen_by": "everyone",
                    "versions": 1,
                    **about,
                }
            )
            versions.append(
                {
                    "id": number,
                    "item_id": number,
                    "number": 1,
                    **about,
                    **dict.fromkeys(("digest", "file_name", "media_type"), ""),
                    "size": 0,
                    **{name: getattr(row, name) for name in (*_SAID, "accessed")},
                    "words_digest": _words_digest(row),
                }
            )
        uses.append({"of": row.id, "version": known[key]})
    if not rows:
        return
    connection.execute(sa.insert(_ITEM), items)
    connection.execute(sa.insert(_VERSION), versions)
    rests = sa.update(_EVIDENCE).where(e.id == sa.bindparam("of")).values(version_id=sa.bindparam("version"))
    connection.execute(rests, uses)
    if connection.dialect.name == "postgresql":  # so that new rows are numbered after these
        for table in (_ITEM, _VERSION):
            sequence = sa.func.pg_get_serial_sequence(table.name, "id")
            connection.execute(sa.select(sa.func.setval(sequence, len(known))))


def _words_digest(row: Any) -> str:
    """Return the digest that `compliance.store.evidence` computed at this revision."""
    said = [row.url] if row.kind == "link" else [row.document, row.page, row.passage, str(row.dated or "")]
    words = [" ".join(part.split()) for part in said]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()


def _unfill() -> None:
    """Copy the words back into each piece of evidence. Evidence that is a file becomes a quotation with its title."""
    connection = op.get_bind()
    e, v, i = _EVIDENCE.c, _VERSION.c, _ITEM.c
    query = sa.select(e.id.label("of"), e.part, i.kind, i.title, v.document, v.page, v.passage, v.url, v.dated)
    query = query.select_from(_EVIDENCE).join(_VERSION, v.id == e.version_id).join(_ITEM, i.id == v.item_id)
    said = [
        {
            "of": row.of,
            "kind": "link" if row.kind == "link" else "quotation",
            "document": row.title if row.kind == "file" else row.document,
            "page": row.part if row.kind == "file" else row.page,
            "passage": row.passage,
            "url": row.url,
            "dated": row.dated,
        }
        for row in connection.execute(query)
    ]
    if said:
        words: dict[str, Any] = {name: sa.bindparam(f"said_{name}") for name in ("kind", *_SAID)}
        rows = [{"of": row["of"], **{f"said_{name}": row[name] for name in ("kind", *_SAID)}} for row in said]
        connection.execute(sa.update(_EVIDENCE).where(e.id == sa.bindparam("of")).values(words), rows)
