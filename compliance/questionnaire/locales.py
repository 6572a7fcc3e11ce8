"""An edition's texts in other languages: `locales/<code>.yaml` beside it. Logic never looks at them.

A file is keyed by id, each text with its state: `r02: {title: {text: …, state: draft}}`;
a question has its options' texts under `options`; the edition's own title and
its bands stand under `overall`. A language is offered only when it is complete.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from compliance.questionnaire.edition import OVERALL, Edition, Node
from compliance.questionnaire.faults import Fault, Ledger, did_you_mean, either
from compliance.questionnaire.reading import Item, Scalar, Table, read_yaml

STATES = ("draft", "reviewed")
#: Where a text stands: id, then a field, or `options` or `bands` and an id there.
TextKey: TypeAlias = tuple[str, ...]


@dataclass(slots=True)
class Locale:
    """The texts of one language, and what is wrong or missing in its file."""

    code: str
    texts: dict[TextKey, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read_locales(edition: Edition, folder: Path) -> tuple[Locale, ...]:
    """Every language beside an edition, complete or not, by code."""
    return tuple(_read_locale(path, own_texts(edition)) for path in sorted((folder / "locales").glob("*.yaml")))


def complete_languages(edition: Edition, folder: Path) -> tuple[str, ...]:
    """The codes of the languages that are complete and without a fault."""
    return tuple(locale.code for locale in read_locales(edition, folder) if not locale.faults)


def locale_faults(edition: Edition, folder: Path) -> tuple[Fault, ...]:
    """What is wrong or missing in the languages beside an edition."""
    return tuple(fault for locale in read_locales(edition, folder) for fault in locale.faults)


def own_texts(edition: Edition) -> Mapping[TextKey, str]:
    """Every text of an edition that can be translated, in its own language."""
    return dict(_texts(edition))


def _texts(edition: Edition) -> Iterator[tuple[TextKey, str]]:
    for band in edition.bands:
        yield (OVERALL, "bands", band.id), band.title
    for part in edition.root.walk():
        if isinstance(part, Node):
            fields = {"title": part.title, "expects": part.expects, "closes": part.closes}
            fields["weight_reason"] = part.weight_reason
        else:
            fields = {"ask": part.ask, "help": part.help, "unit": part.unit}
            for option in part.options:
                yield (part.id, "options", option.id), option.text
        for name, text in fields.items():
            if text:
                yield (part.id, name), text


def _read_locale(path: Path, own: Mapping[TextKey, str]) -> Locale:
    locale, ledger = Locale(path.stem), Ledger()
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", path.stem):
        ledger.faults.append(Fault(str(path), 0, "the file of a language is called by its code, as in fr.yaml"))
    item = read_yaml(path, ledger)
    if isinstance(item, Table):
        locale.texts = dict(_entries(item, own, ledger))
        if missing := list(dict.fromkeys(key[0] for key in own if not locale.texts.get(key))):
            ledger.faults.append(Fault(str(path), 0, f"texts are missing for {either(missing, 50)}: translate them"))
    elif item is not None:
        ledger.add(item, "a language is written by id: {r02: {title: {text: …, state: draft}}}")
    locale.faults = ledger.faults
    return locale


def _entries(table: Table, own: Mapping[TextKey, str], ledger: Ledger) -> Iterator[tuple[TextKey, str]]:
    ids = {key[0] for key in own}
    for name, fields in table.entries:
        if name.text not in ids:
            ledger.add(name, f"the edition has no `{name.text}`{did_you_mean(name.text, ids) or ': delete it'}")
        elif not isinstance(fields, Table):
            ledger.add(fields, "each id has its fields: {title: {text: …, state: draft}}")
        else:
            for field_name, value in fields.entries:
                if field_name.text in ("options", "bands") and isinstance(value, Table):
                    for inner, text in value.entries:
                        yield from _entry((name.text, field_name.text, inner.text), text, own, ledger)
                else:
                    yield from _entry((name.text, field_name.text), value, own, ledger)


def _entry(key: TextKey, item: Item, own: Mapping[TextKey, str], ledger: Ledger) -> Iterator[tuple[TextKey, str]]:
    if key not in own:
        ledger.add(item, f"`{key[0]}` has no text `{'.'.join(key[1:])}` to translate: delete it")
        return
    text = item.get("text") if isinstance(item, Table) else None
    state = item.get("state") if isinstance(item, Table) else None
    if not isinstance(text, Scalar) or not isinstance(state, Scalar) or state.text not in STATES:
        ledger.add(item, f"a text is written {{text: …, state: one of {either(STATES)}}}")
    elif text.text.strip():
        yield key, text.text.strip()
