"""The loader: from the name, folder or file of an edition to a frozen, consistent object, or every fault at once.

Loading is validating. The languages of an edition, and the rules for answers to earlier editions, are found
from here too.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from compliance.questionnaire.answer_mapping import MappingRules, mapping_files, read_mapping
from compliance.questionnaire.condition_parser import ConditionScope
from compliance.questionnaire.conditions_and_law import Instrument
from compliance.questionnaire.edition import (
    EDITION_DEFAULTS,
    NODE_DEFAULTS,
    OVERALL,
    PROFILE_PREFIX,
    Band,
    Edition,
    Node,
    Option,
    Question,
)
from compliance.questionnaire.edition_folder import (
    EDITION_FILE,
    PartsReader,
    RawPart,
    canonical_json,
    edition_digest,
    edition_file,
    edition_path,
    edition_paths,
    editions_folder,
    folder_around,
    known_ids,
    law_folder,
    part_files,
    published_digests,
    yaml_files,
)
from compliance.questionnaire.faults import EditionFaults, Fault, FaultCollector, SourceLocation, did_you_mean, one_of
from compliance.questionnaire.key_reader import ID_SYNTAX, ParsedKeys, read_keys
from compliance.questionnaire.law import read_law
from compliance.questionnaire.locales import LocaleFile, is_offered, read_locales, translate_edition
from compliance.questionnaire.point_rules import check_maximum, read_minimums, warn_of_shifting_sums
from compliance.questionnaire.profile_and_lenses import read_lenses, read_profile
from compliance.questionnaire.tree_builder import (
    BuildContext,
    InheritedSettings,
    build_part,
    inherited_from,
    read_options,
)
from compliance.questionnaire.vocabulary import AGGREGATION_RULES
from compliance.questionnaire.yaml_reader import YamlMapping, YamlNode, YamlSequence, parse_json, read_yaml


def load_edition(path: Path, *, law: Path | None = None, collector: FaultCollector | None = None) -> Edition:
    """The edition in a folder or a single file. Raise EditionFaults with every fault.

    Its law is the folder `law/` inside it, else the given catalogue, else `law/` beside it, else the one that
    comes with the tool. `collector`: an empty one, for those who want the warnings too.
    """
    faults = FaultCollector() if collector is None else collector
    edition = _read_edition(path, law, faults)
    faults.raise_if_any()
    if edition is None:  # nothing could be read, so something was noted
        raise EditionFaults(faults.faults)
    return edition


def edition_from_canonical(canonical: str, instruments: tuple[Instrument, ...] = ()) -> Edition:
    """The edition whose canonical JSON was kept. Its law is looked up in `instruments`, never checked against them.

    It is a draft unless the file that comes with the tool has the same digest and is published.
    """
    faults = FaultCollector()
    item = parse_json(canonical, "canonical JSON")
    edition = _parse_edition(item, PartsReader(Path(), faults), None, faults)
    faults.raise_if_any()
    if edition is None:
        raise EditionFaults(faults.faults)
    return replace(edition, canonical=canonical, digest=edition_digest(canonical), instruments=instruments, draft=True)


def _read_edition(path: Path, law: Path | None, faults: FaultCollector) -> Edition | None:
    file = edition_file(path)
    item = read_yaml(file, faults)
    if item is None:
        return None
    folder = file.parent
    catalogue = law_folder(path, law)
    instruments = read_law(catalogue, faults) if catalogue is not None else ()
    in_folder = file.name == EDITION_FILE
    assembly = PartsReader(folder, faults, files=part_files(folder) if in_folder else tuple(yaml_files(folder)))
    edition = _parse_edition(item, assembly, instruments, faults)
    if in_folder:
        assembly.note_unused()
    if edition is None:
        return None
    canonical = canonical_json(edition)
    edition = replace(edition, instruments=instruments, canonical=canonical, digest=edition_digest(canonical))
    _check_published(edition, file, faults)
    draft = edition.id not in published_digests(folder_around(file), FaultCollector())
    return replace(edition, draft=draft)


def _check_published(edition: Edition, file: Path, faults: FaultCollector) -> None:
    place = folder_around(file)
    digest = published_digests(place, faults).get(edition.id)
    if digest is not None and digest != edition.digest:
        message = (
            f"`{edition.id}` is published and published editions never change: undo the change, "
            f"or give the edition a new id (its digest is {edition.digest}, published was {digest})"
        )
        faults.add_at(str(file), 0, message)


def _parse_edition(
    item: YamlNode, assembly: PartsReader, instruments: tuple[Instrument, ...] | None, faults: FaultCollector
) -> Edition | None:
    """The edition that an item states; law is checked unless `instruments` is None."""
    found = read_keys("edition", item, faults)
    if found is None:
        return None
    below = found.get("parts")
    parts = assembly.parts(below) if below is not None else ()
    provisions = None if instruments is None else frozenset(p.id for i in instruments for p in i.provisions)
    profile = read_profile(found.get("profile"), faults)
    lenses = read_lenses(found.get("lenses"), faults)
    context = BuildContext(
        faults,
        ConditionScope(profile.fields, everything=known_ids(parts, faults), doubtful=profile.doubtful),
        lenses=lenses.values,
        option_sets=_option_sets(found.get("option_sets"), faults),
        provisions=provisions,
    )
    root = _root(found, parts, context)
    bands = _bands(found.get("bands"), root, faults)
    _check_cap(found, bands, context)
    _check_joined(found, root, context)
    _check_form(found, root, context)
    edition = _edition(found, root, bands, context)
    return replace(edition, profile_labels=profile.labels, lens_labels=lenses.labels)


def _edition(found: ParsedKeys, root: Node, bands: tuple[Band, ...], context: BuildContext) -> Edition:
    edition_id, decimals = found.get("id", ""), found.get("round", EDITION_DEFAULTS["round"])
    return Edition(
        id=edition_id,
        title=found.get("title", edition_id),
        root=root,
        digest="",
        canonical="",
        form=found.get("form", EDITION_DEFAULTS["form"]),
        scale=found.get("scale", EDITION_DEFAULTS["scale"]),
        round=decimals,
        band_at=_decimals(found.get("band_at", decimals)),
        rank_at=_decimals(found.get("rank_at", "exact")),
        blank=found.get("blank", EDITION_DEFAULTS["blank"]),
        bands=bands,
        critical_cap=found.get("critical_cap", ""),
        joined=found.get("joined", ()),
        profile=context.scope.profile,
        lenses=context.lenses,
    )


def _decimals(value: Any) -> int | None:
    return None if value == "exact" else int(value)


def _root(found: ParsedKeys, parts: tuple[RawPart, ...], context: BuildContext) -> Node:
    combine = found.get("combine", NODE_DEFAULTS["combine"])
    inherited = inherited_from(OVERALL, combine, InheritedSettings())
    built = tuple(part for written in parts if (part := build_part(written, context, inherited)) is not None)
    title = found.get("title", found.get("id", ""))
    limits = {"max": found.get("max"), "floor": found.get("floor", NODE_DEFAULTS["floor"])}
    root = Node(OVERALL, built, title, combine=combine, **limits, min_coverage=found.get("min_coverage"))
    check_maximum(root, found, context.faults)
    if root.only_deducts:
        context.faults.add(found.at("parts"), "no answer earns points: give one of them points above 0")
    if AGGREGATION_RULES[combine].weighs_full_marks:
        warn_of_shifting_sums(root, context.places, context.scope, context.faults, is_added_up=False)
    return root


def _bands(item: YamlNode | None, root: Node, faults: FaultCollector) -> tuple[Band, ...]:
    if item is None:
        return ()
    if not isinstance(item, YamlSequence):
        faults.add(item, "`bands` takes a list of {id, from, title}")
        return ()
    bands: list[Band] = []
    places: dict[str, SourceLocation] = {}
    for part in item.items:
        found = read_keys("band", part, faults)
        if found is None or not {"id", "from"} <= set(found.values):
            continue
        requires = read_minimums(found.get("requires"), root, faults)
        band = Band(found.get("id"), found.get("from"), found.get("title", found.get("id")), requires)
        places[band.id] = found.at("requires")
        if any(band.id == other.id for other in bands):
            faults.add(found.at("id"), f"the band `{band.id}` stands twice: rename one")
        if any(band.at == other.at for other in bands):
            faults.add(found.at("from"), "two bands begin at the same score: change one, or delete it")
        bands.append(band)
    bands.sort(key=lambda band: band.at)
    if bands and bands[0].requires:
        message = f"`{bands[0].id}` is the lowest band, and none is left for who misses what it requires: add one below"
        faults.add(places[bands[0].id], message)
    return tuple(bands)


def _check_cap(found: ParsedKeys, bands: tuple[Band, ...], context: BuildContext) -> None:
    cap, names = found.get("critical_cap"), [band.id for band in bands]
    if cap is not None and cap not in names:
        hint = did_you_mean(cap, names)
        context.faults.add(found.at("critical_cap"), f"`{cap}` is none of the bands ({one_of(names)}){hint}")
    for what, places in (("critical requirement", context.criticals), ("prerequisite", context.prerequisites)):
        if places and "critical_cap" not in found.places:
            message = f"a {what} needs `critical_cap` in {found.place.file}: the highest band while it fails"
            context.faults.add(places[0], message)


def _check_joined(found: ParsedKeys, root: Node, context: BuildContext) -> None:
    requirements = {node.id for node in root.nodes() if node.is_requirement}
    others = {part.id for part in root.walk()} - requirements
    for named in found.get("joined", ()):
        if named in others or named not in context.scope.everything:
            hint = did_you_mean(named, sorted(requirements))
            context.faults.add(found.at("joined"), f"`{named}` in `joined` is no requirement{hint}")


def _check_form(found: ParsedKeys, root: Node, context: BuildContext) -> None:
    """Note what a quick form may not have: it asks everybody the same, one choice a question."""
    if found.get("form") != "quick":
        return
    place, why = found.at("form"), "a quick form asks everybody the same, one choice a question"
    if context.scope.profile:
        context.faults.add(place, f"{why}: it has no `profile`")
    for part in root.walk():
        if part.asked_when is not None:
            context.faults.add(place, f"{why}: `{part.id}` has no `asked_when`")
        if isinstance(part, Question) and (part.kind != "one" or part.na != "never"):
            context.faults.add(place, f"{why}: `{part.id}` has `options` to choose one of, and no `na`")


def _option_sets(item: YamlNode | None, faults: FaultCollector) -> Mapping[str, tuple[Option, ...]]:
    if item is None:
        return {}
    if not isinstance(item, YamlMapping):
        faults.add(item, "`option_sets` takes ids with their options: {how-far: [{id: none, points: 0}, …]}")
        return {}
    for name, _ in item.entries:
        if not ID_SYNTAX.fullmatch(name.text):
            faults.add(name, f"the option set `{name.text}` must be of lower-case letters, digits, `.`, `-`, `_`")
    return {name.text: read_options(value, faults) for name, value in item.entries}


def find_edition(name: str) -> Edition:
    """Load the edition of that id in questionnaires/, of that folder, or of that `.yaml` file.

    Raise EditionFaults if there is none, or with everything that is wrong in it.
    """
    return load_edition(edition_path(name))


def edition_in_languages(path: Path) -> Mapping[str, Edition]:
    """The edition of a folder or file in its own language and in each in which it is offered, by code.

    Raise EditionFaults if the edition does not load; what is wrong in a language only leaves that language out.
    """
    edition = load_edition(path)
    offered = (locale for locale in locales_of(edition, path) if is_offered(edition, locale))
    return {edition.language: edition, **{locale.code: translate_edition(edition, locale) for locale in offered}}


def locales_of(edition: Edition, path: Path) -> tuple[LocaleFile, ...]:
    """Every language of the edition in a folder, complete or not, by code; an edition in a single file has none."""
    file = edition_file(path)
    return read_locales(edition, file.parent, law_folder(path)) if file.name == EDITION_FILE else ()


def mapping_between(old: Edition, new: Edition, path: Path) -> MappingRules:
    """The rules by which answers to `old` carry to `new`, the edition of a folder or file; none where it has none.

    Raise EditionFaults.
    """
    file = next((file for file in mapping_files(path) if file.stem == old.id), None)
    return {} if file is None else read_mapping(file, old, new)


def mapping_faults(edition: Edition, path: Path) -> Iterator[Fault]:
    """The faults of the mapping files of an edition; the editions they map from lie beside it or come with the tool."""
    for file in mapping_files(path):
        try:
            read_mapping(file, _edition_beside(path, file), edition)
        except EditionFaults as wrong:
            yield from wrong.faults


def _edition_beside(path: Path, file: Path) -> Edition:
    """The edition that a file of `carries/` is called after. Raise EditionFaults if there is none."""
    beside = path.resolve().parent / file.stem
    known = {beside.name: beside} if (beside / EDITION_FILE).is_file() else {}
    known = {edition.name: edition for edition in edition_paths(editions_folder())} | known
    if file.stem not in known:
        message = f"there is no edition `{file.stem}`, whose answers it would carry{did_you_mean(file.stem, known)}"
        raise EditionFaults([Fault(str(file), 0, f"{message}: the file is called as that edition")])
    return load_edition(known[file.stem])


def editions_with_columns(columns: Collection[str]) -> tuple[str, ...]:
    """The ids of those that come with the tool and have at least half of these columns of answers, the most first."""
    found: dict[str, int] = {}
    for path in edition_paths(editions_folder()):
        try:
            edition = load_edition(path)
        except EditionFaults:  # it is nobody's answers that are wrong then
            continue
        known = edition.questions.keys() | {PROFILE_PREFIX + name for name in edition.profile}
        found[edition.id] = sum(column in known for column in columns)
    fitting = [name for name, count in found.items() if count and 2 * count >= len(columns)]
    return tuple(sorted(fitting, key=lambda name: -found[name]))
