"""Rendering the macros by themselves, and small objects with just the attributes that they read."""

import re
from functools import cache
from html import unescape
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from compliance.package_data import data_folder
from compliance.web.templating import add_id_labels, add_text_filters

HEADS = "".join(
    f"{{% import 'parts/{name}.html' as {name} %}}"
    for name in ("company_charts", "forms", "law", "layout", "question", "score", "sector_charts", "svg")
)
#: What is said instead of a count that may not be shown.
COUNT_WORDS = {"few": "fewer than 5", "withheld": "withheld"}


@cache
def environment() -> Environment:
    """Jinja as the product sets it up, in the language the words are written in."""
    made = Environment(
        loader=FileSystemLoader(data_folder("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    add_text_filters(made)
    add_id_labels(made)
    made.globals["cell_words"] = lambda count: count if isinstance(count, int) else COUNT_WORDS[count]
    made.globals["url_for"] = lambda endpoint, filename="": f"/{endpoint}/{filename}"
    return made


def render(source: str, **given: Any) -> str:
    """A piece of template that may use every macro file by its name."""
    return environment().from_string(HEADS + source).render(**given)


def words(html: str) -> str:
    """What is left to read when no colour, shape or mark-up is seen."""
    unseen = re.sub(r"<svg.*?</svg>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", unseen)).split())


def bands(count: int = 4) -> list[Any]:
    """As many bands as an edition may have, of equal width."""
    names = ["Beginning", "Partial", "Substantial", "Aligned", "Leading"]
    return [
        SimpleNamespace(id=names[i], title=names[i], at=100 * i / count, step=i + 1, steps=count) for i in range(count)
    ]


def row(title: str = "Reach", score: float | None = 57.4, worst: float = 52.0, best: float = 65.0, **more: Any) -> Any:
    """A score with its interval; the band follows the score."""
    band = None if score is None else bands()[min(int(score // 25), 3)]
    return SimpleNamespace(title=title, score=score, worst=worst, best=best, band=band, **more)


def provision(**changed: Any) -> Any:
    """Article 34, or another."""
    known = {"short": "CRC", "provision": "art. 34", "paraphrase": "Protect.", "label": "Binds States"}
    known |= {"outcome": "", "because": ""}
    return SimpleNamespace(**{**known, "wording_checked": True, "href": "/law#crc-34", **changed})


def open_reasons(*checked: str) -> list[Any]:
    """The choices that leave a question on a text open, those checked whose words are named."""
    said = {"not-known": "Not known yet", "elsewhere": "Said in another document"}
    return [
        SimpleNamespace(value=f"blank:{word}", label=label, asks_title=word == "elsewhere", checked=word in checked)
        for word, label in said.items()
    ]


def question(**changed: Any) -> Any:
    """A question with two options, asked and untouched, unless said otherwise."""
    known: dict[str, Any] = {
        "id": "reach.code", "number": 4, "kind": "one", "ask": "Which law prevails?", "aspect": "code",
        "help": "Look for “stricter”.", "counts": "", "critical_note": "", "scored": True, "full": 5.0, "unit": "",
        "range": None, "log": False, "chosen": [], "text": "", "na": "reason",
        "reasons": open_reasons(), "open": False, "title": "",
        "not_applicable": False, "reason": "", "errors": {}, "gate": "", "gate_open": True, "wants_evidence": True,
        "evidence": [], "draft": {}, "provisions": [provision()], "version": 3, "column": None,
        "options": [
            SimpleNamespace(id=i, points=p, text=t, flag="") for i, p, t in (("no", 0.0, "No"), ("yes", 2.5, "Yes"))
        ],
    }  # fmt: skip
    return SimpleNamespace(**{**known, **changed})


#: A critical requirement that is not met.
GAP = SimpleNamespace(
    id="g1", title="The higher standard", loss=4.12, critical=True, csr_gap="Reach", level="everyone",
    effort="Small effort", provisions=[provision()], closes="Say that the stricter law applies.",
)  # fmt: skip
