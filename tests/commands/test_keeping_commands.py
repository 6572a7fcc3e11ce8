"""`compliance migrate`, `backup`, `restore` and `verify-trail`, and databases with which the tool refuses to start."""

import os
import re
import runpy
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result

from compliance import store
from compliance.cli import main
from compliance.web.installation import open_or_make_installation
from compliance.web.readiness import NotReady
from compliance.web.settings import SECRETS, secret_file
from tests.support.databases import PostgresCluster
from tests.support.demonstrations import demonstrate, fill_first_period_once, fill_once
from tests.support.examples import SHARE
from tests.support.forked_servers import ForkedServer
from tests.support.paths import ROOT
from tests.support.sites import PASSWORD, Site, make_site, post, prepare_installation, settle

PUBLIC = ("/", "/sectors", "/method", "/law", "/api/sectors.json", "/fr/sectors")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def said(*arguments: object, code: int = 0) -> str:
    result = run(*arguments)
    assert (result.exit_code, result.exception is None or isinstance(result.exception, SystemExit)) == (code, True)
    return result.output


def refusal(*arguments: object) -> str:
    """The output, in one line, of a command that ends with exit code 1."""
    words = said(*arguments, code=1)
    assert len(words.splitlines()) == 1, words
    return words


def state(folder: Path) -> dict[str, bytes]:
    """Every file in a folder, except those that SQLite creates beside a database."""
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file() and not p.name.endswith(("-shm", "-wal"))}


# ── A backup of the demonstration, on the other kind of database


