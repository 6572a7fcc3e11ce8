"""An auditor gives verdicts question by question: a page is saved whole, or comes back with everything on it."""

import re
from collections.abc import Mapping

import pytest

from compliance import store
from compliance.questionnaire.answers import Adjusted, NotApplicable
from compliance.questionnaire.edition import OVERALL
from compliance.scoring.scorecard import make_scorecard
from compliance.web.edition_registry import editions
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, PROFILE, YEAR, Site, begin, post
from tests.web.auditor.test_audit_pages import assign, hand_in
from tests.web.public.test_public_pages import text_of

ANSWERS = {
    "r1.code": "stricter",
    "r2.code": "sale|online",
    "r2.since": "2024-01-31",
    "r4.code": "yes",
}


def submitted_on(site: Site) -> int:
    """Ana's assessment, submitted and assigned to Audun; r1.practice does not apply, r2.words is blank."""
    number = begin(site)
    post(site.client("ana"), f"/assessments/{number}/profile", fields=PROFILE)
    with site.store() as session, session.begin():
        edits = [store.AnswerEdit(question, value) for question, value in ANSWERS.items()]
        edits.append(store.AnswerEdit("r1.practice", "n/a", "We work in one country."))
        store.save_answers(session, number, edits, by=site.people["ana"].id, at=NOON)
    hand_in(site, number)
    assign(site, number)
    return number


@pytest.fixture
def number(site: Site) -> int:
    return submitted_on(site)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page: the versions, and the submission."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+#version|submission)" value="(\d+)">', page))


def give(site: Site, number: int, said: Mapping[str, object], theme: str = "code", page: str | None = None) -> str:
    """Fill in the form of a page and save it; the page shown afterwards."""
    client = site.client("audun")
    read = client.get(f"/audit/{number}/{theme}").text if page is None else page
    fields = {**hidden(read), **said}
    return post(client, f"/audit/{number}/{theme}", fields=fields).text


def kept(site: Site, number: int) -> dict[str, tuple[str, str, str]]:
    with site.store() as session:
        found = store.determinations(session, number)
    return {question: (one.verdict, one.value, one.comment) for question, one in found.items()}


def test_each_question_asked_has_a_form_and_nothing_is_chosen_yet(site: Site, number: int) -> None:
    page = site.client("audun").get(f"/audit/{number}/code").text
    assert faults_of(page) == []
    asked = {"r1.code", "r1.practice", "r2.code", "r2.since", "r2.words"}
    assert {name.removesuffix("#version") for name in hidden(page) if "#" in name} == asked
    assert not re.search(r'#verdict" value="[a-z-]+" checked', page)
    assert "r3.practice#verdict" not in page  # asked of hotels alone


def test_verdicts_are_saved_with_their_notes_and_come_back_on_the_page(site: Site, number: int) -> None:
    said = {
        "r1.code#verdict": "adjusted", "r1.code": "intent", "r1.code#note": "Page 6 names\r\nstandards.",
        "r1.practice#verdict": "confirmed",
        "r2.code#verdict": "adjusted", "r2.code": ["sale", "travel"],
        "r2.since#verdict": "not-shown",
        "r2.words#verdict": "adjusted", "r2.words": "Nobody who works for us harms a child.",
    }  # fmt: skip
    assert "4 verdicts" not in give(site, number, {})
    give(site, number, said)
    assert kept(site, number) == {
        "r1.code": ("adjusted", "intent", "Page 6 names\nstandards."),
        "r1.practice": ("confirmed", "", ""),
        "r2.code": ("adjusted", "sale|travel", ""),
        "r2.since": ("not-shown", "", ""),
        "r2.words": ("adjusted", "Nobody who works for us harms a child.", ""),
    }
    page = site.client("audun").get(f"/audit/{number}/code").text
    assert faults_of(page) == []
    assert '<option value="intent" selected>Standards are named</option>' in page
    assert len(re.findall(r'value="[^"]*" checked', page)) == 7  # five verdicts, two ticks
    assert "Given by Audun on" in page


def test_saved_verdicts_make_the_verified_score_on_the_pages_of_auditor_and_company(site: Site, number: int) -> None:
    give(site, number, {"r1.code#verdict": "confirmed", "r2.code#verdict": "adjusted", "r2.code": "sale"})
    with site.app.app_context(), site.store() as session:
        asked = editions()["walk-2026"]
        sheet = store.submitted_sheet(session, store.latest_submission(session, number), asked.edition)
        card = make_scorecard(asked.compiled, sheet, "verified")
    assert sheet.verdicts == {"r1.code": "confirmed", "r2.code": Adjusted(("sale",))}
    theme = round(card.nodes["code"].score or 0)
    assert card.nodes[OVERALL].coverage
    reviewed = "An auditor has given a verdict on 2 of 14 questions."
    for who, address in (("audun", f"/audit/{number}"), ("ana", f"/assessments/{number}/scorecard")):
        words = text_of(site.client(who).get(address).text)
        assert reviewed in words, address
        assert "No auditor has given a verdict yet" not in words
    words = text_of(site.client("audun").get(f"/audit/{number}/code").text)
    assert f"Verified {theme} , between" in words
    assert "An auditor has given a verdict on 2 of 5 questions." in words


