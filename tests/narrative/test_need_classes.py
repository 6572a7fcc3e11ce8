"""Need of countries in words: classes, and the signs behind them with source, year and figure."""

import pytest

from compliance.narrative.need_classes import (
    need_class_title,
    need_sign_source_words,
    need_sign_words,
    source_titles,
    year_range_words,
)
from compliance.questionnaire.countries import NeedClass, NeedSign


@pytest.mark.parametrize(
    ("named", "title"),
    [("high", "High need (priority)"), ("elevated", "Elevated need"), ("unknown", "Unknown"), ("lower", "Lower need")],
)
def test_an_unknown_need_is_called_unknown_and_never_low(named: NeedClass, title: str) -> None:
    assert need_class_title(named) == title


@pytest.mark.parametrize(
    ("sign", "words", "source"),
    [
        (
            NeedSign("K3", ("world-bank",), 2021, 62.0),
            "births registered: 62 % (2021)",
            "World Bank, World Development Indicators, 2021: 62 %",
        ),
        (
            NeedSign("K4", ("us-labor",), 2024, 7.0),
            "goods made by children: 7",
            "United States Department of Labor, Findings on the Worst Forms of Child Labor, 2024: 7",
        ),
        (NeedSign("L3", ("un-treaties",), None), "Optional Protocol", "United Nations treaty records"),
    ],
)
def test_a_sign_has_its_figure_and_its_source(sign: NeedSign, words: str, source: str) -> None:
    assert need_sign_words(sign).replace("\N{NO-BREAK SPACE}", " ") == words
    assert need_sign_source_words(sign).replace("\N{NO-BREAK SPACE}", " ") == source


def test_sources_are_listed_once_in_their_order_and_years_as_a_range() -> None:
    assert source_titles(["un-ldc", "un-treaties", "un-ldc"]) == (
        "United Nations treaty records; United Nations list of least developed countries"
    )
    assert (year_range_words({2021}), year_range_words({2024, 2019, 2021})) == ("2021", "2019 to 2024")
