"""Phrasings beside an edition: how documents usually put what an option states, by language, outside its digest."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from compliance.cli import main
from compliance.package_data import data_folder
from compliance.questionnaire.edition_companions import edition_in_languages
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.phrasings import FoundPhrasings, read_phrasings
from tests.support.cut_editions import CUT, PARENT, written
from tests.support.written_documents import LANGUAGES, code_editions

SOUND = "r1.code:\n  some:\n    - You must not.\n    - It is forbidden.\n  all: [Never.]\n"


def read(folder: Path, content: str, language: str = "en") -> FoundPhrasings:
    """The phrasings of the edition PARENT, read from this file."""
    edition = folder / "whole-1"
    if not edition.is_dir():
        written(folder, "whole-1", PARENT)
    (edition / "phrasings").mkdir(exist_ok=True)
    (edition / "phrasings" / f"{language}.yaml").write_text(content, encoding="utf-8")
    return read_phrasings(load_edition(edition), edition)


def check(folder: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["check", str(folder)])
    return result.exit_code, result.output


def test_phrasings_are_read_by_language_question_and_option_and_change_no_digest(tmp_path: Path) -> None:
    bare = load_edition(written(tmp_path, "whole-1", PARENT)).digest
    found = read(tmp_path, SOUND)
    assert found.texts == {
        "en": {("r1.code", "some"): ("You must not.", "It is forbidden."), ("r1.code", "all"): ("Never.",)}
    }
    assert found.faults == ()
    (edition,) = edition_in_languages(tmp_path / "whole-1").values()
    assert edition.phrasings == found.texts and edition.digest == bare


def test_a_cut_has_the_phrasings_of_its_questions_in_the_whole_edition(tmp_path: Path) -> None:
    read(tmp_path, SOUND + "r1.practice: {yes: [It is done.]}\n")
    cut = written(tmp_path, "texts-1", CUT)
    found = read_phrasings(load_edition(cut), cut)
    assert set(found.texts["en"]) == {("r1.code", "some"), ("r1.code", "all")}
    assert found.faults == (), "phrasings of questions that the cut does not ask are no fault"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("r1.cod: {some: [A.]}\n", "en.yaml:1: the edition has no question `r1.cod`; did you mean `r1.code`?"),
        ("r1.code: {sone: [A.]}\n", "en.yaml:1: `r1.code` has no option `sone`; did you mean `some`?"),
        ("r1.code: {x: [A.]}\n", "en.yaml:1: `r1.code` has no option `x`: it has none, some, all"),
        ("r1.code: {none: [A.]}\n", "en.yaml:1: `none` of `r1.code` earns nothing, so that no passage is looked for"),
        ("r1.code:\n  some: []\n", "en.yaml:2: `some` has no phrasings: write a list of them, or delete it"),
        ("r1.code:\n  some: Never.\n", "en.yaml:2: `some` has no phrasings: write a list of them, or delete it"),
        ('r1.code:\n  some:\n    - " "\n', "en.yaml:3: a phrasing of `some` is a text that is not empty: write one"),
        ("r1.code:\n  some:\n    - A.\n    - A.\n", "en.yaml:4: `some` has this phrasing twice: delete one"),
        ("r1.code: [A.]\n", "en.yaml:1: `r1.code` has no options here: write the question, below it the option"),
        ("- A.\n", "en.yaml:1: phrasings are written by question: write the question, below it the option"),
    ],
)
def test_a_mistake_is_a_fault_with_file_and_line_and_does_not_prevent_the_start(
    tmp_path: Path, content: str, expected: str
) -> None:
    (fault,) = read(tmp_path, content).faults
    assert expected in str(fault)
    code, said = check(tmp_path / "whole-1")
    assert code == 1 and expected in said
    assert list(edition_in_languages(tmp_path / "whole-1")) == ["en"]


def test_a_file_must_be_named_after_a_language(tmp_path: Path) -> None:
    (fault,) = read(tmp_path, SOUND, "english").faults
    assert str(fault).endswith("english.yaml: there is no language `english`: call the file by its code, as in fr.yaml")


def test_the_check_counts_phrasings_and_notes_what_a_language_lacks(tmp_path: Path) -> None:
    read(tmp_path, SOUND)
    read(tmp_path, "r1.code: {some: [C’est interdit.]}\n", "fr")
    code, said = check(tmp_path / "whole-1")
    assert code == 0
    assert "whole-1: phrasings en 3, fr 1\n" in said
    assert "whole-1: phrasings missing in fr: r1.code\n" in said
    (tmp_path / "whole-1" / "phrasings" / "en.yaml").unlink()
    assert (
        "whole-1: no phrasings in en: passages are found there by the options alone\n" in check(tmp_path / "whole-1")[1]
    )


def test_every_option_of_questions_on_the_code_has_its_own_phrasings_in_every_language() -> None:
    place = data_folder("questionnaires") / "child-protection-2026"
    edition = load_edition(place)
    found = read_phrasings(edition, place)
    assert found.faults == () and found.lacking(edition) == {}
    for language in LANGUAGES:
        code = code_editions()[language]
        earning = {(q.id, option.id) for q in code.questions.values() for option in q.options if option.points > 0}
        phrasings = code.phrasings[language]
        assert phrasings.keys() == earning
        assert min(map(len, phrasings.values())) >= 2
        texts = [text for some in phrasings.values() for text in some]
        assert sorted({text for text in texts if texts.count(text) > 1}) == [], "a phrasing belongs to two options"
