"""The catalogue of law says whom each provision binds, how it was checked, and what was not read."""

import re
from datetime import date

import pytest

from compliance.questionnaire.conditions_and_law import AUTHORITIES, WORDING_MARKS, Instrument, Provision
from compliance.questionnaire.edition_folder import editions_folder
from compliance.questionnaire.law import load_law
from tests.support.avoided_terms import AVOIDED


@pytest.fixture(scope="module")
def law() -> tuple[Instrument, ...]:
    return load_law(editions_folder() / "law")


@pytest.fixture(scope="module")
def provisions(law: tuple[Instrument, ...]) -> tuple[Provision, ...]:
    return tuple(provision for instrument in law for provision in instrument.provisions)


def test_no_two_instruments_or_provisions_share_an_id(
    law: tuple[Instrument, ...], provisions: tuple[Provision, ...]
) -> None:
    assert len({instrument.id for instrument in law}) == len(law) > 50
    assert len({provision.id for provision in provisions}) == len(provisions) > 300


def test_no_two_provisions_have_the_same_short_name(law: tuple[Instrument, ...]) -> None:
    margins = [f"{instrument.short} {provision.provision}" for instrument in law for provision in instrument.provisions]
    assert sorted({margin for margin in margins if margins.count(margin) > 1}) == []


def test_every_mark_and_authority_is_a_known_one(provisions: tuple[Provision, ...]) -> None:
    assert {provision.mark for provision in provisions} == set(WORDING_MARKS)
    assert {provision.authority for provision in provisions} == set(AUTHORITIES)


def test_provisions_known_with_low_confidence_are_not_listed(provisions: tuple[Provision, ...]) -> None:
    assert "M-low" not in WORDING_MARKS
    assert [provision.id for provision in provisions if "low confidence" in provision.source] == []


def test_every_provision_is_described_in_whole_sentences(provisions: tuple[Provision, ...]) -> None:
    told = re.compile(r"[A-Z]\w*[ ,:'’-].*\.", re.DOTALL)
    fragments = [p.id for p in provisions if not told.fullmatch(p.paraphrase) or len(p.paraphrase.split()) < 5]
    assert fragments == []


def test_every_provision_says_where_it_was_read(provisions: tuple[Provision, ...]) -> None:
    assert [provision.id for provision in provisions if not provision.source.strip()] == []


def test_provisions_not_read_completely_say_which_part_was_not(provisions: tuple[Provision, ...]) -> None:
    unread = [provision for provision in provisions if not provision.wording_checked]
    silent = [p.id for p in unread if not re.search(r"\bnot (read|checked)\b", p.source, re.IGNORECASE)]
    assert silent == []


@pytest.mark.parametrize(("mark", "confidence"), [("M-high", "high confidence"), ("M-med", "middling confidence")])
def test_general_knowledge_is_called_that_with_its_confidence(
    provisions: tuple[Provision, ...], mark: str, confidence: str
) -> None:
    general = [p for p in provisions if p.mark == mark and p.source.startswith("Not read in a source")]
    assert general
    assert [provision.id for provision in general if confidence not in provision.source] == []


def test_every_instrument_has_a_status_and_its_date(law: tuple[Instrument, ...]) -> None:
    assert [instrument.id for instrument in law if not re.fullmatch(r"[A-Z].*\.", instrument.status, re.DOTALL)] == []
    for instrument in law:
        assert date.fromisoformat(instrument.as_of) >= date(2024, 1, 1), instrument.id
        assert 1900 < instrument.year <= date.fromisoformat(instrument.as_of).year, instrument.id
        assert instrument.adopter, instrument.id


def test_official_pages_are_https(law: tuple[Instrument, ...]) -> None:
    pages = [instrument.url for instrument in law if instrument.url]
    assert pages
    assert [page for page in pages if not re.fullmatch(r"https://[^\s/]+\.[^\s/]+(/\S*)?", page)] == []


def test_old_words_are_only_in_official_titles(law: tuple[Instrument, ...]) -> None:
    written = {
        f"{instrument.id}: {text}"
        for instrument in law
        for text in (instrument.short, instrument.status, *_texts(instrument.provisions))
        if AVOIDED.search(text)
    }
    assert sorted(written) == []
    assert any(AVOIDED.search(instrument.title) for instrument in law)


def test_a_proposal_is_called_a_proposal(law: tuple[Instrument, ...]) -> None:
    proposals = [instrument for instrument in law for p in instrument.provisions if p.authority == "proposal"]
    assert proposals
    assert [instrument.id for instrument in proposals if "not law" not in instrument.status] == []


def _texts(provisions: tuple[Provision, ...]) -> list[str]:
    return [text for p in provisions for text in (p.provision, p.paraphrase, p.source)]
