"""`compliance check` lists what it found, or all faults; `compliance schema` helps editors."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from compliance.cli import main
from compliance.commands.schema import json_schema
from compliance.questionnaire.loader import load_edition
from tests.support.paths import DATA, EDITIONS


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_without_a_folder_the_tool_s_own_law_and_editions_are_checked() -> None:
    result = run("check")
    assert result.exit_code == 0, result.stderr
    law, crosswalks, *editions = result.stdout.splitlines()
    assert law.startswith("law: ")
    assert crosswalks == "crosswalks: esrs (87 points), gri (20 points), the-code (6 points)"
    assert any(line.startswith("child-protection-2026: 8 themes, 111 requirements, ") for line in editions)
    (quick,) = (line for line in editions if line.startswith("child-protection-quick: "))
    assert ", quick form, " in quick


def test_each_edition_has_a_line() -> None:
    result = run("check", str(EDITIONS))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "example-1: 2 themes, 2 requirements, 3 questions, 2 provisions, languages en, draft" in lines
    assert "cei-like: 0 themes, 0 requirements, 5 questions, 0 provisions, languages en, draft" in lines


def test_a_broken_edition_prints_every_fault_and_fails() -> None:
    result = run("check", str(DATA / "broken" / "tree.yaml"), "child-protection-2026")
    assert result.exit_code == 1
    assert result.stdout.startswith("child-protection-2026: ")
    *faults, total = [line for line in result.stderr.splitlines() if ": warning: " not in line]
    assert total == f"{len(faults)} faults"
    assert all(fault.startswith(f"{DATA / 'broken' / 'tree.yaml'}:") for fault in faults)


def test_one_broken_edition_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "sound.yaml").write_text("id: sound\nparts: [{id: q}]\n")
    (tmp_path / "unsound.yaml").write_text("id: unsound\n")
    (tmp_path / "law").mkdir()
    (tmp_path / "law" / "own.yaml").write_text("id: own\n")
    result = run("check", str(tmp_path))
    assert result.exit_code == 1
    assert "unsound.yaml:1: an edition needs `parts`" in result.stderr
    assert "own.yaml:1: a law file needs `title`" in result.stderr


NOT_KNOWING = """
id: made
parts:
  - id: r1
    parts:
      - {id: a, options: [{id: none, points: 0, text: "Nothing, or we do not know"}, {id: all, points: 1, text: All}]}
      - {id: b, options: [{id: none, points: 0, text: None or not known}, {id: all, points: 1, text: We do not know}]}
"""


def test_an_option_for_not_knowing_gives_a_warning_with_advice(tmp_path: Path) -> None:
    (tmp_path / "made.yaml").write_text(NOT_KNOWING)
    result = run("check", str(tmp_path))
    assert result.exit_code == 0, result.stderr
    assert result.stderr == (
        f"{tmp_path / 'made.yaml'}: warning: 2 options for whoever does not know, which would count as answered: "
        "a (none), b (none): take these words out: "
        "whoever does not know leaves the question open, and says so beside it\n"
    )


def test_nothing_in_the_editions_that_come_with_the_tool_is_hard_to_read() -> None:
    warned = run("check").stderr.splitlines()
    assert [line for line in warned if "to bring up to date with the English" not in line] == []


HARD_TO_READ = """
id: made
parts:
  - id: r1
    title: Reports reach an authority
    expects: Reports reach an authority.
    closes: Do what r1.practice asks.
    parts:
      - id: r1.practice
        ask: In which of the countries where people work for you was every report of the last twelve months passed on
          to an authority that is able to act on it?
        help: "Settles it: the list. %s"
        options: [{id: none, points: 0, text: No report.}, {id: all, points: 1, text: "The same, and on time."}]
      - {id: r1.proof, ask: "Who reported, and how was it checked?", range: [0, 1]}
