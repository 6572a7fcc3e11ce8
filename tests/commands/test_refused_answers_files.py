"""Every fault in an answers file is reported in a sentence with its place; nothing is guessed."""

import errno
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from compliance.cli import CommandGroup
from compliance.commands.terminal import ProgressLines, announce_work, with_progress
from compliance.questionnaire.loader import find_edition
from tests.support.refused_files import ASTER, EXAMPLE, HEADER, csv_file, piped, run, score

PLACES = """
id: places
parts: [{id: where, ask: Where?, kind: countries}, {id: t, parts: [{id: q, range: [0, 100]}]}]
"""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "answers.csv: the file is empty: begin with a header, company, …"),
        (HEADER, "answers.csv: there is a header and no company below it: add a row for each"),
        (HEADER + ",,,,\n", "answers.csv: there is a header and no company below it: add a row for each"),
        (HEADER + ASTER + ASTER, "row 3, column company: 'Aster' stands in row 2 already: keep one row a company"),
        (
            HEADER + ASTER + "Aster,other,stricter,50,staff\n",
            "'Aster' stands in row 2 already, with sector travel there and other here: keep one row a company",
        ),
        (HEADER + ASTER + " Aster  ,travel,,,\n", "row 3, column company: 'Aster' stands in row 2 already"),
        (HEADER + "travel|other".join(ASTER.split("travel")), "column profile.sector: 'travel|other' names several"),
        (HEADER + ASTER + HEADER, "row 3, column company: the header stands here again: delete this row"),
        (HEADER + ",travel,stricter,50,staff\n", "row 2, column company: a row needs the name of its company"),
        (HEADER + "Aster,travel,stricter,50%,staff\n", "'50%' is not a number: write it without the sign"),
        (HEADER + 'Aster,travel,stricter,"12,5",staff\n', "'12,5' is not a number: write it with a decimal point"),
        (HEADER + "Aster,travel,stricter,12,5,staff\n", "row 2, column F: 'staff' stands in a column without a name"),
        (HEADER.replace("\n", ",\n") + ASTER.replace("\n", ",x\n"), "row 2, column F: 'x' stands in a column"),
        (HEADER + ASTER.replace("\n", ",x" * 10 + "\n"), "row 2, column O: 'x' stands in a column without a name"),
        (HEADER + "Aster,travel,strict\0er,50,staff\n", "row 2, column reach.higher.code: a NUL character stands here"),
        (b"\xff\xfe" + (HEADER + ASTER).encode("utf-16-le") + b"\x41", "it begins as UTF-16, and breaks off at byte"),
        ((HEADER + ASTER).encode("utf-16-le"), "UTF-16 without the mark at its beginning"),
        ((HEADER + ASTER).encode() + "Bäcker,travel\n".encode("latin-1"), "column company: the byte 0xE4 is no"),
        (b"PK\x03\x04\x14\x00\xe2", "a zip file as .xlsx and .ods are: name it .xlsx if it is one, or save it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "no text, but an old .xls, or protected by a password: save it as"),
        (HEADER + ASTER + "\x1a", "row 3, column company: a row needs the name of its company"),
        (HEADER.replace(",", "|") + ASTER, "no such column: part columns by commas, semicolons, tabs"),
        (HEADER + f"Aster,{'x' * 5000},,,\n", f"'{'x' * 199}…' is not one of these: travel, online-platforms, other"),
        (HEADER + '"Aster,travel\n', "row 2: broken from here on"),
        ("Scores of spring\n\n" + HEADER + ASTER, "this column is missing: it stands in row 3, so delete the rows"),
        (HEADER.replace(",", ";", 1) + ASTER, "the edition has no such column: it has semicolons in it"),
    ],
)  # fmt: skip
def test_a_text_file_with_a_fault_is_refused_with_its_place(tmp_path: Path, content: str | bytes, said: str) -> None:
    assert said in score(tmp_path, csv_file(tmp_path, content))


