"""What changed between two editions, and what may still be compared: in small editions, and in ours with edits."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from compliance.authoring.drafts import comparability, describe_difference
from compliance.cli import main
from compliance.questionnaire import edition_difference as module
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Not, Predicate
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.questionnaire.edition_difference import (
    EditionChange,
    EditionDifference,
    compare_editions,
    condition_text,
)
from compliance.questionnaire.edition_folder import editions_folder
from compliance.questionnaire.loader import find_edition, load_edition
from compliance.questionnaire.profile_fields import LabelSet
from compliance.questionnaire.schema import FORMAT_KEYS
from tests.support.factories import bands, edition, many, node, number, one, profile, when

OURS = editions_folder() / "child-protection-2026"


def small(a: Question | None = None, **keys: object) -> Edition:
    """An edition of three themes. The second has a gate on a question of the first."""
    first = node(
        "first", node("r1", a or one("r1.code", 0, 2, 5), one("r1.proof"), expects="So it is.", law=("crc-34",))
    )
    gate = when("r1.code", "o2")
    second = node("second", node("r2", one("r2.code"), one("r2.proof", counts_when=gate), expects="It is so."))
    third = node("third", node("r3", number("r3.share"), expects="Thirdly."))
    given = {"bands": bands(low=0, high=50), "critical_cap": "low", **keys}
    return edition(first, second, third, **given)


def with_part(old: Edition, part_id: str, change: Callable[[Node | Question], Node | Question]) -> Edition:
    """The same edition with one part changed."""

    def within(node: Node) -> Node:
        parts = tuple(within(p) if isinstance(p, Node) else change(p) if p.id == part_id else p for p in node.parts)
        built = replace(node, parts=parts)
        changed = change(built) if node.id == part_id else built
        assert isinstance(changed, Node)
        return changed

    return replace(old, root=within(old.root))


def changed(part_id: str, **keys: object) -> EditionDifference:
    """The difference after changing keys of one part of the small edition."""
    old = small()
    return compare_editions(old, with_part(old, part_id, lambda part: replace(part, **keys)))


def verdict(difference: EditionDifference) -> str:
    return " ".join(comparability(small(), difference))


# ── Differences that are found


def test_an_edition_does_not_differ_from_itself() -> None:
    difference = compare_editions(small(), replace(small(), id="other", digest="other"))
    assert difference.changes == ()
    assert difference.scores_compare
    assert verdict(difference) == "Nothing changed but the id: everything compares."


def test_every_key_of_the_format_is_compared() -> None:
    apart = {"id", "parts", "options", "option_sets", "bands", "profile", "lenses"}
    known = [{key.name for key in FORMAT_KEYS[level]} - apart for level in ("edition", "node", "question")]
    known[1] -= {"documents"}  # it is its questions that have it
    assert known == [set(module._EDITION_KEYS), set(module._NODE_KEYS), set(module._QUESTION_KEYS)]


def test_labels_of_profile_fields_and_lenses_count_as_wording() -> None:
    fields, lenses = profile(size=("small",)), {"gap": ("reach",)}
    bare = replace(small(), profile=fields, lenses=lenses)
    named = replace(
        bare,
        profile_labels={"size": LabelSet("How large?", {"small": "Up to 50"})},
        lens_labels={"gap": LabelSet(notes={"reach": "How far?"})},
    )
    difference = compare_editions(bare, named)
    assert difference.changes == (
        EditionChange("profile field", "profile.size", "title", "", "How large?", "words"),
        EditionChange("profile field", "profile.size", "labels", "", "small: Up to 50", "words"),
        EditionChange("lens", "gap", "notes", "", "reach: How far?", "words"),
    )
    assert verdict(difference).startswith("Texts only: scores compare.")


def test_a_question_with_more_points_for_an_answer_makes_scores_incomparable() -> None:
    difference = compare_editions(small(), small(one("r1.code", 0, 3, 5)))
    assert difference.changes == (EditionChange("question", "r1.code", "points", "2", "3", "scores", option="o1"),)
    assert verdict(difference).startswith("Scores cannot be compared: points of 1 question changed.")


def test_changed_points_are_counted_by_question_and_not_by_option() -> None:
    difference = compare_editions(small(), small(one("r1.code", 1, 3, 5)))
    assert len(difference.changes) == 2
    assert "points of 1 question changed" in verdict(difference)


def test_changed_texts_leave_scores_comparable() -> None:
    difference = changed("r1.code", ask="Asked better", help="With help")
    assert {change.effect for change in difference.changes} == {"words"}
    assert difference.comparable_themes == ("first", "second", "third")
    said = comparability(small(), difference)
    assert said[0] == "Texts only: scores compare."
    assert said[1].startswith("That holds as far as the new words ask the same")


def test_a_new_reason_for_a_weight_does_not_require_another_review() -> None:
    assert comparability(small(), changed("r1", weight_reason="Because.")) == ("Texts only: scores compare.",)


@pytest.mark.parametrize(
    ("part_id", "keys", "effect"),
    [
        ("r1", {"weight": 3.0}, "scores"),
        ("r1", {"combine": "min"}, "scores"),
        ("r1.proof", {"counts_when": when("r1.code", "o1")}, "scores"),
        ("r1.proof", {"na": "reason"}, "scores"),
        ("r3.share", {"range": (0.0, 50.0)}, "scores"),
        ("r3.share", {"unit": "sites"}, "scores"),
        ("r1", {"asked_when": when("profile.size", "large")}, "asked"),
        ("r1", {"min_coverage": 0.5}, "coverage"),
        ("r1.proof", {"evidence": "none"}, "evidence"),
        ("r1", {"critical": 0.5}, "bands"),
        ("r1.proof", {"lenses": {"aspect": "proof"}}, "lenses"),
        ("r1", {"law": ("crc-34", "opsc-11")}, "advice"),
        ("r1", {"effort": 2.0}, "advice"),
        ("r1.code", {"documents": ("code",)}, "lenses"),
        ("r1", {"closes": "Write it down."}, "words"),
    ],
)
def test_each_change_affects_the_expected_scores(part_id: str, keys: dict[str, object], effect: str) -> None:
    assert [change.effect for change in changed(part_id, **keys).changes] == [effect]


@pytest.mark.parametrize(
    ("keys", "effect"),
    [
        ({"scale": 10.0}, "scores"),
        ({"blank": "drop"}, "scores"),
        ({"by_choice": {"gap": ("reach",)}}, "scores"),
        ({"documents": ("code",)}, "lenses"),
        ({"bands": bands(low=0, high=60)}, "bands"),
        ({"critical_cap": "high"}, "bands"),
        ({"rank_at": 0}, "bands"),
        ({"lenses": {"gap": ("reach",)}}, "lenses"),
        ({"profile": profile(size=("small", "large"))}, "words"),
        ({"round": 0}, "words"),
    ],
)
def test_each_change_of_the_whole_edition_affects_the_expected_scores(keys: dict[str, object], effect: str) -> None:
    assert [change.effect for change in compare_editions(small(), small(**keys)).changes] == [effect]


def test_if_the_optional_portions_change_no_theme_can_be_compared() -> None:
    assert compare_editions(small(), small(by_choice={"gap": ("reach",)})).comparable_themes == ()


def test_a_profile_field_used_in_conditions_affects_who_is_asked() -> None:
    steered = {"asked_when": when("profile.size", "large")}
    old = with_part(small(profile=profile(size=("small", "large"))), "r1", lambda p: replace(p, **steered))
    new = replace(old, profile=profile(size=("small", "middle", "large")))
    difference = compare_editions(old, new)
    assert [(c.id, c.old, c.new, c.effect) for c in difference.changes] == [
        ("profile.size", "small, large", "small, middle, large", "asked")
    ]
    assert difference.comparable_themes == ("third",)


def test_a_question_without_points_and_conditions_never_prevents_comparison() -> None:
    remark = Question("r1.remark", "Anything else?", "text")
    old = with_part(small(), "r1", lambda p: replace(p, parts=(*p.parts, remark)))
    added = compare_editions(small(), old)
    assert [(change.key, change.effect) for change in added.changes] == [("added", "words")]
    assert added.scores_compare
    now_asked_of_some = with_part(old, "r1.remark", lambda q: replace(q, asked_when=when("r1.code", "o1")))
    assert compare_editions(old, now_asked_of_some).scores_compare


def test_lens_values_inherited_from_a_requirement_are_reported_once() -> None:
    def gap(value: str) -> Edition:
        lens = {"lenses": {"gap": value}}
        return edition(node("t", node("r", one("q", **lens), one("p", **lens), expects="So.", **lens)))

    assert [(c.id, c.key, c.old, c.new) for c in compare_editions(gap("reach"), gap("framing")).changes] == [
        ("r", "gap", "reach", "framing")
    ]


def test_a_requirement_that_is_added_is_one_line_and_counts_its_questions() -> None:
    r9 = node("r9", one("r9.code"), one("r9.proof"), title="Ninth", expects="Ninthly.")
    new = with_part(small(), "third", lambda p: replace(p, parts=(*p.parts, r9)))
    lines = list(describe_difference(small(), new, compare_editions(small(), new)))
    assert "  requirement r9: “Ninth”, with 2 questions" in lines
    assert not any("r9.code" in line for line in lines)
    assert "  Scores cannot be compared: 1 requirement was added, 2 questions were added." in lines
    back = list(describe_difference(new, small(), compare_editions(new, small())))
    assert back[back.index("Removed") + 1] == "  requirement r9: “Ninth”, with 2 questions"


def test_questions_added_for_some_companies_leave_the_others_comparable() -> None:
    r9 = node("r9", one("r9.code"), expects="Ninthly.", asked_when=when("profile.size", "large"))
    new = with_part(small(), "third", lambda p: replace(p, parts=(*p.parts, r9)))
    said = comparability(new, compare_editions(small(), new))
    assert said[0].startswith("Scores compare only between companies that were asked the same in both: 1 requirement")


def test_a_question_that_moves_counts_elsewhere() -> None:
    moving = one("r1.proof")
    new = with_part(small(), "r1", lambda p: replace(p, parts=p.parts[:1]))
    new = with_part(new, "r3", lambda p: replace(p, parts=(*p.parts, moving)))
    (change,) = compare_editions(small(), new).changes
    assert (change.id, change.key, change.old, change.new, change.effect) == ("r1.proof", "moved", "r1", "r3", "scores")
    assert compare_editions(small(), new).comparable_themes == ("second",)


def test_a_different_order_changes_no_score() -> None:
    new = replace(small(), root=replace(small().root, parts=small().root.parts[::-1]))
    (change,) = compare_editions(small(), new).changes
    assert (change.key, change.effect) == ("order", "words")
    assert verdict(compare_editions(small(), new)) == "Scores compare: the same answers earn the same."


def test_an_option_that_is_added_or_removed_is_named() -> None:
    difference = compare_editions(small(many("r1.code", 1, 2)), small(many("r1.code", 1, 2, 0)))
    (change,) = difference.changes
    assert (change.key, change.option, change.new, change.effect) == ("added", "o2", "option 2", "scores")
    assert "options of 1 question were added" in verdict(difference)


def test_if_blanks_drop_out_the_minimum_coverage_of_a_theme_affects_the_score() -> None:
    old = small(blank="drop")
    new = with_part(old, "first", lambda part: replace(part, min_coverage=0.5))
    assert [change.effect for change in compare_editions(old, new).changes] == ["scores"]


# ── Which themes can still be compared


def test_a_theme_can_be_compared_unless_a_gate_depends_on_something_changed() -> None:
    assert compare_editions(small(), small(one("r1.code", 0, 3, 5))).comparable_themes == ("third",)
    assert changed("r1.proof", weight=2.0).comparable_themes == ("second", "third")


def test_a_changed_weight_affects_only_other_themes() -> None:
    assert changed("first", weight=2.0).comparable_themes == ("first", "second", "third")
    assert changed("r1.code", weight=2.0).comparable_themes == ("second", "third")


def test_another_scale_leaves_no_theme_comparable() -> None:
    said = comparability(small(), compare_editions(small(), small(scale=10.0)))
    assert said[:2] == ("Scores cannot be compared: scale changed.", "No theme's scores compare for every company.")


# ── In words


def test_a_condition_is_written_in_words() -> None:
    several = AllOf((when("q", "a", "b"), Not(AnyOf((when("p", "c"), Predicate("profile.staff", at_least=50.0))))))
    assert condition_text(several) == "(q: a, b and not (p: c or profile.staff at least 50))"
    assert condition_text(None) == ""


def test_long_texts_are_cut_around_the_place_where_they_differ() -> None:
    before, after = "word " * 40 + "old end", "word " * 40 + "new end"
    difference = changed("r1.code", ask=before)
    lines = [line for line in describe_difference(small(), small(), difference) if "r1.code" in line]
    assert len(lines) == 1
    old = with_part(small(), "r1.code", lambda q: replace(q, ask=before))
    new = with_part(small(), "r1.code", lambda q: replace(q, ask=after))
    line = next(line for line in describe_difference(old, new, compare_editions(old, new)) if "r1.code" in line)
    assert "old end”" in line and "new end”" in line and len(line) < 160


def edited(tmp_path: Path, *edits: tuple[str, str, str]) -> Path:
    """A copy of the tool's edition under another id, with texts in its files replaced."""
    run = CliRunner().invoke(main, ["new-edition", "edited", "--from", str(OURS), "--to", str(tmp_path)])
    assert run.exit_code == 0, run.output
    for name, old, new in edits:
        file = tmp_path / "edited" / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return tmp_path / "edited"


