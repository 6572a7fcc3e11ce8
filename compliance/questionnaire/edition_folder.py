"""Editions as folders, and their identity: the tree that their files form, their canonical JSON, and its digest.

The digest is the SHA-256 of the canonical JSON. Keys at their default are left out of the JSON, so a key added to the
format later changes no digest. Option sets are written out, and lens values are repeated at every node and question
that has them. Law is named by provision id. Translations and labels are not part of it. Keys are in the order of the
format, and lists by the author (parts, options, profile fields, lenses) in the author's order, since that is the order
people see.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from compliance.package_data import data_folder
from compliance.questionnaire.answers import COMPANY_COLUMN
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Condition, Predicate
from compliance.questionnaire.edition import (
    EDITION_DEFAULTS,
    NODE_DEFAULTS,
    OPTION_SETS,
    OVERALL,
    PROFILE_PREFIX,
    QUESTION_DEFAULTS,
    Band,
    Edition,
    Node,
    Option,
    Question,
)
from compliance.questionnaire.faults import EditionFaults, Fault, FaultCollector, SourceLocation, did_you_mean, one_of
from compliance.questionnaire.yaml_reader import YamlMapping, YamlNode, YamlScalar, YamlSequence, read_yaml


def canonical_json(edition: Edition) -> str:
    """Return the whole edition as JSON that `edition_from_canonical` reads back."""
    return json.dumps(_edition(edition), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def edition_digest(canonical: str) -> str:
    """Return the SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical.encode()).hexdigest()


def with_digest(edition: Edition) -> Edition:
    """Return the edition with its canonical JSON and digest computed anew."""
    canonical = canonical_json(edition)
    return replace(edition, canonical=canonical, digest=edition_digest(canonical))


def _edition(edition: Edition) -> dict[str, Any]:
    keys = {
        "id": edition.id,
        "title": edition.title,
        "form": _unless(edition.form, EDITION_DEFAULTS["form"]),
        "scale": _unless(edition.scale, EDITION_DEFAULTS["scale"]),
        "round": _unless(edition.round, EDITION_DEFAULTS["round"]),
        "band_at": "exact" if edition.band_at is None else _unless(edition.band_at, edition.round),
        "rank_at": edition.rank_at,
        "blank": _unless(edition.blank, EDITION_DEFAULTS["blank"]),
        "bands": [_band(band) for band in edition.bands] or None,
        "critical_cap": edition.critical_cap or None,
        "joined": list(edition.joined) or None,
        "profile": {field.id: list(field.values) or "number" for field in edition.profile.values()} or None,
        "lenses": {name: list(values) for name, values in edition.lenses.items()} or None,
        "documents": list(edition.documents) or None,
        "by_choice": {lens: list(values) for lens, values in edition.by_choice.items()} or None,
        "combine": _unless(edition.root.combine, NODE_DEFAULTS["combine"]),
        "max": _number(edition.root.max),
        "floor": _unless(edition.root.floor, NODE_DEFAULTS["floor"]),
        "min_coverage": _number(edition.root.min_coverage),
        "parts": [_part(part) for part in edition.root.parts],
    }
    return _without_defaults(keys)


def _band(band: Band) -> dict[str, Any]:
    requires = {
        wanted.part: _number(wanted.share) if wanted.points is None else f"{_number(wanted.points)} points"
        for wanted in band.requires
    }
    return _without_defaults(
        {"id": band.id, "from": _number(band.at), "title": band.title, "requires": requires or None}
    )


def _part(part: Node | Question) -> dict[str, Any]:
    return _node(part) if isinstance(part, Node) else _question(part)


