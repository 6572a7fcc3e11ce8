"""How much a hotel group with three colleagues reads, clicks and fills in until its questionnaire is submitted.

The group works in Portugal, Morocco and the Dominican Republic, with 250 to 4,999 people. Nia registers it, invites
three colleagues with links, and assigns themes to two of them. Each answers their themes, with one file as evidence of
what the code says. The approver checks everything and signs. Pages are requested over HTTP, without JavaScript.

Minutes are counted like on the start page: the words of question, help and options at 200 per minute, and 15 seconds
per answer. In addition, every visible word is counted each time that a page is shown.
"""

import gzip
import io
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from compliance.questionnaire.edition import Edition, Question
from compliance.questionnaire.portions import WORDS_PER_MINUTE, profile_effort, question_effort
from compliance.web.edition_registry import newest_edition
from tests.support.sites import PASSWORD, Site, make_site, post, settle

COMPANY, CODE = "Example Atlantic Hotels", "Code of conduct 2026"
PROFILE = {
    "sector": "lodging",
    "size": "250-4999",
    "children": "sometimes",
    "minors_served": "yes",
    "staff_travel": "yes",
    "consumer_marketing": "yes",
    "migrant_labour": "unknown",
    "tiers": "two",
    "lodging": "yes",
}
HOME, COUNTRIES = "Portugal", "Portugal, Morocco, Dominican Republic"
#: The colleagues who join, and their roles.
COLLEAGUES = (("Lea", "contributor"), ("Rui", "contributor"), ("Ines", "approver"))
MOST_PAGES = 60
#: The checkboxes of countries in a question that is answered country by country.
PLACES = ".//input[@type='checkbox'][string-length(@value)=3]"


@dataclass
class Tally:
    """Counts of what a person saw and did."""

    pages: int = 0
    clicks: int = 0  # links and buttons
    answers: int = 0
    typed: int = 0  # other fields: names, evidence, choices outside of questions
    words: int = 0  # all visible words of pages
    question_words: int = 0  # of these, words of answered questions, with their options
    sent: int = 0  # bytes of the pages, compressed
    seconds: float = 0.0  # as the start page counts them

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass
class Person:
    """A person at a browser: the open page, and the counts so far."""

    name: str
    client: FlaskClient
    tally: Tally = field(default_factory=Tally)
    address: str = ""
    page: Any = None
    longest: tuple[int, str] = (0, "")  # number of words of the longest page, and its address

    def open(self, address: str) -> None:
        """Follow a link."""
        self._arrive(self.client.get(address, headers={"Accept-Encoding": "gzip"}, follow_redirects=True))

    def press(self, form: str, button: str = "", given: dict[str, Any] | None = None, fields: int = 0) -> None:
        """Send a form, found by XPath, with the values `given`, and count `fields` of them as typed."""
        found = self.page.xpath(form)
        assert found, (self.address, form)
        values: dict[str, Any] = {}
        for name, value in found[0].form_values():
            values.setdefault(name, []).append(value)
        self.tally.typed += fields
        sent = values | (given or {}) | ({"next": button} if button else {})
        where = found[0].get("action") or self.address
        self._arrive(self.client.post(where, data=sent, headers={"Accept-Encoding": "gzip"}, follow_redirects=True))

    def _arrive(self, response: TestResponse) -> None:
        assert response.status_code == 200, (response.request.path, response.status_code)
        self.address = response.request.path
        body = response.get_data()
        self.tally.sent += len(body)
        self.page = html.fromstring(gzip.decompress(body).decode())
        assert not (wrong := self.page.xpath("//*[@id='errors']")), (self.address, wrong[0].text_content())
        words = _words(self.page.xpath("//main")[0])
        self.longest = max(self.longest, (words, self.address))
        self.tally.pages += 1
        self.tally.clicks += 1
        self.tally.words += words


#: Elements that are not visible, or only once they are opened.
_HIDDEN = (
    ".//script|.//datalist|.//select|.//*[contains(@class, 'visually-hidden')]"
    "|.//details[not(@open)]/*[not(self::summary)]"
)


