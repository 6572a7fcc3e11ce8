"""Answers are stored separately from blanks, no save loses anything, and submissions never change."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from compliance import store
from compliance.questionnaire.answers import NotApplicable
from compliance.store import AnswerEdit, Link, Quotation
from compliance.store.evidence import add_all_evidence, remove_evidence
from tests.support.stores import NOON, World, begin, hand_in, made_edition, save, statements

# ── Answers


def test_an_acknowledged_save_is_there_for_everybody_else(engine: Engine, session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o1"))
    session.commit()
    with Session(engine) as other:
        kept = store.saved_answers(other, world.assessment)["q1"]
    assert (kept.text, kept.by, kept.at) == ("o1", "Ana", NOON)


def test_zero_blank_and_not_applicable_remain_different(session: Session, world: World) -> None:
    save(
        session,
        world,
        AnswerEdit("share", "0"),
        AnswerEdit("q1", "n/a", "We sell nothing"),
        AnswerEdit("q2", "o0"),
        AnswerEdit("q3", ""),
    )
    sheet = store.answer_sheet(session, world.assessment, made_edition(), on=NOON.date())
    assert sheet.answers == {"share": 0.0, "q1": NotApplicable("We sell nothing"), "q2": "o0"}


@pytest.mark.parametrize(
    "words", ["NA", "None", "null", "0", "n/a but said at length", "=1+1", "'; DROP TABLE answer; --"]
)
def test_every_text_comes_back_as_it_was(session: Session, world: World, words: str) -> None:
    save(session, world, AnswerEdit("words", words))
    assert store.answer_sheet(session, world.assessment, made_edition(), on=NOON.date()).answers == {"words": words}


def test_characters_that_no_database_keeps_are_dropped_without_losing_the_answer(
    session: Session, world: World
) -> None:
    save(session, world, AnswerEdit("words", "a\0b \ud800 \ufdd0\ufdef\ufdd2ü 世界 👩‍👧"))
    session.commit()
    assert store.answer_sheet(session, world.assessment, made_edition(), on=NOON.date()).answers == {
        "words": "ab  ü 世界 👩‍👧"
    }
    assert store.verify_trail(session) is None


def test_the_profile_is_saved_like_answers(session: Session, world: World) -> None:
    saved = save(session, world, AnswerEdit("profile.sector", "travel"), AnswerEdit("profile.staff", "0"))
    assert set(saved.versions) == {"profile.sector", "profile.staff"}
    assert store.answer_sheet(session, world.assessment, made_edition(), on=NOON.date()).profile == {
        "sector": "travel",
        "staff": 0.0,
    }


def test_a_stale_save_shows_both_values_and_loses_neither(session: Session, world: World) -> None:
    first = save(session, world, AnswerEdit("q1", "o1"), AnswerEdit("q2", "o1"))
    save(session, world, AnswerEdit("q1", "o2", seen=first.versions["q1"]), by=world.colleague)
    late = save(
        session,
        world,
        AnswerEdit("q1", "o0", seen=first.versions["q1"]),
        AnswerEdit("q2", "o0", seen=first.versions["q2"]),
    )
    [conflict] = late.conflicts
    assert (conflict.wanted.text, conflict.kept.text, conflict.kept.by, conflict.kept.at) == ("o0", "o2", "Ben", NOON)
    assert set(late.versions) == {"q2"}
    view = store.saved_answers(session, world.assessment)
    assert (view["q1"].text, view["q2"].text) == ("o2", "o0")


def test_a_carried_answer_says_where_it_came_from_until_somebody_gives_another(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o0", carried_from="made-quick"), AnswerEdit("q2", "o0"))
    kept = store.saved_answers(session, world.assessment)
    assert [kept[q].carried_from for q in ("q1", "q2")] == ["made-quick", ""]
    save(session, world, AnswerEdit("q1", "o0", seen=kept["q1"].version))
    assert store.saved_answers(session, world.assessment)["q1"].carried_from == "made-quick", (
        "saving it says nothing new"
    )
    save(session, world, AnswerEdit("q1", "o1", seen=kept["q1"].version))
    assert store.saved_answers(session, world.assessment)["q1"].carried_from == ""
    said = [(e.what, e.before, e.after) for e in store.history(session, store.answer_subject(world.assessment, "q1"))]
    assert said == [("carried", "", "o0\nfrom made-quick"), ("answer", "o0", "o1")]
    assert store.verify_trail(session) is None


def test_a_carried_answer_does_not_overwrite_an_existing_one(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o2"))
    carried = save(session, world, AnswerEdit("q1", "o0", carried_from="made-quick"), by=world.colleague)
    assert [conflict.kept.text for conflict in carried.conflicts] == ["o2"]
    assert store.saved_answers(session, world.assessment)["q1"].text == "o2"


def test_after_a_conflict_the_choice_can_be_saved(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o1"))
    [conflict] = save(session, world, AnswerEdit("q1", "o2"), by=world.colleague).conflicts
    again = save(session, world, AnswerEdit("q1", "o2", seen=conflict.kept.version), by=world.colleague)
    assert again.conflicts == ()
    assert store.saved_answers(session, world.assessment)["q1"].text == "o2"


def test_two_people_who_save_the_same_answer_are_not_in_conflict(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o1"))
    version = store.saved_answers(session, world.assessment)["q1"].version
    same = save(session, world, AnswerEdit("q1", "o1"), by=world.colleague)
    assert (same.conflicts, same.versions) == ((), {"q1": version})
    assert store.saved_answers(session, world.assessment)["q1"].by == "Ana"


def test_an_answer_withdrawn_meanwhile_is_a_conflict_that_says_by_whom(session: Session, world: World) -> None:
    seen = save(session, world, AnswerEdit("q1", "o1")).versions["q1"]
    save(session, world, AnswerEdit("q1", "", seen=seen), by=world.colleague)
    [conflict] = save(session, world, AnswerEdit("q1", "o2", seen=seen)).conflicts
    assert (conflict.kept.text, conflict.kept.version, conflict.kept.by) == ("", 0, "Ben")


def test_an_answer_withdrawn_and_given_anew_is_not_mistaken_for_the_old_one(session: Session, world: World) -> None:
    seen = save(session, world, AnswerEdit("q1", "o1")).versions["q1"]
    save(session, world, AnswerEdit("q1", "", seen=seen), by=world.colleague)
    save(session, world, AnswerEdit("q1", "o0"), by=world.colleague)
    [conflict] = save(session, world, AnswerEdit("q1", "o2", seen=seen)).conflicts
    assert conflict.kept.text == "o0"


def test_a_withdrawn_answer_keeps_its_history(session: Session, world: World) -> None:
    seen = save(session, world, AnswerEdit("q1", "n/a", "No staff")).versions["q1"]
    save(session, world, AnswerEdit("q1", "", seen=seen), by=world.colleague)
    assert "q1" not in store.saved_answers(session, world.assessment)
    noted = store.history(session, store.answer_subject(world.assessment, "q1"))
    assert [(n.before, n.after, n.who) for n in noted] == [
        ("", "n/a\nNo staff", world.company.id),
        ("n/a\nNo staff", "", world.colleague.id),
    ]


def test_a_page_is_saved_in_few_statements(engine: Engine, session: Session, world: World) -> None:
    page = [AnswerEdit(f"q{i}", "o1") for i in range(1, 11)]
    with statements(engine) as sent:
        saved = save(session, world, *page)
        session.commit()
    assert len(saved.versions) == 10
    # lock and count, period, read, versions, write, (chain lock), chain end, present rows, trail
    assert len(sent) <= 9, sent
    with statements(engine) as sent:
        save(session, world, *(AnswerEdit(c.question, "o2", seen=saved.versions[c.question]) for c in page))
        session.commit()
    assert len(sent) <= 9, sent


def test_a_sheet_is_read_in_two_statements(engine: Engine, session: Session, world: World) -> None:
    save(session, world, *(AnswerEdit(f"q{i}", "o1") for i in range(1, 11)))
    with statements(engine) as sent:
        store.answer_sheet(session, world.assessment, made_edition(), on=NOON.date())
    assert len(sent) == 2, sent


def test_a_stored_answer_that_the_edition_cannot_read_stays_kept_and_stops_the_submission(
    session: Session, world: World
) -> None:
    save(session, world, AnswerEdit("q1", "gone"), AnswerEdit("q2", "o1"), AnswerEdit("retired", "o1"))
    assert store.answer_sheet(session, world.assessment, made_edition(), on=NOON.date()).answers == {"q2": "o1"}
    with pytest.raises(store.UnreadableAnswers, match=r"q1$"):
        hand_in(session, world.assessment, by=world.company.id)


def test_an_answer_to_a_question_that_is_gone_stays_kept_and_is_no_part_of_a_submission(
    session: Session, world: World
) -> None:
    save(session, world, AnswerEdit("q2", "o1"), AnswerEdit("retired", "o1"))
    assert store.read_sheet(session, world.assessment, made_edition(), on=NOON.date()).retired == ("retired",)
    number = hand_in(session, world.assessment, by=world.company.id)
    assert list(store.submitted_answers(store.submission(session, number))) == ["q2"]
    assert store.saved_answers(session, world.assessment)["retired"].text == "o1"


def test_an_assessment_company_or_submission_that_does_not_exist_is_not_found(session: Session, world: World) -> None:
    with pytest.raises(store.NotFound):
        store.save_answers(session, 99, [AnswerEdit("q1", "o1")], by=None, at=NOON)
    with pytest.raises(store.NotFound):
        store.answer_sheet(session, 99, made_edition(), on=NOON.date())
    with pytest.raises(store.NotFound):
        store.assessment_for(session, 99, edition="made", year=2026, at=NOON)
    with pytest.raises(store.NotFound):
        store.latest_submission(session, world.assessment)


def test_a_company_has_one_assessment_for_edition_period_and_voice(session: Session, world: World) -> None:
    assert begin(session, world.company, 2026) == world.assessment
    company = world.company.organisation_id
    assert company is not None
    desk = store.assessment_for(session, company, edition="made", year=2026, voice="desk", at=NOON)
    assert desk.id != world.assessment
    assert [a.voice for a in store.assessments_of(session, company)] == ["self", "desk"]


# ── Evidence


def test_an_answer_rests_on_any_number_of_passages_and_links(session: Session, world: World) -> None:
    passage = Quotation("Code of conduct", "iv", date(2025, 5, 1), "We follow the stricter law.")
    link = Link("https://example.org/report", date(2026, 2, 1), "page 3")
    save(session, world, AnswerEdit("q1", "o1"), AnswerEdit("q2", "o1"))
    for piece in (passage, link):
        store.add_evidence(session, world.assessment, "q1", piece, by=world.company.id, at=NOON)
    kept = store.saved_answers(session, world.assessment)["q1"].evidence
    assert [piece.rests_on for piece in kept] == [passage, link]
    assert store.answer_sheet(session, world.assessment, made_edition(), on=NOON.date()).evidenced == {"q1"}


def test_evidence_of_a_whole_page_is_noted_at_once(engine: Engine, session: Session, world: World) -> None:
    pieces = [(f"q{i}", Quotation("Code", str(i)) if i % 2 else Link(f"https://example.org/{i}")) for i in range(1, 11)]
    with statements(engine) as sent:
        ids = add_all_evidence(session, world.assessment, pieces, by=world.company.id, at=NOON)
    assert len(sent) <= 5 + len(pieces), sent  # PostgreSQL adds them in one statement, SQLite one by one
    kept = store.evidence_of(session, world.assessment)
    assert [(kept[q][0].id, kept[q][0].rests_on) for q, _ in pieces] == list(
        zip(ids, [rests_on for _, rests_on in pieces], strict=True)
    )
    assert add_all_evidence(session, world.assessment, [], by=None, at=NOON) == ()


def test_evidence_taken_away_is_still_in_the_trail(session: Session, world: World) -> None:
    piece = store.add_evidence(session, world.assessment, "q1", Quotation("Code", "2"), by=world.company.id, at=NOON)
    remove_evidence(session, world.assessment, piece, by=world.colleague.id, at=NOON)
    assert store.evidence_of(session, world.assessment) == {}
    removed = store.history(session, f"assessment/{world.assessment}/evidence/q1")[-1]
    assert '"document": "Code"' in removed.before
    assert removed.after == ""


def test_nobody_takes_evidence_from_another_assessment(session: Session, world: World) -> None:
    piece = store.add_evidence(session, world.assessment, "q1", Link("https://example.org"), by=None, at=NOON)
    other = store.register_company(
        session, organisation="Example Retail 02", name="Cy", email="cy@example.org", password_hash=None, at=NOON
    )
    with pytest.raises(store.NotFound):
        remove_evidence(session, begin(session, other, 2026), piece, by=other.id, at=NOON)


def test_evidence_that_rests_on_nothing_is_refused(session: Session, world: World) -> None:
    with pytest.raises(ValueError, match="names its document"):
        store.add_evidence(session, world.assessment, "q1", Quotation(" "), by=None, at=NOON)


def test_evidence_stays_when_its_answer_is_withdrawn(session: Session, world: World) -> None:
    seen = save(session, world, AnswerEdit("q1", "o1")).versions["q1"]
    store.add_evidence(session, world.assessment, "q1", Quotation("Code", "2"), by=None, at=NOON)
    save(session, world, AnswerEdit("q1", "", seen=seen))
    assert len(store.saved_answers(session, world.assessment)["q1"].evidence) == 1
    assert store.answer_sheet(session, world.assessment, made_edition(), on=NOON.date()).evidenced == frozenset()


# ── Words on blanks


def test_a_blank_may_have_a_reason_and_remains_a_blank(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o1"), AnswerEdit("q2", "", word="not-known"))
    kept = store.saved_answers(session, world.assessment)["q2"]
    assert (kept.text, kept.word, kept.by, kept.at) == ("", "not-known", "Ana", NOON)
    assert store.answer_sheet(session, world.assessment, made_edition(), on=NOON.date()).answers.keys() == {"q1"}
    assert store.read_sheet(session, world.assessment, made_edition(), on=NOON.date()).unreadable == ()
    (noted,) = store.history(session, store.answer_subject(world.assessment, "q2"))
    assert (noted.before, noted.after) == ("", "blank:not-known")


def test_a_reason_of_a_blank_and_an_answer_replace_each_other(session: Session, world: World) -> None:
    seen = save(session, world, AnswerEdit("q1", "", word="not-known")).versions["q1"]
    seen = save(session, world, AnswerEdit("q1", "o1", word="not-known", seen=seen)).versions["q1"]
    assert (kept := store.saved_answers(session, world.assessment)["q1"]).text == "o1" and kept.word == ""
    seen = save(session, world, AnswerEdit("q1", "", word="not-known", seen=seen)).versions["q1"]
    assert (kept := store.saved_answers(session, world.assessment)["q1"]).text == "" and kept.word == "not-known"
    save(session, world, AnswerEdit("q1", "", seen=seen))
    assert "q1" not in store.saved_answers(session, world.assessment)


def test_an_answer_saved_without_seeing_the_reason_of_a_blank_is_a_conflict(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "", word="not-known"))
    (conflict,) = save(session, world, AnswerEdit("q1", "o1"), by=world.colleague).conflicts
    assert (conflict.kept.text, conflict.kept.word, conflict.wanted.text) == ("", "not-known", "o1")


def test_a_submission_keeps_reasons_of_blanks_separate_from_answers(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o1"), AnswerEdit("q2", "", word="not-known"))
    frozen = store.submission(session, hand_in(session, world.assessment, by=world.company.id))
    assert json.loads(frozen.sheet)["answers"].keys() == {"q1"} and frozen.scores == '{"answered": 1}'
    assert store.submitted_answers(frozen) == store.saved_answers(session, world.assessment)
    assert store.submitted_sheet(session, frozen, made_edition()).answers.keys() == {"q1"}


def test_the_database_refuses_a_blank_without_a_reason_and_an_answer_with_one(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o1"))
    session.commit()
    for tampering in ("UPDATE answer SET value = ''", "UPDATE answer SET word = 'not-known'"):
        with pytest.raises(DBAPIError, match="ck_answer_value"):
            session.execute(text(tampering))
        session.rollback()


# ── Submissions


def submitted(session: Session, world: World) -> int:
    save(
        session,
        world,
        AnswerEdit("profile.sector", "travel"),
        AnswerEdit("q1", "n/a", "No staff"),
        AnswerEdit("q2", "o2"),
    )
    rests_on = Quotation("Code", "2", date(2025, 5, 1), "…")
    store.add_evidence(session, world.assessment, "q2", rests_on, by=world.company.id, at=NOON)
    store.add_evidence(session, world.assessment, "q9", rests_on, by=world.company.id, at=NOON)  # of a blank
    number = hand_in(session, world.assessment, by=world.company.id)
    session.commit()
    return number


def test_a_submission_keeps_answers_evidence_edition_and_scores(session: Session, world: World) -> None:
    number = submitted(session, world)
    sheet = store.answer_sheet(session, world.assessment, made_edition(), on=NOON.date())
    view = store.saved_answers(session, world.assessment)
    save(session, world, AnswerEdit("q2", "o0", seen=view["q2"].version), AnswerEdit("q3", "o1"))
    frozen = store.submission(session, number)
    assert store.submitted_sheet(session, frozen, made_edition()) == sheet
    assert sheet.evidenced == {"q2"}
    assert store.submitted_answers(frozen) == view
    assert (frozen.scores, frozen.sector, frozen.consent) == ('{"answered": 2}', "travel", "counted")
    assert store.edition_json(session, frozen.edition_digest) == made_edition().canonical


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE submission SET scores = '{}'",
        "UPDATE submission SET consent = 'named'",
        "DELETE FROM submission",
        "UPDATE edition_copy SET canonical = '{}'",
        "DELETE FROM trail",
        "UPDATE trail SET who = NULL",
    ],
)
def test_the_database_refuses_to_change_what_is_frozen(session: Session, world: World, tampering: str) -> None:
    submitted(session, world)
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text(tampering))


def test_an_open_period_can_be_submitted_again_and_the_latest_counts(session: Session, world: World) -> None:
    first = submitted(session, world)
    second = hand_in(session, world.assessment, by=world.company.id, consent="named", hours=1)
    assert [s.id for s in store.submissions_of(session, world.assessment)] == [second, first]
    assert [s.id for s in store.latest_submissions(session, 2026)] == [second]
    assert store.latest_submission(session, world.assessment).consent == "named"
    consents = store.history(session, f"assessment/{world.assessment}/consent")
    assert [(n.before, n.after) for n in consents] == [("", "counted"), ("counted", "named")]
    assert store.assessment(session, world.assessment).submitted_at == NOON + timedelta(hours=1)


def test_an_edition_is_kept_once_however_often_it_is_submitted_to(session: Session, world: World) -> None:
    submitted(session, world)
    hand_in(session, world.assessment, by=world.company.id)
    assert session.scalar(text("SELECT count(*) FROM edition_copy")) == 1


def test_consent_is_one_of_three(session: Session, world: World) -> None:
    with pytest.raises(DBAPIError, match="ck_submission_consent"):
        hand_in(session, world.assessment, by=None, consent="perhaps")


def test_answers_to_questions_that_the_main_part_leaves_out_are_ignored(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o1"), AnswerEdit("q2", "o1"))
    left_out = replace(made_edition(), cut_away=frozenset({"q2"}))
    read = store.read_sheet(session, world.assessment, left_out, on=NOON.date())
    assert (dict(read.sheet.answers), read.unreadable) == ({"q1": "o1"}, ())
