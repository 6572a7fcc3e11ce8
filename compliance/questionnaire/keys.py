"""Every key of the questionnaire format: where it stands, what it takes, what it means.

One table serves the reader, the JSON Schema for editors and the test that
`questionnaires/README.md` explains every key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from compliance.questionnaire.edition import COMBINES, FORMS, KINDS
from compliance.questionnaire.law import AUTHORITIES, BODIES, KNOWN, MARKS, OUTCOMES

Level: TypeAlias = Literal["edition", "node", "question", "option", "band", "instrument", "provision", "rule"]
LEVELS: tuple[Level, ...] = get_args(Level)

#: What a value may look like. The first nine are single words or numbers; the
#: others are read by the part of the loader that knows what they mean.
Type: TypeAlias = Literal[
    "id",
    "text",
    "number",
    "number > 0",
    "share",
    "true or false",
    "decimals",
    "decimals or exact",
    "year",
    "date",
    "choice",
    "ids",
    "two numbers",
    "condition",
    "parts",
    "options",
    "option sets",
    "bands",
    "profile",
    "lenses",
    "provisions",
    "rules",
    "facts",
]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of one level."""

    name: str
    type: Type
    meaning: str
    default: str = ""  # as it would be written; empty where the meaning says what happens
    required: bool = False
    choices: tuple[str, ...] = ()


_ASKED_WHEN = Key("asked_when", "condition", "asked only while this holds; otherwise it drops out with its weight")
_COMBINE = Key("combine", "choice", "how the scores of the parts become one", "mean", choices=COMBINES)
_COVERAGE = Key("min_coverage", "share", "below this coverage there is no score; default: none")
_PARTS = Key("parts", "parts", "its nodes and questions; a text is the name of a file that holds one", required=True)
_WEIGHT = Key("weight", "number > 0", "weight against its siblings; not under sum", "1")

_EDITION = (
    Key("id", "id", "name of the edition", required=True),
    Key("title", "text", "title that people see; default: the id"),
    Key("form", "choice", "quick: a first look, without rank, never asked for a period", "full", choices=FORMS),
    Key("scale", "number > 0", "scores are shown as 0 to this", "100"),
    Key("round", "decimals", "decimals shown", "1"),
    Key("band_at", "decimals or exact", "decimals of the score that is looked up in the bands; default: as `round`"),
    Key("rank_at", "decimals or exact", "decimals of the score that is ranked", "exact"),
    Key("blank", "choice", "what a blank does to the score", "zero", choices=("zero", "drop")),
    Key("bands", "bands", "names for scores from a lower bound upwards; default: none"),
    Key("critical_cap", "id", "highest band while a critical requirement fails; required if one is critical"),
    Key("joined", "ids", "requirements that show whether single measures are joined into one; default: none"),
    Key("profile", "profile", "what is known about the company: a list of values a field, or `number`"),
    Key("lenses", "lenses", "ways to regroup; every scored question carries one value of each"),
    Key("option_sets", "option sets", "options used by many questions, under an id"),
    _COMBINE,
    _COVERAGE,
    _PARTS,
)

_NODE = (
    Key("id", "id", "unique in the edition", required=True),
    Key("title", "text", "title that people see; default: the id"),
    _PARTS,
    _COMBINE,
    _WEIGHT,
    Key("weight_reason", "text", "why it weighs what it weighs"),
    _COVERAGE,
    _ASKED_WHEN,
    Key("expects", "text", "what law expects, in one sentence; makes the node a requirement"),
    Key("law", "ids", "provisions that the requirement is measured against"),
    Key("closes", "text", "what would close the gap"),
    Key("effort", "number > 0", "effort to close the gap, against other requirements", "1"),
    Key("critical", "share", "the requirement fails while its score is below this share; default: never"),
)

