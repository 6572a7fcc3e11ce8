"""`compliance change`: why scores moved between two periods, decomposed into answers, evidence, method and sample."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from compliance.commands import CommandError
from compliance.commands.answer_files import answer_sheets, refuse_overwriting, warn_of_similar_names
from compliance.commands.output_files import report_option
from compliance.commands.report import Report, Row, attributes, edition_metadata, keyed_table, write_report
from compliance.commands.shared_options import ANSWERS_EPILOG, grouping_labels
from compliance.commands.terminal import announce_work, counted, paragraphs, wrapped_table
from compliance.languages import formats
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import BASIS_LABELS as BASIS_WORDS
from compliance.narrative.peer_comparison import grouping_label, grouping_value_label, peer_group_title
from compliance.narrative.score_change import (
    answer_mapping_sentence,
    change_sentence,
    earlier_question_words,
    group_sentence,
    not_compared_words,
    period_comparison_sentences,
    signed_points,
    unmapped_words,
)
from compliance.questionnaire.edition import OVERALL
from compliance.questionnaire.edition_companions import mapping_between
from compliance.questionnaire.edition_folder import edition_path
from compliance.questionnaire.loader import find_edition, load_edition
from compliance.scoring.coded_answers import BASES, Basis
from compliance.scoring.compiled_edition import compile_edition
from compliance.statistics.score_change import GroupChange, PeriodComparison, ScoreChange, compare_periods
from compliance.statistics.thresholds import MIN_CONTRIBUTORS
from compliance.statistics.two_periods import EditionMigrator, PeriodSheets, code_periods, require_comparable
from compliance.workbook.report_tables import ReportColumn, ReportTable, ReportValue

#: The components of a change, in the order in which they are computed and shown.
_COMPONENTS = ("answers", "evidence", "method")


@click.command(epilog=ANSWERS_EPILOG)
@click.argument("edition")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--old-edition", metavar="EDITION", help="What BEFORE answers, if it is another edition.")
@click.option("--by", default="", metavar="LABELS", help="Groups: sector, size, region, joined by commas.")
@click.option("--basis", type=click.Choice(BASES), default="claimed", show_default=True, help="What is counted.")
@report_option
def change(
    edition: str, before: Path, after: Path, old_edition: str | None, by: str, basis: Basis, out: Path | None
) -> None:
    """Say why scores moved from the answers file BEFORE to the answers file AFTER, whose edition is EDITION.

    A change is the sum of what answers, then evidence and verification, then method, then (in a group) the sample did
    to the score. Like-for-like figures are given too: over the questions of both periods, with present weights.
    Companies are matched by name.
    """
    refuse_overwriting(out, before, after)
    path = edition_path(edition)
    new = load_edition(path)
    old = new if old_edition is None else find_edition(old_edition)
    require_comparable(old, new, basis)
    labels = tuple(dict.fromkeys((*grouping_labels(new, by), *grouping_labels(old, by))))
    was, now = (
        PeriodSheets(compile_edition(made), answer_sheets(made, file)) for made, file in ((old, before), (new, after))
    )
    migrator = EditionMigrator(old, new, mapping_between(old, new, path))
    periods = code_periods(was, now, migrator.migrate, basis)
    if basis == "verified" and not periods.has_verdicts:
        raise CommandError(f"--basis {basis}: neither file has a verdict of an auditor, in a column #verdict")
    warn_of_similar_names(before, periods.before.claimed.companies, after, periods.after.claimed.companies)
    announce_work("comparing", len(periods.before.claimed.companies) + len(periods.after.claimed.companies))
    panel = compare_periods(periods, migrator.unmapped(), labels)
    if out is not None:
        write_report(_report(panel, basis), out)
        click.echo(f"{out}: {counted(len(panel.companies), 'company', 'companies')} compared")
    for line in _screen(panel, basis, with_companies=out is None):
        click.echo(line)


# ── On the screen


def _screen(panel: PeriodComparison, basis: Basis, *, with_companies: bool) -> Iterator[str]:
    digits = panel.after.round
    steps = (_("Before"), _("After"), _("Answers"), _("Evidence"), _("Method"))
    yield _("%(basis)s, median", basis=_(BASIS_WORDS[basis]))
    yield from wrapped_table(
        ("", *steps, _("Sample"), _("In both"), _("Entered"), _("Left")),
        [_screen_group(name, group, digits) for name, group in _groups(panel)],
        begins=(len(steps) + 2,),  # the components in one block, as they add up, and the counts in another
    )
    if any(group.matched < MIN_CONTRIBUTORS for _name, group in _groups(panel)):
        yield _("* not for publication")
    if with_companies:
        yield from ("", _(BASIS_WORDS[basis]))
        rows = [[one.company, *_screen_figures(one, digits)] for one in panel.companies]
        yield from wrapped_table(("", *steps), rows)
    yield ""
    yield from paragraphs(period_comparison_sentences(panel))


def _groups(panel: PeriodComparison) -> tuple[tuple[str, GroupChange], ...]:
    named = [
        (peer_group_title(panel.after, dict(zip(panel.by, key, strict=True))), group) for key, group in panel.groups
    ]
    return ((peer_group_title(panel.after, {}), panel.together), *named)


def _screen_group(name: str, group: GroupChange, digits: int) -> list[str]:
    sample = "" if group.sample is None else signed_points(group.sample, digits)
    counts = (formats.number(count) for count in (group.matched, group.entrants, group.leavers))
    star = " *" if group.matched < MIN_CONTRIBUTORS else ""
    return [name + star, *_screen_figures(group, digits), sample, *counts]


def _screen_figures(moved: ScoreChange | GroupChange, digits: int) -> list[str]:
    headlines = ("" if points is None else formats.number(points, digits) for points in (moved.before, moved.after))
    components = attributes(moved, *_COMPONENTS).values()
    return [*headlines, *("" if points is None else signed_points(points, digits) for points in components)]


# ── As a file


#: The columns of the CSV table. Which of them a row has depends on its `kind`.
_KEYS = ("kind", "company", "part", "before", "after", "change", *_COMPONENTS, "sample", "like_before", "like_after",
         "stayed", "came", "left", "companies", "why")  # fmt: skip


def _report(panel: PeriodComparison, basis: Basis) -> Report:
    return Report(
        title=_("Why scores moved"),
        sentences=(panel.after.title, *period_comparison_sentences(panel)),
        metadata={
            **edition_metadata(panel.after),
            "old_edition": panel.before.id,
            "old_edition_digest": panel.before.digest,
            "basis": basis,
            "by": "|".join(panel.by),
            "statistic": panel.together.statistic,
        },
        csv_keys=(_KEYS[0], *panel.by, *_KEYS[1:]),
        csv_rows=list(_csv_rows(panel)),
        tables=(_groups_table(panel), _companies_table(panel), _requirements_table(panel), _unmapped_table(panel)),
        json=_json_parts(panel),
        digits=panel.after.round,
    )


def _figures(moved: ScoreChange | GroupChange) -> dict[str, ReportValue]:
    change = None if moved.before is None or moved.after is None else moved.after - moved.before
    return {
        **attributes(moved, "before", "after"),
        "change": change,
        **attributes(moved, *_COMPONENTS),
        "like_before": moved.like_for_like_before,
        "like_after": moved.like_for_like_after,
    }


def _group_figures(group: GroupChange) -> dict[str, ReportValue]:
    numbers = {"stayed": group.matched, "came": group.entrants, "left": group.leavers}
    return {**_figures(group), "sample": group.sample, **numbers}


def _figure_columns(*between: ReportColumn) -> tuple[ReportColumn, ...]:
    return (
        ReportColumn("before", _("Before"), "score", 9),
        ReportColumn("after", _("After"), "score", 9),
        ReportColumn("change", _("Change"), "points", 9),
        ReportColumn("answers", _("Answers"), "points", 9),
        ReportColumn("evidence", _("Evidence and verification"), "points", 12),
        ReportColumn("method", _("Method"), "points", 9),
        *between,
        ReportColumn("like_before", _("Like for like, before"), "score", 11),
        ReportColumn("like_after", _("Like for like, after"), "score", 11),
    )


def _groups_table(panel: PeriodComparison) -> ReportTable:
    columns = (
        ReportColumn("group", _("Group"), "name", 40),
        *_figure_columns(ReportColumn("sample", _("Sample"), "points", 9)),
        ReportColumn("stayed", _("In both"), "count", 9),
        ReportColumn("came", _("Entered"), "count", 9),
        ReportColumn("left", _("Left"), "count", 9),
        ReportColumn("said", _("In words"), "text", 70),
    )
    rows = [
        {"group": name, **_group_figures(group), "said": group_sentence(name, group, panel.after.round)}
        for name, group in _groups(panel)
    ]
    return keyed_table(_("Groups"), _("Groups, by median"), columns, rows)


def _companies_table(panel: PeriodComparison) -> ReportTable:
    columns = (
        ReportColumn("company", _("Company"), "name", 32),
        *(ReportColumn(f"by_{name}", grouping_label(panel.after, name), "text", 22) for name in panel.by),
        *_figure_columns(),
        ReportColumn("not_carried", _("Questions not compared"), "count", 13),
        ReportColumn("said", _("In words"), "text", 70),
    )
    rows = [
        {
            "company": one.company,
            **{
                f"by_{name}": grouping_value_label(panel.after, name, value)
                for name, value in _company_labels(panel, one).items()
            },
            **_figures(one),
            "not_carried": len(one.not_compared),
            "said": change_sentence(one, panel.after.round),
        }
        for one in panel.companies
    ]
    return keyed_table(_("Companies"), _("Companies"), columns, rows)


def _company_labels(panel: PeriodComparison, one: ScoreChange) -> dict[str, str]:
    return dict(zip(panel.by, panel.labels[one.company], strict=True))


def _requirements_table(panel: PeriodComparison) -> ReportTable:
    columns = (
        ReportColumn("company", _("Company"), "name", 32),
        ReportColumn("title", _("Requirement"), "text", 60),
        ReportColumn("id", _("Id"), "id", 18),
        ReportColumn("points", _("Points of the overall score"), "points", 11),
    )
    rows: list[Row] = [
        {"company": one.company, "title": panel.after.nodes[id_].title or id_, "id": id_, "points": points}
        for one in panel.companies
        for id_, points in sorted(one.by_requirement, key=lambda moved: -abs(moved[1]))
    ]
    note = _("Points that each requirement added or took away, like for like, largest first.")
    return keyed_table(_("Requirements"), _("Where it moved"), columns, rows, (note,))


def _unmapped_table(panel: PeriodComparison) -> ReportTable:
    columns = (
        ReportColumn("ask", _("Question"), "text", 60),
        ReportColumn("part", _("Id"), "id", 18),
        ReportColumn("companies", _("Companies"), "count", 11),
        ReportColumn("why", _("Why"), "text", 70),
    )
    rows: list[Row] = [{"ask": panel.after.questions[row["part"]].ask, **row} for row in _uncompared_rows(panel)]
    rows += [{"ask": earlier_question_words(panel.before, row["part"]), **row} for row in _unmapped_rows(panel)]
    notes = (answer_mapping_sentence(panel),)
    return keyed_table(_("Not carried over"), _("What could not be carried over"), columns, rows, notes)


def _uncompared_rows(panel: PeriodComparison) -> list[dict[str, Any]]:
    """Return rows of the questions asked now that are in no like-for-like figure."""
    return [
        {"part": one.question, "companies": one.companies, "why": not_compared_words(panel, one.question)}
        for one in panel.uncompared
    ]


def _unmapped_rows(panel: PeriodComparison) -> list[dict[str, Any]]:
    """Return rows of the questions asked before whose answers could not be mapped."""
    return [
        {"part": one.answer.question, "companies": one.companies, "why": unmapped_words(one.answer)}
        for one in panel.unmapped
    ]


def _csv_rows(panel: PeriodComparison) -> Iterator[Row]:
    """Yield a row for each group, company and requirement of a company, then for what could not be carried over."""
    for key, group in (((), panel.together), *panel.groups):
        labels = dict(zip(panel.by, key or ("all",) * len(panel.by), strict=True))
        yield {"kind": "group", **labels, "part": OVERALL, **_group_figures(group)}
    for one in panel.companies:
        head = {**_company_labels(panel, one), "company": one.company}
        yield {"kind": "company", **head, "part": OVERALL, **_figures(one)}
        for requirement, points in one.by_requirement:
            yield {"kind": "requirement", **head, "part": requirement, "change": points}
    yield from ({"kind": "not-compared", **row} for row in _uncompared_rows(panel))
    yield from ({"kind": "not-carried", **row} for row in _unmapped_rows(panel))


def _json_parts(panel: PeriodComparison) -> Mapping[str, Any]:
    return {
        "groups": [
            {"labels": dict(zip(panel.by, key, strict=False)), **_group_figures(group)}
            for key, group in (((), panel.together), *panel.groups)
        ],
        "companies": [
            {
                "company": one.company,
                "labels": _company_labels(panel, one),
                **_figures(one),
                "said": change_sentence(one, panel.after.round),
                "requirements": [{"id": requirement, "points": points} for requirement, points in one.by_requirement],
                "not_compared": list(one.not_compared),
            }
            for one in panel.companies
        ],
        "not_compared": [attributes(one, "question", "companies") for one in panel.uncompared],
        "not_carried": [
            {
                "question": one.answer.question,
                "to": one.answer.target,
                "companies": one.companies,
                "why": one.answer.why,
                "said": unmapped_words(one.answer),
            }
            for one in panel.unmapped
        ],
    }
