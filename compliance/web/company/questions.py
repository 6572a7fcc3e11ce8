"""Questions as the page shows them: what never changes is worked out once, what was answered is laid over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from flask import get_template_attribute
from markupsafe import Markup

from compliance.languages.formats import country_name, day, listed, listed_apart, moment, percent
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import language
from compliance.languages.words import field_words, option_words
from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT, NOT_KNOWN
from compliance.questionnaire.edition import Edition, Question
from compliance.questionnaire.facts import Facts
from compliance.questionnaire.routing import NO
from compliance.store import Conflict, Evidenced, Kept, Quotation
from compliance.web.company.blueprint import Opened
from compliance.web.database import now
from compliance.web.editions import Asked
from compliance.web.gates import Names, counts_only_if
from compliance.web.question_forms import NOT_KNOWN_TEXT, Sent
from compliance.web.shapes import Shape, provision_shapes, region_shapes
from compliance.web.text import of_edition

#: A hint up to so many characters stands in the open; a longer one is behind "What counts here".
SHORT_HINT = 140
#: The list of documents already quoted, on every page of questions.
DOCUMENTS = "documents"
_BLANK = Kept("", "", "", 0, "", None)
_CHOOSING = ("one", "many", "countries")


@dataclass(frozen=True, slots=True)
class Look:
    """All that decides how a question looks which holds nobody's own words: that many companies see alike."""

    number: str
    chosen: tuple[str, ...]
    word: str  # of a blank
    gate: str
    gate_open: bool
    leads: bool  # the first of its requirement: the law and the critical note stand with it
    law_open: bool
    facts: Facts | None  # by which it is judged whether the law beside it binds the company; None: no law beside it
    carried: bool  # its answer came from the quick check, and nobody has given another since


@dataclass(frozen=True, slots=True)
class Mending:
    """What was sent about a question and could not be kept as it is."""

    sent: Sent
    conflict: Conflict | None


def draw(opened: Opened, question: Question, look: Look, mending: Mending | None) -> Markup:
    """A question with its answer: as it is kept, or as it was sent if that could not be kept."""
    kept = opened.kept.get(question.id, _BLANK)
    if mending is None and not kept.reason and not kept.evidence and question.kind in ("one", "many"):
        return _drawn_alike(opened.asked, question.id, look, language())
    shape = _fixed(opened.asked, question.id, language()) | _looks(opened.asked, question.id, look)
    shape |= _own_words(opened, question, kept, mending)
    return _macro(shape, look.law_open)


def draw_answered(opened: Opened, question: Question, look: Look) -> Markup:
    """A question with its answer as text, where nothing can be changed any more."""
    kept = opened.kept.get(question.id, _BLANK)
    shape = _fixed(opened.asked, question.id, language()) | _looks(opened.asked, question.id, look)
    shape |= _own_words(opened, question, kept, None)
    shape["answer"] = answer_words(opened.edition, question.id, kept.text, word=kept.word)
    macro = get_template_attribute("parts/question.html", "answered")
    return Markup(macro(shape, look.law_open))  # noqa: S704  # escaped by the template


