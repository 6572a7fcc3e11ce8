"""Single sign-on by OpenID Connect, with authlib, if ARTICLE34_OIDC_ISSUER names a provider.

At first, a provider vouches for an e-mail address that it has verified, and the person with that address is signed in.
From then on, they are recognised by the provider's subject, which stays the same if their address changes. No account
is created. The second factor and other obligations of a role apply here too, as the provider may not require them, and
until they are met nothing from the provider is kept.
"""

import logging
import re
from collections.abc import Mapping
from time import time
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, current_app, flash, redirect, request, session, url_for
from flask_security import current_user, login_user, user_authenticated
from flask_security.utils import get_message
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import N_, current_language
from compliance.languages.interface_messages import gettext as _
from compliance.package_data import how_to_install
from compliance.store.people_and_roles import confirm_email
from compliance.store.second_factors import has_identity, keep_identity, person_of_identity
from compliance.web.access_control import public
from compliance.web.database import db, now
from compliance.web.settings import BadSetting
from compliance.web.signing_in.users import SignedInUser, StoreUserDatastore
from compliance.web.urls import LOOPBACK_NAMES, is_local, reads_query, urls_by_language, whole_url_in_english

bp = Blueprint("single_sign_on", __name__)

_CLIENT = "article34_openid"
_WANTED = "wanted_after_single_sign_on"
_LANGUAGE = "language_of_single_sign_on"
#: A person back from the provider who is not signed in yet: id here, subject at the provider, and address.
_VOUCHED = "vouched_for_by_single_sign_on"
#: Signature algorithms accepted from a provider. "none" and those with a shared secret are not among them.
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
_ALGORITHMS = "id_token_signing_alg_values_supported"
#: The timeout for responses of the provider, in seconds.
_TIMEOUT = 10
_UNREACHABLE = N_("The sign-in service is not responding. Try again later, or sign in with your password.")
_REFUSED = N_("The sign-in service did not let you in, or the page was open for too long. Try again.")
_UNVERIFIED = N_("The sign-in service does not confirm your e-mail address. Sign in with your password.")
_ANOTHER = N_(
    "At the sign-in service, %(email)s now belongs to another account than before. Sign in with your password, and ask "
    "the administrator of this site to link the new account."
)
_UNKNOWN = N_(
    "There is no account with the address %(email)s. Ask the administrator of this site to add you, or register."
)

_log = logging.getLogger(__name__)


def init_single_sign_on(app: Flask) -> None:
    """Offer signing in with the provider, if one is set. Raise BadSetting if its settings cannot be used."""
    issuer = app.config["OIDC_ISSUER"].rstrip("/")
    app.jinja_env.globals["single_sign_on_name"] = app.config["OIDC_NAME"] or urlsplit(issuer).hostname or ""
    if not issuer:
        return
    user_authenticated.connect(_keep_vouched, app)
    app.before_request(_forget_vouched)
    parts = urlsplit(issuer)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK_NAMES):
        raise BadSetting(f"ARTICLE34_OIDC_ISSUER: write the https:// address of the provider, and not {issuer!r}")
    if missing := [name for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET") if not app.config[name]]:
        raise BadSetting(f"ARTICLE34_{missing[0]}: set it too, as the provider gave it for this installation")
    try:
        from authlib.integrations.flask_client import OAuth
    except ModuleNotFoundError as fault:
        raise BadSetting(f"ARTICLE34_OIDC_ISSUER needs {fault.name}: {how_to_install('sso')}") from fault
    app.extensions[_CLIENT] = OAuth(app).register(
        name="openid",
        client_id=app.config["OIDC_CLIENT_ID"],
        client_secret=app.config["OIDC_CLIENT_SECRET"],
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "default_timeout": _TIMEOUT,
            # Only addresses in the setting or the provider's metadata are used; redirects are refused.
            "max_redirects": 0,
        },
    )


@bp.get("/sign-in/single")
@public
@reads_query("next")
def begin() -> BaseResponse:
    """Redirect to the provider."""
    wanted = request.args.get("next", "")
    session[_WANTED] = wanted if is_local(wanted) else url_for("account.start")
    session[_LANGUAGE] = current_language()
    try:
        _check_provider()
        # A person already signed in comes here to prove it is still them: the provider must ask again.
        again = {"prompt": "login", "max_age": 0} if current_user.is_authenticated else {}
        back = whole_url_in_english("single_sign_on.come_back")
        answer: BaseResponse = _client().authorize_redirect(back, **again)
    except _faults() as fault:
        return _fail(_(_UNREACHABLE), fault)
    return answer


