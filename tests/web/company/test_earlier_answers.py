"""A new year offers the answers of the last one as "still true?": each counts once somebody has confirmed it."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from random import Random

import pytest

from compliance import store
from compliance.store.evidence import LibraryUse
from compliance.store.evidence_library import ItemDetails, StoredFile, add_item
from compliance.web.database import store_engine
from compliance.web.edition_registry import init_edition_registry
from tests.support.examples import tries
from tests.support.paths import DATA
from tests.support.sites import NOON, PROFILE, YEAR, Site, begin, kept, post, save
from tests.support.stores import statements
from tests.web.public.test_public_pages import text_of

BEFORE = YEAR - 1
WALK = DATA / "web_editions" / "walk"
CODE = store.Quotation("Code of conduct", "4", date(BEFORE, 3, 1), "The stricter law applies.")
ANSWERS = {"r1.code": "stricter", "r1.practice": "40", "r2.code": "sale|online", "r4.code": "yes"}


def answered_before(
    site: Site, answers: Mapping[str, str], *, submitted: bool = True, year: int = BEFORE, item: int = 0
) -> int:
    """Ana's company answered the year before, with evidence for r1.code, also `item` of the library, and submitted."""
    with site.app.app_context(), site.store() as session, session.begin():
        ana = site.people["ana"]
        if all(found.year != year for found in store.periods(session)):
            store.open_period(session, year, opens=date(year, 1, 1), by=None, at=NOON)
        number = store.assessment_for(session, ana.organisation_id, edition="walk-2026", year=year, at=NOON).id
        edits = [store.AnswerEdit(i, text, "No staff" if text == "n/a" else "") for i, text in answers.items()]
        store.save_answers(session, number, edits, by=site.people["jon"].id, at=NOON)
        if "r1.code" in answers:
            for piece in (
                *([LibraryUse(item)] if item else []),
                CODE,
                store.Link("https://example.org/code", date(BEFORE, 3, 2)),
            ):
                store.add_evidence(session, number, "r1.code", piece, by=site.people["jon"].id, at=NOON)
        if submitted:
            from compliance.web.edition_registry import editions

            edition = editions()["walk-2026"].edition
            store.submit(session, number, by=None, at=NOON, edition=edition, consent="counted", scores=lambda _: "{}")
    return number


def page(site: Site, number: int, theme: str = "code", who: str = "ana") -> str:
    return text_of(site.client(who).get(f"/assessments/{number}/{theme}".rstrip("/")).text)


def shown(**fields: object) -> dict[str, object]:
    """The fields of the first page, all blank, and other fields."""
    blanks = {f"{i}#version": "0" for i in ("r1.code", "r1.practice", "r2.code", "r2.since", "r2.words")}
    return {**blanks, **{name.replace("__", "."): value for name, value in fields.items()}}


@pytest.mark.parametrize("submitted", [True, False])
def test_earlier_answers_are_shown_beside_their_questions_and_count_nowhere(site: Site, submitted: bool) -> None:
    answered_before(site, ANSWERS, submitted=submitted)
    number = begin(site)
    said = page(site, number)
    assert f"In {BEFORE} you answered: The stricter one" in said and f"In {BEFORE} you answered: Sale; Online" in said
    assert said.count("Yes, this is still true") == 3 and "All 3 are still true: confirm and save" in said
    assert "Code of conduct, page 4, 1 March" in said and "has changed" not in said
    assert kept(site, number) == {}
    tasks = page(site, number, "")
    assert f"4 answers of {BEFORE} are waiting for you" in tasks and "0 answered of" in tasks
    assert f"3 answers of {BEFORE} to look at" in tasks and f"one answer of {BEFORE} to look at" in tasks


def test_a_confirmed_answer_is_an_ordinary_one_with_its_own_person_and_day(site: Site) -> None:
    answered_before(site, ANSWERS)
    number = begin(site)
    save(site, f"/assessments/{number}/code", {**shown(), "r1.code#still": "on", "r1.code#keep": ["0"]})
    with site.store() as session:
        [answer] = [k for k in store.saved_answers(session, number).values() if k.text]
        [entry] = store.history(session, f"assessment/{number}/answer/r1.code")
    assert (answer.text, answer.by, answer.carried_from) == ("stricter", "Ana", "")
    assert answer.at is not None and answer.at > NOON
    assert [piece.rests_on for piece in answer.evidence] == [CODE] and answer.evidence[0].by == "Ana"
    assert (entry.what, entry.before, entry.after) == ("answer", "", "stricter")
    assert "The stricter one" in page(site, number, "check")
    assert "All 2 are still true" in page(site, number) and f"3 answers of {BEFORE}" in page(site, number, "")


