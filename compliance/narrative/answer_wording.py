"""Answers in words, how they earn their points, and conditions on answers in words."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from compliance.languages import formats
from compliance.languages.formats import (
    and_list,
    comma_list,
    country_name,
    nested_quotes,
    or_list,
    semicolon_list,
)
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import (
    BLANK_REASONS,
    IN_NONE,
    IS_DATED,
    IS_PLANNED,
    option_label,
    profile_field_label,
    profile_value_label,
)
from compliance.questionnaire.answers import (
    NOT_APPLICABLE_TEXT,
    Answer,
    AnswerValue,
    NotApplicable,
)
from compliance.questionnaire.conditions_and_law import AllOf, Condition, Not, Predicate
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition, Node, Option, Question
from compliance.questionnaire.places import DATED_BOX, NO_PLACE, PLANNED_BOX


def quoted_answer(question: Question, answer: Answer | None) -> str:
    """Return an answer as a quotation, or a number with its unit. There are words for a blank and for N/A."""
    if answer is None:
        return _("No answer")
    if isinstance(answer, NotApplicable):
        return _("Does not apply")
    if isinstance(answer, float):
        number = formats.full_decimal(answer)
        return _("%(number)s %(unit)s", number=number, unit=question.unit) if question.unit else number
    if question.kind == "countries":
        return formats.comma_list(formats.country_name(code) for code in answer)
    if question.places and isinstance(answer, tuple):
        return _place_by_place(answer)
    if not question.options:
        return _("“%(value)s”", value=answer)
    return formats.comma_list(_("“%(value)s”", value=_option(question, chosen)) for chosen in _chosen(answer))


def points_formula(question: Question, answer: AnswerValue) -> str:
    """Return how an answer earns its share: `1 + 1 + 3, at most 4, ÷ 4`, `(50 − 0) ÷ (100 − 0)`."""
    if question.range is not None:
        assert isinstance(answer, float)
        return _range_formula(question, answer)
    points = [option.points for chosen in _chosen(answer) if (option := question.option(chosen))]
    unit = question.unit_points
    earned = " + ".join(formats.summand(p, unit) for p in points) or "0"
    full = formats.summand(unit, unit)
    if sum(points) > question.full:
        return _("%(points)s, at most %(full)s, ÷ %(full)s", points=earned, full=full)
    return f"({earned}) ÷ {full}" if len(points) > 1 else f"{earned} ÷ {full}"


def _range_formula(question: Question, number: float) -> str:
    assert question.range is not None
    start, end = (formats.full_decimal(bound) for bound in question.range)
    if question.log:
        parts = {"number": formats.full_decimal(number), "start": start, "end": end}
        said = _("(ln %(number)s − ln %(start)s) ÷ (ln %(end)s − ln %(start)s)", **parts)
    else:
        said = f"({formats.full_decimal(number)} − {start}) ÷ ({end} − {start})"
    low, high = sorted(question.range)
    return _("%(sum)s, limited to between 0 and 1", sum=said) if question.clip and not low <= number <= high else said


def _chosen(answer: AnswerValue) -> tuple[str, ...]:
    return answer if isinstance(answer, tuple) else (str(answer),)


def _option(question: Question, chosen: str) -> str:
    option = question.option(chosen)
    return formats.nested_quotes(option.text or option.id) if option else chosen


def condition_by_ids(condition: Condition) -> str:
    """Return a condition as a phrase with ids: `r17.code is ban, check or full`."""
    if isinstance(condition, Predicate):
        return _(
            "%(what)s is %(values)s", what=condition.id.removeprefix(PROFILE_PREFIX), values=wanted_values(condition)
        )
    if isinstance(condition, Not):
        return _("not: %(condition)s", condition=_bracketed(condition.part))
    parts = map(_bracketed, condition.parts)
    return formats.and_list(parts) if isinstance(condition, AllOf) else formats.or_list(parts)


def wanted_values(term: Predicate) -> str:
    """Return the values that a predicate asks for: `ban, check or full`, `at least 3`."""
    if term.at_least is not None:
        return _("at least %(number)s", number=formats.short_decimal(term.at_least))
    return formats.or_list(term.values)


def _bracketed(condition: Condition) -> str:
    """Return a part of a larger condition, in brackets if it has parts itself."""
    return condition_by_ids(condition) if isinstance(condition, Predicate | Not) else f"({condition_by_ids(condition)})"


#: The names that a page gives to its questions, by id, such as "question 4".
QuestionNames: TypeAlias = Mapping[str, str]


def counts_only_if(edition: Edition, condition: Condition, names: QuestionNames) -> str:
    """Return the heading of a question with a gate."""
    return _("Counts only if %(condition)s", condition=condition_words(edition, condition, names))


def condition_words(edition: Edition, condition: Condition, names: QuestionNames) -> str:
    """Return a condition as part of a sentence, to follow "if"."""
    if isinstance(condition, Predicate):
        return _term(edition, condition, names)
    if isinstance(condition, Not):
        return _("not: %(condition)s", condition=_part_words(edition, condition.part, names))
    parts = [_part_words(edition, part, names) for part in condition.parts]
    return and_list(parts) if isinstance(condition, AllOf) else or_list(parts)


def _part_words(edition: Edition, part: Condition, names: QuestionNames) -> str:
    """Return a part of a larger condition, in brackets if it has parts itself."""
    words = condition_words(edition, part, names)
    return words if isinstance(part, Predicate | Not) else f"({words})"


def _term(edition: Edition, term: Predicate, names: QuestionNames) -> str:
    if term.id.startswith(PROFILE_PREFIX):
        field = term.id.removeprefix(PROFILE_PREFIX)
        what = _("the answer to “%(question)s”", question=profile_field_label(edition, field))
        values = [profile_value_label(edition, field, value) for value in term.values]
        return _term_holds(what, term, values)
    question = edition.questions[term.id]
    named = names.get(term.id)
    what = named or _("the answer to “%(question)s”", question=question.ask)
    others = [o.text for o in question.options if o.id not in term.values]
    is_one = question.options and not question.is_multiple_choice
    if term.values and is_one and 0 < len(others) < len(term.values):
        return _("%(what)s is answered with anything other than %(values)s", what=what, values=_quoted(others))
    if term.at_least is not None and question.options:
        return _(
            "%(what)s earns this many points or more: %(number)s",
            what=what,
            number=formats.short_decimal(term.at_least),
        )
    return _term_holds(what, term, [option_label(question, value) for value in term.values])


def _term_holds(what: str, term: Predicate, values: list[str]) -> str:
    if term.at_least is not None:
        return _("%(what)s is at least %(number)s", what=what, number=formats.short_decimal(term.at_least))
    return _("%(what)s is %(values)s", what=what, values=_quoted(values))


def _quoted(values: list[str]) -> str:
    return or_list(_("“%(words)s”", words=nested_quotes(value)) for value in values)


def blank_words(word: str, title: str = "") -> str:
    """Return the reason why a question was left blank, or "" if none was given."""
    if title:
        return _("Said in another document: %(title)s", title=title)
    return _(BLANK_REASONS[word]) if word in BLANK_REASONS else ""


def saved_answer_words(
    edition: Edition, question_id: str, text: str, reason: str = "", word: str = "", title: str = ""
) -> str:
    """Return an answer or profile value in words: options by text, not id. `word`, `title`: the reason of a blank."""
    if text and question_id.startswith(PROFILE_PREFIX):
        return profile_value_label(edition, question_id.removeprefix(PROFILE_PREFIX), text)
    if not text:
        return blank_words(word, title) or _("No answer")
    if text == NOT_APPLICABLE_TEXT:
        return _("Does not apply: %(reason)s", reason=reason) if reason else _("Does not apply")
    question = edition.questions.get(question_id)
    if question is None:
        return text
    if question.kind == "countries":
        return comma_list(country_name(code) for code in text.split("|"))
    if question.places:
        return _place_by_place(text.split("|"))
    if question.kind not in ("one", "many"):
        return f"{text} {question.unit}".strip()
    chosen = [option_label(question, part) for part in text.split("|") if question.option(part)]
    if all(words.endswith(".") for words in chosen):  # whole sentences need no separator
        return " ".join(chosen) or text
    return semicolon_list([*(words.removesuffix(".") for words in chosen[:-1]), *chosen[-1:]]) or text


def _place_by_place(answer: Iterable[str]) -> str:
    """Return the ticks of an answer about places: `Chile, Cambodia; A date is set for the next check`."""
    said = {NO_PLACE: IN_NONE, PLANNED_BOX: IS_PLANNED, DATED_BOX: IS_DATED}
    parts = tuple(answer)
    places = comma_list(country_name(part) for part in parts if part not in said)
    return semicolon_list([*([places] if places else []), *(_(said[part]) for part in parts if part in said)])


def finding_sentences(flagged: Iterable[Option]) -> list[str]:
    """Return a sentence on the flag of each option: `Finding: A rule punishes a child.`"""
    return [_("Finding: %(sentence)s", sentence=option.flag) for option in flagged]


def question_words(edition: Edition, question_id: str) -> str:
    """Return the text of a question or profile field."""
    question = edition.questions.get(question_id)
    return question.ask if question else profile_field_label(edition, question_id.removeprefix(PROFILE_PREFIX))


def counting_conditions(edition: Edition, theme: Node) -> Mapping[str, str]:
    """Return the gates of a theme in words, by question, without questions that have none."""
    return {q.id: condition_words(edition, q.counts_when, {}) for q in theme.questions() if q.counts_when is not None}


def asked_if(edition: Edition, part: Node | Question) -> str:
    """Return the condition on which a node or question is asked, in words, or "" if it is always asked."""
    return "" if part.asked_when is None else condition_words(edition, part.asked_when, {})
