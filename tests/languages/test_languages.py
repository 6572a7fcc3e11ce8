"""What the tool says in each language: catalogues that follow the sources, numbers, days, lists, countries."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest
from markupsafe import Markup

from compliance.languages import formats, interface_messages, labels, sources
from compliance.languages.interface_messages import current_language, gettext, in_language, ngettext
from compliance.questionnaire.countries import countries
from compliance.questionnaire.loader import find_edition
from tests.support.invented_languages import catalogues_in
from tests.support.source_messages import source_messages

TRANSLATED = [code for code in interface_messages.LANGUAGES if code != interface_messages.SOURCE_LANGUAGE]
NOON, AFTERNOON = (datetime(2026, 11, 24, hour, 5, tzinfo=UTC) for hour in (12, 16))


@pytest.fixture
def own_catalogues(tmp_path: Path) -> Iterator[None]:
    """Catalogues for one test, in a folder of its own."""
    with catalogues_in(tmp_path):
        yield


def write(code: str, messages: str) -> None:
    path = interface_messages.catalogue_path(code)
    path.parent.mkdir(parents=True)
    plural = sources.PLURAL_FORMS[code]
    head = f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {plural}\\n"'
    path.write_text(f"{head}\n\n{messages}", encoding="utf-8")


# ── The current language


def test_english_is_used_except_while_another_language_is_set() -> None:
    assert current_language() == "en"
    with in_language("ar"):
        assert current_language() == "ar"
        with in_language("fr"):
            assert current_language() == "fr"
        assert current_language() == "ar"
    assert current_language() == "en"


def test_a_language_without_a_catalogue_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="there is no 'tlh'"), in_language("tlh"):
        pass


@pytest.mark.usefixtures("own_catalogues")
def test_draft_translations_are_used_and_missing_ones_fall_back_to_english() -> None:
    write("fr", '#, fuzzy\nmsgid "Law"\nmsgstr "Droit"\n\nmsgid "Method"\nmsgstr ""\n')
    with in_language("fr"):
        assert gettext("Law") == "Droit"
        assert gettext("Method") == "Method"
    assert interface_messages.has_unreviewed("fr")
    assert interface_messages.offered_languages() == ("en",)


@pytest.mark.usefixtures("own_catalogues")
@pytest.mark.parametrize(("translated", "offered"), [(20, True), (18, True), (17, False)])
def test_a_language_is_offered_once_90_percent_of_its_messages_are_translated(translated: int, offered: bool) -> None:
    write("es", "".join(f'msgid "{i}"\nmsgstr "{i if i < translated else ""}"\n\n' for i in range(20)))
    assert interface_messages.translated_share("es") == translated / 20
    assert interface_messages.offered_languages() == (("en", "es") if offered else ("en",))


@pytest.mark.usefixtures("own_catalogues")
def test_a_message_with_a_missing_plural_form_is_untranslated_and_falls_back_to_english() -> None:
    write("ar", 'msgid "One gap"\nmsgid_plural "%(num)s gaps"\n' + "".join(f'msgstr[{i}] "{i}"\n' for i in range(6)))
    write("es", 'msgid "One gap"\nmsgid_plural "%(num)s gaps"\nmsgstr[0] "Una brecha"\nmsgstr[1] ""\n')
    assert interface_messages.offered_languages() == ("en", "ar")
    assert not interface_messages.has_unreviewed("ar")
    with in_language("es"):
        assert [ngettext("One gap", "%(num)s gaps", n) for n in (1, 2)] == ["One gap", "2 gaps"]


@pytest.mark.usefixtures("own_catalogues")
@pytest.mark.parametrize(
    ("num", "form"),
    [(0, "0"), (1, "1"), (2, "2"), (3, "3"), (10, "3"), (11, "4"), (99, "4"), (100, "5"), (102, "5"), (103, "3")],
)
def test_arabic_has_six_plural_forms(num: int, form: str) -> None:
    write("ar", 'msgid "One gap"\nmsgid_plural "%(num)s gaps"\n' + "".join(f'msgstr[{i}] "{i}"\n' for i in range(6)))
    with in_language("ar"):
        assert ngettext("One gap", "%(num)s gaps", num) == form


def test_only_arabic_is_written_from_right_to_left() -> None:
    assert [code for code in interface_messages.LANGUAGES if interface_messages.text_direction(code) == "rtl"] == ["ar"]


def test_placeholders_are_filled_in_and_counts_have_thousands_separators() -> None:
    assert gettext("%(who)s saved", who="Ana") == "Ana saved"
    assert gettext("100 %%") == "100 %"
    with in_language("fr"):
        assert gettext("") == ""
    assert [ngettext("One gap", "%(num)s gaps", n) for n in (1, 3, 1234)] == ["One gap", "3 gaps", "1,234 gaps"]


# ── Catalogues and sources


def test_source_messages_are_collected_from_code_and_templates(shared_folder: Path) -> None:
    found = {message.id: message for message in source_messages(shared_folder) if message.id}
    assert "templates/base.html" in [name for name, _line in found["Skip to the content"].locations]
    assert ("One company is registered.", "%(num)s companies are registered.") in found


@pytest.mark.usefixtures("own_catalogues")
def test_updating_a_catalogue_keeps_translations_and_a_second_update_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, shared_folder: Path
) -> None:
    extracted_before = partial(source_messages, shared_folder)  # as extracting takes seconds each time
    monkeypatch.setattr(sources, "extract_messages", extracted_before)
    write(
        "fr", '#, fuzzy\nmsgid "Skip to the content"\nmsgstr "Aller au contenu"\n\nmsgid "Gone away"\nmsgstr "Parti"\n'
    )
    sources.update_catalogue("fr")
    once = interface_messages.catalogue_path("fr").read_bytes()
    sources.update_catalogue("fr")
    assert interface_messages.catalogue_path("fr").read_bytes() == once
    kept = interface_messages.catalogue("fr")["Skip to the content"]
    assert (kept.string, kept.fuzzy) == ("Aller au contenu", True)
    assert "Gone away" not in once.decode()


# ── Numbers, days, lists


@pytest.mark.parametrize(
    ("code", "whole", "broken", "share"),
    [
        ("en", "1,235", "1,234.50", "13 %"),
        ("fr", "1\u202f235", "1\u202f234,50", "13\xa0%"),
        ("es", "1.235", "1.234,50", "13\xa0%"),
        ("ar", "1,235", "1,234.50", "13%"),
    ],
)
def test_halves_are_rounded_away_from_zero_and_numbers_have_the_separators_of_the_language(
    code: str, whole: str, broken: str, share: str
) -> None:
    with in_language(code):
        assert formats.number(1234.5) == whole
        assert formats.number(1234.5, 2) == broken
        assert formats.percent(0.125) == share
        assert [formats.number(n) for n in (60.5, 61.49, -0.5, -0.4)] == ["61", "61", "-1", "0"]


def test_a_weight_is_shown_with_up_to_four_decimals() -> None:
    assert [formats.short_decimal(weight) for weight in (1.0, 0.5, 2.25, 1 / 3)] == ["1", "0.5", "2.25", "0.3333"]
    with in_language("es"):
        assert formats.short_decimal(0.5) == "0,5"


@pytest.mark.parametrize(
    ("code", "day", "moment"),
    [
        ("en", "24 November 2026", "24 November 2026, 12:05"),
        ("fr", "24 novembre 2026", "24 novembre 2026, 12:05"),
        ("es", "24 de noviembre de 2026", "24 de noviembre de 2026, 12:05"),
        ("ar", "24 نوفمبر 2026", "24 نوفمبر 2026، 12:05"),
    ],
)
def test_dates_spell_out_the_month_and_times_have_24_hours(code: str, day: str, moment: str) -> None:
    with in_language(code):
        assert formats.long_date(date(2026, 11, 24)) == day
        assert formats.date_and_time(NOON) == moment
        assert formats.date_and_time(NOON, today=NOON.date()) == "12:05"
        assert formats.date_and_time(AFTERNOON) == moment.replace("12:05", "16:05")
        assert formats.date_and_time(AFTERNOON, today=AFTERNOON.date()) == "16:05"


@pytest.mark.parametrize(
    ("code", "listed", "both", "either"),
    [
        ("en", "a, b, c", "a, b and c", "a or b"),
        ("fr", "a, b, c", "a, b et c", "a ou b"),
        ("es", "a, b, c", "a, b y c", "a o b"),
        ("ar", "a، b، c", "a وb وc", "a أو b"),
    ],
)
def test_lists_are_joined_as_is_usual_in_the_language(code: str, listed: str, both: str, either: str) -> None:
    with in_language(code):
        assert formats.comma_list("abc") == listed
        assert formats.and_list("abc") == both
        assert formats.or_list("ab") == either


# ── Countries


def test_every_country_has_a_name_in_each_language_and_its_listed_name_in_english() -> None:
    for alpha3, country in countries().items():
        assert formats.country_name(alpha3) == country.name
        for code in TRANSLATED:
            with in_language(code):
                assert formats.country_name(alpha3).strip(), (alpha3, code)
    with in_language("es"):
        assert formats.country_name("PSE") == "Palestina"
        assert formats.country_name("DEU") == "Alemania"
        assert formats.country_name("???") == "???"


@pytest.mark.parametrize(
    ("code", "words", "inside"),
    [
        ("en", "a way out such as “where possible”", "a way out such as ‘where possible’"),
        ("fr", "une échappatoire comme « si possible »", "une échappatoire comme “si possible”"),
        ("en", "nothing quoted", "nothing quoted"),
    ],
)
def test_a_quotation_inside_a_quotation_has_different_marks(code: str, words: str, inside: str) -> None:
    with in_language(code):
        assert formats.nested_quotes(words) == inside


@pytest.mark.parametrize(
    ("code", "value", "filled"),
    [
        ("ar", "Example Hotels 07", "\u2068Example Hotels 07\u2069"),
        ("ar", "فندق", "فندق"),
        ("ar", "12", "12"),
        ("ar", Markup("<b>CRC</b>"), "\u2068<b>CRC</b>\u2069"),
        ("ar", Markup('<a href="/law">فندق</a>'), '<a href="/law">فندق</a>'),
        ("fr", "Example Hotels 07", "Example Hotels 07"),
    ],
)
def test_latin_words_in_an_arabic_sentence_are_isolated_and_markup_stays_markup(
    code: str, value: str, filled: str
) -> None:
    with in_language(code):
        said = gettext("%(year)s, %(name)s", year="2026", name=value)
    assert filled in said
    assert ("\u2068" in said) == (filled != value)


def test_names_are_sorted_without_regard_to_accents() -> None:
    assert sorted(["Zambie", "Égypte", "Estonie"], key=formats.sort_key) == ["Égypte", "Estonie", "Zambie"]


# ── Citations


def test_the_words_of_a_citation_are_translated_and_its_numbers_are_not() -> None:
    assert labels.localised_citation("principle 13(b)") == "principle 13(b)"
    with in_language("fr"):
        assert labels.localised_citation("art. 9(2), preamble") == "art. 9(2), préambule"
    with in_language("ar"):
        assert labels.localised_citation("art. 34(a)-(c)") == "المادة \u206834(a)\u2069 إلى \u2068(c)\u2069"
        assert labels.localised_citation("paras 25-29") == "الفقرات 25 إلى 29"
        assert "S2-3" in labels.localised_citation("S2-3 paras 25-29") and "408-1" in labels.localised_citation(
            "disclosure 408-1"
        )


def test_every_word_of_a_citation_in_the_law_has_a_translation() -> None:
    places = {
        p.provision for instrument in find_edition("child-protection-2026").instruments for p in instrument.provisions
    }
    left = {
        place: re.sub("|".join(map(re.escape, sorted(labels.CITATION_WORDS, key=len, reverse=True))), "", place)
        for place in places
    }
    assert [place for place, rest in left.items() if re.search("[a-z]{3}", rest)] == []
