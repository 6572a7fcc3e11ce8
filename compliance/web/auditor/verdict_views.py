"""View models of the pages of verdicts: each answer with its evidence, and its verdict as saved or as posted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.documents.versions import WordChange, word_changes
from compliance.languages.formats import country_name, date_and_time, long_date, nested_quotes, semicolon_list, sort_key
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.languages.labels import IN_NONE, IS_DATED, IS_PLANNED, option_label
from compliance.narrative.answer_wording import saved_answer_words
from compliance.narrative.document_wording import changed_sentence
from compliance.narrative.places_wording import places_counts
from compliance.narrative.score_wording import ScorecardsByBasis
from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT, AnswerSheet, NotApplicable
from compliance.questionnaire.edition import NONE_OF_THESE, Edition, Node, Question
from compliance.questionnaire.places import BOXES, DATED_BOX, NO_PLACE
from compliance.questionnaire.routing import result_in
from compliance.questionnaire.vocabulary import QuestionKind
from compliance.scoring.scorecard import Scorecard, Standing
from compliance.store import (
    AuditorVerdict,
    FrozenSubmission,
    SavedAnswer,
    SavedVerdicts,
    VerdictConflict,
    VerdictEdit,
)
from compliance.store.document_passages import PassageMark
from compliance.web.database import now
from compliance.web.document_texts import place_words
from compliance.web.edition_registry import ServedEdition
from compliance.web.presenters import ErrorLink
from compliance.web.presenters.evidence import EvidenceView, evidence_view
from compliance.web.presenters.marked_passages import (
    PassagesUnderAudit,
    PassageUnderAudit,
    conflict_words,
    evidence_quoted,
)
from compliance.web.presenters.provisions import ProvisionView
from compliance.web.presenters.scores import ScoreView
from compliance.web.verdict_forms import NOT_REVIEWED, PostedVerdict
from compliance.workbook.review_merge import StatedVerdict
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
    evidence: list[EvidenceView]  # without quotations that are already among its passages
    passages: Sequence[PassageUnderAudit]
    verdict: "VerdictView | None"  # None: it cannot be judged
    changed: Sequence["ChangedWords"]  # words of its passages that a later version of the text no longer has


@dataclass(frozen=True, slots=True)
class AnswersOfRequirement:
    """One requirement with its answers, and the law behind it."""

    node: Node
    row: ScoreView
    provisions: list[ProvisionView]
    questions: list[AnswerUnderAudit]


@dataclass(frozen=True, slots=True)
class VerdictChoiceView:
    """A choice: a verdict, or an answer."""

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
    text: str  # if it is typed
    unit: str
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ChangedWords:
    """The words of a passage, and how a later version of the text changed them."""

    sentence: str
    title: str  # of the document
    place: str  # in the version that the company marked
    language: str
    changes: Sequence[WordChange]


@dataclass(frozen=True, slots=True)
class VerdictConflictView:
    """Two verdicts to choose from, in words."""

    sentence: str
    theirs: str
    yours: str


@dataclass(frozen=True, slots=True)
class VerdictView:
    """The verdict on a question as its form shows it: as saved, or as posted if that could not be saved."""

    choices: Sequence[VerdictChoiceView]
    answer: AdjustedAnswerView
    note: str
    next_review: str  # year-month-day, or as it was typed
    version: int
    errors: Mapping[str, str]
    given: str  # by whom and when; "" if there is none
    outdated: str  # the verdict in words, if the answer was changed after it; "" if it counts
    conflict: VerdictConflictView | None


@dataclass(frozen=True)
class OpenReview:
    """An assigned submission with its verdicts, and the posted values that were not saved."""

    submitted: FrozenSubmission
    asked: ServedEdition
    cards: ScorecardsByBasis
    answers: Mapping[str, SavedAnswer]
    kept: Mapping[str, AuditorVerdict]  # including those on answers changed since
    counting: Mapping[str, AuditorVerdict]  # those on these answers
    judgeable: frozenset[str]
    posted: Mapping[str, PostedVerdict]
    conflicts: Mapping[str, VerdictConflict]
    misplaced: Mapping[str, str]  # by question: the note of a verdict on a question that cannot be judged
    audited: PassagesUnderAudit
    outdated: Sequence[PassageMark] = ()  # marks whose words a later version changed or left out


def answer_under_audit(
    review: OpenReview, question: Question, passages: Sequence[PassageUnderAudit]
) -> AnswerUnderAudit:
    """Return one answer of a review with its marked passages and its verdict."""
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
        _evidence_apart(review, kept) if kept else [],
        passages,
        _verdict_view(review, question, state),
        list(_changed_words(mark for mark in review.outdated if mark.question == question.id)),
    )


def _changed_words(marks: Iterable[PassageMark]) -> Iterator[ChangedWords]:
    """Yield how the words of marks changed, each passage once."""
    for mark in {(mark.version, mark.anchor): mark for mark in marks}.values():
        assert mark.later is not None
        sentence = changed_sentence(mark.later.state, mark.later.number)
        changes = word_changes(mark.words, mark.later.words)
        place = place_words(mark.page, mark.anchor)
        yield ChangedWords(sentence, mark.title, place, mark.language, changes)


def _evidence_apart(review: OpenReview, kept: SavedAnswer) -> list[EvidenceView]:
    """Return an answer's evidence, without quotations that are already among its passages and have no note."""
    quoted = evidence_quoted(review.audited.of([kept.question]))
    views = (evidence_view(piece) for piece in kept.evidence)
    return [one for one in views if one.id not in quoted or one.kind != "quotation" or one.note or one.ended]


