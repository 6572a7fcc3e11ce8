"""Which questions an author should look at again: signs, each with its threshold and where that comes from.

A sign is no verdict. It says where to look; whether the wording, the options or the world is the reason, people find
by reading answers. Of fewer than ten companies nothing is a sign.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from compliance.benchmark.agreement import MIN_UNITS, Agreement
from compliance.benchmark.quality import Quality, QuestionQuality
from compliance.benchmark.readings import Reading, Readings
from compliance.scoring.rounding import TOLERANCE

#: Krippendorff, Content Analysis (2nd ed., 2004), p. 241: from 0.8 conclusions may rest on it, from 0.667 only
#: tentative ones.
RELIABLE, TENTATIVE = 0.8, 0.667
#: One company in five: where that many cannot answer, or need not, the question is put to the wrong ones, or asks for
#: what they do not know. A house rule.
MUCH = 0.2
#: The same answer from nearly everybody hardly tells companies apart any longer. A house rule too.
ALIKE = 0.95

Sign: TypeAlias = Literal["apart", "against", "blank", "applies", "tentative", "na", "alike"]
#: Signs that speak of the question itself weigh 2; those that may as well speak of the companies, 1.
GRAVITY: dict[Sign, int] = {"apart": 2, "against": 2, "blank": 2, "applies": 2, "tentative": 1, "na": 1, "alike": 1}


@dataclass(frozen=True, slots=True)
class Look:
    """One question to look at again, and why."""

    quality: QuestionQuality
    reading: Reading | None  # None: nobody read a second time
    signs: tuple[Sign, ...]  # the gravest first

    @property
    def gravity(self) -> int:
        """What its signs weigh together."""
        return sum(GRAVITY[sign] for sign in self.signs)


def to_rewrite(quality: Quality, readings: Readings | None = None) -> tuple[Look, ...]:
    """The questions with a sign: those whose signs weigh most first, then in file order."""
    looks = (look_at(each, readings.questions[q] if readings else None) for q, each in quality.questions.items())
    return tuple(sorted((look for look in looks if look.signs), key=lambda look: -look.gravity))


def look_at(quality: QuestionQuality, reading: Reading | None) -> Look:
    """One question with its signs, if it has any."""
    signs: Sequence[Sign] = [*_of_answers(quality), *(_of_readings(reading) if reading else ())]
    return Look(quality, reading, tuple(sorted(signs, key=list(GRAVITY).index)))


def _of_answers(quality: QuestionQuality) -> Iterator[Sign]:
    if quality.fit is not None and quality.fit.high < 0:
        yield "against"
    if quality.put >= MIN_UNITS:
        if quality.blank >= MUCH * quality.put - TOLERANCE:
            yield "blank"
        if quality.na >= MUCH * quality.put - TOLERANCE:
            yield "na"
    most = quality.commonest[1] if quality.commonest else 0
    if quality.answered >= MIN_UNITS and most >= ALIKE * quality.answered - TOLERANCE:
        yield "alike"


def _of_readings(reading: Reading) -> Iterator[Sign]:
    if _fails(reading.answers):
        yield "apart"
    elif reading.answers.alpha is not None and reading.answers.alpha < RELIABLE - TOLERANCE:
        yield "tentative"
    if _fails(reading.applies):
        yield "applies"


def _fails(found: Agreement) -> bool:
    """Not even tentative, and that is settled: where nearly all answer alike, one slip takes alpha to 0."""
    if found.alpha is None or found.high is None:
        return False
    return found.alpha < TENTATIVE - TOLERANCE and found.high < 1.0 - TOLERANCE
