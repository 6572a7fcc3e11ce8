"""The parts of a zipped document that are read, and what is refused: bombs, entities, passwords, macros."""

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from lxml import etree

from compliance.documents.document import DocumentRefused, Refusal

#: In bytes, unpacked: of a part that is read, and of all parts. Pictures are never unpacked.
MOST_OF_PART = 40_000_000
MOST_UNPACKED = 400_000_000
#: Unpacked to packed, of a part above a megabyte that is read.
MOST_RATIO = 300
MOST_PARTS = 5_000
_MEGABYTE = 1_000_000
_MACROS = ("vbaproject", "basic/", "scripts/", "macros/")


class DocumentParts:
    """The parts of a zip file, read one at a time. Raise DocumentRefused for what should not be opened."""

    def __init__(self, content: bytes) -> None:
        try:
            self._package = zipfile.ZipFile(io.BytesIO(content))
            parts = self._package.infolist()
        except Exception as fault:  # zipfile lets many kinds through
            raise DocumentRefused(Refusal.DAMAGED) from fault
        names = [part.filename for part in parts]
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise DocumentRefused(Refusal.TOO_LARGE)
        if len(set(names)) < len(names):  # nobody can say which of the two it holds
            raise DocumentRefused(Refusal.DAMAGED)
        if any(part.flag_bits & 1 for part in parts) or "EncryptedPackage" in names:
            raise DocumentRefused(Refusal.ENCRYPTED)
        if any(mark in name.lower() for name in names for mark in _MACROS):
            raise DocumentRefused(Refusal.MACROS)
        self._parts: Mapping[str, zipfile.ZipInfo] = dict(zip(names, parts, strict=True))

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def read(self, name: str) -> bytes:
        """The bytes of a part; none where it is missing."""
        part = self._parts.get(name)
        if part is None:
            return b""
        if part.file_size > MOST_OF_PART or (
            part.file_size > _MEGABYTE and part.file_size > MOST_RATIO * max(part.compress_size, 1)
        ):
            raise DocumentRefused(Refusal.TOO_LARGE)
        try:
            with self._package.open(part) as stream:
                content = stream.read(MOST_OF_PART + 1)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as fault:
            raise DocumentRefused(Refusal.DAMAGED) from fault
        if len(content) > MOST_OF_PART:  # whatever its head says
            raise DocumentRefused(Refusal.TOO_LARGE)
        return content

    def tree(self, name: str) -> etree._Element | None:
        """The root of a part in XML, without entities, and nothing fetched; None where it is missing."""
        content = self.read(name)
        if not content:
            return None
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError as fault:
            is_hostile = b"<!ENTITY" in content.replace(b"\0", b"")
            raise DocumentRefused(Refusal.ENTITIES if is_hostile else Refusal.DAMAGED) from fault
        if root.getroottree().docinfo.internalDTD is not None:
            raise DocumentRefused(Refusal.ENTITIES)
        return root


def elements_outside(root: etree._Element, skipped: frozenset[str]) -> Iterator[tuple[str, etree._Element]]:
    """Every element from `root` down, as ("start", element) and ("end", element), without recursion.

    Of a skipped one only its end is told, for the text that follows it, and nothing of what is in it.
    """
    walk = etree.iterwalk(root, events=("start", "end"))
    skipping: etree._Element | None = None
    for event, element in walk:
        if skipping is not None:
            if event == "end" and element is skipping:
                skipping = None
                yield event, element
        elif event == "start" and element.tag in skipped:
            skipping = element
            walk.skip_subtree()
        else:
            yield event, element
