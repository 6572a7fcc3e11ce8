"""The readings of the desk: tasks waiting for an advocate, companies to read about, and campaigns of many readings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Field, StringField
from wtforms.validators import Email, InputRequired, Length, Optional, ValidationError

from compliance.identity.matching import is_lei, normalised_lei
from compliance.identity.names import comparable_name
from compliance.identity.web_domains import is_shared_domain, registrable_domain
from compliance.languages.country_names import read_country_names
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import profile_value_label
from compliance.questionnaire.desk_reading import ReaderPlace
from compliance.questionnaire.edition import PEER_GROUP_FIELD, SIZE_FIELD, Edition
from compliance.store import AlreadyExists, NotFound, invitation_lists
from compliance.store.desk_readings import (
    UNFINISHED,
    DeskReading,
    add_campaign,
    begin_reading,
    campaign,
    campaigns,
    close_campaign,
    desk_readings,
)
from compliance.store.exceptions import ReadingMovedOn
from compliance.store.list_pages import readings_page
from compliance.store.read_companies import CompanyToRead, add_read_company
from compliance.store.reading_documents import DeskReader, readers_by_reading
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.advocate.blueprint import bp
from compliance.web.advocate.waiting import waiting_tasks
from compliance.web.database import db, now
from compliance.web.forms import DayField, choice_or_404, small_number
from compliance.web.list_requests import ListPaging, list_request, list_view
from compliance.web.page_text import lazy as _l
from compliance.web.presenters import ErrorLink
from compliance.web.presenters.desk_views import READER_PLACES, READING_STATES, desk_edition

_TOO_LONG = _l("Use at most 200 characters.")


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A reading in a list."""

    reading: DeskReading
    state: str  # in words
    is_open: bool  # neither published nor given up
    people: Sequence[tuple[str, str]]  # place in words, and name


@dataclass(frozen=True, slots=True)
class ListedReadings:
    """A page of a list of readings."""

    rows: Sequence[ReadingRow]
    view: ListPaging
    state: str  # the state of those listed; "": any
    states: Sequence[tuple[str, str]]  # id and label of each
    url: str  # of the unfiltered list


class CompanyForm(FlaskForm):
    """A company to read about, with its size."""

    name = StringField(
        _l("Name of the company"),
        [
            InputRequired(_l("Enter the name of the company.")),
            Length(max=200, message=_l("Use at most 200 characters.")),
        ],
    )
    country = StringField(_l("Country of its headquarters"), [Length(max=100)])
    website = StringField(_l("Its website"), [Length(max=200)])
    lei = StringField(_l("Legal entity identifier (LEI), if it has one"), [Length(max=40)])
    email = StringField(
        _l("E-mail address for the draft"),
        [Optional(), Email(_l("Enter an e-mail address, such as name@example.org."), allow_smtputf8=False)],
    )
    sector = StringField()
    size = StringField()
    campaign = StringField()

    def validate_name(self, field: Field) -> None:
        """Refuse a name without letters and digits, which could not be compared with other names."""
        if not comparable_name(field.data):
            raise ValidationError(_("Enter the name of the company."))

    def validate_website(self, field: Field) -> None:
        """Refuse anything but an address of the company's own."""
        if (field.data or "").strip():
            domain = registrable_domain(field.data)
            if not domain:
                raise ValidationError(_("Enter a web address, such as www.example.org, or leave this empty."))
            if is_shared_domain(domain):
                words = (
                    "Anybody can have a page at %(domain)s. Enter the organisation’s own address, or leave this empty."
                )
                raise ValidationError(_(words, domain=domain))

    def validate_lei(self, field: Field) -> None:
        """Refuse an invalid LEI."""
        if (field.data or "").strip() and not is_lei(normalised_lei(field.data)):
            raise ValidationError(
                _(
                    "This is not a valid LEI. An LEI has 20 letters and digits, and the last two are check digits. "
                    "Correct it, or leave this empty."
                )
            )

    def validate_country(self, field: Field) -> None:
        """Refuse anything but one country."""
        typed = read_country_names(field.data or "")
        if typed.unknown or len(typed.codes) > 1:
            raise ValidationError(typed.fault or _("Enter one country."))

    @property
    def company(self) -> CompanyToRead:
        """The company, once the form is valid."""
        return CompanyToRead(
            name=str(self.name.data).strip(),
            sector=self.sector.data or "",
            country=next(iter(read_country_names(self.country.data or "").codes), ""),
            website_domain=registrable_domain(self.website.data or ""),
            lei=normalised_lei(self.lei.data or ""),
            email=(self.email.data or "").strip(),
        )


