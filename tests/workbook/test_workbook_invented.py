"""A workbook in an invented Arabic contains no English: in cells, formulas, names of sheets, lists and charts."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from lxml.etree import fromstring

from compliance.disclosure.published import Figure, Suppressed
from compliance.questionnaire.answers import BLANK_PREFIX, BLANK_WORDS, Verdict
from compliance.questionnaire.edition import NONE_OF_THESE, OVERALL, PROFILE_PREFIX, Edition
from compliance.questionnaire.edition_companions import edition_in_languages
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.serialisation import score_records
from compliance.workbook.review_words import determination_spellings
from compliance.workbook.scorecard_data import AssessmentMetadata, EarlierSubmission
from compliance.workbook.scorecard_workbook import scorecard_workbook
from compliance.workbook.sector_columns import SubmittedScorecard
from tests.support.factories import edition, one, profile, sheet
from tests.support.invented_languages import editions_in_invented_languages, invented_languages
from tests.support.published import snapshot_of_sector
from tests.support.workbooks import real_sheet, scorecard_of, sector_workbook

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
#: Words in Latin letters, also joined as in ids, of which the invented Arabic has none. S2 or 3(a) do not match.
_LATIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]")
_SEALS = re.compile(r"[0-9a-f]{8}( [0-9a-f]{8})*")
#: The name of the company, and the reason that it gives.
_OWN = ("Example Foods", "There is none.")
#: What is the same in every language: the reasons of blanks as in answers files, and the letters of article 5(1)(bb) of
#: the AI Act.
_ALIKE = {BLANK_PREFIX.removesuffix(":"), *BLANK_WORDS, "bb"}
VERDICTS: dict[str, Verdict] = {"r02.text": "confirmed", "r03.text": "not-shown"}


def texts_in(content: bytes) -> Iterator[tuple[str, str]]:
    """Every text of a file that people may read, with its part of the file; texts of a formula are joined."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            if not name.endswith(".xml"):
                continue
            root = fromstring(package.read(name))
            if name == "xl/workbook.xml":
                yield from ((name, part.get("name", "")) for part in root.iter(f"{_MAIN}sheet"))
            yield from ((name, "".join(item.itertext())) for item in root.iter(f"{_MAIN}si"))
            for cell in root.iter(f"{_MAIN}c"):
                if cell.get("t") == "str":
                    yield f"{name} {cell.get('r')}", cell.findtext(f"{_MAIN}v") or ""
            for part in root.iter(f"{_MAIN}f", f"{_MAIN}formula", f"{_MAIN}formula1"):
                yield f"{name} formula", said_in(part.text or "")
            for part in root.iter(f"{_MAIN}dataValidation"):
                yield from ((name, part.get(key, "")) for key in ("errorTitle", "error", "promptTitle", "prompt"))
            for part in root.iter(f"{_MAIN}oddHeader", f"{_MAIN}oddFooter"):
                yield name, re.sub(r"&(?:[LCRPN]|\d+)", " ", part.text or "")
            yield from ((name, text.text or "") for text in root.iter(f"{_DRAWN}t"))
            yield from ((name, part.get("descr", "")) for part in root.iter() if part.get("descr"))


def said_in(formula: str) -> str:
    """The texts in a formula, joined, without the names of sheets."""
    without_sheets = re.sub(r"'(?:[^'\"]|'')*'!", "", formula)
    return " ".join(text.replace('""', '"') for text in re.findall(r'"((?:[^"]|"")*)"', without_sheets))


def ids_of(made: Edition) -> set[str]:
    """Ids, which are the same in every language."""
    values = [value for field in made.profile.values() for value in field.values]
    lenses = [word for lens, words in made.lenses.items() for word in (lens, *words)]
    options = [option.id for question in made.questions.values() for option in question.options]
    return {
        *made.nodes, *made.questions, *options, NONE_OF_THESE, *lenses, *values, *made.profile,
        *(PROFILE_PREFIX + name for name in made.profile), *(band.id for band in made.bands), made.id, made.digest,
    }  # fmt: skip


_SEAL = re.compile("[0-9a-f]{8}( [0-9a-f]{8})*")


def left_in_english(texts: Iterable[tuple[str, str]], made: Edition) -> list[tuple[str, str]]:
    known = ids_of(made) | _ALIKE
    return [
        (where, text)
        for where, text in texts
        if not is_for_programs(text)
        for word in _LATIN.findall(outside_brackets(text))
        if re.search("[A-Za-z][a-z]", word) and word not in known
    ]


def is_for_programs(text: str) -> bool:
    """Whether a text is for programs: a fingerprint, seals of locked cells, words of all languages on hidden sheets."""
    return text.startswith('{"article34"') or bool(_SEALS.fullmatch(text)) or text in determination_spellings()


def outside_brackets(text: str) -> str:
    """A text without the parts that come from the invented catalogue."""
    for own in _OWN:
        text = text.replace(own, " ")
    while (shorter := re.sub("⟦[^⟦⟧]*⟧", " ", text)) != text:
        text = shorter
    return text


@pytest.fixture(scope="module")
def invented_edition(shared_folder: Path) -> Iterator[Edition]:
    """The full edition in an invented Arabic, which is the current language during these tests."""
    place, *_others = editions_in_invented_languages(shared_folder)
    determination_spellings()  # reads the catalogues of all languages once in a process, and Spanish is not invented
    with invented_languages(shared_folder):
        yield edition_in_languages(place)["ar"]


def test_untranslated_english_is_found() -> None:
    made = edition(one("a"), profile=profile(size=("1-9", "10-49")))
    found = left_in_english(texts_in(scorecard_workbook(compile_edition(made), sheet(a="o1"))), made)
    for said in (
        "Summary",
        "Worked example",
        "Not one of the answers",
        "depending on every blank",
        "check this answer",
        " of ",
    ):
        assert any(said in text for _where, text in found), said


@pytest.mark.parametrize("judged", [False, True])
def test_no_english_is_left_in_cells_and_formulas_of_an_arabic_scorecard(
    invented_edition: Edition, judged: bool
) -> None:
    answers = replace(real_sheet(4), verdicts=VERDICTS if judged else {})
    compiled = compile_edition(invented_edition)
    earlier = EarlierSubmission(compiled, real_sheet(5), date(2026, 10, 1))
    figures = [Figure(id=part, n=Suppressed.FEW) for part in (OVERALL, "gap:reach")]
    snapshot = snapshot_of_sector(invented_edition, str(answers.profile["sector"]), figures)
    metadata = AssessmentMetadata(
        "Example Foods", "2026", law_as_of="2026-11-24", voice="self", published=snapshot, earlier=(earlier,)
    )
    content = scorecard_of(invented_edition, answers, "ar", metadata)
    texts = list(texts_in(content))
    assert left_in_english(texts, invented_edition) == []
    assert sum("⟦" in text for _where, text in texts) > 500


def test_no_english_is_left_in_an_arabic_list_of_a_sector(invented_edition: Edition) -> None:
    compiled = compile_edition(invented_edition)
    (record,) = score_records(compiled, [real_sheet(4)])
    (found,) = score_records(compiled, [replace(real_sheet(4), verdicts=VERDICTS)], ("verified",))
    line = SubmittedScorecard("Example Foods", "⟦ا⟧", "⟦ب⟧", 2026, record | found, date(2026, 11, 24), "⟦ج⟧")
    content = sector_workbook(
        invented_edition, [line], sector="⟦ا⟧", as_of=date(2026, 11, 24), others=2, judged=VERDICTS, language="ar"
    )
    assert left_in_english(texts_in(content), invented_edition) == []
