"""Sentences that depend on a state: each state has its own, and values filled in are escaped."""

from datetime import UTC, datetime

import pytest
from markupsafe import Markup

from compliance.disclosure.published import PublishedCell, Suppressed
from compliance.web.presenters import status_sentences as sentences

FEW, HIDDEN = Suppressed.FEW, Suppressed.NOT_SHOWN


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((64, 29, 3, 32, 35), "With a score: 29. Answered too little for a score: 3. <b>Silent: 32.</b>"),
        ((64, 29, HIDDEN, HIDDEN, 35), "With a score: 29. <b>No score, or nothing submitted: 35.</b>"),
        ((FEW, FEW, FEW, FEW, FEW), "Too few companies: nothing is shown."),
        ((24, FEW, FEW, 17, FEW),
         "With a score: fewer than 5. Answered too little for a score: fewer than 5. <b>Silent: 17.</b>"),
    ],
)  # fmt: skip
def test_participation_is_given_as_far_as_it_may_be_shown(counts: tuple[PublishedCell, ...], said: str) -> None:
    registered, scored, unscored, silent, rest = counts
    assert sentences.participation_note(registered, scored, unscored, silent, rest) == said


@pytest.mark.parametrize(
    ("resting", "registered", "said"),
    [
        (24, 32, "Scores of 24 companies, claimed and evidenced; participation of 32 registered."),
        (24, HIDDEN, "Scores of 24 companies, claimed and evidenced."),
        (HIDDEN, 8, "Participation of 8 registered companies, without scores."),
        (FEW, 8, "Participation of 8 registered companies, without scores."),
        (HIDDEN, HIDDEN, "Too few companies for scores."),
    ],
)
def test_a_citation_speaks_of_no_scores_that_are_withheld(
    resting: PublishedCell, registered: PublishedCell, said: str
) -> None:
    assert sentences.citation_note(resting, registered) == said


@pytest.mark.parametrize(
    ("answered", "silent", "said"),
    [
        (9, 21, "Answered: 9. <b>Silent: 21.</b>"),
        (FEW, Suppressed.NEARLY_ALL, "Answered: fewer than 5. <b>Silent: all but at most 4.</b>"),
        # A list of many companies is withheld too, if other lists would tell who of them answered.
        (HIDDEN, HIDDEN, "Not shown, to protect the identity of companies."),
    ],
)
def test_answers_to_invitations_that_are_withheld_are_not_said_to_be_few(
    answered: PublishedCell, silent: PublishedCell, said: str
) -> None:
    assert sentences.invitation_note(answered, silent, HIDDEN, opened=False) == said


@pytest.mark.parametrize(
    ("score", "closed", "said"),
    [
        ("", True, "No score"),
        ("", False, "No score yet"),
        ("57", True, "Score of your answers: 57, between 52 and 65"),
        ("57", False, "Score so far: 57, between 52 and 65"),
    ],
)
def test_a_score_is_for_a_year_or_so_far(score: str, closed: bool, said: str) -> None:
    assert sentences.score_heading(score, "between 52 and 65", closed=closed) == said


@pytest.mark.parametrize(
    ("has_score", "submitted", "said"),
    [
        (True, True, "As submitted: <b>57</b>."),
        (False, True, "As submitted, there is no score: too little was answered."),
        (True, False, "As it stands: <b>57</b>."),
        (False, False, "At present there is no score: too little is answered."),
    ],
)
def test_an_assessment_is_shown_as_submitted_or_as_it_is_now(has_score: bool, submitted: bool, said: str) -> None:
    assert sentences.standing_sentence(Markup("<b>57</b>"), has_score=has_score, submitted=submitted) == said


@pytest.mark.parametrize(
    ("submitted", "changed", "said"),
    [
        (False, 0, "a draft, not submitted"),
        (True, 2, "changed since it was submitted"),
        (True, 0, "the same as submitted"),
    ],
)
def test_a_draft_says_that_it_is_one(submitted: bool, changed: int, said: str) -> None:
    assert sentences.draft_status(submitted=submitted, questions_changed=changed) == f"As it stands now: {said}"


@pytest.mark.parametrize(
    ("answered", "asked", "unshown", "changed", "so_far", "said"),
    [
        (1, 4, 0, 0, True, "1 answered of 4 asked so far"),
        (1, 1, 0, 0, False, "The one question is answered"),
        (4, 4, 2, 0, False, "All 4 answered, 2 without evidence"),
        (3, 4, 0, 1, False, "3 of 4 answered, one changed since you submitted"),
        (0, 0, 0, 0, False, "0 of 0 answered"),
    ],
)
def test_a_theme_says_how_much_of_it_is_answered(
    answered: int, asked: int, unshown: int, changed: int, so_far: bool, said: str
) -> None:
    assert sentences.task_progress(answered, asked, unshown, changed, so_far=so_far) == said


def test_the_save_bar_says_what_is_saved_and_scored() -> None:
    assert sentences.save_status("14:02") == "Saved 14:02."
    assert sentences.save_status("") == "Nothing saved yet."
    assert sentences.score_now("", "") == "No score yet."
    assert sentences.score_now("57", "no range") == "Score so far: <b>57</b>, no range."


def test_a_submission_names_who_attested_it_and_escapes_the_name() -> None:
    day = datetime(2026, 11, 24, tzinfo=UTC)
    assert sentences.submission_sentence(day, "", "") == "Submitted on 24 November 2026."
    said = sentences.submission_sentence(day, "A <b>", "Officer")
    assert said == (
        'Submitted on 24 November 2026 by <bdi translate="no">A &lt;b&gt;</bdi>, <bdi translate="no">Officer</bdi>.'
    )


def test_a_cap_says_what_limits_the_band() -> None:
    link = Markup('<a href="#g1">Remedy</a>')
    said = sentences.cap_sentence(57, "Substantial", "Partial", 1, link)
    assert said.split("\n") == [
        "<b>57 points would normally mean Substantial.</b>",
        f"The band is limited to Partial because one critical requirement is not met: {link}.",
    ]
    assert "because 2 critical requirements are not met" in sentences.cap_sentence(1, "A", "B", 2, link)
    assert sentences.cap_sentence(1, "A", "B", 2, link).startswith("<b>One point would normally mean A.</b>")
    assert sentences.scale_description("Partial", "") == "Partial"
    assert "On points alone it would be A," in sentences.scale_description("B", "A")


def test_peers_are_described_with_their_middle_half_if_it_is_shown() -> None:
    assert sentences.peer_median_sentence("40", "", "") == "Median 40."
    assert sentences.peer_median_sentence("40", "30", "60") == "Median 40, the middle half from 30 to 60."


def test_what_limits_a_band_is_called_critical_only_if_it_is() -> None:
    which = Markup("Energy (4 points)")
    assert sentences.cap_sentence(72, "Excellent", "Very Good", 1, which, critical=False) == (
        "<b>72 points would normally mean Excellent.</b>\n"
        "The band is limited to Very Good because one minimum standard is not met: Energy (4 points)."
    )
    assert "one critical requirement is not met" in sentences.cap_sentence(72, "Excellent", "Pass", 1, which)
    assert sentences.scale_description("Pass", "Good", critical=False) == (
        "Pass. On points alone it would be Good, but a minimum standard that is not met limits it."
    )
