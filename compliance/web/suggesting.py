"""Suggestions by meaning: a job works them out for a text that was read, with the encoder of the extra `semantic`.

Pages use what is kept, and words where nothing is (`document_texts`). Without the extra nothing is queued or asked.
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

#: The job.
SUGGEST = "suggest-passages"
#: In its subject: a document whose language is not known, or none of ours.
_UNKNOWN, _FOREIGN = "unknown", "foreign"
#: Of elements, by encoder and by all ways to say them: two editions in four languages, of four megabytes each.
_ENCODED: dict[tuple[str, tuple[str, ...]], NDArray[np.floating]] = {}
_MOST_ENCODED = 8


def queue_missing_suggestions() -> None:
    """Queue the jobs of texts in which this encoder suggested nothing yet: it was installed after they were read."""
    if encoder_name():
        models = {suggestion_model(served) for served in editions().values() if code_elements(served.complete)}
        missing = (texts_without_suggestions(db(), model=model, format=TEXT_FORMAT) for model in sorted(models))
        for digest in dict.fromkeys(chain.from_iterable(missing)):
            queue_suggesting(digest)
        db().commit()


def queue_suggesting(digest: str, said_language: str = "") -> None:
    """Queue the job in the transaction of the page, if there is an encoder, a text that was read, and work left.

    `said_language`: of the document, as somebody said, or "".
    """
    read = texts_of([digest]).get(digest) if encoder_name() else None
    if isinstance(read, ReadDocument):
        written = said_language or read.document.language
        language = language_of(read, said_language) or (_FOREIGN if written else _UNKNOWN)
        if any(_to_suggest(digest, language)):
            queue_job(db(), SUGGEST, f"text/{digest}/{language}", by=None, at=now())


def _to_suggest(digest: str, language: str) -> Iterator[tuple[str, str]]:
    """The editions about a code, by id, and the languages to compare in, of which nothing is kept yet."""
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
    after_failure=lambda status: None,  # pages go by words
)
def suggest_by_meaning(job: RunningJob) -> None:
    """Work out what is suggested in a text, by words and meaning, for each edition that asks what a code says."""
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
    """What the ways of elements mean, encoded once a process, which takes twenty seconds in each language."""
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
