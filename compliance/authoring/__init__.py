"""Authoring: new drafts, the difference between editions, translation jobs, publication of editions.

Not here: loading and validating (`compliance.questionnaire`), the layout of the translators' workbook
(`compliance.workbook`), the commands (`compliance.commands.authoring`). Start with `drafts`.
"""


class AuthoringError(Exception):
    """The message says why, and what to do instead."""
