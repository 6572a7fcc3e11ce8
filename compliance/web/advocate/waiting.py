"""What waits at the desk: for the start page of an advocate, and the list of readings."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from flask import url_for

from compliance.questionnaire.desk_reading import ReaderPlace
from compliance.store.desk_answers import undecided_readings
from compliance.store.desk_readings import DeskReading
from compliance.store.reading_documents import DeskReader, kinds_by_reading
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.page_text import own
from compliance.web.page_text import said as _
from compliance.web.presenters import WaitingTask

#: So much is said to wait at a time, what is one's own before what anybody can do.
MOST_WAITING = 12


def waiting_readings(
    found: Sequence[DeskReading], people: Mapping[int, Mapping[ReaderPlace, DeskReader]]
) -> list[WaitingTask]:
    """What of these readings waits for whoever is signed in: to read, to decide, to tell the company, to publish."""
    others = [one for one in found if not _reads(people.get(one.id, {}))]
    own_first = [*(one for one in found if _reads(people.get(one.id, {}))), *others]
    return list(islice(_waiting(own_first, people), MOST_WAITING))


def _waiting(
    found: Sequence[DeskReading], people: Mapping[int, Mapping[ReaderPlace, DeskReader]]
) -> Iterator[WaitingTask]:
    deciding = [each.id for each in found if each.state == "deciding"]
    kinds = kinds_by_reading(db(), deciding) if deciding else {}
    undecided = undecided_readings(db(), deciding) if deciding else ()
    for reading in found:
        taken = people.get(reading.id, {})
        mine = next((each for each in taken.values() if each.person_id == me().id), None)
        company = own(reading.company.name)
        words, where = None, url_for("desk.reading", reading_id=reading.id)
        if reading.state == "reading" and mine and mine.place != "third" and mine.finished_at is None:
            words = _("Read the documents of %(company)s", company=company)
        elif mine and mine.place != "third" and reading.state != "reading":
            continue  # what comes after reading is for others
        elif reading.state == "deciding" and reading.id not in undecided:
            words = _("Tell %(company)s of the draft", company=company)
            where = url_for("hearing.hearing", reading_id=reading.id)
        elif reading.state == "deciding" and mine and mine.place == "third":
            words = _("Decide where the readers of %(company)s differ", company=company)
            where = url_for("desk.comparison", reading_id=reading.id, kind=kinds[reading.id][0])
        elif reading.state == "deciding" and not mine and "third" not in taken:
            words = _("Somebody has to decide where the readers of %(company)s differ", company=company)
        elif reading.state == "reading" and not mine and not {"first", "second"} <= taken.keys():
            words = _("%(company)s needs a reader", company=company)
        elif reading.state == "hearing" and reading.reply_ended_at is not None:
            words = _("%(company)s has nothing more to add: publish the reading", company=company)
            where = url_for("hearing.hearing", reading_id=reading.id)
        elif reading.state == "hearing" and reading.reply_until is not None and reading.reply_until < now().date():
            words = _("The time for %(company)s to reply is over: publish the reading", company=company)
            where = url_for("hearing.hearing", reading_id=reading.id)
        if words is not None:
            yield WaitingTask(words, where)


def _reads(people: Mapping[ReaderPlace, DeskReader]) -> bool:
    return any(each.person_id == me().id for each in people.values())
