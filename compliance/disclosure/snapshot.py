"""Published snapshot of a closed period: the only thing public pages read; its sealed JSON, and its long table."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NamedTuple, TypeAlias

from compliance.disclosure.published import (
    BandCount,
    BreakdownFigures,
    Figure,
    MetShare,
    NamedCompany,
    NamedRank,
    NamedRanking,
    NamedScore,
    Participation,
    PublishedCell,
    Quartiles,
    SectorFigures,
    Suppressed,
    alphabetically,
    count_bounds,
)
from compliance.scoring.coded_answers import Basis

Json: TypeAlias = dict[str, Any]

#: How sealed figures are written today. What was sealed in an earlier format is read, and handed out, as it was sealed.
FORMAT = 2
#: Of every published figure, as the SPDX list calls it.
LICENCE = "CC-BY-4.0"


@dataclass(frozen=True, slots=True)
class PublishedSnapshot:
    """Every public figure of one edition and period, as of one day; it never moves."""

    edition: str
    digest: str  # of the edition
    title: str  # of the edition
    draft: bool  # the edition was not published, and could still change
    period: int
    as_of: date
    demonstration: bool  # the companies are invented
    together: SectorFigures
    sectors: tuple[SectorFigures, ...]
    seal: str = ""  # SHA-256 of everything above, as `sealed_text` has it

    def sector(self, sector: str) -> SectorFigures:
        """One sector. Raise KeyError if no company of it is registered."""
        for group in self.sectors:
            if group.sector == sector:
                return group
        raise KeyError(sector)

    @property
    def citation(self) -> str:
        """How to cite figures of it, without the sector; the same words in every language."""
        edition = f"{self.edition} (draft)" if self.draft else self.edition
        return (
            f"Article 34, {self.period}, edition {edition}, as of {self.as_of.isoformat()}, "
            f"seal {self.seal[:4]} {self.seal[4:8]}"
        )


def snapshot_to_json(snapshot: PublishedSnapshot) -> str:
    """The figures in today's format, as they are sealed: equal figures are equal texts."""
    return _canonical({**_as_json(snapshot), "format": FORMAT, "licence": LICENCE})


def snapshot_from_json(text: str, digest: str) -> PublishedSnapshot:
    """The snapshot that a text holds, in any format so far; `digest` is the SHA-256 noted when it was kept.

    Raise ValueError if its figures are not those that were sealed, or its format is newer than this version.
    """
    data = json.loads(text)
    number = data.get("format", 1)
    if number not in range(1, FORMAT + 1):
        raise ValueError(
            f"the figures are written in format {number}, and this version of Article 34 reads formats up to {FORMAT}: "
            "update it"
        )
    seal = _sha256(sealed_text(text))
    if _sha256(text) != digest or data.get("seal", seal) != seal:
        raise ValueError(f"the figures for {data['period']} are not those that were sealed")
    return PublishedSnapshot(
        edition=data["edition"],
        digest=data["digest"],
        title=data["title"],
        draft=data["draft"],
        period=data["period"],
        as_of=date.fromisoformat(data["as_of"]),
        demonstration=data["demonstration"],
        together=_group(data["together"]),
        sectors=tuple(map(_group, data["sectors"])),
        seal=seal,
    )


def sealed_text(text: str) -> str:
    """Of what is kept, the text whose SHA-256 is the seal. Format 1 kept its seal inside, and sealed an empty one."""
    data = json.loads(text)
    return text if "format" in data else _canonical({**data, "seal": ""})


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _as_json(snapshot: PublishedSnapshot) -> Json:
    plain = {**asdict(snapshot), "as_of": snapshot.as_of.isoformat()}
    del plain["seal"]
    for group in (plain["together"], *plain["sectors"]):
        _without_empty_fields(group)
    return plain


def _without_empty_fields(group: Json) -> None:
    """What a group came to have later is not written where it has none of it: what was sealed before stays sealed."""
    for name in ("league", "waiting", "cuts", "capped"):
        if not group[name]:
            del group[name]


def _canonical(data: Json) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _group(data: Json) -> SectorFigures:
    return SectorFigures(
        sector=data["sector"],
        sectors=tuple(data["sectors"]),
        participation=Participation(**{name: _cell(cell) for name, cell in data["participation"].items()}),
        figures=tuple(map(_figure, data["figures"])),
        bands=tuple(BandCount(tuple(b["bands"]), _cell(b["count"])) for b in data["bands"]),
        requirements=tuple(map(_share, data["requirements"])),
        provisions=tuple(map(_share, data["provisions"])),
        named=alphabetically(map(_named, data["named"])),
        league=_named_ranking(data["league"]) if "league" in data else None,
        waiting=data.get("waiting", 0),
        cuts=tuple(
            BreakdownFigures(cut["kind"], cut["value"], tuple(map(_figure, cut["figures"])))
            for cut in data.get("cuts", ())
        ),
        capped=_share(data["capped"]) if "capped" in data else None,
    )


def _named_ranking(data: Json) -> NamedRanking:
    places = tuple(NamedRank(**place) for place in data["places"])
    return NamedRanking(data["draws"], data["seed"], tuple(data["moves"]), places, data.get("basis", "claimed"))


