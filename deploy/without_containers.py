"""Start on this machine what compose.yaml describes, without containers: web processes, PostgreSQL, Redis, Caddy.

Run: python deploy/without_containers.py FOLDER [--port 8443]

It is for trying the large set-up out, and for tests; what serves others belongs under systemd. Services, settings and
secrets come from compose.yaml (profile postgresql); the programs that its images hold come from Debian's packages
postgresql, redis-server and caddy, and from the Python that runs this. FOLDER keeps data, secrets and logs. A process
that ends is started again. Ctrl-C stops everything in order.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from socket import create_connection, socket
from typing import Any, NoReturn

import psycopg
import yaml

HERE = Path(__file__).parent
PROFILE = "postgresql"
HOST = "127.0.0.1"
TOOL = (sys.executable, "-m", "compliance")
PATIENCE = 120  # seconds until a service has to be there


@dataclass
class Service:
    """A program that runs, and how to start it again."""

    name: str
    command: list[str]
    settings: dict[str, str]
    log: Path
    port: int
    user: str | None = None  # of whom; None: of whoever runs this
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; what it prints goes to its log."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.settings, stdout=log, stderr=log, user=self.user, group=self.user
            )

    def wait(self) -> None:
        """Wait until it listens."""
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(OSError):
                create_connection((HOST, self.port), 1).close()
                return
            if self.process is not None and self.process.poll() is not None:
                fail(f"{self.name} ended while it started. Its log: {self.log}")
            if time.monotonic() > deadline:
                fail(f"{self.name} does not answer at port {self.port}. Its log: {self.log}")
            time.sleep(0.05)

    def stop(self, told: signal.Signals = signal.SIGTERM) -> None:
        """Tell it to stop, and wait."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(told)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def fail(sentence: str) -> NoReturn:
    """End with a sentence."""
    sys.exit(sentence)


def program(*names: str, package: str) -> str:
    """The path of a program of this machine. Debian keeps those of PostgreSQL in a folder for each version."""
    for name in names:
        places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda found: found.parts[4])
        if found := shutil.which(name) or next((str(place) for place in reversed(places)), None):
            return found
    fail(f"{names[0]} is not installed: it is in Debian's package {package}.")


def free_port() -> int:
    """A port that nobody listens on now."""
    with closing(socket()) as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


def interpolated(said: str, given: dict[str, str]) -> str:
    """A value of compose.yaml with `${NAME}`, `${NAME:-otherwise}` and `${NAME:?why}` filled in."""
    return re.sub(
        r"\$\{([A-Z0-9_]+)(?::([-?])([^}]*))?\}",
        lambda found: given.get(found[1]) or (found[3] or "") * (found[2] == "-"),
        said,
    )


