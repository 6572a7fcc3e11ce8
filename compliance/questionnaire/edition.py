"""The data model: an edition as one tree of nodes and questions.

Everything is frozen and typed. The words are those of `questionnaires/README.md`. The loader makes these
objects; whatever it accepts is consistent, so nothing here checks again. Conditions and
the law that an edition is measured against are in `conditions_and_law`.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias, get_args

from compliance.questionnaire.conditions_and_law import Condition, Instrument, Provision
from compliance.questionnaire.places import PlacesTable
from compliance.questionnaire.profile_fields import LabelSet, ProfileField
from compliance.questionnaire.vocabulary import KIND_FACTS, AggregationMethod, QuestionKind, QuestionKindFacts

#: `quick`: a first look, without rank, never asked for a period and never set beside the full form.
EditionForm: TypeAlias = Literal["full", "quick"]

EDITION_FORMS: tuple[EditionForm, ...] = get_args(EditionForm)

#: Numbers of an edition and of answers lie between these, or are 0: beyond them, sums and shares would lose them.
LARGEST_NUMBER, SMALLEST_NUMBER = 1e30, 1e-30
#: The id of the whole tree, in every table that has a row per node.
OVERALL = "overall"
#: The built-in option of every `many` question: 0 points, excludes the others.
NONE_OF_THESE = "none"
PROFILE_PREFIX = "profile."
#: In the file of a language, where the texts of option sets stand.
OPTION_SETS = "option_sets"
#: The language in which editions and law are written.
CONTENT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that may be chosen, and its points (negative or fractional ones too)."""

    id: str
    points: float
    text: str
    flag: str = ""  # what choosing it says about the company, beside the score


#: The built-in option: what is chosen where none of several options is.
_NONE = Option(NONE_OF_THESE, 0.0, "None of these")


@dataclass(frozen=True, slots=True)
class Question:
    """One thing a company is asked, and what each answer earns."""

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
    prerequisite: bool = False  # weighs nothing, and holds the overall band down below full marks
    lenses: Mapping[str, str] = field(default_factory=dict)  # its own or inherited, complete
    documents: tuple[str, ...] = ()  # kinds of document that can carry it, its own or inherited; (): all
    places: str = ""  # of kind places: the id of the list, a question about countries above
    option_set: str = field(default="", compare=False)  # whose texts its options have; it means nothing else

    @property
    def scored(self) -> bool:
        """Neither options nor a range: it may steer, it is worth nothing."""
        return bool(self.options) or self.range is not None

    @property
    def only_deducts(self) -> bool:
        """No answer earns points, and some answer takes points away from the sum it stands in."""
        return self.scored and self.full == 0

    @property
    def unit_points(self) -> float:
        """The points that a share of 1 stands for: full marks, or the most that a question can take away."""
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
        """Any number of its options may be chosen, or the built-in `none`."""
        return self.facts.is_multiple_choice

    def is_carried_by(self, kind: str) -> bool:
        """True if a document of that kind can answer it."""
        return not self.documents or kind in self.documents

    def option(self, option_id: str) -> Option | None:
        """The option of that id, the built-in `none` of a multiple-choice question included."""
        if option_id == NONE_OF_THESE and self.is_multiple_choice:
            return _NONE
        for option in self.options:
            if option.id == option_id:
                return option
        return None


