"""The head of the trail is signed by a key kept elsewhere, and `compliance verify-trail` takes one from outside."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy.orm import Session

from compliance import store
from compliance.store.signed_heads import SignedHead, keep_signed_head, made_key, read_key
from compliance.web.settings import BadSetting, flask_config
from tests.commands.test_doctor_command import look
from tests.commands.test_keeping_commands import refusal, said
from tests.support.sites import NOON


@pytest.fixture
def key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The key for signing, made by the command and named by the setting."""
    file = folder.parent / "trail.pem"
    words = said("trail-key", file).splitlines()
    assert words[1] == f"Set ARTICLE34_TRAIL_KEY_FILE={file} for compliance serve and for the commands."
    monkeypatch.setenv("ARTICLE34_TRAIL_KEY_FILE", str(file))
    return file


def line_in(words: str) -> str:
    """The signed line that a command printed."""
    return next(line for line in words.splitlines() if line.startswith("Signed: ")).removeprefix("Signed: ")


def signed_now(folder: Path, key: Path) -> SignedHead:
    """The head, signed as by a closing."""
    engine = store.open_database(f"sqlite:///{folder / 'article34.db'}")
    with Session(engine) as session, session.begin():
        signed = keep_signed_head(session, read_key(key.read_text()), at=NOON)
        assert signed is not None and (signed.entry, signed.hash) == store.trail_head(session)
    engine.dispose()
    return signed