class Setup:
    """The services of one profile of compose.yaml, as programs of this machine."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.database_port = free_port()
        self.given = {**os.environ, "ARTICLE34_NAME": f"localhost:{port}"}
        said = yaml.safe_load((HERE / "compose.yaml").read_text("utf-8"))
        self.described: dict[str, Any] = {
            name: service for name, service in said["services"].items() if PROFILE in service["profiles"]
        }
        self.running: list[Service] = []
        for name in ("logs", "data", "secrets"):
            (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)

    def start(self) -> None:
        """Start the services in their order: database, web processes, proxy. What started is in `running`."""
        url = self.start_database()
        self.make_database(url)
        tool = self.described["postgresql"]
        settings = self.settings(tool["environment"]) | {"ARTICLE34_INSTANCE": str(self.folder / "data")}
        settings["ARTICLE34_API_LIMITS"] = self.start_redis()
        # As OPERATING.md has it: the tables are made before the service starts.
        if subprocess.run([*TOOL, "migrate"], env=settings, check=False).returncode:
            fail("compliance migrate failed; it says why.")
        webs = [
            self.launch(f"web{number}", [*TOOL, "serve", "--port", str(port)], settings, port)
            for number in range(1, tool["deploy"]["replicas"] + 1)
            if (port := free_port())
        ]
        for web in webs:
            web.wait()
        self.start_proxy([web.port for web in webs])

    def launch(
        self, name: str, command: list[str], settings: dict[str, str], port: int, user: str | None = None
    ) -> Service:
        """Start a program, and remember it."""
        made = Service(name, command, settings, self.folder / "logs" / f"{name}.log", port, user)
        made.start()
        self.running.append(made)
        return made

    def settings(self, environment: dict[str, str]) -> dict[str, str]:
        """The environment of a service, with secrets from files of the folder instead of /run/secrets."""
        secrets = f"{self.folder / 'secrets'}/"
        return {**os.environ} | {
            name: interpolated(value, self.given).replace("/run/secrets/", secrets)
            for name, value in environment.items()
        }

    def start_database(self) -> str:
        """PostgreSQL, with its own data, as the user `postgres` where root asks. Return its URL."""
        data = self.folder / "database"
        user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
        password = self.secret("postgres_password")
        for name in ("secret_key", "security_password_salt", "security_totp_secrets"):
            self.secret(name)
        url = f"postgresql://article34:{password}@{HOST}:{self.database_port}/article34"
        (self.folder / "secrets" / "database_url").write_text(url, "utf-8")
        if not (data / "PG_VERSION").exists():
            self.make_cluster(data, user, password)
        server = [
            program("postgres", package="postgresql"),
            "-D",
            str(data),
            "-p",
            str(self.database_port),
            "-h",
            HOST,
            "-k",
            "",
        ]
        self.launch("database", server, {**os.environ}, self.database_port, user).wait()
        return url

    def make_cluster(self, data: Path, user: str | None, password: str) -> None:
        """An empty PostgreSQL, whose owner is article34."""
        self.folder.chmod(0o711)  # the user `postgres` passes through it to its own
        data.mkdir(mode=0o700, exist_ok=True)
        asked = self.folder / "password"
        asked.touch(mode=0o600)
        asked.write_text(password, "utf-8")
        if user is not None:
            for path in (data, asked):
                shutil.chown(path, user, user)
        told = ["--auth=scram-sha-256", "--username=article34", "--encoding=UTF8", "--locale=C.UTF-8"]
        initdb = [program("initdb", package="postgresql"), "--pgdata", str(data), f"--pwfile={asked}", *told]
        subprocess.run(initdb, stdout=subprocess.DEVNULL, check=True, user=user, group=user)
        asked.unlink()

    def make_database(self, url: str) -> None:
        """The database within the server, which the image of compose.yaml makes by itself."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with psycopg.connect(url.rpartition("/")[0] + "/postgres", autocommit=True) as admin:
                    if not admin.execute("SELECT 1 FROM pg_database WHERE datname = 'article34'").fetchone():
                        admin.execute("CREATE DATABASE article34")
                return
            except psycopg.OperationalError:  # it listens, and is not ready yet
                if time.monotonic() > deadline:
                    fail(f"The database takes nobody in. Its log: {self.running[0].log}")
                time.sleep(0.1)

    def start_redis(self) -> str:
        """Redis as compose.yaml has it, at a port of its own. Return its URL."""
        port, (_name, *options) = free_port(), self.described["redis"]["command"]
        command = [program("redis-server", package="redis-server"), "--port", str(port), "--bind", HOST, *options]
        self.launch("redis", command, {**os.environ}, port).wait()
        return f"redis://{HOST}:{port}/0"

    def start_proxy(self, ports: list[int]) -> None:
        """Caddy with deploy/Caddyfile before every web process, with a certificate of its own making."""
        caddy = program("caddy", package="caddy")
        options = (
            "admin off",
            "skip_install_trust",
            "default_sni localhost",
            f"default_bind {HOST}",
            f"https_port {self.port}",
        )
        head = "".join(f"\t{option}\n" for option in (*options, f"http_port {free_port()}"))
        config = self.folder / "Caddyfile"
        config.write_text(f"{{\n{head}}}\n" + (HERE / "Caddyfile").read_text("utf-8"), "utf-8")
        settings = self.settings(self.described["caddy"]["environment"]) | {
            "ARTICLE34_NAME": "localhost",
            "ARTICLE34_UPSTREAM": " ".join(f"{HOST}:{port}" for port in ports),
            "HOME": str(self.folder),
            "XDG_DATA_HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder),
        }
        command = [caddy, "run", "--config", str(config), "--adapter", "caddyfile"]
        self.launch("caddy", command, settings, self.port).wait()

    def secret(self, name: str) -> str:
        """A secret of the folder, made once."""
        path = self.folder / "secrets" / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(token_urlsafe(32), "utf-8")
        return path.read_text("utf-8").strip()


def main() -> None:
    """Start everything, say where it is, and keep it running until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where data, secrets and logs are kept; made if it is not there")
    parser.add_argument("--port", type=int, default=8443, help="the port of the proxy (8443)")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    setup = Setup(asked.folder.absolute(), asked.port)
    try:
        setup.start()
        print(f"Article 34 is at https://localhost:{setup.port}/", flush=True)
        while True:
            time.sleep(1)
            for service in setup.running:
                if service.process is not None and service.process.poll() is not None:
                    print(f"{service.name} ended ({service.process.returncode}) and is started again.", flush=True)
                    service.start()
    except KeyboardInterrupt:
        pass
    finally:
        for service in reversed(setup.running):
            # SIGINT is PostgreSQL's fast stop: it waits for nobody who is still connected.
            service.stop(signal.SIGINT if service.name == "database" else signal.SIGTERM)


if __name__ == "__main__":
    main()
