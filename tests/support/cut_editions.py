"""A small edition and a cut of it, and functions that write them into folders."""

from pathlib import Path

PARENT = """\
id: whole-1
title: All of it
round: 0
bands: [{id: low, from: 0}, {id: high, from: 60}]
critical_cap: low
profile: {size: [small, large], sector: [tours, other], lodging: ["yes", "no"], staff: number}
lenses: {aspect: [code, practice]}
joined: [r1, r3]
parts:
  - id: about
    parts: [{id: about.codes, kind: text}, {id: about.other, kind: text}]
  - id: rules
    title: Rules
    weight: 3
    weight_reason: Deeds rest on them.
    parts:
      - id: r1
        title: The ban
        expects: It is forbidden.
        critical: 0.5
        parts:
          - {id: r1.code, aspect: code, options: [{id: none, points: 0}, {id: some, points: 4}, {id: all, points: 10}]}
          - {id: r1.practice, aspect: practice, weight: 2, options: yes-no, counts_when: {r1.code: [some, all]}}
      - id: r2
        title: Training
        expects: People are trained.
        asked_when: {profile.lodging: "yes"}
        parts:
          - {id: r2.practice, aspect: practice, options: yes-no}
  - id: reports
    title: Reports
    parts:
      - id: r3
        title: The channel
        expects: Anyone can report.
        parts:
          - {id: r3.code, aspect: code, options: yes-no, asked_when: {about.codes: one}}
"""
CUT = """\
id: texts-1
title: The texts alone
cut_of: whole-1
keep: {aspect: code}
bands: [{id: thin, from: 0, title: Thin}, {id: full, from: 50, title: Full}]
critical_cap: thin
weights: {reports: 4}
"""


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / "edition.yaml").write_text(text, encoding="utf-8")
    return folder / name
