"""A questionnaire that a company sends back: which one it is, and what it would change, compared three ways.

Used by the page of an upload and by `compliance import`. Nothing is written here. Messages are in the language of the
page.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import date

from compliance.languages.formats import comma_list
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.answer_wording import question_words, saved_answer_words
from compliance.questionnaire.answer_mapping import MappedSheet, MappingRules, map_answers
from compliance.questionnaire.csv_table import shortened
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition
from compliance.store import AnswerEdit, Link, NotFound, Quotation
from compliance.store.audit_trail import storable_text
from compliance.web.answer_fields import MAX_TEXT_LENGTH, TOO_LONG
from compliance.web.assessment_context import AssessmentContext
from compliance.web.edition_registry import answer_mapping_between, edition_by_digest
from compliance.web.returned_workbooks import CellRemark, WorkbookRefused, cell_remark, refuse_pictures
from compliance.workbook.fingerprint import QuestionnaireMark
from compliance.workbook.questionnaire_lines import NOTHING_STATED, StatedAnswer, stated_answers
from compliance.workbook.questionnaire_reading import read_questionnaire, read_questionnaire_mark
from compliance.workbook.returned_questionnaire import ReturnedQuestionnaire, TypedEvidence
from compliance.workbook.three_way import Side, TwoSidedChanges, compare_sides


@dataclass(frozen=True)
class QuestionnaireComparison:
    """A questionnaire of an assessment, compared with what it showed at download and with the current answers."""

    here: AssessmentContext
    returned: ReturnedQuestionnaire
    changes: TwoSidedChanges[StatedAnswer]
    evidence: tuple[tuple[str, Quotation | Link], ...]  # to add, by question
    faults: tuple[CellRemark, ...]  # cells that were not understood
    ignored: tuple[CellRemark, ...]
    older: str = ""  # the id of the older edition that it is of

    @property
    def state(self) -> str:
        """A digest of the current answers, which changes if anybody changes one."""
        kept = self.here.saved_answers
        versions = sorted((about, each.version, len(each.evidence)) for about, each in kept.items())
        return hashlib.sha256(repr(versions).encode()).hexdigest()[:16]

    def edits(self, keep: Mapping[str, Side]) -> list[AnswerEdit]:
        """Return the answers to save. Raise KeyError for a conflict without a choice."""
        return [
            AnswerEdit(
                about,
                said.text,
                said.reason,
                self.version(about),
                carried_from=self.older,
                word=said.word,
                title=said.title,
            )
            for about, said in self.changes.applied(keep).items()
        ]

    def version(self, about: str) -> int:
        """Return the version of the current answer, or 0 for a blank."""
        kept = self.here.saved_answers.get(about)
        return kept.version if kept else 0

    def words(self, about: str, said: StatedAnswer) -> str:
        """Return an answer in words."""
        return saved_answer_words(self.here.edition, about, said.text, said.reason, said.word, said.title)


def compare_questionnaire(
    here: AssessmentContext, content: bytes, file_name: str, *, today: date, mine: Collection[str] | None = None
) -> QuestionnaireComparison:
    """Compare a workbook with an assessment. Raise WorkbookRefused, or UnreadableWorkbook.

    `mine`: the questions, and profile fields as `profile.<field>`, that the sender may answer. None: all.
    """
    mark = read_questionnaire_mark(content)
    if mark is None:
        raise WorkbookRefused(
            _("This is not a questionnaire from this tool. Choose the workbook that you downloaded here.")
        )
    refuse_pictures(content)
    _check_company(here, mark)
    older = _older_edition(here, mark)
    returned = read_questionnaire(older or here.edition, content, file_name)
    lost: list[CellRemark] = []
    base: Mapping[str, StatedAnswer] = returned.shown
    known, typed = _known(here.edition), [*returned.evidence.items()]
    if older is not None:
        rules = answer_mapping_between(older, here.served_edition.complete)
        mapped = map_answers(older, here.served_edition.complete, rules, returned.as_sheet(older))
        lost += _not_carried(older, mapped)
        lost += _evidence_not_carried(older, rules, returned, known)
        typed = [(_carried_to(question, rules), piece) for question, piece in typed]
        base, returned = {}, replace(returned, answers=stated_answers(mapped.sheet), versions={})
    answers = {about: _as_stored(said) for about, said in returned.answers.items() if about in known}
    foreign = known - set(known if mine is None else mine)
    web = stated_answers(here.sheet)
    changes = compare_sides(_base(here, base, returned.versions, web), web, answers, NOTHING_STATED)
    long = dict(_too_long(changes, typed, returned.cells))
    evidence = tuple(_evidence(here, typed, today, known - long.keys()))
    said = dict.fromkeys([*answers, *(about for about, _ in evidence)])
    touched = {c.question for c in (*changes.fitting, *changes.conflicts)} | {about for about, _ in evidence}
    return QuestionnaireComparison(
        here,
        returned,
        changes.without({*long, *foreign}),
        tuple((about, piece) for about, piece in evidence if about not in foreign),
        (*(cell_remark(fault, fault.cell) for fault in returned.faults), *long.values()),
        (
            *lost,
            *(_not_mine(here.edition, returned, about) for about in said if about in foreign & touched),
            *(cell_remark(remark, remark.cell) for remark in returned.remarks),
        ),
        older.id if older else "",
    )


def _as_stored(said: StatedAnswer) -> StatedAnswer:
    """Return an answer without characters that are never stored, so that a workbook sent again has no changes."""
    text, reason, title = (storable_text(words).strip() for words in (said.text, said.reason, said.title))
    return replace(said, text=text, reason=reason, title=title)


# ── Which questionnaire it is


def _check_company(here: AssessmentContext, mark: QuestionnaireMark) -> None:
    """Raise WorkbookRefused if a questionnaire is of another company, or another of its assessments."""
    a = here.assessment
    same = (
        mark.organisation in (str(a.organisation_id), str(a.held_by))
        if mark.organisation
        else (mark.company == a.organisation)
    )
    if not same:
        raise WorkbookRefused(
            _(
                "This questionnaire is of %(company)s, and this page is of %(own)s. Upload it on the page of that "
                "company.",
                company=mark.company or _("another company"),
                own=a.organisation,
            )
        )
    if mark.digest == here.edition.digest and mark.assessment not in ("", str(a.id)):
        which = comma_list(said for said in (mark.company, mark.period) if said)
        raise WorkbookRefused(
            _(
                "This questionnaire is of another assessment (%(which)s). Upload it on the page of that one.",
                which=which,
            )
        )


def _older_edition(here: AssessmentContext, mark: QuestionnaireMark) -> Edition | None:
    """Return the older edition of a questionnaire, or None for the current one. Raise WorkbookRefused for others."""
    if (mark.edition, mark.digest) == (here.edition.id, here.edition.digest):
        return None
    refused = WorkbookRefused(
        _(
            "This questionnaire asks the questions of %(theirs)s (%(digest)s), and yours are those of %(ours)s. "
            "Download a new one, and copy the answers into it.",
            theirs=mark.edition or _("an unknown edition"),
            digest=mark.digest[:12],
            ours=here.edition.id,
        )
    )
    try:
        older = edition_by_digest(mark.digest).complete
    except NotFound:
        raise refused from None
    if older.id != mark.edition or older.id > here.edition.id or older.form != here.edition.form:
        raise refused
    return older


def _not_carried(older: Edition, mapped: MappedSheet) -> Iterator[CellRemark]:
    for lost in (*mapped.unmapped, *mapped.unmapped_words):
        says = _(
            "“%(question)s” is now asked differently, or not at all. The answer is not carried over.",
            question=question_words(older, lost.question),
        )
        yield CellRemark("", shortened(lost.answer), says)


def _carried_to(question: str, rules: MappingRules) -> str:
    """Return the question of the current edition to which evidence beside this older one belongs."""
    return (rules[question].to if question in rules else "") or question


def _evidence_not_carried(
    older: Edition, rules: MappingRules, returned: ReturnedQuestionnaire, known: Collection[str]
) -> Iterator[CellRemark]:
    for question, piece in returned.evidence.items():
        if _carried_to(question, rules) not in known:
            says = _(
                "“%(question)s” is now asked differently, or not at all. The evidence beside it is not carried over.",
                question=question_words(older, question),
            )
            yield CellRemark(returned.cells.get(question, ""), shortened(piece.document or piece.link), says)


# ── What it says


def _known(edition: Edition) -> frozenset[str]:
    return frozenset([*edition.questions, *(PROFILE_PREFIX + name for name in edition.profile)])


def _base(
    here: AssessmentContext,
    shown: Mapping[str, StatedAnswer],
    versions: Mapping[str, int],
    web: Mapping[str, StatedAnswer],
) -> Mapping[str, StatedAnswer]:
    """Return what the file showed, or the current answer where it still has the version that the file showed."""
    kept = here.saved_answers
    unchanged = {about for about, version in versions.items() if about in kept and kept[about].version == version > 0}
    return {about: web.get(about, NOTHING_STATED) if about in unchanged else said for about, said in shown.items()}


def _too_long(
    changes: TwoSidedChanges[StatedAnswer], typed: Iterable[tuple[str, TypedEvidence]], cells: Mapping[str, str]
) -> Iterator[tuple[str, CellRemark]]:
    """Yield the questions with a text, of the answer or of evidence, that the forms would refuse too."""
    said = [(c.question, (c.workbook.text, c.workbook.reason)) for c in (*changes.fitting, *changes.conflicts)]
    for question, texts in (*said, *((question, astuple(piece)) for question, piece in typed)):
        text = max(texts, key=len)
        if len(text) > MAX_TEXT_LENGTH:
            yield question, CellRemark(cells.get(question, ""), shortened(text), _(TOO_LONG))


def _not_mine(edition: Edition, returned: ReturnedQuestionnaire, about: str) -> CellRemark:
    says = _("This question is not assigned to you, so its answer stays as it is.")
    return CellRemark(returned.cells.get(about, ""), shortened(question_words(edition, about)), says)


def _evidence(
    here: AssessmentContext, typed: Iterable[tuple[str, TypedEvidence]], today: date, among: Collection[str]
) -> Iterator[tuple[str, Quotation | Link]]:
    """Yield the pieces of evidence that the answers do not have yet, by question."""
    for question, piece in typed:
        if question not in among:
            continue
        kept = here.saved_answers.get(question)
        there = [each.rests_on for each in kept.evidence] if kept else []
        quotation = tuple(storable_text(words).strip() for words in (piece.document, piece.page, piece.passage))
        quoted = {(e.document, e.page, e.passage) for e in there if isinstance(e, Quotation)}
        if piece.document and quotation not in quoted:
            yield question, Quotation(piece.document, piece.page, None, piece.passage)
        if piece.link and piece.link not in {e.url for e in there if isinstance(e, Link)}:
            yield question, Link(piece.link, today)
