"""Portions on the pages of a company: announced beforehand, chosen, asked, marked, and scored separately."""

import io
import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from compliance import store
from compliance.publication import preview_closing
from compliance.web.edition_registry import newest_edition
from tests.support.paths import DATA
from tests.support.sites import NOON, YEAR, Site, answers, begin, make_site, post, save, send, settle

pytestmark = pytest.mark.site(EDITIONS=[DATA / "web_editions" / "portions"])

PROFILE = {"profile.sector": "other", "profile.size": "large", "profile.lodging": "yes", "profile.travel": "no"}
#: The best answers to all questions for everybody, and to those for hotels.
BEST = {
    "words": {"r1.code": "yes", "r1.practice": "yes", "r1.proof": "yes", "r2.code": "all", "r2.practice": "yes"},
    "sector": {"r3.practice": "yes", "r5.practice": "yes"},
}
ATTESTED = {"consent": "counted", "role": "Head of compliance", "confirmed": "yes"}


def described(site: Site) -> int:
    number = begin(site)
    save(site, f"/assessments/{number}/profile", answers(**PROFILE))
    return number


def give_the_best(site: Site, number: int) -> None:
    for theme, given in BEST.items():
        save(site, f"/assessments/{number}/{theme}", answers(**given))


def choose(site: Site, number: int, *portions: str, who: str = "ana") -> None:
    response = save(site, f"/assessments/{number}/start", {"portion": list(portions)}, who)
    assert response.status_code == 302, response.text


def page(site: Site, address: str, who: str = "ana") -> str:
    response = site.client(who).get(address)
    assert response.status_code == 200, address
    return response.text


def rows(text: str) -> list[tuple[str, str, str, str]]:
    """The portions on the page: questions, minutes, title and tag of each."""
    found = []
    for row in re.findall(r'<li class="gap">(.*?)</li>', text, re.S):
        amount = re.search(r'points-lost">(\d+)<small>\w+<br>([^<]+)</small>', row)
        title, tag = re.search(r"<h3>(.*?) <span[^>]*>(.*?)</span>", row).groups()
        found.append((*(amount.groups() if amount else ("", "")), title, tag))
    return found


def test_a_new_assessment_first_shows_what_it_asks(site: Site) -> None:
    response = post(site.client("ana"), "/assessments", form_at="/account/password", year=YEAR)
    assert response.headers["Location"].endswith("/start")
    assert f'href="{response.headers["Location"]}"' in page(site, response.headers["Location"].removesuffix("/start"))


def test_before_the_profile_is_filled_in_modules_are_not_decided(site: Site) -> None:
    text = page(site, f"/assessments/{begin(site)}/start")
    # The profile has four fields and one question. Core has at most three questions: r2.practice depends on the size,
    # r1.proof on r1.practice.
    assert rows(text) == [
        ("5", "2 minutes", "Profile", "Asked of everybody"),
        ("2", "one minute", "Code", "Asked of everybody"),
        ("3", "one minute", "Core", "Asked of everybody"),
        ("", "", "Your sector", "Decided by your profile"),
        ("3", "one minute", "Deeper", "Optional"),
    ]
    assert "You are asked at most 10 questions." in text
    assert "4 minutes, one more if you choose" in text


def test_once_the_profile_is_filled_in_each_module_is_named_with_the_business_it_is_for(site: Site) -> None:
    text = page(site, f"/assessments/{described(site)}/start")
    assert rows(text)[3:] == [
        ("1", "one minute", "Hotels", "Asked because of your profile"),
        ("1", "one minute", "Your sector", "Asked because of your profile"),
        ("3", "one minute", "Deeper", "Optional"),
    ]
    assert "You are asked at most 12 questions." in text
    # r1.code and r2.code: 18 words and two answers are 35.4 seconds, so the minute of the code; 2 + 4 · 1 minutes.
    assert "6 minutes, one more if you choose" in text
    assert '<span class="number">1</span> <span class="muted small">optional</span>' in text


