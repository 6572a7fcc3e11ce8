"""Sites for the tests: an app with an empty database, people of every role, and clients that are signed in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache, partial
from pathlib import Path
from secrets import token_hex
from shutil import copytree
from tempfile import TemporaryDirectory
from types import CodeType
from typing import Any, ClassVar

from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from itsdangerous import BadSignature, URLSafeTimedSerializer
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from compliance import store, web
from compliance.languages import interface_messages
from compliance.store.sign_ins import session_account
from compliance.store.work_models import OutboxMail
from compliance.web import document_texts, edition_registry
from compliance.web.accounts import init_authentication
from compliance.web.database import store_engine
from compliance.web.edition_registry import init_edition_registry
from compliance.web.readiness import NotReady, migrate_installation
from compliance.web.settings import SESSION_IDLE_TIMEOUT, flask_config, make_secrets
from compliance.web.signatures import SignedSessions
from compliance.web.templating import PageEnvironment
from compliance.web.urls import Site as SiteApp
from tests.support.paths import DATA, ROOT

EDITIONS = DATA / "web_editions"
PASSWORD = "correct horse battery"
#: The same for every site, so that a password is hashed only once.
SALT = "the same for every site, so that a hash serves them all"
YEAR = 2026
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
#: The people that `settle` registers: members of two companies, then one person of each other role.
PEOPLE = ("ana", "olga", "jon", "audun", "ada", "stella")
#: The lowest cost that argon2id allows. Tests of the real cost use other settings.
CHEAP_HASHES = {"argon2__type": "ID", "argon2__rounds": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}
#: How links to a new password hash the old one. The cost of a password, which the tool takes, is 0.2 s for each link.
CHEAP_LINKS = ("hex_sha256",)


class CompiledTemplates(BytecodeCache):
    """A cache of compiled templates for all apps of a process, as compiling them takes longer than most tests do."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load the code compiled from the same text, if there is any."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep compiled code."""
        assert bucket.code is not None
        self._kept[bucket.key, bucket.checksum] = bucket.code


web.PageEnvironment = partial(PageEnvironment, bytecode_cache=CompiledTemplates())


class CompiledRule(Rule):
    """A route that is compiled once for all apps of a process, as routes take half of the time of starting an app."""

    _kept: ClassVar[dict[tuple[object, ...], dict[str, Any]]] = {}

    def compile(self) -> None:
        """Copy the compiled state of the same route of another app, or compile it the first time."""
        defaults = tuple(sorted((self.defaults or {}).items()))
        key = (self.rule, self.endpoint, *sorted(self.methods or ()), defaults)
        if key not in self._kept:
            super().compile()
            self._kept[key] = {name: value for name, value in vars(self).items() if name != "map"}
        vars(self).update(self._kept[key])


SiteApp.url_rule_class = CompiledRule

#: The extensions with editions that apps share, by paths, function that finds paths, and folder of catalogues.
_REGISTRIES: dict[tuple[object, ...], dict[str, Any]] = {}


def _init_edition_registry(app: Flask, paths: Sequence[Path] | None = None) -> None:
    """Load and translate editions of this checkout, which no test changes, once for all apps of a process."""
    if not all(ROOT in path.parents for path in paths or ()):
        return init_edition_registry(app, paths)
    key = (paths and tuple(paths), edition_registry.edition_paths, interface_messages.TRANSLATIONS)
    if key not in _REGISTRIES:
        before = set(app.extensions)
        init_edition_registry(app, paths)
        _REGISTRIES[key] = {name: app.extensions[name] for name in app.extensions.keys() - before}
    app.extensions |= _REGISTRIES[key]
    return None


web.init_edition_registry = _init_edition_registry


def _init_authentication(app: Flask) -> None:
    """Hash passwords and links at low cost in every app of this process, including one that a command serves."""
    app.config.setdefault("SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS", CHEAP_HASHES)
    app.config.setdefault("SECURITY_HASHING_SCHEMES", CHEAP_LINKS)
    init_authentication(app)


web.init_authentication = _init_authentication

# The same document is read once for all apps of a process, as it is read in another process, which takes time to start.
document_texts.extract = lru_cache(maxsize=100)(document_texts.extract)  # type: ignore[assignment]

#: The bytes of a SQLite database with tables and no rows, once it was made in this process.
_TABLES: list[bytes] = []


def _with_tables(url: str) -> None:
    """Make a missing SQLite file as a copy of one that was migrated before, as migrations take time."""
    kind, _, name = url.partition("///")
    if kind != "sqlite:" or Path(name).exists():
        return
    if not _TABLES:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "tables.db"
            engine = store.open_database(f"sqlite:///{path}")
            store.upgrade(engine)
            engine.dispose()
            _TABLES.append(path.read_bytes())
    Path(name).write_bytes(_TABLES[0])


def prepare_installation(folder: Path) -> None:
    """Make the database and the secrets of an installation, as `compliance migrate` does, but faster."""
    _with_tables(f"sqlite:///{folder / 'article34.db'}")
    make_secrets(folder, {})


@dataclass
class Site:
    """An app and the people in its database."""

    app: Flask
    people: dict[str, store.Member] = field(default_factory=dict)
    #: The session of each person after signing in.
    _signed_in: dict[str, dict[str, Any]] = field(default_factory=dict)

    def client(self, who: str | None = None, *, anew: bool = False) -> FlaskClient:
        """Return a client, signed in as one of the people: in one shared session while it lasts, or `anew`."""
        client = self.app.test_client()
        if who is None:
            return client
        if anew or not self._is_signed_in(who):
            response = post(client, "/sign-in", email=self.people[who].email, password=PASSWORD)
            assert response.status_code == 302, response.text
            self._signed_in[who] = session_of(client)
        else:
            set_session(client, self._signed_in[who])
        return client

    def _is_signed_in(self, who: str) -> bool:
        kept = self._signed_in.get(who, {})
        if "sign_in" not in kept:  # not signed in, or without the second step
            return False
        with self.store() as session:
            now = datetime.now(UTC)
            known = session_account(session, kept["sign_in"], kept["_user_id"], at=now, idle=SESSION_IDLE_TIMEOUT)
        return known is not None

    def close(self) -> None:
        """Close the connections to the database."""
        store_engine(self.app).dispose()

    def store(self) -> Session:
        """Return a database session, with which a test can prepare or check rows."""
        return Session(store_engine(self.app))


def make_site(url: str, folder: Path, **config: Any) -> Site:
    """Return a site with the database at `url`, and with small editions unless EDITIONS says otherwise."""
    chosen = {
        "TESTING": True,
        "ARTICLE34_INSTANCE": str(folder),
        "DATABASE_URL": url,
        "EDITIONS": [EDITIONS / "walk"],
        "SECURITY_PASSWORD_SALT": SALT,
        "SECOND_FACTOR_ROLES": (),  # tests/web/common/test_second_factor.py asks for one
        "SECURITY_FRESHNESS": timedelta(days=1),  # tests/web/common/test_recent_sign_in.py asks for less
        **config,
    }
    _with_tables(url)
    folder.mkdir(exist_ok=True)
    make_secrets(folder, flask_config(folder, chosen))
    try:
        app = web.create_app(chosen)
    except NotReady:
        migrate_installation(chosen, anew=True, new_secrets=True)
        app = web.create_app(chosen)
    return Site(app)


def settle(site: Site, *, demonstration: bool = False) -> Site:
    """Add two companies, a person of every other role, and the open period YEAR, and return the site."""
    with site.app.app_context(), site.store() as session, session.begin():
        hashed = _hashed(PASSWORD)
        for who, organisation in (("ana", "Example Travel 01"), ("olga", "Example Foods 02")):
            site.people[who] = store.register_company(
                session,
                organisation=organisation,
                name=who.title(),
                email=f"{who}@example.org",
                password_hash=hashed,
                at=NOON,
                demonstration=demonstration,
                status="confirmed",
            )
        ana = site.people["ana"]
        for who, role in (("jon", "company"), ("audun", "auditor"), ("ada", "advocate"), ("stella", "steward")):
            site.people[who] = store.add_person(
                session,
                email=f"{who}@example.org",
                name=who.title(),
                password_hash=hashed,
                roles=[role],
                organisation_id=ana.organisation_id if role == "company" else None,
                by=None,
                at=NOON,
            )
        store.open_period(session, YEAR, opens=date(YEAR, 1, 1), by=site.people["stella"].id, at=NOON)
    return site


def settled(url: str, folder: Path, **config: Any) -> Site:
    """Return a site with a copy of a database that `settle` filled."""
    site = make_site(url, folder, **config)
    with site.store() as session:
        by_email = {member.email: member for member in store.members(session)}
        site.people |= {who: by_email[f"{who}@example.org"] for who in PEOPLE}
    return site


def copy_of(site: Site, folder: Path, **config: Any) -> Site:
    """Return a copy of a closed site on SQLite and of its folder, with its people and whoever is signed in."""
    copytree(site.app.config["ARTICLE34_INSTANCE"], folder, dirs_exist_ok=True)
    copy = make_site(f"sqlite:///{folder / 'article34.db'}", folder, **config)
    copy.people |= site.people
    copy._signed_in |= site._signed_in
    return copy


@cache
def _hashed(password: str) -> str:
    return str(hash_password(password))


def outbox(site: Site) -> list[OutboxMail]:
    """Return the queued mails, in order."""
    with site.store() as session:
        return list(session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def token(page: str) -> str:
    """Return the CSRF token of the forms of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page
    return found[1]


