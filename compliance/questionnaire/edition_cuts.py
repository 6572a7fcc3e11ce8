"""Cuts: an edition with only some of another edition's questions. Pure: an edition goes in, another comes out.

A cut keeps scored questions. The rest follows: unscored questions and profile fields stay if a kept condition looks at
them, nodes stay if something in them does, and requirements without kept scored questions are left out. Ids stay the
same, so answers to one edition are answers to the other.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from compliance.questionnaire.conditions_and_law import Condition, Not, Predicate
from compliance.questionnaire.edition import (
    PEER_GROUP_FIELD,
    PROFILE_PREFIX,
    SIZE_FIELD,
    Band,
    Edition,
    Node,
    Question,
    weighs,
)
from compliance.questionnaire.edition_folder import with_digest
from compliance.questionnaire.places import tables_left
from compliance.questionnaire.routing import predicates
from compliance.questionnaire.vocabulary import AGGREGATION_RULES

ConditionKey: TypeAlias = Literal["asked_when", "counts_when"]


@dataclass(frozen=True, slots=True)
class KeptTerms:
    """The terms that a scored question must all satisfy to be kept."""

    lenses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by lens: its value is one of these
    requirements: tuple[str, ...] = ()  # ids of requirements, one of which it must be in; (): any


@dataclass(frozen=True, slots=True)
class MissingTarget:
    """A kept condition that looks at a scored question which is not kept."""

    part: str  # the node or question that has the condition
    key: ConditionKey
    question: str  # the question that is cut away


@dataclass(frozen=True, slots=True)
class CutTheme:
    """A theme of a cut, instead of the themes of the other edition."""

    id: str
    title: str
    weight: float
    weight_reason: str
    requirements: tuple[str, ...]  # ids, in the order in which they are asked


def kept_questions(edition: Edition, terms: KeptTerms) -> frozenset[str]:
    """Return the ids of the scored questions that satisfy all the terms."""
    return frozenset(question.id for question in edition.questions.values() if _is_kept(edition, question, terms))


def _is_kept(edition: Edition, question: Question, terms: KeptTerms) -> bool:
    if not question.scored or any(question.lenses.get(lens) not in of for lens, of in terms.lenses.items()):
        return False
    requirement = edition.requirement_of(question.id)
    return not terms.requirements or (requirement is not None and requirement.id in terms.requirements)


def missing_targets(edition: Edition, keep: Collection[str]) -> tuple[MissingTarget, ...]:
    """Return the conditions of kept parts that look at a scored question which is not kept, in file order."""
    return tuple(
        MissingTarget(part.id, key, term.id)
        for part in _staying(edition, keep)
        for key, condition in _conditions(part)
        for term in dict.fromkeys(predicates(condition))
        if term.id in edition.questions and edition.questions[term.id].scored and term.id not in keep
    )


def cut_edition(edition: Edition, keep: Collection[str], weights: Mapping[str, float] | None = None) -> Edition:
    """Return the edition with only the scored questions `keep`, and its own digest. Id and title stay.

    `weights`, by the id of a node or question, replace the original weights. Of the profile, the fields that conditions
    look at are kept, and the sector and size by which companies are compared. Raise ValueError if nothing is left, or
    if a condition looks at a question that is cut away (`missing_targets`).
    """
    if missing := missing_targets(edition, keep):
        raise ValueError(f"conditions look at questions that are cut away: {missing}")
    root = edition.root.with_questions({part.id for part in _staying(edition, keep)})
    if root is None:
        raise ValueError("a cut keeps at least one scored question")
    cut = replace(edition, root=_weighed(root, weights or {}))
    steering = {term.id for part in root.walk() for _, condition in _conditions(part) for term in predicates(condition)}
    compared = {PEER_GROUP_FIELD, SIZE_FIELD} if edition.form == "full" else set()
    profile = {
        name: each for name, each in edition.profile.items() if PROFILE_PREFIX + name in steering or name in compared
    }
    requirements = {node.id for node in cut.requirements}
    documents = tuple(kind for kind in edition.documents if _has_question(cut, kind))
    gone = {PROFILE_PREFIX + name for name in edition.profile.keys() - profile.keys()}
    return with_digest(
        replace(
            cut,
            bands=tuple(_with_standards_left(band, set(cut.nodes) | set(cut.questions)) for band in edition.bands),
            joined=tuple(each for each in edition.joined if each in requirements),
            profile=profile,
            profile_labels={name: labels for name, labels in edition.profile_labels.items() if name in profile},
            documents=documents,
            document_titles={
                kind: edition.document_titles[kind] for kind in documents if kind in edition.document_titles
            },
            tables=tables_left(edition.tables, cut.questions),
            by_choice=_still_by_choice(cut),
            left_out=dict(edition.left_out)
            | {node.id: node.title for node in edition.requirements if node.id not in requirements},
            cut_away=edition.cut_away | gone | (edition.questions.keys() - cut.questions.keys()),
        )
    )


def _with_standards_left(band: Band, parts: Collection[str]) -> Band:
    return replace(band, requires=tuple(each for each in band.requires if each.part in parts))


def regrouped(cut: Edition, themes: Sequence[CutTheme]) -> Edition:
    """Return the cut with its requirements in these themes, and its digest. Nodes without requirements come first.

    Raise ValueError unless every requirement is in one theme, and if a condition then looks downward.
    """
    named = [requirement for theme in themes for requirement in theme.requirements]
    if sorted(named) != sorted(node.id for node in cut.requirements):
        raise ValueError("every requirement of a cut stands in one of its themes")
    before = (part for part in cut.root.parts if isinstance(part, Question) or not _holds_requirement(part))
    nodes = tuple(
        Node(
            id=theme.id,
            title=theme.title,
            parts=tuple(cut.nodes[requirement] for requirement in theme.requirements),
            weight=theme.weight,
            weight_reason=theme.weight_reason,
        )
        for theme in themes
    )
    grouped = replace(cut, root=replace(cut.root, parts=(*before, *nodes)))
    if downward := looks_downward(grouped):
        raise ValueError(f"{downward.part} looks at {downward.question}, which stands further down")
    return with_digest(grouped)


def looks_downward(edition: Edition) -> MissingTarget | None:
    """Return the first condition that looks at a question further down, or None if all look upward."""
    above = set[str]()
    for part in edition.root.walk():
        for key, condition in _conditions(part):
            for term in predicates(condition):
                if term.id in edition.questions and term.id not in above:
                    return MissingTarget(part.id, key, term.id)
        if isinstance(part, Question):
            above.add(part.id)
    return None


def with_criticals(cut: Edition, shares: Mapping[str, float]) -> Edition:
    """Return the cut with exactly these critical requirements, by id with their shares, and its digest."""
    return with_digest(replace(cut, root=_with_criticals(cut.root, shares)))


def _with_criticals(node: Node, shares: Mapping[str, float]) -> Node:
    parts = tuple(_with_criticals(part, shares) if isinstance(part, Node) else part for part in node.parts)
    return replace(node, parts=parts, critical=shares.get(node.id) if node.is_requirement else node.critical)


def _holds_requirement(node: Node) -> bool:
    return any(each.is_requirement for each in node.nodes())


def _has_question(edition: Edition, kind: str) -> bool:
    return any(question.scored and question.is_carried_by(kind) for question in edition.questions.values())


def _still_by_choice(cut: Edition) -> Mapping[str, tuple[str, ...]]:
    """Return what is by choice in a cut. If nothing else is left, everybody is asked it, so nothing is by choice."""
    scored = [question for question in cut.questions.values() if question.scored]
    if all(cut.is_by_choice(question) for question in scored):
        return {}
    left = {
        lens: tuple(value for value in values if any(question.lenses.get(lens) == value for question in scored))
        for lens, values in cut.by_choice.items()
    }
    return {lens: values for lens, values in left.items() if values}


def narrow_to_document(edition: Edition, kind: str) -> Edition:
    """Return the cut for a desk reading of one kind of document: the questions that such a document can answer.

    The weight of a node shrinks by the share of it that the kind cannot carry: a theme with one question in ten left
    should not weigh as much as before. Conditions lose their terms on questions that the kind cannot answer, as these
    are not asked. Raise ValueError for a kind that the edition does not have, or if nothing is left of a condition
    (`emptied_conditions`).
    """
    if kind not in edition.documents or emptied_conditions(edition, kind):
        raise ValueError(f"{edition.id} cannot be narrowed to {kind!r}")
    carried = _carried(edition, kind)
    root = _without_terms(edition.root, edition.questions.keys() - carried)
    keep = {each for each in carried if edition.questions[each].scored}
    return cut_edition(replace(edition, root=root), keep, dict(_weights_left(edition.root, keep)))


def _weights_left(node: Node, keep: Collection[str]) -> Iterator[tuple[str, float]]:
    """Yield the nodes below that lose a part of their weight, and what is left. Maximum points shrink by themselves."""
    for part in node.parts:
        if isinstance(part, Node):
            yield from _weights_left(part, keep)
            by_points = AGGREGATION_RULES[node.combine].weighs_full_marks or not weighs(part)
            if not by_points and 0 < (share := _share_kept(part, keep)) < 1:
                yield part.id, part.weight * share


def _share_kept(part: Node | Question, keep: Collection[str]) -> float:
    """Return the share of a part's weight that kept questions carry: 1 if all are kept, 0 if none is kept or scored."""
    if isinstance(part, Question):
        return float(part.id in keep)
    by_points = AGGREGATION_RULES[part.combine].weighs_full_marks
    parts = [each for each in part.parts if weighs(each) and each.full > 0]
    weights = [each.full if by_points else each.weight for each in parts]
    kept = sum(weight * _share_kept(each, keep) for weight, each in zip(weights, parts, strict=True))
    return kept / sum(weights) if parts else 0.0