def test_the_list_and_the_overview_say_how_much_is_reviewed(site: Site, number: int) -> None:
    client = site.client("audun")
    assert "What you said" not in client.get(f"/audit/{number}").text
    words = text_of(client.get(f"/audit/{number}").text)
    assert "What the code says 0 of 5 5" in words and "All themes 0 of 14 14" in words
    give(site, number, {"r1.code#verdict": "confirmed", "r2.code#verdict": "not-shown"})
    page = client.get(f"/audit/{number}").text
    words = text_of(page)
    assert faults_of(page) == []
    assert "What the code says 2 of 5 3" in words and "All themes 2 of 14 12" in words
    listed = client.get("/audit").text
    assert faults_of(listed) == []
    assert re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', listed) == [
        "Company", "Claimed", "Evidenced", "Verified", "Reviewed", "Coverage", "State, and due date",
    ]  # fmt: skip
    assert "2 of 14" in text_of(listed)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"r2.code#verdict": "adjusted"}, "Give the answer that the evidence shows."),
        ({"r2.code#verdict": "adjusted", "r2.code": ["sale", "online"]}, "This is what the company answered."),
        ({"r2.code#verdict": "adjusted", "r2.code": "blank:not-known"}, "Give the answer that the evidence shows."),
        ({"r2.code#verdict": "adjusted", "r2.code": ["none", "sale"]}, "cannot be combined"),
        ({"r2.since#verdict": "adjusted", "r2.since": "soon"}, "Enter a date"),
        ({"r1.practice#verdict": "adjusted", "r1.practice": "many"}, "Enter a number"),
        ({"r1.practice#verdict": "adjusted", "r1.practice": "n/a"}, "This is what the company answered."),
        ({"r2.words#verdict": "confirmed"}, "There is no answer to confirm."),
        ({"r2.words#note": "I saw it."}, "Choose a verdict."),
        ({"r2.words#verdict": "open", "r2.words": "Words"}, "Choose a verdict."),
        ({"r2.words#verdict": "perhaps"}, "Choose one of the verdicts shown."),
        ({"r2.words#verdict": "not-shown", "r2.words#note": "x" * 4001}, "longer than 4,000"),
    ],
)
def test_one_faulty_verdict_stops_the_whole_page_from_being_saved_and_what_was_typed_stays(
    sqlite_site: Site, said: dict[str, object], message: str
) -> None:
    number = submitted_on(sqlite_site)
    good = {"r1.code#verdict": "not-shown", "r1.code#note": "Page 6 <b>does not</b> say so."}
    page = give(sqlite_site, number, {**good, **said})
    assert message in page and "Nothing on this page is saved yet." in page
    assert faults_of(page) == []
    assert kept(sqlite_site, number) == {}
    assert "Page 6 &lt;b&gt;does not&lt;/b&gt; say so." in page
    assert re.search(r'name="r1.code#verdict" value="not-shown" checked', page)
    (target,) = set(re.findall(r'<li><a href="#(v-[^"]+)">', page))
    assert f'id="{target}"' in page


def test_a_verdict_by_another_auditor_meanwhile_is_shown_beside_ones_own_and_nothing_is_lost(
    site: Site, number: int
) -> None:
    read = site.client("audun").get(f"/audit/{number}/code").text
    give(site, number, {"r1.code#verdict": "confirmed", "r1.code#note": "I saw the code."})
    mine = {"r1.code#verdict": "adjusted", "r1.code": "intent", "r1.code#note": "It names standards."}
    page = give(site, number, {**mine, "r2.since#verdict": "not-shown"}, page=read)
    words = text_of(page)
    assert faults_of(page) == []
    assert "Audun gave a different verdict at" in words and "Confirmed: the evidence shows it; I saw the code." in words
    assert "Adjusted: Standards are named; It names standards." in words
    assert kept(site, number) == {"r1.code": ("confirmed", "", "I saw the code.")}
    assert re.search(r'name="r2.since#verdict" value="not-shown" checked', page)
    assert re.search(r'name="r1.code#verdict" value="adjusted" checked', page)
    give(site, number, {**mine, "r2.since#verdict": "not-shown"}, page=page)
    assert kept(site, number)["r1.code"] == ("adjusted", "intent", "It names standards.")
    assert kept(site, number)["r2.since"] == ("not-shown", "", "")