def _answer_words(claimed: Scorecard, question: Question, kept: SavedAnswer | None) -> str:
    """Return an answer in words, for a question of places with the option that results."""
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


def _verdict_view(review: OpenReview, question: Question, state: str) -> VerdictView | None:
    if question.id not in review.judgeable:
        return None
    kept, posted = review.kept.get(question.id), review.posted.get(question.id)
    conflict, counts = review.conflicts.get(question.id), review.counting.get(question.id)
    said = posted or PostedVerdict(
        question.id,
        counts.verdict if counts else "",
        counts.value if counts else "",
        counts.comment if counts else "",
        counts.next_review.isoformat() if counts and counts.next_review else "",
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
        next_review=said.next_review,
        version=(kept.version if kept else 0) if conflict else said.version_seen,
        errors=said.errors,
        given=_("Given by %(name)s on %(date)s.", name=kept.by, date=long_date(kept.at)) if kept else "",
        outdated="" if counts else _words(review, question, kept) if kept else "",
        conflict=_conflict_view(review, question, conflict) if conflict else None,
    )


def _choice_labels(state: str) -> Mapping[str, str]:
    """Return the labels of the verdicts. For "does not apply" they say whether that is accepted."""
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


def _adjusted_answer_view(review: OpenReview, question: Question, said: PostedVerdict) -> AdjustedAnswerView:
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


def _options(review: OpenReview, question: Question) -> Iterable[tuple[str, str]]:
    """Yield the possible answers, with labels. For places, those that the company listed."""
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


def _conflict_view(review: OpenReview, question: Question, conflict: VerdictConflict) -> VerdictConflictView:
    kept = conflict.kept
    if kept is None:
        sentence = _("Somebody took the verdict on this question back while you were reading.")
    else:
        sentence = _(
            "%(who)s gave a different verdict at %(time)s while you were reading.",
            who=kept.by or _("Somebody"),
            time=date_and_time(kept.at, now().date()),
        )
    theirs, yours = (_words(review, question, said) for said in (kept, conflict.wanted))
    return VerdictConflictView(sentence, theirs, yours)


def _words(review: OpenReview, question: Question, said: AuditorVerdict | VerdictEdit | None) -> str:
    counts = not isinstance(said, AuditorVerdict) or question.id in review.counting
    return verdict_words(review.asked.edition, review.cards.claimed.sheet, question, said, counts=counts)


def verdict_words(
    edition: Edition,
    sheet: AnswerSheet,
    question: Question,
    said: AuditorVerdict | VerdictEdit | StatedVerdict | None,
    *,
    counts: bool = True,
) -> str:
    """Return a verdict in words, with its note. `sheet`: the submission.

    If the verdict does not count, as the answer was changed after it, it is unknown if the earlier answer was "n/a".
    """
    if said is None or not said.verdict:
        return _("Not reviewed yet")
    if said.verdict == "adjusted":
        what = _("Adjusted: %(answer)s", answer=saved_answer_words(edition, question.id, said.value))
    elif not counts:
        what = _(next(words for verdict, words in DETERMINATION_WORDS.items() if verdict == said.verdict))
    else:
        is_na = isinstance(sheet.answers.get(question.id), NotApplicable)
        what = _choice_labels("n/a" if is_na else "given")[said.verdict]
    again = _("next review on %(date)s", date=long_date(said.next_review)) if said.next_review else ""
    return semicolon_list(part for part in (what, said.comment, again) if part)


def saved_words(saved: SavedVerdicts) -> str:
    """Return what was saved, in one or two sentences."""
    verdicts = ngettext("One verdict is saved.", "%(num)s verdicts are saved.", saved.changed)
    checks = ngettext("One passage is checked.", "%(num)s passages are checked.", saved.checked)
    said = [words for words, count in ((verdicts, saved.changed), (checks, saved.checked)) if count]
    return " ".join(said) or _("Nothing was changed.")


def error_links(review: OpenReview, saved: SavedVerdicts | None) -> Iterable[ErrorLink]:
    """Yield the lines of the error summary, each linked to the field to correct."""
    questions = review.asked.edition.questions
    if saved is not None and saved.submitted_meanwhile:
        sentence = _("The company submitted again while you were reading: check your verdicts against its answers.")
        yield ErrorLink("main", sentence)
    for question, note in review.misplaced.items():
        which = questions[question].ask if question in questions else question
        said = [_("this is not asked here, so it cannot be judged."), note]
        yield ErrorLink("main", _("%(which)s: %(what)s", which=which, what=" ".join(filter(None, said))))
    for question, conflict in review.conflicts.items():
        what = _conflict_view(review, questions[question], conflict).sentence
        yield ErrorLink(f"v-{question}", _("%(which)s: %(what)s", which=questions[question].ask, what=what))
    for key, contested in review.audited.conflicts.items():
        ask = questions[key.question].ask
        yield ErrorLink(key.text, _("%(which)s: %(what)s", which=ask, what=conflict_words(contested)))
    for question, posted in review.posted.items():
        for part, what in posted.errors.items():
            target = f"v-{question}" if part == "choice" else f"v-{question}-{part}"
            yield ErrorLink(target, _("%(which)s: %(what)s", which=questions[question].ask, what=what))
