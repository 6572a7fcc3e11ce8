"""Answers to one edition carried to another: what they settle there, what is left, and why.

A question that has the same id in both, takes the same kind of answer and offers the same options carries by itself,
since ids are never used again for another question; points, weights and words may differ. Everything else needs a
rule, written by whoever wrote the later edition. Nothing is guessed: what no rule settles stays open.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from compliance.questionnaire.answers import (
    Answer,
    AnswerFault,
    AnswerSheet,
    NotApplicable,
    read_answer,
    read_profile,
    write_answer,
)
from compliance.questionnaire.edition import NONE_OF_THESE, PROFILE, Edition, Question

#: Why an answer was not carried. `gone`: there is no such question any more. `changed`: it takes other answers now.
#: `open`: the rule says that it does not settle what is asked. `apart`: two answers settle the same question
#: differently. `part`: it settles a part only, and answers on the rest are missing.
Why: TypeAlias = Literal["gone", "changed", "open", "apart", "part"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of the answers to one question of the earlier edition: `to`, or `settles`, or neither."""

    to: str = ""  # the question of the later edition that is the same, under another id or with other option ids
    options: Mapping[str, str] = field(default_factory=dict)  # with `to`: option ids that changed, old to new
    settles: Mapping[str, Mapping[str, Answer]] = field(default_factory=dict)  # option -> question there -> answer
    because: str = ""  # why the rest stays open

    @property
    def targets(self) -> frozenset[str]:
        """Every question of the later edition that some answer settles."""
        return frozenset([self.to] if self.to else (there for settled in self.settles.values() for there in settled))


#: Rules by question of the earlier edition.
Rules: TypeAlias = Mapping[str, Rule]


@dataclass(frozen=True, slots=True)
class Left:
    """An answer that was not carried, or not to all that it is about."""

    question: str  # of the earlier edition; `profile.<field>` too
    answer: str  # in the spelling of `write_answer`
    why: Why
    because: str = ""  # in the words of the rule
    target: str = ""  # the question of the later edition that it does not settle after all: `apart`, `part`


@dataclass(frozen=True, slots=True)
class Carried:
    """A sheet for the later edition, and what could not be carried to it."""

    sheet: AnswerSheet  # without verdicts: they judge answers to the edition that they were given on
    sources: Mapping[str, tuple[str, ...]]  # question of the later edition -> the questions that settled it
    left: tuple[Left, ...]


class _NotCarried(Exception):
    def __init__(self, why: Why) -> None:
        self.why: Why = why


def carry(old: Edition, new: Edition, rules: Rules, sheet: AnswerSheet) -> Carried:
    """A sheet of the edition `old` as far as it settles questions of `new`. Evidence follows what is carried whole."""
    given = {i: sheet.answers[i] for i in old.questions if i in sheet.answers}
    settled: dict[str, list[tuple[str, Answer]]] = {}  # question of `new` -> questions of `old`, what each says there
    left: list[Left] = []

    def leave(question_ids: Iterable[str], why: Why, target: str = "") -> None:
        for i in dict.fromkeys(question_ids):
            left.append(Left(i, write_answer(given[i]), why, rules[i].because if i in rules else "", target))

    for question_id, answer in given.items():
        try:
            for target, value in _settled(old.questions[question_id], answer, rules, new):
                settled.setdefault(target, []).append((question_id, value))
        except _NotCarried as stays:
            leave([question_id], stays.why)
    answers: dict[str, Answer] = {}
    for target in (i for i in new.questions if i in settled):
        try:
            answers[target] = _joined(new.questions[target], settled[target], rules)
        except _NotCarried as stays:
            leave((i for i, _ in settled[target]), stays.why, target)
    fields = dict(_profile(new, sheet))
    for name in (i for i in sheet.profile if i not in fields):
        left.append(
            Left(PROFILE + name, write_answer(sheet.profile[name]), "changed" if name in new.profile else "gone")
        )
    whole = {rules[i].to if i in rules else i for i in sheet.evidenced}
    sources = {target: tuple(dict.fromkeys(i for i, _ in settled[target])) for target in answers}
    carried = AnswerSheet(sheet.company, fields, answers, frozenset(whole & answers.keys()))
    return Carried(carried, sources, tuple(left))


def sources_of(old: Edition, new: Edition, rules: Rules) -> Mapping[str, tuple[str, ...]]:
    """By question of `new`, those of `old` whose answers may settle it; what nothing settles is not there."""
    found: dict[str, list[str]] = {}
    for question in old.questions.values():
        there = new.questions.get(question.id)
        same = frozenset([question.id]) if there is not None and _is_same(question, there) else frozenset[str]()
        for target in rules[question.id].targets if question.id in rules else same:
            found.setdefault(target, []).append(question.id)
    return {target: tuple(found[target]) for target in new.questions if target in found}


def _settled(question: Question, answer: Answer, rules: Rules, new: Edition) -> Sequence[tuple[str, Answer]]:
    """What one answer says on questions of the later edition. Raise _NotCarried."""
    rule = rules.get(question.id)
    if rule is None:
        there = new.questions.get(question.id)
        if there is None:
            raise _NotCarried("gone")
        if not _is_same(question, there):
            raise _NotCarried("changed")
        return [(there.id, _whole(answer, {}, there))]
    if rule.to:
        return [(rule.to, _whole(answer, rule.options, new.questions[rule.to]))]
    chosen = answer if isinstance(answer, tuple) else (answer,)
    found = [rule.settles.get(option, {}) if isinstance(option, str) else {} for option in chosen]
    if not all(found):  # one choice that settles nothing leaves the whole answer open
        raise _NotCarried("open")
    return [pair for settles in found for pair in settles.items()]


def _is_same(question: Question, there: Question) -> bool:
    options, options_there = ({option.id for option in q.options} for q in (question, there))
    return (question.kind, question.unit, options) == (there.kind, there.unit, options_there)


def _whole(answer: Answer, renamed: Mapping[str, str], there: Question) -> Answer:
    """The same answer, its options by their ids there. Raise _NotCarried if it is none there."""
    if isinstance(answer, tuple):
        answer = tuple(renamed.get(option, option) for option in answer)
    elif isinstance(answer, str):
        answer = renamed.get(answer, answer)
    reason = answer.reason if isinstance(answer, NotApplicable) else ""
    try:
        read = read_answer(there, write_answer(answer), reason)
    except AnswerFault:
        raise _NotCarried("changed") from None
    if read is None:
        raise _NotCarried("changed")
    return read


def _joined(there: Question, said: Sequence[tuple[str, Answer]], rules: Rules) -> Answer:
    """What the answers of several questions settle together. Raise _NotCarried."""
    values = [value for _, value in said]
    if there.kind == "many":  # it is answered once all that it was made of is
        if {i for i, rule in rules.items() if there.id in rule.targets} - {i for i, _ in said}:
            raise _NotCarried("part")
        if all(isinstance(value, tuple) for value in values):
            chosen = {option for value in values if isinstance(value, tuple) for option in value}
            return tuple(o.id for o in there.options if o.id in chosen - {NONE_OF_THESE}) or (NONE_OF_THESE,)
    if any(value != values[0] for value in values):
        raise _NotCarried("apart")
    return values[0]


def _profile(new: Edition, sheet: AnswerSheet) -> Iterator[tuple[str, str | float]]:
    """The profile fields whose values the later edition still has."""
    for name, value in sheet.profile.items():
        try:
            read = read_profile(new.profile[name], write_answer(value)) if name in new.profile else None
        except AnswerFault:
            continue
        if read is not None:
            yield name, read
