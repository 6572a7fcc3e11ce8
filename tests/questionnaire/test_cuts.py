"""A cut asks some questions of another edition. They keep their ids, and are scored as if there were no others."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.questionnaire.answer_mapping import map_answers
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.answers_file import read_sheets
from compliance.questionnaire.conditions_and_law import Condition
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.questionnaire.edition_companions import edition_in_languages, locales_of, own_source_texts
from compliance.questionnaire.edition_cuts import KeptTerms, cut_edition, kept_questions, missing_targets
from compliance.questionnaire.faults import EditionFaults
from compliance.questionnaire.loader import edition_from_canonical, find_edition, load_edition
from compliance.questionnaire.locales import locale_yaml
from compliance.questionnaire.routing import predicates
from compliance.questionnaire.translatable_texts import TextKey, Translation, text_digest
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.score import PartScores, score
from compliance.scoring.scorecard import make_scorecard
from tests.support.cut_editions import CUT, PARENT, written
from tests.support.examples import examples
from tests.support.factories import sheet as answered
from tests.support.paths import DATA
from tests.support.random_editions import random_edition, random_sheet
from tests.support.reference_arithmetic import evaluate

#: The same cut written as an edition of its own, without the other questions.
BY_HAND = """\
id: texts-1
title: The texts alone
round: 0
bands: [{id: thin, from: 0, title: Thin}, {id: full, from: 50, title: Full}]
critical_cap: thin
profile: {size: [small, large], sector: [tours, other]}
lenses: {aspect: [code, practice]}
joined: [r1, r3]
parts:
  - id: about
    parts: [{id: about.codes, kind: text}]
  - id: rules
    title: Rules
    weight: 3
    weight_reason: Deeds rest on them.
    parts:
      - id: r1
        title: The ban
        expects: It is forbidden.
        critical: 0.5
        parts:
          - {id: r1.code, aspect: code, options: [{id: none, points: 0}, {id: some, points: 4}, {id: all, points: 10}]}
  - id: reports
    title: Reports
    weight: 4
    parts:
      - id: r3
        title: The channel
        expects: Anyone can report.
        parts:
          - {id: r3.code, aspect: code, options: yes-no, asked_when: {about.codes: one}}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    written(tmp_path, "whole-1", PARENT)
    written(tmp_path, "texts-1", CUT)
    return tmp_path


# ── What a cut is


def test_a_cut_equals_the_edition_written_by_hand_without_the_other_questions(place: Path) -> None:
    by_hand = load_edition(written(place, "by-hand", BY_HAND))
    cut = load_edition(place / "texts-1")
    assert cut.canonical == by_hand.canonical and cut.digest == by_hand.digest
    assert cut.digest != load_edition(place / "whole-1").digest


def test_questions_left_out_are_listed_by_id_and_title(place: Path) -> None:
    cut = load_edition(place / "texts-1")
    assert cut.left_out == {"r2": "Training"} and cut.cut_of == "whole-1"
    assert cut.cut_away == {"r1.practice", "r2.practice", "about.other", "profile.lodging", "profile.staff"}


def test_a_cut_can_be_loaded_from_its_canonical_json_without_the_other_edition(place: Path) -> None:
    cut = load_edition(place / "texts-1")
    kept = edition_from_canonical(cut.canonical, cut.instruments)
    assert kept.digest == cut.digest and kept.root == cut.root and kept.bands == cut.bands


def test_a_cut_keeps_requirements_by_id_and_several_values_of_a_lens(place: Path) -> None:
    text = "id: c\ncut_of: whole-1\nkeep: {aspect: [code, practice], requirements: [r1]}\n"
    text += "bands: [{id: low, from: 0}]\ncritical_cap: low\n"
    cut = load_edition(written(place, "c", text))
    assert list(cut.questions) == ["r1.code", "r1.practice"] and list(cut.left_out) == ["r2", "r3"]
    assert cut.joined == ("r1",) and cut.title == "c" and cut.round == 0


