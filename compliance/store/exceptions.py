"""Exceptions of the store, with messages for people. The web turns each into a page."""


class StoreError(Exception):
    """A refused query or change; the message says why, in words for people."""


class NotFound(StoreError):
    """There is no such thing, or none that this person may know of."""


class AlreadyExists(StoreError):
    """Something of that name is kept already."""


class AlreadyDecided(StoreError):
    """Somebody else decided meanwhile, and that decision stands."""


class LastOwner(StoreError):
    """A company that has members keeps an owner."""


class CompanyMerged(StoreError):
    """The company was merged into another one: what it answered stays as it is, and can be read."""


class PeriodClosed(StoreError):
    """The steward has closed the period: its assessments and submissions stay as they are."""


class SignedOff(StoreError):
    """An auditor has signed off these verdicts: they stay as they are until the sign-off is revoked."""


class SignOffRefused(StoreError):
    """What was to be signed is not what there is now, or is not enough to be signed."""


class SubmissionSigned(StoreError):
    """An auditor signed off what was submitted: it is submitted again only once it is opened for correction."""


class NothingToReopen(StoreError):
    """Nothing of the assessment is final: the company can submit again as it likes."""


class ReadingMovedOn(StoreError):
    """A reading of what a company publishes is no longer in the state in which this can be done."""


class UnreadableAnswers(StoreError):
    """Stored answers that this edition cannot read: submitting would lose them in silence."""

    def __init__(self, questions: tuple[str, ...]) -> None:
        super().__init__(f"these answers do not fit the edition, answer them again: {', '.join(questions)}")
        self.questions = questions


class ReadingUnsettled(StoreError):
    """Points of a desk reading are not answered by both readers, or they differ and nobody decided."""


class NotHeard(StoreError):
    """A company can still reply to the draft of what is to be published of it."""


class ReplyWindowClosed(StoreError):
    """The days on which the company could reply are over: what it said stands."""
