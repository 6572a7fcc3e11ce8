"""How many examples a property is tried on: all of them, or a share, where the same tests run thousands of times."""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import settings

#: Of the examples that each property names; `make mutants` runs every test that reaches a changed line.
SHARE = float(os.environ.get("ARTICLE34_EXAMPLES", "1"))
FEWEST = 3


def tries(number: int) -> int:
    """How many of its seeds a test goes through: all of them, or the same share."""
    return max(FEWEST, round(number * SHARE))


def examples(number: int) -> Callable[[Any], Any]:
    """A property's settings: so many examples, and never fewer than three; a share of them is always the same one."""
    return settings(
        max_examples=tries(number),
        derandomize=SHARE < 1 or settings().derandomize,
        deadline=None,  # a busy machine is slow, not wrong; `make mutants` runs without conftest.py, which says so too
    )
