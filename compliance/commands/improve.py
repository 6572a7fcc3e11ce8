"""`compliance improve`: the least-effort plan to a band or number of points; with --set, a what-if."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from textwrap import wrap

import click

from compliance.atomic_write import atomic_write
from compliance.commands import CommandError
from compliance.commands.answer_files import answer_sheets, company_sheet, refuse_overwriting
from compliance.commands.report import ENDINGS, Report, checked_ending, write_report, write_rows
from compliance.commands.shared_options import ANSWERS_EPILOG, day_option, localised_edition
from compliance.commands.terminal import WIDEST, counted, screen_width, silence_solver, with_progress
from compliance.improvement.plan import IMPROVABLE_BASES, ImprovementPlan, improve
from compliance.improvement.problem import SheetChange, Target, band_target, points_target
from compliance.improvement.what_if import ScoreWithBounds, WhatIf, what_if
from compliance.languages import formats
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.answer_wording import quoted_answer
from compliance.narrative.improvement_plan import (
    PlanStepWords,
    caution_sentence,
    optimality_code,
    plan_headline,
    plan_sentences,
    plan_step_words,
    requirement_title,
    what_if_score_words,
    without_effect_sentences,
)
from compliance.narrative.legal_basis import legal_reference_words
from compliance.questionnaire.answer_parser import AnswerFault, read_answer
from compliance.questionnaire.answers import Answer, AnswerSheet, number_text, write_answer
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.faults import did_you_mean, one_of
from compliance.scoring.coded_answers import Basis
from compliance.scoring.compiled_edition import CompiledEdition, compile_edition
from compliance.workbook.report_tables import ReportColumn, ReportTable, ReportValue


def read_changes(edition: Edition, settings: Sequence[str]) -> dict[str, Answer | None]:
    """The answers that `QUESTION=ANSWER` spell; nothing after the sign is a blank. Raise Failure if one spells none."""
    change: dict[str, Answer | None] = {}
    for setting in settings:
        question_id, sign, text = setting.partition("=")
        question_id = question_id.strip()
        if not sign:
            raise CommandError(f"--set {setting}: write QUESTION=ANSWER, and nothing after the sign for a blank")
        if question_id not in edition.questions:
            hint = did_you_mean(question_id, edition.questions)
            raise CommandError(f"--set {setting}: {edition.id} has no question {question_id!r}{hint}")
        if question_id in change:
            raise CommandError(f"--set {setting}: {question_id} is set twice: keep one")
        try:
            change[question_id] = read_answer(edition.questions[question_id], text)
        except AnswerFault as fault:
            raise CommandError(f"--set {setting}: {fault}") from fault
    return change


def what_if_page(edition: Edition, sheet: AnswerSheet, change: SheetChange, seen: WhatIf, width: int) -> Iterator[str]:
    """The lines of a page of text."""
    yield sheet.company
    yield from wrap(f"{edition.title} ({edition.id})", width)
    yield ""
    for question, answer in change.items():
        asked = edition.questions[question]
        parts = {"now": quoted_answer(asked, sheet.answers.get(question)), "then": quoted_answer(asked, answer)}
        yield from wrap(f"{asked.ask} [{question}]", width)
        yield from wrap(_("Now %(now)s, then %(then)s", **parts), width, initial_indent="  ", subsequent_indent="  ")
    yield ""
    for name, stand in _before_and_after(seen.before, seen.after).items():
        yield from wrap(_("%(name)s: %(value)s", name=name, value=what_if_score_words(edition, stand)), width)
    for moved in seen.moved:
        yield ""
        yield from wrap(f"{requirement_title(moved.requirement)} [{moved.requirement.id}]", width)
        for name, stand in _before_and_after(moved.before, moved.after).items():
            said = _("%(name)s: %(value)s", name=name, value=what_if_score_words(edition, stand))
            yield from wrap(said, width, initial_indent="  ", subsequent_indent="  ")
    yield ""
    for sentence in (*without_effect_sentences(seen), caution_sentence()):
        yield from wrap(sentence, width)


def _before_and_after(before: ScoreWithBounds, after: ScoreWithBounds) -> Mapping[str, ScoreWithBounds]:
    return {_("Before"): before, _("After"): after}


def what_if_report(edition: Edition, sheet: AnswerSheet, change: SheetChange, seen: WhatIf, basis: Basis) -> Report:
    """The whole and every requirement that moves, before and after."""
    answers = "; ".join(f"{question}={write_answer(answer)}" for question, answer in change.items())
    about: dict[str, ReportValue] = {
        "company": sheet.company,
        "edition": edition.id,
        "edition_digest": edition.digest,
        "basis": basis,
        "set": answers,
    }
    said = [
        _("%(name)s: %(value)s", name=name, value=what_if_score_words(edition, stand))
        for name, stand in _before_and_after(seen.before, seen.after).items()
    ]
    rows = [("overall", _("The whole"), *_standing_cells(seen.before), *_standing_cells(seen.after))]
    rows += [
        (
            moved.requirement.id,
            requirement_title(moved.requirement),
            *_standing_cells(moved.before),
            *_standing_cells(moved.after),
        )
        for moved in seen.moved
    ]
    table = ReportTable("parts", _("What if"), _("What if"), _what_if_columns(), rows)
    return Report(
        sheet.company,
        (*said, *without_effect_sentences(seen), caution_sentence()),
        about,
        table,
        (table,),
        digits=edition.round,
    )


def _what_if_columns() -> tuple[ReportColumn, ...]:
    names = {"score": _("Score"), "worst": _("Least"), "best": _("Most"), "band": _("Band")}
    return (
        ReportColumn("id", _("Id"), "id", 12),
        ReportColumn("title", _("What it is about"), "name", 52),
        *(
            ReportColumn(f"{key}_{when}", f"{title}, {word}", "text" if key == "band" else "score", 14)
            for when, word in (("before", _("before")), ("after", _("after")))
            for key, title in names.items()
        ),
    )


def _standing_cells(stand: ScoreWithBounds) -> tuple[ReportValue, ...]:
    return stand.score, stand.worst, stand.best, stand.band.id if stand.band else ""


STEP_COLUMNS = (
    "company",
    "target",
    "found",
    "reason",
    "step",
    "requirement",
    "question",
    "before",
    "after",
    "effort",
    "gain",
    "score",
    "band",
)


@click.command("improve", epilog=ANSWERS_EPILOG)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option("--company", help="Whose row of the answers file; without it, every company, into a .csv file.")
@click.option("--to", "goal", metavar="BAND|POINTS", help="What to reach; the next band, if nothing is named.")
@click.option(
    "--basis", type=click.Choice(IMPROVABLE_BASES), default="claimed", show_default=True, help="What is counted."
)
@click.option("--set", "settings", multiple=True, metavar="QUESTION=ANSWER", help="What if it were answered so?")
@day_option
@click.option("--language", default="en", show_default=True, help="In which language, by its code: fr, es, ar.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="A .txt, .csv, .json or .xlsx file, instead of the screen."
)
def improve_command(
    edition: str,
    answers: Path,
    company: str | None,
    goal: str | None,
    basis: Basis,
    settings: tuple[str, ...],
    day: date,
    language: str,
    out: Path | None,
) -> None:
    """Find the least effort that takes a company to the next band, in steps, each with the law behind it.

    A step costs the effort of its requirement times the share of its points that it adds. With --set, what if: the
    score before and after some answers are changed. Nothing is kept.
    """
    ending = checked_ending(out, (".txt", *ENDINGS))
    refuse_overwriting(out, answers)
    _check_options(company, goal, settings, out, ending)
    with localised_edition(edition, language) as made:
        plan = compile_edition(made)
        target = None if goal is None else _target(made, goal)
        if target is None and not settings and not made.bands:
            raise CommandError(f"{made.id} has no bands: name a number of points with --to")
        if company is None:
            assert out is not None
            companies = sum(1 for _sheet in answer_sheets(made, answers))  # all that is wrong, before hours of work
            with silence_solver():
                write_rows(out, STEP_COLUMNS, _rows(plan, answer_sheets(made, answers), target, basis))
            click.echo(f"{out}: {counted(companies, 'company', 'companies')} looked at")
            return
        sheet = company_sheet(made, answers, company)
        if settings:
            change = read_changes(made, settings)
            seen = what_if(plan, sheet, change, basis)
            _write_page_or_report(
                what_if_page(made, sheet, change, seen, screen_width()),
                what_if_report(made, sheet, change, seen, basis),
                out,
            )
        else:
            with silence_solver():
                found = improve(plan, sheet, target, basis)
            _write_page_or_report(
                _page(found, screen_width() if out is None else WIDEST, day), _report(found, day), out
            )
    if out is not None:
        click.echo(f"{out}: {company} looked at")


def _check_options(
    company: str | None, goal: str | None, settings: Sequence[str], out: Path | None, ending: str
) -> None:
    if company is None and settings:
        raise CommandError("--set: name the company whose answers these would be, with --company")
    if company is None and ending != ".csv":
        raise CommandError("--out: for every company, name a .csv file; or name one company with --company")
    if goal is not None and settings:
        raise CommandError("--to and --set: one asks for a way, the other tries answers out: keep one of them")


def _target(edition: Edition, goal: str) -> Target:
    """A band by its id, or a number of points. Raise Failure."""
    ids = [band.id for band in edition.bands]
    if goal in ids:
        return band_target(edition, ids.index(goal))
    try:
        points = float(goal)
    except ValueError:
        hint = did_you_mean(goal, ids) or (f": name {one_of(ids)}, or a number of points" if ids else "")
        raise CommandError(f"--to {goal}: {edition.id} has no such band{hint}") from None
    if not 0 <= points <= edition.scale:
        scale = number_text(float(edition.scale))
        raise CommandError(f"--to {goal}: points of {edition.id} go from 0 to {scale}")
    return points_target(points)


def _write_page_or_report(page: Iterator[str], report: Report, out: Path | None) -> None:
    if out is None:
        click.echo("\n".join(page))
    elif out.suffix.lower() == ".txt":
        with atomic_write(out) as file:
            file.writelines(f"{line}\n" for line in page)
    else:
        write_report(report, out)


# ── Every company, a row a step


def _rows(
    plan: CompiledEdition, sheets: Iterable[AnswerSheet], target: Target | None, basis: Basis
) -> Iterator[tuple[ReportValue, ...]]:
    """Of each company a row 0, how it stands, then a row a step; one company at a time is held."""
    for sheet in with_progress(sheets, "finding the least effort", "company", "companies"):
        yield from _steps_of(improve(plan, sheet, target, basis))


def _steps_of(found: ImprovementPlan) -> Iterator[tuple[ReportValue, ...]]:
    head = (found.sheet.company, found.target.name if found.target else "", optimality_code(found), found.reason)
    band = found.before.band.id if found.before.band else ""
    yield (*head, 0.0, "", "", "", "", None, None, found.before.score, band)
    for number, step in enumerate(found.steps, 1):
        last = number == len(found.steps)
        yield (
            *head,
            number,
            step.requirement.id if step.requirement else "",
            step.question.id,
            write_answer(step.before),
            write_answer(step.after),
            step.effort,
            step.gain,
            step.score,
            found.after.band.id if last and found.after.band else "",
        )


# ── One company, as text


def _page(found: ImprovementPlan, width: int, day: date) -> Iterator[str]:
    yield found.sheet.company
    yield from wrap(f"{found.edition.title} ({found.edition.id})", width)
    yield from wrap(what_if_score_words(found.edition, found.before), width)
    yield ""
    yield from wrap(plan_headline(found), width)
    for sentence in plan_sentences(found):
        yield from wrap(sentence, width)
    shown = ""
    for step in plan_step_words(found, day):
        if step.title != shown:
            shown = step.title
            yield ""
            yield from wrap(f"{step.title} [{step.requirement or step.question}]", width)
            yield from _indented(_("What closes it: ") + step.closes if step.closes else "", width)
            for behind in step.law:
                yield from wrap(legal_reference_words(behind), width, initial_indent="  - ", subsequent_indent="    ")
        yield from wrap(f"{step.number}. {step.ask} [{step.question}]", width, subsequent_indent="   ")
        yield from _indented(step.sentence, width, "   ")


def _indented(said: str, width: int, inset: str = "  ") -> list[str]:
    return wrap(said, width, initial_indent=inset, subsequent_indent=inset)


# ── One company, as tables


def _report(found: ImprovementPlan, day: date) -> Report:
    about: dict[str, ReportValue] = {
        "company": found.sheet.company,
        "edition": found.edition.id,
        "edition_digest": found.edition.digest,
        "basis": found.basis,
        "target": found.target.name if found.target else "",
        "found": optimality_code(found),
        "reason": found.reason,
        "effort": found.effort,
        "bound": found.bound,
        "score_before": found.before.score,
        "score_after": found.after.score if found.is_reached else None,
    }
    said = (what_if_score_words(found.edition, found.before), plan_headline(found), *plan_sentences(found))
    flat = ReportTable(
        "steps", "Steps", "", tuple(ReportColumn(key, key) for key in STEP_COLUMNS), list(_steps_of(found))
    )
    tables = (steps_table(plan_step_words(found, day)),)
    return Report(found.sheet.company, said, about, flat, tables, digits=found.edition.round)


def steps_table(steps: Sequence[PlanStepWords]) -> ReportTable:
    """The steps as one reads them."""
    columns = (
        ReportColumn("step", _("Step"), "count", 6),
        ReportColumn("title", _("Requirement"), "name", 44),
        ReportColumn("ask", _("Question"), "text", 44),
        ReportColumn("before", _("Now"), "text", 36),
        ReportColumn("after", _("What would have to be true"), "text", 44),
        ReportColumn("effort", _("Effort"), "points", 9),
        ReportColumn("gain", _("Points"), "points", 9),
        ReportColumn("score", _("Score"), "score", 9),
        ReportColumn("law", _("Measured against"), "text", 52),
        ReportColumn("closes", _("What closes it"), "text", 52),
    )
    rows: list[tuple[ReportValue, ...]] = [
        (
            step.number,
            step.title,
            step.ask,
            step.before,
            step.after,
            step.effort,
            step.gain,
            step.score,
            formats.semicolon_list(legal_reference_words(behind) for behind in step.law),
            step.closes,
        )
        for step in steps
    ]
    return ReportTable("steps", _("The way up"), _("The way up"), columns, rows)
