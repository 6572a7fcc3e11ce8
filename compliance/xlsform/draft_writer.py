"""Drafts written as authors' files: `edition.yaml`, a file for each theme, and one for each other language."""

import json
import re
import shutil
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from compliance.questionnaire.answers import number_text
from compliance.questionnaire.conditions_and_law import AllOf, Condition, Not, Predicate
from compliance.questionnaire.edition import Edition, Node, Option, Question
from compliance.questionnaire.edition_companions import locales_of
from compliance.questionnaire.edition_folder import EDITION_FILE, published_digests
from compliance.questionnaire.faults import EditionFaults, Fault, FaultCollector
from compliance.questionnaire.key_reader import ID_SYNTAX
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.locales import LOCALES_FOLDER, LocaleFile, locale_yaml
from compliance.questionnaire.profile_fields import LabelSet, ProfileField
from compliance.questionnaire.translatable_texts import OPTIONS, Translation, edition_source_texts, text_digest
from compliance.questionnaire.tree_builder import YES_NO
from compliance.xlsform.form_import import ImportedDraft
from compliance.xlsform.form_workbook import one_line

_WIDTH = 110
_POINTS_OPEN = "Give each option its points, and take the # away"
_ONLY_DEDUCTS = "Write `combine: sum` where it stands, and take the # away"
#: A word that YAML reads as text anywhere, and words that some readers take for other values.
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_TAKEN = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
#: A text that needs no quotation marks as a value on its line.
_PLAIN = re.compile(r"[A-Za-z](?:[^:#]|:(?=\S)|(?<=\S)#)*(?<![\s:])")


def write_draft(draft: ImportedDraft, new_id: str, folder: Path) -> tuple[Path, tuple[str, ...]]:
    """Write a draft under an id into a folder. Return its path, and a line for each text that its languages lack.

    It is written completely, and loads, or not at all. Raise EditionFaults if the id cannot be used, or a file or
    folder of that name exists.
    """
    place = folder / new_id
    _check_id(new_id, folder, place)
    place.mkdir(parents=True)
    try:
        for name, text in draft_files(draft, new_id).items():
            (place / name).write_text(text, encoding="utf-8", newline="")
        edition = load_edition(place)
        _write_languages(draft, edition, place)
    except BaseException:
        shutil.rmtree(place)
        raise
    return place, tuple(_lacking(locales_of(edition, place)))


def _write_languages(draft: ImportedDraft, edition: Edition, place: Path) -> None:
    """Write a file for each other language. Every text is a draft until somebody has reviewed it."""
    source = edition_source_texts(edition)
    for code, texts in draft.texts.items():
        found = {key: text for key, text in texts.items() if key in source.all_texts}
        for shared, keys in source.option_set_uses.items():
            if len({found.get(key) for key in keys}) == 1 and keys[0] in found:
                found[shared] = found[keys[0]]
                found = {key: text for key, text in found.items() if key not in keys}
        translations = {key: Translation(text, of=text_digest(source.all_texts[key])) for key, text in found.items()}
        file = place / LOCALES_FOLDER / f"{code}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(locale_yaml(source, code, translations), encoding="utf-8", newline="")


def _lacking(locales: Sequence[LocaleFile]) -> Iterator[str]:
    for locale in locales:
        for fault in (*locale.faults, *locale.outdated):
            yield str(fault)


def _check_id(new_id: str, folder: Path, place: Path) -> None:
    if not ID_SYNTAX.fullmatch(new_id) or not new_id.strip("."):
        message = f"the id {new_id!r} must be of lower-case letters, digits, `.`, `-`, `_`"
    elif new_id in published_digests(folder, FaultCollector()):
        message = f"{new_id} is the id of a published edition, and ids are never used again: choose another"
    elif place.exists():
        message = "it is there already, and nothing is written over: choose another id, or remove it"
    else:
        return
    raise EditionFaults([Fault(str(place), 0, message)])


def draft_files(draft: ImportedDraft, new_id: str) -> Mapping[str, str]:
    """Return the text of every file of a draft, by file name."""
    sets = _option_sets(draft)
    files: dict[str, str] = {}
    frame = ["# A draft made from an XLSForm. Every key is explained in questionnaires/README.md."]
    frame += [f"id: {_word(new_id)}", *_text("title", draft.title, 0)]
    if draft.profile:
        frame.append("profile:")
        for name, profile_field in draft.profile.items():
            frame += _profile_field(profile_field, draft.profile_labels.get(name, LabelSet()))
    if sets:
        frame.append("option_sets:")
        for options, name in sets.items():
            frame += [f"  {_word(name)}:", *_options(options, 4)]
    frame.append("parts:")
    for part in draft.parts:
        name = f"{part.id}.yaml"
        if isinstance(part, Node) and name != EDITION_FILE:
            files[name] = _joined(_part(part, 0, draft, sets))
            frame.append(f"  - {_word(name)}")
        else:
            frame += _item(_part(part, 4, draft, sets), 4)
    return {EDITION_FILE: _joined(frame), **files}


