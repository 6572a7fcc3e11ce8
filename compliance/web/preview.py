"""An edition served by itself to click through: an invented company, a period that is open, nothing kept."""

from datetime import date
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory

from flask import Flask
from flask_security import hash_password
from sqlalchemy.orm import Session

from compliance.questionnaire.editions import edition_paths, questionnaires_folder
from compliance.questionnaire.loader import load_edition
from compliance.store import add_person, open_period, register_company
from compliance.web import create_app
from compliance.web.database import now, store_engine
from compliance.web.serving import Say, run_until_stopped

#: One for each reader that an edition has; all with the same password.
SIGN_INS = ("company@preview.example", "auditor@preview.example", "steward@preview.example")


def preview(edition: Path, port: int, *, say: Say) -> None:
    """Serve an edition on the loopback address until interrupted. Raise EditionFaults or CannotServe."""
    with TemporaryDirectory(prefix="article34-preview-") as folder:
        app = preview_app(edition, Path(folder))
        password = settle(app)
        run_until_stopped(
            app,
            port,
            say=say,
            more=[
                f"This is a preview of {edition}, as it is now: after a change, stop and start again.",
                f"Sign in as {', '.join(SIGN_INS)} with the password {password}",
                "What you answer is gone when it stops.",
            ],
        )


def preview_app(edition: Path, folder: Path) -> Flask:
    """The tool with this edition, over a database in `folder`, whatever the environment names."""
    return create_app(
        {
            "ARTICLE34_INSTANCE": str(folder),
            "DATABASE_URL": f"sqlite:///{folder / 'preview.db'}",
            "EDITIONS": [*_beside(edition), edition],
            "MAIL_SERVER": "",
            "SESSION_COOKIE_NAME": "article34_preview",
            "SESSION_COOKIE_SECURE": False,
        }
    )


def _beside(edition: Path) -> list[Path]:
    """What an edition is shown with: a quick form leads into the full editions that come with the tool."""
    if load_edition(edition).form == "full":
        return []
    return [path for path in edition_paths(questionnaires_folder()) if load_edition(path).form == "full"]


def settle(app: Flask) -> str:
    """Put an invented company, somebody of each other role and an open period into it; the password of all."""
    password, at = token_urlsafe(9), now()
    with app.app_context(), Session(store_engine(app)) as session, session.begin():
        hashed = hash_password(password)
        company, *others = SIGN_INS
        register_company(
            session,
            organisation="Example Company",
            name="Example Company Member",
            email=company,
            password_hash=hashed,
            at=at,
            demonstration=True,
        )
        for email in others:
            role = email.partition("@")[0]
            name = f"Example {role.capitalize()}"
            add_person(session, email=email, name=name, password_hash=hashed, roles=[role], by=None, at=at)
        open_period(session, at.year, opens=date(at.year, 1, 1), by=None, at=at)
    return password
