"""What decides which questions are asked, and must therefore be known before an assessment is handed in."""

from collections.abc import Iterator, Mapping

from compliance.questionnaire.answers import Answer, AnswerSheet
from compliance.questionnaire.edition import PROFILE, Condition, Edition
from compliance.questionnaire.routing import YES, Route, terms

#: The profile field that puts a company among its peers. It steers nothing, and a figure without it is nobody's.
PEER_GROUP = "sector"
#: The question that puts a company in a region: exactly one country.
HEADQUARTERS = "about.headquarters"


def steering_ids(edition: Edition) -> frozenset[str]:
    """Every id that some condition looks at: question ids, and `profile.<field>`."""
    return frozenset(term.id for condition in _conditions(edition) for term in terms(condition))


def steering_blanks(edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route]) -> tuple[str, ...]:
    """What still has to be answered before submission: leaving it blank would be a way out of questions.

    Profile fields (as `profile.<field>`) and unscored questions that steer, the peer group, and the headquarters
    unless it is one country.
    """
    steering = steering_ids(edition)
    fields = [f for f in edition.profile if PROFILE + f in steering or f == PEER_GROUP]
    blank = [PROFILE + f for f in fields if f not in sheet.profile]
    unscored = (q.id for q in edition.questions.values() if not q.scored and q.id in steering)
    blank += [q for q in unscored if routes[q].asked == YES and q not in sheet.answers and q != HEADQUARTERS]
    if HEADQUARTERS in edition.questions and not is_one_country(sheet.answers.get(HEADQUARTERS)):
        blank.append(HEADQUARTERS)
    return tuple(blank)


def is_one_country(answer: Answer | None) -> bool:
    """Whether an answer about countries names exactly one."""
    return isinstance(answer, tuple) and len(answer) == 1


def _conditions(edition: Edition) -> Iterator[Condition | None]:
    for part in edition.root.walk():
        yield part.asked_when
        yield getattr(part, "counts_when", None)
