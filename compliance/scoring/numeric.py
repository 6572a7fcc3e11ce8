"""Numeric conventions: array types, the order of the four figures, tolerance and rounding.

Arrays hold one entry per company. NaN means *missing* (dropped out, not asked, no score) and is never a number,
so that "no score" can never be averaged.

Rounding is half away from zero, with a tolerance, and only on output. Python's own `round` gives 60 for 60.5,
and floating point gives 60.49999999999999 where the sum by hand is 60.5. Both would print a number that nobody
can reproduce, so a half counts as a half from 1e-9 below it.
"""

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

#: Shares of full marks, 1 = full; NaN = off, so that "no score" can never be averaged.
Floats: TypeAlias = npt.NDArray[np.float64]
#: Three rows, the same companies in each: as it stands, at worst, at best.
Triple: TypeAlias = npt.NDArray[np.float64]
#: Answer codes, positions of companies or bands; and NO, OPEN, YES of conditions.
Codes: TypeAlias = npt.NDArray[np.integer[Any]]
Truths: TypeAlias = npt.NDArray[np.int8]
Flags: TypeAlias = npt.NDArray[np.bool_]

SCORE, WORST, BEST, COVERAGE = 0, 1, 2, 3

TOLERANCE = 1e-9


def number_or_none(share: float, scale: float = 1.0) -> float | None:
    """A share on a scale; NaN is None."""
    return None if math.isnan(share) else float(share) * scale


def rounded(number: float, digits: int) -> float:
    """`number` to `digits` decimals, half away from zero: 60.5 -> 61, -0.5 -> -1."""
    factor = 10.0**digits
    return math.copysign(math.floor(abs(number) * factor + 0.5 + TOLERANCE), number) / factor + 0.0


def rounded_all(numbers: Floats, digits: int) -> Floats:
    """`rounded` for every number of an array; NaN stays NaN."""
    factor = 10.0**digits
    result: Floats = np.copysign(np.floor(np.abs(numbers) * factor + 0.5 + TOLERANCE), numbers) / factor + 0.0
    return result


def shown(number: float | None, digits: int) -> str:
    """A score as text with `digits` decimals; no score is the empty text."""
    if number is None or math.isnan(number):
        return ""
    return f"{rounded(number, digits):.{digits}f}"
