"""The second factor: one-time codes, recovery codes and passkeys, by Flask-Security, with our words and pages.

Codes are six digits from an app that holds a secret (TOTP). A code can be used only once, and so can a recovery code,
of which the store keeps only a hash. A passkey too is a second factor, never the only one. Passkeys need JavaScript,
and https or localhost; codes work without. People who have both choose at each sign-in.
"""

import hashlib
import re
import secrets
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any, NoReturn
from urllib.parse import urlsplit

import qrcode
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, abort, current_app, get_flashed_messages, render_template, request, url_for
from flask_security import (
    MfRecoveryCodesUtil,
    MfRecoveryForm,
    Totp,
    TwoFactorVerifyCodeForm,
    WebauthnUtil,
    anonymous_user_required,
    current_user,
)
from flask_security.utils import check_and_get_token_status
from markupsafe import Markup
from passlib.totp import TOTP, AppWallet

from compliance.languages.interface_messages import gettext as _
from compliance.store.models import ROLES
from compliance.store.second_factors import set_recovery_hashes, use_recovery_hash, use_totp_counter
from compliance.web.access_control import PUBLIC, SIGN_IN_STEPS, declare_readers, replayed_fields
from compliance.web.database import db, now
from compliance.web.logs import note_event
from compliance.web.signing_in.passwords import random_code
from compliance.web.signing_in.users import CODE_METHOD
from compliance.web.throttling import CODES, AttemptForm, Outcome

#: How many recovery codes are made at once.
RECOVERY_CODES = 10
#: Format numbers of encrypted secrets, beside passlib's 1: not bound to a person, and bound to one.
_AES_GCM, _BOUND = 2, 3
_PAGES_OF_ACCOUNT = (
    "security.two_factor_setup",
    "security.two_factor_setup_validate",
    "security.mf_recovery_codes",
    "security.wan_register",
    "security.wan_register_response",
    "security.wan_delete",
)
#: The quiet zone of four modules around a QR code that its standard requires.
_QUIET = 4


class AuthenticatedSeeds(AppWallet):
    """Encrypts secrets of one-time codes with AES-256-GCM. An altered one is refused, and so is another person's.

    Secrets of earlier versions, not bound to a person or encrypted with AES-256-CTR, can be read. They are reported
    as due to be encrypted again.
    """

    def __init__(self, keys: dict[str, str], person_id: int) -> None:
        super().__init__(keys)
        self._bound_to = f"person/{person_id}".encode()

    def encrypt_key(self, key: bytes) -> dict[str, Any]:
        """Return a secret as the store keeps it, encrypted with the newest key."""
        nonce = secrets.token_bytes(12)
        sealed = self._cipher(self.default_tag).encrypt(nonce, key, self._bound_to)
        return {
            "v": _BOUND,
            "t": self.default_tag,
            "n": b64encode(nonce).decode(),
            "k": b64encode(sealed).decode(),
        }

    def decrypt_key(self, enckey: dict[str, Any]) -> tuple[bytes, bool]:
        """Return a secret, and whether to encrypt it again. Raise ValueError if it was altered, or is another's."""
        version = enckey.get("v")
        if version not in (_AES_GCM, _BOUND):
            return super().decrypt_key(enckey)[0], True
        tag, nonce, sealed = enckey["t"], b64decode(enckey["n"]), b64decode(enckey["k"])
        try:
            key = self._cipher(tag).decrypt(nonce, sealed, self._bound_to if version == _BOUND else None)
        except InvalidTag as fault:
            raise ValueError("an encrypted secret was altered, or is somebody else's") from fault
        return key, version != _BOUND or tag != self.default_tag

    def _cipher(self, tag: str) -> AESGCM:
        """Return the cipher of a key, which is random and long enough to be expanded without stretching."""
        try:
            secret = self.get_secret(tag)
        except KeyError as fault:  # it was removed from the setting
            raise ValueError(f"there is no key {tag} any more") from fault
        return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"article34 one-time codes").derive(secret))


