"""What is published about a desk reading: by name without consent, as it rests only on public texts.

`reading_content` makes it from a reading. Equal contents result in equal texts (`content_to_json`). It contains nothing
that a company answers itself, and is in no figure made from such answers.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.desk_reading import DeskPassage, found_nothing, is_lowest
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.heard_reading import HeardReading, KindReading, kind_readings
from compliance.scoring.compiled_edition import CompiledEdition, compile_edition
from compliance.scoring.score import score
from compliance.scoring.standing import ScoreWithBounds, overall_bounds

FORMAT = 1
#: The most characters quoted of a passage. The rest is left out, for copyright.
MOST_QUOTED = 500
#: Whether the text says a point, refers to another named document for it, or is silent on it.
PointState: TypeAlias = Literal["said", "referred", "silent"]
POINT_STATES: tuple[PointState, ...] = ("said", "referred", "silent")


class UnsettledReading(ValueError):
    """A point that is asked has no settled answer."""


@dataclass(frozen=True, slots=True)
class DocumentRead:
    """A document as it was found, with its source."""

    kind: str
    title: str
    dated: date | None
    language: str
    url: str
    accessed: date
    is_extract: bool
    digest: str  # SHA-256 of the archived file


@dataclass(frozen=True, slots=True)
class PrintedQuotation:
    """A verbatim quotation from a document."""

    document: int  # position in the list of documents
    option: str  # the option that it is quoted for
    page: str  # "": no pages
    anchor: str
    words: str


@dataclass(frozen=True, slots=True)
class ReadPoint:
    """One question about the documents of one kind, and its answer."""

    kind: str
    question: str
    state: PointState
    value: str  # the answer as text; "": referred
    counts: bool  # whether its gate is open; otherwise it earns nothing
    elsewhere: tuple[str, ...]  # titles of the documents that the text refers to
    searched: tuple[str, ...]  # words that were searched for
    quotations: tuple[PrintedQuotation, ...]
    differed: bool  # whether the two readers differed, and a third decided
    reason: str  # of the third reader
    changed: date | None  # day of a decision after the draft was sent to the company


@dataclass(frozen=True, slots=True)
class KindResult:
    """The result for the documents of one kind. Scores are on the edition's scale. None: too little to score."""

    kind: str
    score: float | None
    worst: float | None
    best: float | None
    band: str  # id; "": none
    said: int
    referred: int
    silent: int
    same: int  # points where both readers found something and gave the same answer
    differed: int  # points where the two readers gave different answers

    @property
    def points(self) -> int:
        """The number of points asked."""
        return self.said + self.referred + self.silent

    @property
    def nothing(self) -> int:
        """The number of points where both readers found nothing."""
        return self.points - self.same - self.differed


@dataclass(frozen=True, slots=True)
class PrintedReply:
    """The company's reply on a point, or, with two empty ids, on the whole reading."""

    kind: str
    question: str
    words: str
    name: str
    role: str
    by_letter: bool
    at: date


@dataclass(frozen=True, slots=True)
class ReadingContent:
    """A reading as it is published, or as the draft that the company sees."""

    company: str
    slug: str
    sector: str  # id; "": not known
    country: str  # ISO 3166 alpha-3; "": not known
    demonstration: bool
    version: int
    edition: str
    edition_digest: str
    documents: tuple[DocumentRead, ...]
    kinds: tuple[KindResult, ...]
    points: tuple[ReadPoint, ...]
    replies: tuple[PrintedReply, ...]
    minutes: tuple[int, int]  # of the two readers; 0: not known
    sent: date | None
    until: date | None
    ended: date | None  # day on which the company said that it has no more to add
    published: date | None  # None: a draft

    def points_of(self, kind: str) -> tuple[ReadPoint, ...]:
        """Return the points of one kind of document."""
        return tuple(point for point in self.points if point.kind == kind)

    def result(self, kind: str) -> KindResult:
        """Return the result of one kind of document. Raise KeyError if there is none."""
        for result in self.kinds:
            if result.kind == kind:
                return result
        raise KeyError(kind)

    def reply_on(self, kind: str, question: str) -> PrintedReply | None:
        """Return the company's reply on a point, or, with two empty ids, on the whole reading, or None."""
        return next((each for each in self.replies if (each.kind, each.question) == (kind, question)), None)

    @property
    def changed(self) -> int:
        """The number of points decided again after the draft was sent to the company."""
        return sum(point.changed is not None for point in self.points)


