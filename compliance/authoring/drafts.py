"""Drafts of editions: copying one from another, and describing the differences between two."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from compliance.atomic_write import atomic_write
from compliance.authoring import AuthoringError
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_companions import locales_of, mapping_faults
from compliance.questionnaire.edition_difference import (
    ADDED,
    MOVED,
    ORDER,
    REMOVED,
    ChangeEffect,
    EditionChange,
    EditionDifference,
    ElementKind,
)
from compliance.questionnaire.edition_folder import EDITION_FILE, PUBLISHED_FILE, edition_file, published_digests
from compliance.questionnaire.faults import EditionFaults, FaultCollector
from compliance.questionnaire.key_reader import ID_SYNTAX
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.yaml_reader import YamlMapping, YamlScalar, read_yaml


def clone_edition(source: Path, new_id: str, folder: Path | None = None) -> Path:
    """Copy an edition's folder or file, comments included, into a draft with another id. Return its path.

    The draft is in `folder`, by default beside the source. Raise AuthoringError if the id cannot be used or something
    would be overwritten, and EditionFaults if the source has faults or the copy does not load at its new place.
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
    """Add an edition's digest to `published.yaml` beside it, after which it never changes. Return both.

    Raise AuthoringError if it is already published or its name is not its id, and EditionFaults for any fault in it.
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
    collector = FaultCollector()
    already = published_digests(place.parent, collector)
    collector.raise_if_any()
    if edition.id in already:
        raise AuthoringError(f"{edition.id} is published already, and nothing in it has changed since")
    written = published.read_text(encoding="utf-8") if published.is_file() else ""
    line_end = "" if written.endswith("\n") or not written else "\n"
    with atomic_write(published) as file:
        file.write(f"{written}{line_end}{edition.id}: {edition.digest}\n")
    return edition, published


def _folder_or_file(path: Path) -> Path:
    """Return an edition's folder if it has one, else its file."""
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
    """Replace the id in a file, and nothing else."""
    item = read_yaml(file, FaultCollector())
    written = item.get("id") if isinstance(item, YamlMapping) else None
    if not isinstance(written, YamlScalar):  # cannot happen: an edition that loaded has an id
        raise AuthoringError(f"{file}: there is no id to replace")
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    before, key, after = lines[written.line - 1].rpartition("id:")
    lines[written.line - 1] = before + key + after.replace(old_id, new_id, 1)
    with atomic_write(file) as whole:
        whole.write("".join(lines))


#: Longer texts are cut to the part where they differ.
MOST_LETTERS = 90

_PLURALS: dict[ElementKind, tuple[str, str]] = {
    "edition": ("edition", "editions"),
    "profile field": ("profile field", "profile fields"),
    "lens": ("lens", "lenses"),
    "band": ("band", "bands"),
    "theme": ("theme", "themes"),
    "requirement": ("requirement", "requirements"),
    "part": ("part", "parts"),
    "question": ("question", "questions"),
}
_NAMES: dict[str, str] = {
    "title": "title",
    "form": "form",
    "scale": "scale",
    "round": "rounding",
    "band_at": "rounding before a band is looked up",
    "rank_at": "rounding before ranking",
    "blank": "rule for blanks",
    "critical_cap": "highest band while a critical requirement fails",
    "joined": "list of requirements that join measures",
    "tables": "tables of questions",
    "combine": "way of joining parts",
    "min_coverage": "minimum coverage",
    "weight": "weight",
    "weight_reason": "reason of the weight",
    "asked_when": "condition for being asked",
    "counts_when": "gate",
    "expects": "sentence on what law expects",
    "law": "law",
    "closes": "text on what closes the gap",
    "effort": "effort",
    "critical": "critical share",
    "ask": "question",
    "help": "help",
    "kind": "kind of answer",
    "max": "full marks",
    "range": "range",
    "log": "logarithm",
    "clip": "cutting at the ends",
    "unit": "unit",
    "na": "“not applicable”",
    "evidence": "evidence",
    "values": "values",
    "labels": "texts of values",
    "notes": "notes on values",
    "points": "points",
    "text": "wording of options",
    "flag": "finding",
    "order of options": "order of options",
    ORDER: "order",
}
_NOTHING = {"asked_when": "always", "counts_when": "always", "critical": "never"}
#: Keys whose values are texts. The last four determine what an answer means.
_TEXTS = ("title", "labels", "notes", "weight_reason", "expects", "closes", "ask", "help", "text", "flag")
_MEANING = _TEXTS[-4:]


def describe_difference(old: Edition, new: Edition, difference: EditionDifference) -> Iterator[str]:
    """Yield every line that `compliance diff` prints: the changes, and their effect on comparability."""
    yield f"{old.id} → {new.id}"
    for title, chosen in _chapters(difference.changes):
        if chosen:
            yield from ("", title)
            yield from (f"  {line}" for change in chosen if (line := _line(change, difference.changes)))
    yield from ("", "What this does to comparability")
    yield from (f"  {sentence}" for sentence in comparability(new, difference))


