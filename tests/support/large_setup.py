"""The large set-up, started as operators start it, with `deploy/without_containers.py`."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.real_servers import free_port
from tests.support.sites import SALT


@contextmanager
def large_setup(folder: Path) -> Iterator[int]:
    """Start everything, and yield the port of the proxy. `folder` is for data, and other users must have access."""
    (folder / "secrets").mkdir(mode=0o700, exist_ok=True)
    (folder / "secrets/security_password_salt").write_text(SALT)
    port = free_port()
    command = [sys.executable, str(ROOT / "deploy/without_containers.py"), str(folder), "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as started:
        assert started.stdout is not None
        said: list[str] = []
        for line in started.stdout:
            said.append(line)
            if f"https://localhost:{port}/" in line:
                break
        else:
            raise AssertionError("".join(said))
        try:
            yield port
        finally:
            started.send_signal(signal.SIGTERM)
            rest, _nothing = started.communicate(timeout=300)
    assert started.returncode == 0, rest


def database_of(folder: Path) -> str:
    """Return the URL of the database of a large set-up."""
    return (folder / "secrets/database_url").read_text("utf-8")