@pytest.mark.parametrize(
    "arguments",
    [
        ("score", EXAMPLE, "bad.csv", "--out", "out.csv"),
        ("scorecard", EXAMPLE, "bad.csv", "--company", "Aster", "--out", "out.xlsx"),
        ("explain", EXAMPLE, "bad.csv", "--company", "Aster", "--out", "out.txt"),
        ("explain", EXAMPLE, "bad.csv", "--company", "Aster"),
        ("benchmark", EXAMPLE, "bad.csv", "--by", "sector", "--out", "out.xlsx"),
        ("change", EXAMPLE, "bad.csv", "good.csv", "--out", "out.json"),
        ("change", EXAMPLE, "good.csv", "bad.csv", "--out", "out.csv"),
    ],
    ids=lambda arguments: " ".join(map(str, arguments[2:4])) if arguments[0] == "change" else arguments[0],
)
@pytest.mark.parametrize("bad", ["bad.csv", "there is none", "a folder"])
def test_every_command_refuses_faulty_answers_in_the_same_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[object], bad: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.csv").write_text(HEADER + ASTER, encoding="utf-8")
    (tmp_path / "bad.csv").write_bytes((HEADER + ASTER).encode() + b"Caf\xe9,travel,,,\n")
    (tmp_path / "a folder").mkdir()
    before = sorted(tmp_path.iterdir())
    result = run(*(bad if argument == "bad.csv" else argument for argument in arguments))
    said = {
        "bad.csv": "bad.csv, row 3, column company: the byte 0xE9 is no UTF-8: save it as “CSV UTF-8”",
        "there is none": "there is none: there is no such file",
        "a folder": "a folder: this is a folder: name the .csv, .xlsx or .ods file in it",
    }
    assert (result.exit_code, result.stderr, result.stdout) == (1, said[bad] + "\n", "")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_encoding_of_unicode_can_be_read(tmp_path: Path, encoding: str) -> None:
    answers = csv_file(tmp_path, ("\ufeff" + HEADER + ASTER.replace("Aster", "Bäcker")).encode(encoding))
    assert run("score", EXAMPLE, answers, "--out", tmp_path / "scores.csv").exit_code == 0
    assert "Bäcker,overall,77.08" in (tmp_path / "scores.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(("delimiter", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_separators_can_be_read_and_are_reported(tmp_path: Path, delimiter: str, name: str) -> None:
    answers = csv_file(tmp_path, (HEADER + ASTER).replace(",", delimiter))
    result = run("score", EXAMPLE, answers, "--out", tmp_path / "scores.csv")
    assert result.exit_code == 0
    assert result.stderr == f"{answers}: read with {name} between the columns\n"


@pytest.mark.parametrize(("command", "name"), [("scorecard", "all.zip"), ("improve", "steps.csv")])
def test_a_command_that_reads_its_answers_twice_says_once_how(tmp_path: Path, command: str, name: str) -> None:
    answers = csv_file(tmp_path, (HEADER + ASTER).replace(",", ";"))
    result = run(command, EXAMPLE, answers, "--out", tmp_path / name)
    assert result.exit_code == 0, result.output
    assert result.stderr.count("read with semicolons between the columns") == 1


def test_decimal_commas_of_a_file_with_semicolons_are_each_refused_and_counted(tmp_path: Path) -> None:
    rows = "".join(f"Company {i};travel;stricter;12,5;staff\n" for i in range(40))
    said = score(tmp_path, csv_file(tmp_path, HEADER.replace(",", ";") + rows))
    assert "row 2, column reach.higher.training: '12,5' is not a number: write it with a decimal point" in said
    assert "column reach.higher.training: 35 more like these" in said
    assert len(said.splitlines()) == 7


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("٥٠", "write it with the digits 0 to 9"),
        ("1\u00a0000", "write it with a decimal point, and nothing between thousands"),
        ("1.000.000", "write it with a decimal point, and nothing between thousands"),
        ("1'000", "write it with a decimal point, and nothing between thousands"),
        ("\u22125", "write the minus as on a keyboard, -5"),
        ("2026-01-31", "this is a date or a time: set the cell to text, and write the number anew"),
        ("NaN", "write it in digits, or leave it empty"),
        ("NA", "write it in digits, or leave it empty"),
        ("50 points", "write it without a unit, and with a decimal point"),
    ],
)  # fmt: skip
def test_an_invalid_number_is_reported_with_how_to_write_it(tmp_path: Path, written: str, said: str) -> None:
    assert score(tmp_path, csv_file(tmp_path, f"{HEADER}Aster,travel,stricter,{written},staff\n")).endswith(
        f"is not a number: {said}\n"
    )


