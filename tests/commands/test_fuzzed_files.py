"""Every file, whatever its content, is read or refused with a sentence within seconds.

The kinds of files that the tool takes from outside, changed at random below the zip layer. `make soak` tries a million.
"""

import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from hashlib import sha256
from importlib import import_module
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any
from xml.sax.saxutils import escape

import pytest

from compliance.authoring.translation_jobs import export_job, open_job
from compliance.commands import CommandError
from compliance.documents.document import DocumentRefused
from compliance.documents.extraction import MEDIA_TYPES, extract
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.answers_file import read_answers_csv, write_answers_csv
from compliance.questionnaire.csv_table import read_table
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.faults import UserFacingError
from compliance.questionnaire.loader import find_edition, load_edition
from compliance.scoring.coded_answers import code_answers
from compliance.scoring.column_reader import iter_companies
from compliance.scoring.compiled_edition import CompiledEdition, compile_edition
from compliance.scoring.score import score
from compliance.store.signed_heads import SignedHead, made_key, read_key
from compliance.web.quick.link_code import UnreadableLink, read_code, write_code
from compliance.workbook.document_checks import check_document
from compliance.workbook.questionnaire_reading import read_questionnaire
from compliance.workbook.questionnaire_workbook import QuestionnaireMetadata, questionnaire_workbook
from compliance.workbook.scorecard_import import read_returned
from compliance.workbook.translation_workbook import read_translation
from compliance.xlsform.form_export import export_form
from compliance.xlsform.form_import import import_form
from compliance.xlsform.form_workbook import form_workbook
from compliance.xlsform.submission_import import read_submissions
from tests.support import hostile_documents, review_edits, written_documents
from tests.support.examples import SHARE
from tests.support.fuzzed_files import fuzzed, fuzzed_package
from tests.support.hostile_workbooks import as_ods, unzipped
from tests.support.paths import EDITIONS
from tests.support.random_editions import random_sheet
from tests.support.stores import NOON
from tests.support.xforms import csv_text, form_and_xform, given

#: Seconds of processor time for one file, as elapsed time means nothing on a busy machine.
MOST_SECONDS = 10
#: Words of Python and of libraries, which mean nothing to the sender of a file.
PYTHON = re.compile(r"\b([A-Za-z]*(Error|Exception)|Traceback|BadZipFile|NoneType|openpyxl|lxml|zlib)\b|codec can't")
REFUSALS = (CommandError, UserFacingError, DocumentRefused, UnreadableLink)


@dataclass(frozen=True)
class Reader:
    """A function that reads a kind of file, files of this kind, and how many are tried in `make soak`."""

    seeds: Callable[[Path], list[bytes]]
    read: Callable[[Path], object]
    files: int
    refusals: tuple[type[Exception], ...] = REFUSALS


@cache
def example() -> CompiledEdition:
    return compile_edition(find_edition(str(EDITIONS / "example-1.yaml")))


@cache
def quick() -> Edition:
    return find_edition("child-protection-quick")


def tables(_folder: Path) -> list[bytes]:
    """Answers files: with commas, with semicolons and in UTF-16."""
    rng, edition, file = Random(7), example().edition, StringIO(newline="")
    write_answers_csv(edition, [replace(random_sheet(rng, edition), company=name) for name in ("A", "B", "C")], file)
    text = file.getvalue()
    return [text.encode(), text.replace(",", ";").encode(), text.encode("utf-16")]


def scorecards(_folder: Path) -> list[bytes]:
    return [review_edits.written(), as_ods(review_edits.written())]


def questionnaires(_folder: Path) -> list[bytes]:
    sheet = AnswerSheet("Example", review_edits.GIVEN.profile, review_edits.GIVEN.answers)
    return [questionnaire_workbook(review_edits.MADE, sheet, QuestionnaireMetadata())]


def forms(_folder: Path) -> list[bytes]:
    return [form_workbook(export_form({"en": example().edition}))]


def submissions(_folder: Path) -> list[bytes]:
    """Exports of two servers for a form that three companies filled in."""
    rng, edition = Random(8), example().edition
    _, form = form_and_xform(edition)
    sheets = [replace(random_sheet(rng, edition, not_applicable=0), company=name) for name in ("A", "B", "C")]
    filled = [form.fill(given(sheet, edition)) for sheet in sheets]
    paths = [*dict.fromkeys(name for one in filled for name in one)]
    columns, rows = (
        [name.removeprefix("/data/") for name in paths],
        [[one.get(name, "") for name in paths] for one in filled],
    )
    return [csv_text(columns, rows, ";").encode(), csv_text([c.replace("/", "-") for c in columns], rows).encode()]


def translations(folder: Path) -> list[bytes]:
    export_job(open_job("child-protection-quick", "fr"), folder / "texts.xlsx")
    return [(folder / "texts.xlsx").read_bytes()]


def signed_heads(_folder: Path) -> list[bytes]:
    key = read_key(made_key())
    return [str(SignedHead.of(key, 7, "a" * 64, at=NOON)).encode()]


