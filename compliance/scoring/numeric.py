"""Numeric conventions: array types, the order of the four figures, tolerance and rounding.

Arrays have one entry per company. NaN means *off* or no score (dropped out, not asked), so that "no score" is never
averaged as a number.

Rounding is half away from zero, with a tolerance, and only for output. Python's `round` gives 60 for 60.5, and floating
point gives 60.49999999999999 where the sum by hand is 60.5. Nobody could reproduce either number by hand, so a half
counts as a half from 1e-9 below it.
"""

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import orjson

from compliance.questionnaire.answers import number_text

#: Shares of full marks, 1 = full; NaN = off.
Floats: TypeAlias = npt.NDArray[np.float64]
#: Three rows over the same companies: score, worst, best.
Triple: TypeAlias = npt.NDArray[np.float64]
#: Answer codes, or positions of companies or bands. `Truths`: NO, OPEN, YES of conditions.
Codes: TypeAlias = npt.NDArray[np.integer[Any]]
Truths: TypeAlias = npt.NDArray[np.int8]
Flags: TypeAlias = npt.NDArray[np.bool_]

SCORE, WORST, BEST, COVERAGE = 0, 1, 2, 3

TOLERANCE = 1e-9


def number_or_none(share: float, scale: float = 1.0) -> float | None:
    """Return a share times a scale, or None for NaN."""
    return None if math.isnan(share) else float(share) * scale


def numbers_or_none(shares: Floats, scale: float = 1.0) -> list[float | None]:
    """Return `number_or_none` of every share of an array."""
    return [None if number != number else number for number in (shares * scale).tolist()]


def rounded(number: float, digits: int) -> float:
    """Return `number` rounded to `digits` decimals, half away from zero: 60.5 -> 61, -0.5 -> -1."""
    factor = 10.0**digits
    return math.copysign(math.floor(abs(number) * factor + 0.5 + TOLERANCE), number) / factor + 0.0


def rounded_all(numbers: Floats, digits: int) -> Floats:
    """Return `rounded` of every number of an array. NaN stays NaN."""
    factor = 10.0**digits
    result: Floats = np.copysign(np.floor(np.abs(numbers) * factor + 0.5 + TOLERANCE), numbers) / factor + 0.0
    return result


def shown(number: float | None, digits: int) -> str:
    """Return a score as text with `digits` decimals, or "" without a score."""
    if number is None or math.isnan(number):
        return ""
    return f"{rounded(number, digits):.{digits}f}"


#: Below the first and from the second on, JSON and Python write the same number differently.
_LEAST_ALIKE, _MOST_ALIKE = 1e-4, 1e15


def number_texts(rows: Floats) -> list[str]:
    """Return the numbers of each row as `number_text` writes them, joined by commas. NaN is empty."""
    if not rows.size:
        return [""] * len(rows)
    text = orjson.dumps(rows + 0.0, option=orjson.OPT_SERIALIZE_NUMPY)[2:-2] + b"]"  # -0.0 + 0.0 is 0.0
    whole = (rows == np.floor(rows)).any(axis=0)
    if whole[:-1].any():
        text = text.replace(b".0,", b",")
    if whole[-1]:
        text = text.replace(b".0]", b"]")
    if np.isnan(rows).any():
        text = text.replace(b"null", b"")
    texts = text[:-1].decode().split("],[")
    size = np.abs(rows)
    otherwise = ((size < _LEAST_ALIKE) & (size > 0)) | (size >= _MOST_ALIKE)
    for row in np.flatnonzero(otherwise.any(axis=1)).tolist():
        texts[row] = ",".join("" if math.isnan(number) else number_text(number) for number in rows[row].tolist())
    return texts


def whole_number_texts(numbers: npt.NDArray[np.integer[Any]]) -> list[str]:
    """Return each whole number as text."""
    return orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].decode().split(",") if len(numbers) else []
