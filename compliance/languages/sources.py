"""Extraction of messages from the sources, and the update of the catalogues: `python -m compliance.languages.sources`.

Every message lists the files that use it, for translators, without line numbers, which change with every edit.
A changed message is a new one: no old translation is reused because it looks similar.
"""

from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from compliance.languages.interface_messages import LANGUAGES, SOURCE_LANGUAGE, catalogue_path, is_translated
from compliance.package_data import data_folder

#: The functions that take a message, and the positions of their message arguments (c: its context).
KEYWORDS = {
    "_": None,
    "_l": None,
    "N_": None,
    "FaultMessage": None,
    "AnswerFault": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
#: The number of plural forms in a language, and which number takes which, in gettext's syntax.
PLURAL_FORMS = {
    "fr": "nplurals=2; plural=(n > 1);",
    "es": "nplurals=2; plural=(n != 1);",
    # zero, one, two, few (3 to 10), many (11 to 99), other (100 to 102)
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
}
_PACKAGE = Path(__file__).resolve().parent.parent
_LONGEST_LINE = 100


def extract_messages() -> Catalog:
    """Return every message in the code and the templates."""
    found = Catalog(charset="utf-8", fuzzy=False)
    templates = data_folder("templates")
    for folder, pattern, kind in (
        (_PACKAGE, "**.py", "python"),
        (templates, "**.html", "jinja2"),
        (templates, "**.txt", "jinja2"),
    ):
        for name, _line, message, comments, context in extract_from_dir(
            folder, [(pattern, kind)], {pattern: {"trimmed": "true", "silent": "false"}}, KEYWORDS, ("Translators:",)
        ):
            found.add(message, None, [(f"{folder.name}/{name}", 0)], auto_comments=comments, context=context)
    return found


def update_catalogue(code: str) -> Catalog:
    """Bring the catalogue of a language up to date with the sources, and return it. Create it if there is none."""
    path = catalogue_path(code)
    known = Catalog(locale=code)
    if path.is_file():
        with path.open("rb") as file:
            known = read_po(file, locale=code)
    known.update(extract_messages(), no_fuzzy_matching=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(catalogue_text(code, known))
    return known


def catalogue_text(code: str, catalogue: Catalog) -> bytes:
    """Return the text of a catalogue's file: ordered by message, with a head that has only what readers need."""
    head = (
        f"# Article 34 in {Locale.parse(code).english_name}. `make catalogues` brings it up to date with the sources.\n"
        "# A translation that nobody has reviewed yet is flagged fuzzy: take the flag away to say that you did.\n"
        f'msgid ""\nmsgstr ""\n"Language: {code}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: {PLURAL_FORMS[code]}\\n"\n\n'
    )
    body = BytesIO()
    write_po(
        body,
        catalogue,
        width=_LONGEST_LINE,
        omit_header=True,
        sort_output=True,
        ignore_obsolete=True,
        include_lineno=False,
    )
    return head.encode() + body.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the messages of a catalogue that are untranslated, or not translated in every plural form."""
    return [
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue
        if message.id and not is_translated(message)
    ]


if __name__ == "__main__":
    for code in LANGUAGES:
        if code != SOURCE_LANGUAGE:
            updated = update_catalogue(code)
            print(f"{code}: {len(updated)} messages, {len(untranslated(updated))} not translated")
