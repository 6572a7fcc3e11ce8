"""Submissions to the form of an edition become an answers file, which scores the same as the original answers."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
from click.testing import Result

from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.answers_file import read_answers_csv
from compliance.questionnaire.edition import HEADQUARTERS_QUESTION, Edition
from compliance.questionnaire.loader import find_edition
from compliance.questionnaire.routing import YES, route_questions, routing_ids
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.score import Scores, score
from compliance.xlsform.submission_import import read_submissions
from tests.support.examples import SHARE, tries
from tests.support.random_editions import PLACES, completed, random_edition, random_sheet
from tests.support.xforms import XForm, as_offered, csv_text, form_and_xform, given
from tests.support.xlsforms import run

REAL = "child-protection-2026"
#: The number of companies that fill in the form.
FILLED = 4 if SHARE >= 1 else 2
#: How each server writes a file: separator of groups, columns for multiple choices, and separator of cells.
SHAPES = {
    "central": ("-", "together", ","),
    "central, choices apart too": ("-", "both", ","),
    "kobo": ("/", "both", ";"),
    "kobo, choices apart": ("/", "apart", ";"),
    "without groups": ("", "together", ","),
}
ABOUT = {"-": ["SubmissionDate", "meta-instanceID", "KEY", "SubmitterName", "ReviewState", "FormVersion"],
         "/": ["start", "__version__", "meta/instanceID", "_id", "_uuid", "_submission_time", "_validation_status"],
         "": ["SubmissionDate", "KEY"]}  # fmt: skip


@cache
def real() -> tuple[Edition, XForm]:
    made = find_edition(REAL)
    return made, form_and_xform(made, evidence=True)[1]


def exported(filled: Sequence[dict[str, str]], shape: str, several: dict[str, list[str]]) -> str:
    """The filled forms as the CSV file of a server; `several` has the choices of each question with more than one."""
    between, choices, delimiter = SHAPES[shape]
    columns: dict[str, list[str]] = {}
    for path in filled[0]:
        *groups, name = path.split("/")[2:]
        header = between.join([*groups, name]) if between else name
        texts = [form[path] for form in filled]
        if name not in several or choices != "apart":
            columns[header] = texts
        if name in several and choices != "together":
            for choice in several[name]:
                columns[f"{header}/{choice}"] = ["" if not text else str(int(choice in text.split())) for text in texts]
    for name in ABOUT[between]:
        columns[name] = ["" if "eview" in name or "valid" in name else "x"] * len(filled)
    return csv_text(list(columns), zip(*columns.values(), strict=True), delimiter)


def choices_of(made: Edition) -> dict[str, list[str]]:
    from compliance.xlsform.xpath import field_name as name_of

    several = {q.id: [o.id for o in q.options] + ["none"] for q in made.questions.values() if q.kind == "many"}
    several |= {q.id: [*PLACES] for q in made.questions.values() if q.kind == "countries"}
    several |= {q.id: [*PLACES, "none", "planned", "dated"] for q in made.places_questions}
    return {name_of(question_id): choices for question_id, choices in several.items()}


def as_a_form_takes_it(made: Edition, sheet: AnswerSheet) -> AnswerSheet:
    """The sheet without what its company is not asked or offered; "not applicable" has a reason in a form."""
    answers = as_offered(made, {q: a for q, a in sheet.answers.items() if a != NotApplicable("")})
    asked = replace(sheet, answers=answers)
    for question_id in made.questions:
        at = route_questions(made, asked)[question_id]
        if (at.asked, at.counts) != (YES, YES):
            asked = replace(asked, answers={q: a for q, a in asked.answers.items() if q != question_id})
    hidden = [q for q, at in route_questions(made, asked).items() if (at.asked, at.counts) != (YES, YES)]
    demanded = {q for q in routing_ids(made) if q in made.questions and not made.questions[q].scored}
    waiting = {q.id for q in made.places_questions if not isinstance(asked.answers.get(q.places), tuple)}
    unsaid = {*asked.answers, *hidden, *demanded, *waiting, HEADQUARTERS_QUESTION}
    asked = replace(asked, words={q: word for q, word in asked.words.items() if q not in unsaid})
    evidence = {q for q in asked.evidenced if isinstance(asked.answers.get(q), str | float | tuple)}
    return replace(
        asked,
        evidenced=frozenset(
            q for q in evidence if made.questions[q].evidence == "expected" and made.questions[q].scored
        ),
    )


def equal(first: Scores, second: Scores) -> None:
    for part, result in first.results.items():
        np.testing.assert_array_equal(result.value, second.results[part].value, err_msg=part)


def sheets_of(rng: Random, made: Edition, number: int, **keys: float) -> list[AnswerSheet]:
    sheets = []
    for i in range(number):
        about = {name: rng.choice(f.values) for name, f in made.profile.items()}
        sheet = random_sheet(rng, made, about=about, **keys)
        if "about.headquarters" in made.questions:
            words = {q: word for q, word in sheet.words.items() if q != "about.headquarters"}
            sheet = replace(sheet, answers=sheet.answers | {"about.headquarters": ("KHM",)}, words=words)
        sheets.append(replace(sheet, company=f"Example {i}"))
    return sheets


# ── The same answers, the same scores


@cache
def filled_in(seed: str) -> tuple[list[AnswerSheet], list[dict[str, str]]]:
    """Sheets of the real edition, and the forms that are filled in with them."""
    made, form = real()
    wanted = [as_a_form_takes_it(made, sheet) for sheet in sheets_of(Random(seed), made, FILLED)]
    return wanted, [form.fill(given(sheet, made)) for sheet in wanted]


@pytest.mark.parametrize("shape", SHAPES)
def test_submissions_to_the_real_form_score_the_same_as_the_original_answers(shape: str, tmp_path: Path) -> None:
    """Below a share of 1, the same forms are written in every shape, as filling them in takes longest."""
    made, _ = real()
    wanted, filled = filled_in(shape if SHARE >= 1 else "any")
    (tmp_path / "export.csv").write_text(exported(filled, shape, choices_of(made)), encoding="utf-8")
    result = run("submissions", REAL, tmp_path / "export.csv", "--out", tmp_path / "answers.csv")
    assert result.exit_code == 0, result.output
    assert result.output == f"{tmp_path}/answers.csv: answers of {FILLED} companies\n"
    collected = read_answers_csv(made, tmp_path / "answers.csv")
    assert list(collected) == wanted
    compiled = compile_edition(made)
    for basis in ("claimed", "evidenced"):
        equal(score(compiled, collected, basis), score(compiled, wanted, basis))
    out = tmp_path / "scores.csv"
    assert run("score", REAL, tmp_path / "answers.csv", "--out", out).exit_code == 0
    assert f"Example {FILLED - 1},overall" in out.read_text(encoding="utf-8")


def test_hiding_questions_that_cannot_earn_points_does_not_change_the_score_of_a_complete_sheet() -> None:
    made, form = real()
    (sheet,) = sheets_of(Random(1), made, 1, blanks=0, not_applicable=0)
    names = form.fill(given(sheet, made))
    shown = as_a_form_takes_it(made, sheet)
    assert len(shown.answers) < len(sheet.answers), "the form hid something"
    assert sum(bool(text) for path, text in names.items()) > len(shown.answers)
    compiled = compile_edition(made)
    np.testing.assert_array_equal(score(compiled, [shown]).overall.value, score(compiled, [sheet]).overall.value)


@pytest.mark.parametrize("seed", range(tries(25)))
def test_submissions_to_random_forms_score_the_same_as_the_original_answers(seed: int, tmp_path: Path) -> None:
    rng = Random(seed)
    made = random_edition(rng)
    _, form = form_and_xform(made, evidence=True)
    sheets = [as_a_form_takes_it(made, sheet) for sheet in sheets_of(rng, made, 3)]
    sheets += [as_a_form_takes_it(made, replace(completed(rng, made, sheets[0]), company="Example 9"))]
    shape = rng.choice(list(SHAPES))
    filled = [form.fill(given(sheet, made)) for sheet in sheets]
    file = tmp_path / "export.csv"
    file.write_text(exported(filled, shape, choices_of(made)), encoding="utf-16")
    collected = read_submissions(made, file)
    answers = tmp_path / "answers.csv"
    answers.write_text(csv_text(collected.header, collected.rows), encoding="utf-8")
    assert list(read_answers_csv(made, answers)) == sheets
    compiled = compile_edition(made)
    for basis in ("claimed", "evidenced"):
        equal(score(compiled, read_answers_csv(made, answers), basis), score(compiled, sheets, basis))


def test_evidence_and_reasons_are_kept_word_for_word(tmp_path: Path) -> None:
    made, _ = real()
    question = next(q for q in made.questions.values() if q.na == "reason" and q.asked_when is None)
    file = tmp_path / "export.csv"
    file.write_text(
        f"COMPANY,EDITION,{named(question.id)}_REASON,r05__text,r05__text_EVIDENCE\n"
        f'Example Tours 1,{made.id} {made.digest},"Only in Chile, and ""small""",paying helping,"Code, page 4"\n',
        encoding="utf-8",
    )
    collected = read_submissions(made, file)
    row = dict(zip(collected.header, collected.rows[0], strict=True))
    assert (row[question.id], row[f"{question.id}#reason"]) == ("n/a", 'Only in Chile, and "small"')
    assert (row["r05.text"], row["r05.text#evidence"]) == ("paying|helping", "Code, page 4")
    assert collected.notes == ()


