"""Where things are: the repository, and the data of the tests."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "tests" / "data"
EDITIONS = DATA / "editions"
GOLDEN = DATA / "golden"

#: What Chromium is called. The first is Debian's without windows, which takes half the time for a page.
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
