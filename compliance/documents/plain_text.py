"""Text as people read it: letters instead of ligatures, no invisible characters, joined lines, known encodings."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress

from charset_normalizer import from_bytes

#: Ligatures, and forms of Arabic letters by their position in a word.
_PRESENTATION_FORMS = re.compile("[\ufb00-\ufb4f\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc]+")
_SPACES = re.compile(r"[\s\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
#: Soft hyphens, invisible characters, overrides of direction, and code points that are not characters.
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\ufdd0-\ufdef\ufff0-\uffff\ud800-\udfff]"
)
#: Bullets that Word takes from symbol fonts, by their code there.
_SYMBOL_BULLETS = re.compile("[\uf0a7\uf0b7\uf0d8\uf0fc\uf076\uf02d\uf0a8]")
BULLETS = "•◦▪▫■□●○‣⁃∙·–—*-➢➤►✓✔❖"
_ITEM = re.compile(rf"^(?:[{re.escape(BULLETS)}]\s+|\(?(?:\d{{1,3}}|[a-zA-Z]|[ivxIVX]{{1,5}})[.)]\s+)\S")

#: Frequent words that distinguish our languages.
_FREQUENT = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the and of to in is that for or with must not we our any are this by who",
        "fr": "le la les des et du une un est dans que pour ou avec nous qui sur pas aux nos toute",
        "es": "el la los las de y en que un una para con por se nuestra del su toda no es",
        "ar": "في من على أن إلى أو كل لا ما هذا هذه التي الذي عن مع أي يجب",
    }.items()
}
_WORD = re.compile(r"[^\W\d_]+")
#: What texts in Windows-1252 in our languages and their neighbours do not contain: other signs, "¿" within a word, and
#: words of three letters or more without any of A to Z.
_NOT_WESTERN = re.compile(
    "[^\x00-\x7fÀ-ÄÆ-ËÍ-ÏÑÓÔÖÙ-ÜßàáâãäæçèéêëíîïñóôöùúûüœŒŸÿ€£§©®°ªº«»‹›¡¿“”„‘’–—…•·™\xa0\xad]|(?<=[^\\W\\d_])[¡¿]"
)
_NO_LATIN_WORD = re.compile("[^\\W\\d_\x00-\x7f]{3}")
#: Characters that are searched for the beginning of the last word of a line or sentence, which takes quadratic time.
LONGEST_WORD = 200


def tidy(text: str) -> str:
    """Return a text on one line, with letters instead of ligatures, single spaces, and no invisible characters."""
    text = _PRESENTATION_FORMS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    text = _SYMBOL_BULLETS.sub("•", _UNSEEN.sub("", _SPACES.sub(" ", text)))
    return unicodedata.normalize("NFC", text).strip()


def begins_item(text: str) -> bool:
    """Tell whether a line begins as an item of a list: with a bullet, a number or a letter."""
    return _ITEM.match(text) is not None


def joined_lines(lines: Iterable[str], known: Collection[str] = ()) -> str:
    """Return the lines of a paragraph as one. Words that were hyphenated at the end of a line are joined.

    `known`: the document's words within lines, in small letters. A word that has a hyphen there keeps it.
    """
    pieces: list[str] = []
    end = ""  # end of the text so far
    for line in lines:
        parted = re.search(r"([^\W\d_]+)[-\u2010\u00ad\u0002]$", end)
        follows = re.match(r"([^\W\d_]+)", line)
        between = " " if end else ""
        if parted and follows and follows[1][0].islower():
            with_hyphen = f"{parted[1]}-{follows[1]}".lower()
            keeps = with_hyphen in known and f"{parted[1]}{follows[1]}".lower() not in known
            between = "-" if keeps else ""
        elif end.endswith(("\u00ad", "\u0002")):
            between = "-"
        if end and between != " ":
            pieces[-1], end = pieces[-1][:-1], end[:-1]
        pieces.append(between + line)
        end = (end + between + line)[-LONGEST_WORD:]
    return "".join(pieces)


def words_within_lines(lines: Iterable[str]) -> frozenset[str]:
    """Return the words of lines in small letters, with hyphens, except a last word that ends with a hyphen."""
    words: set[str] = set()
    for line in lines:
        words.update(
            re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", line.lower())[: -1 if line.endswith(("-", "\u2010")) else None]
        )
    return frozenset(words)


def guessed_language(text: str) -> str:
    """Return the language (en, fr, es or ar) with most of the frequent words; "" if there are few of them."""
    words = Counter(_WORD.findall(text[:200_000].lower()))
    counts = {language: sum(words[word] for word in frequent) for language, frequent in _FREQUENT.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] >= max(3, sum(words.values()) / 12) else ""


def decoded(content: bytes) -> str | None:
    """Decode bytes by their byte order mark, as UTF-8, or by a guessed encoding. Return None if they are not text."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    if b"\0" in content:
        return None
    with suppress(UnicodeDecodeError):
        return content.decode("utf-8")
    with suppress(UnicodeDecodeError):
        if _is_western(text := content.decode("cp1252")):
            return text
    best = from_bytes(content[:500_000]).best()
    return content.decode(best.encoding, errors="replace") if best else None


def _is_western(text: str) -> bool:
    """Tell if a text that was decoded as Windows-1252 can be one: other encodings give other signs, or odd words."""
    return not _NOT_WESTERN.search(text) and not _NO_LATIN_WORD.search(text)
