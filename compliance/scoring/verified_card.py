"""The verified card: verdicts and verified scores of one submission as canonical JSON, which a sign-off freezes.

The same submission with the same verdicts always gives the same text, and so the same SHA-256 digest. The keys are kept
for good and must not change without a new FORMAT. If passages were judged, there is a key `passages`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL, Edition, Node
from compliance.questionnaire.routing import Route, route_questions
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.progress import is_counted, progress_of, questions_in
from compliance.scoring.serialisation import score_records
from compliance.scoring.standing import StandingRecord

FORMAT = 1


@dataclass(frozen=True, slots=True)
class ReviewCoverage:
    """How much of a submission has a verdict."""

    asked: int  # questions that count
    judged: int  # questions that count and have a verdict
    critical: int  # answers to critical requirements and prerequisites
    critical_judged: int  # such answers with a verdict

    @property
    def can_be_signed(self) -> bool:
        """Whether there is a verdict, and every answer to a critical requirement or prerequisite has one.

        An answer without a verdict earns nothing: a critical requirement that nobody judged would be signed as one that
        is not met.
        """
        return self.judged > 0 and self.critical_judged == self.critical


class ReviewedSubmission(Protocol):
    """The stored submission that a card is about."""

    @property
    def id(self) -> int:
        """The id of the submission."""

    @property
    def assessment_id(self) -> int:
        """The id of the assessment."""

    @property
    def organisation(self) -> str:
        """The name of the company."""

    @property
    def year(self) -> int:
        """The period."""

    @property
    def voice(self) -> str:
        """Who answered: self, or desk."""

    @property
    def at(self) -> datetime:
        """The time of submission."""


class GivenVerdict(Protocol):
    """A stored verdict."""

    @property
    def question(self) -> str:
        """The id of the question."""

    @property
    def verdict(self) -> str:
        """Confirmed, adjusted or not-shown."""

    @property
    def value(self) -> str:
        """The adjusted answer, if the verdict is adjusted."""

    @property
    def comment(self) -> str:
        """The note for the company."""


@dataclass(frozen=True, slots=True)
class JudgedPassage:
    """An auditor's judgement of a passage that the company marked for an option of a question."""

    question: str
    option: str
    version: int  # id of the document's version
    anchor: str
    shows: bool


def review_coverage(edition: Edition, sheet: AnswerSheet) -> ReviewCoverage:
    """Return how many questions have a verdict, overall and in critical requirements and prerequisites."""
    routes = route_questions(edition, sheet)
    progress = progress_of(edition, sheet, routes, questions_in(edition))
    critical = _critical_answers(edition, sheet, routes)
    return ReviewCoverage(progress.asked, progress.judged, len(critical), sum(i in sheet.verdicts for i in critical))


def unreviewed_critical_answers(edition: Edition, sheet: AnswerSheet) -> list[str]:
    """Return the questions of critical requirements and prerequisites that still need a verdict before a sign-off."""
    critical = _critical_answers(edition, sheet, route_questions(edition, sheet))
    return [question for question in critical if question not in sheet.verdicts]


def verified_card(
    compiled: CompiledEdition,
    sheet: AnswerSheet,
    submitted: ReviewedSubmission,
    verdicts: Iterable[GivenVerdict],
    passages: Iterable[JudgedPassage] = (),
) -> str:
    """Return the card of a submission as canonical JSON, from its sheet with verdicts.

    `passages`: the judgements of submitted passages. Scores are on the edition’s scale, unrounded. Coverage is the
    share with a verdict.
    """
    edition = compiled.edition
    record = score_records(compiled, [sheet], ["verified"])[0]["verified"]
    routes, standings = route_questions(edition, sheet), record["standings"]
    overall = review_coverage(edition, sheet)

    def reviewed(node: str) -> dict[str, int]:
        progress = progress_of(edition, sheet, routes, questions_in(edition, node))
        return {"asked": progress.asked, "judged": progress.judged}

    def parts(nodes: Sequence[Node]) -> dict[str, object]:
        return {node.id: _part(standings.get(node.id), reviewed(node.id)) for node in nodes if node.id in standings}

    card = {
        "format": FORMAT,
        "edition": {"id": edition.id, "digest": edition.digest},
        "subject": {
            "company": submitted.organisation,
            "period": submitted.year,
            "voice": submitted.voice,
            "assessment": submitted.assessment_id,
            "submission": submitted.id,
            "submitted": submitted.at.astimezone(UTC).isoformat(timespec="seconds"),
        },
        "overall": {
            **_part(standings.get(OVERALL), reviewed(OVERALL)),
            "by_points": record["by_points"],
            "not_met": record["failed"],
            "critical_answers": {"given": overall.critical, "judged": overall.critical_judged},
        },
        "themes": parts(edition.themes),
        "requirements": parts([node for node in edition.nodes.values() if node.is_requirement]),
        "verdicts": [
            {"question": one.question, "verdict": one.verdict, "value": one.value, "note": one.comment}
            for one in sorted(verdicts, key=lambda one: one.question)
        ],
    }
    if judged := sorted(map(asdict, passages), key=lambda said: [str(each) for each in said.values()]):
        card["passages"] = judged
    return json.dumps(card, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def card_digest(card: str) -> str:
    """Return the SHA-256 of a card's text in UTF-8, in hexadecimal."""
    return hashlib.sha256(card.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SignedScore:
    """The overall result of a card."""

    score: float | None
    worst: float | None
    best: float | None
    band: str | None  # id
    coverage: ReviewCoverage
    edition: str  # digest of the edition used for scoring


def signed_score(card: str) -> SignedScore:
    """Return the overall result on a card."""
    whole: Mapping[str, Any] = json.loads(card)
    overall = whole["overall"]
    counts, critical = overall["reviewed"], overall["critical_answers"]
    coverage = ReviewCoverage(counts["asked"], counts["judged"], critical["given"], critical["judged"])
    score, worst, best, band = (overall[name] for name in ("score", "worst", "best", "band"))
    return SignedScore(score, worst, best, band, coverage, whole["edition"]["digest"])


def judged_passages(card: str) -> tuple[JudgedPassage, ...]:
    """Return the judgements of passages on a card."""
    return tuple(JudgedPassage(**said) for said in json.loads(card).get("passages", ()))


def _part(standing: StandingRecord | None, reviewed: Mapping[str, int]) -> dict[str, object]:
    kept = ("score", "worst", "best", "band", "coverage")
    figures = {name: standing[name] if standing is not None else None for name in kept}  # type: ignore[literal-required]
    return {**figures, "reviewed": dict(reviewed)}


def _critical_answers(edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route]) -> list[str]:
    """Return the questions of critical requirements and prerequisites that count and are answered."""
    return [i for i in _critical_questions(edition) if is_counted(routes[i]) and i in sheet.answers]


def _critical_questions(edition: Edition) -> list[str]:
    """Return the scored questions of critical requirements and prerequisites, each once."""
    parts = (standard.part for standard in edition.minimum_standards if standard.band is None)
    questions = (q for part in parts for q in (part.questions() if isinstance(part, Node) else (part,)))
    return list(dict.fromkeys(question.id for question in questions if question.scored))
