"""Comments of colleagues and whom to ask: beside questions, given back if refused, and never outside of the company."""

import html
import re
from collections.abc import Mapping
from typing import Any

import pytest
from markupsafe import escape
from werkzeug.test import TestResponse

from compliance import store
from compliance.scoring.serialisation import submission_json_writer
from compliance.store.comments import comment_counts, comments_on
from compliance.web.database import store_engine
from compliance.web.edition_registry import editions
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, YEAR, Site, answers, begin, kept, post, save, save_profile
from tests.support.stores import statements
from tests.web.public.test_public_pages import text_of

NAUGHTY = (
    "=1+1",
    "<script>alert(1)</script>",
    "'; DROP TABLE answer; --",
    "سؤال القانونيين",
    "‮gelaL‬",
    "👩‍👧",
    "%s 100 % ${x}",
)
OPEN = "blank:not-known"


@pytest.fixture
def number(site: Site) -> int:
    """A begun assessment of Ana's company, with its profile."""
    number = begin(site)
    save_profile(site, number)
    return number


def sent(site: Site, number: int, who: str = "ana", **parts: str) -> TestResponse:
    """Save the page of the code with one question on it: `value`, and parts such as `comment` and `whom`."""
    with site.store() as session:
        now = store.saved_answers(session, number).get("r1.code")
    fields: dict[str, Any] = {"r1.code#version": str(now.version if now else 0)}
    if "value" in parts:
        fields["r1.code"] = parts.pop("value")
    return save(site, f"/assessments/{number}/code", fields | {f"r1.code#{k}": v for k, v in parts.items()}, who)


def comments(site: Site, number: int) -> list[tuple[str, str]]:
    with site.store() as session:
        return [(c.name, c.text) for c in comments_on(session, number, "r1.code", most=50)]


# ── Comments


def test_a_comment_is_saved_with_the_page_and_colleagues_read_it_there(site: Site, number: int) -> None:
    assert sent(site, number, value="stricter", comment="Page 4 of the code.\nAsk Legal.").status_code == 302
    assert kept(site, number)["r1.code"] == "stricter"
    assert sent(site, number, "jon", comment="Done.").status_code == 302
    page = site.client("jon").get(f"/assessments/{number}/code").text
    assert faults_of(page) == []
    words = text_of(page)
    assert "Comments and earlier answers 2 comments" in words
    assert words.index("Done.") < words.index("Page 4 of the code. Ask Legal.")
    beside = page[page.index("2 comments") :]
    assert beside.index("No case details, and no child’s name") < beside.index('name="r1.code#comment"')
    assert 'href="#hotlines"' in beside


def test_a_comment_that_is_too_long_comes_back_and_the_answer_is_saved(site: Site, number: int) -> None:
    long = "x" * 2001
    response = sent(site, number, value="stricter", comment=long)
    assert response.status_code == 200 and faults_of(response.text) == []
    assert "This is longer than 2,000 characters" in response.text and f">{long}</textarea>" in response.text
    assert (
        'href="#q-r1.code-comment"' in response.text
        and "What could not be saved is still in its field" in response.text
    )
    assert kept(site, number)["r1.code"] == "stricter" and comments(site, number) == []
    answered = post(site.client("ana"), f"/assessments/{number}/questions/r1.code/comments", text=long)
    assert answered.status_code == 200 and f">{long}</textarea>" in answered.text


def test_a_comment_beside_a_refused_answer_is_saved_once(site: Site, number: int) -> None:
    response = sent(site, number, value="no-such-option", comment="Which one?")
    assert response.status_code == 200 and "Which one?</textarea>" not in response.text
    assert comments(site, number) == [("Ana", "Which one?")]
    sent(site, number, value="stricter", comment="Which one?")
    assert comments(site, number) == [("Ana", "Which one?")], "sent again, for example with the Back button"


@pytest.mark.parametrize("words", NAUGHTY)
def test_any_comment_and_any_name_are_shown_as_they_were_typed(site: Site, number: int, words: str) -> None:
    sent(site, number, value=OPEN, whom=words, comment=words)
    client = site.client("jon")
    for address in (f"/{number}/code", f"/{number}/questions/r1.code/history", f"/{number}/to-find-out", f"/{number}"):
        page = client.get(f"/assessments{address}").text
        assert str(escape(words)) in page and faults_of(page) == [], address
    assert comments(site, number) == [("Ana", words)]


