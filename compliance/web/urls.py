"""URLs: the language prefix, canonical addresses, and which requests are refused before any view.

The language of a page is the first part of its path, as in /fr/law; English has no prefix. The prefix is moved to
SCRIPT_NAME, so that every URL made for the response has it too. Nobody is redirected to another language, whatever
their browser asks for: an address is the same page for everybody.

Absolute URLs are made from ARTICLE34_ADDRESS alone. Without it the host is the one requested, which request
validation restricts to this machine. Requests for other hosts, malformed paths and repeated parameters get a
plain 400, so that no view or query receives them. Parameters that a page does not read are ignored. Words typed into
a search box are cut and cleaned instead.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus, unquote_to_bytes, urlencode, urlsplit

from flask import Flask, Response, current_app, g, has_request_context, redirect, request, url_for
from werkzeug.routing import IntegerConverter, Map
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.wrappers import Response as AnyResponse
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import SOURCE_LANGUAGE, current_language, in_language, offered_languages
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.search import LONGEST_SEARCH
from compliance.web.logs import note_event
from compliance.web.problems import BARE_HEADERS, is_api, language_asked, problem
from compliance.web.settings import cookie_name

_A_YEAR = 365 * 24 * 3600
#: How many paths of addresses each process keeps.
MOST_PATHS = 10_000
_MOUNTED = "article34.mounted"
_READS = "article34_reads"

View = TypeVar("View", bound=Callable[..., Any])


class Site(Flask):
    """The application. Its absolute URLs begin with the address of the installation, not with the requested host."""

    def url_for(self, /, endpoint: str, *, _external: bool | None = None, **values: Any) -> str:
        """Do as Flask does, but with the host of `absolute_url`."""
        path = self._path(endpoint, values)
        return absolute_url(path) if _external else path

    def _path(self, endpoint: str, values: dict[str, Any]) -> str:
        """Return the path of an address, cached: a page has a hundred, mostly the same as the page before."""
        if not has_request_context():
            return super().url_for(endpoint, _external=False, **values)
        key = (request.script_root, endpoint, *((name, type(value), value) for name, value in values.items()))
        try:
            path = self._paths.get(key)
        except TypeError:  # a list as a value cannot be a key
            return super().url_for(endpoint, _external=False, **values)
        if path is None:
            path = super().url_for(endpoint, _external=False, **values)
            if len(self._paths) >= MOST_PATHS:
                self._paths.clear()
            self._paths[key] = path
        return path

    @cached_property
    def _paths(self) -> dict[tuple[Any, ...], str]:
        return {}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function unchanged: none of ours is asynchronous, and Flask checks some twenty for each page."""
        return func

    def process_response(self, response: Response) -> Response:
        """Do as Flask does, but for a page that is the same for everybody read no session and send no cookie."""
        if g.get("is_same_for_everybody"):
            return response
        response = super().process_response(response)
        if response.cache_control.public and "Set-Cookie" not in response.headers:
            response.vary.discard("cookie")  # Werkzeug finds only lower case
        return response

    def log_exception(self, exc_info: Any) -> None:
        """Do as Flask does, but log the route, as the address may contain a token or an answer."""
        route = request.url_rule.rule if request.url_rule else "no route"
        self.logger.error("Exception on %s [%s]", route, request.method, exc_info=exc_info)


def absolute_url(path: str) -> str:
    """Return the absolute URL of a path of this site."""
    return f"{current_app.config['ADDRESS'] or request.host_url.rstrip('/')}{path}"


def reads_query(*keys: str) -> Callable[[View], View]:
    """Declare which query parameters a public page reads, each once. Its canonical address has no others."""

    def mark(view: View) -> View:
        setattr(view, _READS, keys)
        return view

    return mark


def reads_no_query(view: View) -> View:
    """Declare that a page reads no query parameters, unless it has declared some."""
    return view if hasattr(view, _READS) else reads_query()(view)


def query_keys() -> tuple[str, ...] | None:
    """Return the query parameters that this page reads, or None if it does not declare them."""
    view = current_app.view_functions.get(request.endpoint or "")
    keys: tuple[str, ...] | None = getattr(view, _READS, None)
    return keys


def canonical_url(code: str) -> str:
    """Return the absolute URL of this public page in a language, with only the parameters that it reads."""
    wanted = [(key, request.args[key]) for key in query_keys() or () if request.args.get(key)]
    return absolute_url(_local_url(code, request.path, wanted))


