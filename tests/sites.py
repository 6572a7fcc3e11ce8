"""A site for the tests: an app over an empty database, people of every role, and clients that are signed in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from compliance import store
from compliance.web import create_app
from compliance.web.database import store_engine

EDITIONS = Path(__file__).parent / "web_editions"
PASSWORD = "correct horse battery"
YEAR = 2026
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
#: Hashing is as cheap here as argon2id can be; what it costs in earnest is not what these tests are about.
CHEAP_HASHES = {"argon2__type": "ID", "argon2__rounds": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}


@dataclass
class Site:
    """An app with people in it."""

    app: Flask
    people: dict[str, store.Member] = field(default_factory=dict)

    def client(self, who: str | None = None) -> FlaskClient:
        """A browser, signed in as one of the people."""
        client = self.app.test_client()
        if who is not None:
            response = post(client, "/sign-in", email=self.people[who].email, password=PASSWORD)
            assert response.status_code == 302, response.text
        return client

    def store(self) -> Session:
        """The database, for what a test wants to know or prepare."""
        return Session(store_engine(self.app))


def make_site(url: str, folder: Path, **config: Any) -> Site:
    """An app over the database at `url`, with small editions of its own unless EDITIONS says otherwise."""
    chosen = {
        "TESTING": True,
        "ARTICLE34_INSTANCE": str(folder),
        "DATABASE_URL": url,
        "EDITIONS": [EDITIONS / "walk"],
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": CHEAP_HASHES,
        "RATELIMIT_ENABLED": False,
        **config,
    }
    return Site(create_app(chosen))


def settle(site: Site, *, demonstration: bool = False) -> Site:
    """Two companies, and somebody of every other role; the period YEAR is open."""
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


@cache
def _hashed(password: str) -> str:
    return str(hash_password(password))


def token(page: str) -> str:
    """The token that a form of this page sends along."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page
    return found[1]


def post(
    client: FlaskClient,
    address: str,
    *,
    form_at: str = "/sign-in",
    fields: Mapping[str, Any] | None = None,
    **more: Any,
) -> TestResponse:
    """Send a form with a token, as a browser would after loading the page at `form_at`."""
    page = client.get(form_at, follow_redirects=True)
    return client.post(address, data={"csrf_token": token(page.text), **(fields or {}), **more})
