"""An edition and its law in other languages: offered when complete, and all faults are found with file and line."""

from pathlib import Path

import pytest

from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_companions import edition_in_languages, locales_of, own_source_texts
from compliance.questionnaire.edition_folder import edition_paths, editions_folder
from compliance.questionnaire.faults import Fault
from compliance.questionnaire.law import load_law
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.locales import (
    LocaleFile,
    is_offered,
    locale_yaml,
    read_law_locales,
    read_locale,
    translate_edition,
)
from compliance.questionnaire.translatable_texts import (
    Translation,
    edition_source_texts,
    law_source_texts,
    missing_in_translation,
    text_digest,
)
from tests.support.bilingual import EDITION, FRENCH, FRENCH_LAW, LAW, made

FOLDER = editions_folder()


def faults_of(folder: Path) -> list[Fault]:
    locales = locales_of(load_edition(folder), folder)
    return [fault for locale in locales for fault in (*locale.faults, *locale.outdated)]


def publish(folder: Path) -> None:
    edition = load_edition(folder)
    (folder.parent / "published.yaml").write_text(f"{edition.id}: {edition.digest}\n", encoding="utf-8")


def french(folder: Path) -> Edition:
    return edition_in_languages(folder)["fr"]


# ── Which languages are offered


def test_a_complete_language_is_offered(tmp_path: Path) -> None:
    assert list(edition_in_languages(made(tmp_path))) == ["en", "fr"]
    assert faults_of(tmp_path) == []


def test_an_edition_in_another_language_asks_the_same_in_other_words(tmp_path: Path) -> None:
    own, other = edition_in_languages(made(tmp_path)).values()
    assert (other.language, other.digest, other.canonical) == ("fr", own.digest, own.canonical)
    assert list(own.questions) == list(other.questions) and list(own.nodes) == list(other.nodes)
    assert (other.title, other.root.title, other.bands[0].title) == ("Un code", "Un code", "Faible")
    assert (other.nodes["r"].expects, other.nodes["r"].closes) == ("C’est interdit.", "L’interdire.")
    assert (other.questions["q"].ask, other.questions["q"].help) == ("Quoi ?", "Compte")
    assert [option.text for option in other.questions["p"].options] == ["Rien", "Dans les 3 lieux"]
    assert [option.points for option in other.questions["p"].options] == [0, 1]


def test_law_is_in_the_language_of_the_edition_that_shows_it(tmp_path: Path) -> None:
    (law,) = french(made(tmp_path)).instruments
    assert (law.title, law.short, law.adopter) == ("Une loi sur les enfants", "Loi", "Un parlement")
    assert law.status == "En vigueur depuis 1990."
    first = law.provisions[0]
    assert first.paraphrase == "Les États l’interdisent."
    assert (first.id, first.provision, first.source) == ("law-1", "art. 1", "Read")


def test_a_law_without_a_short_name_is_named_by_its_translated_title(tmp_path: Path) -> None:
    made(tmp_path, law=FRENCH_LAW.replace("  short: {text: Loi, state: reviewed}\n", ""))
    (tmp_path / "law" / "law.yaml").write_text(LAW.replace("short: Law\n", ""), encoding="utf-8")
    assert french(tmp_path).instruments[0].short == "Une loi sur les enfants"


def test_a_language_says_whether_all_of_it_was_reviewed(tmp_path: Path) -> None:
    assert french(made(tmp_path / "a")).translation == "reviewed"
    assert french(made(tmp_path / "b", FRENCH.replace("reviewed", "draft", 1))).translation == "draft"
    assert french(made(tmp_path / "c", law=FRENCH_LAW.replace("reviewed", "draft", 1))).translation == "draft"
    assert load_edition(tmp_path / "a").translation == ""


def test_translations_do_not_change_the_digest(tmp_path: Path) -> None:
    with_french = load_edition(made(tmp_path))
    (tmp_path / "locales" / "fr.yaml").unlink()
    assert load_edition(tmp_path).digest == with_french.digest


