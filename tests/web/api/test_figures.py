"""The API gives the same figures as files and pages, value by value, and nothing that those withhold."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from compliance.disclosure.figure_table import TABLE_COLUMNS
from compliance.languages.interface_messages import LANGUAGES
from compliance.narrative.reading_wording import shown_score
from compliance.questionnaire.edition_folder import editions_folder
from compliance.store.desk_models import ReadCompanyRow
from compliance.store.models import Organisation
from compliance.store.published_readings import latest_versions
from compliance.web.api.companies import _code_score
from compliance.web.caches import empty_caches
from compliance.web.database import store_engine
from compliance.web.problems import API_PREFIX
from tests.support.databases import SqliteFolder
from tests.support.demonstrations import CLOSED, unlimited
from tests.support.examples import ways
from tests.support.published import published_snapshot
from tests.support.sites import YEAR, Site, settled
from tests.support.stores import statements
from tests.web.public.test_company_readings import CODE, published_as

NUMBERS = {column.name for column in TABLE_COLUMNS if column.kind == "integer"}
PERIOD = f"{API_PREFIX}/periods/{CLOSED}"
FERRIES = f"{API_PREFIX}/companies/example-ferries-23"


def asked(client: FlaskClient, where: str, **query: Any) -> dict[str, Any]:
    response = client.get(with_query(where, **query))
    assert response.status_code == 200, response.text
    told: dict[str, Any] = response.json
    return told


def with_query(where: str, **query: Any) -> str:
    parts = urlsplit(where)
    return f"{parts.path}?{'&'.join(filter(None, (parts.query, urlencode(query))))}"


def whole_list(client: FlaskClient, where: str, **query: Any) -> list[dict[str, Any]]:
    """Every record of a list, page by page, by following its links."""
    found: list[dict[str, Any]] = []
    following: str | None = with_query(where, **query)
    while following:
        told = asked(client, following)
        found += told["items"]
        following = told["next"]
    assert len(found) == told["total"]
    return found


def as_in_csv(record: dict[str, Any]) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in record.items()}


def rows_of_csv(client: FlaskClient, where: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(where).text)))


@pytest.mark.parametrize("language", ways(LANGUAGES, "es"))
def test_every_figure_is_that_of_the_csv_file_in_every_language(site: Site, language: str) -> None:
    client = site.client()
    year = CLOSED if language == "en" else CLOSED - 1
    prefix = "" if language == "en" else f"/{language}"
    figures = whole_list(client, f"{API_PREFIX}/periods/{year}/figures", limit=1000, language=language)
    assert [as_in_csv(each) for each in figures] == rows_of_csv(client, f"{prefix}/publications/{year}/figures.csv")
    assert all(isinstance(each[name], int | None) for each in figures for name in NUMBERS)


def test_what_is_suppressed_has_no_value_and_says_why(site: Site) -> None:
    figures = whole_list(site.client(), f"{PERIOD}/figures", limit=1000)
    suppressed = [each for each in figures if each["suppressed"]]
    assert {each["suppressed"] for each in suppressed} == {"few", "nearly-all", "withheld"}
    assert {each["value"] for each in suppressed} == {None}
    assert None not in {each["value"] for each in figures if not each["suppressed"]}


def test_figures_filtered_by_sector_kind_and_subject_are_only_those_rows(site: Site) -> None:
    client = site.client()
    figures = whole_list(client, f"{PERIOD}/figures", limit=1000)
    for wanted in (
        {"sector": "travel"},
        {"sector": "all", "need": "high"},
        {"figure": "median", "of": "overall", "basis": "evidenced"},
        {"of": "law:crc-34"},
    ):
        rows = [each for each in figures if wanted.items() <= each.items()]
        assert rows
        assert whole_list(client, f"{PERIOD}/figures", limit=1000, **wanted) == rows


def test_each_sector_has_its_label_and_its_main_figures(site: Site) -> None:
    client = site.client()
    sectors = whole_list(client, f"{PERIOD}/sectors", language="fr")
    page = client.get(f"/fr/sectors?period={CLOSED}").text
    assert sectors[0]["id"] == "all"
    for each in sectors:
        assert asked(client, f"{PERIOD}/sectors/{each['id']}", language="fr") == each
        assert each["label"] in page or each["id"] == "all"
        rows = whole_list(client, f"{PERIOD}/figures", limit=1000, sector=each["id"], language="fr")
        assert each["figures"] and [row for row in rows if row in each["figures"]] == each["figures"]
        shown = [row for row in each["figures"] if row["figure"] == "scored" and row["value"] is not None]
        assert each["shows_scores"] == bool(shown)


def test_a_period_has_the_seal_and_the_links_of_its_publication(site: Site) -> None:
    client = site.client()
    period = asked(client, PERIOD)
    package = client.get(f"/publications/{CLOSED}/datapackage.json").json
    assert package is not None
    assert (period["seal"], period["as_of"]) == (package["seal"], package["as_of"])
    assert (period["scale"], period["demonstration"]) == (package["scale"], package["demonstration"])
    assert period["edition"]["digest"] == package["edition_digest"]
    for address in period["links"].values():
        response = client.get(address)
        assert response.status_code == 200, address
        response.close()


def test_only_companies_that_agreed_are_named_and_with_their_published_scores(site: Site) -> None:
    with site.store() as session:
        snapshot = published_snapshot(session, CLOSED)
    named = {(group.sector, one.company): one for group in snapshot.sectors for one in group.named}
    found = whole_list(site.client(), f"{PERIOD}/named-companies", limit=5)
    assert [(each["sector"], each["company"]) for each in found] == list(named)
    for each in found:
        scores = named[each["sector"], each["company"]].scores()
        assert [score["basis"] for score in each["scores"]] == list(scores)
        for score in each["scores"]:
            held = scores[score["basis"]]
            assert (score["score"], score["worst"], score["best"]) == (held.score, held.worst, held.best)
    ranked = {(each["company"], each["rank"]["first"], each["rank"]["last"]) for each in found if each["rank"]}
    places = (place for group in snapshot.sectors if group.ranking for place in group.ranking.companies)
    assert ranked == {(place.company, place.first, place.last) for place in places} != set()


# ── Law


def test_requirements_and_provisions_refer_to_each_other_as_on_the_pages(site: Site) -> None:
    client = site.client()
    requirements = {each["id"]: each for each in whole_list(client, f"{API_PREFIX}/requirements", limit=1000)}
    provisions = {each["id"]: each for each in whole_list(client, f"{API_PREFIX}/provisions", limit=1000)}
    assert len(requirements) > 50 and len(provisions) > 100
    pairs = {(one, each["id"]) for each in requirements.values() for one in each["provisions"]}
    assert pairs == {(each["id"], one) for each in provisions.values() for one in each["requirements"]}
    page = client.get("/ar/law/crc").text
    of_crc = whole_list(client, f"{API_PREFIX}/provisions", instrument="crc", language="ar", limit=1000)
    assert of_crc and all(each["paraphrase"] in page for each in of_crc)
    same = whole_list(client, f"{API_PREFIX}/requirements", provision="crc-34", limit=1000)
    assert [each["id"] for each in same] == provisions["crc-34"]["requirements"]
    period = asked(client, f"{API_PREFIX}/requirements/r02", period=CLOSED)
    assert period["edition"]["digest"] == asked(client, PERIOD)["edition"]["digest"]


# ── Published readings


def test_a_reading_says_the_same_as_its_page_and_its_file(site: Site) -> None:
    client = site.client()
    latest = asked(client, FERRIES)
    page = client.get("/companies/example-ferries-23/2").text
    assert latest["links"]["page"].endswith("/companies/example-ferries-23/2")
    for kind in latest["kinds"]:
        assert kind["lead"] in page and kind["band"] in page
    points = whole_list(client, f"{FERRIES}/versions/2/points", limit=9)
    rows = rows_of_csv(client, "/companies/example-ferries-23/2/findings.csv")
    assert len(points) == len(rows)
    for point, row in zip(
        points, [{key.lstrip("\ufeff"): cell for key, cell in row.items()} for row in rows], strict=True
    ):
        assert (point["question"], point["asked"], point["state_label"]) == (
            row["question"],
            row["asked"],
            row["state"],
        )
        assert "; ".join(point["says"]) == row["answer"]
        quoted = point["quotations"]
        assert "\n".join(each["words"] for each in quoted) == row["quotation"]
        assert "\n".join(each["document"] for each in quoted) == row["document"]
        assert (point["reply"] or {"words": ""})["words"] == row["reply"]
    assert any(len(point["quotations"]) > 1 for point in points)
    silent = whole_list(client, f"{FERRIES}/versions/2/points", state="silent")
    assert silent == [each for each in points if each["state"] == "silent"] != []


@pytest.mark.parametrize("score", [None, 0.0, 14.99, 15.0, 63.5, 100.0])
def test_a_code_score_is_a_number_only_if_pages_show_one(request_context: None, score: float | None) -> None:
    told = _code_score(score)
    assert (str(told.value) == shown_score(score)) == (told.suppressed is None)
    assert told.suppressed == ("none" if score is None else "below-15" if score < 15 else None)


# ── Nothing else


def everything(client: FlaskClient) -> Iterator[str]:
    """Everything that the API says: all lists, and what the links of their first records lead to."""
    waiting, met = [API_PREFIX], set[str]()
    while waiting:
        address = waiting.pop(0)
        if address in met:
            continue
        met.add(address)
        whole = with_query(address, limit=1000)  # where it is a list
        response = client.get(whole)
        if response.status_code == 400:
            response = client.get(address)
        assert response.status_code == 200, address
        yield response.text
        waiting += links_of(response.json)


def links_of(told: Any) -> Iterator[str]:
    """Links within the API, of a record and of the first and last records of a list."""
    if isinstance(told, list):
        for each in told if len(told) < 10 else (*told[:3], *told[-3:]):
            yield from links_of(each)
    elif isinstance(told, dict):
        for address in told.get("links", {}).values():
            parts = urlsplit(address)
            if parts.path.startswith(API_PREFIX) and not parts.path.endswith(".json"):
                yield parts.path + (f"?{parts.query}" if parts.query else "")
        for each in told.values():
            if isinstance(each, list | dict):
                yield from links_of(each)


def test_an_id_that_occurs_elsewhere_selects_nothing_and_an_unknown_one_is_not_found(own_demonstration: Site) -> None:
    client, where = unlimited(own_demonstration).client(), f"{API_PREFIX}/periods/{CLOSED}/figures"
    assert whole_list(client, where, figure="registered") and whole_list(client, where, of="overall")
    assert whole_list(client, where, figure="registered", of="overall") == []
    assert client.get(f"{where}?figure=registered&of=overal").status_code == 404


def test_companies_are_named_only_by_consent_or_because_they_were_read(own_demonstration: Site) -> None:
    site = unlimited(own_demonstration)
    with site.store() as session:
        years = [published_snapshot(session, year) for year in (CLOSED, CLOSED - 1)]
        agreed = {one.company for snapshot in years for group in snapshot.sectors for one in group.named}
        registered = set(session.scalars(select(Organisation.name)))
        read = {row.slug: row.name for row in session.scalars(select(ReadCompanyRow))}
        published = {read[one.slug] for one in latest_versions(session)}
    hidden = {*registered, *read.values()} - agreed - published
    assert len(hidden) > 50
    said = "\n".join(everything(site.client()))
    assert len(said) > 1_000_000
    assert {name for name in hidden if f'{json.dumps(name, ensure_ascii=False)[:-1]}"' in said} == set()
    assert {name for name in agreed if name not in said} == set()


def test_open_periods_and_unpublished_readings_are_not_found(own_demonstration: Site) -> None:
    client = unlimited(own_demonstration).client()
    with own_demonstration.store() as session:
        published = {one.slug for one in latest_versions(session)}
        drafts = set(session.scalars(select(ReadCompanyRow.slug))) - published
    assert drafts
    for where in ("", "/sectors", "/sectors/travel", "/figures", "/named-companies"):
        assert client.get(f"{API_PREFIX}/periods/{YEAR}{where}").status_code == 404
    for slug in drafts:
        for where in ("", "/versions/1", "/versions/1/points"):
            assert client.get(f"{API_PREFIX}/companies/{slug}{where}").status_code == 404
    assert {each["period"] for each in whole_list(client, f"{API_PREFIX}/periods")} == {CLOSED, CLOSED - 1}


def test_published_readings_are_loaded_together_and_not_one_by_one(
    sqlite_files: SqliteFolder, settled_sqlite_url: str, tmp_path: Path
) -> None:
    editions = [editions_folder() / name for name in ("child-protection-2026", CODE)]
    site, counts = settled(sqlite_files.copy_of(settled_sqlite_url), tmp_path, EDITIONS=editions), []
    published_as(site, "Example Zebra", "Example Ápex", "Example Travel")
    for limit in (1, 3):
        empty_caches(site.app)  # as after a start
        with statements(store_engine(site.app)) as sent:
            assert len(asked(site.client(), f"{API_PREFIX}/companies", limit=limit)["items"]) == limit
        counts.append(len(sent))
    site.close()
    assert counts[0] == counts[1]
