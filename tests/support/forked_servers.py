"""Servers and other processes, forked from a process that has loaded the tool.

Started from nothing, a server uses 4 s of CPU time until it answers, and a process that only needs the store 2 s. That
servers also start in this way is tested by `house/test_wheel.py` and `web/common/test_large_setup.py`.
"""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from signal import SIGTERM, Signals
from typing import TextIO

_FORKING = get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.support.loaded_tool"])


def compliance(arguments: Sequence[str]) -> None:
    """Run the command `compliance`."""
    from compliance.cli import main

    main(list(arguments))


class ForkedServer:
    """The process of a program with these arguments and this environment. `output`: what it prints.

    A `daemon` ends with this process, and cannot start processes itself.
    """

    def __init__(
        self,
        *arguments: str,
        env: Mapping[str, str],
        program: Callable[[Sequence[str]], None] = compliance,
        daemon: bool = True,
    ) -> None:
        read, written = _FORKING.Pipe(duplex=False)
        given = (program, arguments, dict(env), written)
        self._process = _FORKING.Process(target=_run, args=given, daemon=daemon)
        self._process.start()
        written.close()
        self.output: TextIO = os.fdopen(os.dup(read.fileno()), encoding="utf-8")
        read.close()

    @property
    def pid(self) -> int:
        """The id of the process."""
        assert self._process.pid is not None
        return self._process.pid

    def exit_code(self, within: float = 60) -> int | None:
        """Wait some seconds for the process to end, and return its exit code (-9: killed); None if it goes on."""
        self._process.join(within)
        return self._process.exitcode

    def stop(self, told: Signals = SIGTERM) -> None:
        """Send the process this signal, and kill it if it has not ended after a minute."""
        os.kill(self.pid, told)
        self._process.join(60)
        self.kill()

    def kill(self) -> None:
        """Kill the process with SIGKILL unless it has ended, wait for it, and close its output."""
        self._process.kill()
        self._process.join()
        self.output.close()


def _run(
    program: Callable[[Sequence[str]], None], arguments: tuple[str, ...], env: dict[str, str], output: Connection
) -> None:
    os.environ.clear()
    os.environ.update(env)
    tempfile.tempdir = None  # as it was found in another environment
    os.dup2(output.fileno(), 1)
    output.close()
    program(arguments)
