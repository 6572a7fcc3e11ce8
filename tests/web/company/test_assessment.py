"""A company's assessment: starting it, saving answers, which questions are asked, evidence, and the profile."""

import re
from html import unescape

import pytest

from compliance import store
from compliance.web.database import store_engine
from tests.support.sites import NOON, PROFILE, YEAR, Site, answers, begin, kept, post, save, save_profile, send
from tests.support.stores import statements
from tests.web.public.test_public_pages import text_of


@pytest.fixture
def number(site: Site) -> int:
    """A begun assessment of Ana's company."""
    return begin(site)


def close(site: Site) -> None:
    with site.store() as session, session.begin():
        store.close_period(session, YEAR, by=None, at=NOON, snapshot=lambda: "{}")


# ── Starting


def test_an_assessment_for_a_year_is_started_once_and_shared_by_the_company(site: Site) -> None:
    assert begin(site, "ana") == begin(site, "jon")
    assert begin(site, "olga") != begin(site, "ana")


@pytest.mark.parametrize("year", ["2031", "1990"])
def test_no_assessment_can_be_started_for_a_year_that_is_not_open(site: Site, year: str) -> None:
    assert post(site.client("ana"), "/assessments", year=year).status_code == 404


def test_an_invalid_year_is_refused(site: Site) -> None:
    assert post(site.client("ana"), "/assessments", year="soon").status_code == 400


# ── Saving


def test_a_page_is_saved_as_a_whole_and_the_next_one_follows(site: Site, number: int) -> None:
    given = {"r1__code": "intent", "r1__practice": "40", "r2__code": ["sale", "online"], "r2__words": "Ours"}
    response = send(site, f"/assessments/{number}/code", **given)
    assert response.headers["Location"] == f"/assessments/{number}/people"
    assert kept(site, number) == {
        "r1.code": "intent",
        "r1.practice": "40",
        "r2.code": "sale|online",
        "r2.words": "Ours",
    }


def test_saving_and_stopping_leads_to_the_task_list(site: Site, number: int) -> None:
    response = send(site, f"/assessments/{number}/code", r1__code="intent", next="stop")
    assert response.headers["Location"] == f"/assessments/{number}"


def test_zero_blank_and_does_not_apply_are_distinguished(site: Site, number: int) -> None:
    send(site, f"/assessments/{number}/code", r1__code="silent", r1__practice="0", r2__since="")
    assert kept(site, number) == {"r1.code": "silent", "r1.practice": "0"}
    fields = {**answers(r1__code="n/a"), "r1.code#version": "1", "r1.code#reason": "We have no code."}
    save(site, f"/assessments/{number}/code", fields)
    with site.store() as session:
        now = store.saved_answers(session, number)
    assert (now["r1.code"].text, now["r1.code"].reason) == ("n/a", "We have no code.")
    assert now["r1.practice"].text == "0"


def test_choosing_not_known_yet_removes_an_answer(site: Site, number: int) -> None:
    send(site, f"/assessments/{number}/code", r1__code="intent")
    fields = {"r1.code": "", "r1.code#version": "1"}
    save(site, f"/assessments/{number}/code", fields)
    assert kept(site, number) == {}


def test_an_invalid_value_is_shown_beside_its_field_and_all_valid_ones_are_saved(site: Site, number: int) -> None:
    fields = {"r1__code": "stricter", "r1__practice": "40 %", "r2__code": ["sale", "nonsense"], "r2__words": "fine"}
    response = send(site, f"/assessments/{number}/code", **fields)
    assert response.status_code == 200
    assert kept(site, number) == {"r1.code": "stricter", "r2.words": "fine"}
    page = response.text
    assert "<title>Error: " in page
    assert 'href="#q-r1.practice"' in page and 'href="#q-r2.code"' in page
    assert 'value="40 %"' in page, "what was typed is still in its field"
    assert "Everything else you wrote is saved" in page
    assert re.search(r'id="q-r1.practice-err">Enter a number', page)