def test_an_untranslated_text_stays_in_its_own_language(tmp_path: Path) -> None:
    edition = load_edition(made(tmp_path))
    half = LocaleFile("fr", texts={("q", "ask"): Translation("Quoi ?")})
    other = translate_edition(edition, half)
    assert (other.questions["q"].ask, other.questions["p"].ask, other.title) == ("Quoi ?", "How?", "A code")
    marked = translate_edition(edition, half, lambda text: f"[{text}]")
    assert (marked.questions["q"].ask, marked.questions["p"].ask, marked.title) == ("Quoi ?", "[How?]", "[A code]")
    assert [option.text for option in marked.questions["q"].options] == ["[Nothing]", "[In all 3 places]"]
    assert (marked.instruments[0].title, marked.instruments[0].provisions[0].paraphrase) == (
        "[A law on children]",
        "[States forbid it.]",
    )
    assert marked.questions["s"].help == "", "a text that does not exist in English is not missing"


# ── Option sets


def test_a_question_may_reword_the_options_of_its_set(tmp_path: Path) -> None:
    own = "q:\n  options: {none: {text: Aucun, state: reviewed}}\n  "
    edition = french(
        made(
            tmp_path,
            FRENCH.replace("q: {ask", own + "ask")
            .replace("}, help", "}\n  help")
            .replace("Compte, state: reviewed}}", "Compte, state: reviewed}"),
        )
    )
    assert [option.text for option in edition.questions["q"].options] == ["Aucun", "Dans les 3 lieux"]
    assert [option.text for option in edition.questions["p"].options] == ["Rien", "Dans les 3 lieux"]


def test_a_set_need_not_be_translated_if_every_question_rewords_it(tmp_path: Path) -> None:
    (tmp_path / "locales").mkdir()
    (tmp_path / "edition.yaml").write_text("id: made\nparts: [{id: q, ask: What?, options: yes-no}]\n")
    texts = (
        "overall: {title: {text: Un, state: draft}}\n"
        "q:\n  ask: {text: Quoi ?, state: draft}\n"
        "  options: {yes: {text: Oui, state: draft}, no: {text: Non, state: draft}}\n"
    )
    (tmp_path / "locales" / "fr.yaml").write_text(texts)
    assert [option.text for option in french(tmp_path).questions["q"].options] == ["Oui", "Non"]
    (tmp_path / "locales" / "fr.yaml").write_text(texts.replace(", no: {text: Non, state: draft}", ""))
    assert "missing for option_sets.yes-no.no: translate them" in faults_of(tmp_path)[0].message


# ── Faults


def test_an_incomplete_language_names_what_is_missing_and_does_not_stop_the_start(tmp_path: Path) -> None:
    made(tmp_path, FRENCH.replace("n: {", "# n: {").replace(", help: {text: Compte, state: reviewed}", ""))
    assert list(edition_in_languages(tmp_path)) == ["en"], "16 of 18 texts are less than nine tenths"
    (fault,) = faults_of(tmp_path)
    assert fault.file == str(tmp_path / "locales" / "fr.yaml") and "missing for n, q.help: translate" in fault.message


def test_a_language_is_not_offered_before_the_law_that_is_shown_is_translated(tmp_path: Path) -> None:
    missing = FRENCH_LAW.replace("law-1:", "# law-1:")
    (fault,) = faults_of(made(tmp_path / "a" / "made", law=missing))
    assert fault.file == str(tmp_path / "a" / "made" / "law" / "locales" / "fr.yaml")
    assert "texts of law that made shows are missing for law-1: translate them" in fault.message
    publish(tmp_path / "a" / "made")
    assert list(edition_in_languages(tmp_path / "a" / "made")) == ["en"]
    (none_at_all,) = faults_of(made(tmp_path / "b", law=None))
    assert "are missing for law, law-1" in none_at_all.message


def test_a_draft_is_offered_from_nine_tenths_of_its_texts_and_a_published_edition_complete(tmp_path: Path) -> None:
    folder = made(tmp_path / "made", FRENCH.replace("n: {", "# n: {"))
    assert french(folder).nodes["n"].title == "Theme"
    assert french(folder).translated == 17 / 18
    (locale,) = locales_of(load_edition(folder), folder)
    assert (locale.faults, [late.keys for late in locale.outdated]) == ((), [(("n", "title"),)])
    publish(folder)
    assert not is_offered(load_edition(folder), locale)
    assert list(edition_in_languages(folder)) == ["en"]


