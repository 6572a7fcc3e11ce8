"""The words defined on the page of the glossary: translated, defined once, and as in the glossary file."""

import pytest

from compliance.languages.glossary import DEFINED_WORDS, definition
from compliance.languages.interface_messages import LANGUAGES, gettext, in_language
from compliance.questionnaire.edition_folder import GLOSSARY_FILE, editions_folder
from compliance.questionnaire.glossary import load_glossary

GLOSSARY = load_glossary(editions_folder() / GLOSSARY_FILE)
#: Each word in every language, by its English word.
AGREED = {word["en"].casefold(): word for word in (*GLOSSARY.words, *(term.use for term in GLOSSARY.terms))}


def bare(word: str) -> str:
    """A word without capitals, and in Arabic without the article, which headings have and lists do not."""
    return word.casefold().removeprefix("ال")


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_defined_word_is_translated_as_in_the_glossary_in_every_language(code: str) -> None:
    with in_language(code):
        said = {anchor: bare(gettext(defined.word)) for anchor, defined in DEFINED_WORDS.items()}
    assert said == {anchor: bare(AGREED[one.word.casefold()][code]) for anchor, one in DEFINED_WORDS.items()}


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_word_is_defined_twice_and_each_definition_is_translated(code: str) -> None:
    with in_language(code):
        words = [bare(gettext(defined.word)) for defined in DEFINED_WORDS.values()]
        meanings = [definition(anchor) for anchor in DEFINED_WORDS]
    assert sorted(words) == sorted(set(words)) and sorted(meanings) == sorted(set(meanings))
    english = {defined.means for defined in DEFINED_WORDS.values()}
    assert english.isdisjoint(meanings) or code == "en"


def test_the_words_used_for_scores_and_publications_are_defined() -> None:
    asked = {"provision", "edition", "theme", "requirement", "blank", "claimed", "evidenced", "verified", "coverage"}
    assert asked | {"band", "gap", "withheld", "priority-country", "steward"} <= set(DEFINED_WORDS)
    assert all(anchor.isascii() and anchor == anchor.lower() for anchor in DEFINED_WORDS)