@pytest.fixture(scope="module")
def shown(shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration in its own folder with its secrets; if the share is below 1, only its first period."""
    folder, filled = tmp_path_factory.mktemp("shown"), fill_once if SHARE >= 1 else fill_first_period_once
    prepare_installation(folder)
    shutil.copyfile(filled(shared_folder).removeprefix("sqlite:///"), folder / "article34.db")
    site = demonstrate(f"sqlite:///{folder / 'article34.db'}", folder)
    secret_file(folder, "SECURITY_PASSWORD_SALT").write_text(site.app.config["SECURITY_PASSWORD_SALT"])
    yield site
    site.close()


def test_a_backup_restored_on_postgresql_serves_the_same_pages_to_the_same_people(
    shown: Site, postgres_cluster: PostgresCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, file = Path(shown.app.instance_path), tmp_path / "backup.zip"
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    words = said("backup", file)
    assert re.search(r"backup\.zip: \d+ rows in \d+ tables, \d+ files?, \d+ entries in the trail, \d+\.\d MB\n", words)
    assert f"Keep {folder / 'secret_key'}, {folder / 'security_password_salt'}, " in words
    assert file.stat().st_mode & 0o077 == 0
    with shown.store() as session:
        number, head = store.trail_head(session)
    assert f"The head of its trail is {head}" in words

    other, url = tmp_path / "other", postgres_cluster.empty()
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(other))
    monkeypatch.setenv("DATABASE_URL", url)
    words = said("restore", file)
    assert f"Each entry of its trail is as it was written; its head is {head}." in words
    assert f"SECURITY_PASSWORD_SALT: put back {other / 'security_password_salt'}, which was kept apart" in words
    assert "SECURITY_TOTP_SECRETS: not set, and not in" in refusal("serve", "--port", "0")
    for name in SECRETS:
        shutil.copy(secret_file(folder, name), secret_file(other, name))
    words = said("verify-trail", "--head", head)
    assert words.startswith(f"Intact: {number} entries") and f"that of entry {number}." in words
    restored = demonstrate(url, other)
    for page in PUBLIC:
        here, there = shown.client().get(page), restored.client().get(page)
        assert here.status_code in (200, 404) and dated(there.data) == dated(here.data), page
    for role in ("company", "auditor", "steward"):
        there = post(restored.client(), "/sign-in", email=f"{role}@demo.example", password=PASSWORD)
        assert there.status_code == 302, role
    assert [p.name for p in (other / "files").glob("*/*")] == [p.name for p in (folder / "files").glob("*/*")]
    restored.close()


def dated(page: bytes) -> bytes:
    """A page without the parts that differ for every request."""
    return re.sub(rb'(csrf_token" value=|nonce=)"[^"]*"', b"", page)


def test_secrets_are_in_a_backup_only_on_request(
    installation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, file, other = installation, tmp_path / "all.zip", tmp_path / "other"
    settle(make_site(f"sqlite:///{folder / 'article34.db'}", folder)).close()
    secrets = {name: secret_file(folder, name).read_text() for name in SECRETS}
    said("backup", file)
    with ZipFile(file) as archive:
        inside = b"".join(archive.read(name) for name in archive.namelist())
    assert not [name for name, secret in secrets.items() if secret.encode() in inside]
    assert "Not in it" not in said("backup", "--with-secrets", file)
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(other))
    assert "whole; " in said("restore", "--check", file) and not other.exists()
    assert "SECURITY_PASSWORD_SALT" not in said("restore", file)
    assert {name: secret_file(other, name).read_text() for name in SECRETS} == secrets
    assert secret_file(other, "SECRET_KEY").stat().st_mode & 0o077 == 0
    assert said("verify-trail").startswith("Intact: ")
    assert "the database is in use (table membership has " in refusal("restore", file)
    third = tmp_path / "third"
    third.mkdir()
    secret_file(third, "SECRET_KEY").write_text("another " * 5)
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(third))
    assert f"{third / 'secret_key'} is not the one in it: move it away" in refusal("restore", file)
    assert [path.name for path in third.iterdir()] == ["secret_key"]


def test_an_altered_trail_is_reported_and_restored_only_with_an_option(
    installation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(make_site(f"sqlite:///{installation / 'article34.db'}", installation)).close()
    assert said("verify-trail").startswith("Intact: ")
    with sqlite3.connect(installation / "article34.db") as connection:
        connection.execute("DROP TRIGGER trail_frozen_update")
        connection.execute("UPDATE trail SET after = 'somebody else' WHERE id = 3")
    connection.close()
    assert refusal("verify-trail").startswith("Broken. Entry 3 is not as it was written, or what it is about. Stop")
    file = tmp_path / "backup.zip"
    said("backup", file)
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(tmp_path / "other"))
    assert "entry 3 of its trail is not as it was written: what was backed up had been" in refusal("restore", file)
    assert "Each entry of its trail" not in said("restore", file, "--despite-broken-trail")


def test_a_trail_that_was_cut_off_no_longer_has_the_noted_head(installation: Path) -> None:
    settle(make_site(f"sqlite:///{installation / 'article34.db'}", installation)).close()
    head = said("verify-trail").splitlines()[-1].removeprefix("The head is ").rstrip(".")
    assert "is that of entry " in said("verify-trail", "--head", head)
    with sqlite3.connect(installation / "article34.db") as connection:
        connection.execute("DROP TRIGGER trail_frozen_delete")
        connection.execute("DELETE FROM trail WHERE id = (SELECT max(id) FROM trail)")
    connection.close()
    assert "No entry records " in refusal("verify-trail")
    assert "entries were cut off, or written anew. Stop, keep a copy" in refusal("verify-trail", "--head", head)


@pytest.mark.fault("the disk is full", "a backup", "the previous backup stays intact")
def test_a_backup_that_fails_leaves_the_one_before_it(installation: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    said("backup", file)
    before = file.read_bytes()
    with (installation / "article34.db").open(
        "r+b"
    ) as database:  # the first page of the file stays, the others become zeros
        database.seek(4096)
        database.write(bytes((installation / "article34.db").stat().st_size - 4096))
    result = run("backup", file)
    assert result.exit_code == 1 and len(result.output.splitlines()) == 1, result.output
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.glob(".*")] == []


# ── Starts that are refused


def test_an_app_creates_nothing_in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from compliance.web import create_app

    folder = tmp_path / "new"
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(NotReady, match="there is no installation in"):
        create_app()
    assert not folder.exists()
    with pytest.raises(SystemExit) as ended:  # with a text, which Python prints, and exit code 1
        runpy.run_path(str(ROOT / "wsgi.py"))
    assert ended.value.code == (
        f"Article 34 does not start: there is no installation in {folder}: compliance migrate makes an empty one "
        "there; ARTICLE34_INSTANCE names another folder"
    )
    assert not folder.exists()
    assert said("migrate") == f"{folder}: made, with an empty database (tables 0033)\n"
    assert said("migrate") == f"{folder}: there was nothing to do, the tables are 0033\n"
    create_app()


def test_serve_completes_an_unfinished_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(tmp_path / "new"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    said("migrate")
    for name in SECRETS:  # as if it had been killed before it created them
        secret_file(tmp_path / "new", name).unlink()
    open_or_make_installation()
    assert {path.name for path in (tmp_path / "new").iterdir()} >= {name.lower() for name in SECRETS}


def start(_arguments: Sequence[str]) -> None:
    """Do what `compliance serve` does before it serves."""
    print(open_or_make_installation().config["SECRET_KEY"])


def test_two_servers_that_start_at_once_create_one_installation(tmp_path: Path) -> None:
    settings = {**os.environ, "DATABASE_URL": "", "ARTICLE34_INSTANCE": str(tmp_path / "new")}
    starting = [ForkedServer(env=settings, program=start) for _ in range(2)]
    first, second = [each.output.readline() for each in starting]
    for each in starting:
        each.kill()
    assert first == second != ""


def earlier(path: Path) -> None:
    path.unlink()
    engine = store.open_database(f"sqlite:///{path}")
    store.upgrade(engine, "0003")
    engine.dispose()


def later(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE of_somebody_else (id INTEGER)")
    connection.close()


def without_a_table(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE answer")
    connection.close()


def of_no_bytes(path: Path) -> None:
    path.write_bytes(b"")


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50_000])


def of_garbage(path: Path) -> None:
    path.write_bytes(b"no database " * 1000)


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "emptied": (of_no_bytes, "DATABASE_URL: the database is empty, and {folder}/secret_key shows that there was one: "),
    "gone": (Path.unlink, "DATABASE_URL: the database is not there, and {folder}/secret_key shows that there was one"),
    "cut off": (cut_off, "DATABASE_URL: the database is damaged (database disk image is malformed): keep a copy"),
    "garbage": (of_garbage, "DATABASE_URL: the database is damaged (file is not a database): keep a copy of it"),
    "without a table": (without_a_table, "DATABASE_URL: the database is damaged (it has no table answer): keep"),
    "later": (later, "DATABASE_URL: the tables are those of a newer version (9999, and this version knows 0033 at"),
    "foreign": (foreign, "DATABASE_URL: the database holds the tables of something else: name one of its own"),
}


@pytest.mark.parametrize(("change", "words"), REFUSED.values(), ids=REFUSED)
@pytest.mark.fault(
    "the database is emptied, damaged, newer, or of another program",
    "the start",
    "it says so; nothing is served or changed",
)
def test_an_unsuitable_database_is_refused_with_a_sentence_and_not_changed(
    installation: Path, change: Callable[[Path], None], words: str
) -> None:
    change(installation / "article34.db")
    before = state(installation)
    for command in (["serve", "--port", "0"], ["migrate"], ["backup", installation / "b.zip"], ["verify-trail"]):
        assert refusal(*command).startswith(words.format(folder=installation)), command
    assert state(installation) == before


def test_an_earlier_version_is_backed_up_then_migrated_and_only_then_served(installation: Path) -> None:
    earlier(installation / "article34.db")
    before = state(installation)
    assert refusal("serve", "--port", "0") == (
        "DATABASE_URL: the tables are those of an earlier version (0003, and this version needs 0033): make a backup "
        "with compliance backup, then run compliance migrate\n"
    )
    assert state(installation) == before
    said("backup", installation / "b.zip")
    assert said("migrate") == f"{installation}: the tables are 0033 now, and were 0003\n"
    assert said("verify-trail").startswith("Intact: 0 entries")


def test_a_missing_database_or_secret_is_created_again_only_with_an_option(installation: Path) -> None:
    (installation / "article34.db").unlink()
    said("migrate", "--anew")
    settle(make_site(f"sqlite:///{installation / 'article34.db'}", installation)).close()
    secret_file(installation, "SECURITY_PASSWORD_SALT").unlink()
    for command in ("serve", "migrate"):
        assert refusal(command).startswith(f"SECURITY_PASSWORD_SALT: not set, and not in {installation}/security_pass")
    said("migrate", "--new-secrets")
    assert secret_file(installation, "SECURITY_PASSWORD_SALT").read_text()
    assert said("verify-trail").startswith("Intact: ")
