"""How pages look: the size and contrasts of the style sheet, its classes, and rules for templates."""

import gzip
import re
from itertools import pairwise
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

import compliance.web
from compliance.package_data import data_folder
from compliance.web.presenters.evidence import EvidenceView
from tests.support.rendering import GAP, bands, environment, provision, question, render, row, words
from tests.support.sites import NOON
from tests.support.style_sheet import (
    SERVED,
    SHEET,
    SHEET_FILE,
    classes_of_rules,
    drawn_classes,
    possible_classes,
    ratio,
    tokens,
    written_classes,
)

LIGHT, DARK = tokens()
HOSTILE = "<script>alert(1)</script>"


class TestTheSheet:
    def test_is_small_as_it_is_served(self) -> None:
        assert len(SERVED.compressed) < 5_000
        assert gzip.decompress(SERVED.compressed) == SERVED.text

    def test_has_one_declaration_a_line_and_is_served_without_comments(self) -> None:
        written = SHEET_FILE.read_text("utf-8").splitlines()
        assert [line for line in written if line.count(";") + line.count("{") > 1] == []
        assert "/*" not in SHEET and "\n" not in SHEET

    def test_never_mentions_left_or_right(self) -> None:
        rules = re.sub(r"@(media|container)[^{]*", "", SHEET)
        side = r"left|right|top|bottom"
        physical = rf"(?<![\w-])((margin|padding|border|scroll-\w+)-({side})|{side}|(min-|max-)?(width|height))\s*:"
        assert re.findall(physical, rules) == []
        assert re.findall(r"(text-align|float|clear)\s*:\s*(left|right)", rules) == []

    def test_fetches_nothing_from_anywhere(self) -> None:
        assert not re.search(r"https?:|//|url\(|@import", SHEET)

    def test_uses_colours_only_through_its_tokens(self) -> None:
        declarations = re.findall(r"[\w-]+:[^;{}]+", SHEET)
        coloured = [declaration for declaration in declarations if re.search(r"#[0-9a-f]{3,8}\b", declaration)]
        assert len(coloured) > 40
        assert [declaration for declaration in coloured if not declaration.startswith("--")] == []

    def test_does_not_space_letters_of_right_to_left_text(self) -> None:
        assert re.search(r"\[dir=rtl\]\{[^}]*--tracking:0", SHEET)

    def test_makes_table_columns_as_wide_as_their_words(self) -> None:
        assert "table-layout:fixed" not in SHEET, "on a narrow screen, headings of a heat table overlapped"

    def test_prints_in_light_colours_even_if_the_screen_is_dark(self) -> None:
        assert "@media screen and (prefers-color-scheme:dark)" in SHEET
        assert "color-scheme:light" in SHEET.split("@media print")[1]

    def test_prints_the_background_of_tie_groups(self) -> None:
        left_out = re.findall(r"([^{}]+)\{display:none!important\}", SHEET.split("@media print")[1])
        assert "[role=status] .tinted" in left_out[0].split(",")
        assert ".tinted" not in left_out[0].split(",")


@pytest.mark.parametrize(
    ("above", "below", "light", "dark"),
    [
        ("ink", "paper", 16.3, 15.9),
        ("soft", "paper", 7.0, 9.0),
        ("edge", "paper", 3.8, 4.9),
        ("accent", "paper", 10.1, 9.7),
        ("on-accent", "accent", 10.6, 9.5),
        ("ink", "tint", 15.0, 13.1),
        ("warn", "paper", 7.4, 9.5),
        ("warn", "warn-tint", 7.0, 7.6),
        ("band-1", "paper", 3.7, 5.1),
        ("band-2", "paper", 4.2, 6.8),
        ("band-3", "paper", 5.3, 8.8),
        ("band-4", "paper", 10.6, 14.3),
        ("ink", "ground-1", 10.0, 4.9),
        ("ink", "ground-2", 10.0, 4.9),
        ("ink", "ground-3", 10.0, 4.9),
        ("ink", "ground-4", 10.0, 4.9),
        ("ink", "card", 15.0, 14.0),
        ("soft", "tint", 4.5, 4.5),
        ("accent", "tint", 4.5, 4.5),
    ],
)
def test_contrast_is_sufficient_on_every_background(above: str, below: str, light: float, dark: float) -> None:
    assert ratio(LIGHT[above], LIGHT[below]) >= light - 0.1
    assert ratio(DARK[above], DARK[below]) >= dark - 0.1


def test_bands_are_ordered_by_lightness_too() -> None:
    light = [ratio(LIGHT[f"band-{step}"], "#ffffff") for step in (1, 2, 3, 4)]
    dark = [ratio(DARK[f"band-{step}"], "#000000") for step in (1, 2, 3, 4)]
    assert all(a < b for a, b in [*pairwise(light), *pairwise(dark)])


def templates() -> dict[str, str]:
    folder = data_folder("templates")
    return {str(file.relative_to(folder)): file.read_text("utf-8") for file in folder.rglob("*.html")}


def test_no_line_of_a_template_is_longer_than_160_characters() -> None:
    long = [
        (file, n)
        for file, text in templates().items()
        for n, line in enumerate(text.splitlines(), 1)
        if len(line) > 160
    ]
    assert long == []


