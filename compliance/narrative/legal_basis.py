"""The law behind a requirement, in words: provisions, whom they bind and why, and whether their wording was checked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from compliance.languages.formats import long_date
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import (
    AUTHORITY_LABELS,
    WORDING_MARK_LABELS,
    label_of,
    profile_field_label,
    provision_title,
)
from compliance.questionnaire.conditions_and_law import ApplicabilityOutcome, Provision
from compliance.questionnaire.edition import CUSTOMERS_QUESTION, PROFILE_PREFIX, Edition, Node
from compliance.questionnaire.law import Applicability, CompanyFacts, applicability


@dataclass(frozen=True, slots=True)
class BindingForce:
    """Whom a provision binds, for one company or in general, and why."""

    label: str  # "May bind you"; "Binds States"
    reason: str = ""  # why, or the question about a missing fact; in general: which companies
    outcome: ApplicabilityOutcome | Literal["", "general"] = (
        ""  # "": the provision does not bind companies; general: not about one company
    )


@dataclass(frozen=True, slots=True)
class LegalReference:
    """One provision as it is shown with a requirement: texts ready to show."""

    id: str
    title: str  # "CRC art. 34", or the id without the catalogue
    authority: str  # whom it binds; "" without the catalogue
    mark: str  # how its wording was checked; "" only without the catalogue
    paraphrase: str
    reason: str = ""  # why it binds or may bind


def legal_references(
    edition: Edition, requirement: Node | None, facts: CompanyFacts | None = None
) -> tuple[LegalReference, ...]:
    """Return the provisions that a requirement rests on, in its order, or none without a requirement.

    `facts`: about the company that is addressed; None: in general.
    """
    return tuple(_legal_reference(edition, provision, facts) for provision in (requirement.law if requirement else ()))


def binding_force(edition: Edition, provision: Provision, facts: CompanyFacts | None) -> BindingForce:
    """Return whom a provision binds. `facts`: about the company that is addressed; None: in general."""
    if provision.authority != "company":
        return BindingForce(label_of(AUTHORITY_LABELS, provision.authority))
    instrument = edition.instrument_of[provision.id]
    if facts is None:
        return BindingForce(label_of(AUTHORITY_LABELS, provision.authority), instrument.reach_of(provision), "general")
    found = applicability(instrument, provision, facts)
    return BindingForce(_force_label(found), _because(edition, found, facts), found.outcome)


def binding_force_words(force: BindingForce) -> str:
    """Return whom a provision binds and why, in one line."""
    if not force.reason:
        return force.label
    return _("%(label)s: %(because)s", label=force.label, because=force.reason)


def provision_titles(edition: Edition, law: Iterable[str], facts: CompanyFacts | None = None) -> list[str]:
    """Return provisions by name. For law that binds companies, brackets say whether it binds this one."""
    return [_title_and_force(edition, provision_id, facts) for provision_id in law]


def legal_reference_words(reference: LegalReference) -> str:
    """Return a provision in one line, with its marks: `CRC art. 34 (Binds States; Wording checked)`."""
    if not reference.mark:
        return reference.title
    return _(
        "%(provision)s (%(authority)s; %(mark)s)",
        provision=reference.title,
        authority=binding_force_words(BindingForce(reference.authority, reference.reason)).removesuffix("."),
        mark=reference.mark,
    )


def _title_and_force(edition: Edition, provision_id: str, facts: CompanyFacts | None) -> str:
    title, provision = provision_title(edition, provision_id), edition.provisions.get(provision_id)
    if facts is None or provision is None or provision.authority != "company":
        return title
    return _("%(provision)s (%(authority)s)", provision=title, authority=binding_force(edition, provision, facts).label)


def _legal_reference(edition: Edition, provision_id: str, facts: CompanyFacts | None) -> LegalReference:
    provision = edition.provisions.get(provision_id)
    if provision is None:
        return LegalReference(provision_id, provision_id, "", "", "")
    found = binding_force(edition, provision, facts)
    return LegalReference(
        id=provision_id,
        title=provision_title(edition, provision_id),
        authority=found.label,
        mark=label_of(WORDING_MARK_LABELS, provision.mark),
        paraphrase=provision.paraphrase,
        reason=found.reason,
    )


def _force_label(applicability: Applicability) -> str:
    if applicability.outcome == "not":
        return _("Does not bind you")
    if applicability.start is None:
        return _("Binds you") if applicability.outcome == "binds" else _("May bind you")
    start = long_date(applicability.start)
    if applicability.outcome == "binds":
        return _("Will bind you from %(day)s", day=start)
    return _("May bind you from %(day)s", day=start)


def _because(edition: Edition, applicability: Applicability, facts: CompanyFacts) -> str:
    """Return why a provision applies or not. Missing facts are named by the questions that ask for them."""
    if applicability.missing:
        asked = " ".join(_question(edition, missing, facts) for missing in applicability.missing)
        return _("It depends on questions that you have not answered yet. %(questions)s", questions=asked)
    if applicability.rule is None:
        return _("It has not been worked out yet which companies it applies to.")
    if applicability.rule.group:
        return _("%(reason)s This holds unless your group as a whole is large enough.", reason=applicability.rule.text)
    return applicability.rule.text


def _question(edition: Edition, missing: str, facts: CompanyFacts) -> str:
    """Return the question about a missing fact. If customers were named already, ask for further countries."""
    if missing == CUSTOMERS_QUESTION and facts.of("customers_in"):
        return _("Do you have customers in countries other than those you named?")
    if missing.startswith(PROFILE_PREFIX):
        return profile_field_label(edition, missing.removeprefix(PROFILE_PREFIX))
    question = edition.questions.get(missing)
    return question.ask if question else missing
