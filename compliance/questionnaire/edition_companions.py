"""What lies beside an edition: its languages, rules for answers to others, crosswalks, and editions with given columns.

A cut has the texts of the edition that it is a cut of, in every language, and a small file of its own for its own.
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
    """The edition of a folder or file in its own language and in each in which it is offered, by code.

    Raise EditionFaults if the edition does not load; what is wrong in a language only leaves that language out.
    """
    edition = load_edition(path)
    edition = replace(edition, phrasings=read_phrasings(edition, path).texts)
    offered = (locale for locale in locales_of(edition, path) if is_offered(edition, locale))
    return {edition.language: edition, **{locale.code: translate_edition(edition, locale) for locale in offered}}


def locales_of(edition: Edition, path: Path) -> tuple[LocaleFile, ...]:
    """Every language of the edition in a folder, complete or not, by code; an edition in a single file has none."""
    file = edition_file(path)
    if file.name != EDITION_FILE:
        return ()
    law = law_folder(path)
    return tuple(_cut_locales(edition, file.parent, law)) if edition.cut_of else read_locales(edition, file.parent, law)


def own_source_texts(edition: Edition, path: Path) -> SourceTexts:
    """The texts to translate beside the edition in a folder: all of them, or those that a cut has of its own."""
    if not edition.cut_of:
        return edition_source_texts(edition)
    return _own_texts(edition, load_edition(neighbouring_editions(path)[edition.cut_of]))


def _own_texts(cut: Edition, whole: Edition) -> SourceTexts:
    """The texts of a cut that the edition it is of does not have, or has otherwise."""
    source, elsewhere = edition_source_texts(cut), edition_source_texts(whole).all_texts
    return SourceTexts(cut.id, {key: text for key, text in source.texts.items() if elsewhere.get(key) != text})


def _cut_locales(cut: Edition, folder: Path, law: Path | None) -> Iterator[LocaleFile]:
    """The languages of a cut: the texts it shares from those of the whole edition, and its own."""
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
    known = neighbouring_editions(path)
    if file.stem not in known:
        message = f"there is no edition `{file.stem}`, whose answers it would carry{did_you_mean(file.stem, known)}"
        raise EditionFaults([Fault(str(file), 0, f"{message}: the file is called as that edition")])
    return load_edition(known[file.stem])


def checked_crosswalks(folder: Path, faults: FaultCollector) -> tuple[Crosswalk, ...]:
    """The crosswalks of a folder, whose editions lie beside it or come with the tool; faults are noted.

    Every requirement that a crosswalk names must be one of each edition that it is about.
    """
    editions = neighbouring_editions(folder)

    @cache
    def requirements_of(edition_id: str) -> Collection[str] | None:
        path = editions.get(edition_id)
        return None if path is None else [requirement.id for requirement in load_edition(path).requirements]

    return read_crosswalks(folder, faults, requirements_of)


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