@bp.get("/sign-in/single/return")
@public
@reads_query("code", "state", "error", "error_description", "iss")
def come_back() -> BaseResponse:
    """Sign in the person for whom the provider vouches, on their return from it.

    A provider has one return address, in English; from there the person goes on in the language that they began in.
    """
    language = session.pop(_LANGUAGE, current_language())
    if language != current_language() and (there := urls_by_language().get(language)):
        return redirect(there)
    try:
        claims = _vouched_for()
    except _refusals() as fault:
        return _fail(_(_REFUSED), fault)
    except _faults() as fault:
        return _fail(_(_UNREACHABLE), fault)
    issuer, subject = current_app.config["OIDC_ISSUER"].rstrip("/"), str(claims.get("sub") or "")
    if not subject:
        return _fail(_(_REFUSED), "no subject, or two of them")
    email = str(claims.get("email") or "").strip() if claims.get("email_verified") is True else ""
    known = person_of_identity(db(), issuer, subject)
    if known is None and not email:
        return _fail(_(_UNVERIFIED), "no verified e-mail address")
    user = StoreUserDatastore().find_user(**({"email": email} if known is None else {"id": known}))
    if user is None:
        return _fail(_(_UNKNOWN, email=email), "nobody with this address")
    if not user.active:
        return _fail(get_message("DISABLED_ACCOUNT")[0], "an account that is closed")
    if known is None and has_identity(db(), user.id, issuer):
        return _fail(_(_ANOTHER, email=email), "another subject with this address")
    wanted = session.pop(_WANTED, "")
    wanted = wanted if is_local(wanted) else url_for("account.start")
    if current_user.is_authenticated and current_user.id == user.id:
        return _shown_again(claims, wanted)
    session[_VOUCHED] = [user.id, subject, email]
    second = current_app.extensions["security"].two_factor_plugins.tf_enter(user, False, "sso", next_loc=wanted)
    if second is not None:
        return second  # type: ignore[no-any-return]  # a redirect to the page of the second factor
    login_user(user, authn_via=["sso"])
    return redirect(wanted)


def _keep_vouched(_app: Flask, user: SignedInUser, **_about: object) -> None:
    """Keep what the provider vouched for, once the person is signed in, with any second factor."""
    person_id, subject, email = session.pop(_VOUCHED, (None, "", ""))
    if person_id != user.id:
        return
    issuer = current_app.config["OIDC_ISSUER"].rstrip("/")
    if person_of_identity(db(), issuer, subject) is None:
        keep_identity(db(), user.id, issuer, subject, at=now())
    if email:
        confirm_email(db(), user.id, email, at=now())
    db().commit()


def _forget_vouched() -> None:
    """Forget it if a sign-in with a password begins, as it may be another person in the same browser."""
    if request.endpoint == "security.login":
        session.pop(_VOUCHED, None)


def _shown_again(claims: Mapping[str, Any], wanted: str) -> BaseResponse:
    """Continue as the person already signed in, if the provider says that it has just asked them again."""
    asked_at = claims.get("auth_time")
    if not isinstance(asked_at, int) or time() - asked_at > current_app.config["SECURITY_FRESHNESS"].total_seconds():
        return _fail(_(_REFUSED), "the provider did not ask again")
    session["fs_paa"] = time()  # as Flask-Security notes a password that was given again
    return redirect(wanted)


def _vouched_for() -> Mapping[str, Any]:
    """Return the provider's claims about the person, from its token or else from its userinfo endpoint."""
    issuer = current_app.config["OIDC_ISSUER"].rstrip("/")
    if "error" not in request.args:  # a refusal has nothing that needs to be checked
        _check_provider()
    expected = {"iss": {"essential": True, "values": [issuer, f"{issuer}/"]}}
    token = _client().authorize_access_token(claims_options=expected)
    claims: Mapping[str, Any] = token.get("userinfo") or {}
    if claims and "email" not in claims:
        more = _client().userinfo(token=token)
        return {**claims, **more} if more.get("sub") == claims.get("sub") else {}
    return claims


def _check_provider() -> None:
    """Check the metadata of the provider. Raise ValueError, or the exceptions of requesting them."""
    metadata = _client().load_server_metadata()
    metadata |= sound_metadata(metadata, current_app.config["OIDC_ISSUER"].rstrip("/"))


def sound_metadata(metadata: Mapping[str, Any], issuer: str) -> Mapping[str, Any]:
    """Return the metadata of a provider, with only the signature algorithms that we trust.

    Raise ValueError for another issuer, or if no algorithm is left.
    """
    if str(metadata.get("issuer")).rstrip("/") != issuer:
        raise ValueError("the provider calls itself by another issuer than the one that is set")
    trusted = [each for each in metadata.get(_ALGORITHMS) or ["RS256"] if each in SIGNATURES]
    if not trusted:
        raise ValueError("the provider announces no signature that can be trusted")
    return {**metadata, _ALGORITHMS: trusted}


def _client() -> Any:
    return current_app.extensions.get(_CLIENT) or abort(404)


def _refusals() -> tuple[type[Exception], ...]:
    """Return the exceptions of authlib for a refusal by the provider, or a response that was not requested."""
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError

    return AuthlibBaseError, JoseError


def _faults() -> tuple[type[Exception], ...]:
    """Return the exceptions for a provider that does not respond, or sends something else."""
    from requests import RequestException

    return RequestException, ValueError, KeyError, RuntimeError


def _fail(said: str, why: str | Exception) -> BaseResponse:
    """Redirect to the sign-in page. Log only the kind and code of an exception, as the rest came from outside."""
    code = str(getattr(why, "error", ""))
    sound = f" ({code})" if re.fullmatch("[a-z_]{1,40}", code) else ""
    _log.warning("single sign-on: %s", why if isinstance(why, str) else f"{type(why).__name__}{sound}")
    flash(said)
    return redirect(url_for("security.login"))
