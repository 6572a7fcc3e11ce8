"""The steward's cases: companies waiting for a decision, with their facts, and requests to join."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from markupsafe import Markup

from compliance.identity.matching import CompanyIdentity, IdentityMatch, match_of
from compliance.identity.web_domains import is_shared_domain, own_domain, registrable_domain
from compliance.store import (
    Company,
    CompanyLink,
    CompanyMember,
    JoinRequest,
    assessment_counts,
    company_links,
    company_members,
)
from compliance.store.memberships import member_addresses
from compliance.web.company_matches import known_companies, matches_among
from compliance.web.database import db
from compliance.web.page_text import listed, own
from compliance.web.page_text import said as _
from compliance.web.page_text import said_many as ngettext

#: Kinds of cases: a possible duplicate, companies with the same owner or domain, a company without proof, one
#: with a proof, a request to join.
CASE_KINDS = ("duplicate", "linked", "unproven", "proven", "request")


@dataclass(frozen=True, slots=True)
class CaseFact:
    """One field of a case: its value, the value of the other company or how it was checked, and the comparison."""

    label: str
    here: str
    other: str
    compared: str = ""


@dataclass(frozen=True, slots=True)
class DecisionChoice:
    """A decision that can be taken on a case."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class CompanyCase:
    """A company waiting for the steward, or one that does not count because of what it shares with another."""

    kind: Literal["duplicate", "linked", "unproven", "proven"]
    company: Company
    waiting: int  # days
    why: str
    other: str  # the company it is compared with, or ""
    facts: tuple[CaseFact, ...]
    choices: tuple[DecisionChoice, ...]


@dataclass(frozen=True, slots=True)
class RequestCase:
    """A request to join that nobody has answered."""

    request: JoinRequest
    waiting: int  # days
    why: str


@dataclass(frozen=True, slots=True)
class _Register:
    """All companies, with the domains of their people's addresses; people and assessments only of those in cases."""

    companies: Mapping[int, Company]
    people: Mapping[int, Sequence[CompanyMember]]
    domains: Mapping[int, Sequence[str]]
    assessments: Mapping[int, tuple[int, int]]  # numbers begun and submitted


def company_cases(known: Sequence[Company], at: datetime) -> tuple[CompanyCase, ...]:
    """Return the cases of these companies that need a decision, in the order of CASE_KINDS, then of registration."""
    addresses = member_addresses(db())
    domains = {id: [own_domain(email) for email in emails] for id, emails in addresses.items()}
    matching, links = known_companies(known, domains), company_links(db())
    pending = {one.id: matches_among(_identity(one, domains), matching) for one in known if one.status == "pending"}
    # People and assessments of other companies are not read.
    about = {*pending, *(match.other.id for found in pending.values() for match in found[:1])}
    about |= {id for link in links for id in (link.organisation_id, link.earlier_id)}
    people: defaultdict[int, list[CompanyMember]] = defaultdict(list)
    for member in company_members(db(), *about):
        people[member.organisation_id].append(member)
    by_id = {one.id: one for one in known}
    register = _Register(by_id, people, domains, assessment_counts(db(), about))
    cases = [_case(by_id[id], matches, register, at) for id, matches in pending.items()]
    cases += [_linked_case(link, register, at) for link in links]
    return tuple(
        sorted(cases, key=lambda case: (CASE_KINDS.index(case.kind), case.company.registered_at, case.company.id))
    )


def request_cases(requests: Iterable[JoinRequest], known: Iterable[Company], at: datetime) -> tuple[RequestCase, ...]:
    """Return the open requests to join, with facts about the people who asked."""
    asked = list(requests)
    by_id = {one.id: one for one in known}
    owners: defaultdict[int, list[str]] = defaultdict(list)
    for member in company_members(db(), *{request.organisation_id for request in asked}):
        if member.role == "owner" and member.active:
            owners[member.organisation_id].append(member.name)
    return tuple(
        RequestCase(
            request,
            (at - request.at).days,
            _sentences(
                [
                    _domain_sentence(request, by_id[request.organisation_id]),
                    _owner_sentence(owners[request.organisation_id]),
                ]
            ),
        )
        for request in asked
    )


