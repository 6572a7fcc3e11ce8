"""Sign-ins are kept on the server, with second factors, passkeys, and marks for first and demonstration passwords."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MARKS = (
    ("first_password", "somebody else knows the password: it must be changed before anything else"),
    ("demonstration", "an invented person, who signs in without second factor where companies are invented too"),
)


def upgrade() -> None:
    with op.batch_alter_table("person") as person:
        for name, comment in _MARKS:
            person.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false(), comment=comment))
    # The tables have no default, since code that adds a person sets both columns.
    with op.batch_alter_table("person") as person:
        for name, _comment in _MARKS:
            person.alter_column(name, server_default=None)
    op.execute(
        "UPDATE person SET demonstration = (1 = 1) WHERE email LIKE '%@demo.example' "
        "AND EXISTS (SELECT 1 FROM organisation WHERE demonstration)"
    )
    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False, comment="SHA-256 of what the cookie holds"),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), nullable=False, comment="of the last page, to some ten minutes"
        ),
        sa.Column("browser", sa.Text(), nullable=False, comment="Firefox, Windows; empty if it did not say"),
        sa.Column("network", sa.Text(), nullable=False, comment="the first part of the address; empty if unknown"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_session_token_hash")),
    )
    op.create_index(op.f("ix_sign_in_session_person_id"), "sign_in_session", ["person_id"])
    op.create_table(
        "second_factor",
        sa.Column("person_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("totp_secret", sa.Text(), nullable=True, comment="encrypted; none: no one-time codes"),
        sa.Column("totp_counter", sa.BigInteger(), nullable=True, comment="of the last code used: none is used twice"),
        sa.Column("recovery_codes", sa.Text(), nullable=False, comment="hashes of those not used yet, by spaces"),
        sa.Column("user_handle", sa.Text(), nullable=True, comment="the person, as passkeys know them"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_second_factor_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="what the person calls it"),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.Text(), nullable=False, comment="how browsers reach it, by spaces"),
        sa.Column("device_type", sa.Text(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_passkey_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
        sa.UniqueConstraint("person_id", "name", name=op.f("uq_passkey_person_id_name")),
    )


def downgrade() -> None:
    for table in ("passkey", "second_factor", "sign_in_session"):
        op.drop_table(table)
    with op.batch_alter_table("person") as person:
        for name, _comment in _MARKS:
            person.drop_column(name)
