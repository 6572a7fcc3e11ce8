"""What an edition takes over from others: `carries/<edition>.yaml` beside it, one file for each that answers come from.

r03.quick:
  settles: {none: {r03.practice: none}}
  because: The quick check does not ask how the code words it.
r05.code: {to: r05.code.b, options: {silent: none}}
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT, Answer, AnswerFault, read_answer
from compliance.questionnaire.edition import NONE_OF_THESE, Edition, Question
from compliance.questionnaire.faults import Ledger, did_you_mean, either
from compliance.questionnaire.mapping import Rule, Rules
from compliance.questionnaire.reading import Item, Scalar, Table, read_yaml

FOLDER = "carries"
KEYS = ("to", "options", "settles", "because")


def carries_files(path: Path) -> tuple[Path, ...]:
    """The files of an edition's folder on what it takes over, each called as the edition that answers come from."""
    return tuple(sorted((path / FOLDER).glob("*.yaml")))


def read_carries(file: Path, old: Edition, new: Edition) -> Rules:
    """The rules by which answers to `old` carry to `new`. Raise EditionFaults with every fault, by line."""
    ledger = Ledger()
    item = read_yaml(file, ledger)
    rules = dict(_Reader(old, new, ledger).rules(item)) if item is not None else {}
    ledger.raise_if_any()
    return rules


class _Reader:
    """Reads a file against the two editions that it speaks of."""

    def __init__(self, old: Edition, new: Edition, ledger: Ledger) -> None:
        self.old, self.new, self.ledger = old, new, ledger

    def rules(self, item: Item) -> Iterator[tuple[str, Rule]]:
        """Every rule by question."""
        for name, value in self._entries(item, f"it is written by question of {self.old.id}: {{q: {{to: q.b}}}}"):
            if (question := self._question(name, self.old)) is not None:
                yield question.id, self._rule(question, value)

    def _rule(self, question: Question, item: Item) -> Rule:
        found: dict[str, Item] = {}
        for name, value in self._entries(item, f"a rule is written with {either(KEYS)}"):
            if name.text in KEYS:
                found[name.text] = value
            else:
                hint = did_you_mean(name.text, KEYS) or ": delete it"
                self.ledger.add(name, f"a rule has no key `{name.text}`{hint}")
        because = self._word(found["because"], "`because` takes a text") if "because" in found else ""
        if "settles" in found and "to" in found:
            self.ledger.add(found["to"], "`to` carries every answer, so there is nothing left to settle: delete one")
        elif "to" in found:
            return self._same(question, found, because)
        elif "options" in found:
            self.ledger.add(found["options"], "`options` says what options are called under `to`: add `to`")
        settles = self._settles(question, found["settles"]) if "settles" in found else {}
        open_ones = [option for option in _choices(question) if not settles.get(option)]
        if (open_ones or not settles) and not because:
            of = f" of {either(open_ones)}" if settles else ""
            self.ledger.add(item, f"nothing is carried{of}: say why under `because`")
        return Rule(settles=settles, because=because)

    def _same(self, question: Question, found: Mapping[str, Item], because: str) -> Rule:
        """A question that is the same, called otherwise or with options that are."""
        there = self._question(found["to"], self.new)
        options: dict[str, str] = {}
        for name, value in self._entries(found.get("options", Table((), "", 0)), "options are written {old: new}"):
            if self._is_option(name, name.text, question) and there is not None:
                options[name.text] = self._word(value, "an option is called by its id")
                self._is_option(value, options[name.text], there)
        if there is None:
            return Rule(because=because)
        if there.kind != question.kind:
            message = f"`{there.id}` is answered by {there.kind}, `{question.id}` by {question.kind}: use `settles`"
            self.ledger.add(found["to"], message)
        known = {option.id for option in there.options}
        if gone := [o.id for o in question.options if options.get(o.id, o.id) not in known and there.options]:
            self.ledger.add(found["to"], f"`{there.id}` has no {either(gone)}: say under `options` what it is there")
        return Rule(to=there.id, options=options, because=because)

    def _settles(self, question: Question, item: Item) -> dict[str, dict[str, Answer]]:
        settles: dict[str, dict[str, Answer]] = {}
        if not question.options:
            self.ledger.add(item, f"`{question.id}` has no options to settle something by: use `to`, or `because`")
            return settles
        for name, value in self._entries(item, "answers are written by option: {none: {r03.practice: none}}"):
            if self._is_option(name, name.text, question):
                settles[name.text] = dict(self._answers(value))
        return settles

    def _answers(self, item: Item) -> Iterator[tuple[str, Answer]]:
        """What one option settles."""
        for name, value in self._entries(item, "what an option settles is written {r03.practice: none}"):
            there = self._question(name, self.new)
            text = self._word(value, "an answer is written as in an answers file")
            if there is None or not text:
                continue
            try:
                answer = None if text.lower() == NOT_APPLICABLE_TEXT else read_answer(there, text)
            except AnswerFault as fault:
                self.ledger.add(value, f"`{there.id}`: {fault}")
                continue
            if answer is None:
                self.ledger.add(value, "`n/a` is never carried: its reason is for the company to give")
            else:
                yield there.id, answer

    def _entries(self, item: Item, form: str) -> tuple[tuple[Scalar, Item], ...]:
        if isinstance(item, Table):
            return item.entries
        self.ledger.add(item, form)
        return ()

    def _question(self, name: Item, edition: Edition) -> Question | None:
        text = self._word(name, "a question is called by its id")
        if text and text not in edition.questions:
            hint = did_you_mean(text, edition.questions) or ": delete it"
            self.ledger.add(name, f"{edition.id} has no question `{text}`{hint}")
        return edition.questions.get(text)

    def _is_option(self, place: Item, text: str, question: Question) -> bool:
        if question.option(text) is not None:
            return True
        if text:
            hint = did_you_mean(text, _choices(question)) or f": it has {either(_choices(question))}"
            self.ledger.add(place, f"`{question.id}` has no option `{text}`{hint}")
        return False

    def _word(self, item: Item, form: str) -> str:
        if isinstance(item, Scalar) and item.text.strip():
            return item.text.strip()
        self.ledger.add(item, form)
        return ""


def _choices(question: Question) -> list[str]:
    """What can be chosen, `none` of a `many` question included."""
    built_in = [NONE_OF_THESE] if question.kind == "many" and question.options else []
    ids = [option.id for option in question.options]
    return ids + [i for i in built_in if i not in ids]
