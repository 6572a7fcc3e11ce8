"""Extraction against pdftotext and LibreOffice: the same words in the same order, on the same page.

In Arabic, pdftotext splits words at vowel signs and has only 96 % of the words that were written, so there the result
is compared with what was written.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from compliance.documents.document import Document
from compliance.documents.extraction import MEDIA_TYPES, extract
from tests.conftest import missing
from tests.support.examples import SHARE
from tests.support.written_documents import (
    LANGUAGES,
    LAYOUTS,
    RUNNING,
    converted,
    printed,
    right_page,
    same_order,
    words_of,
    written,
    written_words,
)

LEAST_WORDS, LEAST_PAGES = 0.98, 0.99
#: 36 documents; in `make test` three small ones.
BY_CHROMIUM = [(language, layout) for language in LANGUAGES for layout in LAYOUTS]
OF_OFFICE = [(language, ending) for language in LANGUAGES for ending in ("docx", "odt", "pdf")]
PARAGRAPHS = 60
if SHARE < 1:
    BY_CHROMIUM, OF_OFFICE, PARAGRAPHS = [("en", "columns"), ("ar", "running")], [("es", "odt")], 40


@pytest.fixture(scope="module")
def pdfs(browser: Browser) -> Mapping[tuple[str, str], bytes]:
    return {case: printed(browser, written(*case, paragraphs=PARAGRAPHS)) for case in BY_CHROMIUM}


@pytest.fixture(scope="module")
def office(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, str], tuple[bytes, bytes]]:
    """Documents that LibreOffice wrote, each with its text by LibreOffice."""
    if not list(Path(os.path.realpath(soffice)).parent.glob("libswlo*")):
        missing("LibreOffice has no Writer (Debian package libreoffice-writer-nogui)")
    folder = tmp_path_factory.mktemp("office")
    languages = sorted({language for language, _ending in OF_OFFICE})
    written_pages = [written(language, "lists", paragraphs=PARAGRAPHS) for language in languages]
    pages = {f"{page.language}.html": page.html.encode() for page in written_pages}
    made = {"odt": converted(soffice, folder, pages, "odt", infilter="HTML (StarWriter)")}
    odts = {f"{name}.odt": content for name, content in made["odt"].items()}
    for ending in {ending for _, ending in OF_OFFICE} - {"odt"} | {"txt"}:
        made[ending] = converted(soffice, folder, odts, ending)
    return {(language, ending): (made[ending][language], made["txt"][language]) for language, ending in OF_OFFICE}


def by_pdftotext(content: bytes, folder: Path) -> list[list[str]]:
    """The words of each page."""
    if not shutil.which("pdftotext"):
        missing("pdftotext is not installed (Debian package poppler-utils)")
    (folder / "it.pdf").write_bytes(content)
    run = subprocess.run(["pdftotext", "-enc", "UTF-8", "it.pdf", "-"], cwd=folder, capture_output=True, check=True)
    return [words_of(page) for page in run.stdout.decode().removesuffix("\f").split("\f")]


def words_by_page(document: Document) -> list[tuple[str, int]]:
    return [(word, paragraph.page or 0) for paragraph in document.paragraphs for word in words_of(paragraph.text)]


def report(case: tuple[str, ...], **shares: float) -> None:
    print(*case, *(f"{name} {share:.4f}" for name, share in shares.items()))


@pytest.mark.parametrize("case", BY_CHROMIUM, ids="-".join)
def test_text_of_a_pdf_from_chromium_matches_pdftotext_in_words_and_order(
    pdfs: Mapping[tuple[str, str], bytes], case: tuple[str, str], tmp_path: Path
) -> None:
    document = extract(pdfs[case], MEDIA_TYPES["pdf"])
    pages = by_pdftotext(pdfs[case], tmp_path)
    if case[1] == "running":  # running heads are left out; they are the first and last words of each page
        pages = [words[2:-2] for words in pages]
        assert RUNNING not in document.text
    expected = [(word, page) for page, words in enumerate(pages, 1) for word in words]
    found = words_by_page(document)
    right = written_words(written(*case, paragraphs=PARAGRAPHS)) if case[0] == "ar" else [word for word, _ in expected]
    words = same_order([word for word, _ in found], right)
    on_page = right_page(found, expected)
    report(case, words=words, pages=on_page)
    assert document.pages == len(pages)
    assert words >= LEAST_WORDS
    assert on_page >= LEAST_PAGES


@pytest.mark.parametrize("case", OF_OFFICE, ids="-".join)
def test_text_of_a_libreoffice_document_matches_libreoffice_in_words_and_order(
    office: Mapping[tuple[str, str], tuple[bytes, bytes]], case: tuple[str, str]
) -> None:
    content, text = office[case]
    document = extract(content, MEDIA_TYPES[case[1]])
    words = same_order(words_of(document.text), words_of(text.decode("utf-8-sig")))
    report(case, words=words)
    assert words >= LEAST_WORDS
    assert document.language == case[0]
