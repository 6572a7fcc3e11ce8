"""Participation of invited companies on pages and in files of sectors: by public list, out of its own number."""

import csv
import io
import json
from html import unescape

import pytest
from flask.testing import FlaskClient

from compliance import store
from compliance.disclosure.published import Suppressed
from compliance.disclosure.snapshot import PublishedSnapshot
from tests.support.demonstrations import CLOSED
from tests.support.page_lint import faults_of
from tests.support.published import published_snapshot
from tests.support.sites import NOON, YEAR, Site, post
from tests.web.public.test_public_pages import text_of

LIST = f"Tour operators {CLOSED}"


@pytest.fixture
def visitor(site: Site) -> FlaskClient:
    return site.client()


def test_the_page_of_a_sector_shows_the_list_out_of_its_own_number_and_other_companies_beside_it(
    visitor: FlaskClient, snapshot: PublishedSnapshot
) -> None:
    (part,) = snapshot.invitations.lists_of("travel")
    counts, others = part.counts, snapshot.invitations.by_themselves_in("travel")
    assert isinstance(counts.answered, int) and isinstance(counts.silent, int) and isinstance(others, int)
    page = text_of(visitor.get("/sectors/travel").text)
    said = f"{counts.answered} answered and {counts.silent} are silent."
    assert f"Of the {counts.invited} companies on the list “{LIST}”, {said}" in page
    assert f"Registered on their own initiative, and on no public list: {others}." in page
    assert f"All companies on the list {counts.invited} invited Answered: {counts.answered}." in page
    assert f"{counts.silent} of the {counts.invited} invited companies are silent, including " in page


def test_silent_companies_that_were_invited_publicly_are_named(
    site: Site, visitor: FlaskClient, snapshot: PublishedSnapshot
) -> None:
    (part,) = snapshot.invitations.lists_of("travel")
    assert part.silent_companies and "Example Voyages 01" in part.silent_companies
    page = visitor.get("/sectors/travel").text
    assert all(f">{name}</bdi>" in page for name in part.silent_companies)
    with site.store() as session:
        private = {s.organisation for s in store.latest_submissions(session, CLOSED) if s.consent == "private"}
    assert private and not private & set(part.silent_companies)


@pytest.mark.parametrize("code", ["fr", "es", "ar"])
def test_the_list_is_shown_in_every_language(visitor: FlaskClient, snapshot: PublishedSnapshot, code: str) -> None:
    page = visitor.get(f"/{code}/sectors/travel").text
    assert faults_of(page) == [] and LIST in unescape(page)
    assert "invited companies" not in page


def test_a_list_that_is_not_public_appears_nowhere(visitor: FlaskClient) -> None:
    hidden = f"Hotels at the fair of {CLOSED}"
    for address in ("/sectors", "/sectors/lodging", f"/publications/{CLOSED}/figures.json"):
        text = visitor.get(address).text
        assert hidden not in unescape(text) and "Example Lodge" not in text
    page = text_of(visitor.get("/sectors/lodging").text)
    assert "Registered on their own initiative" not in page


def test_the_list_is_in_the_sealed_figures_and_in_the_tables(visitor: FlaskClient, snapshot: PublishedSnapshot) -> None:
    (part,) = snapshot.invitations.lists_of("travel")
    sealed = json.loads(visitor.get(f"/publications/{CLOSED}/figures.json").text)["invited"]
    assert [one["list"] for one in sealed["lists"]] == [LIST]
    assert sealed["lists"][0]["all"]["answered"] == part.counts.answered
    table = csv.DictReader(io.StringIO(visitor.get(f"/publications/{CLOSED}/sectors/travel.csv").text))
    rows = {(row["figure"], row["of"]): row for row in table}
    answered = rows["invited_answered", LIST]
    assert (answered["value"], answered["n"]) == (str(part.counts.answered), str(part.counts.invited))
    assert rows["invited_silent", f"{LIST}#high-need"]["of_label"] == f"{LIST}: companies from priority countries"
    assert rows["by_themselves", ""]["value"] == str(snapshot.invitations.by_themselves_in("travel"))


def test_an_unconfirmed_company_counts_neither_as_answered_nor_as_registered_by_itself(
    own_demonstration: Site,
) -> None:
    """If somebody poses as an invited company and submits, the company still counts as silent."""
    with own_demonstration.store() as session, session.begin():
        before = [one.progress for one in store.invited_companies(session, 3)]
        organisation = store.add_organisation(session, "Example Voyages 01", at=NOON, demonstration=True)
        store.assessment_for(session, organisation, edition="child-protection-2026", year=YEAR, at=NOON)
        lines = store.invited_companies(session, 3)
        assert [one.progress for one in lines] != before and lines[-16].registered is not None
    steward = own_demonstration.client("steward")
    closing = f"/steward/periods/{YEAR}/close"
    preview = text_of(steward.get(closing).text)
    post(steward, closing, form_at="/steward", sure="yes")
    with own_demonstration.store() as session:
        (part,) = published_snapshot(session, YEAR).invitations.lists_of("travel")
    assert part.silent_companies and "Example Voyages 01" in part.silent_companies
    assert not isinstance(part.counts.answered, Suppressed)
    assert f"Of the {part.counts.invited} companies on the list “Tour operators {YEAR}”" in preview
    assert f"{len(part.silent_companies)} silent companies would be named." in preview
