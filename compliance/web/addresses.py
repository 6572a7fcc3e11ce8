"""The language of a page stands at the head of its address, /fr/law; English has none, /law.

The head is taken for where the tool is mounted, so that every address made while answering has it too. Nobody is
sent to another language against the address, but for the first page: whoever once chose a language finds it there.

Where the tool is in the world is said by ARTICLE34_ADDRESS alone: every link with a host in it, in a page, a file or a
letter, is made from it. Without it, the host is the one asked for, which is this machine (see `request_checks`).
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from flask import Flask, Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from compliance.languages.catalogues import SOURCE, offered
from compliance.languages.speaking import language, speaking

#: What a link to a language adds to an address: following it is a choice, which a cookie keeps.
CHOICE = "language"
COOKIE = "article34_language"
_A_YEAR = 365 * 24 * 3600
_MOUNTED = "article34.mounted"
_READS = "article34_reads"

View = TypeVar("View", bound=Callable[..., Any])


class Site(Flask):
    """The application, whose whole addresses are those of the installation and not those that a visitor asked for."""

    def url_for(self, /, endpoint: str, *, _external: bool | None = None, **values: Any) -> str:
        """Flask's, but for the host of a whole address."""
        path = super().url_for(endpoint, _external=False, **values)
        return whole(path) if _external else path


def whole(path: str) -> str:
    """The whole address of a path of this site."""
    return f"{current_app.config['ADDRESS'] or request.host_url.rstrip('/')}{path}"


def reads(*keys: str) -> Callable[[View], View]:
    """Declare what a public page reads of its query, each key once. Its addresses leave out every other key."""

    def mark(view: View) -> View:
        setattr(view, _READS, keys)
        return view

    return mark


def reads_nothing_else(view: View) -> View:
    """Declare that a page reads nothing of its query unless it says what."""
    return view if hasattr(view, _READS) else reads()(view)


def keys_read() -> tuple[str, ...] | None:
    """What this page reads of its query; None if it does not declare it."""
    view = current_app.view_functions.get(request.endpoint or "")
    keys: tuple[str, ...] | None = getattr(view, _READS, None)
    return keys


def canonical_in(code: str) -> str:
    """The whole address of this public page in a language, with nothing in it that the page does not read."""
    wanted = [(key, request.args[key]) for key in keys_read() or () if request.args.get(key)]
    return whole(_address(code, request.path, wanted))


def speak_by_address(app: Flask) -> None:
    """Answer each address in its language, and keep the language that somebody chose."""
    answer = app.wsgi_app

    def answer_in_language(asked: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        mounted = asked.get("SCRIPT_NAME", "")
        asked[_MOUNTED] = mounted
        head, _slash, rest = asked.get("PATH_INFO", "").lstrip("/").partition("/")
        code = head if head != SOURCE and head in offered() else SOURCE
        if code != SOURCE:
            asked |= {"SCRIPT_NAME": f"{mounted}/{code}", "PATH_INFO": f"/{rest}"}
        with speaking(code):
            return answer(asked, start_response)

    app.wsgi_app = answer_in_language  # type: ignore[method-assign, assignment]
    app.before_request(_keep_choice)
    app.after_request(_vary)
    app.jinja_env.globals["url_for"] = address_of


def here() -> str:
    """The address of this page, as a path."""
    return request.script_root + request.full_path.rstrip("?")


def address_in(code: str, *, choosing: bool = False) -> str:
    """This page's address in another language, without keys that it is known not to read.

    `choosing`: following it keeps the language.
    """
    read = keys_read()
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != CHOICE]
    wanted = [(name, value) for name, value in asked if read is None or name in read]
    return _address(code, request.path, [*wanted, *([(CHOICE, code)] if choosing else [])])


def home_in(code: str) -> str:
    """The first page in a language, which is kept."""
    return _address(code, "", [(CHOICE, code)])


def address_of(endpoint: str, **values: Any) -> str:
    """Flask's `url_for`; files that are the same in every language have one address."""
    address = url_for(endpoint, **values)
    return _mounted() + address.removeprefix(request.script_root) if endpoint == "static" else address


def suggested() -> str:
    """The language that a reader of an English page would rather have; empty if none, or if they chose English."""
    if language() != SOURCE or request.cookies.get(COOKIE) == SOURCE:
        return ""
    best = request.accept_languages.best_match(offered()) or SOURCE
    return "" if best == SOURCE else best


def _keep_choice() -> AnyResponse | None:
    if request.method != "GET":
        return None
    head, _slash, rest = request.path.lstrip("/").partition("/")
    if head == SOURCE == language() and request.endpoint is None:  # English has no head
        return redirect(_address(SOURCE, rest, request.args.items(multi=True)))
    chosen, kept = request.args.get(CHOICE), request.cookies.get(COOKIE)
    if chosen in offered():
        response = redirect(address_in(chosen))
        safe = current_app.config["SESSION_COOKIE_SECURE"]
        response.set_cookie(COOKIE, chosen, max_age=_A_YEAR, secure=safe, httponly=True, samesite="Lax")
        return response
    at_the_door = language() == SOURCE and request.path == "/"
    return redirect(address_in(kept)) if at_the_door and kept in offered() and kept != SOURCE else None


def _vary(response: Response) -> Response:
    if language() == SOURCE and response.mimetype == "text/html":
        response.vary.update(("Accept-Language", "Cookie"))
    return response


def _address(code: str, path: str, query: Iterable[tuple[str, str]]) -> str:
    """A path of this site, whatever the path that was asked for: two strokes at its head would name another host."""
    there = quote(path.lstrip("/"), safe="/:@!$&'()*+,;=~")
    asked = urlencode(list(query))
    return f"{_mounted()}{'' if code == SOURCE else f'/{code}'}/{there}{'?' if asked else ''}{asked}"


def _mounted() -> str:
    """Where the tool is mounted, without the language."""
    mounted: str = request.environ.get(_MOUNTED, "")
    return mounted
