"""Published snapshot of a closed period, from which public pages take all figures, and its sealed JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from compliance.disclosure.invitations import (
    NO_INVITATIONS,
    InvitationFigures,
    Json,
    invitations_from_json,
    invitations_to_json,
)
from compliance.disclosure.published import (
    BandCount,
    BreakdownFigures,
    ChangeMedians,
    Figure,
    MetShare,
    NamedCompany,
    NamedRank,
    NamedRanking,
    NamedScore,
    Participation,
    PeriodChange,
    PublishedRange,
    Quartiles,
    ScoreRange,
    SectorFigures,
    Suppressed,
    alphabetically,
    cell_from_json,
)

#: The format in which figures are sealed now. Figures sealed in an earlier format are read and handed out unchanged.
FORMAT = 3
#: The SPDX id of the licence of all published figures.
LICENCE: Final = "CC-BY-4.0"


@dataclass(frozen=True, slots=True)
class PublishedSnapshot:
    """Every public figure of one edition and period, as of one day. It never changes."""

    edition: str
    digest: str  # of the edition
    title: str  # of the edition
    draft: bool  # whether the edition was not published, and could still change
    period: int
    as_of: date
    demonstration: bool  # whether some companies are invented
    together: SectorFigures
    sectors: tuple[SectorFigures, ...]
    seal: str = ""  # SHA-256 of everything else: see `sealed_text`
    invitations: InvitationFigures = NO_INVITATIONS

    def sector(self, sector: str) -> SectorFigures:
        """Return the figures of one sector. Raise KeyError if no company of it is registered."""
        for group in self.sectors:
            if group.sector == sector:
                return group
        raise KeyError(sector)

    @property
    def citation(self) -> str:
        """The citation of the figures, without a sector, in the same words in every language."""
        edition = f"{self.edition} (draft)" if self.draft else self.edition
        return (
            f"Article 34, {self.period}, edition {edition}, as of {self.as_of.isoformat()}, "
            f"seal {self.seal[:4]} {self.seal[4:8]}"
        )


def snapshot_to_json(snapshot: PublishedSnapshot) -> str:
    """Return the figures as sealed JSON in the current format. Equal figures result in equal texts."""
    return _canonical({**_snapshot_to_json(snapshot), "format": FORMAT, "licence": LICENCE})


def snapshot_from_json(text: str, digest: str) -> PublishedSnapshot:
    """Return the snapshot in a JSON text of any format so far. `digest`: its SHA-256, recorded when it was stored.

    Raise ValueError if the figures are not those that were sealed, or the format is newer than this version.
    """
    data = json.loads(text)
    number = data.get("format", 1)
    if number not in range(1, FORMAT + 1):
        raise ValueError(
            f"the figures are written in format {number}, and this version of Article 34 reads formats up to {FORMAT}: "
            "update it"
        )
    seal = seal_of(sealed_text(text))
    if seal_of(text) != digest or (data.get("seal") or seal) != seal:
        raise ValueError(f"the figures for {data['period']} are not those that were sealed")
    return PublishedSnapshot(
        edition=data["edition"],
        digest=data["digest"],
        title=data["title"],
        draft=data["draft"],
        period=data["period"],
        as_of=date.fromisoformat(data["as_of"]),
        demonstration=data["demonstration"],
        together=_sector_from_json(data["together"]),
        sectors=tuple(map(_sector_from_json, data["sectors"])),
        seal=seal,
        invitations=invitations_from_json(data.get("invited", {"lists": [], "by_themselves": []})),
    )


def sealed_text(text: str) -> str:
    """Return the text of a stored snapshot that the seal is the SHA-256 of. In format 1, it contains an empty seal."""
    data = json.loads(text)
    return text if "format" in data else _canonical({**data, "seal": ""})


def seal_of(text: str) -> str:
    """Return the seal of a text: its SHA-256, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(data: Json) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# ── The keys of the sealed JSON, written and read: they never change, even if attributes are renamed


