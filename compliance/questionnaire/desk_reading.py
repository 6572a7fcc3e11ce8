"""Reading published texts: what is asked of them, what a reader still has to give, and where two readers agree. Pure.

Two people answer the same questions about the same documents, each without the other. Where their answers differ, a
third decides. `questionnaires/READING.md` has the rules, and how agreement is counted.
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

#: What is taken of a company of which nobody said how large it is: everything is asked.
USUAL_SIZE = "250-4999"
#: Rules for users are about an online service, whatever else the company does.
_USERS_RULES, _ONLINE = "users-rules", "platform"

ReaderPlace: TypeAlias = Literal["first", "second", "third"]
#: The places of those who answer everything.
BOTH: tuple[ReaderPlace, ...] = ("first", "second")
#: What is missing before a reader has finished with a question.
Missing: TypeAlias = Literal["answer", "passage", "searched", "reason"]

#: Words, or beginnings of words, to look for in a text in English before one says that it is silent; by subject, as in
#: `questionnaires/READING.md`.
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
#: The subjects of each theme; of any other theme, the first.
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
#: A word that the tool has looked for, with the number of passages that have it, as it is noted: "child (12)".
_COUNTED = re.compile(r"([^,;،؛\n]+) \((\d+)\)(?=\s*(?:[,;،؛\n]|$))")
#: What stands around a word in a note.
_AROUND = ' "“”„«»'
#: In characters: what is longer among the words that somebody noted is a remark, and no word to look for.
_LONGEST_WORD = 40


@dataclass(frozen=True, slots=True)
class DeskAnswer:
    """What one reader answers to a question, for the documents of one kind."""

    kind: str  # of document
    question: str
    value: str  # in the spelling of `write_answer`; "": the text refers to another document
    elsewhere: str = ""  # title of that document
    searched: str = ""  # words looked for, where nothing was found
    sure: int | None = None  # per cent, in the reader's own judgement
    note: str = ""
    version: int = 0

    @property
    def said(self) -> frozenset[str]:
        """What is compared: the options chosen, or that it is said elsewhere, under whatever title."""
        return frozenset(self.value.split("|")) if self.value else frozenset({f"blank:{ELSEWHERE}"})


@dataclass(frozen=True, slots=True)
class DeskPassage:
    """A passage on which a reader rests an option; `elsewhere` for words that refer to another document."""

    id: int
    place: str  # of the reader
    kind: str  # of the document
    question: str
    option: str
    document: int
    anchor: str
    page: str
    words: str


@dataclass(frozen=True, eq=False)  # one object for each, so that what is worked out for it can be remembered
class KindQuestions:
    """What is asked of the documents of one kind, of a company of some size and sector."""

    kind: str
    edition: Edition  # narrowed to the kind
    profile: Mapping[str, str]

    def asked(self, given: Mapping[str, DeskAnswer]) -> tuple[Question, ...]:
        """The questions that are asked of whoever gave these answers, by question, in order."""
        answers = {name: answer for name, each in given.items() if (answer := self.answer_of(each)) is not None}
        routes = route_questions(self.edition, AnswerSheet("", dict(self.profile), answers))
        return tuple(q for q in self.edition.questions.values() if q.scored and routes[q.id].asked != NO)

    def answer_of(self, given: DeskAnswer | None) -> Answer | None:
        """An answer as it is scored; None for none, or for one that is said elsewhere."""
        question = self.edition.questions.get(given.question) if given is not None and given.value else None
        if given is None or question is None:
            return None
        try:
            return read_answer(question, given.value)
        except AnswerFault:
            return None


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """A question with which a reader has not finished."""

    kind: str
    question: str
    missing: Missing


@dataclass(frozen=True, slots=True)
class ReadersAgreement:
    """Of the places where either reader found something, how many have the same answer."""

    found: int
    same: int


@dataclass(frozen=True, slots=True)
class AgreedAnswer:
    """The answer to a question that stands, and how it came about."""

    question: str
    value: str  # "": the text refers to other documents
    elsewhere: tuple[str, ...]  # their titles
    searched: tuple[str, ...]  # of each who searched in vain
    passages: tuple[DeskPassage, ...]  # of the options that stand, each once
    first: DeskAnswer | None
    second: DeskAnswer | None
    decision: DeskAnswer | None  # where the two differed, or where the company was right that both had erred

    @property
    def differed(self) -> bool:
        """Whether the two readers gave different answers."""
        return do_differ(self.first, self.second)


def kind_questions(edition: Edition, kind: str, *, size: str = "", sector: str = "") -> KindQuestions:
    """What an edition asks of the documents of a kind. Raise ValueError if they cannot be read by themselves.

    Where the company's sector is not known, no question of one sector alone is asked.
    """
    narrowed = narrow_to_document(edition, kind)
    about = _ONLINE if kind == _USERS_RULES else sector or "other"
    modules = {module: "yes" if module == about else "no" for module in SECTOR_MODULES}
    said = {**modules, PEER_GROUP_FIELD: about, SIZE_FIELD: size or USUAL_SIZE, "children": "none"}
    return KindQuestions(kind, narrowed, {name: said[name] for name in narrowed.profile if name in said})


def is_lowest(question: Question, answer: Answer | None) -> bool:
    """Whether an answer says that nothing was found; none at all says so too."""
    return answer in (None, (NONE_OF_THESE,)) or (not question.is_multiple_choice and answer == question.options[0].id)


def found_nothing(asked: KindQuestions, given: DeskAnswer) -> bool:
    """Whether a reader found nothing in the text, and no reference to another one either."""
    return bool(given.value) and is_lowest(asked.edition.questions[given.question], asked.answer_of(given))


def open_points(
    asked: KindQuestions, given: Mapping[str, DeskAnswer], passages: Iterable[DeskPassage]
) -> tuple[OpenPoint, ...]:
    """What one reader still has to give: an answer, a passage for what was found, words searched for what was not."""
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
    """What is offered to be looked for: the usual words of a theme, for a text in English, and those noted already."""
    usual = [USUAL_WORDS[subject] for subject in _SUBJECTS.get(theme, ("children",))] if english else []
    words = [word.strip() for noted in usual for word in noted.split(",")]
    words += [word for each in given for word, _count in _noted_words(each.searched) if len(word) <= _LONGEST_WORD]
    offered: dict[str, str] = {}
    for word in words:
        offered.setdefault(word.casefold(), word)
    return tuple(offered.values())


def searched_note(counted: Mapping[str, int]) -> str:
    """Words that were looked for, each with how many passages have it, as they are noted with an answer."""
    return ", ".join(f"{word} ({count})" for word, count in counted.items())


def counted_words(searched: str) -> tuple[tuple[str, int], ...]:
    """The words of a note that the tool has looked for, with how many passages had each."""
    return tuple((word, count) for word, count in _noted_words(searched) if count is not None)


def recounted(searched: str, counted: Mapping[str, int]) -> str:
    """A note with the numbers that there are now of each word that was looked for, whatever somebody wrote."""
    return _COUNTED.sub(lambda found: f"{found[1]} ({counted.get(found[1].strip(_AROUND), found[2])})", searched)


def _noted_words(searched: str) -> Iterator[tuple[str, int | None]]:
    for part in filter(None, (each.strip(_AROUND) for each in re.split("[,;،؛\n]", searched))):
        counted = _COUNTED.fullmatch(part)
        yield (counted[1].strip(_AROUND), int(counted[2])) if counted else (part, None)


def do_differ(one: DeskAnswer | None, other: DeskAnswer | None) -> bool:
    """Whether two readers gave different answers. Two who refer to another document agree, whatever they call it."""
    return (one.said if one else None) != (other.said if other else None)


def differences(
    asked: KindQuestions, first: Mapping[str, DeskAnswer], second: Mapping[str, DeskAnswer]
) -> tuple[str, ...]:
    """The questions on which two readers differ, in order."""
    return tuple(q for q, one, other in _both(asked, first, second) if do_differ(one, other))


def agreement(
    asked: KindQuestions, first: Mapping[str, DeskAnswer], second: Mapping[str, DeskAnswer]
) -> ReadersAgreement:
    """How often two readers agree where either found something: to agree on nothing is easy."""
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
    """The differences that wait for a decision, or whose decision lacks what it rests on.

    It may rest on passages of the readers, and on what they searched. Its reason is its own.
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
    """The answers that stand, by question in order; of differences, those that are decided.

    A decision stands also where both had agreed: the company may have shown what both had overlooked.
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
    """The questions that either reader was asked, with what each answered."""
    of_first, of_second = ({q.id for q in asked.asked(given)} for given in (first, second))
    for name in asked.edition.questions:
        if name in of_first or name in of_second:
            one = first.get(name) if name in of_first else None
            yield name, one, second.get(name) if name in of_second else None


def _each_once(words: Iterable[str]) -> tuple[str, ...]:
    """What was written, each once, in whatever case."""
    return tuple({" ".join(each.split()).casefold(): each for each in reversed([w for w in words if w])}.values())[::-1]


def _resting(asked: KindQuestions, standing: DeskAnswer, passages: Iterable[DeskPassage]) -> tuple[DeskPassage, ...]:
    """The passages of the options that stand, whoever picked them, each once."""
    options = standing.said if standing.value else {ELSEWHERE}
    about = (p for p in passages if (p.kind, p.question) == (asked.kind, standing.question) and p.option in options)
    return tuple({(p.option, p.document, p.anchor): p for p in about}.values())
