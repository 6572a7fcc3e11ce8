"""Questions of places as one table: its position, who fills in which column, and each answer saved by question."""

import html
import re
from collections.abc import Iterator
from itertools import count, takewhile
from shutil import copytree, ignore_patterns
from typing import Any

import pytest

from compliance import store
from compliance.questionnaire.edition_folder import editions_folder
from tests.support.sites import EDITIONS, NOON, Site, begin, kept, make_site, post, save, settle

pytestmark = pytest.mark.site(EDITIONS=[EDITIONS / "tables"])
THREE = ["KHM", "BRA", "FRA"]


def describe(site: Site, number: int, size: str, places: list[str]) -> None:
    fields: dict[str, Any] = {"profile.size#version": version(site, number, "profile.size"), "profile.size": size}
    fields |= {"about.operations#version": version(site, number, "about.operations"), "about.operations": places}
    assert save(site, f"/assessments/{number}/profile", fields).status_code == 302


@pytest.fixture
def number(sqlite_site: Site) -> int:
    """A large company in three countries, of which two are priority countries."""
    number = begin(sqlite_site)
    describe(sqlite_site, number, "large", THREE)
    return number


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    return sqlite_site


def version(site: Site, number: int, question: str) -> str:
    with site.store() as session:
        found = store.saved_answers(session, number).get(question)
        return str(found.version if found else 0)


def page(site: Site, theme: str, who: str = "ana") -> str:
    return site.client(who).get(f"/assessments/1/{theme}").text


