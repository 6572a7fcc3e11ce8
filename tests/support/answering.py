"""A client that answers one question repeatedly over a real socket, as a browser does: page, save, page, save."""

import re
import ssl
import time
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlencode

from tests.support.real_servers import FORM
from tests.support.sites import PASSWORD

#: A question of the full edition, and the options with which it is answered.
QUESTION, OPTIONS = "r03.text", ("local", "implied", "plain")

MOST_IDLE = 15  # seconds


class AnsweringBrowser:
    """A connection that stays open, with its cookies. Raises AssertionError for an unexpected response."""

    def __init__(self, port: int, *, secure: bool = False, host: str = "localhost") -> None:
        self.host = f"{host}:{port}"
        if secure:
            trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            self.connection: HTTPConnection = HTTPSConnection("127.0.0.1", port, timeout=60, context=trusting)
        else:
            self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.last = 0.0
        self.cookies: dict[str, str] = {}
        self.asked: list[str] = []
        self.acknowledged: list[str] = []

    def sign_in(self, email: str) -> None:
        """Sign in with the password that all people of the tests share."""
        fields = {"csrf_token": self.token(self.get("/sign-in")), "email": email, "password": PASSWORD}
        assert self.send("POST", "/sign-in", fields)[0] == 302, email

    def show(self, number: int) -> str:
        """Return the page with the question."""
        return self.get(f"/assessments/{number}/code")

    def save(self, number: int, page: str) -> None:
        """Save another answer than the one on the page, alternating between the button and autosave."""
        version = re.search(rf'name="{QUESTION}#version" value="(\d+)"', page)
        assert version
        last = self.asked[-1] if self.asked else ""
        answer = next(option for option in OPTIONS if option != last and not _is_chosen(page, option))
        self.asked.append(answer)
        fields = {"csrf_token": self.token(page), QUESTION: answer, f"{QUESTION}#version": version[1]}
        where, wanted = (("code", 302), ("autosave", 200))[len(self.asked) % 2]
        status, said = self.send("POST", f"/assessments/{number}/{where}", fields)
        assert status == wanted, f"{status} {said[:200]}"
        self.acknowledged.append(answer)

    def get(self, where: str) -> str:
        """Return a page, which must exist."""
        status, said = self.send("GET", where)
        assert status == 200, f"{where}: {status}"
        return said

    @staticmethod
    def token(page: str) -> str:
        """Return the CSRF token of a page."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found
        return found[1]

    def send(self, method: str, where: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """Send one request. Reconnect first if the connection was idle for long, as servers close such connections."""
        if time.monotonic() - self.last > MOST_IDLE:
            self.connection.close()
        headers = {"Host": self.host, **({"Content-Type": FORM} if fields else {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, where, urlencode(fields) if fields else None, headers)
        answer = self.connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, value = cookie.partition(";")[0].split("=", 1)
            self.cookies[name] = value
        said = answer.read().decode()
        self.last = time.monotonic()
        return answer.status, said


def _is_chosen(page: str, option: str) -> bool:
    return re.search(rf'name="{QUESTION}" value="{option}" checked', page) is not None
