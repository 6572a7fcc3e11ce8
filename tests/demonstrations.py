"""A site with the demonstration in it: two closed periods, one open, and somebody of every role to sign in as."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from flask_security import hash_password

from compliance import store
from compliance.demonstration.filling import fill
from compliance.web.editions import newest_edition
from tests.sites import PASSWORD, YEAR, Site, make_site

#: The last period that the demonstration closes.
CLOSED = YEAR - 1
ROLES = ("company", "auditor", "advocate", "steward")
_SQLITE = "sqlite:///"


def demonstrate(url: str, folder: Path, editions: Sequence[Path] | None = None) -> Site:
    """A site over a fresh database at `url`; people by their role."""
    is_copied = editions is None and url.startswith(_SQLITE)
    if is_copied:
        Path(url.removeprefix(_SQLITE)).write_bytes(_filled())
    site = make_site(url, folder, EDITIONS=editions)
    if not is_copied:
        _fill(site)
    with site.store() as session:
        site.people |= {role: store.member_by_email(session, f"{role}@demo.example") for role in ROLES}
    return site


@cache
def _filled() -> bytes:
    """A SQLite file with the demonstration, made once for each process: filling takes some seconds."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "filled.db"
        site = make_site(f"{_SQLITE}{file}", Path(folder), EDITIONS=None)
        _fill(site)
        site.close()
        return file.read_bytes()


def _fill(site: Site) -> None:
    with site.app.app_context(), site.store() as session, session.begin():
        hashed = str(hash_password(PASSWORD))
        fill(session, newest_edition().edition, password_hash=hashed, at=datetime(YEAR, 11, 24, 12, tzinfo=UTC))