def words(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def table(text: str) -> str:
    """The table of a page; "" where there is none."""
    found = re.search(r'<section class="question" id="table-ready">.*?</section>', text, re.S)
    return found[0] if found else ""


def part(text: str, anchor: str) -> str:
    """The part of the page after an anchor, up to the next part."""
    return re.split(r'<(?:section|div) [^>]*?id="(?:at|home|table)-', text.split(f'id="{anchor}"', 1)[1])[0]


def headings(text: str) -> list[str]:
    return [words(each) for each in re.findall(r'<th scope="col">(.*?)</th>', table(text), re.S)]


def rows(text: str) -> dict[str, list[str]]:
    """The checkboxes of each row, by its label: question and value, with `*` if ticked; "" if there is none."""
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", table(text), re.S):
        name = re.search(r'<th scope="row">(.*?)</th>', row, re.S)
        cells = re.findall(r"<td>(.*?)</td>", row, re.S)
        boxes = [re.search(r'name="([^"]+)" value="([^"]+)"( checked)?', cell) for cell in cells]
        if name:
            found[words(name[1])] = [f"{box[1]} {box[2]}{'*' if box[3] else ''}" if box else "" for box in boxes]
    return found


def tick(site: Site, theme: str, who: str = "ana", **values: list[str]) -> Any:
    fields: dict[str, Any] = {}
    for question, ticked in values.items():
        fields |= {f"{question}#version": version(site, 1, question), question: ticked}
    return save(site, f"/assessments/1/{theme}", fields, who)


def test_the_table_has_a_row_for_each_country_and_a_column_for_each_question_below_their_words(
    site: Site, number: int
) -> None:
    text = page(site, "reach")
    assert headings(text) == ["Country", "Plan tested", "Number tried", "Contact agreed"]
    assert list(rows(text)) == [
        "Brazil Priority country",
        "Cambodia Priority country",
        "France",
        "A date is set for the next check Counts if every country is ticked.",
        "In none of them",
        "Planned: a date is set and someone is responsible Counts if no country is ticked.",
    ]
    assert rows(text)["Cambodia Priority country"] == ["crisis KHM", "tried KHM", "agreed KHM"]
    above = words(table(text).partition("<table")[0])
    assert "Contacts and agreements, so that help comes. Plan tested In which of your countries was the plan" in above
    assert "One test a year is enough." in above and "Contact agreed In which of your countries is a second" in above
    for label in (
        "Plan tested: Brazil",
        "Number tried: A date is set for the next check",
        "Contact agreed: In none of",
    ):
        assert label in words(table(text))


def test_the_table_is_in_the_place_of_its_first_question_and_the_others_link_to_it(site: Site, number: int) -> None:
    text = page(site, "reach")
    anchors = re.findall(r'id="((?:at|home|table)-[^"]+)"', text)
    assert anchors == ["at-scope.code", "table-ready", "at-crisis", "at-tried", "at-agreed", "at-crisis.proof"]
    tick(site, "reach", tried=["BRA", "FRA"])
    there = page(site, "response")
    assert not table(there) and 'name="tried"' not in there and "tried#version" not in there
    assert re.findall(r'id="((?:at|home)-[^"]+)"', there) == ["at-heard", "home-tried", "at-tried.proof", "home-agreed"]
    said = words(part(there, "home-tried"))
    assert "This is answered in the table “ What is ready in each country ”. Brazil, France" in said
    assert 'href="/assessments/1/reach#at-tried"' in part(there, "home-tried")
    assert "Question 4 Contact agreed This is answered in the table" in words(part(there, "home-agreed"))


def test_a_question_not_asked_has_no_column_and_the_table_moves_to_the_next_question(site: Site, number: int) -> None:
    describe(site, number, "small", THREE)
    assert "table-ready" not in page(site, "reach")
    text = page(site, "response")
    assert headings(text) == ["Country", "Number tried", "Contact agreed"]
    assert re.findall(r'id="((?:at|home)-[^"]+)"', text) == [
        "at-heard",
        "at-tried",
        "at-agreed",
        "at-tried.proof",
        "home-agreed",
    ]
    assert 'href="/assessments/1/response#at-agreed"' in part(text, "home-agreed")
    assert tick(site, "response", agreed=["FRA"]).status_code == 302
    assert kept(site, number)["agreed"] == "FRA"


def test_while_no_country_is_listed_the_questions_are_asked_one_by_one(site: Site, number: int) -> None:
    describe(site, number, "large", [])
    text = page(site, "reach")
    assert not table(text) and "What is ready in each country" in words(text)
    assert words(text).count("First answer “In which countries do people work for you?”") == 3
    assert "crisis#version" in text and "agreed#version" in text


def test_each_column_is_saved_as_a_separate_answer_and_shows_its_result(site: Site, number: int) -> None:
    assert tick(site, "reach", crisis=[*THREE, "+dated"], tried=["+planned"], agreed=["KHM"]).status_code == 302
    answers = {
        question: text for question, text in kept(site, number).items() if question in ("crisis", "tried", "agreed")
    }
    assert answers == {"crisis": "BRA|FRA|KHM|+dated", "tried": "+planned", "agreed": "KHM"}
    text = page(site, "reach")
    assert rows(text)["France"] == ["crisis FRA*", "tried FRA", "agreed FRA"]
    assert "this counts as “In all of our countries, with a date for the next check”" in words(part(text, "at-crisis"))
    assert "In 1 of your 3 countries" in words(part(text, "at-agreed"))
    before = version(site, number, "tried")
    tick(site, "reach", crisis=["none"])
    assert version(site, number, "tried") == before and kept(site, number)["tried"] == "+planned"


def test_a_mistake_in_one_column_is_named_by_its_heading_and_the_others_are_saved(site: Site, number: int) -> None:
    answer = tick(site, "reach", tried=["none", "BRA"], agreed=["FRA"])
    assert answer.status_code == 200 and kept(site, number)["agreed"] == "FRA" and "tried" not in kept(site, number)
    assert rows(answer.text)["Brazil Priority country"] == ["crisis BRA", "tried BRA*", "agreed BRA"]
    assert re.search(r'<a href="#q-tried">Number tried: Choose from the list\. “In none', answer.text)
    assert 'id="q-tried"' in table(answer.text) and 'aria-describedby="q-tried-err"' in table(answer.text)
    assert "! " not in words(table(answer.text)) and "Number tried: Choose from the list." in words(table(answer.text))


def test_the_script_is_told_the_heading_of_a_column_with_a_mistake(site: Site, number: int) -> None:
    fields = {"tried#version": "0", "tried": ["none", "BRA"]}
    told = post(site.client("ana"), "/assessments/1/autosave", fields=fields).json
    assert told is not None
    [problem] = told["problems"]
    assert problem["target"] == "q-tried" and problem["sentence"].startswith("Number tried: Choose from the list.")


def test_a_column_can_be_left_blank_or_marked_as_not_applicable_with_a_reason(site: Site, number: int) -> None:
    fields = {"agreed#version": "0", "agreed": "n/a", "agreed#reason": "We have no site.", "tried#version": "0"}
    assert (
        save(site, "/assessments/1/reach", fields | {"tried": "blank:not-known", "tried#whom": "Jon"}).status_code
        == 302
    )
    with site.store() as session:
        there = store.saved_answers(session, number)
    assert (there["agreed"].text, there["agreed"].reason) == ("n/a", "We have no site.")
    assert (there["tried"].word, there["tried"].ask_whom) == ("not-known", "Jon")
    text = page(site, "reach")
    assert re.search(r'name="agreed" value="n/a" checked', part(text, "at-agreed"))
    assert 'value="Jon"' in part(text, "at-tried")


def test_evidence_and_comments_belong_to_a_column(site: Site, number: int) -> None:
    shown = {"tried#passage": "We called in May.", "tried#document": "Log 2026", "tried#comment": "Ask the hotline."}
    fields = {"tried#version": "0", "tried": ["BRA"], "crisis#version": "0"} | shown
    assert save(site, "/assessments/1/reach", fields).status_code == 302
    text = page(site, "reach")
    own = words(part(text, "at-tried"))
    assert "We called in May." in own and "Ask the hotline." in own
    assert "We called in May." not in part(text, "at-crisis") + part(text, "at-agreed")


def test_an_answer_saved_by_a_colleague_meanwhile_in_a_column_is_not_lost(site: Site, number: int) -> None:
    tick(site, "reach", tried=["BRA"])
    stale: dict[str, Any] = {"tried#version": "0", "tried": ["FRA"], "agreed#version": "0", "agreed": ["KHM"]}
    answer = save(site, "/assessments/1/reach", stale)
    assert answer.status_code == 200 and kept(site, number)["tried"] == "BRA" and kept(site, number)["agreed"] == "KHM"
    said = words(part(answer.text, "at-tried"))
    assert "Brazil" in said and "France" in said and rows(answer.text)["France"][1] == "tried FRA*"


def test_a_tick_for_a_country_no_longer_listed_is_kept_in_its_column(site: Site, number: int) -> None:
    tick(site, "reach", tried=["BRA", "FRA"], agreed=["BRA"])
    describe(site, number, "large", ["BRA", "KHM"])
    text = page(site, "reach")
    gone = rows(text)["France No longer in your list. The tick is kept, but does not count."]
    assert gone == ["", "tried FRA*", ""]


def test_follow_ups_come_after_the_table(site: Site, number: int) -> None:
    shut = page(site, "response")
    assert "Counts only if" in words(part(shut, "at-tried.proof"))
    tick(site, "reach", tried=["none"], crisis=["none"])
    assert re.search(r'<details class="condition">.*?id="at-tried.proof"', page(site, "response"), re.S)
    answer = tick(site, "reach", crisis=["BRA"])
    assert answer.headers["Location"].endswith("/assessments/1/reach#at-crisis.proof")


def test_a_contributor_can_fill_in_their_own_columns_and_only_read_the_others(site: Site, number: int) -> None:
    jon = str(site.people["jon"].id)
    tick(site, "reach", crisis=["FRA"])
    assert headings(page(site, "reach", "jon")) == ["Country", "Plan tested", "Number tried", "Contact agreed"]
    post(site.client("ana"), "/assessments/1/assign/agreed", fields={"person": jon, "seen": ""})
    with site.store() as session, session.begin():
        store.change_member_role(session, 1, site.people["jon"].id, "contributor", by=None, at=NOON)
    text = page(site, "reach", "jon")
    assert headings(text) == ["Country", "Contact agreed"] and rows(text)["France"] == ["agreed FRA"]
    assert "Assigned to you" in words(part(text, "at-agreed"))
    assert "crisis#version" not in text and "crisis#comment" not in text and "France" in words(part(text, "at-crisis"))
    assert tick(site, "reach", "jon", agreed=["BRA"]).status_code == 302
    assert kept(site, number)["crisis"] == "FRA" and kept(site, number)["agreed"] == "BRA"


def test_a_person_with_an_assigned_column_is_led_to_the_table_and_to_their_own_pages(site: Site, number: int) -> None:
    jon = str(site.people["jon"].id)
    given = post(site.client("ana"), "/assessments/1/assign/agreed", fields={"person": jon, "seen": ""})
    assert given.headers["Location"].endswith("/assessments/1/reach#at-agreed")
    with site.store() as session, session.begin():
        store.change_member_role(session, 1, site.people["jon"].id, "contributor", by=None, at=NOON)
    assert 'href="/assessments/1/reach#at-agreed"' in site.client("jon").get("/assessments/1").text
    assert tick(site, "reach", "jon", agreed=["BRA"]).headers["Location"].endswith("/assessments/1")


def test_a_member_who_may_only_read_sees_the_answers_of_the_table_as_text(site: Site, number: int) -> None:
    tick(site, "reach", crisis=["FRA"], tried=["+planned"])
    with site.store() as session, session.begin():
        store.change_member_role(session, 1, site.people["jon"].id, "reader", by=None, at=NOON)
    text = page(site, "reach", "jon")
    assert not table(text) and 'id="table-ready"' in text and "What is ready in each country" in words(text)
    assert "France" in words(part(text, "at-crisis")) and "Planned" in words(part(text, "at-tried"))
    assert "France" not in words(part(page(site, "response", "jon"), "home-tried"))
    assert "Planned" in words(part(page(site, "response", "jon"), "home-tried"))


def test_the_task_list_links_to_the_table_only_if_nothing_else_of_the_theme_is_left(site: Site, number: int) -> None:
    def first_page() -> str:
        found = re.search(
            r'href="(/assessments/1/[a-z]+)"[^>]*>\s*Response', site.client("ana").get("/assessments/1").text
        )
        assert found
        return found[1]

    assert first_page() == "/assessments/1/response"
    fields = {"heard#version": "0", "heard": "yes", "tried.proof#version": "0", "tried.proof": "yes"}
    save(site, "/assessments/1/response", fields)
    assert first_page() == "/assessments/1/reach"


def test_saving_leads_to_the_next_page_with_something_to_answer(site: Site, number: int) -> None:
    assert tick(site, "reach", agreed=["BRA"]).headers["Location"].endswith("/assessments/1/response")


@pytest.fixture(scope="module")
def table_and_without(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[Site, int]]]:
    """A begun assessment on a site with the tool's own edition, and one with the same edition without its table."""
    folder = tmp_path_factory.mktemp("tables")
    ours, without = editions_folder() / "child-protection-2026", folder / "child-protection-2026"
    copytree(ours, without, ignore=ignore_patterns("locales", "carries"))
    frame = without / "edition.yaml"
    text, tables = re.subn(r"\ntables:\n(?: .*\n)+", "\n", frame.read_text(encoding="utf-8"))
    frame.write_text(text, encoding="utf-8")
    assert tables == 1
    sites = []
    for name, edition in (("table", ours), ("one-by-one", without)):
        at = folder / name
        at.mkdir()
        sites.append(settle(make_site(f"sqlite:///{at / 'a.db'}", at, EDITIONS=[edition])))
    yield [(site, begin(site)) for site in sites]
    for site in sites:
        site.close()