def reading_content(edition: Edition, reading: HeardReading, *, published: date | None) -> ReadingContent:
    """Return a reading's content. `published`: None for a draft. Raise UnsettledReading if a point is not settled."""
    found = list(kind_readings(edition, reading))
    place = {document.id: number for number, document in enumerate(reading.documents)}
    points = [tuple(_points(of_kind, reading, place)) for of_kind in found]
    return ReadingContent(
        company=reading.company,
        slug=reading.slug,
        sector=reading.sector,
        country=reading.country,
        demonstration=reading.demonstration,
        version=reading.version,
        edition=edition.id,
        edition_digest=edition.digest,
        documents=tuple(
            DocumentRead(d.kind, d.title, d.dated, d.language, d.url, d.accessed, d.is_extract, d.digest)
            for d in reading.documents
        ),
        kinds=tuple(_result(of_kind, reading, said) for of_kind, said in zip(found, points, strict=True)),
        points=tuple(point for said in points for point in said),
        replies=tuple(
            PrintedReply(r.kind, r.question, r.words, r.name, r.role, r.by_letter, r.at.date()) for r in reading.replies
        ),
        minutes=(_minutes(reading.seconds.get("first", 0)), _minutes(reading.seconds.get("second", 0))),
        sent=reading.sent_at.date() if reading.sent_at else None,
        until=reading.reply_until,
        ended=reading.reply_ended_at.date() if reading.reply_ended_at else None,
        published=published,
    )


def _points(of_kind: KindReading, reading: HeardReading, place: Mapping[int, int]) -> Iterator[ReadPoint]:
    kind = of_kind.asked_of.kind
    for question in of_kind.asked:
        held = of_kind.standing.get(question.id)
        if held is None:
            raise UnsettledReading(f"{kind}/{question.id} has no standing answer")
        found: PointState = "referred"
        if held.value:
            found = "silent" if is_lowest(question, of_kind.sheet.answers.get(question.id)) else "said"
        decided_at = reading.decided_at.get((kind, question.id)) if held.decision else None
        told = reading.sent_at
        yield ReadPoint(
            kind=kind,
            question=question.id,
            state=found,
            value=held.value,
            counts=question.id in of_kind.counting,
            elsewhere=held.elsewhere,
            searched=held.searched if found == "silent" else (),
            quotations=tuple(_quotations(held.passages, place)),
            differed=held.differed,
            reason=held.decision.note if held.decision else "",
            changed=decided_at.date() if decided_at and told and decided_at > told else None,
        )


def _quotations(passages: Iterable[DeskPassage], place: Mapping[int, int]) -> Iterator[PrintedQuotation]:
    """Return each passage once, for its first option, without sentences whose whole paragraph is quoted."""
    found: dict[tuple[int, str], PrintedQuotation] = {}
    for each in passages:
        printed = PrintedQuotation(place[each.document], each.option, each.page, each.anchor, quoted(each.words))
        found.setdefault((each.document, each.anchor), printed)
    return (one for one in found.values() if not any(_is_within(one, other) for other in found.values()))


def _is_within(one: PrintedQuotation, other: PrintedQuotation) -> bool:
    """Tell whether one quotation is a sentence of the other, and not cut off there."""
    is_part = one.document == other.document and one.anchor.startswith(f"{other.anchor}.")
    return is_part and one.words in other.words