def test_an_edition_of_one_file_can_be_cut_too(tmp_path: Path) -> None:
    (tmp_path / "whole-1.yaml").write_text(PARENT, encoding="utf-8")
    (tmp_path / "texts-1.yaml").write_text(CUT, encoding="utf-8")
    assert list(load_edition(tmp_path / "texts-1.yaml").questions) == ["about.codes", "r1.code", "r3.code"]


def test_a_node_with_only_an_unscored_question_is_not_a_requirement_of_the_cut(tmp_path: Path) -> None:
    steering = "          - {id: r2.which, kind: text}\n          - {id: r2.practice, aspect: practice"
    parent = PARENT.replace("          - {id: r2.practice, aspect: practice", steering)
    parent = parent.replace("{about.codes: one}", "{r2.which: one}").replace(
        '        asked_when: {profile.lodging: "yes"}\n', ""
    )
    written(tmp_path, "whole-1", parent)
    cut = load_edition(written(tmp_path, "texts-1", CUT))
    assert "r2.which" in cut.questions and [node.id for node in cut.requirements] == ["r1", "r3"]
    assert list(cut.left_out) == ["r2"]


# ── Scores


def test_answers_to_the_whole_edition_score_the_cut_unchanged(place: Path) -> None:
    header = ["company", "profile.lodging", "about.codes", "r1.code", "r1.practice", "r1.practice#evidence", "r3.code"]
    row = ["Example 1", "yes", "one", "some", "yes", "page 4", "yes"]
    cut = load_edition(place / "texts-1")
    (sheet,) = read_sheets(cut, header, [row])
    assert set(sheet.answers) == {"about.codes", "r1.code", "r3.code"}
    # rules 0.4 with the weight 3, reports 1 with the weight 4: (3·0.4 + 4·1)/7 = 0.742857; r1 is below 0.5: thin
    card = make_scorecard(compile_edition(cut), sheet)
    assert card.overall.score == pytest.approx(100 * 5.2 / 7)
    assert card.overall.band is not None and card.overall.band.id == "thin"


def test_answers_to_a_cut_can_be_used_in_the_whole_edition(place: Path) -> None:
    cut, whole = load_edition(place / "texts-1"), load_edition(place / "whole-1")
    header = ["company", *(f"profile.{name}" for name in cut.profile), *cut.questions]
    row = ["Example 1", "small", "tours", "one", "all", "yes"]
    assert read_sheets(whole, header, [row])[0].answers == read_sheets(cut, header, [row])[0].answers


def test_answers_carry_over_in_both_directions_and_those_that_cannot_are_listed(place: Path) -> None:
    cut, whole = load_edition(place / "texts-1"), load_edition(place / "whole-1")
    given = answered(about={"size": "small", "lodging": "yes"}, r1__code="some", r1__practice="yes", r3__code="no")
    there = map_answers(whole, cut, {}, given)
    assert there.sheet.answers == {"r1.code": "some", "r3.code": "no"} and there.sheet.profile == {"size": "small"}
    assert [left.question for left in there.unmapped] == ["r1.practice", "profile.lodging"]
    back = map_answers(cut, whole, {}, there.sheet)
    assert back.sheet == there.sheet and not back.unmapped


@given(st.randoms(use_true_random=False))
@examples(100)
def test_a_cut_has_the_scores_of_its_questions_alone_for_many_companies_as_for_each(rng: Random) -> None:
    whole = random_edition(rng)
    scored = [question.id for question in whole.questions.values() if question.scored]
    keep = closed(whole, frozenset(rng.sample(scored, rng.randint(1, len(scored)))))
    cut, by_hand = cut_edition(whole, keep), hand_cut(whole, keep)
    sheets = [replace(random_sheet(rng, whole), company=f"Example {number}") for number in range(3)]
    compiled = compile_edition(cut)
    together = score(compiled, sheets).results
    for number, sheet in enumerate(sheets):
        alone = score(compiled, [sheet]).results
        for part, expected in evaluate(by_hand, sheet).items():
            found, single = outcome(together[part], number), outcome(alone[part], 0)
            assert np.array_equal(found, single, equal_nan=True)
            wanted = [np.nan if value is None else value for value in expected]
            np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12)


