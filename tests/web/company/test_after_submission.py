"""After submission: consent can be changed, pages mention changed answers, and a closed year is shown as text."""

import re
from datetime import date
from html import unescape
from types import SimpleNamespace

import pytest
from werkzeug.test import TestResponse

from compliance import store
from compliance.disclosure.published import ScoreRange
from compliance.publication import close_and_publish
from compliance.web.company import consent_choices
from compliance.web.edition_registry import editions
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, YEAR, Site, answers, begin, post, save, save_profile, send


@pytest.fixture
def number(site: Site) -> int:
    """Ana's assessment, filled in."""
    number = begin(site)
    save_profile(site, number)
    shown = {"r1.code#passage": "We obey <the> stricter law.", "r1.code#document": "Code 2025"}
    save(
        site, f"/assessments/{number}/code", answers(r1__code="stricter", r1__practice="50", r2__code=["sale"]) | shown
    )
    send(site, f"/assessments/{number}/people", **{f"r4__{p}": "yes" for p in ("code", "practice", "proof", "a", "b")})
    return number


def hand_in(site: Site, number: int, consent: str = "counted") -> None:
    fields = {"consent": consent, "role": "Head of compliance", "confirmed": "yes"}
    assert save(site, f"/assessments/{number}/check", fields).status_code == 302


def change(site: Site, number: int, consent: str, who: str = "ana") -> TestResponse:
    return save(site, f"/assessments/{number}/consent", {"consent": consent}, who)


def close(site: Site) -> None:
    with site.app.app_context(), site.store() as session:
        close_and_publish(session, editions()["walk-2026"].edition, YEAR, by=None, at=NOON)
        session.commit()


def text_of(site: Site, where: str) -> str:
    page = site.client("ana").get(where).text
    return words_of(page.partition("<main")[2])


def words_of(html: str) -> str:
    """The text of a page, without spaces before commas and full stops."""
    return re.sub(r" (?=[,.] )", "", re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))))


def consent_of(site: Site, number: int) -> str:
    with site.store() as session:
        return store.consent_of(session, number)


# ── What each choice would publish


def test_no_consent_is_preselected_not_even_the_second_time(site: Site, number: int) -> None:
    form = re.compile(r'id="consent[^"]*" name="consent"[^>]*>')
    for _ in range(2):
        found = form.findall(site.client("ana").get(f"/assessments/{number}/check").text)
        assert len(found) == 3 and not any("checked" in radio for radio in found)
        hand_in(site, number)


def test_each_choice_shows_what_it_would_publish(site: Site, number: int) -> None:
    page = site.client("ana").get(f"/assessments/{number}/check").text
    said = {
        choice: words_of(words)
        for choice, words in re.findall(r'id="consent-(\w+)-what">(.*?)</div>\s*(?:<div|</fieldset)', page, re.S)
    }
    assert "Nothing. You are not in any figure" in said["private"] and "Example Travel 01" not in said["private"]
    assert "Your name does not appear in any of them." in said["counted"] and "Example Travel 01" not in said["counted"]
    assert "Example Travel 01" in said["named"]
    card = text_of(site, f"/assessments/{number}/scorecard")
    line = re.search(
        r"Example Travel 01 Claimed (\d+) \d+ to \d+ Evidenced \d+ \d+ to \d+ Verified not yet audited "
        r"Band, as claimed \w",
        said["named"],
    )
    assert line is not None, said["named"]
    assert f"{line[1]} of 100" in card


def test_the_page_says_that_verdicts_given_before_the_closing_are_published_too(site: Site, number: int) -> None:
    said = "If an auditor gives verdicts before the year is closed, the verified score and its band are published too."
    assert said in text_of(site, f"/assessments/{number}/check")
    hand_in(site, number, "named")
    with site.store() as session:
        auditor = site.people["audun"].id
        store.assign_auditor(session, number, auditor=auditor, by=None, at=NOON)
        store.record_determination(session, number, "r1.code", verdict="confirmed", by=auditor, at=NOON)
        session.commit()
    words = text_of(site, f"/assessments/{number}/check")
    assert said not in words and "Verdicts given before the year is closed can still change this." in words


