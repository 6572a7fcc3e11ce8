"""A site whose advocates read published texts."""

import pytest

from compliance import store
from compliance.store.people_and_roles import login_account
from tests.support.desk_pages import DESK
from tests.support.sites import NOON, Site


@pytest.fixture
def desk(sqlite_site: Site) -> Site:
    """The site with four advocates beside Ada."""
    site = sqlite_site
    with site.app.app_context(), site.store() as session, session.begin():
        known = login_account(session, email="ada@example.org")
        assert known is not None
        for name in DESK:
            site.people[name] = store.add_person(
                session,
                email=f"{name}@example.org",
                name=name.title(),
                password_hash=known.password_hash,
                roles=["advocate"],
                by=None,
                at=NOON,
            )
    return site