def _named(data: Json) -> NamedCompany:
    if "claimed" not in data:  # before companies were named on each basis
        return NamedCompany(data["company"], NamedScore(*(data[key] for key in ("score", "worst", "best", "band"))))
    evidenced, verified = (_named_score(data[basis]) for basis in ("evidenced", "verified"))
    return NamedCompany(data["company"], NamedScore(**data["claimed"]), evidenced, verified)


def _named_score(data: Json | None) -> NamedScore | None:
    return None if data is None else NamedScore(**data)


def _figure(data: Json) -> Figure:
    return Figure(data["id"], _cell(data["n"]), _quartiles(data["claimed"]), _quartiles(data["evidenced"]))


def _share(data: Json) -> MetShare:
    return MetShare(data["id"], _cell(data["n"]), _cell(data["meeting"]))


def _quartiles(data: Mapping[str, object]) -> Quartiles:
    return Quartiles(_cell(data["lower"]), _cell(data["median"]), _cell(data["upper"]))


def _cell(cell: object) -> PublishedCell:
    return cell if isinstance(cell, int) else Suppressed(str(cell))


#: Every kind of figure, and what it is counted in. These ids are the same in every language.
FIGURE_UNITS: Mapping[str, str] = {
    "registered": "companies",
    "submitted": "companies",
    "scored": "companies",
    "without_score": "companies",
    "silent": "companies",
    "unscored": "companies",
    "in_figures": "companies",
    "median": "points",
    "lower_quartile": "points",
    "upper_quartile": "points",
    "band": "companies",
    "capped": "companies",
    "meets_half": "companies",
    "score": "points",
    "worst": "points",
    "best": "points",
    "rank_from": "rank",
    "rank_to": "rank",
    "tie_group": "group",
    "rank_draws": "draws",
    "rank_seed": "",
}


class FigureRow(NamedTuple):
    """One figure of one sector, or of a region or a size within it."""

    sector: str
    region: str  # of the headquarters; empty: of all
    size: str  # empty: of all
    figure: str  # one of UNITS
    of: str  # node, lens value, bands joined by +, requirement, law:provision, a named company, or moves joined by +
    basis: str  # claimed or evidenced; empty for counts
    value: PublishedCell
    n: PublishedCell  # companies it rests on

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """The least and the most that a count of companies can be, by what is published; None: not known."""
        found = count_bounds(self.value, self.n) if FIGURE_UNITS[self.figure] == "companies" else None
        return found or (None, None)


#: What a row says beside its group: figure, of, basis, value, n.
_FigureTuple: TypeAlias = tuple[str, str, str, PublishedCell, PublishedCell]


def snapshot_rows(snapshot: PublishedSnapshot, sector: str | None = None) -> Iterator[FigureRow]:
    """Every figure of one sector ("all" for all together), or of everything. Raise KeyError."""
    if sector is None:
        groups = (snapshot.together, *snapshot.sectors)
    elif sector == snapshot.together.sector:
        groups = (snapshot.together,)
    else:
        groups = (snapshot.sector(sector),)
    for group in groups:
        for row in _sector_rows(group):
            yield FigureRow(group.sector, "", "", *row)
        for cut in group.cuts:
            region, size = (cut.value if cut.kind == kind else "" for kind in ("region", "size"))
            for figure in cut.figures:
                for row in _figure_rows(figure):
                    yield FigureRow(group.sector, region, size, *row)


def _sector_rows(group: SectorFigures) -> Iterator[_FigureTuple]:
    registered, scored, resting = group.participation.registered, group.participation.scored, group.resting
    for name, cell in asdict(group.participation).items():
        yield name, "", "", cell, registered
    yield "in_figures", "", "", resting, scored  # the others wait: see `Group.waiting`
    for figure in group.figures:
        yield from _figure_rows(figure)
    for band in group.bands:
        yield "band", "+".join(band.bands), "claimed", band.count, resting
    for share in group.requirements:
        yield "meets_half", share.id, "claimed", share.meeting, share.n
    for share in group.provisions:
        yield "meets_half", f"law:{share.id}", "claimed", share.meeting, share.n
    for named in group.named:
        for basis in ("claimed", "evidenced", "verified"):
            standing = getattr(named, basis)
            for name in ("score", "worst", "best") if standing else ():
                yield name, named.company, basis, getattr(standing, name), 1
    if group.capped is not None:
        yield "capped", group.capped.id, "claimed", group.capped.meeting, group.capped.n
    if group.league is not None:
        yield from _ranking_rows(group.league)


def _ranking_rows(league: NamedRanking) -> Iterator[_FigureTuple]:
    """Rank ranges and tie groups among the named, and how they were drawn."""
    n = len(league.places)
    yield "rank_draws", "+".join(league.moves), league.basis, league.draws, n
    yield "rank_seed", "+".join(league.moves), league.basis, league.seed, n
    for place in league.places:
        yield "rank_from", place.company, league.basis, place.first, n
        yield "rank_to", place.company, league.basis, place.last, n
        yield "tie_group", place.company, league.basis, place.tie, n


def _figure_rows(figure: Figure) -> Iterator[_FigureTuple]:
    bases: tuple[Basis, Basis] = ("claimed", "evidenced")
    for basis, spread in zip(bases, (figure.claimed, figure.evidenced), strict=True):
        yield "median", figure.id, basis, spread.median, figure.n
        yield "lower_quartile", figure.id, basis, spread.lower, figure.n
        yield "upper_quartile", figure.id, basis, spread.upper, figure.n
