"""How much is answered, and the overall score, are given in the same way on every page, sheet and command."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from openpyxl import load_workbook

from compliance import store
from compliance.cli import main
from compliance.questionnaire.answers import Answer, AnswerSheet, NotApplicable, write_answer
from compliance.questionnaire.answers_file import write_answers_csv
from compliance.questionnaire.edition import HEADQUARTERS_QUESTION, Edition, Question
from compliance.questionnaire.routing import NO, YES, route_questions
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.progress import Progress, progress_at
from compliance.scoring.scorecard import make_scorecard
from compliance.scoring.serialisation import submission_json_writer
from compliance.web.edition_registry import editions
from tests.support.examples import SHARE, tries
from tests.support.quick_walks import OURS, text_of
from tests.support.random_editions import random_answer
from tests.support.sites import NOON, Site, begin, make_site, settle

FULL = "child-protection-2026"
#: The share of questions left blank, in turn, and the largest share with which there always is a score.
BLANKS, FEW_BLANKS = (0.1, 0.9, 0.3, 0.5), 0.3
#: In `make test`, only few blanks, with which there is a score, too.
SEEDS = range(tries(len(BLANKS)) if SHARE >= 1 else 1)
#: Pages with a count of questions, with the score, or with both, below the page of the assessment.
PAGES = ("", "/code", "/check", "/scorecard", "/explain", "/improve")


@dataclass
class Seen:
    """What Ana and Audun read about the same answers."""

    sheet: AnswerSheet
    #: The text of each of Ana's pages, the HTML of her scorecard, and the text of Audun's review.
    own: dict[str, str]
    scorecard: str
    review: str
    #: The text cells of the first sheet of the workbook.
    summary: str
    #: What the quick check says about going on with the full questionnaire.
    full: str


@dataclass
class Desk:
    """Ana's assessment with random answers, submitted and assigned to Audun."""

    site: Site
    number: int
    edition: Edition
    _seen: dict[tuple[int, float], Seen] = field(default_factory=dict)

    def seen(self, seed: int, blanks: float) -> Seen:
        """Submit the answers of a seed, and read everything once for all tests."""
        if (seed, blanks) not in self._seen:
            sheet = self.fill(Random(seed), blanks)
            ana, audun = self.site.client("ana"), self.site.client("audun")
            where = f"/assessments/{self.number}"
            book = load_workbook(BytesIO(ana.get(f"{where}/scorecard.xlsx").data), read_only=True, data_only=True)
            summary = " ".join(cell for row in book["Summary"].values for cell in row if isinstance(cell, str))
            pages = {page: ana.get(where + page) for page in PAGES}
            assert {page: answer.status_code for page, answer in pages.items()} == dict.fromkeys(PAGES, 200)
            ana.post("/quick", data={first_of_quick(self): "none"}, headers=OURS)
            self._seen[seed, blanks] = Seen(
                sheet,
                own={page: text_of(answer.text) for page, answer in pages.items()},
                scorecard=pages["/scorecard"].text,
                review=words(audun, f"/audit/{self.number}"),
                summary=summary,
                full=words(ana, "/quick/full"),
            )
        return self._seen[seed, blanks]

    def fill(self, rng: Random, blanks: float) -> AnswerSheet:
        """Give new random answers, and submit them."""
        sheet = random_answers(rng, self.edition, blanks)
        texts = {f"profile.{field}": str(value) for field, value in sheet.profile.items()}
        texts |= {question: write_answer(answer) for question, answer in sheet.answers.items()}
        ana = self.site.people["ana"].id
        with self.site.app.app_context(), self.site.store() as session, session.begin():
            before = store.saved_answers(session, self.number)
            seen = {i: before[i].version if i in before else 0 for i in {*texts, *before}}
            changes = [store.AnswerEdit(i, texts.get(i, ""), "a reason", seen[i]) for i in seen]
            store.save_answers(session, self.number, changes, by=ana, at=NOON)
            for i in sheet.evidenced:
                if not (i in before and before[i].evidence):
                    store.add_evidence(session, self.number, i, store.Link("https://a.example/"), by=ana, at=NOON)
            asked = editions()[FULL]
            scores = submission_json_writer(asked.compiled)
            store.submit(session, self.number, by=ana, at=NOON, edition=asked.edition, consent="counted", scores=scores)
            return store.answer_sheet(session, self.number, self.edition, on=NOON.date())


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("one-figure")
    site = settle(make_site(f"sqlite:///{folder / 'article34.db'}", folder, EDITIONS=None))
    with site.app.app_context():
        edition = editions()[FULL].edition
    desk = Desk(site, begin(site), edition)
    desk.fill(Random(0), 0.2)
    stella, audun = (site.people[who].id for who in ("stella", "audun"))
    with site.store() as session, session.begin():
        store.assign_auditor(session, desk.number, auditor=audun, by=stella, at=NOON)
    yield desk
    site.close()


def random_answers(rng: Random, edition: Edition, blanks: float) -> AnswerSheet:
    """Random answers and blanks for all questions, including those behind closed gates and those not asked."""

    def answer(question: Question) -> Answer:
        if question.na == "reason" and rng.random() < 0.1:
            return NotApplicable("a reason")
        return {"text": "words", "date": "2026-01-31"}.get(question.kind) or random_answer(rng, question)

    given = {q.id: answer(q) for q in edition.questions.values() if rng.random() > blanks}
    given[HEADQUARTERS_QUESTION] = ("DEU",)
    profile = {f.id: 50.0 if f.is_number else rng.choice(f.values) for f in edition.profile.values()}
    return AnswerSheet("Example", profile, given, frozenset(i for i in given if rng.random() < 0.5))