@dataclass(frozen=True, slots=True)
class Node:
    """A theme, a requirement, or any level in between; the whole tree is one, with the id `overall`."""

    id: str
    parts: "tuple[Node | Question, ...]"
    title: str = ""
    combine: AggregationMethod = "mean"
    max: float | None = None  # of a sum, its full marks: more points count as these; None: those of its parts
    floor: bool = False  # a score below 0 counts as 0
    weight: float = 1.0
    weight_reason: str = ""
    prerequisite: bool = False  # weighs nothing, and holds the overall band down while it is not met
    min_coverage: float | None = None
    asked_when: Condition | None = None
    lenses: Mapping[str, str] = field(default_factory=dict)  # its own or inherited
    expects: str = ""  # what law expects, in one sentence; makes the node a requirement
    law: tuple[str, ...] = ()
    closes: str = ""
    effort: float = 1.0
    critical: float | None = None  # fails while its score is below this share

    @property
    def full(self) -> float:
        """Full marks in points: its `max`, or those of all its parts that weigh anything."""
        return sum(part.full for part in self.parts if weighs(part)) if self.max is None else self.max

    @property
    def only_deducts(self) -> bool:
        """Nothing below earns points, and some answer takes points away from the sum it stands in."""
        return self.full == 0 and self.unit_points > 0

    @property
    def unit_points(self) -> float:
        """The points that a share of 1 stands for: full marks, or the most that its parts can take away."""
        return self.full or sum(part.unit_points for part in self.parts if weighs(part))

    @property
    def is_requirement(self) -> bool:
        """The unit of judgement, of gaps and of advice."""
        return bool(self.expects)

    def walk(self) -> "Iterator[Node | Question]":
        """Itself and everything below, in file order."""
        yield self
        for part in self.parts:
            yield from part.walk() if isinstance(part, Node) else (part,)

    def questions(self) -> Iterator[Question]:
        """Every question below, in file order."""
        return (part for part in self.walk() if isinstance(part, Question))

    def nodes(self) -> "Iterator[Node]":
        """Itself and every node below, in file order."""
        return (part for part in self.walk() if isinstance(part, Node))

    def with_questions(self, staying: Collection[str]) -> "Node | None":
        """The node with those of its questions only; None without any. Where none is scored, no requirement is left."""
        below = (part if isinstance(part, Question) else part.with_questions(staying) for part in self.parts)
        parts = tuple(part for part in below if part and (isinstance(part, Node) or part.id in staying))
        if not parts:
            return None
        kept = replace(self, parts=parts)
        if any(question.scored for question in kept.questions()):
            return kept
        return replace(kept, **{key: NODE_DEFAULTS[key] for key in _REQUIREMENT_FIELDS})


#: What a node says as a requirement.
_REQUIREMENT_FIELDS = ("expects", "law", "closes", "effort", "critical")


def weighs(part: Node | Question) -> bool:
    """True unless a part is a prerequisite, or a question without points."""
    return not part.prerequisite and (isinstance(part, Node) or part.scored)


@dataclass(frozen=True, slots=True)
class BandCondition:
    """What a band, and every band above it, requires of one node or question."""

    part: str
    share: float  # met from this score on
    points: float | None = None  # the same in points, where it is written so


@dataclass(frozen=True, slots=True)
class Band:
    """A name for scores from `at` upwards, on the shown scale (the key `from`)."""

    id: str
    at: float
    title: str
    requires: tuple[BandCondition, ...] = ()  # minimum standards; without them the band below is the highest


@dataclass(frozen=True, slots=True)
class MinimumStandard:
    """What holds the overall band down while it is not met: critical, a prerequisite, or required by a band."""

    part: Node | Question
    share: float  # met from this score of the part on
    highest: int  # the position of the highest band without it, the lowest being 0
    band: Band | None = None  # the band that requires it; None: a critical requirement or a prerequisite
    points: float | None = None  # the share in points, where it is written so


