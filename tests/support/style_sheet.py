"""Reading the style sheet as it is served: its rules, tokens and classes, and the classes in templates."""

import re
from pathlib import Path
from typing import get_args

import compliance.web
from compliance.web.presenters.chart_marks import MarkKind
from compliance.web.presenters.charts import BAND_CLASSES
from compliance.web.responses import style_sheet

SHEET_FILE = Path(compliance.web.__path__[0]) / "static" / "look.css"
SERVED = style_sheet(SHEET_FILE)
#: The minified rules: without comments, and with spaces only where they have a meaning.
SHEET = SERVED.text.decode()
_JINJA = r"(?s)\{[{%].*?[%}]\}"


def tokens() -> tuple[dict[str, str], dict[str, str]]:
    """Return the colours of the light theme and of the dark one, by token."""
    blocks = re.findall(r":root\{(.*?)\}", SHEET, flags=re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", block)) for block in blocks[:2])
    return light, dark


def ratio(one: str, other: str) -> float:
    """Return the contrast ratio of two colours by WCAG 2, from 1 (equal) to 21 (black on white)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def classes_of_rules(css: str) -> set[str]:
    """Return the classes in the selectors of a minified style sheet."""
    selectors = " ".join(re.findall(r"[^{}]+(?=\{)", css))
    return set(re.findall(r"\.([a-zA-Z][\w-]*)", selectors))


def written_classes(source: str) -> set[str]:
    """Return the classes that a template certainly writes: in attributes, and passed to macros as `class`."""
    attributes = re.findall(r"""class=(?:"([^"]*)"|'([^']*)')""", source)
    plain = [re.sub(_JINJA, " ", first or second) for first, second in attributes]
    chosen = [text for first, _ in attributes for part in re.findall(_JINJA, first) for text in texts(part)]
    return {name for text in (*plain, *chosen) for name in text.split()}


def drawn_classes() -> set[str]:
    """Return the classes of the marks in charts."""
    return {*BAND_CLASSES, *(name for kind in get_args(MarkKind) for name in kind.split())}


def possible_classes(source: str) -> set[str]:
    """Return the classes that a template may write: in attributes, and every word of a text in its expressions."""
    parts = [text for part in re.findall(_JINJA, source) for text in texts(part)]
    density = re.findall(r"\{% block density %\}(\w+)", source)
    return written_classes(source) | {name for text in (*parts, *density) for name in text.split()}


def texts(expression: str) -> list[str]:
    """Return the string literals in a Jinja expression."""
    return [first or second for first, second in re.findall(r"""'([^']*)'|"([^"]*)\"""", expression)]
