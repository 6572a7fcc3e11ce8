"""Reading published texts: what is asked, what a reader has still to give, and where two readers agree. Pure.

Two people answer the same questions about the same documents independently. If their answers differ, a third decides.
`questionnaires/READING.md` has the rules, and how agreement is counted.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from compliance.questionnaire.answer_parser import AnswerFault, read_answer
from compliance.questionnaire.answers import ELSEWHERE, Answer, AnswerSheet
from compliance.questionnaire.edition import NONE_OF_THESE, PEER_GROUP_FIELD, SIZE_FIELD, Edition, Question
from compliance.questionnaire.edition_cuts import narrow_to_document
from compliance.questionnaire.routing import NO, route_questions
from compliance.questionnaire.vocabulary import SECTOR_MODULES

#: The size assumed of a company whose size is unknown. With it, everything is asked.
USUAL_SIZE = "250-4999"
#: Rules for users concern an online service, whatever else the company does.
_USERS_RULES, _ONLINE = "users-rules", "platform"

ReaderPlace: TypeAlias = Literal["first", "second", "third"]
#: The places of the readers who answer everything.
BOTH: tuple[ReaderPlace, ...] = ("first", "second")
#: What a reader has still to give to finish a question.
Missing: TypeAlias = Literal["answer", "passage", "searched", "reason"]

#: Words, or beginnings of words, to look for in an English text before a reader says that it is silent. By subject, as
#: in `questionnaires/READING.md`.
USUAL_WORDS: Mapping[str, str] = {
    "children": "child, minor, underage, under 18, juvenile, teen, young, youth, student, pupil, participant, age",
    "sexual abuse": "sexual, abus, exploit, groom, solicit, traffic, "
    "prostitut, pornograph, CSAM, imagery, extort, blackmail, marriage",
    "ways and places": "facilitat, promot, encourag, attempt, pay, "
    "online, device, premises, travel, off duty, at any time",
    "child labour": "labor, labour, employ, minimum age, hazard, night, overtime, school, apprentice, trainee, remed",
    "whom it binds": "apply, scope, contractor, volunteer, intern, board, "
    "director, owner, supplier, vendor, partner, visitor, subsidiar",
    "standards": "convention, ILO, UN, law, strict, higher, conflict, best interest, welfare, paramount",
    "in charge, training": "responsib, officer, lead, committee, team, appoint, "
    "contact, train, induct, understand, aware, risk",
    "checks and conduct": "check, screen, reference, convict, declar, alone, supervis, touch, gift, alcohol, "
    "photo, consent, message, social media, driv, transport, overnight, toilet, chang, ratio",
    "reporting": "report, concern, suspic, disclos, immediate, hours, police, authorit, "
    "social services, hotline, emergenc, danger, whistle, anonym, confidential, retaliat",
    "response and help": "dismiss, terminat, suspend, remov, ban, record, evidence, "
    "listen, secret, blame, support, counsel, refer, helpline",
    "privacy, publication": "identif, publish, share, store, need to know, data, advert, marketing, media",
    "review and account": "review, annual, updat, approv, version, dated, "
    "audit, independent, consult, survivor, statistic, figure",
}
#: The subjects of each theme. Other themes have the first subject, "children".
_SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "forbidden": ("children", "sexual abuse", "ways and places"),
    "labour": ("children", "child labour"),
    "supply": ("child labour", "whom it binds"),
    "binds": ("whom it binds", "standards"),
    "charge": ("in charge, training",),
    "prevention": ("checks and conduct", "privacy, publication"),
    "reporting": ("reporting",),
    "response": ("reporting", "response and help"),
    "remedy": ("response and help", "privacy, publication"),
    "account": ("review and account",),
}
#: A word that the tool has looked for, with the number of passages that contain it, as noted: "child (12)".
_COUNTED = re.compile(r"([^,;،؛\n]+) \((\d+)\)(?=\s*(?:[,;،؛\n]|$))")
#: Characters around a word in a note.
_AROUND = ' "“”„«»'
#: In characters. Longer entries among the words of a note are remarks, not words to look for.
_LONGEST_WORD = 40


@dataclass(frozen=True, slots=True)
class DeskAnswer:
    """One reader's answer to a question about the documents of one kind."""

    kind: str  # of document
    question: str
    value: str  # in the spelling of `write_answer`; "": the text refers to another document
    elsewhere: str = ""  # title of that document
    searched: str = ""  # the words looked for, if nothing was found
    sure: int | None = None  # per cent, in the reader's own judgement
    note: str = ""
    version: int = 0

    @property
    def said(self) -> frozenset[str]:
        """What is compared: the chosen options, or that it is said elsewhere, under whatever title."""
        return frozenset(self.value.split("|")) if self.value else frozenset({f"blank:{ELSEWHERE}"})


@dataclass(frozen=True, slots=True)
class DeskPassage:
    """A passage on which a reader rests an option: `elsewhere` for words that refer to another document."""

    id: int
    place: str  # of the reader
    kind: str  # of the document
    question: str
    option: str
    document: int
    anchor: str
    page: str
    words: str