class SingleUseCodes(Totp):
    """One-time codes, each of which can be used once."""

    def __init__(self, keys: dict[str, str], issuer: str) -> None:
        super().__init__(keys, issuer)
        self._keys, self._issuer = keys, issuer

    def _of(self, user: Any) -> Any:
        """Return the one-time codes of a person."""
        return TOTP.using(issuer=self._issuer, wallet=AuthenticatedSeeds(self._keys, user.id))

    def generate_totp_secret(self) -> str:
        """Return a new secret for the person signed in, who sets up codes."""
        return str(self._of(current_user).new().to_json(encrypt=True))

    def fetch_setup_values(self, totp: str, user: Any) -> dict[str, str]:
        """Return what a person's app needs to know of a secret."""
        return super().fetch_setup_values(self._of(user).from_source(totp), user)

    def encrypted_anew(self, totp_secret: str, user: Any) -> str:
        """Return the same secret in the current encryption, unchanged if it has that already."""
        totp = self._of(user).from_source(totp_secret)
        return str(totp.to_json(encrypt=True)) if totp.changed else totp_secret

    def verify_totp(self, token: str, totp_secret: str, user: Any, window: int = 0) -> bool:
        """Tell if a code is right now, or was within `window` seconds. A code used for signing in is then used up."""
        try:
            found = self._of(user).verify(_ascii_digits(token), totp_secret, window=window)
        except ValueError:  # wrong, malformed, or used
            return False
        # A code for a secret that is still being set up is not used up, as it gives no access.
        if totp_secret != user.tf_totp_secret:
            return True
        is_new = use_totp_counter(db(), user.id, found.counter)
        db().commit()  # used up even if the request fails; and wrong attempts are counted in another transaction
        return is_new

    def generate_qrcode(self, username: str, totp: str) -> Markup:
        """Return the QR code for an app as inline SVG, so that no picture is loaded."""
        code = qrcode.QRCode(border=_QUIET)
        code.add_data(self.get_totp_uri(username, totp))
        rows = code.get_matrix()
        dark = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, on in enumerate(row) if on)
        return Markup(  # noqa: S704  # numbers alone
            f'<svg width="232" height="232" viewBox="0 0 {len(rows)} {len(rows)}" aria-hidden="true">'
            f'<path fill="#fff" d="M0 0h{len(rows)}v{len(rows)}H0z"/><path fill="#000" d="{dark}"/></svg>'
        )

    def generate_recovery_codes(self, number: int) -> list[str]:
        """Return new recovery codes."""
        return [random_code() for _code in range(number)]


class PasskeysOfThisSite(WebauthnUtil):
    """Passkeys that belong to the public address of this installation, even behind a proxy."""

    def origin(self) -> str:
        """Return the origin that a browser names: the public address, or the request's for hosts such as localhost."""
        public: str = current_app.config["ADDRESS"]
        return public if urlsplit(public).netloc == request.host else str(super().origin())


class HashedRecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes that are shown once and stored as hashes. They are long enough for a plain hash."""

    def create_recovery_codes(self, user: Any) -> list[str]:
        """Make new recovery codes, which replace all earlier ones."""
        codes = current_app.extensions["security"].totp_factory.generate_recovery_codes(RECOVERY_CODES)
        set_recovery_hashes(db(), user.id, [recovery_hash(code) for code in codes], by=user.id, at=now())
        return list(codes)

    def get_recovery_codes(self, user: Any) -> list[str]:
        """Return none: they cannot be shown again."""
        return []

    def check_recovery_code(self, user: Any, code: str) -> bool:
        """Tell if a code is unused, and mark it as used in the same step."""
        was_left = use_recovery_hash(db(), user.id, recovery_hash(code), at=now())
        db().commit()  # as with one-time codes
        return was_left

    def delete_recovery_code(self, user: Any, code: str) -> bool:
        """Return True: checking the code has used it up."""
        return True


class CodeForm(AttemptForm, TwoFactorVerifyCodeForm):
    """A one-time code. Wrong codes are counted for the account, except while a secret is being set up."""

    throttling_policy = CODES

    def attempted_account(self) -> str:
        """Return the account of the password entered before."""
        return str(self.user.email) if self.user else ""

    def attempt_outcome(self, valid: bool) -> Outcome:
        """Return "wrong" if a code was compared and was wrong."""
        return "none" if self.is_setup or not self.code.data else "right" if valid else "wrong"


class RecoveryCodeForm(AttemptForm, MfRecoveryForm):
    """A recovery code."""

    throttling_policy = CODES

    def attempted_account(self) -> str:
        """Return the account of the password entered before."""
        return str(self.user.email) if self.user else ""

    def attempt_outcome(self, valid: bool) -> Outcome:
        """Return "wrong" if a code was compared and is not an unused one."""
        return "none" if not self.code.data else "right" if valid else "wrong"


def recovery_hash(code: str) -> str:
    """Return the hash of a recovery code, regardless of its grouping and case."""
    return hashlib.sha256(re.sub(r"[^a-z0-9]", "", code.lower()).encode()).hexdigest()


def _ascii_digits(code: str) -> str:
    """Return a code with digits of any script as ASCII digits."""
    return "".join(str(unicodedata.digit(sign, sign)) for sign in code)


def second_factor_settings() -> dict[str, Any]:
    """Return the settings of Flask-Security for second factors."""
    return {
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": [CODE_METHOD],
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        # Also accepts the codes before and after the current one, as clocks differ and people type slowly.
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
        "SECURITY_TWO_FACTOR_SETUP_URL": "/account/codes",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code",
        "SECURITY_TWO_FACTOR_RESCUE_URL": "/sign-in/help",
        "SECURITY_TWO_FACTOR_SELECT_URL": "/sign-in/choice",
        "SECURITY_TWO_FACTOR_SETUP_TEMPLATE": "signing_in/codes.html",
        "SECURITY_TWO_FACTOR_VERIFY_CODE_TEMPLATE": "signing_in/code.html",
        "SECURITY_TWO_FACTOR_SELECT_TEMPLATE": "signing_in/choice.html",
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "security.mf_recovery_codes",
        "SECURITY_TWO_FACTOR_ERROR_VIEW": "security.login",
        "SECURITY_TOTP_ISSUER": "Article 34",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": RECOVERY_CODES,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/account/recovery-codes",
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/sign-in/recovery-code",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_TEMPLATE": "signing_in/recovery_codes.html",
        "SECURITY_MULTI_FACTOR_RECOVERY_TEMPLATE": "signing_in/recovery_code.html",
        "SECURITY_WEBAUTHN": True,
        "SECURITY_WAN_ALLOW_AS_FIRST_FACTOR": False,
        "SECURITY_WAN_NAME_ALLOWED_CHARS": ["L", "M", "N", "Pc", "Pd", "Zs"],
        "SECURITY_WAN_RP_NAME": "Article 34",
        "SECURITY_WAN_REGISTER_URL": "/account/passkeys",
        "SECURITY_WAN_DELETE_URL": "/account/passkey-removal",
        "SECURITY_WAN_SIGNIN_URL": "/sign-in/passkey",
        "SECURITY_WAN_REGISTER_TEMPLATE": "signing_in/passkeys.html",
        "SECURITY_WAN_SIGNIN_TEMPLATE": "signing_in/passkey.html",
    }


def init_second_factor(app: Flask) -> None:
    """Declare who may open the pages of second factors. Call it after Flask-Security is set up."""
    for endpoint in _PAGES_OF_ACCOUNT:
        declare_readers(app, endpoint, *ROLES)
    setup = "security.two_factor_setup_validate"
    app.view_functions[setup] = _keep_secret(app.view_functions[setup])
    steps = [endpoint for endpoint in SIGN_IN_STEPS if endpoint != "security.login"]
    for endpoint in steps:
        declare_readers(app, endpoint, PUBLIC)
        # They are not meant for people who are signed in, and some of them would sign them out.
        app.view_functions[endpoint] = anonymous_user_required(app.view_functions[endpoint])
    passkey = "security.wan_signin_response"
    app.view_functions[passkey] = _note_wrong(app.view_functions[passkey])
    # It would send a mail to the operator, and mail may not be set up.
    declare_readers(app, "security.two_factor_rescue", PUBLIC)
    app.view_functions["security.two_factor_rescue"] = _not_there
    security = app.extensions["security"]
    for register in (
        security.tf_token_validation_context_processor,
        security.tf_select_context_processor,
        security.mf_recovery_context_processor,
        security.wan_signin_context_processor,
    ):
        register(_carried)


def _keep_secret(view: Callable[..., Any]) -> Callable[[str], Any]:
    """Wrap a view to show the same secret after a wrong code, as the app has it. Flask-Security makes a new one."""

    def validate(token: str) -> Any:
        answer = view(token)
        place = "security.two_factor_setup"
        if answer.status_code != 302 or urlsplit(answer.headers["Location"]).path != url_for(place):
            return answer
        within = current_app.config["SECURITY_TWO_FACTOR_SETUP_WITHIN"]
        expired, invalid, state = check_and_get_token_status(token, "tf_setup", within)
        if expired or invalid:
            return answer
        said = get_flashed_messages()
        try:
            values = current_app.extensions["security"].totp_factory.fetch_setup_values(
                state["totp_secret"], current_user
            )
        except ValueError:  # the secret of a person who was signed in here before
            return answer
        return render_template(
            "signing_in/codes.html",
            chosen_method=CODE_METHOD,
            authr_qrcode=values["image"],
            authr_key=values["key"],
            state_token=token,
            wrong=said[-1] if request.form.get("code") else _("Enter the code."),
        )

    return validate


def _note_wrong(view: Callable[..., Any]) -> Callable[[str], Any]:
    """Wrap the view that checks a passkey, to log a passkey that is refused."""

    def judge(token: str) -> Any:
        answer = view(token)
        if request.method == "POST" and not current_user.is_authenticated:
            note_event("passkey", "wrong")
        return answer

    return judge


def _not_there() -> NoReturn:
    abort(404)


def _carried() -> dict[str, Any]:
    """Return the context of a sign-in step: an unsaved post from before the session ended."""
    return {"carried": replayed_fields() if request.method == "POST" else []}
