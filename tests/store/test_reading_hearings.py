"""From a decided reading to a published one: one draft to the company, replies until a date, one frozen publication."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from compliance import store
from compliance.disclosure.published_reading import content_from_json, content_to_json, reading_content
from compliance.questionnaire.desk_reading import DeskAnswer, kind_questions
from compliance.questionnaire.heard_reading import WHOLE, HeardReading
from compliance.store.desk_answers import save_decisions
from compliance.store.desk_models import DeskReadingRow, PublishedReadingRow
from compliance.store.exceptions import NotFound, NotHeard, ReadingMovedOn, ReadingUnsettled, ReplyWindowClosed
from compliance.store.published_readings import latest_versions, reading_contents, reading_corrections, versions_of
from compliance.store.reading_documents import readers_of_reading
from compliance.store.reading_hearings import (
    LEAST_REPLY_DAYS,
    correct_reading,
    extend_window,
    heard_reading,
    publish_reading,
    reading_of_token,
    readings_heard,
    renew_draft_link,
    save_reply,
    send_draft,
)
from compliance.store.trail_check import verify_trail
from tests.support.examples import tries
from tests.support.heard_readings import (
    NOON,
    STAFF,
    drawn_texts,
    settled_texts,
    text_edition,
    write_answer,
    write_reading,
)

EDITION = text_edition()
UNTIL = NOON.date() + timedelta(days=28)
AFTER = NOON + timedelta(days=29)


def content(reading: HeardReading) -> str:
    return content_to_json(reading_content(EDITION, reading, published=AFTER.date()))


def told(session: Session, **more: object) -> int:
    """Write a reading, send its draft to the company with the token `secret`, and return the reading's id."""
    number = write_reading(session, settled_texts(EDITION, **more))
    send_draft(session, EDITION, number, token="secret", until=UNTIL, by=None, at=NOON)
    return number


def reply(session: Session, number: int, words: str = "We agree.", **more: object) -> None:
    given = {"name": "Ana", "role": "head of compliance", "no_more": False, "by": None, "at": NOON, **more}
    save_reply(session, number, {WHOLE: words}, **given)  # type: ignore[arg-type]


def test_the_company_is_told_once_and_its_link_leads_to_the_draft(session: Session) -> None:
    number = told(session)
    assert reading_of_token(session, "secret") == number
    with pytest.raises(ReadingMovedOn):
        send_draft(session, EDITION, number, token="other", until=UNTIL, by=None, at=NOON)
    with pytest.raises(NotFound):
        reading_of_token(session, "other")
    row = session.get_one(DeskReadingRow, number)
    assert "secret" not in {str(value) for value in vars(row).values()}


def test_a_new_link_replaces_the_one_before(session: Session) -> None:
    number = told(session)
    renew_draft_link(session, number, token="second", by=None, at=NOON)
    assert reading_of_token(session, "second") == number
    with pytest.raises(NotFound):
        reading_of_token(session, "secret")


def test_the_company_is_not_told_while_a_difference_between_readers_is_undecided(session: Session) -> None:
    texts = settled_texts(EDITION)
    texts.answers["second", STAFF, "q3"] = "o0"
    number = write_reading(session, texts)
    with pytest.raises(ReadingUnsettled, match=f"{STAFF}/q3"):
        send_draft(session, EDITION, number, token="secret", until=UNTIL, by=None, at=NOON)
    write_answer(session, number, "third", STAFF, "q3", "o0")
    send_draft(session, EDITION, number, token="secret", until=UNTIL, by=None, at=NOON)


def test_the_company_is_not_told_while_a_reader_has_not_answered(session: Session) -> None:
    texts = settled_texts(EDITION)
    del texts.answers["second", STAFF, "q4"]
    number = write_reading(session, texts)
    with pytest.raises(ReadingUnsettled):
        send_draft(session, EDITION, number, token="secret", until=UNTIL, by=None, at=NOON)


def test_the_time_to_reply_is_at_least_14_days_and_can_only_be_extended(session: Session) -> None:
    number = write_reading(session, settled_texts(EDITION))
    short = NOON.date() + timedelta(days=LEAST_REPLY_DAYS - 1)
    with pytest.raises(ValueError, match="at least 14 days"):
        send_draft(session, EDITION, number, token="secret", until=short, by=None, at=NOON)
    send_draft(session, EDITION, number, token="secret", until=UNTIL, by=None, at=NOON)
    with pytest.raises(ValueError, match="longer"):
        extend_window(session, number, until=UNTIL, by=None, at=NOON)
    extend_window(session, number, until=UNTIL + timedelta(days=7), by=None, at=NOON)
    reply(session, number, at=NOON + timedelta(days=30))
    assert heard_reading(session, number).replies