def named(question_id: str) -> str:
    from compliance.xlsform.xpath import field_name as name_of

    return name_of(question_id)


# ── Reports and errors


def submissions(tmp_path: Path, *lines: str, encoding: str = "utf-8") -> Result:
    file = tmp_path / "export.csv"
    file.write_text("\n".join([*lines, ""]), encoding=encoding)
    return run("submissions", REAL, file, "--out", tmp_path / "answers.csv")


def test_a_submission_that_a_reviewer_rejected_is_left_out_and_reported(tmp_path: Path) -> None:
    result = submissions(
        tmp_path,
        "COMPANY,r03__text,ReviewState,_validation_status",
        "Example 1,none,approved,",
        "Example 2,none,rejected,",
        "Example 2,none,,validation_status_not_approved",
        "Example 3,none,hasIssues,",
    )
    assert result.exit_code == 1, "r03.text has no option none"
    good = find_edition(REAL).questions["r03.text"].options[0].id
    result = submissions(
        tmp_path,
        "COMPANY,r03__text,ReviewState,_validation_status",
        f"Example 1,{good},approved,",
        f"Example 2,{good},rejected,",
        f"Example 2,{good},,validation_status_not_approved",
        f"Example 3,{good},hasIssues,",
    )
    assert result.exit_code == 0, result.output
    assert "left out, as a reviewer rejected them: rows 3, 4" in result.output
    assert "nothing shows that these are answers to" in result.output
    assert "answers of 2 companies" in result.output


