"""How the API answers: caching, other sites, languages, faulty requests, and too many requests."""

from pathlib import Path

import brotli
import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from compliance.languages.interface_messages import LANGUAGES
from compliance.web.api import periods
from compliance.web.api.blueprint import RequestLimit
from compliance.web.problems import API_PREFIX, PROBLEM_TYPE
from tests.support.real_servers import free_port
from tests.support.sites import Site, make_site, settle

PERIODS, LAW = f"{API_PREFIX}/periods", f"{API_PREFIX}/provisions/crc-34"


def problem(client: FlaskClient, where: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    response = client.open(where, method=method, headers=headers)
    assert response.mimetype == PROBLEM_TYPE, response.text
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cache-Control"] == "no-store"
    told = response.json
    assert told is not None
    assert told["status"] == response.status_code and told["title"] and told["type"] == "about:blank"
    return response.status_code, told["detail"]


# ── Caches


@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
def test_a_client_that_has_the_answer_already_gets_304(site: Site, coding: str) -> None:
    client, headers = site.client(), {"Accept-Encoding": coding}
    first = client.get(LAW, headers=headers)
    assert first.status_code == 200 and first.headers.get("Content-Encoding", "identity") == coding
    tag = first.headers["ETag"]
    assert tag.startswith('"') and "public" in first.headers["Cache-Control"]
    again = client.get(LAW, headers={**headers, "If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert client.get(LAW, headers={**headers, "If-None-Match": '"another"'}).status_code == 200
    assert client.get(f"{LAW}?language=fr", headers={**headers, "If-None-Match": tag}).status_code == 200


def test_everybody_gets_the_same_answer_without_a_cookie(site: Site) -> None:
    said = site.client().get(PERIODS)
    for who in ("company", "steward"):
        response = site.client(who).get(PERIODS)
        assert response.data == said.data
        assert "Set-Cookie" not in response.headers
        assert response.headers["Vary"] == "Accept-Encoding"
        assert "public" in response.headers["Cache-Control"]


def test_a_compressed_answer_is_complete(site: Site) -> None:
    where = f"{API_PREFIX}/provisions?limit=1000"
    plain, small = (site.client().get(where, headers={"Accept-Encoding": coding}) for coding in ("identity", "br"))
    assert brotli.decompress(small.data) == plain.data and len(small.data) < len(plain.data) / 5


# ── Pages of lists


def test_a_list_is_read_page_by_page_forwards_and_backwards(site: Site) -> None:
    client = site.client()
    where = f"{API_PREFIX}/requirements"
    whole = client.get(f"{where}?limit=1000").json
    assert whole and whole["next"] is whole["previous"] is None
    first = client.get(f"{where}?limit=40")
    assert first.json and first.headers.getlist("Link") == [f'<{first.json["next"]}>; rel="next"']
    second = client.get(first.json["next"])
    assert second.json and second.json["items"] == whole["items"][40:80]
    assert second.headers.getlist("Link") == [
        f'<{second.json["next"]}>; rel="next"',
        f'<{second.json["previous"]}>; rel="prev"',
    ]
    assert client.get(second.json["previous"]).json["items"] == first.json["items"]  # type: ignore[index]
    beyond = client.get(f"{where}?offset=100000").json
    assert beyond and (beyond["items"], beyond["next"], beyond["total"]) == ([], None, whole["total"])
    last = client.get(beyond["previous"]).json
    assert last and last["items"] == whole["items"][-len(last["items"]) :] and last["next"] is None


# ── Other sites, and other methods


@pytest.mark.parametrize("where", [PERIODS, f"{API_PREFIX}/openapi.json", f"{API_PREFIX}/"])
def test_scripts_of_any_site_may_read_and_none_may_write(site: Site, where: str) -> None:
    client = site.client()
    allowed = {"GET", "HEAD", "OPTIONS"}
    response = client.options(where, headers={"Origin": "https://example.org", "Access-Control-Request-Method": "GET"})
    assert response.status_code == 200
    assert set(response.headers["Access-Control-Allow-Methods"].split(", ")) == set(response.allow) == allowed
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    read = client.get(where, headers={"Origin": "https://example.org"})
    assert read.headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in read.headers["Access-Control-Expose-Headers"]
    head = client.head(where)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", read.headers["ETag"])
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        refused = client.open(where, method=method)
        assert refused.status_code == 405 and set(refused.allow) == allowed
        assert problem(client, where, method) == (405, "The API is read-only: send GET, HEAD or OPTIONS.")


# ── Languages


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_and_error_messages_are_in_the_language_of_the_request(site: Site, language: str) -> None:
    client = site.client()
    response = client.get(f"{API_PREFIX}/requirements/r02?language={language}")
    assert response.headers["Content-Language"] == language
    english = client.get(f"{API_PREFIX}/requirements/r02").json
    told = response.json
    assert told and english and told["id"] == english["id"]
    assert (told["title"] == english["title"]) == (language == "en")
    said = problem(client, f"{API_PREFIX}/nothing?language={language}")[1]
    assert ("documentation of the API" in said) == (language == "en")
    assert "\ufdd0" not in response.text + said
    home = client.get("/" if language == "en" else f"/{language}/api").text
    assert f"/{language}/api/v1" not in home


def test_the_language_of_a_browser_a_cookie_or_a_page_changes_nothing(site: Site) -> None:
    client = site.client()
    response = client.get(PERIODS, headers={"Accept-Language": "fr", "Cookie": "article34_language=fr"})
    assert response.headers["Content-Language"] == "en"
    assert client.get(f"/fr{PERIODS}").status_code == 404
    assert client.get(f"{PERIODS}?language=fr").status_code == 200


# ── Faulty requests


@pytest.mark.parametrize(
    ("where", "status", "said"),
    [
        ("/nothing", 404, "There is nothing at this address."),
        ("/periods/1999", 404, "There are figures for: 2025, 2024."),
        ("/periods/abcd", 404, "There is nothing at this address."),
        ("/periods/2025/sectors/nowhere", 404, "There is nothing with this “sector” here."),
        ("/periods/2025/figures?of=nothing", 404, "There is nothing with this “of” here."),
        ("/companies/nobody", 404, "There is nothing with this “company” here."),
        ("/companies/example-ferries-23/versions/9", 404, "There is nothing with this “version” here."),
        ("/provisions?period=1999", 404, "There are figures for: 2025, 2024."),
        ("/periods?limit=0", 400, "“limit” must be a whole number from 1 to 1000."),
        ("/periods?limit=many", 400, "“limit” must be a whole number from 1 to 1000."),
        ("/periods?limt=5", 400, "Unknown parameter. This address takes: “limit”, “offset”, “language”."),
        ("/periods?language=de", 400, "“language” must be one of: en, fr, es, ar."),
        ("/periods/2025/figures?basis=made", 400, "“basis” must be one of: claimed, evidenced, verified."),
        ("/periods?limit=1&limit=2", 400, "repeats a parameter"),
        ("/periods?language=%00", 400, "contains characters that are not allowed"),
    ],
)
def test_a_faulty_request_is_refused_with_a_plain_sentence(site: Site, where: str, status: int, said: str) -> None:
    found, detail = problem(site.client(), API_PREFIX + where)
    assert found == status and said in detail
    assert "<" not in detail and "go back" not in detail.lower()


@pytest.mark.site(TESTING=False, PROPAGATE_EXCEPTIONS=False)
@pytest.mark.parametrize(
    ("failure", "status", "wait"),
    [(RuntimeError("secret"), 500, None), (OperationalError("SELECT 1", {}, Exception("locked")), 503, "30")],
)
def test_an_internal_error_is_reported_without_revealing_how_the_tool_works(
    sqlite_site: Site, monkeypatch: pytest.MonkeyPatch, failure: Exception, status: int, wait: str | None
) -> None:
    def fail(_session: object) -> None:
        raise failure

    monkeypatch.setattr(periods, "published_years", fail)
    monkeypatch.setattr("compliance.web.errors.outage", lambda _error: "busy" if status == 503 else None)
    client = sqlite_site.client()
    found, detail = problem(client, PERIODS)
    assert found == status and "secret" not in detail and "SELECT" not in detail
    assert client.get(PERIODS).headers.get("Retry-After") == wait


# ── The limit on requests


def test_a_network_that_sends_too_many_requests_has_to_wait_and_others_do_not(tmp_path: Path) -> None:
    site = settle(make_site(f"sqlite:///{tmp_path / 'article34.db'}", tmp_path, API_REQUESTS_PER_MINUTE=3, PROXIES=1))

    def visitor(address: str) -> FlaskClient:
        client = site.client()
        client.environ_base["HTTP_X_FORWARDED_FOR"] = address
        return client

    busy = visitor("203.0.113.7")
    assert [busy.get(PERIODS).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = busy.get(PERIODS)
    assert refused.mimetype == PROBLEM_TYPE and 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
    assert busy.options(PERIODS).status_code == 200
    assert busy.get("/publications").status_code == 200
    assert visitor("203.0.113.8").get(PERIODS).status_code == 200
    assert [visitor(f"2001:db8::{n}").get(PERIODS).status_code for n in range(4)] == [200, 200, 200, 429]
    site.close()


def test_requests_are_counted_for_a_minute_and_separately_for_each_network() -> None:
    limit = RequestLimit(per_minute=4)
    assert [limit.wait("a") for _ in range(4)] == [0, 0, 0, 0]
    assert 1 <= limit.wait("a") <= 60
    assert limit.wait("b") == 0


def test_processes_that_share_a_redis_count_together(redis: str) -> None:
    first, second = RequestLimit(4, redis), RequestLimit(4, redis)
    assert [limit.wait("a") for limit in (first, second, first, second)] == [0, 0, 0, 0]
    assert first.wait("a") >= 1 and second.wait("a") >= 1
    assert second.wait("b") == 0


@pytest.mark.fault("Redis is unavailable", "a request to the API", "it is answered; each process counts for itself")
def test_while_redis_cannot_be_reached_each_process_counts_alone() -> None:
    limit = RequestLimit(2, f"redis://127.0.0.1:{free_port()}/0")
    assert [limit.wait("a") for _ in range(2)] == [0, 0]
    assert limit.wait("a") >= 1
