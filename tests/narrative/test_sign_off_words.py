"""What is said of a verified result that was signed."""

from dataclasses import replace

from compliance.narrative.sign_off_words import signed_result_words
from compliance.scoring.verified_card import ReviewCoverage, SignedScore
from tests.support.factories import edition, node, one

EDITION = edition(node("r", one("r.code")))
SAID = SignedScore(46.2, 46.2, 51.0, None, ReviewCoverage(36, 34, 4, 4), EDITION.digest)


def test_a_range_is_given_with_both_ends_unless_they_are_equal() -> None:
    assert signed_result_words(EDITION, SAID).startswith("Verified: 46 of 100, between 46 and 51. An auditor")
    assert signed_result_words(EDITION, replace(SAID, best=46.4)).startswith(
        "Verified: 46 of 100, no range. An auditor"
    )


def test_without_a_score_the_reason_is_given() -> None:
    said = signed_result_words(EDITION, replace(SAID, score=None, worst=None, best=None))
    assert said.startswith("Too little has a verdict for a verified score. An auditor")
