"""From the lines of a form to the nodes and questions of a draft; what an edition cannot hold is noted on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from compliance.questionnaire.assembly import COMPANY
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import (
    NONE_OF_THESE,
    OVERALL,
    PROFILE,
    Condition,
    Node,
    Option,
    ProfileField,
    Question,
)
from compliance.questionnaire.fields import ID
from compliance.questionnaire.texts import OPTIONS, TextKey
from compliance.xlsform import names
from compliance.xlsform.choices import Choice, are_countries, id_from, renamed, without_points
from compliance.xlsform.conditions import Answerable, CannotSay, condition_of
from compliance.xlsform.exporting import OWN_CONSTRAINTS, SURVEY
from compliance.xlsform.left import Left
from compliance.xlsform.structure import Line
from compliance.xlsform.texts import Languages, formatting, plain

_NONE_WORDS = "None of these"
_SHOWN = 90  # letters of an expression in a line of the list
#: Columns that a carried row may have filled: what is not carried, and what to do. `{}` is what stands there.
_COLUMNS = {
    "constraint": ("the constraint `{}`", "any answer is taken here: say in `help` what is meant, or score a `range`"),
    "required": ("required", "nothing: a blank earns nothing here, and what steers must be answered before submission"),
    "choice_filter": ("choices that depend on another answer: `{}`", "all choices are offered: write a question for "
                      "each part, with its own `options` and `asked_when`"),
    "appearance": ("the appearance `{}`", "nothing: it changes the look alone"),
    "default": ("the default `{}`", "nothing: an answer that nobody gave would earn points"),
    "calculation": ("the calculation `{}`", "ask for the result, or leave it out"),
    "trigger": ("the trigger `{}`", "nothing: nothing is calculated here"),
    "parameters": ("the parameters `{}`", "nothing, unless they set limits: then say them in `help`"),
    "read_only": ("read only", "leave the question out, if nobody is to answer it"),
    "guidance_hint": ("a hint that is shown on demand", "add it to `help`, if it says what counts"),
    "repeat_count": ("the number of repeats `{}`", "nothing: nothing is repeated here"),
}  # fmt: skip
_CARRIED = ("type", "name", "label", "hint", "relevant", "constraint_message", "required_message")


@dataclass(frozen=True, slots=True)
class Undecided:
    """The options of a question whose points nobody has decided yet; until then it is asked as a text."""

    options: tuple[Option, ...]
    several: bool  # may be chosen


@dataclass(slots=True)
class _Group:
    """A group whose end has not come yet."""

    line: Line | None
    always: bool  # shown whatever is answered
    node: Node
    parts: list[Node | Question] = field(default_factory=list)


@dataclass(slots=True)
class Building:
    """Takes lines from the top down, and keeps what those below may look at."""

    lists: Mapping[str, Sequence[Choice]]
    languages: Languages
    ours: bool  # it was made by `form_of`
    left: list[Left] = field(default_factory=list)
    profile: dict[str, ProfileField] = field(default_factory=dict)
    undecided: dict[str, Undecided] = field(default_factory=dict)
    texts: dict[str, dict[TextKey, str]] = field(default_factory=dict)
    above: dict[str, Answerable] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    ids: set[str] = field(default_factory=lambda: {OVERALL, COMPANY})
    lists_seen: set[str] = field(default_factory=set)

    def parts(self, lines: Sequence[Line]) -> tuple[Node | Question, ...]:
        """The parts of the whole."""
        self.elsewhere = {line.name: "stands further down, and conditions look upward only" for line in lines}
        groups = [_Group(None, True, Node(OVERALL, ()))]
        repeat: list[Line] = []  # what is open of a repeat, from its own row on
        inside = 0
        for line in lines:
            if repeat or (line.type.role == "begin" and line.type.repeats):
                inside += line.type.role in ("question", "left")
                self.elsewhere[line.name] = "is in a repeat, which is not carried"
                repeat = self.repeated(repeat, line, inside)
                inside = inside if repeat else 0
            elif line.type.role == "begin":
                groups.append(self.opened(line, groups[-1]))
            elif line.type.role == "end":
                self.closed(groups)
            elif line.type.role == "left":
                self.left_out(line, groups[-1])
            else:
                self.asked(line, groups[-1])
        return tuple(groups[0].parts)

    def note(self, line: Line, what: str, do: str) -> None:
        """Note what of a row is not carried."""
        self.left.append(Left(SURVEY, line.row.number, what, do))

    def repeated(self, repeat: list[Line], line: Line, inside: int) -> list[Line]:
        """What is still open of a repeat after a line; a repeat that ends is noted with all that is in it."""
        if line.type.role == "begin":
            return [*repeat, line]
        if line.type.role != "end":
            return repeat
        if len(repeat) == 1:
            what = f"the repeat `{repeat[0].name}`, to row {line.row.number}, with {inside} rows in it"
            do = "an edition asks each thing once: write its questions out for each part, with an `asked_when`"
            self.note(repeat[0], what, do)
        return repeat[:-1]

    def opened(self, line: Line, around: _Group) -> _Group:
        """A group begins."""
        self.elsewhere[line.name] = "is a group"
        if self.ours and line.name == names.PROFILE_GROUP:
            return _Group(None, around.always, Node(PROFILE, ()))
        node_id = self.new_id(line)
        node = Node(node_id, (), self.said((node_id, "title"), line, "label") or node_id)
        node = replace(node, asked_when=self.condition(line))
        self.note_columns(line)
        return _Group(line, around.always and not line.row.get("relevant"), node)

    def closed(self, groups: list[_Group]) -> None:
        """A group ends: it is a part of the one around it, if anything in it was carried."""
        group = groups.pop()
        if group.parts:
            groups[-1].parts.append(replace(group.node, parts=tuple(group.parts)))
            return
        for texts in self.texts.values():
            texts.pop((group.node.id, "title"), None)
        if group.line is not None:
            self.note(group.line, f"the group `{group.line.name}`, in which nothing is carried", "nothing")

    def left_out(self, line: Line, group: _Group) -> None:
        """A row of a type that no edition has."""
        self.elsewhere[line.name] = f"is {line.type.what}, which is not carried"
        if self.ours and line.name == names.name_of(group.node.id) + names.EXPECTS:
            group.node = replace(group.node, expects=self.said((group.node.id, "expects"), line, "label"))
        elif not self.ours or not (line.name == names.EDITION or line.name.endswith(names.OUT)):
            self.note(line, f"{line.type.what}: `{line.written}`", line.type.do)

    def asked(self, line: Line, group: _Group) -> None:
        """A question, or what goes with one in a form of ours."""
        self.elsewhere[line.name] = "is not carried"
        if self.ours and line.name.startswith(names.profile_name("")):
            self.profile_field(line)
        elif self.ours and line.name.endswith(names.REASON):
            last = group.parts[-1] if group.parts else None
            if isinstance(last, Question) and names.name_of(last.id) + names.REASON == line.name:
                group.parts[-1] = replace(last, na="reason")
        elif not self.ours or not (line.name == names.COMPANY or line.name.endswith(names.EVIDENCE)):
            group.parts.append(self.question(line, always=group.always and not line.row.get("relevant")))

    def profile_field(self, line: Line) -> None:
        """What is known about the company: the values of the field, or a number."""
        name = names.id_of(line.name).removeprefix(PROFILE)
        choices = {choice.name: names.value_of(choice.name) for choice in self.lists.get(line.type.list_name, ())}
        self.lists_seen.add(line.type.list_name)
        self.profile[name] = ProfileField(name, tuple(choices.values()))
        self.above[line.name] = Answerable(self.profile[name], PROFILE + name, choices)

    def question(self, line: Line, *, always: bool) -> Question:
        """A question with its options, and its condition."""
        question_id = self.new_id(line)
        asked_when = self.condition(line)
        ask, help_text = self.said((question_id, "ask"), line, "label"), self.said((question_id, "help"), line, "hint")
        if not ask:
            self.note(line, "a question without a label", "write what it asks under `ask`")
        question = Question(question_id, ask or question_id, line.type.kind, help_text, asked_when=asked_when)
        choices: Mapping[str, str] = {}
        if question.kind == "number":
            self.note(line, "a number, and not what it earns", "write a `range`, if it is to earn points")
        if line.type.list_name:
            question, choices = self.chosen(question, line)
        several = line.type.kind == "many"
        self.above[line.name] = Answerable(question, question_id, choices, several, line.type.whole, always)
        self.note_columns(line)
        return question

    def chosen(self, question: Question, line: Line) -> tuple[Question, Mapping[str, str]]:
        """A question with the choices of its list, and the option of each choice by its name."""
        name, several = line.type.list_name, line.type.kind == "many"
        choices = self.lists[name]
        if several and are_countries(choices):
            if len(choices) < len(countries()):
                self.note(line, f"the choice of {len(choices)} countries", "any country can be answered here")
            self.lists_seen.add(name)
            return replace(question, kind="countries"), {choice.name: choice.name for choice in choices}
        if self.ours and several:
            choices = [c for c in choices if c.id != NONE_OF_THESE or self.languages.text(c.said) != _NONE_WORDS]
        if line.type.or_other:
            self.note(line, "another choice, in words", "add an option, and a question of `kind: text` behind it")
        options = tuple(self.option(question.id, choice) for choice in choices)
        if name not in self.lists_seen:
            self.left += renamed(choices)
            self.lists_seen.add(name)
        by_name = {choice.name: choice.id for choice in choices} | ({NONE_OF_THESE: NONE_OF_THESE} if several else {})
        if why := without_points(choices, several=several):
            do = "asked as a text for now, with its options as remarks: give each its points, and take the `#` away"
            self.note(line, why, do)
            self.undecided[question.id] = Undecided(options, several)
            return replace(question, kind="text"), by_name
        return replace(question, options=options), by_name

    def option(self, question_id: str, choice: Choice) -> Option:
        """A choice as an option of a question."""
        self.translated((question_id, OPTIONS, choice.id), choice.said)
        return Option(choice.id, choice.points or 0.0, self.languages.text(choice.said) or choice.id)

    def condition(self, line: Line) -> Condition | None:
        """The condition of a row; where it cannot be said, the row is asked always, and that is noted."""
        if not (written := line.row.get("relevant")):
            return None
        try:
            condition, remarks = condition_of(written, self.above, self.elsewhere)
        except CannotSay as reason:
            what = f"the relevance `{_short(written)}`, as {reason}"
            self.note(line, what, "it is asked always: write an `asked_when`, if one would do")
            return None
        for remark in remarks:
            self.note(line, f"the relevance `{_short(written)}`: {remark}", "look whether that makes a difference")
        return condition

    def new_id(self, line: Line) -> str:
        """An id for a name, that no other part has."""
        wanted = names.id_of(line.name) if self.ours else line.name
        wanted = wanted if ID.fullmatch(wanted) else id_from(line.name)
        if wanted.startswith(PROFILE):
            wanted = wanted.replace(".", "_", 1)
        free = wanted if wanted not in self.ids else next(i for n in count(2) if (i := f"{wanted}-{n}") not in self.ids)
        if free != (names.id_of(line.name) if self.ours else line.name):
            self.note(line, f"`{line.name}` is called `{free}` here", "nothing")
        self.ids.add(free)
        return free

    def said(self, key: TextKey, line: Line, column: str) -> str:
        """The text of a row in the edition's own language; in the others it is kept."""
        said = line.row.said(column)
        text = self.languages.text(said)
        if said and self.languages.own not in said:
            self.note(line, f"no {column} in the edition's own language", "it stands in another: translate it")
        if marks := formatting(" ".join(said.values())):
            self.note(line, f"{marks}: {column} `{_short(text)}`", "it is shown as it stands: write it as plain text")
        self.translated(key, said)
        return text

    def translated(self, key: TextKey, said: Mapping[str, str]) -> None:
        """Keep a text in the other languages, if it is there in the edition's own."""
        if self.languages.text(said):
            for code, text in self.languages.others(said).items():
                self.texts.setdefault(code, {})[key] = text

    def note_columns(self, line: Line) -> None:
        """Note what else stands in a row."""
        for (column, _language), cell in line.row.cells.items():
            if column in _CARRIED or (self.ours and (column in ("required", "appearance") or cell in OWN_CONSTRAINTS)):
                continue
            what, do = _COLUMNS.get(column, (f"the column `{column}`", "nothing, unless it changes what is asked"))
            self.note(line, what.replace("{}", _short(cell)), do)


def _short(text: str) -> str:
    text = plain(text)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
