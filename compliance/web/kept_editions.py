"""Editions as they were when somebody submitted or a period was published, known by their digest."""

from flask import current_app

from compliance.questionnaire.loader import edition_from_canonical
from compliance.scoring.plan import compile_edition
from compliance.store import edition_text
from compliance.web.database import db
from compliance.web.editions import Asked, editions, newest_edition

_KEPT = "article34_kept_editions"


def kept_edition(digest: str) -> Asked:
    """The edition of a digest: as it is asked now, or as it was kept. Raise NotFound.

    Its law is looked up in the catalogue as it is today.
    """
    for asked in editions().values():
        if asked.edition.digest == digest:
            return asked
    kept: dict[str, Asked] = current_app.extensions.setdefault(_KEPT, {})
    if digest not in kept:
        law = newest_edition().edition.instruments
        kept[digest] = Asked(compile_edition(edition_from_canonical(edition_text(db(), digest), law)))
    return kept[digest]