def words(client: FlaskClient, where: str) -> str:
    page = client.get(where)
    assert page.status_code == 200, where
    return text_of(page.text)


def pair(text: str) -> tuple[int, int]:
    """The only count of questions in a text."""
    found = {(int(a), int(b)) for a, b in re.findall(r"(\d+) of (\d+) questions answered", text)}
    assert len(found) == 1, found
    return found.pop()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_page_sheet_and_command_counts_the_same_questions(desk: Desk, seed: int, tmp_path: Path) -> None:
    seen = desk.seen(seed, BLANKS[seed % len(BLANKS)])
    progress = progress_at(desk.edition, seen.sheet)
    expected = progress.answered, progress.asked
    said = {page: seen.own[page] for page in ("", "/check", "/scorecard")}
    assert {page: pair(text) for page, text in said.items()} == dict.fromkeys(said, expected)
    row = r"(?:All (\d+) answered|(\d+) of (\d+) answered)(?=[, ].{0,25}(?:Complete|Evidence to|In progress|Not st))"
    themes = re.findall(row, said[""])
    assert sum(int(whole or part) for whole, part, _ in themes) == progress.answered
    assert sum(int(whole or of) for whole, _, of in themes) == progress.asked
    blanks = re.search(r"(\d+|One) blanks? You can submit with blanks", said["/check"])
    assert (blanks[1].replace("One", "1") if blanks else "0") == str(progress.asked - progress.answered)
    unshown = re.search(r"(\d+|One) answers? earns? points but (?:has|have) no evidence yet", said["/scorecard"])
    assert (int(unshown[1].replace("One", "1")) if unshown else 0) == progress.unshown
    assert len(listed(said["/check"], "without evidence")) == progress.unshown
    assert f"Answered {progress.answered} of {progress.asked} " in seen.review
    there = re.search(r"(\d+) questions are answered there already", seen.full)
    assert (int(there[1]) if there else 0) == progress.answered
    assert pair(seen.summary) == expected
    file = tmp_path / "answers.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        write_answers_csv(desk.edition, [seen.sheet], opened)
    told = CliRunner().invoke(main, ["explain", FULL, str(file), "--company", seen.sheet.company])
    assert told.exit_code == 0, told.output
    assert pair(told.output) == expected


def listed(check: str, what: str) -> range:
    found = re.search(rf"(\d+|One) answers? {what}", check)
    return range(int(found[1].replace("One", "1")) if found else 0)


def first_of_quick(desk: Desk) -> str:
    with desk.site.app.app_context():
        return next(iter(editions()["child-protection-quick"].edition.questions))


def test_a_question_behind_a_closed_gate_is_in_neither_number(desk: Desk) -> None:
    edition = desk.edition
    sheet = random_answers(Random(4), edition, 0.0)
    routes = route_questions(edition, sheet)
    shut = [i for i, at in routes.items() if at.asked == YES and at.counts == NO]
    assert len(shut) > 5
    without = AnswerSheet(sheet.company, sheet.profile, {i: a for i, a in sheet.answers.items() if i not in shut})
    assert progress_at(edition, without).answered == progress_at(edition, sheet).answered
    assert progress_at(edition, without).asked == progress_at(edition, sheet).asked


@pytest.mark.parametrize(
    ("progress", "status"),
    [
        (Progress(3, 0, 0, 0), "new"),
        (Progress(3, 2, 2, 0), "progress"),
        (Progress(3, 3, 1, 0), "answered"),
        (Progress(3, 3, 0, 0), "complete"),
    ],
)
def test_a_theme_is_complete_once_everything_that_earns_points_has_evidence(progress: Progress, status: str) -> None:
    assert progress.status == status


@pytest.mark.parametrize("seed", SEEDS)
def test_the_overall_score_has_one_number_of_decimals_on_every_page(desk: Desk, seed: int) -> None:
    seen = desk.seen(seed, min(BLANKS[seed % len(BLANKS)], FEW_BLANKS))
    score = make_scorecard(compile_edition(desk.edition), seen.sheet).overall.score
    assert score is not None
    number = r"(\d+(?:\.\d+)?)"
    places = {
        "": rf"Score so far: {number}",
        "/code": rf"Score so far: {number}",
        "/check": rf"As it stands: {number}",
        "/scorecard": rf"Claimed {number} ?,.*How the score {number} was calculated.*which rounds to {number}",
        "/explain": rf"How the score {number} was calculated Claimed {number} ?,.*which rounds to {number}",
        "/improve": rf"would rise from {number} to.*? Now {number} ?,",
    }
    found = {page: re.search(pattern, seen.own[page]) for page, pattern in places.items()}
    found["review"] = re.search(rf"Claimed {number} ?,", seen.review)
    found["Summary"] = re.search(rf"{number} points now", seen.summary)
    assert all(found.values()), found
    shown = {place: set(numbers.groups()) for place, numbers in found.items() if numbers}
    assert shown == {place: {f"{score:.0f}"} for place in shown}
    big = re.search(r'<p class="big-score">([^<]+)</p>', seen.scorecard)
    assert big and big[1] == f"{score:.0f}"
