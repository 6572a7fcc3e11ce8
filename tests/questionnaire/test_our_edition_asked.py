"""Which questions `child-protection-2026` asks whom, how much there is to read, and what they weigh."""

from collections import Counter, defaultdict

import pytest

from compliance.questionnaire.answers import Answer, AnswerSheet
from compliance.questionnaire.edition import NONE_OF_THESE, Edition, Node, Question
from compliance.questionnaire.routing import NO, Route, route_questions
from tests.support.routes import asked_questions

#: Companies with these risks answer their modules in full whatever their size, as severity does not depend on it.
WHATEVER_THE_SIZE = ("travel", "lodging", "platform", "recruiting", "guards", "grants")
BY_SIZE = ("transport", "telecom", "finance", "media", "goods", "extraction", "construction", "farming")
MODULES = (*WHATEVER_THE_SIZE, *BY_SIZE)
SMALLEST, SMALL, MIDDLE, LARGE = "1-9", "10-49", "50-249", "5000-up"
SIZES = (SMALLEST, SMALL, MIDDLE, "250-4999", LARGE)
OF_EVERYBODY = ("code", "core")
COUNTED = (*OF_EVERYBODY, "modules")  # what the overall score rests on


def company(size: str, *modules: str, sector: str = "other", **profile: str) -> AnswerSheet:
    """A company that sometimes has contact with children, with everything else that adds questions, without answers."""
    known = dict.fromkeys(MODULES, "no") | dict.fromkeys(modules, "yes")
    known |= {"minors_served": "yes", "staff_travel": "yes", "consumer_marketing": "yes", "migrant_labour": "yes"}
    return AnswerSheet("Example", known | {"sector": sector, "size": size, "children": "sometimes"} | profile)


#: A mid-size hotel group in three countries and a tour operator of six people: the two companies used for testing.
HOTELS = company("250-4999", "lodging", sector="lodging")
TOURS = company(SMALLEST, "travel", sector="travel")


def asked(edition: Edition, sheet: AnswerSheet, *portions: str) -> list[Question]:
    """The scored questions of these portions that a company is asked."""
    questions = (edition.questions[i] for i in asked_questions(route_questions(edition, sheet)))
    return [question for question in questions if question.scored and question.lenses["portion"] in portions]


def requirements(edition: Edition, sheet: AnswerSheet, *portions: str) -> set[str]:
    """Ids of the requirements of which something is asked."""
    ids = {question.id for question in asked(edition, sheet, *portions)}
    return {node.id for node in edition.requirements if any(q.id in ids for q in node.questions())}


def words(questions: list[Question]) -> int:
    """How many words there are to read: questions, help and options. Questions of places have countries instead."""
    texts = [text for q in questions for text in (q.ask, q.help)]
    texts += [option.text for q in questions if q.kind != "places" for option in q.options]
    return sum(len(text.split()) for text in texts)


def nothing(question: Question) -> Answer | None:
    """The answers of a company that has nothing in place."""
    if question.kind in ("many", "places"):
        return (NONE_OF_THESE,)
    if question.range:
        return question.range[0]
    return min(question.options, key=lambda option: option.points).id if question.options else None


def left_to_answer(edition: Edition, sheet: AnswerSheet) -> int:
    """How many scored questions a company with nothing in place answers, as closed gates leave out the others."""
    before = asked(edition, sheet, *COUNTED)
    answers = {q.id: given for q in before if (given := nothing(q)) is not None}
    routes: dict[str, Route] = dict(route_questions(edition, AnswerSheet(sheet.company, sheet.profile, answers)))
    return sum(routes[q.id].counts != NO for q in before)


