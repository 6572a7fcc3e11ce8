"""Which passages of a document are in its next version: exact, moved, reworded or gone."""

from dataclasses import dataclass
from random import Random

import pytest

from compliance.documents import versions
from compliance.documents.document import Document, TextBlock, paged_document, unpaged_document
from compliance.documents.passages import Passage, document_passages, passage_at, sentences_of
from compliance.documents.versions import (
    added_passages,
    compare_documents,
    matched_passages,
    word_changes,
    wording_by_subject,
)
from tests.support.examples import tries
from tests.support.written_documents import LANGUAGES, sentences

LEAST_RIGHT = 0.95


def passages(*texts: str) -> list[Passage]:
    return [Passage(f"s0.{number}.1", text, f"s0.{number}") for number, text in enumerate(texts, 1)]


def states(old: list[Passage], new: list[Passage]) -> list[str]:
    return [match.state for match in matched_passages(old, new)]


def test_a_paragraph_is_split_into_sentences_but_not_at_abbreviations() -> None:
    text = "See art. 34 of the CRC (e.g. no. 2). ¿Quién? 2.5 hours. Must not: harm a child."
    assert sentences_of(text) == (
        "See art. 34 of the CRC (e.g. no. 2).",
        "¿Quién?",
        "2.5 hours.",
        "Must not: harm a child.",
    )
    assert sentences_of("يحظر الاستغلال. هل يبلغ الموظف؟ نعم.") == ("يحظر الاستغلال.", "هل يبلغ الموظف؟", "نعم.")
    assert sentences_of("1. Nobody may harm a child.") == ("1. Nobody may harm a child.",)


def test_a_passage_has_its_heading_and_a_list_item_has_the_sentence_that_introduces_it() -> None:
    blocks = [
        TextBlock("Rules", 1),
        TextBlock("These hold. Nobody may:"),
        TextBlock("harm a child", is_item=True),
        TextBlock("After."),
    ]
    found = document_passages(unpaged_document("txt", blocks))
    assert [(each.anchor, each.text, each.lead_in, each.heading) for each in found] == [
        ("s1.1.1", "These hold.", "", "Rules"),
        ("s1.1.2", "Nobody may:", "", "Rules"),
        ("s1.2.1", "harm a child", "Nobody may:", "Rules"),
        ("s1.3.1", "After.", "", "Rules"),
    ]


def test_a_passage_with_a_changed_word_number_or_punctuation_mark_is_reworded() -> None:
    old = passages("We must report.", "Within 2 days.", "Never alone.", "It stays.")
    new = passages("We may report.", "Within 3 days.", "Never alone!", "It stays.")
    assert states(old, new) == ["reworded", "reworded", "reworded", "unchanged"]


def test_a_list_item_is_reworded_if_the_sentence_that_introduces_it_changes() -> None:
    item = Passage("s1.2.1", "giving gifts to children", "s1.2", lead_in="Nobody may:")
    other = Passage("s1.2.1", "giving gifts to children", "s1.2", lead_in="Anybody may:")
    assert states([item], [other]) == ["reworded"]


def test_a_passage_found_elsewhere_is_moved_and_one_that_is_not_found_is_gone() -> None:
    old = passages("One is here.", "Two stays.", "Three stays too.", "Four is left out of it.")
    new = passages("Two stays.", "Three stays too.", "One is here.", "Quite another thing, added.")
    matches = matched_passages(old, new)
    assert [match.state for match in matches] == ["moved", "unchanged", "unchanged", "gone"]
    assert [passage.text for passage in added_passages(matches, new)] == ["Quite another thing, added."]


def test_a_passage_that_occurred_twice_and_remains_once_is_matched_once() -> None:
    old, new = passages("Said.", "Said."), passages("Said.")
    assert sorted(states(old, new)) == ["gone", "unchanged"]


def test_differences_are_shown_word_by_word() -> None:
    changes = word_changes("We must always report harm", "We may report any harm")
    assert [(change.state, change.text) for change in changes] == [
        ("kept", "We"),
        ("removed", "must always"),
        ("added", "may"),
        ("kept", "report"),
        ("added", "any"),
        ("kept", "harm"),
    ]


def written(*texts: str, items: tuple[int, ...] = ()) -> Document:
    return unpaged_document("txt", [TextBlock(text, is_item=place in items) for place, text in enumerate(texts)])


def test_two_documents_are_compared_by_sentence_and_by_paragraph() -> None:
    old = written("We sell rooms. Nobody harms a child.", "We pay on time.", "We hire nobody under eighteen years.")
    new = written("We pay on time.", "We sell rooms. Nobody harms any child.", "A new rule stands at the end of it.")
    compared = compare_documents(old, new)
    states = {anchor: match.state for anchor, match in compared.outcomes.items()}
    assert (states["s0.1"], states["s0.1.1"], states["s0.1.2"]) == ("reworded", "unchanged", "reworded")
    assert (states["s0.2"], states["s0.3"], states["s0.3.1"]) == ("unchanged", "gone", "gone")
    shown = [(each.old and each.old.anchor, each.new and each.new.anchor) for each in compared.changes]
    assert shown == [("s0.3", None), ("s0.1", "s0.2"), (None, "s0.3")]
    assert [each.is_reworded for each in compared.changes] == [False, True, False]


