"""An answer in words, and the sum that makes its points."""

from compliance.languages import formats
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.answers import Answer, NotApplicable, Value
from compliance.questionnaire.edition import Question


def answer_words(question: Question, answer: Answer | None) -> str:
    """What was answered, in quotation marks, or the number with its unit; a blank and an N/A say so."""
    if answer is None:
        return _("No answer")
    if isinstance(answer, NotApplicable):
        return _("Does not apply")
    if isinstance(answer, float):
        number = formats.exact(answer)
        return _("%(number)s %(unit)s", number=number, unit=question.unit) if question.unit else number
    if question.kind == "countries":
        return formats.listed(formats.country_name(code) for code in answer)
    if not question.options:
        return _("“%(value)s”", value=answer)
    return formats.listed(_("“%(value)s”", value=_option(question, chosen)) for chosen in _chosen(answer))


def points_sum(question: Question, answer: Value) -> str:
    """How the answer earns its share of full marks: `min(1 + 1 + 3; 4) ÷ 4`, `(50 − 0) ÷ (100 − 0)`."""
    if question.range is not None:
        assert isinstance(answer, float)
        return _range_sum(question, answer)
    points = [option.points for chosen in _chosen(answer) if (option := question.option(chosen))]
    earned = " + ".join(formats.beside(p, question.full) for p in points) or "0"
    full = formats.beside(question.full, question.full)
    if sum(points) > question.full:
        return _("%(points)s, at most %(full)s, ÷ %(full)s", points=earned, full=full)
    return f"({earned}) ÷ {full}" if len(points) > 1 else f"{earned} ÷ {full}"


def _range_sum(question: Question, number: float) -> str:
    assert question.range is not None
    start, end = (formats.exact(bound) for bound in question.range)
    if question.log:
        parts = {"number": formats.exact(number), "start": start, "end": end}
        said = _("(ln %(number)s − ln %(start)s) ÷ (ln %(end)s − ln %(start)s)", **parts)
    else:
        said = f"({formats.exact(number)} − {start}) ÷ ({end} − {start})"
    low, high = sorted(question.range)
    return _("%(sum)s, kept within 0 and 1", sum=said) if question.clip and not low <= number <= high else said


def _chosen(answer: Value) -> tuple[str, ...]:
    return answer if isinstance(answer, tuple) else (str(answer),)


def _option(question: Question, chosen: str) -> str:
    option = question.option(chosen)
    return formats.inside_quotes(option.text or option.id) if option else chosen