@dataclass(frozen=True, eq=False)  # compared by identity, so that results for it can be cached
class KindQuestions:
    """What is asked of the documents of one kind, given the company's size and sector."""

    kind: str
    edition: Edition  # narrowed to the kind
    profile: Mapping[str, str]

    def asked(self, given: Mapping[str, DeskAnswer]) -> tuple[Question, ...]:
        """Return the scored questions that are asked, in order, given a reader's answers by question."""
        answers = {name: answer for name, each in given.items() if (answer := self.answer_of(each)) is not None}
        routes = route_questions(self.edition, AnswerSheet("", dict(self.profile), answers))
        return tuple(q for q in self.edition.questions.values() if q.scored and routes[q.id].asked != NO)

    def answer_of(self, given: DeskAnswer | None) -> Answer | None:
        """Return an answer as it is scored. Return None for no answer, and for one that is said elsewhere."""
        question = self.edition.questions.get(given.question) if given is not None and given.value else None
        if given is None or question is None:
            return None
        try:
            return read_answer(question, given.value)
        except AnswerFault:
            return None


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """A question that a reader has not finished."""

    kind: str
    question: str
    missing: Missing


@dataclass(frozen=True, slots=True)
class ReadersAgreement:
    """Agreement of two readers: the questions where either found something, and how many have equal answers."""

    found: int
    same: int


@dataclass(frozen=True, slots=True)
class AgreedAnswer:
    """The settled answer to a question, and how it came about."""

    question: str
    value: str  # "": the text refers to other documents
    elsewhere: tuple[str, ...]  # their titles
    searched: tuple[str, ...]  # the searches of readers who found nothing
    passages: tuple[DeskPassage, ...]  # of the settled options, each once
    first: DeskAnswer | None
    second: DeskAnswer | None
    decision: DeskAnswer | None  # if the readers differed, or the company showed that both were wrong

    @property
    def differed(self) -> bool:
        """True if the two readers gave different answers."""
        return do_differ(self.first, self.second)


def kind_questions(edition: Edition, kind: str, *, size: str = "", sector: str = "") -> KindQuestions:
    """Return what an edition asks of the documents of a kind. Raise ValueError if they cannot be read by themselves.

    If the company's sector is unknown, no question for one sector alone is asked.
    """
    narrowed = narrow_to_document(edition, kind)
    about = _ONLINE if kind == _USERS_RULES else sector or "other"
    modules = {module: "yes" if module == about else "no" for module in SECTOR_MODULES}
    said = {**modules, PEER_GROUP_FIELD: about, SIZE_FIELD: size or USUAL_SIZE, "children": "none"}
    return KindQuestions(kind, narrowed, {name: said[name] for name in narrowed.profile if name in said})


def is_lowest(question: Question, answer: Answer | None) -> bool:
    """Tell whether an answer says that nothing was found. A missing answer says so, too."""
    return answer in (None, (NONE_OF_THESE,)) or (not question.is_multiple_choice and answer == question.options[0].id)


def found_nothing(asked: KindQuestions, given: DeskAnswer) -> bool:
    """Tell whether a reader found nothing in the text, not even a reference to another one."""
    return bool(given.value) and is_lowest(asked.edition.questions[given.question], asked.answer_of(given))


def open_points(
    asked: KindQuestions, given: Mapping[str, DeskAnswer], passages: Iterable[DeskPassage]
) -> tuple[OpenPoint, ...]:
    """Return what one reader has still to give: an answer, a passage for a finding, or the words searched in vain."""
    resting = {(each.question, each.option) for each in passages if each.kind == asked.kind}
    found = ((q.id, _missing(asked, given.get(q.id), resting)) for q in asked.asked(given))
    return tuple(OpenPoint(asked.kind, question, missing) for question, missing in found if missing is not None)


def _missing(asked: KindQuestions, given: DeskAnswer | None, resting: set[tuple[str, str]]) -> Missing | None:
    if given is None or (given.value and asked.answer_of(given) is None):
        return "answer"
    if not given.value:
        return None
    if found_nothing(asked, given):
        return None if given.searched else "searched"
    return None if any((given.question, option) in resting for option in given.said) else "passage"


def words_to_search(theme: str, given: Iterable[DeskAnswer], *, english: bool) -> tuple[str, ...]:
    """Return the words suggested for a search: a theme's usual words for a text in English, and those noted before."""
    usual = [USUAL_WORDS[subject] for subject in _SUBJECTS.get(theme, ("children",))] if english else []
    words = [word.strip() for noted in usual for word in noted.split(",")]
    words += [word for each in given for word, _count in _noted_words(each.searched) if len(word) <= _LONGEST_WORD]
    offered: dict[str, str] = {}
    for word in words:
        offered.setdefault(word.casefold(), word)
    return tuple(offered.values())


