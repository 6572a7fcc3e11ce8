"""Sentences about documents that cannot be read."""

from compliance.documents.document import Refusal
from compliance.narrative.document_wording import refusal_words


def test_every_refusal_has_a_sentence_of_its_own() -> None:
    said = [refusal_words(refusal) for refusal in Refusal]
    assert len(set(said)) == len(said)
    assert all(sentence.endswith(".") for sentence in said)


def test_a_limit_is_named() -> None:
    assert "more than 1,000 pages" in refusal_words(Refusal.TOO_MANY_PAGES)
