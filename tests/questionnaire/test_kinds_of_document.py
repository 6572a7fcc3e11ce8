"""A document is asked only what its kind can say; a company is scored on all its documents together."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from compliance.cli import main
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Condition, Not, Predicate
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.questionnaire.edition_companions import own_source_texts
from compliance.questionnaire.edition_cuts import cut_edition, emptied_conditions, missing_targets, narrow_to_document
from compliance.questionnaire.faults import EditionFaults
from compliance.questionnaire.loader import edition_from_canonical, load_edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import make_scorecard
from tests.support.examples import examples
from tests.support.factories import edition, node, one, sheet, when
from tests.support.guide import guide_file
from tests.support.random_editions import random_edition

KINDS = guide_file("kinds-1.yaml")


@pytest.fixture
def kinds(tmp_path: Path) -> Edition:
    """The edition of the guide."""
    return loaded(tmp_path, KINDS)


def loaded(folder: Path, text: str) -> Edition:
    (folder / "kinds-1.yaml").write_text(text, encoding="utf-8")
    return load_edition(folder / "kinds-1.yaml")


def overall(edition: Edition, **answers: str) -> float | None:
    return make_scorecard(compile_edition(edition), sheet(**answers)).overall.score


# ── Questions for a kind


def test_a_kind_is_asked_only_questions_that_it_can_answer(kinds: Edition) -> None:
    supplier = narrow_to_document(kinds, "supplier-code")
    assert list(supplier.questions) == ["work.code", "work.line"] and list(supplier.left_out) == ["ban"]
    assert list(narrow_to_document(kinds, "employees-code").questions) == list(kinds.questions)


def test_kinds_are_inherited_and_questions_without_kinds_are_for_all(kinds: Edition) -> None:
    assert kinds.questions["ban.code"].documents == ("employees-code",)
    assert kinds.questions["work.code"].documents == ()


def test_a_condition_ignores_questions_that_the_kind_is_not_asked(kinds: Edition) -> None:
    gate = kinds.questions["work.line"].counts_when
    assert isinstance(gate, AnyOf) and len(gate.parts) == 2
    assert narrow_to_document(kinds, "supplier-code").questions["work.line"].counts_when == Predicate(
        "work.code", ("yes",)
    )


A, B, C = when("a", "o1"), when("b", "o1"), when("c", "o1")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (A, A),
        (AllOf((A, C)), A),
        (AnyOf((A, B, C)), AnyOf((A, B))),
        (AllOf((Not(C), A)), A),
        (Not(AnyOf((A, C))), Not(A)),
        (AnyOf((AllOf((A, C)), B)), AnyOf((A, B))),
        (AllOf((AnyOf((C, Not(C))), B)), B),
    ],
)
def test_what_remains_of_any_all_and_not_still_works(written: Condition, read: Condition) -> None:
    last = one("last", counts_when=written)
    made = edition(one("a"), one("b"), one("c", documents=("other",)), last, documents=("code", "other"))
    assert narrow_to_document(made, "code").questions["last"].counts_when == read
    assert narrow_to_document(made, "other").questions["last"].counts_when == written


@given(st.randoms(use_true_random=False))
@examples(100)
def test_a_kind_with_intact_conditions_is_a_cut_with_the_remaining_weights(
    rng: Random,
) -> None:
    whole = random_edition(rng)
    carried = {question for question in whole.questions if rng.random() < 0.7}
    while missing := missing_targets(whole, carried):
        carried |= {each.question for each in missing}

    def marked(part: Node | Question) -> Node | Question:
        if isinstance(part, Question):
            return replace(part, documents=("code", "all") if part.id in carried else ("all",))
        return replace(part, parts=tuple(map(marked, part.parts)))

    root = marked(whole.root)
    assert isinstance(root, Node)
    made = replace(whole, root=root, documents=("code", "all"))
    scored = {question.id for question in whole.questions.values() if question.scored}
    assert narrow_to_document(made, "all") == cut_edition(made, scored)
    if carried & scored:
        read = narrow_to_document(made, "code")
        weights = {part.id: part.weight for part in read.root.nodes() if part is not read.root}
        assert read == cut_edition(made, carried & scored, weights)
        expected = {part: made.nodes[part].weight for part in weights} | weights_left(whole, carried)
        assert weights == pytest.approx(expected, rel=1e-12)


def weights_left(whole: Edition, carried: set[str]) -> dict[str, float]:
    """The remaining weight of each node: a question's weight is the product of the shares on the path to it."""
    left = {}
    for holder in whole.root.nodes():
        for part in holder.parts:
            if isinstance(part, Node) and holder.combine != "sum" and not part.prerequisite:
                share = sum(each for question, each in shares_of(part) if question in carried)
                left |= {part.id: part.weight * share} if 0 < share < 1 - 1e-12 else {}
    return left