def test_does_not_apply_without_a_reason_is_saved_and_flagged(site: Site, number: int) -> None:
    response = send(site, f"/assessments/{number}/code", r1__code="n/a")
    assert kept(site, number) == {"r1.code": "n/a"}
    assert "Everything you wrote is saved." in response.text
    assert 'href="#q-r1.code-reason"' in response.text


def test_fields_that_no_question_has_are_ignored(site: Site, number: int) -> None:
    fields = answers(r1__code="intent", r4__code="yes", nonsense="x")
    save(site, f"/assessments/{number}/code", fields)
    assert kept(site, number) == {"r1.code": "intent"}, "r4 is a question of another theme"


def test_a_stale_save_shows_both_answers_and_loses_neither(site: Site, number: int) -> None:
    send(site, f"/assessments/{number}/code", who="jon", r1__code="stricter")
    page = send(site, f"/assessments/{number}/code", r1__code="intent", r2__words="kept all the same").text
    assert kept(site, number) == {"r1.code": "stricter", "r2.words": "kept all the same"}
    assert "Jon saved a different answer at" in page and "Both are kept: choose one." in page
    assert "The stricter one" in page
    assert re.search(r'name="r1.code" value="intent" checked', page), "the person's own answer is in the field"
    again = {"r1.code": "intent", "r1.code#version": version_in(page, "r1.code")}
    response = save(site, f"/assessments/{number}/code", again)
    assert response.status_code == 302
    assert kept(site, number)["r1.code"] == "intent"


def test_a_conflict_between_two_tabs_of_one_person_is_called_that(site: Site, number: int) -> None:
    send(site, f"/assessments/{number}/code", r1__code="stricter")
    page = send(site, f"/assessments/{number}/code", r1__code="intent").text
    assert re.search(r"You saved a different answer at \d\d:\d\d in another tab\. Both are kept: choose one\.", page)
    assert "<dt>In the other tab</dt>" in page and "<dt>Here</dt>" in page
    assert "theirs" not in page.lower() and "Ana saved" not in page
    save(site, f"/assessments/{number}/code", {"r1.code": "", "r1.code#version": version_in(page, "r1.code")})
    blanked = send(site, f"/assessments/{number}/code", r1__code="intent") if kept(site, number) else None
    assert blanked is None, "the answer was removed"
    stale = save(site, f"/assessments/{number}/code", {"r1.code": "silent", "r1.code#version": "1"}).text
    assert "You saved a different answer at" in stale, "even if the other tab left a blank"


def version_in(page: str, question: str) -> str:
    found = re.search(rf'name="{re.escape(question)}#version" value="(\d+)"', page)
    assert found
    return found[1]


def test_a_malformed_version_overwrites_nothing(site: Site, number: int) -> None:
    send(site, f"/assessments/{number}/code", r1__code="stricter")
    fields = {"r1.code": "silent", "r1.code#version": "latest"}
    page = save(site, f"/assessments/{number}/code", fields)
    assert kept(site, number) == {"r1.code": "stricter"}
    assert "choose one" in page.text


def test_saving_the_same_again_is_no_conflict(site: Site, number: int) -> None:
    for who in ("jon", "ana"):
        assert send(site, f"/assessments/{number}/code", who=who, r1__code="intent").status_code == 302


def test_a_closed_year_can_be_read_and_not_changed(site: Site, number: int) -> None:
    send(site, f"/assessments/{number}/code", r1__code="intent")
    close(site)
    response = send(site, f"/assessments/{number}/code", r2__words="too late")
    assert response.status_code == 409
    assert "This year is closed" in response.text
    assert kept(site, number) == {"r1.code": "intent"}
    page = site.client("ana").get(f"/assessments/{number}/code").text
    assert "Save and continue</button>\n<button" not in page and 'class="save-bar"' not in page


