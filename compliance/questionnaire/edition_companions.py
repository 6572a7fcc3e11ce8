"""Files beside an edition: its languages, rules for mapping answers, crosswalks; and editions with given columns.

A cut takes its texts, in every language, from the edition that it is a cut of. It has small locale files for texts of
its own.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from compliance.questionnaire.answer_mapping import MappingRules, mapping_files, read_mapping
from compliance.questionnaire.crosswalk import Crosswalk, read_crosswalks
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition
from compliance.questionnaire.edition_folder import (
    EDITION_FILE,
    edition_file,
    edition_paths,
    editions_folder,
    law_folder,
    neighbouring_editions,
)
from compliance.questionnaire.faults import EditionFaults, Fault, FaultCollector, did_you_mean
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.locales import (
    LOCALES_FOLDER,
    LocaleFile,
    is_offered,
    missing_texts,
    read_locale,
    read_locales,
    translate_edition,
    with_law,
)
from compliance.questionnaire.phrasings import read_phrasings
from compliance.questionnaire.translatable_texts import TITLE, SourceTexts, edition_source_texts


def edition_in_languages(path: Path) -> Mapping[str, Edition]:
    """Return the edition in a folder or file by language code: its own language, and all in which it is offered.

    Raise EditionFaults if the edition does not load. A language with faults is only left out.
    """
    edition = load_edition(path)
    edition = replace(edition, phrasings=read_phrasings(edition, path).texts)
    offered = (locale for locale in locales_of(edition, path) if is_offered(edition, locale))
    return {edition.language: edition, **{locale.code: translate_edition(edition, locale) for locale in offered}}


def locales_of(edition: Edition, path: Path) -> tuple[LocaleFile, ...]:
    """Return the languages of the edition in a folder, complete or not, by code. An edition in one file has none."""
    file = edition_file(path)
    if file.name != EDITION_FILE:
        return ()
    law = law_folder(path)
    return tuple(_cut_locales(edition, file.parent, law)) if edition.cut_of else read_locales(edition, file.parent, law)


def own_source_texts(edition: Edition, path: Path) -> SourceTexts:
    """Return the texts to translate beside the edition in a folder: all, or only those of its own for a cut."""
    if not edition.cut_of:
        return edition_source_texts(edition)
    return _own_texts(edition, load_edition(neighbouring_editions(path)[edition.cut_of]))


def _own_texts(cut: Edition, whole: Edition) -> SourceTexts:
    """Return the texts of a cut that are missing or different in the edition that it is a cut of."""
    source, elsewhere = edition_source_texts(cut), edition_source_texts(whole).all_texts
    return SourceTexts(cut.id, {key: text for key, text in source.texts.items() if elsewhere.get(key) != text})


def _cut_locales(cut: Edition, folder: Path, law: Path | None) -> Iterator[LocaleFile]:
    """Yield the languages of a cut: texts that it shares with the whole edition from there, and its own."""
    place = neighbouring_editions(folder)[cut.cut_of]
    whole = load_edition(place)
    source, own = edition_source_texts(cut), _own_texts(cut, whole)
    shared = source.all_texts.keys() - own.texts.keys()
    titles = {(requirement, TITLE) for requirement in cut.left_out}
    inherited = {locale.code: locale for locale in locales_of(whole, place)}
    files = {file.stem: file for file in (folder / LOCALES_FOLDER).glob("*.yaml")}
    for code in sorted(inherited.keys() | files):
        file = files.get(code, folder / LOCALES_FOLDER / f"{code}.yaml")
        mine = read_locale(file, own) if code in files else _nothing_yet(file, own)
        there = inherited.get(code, LocaleFile(code))
        texts = {key: text for key, text in there.texts.items() if key in shared | titles}
        gone = tuple(key for key in source.missing(texts) if key not in own.texts)
        late = missing_texts(place / LOCALES_FOLDER / file.name, gone, source)
        merged = replace(mine, texts={**texts, **mine.texts}, outdated=(*mine.outdated, *late))
        yield with_law(merged, file, cut, law)


def _nothing_yet(file: Path, own: SourceTexts) -> LocaleFile:
    return LocaleFile(file.stem, outdated=missing_texts(file, tuple(own.texts), own))


def mapping_between(old: Edition, new: Edition, path: Path) -> MappingRules:
    """Return the rules by which answers to `old` carry to `new`, the edition at `path`, or {} if there are none.

    Raise EditionFaults if the rules have faults.
    """
    file = next((file for file in mapping_files(path) if file.stem == old.id), None)
    return {} if file is None else read_mapping(file, old, new)


def mapping_faults(edition: Edition, path: Path) -> Iterator[Fault]:
    """Yield the faults of an edition's mapping files. They map from editions beside it or those of the tool."""
    for file in mapping_files(path):
        try:
            read_mapping(file, _edition_beside(path, file), edition)
        except EditionFaults as wrong:
            yield from wrong.faults


def _edition_beside(path: Path, file: Path) -> Edition:
    """Return the edition that a file of `carries/` is named after. Raise EditionFaults if there is none."""
    known = neighbouring_editions(path)
    if file.stem not in known:
        message = f"there is no edition `{file.stem}`, whose answers it would carry{did_you_mean(file.stem, known)}"
        raise EditionFaults([Fault(str(file), 0, f"{message}: the file is called as that edition")])
    return load_edition(known[file.stem])


def checked_crosswalks(folder: Path, faults: FaultCollector) -> tuple[Crosswalk, ...]:
    """Return the crosswalks in a folder, noting faults. Their editions lie beside it or come with the tool.

    Every requirement that a crosswalk names must exist in each edition that it is about.
    """
    editions = neighbouring_editions(folder)

    @cache
    def requirements_of(edition_id: str) -> Collection[str] | None:
        path = editions.get(edition_id)
        return None if path is None else [requirement.id for requirement in load_edition(path).requirements]

    return read_crosswalks(folder, faults, requirements_of)


def editions_with_columns(columns: Collection[str]) -> tuple[str, ...]:
    """Return the ids of the tool's editions that have at least half of these answer columns, the best match first."""
    found: dict[str, int] = {}
    for path in edition_paths(editions_folder()):
        try:
            edition = load_edition(path)
        except EditionFaults:  # the fault is not in the answers
            continue
        known = edition.questions.keys() | {PROFILE_PREFIX + name for name in edition.profile}
        found[edition.id] = sum(column in known for column in columns)
    fitting = [name for name, count in found.items() if count and 2 * count >= len(columns)]
    return tuple(sorted(fitting, key=lambda name: -found[name]))
