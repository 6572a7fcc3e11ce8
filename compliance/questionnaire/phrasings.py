"""Phrasings: how documents commonly say what an option states, in `phrasings/<code>.yaml` beside an edition.

Options have the wording of a questionnaire; codes, policies and terms of service word things differently. Searches of
documents look for both. Phrasings do not affect scores and are never shown as texts of the edition, so they are not
part of its digest, and a fault in a file leaves out only that line. A cut has the phrasings of the edition it is a cut
of.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from compliance.questionnaire.edition import CONTENT_LANGUAGE, Edition, Option
from compliance.questionnaire.edition_folder import EDITION_FILE, edition_file, neighbouring_editions
from compliance.questionnaire.faults import Fault, FaultCollector, did_you_mean
from compliance.questionnaire.locales import is_language_code
from compliance.questionnaire.yaml_reader import YamlMapping, YamlNode, YamlScalar, YamlSequence, read_yaml

PHRASINGS_FOLDER = "phrasings"
_FORM = "write the question, below it the option, and below that a list of phrasings"

#: By language, and by question and option.
Phrasings: TypeAlias = Mapping[str, Mapping[tuple[str, str], tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class FoundPhrasings:
    """The phrasings beside an edition, and what is wrong in their files."""

    texts: Phrasings
    faults: tuple[Fault, ...] = ()

    def lacking(self, edition: Edition) -> Mapping[str, tuple[str, ...]]:
        """Return, by language with a file, the questions with options that have phrasings only in other languages."""
        somewhere = {where for found in self.texts.values() for where in found}
        asked = [where for where in _earning(edition) if where in somewhere]
        return {
            language: gone
            for language, found in self.texts.items()
            if (gone := tuple(dict.fromkeys(question for question, option in asked if (question, option) not in found)))
        }


def read_phrasings(edition: Edition, path: Path) -> FoundPhrasings:
    """Return the phrasings of an edition in a folder. A cut has its parent's phrasings, for its own questions.

    An edition in a single file has none. Only faults in the edition's own files are reported; a cut has no files.
    """
    place = neighbouring_editions(path).get(edition.cut_of) if edition.cut_of else path
    file = edition_file(place) if place else None
    if file is None or file.name != EDITION_FILE:
        return FoundPhrasings({})
    faults = FaultCollector()
    texts = {}
    for each in sorted((file.parent / PHRASINGS_FOLDER).glob("*.yaml")):
        reader = _PhrasingsReader({q.id: {o.id: o for o in q.options} for q in edition.questions.values()}, faults)
        item = read_yaml(each, faults)
        if each.stem != CONTENT_LANGUAGE and not is_language_code(each.stem):
            faults.add_at(str(each), 0, f"there is no language `{each.stem}`: call the file by its code, as in fr.yaml")
        elif item is not None:
            reader.read(item, whole=not edition.cut_of)
            texts[each.stem] = reader.found
    return FoundPhrasings(texts, () if edition.cut_of else tuple(faults.faults))


def phrasings_digest(phrasings: Phrasings) -> str:
    """Return the SHA-256 of phrasings in all languages, in hexadecimal, or "" if there are none."""
    said = [(language, *where, *texts) for language, found in phrasings.items() for where, texts in found.items()]
    return hashlib.sha256(json.dumps(sorted(said), ensure_ascii=False).encode()).hexdigest() if said else ""


def _earning(edition: Edition) -> tuple[tuple[str, str], ...]:
    """Return the options that earn points, by question and option."""
    return tuple((q.id, option.id) for q in edition.questions.values() for option in q.options if option.points > 0)


class _PhrasingsReader:
    """Reads one file down to its phrasings."""

    def __init__(self, asked: Mapping[str, Mapping[str, Option]], faults: FaultCollector) -> None:
        self.asked, self.faults = asked, faults
        self.found: dict[tuple[str, str], tuple[str, ...]] = {}

    def read(self, item: YamlNode, *, whole: bool) -> None:
        """Read every phrasing. `whole`: all questions are known, so any other is a fault."""
        if not isinstance(item, YamlMapping):
            self.faults.add(item, f"phrasings are written by question: {_FORM}")
            return
        for question, options in item.entries:
            if question.text in self.asked:
                self._options(question, options)
            elif whole:
                hint = did_you_mean(question.text, self.asked) or ": delete it"
                self.faults.add(question, f"the edition has no question `{question.text}`{hint}")

    def _options(self, question: YamlScalar, item: YamlNode) -> None:
        known = self.asked[question.text]
        if not isinstance(item, YamlMapping):
            self.faults.add(item, f"`{question.text}` has no options here: {_FORM}")
            return
        for option, phrasings in item.entries:
            if option.text not in known:
                hint = did_you_mean(option.text, known) or f": it has {', '.join(known)}"
                self.faults.add(option, f"`{question.text}` has no option `{option.text}`{hint}")
            elif known[option.text].points <= 0:
                message = f"`{option.text}` of `{question.text}` earns nothing, so that no passage is looked for"
                self.faults.add(option, f"{message}: delete its phrasings")
            else:
                self.found[question.text, option.text] = self._phrasings(option, phrasings)

    def _phrasings(self, option: YamlScalar, item: YamlNode) -> tuple[str, ...]:
        if not isinstance(item, YamlSequence) or not item.items:
            self.faults.add(item, f"`{option.text}` has no phrasings: write a list of them, or delete it")
            return ()
        found: dict[str, None] = {}
        for each in item.items:
            if not isinstance(each, YamlScalar) or not each.text.strip():
                self.faults.add(each, f"a phrasing of `{option.text}` is a text that is not empty: write one")
            elif each.text in found:
                self.faults.add(each, f"`{option.text}` has this phrasing twice: delete one")
            else:
                found[each.text] = None
        return tuple(found)
