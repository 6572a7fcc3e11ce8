"""A search returns every passage that contains the typed words, in the order of the text."""

import re
import unicodedata
from random import Random

import pytest

from compliance.documents.document import TextBlock, unpaged_document
from compliance.documents.passages import PassageFinder, searchable_passages
from tests.support.examples import tries
from tests.support.written_documents import LANGUAGES, sentences


def found(text: str, asked: str) -> list[str]:
    blocks = [TextBlock(line.removeprefix("# "), int(line.startswith("# "))) for line in text.splitlines()]
    return [each.text for each in PassageFinder(searchable_passages(unpaged_document("txt", blocks))).find(asked)]


@pytest.mark.parametrize(
    ("text", "asked", "is_found"),
    [
        ("Anyone aged 15.", "age", True),
        ("The laws apply.", "law", True),
        ("Legal aid.", "law", False),
        ("Everyone manages.", "age", False),
        ("Forced or child labour.", "labour child", True),
        ("Forced or child labour.", "“child labour”", True),
        ("Labour of a child.", '"child labour"', False),
        ("Child labour is a risk. Forced work too.", "child forced", False),
        ("L'enfant d'abord.", "l’enfant", True),
        ("L'enfant d'abord.", "l'abord", False),
        ("Protégé des ÉCOLES.", "ecole PROTEGE", True),
        ("يُمنع تشغيل الأطفال.", "اطفال", True),
        ("Age. Limits.", "", False),
        ("Age. Limits.", "…", False),
        ("يُمنع تشغيل الأطفال.", "ـ", False),
        ("Age. Limits.", "\u0301", False),
        ("العمر ـ القواعد.", "عمر ـ", True),
    ],
)
def test_search_words_match_beginnings_of_words_regardless_of_case_and_accents(
    text: str, asked: str, is_found: bool
) -> None:
    assert bool(found(text, asked)) is is_found


def test_headings_are_searched_too_and_results_are_in_the_order_of_the_text() -> None:
    text = "# Child labour\nWe ban child labour. We pay.\n# Other\nNo child labour."
    assert found(text, "child labour") == ["Child labour", "We ban child labour.", "No child labour."]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_passage_is_found_by_any_of_its_words_and_every_result_contains_them(language: str) -> None:
    draw, texts = Random(language), sentences(language)
    blocks = [TextBlock(text) for text in texts]
    passages = searchable_passages(unpaged_document("txt", blocks))
    finder = PassageFinder(passages)
    for _ in range(tries(40)):
        chosen = draw.choice(passages)
        written = re.sub(r"[\"“”«»„]", " ", chosen.text).split()
        words = draw.sample(written, min(3, len(written)))
        typed = [draw.choice((str.upper, str.lower, _bare))(word) for word in words]
        hits = finder.find(" ".join(typed))
        if any(letter.isalnum() for letter in "".join(typed)):
            assert chosen in hits, typed
        anchors = {each.anchor for each in hits}
        assert list(hits) == [each for each in passages if each.anchor in anchors]
        if language == "en":
            asked = re.findall(r"[a-z0-9]+", " ".join(words).lower())
            assert not [(word, each.text) for each in hits for word in asked if word not in each.text.lower()]


def _bare(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))
