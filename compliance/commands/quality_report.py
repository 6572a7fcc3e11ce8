"""How each question does its work, as tables and for programs: what `compliance questions` writes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compliance.benchmark.agreement import Agreement
from compliance.benchmark.quality import Quality, QuestionQuality
from compliance.benchmark.readings import Reading, Readings
from compliance.benchmark.rewriting import Look, look_at
from compliance.commands.tables import Report
from compliance.findings.quality import (
    agreement_words,
    consistency_words,
    few_sentence,
    headline,
    left_out_sentences,
    reading_sentences,
    readings_sentences,
    seen_and_done,
    theme_words,
    without_score_sentence,
)
from compliance.languages.speaking import N_
from compliance.languages.speaking import gettext as _
from compliance.languages.words import option_words
from compliance.questionnaire.edition import Edition
from compliance.workbook.tables import Cell, Column, Kind, Table

#: What stands of every question: what programs and people call it, what kind it is, and how wide.
_ONCE: tuple[tuple[str, str, Kind, float], ...] = (
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
_TWICE: tuple[tuple[str, str, Kind, float], ...] = (
    ("read_twice", N_("Read twice"), "count", 9),
    ("same", N_("Same answer by both"), "share", 9),
    ("alpha", N_("Alpha"), "precise", 9),
    ("alpha_low", N_("Alpha: from"), "precise", 9),
    ("alpha_high", N_("Alpha: to"), "precise", 9),
    ("applies_alpha", N_("Alpha: applies"), "precise", 9),
    ("applies_apart", N_("Applies: apart"), "count", 9),
)


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that is said of the questions."""

    edition: Edition
    quality: Quality
    readings: Readings | None
    looks: tuple[Look, ...]
    seed: int

    def reading(self, question: str) -> Reading | None:
        """How two readers agree on a question; None without a second."""
        return None if self.readings is None else self.readings.questions[question]


def sentences(found: Found) -> Iterator[str]:
    """What is said of all questions together, and how to read it."""
    yield from filter(None, (few_sentence(found.quality.companies), without_score_sentence(found.quality)))
    if found.readings is not None:
        yield from readings_sentences(found.readings, found.quality.questions)
        yield from left_out_sentences(found.readings)
    yield from reading_sentences(twice=found.readings is not None)


def report(found: Found) -> Report:
    """Everything as tables: CSV has a row for each question."""
    about: dict[str, Cell] = {
        "edition": found.edition.id,
        "edition_digest": found.edition.digest,
        "companies": found.quality.companies,
        "without_score": found.quality.without_score,
        "companies_read_twice": None if found.readings is None else found.readings.companies,
        "seed": found.seed,
        "language": found.edition.language,
    }
    tables = (_looks_table(found), _questions_table(found), _options_table(found), _themes_table(found))
    said = (found.edition.title, headline(found.quality, found.looks), *sentences(found))
    return Report(_("How the questions do"), said, about, _questions_table(found), tables, _parts(found))


def _looks_table(found: Found) -> Table:
    columns = (
        Column("ask", _("Question"), "name", 52),
        Column("id", _("Id"), "id", 18),
        Column("gravity", _("Weight"), "count", 9),
        Column("seen", _("What was seen"), "text", 60),
        Column("done", _("What an author does"), "text", 60),
    )
    rows = [
        (look.quality.question.ask, look.quality.question.id, look.gravity, seen, done)
        for look in found.looks
        for _sign, seen, done in seen_and_done(look)
    ]
    return Table("looks", _("To look at"), headline(found.quality, found.looks), columns, rows)


def _questions_table(found: Found) -> Table:
    rows = [_question_row(found, each) for each in found.quality.questions.values()]
    return Table("questions", _("Questions"), _("Every question"), _question_columns(found), rows)


def _question_columns(found: Found) -> tuple[Column, ...]:
    twice = _TWICE if found.readings is not None else ()
    columns = (*_ONCE, *twice, ("signs", N_("Signs"), "text", 24))
    return tuple(Column(key, _(title), kind, width) for key, title, kind, width in columns)