def look_of(opened: Opened, question: Question, names: Names, *, leads: bool = True, law_open: bool = False) -> Look:
    """How a question looks on a page that calls its questions by these names."""
    kept, gate = opened.kept.get(question.id), question.counts_when
    return Look(
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
def _drawn_alike(asked: Asked, question_id: str, look: Look, spoken: str) -> Markup:
    text = "|".join(look.chosen)
    words = {
        "text": "",
        "unknown": look.word == NOT_KNOWN,
        "not_applicable": text == NOT_APPLICABLE_TEXT,
        "chosen": look.chosen,
    }
    blank: Shape = {"reason": "", "errors": {}, "evidence": (), "draft": {}, "conflict": None}
    return _macro(_fixed(asked, question_id, spoken) | _looks(asked, question_id, look) | words | blank, look.law_open)


def _macro(shape: Shape, law_open: bool) -> Markup:
    macro = get_template_attribute("parts/question.html", "question")
    return Markup(macro(shape, region_shapes(), DOCUMENTS, law_open))  # noqa: S704  # escaped by the template


def _looks(asked: Asked, question_id: str, look: Look) -> Shape:
    requirement = asked.edition.requirement_of(question_id) if look.leads else None
    law = provision_shapes(asked.edition, requirement.law, look.facts) if requirement else []
    said_elsewhere = {"provisions": law} if look.leads else {"provisions": law, "critical_note": ""}
    shown = {"number": look.number, "gate": look.gate, "gate_open": look.gate_open, "carried": look.carried}
    return shown | said_elsewhere


def _own_words(opened: Opened, question: Question, kept: Kept, mending: Mending | None) -> Shape:
    sent, conflict = (mending.sent, mending.conflict) if mending else (None, None)
    said = kept if sent is None else sent
    text, reason, word = said.text, said.reason, said.word
    chosen = text.split("|") if text else []
    return {
        "chosen": chosen if question.kind in _CHOOSING else [],
        "text": "" if text == NOT_APPLICABLE_TEXT else text,
        "unknown": word == NOT_KNOWN or NOT_KNOWN_TEXT in chosen,
        "not_applicable": NOT_APPLICABLE_TEXT in chosen,
        "reason": reason,
        "errors": sent.errors if sent else {},
        "evidence": [evidence_shape(piece) for piece in kept.evidence],
        "draft": sent.draft if sent and _mends_evidence(sent) else {},
        "conflict": conflict_shape(opened.edition, conflict) if conflict else None,
    }


def names_of(questions: Sequence[Question]) -> dict[str, str]:
    """How a page names its questions."""
    return {question.id: _("question %(number)s", number=number) for number, question in enumerate(questions, 1)}


def evidence_shape(piece: Evidenced) -> Shape:
    """A quotation or a link, its dates in words."""
    rests_on = piece.rests_on
    if isinstance(rests_on, Quotation):
        return {
            "kind": "quotation",
            "id": piece.id,
            "passage": rests_on.passage,
            "document": rests_on.document,
            "page": rests_on.page,
            "dated": day(rests_on.dated) if rests_on.dated else "",
        }
    opened = day(rests_on.accessed) if rests_on.accessed else ""
    return {"kind": "link", "id": piece.id, "link": rests_on.url, "opened": opened}


def conflict_shape(edition: Edition, conflict: Conflict) -> Shape:
    """Two answers to choose from, in words."""
    kept, wanted = conflict.kept, conflict.wanted
    who, when = kept.by or _("Somebody"), moment(kept.at, now().date()) if kept.at else ""
    return {
        "sentence": _(
            "%(who)s saved this answer at %(time)s while you were writing. Both are kept: choose one.",
            who=who,
            time=when,
        ),
        "theirs": answer_words(edition, kept.question or wanted.question, kept.text, kept.reason, kept.word),
        "yours": answer_words(edition, wanted.question, wanted.text, wanted.reason, wanted.word),
    }


def answer_words(edition: Edition, question_id: str, text: str, reason: str = "", word: str = "") -> str:
    """An answer as one reads it: texts of the options, not their ids."""
    if not text:
        return _("I don’t know yet") if word == NOT_KNOWN else _("No answer")
    if text == NOT_APPLICABLE_TEXT:
        return _("Does not apply: %(reason)s", reason=reason) if reason else _("Does not apply")
    question = edition.questions.get(question_id)
    if question is None:
        return text
    if question.kind == "countries":
        return listed(country_name(code) for code in text.split("|"))
    if question.kind not in ("one", "many"):
        return f"{text} {question.unit}".strip()
    return listed_apart(option_words(question, part) for part in text.split("|") if question.option(part)) or text


def question_words(edition: Edition, question_id: str) -> str:
    """What a question, or a profile field, asks."""
    question = edition.questions.get(question_id)
    return question.ask if question else field_words(question_id.removeprefix("profile."))


def documents_quoted(kept: Mapping[str, Kept]) -> list[str]:
    """Titles of the documents quoted so far, to offer while typing."""
    pieces = (piece.rests_on for k in kept.values() for piece in k.evidence)
    return sorted({rests_on.document for rests_on in pieces if isinstance(rests_on, Quotation)})


def _mends_evidence(sent: Sent) -> bool:
    return bool(set(sent.errors) - {"value", "reason"})


@lru_cache(maxsize=4096)
def _fixed(asked: Asked, question_id: str, _language: str) -> Shape:
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
