"""The pages of the desk as its readers use them: an invented code, and the forms that they post."""

import io
import re
from collections.abc import Mapping

from flask.testing import FlaskClient
from lxml import html

from compliance import store
from compliance.store.people_and_roles import login_account
from tests.support.sites import NOON, Site, post

CODE = """Code of Conduct

1. Children

We prohibit the sexual exploitation of children, in travel and everywhere else.
Nobody seeks private contact with a child online.
Suppliers follow the Supplier Standard on child labour.

2. Reporting

Staff must report every suspicion to the compliance office without delay.
The Speak-Up Line is open day and night.
""" + "\n".join(
    f"Paragraph {number} of this invented code is about gifts, travel costs and good manners." for number in range(30)
)
#: The first and second reader, the third, who decides, and an advocate without a part in the reading.
DESK = ("amara", "piet", "ines", "olu")


def text_of(page: str) -> str:
    return " ".join(html.fromstring(page).text_content().split())


def settle_desk(site: Site) -> Site:
    """Add the four advocates to a site, and return it."""
    with site.app.app_context(), site.store() as session, session.begin():
        known = login_account(session, email="ada@example.org")
        assert known is not None
        for name in DESK:
            site.people[name] = store.add_person(
                session,
                email=f"{name}@example.org",
                name=name.title(),
                password_hash=known.password_hash,
                roles=["advocate"],
                by=None,
                at=NOON,
            )
    return site


def begin(site: Site, name: str = "Example Hotels 07", **more: str) -> str:
    """Begin a reading, and return its address."""
    response = post(site.client("amara"), "/desk/companies/add", fields={"name": name, **more})
    assert response.status_code == 302, text_of(response.text)
    return str(response.headers["Location"])


def add_document(
    client: FlaskClient, reading: str, content: bytes = CODE.encode(), file_name: str = "code.txt", **more: str
) -> str:
    """Add a document, and return the page that follows."""
    fields = {
        "kind": "employees-code",
        "title": "Code of conduct",
        "url": "https://hotels.example/code",
        "accessed": "2026-03-01",
        "language": "en",
    }
    sent = {**fields, **more, "file": (io.BytesIO(content), file_name)}
    response = post(client, f"{reading}/documents/add", fields=sent, content_type="multipart/form-data")
    return client.get(reading).text if response.status_code == 302 else response.text


def appoint(site: Site, reading: str, **places: str) -> None:
    for place, who in places.items():
        sent = {"place": place, "person": str(site.people[who].id)}
        assert post(site.client("amara"), f"{reading}/readers", fields=sent).status_code == 302


def begun(site: Site) -> str:
    """Begin a reading with a document and two readers, and return its address."""
    reading = begin(site)
    add_document(site.client("amara"), reading)
    appoint(site, reading, first="amara", second="piet")
    return reading


def save(client: FlaskClient, reading: str, theme: str, **fields: object) -> str:
    """Save a theme, and return the address of the redirect, or the page if it is refused.

    `r1__code` is a question, `r1__code__title` another field of it.
    """
    where = f"{reading}/kinds/employees-code/themes/{theme}"
    versions = dict(re.findall(r'name="([\w.]+#version)" value="(\d+)"', client.get(where).text))
    parts = {re.sub(r"^(\w+?)__(\w+?)(?:__(\w+))?$", _field, name): value for name, value in fields.items()}
    response = post(client, where, fields={**versions, **parts})
    return str(response.headers["Location"]) if response.status_code == 302 else response.text


def _field(found: re.Match[str]) -> str:
    question, part = f"{found[1]}.{found[2]}", found[3]
    return f"{question}#{part}" if part else question


def pick(client: FlaskClient, reading: str, question: str, option: str, words: str) -> None:
    """Search the document for words, and pick the first passage found for an option."""
    where = f"{reading}/kinds/employees-code/questions/{question}"
    found = client.get(f"{where}?find={words}").text
    at = re.findall(r"document=(\d+)&amp;anchor=([\w.]+)", found)[0]
    response = post(client, where, fields={"document": at[0], "anchor": at[1], "option": option, "do": "pick"})
    assert response.status_code == 302


def read_whole(
    site: Site, reading: str, who: str, answers: Mapping[str, object], passages: Mapping[str, tuple[str, str]]
) -> None:
    """Answer every question, pick passages, and finish the reading."""
    client = site.client(who)
    for theme, start in (("code", "r1"), ("reporting", "r2")):
        assert save(client, reading, theme, **{k: v for k, v in answers.items() if k.startswith(start)}).startswith("/")
    for question, (option, words) in passages.items():
        pick(client, reading, question, option, words)
    post(client, f"{reading}/finish")


FIRST = {
    "r1__code": "bans",
    "r1__forms": ["grooming", "travel"],
    "r1__forms__sure": "60",
    "r1__forms__note": "Contact online is grooming.",
    "r2__text": "staff",
    "r2__line": "named",
}
SECOND = {
    "r1__code": "bans",
    "r1__forms": "none",
    "r1__forms__searched": "grooming, solicit",
    "r2__text": "blank:elsewhere",
    "r2__text__title": "Reporting procedure",
    "r2__line": "named",
}
PASSAGES = {
    "r1.code": ("bans", "prohibit exploitation"),
    "r1.forms": ("grooming", "private contact"),
    "r2.text": ("staff", "suspicion"),
    "r2.line": ("named", "Speak-Up"),
}


def read_by_both(site: Site) -> str:
    reading = begun(site)
    appoint(site, reading, third="ines")
    read_whole(site, reading, "amara", FIRST, PASSAGES)
    read_whole(site, reading, "piet", SECOND, {name: PASSAGES[name] for name in ("r1.code", "r2.line")})
    return reading
