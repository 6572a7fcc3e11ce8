"""View models of questions, answers and evidence.

A question is cached as HTML for all who see the same. With errors or a conflict, it is drawn each time.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import TypedDict

from flask import get_template_attribute
from markupsafe import Markup

from compliance.languages.formats import nested_quotes
from compliance.languages.interface_messages import current_language
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import BLANK_REASONS, aspect_phrase, lens_value_label
from compliance.narrative.answer_wording import QuestionNames, counts_only_if, saved_answer_words
from compliance.narrative.score_wording import question_weight_words, standard_note
from compliance.questionnaire.answer_mapping import unsettled_sources
from compliance.questionnaire.answer_parser import offered_words
from compliance.questionnaire.answers import ELSEWHERE, NOT_APPLICABLE_TEXT, NOT_KNOWN_YET, blank_text
from compliance.questionnaire.edition import ASPECT_LENS, Edition, Question
from compliance.questionnaire.law import CompanyFacts
from compliance.questionnaire.portions import PORTION_LENS, portion_of, portions_by_choice
from compliance.questionnaire.routing import NO
from compliance.questionnaire.vocabulary import QuestionKind
from compliance.store import EditConflict, SavedAnswer
from compliance.web.answer_fields import ANSWER_FIELDS
from compliance.web.answer_forms import ANSWER_PARTS, NEEDS_REASON, PostedAnswer
from compliance.web.assessment_context import AssessmentContext
from compliance.web.caches import cached_fragment
from compliance.web.edition_registry import ServedEdition, answer_mapping_between, is_quick_check, quick_edition
from compliance.web.page_text import of_edition
from compliance.web.presenters.conflicts import ConflictView, conflict_view
from compliance.web.presenters.country_needs import CountryChoiceView, all_countries, country_choice_view
from compliance.web.presenters.evidence import EarlierAnswer, EvidenceView, evidence_view
from compliance.web.presenters.places import ColumnView, PlacesView, places_view
from compliance.web.presenters.provisions import ProvisionView, provision_views

#: Most words of a help text that is always shown, as in the style guide. Longer ones are behind "What counts here".
SHORT_HELP = 60
_BLANK = SavedAnswer("", "", "", 0, "", None)


@dataclass(frozen=True, slots=True)
class QuestionRendering:
    """Everything that affects how a question looks except a company's own words. Many companies share one."""

    number: str
    chosen: tuple[str, ...]
    word: str  # of a blank
    gate: str
    gate_open: bool
    leads: bool  # first of its requirement: shown with the law and the critical note
    law_open: bool
    facts: CompanyFacts | None  # to say whether law binds the company; None: no law is shown
    carried: str  # what the answer was carried over from, "quick" or "other"; "": it was given here
    quick: tuple[str, ...] = ()  # sentences on answers of the quick check that are about it but do not settle it
    earlier: EarlierAnswer | None = None  # offered while the question is blank
    column: ColumnView | None = None  # None: it is no column of a table


@dataclass(frozen=True, slots=True)
class _OwnWords:
    """A company's own answer with its evidence, and the company's places and countries."""

    text: str
    word: str  # of a blank
    reason: str
    title: str
    whom: str
    evidence: tuple[EvidenceView, ...]
    places: PlacesView | None
    countries: CountryChoiceView | None


@dataclass(frozen=True, slots=True)
class UnsavedAnswer:
    """A posted answer with errors or a conflict."""

    posted: PostedAnswer
    conflict: EditConflict | None


@dataclass(frozen=True, slots=True)
class OptionView:
    """An option of a question, with its points."""

    id: str
    text: str
    points: float
    flag: str = ""  # the finding that choosing it raises


