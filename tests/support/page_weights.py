"""What each step of a walk weighs on the line: bytes as they arrive, compressed, heads and all; and its requests.

A page is there, whole, once it has loaded and nothing that it asked for is on its way. The mark of a tab comes later,
to a Chromium with windows; the one without asks for none, so that its few hundred bytes are in no figure of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from playwright.sync_api import CDPSession, Page

from tests.support.browsers import PATIENCE

#: A slow telephone line: 400 kilobits a second each way, and 400 milliseconds until anything answers.
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}


@dataclass
class Step:
    """One page asked for, with all that came with it."""

    name: str
    requests: int  # on the line; what the browser had kept takes none
    weight: int  # bytes


@dataclass
class Scales:
    """Listens to the line of a page, which may be a slow one; `step` says what arrived since the last one."""

    page: Page
    line: Mapping[str, float | bool] | None = None
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._arrived: list[int] = []
        self._under_way: set[str] = set()  # the ids of requests
        self._tools: CDPSession = self.page.context.new_cdp_session(self.page)
        self._tools.send("Network.enable")
        if self.line:
            self._tools.send("Network.emulateNetworkConditions", {**self.line})
        self._tools.on("Network.requestWillBeSent", self._follow)
        self._tools.on("Network.loadingFinished", self._arrive)
        self._tools.on("Network.loadingFailed", lambda event: self._under_way.discard(event["requestId"]))

    def _follow(self, event: dict[str, Any]) -> None:
        """A request that an answer led to: that answer has arrived, and nothing else tells of it."""
        if "redirectResponse" in event:
            self._arrive(event["redirectResponse"])
        self._under_way.add(event["requestId"])

    def _arrive(self, answer: dict[str, Any]) -> None:
        if weight := int(answer["encodedDataLength"]):  # nothing: the browser had it
            self._arrived.append(weight)
        self._under_way.discard(answer.get("requestId", ""))

    def step(self, name: str) -> Step:
        """Once the page is there: what it took."""
        self.page.wait_for_load_state()
        until = monotonic() + PATIENCE / 1000
        while self._under_way or not self._arrived:
            assert monotonic() < until, f"{name}: the page is not there, whole"
            self._tools.send("Page.getNavigationHistory")  # a word with the browser lets what it told come in
        step = Step(name, len(self._arrived), sum(self._arrived))
        self._arrived.clear()
        self.steps.append(step)
        return step

    def table(self) -> str:
        """Every step in a line."""
        return "\n".join(f"{step.name:<28}{step.requests:>3} requests {step.weight:>8,} bytes" for step in self.steps)
