"""The page of one reading: its documents, its readers, what is still to do, and giving it up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.formats import comma_list, long_date
from compliance.languages.interface_messages import LANGUAGE_NAMES, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import profile_value_label, sector_label
from compliance.questionnaire.desk_reading import BOTH, ReaderPlace
from compliance.questionnaire.edition import SIZE_FIELD
from compliance.store import AlreadyExists, NotFound, members
from compliance.store.desk_answers import AgreedReading, agreed_reading, desk_pages, finish_reading, still_open
from compliance.store.desk_readings import UNFINISHED, desk_readings, stop_reading
from compliance.store.exceptions import ReadingMovedOn
from compliance.store.independence import NotIndependent
from compliance.store.reading_documents import (
    ReadingDocument,
    appoint_reader,
    may_replace,
    remove_reading_document,
    replace_reader,
)
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.advocate.blueprint import OpenedReading, bp, open_reading
from compliance.web.database import db, now
from compliance.web.edition_registry import edition_by_id
from compliance.web.forms import TickField, as_stored, reason_fault, small_number
from compliance.web.page_text import listed, own
from compliance.web.presenters.desk_views import (
    READER_PLACES,
    READING_STATES,
    document_url,
    kind_title,
    minutes_words,
)
from compliance.web.presenters.sign_offs import tie_words


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document of a reading in words."""

    title: str
    about: str  # its kind, day and language
    accessed: str
    public_url: str
    url: str  # where it can be read
    remove_url: str  # "" if the user may not


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place in a reading: first or second reader, or the third person, who decides."""

    place: ReaderPlace
    words: str
    name: str  # "": nobody yet
    is_me: bool
    note: str


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """The progress of one reader on a theme of a kind of document."""

    title: str
    url: str
    asked: int
    done: int


@dataclass(frozen=True, slots=True)
class KindRow:
    """What is to be done for the documents of one kind."""

    title: str
    themes: Sequence[ThemeRow]
    compare_url: str  # "" until both have finished
    differences: int
    undecided: int


@bp.get("/desk/readings/<int:reading_id>")
@readers("advocate")
def reading(reading_id: int) -> str:
    """Show a reading. Raise NotFound or NotIndependent."""
    return _page(open_reading(reading_id))


@bp.post("/desk/readings/<int:reading_id>/readers")
@readers("advocate")
def appoint(reading_id: int) -> BaseResponse:
    """Appoint a person to a place. Raise BadRequest, NotFound or NotIndependent."""
    open_reading(reading_id)
    place, person = _chosen()

    def change() -> str:
        appoint_reader(db(), reading_id, place, person, by=me().id, at=now())
        return _("Saved.")

    return _changed(reading_id, change)


@bp.post("/desk/readings/<int:reading_id>/readers/replace")
@readers("advocate")
def replace(reading_id: int) -> str | BaseResponse:
    """Replace a reader who drops out, with a reason. Raise BadRequest, NotFound or NotIndependent."""
    here = open_reading(reading_id)
    place, person = _chosen()
    why = as_stored(request.form.get("why"))
    if fault := reason_fault(why, _("Say why the reader is replaced.")):
        return _page(here, replace_fault=fault, chosen=(place, person), why=why)

    def change() -> str:
        replace_reader(db(), reading_id, place, person, why, by=me().id, at=now())
        return _("The reader was replaced.")

    return _changed(
        reading_id, change, moved_on=_("Nobody was replaced: this reader has finished, or the reading has moved on.")
    )


def _chosen() -> tuple[ReaderPlace, int]:
    """Return the posted place and person. Raise BadRequest."""
    place = next((each for each in _PLACES if each == request.form.get("place")), None)
    person = small_number(request.form.get("person"))
    if place is None or person is None:
        raise BadRequest
    return place, person


@bp.post("/desk/readings/<int:reading_id>/finish")
@readers("advocate")
def finish(reading_id: int) -> str | BaseResponse:
    """Finish the user's own reading, if it is complete. Raise NotFound or NotIndependent."""
    here = open_reading(reading_id)
    if not here.documents:
        flash(_("There is nothing to read yet. Add a document first."))
        return redirect(url_for("desk.reading", reading_id=reading_id))

    def change() -> str:
        missing = finish_reading(db(), reading_id, here.asked, by=me().id, at=now())
        if missing:
            return ngettext(
                "One point is not complete yet: see below.",
                "%(num)s points are not complete yet: see below.",
                len(missing),
            )
        return _("You have finished.")

    return _changed(reading_id, change)


