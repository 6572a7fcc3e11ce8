"""The server is killed in the middle of saves and uploads: everything that it acknowledged to a browser is on disk."""

import hashlib
import os
import random
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import lru_cache
from http.client import HTTPException
from pathlib import Path

import pytest

from compliance import store
from compliance.store.evidence_library import library_of
from compliance.store.file_storage import FolderStorage
from compliance.web.database import store_engine
from compliance.web.readiness import FILES_FOLDER
from tests.support.answering import QUESTION, AnsweringBrowser
from tests.support.examples import SHARE, tries
from tests.support.forked_servers import ForkedServer
from tests.support.real_servers import free_port, port_said
from tests.support.sites import Site, begin, kept

#: How often the server is killed. The moments are the same in every run.
KILLS = tries(8)


@pytest.mark.site(EDITIONS=None)
@pytest.mark.fault("the process is killed", "a save in a browser", "what was acknowledged is kept")
def test_killing_the_server_loses_no_answer_that_it_acknowledged(site: Site, tmp_path: Path) -> None:
    (tmp_path / "security_password_salt").write_text(site.app.config["SECURITY_PASSWORD_SALT"])
    number = begin(site)
    moments, acknowledged = random.Random(5), 0
    for _ in range(KILLS):
        server, port = start(site, tmp_path)
        saver = Saver(port, number)
        saver.start()
        for _answer in range(moments.randint(1, 4)):
            assert saver.saved.acquire(timeout=60), "the server acknowledged nothing"
        time.sleep(moments.uniform(0.0, 0.1))  # somewhere in the next save
        server.kill()
        saver.join(20)
        stored, browser = kept(site, number)[QUESTION], saver.browser
        assert stored in (browser.acknowledged[-1], browser.asked[-1]), "the last answer that was acknowledged is lost"
        acknowledged += len(browser.acknowledged)
    assert acknowledged > KILLS
    with site.store() as session:
        assert store.verify_trail(session) is None


def start(site: Site, folder: Path) -> tuple[ForkedServer, int]:
    """The server as `compliance serve` starts it, and its port."""
    env = {**os.environ, "ARTICLE34_INSTANCE": str(folder), "DATABASE_URL": site.app.config["DATABASE_URL"]}
    server = ForkedServer("serve", "--port", str(free_port()), env=env)
    return server, port_said(server.output)


class Saver(threading.Thread):
    """Somebody who saves one answer after another until the server no longer responds."""

    def __init__(self, port: int, number: int) -> None:
        super().__init__(daemon=True)
        self.browser, self.number = AnsweringBrowser(port), number
        self.saved = threading.Semaphore(0)  # as many as were acknowledged

    def run(self) -> None:
        """Sign in, then save."""
        with suppress(HTTPException, OSError), closing(self.browser.connection):  # it is killed
            self.browser.sign_in("ana@example.org")
            while True:
                self.browser.save(self.number, self.browser.show(self.number))
                self.saved.release()


#: The statement that makes other writers wait, for each kind of database.
HOLD = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "LOCK TABLE trail IN EXCLUSIVE MODE"}
#: Nearly the largest size that is allowed, so that receiving and writing the file takes a while.
SIZE = 19_000_000
#: The size where the moment cannot be missed: more than a server receives or sends at once.
ENOUGH = SIZE if SHARE >= 1 else 2_000_000
#: How many files are sent at most until the server is killed while it writes one.
MOST_FILES = 20


@pytest.mark.site(EDITIONS=None)
@pytest.mark.parametrize("moment", ["half sent", "half written", "written, and in no library"])
def test_killing_the_server_during_an_upload_keeps_what_was_acknowledged_and_no_partial_file(
    site: Site, tmp_path: Path, moment: str
) -> None:
    (tmp_path / "security_password_salt").write_text(site.app.config["SECURITY_PASSWORD_SALT"])
    with closing(Uploads(site, tmp_path)) as run:
        run.upload(b"first\n")
        run.upload(b"second\n")
        killed = {
            "half sent": run.killed_half_way,
            "half written": run.killed_while_writing,
            "written, and in no library": run.killed_before_the_row,
        }
        lost = killed[moment]()
        run.restart()
        run.check_that_all_is_there()
        run.upload(lost)
        run.check_that_all_is_there()


