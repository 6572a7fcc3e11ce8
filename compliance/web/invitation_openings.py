"""Sign-ins, noted on the lists on which the person's company was invited."""

from typing import Any

from flask import Flask
from flask_security import user_authenticated

from compliance.store import note_opening
from compliance.web.database import db, now


def init_invitation_openings(app: Flask) -> None:
    """Note for an invited company that one of its people signed in."""
    user_authenticated.connect(_note_sign_in, app)


def _note_sign_in(_app: Flask, user: Any, **_about: Any) -> None:
    if note_opening(db(), user.id, at=now()):
        db().commit()
