"""Second factors: one-time codes, recovery codes and passkeys; and identities for single sign-on.

Changes of these are recorded in the trail.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.exceptions import AlreadyExists
from compliance.store.sign_in_models import Passkey, ProviderIdentity, SecondFactor, SignInSession
from compliance.store.transactions import insert_or_replace, insert_unless_there


@dataclass(frozen=True, slots=True)
class CodeFactor:
    """A person's one-time and recovery codes."""

    totp_secret: str | None = field(default=None, repr=False)  # encrypted; None: no one-time codes
    recovery_hashes: tuple[str, ...] = field(default=(), repr=False)  # of unused recovery codes
    user_handle: str | None = None  # by which passkeys know the person; None: no passkey was ever added


@dataclass(slots=True)
class StoredPasskey:
    """A passkey. The fields that change when it is used can be set, and are saved by `note_passkey_used`."""

    id: int
    person_id: int
    name: str
    credential_id: bytes
    public_key: bytes = field(repr=False)
    sign_count: int
    transports: tuple[str, ...]
    device_type: str
    backup_state: bool
    created_at: datetime
    used_at: datetime


def code_factor(session: Session, person_id: int) -> CodeFactor:
    """Return the one-time and recovery codes of a person."""
    row = session.execute(
        select(SecondFactor.totp_secret, SecondFactor.recovery_codes, SecondFactor.user_handle).where(
            SecondFactor.person_id == person_id
        )
    ).first()
    return (
        CodeFactor() if row is None else CodeFactor(row.totp_secret, tuple(row.recovery_codes.split()), row.user_handle)
    )


def has_second_factor(session: Session, person_id: int) -> bool:
    """Tell whether a person has one-time codes or a passkey."""
    codes = exists().where(SecondFactor.person_id == person_id, SecondFactor.totp_secret.is_not(None))
    return bool(session.scalar(select(or_(codes, exists().where(Passkey.person_id == person_id)))))


def set_totp_secret(session: Session, person_id: int, secret: str | None, *, by: int, at: datetime) -> None:
    """Store the encrypted secret of a person's one-time codes, or None to remove it."""
    before = code_factor(session, person_id).totp_secret
    if before == secret:
        return
    _set(session, person_id, totp_secret=secret)
    said = {True: "none", False: "set"}
    after = said[secret is None] if before is None or secret is None else "set anew"
    event = TrailEvent("person", f"person/{person_id}/one-time-codes", said[before is None], after)
    record_events(session, [event], by=by, at=at)


def encrypt_totp_secret_anew(session: Session, person_id: int, before: str, after: str, *, at: datetime) -> None:
    """Replace the encrypted secret of a person's one-time codes by the same secret, encrypted again.

    Nothing happens if the stored one is no longer `before`.
    """
    kept = update(SecondFactor).where(SecondFactor.person_id == person_id, SecondFactor.totp_secret == before)
    kept = kept.values(totp_secret=after).returning(SecondFactor.person_id)
    if session.execute(kept.execution_options(synchronize_session=False)).first() is not None:
        event = TrailEvent("person", f"person/{person_id}/one-time-codes", "set", "encrypted anew")
        record_events(session, [event], by=person_id, at=at)


def use_totp_counter(session: Session, person_id: int, counter: int) -> bool:
    """Mark the code of a time step, given by number, as used. Return False if that code or a later one was used."""
    _begin(session, person_id)
    used = update(SecondFactor).where(
        SecondFactor.person_id == person_id,
        or_(SecondFactor.totp_counter.is_(None), SecondFactor.totp_counter < counter),
    )
    used = used.values(totp_counter=counter).returning(SecondFactor.person_id)
    return session.execute(used.execution_options(synchronize_session=False)).first() is not None


def set_recovery_hashes(session: Session, person_id: int, hashes: Sequence[str], *, by: int, at: datetime) -> None:
    """Replace the recovery codes of a person, given as hashes."""
    before = len(code_factor(session, person_id).recovery_hashes)
    _set(session, person_id, recovery_codes=" ".join(hashes))
    event = TrailEvent("person", f"person/{person_id}/recovery-codes", str(before), str(len(hashes)))
    record_events(session, [event], by=by, at=at)


def use_recovery_hash(session: Session, person_id: int, used: str, *, at: datetime) -> bool:
    """Mark a recovery code, given as its hash, as used. Return False if it is not an unused code of the person."""
    _begin(session, person_id)  # locks the row, so that nobody else can use one of these codes
    hashes = code_factor(session, person_id).recovery_hashes
    if used not in hashes:
        return False
    left = [one for one in hashes if one != used]
    _set(session, person_id, recovery_codes=" ".join(left))
    event = TrailEvent("person", f"person/{person_id}/recovery-codes", str(len(hashes)), str(len(left)))
    record_events(session, [event], by=person_id, at=at)
    return True


def set_user_handle(session: Session, person_id: int, handle: str) -> None:
    """Store the user handle by which passkeys know a person."""
    _set(session, person_id, user_handle=handle)


def passkeys(session: Session, person_id: int) -> tuple[StoredPasskey, ...]:
    """Return the passkeys of a person, the oldest first."""
    rows = session.scalars(select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id))
    return tuple(map(_stored, rows))