def shares_of(node: Node, share: float = 1.0) -> Iterator[tuple[str, float]]:
    """Every scored question below a node, with its share of the node's weight."""
    parts = [part for part in node.parts if not part.prerequisite and part.full > 0]
    weights = {part.id: part.full if node.combine == "sum" else part.weight for part in parts}
    for part in parts:
        here = share * weights[part.id] / sum(weights.values())
        yield from [(part.id, here)] if isinstance(part, Question) else shares_of(part, here)


def test_a_theme_of_which_little_remains_weighs_little() -> None:
    every, staff = ("employees-code", "supplier-code"), ("employees-code",)
    checks = [one(f"checks.{n}", documents=staff if n else every) for n in range(4)]
    bans = [one(f"bans.{n}", documents=every) for n in range(2)]
    made = replace(edition(node("checks", *checks), node("bans", *bans, weight=3)), documents=every)
    supplier = narrow_to_document(made, "supplier-code")
    # One question of four is left of the checks, so they weigh 1 · 1/4 beside 3: 0.25/(0.25 + 3) = 0.0769
    assert {part.id: part.weight for part in supplier.root.nodes()} == {"overall": 1, "checks": 0.25, "bans": 3}
    assert overall(supplier, checks__0="o1") == pytest.approx(100 * 0.25 / 3.25)


def test_the_calculations_of_the_guide_are_correct(kinds: Edition) -> None:
    supplier = narrow_to_document(kinds, "supplier-code")
    assert overall(supplier, work__code="yes", work__line="yes") == 100  # (1 + 1)/2; ban is left out
    assert overall(supplier, work__code="no", work__line="yes") == 0  # the gate of the helpline is closed
    # as a company: ban 0, work (1 + 1 + 0)/3 = 0.667, overall 0.333
    assert overall(kinds, work__code="yes", work__line="yes") == pytest.approx(100 / 3)


def test_a_reading_has_its_own_digest_and_can_be_loaded_again(kinds: Edition) -> None:
    supplier = narrow_to_document(kinds, "supplier-code")
    assert supplier.digest != kinds.digest and supplier.id == kinds.id
    assert edition_from_canonical(supplier.canonical).digest == supplier.digest


def test_titles_of_kinds_are_not_in_the_digest_and_are_translated(tmp_path: Path, kinds: Edition) -> None:
    other = loaded(tmp_path, KINDS.replace("A code for suppliers", "A code for those who supply"))
    assert other.digest == kinds.digest and other.document_titles != kinds.document_titles
    assert edition_from_canonical(kinds.canonical).documents == ("employees-code", "supplier-code")
    texts = own_source_texts(kinds, tmp_path / "kinds-1.yaml").texts
    assert texts["overall", "documents", "supplier-code"] == "A code for suppliers"


def test_a_cut_keeps_the_kinds_that_can_answer_something_in_it(kinds: Edition) -> None:
    assert cut_edition(kinds, {"ban.code"}).documents == ("employees-code",)
    assert cut_edition(kinds, {"work.code"}).documents == kinds.documents


