"""Only requests to one of the installation's own host names, and at well-formed addresses, are answered."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from compliance.web.access_control import PUBLIC, readers_of
from compliance.web.settings import BadSetting, public_address
from tests.support.databases import PostgresCluster, SqliteFolder
from tests.support.sites import Site, make_site, outbox, settle, token


@pytest.fixture(scope="module")
def site(demonstration: Site) -> Site:
    """The demonstration."""
    return demonstration


ADDRESS = "https://figures.example.org"


@pytest.fixture(scope="module")
def addressed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("addressed")
    site = settle(make_site(f"sqlite:///{folder / 'article34.db'}", folder, ADDRESS=ADDRESS, MAIL_SERVER="localhost"))
    yield site
    site.close()


@pytest.fixture(scope="module")
def tokenless(databases: SqliteFolder | PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("tokenless")
    site = settle(make_site(databases.empty(), folder, EDITIONS=None, WTF_CSRF_ENABLED=False))
    yield site
    site.close()


def ask(site: Site, host: str, where: str = "/") -> TestResponse:
    return site.client().get(where, headers={"Host": host})


def refused(response: TestResponse) -> bool:
    return response.status_code == 400 and response.mimetype == "text/plain" and len(response.data) < 500


# ── Host names


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.1:5034", "LOCALHOST:1", "[::1]", "[::1]:8000"])
def test_localhost_is_answered_at_any_port(site: Site, addressed: Site, host: str) -> None:
    assert ask(site, host).status_code == ask(addressed, host).status_code == 200


@pytest.mark.parametrize("host", ["figures.example.org", "Figures.Example.org:8443"])
def test_the_host_of_the_public_address_is_answered_if_it_is_set(site: Site, addressed: Site, host: str) -> None:
    assert ask(addressed, host).status_code == 200
    assert refused(ask(site, host))


@pytest.mark.parametrize(
    "host",
    ["evil.example", "", "localhost.evil.example", "evil.example@localhost", "localhost:0", "localhost:x", "127.0.0.2",
     "figures.example.org.evil.example", "a/localhost", "[::1", "localhost,evil.example", "::1"],
)  # fmt: skip
@pytest.mark.parametrize("where", ["/", "/sectors", "/fr/sectors", "/static/look.css", "/nowhere", "/steward"])
def test_any_other_host_is_refused_before_a_view_runs(site: Site, addressed: Site, host: str, where: str) -> None:
    for asked in (site, addressed):
        response = ask(asked, host, where)
        assert refused(response) and "ARTICLE34_ADDRESS" in response.text and "evil" not in response.text


def test_a_forged_host_gets_into_no_mail(addressed: Site) -> None:
    client, form = addressed.client(), "/account/forgotten"
    fields = {"email": "stella@example.org", "csrf_token": token(client.get(form).text)}
    assert refused(client.post(form, data=fields, headers={"Host": "evil.example"})) and outbox(addressed) == []
    assert client.post(form, data=fields).status_code == 200
    (mail,) = outbox(addressed)
    assert re.findall(r"https?://[^/\s]+", mail.text) == [ADDRESS]
    assert set(re.findall(r"https?://[^/\s<\"]+", mail.html)) == {ADDRESS}


# ── The address of the installation


def test_every_absolute_link_begins_with_the_public_address(addressed: Site) -> None:
    page = addressed.client().get("/fr/law").text
    links = re.findall(r'<link rel="(?:canonical|alternate)"[^>]* href="([^"]+)"', page)
    assert f"{ADDRESS}/fr/law" in links and f"{ADDRESS}/law" in links
    assert all(link.startswith(f"{ADDRESS}/") for link in links)
    with addressed.app.test_request_context("/ar/law"):
        assert addressed.app.url_for("method.law", _external=True, _anchor="x") == f"{ADDRESS}/law#x"
        assert addressed.app.url_for("method.law") == "/law"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", ""),
        ("https://figures.example.org", ADDRESS),
        ("https://Figures.Example.org/", ADDRESS),
        ("https://figures.example.org:443", ADDRESS),
        ("http://localhost:5034", "http://localhost:5034"),
        ("http://[::1]:80/", "http://[::1]"),
    ],
)
def test_an_address_is_a_scheme_a_host_and_a_port(written: str, meant: str) -> None:
    assert public_address(written) == meant


@pytest.mark.parametrize(
    "written",
    ["figures.example.org", "ftp://figures.example.org", "https://", "https://a b", "https://me@figures.example.org",
     "https://figures.example.org:port", "https://[::1", "https://-x", "//figures.example.org", "https://füge.example",
     "https://figures.example.org:99999"],
)  # fmt: skip
def test_an_invalid_public_address_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(BadSetting, match=r"ARTICLE34_ADDRESS: write http:// .* as in https://figures\.example\.org"):
        public_address(written)


@pytest.mark.parametrize("more", ["/tool", "?a=b", "#top"])
def test_a_public_address_ends_with_its_host(more: str) -> None:
    with pytest.raises(BadSetting, match="ARTICLE34_ADDRESS: write nothing after the host"):
        public_address(f"{ADDRESS}{more}")


# ── Malformed addresses


HOSTILE = {
    "long": "period=" + "9" * 5_000,
    "a long key": "x" * 5_000 + "=1",
    "endless": "&".join(f"k{i}=1" for i in range(3_000)),
    "zero": "period=2025%00",
    "a control character": "period=%1b[31m",
    "a line break": "period=2025%0d%0aSet-Cookie:x=1",
    "a control character of Latin-1": "period=%c2%85",
    "no UTF-8": "period=%ff%fe",
    "half a character": "%c3=1",
    "a key with a zero": "a%00=1",
}


def public_addresses(site: Site) -> list[str]:
    """The addresses of all public pages without variables in their paths, and of some with variables."""
    rules = [rule for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    rules = [rule for rule in rules if not rule.endpoint.startswith("api.")]  # which refuses what it does not read
    public = [rule for rule in rules if PUBLIC in (readers_of(site.app, rule.endpoint) or ())]
    plain = [rule.rule for rule in public if not rule.arguments]
    assert len(plain) > 12 and len(public) > len(plain)
    filled = [re.sub(r"<int[^>]*:[^>]+>", "2025", rule.rule) for rule in public if rule.arguments]
    return sorted({*plain, *(re.sub(r"<[^>]+>", "lodging", rule) for rule in filled)})


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE)
def test_hostile_parameters_are_a_plain_400_on_every_public_route(site: Site, query: str) -> None:
    client = site.client()
    for where in public_addresses(site):
        assert refused(client.get(f"{where}?{query}")), where


@pytest.mark.parametrize("where", ["/sectors", "/fr/sectors/lodging", "/sectors.csv", "/sectors/lodging.csv"])
def test_a_parameter_that_a_page_reads_once_may_not_be_given_twice(visitor: FlaskClient, where: str) -> None:
    for query in ("period=2025&period=2024", "period=2025&%70eriod=2024", "period=2025&x=1&period=2025"):
        assert refused(visitor.get(f"{where}?{query}")), query
    assert visitor.get(f"{where}?period=2025&x=1&x=2").status_code in (200, 301)


def test_a_parameter_that_no_page_reads_may_be_repeated_within_reason(site: Site) -> None:
    client = site.client()
    for where in public_addresses(site):
        bare, asked = client.get(where), client.get(f"{where}?utm=1&utm=2&fbclid=3&fbclid=3")
        assert bare.status_code == asked.status_code < 500, where


def test_a_year_in_an_address_has_four_digits_and_no_other_form(visitor: FlaskClient) -> None:
    assert visitor.get("/publications/2025").status_code == 200
    for year in ("02025", "002025", "25", "20255"):
        assert visitor.get(f"/publications/{year}").status_code == 404, year
        assert visitor.get(f"/publications/{year}/figures.csv").status_code == 404, year


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("/sectors?period=2024&region=Asia", "/fr/sectors?period=2024"),
        ("/law?region=Asia", "/fr/law"),
        ("/register?next=/assessments&region=Asia", "/fr/register?next=%2Fassessments"),
        ("/sign-in?next=/assessments", "/fr/sign-in?next=%2Fassessments"),
    ],
)
def test_links_to_other_languages_keep_only_the_parameters_that_the_page_reads(
    visitor: FlaskClient, asked: str, there: str
) -> None:
    page = visitor.get(asked).text
    assert f'href="{there}"' in page and "Asia" not in page


def test_an_unknown_parameter_changes_nothing_on_any_public_route(site: Site) -> None:
    client = site.client()
    for where in public_addresses(site):
        bare, asked = client.get(where), client.get(f"{where}?region=Asia&sort=score")
        assert bare.status_code == asked.status_code < 500, where


@pytest.mark.parametrize("path", ["/sectors/\0", "/law/\xff", "/sectors/a\nb", "/" + "a" * 3_000, "/fr/\x1b"])
def test_a_malformed_path_is_a_plain_400(site: Site, path: str) -> None:
    assert refused(site.client().get("/", environ_overrides={"PATH_INFO": path}))


def test_a_number_too_large_for_a_column_is_not_found(site: Site) -> None:
    for who in (None, "steward", "company"):
        client = site.client(who)
        for number in ("2147483648", "9" * 19, "9" * 400):
            for where in (f"/assessments/{number}", f"/steward/periods/{number}/close", f"/publications/{number}"):
                assert client.get(where, follow_redirects=True).status_code in (200, 404), where
    steward = site.client("steward")
    for argument in ("before", "after"):
        assert steward.get(f"/steward/trail?{argument}={'9' * 30}").status_code == 404
    for argument in ("person", "company"):
        assert steward.get(f"/steward/trail?{argument}={'9' * 30}").status_code == 200


BODIES = {
    "zeros": "{0}=a%00b",
    "no UTF-8": "{0}=%ff%fe",
    "half a character": "{0}=%ed%a0%80",
    "said often": "&".join(["{0}=1"] * 500),
    "thousands of keys": "{0}=1&" + "&".join(f"k{i}=1" for i in range(5_000)),
    "long": "{0}=" + "9" * 100_000,
    "too long": "{0}=" + "9" * 500_000,
}
FIELDS = ("email", "password", "organisation", "name", "answer", "next")


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_public_page_fails_on_a_hostile_form(tokenless: Site, body: str) -> None:
    posts = [rule for rule in tokenless.app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    public = [re.sub("<[^>]+>", "1", r.rule) for r in posts if PUBLIC in (readers_of(tokenless.app, r.endpoint) or ())]
    assert len(public) > 5
    client, headers = tokenless.client(), {"Sec-Fetch-Site": "same-origin"}
    wicked = "&".join(body.format(field) for field in FIELDS)
    for where in public:
        form = "application/x-www-form-urlencoded"
        assert client.post(where, data=wicked, content_type=form, headers=headers).status_code < 500, where


def test_an_address_may_contain_words_of_every_language(visitor: FlaskClient) -> None:
    for words in ("été", "أطفال", "niños & niñas", "a+b", "100 %"):
        assert visitor.get(f"/law?q={quote(words)}").status_code == 200


# ── The canonical address


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("/sectors", "/sectors"),
        ("/sectors?period=2024&region=Asia&sort=score", "/sectors?period=2024"),
        ("/sectors/lodging?region=Asia", "/sectors/lodging"),
        ("/sectors?period=", "/sectors"),
        ("/fr/sectors?period=2024&x=1", "/fr/sectors?period=2024"),
        ("/law?period=2024", "/law"),
    ],
)
def test_the_canonical_address_of_a_public_page_has_only_parameters_that_it_reads(
    visitor: FlaskClient, asked: str, canonical: str
) -> None:
    page = visitor.get(asked).text
    assert re.findall(r'<link rel="canonical" href="([^"]+)">', page) == [f"http://localhost{canonical}"]
    assert all("Asia" not in link for link in re.findall(r'<link rel="alternate"[^>]+>', page))


def test_a_page_that_is_not_public_or_not_found_has_no_canonical_address(site: Site) -> None:
    for who, where in (("steward", "/steward"), (None, "/nowhere"), (None, "/sectors?period=1999")):
        assert 'rel="canonical"' not in site.client(who).get(where).text
