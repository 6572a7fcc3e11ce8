"""What closing a period freezes, and the only thing public pages read: figures after disclosure control."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, TypeAlias

from compliance.benchmark.disclosure import by_name, decide
from compliance.benchmark.places import Place
from compliance.benchmark.published import (
    BandCount,
    Cell,
    CutFigures,
    Figure,
    Group,
    NamedLeague,
    NamedPlace,
    Participation,
    Share,
    Spread,
    Withheld,
)
from compliance.benchmark.tally import Entry, Named, NamedScore
from compliance.questionnaire.edition import Edition

Json: TypeAlias = dict[str, Any]
#: Ranks the companies that stand by their names, told by their places: by sector, where there are enough of them.
Leagues: TypeAlias = Callable[[Mapping[str, Place]], Mapping[str, NamedLeague]]

#: How sealed figures are written today. What was sealed in an earlier format is read, and handed out, as it was sealed.
FORMAT = 2
#: Of every published figure, as the SPDX list calls it.
LICENCE = "CC-BY-4.0"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every public figure of one edition and period, as of one day; it never moves."""

    edition: str
    digest: str  # of the edition
    title: str  # of the edition
    draft: bool  # the edition was not published, and could still change
    period: int
    as_of: date
    demonstration: bool  # the companies are invented
    together: Group
    sectors: tuple[Group, ...]
    seal: str = ""  # SHA-256 of everything above, as `sealed_text` has it

    def sector(self, sector: str) -> Group:
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


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing a period freezes."""

    snapshot: Snapshot  # for everybody
    places: Mapping[str, Place]  # who rests in which of its cells, by company: for the next closing, never shown


def _unranked(_places: Mapping[str, Place]) -> Mapping[str, NamedLeague]:
    return {}


def make_snapshot(
    edition: Edition,
    period: int,
    entries: Iterable[Entry],
    as_of: date,
    *,
    demonstration: bool = False,
    leagues: Leagues = _unranked,
) -> Snapshot:
    """What would be published of a period that stands alone: see `make_closing`."""
    return make_closing(edition, period, entries, as_of, demonstration=demonstration, leagues=leagues).snapshot


def make_closing(
    edition: Edition,
    period: int,
    entries: Iterable[Entry],
    as_of: date,
    *,
    neighbours: Sequence[Mapping[str, Place]] = (),
    demonstration: bool = False,
    leagues: Leagues = _unranked,
) -> Closing:
    """Count, decide what may be shown beside what is published of the neighbouring periods, and seal it.

    Entries are taken one after the other and not held. Their order does not matter. `leagues` ranks, by sector, the
    companies that stand by their names once that is decided; see `named`.
    """
    decided = decide(edition, period, entries, neighbours)
    ranked = leagues(decided.places)
    snapshot = Snapshot(
        edition=edition.id,
        digest=edition.digest,
        title=edition.title,
        draft=edition.draft,
        period=period,
        as_of=as_of,
        demonstration=demonstration or decided.demonstration,
        together=decided.disclosed.together,
        sectors=tuple(replace(group, league=ranked.get(group.sector)) for group in decided.disclosed.sectors),
    )
    return Closing(replace(snapshot, seal=_sha256(snapshot_to_json(snapshot))), decided.places)


def snapshot_to_json(snapshot: Snapshot) -> str:
    """The figures in today's format, as they are sealed: equal figures are equal texts."""
    return _canonical({**_plain(snapshot), "format": FORMAT, "licence": LICENCE})


def snapshot_from_json(text: str, digest: str) -> Snapshot:
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
    return Snapshot(
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


def _plain(snapshot: Snapshot) -> Json:
    plain = {**asdict(snapshot), "as_of": snapshot.as_of.isoformat()}
    del plain["seal"]
    for group in (plain["together"], *plain["sectors"]):
        _without_nothing(group)
    return plain


def _without_nothing(group: Json) -> None:
    """What a group came to have later is not written where it has none of it: what was sealed before stays sealed."""
    for name in ("league", "waiting", "cuts", "capped"):
        if not group[name]:
            del group[name]


def _canonical(data: Json) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _group(data: Json) -> Group:
    return Group(
        sector=data["sector"],
        sectors=tuple(data["sectors"]),
        participation=Participation(**{name: _cell(cell) for name, cell in data["participation"].items()}),
        figures=tuple(map(_figure, data["figures"])),
        bands=tuple(BandCount(tuple(b["bands"]), _cell(b["count"])) for b in data["bands"]),
        requirements=tuple(map(_share, data["requirements"])),
        provisions=tuple(map(_share, data["provisions"])),
        named=by_name(map(_named, data["named"])),
        league=_league(data["league"]) if "league" in data else None,
        waiting=data.get("waiting", 0),
        cuts=tuple(
            CutFigures(cut["kind"], cut["value"], tuple(map(_figure, cut["figures"]))) for cut in data.get("cuts", ())
        ),
        capped=_share(data["capped"]) if "capped" in data else None,
    )


def _league(data: Json) -> NamedLeague:
    places = tuple(NamedPlace(**place) for place in data["places"])
    return NamedLeague(data["draws"], data["seed"], tuple(data["moves"]), places, data.get("basis", "claimed"))


def _named(data: Json) -> Named:
    if "claimed" not in data:  # before companies were named on each basis
        return Named(data["company"], NamedScore(*(data[key] for key in ("score", "worst", "best", "band"))))
    evidenced, verified = (_named_score(data[basis]) for basis in ("evidenced", "verified"))
    return Named(data["company"], NamedScore(**data["claimed"]), evidenced, verified)


def _named_score(data: Json | None) -> NamedScore | None:
    return None if data is None else NamedScore(**data)


def _figure(data: Json) -> Figure:
    return Figure(data["id"], _cell(data["n"]), _spread(data["claimed"]), _spread(data["evidenced"]))


def _share(data: Json) -> Share:
    return Share(data["id"], _cell(data["n"]), _cell(data["meeting"]))


def _spread(data: Mapping[str, object]) -> Spread:
    return Spread(_cell(data["lower"]), _cell(data["median"]), _cell(data["upper"]))


def _cell(cell: object) -> Cell:
    return cell if isinstance(cell, int) else Withheld(str(cell))
