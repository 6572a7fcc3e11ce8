"""An edition's files put together into one tree, before anything in it is understood."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from compliance.questionnaire.edition import OPTION_SETS, OVERALL, PROFILE
from compliance.questionnaire.faults import Fault, Ledger, Place, did_you_mean
from compliance.questionnaire.reading import Item, Listing, Scalar, Table, read_yaml

EDITION_FILE = "edition.yaml"
MOST_LEVELS = 60
#: Column of the answers file, so no question can have it as its id.
COMPANY = "company"


@dataclass(slots=True)
class Part:
    """A node or a question as written; a question has no `parts`."""

    table: Table
    parts: "tuple[Part, ...] | None"

    @property
    def id(self) -> str:
        """Its id as written, or nothing."""
        written = self.table.get("id")
        return written.text if isinstance(written, Scalar) else ""

    def walk(self) -> "Iterator[Part]":
        """Itself and everything below, in file order."""
        yield self
        for part in self.parts or ():
            yield from part.walk()


@dataclass(slots=True)
class Assembly:
    """Follows file names in `parts` within one folder."""

    folder: Path
    ledger: Ledger
    used: dict[Path, Place] = field(default_factory=dict)
    files: tuple[Path, ...] = ()  # every file of the folder that may be named

    def parts(self, item: Item, level: int = 1) -> tuple[Part, ...]:
        """The parts of a node; what is no part is noted as a fault and left out."""
        if not isinstance(item, Listing) or not item.items:
            self.ledger.add(item, "`parts` takes a list of nodes and questions, at least one")
            return ()
        if level > MOST_LEVELS:
            self.ledger.add(item, f"more than {MOST_LEVELS} levels of parts: flatten the tree")
            return ()
        return tuple(part for child in item.items if (part := self._part(child, level)) is not None)

    def _part(self, item: Item, level: int) -> Part | None:
        content = self._from_file(item) if isinstance(item, Scalar) else item
        if content is None:
            return None
        if not isinstance(content, Table):
            self.ledger.add(content, "a part is written as keys with values, beginning with `id: …`")
            return None
        below = content.get("parts")
        if below is not None:
            return Part(content, self.parts(below, level + 1))
        return Part(content, () if content.get("expects") is not None else None)

    def _from_file(self, name: Scalar) -> Item | None:
        """The content of a file that `parts` names."""
        path = self.folder / name.text
        names = [str(known.relative_to(self.folder)) for known in self.files]
        if not name.text or ".." in Path(name.text).parts or not path.is_relative_to(self.folder):
            self.ledger.add(name, f"`{name.text}` lies outside the edition's folder: put the file beside edition.yaml")
        elif path in self.used:
            first = self.used.get(path, name)
            self.ledger.add(name, f"the file `{name.text}` is used already ({first.file}:{first.line}): name it once")
        elif path not in self.files:
            self.ledger.add(name, f"there is no file `{name.text}` in {self.folder}{did_you_mean(name.text, names)}")
        else:
            self.used[path] = name
            return read_yaml(path, self.ledger)
        return None

    def note_unused(self) -> None:
        """Note the files that no `parts` names: forgotten, or left behind."""
        names = ", ".join(path.name for path in self.used) or EDITION_FILE
        for path in self.files:
            if path not in self.used:
                hint = did_you_mean(path.name, [p.name for p in self.used])
                message = f"no `parts` names this file (they name {names}){hint or ': list it, or delete it'}"
                self.ledger.faults.append(Fault(str(path), 0, message))


def part_files(folder: Path) -> tuple[Path, ...]:
    """The YAML files of an edition's folder that may hold a part of it: no law, no language, nothing it carries."""
    files = [path for suffix in ("*.yaml", "*.yml") for path in folder.rglob(suffix)]
    aside = {folder / "law", folder / "locales", folder / "carries"}
    inside = folder.resolve()
    return tuple(
        path
        for path in sorted(files)
        if path != folder / EDITION_FILE and not aside & set(path.parents) and path.resolve().is_relative_to(inside)
    )


def known_ids(parts: tuple[Part, ...], ledger: Ledger) -> dict[str, bool]:
    """Every id with whether it is a question's; what is used twice or reserved is a fault."""
    first: dict[str, Place] = {}
    found: dict[str, bool] = {}
    for top in parts:
        for part in top.walk():
            place = part.table.get("id") or part.table
            if part.id in first:
                at = f"{first[part.id].file}:{first[part.id].line}"
                ledger.add(place, f"the id `{part.id}` is used twice (first at {at}): rename one")
            elif part.id:
                first[part.id] = place
                found[part.id] = part.parts is None
            if _is_reserved(part):
                ledger.add(place, f"the id `{part.id}` is reserved: {_reserved_for(part.id)}")
    return found


def _is_reserved(part: Part) -> bool:
    of_questions = part.id == COMPANY and part.parts is None
    return part.id in (OVERALL, OPTION_SETS) or part.id.startswith(PROFILE) or of_questions


def _reserved_for(part_id: str) -> str:
    if part_id == OVERALL:
        return "it stands for the whole tree in every table; rename it"
    if part_id == OPTION_SETS:
        return "texts of option sets stand under it in every language; rename it"
    if part_id == COMPANY:
        return "it is the first column of every answers file; rename it"
    return "profile fields are called so; rename it"