def post(
    client: FlaskClient,
    address: str,
    *,
    form_at: str | None = None,
    fields: Mapping[str, Any] | None = None,
    **more: Any,
) -> TestResponse:
    """Send a form with a CSRF token. With `form_at`, load that page first and use its token, as a browser does."""
    sent = new_token(client) if form_at is None else token(client.get(form_at, follow_redirects=True).text)
    return client.post(address, data={"csrf_token": sent, **(fields or {}), **more})


def new_token(client: FlaskClient) -> str:
    """Return a CSRF token that is valid for this client, without loading a page, as `generate_csrf` makes it."""
    kept = session_of(client)
    if "csrf_token" not in kept:
        kept["csrf_token"] = token_hex(20)
        set_session(client, kept)
    signed = URLSafeTimedSerializer(client.application.secret_key or "", salt="wtf-csrf-token")
    return str(signed.dumps(kept["csrf_token"]))


def session_of(client: FlaskClient) -> dict[str, Any]:
    """Return what the session of a client holds. `session_transaction` of Flask takes as long as some pages."""
    cookie = client.get_cookie(**_session_cookie(client.application))
    try:
        return dict(_sessions(client.application).loads(cookie.value)) if cookie else {}
    except BadSignature:
        return {}


def set_session(client: FlaskClient, kept: Mapping[str, Any]) -> None:
    """Give a client the cookie of a session."""
    client.set_cookie(value=_sessions(client.application).dumps(dict(kept)), **_session_cookie(client.application))


