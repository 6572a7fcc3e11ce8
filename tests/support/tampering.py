"""Edits by the owner of the database that bypass the audit trail, and the differences that the trail finds."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from compliance.store.trail_check import trail_difference

#: Edits that are possible in any state of a world of `support/stores.py`, each with the difference that is found.
ANYWHERE: Mapping[str, tuple[str, str]] = {
    "an answer added": (
        "INSERT INTO answer (assessment_id, question, value, reason, version, at) "
        "VALUES (1, 'q9', 'o2', '', 9, '2026-03-31 12:00:00')",
        "unknown",
    ),
    "a role granted": ("INSERT INTO person_role (person_id, role) VALUES (1, 'steward')", "changed"),
    "a password replaced": ("UPDATE person SET password_hash = 'mine' WHERE id = 1", "changed"),
    "a company renamed": ("UPDATE organisation SET name = 'Quokkaville' WHERE id = 1", "changed"),
    "a submission deleted": ("DELETE FROM submission", "entry"),
    "an assignment added": (
        "INSERT INTO assignment (assessment_id, auditor_id, at) VALUES (1, 3, '2026-03-31 12:00:00')",
        "changed",
    ),
    "the trail deleted": ("DELETE FROM trail", "unknown"),
}


def tamper(session: Session, statement: str) -> None:
    """Execute a statement with the protections off, as the owner of the database can."""
    if session.get_bind().dialect.name == "sqlite":
        for [trigger] in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(text(f"DROP TRIGGER {trigger}"))
    else:
        session.execute(text("SET session_replication_role = replica"))
    session.execute(text(statement))
    session.commit()


def found_after(session: Session, statement: str) -> tuple[str, str]:
    """Return the kind and the rows of the first difference found after an edit, or "" for both."""
    tamper(session, statement)
    found = trail_difference(session)
    return (found.kind, found.rows) if found is not None else ("", "")