def _case(company: Company, matches: Sequence[IdentityMatch], register: _Register, at: datetime) -> CompanyCase:
    known = register.companies
    waiting = (at - company.registered_at).days
    choices = _choices(company, matches, known)
    if matches:
        other = known[matches[0].other.id]
        facts = _compared(company, other, register, matches[0])
        return CompanyCase("duplicate", company, waiting, _match_sentence(matches, known), other.name, facts, choices)
    proofs, doubts = _proofs(company, register.people.get(company.id, ()))
    why = _sentences(proofs or doubts)
    return CompanyCase(
        "proven" if proofs else "unproven", company, waiting, why, "", _given(company, register), choices
    )


def _linked_case(link: CompanyLink, register: _Register, at: datetime) -> CompanyCase:
    """Return the case of a confirmed company that does not count, beside the one confirmed before it."""
    this, other = register.companies[link.organisation_id], register.companies[link.earlier_id]
    names = {"other": own(other.name), "company": own(this.name)}
    if link.same_owner and link.same_domain:
        why = _("It has the same owner and web domain as %(other)s, which was confirmed first.", other=names["other"])
    elif link.same_owner:
        why = _("It has the same owner as %(other)s, which was confirmed first.", other=names["other"])
    else:
        why = _("It has the same web domain as %(other)s, which was confirmed first.", other=names["other"])
    rule = _("Companies with the same owner, web domain or group count once: until you decide, %(company)s is not "
"in any figure.",
             company=names["company"])  # fmt: skip
    match = match_of(_identity(this, register.domains), _identity(other, register.domains))
    choices = (
        DecisionChoice("apart", _("They are independent: both count")),
        DecisionChoice(f"group-{other.id}-other", _("One group: %(company)s counts", company=other.name)),
        DecisionChoice(f"group-{other.id}-this", _("One group with %(company)s: this one counts", company=other.name)),
        DecisionChoice("left-out", _("Leave out of figures")),
        DecisionChoice("refused", _("Refuse")),
    )
    waiting = (at - (this.confirmed_at or at)).days
    facts = _compared(this, other, register, match)
    return CompanyCase("linked", this, waiting, _sentences([why, rule]), other.name, facts, choices)


def _identity(company: Company, domains: Mapping[int, Sequence[str]]) -> CompanyIdentity:
    own = (company.website_domain, *domains.get(company.id, ()))
    return CompanyIdentity.of(company.id, company.name, own, company.lei)


def _choices(
    company: Company, matches: Iterable[IdentityMatch], known: Mapping[int, Company]
) -> tuple[DecisionChoice, ...]:
    confirm = DecisionChoice("confirmed", _("Confirm"))
    found = [DecisionChoice("apart", _("Confirm as a company of its own")) if matches else confirm]
    for match in matches:
        other = known[match.other.id]
        named = other.name
        found += [
            DecisionChoice(f"merge-{other.id}", _("Merge into %(company)s", company=named)),
            DecisionChoice(f"group-{other.id}-other", _("One group: %(company)s counts", company=named)),
            DecisionChoice(f"group-{other.id}-this", _("One group with %(company)s: this one counts", company=named)),
        ]
    found += [DecisionChoice("left-out", _("Leave out of figures")), DecisionChoice("refused", _("Refuse"))]
    return tuple(found)


def _match_sentence(matches: Sequence[IdentityMatch], known: Mapping[int, Company]) -> str:
    sentences = []
    for match in matches:
        other = own(known[match.other.id].name)
        if match.same_lei:
            sentences.append(_("It gave the LEI of %(company)s.", company=other))
        elif match.same_domain and match.like_name:
            sentences.append(_("It has the same name and web domain as %(company)s.", company=other))
        elif match.same_domain:
            sentences.append(_("It has the same web domain as %(company)s.", company=other))
        else:
            sentences.append(_("Its name is similar to that of %(company)s.", company=other))
    return _sentences(sentences)


def _sentences(sentences: Iterable[str]) -> str:
    return Markup(" ").join(sentences)


