"""Documents for tests of extraction: the same sentences in many layouts, written by Chromium and LibreOffice."""

import re
import subprocess
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from pathlib import Path
from random import Random

from playwright.sync_api import Browser
from rapidfuzz.distance import LCSseq

from compliance.package_data import data_folder
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_companions import edition_in_languages

LANGUAGES = ("en", "fr", "es", "ar")
RUNNING = "Runninghead"  # only in headers and footers
#: Style sheets by name of the layout. Layouts may also have lists, or headers and footers.
LAYOUTS: Mapping[str, str] = {
    "plain": "",
    "columns": "main { columns: 2; column-gap: 9mm }",
    "justified": "p { text-align: justify; hyphens: auto; width: 9cm }",
    "running": "",
    "lists": "",
    "small": "body { font-size: 8pt; line-height: 1.9 } h2 { font-size: 8pt }",
}
_STYLE = """@page { size: A4; margin: 22mm 20mm } body { font: 11pt/1.35 'Noto Serif', 'Noto Naskh Arabic', serif }
h1 { font-size: 20pt } h2 { font-size: 14pt } """


@dataclass(frozen=True)
class WrittenDocument:
    """The source of a document."""

    language: str
    layout: str
    html: str


@cache
def code_editions() -> Mapping[str, Edition]:
    """Return the edition about codes of conduct, by language."""
    return edition_in_languages(data_folder("questionnaires") / "child-protection-code-2026")


@cache
def sentences(language: str) -> tuple[str, ...]:
    """Return sentences about codes in a language: questions, options and help of an edition."""
    edition = code_editions()[language]
    texts = [
        text
        for question in edition.questions.values()
        for text in (question.ask, question.help, *(option.text for option in question.options))
        if text and len(text.split()) > 4
    ]
    return tuple(dict.fromkeys(" ".join(re.sub(r"[*_`]", "", text).split()) for text in texts))


def written(language: str, layout: str, *, paragraphs: int = 60, seed: int = 1) -> WrittenDocument:
    """Return a document with a number of paragraphs, and a heading before every six of them."""
    chance = Random(f"{language} {layout} {seed}")
    drawn = sentences(language)
    body = [f"<h1>{escape(drawn[0])}</h1><main>"]
    for number in range(paragraphs):
        if number % 6 == 0:
            body.append(f"<h2>{number // 6 + 1} {escape(' '.join(chance.choice(drawn).split()[:6]))}</h2>")
        text = escape(" ".join(chance.sample(drawn, chance.randint(1, 4))))
        if layout == "lists" and number % 6 == 2:
            items = "".join(f"<li>{escape(chance.choice(drawn))}</li>" for _item in range(4))
            text += f"</p><ul>{items}</ul><p>{escape(chance.choice(drawn))}"
        body.append(f"<p>{text}</p>")
    direction = "rtl" if language == "ar" else "ltr"
    head = f'<!doctype html><html lang="{language}" dir="{direction}"><meta charset="utf-8"><title>A code</title>'
    html = f"{head}<style>{_STYLE}{LAYOUTS[layout]}</style><body>{''.join(body)}</main></body></html>"
    return WrittenDocument(language, layout, html)


def printed(browser: Browser, document: WrittenDocument) -> bytes:
    """Return a document as a PDF printed by Chromium."""
    page = browser.new_page()
    page.set_content(document.html)
    running = {}
    if document.layout == "running":
        style = "font-size: 8pt; width: 100%; text-align: center"
        running = {
            "display_header_footer": True,
            "header_template": f'<div style="{style}">{RUNNING} {document.language}</div>',
            "footer_template": f'<div style="{style}">{RUNNING} <span class="pageNumber"></span></div>',
        }
    made = page.pdf(prefer_css_page_size=True, **running)
    page.close()
    return made


def converted(
    soffice: str, folder: Path, files: Mapping[str, bytes], ending: str, *, infilter: str = ""
) -> dict[str, bytes]:
    """Convert files to another format with LibreOffice, all in one run, and return them by name without ending."""
    before, after = folder / f"before-{ending}-{len(files)}", folder / f"after-{ending}-{len(files)}"
    for made in (before, after):
        made.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (before / name).write_bytes(content)
    target = "txt:Text (encoded):UTF8" if ending == "txt" else ending
    command = [soffice, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    command += [f"--infilter={infilter}"] if infilter else []
    command += ["--convert-to", target, "--outdir", str(after), *(str(before / name) for name in files)]
    subprocess.run(command, check=True, capture_output=True, timeout=280)
    return {Path(name).stem: (after / f"{Path(name).stem}.{ending}").read_bytes() for name in files}


# ── Comparing words


def words_of(text: str) -> list[str]:
    """Return the words of a text, case-folded, without punctuation, diacritics and soft hyphens."""
    plain = unicodedata.normalize("NFKC", re.sub("[\u00ad\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", "", text))
    return re.findall(r"\w+", "".join(c for c in plain.casefold() if not unicodedata.combining(c)))


def written_words(document: WrittenDocument) -> list[str]:
    """Return the words in the source of a document."""
    return words_of(unescape(re.sub("<[^>]+>", " ", document.html.partition("<body>")[2])))


def same_order(read: Sequence[str], expected: Sequence[str]) -> float:
    """Return the share of expected words that were read in the same order."""
    return LCSseq.similarity(read, expected) / max(1, len(expected))


def right_page(read: Iterable[tuple[str, int]], expected: Iterable[tuple[str, int]]) -> float:
    """Return the share of words on the right page, among those that were read in the same order."""
    here, there = list(read), list(expected)
    same = total = 0
    for kind, begin, end, other, _end in LCSseq.opcodes([word for word, _ in here], [word for word, _ in there]):
        if kind == "equal":
            total += end - begin
            same += sum(here[begin + n][1] == there[other + n][1] for n in range(end - begin))
    return same / max(1, total)