def test_a_kind_that_is_not_declared_is_refused(kinds: Edition) -> None:
    with pytest.raises(ValueError, match="cannot be narrowed to 'users-rules'"):
        narrow_to_document(kinds, "users-rules")
    assert emptied_conditions(kinds, "supplier-code") == ()


# ── Faults


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        (
            "documents: [employees-code]",
            "documents: [employee-code]",
            6,
            "`employee-code` is no kind of document (employees-code, supplier-code); did you mean `employees-code`?",
        ),
        ("documents: [employees-code]", "documents: []", 6, "`documents: []` is no kind of document: name one"),
        ("documents: [employees-code]", "documents: employees-code", 6, "`documents` takes a list: [first, second]"),
        ("supplier-code: A code for suppliers", "supplier-code: ''", 2, "`supplier-code` of `documents` takes a text"),
        (
            "documents: {employees-code: A code for employees, supplier-code: A code for suppliers}",
            "documents: code",
            2,
            "`documents` takes kinds of document with their titles",
        ),
        ("supplier-code: A", "Supplier code: A", 2, "the kind `Supplier code` must be of lower-case letters"),
    ],
)
def test_each_fault_is_reported_with_its_line_and_remedy(
    tmp_path: Path, old: str, new: str, line: int, expected: str
) -> None:
    assert old in KINDS
    found = faults(tmp_path, KINDS.replace(old, new, 1))
    assert any(f"yaml:{line}: " in each for each in found), found
    if "there is no kind" in expected:
        expected = (
            "`employee-code` is no kind of document (employees-code, supplier-code); did you mean `employees-code`?"
        )
    assert any(expected in each for each in found), found


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(EditionFaults) as caught:
        loaded(folder, text)
    return [str(fault) for fault in caught.value.faults]


def test_a_kind_without_questions_is_a_fault(tmp_path: Path) -> None:
    text = KINDS.replace("  - id: work\n", "  - id: work\n    documents: [employees-code]\n")
    (found,) = faults(tmp_path, text)
    assert "yaml:2: `supplier-code` is a kind of document without questions: let one have it in `documents`" in found


def test_a_condition_of_which_nothing_remains_for_a_kind_is_a_fault_in_its_line(tmp_path: Path) -> None:
    text = KINDS.replace('{any: [{ban.code: "yes"}, {work.code: "yes"}]}', '{ban.code: "yes"}')
    (found,) = faults(tmp_path, text)
    line = next(number for number, written in enumerate(text.splitlines(), 1) if "counts_when" in written)
    said = "`work.line` can be read in supplier-code, and `ban.code`, at which it looks, cannot"
    remedy = "let it look at a question that can be read there too, or give both the same `documents`"
    assert found.endswith(f"yaml:{line}: {said}: {remedy}")


# ── The command


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_answers_are_scored_as_a_reading_of_one_kind(tmp_path: Path, kinds: Edition) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text("company,ban.code,work.code,work.line\nExample 1,,yes,yes\n", encoding="utf-8")
    out = tmp_path / "scores.csv"
    result = run("score", tmp_path / "kinds-1.yaml", answers, "--out", out, "--document", "supplier-code")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{out}: 1 sheet scored, read as A code for suppliers: 2 of 4 questions\n"
    assert "Example 1,overall,100," in out.read_text(encoding="utf-8")
    named = (tmp_path / "kinds-1.yaml", answers, "--company", "Example 1", "--document", "supplier-code")
    assert "ban.code" not in run("explain", *named).stdout
    assert run("scorecard", *named, "--out", tmp_path / "card.xlsx").exit_code == 0


def test_an_unknown_kind_is_reported_by_name(tmp_path: Path, kinds: Edition) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text("company\nExample 1\n", encoding="utf-8")
    result = run("score", tmp_path / "kinds-1.yaml", answers, "--out", tmp_path / "s.csv", "--document", "suplier-code")
    assert result.exit_code == 1
    assert (
        "--document suplier-code: kinds-1 has no such kind of document; did you mean `supplier-code`?" in result.stderr
    )
