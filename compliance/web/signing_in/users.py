"""People who sign in, as Flask-Security needs them: from the people of the store, in the request's session."""

from dataclasses import dataclass, field
from functools import cached_property
from secrets import token_hex
from typing import Any

from flask import current_app
from flask_security import RoleMixin, UserMixin, WebAuthnMixin
from flask_security.datastore import UserDatastore

from compliance.store.people_and_roles import (
    LoginAccount,
    login_account,
    new_session_mark,
    set_password,
)
from compliance.store.second_factors import (
    CodeFactor,
    StoredPasskey,
    add_passkey,
    code_factor,
    encrypt_totp_secret_anew,
    note_passkey_used,
    passkey,
    passkeys,
    remove_passkey,
    set_totp_secret,
    set_user_handle,
)
from compliance.web.database import db, now
from compliance.web.demonstration import is_demonstration

#: Domains of the sign-ins of the demonstration and of a preview. They are refused in any other installation.
DEMONSTRATION_DOMAINS = ("@demo.example", "@preview.example")
#: The only kind of one-time code, by Flask-Security's name: from an authenticator app.
CODE_METHOD = "authenticator"


@dataclass(eq=False)
class SignedInUser(UserMixin):
    """A person signed in, as Flask-Security needs them. Its own `roles` stay empty; ours are `roles_held`."""

    id: int
    email: str
    active: bool
    password: str | None
    person: LoginAccount
    fs_uniquifier: str = ""
    roles: list[RoleMixin] = field(default_factory=list)

    @property
    def roles_held(self) -> frozenset[str]:
        """The roles in the store."""
        return self.person.roles

    @cached_property
    def codes(self) -> CodeFactor:
        """The person's one-time and recovery codes."""
        return code_factor(db(), self.id)

    @property
    def tf_totp_secret(self) -> str | None:  # type: ignore[override]
        """The encrypted secret of the one-time codes."""
        return self.codes.totp_secret

    @property
    def tf_primary_method(self) -> str | None:  # type: ignore[override]
        """The kind of one-time code, or None if there is none."""
        return CODE_METHOD if self.codes.totp_secret else None

    @property
    def mf_recovery_codes(self) -> list[str]:  # type: ignore[override]
        """The hashes of the unused recovery codes."""
        return list(self.codes.recovery_hashes)

    @property
    def fs_webauthn_user_handle(self) -> str | None:  # type: ignore[override]
        """The name by which passkeys identify this person."""
        return self.codes.user_handle

    def check_tf_required_setup(self) -> bool:
        """Tell if this person's role requires a second factor."""
        asked = self.roles_held & set(current_app.config["SECOND_FACTOR_ROLES"])
        return bool(asked) and not is_exempt(self.person)

    @cached_property
    def webauthn(self) -> list["PersonalPasskey"]:  # type: ignore[override]
        """The passkeys of this person."""
        return [PersonalPasskey(one) for one in passkeys(db(), self.id)]


class PersonalPasskey(WebAuthnMixin):
    """A passkey, as Flask-Security needs it. Each is a second factor, in addition to a password."""

    usage = "secondary"
    extensions: str | None = None

    def __init__(self, stored: StoredPasskey) -> None:
        self.stored = stored
        self.id, self.name = stored.id, stored.name
        self.credential_id, self.public_key = stored.credential_id, stored.public_key
        self.transports = list(stored.transports)
        self.sign_count, self.device_type = stored.sign_count, stored.device_type
        self.backup_state, self.lastuse_datetime = stored.backup_state, stored.used_at