@given(st.randoms(use_true_random=False))
@examples(50)
def test_a_cut_has_the_same_digest_however_it_was_made(rng: Random) -> None:
    whole = random_edition(rng)
    scored = [question.id for question in whole.questions.values() if question.scored]
    keep = closed(whole, frozenset(rng.sample(scored, rng.randint(1, len(scored)))))
    cut = cut_edition(whole, keep)
    assert cut.digest == cut_edition(whole, sorted(keep)).digest == cut_edition(cut, keep).digest


@pytest.mark.parametrize("terms", [KeptTerms({"aspect": ("code",)}), KeptTerms({"gap": ("reach", "framing")})], ids=str)
def test_a_cut_of_our_edition_loads_again_from_its_canonical_json(terms: KeptTerms) -> None:
    whole = find_edition("child-protection-2026")
    cut = cut_edition(whole, closed(whole, kept_questions(whole, terms)))
    assert edition_from_canonical(cut.canonical).digest == cut.digest


def outcome(part: PartScores, company: int) -> list[float]:
    """Score, worst, best and coverage."""
    return [float(each[company]) for each in (part.score, part.worst, part.best, part.coverage)]


def closed(whole: Edition, keep: frozenset[str]) -> frozenset[str]:
    """These questions, and all others on which their conditions depend."""
    while missing := missing_targets(whole, keep):
        keep |= {each.question for each in missing}
    return keep


def hand_cut(whole: Edition, keep: frozenset[str]) -> Edition:
    """The edition with all other questions deleted, and otherwise unchanged."""

    def pruned(node: Node) -> Node | None:
        below = [part if isinstance(part, Question) else pruned(part) for part in node.parts]
        parts = tuple(part for part in below if part is not None and (isinstance(part, Node) or part.id in keep))
        return replace(node, parts=parts) if parts else None

    root = pruned(whole.root)
    assert root is not None
    return replace(whole, root=root)


def test_an_empty_cut_and_a_condition_on_a_missing_question_are_refused() -> None:
    whole = find_edition("child-protection-2026")
    with pytest.raises(ValueError, match="at least one"):
        cut_edition(whole, ())
    with pytest.raises(ValueError, match="cut away"):
        cut_edition(whole, kept_questions(whole, KeptTerms({"aspect": ("practice",)})))


def test_no_condition_of_a_cut_depends_on_a_missing_question() -> None:
    whole = find_edition("child-protection-2026")
    cut = cut_edition(whole, kept_questions(whole, KeptTerms({"aspect": ("code",)})))
    conditions: list[Condition | None] = [part.asked_when for part in cut.root.walk()]
    conditions += [question.counts_when for question in cut.questions.values()]
    there = cut.questions.keys() | {f"profile.{name}" for name in cut.profile}
    assert {term.id for condition in conditions for term in predicates(condition)} <= there
    assert {"sector", "size"} <= cut.profile.keys()


def test_an_answer_to_a_question_left_out_changes_no_score() -> None:
    whole = find_edition("child-protection-2026")
    cut = compile_edition(cut_edition(whole, kept_questions(whole, KeptTerms({"aspect": ("code",)}))))
    sheet = random_sheet(Random(1), whole, about={"size": "5000-up"})
    more = replace(sheet, answers={q: answer for q, answer in sheet.answers.items() if q in cut.edition.questions})
    assert make_scorecard(cut, sheet).overall == make_scorecard(cut, more).overall


# ── In other languages


def write_french(edition: Edition, place: Path, texts: Mapping[TextKey, str] | None = None) -> None:
    """A file of French beside an edition: F before every text, or the texts that are given."""
    source = own_source_texts(edition, place)
    french = {
        key: Translation((texts or {}).get(key, f"F {text}"), "reviewed", text_digest(text))
        for key, text in source.texts.items()
    }
    (place / "locales").mkdir()
    (place / "locales" / "fr.yaml").write_text(locale_yaml(source, "fr", french), encoding="utf-8")