def test_one_button_confirms_all_answers_on_a_page_and_new_answers_stay(site: Site) -> None:
    answered_before(site, ANSWERS)
    number = begin(site)
    more = {"r1.practice": "55", "r2.code": "blank:not-known", "still-true": "on", "r1.code#keep": ["0", "1"]}
    response = save(site, f"/assessments/{number}/code", {**shown(), **more})
    assert response.status_code == 302
    assert kept(site, number) == {"r1.code": "stricter", "r1.practice": "55"}
    with site.store() as session:
        found = store.saved_answers(session, number)
    assert found["r2.code"].word == "not-known" and len(found["r1.code"].evidence) == 2


@pytest.mark.parametrize("submitted", [True, False])
def test_a_file_withdrawn_since_is_not_offered_and_its_answer_can_be_confirmed(site: Site, submitted: bool) -> None:
    with site.store() as session, session.begin():
        file = StoredFile("0" * 64, "register.csv", "text/csv", 3)
        item = add_item(session, 1, ItemDetails("Register"), file, by=site.people["ana"].id, at=NOON)
    answered_before(site, ANSWERS, submitted=submitted, item=item)
    number = begin(site)
    assert page(site, number).index("Register , register.csv") < page(site, number).index("“The stricter law applies.”")
    save(site, f"/companies/1/evidence/{item}", {"do": "withdraw"})
    said = page(site, number)
    assert "register.csv" not in said and said.count("Evidence:") == 2
    sent = {**shown(), "r1.code#still": "on", "r1.code#keep": ["0", "1"]}  # of a page from before the withdrawal
    assert save(site, f"/assessments/{number}/code", sent).status_code == 302
    with site.store() as session:
        answer = store.saved_answers(session, number)["r1.code"]
    assert answer.text == "stricter" and [piece.rests_on for piece in answer.evidence] == [CODE]


def test_without_a_tick_nothing_is_taken_over(site: Site) -> None:
    answered_before(site, ANSWERS)
    number = begin(site)
    save(site, f"/assessments/{number}/code", {**shown(), "r1.code#keep": ["0", "1"]})
    assert kept(site, number) == {}
    with site.store() as session:
        assert store.saved_answers(session, number) == {}


def test_a_tick_beside_a_question_without_an_earlier_answer_does_nothing(site: Site) -> None:
    number = begin(site)
    save(site, f"/assessments/{number}/code", {**shown(), "r1.code#still": "on", "still-true": "on"})
    assert kept(site, number) == {}


def test_submitted_answers_are_offered_and_not_later_changes(site: Site) -> None:
    earlier = answered_before(site, ANSWERS)
    with site.store() as session, session.begin():
        version = store.saved_answers(session, earlier)["r1.code"].version
        store.save_answers(session, earlier, [store.AnswerEdit("r1.code", "silent", seen=version)], by=None, at=NOON)
    assert "you answered: The stricter one" in page(site, begin(site))


def test_answers_of_the_last_year_before_are_offered_and_of_no_other_year(site: Site) -> None:
    answered_before(site, {"r1.code": "silent"}, year=BEFORE - 1)
    answered_before(site, {"r1.code": "intent"})
    answered_before(site, {"r1.code": "stricter"}, year=YEAR + 1)
    said = page(site, begin(site))
    assert f"In {BEFORE} you answered: Standards are named" in said and said.count("you answered") == 1


def test_another_company_is_offered_nothing_and_its_tick_takes_nothing_over(site: Site) -> None:
    answered_before(site, ANSWERS)
    number = begin(site, "olga")
    assert "you answered" not in page(site, number, who="olga")
    save(site, f"/assessments/{number}/code", {**shown(), "still-true": "on"}, who="olga")
    assert kept(site, number) == {}