def test_a_number_too_large_for_calculations_is_refused_in_answers_and_editions(tmp_path: Path) -> None:
    said = score(tmp_path, csv_file(tmp_path, HEADER + "Aster,travel,stricter,1e300,staff\n"))
    assert "'1e300' is too large to be a number" in said
    edition = tmp_path / "e.yaml"
    edition.write_text("id: e\nparts: [{id: q, options: yes-no, weight: 1e300}]\n", encoding="utf-8")
    said = score(tmp_path, csv_file(tmp_path, "company,q\nA,yes\n"), edition)
    assert "e.yaml:2: `weight` takes a number above 0, not `1e300`: too large or too small to be reckoned with" in said


@pytest.mark.parametrize("no", ["no", "No", "none", "n/a", "FALSE", "-"])
def test_no_does_not_count_as_evidence(tmp_path: Path, no: str) -> None:
    answers = csv_file(tmp_path, f"company,reach.higher.code,reach.higher.code#evidence\nAster,stricter,{no}\n")
    assert f"row 2, column reach.higher.code#evidence: {no!r} would count as evidence: leave the cell empty" in score(
        tmp_path, answers
    )


def test_na_is_not_read_as_namibia_or_as_missing(tmp_path: Path) -> None:
    edition = tmp_path / "places.yaml"
    edition.write_text(PLACES, encoding="utf-8")
    assert "row 2, column where: 'NA' is not a country" in score(
        tmp_path, csv_file(tmp_path, "company,where,q\nNA,NA,50\n"), edition
    )
    said = score(tmp_path, csv_file(tmp_path, "company,where,q\nNA,Namibia,50\n"), edition)
    assert "write three capital letters, NAM for Namibia" in said
    assert "'GER' is no country of ISO 3166" in score(
        tmp_path, csv_file(tmp_path, "company,where,q\nNA,GER,50\n"), edition
    )
    assert (
        run("score", edition, csv_file(tmp_path, "company,where,q\nNA,NAM,50\n"), "--out", tmp_path / "s.csv").exit_code
        == 0
    )
    assert (tmp_path / "s.csv").read_text(encoding="utf-8").splitlines()[1].startswith("NA,overall,50,")


def test_answers_to_another_edition_name_the_one_they_fit(tmp_path: Path) -> None:
    quick = list(find_edition("child-protection-quick").questions)
    answers = csv_file(tmp_path, f"company,{','.join(quick)}\nAster,{','.join(['all'] * len(quick))}\n")
    said = score(tmp_path, answers, "child-protection-2026")
    assert f"row 1: the edition has no such columns: {', '.join(quick[:5])} and {len(quick) - 5} more" in said
    assert "these columns look like answers to child-protection-quick, and child-protection-2026 was named" in said


def test_five_hundred_columns_too_many_are_counted_and_not_listed(tmp_path: Path) -> None:
    more = [f"extra{i}" for i in range(500)]
    content = HEADER.strip() + "," + ",".join(more) + "\n" + ASTER.strip() + "," + ",".join("1" * 500) + "\n"
    said = score(tmp_path, csv_file(tmp_path, content))
    assert "row 1: the edition has no such columns: extra0, extra1, extra2, extra3, extra4 and 495 more: delete" in said
    assert len(said.splitlines()) == 1


