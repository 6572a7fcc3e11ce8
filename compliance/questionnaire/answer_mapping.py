"""Mapping answers from one edition to another: what they settle there, what stays unmapped, and why.

A question with the same id, kind of answer and options in both is mapped automatically, since ids are never used
again for another question; points, weights and words may differ. Everything else needs a rule, written by the
author of the later edition in `carries/<edition>.yaml` beside it. Nothing is guessed: questions that no rule
settles stay open.

r03.quick:
  settles: {none: {r03.practice: none}}
  because: The quick check does not ask how the code words it.
r05.code: {to: r05.code.b, options: {silent: none}}

The word of a blank is carried if the question is the same. It settles nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from compliance.questionnaire.answer_parser import AnswerFault, offered_words, read_answer, read_profile
from compliance.questionnaire.answers import (
    NOT_APPLICABLE_TEXT,
    Answer,
    AnswerSheet,
    BlankWord,
    NotApplicable,
    write_answer,
)
from compliance.questionnaire.edition import NONE_OF_THESE, PROFILE_PREFIX, Edition, Question
from compliance.questionnaire.faults import FaultCollector, did_you_mean, one_of
from compliance.questionnaire.routing import counted_answer
from compliance.questionnaire.yaml_reader import YamlMapping, YamlNode, YamlScalar, read_yaml

#: Why an answer was not carried. `gone`: the question no longer exists. `changed`: it now takes other answers. `open`:
#: the rule says that the answer does not settle what is asked. `apart`: two answers settle the same question
#: differently. `part`: the answer settles only a part, and answers on the rest are missing.
UnmappedReason: TypeAlias = Literal["gone", "changed", "open", "apart", "part"]


@dataclass(frozen=True, slots=True)
class MappingRule:
    """The rule for the answers to one question of the earlier edition: `to`, or `settles`, or neither."""

    to: str = ""  # the same question in the later edition, under another id or with other option ids
    options: Mapping[str, str] = field(default_factory=dict)  # with `to`: option ids that changed, old to new
    settles: Mapping[str, Mapping[str, Answer]] = field(default_factory=dict)  # option -> question there -> answer
    because: str = ""  # why answers stay open

    @property
    def targets(self) -> frozenset[str]:
        """All questions of the later edition that some answer settles."""
        return frozenset([self.to] if self.to else (there for settled in self.settles.values() for there in settled))


#: Rules by question of the earlier edition.
MappingRules: TypeAlias = Mapping[str, MappingRule]


@dataclass(frozen=True, slots=True)
class UnmappedAnswer:
    """An answer that was not carried, or only to some of the questions that it is about."""

    question: str  # of the earlier edition; `profile.<field>` too
    answer: str  # in the spelling of `write_answer`
    why: UnmappedReason
    because: str = ""  # the explanation in the rule
    target: str = ""  # the question of the later edition that stays unsettled, for `apart` and `part`


@dataclass(frozen=True, slots=True)
class MappedSheet:
    """A sheet for the later edition, and what could not be carried to it."""

    sheet: AnswerSheet  # without verdicts, which judge answers to the earlier edition
    sources: Mapping[str, tuple[str, ...]]  # question of the later edition -> the questions that settled it
    unmapped: tuple[UnmappedAnswer, ...]
    #: Blanks whose word was not carried, spelt as by `blank_text`. They are not answers, so no count includes them.
    unmapped_words: tuple[UnmappedAnswer, ...] = ()


class _NotMapped(Exception):
    def __init__(self, why: UnmappedReason) -> None:
        self.why: UnmappedReason = why


def map_answers(old: Edition, new: Edition, rules: MappingRules, sheet: AnswerSheet) -> MappedSheet:
    """Return a sheet of `old` as far as it settles questions of `new`. Evidence follows answers carried whole."""
    given = {i: sheet.answers[i] for i in old.questions if i in sheet.answers}
    settled: dict[str, list[tuple[str, Answer]]] = {}  # question of `new` -> questions of `old`, answer settled by each
    unmapped: list[UnmappedAnswer] = []

    def leave(question_ids: Iterable[str], why: UnmappedReason, target: str = "") -> None:
        for i in dict.fromkeys(question_ids):
            unmapped.append(
                UnmappedAnswer(i, write_answer(given[i]), why, rules[i].because if i in rules else "", target)
            )

    for question_id, answer in given.items():
        try:
            counted = counted_answer(old.questions[question_id], sheet.answers, answer)
            for target, value in _settled(old.questions[question_id], answer, counted, rules, new):
                settled.setdefault(target, []).append((question_id, value))
        except _NotMapped as stays:
            leave([question_id], stays.why)
    answers: dict[str, Answer] = {}
    for target in (i for i in new.questions if i in settled):
        try:
            answers[target] = _joined(new.questions[target], settled[target], rules)
        except _NotMapped as stays:
            leave((i for i, _ in settled[target]), stays.why, target)
    fields = dict(_profile(new, sheet))
    for name in (i for i in sheet.profile if i not in fields):
        unmapped.append(
            UnmappedAnswer(
                PROFILE_PREFIX + name, write_answer(sheet.profile[name]), "changed" if name in new.profile else "gone"
            )
        )
    whole = {rules[i].to if i in rules else i for i in sheet.evidenced}
    sources = {target: tuple(dict.fromkeys(i for i, _ in settled[target])) for target in answers}
    words, lost = _carried_words(old, new, rules, sheet, answers)
    carried = AnswerSheet(sheet.company, fields, answers, frozenset(whole & answers.keys()), words=words)
    return MappedSheet(carried, sources, tuple(unmapped), lost)


def _carried_words(
    old: Edition, new: Edition, rules: MappingRules, sheet: AnswerSheet, answers: Mapping[str, Answer]
) -> tuple[Mapping[str, BlankWord], tuple[UnmappedAnswer, ...]]:
    """Return the words of blanks that carry to the later edition, and those that do not."""
    words: dict[str, BlankWord] = {}
    lost: list[UnmappedAnswer] = []
    for question in (old.questions[i] for i in old.questions if i in sheet.words):
        word, rule = sheet.words[question.id], rules.get(question.id)
        there = new.questions.get(rule.to if rule else question.id)
        why: UnmappedReason | None = None
        if there is None:
            why = "open" if rule else "gone"
        elif (rule is None and not _is_same(question, there)) or word.word not in offered_words(there):
            why = "changed"
        elif there.id in answers or words.get(there.id, word) != word:
            why = "apart"
        else:
            words[there.id] = word
        if why is not None:
            lost.append(UnmappedAnswer(question.id, word.text, why, rule.because if rule else ""))
    return words, tuple(lost)


def mapping_sources(old: Edition, new: Edition, rules: MappingRules) -> Mapping[str, tuple[str, ...]]:
    """Return, by question of `new`, the questions of `old` whose answers may settle it, where there are any."""
    found: dict[str, list[str]] = {}
    for question in old.questions.values():
        there = new.questions.get(question.id)
        same = frozenset([question.id]) if there is not None and _is_same(question, there) else frozenset[str]()
        for target in rules[question.id].targets if question.id in rules else same:
            found.setdefault(target, []).append(question.id)
    return {target: tuple(found[target]) for target in new.questions if target in found}


def unsettled_sources(
    old: Edition, new: Edition, rules: MappingRules, answers: Mapping[str, str]
) -> Mapping[str, tuple[str, ...]]:
    """Return, by question of `new`, the answered questions of `old` that are about it but do not settle it.

    `answers`: option ids by question of `old`. A question whose rule settles nothing is about the first scored question
    of the requirement that has the same id in `new`.
    """
    found: dict[str, list[str]] = {}
    for question, option in answers.items():
        rule = rules.get(question, MappingRule())
        about = rule.targets or _first_of_requirement(old, new, question)
        for target in about - rule.settles.get(option, {}).keys():
            found.setdefault(target, []).append(question)
    return {target: tuple(found[target]) for target in new.questions if target in found}


def _first_of_requirement(old: Edition, new: Edition, question: str) -> frozenset[str]:
    requirement = old.requirement_of(question) if question in old.questions else None
    there = new.nodes.get(requirement.id) if requirement else None
    scored = (each.id for each in there.questions() if each.scored) if there else iter(())
    return frozenset(list(scored)[:1])


def _settled(
    question: Question, answer: Answer, counted: Answer | None, rules: MappingRules, new: Edition
) -> Sequence[tuple[str, Answer]]:
    """Return the later edition's answers that one answer settles. Raise _NotMapped if there are none.

    Rules by option look at `counted`, the answer as it counts.
    """
    rule = rules.get(question.id)
    if rule is None:
        there = new.questions.get(question.id)
        if there is None:
            raise _NotMapped("gone")
        if not _is_same(question, there):
            raise _NotMapped("changed")
        return [(there.id, _whole(answer, {}, there))]
    if rule.to:
        return [(rule.to, _whole(answer, rule.options, new.questions[rule.to]))]
    chosen = counted if isinstance(counted, tuple) else (counted,)
    found = [rule.settles.get(option, {}) if isinstance(option, str) else {} for option in chosen]
    if not all(found):  # one choice that settles nothing leaves the whole answer open
        raise _NotMapped("open")
    return [pair for settles in found for pair in settles.items()]


def _is_same(question: Question, there: Question) -> bool:
    options, options_there = ({option.id for option in q.options} for q in (question, there))
    asked, asked_there = ((q.kind, q.unit, q.places) for q in (question, there))
    return asked == asked_there and options == options_there


def _whole(answer: Answer, renamed: Mapping[str, str], there: Question) -> Answer:
    """Return an answer with the option ids of the later edition. Raise _NotMapped if it is no answer there."""
    if isinstance(answer, tuple):
        answer = tuple(renamed.get(option, option) for option in answer)
    elif isinstance(answer, str):
        answer = renamed.get(answer, answer)
    reason = answer.reason if isinstance(answer, NotApplicable) else ""
    try:
        read = read_answer(there, write_answer(answer), reason)
    except AnswerFault:
        raise _NotMapped("changed") from None
    if read is None:
        raise _NotMapped("changed")
    return read


def _joined(there: Question, said: Sequence[tuple[str, Answer]], rules: MappingRules) -> Answer:
    """Return the answer that questions settle together. Raise _NotMapped if they disagree or one is missing."""
    values = [value for _, value in said]
    if there.is_multiple_choice:  # it is answered once every question that it was made of is answered
        if {i for i, rule in rules.items() if there.id in rule.targets} - {i for i, _ in said}:
            raise _NotMapped("part")
        if all(isinstance(value, tuple) for value in values):
            chosen = {option for value in values if isinstance(value, tuple) for option in value}
            return tuple(o.id for o in there.options if o.id in chosen - {NONE_OF_THESE}) or (NONE_OF_THESE,)
    if any(value != values[0] for value in values):
        raise _NotMapped("apart")
    return values[0]


def _profile(new: Edition, sheet: AnswerSheet) -> Iterator[tuple[str, str | float]]:
    """Yield the profile fields whose values the later edition still has."""
    for name, value in sheet.profile.items():
        try:
            read = read_profile(new.profile[name], write_answer(value)) if name in new.profile else None
        except AnswerFault:
            continue
        if read is not None:
            yield name, read


MAPPING_FOLDER = "carries"
MAPPING_KEYS = ("to", "options", "settles", "because")


def mapping_files(path: Path) -> tuple[Path, ...]:
    """Return the mapping files in an edition's folder, each named after the edition that answers come from."""
    return tuple(sorted((path / MAPPING_FOLDER).glob("*.yaml")))


