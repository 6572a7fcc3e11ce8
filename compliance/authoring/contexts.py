"""Where a text stands, in words for those who translate it: theme › requirement › aspect, field."""

from collections.abc import Iterable, Mapping

from compliance.questionnaire.edition import OPTION_SETS, OVERALL, Edition, Question
from compliance.questionnaire.law import Instrument
from compliance.questionnaire.texts import BANDS, OPTIONS, TextKey, edition_source, law_source

_FIELDS = {
    "title": "title",
    "expects": "what law expects",
    "closes": "what closes the gap",
    "weight_reason": "reason of the weight",
    "ask": "question",
    "help": "help",
    "unit": "unit",
    "short": "short name",
    "adopter": "who adopted it",
    "status": "status",
    "paraphrase": "in our words",
    "reach": "which companies it binds",
    "applies": "told to a company",
}


def edition_contexts(edition: Edition) -> Mapping[TextKey, str]:
    """Where each text of an edition stands."""
    source = edition_source(edition)
    users = {key: len(keys) for key, keys in source.stand_ins.items()}
    return {key: _in_edition(edition, key, users.get(key, 0)) for key in source.all_texts}


def law_contexts(instruments: Iterable[Instrument]) -> Mapping[TextKey, str]:
    """Where each text of the law stands: the instrument, the article, the field."""
    instruments = tuple(instruments)
    titles = {instrument.id: instrument.short for instrument in instruments}
    for instrument in instruments:
        for provision in instrument.provisions:
            titles.setdefault(provision.id, f"{instrument.short} › {provision.provision}")
    return {key: f"{titles[key[0]]}, {_FIELDS[key[1]]}" for key in law_source(instruments).texts}


def _in_edition(edition: Edition, key: TextKey, users: int) -> str:
    if key[0] == OPTION_SETS:
        return f"answers of {users} {'question' if users == 1 else 'questions'}"
    if key[0] == OVERALL:
        return "band" if key[1] == BANDS else "the whole edition, title"
    path = " › ".join(filter(None, _path(edition, key[0])))
    return f"{path}, {'answer' if key[1] == OPTIONS else _FIELDS[key[1]]}"


def _path(edition: Edition, part_id: str) -> list[str]:
    """Titles from the theme down to a part; a question is called by its aspect, or not at all."""
    question: Question | None = edition.questions.get(part_id)
    titles: list[str] = []
    node = edition.nodes.get(part_id) or edition.parents[part_id]
    while node.id != OVERALL:
        titles.insert(0, node.title or node.id)
        node = edition.parents[node.id]
    return titles if question is None else [*titles, question.lenses.get("aspect", "")]
