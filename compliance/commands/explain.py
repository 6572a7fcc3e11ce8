"""`compliance explain`: the worked example of a score, points lost and points to gain, with the law behind them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from textwrap import wrap
from typing import Any

import click

from compliance.commands import CommandError
from compliance.commands.answer_files import company_sheet, refuse_overwriting
from compliance.commands.output_files import page_option
from compliance.commands.report import Report, Row, attributes, edition_metadata, keyed_table, show_or_write
from compliance.commands.shared_options import ANSWERS_EPILOG, as_read, day_option, document_option, localised_edition
from compliance.commands.terminal import labelled, more_in_file
from compliance.languages import formats
from compliance.languages.interface_messages import gettext as _
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
from compliance.workbook.report_tables import ReportColumn, ReportTable


@dataclass(frozen=True, slots=True)
class _WorkedScore:
    """One node's score: its worked example, and the points it loses and could gain."""

    explanation: WorkedExample
    standings: tuple[tuple[Basis, str, str], ...]  # basis, its label, and the node's standing in words
    evidence_gap: str  # a sentence about points claimed without evidence, or shown and not claimed
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
@click.option("--company", required=True, help="The company, as the answers file calls it.")
@click.option("--node", default=OVERALL, show_default=True, help="The part of the tree to work out.")
@click.option("--basis", type=click.Choice(BASES), default="claimed", show_default=True, help="What is counted.")
@day_option
@document_option
@click.option("--language", default="en", show_default=True, help="In which language, by its code: fr, es, ar.")
@page_option
def explain_command(
    edition: str,
    answers: Path,
    company: str,
    node: str,
    basis: Basis,
    day: date,
    document: str | None,
    language: str,
    out: Path | None,
) -> None:
    """Work one company's score out so that it can be redone by hand: answer, points, requirement, theme, whole, band.

    It also says where points are lost and what closing each gap would gain, with the law behind it. The screen shows
    the ten that cost most of each; a file has all.
    """
    refuse_overwriting(out, answers)
    with localised_edition(edition, language) as spoken_edition:
        compiled = compile_edition(as_read(spoken_edition, document))
        sheet = company_sheet(compiled.edition, answers, company)
        if basis == "verified" and not sheet.verdicts:  # without a verdict there is no score, rather than 0
            raise CommandError(
                f"--basis {basis}: {answers} has no verdict of an auditor on {company}, in a column #verdict"
            )
        found = _work_out(compiled, sheet, node, basis, day)
        show_or_write(out, partial(_page, found), partial(_report, found))
    if out is not None:
        click.echo(f"{out}: {node} of {company} worked out")


def _work_out(compiled: CompiledEdition, sheet: AnswerSheet, node: str, basis: Basis, day: date) -> _WorkedScore:
    scored = [part.id for part in compiled.edition.root.nodes() if any(q.scored for q in part.questions())]
    if node not in scored:
        hint = did_you_mean(node, scored) or f": name one of {one_of(scored)}"
        raise CommandError(f"--node {node}: {compiled.edition.id} has no such part that is scored{hint}")
    cards = {each: make_scorecard(compiled, sheet, each) for each in BASES}
    beside = StandingByBasis(*(cards[each].nodes.get(node) for each in BASES))
    explanation, facts = explain(compiled, sheet, node, basis), company_facts(compiled.edition, sheet, day)
    return _WorkedScore(
        explanation,
        tuple((each, _(BASIS_WORDS[each]), standing_words(card, node)) for each, card in cards.items()),
        evidence_and_declaration_gap_words(beside, compiled.edition.round),
        progress_at(compiled.edition, sheet, node),
        worked_example_lines(explanation),
        points_lost(explanation, facts),
        points_to_gain(explanation, cards[basis].gaps, facts),
    )


# ── As text


def _page(found: _WorkedScore, width: int, most: int | None) -> Iterator[str]:
    """Yield the lines of a page of text, with at most `most` losses and gains."""
    explanation, edition = found.explanation, found.edition
    yield explanation.company
    yield from wrap(f"{edition.title} ({edition.id})", width)
    yield from wrap(labelled(_node_title(found), basis_phrase(explanation.basis)), width)
    yield ""
    for _basis, title, said in found.standings:
        yield from wrap(labelled(title, said), width, subsequent_indent="  ")
    yield from wrap(found.evidence_gap, width)
    yield from wrap(f"{progress_words(found.progress)} {reviewed_words(found.progress)}", width)
    yield from ("", _("Worked example"))
    for line in found.example:
        yield ""
        yield from _example_lines(line, width)
    yield from _points_lines(_("Where points are lost"), found.lost, width, most, paraphrased=False)
    yield from _points_lines(_("What would gain points"), found.gains, width, most, paraphrased=True)


