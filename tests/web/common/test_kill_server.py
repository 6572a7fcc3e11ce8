"""The server is killed in the middle of saves, again and again: what it answered to a browser is on disk."""

import os
import random
import re
import subprocess
import sys
import threading
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

import pytest

from compliance import store
from compliance.web.serving import bind_listener
from tests.support.examples import tries
from tests.support.sites import PASSWORD, Site, begin, kept

#: How often the server is killed, at moments that are the same in every run.
KILLS = tries(8)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.site(EDITIONS=None)
def test_kill_9_of_the_server_loses_no_answer_that_it_acknowledged(site: Site, tmp_path: Path) -> None:
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
        server.communicate()
        saver.join(20)
        stored = kept(site, number)["r03.text"]
        assert stored in (saver.acknowledged[-1], saver.asked[-1]), "the last answer that was acknowledged is lost"
        acknowledged += len(saver.acknowledged)
    assert acknowledged > KILLS
    with site.store() as session:
        assert store.verify_trail(session) is None


def start(site: Site, folder: Path) -> tuple[subprocess.Popen[str], int]:
    """The server as `compliance serve` starts it, and its port."""
    with bind_listener(0) as free:
        port = free.getsockname()[1]
    env = {**os.environ, "ARTICLE34_INSTANCE": str(folder), "DATABASE_URL": site.app.config["DATABASE_URL"]}
    command = [sys.executable, "-c", "from compliance.cli import main; main()", "serve", "--port", str(port)]
    server = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    address = re.search(r":(\d+)/", server.stdout.readline())
    assert address, "the server did not start"
    return server, int(address[1])


class Saver(threading.Thread):
    """A browser that saves one answer after another, as a page and by itself, until nobody answers any more."""

    def __init__(self, port: int, number: int) -> None:
        super().__init__(daemon=True)
        self.port, self.number, self.cookie = port, number, ""
        self.asked: list[str] = []
        self.acknowledged: list[str] = []
        self.saved = threading.Semaphore(0)  # as many as were acknowledged

    def run(self) -> None:
        """Sign in, then save."""
        try:
            token = self.token("/sign-in")
            self.send("POST", "/sign-in", {"csrf_token": token, "email": "ana@example.org", "password": PASSWORD})
            page = self.send("GET", f"/assessments/{self.number}/code")[1]
            while True:
                page = self.save(page)
        except (HTTPException, OSError):
            return  # killed

    def save(self, page: str) -> str:
        """Give another answer than the one that stands there, and look at the page again."""
        version = re.search(r'name="r03.text#version" value="(\d+)"', page)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert version and token
        last = self.asked[-1] if self.asked else ""
        answer = next(option for option in ("local", "implied", "plain") if option != last and not chosen(page, option))
        self.asked.append(answer)
        fields = {"csrf_token": token[1], "r03.text": answer, "r03.text#version": version[1]}
        where, acknowledged = (("code", 302), ("autosave", 200))[len(self.asked) % 2]
        status, _ = self.send("POST", f"/assessments/{self.number}/{where}", fields)
        assert status == acknowledged
        self.acknowledged.append(answer)
        self.saved.release()
        return self.send("GET", f"/assessments/{self.number}/code")[1]

    def token(self, where: str) -> str:
        """The token of a form."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.send("GET", where)[1])
        assert found
        return found[1]

    def send(self, method: str, where: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """One request, with the cookie that was last set."""
        headers = (FORM if fields else {}) | ({"Cookie": self.cookie} if self.cookie else {})
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, where, urlencode(fields) if fields else None, headers)
            with closing(connection.getresponse()) as answer:
                for cookie in answer.headers.get_all("Set-Cookie", []):
                    if cookie.startswith("article34="):
                        self.cookie = cookie.partition(";")[0]
                return answer.status, answer.read().decode()


def chosen(page: str, option: str) -> bool:
    return re.search(rf'name="r03.text" value="{option}" checked', page) is not None
