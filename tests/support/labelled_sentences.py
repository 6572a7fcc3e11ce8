"""Measure how well suggestions find labelled sentences in documents that are made of them.

`python -m tests.support.labelled_sentences [FOLDER]` measures the sentences of a folder with `bearing.tsv` and
`hard_negatives.tsv`, mixed with those of the first set, and prints the table of `tests/data/suggestions/README.md`.
Sentences of the first set for an element that the folder has too are left out, as they would also be right. Without
FOLDER it measures the second set. With `--elements` it also prints the rank of each pair within a language.
"""

import argparse
import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from compliance.documents.passages import Passage
from compliance.documents.suggestions import (
    PassageIndex,
    QuestionElement,
    Ranking,
    SentenceEncoder,
    encoded_ways,
    installed_encoder,
    question_elements,
)
from tests.support.paths import ROOT
from tests.support.written_documents import code_editions

#: Ordinary rules of codes of conduct, which bear on no question.
FILLER = {
    "en": (
        "Invoices are paid within thirty days.|Passwords have at least twelve characters.|We save water and energy.|"
        "Insider trading is forbidden.|Meetings begin on time.|We treat competitors fairly.|Records are kept in order.|"
        "Everyone wears a helmet on the site.|We recycle paper and plastics.|Tax is paid where value is created."
    ),
    "fr": (
        "Les factures sont payées sous trente jours.|Les mots de passe comptent au moins douze caractères.|"
        "Nous économisons l’eau et l’énergie.|Le délit d’initié est interdit.|Les réunions commencent à l’heure.|"
        "Nous traitons nos concurrents loyalement.|Les dossiers sont tenus en ordre.|"
        "Chacun porte un casque sur le chantier.|Nous recyclons le papier.|L’impôt est payé là où naît la valeur."
    ),
    "es": (
        "Las facturas se pagan en treinta días.|Las contraseñas tienen al menos doce caracteres.|"
        "Ahorramos agua y energía.|Se prohíbe el uso de información privilegiada.|Las reuniones empiezan a su hora.|"
        "Tratamos con lealtad a los competidores.|Los archivos se mantienen en orden.|"
        "Todos llevan casco en la obra.|Reciclamos papel y plástico.|Los impuestos se pagan donde se crea valor."
    ),
    "ar": (
        "تُدفع الفواتير خلال ثلاثين يوما.|تتكون كلمات المرور من اثني عشر حرفا على الأقل.|نقتصد في الماء والطاقة.|"
        "يُحظر التداول بناء على معلومات داخلية.|تبدأ الاجتماعات في موعدها.|نعامل المنافسين بإنصاف.|"
        "تُحفظ السجلات مرتبة.|يرتدي الجميع خوذة في الموقع.|نعيد تدوير الورق.|تُدفع الضرائب حيث تنشأ القيمة."
    ),
}


@dataclass(frozen=True)
class FoundSentences:
    """How well searches for elements found the sentences that bear on them."""

    recall_5: float
    recall_10: float
    reciprocal_rank: float
    pairs: int

    @property
    def figures(self) -> str:
        """The figures for a cell of the table: recall at 5, recall at 10, mean reciprocal rank."""
        return f"{self.recall_5:.2f} {self.recall_10:.2f} {self.reciprocal_rank:.2f}"

    def __str__(self) -> str:
        return f"R@5 {self.recall_5:.3f}  R@10 {self.recall_10:.3f}  MRR {self.reciprocal_rank:.3f}  n {self.pairs}"


Rows: TypeAlias = tuple[dict[str, str], ...]
DATA = ROOT / "tests/data/suggestions"


def rows_of(file: Path) -> Rows:
    """Return the rows of a file of labelled sentences."""
    with file.open(encoding="utf-8", newline="") as opened:
        return tuple(csv.DictReader(opened, delimiter="\t", quoting=csv.QUOTE_NONE))


def labelled_set(folder: Path | None) -> tuple[Rows, Rows, Rows]:
    """Return sentences that bear on elements, hard negatives, and others, of a folder or else of the second set."""
    name = "" if folder else "aside_"
    bearing, negatives = (rows_of((folder or DATA) / f"{name}{kind}.tsv") for kind in ("bearing", "hard_negatives"))
    mine = {row["element"] for row in bearing}
    first = (row for kind in ("bearing", "hard_negatives") for row in labelled(kind))
    return bearing, negatives, tuple(row for row in first if row["element"] not in mine)


@cache
def labelled(name: str) -> Rows:
    """Return the rows of a file of labelled sentences in the tests' data."""
    return rows_of(DATA / f"{name}.tsv")


@cache
def elements_of(language: str) -> dict[str, QuestionElement]:
    """Return the elements of the code questions in a language, by question/option."""
    return {f"{each.question}/{each.option}": each for each in question_elements(code_editions()[language])}


@cache
def document_in(language: str, *, aside: bool = False) -> tuple[Passage, ...]:
    """Return a code of 180 passages: labelled sentences, hard negatives and filler, in random order.

    `aside`: include the second set besides the first one.
    """
    names = ("bearing", "hard_negatives", *(("aside_bearing", "aside_hard_negatives") if aside else ()))
    return document_of(language, [row for name in names for row in labelled(name)])


