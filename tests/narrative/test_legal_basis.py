"""Law behind a requirement, in words, as it binds one company."""

from datetime import date

from compliance.narrative.legal_basis import legal_reference_words, legal_references
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition_folder import editions_folder
from compliance.questionnaire.law import company_facts
from compliance.questionnaire.loader import load_edition


def test_one_line_has_the_verdict_the_reason_and_the_mark() -> None:
    """For a company in Portugal with staff in the United States and guests from Germany and the United Kingdom."""
    edition = load_edition(editions_folder() / "child-protection-2026")
    answers = {
        "about.headquarters": ("PRT",),
        "about.operations": ("PRT", "USA"),
        "about.suppliers": ("PRT",),
        "about.customers": ("DEU", "GBR"),
    }
    facts = company_facts(edition, AnswerSheet("Example Hotel", {}, answers), date(2026, 11, 26))
    found = {b.id: legal_reference_words(b) for b in legal_references(edition, edition.nodes["r56"], facts)}
    assert found["lksg-10"] == (
        "LkSG s. 10 (Does not bind you: It reaches only companies with their seat or a branch in Germany, and at least "
        "1,000 people there; Wording checked)"
    )
    assert found["ungp-21"] == "UNGP principle 21 (Expected of business; Wording checked)"
