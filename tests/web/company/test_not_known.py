"""Reasons to leave a question blank: they are never assumed, nothing is preselected, and a choice is kept."""

import html
import re
from pathlib import Path

import pytest
from markupsafe import escape

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
    """The values of a question that are selected on its page."""
    page = site.client("ana").get(f"/assessments/{number}/{theme}").text
    return re.findall(rf'name="{re.escape(question)}" value="([^"]*)" checked', page)


def versions(site: Site, number: int) -> dict[str, int]:
    with site.store() as session:
        return {question: k.version for question, k in store.saved_answers(session, number).items()}


def test_nothing_is_selected_in_an_untouched_question(site: Site, number: int) -> None:
    for theme in ("code", "people"):
        assert " checked>" not in site.client("ana").get(f"/assessments/{number}/{theme}").text


@pytest.mark.parametrize("question", ["r1.code", "r2.code"])
def test_not_known_yet_is_remembered_and_stays_a_blank(site: Site, number: int, question: str) -> None:
    response = save(site, f"/assessments/{number}/code", {f"{question}#version": "0", question: OPEN})
    assert response.status_code == 302
    assert checked(site, number, question) == [OPEN]
    assert question not in kept(site, number)
    with site.store() as session:
        assert store.saved_answers(session, number)[question].word == "not-known"


def test_saving_an_untouched_page_answers_none_of_its_questions(site: Site, number: int) -> None:
    save(site, f"/assessments/{number}/code", {f"{q}#version": "0" for q in ("r1.code", "r2.code")})
    assert not {"r1.code", "r2.code"} & versions(site, number).keys()
    assert checked(site, number, "r1.code") == []


def test_choosing_not_known_yet_removes_an_answer(site: Site, number: int) -> None:
    send(site, f"/assessments/{number}/code", r1__code="stricter")
    seen = str(versions(site, number)["r1.code"])
    save(site, f"/assessments/{number}/code", {"r1.code#version": seen, "r1.code": OPEN})
    assert "r1.code" not in kept(site, number)
    assert checked(site, number, "r1.code") == [OPEN]


