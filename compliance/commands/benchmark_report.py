"""What `compliance benchmark` found, as tables for files."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compliance.benchmark.desk import Desk, DeskGroup
from compliance.benchmark.peers import Spread
from compliance.commands.league_report import flat_league_rows, league_tables, plain_leagues
from compliance.commands.leagues import Leagues
from compliance.commands.tables import Report
from compliance.findings.comparison import (
    NEED_WORDS,
    label_title,
    label_words,
    need_sentence,
    part_words,
    participation_sentence,
)
from compliance.findings.standing import BASES as BASIS_WORDS
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.edition import OVERALL
from compliance.questionnaire.need import NEED_CLASSES
from compliance.scoring.columns import Basis
from compliance.workbook.tables import Cell, Column, Table

#: What stands for a label where all companies are together.
ALL = "all"


def groups_of(desk: Desk) -> tuple[DeskGroup, ...]:
    """All companies together, then each group."""
    return (desk.together, *desk.groups)


def figures_of(spread: Spread | None) -> tuple[float | None, float | None, float | None, float | None]:
    """Lower quartile, median, upper quartile and what lies between the quartiles."""
    return (None,) * 4 if spread is None else (spread.lower, spread.median, spread.upper, spread.spread)


def report(desk: Desk, said: Sequence[str], basis: Basis, company: str | None, drawn: Leagues | None) -> Report:
    """Everything compared, with what is said of it; `drawn`: ranks, if they were asked for."""
    edition = desk.plan.edition
    about: dict[str, Cell] = {
        "edition": edition.id,
        "edition_digest": edition.digest,
        "by": "|".join(desk.by),
        "basis": basis,
        "company": company or "",
    }
    if drawn is not None:
        setting = drawn.setting
        about |= {"draws": setting.draws, "seed": setting.seed, "vary": "|".join(setting.moves.names())}
    return Report(
        title=_("Companies compared"),
        said=(edition.title, *said),
        about=about,
        flat=_flat(desk, drawn),
        tables=(
            _whole_table(desk, basis),
            *(() if drawn is None else league_tables(desk, drawn)),
            _parts_table(desk, basis),
            _need_table(desk, basis),
        ),
        parts=_parts(desk) | ({} if drawn is None else {"ranks": plain_leagues(drawn)}),
        round_at=edition.round,
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
    medians = [figures_of(group.sides[other].figures.get(part))[1] for other in desk.bases if other != basis]
    return (*figures_of(side.figures.get(part)), *figures_of(common.get(part)), *medians)


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
            group.companies,
            group.sides[basis].scored,
            *_spread_cells(desk, group, basis, OVERALL),
            group.sides[basis].common_questions,
            group.sides[basis].questions,
            _("no: fewer than 5") if group.is_for_the_desk(basis) else _("after disclosure control"),
        )
        for group in groups_of(desk)
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
        (*_label_cells(desk, group), part_words(desk.plan.edition, part), part, spread.n,
         *_spread_cells(desk, group, basis, part))
        for group in groups_of(desk)
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
    rows = [(_(NEED_WORDS[c]), need.companies[c], need.scored[c]) for c in NEED_CLASSES]
    notes = (need_sentence(desk.plan.edition, need), participation_sentence(need))
    return Table("need", _("Need"), _("Need and score"), columns, rows, notes)


def _flat(desk: Desk, drawn: Leagues | None) -> Table:
    """One figure a row, on every basis, as the public table of sectors has them."""
    keys = (*desk.by, "figure", "of", "basis", "over", "value", "n")
    rows = [row for group in groups_of(desk) for row in _flat_group(desk, group)]
    nowhere = (ALL,) * len(desk.by)
    if drawn is not None:
        rows += flat_league_rows(drawn, nowhere)
    for basis, need in desk.need.items():
        if (found := need.association) is not None:
            for of, value in (("rho", found.rho), ("low", found.low), ("high", found.high)):
                rows.append((*nowhere, "need_and_score", of, basis, "all", value, found.n))
    claimed = desk.need["claimed"]
    for need_class in NEED_CLASSES:
        rows.append((*nowhere, "works_in", need_class, "", "", claimed.companies[need_class], None))
    return Table("figures", "Figures", "", tuple(Column(key, key) for key in keys), rows)


def _flat_group(desk: Desk, group: DeskGroup) -> Iterator[tuple[Cell, ...]]:
    labels = tuple(group.labels.values()) or (ALL,) * len(desk.by)
    yield (*labels, "companies", "", "", "", group.companies, None)
    for basis, side in group.sides.items():
        yield (*labels, "scored", OVERALL, basis, "", side.scored, group.companies)
        for over, figures in (("all", side.figures), ("common", side.common)):
            for of, spread in (figures or {}).items():
                for figure, value in zip(
                    ("lower_quartile", "median", "upper_quartile", "spread"), figures_of(spread), strict=True
                ):
                    yield (*labels, figure, of, basis, over, value, spread.n)
        among = group.positions[basis] if group.positions else None
        if among is not None:
            for figure, count in (("above", among.above), ("level", among.level), ("below", among.below)):
                yield (*labels, figure, OVERALL, basis, "all", count, side.scored)


def _parts(desk: Desk) -> dict[str, Any]:
    return {
        "companies": desk.together.companies,
        "company_scores": dict(desk.company_scores),
        "groups": [_plain_group(group) for group in groups_of(desk)],
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
