"""The labelled sentences of suggestions: documents made of them, and how well an index finds them."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from compliance.documents.passages import Passage
from compliance.documents.suggestions import PassageIndex, QuestionElement, Ranking, SentenceEncoder, question_elements
from tests.support.paths import ROOT
from tests.support.written_documents import code_editions

#: Ordinary rules of codes, which bear on nothing that is asked.
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
    """How well elements found the sentences that bear on them."""

    recall_5: float
    recall_10: float
    reciprocal_rank: float
    pairs: int

    def __str__(self) -> str:
        return f"R@5 {self.recall_5:.3f}  R@10 {self.recall_10:.3f}  MRR {self.reciprocal_rank:.3f}  n {self.pairs}"


@cache
def labelled(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a file of labelled sentences."""
    with (ROOT / "tests/data/suggestions" / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def elements_of(language: str) -> dict[str, QuestionElement]:
    """The elements of the code questions in a language, by question/option."""
    return {f"{each.question}/{each.option}": each for each in question_elements(code_editions()[language])}


@cache
def document_in(language: str, *, aside: bool = False) -> tuple[Passage, ...]:
    """A code of 180 passages: labelled sentences, hard negatives and filler, in random order.

    `aside`: those of the set that nobody looked at, among all those of the first one.
    """
    names = ("bearing", "hard_negatives", *(("aside_bearing", "aside_hard_negatives") if aside else ()))
    texts = [row[language] for name in names for row in labelled(name)]
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


def measured(
    index: PassageIndex, asked: str, written: str, rows: Sequence[dict[str, str]], by: Ranking = "both"
) -> FoundSentences:
    """How well elements in the language `asked` find the sentences of the index, which are in `written`."""
    elements = [elements_of(asked)[row["element"]] for row in rows]
    ranks = []
    for row, suggestions in zip(rows, index.suggest(elements, 10, by=by), strict=True):
        texts = [suggestion.passage.text for suggestion in suggestions]
        ranks.append(texts.index(row[written]) + 1 if row[written] in texts else 0)
    found = [rank for rank in ranks if rank]
    return FoundSentences(
        sum(rank <= 5 for rank in found) / len(ranks),
        len(found) / len(ranks),
        sum(1 / rank for rank in found) / len(ranks),
        len(ranks),
    )


def halves() -> tuple[tuple[dict[str, str], ...], tuple[dict[str, str], ...]]:
    """The rows that were looked at, and those that are kept aside."""
    return labelled("bearing")[1::2], labelled("bearing")[::2]


def indexes(
    encoder: SentenceEncoder | None, languages: Iterable[str] = tuple(FILLER), *, aside: bool = False
) -> dict[str, PassageIndex]:
    """The documents of these languages, each searchable."""
    return {language: PassageIndex(document_in(language, aside=aside), encoder) for language in languages}