def test_a_question_that_is_not_asked_is_not_counted_as_waiting(site: Site) -> None:
    answered_before(site, {**ANSWERS, "r3.practice": "yes"})
    number = begin(site)
    save(site, f"/assessments/{number}/profile", PROFILE)  # no lodging: hotels are asked nothing
    assert f"4 answers of {BEFORE} are waiting" in page(site, number, "")


def test_the_profile_is_offered_too(site: Site) -> None:
    answered_before(site, {"profile.sector": "travel", "profile.size": "small", "about.home": "PRT"})
    number = begin(site)
    said = page(site, number, "profile")
    assert f"In {BEFORE} you answered: Travel and tours" in said and f"In {BEFORE} you answered: Portugal" in said
    assert f"3 answers of {BEFORE} are shown below" in said
    blanks = {f"profile.{field}#version": "0" for field in ("sector", "size", "lodging")}
    given = {**blanks, "about.home#version": "0", "profile.size": "large", "profile.sector#still": "on"}
    save(site, f"/assessments/{number}/profile", {**given, "about.home#still": "on"})
    assert kept(site, number) == {"profile.sector": "travel", "profile.size": "large", "about.home": "PRT"}


def changed_walk(folder: Path) -> Path:
    """The edition `walk` a year later: one question is worded differently, one has another option, one is gone."""
    text = (WALK / "edition.yaml").read_text() if WALK.is_dir() else WALK.read_text()
    for before, after in (
        ("id: walk-2026", "id: walk-2027"),
        ("Which law does your code follow?", "Which law does your code follow today?"),
        ("{id: online, points: 1, text: Online}", "{id: web, points: 1, text: Online}"),
        ("r4.code", "r4.charge"),
    ):
        assert before in text
        text = text.replace(before, after)
    path = folder / "walk-2027.yaml"
    path.write_text(text)
    return path


@pytest.fixture
def two_editions(site: Site, tmp_path: Path) -> Site:
    """The site a year later, with both editions."""

    init_edition_registry(site.app, [WALK, changed_walk(tmp_path)])
    return site


def test_a_reworded_question_says_so_and_one_with_other_options_only_shows_the_earlier_answer(
    two_editions: Site,
) -> None:
    site = two_editions
    answered_before(site, ANSWERS)
    number = begin(site)
    said = page(site, number)
    assert said.count("The question has changed Read it again") == 1
    assert "Sale; Online The question and its answers have changed: answer it again." in said
    assert "All 2 are still true" in said and "you answered" not in page(site, number, "people")
    save(site, f"/assessments/{number}/code", {**shown(), "still-true": "on"})
    assert kept(site, number) == {"r1.code": "stricter", "r1.practice": "40"}


def test_a_page_with_earlier_answers_takes_few_statements(site: Site) -> None:
    answered_before(site, ANSWERS)
    number, client = begin(site), site.client("ana")
    for where in ("", "/code", "/profile"):
        client.get(f"/assessments/{number}{where}")
        with statements(store_engine(site.app)) as sent:
            assert client.get(f"/assessments/{number}{where}").status_code == 200
        assert len(sent) <= 12, where


@pytest.mark.parametrize("seed", range(tries(20)))
def test_whatever_is_ticked_or_left_every_answer_was_given_by_somebody(site: Site, seed: int) -> None:
    rng = Random(seed)
    values = {
        "r1.code": ["silent", "intent", "stricter", "n/a"],
        "r1.practice": ["0", "40"],
        "r2.code": ["sale", "none"],
    }
    before = {i: rng.choice(of) for i, of in values.items() if rng.random() < 0.7}
    answered_before(site, before, submitted=rng.random() < 0.5)
    number, expected = begin(site), {}
    everything = rng.random() < 0.3
    fields = shown(**({"still-true": "on"} if everything else {}))
    for i, of in values.items():
        ticked = rng.random() < 0.5
        fields |= {f"{i}#still": "on"} if ticked else {}
        if rng.random() < 0.4:
            fields[i] = expected[i] = rng.choice([v for v in of if v != "n/a"])
        elif (ticked or everything) and i in before:
            expected[i] = before[i]
    post(site.client("ana"), f"/assessments/{number}/code", fields=fields)
    assert kept(site, number) == expected
