"""Servers on real sockets of this machine: the tool itself, nginx or Caddy in front of it, Redis, and a mail server."""

import os
import re
import signal
import socketserver
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from queue import Queue
from socket import create_connection, socket
from threading import Thread
from typing import IO
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.forked_servers import ForkedServer
from tests.support.paths import ROOT

FORM = "application/x-www-form-urlencoded"


def free_port() -> int:
    """Return a port that is free now."""
    with closing(socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(folder: Path, **env: str) -> Iterator[int]:
    """Run `compliance serve` with these settings, and yield its port."""
    settings = {**os.environ, "ARTICLE34_INSTANCE": str(folder), **env}
    server = ForkedServer("serve", "--port", str(free_port()), env=settings)
    try:
        yield port_said(server.output)
    finally:
        server.stop()


@contextmanager
def serving_as_installed(python: Path, folder: Path) -> Iterator[int]:
    """Run `compliance serve` as installed in another Python, outside of the checkout, and yield its port."""
    command = [str(python), "-m", "compliance", "serve", "--port", str(free_port())]
    settings = {**os.environ, "ARTICLE34_INSTANCE": str(folder / "instance")}
    settings.pop("PYTHONPATH", None)
    server = subprocess.Popen(command, env=settings, cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield port_said(server.stdout)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            server.kill()
            server.communicate()


def port_said(output: IO[str]) -> int:
    """Return the port that a server prints when it starts."""
    found = re.search(r"http://127\.0\.0\.1:(\d+)/", output.readline())
    assert found, "the server did not start"
    return int(found[1])


@dataclass(frozen=True)
class Proxy:
    """The ports of a proxy."""

    plain: int
    secure: int


def documented_server(folder: Path, proxy: Proxy, upstream: int) -> str:
    """Return deploy/nginx.conf with the ports and files of a test."""
    block = (ROOT / "deploy/nginx.conf").read_text("utf-8")
    for written, meant in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{proxy.secure} ssl; listen 127.0.0.1:{proxy.plain};"),
        ("/etc/ssl/figures.pem", f"{folder}/certificate.pem"),
        ("/etc/ssl/figures.key", f"{folder}/key.pem"),
        ("127.0.0.1:5034", f"127.0.0.1:{upstream}"),
    ):
        assert written in block, written
        block = block.replace(written, meant)
    return block


@contextmanager
def proxying(nginx: str, folder: Path, upstream: int) -> Iterator[Proxy]:
    """Run an nginx in front of a server, without root, as in deploy/nginx.conf. Its `access.log` is in the folder."""
    proxy = Proxy(free_port(), free_port())
    _certify(folder)
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"""
        daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
        events {{ worker_connections 64; }}
        http {{
            access_log {folder}/access.log;
            {temporary}
            {documented_server(folder, proxy, upstream)}
        }}
        """
    )
    command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    server = subprocess.Popen(command)
    try:
        _wait_for(proxy.secure)
        yield proxy
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(port: int, *, secure: bool = False) -> None:
    """Wait until a server listens on a port and, if `secure`, has a certificate."""
    deadline = time.monotonic() + 30
    while True:
        try:
            with create_connection(("127.0.0.1", port), 1) as connection:
                if secure:
                    _trusting().wrap_socket(connection).close()
            return
        except OSError:
            assert time.monotonic() < deadline, f"nobody listens on port {port}"
            time.sleep(0.05)


@contextmanager
def caddying(caddy: str, folder: Path, upstream: int) -> Iterator[Proxy]:
    """Run a Caddy in front of a server, as in deploy/Caddyfile, with its own certificate for localhost."""
    proxy = Proxy(free_port(), free_port())
    settings = {
        "ARTICLE34_NAME": "localhost",
        "ARTICLE34_UPSTREAM": f"127.0.0.1:{upstream}",
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
    }
    config = folder / "Caddyfile"
    documented = (ROOT / "deploy/Caddyfile").read_text("utf-8")
    ports = f"http_port {proxy.plain}", f"https_port {proxy.secure}"
    options = ("admin off", "skip_install_trust", "default_sni localhost", "default_bind 127.0.0.1", *ports)
    head = "".join(f"\t{option}\n" for option in options)
    config.write_text(f"{{\n{head}}}\n{documented}", "utf-8")
    command = [caddy, "run", "--config", str(config), "--adapter", "caddyfile"]
    with (folder / "caddy.log").open("w") as log:
        process = subprocess.Popen(command, env={**os.environ, **settings}, cwd=folder, stdout=log, stderr=log)
    try:
        _wait_for(proxy.secure, secure=True)
        yield proxy
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def redis_serving(server: str) -> Iterator[str]:
    """Run a Redis that stores nothing on disk, and yield its URL."""
    port = free_port()
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--daemonize", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(60)


def _certify(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "figures.example.org")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )


@dataclass
class Reply:
    """The response of a server."""

    status: int
    headers: list[tuple[str, str]]
    text: str

    def header(self, name: str) -> str:
        """Return the first header of this name, or "" if there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass
class SocketBrowser:
    """An HTTP client with cookies, which can connect from any loopback address."""

    port: int
    host: str
    secure: bool = False
    address: str = "127.0.0.1"
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, where: str, fields: Mapping[str, str] | None = None, **headers: str) -> Reply:
        """Get a page, or post fields to it."""
        sent = {"Host": self.host, **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if fields is not None:
            sent["Content-Type"] = FORM
        with closing(self._connection()) as connection:
            body = None if fields is None else urlencode(fields)
            connection.request("GET" if fields is None else "POST", where, body, sent)
            answer = connection.getresponse()
            reply = Reply(answer.status, answer.getheaders(), answer.read().decode())
        for name, value in reply.headers:
            if name.lower() == "set-cookie":
                cookie = value.partition(";")[0].split("=", 1)
                self.cookies[cookie[0]] = cookie[1]
        return reply

    def post(self, where: str, **fields: str) -> Reply:
        """Load the page with the form, and send it with its token."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.ask(where).text)
        assert found, "the page has no form"
        return self.ask(where, {"csrf_token": found[1], **fields})

    def _connection(self) -> HTTPConnection:
        source = (self.address, 0)
        if not self.secure:
            return HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=source)
        return HTTPSConnection("127.0.0.1", self.port, timeout=60, source_address=source, context=_trusting())


def _trusting() -> ssl.SSLContext:
    """Return a context that accepts any certificate."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    return trusting


@contextmanager
def mailbox() -> Iterator[tuple[int, "Queue[str]"]]:
    """Run a mail server, and yield its port and a queue of the messages that it receives."""
    came: Queue[str] = Queue()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    came.put(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
                self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    with Server(("127.0.0.1", 0), Session) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1], came
        server.shutdown()
        thread.join(30)
