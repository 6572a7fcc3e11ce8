"""Export of an edition as an XLSForm, with which ODK and KoboToolbox collect answers, offline and on telephones.

The profile comes first. Themes and requirements are groups. Questions that a company is not asked are not shown. A form
contains the questions and the points of options, but no weights: answers are scored where the edition is.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from compliance.languages.formats import country_name
from compliance.languages.interface_messages import SOURCE_LANGUAGE, in_language, offered_languages
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import (
    BEST_ANSWER,
    BLANK_REASONS,
    IN_NONE,
    IS_DATED,
    IS_PLANNED,
    TICK_PLACES,
    option_label,
    profile_field_label,
    profile_value_label,
)
from compliance.questionnaire.answer_parser import offered_words
from compliance.questionnaire.answers import ELSEWHERE, number_text
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import (
    HEADQUARTERS_QUESTION,
    NONE_OF_THESE,
    PEER_GROUP_FIELD,
    PROFILE_PREFIX,
    Edition,
    Node,
    Question,
)
from compliance.questionnaire.places import BOXES, DATED_BOX, NO_PLACE, PLANNED_BOX
from compliance.questionnaire.profile_fields import ProfileField
from compliance.questionnaire.routing import routing_ids
from compliance.xlsform import xpath
from compliance.xlsform.form_workbook import (
    CHOICES,
    SETTINGS,
    SURVEY,
    Form,
    FormCells,
    columns_in_languages,
    language_title,
)
from compliance.xlsform.xpath import conjunction, disjunction, not_shown_expressions, relevant_expression, text_literal

#: A text in every language of the form, by code.
TextByLanguage: TypeAlias = Mapping[str, str]

#: The constraint that "None of these" is not combined with another choice.
NONE_ALONE = f"not(selected(., '{NONE_OF_THESE}') and count-selected(.) > 1)"
ABOVE_ZERO, ONE_COUNTRY = ". > 0", "count-selected(.) = 1"
#: The constraint that a date for the next check needs a place: more ticks than the boxes alone.
DATED_WITH_PLACES = "not(selected(., 'dated') and count-selected(.) - if(selected(., 'planned'), 1, 0) < 2)"
OWN_CONSTRAINTS = (NONE_ALONE, ABOVE_ZERO, ONE_COUNTRY, conjunction([NONE_ALONE, DATED_WITH_PLACES]))
_COUNTRIES = "COUNTRIES"
#: The boxes beside the places, by choice name.
_BOX_WORDS: Mapping[str, str] = {NO_PLACE: IN_NONE, BOXES[PLANNED_BOX]: IS_PLANNED, BOXES[DATED_BOX]: IS_DATED}


def export_form(editions: Mapping[str, Edition], *, evidence: bool = False) -> Form:
    """Return the form of an edition, given by language code in one or more languages, its own first.

    With `evidence`, a question that expects evidence is followed by one that asks for it.
    """
    edition = next(iter(editions.values()))
    making = _FormBuilder(edition, editions, evidence, routing_ids(edition))
    survey = list(making.survey())
    settings: FormCells = {
        "form_title": edition.title,
        "form_id": edition.id,
        "version": _fingerprint([*survey, *making.choices]),
        "instance_name": f"${{{xpath.COMPANY_FIELD}}}",
    }
    if len(editions) > 1:
        settings["default_language"] = language_title(edition.language)
    return Form(tuple(editions), {SURVEY: survey, CHOICES: making.choices, SETTINGS: [settings]})


def edition_mark(edition: Edition) -> str:
    """Return the mark that a form adds to every submission, so that it is not read as one to another edition."""
    return f"{edition.id} {edition.digest}".strip()


def _fingerprint(rows: Sequence[FormCells]) -> str:
    """Return a version that changes whenever the form does."""
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(slots=True)
class _FormBuilder:
    """Builds the rows of the survey, and collects the choices they need."""

    edition: Edition
    editions: Mapping[str, Edition]  # the edition by language code
    evidence: bool
    steering: frozenset[str]
    choices: list[FormCells] = field(default_factory=list)
    lists: dict[str, str] = field(default_factory=dict)  # names of lists, by content

    def survey(self) -> Iterator[FormCells]:
        """Yield every row: the company, its profile, the tree, and calculations."""
        edition = self.edition
        company = self.words(lambda: _("Which company are these answers for?"))
        yield self.row("text", xpath.COMPANY_FIELD, label=company, hint=self.words(_how_to_answer), required="yes")
        if edition.profile:
            title = self.words(lambda: _("Describe your company"))
            yield self.row("begin_group", xpath.PROFILE_GROUP, label=title)
            yield from (self.profile(profile_field) for profile_field in edition.profile.values())
            yield {"type": "end_group"}
        for part in edition.root.parts:
            yield from self.part(part)
        yield {"type": "calculate", "name": xpath.EDITION_FIELD, "calculation": text_literal(edition_mark(edition))}
        for question_id, expression in not_shown_expressions(edition):
            name = xpath.field_name(question_id) + xpath.NOT_SHOWN_SUFFIX
            yield {"type": "calculate", "name": name, "calculation": f"if({expression}, 1, 0)"}
        for name, expression in xpath.places_expressions(edition):
            yield {"type": "calculate", "name": name, "calculation": expression}

    def profile(self, profile_field: ProfileField) -> FormCells:
        """Return the question about one profile field."""
        choices = [
            (xpath.choice_name(value), self.edition_words(partial(_value_text, profile_field.id, value)), "")
            for value in profile_field.values
        ]
        name = xpath.profile_field_name(profile_field.id)
        steers = PROFILE_PREFIX + profile_field.id in self.steering or profile_field.id == PEER_GROUP_FIELD
        return self.row(
            "decimal" if profile_field.is_number else f"select_one {self.list_of(name, choices)}",
            name,
            label=self.edition_words(partial(_field_text, profile_field.id)),
            required="yes" if steers else "",
        )

    def part(self, part: Node | Question) -> Iterator[FormCells]:
        """Yield a question with the fields beside it, or a group with everything in it."""
        if isinstance(part, Question):
            yield from self.question(part)
            return
        name, together = xpath.field_name(part.id), all(isinstance(inner, Question) for inner in part.parts)
        yield self.row(
            "begin_group",
            name,
            label=self.node_text(part.id, lambda node: node.title or node.id),
            relevant=relevant_expression(self.edition, part),
            appearance="field-list" if together else "",
        )
        if part.expects:
            yield self.row(
                "note", name + xpath.EXPECTS_SUFFIX, label=self.node_text(part.id, lambda node: node.expects)
            )
        for inner in part.parts:
            yield from self.part(inner)
        yield {"type": "end_group"}

    def question(self, question: Question) -> Iterator[FormCells]:
        """Yield a question and the fields beside it."""
        name, constraint, message = xpath.field_name(question.id), *self.constraint(question)
        yield self.row(
            self.type_of(question),
            name,
            label=self.question_text(question.id, lambda q: q.ask or q.id),
            hint=self.hint(question),
            required="yes" if self.must_be_answered(question) else "",
            relevant=self.relevant(question),
            constraint=constraint,
            constraint_message=message,
            choice_filter=_own_places(question) if question.places else "",
            appearance="minimal autocomplete" if question.kind == "countries" else "",
        )
        yield from self.beside(question)

    def relevant(self, question: Question) -> str:
        """Return the expression that shows a question. A question of places waits for its list to be answered."""
        shown = relevant_expression(self.edition, question)
        listed = [f"${{{xpath.field_name(question.places)}}} != ''"] if question.places else []
        return conjunction([*([shown] if shown else []), *listed])

    def beside(self, question: Question) -> Iterator[FormCells]:
        """Yield the fields beside a question: why it does not apply or is left blank, and evidence."""
        name = xpath.field_name(question.id)
        shown = [expression] if (expression := self.relevant(question)) else []
        if question.na == "reason":
            yield self.row(
                "text",
                name + xpath.REASON_SUFFIX,
                label=self.words(lambda: _("Why does it not apply?")),
                hint=self.words(lambda: _("Leave this empty and answer the question above, if you can.")),
                relevant=conjunction([*shown, f"${{{name}}} = ''"]),
            )
        if not self.must_be_answered(question):
            yield from self.left_open(question, shown)
        if self.evidence and question.scored and question.evidence == "expected":
            yield self.row(
                "text",
                name + xpath.EVIDENCE_SUFFIX,
                label=self.words(lambda: _("Add evidence: quote the passage, or give a link")),
                hint=self.words(_no_details),
                relevant=conjunction([*shown, f"${{{name}}} != ''"]),
            )

    def must_be_answered(self, question: Question) -> bool:
        """Tell whether a form requires an answer: the question steers others, or is the country of the headquarters."""
        return (not question.scored and question.id in self.steering) or question.id == HEADQUARTERS_QUESTION

    def left_open(self, question: Question, shown: Sequence[str]) -> Iterator[FormCells]:
        """Yield why the question is left blank, and the title of the document that answers it."""
        name = xpath.field_name(question.id)
        choices = [(word, self.words(partial(_reason_text, word)), "") for word in offered_words(question)]
        unanswered = [f"${{{name}}} = ''"]
        unanswered += [f"${{{name}{xpath.REASON_SUFFIX}}} = ''"] if question.na == "reason" else []
        yield self.row(
            f"select_one {self.list_of(name + xpath.WORD_SUFFIX, choices)}",
            name + xpath.WORD_SUFFIX,
            label=self.words(lambda: _("Why are you leaving this blank?")),
            relevant=conjunction([*shown, *unanswered]),
        )
        if ELSEWHERE in offered_words(question):
            yield self.row(
                "text",
                name + xpath.TITLE_SUFFIX,
                label=self.words(lambda: _("Title of the document")),
                relevant=conjunction([*shown, f"${{{name}{xpath.WORD_SUFFIX}}} = '{ELSEWHERE}'"]),
            )

    def type_of(self, question: Question) -> str:
        """Return the type of a question, with its list of choices, if any."""
        if question.kind in ("number", "date", "text"):
            return {"number": "decimal", "date": "date", "text": "text"}[question.kind]
        if question.kind == "countries":
            return f"select_multiple {self.list_of(_COUNTRIES, self.countries())}"
        if question.places:
            boxes = {step: said for step, said in _BOX_WORDS.items() if step == NO_PLACE or question.option(step)}
            choices = [*self.countries(), *((step, self.words(partial(_, said)), "") for step, said in boxes.items())]
            return f"select_multiple {self.list_of('_'.join([xpath.PLACES_LIST, *boxes]).upper(), choices)}"
        choices = [
            (o.id, self.question_text(question.id, partial(option_label, option_id=o.id)), number_text(o.points))
            for o in question.options
        ]
        if question.kind == "many" and NONE_OF_THESE not in [option.id for option in question.options]:
            choices.append((NONE_OF_THESE, self.words(lambda: _("None of these")), "0"))
        kind = "select_one" if question.kind == "one" else "select_multiple"
        return f"{kind} {self.list_of(xpath.field_name(question.id), choices)}"

    def countries(self) -> list[tuple[str, TextByLanguage, str]]:
        """Return every country as a choice."""
        return [(code, self.words(partial(country_name, code)), "") for code in countries()]

    def constraint(self, question: Question) -> tuple[str, TextByLanguage]:
        """Return the constraint on answers, and its message; ("", {}) without one."""
        if question.kind == "many":
            return NONE_ALONE, self.words(
                lambda: _("Choose from the list. “None of these” cannot be combined with another answer.")
            )
        if question.places:
            has_dated = question.option(BOXES[DATED_BOX]) is not None
            return conjunction([NONE_ALONE, DATED_WITH_PLACES] if has_dated else [NONE_ALONE]), self.words(
                lambda: _(TICK_PLACES)
            )
        if question.kind == "number" and question.log:
            return ABOVE_ZERO, self.words(lambda: _("Enter a number above 0."))
        if question.id == HEADQUARTERS_QUESTION and question.kind == "countries":
            return ONE_COUNTRY, self.words(lambda: _("Choose exactly one country."))
        return "", {}

    def hint(self, question: Question) -> TextByLanguage:
        """Return the help, and the unit of a number."""
        return self.question_text(question.id, lambda q: f"{q.help} ({q.unit})".strip() if q.unit else q.help)

    def list_of(self, name: str, choices: Sequence[tuple[str, TextByLanguage, str]]) -> str:
        """Return the name of the list of these choices, each a name, texts and points. Equal lists are written once."""
        content = json.dumps(choices)
        if content not in self.lists:
            self.lists[content] = name
            for choice, label, points in choices:
                self.choices.append(self.row("", choice, label=label) | {"list_name": name, "points": points})
        return self.lists[content]

    def question_text(self, question_id: str, say: Callable[[Question], str]) -> TextByLanguage:
        """Return a text of a question in every language."""
        return {code: say(edition.questions[question_id]) for code, edition in self.editions.items()}

    def node_text(self, node_id: str, say: Callable[[Node], str]) -> TextByLanguage:
        """Return a text of a node in every language."""
        return {code: say(edition.nodes[node_id]) for code, edition in self.editions.items()}

    def words(self, say: Callable[[], str]) -> TextByLanguage:
        """Return a text of the tool in every language of the form, in English if the tool is not translated to it."""
        return self.edition_words(lambda _edition: say())

    def edition_words(self, say: Callable[[Edition], str]) -> TextByLanguage:
        """Return a text of the edition in every language. Words that the tool adds are in that language, or English."""
        said = {}
        for code, edition in self.editions.items():
            with in_language(code if code in offered_languages() else SOURCE_LANGUAGE):
                said[code] = say(edition)
        return said

    def row(self, kind: str, name: str, *, label: TextByLanguage, hint: TextByLanguage | None = None,
            constraint_message: TextByLanguage | None = None, **cells: str) -> FormCells:  # fmt: skip
        """Return a row with its texts in every language. `${` in a text is escaped, since it would be a reference."""
        said = {"label": label, "hint": hint or {}, "constraint_message": constraint_message or {}}
        row = {"type": kind, "name": name, **cells}
        for column, text in said.items():
            for code, written in zip(self.editions, columns_in_languages(column, tuple(self.editions)), strict=False):
                row[written] = text.get(code, "").replace("${", "$ {")
        return {column: cell for column, cell in row.items() if cell}


def _own_places(question: Question) -> str:
    """Return the filter for countries on offer: those in the list, and the boxes beside them."""
    listed = f"selected(${{{xpath.field_name(question.places)}}}, name)"
    return disjunction([listed, *(f"name = '{step}'" for step in _BOX_WORDS)])


def _field_text(field: str, edition: Edition) -> str:
    return profile_field_label(edition, field)


def _value_text(field: str, value: str, edition: Edition) -> str:
    return profile_value_label(edition, field, value)


def _reason_text(word: str) -> str:
    return _(BLANK_REASONS[word])


def _how_to_answer() -> str:
    """Return the advice for all questions, shown once before the first."""
    return " ".join((_(BEST_ANSWER), _no_details()))


def _no_details() -> str:
    """Return the warning about what must not be entered into a form."""
    return _("Words and numbers only. Never add pictures or details of children or of incidents.")