@dataclass(frozen=True, slots=True)
class OpenReasonView:
    """A reason for leaving a question blank, as a choice."""

    value: str  # as the form sends it
    label: str
    asks_title: bool
    asks_whom: bool = False
    checked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """A question for `parts/question.html`: what all companies see, its rendering, and the answer."""

    id: str
    kind: QuestionKind
    ask: str
    options: tuple[OptionView, ...]
    scored: bool
    full: float
    na: str
    help: str = ""
    aspect: str = ""
    counts: str = ""  # a help text that is too long to be always shown
    expects: str = ""  # of the requirement, if the question is alone on its page
    critical_note: str = ""
    unit: str = ""
    range: tuple[float, float] | None = None
    log: bool = False
    wants_evidence: bool = False
    quick: Sequence[str] = ()  # sentences on answers of the quick check
    weight: str = ""  # a sentence on its weight
    by_choice: str = ""  # the portion, if it is only asked because the company chose it
    # Its rendering.
    number: str = ""
    gate: str = ""
    gate_open: bool = True
    carried: str = ""
    earlier: EarlierAnswer | None = None
    column: ColumnView | None = None
    provisions: Sequence[ProvisionView] = ()
    # The answer.
    chosen: Sequence[str] = ()
    text: str = ""
    answer: str = ""  # in words, if nothing can be changed any more
    reasons: Sequence[OpenReasonView] = ()  # for leaving it blank
    open: bool = False  # whether it is left blank for one of these reasons
    title: str = ""  # of another document that states it
    ask_whom: str = ""  # whom to ask if it is not known yet
    not_applicable: bool = False
    reason: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    evidence: Sequence[EvidenceView] = ()
    draft: Mapping[str, str] = field(default_factory=dict)
    conflict: ConflictView | None = None
    places: PlacesView | None = None  # only for questions about places
    countries: CountryChoiceView | None = None  # only for questions about countries


def render_question(
    opened: AssessmentContext, question: Question, look: QuestionRendering, mending: UnsavedAnswer | None
) -> Markup:
    """Return a question with its saved answer or, if `mending`, the posted one, as HTML."""
    asked, own = opened.served_edition, _own_words(opened, question, mending)

    def draw() -> str:
        macro = get_template_attribute("parts/question.html", "column" if look.column else "question")
        view = _with_answer(_rendered_view(asked, question.id, look), opened.edition, own, mending)
        return str(macro(view, all_countries(), "documents", look.law_open))

    if mending or (look.earlier and look.earlier.evidence):  # not everybody sees the same
        return Markup(draw())  # noqa: S704  # escaped by the template
    return cached_fragment(draw, "question", asked, question.id, look, own)


def render_answered_question(opened: AssessmentContext, question: Question, look: QuestionRendering) -> Markup:
    """Return a question with its answer as text, if nothing can be changed, as HTML."""
    asked, own = opened.served_edition, _own_words(opened, question)

    def draw() -> str:
        macro = get_template_attribute("parts/question.html", "answered")
        view = _with_answer(_rendered_view(asked, question.id, look), opened.edition, own, None)
        words = saved_answer_words(opened.edition, question.id, own.text, word=own.word, title=own.title)
        return str(macro(replace(view, answer=words), look.law_open))

    return cached_fragment(draw, "answered", asked, question.id, look, own)


def question_rendering(
    opened: AssessmentContext, question: Question, names: QuestionNames, *, leads: bool = True, law_open: bool = False
) -> QuestionRendering:
    """Return the rendering of a question on a page where questions have these names."""
    kept, gate = opened.saved_answers.get(question.id), question.counts_when
    return QuestionRendering(
        number=str([*names].index(question.id) + 1) if question.id in names else "",
        chosen=tuple(kept.text.split("|")) if kept and kept.text else (),
        word=kept.word if kept else "",
        gate=counts_only_if(opened.edition, gate, names) if gate is not None else "",
        gate_open=opened.routes[question.id].counts != NO,
        leads=leads,
        law_open=law_open,
        facts=opened.facts if leads else None,
        carried=("quick" if is_quick_check(kept.carried_from) else "other") if kept and kept.carried_from else "",
        quick=quick_sentences(opened).get(question.id, ()),
    )


def quick_sentences(opened: AssessmentContext) -> Mapping[str, tuple[str, ...]]:
    """Return sentences on answers of the quick check that are about a question but do not settle it, by question id."""
    kept = opened.assessment.quick_answers
    if not kept or (quick := quick_edition()) is None:
        return {}
    return _quick_sentences(quick, opened.served_edition, kept, current_language())


