"""An auditor downloads scorecards of a list in one file: each as if downloaded alone, and recorded as a download."""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Sequence

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from compliance import store
from compliance.scoring.serialisation import submission_json_writer
from compliance.store.answers_and_evidence import AnswerEdit
from compliance.store.review_models import WorkbookDownload
from compliance.web.auditor import sector_list
from compliance.web.edition_registry import editions
from compliance.workbook.scorecard_batch import INDEX_NAME
from tests.support.examples import SHARE
from tests.support.sites import EDITIONS, NOON, PROFILE, YEAR, Site, answers, begin, post, save
from tests.web.auditor.test_audit_pages import assign, hand_in


@pytest.fixture
def numbers(site: Site) -> list[int]:
    """Two assessments, submitted and assigned to Audun: Ana's has a verdict, Olga's has no sector."""
    first, second = begin(site), begin(site, "olga")
    post(site.client("ana"), f"/assessments/{first}/profile", fields=PROFILE)
    save(site, f"/assessments/{first}/code", answers(r1__code="stricter"))
    for number in (first, second):
        hand_in(site, number)
        assign(site, number)
    with site.store() as session, session.begin():
        by = site.people["audun"].id
        store.record_determination(session, first, "r1.code", verdict="confirmed", by=by, at=NOON)
    return [first, second]


def taken(site: Site) -> list[tuple[int, int, int, str]]:
    d = WorkbookDownload
    with site.store() as session:
        rows = session.execute(select(d.id, d.assessment_id, d.by, d.verdicts).order_by(d.id))
        return [tuple(row) for row in rows]


def cells(content: bytes) -> dict[str, list[list[object]]]:
    return {page.title: [[cell.value for cell in row] for row in page.iter_rows()] for page in load_workbook(
        io.BytesIO(content), read_only=True).worksheets}  # fmt: skip


def test_the_zip_has_each_scorecard_of_the_list_as_it_is_when_downloaded_alone(site: Site, numbers: list[int]) -> None:
    client = site.client("audun")
    response = client.get("/audit.zip")
    assert response.mimetype == "application/zip" and response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Disposition"] == 'attachment; filename="scorecards.zip"'
    with zipfile.ZipFile(io.BytesIO(response.data)) as file:
        index = _index(file)
        assert [row["file"] for row in index] == file.namelist()[:-1]
        found = {int(row["assessment"]): cells(file.read(row["file"])) for row in index}
    assert {row["company"] for row in index} == {"Example Travel 01", "Example Foods 02"}
    assert {row["period"] for row in index} == {str(YEAR)}
    by = site.people["audun"].id
    kept = taken(site)
    assert sorted((assessment, who) for _id, assessment, who, _shown in kept) == [(n, by) for n in numbers]
    assert {assessment: "confirmed" in shown for _id, assessment, _who, shown in kept} == dict(
        zip(numbers, (True, False), strict=True)
    )
    for download, number, _by, _shown in kept:
        alone = cells(client.get(f"/assessments/{number}/scorecard.xlsx").data)
        ours = found[number]
        assert ours.keys() == alone.keys()
        for title, rows in alone.items():
            differ = [
                (a, b) for ours_row, row in zip(ours[title], rows, strict=True)
                for a, b in zip(ours_row, row, strict=True) if a != b
            ]  # fmt: skip
            if title != "Method":
                assert differ == [], title
                continue
            assert (str(download), str(taken(site)[-1][0])) in differ, "the number of the download"
            assert len(differ) <= 3, "and the line for reading back, with the moment"


