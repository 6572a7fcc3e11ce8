"""Numbers too large for a column or for `int`, in every address and every form: they are refused, and no page fails."""

import re
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from flask import Flask
from lxml import html
from werkzeug.datastructures import MultiDict

from tests.support.crawling import crawl, routes_of
from tests.support.examples import SHARE
from tests.support.sites import Site, begin

#: One more than the largest integers of PostgreSQL and SQLite, more digits than Python accepts, and other odd numbers.
HUGE = ("2147483648", "9223372036854775808", "9" * 5_000, "-1", "-2147483649", "1e400", "٣", "0x7f")
IN_PATHS = ("2147483648", "9223372036854775808", "9" * 1_500)
ASKED_WITH = ("before", "older", "page", "version", "at", "period", "year", "assessment", "sign_off", "submission")
PEOPLE = (None, "ana", "audun", "ada", "stella")

pytestmark = pytest.mark.site(TESTING=False, PROPAGATE_EXCEPTIONS=False)


def addresses(app: Flask) -> Iterator[tuple[str, set[str]]]:
    """Every address with a number, which is replaced by each of the huge ones, and its methods."""
    rules = [rule for rule in app.url_map.iter_rules() if "<int" in rule.rule]
    for place, rule in enumerate(rules):
        for number in IN_PATHS if SHARE >= 1 else IN_PATHS[place % 3 :][:1]:
            filled = re.sub(r"<int[^>]*>", number, rule.rule)
            yield re.sub(r"<[^>]+>", "1", filled), rule.methods or set()


def test_no_address_with_a_huge_number_fails_or_is_found(site: Site) -> None:
    asked = list(addresses(site.app))
    assert len(asked) > 50
    wrong = []
    for who in ("ana", "stella"):
        client = site.client(who)
        for where, methods in asked:
            for method in methods & {"GET", "POST"}:
                status = client.open(where, method=method).status_code
                if status not in (404, 400, 405) and not (where.startswith("/quick") and status < 500):
                    wrong.append(f"{method} {where[:80]}: {status}")
    assert wrong == []


def test_no_page_fails_if_a_parameter_is_a_huge_number(site: Site) -> None:
    number = begin(site)
    pages = {None: ("/", "/sectors"), "ana": (f"/assessments/{number}", f"/assessments/{number}/code", "/companies/1"),
             "ada": ("/advocate",), "audun": ("/audit",), "stella": ("/steward", "/steward/trail")}  # fmt: skip
    failed = []
    for who, where in pages.items():
        client = site.client(who)
        for page in where:
            for key in ASKED_WITH:
                for huge in HUGE[:3] if SHARE >= 1 else HUGE[1:2]:
                    status = client.get(page, query_string={key: huge[:3_000]}).status_code
                    if status >= 500:
                        failed.append(f"{page}?{key}={huge[:20]}: {status}")
    assert failed == []


def forms(page: str) -> Iterator[tuple[str, MultiDict[str, str], list[str]]]:
    """The forms of a page that change something: address, fields as sent, and which of these are numbers."""
    for form in html.fromstring(page).forms:
        if form.method != "POST" or not form.action:
            continue
        fields: MultiDict[str, str] = MultiDict(form.form_values())
        offered: dict[str, Any] = {}
        for field in form.xpath(".//*[@name]"):
            values = [field.get("value"), *(option.get("value") for option in field.xpath(".//option"))]
            if any((value or "").isdigit() for value in values) or field.get("type") in ("number", "date"):
                offered[field.get("name")] = None
        yield form.action, fields, list(offered)


def test_no_form_with_a_huge_number_in_a_field_fails(site: Site) -> None:
    begin(site)
    huge, failed, tried = cycle(HUGE), [], set()
    for who in PEOPLE if SHARE >= 1 else PEOPLE[1::3]:
        client = site.client(who)
        kind_of = routes_of(client.application)
        for where, page in crawl(client, few=1, kind_of=kind_of).items():
            if not page:
                continue
            for action, fields, names in forms(page):
                for name in names:
                    kind = (who, kind_of(action), re.sub(r"[\w.]+#", "#", name))
                    if kind in tried or "sign-out" in action:
                        continue
                    tried.add(kind)
                    for _each in HUGE if SHARE >= 1 else HUGE[:1]:
                        value = next(huge)
                        status = client.post(action, data={**fields.to_dict(flat=False), name: value}).status_code
                        if status >= 500:
                            failed.append(f"{action} of {where}, {name}={value[:20]} as {who}: {status}")
    assert len(tried) > 10
    assert failed == []
