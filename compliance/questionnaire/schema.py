"""The schema of the questionnaire format: every key, where it is allowed, what it takes and what it means.

The reader, the JSON Schema for editors, and the test that `questionnaires/README.md` explains every key share this
table. The JSON Schema checks less than the loader, which also checks ids, lenses and rules across several keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from compliance.questionnaire.conditions_and_law import (
    APPLICABILITY_OUTCOMES,
    AUTHORITIES,
    LAW_BODIES,
    SOURCE_MARKS,
    WORDING_MARKS,
)
from compliance.questionnaire.edition import (
    CUSTOMERS_QUESTION,
    EDITION_FORMS,
    HEADQUARTERS_QUESTION,
    OPERATIONS_QUESTION,
)
from compliance.questionnaire.vocabulary import AGGREGATION_METHODS, QUESTION_KINDS

#: By fact that is about countries: the question that asks for it.
COUNTRY_FACTS: Mapping[str, str] = {
    "hq": HEADQUARTERS_QUESTION,
    "works_in": OPERATIONS_QUESTION,
    "works_only_in": OPERATIONS_QUESTION,
    "customers_in": CUSTOMERS_QUESTION,
}

_EditionLevel: TypeAlias = Literal[
    "edition", "cut", "theme", "field", "lens", "table", "node", "question", "option", "band"
]
_CatalogueLevel: TypeAlias = Literal["instrument", "provision", "rule", "crosswalk", "point"]
FormatLevel: TypeAlias = Literal[_EditionLevel, _CatalogueLevel]
FORMAT_LEVELS: tuple[FormatLevel, ...] = get_args(FormatLevel)
#: The types of values. Types up to "choice" are single words or numbers. The part of the loader that knows a type's
#: meaning reads the others.
KeyType: TypeAlias = Literal[
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
    "minimum standards",
    "profile",
    "lenses",
    "field values",
    "lens values",
    "kept",
    "weights",
    "documents",
    "shares",
    "themes",
    "tables",
    "columns",
    "notes",
    "provisions",
    "rules",
    "facts",
    "points",
]


@dataclass(frozen=True, slots=True)
class FormatKey:
    """One key of one level."""

    name: str
    type: KeyType
    meaning: str
    default: str = ""  # as written; "" if `meaning` describes it
    required: bool = False
    choices: tuple[str, ...] = ()
    choice_noun: str = ""  # the name of a choice, if it differs from the key's


_ASKED_WHEN = FormatKey(
    "asked_when", "condition", "asked only while this holds; otherwise it drops out with its weight"
)
_COMBINE = FormatKey(
    "combine",
    "choice",
    "how the scores of the parts become one",
    "mean",
    choices=AGGREGATION_METHODS,
    choice_noun="rule of combination",
)
_COVERAGE = FormatKey("min_coverage", "share", "below this coverage there is no score; default: none")
_MAX = FormatKey(
    "max", "number > 0", "of a sum: full marks, more points count as these; default: the full marks of all its parts"
)
_FLOOR = FormatKey("floor", "true or false", "a score below 0 counts as 0", "false")
_PREREQUISITE = FormatKey(
    "prerequisite",
    "true or false",
    "earns nothing and has no weight; while it is not met, the band is at most `critical_cap`",
    "false",
)
_PARTS = FormatKey(
    "parts", "parts", "its nodes and questions; a text is the name of a file that holds one", required=True
)
_DOCUMENTS = FormatKey(
    "documents", "ids", "kinds of document that can answer it, for a reading of one document; default: all"
)
_WEIGHT = FormatKey("weight", "number > 0", "weight against its siblings; not under sum", "1")

_ID = FormatKey("id", "id", "name of the edition", required=True)
_TITLE = FormatKey("title", "text", "title that people see; default: the id")
_BANDS = FormatKey("bands", "bands", "names for scores from a lower bound upwards; default: none")
_CAP = FormatKey(
    "critical_cap", "id", "highest band while a critical requirement or a prerequisite fails; required if there is one"
)
_EDITION = (
    _ID,
    _TITLE,
    FormatKey(
        "form", "choice", "quick: a first look, without rank, never asked for a period", "full", choices=EDITION_FORMS
    ),
    FormatKey("scale", "number > 0", "scores are shown as 0 to this", "100"),
    FormatKey("round", "decimals", "decimals shown", "1"),
    FormatKey(
        "band_at", "decimals or exact", "decimals of the score that is looked up in the bands; default: as `round`"
    ),
    FormatKey("rank_at", "decimals or exact", "decimals of the score that is ranked", "exact"),
    FormatKey("blank", "choice", "what a blank does to the score", "zero", choices=("zero", "drop")),
    _BANDS,
    _CAP,
    FormatKey("joined", "ids", "requirements that show whether single measures are joined into one; default: none"),
    FormatKey("profile", "profile", "what is known about the company: fields with their values, or `number`"),
    FormatKey("lenses", "lenses", "ways to regroup; every scored question carries one value of each"),
    FormatKey("documents", "documents", "kinds of document, of which one may be read by itself, with their titles"),
    FormatKey("by_choice", "kept", "lens values of which the questions are asked only of companies that chose them"),
    FormatKey("option_sets", "option sets", "options used by many questions, under an id"),
    FormatKey("tables", "tables", "questions of places that are answered as one table; default: none"),
    _COMBINE,
    _MAX,
    _FLOOR,
    _COVERAGE,
    _PARTS,
)

_CUT = (
    _ID,
    _TITLE,
    FormatKey("cut_of", "id", "the edition of which this one keeps some questions", required=True),
    FormatKey(
        "keep",
        "kept",
        "which scored questions are kept: lenses with the values wanted, and ids under `requirements`; all must hold",
        required=True,
    ),
    FormatKey("weights", "weights", "weights that stand instead of those of the other edition, by node or question"),
    FormatKey("themes", "themes", "themes that stand instead of those of the other edition; default: the same"),
    FormatKey("critical", "shares", "the critical requirements with their shares; default: as in the other edition"),
    FormatKey("form", "choice", "as of any edition; default: as the other edition", choices=EDITION_FORMS),
    FormatKey("round", "decimals", "decimals shown; default: as the other edition"),
    FormatKey("band_at", "decimals or exact", "decimals that are looked up in the bands; default: as `round`"),
    FormatKey("rank_at", "decimals or exact", "decimals that are ranked; default: as the other edition"),
    _BANDS,
    _CAP,
    _COVERAGE,
)

_THEME = (
    FormatKey("id", "id", "unique among what is kept", required=True),
    FormatKey("title", "text", "title that people see; default: the id"),
    _WEIGHT,
    FormatKey("weight_reason", "text", "why it weighs what it weighs"),
    FormatKey("requirements", "ids", "its requirements in the order in which they are asked", required=True),
)

_FIELD = (
    FormatKey("title", "text", "what a company is asked; default: the id"),
    FormatKey(
        "values", "field values", "its values, each with the text that people choose, or `number`", required=True
    ),
)

_LENS = (
    FormatKey("title", "text", "title that people see; default: the id"),
    FormatKey("values", "lens values", "its values, each with the text that people see", required=True),
    FormatKey("notes", "notes", "how to read a value, in one sentence, by value"),
)

_TABLE = (
    FormatKey("id", "id", "unique among the tables", required=True),
    FormatKey("title", "text", "title that people see; default: the id"),
    FormatKey("text", "text", "what stands above it, in one or two sentences"),
    FormatKey(
        "columns", "columns", "two or more questions of places over one list, each with a short heading", required=True
    ),
)

_NODE = (
    FormatKey("id", "id", "unique in the edition", required=True),
    FormatKey("title", "text", "title that people see; default: the id"),
    _PARTS,
    _COMBINE,
    _MAX,
    _FLOOR,
    _WEIGHT,
    FormatKey("weight_reason", "text", "why it weighs what it weighs"),
    _COVERAGE,
    _ASKED_WHEN,
    FormatKey("expects", "text", "what law expects, in one sentence; makes the node a requirement"),
    FormatKey("law", "ids", "provisions that the requirement is measured against"),
    FormatKey("closes", "text", "what would close the gap"),
    FormatKey("effort", "number > 0", "effort to close the gap, against other requirements", "1"),
    FormatKey("critical", "share", "the requirement fails while its score is below this share; default: never"),
    _DOCUMENTS,
    _PREREQUISITE,
)

_QUESTION = (
    FormatKey("id", "id", "unique in the edition, and the name of its column", required=True),
    FormatKey("ask", "text", "the question; default: the id"),
    FormatKey("help", "text", "the hint beside it"),
    FormatKey(
        "kind",
        "choice",
        "what an answer is; default: one with options, number with a range, or text",
        choices=QUESTION_KINDS,
    ),
    FormatKey("places", "id", "of kind places: the question about countries above that lists the company's own"),
    FormatKey("options", "options", "answers to choose from, or the id of an option set; `yes-no` is built in"),
    FormatKey("max", "number > 0", "full marks: more points count as these; default: the best that can be attained"),
    FormatKey("range", "two numbers", "number: from the value that earns 0 to the value that earns full marks"),
    FormatKey("log", "true or false", "the number and both ends are taken as logarithms", "false"),
    FormatKey("clip", "true or false", "values beyond the range count as its ends", "true"),
    FormatKey("unit", "text", "shown beside the number"),
    _WEIGHT,
    _ASKED_WHEN,
    FormatKey("counts_when", "condition", "earns points only while this holds; its weight stays"),
    FormatKey(
        "na", "choice", "whether not applicable may be answered, with a reason", "never", choices=("never", "reason")
    ),
    FormatKey("evidence", "choice", "none: counts as shown without evidence", "expected", choices=("none", "expected")),
    _DOCUMENTS,
    _PREREQUISITE,
)

_OPTION = (
    FormatKey("id", "id", "what an answer is stored as", required=True),
    FormatKey("points", "number", "what it earns; negative and fractional points are allowed", required=True),
    FormatKey("text", "text", "what people choose; default: the id"),
    FormatKey(
        "flag", "text", "a finding, in one sentence, shown wherever it is chosen; it moves no score; default: none"
    ),
)

_BAND = (
    FormatKey("id", "id", "name of the band", required=True),
    FormatKey("from", "number", "lowest score of the band, on the shown scale", required=True),
    FormatKey("title", "text", "title that people see; default: the id"),
    FormatKey(
        "requires",
        "minimum standards",
        "the least that nodes and questions must reach for this band and those above, in points or as a share",
    ),
)

_INSTRUMENT = (
    FormatKey("id", "id", "name of the treaty, law or standard, and of its file", required=True),
    FormatKey("title", "text", "full title", required=True),
    FormatKey(
        "body", "choice", "what it is about: children, due diligence, or a standard", "standards", choices=LAW_BODIES
    ),
    FormatKey("short", "text", "the name in a margin; default: the title"),
    FormatKey("adopter", "text", "who adopted it"),
    FormatKey("year", "year", "year of adoption", required=True),
    FormatKey("status", "text", "in force, amended, proposed, and for whom", required=True),
    FormatKey("as_of", "date", "day on which the status was true", required=True),
    FormatKey("url", "text", "where it can be read"),
    FormatKey("reach", "text", "which companies it binds in general, in one phrase"),
    FormatKey("applies", "rules", "how it is judged whether it binds a company: the first rule that fits decides"),
    FormatKey("provisions", "provisions", "its articles and paragraphs", required=True),
)

_PROVISION = (
    FormatKey("id", "id", "unique in the catalogue", required=True),
    FormatKey("provision", "text", "article or paragraph, never translated", required=True),
    FormatKey("authority", "choice", "whom it binds", "", True, AUTHORITIES),
    FormatKey("paraphrase", "text", "what it says, in our words", required=True),
    FormatKey("mark", "choice", "how the wording was checked", "", True, WORDING_MARKS),
    FormatKey("source", "text", "where the wording was read"),
    FormatKey("reach", "text", "which companies it binds in general; default: as its instrument says"),
)

_RULE = (
    FormatKey("id", "id", "unique in the instrument", required=True),
    FormatKey(
        "verdict", "choice", "whether the law binds a company that the rule fits", "", True, APPLICABILITY_OUTCOMES
    ),
    FormatKey("when", "facts", "facts about the company that must hold; default: it fits every company"),
    FormatKey("from", "date", "first day on which it holds; default: it always did"),
    FormatKey("until", "date", "last day on which it holds; default: it still does"),
    FormatKey("provisions", "ids", "the provisions it is about; default: all that bind companies"),
    FormatKey(
        "group", "true or false", "of `not`: the group may pass a threshold that the company alone does not", "false"
    ),
    FormatKey("text", "text", "told to the company: why, or the missing fact as a question", required=True),
    FormatKey("source", "text", "where it was read", required=True),
    FormatKey("mark", "choice", "how it is known: read, second hand, from memory", "", True, SOURCE_MARKS),
)

_CROSSWALK = (
    FormatKey("id", "id", "name of the reporting standard, and of its file", required=True),
    FormatKey("title", "text", "full title of the standard", required=True),
    FormatKey("short", "text", "what it is called in a sentence; default: the title"),
    FormatKey("version", "text", "which version the points are of, and for which reports it is used", required=True),
    FormatKey("editions", "ids", "the editions whose requirements are named, by id", required=True),
    FormatKey("as_of", "date", "day on which the source was looked at", required=True),
    FormatKey("source", "text", "where the ids of the points were read", required=True),
    FormatKey("licence", "text", "whose the standard is, and what of it is used here", required=True),
    FormatKey("left_out", "text", "what of the standard is not listed, and why"),
    FormatKey("points", "points", "what the standard asks for, one by one, in its order", required=True),
)

_POINT = (
    FormatKey("id", "text", "what the standard calls it, letter by letter", required=True),
    FormatKey("title", "text", "what it asks for, in our words", required=True),
    FormatKey("provision", "text", "the paragraph in which it is asked for, never translated"),
    FormatKey("open", "text", "what it asks for that no answer says, as an order to whoever writes the report"),
    FormatKey("requirements", "ids", "the requirements whose answers say something about it", required=True),
)

FORMAT_KEYS: Mapping[FormatLevel, tuple[FormatKey, ...]] = {
    "edition": _EDITION,
    "cut": _CUT,
    "theme": _THEME,
    "field": _FIELD,
    "lens": _LENS,
    "table": _TABLE,
    "node": _NODE,
    "question": _QUESTION,
    "option": _OPTION,
    "band": _BAND,
    "instrument": _INSTRUMENT,
    "provision": _PROVISION,
    "rule": _RULE,
    "crosswalk": _CROSSWALK,
    "point": _POINT,
}

#: Keys that only a requirement has.
REQUIREMENT_KEYS = ("law", "closes", "effort", "critical")
#: Keys that only questions have, and keys that only nodes have, for messages about where a key belongs.
QUESTION_ONLY_KEYS = frozenset(key.name for key in _QUESTION) - frozenset(key.name for key in _NODE)
NODE_ONLY_KEYS = frozenset(key.name for key in _NODE) - frozenset(key.name for key in _QUESTION)
#: Keys of editions that cuts do not have.
EDITION_ONLY_KEYS = frozenset(key.name for key in _EDITION) - frozenset(key.name for key in _CUT)
#: Names that no lens can have, as they are keys.
RESERVED_NAMES = frozenset(key.name for level in ("node", "question") for key in FORMAT_KEYS[level])
