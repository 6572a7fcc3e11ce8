"""An edition for analysts: its content as tables, and checks of arguments against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from compliance.questionnaire.edition import Edition, Node
from compliance.questionnaire.edition_folder import edition_path
from compliance.questionnaire.faults import UserFacingError, did_you_mean, one_of
from compliance.questionnaire.loader import load_edition
from compliance.scoring.coded_answers import BASES, Basis
from compliance.scoring.compiled_edition import CompiledEdition, compile_edition
from compliance.statistics.peer_groups import grouping_fields


class WrongArgument(UserFacingError, ValueError):
    """An argument that cannot be used. The message says which one, why, and what can be."""


@dataclass(frozen=True)
class EditionTables:
    """An edition, with its content as tables.

    `edition` is the edition itself. `path` is its folder or file, or None if it was made otherwise. Without a path,
    `change` knows no rules for mapping answers to it.
    """

    edition: Edition
    path: Path | None = None

    def __repr__(self) -> str:
        requirements, questions = len(self.edition.requirements), len(self.edition.questions)
        return f"<{self.edition.id}: {requirements} requirements, {questions} questions>"

    @property
    def id(self) -> str:
        """The id of the edition, with which names of answers files end."""
        return self.edition.id

    @cached_property
    def compiled(self) -> CompiledEdition:
        """The edition compiled for arithmetic. Raise WrongArgument if no answer to it earns points."""
        if not any(question.scored for question in self.edition.questions.values()):
            remedy = "give a question `options` with points, or a `range`"
            raise WrongArgument(f"edition: no answer to {self.edition.id} earns points, so there is no score: {remedy}")
        return compile_edition(self.edition)

    @property
    def questions(self) -> pd.DataFrame:
        """All questions, in the order of the edition.

        Index: question, its id, which is a column of answers. Columns:

        - theme (str): id of the theme; missing for questions about the company
        - requirement (str): id of the requirement, if it belongs to one
        - kind (str): one, many, number, date, text, countries or places
        - scored (bool): whether answers earn points
        - may_be_na (bool): whether `n/a` is allowed, with a reason
        - options (str): ids of the options, joined by `|`; missing if there are none
        - ask (str): the wording of the question

        >>> edition.questions.loc["reach.higher.code", "options"]
        'silent|intent|stricter'
        """
        edition, themes = self.edition, {theme.id for theme in self.edition.themes}
        rows = []
        for question in edition.questions.values():
            theme = next((node.id for node in edition.holders(question.id) if node.id in themes), None)
            requirement = edition.requirement_of(question.id)
            rows.append(
                {
                    "question": question.id,
                    "theme": theme,
                    "requirement": requirement.id if requirement else None,
                    "kind": question.kind,
                    "scored": question.scored,
                    "may_be_na": question.na != "never",
                    "options": "|".join(option.id for option in question.options) or None,
                    "ask": question.ask,
                }
            )
        texts = dict.fromkeys(("theme", "requirement", "kind", "options", "ask"), "str")
        return pd.DataFrame(rows).astype(texts).set_index("question")

    @property
    def requirements(self) -> pd.DataFrame:
        """All requirements, in the order of the edition.

        Index: requirement, its id. Columns:

        - theme (str): id of the theme
        - title (str): its title
        - expects (str): what law expects, in one sentence
        - law (str): ids of the provisions it is measured against, joined by `|`
        - critical (float64): the score, as a share, below which it caps the overall band; missing if it never does
        - scored_questions (int64): how many scored questions it has

        >>> edition.requirements["theme"].to_dict()
        {'reach.higher': 'reach', 'acc.channel': 'accountability'}
        """
        edition = self.edition
        rows = [
            {
                "requirement": requirement.id,
                "theme": _top_node(edition, requirement),
                "title": requirement.title,
                "expects": requirement.expects,
                "law": "|".join(requirement.law) or None,
                "critical": requirement.critical,
                "scored_questions": sum(question.scored for question in requirement.questions()),
            }
            for requirement in edition.requirements
        ]
        columns = ("requirement", "theme", "title", "expects", "law", "critical", "scored_questions")
        types = {**dict.fromkeys(columns[:5], "str"), "critical": "float64", "scored_questions": "int64"}
        return pd.DataFrame(rows, columns=columns).astype(types).set_index("requirement")


def _top_node(edition: Edition, node: Node) -> str:
    """Return the id of the top node that holds a node, or is it."""
    holders = [node, *edition.holders(node.id)]
    return holders[-2].id if len(holders) > 1 else node.id


def read_edition(name: str | Path) -> EditionTables:
    """Return the edition with that id, or in that folder or .yaml file.

    >>> read_edition("child-protection-2026").edition.scale
    100.0

    Raise EditionFaults, with every fault by file and line, if there is none or it does not load.
    """
    path = edition_path(str(name))
    return EditionTables(load_edition(path), path)


def checked_basis(basis: Basis) -> Basis:
    """Return the basis. Raise WrongArgument if it is unknown."""
    if basis not in BASES:
        raise WrongArgument(f"basis: {basis!r} is none{did_you_mean(str(basis), BASES) or f': use {one_of(BASES)}'}")
    return basis


def checked_labels(by: str | Sequence[str], *editions: Edition) -> tuple[str, ...]:
    """Return the grouping labels, each once. Raise WrongArgument for one that an edition's companies do not have."""
    labels = tuple(dict.fromkeys([by] if isinstance(by, str) else by))
    for edition in editions:
        known = grouping_fields(edition)
        for name in labels:
            if name not in known:
                hint = did_you_mean(str(name), known) or f": name some of {one_of(known)}"
                raise WrongArgument(f"by: companies of {edition.id} cannot be grouped by {name!r}{hint}")
    return labels


def checked_company(company: str, companies: Sequence[str]) -> int:
    """Return the position of a company among others. Raise WrongArgument if there is none of that name."""
    if company not in companies:
        hint = did_you_mean(str(company), companies) or f": name one of {one_of(companies)}"
        raise WrongArgument(f"company: there is no {company!r} in the answers{hint}")
    return list(companies).index(company)