def test_law_that_no_edition_shows_need_not_be_translated(tmp_path: Path) -> None:
    made(tmp_path, law=FRENCH_LAW.replace("law-2:", "# law-2:"))
    assert list(edition_in_languages(tmp_path)) == ["en", "fr"]
    (locale,) = read_law_locales(load_edition(tmp_path).instruments, tmp_path / "law")
    assert "texts are missing for law-2: translate them" in locale.outdated[0].message


@pytest.mark.parametrize(
    ("slip", "message"),
    [
        ("t: {ask: {text: Quoi, state: draft}}", "the edition has no `t`"),
        ("q: [Quoi]", "each id has its fields"),
        ("q: {aks: {text: Quoi, state: draft}}", "`q` has no text `aks` to translate; did you mean `ask`?"),
        ("q: {options: {maybe: {text: Oui, state: draft}}}", "`q` has no text `options.maybe`"),
        ("q: {options: Oui}", "each id has its fields"),
        ("option_sets: {step: {}}", "`option_sets` has no text `step` to translate; did you mean `steps`?"),
        ("q: {ask: Quoi}", "a text is written"),
        ("q: {ask: {text: Quoi}}", "a text is written"),
        ("q: {ask: {text: [Quoi], state: draft}}", "a text is written"),
        ("q: {ask: {text: Quoi, state: done}}", "a text is written {text: …, state: one of draft, reviewed}"),
        ("q: {ask: {text: Quoi, state: draft, by: me}}", "a text has no `by`"),
        ("q: {ask: {text: ' ', state: draft}}", "the text is empty"),
        ("q: {ask: {text: Quoi, state: draft, of: 00000000}}", "has changed since: translate it again"),
        ("s: {unit: {text: points, state: draft}}", "% must stand in it"),
        ("option_sets: {steps: {all: {text: Dans les trois lieux, state: draft}}}", "3 must stand in it"),
        ("[q]", "a language is written by id"),
    ],
)
def test_a_mistake_in_a_language_file_is_a_fault_with_its_line(tmp_path: Path, slip: str, message: str) -> None:
    faults = faults_of(made(tmp_path, f"# French\n{slip}\n"))
    assert any(fault.line == 2 and message in fault.message for fault in faults), faults


def test_a_mistake_in_translated_law_is_a_fault_with_its_line(tmp_path: Path) -> None:
    made(tmp_path, law="law-1: {paraphrase: {text: Oui, state: draft}}\nlaw-3: {}\n")
    (locale,) = read_law_locales(load_edition(tmp_path).instruments, tmp_path / "law")
    assert "the law has no `law-3`; did you mean" in locale.outdated[0].message and locale.outdated[0].line == 2


@pytest.mark.parametrize("code", ["frr-x", "xx", "FR", "french", "en"])
def test_a_file_must_be_named_after_the_code_of_a_language(tmp_path: Path, code: str) -> None:
    (fault,) = faults_of(made(tmp_path, code=code))
    assert fault.line == 0 and f"`{code}`" in fault.message


def test_an_outdated_translation_is_found_by_its_mark(tmp_path: Path) -> None:
    marked = FRENCH.replace(
        "{text: Quoi ?, state: reviewed}", f"{{text: Quoi ?, state: reviewed, of: {text_digest('What?')}}}"
    )
    assert faults_of(made(tmp_path, marked)) == []
    (tmp_path / "edition.yaml").write_text(EDITION.replace("What?", "Which?"), encoding="utf-8")
    (fault,) = faults_of(tmp_path)
    assert fault.line == 9 and f"write of: {text_digest('Which?')}" in fault.message
    assert french(tmp_path).questions["q"].ask == "Which?"


def test_different_quotation_marks_do_not_make_a_translation_outdated() -> None:
    assert text_digest("A child’s “yes”") == text_digest('A child\'s "yes"') != text_digest("A child's yes")


