"""Words of the board view: what lifts the limit on a band, and the opening sentences of long texts."""

import re

from compliance.languages.interface_messages import ngettext
from compliance.scoring.scorecard import Scorecard

#: The space between sentences. A number or a small letter after a full stop, as in "art. 5", begins no sentence.
_SENTENCE_ENDS = re.compile(r"(?<=[.!?؟])\s+(?![\d(a-zà-ÿ])")


def lifted_limit_sentence(card: Scorecard, most: int) -> str:
    """Return that closing the critical gaps among the first `most` lifts the limit on the band, or "" if not."""
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
    """Return as many whole sentences from a text's beginning as fit into `most` characters, but at least one."""
    sentences = _SENTENCE_ENDS.split(text.strip())
    opening = sentences[0]
    for sentence in sentences[1:]:
        if len(opening) + 1 + len(sentence) > most:
            break
        opening = f"{opening} {sentence}"
    return opening
