"""Measures of how far a change spreads. Each was worse once, and none may grow again.

A module with one importer is often a part of that importer. Each that remains separate has its reason in ONE_IMPORTER,
unless the importer only collects modules: the parts of `store` and of `frames`, and the sheets of the scorecard
workbook.
"""

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.support.paths import ROOT
from tests.support.source_files import importers, imports

LONGEST_CHAIN = 15
MOST_WITH_ONE_IMPORTER = 25
MOST_LINES_OF_README = 200
#: Modules that import others only to collect or run them.
REGISTRIES = {
    "compliance.__main__",
    "compliance.frames",
    "compliance.store",
    "compliance.web",
    "compliance.workbook.scorecard_workbook",
}
ONE_IMPORTER = {
    "authoring.drafts": "writes folders and compares editions, while the command asks and prints",
    "authoring.translation_jobs": "a job of its own: what translators are given, and what they give back",
    "commands.benchmark_ranks": "the part of `benchmark` that simulates, with options of its own",
    "company_lists.list_lines": "reads a list, while the page asks and shows",
    "demonstration.reviews": "what auditors did, while seeding is about companies",
    "demonstration.seeding": "fills a database, and knows the store",
    "disclosure.equivalence_classes": "one method, attacked by tests of its own",
    "disclosure.suppression": "one method, attacked by tests of its own",
    "disclosure.totals": "what a total tells of the counts in it, attacked by tests of its own",
    "documents.extraction": "starts the process in which hostile files are opened",
    "improvement.search": "the heuristic, which proves nothing",
    "improvement.sheet_milp": "the exact method, in the terms of the solver",
    "questionnaire.edition_checks": "what one key of an edition says about others, once all are read",
    "scoring.column_reader": "reads files of numbers quickly, held against the reader of single cells",
    "web.mail_delivery": "what a mail looks like, and the way to a server; the worker only says when",
    "web.steward.company_cases": "facts about companies, while the views take decisions",
    "workbook.review_lines": "reads the rows of a scorecard, once it is known of which edition it is",
    "workbook.score_formulas": "the arithmetic as formulas, apart from the sheets that hold them",
    "workbook.score_values": "what the formulas come to, apart from the formulas, which no answer changes",
    "workbook.sector_workbook": "the workbook of a sector, which auditors take",
    "workbook.translation_workbook": "the workbook of translators",
    "xlsform.draft_writer": "writes YAML; what it is made from is read elsewhere",
    "xlsform.form_conditions": "the grammar of expressions, and what a condition can say of them",
    "xlsform.form_omissions": "what of a form cannot be carried, said in words",
    "xlsform.submission_import": "reads answers; the rest of the room reads and writes forms",
}


def longest_chain(graph: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Return the longest chain of imports. Raise graphlib.CycleError if imports form a cycle."""
    below: dict[str, tuple[str, ...]] = {}
    for name in TopologicalSorter(graph).static_order():
        below[name] = (name, *max((below[other] for other in graph[name]), key=len, default=()))
    return max(below.values(), key=len)


def with_one_importer() -> dict[str, str]:
    """Return the modules with exactly one importer, which is not a registry, and that importer."""
    single = {name: next(iter(by)) for name, by in importers().items() if len(by) == 1}
    return {name: by for name, by in single.items() if by not in REGISTRIES}


def test_chains_of_imports_are_short_and_have_no_cycle() -> None:
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


def test_the_readme_is_short_enough_to_be_read_to_the_end() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= MOST_LINES_OF_README