def test_a_cut_has_the_texts_of_the_whole_edition_and_a_small_file_for_its_own(place: Path) -> None:
    cut = load_edition(place / "texts-1")
    write_french(load_edition(place / "whole-1"), place / "whole-1")
    own = own_source_texts(cut, place / "texts-1")
    assert set(own.texts) == {("overall", "title"), ("overall", "bands", "thin"), ("overall", "bands", "full")}
    (locale,) = locales_of(cut, place / "texts-1")
    assert [(late.file, late.keys) for late in locale.outdated] == [
        (str(place / "texts-1" / "locales" / "fr.yaml"), tuple(own.texts))
    ]
    write_french(cut, place / "texts-1")
    (locale,) = locales_of(cut, place / "texts-1")
    assert not locale.outdated and not locale.faults and locale.share == 1
    shown = edition_in_languages(place / "texts-1")["fr"]
    assert (shown.title, shown.bands[0].title, shown.nodes["rules"].title) == ("F The texts alone", "F Thin", "F Rules")
    assert shown.left_out == {"r2": "F Training"} and shown.digest == cut.digest


def test_a_text_that_the_whole_edition_lacks_is_missing_in_its_own_file(place: Path) -> None:
    cut = load_edition(place / "texts-1")
    write_french(load_edition(place / "whole-1"), place / "whole-1")
    write_french(cut, place / "texts-1")
    file = place / "whole-1" / "locales" / "fr.yaml"
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if "F The ban" not in line]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (locale,) = locales_of(cut, place / "texts-1")
    assert [(late.file, late.keys) for late in locale.outdated] == [(str(file), (("r1", "title"),))]


def test_without_answers_a_cut_has_no_score_like_the_whole_edition(place: Path) -> None:
    cut = compile_edition(load_edition(place / "texts-1"))
    assert make_scorecard(cut, AnswerSheet("Example 1")).overall.score == 0


def test_a_question_of_places_keeps_its_list_in_a_cut() -> None:
    whole = load_edition(DATA / "web_editions" / "places" / "edition.yaml")
    assert list(cut_edition(whole, {"trained"}).questions) == ["about.operations", "trained"]


def test_a_cut_may_have_themes_of_its_own_and_keeps_what_holds_no_requirement_before_them(tmp_path: Path) -> None:
    written(tmp_path, "whole-1", PARENT)
    themes = "themes: [{id: ways, title: Ways, weight: 2, requirements: [r3]}, {id: bans, requirements: [r1]}]\n"
    cut = load_edition(written(tmp_path, "texts-1", CUT.replace("weights: {reports: 4}\n", themes)))
    assert [part.id for part in cut.root.parts] == ["about", "ways", "bans"]
    assert tuple(cut.questions) == ("about.codes", "r3.code", "r1.code")
    # ways 2 of 3, bans 1 of 3: (2·1 + 1·0.4)/3 = 0.8
    sheet = AnswerSheet("Example", {}, {"about.codes": "one", "r3.code": "yes", "r1.code": "some"})
    assert make_scorecard(compile_edition(cut), sheet).overall.score == pytest.approx(80)
    assert edition_from_canonical(cut.canonical).digest == cut.digest


def test_a_cut_says_which_requirements_are_critical_in_it(tmp_path: Path) -> None:
    written(tmp_path, "whole-1", PARENT)
    cut = load_edition(written(tmp_path, "texts-1", CUT + "critical: {r3: 0.25}\n"))
    assert {node.id: node.critical for node in cut.requirements} == {"r1": None, "r3": 0.25}
    assert load_edition(tmp_path / "whole-1").nodes["r1"].critical == 0.5


def test_own_themes_that_make_a_condition_depend_on_a_later_question_are_a_fault_with_advice(tmp_path: Path) -> None:
    looking = PARENT.replace("{about.codes: one}", '{r1.code: "all"}')
    written(tmp_path, "whole-1", looking)
    themes = "themes: [{id: ways, requirements: [r3]}, {id: bans, requirements: [r1]}]\n"
    path = written(tmp_path, "texts-1", CUT.replace("weights: {reports: 4}\n", themes))
    with pytest.raises(EditionFaults, match=r"r3\.code looks at r1\.code, which stands further down: move its requ"):
        load_edition(path)