@dataclass(frozen=True)
class Edition:
    """One version of a questionnaire, known by id and digest."""

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
    joined: tuple[str, ...] = ()  # ids of the requirements that show whether measures are joined
    profile: Mapping[str, ProfileField] = field(default_factory=dict)
    lenses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    documents: tuple[str, ...] = ()  # kinds of document of which one may be read by itself
    by_choice: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # lens values asked only of who chose them
    profile_labels: Mapping[str, LabelSet] = field(default_factory=dict, compare=False)  # by field; not in the digest
    lens_labels: Mapping[str, LabelSet] = field(default_factory=dict, compare=False)  # by lens; not in the digest
    document_titles: Mapping[str, str] = field(default_factory=dict, compare=False)  # by kind; not in the digest
    #: By language, question and option: how documents say it. No part of the digest.
    phrasings: Mapping[str, Mapping[tuple[str, str], tuple[str, ...]]] = field(default_factory=dict, compare=False)
    tables: tuple[PlacesTable, ...] = field(default=(), compare=False)  # how places are shown; not in the digest
    instruments: tuple[Instrument, ...] = ()  # the catalogue its law is taken from
    draft: bool = False  # not listed as published: it may still change
    language: str = CONTENT_LANGUAGE  # of its texts and of its law
    translation: Literal["", "draft", "reviewed"] = ""  # how far its texts were read over; "" for its own language
    translated: float = 1.0  # the share of its texts, and of the law it shows, that are in its language
    cut_of: str = field(default="", compare=False)  # id of the edition that it is a cut of
    left_out: Mapping[str, str] = field(default_factory=dict, compare=False)  # requirements cut away, with titles
    cut_away: frozenset[str] = field(default=frozenset(), compare=False)  # questions and `profile.<field>` cut away

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """Every node by id, the whole tree under `overall`, in file order."""
        return {node.id: node for node in self.root.nodes()}

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """Every question by id, in file order."""
        return {question.id: question for question in self.root.questions()}

    def is_by_choice(self, question: Question) -> bool:
        """True if a question is asked only of companies that chose it."""
        return any(question.lenses.get(lens) in values for lens, values in self.by_choice.items())

    @cached_property
    def main(self) -> "Edition":
        """The part that everybody is asked, on which every score rests; the same id and digest.

        The edition itself, if nothing in it is by choice.
        """
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
        """The tree of what is asked by choice, of these lens values or of all; None where there is nothing."""
        asked = (question for question in self.questions.values() if self.is_by_choice(question))
        return self.root.with_questions(
            {each.id for each in asked if values is None or set(values) & set(each.lenses.values())}
        )

    @cached_property
    def aspects(self) -> frozenset[str]:
        """What its questions ask of requirements: the values of the lens `aspect` that some question has."""
        return frozenset(q.lenses[ASPECT_LENS] for q in self.questions.values() if ASPECT_LENS in q.lenses)

    @cached_property
    def places_questions(self) -> tuple[Question, ...]:
        """The questions of kind places, in file order."""
        return tuple(question for question in self.questions.values() if question.places)

    @cached_property
    def requirements(self) -> tuple[Node, ...]:
        """Every requirement, in file order."""
        return tuple(node for node in self.root.nodes() if node.is_requirement)

    @cached_property
    def themes(self) -> tuple[Node, ...]:
        """The top nodes that judge something; a part with unscored questions only is no theme."""
        return tuple(
            part
            for part in self.root.parts
            if isinstance(part, Node) and any(question.scored for question in part.questions())
        )

    @cached_property
    def parts(self) -> "Mapping[str, Node | Question]":
        """Every node and question by id, in file order."""
        return {part.id: part for part in self.root.walk()}

    @cached_property
    def minimum_standards(self) -> tuple[MinimumStandard, ...]:
        """Critical requirements and prerequisites in file order, then what bands require, the lowest band first."""
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
        """Every provision of the catalogue by id."""
        return {p.id: p for instrument in self.instruments for p in instrument.provisions}

    @cached_property
    def instrument_of(self) -> Mapping[str, Instrument]:
        """The instrument of each provision id."""
        return {p.id: instrument for instrument in self.instruments for p in instrument.provisions}

    @cached_property
    def parents(self) -> Mapping[str, Node]:
        """The node that holds each node or question, by the part's id."""
        return {part.id: node for node in self.root.nodes() for part in node.parts}

    def holders(self, part_id: str) -> Iterator[Node]:
        """The nodes that hold a node or question, the nearest first, the whole tree last."""
        node = self.parents.get(part_id)
        while node is not None:
            yield node
            node = self.parents.get(node.id)

    def requirement_of(self, question_id: str) -> Node | None:
        """The requirement that a question belongs to, if any."""
        return next((node for node in self.holders(question_id) if node.is_requirement), None)


def minimum_share(part: Node | Question) -> float | None:
    """The score below which a critical requirement or a prerequisite fails; None for every other part."""
    critical = part.critical if isinstance(part, Node) else None
    return 1.0 if critical is None and part.prerequisite else critical


def _defaults_of(record: type[Edition | Node | Question]) -> Mapping[str, Any]:
    return {each.name: each.default for each in fields(record)}


#: The value of each field whose key is not written. It is not in the canonical JSON, so digests hang on it.
EDITION_DEFAULTS, NODE_DEFAULTS, QUESTION_DEFAULTS = _defaults_of(Edition), _defaults_of(Node), _defaults_of(Question)

#: The profile fields that put a company among its peers (a figure without it is nobody's), and compare peers by size.
PEER_GROUP_FIELD, SIZE_FIELD = "sector", "size"
#: Lenses that some sentences and figures are about; an edition without one does without them.
GAP_LENS, PREVENTION_LENS, ASPECT_LENS, AUDIENCE_LENS = "gap", "prevention", "aspect", "audience"
#: The question that puts a company in a region: exactly one country.
HEADQUARTERS_QUESTION = "about.headquarters"
OPERATIONS_QUESTION, CUSTOMERS_QUESTION = "about.operations", "about.customers"

#: From this share of translated texts on, a language is offered: of the messages of the interface, and of a draft.
MIN_TRANSLATED_SHARE = 0.9
