"""Publications: files that common tools can read, a seal that anybody can check, and corrections."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import frictionless
import pandas as pd
import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert

from compliance import store
from compliance.disclosure.figure_rows import FIGURES, figure_rows
from compliance.disclosure.figure_table import TABLE_COLUMNS
from compliance.disclosure.published import ScoreRange, Suppressed
from compliance.disclosure.snapshot import PublishedSnapshot, snapshot_from_json
from compliance.store.audit_trail import last_entry_about
from compliance.store.models import SnapshotRow as KeptSnapshot
from compliance.store.trail_check import trail_difference
from tests.support.demonstrations import CLOSED
from tests.support.page_lint import faults_of
from tests.support.paths import DATA
from tests.support.sites import NOON, YEAR, Site, make_site, post, settle
from tests.web.public.test_public_pages import text_of

OLD = (DATA / "snapshots" / "format-1.json").read_text(encoding="utf-8").removesuffix("\n")
NUMBERS = [column.name for column in TABLE_COLUMNS if column.kind == "integer"]


@pytest.fixture(scope="module")
def taken(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A publication with every file that its data package names, as somebody would save it in English."""
    folder = tmp_path_factory.mktemp("taken")
    client, base = site.client(), f"/publications/{CLOSED}"
    package = client.get(f"{base}/datapackage.json")
    (folder / "sectors").mkdir()
    (folder / "datapackage.json").write_bytes(package.data)
    for resource in package.json["resources"]:  # type: ignore[index]
        (folder / resource["path"]).write_bytes(client.get(f"{base}/{resource['path']}").data)
    return folder


def tables(taken: Path) -> list[Path]:
    found = sorted(taken.rglob("*.csv"))
    assert len(found) > 5
    return found


def described(taken: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((taken / "datapackage.json").read_text(encoding="utf-8"))
    return said


# ── Tables


def test_pandas_can_read_every_table(taken: Path) -> None:
    for path in tables(taken):
        frame = pd.read_csv(path)
        assert list(frame.columns) == [column.name for column in TABLE_COLUMNS], path
        assert len(frame) > 20
        assert all(pd.api.types.is_numeric_dtype(frame[name]) for name in NUMBERS), path


def test_the_csv_module_can_read_every_table(taken: Path) -> None:
    for path in tables(taken):
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert list(rows[0]) == [column.name for column in TABLE_COLUMNS]
        for row in rows:
            assert all(row[name] == "" or row[name].isdecimal() for name in NUMBERS), row
            assert (row["value"] == "") == (row["suppressed"] in list(Suppressed))
            assert (row["n"] == "") == (row["n_suppressed"] in list(Suppressed))
            assert row["unit"] == FIGURES[row["figure"]].unit
            assert row["sector_label"] and row["figure_label"] == FIGURES[row["figure"]].title
            assert bool(row["of"]) == bool(row["of_label"])


def test_the_frictionless_validator_accepts_the_package_and_each_table_alone(taken: Path) -> None:
    report = frictionless.validate(str(taken / "datapackage.json"))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "note"])[:5]
    for path in tables(taken):
        with frictionless.system.use_context(trusted=True):
            alone = frictionless.validate(str(path))
        assert alone.valid, alone.flatten(["rowNumber", "fieldName", "type", "note"])[:5]