def test_every_class_of_a_template_has_a_rule() -> None:
    known = classes_of_rules(SHEET)
    assert {(name, file) for file, text in templates().items() for name in written_classes(text) - known} == set()
    assert drawn_classes() - known == set()


def test_every_rule_is_for_a_class_that_a_template_writes() -> None:
    possible = set[str]().union(*(possible_classes(text) for text in templates().values()))
    assert classes_of_rules(SHEET) - possible - drawn_classes() == set()


def test_classes_are_found_wherever_a_template_writes_them() -> None:
    source = """<p class="a{{ ' b' if c }}">{{ field('d', class='e f') }}{% set g = 'h' %}"""
    assert written_classes(source) == {"a", "b", "e", "f"}
    assert possible_classes(source) == {"a", "b", "d", "e", "f", "h"}
    assert classes_of_rules("@media (x:1.5em){.j .k-l,.m:not(.n){top:.5rem}}") == {"j", "k-l", "m", "n"}


class TestThePage:
    def test_says_that_it_is_a_demonstration_only_if_it_is(self) -> None:
        assert "are invented" in words(page(demonstration=True))
        assert "are invented" not in words(page())

    def test_ends_with_hotlines_and_what_it_is_not(self) -> None:
        said = words(page())
        assert "Worried about a child? Do not write it here." in said
        assert "Child Helpline International" in said
        assert "INHOPE" in said
        assert "It is not legal advice." in said

    def test_has_a_language_a_direction_and_a_link_that_skips_the_navigation(self) -> None:
        html = page(lang="ar", dir="rtl")
        assert '<html lang="ar" dir="rtl">' in html
        assert '<a class="skip" href="#main">' in html
        assert '<main id="main"' in html

    def test_runs_only_its_own_script_files_and_has_no_inline_styles(self) -> None:
        for file in data_folder("templates").rglob("*.html"):
            own_file = r"<script src=\"\{\{ url_for\('static', filename='[\w.]+'\) \}\}\" defer></script>"
            data = re.escape('<script type="application/ld+json">{{ dataset|tojson }}</script>')  # no browser runs it
            text = re.sub(f"{own_file}|{data}", "", file.read_text("utf-8"))
            assert not re.search(r"<script|<style|\sstyle=|\son\w+=", text), file.name

    def test_draws_only_with_macros_that_know_the_direction_of_the_page(self) -> None:
        for file in data_folder("templates").rglob("*.html"):
            if file.parent.name != "parts" and file.name != "base.html":  # which has the mark of the product
                assert not re.search(r"<(rect|line|circle|text)\b", file.read_text("utf-8")), file.name

    def test_that_reports_an_error_says_what_to_do(self) -> None:
        steps = [SimpleNamespace(label="Go to the start", url="/"), SimpleNamespace(label="Wait a minute", url="")]
        html = environment().get_template("error.html").render(heading="Not here", safe="", next_steps=steps)
        assert "Not here Go to the start Wait a minute" in words(html)


def page(**given: Any) -> str:
    return environment().get_template("base.html").render(**given)


@pytest.mark.parametrize(
    "source",
    [
        "{{ score.cap_scale('a', evil, row, bands, cap) }}",
        "{{ company_charts.rows([evil_row]) }}",
        "{{ company_charts.levels('b', [evil_row], evil, evil, evil) }}",
        "{{ sector_charts.unverified([evil_named], evil) }}",
        "{{ layout.trail([{'label': evil}]) }}",
        "{{ layout.cite(evil, 3, evil, evil, evil, evil) }}",
        "{% call layout.figure(evil, evil, evil) %}{{ evil }}{% endcall %}",
        "{% call layout.table(evil, [evil]) %}{% endcall %}",
        "{{ forms.field('i', 'n', evil, evil, hint=evil, error=evil) }}",
        "{{ forms.area('i', 'n', evil, evil) }}",
        "{{ question.evidence([piece]) }}",
        "{{ question.question(q) }}",
        "{{ company_charts.gap_list([gap], evil) }}",
        "{{ law.provisions([p]) }}",
    ],
)
def test_markup_that_people_typed_stays_text(source: str) -> None:
    evil = HOSTILE + '"'
    failure = SimpleNamespace(title=evil, href="#g1")
    html = render(
        source,
        evil=evil,
        row=row(),
        bands=bands(),
        cap=SimpleNamespace(by_points=bands()[2], failures=[failure], critical=True),
        evil_row=row(evil, place=evil, note=evil),
        evil_named=SimpleNamespace(
            title=evil, claimed=row(), evidenced=None, band=None, cap=evil, corrected=NOON, withdrawn=NOON
        ),
        piece=EvidenceView(
            "quotation", 1, passage=evil, document=evil, page=evil, dated=evil, part=evil, note=evil, ended=evil
        ),
        q=question(ask=evil, reason=evil, text=evil, errors={"reason": evil}, gate=evil, draft={"document": evil}),
        gap=SimpleNamespace(**{**vars(GAP), "title": evil, "closes": evil}),
        p=provision(paraphrase=evil, short=evil),
    )
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert 'script>"' not in html


def test_the_logo_is_served_with_the_style_sheet() -> None:
    folder = compliance.web.__path__[0]
    assert ElementTree.parse(f"{folder}/static/mark.svg").getroot().tag.endswith("svg")  # noqa: S314
