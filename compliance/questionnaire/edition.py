"""The data model: an edition as one tree of nodes and questions.

Everything is frozen and typed, and uses the words of `questionnaires/README.md`. The loader makes these objects and
accepts only consistent ones, so nothing here is checked again. Conditions, and the law that an edition is measured
against, are in `conditions_and_law`.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias, get_args

from compliance.questionnaire.conditions_and_law import Condition, Instrument, Provision
from compliance.questionnaire.places import PlacesTable
from compliance.questionnaire.profile_fields import LabelSet, ProfileField
from compliance.questionnaire.vocabulary import KIND_FACTS, AggregationMethod, QuestionKind, QuestionKindFacts

#: `quick`: a first look, without rank, never asked for a period and never compared with the full form.
EditionForm: TypeAlias = Literal["full", "quick"]

EDITION_FORMS: tuple[EditionForm, ...] = get_args(EditionForm)

#: Numbers of an edition and of answers are 0 or between these. Sums and shares would lose numbers beyond them.
LARGEST_NUMBER, SMALLEST_NUMBER = 1e30, 1e-30
#: The id of the whole tree in tables that have a row for each node.
OVERALL = "overall"
#: The built-in option of every `many` question: 0 points, excludes the others.
NONE_OF_THESE = "none"
PROFILE_PREFIX = "profile."
#: The key of the texts of option sets in a locale file.
OPTION_SETS = "option_sets"
#: The language in which editions and law are written.
CONTENT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that may be chosen, and its points (negative or fractional ones too)."""

    id: str
    points: float
    text: str
    flag: str = ""  # a finding about companies that choose it, beside the score