def documents(ending: str, _folder: Path) -> list[bytes]:
    texts = written_documents.sentences("en")[:9]
    match ending:
        case "docx":
            return [hostile_documents.docx("".join(map(hostile_documents.docx_paragraph, map(escape, texts))))]
        case "odt":
            return [hostile_documents.odt("".join(f"<text:p>{escape(text)}</text:p>" for text in texts))]
        case "pdf":
            lines = [(50.0, 700.0 - 20 * line, text[:60]) for line, text in enumerate(texts)]
            return [hostile_documents.pdf_of_pages([hostile_documents.shown(lines)] * 2)]
        case "html":
            return [written_documents.written(code, "lists", paragraphs=9).html.encode() for code in ("en", "ar")]
        case _:
            return ["\n\n".join(written_documents.sentences("fr")[:20]).encode()]


def read_document(ending: str) -> Callable[[Path], object]:
    """The reader of a kind, without its process, which would turn every exception into a refusal."""
    module: Any = import_module(f"compliance.documents.{ending}_reader")
    return lambda path: module.read(path.read_bytes())


def scored(path: Path) -> object:
    """The result of `compliance score` for a table."""
    compiled = example()
    sheets = read_answers_csv(compiled.edition, path)
    companies = iter_companies(compiled.edition, read_table(path), file=str(path), done=lambda _rows: None)
    by_column = code_answers(compiled.edition, companies, "claimed")
    assert [sheet.company for sheet in sheets] == list(by_column.companies)
    return score(compiled, sheets, "claimed")


def read_link(path: Path) -> object:
    return read_code(path.read_text(encoding="latin-1"), [quick()])


def link_codes(_folder: Path) -> list[bytes]:
    answers = {question.id: question.options[0].id for question in quick().questions.values()}
    return [write_code(quick(), answers).encode(), write_code(quick(), {}).encode()]


READERS: Mapping[str, Reader] = {
    "answers.csv": Reader(tables, scored, 250_000),
    "submissions.csv": Reader(submissions, lambda file: read_submissions(example().edition, file), 150_000),
    "scorecard.xlsx": Reader(scorecards, lambda file: read_returned(review_edits.MADE, file.read_bytes(), "f"), 12_000),
    "questionnaire.xlsx": Reader(
        questionnaires, lambda file: read_questionnaire(review_edits.MADE, file.read_bytes(), "f"), 8_000
    ),
    "evidence.xlsx": Reader(scorecards, lambda file: check_document(file.read_bytes(), "evidence.xlsx"), 14_000),
    "translation.xlsx": Reader(translations, lambda file: read_translation(file.read_bytes()), 6_000),
    "form.xlsx": Reader(forms, import_form, 3_000),
    "edition.yaml": Reader(
        lambda _: [(EDITIONS / f"{name}.yaml").read_bytes() for name in ("sus-1996", "example-1")], load_edition, 15_000
    ),
    "link.txt": Reader(link_codes, read_link, 150_000),
    "head.txt": Reader(
        signed_heads, lambda file: SignedHead.read(file.read_text("latin-1")).is_sound, 150_000, (ValueError,)
    ),
    **{
        # in its process, which turns every exception into a refusal, each file takes 0.2 s to start
        f"document.{ending}": Reader(partial(documents, ending), read_document(ending), files, (Exception,))
        for ending, files in (("docx", 50_000), ("odt", 50_000), ("html", 60_000), ("txt", 80_000))
    },
    "document.pdf": Reader(partial(documents, "pdf"), lambda file: extract(file, MEDIA_TYPES["pdf"]), 2_000),
}
#: Each kind is divided into parts, each of which is a test, so that processors can share them.
PARTS = 20 if SHARE >= 10 else 1


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("kind", READERS)
def test_every_changed_file_is_read_or_refused_in_words_within_seconds(kind: str, part: int, tmp_path: Path) -> None:
    reader, path = READERS[kind], tmp_path / f"file.{kind.partition('.')[2]}"
    files = reader.files // PARTS if SHARE >= 10 else max(10, round(reader.files * SHARE / 100))
    rng, seeds, outcomes = Random(f"{kind} {part} {SHARE}"), reader.seeds(tmp_path), Counter[str]()
    is_package = seeds[0].startswith(b"PK")
    packages = [unzipped(seed) for seed in seeds] if is_package else []
    for _ in range(files):
        path.write_bytes(fuzzed_package(rng, packages) if is_package else fuzzed(rng, seeds))
        before = time.process_time()
        try:
            reader.read(path)
            outcomes["read"] += 1
        except reader.refusals as refusal:
            outcomes["refused"] += 1
            assert reader.refusals != REFUSALS or not PYTHON.search(str(refusal)), kept(path, str(refusal))
        except Exception as fault:
            raise AssertionError(kept(path, f"{type(fault).__name__}: {fault}")) from fault
        assert time.process_time() - before < MOST_SECONDS, kept(path, "it took long")
    assert outcomes["refused"], "nothing was refused, so the changes have no effect"
    assert outcomes["read"] or files < 100, "nothing was read, so the changed files were no valid files"
    print(kind, dict(outcomes))


def kept(path: Path, said: str) -> str:
    """A message about a file, with the path where the file is kept."""
    place = path.with_stem(f"fault-{sha256(path.read_bytes()).hexdigest()[:8]}")
    shutil.copy(path, place)
    return f"{place}: {said}"