def shares(edition: Edition, sheet: AnswerSheet, lens: str) -> dict[str, float]:
    """The part of the whole weight that the questions of each lens value carry, of what the overall score rests on."""
    on, found = {q.id for q in asked(edition, sheet, *COUNTED)}, defaultdict[str, float](float)

    def weigh(part: Node | Question, weight: float) -> None:
        if isinstance(part, Question):
            found[part.lenses[lens]] += weight
            return
        inside = [
            p for p in part.parts if p.id in on or (isinstance(p, Node) and any(q.id in on for q in p.questions()))
        ]
        for each in inside:
            weigh(each, weight * each.weight / sum(p.weight for p in inside))

    weigh(edition.root, 1.0)
    return dict(found)


def test_size_matters_only_for_the_smallest_companies(edition: Edition) -> None:
    smallest, *others = ({q.id for q in asked(edition, company(size), *OF_EVERYBODY)} for size in SIZES)
    assert all(other == others[0] for other in others)
    assert smallest < others[0]


def test_companies_under_10_people_are_asked_about_half_of_the_core(edition: Edition) -> None:
    smallest, all_others = (len(asked(edition, company(size), "core")) for size in (SMALLEST, LARGE))
    assert 0.4 <= smallest / all_others <= 0.6


def test_the_core_is_about_40_questions_on_practice_and_proof(edition: Edition) -> None:
    core = asked(edition, company(LARGE), "core")
    assert 38 <= len(core) <= 42
    assert Counter(q.lenses["aspect"] for q in core).keys() == {"practice", "proof"}


def test_a_company_under_10_people_is_asked_about_every_general_theme_gap_and_level(edition: Edition) -> None:
    small = [edition.nodes[i] for i in requirements(edition, company(SMALLEST), *OF_EVERYBODY)]
    for lens in ("gap", "prevention"):
        assert {node.lenses[lens] for node in small} == set(edition.lenses[lens])
    themes = [t for t in edition.root.parts if t.id not in ("about", "sector", "account")]
    inside = {t.id: {n.id for n in t.walk()} & {node.id for node in small} for t in themes if isinstance(t, Node)}
    assert len(inside) == 6 and all(inside.values())


def test_companies_that_care_for_children_are_asked_everything_whatever_their_size(edition: Edition) -> None:
    for care in ("regular", "in-care"):
        assert asked(edition, company(SMALLEST, children=care), *OF_EVERYBODY) == asked(
            edition, company(LARGE), *OF_EVERYBODY
        )


def test_optional_questions_are_the_same_for_every_size(edition: Edition) -> None:
    assert len({tuple(q.id for q in asked(edition, company(size), "deeper")) for size in SIZES}) == 1


def test_critical_requirements_of_no_particular_sector_are_asked_of_every_size(edition: Edition) -> None:
    critical = {node.id for node in edition.requirements if node.critical is not None} - {"r70"}
    for size in SIZES:
        assert critical <= requirements(edition, company(size), "core")


@pytest.mark.parametrize("module", MODULES)
def test_every_module_asks_its_sector_and_companies_that_do_the_same_work(edition: Edition, module: str) -> None:
    by_field = requirements(edition, company(LARGE, module), "modules")
    assert by_field
    assert requirements(edition, company(LARGE, sector=module), "modules") == by_field
    of_the_small = requirements(edition, company(SMALLEST, module), "modules")
    assert of_the_small == (by_field if module in WHATEVER_THE_SIZE else set())


def test_small_companies_answer_these_modules_in_full(edition: Edition) -> None:
    asked_of = {module: requirements(edition, company(SMALLEST, module), "modules") for module in WHATEVER_THE_SIZE}
    assert asked_of == {
        "travel": {"r61", "r62", "r63"},
        "lodging": {"r64", "r65"},
        "platform": {"r68", "r69", "r70", "r71", "r72", "r73", "r84", "r111"},
        "recruiting": {"r83", "r84"},
        "guards": {"r85"},
        "grants": {"r63", "r86"},
    }