def document_of(language: str, rows: Iterable[dict[str, str]]) -> tuple[Passage, ...]:
    """Return a code of these sentences and filler, in random order, with at least 180 passages."""
    texts = list(dict.fromkeys(row[language] for row in rows))
    filler = FILLER[language].split("|")
    subjects = [text.rstrip(".") for text in filler]
    texts += filler
    number = 0
    while len(texts) < 180:
        texts.append(f"{subjects[number % len(subjects)]} ({number // len(subjects) + 2}).")
        number += 1
    Random(language).shuffle(texts)
    return tuple(
        Passage(f"{n // 8 + 1}.{n % 8 + 1}.1", text, f"{n // 8 + 1}.{n % 8 + 1}") for n, text in enumerate(texts)
    )


@cache
def vectors_in(encoder: SentenceEncoder, language: str, elements: tuple[str, ...]) -> NDArray[np.floating]:
    """Return the vectors of these elements in a language, as `encoded_ways` makes them."""
    return encoded_ways([elements_of(language)[each] for each in elements], encoder)


def ranks(
    index: PassageIndex, asked: str, written: str, rows: Rows, by: Ranking = "both", most: int = 10
) -> tuple[int, ...]:
    """Return the ranks at which elements in the language `asked` find their sentences in `written`, or 0."""
    names = tuple(row["element"] for row in rows)
    vectors = vectors_in(index.encoder, asked, names) if index.encoder and by != "words" else None
    found = []
    elements = [elements_of(asked)[name] for name in names]
    for row, suggestions in zip(rows, index.suggest(elements, most, by=by, vectors=vectors), strict=True):
        texts = [suggestion.passage.text for suggestion in suggestions]
        found.append(texts.index(row[written]) + 1 if row[written] in texts else 0)
    return tuple(found)


def measured(index: PassageIndex, asked: str, written: str, rows: Rows, by: Ranking = "both") -> FoundSentences:
    """Measure how well elements in the language `asked` find the sentences of the index, which are in `written`."""
    all_ranks = ranks(index, asked, written, rows, by)
    found = [rank for rank in all_ranks if rank]
    return FoundSentences(
        sum(rank <= 5 for rank in found) / len(all_ranks),
        len(found) / len(all_ranks),
        sum(1 / rank for rank in found) / len(all_ranks),
        len(all_ranks),
    )


def halves() -> tuple[Rows, Rows]:
    """Return the rows used for development, and those held out."""
    return labelled("bearing")[1::2], labelled("bearing")[::2]


def indexes(
    encoder: SentenceEncoder | None, languages: Iterable[str] = tuple(FILLER), *, aside: bool = False
) -> dict[str, PassageIndex]:
    """Return a searchable index of the document in each of these languages."""
    return {language: PassageIndex(document_in(language, aside=aside), encoder) for language in languages}


def _measure(folder: Path | None, *, pairs: bool) -> None:
    """Print the table of the README for a folder, or for the second set. Without an encoder, rank by words alone."""
    bearing, negatives, others = labelled_set(folder)
    encoder = installed_encoder()
    rankings: tuple[Ranking, ...] = ("words", "meaning", "both") if encoder else ("words",)
    documents = {each: PassageIndex(document_of(each, [*others, *bearing, *negatives]), encoder) for each in FILLER}
    print(f"{len(bearing)} elements in each language, {[len(each.passages) for each in documents.values()]} passages")
    print(f"\n| element in | document in | {' | '.join(rankings)} |\n|---|---|{'---|' * len(rankings)}")
    every: list[tuple[bool, list[FoundSentences]]] = []
    for asked in FILLER:
        for written, index in documents.items():
            found = [measured(index, asked, written, bearing, by) for by in rankings]
            every.append((asked == written, found))
            print(f"| {asked} | {written} | {' | '.join(each.figures for each in found)} |", flush=True)
    for within, said in ((True, "within a language"), (False, "across languages")):
        means = zip(*(found for same, found in every if same == within), strict=True)
        print(f"mean {said}: {', '.join(f'{by} {_mean(each)}' for by, each in zip(rankings, means, strict=True))}")
    for language, index in documents.items():
        misled = (f"{by} {_misled(index, language, bearing, negatives, by)}" for by in rankings)
        print(f"hard negatives before the sentence that bears, {language}: {', '.join(misled)}")
    if pairs:
        for language, index in documents.items():
            for row, rank in zip(bearing, ranks(index, language, language, bearing, rankings[-1], 200), strict=True):
                print(f"{language} {rank:>3} {row['element']}: {row[language]}")


def _mean(found: Sequence[FoundSentences]) -> str:
    sums = [sum(getattr(each, name) for each in found) for name in ("recall_5", "recall_10", "reciprocal_rank")]
    return " ".join(f"{each / len(found):.2f}" for each in sums)


def _misled(index: PassageIndex, language: str, bearing: Rows, negatives: Rows, by: Ranking) -> str:
    """Count the hard negatives that rank before the sentence that bears on their element, as "n of m"."""
    right = {row["element"]: row for row in bearing}
    rows = tuple(row for row in negatives if row["element"] in right)
    wrong_ranks = ranks(index, language, language, rows, by, 300)
    right_ranks = ranks(index, language, language, tuple(right[row["element"]] for row in rows), by, 300)
    before = [wrong > 0 and (not good or wrong < good) for wrong, good in zip(wrong_ranks, right_ranks, strict=True)]
    return f"{sum(before)} of {len(before)}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--elements", action="store_true", help="each pair within a language, with its rank")
    given = parser.parse_args()
    _measure(given.folder, pairs=given.elements)
