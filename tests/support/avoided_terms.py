"""The terms that the project avoids. Old terms are allowed only inside official titles."""

import re

AVOIDED = re.compile(
    r"\b(child (prostitut\w*|pornograph\w*|sex|brides?)|sex (tour\w+|workers?)|(commercial )?sex with (minors|children)"
    r"|(live-?stream|cyber)[ -]?sex|sextort\w*|p(a?e)dophil\w*|monsters?|perverts?"
    r"|juvenile offenders?|(young )?predators?|rescued child\w*"
    r"|damaged|baby trade|seduc\w+|sexual minorities|(bad|dirty|source) countr\w+)\b",
    re.IGNORECASE,
)