def _words(element: Any) -> int:
    """Count the visible words of an element."""
    hidden = {text for one in element.xpath(_HIDDEN) for text in one.xpath("descendant-or-self::*")}
    texts = element.xpath(".//text()")
    return sum(len(text.split()) for text in texts if text.is_tail or text.getparent() not in hidden)


def given_answer(question: Question) -> dict[str, Any]:
    """Return a middling answer to a question, as form fields."""
    name = question.id
    if question.kind == "one":
        return {name: question.options[len(question.options) // 2].id}
    if question.kind == "many":
        return {name: [option.id for option in question.options[:2]]}
    if question.kind == "number":
        return {name: "40"}
    if question.kind == "date":
        return {name: "2025-06-01"}
    return {name: "As it is written in our plan."}


def answer_page(person: Person, edition: Edition) -> int:
    """Answer the blank questions of a page, with the code as evidence, and return how many there were."""
    given: dict[str, Any] = {}
    answered, typed = 0, 0
    for section in person.page.xpath("//section[contains(@class, 'question')][not(ancestor::details)]"):
        question = edition.questions[section.get("id").removeprefix("at-")]
        fields = f".//*[@name='{question.id}']"
        if section.xpath(f"{fields}[@checked]|.//input[@name='{question.id}'][@type='text'][string(@value)]"):
            continue
        if question.places:
            boxes = section.xpath(PLACES)
            given[question.id] = [boxes[0].get("value")] if boxes else ["blank:not-known"]
        else:
            given |= given_answer(question)
        answered += 1
        person.tally.seconds += question_effort(question, len(section.xpath(PLACES)) if question.places else 0).seconds
        person.tally.question_words += _words(section.xpath(".//fieldset")[0])
        person.tally.answers += len(given[question.id]) if isinstance(given[question.id], list) else 1
        if question.lenses.get("aspect") == "code" and section.xpath(f".//input[@name='{question.id}#item']"):
            given |= {f"{question.id}#item": CODE, f"{question.id}#part": "page 6"}
            typed += 2
    person.press("//form[@id='f']", "on", given, typed)
    return answered


def register(site: Site) -> tuple[Person, str, str]:
    """Register and confirm the company. Return its owner, and the addresses of company and questionnaire."""
    nia = Person("Nia, owner", site.client())
    nia.open("/register")
    who = {"organisation": COMPANY, "name": "Nia", "email": "nia@hotels.example", "password": PASSWORD}
    nia.press("//main//form", given=who, fields=len(who))
    company = nia.page.xpath("//main//a[contains(@href, '/companies/')]/@href")[0]
    fields = {"seen": "pending", "decision": "confirmed", "reason": "Its web site names Nia."}
    post(site.client("stella"), f"/steward{company}/decision", fields=fields)
    nia.press("//form[contains(@action, '/assessments')]")
    return nia, company, nia.address.removesuffix("/start")


def describe(nia: Person, edition: Edition, desk: str) -> None:
    """Fill in the profile and the lists of countries."""
    nia.open(f"{desk}/profile")
    given: dict[str, Any] = {f"profile.{name}": value for name, value in PROFILE.items()}
    for box in nia.page.xpath("//*[contains(@name, '#names')]"):
        given[box.get("name")] = HOME if box.tag == "input" else COUNTRIES
    nia.tally.answers += len(given)
    lists = (question for question in edition.questions.values() if question.kind == "countries")
    nia.tally.seconds += profile_effort(edition).seconds + sum(question_effort(one).seconds for one in lists)
    nia.tally.question_words += _words(nia.page.xpath("//form[@id='f']")[0])
    nia.press("//form[@id='f']", "stop", given)


def invite(site: Site, nia: Person, company: str) -> list[Person]:
    """Invite three colleagues with links, and return them."""
    joined = []
    for name, role in COLLEAGUES:
        nia.open(company)
        nia.press("//form[contains(@action, '/invitations')]", given={"role": role}, fields=1)
        link = re.search(r"/join/[0-9a-f]+", nia.page.xpath("//*[@id='link']/@value")[0])
        assert link
        person = Person(f"{name}, {role}", site.client())
        person.open(link[0])
        who = {"name": name, "email": f"{name.lower()}@hotels.example", "password": PASSWORD}
        person.press("//main//form", given=who, fields=len(who))
        joined.append(person)
    return joined


def share_out(nia: Person, desk: str, people: Sequence[Person]) -> None:
    """Assign the themes in turn to these people and to nobody, which leaves them to Nia."""
    nia.open(desk)
    for place, address in enumerate(dict.fromkeys(nia.page.xpath("//a[contains(@href, '/assign/')]/@href"))):
        if whom := (*people, None)[place % (len(people) + 1)]:
            nia.open(address)
            name = whom.name.partition(",")[0]
            [value] = nia.page.xpath(f"//select[@name='person']/option[normalize-space()='{name}']/@value")
            nia.press("//main//form", given={"person": value, "due": "2030-01-31"}, fields=2)
            nia.open(desk)


def upload_code(nia: Person, company: str) -> None:
    """Upload the code to the evidence library."""
    nia.open(f"{company}/evidence")
    file = (io.BytesIO(b"No child is exploited, anywhere."), "code-of-conduct.txt")
    given = {"file": file, "title": CODE, "dated": "2026-01-15"}
    nia.press("//form[@enctype]", given=given, fields=len(given))


def answer_all(person: Person, edition: Edition, desk: str, themes: Sequence[str]) -> None:
    """Open each theme from the person's list, and answer page after page until another theme follows."""
    for theme in (one.partition("#")[0] for one in themes):
        person.open(desk)
        person.open(theme)
        for _page in range(MOST_PAGES):
            if not person.address.startswith(theme):
                break
            answer_page(person, edition)


def main() -> None:
    """Walk through the questionnaire, and print the counts."""
    with tempfile.TemporaryDirectory() as folder:
        site = settle(make_site(f"sqlite:///{folder}/article34.db", Path(folder), EDITIONS=None))
        with site.app.app_context():
            edition = newest_edition().edition
        nia, company, desk = register(site)
        print(
            "The start page says:",
            " ".join(nia.page.xpath("//main//p[contains(@class, 'lead')]")[0].text_content().split()),
        )
        describe(nia, edition, desk)
        lea, rui, ines = invite(site, nia, company)
        share_out(nia, desk, (lea, rui))
        upload_code(nia, company)
        for person in (lea, rui):
            person.open("/assessments")
            person.open(desk)
            themes = person.page.xpath("//section[@aria-labelledby='mine']//h3/a/@href")
            answer_all(person, edition, desk, themes)
        nia.open(desk)
        left = nia.page.xpath("//section[@aria-labelledby='themes']//a[not(contains(@href, '/assign/'))]/@href")
        answer_all(nia, edition, desk, [one for one in left if one.startswith(f"{desk}/")][2::3])
        ines.open("/assessments")
        ines.open(desk)
        ines.open(f"{desk}/check")
        print(
            "The page to check says:",
            " ".join(ines.page.xpath("//main//p[contains(@class, 'lead')]")[0].text_content().split()),
        )
        ines.press(
            "//form[contains(@action, '/check')]",
            given={"consent": "counted", "role": "Director", "confirmed": "yes"},
            fields=3,
        )
        assert "/receipts/" in ines.address, ines.address
        for page in ("scorecard", "board"):
            ines.open(f"{desk}/{page}")
        people = (nia, lea, rui, ines)
        whole = sum((person.tally for person in people), Tally())
        head = ("", "pages", "clicks", "answers", "fields", "minutes", "words", "of questions", "to read", "kB")
        print("".join(f"{word:<22}" if not word else f"{word:>13}" for word in head))
        for name, tally in [*((person.name, person.tally) for person in people), ("all together", whole)]:
            done = (tally.pages, tally.clicks, tally.answers, tally.typed, tally.seconds / 60, tally.words)
            read = (tally.question_words, tally.words / WORDS_PER_MINUTE, tally.sent / 1000)
            print(f"{name:<22}" + "".join(f"{number:>13,.0f}" for number in (*done, *read)))
        for person in people:
            print(f"Most words on one page for {person.name}: {person.longest[0]:,} ({person.longest[1]})")
        site.close()


if __name__ == "__main__":
    main()
