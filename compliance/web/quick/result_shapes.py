"""What the result page shows: the score with its interval, what would lift it most, each answer with its law."""

from compliance.languages.formats import listed
from compliance.scoring.plan import Plan
from compliance.web.company.card_shapes import card_shapes
from compliance.web.quick.blueprint import sheet_of
from compliance.web.quick.link_code import Answers
from compliance.web.shapes import Shape, provision_shapes

#: Gaps that stand in the open; the others are one click away.
FIRST_GAPS = 3


def result_shapes(plan: Plan, answers: Answers) -> Shape:
    """The result as its template reads it: that of a scorecard, the gaps by what meeting each would gain."""
    edition = plan.edition
    card = card_shapes(plan, sheet_of(answers))
    # What is claimed has nothing beside it: a quick check asks for no evidence.
    gaps = [gap | {"beside": ""} for gap in (*card["gaps"], *card["more_gaps"])]
    gaps.sort(key=lambda gap: (-gap["gain"], not gap["critical"]))
    return card | {
        "gaps": gaps[:FIRST_GAPS],
        "more_gaps": gaps[FIRST_GAPS:],
        "lines": [_line(plan, question, answers.get(question, "")) for question in edition.questions],
    }


def _line(plan: Plan, question_id: str, chosen: str) -> Shape:
    question = plan.edition.questions[question_id]
    requirement = plan.edition.requirement_of(question_id)
    option = question.option(chosen) if chosen else None
    provisions = provision_shapes(plan.edition, requirement.law) if requirement else []
    return {
        "ask": question.ask,
        "answer": option.text if option else "",
        "points": option.points if option else None,
        "full": question.full,
        "provisions": provisions,
        "names": listed(f"{provision['short']} {provision['provision']}" for provision in provisions),
    }