#: The built-in option, for choosing none of several options.
_NONE = Option(NONE_OF_THESE, 0.0, "None of these")


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that a company is asked, and what each answer earns."""

    id: str
    ask: str
    kind: QuestionKind
    help: str = ""
    options: tuple[Option, ...] = ()
    full: float = 1.0  # full marks, the key `max`: more points count as these
    range: tuple[float, float] | None = None  # `from` earns 0, `to` earns full marks
    log: bool = False
    clip: bool = True
    unit: str = ""
    weight: float = 1.0
    asked_when: Condition | None = None  # None: always
    counts_when: Condition | None = None  # None: always
    na: Literal["never", "reason"] = "never"
    evidence: Literal["none", "expected"] = "expected"
    prerequisite: bool = False  # weighs nothing; below full marks, the overall band is capped
    lenses: Mapping[str, str] = field(default_factory=dict)  # its own and inherited ones
    documents: tuple[str, ...] = ()  # kinds of document that can answer it, its own or inherited; (): all
    places: str = ""  # for kind places: the id of the list, a question about countries above it
    option_set: str = field(default="", compare=False)  # the set that its options' texts come from

    @property
    def scored(self) -> bool:
        """True if it has options or a range. Other questions may steer routing, but earn nothing."""
        return bool(self.options) or self.range is not None

    @property
    def only_deducts(self) -> bool:
        """True if no answer earns points, and some answer takes points away from the sum that the question is in."""
        return self.scored and self.full == 0

    @property
    def unit_points(self) -> float:
        """The points equal to a share of 1: full marks, or the most that the question can take away."""
        return -self._lowest_points if self.only_deducts else self.full

    @property
    def _lowest_points(self) -> float:
        taken = [option.points for option in self.options if option.points < 0]
        return sum(taken) if self.is_multiple_choice else min(taken, default=0.0)

    @property
    def facts(self) -> QuestionKindFacts:
        """The facts that hold for every question of its kind."""
        return KIND_FACTS[self.kind]

    @property
    def is_multiple_choice(self) -> bool:
        """True if any number of its options may be chosen, or the built-in `none`."""
        return self.facts.is_multiple_choice

    def is_carried_by(self, kind: str) -> bool:
        """Tell whether a document of that kind can answer it."""
        return not self.documents or kind in self.documents

    def option(self, option_id: str) -> Option | None:
        """Return the option with that id, or None. A multiple-choice question has the built-in `none`."""
        if option_id == NONE_OF_THESE and self.is_multiple_choice:
            return _NONE
        for option in self.options:
            if option.id == option_id:
                return option
        return None


@dataclass(frozen=True, slots=True)
class Node:
    """A theme, a requirement, or a level between them. The whole tree is a node too, with the id `overall`."""

    id: str
    parts: "tuple[Node | Question, ...]"
    title: str = ""
    combine: AggregationMethod = "mean"
    max: float | None = None  # of a sum: full marks, which cap its points; None: those of its parts
    floor: bool = False  # a score below 0 counts as 0
    weight: float = 1.0
    weight_reason: str = ""
    prerequisite: bool = False  # weighs nothing; while it is not met, the overall band is capped
    min_coverage: float | None = None
    asked_when: Condition | None = None
    lenses: Mapping[str, str] = field(default_factory=dict)  # its own and inherited ones
    expects: str = ""  # what law expects, in one sentence, which makes the node a requirement
    law: tuple[str, ...] = ()
    closes: str = ""
    effort: float = 1.0
    critical: float | None = None  # fails while its score is below this share

    @property
    def full(self) -> float:
        """Full marks in points: its `max`, or the sum of its parts that have a weight."""
        return sum(part.full for part in self.parts if weighs(part)) if self.max is None else self.max

    @property
    def only_deducts(self) -> bool:
        """True if nothing below earns points, and some answer takes points away from the sum that the node is in."""
        return self.full == 0 and self.unit_points > 0

    @property
    def unit_points(self) -> float:
        """The points equal to a share of 1: full marks, or the most that its parts can take away."""
        return self.full or sum(part.unit_points for part in self.parts if weighs(part))

    @property
    def is_requirement(self) -> bool:
        """True if the node is a requirement: the unit of judgement, of gaps and of advice."""
        return bool(self.expects)

    def walk(self) -> "Iterator[Node | Question]":
        """Yield the node and everything below it, in file order."""
        yield self
        for part in self.parts:
            yield from part.walk() if isinstance(part, Node) else (part,)

    def questions(self) -> Iterator[Question]:
        """Return an iterator over all questions below, in file order."""
        return (part for part in self.walk() if isinstance(part, Question))

    def nodes(self) -> "Iterator[Node]":
        """Return an iterator over the node and all nodes below it, in file order."""
        return (part for part in self.walk() if isinstance(part, Node))

    def with_questions(self, staying: Collection[str]) -> "Node | None":
        """Return the node with only these questions, or None. Without scored ones, it is no requirement."""
        below = (part if isinstance(part, Question) else part.with_questions(staying) for part in self.parts)
        parts = tuple(part for part in below if part and (isinstance(part, Node) or part.id in staying))
        if not parts:
            return None
        kept = replace(self, parts=parts)
        if any(question.scored for question in kept.questions()):
            return kept
        return replace(kept, **{key: NODE_DEFAULTS[key] for key in _REQUIREMENT_FIELDS})


#: The fields that only requirements have.
_REQUIREMENT_FIELDS = ("expects", "law", "closes", "effort", "critical")


def weighs(part: Node | Question) -> bool:
    """Tell whether a part has a weight: it is neither a prerequisite nor a question without points."""
    return not part.prerequisite and (isinstance(part, Node) or part.scored)


@dataclass(frozen=True, slots=True)
class BandCondition:
    """What a band, and every band above it, requires of one node or question."""

    part: str
    share: float  # the lowest score that meets it
    points: float | None = None  # the same in points, if written in points


@dataclass(frozen=True, slots=True)
class Band:
    """A name for scores from `at` upwards, on the shown scale (the key `from`)."""

    id: str
    at: float
    title: str
    requires: tuple[BandCondition, ...] = ()  # minimum standards; while one is not met, a lower band is the highest


@dataclass(frozen=True, slots=True)
class MinimumStandard:
    """A part that caps the overall band while it is not met: critical, a prerequisite, or required by a band."""

    part: Node | Question
    share: float  # the lowest score of the part that meets it
    highest: int  # the position of the highest band while it is not met, the lowest being 0
    band: Band | None = None  # the band that requires it; None: a critical requirement or a prerequisite
    points: float | None = None  # the share in points, if written in points


@dataclass(frozen=True)
class Edition:
    """One version of a questionnaire, identified by id and digest."""

    id: str
    title: str
    root: Node
    digest: str  # SHA-256 of the canonical JSON
    canonical: str  # that JSON: the whole edition without translations
    form: EditionForm = "full"
    scale: float = 100.0
    round: int = 1
    band_at: int | None = 1  # decimals; None: exact
    rank_at: int | None = None
    blank: Literal["zero", "drop"] = "zero"
    bands: tuple[Band, ...] = ()  # lowest first
    critical_cap: str = ""
    joined: tuple[str, ...] = ()  # ids of the requirements that show whether measures are joined up
    profile: Mapping[str, ProfileField] = field(default_factory=dict)
    lenses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    documents: tuple[str, ...] = ()  # kinds of document that may be read by themselves
    by_choice: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # lens values asked only if chosen
    profile_labels: Mapping[str, LabelSet] = field(default_factory=dict, compare=False)  # by field; not in the digest
    lens_labels: Mapping[str, LabelSet] = field(default_factory=dict, compare=False)  # by lens; not in the digest
    document_titles: Mapping[str, str] = field(default_factory=dict, compare=False)  # by kind; not in the digest
    #: By language, question and option: how documents say it. Not in the digest.
    phrasings: Mapping[str, Mapping[tuple[str, str], tuple[str, ...]]] = field(default_factory=dict, compare=False)
    tables: tuple[PlacesTable, ...] = field(default=(), compare=False)  # how places are shown; not in the digest
    instruments: tuple[Instrument, ...] = ()  # the law catalogue
    draft: bool = False  # not listed as published, so it may still change
    language: str = CONTENT_LANGUAGE  # the language of its texts and its law
    translation: Literal["", "draft", "reviewed"] = ""  # the state of its translated texts; "" in its own language
    translated: float = 1.0  # the share of its texts, and of the law that it shows, in its language
    cut_of: str = field(default="", compare=False)  # id of the edition it is a cut of
    left_out: Mapping[str, str] = field(default_factory=dict, compare=False)  # requirements cut away, with titles
    cut_away: frozenset[str] = field(default=frozenset(), compare=False)  # questions and `profile.<field>` cut away

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """All nodes by id, the whole tree under `overall`, in file order."""
        return {node.id: node for node in self.root.nodes()}

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """All questions by id, in file order."""
        return {question.id: question for question in self.root.questions()}

    def is_by_choice(self, question: Question) -> bool:
        """Tell whether a question is asked only of companies that chose it."""
        return any(question.lenses.get(lens) in values for lens, values in self.by_choice.items())

    @cached_property
    def main(self) -> "Edition":
        """The part that everybody is asked and all scores rest on: the edition itself if nothing is by choice."""
        if not self.by_choice:
            return self
        staying = {question.id for question in self.questions.values() if not self.is_by_choice(question)}
        root = self.root.with_questions(staying)
        assert root is not None, "the loader sees to it that something is asked of everybody"
        requirements = {node.id for node in root.nodes() if node.is_requirement}
        return replace(
            self,
            root=root,
            by_choice={},
            joined=tuple(each for each in self.joined if each in requirements),
            cut_away=self.cut_away | (self.questions.keys() - staying),
        )

    def chosen(self, values: Collection[str] | None = None) -> Node | None:
        """Return the tree of questions asked by choice, for these lens values or for all, or None if there are none."""
        asked = (question for question in self.questions.values() if self.is_by_choice(question))
        return self.root.with_questions(
            {each.id for each in asked if values is None or set(values) & set(each.lenses.values())}
        )

    @cached_property
    def aspects(self) -> frozenset[str]:
        """The values of the lens `aspect` that some question has."""
        return frozenset(q.lenses[ASPECT_LENS] for q in self.questions.values() if ASPECT_LENS in q.lenses)

    @cached_property
    def places_questions(self) -> tuple[Question, ...]:
        """The questions of kind places, in file order."""
        return tuple(question for question in self.questions.values() if question.places)

    @cached_property
    def flagged_questions(self) -> tuple[Question, ...]:
        """The questions with a flag on any of their options, in file order."""
        return tuple(
            question for question in self.questions.values() if any(option.flag for option in question.options)
        )

    @cached_property
    def requirements(self) -> tuple[Node, ...]:
        """All requirements, in file order."""
        return tuple(node for node in self.root.nodes() if node.is_requirement)

    @cached_property
    def themes(self) -> tuple[Node, ...]:
        """The top nodes with scored questions. A node with unscored questions only is not a theme."""
        return tuple(
            part
            for part in self.root.parts
            if isinstance(part, Node) and any(question.scored for question in part.questions())
        )

    @cached_property
    def parts(self) -> "Mapping[str, Node | Question]":
        """All nodes and questions by id, in file order."""
        return {part.id: part for part in self.root.walk()}

    @cached_property
    def minimum_standards(self) -> tuple[MinimumStandard, ...]:
        """Critical requirements and prerequisites in file order, then what bands require, from the lowest band."""
        shares = [(part, share) for part in self.root.walk() if (share := minimum_share(part)) is not None]
        caps = [position for position, band in enumerate(self.bands) if band.id == self.critical_cap]
        always = (MinimumStandard(part, share, cap) for cap in caps for part, share in shares)
        by_band = (
            MinimumStandard(self.parts[wanted.part], wanted.share, position - 1, band, wanted.points)
            for position, band in enumerate(self.bands)
            for wanted in band.requires
            if wanted.part in self.parts
        )
        return (*always, *by_band)

    @cached_property
    def provisions(self) -> Mapping[str, Provision]:
        """All provisions of the catalogue by id."""
        return {p.id: p for instrument in self.instruments for p in instrument.provisions}

    @cached_property
    def instrument_of(self) -> Mapping[str, Instrument]:
        """The instrument of each provision, by provision id."""
        return {p.id: instrument for instrument in self.instruments for p in instrument.provisions}

    @cached_property
    def parents(self) -> Mapping[str, Node]:
        """The node that directly holds each node or question, by the part's id."""
        return {part.id: node for node in self.root.nodes() for part in node.parts}

    def holders(self, part_id: str) -> Iterator[Node]:
        """Yield the nodes that hold a node or question, from the nearest to the whole tree."""
        node = self.parents.get(part_id)
        while node is not None:
            yield node
            node = self.parents.get(node.id)

    def requirement_of(self, question_id: str) -> Node | None:
        """Return the requirement that a question belongs to, or None."""
        return next((node for node in self.holders(question_id) if node.is_requirement), None)


