"""The catalogues of the interface: safe to fill in and, before a release, complete and up to date."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from compliance.languages import interface_messages, sources
from tests.support.source_messages import source_messages

TRANSLATED = [code for code in interface_messages.LANGUAGES if code != interface_messages.SOURCE_LANGUAGE]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
#: Only a file with both can have a message inside an f-string, and parsing all files takes seconds.
F_STRING, MESSAGE = re.compile(r"""\b(f|rf|fr)["']""", re.IGNORECASE), re.compile(r"\b(_|ngettext|N_)\(")


@pytest.fixture(scope="module")
def of_the_sources(shared_folder: Path) -> dict[str | tuple[str, ...], Message]:
    return {message.id: message for message in source_messages(shared_folder) if message.id}


@pytest.mark.release
@pytest.mark.parametrize("code", TRANSLATED)
def test_a_catalogue_holds_every_message_of_the_sources_and_no_other(
    code: str, of_the_sources: dict[str | tuple[str, ...], Message]
) -> None:
    known = {message.id for message in interface_messages.catalogue(code) if message.id}
    assert sorted(map(str, of_the_sources.keys() - known)) == [], "run `make catalogues`, and translate what is new"
    assert sorted(map(str, known - of_the_sources.keys())) == [], "run `make catalogues`"


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_catalogue_has_over_1000_messages_and_its_language_is_offered(code: str) -> None:
    assert len(interface_messages.catalogue(code)) > 1000
    assert code in interface_messages.offered_languages()


def test_no_message_is_inside_an_f_string_where_python_3_11_cannot_find_it() -> None:
    found = [
        f"{path.name}:{call.lineno}"
        for path in Path(interface_messages.__file__).parents[1].rglob("*.py")
        if F_STRING.search(source := path.read_text(encoding="utf-8")) and MESSAGE.search(source)
        for text in ast.walk(ast.parse(source))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in {"_", "ngettext", "N_"}
        if call.args and isinstance(call.args[0], ast.Constant)
    ]
    assert found == []


@pytest.mark.release
@pytest.mark.parametrize("code", TRANSLATED)
def test_every_message_is_translated_in_every_plural_form(code: str) -> None:
    assert sources.untranslated(interface_messages.catalogue(code)) == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_message_with_a_count_has_as_many_plural_forms_as_its_language(code: str) -> None:
    counts = [message for message, _said, _form in forms(code) if isinstance(message.id, tuple)]
    assert {len(message.string) for message in counts} == {interface_messages.catalogue(code).num_plurals}


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_has_the_placeholders_of_its_message(code: str) -> None:
    assert [(said, form) for message, said, form in forms(code) if not fits(message, said, form)] == []


def fits(message: Message, said: str, form: str) -> bool:
    """Whether a text has exactly the placeholders of the source. A plural form may express the number in words."""
    own, other = set(PLACEHOLDER.findall(said)), set(PLACEHOLDER.findall(form))
    return own == other or (isinstance(message.id, tuple) and own - {"num"} <= other <= own | {"num"})


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_can_be_filled_in_and_contains_no_markup(code: str) -> None:
    for _message, said, form in forms(code):
        if "%" in form:
            assert form % dict.fromkeys(PLACEHOLDER.findall(form), "1"), form
        assert ("%" in form) <= ("%" in said), form
        assert not set("<>&") & set(form), f"{form!r} would be mark-up on a page"


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_catalogue_is_stored_as_make_catalogues_writes_it(code: str) -> None:
    written = sources.catalogue_text(code, interface_messages.catalogue(code))
    assert interface_messages.catalogue_path(code).read_bytes() == written, "run `make catalogues`"


def forms(code: str) -> Iterator[tuple[Message, str, str]]:
    """Each message, what it says in English, and each form that it is translated in."""
    for message in interface_messages.catalogue(code):
        if message.id:
            said = message.id if isinstance(message.id, str) else message.id[1]
            for form in message.string if isinstance(message.string, tuple | list) else (message.string,):
                if form:
                    yield message, said, form