def _compared(
    company: Company,
    other: Company,
    register: _Register,
    match: IdentityMatch,
) -> tuple[CaseFact, ...]:
    """Return the two companies field by field."""
    members, others = register.people.get(company.id, ()), register.people.get(other.id, ())
    alike = _("similar, %(points)s of 100", points=round(match.likeness)) if match.likeness else _("not similar")
    same_people = {member.person_id for member in members} & {member.person_id for member in others}
    return (
        CaseFact(_("Name"), own(company.name), own(other.name), alike),
        CaseFact(
            _("Web domain"),
            own(company.website_domain) or _("none given"),
            own(other.website_domain) or _("none given"),
            _same(company.website_domain, other.website_domain),
        ),
        CaseFact(
            _("LEI"),
            own(company.lei) or _("none given"),
            own(other.lei) or _("none given"),
            _same(company.lei, other.lei),
        ),
        CaseFact(
            _("People"),
            _people(members),
            _people(others),
            _("the same person") if same_people else _("different people"),
        ),
        CaseFact(_("Answers"), _answers(register, company.id), _answers(register, other.id)),
    )


def _given(company: Company, register: _Register) -> tuple[CaseFact, ...]:
    """Return the facts that a company without a possible duplicate gave, and how they were checked."""
    members = register.people.get(company.id, ())
    return (
        CaseFact(_("Web domain"), own(company.website_domain) or _("none given"), _domain_check(company, members)),
        CaseFact(_("LEI"), own(company.lei) or _("none given"), _("check digits are correct") if company.lei else ""),
        CaseFact(_("People"), _people(members), _address_check(members)),
        CaseFact(_("Answers"), _answers(register, company.id), ""),
    )


def _proofs(company: Company, members: Sequence[CompanyMember]) -> tuple[list[str], list[str]]:
    """Return the sentences with proofs of a company, and those about missing proofs."""
    proofs: list[str] = []
    doubts: list[str] = []
    if company.website_domain and company.website_domain in {own_domain(member.email) for member in members}:
        proofs.append(_("One of its people has an e-mail address at its web domain."))
    if company.lei:
        proofs.append(_("It gave an LEI with correct check digits. Look up which company it belongs to."))
    if any(is_shared_domain(registrable_domain(member.email)) for member in members):
        doubts.append(_("It was registered from a public e-mail provider, which proves nothing about the company."))
    if not company.website_domain and not company.lei:
        doubts.append(_("It gave neither a website nor an LEI."))
    elif company.website_domain:
        doubts.append(_("None of its people has an e-mail address at its web domain."))
    return proofs, doubts


def _same(one: str, other: str) -> str:
    if not one or not other:
        return _("cannot be compared")
    return _("the same") if one == other else _("different")


def _people(members: Sequence[CompanyMember]) -> str:
    return listed((own(f"{member.name}, {member.email}") for member in members), apart=True) or _("nobody")


def _answers(register: _Register, organisation_id: int) -> str:
    begun, submitted = register.assessments.get(organisation_id, (0, 0))
    if not begun:
        return _("none started")
    return ngettext(
        "%(num)s year started, %(submitted)s submitted", "%(num)s years started, %(submitted)s submitted",
        begun, submitted=submitted,
    )  # fmt: skip


def _domain_check(company: Company, members: Sequence[CompanyMember]) -> str:
    if not company.website_domain:
        return ""
    if company.website_domain in {own_domain(member.email) for member in members}:
        return _("one of its people has an address there")
    return _("none of its people has an address there")


def _address_check(members: Sequence[CompanyMember]) -> str:
    if not members:
        return ""
    if any(member.address_confirmed_at for member in members):
        return _("address confirmed")
    return _("address not confirmed")


def _domain_sentence(request: JoinRequest, company: Company) -> str:
    domain = own_domain(request.email)
    if company.website_domain and domain == company.website_domain:
        return _("Their e-mail address is at %(domain)s, the company’s web domain.", domain=own(domain))
    if not domain:
        return _("Their e-mail address is at a public provider, which proves nothing about the company.")
    return _("Their e-mail address is at %(domain)s, which is not the company’s web domain.", domain=own(domain))


def _owner_sentence(owners: Sequence[str]) -> str:
    if not owners:
        return _("The company has no owner who can answer.")
    return ngettext("Its owner can also answer: %(names)s.", "Its owners can also answer: %(names)s.", len(owners),
                    names=listed(own(name) for name in owners))  # fmt: skip
