"""`compliance benchmark`: median, quartiles and spread of peer groups, and score against need.

The figures are internal: they have not passed disclosure control. Ranks are in `benchmark_ranks`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from compliance.commands import CommandError
from compliance.commands.answer_files import answer_sheets, refuse_overwriting, unknown_company
from compliance.commands.benchmark_ranks import (
    RankReport,
    figure_row,
    label_cells,
    label_columns,
    rank_csv_rows,
    rank_groups,
    rank_lines,
    rank_tables,
    ranks_json,
    simulation_settings,
)
from compliance.commands.output_files import report_option
from compliance.commands.report import Report, Row, attributes, edition_metadata, keyed_table, write_report
from compliance.commands.shared_options import ANSWERS_EPILOG, grouping_labels
from compliance.commands.terminal import announce_work, counted, labelled, paragraphs, wrapped_table
from compliance.languages import formats
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import BASIS_LABELS as BASIS_WORDS
from compliance.narrative.need_classes import NEED_WORDS
from compliance.narrative.peer_comparison import (
    companies_by_need_sentence,
    internal_use_sentences,
    need_and_score_sentence,
    part_title,
    peer_group_title,
    position_sentence,
)
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.countries import NEED_CLASSES
from compliance.questionnaire.edition import OVERALL
from compliance.questionnaire.loader import find_edition
from compliance.scoring.coded_answers import BASES, Basis
from compliance.scoring.compiled_edition import compile_edition
from compliance.statistics.internal_comparison import (
    ComparedGroup,
    InternalComparison,
    asks_countries_of_operation,
    compare_companies,
)
from compliance.statistics.peer_groups import ScoreDistribution
from compliance.statistics.uncertainty_model import UNCERTAINTY_FACTORS
from compliance.workbook.report_tables import ReportColumn, ReportTable

#: The label of all companies together.
ALL = "all"
QUARTILE_KEYS = ("lower_quartile", "median", "upper_quartile", "spread")


def all_groups(comparison: InternalComparison) -> tuple[ComparedGroup, ...]:
    """Return all companies together, then each group."""
    return (comparison.together, *comparison.groups)


def quartiles(spread: ScoreDistribution | None, before: str = "") -> dict[str, float | None]:
    """Return lower quartile, median, upper quartile and the interquartile range by key, with the prefix `before`."""
    figures = (None,) * 4 if spread is None else (spread.lower, spread.median, spread.upper, spread.spread)
    return {before + key: figure for key, figure in zip(QUARTILE_KEYS, figures, strict=True)}


def comparison_report(
    comparison: InternalComparison, said: Sequence[str], basis: Basis, company: str | None, drawn: RankReport | None
) -> Report:
    """Return all comparisons as a report, with the sentences `said`. `drawn`: ranks, if they were asked for."""
    edition = comparison.compiled.edition
    simulated: Row = {}
    if drawn is not None:
        setting = drawn.setting
        simulated = {"draws": setting.draws, "seed": setting.seed, "vary": "|".join(setting.factors.names())}
    return Report(
        title=_("Companies compared"),
        sentences=(edition.title, *said),
        metadata={
            **edition_metadata(edition),
            "by": "|".join(comparison.by),
            "basis": basis,
            "company": company or "",
            **simulated,
        },
        csv_keys=(*comparison.by, "figure", "of", "basis", "over", "value", "n"),
        csv_rows=list(_csv_rows(comparison, drawn)),
        tables=(
            _whole_table(comparison, basis),
            *(() if drawn is None else rank_tables(comparison, drawn)),
            _parts_table(comparison, basis),
            _need_table(comparison, basis),
        ),
        json=_json_parts(comparison) | ({} if drawn is None else {"ranks": ranks_json(drawn)}),
        digits=edition.round,
    )


# ── As tables


def _quartile_columns(over: str = "", before: str = "") -> tuple[ReportColumn, ...]:
    """Return the columns of quartiles. `over`: words for the questions that they are computed over."""
    titles = (_("Lower quartile"), _("Median"), _("Upper quartile"), _("Spread"))
    return tuple(
        ReportColumn(before + key, f"{title}, {over}" if over else title, "score", 11)
        for key, title in zip(QUARTILE_KEYS, titles, strict=True)
    )


def _figure_columns(comparison: InternalComparison, basis: Basis) -> tuple[ReportColumn, ...]:
    """Return columns of quartiles over all questions, then over those asked of all, then medians on other bases."""
    medians = [
        ReportColumn(f"median_{other}", _("Median, %(basis)s", basis=_(BASIS_WORDS[other]).lower()), "score", 11)
        for other in comparison.bases
        if other != basis
    ]
    return (*_quartile_columns(), *_quartile_columns(_("asked of all"), "common_"), *medians)


def _figures(comparison: InternalComparison, group: ComparedGroup, basis: Basis, part: str) -> dict[str, float | None]:
    side = group.by_basis[basis]
    medians = {
        f"median_{other}": quartiles(group.by_basis[other].figures.get(part))["median"]
        for other in comparison.bases
        if other != basis
    }
    return {**quartiles(side.figures.get(part)), **quartiles(side.comparable_figures.get(part), "common_"), **medians}


def _whole_table(comparison: InternalComparison, basis: Basis) -> ReportTable:
    columns = (
        *label_columns(comparison),
        ReportColumn("companies", _("Companies"), "count", 11),
        ReportColumn("scored", _("With a score"), "count", 9),
        *_figure_columns(comparison, basis),
        ReportColumn("common_questions", _("Questions asked of all"), "count", 11),
        ReportColumn("questions", _("Questions asked of at least one"), "count", 11),
        ReportColumn("published", _("For publication"), "text", 24),
    )
    rows = [
        {
            **label_cells(comparison, group),
            "companies": group.companies,
            **attributes(group.by_basis[basis], "scored", "common_questions", "questions"),
            **_figures(comparison, group, basis, OVERALL),
            "published": _("no: fewer than 5")
            if group.has_figures_below_threshold(basis)
            else _("after disclosure control"),
        }
        for group in all_groups(comparison)
    ]
    return keyed_table(_("Groups"), _("%(basis)s, overall score", basis=_(BASIS_WORDS[basis])), columns, rows)


def _parts_table(comparison: InternalComparison, basis: Basis) -> ReportTable:
    columns = (
        *label_columns(comparison),
        ReportColumn("part", _("Part"), "text", 50),
        ReportColumn("id", _("Id"), "id", 18),
        ReportColumn("scored", _("With a score"), "count", 9),
        *_figure_columns(comparison, basis),
    )
    rows = [
        {
            **label_cells(comparison, group),
            "part": part_title(comparison.compiled.edition, part),
            "id": part,
            "scored": spread.n,
            **_figures(comparison, group, basis, part),
        }
        for group in all_groups(comparison)
        for part, spread in group.by_basis[basis].figures.items()
    ]
    return keyed_table(_("Parts"), _("%(basis)s, part by part", basis=_(BASIS_WORDS[basis])), columns, rows)


def _need_table(comparison: InternalComparison, basis: Basis) -> ReportTable:
    edition, need = comparison.compiled.edition, comparison.need[basis]
    columns = (
        ReportColumn("need", _("Need of the countries"), "name", 30),
        ReportColumn("companies", _("Companies"), "count", 11),
        ReportColumn("scored", _("With a score"), "count", 9),
    )
    asked = NEED_CLASSES if asks_countries_of_operation(edition) else ()
    rows: list[Row] = [
        {"need": _(NEED_WORDS[c]), "companies": need.companies[c], "scored": need.scored[c]} for c in asked
    ]
    notes = tuple(filter(None, (need_and_score_sentence(edition, need), companies_by_need_sentence(edition, need))))
    return keyed_table(_("Need"), _("Need and score"), columns, rows, notes)


# ── For programs


def _csv_rows(comparison: InternalComparison, drawn: RankReport | None) -> Iterator[Row]:
    """Yield one figure per row, on every basis, as in the public table of sectors."""
    nowhere = dict.fromkeys(comparison.by, ALL)
    for group in all_groups(comparison):
        yield from ({**(group.labels or nowhere), **row} for row in _csv_rows_of_group(group))
    yield from (() if drawn is None else rank_csv_rows(drawn, nowhere))
    for basis, need in comparison.need.items():
        if (found := need.correlation) is not None:
            for of, value in attributes(found, "rho", "low", "high").items():
                yield {**nowhere, **figure_row("need_and_score", of, basis, value, found.n)}
    claimed = comparison.need["claimed"]
    for need_class in NEED_CLASSES if asks_countries_of_operation(comparison.compiled.edition) else ():
        yield {**nowhere, "figure": "works_in", "of": need_class, "value": claimed.companies[need_class]}


def _csv_rows_of_group(group: ComparedGroup) -> Iterator[Row]:
    yield {"figure": "companies", "value": group.companies}
    for basis, side in group.by_basis.items():
        yield figure_row("scored", OVERALL, basis, side.scored, group.companies, over="")
        for over, figures in (("all", side.figures), ("common", side.on_common_questions)):
            for of, spread in (figures or {}).items():
                for figure, value in quartiles(spread).items():
                    yield figure_row(figure, of, basis, value, spread.n, over=over)
        for figure, count in (_position_json(group, basis) or {}).items():
            yield figure_row(figure, OVERALL, basis, count, side.scored)


def _json_parts(comparison: InternalComparison) -> dict[str, Any]:
    return {
        "companies": comparison.together.companies,
        "company_scores": dict(comparison.company_scores),
        "groups": [_group_json(group) for group in all_groups(comparison)],
        "need": {basis: _need_json(comparison, basis) for basis in comparison.bases},
    }


def _group_json(group: ComparedGroup) -> Mapping[str, Any]:
    sides = {
        basis: {
            "scored": side.scored,
            "for_the_desk_only": group.is_below_threshold(basis),
            "figures": _figures_json(side.figures),
            "common": None if side.on_common_questions is None else _figures_json(side.on_common_questions),
            "questions": side.questions,
            "common_questions": side.common_questions,
            "position": _position_json(group, basis),
        }
        for basis, side in group.by_basis.items()
    }
    return {"labels": dict(group.labels), "companies": group.companies, "bases": sides}


def _figures_json(figures: Mapping[str, ScoreDistribution]) -> Mapping[str, Any]:
    return {of: {"n": spread.n, **quartiles(spread)} for of, spread in figures.items()}


def _position_json(group: ComparedGroup, basis: Basis) -> Mapping[str, int] | None:
    among = group.positions[basis] if group.positions else None
    return None if among is None else {"above": among.above, "level": among.tied, "below": among.below}


def _need_json(comparison: InternalComparison, basis: Basis) -> Mapping[str, Any]:
    edition, need = comparison.compiled.edition, comparison.need[basis]
    asked, found = asks_countries_of_operation(edition), need.correlation
    return {
        "said": need_and_score_sentence(edition, need),
        "association": None if found is None else attributes(found, "n", "rho", "low", "high"),
        "companies": dict(need.companies) if asked else None,
        "scored": dict(need.scored) if asked else None,
    }


@click.command(epilog=ANSWERS_EPILOG)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option(
    "--by", default="", metavar="LABELS", help="What companies are grouped by: sector, size, region, joined by commas."
)
@click.option("--basis", type=click.Choice(BASES), default="claimed", show_default=True, help="What comes first.")
@click.option("--company", help="One company, to be shown where it stands.")
@click.option("--draws", type=int, help="Rank the companies of each group, and draw so often how sure that is: 1000.")
@click.option("--seed", type=int, default=1, show_default=True, help="Where the draws begin: the same seed, the same.")
@click.option(
    "--vary",
    metavar="MOVES",
    help=f"What is drawn: {','.join(UNCERTAINTY_FACTORS)}, some or (without this option) all.",
)
@click.option("--why", is_flag=True, help="Also which of these moves ranks most (takes the extra `analysis`).")
@report_option
def benchmark(
    edition: str,
    answers: Path,
    by: str,
    basis: Basis,
    company: str | None,
    draws: int | None,
    seed: int,
    vary: str | None,
    why: bool,
    out: Path | None,
) -> None:
    """Compare the companies of an answers file: median, quartiles and spread of each group, claimed beside evidenced.

    Where the companies of a group are not all asked the same questions, the figures are also given over the questions
    that all are asked. The figures are internal: they have not passed disclosure control. With --draws, the companies
    of each group are ranked too, with rank ranges and tie groups (companies whose order is not established); with
    --company as well, only that company is ranked.
    """
    setting = simulation_settings(draws, seed, vary, why=why)
    refuse_overwriting(out, answers)
    made = find_edition(edition)
    labels = grouping_labels(made, by)
    if (company is not None or setting is not None) and made.form == "quick":
        option = "--draws" if setting is not None else "--company"
        raise CommandError(f"{option}: {made.id} is a quick form, a first look, which ranks nobody")
    names: list[str] = []
    try:
        comparison = compare_companies(
            compile_edition(made), _collecting_names(answer_sheets(made, answers), names), labels, company
        )
    except KeyError:  # the company is unknown: `grouping_labels` has checked the labels
        raise unknown_company(str(company), names, answers) from None
    if basis not in comparison.bases:
        raise CommandError(f"--basis {basis}: {answers} has no verdict of an auditor, in a column #verdict")
    drawn = None if setting is None else rank_groups(comparison, basis, company, setting, why=why)
    if out is not None:
        write_report(
            comparison_report(comparison, list(_sentences(comparison, basis, company)), basis, company, drawn), out
        )
        click.echo(f"{out}: {counted(len(names), 'company', 'companies')} compared")
    for line in _screen(comparison, basis, company, drawn):
        click.echo(line)


def _collecting_names(sheets: Iterable[AnswerSheet], names: list[str]) -> Iterator[AnswerSheet]:
    """Yield the sheets, and add the name of each company to `names`."""
    for sheet in sheets:
        names.append(sheet.company)
        yield sheet
    announce_work("comparing", len(names))


# ── On the screen


def _screen(
    comparison: InternalComparison, basis: Basis, company: str | None, drawn: RankReport | None
) -> Iterator[str]:
    others = [other for other in comparison.bases if other != basis]
    heads = (_("Companies"), _("With a score"), _("Lower quartile"), _("Median"), _("Upper quartile"), _("Spread"))
    medians = (_("Median, %(basis)s", basis=_(BASIS_WORDS[other]).lower()) for other in others)
    head = ("", *heads, _("Median, asked of all"), *medians)
    yield _("%(basis)s, overall score", basis=_(BASIS_WORDS[basis]))
    yield from wrapped_table(head, [_screen_row(comparison, group, basis) for group in all_groups(comparison)])
    if any(group.has_figures_below_threshold(basis) for group in all_groups(comparison)):
        yield _("* not for publication")
    if drawn is not None:
        yield from rank_lines(comparison, drawn)
    yield ""
    yield from paragraphs(_sentences(comparison, basis, company))


def _screen_row(comparison: InternalComparison, group: ComparedGroup, basis: Basis) -> list[str]:
    digits = comparison.compiled.edition.round
    figures = _figures(comparison, group, basis, OVERALL)
    shown = (*QUARTILE_KEYS, "common_median", *(key for key in figures if key.startswith("median_")))
    return [
        peer_group_title(comparison.compiled.edition, group.labels)
        + (" *" if group.has_figures_below_threshold(basis) else ""),
        formats.number(group.companies),
        formats.number(group.by_basis[basis].scored),
        *("" if figure is None else formats.number(figure, digits) for figure in map(figures.get, shown)),
    ]


def _sentences(comparison: InternalComparison, basis: Basis, company: str | None) -> Iterator[str]:
    edition = comparison.compiled.edition
    if company is not None:
        for group in all_groups(comparison):
            if group.positions is not None:
                among, title = group.positions[basis], peer_group_title(comparison.compiled.edition, group.labels)
                yield position_sentence(edition, company, title, comparison.company_scores[basis], among)
    for each in BASES:
        judged = each in comparison.bases
        said = (
            need_and_score_sentence(edition, comparison.need[each])
            if judged
            else _("No auditor has given a verdict yet.")
        )
        yield labelled(_(BASIS_WORDS[each]), said)
    yield from filter(None, (companies_by_need_sentence(edition, comparison.need[basis]),))
    if any(group.by_basis[basis].on_common_questions is not None for group in all_groups(comparison)):
        yield _("“Asked of all” covers only the questions that every company in the group is asked.")
    yield from internal_use_sentences()
