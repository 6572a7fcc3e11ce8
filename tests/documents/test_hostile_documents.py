"""Unsuitable documents are refused with a reason, and no hidden text, script or attachment is read."""

import resource
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from random import Random

import pytest

from compliance.documents import extraction
from compliance.documents.document import MOST_PAGES, Document, DocumentRefused, Refusal
from compliance.documents.extraction import MEDIA_TYPES, MOST_BYTES, extract
from compliance.documents.passages import document_passages
from compliance.documents.reader_process import MOST_MEMORY, MOST_SECONDS
from tests.support.examples import SHARE, sampled, tries
from tests.support.hostile_documents import (
    W,
    docx,
    docx_paragraph,
    encrypted_pdf,
    odt,
    pdf_of_one_stream,
    pdf_of_pages,
    scanned_pdf,
    shown,
    zipped,
)

BOMB = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "' + "&a;" * 100 + '"><!ENTITY c "' + "&b;" * 100 + '">]>'
FETCHED = '<!DOCTYPE w SYSTEM "http://127.0.0.1:9/x.dtd">'
PLAIN = shown([(50, 700, "Everyone must protect children."), (50, 680, "Nobody may harm them.")])
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
REFUSED: dict[str, tuple[str, Refusal, Callable[[], bytes]]] = {
    "nothing at all": ("pdf", Refusal.EMPTY, lambda: b""),
    "only spaces": ("txt", Refusal.EMPTY, lambda: b" \n \n"),
    "a document without a word": ("docx", Refusal.EMPTY, lambda: docx(docx_paragraph("123 ..."))),
    "a scanned page": ("pdf", Refusal.SCANNED, scanned_pdf),
    "a page without anything": ("pdf", Refusal.EMPTY, lambda: pdf_of_pages([b""])),
    "a PDF with a password": ("pdf", Refusal.ENCRYPTED, encrypted_pdf),
    "2,000 pages": ("pdf", Refusal.TOO_MANY_PAGES, lambda: pdf_of_pages([PLAIN] * 2_000)),
    "half a PDF": ("pdf", Refusal.DAMAGED, lambda: b"%PDF-1.7\nbut no more"),
    "text that is called PDF": ("pdf", Refusal.WRONG_TYPE, lambda: b"Everyone must protect children."),
    "a PDF that is called text": ("txt", Refusal.WRONG_TYPE, lambda: pdf_of_pages([PLAIN])),
    "a PDF that is called Word": ("docx", Refusal.WRONG_TYPE, lambda: pdf_of_pages([PLAIN])),
    "a workbook that is called Word": ("docx", Refusal.WRONG_TYPE, lambda: zipped({"xl/workbook.xml": b"<w/>"})),
    "Word that is called OpenDocument": ("odt", Refusal.WRONG_TYPE, lambda: docx(docx_paragraph("words"))),
    "a picture that is called text": ("txt", Refusal.WRONG_TYPE, lambda: b"\x89PNG\r\n\x1a\n" + bytes(50)),
    "bytes that are called text": ("txt", Refusal.WRONG_TYPE, lambda: bytes(range(256)) * 9),
    "RTF that is called text": ("txt", Refusal.WRONG_TYPE, lambda: b"{\\rtf1 words}"),
    "text that is called HTML": ("html", Refusal.WRONG_TYPE, lambda: b"Everyone must protect children."),
    "an old Word file": ("docx", Refusal.OLD_WORD, lambda: OLE),
    "a Word file with a password": ("docx", Refusal.ENCRYPTED, lambda: OLE + "EncryptedPackage".encode("utf-16-le")),
    "an .odt with a password": (
        "odt",
        Refusal.ENCRYPTED,
        lambda: odt("<text:p>x</text:p>", manifest=b"<m><encryption-data/></m>"),
    ),
    "macros": ("docx", Refusal.MACROS, lambda: docx(docx_paragraph("words"), more={"word/vbaProject.bin": b"x"})),
    "macros by type": ("docx", Refusal.MACROS, lambda: docx(docx_paragraph("words"), types=b"<T>macroEnabled</T>")),
    "half a zip": ("docx", Refusal.DAMAGED, lambda: docx(docx_paragraph("words"))[:200]),
    "broken XML": ("docx", Refusal.DAMAGED, lambda: docx("<w:p>")),
    "entities": ("docx", Refusal.ENTITIES, lambda: docx(docx_paragraph("&c;"), head=BOMB)),
    "entities that nobody uses": ("docx", Refusal.ENTITIES, lambda: docx(docx_paragraph("words"), head=BOMB)),
    "a definition elsewhere": ("docx", Refusal.ENTITIES, lambda: docx(docx_paragraph("words"), head=FETCHED)),
    "a zip bomb": ("docx", Refusal.TOO_LARGE, lambda: docx(f"<w:p>{' ' * 39_000_000}</w:p>")),
    "too many parts": ("odt", Refusal.TOO_LARGE, lambda: zipped({f"p{n}": b"" for n in range(6_000)})),
    "a text without end": ("txt", Refusal.TOO_LONG, lambda: b"no end " * 700_000),
    "too large a file": ("txt", Refusal.TOO_LARGE, lambda: b"a" * (MOST_BYTES + 1)),
}


