"""The texts of a form by language: which language is the edition's own, and which codes the others have."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from babel import Locale

from compliance.languages.interface_messages import SOURCE_LANGUAGE
from compliance.questionnaire.locales import is_language_code
from compliance.xlsform.form_reader import FormSheet
from compliance.xlsform.form_workbook import SETTINGS, SURVEY, Omission, language_title, one_line

#: Marks that ODK and KoboToolbox show as bold, italic, headings or links.
_FORMATTED = re.compile(r"</?[a-zA-Z][^<>]*>|\*\*\S|__\S|(?m:^#{1,6} )|\]\(http")


@dataclass(frozen=True, slots=True)
class FormLanguages:
    """The languages of a form, each by the name its columns have for it; the empty name has none."""

    own: str
    codes: Mapping[str, str]  # of the others that an edition can hold, by their names
    left: tuple[Omission, ...]

    def text(self, said: Mapping[str, str]) -> str:
        """A text in the edition's own language, else in whatever language it is there; empty if it is in none."""
        return one_line(said.get(self.own) or next(iter(said.values()), ""))

    def others(self, said: Mapping[str, str]) -> Mapping[str, str]:
        """A text in the other languages, by code."""
        return {self.codes[name]: one_line(text) for name, text in said.items() if name in self.codes}


def read_languages(sheets: Iterable[FormSheet], default: str) -> FormLanguages:
    """The languages of a form, of which one becomes the edition's own: English, if it is there, else the first."""
    found = list(
        dict.fromkeys(name for sheet in sheets for column, name in sheet.columns if column in ("label", "hint"))
    )
    meant = {name: language_code(name or default) for name in found}
    own = next((name for name in found if meant[name] == SOURCE_LANGUAGE), "" if "" in found else default)
    own = own if own in found else found[0] if found else ""
    codes: dict[str, str] = {}
    left: list[Omission] = []
    for name in found:
        if name != own and meant[name] not in ("", SOURCE_LANGUAGE, meant[own], *codes.values()):
            codes[name] = meant[name]
        elif name != own:
            do = f"give the column the code of its language, as in `label::{language_title('fr')}`, and import again"
            left.append(
                Omission(SURVEY, 1, f"the texts in {name or 'the columns without a language'} are not carried", do)
            )
    if meant.get(own) not in ("", SOURCE_LANGUAGE, None):
        what = f"the texts are in {language_title(meant[own])}, and an edition's own language is English"
        left.append(Omission(SETTINGS, 0, what, "translate them, and keep these in `locales/`"))
    return FormLanguages(own, codes, tuple(left))


def language_code(name: str) -> str:
    """The code of a language by how a column calls it: `Français (fr)`, `fr`, `French`; empty if nobody can tell."""
    if in_brackets := re.search(r"\(\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\s*\)$", name):
        code = in_brackets[1].lower() if "-" not in in_brackets[1] else in_brackets[1]
        return code if is_language_code(code) else ""
    return name if is_language_code(name) else _codes().get(name.strip().lower(), "")


@cache
def _codes() -> Mapping[str, str]:
    """Codes by the English names of languages."""
    return {
        str(name).lower(): code for code, name in Locale.parse("en").languages.items() if re.fullmatch("[a-z]+", code)
    }


def unsupported_markup(text: str) -> str:
    """What a text has that an edition shows as it stands, or nothing."""
    if "${" in text:
        return "a text shows the answer to another question"
    return "a text has marks for bold, headings or links" if _FORMATTED.search(text) else ""
