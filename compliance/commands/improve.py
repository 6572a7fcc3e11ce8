"""`compliance improve`: the least-effort plan to a band or number of points; with --set, a what-if."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from textwrap import wrap

import click

from compliance.commands import CommandError
from compliance.commands.answer_files import answer_sheets, company_sheet, refuse_overwriting, refuse_stream
from compliance.commands.output_files import page_option, write_rows
from compliance.commands.report import Report, Row, TextPage, attributes, edition_metadata, keyed_table, show_or_write
from compliance.commands.shared_options import ANSWERS_EPILOG, day_option, localised_edition
from compliance.commands.terminal import counted, labelled, silence_solver, with_progress
from compliance.improvement.plan import IMPROVABLE_BASES, ImprovementPlan, improve
from compliance.improvement.problem import SheetChange, Target, band_target, points_target
from compliance.improvement.what_if import RequirementMove, WhatIf, what_if
from compliance.languages import formats
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.answer_wording import quoted_answer
from compliance.narrative.improvement_plan import (
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
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.questionnaire.faults import did_you_mean, one_of
from compliance.scoring.coded_answers import Basis
from compliance.scoring.compiled_edition import CompiledEdition, compile_edition
from compliance.workbook.report_tables import ReportColumn, ReportValue


def read_changes(edition: Edition, settings: Sequence[str]) -> dict[str, Answer | None]:
    """Return the answers given as `QUESTION=ANSWER`, where an empty answer is a blank.

    Raise CommandError if one cannot be read.
    """
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


def _what_if_page(
    edition: Edition, sheet: AnswerSheet, change: SheetChange, seen: WhatIf, width: int, _most: int | None
) -> Iterator[str]:
    yield sheet.company
    yield from wrap(f"{edition.title} ({edition.id})", width)
    yield ""
    for question, answer in change.items():
        asked = edition.questions[question]
        parts = {"now": quoted_answer(asked, sheet.answers.get(question)), "then": quoted_answer(asked, answer)}
        yield from wrap(f"{asked.ask} [{question}]", width)
        yield from _indented(_("Now %(now)s, then %(then)s", **parts), width)
    yield ""
    for sentence in _before_and_after(edition, seen):
        yield from wrap(sentence, width)
    for moved in seen.changed_requirements:
        yield ""
        yield from wrap(f"{requirement_title(moved.requirement)} [{moved.requirement.id}]", width)
        for sentence in _before_and_after(edition, moved):
            yield from _indented(sentence, width)
    yield ""
    for sentence in (*without_effect_sentences(seen), caution_sentence()):
        yield from wrap(sentence, width)


def _before_and_after(edition: Edition, seen: WhatIf | RequirementMove) -> tuple[str, str]:
    return (
        labelled(_("Before"), what_if_score_words(edition, seen.before)),
        labelled(_("After"), what_if_score_words(edition, seen.after)),
    )


def _what_if_report(edition: Edition, sheet: AnswerSheet, change: SheetChange, seen: WhatIf, basis: Basis) -> Report:
    """Return a report of the overall score and every changed requirement, before and after."""
    rows = [{"id": OVERALL, "title": _("Overall score"), **_what_if_cells(seen)}]
    rows += [
        {"id": moved.requirement.id, "title": requirement_title(moved.requirement), **_what_if_cells(moved)}
        for moved in seen.changed_requirements
    ]
    columns = _what_if_columns()
    answers = "; ".join(f"{question}={write_answer(answer)}" for question, answer in change.items())
    return Report(
        title=sheet.company,
        sentences=(*_before_and_after(edition, seen), *without_effect_sentences(seen), caution_sentence()),
        metadata={"company": sheet.company, **edition_metadata(edition), "basis": basis, "set": answers},
        csv_keys=[column.key for column in columns],
        csv_rows=rows,
        tables=(keyed_table(_("What if"), _("What if"), columns, rows),),
        json={"parts": rows},
        digits=edition.round,
    )


def _what_if_columns() -> tuple[ReportColumn, ...]:
    names = {"score": _("Score"), "worst": _("Minimum"), "best": _("Maximum"), "band": _("Band")}
    return (
        ReportColumn("id", _("Id"), "id", 12),
        ReportColumn("title", _("What it is about"), "name", 52),
        *(
            ReportColumn(f"{key}_{when}", f"{title}, {word}", "text" if key == "band" else "score", 14)
            for when, word in (("before", _("before")), ("after", _("after")))
            for key, title in names.items()
        ),
    )


def _what_if_cells(seen: WhatIf | RequirementMove) -> dict[str, ReportValue]:
    return {
        f"{key}_{when}": value
        for when, stand in (("before", seen.before), ("after", seen.after))
        for key, value in (
            ("score", stand.score),
            ("worst", stand.worst),
            ("best", stand.best),
            ("band", stand.band.id if stand.band else ""),
        )
    }


#: The columns of a .csv file, which has a row for each step.
STEP_KEYS = ("company", "target", "found", "reason", "step", "requirement", "question", "before", "after", "effort",
             "gain", "score", "band")  # fmt: skip


@click.command("improve", epilog=ANSWERS_EPILOG)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option("--company", help="The company, as the answers file calls it; without one, all, into a .csv file.")
@click.option("--to", "goal", metavar="BAND|POINTS", help="What to reach; the next band, if nothing is named.")
@click.option(
    "--basis", type=click.Choice(IMPROVABLE_BASES), default="claimed", show_default=True, help="What is counted."
)
@click.option("--set", "settings", multiple=True, metavar="QUESTION=ANSWER", help="What if it were answered so?")
@day_option
@click.option("--language", default="en", show_default=True, help="In which language, by its code: fr, es, ar.")
@page_option
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

    A step costs the effort of its requirement times the share of its points that it adds. With --set, it shows the
    score before and after some answers are changed (what if). Nothing is saved.
    """
    refuse_overwriting(out, answers)
    _check_options(company, goal, settings, out)
    with localised_edition(edition, language) as made:
        compiled = compile_edition(made)
        target = None if goal is None else _target(made, goal)
        if target is None and not settings and not made.bands:
            raise CommandError(f"{made.id} has no bands: name a number of points with --to")
        if company is None:
            assert out is not None
            refuse_stream(answers)
            companies = sum(1 for _sheet in answer_sheets(made, answers))  # reports every fault before hours of work
            with silence_solver():
                write_rows(out, STEP_KEYS, _rows(compiled, answer_sheets(made, answers, again=True), target, basis))
            click.echo(f"{out}: {counted(companies, 'company', 'companies')} looked at")
            return
        sheet = company_sheet(made, answers, company)
        if settings:
            change = read_changes(made, settings)
            seen = what_if(compiled, sheet, change, basis)
            page: TextPage = partial(_what_if_page, made, sheet, change, seen)
            report = partial(_what_if_report, made, sheet, change, seen, basis)
        else:
            with silence_solver():
                found = improve(compiled, sheet, target, basis)
            page, report = partial(_page, found, day), partial(_report, found, day)
        show_or_write(out, page, report)
    if out is not None:
        click.echo(f"{out}: {company} looked at")


