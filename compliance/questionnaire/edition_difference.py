"""The difference between two editions: every change, and whether scores still compare. Pure, and without wording.

Parts with the same id are the same: ids never change, and are never used again for something else.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Condition, Not
from compliance.questionnaire.edition import OVERALL, PROFILE_PREFIX, Band, Edition, Node, Option, Question
from compliance.questionnaire.profile_fields import LabelSet
from compliance.questionnaire.routing import predicates, routing_ids

#: What a change affects, the gravest first. `scores`: the same answers earn another score. `asked`: the same answers
#: earn the same, but other companies are asked. `coverage`: which companies have a score at all. `evidence`: evidenced
#: scores only. `bands`: bands and ranks. `lenses`: readings beside the score. `advice`: gaps and the law beside them.
#: `words`: wording only.
ChangeEffect: TypeAlias = Literal["scores", "asked", "coverage", "evidence", "bands", "lenses", "advice", "words"]
ElementKind: TypeAlias = Literal["edition", "profile field", "lens", "band", "theme", "requirement", "part", "question"]

ADDED, REMOVED, MOVED, ORDER = "added", "removed", "moved", "order"


@dataclass(frozen=True, slots=True)
class EditionChange:
    """One difference between two editions. Values are written as an author writes them."""

    kind: ElementKind
    id: str
    key: str  # a key of the format, or added, removed, moved, order
    old: str
    new: str
    effect: ChangeEffect
    option: str = ""  # the option it is about
    inside: str = ""  # the part above it that was added or removed as well


@dataclass(frozen=True, slots=True)
class EditionDifference:
    """Every change, in file order, and the themes whose scores still compare."""

    changes: tuple[EditionChange, ...]
    comparable_themes: tuple[str, ...]

    def touching(self, *effects: ChangeEffect) -> tuple[EditionChange, ...]:
        """Return the changes with these effects."""
        return tuple(change for change in self.changes if change.effect in effects)

    @property
    def scores_compare(self) -> bool:
        """True if the same answers earn the same overall score, and the same companies are asked."""
        return not self.touching("scores", "asked")


def compare_editions(old: Edition, new: Edition) -> EditionDifference:
    """Return the changes from the old edition to the new one. Edition ids and law catalogues are not compared."""
    found = (*_edition(old, new), *_declared(old, new), *_parts(old, new))
    dropping = "drop" in (old.blank, new.blank)
    changes = tuple(_effect_under_drop(change) if dropping else change for change in found)
    return EditionDifference(changes, _comparable_themes(old, new, changes))


def condition_text(condition: Condition | None) -> str:
    """Return a condition as an author writes it, or "" if there is none."""
    if condition is None:
        return ""
    if isinstance(condition, Not):
        return f"not {condition_text(condition.part)}"
    if isinstance(condition, AllOf | AnyOf):
        joint = " and " if isinstance(condition, AllOf) else " or "
        return "(" + joint.join(condition_text(part) for part in condition.parts) + ")"
    if condition.at_least is not None:
        return f"{condition.id} at least {condition.at_least:g}"
    return f"{condition.id}: {', '.join(condition.values)}"


# ── The edition itself


_KeyReaders: TypeAlias = Mapping[str, tuple[ChangeEffect, Callable[[Any], str]]]


_EDITION_KEYS: _KeyReaders = {
    "title": ("words", lambda e: e.title),
    "form": ("scores", lambda e: e.form),
    "scale": ("scores", lambda e: f"{e.scale:g}"),
    "round": ("words", lambda e: str(e.round)),
    "band_at": ("bands", lambda e: _decimals(e.band_at)),
    "rank_at": ("bands", lambda e: _decimals(e.rank_at)),
    "blank": ("scores", lambda e: e.blank),
    "critical_cap": ("bands", lambda e: e.critical_cap),
    "joined": ("lenses", lambda e: ", ".join(e.joined)),
    "documents": ("lenses", lambda e: ", ".join(e.documents)),
    "by_choice": ("scores", lambda e: "; ".join(f"{k}: {', '.join(values)}" for k, values in e.by_choice.items())),
    "tables": ("words", lambda e: "; ".join(f"{t.title} {t.text} {_texts(t.columns)}" for t in e.tables)),
    "combine": ("scores", lambda e: e.root.combine),
    "max": ("scores", lambda e: _number(e.root.max)),
    "floor": ("scores", lambda e: _yes(e.root.floor)),
    "min_coverage": ("coverage", lambda e: _number(e.root.min_coverage)),
}


def _edition(old: Edition, new: Edition) -> Iterator[EditionChange]:
    yield from _of_keys("edition", OVERALL, _EDITION_KEYS, old, new)
    if (order := _order(old.root, new.root)) is not None:
        yield EditionChange("edition", OVERALL, ORDER, *order, "words")


def _declared(old: Edition, new: Edition) -> Iterator[EditionChange]:
    """Yield the changes of bands, profile fields and lenses."""
    steering = routing_ids(old) | routing_ids(new)
    yield from _entries("band", _bands(old), _bands(new), lambda _: "bands")
    yield from _entries(
        "profile field", _fields(old), _fields(new), lambda field: "asked" if field in steering else "words"
    )
    yield from _entries("lens", _lenses(old), _lenses(new), lambda _: "lenses")
    for field in (name for name in new.profile if name in old.profile):
        labels = [edition.profile_labels.get(field, _NO_LABELS) for edition in (old, new)]
        yield from _labels("profile field", f"{PROFILE_PREFIX}{field}", *labels)
    for lens in (name for name in new.lenses if name in old.lenses):
        labels = [edition.lens_labels.get(lens, _NO_LABELS) for edition in (old, new)]
        yield from _labels("lens", lens, *labels)


_NO_LABELS = LabelSet()


def _labels(kind: ElementKind, name: str, old: LabelSet, new: LabelSet) -> Iterator[EditionChange]:
    """Yield the changed texts of a profile field or lens that both editions have."""
    if old.title != new.title:
        yield EditionChange(kind, name, "title", old.title, new.title, "words")
    for key, before, after in (("labels", old.values, new.values), ("notes", old.notes, new.notes)):
        if before != after:
            yield EditionChange(kind, name, key, _texts(before), _texts(after), "words")


def _texts(texts: Mapping[str, str]) -> str:
    return "; ".join(f"{value}: {text}" for value, text in texts.items())


def _bands(edition: Edition) -> Mapping[str, str]:
    return {band.id: f"{band.title} from {band.at:g}{_requirements(band)}" for band in edition.bands}


def _requirements(band: Band) -> str:
    """Return the minimum standards of a band, to follow its lower bound."""
    wanted = (
        f"{each.part} {each.share:g}" if each.points is None else f"{each.part} {each.points:g} points"
        for each in band.requires
    )
    return f" with {', '.join(wanted)}" if band.requires else ""


def _fields(edition: Edition) -> Mapping[str, str]:
    return {f"{PROFILE_PREFIX}{field.id}": ", ".join(field.values) or "number" for field in edition.profile.values()}


def _lenses(edition: Edition) -> Mapping[str, str]:
    return {name: ", ".join(values) for name, values in edition.lenses.items()}


def _entries(
    kind: ElementKind, old: Mapping[str, str], new: Mapping[str, str], effect: Callable[[str], ChangeEffect]
) -> Iterator[EditionChange]:
    for name in {**old, **new}:
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            yield EditionChange(
                kind, name, ADDED if before is None else REMOVED, before or "", after or "", effect(name)
            )
        elif before != after:
            yield EditionChange(kind, name, "values", before, after, effect(name))


# ── Its parts


_NODE_KEYS: _KeyReaders = {
    "title": ("words", lambda n: n.title),
    "combine": ("scores", lambda n: n.combine),
    "max": ("scores", lambda n: _number(n.max)),
    "floor": ("scores", lambda n: _yes(n.floor)),
    "weight": ("scores", lambda n: f"{n.weight:g}"),
    "weight_reason": ("words", lambda n: n.weight_reason),
    "min_coverage": ("coverage", lambda n: _number(n.min_coverage)),
    "asked_when": ("asked", lambda n: condition_text(n.asked_when)),
    "expects": ("words", lambda n: n.expects),
    "law": ("advice", lambda n: ", ".join(n.law)),
    "closes": ("words", lambda n: n.closes),
    "effort": ("advice", lambda n: f"{n.effort:g}"),
    "critical": ("bands", lambda n: _number(n.critical)),
    "prerequisite": ("scores", lambda n: _yes(n.prerequisite)),
}
_QUESTION_KEYS: _KeyReaders = {
    "ask": ("words", lambda q: q.ask),
    "help": ("words", lambda q: q.help),
    "kind": ("scores", lambda q: q.kind),
    "places": ("scores", lambda q: q.places),
    "max": ("scores", lambda q: f"{q.full:g}" if q.scored else ""),
    "range": ("scores", lambda q: f"{q.range[0]:g} to {q.range[1]:g}" if q.range else ""),
    "log": ("scores", lambda q: _yes(q.log)),
    "clip": ("scores", lambda q: _yes(q.clip)),
    "unit": ("scores", lambda q: q.unit),
    "weight": ("scores", lambda q: f"{q.weight:g}"),
    "asked_when": ("asked", lambda q: condition_text(q.asked_when)),
    "counts_when": ("scores", lambda q: condition_text(q.counts_when)),
    "na": ("scores", lambda q: q.na),
    "evidence": ("evidence", lambda q: q.evidence),
    "documents": ("lenses", lambda q: ", ".join(q.documents)),
    "prerequisite": ("scores", lambda q: _yes(q.prerequisite)),
}


def _parts(old: Edition, new: Edition) -> Iterator[EditionChange]:
    before, after = _by_id(old), _by_id(new)
    steering = routing_ids(old) | routing_ids(new)
    for part_id, part in after.items():
        earlier = before.get(part_id)
        if earlier is None or isinstance(earlier, Node) != isinstance(part, Node):
            yield _added_or_removed(new, part, ADDED, before)
        else:
            matters = _is_scored(earlier) or _is_scored(part) or part_id in steering
            changes = (*_moved(old, new, part), *_changed(new, earlier, part, (old, new)))
            yield from (change if matters else replace(change, effect="words") for change in changes)
    for part_id, part in before.items():
        later = after.get(part_id)
        if later is None or isinstance(later, Node) != isinstance(part, Node):
            yield _added_or_removed(old, part, REMOVED, after)


def _added_or_removed(
    edition: Edition, part: Node | Question, key: str, elsewhere: Mapping[str, Node | Question]
) -> EditionChange:
    """Return the change for a part that only one of the editions has."""
    above = edition.parents[part.id].id
    inside = "" if above == OVERALL or above in elsewhere else above
    words = part.title or part.expects if isinstance(part, Node) else part.ask
    effect: ChangeEffect = "words" if not _is_scored(part) else "asked" if _asked_of_some(edition, part) else "scores"
    old, new = ("", words) if key == ADDED else (words, "")
    return EditionChange(_kind(edition, part), part.id, key, old, new, effect, inside=inside)


def _moved(old: Edition, new: Edition, part: Node | Question) -> Iterator[EditionChange]:
    before, after = old.parents[part.id].id, new.parents[part.id].id
    if before != after:
        yield EditionChange(_kind(new, part), part.id, MOVED, before, after, "scores")


def _changed(
    new: Edition, before: Node | Question, after: Node | Question, editions: tuple[Edition, Edition]
) -> Iterator[EditionChange]:
    kind = _kind(new, after)
    if isinstance(before, Node) and isinstance(after, Node):
        yield from _of_keys(kind, after.id, _NODE_KEYS, before, after)
        if (order := _order(before, after)) is not None:
            yield EditionChange(kind, after.id, ORDER, *order, "words")
    elif isinstance(before, Question) and isinstance(after, Question):
        yield from _of_keys(kind, after.id, _QUESTION_KEYS, before, after)
        yield from _options(before, after)
    yield from _lens_values(kind, before, after, editions)


def _options(before: Question, after: Question) -> Iterator[EditionChange]:
    old, new = ({option.id: option for option in question.options} for question in (before, after))
    for option_id in {**old, **new}:
        was, now = old.get(option_id), new.get(option_id)
        if was is None or now is None:
            key = ADDED if was is None else REMOVED
            yield EditionChange("question", after.id, key, _text(was), _text(now), "scores", option=option_id)
            continue
        if was.points != now.points:
            points = f"{was.points:g}", f"{now.points:g}"
            yield EditionChange("question", after.id, "points", *points, "scores", option=option_id)
        if was.text != now.text:
            yield EditionChange("question", after.id, "text", was.text, now.text, "words", option=option_id)
        if was.flag != now.flag:
            yield EditionChange("question", after.id, "flag", was.flag, now.flag, "words", option=option_id)
    kept = [[o.id for o in question.options if o.id in old and o.id in new] for question in (before, after)]
    if kept[0] != kept[1]:
        yield EditionChange("question", after.id, "order of options", ", ".join(kept[0]), ", ".join(kept[1]), "words")


def _lens_values(
    kind: ElementKind, before: Node | Question, after: Node | Question, editions: tuple[Edition, Edition]
) -> Iterator[EditionChange]:
    """Yield the changed lens values, without those inherited from the same change of the node above."""
    above = [edition.parents[after.id].lenses for edition in editions]
    for lens in {**before.lenses, **after.lenses}:
        was, now = before.lenses.get(lens, ""), after.lenses.get(lens, "")
        if was != now and (was, now) != (above[0].get(lens, ""), above[1].get(lens, "")):
            yield EditionChange(kind, after.id, lens, was, now, "lenses")


def _of_keys(kind: ElementKind, part_id: str, keys: _KeyReaders, old: Any, new: Any) -> Iterator[EditionChange]:
    for key, (effect, read) in keys.items():
        if read(old) != read(new):
            yield EditionChange(kind, part_id, key, read(old), read(new), effect)


def _effect_under_drop(change: EditionChange) -> EditionChange:
    """Return a change of coverage as one of scores: if blanks drop out, so do parts without a score."""
    return replace(change, effect="scores") if change.effect == "coverage" and change.id != OVERALL else change


# ── Which themes still compare


def _comparable_themes(old: Edition, new: Edition, changes: tuple[EditionChange, ...]) -> tuple[str, ...]:
    grave = [change for change in changes if change.effect in ("scores", "asked")]
    if any(change.id == OVERALL and change.key in ("blank", "scale", "form", "by_choice") for change in grave):
        return ()
    inside = {change.id for change in grave if not (change.kind == "theme" and change.key == "weight")}
    outside = {change.id for change in grave if change.key not in ("weight", "combine")}
    earlier = {theme.id: theme for theme in old.themes}
    return tuple(
        theme.id
        for theme in new.themes
        if theme.id in earlier
        and not inside & (_ids_within(theme) | _ids_within(earlier[theme.id]))
        and not outside & (_outside_dependencies(new, theme) | _outside_dependencies(old, earlier[theme.id]))
    )


def _ids_within(theme: Node) -> set[str]:
    return {part.id for part in theme.walk()}


def _outside_dependencies(edition: Edition, theme: Node) -> set[str]:
    """Return the parts and profile fields outside a theme that its score depends on, by conditions of conditions."""
    parts, own = _by_id(edition), _ids_within(theme)
    found, waiting = set[str](), list(own)
    while waiting:
        part_id = waiting.pop()
        if part_id in found:
            continue
        found.add(part_id)
        if part_id in parts:
            waiting += [term.id for condition in _conditions(parts[part_id]) for term in predicates(condition)]
            above = edition.parents[part_id].id
            waiting += [above] if part_id not in own and above != OVERALL else []
    return found - own


def _conditions(part: Node | Question) -> tuple[Condition | None, ...]:
    return (part.asked_when,) if isinstance(part, Node) else (part.asked_when, part.counts_when)


# ── Small things


def _by_id(edition: Edition) -> Mapping[str, Node | Question]:
    return {part.id: part for part in edition.root.walk() if part.id != OVERALL}


def _is_scored(part: Node | Question) -> bool:
    return part.scored if isinstance(part, Question) else any(question.scored for question in part.questions())


def _asked_of_some(edition: Edition, part: Node | Question) -> bool:
    """Tell whether a part, or one that holds it, is asked only under a condition."""
    while part.asked_when is None and part.id in edition.parents:
        part = edition.parents[part.id]
    return part.asked_when is not None


def _kind(edition: Edition, part: Node | Question) -> ElementKind:
    if isinstance(part, Question):
        return "question"
    if part.is_requirement:
        return "requirement"
    return "theme" if edition.parents[part.id].id == OVERALL else "part"


def _order(old: Node, new: Node) -> tuple[str, str] | None:
    """Return the old and new order of the parts that both have, or None if the order is the same."""
    before, after = [part.id for part in old.parts], [part.id for part in new.parts]
    kept = [[part for part in parts if part in before and part in after] for parts in (before, after)]
    return None if kept[0] == kept[1] else (", ".join(kept[0]), ", ".join(kept[1]))


def _text(option: Option | None) -> str:
    return "" if option is None else option.text or option.id


def _number(number: float | None) -> str:
    return "" if number is None else f"{number:g}"


def _decimals(decimals: int | None) -> str:
    return "exact" if decimals is None else str(decimals)


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"
