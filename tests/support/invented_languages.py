"""Two invented languages in place of French and Arabic: every message in brackets and a third longer, one language in
accented letters, the other in Arabic letters. Text outside brackets on a page has escaped translation.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache, partial
from html.parser import HTMLParser
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message

from compliance.languages import interface_messages, sources
from compliance.languages.formats import country_name
from compliance.languages.interface_messages import in_language
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_folder import edition_path, editions_folder
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.locales import locale_yaml
from compliance.questionnaire.translatable_texts import SourceTexts, Translation, edition_source_texts, law_source_texts
from compliance.web.presenters import country_needs
from tests.support.demonstrations import made_once
from tests.support.source_messages import source_messages

#: The editions with which the demonstration is shown in the invented languages.
EDITIONS = ("child-protection-2026", "child-protection-code-2026", "child-protection-quick")
LATIN = "abcdefghijklmnopqrstuvwxyz"
LETTERS = {
    "fr": str.maketrans(LATIN + LATIN.upper(), "áƀçđéƒǵħíĵķĺḿńóþɋŕšťúṽŵẋýžÁƁÇĐÉƑǴĦÍĴĶĹḾŃÓÞɊŔŠŤÚṼŴẊÝŽ"),
    "ar": str.maketrans(LATIN + LATIN.upper(), "ابجدهوزحطيكلمنسعفصقرشتثخذض" * 2),
}
FILLER = "lorem ipsum dolor sit amet consetetur sadipscing elitr sed diam nonumy eirmod tempor invidunt " * 8
#: Text that a translation must not change: placeholders, percent signs, tags and addresses.
_KEPT = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|<[^>]+>|https?://\S*")
_KEPT_CACHES = (
    interface_messages.catalogue,
    interface_messages.translations,
    interface_messages.translated_share,
    interface_messages.has_unreviewed,
    interface_messages.offered_languages,
    country_needs._region_views,
)


def invented(text: str, code: str) -> str:
    """Return a text in an invented language, a third longer, with unchanged placeholders."""
    letters, place, said = LETTERS[code], 0, ""
    for kept in _KEPT.finditer(text):
        said += text[place : kept.start()].translate(letters) + kept[0]
        place = kept.end()
    said += text[place:].translate(letters)
    longer = FILLER[: round(len(text) * 0.35)].strip()
    return f"⟦{said} {longer.translate(letters)}⟧" if longer else f"⟦{said}⟧"


@contextmanager
def invented_languages(shared_folder: Path) -> Iterator[None]:
    """Use catalogues of the invented languages instead of the tool's. They are made once in the folder of this run."""
    messages = source_messages(shared_folder)
    with catalogues_in(made_once(shared_folder, "invented-languages", partial(_write_catalogues, messages))):
        yield


def _write_catalogues(messages: Catalog, folder: Path) -> None:
    for code in LETTERS:
        found = Catalog(locale=code)
        found.update(deepcopy(messages))
        for message in found:
            if message.id:
                message.string = _invented(message, code)
        path = folder / code / "LC_MESSAGES" / "messages.po"
        path.parent.mkdir(parents=True)
        path.write_bytes(sources.catalogue_text(code, found))


@contextmanager
def catalogues_in(folder: Path) -> Iterator[None]:
    """Use the catalogues of a folder instead of the tool's."""
    own, interface_messages.TRANSLATIONS = interface_messages.TRANSLATIONS, folder
    _forget()
    try:
        yield
    finally:
        interface_messages.TRANSLATIONS = own
        _forget()


def _forget() -> None:
    for kept in _KEPT_CACHES:
        kept.cache_clear()


def _invented(message: Message, code: str) -> str | tuple[str, ...]:
    if isinstance(message.id, str):
        return invented(message.id, code)
    one, several = (invented(form, code) for form in message.id)
    return (one, several) if code == "fr" else (several, one, several, several, several, several)


