"""The meter of the house: how far a change travels. Every figure was worse once; none may grow back.

A module with one importer is often half of another. Each that stays apart has its reason in ONE_IMPORTER, or stands
in a list that cannot import it any other way: commands in `cli`, views in `web`, the parts of `store` behind its door.
"""

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.support.paths import ROOT
from tests.support.source_files import importers, imports

LONGEST_CHAIN = 15
MOST_WITH_ONE_IMPORTER = 25
MOST_LINES_OF_README = 200
#: Modules that import others only to list them.
REGISTRIES = {"compliance.cli", "compliance.web", "compliance.store"}
ONE_IMPORTER = {
    "authoring.drafts": "writes a folder, while the command asks and prints",
    "authoring.edition_diff": "compares with the edition that is published, and writes nothing",
    "authoring.translation_jobs": "a job of its own: what translators get and give back",
    "commands.benchmark_ranks": "the part of `benchmark` that draws, with options of its own",
    "demonstration.seeding": "fills a database, and knows the store",
    "demonstration.synthetic_companies": "invents answers, and knows no database",
    "disclosure.collapsing": "one method, on counts alone, attacked by tests of its own",
    "disclosure.data_package": "the description of the tables by the standard of Frictionless",
    "disclosure.equivalence_classes": "one method, attacked by tests of its own",
    "disclosure.suppression": "one method, attacked by tests of its own",
    "improvement.options": "what can be done at all, before anything is searched",
    "improvement.search": "one of two ways to search, and the one that proves nothing",
    "improvement.sheet_milp": "the other way, in the words of the solver",
    "narrative.score_change": "sentences, which stay out of commands",
    "questionnaire.canonical": "the text that the digest is taken of: it never changes",
    "questionnaire.profile_and_lenses": "reads two parts of an edition, which have labels",
    "web.presenters.charts": "the geometry of charts, which templates call",
    "web.presenters.status_sentences": "sentences, which templates call",
    "web": "the app, which the server serves",
    "web.serving": "the server, which one command starts",
    "web.presenters.integration": "a view of one reading, with figures of its own",
    "workbook.answer_import": "reads a workbook; the rest of the room writes",
    "workbook.gap_sheets": "sheets of the scorecard workbook, a file for each kind",
    "workbook.method_sheets": "sheets of the scorecard workbook, a file for each kind",
    "workbook.review_sheet": "sheets of the scorecard workbook, a file for each kind",
    "workbook.sector_workbook": "the workbook of a sector, which auditors take",
    "workbook.standing_sheets": "sheets of the scorecard workbook, a file for each kind",
    "workbook.summary_sheet": "sheets of the scorecard workbook, a file for each kind",
    "workbook.translation_workbook": "the workbook of translators",
    "xlsform.draft_writer": "writes YAML; what it is made from is read elsewhere",
    "xlsform.expressions": "the grammar of XPath, and nothing of forms",
    "xlsform.form_choices": "a part of a form, read by itself",
    "xlsform.form_conditions": "a part of a form, read by itself",
    "xlsform.form_languages": "a part of a form, read by itself",
    "xlsform.form_omissions": "what of a form cannot be carried, said in words",
    "xlsform.submission_import": "reads answers; the rest of the room reads and writes forms",
}


def longest_chain(graph: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The longest way down by imports. Raise graphlib.CycleError if a way leads back to where it began."""
    below: dict[str, tuple[str, ...]] = {}
    for name in TopologicalSorter(graph).static_order():
        below[name] = (name, *max((below[other] for other in graph[name]), key=len, default=()))
    return max(below.values(), key=len)


def with_one_importer() -> dict[str, str]:
    """Modules that one other imports, which does more than list them; and that other."""
    single = {name: next(iter(by)) for name, by in importers().items() if len(by) == 1}
    return {name: by for name, by in single.items() if by not in REGISTRIES}


def test_imports_lead_down_a_short_chain_and_never_back() -> None:
    longest = longest_chain(imports())
    assert len(longest) <= LONGEST_CHAIN, " → ".join(longest)


def test_a_chain_is_measured_and_a_cycle_noticed() -> None:
    assert longest_chain({"a": ["b", "c"], "b": ["c"], "c": ["d"], "d": []}) == ("a", "b", "c", "d")
    with pytest.raises(CycleError):
        longest_chain({"a": ["b"], "b": ["c"], "c": ["a"]})


def test_few_modules_have_one_importer_and_each_has_its_reason() -> None:
    found = {name.removeprefix("compliance."): by for name, by in with_one_importer().items()}
    assert {name: by for name, by in found.items() if name not in ONE_IMPORTER} == {}, "give a reason, or merge them"
    assert sorted(ONE_IMPORTER.keys() - found.keys()) == [], "these have other importers by now, or are gone"
    assert len(found) <= MOST_WITH_ONE_IMPORTER


def test_readme_is_read_to_its_end() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= MOST_LINES_OF_README
