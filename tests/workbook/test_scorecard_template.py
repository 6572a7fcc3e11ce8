"""Scorecards made one after another from a template are the same, byte for byte, as those made individually."""

import gc
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, partial
from random import Random

import pytest

from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.improvement.plan import improve
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.workbook import scorecard_workbook as scorecards
from compliance.workbook import workbook_package
from compliance.workbook.scorecard_data import AssessmentMetadata, EarlierSubmission
from compliance.workbook.scorecard_layout import OwnColumn, PassageLine
from compliance.workbook.scorecard_workbook import ScorecardTemplate, scorecard_workbook
from tests.support.closed_worlds import EDITION as PEERS
from tests.support.closed_worlds import QUESTIONS, SECTORS, worlds
from tests.support.examples import SHARE, tries
from tests.support.live_scorecards import with_verdicts
from tests.support.odd_editions import STEERED, steered_sheet
from tests.support.ooxml_rules import broken_rules
from tests.support.random_editions import random_edition, random_sheet
from tests.support.workbooks import real, real_sheet
from tests.workbook.test_text_in_cells import MADE, NAMES

WRITTEN = (*NAMES, "", "https://example.org/a and more", "شركة مثال", "0", "-0.0", "n/a", "not asked")


def beside(rng: Random, edition: Edition, sheet: AnswerSheet) -> AssessmentMetadata:
    """Random additions to answers: names, evidence, comments, columns, the previous submission."""

    def texts(ids: Sequence[str]) -> dict[str, str]:
        return {each: rng.choice(WRITTEN) for each in ids if rng.random() < 0.4}

    questions = list(edition.questions)
    plan = compile_edition(edition)
    return AssessmentMetadata(
        company=rng.choice(WRITTEN),
        period=rng.choice(("", "2026", "=2026")),
        today=rng.choice((None, date(2026, 3, 1), date(2027, 9, 9))),
        reasons=texts(questions),
        evidence=texts(questions),
        comments=texts([*questions, *edition.nodes]),
        next_reviews={each: date(2027, rng.randint(1, 12), 5) for each in questions if rng.random() < 0.3},
        published=rng.choice((None, published())),
        passages=tuple(passage(rng) for _ in range(rng.choice((0, 0, 2)))),
        by_choice=tuple(rng.choice(WRITTEN) for _ in range(rng.randint(0, 2))),
        improvement_plan=improve(plan, sheet) if edition.bands and rng.random() < 0.3 else None,
        own_columns=tuple(OwnColumn(rng.choice(WRITTEN), texts(questions)) for _ in range(rng.randint(0, 2))),
        earlier=rng.choice((None, (), (EarlierSubmission(plan, replace(sheet, answers={}), date(2026, 1, 1)),))),
    )


@cache
def published() -> PublishedSnapshot:
    """Published figures of some sectors, with which companies of one edition can be compared."""
    return next(worlds(1)).snapshot


def passage(rng: Random) -> PassageLine:
    key, *words = (rng.choice(WRITTEN) for _ in range(8))
    return PassageLine(key, rng.choice((None, True, False)), *words)


def check(
    edition: Edition, sheets: Sequence[AnswerSheet], language: str, figures: PublishedSnapshot | None = None
) -> None:
    """Check all sheets, and the first one again at the end, each time with other additions.

    `figures`: the published figures in every scorecard but the last. Otherwise, there are some in every second one.
    """
    plan, rng = compile_edition(edition), Random(len(edition.questions))
    template = ScorecardTemplate(plan, language)
    said = [(sheet, beside(rng, edition, sheet)) for sheet in (*sheets, sheets[0])]
    if figures is not None:
        said = [(sheet, replace(metadata, published=figures)) for sheet, metadata in said[:-1]] + said[-1:]
    apart = [scorecard_workbook(plan, sheet, metadata, language=language) for sheet, metadata in said]
    for (sheet, metadata), content in zip(said, apart, strict=True):
        assert template.workbook(sheet, metadata) == content, sheet
        assert broken_rules(content) == []
    together = template.workbooks((sheet, partial(replace, metadata)) for sheet, metadata in said)
    for (sheet, _metadata), content, alone in zip(said, together, apart, strict=True):
        assert content == alone, sheet


@pytest.mark.parametrize("seed", range(tries(20)))
def test_scorecards_of_any_edition_are_the_same_from_a_template_with_any_additions(seed: int) -> None:
    rng = Random(seed)
    made = random_edition(rng, negative=seed % 3 > 0, by_choice=seed % 4 == 3)
    sheets = [random_sheet(rng, made) for _ in range(3 if SHARE >= 1 else 1)]
    check(made, [*sheets, with_verdicts(rng, made, sheets[0])], ("en", "ar", "fr", "es")[seed % 4])


def test_scorecards_with_conditions_and_critical_requirements_are_the_same_from_a_template() -> None:
    seeds = range(4 if SHARE >= 1 else 2)
    check(STEERED, [with_verdicts(Random(seed), STEERED, steered_sheet(Random(seed))) for seed in seeds], "ar")
    check(MADE, [AnswerSheet("", {}, {}), AnswerSheet("=1", {"size": "1-9"}, {"a": "o1", "c": 50.0})], "en")


@pytest.mark.parametrize("language", ["en", "ar"] if SHARE >= 1 else ["ar"])
def test_scorecards_with_published_figures_of_the_sector_are_the_same_from_a_template(language: str) -> None:
    tens = range(1, 6 if SHARE >= 1 else 3)
    sheets = [AnswerSheet("Example", {"sector": SECTORS[0]}, dict.fromkeys(QUESTIONS, 10.0 * n)) for n in tens]
    check(PEERS, sheets, language, published())


def test_scorecards_of_the_main_edition_are_the_same_from_a_template() -> None:
    plan = compile_edition(real())
    first, second = (with_verdicts(Random(seed), real(), real_sheet(seed)) for seed in (3, 8))
    template = ScorecardTemplate(plan)
    template.workbook(first)
    assert template.workbook(second) == scorecard_workbook(plan, second)


def test_sheets_are_read_a_few_at_a_time_and_additions_are_requested_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    read, asked = list[str](), list[str]()
    together = scorecards.SCORED_TOGETHER if SHARE >= 1 else 7
    monkeypatch.setattr(scorecards, "SCORED_TOGETHER", together)

    def cards() -> Iterator[tuple[AnswerSheet, Callable[[], AssessmentMetadata]]]:
        for number in range(together + 5):
            sheet = AnswerSheet(f"Company {number}", {"size": "1-9"}, {"a": "o1", "c": float(number)})
            read.append(sheet.company)
            yield sheet, partial(said, sheet.company)

    def said(company: str) -> AssessmentMetadata:
        asked.append(company)
        return AssessmentMetadata(period=company)

    was_on, contents = gc.isenabled(), list[bytes]()
    for content in ScorecardTemplate(compile_edition(MADE)).workbooks(cards()):
        contents.append(content)
        assert len(asked) == len(contents) and len(read) - len(contents) < together
        assert gc.isenabled() == was_on
    assert asked == read and len(set(contents)) == len(contents) == together + 5


def test_parts_are_the_same_whether_isal_or_zlib_compresses_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan, sheet = compile_edition(MADE), AnswerSheet("A company", {"size": "1-9"}, {"a": "o1", "c": 50.0})
    first = parts_of(scorecard_workbook(plan, sheet))
    for name in ("compressobj", "crc32"):
        monkeypatch.setattr(workbook_package, name, getattr(zlib, name))
    assert parts_of(scorecard_workbook(plan, sheet)) == first


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}  # this also verifies each checksum
