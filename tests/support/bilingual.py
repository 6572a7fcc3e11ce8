"""An edition with its own law, both translated into French."""

from pathlib import Path

EDITION = """\
id: made
title: A code
bands: [{id: low, from: 0, title: Low}]
option_sets: {steps: [{id: none, points: 0, text: Nothing}, {id: all, points: 1, text: In all 3 places}]}
parts:
  - id: n
    title: Theme
    parts:
      - id: r
        title: One
        expects: It is forbidden.
        closes: Forbid it.
        law: [law-1]
        parts:
          - {id: q, ask: What?, help: Counts, options: steps}
          - {id: p, ask: How?, options: steps}
          - {id: s, ask: How much?, range: [0, 100], unit: "%"}
"""
FRENCH = """\
overall: {title: {text: Un code, state: reviewed}, bands: {low: {text: Faible, state: reviewed}}}
option_sets:
  steps: {none: {text: Rien, state: reviewed}, all: {text: Dans les 3 lieux, state: reviewed}}
n: {title: {text: Thème, state: reviewed}}
r:
  title: {text: Un, state: reviewed}
  expects: {text: C’est interdit., state: reviewed}
  closes: {text: L’interdire., state: reviewed}
q: {ask: {text: Quoi ?, state: reviewed}, help: {text: Compte, state: reviewed}}
p: {ask: {text: Comment ?, state: reviewed}}
s: {ask: {text: Combien ?, state: reviewed}, unit: {text: "%", state: reviewed}}
"""
LAW = """\
id: law
title: A law on children
short: Law
adopter: A parliament
year: 1989
status: In force since 1990.
as_of: 2026-11-24
provisions:
  - {id: law-1, provision: art. 1, authority: states, paraphrase: States forbid it., mark: C, source: Read}
  - {id: law-2, provision: art. 2, authority: states, paraphrase: States help., mark: C}
"""
FRENCH_LAW = """\
law:
  title: {text: Une loi sur les enfants, state: reviewed}
  short: {text: Loi, state: reviewed}
  adopter: {text: Un parlement, state: reviewed}
  status: {text: En vigueur depuis 1990., state: reviewed}
law-1: {paraphrase: {text: Les États l’interdisent., state: reviewed}}
law-2: {paraphrase: {text: Les États aident., state: reviewed}}
"""


def made(folder: Path, french: str = FRENCH, law: str | None = FRENCH_LAW, code: str = "fr") -> Path:
    """Write the edition and its own law, each translated into one language, into a folder, and return the folder."""
    for place, own, other in ((folder, EDITION, french), (folder / "law", LAW, law)):
        (place / "locales").mkdir(parents=True)
        (place / ("law.yaml" if own is LAW else "edition.yaml")).write_text(own, encoding="utf-8")
        if other is not None:
            (place / "locales" / f"{code}.yaml").write_text(other, encoding="utf-8")
    return folder
