"""View models of questions, answers and evidence.

What is the same for every company is rendered once and cached; what somebody wrote is laid over it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from flask import get_template_attribute
from markupsafe import Markup

from compliance.languages.formats import date_and_time, long_date, percent
from compliance.languages.interface_messages import current_language
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.answer_wording import QuestionNames, counts_only_if, saved_answer_words
from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT, NOT_KNOWN_YET
from compliance.questionnaire.edition import Edition, Question
from compliance.questionnaire.law import CompanyFacts
from compliance.questionnaire.routing import NO
from compliance.store import EditConflict, EvidenceItem, Quotation, SavedAnswer
from compliance.web.answer_forms import ANSWER_FIELDS, NOT_KNOWN_TEXT, PostedAnswer
from compliance.web.assessment_context import AssessmentContext
from compliance.web.database import now
from compliance.web.edition_registry import ServedEdition
from compliance.web.page_text import of_edition
from compliance.web.presenters import ViewModel
from compliance.web.presenters.country_needs import region_views
from compliance.web.presenters.provisions import provision_views

#: A hint up to so many characters stands in the open; a longer one is behind "What counts here".
SHORT_HINT = 140
#: The list of documents already quoted, on every page of questions.
DOCUMENTS = "documents"
_BLANK = SavedAnswer("", "", "", 0, "", None)


@dataclass(frozen=True, slots=True)
class QuestionRendering:
    """All that decides how a question looks which holds nobody's own words: that many companies see alike."""

    number: str
    chosen: tuple[str, ...]
    word: str  # of a blank
    gate: str
    gate_open: bool
    leads: bool  # the first of its requirement: the law and the critical note stand with it
    law_open: bool
    facts: (
        CompanyFacts | None
    )  # by which it is judged whether the law beside it binds the company; None: no law beside it
    carried: bool  # its answer came from the quick check, and nobody has given another since


@dataclass(frozen=True, slots=True)
class UnsavedAnswer:
    """What was sent about a question and could not be kept as it is."""

    posted: PostedAnswer
    conflict: EditConflict | None


def render_question(
    opened: AssessmentContext, question: Question, look: QuestionRendering, mending: UnsavedAnswer | None
) -> Markup:
    """A question with its answer: as it is kept, or as it was sent if that could not be kept."""
    kept = opened.kept.get(question.id, _BLANK)
    if mending is None and not kept.reason and not kept.evidence and question.kind in ("one", "many"):
        return _rendered_without_own_words(opened.asked, question.id, look, current_language())
    shape = _question_view(opened.asked, question.id, current_language()) | _rendering_view(
        opened.asked, question.id, look
    )
    shape |= _answer_view(opened, question, kept, mending)
    return _macro(shape, look.law_open)


def render_answered_question(opened: AssessmentContext, question: Question, look: QuestionRendering) -> Markup:
    """A question with its answer as text, where nothing can be changed any more."""
    kept = opened.kept.get(question.id, _BLANK)
    shape = _question_view(opened.asked, question.id, current_language()) | _rendering_view(
        opened.asked, question.id, look
    )
    shape |= _answer_view(opened, question, kept, None)
    shape["answer"] = saved_answer_words(opened.edition, question.id, kept.text, word=kept.word)
    macro = get_template_attribute("parts/question.html", "answered")
    return Markup(macro(shape, look.law_open))  # noqa: S704  # escaped by the template


def question_rendering(
    opened: AssessmentContext, question: Question, names: QuestionNames, *, leads: bool = True, law_open: bool = False
) -> QuestionRendering:
    """How a question looks on a page that calls its questions by these names."""
    kept, gate = opened.kept.get(question.id), question.counts_when
    return QuestionRendering(
        number=str([*names].index(question.id) + 1) if question.id in names else "",
        chosen=tuple(kept.text.split("|")) if kept and kept.text else (),
        word=kept.word if kept else "",
        gate=counts_only_if(opened.edition, gate, names) if gate is not None else "",
        gate_open=opened.routes[question.id].counts != NO,
        leads=leads,
        law_open=law_open,
        facts=opened.facts if leads else None,
        carried=bool(kept and kept.carried_from),
    )


@lru_cache(maxsize=2048)
def _rendered_without_own_words(asked: ServedEdition, question_id: str, look: QuestionRendering, spoken: str) -> Markup:
    text = "|".join(look.chosen)
    words = {
        "text": "",
        "unknown": look.word == NOT_KNOWN_YET,
        "not_applicable": text == NOT_APPLICABLE_TEXT,
        "chosen": look.chosen,
    }
    blank: ViewModel = {"reason": "", "errors": {}, "evidence": (), "draft": {}, "conflict": None}
    return _macro(
        _question_view(asked, question_id, spoken) | _rendering_view(asked, question_id, look) | words | blank,
        look.law_open,
    )


def _macro(shape: ViewModel, law_open: bool) -> Markup:
    macro = get_template_attribute("parts/question.html", "question")
    return Markup(macro(shape, region_views(), DOCUMENTS, law_open))  # noqa: S704  # escaped by the template


def _rendering_view(asked: ServedEdition, question_id: str, look: QuestionRendering) -> ViewModel:
    requirement = asked.edition.requirement_of(question_id) if look.leads else None
    law = provision_views(asked.edition, requirement.law, look.facts) if requirement else []
    said_elsewhere = {"provisions": law} if look.leads else {"provisions": law, "critical_note": ""}
    shown = {"number": look.number, "gate": look.gate, "gate_open": look.gate_open, "carried": look.carried}
    return shown | said_elsewhere


