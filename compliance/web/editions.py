"""The editions this installation asks, loaded and compiled once; what does not load stops the start."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flask import Flask, current_app

from compliance.languages.catalogues import LANGUAGES, SOURCE
from compliance.languages.fallback import MARKING, english
from compliance.languages.speaking import language
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition, Form, Question
from compliance.questionnaire.editions import edition_paths, locales_of, questionnaires_folder
from compliance.questionnaire.faults import EditionFaults, Fault
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.locales import is_offered, translated
from compliance.questionnaire.mapping import Rules
from compliance.questionnaire.mapping_file import carries_files, read_carries
from compliance.scoring.plan import Plan, compile_edition
from compliance.store import NotFound
from compliance.web.live import SoFar, live_scores
from compliance.web.pages import Section, questions_about, sections_of
from compliance.web.question_forms import Fields, fields_of

_SHELF, _PLACES, _RULES = "article34_editions", "article34_edition_places", "article34_rules"
#: The words that an address has for something else, so that no theme may be called so.
TAKEN = frozenset({"check", "profile", "scorecard", "scorecard.xlsx", "scorecard.csv", "submitted"})


@dataclass(frozen=True, eq=False)  # one object for each edition, so that what is worked out for it can be remembered
class Asked:
    """One edition as the pages ask it."""

    plan: Plan

    @property
    def edition(self) -> Edition:
        """What is asked."""
        return self.plan.edition

    @cached_property
    def sections(self) -> Mapping[str, Section]:
        """The themes by id, as pages of questions."""
        return {section.id: section for section in sections_of(self.edition)}

    @cached_property
    def about(self) -> tuple[Question, ...]:
        """The questions in no theme: they stand with the profile."""
        return questions_about(self.edition)

    @cached_property
    def fields(self) -> Mapping[str, Fields]:
        """The form fields of every question."""
        return {question.id: fields_of(question) for question in self.edition.questions.values()}

    @cached_property
    def live(self) -> Callable[[AnswerSheet], Mapping[str, SoFar]]:
        """From answers to how the whole and each theme stand."""
        return live_scores(self.plan)


def load_shelf(app: Flask, paths: Sequence[Path] | None = None) -> None:
    """Load every edition that comes with the tool, or those given. Raise EditionFaults with all that is wrong."""
    faults: list[Fault] = []
    shelf: dict[str, Asked] = {}
    places: dict[str, Path] = {}
    for path in paths if paths is not None else edition_paths(questionnaires_folder()):
        try:
            edition = load_edition(path)
        except EditionFaults as broken:
            faults += broken.faults
            continue
        faults += [
            Fault(str(path), 0, f"no theme can have the id {theme.id!r}, a page has that address: give it another")
            for theme in edition.themes
            if theme.id in TAKEN
        ]
        shelf[edition.id], places[edition.id] = Asked(compile_edition(edition)), path
    if faults:
        raise EditionFaults(faults)
    app.extensions[_SHELF], app.extensions[_PLACES] = {(SOURCE, False): shelf}, places
    app.extensions[_RULES] = dict(_rules(shelf, places))


def _rules(shelf: Mapping[str, Asked], places: Mapping[str, Path]) -> Iterator[tuple[tuple[str, str], Rules]]:
    """What carries from one edition of the shelf to another, by their ids. Raise EditionFaults."""
    for edition_id, path in places.items():
        for file in carries_files(path):
            if old := shelf.get(file.stem):
                yield (file.stem, edition_id), read_carries(file, old.edition, shelf[edition_id].edition)


def editions() -> Mapping[str, Asked]:
    """Every edition by id: in the language of the page, or in its own where it is not offered in that one.

    A text that has no translation stands in English, which is marked for a page and is not in a file.
    """
    shelves: dict[tuple[str, bool], Mapping[str, Asked]] = current_app.extensions[_SHELF]
    wanted = (language(), MARKING.get())
    if wanted not in shelves:
        own, places = shelves[SOURCE, False], current_app.extensions[_PLACES]
        shelves |= {(code, wanted[1]): shelf for code, shelf in _in_other_languages(own, places).items()}
    return shelves[wanted]


def _in_other_languages(shelf: Mapping[str, Asked], places: Mapping[str, Path]) -> dict[str, Mapping[str, Asked]]:
    """Every edition in every language. Read once a page in another language is asked for: English waits for none."""
    found: dict[str, dict[str, Asked]] = {code: dict(shelf) for code in LANGUAGES if code != SOURCE}
    for edition_id, asked in shelf.items():
        for locale in locales_of(asked.edition, places[edition_id]):
            if locale.code in found and is_offered(asked.edition, locale):
                found[locale.code][edition_id] = Asked(compile_edition(translated(asked.edition, locale, english)))
    return dict(found)


def rules_between(old: Edition, new: Edition) -> Rules:
    """By which rules answers to one edition carry to another, beside those that carry by themselves."""
    rules: Mapping[tuple[str, str], Rules] = current_app.extensions[_RULES]
    return rules.get((old.id, new.id), {})


def asked_edition(edition_id: str) -> Asked:
    """One edition. Raise NotFound if this installation no longer has it."""
    try:
        return editions()[edition_id]
    except KeyError:
        raise NotFound(f"this installation does not have the edition {edition_id}") from None


def newest_edition() -> Asked:
    """The full edition that a new assessment answers. Raise NotFound where there is none.

    The last one by id that is published, as editions carry their year; while none is, the last draft.
    """
    newest = _newest("full")
    if newest is None:
        raise NotFound("this installation has no full edition")
    return newest


def quick_edition() -> Asked | None:
    """The quick form that visitors answer, chosen in the same way; None where there is none."""
    return _newest("quick")


def _newest(form: Form) -> Asked | None:
    of_form = [asked for asked in editions().values() if asked.edition.form == form]
    return max(of_form, key=lambda asked: (not asked.edition.draft, asked.edition.id), default=None)
