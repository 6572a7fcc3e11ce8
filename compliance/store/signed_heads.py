"""The head of the audit trail, signed with a key that is not stored with the database (Ed25519, RFC 8032).

Somebody who can rewrite the database cannot sign. So a signed head that is also stored elsewhere shows whether the
trail up to its entry was rewritten or cut off. It is one line of text that can be copied, and contains the public key:

    article34-head-1 entry=12 hash=… at=2026-11-28T09:30:00+00:00 key=… signature=…
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from compliance.store.models import SignedHeadRow, TrailEntry

_LINE = re.compile(
    r"article34-head-1 entry=([1-9]\d{0,17}) hash=([0-9a-f]{64}) at=([0-9T:+-]{25}) "
    r"key=([\w-]{43}=) signature=([\w-]{86}==)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The last entry of the trail at a moment, and a signature of both."""

    entry: int
    hash: str
    at: datetime
    public_key: bytes  # 32
    signature: bytes  # 64

    @classmethod
    def of(cls, key: Ed25519PrivateKey, entry: int, entry_hash: str, *, at: datetime) -> Self:
        """Sign the entry with this number and hash."""
        public = key.public_key().public_bytes_raw()
        moment = at.astimezone(UTC).replace(microsecond=0)
        return cls(entry, entry_hash, moment, public, key.sign(_signed_words(entry, entry_hash, moment, public)))

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a signed head from its line, which may have been wrapped. Raise ValueError if it is not such a line.

        The signature is not checked here: see `is_sound`.
        """
        found = _LINE.fullmatch(" ".join(text.split()))
        if not found:
            raise ValueError("it is not the line of a signed head")
        entry, entry_hash, at, key, signature = found.groups()
        moment = datetime.fromisoformat(at).astimezone(UTC)
        return cls(int(entry), entry_hash, moment, urlsafe_b64decode(key), urlsafe_b64decode(signature))

    @property
    def is_sound(self) -> bool:
        """Whether its signature is valid for its key."""
        try:
            key = Ed25519PublicKey.from_public_bytes(self.public_key)
            key.verify(self.signature, _signed_words(self.entry, self.hash, self.at, self.public_key))
        except (InvalidSignature, ValueError):
            return False
        return True

    @property
    def fingerprint(self) -> str:
        """The fingerprint of its key: the SHA-256 of the public key, in hexadecimal."""
        return _fingerprint(self.public_key)

    def __str__(self) -> str:
        """Return the line of text."""
        words = _signed_words(self.entry, self.hash, self.at, self.public_key).decode()
        return f"{words} signature={urlsafe_b64encode(self.signature).decode()}"


def _signed_words(entry: int, entry_hash: str, at: datetime, public_key: bytes) -> bytes:
    key = urlsafe_b64encode(public_key).decode()
    return f"article34-head-1 entry={entry} hash={entry_hash} at={at.isoformat()} key={key}".encode()


def _fingerprint(public_key: bytes) -> str:
    return sha256(public_key).hexdigest()


def made_key() -> str:
    """Return a new private key, as the text of a PEM file (PKCS #8, not encrypted)."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def read_key(pem: str) -> Ed25519PrivateKey:
    """Read a private key from the text of a PEM file. Raise ValueError if it is invalid, encrypted or not Ed25519."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (TypeError, ValueError) as fault:  # TypeError: it is encrypted
        raise ValueError("it is no private key as a PEM file without a password") from fault
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("it is a key of another kind than Ed25519")
    return key


def key_fingerprint(key: Ed25519PrivateKey) -> str:
    """Return the fingerprint of a private key's public key."""
    return _fingerprint(key.public_key().public_bytes_raw())


def keep_signed_head(session: Session, key: Ed25519PrivateKey, *, at: datetime) -> SignedHead | None:
    """Sign the last entry and store the signed head. Return it, or None if there is no entry.

    The caller has recorded something in the same transaction, so nobody else can add an entry.
    """
    last = session.execute(select(TrailEntry.id, TrailEntry.hash).order_by(TrailEntry.id.desc()).limit(1)).first()
    if last is None:
        return None
    signed = SignedHead.of(key, last.id, last.hash, at=at)
    session.execute(insert(SignedHeadRow).values(entry=signed.entry, signed=str(signed)))
    return signed


def kept_signed_head(session: Session, entry: int) -> SignedHead | None:
    """Return the stored signed head of an entry, or None if there is none or it cannot be read."""
    line = session.scalar(select(SignedHeadRow.signed).where(SignedHeadRow.entry == entry))
    try:
        return None if line is None else SignedHead.read(line)
    except ValueError:
        return None


def unsound_signed_head(session: Session) -> int | None:
    """Return the entry of the first stored signed head that does not fit the trail or has an invalid signature.

    Return None if all are sound.
    """
    rows = select(SignedHeadRow.entry, SignedHeadRow.signed, TrailEntry.hash).outerjoin(
        TrailEntry, TrailEntry.id == SignedHeadRow.entry
    )
    for entry, line, entry_hash in session.execute(rows.order_by(SignedHeadRow.entry)):
        try:
            signed = SignedHead.read(line)
        except ValueError:
            return int(entry)
        if (signed.entry, signed.hash) != (entry, entry_hash) or not signed.is_sound:
            return int(entry)
    return None


def kept_signed_heads(session: Session) -> tuple[SignedHead, ...]:
    """Return all stored signed heads, in the order of entries. Raise ValueError if one cannot be read."""
    return tuple(map(SignedHead.read, session.scalars(select(SignedHeadRow.signed).order_by(SignedHeadRow.entry))))
