"""A document has a new version: marked passages are found again, and answers whose words changed need a second look."""

import gzip
import io
import re
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from compliance import store
from compliance.scoring.serialisation import submission_json_writer
from compliance.store.document_passages import QuotedPassage, mark_passage, passage_marks
from compliance.store.evidence_library import library_item
from compliance.web.database import now, store_engine
from compliance.web.edition_registry import editions
from tests.support.examples import tries
from tests.support.sites import NOON, Site, begin, save
from tests.support.stores import statements
from tests.web.auditor.test_audit_pages import assign
from tests.web.company.test_document_reading import LIBRARY, add, evidence, items, mark, page, send, version

FIRST = ("Nobody buys the sale of a child.", "We forbid travel that exploits children.", "We pay within thirty days.")
#: The elements of two questions about the code, each with the question that it belongs to.
ELEMENTS = [("r2.code", option) for option in ("sale", "online", "travel")] + [("r1.code", "stricter")]
#: Enough invented words that no two sentences of fourteen words are alike by chance. Otherwise a sentence that is left
#: out could rightly be taken for a rewording of another.
WORDS = ["".join(Random(number).choices("abcdefghijklmnopqrstuvwxyz", k=7)) for number in range(600)]


def code(*paragraphs: str) -> bytes:
    return "".join(f"<p>{each}</p>" for each in paragraphs).encode()


def replaced(site: Site, item: int, content: bytes, name: str = "code.html", who: str = "ana") -> None:
    """Give a document of the library a new version."""
    seen = next(each.latest.number for each in items(site) if each.id == item)
    sent = {"do": "replace", "seen": str(seen), "file": (io.BytesIO(content), name)}
    assert send(site, f"{LIBRARY}/{item}", sent, who).status_code == 302


def compare(item: int, rest: str = "") -> str:
    return f"{LIBRARY}/{item}/compare{rest}"


def decide(site: Site, number: int, item: int, do: str, ids: list[int], who: str = "ana", **other: Any) -> Any:
    latest = next((each.latest.number for each in items(site) if each.id == item), 0)
    fields = {"assessment": number, "version": latest - 1, "seen": latest, "do": do, "id": [str(each) for each in ids]}
    return send(site, compare(item), {**fields, **other}, who)


def kept(site: Site, number: int) -> list[Any]:
    with site.store() as session:
        return list(passage_marks(session, number))


def open_marks(site: Site, number: int) -> list[int]:
    return [each.id for each in kept(site, number) if each.is_current and each.later]


def outcomes(site: Site, number: int) -> list[str]:
    return [each.later.state if each.later else "" for each in kept(site, number) if each.is_current]


def answered(site: Site, number: int) -> None:
    """Answer both questions about the code, so that there are answers that may need a second look."""
    fields = {"r2.code#version": "0", "r2.code": ["sale", "travel"], "r1.code#version": "0", "r1.code": "stricter"}
    assert save(site, f"/assessments/{number}/code", fields).status_code == 302


def looked_at(site: Site, number: int) -> int:
    """How many answers need a second look, according to the task list. The page of checks must say the same."""
    said = re.search(r"(One|\d+) answers? needs? a second look", page(site, f"/assessments/{number}"))
    check = re.search(r"(One|\d+) answers? that needs? a second look", page(site, f"/assessments/{number}/check"))
    counts = [0 if found is None else int(found[1].replace("One", "1")) for found in (said, check)]
    assert counts[0] == counts[1]
    return counts[0]


def marked(site: Site) -> tuple[int, int]:
    """A code with two marked passages and answers that rest on them; the numbers of assessment and document."""
    number, item = begin(site), add(site, code(*FIRST))
    mark(site, number, item, anchor="s0.1", option="sale")
    mark(site, number, item, anchor="s0.2", option="travel")
    with site.store() as session:
        kept_version = store.saved_answers(session, number)["r2.code"].version
    fields = {"r2.code#version": str(kept_version), "r2.code": ["sale", "travel"]}
    assert save(site, f"/assessments/{number}/code", fields).status_code == 302
    return number, item


