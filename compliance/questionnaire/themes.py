"""The themes of an edition: the parts of the whole that judge something, where findings are read theme by theme."""

from collections.abc import Mapping

from compliance.questionnaire.edition import Edition, Node


def theme_of(edition: Edition, part: str) -> Node:
    """The theme of a question or requirement: the part of the whole that holds it, or the whole.

    The whole stands for the theme where right below it lie requirements or questions, as in a quick form.
    """
    top: Node | None = None
    node = edition.parents.get(part)
    while node is not None and node is not edition.root:
        top, node = node, edition.parents.get(node.id)
    return edition.root if top is None or top.is_requirement else top


def themes_of(edition: Edition) -> Mapping[str, Node]:
    """The themes that hold a scored question, by id, in file order."""
    found = (theme_of(edition, question.id) for question in edition.questions.values() if question.scored)
    return {node.id: node for node in found}
