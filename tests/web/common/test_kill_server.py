"""The server is killed in the middle of saves, again and again: what it answered to a browser is on disk."""

import os
import random
import re
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from compliance import store
from compliance.web.serving import bind_listener
from tests.support.answering import QUESTION, AnsweringBrowser
from tests.support.examples import tries
from tests.support.sites import Site, begin, kept

#: How often the server is killed, at moments that are the same in every run.
KILLS = tries(8)


@pytest.mark.site(EDITIONS=None)
@pytest.mark.fault("the process is killed", "a save in a browser", "what was acknowledged is kept")
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
        stored, browser = kept(site, number)[QUESTION], saver.browser
        assert stored in (browser.acknowledged[-1], browser.asked[-1]), "the last answer that was acknowledged is lost"
        acknowledged += len(browser.acknowledged)
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
    """Somebody who saves one answer after another until nobody answers any more."""

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
