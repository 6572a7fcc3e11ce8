"""Documents of the library: reading them, marking passages for questions about the code, and the mirror."""

import gzip
import io
import re
from collections.abc import Mapping
from typing import Any

import pytest
from lxml import html
from sqlalchemy import text
from werkzeug.test import TestResponse

from compliance import store
from compliance.documents.document import TextBlock, paged_document, unpaged_document
from compliance.questionnaire.loader import load_edition
from compliance.store.document_passages import passage_marks
from compliance.store.evidence import KeptFile
from compliance.store.evidence_library import library_of
from compliance.web.database import store_engine
from compliance.web.document_texts import ReadDocument, found_passages
from compliance.web.presenters.document_pages import leaves_of
from tests.support.page_lint import faults_of
from tests.support.sites import EDITIONS, Site, begin, new_token, save
from tests.support.stores import statements

LIBRARY = "/companies/1/evidence"
CODE = """<html lang="en"><title>Code</title><script>alert(1)</script><h1>Children</h1>
<p>Nobody who works for us buys the sale of a child. We forbid exploitation in travel and tourism.</p>
<p>We pay our bills within thirty days.</p><h2>Law</h2><p>We follow the stricter one of two laws.</p></html>"""
DETAILS = {"kind": "file", "title": "Code 2026", "seen_by": "everyone", "rule_text": "code", "language": "en"}


def send(site: Site, where: str, fields: Mapping[str, Any], who: str = "ana") -> TestResponse:
    client = site.client(who)
    return client.post(where, data={"csrf_token": new_token(client), **fields}, content_type="multipart/form-data")


def add(site: Site, content: bytes = CODE.encode(), name: str = "code.html", who: str = "ana", **fields: str) -> int:
    """Add a text that sets rules to the library; the number of the item."""
    sent = {**DETAILS, **fields, "file": (io.BytesIO(content), name)}
    answer = send(site, LIBRARY, sent, who)
    assert answer.status_code == 302, answer.text
    return items(site)[0].id


def items(site: Site) -> list[Any]:
    with site.store() as session:
        return list(library_of(session, 1))


def version(site: Site, item: int) -> str:
    return str(next(each.latest.id for each in items(site) if each.id == item))


def mark(site: Site, number: int, item: int, who: str = "ana", **fields: Any) -> TestResponse:
    given = {"do": "mark", "question": "r2.code", "version": version(site, item), "anchor": "s1.1.1", "option": "sale"}
    return send(site, f"/assessments/{number}/passages", {**given, **fields}, who)


def marks(site: Site, number: int) -> list[tuple[str, str, str, bool]]:
    with site.store() as session:
        return [(m.question, m.option, m.anchor, m.fits) for m in passage_marks(session, number)]


def evidence(site: Site, number: int, question: str = "r2.code") -> list[Any]:
    with site.store() as session:
        return [piece.rests_on for piece in store.evidence_of(session, number).get(question, ())]


def page(site: Site, where: str, who: str = "ana") -> str:
    answer = site.client(who).get(where)
    assert answer.status_code == 200, where
    assert faults_of(answer.text) == [], where
    return answer.text


def read(item: int, rest: str = "") -> str:
    return f"{LIBRARY}/{item}/read{rest}"


def test_a_web_page_that_sets_rules_is_shown_by_paragraphs_and_its_scripts_are_not_run(site: Site) -> None:
    number = begin(site)
    item = add(site)
    shown = page(site, read(item))
    assert 'id="p-s1.1"' in shown and "buys the sale of a child" in shown and "alert(1)" not in shown
    assert "Suggested for" in shown and "Mark this paragraph" in shown
    assert f"/assessments/{number}/passages" in shown


def test_a_web_page_that_sets_no_rules_is_refused(site: Site) -> None:
    sent = {**DETAILS, "rule_text": "", "file": (io.BytesIO(CODE.encode()), "code.html")}
    answer = send(site, LIBRARY, sent)
    assert "A web page is kept only as a text that sets rules" in answer.text and items(site) == []


def test_a_text_that_cannot_be_read_stays_as_plain_evidence_and_the_page_says_why(site: Site) -> None:
    client = site.client("ana")
    sent = {"csrf_token": new_token(client), **DETAILS, "file": (io.BytesIO(b"1 2 3"), "code.txt")}
    said = client.post(LIBRARY, data=sent, content_type="multipart/form-data", follow_redirects=True).text
    assert "There is no text in this document." in said and "The file stays in the library" in said
    assert "There is no text in this document." in page(site, read(items(site)[0].id))


