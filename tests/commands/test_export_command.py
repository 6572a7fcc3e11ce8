"""What `compliance export` writes of an installation is read by the commands for answers files, and scored the same."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest
from click.testing import CliRunner, Result

from compliance import store
from compliance.cli import main
from compliance.questionnaire.answers import BlankWord
from compliance.questionnaire.answers_file import read_answers_csv
from compliance.questionnaire.edition import OVERALL
from compliance.questionnaire.loader import find_edition
from compliance.scoring.serialisation import submission_json_writer
from compliance.store.list_pages import PageRequest, TrailQuery, trail_page
from compliance.web.edition_registry import editions
from compliance.web.settings import make_secrets
from tests.support.demonstrations import CLOSED, demonstrate
from tests.support.sites import EDITIONS, NOON, PROFILE, YEAR, Site, begin, make_site, save, send, settle

WALK = EDITIONS / "walk"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def site(installation: Path) -> Iterator[Site]:
    """An installation in which Ana's company has answered, with some evidence, and Olga's company has answered less."""
    site = settle(make_site(f"sqlite:///{installation / 'article34.db'}", installation))
    for who, code in (("ana", "strong"), ("olga", "intent")):
        number = begin(site, who)
        save(site, f"/assessments/{number}/profile", PROFILE, who)
        shown = {"r1.code#passage": "We obey.", "r1.code#document": "Code 2025"} if who == "ana" else {}
        fields = {"r1.code#version": "0", "r1.code": code, "r1.practice#version": "0", "r1.practice": "40"} | shown
        save(site, f"/assessments/{number}/code", fields, who)
        send(site, f"/assessments/{number}/people", who, **{f"r4__{part}": "yes" for part in ("code", "practice")})
        submit(site, number)
    yield site
    site.close()


def submit(site: Site, number: int, consent: str = "counted") -> None:
    with site.app.app_context(), site.store() as session, session.begin():
        asked = editions()["walk-2026"]
        scores = submission_json_writer(asked.compiled)
        store.submit(session, number, by=None, at=NOON, edition=asked.edition, consent=consent, scores=scores)


def test_exported_answers_are_scored_as_they_were_when_they_were_submitted(site: Site, tmp_path: Path) -> None:
    out = tmp_path / "exported"
    done = run("export", str(YEAR), "--out", str(out))
    assert done.exit_code == 0, done.output
    answers = out / f"answers-{YEAR}-walk-2026.csv"
    assert [path.name for path in out.iterdir()] == [answers.name]
    for basis in ("claimed", "evidenced"):
        scores = tmp_path / f"{basis}.csv"
        scored = run("score", str(WALK), str(answers), "--basis", basis, "--out", str(scores))
        assert scored.exit_code == 0, scored.output
        with site.store() as session:
            kept = {s.organisation: json.loads(s.scores)[basis] for s in store.latest_submissions(session, YEAR)}
        assert len(kept) == 2
        found = {(row["company"], row["node"]): row["score"] for row in rows(scores)}
        for company, record in kept.items():
            for node, standing in record["standings"].items():
                if not node.startswith("law:"):
                    score = found[company, node]
                    assert score == "" if standing["score"] is None else float(score) == standing["score"]


def test_reasons_of_blanks_and_their_titles_are_exported_and_read_again(site: Site, tmp_path: Path) -> None:
    number = begin(site)
    title = "=1+1 | “Supplier code”; b: c"
    fields = {"r2.code#version": "0", "r2.code": "blank:elsewhere", "r2.code#title": title}
    save(site, f"/assessments/{number}/code", fields)
    save(site, f"/assessments/{number}/people", {"r4.proof#version": "0", "r4.proof": "blank:not-counted"})
    submit(site, number)
    assert run("export", str(YEAR), "--out", str(tmp_path / "exported")).exit_code == 0
    answers = tmp_path / "exported" / f"answers-{YEAR}-walk-2026.csv"
    other, mine = read_answers_csv(find_edition(str(WALK)), answers)
    assert mine.words == {"r2.code": BlankWord("elsewhere", title), "r4.proof": BlankWord("not-counted")}
    assert other.words == {}


def test_only_the_owner_reads_what_was_exported_and_the_trail_says_who_exported_what(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "kim")
    out = tmp_path / "exported"
    run("export", str(YEAR), "--out", str(out))
    assert (out / f"answers-{YEAR}-walk-2026.csv").stat().st_mode & 0o777 == 0o600
    assert out.stat().st_mode & 0o777 == 0o700
    with site.store() as session:
        event = trail_page(session, TrailQuery(), PageRequest()).rows[0]
        assert store.verify_trail(session) is None
    assert (event.what, event.subject, event.who) == ("export", f"period/{YEAR}", None)
    assert event.after.splitlines() == [
        "command line, user kim",
        "companies that count in figures",
        f"answers-{YEAR}-walk-2026.csv: 2 companies",
    ]


def test_companies_that_count_in_no_figure_are_exported_only_on_request(site: Site, tmp_path: Path) -> None:
    with site.store() as session, session.begin():
        olga = site.people["olga"].organisation_id
        assert olga is not None
        store.change_status(session, olga, "left-out", seen="confirmed", reason="A test.", by=None, at=NOON)
    out = tmp_path / "exported"
    name = f"answers-{YEAR}-walk-2026.csv"
    assert run("export", str(YEAR), "--out", str(out)).exit_code == 0
    assert [row["company"] for row in rows(out / name)] == ["Example Travel 01"]
    assert run("export", str(YEAR), "--out", str(out), "--all").exit_code == 0
    assert [row["company"] for row in rows(out / name)] == ["Example Foods 02", "Example Travel 01"]


def test_a_private_company_is_exported_only_on_request(site: Site, tmp_path: Path) -> None:
    submit(site, 2, consent="private")
    out = tmp_path / "exported"
    run("export", str(YEAR), "--out", str(out))
    assert [row["company"] for row in rows(out / f"answers-{YEAR}-walk-2026.csv")] == ["Example Travel 01"]


def test_two_companies_with_the_same_name_are_distinguished(site: Site, tmp_path: Path) -> None:
    with site.store() as session, session.begin():
        olga = site.people["olga"].organisation_id
        assert olga is not None
        store.rename_company(session, olga, "Example  Travel 01", reason="A test.", by=None, at=NOON)
    run("export", str(YEAR), "--out", str(tmp_path / "exported"))
    exported = tmp_path / "exported" / f"answers-{YEAR}-walk-2026.csv"
    ana, olga = (site.people[who].organisation_id for who in ("ana", "olga"))
    names = {f"Example Travel 01 (company {ana})", f"Example  Travel 01 (company {olga})"}
    assert {row["company"] for row in rows(exported)} == names
    assert run("score", str(WALK), str(exported), "--out", str(tmp_path / "scores.csv")).exit_code == 0


@pytest.mark.parametrize(
    ("year", "said"),
    [("2031", f"there is no period 2031; periods: {YEAR}"), ("2027", "2027: no company has submitted answers")],
)
def test_an_impossible_export_is_refused_with_one_sentence_and_nothing_is_written(
    site: Site, tmp_path: Path, year: str, said: str
) -> None:
    with site.store() as session, session.begin():
        if year == "2027":
            store.open_period(session, 2027, opens=NOON.date(), by=None, at=NOON)
    refused = run("export", year, "--out", str(tmp_path / "exported"))
    assert (refused.exit_code, len(refused.output.splitlines())) == (1, 1)
    assert said in refused.output
    assert list((tmp_path / "exported").iterdir()) == []


def test_a_year_that_is_larger_than_any_in_the_database_is_refused(site: Site, tmp_path: Path) -> None:
    refused = run("export", "9" * 20, "--out", str(tmp_path / "exported"))
    assert refused.exit_code == 2 and f"{'9' * 20} is not in the range" in refused.output
    assert not (tmp_path / "exported").exists()


@dataclass(frozen=True)
class Exported:
    """The demonstration's closed periods as files."""

    before: Path
    after: Path
    site: Site


