"""Sentences about desk readings follow from the numbers, also for random readings."""

import random
import re
from dataclasses import replace
from datetime import date

import pytest

from compliance.disclosure.published_reading import KindResult, ReadingContent, ReadPoint
from compliance.narrative import reading_wording as words
from compliance.questionnaire.edition import Edition
from tests.support.examples import tries
from tests.support.heard_readings import STAFF, SUPPLIERS, text_edition

EDITION = text_edition()
LIMITS = [band.at for band in EDITION.bands]


def drawn_result(rng: random.Random, kind: str = STAFF) -> KindResult:
    """Random numbers that a reading can have, with scores often close to a limit."""
    said, referred, silent = (rng.choice((0, 1, rng.randint(0, 20))) for _ in range(3))
    score = rng.choice((rng.uniform(0, 100), rng.choice((14.4, 14.6, 15.0, 15.2, 34.9, 35.0, 38.0, 38.1))))
    worst, best = max(0.0, score - rng.choice((0, rng.uniform(0, 20)))), min(100.0, score + rng.uniform(0, 20))
    # where both found something, a third may have decided that there is nothing
    differed = rng.randint(0, said + referred + silent)
    same = rng.randint(0, max(0, min(said + referred, said + referred + silent - differed)))
    has_score = rng.random() < 0.9
    return KindResult(
        kind=kind,
        score=score if has_score else None,
        worst=worst,
        best=best,
        band=_band(score) if has_score else "",
        said=said,
        referred=referred,
        silent=silent,
        same=same,
        differed=differed,
    )


def _band(score: float) -> str:
    return [band.id for band in EDITION.bands if score >= band.at][-1]


def numbers(sentence: str) -> list[int]:
    """The numbers of a sentence, in order; "one" is a number too."""
    return [1 if found == "one" else int(found) for found in re.findall(r"\bone\b|\d+", sentence)]


@pytest.fixture(params=range(tries(600)))
def result(request: pytest.FixtureRequest) -> KindResult:
    return drawn_result(random.Random(request.param))


def test_the_lead_adds_up_to_the_points_asked(result: KindResult) -> None:
    said = words.reading_lead(EDITION, result)
    if not result.points:
        assert numbers(said) == []
        return
    total, *parts = numbers(said)
    assert total == result.points == sum(parts)
    expected = {"says": result.said, "refers": result.referred, "silent": result.silent}
    assert parts == [count for count in expected.values() if count]
    assert {word for word in expected if word in said} == {word for word, count in expected.items() if count}


def test_a_score_below_fifteen_is_not_given_in_digits(result: KindResult) -> None:
    for value in (result.score, result.worst, result.best):
        if value is not None:
            shown = words.shown_score(value)
            assert shown == "below 15" if value < 15 else int(shown) == int(value + 0.5)


def test_a_range_goes_from_the_least_to_the_most(result: KindResult) -> None:
    assert result.worst is not None
    assert result.best is not None
    told = words.shown_range(result)
    if result.best < 15:
        assert told == "below 15"
    else:
        least, most = numbers(told)
        assert least <= most
        assert most == int(result.best + 0.5)
        assert told.startswith("below 15") == (result.worst < 15)


def test_near_a_limit_both_bands_are_named_and_otherwise_one(result: KindResult) -> None:
    told = words.band_sentence(EDITION, result)
    named = [band.id for band in EDITION.bands if band.title in told]
    if result.score is None:
        assert told == ""
        return
    near = [at for at in LIMITS[1:] if abs(at - result.score) <= words.NEAR_LIMIT]
    assert len(named) == (2 if near else 1)
    assert result.band in named


def test_a_limited_band_is_explained() -> None:
    held = replace(drawn_result(random.Random(1)), score=70.0, band="first")
    assert "no higher" in words.band_sentence(EDITION, held)


def test_silence_and_agreement_are_counted_as_they_are(result: KindResult) -> None:
    if result.silent:
        assert numbers(words.silence_headline(EDITION, result)) == [result.silent, result.points]
    headline, found = words.agreement_headline(result), result.same + result.differed
    assert numbers(headline) == ([result.same, found] if found else [])
    rest = [count for count in (result.nothing, result.differed) if count]
    assert [numbers(sentence)[0] for sentence in words.agreement_sentences(result)] == rest
    assert result.nothing >= 0


