"""The parts of a zipped document, and refusals of bombs, entities, passwords and macros."""

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from lxml import etree

from compliance.documents.document import DocumentRefused, Refusal

#: Unpacked bytes of a part that is read, and of all parts. Pictures are never unpacked.
MOST_OF_PART = 40_000_000
MOST_UNPACKED = 400_000_000
#: Ratio of unpacked to packed size of a part above a megabyte that is read.
MOST_RATIO = 300
MOST_PARTS = 5_000
_MEGABYTE = 1_000_000
_MACROS = ("vbaproject", "basic/", "scripts/", "macros/")


class DocumentParts:
    """The parts of a zip file, read one at a time. Raise DocumentRefused if it should not be opened."""

    def __init__(self, content: bytes) -> None:
        try:
            self._package = zipfile.ZipFile(io.BytesIO(content))
            parts = self._package.infolist()
        except Exception as fault:  # zipfile raises many kinds
            raise DocumentRefused(Refusal.DAMAGED) from fault
        names = [part.filename for part in parts]
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise DocumentRefused(Refusal.TOO_LARGE)
        if len(set(names)) < len(names):  # it is ambiguous which of the two counts
            raise DocumentRefused(Refusal.DAMAGED)
        if any(part.flag_bits & 1 for part in parts) or "EncryptedPackage" in names:
            raise DocumentRefused(Refusal.ENCRYPTED)
        if any(mark in name.lower() for name in names for mark in _MACROS):
            raise DocumentRefused(Refusal.MACROS)
        self._parts: Mapping[str, zipfile.ZipInfo] = dict(zip(names, parts, strict=True))

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def read(self, name: str) -> bytes:
        """Return the bytes of a part; b"" if it is missing. Raise DocumentRefused if it is too large or damaged."""
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
        if len(content) > MOST_OF_PART:  # whatever size its header states
            raise DocumentRefused(Refusal.TOO_LARGE)
        return content

    def tree(self, name: str) -> etree._Element | None:
        """Return the root of an XML part; None if it is missing. Raise DocumentRefused for entities, and if damaged."""
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
    """Yield all elements from `root` down, as ("start", element) and ("end", element), without recursion.

    For a skipped element, only its end is yielded, because text may follow it, and nothing within it.
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