def test_the_last_published_median_is_given_with_its_number_of_companies(
    site: Site, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = SimpleNamespace(n=23, claimed=SimpleNamespace(median=ScoreRange(50, 60)))
    travel = SimpleNamespace(
        sector="travel", shows_scores=True, participation=SimpleNamespace(scored=24), figure=lambda _id: figure
    )
    monkeypatch.setattr(consent_choices, "latest_snapshot", lambda: SimpleNamespace(period=2025, sectors=[travel]))
    words = text_of(site, f"/assessments/{number}/check")
    assert "2025: median 50–60 as claimed, based on 23 companies." in words and "24" not in words


def test_without_a_score_no_public_line_is_shown(site: Site) -> None:
    number = begin(site)
    save_profile(site, number)
    words = text_of(site, f"/assessments/{number}/check")
    assert "Without a score your name is not shown." in words and "not yet audited" not in words


def test_what_limits_a_band_is_explained_in_words(site: Site, number: int) -> None:
    fields = {"r1.code": "silent", "r1.code#version": "2", "r2.code": ["sale", "online"], "r2.code#version": "2"}
    save(site, f"/assessments/{number}/code", fields)
    assert re.search(
        r"points would normally mean \w+\. The rating is limited to \w+ because at least one critical requirement",
        text_of(site, f"/assessments/{number}/check"),
    )


# ── Changing it afterwards


def test_consent_is_changed_at_once_while_the_year_is_open_without_submitting_again(site: Site, number: int) -> None:
    hand_in(site, number, "named")
    assert change(site, number, "private").status_code == 302
    words = text_of(site, f"/assessments/{number}/check")
    assert "What may be published: Keep it to ourselves." in words
    assert "The year 2026 is open: a change takes effect at once." in words
    assert "by Ana, Head of compliance" in words
    with site.store() as session:
        assert len(store.submissions_of(session, number)) == 1
        assert store.latest_submission(session, number).consent == "private"


def test_once_the_year_is_closed_the_page_says_that_a_change_counts_from_the_next_closing(
    site: Site, number: int
) -> None:
    hand_in(site, number, "named")
    close(site)
    assert change(site, number, "private").status_code == 302
    words = text_of(site, f"/assessments/{number}/check")
    assert "what was published stays. A change takes effect at the next closing." in words
    assert consent_of(site, number) == "private"
    assert change(site, number, "named").status_code == 302, "taken back"


def test_once_the_year_is_closed_no_name_can_be_added(site: Site, number: int) -> None:
    hand_in(site, number, "counted")
    close(site)
    assert 'value="named"' not in site.client("ana").get(f"/assessments/{number}/check").text
    assert change(site, number, "named").status_code == 400
    assert consent_of(site, number) == "counted"


def test_a_withdrawal_for_a_closed_year_is_shown_in_the_open_one_and_can_be_reversed_there(
    site: Site, number: int
) -> None:
    hand_in(site, number, "named")
    close(site)
    with site.store() as session:
        store.open_period(session, YEAR + 1, opens=date(YEAR + 1, 1, 1), by=None, at=NOON)
        session.commit()
    response = post(site.client("ana"), "/assessments", year=YEAR + 1)
    later = int(response.headers["Location"].split("/")[-2])
    save_profile(site, later)
    send(site, f"/assessments/{later}/people", **{f"r4__{p}": "yes" for p in ("code", "practice", "proof", "a", "b")})
    hand_in(site, later, "named")
    change(site, number, "private")

    words = text_of(site, f"/assessments/{later}/check")
    assert "What may be published: Keep it to ourselves. On" in words
    assert "you chose to publish less for 2026; that applies here too. Choose again to change it." in words
    page = site.client("ana").get(f"/assessments/{later}/check").text
    assert re.findall(r'id="now[^"]*" name="consent" value="(\w+)"[^>]* checked', page) == ["private"]
    counts = site.client("stella").get(f"/steward/periods/{YEAR + 1}/close").text
    assert "<dt>private, not in any figure</dt><dd>1</dd>" in counts
    assert (
        "<td>private, not in any figure</td>"
        in site.client("stella").get(f"/steward/assessments?period={YEAR + 1}").text
    )

    change(site, later, "named")
    words = text_of(site, f"/assessments/{later}/check")
    assert "What may be published: Count us, and name us." in words and "applies here too" not in words


def test_nobody_else_can_change_consent_and_other_values_are_refused(site: Site, number: int) -> None:
    assert change(site, number, "private").status_code == 404, "nothing is submitted"
    hand_in(site, number)
    for who in ("olga", "audun", "ada", "stella"):
        assert change(site, number, "named", who).status_code == 404
    assert change(site, number, "everything").status_code == 400
    assert consent_of(site, number) == "counted"
    assert change(site, number, "private", "jon").status_code == 403, "a contributor may not"
    with site.store() as session, session.begin():
        store.change_member_role(session, 1, site.people["jon"].id, "approver", by=None, at=NOON)
    assert change(site, number, "private", "jon").status_code == 302, "an approver may"


# ── Answers changed since


CHANGED = "Changed since you submitted on"


def test_the_task_list_the_scorecard_and_the_list_of_assessments_mention_changed_answers(
    site: Site, number: int
) -> None:
    hand_in(site, number)
    places = (
        f"/assessments/{number}",
        f"/assessments/{number}/scorecard",
        "/assessments",
        f"/assessments/{number}/check",
    )
    assert not any(CHANGED in text_of(site, where) for where in places)
    with site.store() as session:
        seen = {question: str(k.version) for question, k in store.saved_answers(session, number).items()}
    fields = {
        "r1.code": "intent",
        "r1.code#version": seen["r1.code"],
        "r2.since#version": "0",
        "r2.since": "2025-01-01",
    }
    save(site, f"/assessments/{number}/code", fields)
    for where in places:
        words = text_of(site, where)
        assert "the submitted version is still the one that counts. 2 answers differ." in words, where
        assert f'href="/assessments/{number}/check#submit">Submit again' in site.client("ana").get(where).text
    tasks = text_of(site, f"/assessments/{number}")
    assert "2 changed since you submitted" in tasks and tasks.count("changed since you submitted") == 1
    hand_in(site, number)
    assert not any(CHANGED in text_of(site, where) for where in places)


def test_a_question_left_blank_again_is_no_change_and_a_changed_profile_is(site: Site, number: int) -> None:
    hand_in(site, number)
    save(site, f"/assessments/{number}/code", {"r2.since#version": "0"})
    assert CHANGED not in text_of(site, f"/assessments/{number}")
    save(site, f"/assessments/{number}/profile", {"profile.size": "large", "profile.size#version": "1"})
    assert "one changed since you submitted" in text_of(site, f"/assessments/{number}")


def test_answering_not_known_yet_is_a_change(site: Site, number: int) -> None:
    hand_in(site, number)
    save(site, f"/assessments/{number}/people", {"r5.code#version": "0", "r5.code": "blank:not-known"})
    assert "one changed since you submitted" in text_of(site, f"/assessments/{number}")
    hand_in(site, number)
    assert CHANGED not in text_of(site, f"/assessments/{number}")


def test_evidence_of_a_blank_is_a_change(site: Site, number: int) -> None:
    hand_in(site, number)
    with site.store() as session:
        link = store.Link("https://example.org/policy")
        store.add_evidence(session, number, "r5.code", link, by=site.people["ana"].id, at=NOON)
        session.commit()
    assert "one changed since you submitted" in text_of(site, f"/assessments/{number}")


def test_an_auditor_learns_nothing_of_a_draft(site: Site, number: int) -> None:
    hand_in(site, number)
    with site.store() as session:
        auditor, steward = site.people["audun"].id, site.people["stella"].id
        store.assign_auditor(session, number, auditor=auditor, by=steward, at=NOON)
        session.commit()
    save(site, f"/assessments/{number}/code", {"r2.since#version": "0", "r2.since": "2025-01-01"})
    assert CHANGED not in site.client("audun").get(f"/assessments/{number}/scorecard").text


# ── A closed year


def test_a_closed_year_is_shown_as_text(site: Site, number: int) -> None:
    hand_in(site, number)
    close(site)
    for page in ("code", "people", "profile"):
        html = site.client("ana").get(f"/assessments/{number}/{page}").text
        main = html.partition("<main")[2].partition("</main>")[0]
        without_search = re.sub(r'<form[^>]*role="search".*?</form>', "", main, flags=re.S)
        assert not re.search(r"<(form|input|button|textarea|select)\b", without_search), page
        assert "The year 2026 is closed. You can read your answers, but no longer change them." in main
        assert "Change what may be published from the next closing on" in main
        assert faults_of(html) == []
    words = text_of(site, f"/assessments/{number}/code")
    assert "The stricter one" in words and "50 %" in words and "We obey <the> stricter law." in words
    assert "No answer" in words


def test_the_task_list_of_a_closed_year_does_not_mention_what_is_left(site: Site, number: int) -> None:
    before = text_of(site, f"/assessments/{number}")
    assert "In progress" in before and "left." in before
    hand_in(site, number)
    close(site)
    after = text_of(site, f"/assessments/{number}")
    assert "The year 2026 is closed." in after
    assert not [said for said in ("In progress", "Complete", "Evidence to add", "left.", "score yet") if said in after]


def test_a_form_sent_for_a_closed_year_is_refused_with_a_page_and_changes_nothing(site: Site, number: int) -> None:
    hand_in(site, number)
    close(site)
    with site.store() as session:
        before = store.saved_answers(session, number)
    submission = {"consent": "", "role": "", "confirmed": ""}
    for page, fields in (("code", {"r2.since#version": "0", "r2.since": "2025-01-01"}), ("check", submission)):
        response = save(site, f"/assessments/{number}/{page}", fields)
        assert response.status_code == 409 and "Go back to copy what you wrote" in response.text
    with site.store() as session:
        assert store.saved_answers(session, number) == before


def test_a_closed_year_shows_what_was_submitted_and_offers_no_submission(site: Site, number: int) -> None:
    hand_in(site, number)
    before = text_of(site, f"/assessments/{number}/check")
    as_it_stood = re.search(r"As it stands: ([^.]*)\.", before)
    assert as_it_stood is not None
    save(site, f"/assessments/{number}/code", {"r1.code#version": "2", "r1.code": "silent"})
    close(site)
    check, tasks = (text_of(site, f"/assessments/{number}{page}") for page in ("/check", ""))
    for words in (check, tasks):
        for untrue in ("Check and submit", "check and submit", "You can submit", "before you submit", "so far"):
            assert untrue not in words
        assert "The range narrows" not in words and "Before you submit" not in words and "As it stands" not in words
        assert "At present there is no score" not in words
        assert "What you submitted" in words
    assert f"As submitted: {as_it_stood[1]}." in check, "not the answers changed since"
    assert "Score of your answers:" in tasks


def test_a_closed_year_for_which_nothing_was_submitted_says_so(site: Site, number: int) -> None:
    close(site)
    for page in ("/check", ""):
        words = text_of(site, f"/assessments/{number}{page}")
        assert "You submitted nothing for 2026" in words and "Check and submit" not in words


def test_an_answer_that_no_question_takes_any_more_is_no_change_since_the_submission(site: Site, number: int) -> None:
    with site.store() as session, session.begin():
        store.save_answers(session, number, [store.AnswerEdit("r99.code", "partial")], by=None, at=NOON)
    hand_in(site, number)
    for where in ("/assessments", f"/assessments/{number}", f"/assessments/{number}/check"):
        assert "since it was submitted" not in text_of(site, where), where
    send(site, f"/assessments/{number}/people", r5__code="yes")
    assert "one answer has changed since it was submitted" in text_of(site, "/assessments")
