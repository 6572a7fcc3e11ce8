"""`compliance questions`: item analysis for authors.

Response, item-rest correlation and internal consistency of each question; with --second, inter-rater agreement.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from textwrap import wrap
from typing import Any

import click

from compliance.commands import CommandError
from compliance.commands.answer_files import read_columns, refuse_overwriting, warn_of_similar_names
from compliance.commands.output_files import report_option
from compliance.commands.report import Report, Row, attributes, edition_metadata, keyed_table, show_or_write
from compliance.commands.shared_options import ANSWERS_EPILOG, localised_edition
from compliance.commands.terminal import announce_work, counted, labelled, more_in_file, wrapped_table
from compliance.languages import formats
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import option_label
from compliance.narrative.item_review import (
    COEFFICIENT_DECIMALS,
    agreement_words,
    companies_without_score_sentence,
    flags_with_remedies,
    how_to_read_item_statistics,
    inter_rater_sentences,
    internal_consistency_words,
    item_review_headline,
    read_once_sentences,
    theme_title,
    too_few_companies_sentence,
)
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.faults import did_you_mean, one_of
from compliance.questionnaire.themes import themes_of
from compliance.scoring.compiled_edition import CompiledEdition, compile_edition
from compliance.statistics.inter_rater import QuestionAgreement, RaterComparison, compare_raters
from compliance.statistics.item_analysis import (
    ItemAnalysis,
    ItemReview,
    ItemStatistics,
    analyse_items,
    items_to_review,
    review_item,
)
from compliance.workbook.report_tables import ColumnFormat, ReportColumn, ReportTable, ReportValue

#: The columns for every question: key, heading, format and width.
_ITEM_COLUMNS: tuple[tuple[str, str, ColumnFormat, float], ...] = (
    ("id", N_("Id"), "id", 18),
    ("ask", N_("Question"), "name", 52),
    ("theme", N_("Theme"), "id", 14),
    ("put", N_("Asked of"), "count", 9),
    ("shut", N_("Condition not met"), "count", 9),
    ("answered", N_("Answered"), "count", 9),
    ("blank", N_("Blank"), "count", 9),
    ("na", N_("Does not apply"), "count", 9),
    ("answered_share", N_("Answered, share"), "share", 9),
    ("blank_share", N_("Blank, share"), "share", 9),
    ("na_share", N_("Does not apply, share"), "share", 9),
    ("mean", N_("Mean"), "share", 9),
    ("deviation", N_("Standard deviation"), "share", 9),
    ("lower_quartile", N_("Lower quartile"), "share", 9),
    ("median", N_("Median"), "share", 9),
    ("upper_quartile", N_("Upper quartile"), "share", 9),
    ("full", N_("Full marks"), "share", 9),
    ("nothing", N_("No points"), "share", 9),
    ("commonest_share", N_("The same answer"), "share", 9),
    ("fit_n", N_("Fit: companies"), "count", 9),
    ("fit", N_("Fit with its theme"), "precise", 9),
    ("fit_low", N_("Fit: from"), "precise", 9),
    ("fit_high", N_("Fit: to"), "precise", 9),
)
#: The columns added if companies were read twice.
_SECOND_READER_COLUMNS: tuple[tuple[str, str, ColumnFormat, float], ...] = (
    ("read_twice", N_("Read twice"), "count", 9),
    ("same", N_("Same answer from both"), "share", 9),
    ("alpha", N_("Alpha"), "precise", 9),
    ("alpha_low", N_("Alpha: from"), "precise", 9),
    ("alpha_high", N_("Alpha: to"), "precise", 9),
    ("applies_alpha", N_("Alpha: applicability"), "precise", 9),
    ("applies_apart", N_("Differ on applicability"), "count", 9),
)


@dataclass(frozen=True, slots=True)
class ItemAnalysisReport:
    """Item statistics, inter-rater agreement and the questions to review."""

    edition: Edition
    analysis: ItemAnalysis
    comparison: RaterComparison | None
    reviews: tuple[ItemReview, ...]
    seed: int

    def reading(self, question: str) -> QuestionAgreement | None:
        """Return the agreement of two readers on a question, or None without a second reader."""
        return None if self.comparison is None else self.comparison.questions[question]


def item_sentences(found: ItemAnalysisReport) -> Iterator[str]:
    """Yield sentences about all questions together, and how to read the figures."""
    yield from filter(
        None, (too_few_companies_sentence(found.analysis.companies), companies_without_score_sentence(found.analysis))
    )
    if found.comparison is not None:
        yield from inter_rater_sentences(found.comparison, found.analysis.questions)
        yield from read_once_sentences(found.comparison)
    yield from how_to_read_item_statistics(twice=found.comparison is not None)


def item_report(found: ItemAnalysisReport) -> Report:
    """Return all figures as a report, whose CSV table has a row for each question."""
    columns = _question_columns(found)
    questions = [_question_row(found, each) for each in found.analysis.questions.values()]
    headline = item_review_headline(found.analysis, found.reviews)
    return Report(
        title=_("How the questions perform"),
        sentences=(found.edition.title, headline, *item_sentences(found)),
        metadata={
            **edition_metadata(found.edition),
            "companies": found.analysis.companies,
            "without_score": found.analysis.without_score,
            "companies_read_twice": None if found.comparison is None else found.comparison.companies,
            "seed": found.seed,
            "language": found.edition.language,
        },
        csv_keys=[column.key for column in columns],
        csv_rows=questions,
        tables=(
            _review_table(found, headline),
            keyed_table(_("Questions"), _("Every question"), columns, questions),
            _options_table(found),
            _themes_table(found),
        ),
        json=_json_parts(found, questions),
    )


def _review_table(found: ItemAnalysisReport, headline: str) -> ReportTable:
    columns = (
        ReportColumn("ask", _("Question"), "name", 52),
        ReportColumn("id", _("Id"), "id", 18),
        ReportColumn("gravity", _("Weight"), "count", 9),
        ReportColumn("seen", _("What was seen"), "text", 60),
        ReportColumn("done", _("What the author should do"), "text", 60),
    )
    rows = [
        {**attributes(review.statistics.question, "ask", "id"), "gravity": review.severity, "seen": seen, "done": done}
        for review in found.reviews
        for _sign, seen, done in flags_with_remedies(review)
    ]
    return keyed_table(_("To review"), headline, columns, rows)


def _question_columns(found: ItemAnalysisReport) -> tuple[ReportColumn, ...]:
    twice = _SECOND_READER_COLUMNS if found.comparison is not None else ()
    columns = (*_ITEM_COLUMNS, *twice, ("signs", N_("Flags"), "text", 24))
    return tuple(ReportColumn(key, _(title), kind, width) for key, title, kind, width in columns)


def _question_row(found: ItemAnalysisReport, each: ItemStatistics) -> Row:
    row: dict[str, ReportValue] = {
        **attributes(each.question, "id", "ask"),
        "theme": each.theme.id,
        "put": float(each.asked),
        **{key: float(getattr(each, key)) for key in ("answered", "blank", "na")},
        "shut": float(each.gated_out),
        **{f"{key}_share": each.share_of_asked(getattr(each, key)) for key in ("answered", "blank", "na")},
        "commonest_share": None if each.mode is None else each.share_of_answered(each.mode[1]),
        "signs": "|".join(review_item(each, found.reading(each.question.id)).flags),
    }
    if (spread := each.distribution) is not None:
        row |= {"mean": spread.mean, "deviation": spread.standard_deviation, "median": spread.median}
        row |= {"full": spread.ceiling, "nothing": spread.floor}
        row |= {"lower_quartile": spread.lower, "upper_quartile": spread.upper}
    if (fit := each.item_rest) is not None:
        row |= {"fit_n": fit.n, "fit": fit.rho, "fit_low": fit.low, "fit_high": fit.high}
    if (reading := found.reading(each.question.id)) is not None:
        answers = reading.answers
        row |= {"read_twice": answers.n, "same": reading.exact_agreement, "alpha": answers.alpha}
        row |= {"alpha_low": answers.low, "alpha_high": answers.high, "applies_alpha": reading.applicability.alpha}
        row["applies_apart"] = reading.applicability_disagreements
    return row


def _options_table(found: ItemAnalysisReport) -> ReportTable:
    columns = (
        ReportColumn("id", _("Id"), "id", 18),
        ReportColumn("option", _("Option"), "id", 18),
        ReportColumn("text", _("Answer"), "text", 60),
        ReportColumn("points", _("Points"), "points", 9),
        ReportColumn("taken", _("Chosen by"), "count", 9),
        ReportColumn("share", _("Share of answers"), "share", 9),
    )
    rows = [
        {
            "id": each.question.id,
            "option": id_,
            "text": option_label(each.question, id_),
            "points": option.points if (option := each.question.option(id_)) else 0.0,
            "taken": taken,
            "share": each.share_of_answered(taken),
        }
        for each in found.analysis.questions.values()
        for id_, taken in each.option_counts.items()
    ]
    return keyed_table(_("Options"), _("How many chose each option"), columns, rows)


def _themes_table(found: ItemAnalysisReport) -> ReportTable:
    columns = [
        ReportColumn("title", _("Theme"), "name", 40),
        ReportColumn("id", _("Id"), "id", 18),
        ReportColumn("alpha", _("Consistency"), "precise", 11),
        ReportColumn("requirements", _("Requirements"), "count", 11),
        ReportColumn("companies", _("Companies, at least"), "count", 11),
        ReportColumn("said", _("In words"), "text", 60),
    ]
    scores = {} if found.comparison is None else found.comparison.scores
    if scores:
        columns.append(ReportColumn("score_agreement", _("Agreement on the score"), "text", 50))
    rows = [
        {
            "title": theme_title(found.edition, theme),
            "id": theme,
            "alpha": consistency.alpha,
            "requirements": len(consistency.used),
            "companies": consistency.min_pairs,
            "said": internal_consistency_words(consistency),
            "score_agreement": agreement_words(scores[theme]) if scores else "",
        }
        for theme, consistency in found.analysis.themes.items()
    ]
    return keyed_table(_("Themes"), _("Consistency of the requirements within a theme"), columns, rows)


# ── For programs


def _json_parts(found: ItemAnalysisReport, questions: Sequence[Row]) -> Mapping[str, Any]:
    keys = [column.key for column in _question_columns(found)]
    return {
        "look_again": [_review_json(review) for review in found.reviews],
        "questions": [
            {
                **{key: row.get(key) for key in keys},
                "signs": list(review_item(each, found.reading(each.question.id)).flags),
                "options": dict(each.option_counts),
            }
            for each, row in zip(found.analysis.questions.values(), questions, strict=True)
        ],
        "themes": [
            {
                "id": theme,
                "alpha": consistency.alpha,
                "requirements": list(consistency.used),
                "left_out": list(consistency.left_out),
                "least": consistency.min_pairs,
            }
            for theme, consistency in found.analysis.themes.items()
        ],
        "readings": None if found.comparison is None else _readings_json(found.comparison),
    }


def _review_json(review: ItemReview) -> Mapping[str, Any]:
    signs = [{"sign": sign, "seen": seen, "done": done} for sign, seen, done in flags_with_remedies(review)]
    return {"id": review.statistics.question.id, "gravity": review.severity, "signs": signs}


def _readings_json(comparison: RaterComparison) -> Mapping[str, Any]:
    return {
        "companies": comparison.companies,
        "only_first": list(comparison.only_first),
        "only_second": list(comparison.only_second),
        "scores": {node: attributes(scores, "n", "alpha", "low", "high") for node, scores in comparison.scores.items()},
    }


#: With more questions, their figures are only written to a file.
MOST_ROWS = 50


@click.command("questions", epilog=ANSWERS_EPILOG)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option(
    "--second", type=click.Path(path_type=Path), help="Answers of another reader, or voice, for the same companies."
)
@click.option("--theme", metavar="ID", help="The questions of one theme only.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the resamples behind the intervals.")
@click.option("--language", default="en", show_default=True, help="In which language, by its code: fr, es, ar.")
@report_option
def questions(
    edition: str, answers: Path, second: Path | None, theme: str | None, seed: int, language: str, out: Path | None
) -> None:
    """Show how each question does its work, and which to write anew: for authors, over an answers file.

    It shows how many companies could answer a question, what they answered, and whether it correlates with its theme;
    with --second, how far two readers of the same company agree (Krippendorff's alpha). The screen shows the ten
    questions that need review most; a file has all. The basis is claimed.
    """
    refuse_overwriting(out, answers, *([second] if second else []))
    if seed < 0:
        raise CommandError(f"--seed {seed}: name 0 or a whole number above it")
    with localised_edition(edition, language) as made:
        compiled = compile_edition(made)
        found = _analyse(compiled, answers, second, _checked_theme(made, theme), seed)
        show_or_write(out, partial(_page, found), partial(item_report, found))
    if out is not None:
        click.echo(f"{out}: {counted(len(found.analysis.questions), 'question')} looked at")


def _checked_theme(edition: Edition, theme: str | None) -> str | None:
    known = themes_of(edition)
    if theme is not None and theme not in known:
        hint = did_you_mean(theme, known) or f": name one of {one_of(known)}"
        raise CommandError(f"--theme {theme}: {edition.id} has no such theme{hint}")
    return theme


def _analyse(
    compiled: CompiledEdition, answers: Path, second: Path | None, theme: str | None, seed: int
) -> ItemAnalysisReport:
    edition = compiled.edition
    columns = read_columns(edition, answers, "claimed")
    comparison = None
    if second is not None:
        if second.exists() and answers.exists() and second.samefile(answers):
            raise CommandError(f"--second {second}: this is the answers file itself: name what somebody else answered")
        others = read_columns(edition, second, "claimed")
        warn_of_similar_names(answers, columns.companies, second, others.companies)
        if not set(columns.companies) & set(others.companies):
            raise CommandError(
                f"--second {second}: no company in it is in {answers} too: write their names alike in both"
            )
        comparison = compare_raters(compiled, columns, others, seed)
    announce_work("looking at the questions", len(columns.companies))
    analysis = analyse_items(compiled, columns, theme)
    return ItemAnalysisReport(edition, analysis, comparison, items_to_review(analysis, comparison), seed)


# ── On the screen


def _page(found: ItemAnalysisReport, width: int, most: int | None) -> Iterator[str]:
    yield item_review_headline(found.analysis, found.reviews)
    for sentence in item_sentences(found):
        yield from wrap(sentence, width)
    for review in found.reviews[:most]:
        yield ""
        yield from wrap(f"{review.statistics.question.ask} [{review.statistics.question.id}]", width)
        for _sign, seen, done in flags_with_remedies(review):
            yield from wrap(f"{seen} {done}", width, initial_indent="  - ", subsequent_indent="    ")
    if more := len(found.reviews[len(found.reviews[:most]) :]):
        yield ""
        yield from wrap(more_in_file(more), width)
    yield ""
    yield _("Themes")
    for theme, consistency in found.analysis.themes.items():
        said = labelled(theme_title(found.edition, theme), internal_consistency_words(consistency))
        yield from wrap(said, width, initial_indent="  ", subsequent_indent="    ")
    yield ""
    if len(found.analysis.questions) > MOST_ROWS:
        said = _("The figures of every question are in a file (use --out), or shown here for one theme (use --theme).")
        yield from wrap(said, width)
    else:
        yield from _every_question(found)


def _every_question(found: ItemAnalysisReport) -> Iterator[str]:
    head = [_("Question"), _("Asked of"), _("Answered"), _("Blank"), _("N/A"), _("Median"), _("Fit")]
    if found.comparison is not None:
        head += [_("Read twice"), _("Alpha")]
    yield from wrapped_table(head, [_screen_row(found, each) for each in found.analysis.questions.values()])


def _screen_row(found: ItemAnalysisReport, each: ItemStatistics) -> list[str]:
    shares = [each.share_of_asked(count) for count in (each.answered, each.blank, each.na)]
    row = [
        each.question.id,
        formats.number(each.asked),
        *("" if share is None else formats.percent(share) for share in shares),
        "" if each.distribution is None else formats.percent(each.distribution.median),
        "" if each.item_rest is None else formats.number(each.item_rest.rho, COEFFICIENT_DECIMALS),
    ]
    if (reading := found.reading(each.question.id)) is not None:
        alpha = reading.answers.alpha
        row += [formats.number(reading.answers.n), "" if alpha is None else formats.number(alpha, COEFFICIENT_DECIMALS)]
    return row
