"""Quotations of published readings side by side: of the companies of a sector, and of two versions of one company."""

import gzip
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import insert

from compliance.disclosure.published_reading import (
    DocumentRead,
    KindResult,
    PrintedQuotation,
    ReadPoint,
    content_to_json,
)
from compliance.store import store_edition
from compliance.store.audit_trail import text_digest
from compliance.store.desk_models import DeskReadingRow, PublishedReadingRow, ReadCompanyRow
from compliance.web.database import store_engine
from compliance.web.edition_registry import editions
from compliance.web.presenters.document_pages import QuotedText, wording_of_companies
from tests.narrative.test_reading_wording import made_content
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, Site
from tests.support.stores import statements

KIND = "code"
DOCUMENT = DocumentRead(KIND, "Code", None, "en", "https://example.org/code", NOON.date(), False, "0" * 64)
RESULT = KindResult(KIND, 50.0, 40.0, 60.0, "", 1, 0, 1, 1, 0)


def publish(
    site: Site, company: str, words: Mapping[str, Sequence[str]], *, version: int = 1, sector: str = "travel"
) -> None:
    """Publish a reading by writing its rows. words: the quotation for each question."""
    slug = company.lower().replace(" ", "-")
    at = NOON + timedelta(days=version)
    with site.app.app_context(), site.store() as session, session.begin():
        edition = editions()["walk-2026"].edition
        store_edition(session, edition, at=NOON)
        content = made_content(
            edition,
            company=company,
            slug=slug,
            sector=sector,
            version=version,
            documents=(DOCUMENT,),
            kinds=(RESULT,),
            points=tuple(point(question, said) for question, said in words.items()),
            published=at.date(),
        )
        known = session.query(ReadCompanyRow).filter_by(slug=slug).one_or_none()
        known = known or ReadCompanyRow(name=company, slug=slug, sector=sector, at=NOON)
        session.add(known)
        session.flush()
        reading = DeskReadingRow(company_id=known.id, version=version, edition_id=edition.id, state="published", at=at)
        session.add(reading)
        session.flush()
        text = content_to_json(content)
        row = {"reading_id": reading.id, "edition_digest": edition.digest, "content": text, "digest": text_digest(text)}
        session.execute(insert(PublishedReadingRow).values(**row, at=at))


def point(question: str, said: Sequence[str]) -> ReadPoint:
    quoted = tuple(PrintedQuotation(0, "", "", str(place), text) for place, text in enumerate(said))
    return ReadPoint(KIND, question, "said" if said else "silent", "", True, (), (), quoted, False, "", None)


def page(site: Site, where: str) -> str:
    answer = site.app.test_client().get(where)
    assert answer.status_code == 200, where
    assert faults_of(answer.text) == [], where
    return answer.text


def plain(shown: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<(?!/?(del|ins)>)[^>]+>", " ", shown))


def test_the_texts_of_a_sector_are_shown_side_by_side_with_their_silences(sqlite_site: Site) -> None:
    publish(sqlite_site, "Zeta Tours", {"r1.code": [], "r2.code": ["We forbid the sale of a child."]})
    publish(sqlite_site, "Alpha Tours", {"r1.code": ["The stricter law applies."], "r2.code": []})
    publish(sqlite_site, "Another Sector", {"r2.code": ["Not to be seen here."]}, sector="lodging")
    first = plain(page(sqlite_site, "/companies/wording/travel"))
    assert "1 of 2 texts say something about this." in first
    assert first.index("Alpha Tours “The stricter law applies.”") < first.index("Zeta Tours Not in this text")
    second = plain(page(sqlite_site, "/companies/wording/travel?requirement=r2"))
    assert "Alpha Tours Not in this text" in second and "Zeta Tours “We forbid the sale of a child.”" in second
    assert "Not to be seen here." not in first + second
    listed = page(sqlite_site, "/companies?sector=travel")
    assert "/companies/wording/travel" in listed


def test_only_the_latest_version_of_a_company_is_compared_with_others(sqlite_site: Site) -> None:
    publish(sqlite_site, "Alpha Tours", {"r1.code": ["The old words."]})
    publish(sqlite_site, "Alpha Tours", {"r1.code": ["Quite another sentence."]}, version=2)
    shown = page(sqlite_site, "/companies/wording/travel")
    assert "Quite another sentence." in shown and "The old words." not in shown


def test_two_versions_of_a_company_are_compared_by_requirement(sqlite_site: Site) -> None:
    publish(sqlite_site, "Alpha Tours", {"r1.code": ["The stricter law always applies."], "r2.code": [], "r4.code": []})
    more = {"r1.code": ["The stricter law applies."], "r2.code": ["We forbid the sale of a child."], "r4.code": []}
    publish(sqlite_site, "Alpha Tours", more, version=2)
    shown = plain(page(sqlite_site, "/companies/alpha-tours/2/wording"))
    assert "The stricter law <del>always</del> applies. Reworded The stricter law applies." in shown
    assert "Not in this text Added We forbid the sale of a child." in shown
    assert "Requirements on which neither version says anything" in shown
    assert "/companies/alpha-tours/2/wording" in page(sqlite_site, "/companies/alpha-tours/2")


def test_unpublished_readings_are_not_found(sqlite_site: Site) -> None:
    publish(sqlite_site, "Alpha Tours", {"r1.code": ["The old words."]})
    client = sqlite_site.app.test_client()
    for where in (
        "/companies/wording/lodging",
        "/companies/wording/travel?requirement=r9",
        "/companies/wording/travel?kind=nothing",
        "/companies/wording/travel?page=2",
        "/companies/alpha-tours/1/wording",
        "/companies/nobody/2/wording",
    ):
        assert client.get(where).status_code == 404, where


def test_a_page_of_many_companies_is_small(sqlite_site: Site) -> None:
    words = [f"Sentence {each}: nobody buys, arranges or tolerates the sale of a child anywhere." for each in range(4)]
    for each in range(60):
        publish(sqlite_site, f"Company {each:02}", {"r1.code": [f"{text} Number {each}." for text in words]})
    with statements(store_engine(sqlite_site.app)) as sent:
        shown = page(sqlite_site, "/companies/wording/travel?page=3")
    assert "Company 59" in shown and "Company 49" not in shown
    assert len(sent) <= 12 and len(gzip.compress(shown.encode())) < 15_000


def test_a_company_not_asked_about_a_requirement_is_not_shown_as_silent() -> None:
    texts = [QuotedText("A", "/a", {"r1": ["Words."], "r2": []}), QuotedText("B", "/b", {"r1": []})]
    first, second = wording_of_companies(texts, {"r1": "One", "r2": "Two"})
    assert [(each.company, each.words) for each in first.companies] == [("A", ("Words.",)), ("B", ())]
    assert ([each.company for each in second.companies], second.said, second.total) == (["A"], 0, 1)
    assert [each.company for each in first.of_page(2, 1).companies] == ["B"]
