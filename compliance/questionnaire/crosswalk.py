"""Crosswalks: the points of a reporting standard, and the requirements of an edition beside each point.

There is one YAML file for each standard. A crosswalk is not part of an edition or its digest, so it may be corrected
after the edition was published.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_folder import editions_folder, folder_around, yaml_files
from compliance.questionnaire.faults import EditionFaults, Fault, FaultCollector, SourceLocation, did_you_mean, one_of
from compliance.questionnaire.key_reader import ParsedKeys, read_keys
from compliance.questionnaire.yaml_reader import YamlNode, YamlScalar, YamlSequence, file_text, parse_yaml

CROSSWALKS_FOLDER = "crosswalks"


@dataclass(frozen=True, slots=True)
class CrosswalkPoint:
    """One thing that a standard asks companies to report: a datapoint, a disclosure, a criterion."""

    id: str  # as written in the standard: S2-1_05
    title: str  # in our words
    requirements: tuple[str, ...]
    provision: str = ""  # "S2 para. 18"
    open: str = ""  # what it asks for that no answer covers


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """The points of one standard that have requirements beside them, in the order of the standard."""

    id: str
    title: str
    short: str
    version: str
    editions: tuple[str, ...]  # ids of the editions whose requirements are named
    as_of: str
    source: str
    licence: str
    points: tuple[CrosswalkPoint, ...]
    left_out: str = ""

    def is_about(self, edition: Edition) -> bool:
        """Tell whether the requirements named are those of this edition, or of the one that it is a cut of."""
        return edition.id in self.editions or edition.cut_of in self.editions


def with_texts(crosswalk: Crosswalk, said: Callable[[str], str]) -> Crosswalk:
    """Return the crosswalk with `said` applied to its titles and notes, but not to ids and short names."""
    points = tuple(
        replace(point, title=said(point.title), open=said(point.open) if point.open else "")
        for point in crosswalk.points
    )
    return replace(
        crosswalk,
        points=points,
        title=said(crosswalk.title),
        version=said(crosswalk.version),
        source=said(crosswalk.source),
        licence=said(crosswalk.licence),
        left_out=said(crosswalk.left_out) if crosswalk.left_out else "",
    )


#: From the id of an edition to the ids of its requirements, or None if there is no such edition. It may raise
#: EditionFaults.
KnownRequirements = Callable[[str], Collection[str] | None]
#: An id in the file, of an edition or a requirement, with its location.
_Named = tuple[str, SourceLocation]


@dataclass(frozen=True, slots=True)
class _ParsedCrosswalk:
    """A crosswalk with the locations of the ids that it names, for checks against editions."""

    crosswalk: Crosswalk
    editions: tuple[_Named, ...]
    requirements: tuple[_Named, ...]


def crosswalks_folder(edition: Path) -> Path | None:
    """Return the folder of crosswalks beside an edition's folder or file, else that of the tool, else None."""
    for folder in (folder_around(edition / "edition.yaml" if edition.is_dir() else edition), editions_folder()):
        if (folder / CROSSWALKS_FOLDER).is_dir():
            return folder / CROSSWALKS_FOLDER
    return None


def load_crosswalks(folder: Path) -> tuple[Crosswalk, ...]:
    """Return every crosswalk in a folder, by file name. Raise EditionFaults with every fault in the files."""
    faults = FaultCollector()
    found = read_crosswalks(folder, faults)
    faults.raise_if_any()
    return found


def read_crosswalks(
    folder: Path, faults: FaultCollector, known: KnownRequirements | None = None
) -> tuple[Crosswalk, ...]:
    """Return every crosswalk in a folder, noting faults.

    `known`: returns the requirements of an edition, against which the names are checked. Without it they are not.
    """
    read = ((str(path), file_text(path, faults)) for path in yaml_files(folder))
    parsed, noted = _parse_files(tuple((file, text) for file, text in read if text is not None))
    faults.faults.extend(noted)
    if known is not None:
        for one in parsed:
            _check_names(one, known, faults)
    return tuple(one.crosswalk for one in parsed)


