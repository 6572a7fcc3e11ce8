"""Pages of long lists: the rows that a query asks for, and the addresses of the neighbouring pages.

Also the choice of one company in a form: it is searched by words, and the companies found are offered.
"""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from flask import abort, request, url_for

from compliance.store.audit_trail import storable_text
from compliance.store.companies import present_company
from compliance.store.list_pages import ListKey, ListPage, PageRequest, companies_page
from compliance.web.database import db
from compliance.web.forms import choice_or_404

_LONGEST_FIND = 100


@dataclass(frozen=True, slots=True)
class ListPaging:
    """A page of a list, for the template `parts/lists.html`."""

    find: str
    order: str
    orders: Sequence[tuple[str, str]]  # id and label of each
    found: int
    earlier: str  # address; "" on the first page
    later: str  # address; "" on the last page


def list_request(orders: Sequence[str]) -> PageRequest:
    """Return the page that the query asks for. Abort with 404 for an order or key that the list never offers."""
    order = choice_or_404("order", orders, orders[0])
    return PageRequest(wanted_words(request.values.get("find", "")), order, _key("after"), _key("before"))


def list_view(
    page: ListPage[Any], asked: PageRequest, orders: Mapping[str, str], endpoint: str, **where: Any
) -> ListPaging:
    """Return the view model of a page. `orders`: labels by id; `where`: further parts of the addresses."""
    same: dict[str, Any] = {
        **where,
        "find": asked.find or None,
        "order": asked.order if asked.order != next(iter(orders)) else None,
    }

    def address(argument: str, key: ListKey) -> str:
        query: dict[str, Any] = {**same, argument: _written(key)}
        return url_for(endpoint, **query) if key else ""

    return ListPaging(
        asked.find,
        asked.order,
        list(orders.items()),
        page.found,
        address("before", page.earlier),
        address("after", page.later),
    )


@dataclass(frozen=True, slots=True)
class CompanyChoice:
    """Companies that a form offers, for `choice` of `parts/lists.html`."""

    find: str
    options: Sequence[Mapping[str, Any]]  # as in `parts/forms.html`: companies found, by name, and the one chosen
    found: int
    offered: int  # how many of those found are offered


def company_choice(find: str | None, chosen: int | None) -> CompanyChoice:
    """Return the companies to choose from: the first ones, by name, whose name, web domain or LEI matches."""
    words = wanted_words(find or "")
    page = companies_page(db(), PageRequest(words), present=True)
    known = (
        present_company(db(), chosen) if chosen is not None and chosen not in {one.id for one in page.rows} else None
    )
    offered = ((known,) if known else ()) + page.rows
    options = [{"value": one.id, "label": one.name, "selected": one.id == chosen, "own": True} for one in offered]
    return CompanyChoice(words, options, page.found, len(page.rows))


def wanted_words(text: str) -> str:
    """Return search words with single spaces, reduced to the length and characters that a database can take."""
    return " ".join(storable_text(text[:_LONGEST_FIND]).split())


def _written(key: ListKey) -> str:
    return urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).decode().rstrip("=")


def _key(name: str) -> ListKey:
    """Return the key in an argument of the query, or () without one. Abort with 404 for any other text."""
    text = request.args.get(name, "")
    if not text:
        return ()
    try:
        values = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        abort(404)
    if not isinstance(values, list) or not values or not all(map(_is_value, values)) or type(values[-1]) is not int:
        abort(404)
    return tuple(values)


def _is_value(value: object) -> bool:
    """Tell if a key may have this value: a text, or a number that a database can hold."""
    if isinstance(value, str):
        return "\0" not in value
    if type(value) is int:
        return 0 <= value < 2**31
    return isinstance(value, float) and isfinite(value)
