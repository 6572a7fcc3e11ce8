"""Crawling a site by its links from a start page, and sending its forms."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from unittest.mock import patch

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
    """Return a function that maps an address, in any language, to its kind: the route and the keys of its query.

    In `make test`, each key makes a kind of its own, so that a list is shown with each filter, not with all pairs.
    """
    router = app.url_map.bind("localhost")

    def route(address: str) -> str:
        path, _, query = LANGUAGE.sub("", address).partition("?")
        try:
            endpoint = router.match(path)[0]
        except HTTPException:
            return address
        keys = re.sub("=[^&]*", "", query)
        return " ".join(f"{endpoint}?{key}" for key in (keys.split("&") if SHARE < 1 else [keys]))

    return route


def crawl(
    client: FlaskClient,
    start: str = "/",
    few: int = FEW,
    kind_of: Callable[[str], str] | None = None,
    files: bool = False,
) -> dict[str, str]:
    """Return the pages that a reader reaches by links below the first page, by address, at most `few` of a kind.

    Pages are of one kind if their addresses differ only in a number, in `make test` if they have the same route. A page
    of several kinds, separated by spaces, is visited if one of them is still wanted.
    `files`: whether files are requested too, which takes longer than all pages; `web/common/test_access.py` requests
    one of each route. The text of a file is "" in any case. Links that choose another language, or a part of a list,
    are not followed.
    """
    if kind_of is None:
        kind_of = without_numbers if SHARE >= 1 else routes_of(client.application)
    waiting, pages, kinds = [start], dict[str, str](), Counter[str]()
    with trail_known_to_be_intact():
        while waiting:
            address = waiting.pop(0)
            kinds_here = kind_of(address).split(" ")
            if address in pages or all(kinds[kind] >= few for kind in kinds_here):
                continue
            kinds.update(kinds_here)
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


@contextmanager
def trail_known_to_be_intact() -> Iterator[None]:
    """Let the page that checks the trail say, in `make test`, that it is intact: checking takes 4 s on each crawl.

    `public/test_withdrawn_companies.py` checks the same trail, and `steward/test_steward_pages.py` this page.
    """
    if SHARE >= 1:
        yield
        return
    with patch("compliance.web.steward.trail.trail_difference", return_value=None):
        yield


def post_forms(page: str) -> dict[str, str]:
    """Return the CSRF tokens of the forms of a page that are posted, by address."""
    forms = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)".*?name="csrf_token" value="([^"]+)"', page, re.S)
    return {unescape(action): token for action, token in forms}


def send_empty(client: FlaskClient, action: str, token: str) -> TestResponse:
    """Send a form with only its token."""
    return client.post(action, data={"csrf_token": token}, follow_redirects=True)