def _node(node: Node) -> dict[str, Any]:
    keys = {
        "id": node.id,
        "title": node.title,
        "combine": _unless(node.combine, NODE_DEFAULTS["combine"]),
        "max": _number(node.max),
        "floor": _unless(node.floor, NODE_DEFAULTS["floor"]),
        "weight": _unless(node.weight, NODE_DEFAULTS["weight"]),
        "weight_reason": node.weight_reason or None,
        "min_coverage": _number(node.min_coverage),
        "asked_when": _condition(node.asked_when),
        "expects": node.expects or None,
        "law": list(node.law) or None,
        "closes": node.closes or None,
        "effort": _unless(node.effort, NODE_DEFAULTS["effort"]),
        "critical": _number(node.critical),
        "prerequisite": _unless(node.prerequisite, NODE_DEFAULTS["prerequisite"]),
        **node.lenses,
        "parts": [_part(part) for part in node.parts],
    }
    return _without_defaults(keys)


def _question(question: Question) -> dict[str, Any]:
    ends = question.range
    keys = {
        "id": question.id,
        "ask": question.ask,
        "help": question.help or None,
        "kind": question.kind,
        "places": question.places or None,
        "options": [_option(option) for option in question.options] or None,
        "max": _number(question.full) if question.scored and not (question.only_deducts or question.places) else None,
        "range": [_number(ends[0]), _number(ends[1])] if ends else None,
        "log": _unless(question.log, QUESTION_DEFAULTS["log"]),
        "clip": _unless(question.clip, QUESTION_DEFAULTS["clip"]),
        "unit": question.unit or None,
        "weight": _unless(question.weight, QUESTION_DEFAULTS["weight"]),
        "asked_when": _condition(question.asked_when),
        "counts_when": _condition(question.counts_when),
        "na": _unless(question.na, QUESTION_DEFAULTS["na"]),
        "evidence": _unless(question.evidence, QUESTION_DEFAULTS["evidence"]),
        "documents": list(question.documents) or None,
        "prerequisite": _unless(question.prerequisite, QUESTION_DEFAULTS["prerequisite"]),
        **question.lenses,
    }
    return _without_defaults(keys)


def _option(option: Option) -> dict[str, Any]:
    keys = {"id": option.id, "points": _number(option.points), "text": option.text, "flag": option.flag or None}
    return _without_defaults(keys)


def _condition(condition: Condition | None) -> dict[str, Any] | None:
    if condition is None:
        return None
    if isinstance(condition, Predicate):
        return {condition.id: _wanted(condition)}
    if isinstance(condition, AllOf | AnyOf):
        joint = "all" if isinstance(condition, AllOf) else "any"
        return {joint: [_condition(part) for part in condition.parts]}
    return {"not": _condition(condition.part)}


def _wanted(term: Predicate) -> dict[str, Any] | list[str]:
    return list(term.values) if term.at_least is None else {"at_least": _number(term.at_least)}


def _unless(value: Any, default: Any) -> Any:
    if value == default:
        return None
    return _number(value) if isinstance(value, float) else value


def _number(number: float | None) -> float | int | None:
    """Return the number, as an integer if it is whole."""
    return int(number) if number is not None and number.is_integer() and abs(number) < 1e15 else number


def _without_defaults(keys: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in keys.items() if value is not None}


def yaml_files(folder: Path) -> list[Path]:
    """Return the YAML files directly in a folder, in order of name."""
    return sorted(path for path in folder.glob("*") if path.suffix in (".yaml", ".yml") and path.is_file())


EDITION_FILE = "edition.yaml"
MOST_LEVELS = 60


@dataclass(slots=True)
class RawPart:
    """A node or a question as written. Only nodes have `parts`."""

    table: YamlMapping
    parts: "tuple[RawPart, ...] | None"

    @property
    def id(self) -> str:
        """Its id as written, or an empty text."""
        written = self.table.get("id")
        return written.text if isinstance(written, YamlScalar) else ""

    def place(self, key: str) -> SourceLocation:
        """Return the location of one of its keys, or of the whole part if it lacks the key."""
        return self.table.get(key) or self.table

    def walk(self) -> "Iterator[RawPart]":
        """Yield the part and everything below it, in file order."""
        yield self
        for part in self.parts or ():
            yield from part.walk()


