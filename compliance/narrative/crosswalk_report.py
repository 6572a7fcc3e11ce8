"""A company's answers in the order of a reporting standard: point by point, with evidence and gaps, and as a text.

It is a start for a report. It says nothing about conformity and has no scores: a standard asks what is done, and a
score is this tool's measure of it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from compliance.languages.formats import comma_list, long_date, semicolon_list
from compliance.languages.interface_messages import N_, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import localised_citation
from compliance.narrative.answer_wording import finding_sentences, saved_answer_words
from compliance.questionnaire.answers import Adjusted, AnswerSheet, BlankWord, NotApplicable, write_answer
from compliance.questionnaire.crosswalk import Crosswalk, CrosswalkPoint
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.questionnaire.flags import flagged_options
from compliance.questionnaire.routing import NO, Route, counted_answer, route_questions
from compliance.scoring.compiled_edition import normalised_score
from compliance.scoring.progress import is_counted, lacks_evidence

#: What may be missing: the answer itself, the rest up to full marks, or evidence.
Missing: TypeAlias = Literal["answer", "rest", "evidence"]
#: The columns of the table, which has a row for each point and answer to a related requirement.
TABLE_COLUMNS = (
    *("company", "point", "provision", "title", "requirement", "requirement_title"),
    *("question", "ask", "answer", "evidence", "verdict", "missing", "closes", "open"),
)


@dataclass(frozen=True, slots=True)
class ReportedAnswer:
    """One answer in words, and what is missing from it."""

    question: str
    ask: str
    answer: str
    evidence: str  # in words; "": none, or not known in detail
    evidenced: bool
    verdict: str  # of an auditor; "": none
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class ReportedRequirement:
    """What a company answered to one requirement, and what would close its gap."""

    id: str
    title: str
    answers: tuple[ReportedAnswer, ...]  # without questions by choice that were not answered
    closes: str  # "": there is no gap
    by_choice: bool = False  # whether a question by choice was not answered
    depends: bool = False  # whether a question is left out because of another answer, or until there is one

    @property
    def gap(self) -> str:
        """What is missing, in sentences, or "" if nothing is."""
        counts = {kind: sum(kind in each.missing for each in self.answers) for kind in _MISSING_COUNTS}
        return " ".join(say(counts[kind]) for kind, say in _MISSING_COUNTS.items() if counts[kind])


@dataclass(frozen=True, slots=True)
class ReportedPoint:
    """A point of the standard, and the requirements related to it."""

    id: str
    title: str
    provision: str  # in the words of the language: "S2 para. 18"
    open: str  # what the point asks for and no answer says
    requirements: tuple[ReportedRequirement, ...]  # each with an answer or a gap
    by_choice: tuple[str, ...]  # titles of requirements asked by choice only, and not answered
    dependent: tuple[str, ...]  # titles of requirements without answers here because of other answers
    not_asked: tuple[str, ...]  # titles of requirements that this company is not asked about

    @property
    def name(self) -> str:
        """The name of the point: `S2-1_06 (S2 para. 18)`, or `Criterion 1` if the provision contains the id."""
        if self.id in self.provision.split():
            return self.provision[:1].upper() + self.provision[1:]
        return f"{self.id} ({self.provision})" if self.provision else self.id

    @property
    def answered(self) -> bool:
        """Whether some answer says something about the point."""
        return any("answer" not in each.missing for requirement in self.requirements for each in requirement.answers)

    @property
    def complete(self) -> bool:
        """Whether something is answered and nothing is missing, nor asked for by the point alone."""
        whole = not (self.open or self.dependent or any(requirement.gap for requirement in self.requirements))
        return self.answered and whole


@dataclass(frozen=True, slots=True)
class CrosswalkReport:
    """A company's answers in the order of a standard."""

    crosswalk: Crosswalk
    edition: Edition
    company: str
    points: tuple[ReportedPoint, ...]


def crosswalk_report(
    crosswalk: Crosswalk, edition: Edition, sheet: AnswerSheet, evidence: Mapping[str, str] | None = None
) -> CrosswalkReport:
    """Return the answers of a sheet in the order of a standard.

    Questions by choice are reported if they were answered, and are not gaps otherwise. `evidence`: the evidence for
    answers in words, by question; if it is not given, the report says only whether there is any.
    """
    routes = route_questions(edition, sheet)
    reported = {
        requirement.id: _requirement(edition, sheet, routes, requirement, evidence or {})
        for requirement in edition.requirements
    }
    points = (_point(point, edition, reported) for point in crosswalk.points)
    return CrosswalkReport(crosswalk, edition, sheet.company, tuple(points))