def test_only_the_author_of_a_comment_can_withdraw_it_and_its_words_are_deleted(site: Site, number: int) -> None:
    where = f"/assessments/{number}/questions/r1.code"
    assert post(site.client("ana"), f"{where}/comments", text="Secret words.").status_code == 302
    with site.store() as session:
        [written] = comments_on(session, number, "r1.code", most=9)
    fields = {"comment": str(written.id)}
    jon = site.client("jon")
    assert "/comments/withdraw" not in jon.get(f"{where}/history").text
    post(jon, f"{where}/comments/withdraw", fields=fields)
    assert "Only the person who wrote a comment can withdraw it." in jon.get(f"{where}/history").text
    ana = site.client("ana")
    assert "/comments/withdraw" in ana.get(f"{where}/history").text
    for _ in range(2):
        assert post(ana, f"{where}/comments/withdraw", fields=fields).status_code == 302
    page = ana.get(f"{where}/history").text
    assert "Secret words." not in page and "withdrew a comment" in text_of(page) and faults_of(page) == []
    assert post(ana, f"{where}/comments/withdraw", fields={"comment": "x"}).status_code == 400


def test_an_empty_comment_is_refused_with_advice(site: Site, number: int) -> None:
    response = post(site.client("ana"), f"/assessments/{number}/questions/r1.code/comments", text="  ")
    assert response.status_code == 200 and "Write something first." in response.text


def test_comments_and_names_are_not_submitted_and_no_auditor_sees_them(site: Site, number: int) -> None:
    sent(site, number, value=OPEN, whom="Zoltan of Legal", comment="Zebra words")
    people = site.people
    with site.app.app_context(), site.store() as session, session.begin():
        asked = editions()["walk-2026"]
        write = submission_json_writer(asked.compiled)
        told = {"by": people["ana"].id, "at": NOON, "edition": asked.edition, "consent": "named", "scores": write}
        frozen = store.submission(session, store.submit(session, number, **told))
        store.assign_auditor(session, number, auditor=people["audun"].id, by=people["stella"].id, at=NOON)
        assert not re.search("Zoltan|Zebra", frozen.sheet + frozen.scores)
    auditor, steward = site.client("audun"), site.client("stella")
    pages = [auditor.get(f"/audit/{number}{page}") for page in ("", "/code", "/scorecard.xlsx")]
    pages += [auditor.get(f"/assessments/{number}/scorecard"), steward.get("/steward/trail")]
    assert [page.status_code for page in pages].count(200) >= 3
    assert not any(re.search(b"Zoltan|Zebra", page.data) for page in pages)
    assert "comment" in text_of(pages[-1].text), "the trail says that there was one"


def test_the_check_counts_questions_with_comments(site: Site, number: int) -> None:
    check = f"/assessments/{number}/check"
    assert "There are comments on" not in site.client("ana").get(check).text
    sent(site, number, comment="One.")
    sent(site, number, comment="Two.")
    assert "There are comments on one question. They are not submitted." in text_of(site.client("ana").get(check).text)


def test_in_a_closed_year_comments_can_be_read_and_withdrawn_but_not_added(site: Site, number: int) -> None:
    sent(site, number, value="stricter", comment="Before the end.")
    with site.store() as session, session.begin():
        store.close_period(session, YEAR, by=site.people["stella"].id, at=NOON, snapshot=lambda: "{}")
    client, where = site.client("ana"), f"/assessments/{number}/questions/r1.code"
    for page in (f"/assessments/{number}/code", f"{where}/history"):
        shown = client.get(page).text
        assert "Before the end." in shown and "<textarea" not in shown and faults_of(shown) == []
    assert post(client, f"{where}/comments", text="Too late.").status_code == 409
    with site.store() as session:
        [left] = comments_on(session, number, "r1.code", most=9)
    post(client, f"{where}/comments/withdraw", fields={"comment": str(left.id)})
    with site.store() as session:
        assert comment_counts(session, number) == {}


# ── Whom to ask


def test_whom_to_ask_is_saved_with_not_known_yet_and_is_on_the_list(site: Site, number: int) -> None:
    assert "To find out" not in site.client("ana").get(f"/assessments/{number}").text
    assert sent(site, number, value=OPEN, whom="  Ms Sørensen,  Legal ").status_code == 302
    page = site.client("ana").get(f"/assessments/{number}/code").text
    assert faults_of(page) == [] and 'name="r1.code#whom" dir="auto" value="Ms Sørensen, Legal"' in page
    assert re.search(r'<datalist id="colleagues">.*value="Ana".*value="Jon".*value="Ms Sørensen, Legal"', page)
    for address in (f"/assessments/{number}", f"/assessments/{number}/to-find-out"):
        listed = site.client("jon").get(address).text
        assert faults_of(listed) == []
        assert f'href="/assessments/{number}/code#at-r1.code"' in listed
        assert "Ask Ms Sørensen, Legal" in text_of(listed) and "not known since" in listed
    said = text_of(site.client("ana").get(f"/assessments/{number}/check").text)
    assert "You said: Not known yet. Whom to ask: Ms Sørensen, Legal" in said