def _answer_view(
    opened: AssessmentContext, question: Question, kept: SavedAnswer, mending: UnsavedAnswer | None
) -> ViewModel:
    posted, conflict = (mending.posted, mending.conflict) if mending else (None, None)
    if posted is None:
        text, reason, word = kept.text, kept.reason, kept.word
    else:
        text, reason, word = posted.text, posted.reason, posted.blank_reason
    chosen = text.split("|") if text else []
    return {
        "chosen": chosen if ANSWER_FIELDS[question.kind].is_ticked else [],
        "text": "" if text == NOT_APPLICABLE_TEXT else text,
        "unknown": word == NOT_KNOWN_YET or NOT_KNOWN_TEXT in chosen,
        "not_applicable": NOT_APPLICABLE_TEXT in chosen,
        "reason": reason,
        "errors": posted.messages if posted else {},
        "evidence": [evidence_view(piece) for piece in kept.evidence],
        "draft": posted.evidence_draft if posted and _has_evidence_errors(posted) else {},
        "conflict": conflict_view(opened.edition, conflict) if conflict else None,
    }


def names_of(questions: Sequence[Question]) -> dict[str, str]:
    """How a page names its questions."""
    return {question.id: _("question %(number)s", number=number) for number, question in enumerate(questions, 1)}


def evidence_view(piece: EvidenceItem) -> ViewModel:
    """A quotation or a link, its dates in words."""
    rests_on = piece.rests_on
    if isinstance(rests_on, Quotation):
        return {
            "kind": "quotation",
            "id": piece.id,
            "passage": rests_on.passage,
            "document": rests_on.document,
            "page": rests_on.page,
            "dated": long_date(rests_on.dated) if rests_on.dated else "",
        }
    opened = long_date(rests_on.accessed) if rests_on.accessed else ""
    return {"kind": "link", "id": piece.id, "link": rests_on.url, "opened": opened}


def conflict_view(edition: Edition, conflict: EditConflict) -> ViewModel:
    """Two answers to choose from, in words."""
    kept, wanted = conflict.kept, conflict.wanted
    who, when = kept.by or _("Somebody"), date_and_time(kept.at, now().date()) if kept.at else ""
    return {
        "sentence": _(
            "%(who)s saved this answer at %(time)s while you were writing. Both are kept: choose one.",
            who=who,
            time=when,
        ),
        "theirs": saved_answer_words(edition, kept.question or wanted.question, kept.text, kept.reason, kept.word),
        "yours": saved_answer_words(edition, wanted.question, wanted.text, wanted.reason, wanted.word),
    }


def documents_quoted(kept: Mapping[str, SavedAnswer]) -> list[str]:
    """Titles of the documents quoted so far, to offer while typing."""
    pieces = (piece.rests_on for k in kept.values() for piece in k.evidence)
    return sorted({rests_on.document for rests_on in pieces if isinstance(rests_on, Quotation)})


def _has_evidence_errors(posted: PostedAnswer) -> bool:
    return bool(set(posted.errors) - {"value", "reason"})


@lru_cache(maxsize=4096)
def _question_view(asked: ServedEdition, question_id: str, _language: str) -> ViewModel:
    edition = asked.edition
    question = edition.questions[question_id]
    short = len(question.help) <= SHORT_HINT
    words = partial(of_edition, edition=edition)
    return {
        "id": question.id,
        "kind": question.kind,
        "ask": words(question.ask),
        "aspect": question.lenses.get("aspect", ""),
        "help": words(question.help) if short else "",
        "counts": "" if short else words(question.help),
        "critical_note": _critical_note(edition, question) if question.scored else "",
        "options": [{"id": o.id, "text": words(o.text or o.id), "points": o.points} for o in question.options],
        "scored": question.scored,
        "full": question.full,
        "unit": question.unit,
        "range": question.range,
        "log": question.log,
        "na": question.na,
        "wants_evidence": question.evidence == "expected" and question.scored,
    }


def _critical_note(edition: Edition, question: Question) -> str:
    requirement = edition.requirement_of(question.id)
    if requirement is None or requirement.critical is None:
        return ""
    cap = next(band for band in edition.bands if band.id == edition.critical_cap)
    return _(
        "Critical. While “%(requirement)s” stands below %(share)s, your band stops at %(band)s.",
        requirement=requirement.title or requirement.id,
        share=percent(requirement.critical),
        band=cap.title or cap.id,
    )


def quick_question_view(
    edition: Edition, question: Question, chosen: str = "", *, not_known: bool = False
) -> ViewModel:
    """A question as `parts/question.html` reads it; `not_known`: "I don't know yet" is chosen."""
    requirement = edition.requirement_of(question.id)
    return {
        "id": question.id,
        "kind": question.kind,
        "ask": question.ask,
        "help": question.help,
        "expects": requirement.expects if requirement else "",
        "options": [{"id": o.id, "text": o.text, "points": o.points} for o in question.options],
        "scored": question.scored,
        "full": question.full,
        "na": question.na,
        "chosen": [chosen] if chosen else [],
        "unknown": not_known,
        "not_applicable": False,
        "errors": {},
        "provisions": provision_views(edition, requirement.law) if requirement else [],
    }
