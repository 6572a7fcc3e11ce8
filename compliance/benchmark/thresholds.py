"""How many companies a published figure rests on, at the least."""

#: Of a figure, and of whatever is left of its group without it.
MIN_COMPANIES = 5
#: Of a quartile.
QUARTILES_FROM = 10
#: How far the scores of those who hide each other lie apart at the least, as a share of full marks.
MIN_SPREAD = 0.1
#: How far a withheld count must be able to move, for all an outsider knows: five candidates.
MIN_FREEDOM = MIN_COMPANIES - 1


def is_cell(count: int) -> bool:
    """A count of participation that may be shown: enough companies, or nobody."""
    return count == 0 or count >= MIN_COMPANIES


def hides(unnamed: int) -> bool:
    """Of those counted, so many did not agree to be named: enough to hide among each other, or nobody has to."""
    return is_cell(unnamed)


def splits(part: int, whole: int) -> bool:
    """A part that may be shown beside its whole: enough companies in it, and enough or none left over."""
    return part >= MIN_COMPANIES and is_cell(whole - part)