def read_mapping(file: Path, old: Edition, new: Edition) -> MappingRules:
    """Return the rules by which answers to `old` carry to `new`. Raise EditionFaults with every fault."""
    faults = FaultCollector()
    item = read_yaml(file, faults)
    rules = dict(_MappingReader(old, new, faults).rules(item)) if item is not None else {}
    faults.raise_if_any()
    return rules


class _MappingReader:
    """Reads a mapping file against its two editions."""

    def __init__(self, old: Edition, new: Edition, faults: FaultCollector) -> None:
        self.old, self.new, self.faults = old, new, faults

    def rules(self, item: YamlNode) -> Iterator[tuple[str, MappingRule]]:
        """Yield every rule with its question."""
        for name, value in self._entries(item, f"it is written by question of {self.old.id}: {{q: {{to: q.b}}}}"):
            if (question := self._question(name, self.old)) is not None:
                yield question.id, self._rule(question, value)

    def _rule(self, question: Question, item: YamlNode) -> MappingRule:
        found: dict[str, YamlNode] = {}
        for name, value in self._entries(item, f"a rule is written with {one_of(MAPPING_KEYS)}"):
            if name.text in MAPPING_KEYS:
                found[name.text] = value
            else:
                hint = did_you_mean(name.text, MAPPING_KEYS) or ": delete it"
                self.faults.add(name, f"a rule has no key `{name.text}`{hint}")
        because = self._word(found["because"], "`because` takes a text") if "because" in found else ""
        if "settles" in found and "to" in found:
            self.faults.add(found["to"], "`to` carries every answer, so there is nothing left to settle: delete one")
        elif "to" in found:
            return self._same(question, found, because)
        elif "options" in found:
            self.faults.add(found["options"], "`options` says what options are called under `to`: add `to`")
        settles = self._settles(question, found["settles"]) if "settles" in found else {}
        open_ones = [option for option in _choices(question) if not settles.get(option)]
        if (open_ones or not settles) and not because:
            of = f" of {one_of(open_ones)}" if settles else ""
            self.faults.add(item, f"nothing is carried{of}: say why under `because`")
        return MappingRule(settles=settles, because=because)

    def _same(self, question: Question, found: Mapping[str, YamlNode], because: str) -> MappingRule:
        """Return the rule for a question that is the same under another id or with other option ids."""
        there = self._question(found["to"], self.new)
        options: dict[str, str] = {}
        for name, value in self._entries(
            found.get("options", YamlMapping((), "", 0)), "options are written {old: new}"
        ):
            if self._is_option(name, name.text, question) and there is not None:
                options[name.text] = self._word(value, "an option is called by its id")
                self._is_option(value, options[name.text], there)
        if there is None:
            return MappingRule(because=because)
        if there.kind != question.kind:
            message = f"`{there.id}` is answered by {there.kind}, `{question.id}` by {question.kind}: use `settles`"
            self.faults.add(found["to"], message)
        known = {option.id for option in there.options}
        if gone := [o.id for o in question.options if options.get(o.id, o.id) not in known and there.options]:
            self.faults.add(found["to"], f"`{there.id}` has no {one_of(gone)}: say under `options` what it is there")
        return MappingRule(to=there.id, options=options, because=because)

    def _settles(self, question: Question, item: YamlNode) -> dict[str, dict[str, Answer]]:
        settles: dict[str, dict[str, Answer]] = {}
        if not question.options:
            self.faults.add(item, f"`{question.id}` has no options to settle something by: use `to`, or `because`")
            return settles
        for name, value in self._entries(item, "answers are written by option: {none: {r03.practice: none}}"):
            if self._is_option(name, name.text, question):
                settles[name.text] = dict(self._answers(value))
        return settles

    def _answers(self, item: YamlNode) -> Iterator[tuple[str, Answer]]:
        """Yield the answers that one option settles."""
        for name, value in self._entries(item, "what an option settles is written {r03.practice: none}"):
            there = self._question(name, self.new)
            text = self._word(value, "an answer is written as in an answers file")
            if there is None or not text:
                continue
            try:
                answer = None if text.lower() == NOT_APPLICABLE_TEXT else read_answer(there, text)
            except AnswerFault as fault:
                self.faults.add(value, f"`{there.id}`: {fault}")
                continue
            if answer is None:
                self.faults.add(value, "`n/a` is never carried: its reason is for the company to give")
            else:
                yield there.id, answer

    def _entries(self, item: YamlNode, form: str) -> tuple[tuple[YamlScalar, YamlNode], ...]:
        if isinstance(item, YamlMapping):
            return item.entries
        self.faults.add(item, form)
        return ()

    def _question(self, name: YamlNode, edition: Edition) -> Question | None:
        text = self._word(name, "a question is called by its id")
        if text and text not in edition.questions:
            hint = did_you_mean(text, edition.questions) or ": delete it"
            self.faults.add(name, f"{edition.id} has no question `{text}`{hint}")
        return edition.questions.get(text)

    def _is_option(self, place: YamlNode, text: str, question: Question) -> bool:
        if question.option(text) is not None:
            return True
        if text:
            hint = did_you_mean(text, _choices(question)) or f": it has {one_of(_choices(question))}"
            self.faults.add(place, f"`{question.id}` has no option `{text}`{hint}")
        return False

    def _word(self, item: YamlNode, form: str) -> str:
        if isinstance(item, YamlScalar) and item.text.strip():
            return item.text.strip()
        self.faults.add(item, form)
        return ""


def _choices(question: Question) -> list[str]:
    """Return the ids that can be chosen, including the built-in `none` of a multiple-choice question."""
    built_in = [NONE_OF_THESE] if question.is_multiple_choice and question.options else []
    ids = [option.id for option in question.options]
    return ids + [i for i in built_in if i not in ids]
