"""Comparison of company names: without legal forms, punctuation, case and accents, in one script.

`tests/identity/test_likeness.py` measures how well this works on the pairs in `tests/data/likeness/pairs.csv`: of 52
pairs of names of one company it finds 50 alike, and of 45 pairs of two companies none. It misses an abbreviation (IBM)
and a name without its country. The pairs are our own, and legal forms and threshold were chosen on them, so it does a
little worse on other names. The steward sees both names in full.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz import fuzz, process

#: From this likeness, out of 100, two names may belong to one company.
ALIKE = 90.0

#: Legal forms in scripts that join them to the name, or in which they are no separate words once transliterated.
_FORMS_IN_SCRIPT = re.compile(
    "股份有限公司|有限責任公司|有限责任公司|有限公司|株式会社|有限会社|合同会社|주식회사|유한회사|"
    "บริษัท|จำกัด|มหาชน|שותפות מוגבלת|בע[\"״']?מ|"
    r"(?:^|\s)(?:شركة|شركه|ش\s*\.?\s*م\s*\.?\s*[معلك]\s*\.?(?:\s*م\s*\.?)?|ذ\s*\.?\s*م\s*\.?\s*م\s*\.?|المحدودة)(?=\s|$)"
)
_LEGAL_FORMS = """
    ab ad ae ag aktiengesellschaft anonim ao aps as asa bhd bt bv bvba cia co comp company corp corporation cv
    cvba dac dd doo ead ehf eirl eood epe eu eurl fzco fze gbr gesmbh gmbh hf ike inc incorporated kabushiki
    kaisha kft kg kgaa kk lcc lda limitada limited limitee llc llp lp ltd ltda ltee mbh nv nyrt oao od og ohg
    ood ooo ou oy oyj pao pjsc plc pllc private psc pt pte pty pvt rl sa sab sac sacv sadecv sae sal sapi sarl
    sarlau sas sasu sca scs sdn se sia sicav sirketi sk sl slu snc sp spa spj spol spolka sprl srl srls sro stg
    sti tbk tov uab ug vof wll zao zoo zrt
"""
#: Words that a company may write in one place and omit in another.
_FILLER_WORDS = """
    al and das de del der die el et group groupe grupo gruppe gruppo holding holdings international intl la las
    le les los no nr num number of the und worldwide
"""
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve"
_FORMS = frozenset(_LEGAL_FORMS.split())
_BETWEEN_FORMS = frozenset({"and", "und", "de"})  # as in "& Co", "S.A. de C.V."
_FILLERS = frozenset(_FILLER_WORDS.split())
_NUMBER_WORDS = {word: str(number) for number, word in enumerate(_NUMBERS.split(), 1)}


@lru_cache(maxsize=65_536)
def comparable_name(name: str) -> str:
    """Return a name in the form that is compared: words in Latin letters, without legal forms.

    It is empty only if nothing can be written in letters or digits.
    """
    text = _FORMS_IN_SCRIPT.sub(" ", unicodedata.normalize("NFKC", name))
    text = anyascii(text).lower().replace("&", " and ").replace("+", " and ")
    text = re.sub(r"(?<=\w)['`’](?=s\b)", "", text)  # Marriott's
    words = _join_initials(re.sub(r"[^a-z0-9]+", " ", re.sub(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])", " ", text)).split())
    words = [_NUMBER_WORDS.get(word, word.lstrip("0") or "0" if word.isdigit() else word) for word in words]
    without_forms = _without_forms(words)
    telling = [word for word in without_forms if word not in _FILLERS]
    return " ".join(telling or without_forms or words)


def likeness(one: str, other: str) -> float:
    """Return how alike two comparable names are, from 0 to 100. Names with different numbers are not alike at all."""
    if not one or not other or _numbers(one) != _numbers(other):
        return 0.0
    together = fuzz.ratio(one.replace(" ", ""), other.replace(" ", ""))
    return max(together, fuzz.token_sort_ratio(one, other))


class NameIndex:
    """Comparable names, indexed so that similar ones, by `likeness`, are found quickly."""

    def __init__(self, names: Iterable[str]) -> None:
        self._groups: dict[tuple[str, ...], tuple[list[int], list[str], list[str]]] = {}
        for place, name in enumerate(names):
            if name:
                places, joined, ordered = self._groups.setdefault(tuple(_numbers(name)), ([], [], []))
                places.append(place)
                joined.append(name.replace(" ", ""))
                ordered.append(" ".join(sorted(name.split())))

    def alike(self, name: str) -> set[int]:
        """Return the positions of the names whose likeness to this one is at least ALIKE."""
        places, joined, ordered = self._groups.get(tuple(_numbers(name)), ([], [], []))
        if not name or not places:
            return set()
        found = {
            found[2]
            for text, texts in ((name.replace(" ", ""), joined), (" ".join(sorted(name.split())), ordered))
            for found in process.extract(text, texts, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=None)
        }
        return {places[each] for each in found}


def _join_initials(words: list[str]) -> list[str]:
    """Return the words with consecutive single letters joined: `s r o` and `S. R. O.` become `sro`."""
    joined: list[str] = []
    for word in words:
        is_initial = len(word) == 1 and word.isalpha()
        if is_initial and joined and joined[-1].startswith("\0"):
            joined[-1] += word
        else:
            joined.append(f"\0{word}" if is_initial else word)
    return [word.removeprefix("\0") for word in joined]


def _without_forms(words: list[str]) -> list[str]:
    """Return the words without legal forms at the beginning and end. At least one word stays."""
    kept = list(words)
    while len(kept) > 1 and kept[-1] in _FORMS | _BETWEEN_FORMS:
        kept.pop()
    while len(kept) > 1 and kept[0] in _FORMS:
        kept.pop(0)
    return kept


def _numbers(name: str) -> list[str]:
    return sorted(word for word in name.split() if word.isdigit())