def _point(point: CrosswalkPoint, edition: Edition, reported: Mapping[str, ReportedRequirement]) -> ReportedPoint:
    beside = {each: reported.get(each) for each in point.requirements}
    silent: dict[str, list[str]] = {"by choice": [], "dependent": [], "not asked": []}
    for i, found in beside.items():
        if found is None or not found.answers:
            why = "by choice" if found and found.by_choice else "dependent" if found and found.depends else "not asked"
            silent[why].append(found.title if found else edition.left_out.get(i, i))
    return ReportedPoint(
        id=point.id,
        title=point.title,
        provision=localised_citation(point.provision),
        open=point.open,
        requirements=tuple(found for found in beside.values() if found and found.answers),
        by_choice=tuple(silent["by choice"]),
        dependent=tuple(silent["dependent"]),
        not_asked=tuple(silent["not asked"]),
    )


def _requirement(
    edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route], node: Node, evidence: Mapping[str, str]
) -> ReportedRequirement:
    asked = [question for question in node.questions() if is_counted(routes[question.id])]
    told = [q for q in asked if q.id in sheet.answers or not edition.is_by_choice(q)]
    answers = tuple(_answer(edition, sheet, routes, question, evidence) for question in told)
    is_short = any({"answer", "rest"} & set(answer.missing) for answer in answers)
    closes = node.closes if is_short else ""
    depends = any(routes[question.id].asked != NO and question not in asked for question in node.questions())
    return ReportedRequirement(node.id, node.title or node.id, answers, closes, len(told) < len(asked), depends)


def _answer(
    edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route], question: Question, evidence: Mapping[str, str]
) -> ReportedAnswer:
    answer, word = sheet.answers.get(question.id), sheet.words.get(question.id, BlankWord(""))
    reason = answer.reason if isinstance(answer, NotApplicable) else ""
    words = saved_answer_words(edition, question.id, write_answer(answer), reason, word.word, word.title)
    said = " ".join([words, *finding_sentences(flagged_options(question, answer))])
    return ReportedAnswer(
        question=question.id,
        ask=question.ask,
        answer=said,
        evidence=evidence.get(question.id, ""),
        evidenced=question.id in sheet.evidenced,
        verdict=_verdict_words(edition, sheet, question.id),
        missing=tuple(_missing(edition, sheet, routes, question)),
    )


def _missing(
    edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route], question: Question
) -> Iterator[Missing]:
    answer = counted_answer(question, sheet.answers, sheet.answers.get(question.id))
    if answer is None:
        yield "answer"
    elif question.scored and not isinstance(answer, NotApplicable):
        if normalised_score(question, answer) < (0 if question.only_deducts else 1):
            yield "rest"
        if lacks_evidence(edition, sheet, routes, question.id):
            yield "evidence"


def _verdict_words(edition: Edition, sheet: AnswerSheet, question_id: str) -> str:
    verdict = sheet.verdicts.get(question_id)
    if verdict is None:
        return ""
    if isinstance(verdict, Adjusted):
        found = saved_answer_words(edition, question_id, write_answer(verdict.answer))
        return _("An auditor found another answer: %(answer)s", answer=found)
    return _("An auditor confirmed it.") if verdict == "confirmed" else _("An auditor found it not shown.")


def _answers_missing(number: int) -> str:
    return ngettext("One question is not answered.", "%(num)s questions are not answered.", number)


def _rests_missing(number: int) -> str:
    return ngettext("One answer does not reach full marks.", "%(num)s answers do not reach full marks.", number)


def _evidence_missing(number: int) -> str:
    return ngettext("One answer rests on no evidence yet.", "%(num)s answers rest on no evidence yet.", number)


_MISSING_COUNTS: Mapping[Missing, Callable[[int], str]] = {
    "answer": _answers_missing,
    "rest": _rests_missing,
    "evidence": _evidence_missing,
}
_MISSING_WORDS: Mapping[Missing, str] = {
    "answer": N_("no answer"),
    "rest": N_("below full marks"),
    "evidence": N_("no evidence yet"),
}


def missing_words(answer: ReportedAnswer) -> str:
    """Return what is missing from one answer, or "" if nothing is."""
    return comma_list(_(_MISSING_WORDS[kind]) for kind in answer.missing)


# ── About the whole report


def start_words(report: CrosswalkReport) -> str:
    """Return the notice above every report: it is a start, and not a statement of conformity."""
    return _(
        "This is a start for a report by %(standard)s, in its order. It is no statement of conformity. Before you "
        "publish anything, read each point in the standard itself.",
        standard=report.crosswalk.short,
    )


def summary_words(report: CrosswalkReport) -> str:
    """Return how many points have an answer, and for how many nothing is missing."""
    answered, complete = (sum(getattr(p, name) for p in report.points) for name in ("answered", "complete"))
    return _(
        "Points: %(points)s. With an answer beside them: %(answered)s. With nothing missing: %(complete)s.",
        points=str(len(report.points)),
        answered=str(answered),
        complete=str(complete),
    )


def source_lines(report: CrosswalkReport) -> tuple[str, ...]:
    """Return lines about the standard: version, source and day, rights, and what the crosswalk leaves out."""
    crosswalk = report.crosswalk
    return tuple(
        line
        for line in (
            _("%(name)s: %(value)s", name=_("Version"), value=crosswalk.version),
            _(
                "Read on %(day)s in: %(source)s",
                day=long_date(date.fromisoformat(crosswalk.as_of)),
                source=crosswalk.source,
            ),
            crosswalk.licence,
            crosswalk.left_out,
        )
        if line
    )


