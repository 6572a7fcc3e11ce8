"""Words of the board view: what lifts the limit on a band, and an order cut to what a board has time for."""

import re

from compliance.languages.interface_messages import ngettext
from compliance.scoring.scorecard import Scorecard

#: Between sentences: what follows begins one, unlike the number after "art.".
_SENTENCE_ENDS = re.compile(r"(?<=[.!?؟])\s+(?![\d(a-zà-ÿ])")


def lifted_limit_sentence(card: Scorecard, most: int) -> str:
    """That meeting what is critical among the first `most` gaps lifts the limit on the band; "" where it does not."""
    first = card.gaps[:most]
    if card.cap is None or not card.cap.is_critical_only:
        return ""
    if not {part.id for part in card.cap.failed} <= {gap.requirement.id for gap in first}:
        return ""
    return ngettext(
        "Meeting the one that is marked critical lifts the limit on the band.",
        "Meeting those that are marked critical lifts the limit on the band.",
        sum(gap.fails_critical for gap in first),
    )


def opening_sentences(text: str, most: int) -> str:
    """The first sentences of a text, whole ones, in at most so many characters; at least the first sentence."""
    sentences = _SENTENCE_ENDS.split(text.strip())
    opening = sentences[0]
    for sentence in sentences[1:]:
        if len(opening) + 1 + len(sentence) > most:
            break
        opening = f"{opening} {sentence}"
    return opening
