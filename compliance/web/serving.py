"""Serving the tool on this machine, with demonstration data or as a preview of an edition.

A preview has an invented company and an open period in a database that is deleted when it stops.
"""

import errno
import gc
import signal
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any, TypeAlias

import waitress
from flask import Flask
from flask_security import hash_password
from sqlalchemy.orm import Session
from waitress import wasyncore
from waitress.channel import HTTPChannel

from compliance.demonstration.library_files import demonstration_files
from compliance.demonstration.seeding import COLLEAGUE_SIGN_INS, SIGN_INS, seed_demonstration
from compliance.questionnaire.edition_folder import edition_paths, editions_folder
from compliance.questionnaire.faults import UserFacingError
from compliance.questionnaire.loader import load_edition
from compliance.store import (
    AlreadyExists,
    add_person,
    companies,
    is_empty,
    open_period,
    register_company,
)
from compliance.web import create_app
from compliance.web.background import Workers
from compliance.web.database import now, store_engine
from compliance.web.edition_registry import newest_edition
from compliance.web.files import files
from compliance.web.logs import start_logging
from compliance.web.presenters.desk_views import desk_edition
from compliance.web.readiness import migrate_installation
from compliance.web.settings import instance_secret
from compliance.web.urls import LOOPBACK_NAMES
from compliance.workbook.document_checks import MOST_BYTES

#: Shows a line to the person who started the tool.
Say: TypeAlias = Callable[[str], None]

LOOPBACK = "127.0.0.1"
#: How many further ports are tried if others are listening at the first.
MORE_PORTS = 50
#: Requests answered at the same time.
THREADS = 8


class ServingError(UserFacingError):
    """The tool cannot be served. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class DemonstrationSignIns:
    """The sign-ins of the demonstration, with their password."""

    sign_ins: tuple[str, ...]
    password: str


def serve(
    port: int, *, app: Flask, host: str = LOOPBACK, threads: int = THREADS, demonstration: bool, say: Say
) -> None:
    """Serve until interrupted. `say` gets the address and the sign-ins. Raise ServingError."""
    start_logging(app.config["LOG"])
    if not app.config["ADDRESS"] and host not in LOOPBACK_NAMES:
        raise ServingError(
            f"--host {host}: other machines could ask for pages, and without ARTICLE34_ADDRESS, the address under "
            "which they do so, each of them gets a 400: set it, as in https://figures.example.org"
        )
    shown = fill_demonstration(app) if demonstration else None
    more = _sign_in_lines(shown) if shown is not None else ()
    run_until_stopped(app, port, host=host, threads=threads, say=say, more=more)


def run_until_stopped(
    app: Flask, port: int, *, host: str = LOOPBACK, threads: int = THREADS, say: Say, more: Iterable[str] = ()
) -> None:
    """Serve an app until interrupted. `say` gets the address, then `more`, line by line. Raise ServingError."""
    told_to_stop = Event()
    # Both signals end it in order, even if a shell started the command with Ctrl-C disabled. They raise no exception:
    # during garbage collection Python would drop it, and the server would go on.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda _number, _frame: told_to_stop.set())
    # A proxy asks only at this port, so no other will do.
    listener = bind_listener(port, host, others=0 if app.config["PROXIES"] else MORE_PORTS)
    _allow_open_files(2 * LIMITS.connections)
    sockets: dict[int, Any] = {}
    server = make_server(app, listener, threads=threads, sockets=sockets)
    workers = Workers(app)
    try:
        name = f"[{host}]" if ":" in host else host
        say(f"Article 34 is at http://{name}:{listener.getsockname()[1]}/")
        for line in (*more, "Stop it with Ctrl-C."):
            say(line)
        freeze_garbage_collector()
        while not told_to_stop.is_set():
            wasyncore.loop(timeout=1, use_poll=True, map=sockets, count=1)
    finally:
        server.task_dispatcher.shutdown()
        server.close()
        workers.stop()
        store_engine(app).dispose()


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The limits beyond which a connection is closed."""

    connections: int = 1_000  # at the same time
    idle: int = 30  # seconds without any traffic
    header: int = 30  # seconds until the header of a request is complete, even if bytes keep coming
    request: int = 600  # seconds until the request is complete: the largest file at 30 kB a second
    header_bytes: int = 32_768
    # Half as much again as the largest file, so that a file somewhat too large is still refused with a page.
    body_bytes: int = MOST_BYTES * 3 // 2


LIMITS = ConnectionLimits()


