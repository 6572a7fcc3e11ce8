"""Published readings in the demonstration: small pages, no figures of sectors, and a link to a company's own score."""

import gzip

import pytest
from sqlalchemy import select, update

from compliance.store.desk_models import ReadCompanyRow
from compliance.store.models import Organisation
from compliance.web.caches import empty_caches
from compliance.web.database import store_engine
from tests.support.demonstrations import CLOSED
from tests.support.published import published_snapshot
from tests.support.sites import Site
from tests.support.stores import statements

FERRIES = "/companies/example-ferries-23"


@pytest.mark.parametrize(
    ("who", "where"),
    [
        (None, "/companies"),
        *((None, f"{FERRIES}/2{more}") for more in ("", "/supplier-code", "/findings.csv")),
        ("company", "/companies/7/evidence"),
        *(("company", f"/companies/7/drafts/3{more}") for more in ("", "/1")),
        ("advocate", "/desk/readings/3/hearing"),
    ],
)
def test_a_page_takes_few_statements_and_is_small(demonstration: Site, who: str | None, where: str) -> None:
    client = demonstration.client(who)
    client.get(where)
    with statements(store_engine(demonstration.app)) as sent:
        response = client.get(where)
    assert response.status_code == 200
    assert len(sent) <= 12, sent
    assert len(gzip.compress(response.data)) < 15_000


def test_a_reading_links_to_the_company_s_own_score_only_if_it_agreed_to_be_named(demonstration: Site) -> None:
    with demonstration.store() as session:
        snapshot = published_snapshot(session, CLOSED)
        group = next(each for each in snapshot.sectors if each.named)
        names = [each.company for each in group.named]
        ids = dict(session.execute(select(Organisation.name, Organisation.id)).all())
    named = {each.company for one in snapshot.sectors for each in one.named}
    silent = min(ids.keys() - named)
    client = demonstration.client()
    for name, link in ((names[0], f'/sectors/{group.sector}#named"'), (silent, None)):
        with demonstration.store() as session, session.begin():
            row = ReadCompanyRow.slug == "example-ferries-23"
            session.execute(update(ReadCompanyRow).where(row).values(organisation_id=ids[name]))
        empty_caches(demonstration.app)  # this change is in no trail
        page = client.get(f"{FERRIES}/2").text
        assert ("#named" in page) == (link is not None)
        assert link is None or link in page


def test_readings_are_in_no_figure_of_a_sector(demonstration: Site) -> None:
    client = demonstration.client()
    for page in ("/sectors", "/sectors/transport", "/publications"):
        assert "Example Ferries" not in client.get(page).text
    assert "/companies?sector=transport" in client.get("/sectors/transport").text