def test_answers_to_an_earlier_form_are_kept_and_reported_and_those_to_another_edition_are_refused(
    tmp_path: Path,
) -> None:
    made, _ = real()
    result = submissions(tmp_path, "COMPANY,EDITION", f"Example 1,{made.id} 0123", f"Example 2,{made.id} {made.digest}")
    assert result.exit_code == 0, result.output
    assert f"row 2: collected with the form of {made.id} before it changed" in result.output
    result = submissions(tmp_path, "COMPANY,EDITION", "Example 1,child-protection-2027 0123")
    assert result.exit_code == 1
    assert "row 2, column EDITION: collected with the form of child-protection-2027: name that edition" in result.output


BAD = {
    "a column nobody knows": (("COMPANY,r03__tex", "Example 1,x"), "column r03__tex: the form of child-protection-2026 "
                              "has no such question; did you mean `r03__text`?"),
    "a column of the user's own": (("COMPANY,my_note", "Example 1,x"), "column my_note: the form of"),
    "labels instead of names": (("Company,What does your code say?,Why?", "Example 1,x,y"),
                                "export with XML values and headers"),
    "no company": (("r03__text,EDITION", "x,"), "the column COMPANY is missing"),
    "a company without a name": (("COMPANY,r05__text", ",paying"), "row 2, column company: a row needs the name"),
    "a company twice": (("COMPANY,r05__text", "Example 1,paying", "Example 1,paying"), "stands in row 2 already"),
    "a column twice": (("COMPANY,code/r05/r05__text,r05__text", "Example 1,paying,paying"), "this column stands twice"),
    "an option nobody knows": (("COMPANY,r05__text", "Example 1,paying boats"), "'boats' is not one of these"),
    "none and others": (("COMPANY,r05__text", "Example 1,none paying"), "'none' excludes the other choices"),
    "choices that disagree": (("COMPANY,r05__text,r05__text/paying,r05__text/helping", "Example 1,paying,1,1"),
                              "row 2, column r05__text: 'paying' is not what the columns of its choices say"),
    "a tick that is none": (("COMPANY,r05__text/paying", "Example 1,maybe"),
                            "row 2, column r05__text/paying: 'maybe' is neither 1 nor 0"),
    "a choice nobody knows": (("COMPANY,r05__text/boats", "Example 1,1"), "column r05__text/boats: the form of"),
    "a cell too many": (("COMPANY,r05__text", "Example 1,paying,more"), "row 2, column 3: 'more' stands in a column"),
    "a broken quotation": (("COMPANY,r05__text", '"Example 1,paying'), "check the quotation marks"),
    "an empty file": (("", ""), "the file is empty"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_faulty_file_is_refused_with_a_message_and_nothing_is_written(what: str, tmp_path: Path) -> None:
    lines, sentence = BAD[what]
    result = submissions(tmp_path, *lines)
    assert result.exit_code == 1, result.output
    assert sentence in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["export.csv"]


def test_a_question_both_answered_and_called_not_applicable_is_an_error(tmp_path: Path) -> None:
    made, _ = real()
    question = next(q for q in made.questions.values() if q.na == "reason" and q.options)
    name = named(question.id)
    result = submissions(tmp_path, f"COMPANY,{name},{name}_REASON", f"Example 1,{question.options[0].id},None here")
    assert result.exit_code == 1
    assert f"row 2, column {name}: answered, and called not applicable as well" in result.output


def test_a_file_that_is_not_text_is_refused_with_a_message(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_bytes(b"PK\x03\x04\x00\x00COMPANY")
    result = run("submissions", REAL, tmp_path / "export.csv", "--out", tmp_path / "answers.csv")
    assert result.exit_code == 1
    assert "save it as “CSV UTF-8”" in result.output
