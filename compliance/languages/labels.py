"""Labels of ids, for pages, workbooks and forms.

Labels of what the program itself defines (bases, roles, authorities, regions) are here. Profile fields, sectors, lenses
and their values are content: their labels come from the edition, in the language it was translated to.
"""

import re
from collections.abc import Mapping
from typing import TypeAlias

from compliance.languages.formats import or_list
from compliance.languages.interface_messages import N_, current_language, text_direction
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.answers import ELSEWHERE, NOT_COUNTED, NOT_KNOWN_YET
from compliance.questionnaire.edition import (
    ASPECT_LENS,
    NONE_OF_THESE,
    OVERALL,
    PEER_GROUP_FIELD,
    SIZE_FIELD,
    Edition,
    Question,
)
from compliance.questionnaire.profile_fields import LabelSet
from compliance.scoring.coded_answers import Basis

#: The names of scores by basis.
BASIS_LABELS: Mapping[Basis, str] = {"claimed": N_("Claimed"), "evidenced": N_("Evidenced"), "verified": N_("Verified")}


def provision_title(edition: Edition, provision_id: str) -> str:
    """Return a provision's name as in a margin, `CRC art. 34`, or its id if the edition's catalogue lacks it."""
    if provision_id not in edition.provisions:
        return provision_id
    instrument = edition.instrument_of[provision_id]
    return f"{instrument.short or instrument.title} {localised_citation(edition.provisions[provision_id].provision)}"


Labels: TypeAlias = Mapping[str, str]

#: Labels used instead of a sector, for companies of several sectors or of none.
_SECTOR_GROUP_LABELS: Labels = {
    "all": N_("All sectors shown"),
    "unstated": N_("Sector not stated"),
    "": N_("Sector not stated"),
}
#: Values of profile fields that need no text in an edition.
_YES_NO_LABELS: Labels = {"yes": N_("Yes"), "no": N_("No")}
#: Choices beside the places of a question of places: none of them, and the two boxes.
IN_NONE = N_("In none of them")
IS_PLANNED = N_("Planned: a date is set and someone is responsible")
IS_DATED = N_("A date is set for the next check")
TICK_PLACES = N_(
    "Choose from the list. “In none of them” cannot be combined with a place, and a date for the next "
    "check needs at least one place."
)
#: How to answer, shown once wherever questions are asked.
BEST_ANSWER = N_("Where one answer can be chosen, choose the last one that is completely true.")
#: The words that a blank may carry, as messages.
BLANK_REASONS: Labels = {
    NOT_KNOWN_YET: N_("Not known yet"),
    NOT_COUNTED: N_("Could not be counted"),
    ELSEWHERE: N_("Said in another document"),
}
#: What a law is about, and what else is in the catalogue.
LAW_BODY_LABELS: Labels = {
    "children": N_("Children’s law"),
    "due-diligence": N_("Due diligence"),
    "standards": N_("Standards"),
    "requirements": N_("Requirements"),
}
#: Whom a provision addresses.
AUTHORITY_LABELS: Labels = {
    "company": N_("Binds companies"),
    "states": N_("Binds States"),
    "interpretation": N_("Guides States"),
    "expectation": N_("Expected of business"),
    "proposal": N_("A proposal, not in force"),
}
#: What each authority means for a company that is measured against it.
AUTHORITY_NOTES: Labels = {
    "company": N_("Applies to a company directly, where it is in force and the company is within its scope."),
    "states": N_(
        "Addressed to States; it applies to a company through national law. A company is measured against it."
    ),
    "interpretation": N_(
        "How a treaty body interprets a treaty. It is addressed to States; on its own it binds no company."
    ),
    "expectation": N_("Not law. What States, the United Nations or an industry expect of a company."),
    "proposal": N_("Drafted or proposed, and not yet in force anywhere."),
}
WORDING_MARK_LABELS: Labels = {
    "C": N_("Wording checked"),
    "P": N_("Wording not checked; a source confirms that it exists"),
    "M-high": N_("Wording not checked; general knowledge, held with high confidence"),
    "M-med": N_("Wording not checked; general knowledge, held with medium confidence"),
}
#: How it is known whom a law binds.
SOURCE_MARK_LABELS: Labels = {
    "R": N_("The wording was checked in the law itself, or in a faithful copy of it."),
    "S": N_("At least part of this is known only at second hand."),
    "M": N_("At least part of this is known only from memory."),
}
ROLE_LABELS: Labels = {
    "company": N_("Company member"),
    "auditor": N_("Auditor"),
    "advocate": N_("Advocate"),
    "steward": N_("Steward"),
}
#: What a company allowed to be published, in words for others.
CONSENT_LABELS: Labels = {
    "private": N_("private, not in any figure"),
    "counted": N_("counted, without its name"),
    "named": N_("named"),
}
#: Who gave the answers.
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
#: Companies by the countries where people work for them.
NEED_GROUP_LABELS: Labels = {
    "high": N_("Works in priority countries"),
    "other": N_("Works in no priority country"),
}
#: The words in citations of provisions. Numbers, and signs such as S2, are not translated.
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
    "part": N_("part"),
    "chapter": N_("chapter"),
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
    "Commercial Code": N_("Commercial Code"),
    "number of": N_("number of"),
    "codes and standards": N_("codes and standards"),
    "Designated Internet Services Standard": N_("Designated Internet Services Standard"),
    "Online Safety Plan": N_("Online Safety Plan"),
    "forms of exploitation": N_("forms of exploitation"),
    "use of a victim's service": N_("use of a victim's service"),
    "aggravating circumstances": N_("aggravating circumstances"),
    "sanctions on companies": N_("sanctions on companies"),
    "prevention": N_("prevention"),
    "supply chains": N_("supply chains"),
    "emerging challenges": N_("emerging challenges"),
    "removal": N_("removal"),
    "develop": N_("develop"),
    "deploy": N_("deploy"),
    "maintain": N_("maintain"),
    "provenance": N_("provenance"),
    "harmful tools": N_("harmful tools"),
}
_CITATION_WORD = re.compile(
    "|".join(rf"(?<!\w){re.escape(words)}(?!\w)" for words in sorted(CITATION_WORDS, key=len, reverse=True))
)
_CITATION_RANGE = re.compile(r"(?<![\w-])(\d+(?:\(\w+\))*)-(\d+|\(\w+\))")
EFFORT_LABELS = (N_("Small effort"), N_("Moderate effort"), N_("Large effort"))


