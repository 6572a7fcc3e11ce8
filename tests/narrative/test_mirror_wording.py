"""The sentences of the mirror follow from its numbers, in random cases; and the reasons for suggestions."""

import re
from random import Random

import pytest

from compliance.narrative.document_wording import MOST_WORDS, suggestion_sentence
from compliance.narrative.mirror_wording import MirrorCounts, mirror_headline, mirror_sentences
from tests.support.examples import tries


def world(chance: Random) -> MirrorCounts:
    """Random requirements with some elements each, said or not, with or without passages."""
    requirements = [(total := chance.randint(1, 6), chance.randint(0, total)) for _ in range(chance.randint(0, 9))]
    return MirrorCounts(
        elements=sum(total for total, _said in requirements),
        said=sum(said for _total, said in requirements),
        requirements=len(requirements),
        in_full=sum(said == total for total, said in requirements),
        in_part=sum(0 < said < total for total, said in requirements),
        silent=chance.randint(0, len(requirements)),
        blank=chance.choice([0, 0, 1, chance.randint(0, len(requirements))]) if requirements else 0,
    )


def numbers(sentence: str) -> list[int]:
    words = re.sub(r"\bnone\b", "0", re.sub(r"\bone\b", "1", sentence.lower()))
    return [int(found) for found in re.findall(r"\d+", words)]


@pytest.mark.parametrize("seed", range(tries(400)))
def test_the_sentences_give_exactly_the_counts(seed: int) -> None:
    found = world(Random(seed))
    headline, below = mirror_headline(found), mirror_sentences(found)
    if not found.elements:
        assert headline.startswith("Nothing is asked") and below == ()
        return
    said = numbers(headline)
    if found.said == found.elements:
        assert said == [found.elements] and " not " not in headline and "none" not in headline
    elif not found.said:
        assert said in ([0, found.elements], [1]) and ("none" in headline or "does not say" in headline)
        assert len(said) == 2 or found.elements == 1
    else:
        assert said == [found.said, found.elements]
    assert numbers(below[0]) == [found.in_full, found.requirements, found.in_part]
    assert numbers(below[1])[:1] == ([found.silent] if found.silent else [])
    assert below[1].startswith("Every requirement") == (not found.silent)
    assert [numbers(sentence)[0] for sentence in below[2:]] == ([found.blank] if found.blank else [])


def test_the_reason_for_a_suggestion_names_the_most_significant_words() -> None:
    assert suggestion_sentence(["custom"], by_meaning=False) == "Shares the word “custom”."
    assert suggestion_sentence(["custom", "law"], by_meaning=False) == "Shares the words “custom”, “law”."
    assert suggestion_sentence([str(each) for each in range(9)], by_meaning=False).count("“") == MOST_WORDS
    assert suggestion_sentence(["law"], by_meaning=True) == "Close in meaning, and shares the word “law”."
    assert suggestion_sentence([], by_meaning=True) == "Close in meaning, without a word in common."


def test_the_reason_for_a_suggestion_names_the_usual_wording_that_it_resembles() -> None:
    said = "Not knowing the age is no excuse."
    assert suggestion_sentence(["age"], by_meaning=False, said=said) == (
        "Shares the word “age” with a usual wording: “Not knowing the age is no excuse”."
    )
    assert suggestion_sentence(["age", "excuse"], by_meaning=True, said=said) == (
        "Close in meaning to a usual wording, “Not knowing the age is no excuse”, and shares the words “age”, “excuse”."
    )
    assert suggestion_sentence([], by_meaning=True, said=said) == (
        "Close in meaning to a usual wording, “Not knowing the age is no excuse”, without a word in common."
    )
