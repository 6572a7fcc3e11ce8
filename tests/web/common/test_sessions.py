"""Sessions end on the server: a copied cookie is worthless once its session was ended or has expired."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from compliance.store.sign_in_models import SignInSession
from compliance.store.sign_ins import ABSOLUTE_LIMIT
from compliance.web.settings import SESSION_IDLE_TIMEOUT, SESSION_RENEWAL_INTERVAL
from compliance.web.signing_in.sessions import browser_name, coarse_network
from tests.support.sites import PASSWORD, Site, post, token

IDLE = SESSION_IDLE_TIMEOUT + SESSION_RENEWAL_INTERVAL


def copied(site: Site, client: FlaskClient) -> FlaskClient:
    """Another browser with the same cookie."""
    cookie = client.get_cookie("article34")
    assert cookie is not None
    other = site.client()
    other.set_cookie("article34", cookie.value)
    return other


def rows(site: Site) -> list[SignInSession]:
    with site.store() as session:
        return session.query(SignInSession).order_by(SignInSession.id).all()


def shift(site: Site, **back: timedelta) -> None:
    """Move the beginning, or the last page, of every session this much into the past."""
    with site.store() as session, session.begin():
        for row in session.query(SignInSession):
            for name, time in back.items():
                setattr(row, name, getattr(row, name) - time)


def test_a_copied_cookie_is_refused_after_signing_out(site: Site) -> None:
    client = site.client("ana")
    thief = copied(site, client)
    assert thief.get("/account").status_code == 200
    post(client, "/sign-out", form_at="/account")
    assert thief.get("/account").headers["Location"].startswith("/sign-in")
    assert rows(site) == []


def test_the_database_holds_the_hash_of_a_token_and_shortened_facts(site: Site) -> None:
    client = site.app.test_client()
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    client.get("/sign-in", headers={"User-Agent": agent})
    client.environ_base |= {"HTTP_USER_AGENT": agent}
    post(client, "/sign-in", email="ana@example.org", password=PASSWORD)
    with client.session_transaction() as cookie:
        held = cookie["sign_in"]
    [row] = rows(site)
    assert (row.browser, row.network) == ("Firefox, Linux", "127.0.0.0/24")
    assert held not in vars(row).values() and len(row.token_hash) == 64


@pytest.mark.parametrize(("which", "limit"), [("created_at", ABSOLUTE_LIMIT), ("seen_at", IDLE)])
def test_a_session_expires_after_its_limit_even_if_its_cookie_is_renewed(
    site: Site, which: str, limit: timedelta
) -> None:
    client = site.client("stella")
    shift(site, **{which: limit - timedelta(minutes=1)})
    assert client.get("/account").status_code == 200
    shift(site, **{which: timedelta(minutes=2)})
    assert client.get("/account").status_code == 302
    site.client("stella")
    assert len(rows(site)) == 1, "signing in deletes expired sessions"


def test_the_time_of_the_last_page_is_stored_at_most_every_ten_minutes(sqlite_site: Site) -> None:
    client = sqlite_site.client("ana")

    def seen_after_a_page() -> datetime:
        client.get("/account")
        return rows(sqlite_site)[0].seen_at

    first = rows(sqlite_site)[0].seen_at
    assert seen_after_a_page() == first
    shift(sqlite_site, seen_at=SESSION_RENEWAL_INTERVAL)
    with client.session_transaction() as cookie:
        cookie["renewed"] -= SESSION_RENEWAL_INTERVAL.total_seconds() + 1
    noted = seen_after_a_page()
    assert noted >= first
    assert seen_after_a_page() == noted


def test_people_see_their_sessions_and_can_end_one_or_all_others(site: Site) -> None:
    here, there, elsewhere = (site.client("ana", anew=True) for _ in range(3))
    olga = site.client("olga")
    page = here.get("/account/sessions")
    assert page.text.count('name="session"') == 3, "two to end, and all others at once"
    assert page.text.count("This one") == 1
    [first, second, third, others] = [row.id for row in rows(site)]
    post(here, "/account/sessions", form_at="/account/sessions", session=str(second))
    assert [client.get("/account").status_code for client in (here, there, elsewhere)] == [200, 302, 200]
    post(here, "/account/sessions", form_at="/account/sessions", session=str(others))
    assert olga.get("/account").status_code == 200, "nobody ends the session of somebody else"
    post(here, "/account/sessions", form_at="/account/sessions", session="others")
    assert [client.get("/account").status_code for client in (here, elsewhere)] == [200, 302]
    assert olga.get("/account").status_code == 200
    assert [row.id for row in rows(site)] == [first, others] and third not in (first, others)


@pytest.mark.parametrize("asked", ["", "x", "-1", "9" * 30])
def test_ending_a_session_that_is_not_there_changes_nothing(sqlite_site: Site, asked: str) -> None:
    client = sqlite_site.client("ana")
    assert post(client, "/account/sessions", form_at="/account/sessions", session=asked).status_code == 302
    assert client.get("/account").status_code == 200


def test_the_token_of_forms_changes_with_signing_in(sqlite_site: Site) -> None:
    client = sqlite_site.client()
    before = token(client.get("/sign-in").text)
    with client.session_transaction() as cookie:
        raw = cookie["csrf_token"]
    post(client, "/sign-in", email="ana@example.org", password=PASSWORD)
    client.get("/account")
    with client.session_transaction() as cookie:
        assert cookie["csrf_token"] != raw
    assert client.post("/account/sessions", data={"csrf_token": before, "session": "others"}).status_code == 400


def test_browsers_and_networks_have_short_names() -> None:
    chrome = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
    )
    safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
    assert [browser_name(said) for said in (chrome, chrome + " Edg/140.0", safari, "curl/8", "")] == [
        "Chrome, Windows",
        "Edge, Windows",
        "Safari, iPhone",
        "",
        "",
    ]
    addresses = ("192.0.2.77", "2001:db8:12:34::1", "fe80::1%eth0", "", "unknown")
    assert [coarse_network(one) for one in addresses] == ["192.0.2.0/24", "2001:db8:12::/48", "fe80::/48", "", ""]
