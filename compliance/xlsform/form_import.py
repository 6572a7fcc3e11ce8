"""A form that somebody made as a draft of an edition, with a list of what an edition cannot hold. Nothing is guessed.

A form that `export_form` made gives back its ids, the profile, the requirements, and where "not applicable" may
be said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from compliance.questionnaire.answers import COMPANY_COLUMN
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import (
    NONE_OF_THESE,
    OVERALL,
    PROFILE_PREFIX,
    Condition,
    Node,
    Option,
    ProfileField,
    Question,
)
from compliance.questionnaire.key_reader import ID_SYNTAX
from compliance.questionnaire.translatable_texts import OPTIONS, TextKey
from compliance.xlsform import xpath
from compliance.xlsform.form_conditions import InexpressibleCondition, ReferenceTarget, condition_from_expression
from compliance.xlsform.form_export import OWN_CONSTRAINTS
from compliance.xlsform.form_languages import FormLanguages, one_line, read_languages, unsupported_markup
from compliance.xlsform.form_structure import (
    OMITTED_COLUMNS,
    ChoiceRow,
    SurveyRow,
    are_countries,
    id_from,
    missing_lists,
    omitted_settings,
    omitted_sheets,
    read_choices,
    read_survey,
    renamed_choices,
    unused_lists,
    why_unscored,
)
from compliance.xlsform.form_workbook import (
    CHOICES,
    SETTINGS,
    SHEETS,
    SURVEY,
    FormFault,
    FormFaults,
    FormRow,
    FormSheet,
    Omission,
    RefusedByPyxform,
    column_header,
    convert_with_pyxform,
    read_form,
    rows_as_written,
)

_NONE_WORDS = "None of these"
_SHOWN = 90  # letters of an expression in a line of the list

_CARRIED_COLUMNS = ("type", "name", "label", "hint", "relevant", "constraint_message", "required_message")


@dataclass(frozen=True, slots=True)
class UnscoredOptions:
    """The options of a question whose points nobody has decided yet; until then it is asked as a text."""

    options: tuple[Option, ...]
    several: bool  # may be chosen


@dataclass(slots=True)
class _OpenGroup:
    """A group whose end has not come yet."""

    line: SurveyRow | None
    always: bool  # shown whatever is answered
    node: Node
    parts: list[Node | Question] = field(default_factory=list)


@dataclass(slots=True)
class DraftBuilder:
    """Takes lines from the top down, and keeps what those below may look at."""

    lists: Mapping[str, Sequence[ChoiceRow]]
    languages: FormLanguages
    ours: bool  # it was made by `form_of`
    left: list[Omission] = field(default_factory=list)
    profile: dict[str, ProfileField] = field(default_factory=dict)
    undecided: dict[str, UnscoredOptions] = field(default_factory=dict)
    texts: dict[str, dict[TextKey, str]] = field(default_factory=dict)
    above: dict[str, ReferenceTarget] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    ids: set[str] = field(default_factory=lambda: {OVERALL, COMPANY_COLUMN})
    lists_seen: set[str] = field(default_factory=set)

    def parts(self, lines: Sequence[SurveyRow]) -> tuple[Node | Question, ...]:
        """The parts of the whole."""
        self.elsewhere = {line.name: "stands further down, and conditions look upward only" for line in lines}
        groups = [_OpenGroup(None, True, Node(OVERALL, ()))]
        repeat: list[SurveyRow] = []  # what is open of a repeat, from its own row on
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

    def note(self, line: SurveyRow, what: str, do: str) -> None:
        """Note what of a row is not carried."""
        self.left.append(Omission(SURVEY, line.row.number, what, do))

    def repeated(self, repeat: list[SurveyRow], line: SurveyRow, inside: int) -> list[SurveyRow]:
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

    def opened(self, line: SurveyRow, around: _OpenGroup) -> _OpenGroup:
        """A group begins."""
        self.elsewhere[line.name] = "is a group"
        if self.ours and line.name == xpath.PROFILE_GROUP:
            return _OpenGroup(None, around.always, Node(PROFILE_PREFIX, ()))
        node_id = self.new_id(line)
        node = Node(node_id, (), self.said((node_id, "title"), line, "label") or node_id)
        node = replace(node, asked_when=self.condition(line))
        self.note_columns(line)
        return _OpenGroup(line, around.always and not line.row.get("relevant"), node)

    def closed(self, groups: list[_OpenGroup]) -> None:
        """A group ends: it is a part of the one around it, if anything in it was carried."""
        group = groups.pop()
        if group.parts:
            groups[-1].parts.append(replace(group.node, parts=tuple(group.parts)))
            return
        for texts in self.texts.values():
            texts.pop((group.node.id, "title"), None)
        if group.line is not None:
            self.note(group.line, f"the group `{group.line.name}`, in which nothing is carried", "nothing")

    def left_out(self, line: SurveyRow, group: _OpenGroup) -> None:
        """A row of a type that no edition has."""
        self.elsewhere[line.name] = f"is {line.type.what}, which is not carried"
        if self.ours and line.name == xpath.field_name(group.node.id) + xpath.EXPECTS_SUFFIX:
            group.node = replace(group.node, expects=self.said((group.node.id, "expects"), line, "label"))
        elif not self.ours or not (line.name == xpath.EDITION_FIELD or line.name.endswith(xpath.NOT_SHOWN_SUFFIX)):
            self.note(line, f"{line.type.what}: `{line.written}`", line.type.do)

    def asked(self, line: SurveyRow, group: _OpenGroup) -> None:
        """A question, or what goes with one in a form of ours."""
        self.elsewhere[line.name] = "is not carried"
        if self.ours and line.name.startswith(xpath.profile_field_name("")):
            self.profile_field(line)
        elif self.ours and line.name.endswith(xpath.REASON_SUFFIX):
            last = group.parts[-1] if group.parts else None
            if isinstance(last, Question) and xpath.field_name(last.id) + xpath.REASON_SUFFIX == line.name:
                group.parts[-1] = replace(last, na="reason")
        elif not self.ours or not (line.name == xpath.COMPANY_FIELD or line.name.endswith(xpath.EVIDENCE_SUFFIX)):
            group.parts.append(self.question(line, always=group.always and not line.row.get("relevant")))

    def profile_field(self, line: SurveyRow) -> None:
        """What is known about the company: the values of the field, or a number."""
        name = xpath.id_of_field(line.name).removeprefix(PROFILE_PREFIX)
        choices = {
            choice.name: xpath.value_of_choice(choice.name) for choice in self.lists.get(line.type.list_name, ())
        }
        self.lists_seen.add(line.type.list_name)
        self.profile[name] = ProfileField(name, tuple(choices.values()))
        self.above[line.name] = ReferenceTarget(self.profile[name], PROFILE_PREFIX + name, choices)

    def question(self, line: SurveyRow, *, always: bool) -> Question:
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
        self.above[line.name] = ReferenceTarget(question, question_id, choices, several, line.type.whole, always)
        self.note_columns(line)
        return question

    def chosen(self, question: Question, line: SurveyRow) -> tuple[Question, Mapping[str, str]]:
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
            self.left += renamed_choices(choices)
            self.lists_seen.add(name)
        by_name = {choice.name: choice.id for choice in choices} | ({NONE_OF_THESE: NONE_OF_THESE} if several else {})
        if why := why_unscored(choices, several=several):
            do = "asked as a text for now, with its options as remarks: give each its points, and take the `#` away"
            self.note(line, why, do)
            self.undecided[question.id] = UnscoredOptions(options, several)
            return replace(question, kind="text"), by_name
        return replace(question, options=options), by_name

    def option(self, question_id: str, choice: ChoiceRow) -> Option:
        """A choice as an option of a question."""
        self.translated((question_id, OPTIONS, choice.id), choice.said)
        return Option(choice.id, choice.points or 0.0, self.languages.text(choice.said) or choice.id)

    def condition(self, line: SurveyRow) -> Condition | None:
        """The condition of a row; where it cannot be said, the row is asked always, and that is noted."""
        if not (written := line.row.get("relevant")):
            return None
        try:
            condition, remarks = condition_from_expression(written, self.above, self.elsewhere)
        except InexpressibleCondition as reason:
            what = f"the relevance `{_shortened(written)}`, as {reason}"
            self.note(line, what, "it is asked always: write an `asked_when`, if one would do")
            return None
        for remark in remarks:
            self.note(line, f"the relevance `{_shortened(written)}`: {remark}", "look whether that makes a difference")
        return condition

    def new_id(self, line: SurveyRow) -> str:
        """An id for a name, that no other part has."""
        wanted = xpath.id_of_field(line.name) if self.ours else line.name
        wanted = wanted if ID_SYNTAX.fullmatch(wanted) else id_from(line.name)
        if wanted.startswith(PROFILE_PREFIX):
            wanted = wanted.replace(".", "_", 1)
        free = wanted if wanted not in self.ids else next(i for n in count(2) if (i := f"{wanted}-{n}") not in self.ids)
        if free != (xpath.id_of_field(line.name) if self.ours else line.name):
            self.note(line, f"`{line.name}` is called `{free}` here", "nothing")
        self.ids.add(free)
        return free

    def said(self, key: TextKey, line: SurveyRow, column: str) -> str:
        """The text of a row in the edition's own language; in the others it is kept."""
        said = line.row.said(column)
        text = self.languages.text(said)
        if said and self.languages.own not in said:
            self.note(line, f"no {column} in the edition's own language", "it stands in another: translate it")
        if marks := unsupported_markup(" ".join(said.values())):
            self.note(
                line, f"{marks}: {column} `{_shortened(text)}`", "it is shown as it stands: write it as plain text"
            )
        self.translated(key, said)
        return text

    def translated(self, key: TextKey, said: Mapping[str, str]) -> None:
        """Keep a text in the other languages, if it is there in the edition's own."""
        if self.languages.text(said):
            for code, text in self.languages.others(said).items():
                self.texts.setdefault(code, {})[key] = text

    def note_columns(self, line: SurveyRow) -> None:
        """Note what else stands in a row."""
        for (column, _language), cell in line.row.cells.items():
            if column in _CARRIED_COLUMNS or (
                self.ours and (column in ("required", "appearance") or cell in OWN_CONSTRAINTS)
            ):
                continue
            what, do = OMITTED_COLUMNS.get(
                column, (f"the column `{column}`", "nothing, unless it changes what is asked")
            )
            self.note(line, what.replace("{}", _shortened(cell)), do)