def words_to_read(site: Site, number: int, size: str, portions: list[str]) -> int:
    """How many words are visible on the pages that have questions of the tool's own table."""
    describe(site, number, size, THREE)
    with site.store() as session, session.begin():
        store.choose_portions(session, number, portions, by=site.people["ana"].id, at=NOON)
    found = 0
    for theme in ("reach", "charge", "response"):
        answers = (site.client("ana").get(f"/assessments/{number}/{theme}?page={n}") for n in count(1))
        for answer in takewhile(lambda each: each.status_code == 200, answers):
            text = answer.text.partition('id="f"')[2].partition("</form>")[0]
            text = re.sub(r'<span class="visually-hidden">.*?</span>|<aside.*?</aside>', "", text, flags=re.S)
            found += len(
                words(re.sub(r"<details>(<summary>.*?</summary>).*?</details>", r"\1", text, flags=re.S)).split()
            )
    return found


@pytest.mark.parametrize(("size", "portions"), [("1-9", []), ("50-249", []), ("50-249", ["deeper"])])
def test_the_table_has_no_more_words_to_read_than_its_questions_one_by_one(
    table_and_without: list[tuple[Site, int]], size: str, portions: list[str]
) -> None:
    as_table, one_by_one = (words_to_read(site, number, size, portions) for site, number in table_and_without)
    assert 1000 < as_table <= one_by_one


