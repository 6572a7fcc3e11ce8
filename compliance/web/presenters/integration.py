"""The reading of integration as a view model: a row for each measure, a cell for each basis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from compliance.languages.formats import percent
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import lens_value_label
from compliance.narrative.scorecard_headlines import (
    integration_headline,
    integration_label,
    integration_sentence,
    uncovered_values,
)
from compliance.questionnaire.edition import PREVENTION_LENS, Edition
from compliance.scoring.integration import Integration, Integrations
from compliance.scoring.scorecard import Scorecard


@dataclass(frozen=True, slots=True)
class IntegrationReadingView:
    """The reading of integration on one basis besides the first."""

    title: str
    headline: str
    sentence: str


@dataclass(frozen=True, slots=True)
class IntegrationRow:
    """A measure of integration, with a cell for each basis."""

    title: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IntegrationView:
    """The reading of integration; see `parts/integration.html`."""

    headline: str
    sentence: str
    others: tuple[IntegrationReadingView, ...]
    columns: list[str]  # the bases
    rows: tuple[IntegrationRow, ...]


def integration_view(cards: Sequence[tuple[str, Scorecard]]) -> IntegrationView | None:
    """The reading on each basis, under its name; the first one makes the headline. None: the edition has none."""
    shown = [(name, card, card.integration) for name, card in cards if card.integration is not None]
    if not shown:
        return None
    edition = shown[0][1].edition
    read = [
        (name, found, integration_sentence(edition, found, uncovered_values(card, PREVENTION_LENS)))
        for name, card, found in shown
    ]
    _name, first, sentence = read[0]
    return IntegrationView(
        headline=integration_headline(first),
        sentence=sentence,
        others=tuple(IntegrationReadingView(name, integration_headline(found), said) for name, found, said in read[1:]),
        columns=[name for name, _found, _said in read],
        rows=_rows(edition, [found for _name, found, _said in read]) if first.now else (),
    )


def _rows(edition: Edition, read: Sequence[Integrations]) -> tuple[IntegrationRow, ...]:
    """A row a measure, with a cell for each basis."""
    levels = list(dict.fromkeys(level for found in read if found.now for level in found.now.levels))
    measures: list[tuple[str, Callable[[Integration], str]]] = [
        (_("Reading"), integration_label),
        (_("Fields filled"), lambda found: _filled_of_cells(found.filled, len(found.cells))),
        *((lens_value_label(edition, PREVENTION_LENS, level), _level_counter(level)) for level in levels),
        (_("Filled fields that act after harm only"), lambda found: percent(found.late)),
        (_("Joined"), lambda found: percent(found.joined) if found.joined is not None else _("not asked")),
    ]
    worst = tuple(_cell(integration_label, found.worst) for found in read)
    best = tuple(_cell(integration_label, found.best) for found in read)
    return (
        *(IntegrationRow(title, tuple(_cell(say, found.now) for found in read)) for title, say in measures),
        IntegrationRow(_("If all that is open turns out badly"), worst),
        IntegrationRow(_("If all that is open turns out well"), best),
    )


def _cell(say: Callable[[Integration], str], found: Integration | None) -> str:
    return say(found) if found is not None else _("no reading")


def _level_counter(level: str) -> Callable[[Integration], str]:
    return lambda found: _filled_of_cells(*found.levels.get(level, (0, 0)))


def _filled_of_cells(filled: int, cells: int) -> str:
    return _("%(filled)s of %(cells)s", filled=filled, cells=cells) if cells else _("not asked")
