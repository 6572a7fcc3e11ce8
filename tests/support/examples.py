"""How many cases a test tries: a fixed few in `make test`, all in CI, ten times as many random ones in `make soak`.

Every property and every range of seeds takes its number from here, so that ARTICLE34_EXAMPLES, a factor, holds for
all of them: 0.1 unless it is set, 1 in `.ci/run`, 10 in `make soak`, 0.03 in `make mutants`. Up to 1 the cases are
the same in every run; above 1 they are drawn anew, to find what nobody has met.

Large products, as every page in every language, are sampled below 1 and whole from 1 on: see `sampled`.
"""

import os
from collections.abc import Callable, Hashable, Iterable
from random import Random
from typing import Any, TypeVar

from hypothesis import settings

#: Of the number that each test names.
SHARE = float(os.environ.get("ARTICLE34_EXAMPLES", "0.1"))
FEWEST = 3

Case = TypeVar("Case", bound=tuple[Hashable, ...])


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


def sampled(cases: Iterable[Case], share: float = SHARE) -> list[Case]:
    """Of a product of factors, as pages x languages, all cases; below a share of 1 a sample that covers every value.

    A case is a tuple with a value of each factor. Every value of every factor is in the sample, which has as few
    cases as that takes, or the share of them if that is more. It is the same in every run, in the order of the cases.
    """
    everything = list(cases)
    if share >= 1:
        return everything
    left = list(range(len(everything)))
    Random(len(left)).shuffle(left)
    missing = {value for case in everything for value in enumerate(case)}
    chosen: list[int] = []
    while missing or len(chosen) < share * len(everything):
        best = max(left, key=lambda number: len(missing & set(enumerate(everything[number]))))
        left.remove(best)
        chosen.append(best)
        missing -= set(enumerate(everything[best]))
    return [everything[number] for number in sorted(chosen)]