def test_unchanged_words_need_no_second_look_and_are_kept_with_one_button(site: Site) -> None:
    number, item = marked(site)
    replaced(site, item, code("A new beginning.", *FIRST))
    assert outcomes(site, number) == ["unchanged", "unchanged"] and looked_at(site, number) == 0
    shown = page(site, compare(item))
    assert "Keep the 2 marks whose words are the same" in shown and "2 marked passages to decide about" in shown
    decide(site, number, item, "keep", open_marks(site, number))
    latest = int(version(site, item))
    now_kept = [each for each in kept(site, number) if each.is_current]
    assert [(each.version, each.anchor, each.option) for each in now_kept] == [
        (latest, "s0.2", "sale"),
        (latest, "s0.3", "travel"),
    ]
    assert "Nothing is left to decide" in page(site, compare(item))
    assert len(evidence(site, number)) == 2


def test_changed_words_need_a_second_look_until_somebody_confirms_them(site: Site) -> None:
    number, item = marked(site)
    replaced(site, item, code("Nobody buys or permits the sale of a child.", *FIRST[1:]))
    assert outcomes(site, number) == ["reworded", "unchanged"] and looked_at(site, number) == 1
    theme = page(site, f"/assessments/{number}/code")
    assert "Second look" in theme and "<ins>or permits</ins>" in theme
    assert "Second look" in page(site, f"/assessments/{number}/mirror?show=whole")
    shown = page(site, compare(item))
    assert "Nobody buys <ins>or permits</ins> the sale of a child." in shown and "It still says this" in shown
    first = kept(site, number)[0]
    decide(site, number, item, "keep", [first.id])
    assert looked_at(site, number) == 0
    assert [piece.passage for piece in evidence(site, number)] == [
        "We forbid travel that exploits children.",
        "Nobody buys or permits the sale of a child.",
    ]
    assert "Second look" not in page(site, f"/assessments/{number}/code")


def test_a_passage_that_waits_for_a_decision_is_not_suggested_again(site: Site) -> None:
    number, item = marked(site)
    replaced(site, item, code("A new beginning.", *FIRST))
    question = page(site, f"/assessments/{number}/passages?question=r2.code")
    for shown in (question, page(site, f"{LIBRARY}/{item}/read")):
        suggested = re.findall(r'name="anchor" value="([^"]+)"><input type="hidden" name="option" value="sale"', shown)
        assert not {"s0.2", "s0.2.1"} & set(suggested)
    decide(site, number, item, "remove", open_marks(site, number))
    assert 'name="anchor" value="s0.2.1"><input type="hidden" name="option" value="sale"' in page(
        site, f"/assessments/{number}/passages?question=r2.code"
    )


def test_removed_words_need_a_second_look_until_the_mark_is_removed(site: Site) -> None:
    number, item = marked(site)
    replaced(site, item, code(FIRST[0], FIRST[2]))
    assert outcomes(site, number) == ["unchanged", "gone"] and looked_at(site, number) == 1
    shown = page(site, compare(item))
    assert "<del>We forbid travel that exploits children.</del>" in shown
    gone = kept(site, number)[1].id
    decide(site, number, item, "keep", [gone])
    assert looked_at(site, number) == 1, "what is gone cannot be kept"
    decide(site, number, item, "remove", [gone])
    assert looked_at(site, number) == 0
    assert [piece.passage for piece in evidence(site, number)] == [FIRST[0]]
    with site.store() as session:
        assert store.saved_answers(session, number)["r2.code"].text == "sale|travel", "no answer changes by itself"


