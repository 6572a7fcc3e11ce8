"""Reading routes: which questions are asked."""

from collections.abc import Mapping

from compliance.questionnaire.routing import YES, Route


def asked_questions(routes: Mapping[str, Route]) -> tuple[str, ...]:
    """Return the ids of the questions that are asked, in file order."""
    return tuple(question_id for question_id, at in routes.items() if at.asked == YES)
