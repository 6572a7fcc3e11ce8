"""`compliance improve`: the least effort that reaches the next band, step by step; and what if some answers changed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from textwrap import wrap

import click

from compliance.commands.answers import each_answered, refuse_overwriting, sheet_of
from compliance.commands.day import on_day
from compliance.commands.failure import Failure
from compliance.commands.language import spoken
from compliance.commands.progress import watched
from compliance.commands.quiet import solver_kept_quiet
from compliance.commands.tables import ENDINGS, Report, ending_of, write_report, write_rows
from compliance.commands.terminal import WIDEST, screen_width
from compliance.commands.what_if import read_changes, what_if_page, what_if_report
from compliance.commands.words import TAKES, counted
from compliance.findings.improvement import (
    StepWords,
    found_word,
    improvement_headline,
    improvement_sentences,
    stand_words,
    step_words,
)
from compliance.findings.law import behind_words
from compliance.languages import formats
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.answers import AnswerSheet, number_text, write_answer
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.faults import did_you_mean, either
from compliance.scoring.columns import Basis
from compliance.scoring.improve import BASES, Improvement, improve
from compliance.scoring.plan import Plan, compile_edition
from compliance.scoring.target import Target, band_target, points_target
from compliance.scoring.what_if import what_if
from compliance.whole_file import whole_file
from compliance.workbook.tables import Cell, Column, Table

ROW = (
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


@click.command("improve", epilog=TAKES)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option("--company", help="Whose row of the answers file; without it, every company, into a .csv file.")
@click.option("--to", "goal", metavar="BAND|POINTS", help="What to reach; the next band, if nothing is named.")
@click.option("--basis", type=click.Choice(BASES), default="claimed", show_default=True, help="What is counted.")
@click.option("--set", "settings", multiple=True, metavar="QUESTION=ANSWER", help="What if it were answered so?")
@on_day
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
    ending = ending_of(out, (".txt", *ENDINGS))
    refuse_overwriting(out, answers)
    _refuse_what_does_not_go_together(company, goal, settings, out, ending)
    with spoken(edition, language) as made:
        plan = compile_edition(made)
        target = None if goal is None else _target(made, goal)
        if target is None and not settings and not made.bands:
            raise Failure(f"{made.id} has no bands: name a number of points with --to")
        if company is None:
            assert out is not None
            companies = sum(1 for _sheet in each_answered(made, answers))  # all that is wrong, before hours of work
            with solver_kept_quiet():
                write_rows(out, ROW, _rows(plan, each_answered(made, answers), target, basis))
            click.echo(f"{out}: {counted(companies, 'company', 'companies')} looked at")
            return
        sheet = sheet_of(made, answers, company)
        if settings:
            change = read_changes(made, settings)
            seen = what_if(plan, sheet, change, basis)
            _write(
                what_if_page(made, sheet, change, seen, screen_width()),
                what_if_report(made, sheet, change, seen, basis),
                out,
            )
        else:
            with solver_kept_quiet():
                found = improve(plan, sheet, target, basis)
            _write(_page(found, screen_width() if out is None else WIDEST, day), _report(found, day), out)
    if out is not None:
        click.echo(f"{out}: {company} looked at")


def _refuse_what_does_not_go_together(
    company: str | None, goal: str | None, settings: Sequence[str], out: Path | None, ending: str
) -> None:
    if company is None and settings:
        raise Failure("--set: name the company whose answers these would be, with --company")
    if company is None and ending != ".csv":
        raise Failure("--out: for every company, name a .csv file; or name one company with --company")
    if goal is not None and settings:
        raise Failure("--to and --set: one asks for a way, the other tries answers out: keep one of them")


def _target(edition: Edition, goal: str) -> Target:
    """A band by its id, or a number of points. Raise Failure."""
    ids = [band.id for band in edition.bands]
    if goal in ids:
        return band_target(edition, ids.index(goal))
    try:
        points = float(goal)
    except ValueError:
        hint = did_you_mean(goal, ids) or (f": name {either(ids)}, or a number of points" if ids else "")
        raise Failure(f"--to {goal}: {edition.id} has no such band{hint}") from None
    if not 0 <= points <= edition.scale:
        scale = number_text(float(edition.scale))
        raise Failure(f"--to {goal}: points of {edition.id} go from 0 to {scale}")
    return points_target(points)


def _write(page: Iterator[str], report: Report, out: Path | None) -> None:
    if out is None:
        click.echo("\n".join(page))
    elif out.suffix.lower() == ".txt":
        with whole_file(out) as file:
            file.writelines(f"{line}\n" for line in page)
    else:
        write_report(report, out)


# ── Every company, a row a step


def _rows(plan: Plan, sheets: Iterable[AnswerSheet], target: Target | None, basis: Basis) -> Iterator[tuple[Cell, ...]]:
    """Of each company a row 0, how it stands, then a row a step; one company at a time is held."""
    for sheet in watched(sheets, "finding the least effort", "company", "companies"):
        yield from _steps_of(improve(plan, sheet, target, basis))


def _steps_of(found: Improvement) -> Iterator[tuple[Cell, ...]]:
    head = (found.sheet.company, found.target.name if found.target else "", found_word(found), found.reason)
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


def _page(found: Improvement, width: int, day: date) -> Iterator[str]:
    yield found.sheet.company
    yield from wrap(f"{found.edition.title} ({found.edition.id})", width)
    yield from wrap(stand_words(found.edition, found.before), width)
    yield ""
    yield from wrap(improvement_headline(found), width)
    for sentence in improvement_sentences(found):
        yield from wrap(sentence, width)
    shown = ""
    for step in step_words(found, day):
        if step.title != shown:
            shown = step.title
            yield ""
            yield from wrap(f"{step.title} [{step.requirement or step.question}]", width)
            yield from _inset(_("What closes it: ") + step.closes if step.closes else "", width)
            for behind in step.law:
                yield from wrap(behind_words(behind), width, initial_indent="  - ", subsequent_indent="    ")
        yield from wrap(f"{step.number}. {step.ask} [{step.question}]", width, subsequent_indent="   ")
        yield from _inset(step.sentence, width, "   ")


def _inset(said: str, width: int, inset: str = "  ") -> list[str]:
    return wrap(said, width, initial_indent=inset, subsequent_indent=inset)


# ── One company, as tables


def _report(found: Improvement, day: date) -> Report:
    about: dict[str, Cell] = {
        "company": found.sheet.company,
        "edition": found.edition.id,
        "edition_digest": found.edition.digest,
        "basis": found.basis,
        "target": found.target.name if found.target else "",
        "found": found_word(found),
        "reason": found.reason,
        "effort": found.effort,
        "bound": found.bound,
        "score_before": found.before.score,
        "score_after": found.after.score if found.is_reached else None,
    }
    said = (stand_words(found.edition, found.before), improvement_headline(found), *improvement_sentences(found))
    flat = Table("steps", "Steps", "", tuple(Column(key, key) for key in ROW), list(_steps_of(found)))
    tables = (steps_table(step_words(found, day)),)
    return Report(found.sheet.company, said, about, flat, tables, digits=found.edition.round)


def steps_table(steps: Sequence[StepWords]) -> Table:
    """The steps as one reads them."""
    columns = (
        Column("step", _("Step"), "count", 6),
        Column("title", _("Requirement"), "name", 44),
        Column("ask", _("Question"), "text", 44),
        Column("before", _("Now"), "text", 36),
        Column("after", _("What would have to be true"), "text", 44),
        Column("effort", _("Effort"), "points", 9),
        Column("gain", _("Points"), "points", 9),
        Column("score", _("Score"), "score", 9),
        Column("law", _("Measured against"), "text", 52),
        Column("closes", _("What closes it"), "text", 52),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            step.number,
            step.title,
            step.ask,
            step.before,
            step.after,
            step.effort,
            step.gain,
            step.score,
            formats.listed_apart(behind_words(behind) for behind in step.law),
            step.closes,
        )
        for step in steps
    ]
    return Table("steps", _("The way up"), _("The way up"), columns, rows)
