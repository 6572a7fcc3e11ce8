"""The loader: from the name, folder or file of an edition to a frozen, consistent object, or every fault at once.

Loading is validating. `edition_companions` finds the files beside an edition.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from compliance.questionnaire.condition_parser import ConditionScope
from compliance.questionnaire.conditions_and_law import Instrument
from compliance.questionnaire.edition import (
    EDITION_DEFAULTS,
    NODE_DEFAULTS,
    OVERALL,
    Band,
    Edition,
    Node,
    Option,
)
from compliance.questionnaire.edition_checks import (
    check_by_choice,
    check_cap,
    check_documents,
    check_form,
    check_joined,
)
from compliance.questionnaire.edition_cuts import (
    CutTheme,
    cut_edition,
    kept_questions,
    missing_targets,
    regrouped,
    with_criticals,
)
from compliance.questionnaire.edition_folder import (
    EDITION_FILE,
    PartsReader,
    RawPart,
    edition_digest,
    edition_file,
    edition_path,
    folder_around,
    known_ids,
    law_folder,
    neighbouring_editions,
    part_files,
    published_digests,
    with_digest,
    yaml_files,
)
from compliance.questionnaire.faults import EditionFaults, FaultCollector, SourceLocation, did_you_mean
from compliance.questionnaire.key_reader import ID_SYNTAX, ParsedKeys, read_keys
from compliance.questionnaire.law import read_law
from compliance.questionnaire.point_rules import check_maximum, read_minimums, warn_of_shifting_sums
from compliance.questionnaire.profile_and_lenses import (
    read_by_choice,
    read_criticals,
    read_documents,
    read_kept,
    read_lenses,
    read_profile,
    read_tables,
    read_themes,
    read_weights,
)
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
    """Return the edition in a folder or a single file. Raise EditionFaults with every fault.

    Its law is the folder `law/` inside it, else `law`, else `law/` beside it, else the one that comes with the tool.
    `collector`: an empty collector, for callers that want the warnings too.
    """
    faults = FaultCollector() if collector is None else collector
    edition = _read_edition(path, law, faults)
    faults.raise_if_any()
    if edition is None:  # nothing could be read, so something was noted
        raise EditionFaults(faults.faults)
    return edition


def edition_from_canonical(canonical: str, instruments: tuple[Instrument, ...] = ()) -> Edition:
    """Return the edition with this canonical JSON. Its law comes from `instruments`, and is never checked against them.

    It is marked as a draft: whether it was published is not known here. Raise EditionFaults if it has faults.
    """
    faults = FaultCollector()
    item = parse_json(canonical, "canonical JSON")
    below = item.get("parts") if isinstance(item, YamlMapping) else None
    parts = PartsReader(Path(), faults).parts(below) if below is not None else ()
    edition = _parse_edition(item, parts, None, faults)
    faults.raise_if_any()
    if edition is None:
        raise EditionFaults(faults.faults)
    return replace(edition, canonical=canonical, digest=edition_digest(canonical), instruments=instruments, draft=True)


@dataclass(frozen=True, slots=True)
class _WrittenEdition:
    """An edition, and its parts as written."""

    edition: Edition
    parts: tuple[RawPart, ...]


def _read_edition(path: Path, law: Path | None, faults: FaultCollector) -> Edition | None:
    file = edition_file(path)
    item = read_yaml(file, faults)
    if item is None:
        return None
    if _is_cut(item):
        edition = _read_cut(item, file, law, faults)
    else:
        written = _read_written(item, path, law, faults)
        edition = None if written is None else written.edition
    if edition is None:
        return None
    edition = with_digest(edition)
    _check_published(edition, file, faults)
    draft = edition.id not in published_digests(folder_around(file), FaultCollector())
    return replace(edition, draft=draft)


def _read_written(item: YamlNode, path: Path, law: Path | None, faults: FaultCollector) -> _WrittenEdition | None:
    """Return an edition with parts of its own, from its first file."""
    file = edition_file(path)
    folder = file.parent
    catalogue = law_folder(path, law)
    instruments = read_law(catalogue, faults) if catalogue is not None else ()
    in_folder = file.name == EDITION_FILE
    assembly = PartsReader(folder, faults, files=part_files(folder) if in_folder else tuple(yaml_files(folder)))
    below = item.get("parts") if isinstance(item, YamlMapping) else None
    parts = assembly.parts(below) if below is not None else ()
    edition = _parse_edition(item, parts, instruments, faults)
    if in_folder:
        assembly.note_unused()
    return None if edition is None else _WrittenEdition(replace(edition, instruments=instruments), parts)


def _is_cut(item: YamlNode) -> bool:
    return isinstance(item, YamlMapping) and any(item.get(key) is not None for key in ("cut_of", "keep"))


def _read_cut(item: YamlNode, file: Path, law: Path | None, faults: FaultCollector) -> Edition | None:
    """Return the edition that a cut keeps of another, or None with faults."""
    found = read_keys("cut", item, faults)
    if file.name == EDITION_FILE:
        for beside in part_files(file.parent):
            faults.add_at(str(beside), 0, "a cut has no parts of its own: delete this file")
    parent = None if found is None else _read_parent(found, file, law, faults)
    if found is None or parent is None or "keep" not in found.places:
        return None
    already = len(faults.faults)
    edition, place = parent.edition, found.at("keep")
    keep = kept_questions(edition, read_kept(found.get("keep"), edition, faults))
    if not keep and len(faults.faults) == already:
        faults.add(place, f"no scored question of `{edition.id}` is all of this, so nothing is kept: change `keep`")
    written = {part.id: part for top in parent.parts for part in top.walk()}
    for missing in missing_targets(edition, keep):
        looks = f"`{missing.part}` is kept in the cut {file} and looks at `{missing.question}`, which is not"
        at = written[missing.part].place(missing.key)
        faults.add(at, f"{looks}: keep both, or neither, or let it look at a question that is kept")
    if len(faults.faults) > already:
        return None
    kept = cut_edition(edition, keep)
    themes = read_themes(found.get("themes"), kept, faults)
    weights = read_weights(found.get("weights"), edition, kept, faults)
    criticals = read_criticals(found.get("critical"), kept, faults)
    if len(faults.faults) > already:
        return None
    cut = cut_edition(_with_form(found, edition), keep, weights)
    cut = cut if criticals is None else with_criticals(cut, criticals)
    cut = _with_frame(found, _in_themes(cut, themes, found, faults), faults)
    check_form(found, cut, faults)
    return replace(cut, cut_of=edition.id)


def _in_themes(cut: Edition, themes: Sequence[CutTheme], found: ParsedKeys, faults: FaultCollector) -> Edition:
    """Return a cut in its own themes, if it has any and all conditions look upward in them."""
    if not themes:
        return cut
    try:
        return regrouped(cut, themes)
    except ValueError as wrong:
        faults.add(found.at("themes"), f"in this order, {wrong}: move its requirement up")
        return cut


def _read_parent(found: ParsedKeys, file: Path, law: Path | None, faults: FaultCollector) -> _WrittenEdition | None:
    """Return the edition that a cut is of, or None, with faults, if there is none or it does not load."""
    name, place = found.get("cut_of"), found.at("cut_of")
    if name is None:
        return None
    known = neighbouring_editions(file.parent if file.name == EDITION_FILE else file)
    if name not in known:
        hint = did_you_mean(name, known) or ": name one that lies beside this one, or comes with the tool"
        faults.add(place, f"there is no edition `{name}`{hint}")
        return None
    path, inside = known[name], FaultCollector()
    item = read_yaml(edition_file(path), inside)
    if item is not None and _is_cut(item):
        remedy = "name the edition that it is a cut of, and keep less of that"
        faults.add(place, f"`{name}` is a cut itself, and there is no cut of a cut: {remedy}")
        return None
    parent = None if item is None else _read_written(item, path, law, inside)
    faults.faults.extend(inside.faults)
    return None if inside.faults else parent


def _with_form(found: ParsedKeys, edition: Edition) -> Edition:
    return replace(edition, form=found.get("form", edition.form))


def _with_frame(found: ParsedKeys, cut: Edition, faults: FaultCollector) -> Edition:
    """Return a cut with the keys that it has of its own."""
    bands = _bands(found.get("bands"), cut.root, faults)
    capping = next((part for part in cut.root.walk() if part.prerequisite or getattr(part, "critical", None)), None)
    what = "a prerequisite" if capping and capping.prerequisite else "critical"
    missing = f"`{capping.id}` is kept and {what}, which needs `critical_cap`" if capping else ""
    check_cap(found, bands, (found.place, missing) if capping else None, faults)
    edition_id = found.get("id", "")
    title, decimals = found.get("title", edition_id), found.get("round", cut.round)
    as_parent = "exact" if cut.band_at is None else cut.band_at
    return replace(
        cut,
        id=edition_id,
        title=title,
        root=replace(cut.root, title=title, min_coverage=found.get("min_coverage")),
        round=decimals,
        band_at=_decimals(found.get("band_at", decimals if "round" in found.values else as_parent)),
        rank_at=_decimals(found.get("rank_at", "exact" if cut.rank_at is None else cut.rank_at)),
        bands=bands,
        critical_cap=found.get("critical_cap", ""),
    )


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
    item: YamlNode, parts: tuple[RawPart, ...], instruments: tuple[Instrument, ...] | None, faults: FaultCollector
) -> Edition | None:
    """Return the edition that an item states. Law is not checked if `instruments` is None."""
    found = read_keys("edition", item, faults)
    if found is None:
        return None
    provisions = None if instruments is None else frozenset(p.id for i in instruments for p in i.provisions)
    profile = read_profile(found.get("profile"), faults)
    lenses = read_lenses(found.get("lenses"), faults)
    context = BuildContext(
        faults,
        ConditionScope(profile.fields, everything=known_ids(parts, faults), doubtful=profile.doubtful),
        lenses=lenses.values,
        documents=tuple(documents := read_documents(found.get("documents"), faults)),
        option_sets=_option_sets(found.get("option_sets"), faults),
        provisions=provisions,
    )
    root = _root(found, parts, context)
    bands = _bands(found.get("bands"), root, faults)
    for what, places in (("critical requirement", context.criticals), ("prerequisite", context.prerequisites)):
        missing = f"a {what} needs `critical_cap` in {found.place.file}"
        check_cap(found, bands, (places[0], missing) if places else None, faults)
    check_joined(found, root, faults)
    edition = replace(
        _edition(found, root, bands, context),
        by_choice=read_by_choice(found.get("by_choice"), lenses.values, faults),
        profile_labels=profile.labels,
        lens_labels=lenses.labels,
        document_titles={kind: title for kind, title in documents.items() if title},
        tables=read_tables(found.get("tables"), root, faults),
    )
    check_form(found, edition, faults)
    written = {part.id: part for top in parts for part in top.walk()}
    check_documents(found, edition, written, faults)
    check_by_choice(found, edition, written, faults)
    return edition


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
        documents=context.documents,
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
    """Load the edition with that id in questionnaires/, or in that folder or `.yaml` file.

    Raise EditionFaults if there is none, or with every fault in it.
    """
    return load_edition(edition_path(name))