def make_server(
    app: Flask,
    listener: socket.socket,
    *,
    threads: int,
    limits: ConnectionLimits = LIMITS,
    sockets: dict[int, Any] | None = None,
) -> Any:
    """Return a waitress server for an app, which closes connections beyond the limits. `run` serves.

    `sockets`: the map of its sockets, for a caller that runs the loop of `waitress.wasyncore` itself.
    """

    class Connection(HTTPChannel):
        """A connection that is closed if a request does not arrive in time. Waitress closes only idle ones."""

        began = 0.0

        def received(self, data: bytes) -> bool:
            """Process received bytes."""
            before = self.request
            goes_on: bool = super().received(data)
            if self.request is not before:
                self.began = time.monotonic()
            if self.request is not None:
                allowed = limits.request if self.request.headers_finished else limits.header
                if time.monotonic() - self.began > allowed:
                    self.will_close = True
            return goes_on

    server: Any = waitress.create_server(
        app,
        map=sockets,
        sockets=[listener],
        threads=threads,
        ident="",
        connection_limit=limits.connections,
        channel_timeout=limits.idle,
        cleanup_interval=max(1, limits.idle // 6),
        max_request_header_size=limits.header_bytes,
        max_request_body_size=limits.body_bytes,
        asyncore_use_poll=True,  # `select`, its default, fails from the 1,024th open file on
        **proxy_options(app.config["PROXIES"]),
    )
    server.channel_class = Connection
    return server


def _allow_open_files(wanted: int) -> None:
    """Raise the limit of open files and sockets to this number if the system allows it. It is often 1,024."""
    with suppress(ImportError, ValueError, OSError):  # there is no such limit on Windows
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def proxy_options(proxies: int) -> dict[str, Any]:
    """Return the settings for waitress with this many proxies. Without a proxy, it removes their headers.

    ProxyFix reads the same headers again with the same result. It is needed for servers that do not read them.
    """
    if not proxies:
        return {"clear_untrusted_proxy_headers": True}
    return {
        "trusted_proxy": "*",  # any client: only a proxy may reach the port, as README says
        "trusted_proxy_count": proxies,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        "clear_untrusted_proxy_headers": True,
    }


def freeze_garbage_collector() -> None:
    """Exclude objects that live as long as the process from garbage collection, as going through them slows pages."""
    gc.collect()
    gc.freeze()


def _sign_in_lines(shown: DemonstrationSignIns) -> Iterable[str]:
    yield "Demonstration: every company in it is invented. Sign in as one of"
    yield from (f"  {email}" for email in shown.sign_ins)
    yield f"with the password {shown.password}"


def bind_listener(port: int, host: str = LOOPBACK, *, others: int = MORE_PORTS) -> socket.socket:
    """Return a listening socket at this port, or at one of the `others` ports after it.

    `host` is an IP address of this machine, or 0.0.0.0 or :: for all of them. Raise ServingError otherwise, or if every
    port is taken.
    """
    try:
        family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
    except ValueError as fault:
        raise ServingError(f"--host {host}: write an IP address of this machine, as in 127.0.0.1 or 0.0.0.0") from fault
    last = port if port == 0 else min(port + others, 65_535)
    for candidate in range(port, last + 1):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen(1024)
        except OSError as refused:
            listener.close()
            if refused.errno == errno.EADDRNOTAVAIL:
                raise ServingError(f"--host {host}: this machine has no such address") from refused
            if refused.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            continue
        return listener
    taken = f"every port from {port} to {last} is taken" if last > port else f"port {port} is taken"
    raise ServingError(f"{taken}: name another with --port")


def fill_demonstration(app: Flask) -> DemonstrationSignIns:
    """Put the invented companies into an empty database. Raise ServingError if it has real ones."""
    password = instance_secret(Path(app.instance_path), "DEMONSTRATION_PASSWORD")
    with app.app_context(), Session(store_engine(app)) as session:
        if is_empty(session):
            for content in demonstration_files():
                files().put(content)
            read_with = desk_edition()
            code = read_with.complete if read_with else None
            try:
                hashed = hash_password(password)
                seed_demonstration(session, newest_edition().edition, code=code, password_hash=hashed, at=now())
                session.commit()
            except AlreadyExists:  # another process started at the same moment and was first
                session.rollback()
        if not any(company.demonstration for company in companies(session)):
            raise ServingError(
                "the database holds real companies, and demonstration data only go into an empty one: "
                "serve without --demo, or name another DATABASE_URL"
            )
    return DemonstrationSignIns((*SIGN_INS, *COLLEAGUE_SIGN_INS), password)


#: One sign-in for each reader of an edition, all with the same password.
PREVIEW_SIGN_INS = ("company@preview.example", "auditor@preview.example", "steward@preview.example")


def preview(edition: Path, port: int, *, say: Say) -> None:
    """Serve an edition on the loopback address until interrupted. Raise EditionFaults or ServingError."""
    with TemporaryDirectory(prefix="article34-preview-") as folder:
        app = preview_app(edition, Path(folder))
        password = add_preview_accounts(app)
        run_until_stopped(
            app,
            port,
            say=say,
            more=[
                f"This is a preview of {edition}, as it is now: after a change, stop and start again.",
                f"Sign in as {', '.join(PREVIEW_SIGN_INS)} with the password {password}",
                "What you answer is gone when it stops.",
            ],
        )


def preview_app(edition: Path, folder: Path) -> Flask:
    """Return the app with this edition and a database in `folder`, regardless of the environment."""
    settings = {
        "ARTICLE34_INSTANCE": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'preview.db'}",
        "EDITIONS": [*_full_editions_beside(edition), edition],
        "ADDRESS": "",
        "PROXIES": 0,
        "MAIL_SERVER": "",
        "SESSION_COOKIE_NAME": "article34_preview",
    }
    migrate_installation(settings)
    return create_app(settings)


def _full_editions_beside(edition: Path) -> list[Path]:
    """Return the full editions of the tool if an edition is a quick form, which leads into them, or else none."""
    if load_edition(edition).form == "full":
        return []
    return [path for path in edition_paths(editions_folder()) if load_edition(path).form == "full"]


def add_preview_accounts(app: Flask) -> str:
    """Add an invented company, a person of each other role and an open period. Return the password of all."""
    password, at = token_urlsafe(16), now()
    with app.app_context(), Session(store_engine(app)) as session, session.begin():
        hashed = hash_password(password)
        company, *others = PREVIEW_SIGN_INS
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
            add_person(
                session,
                email=email,
                name=name,
                password_hash=hashed,
                roles=[role],
                by=None,
                at=at,
                demonstration=True,
            )
        open_period(session, at.year, opens=date(at.year, 1, 1), by=None, at=at)
    return password
