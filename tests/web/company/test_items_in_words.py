"""An item of the evidence library in words, in the language of the page."""

import pytest

from compliance.store.evidence_library import ItemDetails, StoredFile, add_item
from tests.support.sites import NOON, Site
from tests.web.company.test_evidence_library import LIBRARY


@pytest.mark.parametrize(("language", "size"), [("", "12,346"), ("/fr", "12\u202f346"), ("/es", "12.346")])
def test_the_size_of_a_file_is_written_as_the_language_writes_numbers(
    sqlite_site: Site, language: str, size: str
) -> None:
    with sqlite_site.store() as session, session.begin():
        file = StoredFile("0" * 64, "register.csv", "text/csv", 12_345_678)
        add_item(session, 1, ItemDetails("Register"), file, by=None, at=NOON)
    assert f"{size}\u00a0kB" in sqlite_site.client("ana").get(f"{language}{LIBRARY}").text