@bp.post("/desk/readings/<int:reading_id>/stop")
@readers("advocate")
def stop(reading_id: int) -> str | BaseResponse:
    """Give up a reading, with a reason. Raise NotFound or NotIndependent."""
    here = open_reading(reading_id)
    why = as_stored(request.form.get("why"))
    if fault := reason_fault(why, _("Say why the reading is abandoned.")):
        return _page(here, why_fault=fault, why=why)

    def change() -> str:
        stop_reading(db(), reading_id, why, by=me().id, at=now())
        return _("The reading was abandoned.")

    return _changed(reading_id, change)


class RemovalForm(FlaskForm):
    """The confirmation that a document is to be removed."""

    sure = TickField()


@bp.route("/desk/readings/<int:reading_id>/documents/<int:document_id>/remove", methods=["GET", "POST"])
@readers("advocate")
def remove_document(reading_id: int, document_id: int) -> str | BaseResponse:
    """Remove a document that the user has added, if they confirm it. Raise NotFound, NotIndependent, ReadingMovedOn."""
    here, form, fault = open_reading(reading_id), RemovalForm(), ""
    document = here.document(document_id)
    if document.by != me().id:
        raise NotFound(f"no document {document_id} that one has added")
    if not _may_remove(here, document):
        raise ReadingMovedOn("its documents can no longer be changed")

    def change() -> str:
        remove_reading_document(db(), reading_id, document_id, by=me().id, at=now())
        return _("The document was removed, with the passages that were picked in it.")

    if form.validate_on_submit():
        if form.sure.data:
            return _changed(reading_id, change)
        fault = _("Tick the box if you are sure.")
    # A reader is not told what the other has picked.
    picked = desk_pages(db(), reading_id, here.place).passages if here.place in BOTH else ()
    own_passages = sum(each.document == document_id for each in picked)
    about = {"here": here, "document": document, "own_passages": own_passages}
    return render_template("desk/document_remove.html", **about, fault=fault)


def _may_remove(here: OpenedReading, document: ReadingDocument) -> bool:
    return document.by == me().id and here.reading.state == "reading"


_PLACES: tuple[ReaderPlace, ...] = ("first", "second", "third")


def _changed(reading_id: int, change: Callable[[], str], moved_on: str = "") -> BaseResponse:
    """Call `change`, commit, show its message or a refusal, and redirect to the reading."""
    try:
        told = change()
        db().commit()
    except (AlreadyExists, ReadingMovedOn) as refused:
        db().rollback()
        told = (
            _("Somebody else now has this role, or this person already has another role in this reading.")
            if isinstance(refused, AlreadyExists)
            else moved_on or _("The reading has moved on, so this can no longer be done.")
        )
    except NotIndependent as tied:
        db().rollback()
        told = _("This person %(why)s, and so cannot take part in this reading.", why=tie_words(tied.tie))
    flash(told)
    return redirect(url_for("desk.reading", reading_id=reading_id))


#: The place and person chosen in a form with an error. In a new form, the user is preselected.
_Chosen = tuple[ReaderPlace | None, int]


def _page(
    here: OpenedReading, why_fault: str = "", replace_fault: str = "", chosen: _Chosen | None = None, why: str = ""
) -> str:
    in_place, person = chosen or (None, me().id)
    company = here.reading.company
    edition = edition_by_id(here.reading.edition_id).complete
    agreed = agreed_reading(db(), here.reading.id, here.asked) if here.compares else None
    taken = {each.person_id for each in here.readers.values()}
    free, replaced = _free_places(here), _replaceable_places(here)
    known = members(db(), role="advocate") if free or replaced else ()
    advocates = [each for each in known if each.active and each.id not in taken]
    about = [sector_label(edition, company.sector)] if company.sector else []
    if here.reading.size:
        about.append(_("%(size)s people", size=profile_value_label(edition, SIZE_FIELD, here.reading.size)))
    return render_template(
        "desk/reading.html",
        here=here,
        company=company,
        state=_(READING_STATES[here.reading.state]),
        about=about,
        edition=edition,
        documents=[_document_row(here, each) for each in here.documents],
        places=[_place_row(here, place) for place in _PLACES],
        free=[{"value": place, "label": _(READER_PLACES[place])} for place in free],
        replaced=[
            {
                "value": place,
                "label": f"{_(READER_PLACES[place])} ({here.readers[place].name})",
                "selected": place == in_place,
            }
            for place in replaced
        ],
        advocates=[
            {"value": each.id, "label": each.name, "own": True, "selected": each.id == person} for each in advocates
        ],
        kinds=_kind_rows(here, agreed),
        agreed=agreed,
        is_open=here.reading.state in UNFINISHED,
        may_read_again=_may_read_again(here),
        why_fault=why_fault,
        replace_fault=replace_fault,
        why=why,
    )


