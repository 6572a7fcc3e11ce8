"""How many random cases a test tries: a fixed few in `make test`, all in CI, ten times as many in `make soak`.

Every property and every range of seeds takes its number from here, so that ARTICLE34_EXAMPLES, a factor, holds for
all of them: 0.1 unless it is set, 1 in `.ci/run`, 10 in `make soak`, 0.03 in `make mutants`. Up to 1 the cases are
the same in every run; above 1 they are drawn anew, to find what nobody has met.
"""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import settings

#: Of the number that each test names.
SHARE = float(os.environ.get("ARTICLE34_EXAMPLES", "0.1"))
FEWEST = 3


def tries(number: int) -> int:
    """The number of seeds a test goes through, of `number` in CI; never fewer than three."""
    return max(FEWEST, round(number * SHARE))


def examples(number: int) -> Callable[[Any], Any]:
    """The settings of a property that is tried on `number` examples in CI; never on fewer than three."""
    return settings(
        max_examples=tries(number),
        derandomize=SHARE <= 1,
        print_blob=True,
        deadline=None,  # a busy machine is slow, not wrong; `make mutants` runs without conftest.py, which says so too
    )
