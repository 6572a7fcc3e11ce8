"""Paths of the repository and of the tests' data, and names of programs."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "tests" / "data"
EDITIONS = DATA / "editions"
GOLDEN = DATA / "golden"

#: Names of Chromium. The first is Debian's version without windows, which takes half the time for a page.
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
