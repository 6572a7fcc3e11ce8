"""Drafts of editions: copied from an edition, and published, after which they are frozen by their digest."""

import shutil
from pathlib import Path

from compliance.atomic_write import atomic_write
from compliance.authoring import AuthoringError
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_folder import EDITION_FILE, PUBLISHED_FILE, edition_file, published_digests
from compliance.questionnaire.faults import EditionFaults, FaultCollector
from compliance.questionnaire.key_reader import ID_SYNTAX
from compliance.questionnaire.loader import load_edition, locales_of, mapping_faults
from compliance.questionnaire.yaml_reader import YamlMapping, YamlScalar, read_yaml


def clone_edition(source: Path, new_id: str, folder: Path | None = None) -> Path:
    """Copy an edition's folder or file, every comment included, into a draft of another id; where it lies.

    It lies in `folder`, else beside the one it is made from. Raise Refusal rather than write over anything,
    EditionFaults if the source is broken or its copy does not load where it lies.
    """
    source = _folder_or_file(source)
    edition = load_edition(source)
    into = source.resolve().parent if folder is None else folder
    draft = into / (new_id if source.is_dir() else f"{new_id}{source.suffix}")
    if not ID_SYNTAX.fullmatch(new_id):
        raise AuthoringError(f"the id {new_id!r} must be of lower-case letters, digits, `.`, `-`, `_`")
    if new_id == edition.id or new_id in published_digests(into, FaultCollector()):
        raise AuthoringError(f"{new_id} is the id of an edition already, and ids are never used again: choose another")
    if draft.exists():
        raise AuthoringError(f"{draft} is there already, and nothing is written over: choose another id, or remove it")
    into.mkdir(parents=True, exist_ok=True)
    try:
        _copy(source, draft)
        _rename(edition_file(draft), edition.id, new_id)
        load_edition(draft)
    except BaseException:
        _remove(draft)
        raise
    return draft


def publish_edition(path: Path) -> tuple[Edition, Path]:
    """Write an edition's digest into `published.yaml` beside it, after which it never changes; both of them.

    Raise Refusal if it is published already or its name is not its id, EditionFaults if anything is wrong in it.
    """
    place = _folder_or_file(path).resolve()
    edition = load_edition(path)
    if (place.name if place.is_dir() else place.stem) != edition.id:
        raise AuthoringError(
            f"{path}: the edition in it is called {edition.id}, and must lie under that name: rename one"
        )
    faults = [fault for locale in locales_of(edition, place) for fault in (*locale.faults, *locale.outdated)]
    if faults := [*faults, *mapping_faults(edition, place)]:
        raise EditionFaults(faults)
    published = place.parent / PUBLISHED_FILE
    ledger = FaultCollector()
    already = published_digests(place.parent, ledger)
    ledger.raise_if_any()
    if edition.id in already:
        raise AuthoringError(f"{edition.id} is published already, and nothing in it has changed since")
    written = published.read_text(encoding="utf-8") if published.is_file() else ""
    line_end = "" if written.endswith("\n") or not written else "\n"
    with atomic_write(published) as file:
        file.write(f"{written}{line_end}{edition.id}: {edition.digest}\n")
    return edition, published


def _folder_or_file(path: Path) -> Path:
    """An edition's folder, if it has one, else its file."""
    return path.parent if path.name == EDITION_FILE else path


def _copy(source: Path, draft: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, draft, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    else:
        shutil.copy(source, draft)


def _remove(draft: Path) -> None:
    if draft.is_dir():
        shutil.rmtree(draft)
    else:
        draft.unlink(missing_ok=True)


def _rename(file: Path, old_id: str, new_id: str) -> None:
    """Change the id where it stands, and not a letter beside it."""
    item = read_yaml(file, FaultCollector())
    written = item.get("id") if isinstance(item, YamlMapping) else None
    if not isinstance(written, YamlScalar):  # it has loaded, so it has an id
        raise AuthoringError(f"{file}: there is no id to replace")
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    before, key, after = lines[written.line - 1].rpartition("id:")
    lines[written.line - 1] = before + key + after.replace(old_id, new_id, 1)
    with atomic_write(file) as whole:
        whole.write("".join(lines))
