"""Loading an edition is validating it: a frozen, consistent object, or every fault at once."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from compliance.carried import carried
from compliance.questionnaire.assembly import EDITION_FILE, Assembly, Part, known_ids, part_files
from compliance.questionnaire.building import Above, Frame, build_part, read_options
from compliance.questionnaire.canonical import canonical_json, digest_of
from compliance.questionnaire.catalogue import read_law, yaml_files
from compliance.questionnaire.conditions import Scope
from compliance.questionnaire.edition import OVERALL, Band, Edition, Node, Option, ProfileField, Question
from compliance.questionnaire.faults import EditionFaults, Fault, Ledger, did_you_mean, either
from compliance.questionnaire.fields import ID, Fields, read_fields, read_ids
from compliance.questionnaire.keys import RESERVED
from compliance.questionnaire.law import Instrument
from compliance.questionnaire.reading import Item, Listing, Scalar, Table, parse_json, read_yaml

PUBLISHED_FILE = "published.yaml"


def load_edition(path: Path, *, law: Path | None = None) -> Edition:
    """The edition in a folder or a single file. Raise EditionFaults with every fault.

    Its law is the folder `law/` inside it, else the given catalogue, else `law/` beside it, else the one that
    comes with the tool.
    """
    ledger = Ledger()
    edition = _read_edition(path, law, ledger)
    ledger.raise_if_any()
    if edition is None:  # nothing could be read, so something was noted
        raise EditionFaults(ledger.faults)
    return edition


def edition_from_canonical(canonical: str, instruments: tuple[Instrument, ...] = ()) -> Edition:
    """The edition whose canonical JSON was kept. Its law is looked up in `instruments`, never checked against them.

    It is a draft unless the file that comes with the tool has the same digest and is published.
    """
    ledger = Ledger()
    item = parse_json(canonical, "canonical JSON")
    edition = _understand(item, Assembly(Path(), ledger), None, ledger)
    ledger.raise_if_any()
    if edition is None:
        raise EditionFaults(ledger.faults)
    return replace(edition, canonical=canonical, digest=digest_of(canonical), instruments=instruments, draft=True)


def edition_file(path: Path) -> Path:
    """The file an edition begins with: `edition.yaml` of a folder, or the file itself."""
    return path / EDITION_FILE if path.is_dir() else path


def published_digests(folder: Path, ledger: Ledger) -> Mapping[str, str]:
    """Digest by edition id, of the editions in a folder that are published and never change."""
    path = folder / PUBLISHED_FILE
    item = read_yaml(path, ledger) if path.is_file() else None
    if item is None:
        return {}
    entries = item.entries if isinstance(item, Table) else ()
    if not isinstance(item, Table):
        ledger.add(item, "published editions are written `id: digest`")
    return {name.text: digest.text for name, digest in entries if isinstance(digest, Scalar)}


def _read_edition(path: Path, law: Path | None, ledger: Ledger) -> Edition | None:
    file = edition_file(path)
    item = read_yaml(file, ledger)
    if item is None:
        return None
    folder = file.parent
    catalogue = law_folder(path, law)
    instruments = read_law(catalogue, ledger) if catalogue is not None else ()
    in_folder = file.name == EDITION_FILE
    assembly = Assembly(folder, ledger, files=part_files(folder) if in_folder else tuple(yaml_files(folder)))
    edition = _understand(item, assembly, instruments, ledger)
    if in_folder:
        assembly.note_unused()
    if edition is None:
        return None
    canonical = canonical_json(edition)
    edition = replace(edition, instruments=instruments, canonical=canonical, digest=digest_of(canonical))
    _check_published(edition, file, ledger)
    draft = edition.id not in published_digests(_folder_around(file), Ledger())
    return replace(edition, draft=draft)


def law_folder(path: Path, given: Path | None = None) -> Path | None:
    """The folder in which the law of an edition's folder or file is looked up: its own, the given, one beside it."""
    file = edition_file(path)
    own = file.parent / "law" if file.name == EDITION_FILE else None
    for folder in (own, given, _folder_around(file) / "law"):
        if folder is not None and folder.is_dir():
            return folder
    try:
        return carried("questionnaires") / "law"
    except FileNotFoundError:
        return None


