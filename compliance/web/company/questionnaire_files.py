"""The questionnaire offline: as a workbook to download, fill in and return, and on paper."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from flask import Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.formats import comma_list, country_name, date_and_time
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.narrative.answer_wording import question_words
from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT
from compliance.questionnaire.edition import PROFILE_PREFIX, Question
from compliance.questionnaire.places import BOXES
from compliance.store.delegations import delegations_of, holder_of
from compliance.store.transactions import begin_save
from compliance.store.workbooks import (
    RecordedQuestionnaire,
    apply_questionnaire,
    record_questionnaire,
    returned_questionnaire,
)
from compliance.web.access_control import readers, takes_file
from compliance.web.accounts import may, me, require
from compliance.web.assessment_context import AssessmentContext
from compliance.web.company.blueprint import bp, open_assessment, own_assessment
from compliance.web.database import db, now
from compliance.web.files import files
from compliance.web.logs import note_event
from compliance.web.page_text import of_edition
from compliance.web.presenters import ErrorLink
from compliance.web.presenters.evidence import evidence_words
from compliance.web.responses import XLSX, download
from compliance.web.returned_questionnaires import QuestionnaireComparison, compare_questionnaire
from compliance.web.returned_workbooks import (
    FIRST_CHANGES,
    NOTHING_CHOSEN,
    ChangeView,
    PostedChoices,
    WorkbookConflictView,
    WorkbookRefused,
    open_choices,
    posted_choices,
    refusal_words,
    sent_workbook,
)
from compliance.web.settings import MAX_WORKBOOK_BYTES
from compliance.workbook.questionnaire_lines import (
    NOTHING_STATED,
    QuestionnaireLayout,
    QuestionnaireLine,
    StatedAnswer,
    offered_texts,
    offered_values,
    part_label,
    questionnaire_layout,
    reasons_offered,
    stated_answers,
)
from compliance.workbook.questionnaire_workbook import QuestionnaireMetadata, questionnaire_workbook
from compliance.workbook.reader import UnreadableWorkbook
from compliance.workbook.three_way import TwoSidedChange


def own_questions(here: AssessmentContext) -> Collection[str] | None:
    """Return the ids of the questions in the workbook of the person signed in; None: all, and the profile.

    People who may assign questions, or have been assigned none, get all.
    """
    if may("assign", here.assessment.held_by):
        return None
    there = delegations_of(db(), here.assessment.id)
    held = (
        (q.id, holder_of(there, q.id, part.id))
        for part in here.served_edition.sections.values()
        for q in part.questions
    )
    return {question for question, holder in held if holder and holder.person_id == me().id} or None


# ── Download


@bp.get("/assessments/<int:assessment_id>/questionnaire")
@readers("company")
def questionnaire(assessment_id: int) -> str:
    """Show the page to download the workbook, print pages and upload the workbook. Raise NotFound."""
    return _files_page(open_assessment(assessment_id))


def _files_page(here: AssessmentContext, fault: str = "") -> str:
    layout = questionnaire_layout(here.edition, here.sheet, own_questions(here))
    return render_template(
        "company/questionnaire.html",
        assessed=here.assessment,
        parts=[title for title, _lines in _paper_pages(layout)],
        questions=len(layout.asked),
        errors=[ErrorLink("file", fault)] if fault else [],
    )


@bp.get("/assessments/<int:assessment_id>/questionnaire.xlsx")
@readers("company")
def questionnaire_file(assessment_id: int) -> Response:
    """Download the workbook, with the present answers. Raise NotFound."""
    here = open_assessment(assessment_id)
    a, only = here.assessment, own_questions(here)
    metadata = QuestionnaireMetadata(
        assessment=str(a.id),
        organisation=str(a.organisation_id),
        period=str(a.year),
        person=me().person.name if only is not None else "",
        downloaded_by=me().person.name,
        downloaded_at=now(),
        address=url_for("company.questionnaire", assessment_id=a.id, _external=True),
        versions={about: kept.version for about, kept in here.saved_answers.items()},
        evidence={about: [*map(evidence_words, kept.evidence)] for about, kept in here.saved_answers.items()},
    )
    content = questionnaire_workbook(here.edition, here.sheet, metadata, only)
    return download(f"questionnaire-{a.year}-{a.id}.xlsx", content, XLSX)


# ── Upload


@bp.post("/assessments/<int:assessment_id>/questionnaire")
@readers("company")
@takes_file(MAX_WORKBOOK_BYTES)
def bring_questionnaire(assessment_id: int) -> str | BaseResponse:
    """Store a returned workbook, and show what it would change. A workbook that is refused is not stored.

    Raise NotFound, NotAllowed or FileStorageFailed.
    """
    here = open_assessment(assessment_id)
    require("answer", here.assessment.held_by)
    try:
        content, name = sent_workbook()
        _compared(here, content, name)
    except (WorkbookRefused, UnreadableWorkbook) as refused:
        note_event("file", "refused")
        return _files_page(here, refusal_words(refused))
    digest = files().put(content)
    record_questionnaire(db(), assessment_id, digest=digest, file_name=name, by=me().id, at=now())
    db().commit()
    return redirect(url_for("company.came_back", assessment_id=assessment_id, file_digest=digest))


@bp.get("/assessments/<int:assessment_id>/questionnaire/<file_digest>")
@readers("company")
def came_back(assessment_id: int, file_digest: str) -> str:
    """Show what a returned workbook would change. Raise NotFound, or FileStorageFailed."""
    here = open_assessment(assessment_id)
    return _changes_page(here, returned_questionnaire(db(), assessment_id, file_digest))


@bp.post("/assessments/<int:assessment_id>/questionnaire/<file_digest>")
@readers("company")
def apply_changes(assessment_id: int, file_digest: str) -> str | BaseResponse:
    """Apply all changes of a returned workbook, or none. Raise NotFound, NotAllowed, PeriodClosed or CompanyMerged."""
    require("answer", own_assessment(assessment_id).held_by)
    begin_save(db(), assessment_id)  # so that nobody else saves between the comparison and the save
    here, sent = open_assessment(assessment_id), returned_questionnaire(db(), assessment_id, file_digest)
    try:
        compared = _compared(here, files().get(file_digest), sent.file_name)
    except (WorkbookRefused, UnreadableWorkbook) as refused:
        return _changes_page(here, sent, refusal=refusal_words(refused))
    posted = posted_choices(compared.changes, compared.version)
    if errors := list(_open_choices(compared, posted)):
        return _changes_page(here, sent, compared, posted, errors)
    edits = compared.edits(posted.keep)
    back = redirect(url_for("company.tasks", assessment_id=assessment_id))
    if not edits and not compared.evidence:
        db().rollback()
        flash(_("Nothing was changed."))
        return back
    choices = "\n".join(f"{about}: {side}" for about, side in sorted(posted.keep.items()))
    saved = apply_questionnaire(db(), sent, edits, compared.evidence, by=me().id, at=now(), choices=choices)
    assert saved, "nobody else could save since the comparison"
    db().commit()
    flash(ngettext("One answer is saved.", "%(num)s answers are saved.", len(_changed(compared, posted))))
    return back


def _compared(here: AssessmentContext, content: bytes, name: str) -> QuestionnaireComparison:
    """Compare a workbook with the present answers. Raise WorkbookRefused or UnreadableWorkbook."""
    return compare_questionnaire(here, content, name, today=now().date(), mine=own_questions(here))


def _changed(compared: QuestionnaireComparison, posted: PostedChoices) -> set[str]:
    return {*compared.changes.applied(posted.keep), *(question for question, _piece in compared.evidence)}


def _open_choices(compared: QuestionnaireComparison, posted: PostedChoices) -> Iterator[ErrorLink]:
    """Yield what prevents the changes from being applied, each with a link to where it is settled."""
    if posted.state != compared.state:
        what = _("Answers were changed while you were reading. The comparison below is up to date.")
        yield ErrorLink("main", what)
    yield from open_choices(
        compared.changes,
        lambda about: question_words(compared.here.edition, about),
        posted,
        choose=_("Choose which answer to keep."),
        has_faults=bool(compared.faults),
    )


def _changes_page(
    here: AssessmentContext,
    sent: RecordedQuestionnaire,
    compared: QuestionnaireComparison | None = None,
    posted: PostedChoices = NOTHING_CHOSEN,
    errors: Sequence[ErrorLink] = (),
    refusal: str = "",
) -> str:
    """Return the page of a returned workbook. `compared`: its comparison, if known; `refusal`: why there is none."""
    if compared is None and not refusal:
        try:
            compared = _compared(here, files().get(sent.digest), sent.file_name)
        except (WorkbookRefused, UnreadableWorkbook) as refused:
            refusal = refusal_words(refused)
    changes = [_change_view(compared, change) for change in compared.changes.fitting] if compared else []
    return render_template(
        "company/came_back.html",
        assessed=here.assessment,
        edition=here.edition,
        sent=sent,
        compared=compared,
        refusal=refusal,
        errors=errors,
        conflicts=[
            WorkbookConflictView(
                _change_view(compared, change), posted.keep.get(change.question, ""), compared.version(change.question)
            )
            for change in compared.changes.conflicts
        ]
        if compared
        else [],
        changes=changes[:FIRST_CHANGES],
        more=changes[FIRST_CHANGES:],
        goes_on=posted.goes_on,
    )


def _change_view(compared: QuestionnaireComparison, change: TwoSidedChange[StatedAnswer]) -> ChangeView:
    about, kept = change.question, compared.here.saved_answers.get(change.question)
    base, web, workbook = (compared.words(about, said) for said in (change.base, change.web, change.workbook))
    by = comma_list((kept.by, date_and_time(kept.at, now().date()))) if kept and kept.at and kept.by else ""
    cells = [compared.returned.cells[about]] if about in compared.returned.cells else []
    edition = compared.here.edition
    return ChangeView(about, of_edition(question_words(edition, about), edition), cells, base, web, by, workbook)


# ── On paper

#: Most questions on a page to print. Longer pages would take too long to load.
QUESTIONS_ON_PAPER = 20


@dataclass(frozen=True, slots=True)
class PaperChoice:
    """A choice to tick on paper."""

    text: str
    ticked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperQuestion:
    """A question on paper: choices to tick or lines to write on, and the present answer."""

    number: str
    ask: str
    choices: Sequence[PaperChoice]
    further: Sequence[PaperChoice] = ()  # reasons for giving no answer
    written: str = ""  # the answer in words
    lines: int = 0  # number of lines to write on
    several: bool = False
    help: str = ""
    condition: str = ""
    evidence: Sequence[str] = ()
    wants_evidence: bool = False
    wants_reason: bool = False


@bp.get("/assessments/<int:assessment_id>/paper/<int:number>")
@readers("company")
def paper(assessment_id: int, number: int) -> str:
    """Show a page of the questionnaire to print, filled in, or with `blank` in the address without answers."""
    here = open_assessment(assessment_id)
    layout = questionnaire_layout(here.edition, here.sheet, own_questions(here))
    pages = _paper_pages(layout)
    if not 1 <= number <= len(pages):
        abort(404)
    title, lines = pages[number - 1]
    is_blank = "blank" in request.args
    stated = {} if is_blank else stated_answers(here.sheet)
    return render_template(
        "company/paper.html",
        assessed=here.assessment,
        edition=here.edition,
        part=title,
        place=(number, len(pages)),
        blank=is_blank,
        questions=[
            _paper_question(here, layout, line, stated.get(line.about, NOTHING_STATED), is_blank=is_blank)
            for line in lines
        ],
    )


def _paper_pages(layout: QuestionnaireLayout) -> Sequence[tuple[str, Sequence[QuestionnaireLine]]]:
    """Return the pages to print, each a part or a piece of a long one: its title, and the lines of its questions."""
    pages = []
    for part in layout.parts:
        lines = [line for line in part.lines if line.kind in ("field", "question")]
        for first in range(0, len(lines), QUESTIONS_ON_PAPER):
            title = comma_list((part.title, _("continued"))) if first else part.title
            pages.append((title, lines[first : first + QUESTIONS_ON_PAPER]))
    return pages


def _paper_question(
    here: AssessmentContext, layout: QuestionnaireLayout, line: QuestionnaireLine, said: StatedAnswer, *, is_blank: bool
) -> PaperQuestion:
    question, kept = here.edition.questions.get(line.about), here.saved_answers.get(line.about)
    if question is None:
        values = offered_values(here.edition, line.about.removeprefix(PROFILE_PREFIX))
        return PaperQuestion(
            number="",
            ask=question_words(here.edition, line.about),
            choices=[PaperChoice(text, value == said.text) for value, text in values.items()],
            written="" if values else said.text,
            lines=0 if values else 1,
        )
    reason = NOT_APPLICABLE_TEXT if said.text == NOT_APPLICABLE_TEXT else said.word
    choices = _paper_choices(layout, question, "" if reason else said.text)
    written = "" if reason or choices else said.text
    if question.kind == "countries":
        written = comma_list(map(country_name, written.split("|"))) if written else ""
    return PaperQuestion(
        number=layout.numbers[question.id],
        ask=question.ask,
        choices=choices,
        further=[PaperChoice(text, word == reason) for word, text in reasons_offered(question).items()],
        written=written or said.reason or said.title,
        lines=_lines(question, choices),
        several=question.is_multiple_choice or bool(question.places),
        help=question.help,
        condition=layout.condition(question),
        evidence=[] if is_blank or kept is None else [*map(evidence_words, kept.evidence)],
        wants_evidence=question.evidence == "expected" and question.scored,
        wants_reason=len(reasons_offered(question)) > 1,
    )


def _lines(question: Question, choices: Sequence[PaperChoice]) -> int:
    """Return the number of lines to write on. A question about places has some while no places are listed."""
    if question.places:
        return 2 if len(choices) <= len(BOXES) + 1 else 0
    return 0 if choices else 1 if question.kind in ("number", "date") else 3


def _paper_choices(layout: QuestionnaireLayout, question: Question, text: str) -> Sequence[PaperChoice]:
    chosen = text.split("|")
    if question.kind == "one":
        return [PaperChoice(words, i in chosen) for i, words in offered_texts(question).items()]
    lines = (line for part in layout.parts for line in part.lines if line.about == question.id and line.part)
    return [
        PaperChoice(part_label(layout.edition, line), line.part in chosen) for line in lines if line.kind != "spare"
    ]