def _may_read_again(here: OpenedReading) -> bool:
    """Tell if no reading of the company is under way."""
    if here.reading.state in UNFINISHED:
        return False
    return all(each.state not in UNFINISHED for each in desk_readings(db(), company_id=here.reading.company.id))


def _free_places(here: OpenedReading) -> list[ReaderPlace]:
    offered = _PLACES if here.reading.state == "reading" else _PLACES[2:] if here.reading.state == "deciding" else ()
    return [place for place in offered if place not in here.readers]


def _replaceable_places(here: OpenedReading) -> list[ReaderPlace]:
    """Return the places that can be given to other people, without revealing that another reader has finished."""
    while_read = here.reading.state == "reading"
    offered = _PLACES if while_read else _PLACES[2:] if here.reading.state in UNFINISHED else ()
    if here.reads and not here.writes:
        return []
    return [place for place in may_replace(here.readers, me().id) if place in offered]


def _document_row(here: OpenedReading, document: ReadingDocument) -> DocumentRow:
    said = document.said
    about = [kind_title(here.reading, said.kind)]
    about += [_("dated %(day)s", day=long_date(said.dated))] if said.dated else []
    about += [own(LANGUAGE_NAMES[said.language])] if said.language in LANGUAGE_NAMES else []
    about += [_("an extract")] if said.is_extract else []
    return DocumentRow(
        said.title,
        listed(about),
        long_date(said.accessed),
        said.url,
        document_url(document),
        url_for("desk.remove_document", reading_id=here.reading.id, document_id=document.id)
        if _may_remove(here, document)
        else "",
    )


def _place_row(here: OpenedReading, place: ReaderPlace) -> PlaceRow:
    reader = here.readers.get(place)
    if reader is None:
        note = _("Can be appointed later.") if place == "third" else ""
        return PlaceRow(place, _(READER_PLACES[place]), "", is_me=False, note=note)
    is_me = reader.person_id == me().id
    note = ""
    # A reader is not told how far the other one is, or how long it took them.
    if (is_me or here.compares) and place != "third":
        done = [_("finished on %(day)s", day=long_date(reader.finished_at))] if reader.finished_at else []
        note = comma_list([*done, minutes_words(reader.seconds)])
    return PlaceRow(place, _(READER_PLACES[place]), reader.name, is_me, note)


def _kind_rows(here: OpenedReading, agreed: AgreedReading | None) -> list[KindRow]:
    """Return, by kind of document, the progress of the reader, or the differences between the two."""
    if here.place is None:
        return []
    pages = agreed.pages[here.place] if agreed else desk_pages(db(), here.reading.id, here.place)
    missing = {(each.kind, each.question) for each in still_open(pages, here.asked)}
    number, rows = here.reading.id, []
    for kind, asked in here.asked.items():
        found = agreed.kinds[kind] if agreed else None
        themes = []
        for theme in asked.edition.themes if here.reads else ():
            of_theme = {question.id for question in theme.questions()}
            own = [question.id for question in asked.asked(pages.answers.get(kind, {})) if question.id in of_theme]
            if own:
                done = sum((kind, question) not in missing for question in own)
                url = url_for("desk.answers", reading_id=number, kind=kind, theme=theme.id)
                themes.append(ThemeRow(theme.title, url, len(own), done))
        rows.append(
            KindRow(
                kind_title(here.reading, kind),
                themes,
                url_for("desk.comparison", reading_id=number, kind=kind) if found else "",
                len(found.differences) if found else 0,
                len(found.undecided) if found else 0,
            )
        )
    return rows