class StoreUserDatastore(UserDatastore):
    """The people of the store, read and changed in the session of the request."""

    def __init__(self) -> None:
        super().__init__(SignedInUser, RoleMixin, PersonalPasskey)

    def find_user(self, case_insensitive: bool = False, **by: Any) -> SignedInUser | None:
        """Return the person with an `email`, `id` or `fs_uniquifier`, or None."""
        known = login_account(db(), email=by.get("email"), session_mark=by.get("fs_uniquifier"), person_id=by.get("id"))
        return None if known is None else signed_in_user(known)

    def put(self, thing: Any) -> Any:
        """Save a changed password, or the state of a passkey after its use."""
        if isinstance(thing, PersonalPasskey):
            used = thing.stored
            used.sign_count, used.device_type = thing.sign_count, thing.device_type
            used.backup_state = thing.backup_state
            note_passkey_used(db(), used, at=now())
            return thing
        set_password(db(), thing.id, password_hash=thing.password, session_mark=thing.fs_uniquifier, at=now())
        return thing

    def commit(self) -> None:
        """Commit the session."""
        db().commit()

    def set_uniquifier(self, user: Any, uniquifier: str | None = None) -> None:
        """End every session of a person, once the password set with it is saved."""
        user.fs_uniquifier = uniquifier or new_session_mark()

    def tf_set(self, user: Any, primary_method: str, totp_secret: str | None = None, phone: str | None = None) -> None:
        """Save a new secret of one-time codes. The secret used for signing in is saved in the current encryption."""
        if totp_secret and totp_secret == user.tf_totp_secret:
            fresh = current_app.extensions["security"].totp_factory.encrypted_anew(totp_secret, user)
            if fresh != totp_secret:
                encrypt_totp_secret_anew(db(), user.id, totp_secret, fresh, at=now())
        elif totp_secret:
            set_totp_secret(db(), user.id, totp_secret, by=user.id, at=now())
        _forget(user)

    def tf_reset(self, user: Any) -> None:
        """Remove a person's one-time codes, at their own request."""
        set_totp_secret(db(), user.id, None, by=user.id, at=now())
        _forget(user)

    def set_webauthn_user_handle(self, user: Any, user_handle: str | None = None) -> None:
        """Set the name by which passkeys identify a person."""
        set_user_handle(db(), user.id, user_handle or token_hex(16))
        _forget(user)

    def create_webauthn(
        self,
        user: Any,
        credential_id: bytes,
        public_key: bytes,
        name: str,
        sign_count: int,
        usage: str,
        device_type: str,
        backup_state: bool,
        transports: list[str] | None = None,
        extensions: str | None = None,
        **more: Any,
    ) -> None:
        """Add a passkey."""
        add_passkey(
            db(),
            user.id,
            name=name,
            credential_id=credential_id,
            public_key=public_key,
            sign_count=sign_count,
            transports=transports or (),
            device_type=str(device_type),
            backup_state=bool(backup_state),
            at=now(),
        )
        _forget(user)

    def delete_webauthn(self, webauthn: Any) -> None:
        """Remove a passkey, at its owner's request."""
        owner = webauthn.stored.person_id
        remove_passkey(db(), owner, webauthn.id, by=owner, at=now())

    def find_webauthn(self, credential_id: bytes) -> PersonalPasskey | None:
        """Return the passkey of a credential, or None."""
        found = passkey(db(), credential_id)
        return None if found is None else PersonalPasskey(found)

    def find_user_from_webauthn(self, webauthn: Any) -> SignedInUser | None:
        """Return the owner of a passkey, or None."""
        return self.find_user(id=webauthn.stored.person_id)


def signed_in_user(known: LoginAccount) -> SignedInUser:
    """Return a person as a user. The sign-ins of the demonstration are active only if the companies are invented."""
    active = known.active and (not _is_of_demonstration(known) or is_exempt(known))
    return SignedInUser(known.id, known.email, active, known.password_hash, known, known.session_mark)


def is_exempt(known: LoginAccount) -> bool:
    """Tell if a person is exempt from obligations: an invented person in a demonstration."""
    return known.demonstration and is_demonstration()


def _is_of_demonstration(known: LoginAccount) -> bool:
    return known.demonstration or known.email.endswith(DEMONSTRATION_DOMAINS)


def _forget(user: Any) -> None:
    """Read a person's codes and passkeys again, after a change. `user` may be Flask-Login's proxy."""
    person = getattr(user, "_get_current_object", lambda: user)()
    for name in ("codes", "webauthn"):
        vars(person).pop(name, None)