def _snapshot_to_json(snapshot: PublishedSnapshot) -> Json:
    """Return everything that is sealed, without the seal."""
    # Left out without public lists, so that figures sealed before keep their seal.
    invited = {"invited": invitations_to_json(snapshot.invitations)} if snapshot.invitations.lists else {}
    return invited | {
        "edition": snapshot.edition,
        "digest": snapshot.digest,
        "title": snapshot.title,
        "draft": snapshot.draft,
        "period": snapshot.period,
        "as_of": snapshot.as_of.isoformat(),
        "demonstration": snapshot.demonstration,
        "together": _sector_to_json(snapshot.together),
        "sectors": [_sector_to_json(group) for group in snapshot.sectors],
    }


def _sector_to_json(group: SectorFigures) -> Json:
    written = {
        "sector": group.sector,
        "sectors": group.sectors,
        "participation": _participation_to_json(group.participation),
        "figures": [_figure_to_json(figure) for figure in group.figures],
        "bands": [{"bands": band.bands, "count": band.count} for band in group.bands],
        "requirements": [_share_to_json(share) for share in group.requirements],
        "provisions": [_share_to_json(share) for share in group.provisions],
        "named": [_named_to_json(named) for named in group.named],
    }
    # Added in later versions: left out if a sector has none, so that figures sealed before keep their seal.
    later = {
        "league": group.ranking and _ranking_to_json(group.ranking),
        "waiting": group.embargoed,
        "cuts": [_breakdown_to_json(breakdown) for breakdown in group.breakdowns],
        "capped": group.capped and _share_to_json(group.capped),
        "change": group.change and _change_to_json(group.change),
    }
    return written | {key: value for key, value in later.items() if value}


def _sector_from_json(data: Json) -> SectorFigures:
    return SectorFigures(
        sector=data["sector"],
        sectors=tuple(data["sectors"]),
        participation=_participation_from_json(data["participation"]),
        figures=tuple(map(_figure_from_json, data["figures"])),
        bands=tuple(
            BandCount(bands=tuple(band["bands"]), count=cell_from_json(band["count"])) for band in data["bands"]
        ),
        requirements=tuple(map(_share_from_json, data["requirements"])),
        provisions=tuple(map(_share_from_json, data["provisions"])),
        named=alphabetically(map(_named_from_json, data["named"])),
        ranking=_ranking_from_json(data["league"]) if "league" in data else None,
        embargoed=data.get("waiting", 0),
        breakdowns=tuple(map(_breakdown_from_json, data.get("cuts", ()))),
        capped=_share_from_json(data["capped"]) if "capped" in data else None,
        change=_change_from_json(data["change"]) if "change" in data else None,
    )


def _participation_to_json(participation: Participation) -> Json:
    return {
        "registered": participation.registered,
        "submitted": participation.submitted,
        "scored": participation.scored,
        "without_score": participation.without_score,
        "silent": participation.nonrespondents,
        "unscored": participation.unscored,
    }


def _participation_from_json(data: Json) -> Participation:
    return Participation(
        registered=cell_from_json(data["registered"]),
        submitted=cell_from_json(data["submitted"]),
        scored=cell_from_json(data["scored"]),
        without_score=cell_from_json(data["without_score"]),
        nonrespondents=cell_from_json(data["silent"]),
        unscored=cell_from_json(data["unscored"]),
    )


def _ranking_to_json(ranking: NamedRanking) -> Json:
    return {
        "draws": ranking.draws,
        "seed": ranking.seed,
        "moves": ranking.factors,
        "places": [
            {"company": rank.company, "first": rank.first, "last": rank.last, "tie": rank.tie_group}
            for rank in ranking.companies
        ],
        "basis": ranking.basis,
    }


def _ranking_from_json(data: Json) -> NamedRanking:
    return NamedRanking(
        draws=data["draws"],
        seed=data["seed"],
        factors=tuple(data["moves"]),
        companies=tuple(
            NamedRank(company=rank["company"], first=rank["first"], last=rank["last"], tie_group=rank["tie"])
            for rank in data["places"]
        ),
        basis=data.get("basis", "claimed"),
    )


def _named_to_json(named: NamedCompany) -> Json:
    return {
        "company": named.company,
        "claimed": _score_to_json(named.claimed),
        "evidenced": named.evidenced and _score_to_json(named.evidenced),
        "verified": named.verified and _score_to_json(named.verified),
    }