class CampaignForm(FlaskForm):
    """A campaign of readings."""

    title = StringField(_l("Title"), [InputRequired(_l("Enter a title.")), Length(max=200, message=_TOO_LONG)])
    list = StringField()
    due = DayField()


# ── The list


@bp.get("/desk")
@readers("advocate")
def index() -> str:
    """Show all readings, a page at a time, the user's tasks, and the campaigns."""
    return render_template(
        "desk/index.html",
        listed=_listed("desk.index"),
        tasks=waiting_tasks(),
        campaigns=campaigns(db()),
        states=READING_STATES,
        asked=desk_edition(),
    )


def _listed(endpoint: str, campaign_id: int | None = None) -> ListedReadings:
    """Return the requested page of readings, of all or of one campaign."""
    orders = {"name": _("by company"), "latest": _("latest begun first")}
    asked, state = list_request(list(orders)), choice_or_404("state", ("", *READING_STATES), "")
    page = readings_page(db(), asked, state=state, campaign_id=campaign_id)
    people = readers_by_reading(db(), [each.id for each in page.rows])
    where = {"state": state or None} if campaign_id is None else {"state": state or None, "campaign_id": campaign_id}
    return ListedReadings(
        rows=[_row(each, people.get(each.id, {})) for each in page.rows],
        view=list_view(page, asked, orders, endpoint, **where),
        state=state,
        states=[(each, _(words)) for each, words in READING_STATES.items()],
        url=url_for(endpoint) if campaign_id is None else url_for(endpoint, campaign_id=campaign_id),
    )


def _row(reading: DeskReading, people: Mapping[ReaderPlace, DeskReader]) -> ReadingRow:
    named = [(_(READER_PLACES[each.place]), each.name) for each in people.values()]
    return ReadingRow(reading, _(READING_STATES[reading.state]), reading.state in UNFINISHED, named)


# ── Companies


@bp.get("/desk/companies/add")
@readers("advocate")
def company_form() -> str:
    """Show the form for a company to read about."""
    return _company_page(CompanyForm())


@bp.post("/desk/companies/add")
@readers("advocate")
def add_company() -> str | BaseResponse:
    """Add a company, and begin a reading of it, or show the errors of the form."""
    form = CompanyForm()
    asked = desk_edition()
    if asked is None or not form.validate():
        return _company_page(form)
    try:
        company = add_read_company(db(), form.company, by=me().id, at=now())
    except AlreadyExists:
        db().rollback()
        form.name.errors = [_("This company is already on the list, perhaps under another name.")]
        return _company_page(form)
    return _begun(company.id, form.size.data or "", small_number(form.campaign.data))


@bp.post("/desk/companies/<int:company_id>/read")
@readers("advocate")
def read_again(company_id: int) -> BaseResponse:
    """Begin another reading of a company that has none under way, for the same size. Raise NotFound."""
    earlier = desk_readings(db(), company_id=company_id)  # the latest first
    return _begun(company_id, earlier[0].size if earlier else "", None)


