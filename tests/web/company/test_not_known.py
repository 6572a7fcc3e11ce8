""" "I don't know yet" is said, never assumed: nothing is chosen for anybody, and what was chosen is chosen again."""

import re
from pathlib import Path

import pytest

from compliance import store
from tests.support import quick_walks
from tests.support.sites import Site, answers, begin, kept, make_site, save, save_profile, send, settle
from tests.web.public.test_public_pages import text_of

OPEN = "blank:not-known"


@pytest.fixture
def number(site: Site) -> int:
    """A begun assessment of Ana's company, with its profile."""
    number = begin(site)
    save_profile(site, number)
    return number


def checked(site: Site, number: int, question: str, theme: str = "code") -> list[str]:
    """The values of a question that are checked on its page."""
    page = site.client("ana").get(f"/assessments/{number}/{theme}").text
    return re.findall(rf'name="{re.escape(question)}" value="([^"]*)" checked', page)


def versions(site: Site, number: int) -> dict[str, int]:
    with site.store() as session:
        return {question: k.version for question, k in store.saved_answers(session, number).items()}


def test_nothing_is_chosen_in_a_question_that_nobody_touched(site: Site, number: int) -> None:
    for theme in ("code", "people"):
        assert " checked>" not in site.client("ana").get(f"/assessments/{number}/{theme}").text


@pytest.mark.parametrize("question", ["r1.code", "r2.code"])
def test_i_do_not_know_yet_is_remembered_and_stays_a_blank(site: Site, number: int, question: str) -> None:
    response = save(site, f"/assessments/{number}/code", {f"{question}#version": "0", question: OPEN})
    assert response.status_code == 302
    assert checked(site, number, question) == [OPEN]
    assert question not in kept(site, number)
    with site.store() as session:
        assert store.saved_answers(session, number)[question].word == "not-known"


def test_a_page_sent_untouched_says_nothing_about_its_questions(site: Site, number: int) -> None:
    save(site, f"/assessments/{number}/code", {f"{q}#version": "0" for q in ("r1.code", "r2.code")})
    assert not {"r1.code", "r2.code"} & versions(site, number).keys()
    assert checked(site, number, "r1.code") == []


def test_a_choice_is_taken_back_by_saying_that_one_does_not_know_yet(site: Site, number: int) -> None:
    send(site, f"/assessments/{number}/code", r1__code="stricter")
    seen = str(versions(site, number)["r1.code"])
    save(site, f"/assessments/{number}/code", {"r1.code#version": seen, "r1.code": OPEN})
    assert "r1.code" not in kept(site, number)
    assert checked(site, number, "r1.code") == [OPEN]


def test_a_saved_choice_can_be_cleared_which_leaves_a_blank_without_a_word_and_is_in_the_trail(
    site: Site, number: int
) -> None:
    clear = r'name="r1.code" value="">\s*<span>Clear this answer'
    where = f"/assessments/{number}/code"
    assert not re.search(clear, site.client("ana").get(where).text), "nothing is saved yet"
    for said in ("stricter", OPEN):
        seen = str(versions(site, number).get("r1.code", 0))
        save(site, where, {"r1.code#version": seen, "r1.code": said})
        assert re.search(clear, site.client("ana").get(where).text)
        seen = str(versions(site, number)["r1.code"])
        assert save(site, where, {"r1.code#version": seen, "r1.code": ""}).status_code == 302
        assert "r1.code" not in kept(site, number) and checked(site, number, "r1.code") == []
    with site.store() as session:
        assert "r1.code" not in store.saved_answers(session, number), "no word is kept of it either"
        noted = store.history(session, store.answer_subject(number, "r1.code"))
        assert len(noted) == 4 and noted[1].after == ""


def test_ticks_and_i_do_not_know_yet_exclude_each_other(site: Site, number: int) -> None:
    response = send(site, f"/assessments/{number}/code", r2__code=["sale", OPEN])
    assert response.status_code == 200 and "cannot be combined with another tick" in response.text
    assert re.findall(r'name="r2.code" value="([^"]*)" checked', response.text) == ["sale", OPEN], "as it was sent"
    assert "r2.code" not in versions(site, number)


def test_a_text_that_looks_like_it_is_a_text(site: Site, number: int) -> None:
    send(site, f"/assessments/{number}/code", r2__words=OPEN)
    assert kept(site, number)["r2.words"] == OPEN


def test_blank_with_a_word_and_blank_without_one_score_and_count_alike(site: Site, number: int) -> None:
    send(site, f"/assessments/{number}/code", r1__code="stricter")
    client = site.client("ana")
    pages = [f"/assessments/{number}", f"/assessments/{number}/scorecard.csv", f"/assessments/{number}/scorecard"]
    before = [re.sub(r"csrf_token[^>]*", "", client.get(page).text) for page in pages]
    save(site, f"/assessments/{number}/code", {"r2.code#version": "0", "r2.code": OPEN})
    after = [re.sub(r"csrf_token[^>]*", "", client.get(page).text) for page in pages]
    assert after == before


def test_the_check_tells_what_nobody_looked_at_from_what_nobody_knows_yet(site: Site, number: int) -> None:
    save(site, f"/assessments/{number}/code", {"r2.code#version": "0", "r2.code": OPEN})
    page = site.client("ana").get(f"/assessments/{number}/check").text
    assert re.search(r'#at-r2\.code">[^<]*</a><br><span class="muted">You said: I don’t know yet\.</span>', page)
    assert page.count("You said: I don’t know yet.") == 1


def test_a_colleague_who_answers_meanwhile_sees_the_word(site: Site, number: int) -> None:
    save(site, f"/assessments/{number}/code", {"r1.code#version": "0", "r1.code": OPEN})
    response = save(site, f"/assessments/{number}/code", answers(r1__code="stricter"), who="jon")
    assert '<dt>Theirs</dt><dd dir="auto">I don’t know yet</dd>' in response.text


# ── The quick check


def test_the_quick_check_chooses_nothing_and_remembers_that_one_does_not_know(tmp_path: Path) -> None:
    site = make_site(f"sqlite:///{tmp_path / 'quick.db'}", tmp_path, EDITIONS=None)
    visitor = site.client()
    page = visitor.get("/quick").text
    assert " checked>" not in page and " checked>" not in visitor.get("/").text
    found = re.search(r'name="([^"]+)" value="([^"]+)"', page[page.index('type="radio"') :])
    assert found
    question, option = found.groups()
    for said, chosen in ((OPEN, [OPEN]), (option, [option]), (OPEN, [OPEN])):
        assert quick_walks.send(visitor, "/quick", **{question: said}).status_code == 303
        assert re.findall(r'value="([^"]*)" checked', visitor.get("/quick").text) == chosen
    assert visitor.get("/quick/result").headers["Location"] == "/quick", "nothing is answered, so there is no result"
    site.close()


def test_before_anything_is_said_no_theme_is_called_not_asked(tmp_path: Path) -> None:
    site = settle(make_site(f"sqlite:///{tmp_path / 'article34.db'}", tmp_path, EDITIONS=None))
    where = f"/assessments/{begin(site)}"
    words = text_of(site.client("ana").get(where).text)
    assert "Not asked, from what you said" not in words
    assert "Decided by your profile: In your sector." in words
    assert "themes so far, in any order" in words and re.search(r"0 answered of \d+ asked so far", words)
    site.close()


def test_once_the_profile_is_filled_in_counts_are_no_longer_so_far(site: Site, number: int) -> None:
    words = text_of(site.client("ana").get(f"/assessments/{number}").text)
    assert "asked so far" not in words and "Decided by your profile" not in words
