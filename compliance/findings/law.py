"""The law behind a requirement, each provision with whom it binds and whether its wording was checked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from compliance.languages.formats import day
from compliance.languages.speaking import gettext as _
from compliance.languages.words import AUTHORITIES, MARKS, cited, field_words, word
from compliance.questionnaire.binding import Verdict, verdict
from compliance.questionnaire.edition import PROFILE, Edition, Node
from compliance.questionnaire.facts import CUSTOMERS, Facts
from compliance.questionnaire.law import Outcome, Provision


@dataclass(frozen=True, slots=True)
class Binding:
    """Whom a provision binds, as one company is told, or in general: in a word or two, and why."""

    label: str  # "May bind you"; "Binds States"
    because: str = ""  # why, or the fact that is missing, as a question; in general: which companies
    outcome: Outcome | Literal["", "general"] = ""  # "": no law that binds companies; general: no company is known


@dataclass(frozen=True, slots=True)
class Behind:
    """One provision as it is shown beside what it asks for: texts ready to show."""

    id: str
    title: str  # "CRC art. 34"; the id where the catalogue is not at hand
    authority: str  # whom it binds; empty where the catalogue is not at hand
    mark: str  # how its wording was checked; never left out where there is a catalogue
    paraphrase: str
    because: str = ""  # why it binds or may bind


def law_behind(edition: Edition, requirement: Node | None, facts: Facts | None = None) -> tuple[Behind, ...]:
    """The provisions that a requirement rests on, in its order; none where there is no requirement.

    `facts`: of the company that is told; None: no company is known.
    """
    return tuple(_behind(edition, provision, facts) for provision in (requirement.law if requirement else ()))


def binding(edition: Edition, provision: Provision, facts: Facts | None) -> Binding:
    """Whom a provision binds. `facts`: of the company that is told; None: in general."""
    if provision.authority != "company":
        return Binding(word(AUTHORITIES, provision.authority))
    instrument = edition.instrument_of[provision.id]
    if facts is None:
        return Binding(word(AUTHORITIES, provision.authority), instrument.reach_of(provision), "general")
    found = verdict(instrument, provision, facts)
    return Binding(_label(found), _because(edition, found, facts), found.outcome)


def binding_words(found: Binding) -> str:
    """Whom a provision binds and why, in one line."""
    if not found.because:
        return found.label
    return _("%(label)s: %(because)s", label=found.label, because=found.because)


def named_law(edition: Edition, law: Iterable[str], facts: Facts | None = None) -> list[str]:
    """Provisions by name; of those that bind companies, in brackets, whether they bind this one."""
    return [_named(edition, provision_id, facts) for provision_id in law]


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
        authority=binding_words(Binding(behind.authority, behind.because)).removesuffix("."),
        mark=behind.mark,
    )


def _named(edition: Edition, provision_id: str, facts: Facts | None) -> str:
    title, provision = provision_title(edition, provision_id), edition.provisions.get(provision_id)
    if facts is None or provision is None or provision.authority != "company":
        return title
    return _("%(provision)s (%(authority)s)", provision=title, authority=binding(edition, provision, facts).label)


def _behind(edition: Edition, provision_id: str, facts: Facts | None) -> Behind:
    provision = edition.provisions.get(provision_id)
    if provision is None:
        return Behind(provision_id, provision_id, "", "", "")
    found = binding(edition, provision, facts)
    return Behind(
        id=provision_id,
        title=provision_title(edition, provision_id),
        authority=found.label,
        mark=word(MARKS, provision.mark),
        paraphrase=provision.paraphrase,
        because=found.because,
    )


def _label(found: Verdict) -> str:
    if found.outcome == "not":
        return _("Does not bind you")
    if found.start is None:
        return _("Binds you") if found.outcome == "binds" else _("May bind you")
    start = day(found.start)
    if found.outcome == "binds":
        return _("Will bind you from %(day)s", day=start)
    return _("May bind you from %(day)s", day=start)


def _because(edition: Edition, found: Verdict, facts: Facts) -> str:
    """Why; what is missing as the questions that ask for it."""
    if found.missing:
        asked = " ".join(_question(edition, missing, facts) for missing in found.missing)
        return _("It depends on what you have not answered yet. %(questions)s", questions=asked)
    if found.rule is None:
        return _("It has not been worked out yet which companies it reaches.")
    if found.rule.group:
        return _("%(reason)s This holds unless your group as a whole is large enough.", reason=found.rule.text)
    return found.rule.text


def _question(edition: Edition, missing: str, facts: Facts) -> str:
    """The question that asks for a missing fact. Of many customers only the largest countries are named."""
    if missing == CUSTOMERS and facts.of("customers_in"):
        return _("Do you have customers in countries other than those you named?")
    if missing.startswith(PROFILE):
        return field_words(missing.removeprefix(PROFILE))
    question = edition.questions.get(missing)
    return question.ask if question else missing
