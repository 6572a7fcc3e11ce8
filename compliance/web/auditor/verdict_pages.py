"""The pages on which an auditor reads the answers of a theme, with evidence and law, and gives verdicts on them.

A page of verdicts is saved whole, or not at all: what was typed comes back with what has to be mended.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.formats import country_name, date_and_time, long_date, nested_quotes, semicolon_list, sort_key
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.languages.labels import IN_NONE, IS_DATED, IS_PLANNED, option_label
from compliance.narrative.answer_wording import saved_answer_words
from compliance.narrative.places_wording import places_counts
from compliance.narrative.score_wording import ScorecardsByBasis, scorecards_by_basis
from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT, NotApplicable
from compliance.questionnaire.edition import NONE_OF_THESE, Node, Question
from compliance.questionnaire.places import BOXES, DATED_BOX, NO_PLACE
from compliance.questionnaire.routing import result_in
from compliance.questionnaire.vocabulary import QuestionKind
from compliance.scoring.progress import open_to_verdicts, progress_at
from compliance.scoring.scorecard import Scorecard, Standing
from compliance.store import (
    AuditorVerdict,
    FrozenSubmission,
    SavedAnswer,
    SavedVerdicts,
    VerdictConflict,
    VerdictEdit,
    determinations,
    period,
    save_determinations,
    submitted_answers,
    submitted_sheet,
    verdicts_on,
)
from compliance.store.sign_offs import sign_offs_of
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.answer_forms import NOT_REVIEWED, PostedVerdict, misplaced_verdicts, read_posted_verdicts
from compliance.web.auditor.blueprint import assigned_review, bp
from compliance.web.database import db, now
from compliance.web.edition_registry import ServedEdition, edition_by_digest
from compliance.web.forms import NextForm, small_number
from compliance.web.pagination import neighbouring_themes
from compliance.web.presenters import ErrorLink
from compliance.web.presenters.country_needs import region_views
from compliance.web.presenters.evidence import EvidenceView, evidence_view
from compliance.web.presenters.provisions import ProvisionView, provision_views
from compliance.web.presenters.scores import ScoreView, bases_views, score_view
from compliance.workbook.review_words import DETERMINATION_WORDS


@dataclass(frozen=True, slots=True)
class AnswerUnderAudit:
    """The answer to one question, its evidence, and the verdict on it."""

    question: Question
    state: str  # given, blank, n/a, not asked
    words: str
    reason: str
    by: str
    at: datetime | None
    worth: float | None  # share of full marks as claimed; None: drops out
    shown: float | None  # the same as evidenced
    counts: bool  # its gate is open
    evidence: list[EvidenceView]
    verdict: "VerdictView | None"  # None: it cannot be judged


@dataclass(frozen=True, slots=True)
class AnswersOfRequirement:
    """One requirement with its answers, and the law behind it."""

    node: Node
    row: ScoreView
    provisions: list[ProvisionView]
    questions: list[AnswerUnderAudit]


@dataclass(frozen=True, slots=True)
class VerdictChoiceView:
    """Something to choose: a verdict, or an answer."""

    value: str
    label: str
    checked: bool


@dataclass(frozen=True, slots=True)
class AdjustedAnswerView:
    """The field for the answer that the evidence shows."""

    id: str
    kind: QuestionKind
    options: Sequence[VerdictChoiceView]  # also: does not apply
    chosen: Sequence[str]
    text: str  # of what is typed
    unit: str
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class VerdictConflictView:
    """Two verdicts to choose from, in words."""

    sentence: str
    theirs: str
    yours: str


@dataclass(frozen=True, slots=True)
class VerdictView:
    """The verdict on a question as its form shows it: as it is kept, or as it was sent if that was not saved."""

    choices: Sequence[VerdictChoiceView]
    answer: AdjustedAnswerView
    note: str
    version: int
    errors: Mapping[str, str]
    given: str  # by whom and when; "" while there is none
    outdated: str  # what it said, in words, where the answer was changed after it; "" if it counts
    conflict: VerdictConflictView | None


@dataclass(frozen=True)
class _Review:
    """An assigned submission with its verdicts, and what was sent about it and not saved."""

    submitted: FrozenSubmission
    asked: ServedEdition
    cards: ScorecardsByBasis
    answers: Mapping[str, SavedAnswer]
    kept: Mapping[str, AuditorVerdict]  # also those on answers that were changed since
    counting: Mapping[str, AuditorVerdict]  # those on these answers
    judgeable: frozenset[str]
    posted: Mapping[str, PostedVerdict]
    conflicts: Mapping[str, VerdictConflict]
    misplaced: Mapping[str, str]  # by question: the note of a verdict on what cannot be judged


def _answer_under_audit(review: _Review, question: Question) -> AnswerUnderAudit:
    claimed, evidenced, kept = review.cards.claimed, review.cards.evidenced, review.answers.get(question.id)
    answer, asked = claimed.sheet.answers.get(question.id), question.id in claimed.asked
    state = "blank" if answer is None else "n/a" if isinstance(answer, NotApplicable) else "given"
    state = state if asked or answer is not None or question.id in review.judgeable else "not asked"
    return AnswerUnderAudit(
        question,
        state,
        _answer_words(claimed, question, kept),
        kept.reason if kept else "",
        kept.by if kept else "",
        kept.at if kept else None,
        _share(claimed, question) if asked else None,
        _share(evidenced, question) if asked else None,
        not asked or question.id in claimed.counting,
        [evidence_view(piece) for piece in kept.evidence] if kept else [],
        _verdict_view(review, question, state),
    )


def _answer_words(claimed: Scorecard, question: Question, kept: SavedAnswer | None) -> str:
    """What was answered; of a question of places also what it comes to."""
    if kept is None or not (kept.text or kept.word):
        return ""
    said = saved_answer_words(claimed.edition, question.id, kept.text, word=kept.word, title=kept.title)
    result = result_in(question, claimed.sheet.answers)
    if result is None:
        return said
    counts, option = places_counts(result), option_label(question, result.option)
    return _("%(answer)s (%(counts)s: “%(result)s”)", answer=said, counts=counts, result=nested_quotes(option))


def _share(card: Scorecard, question: Question) -> float | None:
    standing: Standing | None = card.questions.get(question.id)
    return None if standing is None or standing.score is None else standing.score / card.edition.scale


def _verdict_view(review: _Review, question: Question, state: str) -> VerdictView | None:
    if question.id not in review.judgeable:
        return None
    kept, posted = review.kept.get(question.id), review.posted.get(question.id)
    conflict, counts = review.conflicts.get(question.id), review.counting.get(question.id)
    said = posted or PostedVerdict(
        question.id,
        counts.verdict if counts else "",
        counts.value if counts else "",
        counts.comment if counts else "",
        kept.version if kept else 0,
        {},
    )
    return VerdictView(
        choices=[
            VerdictChoiceView(value, label, said.choice == value)
            for value, label in _choice_labels(state).items()
            if value != "confirmed" or state != "blank" or (counts and counts.verdict == value)
        ],
        answer=_adjusted_answer_view(review, question, said),
        note=said.note,
        version=(kept.version if kept else 0) if conflict else said.version_seen,
        errors=said.errors,
        given=_("Given by %(name)s on %(date)s.", name=kept.by, date=long_date(kept.at)) if kept else "",
        outdated=_verdict_words(review, question, kept) if kept and not counts else "",
        conflict=_conflict_view(review, question, conflict) if conflict else None,
    )


def _choice_labels(state: str) -> Mapping[str, str]:
    """The verdicts to choose from, in words; of an answer that does not apply, they are about that."""
    if state == "n/a":
        first, last = _("Accepted: it does not apply"), _("Refused: it applies, and nothing is shown")
    else:
        first, last = _("Confirmed: the evidence shows it"), _("Not shown: nothing here supports it")
    return {
        "confirmed": first,
        "adjusted": _("Adjusted: the evidence shows another answer"),
        "not-shown": last,
        NOT_REVIEWED: _("Not reviewed yet"),
    }


def _adjusted_answer_view(review: _Review, question: Question, said: PostedVerdict) -> AdjustedAnswerView:
    chosen = said.value.split("|") if said.value else []
    options = list(_options(review, question))
    if question.na != "never":
        options.append((NOT_APPLICABLE_TEXT, _("Does not apply")))
    typed = said.value if question.kind in ("number", "date", "text") else ""
    return AdjustedAnswerView(
        question.id,
        question.kind,
        [VerdictChoiceView(value, label, value in chosen) for value, label in options],
        chosen,
        "" if typed == NOT_APPLICABLE_TEXT else typed,
        question.unit,
        {part: error for part, error in said.errors.items() if part == "value"},
    )


def _options(review: _Review, question: Question) -> Iterable[tuple[str, str]]:
    """What can be chosen as an answer, in words; of places, those that the company named."""
    if question.kind == "places":
        listed = review.cards.claimed.sheet.answers.get(question.places)
        places = listed if isinstance(listed, tuple) else ()
        yield from sorted(((code, country_name(code)) for code in places), key=lambda place: sort_key(place[1]))
        yield NO_PLACE, _(IN_NONE)
        for box, step in BOXES.items():
            if question.option(step):
                yield box, _(IS_DATED if box == DATED_BOX else IS_PLANNED)
        return
    yield from ((option.id, option_label(question, option.id)) for option in question.options)
    if question.kind == "many" and all(option.id != NONE_OF_THESE for option in question.options):
        yield NONE_OF_THESE, _("None of these")


def _conflict_view(review: _Review, question: Question, conflict: VerdictConflict) -> VerdictConflictView:
    kept = conflict.kept
    if kept is None:
        sentence = _("Somebody took the verdict on this question back while you were reading.")
    else:
        sentence = _(
            "%(who)s gave a different verdict at %(time)s while you were reading.",
            who=kept.by or _("Somebody"),
            time=date_and_time(kept.at, now().date()),
        )
    theirs, yours = _verdict_words(review, question, kept), _verdict_words(review, question, conflict.wanted)
    return VerdictConflictView(sentence, theirs, yours)


def _verdict_words(review: _Review, question: Question, said: AuditorVerdict | VerdictEdit | None) -> str:
    """A verdict as one reads it, with its note; of one on an earlier answer it is not known if that did not apply."""
    if said is None or not said.verdict:
        return _("Not reviewed yet")
    if said.verdict == "adjusted":
        what = _("Adjusted: %(answer)s", answer=saved_answer_words(review.asked.edition, question.id, said.value))
    elif isinstance(said, AuditorVerdict) and question.id not in review.counting:
        what = _(next(words for verdict, words in DETERMINATION_WORDS.items() if verdict == said.verdict))
    else:
        is_na = isinstance(review.cards.claimed.sheet.answers.get(question.id), NotApplicable)
        what = _choice_labels("n/a" if is_na else "given")[said.verdict]
    return semicolon_list(part for part in (what, said.comment) if part)


def _open_review(assessment_id: int) -> _Review:
    """An assigned submission with the verdicts on it. Raise NotFound."""
    submitted = assigned_review(assessment_id)
    asked = edition_by_digest(submitted.edition_digest)
    cards = scorecards_by_basis(asked.compiled, submitted_sheet(db(), submitted, asked.edition))
    judgeable = open_to_verdicts(cards.claimed.edition, cards.claimed.sheet)
    kept = determinations(db(), assessment_id)
    answers = submitted_answers(submitted)
    return _Review(submitted, asked, cards, answers, kept, verdicts_on(kept, answers), judgeable, {}, {}, {})


def _theme_of(review: _Review, theme: str) -> Node:
    return next((node for node in review.asked.edition.themes if node.id == theme), None) or abort(404)


@bp.get("/audit/<int:assessment_id>/<theme>")
@readers("auditor")
def theme(assessment_id: int, theme: str) -> str:
    """The answers of one theme, with reasons, evidence, law and verdicts. Raise NotFound unless assigned."""
    review = _open_review(assessment_id)
    return _show_theme(review, _theme_of(review, theme))


@bp.post("/audit/<int:assessment_id>/<theme>")
@readers("auditor")
def save_verdicts(assessment_id: int, theme: str) -> str | BaseResponse:
    """Save the verdicts of a page, all or none, and go where the button says. Raise NotFound unless assigned."""
    review = _open_review(assessment_id)
    node = _theme_of(review, theme)
    questions = {question.id: question for question in node.questions() if question.id in review.judgeable}
    sheet = review.cards.claimed.sheet
    posted = read_posted_verdicts(questions.values(), request.form, sheet, review.counting)
    misplaced = {i: request.form.get(f"{i}#note", "") for i in misplaced_verdicts(request.form, questions)}
    review = replace(review, posted={one.question: one for one in posted}, misplaced=misplaced)
    if misplaced or any(one.errors for one in posted):
        return _show_theme(review, node)
    saved = _save(review, [edit for one in posted if (edit := one.edit)])
    if not saved.is_saved:
        db().rollback()
        conflicts = {conflict.wanted.question: conflict for conflict in saved.conflicts}
        today = replace(_open_review(assessment_id), posted=review.posted, conflicts=conflicts)
        return _show_theme(today, node, saved)
    db().commit()
    flash(
        ngettext("One verdict is saved.", "%(num)s verdicts are saved.", saved.changed)
        if saved.changed
        else _("Nothing was changed.")
    )
    return redirect(_next_address(review, node))


def _save(review: _Review, edits: Sequence[VerdictEdit]) -> SavedVerdicts:
    read = small_number(request.form.get("submission"))
    number, by, at = review.submitted.assessment_id, me().id, now()
    return save_determinations(db(), number, edits, submission=-1 if read is None else read, by=by, at=at)


def _next_address(review: _Review, node: Node) -> str:
    """The overview, or the next theme with something to judge."""
    number, themes = review.submitted.assessment_id, list(review.asked.edition.themes)
    later = [] if NextForm().stops else themes[[theme.id for theme in themes].index(node.id) + 1 :]
    for following in later:
        if any(question.id in review.judgeable for question in following.questions()):
            return url_for("audit.theme", assessment_id=number, theme=following.id)
    return url_for("audit.assessment", assessment_id=number)


def _show_theme(review: _Review, node: Node, saved: SavedVerdicts | None = None) -> str:
    submitted, edition, cards = review.submitted, review.asked.edition, review.cards
    previous, following = neighbouring_themes(edition, node)
    given = [kept for question in node.questions() if (kept := review.kept.get(question.id))]
    return render_template(
        "audit/theme.html",
        submitted=submitted,
        edition=edition,
        theme=node,
        requirements=[
            AnswersOfRequirement(
                node=part,
                row=score_view(edition, "", cards.claimed.nodes.get(part.id)),
                provisions=provision_views(edition, part.law),
                questions=[_answer_under_audit(review, question) for question in part.questions()],
            )
            for part in node.nodes()
            if part.is_requirement
        ],
        bases=bases_views(cards, node.id),
        progress=progress_at(cards.claimed.edition, cards.claimed.sheet, node.id),
        errors=list(_error_links(review, saved)),
        regions=region_views(),
        closed=period(db(), submitted.year).closed_at is not None,
        signed=any(one.stands and one.is_of_latest for one in sign_offs_of(db(), submitted.assessment_id)),
        saved_at=date_and_time(max(one.at for one in given), now().date()) if given else "",
        previous=previous,
        following=following,
    )


def _error_links(review: _Review, saved: SavedVerdicts | None) -> Iterable[ErrorLink]:
    """The lines of the error summary: each leads to what has to be mended."""
    questions = review.asked.edition.questions
    if saved is not None and saved.submitted_meanwhile:
        sentence = _("The company submitted again while you were reading: check your verdicts against its answers.")
        yield ErrorLink("main", sentence)
    for question, note in review.misplaced.items():
        which = questions[question].ask if question in questions else question
        said = [_("this is not asked here, so that it cannot be judged."), note]
        yield ErrorLink("main", _("%(which)s: %(what)s", which=which, what=" ".join(filter(None, said))))
    for question, conflict in review.conflicts.items():
        what = _conflict_view(review, questions[question], conflict).sentence
        yield ErrorLink(f"v-{question}", _("%(which)s: %(what)s", which=questions[question].ask, what=what))
    for question, posted in review.posted.items():
        for part, what in posted.errors.items():
            target = f"v-{question}" if part == "choice" else f"v-{question}-{part}"
            yield ErrorLink(target, _("%(which)s: %(what)s", which=questions[question].ask, what=what))
