"""Result links: all answers to a quick form as a code of some twenty characters.

    1ab2-c3d4-e5fg-hjkm
    version 1, the first 25 bits of the edition's digest, the answers, 20 bits of check sum

The answers are one number in a mixed radix: each question in file order is a digit, 0 for a blank, else the
position of the option. Characters are Crockford's base 32, so that a code can be read from paper and typed;
hyphens and case are ignored. A code says nothing about who answered, and needs no secret: a forged code is only
a set of invented answers.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from compliance.questionnaire.edition import Edition, Question

VERSION = "1"
_CHARACTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_BITS = 5  # of one character
_EDITION, _CHECK = 5, 4  # characters
_GROUP = 4
#: Option ids by question id, without blanks.
QuickAnswers: TypeAlias = Mapping[str, str]
#: What is wrong with a code. `cut`: its end is missing. `changed`: it was altered. `other`: it is intact, but answers
#: an unknown edition.
LinkFault: TypeAlias = Literal["cut", "changed", "other"]


class UnreadableLink(ValueError):
    """Raised for a code that cannot be read. The message never contains the code."""

    def __init__(self, fault: LinkFault) -> None:
        super().__init__(fault)
        self.fault: LinkFault = fault


def write_code(edition: Edition, answers: QuickAnswers) -> str:
    """Return the code of these answers to a quick form."""
    number = 0
    for question in edition.questions.values():
        number = number * _states(question) + _digit(question, answers.get(question.id, ""))
    body = VERSION + _mark(edition) + _characters(number, _length(edition))
    whole = body + _check(body)
    return "-".join(whole[start : start + _GROUP] for start in range(0, len(whole), _GROUP))


def read_code(text: str, editions: Iterable[Edition]) -> tuple[Edition, dict[str, str]]:
    """Return which of these editions a code answers, and the answers. Raise UnreadableLink for an invalid code."""
    whole = text.strip().lower().replace("-", "").translate(str.maketrans("oil", "011"))
    if not set(whole) <= set(_CHARACTERS):
        raise UnreadableLink("changed")
    body, check = whole[:-_CHECK], whole[-_CHECK:]
    edition = next((e for e in editions if body[1 : 1 + _EDITION] == _mark(e)), None)
    if check != _check(body) or len(body) <= 1 + _EDITION:
        long = 1 + _EDITION + (_length(edition) if edition else 1) + _CHECK
        raise UnreadableLink("cut" if len(whole) < long else "changed")
    if edition is None or body[0] != VERSION:
        raise UnreadableLink("other")
    return edition, _answers(edition, body[1 + _EDITION :])


def _answers(edition: Edition, characters: str) -> dict[str, str]:
    number, answers = 0, {}
    for character in characters:
        number = (number << _BITS) + _CHARACTERS.index(character)
    for question in reversed([*edition.questions.values()]):
        number, digit = divmod(number, _states(question))
        if digit:
            answers[question.id] = question.options[digit - 1].id
    if number or len(characters) != _length(edition):
        raise UnreadableLink("changed")
    return {question: answers[question] for question in edition.questions if question in answers}


def _states(question: Question) -> int:
    """Return the number of states of an answer: blank, or one of the options."""
    return len(question.options) + 1


def _digit(question: Question, option: str) -> int:
    return next((place for place, known in enumerate(question.options, 1) if known.id == option), 0)


def _length(edition: Edition) -> int:
    """Return the number of characters of the answers."""
    most = 1
    for question in edition.questions.values():
        most *= _states(question)
    return max(-(-(most - 1).bit_length() // _BITS), 1)


def _mark(edition: Edition) -> str:
    return _first_bits(edition.digest, _EDITION)


def _check(body: str) -> str:
    return _first_bits(hashlib.sha256(body.encode()).hexdigest(), _CHECK)


def _first_bits(digest: str, characters: int) -> str:
    """Return the first bits of a hexadecimal SHA-256, as characters."""
    return _characters(int(digest, 16) >> (256 - _BITS * characters), characters)


def _characters(number: int, length: int) -> str:
    return "".join(_CHARACTERS[number >> (_BITS * place) & 31] for place in reversed(range(length)))
