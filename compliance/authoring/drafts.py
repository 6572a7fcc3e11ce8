"""Beginning an edition from another one, and ending its time as a draft."""

import shutil
from pathlib import Path

from compliance.authoring.refusal import Refusal
from compliance.questionnaire.assembly import EDITION_FILE
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.editions import carries_faults, locales_of
from compliance.questionnaire.faults import EditionFaults, Ledger
from compliance.questionnaire.fields import ID
from compliance.questionnaire.loader import PUBLISHED_FILE, edition_file, load_edition, published_digests
from compliance.questionnaire.reading import Scalar, Table, read_yaml
from compliance.whole_file import whole_file


def clone_edition(source: Path, new_id: str, folder: Path | None = None) -> Path:
    """Copy an edition's folder or file, every comment included, into a draft of another id; where it lies.

    It lies in `folder`, else beside the one it is made from. Raise Refusal rather than write over anything,
    EditionFaults if the source is broken or its copy does not load where it lies.
    """
    source = _place(source)
    edition = load_edition(source)
    into = source.resolve().parent if folder is None else folder
    draft = into / (new_id if source.is_dir() else f"{new_id}{source.suffix}")
    if not ID.fullmatch(new_id):
        raise Refusal(f"the id {new_id!r} must be of lower-case letters, digits, `.`, `-`, `_`")
    if new_id == edition.id or new_id in published_digests(into, Ledger()):
        raise Refusal(f"{new_id} is the id of an edition already, and ids are never used again: choose another")
    if draft.exists():
        raise Refusal(f"{draft} is there already, and nothing is written over: choose another id, or remove it")
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
    place = _place(path).resolve()
    edition = load_edition(path)
    if (place.name if place.is_dir() else place.stem) != edition.id:
        raise Refusal(f"{path}: the edition in it is called {edition.id}, and must lie under that name: rename one")
    faults = [fault for locale in locales_of(edition, place) for fault in (*locale.faults, *locale.behind)]
    if faults := [*faults, *carries_faults(edition, place)]:
        raise EditionFaults(faults)
    published = place.parent / PUBLISHED_FILE
    ledger = Ledger()
    already = published_digests(place.parent, ledger)
    ledger.raise_if_any()
    if edition.id in already:
        raise Refusal(f"{edition.id} is published already, and nothing in it has changed since")
    written = published.read_text(encoding="utf-8") if published.is_file() else ""
    line_end = "" if written.endswith("\n") or not written else "\n"
    with whole_file(published) as file:
        file.write(f"{written}{line_end}{edition.id}: {edition.digest}\n")
    return edition, published


def _place(path: Path) -> Path:
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
    item = read_yaml(file, Ledger())
    written = item.get("id") if isinstance(item, Table) else None
    if not isinstance(written, Scalar):  # it has loaded, so it has an id
        raise Refusal(f"{file}: there is no id to replace")
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    before, key, after = lines[written.line - 1].rpartition("id:")
    lines[written.line - 1] = before + key + after.replace(old_id, new_id, 1)
    with whole_file(file) as whole:
        whole.write("".join(lines))
