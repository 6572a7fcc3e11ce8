"""Finding editions: by id among those that come with the tool, by folder, or by file."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from compliance.carried import carried
from compliance.questionnaire.assembly import EDITION_FILE
from compliance.questionnaire.catalogue import yaml_files
from compliance.questionnaire.edition import PROFILE, Edition
from compliance.questionnaire.faults import EditionFaults, Fault, did_you_mean, either
from compliance.questionnaire.glossary import GLOSSARY_FILE
from compliance.questionnaire.loader import PUBLISHED_FILE, edition_file, law_folder, load_edition
from compliance.questionnaire.locales import Locale, is_offered, read_locales, translated
from compliance.questionnaire.mapping import Rules
from compliance.questionnaire.mapping_file import carries_files, read_carries


def questionnaires_folder() -> Path:
    """The folder of law and editions that comes with the tool, in a checkout as in an installed wheel."""
    return carried("questionnaires")


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
    return {edition.language: edition, **{locale.code: translated(edition, locale) for locale in offered}}


def locales_of(edition: Edition, path: Path) -> tuple[Locale, ...]:
    """Every language of the edition in a folder, complete or not, by code; an edition in a single file has none."""
    file = edition_file(path)
    return read_locales(edition, file.parent, law_folder(path)) if file.name == EDITION_FILE else ()


def rules_between(old: Edition, new: Edition, path: Path) -> Rules:
    """The rules by which answers to `old` carry to `new`, the edition of a folder or file; none where it has none.

    Raise EditionFaults.
    """
    file = next((file for file in carries_files(path) if file.stem == old.id), None)
    return {} if file is None else read_carries(file, old, new)


def carries_faults(edition: Edition, path: Path) -> Iterator[Fault]:
    """What is wrong in what an edition takes over from others, which lie beside it or come with the tool."""
    for file in carries_files(path):
        try:
            read_carries(file, _edition_beside(path, file), edition)
        except EditionFaults as wrong:
            yield from wrong.faults


def _edition_beside(path: Path, file: Path) -> Edition:
    """The edition that a file of `carries/` is called after. Raise EditionFaults if there is none."""
    beside = path.resolve().parent / file.stem
    known = {beside.name: beside} if (beside / EDITION_FILE).is_file() else {}
    known = {edition.name: edition for edition in edition_paths(questionnaires_folder())} | known
    if file.stem not in known:
        message = f"there is no edition `{file.stem}`, whose answers it would carry{did_you_mean(file.stem, known)}"
        raise EditionFaults([Fault(str(file), 0, f"{message}: the file is called as that edition")])
    return load_edition(known[file.stem])


def edition_path(name: str) -> Path:
    """Where the edition of that id, folder or file lies. Raise EditionFaults if there is none."""
    path = Path(name)
    if (path / EDITION_FILE).is_file() or path.is_file():
        return path
    known = {edition.name: edition for edition in edition_paths(questionnaires_folder())}
    if name in known:
        return known[name]
    if path.is_dir():
        raise EditionFaults([Fault(name, 0, f"this folder has no {EDITION_FILE}: name the folder of one edition")])
    hint = did_you_mean(name, known) or f": name a folder, a .yaml file, or one of {either(known)}"
    raise EditionFaults([Fault(name, 0, f"there is no such edition{hint}")])


def editions_that_have(columns: Collection[str]) -> tuple[str, ...]:
    """The ids of those that come with the tool and have at least half of these columns of answers, the most first."""
    found: dict[str, int] = {}
    for path in edition_paths(questionnaires_folder()):
        try:
            edition = load_edition(path)
        except EditionFaults:  # it is nobody's answers that are wrong then
            continue
        known = edition.questions.keys() | {PROFILE + name for name in edition.profile}
        found[edition.id] = sum(column in known for column in columns)
    fitting = [name for name, count in found.items() if count and 2 * count >= len(columns)]
    return tuple(sorted(fitting, key=lambda name: -found[name]))


def edition_paths(folder: Path) -> tuple[Path, ...]:
    """The editions in a folder: itself, or its subfolders and files, by name."""
    if (folder / EDITION_FILE).is_file():
        return (folder,)
    folders = sorted(path.parent for path in folder.glob(f"*/{EDITION_FILE}"))
    return (*folders, *(path for path in yaml_files(folder) if path.name not in (PUBLISHED_FILE, GLOSSARY_FILE)))