@pytest.fixture
def exported(demonstrated_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Exported]:
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'copy.db'}")
    (tmp_path / "copy.db").write_bytes(Path(demonstrated_file.removeprefix("sqlite:///")).read_bytes())
    make_secrets(tmp_path, {})
    site = demonstrate(f"sqlite:///{tmp_path / 'copy.db'}", tmp_path)
    for year in (CLOSED - 1, CLOSED):
        assert run("export", str(year), "--out", str(tmp_path / "out")).exit_code == 0
    name = "answers-{}-child-protection-2026.csv"
    yield Exported(tmp_path / "out" / name.format(CLOSED - 1), tmp_path / "out" / name.format(CLOSED), site)
    site.close()


def test_benchmark_and_change_read_two_exported_periods_of_the_demonstration(
    exported: Exported, tmp_path: Path
) -> None:
    """The medians of an exported sector equal those of the scores stored when its companies submitted."""
    edition = "child-protection-2026"
    changed = run("change", edition, str(exported.before), str(exported.after), "--out", str(tmp_path / "change.csv"))
    assert changed.exit_code == 0, changed.output
    compared = run(
        "benchmark", edition, str(exported.after), "--by", "sector", "--out", str(tmp_path / "benchmark.csv")
    )
    assert compared.exit_code == 0, compared.output
    medians = {
        row["sector"]: float(row["value"])
        for row in rows(tmp_path / "benchmark.csv")
        if (row["figure"], row["of"], row["basis"], row["over"]) == ("median", "overall", "claimed", "all")
    }
    with exported.site.store() as session:
        kept = [
            json.loads(s.scores)["claimed"]["standings"][OVERALL]["score"]
            for s in store.latest_submissions(session, CLOSED, counting=True)
            if s.sector == "lodging" and s.consent != "private"
        ]
    scores = [score for score in kept if score is not None]
    assert len(scores) > 10 and medians["lodging"] == pytest.approx(median(scores))