def searched_note(counted: Mapping[str, int]) -> str:
    """Return a note of words that were looked for, each with the number of passages that contain it."""
    return ", ".join(f"{word} ({count})" for word, count in counted.items())


def counted_words(searched: str) -> tuple[tuple[str, int], ...]:
    """Return the words of a note that the tool has looked for, each with its number of passages."""
    return tuple((word, count) for word, count in _noted_words(searched) if count is not None)


def recounted(searched: str, counted: Mapping[str, int]) -> str:
    """Return a note with new numbers for the words in `counted`. Everything else in it stays."""
    return _COUNTED.sub(lambda found: f"{found[1]} ({counted.get(found[1].strip(_AROUND), found[2])})", searched)


def _noted_words(searched: str) -> Iterator[tuple[str, int | None]]:
    for part in filter(None, (each.strip(_AROUND) for each in re.split("[,;،؛\n]", searched))):
        counted = _COUNTED.fullmatch(part)
        yield (counted[1].strip(_AROUND), int(counted[2])) if counted else (part, None)


def do_differ(one: DeskAnswer | None, other: DeskAnswer | None) -> bool:
    """Tell whether two readers answered differently. References to other documents are equal, whatever their titles."""
    return (one.said if one else None) != (other.said if other else None)


def differences(
    asked: KindQuestions, first: Mapping[str, DeskAnswer], second: Mapping[str, DeskAnswer]
) -> tuple[str, ...]:
    """Return the questions on which two readers differ, in order."""
    return tuple(q for q, one, other in _both(asked, first, second) if do_differ(one, other))


def agreement(
    asked: KindQuestions, first: Mapping[str, DeskAnswer], second: Mapping[str, DeskAnswer]
) -> ReadersAgreement:
    """Return how often two readers agree where either found something. To agree on finding nothing is easy."""
    found = [
        not do_differ(one, other)
        for name, one, other in _both(asked, first, second)
        if not all(is_lowest(asked.edition.questions[name], asked.answer_of(each)) for each in (one, other))
    ]
    return ReadersAgreement(len(found), sum(found))


def undecided(
    asked: KindQuestions,
    first: Mapping[str, DeskAnswer],
    second: Mapping[str, DeskAnswer],
    third: Mapping[str, DeskAnswer],
    passages: Sequence[DeskPassage],
) -> tuple[OpenPoint, ...]:
    """Return the differences without a decision, or with a decision that lacks a basis or a reason.

    A decision may rest on the readers' passages and searches. Its reason is its own.
    """
    resting = {(each.question, each.option) for each in passages if each.kind == asked.kind}
    points = []
    for name in differences(asked, first, second):
        missing = _missing(asked, third.get(name), resting)
        if missing == "searched" and any(each and each.searched for each in (first.get(name), second.get(name))):
            missing = None
        if missing is None and not third[name].note:
            missing = "reason"
        if missing is not None:
            points.append(OpenPoint(asked.kind, name, missing))
    return tuple(points)


def agreed_answers(
    asked: KindQuestions,
    first: Mapping[str, DeskAnswer],
    second: Mapping[str, DeskAnswer],
    third: Mapping[str, DeskAnswer],
    passages: Sequence[DeskPassage],
) -> Mapping[str, AgreedAnswer]:
    """Return the settled answers, by question in order, including decided differences.

    A decision also replaces an answer on which both had agreed: the company may have shown what both overlooked.
    """
    found = {}
    for name, one, other in _both(asked, first, second):
        decision = third.get(name)
        standing = decision or (None if do_differ(one, other) else one)
        if standing is None:
            continue
        like = [each for each in (one, other, decision) if each is not None and each.said == standing.said]
        found[name] = AgreedAnswer(
            name,
            standing.value,
            _each_once(each.elsewhere for each in like),
            _each_once(each.searched for each in like),
            _resting(asked, standing, passages),
            one,
            other,
            decision,
        )
    return found


def _both(
    asked: KindQuestions, first: Mapping[str, DeskAnswer], second: Mapping[str, DeskAnswer]
) -> Iterator[tuple[str, DeskAnswer | None, DeskAnswer | None]]:
    """Yield the questions that either reader was asked, with the answer of each."""
    of_first, of_second = ({q.id for q in asked.asked(given)} for given in (first, second))
    for name in asked.edition.questions:
        if name in of_first or name in of_second:
            one = first.get(name) if name in of_first else None
            yield name, one, second.get(name) if name in of_second else None


def _each_once(words: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that are not empty, each once, ignoring case and spacing."""
    return tuple({" ".join(each.split()).casefold(): each for each in reversed([w for w in words if w])}.values())[::-1]


def _resting(asked: KindQuestions, standing: DeskAnswer, passages: Iterable[DeskPassage]) -> tuple[DeskPassage, ...]:
    """Return the passages of the settled options, from any reader, each once."""
    options = standing.said if standing.value else {ELSEWHERE}
    about = (p for p in passages if (p.kind, p.question) == (asked.kind, standing.question) and p.option in options)
    return tuple({(p.option, p.document, p.anchor): p for p in about}.values())
