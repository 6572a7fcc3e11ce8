"""Labels for ids that an edition, the law and the store leave bare: the same ones on pages and in workbooks.

An id that is not known is its own label, so that an edition may bring its own.
"""

import re
from collections.abc import Mapping
from typing import TypeAlias

from compliance.languages.interface_messages import N_, current_language, text_direction
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.edition import NONE_OF_THESE, Edition, Question
from compliance.scoring.coded_answers import Basis

#: What a score is called by what is counted.
BASIS_LABELS: Mapping[Basis, str] = {"claimed": N_("Claimed"), "evidenced": N_("Evidenced"), "verified": N_("Verified")}


def provision_title(edition: Edition, provision_id: str) -> str:
    """A provision as a margin names it, `CRC art. 34`; its id where the catalogue is not at hand."""
    if provision_id not in edition.provisions:
        return provision_id
    instrument = edition.instrument_of[provision_id]
    return f"{instrument.short or instrument.title} {localised_citation(edition.provisions[provision_id].provision)}"


Labels: TypeAlias = Mapping[str, str]

LENS_LABELS: Labels = {
    "gap": N_("CSR gap"),
    "prevention": N_("Prevention level"),
    "aspect": N_("Aspect"),
    "demand": N_("Demand"),
    "audience": N_("Audience"),
}
LENS_VALUE_LABELS: Labels = {
    "framing": N_("Framing"),
    "reach": N_("Reach"),
    "accountability": N_("Accountability"),
    "pre-primary": N_("Root causes"),
    "primary": N_("Everyone"),
    "secondary": N_("At risk"),
    "tertiary": N_("After harm"),
    "code": N_("What the code says"),
    "practice": N_("What is done"),
    "proof": N_("What shows it"),
    "demand-side": N_("Demand"),
    "other": N_("Other"),
    "children": N_("Children"),
    "parents-communities": N_("Parents and communities"),
    "staff": N_("Staff"),
    "partners": N_("Partners"),
    "customers-users": N_("Customers and users"),
    "potential-offenders": N_("Potential offenders"),
    "authorities": N_("Authorities"),
    "public": N_("The public"),
}
#: The question behind each of the three failings of corporate responsibility.
CSR_GAP_QUESTIONS: Labels = {
    "framing": N_("Is it set by children’s law, or by what the business wants?"),
    "reach": N_("Does it reach the places and partners that most need it?"),
    "accountability": N_("Is it clear who answers, to whom, under which law?"),
}
PREVENTION_LEVEL_NOTES: Labels = {
    "pre-primary": N_("Pre-primary: what makes exploitation possible at all, such as wages and power."),
    "primary": N_("Primary: what everybody knows and does."),
    "secondary": N_("Secondary: groups at risk, and people who might offend."),
    "tertiary": N_("Tertiary: help and response once a child was harmed."),
}
#: What a question is about, inside a line.
ASPECT_LABELS: Labels = {
    "code": N_("what the code says"),
    "practice": N_("what is done"),
    "proof": N_("what shows it"),
}
SECTOR_LABELS: Labels = {
    "travel": N_("Travel and tours"),
    "lodging": N_("Hotels and lodging"),
    "transport": N_("Transport"),
    "platform": N_("Online platforms"),
    "telecom": N_("Telecoms and internet access"),
    "finance": N_("Banks and payments"),
    "media": N_("Media and advertising"),
    "goods": N_("Goods and retail"),
    "extraction": N_("Mining, oil and gas"),
    "construction": N_("Construction"),
    "farming": N_("Farming and fishing"),
    "recruiting": N_("Recruiting and labour supply"),
    "guards": N_("Security guards"),
    "grants": N_("Grants and volunteering"),
    "other": N_("Another sector"),
    "all": N_("All sectors shown"),
    "unstated": N_("Sector not stated"),
    "": N_("Sector not stated"),
}
#: What a law is about, and what else is listed beside it.
LAW_BODY_LABELS: Labels = {
    "children": N_("Children’s law"),
    "due-diligence": N_("Due diligence"),
    "standards": N_("Standards"),
    "requirements": N_("Requirements"),
}
PROFILE_FIELD_LABELS: Labels = {
    "sector": N_("Which sector is your main one?"),
    "travel": N_("Do you sell or organise travel?"),
    "lodging": N_("Do you run hotels or other lodging?"),
    "transport": N_("Do you carry passengers or freight?"),
    "platform": N_("Do you run an online platform where users meet, post, play or buy?"),
    "telecom": N_("Do you give access to the internet, or host data for others?"),
    "finance": N_("Do you handle payments, accounts or investments for others?"),
    "media": N_("Do you make media or advertising?"),
    "goods": N_("Do you make or sell goods?"),
    "extraction": N_("Do you extract minerals, oil or gas?"),
    "construction": N_("Do you build, or run building sites?"),
    "farming": N_("Do you farm, fish, or buy straight from those who do?"),
    "recruiting": N_("Do you recruit or supply workers for others?"),
    "guards": N_("Do you provide or hire security guards?"),
    "grants": N_("Do you give grants, or have staff who volunteer with children?"),
    "size": N_("How many people work for you, contract workers counted?"),
    "children": N_("How much contact do your people have with children in their work?"),
    "minors_served": N_("Are people under 18 among your customers, guests or users?"),
    "staff_travel": N_("Do your people travel for work, or live abroad for it?"),
    "consumer_marketing": N_("Do you advertise to consumers?"),
    "migrant_labour": N_("Do migrant workers work for you, your suppliers, or through agencies?"),
    "tiers": N_("How far down do you know your value chain?"),
}
PROFILE_VALUE_LABELS: Labels = {
    "yes": N_("Yes"),
    "no": N_("No"),
    "unknown": N_("We do not know"),
    "none": N_("None"),
    "sometimes": N_("Sometimes"),
    "regular": N_("Regularly"),
    "in-care": N_("Children are in our care"),
    "direct": N_("Direct suppliers"),
    "two": N_("Two tiers"),
    "three-up": N_("Three tiers or more"),
    "1-9": N_("1 to 9"),
    "10-49": N_("10 to 49"),
    "50-249": N_("50 to 249"),
    "250-4999": N_("250 to 4,999"),
    "5000-up": N_("5,000 or more"),
}
#: Whom a provision speaks to.
AUTHORITY_LABELS: Labels = {
    "company": N_("Binds companies"),
    "states": N_("Binds States"),
    "interpretation": N_("Guides States"),
    "expectation": N_("Expected of business"),
    "proposal": N_("A proposal, not in force"),
}
#: What each authority means for a company that is measured against it.
AUTHORITY_NOTES: Labels = {
    "company": N_("Applies to a company directly, where it is in force and the company falls under it."),
    "states": N_("Speaks to States and reaches a company through national law. A company is measured against it."),
    "interpretation": N_("How a treaty body reads a treaty. Addressed to States; it binds no company by itself."),
    "expectation": N_("Not law. What States, the United Nations or an industry expect of a company."),
    "proposal": N_("Drafted or proposed, and in force nowhere yet."),
}
WORDING_MARK_LABELS: Labels = {
    "C": N_("Wording checked"),
    "P": N_("Wording not checked; a source confirms that it exists"),
    "M-high": N_("Wording not checked; general knowledge, held with high confidence"),
    "M-med": N_("Wording not checked; general knowledge, held with medium confidence"),
}
#: How it is known whom a law binds.
SOURCE_MARK_LABELS: Labels = {
    "R": N_("This was read in the law, or in a faithful copy of it."),
    "S": N_("At least a part of this is known at second hand only."),
    "M": N_("At least a part of this is known from memory only."),
}
ROLE_LABELS: Labels = {
    "company": N_("Company member"),
    "auditor": N_("Auditor"),
    "advocate": N_("Advocate"),
    "steward": N_("Steward"),
}
#: What a company said may be published, as others read it.
CONSENT_LABELS: Labels = {
    "private": N_("private, in no figure"),
    "counted": N_("counted, without its name"),
    "named": N_("named"),
}
#: Who answered.
VOICE_LABELS: Labels = {
    "self": N_("answered by the company"),
    "desk": N_("assessed from public sources"),
}
REGION_LABELS: Labels = {
    "Africa": N_("Africa"),
    "Americas": N_("Americas"),
    "Asia": N_("Asia"),
    "Europe": N_("Europe"),
    "Oceania": N_("Oceania"),
    "": N_("Elsewhere"),
}
#: The words of the places that provisions stand at. Numbers stay as they are, and so do signs such as S2.
CITATION_WORDS: Labels = {
    "art.": N_("art."),
    "arts": N_("arts"),
    "para.": N_("para."),
    "paras": N_("paras"),
    "s.": N_("s."),
    "ss": N_("ss"),
    "ch.": N_("ch."),
    "nos": N_("nos"),
    "principle": N_("principle"),
    "principles": N_("principles"),
    "standard": N_("standard"),
    "criterion": N_("criterion"),
    "criteria": N_("criteria"),
    "target": N_("target"),
    "capability": N_("capability"),
    "disclosure": N_("disclosure"),
    "commentary": N_("commentary"),
    "preamble": N_("preamble"),
    "Annex": N_("Annex"),
    "Part": N_("Part"),
    "Circular": N_("Circular"),
    "as a whole": N_("as a whole"),
    "proposal": N_("proposal"),
    "preservation": N_("preservation"),
    "simplified set": N_("simplified set"),
    "text": N_("text"),
    "and": N_("and"),
    "liability of legal persons": N_("liability of legal persons"),
    "six steps": N_("six steps"),
    "first edition": N_("first edition"),
    "second edition": N_("second edition"),
    "report of March": N_("report of March"),
    "report of": N_("report of"),
    "guidelines, areas": N_("guidelines, areas"),
    "rule on volunteering and residential care": N_("rule on volunteering and residential care"),
    "Lantern and transparency reports": N_("Lantern and transparency reports"),
}
_CITATION_WORD = re.compile(
    "|".join(rf"(?<!\w){re.escape(words)}(?!\w)" for words in sorted(CITATION_WORDS, key=len, reverse=True))
)
_CITATION_RANGE = re.compile(r"(?<![\w-])(\d+(?:\(\w+\))*)-(\d+|\(\w+\))")
EFFORT_LABELS = (N_("Small effort"), N_("Moderate effort"), N_("Large effort"))


