"""Companies in the API: the published desk readings of each, with the same omissions as on its pages.

A score below 15 has no digits, near the limit of a band both bands are named, and kinds of document are not added up.
No score that a company gave itself is here: a link leads to where the company is named with its consent.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

from flask import request

from compliance.disclosure.published_reading import POINT_STATES, KindResult, ReadingContent
from compliance.disclosure.snapshot import LICENCE, PublishedSnapshot
from compliance.languages.formats import sort_key
from compliance.languages.interface_messages import N_
from compliance.languages.labels import sector_label
from compliance.narrative.reading_wording import LEAST_SHOWN, band_sentence, kind_title, reading_lead, shown_points
from compliance.publication import UNSTATED_SECTOR
from compliance.questionnaire.edition import Edition
from compliance.store.published_readings import PublishedVersion, every_version, reading_corrections, versions_of
from compliance.web.api.blueprint import (
    ApiParameter,
    CorrectionJson,
    EditionJson,
    Links,
    Record,
    RecordPage,
    about,
    address_of,
    asked_id,
    asked_part,
    edition_record,
    endpoint,
    known_id,
    page_of,
)
from compliance.web.database import db
from compliance.web.edition_registry import edition_by_digest
from compliance.web.presenters.desk_readings import PointView, requirement_points
from compliance.web.presenters.status_sentences import point_state_words
from compliance.web.releases import latest_snapshot, published_contents, sector_named_in


class CodeScoreJson(Record, frozen=True, kw_only=True):
    """A score of documents in whole points, or why it has no digits."""

    value: int | None
    suppressed: Annotated[
        Literal["below-15", "none"] | None,
        about(N_("Why there is no value. “below-15”: it is below 15, and not given in digits. “none”: there is none.")),
    ]


class KindResultJson(Record, frozen=True, kw_only=True):
    """The result of the documents of one kind."""

    kind: str
    label: str
    score: CodeScoreJson
    worst: Annotated[CodeScoreJson, about(N_("Lowest that the score could be"))]
    best: Annotated[CodeScoreJson, about(N_("Highest that the score could be"))]
    band: Annotated[str | None, about(N_("Its band in words. Near the limit of a band, both are named."))]
    lead: Annotated[str, about(N_("What the documents say, refer to and are silent on, in a sentence."))]
    said: Annotated[int, about(N_("The number of points on which the documents say something."))]
    referred: Annotated[int, about(N_("The number of points for which they refer to another document."))]
    silent: Annotated[int, about(N_("The number of points on which they are silent."))]
    same: Annotated[int, about(N_("The number of points on which both readers found the same thing."))]
    nothing: Annotated[int, about(N_("The number of points on which both readers found nothing."))]
    differed: Annotated[
        int, about(N_("The number of points on which the readers differed and a third person decided."))
    ]


class CompanyVersionJson(Record, frozen=True, kw_only=True):
    """A published version."""

    version: int
    published: date
    links: Links


class CompanyJson(Record, frozen=True, kw_only=True):
    """A company whose published documents were read, with its latest version."""

    id: Annotated[str, about(N_("The company’s id, as in its address."))]
    name: str
    sector: str
    sector_label: str
    country: Annotated[str | None, about(N_("The country of its headquarters, ISO 3166-1 alpha-3."))]
    demonstration: Annotated[bool, about(N_("True if the company is invented."))]
    kinds: Annotated[tuple[KindResultJson, ...], about(N_("Results by kind of document. Kinds are not added up."))]
    versions: Annotated[tuple[CompanyVersionJson, ...], about(N_("Every version, latest first."))]
    links: Links


class DocumentReadJson(Record, frozen=True, kw_only=True):
    """A document as it was found."""

    kind: str
    title: str
    dated: date | None
    language: str
    url: str
    accessed: Annotated[date, about(N_("The day on which it was downloaded."))]
    is_extract: bool
    sha256: Annotated[str, about(N_("SHA-256 of the archived copy."))]


class ReplyJson(Record, frozen=True, kw_only=True):
    """A reply of the company, in its own words."""

    words: str
    name: str
    role: str
    by_letter: bool
    day: date


class ReadingJson(Record, frozen=True, kw_only=True):
    """One published version of a reading. It never changes; corrections are listed beside it."""

    company: str
    name: str
    version: int
    published: date | None
    edition: EditionJson
    digest: Annotated[str, about(N_("SHA-256 of the data of this version."))]
    demonstration: bool
    kinds: tuple[KindResultJson, ...]
    documents: tuple[DocumentReadJson, ...]
    sent: Annotated[date | None, about(N_("The day on which the company was sent the draft."))]
    until: Annotated[date | None, about(N_("The day until which it could reply."))]
    reply: Annotated[ReplyJson | None, about(N_("The company’s reply to the whole reading; null without one."))]
    corrections: tuple[CorrectionJson, ...]
    licence: Annotated[
        Literal["CC-BY-4.0"], about(N_("The licence of texts and figures. Quotations belong to their authors."))
    ]
    links: Links


class QuotationJson(Record, frozen=True, kw_only=True):
    """A quotation from a document."""

    words: str
    document: str
    url: str
    page: str | None
    sha256: str


class PointJson(Record, frozen=True, kw_only=True):
    """One question put to the documents of one kind, with its result."""

    kind: str
    question: str
    asked: Annotated[str, about(N_("The question in words."))]
    requirement: str | None
    requirement_title: str
    state: Literal["said", "referred", "silent"]
    state_label: str
    says: Annotated[tuple[str, ...], about(N_("What the text says, as options of the question."))]
    counts: Annotated[bool, about(N_("False if it earns nothing, as a condition for it is not met."))]
    quotations: tuple[QuotationJson, ...]
    refers_to: Annotated[tuple[str, ...], about(N_("Titles of the documents that the text refers to."))]
    searched: Annotated[tuple[str, ...], about(N_("The words that were looked for, if the text is silent."))]
    differed: Annotated[bool, about(N_("True if the readers differed and a third person decided."))]
    reason: Annotated[str | None, about(N_("The reason of the third person."))]
    changed: Annotated[date | None, about(N_("When it was decided again after the company was sent the draft."))]
    reply: Annotated[ReplyJson | None, about(N_("The company’s reply on this point; null without one."))]


COMPANY = ApiParameter("company", N_("The company’s id, as in its address."))
VERSION = ApiParameter("version", N_("The number of a version."), "integer", least=1, most=2**31 - 1)


@endpoint(
    "/companies",
    N_("Every company with a published reading, by name"),
    RecordPage[CompanyJson],
    query=[ApiParameter("sector", N_("Only companies of the sector with this id."))],
    paged=True,
)
def companies() -> RecordPage[CompanyJson]:
    """Return the latest version of each company."""
    versions, snapshot = every_version(db()), latest_snapshot()
    latest = [each[0] for each in versions.values()]
    chosen = asked_id("sector", {one.sector or UNSTATED_SECTOR for one in latest})
    found = [one for one in latest if chosen in ("", one.sector or UNSTATED_SECTOR)]
    found.sort(key=lambda one: (sort_key(one.company), one.slug))
    contents = published_contents(asked_part(found))
    return page_of(
        RecordPage[CompanyJson],
        found,
        lambda one: _company_record(versions[one.slug], contents[one.reading_id], snapshot),
    )


@endpoint("/companies/<company>", N_("One company"), CompanyJson, path_parameters=[COMPANY])
def company(company: str) -> CompanyJson:
    """Return the latest version of a company."""
    versions = tuple(_versions(company).values())
    latest = versions[0]
    return _company_record(versions, published_contents([latest])[latest.reading_id], latest_snapshot())


@endpoint(
    "/companies/<company>/versions/<int:version>",
    N_("One version of a reading: scores, documents, reply, corrections"),
    ReadingJson,
    path_parameters=[COMPANY, VERSION],
)
def reading(company: str, version: int) -> ReadingJson:
    """Return one version."""
    one, content, edition = _opened(company, version)
    whole = content.reply_on("", "")
    faults = reading_corrections(db(), [one.reading_id])
    return ReadingJson(
        company=one.slug,
        name=content.company,
        version=version,
        published=content.published,
        edition=edition_record(edition),
        digest=one.digest,
        demonstration=content.demonstration,
        kinds=_kinds(edition, content),
        documents=tuple(
            DocumentReadJson(
                kind=d.kind,
                title=d.title,
                dated=d.dated,
                language=d.language,
                url=d.url,
                accessed=d.accessed,
                is_extract=d.is_extract,
                sha256=d.digest,
            )
            for d in content.documents
        ),
        sent=content.sent,
        until=content.until,
        reply=_reply(content, "", "") if whole else None,
        corrections=tuple(CorrectionJson(day=c.at.date(), what=c.what, why=c.why) for c in faults),
        licence=LICENCE,
        links=_links_of_version(one)
        | {
            "company": address_of("api.company", company=one.slug),
            "points": address_of("api.points", company=one.slug, version=version),
            "csv": address_of("company_readings.findings", slug=one.slug, version=version),
        },
    )


@endpoint(
    "/companies/<company>/versions/<int:version>/points",
    N_("Every point of a version: what the text says, with quotations, or what was searched for"),
    RecordPage[PointJson],
    path_parameters=[COMPANY, VERSION],
    query=[
        ApiParameter("kind", N_("Only points on this kind of document.")),
        ApiParameter("state", N_("Only points in this state."), values=POINT_STATES),
    ],
    paged=True,
)
def points(company: str, version: int) -> RecordPage[PointJson]:
    """Return the points of a version, by kind of document and in the order of the edition."""
    _one, content, edition = _opened(company, version)
    chosen = asked_id("kind", {result.kind for result in content.kinds})
    state = request.args.get("state", "")
    found = [
        (requirement.title, view)
        for result in content.kinds
        if chosen in ("", result.kind)
        for requirement in requirement_points(edition, content, content.points_of(result.kind))
        for view in requirement.points
        if state in ("", view.point.state)
    ]
    return page_of(RecordPage[PointJson], found, lambda each: _point_record(edition, content, *each))


def _versions(company: str) -> Mapping[str, PublishedVersion]:
    """Return the published versions of a company by number, latest first. Abort with 404 if there are none."""
    found = {str(one.version): one for one in versions_of(db(), company)}
    known_id("company", {company: found} if found else {}, company)
    return found


def _opened(company: str, version: int) -> tuple[PublishedVersion, ReadingContent, Edition]:
    one = known_id("version", _versions(company), str(version))
    return one, published_contents([one])[one.reading_id], edition_by_digest(one.edition_digest).edition


def _company_record(
    versions: Sequence[PublishedVersion], content: ReadingContent, snapshot: PublishedSnapshot | None
) -> CompanyJson:
    """Return a company by its latest version, with a link to the figures in which it is named, if there are any."""
    one, sector = versions[0], content.sector or UNSTATED_SECTOR
    edition, named_in = edition_by_digest(one.edition_digest).edition, sector_named_in(one, snapshot)
    links = {
        "self": address_of("api.company", company=one.slug),
        "latest": address_of("api.reading", company=one.slug, version=one.version),
        "page": address_of("company_readings.company", slug=one.slug, version=one.version),
    }
    if named_in and snapshot:
        links["named_in"] = address_of("api.named_companies", period=snapshot.period, sector=named_in)
    return CompanyJson(
        id=one.slug,
        name=content.company,
        sector=sector,
        sector_label=sector_label(edition, sector),
        country=content.country or None,
        demonstration=content.demonstration,
        kinds=_kinds(edition, content),
        versions=tuple(
            CompanyVersionJson(version=each.version, published=each.at.date(), links=_links_of_version(each))
            for each in versions
        ),
        links=links,
    )


def _links_of_version(one: PublishedVersion) -> dict[str, str]:
    return {
        "self": address_of("api.reading", company=one.slug, version=one.version),
        "page": address_of("company_readings.company", slug=one.slug, version=one.version),
    }


def _kinds(edition: Edition, content: ReadingContent) -> tuple[KindResultJson, ...]:
    return tuple(_kind_record(edition, result) for result in content.kinds)


def _kind_record(edition: Edition, result: KindResult) -> KindResultJson:
    return KindResultJson(
        kind=result.kind,
        label=kind_title(edition, result.kind),
        score=_code_score(result.score),
        worst=_code_score(result.worst),
        best=_code_score(result.best),
        band=band_sentence(edition, result) or None,
        lead=reading_lead(edition, result),
        said=result.said,
        referred=result.referred,
        silent=result.silent,
        same=result.same,
        nothing=result.nothing,
        differed=result.differed,
    )


def _code_score(score: float | None) -> CodeScoreJson:
    assert LEAST_SHOWN == 15, "the schema names it"
    points = shown_points(score)
    if points is not None:
        return CodeScoreJson(value=points, suppressed=None)
    return CodeScoreJson(value=None, suppressed="none" if score is None else "below-15")


def _point_record(edition: Edition, content: ReadingContent, title: str, view: PointView) -> PointJson:
    point, requirement = view.point, edition.requirement_of(view.point.question)
    return PointJson(
        kind=point.kind,
        question=point.question,
        asked=view.ask,
        requirement=requirement.id if requirement else None,
        requirement_title=title,
        state=point.state,
        state_label=str(point_state_words(point.state)),
        says=tuple(view.says),
        counts=point.counts,
        quotations=tuple(
            QuotationJson(
                words=each.words,
                document=each.document.title,
                url=each.document.url,
                page=printed.page or None,
                sha256=each.document.digest,
            )
            for each, printed in zip(view.quotations, point.quotations, strict=True)
        ),
        refers_to=point.elsewhere,
        searched=point.searched,
        differed=point.differed,
        reason=point.reason or None,
        changed=point.changed,
        reply=_reply(content, point.kind, point.question),
    )


def _reply(content: ReadingContent, kind: str, question: str) -> ReplyJson | None:
    said = content.reply_on(kind, question)
    if said is None:
        return None
    return ReplyJson(words=said.words, name=said.name, role=said.role, by_letter=said.by_letter, day=said.at)
