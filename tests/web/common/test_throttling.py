"""Guessing passwords is slowed down, and cannot lock out a person who knows the password."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from compliance.store.models import AttemptCount
from compliance.web.throttling import CODES, PASSWORDS, REGISTRATIONS, begin_attempt, network_of
from tests.support.sites import NOON, PASSWORD, Site, make_site, outbox, post, settle, settled

MAIL = {"ADDRESS": "http://localhost", "MAIL_SERVER": "mail.example.org"}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("compliance.web.throttling.now", clock)
    return clock


def browser(site: Site, address: str = "198.51.100.1") -> FlaskClient:
    client = site.client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


def sign_in(client: FlaskClient, password: str = PASSWORD, email: str = "ana@example.org") -> TestResponse:
    return post(client, "/sign-in", email=email, password=password)


def guess(site: Site, times: int, email: str = "ana@example.org", address: str = "203.0.113.7") -> list[int]:
    client = browser(site, address)
    return [sign_in(client, f"guess {n}", email).status_code for n in range(times)]


def seconds(response: TestResponse) -> int:
    assert response.status_code == 429
    return int(response.headers["Retry-After"])


# ── Only wrong attempts count


def test_right_passwords_are_not_counted(site: Site, clock: Clock) -> None:
    assert {sign_in(browser(site)).status_code for _ in range(40)} == {302}
    with site.store() as session:
        assert session.scalars(select(AttemptCount)).all() == []


def test_wrong_attempts_wait_longer_and_longer_and_the_right_password_works_after_the_wait(
    site: Site, clock: Clock
) -> None:
    client = browser(site)
    assert [sign_in(client, "wrong").status_code for _ in range(6)] == [200] * 6
    waits = []
    for _ in range(4):
        waits.append(seconds(sign_in(client, "wrong")))
        clock.move(waits[-1])
        assert sign_in(client, "wrong").status_code == 200
    assert waits == [1, 2, 4, 8]
    assert seconds(sign_in(client)) == 16, "the right password waits too, so that the answer reveals nothing"
    clock.move(16)
    assert sign_in(client).status_code == 302
    assert guess(site, 5, address="198.51.100.2") == [200] * 5, "afterwards, wrong attempts are forgotten"


def test_the_page_says_how_long_to_wait_and_keeps_what_was_typed_except_the_password(
    sqlite_site: Site, clock: Clock
) -> None:
    guess(sqlite_site, 6)
    clock.move(0.4)
    response = sign_in(browser(sqlite_site), "my own words")
    page = response.text
    assert seconds(response) == 1
    assert "There were several wrong attempts. Wait 1 second, then try again." in page
    assert 'value="ana@example.org"' in page and "my own words" not in page
    assert "address and password do not match" not in page and "<title>Error: " in page


def test_a_form_sent_before_signing_in_again_is_kept_during_the_wait(sqlite_site: Site, clock: Clock) -> None:
    guess(sqlite_site, 6)
    fields = {"email": "ana@example.org", "password": PASSWORD, "carried:words": "kept", "carried_to": "/account"}
    response = post(browser(sqlite_site), "/sign-in", fields=fields)
    assert seconds(response) and 'name="carried:words" value="kept"' in response.text


def test_guessing_at_an_account_that_does_not_exist_is_slowed_down_in_the_same_way(
    sqlite_site: Site, clock: Clock
) -> None:
    pages = []
    for email, address in (("ana@example.org", "203.0.113.7"), ("nobody@example.org", "203.0.113.8")):
        assert guess(sqlite_site, 7, email, address) == [200] * 6 + [429]
        pages.append(re.sub(r'value="[^"]*"', "", sign_in(browser(sqlite_site, address), "x", email).text))
    assert pages[0] == pages[1]


def test_an_empty_form_does_not_count_as_an_attempt(sqlite_site: Site, clock: Clock) -> None:
    client = browser(sqlite_site)
    for fields in ({"email": "ana@example.org", "password": ""}, {"email": "", "password": "x"}):
        assert {post(client, "/sign-in", fields=fields).status_code for _ in range(10)} == {200}
    with sqlite_site.store() as session:
        assert all(count.attempts == 0 for count in session.scalars(select(AttemptCount)))


# ── One account, many networks


def test_a_hundred_guesses_at_one_account_from_ten_networks_take_a_day(sqlite_site: Site, clock: Clock) -> None:
    clients = [browser(sqlite_site, f"203.0.113.{n}") for n in range(10)]
    tokens = [re.findall('name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)[0] for client in clients]
    judged, began = 0, clock.at
    while judged < 100:
        client, token = clients[judged % 10], tokens[judged % 10]
        fields = {"csrf_token": token, "email": "ana@example.org", "password": "guess"}
        response = client.post("/sign-in", data=fields)
        judged += response.status_code == 200
        clock.move(seconds(response) if response.status_code == 429 else 0.001)
    assert clock.at - began > timedelta(hours=20)


def test_somebody_who_keeps_guessing_at_an_account_does_not_lock_its_owner_out(site: Site, clock: Clock) -> None:
    holder = browser(site)
    assert sign_in(holder).status_code == 302
    post(holder, "/sign-out", form_at="/account")
    for address in (
        "203.0.113.7",
        "198.51.100.1",
    ):  # from elsewhere, and from the network of the person to whom the account belongs
        codes = guess(site, 40, address=address)
        assert codes[-1] == 429
    assert seconds(sign_in(browser(site))) > 0, "an unknown browser has to wait"
    assert sign_in(holder, "mistyped").status_code == 200
    assert sign_in(holder).status_code == 302


def test_a_known_browser_is_slowed_down_by_its_own_wrong_attempts(sqlite_site: Site, clock: Clock) -> None:
    thief = browser(sqlite_site)
    assert sign_in(thief).status_code == 302
    post(thief, "/sign-out", form_at="/account")
    codes = [sign_in(thief, f"guess {n}").status_code for n in range(7)]
    assert codes == [200] * 6 + [429]


def test_a_browser_is_known_only_for_its_own_account(sqlite_site: Site, clock: Clock) -> None:
    olga = browser(sqlite_site)
    assert sign_in(olga, email="olga@example.org").status_code == 302
    post(olga, "/sign-out", form_at="/account")
    guess(sqlite_site, 6)
    assert seconds(sign_in(olga)) == 1


@pytest.mark.parametrize("made", ["", "x", "W10.x", "\xff", "eyJhIjoxfQ.AAAA"])
def test_a_forged_device_cookie_is_ignored(sqlite_site: Site, clock: Clock, made: str) -> None:
    guess(sqlite_site, 6)
    client = browser(sqlite_site)
    client.set_cookie("article34_device", made)
    assert seconds(sign_in(client)) == 1


def test_a_known_browser_stays_known_when_the_key_changes(sqlite_site: Site, clock: Clock, tmp_path: Path) -> None:
    holder = browser(sqlite_site)
    sign_in(holder)
    device = holder.get_cookie("article34_device")
    assert device is not None
    config = sqlite_site.app.config
    keys = {"SECRET_KEY": "k" * 40, "SECRET_KEY_FALLBACKS": [config["SECRET_KEY"]]}
    later = settled(config["DATABASE_URL"], tmp_path, **keys)
    guess(later, 6)
    client = browser(later)
    client.set_cookie("article34_device", device.value)
    assert sign_in(client).status_code == 302
    later.close()


# ── One network, many accounts


def test_a_network_that_tries_many_accounts_has_to_wait_and_no_other_network_does(
    sqlite_site: Site, clock: Clock
) -> None:
    client = browser(sqlite_site, "203.0.113.7")
    codes = [sign_in(client, "guess", f"person{n}@example.org").status_code for n in range(22)]
    assert codes == [200] * 21 + [429]
    assert seconds(sign_in(client, email="olga@example.org")) == 1
    assert sign_in(browser(sqlite_site), email="olga@example.org").status_code == 302


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("203.0.113.7:50001", "203.0.113.7"),
        ("[2001:db8:1:2::5]:50001", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::5]", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::50:1", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_a_network_is_an_address_or_an_ipv6_network_of_64_bits(address: str, network: str) -> None:
    assert network_of(address) == network


# ── Several processes, and a restart


def test_processes_share_the_counts_which_survive_a_restart(site: Site, clock: Clock, tmp_path: Path) -> None:
    config = site.app.config
    secrets = {name: config[name] for name in ("SECRET_KEY", "SECURITY_PASSWORD_SALT")}
    other = settled(config["DATABASE_URL"], tmp_path / "other", **secrets)
    assert guess(site, 4) + guess(other, 2) == [200] * 6
    assert guess(site, 1) + guess(other, 1) == [429, 429]
    other.close()


def test_the_table_of_attempts_does_not_reveal_which_accounts_were_tried(sqlite_site: Site, clock: Clock) -> None:
    guess(sqlite_site, 1)
    with sqlite_site.store() as session:
        keys = session.scalars(select(AttemptCount.key)).all()
    assert len(keys) == 2 and all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)


# ── Other forms


def test_the_current_password_cannot_be_guessed_on_the_page_that_changes_it(sqlite_site: Site, clock: Clock) -> None:
    client = sqlite_site.client("ana")
    new = {"new_password": "another battery staple", "new_password_confirm": "another battery staple"}

    def change(**fields: str) -> TestResponse:
        return post(client, "/account/password", form_at="/account/password", fields={**new, **fields})

    short = {"new_password": "short", "new_password_confirm": "short"}
    assert {change(password=PASSWORD, **short).status_code for _ in range(8)} == {200}, "not counted, as it is no guess"
    assert [change(password=f"guess {n}").status_code for n in range(6)] == [200] * 6
    response = change(password=PASSWORD)
    assert seconds(response) == 1 and "There were several wrong attempts." in response.text
    clock.move(1)
    assert change(password=PASSWORD).status_code == 302


@pytest.fixture
def mailing(sqlite_url: str, tmp_path: Path) -> Iterator[Site]:
    site = settle(make_site(sqlite_url, tmp_path, **MAIL))
    yield site
    site.close()


def test_nobody_is_flooded_with_links_to_choose_a_new_password(mailing: Site, clock: Clock) -> None:
    form = "/account/forgotten"
    for email in ("ana@example.org", "nobody@example.org"):
        client = browser(mailing, f"203.0.113.{len(email)}")
        codes = [post(client, form, email=email).status_code for _ in range(5)]
        assert codes == [200, 200, 200, 200, 429]
        page = post(client, form, email=email)
        assert "so this time it was ignored. Wait 1 second" in page.text and f'value="{email}"' in page.text
        assert "is on its way" not in page.text
    assert [mail.to for mail in outbox(mailing)] == ["ana@example.org"] * 4


def test_a_browser_in_which_a_new_password_was_chosen_by_mail_is_known(mailing: Site, clock: Clock) -> None:
    holder, form = browser(mailing), "/account/forgotten"
    post(holder, form, form_at=form, email="ana@example.org")
    link = re.search(r"/account/forgotten/\S+", outbox(mailing)[0].text)
    assert link
    guess(mailing, 40)
    new = "a fresh long password"
    assert post(holder, link[0], form_at=link[0], password=new, password_confirm=new).status_code == 302
    assert sign_in(holder, new).status_code == 302


def test_registrations_from_one_network_are_slowed_down_after_many(sqlite_site: Site, clock: Clock) -> None:
    def register(number: int, address: str = "203.0.113.7", **more: str) -> TestResponse:
        fields = {"organisation": f"Example Media {number}", "name": "Nia", "password": PASSWORD, **more}
        fields["email"] = f"nia{number}@example.org"
        return post(browser(sqlite_site, address), "/register", fields=fields)

    assert {register(number, name="").status_code for number in range(40)} == {200}, "not counted, as it has a fault"
    assert {register(number).status_code for number in range(31)} == {302}
    page = register(99)
    assert seconds(page) == 1 and "so this time it was ignored" in page.text and 'value="Example Media 99"' in page.text
    assert register(99, "203.0.113.8").status_code == 302
    clock.move(1)
    assert register(100).status_code == 302


# ── For other kinds of secrets


def test_code_other_than_forms_can_count_attempts_at_secrets_too(sqlite_site: Site, clock: Clock) -> None:
    def tried(outcome: str) -> int:
        with sqlite_site.app.test_request_context(environ_base={"REMOTE_ADDR": "203.0.113.7"}):
            attempt = begin_attempt(CODES, " Ana@Example.org ")
            if not attempt.wait:
                getattr(attempt, outcome)()
            return attempt.wait

    assert [tried("wrong") for _ in range(7)] == [0] * 6 + [1]
    clock.move(1)
    assert [tried("undo") for _ in range(5)] == [0] * 5
    assert tried("right") == tried("wrong") == tried("wrong") == 0
    assert guess(sqlite_site, 3) == [200] * 3, "passwords are counted separately"
    assert PASSWORDS.name != CODES.name != REGISTRATIONS.name


def test_the_token_of_forms_changes_after_signing_in(sqlite_site: Site) -> None:
    client = sqlite_site.client()
    page = client.get("/sign-in").text
    [token] = re.findall('name="csrf_token" value="([^"]+)"', page)
    fields = {"csrf_token": token, "email": "ana@example.org", "password": PASSWORD}
    assert client.post("/sign-in", data=fields).status_code == 302
    assert client.post("/sign-out", data={"csrf_token": token}).status_code == 400
    assert client.get("/account").status_code == 200
    assert post(client, "/sign-out", form_at="/account").status_code == 302