def _question_row(found: Found, each: QuestionQuality) -> tuple[Cell, ...]:
    counts = (each.put, each.shut, each.answered, each.blank, each.na)
    row: list[Cell] = [each.question.id, each.question.ask, each.theme.id, *map(float, counts)]
    row += [each.of_put(count) for count in (each.answered, each.blank, each.na)]
    w, fit = each.worths, each.fit
    row += [None] * 7 if w is None else [w.mean, w.deviation, w.lower, w.median, w.upper, w.full, w.nothing]
    row.append(None if each.commonest is None else each.of_answered(each.commonest[1]))
    row += [None] * 4 if fit is None else [fit.n, fit.rho, fit.low, fit.high]
    reading = found.reading(each.question.id)
    if reading is not None:
        answers = reading.answers
        row += [answers.n, reading.same, answers.alpha, answers.low, answers.high]
        row += [reading.applies.alpha, reading.apart]
    return (*row, "|".join(_look(found, each).signs))


def _look(found: Found, each: QuestionQuality) -> Look:
    return look_at(each, found.reading(each.question.id))


def _options_table(found: Found) -> Table:
    columns = (
        Column("id", _("Id"), "id", 18),
        Column("option", _("Option"), "id", 18),
        Column("text", _("Answer"), "text", 60),
        Column("points", _("Points"), "points", 9),
        Column("taken", _("Taken by"), "count", 9),
        Column("share", _("Share of answers"), "share", 9),
    )
    rows = [
        (each.question.id, option, _option_text(each, option), _points(each, option), n, each.of_answered(n))
        for each in found.quality.questions.values()
        for option, n in each.taken.items()
    ]
    return Table("options", _("Options"), _("How many took each option"), columns, rows)


def _option_text(each: QuestionQuality, option: str) -> str:
    return option_words(each.question, option)


def _points(each: QuestionQuality, option: str) -> float:
    found = each.question.option(option)
    return found.points if found else 0.0


def _themes_table(found: Found) -> Table:
    columns = [
        Column("title", _("Theme"), "name", 40),
        Column("id", _("Id"), "id", 18),
        Column("alpha", _("Consistency"), "precise", 11),
        Column("requirements", _("Requirements"), "count", 11),
        Column("companies", _("Companies, at least"), "count", 11),
        Column("said", _("In words"), "text", 60),
    ]
    rows: list[tuple[Cell, ...]] = [
        (theme_words(found.edition, theme), theme, c.alpha, len(c.used), c.least, consistency_words(c))
        for theme, c in found.quality.themes.items()
    ]
    if found.readings is not None:
        columns.append(Column("score_agreement", _("Agreement on the score"), "text", 50))
        scores = found.readings.scores
        rows = [(*row, agreement_words(scores[str(row[1])])) for row in rows]
    return Table("themes", _("Themes"), _("How the requirements of a theme go together"), tuple(columns), rows)


# ── For programs


def _parts(found: Found) -> Mapping[str, Any]:
    return {
        "look_again": [_plain_look(look) for look in found.looks],
        "questions": [_plain_question(found, each) for each in found.quality.questions.values()],
        "themes": [
            {
                "id": theme,
                "alpha": c.alpha,
                "requirements": list(c.used),
                "left_out": list(c.left_out),
                "least": c.least,
            }
            for theme, c in found.quality.themes.items()
        ],
        "readings": None if found.readings is None else _plain_readings(found.readings),
    }


def _plain_look(look: Look) -> Mapping[str, Any]:
    signs = [{"sign": sign, "seen": seen, "done": done} for sign, seen, done in seen_and_done(look)]
    return {"id": look.quality.question.id, "gravity": look.gravity, "signs": signs}


def _plain_question(found: Found, each: QuestionQuality) -> Mapping[str, Any]:
    keys = [column.key for column in _question_columns(found)]
    return {
        **dict(zip(keys, _question_row(found, each), strict=True)),
        "signs": list(_look(found, each).signs),
        "options": dict(each.taken),
    }


def _plain_readings(readings: Readings) -> Mapping[str, Any]:
    return {
        "companies": readings.companies,
        "only_first": list(readings.only_first),
        "only_second": list(readings.only_second),
        "scores": {node: _plain_agreement(found) for node, found in readings.scores.items()},
    }


def _plain_agreement(found: Agreement) -> Mapping[str, Any]:
    return {"n": found.n, "alpha": found.alpha, "low": found.low, "high": found.high}