def test_a_file_added_before_files_were_read_can_be_read_on_demand(site: Site) -> None:
    item = add(site, rule_text="", name="code.txt", content=b"Nobody buys a child.")
    assert "Only texts that set rules are read" in page(site, read(item))
    send(site, f"{LIBRARY}/{item}", {"do": "details", "title": "Code", "seen_by": "everyone", "rule_text": "code"})
    assert "Nobody buys a child." in page(site, read(item))


def test_marking_makes_a_passage_evidence_once_and_ticks_nothing(site: Site) -> None:
    number, item = begin(site), add(site)
    assert mark(site, number, item).status_code == 302
    mark(site, number, item, option=["sale", "online"])
    mark(site, number, item)
    assert marks(site, number) == [("r2.code", "sale", "s1.1.1", True), ("r2.code", "online", "s1.1.1", True)]
    (quoted,) = evidence(site, number)
    assert (quoted.document, quoted.passage) == ("Code 2026", "Nobody who works for us buys the sale of a child.")
    with site.store() as session:
        assert not store.saved_answers(session, number)["r2.code"].text
    shown = page(site, read(item))
    assert "<mark>Nobody who works for us buys the sale of a child.</mark>" in shown and "Remove" in shown
    theme = page(site, f"/assessments/{number}/code")
    assert "Nobody who works for us buys the sale" in theme and "More in your documents" in theme


def test_evidence_made_by_marks_goes_with_the_last_of_them(site: Site) -> None:
    number, item = begin(site), add(site)
    mark(site, number, item, option=["sale", "online"])
    with site.store() as session:
        first, second = (m.id for m in passage_marks(session, number))
        noted = session.execute(text("SELECT subject FROM trail WHERE subject LIKE '%/passage/%' ORDER BY id")).all()
    subject = f"assessment/{number}/passage/r2.code"
    assert [row.subject for row in noted] == [f"{subject}/sale", f"{subject}/online"]
    mark(site, number, item, do="remove", id=str(first))
    assert len(evidence(site, number)) == 1
    mark(site, number, item, do="remove", id=str(second))
    assert evidence(site, number) == [] and marks(site, number) == []


def test_evidence_that_was_typed_before_stays_when_the_mark_goes(site: Site) -> None:
    number, item = begin(site), add(site)
    words = "Nobody who works for us buys the sale of a child."
    save(
        site,
        f"/assessments/{number}/code",
        {"r2.code#version": "0", "r2.code": "sale", "r2.code#passage": words, "r2.code#document": "Code 2026"},
    )
    mark(site, number, item)
    assert len(evidence(site, number)) == 1
    with site.store() as session:
        (kept,) = passage_marks(session, number)
    mark(site, number, item, do="remove", id=str(kept.id))
    assert len(evidence(site, number)) == 1


def test_choosing_the_elements_of_a_passage_removes_its_other_marks(site: Site) -> None:
    number, item = begin(site), add(site)
    mark(site, number, item, option=["sale", "online"])
    mark(site, number, item, do="set", option=["travel"])
    assert [one[1] for one in marks(site, number)] == ["travel"]
    assert len(evidence(site, number)) == 1
    mark(site, number, item, do="set", option=[])
    assert marks(site, number) == [] and evidence(site, number) == []


def test_a_dismissed_suggestion_is_not_made_again(site: Site) -> None:
    number, item = begin(site), add(site)
    where = f"/assessments/{number}/passages?question=r2.code"
    suggested = re.findall(
        r'name="anchor" value="([^"]+)"><input type="hidden" name="option" value="travel"', page(site, where)
    )
    assert "s1.1.2" in suggested
    mark(site, number, item, do="dismiss", anchor="s1.1.2", option="travel")
    after = re.findall(
        r'name="anchor" value="([^"]+)"><input type="hidden" name="option" value="travel"', page(site, where)
    )
    assert "s1.1.2" not in after and marks(site, number) == [("r2.code", "travel", "s1.1.2", False)]
    mark(site, number, item, anchor="s1.1.2", option="travel")
    assert marks(site, number) == [("r2.code", "travel", "s1.1.2", True)], "marking it again means a change of mind"


