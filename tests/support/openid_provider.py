"""An OpenID provider on loopback, and signing in there."""

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests

#: Where `.ci/run` installs the package oidc-provider.
FOLDER = Path(os.environ.get("ARTICLE34_OIDC_PROVIDER") or Path.home() / ".cache/article34/oidc-provider")
SECRET = "a secret between the two"


@contextmanager
def openid_provider(*returns: str) -> Iterator[str]:
    """Start a provider that redirects people to these addresses, and yield its issuer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = Path(__file__).with_suffix(".mjs")
    command = ["node", str(script), str(FOLDER), str(port), *returns]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert any("ready" in line for line in process.stdout), "the provider did not start"
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def sign_in_there(address: str, login: str) -> str:
    """Sign in and give consent at the provider, and return the address that it redirects to."""
    with requests.Session() as browser:
        host = urlsplit(address).netloc
        answer = browser.get(address, allow_redirects=False, timeout=30)
        while True:
            if answer.is_redirect:
                where = urljoin(answer.url, answer.headers["Location"])
                if urlsplit(where).netloc != host:
                    return where
                answer = browser.get(where, allow_redirects=False, timeout=30)
                continue
            form = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
            assert answer.ok and form, answer.text
            prompt = "login" if 'name="login"' in answer.text else "consent"
            fields = {"prompt": prompt, "login": login, "password": "any"}
            where = urljoin(answer.url, unescape(form[1]))
            answer = browser.post(where, data=fields, allow_redirects=False, timeout=30)