@pytest.mark.parametrize("seed", range(tries(600)))
def test_versions_less_than_ten_points_apart_are_called_level(seed: int) -> None:
    rng = random.Random(seed)
    newer, older = drawn_result(rng), drawn_result(rng)
    told = words.version_sentence(EDITION, newer, older, 1)
    if newer.score is None or older.score is None:
        assert "not compared" in told
        return
    assert ("level" in told) == (abs(newer.score - older.score) < 10)
    if "level" not in told:
        assert words.shown_score(newer.score) in told
        assert words.shown_score(older.score) in told
        bounds = (newer.worst, newer.best, older.worst, older.best)
        low, high, other_low, other_high = (bound or 0.0 for bound in bounds)
        assert ("overlap" in told) == (low <= other_high and other_low <= high)
    assert not re.search(r"\b(better|worse|more than version|rank|rose|fell)\b", told)


def test_kinds_of_document_are_side_by_side_and_not_added_up() -> None:
    rng = random.Random(3)
    staff, suppliers = drawn_result(rng), drawn_result(rng, SUPPLIERS)
    told = words.score_headline(EDITION, [staff, suppliers])
    shown = [words.shown_score(each.score) for each in (staff, suppliers)]
    assert told == f"Staff code: {shown[0]}, Supplier code: {shown[1]}"


def made_content(edition: Edition, **more: object) -> ReadingContent:
    """A reading without points."""
    given: dict[str, object] = {
        "company": "Example Hotels 07",
        "slug": "example-hotels-07",
        "sector": "",
        "country": "",
        "demonstration": False,
        "version": 1,
        "edition": edition.id,
        "edition_digest": edition.digest,
        "documents": (),
        "kinds": (),
        "points": (),
        "replies": (),
        "minutes": (61, 30),
        "sent": date(2026, 10, 20),
        "until": date(2026, 11, 17),
        "ended": None,
        "published": None,
    }
    return ReadingContent(**{**given, **more})  # type: ignore[arg-type]


def test_the_hearing_of_the_company_is_described_with_its_dates() -> None:
    told = words.heard_sentences(made_content(EDITION))
    assert told == [
        "The company was sent the draft on 20 October 2026, with time to reply until 17 November 2026.",
        "It has not replied.",
        "No finding was changed after the draft was sent.",
    ]
    assert words.heard_sentences(made_content(EDITION, sent=None)) == ["The company has not been told yet."]


def test_findings_that_were_changed_are_counted() -> None:
    point = ReadPoint(STAFF, "q1", "said", "o1", True, (), (), (), True, "See page 4.", date(2026, 11, 1))
    told = words.heard_sentences(made_content(EDITION, points=(point, replace(point, changed=None))))
    assert told[-1] == "One finding was changed after the draft was sent."


def test_minutes_are_given_only_if_both_are_known() -> None:
    assert numbers(words.minutes_sentence(made_content(EDITION))) == [61, 30]
    assert words.minutes_sentence(made_content(EDITION, minutes=(61, 0))) == ""


def test_a_silence_is_given_with_the_words_searched_for() -> None:
    point = ReadPoint(STAFF, "q1", "silent", "o0", True, (), ("child, minor", "pupil"), (), False, "", None)
    assert words.searched_sentence(point).endswith("They looked for: child, minor, pupil.")
    counted = words.searched_sentence(replace(point, searched=("pupil", "child (4), minor (0)")))
    looked_for = "They looked for: pupil, child (4), minor (0)."
    assert counted.endswith(f"{looked_for} The number in brackets tells how many passages contain the word.")
    assert "looked for" not in words.searched_sentence(replace(point, searched=()))


def test_if_silence_was_decided_no_sentence_says_that_both_found_nothing() -> None:
    point = ReadPoint(STAFF, "q1", "silent", "o0", True, (), ("child",), (), True, "Page 3 is about staff.", None)
    assert words.searched_sentence(point).endswith("Readers who found nothing looked for: child.")
    for each in (point, replace(point, searched=()), replace(point, differed=False)):
        assert "and found nothing" not in words.searched_sentence(each)