def test_the_tool_s_edition_with_a_reworded_question_can_still_be_compared(tmp_path: Path) -> None:
    ask = find_edition("child-protection-2026").questions["r07.text"].ask
    folder = edited(tmp_path, ("reach.yaml", ask, "Which rule comes first where laws differ?"))
    run = CliRunner().invoke(main, ["diff", "child-protection-2026", str(folder)])
    assert run.exit_code == 0, run.output
    assert "question r07.text: question “" in run.output
    assert "Texts only: scores compare." in run.output


def test_with_other_points_only_themes_that_kept_theirs_can_be_compared(tmp_path: Path) -> None:
    points = "{id: own, points: 2, text: The code says that people must follow the code itself"
    folder = edited(tmp_path, ("reach.yaml", points, points.replace("2", "2.25")))
    before, after = find_edition("child-protection-2026"), load_edition(folder)
    difference = compare_editions(before, after)
    assert [(c.id, c.option, c.old, c.new) for c in difference.changes] == [("r07.text", "own", "2", "2.25")]
    assert set(difference.comparable_themes) == {theme.id for theme in after.themes} - {"reach"}
    run = CliRunner().invoke(main, ["diff", "child-protection-2026", str(folder)])
    assert "Scores cannot be compared: points of 1 question changed." in run.output


def test_a_broken_edition_is_not_compared(tmp_path: Path) -> None:
    folder = edited(tmp_path, ("edition.yaml", "critical_cap: partial", "critical_cap: nothing"))
    run = CliRunner().invoke(main, ["diff", "child-protection-2026", str(folder)])
    assert run.exit_code == 1
    assert "`nothing` is none of the bands" in run.output
