"""`compliance explain`: the worked example of one score, points lost and points to gain, with the law behind them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from textwrap import wrap

import click

from compliance.atomic_write import atomic_write
from compliance.commands import CommandError
from compliance.commands.answer_files import company_sheet, refuse_overwriting
from compliance.commands.report import ENDINGS, Report, checked_ending, write_report
from compliance.commands.shared_options import ANSWERS_EPILOG, day_option, localised_edition
from compliance.commands.terminal import WIDEST, screen_width
from compliance.languages import formats
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.languages.labels import BASIS_LABELS as BASIS_WORDS
from compliance.narrative.legal_basis import LegalReference, legal_reference_words
from compliance.narrative.score_explanation import (
    PointsAtStake,
    WorkedExampleLine,
    points_lost,
    points_to_gain,
    worked_example_lines,
)
from compliance.narrative.score_wording import (
    StandingByBasis,
    basis_phrase,
    evidence_and_declaration_gap_words,
    progress_words,
    reviewed_words,
    standing_words,
)
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.questionnaire.faults import did_you_mean, one_of
from compliance.questionnaire.law import company_facts
from compliance.scoring.coded_answers import BASES, Basis
from compliance.scoring.compiled_edition import CompiledEdition, compile_edition
from compliance.scoring.progress import Progress, progress_at
from compliance.scoring.scorecard import make_scorecard
from compliance.scoring.worked_example import WorkedExample, explain
from compliance.workbook.report_tables import ReportColumn, ReportTable, ReportValue

#: A terminal shows so many losses and gains; a file has them all.
MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class _WorkedScore:
    """Everything that is said of one node."""

    explanation: WorkedExample
    standings: tuple[tuple[Basis, str, str], ...]  # basis, what it is called, how the node stands
    apart: str  # what is claimed and not shown, or shown and not claimed
    progress: Progress
    example: tuple[WorkedExampleLine, ...]
    lost: tuple[PointsAtStake, ...]
    gains: tuple[PointsAtStake, ...]

    @property
    def edition(self) -> Edition:
        return self.explanation.edition


@click.command("explain", epilog=ANSWERS_EPILOG)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option("--company", required=True, help="Whose row of the answers file.")
@click.option("--node", default=OVERALL, show_default=True, help="The part of the tree to work out.")
@click.option("--basis", type=click.Choice(BASES), default="claimed", show_default=True, help="What is counted.")
@day_option
@click.option("--language", default="en", show_default=True, help="In which language, by its code: fr, es, ar.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="A .txt, .csv, .json or .xlsx file, instead of the screen."
)
def explain_command(
    edition: str, answers: Path, company: str, node: str, basis: Basis, day: date, language: str, out: Path | None
) -> None:
    """Work one company's score out so that it can be redone by hand: answer, points, requirement, theme, whole, band.

    Below it stand where points are lost and what closing each gap would gain, with the law behind it. On the screen
    the dearest ten of each; in a file all of them.
    """
    ending = checked_ending(out, (".txt", *ENDINGS))
    refuse_overwriting(out, answers)
    with localised_edition(edition, language) as spoken_edition:
        plan = compile_edition(spoken_edition)
        sheet = company_sheet(plan.edition, answers, company)
        if basis == "verified" and not sheet.verdicts:  # without a verdict there is no score, and never 0
            raise CommandError(
                f"--basis {basis}: {answers} has no verdict of an auditor on {company}, in a column #verdict"
            )
        found = _work_out(plan, sheet, node, basis, day)
        if out is None:
            click.echo("\n".join(_page(found, screen_width(), MOST_SHOWN)))
            return
        if ending == ".txt":
            with atomic_write(out) as file:
                file.writelines(f"{line}\n" for line in _page(found, WIDEST, None))
        else:
            write_report(_report(found), out)
    click.echo(f"{out}: {node} of {company} worked out")


def _work_out(plan: CompiledEdition, sheet: AnswerSheet, node: str, basis: Basis, day: date) -> _WorkedScore:
    scored = [part.id for part in plan.edition.root.nodes() if any(q.scored for q in part.questions())]
    if node not in scored:
        hint = did_you_mean(node, scored) or f": name one of {one_of(scored)}"
        raise CommandError(f"--node {node}: {plan.edition.id} has no such part that is scored{hint}")
    cards = {each: make_scorecard(plan, sheet, each) for each in BASES}
    beside = StandingByBasis(*(cards[each].nodes.get(node) for each in BASES))
    explanation, facts = explain(plan, sheet, node, basis), company_facts(plan.edition, sheet, day)
    return _WorkedScore(
        explanation,
        tuple((each, _(BASIS_WORDS[each]), standing_words(card, node)) for each, card in cards.items()),
        evidence_and_declaration_gap_words(beside, plan.edition.round),
        progress_at(plan.edition, sheet, node),
        worked_example_lines(explanation),
        points_lost(explanation, facts),
        points_to_gain(explanation, cards[basis].gaps, facts),
    )


# ── As text


def _page(found: _WorkedScore, width: int, most: int | None) -> Iterator[str]:
    """The lines of a page of text; `most` of the losses and of the gains."""
    explanation, edition = found.explanation, found.edition
    yield explanation.company
    yield from wrap(f"{edition.title} ({edition.id})", width)
    yield from wrap(_labelled(_node_title(found), basis_phrase(explanation.basis)), width)
    yield ""
    for _basis, title, said in found.standings:
        yield from wrap(_labelled(title, said), width, subsequent_indent="  ")
    yield from wrap(found.apart, width)
    yield from wrap(f"{progress_words(found.progress)} {reviewed_words(found.progress)}", width)
    yield from ("", _("Worked out"))
    for line in found.example:
        yield ""
        yield from _example_lines(line, width)
    yield from _points_lines(_("Where points are lost"), found.lost, width, most, paraphrased=False)
    yield from _points_lines(_("What would gain points"), found.gains, width, most, paraphrased=True)


def _labelled(name: str, value: str) -> str:
    """`name: value`, as the language puts its colon."""
    return _("%(name)s: %(value)s", name=name, value=value)


def _node_title(found: _WorkedScore) -> str:
    node = found.explanation.node
    return _("The whole") if node.id == OVERALL else node.title or node.id


def _example_lines(line: WorkedExampleLine, width: int) -> Iterator[str]:
    start = "  " * (line.depth + 1)
    named = f"{line.title} [{line.id}]" if line.id and line.id != line.title else line.title
    yield from wrap(named, width, initial_indent=start, subsequent_indent=start)
    inside = start + "  "
    if line.said:
        yield from wrap(line.said, width, initial_indent=inside, subsequent_indent=inside)
    result = f"{line.sum} = {line.result}" if line.sum and line.kind != "band" else line.sum
    if line.kind == "band" and line.result:
        result = f"{line.sum}: {line.result}"
    if result:
        yield from wrap(result, width, initial_indent=inside, subsequent_indent=inside + "  ")


def _points_lines(
    title: str, found: Sequence[PointsAtStake], width: int, most: int | None, *, paraphrased: bool
) -> Iterator[str]:
    if not found:
        return
    yield from ("", title)
    for points in found[:most]:
        yield ""
        yield from wrap(points.title, width, initial_indent="  ", subsequent_indent="  ")
        yield from wrap(points.sentence, width, initial_indent="    ", subsequent_indent="    ")
        if points.closes:
            yield from _hanging("    " + _("What closes it: "), points.closes, width, 4)
        for behind in points.law:
            said = legal_reference_words(behind)
            if paraphrased and behind.paraphrase:
                said = _labelled(said, behind.paraphrase)
            yield from wrap(said, width, initial_indent="    - ", subsequent_indent="      ")
    if more := len(found[len(found[:most]) :]):
        yield ""
        yield "  " + ngettext("One more is in a file (--out).", "%(num)s more are in a file (--out).", more)


def _hanging(head: str, said: str, width: int, inset: int = 2) -> list[str]:
    return wrap(said, width, initial_indent=head, subsequent_indent=" " * inset)


# ── As tables


def _report(found: _WorkedScore) -> Report:
    explanation, edition = found.explanation, found.edition
    example = ReportTable(
        "example",
        _("Worked example"),
        _("Worked out"),
        (
            ReportColumn("title", _("Part"), "name", 56),
            ReportColumn("id", _("Id"), "id", 18),
            ReportColumn("said", _("Answered, or joined"), "text", 52),
            ReportColumn("sum", _("Sum"), "text", 56),
            ReportColumn("result", _("Result"), "text", 14),
        ),
        [(line.title, line.id, line.said, line.sum, line.result) for line in found.example],
        depths=[line.depth for line in found.example],
    )
    tables = (
        example,
        _points_table("losses", _("Losses"), _("Where points are lost"), found.lost),
        _points_table("gains", _("Gains"), _("What would gain points"), found.gains),
    )
    said = [_labelled(title, words) for _basis, title, words in found.standings]
    said += [found.apart] if found.apart else []
    about: dict[str, ReportValue] = {
        "company": explanation.company,
        "edition": edition.id,
        "edition_digest": edition.digest,
        "node": explanation.node.id,
        "basis": explanation.basis,
        "language": edition.language,
    }
    title = f"{explanation.company} · {_node_title(found)}"
    said = [basis_phrase(explanation.basis), *said]
    return Report(title, tuple(said), about, _csv_table(found), tables, _json_parts(found), edition.round)


def _points_table(key: str, sheet: str, title: str, found: Sequence[PointsAtStake]) -> ReportTable:
    columns = [
        ReportColumn("title", _("What it is about"), "name", 52),
        ReportColumn("id", _("Id"), "id", 18),
        ReportColumn("points", _("Points"), "points", 9),
        ReportColumn("sentence", _("Why"), "text", 56),
        ReportColumn("law", _("Measured against"), "text", 60),
    ]
    rows: list[tuple[ReportValue, ...]] = [(p.title, p.id, p.points, p.sentence, _law(p.law)) for p in found]
    if any(points.closes for points in found):
        columns.append(ReportColumn("closes", _("What closes it"), "text", 52))
        rows = [(*row, points.closes) for row, points in zip(rows, found, strict=True)]
    return ReportTable(key, sheet, title, tuple(columns), rows)


def _law(law: Sequence[LegalReference]) -> str:
    return formats.semicolon_list(legal_reference_words(behind) for behind in law)


def _csv_table(found: _WorkedScore) -> ReportTable:
    """Every line of the example, then every loss and gain."""
    keys = ("kind", "id", "depth", "title", "said", "sum", "result", "points", "law", "closes")
    rows: list[tuple[ReportValue, ...]] = [
        (line.kind, line.id, line.depth, line.title, line.said, line.sum, line.result, None, "", "")
        for line in found.example
    ]
    for kind, points in (("loss", found.lost), ("gain", found.gains)):
        rows += [(kind, p.id, None, p.title, p.sentence, "", "", p.points, _law(p.law), p.closes) for p in points]
    return ReportTable("lines", "Lines", "", tuple(ReportColumn(key, key) for key in keys), rows)


def _json_parts(found: _WorkedScore) -> dict[str, list[dict[str, object]]]:
    def of_points(points: PointsAtStake) -> dict[str, object]:
        law = [
            {
                "id": b.id,
                "title": b.title,
                "authority": b.authority,
                "because": b.reason,
                "mark": b.mark,
                "paraphrase": b.paraphrase,
            }
            for b in points.law
        ]
        about = {"id": points.id, "title": points.title, "points": points.points, "sentence": points.sentence}
        return {**about, "law": law, "closes": points.closes}

    example: list[dict[str, object]] = [
        {
            "kind": line.kind,
            "id": line.id,
            "depth": line.depth,
            "title": line.title,
            "said": line.said,
            "sum": line.sum,
            "result": line.result,
        }
        for line in found.example
    ]
    standings: list[dict[str, object]] = [{"basis": basis, "said": said} for basis, _title, said in found.standings]
    return {
        "standings": standings,
        "example": example,
        "losses": [of_points(points) for points in found.lost],
        "gains": [of_points(points) for points in found.gains],
    }
