"""The law behind a requirement, each provision with whom it binds and whether its wording was checked."""

from dataclasses import dataclass

from compliance.languages.speaking import gettext as _
from compliance.languages.words import AUTHORITIES, MARKS, cited, word
from compliance.questionnaire.edition import Edition, Node


@dataclass(frozen=True, slots=True)
class Behind:
    """One provision as it is shown beside what it asks for: texts ready to show."""

    id: str
    title: str  # "CRC art. 34"; the id where the catalogue is not at hand
    authority: str  # whom it binds; empty where the catalogue is not at hand
    mark: str  # how its wording was checked; never left out where there is a catalogue
    paraphrase: str


def law_behind(edition: Edition, requirement: Node | None) -> tuple[Behind, ...]:
    """The provisions that a requirement rests on, in its order; none where there is no requirement."""
    return tuple(_behind(edition, provision) for provision in (requirement.law if requirement else ()))


def provision_title(edition: Edition, provision_id: str) -> str:
    """A provision as a margin names it, `CRC art. 34`; its id where the catalogue is not at hand."""
    if provision_id not in edition.provisions:
        return provision_id
    instrument = edition.instrument_of[provision_id]
    return f"{instrument.short or instrument.title} {cited(edition.provisions[provision_id].provision)}"


def behind_words(behind: Behind) -> str:
    """A provision in one line, with its marks: `CRC art. 34 (Binds States; Wording checked)`."""
    if not behind.mark:
        return behind.title
    return _(
        "%(provision)s (%(authority)s; %(mark)s)",
        provision=behind.title,
        authority=behind.authority,
        mark=behind.mark,
    )


def _behind(edition: Edition, provision_id: str) -> Behind:
    provision = edition.provisions.get(provision_id)
    if provision is None:
        return Behind(provision_id, provision_id, "", "", "")
    return Behind(
        id=provision_id,
        title=provision_title(edition, provision_id),
        authority=word(AUTHORITIES, provision.authority),
        mark=word(MARKS, provision.mark),
        paraphrase=provision.paraphrase,
    )
