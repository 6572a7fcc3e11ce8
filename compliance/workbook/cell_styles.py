"""Cell styles: one accent colour, white space and rules; bands from ochre to navy, each with its label.

Text is aligned with the `start` of its cell, in either reading direction; figures are aligned right in every script.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from compliance.languages.formats import percent_sign

Style: TypeAlias = Mapping[str, Any]

PAPER, INK, SOFT, EDGE, LINE = "#ffffff", "#1e1b22", "#5a5460", "#857d88", "#e0dbd5"
TINT, WARN, WARN_TINT = "#f7eef3", "#8a3b0c", "#fcf2e6"
#: Backgrounds of bars and band labels, lowest band first.
BAND_TINTS = ("#fbf1da", "#ece7da", "#d6e1eb", "#b3c9df")
BAND_COLOURS = ("#b27616", "#82785f", "#4c6c8c", "#1d3d63")

SERIF, SANS = "Cambria", "Calibri"
#: Their replacements for right-to-left scripts, which Cambria and Calibri lack.
FONTS_RTL: Mapping[str, str] = {SERIF: "Times New Roman", SANS: "Arial"}
BODY = 10

_TOP_RULE = {"top": 1, "top_color": INK}
_BOTTOM_RULE = {"bottom": 1, "bottom_color": LINE}

STYLES: dict[str, Style] = {
    "body": {"font_name": SANS, "font_size": BODY, "font_color": INK, "valign": "top"},
    "wrap": {"text_wrap": True},
    "text": {"text_wrap": True, "quote_prefix": True},  # entered by people: stays text if the cell is edited
    "soft": {"font_color": SOFT},
    "small": {"font_size": 9},
    "bold": {"bold": True},
    "not bold": {"bold": False},
    "link": {"font_color": "#1d3d63", "underline": 1},
    "centre": {"align": "center"},
    "start": {"align": "start"},
    "right": {"align": "right"},
    "inset": {"indent": 1, "align": "start"},
    "middle": {"valign": "vcenter"},
    "row": _BOTTOM_RULE,
    "title": {"font_name": SERIF, "font_size": 22, "font_color": INK},
    "finding": {"font_name": SERIF, "font_size": 13, "text_wrap": True},
    "topic": {"font_color": SOFT, "bold": True, "font_size": 9},
    "section": {"font_name": SERIF, "font_size": 14, **_TOP_RULE},
    "rule": _TOP_RULE,
    "head": {"bold": True, "font_size": 9, "font_color": SOFT, "text_wrap": True, "valign": "bottom", **_TOP_RULE,
             "bottom": 1, "bottom_color": EDGE},
    "theme": {"font_name": SERIF, "font_size": 14, **_TOP_RULE, "bg_color": PAPER},
    "requirement": {"font_name": SERIF, "font_size": 11, "bold": True, "text_wrap": True, "top": 1, "top_color": EDGE},
    "question": {"bold": True, "text_wrap": True, "top": 1, "top_color": LINE},
    "input": {"bg_color": TINT, "border": 1, "border_color": EDGE, "locked": False, "text_wrap": True},
    "locked": {"locked": True},
    "as_text": {"num_format": "@"},
    "date": {"num_format": "yyyy-mm-dd"},
    "note": {"locked": False, "border": 1, "border_color": LINE, "text_wrap": True},
    "big": {"font_name": SERIF, "font_size": 48, "font_color": INK, "align": "start", "valign": "vcenter"},
    "band": {"bold": True, "align": "center", "valign": "vcenter"},
    "warn": {"font_color": WARN, "text_wrap": True, "bold": True},
    "plain": {"num_format": "General"},
    "points": {"num_format": "0.##"},
    "share": {"num_format": "0.####"},
    "unseen": {"num_format": ";;;"},
    "from the left": {"reading_order": 1},
    "from the right": {"reading_order": 2},
}  # fmt: skip

#: Names of styles, by the result of `reading_order`.
READING_ORDERS: Mapping[int, str] = {1: "from the left", 2: "from the right"}
WARNING: Style = {"bg_color": WARN_TINT, "font_color": WARN, "bold": True}
CHOSEN: Style = {"bg_color": TINT, "bold": True}
UNASKED: Style = {"font_color": EDGE}


def decimals(digits: int) -> str:
    """Return the name of a style for numbers with this many decimals."""
    return _of_numbers(_zeros(digits))


def percent(digits: int = 0) -> str:
    """Return the name of a style for shares of 1 in per cent, with the sign as the current language writes it.

    Spreadsheet programs do not adapt the sign to the language.
    """
    blank = percent_sign().removesuffix("%")
    return _of_numbers(_zeros(digits) + (f'"{blank}"' if blank else "") + "%")


def _zeros(digits: int) -> str:
    return "0" + ("." + "0" * digits if digits else "")


def _of_numbers(form: str) -> str:
    """Return the name of a style with this number format, which is the format itself."""
    STYLES.setdefault(form, {"num_format": form})
    return form


def indent(level: int) -> str:
    """Return the name of a style for text indented by its level in the tree, by 15 at most, as cells allow."""
    name = f"level {min(max(level, 0), 15)}"
    STYLES.setdefault(name, {"indent": min(level, 15), "align": "start"} if level > 0 else {})
    return name


def band_tint(position: int, bands: int) -> str:
    """Return the background of a band's label, spread along the scale for any number of bands."""
    return BAND_TINTS[0] if bands < 2 else BAND_TINTS[round(position * (len(BAND_TINTS) - 1) / (bands - 1))]
