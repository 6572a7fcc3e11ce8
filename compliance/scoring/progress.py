"""Completion: how far an assessment is answered, one count for every page, sheet and screen. It is no score.

Counted is every question of the themes that is asked and is not behind a shut gate: there is nothing to answer
there, even if an earlier answer is kept. Questions about the company itself are counted with its profile.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from compliance.questionnaire.answers import Adjusted, AnswerSheet, NotApplicable
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.questionnaire.routing import (
    NO,
    YES,
    Route,
    counted_answer,
    counted_sheet,
    once_for_edition,
    route_questions,
)
from compliance.scoring.compiled_edition import normalised_score


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of some questions: counted, answered, and so on."""

    asked: int
    answered: int
    unshown: int  # answers worth something that no evidence bears out
    judged: int  # those with a verdict of an auditor

    @property
    def status(self) -> str:
        """`new`, `progress`, `answered` (some of it without evidence) or `complete`."""
        if self.answered < self.asked or not self.asked:
            return "progress" if self.answered else "new"
        return "answered" if self.unshown else "complete"


def progress_at(
    edition: Edition, sheet: AnswerSheet, node: str = OVERALL, routes: Mapping[str, Route] | None = None
) -> Progress:
    """The progress of one node, or of the whole. `routes`: of the sheet, where they are known."""
    routed = routes if routes is not None else route_questions(edition, sheet)
    return progress_of(edition, sheet, routed, questions_in(edition, node))


def progress_of(edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route], ids: Iterable[str]) -> Progress:
    """Count over these questions."""
    (found,) = progress_by(edition, sheet, routes, [ids])
    return found


def progress_by(
    edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route], groups: Iterable[Iterable[str]]
) -> list[Progress]:
    """Count over each of some groups of questions."""
    counted = counted_sheet(edition, sheet)
    return [_progress(edition, counted, routes, ids) for ids in groups]


def _progress(edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route], ids: Iterable[str]) -> Progress:
    counted = [i for i in ids if is_counted(routes[i])]
    return Progress(
        len(counted),
        sum(i in sheet.answers for i in counted),
        sum(lacks_evidence(edition, sheet, routes, i) for i in counted),
        sum(i in sheet.verdicts for i in counted),
    )


def questions_in(edition: Edition, node: str = OVERALL) -> Iterator[str]:
    """The questions below a node that judge something, or stand in a theme beside those that do."""
    judged = _judged(edition)
    return iter(judged) if node == OVERALL else (q.id for q in edition.nodes[node].questions() if q.id in judged)


@once_for_edition
def _judged(edition: Edition) -> Mapping[str, None]:
    in_themes = {question.id for theme in edition.themes for question in theme.questions()}
    return dict.fromkeys(q.id for q in edition.questions.values() if q.scored or q.id in in_themes)


def open_to_verdicts(edition: Edition, sheet: AnswerSheet) -> frozenset[str]:
    """The questions that an auditor can judge: those asked by the answers, also as verdicts adjust them."""
    adjusted = {i: verdict.answer for i, verdict in sheet.verdicts.items() if isinstance(verdict, Adjusted)}
    sheets = [sheet, replace(sheet, answers={**sheet.answers, **adjusted})] if adjusted else [sheet]
    routed = [route_questions(edition, each) for each in sheets]
    return frozenset(i for i in questions_in(edition) if any(routes[i].asked == YES for routes in routed))


def is_counted(route: Route) -> bool:
    """True if a question is asked, and can still count."""
    return route.asked == YES and route.counts != NO


def lacks_evidence(edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route], question_id: str) -> bool:
    """An answer that earns points without evidence. An answer that earns nothing needs none."""
    question = edition.questions[question_id]
    answer = counted_answer(question, sheet.answers, sheet.answers.get(question_id))
    if not question.scored or question.evidence == "none" or question_id in sheet.evidenced:
        return False
    if answer is None or isinstance(answer, NotApplicable):
        return False
    return (
        routes[question_id].asked == YES
        and routes[question_id].counts == YES
        and normalised_score(question, answer) > 0
    )