def _folder_around(file: Path) -> Path:
    """The folder in which an edition lies beside others."""
    folder = file.resolve().parent
    return folder.parent if file.name == EDITION_FILE else folder


def _check_published(edition: Edition, file: Path, ledger: Ledger) -> None:
    place = _folder_around(file)
    digest = published_digests(place, ledger).get(edition.id)
    if digest is not None and digest != edition.digest:
        message = (
            f"`{edition.id}` is published and published editions never change: undo the change, "
            f"or give the edition a new id (its digest is {edition.digest}, published was {digest})"
        )
        ledger.faults.append(Fault(str(file), 0, message))


def _understand(
    item: Item, assembly: Assembly, instruments: tuple[Instrument, ...] | None, ledger: Ledger
) -> Edition | None:
    """The edition that an item states; law is checked unless `instruments` is None."""
    found = read_fields("edition", item, ledger)
    if found is None:
        return None
    below = found.get("parts")
    parts = assembly.parts(below) if below is not None else ()
    provisions = None if instruments is None else frozenset(p.id for i in instruments for p in i.provisions)
    profile = _profile(found.get("profile"), ledger)
    known = {name: field for name, field in profile.items() if field is not None}
    doubtful = frozenset(name for name, field in profile.items() if field is None)
    frame = Frame(
        ledger,
        Scope(known, everything=known_ids(parts, ledger), doubtful=doubtful),
        lenses=_lenses(found.get("lenses"), ledger),
        option_sets=_option_sets(found.get("option_sets"), ledger),
        provisions=provisions,
    )
    root = _root(found, parts, frame)
    bands = _bands(found.get("bands"), ledger)
    _check_cap(found, bands, frame)
    _check_joined(found, root, frame)
    _check_form(found, root, frame)
    return _edition(found, root, bands, frame)


def _edition(found: Fields, root: Node, bands: tuple[Band, ...], frame: Frame) -> Edition:
    edition_id, decimals = found.get("id", ""), found.get("round", 1)
    return Edition(
        id=edition_id,
        title=found.get("title", edition_id),
        root=root,
        digest="",
        canonical="",
        form=found.get("form", "full"),
        scale=found.get("scale", 100.0),
        round=decimals,
        band_at=_decimals(found.get("band_at", decimals)),
        rank_at=_decimals(found.get("rank_at", "exact")),
        blank=found.get("blank", "zero"),
        bands=bands,
        critical_cap=found.get("critical_cap", ""),
        joined=found.get("joined", ()),
        profile=frame.scope.profile,
        lenses=frame.lenses,
    )


def _decimals(value: Any) -> int | None:
    return None if value == "exact" else int(value)


def _root(found: Fields, parts: tuple[Part, ...], frame: Frame) -> Node:
    combine = found.get("combine", "mean")
    above = Above(combine=combine, geometric=OVERALL if combine == "geometric" else "")
    built = tuple(part for written in parts if (part := build_part(written, frame, above)) is not None)
    title = found.get("title", found.get("id", ""))
    return Node(OVERALL, built, title, combine=combine, min_coverage=found.get("min_coverage"))


def _bands(item: Item | None, ledger: Ledger) -> tuple[Band, ...]:
    if item is None:
        return ()
    if not isinstance(item, Listing):
        ledger.add(item, "`bands` takes a list of {id, from, title}")
        return ()
    bands: list[Band] = []
    for part in item.items:
        found = read_fields("band", part, ledger)
        if found is None or not {"id", "from"} <= set(found.values):
            continue
        band = Band(found.get("id"), found.get("from"), found.get("title", found.get("id")))
        if any(band.id == other.id for other in bands):
            ledger.add(found.at("id"), f"the band `{band.id}` stands twice: rename one")
        if any(band.at == other.at for other in bands):
            ledger.add(found.at("from"), "two bands begin at the same score: change one, or delete it")
        bands.append(band)
    return tuple(sorted(bands, key=lambda band: band.at))


