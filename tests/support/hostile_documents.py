"""Handmade documents that are broken, malicious or hard to read."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = b"<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"
ODT_KIND = b"application/vnd.oasis.opendocument.text"
_ODT_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{uri}:1.0"'
    for name, uri in (("office", "office"), ("text", "text"), ("style", "style"), ("draw", "drawing"))
)


def pdf(objects: Iterable[bytes], trailer: bytes = b"") -> bytes:
    """Return a PDF of numbered objects. The first is the catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (len(places) + 1, trailer, start)
    return bytes(out)


def stream(content: bytes, more: bytes = b"") -> bytes:
    """Return a compressed stream object."""
    packed = zlib.compress(content, 9)
    return b"<</Length %d/Filter/FlateDecode%s>>stream\n%s\nendstream" % (len(packed), more, packed)


def shown(lines: Iterable[tuple[float, float, str]], size: float = 10, font: str = "F1") -> bytes:
    """Return the content of a page: texts, each with the x and y at which it begins."""
    pieces = [(x, y, text.replace("(", r"\(").replace(")", r"\)")) for x, y, text in lines]
    return "\n".join(f"BT /{font} {size:g} Tf 1 0 0 1 {x:g} {y:g} Tm ({text}) Tj ET" for x, y, text in pieces).encode(
        "cp1252"
    )


def pdf_of_pages(pages: Iterable[bytes], *, catalogue: bytes = b"", more: Iterable[bytes] = ()) -> bytes:
    """Return a PDF of pages, in Helvetica, with bold as F2. `more`: objects that follow, numbered from 5 + 2n."""
    contents = list(pages)
    kids = b" ".join(b"%d 0 R" % (5 + 2 * number) for number in range(len(contents)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % catalogue,
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(contents), kids),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>",
    ]
    for number, content in enumerate(contents):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]"
            b"/Resources<</Font<</F1 3 0 R/F2 4 0 R>>%s>>/Contents %d 0 R>>"
            % (b"/XObject<</I 7 0 R>>" if more else b"", 6 + 2 * number)
        )
        objects.append(stream(content))
    return pdf([*objects, *more])


def pdf_of_one_stream(content: bytes, *, pages: int = 1, times: int = 1) -> bytes:
    """Return a small PDF whose pages all show one compressed stream, each page so many times."""
    page = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents[%s]>>"
        % b" ".join([b"4 0 R"] * times)
    )
    kids = b" ".join(b"%d 0 R" % (5 + number) for number in range(pages))
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
            stream(content),
            *[page] * pages,
        ]
    )


PICTURE = (
    b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>"
    b"stream\n0\nendstream"
)


def scanned_pdf() -> bytes:
    """Return a PDF of one page that is an image."""
    return pdf_of_pages([b"q 500 0 0 700 40 40 cm /I Do Q"], more=[PICTURE])


def encrypted_pdf() -> bytes:
    """Return a PDF that needs a password."""
    made = pdf_of_pages([shown([(50, 700, "secret")])])
    key, identity = b"k" * 32, b"0123456789abcdef"
    lock = b"/Encrypt<</Filter/Standard/V 1/R 2/O(%s)/U(%s)/P -4>>/ID[(%s)(%s)]" % (key, key, identity, identity)
    return made.replace(b"/Root 1 0 R", b"/Root 1 0 R" + lock)


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """Return a zip file of these parts."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return held.getvalue()


def docx(body: str, *, head: str = "", more: Mapping[str, bytes] = {}, types: bytes = _TYPES) -> bytes:
    """Return a .docx file with this body. `head`: text before the root element."""
    document = f'<?xml version="1.0"?>{head}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return zipped({"[Content_Types].xml": types, "word/document.xml": document.encode(), **more})


def docx_paragraph(text: str, properties: str = "", run: str = "") -> str:
    """Return a paragraph with one run."""
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def odt(body: str, *, styles: str = "", manifest: bytes = b"<m/>") -> bytes:
    """Return an .odt file with this body."""
    content = (
        f"<office:document-content {_ODT_NAMES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return zipped({"mimetype": ODT_KIND, "content.xml": content.encode(), "META-INF/manifest.xml": manifest})