def test_text_from_people_is_shown_as_text(site: Site, number: int) -> None:
    nasty = '<script>alert(1)</script> "quoted" {{ 9876*5432 }}'
    send(site, f"/assessments/{number}/code", r2__words=nasty)
    page = site.client("ana").get(f"/assessments/{number}/code").text
    # a product too long to occur in a random token by chance
    assert "<script>alert" not in page and "53646432" not in page
    assert nasty in unescape(page)


def test_a_form_that_is_too_large_is_refused_with_advice(site: Site, number: int) -> None:
    client = site.client("ana")
    response = client.post(f"/assessments/{number}/code", data={"r2.words": "x" * 500_000})
    assert response.status_code == 413
    assert "shorten the longest passage" in response.text


def test_a_save_takes_few_statements(site: Site, number: int) -> None:
    send(site, f"/assessments/{number}/code", r1__code="silent")
    client = site.client("ana")
    page = client.get(f"/assessments/{number}/people").text
    fields = {f"r4.{part}": "yes" for part in ("code", "practice", "proof", "a", "b")}
    fields |= {f"{name}#version": "0" for name in fields}
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    with statements(store_engine(site.app)) as sent:
        response = client.post(f"/assessments/{number}/people", data={"csrf_token": token[1], **fields})
    assert response.status_code == 302
    assert len(sent) <= 14, sent
    with statements(store_engine(site.app)) as sent:
        client.get(f"/assessments/{number}/people")
    # person, company, answers, evidence, the year before, comments, names to ask, assignments, the library
    assert len(sent) <= 10, sent  # the tenth: passages that are marked for questions about the code


# ── Which questions are asked


def test_a_question_that_is_not_asked_is_not_shown_and_keeps_its_answer(site: Site, number: int) -> None:
    save_profile(site, number, lodging="yes")
    assert "Are hotel staff trained?" in site.client("ana").get(f"/assessments/{number}/code").text
    send(site, f"/assessments/{number}/code", r3__practice="yes")
    fields = {"profile.lodging": "no", "profile.lodging#version": "1"}
    save(site, f"/assessments/{number}/profile", fields)
    assert "Are hotel staff trained?" not in site.client("ana").get(f"/assessments/{number}/code").text
    assert kept(site, number)["r3.practice"] == "yes"


def test_a_gated_question_is_folded_while_its_gate_is_closed_and_keeps_its_answer(site: Site, number: int) -> None:
    send(site, f"/assessments/{number}/code", r1__code="silent", r1__practice="70")
    page = site.client("ana").get(f"/assessments/{number}/code").text
    folded = re.search(r'<details class="condition"><summary>(.*?)</summary>(.*?)</details>', page, re.S)
    assert folded and "Counts only if question 1 is answered with anything other than “Nothing is said”" in folded[1]
    assert 'value="70"' in page
    fields = {"r1.code": "intent", "r1.code#version": "1"}
    save(site, f"/assessments/{number}/code", fields)
    assert '<details class="condition">' not in site.client("ana").get(f"/assessments/{number}/code").text


def test_a_theme_is_divided_into_pages_of_whole_requirements(site: Site, number: int) -> None:
    client = site.client("ana")
    first, second = (client.get(f"/assessments/{number}/people?page={page}").text for page in (1, 2))
    assert re.findall(r'name="(r\d\.\w+)#version"', first) == ["r4.code", "r4.practice", "r4.proof", "r4.a", "r4.b"]
    assert re.findall(r'name="(r\d\.\w+)#version"', second) == ["r5.code", "r5.practice", "r5.proof", "r5.a"]
    assert "page 1 of 2" in first
    assert send(site, f"/assessments/{number}/people", r4__code="yes").headers["Location"].endswith("/people?page=2")
    for page in ("0", "3", "x", "-1", "9" * 9):
        assert client.get(f"/assessments/{number}/people?page={page}").status_code == 404


def test_an_unknown_theme_is_not_found(site: Site, number: int) -> None:
    for theme in ("nothing", "about", "r1", "overall"):
        assert site.client("ana").get(f"/assessments/{number}/{theme}").status_code == 404