"""


def test_wording_that_is_hard_to_read_gives_a_warning_with_advice(tmp_path: Path) -> None:
    (tmp_path / "made.yaml").write_text(HARD_TO_READ % " ".join(["word"] * 57))
    result = run("check", str(tmp_path))
    assert result.exit_code == 0, result.stderr
    warned = [line.removeprefix(f"{tmp_path / 'made.yaml'}: warning: ") for line in result.stderr.splitlines()]
    assert warned == [
        "1 option that cannot be read alone: r1.practice (all): "
        "write a whole sentence, as a scorecard shows it without the others",
        "1 question of more than 25 words: r1.practice: move conditions to answers of their own",
        "1 question that may ask two things: r1.proof: ask one thing in each question",
        "1 help of more than 60 words: r1.practice: "
        "let the question and its answers say what decides, and keep what to count and which documents show it",
        "1 text with an id that means nothing to people: r1: say what it is about instead",
        "1 text with “settles it”: r1.practice: write: Documents that would show it:",
        "1 text with “the same, and”: r1.practice (all): write: a whole sentence",
    ]


def test_60_words_of_help_and_an_ordinary_word_that_is_an_id_are_no_fault(tmp_path: Path) -> None:
    sound = "id: made\nparts:\n  - {id: code, ask: Does the code bind you?, help: %s, options: [{id: no, points: 0}]}\n"
    (tmp_path / "made.yaml").write_text(sound % " ".join(["code"] * 60))
    assert "warning" not in run("check", str(tmp_path)).stderr


def test_a_published_edition_is_called_published(tmp_path: Path) -> None:
    (tmp_path / "made.yaml").write_text("id: made\nparts: [{id: q}]\n")
    (tmp_path / "published.yaml").write_text(f"made: {load_edition(tmp_path / 'made.yaml').digest}\n")
    assert run("check", str(tmp_path)).stdout.endswith(", published\n")


def test_a_published_edition_must_not_disappear(tmp_path: Path) -> None:
    (tmp_path / "made.yaml").write_text("id: made\nparts: [{id: q}]\n")
    (tmp_path / "published.yaml").write_text("earlier: 0123\n")
    result = run("check", str(tmp_path))
    assert result.exit_code == 1
    assert "`earlier` is published and its folder earlier/ is gone" in result.stderr


#: Three questions of the WHO's AUDIT, which sums to 40. People who never drink are not asked how much.
AUDIT = """id: audit
combine: sum
parts:
  - {id: often, options: [{id: never, points: 0}, {id: weekly, points: 4}]}
  - id: much
    KEY: {often: weekly}
    options: [{id: little, points: 0}, {id: much, points: 4}]
"""


def test_asked_when_in_a_sum_gives_a_warning_as_it_shifts_the_scale(tmp_path: Path) -> None:
    made = tmp_path / "audit.yaml"
    made.write_text(AUDIT.replace("KEY", "asked_when"))
    result = run("check", str(made))
    assert result.exit_code == 0
    assert result.stderr == (
        f"{made}:6: warning: `asked_when` on `much` takes its points out of the maximum under `combine: sum`, so the "
        "same points become another score: write `counts_when`, unless the maximum is meant to shrink\n"
    )
    made.write_text(AUDIT.replace("KEY", "counts_when"))
    assert run("check", str(made)).stderr == ""


#: LEED: neighbourhoods that are already certified earn 16 points at once, all others earn them by several credits.
PATHS = """id: paths
combine: sum
profile: {path: [whole, single]}
parts:
  - id: location
    combine: sum
    parts:
      - {id: whole, KEY: {profile.path: whole}, options: [{id: n, points: 0}, {id: y, points: 16}]}
      - {id: land, KEY: {profile.path: single}, options: [{id: n, points: 0}, {id: y, points: 9}]}
      - {id: bus, KEY: {profile.path: [single]}, options: [{id: n, points: 0}, {id: y, points: 7}]}
  - {id: rest, options: [{id: n, points: 0}, {id: y, points: 84}]}
