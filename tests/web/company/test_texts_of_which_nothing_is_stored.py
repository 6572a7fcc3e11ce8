"""A text of characters that are never stored is refused wherever an empty one is, and stops nothing else."""

from collections.abc import Mapping

import pytest

from compliance import store
from compliance.store.comments import comments_on
from tests.support.sites import PROFILE, Site, begin, kept, post, save
from tests.web.company.test_evidence_library import DETAILS, LIBRARY, add, items

NOTHING = "\x00\ufdd0"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"kind": "link", "link": "https://a.example", "title": NOTHING}, ""),
        ({"kind": "passage", "document": NOTHING, "passage": "We obey."}, "Name the document in which this is stated."),
    ],
)
def test_an_item_of_the_library_is_named_by_characters_that_are_stored(
    site: Site, fields: Mapping[str, str], says: str
) -> None:
    page = save(site, LIBRARY, {"seen_by": "everyone", **fields})
    assert (page.status_code, len(items(site))) == ((200, 0) if says else (302, 1))
    assert says in page.text
    add(site)
    assert (
        "Give it a title"
        in save(site, f"{LIBRARY}/{items(site)[0].id}", {"do": "details", **DETAILS, "title": NOTHING}).text
    )


def test_evidence_beside_an_answer_names_its_document_and_the_answer_is_saved(site: Site) -> None:
    number = begin(site)
    sent = {"r1.code#version": "0", "r1.code": "stricter", "r1.code#document": NOTHING, "r1.code#passage": "We obey."}
    assert "Name the document in which this is stated." in save(site, f"/assessments/{number}/code", sent).text
    assert kept(site, number) == {"r1.code": "stricter"}


def test_a_comment_and_the_role_of_whoever_submits_have_words(site: Site) -> None:
    number = begin(site)
    save(site, f"/assessments/{number}/profile", PROFILE)
    said = post(site.client("ana"), f"/assessments/{number}/questions/r1.code/comments", text=NOTHING).text
    assert "Write something first." in said
    attested = {"consent": "private", "role": NOTHING, "confirmed": "yes"}
    assert "Enter your role in your organisation" in save(site, f"/assessments/{number}/check", attested).text
    with site.store() as session:
        assert not comments_on(session, number, "r1.code", most=1)
        assert not store.submissions_of(session, number)
