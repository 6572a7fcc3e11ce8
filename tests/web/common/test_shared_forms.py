"""Query parameters, small numbers, and the forms that several pages share."""

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound

from compliance.web.forms import NextForm, YearForm, choice_of, choice_or_404, small_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("007", 7), ("0", 0), ("", None), (None, None), ("-1", None), ("1e3", None), ("٣", None), (" 7", None)],
)
def test_a_small_number_is_a_few_ascii_digits(text: str | None, number: int | None) -> None:
    assert small_number(text) == number


def test_a_small_number_has_a_limited_number_of_digits() -> None:
    assert small_number("9" * 9) == 999_999_999
    assert small_number("9" * 10) is None
    assert (small_number("1234", digits=4), small_number("12345", digits=4)) == (1234, None)


@pytest.mark.parametrize(
    ("query", "found"), [("", 2026), ("period=2025", 2025), ("period=2024", 2026), ("period=", 2026)]
)
def test_an_unknown_choice_means_the_default(query: str, found: int) -> None:
    with Flask(__name__).test_request_context(f"/?{query}"):
        assert choice_of("period", (2026, 2025), 2026) == found


def test_a_page_that_depends_on_a_choice_is_not_found_for_an_unknown_one() -> None:
    app = Flask(__name__)
    with app.test_request_context("/"):
        assert choice_or_404("basis", ("claimed", "evidenced"), "claimed") == "claimed"
    with app.test_request_context("/?basis=evidenced"):
        assert choice_or_404("basis", ("claimed", "evidenced"), "claimed") == "evidenced"
    for wanted in ("verified", ""):
        with app.test_request_context(f"/?basis={wanted}"), pytest.raises(NotFound):
            choice_or_404("basis", ("claimed", "evidenced"), "claimed")


@pytest.mark.parametrize(
    ("text", "is_valid"), [("2026", True), ("0026", True), ("26", False), ("20266", False), ("２０２６", False)]
)
def test_a_year_has_four_digits(text: str, is_valid: bool) -> None:
    with _app().test_request_context("/", method="POST", data={"year": text}):
        form = YearForm()
        assert form.validate() == is_valid
        assert not is_valid or form.number == int(text)


@pytest.mark.parametrize(("sent", "stops"), [({"next": "stop"}, True), ({"next": "on"}, False), ({}, False)])
def test_the_button_decides_which_page_comes_next(sent: dict[str, str], stops: bool) -> None:
    with _app().test_request_context("/", method="POST", data=sent):
        assert NextForm().stops == stops


def _app() -> Flask:
    app = Flask(__name__)
    app.config["WTF_CSRF_ENABLED"] = False
    return app