def test_saving_the_same_page_again_changes_nothing_and_is_not_in_the_trail(site: Site, number: int) -> None:
    said = {"r1.code#verdict": "adjusted", "r1.code": "intent", "r2.since#verdict": "not-shown"}
    give(site, number, said)
    with site.store() as session:
        head, before = store.trail_head(session), store.determinations(session, number)
    give(site, number, said)
    with site.store() as session:
        assert store.trail_head(session) == head
        assert store.determinations(session, number) == before


def test_saving_the_same_page_again_says_that_nothing_changed(site: Site, number: int) -> None:
    client = site.client("audun")
    for told in ("One verdict is saved.", "Nothing was changed."):
        fields = {**hidden(client.get(f"/audit/{number}/code").text), "r1.code#verdict": "confirmed"}
        answer = post(client, f"/audit/{number}/code", fields=fields, next="stop")
        assert answer.location == f"/audit/{number}"
        assert told in client.get(answer.location).text


def test_saving_leads_to_the_next_theme_and_after_the_last_one_to_the_overview(site: Site, number: int) -> None:
    client = site.client("audun")
    for theme, then in (("code", f"/audit/{number}/people"), ("people", f"/audit/{number}")):
        fields = hidden(client.get(f"/audit/{number}/{theme}").text)
        assert post(client, f"/audit/{number}/{theme}", fields=fields, next="on").location == then


def test_a_page_says_when_its_verdicts_were_saved_and_not_those_of_another_theme(site: Site, number: int) -> None:
    give(site, number, {"r1.code#verdict": "confirmed"})
    judged, other = (site.client("audun").get(f"/audit/{number}/{theme}").text for theme in ("code", "people"))
    assert "Saved " in judged and "Saved " not in other


def test_a_verdict_can_be_removed(site: Site, number: int) -> None:
    give(site, number, {"r1.code#verdict": "confirmed", "r1.code#note": "Seen."})
    give(site, number, {"r1.code#verdict": "open", "r1.code#note": "Seen."})
    assert kept(site, number) == {}
    with site.store() as session:
        entry = store.history(session, f"assessment/{number}/determination/r1.code")[-1]
    assert (entry.before, entry.after) == ("confirmed\nSeen.", "")
    assert "No auditor has given a verdict yet" in site.client("audun").get(f"/audit/{number}").text


@pytest.mark.parametrize(
    ("question", "theme"),
    [("r3.practice", "code"), ("r9.gone", "code"), ("r4.code", "code"), ("about.home", "code")],
    ids=["not asked of this company", "of no edition", "of another theme", "about the company"],
)
def test_a_verdict_on_a_question_not_on_the_page_is_refused_and_no_other_is_saved(
    sqlite_site: Site, question: str, theme: str
) -> None:
    number = submitted_on(sqlite_site)
    said = {f"{question}#verdict": "not-shown", f"{question}#version": "0", f"{question}#note": "A note."}
    page = give(sqlite_site, number, {**said, "r1.code#verdict": "confirmed"}, theme)
    assert "this is not asked here, so it cannot be judged." in page and "A note." in page
    assert faults_of(page) == []
    assert kept(sqlite_site, number) == {}
    assert re.search(r'name="r1.code#verdict" value="confirmed" checked', page)


def test_does_not_apply_is_accepted_or_refused(site: Site, number: int) -> None:
    page = site.client("audun").get(f"/audit/{number}/code").text
    assert "Accepted: it does not apply" in page and "Refused: it applies, and nothing is shown" in page
    scores = []
    for verdict in ("confirmed", "not-shown"):
        give(site, number, {"r1.practice#verdict": verdict, "r1.code#verdict": "confirmed"})
        with site.app.app_context(), site.store() as session:
            asked = editions()["walk-2026"]
            sheet = store.submitted_sheet(session, store.latest_submission(session, number), asked.edition)
            assert isinstance(sheet.answers["r1.practice"], NotApplicable)
            scores.append(make_scorecard(asked.compiled, sheet, "verified").nodes["r1"].score)
    assert scores == [100, 50]  # left out, so that r1.code is all; counted with nothing, so that it is half


def test_answers_submitted_again_meanwhile_can_be_judged_only_once_the_auditor_has_read_them(
    site: Site, number: int
) -> None:
    read = site.client("audun").get(f"/audit/{number}/code").text
    hand_in(site, number)
    page = give(site, number, {"r1.code#verdict": "confirmed"}, page=read)
    assert "The company submitted again while you were reading" in page
    assert kept(site, number) == {}
    give(site, number, {"r1.code#verdict": "confirmed"}, page=page)
    assert kept(site, number) == {"r1.code": ("confirmed", "", "")}


