"""What closing a period freezes, and the only thing public pages read: figures after disclosure control."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, TypeAlias

from compliance.benchmark.disclosure import disclose
from compliance.benchmark.published import BandCount, Cell, Figure, Group, Participation, Share, Spread, Withheld
from compliance.benchmark.tally import Entry, Named, by_sector
from compliance.questionnaire.edition import Edition

Json: TypeAlias = dict[str, Any]


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
    seal: str = ""  # SHA-256 of everything above as canonical JSON

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


def make_snapshot(
    edition: Edition, period: int, entries: Iterable[Entry], as_of: date, *, demonstration: bool = False
) -> Snapshot:
    """Count, decide what may be shown, and seal it. The order of the entries does not matter."""
    disclosed = disclose(edition, by_sector(edition, sorted(entries, key=lambda entry: entry.company)))
    snapshot = Snapshot(
        edition=edition.id,
        digest=edition.digest,
        title=edition.title,
        draft=edition.draft,
        period=period,
        as_of=as_of,
        demonstration=demonstration,
        together=disclosed.together,
        sectors=disclosed.sectors,
    )
    return replace(snapshot, seal=_seal(snapshot))


def snapshot_to_json(snapshot: Snapshot) -> str:
    """Canonical JSON: sorted keys, no spaces, so that equal snapshots are equal texts."""
    return _canonical(_plain(snapshot))


def snapshot_from_json(text: str) -> Snapshot:
    """The snapshot that the text holds. Raise ValueError if its figures are not those that were sealed."""
    data = json.loads(text)
    snapshot = Snapshot(
        edition=data["edition"],
        digest=data["digest"],
        title=data["title"],
        draft=data["draft"],
        period=data["period"],
        as_of=date.fromisoformat(data["as_of"]),
        demonstration=data["demonstration"],
        together=_group(data["together"]),
        sectors=tuple(map(_group, data["sectors"])),
        seal=data["seal"],
    )
    if _seal(snapshot) != snapshot.seal:
        raise ValueError(f"the figures for {snapshot.period} are not those that were sealed as {snapshot.seal}")
    return snapshot


def _seal(snapshot: Snapshot) -> str:
    return hashlib.sha256(_canonical(_plain(replace(snapshot, seal=""))).encode()).hexdigest()


def _plain(snapshot: Snapshot) -> Json:
    return {**asdict(snapshot), "as_of": snapshot.as_of.isoformat()}


def _canonical(data: Json) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _group(data: Json) -> Group:
    return Group(
        sector=data["sector"],
        sectors=tuple(data["sectors"]),
        participation=Participation(**{name: _cell(cell) for name, cell in data["participation"].items()}),
        figures=tuple(
            Figure(f["id"], _cell(f["n"]), _spread(f["claimed"]), _spread(f["evidenced"])) for f in data["figures"]
        ),
        bands=tuple(BandCount(tuple(b["bands"]), _cell(b["count"])) for b in data["bands"]),
        requirements=tuple(map(_share, data["requirements"])),
        provisions=tuple(map(_share, data["provisions"])),
        named=tuple(Named(**named) for named in data["named"]),
    )


def _share(data: Json) -> Share:
    return Share(data["id"], _cell(data["n"]), _cell(data["meeting"]))


def _spread(data: Mapping[str, object]) -> Spread:
    return Spread(_cell(data["lower"]), _cell(data["median"]), _cell(data["upper"]))


def _cell(cell: object) -> Cell:
    return cell if isinstance(cell, int) else Withheld(str(cell))