def passkey(session: Session, credential_id: bytes) -> StoredPasskey | None:
    """Return the passkey with a credential id, of any person, or None."""
    row = session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))
    return None if row is None else _stored(row)


def add_passkey(
    session: Session,
    person_id: int,
    *,
    name: str,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    transports: Sequence[str],
    device_type: str,
    backup_state: bool,
    at: datetime,
) -> None:
    """Add a passkey of a person. Raise AlreadyExists if they have one of that name."""
    stored_name = storable_text(name)
    values = {
        "person_id": person_id,
        "name": stored_name,
        "credential_id": credential_id,
        "public_key": public_key,
        "sign_count": sign_count,
        "transports": " ".join(transports),
        "device_type": device_type,
        "backed_up": backup_state,
        "created_at": at,
        "used_at": at,
    }
    new = insert_unless_there(session, Passkey, ["person_id", "name"]).values(values).returning(Passkey.id)
    if session.execute(new).first() is None:
        raise AlreadyExists(f"person {person_id} has a passkey {name!r}")
    event = TrailEvent("person", f"person/{person_id}/passkey", "", stored_name)
    record_events(session, [event], by=person_id, at=at)


def note_passkey_used(session: Session, used: StoredPasskey, *, at: datetime) -> None:
    """Save what a passkey reported when it was used."""
    noted = update(Passkey).where(Passkey.id == used.id)
    noted = noted.values(
        sign_count=used.sign_count, backed_up=used.backup_state, device_type=used.device_type, used_at=at
    )
    session.execute(noted.execution_options(synchronize_session=False))


def remove_passkey(session: Session, person_id: int, passkey_id: int, *, by: int, at: datetime) -> None:
    """Remove a passkey of a person, if it is theirs."""
    gone = delete(Passkey).where(Passkey.person_id == person_id, Passkey.id == passkey_id).returning(Passkey.name)
    name = session.execute(gone.execution_options(synchronize_session=False)).scalar_one_or_none()
    if name is not None:
        record_events(session, [TrailEvent("person", f"person/{person_id}/passkey", name, "")], by=by, at=at)


def reset_second_factor(session: Session, person_id: int, *, reason: str, by: int | None, at: datetime) -> None:
    """Remove a person's codes, passkeys and identity at a provider, and end their sessions.

    `reason`: for the trail. `by`: None from the command line.
    """
    had = has_second_factor(session, person_id)
    for table in (Passkey, SecondFactor, ProviderIdentity, SignInSession):
        session.execute(delete(table).where(table.person_id == person_id).execution_options(synchronize_session=False))
    event = TrailEvent("person", f"person/{person_id}/second-factor", "set" if had else "none", f"reset: {reason}")
    record_events(session, [event], by=by, at=at)


def person_of_identity(session: Session, issuer: str, subject: str) -> int | None:
    """Return the id of the person whom a provider knows by a subject, or None."""
    known = select(ProviderIdentity.person_id).where(
        ProviderIdentity.issuer == issuer, ProviderIdentity.subject == subject
    )
    return session.scalar(known)


def has_identity(session: Session, person_id: int, issuer: str | None = None) -> bool:
    """Tell whether a person's identity at any provider, or at this issuer, is stored."""
    kept = exists().where(ProviderIdentity.person_id == person_id)
    return bool(session.scalar(select(kept.where(ProviderIdentity.issuer == issuer) if issuer else kept)))


def keep_identity(session: Session, person_id: int, issuer: str, subject: str, *, at: datetime) -> bool:
    """Store the identity of a person at a provider. Return False if that provider knew them by another subject before.

    An identity at another provider is replaced.
    """
    before = session.execute(
        select(ProviderIdentity.issuer, ProviderIdentity.subject).where(ProviderIdentity.person_id == person_id)
    ).first()
    if before is not None and before.issuer == issuer:
        return bool(before.subject == subject)
    values = {"person_id": person_id, "issuer": issuer, "subject": subject}
    session.execute(insert_or_replace(session, ProviderIdentity, ["person_id"]), values)
    event = TrailEvent("person", f"person/{person_id}/single-sign-on", before.issuer if before else "none", issuer)
    record_events(session, [event], by=person_id, at=at)
    return True


def _stored(row: Passkey) -> StoredPasskey:
    return StoredPasskey(
        id=row.id,
        person_id=row.person_id,
        name=row.name,
        credential_id=row.credential_id,
        public_key=row.public_key,
        sign_count=row.sign_count,
        transports=tuple(row.transports.split()),
        device_type=row.device_type,
        backup_state=row.backed_up,
        created_at=row.created_at,
        used_at=row.used_at,
    )


def _begin(session: Session, person_id: int) -> None:
    """Insert the row of a person if it is missing, and lock it."""
    session.execute(
        insert_unless_there(session, SecondFactor, ["person_id"]).values(person_id=person_id, recovery_codes="")
    )
    locked = update(SecondFactor).where(SecondFactor.person_id == person_id)
    session.execute(
        locked.values(recovery_codes=SecondFactor.recovery_codes).execution_options(synchronize_session=False)
    )


def _set(session: Session, person_id: int, **values: str | None) -> None:
    _begin(session, person_id)
    changed = update(SecondFactor).where(SecondFactor.person_id == person_id).values(**values)
    session.execute(changed.execution_options(synchronize_session=False))
