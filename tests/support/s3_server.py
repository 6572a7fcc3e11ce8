"""An S3 server on loopback, with one bucket."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from tests.support.real_servers import free_port

BUCKET = "figures"


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """Run a server, and yield the environment variables with which the tool uses it."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=os.environ | {"MOTO_PORT": str(port)}, **quiet) as process:  # type: ignore[call-overload]
        try:
            address = f"http://127.0.0.1:{port}"
            _make_bucket(address, process)
            yield {
                "AWS_ENDPOINT_URL": address,
                "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "invented",
                "AWS_SECRET_ACCESS_KEY": "invented",
            }
        finally:
            process.kill()


def _make_bucket(address: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while True:
        try:
            assert requests.put(f"{address}/{BUCKET}", timeout=30).ok
            return
        except requests.ConnectionError:
            assert process.poll() is None and time.monotonic() < until, "the S3 server did not start"
            time.sleep(0.05)
