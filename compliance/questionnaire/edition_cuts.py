"""Cuts: an edition of which only some questions are kept. Pure: an edition goes in, another comes out.

A cut keeps scored questions. Everything else follows from them: unscored questions and profile fields stay if a kept
condition looks at them, nodes stay if something in them does, and a requirement of which no scored question is kept is
left out. Ids stay, so that answers to the one edition are answers to the other.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from compliance.questionnaire.conditions_and_law import Condition
from compliance.questionnaire.edition import (
    NODE_DEFAULTS,
    PEER_GROUP_FIELD,
    PROFILE_PREFIX,
    SIZE_FIELD,
    Edition,
    Node,
    Question,
)
from compliance.questionnaire.edition_folder import with_digest
from compliance.questionnaire.routing import predicates

ConditionKey: TypeAlias = Literal["asked_when", "counts_when"]
#: What a node says as a requirement, as it stands where it is none.
_NO_REQUIREMENT = {key: NODE_DEFAULTS[key] for key in ("expects", "law", "closes", "effort", "critical")}


@dataclass(frozen=True, slots=True)
class KeptTerms:
    """The terms of which a scored question has to satisfy every one to be kept."""

    lenses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by lens, the values of which it has one
    requirements: tuple[str, ...] = ()  # ids of requirements of which it stands in one; (): any


@dataclass(frozen=True, slots=True)
class MissingTarget:
    """A condition that is kept and looks at a scored question that is not."""

    part: str  # the node or question that has the condition
    key: ConditionKey
    question: str  # the question that is cut away


def kept_questions(edition: Edition, terms: KeptTerms) -> frozenset[str]:
    """The ids of the scored questions that satisfy all the terms."""
    return frozenset(question.id for question in edition.questions.values() if _is_kept(edition, question, terms))


def _is_kept(edition: Edition, question: Question, terms: KeptTerms) -> bool:
    if not question.scored or any(question.lenses.get(lens) not in of for lens, of in terms.lenses.items()):
        return False
    requirement = edition.requirement_of(question.id)
    return not terms.requirements or (requirement is not None and requirement.id in terms.requirements)


def missing_targets(edition: Edition, keep: Collection[str]) -> tuple[MissingTarget, ...]:
    """The conditions of what is kept that look at a scored question which is not, in file order."""
    return tuple(
        MissingTarget(part.id, key, term.id)
        for part in _staying(edition, keep)
        for key, condition in _conditions(part)
        for term in dict.fromkeys(predicates(condition))
        if term.id in edition.questions and edition.questions[term.id].scored and term.id not in keep
    )


def cut_edition(edition: Edition, keep: Collection[str], weights: Mapping[str, float] | None = None) -> Edition:
    """The edition with the scored questions `keep` only, and a digest of its own; id, title and bands are the same.

    `weights`, by the id of a node or question, stand instead of the weights there. Of the profile, what conditions
    look at is kept, and the sector and size by which companies are compared. Raise ValueError if nothing is left, or
    if a condition looks at a question that is cut away (`missing_targets`).
    """
    if missing := missing_targets(edition, keep):
        raise ValueError(f"conditions look at questions that are cut away: {missing}")
    staying = {part.id for part in _staying(edition, keep)}
    root = _cut_node(edition.root, staying, keep, weights or {})
    if root is None:
        raise ValueError("a cut keeps at least one scored question")
    cut = replace(edition, root=root)
    steering = {term.id for part in root.walk() for _, condition in _conditions(part) for term in predicates(condition)}
    compared = {PEER_GROUP_FIELD, SIZE_FIELD} if edition.form == "full" else set()
    profile = {
        name: each for name, each in edition.profile.items() if PROFILE_PREFIX + name in steering or name in compared
    }
    requirements = {node.id for node in cut.requirements}
    gone = {PROFILE_PREFIX + name for name in edition.profile.keys() - profile.keys()}
    return with_digest(
        replace(
            cut,
            joined=tuple(each for each in edition.joined if each in requirements),
            profile=profile,
            profile_labels={name: labels for name, labels in edition.profile_labels.items() if name in profile},
            left_out=dict(edition.left_out)
            | {node.id: node.title for node in edition.requirements if node.id not in requirements},
            cut_away=edition.cut_away | gone | (edition.questions.keys() - cut.questions.keys()),
        )
    )


def _staying(edition: Edition, keep: Collection[str]) -> tuple[Node | Question, ...]:
    """The kept questions, the unscored ones that their conditions need, and the nodes that hold them, in file order."""
    found, waiting = set[str](), [question for question in edition.questions if question in keep]
    while waiting:
        question = waiting.pop()
        if question in found:
            continue
        parts: tuple[Node | Question, ...] = (edition.questions[question], *edition.holders(question))
        found.update(part.id for part in parts)
        terms = (term.id for part in parts for _, condition in _conditions(part) for term in predicates(condition))
        waiting += [term for term in terms if term in edition.questions and not edition.questions[term].scored]
    return tuple(part for part in edition.root.walk() if part.id in found)


def _conditions(part: Node | Question) -> Iterator[tuple[ConditionKey, Condition | None]]:
    yield "asked_when", part.asked_when
    if isinstance(part, Question):
        yield "counts_when", part.counts_when


def _cut_node(node: Node, staying: Collection[str], keep: Collection[str], weights: Mapping[str, float]) -> Node | None:
    """The node with what stays of its parts; None where nothing does."""
    parts: list[Node | Question] = []
    for part in node.parts:
        if isinstance(part, Node):
            below = _cut_node(part, staying, keep, weights)
            parts += [below] if below is not None else []
        elif part.id in staying:
            parts.append(replace(part, weight=weights.get(part.id, part.weight)))
    if not parts:
        return None
    cut = replace(node, parts=tuple(parts))
    if node.id in weights:  # the reason was given for the other weight
        cut = replace(cut, weight=weights[node.id], weight_reason="")
    is_judged = any(question.id in keep for question in cut.questions())
    return cut if is_judged else replace(cut, **_NO_REQUIREMENT)