def test_a_reply_may_be_changed_and_taken_back_until_the_window_closes(session: Session) -> None:
    number = told(session)
    reply(session, number)
    later = NOON + timedelta(days=1)
    words = {WHOLE: "We disagree.", (STAFF, "q1"): "See page 4."}
    save_reply(session, number, words, name="Ana", role="", no_more=True, by=None, at=later)
    kept = heard_reading(session, number)
    assert {(each.kind, each.question): each.words for each in kept.replies} == {
        WHOLE: "We disagree.",
        (STAFF, "q1"): "See page 4.",
    }
    assert kept.reply_ended_at is not None
    save_reply(session, number, {(STAFF, "q1"): " "}, name="Ana", role="", no_more=False, by=None, at=NOON)
    kept = heard_reading(session, number)
    assert [each.words for each in kept.replies] == ["We disagree."]
    assert kept.reply_ended_at is None


def test_after_the_window_only_a_letter_can_be_entered(session: Session) -> None:
    number = told(session)
    reply(session, number, at=NOON + timedelta(days=28))
    with pytest.raises(ReplyWindowClosed):
        reply(session, number, "Too late.", at=AFTER)
    reply(session, number, "By post.", at=AFTER, by_letter=True)
    publish_reading(session, EDITION, number, content, by=None, at=AFTER)
    with pytest.raises(ReadingMovedOn):
        reply(session, number, "By post, later.", at=AFTER, by_letter=True)


@pytest.mark.parametrize("words", [{("", "q1"): "x"}, {(STAFF, "q99"): "x"}, {("other", "q1"): "x"}])
def test_a_reply_can_only_be_about_points_that_were_read(session: Session, words: dict[tuple[str, str], str]) -> None:
    number = told(session)
    with pytest.raises(ValueError, match="not read"):
        save_reply(session, number, words, name="Ana", role="", no_more=False, by=None, at=NOON)


def test_a_reply_is_signed(session: Session) -> None:
    number = told(session)
    with pytest.raises(ValueError, match="signed"):
        save_reply(session, number, {WHOLE: "No."}, name=" ", role="", no_more=False, by=None, at=NOON)


def test_nothing_is_published_before_the_company_was_heard(session: Session) -> None:
    number = write_reading(session, settled_texts(EDITION))
    with pytest.raises(ReadingMovedOn):
        publish_reading(session, EDITION, number, content, by=None, at=NOON)
    send_draft(session, EDITION, number, token="secret", until=UNTIL, by=None, at=NOON)
    with pytest.raises(NotHeard):
        publish_reading(session, EDITION, number, content, by=None, at=NOON + timedelta(days=28))
    assert latest_versions(session) == ()
    publish_reading(session, EDITION, number, content, by=None, at=AFTER)
    assert [one.slug for one in latest_versions(session)] == ["example-hotels-07"]


def test_a_reading_is_published_early_if_the_company_has_nothing_more_to_add(session: Session) -> None:
    number = told(session)
    reply(session, number, no_more=True)
    publish_reading(session, EDITION, number, content, by=None, at=NOON + timedelta(days=1))
    assert heard_reading(session, number).state == "published"


def test_nothing_is_published_with_an_open_difference(session: Session) -> None:
    texts = settled_texts(EDITION)
    texts.answers["second", STAFF, "q3"] = "o0"
    texts.answers["third", STAFF, "q3"] = "o1"
    number = write_reading(session, texts)
    send_draft(session, EDITION, number, token="secret", until=UNTIL, by=None, at=NOON)
    session.execute(text("DELETE FROM reading_answer WHERE place = 'third'"))
    with pytest.raises(ReadingUnsettled):
        publish_reading(session, EDITION, number, content, by=None, at=AFTER)


def test_a_reading_is_published_once_and_stays_as_it_was(session: Session) -> None:
    number = told(session)
    digest = publish_reading(session, EDITION, number, content, by=None, at=AFTER)
    with pytest.raises(ReadingMovedOn):
        publish_reading(session, EDITION, number, content, by=None, at=AFTER)
    kept = reading_contents(session, [number])[number]
    assert store.audit_trail.text_digest(kept) == digest
    assert content_to_json(content_from_json(kept)) == kept
    session.commit()
    with pytest.raises(DBAPIError):
        session.execute(update(PublishedReadingRow).values(content="{}"))
    session.rollback()
    assert verify_trail(session) is None


def test_a_reading_that_was_given_up_can_be_neither_replied_to_nor_published(session: Session) -> None:
    number = told(session)
    session.execute(update(DeskReadingRow).values(state="stopped", stopped_why="The text was withdrawn."))
    for change in (
        lambda: publish_reading(session, EDITION, number, content, by=None, at=AFTER),
        lambda: renew_draft_link(session, number, token="x", by=None, at=NOON),
        lambda: extend_window(session, number, until=date(2027, 1, 1), by=None, at=NOON),
        lambda: reply(session, number),
    ):
        with pytest.raises(ReadingMovedOn):
            change()
    with pytest.raises(NotFound):
        reading_of_token(session, "secret")


