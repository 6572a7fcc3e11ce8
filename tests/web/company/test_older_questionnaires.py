"""A workbook with the questions of an older edition: what was typed beside a question follows it to its new name."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from compliance.questionnaire.answers import AnswerSheet
from compliance.store import Link
from compliance.store.delegations import DelegatedTo, delegate
from compliance.web.edition_registry import editions
from compliance.workbook.questionnaire_lines import LineColumn
from compliance.workbook.questionnaire_workbook import QuestionnaireMetadata, questionnaire_workbook
from tests.support.questionnaires import Typed, filled_in, shown
from tests.support.sites import EDITIONS, NOON, Site, begin, kept, make_site, settle
from tests.web.company.test_questionnaire_files import apply, evidence
from tests.web.public.test_public_pages import text_of

SHOWN = "https://example.org/code"


@pytest.fixture
def renamed(sqlite_url: str, tmp_path: Path) -> Iterator[Site]:
    """A site that asks walk-2026, where `r4.said` of walk-2025 is called `r4.code` and `r2.lost` is not asked."""
    newer, older = tmp_path / "walk", tmp_path / "walk-2025"
    shutil.copytree(EDITIONS / "walk", newer)
    (newer / "carries").mkdir()
    (newer / "carries" / "walk-2025.yaml").write_text("r4.said: {to: r4.code}\n", encoding="utf-8")
    older.mkdir()
    text = (EDITIONS / "walk" / "edition.yaml").read_text(encoding="utf-8")
    text = text.replace("id: walk-2026", "id: walk-2025").replace("id: r4.code", "id: r4.said")
    (older / "edition.yaml").write_text(text.replace("id: r2.code", "id: r2.lost"), encoding="utf-8")
    site = settle(make_site(sqlite_url, tmp_path, EDITIONS=[older, newer]))
    yield site
    site.close()


def older_workbook(site: Site, typed: Typed) -> bytes:
    with site.app.test_request_context():
        older = editions()["walk-2025"].edition
    metadata = QuestionnaireMetadata(organisation=str(site.people["ana"].organisation_id))
    return filled_in(questionnaire_workbook(older, AnswerSheet("Example Travel 01", {}, {}), metadata), typed)


def test_evidence_beside_a_renamed_question_follows_its_answer(renamed: Site) -> None:
    number, ana = begin(renamed), renamed.client("ana")
    typed: Typed = {"question r4.said": {LineColumn.ANSWER: "Yes", LineColumn.LINK: SHOWN}}
    address, page = shown(ana, number, older_workbook(renamed, typed))
    apply(ana, address, page)
    assert kept(renamed, number) == {"r4.code": "yes"}
    [piece] = evidence(renamed, number)["r4.code"]
    assert isinstance(piece, Link) and piece.url == SHOWN


def test_evidence_beside_a_question_that_is_not_asked_any_more_is_named_as_left_out(renamed: Site) -> None:
    number, ana = begin(renamed), renamed.client("ana")
    typed: Typed = {"question r2.lost": {LineColumn.LINK: SHOWN}}
    page = text_of(shown(ana, number, older_workbook(renamed, typed))[1])
    assert "The evidence beside it is not carried over." in page and SHOWN in page


def test_evidence_beside_a_blank_question_of_a_colleague_is_not_added(renamed: Site) -> None:
    number, jon = begin(renamed), renamed.client("jon")
    with renamed.store() as session, session.begin():
        to = DelegatedTo(renamed.people["jon"].id)
        delegate(session, number, "r4.practice", to, seen=None, by=None, at=NOON)
    typed: Typed = {"question r1.code": {LineColumn.LINK: SHOWN}, "question r4.practice": {LineColumn.ANSWER: "Yes"}}
    address, page = shown(jon, number, older_workbook(renamed, typed))
    assert "This question is not assigned to you" in page
    apply(jon, address, page)
    assert kept(renamed, number) == {"r4.practice": "yes"} and not evidence(renamed, number)
