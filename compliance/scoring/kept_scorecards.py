"""Kept scorecards, between a save and a page: as lines of JSON, under a digest of everything that they rest on.

The digest is of the edition, of everything in the sheet that affects scores, and of the scoring code, so scorecards
kept under the same digest are what scoring would return now. Texts are not kept: a scorecard is read back with the
edition in the language of the page. Its standings have lines of their own, as most pages use a few of some hundred.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from compliance.questionnaire.answers import AnswerSheet, write_answer, write_verdict
from compliance.questionnaire.edition import Band, Edition, MinimumStandard
from compliance.scoring.integration import Integration, IntegrationCell, Integrations
from compliance.scoring.scorecard import BandCap, Gap, Scorecard, Standing


@cache
def _code_digest() -> str:
    """Return the SHA-256 of the code of `questionnaire` and `scoring`, so that other code computes scorecards again."""
    found = hashlib.sha256()
    for room in ("questionnaire", "scoring"):
        for file in sorted((Path(__file__).parent.parent / room).glob("*.py")):
            found.update(file.read_bytes())
    return found.hexdigest()


def results_digest(edition: Edition, sheet: AnswerSheet) -> str:
    """Return the SHA-256 of everything that the scorecards of a sheet rest on."""
    rests_on = [
        _code_digest(),
        edition.digest,
        [*edition.questions],  # an edition's digest is the same whatever portions were chosen
        sorted((name, write_answer(value)) for name, value in sheet.profile.items()),
        sorted((question, write_answer(answer)) for question, answer in sheet.answers.items()),
        sorted(sheet.evidenced),
        sorted((question, type(given).__name__, write_verdict(given)) for question, given in sheet.verdicts.items()),
    ]
    return hashlib.sha256(json.dumps(rests_on, ensure_ascii=False).encode()).hexdigest()


def scorecards_to_json(cards: Iterable[Scorecard]) -> str:
    """Return the scorecards of one sheet as lines of JSON to be kept."""
    return "\n".join(line for card in cards for line in _card_lines(card))


def _compact(records: object) -> str:
    return json.dumps(records, ensure_ascii=False, separators=(",", ":"))


def scorecards_from_json(edition: Edition, sheet: AnswerSheet, text: str) -> tuple[Scorecard, ...]:
    """Return kept scorecards. The edition and the sheet must be those of the digest they were kept under."""
    lines, found = iter(text.split("\n")), []
    for line in lines:
        found.append(_card(edition, sheet, json.loads(line), lines))
    return tuple(found)


def _card_lines(card: Scorecard) -> Iterator[str]:
    """Yield the lines of a scorecard: first what most pages use, then standings in the order of `_card`."""
    edition = card.edition
    places = {band.id: place for place, band in enumerate(edition.bands)}
    standards = {id(standard): place for place, standard in enumerate(edition.minimum_standards)}

    def standings(found: Mapping[str, Standing]) -> str:
        records = {
            key: [s.score, s.worst, s.best, s.coverage, s.weight, *(b and places[b.id] for b in s.bands)]
            for key, s in found.items()
        }
        return _compact(records)

    head = {
        "basis": card.basis,
        "lenses": [*card.lenses],
        "cap": card.cap
        and [places[card.cap.by_points.id], places[card.cap.band.id], [standards[id(s)] for s in card.cap.unmet]],
        "failed": [part.id for part in card.failed],
        "gaps": [
            [gap.requirement.id, gap.score, gap.loss, gap.gain, gap.fails_critical, gap.questions] for gap in card.gaps
        ],
        "asked": sorted(card.asked),
        "counting": sorted(card.counting),
        "integration": card.integration
        and [
            _integration_record(each) for each in (card.integration.now, card.integration.worst, card.integration.best)
        ],
    }
    yield _compact(head)
    yield from map(standings, (card.nodes, card.questions, card.law, *card.lenses.values()))


def _integration_record(found: Integration | None) -> list[Any] | None:
    return None if found is None else [found.joined, [[cell.level, cell.audience, cell.value] for cell in found.cells]]


def _integration(record: Sequence[Any] | None) -> Integration | None:
    return None if record is None else Integration(tuple(IntegrationCell(*cell) for cell in record[1]), record[0])


class _KeptStandings(Mapping[str, Standing]):
    """Standings by id, each read when first used. `text`: all of them as JSON."""

    def __init__(self, text: str, bands: Mapping[int | None, Band | None]) -> None:
        self._text, self._bands, self._read = text, bands, dict[str, Standing]()

    @cached_property
    def _records(self) -> Mapping[str, Sequence[Any]]:
        found: Mapping[str, Sequence[Any]] = json.loads(self._text)
        return found

    def __getitem__(self, key: str) -> Standing:
        if key not in self._read:
            score, worst, best, coverage, weight, now, at_worst, at_best = self._records[key]
            of_scores = self._bands[now], self._bands[at_worst], self._bands[at_best]
            self._read[key] = Standing(key, score, worst, best, coverage, weight, of_scores)
        return self._read[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, key: object) -> bool:
        return key in self._records


def _card(edition: Edition, sheet: AnswerSheet, record: Mapping[str, Any], lines: Iterator[str]) -> Scorecard:
    """Return a scorecard from its first line, as read, and the lines that follow it."""
    bands: dict[int | None, Band | None] = {None: None, **dict(enumerate(edition.bands))}

    def standings() -> _KeptStandings:
        return _KeptStandings(next(lines), bands)

    nodes, questions, law = standings(), standings(), standings()
    cap, joined = record["cap"], record["integration"]
    return Scorecard(
        edition=edition,
        sheet=sheet,
        basis=record["basis"],
        overall=nodes[edition.root.id],
        cap=cap and BandCap(edition.bands[cap[0]], edition.bands[cap[1]], _standards(edition, cap[2])),
        failed=tuple(edition.parts[part] for part in record["failed"]),
        nodes=nodes,
        questions=questions,
        lenses={lens: standings() for lens in record["lenses"]},
        law=law,
        gaps=tuple(
            Gap(edition.nodes[requirement], score, loss, gain, fails, tuple(questions))
            for requirement, score, loss, gain, fails, questions in record["gaps"]
        ),
        asked=frozenset(record["asked"]),
        counting=frozenset(record["counting"]),
        integration=joined and Integrations(*map(_integration, joined)),
    )


def _standards(edition: Edition, places: Sequence[int]) -> tuple[MinimumStandard, ...]:
    return tuple(edition.minimum_standards[place] for place in places)