def test_a_marked_list_item_is_compared_together_with_the_sentence_that_introduces_it() -> None:
    old = written("Nobody may:", "give gifts to a child", items=(1,))
    new = written("Anybody may:", "give gifts to a child", items=(1,))
    marked = passage_at(old, "s0.2")
    assert marked and marked.lead_in == "Nobody may:"
    outcomes = compare_documents(old, new).outcomes
    assert outcomes["s0.2"].state == outcomes["s0.2.1"].state == "reworded"


def test_a_passage_on_another_page_is_unchanged_and_has_its_new_page() -> None:
    rule = TextBlock("Nobody harms a child.")
    old, new = paged_document("pdf", [[rule]]), paged_document("pdf", [[TextBlock("Welcome to our house.")], [rule]])
    match = compare_documents(old, new).outcomes["1.1"]
    assert match.state == "unchanged" and match.new and (match.new.page, match.new.anchor) == (2, "2.1")


def test_a_changed_passage_is_never_unchanged_if_there_is_too_much_to_compare_by_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, new = passages("One is here.", "Two is here."), passages("One is there.", "Two is here.")
    monkeypatch.setattr(versions, "_MOST_PAIRS", 0)
    assert states(old, new) == ["reworded", "unchanged"], "it stands in its place"
    monkeypatch.setattr(versions, "_MOST_ORDERED", 0)
    assert states(old, new) == ["reworded", "moved"]
    monkeypatch.setattr(versions, "_MOST_WORDS", 2)
    assert [change.state for change in word_changes("a b c", "a b d")] == ["removed", "added"]


def test_wording_by_subject_shows_what_happened_to_each_passage() -> None:
    before = {"r1": ["Nobody harms a child.", "We report at once."], "r2": ["We train everybody every year."]}
    now = {"r1": ["Nobody harms any child."], "r2": ["We train everybody every year.", "And managers twice."]}
    rows = wording_by_subject(["r1", "r2", "r3"], before, now)
    assert [(row.subject, row.state) for row in rows] == [
        ("r1", "reworded"),
        ("r1", "gone"),
        ("r2", "unchanged"),
        ("r2", "added"),
        ("r3", "silent"),
    ]
    replaced = wording_by_subject(["r1"], {"r1": ["Nobody harms a child."]}, {"r1": ["Suppliers sign the same rules."]})
    assert [row.state for row in replaced] == ["replaced"]
    assert (rows[0].before, rows[0].now) == ("Nobody harms a child.", "Nobody harms any child.")


# ── Random edits


@dataclass
class Edited:
    """A document before and after: what happened to each passage, and where it is now."""

    old: list[str]
    new: list[str]
    truth: list[tuple[str, int | None]]


def edited(language: str, chance: Random, count: int = 150) -> Edited:
    drawn = list(sentences(language))
    chance.shuffle(drawn)
    old, others = drawn[:count], drawn[count:]
    vocabulary = [word for text in others for word in text.split()]
    states = chance.choices(["unchanged", "moved", "reworded", "gone"], [64, 8, 18, 10], k=count)
    order: list[tuple[int, str]] = []
    for number, state in enumerate(states):
        if state == "reworded":
            order.append((number, reworded(old[number], vocabulary, chance)))
        elif state == "unchanged":
            order.append((number, old[number]))
        if chance.random() < 0.08:
            order.append((-1, others.pop()))
    for number in (number for number, state in enumerate(states) if state == "moved"):
        here = sum(1 for other, _text in order if 0 <= other < number)
        places = [at for at in range(len(order) + 1) if abs(at - here) > 8]
        order.insert(chance.choice(places), (number, old[number]))
    at = {number: place for place, (number, _text) in enumerate(order) if number >= 0}
    return Edited(old, [text for _number, text in order], [(state, at.get(n)) for n, state in enumerate(states)])


def reworded(text: str, vocabulary: list[str], chance: Random) -> str:
    """A sentence with up to a third of its words replaced, or a clause added or removed; never unchanged."""
    while True:
        words = text.split()
        match chance.randrange(3):
            case 0:
                for _word in range(max(1, round(len(words) * chance.uniform(0, 0.34)))):
                    words[chance.randrange(len(words))] = chance.choice(vocabulary)
            case 1:
                at = chance.randrange(len(words) + 1)
                words[at:at] = chance.choices(vocabulary, k=chance.randint(1, max(1, len(words) // 3)))
            case _:
                at = chance.randrange(len(words))
                del words[at : at + chance.randint(1, max(1, len(words) // 3))]
        if words and " ".join(words) != text:
            return " ".join(words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_almost_all_random_edits_are_classified_correctly(language: str) -> None:
    right = total = 0
    for seed in range(tries(30)):
        made = edited(language, Random(f"{language} {seed}"))
        old, new = passages(*made.old), passages(*made.new)
        place = {passage.anchor: number for number, passage in enumerate(new)}
        for match, (state, at) in zip(matched_passages(old, new), made.truth, strict=True):
            if match.state == "unchanged":
                assert match.new and match.new.text == match.old.text
                assert state not in ("reworded", "gone")
            total += 1
            right += match.state == state and (match.new is None or place[match.new.anchor] == at)
    print(f"{language}: {right} of {total} passages classed right, {right / total:.4f}")
    assert right / total >= LEAST_RIGHT