def comparability(new: Edition, difference: EditionDifference) -> tuple[str, ...]:
    """Return sentences on what still compares between two editions, the gravest first."""
    if not difference.changes:
        return ("Nothing changed but the id: everything compares.",)
    if difference.touching("scores"):
        why = _because(difference.touching("scores", "asked"))
        first = (f"Scores cannot be compared: {why}.", _themes(new, difference))
        return (*first, "Nor can bands, ranks, evidenced scores and lenses: they follow the scores.")
    lines = [_if_asked(difference), *([] if difference.scores_compare else [_themes(new, difference)])]
    for effect, sentence in _CONSEQUENCES.items():
        touching = [c for c in difference.touching(effect) if effect != "words" or c.key in _MEANING]
        if touching:
            lines.append(sentence.format(why=_because(touching)))
    return tuple(lines)


def _if_asked(difference: EditionDifference) -> str:
    if asked := difference.touching("asked"):
        return f"Scores compare only between companies that were asked the same in both: {_because(asked)}."
    if all(change.key in _TEXTS for change in difference.changes):
        return "Texts only: scores compare."
    return "Scores compare: the same answers earn the same."


#: Sentences on other effects, if scores compare.
_CONSEQUENCES: dict[ChangeEffect, str] = {
    "coverage": "Another set of companies has a score: {why}. Scores that are there in both compare.",
    "evidence": "Evidenced scores cannot be compared: {why}.",
    "bands": "Bands and ranks cannot be compared: {why}.",
    "lenses": "Lenses, and what else is read beside the score, cannot be compared: {why}.",
    "advice": "Gaps come in another order, or with other law beside them: {why}.",
    "words": "That holds as far as the new words ask the same, which only a reader can tell: {why}.",
}


def _themes(new: Edition, difference: EditionDifference) -> str:
    if not difference.comparable_themes:
        return "No theme's scores compare for every company."
    names = ", ".join(new.nodes[theme].title or theme for theme in difference.comparable_themes)
    return f"The scores of these themes still compare: {names}."


# ── Reasons


def _because(changes: Iterable[EditionChange]) -> str:
    """Return the changes counted by kind: "points of 3 questions changed, 1 question was added"."""
    counted: dict[tuple[str, ElementKind], set[str]] = {}
    for change in changes:
        counted.setdefault((_key_of(change), change.kind), set()).add(change.id)
    return ", ".join(_reason(key, kind, len(ids)) for (key, kind), ids in counted.items())


def _key_of(change: EditionChange) -> str:
    return f"option {change.key}" if change.option and change.key in (ADDED, REMOVED) else change.key


def _reason(key: str, kind: ElementKind, count: int) -> str:
    things = f"{count} {_PLURALS[kind][count != 1]}"
    if key in (ADDED, REMOVED, MOVED):
        return f"{things} {'was' if count == 1 else 'were'} {key}"
    if key.startswith("option "):
        return f"options of {things} were {key.partition(' ')[2]}"
    name = _NAMES.get(key, f"lens value “{key}”")
    return f"{name} changed" if kind == "edition" else f"{name} of {things} changed"


# ── Lines


def _chapters(changes: Sequence[EditionChange]) -> Iterator[tuple[str, list[EditionChange]]]:
    whole = {ADDED, REMOVED, MOVED}
    for key in (ADDED, REMOVED, MOVED):
        yield key.capitalize(), [c for c in changes if c.key == key and not c.option and not c.inside]
    rest = [change for change in changes if change.key not in whole or change.option]
    yield "Changed in what it counts, or for whom", [change for change in rest if change.effect != "words"]
    yield "Reworded or reordered", [change for change in rest if change.effect == "words"]


def _line(change: EditionChange, changes: Sequence[EditionChange]) -> str:
    subject = "edition" if change.kind == "edition" else f"{change.kind} {change.id}"
    if change.option:
        return f"{subject}: {_option(change)}"
    if change.key in (ADDED, REMOVED):
        inside = sum(other.kind == "question" for other in _inside(change, changes))
        more = f", with {inside} {_PLURALS['question'][inside != 1]}" if inside else ""
        return f"{subject}: {_short(change.new or change.old)}{more}"
    if change.key == MOVED:
        return f"{subject}: from {change.old} to {change.new}"
    return f"{subject}: {_NAMES.get(change.key, change.key)} {_from_to(change)}"


def _option(change: EditionChange) -> str:
    if change.key in (ADDED, REMOVED):
        return f"option {change.option} {change.key}: {_short(change.new or change.old)}"
    return f"option {change.option}, {_NAMES[change.key]} {_from_to(change)}"


def _inside(change: EditionChange, changes: Sequence[EditionChange]) -> Iterator[EditionChange]:
    """Yield the changes that were added or removed together with a part."""
    for other in changes:
        if other.key == change.key and other.inside == change.id:
            yield other
            yield from _inside(other, changes)


def _from_to(change: EditionChange) -> str:
    if change.key in _TEXTS:
        return " → ".join(_short(text) for text in _apart(change.old, change.new))
    return " → ".join(value or _NOTHING.get(change.key, "none") for value in (change.old, change.new))


def _apart(old: str, new: str) -> tuple[str, str]:
    """Return two texts. Long ones begin a few words before they differ."""
    if max(len(old), len(new)) <= MOST_LETTERS:
        return old, new
    same = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = old.rfind(" ", 0, max(same - MOST_LETTERS // 3, 0)) + 1
    return (f"…{old[start:]}", f"…{new[start:]}") if start else (old, new)


def _short(text: str) -> str:
    return f"“{text}”" if len(text) <= MOST_LETTERS else f"“{text[: MOST_LETTERS - 1].rstrip()}…”"