@lru_cache(maxsize=256)
def _quick_sentences(
    quick: ServedEdition, asked: ServedEdition, kept: str, _language: str
) -> Mapping[str, tuple[str, ...]]:
    answers: dict[str, str] = json.loads(kept)
    known = {i: option for i, option in answers.items() if i in quick.edition.questions}
    rules = answer_mapping_between(quick.edition, asked.complete)
    about = unsettled_sources(quick.edition, asked.complete, rules, known)
    return {i: tuple(_quick_sentence(quick.edition, source, known[source]) for source in of) for i, of in about.items()}


def _quick_sentence(quick: Edition, question: str, option: str) -> str:
    return _(
        "In the quick check you were asked “%(question)s” and answered “%(answer)s”.",
        question=nested_quotes(quick.questions[question].ask),
        answer=nested_quotes(saved_answer_words(quick, question, option)),
    )


def _rendered_view(asked: ServedEdition, question_id: str, look: QuestionRendering) -> QuestionView:
    """Return a question in its rendering, without an answer."""
    view = _question_view(asked, question_id, current_language())
    requirement = asked.edition.requirement_of(question_id) if look.leads else None
    return replace(
        view,
        number=look.number,
        gate=look.gate,
        gate_open=look.gate_open,
        carried=look.carried,
        quick=look.quick,
        earlier=look.earlier,
        column=look.column,
        provisions=provision_views(asked.edition, requirement.law, look.facts) if requirement else (),
        critical_note=view.critical_note if look.leads else "",  # otherwise shown with the requirement's first question
    )


def _own_words(opened: AssessmentContext, question: Question, mending: UnsavedAnswer | None = None) -> _OwnWords:
    """Return the saved answer of a question or, if `mending`, the posted one."""
    kept = opened.saved_answers.get(question.id, _BLANK)
    posted = mending.posted if mending else None
    given, answers = posted or kept, opened.sheet.answers
    chosen = given.text.split("|") if given.text else []
    return _OwnWords(
        given.text,
        given.word,
        given.reason,
        given.title,
        given.ask_whom,
        tuple(evidence_view(piece) for piece in kept.evidence),
        places_view(opened.edition, opened.sheet, question, chosen, opened.address_of),
        country_choice_view(opened.edition, answers, question, chosen, posted.names if posted else ""),
    )


def _with_answer(view: QuestionView, edition: Edition, own: _OwnWords, mending: UnsavedAnswer | None) -> QuestionView:
    """Return a question with its answer and, if `mending`, its errors and conflict."""
    posted, conflict = (mending.posted, mending.conflict) if mending else (None, None)
    text, chosen = own.text, own.text.split("|") if own.text else []
    is_refused = posted is not None and "value" in posted.errors
    return replace(
        view,
        chosen=chosen if ANSWER_FIELDS[view.kind].is_ticked else [],
        text=_typed_part(view, chosen) if is_refused or text == NOT_APPLICABLE_TEXT else text,
        **_left_open(view, [blank_text(own.word), *chosen]),
        title=own.title,
        ask_whom=own.whom,
        reason=own.reason,
        **_applies(view, chosen, own.reason, posted),
        evidence=own.evidence,
        draft=posted.evidence_draft if posted and set(posted.errors) - {*ANSWER_PARTS, "comment"} else {},
        conflict=conflict_view(edition, conflict) if conflict else None,
        places=own.places,
        countries=own.countries,
    )


def _typed_part(view: QuestionView, parts: Sequence[str]) -> str:
    """Return the typed parts of an answer, without ticked choices."""
    choices = {NOT_APPLICABLE_TEXT, *(reason.value for reason in view.reasons)}
    return "|".join(part for part in parts if part not in choices)


