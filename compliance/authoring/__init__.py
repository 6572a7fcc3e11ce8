"""Authoring: new drafts, differences between editions in words, translation jobs, publication of editions.

Not here: loading, validating and comparing (`compliance.questionnaire`), the layout of the translators' workbook
(`compliance.workbook`), the commands (`compliance.commands.authoring`). Start with `drafts`.
"""

from compliance.questionnaire.faults import UserFacingError


class AuthoringError(UserFacingError):
    """A draft, translation or publication is refused; the message says why, and what to do instead."""