def test_a_passage_is_picked_by_search_in_all_documents_and_marked_whole_or_in_part(site: Site) -> None:
    number, item = begin(site), add(site)
    add(site, b"Suppliers never sell a child.", "suppliers.txt", title="Suppliers", rule_text="supplier-code")
    where = f"/assessments/{number}/passages?question=r2.code"
    found = page(site, f"{where}&find=suppliers+never")
    assert "Suppliers never sell a child." in found and "Mark it" in found
    picked = page(site, f"{where}&version={version(site, item)}&anchor=s1.1")
    assert picked.count('type="radio"') == 3 and "What does this passage say?" in picked
    assert "One passage contains these words." in found
    assert "No passage contains these words, or words like them." in page(site, f"{where}&find=zzzz")
    alike = page(site, f"{where}&find=suppliers+zzzz")
    assert "No passage contains these words as you typed them." in alike and "Suppliers never sell a child." in alike


def test_passages_with_similar_words_are_in_the_order_of_their_likeness_in_all_documents() -> None:
    others = [TextBlock(f"Paragraph {number} is about good manners.") for number in range(9)]
    said = ("We pay for travel by train.", "Nobody buys or sells a child on a journey.")
    texts = [ReadDocument(each, unpaged_document("txt", [TextBlock(each), *others])) for each in said]
    found = found_passages(texts, "travel zzzz buys sells child", 2)
    assert [each.words for each in found.places] == [said[1], said[0]] and found.total == 0


def test_a_document_is_shown_in_the_language_that_somebody_gave_for_it_whatever_its_file_declares(site: Site) -> None:
    begin(site)
    shown = page(site, read(add(site, language="fr")))
    assert 'lang="fr" data-sentences="s1.1"' in shown and 'lang="en" data-sentences' not in shown


def test_words_pasted_into_a_search_box_for_documents_are_cut_and_cleaned(site: Site) -> None:
    number, item = begin(site), add(site)
    for where in (read(item, "?"), f"/assessments/{number}/passages?question=r2.code&"):
        assert "One passage contains these words." in page(site, f"{where}find=buys%09the+sale")
        assert "No passage contains these words" in page(site, f"{where}find={'%D8%A7+' * 900}")


def test_an_unknown_passage_or_question_is_not_found(site: Site) -> None:
    number, item = begin(site), add(site)
    client = site.client("ana")
    there = version(site, item)
    for rest in (
        "question=r1.practice",
        "question=nothing",
        f"question=r2.code&version={there}&anchor=s9.9",
        "question=r2.code&version=99&anchor=s1.1",
    ):
        assert client.get(f"/assessments/{number}/passages?{rest}").status_code == 404, rest
    assert mark(site, number, item, anchor="s9.9").status_code == 404
    assert mark(site, number, item, question="r1.practice").status_code == 400
    for rest in ("?page=99", "?page=x", "?version=7"):
        assert client.get(read(item, rest)).status_code == 404, rest
    assert marks(site, number) == []


def test_words_of_a_restricted_document_are_shown_to_nobody_else(site: Site) -> None:
    number, item = begin(site), add(site, seen_by="few")
    mark(site, number, item)
    (kept,) = evidence(site, number)
    assert isinstance(kept, KeptFile), "and no passage that all may see"
    client = site.client("jon")
    assert client.get(read(item)).status_code == 404
    for where in (
        f"/assessments/{number}/mirror?show=whole",
        f"/assessments/{number}/passages?question=r2.code",
        f"/assessments/{number}/code",
        LIBRARY,
    ):
        assert "buys the sale" not in page(site, where, "jon"), where
    assert mark(site, number, item, "jon").status_code == 404
    assert "buys the sale" in page(site, f"/assessments/{number}/mirror?show=whole")


def test_the_mirror_shows_the_words_or_the_silence_beside_each_requirement(site: Site) -> None:
    number, item = begin(site), add(site)
    before = page(site, f"/assessments/{number}/mirror?show=whole")
    assert "By the company’s answers, the code says none of the" in before and "Silence" in before
    mark(site, number, item)
    save(site, f"/assessments/{number}/code", {"r2.code#version": "0", "r2.code": ["sale", "online"]})
    shown = page(site, f"/assessments/{number}/mirror?show=whole")
    assert (
        "“Nobody who works for us buys the sale of a child.”" in shown and f"{LIBRARY}/{item}/read?at=s1.1.1" in shown
    )
    assert "By the company’s answers, the code says 2 of the" in shown and "2 of 3" in shown and "Code 2026" in shown
    assert "Paragraphs without a mark: " in shown


def test_the_mirror_and_documents_of_a_company_are_not_found_by_another(site: Site) -> None:
    number, item = begin(site), add(site)
    for where in (read(item), f"/assessments/{number}/mirror?show=whole", f"/assessments/{number}/passages"):
        assert site.client("olga").get(where).status_code == 404
    theirs = begin(site, "olga")
    assert mark(site, theirs, item, "olga").status_code == 404
    assert mark(site, number, item, "olga").status_code == 404


