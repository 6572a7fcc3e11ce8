"""Minimum numbers of companies: behind a published figure, and behind an estimate."""

#: Of a figure, and of whatever is left of its group without it.
MIN_CONTRIBUTORS = 5
#: Of a quartile.
MIN_FOR_QUARTILES = 10
#: Width of the narrowest class of scores that may be told, as a share of full marks.
ATTRIBUTE_DISCLOSURE_THRESHOLD = 0.1
#: How far a withheld count must be able to move, for all an outsider knows: five candidates.
MIN_FEASIBILITY_WIDTH = MIN_CONTRIBUTORS - 1


def is_publishable_count(count: int) -> bool:
    """A count of participation that may be shown: enough companies, or nobody."""
    return count == 0 or count >= MIN_CONTRIBUTORS


def meets_threshold(unnamed: int) -> bool:
    """True if those counted who did not agree to be named are enough to hide among each other, or none."""
    return is_publishable_count(unnamed)


def is_publishable_part(part: int, whole: int) -> bool:
    """A part that may be shown beside its whole: enough companies in it, and enough or none left over."""
    return part >= MIN_CONTRIBUTORS and is_publishable_count(whole - part)


#: Fewer companies say nothing: the interval would reach from nearly −1 to nearly 1.
MIN_PAIRS = 10

#: Fewer units read twice say nothing: among ten, a single disagreement takes a fifth away.
MIN_UNITS = 10
