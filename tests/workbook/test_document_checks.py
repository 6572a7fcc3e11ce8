"""Which files may be stored as evidence, and the message for each refused file."""

import io
import zipfile
from collections.abc import Mapping

import openpyxl
import pytest

from compliance.workbook.document_checks import (
    FORMATS,
    MOST_BYTES,
    PROBLEMS,
    EvidenceFileRefused,
    bare_name,
    check_document,
)
from tests.support.hostile_workbooks import marked_as_encrypted, ods, zipped

PDF = (
    b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\n"
    b"2 0 obj <<>> stream\nxx/JS xx\nendstream endobj\ntrailer <<>>\n%%EOF\n"
)
TYPES = b"<Types/>"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(40)


def docx(**more: bytes) -> bytes:
    return zipped({"[Content_Types].xml": TYPES, "word/document.xml": b"<w:document/>", **more})


def odt(kind: str = "application/vnd.oasis.opendocument.text", **more: bytes) -> bytes:
    return zipped({"mimetype": kind.encode(), "content.xml": b"<office/>", **more})


def xlsx() -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.save(file)
    return file.getvalue()


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", TYPES)
        package.writestr("word/document.xml", bytes(30_000_000))
    return file.getvalue()


KEPT: Mapping[str, bytes] = {
    "code.pdf": PDF,
    "Code.DOCX": docx(),
    "register.xlsx": xlsx(),
    "policy.odt": odt(),
    "list.ods": ods({"A": ""}),
    "note.txt": "Élan".encode(),
    "old.txt": "Élan".encode("cp1252"),
    "wide.csv": "a,b".encode("utf-16"),
    "v1.2 final.pdf": PDF,
    "marked.txt": b"BM is how this text begins.",
    "airport.txt": b"MZLZ Zagreb Airport: code of conduct",
}
OLE = b"\xd0\xcf\x11\xe0" + bytes(600)
REFUSED = (
    ("empty", "a.txt", b""),
    ("large", "a.pdf", PDF + bytes(MOST_BYTES)),
    ("kind", "a.zip", zipped({"a": b"a"})),
    ("kind", "noending", b"text"),
    ("kind", "setup.exe", b"MZ" + bytes(99)),
    ("name", "code.pdf.exe", PDF),
    ("name", "code.exe.pdf", PDF),
    ("name", "page.docx.html", b"<html>"),
    ("kind", "drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
    ("page", "page.html", b"<html>"),
    ("pictures", "scan.png", PNG),
    ("pictures", "scan.pdf", PNG),
    ("pictures", "scan.jpeg", b"\xff\xd8\xff\xe0" + bytes(60)),
    ("pictures", "scan.txt", b"RIFF\x10\0\0\0WEBPVP8 "),
    ("pictures", "a.docx", docx(**{"word/media/image1.emf": b"x"})),
    ("pictures", "a.docx", docx(**{"word/hidden.xml": PNG})),
    ("pictures", "a.odt", odt(**{"Pictures/1.png": PNG})),
    ("content", "a.pdf", b"not a PDF"),
    ("content", "a.docx", b"plain text"),
    ("content", "a.docx", odt()),
    ("content", "a.xlsx", docx()),
    ("content", "a.odt", odt("application/vnd.oasis.opendocument.spreadsheet")),
    ("content", "a.ods", odt()),
    ("content", "a.txt", b"a\0b"),
    ("content", "a.csv", docx()),
    ("content", "a.txt", b"<!DOCTYPE html><script>1</script>"),
    ("content", "a.txt", b"#!/bin/sh\nrm"),
    ("text", "a.txt", b"\x81\x8d"),
    ("text", "a.txt", b"\xff\xfea"),
    ("damaged", "a.pdf", PDF[:60]),
    ("damaged", "a.docx", docx()[:-30]),
    ("damaged", "a.docx", docx(**{"../../evil.xml": b"x"})),
    ("damaged", "a.xlsx", zipped({"[Content_Types].xml": TYPES, "xl/workbook.xml": b"<x"})),
    ("bomb", "a.docx", bomb()),
    ("bomb", "a.docx", docx(**{"word/x.xml": b'<!DOCTYPE x [<!ENTITY a "b">]>'})),
    ("password", "a.pdf", PDF.replace(b"<<>>\n%%", b"<</Encrypt 5 0 R>>\n%%")),
    ("password", "a.docx", OLE + "EncryptedPackage".encode("utf-16-le")),
    ("password", "a.docx", marked_as_encrypted(docx())),
    ("password", "a.odt", odt(**{"META-INF/manifest.xml": b"<manifest:encryption-data/>"})),
    ("old", "a.docx", OLE),
    ("old", "a.doc", OLE),
    ("macros", "a.docx", docx(**{"word/vbaProject.bin": b"x"})),
    ("macros", "a.docx", docx(**{"[Content_Types].xml": b"application/vnd.ms-word.document.macroEnabled.main+xml"})),
    ("macros", "a.odt", odt(**{"Basic/Standard/Module1.xml": b"x"})),
    ("macros", "a.pdf", PDF.replace(b"/Catalog", b"/Catalog /OpenAction <</S /J#61vaScript>>")),
    ("other files", "a.docx", docx(**{"word/embeddings/a.bin": b"x"})),
    ("other files", "a.odt", odt(**{"Object 1": b"x"})),
    ("other files", "a.pdf", PDF.replace(b"/Catalog", b"/Catalog /EmbeddedFiles 4 0 R")),
)


@pytest.mark.parametrize("name", KEPT)
def test_documents_are_stored_with_their_own_type(name: str) -> None:
    found = check_document(KEPT[name], name)
    assert found.file_name == name
    assert found.media_type == FORMATS[name.rpartition(".")[2].lower()].media_type


@pytest.mark.parametrize(("problem", "name", "content"), REFUSED, ids=[f"{each[0]}-{each[1]}" for each in REFUSED])
def test_a_refused_file_gets_a_reason(problem: str, name: str, content: bytes) -> None:
    with pytest.raises(EvidenceFileRefused) as refused:
        check_document(content, name)
    assert (refused.value.problem, str(refused.value)) == (problem, PROBLEMS[problem])


def test_a_web_page_is_stored_only_if_it_sets_rules_and_is_really_one() -> None:
    for name in ("code.html", "code.HTM"):
        assert check_document(b"<p>No child works here.</p>", name, sets_rules=True).media_type == "text/html"
    for problem, name, content in (
        ("content", "code.html", PDF),
        ("name", "code.pdf.html", b"<p>"),
        ("kind", "a.php", b""),
    ):
        with pytest.raises(EvidenceFileRefused) as refused:
            check_document(content or b"x", name, sets_rules=True)
        assert refused.value.problem == problem


def test_every_kind_of_problem_has_a_case() -> None:
    assert {problem for problem, _, _ in REFUSED} == PROBLEMS.keys()


def test_a_pdf_of_streams_without_end_is_read_once() -> None:
    content = b"%PDF-1.7\n" + b"stream\n" * 2_000_000 + b"%%EOF"
    assert check_document(content, "a.pdf").media_type == "application/pdf"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Temp\\a.pdf", "a.pdf"),
        ('a"\r\n;b.txt', "ab.txt"),
        ("x" * 300 + ".txt", "x" * 116 + ".txt"),
        ("...", "file"),
        ("مدونة.pdf", "مدونة.pdf"),
    ],
)
def test_file_names_lose_characters_that_folders_and_headers_cannot_hold(sent: str, kept: str) -> None:
    assert bare_name(sent) == kept
