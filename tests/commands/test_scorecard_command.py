"""`compliance scorecard`: one company's row of an answers file as a workbook, or what is wrong and nothing written."""

import io
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from compliance.cli import main
from compliance.questionnaire.answers import Answer, AnswerSheet, NotApplicable, Verdict
from compliance.questionnaire.loader import find_edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import make_scorecard
from compliance.workbook.scorecard_data import AssessmentMetadata
from compliance.workbook.scorecard_layout import OwnColumn
from compliance.workbook.scorecard_workbook import scorecard_workbook
from tests.support.factories import bands, edition, node, number
from tests.support.paths import EDITIONS
from tests.support.recalculation import Recalculator, saved

EXAMPLE = EDITIONS / "example-1.yaml"
HEADER = ["company", "profile.sector", "reach.higher.code", "reach.higher.training", "acc.channel.who"]
ROWS = [["Aster", "travel", "stricter", "50", "staff|children"], ["Birch", "travel", "intent", "", "none"]]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def answers_in(folder: Path, kind: str) -> Path:
    path = folder / f"answers.{kind}"
    if kind == "csv":
        path.write_text("\n".join(",".join(row) for row in (HEADER, *ROWS)), encoding="utf-8")
        return path
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADER, *ROWS):
        sheet.append([float(cell) if cell.isdecimal() else cell or None for cell in row])
    book.save(path)
    return path


def test_a_workbook_of_answers_gives_the_same_scores_as_a_csv_file(tmp_path: Path) -> None:
    written = []
    for kind in ("csv", "xlsx"):
        out = tmp_path / f"{kind}.csv"
        result = run("score", EXAMPLE, answers_in(tmp_path, kind), "--out", out)
        assert result.exit_code == 0, result.output
        written.append(out.read_text(encoding="utf-8"))
    assert written[0] == written[1]
    assert "Aster,overall,77.08333333333333," in written[0]


def test_the_scorecard_of_one_company_is_written(tmp_path: Path) -> None:
    out = tmp_path / "birch.xlsx"
    result = run("scorecard", EXAMPLE, answers_in(tmp_path, "xlsx"), "--company", "Birch", "--out", out)
    assert result.exit_code == 0, result.output
    assert "scorecard of Birch" in result.output
    page = openpyxl.load_workbook(io.BytesIO(out.read_bytes()), data_only=True)["Summary"]
    assert [page.cell(10, column).value for column in (2, 3, 4)] == pytest.approx([15, 15, 27.5])


def test_an_unknown_company_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    result = run("scorecard", EXAMPLE, answers_in(tmp_path, "csv"), "--company", "Brich", "--out", out)
    assert result.exit_code == 1
    assert "did you mean `Birch`?" in result.output
    assert not out.exists()


def test_a_file_that_is_no_workbook_is_refused_by_name(tmp_path: Path) -> None:
    answers, out = tmp_path / "answers.xlsx", tmp_path / "out.xlsx"
    answers.write_bytes(b"not a workbook")
    result = run("scorecard", EXAMPLE, answers, "--company", "Birch", "--out", out)
    assert result.exit_code == 1
    assert f"{answers}: it is text, not a workbook: name it .csv" in result.output
    assert not out.exists()


def test_a_row_without_its_profile_still_has_a_scorecard(tmp_path: Path) -> None:
    edition = find_edition(str(EXAMPLE))
    card = make_scorecard(compile_edition(edition), AnswerSheet("Elder", {}, {"acc.channel.who": NotApplicable("x")}))
    answers, out = tmp_path / "answers.csv", tmp_path / "out.xlsx"
    answers.write_text("company,acc.channel.who,acc.channel.who#reason\nElder,n/a,x\n", encoding="utf-8")
    assert run("scorecard", EXAMPLE, answers, "--company", "Elder", "--out", out).exit_code == 0
    page = openpyxl.load_workbook(out, data_only=True)["Summary"]
    assert page["B10"].value == card.overall.score
    assert page["C10"].value == card.overall.worst