def test_an_old_mark_stays_readable_with_its_old_version(site: Site) -> None:
    number, item = marked(site)
    replaced(site, item, code(FIRST[0], FIRST[2]))
    decide(site, number, item, "remove", open_marks(site, number))
    old = page(site, f"{LIBRARY}/{item}/read?version=1")
    assert f"<mark>{FIRST[1]}</mark>" in old and "Compare with version 2" in old
    assert "<mark>" not in page(site, f"{LIBRARY}/{item}/read")
    assert "Removed." in page(site, compare(item))


def test_a_second_look_survives_a_third_version_and_ends_when_the_words_are_back(site: Site) -> None:
    number, item = marked(site)
    replaced(site, item, code("Nobody buys or permits the sale of a child.", *FIRST[1:]))
    replaced(site, item, code("Nobody buys or permits the sale of a child.", *FIRST[1:], "More."))
    assert outcomes(site, number) == ["reworded", "unchanged"] and looked_at(site, number) == 1
    assert "Decide about the marks in version 1 too" in page(site, compare(item))
    assert "It still says this" in page(site, compare(item, "?version=1"))
    replaced(site, item, code(*FIRST))
    assert looked_at(site, number) == 0


def test_a_version_that_cannot_be_read_changes_nothing_and_the_page_says_why(site: Site) -> None:
    number, item = marked(site)
    replaced(site, item, b"1 2 3", "code.txt")
    assert outcomes(site, number) == ["", ""] and looked_at(site, number) == 0
    assert "There is no text in this document." in page(site, compare(item))


def test_a_decision_made_on_a_page_about_an_older_version_is_refused(site: Site) -> None:
    number, item = marked(site)
    replaced(site, item, code("Nobody buys or permits the sale of a child.", *FIRST[1:]))
    replaced(site, item, code("Nobody buys the child.", *FIRST[1:]))
    before = open_marks(site, number)
    decide(site, number, item, "keep", before, seen="2")
    assert open_marks(site, number) == before
    decide(site, number, item, "keep", before)
    decide(site, number, item, "keep", before)
    assert open_marks(site, number) == [] and len(evidence(site, number)) == 2


def test_a_mark_set_in_an_old_version_is_found_in_the_latest(site: Site) -> None:
    number, item = marked(site)
    first = version(site, item)
    replaced(site, item, code(FIRST[0]))
    mark(site, number, item, version=first, anchor="s0.3", option="online")
    assert outcomes(site, number) == ["unchanged", "gone", "gone"]


def test_contributors_can_decide_readers_cannot_and_other_companies_find_nothing(site: Site) -> None:
    number, item = marked(site)
    replaced(site, item, code("Nobody buys or permits the sale of a child.", *FIRST[1:]))
    ids = open_marks(site, number)
    assert site.client("olga").get(compare(item)).status_code == 404
    assert site.client("olga").get(f"{LIBRARY}/{item}/wording").status_code == 404
    assert decide(site, number, item, "keep", ids, "olga").status_code == 404
    theirs = begin(site, "olga")
    assert decide(site, theirs, item, "keep", ids).status_code == 404
    with site.store() as session:
        session.execute(text("UPDATE membership SET role = 'reader' WHERE person_id = 3"))
        session.commit()
    assert "It still says this" not in page(site, compare(item), "jon")
    assert decide(site, number, item, "keep", ids, "jon").status_code == 403
    with site.store() as session:
        session.execute(text("UPDATE membership SET role = 'contributor' WHERE person_id = 3"))
        session.commit()
    assert decide(site, number, item, "keep", ids, "jon").status_code == 302
    assert open_marks(site, number) == []


def test_a_closed_year_keeps_its_marks_as_they_are(site: Site) -> None:
    number, item = marked(site)
    with site.store() as session:
        session.execute(text("UPDATE period SET closed_at = '2026-06-01 00:00:00'"))
        session.commit()
    replaced(site, item, code(FIRST[2]))
    assert decide(site, number, item, "remove", open_marks(site, number)).status_code == 409
    assert len(open_marks(site, number)) == 2 and "Remove the mark" not in page(site, compare(item))