@lru_cache(maxsize=4096)
def _question_view(asked: ServedEdition, question_id: str, _language: str) -> QuestionView:
    edition = asked.edition
    question = edition.questions[question_id]
    short = len(question.help.split()) <= SHORT_HELP
    words = partial(of_edition, edition=edition)
    return QuestionView(
        id=question.id,
        kind=question.kind,
        ask=words(question.ask),
        aspect=words(aspect_phrase(edition, aspect)) if (aspect := question.lenses.get(ASPECT_LENS, "")) else "",
        help=words(question.help) if short else "",
        counts="" if short else words(question.help),
        critical_note=_critical_note(asked.compiled.edition, question) if question.scored else "",
        options=tuple(
            OptionView(o.id, words(o.text or o.id), o.points, words(o.flag) if o.flag else "") for o in question.options
        ),
        scored=question.scored,
        full=question.full,
        unit=question.unit,
        range=question.range,
        log=question.log,
        na=question.na,
        reasons=_open_reasons(question),
        wants_evidence=question.evidence == "expected" and question.scored,
        weight=question_weight_words(asked.compiled, question),
        by_choice=_portion_chosen(asked, question),
    )


def _portion_chosen(asked: ServedEdition, question: Question) -> str:
    """Return the title of a question's portion if it is optional; "" for questions of the main part."""
    portion, offered = portion_of(question), portions_by_choice(asked.complete)
    return lens_value_label(asked.complete, PORTION_LENS, portion) if portion in offered else ""


def _open_reasons(question: Question) -> tuple[OpenReasonView, ...]:
    """Return the reasons that can be given for leaving a question blank."""
    return tuple(
        OpenReasonView(blank_text(word), _(BLANK_REASONS[word]), word == ELSEWHERE, word == NOT_KNOWN_YET)
        for word in offered_words(question)
    )


def _left_open(view: QuestionView, said: Sequence[str]) -> "_OpenChoices":
    """Return the reasons for leaving a question blank, checked if given, and whether any is."""
    reasons = tuple(replace(reason, checked=reason.value in said) for reason in view.reasons)
    return {"reasons": reasons, "open": any(reason.checked for reason in reasons)}


def _applies(
    view: QuestionView, chosen: Sequence[str], reason: str = "", posted: PostedAnswer | None = None
) -> "_Applies":
    """Return whether a question does not apply, and its errors. A missing reason is one even if nothing was posted."""
    not_applicable = NOT_APPLICABLE_TEXT in chosen
    if posted is not None:
        return {"not_applicable": not_applicable, "errors": posted.messages}
    lacks_reason = not_applicable and not reason and view.na == "reason"
    return {"not_applicable": not_applicable, "errors": {"reason": _(NEEDS_REASON)} if lacks_reason else {}}


class _Applies(TypedDict):
    not_applicable: bool
    errors: Mapping[str, str]


class _OpenChoices(TypedDict):
    reasons: Sequence[OpenReasonView]
    open: bool


def _critical_note(edition: Edition, question: Question) -> str:
    """Return sentences on the minimum standards that the question, or a node above it, belongs to."""
    around, part = {question.id}, edition.parents.get(question.id)
    while part is not None:
        around.add(part.id)
        part = edition.parents.get(part.id)
    standards = (standard for standard in edition.minimum_standards if standard.part.id in around)
    return " ".join(standard_note(edition, standard) for standard in standards)


def quick_question_view(
    edition: Edition, question: Question, chosen: str = "", *, not_known: bool = False, error: str = ""
) -> QuestionView:
    """Return a question that is alone on its page. `not_known`: whether "Not known yet" is chosen."""
    not_known_yet = next(reason for reason in _open_reasons(question) if reason.value == blank_text(NOT_KNOWN_YET))
    requirement = edition.requirement_of(question.id)
    return QuestionView(
        id=question.id,
        kind=question.kind,
        ask=question.ask,
        help=question.help,
        expects=requirement.expects if requirement else "",
        options=tuple(OptionView(o.id, o.text, o.points, o.flag) for o in question.options),
        scored=question.scored,
        full=question.full,
        na=question.na,
        chosen=[chosen] if chosen else [],
        reasons=(replace(not_known_yet, asks_whom=False, checked=not_known),),
        open=not_known,
        errors={"value": error} if error else {},
        provisions=provision_views(edition, requirement.law) if requirement else (),
    )
