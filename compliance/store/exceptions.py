"""Exceptions of the store, with messages for people. The web turns each into a page."""


class StoreError(Exception):
    """A refused query or change. The message says why, in words for people."""


class NotFound(StoreError):
    """What was asked for does not exist, or this person may not know of it."""


class AlreadyExists(StoreError):
    """Something with that name or key exists already."""


class AlreadyDecided(StoreError):
    """Somebody else has decided meanwhile, and that decision is kept."""


class LastOwner(StoreError):
    """The change would leave a company without an owner."""


class CompanyMerged(StoreError):
    """The company was merged into another one. Its answers can be read, not changed."""


class PeriodClosed(StoreError):
    """The steward has closed the period. Its assessments and submissions can be read, not changed."""


class SignedOff(StoreError):
    """An auditor has signed off these verdicts. They cannot be changed until the sign-off is revoked."""


class SignOffRefused(StoreError):
    """The verdicts or the submission have changed since they were read, or the verdicts cannot be signed off yet."""


class SubmissionSigned(StoreError):
    """An auditor has signed off the submission. The company can submit again only once it is opened for correction."""


class NothingToReopen(StoreError):
    """The assessment is not final, so the company can submit again without a reopening."""


class ReadingMovedOn(StoreError):
    """A desk reading, or a campaign, is no longer in the state in which this can be done."""


class UnreadableAnswers(StoreError):
    """The edition cannot read some stored answers, which would be silently lost in a submission."""

    def __init__(self, questions: tuple[str, ...]) -> None:
        super().__init__(f"these answers do not fit the edition, answer them again: {', '.join(questions)}")
        self.questions = questions


class ReadingUnsettled(StoreError):
    """Points of a desk reading are not answered by both readers, or are answered differently and not decided."""


class NotHeard(StoreError):
    """The company can still reply to the draft of the reading."""


class ReplyWindowClosed(StoreError):
    """The company's time to reply is over. Its replies can no longer be changed."""
