"""The themes of an edition: its top nodes that contain scored questions, by which findings are presented."""

from collections.abc import Mapping

from compliance.questionnaire.edition import Edition, Node


def theme_of(edition: Edition, part: str) -> Node:
    """Return the theme of a question or requirement: the top node that holds it, or the whole tree.

    The whole tree is the theme if requirements or questions are directly below it, as in a quick form.
    """
    top: Node | None = None
    node = edition.parents.get(part)
    while node is not None and node is not edition.root:
        top, node = node, edition.parents.get(node.id)
    return edition.root if top is None or top.is_requirement else top


def themes_of(edition: Edition) -> Mapping[str, Node]:
    """Return the themes of scored questions, by id, in file order."""
    found = (theme_of(edition, question.id) for question in edition.questions.values() if question.scored)
    return {node.id: node for node in found}
