"""Where things are: the repository, and the data of the tests."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "tests" / "data"
EDITIONS = DATA / "editions"
GOLDEN = DATA / "golden"
