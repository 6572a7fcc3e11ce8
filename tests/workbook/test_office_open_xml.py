"""Every kind of workbook that the tool writes follows the rules of Office Open XML, and each rule can be broken."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import make_scorecard
from compliance.workbook.report_tables import ReportColumn, ReportTable, report_workbook
from compliance.workbook.sector_columns import SubmittedScorecard
from compliance.xlsform.form_export import export_form
from compliance.xlsform.form_workbook import form_workbook
from tests.support.card_records import record_scores
from tests.support.examples import tries
from tests.support.hostile_workbooks import STRINGS, STYLES, WORKBOOK, put_before, replaced, review_part, with_parts
from tests.support.ooxml_rules import broken_rules, formula_faults
from tests.support.random_editions import random_edition, random_sheet
from tests.support.review_edits import GIVEN, MADE, written
from tests.support.translators import in_french, out
from tests.support.workbooks import one_of_ours, scorecard_of, sector_workbook
from tests.workbook.test_passages_read_back import written as passages

LONG = "=" + "é😀" * 20_000
TABLE = ReportTable(
    "Rows: [all] of them, and a name that is too long",
    LONG,
    (ReportColumn("a", "+1"), ReportColumn("b", "b", "share")),
    [("http://example.org", 0.5), (LONG, 1.0)],
)


def sector_list() -> bytes:
    compiled = compile_edition(MADE)
    record = record_scores([make_scorecard(compiled, GIVEN), make_scorecard(compiled, GIVEN, "evidenced")])
    return sector_workbook(MADE, [SubmittedScorecard(LONG, "food", "1-9", 2026, record)], sector="food", others=2)


WRITTEN: Mapping[str, Callable[[], bytes]] = {
    "a list of a sector": sector_list,
    **{f"a scorecard in {code}": (lambda code=code: written(code)) for code in ("en", "ar")},  # type: ignore[misc]
    "a scorecard of an edition of the tool in ar": lambda: scorecard_of(*one_of_ours("ar"), "ar"),
    **{f"passages in {code}": (lambda code=code: passages(language=code)) for code in ("en", "ar")},  # type: ignore[misc]
    "a report": lambda: report_workbook(LONG, [LONG], [TABLE, TABLE]),
    "a report on paper": lambda: report_workbook(LONG, [LONG], [replace(TABLE, on_paper=True)]),
    "a form": lambda: form_workbook(export_form({"en": MADE})),
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_a_workbook_of_the_tool_follows_every_rule(kind: str) -> None:
    assert broken_rules(WRITTEN[kind]()) == []


@pytest.mark.parametrize("seed", range(tries(20)))
def test_a_scorecard_of_a_random_edition_follows_every_rule(seed: int) -> None:
    made = random_edition(Random(seed))
    assert broken_rules(scorecard_of(made, random_sheet(Random(seed), made))) == []


def test_a_translators_workbook_follows_every_rule(tmp_path: Path) -> None:
    assert broken_rules(out(in_french(tmp_path / "made")).read_bytes()) == []


# ── Each rule can be broken

REVIEW = review_part()
FIRST = b'<row r="1"'
LISTS = re.compile(rb'(<dataValidation type="list"[^>]*?sqref=")[^"]*("[^>]*><formula1>)[^<]*')


def _longer_list(part: bytes) -> bytes:
    assert LISTS.search(part)
    return LISTS.sub(rb'\1AZ1\2"' + b"x" * 256 + b'"', part, count=1)


def _renamed(name: bytes) -> Callable[[bytes], bytes]:
    return lambda part: re.sub(rb'<sheet name="[^"]*"', b'<sheet name="' + name + b'"', part, count=1)


def _second_name(name: bytes, cells: bytes = b"Review!$A$1") -> Callable[[bytes], bytes]:
    return put_before(b"</definedNames>", b'<definedName name="' + name + b'">' + cells + b"</definedName>")


def _formula(formula: bytes) -> Callable[[bytes], bytes]:
    cell = b'<row r="90000"><c r="A90000"><f>' + formula + b"</f><v>0</v></c></row>"
    return put_before(b"</sheetData>", cell)


def _cell(cell: bytes) -> Callable[[bytes], bytes]:
    return put_before(b"</sheetData>", b'<row r="90000">' + cell + b"</row>")


TWO_RULES = b'<dataValidation sqref="A1"/><dataValidation sqref="A1:B2"/>'
TWO_MERGED = b'<mergeCells count="2"><mergeCell ref="A1:B2"/><mergeCell ref="B2:C3"/></mergeCells>'

BROKEN: Mapping[str, tuple[dict[str, object], str]] = {
    "no content type": ({"xl/odd.part": b"x"}, "package: xl/odd.part has no content type"),
    "no part": ({"docProps/app.xml": None}, "package: the content type of docProps/app.xml has no part"),
    "no target": ({"xl/_rels/workbook.xml.rels": replaced(b"theme1.xml", b"theme2.xml")}, "which is not there"),
    "no relationship": ({WORKBOOK: replaced(b'r:id="rId1"', b'r:id="rId99"')}, "which are no relationships of it"),
    "no XML": ({STYLES: put_before(b"</styleSheet>", b"<open>")}, "is not well-formed"),
    "out of order": ({REVIEW: put_before(b"<sheetData>", b"<hyperlinks/>")}, "order: "),
    "unknown element": ({REVIEW: put_before(b"<sheetData>", b"<invented/>")}, "order: "),
    "long sheet name": ({WORKBOOK: _renamed(b"x" * 32)}, "sheets: the name"),
    "sheet name with a colon": ({WORKBOOK: _renamed(b"a:b")}, "sheets: the name"),
    "sheet name twice": ({WORKBOOK: _renamed(b"review")}, "sheets: a name stands twice"),
    "name like a cell": ({WORKBOOK: _second_name(b"AB12")}, "names: 'AB12' is no name"),
    "name with a space": ({WORKBOOK: _second_name(b"a b")}, "names: 'a b' is no name"),
    "name twice": ({WORKBOOK: lambda part: _second_name(b"once")(_second_name(b"ONCE")(part))}, "stands twice"),
    "name of no sheet": ({WORKBOOK: _second_name(b"lost", b"'Gone'!$A$1")}, "names a sheet that is not there: Gone"),
    "row twice": ({REVIEW: put_before(b"</sheetData>", b'<row r="2"/>')}, "cells: row 2 after"),
    "cell out of order": ({REVIEW: _cell(b'<c r="B90000"/><c r="A90000"/>')}, "cells: A90000 in row 90000 after"),
    "column beyond": ({REVIEW: _cell(b'<c r="XFE90000"/>')}, "cells: XFE90000 in row"),
    "no such style": ({REVIEW: _cell(b'<c r="A90000" s="9999"/>')}, "has a style that is not there"),
    "no such text": ({REVIEW: _cell(b'<c r="A90000" t="s"><v>99999</v></c>')}, "has a text that is not there"),
    "long text": ({STRINGS: put_before(b"</sst>", b"<si><t>" + b"x" * 32_768 + b"</t></si>")}, "is too long"),
    "count of texts": ({STRINGS: lambda part: re.sub(rb' count="\d+"', b' count="1"', part)}, "are said to"),
    "count of styles": ({STYLES: put_before(b"</cellXfs>", b"<xf/>")}, "counts: cellXfs says"),
    "long list": ({REVIEW: _longer_list}, "its list has more than 255 characters"),
    "two rules": ({REVIEW: put_before(b"</dataValidations>", TWO_RULES)}, "validations: A1"),
    "merged twice": ({REVIEW: put_before(b"</worksheet>", TWO_MERGED)}, "merged: A1:B2 and B2:C3"),
    "long formula": ({REVIEW: _formula(b"1+" * 4_100 + b"1")}, "it has 8201 characters"),
    "a sheet that is gone": ({REVIEW: _formula(b"Gone!A1")}, "names a sheet that is not there: Gone"),
}  # fmt: skip


@pytest.mark.parametrize("rule", BROKEN)
def test_a_violation_of_each_rule_is_found(rule: str) -> None:
    changes, said = BROKEN[rule]
    found = broken_rules(with_parts(changes))  # type: ignore[arg-type]
    assert any(re.search(said, fault) for fault in found), found


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("IF(" * 65 + "1" + ")" * 65, "nested more than 64 deep"),
        ("SUM(" + ",".join(["1"] * 256) + ")", "has 256 arguments"),
        ("SUM(1", "is not closed"),
        ("SUM(1))", "closed that was not opened"),
        ("IFS(A1,1)", "newer than the format"),
    ],
)
def test_a_formula_that_excel_would_refuse_is_found(formula: str, said: str) -> None:
    assert [said in fault for fault in formula_faults(formula)] == [True]


@pytest.mark.parametrize(
    "formula",
    [
        "IF(" * 64 + "1" + ")" * 64,
        "SUM(" + ",".join(["1"] * 255) + ")",
        '"(((" & A1',
        "'It''s ('!A1",
        "_xlfn.IFS(A1,1)",
    ],
)
def test_a_formula_at_the_limit_is_not_a_violation(formula: str) -> None:
    assert list(formula_faults(formula)) == []