@pytest.mark.site(EDITIONS=None)
@pytest.mark.parametrize(
    ("size", "portions", "theme", "columns"),
    [
        ("1-9", [], "response", ["Authority’s number tried", "Response practised"]),
        ("50-249", [], "response", ["Authority’s number tried", "Second contact agreed", "Response practised"]),
        (
            "50-249",
            ["deeper"],
            "reach?page=3",
            [
                "Crisis plan tested", "Map of duties checked",
                "Authority’s number tried", "Second contact agreed", "Response practised",
            ],
        ),
    ],
)  # fmt: skip
def test_the_edition_of_the_tool_asks_contacts_and_agreements_as_one_table(
    sqlite_site: Site, size: str, portions: list[str], theme: str, columns: list[str]
) -> None:
    number = begin(sqlite_site)
    fields: dict[str, Any] = {"profile.size#version": "0", "profile.size": size}
    fields |= {"about.operations#version": "0", "about.operations": THREE}
    save(sqlite_site, f"/assessments/{number}/profile", fields)
    with sqlite_site.store() as session, session.begin():
        store.choose_portions(session, number, portions, by=sqlite_site.people["ana"].id, at=NOON)
    text = page(sqlite_site, theme)
    found = re.search(r'id="table-contacts">.*?</section>', text, re.S)
    assert found and [words(each) for each in re.findall(r'<th scope="col">(.*?)</th>', found[0])][1:] == columns
