"""Walking a site by its links, from one page on, and sending its forms."""

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

#: Of the pages of a kind, so many are looked at.
FEW = 4 if SHARE >= 1 else 1
LANGUAGE = re.compile("^/(ar|es|fr)(?=/)")
FILE = re.compile(r"\.(csv|json|xlsx|zip|svg|png|atom)(\?|$)")


def without_numbers(address: str) -> str:
    """The kind of a page, by its address."""
    return re.sub(r"\d+", "0", address)


def routes_of(app: Flask) -> Callable[[str], str]:
    """The kind of a page, by its address, in any language: the route that answers, with the keys of its query."""
    router = app.url_map.bind("localhost")

    def route(address: str) -> str:
        path, _, query = LANGUAGE.sub("", address).partition("?")
        try:
            return f"{router.match(path)[0]} {re.sub('=[^&]*', '', query)}".strip()
        except HTTPException:
            return address

    return route


def crawl(
    client: FlaskClient, start: str = "/", few: int = FEW, kind_of: Callable[[str], str] | None = None
) -> dict[str, str]:
    """Every page that a reader reaches by links below the first one, by address; of many of a kind a few.

    The pages of a kind are those whose addresses differ by a number only; in `make test`, those of a route, and
    files are not asked for: `web/common/test_access.py` does, and a workbook takes longer than ten pages.
    Links that choose another language, or a part of a list, are not followed. What is no page, as a file, is the empty
    text.
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
        if SHARE < 1 and FILE.search(address):
            pages[address] = ""
            continue
        response = client.get(address, follow_redirects=True)
        assert response.status_code == 200, f"{address}: {response.status_code}"
        pages[address] = response.text if response.mimetype == "text/html" else ""
        response.close()  # a file that is made while it is sent ends here, as where a browser goes away
        if not pages[address]:
            continue
        links = (link.partition("#")[0] for link in read(pages[address]).links)
        links = (link for link in links if not LANGUAGE.match(link) or LANGUAGE.match(start))
        waiting += [link for link in links if link.startswith(start) and not re.search("before=|who=", link)]
    return pages


def post_forms(page: str) -> dict[str, str]:
    """The forms of a page that change something: address and token."""
    forms = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)".*?name="csrf_token" value="([^"]+)"', page, re.S)
    return {unescape(action): token for action, token in forms}


def send_empty(client: FlaskClient, action: str, token: str) -> TestResponse:
    """Send a form with nothing in it but its token."""
    return client.post(action, data={"csrf_token": token}, follow_redirects=True)
