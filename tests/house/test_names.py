"""One name for one concept: no two public classes have the same name, or names that differ only in empty words."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from tests.support.source_files import public_classes

#: Words that can be part of any name and say nothing about the thing.
EMPTY = {
    *("A", "An", "The", "My", "Our", "Own", "New", "Old", "Other", "Another", "One", "Single", "Real", "Main"),
    *("Do", "Get", "Make", "Base", "Basic", "Abstract", "Common", "Core", "Custom", "Default", "Generic", "General"),
    *("Internal", "Private", "Simple", "Standard", "Class", "Data", "Details", "Entity", "Helper", "Impl", "Info"),
    *("Instance", "Item", "Kind", "Manager", "Model", "Object", "Record", "Thing", "Type", "Util", "Utils"),
}
#: Pairs of names that differ only by such a word, and what the word means in them.
DISTINCT = {
    frozenset({"Figure", "FigureKind"}): "a figure of a group, and a row of the table of all kinds of figures",
    frozenset({"Evidence", "EvidenceItem"}): "a row of the store, and one piece of evidence as pages read it",
    frozenset({"Company", "CompanyIdentity"}): "a registered company, and what tells it from others",
    frozenset({"Scorecard", "ScorecardData"}): "what was scored, and everything that a workbook is written from",
    frozenset({"ScoreDistribution", "ItemScoreDistribution"}): "an item is a question, in the words of item analysis",
    frozenset({"Comparison", "InternalComparison"}): "a sign between values in XPath; a company's own units",
    frozenset({"Standing", "StandingRecord"}): "a standing as computed, and the JSON in which it is stored",
    frozenset({"AuthoringError", "CommandError", "StoreError"}): "the error of a room, which its others descend from",
}


def words(name: str) -> list[str]:
    """Return the words of a class name."""
    return re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+", name)


def core(name: str, module: str) -> tuple[str, ...]:
    """Return the words that distinguish a name: without empty words and the names of the class's own rooms."""
    room = {part.title() for part in module.split(".")[1:-1]}
    room |= {part.removesuffix("s") for part in room}
    return tuple(word for word in words(name) if word not in EMPTY and word not in room) or tuple(words(name))


def told_apart_by_nothing(classes: Mapping[str, Iterable[str]]) -> list[set[str]]:
    """Return groups of names that are equal without empty words and the names of their own rooms."""
    groups: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for name, defined_in in classes.items():
        for module in defined_in:
            groups[core(name, module)].add(name)
    return [names for names in groups.values() if len(names) > 1]


def test_no_two_public_classes_have_the_same_name() -> None:
    classes = public_classes()
    assert len(classes) > 100
    assert {name: modules for name, modules in classes.items() if len(modules) > 1} == {}


def test_no_two_public_classes_differ_only_by_an_empty_word_or_the_name_of_a_room() -> None:
    assert [names for names in told_apart_by_nothing(public_classes()) if frozenset(names) not in DISTINCT] == []


def test_every_exception_is_about_existing_classes() -> None:
    classes = public_classes()
    assert [names for names in DISTINCT if not names <= classes.keys()] == []


def test_a_prefix_or_the_name_of_its_own_room_does_not_make_a_class_name_distinct() -> None:
    scores = {"Share": ["compliance.disclosure.published"]}
    for name, module in (
        ("BaseShare", "compliance.statistics.ranks"),
        ("ShareItem", "compliance.statistics.ranks"),
        ("DoMyShare", "compliance.statistics.ranks"),
        ("WorkbookShare", "compliance.workbook.cells"),
        ("StewardShareData", "compliance.web.steward.people"),
    ):
        assert told_apart_by_nothing(scores | {name: [module]}) == [{"Share", name}], name
    for name, module in (("WorkbookShare", "compliance.store.models"), ("ShareBounds", "compliance.narrative.shares")):
        assert told_apart_by_nothing(scores | {name: [module]}) == [], name
