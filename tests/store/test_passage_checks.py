"""Auditors' checks of marked passages are saved with a page of verdicts or not at all, for one submission."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AlreadyDecided, AnswerEdit, NotFound, SavedVerdicts, SignedOff, VerdictEdit
from compliance.store.document_passages import (
    QuotedPassage,
    dismiss_passage,
    mark_passage,
    passage_marks,
    unmark_passages,
)
from compliance.store.evidence import remove_evidence
from compliance.store.evidence_library import ItemDetails, LibraryItem, StoredFile, add_item, library_of, replace_item
from compliance.store.passage_checks import CheckEdit, PassageCheck, passage_checks
from compliance.store.passage_marks import PassageKey, SubmittedPassage, submitted_passages
from compliance.store.workbooks import apply_upload, record_download, record_upload, workbook_download, workbook_upload
from tests.support.stores import NOON, World, hand_in, save, sign_off

WORDS = "Nobody buys the sale of a child."


@dataclass
class Marked:
    """An assessment with marked passages, submitted and assigned."""

    session: Session
    world: World
    submission: int

    @property
    def passages(self) -> dict[tuple[str, str, str], SubmittedPassage]:
        sheet = store.submission(self.session, self.submission).sheet
        return {(one.key.question, one.key.option, one.key.anchor): one for one in submitted_passages(sheet)}

    @property
    def keys(self) -> list[PassageKey]:
        return [one.key for one in self.passages.values()]

    @property
    def kept(self) -> dict[PassageKey, PassageCheck]:
        return dict(passage_checks(self.session, self.world.assessment))

    def judge(self, *checks: CheckEdit, verdicts: tuple[VerdictEdit, ...] = (), by: int | None = None) -> SavedVerdicts:
        return store.save_determinations(
            self.session,
            self.world.assessment,
            verdicts,
            submission=self.submission,
            by=self.world.auditor.id if by is None else by,
            at=NOON,
            checks=checks,
        )


def document(session: Session, world: World, seen_by: str = "everyone") -> LibraryItem:
    company = world.company.organisation_id
    assert company is not None
    details = ItemDetails("Code 2026", seen_by, rule_text="code", language="en")
    file = StoredFile("a" * 64, "code.txt", "text/plain", 12)
    number = add_item(session, company, details, file, by=world.company.id, at=NOON)
    return next(item for item in library_of(session, company) if item.id == number)


def mark(
    session: Session, world: World, item: LibraryItem, question: str, *options: str, anchor: str = "1.1.1"
) -> None:
    passage = QuotedPassage(item.latest.id, anchor, "9", WORDS)
    mark_passage(session, world.assessment, item, passage, question, options, by=world.company.id, at=NOON)


@pytest.fixture
def item(session: Session, world: World) -> LibraryItem:
    return document(session, world)


@pytest.fixture
def marked(session: Session, world: World, item: LibraryItem) -> Iterator[Marked]:
    save(session, world, AnswerEdit("q1", "o1"), AnswerEdit("q2", "o2"))
    mark(session, world, item, "q1", "o1", "o2")
    mark(session, world, item, "q2", "o2", anchor="1.2.1")
    yield submitted(session, world)
    assert store.verify_trail(session) is None


def submitted(session: Session, world: World, hours: int = 0) -> Marked:
    number = hand_in(session, world.assessment, by=world.company.id, hours=hours)
    if not hours:
        store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=world.steward.id, at=NOON)
    return Marked(session, world, number)


def test_a_submission_keeps_the_marked_passages_of_its_evidence_unchanged(marked: Marked, item: LibraryItem) -> None:
    session, world = marked.session, marked.world
    before = marked.passages
    assert list(before) == [("q1", "o1", "1.1.1"), ("q1", "o2", "1.1.1"), ("q2", "o2", "1.2.1")]
    one = before["q1", "o1", "1.1.1"]
    assert (one.words, one.title, one.page, one.number, one.digest) == (WORDS, "Code 2026", "9", 1, "a" * 64)
    assert (one.file, one.key.version, one.language) == (item.latest.id, item.latest.id, "en")
    answers = store.submitted_answers(store.submission(session, marked.submission))
    assert one.evidence == (answers["q1"].evidence[0].id,)
    unmark_passages(
        session, world.assessment, [m.id for m in passage_marks(session, world.assessment)], by=None, at=NOON
    )
    assert marked.passages == before


def test_dismissed_passages_and_passages_removed_from_the_evidence_are_not_submitted(
    session: Session, world: World
) -> None:
    item = document(session, world)
    save(session, world, AnswerEdit("q1", "o1"))
    mark(session, world, item, "q1", "o1")
    dismiss_passage(
        session, world.assessment, QuotedPassage(item.latest.id, "1.3.1", "", "No."), "q1", "o2", by=None, at=NOON
    )
    (piece,) = store.evidence_of(session, world.assessment)["q1"]
    assert list(submitted(session, world).passages) == [("q1", "o1", "1.1.1")]
    remove_evidence(session, world.assessment, piece.id, by=None, at=NOON)
    later = submitted(session, world, hours=1)
    assert later.passages == {}
    assert "passages" not in json.loads(store.submission(session, later.submission).sheet)


def test_a_marked_passage_that_was_already_evidence_is_submitted_too(session: Session, world: World) -> None:
    item = document(session, world)
    save(session, world, AnswerEdit("q1", "o1"))
    typed = store.Quotation("Code 2026", "9", None, f" {WORDS.replace(' ', '  ')}")
    store.add_evidence(session, world.assessment, "q1", typed, by=None, at=NOON)
    mark(session, world, item, "q1", "o1")
    assert len(store.evidence_of(session, world.assessment)["q1"]) == 1
    assert list(submitted(session, world).passages) == [("q1", "o1", "1.1.1")]


def test_a_passage_of_a_restricted_document_is_looked_up_in_its_latest_file(session: Session, world: World) -> None:
    item = document(session, world, "few")
    save(session, world, AnswerEdit("q1", "o1"))
    mark(session, world, item, "q1", "o1")
    newer = StoredFile("b" * 64, "code-2.txt", "text/plain", 12)
    replace_item(session, item, newer, seen=1, expires=None, by=world.company.id, at=NOON)
    (one,) = submitted(session, world).passages.values()
    assert one.key.version == item.latest.id and one.file != item.latest.id
    assert (one.digest, one.number) == ("b" * 64, 0)


def test_checks_of_passages_are_saved_with_the_verdicts_and_noted_in_the_trail(marked: Marked) -> None:
    first, second, third = marked.keys
    edits = CheckEdit(first, True), CheckEdit(second, False), CheckEdit(third, None)
    saved = marked.judge(*edits, verdicts=(VerdictEdit("q1", "confirmed"),))
    assert (saved.changed, saved.checked, saved.is_saved) == (1, 2, True)
    kept = marked.kept
    assert {key: (one.fits, one.by) for key, one in kept.items()} == {first: (True, "Audun"), second: (False, "Audun")}
    subject = f"assessment/{marked.world.assessment}/passage-check/q1/o1"
    said = json.dumps({"version": first.version, "anchor": "1.1.1", "fits": True})
    assert [(e.before, e.after) for e in store.history(marked.session, subject)] == [("", said)]
    assert marked.judge(CheckEdit(first, None, seen=kept[first].version)).checked == 1
    assert first not in marked.kept
    assert [(e.before, e.after) for e in store.history(marked.session, subject)] == [("", said), (said, "")]


def test_repeating_a_check_changes_nothing_whatever_version_was_seen(marked: Marked) -> None:
    first = marked.keys[0]
    marked.judge(CheckEdit(first, True))
    before, head = marked.kept, store.trail_head(marked.session)
    assert marked.judge(CheckEdit(first, True)).checked == 0
    assert (marked.kept, store.trail_head(marked.session)) == (before, head)


def test_if_somebody_else_saved_a_check_first_nothing_of_the_page_is_saved(marked: Marked) -> None:
    first, second, _third = marked.keys
    marked.judge(CheckEdit(first, True))
    head, mine = store.trail_head(marked.session), CheckEdit(first, False)
    saved = marked.judge(mine, CheckEdit(second, True), verdicts=(VerdictEdit("q1", "confirmed"),))
    (conflict,) = saved.check_conflicts
    assert (conflict.wanted, conflict.kept) == (mine, marked.kept[first])
    assert (saved.is_saved, saved.changed, saved.checked) == (False, 0, 0)
    assert store.trail_head(marked.session) == head and list(marked.kept) == [first]
    seen = marked.kept[first].version
    assert marked.judge(CheckEdit(first, None, seen=seen)).checked == 1
    (conflict,) = marked.judge(CheckEdit(first, False, seen=seen)).check_conflicts
    assert conflict.kept is None


def test_a_conflict_over_a_verdict_also_prevents_checks_from_being_saved(marked: Marked) -> None:
    marked.judge(verdicts=(VerdictEdit("q1", "confirmed"),))
    saved = marked.judge(CheckEdit(marked.keys[0], True), verdicts=(VerdictEdit("q1", "not-shown"),))
    assert not saved.is_saved and marked.kept == {}


def test_only_an_assigned_auditor_checks_passages_and_only_submitted_ones(marked: Marked) -> None:
    first = marked.keys[0]
    for by in (marked.world.company.id, marked.world.steward.id):
        with pytest.raises(NotFound):
            marked.judge(CheckEdit(first, True), by=by)
    for other in (first._replace(option="o0"), first._replace(anchor="9.9"), first._replace(version=first.version + 1)):
        with pytest.raises(NotFound):
            marked.judge(CheckEdit(other, True))
    assert marked.kept == {}


def test_passages_of_a_submission_that_was_followed_by_another_cannot_be_checked(marked: Marked) -> None:
    first = marked.keys[0]
    marked.judge(CheckEdit(first, True))
    later = submitted(marked.session, marked.world, hours=1)
    assert marked.judge(CheckEdit(first, False, seen=marked.kept[first].version)).submitted_meanwhile
    assert later.keys == marked.keys and later.kept[first].fits  # equal words, marked for the same question


def test_a_check_that_is_signed_off_cannot_be_changed(marked: Marked) -> None:
    first = marked.keys[0]
    marked.judge(CheckEdit(first, True))
    sign_off(marked.session, marked.world.assessment, marked.submission, by=marked.world.auditor.id)
    assert marked.judge(CheckEdit(first, True)).is_saved
    with pytest.raises(SignedOff):
        marked.judge(CheckEdit(first, False, seen=marked.kept[first].version))


def test_the_checks_that_a_workbook_showed_are_stored_with_its_download(marked: Marked) -> None:
    session, number, by = marked.session, marked.world.assessment, marked.world.auditor.id
    first = marked.keys[0]
    marked.judge(CheckEdit(first, True))
    out = record_download(session, number, marked.submission, (), by=by, at=NOON, checks=marked.kept.values())
    without = record_download(session, number, marked.submission, (), by=by, at=NOON)
    assert workbook_download(session, number, out).checks == {first.text: True}
    assert workbook_download(session, number, without).checks is None


def test_a_workbook_is_applied_once_and_says_how_much_it_changed(marked: Marked) -> None:
    session, number, by = marked.session, marked.world.assessment, marked.world.auditor.id
    file = {"file_name": "review.xlsx", "digest": "c" * 64, "size": 12}
    back = workbook_upload(session, number, record_upload(session, number, download_id=None, **file, by=by, at=NOON))
    checks = [CheckEdit(key, True) for key in marked.keys]
    about = {"submission": marked.submission, "by": by, "at": NOON}
    wrong = [*checks[:2], CheckEdit(marked.keys[2], False, seen=7)]
    assert not apply_upload(session, back, [VerdictEdit("q1", "confirmed")], checks=wrong, **about).is_saved
    assert workbook_upload(session, number, back.id).applied_at is None and marked.kept == {}
    apply_upload(session, back, [VerdictEdit("q1", "confirmed")], checks=checks, **about)
    again = workbook_upload(session, number, back.id)
    assert (again.changed, again.checked) == (1, 3)
    event = store.history(session, f"assessment/{number}/workbook/{back.id}")[-1]
    assert event.after == "applied: 1\npassages: 3"
    with pytest.raises(AlreadyDecided):
        apply_upload(session, back, [], checks=[], **about)
