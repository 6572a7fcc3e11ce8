"""The comparison of two readings: agreement, differences, and decisions on them with reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.formats import comma_list, long_date
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.desk_reading import DeskAnswer, DeskPassage, KindQuestions, Missing
from compliance.store import NotFound
from compliance.store.desk_answers import AgreedReading, agreed_reading, save_decisions
from compliance.store.exceptions import ReadingMovedOn
from compliance.store.reading_hearings import replies_to
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.advocate.answer_form import MISSING_WORDS, desk_question_view, posted_answers
from compliance.web.advocate.blueprint import OpenedReading, bp, open_reading
from compliance.web.answer_forms import version_seen
from compliance.web.database import db, now
from compliance.web.presenters import ErrorLink
from compliance.web.presenters.desk_views import (
    DeskAnswerView,
    answer_view,
    kind_title,
    minutes_words,
)
from compliance.web.presenters.question_views import QuestionView

#: The choices of a decision: the answer of a reader, or another.
_CHOICES = ("first", "second", "other")


@dataclass(frozen=True, slots=True)
class Difference:
    """A question on which two readers differ, or to which the company replied."""

    id: str
    number: int
    ask: str
    first: DeskAnswerView | None
    second: DeskAnswerView | None
    decision: DeskAnswerView | None
    is_like: str  # whose answer the decision is: first, second, other; "": no decision
    version: int
    reason: str  # as saved, or as typed
    chosen: str  # as saved, or as typed
    other: QuestionView  # the form for another answer
    searched: str
    missing: str  # what an incomplete decision lacks
    faults: Mapping[str, str]
    passages_url: str
    differs: bool
    reply: str  # of the company; "": none


@bp.get("/desk/readings/<int:reading_id>/kinds/<kind>/comparison")
@readers("advocate")
def comparison(reading_id: int, kind: str) -> str:
    """Show the two readings compared, once both are finished. Raise NotFound, or NotIndependent."""
    here = _opened(reading_id)
    return _page(here, here.kind(kind), {}, {})


@bp.post("/desk/readings/<int:reading_id>/kinds/<kind>/comparison")
@readers("advocate")
def decide(reading_id: int, kind: str) -> str | BaseResponse:
    """Save the posted decisions, each with its reason. Raise NotFound, or NotIndependent."""
    here = _opened(reading_id)
    asked = here.kind(kind)
    if here.place != "third":
        raise NotFound("somebody else decides")
    typed, faults = _posted(here, asked)
    good = [edit for name, edit in typed.items() if name not in faults]
    try:
        conflicts = save_decisions(db(), reading_id, here.asked, good, by=me().id, at=now())
    except ReadingMovedOn:
        db().rollback()
        flash(_("The reading has moved on, so this can no longer be done."))
        return redirect(url_for("desk.reading", reading_id=reading_id))
    db().commit()
    told = {each.wanted.question: {"choice": _("You have decided this in another tab.")} for each in conflicts}
    if faults or told:
        return _page(here, asked, typed, {**faults, **told})
    flash(_("Saved."))
    return redirect(url_for("desk.comparison", reading_id=reading_id, kind=kind))


def _opened(reading_id: int) -> OpenedReading:
    here = open_reading(reading_id)
    if not here.compares:
        raise NotFound("no such page for this person")
    return here


def _posted(here: OpenedReading, asked: KindQuestions) -> tuple[dict[str, DeskAnswer], dict[str, Mapping[str, str]]]:
    """Return the posted decisions and their errors, by question, without questions that are not decided."""
    form, kind = request.form, asked.kind
    agreed = agreed_reading(db(), here.reading.id, {kind: asked})
    both: Mapping[str, Mapping[str, DeskAnswer]] = {
        place: pages.answers.get(kind, {}) for place, pages in agreed.pages.items()
    }
    typed: dict[str, DeskAnswer] = {}
    faults: dict[str, Mapping[str, str]] = {}
    differing = _to_decide(agreed, kind, _replies(here, kind))
    others = posted_answers(asked, [asked.edition.questions[name] for name in differing], form)
    for name in differing:
        choice, reason = form.get(f"{name}#choice", ""), form.get(f"{name}#reason", "").strip()
        if choice not in _CHOICES:
            if reason:
                faults[name] = {"choice": _("Choose a decision.")}
                typed[name] = DeskAnswer(kind, name, "", note=reason, version=version_seen(form, name))
            continue
        wrong: dict[str, str] = {}
        if choice == "other":
            posted = others.get(name)
            answer = posted.answer if posted else DeskAnswer(kind, name, "")
            wrong = dict(posted.errors) if posted else {}
            if not (answer.value or answer.elsewhere or wrong):
                wrong["value"] = _("Give the other answer.")
        else:
            taken = both[choice].get(name)
            if taken is None:
                raise NotFound(f"the {choice} reader was not asked {name}")
            answer = taken
        if not reason:
            wrong["reason"] = _("Give the reason. It is published with the answer.")
        typed[name] = replace(answer, note=reason, sure=None, version=version_seen(form, name))
        if wrong:
            faults[name] = wrong
    return typed, faults


def _replies(here: OpenedReading, kind: str) -> dict[str, str]:
    """Return the company's replies to points of a kind, by question, during the hearing."""
    heard = replies_to(db(), here.reading.id) if here.reading.state == "hearing" else ()
    return {reply.question: reply.words for reply in heard if reply.kind == kind}