def test_a_portion_not_chosen_is_asked_nowhere_and_has_no_blanks(site: Site) -> None:
    number = described(site)
    give_the_best(site, number)
    tasks = page(site, f"/assessments/{number}")
    assert "7 of 7 questions answered." in tasks
    assert "Root causes" not in tasks
    assert site.client("ana").get(f"/assessments/{number}/roots").status_code == 404
    assert "r1.more" not in page(site, f"/assessments/{number}/words")
    assert "asked about it" not in page(site, f"/assessments/{number}/check")


def test_questions_of_a_chosen_portion_are_in_their_themes_and_marked(site: Site) -> None:
    number = described(site)
    choose(site, number, "deeper")
    assert "Root causes" in page(site, f"/assessments/{number}")
    theme = page(site, f"/assessments/{number}/words")
    asked = re.findall(r'id="at-([\w.]+)"(.*?)</fieldset>', theme, re.S)
    marked = [question for question, text in asked if "Optional: it does not change your score." in text]
    in_order = ["r1.code", "r1.practice", "r1.proof", "r1.more", "r2.code", "r2.practice"]
    assert [question for question, _ in asked] == in_order
    assert marked == ["r1.more"]


def answer_everything(site: Site, number: int) -> None:
    choose(site, number, "deeper")
    give_the_best(site, number)
    send(site, f"/assessments/{number}/words", r1__more="no")
    send(site, f"/assessments/{number}/roots", r6__practice="yes")


def test_a_chosen_portion_has_its_own_score_and_changes_no_other(site: Site) -> None:
    number = described(site)
    answer_everything(site, number)
    card = page(site, f"/assessments/{number}/scorecard")
    assert '<p class="big-score">100</p>' in card
    assert "7 of 7 questions answered." in card
    # Two themes hold a question that was chosen. In the one, r1.more is "no": 0. In the other, r6.practice is "yes"
    # and r6.proof a blank: 0.5, and 1 at best. Together 25 of 100, and 50 at best.
    assert "Deeper, optional: 25 (25 to 50). It does not change any other score." in card
    content = site.client("ana").get(f"/assessments/{number}/scorecard.xlsx").data
    cells = [str(cell.value) for row in load_workbook(io.BytesIO(content))["Summary"].iter_rows() for cell in row]
    assert "Deeper, optional: 25 (25 to 50). It does not change any other score." in cells
    choose(site, number)
    assert "Deeper, optional" not in page(site, f"/assessments/{number}/scorecard")
    assert '<p class="big-score">100</p>' in page(site, f"/assessments/{number}/scorecard")


def test_removing_a_choice_keeps_the_answers_and_says_so(site: Site) -> None:
    number = described(site)
    answer_everything(site, number)
    choose(site, number)
    assert "2 answers that you gave here are kept." in page(site, f"/assessments/{number}/start")
    choose(site, number, "deeper")
    again = page(site, f"/assessments/{number}/roots")
    assert re.search(r'value="yes" checked|name="r6.practice" value="yes"[^>]* checked', again)


def test_an_assessment_with_answers_no_longer_asked_can_be_submitted(site: Site) -> None:
    number = described(site)
    answer_everything(site, number)
    choose(site, number)
    assert save(site, f"/assessments/{number}/check", ATTESTED).status_code == 302
    card = page(site, f"/assessments/{number}/scorecard")
    assert '<p class="big-score">100</p>' in card
    assert "Deeper, optional" not in card


def test_a_chosen_portion_is_in_no_submitted_score_and_in_no_figure(site: Site) -> None:
    number = described(site)
    answer_everything(site, number)
    assert save(site, f"/assessments/{number}/check", ATTESTED).status_code == 302
    with site.store() as session:
        submitted = store.latest_submission(session, number)
        with site.app.app_context():
            edition = newest_edition().complete
        snapshot = preview_closing(session, edition, YEAR, as_of=NOON.date())
    standings = json.loads(submitted.scores)["claimed"]["standings"]
    assert submitted.chosen_portions == "deeper"
    assert {"words", "sector"} <= standings.keys()
    assert not {"roots", "r6", "portion:deeper"} & {
        name for name, at in standings.items() if at["coverage"] is not None
    }
    assert not {"roots", "r6"} & {figure.id for figure in snapshot.together.figures}