def quoted(words: str) -> str:
    """Return as much of a passage as fits into MOST_QUOTED characters, in whole sentences if possible."""
    told = " ".join(words.split())
    if len(told) <= MOST_QUOTED:
        return told
    head = told[:MOST_QUOTED]
    end = max(head.rfind(mark) for mark in (". ", "؟ ", "! ", "? ", "。"))
    cut = head[: end + 1] if end > MOST_QUOTED // 2 else head[: head.rfind(" ")] if " " in head else head
    return f"{cut} …"


def _result(of_kind: KindReading, reading: HeardReading, points: Sequence[ReadPoint]) -> KindResult:
    counted = {state: sum(point.state == state for point in points) for state in POINT_STATES}
    compiled = compile_edition(of_kind.asked_of.edition)
    held = _bounds(compiled, of_kind.sheet)
    both = [held, *(_bounds(compiled, sheet) for sheet in _sheets_of_readers(of_kind, reading))]
    lowest = [each.worst for each in both if each.worst is not None]
    highest = [each.best for each in both if each.best is not None]
    return KindResult(
        kind=of_kind.asked_of.kind,
        score=held.score,
        worst=min(lowest, default=None),
        best=max(highest, default=None),
        band=held.band.id if held.band else "",
        said=counted["said"],
        referred=counted["referred"],
        silent=counted["silent"],
        same=sum(_both_found(of_kind, point) for point in points),
        differed=sum(point.differed for point in points),
    )


def _both_found(of_kind: KindReading, point: ReadPoint) -> bool:
    """Tell whether both readers found something and agreed, whatever was decided after the company's reply."""
    first = of_kind.standing[point.question].first
    return not point.differed and first is not None and not found_nothing(of_kind.asked_of, first)


def _bounds(compiled: CompiledEdition, sheet: AnswerSheet) -> ScoreWithBounds:
    return overall_bounds(score(compiled, [sheet]))


def _sheets_of_readers(of_kind: KindReading, reading: HeardReading) -> Iterator[AnswerSheet]:
    """Yield a sheet with each reader's answers: their differences widen the range."""
    for place in ("first", "second"):
        given = reading.of_reader(place, of_kind.asked_of.kind)
        answers = {name: answer for name, each in given.items() if (answer := of_kind.asked_of.answer_of(each))}
        yield AnswerSheet(reading.company, dict(of_kind.asked_of.profile), answers)


def _minutes(seconds: int) -> int:
    return -(-seconds // 60)


def content_to_json(content: ReadingContent) -> str:
    """Return canonical JSON: sorted keys, dates in ISO 8601."""
    told = {**asdict(content), "format": FORMAT}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=date.isoformat)


def content_from_json(text: str) -> ReadingContent:
    """Return the content of a JSON text. Raise ValueError for another format."""
    told: dict[str, Any] = json.loads(text)
    if told.pop("format", None) != FORMAT:
        raise ValueError(f"not a published reading of format {FORMAT}")
    told["documents"] = tuple(DocumentRead(**_with_days(each, "dated", "accessed")) for each in told["documents"])
    told["kinds"] = tuple(KindResult(**each) for each in told["kinds"])
    told["points"] = tuple(_point_from_json(each) for each in told["points"])
    told["replies"] = tuple(PrintedReply(**_with_days(each, "at")) for each in told["replies"])
    told["minutes"] = tuple(told["minutes"])
    return ReadingContent(**_with_days(told, "sent", "until", "ended", "published"))


def _point_from_json(told: dict[str, Any]) -> ReadPoint:
    quotations = tuple(PrintedQuotation(**each) for each in told["quotations"])
    lists = {name: tuple(told[name]) for name in ("elsewhere", "searched")}
    return ReadPoint(**{**_with_days(told, "changed"), **lists, "quotations": quotations})


def _with_days(told: dict[str, Any], *names: str) -> dict[str, Any]:
    return {**told, **{name: date.fromisoformat(told[name]) if told[name] else None for name in names}}