def _session_cookie(app: Flask) -> dict[str, str]:
    host = (app.config["SERVER_NAME"] or "localhost").partition(":")[0]
    return {"key": app.config["SESSION_COOKIE_NAME"], "domain": host}


def _sessions(app: Flask) -> URLSafeTimedSerializer:
    signed = SignedSessions().get_signing_serializer(app)
    assert signed is not None
    return signed


def begin(site: Site, who: str = "ana") -> int:
    """Begin the assessment of a person's company for YEAR, and return its id."""
    response = post(site.client(who), "/assessments", year=YEAR)
    assert response.status_code == 302, response.text
    return int(response.headers["Location"].split("/")[-2])


def answers(**given: Any) -> dict[str, Any]:
    """Return the fields of a page that showed blanks: `r1__code="intent"` sends the value, with version 0."""
    named = {name.replace("__", "."): value for name, value in given.items()}
    return {**{f"{name}#version": "0" for name in named}, **named}


PROFILE = {
    **{f"profile.{field}#version": "0" for field in ("sector", "size", "lodging")},
    "profile.sector": "travel",
    "profile.size": "small",
    "profile.lodging": "no",
}


def save(site: Site, where: str, fields: Mapping[str, Any], who: str = "ana") -> TestResponse:
    """Send the fields of a page as one of the people."""
    return post(site.client(who), where, fields=fields)


def send(site: Site, where: str, who: str = "ana", **given: Any) -> TestResponse:
    """Save answers to a page that showed blanks, named as in `answers`."""
    return save(site, where, answers(**given), who)


def save_profile(site: Site, number: int, **more: str) -> TestResponse:
    """Save the profile, with PROFILE or other values."""
    return save(site, f"/assessments/{number}/profile", PROFILE | {f"profile.{k}": v for k, v in more.items()})


def kept(site: Site, number: int) -> dict[str, str]:
    """Return the saved answers by question, without blanks."""
    with site.store() as session:
        return {question: k.text for question, k in store.saved_answers(session, number).items() if k.text}


def half_answered(folder: Path, *, code: str) -> Site:
    """Make a site on which Ana has answered some questions, the first with `code`, and Olga has begun."""
    site = settle(make_site(f"sqlite:///{folder / 'article34.db'}", folder))
    answer_half(site, code=code)
    return site


def answer_half(site: Site, *, code: str) -> int:
    """Answer some questions as Ana and begin as Olga, on a site without answers. Return the id of Ana's assessment."""
    filled = begin(site)
    save(site, f"/assessments/{filled}/profile", PROFILE)
    shown = {"r1.code#passage": "We obey.", "r1.code#document": "Code 2025"}
    save(site, f"/assessments/{filled}/code", answers(r1__code=code, r1__practice="40", r2__code=["sale"]) | shown)
    send(site, f"/assessments/{filled}/people", **{f"r4__{part}": "yes" for part in ("code", "practice", "proof")})
    begin(site, "olga")
    return filled