@dataclass(slots=True)
class PartsReader:
    """Reads parts, following file names in `parts` within one folder."""

    folder: Path
    faults: FaultCollector
    used: dict[Path, SourceLocation] = field(default_factory=dict)
    files: tuple[Path, ...] = ()  # every file in the folder that `parts` may name

    def parts(self, item: YamlNode, level: int = 1) -> tuple[RawPart, ...]:
        """Return the parts of a node. Anything else is noted as a fault and left out."""
        if not isinstance(item, YamlSequence) or not item.items:
            self.faults.add(item, "`parts` takes a list of nodes and questions, at least one")
            return ()
        if level > MOST_LEVELS:
            self.faults.add(item, f"more than {MOST_LEVELS} levels of parts: flatten the tree")
            return ()
        return tuple(part for child in item.items if (part := self._part(child, level)) is not None)

    def _part(self, item: YamlNode, level: int) -> RawPart | None:
        content = self._from_file(item) if isinstance(item, YamlScalar) else item
        if content is None:
            return None
        if not isinstance(content, YamlMapping):
            self.faults.add(content, "a part is written as keys with values, beginning with `id: …`")
            return None
        below = content.get("parts")
        if below is not None:
            return RawPart(content, self.parts(below, level + 1))
        return RawPart(content, () if content.get("expects") is not None else None)

    def _from_file(self, name: YamlScalar) -> YamlNode | None:
        """Return the content of a file that `parts` names, or None with a fault."""
        path = self.folder / name.text
        names = [str(known.relative_to(self.folder)) for known in self.files]
        if not name.text or ".." in Path(name.text).parts or not path.is_relative_to(self.folder):
            self.faults.add(name, f"`{name.text}` lies outside the edition's folder: put the file beside edition.yaml")
        elif path in self.used:
            first = self.used.get(path, name)
            self.faults.add(name, f"the file `{name.text}` is used already ({first.file}:{first.line}): name it once")
        elif path not in self.files:
            self.faults.add(name, f"there is no file `{name.text}` in {self.folder}{did_you_mean(name.text, names)}")
        else:
            self.used[path] = name
            return read_yaml(path, self.faults)
        return None

    def note_unused(self) -> None:
        """Note the files that no `parts` names: forgotten, or left behind."""
        names = ", ".join(path.name for path in self.used) or EDITION_FILE
        for path in self.files:
            if path not in self.used:
                hint = did_you_mean(path.name, [p.name for p in self.used])
                message = f"no `parts` names this file (they name {names}){hint or ': list it, or delete it'}"
                self.faults.faults.append(Fault(str(path), 0, message))


def part_files(folder: Path) -> tuple[Path, ...]:
    """Return the YAML files in an edition's folder that may hold parts. Law, locales and the like are left out."""
    files = [path for suffix in ("*.yaml", "*.yml") for path in folder.rglob(suffix)]
    aside = {folder / name for name in ("law", "locales", "phrasings", "carries")}
    inside = folder.resolve()
    return tuple(
        path
        for path in sorted(files)
        if path != folder / EDITION_FILE and not aside & set(path.parents) and path.resolve().is_relative_to(inside)
    )


def known_ids(parts: tuple[RawPart, ...], faults: FaultCollector) -> dict[str, bool]:
    """Return every id, with whether it is a question's. Ids used twice and reserved ids are faults."""
    first: dict[str, SourceLocation] = {}
    found: dict[str, bool] = {}
    for top in parts:
        for part in top.walk():
            place = part.table.get("id") or part.table
            if part.id in first:
                at = f"{first[part.id].file}:{first[part.id].line}"
                faults.add(place, f"the id `{part.id}` is used twice (first at {at}): rename one")
            elif part.id:
                first[part.id] = place
                found[part.id] = part.parts is None
            if _is_reserved(part):
                faults.add(place, f"the id `{part.id}` is reserved: {_reserved_for(part.id)}")
    return found


