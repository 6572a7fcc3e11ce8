"""The arrays that scoring works on. One column per company; NaN means *off*, never a number."""

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