def _check_options(company: str | None, goal: str | None, settings: Sequence[str], out: Path | None) -> None:
    if company is None and settings:
        raise CommandError("--set: name the company whose answers these would be, with --company")
    if company is None and (out is None or out.suffix.lower() != ".csv"):
        raise CommandError("--out: for every company, name a .csv file; or name one company with --company")
    if goal is not None and settings:
        raise CommandError("--to and --set: one asks for a way, the other tries answers out: keep one of them")


def _target(edition: Edition, goal: str) -> Target:
    """Return the target for a band's id or a number of points. Raise CommandError if it is neither."""
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


# ── All companies, with a row for each step


def _rows(
    compiled: CompiledEdition, sheets: Iterable[AnswerSheet], target: Target | None, basis: Basis
) -> Iterator[tuple[ReportValue, ...]]:
    """Yield for each company a row 0 with its present score, then a row for each step. Companies are streamed."""
    for sheet in with_progress(sheets, "finding the least effort", "company", "companies"):
        for row in _step_rows(improve(compiled, sheet, target, basis)):
            yield tuple(row.get(key) for key in STEP_KEYS)


def _step_rows(found: ImprovementPlan) -> Iterator[Row]:
    target = found.target.name if found.target else ""
    head: Row = {
        "company": found.sheet.company,
        "target": target,
        "found": optimality_code(found),
        "reason": found.reason,
    }
    before, after = (stand.band.id if stand.band else "" for stand in (found.before, found.after))
    yield {**head, "step": 0, "score": found.before.score, "band": before}
    for number, step in enumerate(found.steps, 1):
        yield {
            **head,
            "step": number,
            "requirement": step.requirement.id if step.requirement else "",
            "question": step.question.id,
            "before": write_answer(step.before),
            "after": write_answer(step.after),
            **attributes(step, "effort", "gain", "score"),
            "band": after if number == len(found.steps) else "",
        }


# ── One company, as text


def _page(found: ImprovementPlan, day: date, width: int, _most: int | None) -> Iterator[str]:
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
            for provision in step.law:
                yield from wrap(
                    legal_reference_words(provision), width, initial_indent="  - ", subsequent_indent="    "
                )
        yield from wrap(f"{step.number}. {step.ask} [{step.question}]", width, subsequent_indent="   ")
        yield from _indented(step.sentence, width, "   ")


def _indented(said: str, width: int, inset: str = "  ") -> list[str]:
    return wrap(said, width, initial_indent=inset, subsequent_indent=inset)


# ── One company, as tables


def _report(found: ImprovementPlan, day: date) -> Report:
    edition = found.edition
    columns = _step_columns()
    steps = [
        {
            "step": step.number,
            **attributes(step, "title", "ask", "before", "after", "effort", "gain", "score"),
            "law": formats.semicolon_list(map(legal_reference_words, step.law)),
            "closes": step.closes,
        }
        for step in plan_step_words(found, day)
    ]
    return Report(
        title=found.sheet.company,
        sentences=(what_if_score_words(edition, found.before), plan_headline(found), *plan_sentences(found)),
        metadata={
            "company": found.sheet.company,
            **edition_metadata(edition),
            "basis": found.basis,
            "target": found.target.name if found.target else "",
            "found": optimality_code(found),
            **attributes(found, "reason", "effort"),
            "bound": found.lower_bound,
            "score_before": found.before.score,
            "score_after": found.after.score if found.is_reached else None,
        },
        csv_keys=STEP_KEYS,
        csv_rows=list(_step_rows(found)),
        tables=(keyed_table(_("How to improve"), _("How to improve"), columns, steps),),
        json={"steps": steps},
        digits=edition.round,
    )


def _step_columns() -> tuple[ReportColumn, ...]:
    return (
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
