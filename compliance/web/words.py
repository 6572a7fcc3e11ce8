"""Words for ids that an edition leaves bare: lens values, profile fields and their values, consents, efforts."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

LENS_VALUES: dict[str, LazyString] = {
    "framing": _l("Framing"),
    "reach": _l("Reach"),
    "accountability": _l("Accountability"),
    "pre-primary": _l("Root causes"),
    "primary": _l("Everyone"),
    "secondary": _l("At risk"),
    "tertiary": _l("After harm"),
    "code": _l("What the code says"),
    "practice": _l("What is done"),
    "proof": _l("What shows it"),
    "demand-side": _l("Demand"),
    "other": _l("Other"),
    "children": _l("Children"),
    "parents-communities": _l("Parents and communities"),
    "staff": _l("Staff"),
    "partners": _l("Partners"),
    "customers-users": _l("Customers and users"),
    "potential-offenders": _l("Potential offenders"),
    "authorities": _l("Authorities"),
    "public": _l("The public"),
}
#: The question behind each of the three failings of corporate responsibility.
CSR_GAPS: dict[str, LazyString] = {
    "framing": _l("Is it set by children’s law, or by what the business wants?"),
    "reach": _l("Does it reach the places and partners that most need it?"),
    "accountability": _l("Is it clear who answers, to whom, under which law?"),
}
SECTORS: dict[str, LazyString] = {
    "travel": _l("Travel and tours"),
    "lodging": _l("Hotels and lodging"),
    "transport": _l("Transport"),
    "platform": _l("Online platforms"),
    "telecom": _l("Telecoms and internet access"),
    "finance": _l("Banks and payments"),
    "media": _l("Media and advertising"),
    "goods": _l("Goods and retail"),
    "extraction": _l("Mining, oil and gas"),
    "construction": _l("Construction"),
    "farming": _l("Farming and fishing"),
    "recruiting": _l("Recruiting and labour supply"),
    "guards": _l("Security guards"),
    "grants": _l("Grants and volunteering"),
    "other": _l("Another sector"),
}
PROFILE_FIELDS: dict[str, LazyString] = {
    "sector": _l("Which sector is your main one?"),
    "travel": _l("Do you sell or organise travel?"),
    "lodging": _l("Do you run hotels or other lodging?"),
    "transport": _l("Do you carry passengers or freight?"),
    "platform": _l("Do you run an online platform where users meet, post, play or buy?"),
    "telecom": _l("Do you give access to the internet, or host data for others?"),
    "finance": _l("Do you handle payments, accounts or investments for others?"),
    "media": _l("Do you make media or advertising?"),
    "goods": _l("Do you make or sell goods?"),
    "extraction": _l("Do you extract minerals, oil or gas?"),
    "construction": _l("Do you build, or run building sites?"),
    "farming": _l("Do you farm, fish, or buy straight from those who do?"),
    "recruiting": _l("Do you recruit or supply workers for others?"),
    "guards": _l("Do you provide or hire security guards?"),
    "grants": _l("Do you give grants, or have staff who volunteer with children?"),
    "size": _l("How many people work for you, contract workers counted?"),
    "children": _l("How much contact do your people have with children in their work?"),
    "minors_served": _l("Are people under 18 among your customers, guests or users?"),
    "staff_travel": _l("Do your people travel for work, or live abroad for it?"),
    "consumer_marketing": _l("Do you advertise to consumers?"),
    "migrant_labour": _l("Do migrant workers work for you, your suppliers, or through agencies?"),
    "tiers": _l("How far down do you know your value chain?"),
}
PROFILE_VALUES: dict[str, LazyString] = {
    "yes": _l("Yes"),
    "no": _l("No"),
    "unknown": _l("We do not know"),
    "none": _l("None"),
    "sometimes": _l("Sometimes"),
    "regular": _l("Regularly"),
    "in-care": _l("Children are in our care"),
    "direct": _l("Direct suppliers"),
    "two": _l("Two tiers"),
    "three-up": _l("Three tiers or more"),
    "1-9": _l("1 to 9"),
    "10-49": _l("10 to 49"),
    "50-249": _l("50 to 249"),
    "250-4999": _l("250 to 4,999"),
    "5000-up": _l("5,000 or more"),
}
CONSENTS: dict[str, tuple[LazyString, LazyString]] = {
    "counted": (
        _l("Count us, without our name"),
        _l("Your scores enter the figures of your sector, where at least five companies stand together."),
    ),
    "named": (
        _l("Count us, and name us"),
        _l("The same, and your name may stand beside your overall score once the year is closed."),
    ),
    "private": (_l("Keep it to ourselves"), _l("Your answers enter no published figure at all.")),
}


def lens_word(value: str) -> str:
    """The name of a lens value; one that this tool does not know keeps its id."""
    return str(LENS_VALUES.get(value, value))


def field_words(field: str) -> str:
    """What a profile field asks."""
    return str(PROFILE_FIELDS.get(field, field.replace("_", " ")))


def value_words(field: str, value: str) -> str:
    """A value of a profile field."""
    known = SECTORS if field == "sector" else PROFILE_VALUES
    return str(known.get(value, value))


def effort_words(effort: float) -> str:
    """How much work it is to close a gap."""
    return str(_EFFORTS[0 if effort < 2 else 1 if effort < 3 else 2])


_EFFORTS = (_l("Small effort"), _l("Moderate effort"), _l("Large effort"))
