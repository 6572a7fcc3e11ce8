"""No text of the tool contains a word that hurts or misleads, in any language, except official titles of law."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from compliance.languages.interface_messages import LANGUAGES, SOURCE_LANGUAGE, catalogue, catalogue_path
from compliance.package_data import data_folder
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_companions import locales_of
from compliance.questionnaire.edition_folder import GLOSSARY_FILE, edition_paths, editions_folder
from compliance.questionnaire.faults import EditionFaults
from compliance.questionnaire.glossary import load_glossary
from compliance.questionnaire.law import load_law
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.locales import LocaleFile, read_law_locales
from compliance.questionnaire.translatable_texts import edition_source_texts, law_source_texts
from tests.support.source_messages import source_messages

FOLDER = editions_folder()
GLOSSARY = load_glossary(FOLDER / GLOSSARY_FILE)
#: The three marks of tanwin, which texts leave out so that all are alike.
TANWIN = frozenset("\u064b\u064c\u064d")

#: Texts, and where each of them is.
Texts = Iterator[tuple[str, object]]


@pytest.fixture(scope="module")
def sources(shared_folder: Path) -> Catalog:
    """The messages of the interface in English."""
    return source_messages(shared_folder)


@cache
def editions() -> Sequence[tuple[Edition, Sequence[LocaleFile]]]:
    """Every edition that is part of the tool, with its languages."""
    return [(edition := load_edition(path), locales_of(edition, path)) for path in edition_paths(FOLDER)]


def edition_texts(language: str, _sources: Catalog) -> Texts:
    for edition, locales in editions():
        if language == SOURCE_LANGUAGE:
            yield from ((text, (edition.id, *key)) for key, text in edition_source_texts(edition).texts.items())
        for locale in locales:
            if locale.code == language:
                yield from ((one.text, (edition.id, *key)) for key, one in locale.written.items())


def law_texts(language: str, _sources: Catalog) -> Texts:
    instruments = load_law(FOLDER / "law")
    if language == SOURCE_LANGUAGE:
        yield from ((text, key) for key, text in law_source_texts(instruments).texts.items())
    for locale in read_law_locales(instruments, FOLDER / "law"):
        if locale.code == language:
            yield from ((one.text, key) for key, one in locale.written.items())


def interface_texts(language: str, sources: Catalog) -> Texts:
    if language == SOURCE_LANGUAGE:
        yield from ((path.read_text(encoding="utf-8"), path) for path in data_folder("templates").rglob("*.*"))
    if language != SOURCE_LANGUAGE and not catalogue_path(language).is_file():
        return
    for message in sources if language == SOURCE_LANGUAGE else catalogue(language):
        said = message.id if language == SOURCE_LANGUAGE else message.string
        yield from ((text, message.id) for text in ([said] if isinstance(said, str) else said or ()))


@pytest.mark.parametrize("texts", [edition_texts, law_texts, interface_texts])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_the_tool_contains_a_word_to_avoid(language: str, texts: object, sources: Catalog) -> None:
    assert callable(texts)
    found = [
        (words, where) for text, where in texts(language, sources) for words, _ in GLOSSARY.avoided(text, language)
    ]
    assert found == []


@pytest.mark.parametrize("texts", [edition_texts, law_texts, interface_texts])
def test_arabic_is_written_without_tanwin(texts: object, sources: Catalog) -> None:
    assert callable(texts)
    assert [where for text, where in texts("ar", sources) if set(text) & TANWIN] == []


def test_there_are_texts_to_check(sources: Catalog) -> None:
    found = (each(SOURCE_LANGUAGE, sources) for each in (edition_texts, law_texts, interface_texts))
    assert all(sum(1 for _ in texts) > 300 for texts in found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_has_a_word_and_words_to_avoid_in_every_language(language: str) -> None:
    assert len(GLOSSARY.terms) > 10 and len(GLOSSARY.words) > 50
    for term in GLOSSARY.terms:
        assert term.use[language] and term.avoid[language], term.id
    assert all(word[language] for word in GLOSSARY.words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_preferred_word_is_a_word_to_avoid(language: str) -> None:
    ours = [term.use[language] for term in GLOSSARY.terms] + [word[language] for word in GLOSSARY.words]
    assert [(text, found) for text in ours for found in GLOSSARY.avoided(text, language)] == []


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("en", "Child Pornography", ["child pornography"]),
        ("en", "child sexual abuse", []),
        ("en", "Sex\u00a0tourists", ["sex tourists"]),
        ("en", "a monstera plant and a demonstration", ["monstera"]),
        ("fr", "des touristes sexuels", ["touristes sexuels"]),
        ("fr", "pédopornographique", ["pédopornographique"]),
        ("fr", "les prostitués", []),
        ("es", "una niña prostituida", ["niña prostituida"]),
        ("es", "exploitación de niños en la prostitución", []),
        ("ar", "السياحة الجنسية", ["السياحة الجنسية"]),
        ("ar", "وبالسياحة الجنسية", ["السياحة الجنسية"]),
        ("ar", "للسياحة الجنسية", ["لسياحة الجنسية"]),
        ("ar", "السياحة", []),
        ("de", "Kinderpornografie", []),
    ],
)
def test_a_word_to_avoid_is_found_in_all_its_forms(language: str, text: str, found: list[str]) -> None:
    assert [words for words, _ in GLOSSARY.avoided(text, language)] == found


def test_an_official_title_may_contain_an_old_word_and_the_text_around_it_may_not() -> None:
    title = (
        "Optional Protocol to the Convention on the Rights of the Child "
        "on the sale of children, child prostitution and child pornography"
    )
    assert list(GLOSSARY.avoided(title, "en")) == []
    instead = dict(GLOSSARY.avoided(f"{title} against child pornography", "en"))
    assert instead == {"child pornography": "child sexual abuse material"}


@pytest.mark.parametrize(
    ("slip", "message"),
    [
        ("[terms]", "a glossary is written as terms"),
        ("term: []", "a glossary has no `term`"),
        ("terms: {id: a}", "takes a list"),
        ("terms: [{id: a}]", "a term is written"),
        ("terms: [{id: a, use: {en: b}, evade: {}}]", "a term has no `evade`"),
        ("terms: [{id: a, use: [b]}]", "a text for each language"),
        ("terms: [{id: a, use: {en: b}, avoid: [c]}]", "a list for each language"),
        ("words: [{en: [child]}]", "a text for each language"),
    ],
)
def test_a_mistake_in_the_glossary_is_a_fault_with_its_line(tmp_path: Path, slip: str, message: str) -> None:
    (tmp_path / GLOSSARY_FILE).write_text(f"# words\n{slip}\n", encoding="utf-8")
    with pytest.raises(EditionFaults, match=message) as found:
        load_glossary(tmp_path / GLOSSARY_FILE)
    assert found.value.faults[0].line == 2


def test_the_glossary_is_not_taken_for_an_edition() -> None:
    assert all(path.name != GLOSSARY_FILE for path in edition_paths(FOLDER))