def _profile_field(profile_field: ProfileField, labels: LabelSet) -> Iterator[str]:
    """Yield the lines of a profile field, in the short form if it has no texts."""
    values = f"[{', '.join(map(_word, profile_field.values))}]" if profile_field.values else "number"
    if labels.is_empty:
        yield f"  {_word(profile_field.id)}: {values}"
        return
    yield f"  {_word(profile_field.id)}:"
    yield from _text("title", labels.title, 4) if labels.title else ()
    if not labels.values:
        yield f"    values: {values}"
        return
    yield "    values:"
    for value in profile_field.values:
        yield f"      {_word(value)}: {json.dumps(labels.values[value], ensure_ascii=False)}"


def _option_sets(draft: ImportedDraft) -> Mapping[tuple[Option, ...], str]:
    """Return the options that several questions share, with an id: that of the first of these questions."""
    questions = [q for part in draft.parts for q in (part.questions() if isinstance(part, Node) else (part,))]
    times = Counter(question.options for question in questions if question.options and question.options != YES_NO)
    return {
        options: next(question.id for question in questions if question.options == options)
        for options, number in times.items()
        if number > 1
    }


def _part(
    part: Node | Question, indent: int, draft: ImportedDraft, sets: Mapping[tuple[Option, ...], str]
) -> Iterator[str]:
    """Yield the lines of a node or question."""
    space = " " * indent
    yield f"{space}id: {_word(part.id)}"
    if isinstance(part, Question):
        yield from _question(part, indent, draft, sets)
        return
    yield from _text("title", part.title, indent) if part.title != part.id else ()
    yield from _text("expects", part.expects, indent) if part.expects else ()
    yield from _when(part.asked_when, indent)
    yield f"{space}parts:"
    for inner in part.parts:
        yield from _item(_part(inner, indent + 4, draft, sets), indent + 4)


def _question(
    question: Question, indent: int, draft: ImportedDraft, sets: Mapping[tuple[Option, ...], str]
) -> Iterator[str]:
    space = " " * indent
    implied = "one" if question.options else "text"
    if question.kind != implied:
        yield f"{space}kind: {question.kind}"
    yield from _text("ask", question.ask, indent)
    yield from _text("help", question.help, indent) if question.help else ()
    if question.options in sets:
        yield f"{space}options: {_word(sets[question.options])}"
    elif question.options == YES_NO:
        yield f"{space}options: yes-no"
    elif question.options:
        yield from (f"{space}options:", *_options(question.options, indent + 2))
    if question.id in draft.undecided:
        undecided = draft.undecided[question.id]
        yield f"{space}# {_ONLY_DEDUCTS if undecided.deduct else _POINTS_OPEN}; until then it is a text."
        yield from [f"{space}# kind: many"] if undecided.several else []
        yield f"{space}# options:"
        for option in undecided.options:
            others = {code: texts.get((question.id, OPTIONS, option.id)) for code, texts in draft.texts.items()}
            remark = "".join(f" # {code}: {text}" for code, text in others.items() if text)
            yield f"{space}#   - {_option(option, number_text(option.points) if undecided.deduct else '?')}{remark}"
    if question.na == "reason":
        yield f"{space}na: reason"
    yield from _when(question.asked_when, indent)


def _options(options: Sequence[Option], indent: int) -> Iterator[str]:
    return (f"{' ' * indent}- {_option(option, number_text(option.points))}" for option in options)


def _option(option: Option, points: str) -> str:
    return f"{{id: {_word(option.id)}, points: {points}, text: {json.dumps(option.text, ensure_ascii=False)}}}"


def _when(condition: Condition | None, indent: int) -> Iterator[str]:
    if condition is not None:
        yield f"{' ' * indent}asked_when: {_condition(condition)}"


def _condition(condition: Condition) -> str:
    if isinstance(condition, Predicate):
        if condition.at_least is not None:
            return f"{{{_word(condition.id)}: {{at_least: {number_text(condition.at_least)}}}}}"
        values = [_word(value) for value in condition.values]
        return f"{{{_word(condition.id)}: {values[0] if len(values) == 1 else '[' + ', '.join(values) + ']'}}}"
    if isinstance(condition, Not):
        return f"{{not: {_condition(condition.part)}}}"
    joint = "all" if isinstance(condition, AllOf) else "any"
    return f"{{{joint}: [{', '.join(map(_condition, condition.parts))}]}}"


def _word(word: str) -> str:
    """Return an id or value, quoted if YAML could take it for something else."""
    safe = _WORD.fullmatch(word) and word.lower() not in _TAKEN
    return word if safe else json.dumps(word, ensure_ascii=False)


def _text(key: str, text: str, indent: int) -> list[str]:
    """Return the lines of a key with a text: on one line, quoted if necessary, or folded if it is long."""
    space, text = " " * indent, one_line(text)
    if len(space) + len(key) + len(text) + 2 > _WIDTH:
        lines = textwrap.wrap(text, _WIDTH - indent - 2, break_long_words=False, break_on_hyphens=False)
        return [f"{space}{key}: >-", *(f"{space}  {line}" for line in lines)]
    quoted = not _PLAIN.fullmatch(text) or text.lower() in _TAKEN
    return [f"{space}{key}: {json.dumps(text, ensure_ascii=False) if quoted else text}"]


def _item(lines: Iterator[str], indent: int) -> list[str]:
    """Return lines as one item of a list."""
    found = list(lines)
    return [f"{' ' * (indent - 2)}- {found[0][indent:]}", *found[1:]]


def _joined(lines: Iterator[str] | Sequence[str]) -> str:
    return "\n".join([*lines, ""])