def _to_decide(agreed: AgreedReading, kind: str, replies: Mapping[str, str]) -> list[str]:
    """Return the questions on which the readers differ or to which the company replied, as both may be wrong."""
    found = agreed.kinds[kind]
    return [name for name in found.asked.edition.questions if name in found.differences or name in replies]


def _page(
    here: OpenedReading,
    asked: KindQuestions,
    typed: Mapping[str, DeskAnswer],
    faults: Mapping[str, Mapping[str, str]],
) -> str:
    kind = asked.kind
    agreed = agreed_reading(db(), here.reading.id, here.asked)
    found = agreed.kinds[kind]
    passages = [each for of in agreed.pages.values() for each in of.passages]
    missing: dict[str, Missing] = {each.question: each.missing for each in found.undecided}
    rows, replies = [], _replies(here, kind)
    for number, name in enumerate(_to_decide(agreed, kind, replies), 1):
        of: Mapping[str, DeskAnswer | None] = {
            place: each.answers.get(kind, {}).get(name) for place, each in agreed.pages.items()
        }
        wrong = faults.get(name, {})
        row = _difference(here, asked, number, of, passages, missing.get(name), typed.get(name), wrong)
        rows.append(replace(row, differs=name in found.differences, reply=replies.get(name, "")))
    errors = [
        ErrorLink(f"d-{name}-{part}" if part in ("choice", "reason") else f"q-{name}", text)
        for name, wrong in faults.items()
        for part, text in wrong.items()
    ]
    return render_template(
        "desk/comparison.html",
        here=here,
        kind=kind,
        kind_title=kind_title(here.reading, kind),
        edition=asked.edition,
        points=len(found.answers.keys() | set(found.differences)),
        found=found,
        rows=rows,
        people=[_person(agreed, place) for place in ("first", "second")],
        decides=agreed.readers.get("third"),
        undecided=len(found.undecided),
        others=[(each, kind_title(here.reading, each)) for each in agreed.kinds if each != kind],
        may_decide=here.place == "third" and here.writes,
        may_tell=here.reading.state == "deciding" and not agreed.undecided,
        errors=errors,
    )


def _difference(
    here: OpenedReading,
    asked: KindQuestions,
    number: int,
    of: Mapping[str, DeskAnswer | None],
    passages: Sequence[DeskPassage],
    lacks: Missing | None,
    typed: DeskAnswer | None,
    faults: Mapping[str, str],
) -> Difference:
    """Return one difference, with the decision as saved, or as typed if that has errors."""
    name = next(each.question for each in of.values() if each is not None)
    views = {place: _view(here, asked, place, each, passages) for place, each in of.items()}
    kept = of["third"]
    standing = typed if faults else kept
    is_like = _whose(of, standing)
    chosen = request.form.get(f"{name}#choice", "") if faults else is_like
    other = desk_question_view(
        asked,
        asked.edition.questions[name],
        standing if chosen == "other" else None,
        {part: text for part, text in faults.items() if part not in ("choice", "reason")},
    )
    return Difference(
        name,
        number,
        asked.edition.questions[name].ask,
        views["first"],
        views["second"],
        views["third"],
        _whose(of, kept),
        kept.version if kept and not faults else typed.version if typed and faults else 0,
        standing.note if standing else "",
        chosen,
        other,
        standing.searched if standing and chosen == "other" else "",
        _(MISSING_WORDS[lacks]) if lacks is not None and kept is not None else "",
        faults,
        url_for("desk.passages", reading_id=here.reading.id, kind=asked.kind, question=name),
        differs=True,
        reply="",
    )


def _view(
    here: OpenedReading,
    asked: KindQuestions,
    place: str,
    given: DeskAnswer | None,
    passages: Sequence[DeskPassage],
) -> DeskAnswerView | None:
    own = [each for each in passages if each.place == place]
    return answer_view(asked, given, own, here.documents) if given is not None else None


def _whose(of: Mapping[str, DeskAnswer | None], decision: DeskAnswer | None) -> str:
    """Return whose answer a decision is: first, second or other, or "" without a decision."""
    if decision is None or not (decision.value or decision.elsewhere):
        return ""
    same = (place for place in ("first", "second") if (one := of[place]) is not None and one.said == decision.said)
    return next(same, "other")


def _person(agreed: AgreedReading, place: str) -> tuple[str, str]:
    reader = next(each for each in agreed.readers.values() if each.place == place)
    done = [long_date(reader.finished_at)] if reader.finished_at else []
    return reader.name, comma_list([*done, minutes_words(reader.seconds)])
