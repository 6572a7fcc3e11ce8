"""The file of a language as the tool writes it: each text on a line, in the order of its source, always the same."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from compliance.questionnaire.locales import Translation
from compliance.questionnaire.texts import Source, TextKey


def locale_yaml(source: Source, code: str, texts: Mapping[TextKey, Translation]) -> str:
    """`locales/<code>.yaml` of an edition or of the law; texts that are not there yet are left out.

    Raise KeyError for a key that the source does not have.
    """
    for key in texts:
        source.all_texts[key]
    entries = [(key, texts[key]) for key in canonical_order(source) if key in texts]
    return "\n".join((*_head(source, code), *_lines(entries, 0))) + "\n"


def canonical_order(source: Source) -> tuple[TextKey, ...]:
    """Every key that a language may have a text under, what belongs to one id together."""
    first = {key[0]: number for number, key in reversed(list(enumerate(source.texts)))}
    return tuple(sorted(source.all_texts, key=lambda key: first[key[0]]))


def _head(source: Source, code: str) -> Iterator[str]:
    yield f"# {source.name} in the language {code}, written by `compliance translate`: no other comment stays."
    yield "# state: draft or reviewed. of: the mark of the text that it translates, by which a later change is found."


def _lines(entries: Sequence[tuple[TextKey, Translation]], depth: int) -> Iterator[str]:
    for name, same in groupby(entries, key=lambda entry: entry[0][depth]):
        group = list(same)
        start = f"{'  ' * depth}{name if re.match('[a-z0-9]', name) else json.dumps(name)}:"
        if len(group[0][0]) == depth + 1:
            yield f"{start} {_flow(group[0][1])}"
        else:
            yield start
            yield from _lines(group, depth + 1)


def _flow(translation: Translation) -> str:
    text = json.dumps(translation.text, ensure_ascii=False)
    of = f", of: {translation.of}" if translation.of else ""
    return f"{{text: {text}, state: {translation.state}{of}}}"
