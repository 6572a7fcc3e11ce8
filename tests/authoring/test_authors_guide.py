"""The guide for authors teaches an edition from an empty folder, and everything it promises happens."""

import csv
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from compliance.cli import COMMANDS, main
from compliance.questionnaire.edition_folder import editions_folder
from compliance.web.database import store_engine
from compliance.web.serving import preview_app

GUIDE = (editions_folder() / "README.md").read_text(encoding="utf-8")
CUTS = GUIDE.split("\n### Cuts\n")[1].split("\n### ")[0]
LESSON = GUIDE.split("\n## An edition from an empty folder\n")[1].split("\n## ")[0]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def type_along(section: str, folder: Path) -> None:
    """Write every file of a section of the guide."""
    for kind, name, content in re.findall(r"^```(yaml|csv)\n# (\S+)\n(.*?)^```", section, re.MULTILINE | re.DOTALL):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# {name}\n{content}" if kind == "yaml" else content, encoding="utf-8")


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of the lesson."""
    monkeypatch.chdir(tmp_path)
    type_along(LESSON, tmp_path)
    return tmp_path


def test_the_lesson_produces_a_valid_edition(typed: Path) -> None:
    assert sorted(path.name for path in typed.iterdir()) == ["answers.csv", "harbour-1"]
    result = run("check", "harbour-1")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("harbour-1: 2 themes, 2 requirements, 4 questions, ")


def test_the_typing_error_in_the_lesson_is_reported_as_the_lesson_shows(typed: Path) -> None:
    rules = typed / "harbour-1" / "rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("    weight: 3\n", "    wieght: 3\n"), encoding="utf-8")
    (fault,) = re.findall(r"^```text\n(.*)\n```", LESSON, re.MULTILINE)
    assert run("check", "harbour-1").output.splitlines()[0] == fault


def scores(path: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """What is shown and the band, by the company's number and the node."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = {(row["company"][-1], row["node"]): row for row in csv.DictReader(file)}
    return {key: (row["shown"], row["band"]) for key, row in rows.items()}


def test_the_companies_of_the_lesson_get_the_scores_that_it_works_out(typed: Path) -> None:
    assert run("score", "harbour-1", "answers.csv", "--out", "scores.csv").exit_code == 0
    shown = scores(typed / "scores.csv")
    assert "0.6 in the rules and 0.5 in speaking up: 55, Fair" in LESSON
    assert (shown["1", "rules"][0], shown["1", "reports"][0]) == ("60", "50")
    assert shown["1", "overall"] == ("55", "fair")
    assert shown["2", "overall"] == ("", "")
    assert "0 in the rules, as its gate is shut, and 1 in speaking up: 50, but Low" in LESSON
    assert (shown["3", "rules"][0], shown["3", "reports"][0]) == ("0", "100")
    assert shown["3", "overall"] == ("50", "low")


def test_the_edition_of_the_lesson_can_be_previewed_published_copied_and_compared(typed: Path) -> None:
    app = preview_app(typed / "harbour-1", typed / "preview")
    assert "Children near our harbours" in app.test_client().get("/method").text
    assert app.test_client().get("/method/rules").status_code == 200
    store_engine(app).dispose()
    assert run("publish", "harbour-1", "--yes").exit_code == 0
    assert run("new-edition", "harbour-2", "--from", "harbour-1").exit_code == 0
    rules = typed / "harbour-2" / "rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("{id: law, points: 3", "{id: law, points: 4"))
    said = run("diff", "harbour-1", "harbour-2").output
    assert "question h1.code: option law, points 3 → 4" in said
    assert "The scores of these themes still compare: Speaking up." in said
    assert run("check", ".").output.splitlines()[-2:] == [
        "harbour-1: 2 themes, 2 requirements, 4 questions, 2 provisions, languages en, published",
        "harbour-2: 2 themes, 2 requirements, 4 questions, 2 provisions, languages en, draft",
    ]


def test_every_command_that_the_guide_names_exists() -> None:
    named = set(re.findall(r"`compliance ([a-z-]+)", GUIDE))
    assert {"check", "new-edition", "preview", "publish", "diff", "score", "schema"} <= named <= set(COMMANDS)


def test_the_cut_in_the_guide_can_be_checked_scored_explained_compared_and_previewed(typed: Path) -> None:
    type_along(CUTS, typed)
    checked = run("check", "harbour-texts-1").output.splitlines()
    assert checked[0].startswith("harbour-texts-1: 1 theme, 1 requirement, 1 question, ")
    assert checked[1] == "harbour-texts-1: 1 requirement of harbour-1 left out: h2"
    result = run("score", "harbour-texts-1", "answers.csv", "--out", "scores.csv")
    assert result.exit_code == 0, result.output
    shown = scores(typed / "scores.csv")
    assert [shown[number, "overall"] for number in "123"] == [("100", "full"), ("30", "thin"), ("0", "thin")]
    for line in ("100, Full; in `harbour-1` it has 55", "30, Thin;", "`silent`: 0, Thin; there it has 50"):
        assert line in CUTS
    assert run("explain", "harbour-texts-1", "answers.csv", "--company", "Example Harbour 2").exit_code == 0
    card = run("scorecard", "harbour-texts-1", "answers.csv", "--company", "Example Harbour 2", "--out", "card.xlsx")
    assert card.exit_code == 0, card.output
    assert "Speaking up" in run("diff", "harbour-1", "harbour-texts-1").output
    app = preview_app(typed / "harbour-texts-1", typed / "preview")
    method = app.test_client().get("/method").text
    assert "What is left out" in method and "A child can report" in method
    store_engine(app).dispose()
