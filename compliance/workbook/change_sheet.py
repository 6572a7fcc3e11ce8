"""The sheet *Changes*, as downloaded: differences from the last submission, and their effects on the score."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import BASIS_LABELS, profile_field_label, profile_value_label
from compliance.narrative.answer_wording import saved_answer_words
from compliance.narrative.method_wording import day_words
from compliance.narrative.score_change import change_sentence
from compliance.narrative.score_wording import decimals_of_points, no_verdict_note
from compliance.questionnaire.answers import Adjusted, AnswerSheet, NotApplicable, Verdict, number_text, write_answer
from compliance.questionnaire.edition import Edition, Question
from compliance.scoring.coded_answers import BASES, Basis
from compliance.scoring.numeric import SCORE, number_or_none
from compliance.scoring.score import Scores, score
from compliance.scoring.scorecard import make_scorecard
from compliance.statistics.score_change import ScoreChange, score_changes
from compliance.statistics.two_periods import EditionMigrator, PeriodSheets, code_periods
from compliance.workbook.cell_styles import Style, decimals
from compliance.workbook.columns import ColumnSpec, SheetColumn
from compliance.workbook.review_words import DETERMINATION_WORDS, Determination
from compliance.workbook.scorecard_data import EarlierSubmission, ScorecardData
from compliance.workbook.scorecard_layout import CHANGES_SHEET
from compliance.workbook.writer import SheetWriter, WorkbookWriter

CHANGES_HEAD = 3


class ScoreChangeColumn(SheetColumn):
    """The columns of the table of scores. The first are as wide as the table below needs them."""

    BASIS = ColumnSpec(N_("Overall score"), 14, "start")
    SAID = ColumnSpec(N_("In words"), 54, "start")
    BEFORE = ColumnSpec(N_("Before"), 40)
    NOW = ColumnSpec(N_("Now"), 40)
    CHANGE = ColumnSpec(N_("Change"), 11)
    ANSWERS = ColumnSpec(N_("Answers"), 11)
    EVIDENCE = ColumnSpec(N_("Evidence and verification"), 12)
    METHOD = ColumnSpec(N_("Method"), 16)


class AnswerChangeColumn(SheetColumn):
    """The columns of the table of changed answers, evidence and determinations."""

    # Translators: heading of a column that says "Answer", "Evidence" or "Determination".
    KIND = ColumnSpec(N_("What changed"), 14, "start")
    QUESTION = ColumnSpec(N_("Question"), 54, "start")
    BEFORE = ColumnSpec(N_("Before"), 40, "start")
    NOW = ColumnSpec(N_("Now"), 40, "inset")
    POINTS_BEFORE = ColumnSpec(N_("Points before"), 11)
    POINTS_NOW = ColumnSpec(N_("Points now"), 11)
    FULL_MARKS = ColumnSpec(N_("out of"), 12)
    ID = ColumnSpec(N_("Id"), 16, "inset")
    REQUIREMENT = ColumnSpec(N_("Requirement"), 38, "start")


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """One difference in an answer, its evidence, or the determination on it. Points: None where there are none."""

    kind: str
    question: Question | None  # None: a field of the profile
    text: str
    before: str
    now: str
    points_before: float | None = None
    points_now: float | None = None


def write_changes(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write the sheet, unless earlier submissions are unknown (None)."""
    earlier, head = data.metadata.earlier, 0
    if earlier is None:
        return
    sheet = book.sheet(data.layout.sheet_names[CHANGES_SHEET])
    sheet.title(_("Changes since the last submission"))
    sheet.text(1, 0, _since(data, earlier), "soft")
    if earlier:
        changes = {basis: basis_change(data, earlier[0], basis) for basis in BASES}
        row = _score_table(sheet, data.edition, changes)
        head = _moved_table(sheet, data.edition, changes["claimed"], row)
        _answer_table(sheet, data, earlier[0], head)
    sheet.set_up_page(
        heading=data.metadata.company, note=_("As downloaded"), wide=True, repeat=(head, head) if earlier else None
    )
    sheet.protect()


def _since(data: ScorecardData, earlier: Sequence[EarlierSubmission]) -> str:
    if earlier:
        return _("Compared with what was submitted on %(day)s.", day=day_words(earlier[0].at.isoformat()))
    if data.metadata.submission:
        return _("This is the first submission, so there is nothing earlier to compare it with.")
    return _("Nothing has been submitted yet, so there is nothing to compare with.")


