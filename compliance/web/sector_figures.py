"""Published figures as the charts of templates/parts/sector_charts.html read them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import url_for

from compliance.benchmark.published import Cell, Figure, Group, NamedPlace, Share, Withheld
from compliance.benchmark.ranks import Range
from compliance.benchmark.snapshot import Snapshot
from compliance.benchmark.tally import Named
from compliance.findings.ranking import range_words
from compliance.languages.formats import any_of
from compliance.languages.speaking import gettext as _
from compliance.languages.words import REGIONS, lens_note, lens_word, sector_title, value_words, word
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.web.shapes import Shape, band_shapes, provision_shapes


@dataclass(frozen=True, slots=True)
class Standing:
    """How one sector stands: see the macro `standings`."""

    title: str
    href: str
    registered: Cell
    scored: Cell
    median: int | None
    low: int | None
    high: int | None
    accent: bool = False


@dataclass(frozen=True, slots=True)
class Taking:
    """Who takes part: see the macro `participation`."""

    title: str
    registered: Cell
    submitted: Cell
    scored: Cell
    unscored: Cell  # submitted too little
    silent: Cell
    rest: Cell  # without a score or silent, where the two are not shown apart


@dataclass(frozen=True, slots=True)
class Column:
    """Companies in a band, or in bands joined: see the macro `distribution`."""

    band: Shape
    title: str
    start: float
    end: float
    count: Cell


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """A median with its quartiles, claimed beside evidenced: see the macro `spreads`."""

    id: str
    title: str
    note: str
    n: Cell
    median: int | None
    low: int | None
    high: int | None
    shown: int | None  # the evidenced median
    accent: bool = False


@dataclass(frozen=True, slots=True)
class ShareRow:
    """Of how many companies something holds: see the macro `shares`."""

    title: str
    href: str
    count: Cell
    total: Cell
    note: str = ""
    provisions: Sequence[Shape] = ()
    accent: bool = False


def standing(snapshot: Snapshot, group: Group, *, accent: bool = False) -> Standing:
    """One sector on the whole."""
    overall = group.figure(OVERALL)
    href = url_for("sectors.sector", sector=group.sector, period=snapshot.period)
    return Standing(
        sector_title(group.sector),
        href,
        group.participation.registered,
        group.participation.scored,
        stated(overall.claimed.median),
        stated(overall.claimed.lower),
        stated(overall.claimed.upper),
        accent,
    )


def standings(snapshot: Snapshot, *, accent: str | None = None) -> tuple[Standing, ...]:
    """Every sector on the whole, in the order of the profile. `accent`: the one that the headline speaks of."""
    return tuple(standing(snapshot, group, accent=group.sector == accent) for group in snapshot.sectors)


def overall_spreads(group: Group) -> tuple[SpreadRow, ...]:
    """The whole as claimed, and as evidenced."""
    figure = group.figure(OVERALL)
    evidenced = Figure(figure.id, figure.n, figure.evidenced, figure.evidenced)
    rows = ((figure, _("Claimed")), (evidenced, _("Evidenced")))
    return tuple(replace(_spread(found, title, ""), shown=None) for found, title in rows)


def taking(group: Group) -> Taking:
    """Who takes part in one sector, or in all together."""
    p = group.participation
    title = sector_title(group.sector)
    return Taking(title, p.registered, p.submitted, p.scored, p.without_score, p.silent, p.unscored)


def columns(edition: Edition, group: Group) -> tuple[Column, ...]:
    """The bands of a sector, lowest first; empty where none may be shown."""
    bands = {band["id"]: band for band in band_shapes(edition)}
    starts = [band.at for band in edition.bands]
    found = []
    for shown in group.bands:
        first, last = bands[shown.bands[0]], bands[shown.bands[-1]]
        title = any_of(bands[band]["title"] for band in shown.bands)
        end = starts[last["step"]] if last["step"] < len(starts) else edition.scale
        found.append(Column(first, title, first["at"], end, shown.count))
    return tuple(found)


def lens_spreads(group: Group, lens: str, values: Iterable[str], *, accent: str = "") -> tuple[SpreadRow, ...]:
    """A sector along one lens. `accent`: the value that the headline speaks of."""
    figures = {figure.id: figure for figure in group.figures}
    return tuple(
        _spread(figures[f"{lens}:{v}"], lens_word(v), lens_note(lens, v), accent=f"{lens}:{v}" == accent)
        for v in values
        if f"{lens}:{v}" in figures
    )


@dataclass(frozen=True, slots=True)
class Heat:
    """Sectors by CSR gap and prevention level: see the macro `heat`."""

    columns: Sequence[Shape]
    rows: Sequence[Shape]


def lens_heat(snapshot: Snapshot, edition: Edition) -> Heat:
    """The median of every sector along both lenses, as claimed."""
    keys = [(lens, value) for lens in ("gap", "prevention") for value in edition.lenses.get(lens, ())]
    together = {figure.id: figure.n for figure in snapshot.together.figures}
    columns = [
        {
            "title": lens_word(value),
            "n": together.get(f"{lens}:{value}", Withheld.NOT_SHOWN),
            "apart": lens == "prevention" and keys[place - 1][0] == "gap",
        }
        for place, (lens, value) in enumerate(keys)
    ]
    rows = []
    for group in snapshot.sectors:
        figures = {figure.id: figure for figure in group.figures}
        shown = standing(snapshot, group)
        cells = [_heat_cell(edition, figures.get(f"{lens}:{value}")) for lens, value in keys]
        rows.append({"title": shown.title, "href": shown.href, "cells": cells})
    return Heat(columns, rows)


def cut_spreads(group: Group, kind: str) -> tuple[SpreadRow, ...]:
    """A sector by region or by size, on the whole; all that there are, in their order, shown or not."""
    cuts = [cut for cut in group.cuts if cut.kind == kind]
    return tuple(_spread(cut.figures[0], cut_word(kind, cut.value), "") for cut in cuts)


def cut_word(kind: str, value: str) -> str:
    """A region or a size in words."""
    return word(REGIONS, value) if kind == "region" else value_words("size", value)


def theme_spreads(edition: Edition, group: Group) -> tuple[SpreadRow, ...]:
    """A sector along the themes."""
    figures = {figure.id: figure for figure in group.figures}
    themes = [theme for theme in edition.themes if theme.id in figures]
    return tuple(_spread(figures[theme.id], theme.title or theme.id, "") for theme in themes)


def requirement_shares(edition: Edition, group: Group, most: int) -> tuple[ShareRow, ...]:
    """The requirements that fewest companies meet at least half."""
    themes = {node.id: theme.id for theme in edition.themes for node in theme.nodes() if node.is_requirement}
    rows: list[ShareRow] = []
    for share in fewest_first(group.requirements)[:most]:
        node = edition.nodes[share.id]
        href = url_for("method.theme", theme=themes[share.id], _anchor=share.id)
        law = provision_shapes(edition, node.law)
        rows.append(ShareRow(node.title or node.id, href, share.meeting, share.n, "", law, not rows))
    return tuple(rows)


def provision_shares(edition: Edition, group: Group, most: int) -> tuple[ShareRow, ...]:
    """The provisions of which fewest companies meet at least half."""
    rows: list[ShareRow] = []
    for share in fewest_first(group.provisions):
        for shape in provision_shapes(edition, [share.id]) if len(rows) < most else ():
            name = f"{shape['short']} {shape['provision']}"
            rows.append(ShareRow(name, shape["href"], share.meeting, share.n, shape["paraphrase"], (), not rows))
    return tuple(rows)


def named_rows(edition: Edition, group: Group) -> list[Shape]:
    """The companies that agreed to be named, best first: as they are ranked, where ranks were drawn."""
    bands = {band["id"]: band for band in band_shapes(edition)}
    if group.league is None:
        return [_named_row(named, bands.get(named.band)) for named in group.named]
    waiting: dict[str, list[Named]] = {}  # a name may be borne by several: best first, as they are ranked
    for named in group.named:
        waiting.setdefault(named.company, []).append(named)
    placed = [(waiting[place.company].pop(0), place) for place in group.league.places]
    return [_named_row(named, bands.get(named.band), place) for named, place in placed]


def _named_row(named: Named, band: Shape | None, place: NamedPlace | None = None) -> Shape:
    return {
        "title": named.company,
        "score": named.score,
        "worst": named.worst,
        "best": named.best,
        "band": band,
        "ranks": range_words(Range(place.first, place.last)) if place else "",
        "tie": place.tie if place else 0,
    }


def fewest_first(shares: Iterable[Share]) -> list[Share]:
    """The shares that are shown, fewest first; those withheld are left out."""
    shown = [s for s in shares if s.n != Withheld.NOT_SHOWN and s.meeting != Withheld.NOT_SHOWN]
    return sorted(shown, key=_part)


def stated(cell: Cell) -> int | None:
    """The number, or None where it is withheld."""
    return None if isinstance(cell, Withheld) else cell


def _part(share: Share) -> float:
    """A place in the order; what is only known to be few, or nearly all, goes to its end."""
    ends: Mapping[Cell, float] = {Withheld.FEW: 0.0, Withheld.NEARLY_ALL: 1.0}
    if isinstance(share.n, Withheld):
        return 1.0
    return ends[share.meeting] if share.meeting in ends else int(share.meeting) / share.n


def _heat_cell(edition: Edition, figure: Figure | None) -> Shape:
    median = None if figure is None else stated(figure.claimed.median)
    reached = [shape for shape in band_shapes(edition) if median is not None and shape["at"] <= median]
    return {"score": median, "band": reached[-1] if reached else None, "withheld": median is None}


def _spread(figure: Figure, title: str, note: str, *, accent: bool = False) -> SpreadRow:
    claimed = figure.claimed
    return SpreadRow(
        figure.id,
        title,
        note,
        figure.n,
        stated(claimed.median),
        stated(claimed.lower),
        stated(claimed.upper),
        stated(figure.evidenced.median),
        accent,
    )
