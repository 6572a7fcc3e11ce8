"""Who is asked what by `child-protection-2026`, and what the questions of a company weigh together."""

import pytest

from compliance.questionnaire.answers import Answer, AnswerSheet
from compliance.questionnaire.edition import NONE_OF_THESE, Edition, Question
from compliance.questionnaire.routing import NO, Route, route_questions
from compliance.scoring.attribution import scores_by_lens
from compliance.scoring.compiled_edition import CompiledEdition, compile_edition
from compliance.scoring.score import score
from tests.support.routes import asked_questions

#: Firms that carry these answer their modules in full whatever their size: severity does not grow with it.
WHATEVER_THE_SIZE = ("travel", "lodging", "platform", "recruiting", "guards", "grants")
BY_SIZE = ("transport", "telecom", "finance", "media", "goods", "extraction", "construction", "farming")
MODULES = (*WHATEVER_THE_SIZE, *BY_SIZE)
SMALL, MIDDLE, LARGE = "1-9", "50-249", "5000-up"
SIZES = (SMALL, MIDDLE, LARGE)


@pytest.fixture(scope="module")
def compiled(edition: Edition) -> CompiledEdition:
    return compile_edition(edition)


def company(size: str, *modules: str, sector: str = "other", **profile: str) -> AnswerSheet:
    """A company that meets children sometimes and has all else that adds questions, with nothing answered yet."""
    known = dict.fromkeys(MODULES, "no") | dict.fromkeys(modules, "yes")
    known |= {"minors_served": "yes", "staff_travel": "yes", "consumer_marketing": "yes", "migrant_labour": "yes"}
    return AnswerSheet("Example", known | {"sector": sector, "size": size, "children": "sometimes"} | profile)


def requirements(edition: Edition, sheet: AnswerSheet) -> set[str]:
    """Ids of the requirements of which something is asked."""
    questions = set(asked_questions(route_questions(edition, sheet)))
    return {node.id for node in edition.requirements if any(q.id in questions for q in node.questions())}


def nothing(question: Question) -> Answer | None:
    """What a company answers that has nothing in place."""
    if question.kind == "many":
        return (NONE_OF_THESE,)
    if question.range:
        return question.range[0]
    return min(question.options, key=lambda option: option.points).id if question.options else None


def load(edition: Edition, sheet: AnswerSheet) -> tuple[int, int]:
    """How many scored questions are asked, and how many are left to answer where nothing is in place."""
    before = [i for i in asked_questions(route_questions(edition, sheet)) if edition.questions[i].scored]
    answers = {i: given for i in before if (given := nothing(edition.questions[i])) is not None}
    routes: dict[str, Route] = dict(route_questions(edition, AnswerSheet(sheet.company, sheet.profile, answers)))
    return len(before), sum(routes[i].counts != NO for i in before)


def shares(compiled: CompiledEdition, sheet: AnswerSheet, lens: str) -> dict[str, float]:
    """The part of the whole weight that the questions of each lens value carry, of a blank sheet."""
    return {value: float(group.weight[0]) for value, group in scores_by_lens(score(compiled, [sheet]))[lens].items()}


def test_the_general_set_is_84_requirements_for_the_large_54_for_the_middle_and_27_for_the_small(
    edition: Edition,
) -> None:
    small, middle, large = (requirements(edition, company(size)) for size in SIZES)
    assert small < middle < large
    assert (len(small), len(middle), len(large)) == (27, 54, 84)


def test_a_small_company_is_asked_in_every_general_theme_gap_and_level(edition: Edition) -> None:
    small = [edition.nodes[i] for i in requirements(edition, company(SMALL))]
    for lens in ("gap", "prevention"):
        assert {node.lenses[lens] for node in small} == set(edition.lenses[lens])
    themes = [t for t in edition.root.parts if t.id not in ("about", "sector")]
    inside = {t.id: {n.id for n in t.walk()} & {node.id for node in small} for t in themes if hasattr(t, "walk")}
    assert len(inside) == 7 and all(inside.values())


