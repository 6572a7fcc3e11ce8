"""Random answer sheets of the full edition, and scorecard workbooks of any edition."""

import io
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from compliance.languages import interface_messages
from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_companions import edition_in_languages
from compliance.questionnaire.edition_folder import edition_path
from compliance.scoring.compiled_edition import compile_edition
from compliance.workbook.scorecard_data import AssessmentMetadata
from compliance.workbook.scorecard_workbook import ScorecardTemplate
from compliance.workbook.sector_columns import SubmittedScorecard
from compliance.workbook.sector_workbook import write_sector_workbook
from tests.support.examples import SHARE
from tests.support.random_editions import random_answer, random_sheet

#: Templates of scorecards, by id of the edition, language and folder of catalogues. The edition is kept, too, so that
#: its id is not reused.
_TEMPLATES: dict[tuple[int, str, Path], tuple[Edition, ScorecardTemplate]] = {}
_FEW = 8
#: Possible gaps of a sheet: the share of blanks, and the share of N/A among questions that allow it.
GAPS = ((0.0, 0.0), (0.1, 0.3), (0.3, 0.3), (0.7, 0.5), (1.0, 0.0))


@cache
def _in_every_language() -> Mapping[str, Edition]:
    return edition_in_languages(edition_path("child-protection-2026"))


def real(language: str = "en") -> Edition:
    return _in_every_language()[language]


@cache
def one_of_ours(language: str) -> tuple[Edition, AnswerSheet]:
    """Return the main edition with answers; below a share of 1, the quick check, with a sixth of its cells."""
    if SHARE >= 1:
        return real(language), real_sheet(3)
    made = edition_in_languages(edition_path("child-protection-quick"))[language]
    return made, random_sheet(Random(3), made)


def gaps_of(seed: int) -> tuple[float, float]:
    return Random(seed).choice(GAPS)


def real_seeds(number: int) -> list[int]:
    """Return seeds for `real_sheet`. The first five of them have gaps of every size."""
    first = {gaps_of(seed): seed for seed in reversed(range(50))}.values()
    return [*sorted(first), *(seed for seed in range(number) if seed not in first)][:number]


def real_sheet(seed: int) -> AnswerSheet:
    """Draw answers with blanks, N/A, closed gates, and a partly blank profile."""
    rng = Random(seed)
    made = real()
    blanks, not_applicable = rng.choice(GAPS)
    answers = {}
    for question in made.questions.values():
        if rng.random() < blanks:
            continue
        if question.na == "reason" and rng.random() < not_applicable:
            answers[question.id] = NotApplicable("There is none.")
        elif question.kind == "countries":
            answers[question.id] = ("FRA", "KHM")
        elif question.scored:
            worst_first = question.kind == "one" and rng.random() < 0.3
            answers[question.id] = question.options[0].id if worst_first else random_answer(rng, question)
    about: dict[str, str | float] = {
        name: rng.choice(field.values) for name, field in made.profile.items() if rng.random() < 0.8
    }
    evidenced = frozenset(question for question in answers if rng.random() < 0.5)
    return AnswerSheet(f"Example Foods {seed:02}", about, answers, evidenced)


def scorecard_of(
    made: Edition, answers: AnswerSheet, language: str = "en", metadata: AssessmentMetadata | None = None
) -> bytes:
    """Return a scorecard made from a shared template, which `workbook/test_scorecard_template.py` tests."""
    said = metadata or AssessmentMetadata(period="2026", law_as_of="2026-11-24")
    return _template_of(made, language).workbook(answers, said)


def _template_of(made: Edition, language: str) -> ScorecardTemplate:
    key = (id(made), language, interface_messages.TRANSLATIONS)
    if key not in _TEMPLATES:
        if len(_TEMPLATES) == _FEW:
            del _TEMPLATES[next(iter(_TEMPLATES))]
        _TEMPLATES[key] = (made, ScorecardTemplate(compile_edition(made), language))
    return _TEMPLATES[key][1]


def sector_workbook(edition: Edition, lines: Iterable[SubmittedScorecard], **more: Any) -> bytes:
    """Return the workbook with the list of a sector."""
    file = io.BytesIO()
    write_sector_workbook(file, edition, lines, **more)
    return file.getvalue()