def test_the_score_so_far_follows_the_answers(site: Site, number: int) -> None:
    def bar() -> str:
        page = site.client("ana").get(f"/assessments/{number}/code").text
        found = re.search(r'<p class="save-note">(.*?)</p>', page, re.S)
        assert found
        return re.sub(r"<[^>]+>", "", found[1])

    assert "No score yet" in bar()
    four = {f"r4__{part}": "yes" for part in ("code", "practice", "proof", "a", "b")}
    send(site, f"/assessments/{number}/people", **four)
    send(site, f"/assessments/{number}/people", **{f"r5__{part}": "no" for part in ("code", "practice", "proof", "a")})
    assert "Score so far: 25, between 25 and 75." in bar()


def test_a_question_that_an_answer_adds_is_shown_before_the_next_page(site: Site, number: int) -> None:
    send(site, f"/assessments/{number}/code", r1__code="silent")
    fields = {"r1.code": "intent", "r1.code#version": "1"}
    response = save(site, f"/assessments/{number}/code", fields)
    assert response.headers["Location"] == f"/assessments/{number}/code#at-r1.practice"


# ── Evidence


def test_evidence_is_added_shown_and_removed(site: Site, number: int) -> None:
    fields = answers(r1__code="intent") | {
        "r1.code#passage": "We obey.",
        "r1.code#document": "Code 2025",
        "r1.code#page": "6",
    }
    fields |= {"r2.code#link": "https://example.org/code", "r2.code#version": "0", "r2.code": ["sale"]}
    assert save(site, f"/assessments/{number}/code", fields).status_code == 302
    page = re.sub(r"</?bdi[^>]*>", "", site.client("ana").get(f"/assessments/{number}/code").text)
    assert "“We obey.”" in page and "Code 2025, page 6" in page and 'href="https://example.org/code"' in page
    with site.store() as session:
        pieces = store.evidence_of(session, number)
    assert isinstance(pieces["r2.code"][0].rests_on, store.Link)
    assert pieces["r2.code"][0].rests_on.accessed is not None, "without a day, it was opened today"
    fields = {"r1.code": "intent", "r1.code#version": "1", "r1.code#remove": str(pieces["r1.code"][0].id)}
    save(site, f"/assessments/{number}/code", fields)
    with site.store() as session:
        assert list(store.evidence_of(session, number)) == ["r2.code"]


def test_nobody_removes_the_evidence_of_another_question_or_company(site: Site, number: int) -> None:
    fields = answers(r1__code="intent") | {"r1.code#passage": "We obey.", "r1.code#document": "Code 2025"}
    save(site, f"/assessments/{number}/code", fields)
    with site.store() as session:
        (piece,) = store.evidence_of(session, number)["r1.code"]
    other = begin(site, "olga")
    for who, where in (("ana", number), ("olga", other)):
        fields = {"r2.code#version": "0", "r2.code": ["sale"], "r2.code#remove": str(piece.id)}
        save(site, f"/assessments/{where}/code", fields, who)
    with site.store() as session:
        assert len(store.evidence_of(session, number)["r1.code"]) == 1


def test_incomplete_evidence_stays_in_its_fields_while_the_answer_is_saved(site: Site, number: int) -> None:
    fields = answers(r1__code="intent") | {"r1.code#passage": "We obey every law there is."}
    page = save(site, f"/assessments/{number}/code", fields).text
    assert kept(site, number) == {"r1.code": "intent"}
    assert "We obey every law there is." in page and 'href="#q-r1.code-document"' in page


def test_a_document_dated_in_the_future_is_pointed_out_and_everything_else_is_saved(site: Site, number: int) -> None:
    fields = answers(r1__code="intent", r2__code=["sale"]) | {
        "r1.code#passage": "We obey.", "r1.code#document": "Code", "r1.code#dated": "2931-01-01",
    }  # fmt: skip
    page = save(site, f"/assessments/{number}/code", fields).text
    assert kept(site, number) == {"r1.code": "intent", "r2.code": "sale"}
    assert 'href="#q-r1.code-dated"' in page and "This date is in the future" in page and "We obey." in page
    with site.store() as session:
        assert store.evidence_of(session, number) == {}