def test_the_list_is_grouped_by_whom_to_ask_with_questions_for_nobody_last(site: Site, number: int) -> None:
    fields: Mapping[str, Any] = {
        **{f"{q}#version": "0" for q in ("r1.code", "r2.code", "r2.words")},
        **dict.fromkeys(("r1.code", "r2.code", "r2.words"), OPEN),
        "r1.code#whom": "Legal",
        "r2.words#whom": "Audit",
    }
    save(site, f"/assessments/{number}/code", fields)
    page = site.client("ana").get(f"/assessments/{number}/to-find-out").text
    headings = [text_of(found) for found in re.findall("<h2[^>]*>(.*?)</h2>", page.partition("<main")[2])]
    assert headings[:3] == ["Ask Audit", "Ask Legal", "Nobody named to ask"]


def test_answering_takes_a_question_off_the_list_and_forgets_the_name(site: Site, number: int) -> None:
    sent(site, number, value=OPEN, whom="Legal")
    assert sent(site, number, value="stricter", whom="Legal").status_code == 302, "the field is hidden, and still sent"
    assert "Legal" not in site.client("ana").get(f"/assessments/{number}").text
    sent(site, number, value=OPEN, whom="Legal")
    assert sent(site, number, value="", whom="Legal").status_code == 302, "cleared"
    assert "nothing is waiting" in text_of(site.client("ana").get(f"/assessments/{number}/to-find-out").text).casefold()


def test_a_name_without_not_known_yet_is_refused_and_stays(site: Site, number: int) -> None:
    response = sent(site, number, whom="Legal")
    assert "Whom to ask is only for “Not known yet”." in response.text
    assert 'href="#q-r1.code-whom"' in response.text and 'name="r1.code#whom" dir="auto" value="Legal"' in response.text
    response = sent(site, number, value=OPEN, whom="x" * 201)
    assert "This is longer than 200 characters" in response.text and "x" * 201 in response.text
    with site.store() as session:
        assert "r1.code" not in store.saved_answers(session, number)


def test_a_colleague_who_names_somebody_else_meanwhile_sees_both(site: Site, number: int) -> None:
    sent(site, number, value=OPEN, whom="Legal")
    fields = answers(r1__code=OPEN) | {"r1.code#whom": "Audit"}
    response = save(site, f"/assessments/{number}/code", fields, who="jon")
    words = html.unescape(text_of(response.text))
    assert "Theirs Not known yet. Whom to ask: Legal Yours Not known yet. Whom to ask: Audit" in words


def test_pages_with_notes_take_few_statements(site: Site, number: int) -> None:
    sent(site, number, value=OPEN, whom="Legal", comment="Words.")
    client = site.client("ana")
    for page in ("", "/code", "/profile", "/check", "/to-find-out", "/questions/r1.code/history"):
        with statements(store_engine(site.app)) as used:
            assert client.get(f"/assessments/{number}{page}").status_code == 200
        assert len(used) <= 12, (page, used)


# ── N/A


def test_not_applicable_without_a_reason_is_saved_and_asked_about_until_it_has_one(site: Site, number: int) -> None:
    asks = "Say in a sentence why it does not apply."
    response = sent(site, number, value="n/a")
    assert response.status_code == 200 and kept(site, number)["r1.code"] == "n/a"
    assert asks in response.text and 'href="#q-r1.code-reason"' in response.text
    later = site.client("jon").get(f"/assessments/{number}/code").text
    assert re.search(rf'id="q-r1\.code-reason-err">{asks}', later) and faults_of(later) == []
    check = site.client("ana").get(f"/assessments/{number}/check").text
    assert "One “does not apply” without a reason" in check
    assert f'href="/assessments/{number}/code#at-r1.code"' in check
    assert sent(site, number, value="n/a", reason="We have no code.").status_code == 302
    assert asks not in site.client("ana").get(f"/assessments/{number}/code").text
    assert "without a reason" not in site.client("ana").get(f"/assessments/{number}/check").text