def read(content: bytes, ending: str) -> Document:
    return extract(content, MEDIA_TYPES[ending])


@pytest.mark.parametrize("case", [*REFUSED][:: 1 if SHARE >= 1 else 3])
def test_unsuitable_documents_are_refused_with_a_reason(case: str) -> None:
    ending, refusal, make = REFUSED[case]
    with pytest.raises(DocumentRefused) as refused:
        read(make(), ending)
    assert refused.value.refusal is refusal


def test_an_unknown_type_is_refused_before_the_file_is_touched(tmp_path: Path) -> None:
    """The file does not exist, so that even a look at its size would fail."""
    with pytest.raises(DocumentRefused) as refused:
        extract(tmp_path / "missing", "application/x-unknown")
    assert refused.value.refusal is Refusal.UNKNOWN_TYPE


def test_a_document_of_the_maximum_length_is_read_to_the_last_page() -> None:
    count = MOST_PAGES if SHARE >= 1 else 50
    pages = [shown([(50, 700, f"Rule {number} protects children.")]) for number in range(count)]
    document = read(pdf_of_pages(pages), "pdf")
    assert document.pages == count
    assert document.paragraphs[-1].text == f"Rule {count - 1} protects children."


def seconds_until_too_heavy(content: bytes) -> float:
    """CPU time of the process that reads a PDF, until the PDF is refused as too heavy."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(DocumentRefused) as refused:
        read(content, "pdf")
    assert refused.value.refusal is Refusal.TOO_HEAVY
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


SLOW = PLAIN + b"\n" + b"q Q " * 1_000_000  # takes a tenth of a second or more to read


def test_reading_a_pdf_that_unpacks_to_more_than_the_memory_limit_stops_at_that_limit() -> None:
    times = MOST_MEMORY // len(SLOW) + 20
    bomb = pdf_of_one_stream(SLOW, times=times)
    assert len(bomb) < 10_000 and times * len(SLOW) > MOST_MEMORY
    assert read(pdf_of_one_stream(SLOW, times=2), "pdf").text.startswith("Everyone")
    assert seconds_until_too_heavy(bomb) < MOST_SECONDS / 2  # the limit of time would stop it too, but later


def test_a_pdf_whose_only_page_needs_more_memory_than_there_is_is_too_heavy_and_not_empty() -> None:
    content = PLAIN + b"\n" + b"q Q " * (MOST_MEMORY // 16)
    assert seconds_until_too_heavy(pdf_of_one_stream(content, times=2)) < MOST_SECONDS


ONE_SECOND = """
import sys
sys.path.insert(0, sys.argv[1])
from compliance.documents import reader_process
reader_process.MOST_SECONDS = 1
reader_process.main(sys.argv[2])
"""


@pytest.mark.parametrize(("limit", "most"), [("_START", ONE_SECOND), ("MOST_WAIT", 1.0)])
def test_reading_a_pdf_that_takes_minutes_stops_at_the_limits_of_cpu_time_and_of_real_time(
    limit: str, most: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, limit, most)  # one second, in place of the 20 or 40 that it takes otherwise
    assert seconds_until_too_heavy(pdf_of_one_stream(SLOW, pages=MOST_PAGES)) < 5


def test_scripts_and_attachments_of_a_pdf_are_not_read() -> None:
    script = b"/OpenAction<</S/JavaScript/JS(app.alert\\('HARM'\\))>>/Names<</EmbeddedFiles<</Names[(f) 7 0 R]>>>>"
    attached = [b"<</Type/Filespec/F(harm.exe)/EF<</F 8 0 R>>>>", b"<</Length 4>>stream\nHARM\nendstream"]
    document = read(pdf_of_pages([PLAIN], catalogue=script, more=attached), "pdf")
    assert document.text == "Everyone must protect children.\nNobody may harm them."


def test_hidden_text_of_an_html_page_is_not_read() -> None:
    page = b"""<!doctype html><html lang=fr><head><title>Code</title><style>.gone, #away {display: none}</style></head>
    <body><h1>Code</h1><p>Seen <script>HARM()</script>one.<!-- HARM --></p><p hidden>HARM</p>
    <p style="display:none">HARM</p>
    <div class="x gone">HARM</div><div id=away>HARM</div><p>Two<span style="visibility: hidden">HARM</span> three<br>
    four.
    <input value=HARM><textarea>HARM</textarea><template>HARM</template><noscript>HARM</noscript>
    <svg><text>HARM</text></svg>
    <img alt=HARM src=http://127.0.0.1:9/x.png><iframe src=http://127.0.0.1:9>HARM</iframe></p><ul><li>Five<li>Six</ul>"""
    document = read(page, "html")
    assert [(each.anchor, each.text, each.level, each.is_item) for each in document.paragraphs] == [
        ("s1", "Code", 1, False),
        ("s1.1", "Seen one.", 0, False),
        ("s1.2", "Two three four.", 0, False),
        ("s1.3", "Five", 0, True),
        ("s1.4", "Six", 0, True),
    ]
    assert (document.title, document.language, document.pages) == ("Code", "fr", 0)