def label_of(words: Labels, key: str) -> str:
    """What a table says for an id, in the language now spoken; an id that is not in it stands for itself."""
    return _(words[key]) if key in words else key


def option_label(question: Question, option_id: str) -> str:
    """The text of an answer to choose; one that is not known stands as its id."""
    if question.kind == "many" and option_id == NONE_OF_THESE:
        return _("None of these")
    option = question.option(option_id)
    return option.text or option.id if option else option_id


def lens_label(lens: str) -> str:
    """What a lens is called."""
    return label_of(LENS_LABELS, lens)


def lens_value_label(value: str) -> str:
    """The name of a lens value."""
    return label_of(LENS_VALUE_LABELS, value)


def lens_note(lens: str, value: str) -> str:
    """How to read a lens value, in a sentence; empty where nothing is to be said."""
    notes: Labels = {"gap": CSR_GAP_QUESTIONS, "prevention": PREVENTION_LEVEL_NOTES}.get(lens, {})
    return _(notes[value]) if value in notes else ""


def sector_label(sector: str) -> str:
    """A sector; `all` together, and none, have words too."""
    return label_of(SECTOR_LABELS, sector)


def profile_field_label(field: str) -> str:
    """What a profile field asks."""
    return label_of(PROFILE_FIELD_LABELS, field) if field in PROFILE_FIELD_LABELS else field.replace("_", " ")


def profile_value_label(field: str, value: str) -> str:
    """A value of a profile field."""
    return label_of(SECTOR_LABELS if field == "sector" else PROFILE_VALUE_LABELS, value)


def localised_citation(place: str) -> str:
    """Where a provision stands, as in `art. 34` or `principle 4`, its words in the language now spoken.

    Between letters that run from right to left a dash would turn round: there a range is a word.
    """
    if text_direction(current_language()) == "rtl":
        place = _CITATION_RANGE.sub(_range_in_words, place)
    return _CITATION_WORD.sub(lambda found: _(CITATION_WORDS[found[0]]), place)


def _range_in_words(found: re.Match[str]) -> str:
    low, high = found.groups()
    is_sign = low.isdigit() and high.isdigit() and int(high) < int(low)  # as in disclosure 408-1
    return found[0] if is_sign else _("%(low)s to %(high)s", low=low, high=high)


def effort_label(effort: float) -> str:
    """How much work it is to close a gap."""
    return _(EFFORT_LABELS[0 if effort < 2 else 1 if effort < 3 else 2])