def altered(folder: Path, *statements: str) -> None:
    """Change the database as its owner could."""
    with closing(sqlite3.connect(folder / "article34.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_a_key_is_readable_only_by_its_owner_not_beside_the_database_and_never_overwritten(folder: Path) -> None:
    file = folder.parent / "trail.pem"
    assert f"{folder / 'key.pem'}: it lies in {folder}, and whoever can rewrite" in refusal(
        "trail-key", folder / "key.pem"
    )
    assert not (folder / "key.pem").exists()
    fingerprint = said("trail-key", file).rpartition("public key is ")[2].split(":")[0]
    assert file.stat().st_mode & 0o777 == 0o600
    key = read_key(file.read_text())
    assert SignedHead.of(key, 1, "0" * 64, at=NOON).fingerprint == fingerprint
    before = file.read_bytes()
    assert "there is such a file already" in refusal("trail-key", file)
    assert file.read_bytes() == before


def test_a_head_signed_once_is_found_again_as_long_as_the_trail_is_the_same(folder: Path, key: Path) -> None:
    line = line_in(said("verify-trail"))
    noted = folder.parent / "noted.txt"
    noted.write_text(line.replace(" ", "\n  ") + "\n")  # as a mail program breaks it
    for given in (line, str(noted)):
        words = said("verify-trail", "--head", given)
        assert "The head that you noted is that of entry" in words
        assert f"with the key that was to sign it, {SignedHead.read(line).fingerprint}." in words
    last = "DELETE FROM trail WHERE id = (SELECT max(id) FROM trail)"
    altered(folder, "DROP TRIGGER trail_frozen_delete", last, "DELETE FROM period")  # what that entry was about
    assert said("verify-trail").startswith("Intact: ")
    assert refusal("verify-trail", "--head", line).startswith("Broken. No entry has the hash that you noted: ")


def test_a_backup_holds_the_head_signed_and_the_trail_is_compared_with_it(
    folder: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder.parent / "backup.zip"
    line = line_in(said("backup", file))
    with ZipFile(file) as archive:
        assert json.loads(archive.read("manifest.json"))["signed_head"] == line
        assert not [name for name in archive.namelist() if key.read_bytes() in archive.read(name)]
    assert "The head that you noted is that of entry " in said("verify-trail", "--head", file)
    fingerprint = SignedHead.read(line).fingerprint
    assert f"signed with the key {fingerprint}" in said("restore", "--check", file)
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(folder.parent / "other"))
    assert f"signed with the key {fingerprint}" in said("restore", file)
    assert "The head that you noted is that of entry " in said("verify-trail", "--head", line)
    monkeypatch.delenv("ARTICLE34_TRAIL_KEY_FILE")
    words = said("verify-trail", "--head", line)
    assert (
        f"with a key that nothing here names: compare its SHA-256, {fingerprint}." in words and "Signed: " not in words
    )
    assert "It is not signed: see compliance trail-key." in said("backup", folder.parent / "unsigned.zip")
    assert "The head of its trail is not signed." in said("restore", "--check", folder.parent / "unsigned.zip")


def rewritten(manifest: dict[str, object], key: Path) -> object:
    head = SignedHead.read(str(manifest["signed_head"]))
    return str(SignedHead.of(read_key(key.read_text()), head.entry, "0" * 64, at=head.at))


def of_another_key(manifest: dict[str, object], _key: Path) -> object:
    return str(manifest["signed_head"]).replace(" key=", " key=A", 1).replace("= sig", " sig", 1)


@pytest.mark.parametrize("change", [rewritten, of_another_key, lambda *_any: "no line", lambda *_any: 7])
def test_a_backup_whose_signed_head_is_not_its_head_is_refused(
    folder: Path, key: Path, change: Callable[[dict[str, object], Path], object]
) -> None:
    file, forged = folder.parent / "backup.zip", folder.parent / "forged.zip"
    said("backup", file)
    with ZipFile(file) as archive, ZipFile(forged, "w") as other:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "manifest.json":
                manifest = json.loads(content)
                content = json.dumps({**manifest, "signed_head": change(manifest, key)}).encode()
            other.writestr(name, content)
    assert (
        "manifest.json is not as" in (words := refusal("restore", "--check", forged)) or "signed as the head" in words
    )


def test_a_head_of_another_key_or_without_a_true_signature_proves_nothing(folder: Path, key: Path) -> None:
    line = line_in(said("verify-trail"))
    head = SignedHead.read(line)
    other = SignedHead.of(read_key(made_key()), head.entry, head.hash, at=head.at)
    assert (
        f"it was signed with the key {other.fingerprint}, and ARTICLE34_TRAIL_KEY names {head.fingerprint}"
        in refusal("verify-trail", "--head", other)
    )
    assert f"{other.fingerprint}." in said("verify-trail", "--head", other, "--key", other.fingerprint)
    assert "and --key names" in refusal("verify-trail", "--head", line, "--key", other.fingerprint)
    assert "has no signature" in refusal("verify-trail", "--head", head.hash, "--key", head.fingerprint)
    for false in (
        line.replace("entry=", "entry=1"),
        line.replace("at=2", "at=3"),
        line.replace("signature=", "signature=A")[:-3] + "==",
    ):
        assert "its signature is false" in refusal("verify-trail", "--head", false)
    assert "it is not the line of a signed head: copy all of it" in refusal("verify-trail", "--head", line[:200])


def test_what_was_signed_at_a_closing_stays_and_a_forged_one_is_named(folder: Path, key: Path) -> None:
    signed = signed_now(folder, key)
    words = f"Entry {signed.entry} was signed at {NOON.isoformat()} with the key of this installation."
    assert words in said("verify-trail")
    forged = SignedHead.of(read_key(made_key()), signed.entry, signed.hash, at=NOON)
    altered(folder, "DROP TRIGGER signed_head_frozen_update", f"UPDATE signed_head SET signed = '{forged}'")  # noqa: S608
    assert f"Entry {signed.entry} was signed at {NOON.isoformat()} with the key {forged.fingerprint}." in said(
        "verify-trail"
    )
    altered(folder, "UPDATE signed_head SET signed = replace(signed, 'hash=', 'hash=0')")
    assert f"Broken. What was signed as entry {signed.entry} is not that" in refusal("verify-trail")


def test_the_database_refuses_to_change_a_signed_head(folder: Path, key: Path) -> None:
    signed_now(folder, key)
    with pytest.raises(sqlite3.IntegrityError, match="signed_head: what is kept here is never changed"):
        altered(folder, "DELETE FROM signed_head")


def test_doctor_says_where_the_key_should_not_be(folder: Path, key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert look()[1]["trail key"][0][0] == "ok"
    key.chmod(0o640)
    assert look()[1]["trail key"] == [("problem", f"others may read {key}: chmod 600 {key}")]
    inside = folder / "trail.pem"
    inside.write_bytes(key.read_bytes())
    monkeypatch.setenv("ARTICLE34_TRAIL_KEY_FILE", str(inside))
    grade, words = look()[1]["trail key"][0]
    assert grade == "problem" and words.startswith(f"{inside} lies in {folder}: whoever can rewrite the database there")
    monkeypatch.delenv("ARTICLE34_TRAIL_KEY_FILE")
    assert look()[1]["trail key"] == [("note", "the head of the trail is not signed: see compliance trail-key")]


def other_kind() -> str:
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("pem", "words"), [("no key", "it is no private key"), (other_kind(), "another kind than Ed25519")]
)
def test_a_key_that_cannot_sign_is_refused_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pem: str, words: str
) -> None:
    monkeypatch.setenv("ARTICLE34_TRAIL_KEY", pem)
    with pytest.raises(
        BadSetting, match=rf"^ARTICLE34_TRAIL_KEY: .*{words}.*: make one with compliance trail-key FILE$"
    ):
        flask_config(tmp_path)


def test_a_line_is_read_back_as_it_was_signed_whatever_the_moment() -> None:
    key = read_key(made_key())
    for at in (NOON, datetime(2036, 1, 1, 23, 59, 59, 999_999, tzinfo=UTC)):
        head = SignedHead.of(key, 10**9, "ab" * 32, at=at)
        assert SignedHead.read(str(head)) == head and head.is_sound
