"""Crawling a site by its links from a start page, and sending its forms."""

import re
from collections import Counter
from collections.abc import Callable
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.support.examples import SHARE
from tests.support.page_lint import read

#: How many pages of a kind are visited.
FEW = 4 if SHARE >= 1 else 1
LANGUAGE = re.compile("^/(ar|es|fr)(?=/)")
FILE = re.compile(r"\.(csv|json|xlsx|zip|svg|png|atom)(\?|$)")


def without_numbers(address: str) -> str:
    """Return the kind of a page: its address with 0 for each number."""
    return re.sub(r"\d+", "0", address)


def routes_of(app: Flask) -> Callable[[str], str]:
    """Return a function that maps an address, in any language, to its kind: the route and the keys of its query."""
    router = app.url_map.bind("localhost")

    def route(address: str) -> str:
        path, _, query = LANGUAGE.sub("", address).partition("?")
        try:
            return f"{router.match(path)[0]} {re.sub('=[^&]*', '', query)}".strip()
        except HTTPException:
            return address

    return route


def crawl(
    client: FlaskClient,
    start: str = "/",
    few: int = FEW,
    kind_of: Callable[[str], str] | None = None,
    files: bool = False,
) -> dict[str, str]:
    """Return the pages that a reader reaches by links below the first page, by address, at most `few` of a kind.

    Pages are of one kind if their addresses differ only in a number, in `make test` if they have the same route.
    `files`: whether files are requested too, which takes longer than all pages; `web/common/test_access.py` requests
    one of each route. The text of a file is "" in any case. Links that choose another language, or a part of a list,
    are not followed.
    """
    if kind_of is None:
        kind_of = without_numbers if SHARE >= 1 else routes_of(client.application)
    waiting, pages, kinds = [start], dict[str, str](), Counter[str]()
    while waiting:
        address = waiting.pop(0)
        kind = kind_of(address)
        if address in pages or kinds[kind] >= few:
            continue
        kinds[kind] += 1
        if not files and FILE.search(address):
            pages[address] = ""
            continue
        response = client.get(address, follow_redirects=True)
        assert response.status_code == 200, f"{address}: {response.status_code}"
        pages[address] = response.text if response.mimetype == "text/html" else ""
        response.close()  # stops a streamed file, like a browser that disconnects
        if not pages[address]:
            continue
        links = (link.partition("#")[0] for link in read(pages[address]).links)
        links = (link for link in links if not LANGUAGE.match(link) or LANGUAGE.match(start))
        waiting += [link for link in links if link.startswith(start) and not re.search("before=|who=", link)]
    return pages


def post_forms(page: str) -> dict[str, str]:
    """Return the CSRF tokens of the forms of a page that are posted, by address."""
    forms = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)".*?name="csrf_token" value="([^"]+)"', page, re.S)
    return {unescape(action): token for action, token in forms}


def send_empty(client: FlaskClient, action: str, token: str) -> TestResponse:
    """Send a form with only its token."""
    return client.post(action, data={"csrf_token": token}, follow_redirects=True)