def _begun(company_id: int, size: str, campaign_id: int | None) -> BaseResponse:
    asked = desk_edition()
    if asked is None:
        raise NotFound("no edition is here that published texts are read with")
    sizes = asked.complete.profile[SIZE_FIELD].values if SIZE_FIELD in asked.complete.profile else ()
    try:
        number = begin_reading(
            db(),
            company_id,
            asked.complete.id,
            size=size if size in sizes else "",
            campaign_id=campaign_id,
            by=me().id,
            at=now(),
        )
    except AlreadyExists:
        db().rollback()
        flash(_("A reading of this company is under way already."))
        return redirect(url_for("desk.index"))
    db().commit()
    flash(_("The reading has begun. Add its documents, and appoint two readers."))
    return redirect(url_for("desk.reading", reading_id=number))


def _company_page(form: CompanyForm) -> str:
    asked = desk_edition()
    edition = asked.complete if asked else None
    return render_template(
        "desk/company_add.html",
        form=form,
        errors=[ErrorLink(f"f-{name}", str(told[0])) for name, told in form.errors.items() if name != "csrf_token"],
        sectors=_values(edition, PEER_GROUP_FIELD, form.sector.data),
        sizes=_values(edition, SIZE_FIELD, form.size.data),
        campaigns=[
            {"value": each.id, "label": each.title, "own": True, "selected": str(each.id) == form.campaign.data}
            for each in campaigns(db())
            if each.closed_at is None
        ],
    )


def _values(edition: Edition | None, field: str, chosen: str | None) -> list[dict[str, object]]:
    """Return the values of a profile field, as choices."""
    if edition is None or field not in edition.profile:
        return []
    values = edition.profile[field].values
    return [
        {"value": each, "label": profile_value_label(edition, field, each), "selected": each == chosen}
        for each in values
    ]


# ── Campaigns


@bp.get("/desk/campaigns/add")
@readers("advocate")
def campaign_form() -> str:
    """Show the form for a campaign."""
    return _campaign_form(CampaignForm())


@bp.post("/desk/campaigns/add")
@readers("advocate")
def open_campaign() -> str | BaseResponse:
    """Open a campaign, with a reading of each company of a list if one is chosen."""
    form, asked = CampaignForm(), desk_edition()
    wanted = small_number(form.list.data)
    known = {each.id for each in invitation_lists(db())}
    if asked is None or not form.validate() or (wanted is not None and wanted not in known):
        return _campaign_form(form)
    title, due = str(form.title.data), form.due.day
    number = add_campaign(db(), title, asked.complete.id, list_id=wanted, due=due, by=me().id, at=now())
    db().commit()
    flash(_("The campaign is open."))
    return redirect(url_for("desk.one_campaign", campaign_id=number))


@bp.get("/desk/campaigns/<int:campaign_id>")
@readers("advocate")
def one_campaign(campaign_id: int) -> str:
    """Show a campaign: its numbers of readings by state, and each reading. Raise NotFound."""
    shown = campaign(db(), campaign_id)
    return render_template(
        "desk/campaign.html",
        campaign=shown,
        listed=_listed("desk.one_campaign", campaign_id),
        total=sum(shown.states.values()),
        states=[(_(words), shown.states.get(state, 0)) for state, words in READING_STATES.items()],
    )


@bp.post("/desk/campaigns/<int:campaign_id>/close")
@readers("advocate")
def end_campaign(campaign_id: int) -> BaseResponse:
    """Close a campaign to further readings. Raise NotFound."""
    try:
        close_campaign(db(), campaign_id, by=me().id, at=now())
    except ReadingMovedOn:
        db().rollback()
    db().commit()
    flash(_("The campaign is closed. Readings under way continue; no more can be added."))
    return redirect(url_for("desk.one_campaign", campaign_id=campaign_id))


def _campaign_form(form: CampaignForm) -> str:
    return render_template(
        "desk/campaign_add.html",
        form=form,
        errors=[ErrorLink(f"f-{name}", str(told[0])) for name, told in form.errors.items() if name != "csrf_token"],
        lists=[
            {
                "value": each.id,
                "label": f"{each.name} ({each.companies})",
                "own": True,
                "selected": str(each.id) == form.list.data,
            }
            for each in invitation_lists(db())
        ],
    )
