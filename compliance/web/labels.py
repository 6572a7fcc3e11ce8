"""Words for the ids that editions and files use: sectors, lens values, roles, consents, authorities, marks.

Titles of bands, themes and requirements come from the edition itself; logic uses the ids, never these words.
"""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

Labels = Mapping[str, LazyString]

SECTORS: Labels = {
    "travel": _l("Travel and tourism"),
    "lodging": _l("Hotels and other accommodation"),
    "transport": _l("Transport"),
    "platform": _l("Online platforms"),
    "telecom": _l("Telecoms and internet access"),
    "finance": _l("Banks and payments"),
    "media": _l("Media and advertising"),
    "goods": _l("Consumer goods and retail"),
    "extraction": _l("Mining and energy"),
    "construction": _l("Construction"),
    "farming": _l("Farming and food"),
    "recruiting": _l("Recruitment and staffing"),
    "guards": _l("Security services"),
    "grants": _l("Grants and volunteering"),
    "other": _l("Other sectors"),
    "all": _l("All sectors shown"),
    "": _l("Sector not stated"),
}

LENS_VALUES: Mapping[str, Labels] = {
    "gap": {"framing": _l("Framing"), "reach": _l("Reach"), "accountability": _l("Accountability")},
    "prevention": {
        "pre-primary": _l("Root causes"),
        "primary": _l("Everyone"),
        "secondary": _l("At risk"),
        "tertiary": _l("After harm"),
    },
    "aspect": {
        "code": _l("What the code says"),
        "practice": _l("What is done"),
        "proof": _l("What shows it"),
    },
    "demand": {"demand-side": _l("Demand side"), "other": _l("Other")},
    "audience": {
        "children": _l("Children"),
        "parents-communities": _l("Parents and communities"),
        "staff": _l("Staff"),
        "partners": _l("Partners"),
        "customers-users": _l("Customers and users"),
        "potential-offenders": _l("Potential offenders"),
        "authorities": _l("Authorities"),
        "public": _l("The public"),
    },
}

#: One sentence on how to read a lens value, where it has one.
LENS_NOTES: Mapping[str, Labels] = {
    "gap": {
        "framing": _l("Is it set by children’s law, or by what the business wants?"),
        "reach": _l("Does it reach the places and partners that most need it?"),
        "accountability": _l("Is it clear who answers, to whom, under which law?"),
    },
    "prevention": {
        "pre-primary": _l("Pre-primary: what makes exploitation possible at all, such as wages and power."),
        "primary": _l("Primary: what everybody knows and does."),
        "secondary": _l("Secondary: groups at risk, and people who might offend."),
        "tertiary": _l("Tertiary: help and response once a child was harmed."),
    },
}

LENSES: Labels = {
    "gap": _l("CSR gap"),
    "prevention": _l("Prevention level"),
    "aspect": _l("Aspect"),
    "demand": _l("Demand"),
    "audience": _l("Audience"),
}

ROLES: Labels = {
    "company": _l("Company member"),
    "auditor": _l("Auditor"),
    "advocate": _l("Advocate"),
    "steward": _l("Steward"),
}

CONSENTS: Labels = {
    "private": _l("private: in no figure"),
    "counted": _l("counted, without its name"),
    "named": _l("named"),
}

AUTHORITIES: Labels = {
    "company": _l("Binds the company"),
    "states": _l("Binds States"),
    "interpretation": _l("Guides States"),
    "expectation": _l("Expected of business"),
    "proposal": _l("A proposal, not in force"),
}

#: What each authority means for a company that is measured against it.
AUTHORITY_NOTES: Labels = {
    "company": _l("Applies to a company directly, where it is in force and the company falls under it."),
    "states": _l("Speaks to States and reaches a company through national law. A company is measured against it."),
    "interpretation": _l("How a treaty body reads a treaty. Addressed to States; it binds no company by itself."),
    "expectation": _l("Not law. What States, the United Nations or an industry expect of a company."),
    "proposal": _l("Drafted or proposed, and in force nowhere yet."),
}

MARKS: Labels = {
    "C": _l("Wording checked"),
    "P": _l("Exists; its detail was not read"),
    "M-high": _l("Not read; general knowledge, high confidence"),
    "M-med": _l("Not read; general knowledge, medium confidence"),
}

EFFORTS: Mapping[float, LazyString] = {1: _l("Small effort"), 2: _l("Moderate effort"), 3: _l("Large effort")}


def sector_title(sector: str) -> str:
    """A sector in words; an id that is not known stands for itself."""
    return str(SECTORS.get(sector, sector))


def lens_value(lens: str, value: str) -> str:
    """A lens value in words; an id that is not known stands for itself."""
    return str(LENS_VALUES.get(lens, {}).get(value, value))


def lens_note(lens: str, value: str) -> str:
    """How to read a lens value, in a sentence; empty where nothing is to be said."""
    return str(LENS_NOTES.get(lens, {}).get(value, ""))