def answer_again(site: Site, number: int, value: str) -> None:
    """Submit another answer to the first question."""
    with site.store() as session, session.begin():
        seen = store.saved_answers(session, number)["r1.code"].version
        edit = store.AnswerEdit("r1.code", value, seen=seen)
        store.save_answers(session, number, [edit], by=site.people["ana"].id, at=NOON)
    hand_in(site, number)


def counting(site: Site, number: int) -> set[str]:
    """The questions whose verdicts count for the latest submission."""
    with site.store() as session:
        submitted = store.latest_submission(session, number)
        return set(store.verdicts_on(store.determinations(session, number), store.submitted_answers(submitted)))


def test_an_answer_that_was_changed_after_its_verdict_is_reviewed_again_and_the_earlier_verdict_is_shown(
    site: Site, number: int
) -> None:
    again = "The answer was changed after an earlier verdict: review it again."
    give(site, number, {"r1.code#verdict": "confirmed", "r1.code#note": "Page 4.", "r2.code#verdict": "confirmed"})
    hand_in(site, number)  # the same answers: nothing to review again
    assert again not in site.client("audun").get(f"/audit/{number}/code").text
    answer_again(site, number, "silent")
    page = site.client("audun").get(f"/audit/{number}/code").text
    assert page.count(again) == 1
    assert "The earlier verdict: Answer confirmed; Page 4. Given by Audun on" in text_of(page)
    assert counting(site, number) == {"r2.code"}
    give(site, number, {"r2.code#verdict": "not-shown"}, page=page)  # of the first, nothing is said
    assert kept(site, number)["r1.code"][0] == "confirmed"
    assert counting(site, number) == {"r2.code"}
    give(site, number, {"r1.code#verdict": "confirmed", "r1.code#note": "Page 4."})
    assert counting(site, number) == {"r1.code", "r2.code"}
    assert again not in site.client("audun").get(f"/audit/{number}/code").text


def test_no_verdict_can_be_given_on_an_assessment_that_is_not_assigned(site: Site, number: int) -> None:
    read = site.client("audun").get(f"/audit/{number}/code").text
    with site.store() as session, session.begin():
        store.unassign_auditor(session, number, auditor=site.people["audun"].id, by=None, at=NOON)
    fields = {**hidden(read), "r1.code#verdict": "confirmed"}
    for who in ("audun", "ana", "ada", "stella"):
        answer = post(site.client(who), f"/audit/{number}/code", fields=fields)
        assert answer.status_code == 404, who
    assert kept(site, number) == {}


def test_in_a_closed_year_a_verdict_changes_the_scorecard_and_the_page_says_that_published_figures_stay(
    site: Site, number: int
) -> None:
    with site.store() as session, session.begin():
        store.close_period(session, YEAR, by=site.people["stella"].id, at=NOON, snapshot=lambda: "{}")
    page = site.client("audun").get(f"/audit/{number}/code").text
    assert f"The year {YEAR} is closed." in page
    give(site, number, {"r1.code#verdict": "confirmed"})
    assert "1 of 14 questions" in text_of(site.client("audun").get(f"/audit/{number}").text)
    with site.store() as session:
        assert store.published(session, YEAR).content == "{}"


def test_the_day_of_the_next_review_is_saved_with_a_verdict_and_shown_again(site: Site, number: int) -> None:
    said = {"r1.code#verdict": "confirmed", "r1.code#next": "2027-01-31"}
    give(site, number, said)
    with site.store() as session:
        assert str(store.determinations(session, number)["r1.code"].next_review) == "2027-01-31"
    page = site.client("audun").get(f"/audit/{number}/code").text
    assert faults_of(page) == []
    assert '<input type="date" id="v-r1.code-next_review" name="r1.code#next" dir="auto" value="2027-01-31"' in page
    give(site, number, {**said, "r1.code#next": ""})
    with site.store() as session:
        assert store.determinations(session, number)["r1.code"].next_review is None


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"r1.code#verdict": "confirmed", "r1.code#next": "in spring"}, "Enter a date as year-month-day"),
        ({"r1.code#verdict": "open", "r1.code#next": "2027-01-31"}, "is kept only with one."),
        ({"r1.code#next": "2027-01-31"}, "is kept only with one."),
    ],
)
def test_a_next_review_needs_a_valid_day_and_a_verdict_or_nothing_is_saved(
    site: Site, number: int, said: dict[str, str], message: str
) -> None:
    page = give(site, number, said)
    assert message in text_of(page) and f'value="{said["r1.code#next"]}"' in page
    assert faults_of(page) == []
    assert kept(site, number) == {}