@pytest.mark.parametrize(
    ("media", "is_hidden"),
    [
        *((media, True) for media in ("screen", "all", "not print", "screen, print", "(min-width: 600px)")),
        *(
            (media, False)
            for media in ("print", "PRINT and (color)", "(max-width: 600px)", "(width<40em)", "print, speech")
        ),
    ],
)
def test_html_text_that_is_hidden_only_in_print_or_on_small_screens_is_read(media: str, is_hidden: bool) -> None:
    style = f"<style>@media {media} {{ b {{color: red}} .menu {{display: none}} }} .last {{color: red}}</style>"
    document = read(f"<html>{style}<p class=menu>We protect children.<p class=last>All of them.".encode(), "html")
    assert document.text == ("" if is_hidden else "We protect children.\n") + "All of them."


def test_deleted_and_hidden_text_in_word_documents_is_not_read() -> None:
    body = (
        docx_paragraph("Heading", '<w:pStyle w:val="H"/>')
        + "<w:p><w:r><w:t>kept </w:t></w:r><w:del><w:r><w:delText>HARM</w:delText></w:r></w:del>"
        + "<w:ins><w:r><w:t>put in</w:t></w:r></w:ins></w:p>"
        + docx_paragraph("HARM", run="<w:vanish/>")
        + docx_paragraph("shown", run='<w:vanish w:val="0"/>')
        + "<w:p><w:r><w:instrText>HARM</w:instrText></w:r>"
        + "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>"
        + "</w:p>"
    )
    style = '<w:style w:styleId="H"><w:name w:val="heading 2"/></w:style>'
    styles = f'<w:styles xmlns:w="{W}">{style}</w:styles>'
    document = read(docx(body, more={"word/styles.xml": styles.encode()}), "docx")
    assert [each.text for each in document.paragraphs] == ["Heading", "kept put in", "shown", "a b c"]
    assert [each.level for each in document.paragraphs] == [2, 0, 0, 0]


