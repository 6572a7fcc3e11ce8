"""Rounding, in one place: half away from zero, with a tolerance, only on the way out.

The language's own `round` gives 60 for 60.5, and floating point gives
60.49999999999999 where the sum by hand is 60.5. Both would print a number
nobody can redo, so a half counts as a half from 1e-9 below it.
"""

import math

import numpy as np

from compliance.scoring.types import Floats

TOLERANCE = 1e-9


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
