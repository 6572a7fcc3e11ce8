"""Why the store says no. The web room turns each into a page; nothing here knows of pages."""


class Refusal(Exception):
    """What was asked cannot be done; the message says why, in words for people."""


class NotFound(Refusal):
    """There is no such thing, or none that this person may know of."""


class AlreadyThere(Refusal):
    """Something of that name is kept already."""


class PeriodClosed(Refusal):
    """The steward has closed the period: its assessments and submissions stay as they are."""


class Unreadable(Refusal):
    """Stored answers that this edition cannot read: submitting would lose them in silence."""

    def __init__(self, questions: tuple[str, ...]) -> None:
        super().__init__(f"these answers do not fit the edition, answer them again: {', '.join(questions)}")
        self.questions = questions
