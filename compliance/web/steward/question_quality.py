"""Item quality: how each question performs in one period, and which to review. Only for the steward."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import current_app, render_template, url_for

from compliance.languages import formats
from compliance.narrative.item_review import (
    COEFFICIENT_DECIMALS,
    agreement_words,
    companies_without_score_sentence,
    flags_with_remedies,
    how_to_read_item_statistics,
    inter_rater_sentences,
    internal_consistency_words,
    item_review_headline,
    theme_title,
    too_few_companies_sentence,
)
from compliance.questionnaire.edition import Edition, Question
from compliance.scoring.coded_answers import CodedAnswers, code_answers
from compliance.statistics.inter_rater import Agreement, RaterComparison, compare_raters
from compliance.statistics.item_analysis import ItemAnalysis, ItemReview, ItemStatistics, analyse_items, items_to_review
from compliance.statistics.thresholds import MIN_UNITS
from compliance.store import claimed_sheet, periods, submission_batches
from compliance.store.period_submissions import SubmissionCount, counted_submissions, submission_counts
from compliance.web.access_control import readers
from compliance.web.database import db
from compliance.web.edition_registry import ServedEdition, edition_by_digest, newest_edition
from compliance.web.forms import choice_of
from compliance.web.steward.blueprint import bp, edition_of_period

#: How many questions are shown at once. The others are folded.
MOST_OPEN = 10
#: How many submissions are analysed, the latest ones: more tell little more, and would slow the page down.
MOST_READ = 1_000
#: The seed of the resamples behind the intervals, so that the page always shows the same ones.
SEED = 1
_PERIOD_QUALITIES = "article34_questions"


@dataclass(frozen=True, slots=True)
class _PeriodQuality:
    """The item analysis of some submissions. Nothing in it is about a single company."""

    of: tuple[int, ...]  # ids of the submissions
    analysis: ItemAnalysis
    comparison: RaterComparison | None  # None: no company has two voices


@dataclass(frozen=True, slots=True)
class QuestionToReview:
    """A question to review."""

    ask: str
    id: str
    url: str
    lines: tuple[tuple[str, str], ...]  # finding and remedy


@dataclass(frozen=True, slots=True)
class ThemeQuality:
    """A theme with the figures of its questions in words; "" if there is none."""

    title: str
    consistency: str
    agreement: str
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]  # id, url, cells


@bp.get("/steward/questions")
@readers("steward")
def questions() -> str:
    """Show the quality of each question in one period."""
    known = [period.year for period in periods(db())]
    year = choice_of("period", known, next(iter(known), None))
    counts = submission_counts(db(), year) if year is not None else ()
    asked = _edition_of(counts)
    looked = _period_quality(asked, year)
    enough = looked.analysis.companies >= MIN_UNITS
    looks = items_to_review(looked.analysis, looked.comparison) if enough else ()
    views = [_question_to_review(asked.edition, look) for look in looks]
    return render_template(
        "steward/questions.html",
        edition=asked.edition,
        year=year,
        years=known,
        analysis=looked.analysis,
        headline=item_review_headline(looked.analysis, looks),
        few=too_few_companies_sentence(looked.analysis.companies),
        without_score=companies_without_score_sentence(looked.analysis),
        voices=list(inter_rater_sentences(looked.comparison, looked.analysis.questions)) if looked.comparison else [],
        reading=list(how_to_read_item_statistics(twice=looked.comparison is not None)),
        looks=views[:MOST_OPEN],
        others=views[MOST_OPEN:],
        themes=_theme_qualities(asked.edition, looked) if enough else [],
        left_out=max(0, _countable(asked.edition, counts) - MOST_READ),
        most_read=MOST_READ,
    )


def _edition_of(counts: Iterable[SubmissionCount]) -> ServedEdition:
    edition = edition_of_period(counts)
    newest = newest_edition()
    return newest if edition.digest == newest.edition.digest else edition_by_digest(edition.digest)


def _countable(edition: Edition, counts: Iterable[SubmissionCount]) -> int:
    """Return how many submissions may be analysed. Private ones may not: their companies were told so."""
    return sum(one.count for one in counts if one.edition_digest == edition.digest and one.consent != "private")


def _period_quality(asked: ServedEdition, year: int | None) -> _PeriodQuality:
    """Return the item analysis of the submissions that count, computed once while they stay the same."""
    own: Mapping[int, int] = {}
    desk: Mapping[int, int] = {}
    if year is not None:
        digest = asked.edition.digest
        own = counted_submissions(db(), year, digest, most=MOST_READ)
        mine = {*own.values()}
        desk = counted_submissions(db(), year, digest, voice="desk", most=MOST_READ, among=mine) if mine else {}
    of = (*own, *desk)
    kept: dict[tuple[int | None, str], _PeriodQuality] = current_app.extensions.setdefault(_PERIOD_QUALITIES, {})
    place = (year, asked.edition.digest)
    if place not in kept or kept[place].of != of:
        kept[place] = _compute_quality(asked, of, [*own], [*desk])
    return kept[place]


def _compute_quality(
    asked: ServedEdition, of: tuple[int, ...], own: Sequence[int], desk: Sequence[int]
) -> _PeriodQuality:
    columns = _columns(asked.edition, own)
    comparison = compare_raters(asked.compiled, columns, _columns(asked.edition, desk), SEED) if desk else None
    return _PeriodQuality(of, analyse_items(asked.compiled, columns), comparison)


def _columns(edition: Edition, submitted: Sequence[int]) -> CodedAnswers:
    """Return submitted answers, with the id of the organisation as company, by which two voices are matched."""
    sheets = (
        replace(claimed_sheet(one, edition), company=str(one.organisation_id))
        for batch in submission_batches(db(), submitted)
        for one in batch
    )
    return code_answers(edition, tuple(sheets))


def _question_to_review(edition: Edition, look: ItemReview) -> QuestionToReview:
    question = look.statistics.question
    lines = tuple((seen, done) for _sign, seen, done in flags_with_remedies(look))
    return QuestionToReview(question.ask, question.id, _question_url(edition, question), lines)


def _question_url(edition: Edition, question: Question) -> str:
    """Return the address of a question on the method pages, which have only the newest edition, or else ""."""
    themes = (theme for theme in edition.themes if any(held.id == question.id for held in theme.questions()))
    theme = next(themes, None)
    if theme is None or edition.digest != newest_edition().edition.digest:
        return ""
    return url_for("method.theme", theme=theme.id) + "#" + question.id


def _theme_qualities(edition: Edition, looked: _PeriodQuality) -> list[ThemeQuality]:
    comparison = looked.comparison
    return [
        ThemeQuality(
            theme_title(edition, theme),
            internal_consistency_words(consistency),
            agreement_words(comparison.scores[theme]) if comparison else "",
            tuple(
                (each.question.id, _question_url(edition, each.question), _cells(each, _answers(comparison, each)))
                for each in looked.analysis.questions.values()
                if each.theme.id == theme
            ),
        )
        for theme, consistency in looked.analysis.themes.items()
    ]


def _answers(comparison: RaterComparison | None, each: ItemStatistics) -> Agreement | None:
    return comparison.questions[each.question.id].answers if comparison else None


def _cells(each: ItemStatistics, agreement: Agreement | None) -> tuple[str, ...]:
    """Return the figures of a question. Those of few companies are blank, as they would reveal their answers."""
    counts = (each.answered, each.blank, each.na)
    shares = [each.share_of_asked(count) if each.asked >= MIN_UNITS else None for count in counts]
    enough = each.answered >= MIN_UNITS
    commonest = each.share_of_answered(each.mode[1]) if each.mode and enough else None
    worths = each.distribution if enough else None
    cells = [
        formats.number(each.asked),
        *(_percent(share) for share in shares),
        _percent(commonest),
        *(_percent(worth) for worth in ((worths.lower, worths.median, worths.upper) if worths else (None,) * 3)),
        "" if each.item_rest is None else formats.number(each.item_rest.rho, COEFFICIENT_DECIMALS),
    ]
    if agreement is not None:
        cells += [
            formats.number(agreement.n),
            "" if agreement.alpha is None else formats.number(agreement.alpha, COEFFICIENT_DECIMALS),
        ]
    return tuple(cells)


def _percent(share: float | None) -> str:
    return "" if share is None else formats.percent(share)
