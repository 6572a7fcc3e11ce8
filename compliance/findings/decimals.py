"""With how many decimals numbers are told, so that a reader sees what is there: a difference, or that there is none."""

from compliance.scoring.rounding import rounded

#: So many more decimals are tried where two numbers would be printed alike, or apart, or one as nothing.
_MORE = 4


def decimals_of_points(digits: int) -> int:
    """The decimals of the points that a score with so many is made of: one more, so that small ones are seen."""
    return max(2, digits + 1)


def decimals_apart(before: float, after: float, digits: int) -> int:
    """The decimals, no fewer than the edition's, in which two scores are printed alike if they did not move."""
    return next((d for d in range(digits, digits + _MORE) if _are_told(before, after, d)), digits)


def _are_told(before: float, after: float, digits: int) -> bool:
    return (rounded(after - before, digits) == 0) == (rounded(before, digits) == rounded(after, digits))


def decimals_between(before: float, after: float, digits: int) -> int:
    """The decimals, no fewer than the edition's, in which two scores that differ are printed otherwise."""
    return next((d for d in range(digits, digits + _MORE) if rounded(before, d) != rounded(after, d)), digits)


def decimals_seen(value: float, digits: int) -> int:
    """The decimals, no fewer than so many, in which what is not nothing is not printed as nothing."""
    return next((d for d in range(digits, digits + _MORE) if rounded(value, d)), digits)