def emptied_conditions(edition: Edition, kind: str) -> tuple[MissingTarget, ...]:
    """Return the conditions that a kind leaves empty, each with the first question that it looks at."""
    carried = _carried(edition, kind)
    gone = edition.questions.keys() - carried
    emptied = [
        MissingTarget(part.id, key, next(iter(predicates(condition))).id)
        for part in edition.root.walk()
        for key, condition in _conditions(part)
        if condition is not None and _without(condition, gone) is None
    ]
    if not emptied:  # as for most kinds, so the parts that stay need not be found
        return ()
    narrowed = replace(edition, root=_without_terms(edition.root, gone))
    staying = {part.id for part in _staying(narrowed, {each for each in carried if edition.questions[each].scored})}
    return tuple(each for each in emptied if each.part in staying)


def _carried(edition: Edition, kind: str) -> frozenset[str]:
    return frozenset(question.id for question in edition.questions.values() if question.is_carried_by(kind))


def _without_terms(node: Node, gone: Collection[str]) -> Node:
    """Return the node without terms on these questions in its conditions and those of everything below."""
    parts = tuple(
        _without_terms(part, gone) if isinstance(part, Node) else _question_without_terms(part, gone)
        for part in node.parts
    )
    if node.asked_when is None and all(now is before for now, before in zip(parts, node.parts, strict=True)):
        return node
    return replace(node, parts=parts, asked_when=_without(node.asked_when, gone))


