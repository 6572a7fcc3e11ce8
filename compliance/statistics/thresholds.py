"""Minimum numbers of companies: behind a published figure, and behind an estimate."""

#: The fewest companies behind a figure, and in what remains of their group without them.
MIN_CONTRIBUTORS = 5
#: The fewest companies behind a quartile.
MIN_FOR_QUARTILES = 10
#: Width of the narrowest class of scores that may be disclosed, as a share of full marks.
ATTRIBUTE_DISCLOSURE_THRESHOLD = 0.1
#: The least range of values that an outsider must consider possible for a withheld count: five candidates.
MIN_FEASIBILITY_WIDTH = MIN_CONTRIBUTORS - 1


def is_publishable_count(count: int) -> bool:
    """Tell whether a count of participation may be shown: enough companies, or none."""
    return count == 0 or count >= MIN_CONTRIBUTORS


def meets_threshold(unnamed: int) -> bool:
    """Tell whether the unnamed among those counted are enough to hide each other, or none."""
    return is_publishable_count(unnamed)


def is_publishable_part(part: int, whole: int) -> bool:
    """Tell whether a part may be shown beside its whole: enough companies in it, and enough or none left over."""
    return part >= MIN_CONTRIBUTORS and is_publishable_count(whole - part)


#: The fewest pairs for a correlation: with fewer, the interval would reach from nearly −1 to nearly 1.
MIN_PAIRS = 10

#: The fewest units read twice for an agreement: among ten, a single disagreement takes a fifth away.
MIN_UNITS = 10
