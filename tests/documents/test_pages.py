"""How pages are read: columns, lines, hyphenated words, running heads, headings, ligatures, and encodings."""

import pytest

from compliance.documents.document import Document
from compliance.documents.extraction import MEDIA_TYPES, extract
from compliance.documents.page_layout import Glyph, page_lines
from tests.support.hostile_documents import pdf_of_pages, shown

LEFT = [
    "The company protects all children",
    "from violence, wherever it works,",
    "and asks the same of its suppli-",
    "ers, whose staff it trains each",
    "year in a well-known programme.",
]
RIGHT = [
    "Whoever hears of harm to a child",
    "must report it at once, even if",
    "nobody is sure, to the safeguar-",
    "ding lead or to the authorities,",
    "who decide what has to be done.",
]
READ = (
    "The company protects all children from violence, wherever it works, and asks the same of its "
    "suppliers, whose staff it trains each year in a well-known programme. "
    "Whoever hears of harm to a child must report it at once, even if "
    "nobody is sure, to the safeguarding lead or to the authorities, who decide what has to be done."
)


def read(*pages: bytes) -> Document:
    return extract(pdf_of_pages(pages), MEDIA_TYPES["pdf"])


def column(lines: list[str], x: float, top: float = 700) -> list[tuple[float, float, str]]:
    return [(x, top - 13 * number, text) for number, text in enumerate(lines)]


def said(document: Document) -> str:
    return " ".join(paragraph.text for paragraph in document.paragraphs)


def test_two_columns_that_were_written_row_by_row_are_read_column_by_column() -> None:
    left, right = column(LEFT, 50), column(RIGHT, 320)
    by_rows = [line for row in zip(left, right, strict=True) for line in row]
    assert said(read(shown(by_rows))) == READ
    assert said(read(shown([*left, *right]))) == READ


def test_a_page_written_from_bottom_to_top_is_read_from_top_to_bottom() -> None:
    assert said(read(shown(column(LEFT, 50)[::-1]))) == READ.partition(" Whoever")[0]


def test_the_cells_of_a_table_are_read_row_by_row() -> None:
    rows = [[(50, 700 - 15 * n, f"Rule {n}"), (200, 700 - 15 * n, f"Owner {n}")] for n in range(6)]
    document = read(shown([cell for row in rows for cell in row]))
    assert said(document) == " ".join(f"Rule {n} Owner {n}" for n in range(6))


def test_running_heads_and_page_numbers_are_left_out_and_text_that_does_not_repeat_is_kept() -> None:
    pages = [
        shown(
            [
                (50, 810, "Example Foods code of conduct"),
                (50, 730, only),
                *column(LEFT, 50),
                (280, 30, f"Page {n} of 5"),
            ]
        )
        for n, only in enumerate(["First words", "", "", "", "Last words"], 1)
    ]
    document = read(*pages)
    assert "Example Foods" not in document.text
    assert "Page" not in document.text
    assert "First words" in document.text and "Last words" in document.text
    whole = [paragraph.anchor for paragraph in document.paragraphs if paragraph.text.startswith("The company")]
    assert whole == ["1.2", "2.1", "3.1", "4.1", "5.2"]


def test_headings_are_recognised_by_size_and_by_weight() -> None:
    large = shown([(50, 780 - 90, "Our code")], size=18)
    bold = shown([(50, 660, "Who must follow it")], font="F2")
    document = read(b"\n".join([large, bold, shown(column(LEFT, 50, 640))]))
    assert [(paragraph.level, paragraph.text) for paragraph in document.paragraphs[:2]] == [
        (1, "Our code"),
        (2, "Who must follow it"),
    ]
    assert document.title == "Our code"


def test_a_rotated_page_is_read_but_text_across_or_outside_a_page_is_not() -> None:
    turned = b"\n".join(
        b"BT /F1 10 Tf 0 1 -1 0 %d 50 Tm (%s) Tj ET" % (100 + 13 * n, text.encode()) for n, text in enumerate(LEFT)
    )
    assert said(read(turned)) == READ.partition(" Whoever")[0]
    across = b"BT /F1 60 Tf 0.7 0.7 -0.7 0.7 100 200 Tm (DRAFT) Tj ET"
    outside = shown([(900, 400, "UNSEEN")])
    assert said(read(b"\n".join([across, outside, shown(column(LEFT, 50))]))) == READ.partition(" Whoever")[0]


