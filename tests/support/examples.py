"""How many cases a test tries: a fixed few in `make test`, all in CI, ten times as many random ones in `make soak`.

Every property and every range of seeds takes its number from here, so that the factor ARTICLE34_EXAMPLES applies to
all of them: 0.1 unless it is set, 1 in `.ci/run`, 10 in `make soak`, 0.03 in `make mutants`. Up to 1 the cases are
the same in every run. Above 1 they are drawn anew, to find cases that no run has tried.

Large products, such as every page in every language, are sampled below 1 and complete from 1 on: see `sampled`. Of the
ways of doing the same, such as with JavaScript and without, one is taken below 1: see `ways`.
"""

import os
from collections.abc import Callable, Hashable, Iterable
from random import Random
from typing import Any, TypeVar

from hypothesis import settings

#: The factor applied to the number that each test names.
SHARE = float(os.environ.get("ARTICLE34_EXAMPLES", "0.1"))
FEWEST = 3

Case = TypeVar("Case", bound=tuple[Hashable, ...])
Way = TypeVar("Way", bound=Hashable)


def tries(number: int) -> int:
    """Return the number of seeds that a test tries: `number` in CI, and never fewer than three."""
    return max(FEWEST, round(number * SHARE))


def examples(number: int) -> Callable[[Any], Any]:
    """Return the settings of a property that is tried on `number` examples in CI, and never on fewer than three."""
    return settings(
        max_examples=tries(number),
        derandomize=SHARE <= 1,
        print_blob=True,
        deadline=None,  # a busy machine is slow, not wrong; here too, as `make mutants` runs without conftest.py
    )


def sampled(cases: Iterable[Case], share: float = SHARE) -> list[Case]:
    """Return all cases of a product of factors, or, below a share of 1, a sample that covers every value.

    A case is a tuple with one value of each factor, such as (page, language). The sample contains every value of every
    factor, and at least the share of cases. It is the same in every run, in the order of the cases.
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


def ways(everything: Iterable[Way], chosen: Way) -> list[Way]:
    """Return all ways of doing the same, or, below a share of 1, only the one that is `chosen`.

    A test that does more in one way than in others, such as looking at pages with axe, chooses that way. The others
    choose so that every way is taken somewhere: the journey is made in English without JavaScript, the walk through a
    company's desk in Arabic with it.
    """
    found = list(everything)
    if chosen not in found:
        raise ValueError(f"{chosen} is none of the ways {found}")
    return found if SHARE >= 1 else [chosen]
