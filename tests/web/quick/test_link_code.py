"""A result link has all answers in a few characters; one that is cut off, changed or from elsewhere is recognised."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.questionnaire.edition import Edition
from compliance.questionnaire.loader import find_edition
from compliance.web.quick.link_code import UnreadableLink, read_code, write_code
from tests.support.examples import examples
from tests.support.factories import edition, node, one

QUICK = find_edition("child-protection-quick")
OTHER = replace(QUICK, id="other-quick", digest="f" * 64)
LINES = [None, *(option.id for option in QUICK.questions["r02.quick"].options)]
ALL = dict.fromkeys(QUICK.questions, "written")
CODE = write_code(QUICK, ALL)


def answers(lines: list[str | None]) -> dict[str, str]:
    return {question: line for question, line in zip(QUICK.questions, lines, strict=True) if line is not None}


def wrong(code: str, *editions: Edition) -> str:
    with pytest.raises(UnreadableLink) as found:
        read_code(code, editions or (QUICK,))
    assert code not in str(found.value) or not code
    return found.value.fault


@examples(100)
@given(st.lists(st.sampled_from(LINES), min_size=12, max_size=12))
def test_every_combination_of_answers_can_be_read_back(lines: list[str | None]) -> None:
    assert read_code(write_code(QUICK, answers(lines)), [OTHER, QUICK]) == (QUICK, answers(lines))


def test_a_code_is_short_and_equally_long_for_all_answers() -> None:
    codes = [write_code(QUICK, given) for given in ({}, ALL, dict.fromkeys(QUICK.questions, "all"))]
    assert {len(code) for code in codes} == {19}
    assert len(set(codes)) == 3


def test_an_edition_with_many_options_has_room_for_every_answer() -> None:
    questions = [one(f"q{n}", *range(n + 2)) for n in range(30)]
    big = replace(edition(node("n", *questions)), digest="a" * 64)
    last = {question.id: question.options[-1].id for question in questions}
    assert read_code(write_code(big, last), [big]) == (big, last)


@pytest.mark.parametrize("written", [CODE.upper(), CODE.replace("-", ""), f" {CODE} ", CODE.replace("1", "l")])
def test_it_can_be_typed_from_paper(written: str) -> None:
    assert read_code(written, [QUICK]) == (QUICK, ALL)


@examples(100)
@given(st.integers(0, len(CODE) - 1))
def test_a_code_that_is_cut_off_is_recognised(length: int) -> None:
    assert wrong(CODE[:length]) == "cut"


@examples(100)
@given(st.integers(0, 15), st.integers(1, 31))
def test_a_code_with_one_changed_character_is_never_accepted(place: int, by: int) -> None:
    plain, characters = CODE.replace("-", ""), "0123456789abcdefghjkmnpqrstvwxyz"
    other = characters[(characters.index(plain[place]) + by) % 32]
    assert wrong(plain[:place] + other + plain[place + 1 :]) == "changed"


@pytest.mark.parametrize(
    "code", [CODE + "0", "u" + CODE[1:], "<script>", "../../etc/passwd", "é" * 16, "0" * 16, "9" * 5000]
)
def test_an_invalid_code_is_refused(code: str) -> None:
    assert wrong(code) == "changed"


def test_a_code_of_another_edition_is_distinguished_from_a_broken_one() -> None:
    assert wrong(write_code(OTHER, ALL)) == "other"
    assert read_code(write_code(OTHER, ALL), [QUICK, OTHER])[0] is OTHER


def test_a_code_contains_nothing_but_the_edition_and_the_answers() -> None:
    assert write_code(QUICK, ALL) == write_code(QUICK, dict(reversed(ALL.items())))