def _node_title(found: _WorkedScore) -> str:
    node = found.explanation.node
    return _("Overall score") if node.id == OVERALL else node.title or node.id


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
            head = "    " + _("What closes it: ")
            yield from wrap(points.closes, width, initial_indent=head, subsequent_indent="    ")
        for provision in points.law:
            said = legal_reference_words(provision)
            if paraphrased and provision.paraphrase:
                said = labelled(said, provision.paraphrase)
            yield from wrap(said, width, initial_indent="    - ", subsequent_indent="      ")
    if more := len(found[len(found[:most]) :]):
        yield ""
        yield from wrap(more_in_file(more), width, initial_indent="  ", subsequent_indent="  ")


# ── As tables


def _report(found: _WorkedScore) -> Report:
    explanation, edition = found.explanation, found.edition
    example = [attributes(line, *_EXAMPLE_KEYS) for line in found.example]
    lost, gains = _point_rows(found.lost), _point_rows(found.gains)
    return Report(
        title=f"{explanation.company} · {_node_title(found)}",
        sentences=(
            basis_phrase(explanation.basis),
            *(labelled(title, words) for _basis, title, words in found.standings),
            *filter(None, (found.evidence_gap,)),
        ),
        metadata={
            "company": explanation.company,
            **edition_metadata(edition),
            "node": explanation.node.id,
            "basis": explanation.basis,
            "language": edition.language,
        },
        csv_keys=(*_EXAMPLE_KEYS, "points", "law", "closes"),
        csv_rows=[
            *example,
            *({"kind": "loss", **row, "said": row["sentence"]} for row in lost),
            *({"kind": "gain", **row, "said": row["sentence"]} for row in gains),
        ],
        tables=(
            _example_table(found.example),
            _points_table(_("Losses"), _("Where points are lost"), lost),
            _points_table(_("Gains"), _("What would gain points"), gains),
        ),
        json={
            "standings": [{"basis": basis, "said": said} for basis, _title, said in found.standings],
            "example": example,
            "losses": [_points_json(points) for points in found.lost],
            "gains": [_points_json(points) for points in found.gains],
        },
        digits=edition.round,
    )


_EXAMPLE_KEYS = ("kind", "id", "depth", "title", "said", "sum", "result")


def _example_table(lines: Sequence[WorkedExampleLine]) -> ReportTable:
    columns = (
        ReportColumn("title", _("Part"), "name", 56),
        ReportColumn("id", _("Id"), "id", 18),
        ReportColumn("said", _("Answer, or how combined"), "text", 52),
        ReportColumn("sum", _("Sum"), "text", 56),
        ReportColumn("result", _("Result"), "share", 14),
    )
    rows = [
        attributes(line, *_EXAMPLE_KEYS) | {"result": line.result if line.share is None else line.share}
        for line in lines
    ]
    return keyed_table(_("Worked example"), _("Worked example"), columns, rows, depths=[line.depth for line in lines])


def _points_table(sheet: str, title: str, rows: Sequence[Row]) -> ReportTable:
    columns = [
        ReportColumn("title", _("What it is about"), "name", 52),
        ReportColumn("id", _("Id"), "id", 18),
        ReportColumn("points", _("Points"), "points", 9),
        ReportColumn("sentence", _("Why"), "text", 56),
        ReportColumn("law", _("Measured against"), "text", 60),
    ]
    if any(row["closes"] for row in rows):
        columns.append(ReportColumn("closes", _("What closes it"), "text", 52))
    return keyed_table(sheet, title, columns, rows)


def _point_rows(found: Sequence[PointsAtStake]) -> list[Row]:
    keys = ("id", "title", "points", "sentence", "closes")
    return [
        attributes(points, *keys) | {"law": formats.semicolon_list(map(legal_reference_words, points.law))}
        for points in found
    ]


def _provision_json(provision: LegalReference) -> dict[str, Any]:
    return {
        **attributes(provision, "id", "title", "authority"),
        "because": provision.reason,
        **attributes(provision, "mark", "paraphrase"),
    }


def _points_json(points: PointsAtStake) -> dict[str, Any]:
    return {
        **attributes(points, "id", "title", "points", "sentence"),
        "law": [_provision_json(provision) for provision in points.law],
        "closes": points.closes,
    }
