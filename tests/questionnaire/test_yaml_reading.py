"""YAML is read as written: words stay words, lines are known, and malicious input does no harm."""

import json

from hypothesis import given
from hypothesis import strategies as st

from compliance.questionnaire.faults import FaultCollector
from compliance.questionnaire.yaml_reader import (
    MOST_DEPTH,
    YamlMapping,
    YamlNode,
    YamlScalar,
    YamlSequence,
    parse_json,
    parse_yaml,
)
from tests.support.examples import examples


def read(text: str) -> tuple[YamlNode | None, list[tuple[int, str]]]:
    ledger = FaultCollector()
    item = parse_yaml(text, "made.yaml", ledger)
    return item, [(fault.line, fault.message) for fault in ledger.faults]


def plain(item: YamlNode | None) -> object:
    """An item without its line numbers."""
    if isinstance(item, YamlMapping):
        return {key.text: plain(value) for key, value in item.entries}
    if isinstance(item, YamlSequence):
        return [plain(part) for part in item.items]
    return item.text if item is not None else None


def test_words_that_yaml_would_turn_into_something_else_stay_words() -> None:
    words = ["no", "on", "Yes", "012", "12:30", "2026-03-31", "2026.10", "null", "~", "NA", ".inf", "0x1F", "1_000"]
    item, faults = read("\n".join(f"- {word}" for word in words))
    assert plain(item) == words
    assert not faults


def test_keys_stay_words_too() -> None:
    assert plain(read("on: a\nno: b\n012: c")[0]) == {"on": "a", "no": "b", "012": "c"}


def test_every_item_knows_its_line_and_whether_it_was_quoted() -> None:
    item, _ = read("a: x\nb:\n  - 'y'\n  - {c: \"z\"}\n")
    assert isinstance(item, YamlMapping)
    listing = item.get("b")
    assert isinstance(listing, YamlSequence) and listing.line == 3
    first, second = listing.items
    assert isinstance(first, YamlScalar) and (first.line, first.quoted) == (3, True)
    assert isinstance(second, YamlMapping) and second.line == 4
    assert item.get("a") == YamlScalar("x", "made.yaml", 1, quoted=False)


def test_a_duplicate_key_is_never_silently_accepted() -> None:
    item, faults = read("a: 1\nb: 2\na: 3\n")
    assert plain(item) == {"a": "1", "b": "2"}
    assert faults == [(3, "the key `a` is written twice (first on line 1): keep one")]


def test_aliases_never_multiply() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    item, faults = read(bomb)
    assert [line for line, _ in faults] == [1, 2, 2, 2, 3, 3]
    assert plain(item) == {"a": ["x", "x"], "b": [], "c": []}


def test_a_tag_creates_no_object() -> None:
    item, faults = read("a: !!python/object/apply:os.system ['true']\n")
    assert plain(item) == {"a": ["true"]}
    assert "the tag" in faults[0][1]


def test_too_deep_nesting_is_a_fault_with_its_line() -> None:
    assert not read("[" * MOST_DEPTH + "]" * MOST_DEPTH)[1]
    assert read("\n" + "[" * (MOST_DEPTH + 1))[1] == [
        (2, f"nested more than {MOST_DEPTH} levels deep: move inner parts into files of their own")
    ]
    assert "nest" in read("[" * 200_000)[1][0][1]
    assert "nest" in read("{a: " * 200_000)[1][0][1]


def test_broken_yaml_names_the_line() -> None:
    assert read("a: 1\nb: [1, 2\nc: 3\n")[1][0][0] in (2, 3)
    assert read("a: 1\nb: 'never closed\nc: 3\n")[1] == [
        (2, "broken YAML: what begins here never ends; check indentation, quotes, colons and brackets")
    ]
    assert read("a: 1\n\tb: 2\n")[1][0][0] == 2
    assert read("a: b: c\n")[1][0][0] == 1


def test_an_empty_file_and_a_second_document_are_faults() -> None:
    assert "empty" in read("# nothing\n")[1][0][1]
    assert read("a: 1\n---\nb: 2\n")[1] == [(2, "a second document begins with `---`: keep one document a file")]


def test_control_characters_are_faults_whether_escaped_or_not() -> None:
    assert read("a: x\nb: y\x00\n")[1][0][0] == 2
    assert read('a: x\nb: "y\\u2028"\n')[1][0][0] == 2


@examples(100)
@given(st.text(alphabet="ab: -[]{}&*!|>'\"#,?%@`\n\t0", max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    item, faults = read(text)
    assert item is not None or faults


@examples(100)
@given(
    st.recursive(
        st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])) | st.booleans(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=4),
        max_leaves=20,
    )
)
def test_json_is_read_like_the_same_text_in_yaml(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert plain(parse_json(text, "made.yaml")) == plain(read(text)[0])