def init_language_urls(app: Flask) -> None:
    """Serve each address in its language."""
    answer = app.wsgi_app

    def answer_in_language(asked: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        mounted = asked.get("SCRIPT_NAME", "")
        asked[_MOUNTED] = mounted
        head, _slash, rest = asked.get("PATH_INFO", "").lstrip("/").partition("/")
        code = head if head != SOURCE_LANGUAGE and head in offered_languages() else SOURCE_LANGUAGE
        if is_api(asked.get("PATH_INFO", "")):
            asked.pop("HTTP_COOKIE", None)  # the API is the same for everybody
            code = language_asked(asked.get("QUERY_STRING", ""))
        elif is_api(f"/{rest}"):  # the API has one address in all languages
            code = SOURCE_LANGUAGE
        elif code != SOURCE_LANGUAGE:
            asked |= {"SCRIPT_NAME": f"{mounted}/{code}", "PATH_INFO": f"/{rest}"}
        with in_language(code):
            return answer(asked, start_response)

    app.wsgi_app = answer_in_language  # type: ignore[method-assign, assignment]
    app.before_request(_without_head_of_english)
    app.jinja_env.globals["url_for"] = localised_url_for


def current_path() -> str:
    """Return the path and query of this page."""
    return request.script_root + request.full_path.rstrip("?")


def urls_by_language() -> dict[str, str]:
    """Return this page's path in every language, by its code, without parameters that it is known not to read."""
    read = query_keys()
    wanted = [(name, value) for name, value in request.args.items(multi=True) if read is None or name in read]
    return _local_urls(request.path, wanted)


def home_urls_by_language() -> dict[str, str]:
    """Return the path of the home page in every language, by its code."""
    return _local_urls("", [])


def whole_url_in_english(endpoint: str) -> str:
    """Return the absolute URL of an endpoint in English, in any language of this page, for use outside the site."""
    return absolute_url(_mount_point() + url_for(endpoint).removeprefix(request.script_root))


def public_url(path: str) -> str:
    """Return the absolute URL of a path of this site, or "" if the installation has no public address."""
    return absolute_url(path) if current_app.config["ADDRESS"] else ""


def public_urls(path: str) -> dict[str, str]:
    """Return the absolute URLs of a path made by `url_for`, in every language, by its code."""
    bare = path.removeprefix(request.script_root).lstrip("/")
    return {
        code: absolute_url(f"{_mount_point()}{'' if code == SOURCE_LANGUAGE else f'/{code}'}/{bare}")
        for code in offered_languages()
    }


def localised_url_for(endpoint: str, **values: Any) -> str:
    """Do as Flask's `url_for`, but without a language for static files and the API, which have only one address."""
    address = url_for(endpoint, **values)
    has_one = endpoint == "static" or endpoint.startswith("api.")
    return _mount_point() + address.removeprefix(request.script_root) if has_one else address


def lasting_cookie(name: str) -> str:
    """Return the value of a cookie that this browser keeps beyond the session, or ""."""
    return request.cookies.get(_cookie_name(name), "")


def set_lasting_cookie(response: AnyResponse, name: str, value: str) -> None:
    """Let this browser keep a value for a year, which no script and no other site can read."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(_cookie_name(name), value, max_age=_A_YEAR, secure=secure, httponly=True, samesite="Lax")


def _cookie_name(name: str) -> str:
    return cookie_name(name, secure=current_app.config["SESSION_COOKIE_SECURE"])


def _without_head_of_english() -> AnyResponse | None:
    head, _slash, rest = request.path.lstrip("/").partition("/")
    is_read = request.method in ("GET", "HEAD")
    if is_read and head == SOURCE_LANGUAGE == current_language() and request.endpoint is None:
        return redirect(_local_url(SOURCE_LANGUAGE, rest, request.args.items(multi=True)))
    return None


def _local_url(code: str, path: str, query: Iterable[tuple[str, str]]) -> str:
    """Return a path of this site in a language."""
    return _local_urls(path, query)[code]


def _local_urls(path: str, query: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return a path of this site in every language, without leading slashes: two of them would name another host."""
    there, asked, mounted = quote(path.lstrip("/"), safe="/:@!$&'()*+,;=~"), urlencode(list(query)), _mount_point()
    rest = f"/{there}{'?' if asked else ''}{asked}"
    return {code: f"{mounted}{'' if code == SOURCE_LANGUAGE else f'/{code}'}{rest}" for code in offered_languages()}


def _mount_point() -> str:
    """Return the path at which the tool is mounted, without the language."""
    mounted: str = request.environ.get(_MOUNTED, "")
    return mounted


#: The names by which this machine reaches itself. Links with them work nowhere else.
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
#: In bytes, percent-encoded. Our own addresses are much shorter.
LONGEST_PATH = 2_000
LONGEST_QUERY = 4_000
MOST_PARAMETERS = 20
#: The largest integer that a column of the database can hold.
LARGEST_NUMBER = 2**31 - 1

#: The parameter of a search box. It keeps one character more than is searched, so that the page can say it was cut.
TYPED_KEY, LONGEST_TYPED = "q", LONGEST_SEARCH + 1
#: The parameters of all search boxes: also of those that search in documents.
_TYPED_KEYS = frozenset({TYPED_KEY, "find"})

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def init_request_validation(app: Flask) -> None:
    """Refuse other hosts and malformed addresses with 400. A number in a path too large for a column is a 404."""
    answer = app.wsgi_app
    known = trusted_hosts(app.config)

    def refuse_or_answer(asked: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        asked["QUERY_STRING"] = "&".join(map(_cleaned_if_typed, asked.get("QUERY_STRING", "").split("&")))
        if said := _request_fault(asked, known):
            note_event("request", "refused as malformed")
        refused = _bad_request(said, asked.get("PATH_INFO", "")) if said else None
        return refused(asked, start_response) if refused else answer(asked, start_response)

    app.wsgi_app = refuse_or_answer  # type: ignore[method-assign, assignment]
    app.url_map.converters["int"] = _SmallNumber
    app.before_request(_refuse_repeats)
    app.before_request(_refuse_unreadable_next)


def trusted_hosts(config: Mapping[str, Any]) -> frozenset[str]:
    """Return the host names that are served: the host of ADDRESS, and the names of this machine."""
    name = urlsplit(config.get("ADDRESS") or "").hostname
    return LOOPBACK_NAMES | {name} if name else LOOPBACK_NAMES


class _SmallNumber(IntegerConverter):
    def __init__(self, map: Map, fixed_digits: int = 0) -> None:
        super().__init__(map, fixed_digits, max=LARGEST_NUMBER)


def _request_fault(asked: Mapping[str, Any], known: frozenset[str]) -> str:
    """Return why a request is refused, or "" if it is not."""
    if not _is_trusted(asked.get("HTTP_HOST", ""), known):
        return _(
            "This site does not respond under that host name. Its administrator sets its public address in "
            "ARTICLE34_ADDRESS."
        )
    if not (_is_sound_path(asked.get("PATH_INFO", "")) and _is_sound_query(asked.get("QUERY_STRING", ""))):
        return _unreadable()
    return ""


def _refuse_repeats() -> BaseResponse | None:
    """Refuse an address that repeats a parameter of the page, because nobody can tell which value is meant."""
    return _bad_request(_unreadable(), request.path) if has_repeats() else None


def _refuse_unreadable_next() -> BaseResponse | None:
    """Refuse to sign in with a next page whose address cannot be parsed, as Flask-Security would fail on it."""
    if request.blueprint != "security" or all(map(_can_be_parsed, request.values.getlist("next"))):
        return None
    return _bad_request(_unreadable(), request.path)


def _can_be_parsed(address: str) -> bool:
    try:
        urlsplit(address)
    except ValueError:
        return False
    return True


def has_repeats() -> bool:
    """Tell if this address repeats a parameter that the page reads."""
    return any(len(request.args.getlist(key)) > 1 for key in query_keys() or ())


def _unreadable() -> str:
    return _(
        "This address cannot be read: it is too long, repeats a parameter, or contains characters that are not "
        "allowed. Nothing was changed. Check the link, or go to the start page."
    )


def _is_trusted(host: str, known: frozenset[str]) -> bool:
    return host_is_trusted(host) and urlsplit(f"//{host}").hostname in known


def _is_sound_path(path: str) -> bool:
    raw = path.encode("latin-1", "replace")  # WSGI passes bytes as if they were Latin-1
    return len(raw) <= LONGEST_PATH and _is_text(raw)


def _is_sound_query(query: str) -> bool:
    if len(query) > LONGEST_QUERY:
        return False
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    keys, values = ([_decoded(pair[part]) for pair in pairs] for part in (0, 2))
    return len(keys) <= MOST_PARAMETERS and all(map(_is_text, (*keys, *values)))


def _cleaned_if_typed(pair: str) -> str:
    """Return a pair of a query. Words of a search box are cut to `LONGEST_TYPED`, without control characters."""
    key, _equals, value = pair.partition("=")
    if key not in _TYPED_KEYS:
        return pair
    return f"{key}={quote_plus(_CONTROL.sub(' ', _decoded(value).decode('utf-8', 'replace'))[:LONGEST_TYPED])}"


def _decoded(part: str) -> bytes:
    return unquote_to_bytes(part.replace("+", " ").encode("latin-1", "replace"))


def _is_text(raw: bytes) -> bool:
    """Tell if bytes are UTF-8 without control characters."""
    try:
        return _CONTROL.search(raw.decode("utf-8")) is None
    except UnicodeDecodeError:
        return False


def _bad_request(said: str, path: str) -> BaseResponse:
    if is_api(path):
        return problem(400, said)
    return BaseResponse(f"{said}\n", 400, BARE_HEADERS, mimetype="text/plain")


def is_local(address: str) -> bool:
    """Tell if an address is a plain path of this site."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    return is_path and _CONTROL.search(address) is None
