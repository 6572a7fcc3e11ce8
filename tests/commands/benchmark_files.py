"""A small edition, and the answers of eight companies to it, for the tests of `compliance benchmark`."""

MADE = """
id: made
title: Made
min_coverage: 0.5
profile:
  sector:
    title: Which sector is your main one?
    values: {travel: Travel and tours, lodging: Hotels and lodging}
  size: [small, large]
parts:
  - id: about
    parts:
      - {id: about.headquarters, ask: Where is it led from?, kind: countries, evidence: none}
      - {id: about.operations, ask: Where do people work for you?, kind: countries, evidence: none}
  - {id: t, parts: [{id: q, range: [0, 100]}, {id: r, range: [0, 100], asked_when: {profile.sector: travel}}]}
"""
HEADER = "company,profile.sector,profile.size,about.headquarters,about.operations,q,q#evidence,r\n"
ROWS = (
    "A,travel,small,DEU,DEU,10,x,50\n"
    "B,travel,small,KHM,KHM,20,x,60\n"
    "C,travel,large,CHL,CHL,30,,70\n"
    "D,travel,large,DEU,DEU,40,,80\n"
    "E,travel,large,DEU,DEU|KHM,100,x,0\n"
    "F,lodging,small,CHL,CHL,60,x,\n"
    "G,lodging,large,CHL,CHL,80,,\n"
    "H,lodging,large,CHL,CHL,,,\n"
)
