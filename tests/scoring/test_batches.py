"""Many companies and few, and streams and lists, are scored by different code, with exactly equal results."""

import csv
import io
import tracemalloc
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from compliance.questionnaire.answers import Adjusted, AnswerSheet
from compliance.questionnaire.answers_file import iter_sheets, read_sheets
from compliance.questionnaire.csv_table import AnswerFileFaults, escaped_cell, read_table
from compliance.questionnaire.edition import Edition
from compliance.scoring import serialisation
from compliance.scoring.attribution import (
    all_effective_weights,
    losses,
    scores_by_lens,
    scores_by_provision,
)
from compliance.scoring.coded_answers import BASES, AnswerCoder, Basis, code_answers
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.numeric import Floats
from compliance.scoring.result_store import DENSE_LIMIT, DenseStore, MemoisedStore
from compliance.scoring.score import Scores, score, score_blocks
from compliance.scoring.scorecard import FewScored, read_scorecard
from compliance.scoring.serialisation import score_rows, table_pieces
from tests.support.examples import tries
from tests.support.factories import edition, node, number, one
from tests.support.random_editions import random_edition, random_sheet

COMPANIES = 3 * DENSE_LIMIT


def sheets_of(rng: Random, made: Edition, companies: int) -> list[AnswerSheet]:
    """Draw sheets with evidence and verdicts, each of a company with its own name."""
    drawn = [random_sheet(rng, made, not_applicable=rng.choice([0.0, 0.15])) for _ in range(companies)]
    return [replace(sheet, company=f"Example {i}", verdicts=verdicts(rng, sheet)) for i, sheet in enumerate(drawn)]


def verdicts(rng: Random, sheet: AnswerSheet) -> dict[str, str | Adjusted]:
    return {
        question: rng.choice(["confirmed", "not-shown", Adjusted(answer)])
        for question, answer in sheet.answers.items()
        if rng.random() < 0.5
    }


def everything(scores: Scores) -> dict[tuple[str, ...], Floats]:
    """Return all results for some sheets, with the companies in the last dimension."""
    found: dict[tuple[str, ...], Floats] = {}
    for part, result in scores.results.items():
        found["result", part] = np.vstack([result.value, result.coverage, result.score, result.counted_coverage])
    for name, of_parts in (
        ("weight", {part: rows.T for part, rows in all_effective_weights(scores).items()}),
        ("loss", losses(scores)),
    ):
        found |= {(name, part): np.atleast_2d(numbers) for part, numbers in of_parts.items()}
    groups = {
        (lens, value): group for lens, of_lens in scores_by_lens(scores).items() for value, group in of_lens.items()
    }
    groups |= {("law", provision): group for provision, group in scores_by_provision(scores).items()}
    return found | {key: np.vstack([g.value, g.coverage, g.weight]) for key, g in groups.items()}


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("seed", range(tries(6)))
def test_many_companies_at_once_have_the_same_results_as_a_few_at_a_time(seed: int, basis: Basis) -> None:
    rng = Random(seed)
    made = random_edition(rng)
    compiled, sheets = compile_edition(made), sheets_of(rng, made, COMPANIES)
    together = score(compiled, sheets, basis)
    assert isinstance(together.store, MemoisedStore)
    many = everything(together)
    for start in range(0, COMPANIES, DENSE_LIMIT):
        here = slice(start, start + DENSE_LIMIT)
        few = score(compiled, sheets[here], basis)
        assert isinstance(few.store, DenseStore)
        for key, numbers in everything(few).items():
            np.testing.assert_array_equal(numbers, many[key][:, here], err_msg=str(key))


def test_a_requirement_is_calculated_once_for_each_combination_of_answers() -> None:
    made = edition(node("r", one("a", 0, 1, 3), one("b", 0, 2), expects="…"))
    compiled, rng = compile_edition(made), Random(1)
    scores = score(compiled, sheets_of(rng, made, 4 * DENSE_LIMIT))
    assert isinstance(scores.store, MemoisedStore)
    assert len(scores.store.lookup(compiled.tree.slots["r"]).table.rows) == (2 + 3) * (2 + 2)


def test_blocks_of_any_size_have_the_same_scores_as_all_companies_together() -> None:
    rng = Random(5)
    made = random_edition(rng)
    compiled, columns = compile_edition(made), code_answers(made, sheets_of(rng, made, COMPANIES))
    ((_, together),) = score_blocks(compiled, columns)
    for companies in (1, 7, DENSE_LIMIT, DENSE_LIMIT + 1, COMPANIES):
        for where, scores in score_blocks(compiled, columns, companies):
            assert where.stop - where.start <= companies
            for part, result in scores.results.items():
                np.testing.assert_array_equal(result.rows, together.results[part].rows[where], err_msg=part)


