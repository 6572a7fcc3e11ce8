"""`compliance check`: validate editions, law and crosswalks."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from compliance.commands import CommandError
from compliance.commands.terminal import counted
from compliance.questionnaire.crosswalk import CROSSWALKS_FOLDER
from compliance.questionnaire.edition import CONTENT_LANGUAGE, MIN_TRANSLATED_SHARE, Edition
from compliance.questionnaire.edition_companions import checked_crosswalks, locales_of, mapping_faults
from compliance.questionnaire.edition_folder import (
    EDITION_FILE,
    GLOSSARY_FILE,
    PUBLISHED_FILE,
    edition_path,
    edition_paths,
    editions_folder,
    published_digests,
)
from compliance.questionnaire.faults import EditionFaults, Fault, FaultCollector, one_of
from compliance.questionnaire.glossary import load_glossary
from compliance.questionnaire.law import load_law
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.locales import LocaleFile, is_offered, read_law_locales
from compliance.questionnaire.phrasings import read_phrasings

#: How many ids a warning names.
_FEW = 5
#: Words in an option for "or we do not know". Such an answer would earn points, if only 0, and count as answered.
_NOT_KNOWING = re.compile(
    r"\bor (we (do not|don[’']t) know|((it|that|this) is )?(not known|unknown)|nobody knows)\b", re.IGNORECASE
)
#: The beginnings of options that refer to the option before them.
_LEANING = re.compile(r"(The same|Such|As above|As before)\b")
_SECOND_QUESTION = re.compile(r"\band (how|what|when|where|whether|which|who|whom|why)\b")
_LONGEST_ASK, _LONGEST_HELP, _LONGEST_FLAG = 25, 60, 25  # words


@dataclass
class _CheckResult:
    """The faults found, the warnings about editions, and by key the warnings about languages and wording."""

    faults: list[Fault] = field(default_factory=list)
    doubts: list[Fault] = field(default_factory=list)
    warnings: dict[str, str] = field(default_factory=dict)

    def add_locale(self, locale: LocaleFile, *, draft: bool) -> None:
        """Add a language's faults. Outdated texts are a warning in a draft, and a fault in a published edition."""
        self.faults.extend(locale.faults if draft else (*locale.faults, *locale.outdated))
        for file in dict.fromkeys(late.file for late in locale.outdated if draft):
            keys = [key for late in locale.outdated if late.file == file for key in late.keys]
            ids = one_of(dict.fromkeys(key[0] for key in keys), _FEW)
            texts = f"{counted(len(keys), 'text')} of {locale.code} to bring up to date with the English"
            self.warnings.setdefault(file, f"{file}: warning: {texts}: {ids}")

    def add_wording(self, edition: Edition, path: Path) -> None:
        """Add warnings about questions that are hard to read or to answer, one for each kind of fault."""
        for noun, what, found, remedy in _hard_to_read(edition):
            if found:
                line = f"{path}: warning: {counted(len(found), noun)} {what}: {one_of(found, _FEW)}: {remedy}"
                self.warnings[f"{path} {edition.id} {what}"] = line


@click.command()
@click.argument("places", metavar="[FOLDER]...", nargs=-1)
def check(places: tuple[str, ...]) -> None:
    """Load law, crosswalks and editions and print a line for each; print every fault and exit 1 if there is one.

    If the translation of a draft is behind the English, a warning says how far; the rest is shown in English. It also
    warns of sums whose maximum may not be intended, and of wording that is hard to read or to answer: long questions,
    helps and flags, two questions in one, ids, stock phrases of the glossary, options that cannot be read alone or that
    say "or we do not know". Warnings do not make it fail.
    FOLDER is an edition's folder, its .yaml file or its id, a folder of editions, of law, or of crosswalks.
    Without it, everything that comes with the tool is checked.
    """
    found = _CheckResult()
    for place in places or (str(editions_folder()),):
        try:
            for line in _check(place, found):
                click.echo(line)
        except EditionFaults as wrong:
            found.faults.extend(wrong.faults)
    for warning in (*found.doubts, *found.warnings.values()):
        click.echo(warning, err=True)
    if found.faults:
        raise CommandError(f"{EditionFaults(found.faults)}\n{counted(len(set(found.faults)), 'fault')}")


