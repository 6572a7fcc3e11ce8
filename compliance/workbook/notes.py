"""What a workbook says of itself: that it is no legal advice, and whose words it speaks in."""

from datetime import date

from compliance.languages import formats
from compliance.languages.catalogues import draft
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import language
from compliance.questionnaire.edition import Edition


def disclaimer() -> str:
    """What the law in it means for a company."""
    return _("Measured against law and standards; only some of them bind the company itself. Not legal advice.")


def not_judged() -> str:
    """Instead of a verified score."""
    return _("No auditor has judged yet.")


def of_the_translation(edition: Edition) -> str:
    """Whether somebody has read over what stands in another language than English; empty where there is no need."""
    if edition.language != language():
        return _("This questionnaire is not in this language yet. Its texts are in English.")
    if draft(language()) or edition.translation == "draft":
        return _("This translation is a draft. The English text counts.")
    return ""


def day_words(day: str) -> str:
    """A day of ISO 8601 as people write it; what is none stands as it is."""
    try:
        return formats.day(date.fromisoformat(day))
    except ValueError:
        return day