def label_of(words: Labels, key: str) -> str:
    """Return the label of an id in the current language, or the id if the table lacks it."""
    return _(words[key]) if key in words else key


def option_label(question: Question, option_id: str) -> str:
    """Return the text of an option, or its id if it is unknown or has no text."""
    if question.kind == "many" and option_id == NONE_OF_THESE:
        return _("None of these")
    option = question.option(option_id)
    return option.text or option.id if option else option_id


def lens_label(edition: Edition, lens: str) -> str:
    """Return the title of a lens from its edition, or its id in words."""
    return _labels_of_lens(edition, lens).title or id_as_words(lens)


def lens_value_label(edition: Edition, lens: str, value: str) -> str:
    """Return the text of a lens value from its edition, or its id in words."""
    return _labels_of_lens(edition, lens).values.get(value) or id_as_words(value)


def lens_note(edition: Edition, lens: str, value: str) -> str:
    """Return the note on how to read a lens value from its edition, or "" if there is none."""
    return _labels_of_lens(edition, lens).notes.get(value, "")


def aspect_phrase(edition: Edition, aspect: str) -> str:
    """Return the label of an aspect for use inside a line: `what is done`."""
    label = lens_value_label(edition, ASPECT_LENS, aspect)
    return label[:1].lower() + label[1:]


def sector_label(edition: Edition, sector: str) -> str:
    """Return the text of a sector from its edition. There are also texts for `all` sectors together, and for none."""
    return profile_value_label(edition, PEER_GROUP_FIELD, sector)


def profile_field_label(edition: Edition, field: str) -> str:
    """Return the question that a profile field asks, from its edition, or its id in words."""
    return _labels_of_field(edition, field).title or id_as_words(field)


def profile_value_label(edition: Edition, field: str, value: str) -> str:
    """Return the text of a profile field's value from its edition, which need not define `yes` and `no`."""
    own = _labels_of_field(edition, field).values.get(value)
    if own is not None:
        return own
    if field == PEER_GROUP_FIELD and value in _SECTOR_GROUP_LABELS:
        return _(_SECTOR_GROUP_LABELS[value])
    return bare_value_label(value)


def figure_title(edition: Edition, figure: str) -> str:
    """Return the title of a published figure: overall, a lens value such as "gap:reach", or a node; else its id."""
    if figure == OVERALL:
        return _("Overall score")
    lens, colon, value = figure.partition(":")
    if colon and lens in edition.lenses:
        return f"{lens_label(edition, lens)}: {lens_value_label(edition, lens, value)}"
    node = edition.nodes.get(figure)
    return (node.title if node else "") or figure


def size_label(edition: Edition, sizes: str) -> str:
    """Return the text of a size, or of several joined by "+"."""
    return or_list(profile_value_label(edition, SIZE_FIELD, size) for size in sizes.split("+"))


def bare_value_label(value: str) -> str:
    """Return the label of a value without a text in the edition: `Yes`, `No`, or its id in words."""
    return _(_YES_NO_LABELS[value]) if value in _YES_NO_LABELS else id_as_words(value)


def id_as_words(id_: str) -> str:
    """Return an id as words, for lack of a text: `three-up` becomes `three up`, and `50-249` stays a range."""
    return _SEPARATOR_BESIDE_LETTER.sub(" ", id_)


_SEPARATOR_BESIDE_LETTER = re.compile(r"_|(?<=[a-z])-|-(?=[a-z])")


def _labels_of_lens(edition: Edition, lens: str) -> LabelSet:
    return edition.lens_labels.get(lens, _NO_LABELS)


def _labels_of_field(edition: Edition, field: str) -> LabelSet:
    return edition.profile_labels.get(field, _NO_LABELS)


_NO_LABELS = LabelSet()


def localised_citation(place: str) -> str:
    """Return a provision's citation, `art. 34` or `principle 4`, with its words in the current language.

    In right-to-left text, a dash between numbers would reverse the range, so it becomes a word.
    """
    if text_direction(current_language()) == "rtl":
        place = _CITATION_RANGE.sub(_range_in_words, place)
    return _CITATION_WORD.sub(lambda found: _(CITATION_WORDS[found[0]]), place)


def _range_in_words(found: re.Match[str]) -> str:
    low, high = found.groups()
    is_sign = low.isdigit() and high.isdigit() and int(high) < int(low)  # as in disclosure 408-1
    return found[0] if is_sign else _("%(low)s to %(high)s", low=low, high=high)


def effort_label(effort: float) -> str:
    """Return the label of the effort to close a gap, by the key `effort`: small below 2, moderate below 3."""
    return _(EFFORT_LABELS[0 if effort < 2 else 1 if effort < 3 else 2])
