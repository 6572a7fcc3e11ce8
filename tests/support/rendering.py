"""Rendering template macros by themselves, and small objects with only the attributes that they read."""

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
#: The words for suppressed counts.
COUNT_WORDS = {"few": "fewer than 5", "withheld": "withheld"}


@cache
def environment() -> Environment:
    """Return a Jinja environment like the tool's, in English."""
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
    made.globals["cached_macro"] = lambda file, macro, *read: getattr(made.get_template(file).module, macro)(*read)
    made.globals["url_for"] = lambda endpoint, filename="": f"/{endpoint}/{filename}"
    return made


def render(source: str, **given: Any) -> str:
    """Render template source that can use every macro file by its name."""
    return environment().from_string(HEADS + source).render(**given)


def words(html: str) -> str:
    """Return the text that remains without colours, shapes and mark-up."""
    unseen = re.sub(r"<svg.*?</svg>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", unseen)).split())


def bands(count: int = 4) -> list[Any]:
    """Return bands of equal width, up to five."""
    names = ["Beginning", "Partial", "Substantial", "Aligned", "Leading"]
    return [
        SimpleNamespace(id=names[i], title=names[i], at=100 * i / count, step=i + 1, steps=count) for i in range(count)
    ]


def row(title: str = "Reach", score: float | None = 57.4, worst: float = 52.0, best: float = 65.0, **more: Any) -> Any:
    """Return a score with its interval, and the band of the score."""
    band = None if score is None else bands()[min(int(score // 25), 3)]
    return SimpleNamespace(title=title, score=score, worst=worst, best=best, band=band, **more)


def provision(**changed: Any) -> Any:
    """Return article 34, or another provision."""
    known = {"short": "CRC", "provision": "art. 34", "paraphrase": "Protect.", "label": "Binds States"}
    known |= {"outcome": "", "because": ""}
    return SimpleNamespace(**{**known, "wording_checked": True, "href": "/law#crc-34", **changed})


def open_reasons(*checked: str) -> list[Any]:
    """Return the choices that leave a question about a text open, with the named ones checked."""
    said = {"not-known": "Not known yet", "elsewhere": "Said in another document"}
    return [
        SimpleNamespace(value=f"blank:{word}", label=label, asks_title=word == "elsewhere", checked=word in checked)
        for word, label in said.items()
    ]


def question(**changed: Any) -> Any:
    """Return a question with two options, asked and blank unless changed."""
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
