"""Two versions of a document: which passages of the old one are in the new one, unchanged, moved, reworded, or gone.

A passage is unchanged only if its text and its lead-in are exactly the same: "giving gifts" below "Nobody may:" has
changed if it is now below "Anybody may:".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Literal, TypeAlias

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import LCSseq

from compliance.documents.document import Document
from compliance.documents.passages import Passage, document_paragraphs, document_passages

PassageState: TypeAlias = Literal["unchanged", "moved", "reworded", "gone"]
#: Of a subject. replaced: by dissimilar words; added: only the later text has words on it; silent: neither has any.
WordingState: TypeAlias = Literal["unchanged", "reworded", "replaced", "gone", "added", "silent"]
WordState: TypeAlias = Literal["kept", "removed", "added"]

#: Similarity, 0 to 100, at which a sentence counts as reworded: anywhere, and next to sentences that are matched.
_ALIKE, _ALIKE_IN_PLACE = 70.0, 48.0
#: The most pairs of passages that are all compared, in some two seconds; beyond, only pairs next to matched ones.
_MOST_PAIRS = 4_000_000
#: The most pairs that are aligned in order, in 50 MB: two documents of some 1,500 pages.
_MOST_ORDERED = 400_000_000
#: Words of a text; longer texts are not compared word by word.
_MOST_WORDS = 3_000
#: Characters that are kept beside a change in a long text.
_BESIDE = 200


@dataclass(frozen=True, slots=True)
class PassageMatch:
    """A passage of the old version, and what became of it. `likeness`: similarity of the texts, 0 to 100."""

    old: Passage
    new: Passage | None
    state: PassageState
    likeness: float


@dataclass(frozen=True, slots=True)
class WordChange:
    """Words that two texts share, or that only one of them has."""

    state: WordState
    text: str


@dataclass(frozen=True, slots=True)
class ParagraphChange:
    """A paragraph or heading that only one version has, or that was reworded or moved."""

    old: Passage | None
    new: Passage | None
    is_reworded: bool = False  # in both versions, with other words


@dataclass(frozen=True, slots=True)
class ComparedVersions:
    """What became of every sentence and paragraph of the old version, by anchor, and the changes of the text."""

    outcomes: Mapping[str, PassageMatch]
    changes: tuple[ParagraphChange, ...]  # in the order of the new version; what is gone is at its old place


def compare_documents(old: Document, new: Document) -> ComparedVersions:
    """Compare two versions of a document: sentence by sentence and paragraph by paragraph."""
    before, after = document_paragraphs(old), document_paragraphs(new)
    paragraphs = matched_passages(before, after)
    sentences = matched_passages(document_passages(old), document_passages(new))
    outcomes = {match.old.anchor: match for match in (*paragraphs, *sentences)}
    return ComparedVersions(outcomes, tuple(_changes(paragraphs, after)))


def _changes(matches: Sequence[PassageMatch], after: Sequence[Passage]) -> Iterator[ParagraphChange]:
    """Yield the changes of paragraphs. One that is gone follows the paragraph that it followed in the old version."""
    became = {each.new.anchor: each for each in matches if each.new}
    gone: dict[str, list[Passage]] = {}
    last = ""
    for each in matches:
        if each.new is None:
            gone.setdefault(last, []).append(each.old)
        elif each.state != "moved":
            last = each.new.anchor
    yield from (ParagraphChange(lost, None) for lost in gone.get("", ()))
    for passage in after:
        match = became.get(passage.anchor)
        if match is None:
            yield ParagraphChange(None, passage)
        elif match.state != "unchanged":
            yield ParagraphChange(match.old, passage, match.state == "reworded")
        yield from (ParagraphChange(lost, None) for lost in gone.get(passage.anchor, ()))


@dataclass(frozen=True, slots=True)
class WordingRow:
    """The words of a text on a subject, and those of a later text in their place."""

    subject: str  # id, of a requirement
    before: str
    now: str
    state: WordingState


def wording_by_subject(
    subjects: Sequence[str], before: Mapping[str, Sequence[str]], now: Mapping[str, Sequence[str]]
) -> tuple[WordingRow, ...]:
    """Return the words quoted from two texts, by subject, in the order of the first; at least one row per subject."""
    found: list[WordingRow] = []
    for subject in subjects:
        old, new = (_quotations(texts.get(subject, ())) for texts in (before, now))
        matches = matched_passages(old, new)
        for match in matches:
            if match.new:
                state: WordingState = "reworded" if match.state == "reworded" else "unchanged"
                found.append(WordingRow(subject, match.old.text, match.new.text, state))
        gone = [match.old.text for match in matches if match.new is None]
        added = [passage.text for passage in added_passages(matches, new)]
        for before_it, in_its_place in zip_longest(gone, added, fillvalue=""):
            state = "replaced" if before_it and in_its_place else "gone" if before_it else "added"
            found.append(WordingRow(subject, before_it, in_its_place, state))
        if not old and not new:
            found.append(WordingRow(subject, "", "", "silent"))
    return tuple(found)


def _quotations(texts: Sequence[str]) -> list[Passage]:
    return [Passage(str(number), text, str(number)) for number, text in enumerate(dict.fromkeys(texts))]


def matched_passages(old: Sequence[Passage], new: Sequence[Passage]) -> tuple[PassageMatch, ...]:
    """Return what became of each passage of the old version, in its order. A new passage is matched once at most."""
    found: dict[int, tuple[int, PassageState]] = {}
    taken: set[int] = set()

    def match(here: int, there: int, state: PassageState) -> None:
        found[here] = there, state
        taken.add(there)

    for here, there in _in_order(old, new):
        match(here, there, "unchanged")
    places: dict[tuple[str, str], list[int]] = {}
    for there, passage in enumerate(new):
        if there not in taken:
            places.setdefault(_said(passage), []).append(there)
    for here, passage in enumerate(old):
        if here not in found and (free := places.get(_said(passage))):
            match(here, free.pop(0), "moved")
    for in_place in (False, True):
        for here, there in _alike(old, new, {here: there for here, (there, _state) in found.items()}, taken, in_place):
            if here not in found and there not in taken:
                match(here, there, "reworded")
    return tuple(_outcome(passage, new, found.get(here)) for here, passage in enumerate(old))


def added_passages(matches: Sequence[PassageMatch], new: Sequence[Passage]) -> tuple[Passage, ...]:
    """Return the passages of the new version that match no passage of the old one."""
    taken = {match.new.anchor for match in matches if match.new}
    return tuple(passage for passage in new if passage.anchor not in taken)


def word_changes(old: str, new: str) -> tuple[WordChange, ...]:
    """Return the changes from one text to another, word by word; if one is long, one as a whole, then the other."""
    before, after = old.split(), new.split()
    if max(len(before), len(after)) > _MOST_WORDS:
        return WordChange("removed", old), WordChange("added", new)
    changes: list[WordChange] = []
    here = there = 0
    for block in (*LCSseq.opcodes(before, after), None):
        if block and block.tag != "equal":
            continue
        removed = before[here : block.src_start if block else None]
        added = after[there : block.dest_start if block else None]
        changes += [WordChange("removed", " ".join(removed))] if removed else []
        changes += [WordChange("added", " ".join(added))] if added else []
        if block:
            here, there = block.src_end, block.dest_end
            changes.append(WordChange("kept", " ".join(before[block.src_start : here])))
    return tuple(changes)


def shortened(changes: Sequence[WordChange], most: int) -> tuple[WordChange, ...]:
    """Return the changes of a text of more than `most` characters without the middle of what is kept.

    Each change itself is shown, cut to `most` characters.
    """
    if sum(len(each.text) for each in changes) <= most:
        return tuple(changes)
    return tuple(
        replace(each, text=_without_middle(each.text) if each.state == "kept" else _cut(each.text, most))
        for each in changes
    )


def _without_middle(text: str) -> str:
    if len(text) <= 2 * _BESIDE:
        return text
    begins, ends = text[:_BESIDE], text[-_BESIDE:]
    return f"{begins.rpartition(' ')[0] or begins} … {ends.partition(' ')[2] or ends}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _said(passage: Passage) -> tuple[str, str]:
    return passage.lead_in, passage.text


def _in_order(old: Sequence[Passage], new: Sequence[Passage]) -> Iterator[tuple[int, int]]:
    """Yield pairs of equal passages in the same order, as many as possible; none if there are too many to compare."""
    if len(old) * len(new) > _MOST_ORDERED:
        return
    for block in LCSseq.opcodes([_said(each) for each in old], [_said(each) for each in new]):
        if block.tag == "equal":
            yield from zip(range(block.src_start, block.src_end), range(block.dest_start, block.dest_end), strict=True)


def _alike(
    old: Sequence[Passage], new: Sequence[Passage], found: Mapping[int, int], taken: set[int], in_place: bool
) -> list[tuple[int, int]]:
    """Return pairs of unmatched passages that may belong together, the most likely first."""
    left = [here for here in range(len(old)) if here not in found]
    free = [there for there in range(len(new)) if there not in taken]
    if in_place:
        beside = ((here, there) for here in left for there in (found.get(here - 1, -2) + 1, found.get(here + 1, 0) - 1))
        places = [
            (here, there) for here, there in dict.fromkeys(beside) if 0 <= there < len(new) and there not in taken
        ]
        alike = [(here, there, _likeness(old[here].text, new[there].text)) for here, there in places]
        close = [each for each in alike if each[2] >= _ALIKE_IN_PLACE]
    else:
        close = list(_close(old, new, left, free)) if len(left) * len(free) <= _MOST_PAIRS else []
    pairs = []
    for here, there, likeness in close:
        matched = (found.get(here - 1) == there - 1) + (found.get(here + 1) == there + 1)
        pairs.append((-likeness - 5 * matched, here, there))
    return [(here, there) for _likeness, here, there in sorted(pairs)]


def _close(
    old: Sequence[Passage], new: Sequence[Passage], left: Sequence[int], free: Sequence[int]
) -> Iterator[tuple[int, int, float]]:
    """Yield similar pairs, wherever they are, with their similarity."""
    if not left or not free:
        return
    texts, others = [old[here].text for here in left], [new[there].text for there in free]
    alike = np.maximum(
        process.cdist(texts, others, scorer=fuzz.ratio),
        process.cdist([*map(_sorted, texts)], [*map(_sorted, others)], scorer=fuzz.ratio),
    )
    for row, column in zip(*np.nonzero(alike >= _ALIKE), strict=True):
        yield left[row], free[column], float(alike[row, column])


def _likeness(text: str, other: str) -> float:
    return max(fuzz.ratio(text, other), fuzz.ratio(_sorted(text), _sorted(other)))


def _sorted(text: str) -> str:
    return " ".join(sorted(text.split()))


def _outcome(passage: Passage, new: Sequence[Passage], found: tuple[int, PassageState] | None) -> PassageMatch:
    if found is None:
        return PassageMatch(passage, None, "gone", 0.0)
    there, state = found
    return PassageMatch(passage, new[there], state, fuzz.ratio(passage.text, new[there].text))