def _check(place: str, found: _CheckResult) -> Iterator[str]:
    """Yield a line for each law catalogue, folder of crosswalks and edition in a place. Faults are added to `found`."""
    folder = Path(place)
    if folder.is_dir() and folder.name == "law":
        yield _law_line(folder, found)
        return
    if folder.is_dir() and folder.name == CROSSWALKS_FOLDER:
        yield _crosswalks_line(folder, found)
        return
    if folder.is_dir() and not (folder / EDITION_FILE).is_file() and (folder / "law").is_dir():
        try:
            yield _law_line(folder / "law", found)
        except EditionFaults as wrong:
            found.faults.extend(wrong.faults)
    if folder.is_dir() and not (folder / EDITION_FILE).is_file() and (folder / CROSSWALKS_FOLDER).is_dir():
        yield _crosswalks_line(folder / CROSSWALKS_FOLDER, found)
    paths = edition_paths(folder) if folder.is_dir() else (edition_path(place),)
    if not paths:
        raise EditionFaults([Fault(place, 0, f"there is no edition here: no {EDITION_FILE}, no .yaml file")])
    if folder.is_dir() and folder not in paths:
        found.faults.extend(_missing_published(folder, {path.name if path.is_dir() else path.stem for path in paths}))
    for path in paths:
        collector = FaultCollector()
        try:
            edition = load_edition(path, collector=collector)
        except EditionFaults as wrong:
            found.faults.extend(wrong.faults)
            continue
        finally:
            found.doubts.extend(collector.warnings)
        locales = locales_of(edition, path)
        for locale in locales:
            found.add_locale(locale, draft=edition.draft)
        found.add_wording(edition, path)
        found.faults.extend(mapping_faults(edition, path))
        yield _edition_line(edition, path, locales)
        yield from _phrasings_lines(edition, path, locales, found)
        if edition.left_out:
            left_out = f"{counted(len(edition.left_out), 'requirement')} of {edition.cut_of} left out"
            yield f"{edition.id}: {left_out}: {', '.join(edition.left_out)}"


def _phrasings_lines(edition: Edition, path: Path, locales: Sequence[LocaleFile], found: _CheckResult) -> Iterator[str]:
    """Yield a line that counts phrasings by language, and one that names the languages without any."""
    phrasings = read_phrasings(edition, path)
    found.faults.extend(phrasings.faults)
    if not phrasings.texts or edition.cut_of:
        return
    counts = {code: sum(map(len, texts.values())) for code, texts in phrasings.texts.items()}
    yield f"{edition.id}: phrasings {', '.join(f'{code} {count}' for code, count in counts.items())}"
    spoken = (CONTENT_LANGUAGE, *(locale.code for locale in locales))
    if missing := [code for code in spoken if code not in counts]:
        yield f"{edition.id}: no phrasings in {', '.join(missing)}: passages are found there by the options alone"
    for code, questions in phrasings.lacking(edition).items():
        yield f"{edition.id}: phrasings missing in {code}: {one_of(questions, _FEW)}"


