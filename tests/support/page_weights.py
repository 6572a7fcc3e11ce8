"""The weight of each step of a walk: transferred bytes, compressed and with headers, and the number of requests.

A page is complete once it has loaded and none of its requests is under way. A Chromium with windows requests the icon
of the tab later. One without windows does not request it, so that its few hundred bytes are not included.
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
    """One requested page, with everything that it loads."""

    name: str
    requests: int  # sent to the server, without those answered from the browser's cache
    weight: int  # bytes


@dataclass
class Scales:
    """Measures the traffic of a page, on a line that may be slow. `step` returns what arrived since the last step."""

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
        """Register a request. If it follows a redirect, register that response, for which there is no other event."""
        if "redirectResponse" in event:
            self._arrive(event["redirectResponse"])
        self._under_way.add(event["requestId"])

    def _arrive(self, answer: dict[str, Any]) -> None:
        if weight := int(answer["encodedDataLength"]):  # 0: from the browser's cache
            self._arrived.append(weight)
        self._under_way.discard(answer.get("requestId", ""))

    def step(self, name: str) -> Step:
        """Wait until the page is complete, and return its requests and bytes."""
        self.page.wait_for_load_state()
        until = monotonic() + PATIENCE / 1000
        while self._under_way or not self._arrived:
            assert monotonic() < until, f"{name}: the page is not there, whole"
            self._tools.send("Page.getNavigationHistory")  # any call to the browser lets waiting events be handled
        step = Step(name, len(self._arrived), sum(self._arrived))
        self._arrived.clear()
        self.steps.append(step)
        return step

    def table(self) -> str:
        """Return the steps as text, a line each."""
        return "\n".join(f"{step.name:<28}{step.requests:>3} requests {step.weight:>8,} bytes" for step in self.steps)
