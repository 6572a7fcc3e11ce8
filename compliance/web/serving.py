"""Serving the tool on this machine, and the people whom no page can add."""

import errno
import gc
import signal
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import waitress
from flask import Flask
from flask_security import hash_password
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from compliance.demonstration.filling import SIGN_INS, fill
from compliance.store import AlreadyThere, NoAddress, add_organisation, add_person, companies, is_empty
from compliance.store.sign_ins import person_at_door
from compliance.store.sign_ins import set_password as keep_password
from compliance.web import create_app
from compliance.web.database import now, store_engine
from compliance.web.editions import newest_edition
from compliance.web.settings import BadSetting, kept_secret
from compliance.web.signing_in import SHORTEST_PASSWORD

#: Takes a line that is meant for whoever started it.
Say: TypeAlias = Callable[[str], None]

LOOPBACK = "127.0.0.1"
#: Ports tried after the first, when others are listening there.
MORE_PORTS = 50
THREADS = 8


class CannotServe(Exception):
    """The tool cannot be served, or the person not be added; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """How to sign in to the invented companies."""

    sign_ins: tuple[str, ...]
    password: str


def serve(port: int, *, demonstration: bool, say: Say) -> None:
    """Serve on the loopback address until interrupted; `say` gets the address and how to sign in."""
    app = _installed()
    shown = fill_demonstration(app) if demonstration else None
    run_until_stopped(app, port, say=say, more=_sign_ins(shown) if shown is not None else ())


def _installed() -> Flask:
    """The app of this installation. Raise CannotServe where its database cannot be opened, or a setting is no good."""
    try:
        return create_app()
    except BadSetting as fault:
        raise CannotServe(str(fault)) from fault
    except (NoAddress, ModuleNotFoundError) as fault:
        raise CannotServe(f"DATABASE_URL: {fault}") from fault
    except OperationalError as fault:
        said = " ".join(str(fault.orig).split())
        raise CannotServe(f"DATABASE_URL: the database cannot be opened ({said})") from fault


def run_until_stopped(app: Flask, port: int, *, say: Say, more: Iterable[str] = ()) -> None:
    """Serve an app on the loopback address until interrupted; `say` gets the address, then `more`, line by line."""
    # Both ways to be told to stop end in order, also where a shell started the command with Ctrl-C switched off.
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, signal.default_int_handler)
    listener = listen(port)
    server = waitress.create_server(app, sockets=[listener], threads=THREADS, ident="")
    try:
        say(f"Article 34 is at http://{LOOPBACK}:{listener.getsockname()[1]}/")
        for line in (*more, "Stop it with Ctrl-C."):
            say(line)
        keep_what_is_loaded()
        server.run()
    finally:
        server.close()
        store_engine(app).dispose()


def keep_what_is_loaded() -> None:
    """Spare Python's collector what stays as long as the process: it need not go through it with every few pages."""
    gc.collect()
    gc.freeze()


def _sign_ins(shown: Demonstration) -> Iterable[str]:
    yield "Demonstration: every company in it is invented. Sign in as one of"
    yield from (f"  {email}" for email in shown.sign_ins)
    yield f"with the password {shown.password}"


def listen(port: int) -> socket.socket:
    """A socket on the loopback address at this port, or at the next that is free. Raise CannotServe if none is."""
    last = port if port == 0 else min(port + MORE_PORTS, 65_535)
    for candidate in range(port, last + 1):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, candidate))
            listener.listen(1024)
        except OSError as taken:
            listener.close()
            if taken.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            continue
        return listener
    raise CannotServe(f"every port from {port} to {last} is taken: name another with --port")


def fill_demonstration(app: Flask) -> Demonstration:
    """Put the invented companies into an empty database. Raise CannotServe if real ones are in it."""
    password = kept_secret(Path(app.instance_path), "DEMONSTRATION_PASSWORD")
    with app.app_context(), Session(store_engine(app)) as session:
        if is_empty(session):
            try:
                fill(session, newest_edition().edition, password_hash=hash_password(password), at=now())
                session.commit()
            except AlreadyThere:  # another process that started at the same moment was first
                session.rollback()
        if not any(company.demonstration for company in companies(session)):
            raise CannotServe(
                "the database holds real companies, and demonstration data only go into an empty one: "
                "serve without --demo, or name another DATABASE_URL"
            )
    return Demonstration(SIGN_INS, password)


def add_user(email: str, *, name: str, roles: tuple[str, ...], organisation: str, password: str) -> str:
    """Somebody new; a company member joins the organisation of that name, which is made if there is none.

    Returns what was done, in words. Raise CannotServe or AlreadyThere.
    """
    _refuse_short(password)
    if "company" in roles and not organisation:
        raise CannotServe("a company member belongs to an organisation: name it with --organisation")
    with _store() as session:
        hashed = hash_password(password)
        number = _organisation(session, organisation) if organisation else None
        member = add_person(
            session,
            email=email,
            name=name,
            password_hash=hashed,
            roles=roles,
            organisation_id=number,
            by=None,
            at=now(),
        )
    place = f" for {member.organisation}" if member.organisation else ""
    return f"{member.email} can sign in as {', '.join(sorted(member.roles))}{place}"


def set_password(email: str, password: str) -> str:
    """A new password for somebody, who is signed out everywhere. Raise CannotServe."""
    _refuse_short(password)
    with _store() as session:
        person = person_at_door(session, email=email)
        if person is None:
            raise CannotServe(f"nobody has the address {email}")
        hashed, mark = hash_password(password), uuid4().hex
        keep_password(session, person.id, password_hash=hashed, session_mark=mark, at=now())
    return f"{person.email} has a new password"


@contextmanager
def _store() -> Iterator[Session]:
    """A transaction on the database of this installation, which is closed behind it. Raise CannotServe."""
    app = _installed()
    try:
        with app.app_context(), Session(store_engine(app)) as session, session.begin():
            yield session
    finally:
        store_engine(app).dispose()


def _organisation(session: Session, name: str) -> int:
    found = [company.id for company in companies(session) if company.name == name.strip()]
    if len(found) > 1:
        raise CannotServe(f"{len(found)} organisations are called {name!r}")
    return found[0] if found else add_organisation(session, name, at=now())


def _refuse_short(password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise CannotServe(f"a password has at least {SHORTEST_PASSWORD} characters")