def _hard_to_read(edition: Edition) -> Iterator[tuple[str, str, Sequence[str], str]]:
    """Yield each kind of bad wording that can be found automatically: noun, description, ids, and remedy."""
    questions, options = edition.questions.values(), dict(_options(edition))
    yield (
        "option",
        "for whoever does not know, which would count as answered",
        [name for name, text in options.items() if _NOT_KNOWING.search(text)],
        "take these words out: whoever does not know leaves the question open, and says so beside it",
    )
    yield (
        "option",
        "that cannot be read alone",
        [name for name, text in options.items() if _LEANING.match(text)],
        "write a whole sentence, as a scorecard shows it without the others",
    )
    yield (
        "question",
        f"of more than {_LONGEST_ASK} words",
        [question.id for question in questions if len(question.ask.split()) > _LONGEST_ASK],
        "move conditions to answers of their own",
    )
    yield (
        "question",
        "that may ask two things",
        [question.id for question in questions if question.ask.count("?") > 1 or _SECOND_QUESTION.search(question.ask)],
        "ask one thing in each question",
    )
    yield (
        "help",
        f"of more than {_LONGEST_HELP} words",
        [question.id for question in questions if len(question.help.split()) > _LONGEST_HELP],
        "let the question and its answers say what decides, and keep what to count and which documents show it",
    )
    flags = {f"{each.id} ({option.id})": option.flag for each in questions for option in each.options if option.flag}
    yield (
        "flag",
        f"of more than {_LONGEST_FLAG} words",
        [name for name, text in flags.items() if len(text.split()) > _LONGEST_FLAG],
        "say in one short sentence what was found",
    )
    texts = {question.id: f"{question.ask}\n{question.help}" for question in questions}
    texts |= {name: f"{text}\n{flags.get(name, '')}" for name, text in options.items()}
    texts |= {node.id: f"{node.title}\n{node.expects}\n{node.closes}" for node in edition.requirements}
    names = "|".join(re.escape(name) for name in texts if any(sign.isdigit() for sign in name))
    shown = re.compile(rf"(?<![\w.-])(?:{names})(?![\w-])") if names else None
    yield (
        "text",
        "with an id that means nothing to people",
        [name for name, text in texts.items() if shown and shown.search(text)],
        "say what it is about instead",
    )
    glossary, phrases = load_glossary(editions_folder() / GLOSSARY_FILE), defaultdict(list)
    for name, text in texts.items():
        for phrase, use in glossary.stock_phrases_in(text, CONTENT_LANGUAGE):
            phrases[phrase, use].append(name)
    for (phrase, use), where in sorted(phrases.items()):
        yield "text", f"with “{phrase}”", where, f"write: {use}"


def _options(edition: Edition) -> Iterator[tuple[str, str]]:
    for question in edition.questions.values():
        for option in question.options:
            yield f"{question.id} ({option.id})", option.text


def _missing_published(folder: Path, there: set[str]) -> Iterator[Fault]:
    """Yield a fault for each published edition whose folder is missing: published editions must stay readable."""
    for edition_id in published_digests(folder, FaultCollector()):
        if edition_id not in there:
            message = f"`{edition_id}` is published and its folder {edition_id}/ is gone: put it back"
            yield Fault(str(folder / PUBLISHED_FILE), 0, message)


def _law_line(folder: Path, found: _CheckResult) -> str:
    instruments = load_law(folder)
    provisions = sum(len(instrument.provisions) for instrument in instruments)
    locales = read_law_locales(instruments, folder)
    for locale in locales:
        found.add_locale(locale, draft=True)  # texts that a published edition shows are checked with that edition
    offered = [locale for locale in locales if locale.share >= MIN_TRANSLATED_SHARE]
    counts = (counted(len(instruments), "instrument"), counted(provisions, "provision"), _languages(offered))
    return f"law: {', '.join(counts)}"


def _crosswalks_line(folder: Path, found: _CheckResult) -> str:
    collector = FaultCollector()
    crosswalks = checked_crosswalks(folder, collector)
    found.faults.extend(collector.faults)
    points = [f"{one.id} ({counted(len(one.points), 'point')})" for one in crosswalks]
    return f"crosswalks: {', '.join(points) or 'none'}"


def _edition_line(edition: Edition, path: Path, locales: Sequence[LocaleFile]) -> str:
    """Return a line with an edition's id, what it contains, and whether it is published."""
    law = {provision for requirement in edition.requirements for provision in requirement.law}
    published = edition.id in published_digests(path.resolve().parent, FaultCollector())
    counts = (
        counted(len(edition.themes), "theme"),
        counted(len(edition.requirements), "requirement"),
        counted(len(edition.questions), "question"),
        counted(len(law), "provision"),
        _languages([locale for locale in locales if is_offered(edition, locale)]),
        *(("quick form",) if edition.form == "quick" else ()),
        "published" if published else "draft",
    )
    return f"{edition.id}: {', '.join(counts)}"


def _languages(offered: Sequence[LocaleFile]) -> str:
    """Return the languages that are offered, noting which are drafts and how complete they are."""
    return f"languages {' '.join((CONTENT_LANGUAGE, *map(_language, offered)))}"


def _language(locale: LocaleFile) -> str:
    said = ["draft"] if locale.state == "draft" else []
    said += [f"{math.floor(100 * locale.share)} %"] if locale.share < 1 else []
    return f"{locale.code} ({', '.join(said)})" if said else locale.code