def _check_cap(found: Fields, bands: tuple[Band, ...], frame: Frame) -> None:
    cap, names = found.get("critical_cap"), [band.id for band in bands]
    if cap is not None and cap not in names:
        hint = did_you_mean(cap, names)
        frame.ledger.add(found.at("critical_cap"), f"`{cap}` is none of the bands ({either(names)}){hint}")
    if frame.criticals and "critical_cap" not in found.places:
        message = f"a critical requirement needs `critical_cap` in {found.place.file}: the highest band while it fails"
        frame.ledger.add(frame.criticals[0], message)


def _check_joined(found: Fields, root: Node, frame: Frame) -> None:
    requirements = {node.id for node in root.nodes() if node.is_requirement}
    others = {part.id for part in root.walk()} - requirements
    for named in found.get("joined", ()):
        if named in others or named not in frame.scope.everything:
            hint = did_you_mean(named, sorted(requirements))
            frame.ledger.add(found.at("joined"), f"`{named}` in `joined` is no requirement{hint}")


def _check_form(found: Fields, root: Node, frame: Frame) -> None:
    """Everybody is asked every question of a quick form, and answers it with one choice."""
    if found.get("form") != "quick":
        return
    place, why = found.at("form"), "a quick form asks everybody the same, one choice a question"
    if frame.scope.profile:
        frame.ledger.add(place, f"{why}: it has no `profile`")
    for part in root.walk():
        if part.asked_when is not None:
            frame.ledger.add(place, f"{why}: `{part.id}` has no `asked_when`")
        if isinstance(part, Question) and (part.kind != "one" or part.na != "never"):
            frame.ledger.add(place, f"{why}: `{part.id}` has `options` to choose one of, and no `na`")


def _profile(item: Item | None, ledger: Ledger) -> Mapping[str, ProfileField | None]:
    """Every field; None where its values are at fault, so that conditions on it are not called unknown."""
    if item is None:
        return {}
    if not isinstance(item, Table):
        ledger.add(item, "`profile` takes fields with their values: {size: [small, large], people: number}")
        return {}
    fields: dict[str, ProfileField | None] = {}
    for name, value in item.entries:
        if not ID.fullmatch(name.text):
            ledger.add(name, f"the profile field `{name.text}` must be of lower-case letters, digits, `.`, `-`, `_`")
        if isinstance(value, Scalar) and value.text == "number":
            fields[name.text] = ProfileField(name.text)
        else:
            values = _values(f"profile.{name.text}", value, ledger, or_else=", or `number`")
            fields[name.text] = ProfileField(name.text, values) if values else None
    return fields


def _lenses(item: Item | None, ledger: Ledger) -> Mapping[str, tuple[str, ...]]:
    if item is None:
        return {}
    if not isinstance(item, Table):
        ledger.add(item, "`lenses` takes names with their values: {gap: [framing, reach]}")
        return {}
    lenses: dict[str, tuple[str, ...]] = {}
    for name, value in item.entries:
        if name.text in RESERVED:
            ledger.add(name, f"`{name.text}` is a key already and cannot be a lens: rename the lens")
        elif not ID.fullmatch(name.text):
            ledger.add(name, f"the lens `{name.text}` must be of lower-case letters, digits, `.`, `-`, `_`")
        else:
            lenses[name.text] = _values(name.text, value, ledger)
    return lenses


def _values(name: str, item: Item, ledger: Ledger, or_else: str = "") -> tuple[str, ...]:
    """The values of a profile field or a lens."""
    if isinstance(item, Listing) and not item.items:
        ledger.add(item, f"`{name}` has no values: list at least one{or_else}")
        return ()
    if not isinstance(item, Listing) and or_else:
        ledger.add(item, f"`{name}` takes a list of values{or_else}")
        return ()
    return read_ids(name, item, ledger) or ()


def _option_sets(item: Item | None, ledger: Ledger) -> Mapping[str, tuple[Option, ...]]:
    if item is None:
        return {}
    if not isinstance(item, Table):
        ledger.add(item, "`option_sets` takes ids with their options: {how-far: [{id: none, points: 0}, …]}")
        return {}
    for name, _ in item.entries:
        if not ID.fullmatch(name.text):
            ledger.add(name, f"the option set `{name.text}` must be of lower-case letters, digits, `.`, `-`, `_`")
    return {name.text: read_options(value, ledger) for name, value in item.entries}
