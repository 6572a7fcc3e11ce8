"""Files with random changes, in zip files below the zip layer, which `tests/commands` gives to the tool to read."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from random import Random

#: Bytes that tend to break programs that read text, XML or numbers.
_PIECES = (
    *(b"", b"\0", b"\xff", b"\xef\xbb\xbf", b"\r", b"\n", b"\t", b'"', b"'", b",", b";", b"|", b"\\", b"&", b"<", b">"),
    *(b"=1+1", b"-1", b"0", b"1e999", b"-0.0", b"nan", b"99999999999999999999", b"1048577", b"2147483648", b"0x10"),
    *(
        b"true",
        b"null",
        b"[]",
        b"{}",
        b"none",
        b"n/a",
        b"yes",
        b"~",
        b"*x",
        b"&x ",
        b"!!int",
        b": ",
        b"- ",
        b"? ",
        b"#",
    ),
    *(b"&#0;", b"&#xD800;", b"&amp;", b"&x;", b"<!--", b"]]>", b"<a/>", b"</a>", b"<![CDATA[", b"<?x?>", b"xml:id"),
    *("\u202e".encode(), "\u0660".encode(), "é".encode("latin-1"), "\U0001f600".encode(), b"\xed\xa0\x80"),
    b"A" * 40_000,
)
#: Parts of a package that are changed more often than others, as they contain most of what is read.
_TELLING = ("sheet", "content.xml", "document.xml", "workbook.xml", "sharedStrings", "manifest", "custom.xml")


def fuzzed(rng: Random, seeds: Sequence[bytes]) -> bytes:
    """Return one of these files with a few random changes."""
    content = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        _change(rng, content, seeds)
    return bytes(content)


def fuzzed_package(rng: Random, seeds: Sequence[Mapping[str, bytes]]) -> bytes:
    """Return a zip file of one of these packages with a few parts changed and, at times, one removed or replaced."""
    parts = dict(rng.choice(seeds))
    telling = [name for name in parts if any(word in name for word in _TELLING)]
    for _ in range(rng.choice((1, 1, 2))):
        name = rng.choice(telling if telling and rng.random() < 0.7 else [*parts])
        parts[name] = fuzzed(rng, [parts[name]])
    chance = rng.random()
    if chance < 0.03:
        del parts[rng.choice([*parts])]
    elif chance < 0.06:
        parts[rng.choice([*parts])] = rng.choice([*parts.values()])
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return file.getvalue()


def _change(rng: Random, content: bytearray, seeds: Sequence[bytes]) -> None:
    start = rng.randrange(len(content) + 1)
    stop = min(len(content), start + rng.choice((0, 1, 1, 2, 4, 8, 64, 1024)))
    match rng.randrange(6):
        case 0:  # another byte
            content[start : start + 1] = bytes([rng.randrange(256)])
        case 1:  # something that does not belong there
            content[start:stop] = rng.choice(_PIECES)
        case 2:  # a piece is lost
            del content[start:stop]
        case 3:  # or doubled
            content[start:start] = content[start:stop]
        case 4:  # or moved
            piece = bytes(content[start:stop])
            del content[start:stop]
            place = rng.randrange(len(content) + 1)
            content[place:place] = piece
        case _:  # or replaced by a piece of another file
            other = rng.choice(seeds)
            place = rng.randrange(len(other) + 1)
            content[start:stop] = other[place : place + stop - start]
