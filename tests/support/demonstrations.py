"""A site with the demonstration in it: two closed periods, one open, and somebody of every role to sign in as."""

import atexit
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from flask_security import hash_password
from sqlalchemy import make_url

from compliance import store
from compliance.demonstration.seeding import seed_demonstration
from compliance.web.edition_registry import newest_edition
from tests.support.databases import overwrite
from tests.support.sites import PASSWORD, YEAR, Site, make_site

#: The last period that the demonstration closes.
CLOSED = YEAR - 1
ROLES = ("company", "auditor", "advocate", "steward")


def demonstrate(url: str, folder: Path, editions: Sequence[Path] | None = None) -> Site:
    """A site over a fresh database at `url`; people by their role."""
    if editions is None:
        overwrite(url, _filled(_on_the_server_of(url, "")))
    site = make_site(url, folder, EDITIONS=editions)
    if editions is not None:
        _fill(site)
    with site.store() as session:
        site.people |= {role: store.login_account(session, email=f"{role}@demo.example") for role in ROLES}
    return site


@cache
def _filled(server: str) -> str:
    """The URL of a database with the demonstration, made once for each process: filling takes some seconds."""
    folder = mkdtemp(prefix="article34-demonstration-")
    atexit.register(rmtree, folder, ignore_errors=True)
    if server.startswith("sqlite"):
        url = _on_the_server_of(server, f"{folder}/filled.db")
    else:
        url = _on_the_server_of(server, "demonstration")
        overwrite(url, _on_the_server_of(server, "template0"))
    site = make_site(url, Path(folder), EDITIONS=None)
    _fill(site)
    site.close()
    return url


def _on_the_server_of(url: str, name: str) -> str:
    """The URL of another database; all SQLite files are on the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _fill(site: Site) -> None:
    with site.app.app_context(), site.store() as session, session.begin():
        hashed = str(hash_password(PASSWORD))
        seed_demonstration(
            session, newest_edition().edition, password_hash=hashed, at=datetime(YEAR, 11, 24, 12, tzinfo=UTC)
        )