def minimum_share(part: Node | Question) -> float | None:
    """Return the score below which a critical requirement or prerequisite fails, or None for every other part."""
    critical = part.critical if isinstance(part, Node) else None
    return 1.0 if critical is None and part.prerequisite else critical


def _defaults_of(record: type[Edition | Node | Question]) -> Mapping[str, Any]:
    return {each.name: each.default for each in fields(record)}


#: The default of each field. Values at their default are not in the canonical JSON, so digests depend on the defaults.
EDITION_DEFAULTS, NODE_DEFAULTS, QUESTION_DEFAULTS = _defaults_of(Edition), _defaults_of(Node), _defaults_of(Question)

#: The profile field that gives a company its peer group, and the one that compares peers by size.
PEER_GROUP_FIELD, SIZE_FIELD = "sector", "size"
#: Lenses that some sentences and figures use. Editions may lack them.
GAP_LENS, PREVENTION_LENS, ASPECT_LENS, AUDIENCE_LENS = "gap", "prevention", "aspect", "audience"
#: The question that determines a company's region. It takes exactly one country.
HEADQUARTERS_QUESTION = "about.headquarters"
OPERATIONS_QUESTION, CUSTOMERS_QUESTION = "about.operations", "about.customers"

#: A language is offered from this share of translated texts: of interface messages, and of a draft edition.
MIN_TRANSLATED_SHARE = 0.9
