"""What authors of questionnaires do with files: begin a draft, compare editions, have them translated, publish.

Not here: loading and validating (`compliance.questionnaire`), the layout of the translators' workbook
(`compliance.workbook`), the commands (`compliance.commands.authoring`). Start with `drafts`.
"""

from compliance.questionnaire.faults import UserFacingError


class AuthoringError(UserFacingError):
    """A draft, translation or publication is refused; the message says why, and what to do instead."""
