"""Sign-offs in words: who signed what and when, the verified result, and whether it was revoked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from compliance.languages.formats import long_date
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.sign_off_words import signed_result_words
from compliance.scoring.verified_card import signed_score
from compliance.store.independence import EndedAssignment, Tie
from compliance.store.sign_offs import SignedReview
from compliance.web.edition_registry import edition_by_digest


@dataclass(frozen=True, slots=True)
class SignOffView:
    """One sign-off in sentences."""

    id: int
    stands: bool
    sentence: str  # who signed, and when
    result: str  # the verified score that was signed, and how much was reviewed
    about: str  # which submission it is about; "": the only one
    statement: str
    digest: str
    revoked: str  # when and by whom it was revoked or replaced; "": it is valid
    why: str  # the reason given for the revocation


def sign_off_view(signed: SignedReview) -> SignOffView:
    """Return a sign-off for people who may read the review."""
    said = signed_score(signed.card)
    return SignOffView(
        id=signed.id,
        stands=signed.stands,
        sentence=_("Signed off by %(name)s on %(day)s.", name=signed.name, day=long_date(signed.at)),
        result=signed_result_words(edition_by_digest(said.edition).edition, said),
        about=_about(signed),
        statement=signed.statement,
        digest=signed.digest,
        revoked=_revoked(signed),
        why="" if signed.replaced_by else signed.revoked_why,
    )


def sign_off_views(signed: Iterable[SignedReview]) -> list[SignOffView]:
    """Return the views of sign-offs, in the same order."""
    return [sign_off_view(one) for one in signed]


@dataclass(frozen=True, slots=True)
class PublicSignOffView:
    """The public part of a sign-off, without the auditor's name and the reason for a revocation."""

    sentence: str
    digest: str
    is_revoked: bool


def public_sign_off_view(signed: SignedReview, closed_at: datetime | None) -> PublicSignOffView:
    """Return a sign-off to show next to a published name. `closed_at`: when the figures were published."""
    said, day = signed_score(signed.card), long_date(signed.at)
    result = signed_result_words(edition_by_digest(said.edition).edition, said)
    if signed.revoked_at is not None:
        gone = _("Signed off on %(day)s, revoked on %(end)s.", day=day, end=long_date(signed.revoked_at))
        return PublicSignOffView(gone, signed.digest, is_revoked=True)
    submitted = long_date(signed.submitted_at)
    first = _("Signed off on %(day)s: the answers submitted on %(submitted)s.", day=day, submitted=submitted)
    sentences = [first]
    if closed_at is not None and signed.at > closed_at:
        sentences.append(_("That was after the figures of the period were published."))
    return PublicSignOffView(" ".join([*sentences, result]), signed.digest, is_revoked=False)


def tie_words(tie: Tie) -> str:
    """Return why an auditor is not independent of a company, as a predicate without a subject."""
    return {
        "member": _("works or has worked for %(company)s", company=tie.through),
        "interest": _("has declared an interest in %(company)s", company=tie.through),
        "group": _("has a tie to %(company)s, a company of the same group", company=tie.through),
        "owner": _("has a tie to %(company)s, a company with the same owner", company=tie.through),
        "domain": _("has a tie to %(company)s, a company with the same web domain", company=tie.through),
    }[tie.kind]


def ended_words(ended: EndedAssignment) -> str:
    """Return a sentence on an assignment that ended because the auditor was not independent."""
    return _(
        "%(company)s, %(year)s: ended on %(day)s, because the auditor %(why)s.",
        company=ended.organisation,
        year=ended.year,
        day=long_date(ended.at),
        why=tie_words(ended.tie),
    )


def _about(signed: SignedReview) -> str:
    if signed.is_of_latest and signed.submission_number == 1:
        return ""
    said = _(
        "It is about submission %(number)s, of %(day)s.",
        number=signed.submission_number,
        day=long_date(signed.submitted_at),
    )
    return said if signed.is_of_latest else " ".join([said, _("The company has submitted again since.")])


def _revoked(signed: SignedReview) -> str:
    if signed.revoked_at is None:
        return ""
    day = long_date(signed.revoked_at)
    if signed.replaced_by:
        return _("Replaced on %(day)s by the sign-off of submission %(number)s.", day=day, number=signed.replaced_by)
    return _("Revoked by %(name)s on %(day)s.", name=signed.revoked_by or _("Somebody"), day=day)
