"""Result links: all answers to a quick form as a code of some twenty characters.

    1ab2-c3d4-e5fg-hjkm
    version 1, the first 25 bits of the edition's digest, the answers, 20 bits of check sum

The answers are one number in a mixed radix: each question in file order is a digit, 0 for a blank, else the
position of the option. Characters are Crockford's base 32, so that a code can be read from paper and typed;
hyphens and capitals make no difference. A code says nothing about who answered and needs no secret: whoever
invents a code invents answers.
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
#: Option ids by question id; a blank is not there.
QuickAnswers: TypeAlias = Mapping[str, str]
#: What is wrong with a code. `cut`: its end is missing. `changed`: it is not as it was made. `other`: it is whole, and
#: answers an edition that is not at hand.
LinkFault: TypeAlias = Literal["cut", "changed", "other"]


class UnreadableLink(ValueError):
    """A code that cannot be read. Its text never holds the code."""

    def __init__(self, fault: LinkFault) -> None:
        super().__init__(fault)
        self.fault: LinkFault = fault


def write_code(edition: Edition, answers: QuickAnswers) -> str:
    """The code of these answers to a quick form."""
    number = 0
    for question in edition.questions.values():
        number = number * _states(question) + _digit(question, answers.get(question.id, ""))
    body = VERSION + _mark(edition) + _characters(number, _length(edition))
    whole = body + _check(body)
    return "-".join(whole[start : start + _GROUP] for start in range(0, len(whole), _GROUP))


def read_code(text: str, editions: Iterable[Edition]) -> tuple[Edition, dict[str, str]]:
    """The edition among these that a code answers, and the answers. Raise UnreadableLink."""
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
    """Blank, or one of the options."""
    return len(question.options) + 1


def _digit(question: Question, option: str) -> int:
    return next((place for place, known in enumerate(question.options, 1) if known.id == option), 0)


def _length(edition: Edition) -> int:
    """The number of characters that the answers take."""
    most = 1
    for question in edition.questions.values():
        most *= _states(question)
    return max(-(-(most - 1).bit_length() // _BITS), 1)


def _mark(edition: Edition) -> str:
    return _first_bits(edition.digest, _EDITION)


def _check(body: str) -> str:
    return _first_bits(hashlib.sha256(body.encode()).hexdigest(), _CHECK)


def _first_bits(digest: str, characters: int) -> str:
    """The beginning of a SHA-256 in hexadecimal."""
    return _characters(int(digest, 16) >> (256 - _BITS * characters), characters)


def _characters(number: int, length: int) -> str:
    return "".join(_CHARACTERS[number >> (_BITS * place) & 31] for place in reversed(range(length)))
