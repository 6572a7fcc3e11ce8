"""The edition registry: the editions of this installation, loaded and compiled once, by id, form or digest.

An edition that does not load prevents the start. Editions that were submitted to or published earlier are read from
the store by digest, with the law of the current catalogue.

The provisional score of a draft, and its routes, depend only on edition and answers; the last few of each are cached.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TypeAlias

from flask import Flask, current_app

from compliance.languages.formats import sort_key
from compliance.languages.glossary import DEFINED_WORDS
from compliance.languages.interface_messages import (
    LANGUAGES,
    MARKS_FALLBACKS,
    SOURCE_LANGUAGE,
    current_language,
    gettext,
    in_language,
    marked_english,
)
from compliance.languages.labels import localised_citation, sector_label
from compliance.questionnaire.answer_mapping import MappingRules, mapping_files, read_mapping
from compliance.questionnaire.answers import Answer, AnswerSheet
from compliance.questionnaire.crosswalk import Crosswalk, crosswalks_folder, read_crosswalks, with_texts
from compliance.questionnaire.edition import OVERALL, Edition, EditionForm, Question
from compliance.questionnaire.edition_companions import locales_of
from compliance.questionnaire.edition_folder import edition_paths, editions_folder
from compliance.questionnaire.faults import EditionFaults, Fault, FaultCollector
from compliance.questionnaire.loader import edition_from_canonical, load_edition
from compliance.questionnaire.locales import is_offered, translate_edition
from compliance.questionnaire.phrasings import read_phrasings
from compliance.questionnaire.portions import portions_by_choice, with_chosen
from compliance.questionnaire.routing import Route, route_questions
from compliance.questionnaire.search import SearchEntry, SearchIndex, edition_entries
from compliance.scoring.compiled_edition import CompiledEdition, compile_edition
from compliance.scoring.score import Scores, score
from compliance.scoring.standing import ScoreWithBounds, by_choice_bounds, overall_bounds, part_bounds
from compliance.store import FrozenSubmission, NotFound, edition_json
from compliance.web.answer_forms import FormFields, form_fields
from compliance.web.database import db
from compliance.web.pagination import QuestionPlace, Section, asked_tables, places_of, questions_about, sections_of

#: How many sheets each process keeps the score of.
CACHED_SHEETS = 512

FrozenAnswers: TypeAlias = tuple[tuple[tuple[str, str | float], ...], tuple[tuple[str, Answer], ...]]


def provisional_scores(compiled: CompiledEdition) -> Callable[[AnswerSheet], Mapping[str, ScoreWithBounds]]:
    """Return a function from an answer sheet to its scores: `overall` and each theme, as claimed."""

    @lru_cache(maxsize=CACHED_SHEETS)
    def remembered(frozen: FrozenAnswers) -> Mapping[str, ScoreWithBounds]:
        profile, answers = frozen
        return _provisional_scores(score(compiled, [AnswerSheet("", dict(profile), dict(answers))]))

    def so_far(sheet: AnswerSheet) -> Mapping[str, ScoreWithBounds]:
        return remembered(_frozen(sheet))

    return so_far


def _frozen(sheet: AnswerSheet) -> FrozenAnswers:
    """Return the parts of a sheet that affect routes or claimed scores, as a key."""
    return tuple(sheet.profile.items()), tuple(sheet.answers.items())


def _provisional_scores(scores: Scores) -> Mapping[str, ScoreWithBounds]:
    themes = (theme.id for theme in scores.compiled.edition.themes if theme.id in scores.results)
    return {OVERALL: overall_bounds(scores), **{theme: part_bounds(scores, theme) for theme in themes}}


_REGISTRY, _PATHS, _RULES = "article34_editions", "article34_edition_places", "article34_rules"
_CROSSWALKS = "article34_crosswalks"
#: Words that addresses use for other pages, so that no theme may have them as its id.
RESERVED_THEME_IDS = frozenset(
    {
        *("board", "check", "profile", "scorecard", "scorecard.xlsx", "scorecard.csv"),
        *("questionnaire", "questionnaire.xlsx", "search", "start", "submitted", "workbooks"),
        *("mirror", "passages"),
    }
)


@dataclass(frozen=True, eq=False)  # one object for each edition, so that results for it can be cached
class ServedEdition:
    """One edition as served on pages. Questions by choice have a score of their own and change no other."""

    compiled: CompiledEdition
    complete: Edition  # with the questions by choice
    edition: Edition  # as it is asked: the main part, or also what a company chose
    chosen: frozenset[str] = frozenset()  # the portions by choice that are asked

    def asked_with(self, chosen: str) -> "ServedEdition":
        """Return the edition as it is asked of a company that chose these portions, joined by "|"."""
        wanted = frozenset(chosen.split("|")) & frozenset(portions_by_choice(self.complete))
        if wanted not in self._asked:
            self._asked[wanted] = replace(self, edition=with_chosen(self.complete, wanted), chosen=wanted)
        return self._asked[wanted]

    @cached_property
    def _asked(self) -> dict[frozenset[str], "ServedEdition"]:
        return {}

    def scores_by_choice(self, sheet: AnswerSheet) -> Mapping[str, ScoreWithBounds]:
        """Return the score of each chosen portion, in the order of the lens. It affects no other score."""
        chosen = (portion for portion in portions_by_choice(self.complete) if portion in self.chosen)
        found = ((portion, by_choice_bounds(self.complete, sheet, values=(portion,))) for portion in chosen)
        return {portion: bounds for portion, bounds in found if bounds is not None}

    @cached_property
    def sections(self) -> Mapping[str, Section]:
        """The themes by id, as pages of questions."""
        return {section.id: section for section in sections_of(self.edition)}

    @cached_property
    def questions_outside_themes(self) -> tuple[Question, ...]:
        """The questions outside all themes, which are asked with the profile."""
        return questions_about(self.edition)

    @cached_property
    def naming_priority_countries(self) -> frozenset[str]:
        """The ids of the questions that mention priority countries in English, in which every edition is written."""
        texts = {
            q.id: " ".join((q.ask, q.help, *(o.text for o in q.options))) for q in self.complete.questions.values()
        }
        return frozenset(question for question, text in texts.items() if "priority countr" in text)

    @cached_property
    def search_index(self) -> SearchIndex:
        """The index of everything in the edition, in its own language, and of the defined words."""
        with in_language(self.complete.language):
            words = (
                SearchEntry("term", anchor, (gettext(defined.word),), (gettext(defined.means),))
                for anchor, defined in DEFINED_WORDS.items()
            )
            return SearchIndex([*edition_entries(self.complete, localised_citation), *words])

    @cached_property
    def form_fields(self) -> Mapping[str, FormFields]:
        """The form fields of every question."""
        return {question.id: form_fields(question) for question in self.edition.questions.values()}

    @cached_property
    def routes(self) -> Callable[[AnswerSheet], Mapping[str, Route]]:
        """A function from an answer sheet to the route of every question."""

        @lru_cache(maxsize=CACHED_SHEETS)
        def remembered(frozen: FrozenAnswers) -> Mapping[str, Route]:
            profile, answers = frozen
            return route_questions(self.edition, AnswerSheet("", dict(profile), dict(answers)))

        return lambda sheet: remembered(_frozen(sheet))

    @cached_property
    def places(self) -> Callable[[AnswerSheet], Mapping[str, QuestionPlace]]:
        """A function from an answer sheet to the theme and page of each question."""

        @lru_cache(maxsize=CACHED_SHEETS)
        def remembered(frozen: FrozenAnswers) -> Mapping[str, QuestionPlace]:
            profile, answers = frozen
            routes = self.routes(AnswerSheet("", dict(profile), dict(answers)))
            return places_of(self.sections.values(), routes, asked_tables(self.edition, routes))

        return lambda sheet: remembered(_frozen(sheet))

    @cached_property
    def provisional_scores(self) -> Callable[[AnswerSheet], Mapping[str, ScoreWithBounds]]:
        """A function from an answer sheet to its scores: `overall` and each theme."""
        return provisional_scores(self.compiled)


def _served(edition: Edition) -> ServedEdition:
    compiled = compile_edition(edition)
    return ServedEdition(compiled, edition, compiled.edition)


def init_edition_registry(app: Flask, paths: Sequence[Path] | None = None) -> None:
    """Load the editions of the tool, or those given, and the crosswalks beside them.

    Raise EditionFaults with all faults.
    """
    faults: list[Fault] = []
    registry: dict[str, ServedEdition] = {}
    places: dict[str, Path] = {}
    for path in paths if paths is not None else edition_paths(editions_folder()):
        try:
            edition = load_edition(path)
        except EditionFaults as broken:
            faults += broken.faults
            continue
        faults += [
            Fault(str(path), 0, f"no theme can have the id {theme.id!r}, a page has that address: give it another")
            for theme in edition.themes
            if theme.id in RESERVED_THEME_IDS
        ]
        spoken = replace(edition, phrasings=read_phrasings(edition, path).texts)
        registry[edition.id], places[edition.id] = _served(spoken), path
    crosswalks = FaultCollector()
    folders = dict.fromkeys(folder for path in places.values() if (folder := crosswalks_folder(path)))
    app.extensions[_CROSSWALKS] = [each for folder in folders for each in read_crosswalks(folder, crosswalks)]
    faults += crosswalks.faults
    if faults:
        raise EditionFaults(faults)
    app.extensions[_REGISTRY], app.extensions[_PATHS] = {(SOURCE_LANGUAGE, False): registry}, places
    app.extensions[_RULES] = dict(_answer_mappings(registry, places))


def _answer_mappings(
    registry: Mapping[str, ServedEdition], places: Mapping[str, Path]
) -> Iterator[tuple[tuple[str, str], MappingRules]]:
    """Yield the mapping rules between editions of the registry, by their ids. Raise EditionFaults."""
    for edition_id, path in places.items():
        for file in mapping_files(path):
            if old := registry.get(file.stem):
                yield (file.stem, edition_id), read_mapping(file, old.complete, registry[edition_id].complete)


def editions() -> Mapping[str, ServedEdition]:
    """Return every edition by id, in the language of the page, or in its own if it is not offered in that one.

    A text without a translation is in English, which is marked on a page but not in a file.
    """
    registries: dict[tuple[str, bool], Mapping[str, ServedEdition]] = current_app.extensions[_REGISTRY]
    wanted = (current_language(), MARKS_FALLBACKS.get())
    if wanted not in registries:
        own, places = registries[SOURCE_LANGUAGE, False], current_app.extensions[_PATHS]
        registries |= {(code, wanted[1]): registry for code, registry in _in_other_languages(own, places).items()}
    return registries[wanted]


def _in_other_languages(
    registry: Mapping[str, ServedEdition], places: Mapping[str, Path]
) -> dict[str, Mapping[str, ServedEdition]]:
    """Return every edition in every language. They are read for the first page in another language than English."""
    found: dict[str, dict[str, ServedEdition]] = {code: dict(registry) for code in LANGUAGES if code != SOURCE_LANGUAGE}
    for edition_id, asked in registry.items():
        for locale in locales_of(asked.complete, places[edition_id]):
            if locale.code in found and is_offered(asked.complete, locale):
                found[locale.code][edition_id] = _served(translate_edition(asked.complete, locale, marked_english))
    return dict(found)


def crosswalks_about(edition: Edition) -> list[Crosswalk]:
    """Return the crosswalks about an edition, with their texts in the original."""
    kept: Iterable[Crosswalk] = current_app.extensions[_CROSSWALKS]
    return [each for each in kept if each.is_about(edition)]


def crosswalks_to(edition: Edition) -> Mapping[str, Crosswalk]:
    """Return the crosswalks about an edition, by id. Their texts are English, which is marked on a page."""
    return {each.id: with_texts(each, marked_english) for each in crosswalks_about(edition)}


def answer_mapping_between(old: Edition, new: Edition) -> MappingRules:
    """Return the rules that map answers from one edition to another, beside answers that map without a rule."""
    rules: Mapping[tuple[str, str], MappingRules] = current_app.extensions[_RULES]
    return rules.get((old.id, new.id), {})


def edition_by_id(edition_id: str) -> ServedEdition:
    """Return an edition. Raise NotFound if this installation does not have it."""
    try:
        return editions()[edition_id]
    except KeyError:
        raise NotFound(f"this installation does not have the edition {edition_id}") from None


def is_quick_check(edition_id: str) -> bool:
    """Tell whether this is the id of a quick check of this installation."""
    served = editions().get(edition_id)
    return served is not None and served.edition.form == "quick"


def naming_priority_countries(edition: Edition) -> frozenset[str]:
    """Return the ids of the questions that mention priority countries, or none if the edition is no longer here."""
    in_english: Mapping[str, ServedEdition] = current_app.extensions[_REGISTRY][SOURCE_LANGUAGE, False]
    served = in_english.get(edition.id)
    return served.naming_priority_countries if served else frozenset()


def newest_edition() -> ServedEdition:
    """Return the full edition that a new assessment answers. Raise NotFound if there is none.

    It is the last published one by id, as ids contain the year, or else the last draft. A cut is used only if there is
    nothing else.
    """
    newest = _newest("full")
    if newest is None:
        raise NotFound("this installation has no full edition")
    return newest


def quick_edition() -> ServedEdition | None:
    """Return the quick form that visitors answer, chosen in the same way, or None if there is none."""
    return _newest("quick")


def _newest(form: EditionForm) -> ServedEdition | None:
    of_form = [asked for asked in editions().values() if asked.edition.form == form]
    return max(of_form, key=_precedence, default=None)


def _precedence(asked: ServedEdition) -> tuple[bool, bool, str]:
    return not asked.edition.cut_of, not asked.edition.draft, asked.edition.id


_BY_DIGEST = "article34_kept_editions"


def edition_by_digest(digest: str) -> ServedEdition:
    """Return the edition with a digest: as served now, or as it was stored. Raise NotFound.

    Its law is that of the current catalogue. Its tables and the labels of profile, lenses and kinds of document were
    not stored with it: they are taken from the current edition with its id, or else from the newest.
    """
    for asked in editions().values():
        if asked.edition.digest == digest:
            return asked
    kept: dict[tuple[str, str, bool], ServedEdition] = current_app.extensions.setdefault(_BY_DIGEST, {})
    wanted = (digest, current_language(), MARKS_FALLBACKS.get())
    if wanted not in kept:
        newest = newest_edition().edition
        edition = edition_from_canonical(edition_json(db(), digest), newest.instruments)
        today = editions()[edition.id].edition if edition.id in editions() else newest
        labelled = replace(edition, profile_labels=today.profile_labels, lens_labels=today.lens_labels)
        labelled = replace(labelled, document_titles=today.document_titles, tables=today.tables)
        kept[wanted] = _served(replace(labelled, phrasings=today.phrasings))
    return kept[wanted]


def edition_submitted(submitted: FrozenSubmission) -> ServedEdition:
    """Return the edition of a submission, with the portions that its company chose. Raise NotFound."""
    return edition_by_digest(submitted.edition_digest).asked_with(submitted.chosen_portions or "")


def edition_with_labels(digest: str) -> Edition:
    """Return the edition with a digest, or the newest if it was not stored, for the labels of published sectors."""
    try:
        return edition_by_digest(digest).edition
    except NotFound:
        return newest_edition().edition


def sector_choices(sectors: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return sectors with their labels, by label. Each is given with the digest of an edition used by a submission."""
    editions_by_sector = {sector: edition_by_digest(digest).edition for sector, digest in sectors}
    labels = [(sector, sector_label(edition, sector)) for sector, edition in editions_by_sector.items()]
    return sorted(labels, key=lambda choice: sort_key(choice[1]))
