"""The head of the audit trail, signed by a key that is not with the database (Ed25519, RFC 8032).

Whoever can rewrite the database cannot sign: a head that was signed, and lies elsewhere too, shows whether the trail
was rewritten or cut off up to its entry. It is one line of text, to be copied, with the public key in it:

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
    """The entry that was the last one at a moment, and the signature under both."""

    entry: int
    hash: str
    at: datetime
    public_key: bytes  # 32
    signature: bytes  # 64

    @classmethod
    def of(cls, key: Ed25519PrivateKey, entry: int, entry_hash: str, *, at: datetime) -> Self:
        """Sign the entry of this number and hash."""
        public = key.public_key().public_bytes_raw()
        moment = at.astimezone(UTC).replace(microsecond=0)
        return cls(entry, entry_hash, moment, public, key.sign(_signed_words(entry, entry_hash, moment, public)))

    @classmethod
    def read(cls, text: str) -> Self:
        """A signed head from its line, which may have been broken. Raise ValueError if it is none.

        Whether its signature holds is another question: `is_sound`.
        """
        found = _LINE.fullmatch(" ".join(text.split()))
        if not found:
            raise ValueError("it is not the line of a signed head")
        entry, entry_hash, at, key, signature = found.groups()
        moment = datetime.fromisoformat(at).astimezone(UTC)
        return cls(int(entry), entry_hash, moment, urlsafe_b64decode(key), urlsafe_b64decode(signature))

    @property
    def is_sound(self) -> bool:
        """True if its signature is that of its key under its words."""
        try:
            key = Ed25519PublicKey.from_public_bytes(self.public_key)
            key.verify(self.signature, _signed_words(self.entry, self.hash, self.at, self.public_key))
        except (InvalidSignature, ValueError):
            return False
        return True

    @property
    def fingerprint(self) -> str:
        """By which its key is known: the SHA-256 of the public key, in hexadecimal."""
        return _fingerprint(self.public_key)

    def __str__(self) -> str:
        """Its line."""
        words = _signed_words(self.entry, self.hash, self.at, self.public_key).decode()
        return f"{words} signature={urlsafe_b64encode(self.signature).decode()}"


def _signed_words(entry: int, entry_hash: str, at: datetime, public_key: bytes) -> bytes:
    key = urlsafe_b64encode(public_key).decode()
    return f"article34-head-1 entry={entry} hash={entry_hash} at={at.isoformat()} key={key}".encode()


def _fingerprint(public_key: bytes) -> str:
    return sha256(public_key).hexdigest()


def made_key() -> str:
    """A new private key, as the text of a PEM file (PKCS #8, not encrypted)."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def read_key(pem: str) -> Ed25519PrivateKey:
    """A private key from the text of a PEM file. Raise ValueError if it is none, encrypted, or of another kind."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (TypeError, ValueError) as fault:  # TypeError: it is encrypted
        raise ValueError("it is no private key as a PEM file without a password") from fault
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("it is a key of another kind than Ed25519")
    return key


def key_fingerprint(key: Ed25519PrivateKey) -> str:
    """By which a key is known in public."""
    return _fingerprint(key.public_key().public_bytes_raw())


def keep_signed_head(session: Session, key: Ed25519PrivateKey, *, at: datetime) -> SignedHead | None:
    """Sign the last entry, and keep that in the database too; None while there is no entry.

    Whoever calls this has noted something in the same transaction, so that nobody else can.
    """
    last = session.execute(select(TrailEntry.id, TrailEntry.hash).order_by(TrailEntry.id.desc()).limit(1)).first()
    if last is None:
        return None
    signed = SignedHead.of(key, last.id, last.hash, at=at)
    session.execute(insert(SignedHeadRow).values(entry=signed.entry, signed=str(signed)))
    return signed


def kept_signed_head(session: Session, entry: int) -> SignedHead | None:
    """The signed head that was kept when this entry was the last one; None if none was, or it is none any more."""
    line = session.scalar(select(SignedHeadRow.signed).where(SignedHeadRow.entry == entry))
    try:
        return None if line is None else SignedHead.read(line)
    except ValueError:
        return None


def unsound_signed_head(session: Session) -> int | None:
    """The entry of the first signed head kept here that is not that of the entry in the trail, or not signed by its
    own key; None if each is."""
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
    """Every signed head kept here, in the order of entries. Raise ValueError if one is not the line of any."""
    return tuple(map(SignedHead.read, session.scalars(select(SignedHeadRow.signed).order_by(SignedHeadRow.entry))))