def _question_without_terms(question: Question, gone: Collection[str]) -> Question:
    if question.asked_when is None and question.counts_when is None:
        return question
    return replace(
        question, asked_when=_without(question.asked_when, gone), counts_when=_without(question.counts_when, gone)
    )


def _without(condition: Condition | None, gone: Collection[str]) -> Condition | None:
    """Return the condition without its terms on these questions, or None if there are no others."""
    if condition is None or isinstance(condition, Predicate):
        return None if condition is None or condition.id in gone else condition
    if isinstance(condition, Not):
        inner = _without(condition.part, gone)
        return None if inner is None else Not(inner)
    parts = tuple(left for part in condition.parts if (left := _without(part, gone)) is not None)
    return parts[0] if len(parts) == 1 else replace(condition, parts=parts) if parts else None


def _staying(edition: Edition, keep: Collection[str]) -> tuple[Node | Question, ...]:
    """Return the kept questions, the unscored ones that they need, and the nodes that hold them, in file order.

    A question needs those that its conditions look at, and a question of places its list.
    """
    found, waiting = set[str](), [question for question in edition.questions if question in keep]
    while waiting:
        question = waiting.pop()
        if question in found:
            continue
        parts: tuple[Node | Question, ...] = (edition.questions[question], *edition.holders(question))
        found.update(part.id for part in parts)
        terms = (term.id for part in parts for _, condition in _conditions(part) for term in predicates(condition))
        waiting += [term for term in terms if term in edition.questions and not edition.questions[term].scored]
        waiting += [edition.questions[question].places] if edition.questions[question].places else []
    return tuple(part for part in edition.root.walk() if part.id in found)


def _conditions(part: Node | Question) -> Iterator[tuple[ConditionKey, Condition | None]]:
    yield "asked_when", part.asked_when
    if isinstance(part, Question):
        yield "counts_when", part.counts_when


def _weighed(node: Node, weights: Mapping[str, float]) -> Node:
    """Return the node with other weights. A changed weight loses its reason."""
    parts = tuple(
        _weighed(part, weights) if isinstance(part, Node) else replace(part, weight=weights.get(part.id, part.weight))
        for part in node.parts
    )
    weighed = replace(node, parts=parts)
    return replace(weighed, weight=weights[node.id], weight_reason="") if node.id in weights else weighed