class Uploads:
    """Somebody who adds files to the library of their company, and a server that is killed meanwhile."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site, self.folder = site, folder
        self.storage = FolderStorage(folder / FILES_FOLDER)
        company = site.people["ana"].organisation_id
        assert company is not None
        self.company = company
        self.acknowledged: list[str] = []  # digests
        self.restart()

    def restart(self) -> None:
        """Start the server, and sign in."""
        self.server, self.port = start(self.site, self.folder)
        self.browser = AnsweringBrowser(self.port)
        self.browser.sign_in("ana@example.org")

    def upload(self, content: bytes) -> None:
        """Add a file, which the server acknowledges."""
        body = self._begin(content)
        self.browser.connection.send(body)
        answer = self.browser.connection.getresponse()
        said = answer.read().decode()
        assert answer.status == 302, said
        self.acknowledged.append(digest_of(content))

    def killed_half_way(self) -> bytes:
        """Kill the server when half of a file has been sent; returns the file."""
        content = text_of(ENOUGH, "half")
        body = self._begin(content)
        self.browser.connection.send(body[: ENOUGH // 2])
        self.close()
        return content

    def killed_while_writing(self) -> bytes:
        """Kill the server while a file on disk is incomplete; returns it. The files before it were acknowledged."""
        for number in range(MOST_FILES):
            content = text_of(SIZE, f"written {number}")
            if not self._uploads_until(content, lambda: bool(self._unfinished(content))):  # noqa: B023
                continue
            if self._unfinished(content):
                return content
            self.acknowledged += [digest for digest in [digest_of(content)] if digest in self._in_library()]
            self.restart()
        raise AssertionError(f"of {MOST_FILES} files, none was seen while it was written")

    def killed_before_the_row(self) -> bytes:
        """Kill the server when a file is on disk and its row waits for another writer; returns the file."""
        content = text_of(ENOUGH, "no row")
        engine = store_engine(self.site.app)
        with engine.connect() as other:
            other.exec_driver_sql(HOLD[engine.dialect.name])
            assert self._uploads_until(content, lambda: digest_of(content) in set(self.storage.digests()))
            other.rollback()
        return content

    def check_that_all_is_there(self) -> None:
        """Check that the library has exactly the acknowledged files, all complete and ready to be downloaded."""
        digests = self._in_library()
        assert sorted(digests) == sorted(self.acknowledged)
        for digest in self.storage.digests():
            assert digest_of(self.storage.get(digest)) == digest
        for digest, version in digests.items():
            status, content = self._file(version)
            assert status == 200 and digest_of(content) == digest
        with self.site.store() as session:
            assert store.verify_trail(session) is None

    def _uploads_until(self, content: bytes, is_so: Callable[[], bool]) -> bool:
        """Upload a file, and kill the server once a condition holds. False if the file was acknowledged first."""
        upload = threading.Thread(target=suppressed(self.upload), args=(content,))
        upload.start()
        while upload.is_alive():
            if is_so():
                self.server.kill()
                upload.join(60)
                self.close()
                return True
        return False

    def _begin(self, content: bytes) -> bytes:
        """Begin to upload a file by sending only the headers; returns the rest of the request."""
        where = f"/companies/{self.company}/evidence"
        fields = {"csrf_token": self.browser.token(self.browser.get(where)), "kind": "file", "seen_by": "everyone"}
        fields["title"] = f"Register {digest_of(content)[:8]}"
        parts = [f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
        parts.append('--b\r\nContent-Disposition: form-data; name="file"; filename="register.txt"\r\n\r\n')
        body = "".join(parts).encode() + content + b"\r\n--b--\r\n"
        connection = self.browser.connection
        connection.putrequest("POST", where, skip_host=True)
        for name, value in (
            ("Host", self.browser.host),
            ("Cookie", "; ".join(f"{name}={value}" for name, value in self.browser.cookies.items())),
            ("Content-Type", "multipart/form-data; boundary=b"),
            ("Content-Length", str(len(body))),
        ):
            connection.putheader(name, value)
        connection.endheaders()
        return body

    def close(self) -> None:
        """Kill the server, unless it has been killed already."""
        self.server.kill()
        self.browser.connection.close()

    def _unfinished(self, content: bytes) -> list[Path]:
        digest = digest_of(content)
        return list((self.folder / FILES_FOLDER / digest[:2]).glob(f".{digest}.*"))

    def _in_library(self) -> dict[str, int]:
        """The digests of all files in the library, with the numbers of their versions."""
        with self.site.store() as session:
            return {item.latest.digest: item.latest.id for item in library_of(session, self.company)}

    def _file(self, version: int) -> tuple[int, bytes]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.browser.cookies.items())
        self.browser.connection.request("GET", f"/files/{version}", None, {"Host": self.browser.host, "Cookie": cookie})
        answer = self.browser.connection.getresponse()
        return answer.status, answer.read()


def suppressed(work: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Ignore the errors of a connection to a server that is killed."""

    def go(content: bytes) -> None:
        with suppress(HTTPException, OSError):
            work(content)

    return go


@lru_cache(maxsize=4)
def digest_of(content: bytes) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(content).hexdigest()


def text_of(size: int, name: str) -> bytes:
    """A text of a given number of bytes, different for each name."""
    return (f"{name}\n" * (size // (len(name) + 1)))[:size].encode()
