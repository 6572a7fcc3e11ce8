"""What a company reads about the law on its own pages and in its files, and what everybody reads elsewhere."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html import unescape

import openpyxl
import pytest

from compliance import store
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_folder import editions_folder
from compliance.questionnaire.vocabulary import SECTOR_MODULES
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.serialisation import submission_json_writer
from compliance.workbook.scorecard_data import AssessmentMetadata
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, Site, begin, make_site, settle
from tests.support.workbooks import scorecard_of

EDITION = editions_folder() / "child-protection-2026"
DAY = date(2026, 11, 26)
#: A hotel in Portugal, with staff in the United States and guests from Germany and the United Kingdom.
COUNTRIES = {
    "about.headquarters": ["PRT"],
    "about.operations": ["PRT", "USA"],
    "about.suppliers": ["PRT"],
    "about.customers": ["DEU", "GBR"],
}
FIELDS = {
    **dict.fromkeys(SECTOR_MODULES, "no"),
    "sector": "lodging",
    "lodging": "yes",
    "size": "250-4999",
    "children": "none",
    "minors_served": "yes",
    "staff_travel": "no",
    "consumer_marketing": "no",
    "migrant_labour": "no",
    "tiers": "direct",
}
HOTEL = AnswerSheet(
    "Example Hotel",
    profile=dict(FIELDS),
    answers={**{question: tuple(codes) for question, codes in COUNTRIES.items()}, "r56.practice": ("done",)},
)


@pytest.fixture(scope="module")
def site(edition: Edition, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("told")
    site = settle(make_site(f"sqlite:///{folder / 'article34.db'}", folder, EDITIONS=[EDITION]))
    given = {f"profile.{name}": value for name, value in FIELDS.items()}
    given |= {question: "|".join(codes) for question, codes in COUNTRIES.items()}
    lowest = {q.id: q.options[0].id for q in edition.questions.values() if q.kind in ("one", "many") and q.options}
    changes = [store.AnswerEdit(question, text) for question, text in {**lowest, **given}.items()]
    number = begin(site)
    with site.store() as session, session.begin():
        store.save_answers(session, number, changes, by=site.people["ana"].id, at=NOON)
    yield site
    site.close()


def words(site: Site, address: str, who: str | None = "ana") -> str:
    response = site.client(who).get(address)
    assert response.status_code == 200, address
    assert faults_of(response.text) == []
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


def told(text: str, provision: str) -> str:
    """What a page says after a provision, up to about the next one."""
    return text[text.index(provision) :][:700]


def test_a_question_says_for_each_law_whether_it_binds_the_company_and_why(site: Site) -> None:
    text = words(site, "/assessments/1/account")
    assert "Binds the company" not in text and "Binds companies" not in text
    assert "Does not bind you" in told(text, "LkSG s. 10 Due diligence is")
    assert "seat or a branch in Germany" in told(text, "LkSG s. 10 Due diligence is")
    assert "May bind you" in told(text, "MSA s. 54(5) The yearly")
    assert "36 million pounds" in told(text, "MSA s. 54(5) The yearly")
    assert "Does not bind you" in told(text, "Norway Transparency Act s. 5 Companies")


@pytest.mark.parametrize("where", ["scorecard", "improve", "explain/r56"])
def test_pages_of_a_company_do_not_speak_about_companies_in_general(site: Site, where: str) -> None:
    text = words(site, f"/assessments/1/{where}?as=draft")
    assert "bind you" in text
    assert "Binds the company" not in text and "Binds companies" not in text


def test_an_auditor_reads_whom_the_law_binds_and_is_never_addressed_as_the_company(
    site: Site, edition: Edition
) -> None:
    auditor, scores = site.people["audun"].id, submission_json_writer(compile_edition(edition))
    with site.store() as session, session.begin():
        store.submit(session, 1, by=None, at=NOON, edition=edition, consent="private", scores=scores)
        store.assign_auditor(session, 1, auditor=auditor, by=None, at=NOON)
    for where in ("scorecard", "explain/r56"):
        text = words(site, f"/assessments/1/{where}", "audun")
        assert "bind you" not in text and "Binds you" not in text
        assert "Binds companies" in text
        assert "bind you" in words(site, f"/assessments/1/{where}")


def test_a_gap_distinguishes_law_that_binds_from_law_the_company_is_measured_against(site: Site) -> None:
    text = words(site, "/assessments/1/scorecard?as=draft")
    assert re.search(r"May bind you : MSA s. 54\(5\)[^.]*\. Do you carry on a business", text)
    assert re.search(r"Does not bind you : [^.]*LkSG s", text)
    assert re.search(r"Binds you : 18 USC s\. \d+[^.]*\. You have your headquarters or work in the United States", text)
    assert re.search(r"Measured against [^:]*UNGP", text)


@pytest.mark.parametrize("address", ["/law", "/law/lksg", "/law/us-code-18"])
def test_public_pages_say_which_companies_a_law_binds(site: Site, address: str) -> None:
    text = words(site, address, who=None)
    assert "Binds companies: " in text
    assert "bind you" not in text and "Binds the company" not in text


def test_the_page_of_an_instrument_says_how_it_is_known_whom_it_binds(site: Site) -> None:
    text = words(site, "/law/lksg", who=None)
    assert "Binds companies: those with their seat or a branch in Germany" in text
    assert "The wording was checked in the law itself, or in a faithful copy of it. Source: Text of section 1" in text


def test_the_workbook_of_a_company_applies_the_law_of_its_own_date(edition: Edition) -> None:
    def law_sheet(today: date | None) -> str:
        content = scorecard_of(edition, HOTEL, metadata=AssessmentMetadata(today=today))
        sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True)["Law"]  # without parsing the other sheets
        rows = sheet.iter_rows(max_col=2, values_only=True)
        return next(str(whom) for name, whom in rows if name and str(name).startswith("CSDDD art. 12"))

    assert law_sheet(DAY).startswith("May bind you from 26 July 2029: Are you the parent of a group")
    assert law_sheet(date(2029, 7, 26)).startswith("May bind you: Are you the parent of a group")
    assert law_sheet(None).startswith("Binds companies: from 26 July 2029")


def test_pages_apply_the_law_of_today(site: Site) -> None:
    today = datetime.now(UTC).date()
    starts = {"2027-12-14": "Forced Labour", "2029-07-26": "CSDDD"}
    if all(
        str(today) < day for day in starts
    ):  # once these laws apply, the cases of tests/data/golden say what is expected
        assert "May bind you from 26 July 2029" in words(site, "/assessments/1/scorecard?as=draft")
