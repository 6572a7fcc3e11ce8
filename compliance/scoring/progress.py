"""Progress: how far an assessment is answered, counted in the same way for every page, sheet and screen. Not a score.

Every question of the themes that is asked and has no shut gate is counted. Behind a shut gate there is nothing to
answer, even if an earlier answer is kept. Questions about the company itself are counted with its profile.
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
    """Counts over some questions: asked, answered, and so on."""

    asked: int
    answered: int
    unshown: int  # answers that earn points and have no evidence
    judged: int  # questions with a verdict of an auditor

    @property
    def status(self) -> str:
        """`new`, `progress`, `answered` (some answers without evidence) or `complete`."""
        if self.answered < self.asked or not self.asked:
            return "progress" if self.answered else "new"
        return "answered" if self.unshown else "complete"


def progress_at(
    edition: Edition, sheet: AnswerSheet, node: str = OVERALL, routes: Mapping[str, Route] | None = None
) -> Progress:
    """Return the progress of one node, by default the whole. `routes`: of the sheet, if known already."""
    routed = routes if routes is not None else route_questions(edition, sheet)
    return progress_of(edition, sheet, routed, questions_in(edition, node))


def progress_of(edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route], ids: Iterable[str]) -> Progress:
    """Return the progress over these questions."""
    (found,) = progress_by(edition, sheet, routes, [ids])
    return found


def progress_by(
    edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route], groups: Iterable[Iterable[str]]
) -> list[Progress]:
    """Return the progress over each group of questions."""
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
    """Return the questions below a node that are scored or in a theme."""
    judged = _judged(edition)
    return iter(judged) if node == OVERALL else (q.id for q in edition.nodes[node].questions() if q.id in judged)


@once_for_edition
def _judged(edition: Edition) -> Mapping[str, None]:
    in_themes = {question.id for theme in edition.themes for question in theme.questions()}
    return dict.fromkeys(q.id for q in edition.questions.values() if q.scored or q.id in in_themes)


def open_to_verdicts(edition: Edition, sheet: AnswerSheet) -> frozenset[str]:
    """Return the questions that an auditor can judge: those asked given the answers, as claimed or as adjusted."""
    adjusted = {i: verdict.answer for i, verdict in sheet.verdicts.items() if isinstance(verdict, Adjusted)}
    sheets = [sheet, replace(sheet, answers={**sheet.answers, **adjusted})] if adjusted else [sheet]
    routed = [route_questions(edition, each) for each in sheets]
    return frozenset(i for i in questions_in(edition) if any(routes[i].asked == YES for routes in routed))


def is_counted(route: Route) -> bool:
    """Tell whether a question is asked, and can still count."""
    return route.asked == YES and route.counts != NO


def lacks_evidence(edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route], question_id: str) -> bool:
    """Tell whether an answer earns points without evidence. An answer that earns nothing needs none."""
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