@pytest.mark.parametrize(
    ("own", "other", "gone"),
    [
        ("250,000 people", "250 000 personnes", ()),
        ("250,000 people", "250.000 personas", ()),
        ("In 24 months", "En deux ans", ("24",)),
        ("30 %", "30٪", ()),
        ("half, 50 %", "la moitié, 50", ("%",)),
        ("%(name)s has {count}", "{count} chez %(name)s", ()),
        ("%(name)s has {count}", "%(nom)s a {count}", ("%(name)s", "%(nom)s")),
        ("<b>One</b>", "<b>Un", ("</b>",)),
        ("Code 007", "Code 7", ()),
    ],
)
def test_numbers_and_marks_are_not_lost_in_translation(own: str, other: str, gone: tuple[str, ...]) -> None:
    assert missing_in_translation(own, other) == gone


# ── Writing files


def test_a_language_that_was_written_is_read_back_unchanged(tmp_path: Path) -> None:
    (locale,) = locales_of(load_edition(made(tmp_path)), tmp_path)
    source = edition_source_texts(load_edition(tmp_path))
    text = locale_yaml(source, "fr", locale.written)
    (tmp_path / "locales" / "fr.yaml").write_text(text, encoding="utf-8")
    again = read_locale(tmp_path / "locales" / "fr.yaml", source)
    assert again.written == locale.written and list(again.written) == list(source.texts)
    assert locale_yaml(source, "fr", again.written) == text


def test_texts_of_any_kind_are_read_back_unchanged(tmp_path: Path) -> None:
    source = edition_source_texts(load_edition(made(tmp_path)))
    hard = {
        ("q", "ask"): Translation('«\u00a0Quoi\u00a0» : "oui", {non} # \\ \u200fمدونة', of="00000012"),
        ("q", "options", "none"): Translation("- no", "reviewed"),
        ("overall", "bands", "low"): Translation("1,5\n2"),
    }
    (tmp_path / "locales" / "de.yaml").write_text(locale_yaml(source, "de", hard), encoding="utf-8")
    assert read_locale(tmp_path / "locales" / "de.yaml", source).written == hard


def test_a_text_that_the_source_does_not_have_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        locale_yaml(edition_source_texts(load_edition(made(tmp_path))), "fr", {("t", "ask"): Translation("Quoi ?")})


# ── The tool's own translations


@pytest.mark.parametrize("path", edition_paths(FOLDER), ids=lambda path: path.name)
def test_the_tool_s_translations_say_for_every_text_what_it_translates(path: Path) -> None:
    for locale in locales_of(load_edition(path), path):
        assert locale.faults == ()
        assert all(one.of for one in locale.written.values())


@pytest.mark.release
@pytest.mark.parametrize("path", edition_paths(FOLDER), ids=lambda path: path.name)
def test_the_tool_s_editions_are_complete_in_all_their_languages(path: Path) -> None:
    assert [str(late) for locale in locales_of(load_edition(path), path) for late in locale.outdated] == []


@pytest.mark.parametrize("path", [*edition_paths(FOLDER), FOLDER / "law"], ids=lambda path: path.name)
def test_the_tool_s_language_files_are_as_it_writes_them(path: Path) -> None:
    source = law_source_texts(load_law(path)) if path.name == "law" else own_source_texts(load_edition(path), path)
    files = sorted((path / "locales").glob("*.yaml"))
    assert files
    for file in files:
        locale = read_locale(file, source)
        left_over = any("has no `" in late.message for late in locale.outdated)  # which the tool would not write
        as_written = locale_yaml(source, file.stem, locale.written) == file.read_text(encoding="utf-8")
        assert as_written or left_over, file


@pytest.mark.release
def test_the_tool_s_law_is_complete_in_all_its_languages() -> None:
    instruments = load_law(FOLDER / "law")
    for locale in read_law_locales(instruments, FOLDER / "law"):
        assert [str(late) for late in locale.outdated] == []
        assert set(locale.written) == set(law_source_texts(instruments).texts)


def test_nothing_is_lost_in_translations_of_the_tool_s_law() -> None:
    assert [locale.faults for locale in read_law_locales(load_law(FOLDER / "law"), FOLDER / "law")] == [(), (), ()]
