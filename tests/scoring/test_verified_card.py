"""The verified card: equal verdicts always give equal text, with the engine's figures."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

import pytest

from compliance.questionnaire.answers import Adjusted, AnswerSheet
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import make_scorecard
from compliance.scoring.verified_card import (
    ReviewCoverage,
    card_digest,
    review_coverage,
    signed_score,
    verified_card,
)
from tests.support.factories import bands, edition, node, one

MADE = edition(
    node("t1", node("r1", one("a", 0, 10), one("b", 0, 10), expects="One", critical=0.5)),
    node("t2", node("r2", one("c", 0, 10), expects="Two"), node("r3", one("d", 0, 5, 10), expects="Three")),
    bands=bands(low=0, high=50),
    critical_cap="low",
)
COMPILED = compile_edition(MADE)
GIVEN = AnswerSheet("Example 1", {}, {"a": "o1", "b": "o1", "c": "o1", "d": "o1"}, frozenset({"a"}))
JUDGED = replace(GIVEN, verdicts={"a": "confirmed", "b": "not-shown", "d": Adjusted("o2")})


@dataclass(frozen=True)
class Handed:
    """A submission."""

    id: int = 9
    assessment_id: int = 7
    organisation: str = "Example 1"
    year: int = 2026
    voice: str = "self"
    at: datetime = datetime(2026, 3, 31, 14, tzinfo=timezone(timedelta(hours=2)))


@dataclass(frozen=True)
class Verdict:
    """A verdict with its note."""

    question: str
    verdict: str
    value: str
    comment: str


SUBJECT = Handed()
VERDICTS = [
    Verdict("d", "adjusted", "o2", "Page 4, “Ελ”."),
    Verdict("a", "confirmed", "", ""),
    Verdict("b", "not-shown", "", "Nothing."),
]


def test_a_card_holds_verdicts_and_verified_figures_as_the_engine_gives_them() -> None:
    card = json.loads(verified_card(COMPILED, JUDGED, SUBJECT, VERDICTS))
    scored = make_scorecard(COMPILED, JUDGED, "verified")
    assert card["overall"]["score"] == pytest.approx(scored.overall.score)
    assert {"t1", "t2"} == card["themes"].keys() and {"r1", "r2", "r3"} == card["requirements"].keys()
    for part, kept in {**card["themes"], **card["requirements"]}.items():
        assert (kept["score"], kept["coverage"]) == (scored.nodes[part].score, scored.nodes[part].coverage), part
    assert card["overall"]["reviewed"] == {"asked": 4, "judged": 3}
    assert card["requirements"]["r2"]["reviewed"] == {"asked": 1, "judged": 0}
    assert card["requirements"]["r2"]["score"] is None  # not reviewed, which is not a score of 0
    assert [one["question"] for one in card["verdicts"]] == ["a", "b", "d"]
    assert card["verdicts"][2] == {"question": "d", "verdict": "adjusted", "value": "o2", "note": "Page 4, “Ελ”."}
    assert card["subject"] == {
        "company": "Example 1", "period": 2026, "voice": "self", "assessment": 7, "submission": 9,
        "submitted": "2026-03-31T12:00:00+00:00",
    }  # fmt: skip
    assert card["edition"]["digest"] == MADE.digest
    said = signed_score(json.dumps(card))
    assert (said.score, said.band, said.edition) == (card["overall"]["score"], card["overall"]["band"], MADE.digest)
    assert said.coverage == review_coverage(MADE, JUDGED) == ReviewCoverage(4, 3, 2, 2)


def test_the_digest_depends_on_the_content_of_a_card_and_not_on_the_order_of_verdicts() -> None:
    card = verified_card(COMPILED, JUDGED, SUBJECT, VERDICTS)
    assert verified_card(COMPILED, JUDGED, SUBJECT, reversed(VERDICTS)) == card
    again = json.dumps(json.loads(card), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert card_digest(again) == card_digest(card)
    changed = [replace(VERDICTS[0], comment=""), *VERDICTS[1:]]
    assert card_digest(verified_card(COMPILED, JUDGED, SUBJECT, changed)) != card_digest(card)


@pytest.mark.parametrize(
    ("verdicts", "can"),
    [
        ({}, False),
        ({"c": "confirmed"}, False),  # answers to the critical requirement have no verdict
        ({"a": "confirmed", "c": "confirmed"}, False),
        ({"a": "confirmed", "b": "not-shown"}, True),
    ],
)
def test_a_review_can_be_signed_once_every_answer_to_a_critical_requirement_is_judged(
    verdicts: dict[str, str], can: bool
) -> None:
    sheet = replace(GIVEN, verdicts=verdicts)
    assert review_coverage(MADE, sheet).can_be_signed == can


def test_a_blank_needs_no_verdict_and_with_nothing_critical_one_verdict_is_enough() -> None:
    blank = AnswerSheet("Example 1", {}, {"a": "o1", "c": "o1"}, verdicts={"a": "confirmed"})
    assert review_coverage(MADE, blank) == ReviewCoverage(4, 1, 1, 1)
    plain = edition(node("r1", one("a", 0, 10), one("b", 0, 10), expects="One"))
    assert not review_coverage(plain, replace(GIVEN, verdicts={})).can_be_signed
    assert review_coverage(plain, replace(GIVEN, verdicts={"a": "confirmed"})).can_be_signed
