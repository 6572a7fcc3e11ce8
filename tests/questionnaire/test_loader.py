"""All faults of a faulty edition are reported; a valid edition is loaded as written."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.questionnaire.faults import EditionFaults, Fault
from compliance.questionnaire.key_reader import MEANT_KEYS
from compliance.questionnaire.loader import edition_from_canonical, load_edition
from compliance.questionnaire.schema import FORMAT_KEYS
from tests.support.examples import examples
from tests.support.paths import DATA, EDITIONS

BROKEN = DATA / "broken"
_MARK = re.compile(r"# fault(?: at (\d+))?: (.*)$")


def faults_of(path: Path) -> tuple[Fault, ...]:
    with pytest.raises(EditionFaults) as caught:
        load_edition(path)
    return caught.value.faults


def expected_faults(path: Path) -> list[tuple[str, int, str]]:
    """File, line and wording of each fault that comments in the files of an edition announce."""
    files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    return [
        (str(file), int(mark[1]) if mark[1] else line, message)
        for file in files
        for line, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if (mark := _MARK.search(text))
        for message in mark[2].split(" & ")
    ]


@pytest.mark.parametrize("name", ["words", "tree.yaml", "conditions.yaml"])
def test_every_fault_of_a_broken_edition_is_reported_in_one_run_with_file_and_line(name: str) -> None:
    found = list(faults_of(BROKEN / name))
    missed = []
    for file, line, message in expected_faults(BROKEN / name):
        fault = next((f for f in found if (f.file, f.line) == (file, line) and message in f.message), None)
        if fault is None:
            missed.append((file, line, message))
        else:
            found.remove(fault)
    assert not missed
    assert not found, "faults that no comment announced"


def test_ten_faults_put_into_a_folder_are_all_reported(tmp_path: Path) -> None:
    folder = tmp_path / "seeded"
    folder.mkdir()
    (folder / "edition.yaml").write_text(
        "id: seeded\n"
        "tilte: Seeded\n"  # 1 unknown key
        "scale: -100\n"  # 2 not above 0
        "parts:\n"
        "  - theme.yaml\n"
        "  - missing.yaml\n"  # 3 no such file
        "  - {id: a, options: yes-no}\n"
        "  - {id: a, options: yes-no}\n"  # 4 used twice
        "  - {id: b, options: ladder}\n"  # 5 no such option set
    )
    (folder / "theme.yaml").write_text(
        "id: theme\n"
        "parts:\n"
        "  - id: r1\n"
        "    expects: Something\n"
        "    law: [crc-3400]\n"  # 6 no such law
        "    parts:\n"
        "      - {id: c, range: [1, 1]}\n"  # 7 equal ends
        "      - {id: d, options: yes-no, asked_when: {e: 'yes'}}\n"  # 8 looks down
        "      - {id: e, options: yes-no, weight: 0}\n"  # 9 weighs nothing
        "      - {id: f, options: yes-no, na: maybe}\n"  # 10 no such choice
    )
    places = [(Path(fault.file).name, fault.line) for fault in faults_of(folder)]
    assert places == [
        *(("edition.yaml", line) for line in (2, 3, 6, 8, 9)),
        *(("theme.yaml", line) for line in (5, 7, 8, 9, 10)),
    ]


def one_file(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "made.yaml"
    path.write_text("\n".join(("id: made", *lines)) + "\n", encoding="utf-8")
    return path


def messages(path: Path) -> list[str]:
    return [fault.message for fault in faults_of(path)]


def test_a_fault_is_printed_as_file_line_and_message(tmp_path: Path) -> None:
    path = one_file(tmp_path, "parts: [{id: a, wieght: 2}]")
    with pytest.raises(EditionFaults, match=rf"^{re.escape(str(path))}:2: a question has no key `wieght`; did"):
        load_edition(path)


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        ("{id: a, question: Why?, options: yes-no}", "a question has no key `question`; did you mean `ask`?"),
        ("{id: a, questions: [{id: b}]}", "a question has no key `questions`; did you mean `parts`?"),
        ("{id: a, Choices: yes-no}", "a question has no key `Choices`; did you mean `options`?"),
        ("{id: a, options: [{id: b, value: 1}]}", "an option has no key `value`; did you mean `points`?"),
        ("{id: a, options: [{id: b, label: B}]}", "an option has no key `label`; did you mean `text`?"),
        ("{id: a, name: A, parts: [{id: b}]}", "a theme or requirement has no key `name`; did you mean `title`?"),
        (
            "{id: a, colour: red}",
            "a question has no key `colour`: delete it, or declare it under `lenses` if it is a lens",
        ),
    ],
)
def test_for_a_common_mistake_in_a_key_the_right_key_is_suggested(part: str, fault: str, tmp_path: Path) -> None:
    assert fault in messages(one_file(tmp_path, f"parts: [{part}]"))


def test_no_mistaken_key_with_a_suggestion_is_a_key_and_every_suggestion_is_one() -> None:
    for level, meant in MEANT_KEYS.items():
        known = {key.name for key in FORMAT_KEYS[level]}
        assert not known & meant.keys()
        assert set(meant.values()) <= known | {"parts"}


@pytest.mark.parametrize("name", ["example-1", "hdi-2021", "egalite-fr", "worked-examples"])
def test_editions_of_very_different_shape_load(name: str) -> None:
    assert load_edition(EDITIONS / f"{name}.yaml").id == name


def test_every_omitted_key_has_its_default(tmp_path: Path) -> None:
    edition = load_edition(one_file(tmp_path, "parts: [{id: n, parts: [{id: q, options: [{id: o, points: 2}]}]}]"))
    assert (edition.title, edition.scale, edition.round, edition.band_at, edition.rank_at) == ("made", 100, 1, 1, None)
    assert (edition.blank, edition.bands, edition.critical_cap, edition.language) == ("zero", (), "", "en")
    node, question = edition.nodes["n"], edition.questions["q"]
    assert (node.title, node.combine, node.weight, node.min_coverage, node.expects) == ("n", "mean", 1, None, "")
    assert (question.ask, question.kind, question.full, question.na) == ("q", "one", 2, "never")
    assert (question.evidence, question.asked_when, question.counts_when) == ("expected", None, None)
    assert question.options[0].text == "o"


def test_bands_are_determined_from_the_decimals_shown_unless_stated(tmp_path: Path) -> None:
    assert load_edition(one_file(tmp_path, "round: 3", "parts: [{id: q}]")).band_at == 3
    assert load_edition(one_file(tmp_path, "round: 3", "band_at: exact", "parts: [{id: q}]")).band_at is None
    assert load_edition(one_file(tmp_path, "rank_at: 0", "parts: [{id: q}]")).rank_at == 0


def test_bands_are_sorted_lowest_first(tmp_path: Path) -> None:
    path = one_file(tmp_path, "bands: [{id: high, from: 50}, {id: low, from: -10}]", "parts: [{id: q}]")
    assert [band.id for band in load_edition(path).bands] == ["low", "high"]


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("options: [{id: a, points: 3}, {id: b, points: -2}]", 3.0),
        ("kind: many, options: [{id: a, points: 3}, {id: b, points: 2}, {id: c, points: -4}]", 5.0),
        ("kind: many, max: 2.5, options: [{id: a, points: 3}]", 2.5),
        ("range: [10, 0]", 1.0),
        ("range: [0, 40], max: 40", 40.0),
    ],
)
def test_full_marks_are_the_best_possible_points_unless_stated(tmp_path: Path, written: str, full: float) -> None:
    assert load_edition(one_file(tmp_path, f"parts: [{{id: q, {written}}}]")).questions["q"].full == full


@pytest.mark.parametrize(
    ("written", "kind"),
    [("options: yes-no", "one"), ("range: [0, 1]", "number"), ("help: free", "text"), ("kind: date", "date")],
)
def test_the_kind_of_a_question_follows_from_its_keys(tmp_path: Path, written: str, kind: str) -> None:
    assert load_edition(one_file(tmp_path, f"parts: [{{id: q, {written}}}]")).questions["q"].kind == kind


def test_lens_values_are_inherited_from_the_nearest_node(tmp_path: Path) -> None:
    path = one_file(
        tmp_path,
        "lenses: {gap: [framing, reach], aspect: [code, no]}",
        "parts:",
        "  - id: n",
        "    gap: framing",
        "    aspect: code",
        "    parts: [{id: a, options: yes-no}, {id: b, options: yes-no, gap: reach, aspect: no}]",
    )
    questions = load_edition(path).questions
    assert questions["a"].lenses == {"gap": "framing", "aspect": "code"}
    assert questions["b"].lenses == {"gap": "reach", "aspect": "no"}


def test_a_part_may_be_in_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "edition.yaml").write_text("id: whole\nparts: [theme.yaml, {id: last}]\n")
    (tmp_path / "theme.yaml").write_text("id: theme\nparts: [inner.yaml]\n")
    (tmp_path / "inner.yaml").write_text("id: inner\nparts: [{id: q}]\n")
    assert list(load_edition(tmp_path).nodes) == ["overall", "theme", "inner"]
    assert load_edition(tmp_path / "edition.yaml").digest == load_edition(tmp_path).digest


def test_files_that_name_each_other_are_a_fault_and_not_an_endless_loop(tmp_path: Path) -> None:
    (tmp_path / "edition.yaml").write_text("id: whole\nparts: [a.yaml]\n")
    (tmp_path / "a.yaml").write_text("id: a\nparts: [b.yaml]\n")
    (tmp_path / "b.yaml").write_text("id: b\nparts: [a.yaml]\n")
    assert any("used already" in message for message in messages(tmp_path))


def test_a_long_chain_of_files_is_a_fault_and_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "edition.yaml").write_text("id: whole\nparts: [n0.yaml]\n")
    for i in range(200):
        (tmp_path / f"n{i}.yaml").write_text(f"id: n{i}\nparts: [n{i + 1}.yaml]\n")
    (tmp_path / "n200.yaml").write_text("id: n200\n")
    assert any("levels of parts" in message for message in messages(tmp_path))


def test_law_in_the_folder_of_an_edition_has_precedence(tmp_path: Path) -> None:
    law = "title: Own\nyear: 2020\nstatus: in force\nas_of: 2026-01-01\nprovisions:\n"
    provision = "  - {{id: {0}, provision: art. 1, authority: states, paraphrase: Something, mark: C}}\n"
    for folder, own_id in (("edition/law", "mine-1"), ("given", "given-1"), ("law", "beside-1")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "own.yaml").write_text(f"id: own\n{law}{provision.format(own_id)}")
    edition = tmp_path / "edition"

    def naming(provision_id: str) -> Path:
        (edition / "edition.yaml").write_text(
            f"id: e\nparts: [{{id: r, expects: x, law: [{provision_id}], parts: [{{id: q}}]}}]\n"
        )
        return edition

    assert list(load_edition(naming("mine-1"), law=tmp_path / "given").provisions) == ["mine-1"]
    assert "did you mean `mine-1`?" in messages(naming("mine-2"))[0]
    (edition / "law" / "own.yaml").unlink()
    (edition / "law").rmdir()
    assert list(load_edition(naming("given-1"), law=tmp_path / "given").provisions) == ["given-1"]
    assert list(load_edition(naming("beside-1")).provisions) == ["beside-1"]


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    assert "cannot be read" in messages(tmp_path / "nowhere.yaml")[0]
    assert "cannot be read" in messages(tmp_path)[0]


def test_an_edition_that_is_a_list_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("- a\n- b\n")
    assert messages(path) == ["an edition is written as keys with values, beginning with `id: …`"]


def test_a_published_edition_never_changes(tmp_path: Path) -> None:
    path = one_file(tmp_path, "parts: [{id: q}]")
    assert load_edition(path).draft
    (tmp_path / "published.yaml").write_text(f"made: {load_edition(path).digest}\n")
    assert load_edition(path).id == "made" and not load_edition(path).draft
    one_file(tmp_path, "parts: [{id: q}]  # a remark changes nothing")
    assert load_edition(path).id == "made"
    one_file(tmp_path, "parts: [{id: q, help: reworded}]")
    assert "published editions never change" in messages(path)[0]


def test_conditions_may_look_at_both_halves_of_a_choice_of_several(tmp_path: Path) -> None:
    path = one_file(
        tmp_path,
        "parts:",
        "  - {id: m, kind: many, options: [{id: a, points: 1}, {id: b, points: 1}]}",
        "  - {id: q, asked_when: {all: [{m: a}, {m: b}]}}",
        "  - {id: r, asked_when: {m: none}}",
    )
    assert load_edition(path).questions["r"].asked_when is not None


SOUND = (EDITIONS / "example-1.yaml").read_text(encoding="utf-8")
_WORDS = re.findall(r"[\w.-]+|[^\s\w]", SOUND)


@examples(100)
@given(st.data())
def test_any_text_is_loaded_or_its_faults_are_reported(data: st.DataObject) -> None:
    text = SOUND
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        text = text[:start] + data.draw(st.sampled_from(["", *_WORDS, "\n", "  "])) + text[end:]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "made.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            edition = load_edition(path)
        except EditionFaults as wrong:
            assert wrong.faults
        else:
            assert edition_from_canonical(edition.canonical, edition.instruments) == edition
