"""`compliance benchmark`: companies set beside those alike, and beside the need of the countries they work in."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any

import click

from compliance.benchmark.desk import Desk, DeskGroup, compare
from compliance.benchmark.peers import Spread
from compliance.commands.answers import read_answers, refuse_overwriting, sheet_of
from compliance.commands.failure import Failure
from compliance.commands.grouping import labels_of
from compliance.commands.progress import begun
from compliance.commands.tables import ENDINGS, Report, ending_of, write_report
from compliance.commands.terminal import aligned
from compliance.commands.words import counted
from compliance.findings.comparison import (
    NEED_WORDS,
    desk_sentences,
    group_words,
    label_title,
    label_words,
    need_sentence,
    part_words,
    participation_sentence,
    position_sentence,
)
from compliance.findings.standing import BASES as BASIS_WORDS
from compliance.languages import formats
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.edition import OVERALL
from compliance.questionnaire.editions import find_edition
from compliance.questionnaire.need import NEED_CLASSES
from compliance.scoring.columns import BASES, Basis
from compliance.scoring.plan import compile_edition
from compliance.workbook.tables import Cell, Column, Table

_WIDTH = 100
#: What stands for a label where all companies are together.
ALL = "all"


@click.command()
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option(
    "--by", default="", metavar="LABELS", help="What companies are grouped by: sector, size, region, joined by commas."
)
@click.option("--basis", type=click.Choice(BASES), default="claimed", show_default=True, help="What comes first.")
@click.option("--company", help="One company, to be shown where it stands.")
@click.option("--out", type=click.Path(path_type=Path), help=f"A file to write: {', '.join(ENDINGS)}.")
def benchmark(edition: str, answers: Path, by: str, basis: Basis, company: str | None, out: Path | None) -> None:
    """Compare the companies of an answers file: median, quartiles and spread of each group, claimed beside evidenced.

    Where not all of a group are asked the same, the same figures stand beside them over what all are asked. The
    figures are for the desk: they have not passed the rules for what is published.
    """
    ending_of(out)
    refuse_overwriting(out, answers)
    made = find_edition(edition)
    labels = labels_of(made, by)
    if company is not None and made.form == "quick":
        raise Failure(f"--company: {made.id} is a quick form, a first look, which ranks nobody")
    sheets = read_answers(made, answers)
    if company is not None:
        sheet_of(sheets, company, answers)
    begun("comparing", len(sheets))
    desk = compare(compile_edition(made), sheets, labels, company)
    if basis not in desk.bases:
        raise Failure(f"--basis {basis}: {answers} has no verdict of an auditor, in a column #verdict")
    if out is not None:
        write_report(_report(desk, basis, company), out)
        click.echo(
            f"{out}: {counted(len(sheets), 'company')} compared"
            if len(sheets) == 1
            else f"{out}: {len(sheets)} companies compared"
        )
    for line in _screen(desk, basis, company):
        click.echo(line)


# ── On the screen


def _screen(desk: Desk, basis: Basis, company: str | None) -> Iterator[str]:
    others = [other for other in desk.bases if other != basis]
    heads = (_("Companies"), _("With a score"), _("Lower quartile"), _("Median"), _("Upper quartile"), _("Spread"))
    medians = (_("Median, %(basis)s", basis=_(BASIS_WORDS[other]).lower()) for other in others)
    head = ("", *heads, _("Median, asked of all"), *medians)
    yield _("%(basis)s, the whole", basis=_(BASIS_WORDS[basis]))
    yield from aligned(head, [_screen_row(desk, group, basis, others) for group in _groups(desk)])
    if any(group.is_for_the_desk(basis) for group in _groups(desk)):
        yield _("* not for publication")
    yield ""
    for sentence in _sentences(desk, basis, company):
        yield from wrap(sentence, _WIDTH)


def _groups(desk: Desk) -> tuple[DeskGroup, ...]:
    return (desk.together, *desk.groups)


def _screen_row(desk: Desk, group: DeskGroup, basis: Basis, others: list[Basis]) -> list[str]:
    digits = desk.plan.edition.round
    star = " *" if group.is_for_the_desk(basis) else ""
    side = group.sides[basis]
    figures = _figures(side.figures.get(OVERALL))
    common = _figures((side.figures if side.common is None else side.common).get(OVERALL))[1]
    medians = [_figures(group.sides[other].figures.get(OVERALL))[1] for other in others]
    return [
        group_words(group.labels) + star,
        formats.number(group.companies),
        formats.number(side.scored),
        *("" if figure is None else formats.number(figure, digits) for figure in (*figures, common, *medians)),
    ]


def _figures(spread: Spread | None) -> tuple[float | None, float | None, float | None, float | None]:
    """Lower quartile, median, upper quartile and what lies between the quartiles."""
    return (None,) * 4 if spread is None else (spread.lower, spread.median, spread.upper, spread.spread)


def _sentences(desk: Desk, basis: Basis, company: str | None) -> Iterator[str]:
    edition = desk.plan.edition
    if company is not None:
        for group in _groups(desk):
            if group.positions is not None:
                among, title = group.positions[basis], group_words(group.labels)
                yield position_sentence(edition, company, title, desk.company_scores[basis], among)
    for each in BASES:
        judged = each in desk.bases
        said = need_sentence(edition, desk.need[each]) if judged else _("No auditor has judged yet.")
        yield _("%(name)s: %(value)s", name=_(BASIS_WORDS[each]), value=said)
    yield participation_sentence(desk.need[basis])
    if any(group.sides[basis].common is not None for group in _groups(desk)):
        yield _("“Asked of all” is over the questions alone that every company of the group is asked.")
    yield from desk_sentences()


# ── As a file


def _report(desk: Desk, basis: Basis, company: str | None) -> Report:
    edition = desk.plan.edition
    about: dict[str, Cell] = {
        "edition": edition.id,
        "edition_digest": edition.digest,
        "by": "|".join(desk.by),
        "basis": basis,
        "company": company or "",
    }
    return Report(
        title=_("Companies compared"),
        said=(edition.title, *_sentences(desk, basis, company)),
        about=about,
        flat=_flat(desk),
        tables=(_whole_table(desk, basis), _parts_table(desk, basis), _need_table(desk, basis)),
        parts=_parts(desk),
    )


def _label_columns(desk: Desk) -> tuple[Column, ...]:
    columns = tuple(Column(name, label_title(name), "name", 30) for name in desk.by)
    return columns or (Column("group", _("Group"), "name", 30),)


def _label_cells(desk: Desk, group: DeskGroup) -> tuple[str, ...]:
    if not group.labels:
        return (_("All companies"), *[""] * (len(desk.by) - 1))
    return tuple(label_words(name, value) for name, value in group.labels.items())


def _spread_columns(over: str = "", key: str = "") -> tuple[Column, ...]:
    """Headings of quartiles; `over` names the questions that they are over."""
    titles = (_("Lower quartile"), _("Median"), _("Upper quartile"), _("Spread"))
    keys = ("lower_quartile", "median", "upper_quartile", "spread")
    return tuple(
        Column(key + name, f"{title}, {over}" if over else title, "score", 11)
        for name, title in zip(keys, titles, strict=True)
    )


def _medians(desk: Desk, basis: Basis) -> tuple[Column, ...]:
    others = [other for other in desk.bases if other != basis]
    return tuple(
        Column(f"median_{other}", _("Median, %(basis)s", basis=_(BASIS_WORDS[other]).lower()), "score", 11)
        for other in others
    )


def _spread_cells(desk: Desk, group: DeskGroup, basis: Basis, part: str) -> tuple[Cell, ...]:
    side = group.sides[basis]
    common = side.figures if side.common is None else side.common
    medians = [_figures(group.sides[other].figures.get(part))[1] for other in desk.bases if other != basis]
    return (*_figures(side.figures.get(part)), *_figures(common.get(part)), *medians)


def _whole_table(desk: Desk, basis: Basis) -> Table:
    common = _("asked of all")
    columns = (
        *_label_columns(desk),
        Column("companies", _("Companies"), "count", 11),
        Column("scored", _("With a score"), "count", 9),
        *_spread_columns(),
        *_spread_columns(common, "common_"),
        *_medians(desk, basis),
        Column("common_questions", _("Questions asked of all"), "count", 11),
        Column("questions", _("Questions asked of any"), "count", 11),
        Column("published", _("For publication"), "text", 24),
    )
    rows = [
        (
            *_label_cells(desk, group),
            float(group.companies),
            float(group.sides[basis].scored),
            *_spread_cells(desk, group, basis, OVERALL),
            float(group.sides[basis].common_questions),
            float(group.sides[basis].questions),
            _("no: fewer than 5") if group.is_for_the_desk(basis) else _("after disclosure control"),
        )
        for group in _groups(desk)
    ]
    return Table("groups", _("Groups"), _("%(basis)s, the whole", basis=_(BASIS_WORDS[basis])), columns, rows)


def _parts_table(desk: Desk, basis: Basis) -> Table:
    columns = (
        *_label_columns(desk),
        Column("part", _("Part"), "text", 50),
        Column("id", _("Id"), "id", 18),
        Column("scored", _("With a score"), "count", 9),
        *_spread_columns(),
        *_spread_columns(_("asked of all"), "common_"),
        *_medians(desk, basis),
    )
    rows = [
        (*_label_cells(desk, group), part_words(desk.plan.edition, part), part, float(spread.n),
         *_spread_cells(desk, group, basis, part))
        for group in _groups(desk)
        for part, spread in group.sides[basis].figures.items()
    ]  # fmt: skip
    return Table("parts", _("Parts"), _("%(basis)s, part by part", basis=_(BASIS_WORDS[basis])), columns, rows)


def _need_table(desk: Desk, basis: Basis) -> Table:
    need = desk.need[basis]
    columns = (
        Column("need", _("Need of the countries"), "name", 30),
        Column("companies", _("Companies"), "count", 11),
        Column("scored", _("With a score"), "count", 9),
    )
    rows = [(_(NEED_WORDS[c]), float(need.companies[c]), float(need.scored[c])) for c in NEED_CLASSES]
    notes = (need_sentence(desk.plan.edition, need), participation_sentence(need))
    return Table("need", _("Need"), _("Need and score"), columns, rows, notes)


def _flat(desk: Desk) -> Table:
    """One figure a row, on every basis, as the public table of sectors has them."""
    keys = (*desk.by, "figure", "of", "basis", "over", "value", "n")
    rows = [row for group in _groups(desk) for row in _flat_group(desk, group)]
    nowhere = (ALL,) * len(desk.by)
    for basis, need in desk.need.items():
        if (found := need.association) is not None:
            for of, value in (("rho", found.rho), ("low", found.low), ("high", found.high)):
                rows.append((*nowhere, "need_and_score", of, basis, "all", value, float(found.n)))
    claimed = desk.need["claimed"]
    for need_class in NEED_CLASSES:
        rows.append((*nowhere, "works_in", need_class, "", "", float(claimed.companies[need_class]), None))
    return Table("figures", "Figures", "", tuple(Column(key, key) for key in keys), rows)


def _flat_group(desk: Desk, group: DeskGroup) -> Iterator[tuple[Cell, ...]]:
    labels = tuple(group.labels.values()) or (ALL,) * len(desk.by)
    yield (*labels, "companies", "", "", "", float(group.companies), None)
    for basis, side in group.sides.items():
        yield (*labels, "scored", OVERALL, basis, "", float(side.scored), float(group.companies))
        for over, figures in (("all", side.figures), ("common", side.common)):
            for of, spread in (figures or {}).items():
                for figure, value in zip(
                    ("lower_quartile", "median", "upper_quartile", "spread"), _figures(spread), strict=True
                ):
                    yield (*labels, figure, of, basis, over, value, float(spread.n))
        among = group.positions[basis] if group.positions else None
        if among is not None:
            for figure, count in (("above", among.above), ("level", among.level), ("below", among.below)):
                yield (*labels, figure, OVERALL, basis, "all", float(count), float(side.scored))


def _parts(desk: Desk) -> Mapping[str, Any]:
    return {
        "companies": desk.together.companies,
        "company_scores": dict(desk.company_scores),
        "groups": [_plain_group(group) for group in _groups(desk)],
        "need": {basis: _plain_need(desk, basis) for basis in desk.bases},
    }


def _plain_group(group: DeskGroup) -> Mapping[str, Any]:
    sides = {
        basis: {
            "scored": side.scored,
            "for_the_desk_only": group.is_for_the_desk(basis),
            "figures": _plain_figures(side.figures),
            "common": None if side.common is None else _plain_figures(side.common),
            "questions": side.questions,
            "common_questions": side.common_questions,
            "position": _plain_position(group, basis),
        }
        for basis, side in group.sides.items()
    }
    return {"labels": dict(group.labels), "companies": group.companies, "bases": sides}


def _plain_figures(figures: Mapping[str, Spread]) -> Mapping[str, Any]:
    return {
        of: {"n": s.n, "lower_quartile": s.lower, "median": s.median, "upper_quartile": s.upper, "spread": s.spread}
        for of, s in figures.items()
    }


def _plain_position(group: DeskGroup, basis: Basis) -> Mapping[str, int] | None:
    among = group.positions[basis] if group.positions else None
    return None if among is None else {"above": among.above, "level": among.level, "below": among.below}


def _plain_need(desk: Desk, basis: Basis) -> Mapping[str, Any]:
    need = desk.need[basis]
    found = need.association
    return {
        "said": need_sentence(desk.plan.edition, need),
        "association": None
        if found is None
        else {"n": found.n, "rho": found.rho, "low": found.low, "high": found.high},
        "companies": dict(need.companies),
        "scored": dict(need.scored),
    }
