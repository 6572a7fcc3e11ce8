"""Import of a form made elsewhere as a draft of an edition, with a list of what an edition cannot hold.

Nothing is guessed. A form made by `export_form` gives back its ids, the profile, the requirements, and where "not
applicable" is allowed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from compliance.languages.labels import bare_value_label, id_as_words
from compliance.questionnaire.answer_parser import AnswerFault, read_number
from compliance.questionnaire.answers import COMPANY_COLUMN
from compliance.questionnaire.conditions_and_law import Condition
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import NONE_OF_THESE, OVERALL, PROFILE_PREFIX, Node, Option, Question
from compliance.questionnaire.faults import did_you_mean
from compliance.questionnaire.key_reader import ID_SYNTAX
from compliance.questionnaire.places import PLACES_LADDER
from compliance.questionnaire.profile_fields import LabelSet, ProfileField
from compliance.questionnaire.translatable_texts import OPTIONS, PROFILE, TITLE, VALUES, TextKey
from compliance.questionnaire.vocabulary import QuestionKind
from compliance.xlsform import xpath
from compliance.xlsform.form_conditions import InexpressibleCondition, ReferenceTarget, condition_from_expression
from compliance.xlsform.form_export import OWN_CONSTRAINTS
from compliance.xlsform.form_omissions import (
    OMITTED_COLUMNS,
    OMITTED_PLACES,
    OMITTED_TYPES,
    Choice,
    changed_choices,
    free_id,
    id_from,
    is_omitted_type,
    omissions_beside_questions,
    omitted_type,
    only_deduct,
    option_choices,
    shortened,
    why_unscored,
    without_list,
)
from compliance.xlsform.form_reader import (
    FormElement,
    FormLanguages,
    FormRow,
    FormSheet,
    ParsedForm,
    check_with_pyxform,
    parse_form,
    read_languages,
    unsupported_markup,
)
from compliance.xlsform.form_workbook import CHOICES, SHEETS, SURVEY, FormFault, FormFaults, Omission, one_line

_NONE_WORDS = "None of these"
_CARRIED_COLUMNS = ("type", "name", "label", "hint", "relevant", "constraint_message", "required_message")
_KINDS: Mapping[str, QuestionKind] = {
    "text": "text", "string": "text", "integer": "number", "int": "number", "decimal": "number", "range": "number",
    "percentage": "number", "date": "date", "select one": "one", "select all that apply": "many",
}  # fmt: skip
_WHOLE_NUMBER_TYPES = ("integer", "int")
_GROUPS, _REPEATS = ("group",), ("repeat", "loop")
MOST_GROUPS = 40  # the deepest nesting
_OR_OTHER = re.compile(r"\s(?:or[_ ]other|or specify other)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UnscoredOptions:
    """The options of a question without decided points. Until they are decided, it is asked as a text."""

    options: tuple[Option, ...]
    several: bool  # whether several may be chosen
    deduct: bool = False  # whether points are known, but only take points away


@dataclass(slots=True)
class _Group:
    """The content of a group so far."""

    always: bool  # whether it is shown regardless of answers
    node: Node
    parts: list[Node | Question] = field(default_factory=list)


@dataclass(slots=True)
class DraftBuilder:
    """Processes elements from the top down, and keeps what those below may refer to."""

    languages: FormLanguages
    ours: bool  # whether it was made by `export_form`
    omissions: list[Omission] = field(default_factory=list)
    profile: dict[str, ProfileField] = field(default_factory=dict)
    profile_labels: dict[str, LabelSet] = field(default_factory=dict)
    undecided: dict[str, UnscoredOptions] = field(default_factory=dict)
    texts: dict[str, dict[TextKey, str]] = field(default_factory=dict)
    above: dict[str, ReferenceTarget] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    ids: set[str] = field(default_factory=lambda: {OVERALL, COMPANY_COLUMN})
    lists_seen: set[str] = field(default_factory=set)

    def parts(self, elements: Sequence[FormElement]) -> tuple[Node | Question, ...]:
        """Return the parts of the whole."""
        every = [inner for element in elements for inner in element.walk()]
        self.elsewhere = {e.name: "stands further down, and conditions look upward only" for e in every}
        whole = _Group(True, Node(OVERALL, ()))
        self.add(elements, whole)
        return tuple(whole.parts)

    def note(self, row: FormRow, what: str, do: str) -> None:
        """Note something in a row that is not carried."""
        self.omissions.append(Omission(SURVEY, row.number, what, do))

    def add(self, elements: Sequence[FormElement], group: _Group) -> None:
        """Add elements to a group."""
        for element in elements:
            if element.type in _REPEATS:
                self.add_repeat(element)
            elif element.type in _GROUPS:
                self.add_group(element, group)
            elif element.type in _KINDS and (element.list_name or not element.type.startswith("select")):
                self.add_question(element, group)
            else:
                self.leave_out(element, group)

    def add_repeat(self, repeat: FormElement) -> None:
        """Note a repeat, with everything in it, as not carried."""
        inside = [element for element in repeat.walk() if element is not repeat]
        for element in (repeat, *inside):
            self.elsewhere[element.name] = "is in a repeat, which is not carried"
        asked = sum(element.type not in (*_GROUPS, *_REPEATS) for element in inside)
        what = f"the repeat `{repeat.name}`, with {asked} rows in it"
        do = "an edition asks each thing once: write its questions out for each part, with an `asked_when`"
        self.note(repeat.row, what, do)

    def add_group(self, element: FormElement, around: _Group) -> None:
        """Add a group as a part of the one around it, if anything in it is carried."""
        self.elsewhere[element.name] = "is a group"
        if self.ours and element.name == xpath.PROFILE_GROUP:
            self.add(element.children, _Group(around.always, Node(PROFILE_PREFIX, ())))
            return
        node_id = self.new_id(element)
        title = self.said((node_id, "title"), element, "label") or node_id
        node = Node(node_id, (), title, asked_when=self.condition(element))
        self.note_columns(element)
        group = _Group(around.always and not element.row.get("relevant"), node)
        self.add(element.children, group)
        if group.parts:
            around.parts.append(replace(group.node, parts=tuple(group.parts)))
            return
        for texts in self.texts.values():
            texts.pop((node_id, "title"), None)
        self.note(element.row, f"the group `{element.name}`, in which nothing is carried", "nothing")

    def leave_out(self, element: FormElement, group: _Group) -> None:
        """Note a row of a type that editions do not have. What law expects is taken from our own forms."""
        what, do = omitted_type(element)
        self.elsewhere[element.name] = f"is {what}, which is not carried"
        if self.ours and element.name == xpath.field_name(group.node.id) + xpath.EXPECTS_SUFFIX:
            group.node = replace(group.node, expects=self.said((group.node.id, "expects"), element, "label"))
        elif not self.ours or not (element.name == xpath.EDITION_FIELD or element.name.endswith(xpath.CALCULATED)):
            self.note(element.row, f"{what}: `{element.written_type}`", do)

    def add_question(self, element: FormElement, group: _Group) -> None:
        """Add a question. In our own forms, read the fields beside a question instead."""
        self.elsewhere[element.name] = "is not carried"
        if self.ours and element.name.startswith(xpath.profile_field_name("")):
            self.add_profile_field(element)
        elif self.ours and element.name.endswith(xpath.REASON_SUFFIX):
            last = group.parts[-1] if group.parts else None
            if isinstance(last, Question) and xpath.field_name(last.id) + xpath.REASON_SUFFIX == element.name:
                group.parts[-1] = replace(last, na="reason")
        elif self.ours and (element.name == xpath.COMPANY_FIELD or element.name.endswith(xpath.ABOUT_ANSWERS)):
            self.lists_seen.add(element.list_name)
        else:
            group.parts.append(self.question(element, always=group.always and not element.row.get("relevant")))

    def add_profile_field(self, element: FormElement) -> None:
        """Add a profile field with its values, or as a number."""
        name = xpath.id_of_field(element.name).removeprefix(PROFILE_PREFIX)
        choices = {c.get("name"): xpath.value_of_choice(c.get("name")) for c in element.choices}
        self.lists_seen.add(element.list_name)
        self.profile[name] = ProfileField(name, tuple(choices.values()))
        labels = self.profile_label_set(name, element)
        if not labels.is_empty:
            self.profile_labels[name] = labels
        self.above[element.name] = ReferenceTarget(self.profile[name], PROFILE_PREFIX + name, choices)

    def profile_label_set(self, name: str, element: FormElement) -> LabelSet:
        """Return the texts of a profile field, without those that are the default: ids in words, `Yes` and `No`."""
        at = (OVERALL, PROFILE, name)
        title = self.languages.text(element.row.said("label"))
        texts = {}
        for row in element.choices:
            value = xpath.value_of_choice(row.get("name"))
            texts[value] = self.languages.text(row.said("label")) or bare_value_label(value)
        if any(text != bare_value_label(value) for value, text in texts.items()):
            for row in element.choices:
                self.translated((*at, VALUES, xpath.value_of_choice(row.get("name"))), row.said("label"))
        else:
            texts = {}
        if title in ("", id_as_words(name)):
            return LabelSet("", texts)
        self.translated((*at, TITLE), element.row.said("label"))
        return LabelSet(title, texts)

    def question(self, element: FormElement, *, always: bool) -> Question:
        """Return a question with its options and its condition."""
        question_id, kind = self.new_id(element), _KINDS[element.type]
        asked_when = self.condition(element)
        ask, help_text = (self.said((question_id, key), element, c) for key, c in (("ask", "label"), ("help", "hint")))
        if not ask:
            self.note(element.row, "a question without a label", "write what it asks under `ask`")
        question = Question(question_id, ask or question_id, kind, help_text, asked_when=asked_when)
        choices: Mapping[str, str] = {}
        if kind == "number":
            self.note(element.row, "a number, and not what it earns", "write a `range`, if it is to earn points")
        if element.list_name:
            question, choices = self.with_options(question, element)
        whole = element.type in _WHOLE_NUMBER_TYPES
        self.above[element.name] = ReferenceTarget(question, question_id, choices, kind == "many", whole, always)
        self.note_columns(element)
        return question

    def with_options(self, question: Question, element: FormElement) -> tuple[Question, Mapping[str, str]]:
        """Return a question with the choices of its list, and option ids by choice name."""
        name, several, choices = element.list_name, question.kind == "many", option_choices(element.choices)
        if self.ours and name.startswith(xpath.PLACES_LIST):
            return self.places(question, element), {}
        if several and len(choices) > 1 and all(choice.name in countries() for choice in choices):
            if len(choices) < len(countries()):
                self.note(element.row, f"the choice of {len(choices)} countries", "any country can be answered here")
            self.lists_seen.add(name)
            return replace(question, kind="countries"), {choice.name: choice.name for choice in choices}
        if self.ours and several:
            none = [c for c in choices if c.id == NONE_OF_THESE]
            unasked = [c for c in none if self.languages.text(c.row.said("label")) == _NONE_WORDS]
            choices = tuple(c for c in choices if c not in unasked)
        if _OR_OTHER.search(element.written_type):
            do = "add an option, and a question of `kind: text` behind it"
            self.note(element.row, "another choice, in words", do)
        options = tuple(self.option(question.id, choice) for choice in choices)
        if name not in self.lists_seen:
            self.omissions += changed_choices(element.choices, choices)
            self.lists_seen.add(name)
        by_name = {choice.name: choice.id for choice in choices} | ({NONE_OF_THESE: NONE_OF_THESE} if several else {})
        why, do = why_unscored(choices, several=several)
        if why:
            self.note(element.row, why, do)
            self.undecided[question.id] = UnscoredOptions(options, several, only_deduct(choices))
            return replace(question, kind="text"), by_name
        return replace(question, options=options), by_name

    def places(self, question: Question, element: FormElement) -> Question:
        """Return a question of places as a text, to be rewritten. Conditions on its result can be read."""
        self.note(element.row, *OMITTED_PLACES)
        self.lists_seen.add(element.list_name)
        text = replace(question, kind="text", asked_when=without_list(question.asked_when))
        steps = {step: step for step in PLACES_LADDER}
        self.above[element.name + xpath.RESULT_SUFFIX] = ReferenceTarget(text, text.id, steps)
        return text

    def option(self, question_id: str, choice: Choice) -> Option:
        """Return a choice as an option of a question."""
        said = choice.row.said("label")
        self.translated((question_id, OPTIONS, choice.id), said)
        return Option(choice.id, choice.points or 0.0, self.languages.text(said) or choice.id)

    def condition(self, element: FormElement) -> Condition | None:
        """Return the condition of a row. If it cannot be expressed, note that, and return None: always asked."""
        if not (written := element.row.get("relevant")):
            return None
        try:
            condition, remarks = condition_from_expression(written, self.above, self.elsewhere)
        except InexpressibleCondition as reason:
            what = f"the relevance `{shortened(written)}`, as {reason}"
            self.note(element.row, what, "it is asked always: write an `asked_when`, if one would do")
            return None
        for remark in remarks:
            self.note(
                element.row, f"the relevance `{shortened(written)}`: {remark}", "look whether that makes a difference"
            )
        return condition

    def new_id(self, element: FormElement) -> str:
        """Return an id for an element that no other part has."""
        wanted = xpath.id_of_field(element.name) if self.ours else element.name
        wanted = wanted if ID_SYNTAX.fullmatch(wanted) else id_from(element.name)
        if wanted.startswith(PROFILE_PREFIX):
            wanted = wanted.replace(".", "_", 1)
        free = free_id(wanted, self.ids)
        if free != (xpath.id_of_field(element.name) if self.ours else element.name):
            self.note(element.row, f"`{element.name}` is called `{free}` here", "nothing")
        self.ids.add(free)
        return free

    def said(self, key: TextKey, element: FormElement, column: str) -> str:
        """Return a row's text in the edition's own language, keeping those in other languages."""
        said = element.row.said(column)
        text = self.languages.text(said)
        if said and self.languages.own not in said:
            self.note(element.row, f"no {column} in the edition's own language", "it stands in another: translate it")
        if marks := unsupported_markup(" ".join(said.values())):
            self.note(
                element.row,
                f"{marks}: {column} `{shortened(text)}`",
                "it is shown as it stands: write it as plain text",
            )
        self.translated(key, said)
        return text

    def translated(self, key: TextKey, said: Mapping[str, str]) -> None:
        """Keep a text in the other languages, if there is one to translate."""
        if self.languages.text(said):
            for code, text in self.languages.others(said).items():
                self.texts.setdefault(code, {})[key] = text

    def note_columns(self, element: FormElement) -> None:
        """Note the other columns of a row as not carried."""
        is_places = element.list_name.startswith(xpath.PLACES_LIST)
        own = ("required", "appearance", *(("choice_filter",) if is_places else ()))
        for (column, _language), cell in element.row.cells.items():
            if column in _CARRIED_COLUMNS or (self.ours and (column in own or cell in OWN_CONSTRAINTS)):
                continue
            what, do = OMITTED_COLUMNS.get(
                column, (f"the column `{column}`", "nothing, unless it changes what is asked")
            )
            self.note(element.row, what.replace("{}", shortened(cell)), do)


@dataclass(frozen=True, slots=True)
class ImportedDraft:
    """The parts of a form that were carried: title, tree, profile and texts in other languages; and the omissions."""

    title: str
    parts: tuple[Node | Question, ...]
    profile: Mapping[str, ProfileField]
    profile_labels: Mapping[str, LabelSet]
    undecided: Mapping[str, UnscoredOptions]  # by question
    #: The texts in other languages, by code.
    texts: Mapping[str, Mapping[TextKey, str]]
    omissions: tuple[Omission, ...]


def import_form(path: Path) -> ImportedDraft:
    """Return the draft for a form. Raise FormFaults if the file is not a form or has faults, and MissingExtra."""
    form = parse_form(path)
    if faults := [*_faults(form)]:
        raise FormFaults(faults)
    check_with_pyxform(form)
    about = form.settings
    sheets = [form.sheets[SURVEY], form.sheets.get(CHOICES, FormSheet())]
    languages = read_languages(sheets, about.get("default_language"))
    named = {inner.name for element in form.elements for inner in element.walk()}
    building = DraftBuilder(languages, ours=xpath.EDITION_FIELD in named)
    parts = building.parts(form.elements)
    if not parts:
        raise FormFaults([FormFault(form.file, SURVEY, 0, "there is no question in it that an edition could ask")])
    omissions = [*languages.omissions, *building.omissions, *omissions_beside_questions(form, building.lists_seen)]
    if building.ours:
        what = "what was `counts_when` stands as `asked_when`: a form knows only what is shown"
        omissions.append(
            Omission(SURVEY, 0, what, "write `counts_when` where a question is to stay, and to earn nothing")
        )
    return ImportedDraft(
        one_line(about.get("form_title")) or path.stem,
        parts,
        building.profile,
        building.profile_labels,
        building.undecided,
        building.texts,
        tuple(sorted(omissions, key=lambda one: (SHEETS.index(one.sheet), one.row))),
    )


def _faults(form: ParsedForm) -> Iterator[FormFault]:
    """Yield faults that pyxform's tree does not report: unknown types, points that are not numbers, deep nesting."""
    for element in chain.from_iterable(group.walk() for group in form.elements):
        if not (element.type in (*_KINDS, *_GROUPS, *_REPEATS) or is_omitted_type(element)):
            known = (*_KINDS, *OMITTED_TYPES, "select_one", "select_multiple", "begin_group", "begin_repeat")
            hint = did_you_mean(element.written_type.split(" ")[0].lower(), known) or ": see xlsform.org for the types"
            message = f"the type `{element.written_type}` is unknown{hint}"
            yield FormFault(form.file, SURVEY, element.row.number, message)
    for row in form.sheets.get(CHOICES, FormSheet()).rows:
        try:
            _points = read_number(text) if (text := row.get("points")) else None
        except AnswerFault as fault:
            yield FormFault(form.file, CHOICES, row.number, f"points: {fault}")
    yield from _too_deep(form, form.elements, 1)


def _too_deep(form: ParsedForm, elements: Sequence[FormElement], depth: int) -> Iterator[FormFault]:
    for element in elements:
        if element.type in (*_GROUPS, *_REPEATS) and depth >= MOST_GROUPS:
            message = f"more than {MOST_GROUPS} groups within each other: flatten the form"
            yield FormFault(form.file, SURVEY, element.row.number, message)
        elif element.children:
            yield from _too_deep(form, element.children, depth + 1)
