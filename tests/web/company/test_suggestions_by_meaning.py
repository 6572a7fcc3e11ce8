"""With an encoder, a job computes suggestions by meaning and stores them; without one, nothing is attempted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from threading import Event
from time import sleep
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import text

from compliance import store
from compliance.documents.suggestions import (
    QuestionElement,
    SentenceEncoder,
    code_elements,
    encoded_ways,
    encoder_name,
    installed_encoder,
)
from compliance.questionnaire.edition import Edition
from compliance.web import document_texts, suggesting
from compliance.web.background import Workers
from compliance.web.database import store_engine
from compliance.web.jobs import run_next_job
from tests.conftest import missing
from tests.support.sites import Site, begin
from tests.support.stores import statements
from tests.web.company.test_document_reading import add, mark, page, read

#: A separate name for the encoder of each test, because stored suggestions are found by this name in each process.
NUMBERS = count(1)
FAR = "Pupils stay out of it."
CODE = f"# Rules\n\n{FAR}\n\nWe pay our bills within thirty days.\n\nNobody buys the sale of a child.\n".encode()


class TwoMeanings:
    """An encoder that only knows whether a sentence is about pupils, about the sale of children, or about neither."""

    def encode(self, sentences: Sequence[str]) -> NDArray[np.floating]:
        about = [
            any(word in each.casefold() for word in ("pupil", "sale", "vente", "venta", "بيع")) for each in sentences
        ]
        return np.array([[1.0, 0.0] if each else [0.0, 1.0] for each in about])


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"two-meanings {next(NUMBERS)}"
    for module in (document_texts, suggesting):
        monkeypatch.setattr(module, "encoder_name", partial(str, name))
    monkeypatch.setattr(suggesting, "installed_encoder", TwoMeanings)


@pytest.fixture
def no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (document_texts, suggesting):
        monkeypatch.setattr(module, "encoder_name", lambda: "")
    monkeypatch.setattr(suggesting, "installed_encoder", lambda: pytest.fail("there is none to load"))


def work(site: Site) -> int:
    """Do the waiting jobs; returns how many there were."""
    done = 0
    while run_next_job(site.app, Event()):
        done += 1
    return done


def kept(site: Site) -> list[Any]:
    with site.store() as session:
        return list(session.execute(text("SELECT digest, language, model FROM kept_suggestions ORDER BY language")))


def jobs(site: Site) -> list[str]:
    with site.store() as session:
        return [job.state for job in store.latest_jobs(session, most=9)]


@pytest.mark.usefixtures("encoder")
def test_pages_suggest_by_meaning_once_the_job_is_done_and_by_words_before(site: Site) -> None:
    number, item = begin(site), add(site, CODE, "code.txt")
    where = f"/assessments/{number}/passages?question=r2.code"
    assert "Close in meaning" not in page(site, where) and "Shares the word" in page(site, where)
    assert jobs(site) == ["waiting"] and work(site) == 1 and jobs(site) == ["done"]
    assert [(row.language, row.model.partition(" ")[0]) for row in kept(site)] == [("en", "two-meanings")]
    with statements(store_engine(site.app)) as sent:
        shown = page(site, where)
    assert len(sent) <= 12
    assert f"{FAR}</p>" in shown and "Close in meaning, without a word in common." in shown
    assert "Close in meaning, and shares the word" in shown
    assert "Close in meaning" in page(site, read(item))
    assert mark(site, number, item, anchor="s1.1.1").status_code == 302, "and the suggestion can be marked"


@pytest.mark.usefixtures("encoder")
def test_usual_phrasings_are_compared_too_encoded_once_and_named_on_the_page(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, encoded = f"Pupils are no goods, says wording {next(NUMBERS)}.", Counter[str]()

    def with_phrasings(edition: Edition) -> tuple[QuestionElement, ...]:
        return tuple(replace(each, phrasings=(said,)) for each in code_elements(edition))

    def encode(elements: Iterable[QuestionElement], encoder: SentenceEncoder) -> NDArray[np.floating]:
        encoded.update(way for element in elements for way in element.ways)
        return encoded_ways(elements, encoder)

    monkeypatch.setattr(suggesting, "code_elements", with_phrasings)
    monkeypatch.setattr(suggesting, "encoded_ways", encode)
    number = begin(site)
    add(site, CODE, "code.txt")
    assert work(site) == 1
    shown = page(site, f"/assessments/{number}/passages?question=r2.code")
    assert f"Close in meaning to a usual wording, “{said.rstrip('.')}”" in shown
    times = encoded[said]
    add(site, b"# Another\n\nPupils are not for sale.\n", "other.txt", title="Another")
    assert work(site) == 1 and encoded[said] == times > 0


@pytest.mark.usefixtures("encoder")
def test_a_document_that_is_read_again_is_computed_once(site: Site) -> None:
    add(site, CODE, "code.txt")
    add(site, CODE, "again.txt", title="The same again")
    assert len(jobs(site)) == 1 and work(site) == 1
    add(site, CODE, "once-more.txt", title="And again")
    assert work(site) == 0 and len(kept(site)) == 1
    add(site, CODE, "french.txt", title="Said to be French", language="fr")
    assert work(site) == 1 and [row.language for row in kept(site)] == ["en", "fr"]


@pytest.mark.usefixtures("encoder")
def test_a_person_who_may_not_see_a_document_gets_no_suggestions_from_it(site: Site) -> None:
    number = begin(site)
    add(site, CODE, "code.txt", seen_by="few")
    work(site)
    where = f"/assessments/{number}/passages?question=r2.code"
    assert FAR in page(site, where) and FAR not in page(site, where, "jon")
    assert FAR not in page(site, f"/assessments/{number}/mirror?show=whole", "jon")


@pytest.mark.usefixtures("no_encoder")
def test_without_an_encoder_nothing_is_queued_or_stored(site: Site) -> None:
    number = begin(site)
    add(site, CODE, "code.txt")
    with statements(store_engine(site.app)) as sent:
        shown = page(site, f"/assessments/{number}/passages?question=r2.code")
    assert "Shares the word" in shown and "Close in meaning" not in shown
    assert jobs(site) == [] and kept(site) == [] and not [each for each in sent if "kept_suggestions" in each]


def test_texts_read_before_the_encoder_was_installed_are_computed_later(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        for module in (document_texts, suggesting):
            before.setattr(module, "encoder_name", lambda: "")
        add(site, CODE, "code.txt")
        assert jobs(site) == []
    name = f"two-meanings {next(NUMBERS)}"
    for module in (document_texts, suggesting):
        monkeypatch.setattr(module, "encoder_name", partial(str, name))
    monkeypatch.setattr(suggesting, "installed_encoder", TwoMeanings)
    workers = Workers(site.app)
    try:
        for _wait in range(100):
            if kept(site):
                break
            sleep(0.1)
    finally:
        workers.stop()
    assert len(kept(site)) == 1


@pytest.mark.usefixtures("encoder")
def test_a_steward_is_told_of_such_a_job_only_if_it_failed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    add(site, CODE + b"\nAnd no other.", "code.txt")
    assert "Suggest passages" not in page(site, "/steward/jobs", "stella")
    monkeypatch.setattr(suggesting, "installed_encoder", lambda: object())
    assert work(site) == 1 and jobs(site) == ["failed"]
    assert "Suggest passages of a document by meaning" in page(site, "/steward/jobs", "stella")
    assert "Shares the word" in page(site, f"/assessments/{begin(site)}/passages?question=r2.code")


def test_the_real_encoder_gives_suggestions_too(site: Site) -> None:
    if installed_encoder() is None:
        missing("the extra `semantic` is not installed")
    number = begin(site)
    add(site, CODE, "code.txt")
    assert work(site) == 1 and [row.model for row in kept(site)] == [encoder_name()]
    assert "Close in meaning" in page(site, f"/assessments/{number}/passages?question=r2.code")