def _score_table(sheet: SheetWriter, edition: Edition, changes: Mapping[Basis, ScoreChange | None]) -> int:
    """Write the scores before and now on each basis, and the reasons of the change. Return the next free row."""
    sheet.columns(CHANGES_HEAD, [column.spec for column in ScoreChangeColumn])
    exact = decimals(decimals_of_points(edition.round))
    for row, (basis, change) in enumerate(changes.items(), CHANGES_HEAD + 1):
        said = no_verdict_note() if change is None else _change_words(change, edition.round)
        sheet.text(row, ScoreChangeColumn.BASIS, _(BASIS_LABELS[basis]), "row", "bold")
        sheet.text(row, ScoreChangeColumn.SAID, said, "row", "wrap", "small")
        figures = _figures_of(change) if change else (None,) * 6
        for column, figure in enumerate(figures, ScoreChangeColumn.BEFORE):
            digits = decimals(edition.round) if column <= ScoreChangeColumn.NOW else exact
            sheet.number_or_blank(row, column, figure, "row", form=digits)
    return CHANGES_HEAD + len(changes) + 2


def _change_words(change: ScoreChange, digits: int) -> str:
    if change.before is None and change.after is None:
        return _("There was no score before, and there is none now.")
    return change_sentence(change, digits)


def _figures_of(change: ScoreChange) -> tuple[float | None, ...]:
    return change.before, change.after, change.total, change.answers, change.evidence, change.method


def basis_change(data: ScorecardData, earlier: EarlierSubmission, basis: Basis) -> ScoreChange | None:
    """Return the decomposed change of the overall score on a basis; None if the verified score had and has no verdicts.

    A verdict judges an answer to one edition, so between two editions the verified change is not decomposed.
    """
    before, now = (replace(sheet, company=data.metadata.company) for sheet in (earlier.sheet, data.sheet))
    if basis == "verified" and not before.verdicts and not now.verdicts:
        return None
    old, new = earlier.compiled.edition, data.edition
    if basis == "verified" and old.digest != new.digest:
        cards = (make_scorecard(earlier.compiled, before, basis), make_scorecard(data.compiled, now, basis))
        was, is_ = (card.overall.score for card in cards)
        return ScoreChange(company=now.company, before=None if was is None else was * new.scale / old.scale, after=is_)
    migrator = EditionMigrator(old, new, {})
    periods = (PeriodSheets(earlier.compiled, [before]), PeriodSheets(data.compiled, [now]))
    (change,) = score_changes(code_periods(*periods, migrator.migrate, basis))
    return change


def _moved_table(sheet: SheetWriter, edition: Edition, change: ScoreChange | None, row: int) -> int:
    """Write the requirements that changed the claimed score, largest change first. Return the next free row."""
    moved = sorted(change.by_requirement if change else (), key=lambda each: -abs(each[1]))
    if not moved:
        return row
    points = ScoreChangeColumn.BEFORE
    sheet.headings(row, (_("Id"), _("Requirement"), _("Points of the overall score")), right=(points,))
    exact = decimals(decimals_of_points(edition.round))
    for at, (requirement, moved_by) in enumerate(moved, row + 1):
        title = edition.nodes[requirement].title or requirement
        sheet.text(at, 0, requirement, "row", "soft", "small")
        sheet.text(at, ScoreChangeColumn.SAID, title, "row", "wrap")
        sheet.number(at, points, moved_by, "row", exact)
    return row + len(moved) + 2


def _answer_table(sheet: SheetWriter, data: ScorecardData, earlier: EarlierSubmission, row: int) -> None:
    """Write every difference, by question."""
    found = list(answer_changes(data, earlier))
    if not found:
        sheet.text(row, 0, _("No answer, evidence or determination has changed."))
        return
    specs = [column.spec for column in AnswerChangeColumn]
    sheet.widths(*(spec.width for spec in specs))
    numbers = [at for at, spec in enumerate(specs) if spec.align == "right"]
    inset = [at for at, spec in enumerate(specs) if spec.align == "inset"]
    sheet.headings(row, [_(spec.heading) for spec in specs], right=numbers, inset=inset)
    for at, change in enumerate(found, row + 1):
        _answer_row(sheet, data.edition, at, change)
    sheet.xlsx.autofilter(row, 0, row + len(found), len(specs) - 1)


