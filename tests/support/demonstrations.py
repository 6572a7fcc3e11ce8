"""Sites with the demonstration: two closed periods, one open period, and an account of every role."""

import fcntl
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from flask_security import hash_password
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from compliance import store
from compliance.demonstration.library_files import demonstration_files
from compliance.demonstration.seeding import register_companies, seed_period
from compliance.questionnaire.loader import find_edition
from compliance.store.models import Base
from compliance.web import serving
from compliance.web.files import files
from compliance.web.settings import secret_file
from tests.support.sites import PASSWORD, YEAR, Site, make_site

#: The last period that the demonstration closes.
CLOSED = YEAR - 1
#: When the demonstration is filled.
FILLED_AT = datetime(YEAR, 11, 24, 12, tzinfo=UTC)
ROLES = ("company", "auditor", "advocate", "steward")


def made_once(folder: Path, name: str, make: Callable[[Path], None]) -> Path:
    """Return a file or folder that the first process that asks makes with `make`, while the others wait."""
    path = folder / name
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            begun = folder / f"begun-{name}"
            make(begun)
            begun.rename(path)
    return path


def fill_once(folder: Path) -> str:
    """Return the URL of a SQLite file with the demonstration, filled as by `serve --demo`, once for all processes."""

    def fill(path: Path) -> None:
        with tempfile.TemporaryDirectory() as instance:
            site = demonstration_site(f"sqlite:///{path}", Path(instance))
            with patch.object(serving, "now", return_value=FILLED_AT):
                serving.fill_demonstration(site.app)
            site.close()

    return f"sqlite:///{made_once(folder, 'demonstration.db', fill)}"


def fill_first_period_once(folder: Path) -> str:
    """Return the URL of a SQLite file with only the first period, of the shorter edition, once for all processes.

    It has a tenth of the rows of the demonstration, for tests that touch all rows of a database. Its people sign in
    with the same password.
    """

    def fill(path: Path) -> None:
        with tempfile.TemporaryDirectory() as instance:
            site = demonstration_site(f"sqlite:///{path}", Path(instance))
            with site.app.app_context(), site.store() as session, session.begin():
                seed_first_period(session, password_hash=hash_password(PASSWORD))
            site.close()

    return f"sqlite:///{made_once(folder, 'first-period.db', fill)}"


def seed_first_period(session: Session, *, password_hash: str) -> None:
    """Register the companies of the demonstration, and let half take part in its first period with the core edition."""
    edition = find_edition("child-protection-core-2026")
    everyone = register_companies(session, password_hash=password_hash, at=FILLED_AT)
    half = replace(everyone, companies=everyone.companies[::2], organisations=everyone.organisations[::2])
    seed_period(session, edition, half, half.first, at=FILLED_AT)


def copy_rows(source_url: str, target_url: str) -> None:
    """Fill an empty database of either kind with the rows of another."""
    source, target = store.open_database(source_url), store.open_database(target_url)
    store.upgrade(target)
    with source.connect() as read, target.begin() as write:
        if write.dialect.name == "postgresql":  # companies and their groups refer to each other, so no order would do
            write.execute(text("SET LOCAL session_replication_role = replica"))
        for table in Base.metadata.sorted_tables:
            if rows := [dict(row) for row in read.execute(select(table)).mappings()]:
                write.execute(table.insert(), rows)
            key = table.autoincrement_column
            if key is not None and write.dialect.name == "postgresql":
                write.execute(
                    text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)"),
                    {
                        "table": table.name,
                        "column": key.name,
                        "last": write.scalar(select(func.coalesce(func.max(key), 1))),
                    },
                )
    source.dispose()
    target.dispose()


def demonstrate(url: str, folder: Path, editions: Sequence[Path] | None = None) -> Site:
    """Return a site with a copy of the demonstration at `url`. Its people are named by their roles."""
    site = make_site(url, folder, EDITIONS=editions)
    with site.app.app_context():
        for content in demonstration_files():
            files().put(content)
    with site.store() as session:
        site.people |= {role: store.login_account(session, email=f"{role}@demo.example") for role in ROLES}
    return site


def demonstration_site(url: str, folder: Path) -> Site:
    """Return a site with the tool's own editions, on which the demonstration's password is PASSWORD."""
    secret_file(folder, "DEMONSTRATION_PASSWORD").write_text(PASSWORD)
    return make_site(url, folder, EDITIONS=None)


def unlimited(site: Site) -> Site:
    """Remove the limit on API requests of a site, and return the site."""
    site.app.config["API_REQUESTS_PER_MINUTE"] = 1_000_000
    return site