def silent_words(point: ReportedPoint) -> tuple[str, ...]:
    """Return sentences naming a point's requirements without answers, by the reason."""
    by_choice, dependent, not_asked = map(semicolon_list, (point.by_choice, point.dependent, point.not_asked))
    said = (
        _("Asked by choice, and not answered: %(requirements)s.", requirements=by_choice) if by_choice else "",
        _("Left out because of another answer, given or missing: %(requirements)s.", requirements=dependent)
        if dependent
        else "",
        _("Not asked of this company: %(requirements)s.", requirements=not_asked) if not_asked else "",
    )
    return tuple(filter(None, said))


def point_heading(point: ReportedPoint) -> str:
    """Return a heading: `S2-1_06 (S2 para. 18): Whether there is a code of conduct for suppliers`."""
    return _("%(name)s: %(value)s", name=point.name, value=point.title)


def requirement_heading(requirement: ReportedRequirement) -> str:
    """Return a requirement's title, marked as a requirement: it says what should be so, not what is."""
    return _("Requirement %(id)s: %(title)s", id=requirement.id, title=requirement.title)


def evidence_words(answer: ReportedAnswer) -> str:
    """Return the evidence for an answer, or that there is some, or "" if there is none."""
    return answer.evidence or (_("There is evidence.") if answer.evidenced else "")


def first_points(report: CrosswalkReport) -> Mapping[str, str]:
    """Return by requirement the name of the first point related to it, where its gap is reported."""
    found: dict[str, str] = {}
    for point in report.points:
        for requirement in point.requirements:
            found.setdefault(requirement.id, point.name)
    return found


# ── As a table, and as a text


def table_rows(report: CrosswalkReport) -> Iterator[tuple[str, ...]]:
    """Yield rows of TABLE_COLUMNS: for each point all its answers, even if repeated. Without any, yield one row."""
    for point in report.points:
        head = (report.company, point.id, point.provision, point.title)
        if not point.requirements:
            yield (*head, *[""] * 7, " ".join(silent_words(point)), "", point.open)
        for requirement in point.requirements:
            for each in requirement.answers:
                yield (
                    *(*head, requirement.id, requirement.title, each.question, each.ask, each.answer),
                    *(evidence_words(each), each.verdict, missing_words(each), requirement.closes, point.open),
                )


def report_text(report: CrosswalkReport) -> str:
    """Return the report in Markdown: all answers at every point, and what closes a gap at the first point only."""
    standard, first = report.crosswalk.short, first_points(report)
    title = _("%(company)s: a start for a report by %(standard)s", company=report.company, standard=standard)
    edition = f"{report.edition.title} ({report.edition.id})"
    blocks = [f"# {_escaped(title)}", f"> {_escaped(start_words(report))}"]
    blocks += map(_escaped, (summary_words(report), edition, *source_lines(report)))
    for point in report.points:
        blocks += _point_text(point, first)
    return "\n\n".join(blocks) + "\n"


def _point_text(point: ReportedPoint, first: Mapping[str, str]) -> Iterator[str]:
    yield f"## {_escaped(point_heading(point))}"
    if point.open:
        yield _labelled(_("To add"), point.open)
    for requirement in point.requirements:
        yield f"### {_escaped(requirement_heading(requirement))}"
        for each in requirement.answers:
            yield from _answer_text(each)
        if requirement.gap:
            yield _labelled(_("Missing"), requirement.gap)
        if requirement.closes and first[requirement.id] != point.name:
            yield _escaped(closed_before_words(first[requirement.id]))
        elif requirement.closes:
            yield _labelled(_("What closes it"), requirement.closes)
    yield from map(_escaped, silent_words(point))


def _answer_text(answer: ReportedAnswer) -> Iterator[str]:
    yield f"- {_escaped(answer.ask)}"
    below = [_escaped(answer.answer)]
    if answer.evidence:
        below.append(_labelled(_("Evidence"), "; ".join(answer.evidence.splitlines())))
    elif answer.evidenced:
        below.append(_escaped(evidence_words(answer)))
    if answer.verdict:
        below.append(_escaped(answer.verdict))
    yield from (f"  {line}" for line in below)


def closed_before_words(point: str) -> str:
    """Return a reference to the point where it was said what closes a gap."""
    return _("What closes it: see %(point)s above.", point=point)


def _labelled(name: str, value: str) -> str:
    return _("%(name)s: %(value)s", name=f"**{name}**", value=_escaped(value))


#: Characters with a meaning in Markdown: anywhere, underscores outside words, or at the beginning of a line.
_MARKUP = re.compile(r"[\\`*<\[\]|]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|^[#>+-]|^\d+(?=[.)])")


def _escaped(text: str) -> str:
    """Return a text as one line of Markdown, escaped so that it makes no heading, link or HTML."""
    return _MARKUP.sub(_escape, " ".join(text.split()))


def _escape(found: re.Match[str]) -> str:
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"
