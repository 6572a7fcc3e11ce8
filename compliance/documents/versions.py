"""Two versions of a document: which passages of the old are in the new, unchanged, moved, reworded, or gone.

A passage is unchanged only if every sign of it is, and of what it goes on from: "giving gifts" below "Nobody may:" has
changed when it stands below "Anybody may:".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import LCSseq

from compliance.documents.passages import Passage

PassageState: TypeAlias = Literal["unchanged", "moved", "reworded", "gone"]
WordState: TypeAlias = Literal["kept", "removed", "added"]

#: Of 100: as alike must two sentences be to be one that was reworded; and if those before or after it are matched too.
_ALIKE, _ALIKE_IN_PLACE = 70.0, 48.0


@dataclass(frozen=True, slots=True)
class PassageMatch:
    """A passage of the old version, and what became of it. `likeness`: of the words, 0 to 100."""

    old: Passage
    new: Passage | None
    state: PassageState
    likeness: float


@dataclass(frozen=True, slots=True)
class WordChange:
    """Words that two texts share, or that one of them has alone."""

    state: WordState
    text: str


def matched_passages(old: Sequence[Passage], new: Sequence[Passage]) -> tuple[PassageMatch, ...]:
    """What became of each passage of the old version, in its order. No passage of the new is given to two."""
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
    """The passages of the new version that no passage of the old became."""
    taken = {match.new.anchor for match in matches if match.new}
    return tuple(passage for passage in new if passage.anchor not in taken)


def word_changes(old: str, new: str) -> tuple[WordChange, ...]:
    """How one text became another, word by word."""
    before, after = old.split(), new.split()
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


def _said(passage: Passage) -> tuple[str, str]:
    return passage.lead_in, passage.text


def _in_order(old: Sequence[Passage], new: Sequence[Passage]) -> Iterator[tuple[int, int]]:
    """Passages that say the same in the same order: as many as can be."""
    for block in LCSseq.opcodes([_said(each) for each in old], [_said(each) for each in new]):
        if block.tag == "equal":
            yield from zip(range(block.src_start, block.src_end), range(block.dest_start, block.dest_end), strict=True)


def _alike(
    old: Sequence[Passage], new: Sequence[Passage], found: Mapping[int, int], taken: set[int], in_place: bool
) -> list[tuple[int, int]]:
    """Pairs of passages without a partner that may be one, the likeliest first."""
    left = [here for here in range(len(old)) if here not in found]
    free = [there for there in range(len(new)) if there not in taken]
    if not left or not free:
        return []
    texts, others = [old[here].text for here in left], [new[there].text for there in free]
    alike = np.maximum(
        process.cdist(texts, others, scorer=fuzz.ratio), process.cdist(texts, others, scorer=fuzz.token_sort_ratio)
    )
    least = _ALIKE_IN_PLACE if in_place else _ALIKE
    pairs = []
    for row, column in zip(*np.nonzero(alike >= least), strict=True):
        here, there = left[row], free[column]
        beside = (found.get(here - 1) == there - 1) + (found.get(here + 1) == there + 1)
        if beside or not in_place:
            pairs.append((-float(alike[row, column]) - 5 * beside, here, there))
    return [(here, there) for _likeness, here, there in sorted(pairs)]


def _outcome(passage: Passage, new: Sequence[Passage], found: tuple[int, PassageState] | None) -> PassageMatch:
    if found is None:
        return PassageMatch(passage, None, "gone", 0.0)
    there, state = found
    return PassageMatch(passage, new[there], state, fuzz.ratio(passage.text, new[there].text))