def test_a_question_left_out_for_a_company_is_asked_of_no_other_kind(edition: Edition) -> None:
    deeds = ("core", "modules", "deeper")  # the text is asked of everybody
    everything = requirements(edition, company(LARGE), *deeds)
    gone = {
        "r35 r36": company(LARGE, children="none"),
        "r99": company(LARGE, minors_served="no"),
        "r37": company(LARGE, staff_travel="no"),
        "r40 r89": company(LARGE, consumer_marketing="no"),
        "r91": company(LARGE, migrant_labour="no"),
    }
    for ids, sheet in gone.items():
        assert everything - requirements(edition, sheet, *deeds) == set(ids.split())
    unknown = company(LARGE, minors_served="unknown", migrant_labour="unknown")
    assert requirements(edition, unknown, *deeds) == everything


def test_the_number_of_known_tiers_does_not_change_what_is_asked(edition: Edition) -> None:
    for size in SIZES:
        sheets = [company(size, tiers=t) for t in edition.profile["tiers"].values]
        assert len({frozenset(requirements(edition, sheet, *COUNTED, "deeper")) for sheet in sheets}) == 1


@pytest.mark.parametrize("module", ["", *MODULES])
def test_a_perfect_text_alone_stays_in_the_lowest_band(edition: Edition, module: str) -> None:
    """Below 25 of 100; below 30 for the smallest companies, which are asked less about practice."""
    for size, less_than in ((SMALLEST, 0.30), (SMALL, 0.25), (MIDDLE, 0.25), (LARGE, 0.25)):
        assert shares(edition, company(size, *([module] if module else [])), "aspect")["code"] < less_than


def test_practice_weighs_most_and_root_causes_and_remedy_keep_their_share(edition: Edition) -> None:
    aspect, level = (shares(edition, company(LARGE), lens) for lens in ("aspect", "prevention"))
    assert aspect["code"] <= 0.2
    assert aspect["practice"] >= 0.6
    assert level["pre-primary"] >= 0.12
    assert level["tertiary"] <= 0.30


def test_the_shares_of_questions_add_up_to_the_whole_weight_and_are_printed(
    edition: Edition, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print("\n\nshares of the whole weight, in %")
        for name, sheet in [(f"general, {size}", company(size)) for size in (SMALLEST, LARGE)] + [
            (f"{module}, {size}", company(size, module))
            for module in ("travel", "lodging")
            for size in (SMALLEST, LARGE)
        ]:
            for lens in ("aspect", "gap", "prevention", "demand", "subject"):
                found = shares(edition, sheet, lens)
                assert sum(found.values()) == pytest.approx(1.0)
                print(f"{name:18} {lens:11}", "  ".join(f"{v} {100 * s:.1f}" for v, s in found.items()))


@pytest.mark.parametrize(
    ("name", "sheet", "most", "most_words"), [("hotel group", HOTELS, 85, 9_000), ("tour operator", TOURS, 45, 4_000)]
)
def test_code_and_core_ask_no_more_questions_than_promised(
    edition: Edition, capsys: pytest.CaptureFixture[str], name: str, sheet: AnswerSheet, most: int, most_words: int
) -> None:
    counts = {portion: asked(edition, sheet, portion) for portion in (*COUNTED, "deeper")}
    with capsys.disabled():
        print(f"\n{name}: profile {len(edition.profile)} questions")
        for portion, questions in counts.items():
            print(f"  {portion:8} {len(questions):4} questions {words(questions):6} words")
        print(f"  code and core: {len(counts['code']) + len(counts['core'])}; {left_to_answer(edition, sheet)} left")
    assert len(counts["code"]) + len(counts["core"]) <= most
    assert words([*counts["code"], *counts["core"]]) <= most_words


def test_closed_gates_leave_out_at_most_two_thirds_for_a_company_with_nothing_in_place(edition: Edition) -> None:
    for size in SIZES:
        for module in ("", *MODULES):
            sheet = company(size, *([module] if module else []))
            seen = len(asked(edition, sheet, *COUNTED))
            assert seen / 3 < left_to_answer(edition, sheet) < seen
