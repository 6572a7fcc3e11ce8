"""The choices of what may be published of a company's answers, and exactly what each would publish."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from compliance.disclosure.closing import preview_named_company
from compliance.disclosure.published import NamedCompany
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import sector_label
from compliance.narrative.published_counts import count_if_shown, range_if_shown, score_range_words
from compliance.publication import UNSTATED_SECTOR
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL, PEER_GROUP_FIELD, Edition
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.kept_scorecards import results_digest
from compliance.store import FrozenSubmission
from compliance.web.caches import cached_result
from compliance.web.kept_scorecards import scorecards_of
from compliance.web.presenters.sector_charts import NamedRow, named_row
from compliance.web.releases import latest_snapshot

#: The label of each choice. There is no default: nothing is ever chosen for anybody.
CONSENT_CHOICES: Mapping[str, str] = {
    "private": N_("Keep it to ourselves"),
    "counted": N_("Count us, without our name"),
    "named": N_("Count us, and name us"),
}


def choices_after_closing(submitted: FrozenSubmission) -> tuple[str, ...]:
    """Return the choices left once a year is closed: `named` only if it was chosen for this submission."""
    return tuple(choice for choice in CONSENT_CHOICES if choice != "named" or submitted.consent == "named")


@dataclass(frozen=True, slots=True)
class ConsentChoiceView:
    """A choice and what it would publish; see `parts/consent.html`."""

    value: str
    label: str
    checked: bool
    lines: Sequence[str]
    lead: str = ""
    line: NamedRow | None = None  # of the company, as it would be published by name


def consent_choice_views(
    assessment_id: int, compiled: CompiledEdition, sheet: AnswerSheet, chosen: str
) -> list[ConsentChoiceView]:
    """Return each choice with what it would publish of these answers."""
    edition = compiled.edition

    def preview() -> NamedCompany | None:
        return preview_named_company(sheet.company, *scorecards_of(assessment_id, compiled, sheet, gaps=False).each)

    named = cached_result(preview, "named", sheet.company, results_digest(edition, sheet))
    sector = sector_label(edition, str(sheet.profile.get(PEER_GROUP_FIELD, "")) or UNSTATED_SECTOR)
    counted = [
        _("The counts, medians and bands of your sector, %(sector)s, and of all sectors together.", sector=sector)
        + " "
        + _("Also those of your region and size, where there are enough companies.")
        + " "
        + _("Every figure rests on at least five companies. Your name does not appear in any of them."),
        _published_last(edition, str(sheet.profile.get(PEER_GROUP_FIELD, ""))),
    ]
    if named is None:
        counted = [_("At present there is no score. You are counted as a company that submitted without one.")]
    lines = {
        "private": [_("Nothing. You are not in any figure, nor in the count of companies that took part.")],
        "counted": [line for line in counted if line],
        "named": [_line_on_verdicts(sheet)] if named else [*counted, _("Without a score your name is not shown.")],
    }
    views = [
        ConsentChoiceView(choice, _(words), choice == chosen, lines[choice])
        for choice, words in CONSENT_CHOICES.items()
    ]
    if named is None:
        return views
    lead = _("The same figures, and this line on the page of your sector:")
    row = named_row(edition, named)
    return [replace(view, lead=lead, line=row) if view.value == "named" else view for view in views]


def _line_on_verdicts(sheet: AnswerSheet) -> str:
    if sheet.verdicts:
        return _("Verdicts given before the year is closed can still change this.")
    return _(
        "If an auditor gives verdicts before the year is closed, the verified score and its band are published too."
    )


def choice_views_after_closing(submitted: FrozenSubmission, chosen: str) -> list[ConsentChoiceView]:
    """Return each choice that is left once a year is closed, with its effect on later closings."""
    counted = _("If you submit nothing for a later year, you are counted in that year as silent, without your name.")
    unnamed = _("Your name is removed from anything you submitted for a later year.")
    words = {
        "private": [
            _("From the next closing, you are not in any figure."),
            _("The same applies to anything you submitted for a later year."),
        ],
        "counted": [counted, unnamed],
        "named": [counted, _("What you submitted for a later year keeps the choice you made with it.")],
    }
    return [
        ConsentChoiceView(choice, _(CONSENT_CHOICES[choice]), choice == chosen, words[choice])
        for choice in choices_after_closing(submitted)
    ]


def _published_last(edition: Edition, sector: str) -> str:
    """Return a sentence with the last published median of a sector, as an example; "" if there is none."""
    snapshot: PublishedSnapshot | None = latest_snapshot()
    group = next((g for g in snapshot.sectors if g.sector == sector), None) if snapshot else None
    if snapshot is None or group is None or not group.shows_scores:
        return ""
    figure = group.figure(OVERALL)
    n, median = count_if_shown(figure.n), range_if_shown(figure.claimed.median)
    if n is None or median is None:
        return ""
    return _(
        "Last published: %(sector)s, %(year)s: median %(median)s as claimed, based on %(n)s companies.",
        sector=sector_label(edition, sector),
        year=snapshot.period,
        median=score_range_words(median),
        n=n,
    )
