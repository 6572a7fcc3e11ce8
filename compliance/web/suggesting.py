"""Suggestions by meaning: a job computes them for a text, with the encoder of the extra `semantic`.

Pages use kept suggestions, or else suggestions by words (`document_texts`). Without the extra, nothing is queued.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from compliance.documents.document import TEXT_FORMAT
from compliance.documents.suggestions import (
    PassageIndex,
    QuestionElement,
    Ranking,
    SentenceEncoder,
    code_elements,
    encoded_ways,
    encoder_name,
    installed_encoder,
)
from compliance.languages.interface_messages import LANGUAGES, in_language
from compliance.languages.interface_messages import gettext as _
from compliance.store import queue_job
from compliance.store.document_passages import (
    KeptSuggestions,
    keep_suggestions,
    kept_suggestions,
    texts_without_suggestions,
)
from compliance.web.database import db, now
from compliance.web.document_texts import (
    MOST_SUGGESTED,
    ReadDocument,
    Suggestions,
    language_of,
    suggestion_model,
    texts_of,
)
from compliance.web.edition_registry import editions
from compliance.web.jobs import RunningJob, job_kind

#: The kind of the job.
SUGGEST = "suggest-passages"
#: Languages in its subject: not known, or one that no edition is offered in.
_UNKNOWN, _FOREIGN = "unknown", "foreign"
#: Vectors of elements, by encoder and all their phrasings: two editions in four languages, of four megabytes each.
_ENCODED: dict[tuple[str, tuple[str, ...]], NDArray[np.floating]] = {}
_MOST_ENCODED = 8


def queue_missing_suggestions() -> None:
    """Queue jobs for texts without suggestions of this encoder, as after it was installed."""
    if encoder_name():
        models = {suggestion_model(served) for served in editions().values() if code_elements(served.complete)}
        missing = (texts_without_suggestions(db(), model=model, format=TEXT_FORMAT) for model in sorted(models))
        for digest in dict.fromkeys(chain.from_iterable(missing)):
            queue_suggesting(digest)
        db().commit()


def queue_suggesting(digest: str, said_language: str = "") -> None:
    """Queue the job in the transaction of the page, if there is an encoder, a text, and work left.

    `said_language`: the language that somebody gave for the document, or "".
    """
    read = texts_of([digest]).get(digest) if encoder_name() else None
    if isinstance(read, ReadDocument):
        written = said_language or read.document.language
        language = language_of(read, said_language) or (_FOREIGN if written else _UNKNOWN)
        if any(_to_suggest(digest, language)):
            queue_job(db(), SUGGEST, f"text/{digest}/{language}", by=None, at=now())


def _to_suggest(digest: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield each edition about codes, by id, and language to compare in, for which no suggestions are kept."""
    languages = [language] if language in LANGUAGES else LANGUAGES
    for edition_id, served in editions().items():
        if code_elements(served.complete):
            edition, model = served.edition.digest, suggestion_model(served)
            kept = kept_suggestions(db(), [digest], edition=edition, model=model, format=TEXT_FORMAT)
            there = {each.language for each in kept}
            yield from ((edition_id, each) for each in languages if each not in there)


@job_kind(
    SUGGEST,
    title=lambda status: _("Suggest passages of a document by meaning"),
    after_failure=lambda status: None,  # pages use suggestions by words
)
def suggest_by_meaning(job: RunningJob) -> None:
    """Compute the suggestions for a text, by words and meaning, for each edition with questions about codes."""
    _text, digest, language = job.status.subject.split("/")
    read, encoder = texts_of([digest]).get(digest), installed_encoder()
    if encoder is None or not isinstance(read, ReadDocument):
        return
    index = PassageIndex(read.passages, encoder)
    by: Ranking = "meaning" if language == _FOREIGN else "both"  # words of another language mislead
    found = []
    for edition_id, spoken in [*_to_suggest(digest, language)]:
        with in_language(spoken):
            served = editions()[edition_id]
        asked, elements = served.complete, code_elements(served.complete)
        vectors = _encoded(elements, encoder)
        suggested = zip(elements, index.suggest(elements, MOST_SUGGESTED, by=by, vectors=vectors), strict=True)
        found.append(KeptSuggestions(digest, asked.digest, spoken, suggestion_model(served), _record(suggested)))
    for kept in found:
        keep_suggestions(db(), kept, format=TEXT_FORMAT, at=now())


def _encoded(elements: Sequence[QuestionElement], encoder: SentenceEncoder) -> NDArray[np.floating]:
    """Return the vectors of elements, encoded once in a process, as it takes twenty seconds for each language."""
    what = encoder_name(), tuple(way for element in elements for way in element.ways)
    if what not in _ENCODED:
        if len(_ENCODED) >= _MOST_ENCODED:
            _ENCODED.clear()
        _ENCODED[what] = encoded_ways(elements, encoder)
    return _ENCODED[what]


def _record(found: Iterable[Suggestions]) -> str:
    said = [
        (element.question, element.option, [(s.passage.anchor, s.score, s.words, s.by_meaning, s.said) for s in some])
        for element, some in found
    ]
    return json.dumps(said, ensure_ascii=False)
