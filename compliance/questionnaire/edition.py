"""An edition as frozen, typed objects: one tree of nodes and questions.

The words are those of `questionnaires/README.md`. The loader makes these
objects; whatever it accepts is consistent, so nothing here checks again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias, get_args

from compliance.questionnaire.joints import AllOf as AllOf
from compliance.questionnaire.joints import AnyOf as AnyOf
from compliance.questionnaire.joints import Condition as Condition
from compliance.questionnaire.joints import Not as Not
from compliance.questionnaire.joints import Term as Term
from compliance.questionnaire.law import Instrument, Provision

Kind: TypeAlias = Literal["one", "many", "number", "date", "text", "countries"]
Combine: TypeAlias = Literal["mean", "sum", "geometric", "min"]
#: `quick`: a first look, without rank, never asked for a period and never set beside the full form.
Form: TypeAlias = Literal["full", "quick"]

KINDS: tuple[Kind, ...] = get_args(Kind)
COMBINES: tuple[Combine, ...] = get_args(Combine)
FORMS: tuple[Form, ...] = get_args(Form)

#: Numbers of an edition and of answers lie between these, or are 0: beyond them, sums and shares would lose them.
LARGEST, SMALLEST = 1e30, 1e-30
#: The id of the whole tree, in every table that has a row per node.
OVERALL = "overall"
#: The built-in option of every `many` question: 0 points, excludes the others.
NONE_OF_THESE = "none"
PROFILE = "profile."
#: In the file of a language, where the texts of option sets stand.
OPTION_SETS = "option_sets"
#: The language in which editions and law are written.
OWN_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that may be chosen, and its points (negative or fractional ones too)."""

    id: str
    points: float
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """One thing a company is asked, and what each answer earns."""

    id: str
    ask: str
    kind: Kind
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
    lenses: Mapping[str, str] = field(default_factory=dict)  # its own or inherited, complete
    option_set: str = field(default="", compare=False)  # whose texts its options have; it means nothing else

    @property
    def scored(self) -> bool:
        """Neither options nor a range: it may steer, it is worth nothing."""
        return bool(self.options) or self.range is not None

    def option(self, option_id: str) -> Option | None:
        """The option of that id, the built-in `none` of a `many` question included."""
        if self.kind == "many" and option_id == NONE_OF_THESE:
            return Option(NONE_OF_THESE, 0.0, "None of these")
        return next((o for o in self.options if o.id == option_id), None)


@dataclass(frozen=True, slots=True)
class Node:
    """A theme, a requirement, or any level in between; the whole tree is one, with the id `overall`."""

    id: str
    parts: "tuple[Node | Question, ...]"
    title: str = ""
    combine: Combine = "mean"
    weight: float = 1.0
    weight_reason: str = ""
    min_coverage: float | None = None
    asked_when: Condition | None = None
    lenses: Mapping[str, str] = field(default_factory=dict)  # its own or inherited
    expects: str = ""  # what law expects, in one sentence; makes the node a requirement
    law: tuple[str, ...] = ()
    closes: str = ""
    effort: float = 1.0
    critical: float | None = None  # fails while its score is below this share

    @property
    def is_requirement(self) -> bool:
        """The unit of judgement, of gaps and of advice."""
        return bool(self.expects)

    def walk(self) -> "Iterator[Node | Question]":
        """Itself and everything below, in file order."""
        yield self
        for part in self.parts:
            if isinstance(part, Node):
                yield from part.walk()
            else:
                yield part

    def questions(self) -> Iterator[Question]:
        """Every question below, in file order."""
        return (part for part in self.walk() if isinstance(part, Question))

    def nodes(self) -> "Iterator[Node]":
        """Itself and every node below, in file order."""
        return (part for part in self.walk() if isinstance(part, Node))


@dataclass(frozen=True, slots=True)
class Band:
    """A name for scores from `at` upwards, on the shown scale (the key `from`)."""

    id: str
    at: float
    title: str


@dataclass(frozen=True, slots=True)
class ProfileField:
    """What is known about the company: one of `values`, or a number where there are none."""

    id: str
    values: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """`number` in the file, instead of a list of values."""
        return not self.values


@dataclass(frozen=True)
class Edition:
    """One version of a questionnaire, known by id and digest."""

    id: str
    title: str
    root: Node
    digest: str  # SHA-256 of the canonical JSON
    canonical: str  # that JSON: the whole edition without translations
    form: Form = "full"
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
    instruments: tuple[Instrument, ...] = ()  # the catalogue its law is taken from
    draft: bool = False  # not listed as published: it may still change
    language: str = OWN_LANGUAGE  # of its texts and of its law
    translation: Literal["", "draft", "reviewed"] = ""  # how far its texts were read over; "" for its own language
    translated: float = 1.0  # the share of its texts, and of the law it shows, that are in its language

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """Every node by id, the whole tree under `overall`, in file order."""
        return {node.id: node for node in self.root.nodes()}

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """Every question by id, in file order."""
        return {question.id: question for question in self.root.questions()}

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

    def requirement_of(self, question_id: str) -> Node | None:
        """The requirement that a question belongs to, if any."""
        node = self.parents.get(question_id)
        while node is not None and not node.is_requirement:
            node = self.parents.get(node.id)
        return node
