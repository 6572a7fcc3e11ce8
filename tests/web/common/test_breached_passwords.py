"""New passwords are looked up in a file of breached passwords, if a setting names one."""

import hashlib
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest

from compliance.web.settings import BadSetting, flask_config
from compliance.web.signing_in.breached_passwords import is_breached, list_fault
from tests.support.sites import PASSWORD, Site, make_site, post, settle

KNOWN = "a long breached passphrase"
NEW = "another battery staple"


def hashed(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def list_of(file: Path, passwords: Sequence[str], end: str = "\r\n") -> Path:
    """A file as people download it: sorted hashes, each with how often it was seen."""
    lines = sorted(f"{hashed(password)}:{len(password)}" for password in passwords)
    file.write_bytes("".join(line + end for line in lines).encode())
    return file


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_every_password_of_a_list_is_found_and_no_other(tmp_path: Path, size: int) -> None:
    """The first and the last too, whatever the line endings, and with or without one at the end of the file."""
    passwords = [f"password number {number}" for number in range(size)]
    for end in ("\r\n", "\n"):
        whole = list_of(tmp_path / "whole", passwords, end)
        cut = tmp_path / "cut"
        cut.write_bytes(whole.read_bytes().rstrip())
        bare = tmp_path / "bare"
        bare.write_text("".join(line.partition(":")[0].lower() + end for line in whole.read_text().split()))
        for file in (whole, cut, bare):
            assert all(is_breached(file, password) for password in passwords), file
            assert not any(is_breached(file, f"passphrase {number}") for number in range(200)), file
            assert list_fault(file) == ""


def test_a_password_is_found_in_either_unicode_form_in_which_keyboards_type_it(tmp_path: Path) -> None:
    file = list_of(tmp_path / "list", ["forêt école œuvre"])
    for form in ("NFC", "NFD", "NFKD"):
        assert is_breached(file, unicodedata.normalize(form, "forêt école œuvre"))


@pytest.fixture
def listing(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site that looks passwords up in a list, which has one."""
    file = list_of(tmp_path / "list", [KNOWN, *(f"password number {number}" for number in range(30))])
    monkeypatch.setenv("ARTICLE34_BREACHED_PASSWORDS", str(file))
    return settle(make_site(sqlite_url, tmp_path))


def test_a_breached_password_is_refused_wherever_a_password_is_chosen(listing: Site) -> None:
    client = listing.client("ana")
    for new, status in ((KNOWN, 200), (NEW, 302)):
        fields = {"password": PASSWORD, "new_password": new, "new_password_confirm": new}
        page = post(client, "/account/password", form_at="/account/password", fields=fields)
        assert page.status_code == status
        assert ("was exposed in a breach of another site" in page.text) == (status == 200)
    person = {"organisation": "Example Media 09", "name": "Nia", "email": "nia@example.org", "password": KNOWN}
    page = post(listing.client(), "/register", form_at="/register", fields=person)
    assert "was exposed in a breach of another site" in page.text
    listing.close()


def test_if_the_list_disappears_common_passwords_are_still_refused_and_the_log_says_so(
    listing: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "list").unlink()
    client = listing.client("ana")
    for new, status in (("password123", 200), (NEW, 302)):
        fields = {"password": PASSWORD, "new_password": new, "new_password_confirm": new}
        page = post(client, "/account/password", form_at="/account/password", fields=fields)
        assert page.status_code == status
    [line] = [record.getMessage() for record in caplog.records if "BREACHED" in record.getMessage()]
    assert f"{tmp_path / 'list'} cannot be read (No such file or directory)" in line
    assert "only common passwords are refused" in line and NEW not in line
    listing.close()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"password\nsecret\n", "no SHA-1 hashes"),
        (f"{hashed('b')}\n{hashed('a')}\n".encode(), "not in the order of its hashes"),
        (b"0" * 32 + b":5\n", "no SHA-1 hashes"),
    ],
)
def test_a_file_that_is_no_such_list_prevents_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, says: str
) -> None:
    file = tmp_path / "list"
    file.write_bytes(content)
    monkeypatch.setenv("ARTICLE34_BREACHED_PASSWORDS", str(file))
    with pytest.raises(BadSetting, match=f"ARTICLE34_BREACHED_PASSWORDS: .*{says}"):
        flask_config(tmp_path)