def test_whoever_cares_for_children_is_asked_in_full_whatever_the_size(edition: Edition) -> None:
    for care in ("regular", "in-care"):
        assert requirements(edition, company(SMALL, children=care)) == requirements(edition, company(LARGE))


@pytest.mark.parametrize("module", MODULES)
def test_every_module_asks_something_of_its_sector_and_of_whoever_does_the_same_work(
    edition: Edition, module: str
) -> None:
    general = requirements(edition, company(LARGE))
    by_field = requirements(edition, company(LARGE, module)) - general
    assert by_field
    assert requirements(edition, company(LARGE, sector=module)) - general == by_field
    of_the_small = requirements(edition, company(SMALL, module)) - requirements(edition, company(SMALL))
    assert of_the_small == (by_field if module in WHATEVER_THE_SIZE else set())


def test_what_is_steered_away_is_asked_of_nobody_else(edition: Edition) -> None:
    everything = requirements(edition, company(LARGE))
    gone = {
        "r35 r36": company(LARGE, children="none"),
        "r99": company(LARGE, minors_served="no"),
        "r37": company(LARGE, staff_travel="no"),
        "r40 r89": company(LARGE, consumer_marketing="no"),
        "r91": company(LARGE, migrant_labour="no"),
    }
    for ids, sheet in gone.items():
        assert everything - requirements(edition, sheet) == set(ids.split())
    assert requirements(edition, company(LARGE, minors_served="unknown", migrant_labour="unknown")) == everything


def test_the_tiers_known_steer_nothing(edition: Edition) -> None:
    for size in SIZES:
        seen = {frozenset(requirements(edition, company(size, tiers=t))) for t in edition.profile["tiers"].values}
        assert len(seen) == 1


def test_text_weighs_little_proof_a_third_and_root_causes_and_harm_done_hold_their_measure(
    compiled: CompiledEdition,
) -> None:
    aspect, level = (shares(compiled, company(LARGE), lens) for lens in ("aspect", "prevention"))
    assert aspect["code"] <= 0.20
    assert aspect["proof"] >= 0.33
    assert level["pre-primary"] >= 0.14
    assert level["tertiary"] <= 0.25


def test_print_what_the_questions_of_a_company_weigh(
    compiled: CompiledEdition, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print("\n\nshares of the whole weight, in %")
        for name, sheet in [(f"general, {size}", company(size)) for size in SIZES] + [
            (f"{module}, {size}", company(size, module)) for module in ("travel", "lodging") for size in (SMALL, LARGE)
        ]:
            for lens in ("aspect", "gap", "prevention", "demand"):
                found = shares(compiled, sheet, lens)
                assert sum(found.values()) == pytest.approx(1.0)
                print(f"{name:18} {lens:11}", "  ".join(f"{v} {100 * s:.1f}" for v, s in found.items()))


def test_print_how_many_questions_a_company_sees_and_has_to_answer(
    edition: Edition, capsys: pytest.CaptureFixture[str]
) -> None:
    loads = {
        (module, size): load(edition, company(size, *([module] if module else [])))
        for module in ("", *MODULES)
        for size in SIZES
    }
    with capsys.disabled():
        print("\n\nscored questions seen (to answer with nothing in place)")
        print(f"{'module':14}", *(f"{size:>12}" for size in SIZES))
        for module in ("", *MODULES):
            cells = (f"{'{} ({})'.format(*loads[module, size]):>12}" for size in SIZES)
            print(f"{module or 'none':14}", *cells)
    for module in MODULES:
        for size in SIZES:
            assert loads["", size][0] <= loads[module, size][0] <= loads["", size][0] + 25
    for size, most_seen, most_left in ((SMALL, 85, 60), (MIDDLE, 155, 110), (LARGE, 210, 145)):
        for module in ("", *MODULES):
            seen, left = loads[module, size]
            assert left < seen <= most_seen
            assert seen / 3 < left <= most_left
