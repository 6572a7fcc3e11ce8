"""Which passages of a document are in its next version: exact, moved, reworded or gone."""

from dataclasses import dataclass
from random import Random

import pytest

from compliance.documents.document import TextBlock, unpaged_document
from compliance.documents.passages import Passage, document_passages, sentences_of
from compliance.documents.versions import added_passages, matched_passages, word_changes
from tests.support.examples import tries
from tests.support.written_documents import LANGUAGES, sentences

LEAST_RIGHT = 0.95


def passages(*texts: str) -> list[Passage]:
    return [Passage(f"s0.{number}.1", text, f"s0.{number}") for number, text in enumerate(texts, 1)]


def states(old: list[Passage], new: list[Passage]) -> list[str]:
    return [match.state for match in matched_passages(old, new)]


def test_a_paragraph_is_parted_into_sentences_and_not_at_short_forms() -> None:
    text = "See art. 34 of the CRC (e.g. no. 2). ¿Quién? 2.5 hours. Must not: harm a child."
    assert sentences_of(text) == (
        "See art. 34 of the CRC (e.g. no. 2).",
        "¿Quién?",
        "2.5 hours.",
        "Must not: harm a child.",
    )
    assert sentences_of("يحظر الاستغلال. هل يبلغ الموظف؟ نعم.") == ("يحظر الاستغلال.", "هل يبلغ الموظف؟", "نعم.")
    assert sentences_of("1. Nobody may harm a child.") == ("1. Nobody may harm a child.",)


def test_a_passage_knows_its_heading_and_what_a_list_goes_on_from() -> None:
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


def test_a_word_a_number_and_a_sign_make_a_passage_another() -> None:
    old = passages("We must report.", "Within 2 days.", "Never alone.", "It stays.")
    new = passages("We may report.", "Within 3 days.", "Never alone!", "It stays.")
    assert states(old, new) == ["reworded", "reworded", "reworded", "unchanged"]


def test_an_item_has_changed_when_what_it_goes_on_from_has() -> None:
    item = Passage("s1.2.1", "giving gifts to children", "s1.2", lead_in="Nobody may:")
    other = Passage("s1.2.1", "giving gifts to children", "s1.2", lead_in="Anybody may:")
    assert states([item], [other]) == ["reworded"]


def test_what_stands_elsewhere_is_moved_and_what_is_nowhere_is_gone() -> None:
    old = passages("One is here.", "Two stays.", "Three stays too.", "Four is left out of it.")
    new = passages("Two stays.", "Three stays too.", "One is here.", "Quite another thing, added.")
    matches = matched_passages(old, new)
    assert [match.state for match in matches] == ["moved", "unchanged", "unchanged", "gone"]
    assert [passage.text for passage in added_passages(matches, new)] == ["Quite another thing, added."]


def test_of_a_passage_that_is_said_twice_only_one_is_found_once() -> None:
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


# ── Random edits


@dataclass
class Edited:
    """A document before and after: what became of each passage, and where it stands."""

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
    """A sentence with up to a third of its words exchanged, or a clause put in or left out; never the same."""
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
def test_random_edits_are_seen_as_what_they_are(language: str) -> None:
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