@pytest.mark.parametrize("basis", BASES)
def test_streamed_sheets_are_coded_like_a_list_of_sheets(basis: Basis) -> None:
    rng = Random(8)
    made = random_edition(rng)
    sheets = sheets_of(rng, made, 50)
    coding = AnswerCoder(made, BASES)
    for sheet in sheets:
        coding.add(sheet)
    listed, streamed = code_answers(made, sheets, basis), coding.columns(basis)
    assert (listed.companies, listed.judged is None) == (streamed.companies, streamed.judged is None)
    for question, column in listed.answers.items():
        assert column.values == streamed.answers[question].values
        np.testing.assert_array_equal(column.codes, streamed.answers[question].codes)
    for question, credit in listed.credit.items():
        np.testing.assert_array_equal(credit, streamed.credit[question])


def test_a_column_with_more_answers_than_a_byte_can_count_uses_four_bytes() -> None:
    made = edition(node("r", number("n", log=False), expects="…"))
    sheets = [AnswerSheet(f"Example {i}", answers={"n": i / 10}) for i in range(1_000)]
    column = code_answers(made, [AnswerSheet("Blank"), *sheets, sheets[0]]).answers["n"]
    assert (column.codes.dtype, len(column.values), column.codes[0], column.codes[-1]) == (np.uint32, 1_000, 0, 2)
    assert [column.values[code - 2] for code in column.codes[1:-1]] == [i / 10 for i in range(1_000)]


@pytest.mark.parametrize("held", [True, False])
def test_the_table_of_a_stream_equals_that_of_all_sheets_at_once(held: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serialisation, "_TABLE_BLOCK", DENSE_LIMIT)
    monkeypatch.setattr(serialisation, "_LINES_AT_ONCE", 100)
    monkeypatch.setattr(serialisation, "_MOST_ROWS_HELD", 1_000_000 if held else 0)
    rng = Random(13)
    made = random_edition(rng)
    compiled, sheets = compile_edition(made), sheets_of(rng, made, COMPANIES)
    sheets[3] = replace(sheets[3], company='=Schmidt, "Söhne" & Co')
    plain = io.StringIO()
    writer = csv.writer(plain, lineterminator="\n")
    writer.writerows([escaped_cell(cell) for cell in row] for row in score_rows(score(compiled, sheets)))
    pieces = list(table_pieces(compiled, code_answers(made, iter(sheets))))
    assert "".join(lines for _companies, lines in pieces) == plain.getvalue()
    assert sum(companies for companies, _lines in pieces) == COMPANIES and len(pieces) > 1


def test_sheets_are_read_one_by_one_and_faults_are_reported_at_the_end() -> None:
    made = edition(node("r", one("a", 0, 1), expects="…"))
    rows = [["A", "o1"], ["B", "wrong"], ["A", "o0"]]
    sheets = iter_sheets(made, ["company", "a"], iter(rows))
    assert [next(sheets).company for _ in rows] == ["A", "B", "A"]
    with pytest.raises(AnswerFileFaults) as found:
        next(sheets)
    with pytest.raises(AnswerFileFaults) as at_once:
        read_sheets(made, ["company", "a"], rows)
    assert str(found.value) == str(at_once.value)
    assert [(fault.row, fault.column) for fault in found.value.faults] == [(3, "a"), (4, "company")]


def test_a_row_that_is_read_keeps_only_its_name_and_a_byte_for_each_answer_in_memory(tmp_path: Path) -> None:
    """No sheet is kept, as its dictionary would take forty bytes and more for each answer."""
    questions, rows = 20, 20_000
    made = edition(node("r", *(one(f"q{i}", 0, 1, 4) for i in range(questions)), expects="…"))
    path = tmp_path / "answers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["company", *made.questions])
        writer.writerows([f"Example {i}", *(f"o{(i + q) % 3}" for q in range(questions))] for i in range(rows))
    tracemalloc.start()
    table = read_table(path)
    columns = code_answers(made, iter_sheets(made, table.header, table.rows))
    held, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(columns.companies) == rows
    # The name and a reference to it. While reading, also the row, and a place among the names already seen.
    assert held < rows * (questions + 90)
    assert most < rows * (questions + 200)


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("seed", range(tries(30)))
def test_a_few_sheets_scored_together_have_the_same_results_as_each_alone(seed: int, basis: Basis) -> None:
    rng = Random(seed)
    made = random_edition(rng, negative=seed % 3 > 0, by_choice=seed % 4 == 3)
    compiled, sheets = compile_edition(made), sheets_of(rng, made, 7)
    together = FewScored(compiled, sheets, basis, gaps=True, integration=True)
    for at, sheet in enumerate(sheets):
        scored, alone = together.of(at), score(compiled, [sheet], basis)
        assert scored.card == read_scorecard(alone, sheet, basis)
        assert scored.scores.columns.companies == alone.columns.companies
        here, there = everything(scored.scores), everything(alone)
        assert here.keys() == there.keys()
        for key, numbers in there.items():
            np.testing.assert_array_equal(here[key], numbers, err_msg=str(key))
        for question, column in alone.columns.answers.items():
            own = scored.scores.columns.answers[question]
            assert own.values == column.values and own.codes.tolist() == column.codes.tolist(), question
        for question, truths in alone.routes.asked.items():
            assert scored.scores.routes.asked[question].tolist() == truths.tolist(), question
            assert scored.scores.routes.counts[question].tolist() == alone.routes.counts[question].tolist(), question
