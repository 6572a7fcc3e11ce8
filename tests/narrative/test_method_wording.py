"""Sentences about the method of an edition follow its settings."""

import pytest

from compliance.narrative.method_wording import day_words, method_sentences
from tests.support.factories import bands, edition, node, one


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "A blank earns nothing"),
        ({"blank": "drop"}, "A blank drops out of the score with its weight"),
        ({"round": 0}, "They are shown in whole numbers"),
        ({"round": 1}, "They are shown with one decimal;"),
        ({"round": 2}, "They are shown with 2 decimals;"),
        ({"band_at": None}, "The band is determined by the exact score."),
        ({"band_at": 0}, "The band is determined by the score in whole numbers."),
        ({"band_at": 2}, "The band is determined by the score with 2 decimals."),
        ({"critical_cap": "low"}, "While a critical requirement is not met, the band is at most low."),
    ],
)  # fmt: skip
def test_each_setting_has_its_sentence(settings: dict[str, object], said: str) -> None:
    made = edition(node("r1", one("a"), expects="One"), bands=bands(low=0, high=60), **settings)
    assert said in " ".join(words for _about, words in method_sentences(made))


def test_a_day_is_written_out_and_other_text_stays() -> None:
    assert day_words("2026-11-24") == "24 November 2026"
    assert day_words("soon") == "soon"