def test_deleted_and_hidden_text_in_opendocument_files_is_not_read() -> None:
    styles = '<style:style style:name="T1"><style:text-properties text:display="none"/></style:style>'
    body = (
        "<text:tracked-changes><text:p>HARM</text:p></text:tracked-changes>"
        '<text:h text:outline-level="2">Heading</text:h>'
        '<text:p>kept <text:span text:style-name="T1">HARM</text:span>on'
        "<office:annotation><text:p>HARM</text:p></office:annotation> and on</text:p>"
        "<text:p>with a note<text:note><text:note-citation>1</text:note-citation>"
        "<text:note-body><text:p>the note</text:p></text:note-body></text:note>.</text:p>"
        '<text:section text:display="none"><text:p>HARM</text:p></text:section>'
        '<text:list><text:list-item><text:p>a<text:s text:c="3"/>b<text:tab/>c'
        "<text:line-break/>d</text:p></text:list-item></text:list>"
    )
    document = read(odt(body, styles=styles), "odt")
    assert [(each.text, each.level, each.is_item) for each in document.paragraphs] == [
        ("Heading", 2, False),
        ("kept on and on", 0, False),
        ("with a note.", 0, False),
        ("a b c d", 0, True),
        ("the note", 0, False),
    ]


def test_a_file_with_broken_bytes_is_either_read_or_refused() -> None:
    made = {
        "pdf": pdf_of_pages([PLAIN, PLAIN]),
        "docx": docx(docx_paragraph("words of a code") * 9),
        "odt": odt("<text:p>words of a code</text:p>" * 9),
        "html": b"<html><p>words of a code</p></html>" * 9,
        "txt": "mots d'un cöde\n".encode() * 9,
    }
    for seed in range(tries(100)):
        chance, ending = Random(seed), [*made][seed % len(made)]
        broken = bytearray(made[ending])
        for _change in range(chance.randint(1, 20)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        if chance.random() < 0.3:
            del broken[chance.randrange(len(broken)) :]
        try:
            assert read(bytes(broken), ending).paragraphs
        except DocumentRefused as refused:
            assert refused.refusal in Refusal


LONG_RUNS = {
    "letters": "a" * 60_000,
    "letters that are parted": "a" * 60_000 + "-\nb",
    "letters before a full stop": "a" * 60_000 + ". Nobody may harm children.",
    "question marks": "Nobody may harm children" + "?" * 60_000 + "a",
    "single letters": "A. " * 30_000,
    "lines that are parted": "chil-\ndren " * 8_000,
}


@pytest.mark.parametrize(("run", "kind"), sampled(product(LONG_RUNS, ["txt", "html", "docx"])))
def test_a_long_repetition_is_read_within_seconds(run: str, kind: str) -> None:
    text = LONG_RUNS[run]
    page = f"<!doctype html><style>{text}</style><p>{text}</p>".encode()
    content = {"txt": text.encode(), "html": page, "docx": docx(docx_paragraph(text))}[kind]
    before = time.process_time()
    assert document_passages(read(content, kind))
    assert time.process_time() - before < 5  # of CPU time; with quadratic time it took minutes


def test_a_long_row_of_numbers_in_a_margin_is_read() -> None:
    pages = [shown([(50, 780, "1 " * 3_000 + "a"), (50, 400, "Nobody may harm children.")])] * 4
    before = time.process_time()
    assert "Nobody may harm children." in read(pdf_of_pages(pages), "pdf").text
    assert time.process_time() - before < 5