def editions_in_invented_languages(shared_folder: Path) -> list[Path]:
    """Return folders of EDITIONS in the invented languages, made once in the folder of this run. Only read them."""

    def write(folder: Path) -> None:
        for name in EDITIONS:
            edition_in_invented_languages(name, folder)

    made = made_once(shared_folder, "invented-editions", write)
    return [made / name for name in EDITIONS]


def edition_in_invented_languages(name: str, folder: Path) -> Path:
    """Return the folder of a copy of an edition, with the law, in the invented languages."""
    place = folder / name
    shutil.copytree(edition_path(name), place, ignore=shutil.ignore_patterns("locales"))
    shutil.copytree(editions_folder() / "law", place / "law", ignore=shutil.ignore_patterns("locales"))
    edition: Edition = load_edition(place)
    for code in LETTERS:
        _write(edition_source_texts(edition), place, code)
        _write(law_source_texts(edition.instruments), place / "law", code)
    return place


def _write(source: SourceTexts, folder: Path, code: str) -> None:
    texts = {key: Translation(invented(text, code), "reviewed") for key, text in source.texts.items()}
    (folder / "locales").mkdir(exist_ok=True)
    (folder / "locales" / f"{code}.yaml").write_text(locale_yaml(source, code, texts), encoding="utf-8")


_IN_BRACKETS = re.compile("⟦.*⟧", re.DOTALL)
_LETTERS_OF_POINTS = re.compile(r"\([a-z]{1,2}\)")
_WORDS = re.compile(r"[a-z\u0600-\u06ff][^\W\d_]")


class Escaped(HTMLParser):
    """The text of a page that is not in brackets, and not marked as a name, an id or a person's own words."""

    SPOKEN = ("aria-label", "title", "alt", "placeholder")
    VOID = ("area", "br", "col", "hr", "img", "input", "link", "meta", "rect", "line", "circle", "path")

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._language = "en"
        self._marked: list[bool] = []
        self._brackets = 0
        self.feed(html)

    def updatepos(self, i: int, j: int) -> int:
        """Do not count lines, which takes a fifth of the time."""
        return j

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Start an element. Everything inside a marked element is marked too."""
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self._language = given["lang"]
        marked = given.get("translate") == "no" or given.get("lang", self._language) != self._language
        marked = marked or tag in ("script", "style") or (bool(self._marked) and self._marked[-1])
        if tag not in self.VOID:
            self._marked.append(marked)
        if not marked and (spoken := [given[name] for name in self.SPOKEN if name in given]):
            self._look(" ".join(_IN_BRACKETS.sub(" ", text) for text in spoken))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Ignore an element that closes itself."""

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        if tag not in self.VOID:
            self._marked.pop()

    def handle_data(self, data: str) -> None:
        """Collect text outside brackets. Text between them is translated."""
        outside = data
        if self._brackets or "⟦" in data or "⟧" in data:
            outside = ""
            for part in re.split("([⟦⟧])", data):
                self._brackets += part == "⟦"
                outside += part if not self._brackets else " "
                self._brackets -= part == "⟧"
        if not (self._marked and self._marked[-1]):
            self._look(outside)

    def _look(self, text: str) -> None:
        # Abbreviations in capitals, as in S2 AR 13, and letters of points, as in 5(1)(bb), are not translated.
        if not _WORDS.search(text):
            return
        text = _LETTERS_OF_POINTS.sub(" ", text)
        if _WORDS.search(text):
            for known in _said_by_babel(self._language):
                text = text.replace(known, " ")
            if _WORDS.search(text):
                self.found.append(" ".join(text.split()))


@cache
def _said_by_babel(code: str) -> tuple[str, ...]:
    """Return words that Babel supplies in a language: months, countries, and the word before the last of a list."""
    locale = Locale.parse(code)
    joining = (locale.list_patterns[style]["2"].format("", "").strip() for style in ("standard", "or"))
    with in_language(code):
        lands = sorted(map(country_name, countries()), key=len, reverse=True)
    return (*lands, *locale.months["format"]["wide"].values(), *(f" {word} " for word in joining))
