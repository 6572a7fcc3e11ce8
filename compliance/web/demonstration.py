"""Whether this installation is a demonstration, whose companies are invented."""

from flask import current_app

from compliance.store.people_and_roles import holds_demonstration
from compliance.web.database import db

_KNOWN = "article34_demonstration"


def is_demonstration() -> bool:
    """Tell if the companies here are invented.

    Demonstration data are added only to an empty database, so the answer is final, and cached, once there is a company.
    """
    known: bool | None = current_app.extensions.get(_KNOWN)
    if known is None:
        known = holds_demonstration(db())
        if known is not None:
            current_app.extensions[_KNOWN] = known
    return bool(known)