def test_the_same_evidence_is_stored_once_and_the_page_says_so(site: Site, number: int) -> None:
    quoted = {"r1.code#passage": "We  obey.", "r1.code#document": "Code", "r1.code#dated": "2025-01-01"}
    linked = {"r1.code#link": "https://example.org/code", "r1.code#opened": "2026-01-31"}
    where = f"/assessments/{number}/code"
    save(site, where, answers(r1__code="intent") | quoted | linked)
    again = {"r1.code": "stricter", "r1.code#version": "1", **quoted, **linked, "r1.code#passage": "We obey."}
    client = site.client("ana")
    post(client, where, fields=again)
    assert "this evidence was already there, so it is kept only once" in client.get(where).text
    save(site, where, {**again, "r1.code#version": "2"})
    with site.store() as session:
        assert len(store.evidence_of(session, number)["r1.code"]) == 2
    other = {"r1.code": "stricter", "r1.code#version": "2", **quoted, "r1.code#page": "7"}
    save(site, where, other)
    with site.store() as session:
        assert len(store.evidence_of(session, number)["r1.code"]) == 3


# ── The profile


def test_the_profile_is_saved_like_answers_with_its_faults_and_conflicts(site: Site, number: int) -> None:
    assert save_profile(site, number).headers["Location"] == f"/assessments/{number}/code"
    page = save_profile(site, number, size="huge", sector="goods").text
    assert kept(site, number) == {"profile.sector": "travel", "profile.size": "small", "profile.lodging": "no"}
    assert "<title>Error: " in page
    assert "Choose one of the answers shown." in page
    assert "In the other tab: Travel and tours. Here, as shown below: Goods and retail." in page
    theirs = save(site, f"/assessments/{number}/profile", PROFILE | {"profile.sector": "goods"}, "jon").text
    assert "Theirs: Travel and tours. Yours, shown below: Goods and retail." in theirs


def test_countries_that_were_named_become_ticked_boxes(site: Site, number: int) -> None:
    fields = {**PROFILE, **answers(about__home=["KHM", "DEU"])}
    save(site, f"/assessments/{number}/profile", fields)
    assert kept(site, number)["about.home"] == "DEU|KHM" or kept(site, number)["about.home"] == "KHM|DEU"
    page = site.client("ana").get(f"/assessments/{number}/profile").text
    assert re.search(r'value="KHM" checked', page) and "2 countries chosen." in page
    assert "<h2>Your countries</h2>" in page
    assert "Question 1" not in page, "beside the profile, questions have no number"


def test_the_page_of_registering_says_what_counts_before_the_button(site: Site) -> None:
    page = site.client().get("/register").text
    before, _, after = page.partition("Confirmed companies are counted without their names")
    assert ">Register</button>" in after and ">Register</button>" not in before
    for who, address in ((None, "/"), (None, "/register"), (None, "/privacy"), ("ana", "/assessments")):
        said = text_of(site.client(who).get(address).text)
        assert "no score from its answers, is published under its name unless it agrees." in said
        assert "Confirmed companies are counted without their names" in said
        assert "those that choose to be in no figure and those in sectors with fewer than five companies." in said


def test_an_assessment_begun_under_an_earlier_questionnaire_lists_what_could_not_be_carried(
    site: Site, number: int
) -> None:
    with site.store() as session:
        store.save_answers(session, number, [store.AnswerEdit("r99.code", "partial")], by=None, at=NOON)
        session.commit()
    words = text_of(site.client("ana").get(f"/assessments/{number}").text)
    assert "One earlier answer no longer fits into it." in words and "r99.code: partial" in words
    assert "no longer fits" not in text_of(site.client("ana").get("/assessments").text)