@pytest.mark.parametrize("judged", [False, True])
def test_the_summary_speaks_in_words_and_whole_points(judged: bool) -> None:
    made = edition(node("t", number("q")))
    verdicts: dict[str, Verdict] = {"q": "confirmed"} if judged else {}
    sheet = AnswerSheet("Example 1", {}, {"q": 62.46}, frozenset(), verdicts)
    content = scorecard_workbook(compile_edition(made), sheet, AssessmentMetadata(voice="self", law_as_of="2026-02-01"))
    page = openpyxl.load_workbook(io.BytesIO(content), data_only=True)["Summary"]
    assert page["A3"].value == "Made · answered by the company · law catalogue as of 1 February 2026"
    assert page["A6"].number_format == "0"
    assert page["B6"].value.startswith("62 points now; between 62 and 62, depending on")
    said = [row[0].value for row in page.iter_rows()]
    reviewed = " An auditor has given a verdict on 1 of one question." if judged else ""
    assert f"As downloaded: 1 of one question answered.{reviewed}" in said


def test_the_scorecard_is_written_in_the_language_asked_for(tmp_path: Path) -> None:
    answers, out = tmp_path / "answers.csv", tmp_path / "out.xlsx"
    answers.write_text("company\nExample Foods\n", encoding="utf-8")
    result = run(
        "scorecard", "child-protection-quick", answers, "--company", "Example Foods", "--out", out, "--language", "ar"
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    book = openpyxl.load_workbook(out, data_only=True)
    assert book.sheetnames[0] == "الملخص"
    assert book.worksheets[0].sheet_view.rightToLeft
    assert "ar: a draft; nobody has read it over yet" in result.output


def test_an_edition_without_the_language_is_written_in_its_own_and_the_command_says_so(tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    answers = answers_in(tmp_path, "csv")
    result = run("scorecard", EXAMPLE, answers, "--company", "Birch", "--out", out, "--language", "es")
    assert result.exit_code == 0, result.output
    assert "it is not offered in es, so its own texts stand in en" in result.output
    page = openpyxl.load_workbook(out, data_only=True).worksheets[0]
    assert page["A4"].value == "Este cuestionario no está todavía en este idioma. Sus textos están en inglés."


#: Points just below a band, and the sentence about them.
AROUND_A_BAND = {49.7: "49.7", 50.0: "50", 38.0: "38", 49.2: "49"}


def summary_of(points: float) -> bytes:
    made = edition(node("t", number("q")), bands=bands(low=0, high=50))
    sheet = AnswerSheet("Example 1", {}, {"q": points}, frozenset())
    return scorecard_workbook(compile_edition(made), sheet, AssessmentMetadata(voice="self", law_as_of="2026-02-01"))


@pytest.fixture(scope="module")
def recalculated(recalculate: Recalculator) -> Mapping[str, bytes]:
    """The scorecards of `AROUND_A_BAND` recalculated by LibreOffice, by their sentence, all in one run."""
    return recalculate({says: summary_of(points) for points, says in AROUND_A_BAND.items()})


@pytest.mark.parametrize(("points", "says"), AROUND_A_BAND.items())
def test_the_summary_shows_a_whole_number_unless_rounding_would_reach_a_higher_band(
    recalculated: Mapping[str, bytes], points: float, says: str
) -> None:
    content = summary_of(points)
    sentence = f"{says} points now; between {says} and {says}, depending on"
    assert str(saved(content).values["Summary", "B6"]).startswith(sentence)
    again = saved(recalculated[says]).values
    assert str(again["Summary", "B6"]).startswith(sentence), "even when recalculated"
    page = openpyxl.load_workbook(io.BytesIO(content))["Summary"]
    assert page["A6"].number_format == page["B10"].number_format == "0"
    more = {str(cells.sqref): rule.dxf.numFmt.formatCode for cells in page.conditional_formatting
            for rule in cells.rules if rule.dxf and rule.dxf.numFmt}  # fmt: skip
    assert more == {"A6": "0.0", "B10:D10": "0.0", "E10": "0.0", "F10": "0.0"}


def test_an_unknown_language_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    answers = answers_in(tmp_path, "csv")
    result = run("scorecard", EXAMPLE, answers, "--company", "Birch", "--out", out, "--language", "tlh")
    assert result.exit_code == 1
    assert "--language tlh: there is no such language, or too little of it is translated" in result.output
    assert not out.exists()


def test_an_edited_scorecard_is_scored_and_written_again(tmp_path: Path) -> None:
    first, again, scores = tmp_path / "fr.xlsx", tmp_path / "en.xlsx", tmp_path / "scores.csv"
    answers = answers_in(tmp_path, "csv")
    assert run("scorecard", EXAMPLE, answers, "--company", "Aster", "--out", first, "--language", "fr").exit_code == 0
    assert run("scorecard", EXAMPLE, first, "--company", "Aster", "--out", again).exit_code == 0
    page = openpyxl.load_workbook(again, data_only=True)["Summary"]
    assert page["B10"].value == pytest.approx(77.08333333333333)
    assert run("score", EXAMPLE, first, "--out", scores).exit_code == 0
    assert "Aster,overall,77.08333333333333," in scores.read_text(encoding="utf-8")


def test_comments_evidence_and_added_columns_are_kept_and_what_is_not_is_reported(tmp_path: Path) -> None:
    beside = AssessmentMetadata(
        period="2026", law_as_of="2026-02-01", voice="desk",
        evidence={"reach.higher.code": "“We choose the stricter rule.” Code, page 4\nhttps://example.org"},
        comments={"reach.higher.code": "seen on 3 March"}, reasons={"reach.higher.training": "estimated"},
        own_columns=(OwnColumn("Sample?", {"reach.higher.code": "yes"}),),
    )  # fmt: skip
    made, first = find_edition(str(EXAMPLE)), tmp_path / "first.xlsx"
    answers: dict[str, Answer] = {"reach.higher.code": "stricter", "reach.higher.training": 50.0}
    given = AnswerSheet("Aster", {"sector": "travel"}, answers, frozenset({"reach.higher.code"}))
    first.write_bytes(scorecard_workbook(compile_edition(made), given, beside))
    book = openpyxl.load_workbook(first)
    page = book["Review"]
    page.insert_cols(11)  # before the determination
    page.cell(5, 11).value = "Who"
    (row,) = [cells[0].row for cells in page.iter_rows() if cells[0].value == "reach.higher.code"]
    page.cell(row, 12).value = "Confirmed"
    page.cell(row, 11).value = "=1+1"
    book.save(first)
    second = tmp_path / "second.xlsx"
    result = run("scorecard", EXAMPLE, first, "--company", "Aster", "--out", second)
    assert result.exit_code == 0, result.output
    assert f"cell K{row}, row {row}: no new workbook has the formulas of own columns" in result.output
    book = openpyxl.load_workbook(second, data_only=True)
    lines = [[cell.value for cell in line] for line in book["Review"].iter_rows()]
    (cells,) = [line for line in lines if line[0] == "reach.higher.code"]
    assert cells[8] == beside.evidence["reach.higher.code"]
    assert cells[10:13] == ["Answer confirmed", None, "seen on 3 March"]
    assert cells[-1] == "yes"
    assert {"estimated", "Sample?"} <= {text for line in lines for text in line}
    assert "assessed from public sources" in str(book["Summary"]["A3"].value)
    assert run("score", EXAMPLE, second, "--basis", "verified", "--out", tmp_path / "scores.csv").exit_code == 0
    assert "Aster,reach.higher," in (tmp_path / "scores.csv").read_text(encoding="utf-8")