def test_a_file_full_of_faults_gives_about_a_hundred_lines(tmp_path: Path) -> None:
    rows = "".join(f"C{i},boats,sometimes,much,nobody\n" for i in range(30_000))
    said = score(tmp_path, csv_file(tmp_path, HEADER + rows))
    assert len(said.splitlines()) < 110
    assert "column reach.higher.code: " in said and "more like these" in said


def test_a_row_that_is_far_too_long_is_one_fault(tmp_path: Path) -> None:
    said = score(tmp_path, csv_file(tmp_path, HEADER + ASTER.replace("\n", ",x" * 500 + "\n")))
    assert "row 2, column F: 'x' stands in a column without a name, and so in 499 columns to the right: name" in said
    assert said.count("without a name") == 1


def test_a_folder_and_a_missing_file_are_reported_as_such(tmp_path: Path) -> None:
    assert "this is a folder: name the .csv, .xlsx or .ods file in it" in score(tmp_path, tmp_path)
    csv_file(tmp_path, HEADER)
    assert "there is no such file; did you mean `answers.csv`?" in score(tmp_path, tmp_path / "answer.csv")
    assert "there is no such file" in score(tmp_path, tmp_path / "nowhere" / "answers.csv")


def test_the_answers_file_is_never_overwritten(tmp_path: Path) -> None:
    answers = csv_file(tmp_path, HEADER + ASTER)
    for command, *more in (
        ("score",),
        ("submissions",),
        ("explain", "--company", "Aster"),
        ("benchmark",),
        ("change", answers),
    ):
        between = [more.pop()] if command == "change" else []
        result = run(command, EXAMPLE, answers, *between, *more, "--out", answers)
        assert (result.exit_code, "this is the answers file itself: name another" in result.output) == (1, True)
    assert answers.read_text(encoding="utf-8") == HEADER + ASTER


def test_an_edition_is_never_overwritten_by_its_form(tmp_path: Path) -> None:
    edition = tmp_path / "e.yaml"
    edition.write_bytes(EXAMPLE.read_bytes())
    assert run("xlsform", edition, "--out", edition).exit_code == 2
    assert edition.read_bytes() == EXAMPLE.read_bytes()


def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path) -> None:
    answers = csv_file(tmp_path, HEADER + ASTER)
    for out, said in (
        (tmp_path / "no" / "s.csv", "no: there is no such folder"),
        (tmp_path, "this is a folder: name a"),
    ):
        result = run("score", EXAMPLE, answers, "--out", out)
        assert result.exit_code == 1
        assert said in result.output
    assert list(tmp_path.iterdir()) == [answers]


def test_the_name_of_a_written_file_must_fit_its_content(tmp_path: Path) -> None:
    answers = csv_file(tmp_path, HEADER + ASTER)
    for command, *more, out, said in (
        ("score", "scores.xlsx", "scores.xlsx: end it in .csv\n"),
        ("score", "scores", "scores: end it in .csv\n"),
        ("scorecard", "--company", "Aster", "card.csv", "card.csv: end it in .xlsx or .zip\n"),
        ("xlsform", "form.xls", "form.xls: end it in .xlsx\n"),
        ("submissions", "scores.xlsx", "scores.xlsx: end it in .csv\n"),
        ("explain", "--company", "Aster", "card.pdf", "card.pdf: end it in .txt, .csv, .xlsx or .json\n"),
    ):
        read = [] if command == "xlsform" else [answers]
        result = run(command, EXAMPLE, *read, *more, "--out", tmp_path / out)
        assert (result.exit_code, said in result.output) == (2, True)
    assert list(tmp_path.iterdir()) == [answers]