def test_a_correction_stands_beside_what_is_published(session: Session) -> None:
    number = told(session)
    with pytest.raises(NotFound):
        correct_reading(session, number, what="Page 4, not 5", why="A slip", by=None, at=NOON)
    publish_reading(session, EDITION, number, content, by=None, at=AFTER)
    with pytest.raises(ValueError, match="why"):
        correct_reading(session, number, what="Page 4, not 5", why=" ", by=None, at=NOON)
    before = reading_contents(session, [number])
    correct_reading(session, number, what="Page 4, not 5", why="A slip", by=None, at=AFTER)
    assert [(one.what, one.why) for one in reading_corrections(session, [number])] == [("Page 4, not 5", "A slip")]
    assert reading_contents(session, [number]) == before
    session.commit()
    assert verify_trail(session) is None


def test_the_second_version_of_a_reading_is_listed_before_the_first(session: Session) -> None:
    number = told(session)
    publish_reading(session, EDITION, number, content, by=None, at=AFTER)
    company = session.get_one(DeskReadingRow, number).company_id
    second = write_reading(session, settled_texts(EDITION, version=2), company_id=company)
    assert [one.version for one in versions_of(session, "example-hotels-07")] == [1]
    send_draft(session, EDITION, second, token="again", until=UNTIL, by=None, at=NOON)
    publish_reading(session, EDITION, second, content, by=None, at=AFTER)
    assert [one.version for one in versions_of(session, "example-hotels-07")] == [2, 1]
    assert [one.version for one in latest_versions(session)] == [2]
    assert versions_of(session, "nobody") == ()


def test_a_registered_company_finds_what_it_may_reply_to(session: Session) -> None:
    company = store.register_company(
        session, organisation="Example Hotels 07", name="Ana", email="ana@example.org", password_hash="x", at=NOON
    )
    number = told(session, organisation_id=company.organisation_id)
    assert company.organisation_id is not None
    heard = readings_heard(session, [company.organisation_id], today=UNTIL)
    assert heard == ((company.organisation_id, number, UNTIL),)
    assert readings_heard(session, [company.organisation_id], today=UNTIL + timedelta(days=1)) == ()
    publish_reading(session, EDITION, number, content, by=None, at=AFTER)
    assert readings_heard(session, [company.organisation_id], today=UNTIL) == ()


def test_a_company_is_heard_about_what_one_that_was_merged_into_it_publishes(session: Session) -> None:
    merged, remaining = (store.add_organisation(session, name, at=NOON) for name in ("A", "B"))
    number = told(session, organisation_id=merged)
    store.merge_company(session, merged, into=remaining, seen="pending", reason="the same", by=None, at=NOON)
    assert heard_reading(session, number).organisation_id == remaining
    assert readings_heard(session, [remaining], today=UNTIL) == ((remaining, number, UNTIL),)


def test_a_finding_is_changed_while_the_company_is_heard_with_a_reason(session: Session) -> None:
    """This includes one on which both readers agreed, as a company can point out what both overlooked."""
    number = told(session)
    asked = {STAFF: kind_questions(EDITION, STAFF)}
    third = readers_of_reading(session, number)["third"].person_id
    later = NOON + timedelta(days=3)
    new = DeskAnswer(STAFF, "q3", "o2", note=" ")
    with pytest.raises(ValueError, match="reason"):
        save_decisions(session, number, asked, [new], by=third, at=later)
    save_decisions(session, number, asked, [replace(new, note="Page 9 says so.")], by=third, at=later)
    made = reading_content(EDITION, heard_reading(session, number), published=None)
    point = next(point for point in made.points if point.question == "q3")
    assert (point.value, point.changed, point.reason) == ("o2", later.date(), "Page 9 says so.")
    assert made.changed == 1
    first = readers_of_reading(session, number)["first"].person_id
    with pytest.raises(NotFound):
        save_decisions(session, number, asked, [replace(new, note="No.")], by=first, at=later)
    publish_reading(session, EDITION, number, content, by=None, at=AFTER)
    with pytest.raises(ReadingMovedOn):
        save_decisions(session, number, asked, [replace(new, note="Late.", version=1)], by=third, at=AFTER)


@pytest.mark.parametrize("seed", range(tries(40)))
def test_a_published_reading_is_read_back_unchanged(session: Session, seed: int) -> None:
    number = write_reading(session, drawn_texts(random.Random(seed), EDITION))
    reading = send_draft(session, EDITION, number, token="secret", until=UNTIL, by=None, at=NOON)
    made = reading_content(EDITION, reading, published=None)
    assert content_from_json(content_to_json(made)) == made