@pytest.mark.parametrize(
    "written_as", [b"/F1 10 Tf 1 0 0 1 50 %d Tm", b"/F1 -10 Tf -1 0 0 -1 50 %d Tm", b"/F1 -1 Tf -10 0 0 -10 50 %d Tm"]
)
def test_a_page_whose_letters_have_a_size_below_zero_is_read(written_as: bytes) -> None:
    page = b"\n".join(
        b"BT %s (%s) Tj ET" % (written_as % (700 - 13 * n), text.encode()) for n, text in enumerate([*LEFT, *RIGHT])
    )
    assert said(read(page)) == READ


def glyphs(text: str, *, rightmost: float = 200) -> list[Glyph]:
    """Letters from right to left, each at its visible position."""
    return [
        Glyph(letter, rightmost - 5 * n, rightmost - 5 * n, rightmost - 5 * n + 5, 100, 10)
        for n, letter in enumerate(text)
    ]


@pytest.mark.parametrize("written_as", ["as read", "as seen"])
def test_arabic_is_read_in_reading_order_whether_stored_as_read_or_as_seen(written_as: str) -> None:
    seen = glyphs("يحمي الطفل (المادة 43) كل")  # a number is seen from left to right: 34
    order = seen if written_as == "as read" else seen[::-1]
    assert [line.text for line in page_lines(order)] == ["يحمي الطفل (المادة 34) كل"]


def test_a_lam_alef_ligature_keeps_the_order_of_its_letters() -> None:
    drawn = [Glyph("ا", 50, 50, 55, 100, 10), Glyph("ال", 44, 44, 49, 100, 10)]
    assert [line.text for line in page_lines(drawn)] == ["الا"]


@pytest.mark.parametrize("declared", ["iso-8859-1", "ISO-8859-1", "latin1", "us-ascii", "windows-1252"])
def test_curly_quotation_marks_of_a_web_page_are_read_whatever_western_encoding_it_declares(declared: str) -> None:
    said = "The company’s code – “children’s rights” – costs 5 €."
    page = f'<html><head><meta charset="{declared}"></head><body><p>{said}</p></body></html>'
    assert extract(page.encode("cp1252"), MEDIA_TYPES["html"]).text == said


@pytest.mark.parametrize(
    ("said", "encoding"),
    [
        ("Où ?", "cp1252"),
        ("Crème brûlée", "cp1252"),
        ("La niñez tiene derechos.", "cp1252"),
        ("Código de conducta: protección de la niñez.", "cp1252"),
        ("Die Kinder – “zuerst” – schützen wir für 5 €.", "cp1252"),
        ("يحترم جميع الموظفين حقوق الطفل.", "cp1256"),
        ("Все сотрудники уважают права ребенка.", "cp1251"),
        ("Wszyscy pracownicy szanują prawa dziecka, a każdy przypadek zgłaszają.", "cp1250"),
        ("Všichni zaměstnanci respektují práva dětí.", "cp1250"),
        ("Magatartási kódex a gyermekek védelméről.", "cp1250"),
    ],
)
def test_a_short_plain_text_is_read_in_the_encoding_in_which_it_was_written(said: str, encoding: str) -> None:
    assert extract(said.encode(encoding), MEDIA_TYPES["txt"]).text == said


@pytest.mark.parametrize("end", ["", " "])
def test_a_web_page_that_wrongly_declares_a_wide_encoding_is_read(end: str) -> None:
    page = f'<html><head><meta charset="utf-16"></head><body><p>L’enfant est protégé.</p></body></html>{end}'
    assert extract(page.encode(), MEDIA_TYPES["html"]).text == "L’enfant est protégé."


@pytest.mark.parametrize("declared", ["undefined", "punycode", "hex", "no-such-one"])
def test_a_web_page_that_declares_no_encoding_of_pages_is_read_all_the_same(declared: str) -> None:
    page = f'<html><head><meta charset="{declared}"></head><body><p>L’enfant est protégé.</p></body></html>'
    assert extract(page.encode(), MEDIA_TYPES["html"]).text == "L’enfant est protégé."