def test_no_command_writes_to_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    answers = csv_file(tmp_path, HEADER + ASTER)
    one = ("--company", "Aster")
    for command, *more in (("score",), ("scorecard", *one), ("explain", *one), ("improve", *one), ("benchmark",)):
        result = run(command, EXAMPLE, answers, *more, "--out", tmp_path)
        assert (result.exit_code, result.output) == (1, f"{tmp_path}: this is a folder: name a file in it\n")


def test_long_work_shows_its_progress_and_short_work_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list(with_progress(range(3), "reading a.csv", "row")) == [0, 1, 2]
    announce_work("scoring", 999)
    assert capsys.readouterr().err == ""
    announce_work("scoring", 1000)
    assert capsys.readouterr().err == "scoring: 1000 companies\n"
    clock = iter([0.0, 0.5, 1.5, 2.5, 2.6])
    monkeypatch.setattr("compliance.commands.terminal.time.monotonic", lambda: next(clock))
    assert list(with_progress(range(4), "reading a.csv", "row")) == [0, 1, 2, 3]
    assert capsys.readouterr().err.splitlines() == [
        "reading a.csv: 2 rows so far, 0.8 s each",
        "reading a.csv: 3 rows so far, 0.8 s each",
        "reading a.csv: 4 rows",
    ]


@pytest.mark.parametrize(
    ("clock", "of", "share", "said"),
    [
        ([0.0, 2.0], 12, None, "scorecards: 2 rows so far, 1.0 s each, 10 s left"),
        ([0.0, 1.0], 2_000, None, "scorecards: 2 rows so far, 2 a second, 17 min left"),
        ([0.0, 1.0], 100_000, None, "scorecards: 2 rows so far, 2 a second, 13.9 h left"),
        ([0.0, 4.0], 0, 0.25, "scorecards: 2 rows so far, 2.0 s each, 12 s left"),
        ([0.0, 4.0], 0, 0.0, "scorecards: 2 rows so far, 2.0 s each"),
    ],
)
def test_long_work_shows_its_speed_and_the_time_left(
    clock: list[float],
    of: int,
    share: float | None,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ticks = iter(clock)
    monkeypatch.setattr("compliance.commands.terminal.time.monotonic", lambda: next(ticks))
    lines = ProgressLines("scorecards", "row", of=of, share=None if share is None else lambda: share)
    lines.add(2)
    lines.end()
    assert capsys.readouterr().err.splitlines() == [said, "scorecards: 2 rows"]


@pytest.mark.parametrize("command", [("scorecard", "all.zip"), ("improve", "all.csv")])
def test_a_pipe_is_refused_by_commands_that_read_the_answers_of_all_companies_twice(
    tmp_path: Path, command: tuple[str, str]
) -> None:
    with piped(HEADER + ASTER) as pipe:
        result = run(command[0], EXAMPLE, pipe, "--out", tmp_path / command[1])
    assert result.exit_code == 1
    assert (
        result.stderr == f"{pipe}: this is not a file, and it would be read twice: save it to a file, and name that\n"
    )


def test_an_edition_that_gives_no_points_yet_is_refused_with_the_remedy(tmp_path: Path) -> None:
    edition = tmp_path / "all-text.yaml"
    edition.write_text("id: all-text\nparts: [{id: q, ask: Say what you do}]\n", encoding="utf-8")
    said = score(tmp_path, csv_file(tmp_path, "company,q\nA,Something\n"), edition)
    assert said == (
        "all-text: no answer to this edition earns points, so there is no score: "
        "give a question `options` with points, or a `range`\n"
    )


def test_a_command_ends_quietly_if_its_output_is_no_longer_read() -> None:
    def said() -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    result = CliRunner().invoke(
        CommandGroup("compliance", commands={"say": click.Command("say", callback=said)}), ["say"]
    )
    assert (result.exit_code, result.output) == (1, "")