def test_an_unknown_older_version_is_not_found(site: Site) -> None:
    _number, item = marked(site)
    client = site.client("ana")
    assert client.get(compare(item)).status_code == 404, "there is only one"
    replaced(site, item, code(*FIRST))
    assert "The text is the same" in page(site, compare(item))
    for rest in ("?version=2", "?version=7", "?part=2", "?part=x"):
        assert client.get(compare(item, rest)).status_code == 404, rest


def test_changed_words_are_in_the_language_that_somebody_gave_for_the_document(site: Site) -> None:
    begin(site)
    item = add(site, language="fr")
    replaced(site, item, b'<html lang="en"><p>We pay our bills within ten days.</p></html>')
    assert '<p dir="auto" translate="no" lang="fr">' in page(site, compare(item))


def test_a_change_at_the_end_of_a_long_paragraph_is_shown(site: Site) -> None:
    begin(site)
    long = " ".join(WORDS[:400])
    item = add(site, code(f"{long} and nobody buys a child."))
    replaced(site, item, code(f"{long} and nobody sells a child."))
    shown = page(site, compare(item))
    assert "nobody <del>buys</del> <ins>sells</ins> a child." in shown and " … " in shown


def test_the_wording_of_two_versions_is_compared_by_requirement(site: Site) -> None:
    number, item = marked(site)
    replaced(site, item, code("Nobody buys or permits the sale of a child.", FIRST[2], "We follow the stricter law."))
    mark(site, number, item, question="r1.code", anchor="s0.3", option="stricter")
    shown = page(site, f"{LIBRARY}/{item}/wording")
    table = re.sub(r"\s+", " ", re.sub(r"<(?!/?(del|ins))[^>]+>", " ", shown))
    assert "Nobody buys the sale of a child. Reworded Nobody buys <ins>or permits</ins> the sale of a child." in table
    assert "We forbid travel that exploits children. Gone" in table
    assert "Not in this text Added We follow the stricter law." in table


def test_pages_of_two_long_versions_are_small_and_take_few_statements(site: Site) -> None:
    number = begin(site)
    rules = [f"Rule {each}: nobody buys the sale of a child in room {each} or lets it happen." for each in range(400)]
    item = add(site, code(*rules))
    with site.store() as session, session.begin():
        there = library_item(session, 1, item)
        for each in range(1, 30):
            passage = QuotedPassage(there.latest.id, f"s0.{each}", "", rules[each - 1])
            mark_passage(session, number, there, passage, "r2.code", ["sale"], by=None, at=NOON)
    replaced(site, item, code(*(f"{rule} It is so." if each % 3 else rule for each, rule in enumerate(rules))))
    answered(site, number)
    for where in (
        compare(item),
        compare(item, "?part=3"),
        f"{LIBRARY}/{item}/wording",
        f"/assessments/{number}",
        f"/assessments/{number}/check",
        f"/assessments/{number}/mirror?show=whole",
        f"/assessments/{number}/code",
    ):
        with statements(store_engine(site.app)) as sent:
            shown = page(site, where)
        assert len(sent) <= 12 and len(gzip.compress(shown.encode())) < 15_000, (where, len(sent), len(shown))


def hand_in(site: Site, number: int) -> None:
    with site.app.app_context(), site.store() as session, session.begin():
        asked = editions()["walk-2026"]
        given = {"edition": asked.edition, "scores": submission_json_writer(asked.compiled), "consent": "counted"}
        store.submit(session, number, by=site.people["ana"].id, at=now(), **given)