"""


@pytest.mark.parametrize("key", ["asked_when", "counts_when"])
def test_parts_of_a_sum_that_exclude_each_other_give_a_warning(tmp_path: Path, key: str) -> None:
    made = tmp_path / "paths.yaml"
    made.write_text(PATHS.replace("KEY", key))
    result = run("check", str(made))
    assert result.exit_code == 0
    assert result.stderr == (
        f"{made}:9: warning: `whole` and `land` can never earn points together, and the maximum of `location` counts "
        "both: put them into a node with `max`, the most points that one way can earn\n"
    )


def test_alternatives_directly_below_the_root_shift_no_scale(tmp_path: Path) -> None:
    made = tmp_path / "flat.yaml"
    made.write_text(
        "id: flat\ncombine: sum\nprofile: {path: [a, b]}\nparts:\n"
        "  - {id: q, asked_when: {profile.path: a}, options: yes-no}\n"
        "  - {id: r, asked_when: {profile.path: b}, options: yes-no}\n"
    )
    assert run("check", str(made)).stderr == ""


def test_untranslated_texts_of_a_draft_give_a_warning_with_their_number_and_first_ids(tmp_path: Path) -> None:
    result = run("check", str(incomplete(tmp_path)))
    assert result.exit_code == 0
    assert result.stderr == (
        f"{tmp_path / 'made' / 'locales' / 'fr.yaml'}: warning: "
        "10 texts of fr to bring up to date with the English: overall, q1, q2, q3, q4 and 5 more\n"
    )
    assert result.stdout == "made: 0 themes, 0 requirements, 9 questions, 0 provisions, languages en, draft\n"


def test_an_almost_complete_language_says_how_much_is_translated(tmp_path: Path) -> None:
    texts = "".join(f"q{i}: {{ask: {{text: Quoi, state: draft}}}}\n" for i in range(1, 10))
    result = run("check", str(incomplete(tmp_path, texts)))
    assert result.exit_code == 0
    assert "1 text of fr to bring up to date with the English: overall\n" in result.stderr
    assert "languages en fr (draft, 90 %), draft\n" in result.stdout


def test_a_published_edition_with_an_incomplete_language_fails_the_check(tmp_path: Path) -> None:
    place = incomplete(tmp_path)
    (tmp_path / "published.yaml").write_text(f"made: {load_edition(place).digest}\n")
    result = run("check", str(place))
    assert result.exit_code == 1
    assert "texts are missing for overall, q1, q2" in result.stderr


def test_anything_lost_in_translation_fails_the_check_even_of_a_draft(tmp_path: Path) -> None:
    result = run("check", str(incomplete(tmp_path, "q1: {ask: {text: 'Quoi, %(who)s ?', state: draft}}\n")))
    assert result.exit_code == 1
    assert "fr.yaml:1: %(who)s must stand in it as in the text" in result.stderr


def incomplete(folder: Path, french: str = "{}") -> Path:
    place = folder / "made"
    (place / "locales").mkdir(parents=True)
    (place / "locales" / "fr.yaml").write_text(french)
    questions = ", ".join(f"{{id: q{i}, ask: What?}}" for i in range(1, 10))
    (place / "edition.yaml").write_text(f"id: made\ntitle: Made\nparts: [{questions}]\n")
    return place


def test_a_folder_without_an_edition_fails(tmp_path: Path) -> None:
    for place in (str(tmp_path), str(tmp_path / "nowhere")):
        result = run("check", place)
        assert result.exit_code == 1
        assert result.stderr.startswith(f"{place}: there is no")


def test_the_schema_is_printed_as_json() -> None:
    assert json.loads(run("schema").stdout) == json_schema()


def test_a_flag_that_is_too_long_gives_a_warning(tmp_path: Path) -> None:
    text = "id: made\nparts: [{id: q, ask: What?, options: [{id: yes, points: 0, flag: %s}, {id: no, points: 1}]}]\n"
    (tmp_path / "made.yaml").write_text(text % " ".join(["word"] * 25))
    assert "flag of more than" not in run("check", str(tmp_path / "made.yaml")).stderr
    (tmp_path / "made.yaml").write_text(text % " ".join(["word"] * 26))
    assert (
        "warning: 1 flag of more than 25 words: q (yes): say in one short sentence"
        in run("check", str(tmp_path / "made.yaml")).stderr
    )