def test_a_saved_choice_can_be_cleared_which_leaves_a_blank_without_a_reason_and_is_in_the_trail(
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
        assert "r1.code" not in store.saved_answers(session, number), "no reason is stored either"
        noted = store.history(session, store.answer_subject(number, "r1.code"))
        assert len(noted) == 4 and noted[1].after == ""


def test_ticks_and_not_known_yet_exclude_each_other(site: Site, number: int) -> None:
    response = send(site, f"/assessments/{number}/code", r2__code=["sale", OPEN])
    assert response.status_code == 200 and "Give either an answer or one reason why it is blank" in response.text
    assert re.findall(r'name="r2.code" value="([^"]*)" checked', response.text) == ["sale", OPEN], "as it was sent"
    assert "r2.code" not in versions(site, number)


def test_a_typed_text_that_looks_like_a_reason_for_a_blank_is_refused(site: Site, number: int) -> None:
    response = send(site, f"/assessments/{number}/code", r2__words="blank: nobody wrote them down")
    assert "An answer cannot begin with “blank:”." in response.text
    assert ">blank: nobody wrote them down</textarea>" in response.text, "as it was sent"
    assert "r2.words" not in versions(site, number)


def test_a_blank_with_a_reason_scores_and_counts_like_one_without(site: Site, number: int) -> None:
    send(site, f"/assessments/{number}/code", r1__code="stricter")
    client = site.client("ana")
    pages = [f"/assessments/{number}", f"/assessments/{number}/scorecard.csv", f"/assessments/{number}/scorecard"]
    varying = re.compile(r"csrf_token[^>]*|\b\d\d:\d\d\b")  # and the minute of the last save
    before = [varying.sub("", client.get(page).text) for page in pages]
    save(site, f"/assessments/{number}/code", {"r2.code#version": "0", "r2.code": OPEN})
    after = [varying.sub("", client.get(page).text) for page in pages]
    assert ", one not known yet" in after[0]
    to_find_out = re.compile(r'<section class="section stack" aria-labelledby="to-find-out">.*?</section>\n', re.S)
    assert [to_find_out.sub("", page).replace(", one not known yet", "") for page in after] == before


def test_the_check_distinguishes_untouched_questions_from_those_not_known_yet(site: Site, number: int) -> None:
    save(site, f"/assessments/{number}/code", {"r2.code#version": "0", "r2.code": OPEN})
    page = site.client("ana").get(f"/assessments/{number}/check").text
    assert re.search(r'#at-r2\.code">[^<]*</a><br><span class="muted">You said: Not known yet\.</span>', page)
    assert page.count("You said: Not known yet.") == 1


def test_a_colleague_who_answers_meanwhile_sees_the_reason(site: Site, number: int) -> None:
    save(site, f"/assessments/{number}/code", {"r1.code#version": "0", "r1.code": OPEN})
    response = save(site, f"/assessments/{number}/code", answers(r1__code="stricter"), who="jon")
    assert '<dt>Theirs</dt><dd dir="auto">Not known yet</dd>' in response.text


# ── Could not be counted, and said in another document


def named(site: Site, number: int, question: str) -> tuple[str, str]:
    """The stored reason of a blank, and the stored title."""
    with site.store() as session:
        kept = store.saved_answers(session, number)[question]
        return kept.word, kept.title


def test_each_question_offers_the_reasons_that_fit_it_and_none_is_selected(site: Site, number: int) -> None:
    page = site.client("ana").get(f"/assessments/{number}/code").text
    offered = {
        q: re.findall(rf'name="{q}" value="blank:([^"]*)">', page) for q in ("r1.code", "r2.code", "r1.practice")
    }
    assert offered == {
        "r1.code": ["not-known", "elsewhere"],
        "r2.code": ["not-known", "elsewhere"],
        "r1.practice": ["not-known", "not-counted"],
    }
    assert page.count('#title"') == 2, "only where a document can say it"
    later = site.client("ana").get(f"/assessments/{number}/people").text
    assert re.findall(r'name="r4.proof" value="blank:([^"]*)">', later) == ["not-known", "not-counted"]


@pytest.mark.parametrize("question", ["r1.code", "r2.code"])
@pytest.mark.parametrize("title", ["Supplier code 2025", "=1+1 | “a”; b: c & <i>", "سياسة حماية الطفل"])
def test_said_in_another_document_keeps_its_title(site: Site, number: int, question: str, title: str) -> None:
    fields = {f"{question}#version": "0", question: "blank:elsewhere", f"{question}#title": f" {title} "}
    assert save(site, f"/assessments/{number}/code", fields).status_code == 302
    assert named(site, number, question) == ("elsewhere", title)
    assert checked(site, number, question) == ["blank:elsewhere"]
    page = site.client("ana").get(f"/assessments/{number}/code").text
    assert f'name="{question}#title" dir="auto" value="{escape(title)}"' in page
    said = html.unescape(site.client("ana").get(f"/assessments/{number}/check").text)
    assert f"You said: Said in another document: {title}." in said


def test_a_title_may_follow_later_and_is_asked_for_before_submission(site: Site, number: int) -> None:
    where = f"/assessments/{number}/code"
    assert save(site, where, {"r1.code#version": "0", "r1.code": "blank:elsewhere"}).status_code == 302
    check = f"/assessments/{number}/check"
    assert "You chose “Said in another document”, but its title is missing." in site.client("ana").get(check).text
    seen = str(versions(site, number)["r1.code"])
    save(site, where, {"r1.code#version": seen, "r1.code": "blank:elsewhere", "r1.code#title": "Supplier code"})
    assert "but its title is missing" not in site.client("ana").get(check).text
    seen = str(versions(site, number)["r1.code"])
    save(site, where, {"r1.code#version": seen, "r1.code": ""})
    assert "r1.code" not in versions(site, number), "and can be taken back"


@pytest.mark.parametrize("chosen", ["", "stricter", OPEN])
def test_a_title_without_its_choice_is_refused_and_stays_as_it_was_typed(site: Site, number: int, chosen: str) -> None:
    fields = {"r1.code#version": "0", "r1.code": chosen, "r1.code#title": "Supplier code"}
    response = save(site, f"/assessments/{number}/code", fields)
    assert "A title is only for “Said in another document”." in response.text
    assert 'href="#q-r1.code-title"' in response.text and 'name="r1.code#title" dir="auto" value="Supplier code"' in (
        response.text
    )
    assert '<div class="follow-up"><div><label class="label" for="q-r1.code-title">' not in response.text, "it is shown"
    assert "r1.code" not in versions(site, number)


@pytest.mark.parametrize("title", ["two\nlines", "x" * 4001, "a\x07b"])
def test_an_invalid_title_is_refused(site: Site, number: int, title: str) -> None:
    fields = {"r1.code#version": "0", "r1.code": "blank:elsewhere", "r1.code#title": title}
    response = save(site, f"/assessments/{number}/code", fields)
    assert "one line" in response.text or "4,000 characters" in response.text
    assert "r1.code" not in versions(site, number)


@pytest.mark.parametrize(
    ("question", "sent", "says"),
    [
        ("r2.code", ["blank:not-known", "blank:elsewhere"], "one reason why it is blank"),
        ("r2.code", ["none", "blank:elsewhere"], "one reason why it is blank"),
        ("r2.code", ["blank:not-counted"], "Choose from the list"),
        ("r1.code", ["blank:not-counted"], "Choose one of the answers shown"),
        ("r1.practice", ["50", "blank:not-counted"], "one reason why it is blank"),
        ("r1.practice", ["blank:elsewhere"], "cannot begin with “blank:”"),
        ("r2.words", ["We obey.", "blank:not-known"], "one reason why it is blank"),
        ("about.home", ["CHL", "blank:not-known"], "one reason why it is blank"),
    ],
)
def test_combinations_that_cannot_both_be_true_are_refused(
    site: Site, number: int, question: str, sent: list[str], says: str
) -> None:
    page = "profile" if question == "about.home" else "code"
    response = save(site, f"/assessments/{number}/{page}", {f"{question}#version": "0", question: sent})
    assert says in html.unescape(response.text)
    assert question not in versions(site, number)


@pytest.mark.parametrize(
    ("question", "word"),
    [("r1.practice", "not-counted"), ("r2.since", "not-known"), ("r2.words", "not-known"), ("about.home", "not-known")],
)
def test_typed_answers_and_countries_can_be_left_open_for_a_reason_too_and_answered_later(
    site: Site, number: int, question: str, word: str
) -> None:
    save(site, f"/assessments/{number}/code", {"r1.code#version": "0", "r1.code": "stricter"})
    where = f"/assessments/{number}/{'profile' if question == 'about.home' else 'code'}"
    fields = {f"{question}#version": "0", question: ["", f"blank:{word}"]}
    assert save(site, where, fields).status_code == 302
    assert named(site, number, question) == (word, "")
    page = site.client("ana").get(where).text
    assert f'name="{question}" value="blank:{word}" checked' in page
    seen = str(versions(site, number)[question])
    save(site, where, {f"{question}#version": seen, question: [""]})
    assert question not in versions(site, number)


def test_the_task_list_counts_questions_left_open_by_reason(site: Site, number: int) -> None:
    fields = {"r1.code": "blank:elsewhere", "r2.code": OPEN, "r2.since": OPEN}
    save(site, f"/assessments/{number}/code", {**fields, **{f"{q}#version": "0" for q in fields}})
    words = text_of(site.client("ana").get(f"/assessments/{number}").text)
    assert "2 not known yet, one said in another document" in words


# ── The quick check


def test_the_quick_check_preselects_nothing_and_remembers_not_known_yet(tmp_path: Path) -> None:
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


def test_before_the_profile_is_filled_in_no_theme_is_called_not_asked(tmp_path: Path) -> None:
    site = settle(make_site(f"sqlite:///{tmp_path / 'article34.db'}", tmp_path, EDITIONS=None))
    where = f"/assessments/{begin(site)}"
    words = text_of(site.client("ana").get(where).text)
    assert "Not asked, because of what you said" not in words
    assert "Your profile decides whether these are asked: Remedy and reporting, In your sector." in words
    assert "themes so far, in any order" in words and re.search(r"0 answered of \d+ asked so far", words)
    site.close()


def test_once_the_profile_is_filled_in_counts_are_no_longer_so_far(site: Site, number: int) -> None:
    words = text_of(site.client("ana").get(f"/assessments/{number}").text)
    assert "asked so far" not in words and "Your profile decides" not in words
