"""Reading the style sheet: its tokens, and how well one colour is seen on another."""

import re
from pathlib import Path

import compliance.web

SHEET = (Path(compliance.web.__path__[0]) / "static" / "look.css").read_text("utf-8")


def tokens() -> tuple[dict[str, str], dict[str, str]]:
    """The colours of the light sheet, and of the dark one."""
    blocks = re.findall(r":root\{(.*?)\}", SHEET, flags=re.DOTALL)
    light, dark = (dict(re.findall(r"--(\w+):(#[0-9a-f]{6})", block)) for block in blocks[:2])
    return light, dark


def ratio(one: str, other: str) -> float:
    """Contrast of two colours as WCAG 2 reckons it: 1 none, 21 black on white."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