def test_a_submission_shows_what_was_chosen_at_the_time(site: Site) -> None:
    number = described(site)
    answer_everything(site, number)
    assert save(site, f"/assessments/{number}/check", ATTESTED).status_code == 302
    client = site.client("ana")
    post(client, f"/assessments/{number}/start", form_at="/account/password")
    assert "Submit again to include this." in client.get(f"/assessments/{number}/start").text
    assert "Deeper, optional" in page(site, f"/assessments/{number}/scorecard")
    assert "Deeper, optional" not in page(site, f"/assessments/{number}/scorecard?as=draft")


def test_after_closing_the_choice_is_shown_as_text_and_cannot_be_changed(site: Site) -> None:
    number = described(site)
    choose(site, number, "deeper")
    client = site.client("ana")
    shown = client.get(f"/assessments/{number}/start").text
    with site.store() as session, session.begin():
        store.close_period(session, YEAR, by=site.people["stella"].id, at=NOON, snapshot=lambda: "{}")
    after = page(site, f"/assessments/{number}/start")
    assert "Deeper, chosen" in after
    assert 'type="checkbox"' not in after
    assert 'type="checkbox"' in shown
    save(site, f"/assessments/{number}/start", {"portion": []})
    with site.store() as session:
        assert store.chosen_portions(session, number) == "deeper"


def test_only_optional_portions_can_be_chosen(site: Site) -> None:
    number = described(site)
    assert save(site, f"/assessments/{number}/start", {"portion": ["core"]}).status_code == 400


@pytest.mark.parametrize(
    ("who", "status"), [("jon", 200), ("olga", 404), ("audun", 404), ("ada", 404), ("stella", 404)]
)
def test_only_people_of_the_company_can_read_and_choose(site: Site, who: str, status: int) -> None:
    number = described(site)
    assert site.client(who).get(f"/assessments/{number}/start").status_code == status
    posted = post(site.client(who), f"/assessments/{number}/start", form_at="/account/password", portion="deeper")
    assert posted.status_code == (302 if status == 200 else 404)
    with site.store() as session:
        assert store.chosen_portions(session, number) == ("deeper" if status == 200 else "")


def test_a_visitor_is_asked_to_sign_in(site: Site, visitor: FlaskClient) -> None:
    assert "/sign-in" in visitor.get(f"/assessments/{begin(site)}/start").headers["Location"]


def test_public_pages_say_who_is_asked_what(site: Site, visitor: FlaskClient) -> None:
    told = (
        "At most 5 questions on 2 requirements, after a page about your company. Another 3 are only for some kinds "
        "of business. Another 3 are optional and do not change any other score."
    )
    assert told in " ".join(visitor.get("/").text.split())
    method = visitor.get("/method").text
    assert told in " ".join(method.split())
    for portion, count in {"code": 2, "core": 3, "modules": 3, "deeper": 3}.items():
        assert f'href="/method/portions/{portion}"' in method
        assert len(re.findall(r'href="/method/\w+#r', visitor.get(f"/method/portions/{portion}").text)) == count
    assert visitor.get("/method/portions/none").status_code == 404


def test_the_weights_on_the_method_pages_are_those_of_what_counts(site: Site, visitor: FlaskClient) -> None:
    # Two themes count, at weight 1 each: 50 % each. The third is by choice. In r1, three questions count.
    method = visitor.get("/method").text
    assert method.count('<td class="end">50 %</td>') + method.count('<td class="end">50\u00a0%</td>') == 2
    theme = visitor.get("/method/words").text
    assert theme.count("weight 1 of 3") == 3
    assert theme.count("optional: it changes no other score") == 1


def test_an_edition_without_portions_says_how_many_questions_it_has_and_offers_no_choice(tmp_path: Path) -> None:
    site = settle(make_site(f"sqlite:///{tmp_path / 'plain.db'}", tmp_path))
    number = begin(site)
    text = page(site, f"/assessments/{number}/start")
    assert [title for _, _, title, _ in rows(text)] == ["Profile", "A short walk"]
    assert 'name="portion"' not in text
    assert save(site, f"/assessments/{number}/start", {"portion": ["deeper"]}).status_code == 400
    assert visitor_text(site, "/").count("are optional") == 0
    site.close()


def visitor_text(site: Site, address: str) -> str:
    return site.client().get(address).text