def test_the_validator_notices_a_changed_file(taken: Path, tmp_path: Path) -> None:
    for name in ("datapackage.json", "figures.csv"):
        (tmp_path / name).write_bytes((taken / name).read_bytes())
    package = described(taken)
    package["resources"] = package["resources"][:1]
    (tmp_path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    assert frictionless.validate(str(tmp_path / "datapackage.json")).valid
    (tmp_path / "figures.csv").write_bytes((taken / "figures.csv").read_bytes().replace(b",median,", b",mean,", 1))
    errors = frictionless.validate(str(tmp_path / "datapackage.json")).flatten(["type"])
    assert {kind for (kind,) in errors} >= {"hash-count", "constraint-error"}


def test_the_rows_are_the_figures_that_were_frozen(visitor: FlaskClient, snapshot: PublishedSnapshot) -> None:
    rows = list(csv.DictReader(io.StringIO(visitor.get(f"/publications/{CLOSED}/figures.csv").text)))
    frozen = list(figure_rows(snapshot))
    assert len(rows) == len(frozen)
    for row, figure in zip(rows, frozen, strict=True):
        kept = (figure.sector, figure.region, figure.size, figure.figure, figure.of, figure.basis)
        assert (row["sector"], row["region"], row["size"], row["figure"], row["of"], row["basis"]) == kept
        if isinstance(figure.value, ScoreRange):
            assert abs(float(row["value"]) - figure.value.middle) <= 0.5
        else:
            assert (row["value"] or row["suppressed"]) == str(figure.value)
        assert (row["n"] or row["n_suppressed"]) == str(figure.n)
        assert tuple(int(row[name]) if row[name] else None for name in ("at_least", "at_most")) == figure.bounds
    few = next(row for row in rows if row["figure"] == "meets_half" and row["suppressed"] == "few" and row["n"])
    assert (few["value"], few["at_least"], few["at_most"]) == ("", "0", "4")


def test_ids_are_the_same_in_every_language_and_words_differ(visitor: FlaskClient) -> None:
    labels = [column.name for column in TABLE_COLUMNS if column.name.endswith("_label")]
    address = f"/publications/{CLOSED}/sectors/lodging.csv"
    english, french = (pd.read_csv(io.StringIO(visitor.get(f"{head}{address}").text)) for head in ("", "/fr"))
    assert english.drop(columns=labels).equals(french.drop(columns=labels))
    assert set(english["sector_label"]) == {"Hotels and lodging"} and set(french["sector"]) == {"lodging"}
    assert set(french["sector_label"]) != set(english["sector_label"])


def test_a_table_says_in_words_what_each_row_is_about(visitor: FlaskClient) -> None:
    frame = pd.read_csv(io.StringIO(visitor.get(f"/publications/{CLOSED}/sectors/lodging.csv").text))
    words = dict(zip(frame["of"].dropna(), frame["of_label"].dropna(), strict=True))
    assert words["overall"] == "Overall score" and words["gap:reach"] == "CSR gap: Reach"
    assert words["law:crc-34"].startswith("CRC art. 34")
    assert not [of for of, said in words.items() if of == said and not of.startswith("Example ")]


def test_the_former_addresses_of_the_tables_redirect_to_them(visitor: FlaskClient) -> None:
    for was, now in (("/sectors.csv", "figures.csv"), ("/sectors/lodging.csv", "sectors/lodging.csv")):
        assert visitor.get(was).headers["Location"] == f"/publications/{CLOSED}/{now}"
        there = visitor.get(f"{was}?period={CLOSED - 1}").headers["Location"]
        assert there == f"/publications/{CLOSED - 1}/{now}"


# ── The data package


def test_values_that_all_rows_share_are_once_in_the_data_package(taken: Path, snapshot: PublishedSnapshot) -> None:
    said = described(taken)
    assert said["licenses"][0]["name"] == "CC-BY-4.0"
    assert said["id"] == f"http://localhost/publications/{CLOSED}"
    assert (said["seal"], said["period"], said["edition"]) == (snapshot.seal, CLOSED, snapshot.edition)
    assert (said["edition_digest"], said["as_of"]) == (snapshot.digest, snapshot.as_of.isoformat())
    assert said["citation"] == f"{snapshot.citation}. http://localhost/publications/{CLOSED}"
    assert said["demonstration"] is True and "invented" in said["description"]
    assert said["corrections"] == []
    for path in tables(taken):
        text = path.read_text(encoding="utf-8")
        assert not [once for once in (snapshot.seal, snapshot.digest, "invented") if once in text]
    sealed = next(resource for resource in said["resources"] if resource["path"] == "figures.json")
    assert sealed["hash"] == f"sha256:{snapshot.seal}"


def test_every_column_and_figure_is_explained_in_the_schema_and_on_its_page(taken: Path, visitor: FlaskClient) -> None:
    fields = described(taken)["resources"][0]["schema"]["fields"]
    assert [field["name"] for field in fields] == [column.name for column in TABLE_COLUMNS]
    page = visitor.get("/publications/columns")
    words = text_of(page.text)
    for field in fields:
        assert field["title"] and field["description"]
        assert field["name"] in words and field["description"] in words
    assert all(figure in words and kind.title in words for figure, kind in FIGURES.items())
    assert faults_of(page.text) == []


# ── The seal


def test_the_sha256_of_the_sealed_file_is_the_seal_on_its_page(visitor: FlaskClient) -> None:
    for year in (CLOSED, CLOSED - 1):
        page = visitor.get(f"/publications/{year}").text
        file = visitor.get(f"/publications/{year}/figures.json")
        seal, _entry = re.findall(r"<code[^>]*>([0-9a-f]{64})</code>", page)  # that of the trail is further down
        assert seal == hashlib.sha256(file.data).hexdigest()
        name = re.search(r'filename="([^"]+)"', file.headers["Content-Disposition"])
        assert name and f"sha256sum {name[1]}" in text_of(page)
        assert json.loads(file.data)["licence"] == "CC-BY-4.0"
    assert snapshot_from_json(file.text, hashlib.sha256(file.data).hexdigest()).period == CLOSED - 1


def test_figures_sealed_in_the_first_format_are_delivered_as_they_were_sealed(
    database_url: str, tmp_path: Path
) -> None:
    site = make_site(database_url, tmp_path)
    with site.store() as session, session.begin():
        store.open_period(session, 2025, opens=NOON.date(), by=None, at=NOON)
        digest = hashlib.sha256(OLD.encode()).hexdigest()
        session.execute(insert(KeptSnapshot).values(period_year=2025, content=OLD, digest=digest, created_at=NOON))
    file = site.client().get("/publications/2025/figures.json")
    seal = hashlib.sha256(file.data).hexdigest()
    assert seal == json.loads(OLD)["seal"]
    assert seal in site.client().get("/publications/2025").text
    site.close()


# ── Pages


def test_the_list_names_every_publication_with_its_edition_and_seal(
    visitor: FlaskClient, snapshot: PublishedSnapshot
) -> None:
    page = visitor.get("/publications").text
    words = text_of(page)
    for said in (str(CLOSED), str(CLOSED - 1), "15 December 2025", snapshot.edition, snapshot.seal[:4], "CC BY 4.0"):
        assert said in words
    assert "Nothing has been corrected so far." in words
    assert faults_of(page) == [] and faults_of(visitor.get(f"/publications/{CLOSED}").text) == []


def test_before_anything_is_published_the_list_says_so(sqlite_url: str, tmp_path: Path) -> None:
    site = make_site(sqlite_url, tmp_path)
    assert "Nothing is published yet." in site.client().get("/publications").text
    assert site.client().get("/publications/2026").status_code == 404
    site.close()


@pytest.mark.parametrize(
    "where", ["/sectors?period=1999", "/sectors/lodging?period=all", "/publications/1999", "/sectors?period=-1"]
)
def test_an_unpublished_year_is_a_404_that_names_the_published_ones(visitor: FlaskClient, where: str) -> None:
    response = visitor.get(where)
    assert response.status_code == 404
    assert "Nothing is published for that year" in response.text and faults_of(response.text) == []
    for year in (CLOSED, CLOSED - 1):
        there = re.sub(r"(period=|publications/)[-\w]+", rf"\g<1>{year}", where)
        assert f'href="{there}"' in response.text
        assert visitor.get(there).status_code == 200


@pytest.mark.parametrize("address", ["/", "/sectors", "/sectors/lodging", "/law/crc", "/countries", "/publications"])
def test_every_page_of_figures_names_their_licence_once(visitor: FlaskClient, address: str) -> None:
    assert visitor.get(address).text.count('rel="license"') == 1


def test_every_file_of_figures_names_its_licence_and_its_description(visitor: FlaskClient) -> None:
    for file in ("figures.csv", "sectors/lodging.csv", "figures.json", "datapackage.json"):
        link = visitor.get(f"/publications/{CLOSED}/{file}").headers["Link"]
        assert '<https://creativecommons.org/licenses/by/4.0/>; rel="license"' in link
        assert f'</publications/{CLOSED}/datapackage.json>; rel="describedby"' in link


def test_the_n_of_a_citation_is_the_n_of_its_figures(visitor: FlaskClient, snapshot: PublishedSnapshot) -> None:
    told_apart = 0
    for group in (snapshot.together, *snapshot.sectors):
        where = "/sectors" if group is snapshot.together else f"/sectors/{group.sector}"
        cited = text_of(visitor.get(where).text).partition("Cite this page")[2].partition("Download the data")[0]
        n = group.figure("overall").n
        said = "withheld" if n == Suppressed.NOT_SHOWN else "fewer than 5" if isinstance(n, Suppressed) else str(n)
        assert f"Scores of {said} companies, claimed and evidenced" in cited or isinstance(
            group.contributors, Suppressed
        ), where
        told_apart += isinstance(n, int) and n != group.participation.scored
    assert told_apart, "some figures rest on fewer companies than have a score"


# ── Corrections


@pytest.fixture
def closed(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A small site whose one period is closed."""
    site = settle(make_site(database_url, tmp_path))
    steward = site.client("stella")
    where = f"/steward/periods/{YEAR}/close"
    assert post(steward, where, sure="yes").status_code == 302
    yield site
    site.close()


WHERE = f"/steward/periods/{YEAR}/corrections"


def test_a_correction_is_shown_wherever_the_figures_are_cited_and_they_do_not_change(closed: Site) -> None:
    steward, visitor, base = closed.client("stella"), closed.client(), f"/publications/{YEAR}"
    before = visitor.get(f"{base}/figures.json").data
    assert "Corrected on" not in visitor.get("/sectors").text
    said = {"what": "Travel: <22> and not 23.", "why": "One company was counted twice."}
    response = post(steward, WHERE, form_at=WHERE, fields=said)
    assert response.headers["Location"] == WHERE
    for where in (base, "/publications", WHERE):
        words = text_of(steward.get(where).text)
        assert said["what"] in words and said["why"] in words
    assert "Corrected on" in text_of(visitor.get("/sectors").text)
    (correction,) = visitor.get(f"{base}/datapackage.json").json["corrections"]  # type: ignore[index]
    assert correction["what"] == said["what"] and re.fullmatch(r"\d{4}-\d\d-\d\d", correction["date"])
    assert visitor.get(f"{base}/figures.json").data == before
    assert "correction" in text_of(steward.get("/steward/trail?check=yes").text)


@pytest.mark.parametrize(("what", "why"), [("", "because"), ("this", ""), ("x" * 1001, "because"), (" ", " ")])
def test_a_correction_that_is_too_short_or_too_long_is_refused_and_stays_in_its_form(
    closed: Site, what: str, why: str
) -> None:
    page = post(closed.client("stella"), WHERE, form_at=WHERE, what=what, why=why)
    assert page.status_code == 200 and 'id="errors"' in page.text and faults_of(page.text) == []
    assert f">{what}</textarea>" in page.text and f">{why}</textarea>" in page.text
    assert "Nothing has been corrected so far." in closed.client().get("/publications").text


def test_only_a_steward_can_correct_and_only_published_figures(closed: Site) -> None:
    for who in ("ana", "audun", "ada"):
        assert closed.client(who).get(WHERE).status_code == 404
    assert closed.client("stella").get(f"/steward/periods/{YEAR + 1}/corrections").status_code == 404


def test_a_publication_shows_the_entry_of_the_audit_trail_that_seals_it(closed: Site) -> None:
    page = closed.client().get(f"/publications/{YEAR}").text
    with closed.store() as session:
        found = last_entry_about(session, f"snapshot/{YEAR}")
        assert found is not None and found[1] in page and trail_difference(session, head=found[1]) is None