def _is_reserved(part: RawPart) -> bool:
    of_questions = part.id == COMPANY_COLUMN and part.parts is None
    return part.id in (OVERALL, OPTION_SETS) or part.id.startswith(PROFILE_PREFIX) or of_questions


def _reserved_for(part_id: str) -> str:
    if part_id == OVERALL:
        return "it stands for the whole tree in every table; rename it"
    if part_id == OPTION_SETS:
        return "texts of option sets stand under it in every language; rename it"
    if part_id == COMPANY_COLUMN:
        return "it is the first column of every answers file; rename it"
    return "profile fields are called so; rename it"


PUBLISHED_FILE = "published.yaml"


def edition_file(path: Path) -> Path:
    """Return the first file of an edition: `edition.yaml` in a folder, or the file itself."""
    return path / EDITION_FILE if path.is_dir() else path


def published_digests(folder: Path, faults: FaultCollector) -> Mapping[str, str]:
    """Return the digests, by edition id, of the published editions in a folder. They must never change."""
    path = folder / PUBLISHED_FILE
    item = read_yaml(path, faults) if path.is_file() else None
    if item is None:
        return {}
    entries = item.entries if isinstance(item, YamlMapping) else ()
    if not isinstance(item, YamlMapping):
        faults.add(item, "published editions are written `id: digest`")
    return {name.text: digest.text for name, digest in entries if isinstance(digest, YamlScalar)}


def law_folder(path: Path, given: Path | None = None) -> Path | None:
    """Return the law folder of an edition: its own, else `given`, else one beside it, else the tool's, else None."""
    file = edition_file(path)
    own = file.parent / "law" if file.name == EDITION_FILE else None
    for folder in (own, given, folder_around(file) / "law"):
        if folder is not None and folder.is_dir():
            return folder
    try:
        return data_folder("questionnaires") / "law"
    except FileNotFoundError:
        return None


def folder_around(file: Path) -> Path:
    """Return the folder that holds an edition beside others."""
    folder = file.resolve().parent
    return folder.parent if file.name == EDITION_FILE else folder


def editions_folder() -> Path:
    """Return the folder of law and editions that comes with the tool, in a checkout or an installed wheel."""
    return data_folder("questionnaires")


def edition_path(name: str) -> Path:
    """Return the path of an edition, named by id, folder or file. Raise EditionFaults if there is none."""
    path = Path(name)
    if (path / EDITION_FILE).is_file() or path.is_file():
        return path
    known = {edition.name: edition for edition in edition_paths(editions_folder())}
    if name in known:
        return known[name]
    if path.is_dir():
        raise EditionFaults([Fault(name, 0, f"this folder has no {EDITION_FILE}: name the folder of one edition")])
    hint = did_you_mean(name, known) or f": name a folder, a .yaml file, or one of {one_of(known)}"
    raise EditionFaults([Fault(name, 0, f"there is no such edition{hint}")])


def neighbouring_editions(path: Path) -> Mapping[str, Path]:
    """Return the editions that an edition can name, by id: those beside it and those that come with the tool."""
    beside = edition_paths(folder_around(edition_file(path)))
    own = {each.name if each.is_dir() else each.stem: each for each in beside}
    return {each.name: each for each in edition_paths(editions_folder())} | own


def edition_paths(folder: Path) -> tuple[Path, ...]:
    """Return the editions in a folder, by name: the folder itself, or its subfolders and files."""
    if (folder / EDITION_FILE).is_file():
        return (folder,)
    folders = sorted(path.parent for path in folder.glob(f"*/{EDITION_FILE}"))
    return (*folders, *(path for path in yaml_files(folder) if path.name not in (PUBLISHED_FILE, GLOSSARY_FILE)))


GLOSSARY_FILE = "glossary.yaml"