def _named_from_json(data: Json) -> NamedCompany:
    if "claimed" not in data:  # before companies were named on each basis
        return NamedCompany(company=data["company"], claimed=_score_from_json(data))
    evidenced, verified = (data[basis] and _score_from_json(data[basis]) for basis in ("evidenced", "verified"))
    return NamedCompany(
        company=data["company"], claimed=_score_from_json(data["claimed"]), evidenced=evidenced, verified=verified
    )


def _score_to_json(score: NamedScore) -> Json:
    return {
        "score": score.score,
        "worst": score.worst,
        "best": score.best,
        "band": score.band,
        "by_points": score.by_points,
    }


def _score_from_json(data: Json) -> NamedScore:
    return NamedScore(
        score=data["score"],
        worst=data["worst"],
        best=data["best"],
        band=data["band"],
        by_points=data.get("by_points", ""),
    )


def _breakdown_to_json(breakdown: BreakdownFigures) -> Json:
    figures = [_figure_to_json(figure) for figure in breakdown.figures]
    return {"kind": breakdown.kind, "value": breakdown.value, "figures": figures}


def _breakdown_from_json(data: Json) -> BreakdownFigures:
    figures = tuple(map(_figure_from_json, data["figures"]))
    return BreakdownFigures(kind=data["kind"], value=data["value"], figures=figures)


def _figure_to_json(figure: Figure) -> Json:
    claimed, evidenced = _quartiles_to_json(figure.claimed), _quartiles_to_json(figure.evidenced)
    return {"id": figure.id, "n": figure.n, "claimed": claimed, "evidenced": evidenced}


def _figure_from_json(data: Json) -> Figure:
    claimed, evidenced = _quartiles_from_json(data["claimed"]), _quartiles_from_json(data["evidenced"])
    return Figure(id=data["id"], n=cell_from_json(data["n"]), claimed=claimed, evidenced=evidenced)


def _quartiles_to_json(quartiles: Quartiles) -> Json:
    ranges = {"lower": quartiles.lower, "median": quartiles.median, "upper": quartiles.upper}
    return _ranges_to_json(ranges)


def _ranges_to_json(ranges: Mapping[str, PublishedRange]) -> Json:
    return {key: cell if isinstance(cell, Suppressed) else [cell.low, cell.high] for key, cell in ranges.items()}


def _change_to_json(change: PeriodChange) -> Json:
    bases = {"claimed": change.claimed, "evidenced": change.evidenced}
    return {
        "since": change.since,
        "one_edition": change.is_one_edition,
        "n": {"before": change.n_before, "both": change.n_both, "after": change.n_after},
        **{
            basis: _ranges_to_json(
                {
                    "before": medians.before,
                    "same_before": medians.same_before,
                    "same_after": medians.same_after,
                    "after": medians.after,
                }
            )
            for basis, medians in bases.items()
        },
    }


def _change_from_json(data: Json) -> PeriodChange:
    claimed, evidenced = (
        ChangeMedians(**{step: _range(data[basis][step]) for step in CHANGE_STEPS})
        for basis in ("claimed", "evidenced")
    )
    return PeriodChange(
        since=data["since"],
        is_one_edition=data["one_edition"],
        n_before=cell_from_json(data["n"]["before"]),
        n_both=cell_from_json(data["n"]["both"]),
        n_after=cell_from_json(data["n"]["after"]),
        claimed=claimed,
        evidenced=evidenced,
    )


CHANGE_STEPS = ("before", "same_before", "same_after", "after")


def _quartiles_from_json(data: Json) -> Quartiles:
    return Quartiles(lower=_range(data["lower"]), median=_range(data["median"]), upper=_range(data["upper"]))


def _range(cell: object) -> PublishedRange:
    """Return the range in a cell. Up to format 2, cells are single whole points."""
    if isinstance(cell, list):
        low, high = cell
        return ScoreRange(low, high)
    return ScoreRange(cell, cell) if isinstance(cell, int) else Suppressed(str(cell))


def _share_to_json(share: MetShare) -> Json:
    return {"id": share.id, "n": share.n, "meeting": share.meeting}


def _share_from_json(data: Json) -> MetShare:
    return MetShare(id=data["id"], n=cell_from_json(data["n"]), meeting=cell_from_json(data["meeting"]))