def _check_names(parsed: _ParsedCrosswalk, known: KnownRequirements, faults: FaultCollector) -> None:
    """Note every edition that does not exist, and every requirement that one of them does not have."""
    for edition, place in parsed.editions:
        try:
            requirements = known(edition)
        except EditionFaults as wrong:  # its requirements cannot be checked before it loads
            faults.faults.extend(wrong.faults)
            continue
        if requirements is None:
            faults.add(place, f"there is no edition `{edition}`: name one that lies beside, or comes with the tool")
            continue
        for requirement, at in parsed.requirements:
            if requirement not in requirements:
                hint = did_you_mean(requirement, requirements) or f": it has {one_of(requirements)}"
                faults.add(at, f"`{requirement}` is no requirement of `{edition}`{hint}")


@lru_cache(maxsize=8)  # read again with every edition beside them
def _parse_files(files: tuple[tuple[str, str], ...]) -> tuple[tuple[_ParsedCrosswalk, ...], tuple[Fault, ...]]:
    faults = FaultCollector()
    parsed = (_parse_crosswalk(file, text, faults) for file, text in files)
    return tuple(one for one in parsed if one is not None), tuple(faults.faults)


def _parse_crosswalk(file: str, text: str, faults: FaultCollector) -> _ParsedCrosswalk | None:
    item = parse_yaml(text, file, faults)
    found = read_keys("crosswalk", item, faults) if item is not None else None
    if found is None:
        return None
    crosswalk_id = found.get("id", "")
    if crosswalk_id and crosswalk_id != Path(file).stem:
        faults.add(found.at("id"), f"the file of `{crosswalk_id}` must be called {crosswalk_id}.yaml")
    points = _read_points(found.get("points"), faults)
    title = found.get("title", crosswalk_id)
    crosswalk = Crosswalk(
        id=crosswalk_id,
        title=title,
        short=found.get("short", title),
        version=found.get("version", ""),
        editions=found.get("editions", ()),
        as_of=found.get("as_of", ""),
        source=found.get("source", ""),
        licence=found.get("licence", ""),
        points=tuple(point for point, _ in points),
        left_out=found.get("left_out", ""),
    )
    requirements = tuple(named for _, names in points for named in names)
    return _ParsedCrosswalk(crosswalk, _named(found, "editions"), requirements)


def _read_points(item: YamlNode | None, faults: FaultCollector) -> Sequence[tuple[CrosswalkPoint, tuple[_Named, ...]]]:
    """Return the points with the locations of the requirements that they name. Anything else is a fault."""
    if item is None:
        return ()
    if not isinstance(item, YamlSequence) or not item.items:
        faults.add(item, "`points` takes a list of points, at least one: [{id: …, title: …, requirements: […]}]")
        return ()
    points: dict[str, tuple[CrosswalkPoint, tuple[_Named, ...]]] = {}
    for part in item.items:
        found = read_keys("point", part, faults)
        if found is None:
            continue
        point_id, requirements = found.get("id", ""), found.get("requirements", ())
        if point_id in points:
            faults.add(found.at("id"), f"the point `{point_id}` stands twice: join the two")
        if found.places.get("requirements") is not None and not _named(found, "requirements"):
            message = "no requirement stands beside this point: name one in `requirements`, or delete the point"
            faults.add(found.at("requirements"), message)
        point = CrosswalkPoint(
            point_id, found.get("title", ""), requirements, found.get("provision", ""), found.get("open", "")
        )
        points[point_id] = (point, _named(found, "requirements"))
    return tuple(points.values())


def _named(found: ParsedKeys, key: str) -> tuple[_Named, ...]:
    """Return the ids in a list, each with its location."""
    item = found.places.get(key)
    parts = item.items if isinstance(item, YamlSequence) else ()
    return tuple((part.text, part) for part in parts if isinstance(part, YamlScalar) and part.text)
