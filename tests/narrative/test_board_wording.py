"""The words of the board view: instructions are cut between sentences, and only the causes of a limit lift it."""

import pytest

from compliance.narrative.board_wording import lifted_limit_sentence, opening_sentences
from compliance.questionnaire.answers import AnswerSheet
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import Scorecard, make_scorecard
from tests.support.factories import bands, edition, node, number


@pytest.mark.parametrize(
    ("text", "most", "opening"),
    [
        ("Write it. Send it. Check it.", 100, "Write it. Send it. Check it."),
        ("Write it. Send it. Check it.", 18, "Write it. Send it."),
        ("Write it. Send it. Check it.", 17, "Write it."),
        ("Write it. Send it.", 3, "Write it."),  # the first sentence is complete, however long it is
        ("Is it written? Send it! Check it.", 24, "Is it written? Send it!"),
        ("هل كُتب؟ أرسلوه. افحصوه.", 17, "هل كُتب؟ أرسلوه."),
        ("Write art. 3.2 down. Send it.", 12, "Write art. 3.2 down."),
        ("  Write it.  ", 50, "Write it."),
        ("", 50, ""),
    ],
)
def test_a_text_is_cut_at_whole_sentences(text: str, most: int, opening: str) -> None:
    assert opening_sentences(text, most) == opening


def card(*points: float, critical: int = 1) -> Scorecard:
    """A scorecard of requirements worth 0 to 100 points each. The first few are critical, and fail below 50."""
    parts = [
        node(f"r{i}", number(f"r{i}.q"), expects="It is so.", critical=0.5 if i < critical else None)
        for i, _ in enumerate(points)
    ]
    made = edition(node("theme", *parts), bands=bands(low=0, mid=25, high=50), critical_cap="mid")
    answers = {f"r{i}.q": given for i, given in enumerate(points)}
    return make_scorecard(compile_edition(made), AnswerSheet("Example 1", {}, answers, frozenset(answers)))


@pytest.mark.parametrize(
    ("points", "critical", "says"),
    [
        ((0, 100, 100), 1, "Meeting the one that is marked critical lifts the limit on the band."),
        ((0, 0, 100, 100, 100), 2, "Meeting those that are marked critical lifts the limit on the band."),
        ((60, 60, 60), 1, ""),  # nothing is limited
        ((0, 0, 60), 1, ""),  # 20 points: by points alone, the band is low
    ],
)
def test_critical_gaps_are_said_to_lift_a_limit_only_if_there_is_one(
    points: tuple[float, ...], critical: int, says: str
) -> None:
    limited = card(*points, critical=critical)
    assert lifted_limit_sentence(limited, 5) == says
    if says:
        assert limited.cap is not None
        assert card(*[100.0 if i < critical else p for i, p in enumerate(points)], critical=critical).cap is None


def test_there_is_no_sentence_on_the_limit_if_the_gaps_that_cause_it_are_not_shown() -> None:
    limited = card(0, 0, 100, 100, 100, critical=2)
    assert limited.cap is not None and lifted_limit_sentence(limited, 1) == ""
