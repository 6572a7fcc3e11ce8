"""Charts of the pages of sectors as picture files, made from the same rows as the page.

An address names the period, and published figures of a period never change. A chart that the page does not show gives
404.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from flask import Blueprint, Response, abort, url_for

from compliance.disclosure.published import ALL_SECTORS, PublishedCell, SectorFigures, Suppressed
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.formats import comma_list, long_date, number
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.languages.labels import LAW_BODY_LABELS, label_of, sector_label
from compliance.narrative.published_counts import published_count_words, score_range_words
from compliance.narrative.sector_findings import (
    OverviewFindings,
    SectorFindings,
    ShareListing,
    overview_findings,
    sector_findings,
)
from compliance.narrative.sentence import SectorSentence
from compliance.questionnaire.conditions_and_law import LAW_BODIES, LawBody
from compliance.questionnaire.edition import GAP_LENS, OVERALL, PREVENTION_LENS, Edition
from compliance.store import published_years
from compliance.web.access_control import public
from compliance.web.database import db
from compliance.web.edition_registry import edition_by_digest
from compliance.web.picture_files import picture_response
from compliance.web.presenters.chart_marks import dot_mark
from compliance.web.presenters.charts import band_class, score_place, verified_score
from compliance.web.presenters.group_charts import (
    axis_numbers,
    band_bar,
    median_place,
    medians,
    participation_bar,
    share_bar,
)
from compliance.web.presenters.invitation_rows import ListView, list_views
from compliance.web.presenters.pictures import CARD, Drawing, Picture, PictureRow, draw_card, draw_picture, plain
from compliance.web.presenters.scores import BandView
from compliance.web.presenters.sector_charts import (
    MOST_LISTED,
    BasesRow,
    ParticipationRow,
    band_rows,
    bases_row,
    lens_median_rows,
    listed_rows,
    named_rows,
    participation_row,
    sector_rows,
    subgroup_rows,
    theme_median_rows,
)
from compliance.web.presenters.status_sentences import citation_note, invitation_note, participation_note
from compliance.web.releases import published_year, snapshot_of
from compliance.web.urls import public_url

bp = Blueprint("sector_pictures", __name__)


@bp.get("/charts/<int(fixed_digits=4):year>/<sector>/<chart>.svg", defaults={"kind": "svg"})
@bp.get("/charts/<int(fixed_digits=4):year>/<sector>/<chart>.png", defaults={"kind": "png"})
@bp.get("/charts/<int(fixed_digits=4):year>/<sector>/<chart>", defaults={"kind": "frame"})
@public
def picture(year: int, sector: str, chart: str, kind: str) -> Response:
    """A chart of the page of a sector, or of all sectors (`all`), as a file, or on a page to be embedded in a frame."""
    snapshot = snapshot_of(published_year(str(year), published_years(db())))
    if sector == ALL_SECTORS:
        page = url_for("sectors.index", period=year)
    else:
        page = url_for("sectors.sector", sector=sector, period=year)
    return picture_response(kind, lambda: _drawn(snapshot, sector, chart, public_url(page)), page, snapshot.seal, chart)


def _drawn(snapshot: PublishedSnapshot, sector: str, chart: str, address: str) -> Drawing:
    """Return a chart of a page; 404 if the page has none of this name."""
    edition = edition_by_digest(snapshot.digest).edition
    if sector == ALL_SECTORS:
        group, title = snapshot.together, _("Sectors %(period)s", period=snapshot.period)
        charts = _charts_of_all(edition, snapshot)
    else:
        try:
            group = snapshot.sector(sector)
        except KeyError:
            abort(404)
        title = _("%(sector)s %(period)s", sector=sector_label(edition, sector), period=snapshot.period)
        charts = _charts_of_sector(edition, snapshot, group)
    drawn = charts[chart]() if chart in charts else None
    if drawn is None or not (drawn.rows or chart == CARD):
        abort(404)
    filled = replace(
        drawn,
        topic=f"{title}: {drawn.topic}" if drawn.topic else title,
        finding=drawn.finding or title,
        sources=_sources(snapshot, group, with_seal=chart != CARD),
        address=address,
    )
    return draw_card(filled) if chart == CARD else draw_picture(filled)


def _sources(snapshot: PublishedSnapshot, group: SectorFigures, *, with_seal: bool) -> tuple[str, ...]:
    """Return the citation: period, edition and date, number of companies, licence, and seal."""
    values = {"period": snapshot.period, "edition": snapshot.edition, "date": long_date(snapshot.as_of)}
    stamp = (
        _("%(period)s, edition %(edition)s (draft), as of %(date)s", **values)
        if snapshot.draft
        else _("%(period)s, edition %(edition)s, as of %(date)s", **values)
    )
    resting = plain(citation_note(group.contributors, group.participation.registered))
    seal = (_("Seal (SHA-256 of the figures):"), f"{snapshot.seal[:16]}.") if with_seal else ()
    invented = (_("Demonstration: every company is invented."),) if snapshot.demonstration else ()
    return f"{stamp}. {resting}", " ".join(("CC BY 4.0.", *seal, *invented))


def _charts_of_all(edition: Edition, snapshot: PublishedSnapshot) -> Mapping[str, Callable[[], Picture]]:
    """Return functions for the charts of the page of all sectors, by name."""
    found = overview_findings(edition, snapshot)
    together = participation_row(edition, snapshot.together)

    def glance() -> Picture:
        rows = sector_rows(edition, snapshot)
        return _by_basis(_("Claimed and evidenced, by sector"), found.less, rows, edition.scale, "evidenced")

    def part() -> Picture:
        rows = [participation_row(edition, group) for group in snapshot.sectors]
        return _participation(snapshot, found, rows)

    def card() -> Picture:
        finding = _words(found.headline or found.nonresponse)
        return Picture(topic="", finding=finding, rows=_participation_rows([together]))

    return {"glance": glance, "part": part, CARD: card, **_invited(list_views(found.lists))}


def _charts_of_sector(
    edition: Edition, snapshot: PublishedSnapshot, group: SectorFigures
) -> Mapping[str, Callable[[], Picture]]:
    """Return functions for the charts of the page of a sector, by name."""
    found = sector_findings(edition, snapshot, group)
    takings = [participation_row(edition, group), participation_row(edition, snapshot.together)]
    scale = edition.scale

    def claimed(topic: str, finding: SectorSentence | None, rows: Sequence[BasesRow]) -> Picture:
        return _by_basis(topic, finding, rows, scale, "claimed")

    def overall(topic: str, finding: SectorSentence | None) -> Picture:
        row = bases_row(group.figure(OVERALL), sector_label(edition, group.sector))
        return _by_basis(topic, finding, [row], scale, "evidenced")

    def law(body: LawBody) -> Picture:
        topic = comma_list([_("Law left out, as claimed"), label_of(LAW_BODY_LABELS, body)])
        how = _(
            "How many companies meet at least half of what is asked under a provision. Listed only where the published "
            "figures prove that it is fewer than half of those asked. The tick marks the half."
        )
        return _shares(edition, topic, found.law[body], group.sector, how)

    def requirements() -> Picture:
        how = _(
            "How many companies meet at least half of a requirement. Listed only where the published figures prove "
            "that it is fewer than half of those asked. The tick marks the half."
        )
        return _shares(edition, _("Gaps that the figures prove, as claimed"), found.requirements, group.sector, how)

    def gaps() -> Picture:
        topic = _("Gaps in corporate responsibility, as claimed")
        return claimed(topic, found.gaps, lens_median_rows(edition, group, GAP_LENS))

    def levels() -> Picture:
        topic = _("Levels of prevention, as claimed")
        return claimed(topic, found.levels, lens_median_rows(edition, group, PREVENTION_LENS))

    def card() -> Picture:
        if not group.shows_scores:
            finding = _words(found.headline or found.nonresponse)
            return Picture(topic="", finding=finding, rows=_participation_rows(takings[:1]))
        drawn = overall("", found.headline or found.evidence)
        named = [replace(row, value=_("evidenced %(score)s", score=row.value)) for row in drawn.rows if row.below_value]
        return replace(drawn, rows=named)

    charts: dict[str, Callable[[], Picture]] = {
        CARD: card,
        "part": lambda: _participation(snapshot, found, takings),
        **_invited(list_views(found.lists)),
    }
    if group.shows_scores:
        charts |= {
            "evid": lambda: overall(_("Claimed and evidenced"), found.evidence),
            **{f"law-{body}": partial(law, body) for body in LAW_BODIES},
            "reqs": requirements,
            "bands": lambda: _bands(edition, group, found.bands),
            "gaps": gaps,
            "prev": levels,
            "themes": lambda: claimed(_("Themes, as claimed"), found.themes, theme_median_rows(edition, group)),
            "regions": lambda: claimed(
                _("By region, as claimed"), found.regions, subgroup_rows(edition, group, "region")
            ),
            "sizes": lambda: claimed(_("By size, as claimed"), found.sizes, subgroup_rows(edition, group, "size")),
        }
    if group.named:
        charts["named"] = partial(_named, edition, group, found)
    return charts


# ── Rows of each kind of chart


def _by_basis(
    topic: str, finding: SectorSentence | None, rows: Sequence[BasesRow], scale: float, first: str
) -> Picture:
    """Return a chart of medians as claimed and as evidenced. `first`: the basis shown first, in large type."""
    drawn = []
    for row in rows:
        of_claimed, of_evidenced = row.claimed.median, row.evidenced.median
        claimed = "" if of_claimed is None else score_range_words(of_claimed)
        evidenced = "" if of_evidenced is None else score_range_words(of_evidenced)
        words = (evidenced, _("claimed %(score)s", score=claimed))
        if first == "claimed":
            words = (claimed, _("evidenced %(score)s", score=evidenced))
        drawn.append(
            PictureRow(
                title=row.title,
                below_title=_companies(row.n),
                value=words[0] if claimed and evidenced else _("withheld"),
                below_value=words[1] if claimed and evidenced else "",
                note=row.note,
                marks=medians(
                    median_place(*row.claimed.middles, scale=scale), median_place(*row.evidenced.middles, scale=scale)
                ),
                height=2.4,
            )
        )
    return Picture(
        topic=topic,
        finding=_words(finding),
        how=_(
            "At least half of the companies score the median or more. Each mark stands in the middle of the range that "
            "holds the median. Lines span the middle half of companies, where there are at least ten. The dashed line "
            "marks half the scale."
        ),
        key=(
            (dot_mark(1, 0.5, 6, "accent dot"), _("evidenced: claims with a quotation or link on file")),
            (dot_mark(1, 0.5, 6, "ring"), _("claimed: what companies say about themselves")),
        ),
        axis=axis_numbers(scale),
        rows=drawn,
    )


def _words(finding: SectorSentence | None) -> str:
    return str(finding or "")


def _companies(n: PublishedCell) -> str:
    if isinstance(n, Suppressed):
        return _("not shown, to protect companies")
    return ngettext("one company", "%(num)s companies", n)


def _participation(
    snapshot: PublishedSnapshot, found: SectorFindings | OverviewFindings, rows: Sequence[ParticipationRow]
) -> Picture:
    how = _(
        "Of the companies that registered for %(period)s. Those that asked to be in no figure are not counted, and "
        "companies that never registered are in none of these figures.",
        period=snapshot.period,
    )
    finding = _words(found.nonresponse) or _("Who answered")
    return Picture(topic=_("Who answered"), finding=finding, how=how, rows=_participation_rows(rows))


def _participation_rows(rows: Iterable[ParticipationRow]) -> list[PictureRow]:
    return [
        PictureRow(
            title=row.title,
            value=published_count_words(row.registered)
            if isinstance(row.registered, Suppressed)
            else _("%(count)s registered", count=published_count_words(row.registered)),
            marks=participation_bar(row.registered, row.scored, row.unscored, row.silent),
            height=1.6,
            note=plain(participation_note(row.registered, row.scored, row.unscored, row.silent, row.rest)),
        )
        for row in rows
    ]


def _invited(lists: Sequence[ListView]) -> dict[str, Callable[[], Picture]]:
    """Return functions for the charts of public lists, by the ids of their headings."""
    return {
        "invited" if place == 1 else f"invited-{place}": partial(_invited_by, one)
        for place, one in enumerate(lists, start=1)
    }


def _invited_by(one: ListView) -> Picture:
    rows = [
        PictureRow(
            title=row.title,
            value=_("%(count)s invited", count=number(row.invited)),
            marks=participation_bar(row.invited, row.answered, row.only_opened, row.unopened),
            height=1.6,
            note=plain(invitation_note(row.answered, row.silent, row.unopened, row.shows_opened)),
        )
        for row in one.rows
    ]
    how = _(
        "Of the companies on the public list “%(list)s”, invited on %(date)s. Those that asked to be in no figure are "
        "not counted.",
        list=one.name,
        date=long_date(one.invited_on),
    )
    topic = _("Who answered: %(list)s", list=one.name)
    finding = _words(one.headline) or _("How many answered is not shown")
    return Picture(topic=topic, finding=finding, how=how, rows=rows)


def _shares(edition: Edition, topic: str, listing: ShareListing, sector: str, how: str) -> Picture:
    """Return a chart of requirements or provisions as the page lists them, in blocks."""
    rows = [
        PictureRow(
            title=row.title,
            below_title=row.note,
            marks=share_bar(row.low, row.high, row.is_exact),
            height=0.9,
            note=str(row.how_many),
            heading=block.order if place == 0 else "",
        )
        for block in listed_rows(edition, listing, sector, MOST_LISTED)
        for place, row in enumerate(block.rows)
    ]
    return Picture(topic=topic, finding=_words(listing.headline), how=how, rows=rows if listing.headline else ())


def _bands(edition: Edition, group: SectorFigures, finding: SectorSentence | None) -> Picture:
    shown = band_rows(edition, group)
    rows = [
        PictureRow(
            title=row.title,
            value=published_count_words(row.count),
            marks=band_bar(row.count, row.part, row.held_part),
            height=1.4,
            note=row.held_words,
            colour=_colour(row.band),
        )
        for row in shown
    ]
    how = _(
        "Number of companies in each band, of %(n)s. Bands with too few companies are joined. A critical requirement "
        "that is not met limits the band, whatever the points.",
        n=published_count_words(group.contributors),
    )
    topic = _("Bands, as claimed")
    return Picture(topic=topic, finding=_words(finding), how=how, rows=rows if finding and len(rows) > 1 else ())


def _named(edition: Edition, group: SectorFigures, found: SectorFindings) -> Picture:
    """Return a chart of companies with verified scores, in the order of their ranks."""
    ranked, _others = named_rows(edition, group, found.named)
    rows = [
        PictureRow(
            title=row.title,
            below_title=" · ".join(
                words
                for words in (
                    _("rank %(range)s", range=row.ranks) if row.ranks else "",
                    row.band.title if row.band else _("no band"),
                )
                if words
            ),
            value=number(row.verified.score),
            below_value=_("%(low)s to %(high)s", low=number(row.verified.worst), high=number(row.verified.best)),
            marks=verified_score(score_place(row.verified.score, row.verified.worst, row.verified.best, edition.scale)),
            height=1.9,
            note=row.cap,
            colour=_colour(row.band),
        )
        for row in ranked
        if row.verified is not None
    ]
    how = _("Verified score, with the least and the most it could be.")
    finding = _words(found.named.headline)
    return Picture(topic=_("Named companies"), finding=finding, how=how, axis=axis_numbers(edition.scale), rows=rows)


def _colour(band: BandView | None) -> str:
    return band_class(band.step, band.steps) if band else "band-none"