@pytest.mark.parametrize("name", ["code.pdf", "code.docx", "code.odt", "code.txt"])
def test_a_file_whose_content_does_not_fit_its_name_changes_nothing(site: Site, name: str) -> None:
    sent = {**DETAILS, "file": (io.BytesIO(b"\x7fELF\0\0"), name)}
    assert send(site, LIBRARY, sent).status_code == 200 and items(site) == []


def test_a_member_who_may_only_read_can_mark_nothing(site: Site) -> None:
    number, item = begin(site), add(site)
    with site.store() as session:
        session.execute(text("UPDATE membership SET role = 'reader' WHERE person_id = 3"))
        session.commit()
    shown = page(site, read(item), "jon")
    assert "buys the sale" in shown and "Mark it" not in shown and "Mark this paragraph" not in shown
    assert "Mark it" not in page(site, f"/assessments/{number}/passages?question=r2.code&find=sale", "jon")
    assert mark(site, number, item, "jon").status_code == 403
    assert send(site, read(item), {}, "jon").status_code == 403
    assert marks(site, number) == []


def test_a_closed_year_keeps_its_marks_and_accepts_no_others(site: Site) -> None:
    number, item = begin(site), add(site)
    mark(site, number, item)
    with site.store() as session:
        session.execute(text("UPDATE period SET closed_at = '2026-06-01 00:00:00'"))
        session.commit()
    assert mark(site, number, item, option="online").status_code == 409
    assert [one[1] for one in marks(site, number)] == ["sale"]
    assert "buys the sale" in page(site, f"/assessments/{number}/mirror?show=whole")


def test_pages_of_a_long_document_are_small_and_take_few_statements(site: Site) -> None:
    number = begin(site)
    paragraphs = "".join(f"<p>Rule {each}: nobody buys the sale of a child in room {each}.</p>" for each in range(400))
    item = add(site, f"<h1>Rules</h1>{paragraphs}".encode())
    for where in (
        read(item),
        read(item, "?page=9"),
        f"/assessments/{number}/passages?question=r2.code&find=room",
        f"/assessments/{number}/mirror?show=whole",
    ):
        with statements(store_engine(site.app)) as sent:
            shown = page(site, where)
        assert len(sent) <= 12 and len(gzip.compress(shown.encode())) < 15_000, where


def test_the_questions_beside_a_paragraph_are_grouped_by_requirement(site: Site) -> None:
    number, item = begin(site), add(site)
    shown = html.fromstring(page(site, read(item)))
    edition = load_edition(EDITIONS / "walk")
    for select in shown.xpath("//select[@name='question']"):
        groups = {each.get("label"): [o.text for o in each] for each in select.xpath("optgroup")}
        assert select.xpath("option") == [] and groups, "every question has its requirement"
        for title, asked in groups.items():
            of = [node for node in edition.requirements if node.title == title]
            assert [q.ask for node in of for q in node.questions() if q.ask in asked] == asked, title
        every = [words for asked in groups.values() for words in asked]
        assert len(set(every)) == len(every)
    assert len(shown.xpath("//select[@name='question']")) == 3, "one beside each paragraph"
    assert number


@pytest.mark.site(EDITIONS=None)
def test_every_question_of_the_tool_is_complete_beside_a_paragraph_and_the_page_is_small(site: Site) -> None:
    begin(site)
    paragraphs = "".join(f"<p>Rule {each}: nobody buys the sale of a child in room {each}.</p>" for each in range(400))
    shown = page(site, read(add(site, f"<h1>Rules</h1>{paragraphs}".encode())))
    selects = html.fromstring(shown).xpath("//select[@name='question']")
    asked = [each.text for each in selects[0].xpath("optgroup/option")]
    assert max(map(len, asked)) > 75 and not any(each.endswith("…") for each in asked)
    assert len(set(asked)) == len(asked) > 15
    assert len(gzip.compress(shown.encode())) < 15_000


def test_going_on_shows_every_page_of_a_document_once() -> None:
    blocks = [
        TextBlock(f"Heading {each}", level=1) if each % 9 == 0 else TextBlock("word " * 60) for each in range(200)
    ]
    document = unpaged_document("html", blocks)
    assert [each for leaf in leaves_of(document) for each in leaf] == list(document.paragraphs)
    paged = paged_document("pdf", [blocks[:9], [], blocks[9:]])
    assert [len(leaf) for leaf in leaves_of(paged)] == [9, 0, 191]