_QUESTION = (
    Key("id", "id", "unique in the edition, and the name of its column", required=True),
    Key("ask", "text", "the question; default: the id"),
    Key("help", "text", "the hint beside it"),
    Key("kind", "choice", "what an answer is; default: one with options, number with a range, or text", choices=KINDS),
    Key("options", "options", "answers to choose from, or the id of an option set; `yes-no` is built in"),
    Key("max", "number > 0", "full marks: more points count as these; default: the best that can be attained"),
    Key("range", "two numbers", "number: from the value that earns 0 to the value that earns full marks"),
    Key("log", "true or false", "the number and both ends are taken as logarithms", "false"),
    Key("clip", "true or false", "values beyond the range count as its ends", "true"),
    Key("unit", "text", "shown beside the number"),
    _WEIGHT,
    _ASKED_WHEN,
    Key("counts_when", "condition", "earns points only while this holds; its weight stays"),
    Key("na", "choice", "whether not applicable may be answered, with a reason", "never", choices=("never", "reason")),
    Key("evidence", "choice", "none: counts as shown without evidence", "expected", choices=("none", "expected")),
)

_OPTION = (
    Key("id", "id", "what an answer is stored as", required=True),
    Key("points", "number", "what it earns; negative and fractional points are allowed", required=True),
    Key("text", "text", "what people choose; default: the id"),
)

_BAND = (
    Key("id", "id", "name of the band", required=True),
    Key("from", "number", "lowest score of the band, on the shown scale", required=True),
    Key("title", "text", "title that people see; default: the id"),
)

_INSTRUMENT = (
    Key("id", "id", "name of the treaty, law or standard, and of its file", required=True),
    Key("title", "text", "full title", required=True),
    Key("body", "choice", "what it is about: children, due diligence, or a standard", "standards", choices=BODIES),
    Key("short", "text", "the name in a margin; default: the title"),
    Key("adopter", "text", "who adopted it"),
    Key("year", "year", "year of adoption", required=True),
    Key("status", "text", "in force, amended, proposed, and for whom", required=True),
    Key("as_of", "date", "day on which the status was true", required=True),
    Key("url", "text", "where it can be read"),
    Key("reach", "text", "which companies it binds in general, in one phrase"),
    Key("applies", "rules", "how it is judged whether it binds a company: the first rule that fits decides"),
    Key("provisions", "provisions", "its articles and paragraphs", required=True),
)

_PROVISION = (
    Key("id", "id", "unique in the catalogue", required=True),
    Key("provision", "text", "article or paragraph, never translated", required=True),
    Key("authority", "choice", "whom it binds", "", True, AUTHORITIES),
    Key("paraphrase", "text", "what it says, in our words", required=True),
    Key("mark", "choice", "how the wording was checked", "", True, MARKS),
    Key("source", "text", "where the wording was read"),
    Key("reach", "text", "which companies it binds in general; default: as its instrument says"),
)

_RULE = (
    Key("id", "id", "unique in the instrument", required=True),
    Key("verdict", "choice", "whether the law binds a company that the rule fits", "", True, OUTCOMES),
    Key("when", "facts", "facts about the company that must hold; default: it fits every company"),
    Key("from", "date", "first day on which it holds; default: it always did"),
    Key("until", "date", "last day on which it holds; default: it still does"),
    Key("provisions", "ids", "the provisions it is about; default: all that bind companies"),
    Key("group", "true or false", "of `not`: the group may pass a threshold that the company alone does not", "false"),
    Key("text", "text", "told to the company: why, or the missing fact as a question", required=True),
    Key("source", "text", "where it was read", required=True),
    Key("mark", "choice", "how it is known: read, second hand, from memory", "", True, KNOWN),
)

KEYS: Mapping[Level, tuple[Key, ...]] = {
    "edition": _EDITION,
    "node": _NODE,
    "question": _QUESTION,
    "option": _OPTION,
    "band": _BAND,
    "instrument": _INSTRUMENT,
    "provision": _PROVISION,
    "rule": _RULE,
}

#: Keys that only a requirement has.
OF_REQUIREMENTS = ("law", "closes", "effort", "critical")
#: Keys of questions that a node never has, and the reverse: for messages that say where a key belongs.
QUESTION_ONLY = frozenset(key.name for key in _QUESTION) - frozenset(key.name for key in _NODE)
NODE_ONLY = frozenset(key.name for key in _NODE) - frozenset(key.name for key in _QUESTION)
#: Names that no lens can have, since they are keys already.
RESERVED = frozenset(key.name for level in ("node", "question") for key in KEYS[level])