def _shortened(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


@dataclass(frozen=True, slots=True)
class ImportedDraft:
    """What was carried of a form: the frame and the tree of an edition, its texts in other languages; and what not."""

    title: str
    parts: tuple[Node | Question, ...]
    profile: Mapping[str, ProfileField]
    undecided: Mapping[str, UnscoredOptions]  # by question
    #: The texts in other languages, by code.
    texts: Mapping[str, Mapping[TextKey, str]]
    left: tuple[Omission, ...]


def import_form(path: Path) -> ImportedDraft:
    """The draft that a form comes to. Raise FormFaults for what is no form, or a broken one; MissingExtra."""
    sheets, file = read_form(path), str(path)
    settings = sheets.get(SETTINGS, FormSheet()).rows
    about = settings[0] if settings else FormRow(2, {})
    faults: list[FormFault] = []
    twice = about.get("allow_choice_duplicates").lower() in ("yes", "true")
    choices = read_choices(sheets.get(CHOICES, FormSheet()), file, faults, twice=twice)
    lines = read_survey(sheets[SURVEY], file, faults)
    faults += missing_lists(lines, choices, file)
    if faults:
        raise FormFaults(faults)
    _check_with_pyxform(sheets, lines, file)
    languages = read_languages([sheets[SURVEY], sheets.get(CHOICES, FormSheet())], about.get("default_language"))
    building = DraftBuilder(choices.lists, languages, ours=any(line.name == xpath.EDITION_FIELD for line in lines))
    parts = building.parts(lines)
    if not parts:
        raise FormFaults([FormFault(file, SURVEY, 0, "there is no question in it that an edition could ask")])
    left = [*languages.left, *building.left, *choices.left, *unused_lists(choices, building.lists_seen)]
    left += [*omitted_settings(about), *omitted_sheets(sheets)]
    if building.ours:
        what = "what was `counts_when` stands as `asked_when`: a form knows only what is shown"
        left.append(Omission(SURVEY, 0, what, "write `counts_when` where a question is to stay, and to earn nothing"))
    return ImportedDraft(
        one_line(about.get("form_title")) or path.stem,
        parts,
        building.profile,
        building.undecided,
        building.texts,
        tuple(sorted(left, key=lambda one: (SHEETS.index(one.sheet), one.row))),
    )


def _check_with_pyxform(sheets: Mapping[str, FormSheet], lines: Sequence[SurveyRow], file: str) -> None:
    """Let pyxform say whether it is a form, without the rows that only KoboToolbox knows."""
    of_kobo = {line.row.number for line in lines if line.type.of_kobo}
    rows = {name: rows_as_written(sheet, of_kobo if name == SURVEY else set()) for name, sheet in sheets.items()}
    try:
        convert_with_pyxform(
            rows, {name: [column_header(*column) for column in sheet.columns] for name, sheet in sheets.items()}
        )
    except RefusedByPyxform as refusal:
        message = f"pyxform, by which ODK and KoboToolbox read forms, refuses it: {one_line(str(refusal))}"
        raise FormFaults([FormFault(file, "", 0, message)]) from refusal
