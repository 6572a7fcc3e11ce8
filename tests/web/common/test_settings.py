"""Settings of an installation: secrets from outside, what the public address implies, and unusable settings."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from passlib.totp import TOTP

from compliance.web.files import files
from compliance.web.settings import BadSetting, flask_config, make_secrets
from tests.support.databases import PostgresCluster, SqliteFolder
from tests.support.sites import PASSWORD, Site, make_site, post, settle, settled

LONG = "a-secret-that-is-long-enough-to-be-one"
OLDER = "the-secret-that-was-used-before-this-one"
SETTINGS = ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "SECURITY_PASSWORD_SALT", "SECURITY_TOTP_SECRETS", "MAIL_PASSWORD")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*SETTINGS, "DATABASE_URL", "MAIL_SERVER", "ARTICLE34_ADDRESS", "ARTICLE34_PROXIES"):
        for each in (name, f"{name}_FILE"):
            monkeypatch.delenv(each, raising=False)


# ── Secrets


@pytest.mark.parametrize("name", ["SECRET_KEY", "SECURITY_PASSWORD_SALT"])
def test_a_secret_from_the_environment_is_used_and_none_is_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, LONG)
    assert flask_config(tmp_path)[name] == LONG
    assert not (tmp_path / name.lower()).exists()


@pytest.mark.parametrize("name", ["SECRET_KEY", "SECURITY_PASSWORD_SALT"])
def test_a_secret_may_be_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    file = tmp_path / "mounted"
    file.write_text(f"{LONG}\n")
    monkeypatch.setenv(f"{name}_FILE", str(file))
    assert flask_config(tmp_path)[name] == LONG


def test_the_database_url_and_the_mail_password_may_be_in_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("DATABASE_URL", "sqlite:///of-a-file.db"), ("MAIL_PASSWORD", "short")):
        (tmp_path / name).write_text(value)
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))
    monkeypatch.setenv("MAIL_SERVER", "mail.example.org")
    monkeypatch.setenv("ARTICLE34_ADDRESS", "https://figures.example.org")
    config = flask_config(tmp_path)
    assert (config["DATABASE_URL"], config["MAIL_PASSWORD"]) == ("sqlite:///of-a-file.db", "short")


def test_keys_of_one_time_codes_are_numbered_and_the_last_one_encrypts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_secrets(tmp_path, {})
    made = flask_config(tmp_path)["SECURITY_TOTP_SECRETS"]
    assert list(made) == ["1"] and flask_config(tmp_path)["SECURITY_TOTP_SECRETS"] == made
    monkeypatch.setenv("SECURITY_TOTP_SECRETS", f"{OLDER} {OLDER[::-1]}")
    kept = flask_config(tmp_path)["SECURITY_TOTP_SECRETS"]
    assert kept == {"1": OLDER, "2": OLDER[::-1]}
    assert TOTP.using(secrets=kept).new().to_dict()["enckey"]["t"] == "2"


BAD = {
    "a short secret": ({"SECRET_KEY": "secret"}, "SECRET_KEY: a secret needs at least 32 characters, and th"),
    "a short fallback": ({"SECRET_KEY_FALLBACKS": f"{OLDER} old"}, "SECRET_KEY_FALLBACKS: a secret needs"),
    "a key with spaces": ({"SECRET_KEY": LONG.replace("-", " ")}, "SECRET_KEY: write it without spaces"),
    "both ways": ({"SECRET_KEY": LONG, "SECRET_KEY_FILE": "/x"}, "SECRET_KEY: it is set, and so is SECRET_KEY_FILE"),
    "no file": ({"SECRET_KEY_FILE": "/nowhere/key"}, "SECRET_KEY_FILE: /nowhere/key cannot be read"),
    "no text": ({"MAIL_SERVER": "m", "MAIL_PASSWORD_FILE": "/"}, "MAIL_PASSWORD_FILE: / cannot be read"),
    "an empty file": ({"DATABASE_URL_FILE": "/dev/null"}, "DATABASE_URL_FILE: /dev/null is empty"),
    "no number of proxies": ({"ARTICLE34_PROXIES": "yes"}, "ARTICLE34_PROXIES: write a whole number from 0 to 9"),
    "too many proxies": ({"ARTICLE34_PROXIES": "10"}, "ARTICLE34_PROXIES: write a whole number from 0 to 9"),
    "a half proxy": ({"ARTICLE34_PROXIES": "0.5"}, "ARTICLE34_PROXIES: write a whole number from 0 to 9"),
    "no port": ({"MAIL_SERVER": "m", "MAIL_PORT": "abc"}, "MAIL_PORT: write a whole number from 1 to 65535"),
    "no sender": ({"MAIL_SERVER": "m", "MAIL_SENDER": "Article 34"}, "MAIL_SENDER: write an e-mail address, as in"),
    "mail without an address": ({"MAIL_SERVER": "m"}, "ARTICLE34_ADDRESS: set it, as MAIL_SERVER is set"),
    "no role": ({"ARTICLE34_SECOND_FACTOR_ROLES": "company boss"}, "ARTICLE34_SECOND_FACTOR_ROLES: write any of"),
    "no list": ({"ARTICLE34_BREACHED_PASSWORDS": "/nowhere"}, "ARTICLE34_BREACHED_PASSWORDS: /nowhere cannot be read"),
    "HTTPS as before": ({"ARTICLE34_HTTPS": "1"}, "ARTICLE34_HTTPS: this setting is no longer read: remove it; set"),
    "limits as before": ({"ARTICLE34_LIMITS": "memory://"}, "ARTICLE34_LIMITS: this setting is no longer read"),
}  # fmt: skip


@pytest.mark.parametrize(("set_to", "said"), BAD.values(), ids=BAD)
def test_an_unusable_setting_is_refused_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_to: dict[str, str], said: str
) -> None:
    for name, value in set_to.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSetting) as refused:
        flask_config(tmp_path)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value) and LONG not in str(refused.value)


@pytest.mark.parametrize("sender", ["article34@localhost", "Article 34 <article34@example.org>"])
def test_the_sender_of_mails_is_an_address_with_or_without_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sender: str
) -> None:
    for name, value in {"MAIL_SERVER": "m", "MAIL_SENDER": sender, "ARTICLE34_ADDRESS": "https://example.org"}.items():
        monkeypatch.setenv(name, value)
    assert flask_config(tmp_path)["MAIL_DEFAULT_SENDER"] == sender


# ── Two processes, one installation


@pytest.fixture
def twins(
    databases: SqliteFolder | PostgresCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Site, Site]]:
    """Two processes on two machines with one database and the same secrets, but separate folders."""
    for name in ("SECRET_KEY", "SECURITY_TOTP_SECRETS"):
        monkeypatch.setenv(name, LONG)
    url = databases.empty()
    first = settle(make_site(url, tmp_path / "first"))
    second = settled(url, tmp_path / "second")
    yield first, second
    first.close()
    second.close()


def test_two_processes_with_the_same_secrets_share_who_is_signed_in(twins: tuple[Site, Site]) -> None:
    first, second = twins
    here, there = first.client("ana"), second.client()
    cookie = here.get_cookie("article34")
    assert cookie is not None
    there.set_cookie("article34", cookie.value)
    assert "ana@example.org" in there.get("/account").text
    assert not list((Path(first.app.instance_path)).glob("secret*"))


def test_sessions_survive_a_change_of_the_key_while_the_old_one_is_a_fallback(sqlite_url: str, tmp_path: Path) -> None:
    before = settle(make_site(sqlite_url, tmp_path, SECRET_KEY=OLDER))
    cookie = before.client("ana").get_cookie("article34")
    assert cookie is not None
    for fallbacks, status in (([OLDER], 200), ([], 302)):
        after = make_site(sqlite_url, tmp_path, SECRET_KEY=LONG, SECRET_KEY_FALLBACKS=fallbacks)
        client = after.app.test_client()
        client.set_cookie("article34", cookie.value)
        assert client.get("/account").status_code == status
        after.close()
    before.close()


# ── What the public address implies


def test_on_https_every_cookie_is_bound_to_this_host_and_to_https(sqlite_url: str, tmp_path: Path) -> None:
    site = settle(make_site(sqlite_url, tmp_path, ADDRESS="https://figures.example.org"))
    client = site.client()
    answers = [client.get("/law"), post(client, "/sign-in", email="ana@example.org", password=PASSWORD)]
    cookies = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie")]
    assert {cookie.partition("=")[0] for cookie in cookies} >= {"__Host-article34", "__Host-article34_device"}
    for cookie in cookies:
        parts = {part.strip() for part in cookie.split(";")[1:]}
        assert cookie.startswith("__Host-") and {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= parts
        assert not any(part.startswith("Domain") for part in parts)
    assert all(answer.headers["Strict-Transport-Security"] == "max-age=31536000" for answer in answers)
    assert client.get("/account").status_code == 200
    site.close()


def test_without_https_no_cookie_and_no_header_asks_for_it(sqlite_site: Site) -> None:
    answer = post(sqlite_site.client(), "/sign-in", email="ana@example.org", password=PASSWORD)
    assert "Strict-Transport-Security" not in answer.headers
    assert all("Secure" not in cookie and "__Host-" not in cookie for cookie in answer.headers.getlist("Set-Cookie"))


def test_links_can_be_made_outside_of_a_request(sqlite_url: str, tmp_path: Path) -> None:
    site = make_site(sqlite_url, tmp_path, ADDRESS="https://figures.example.org:8443")
    with site.app.app_context():
        assert site.app.url_for("method.law", _external=True) == "https://figures.example.org:8443/law"
    site.close()


# ── Files that people send


def test_files_are_kept_in_the_instance_folder_or_where_a_setting_says(sqlite_url: str, tmp_path: Path) -> None:
    for place, folder in (("", tmp_path / "files"), (str(tmp_path / "elsewhere"), tmp_path / "elsewhere")):
        site = make_site(sqlite_url, tmp_path, FILES=place)
        with site.app.app_context():
            digest = files().put(b"a workbook")
        assert (folder / digest[:2] / digest).read_bytes() == b"a workbook"
        site.close()


def test_a_place_where_no_files_can_be_stored_prevents_the_start(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="ARTICLE34_FILES: write a folder, or s3://bucket or s3://bucket/prefix, and"):
        make_site(sqlite_url, tmp_path, FILES="ftp://example.org")


@pytest.mark.parametrize("url", ["localhost:6379", "http://localhost", "redis://", "redis://host/name"])
def test_an_invalid_address_of_a_redis_is_refused(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE34_API_LIMITS", url)
    with pytest.raises(BadSetting, match="write the address of a Redis, as in redis://localhost:6379/0"):
        flask_config(tmp_path)