def test_an_auditor_sees_the_old_and_the_new_words_until_the_company_submits_again(site: Site) -> None:
    number, item = marked(site)
    hand_in(site, number)
    assign(site, number)
    assert "Answers whose words have changed" not in page(site, f"/audit/{number}", "audun")
    replaced(site, item, code("Nobody buys or permits the sale of a child.", FIRST[2]))
    assert "In one review, a later version" in page(site, "/audit", "audun")
    assert "Answers whose words have changed" in page(site, f"/audit/{number}", "audun")
    shown = page(site, f"/audit/{number}/code", "audun")
    assert "Nobody buys <ins>or permits</ins> the sale of a child." in shown
    assert "<del>We forbid travel that exploits children.</del>" in shown and "gone from version 2" in shown
    first, second = open_marks(site, number)
    decide(site, number, item, "keep", [first])
    decide(site, number, item, "remove", [second])
    assert "<ins>or permits</ins>" in page(site, f"/audit/{number}/code", "audun"), "true of what was submitted"
    hand_in(site, number)
    assert "<ins>" not in page(site, f"/audit/{number}/code", "audun")
    assert "In one review" not in page(site, "/audit", "audun")


# ── Any versions in any order, against a model


@dataclass
class World:
    """A document, each of its sentences with a number of its own, and the marks as they should be: by element, the
    number of a sentence and its words when it was marked or confirmed."""

    chance: Random
    text: list[tuple[int, str]]
    marks: dict[tuple[str, str], tuple[int, str]]
    made: int = 0

    def sentence(self) -> str:
        return " ".join(self.chance.choices(WORDS, k=14)).capitalize() + "."

    def write(self) -> None:
        """Add a new version in which some sentences are left out, moved, reworded or added."""
        for place in reversed(range(len(self.text))):
            number, words = self.text[place]
            match self.chance.choices(("stay", "reword", "drop", "move"), (60, 20, 12, 8))[0]:
                case "reword":
                    self.text[place] = number, f"{words[:-1]} {self.chance.choice(WORDS)}."
                case "drop":
                    del self.text[place]
                case "move":
                    self.text.insert(self.chance.randrange(len(self.text)), self.text.pop(place))
        self.add(self.chance.randrange(3))

    def add(self, count: int) -> None:
        for _ in range(count):
            self.made += 1
            self.text.insert(self.chance.randrange(len(self.text) + 1), (self.made, self.sentence()))

    def to_look_at(self) -> set[str]:
        """The questions whose answers rest on words that are no longer in the document."""
        now = dict(self.text)
        return {question for (question, _option), (number, words) in self.marks.items() if now.get(number) != words}


@pytest.mark.parametrize("seed", range(tries(20)))
def test_a_second_look_is_needed_exactly_where_words_changed_or_were_removed(site: Site, seed: int) -> None:
    world = World(Random(seed), [], {})
    world.add(9)
    number, item = begin(site), add(site, code(*(words for _number, words in world.text)))
    answered(site, number)
    for question, option in ELEMENTS:
        place = world.chance.randrange(len(world.text))
        mark(site, number, item, question=question, anchor=f"s0.{place + 1}", option=option)
        world.marks[question, option] = world.text[place]
    for _ in range(4):
        world.write()
        replaced(site, item, code(*(words for _number, words in world.text)))
        assert looked_at(site, number) == len(world.to_look_at())
        now = dict(world.text)
        for each in [one for one in kept(site, number) if one.is_current]:
            if (element := (each.question, each.option)) not in world.marks or world.chance.random() < 0.5:
                continue
            sentence, _words = world.marks[element]
            do = world.chance.choice(("keep", "remove"))
            decide(site, number, item, do, [each.id])
            if do == "remove":
                del world.marks[element]
            elif sentence in now:
                world.marks[element] = sentence, now[sentence]
            assert looked_at(site, number) == len(world.to_look_at())
    current = {(one.question, one.option) for one in kept(site, number) if one.is_current}
    assert current == set(world.marks)
    rests_on = {piece.passage for question in ("r1.code", "r2.code") for piece in evidence(site, number, question)}
    assert rests_on == {words for _sentence, words in world.marks.values()}
