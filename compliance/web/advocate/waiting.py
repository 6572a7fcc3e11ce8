"""Tasks at the desk, for the start page of an advocate and the list of readings."""

from collections.abc import Iterator, Sequence

from flask import url_for

from compliance.store.reading_documents import WaitingReading, kinds_by_reading, waiting_readings
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.page_text import own
from compliance.web.page_text import said as _
from compliance.web.presenters import WaitingTask

#: How many tasks are shown at once, the user's own before those that anybody can do.
MOST_WAITING = 12


def waiting_tasks() -> list[WaitingTask]:
    """Return the tasks of the person signed in: to read, to decide, to tell the company, to publish."""
    return list(_tasks(waiting_readings(db(), me().id, today=now().date(), most=MOST_WAITING)))


def _tasks(found: Sequence[WaitingReading]) -> Iterator[WaitingTask]:
    deciding = [each.reading.id for each in found if each.is_undecided and each.place == "third"]
    kinds = kinds_by_reading(db(), deciding) if deciding else {}
    for each in found:
        reading, company = each.reading, own(each.reading.company.name)
        where = url_for("desk.reading", reading_id=reading.id)
        if reading.state == "reading" and each.place:
            words = _("Read the documents of %(company)s", company=company)
        elif reading.state == "reading":
            words = _("%(company)s needs a reader", company=company)
        elif reading.state == "deciding" and not each.is_undecided:
            words = _("Send the draft to %(company)s", company=company)
            where = url_for("hearing.hearing", reading_id=reading.id)
        elif reading.state == "deciding" and each.place:
            words = _("Decide where the readers of %(company)s differ", company=company)
            where = url_for("desk.comparison", reading_id=reading.id, kind=kinds[reading.id][0])
        elif reading.state == "deciding":
            words = _("Somebody has to decide where the readers of %(company)s differ", company=company)
        elif reading.reply_ended_at is not None:
            words = _("%(company)s has nothing more to add: publish the reading", company=company)
            where = url_for("hearing.hearing", reading_id=reading.id)
        else:
            words = _("The time for %(company)s to reply is over: publish the reading", company=company)
            where = url_for("hearing.hearing", reading_id=reading.id)
        yield WaitingTask(words, where)
