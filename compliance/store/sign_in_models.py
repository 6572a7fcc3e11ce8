"""SQLAlchemy models of signing in: sessions, second factors, passkeys, identities at providers, erasure requests."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compliance.store.models import Base


class SignInSession(Base):
    """An open session of a browser, whose cookie holds its token. Deleted when the session ends."""

    __tablename__ = "sign_in_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, comment="SHA-256 of the token in the cookie")
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(comment="time of the last page, to about ten minutes")
    browser: Mapped[str] = mapped_column(comment="as in Firefox, Windows; empty: unknown")
    network: Mapped[str] = mapped_column(comment="first part of the IP address; empty: unknown")


class SecondFactor(Base):
    """A person's one-time codes and recovery codes, and the user handle that passkeys know them by."""

    __tablename__ = "second_factor"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    totp_secret: Mapped[str | None] = mapped_column(comment="encrypted; null: no one-time codes")
    totp_counter: Mapped[int | None] = mapped_column(
        BigInteger, comment="counter of the last code used, as each code works once"
    )
    recovery_codes: Mapped[str] = mapped_column(default="", comment="hashes of unused codes, separated by spaces")
    user_handle: Mapped[str | None] = mapped_column(comment="identifies the person to passkeys")


class Passkey(Base):
    """A passkey of a person."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(comment="name that the person gave it")
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[str] = mapped_column(comment="how browsers reach it, separated by spaces")
    device_type: Mapped[str]
    backed_up: Mapped[bool]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("person_id", "name"),)


class ProviderIdentity(Base):
    """The issuer and subject by which a provider of single sign-on knows a person."""

    __tablename__ = "provider_identity"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    issuer: Mapped[str]
    subject: Mapped[str] = mapped_column(comment="permanent identifier, which the issuer gives to nobody else")

    __table_args__ = (UniqueConstraint("issuer", "subject"),)


class ErasureRequestRow(Base):
    """A person's open request to be erased."""

    __tablename__ = "erasure_request"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    at: Mapped[datetime]