def _answer_row(sheet: SheetWriter, edition: Edition, row: int, change: AnswerChange) -> None:
    question, points = change.question, {"num_format": "0.##"}
    requirement = _requirement_of(edition, question)
    texts: dict[int, tuple[str, tuple[str | Style, ...]]] = {
        AnswerChangeColumn.KIND: (change.kind, ("soft",)),
        AnswerChangeColumn.QUESTION: (change.text, ("wrap", "bold")),
        AnswerChangeColumn.BEFORE: (change.before, ("text",)),
        AnswerChangeColumn.NOW: (change.now, ("text", "inset")),
        AnswerChangeColumn.ID: (question.id if question else "", ("soft", "small", "inset")),
        AnswerChangeColumn.REQUIREMENT: (requirement, ("wrap",)),
    }
    for column, (text, looks) in texts.items():
        sheet.text(row, column, text, "row", *looks)
    full = question.unit_points if question and question.scored else None
    for column, number in (
        (AnswerChangeColumn.POINTS_BEFORE, change.points_before),
        (AnswerChangeColumn.POINTS_NOW, change.points_now),
        (AnswerChangeColumn.FULL_MARKS, full),
    ):
        sheet.number_or_blank(row, column, number, "row", form=points)


def _requirement_of(edition: Edition, question: Question | None) -> str:
    node = edition.parents.get(question.id) if question else None
    while node is not None and not node.is_requirement:
        node = edition.parents.get(node.id)
    return (node.title or node.id) if node else ""


def answer_changes(data: ScorecardData, earlier: EarlierSubmission) -> Iterator[AnswerChange]:
    """Yield the differences between two versions: the profile, then by question its answer, evidence, determination."""
    old, new = earlier.compiled.edition, data.edition
    for name in dict.fromkeys((*new.profile, *old.profile)):
        was, now = (sheet.profile.get(name) for sheet in (earlier.sheet, data.sheet))
        if was != now:
            of = new if name in new.profile else old
            before, after = (_profile_words(of, name, value) for value in (was, now))
            yield AnswerChange(_("Answer"), None, profile_field_label(of, name), before, after)
    differences: tuple[tuple[str, Callable[[Edition, AnswerSheet, str], str], Basis], ...] = (
        (_("Answer"), _answer_words, "claimed"),
        (_("Evidence"), _evidence_words, "evidenced"),
        (_("Determination"), _verdict_words, "verified"),
    )
    scored = {
        basis: (score(earlier.compiled, [earlier.sheet], basis), score(data.compiled, [data.sheet], basis))
        for basis in BASES
    }
    for question in (*new.questions.values(), *(q for q in old.questions.values() if q.id not in new.questions)):
        for kind, words_of, basis in differences:
            before, now = (words_of(edition, sheet, question.id)
                           for edition, sheet in ((old, earlier.sheet), (new, data.sheet)))  # fmt: skip
            if before != now:
                was, is_ = (_points(scores, question) for scores in scored[basis])
                if basis == "verified":  # the engine counts answers that nobody reviewed as 0, which is no finding
                    was, is_ = (points if question.id in sheet.verdicts else None
                                for points, sheet in ((was, earlier.sheet), (is_, data.sheet)))  # fmt: skip
                yield AnswerChange(kind, question, question.ask, before, now, was, is_)


def _profile_words(edition: Edition, name: str, value: object) -> str:
    if value is None:
        return _("No answer")
    return number_text(value) if isinstance(value, float) else profile_value_label(edition, name, str(value))


def _answer_words(edition: Edition, sheet: AnswerSheet, question: str) -> str:
    if question not in edition.questions:
        return _("This question is not asked.")
    answer, blank = sheet.answers.get(question), sheet.words.get(question)
    reason = answer.reason if isinstance(answer, NotApplicable) else ""
    word, title = (blank.word, blank.title) if blank else ("", "")
    return saved_answer_words(edition, question, write_answer(answer), reason, word, title)


def _evidence_words(_edition: Edition, sheet: AnswerSheet, question: str) -> str:
    return _("There is evidence.") if question in sheet.evidenced else _("No evidence")


def _verdict_words(edition: Edition, sheet: AnswerSheet, question: str) -> str:
    verdict: Verdict | None = sheet.verdicts.get(question)
    if isinstance(verdict, Adjusted):
        answer = saved_answer_words(edition, question, write_answer(verdict.answer))
        return _("%(determination)s: %(answer)s", determination=_determination("adjusted"), answer=answer)
    return _determination(verdict or "not-reviewed")


def _determination(determination: Determination) -> str:
    return _(DETERMINATION_WORDS[determination])


def _points(scores: Scores, question: Question) -> float | None:
    """Return the points that an answer earns on a basis; None if it is not scored, or drops out."""
    result = scores.results.get(question.id)
    return number_or_none(result.value[SCORE, 0], question.unit_points) if result is not None else None