@pytest.mark.site(EDITIONS=[EDITIONS / "walk", EDITIONS / "flags"])
def test_scorecards_of_two_editions_in_several_batches_are_as_when_downloaded_alone(
    sqlite_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, at_once = sqlite_site, 16 if SHARE >= 1 else 6
    monkeypatch.setattr(sector_list, "SCORED_TOGETHER", at_once)
    of_walk = [[("r1.code", "stricter")], [("r4.code", "yes"), ("r4.practice", "no")], []]
    drawn = ["flags-example" if number % 7 == 3 else "walk-2026" for number in range(at_once + 5)]
    for number, edition in enumerate(drawn):
        said = of_walk[number % 3] if edition == "walk-2026" else [("told", "yes")][: number % 2]
        answered(site, f"Company {number}", edition, said)
    client = site.client("audun")
    with zipfile.ZipFile(io.BytesIO(client.get("/audit.zip").data)) as file:
        index = _index(file)
        found = {int(row["assessment"]): rows_of(file.read(row["file"])) for row in index}
    assert Counter(row["edition"] for row in index) == Counter(drawn)
    for number, ours in found.items():
        alone = rows_of(client.get(f"/assessments/{number}/scorecard.xlsx").data)
        assert ours.keys() == alone.keys()
        differ = {name for name, rows in alone.items() for a, b in zip(ours[name], rows, strict=True) if a != b}
        assert len(differ) == 1, "only the sheet Method differs, as it has the number of the download"
        (method,) = differ
        lines = sum(a != b for a, b in zip(ours[method], alone[method], strict=True))
        assert lines <= 3, "the number, its moment, and the line for reading back"


def rows_of(content: bytes) -> dict[str, list[bytes]]:
    """The rows of each sheet as they are in the file, with their texts. This is quicker than reading cells."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        texts = re.findall(rb"<si>.*?</si>", file.read("xl/sharedStrings.xml"), re.DOTALL)
        sheets = {name: file.read(name) for name in file.namelist() if name.startswith("xl/worksheets/sheet")}
    spelt = {name: re.sub(rb't="s"><v>(\d+)<', lambda n: texts[int(n[1])], xml) for name, xml in sheets.items()}
    return {name: xml.split(b"</row>") for name, xml in spelt.items()}


def answered(site: Site, company: str, edition: str, said: Sequence[tuple[str, str]]) -> None:
    """A company that has given and submitted some answers; the assessment is assigned to Audun."""
    with site.app.app_context(), site.store() as session, session.begin():
        asked, auditor = editions()[edition], site.people["audun"].id
        person = store.register_company(
            session,
            organisation=company,
            name="Somebody",
            email=f"{company.replace(' ', '-').lower()}@example.org",
            password_hash="",
            at=NOON,
            status="confirmed",
        )
        assert person.organisation_id is not None
        number = store.assessment_for(session, person.organisation_id, edition=edition, year=YEAR, at=NOON).id
        edits = [AnswerEdit(question, answer) for question, answer in said]
        store.save_answers(session, number, edits, by=person.id, at=NOON)
        scores = submission_json_writer(asked.compiled)
        store.submit(session, number, by=person.id, at=NOON, edition=asked.edition, consent="counted", scores=scores)
        store.assign_auditor(session, number, auditor=auditor, by=site.people["stella"].id, at=NOON)


def test_the_zip_follows_the_filter_and_the_page_leads_to_it(site: Site, numbers: list[int]) -> None:
    client = site.client("audun")
    page = client.get("/audit?sector=travel").text
    assert 'href="/audit.zip?sector=travel"' in page
    with zipfile.ZipFile(io.BytesIO(client.get("/audit.zip?sector=travel").data)) as file:
        assert file.namelist() == [f"scorecard-Example-Travel-01-{YEAR}.xlsx", INDEX_NAME]
    assert [row[1] for row in taken(site)] == numbers[:1]


def test_an_empty_list_says_so_and_nobody_but_the_auditor_gets_scorecards(site: Site, numbers: list[int]) -> None:
    response = site.client("audun").get("/audit.zip?sector=goods")
    assert response.status_code == 302 and response.location == "/audit?sector=goods"
    assert "None of them matches this choice." in site.client("audun").get(response.location).text
    for who in ("ana", "ada", "stella"):
        assert site.client(who).get("/audit.zip").status_code == 404, who
    assert taken(site) == []


def test_an_assessment_unassigned_while_the_file_is_sent_is_left_out(site: Site, numbers: list[int]) -> None:
    response = site.client("audun").get("/audit.zip")
    pieces = response.iter_encoded()
    sent = next(pieces)
    assert len(taken(site)) == 1, "the next is made when it is its turn"
    with site.store() as session, session.begin():
        for number in numbers:
            store.unassign_auditor(session, number, auditor=site.people["audun"].id, by=None, at=NOON)
    with zipfile.ZipFile(io.BytesIO(sent + b"".join(pieces))) as file:
        assert len(file.namelist()) == 2
    assert len(taken(site)) == 1


def test_a_verdict_given_while_the_file_is_sent_is_in_the_scorecard_as_in_what_is_kept(
    site: Site, numbers: list[int]
) -> None:
    client = site.client("audun")
    with zipfile.ZipFile(io.BytesIO(client.get("/audit.zip").data)) as file:
        order = [int(row["assessment"]) for row in _index(file)]
    response = client.get("/audit.zip")
    pieces = response.iter_encoded()
    sent = next(pieces)
    with site.store() as session, session.begin():
        by = site.people["audun"].id
        store.record_determination(session, order[1], "r1.code", verdict="not-shown", by=by, at=NOON)
    with zipfile.ZipFile(io.BytesIO(sent + b"".join(pieces))) as file:
        index = _index(file)
        assert [int(row["assessment"]) for row in index] == order
        found = cells(file.read(index[1]["file"]))
    assert "not-shown" in taken(site)[-1][3]
    alone = cells(client.get(f"/assessments/{order[1]}/scorecard.xlsx").data)
    assert {title: rows for title, rows in found.items() if title != "Method"} == {
        title: rows for title, rows in alone.items() if title != "Method"
    }


def _index(file: zipfile.ZipFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read(INDEX_NAME).decode("utf-8-sig"))))
