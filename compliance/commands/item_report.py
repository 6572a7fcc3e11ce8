"""`compliance questions`: item analysis for authors.

Response, item-rest correlation and internal consistency of each question; with --second, inter-rater agreement.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

import click

from compliance.commands import CommandError
from compliance.commands.answer_files import read_columns, refuse_overwriting, warn_of_similar_names
from compliance.commands.report import ENDINGS, Report, checked_ending, write_report
from compliance.commands.shared_options import ANSWERS_EPILOG, localised_edition
from compliance.commands.terminal import announce_work, counted, screen_width, wrapped_table
from compliance.languages import formats
from compliance.languages.interface_messages import N_, ngettext
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
from compliance.questionnaire.edition import Edition, themes_of
from compliance.questionnaire.faults import did_you_mean, one_of
from compliance.scoring.compiled_edition import CompiledEdition, compile_edition
from compliance.statistics.inter_rater import Agreement, QuestionAgreement, RaterComparison, compare_raters
from compliance.statistics.item_analysis import (
    ItemAnalysis,
    ItemReview,
    ItemStatistics,
    analyse_items,
    items_to_review,
    review_item,
)
from compliance.workbook.report_tables import ColumnFormat, ReportColumn, ReportTable, ReportValue

#: What stands of every question: what programs and people call it, what kind it is, and how wide.
_ITEM_COLUMNS: tuple[tuple[str, str, ColumnFormat, float], ...] = (
    ("id", N_("Id"), "id", 18),
    ("ask", N_("Question"), "name", 52),
    ("theme", N_("Theme"), "id", 14),
    ("put", N_("Put to"), "count", 9),
    ("shut", N_("Gate shut"), "count", 9),
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
#: And where companies were read twice.
_SECOND_READER_COLUMNS: tuple[tuple[str, str, ColumnFormat, float], ...] = (
    ("read_twice", N_("Read twice"), "count", 9),
    ("same", N_("Same answer by both"), "share", 9),
    ("alpha", N_("Alpha"), "precise", 9),
    ("alpha_low", N_("Alpha: from"), "precise", 9),
    ("alpha_high", N_("Alpha: to"), "precise", 9),
    ("applies_alpha", N_("Alpha: applies"), "precise", 9),
    ("applies_apart", N_("Applies: apart"), "count", 9),
)


@dataclass(frozen=True, slots=True)
class ItemAnalysisReport:
    """Everything that is said of the questions."""

    edition: Edition
    quality: ItemAnalysis
    readings: RaterComparison | None
    looks: tuple[ItemReview, ...]
    seed: int

    def reading(self, question: str) -> QuestionAgreement | None:
        """How two readers agree on a question; None without a second."""
        return None if self.readings is None else self.readings.questions[question]


def item_sentences(found: ItemAnalysisReport) -> Iterator[str]:
    """What is said of all questions together, and how to read it."""
    yield from filter(
        None, (too_few_companies_sentence(found.quality.companies), companies_without_score_sentence(found.quality))
    )
    if found.readings is not None:
        yield from inter_rater_sentences(found.readings, found.quality.questions)
        yield from read_once_sentences(found.readings)
    yield from how_to_read_item_statistics(twice=found.readings is not None)


def item_report(found: ItemAnalysisReport) -> Report:
    """Everything as tables: CSV has a row for each question."""
    about: dict[str, ReportValue] = {
        "edition": found.edition.id,
        "edition_digest": found.edition.digest,
        "companies": found.quality.companies,
        "without_score": found.quality.without_score,
        "companies_read_twice": None if found.readings is None else found.readings.companies,
        "seed": found.seed,
        "language": found.edition.language,
    }
    tables = (_review_table(found), _questions_table(found), _options_table(found), _themes_table(found))
    said = (found.edition.title, item_review_headline(found.quality, found.looks), *item_sentences(found))
    return Report(_("How the questions do"), said, about, _questions_table(found), tables, _json_parts(found))


def _review_table(found: ItemAnalysisReport) -> ReportTable:
    columns = (
        ReportColumn("ask", _("Question"), "name", 52),
        ReportColumn("id", _("Id"), "id", 18),
        ReportColumn("gravity", _("Weight"), "count", 9),
        ReportColumn("seen", _("What was seen"), "text", 60),
        ReportColumn("done", _("What an author does"), "text", 60),
    )
    rows = [
        (look.statistics.question.ask, look.statistics.question.id, look.severity, seen, done)
        for look in found.looks
        for _sign, seen, done in flags_with_remedies(look)
    ]
    return ReportTable("looks", _("To look at"), item_review_headline(found.quality, found.looks), columns, rows)


def _questions_table(found: ItemAnalysisReport) -> ReportTable:
    rows = [_question_row(found, each) for each in found.quality.questions.values()]
    return ReportTable("questions", _("Questions"), _("Every question"), _question_columns(found), rows)


def _question_columns(found: ItemAnalysisReport) -> tuple[ReportColumn, ...]:
    twice = _SECOND_READER_COLUMNS if found.readings is not None else ()
    columns = (*_ITEM_COLUMNS, *twice, ("signs", N_("Signs"), "text", 24))
    return tuple(ReportColumn(key, _(title), kind, width) for key, title, kind, width in columns)


def _question_row(found: ItemAnalysisReport, each: ItemStatistics) -> tuple[ReportValue, ...]:
    counts = (each.put, each.gated_out, each.answered, each.blank, each.na)
    row: list[ReportValue] = [each.question.id, each.question.ask, each.theme.id, *map(float, counts)]
    row += [each.share_of_put(count) for count in (each.answered, each.blank, each.na)]
    w, fit = each.distribution, each.item_rest
    row += [None] * 7 if w is None else [w.mean, w.standard_deviation, w.lower, w.median, w.upper, w.ceiling, w.floor]
    row.append(None if each.mode is None else each.share_of_answered(each.mode[1]))
    row += [None] * 4 if fit is None else [fit.n, fit.rho, fit.low, fit.high]
    reading = found.reading(each.question.id)
    if reading is not None:
        answers = reading.answers
        row += [answers.n, reading.exact_agreement, answers.alpha, answers.low, answers.high]
        row += [reading.applicability.alpha, reading.applicability_disagreements]
    return (*row, "|".join(_review_of(found, each).flags))


def _review_of(found: ItemAnalysisReport, each: ItemStatistics) -> ItemReview:
    return review_item(each, found.reading(each.question.id))


def _options_table(found: ItemAnalysisReport) -> ReportTable:
    columns = (
        ReportColumn("id", _("Id"), "id", 18),
        ReportColumn("option", _("Option"), "id", 18),
        ReportColumn("text", _("Answer"), "text", 60),
        ReportColumn("points", _("Points"), "points", 9),
        ReportColumn("taken", _("Taken by"), "count", 9),
        ReportColumn("share", _("Share of answers"), "share", 9),
    )
    rows = [
        (each.question.id, option, _option_text(each, option), _points(each, option), n, each.share_of_answered(n))
        for each in found.quality.questions.values()
        for option, n in each.option_counts.items()
    ]
    return ReportTable("options", _("Options"), _("How many took each option"), columns, rows)


def _option_text(each: ItemStatistics, option: str) -> str:
    return option_label(each.question, option)


def _points(each: ItemStatistics, option: str) -> float:
    found = each.question.option(option)
    return found.points if found else 0.0


def _themes_table(found: ItemAnalysisReport) -> ReportTable:
    columns = [
        ReportColumn("title", _("Theme"), "name", 40),
        ReportColumn("id", _("Id"), "id", 18),
        ReportColumn("alpha", _("Consistency"), "precise", 11),
        ReportColumn("requirements", _("Requirements"), "count", 11),
        ReportColumn("companies", _("Companies, at least"), "count", 11),
        ReportColumn("said", _("In words"), "text", 60),
    ]
    rows: list[tuple[ReportValue, ...]] = [
        (theme_title(found.edition, theme), theme, c.alpha, len(c.used), c.min_pairs, internal_consistency_words(c))
        for theme, c in found.quality.themes.items()
    ]
    if found.readings is not None:
        columns.append(ReportColumn("score_agreement", _("Agreement on the score"), "text", 50))
        scores = found.readings.scores
        rows = [(*row, agreement_words(scores[str(row[1])])) for row in rows]
    return ReportTable("themes", _("Themes"), _("How the requirements of a theme go together"), tuple(columns), rows)


# ── For programs


def _json_parts(found: ItemAnalysisReport) -> Mapping[str, Any]:
    return {
        "look_again": [_review_json(look) for look in found.looks],
        "questions": [_question_json(found, each) for each in found.quality.questions.values()],
        "themes": [
            {
                "id": theme,
                "alpha": c.alpha,
                "requirements": list(c.used),
                "left_out": list(c.left_out),
                "least": c.min_pairs,
            }
            for theme, c in found.quality.themes.items()
        ],
        "readings": None if found.readings is None else _readings_json(found.readings),
    }


def _review_json(look: ItemReview) -> Mapping[str, Any]:
    signs = [{"sign": sign, "seen": seen, "done": done} for sign, seen, done in flags_with_remedies(look)]
    return {"id": look.statistics.question.id, "gravity": look.severity, "signs": signs}


def _question_json(found: ItemAnalysisReport, each: ItemStatistics) -> Mapping[str, Any]:
    keys = [column.key for column in _question_columns(found)]
    return {
        **dict(zip(keys, _question_row(found, each), strict=True)),
        "signs": list(_review_of(found, each).flags),
        "options": dict(each.option_counts),
    }


def _readings_json(readings: RaterComparison) -> Mapping[str, Any]:
    return {
        "companies": readings.companies,
        "only_first": list(readings.only_first),
        "only_second": list(readings.only_second),
        "scores": {node: _agreement_json(found) for node, found in readings.scores.items()},
    }


def _agreement_json(found: Agreement) -> Mapping[str, Any]:
    return {"n": found.n, "alpha": found.alpha, "low": found.low, "high": found.high}


#: A terminal shows so many questions to look at again; a file has them all.
MOST_SHOWN = 10
#: And the figures of so many questions.
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
@click.option("--out", type=click.Path(path_type=Path), help=f"A file to write: {', '.join(ENDINGS)}.")
def questions(
    edition: str, answers: Path, second: Path | None, theme: str | None, seed: int, language: str, out: Path | None
) -> None:
    """Show how each question does its work, and which to write anew: for authors, over an answers file.

    Who could answer it, what they answered, whether it goes with its theme; with --second, how far two readers of the
    same company agree (Krippendorff's alpha). On the screen stand the ten gravest; a file has every question. Answers
    are looked at as claimed.
    """
    checked_ending(out)
    refuse_overwriting(out, answers, *([second] if second else []))
    if seed < 0:
        raise CommandError(f"--seed {seed}: name 0 or a whole number above it")
    with localised_edition(edition, language) as made:
        plan = compile_edition(made)
        found = _analyse(plan, answers, second, _checked_theme(made, theme), seed)
        if out is not None:
            write_report(item_report(found), out)
            click.echo(f"{out}: {counted(len(found.quality.questions), 'question')} looked at")
            return
        for line in _screen(found):
            click.echo(line)


def _checked_theme(edition: Edition, theme: str | None) -> str | None:
    known = themes_of(edition)
    if theme is not None and theme not in known:
        hint = did_you_mean(theme, known) or f": name one of {one_of(known)}"
        raise CommandError(f"--theme {theme}: {edition.id} has no such theme{hint}")
    return theme


def _analyse(
    plan: CompiledEdition, answers: Path, second: Path | None, theme: str | None, seed: int
) -> ItemAnalysisReport:
    edition = plan.edition
    columns = read_columns(edition, answers, "claimed")
    readings = None
    if second is not None:
        if second.exists() and answers.exists() and second.samefile(answers):
            raise CommandError(f"--second {second}: this is the answers file itself: name what somebody else answered")
        others = read_columns(edition, second, "claimed")
        warn_of_similar_names(answers, columns.companies, second, others.companies)
        if not set(columns.companies) & set(others.companies):
            raise CommandError(
                f"--second {second}: no company in it is in {answers} too: write their names alike in both"
            )
        readings = compare_raters(plan, columns, others, seed)
    announce_work("looking at the questions", len(columns.companies))
    quality = analyse_items(plan, columns, theme)
    return ItemAnalysisReport(edition, quality, readings, items_to_review(quality, readings), seed)


# ── On the screen


def _screen(found: ItemAnalysisReport) -> Iterator[str]:
    width = screen_width()
    yield item_review_headline(found.quality, found.looks)
    for sentence in item_sentences(found):
        yield from wrap(sentence, width)
    for look in found.looks[:MOST_SHOWN]:
        yield ""
        yield from wrap(f"{look.statistics.question.ask} [{look.statistics.question.id}]", width)
        for _sign, seen, done in flags_with_remedies(look):
            yield from wrap(f"{seen} {done}", width, initial_indent="  - ", subsequent_indent="    ")
    if more := len(found.looks[MOST_SHOWN:]):
        yield ""
        yield ngettext("One more is in a file (--out).", "%(num)s more are in a file (--out).", more)
    yield ""
    yield _("Themes")
    for theme, consistency in found.quality.themes.items():
        said = _(
            "%(name)s: %(value)s", name=theme_title(found.edition, theme), value=internal_consistency_words(consistency)
        )
        yield from wrap(said, width, initial_indent="  ", subsequent_indent="    ")
    yield ""
    if len(found.quality.questions) > MOST_ROWS:
        yield from wrap(
            _("The figures of every question are in a file (--out), or of one theme here (--theme)."), width
        )
    else:
        yield from _every_question(found)


def _every_question(found: ItemAnalysisReport) -> Iterator[str]:
    head = [_("Question"), _("Put to"), _("Answered"), _("Blank"), _("N/A"), _("Median"), _("Fit")]
    if found.readings is not None:
        head += [_("Read twice"), _("Alpha")]
    yield from wrapped_table(head, [_screen_row(found, each) for each in found.quality.questions.values()])


def _screen_row(found: ItemAnalysisReport, each: ItemStatistics) -> list[str]:
    shares = [each.share_of_put(count) for count in (each.answered, each.blank, each.na)]
    row = [
        each.question.id,
        formats.number(each.put),
        *("" if share is None else formats.percent(share) for share in shares),
        "" if each.distribution is None else formats.percent(each.distribution.median),
        "" if each.item_rest is None else formats.number(each.item_rest.rho, COEFFICIENT_DECIMALS),
    ]
    reading = found.reading(each.question.id)
    if reading is not None:
        alpha = reading.answers.alpha
        row += [formats.number(reading.answers.n), "" if alpha is None else formats.number(alpha, COEFFICIENT_DECIMALS)]
    return row
