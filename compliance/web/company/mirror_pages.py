"""The mirror: each requirement on what the code says next to the company's own words, or to the lack of them.

The page and the workbook show the same mirror.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from flask import Response, render_template, url_for

from compliance.documents.suggestions import QuestionElement, Suggestion, telling_words
from compliance.languages.formats import comma_list
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.legal_basis import LegalReference, legal_references
from compliance.narrative.mirror_wording import (
    Mirror,
    MirrorDocument,
    MirroredRequirement,
    MirrorElement,
    PassagePlace,
    element_sentence,
    marking_sentences,
    mirror_counts,
    mirror_headline,
    mirror_notes,
    mirror_rows,
    mirror_sentences,
    read_document_words,
    search_sentences,
    silence_word,
)
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.store.document_passages import PassageMark, passage_marks
from compliance.store.evidence_library import LibraryItem, rule_texts_of
from compliance.web.access_control import readers
from compliance.web.assessment_context import AssessmentContext
from compliance.web.caches import cached_for_page, cached_html, drawn_alone
from compliance.web.company.blueprint import bp, open_assessment
from compliance.web.company.document_reading import (
    code_questions,
    mark_place,
    readable,
    shown_marks,
    suggested_by_meaning,
    suggested_passages,
    suggested_place,
)
from compliance.web.database import db, now
from compliance.web.document_texts import ReadDocument, paragraph_of
from compliance.web.forms import choice_or_404
from compliance.web.presenters.evidence import hidden_from_me
from compliance.web.responses import XLSX, download
from compliance.workbook.report_tables import ReportColumn, ReportTable, report_workbook

#: Most search words that are named.
_MOST_LOOKED_FOR = 6
#: Words of at most so many letters do not by themselves make a suggestion near.
_SHORT = 3


@dataclass(frozen=True, slots=True)
class ShownRequirement:
    """A requirement as the pages show it."""

    requirement: MirroredRequirement
    law: Sequence[tuple[str, str]]  # whom it binds, and the provisions in one line
    silence: str  # shown in place of passages, if there are none
    searched: Sequence[str]  # sentences on what was searched


@dataclass(frozen=True, slots=True)
class ShownTheme:
    """A theme with its requirements on what the code says."""

    id: str
    title: str
    url: str
    requirements: Sequence[ShownRequirement]


@bp.get("/assessments/<int:assessment_id>/mirror")
@readers("company")
def mirror(assessment_id: int) -> str:
    """Show each requirement in a line, or with `theme` those of a theme in full, or with `show=whole` all in full.

    The mirror follows the present answers. Raise NotFound, also for a theme without questions about the code.
    """
    here = open_assessment(assessment_id)
    themes = {theme.id: theme for i in code_questions(here) if (theme := _theme(here.edition, i))}
    opened = choice_or_404("theme", themes, "")
    whole = choice_or_404("show", ("whole",), "") if len(themes) > 1 else "whole"
    read = _read_for_mirror(here)
    draw = partial(_theme_main, opened=opened) if opened else partial(_main, whole=bool(whole))
    main = cached_html(lambda: draw(here, read), "mirror", opened, whole, *_all_of(here, read))
    title = themes[opened].title if opened else ""
    return render_template("company/mirror_page.html", assessed=here.assessment, theme=title, main=main)


def _main(here: AssessmentContext, read: "_ReadForMirror", *, whole: bool) -> str:
    """Draw each requirement in a line, or all of them in full."""
    shown = _mirror_of(here, read, in_full=None if whole else "")
    return drawn_alone(
        "company/mirror.html",
        here=here,
        mirror=shown,
        whole=whole,
        headline=mirror_headline(shown.counts),
        sentences_below=mirror_sentences(shown.counts),
        themes=_by_theme(here, shown),
        documents=[(each, read_document_words(each)) for each in shown.documents],
        marking=marking_sentences(shown),
        element_sentence=element_sentence(),
    )


def _theme_main(here: AssessmentContext, read: "_ReadForMirror", *, opened: str) -> str:
    """Draw the requirements of a theme in full."""
    shown = _mirror_of(here, read, in_full=opened)
    themes = _by_theme(here, shown)
    place = next(number for number, theme in enumerate(themes) if theme.id == opened)
    counts = mirror_counts([each.requirement for each in themes[place].requirements])
    return drawn_alone(
        "company/mirror_theme.html",
        here=here,
        mirror=shown,
        theme=themes[place],
        themes=themes,
        headline=mirror_headline(counts),
        sentences_below=mirror_sentences(counts),
        before=themes[place - 1] if place else None,
        after=themes[place + 1] if place + 1 < len(themes) else None,
    )


@bp.get("/assessments/<int:assessment_id>/mirror.xlsx")
@readers("company")
def mirror_file(assessment_id: int) -> Response:
    """Download the whole mirror as a workbook, in the language of the page. Raise NotFound."""
    here = open_assessment(assessment_id)
    shown = _mirror_of(here, _read_for_mirror(here), in_full=None)
    title = _("The code in the mirror: %(company)s, %(year)s", company=shown.company, year=shown.year)
    columns = (
        ReportColumn("theme", _("Theme"), "text", 12),
        ReportColumn("requirement", _("Requirement"), "name", 22),
        ReportColumn("expects", _("What it expects"), "text", 24),
        ReportColumn("law", _("The law behind it"), "id", 26),
        ReportColumn("said", _("Said"), "count", 6),
        ReportColumn("elements", _("In all"), "count", 6),
        ReportColumn("text", _("What a sufficient text says"), "text", 40),
        ReportColumn("words", _("The company’s own words"), "text", 48),
    )
    table = ReportTable(
        _("Mirror"), mirror_headline(shown.counts), columns, mirror_rows(shown), mirror_notes(shown), on_paper=True
    )
    content = report_workbook(title, (), [table], made_at=now())
    return download(f"mirror-{here.assessment.year}-{assessment_id}.xlsx", content, XLSX)


@dataclass(frozen=True, slots=True)
class _ReadForMirror:
    """The marks and texts that a mirror is made from, in addition to the answers."""

    marks: Sequence[PassageMark]  # all, including dismissals and marks of old versions
    texts: Sequence[tuple[LibraryItem, ReadDocument]]


def _read_for_mirror(here: AssessmentContext) -> _ReadForMirror:
    """Read the marks and the texts that the person signed in may see."""
    texts = readable(rule_texts_of(db(), here.assessment.held_by))
    return _ReadForMirror(passage_marks(db(), here.assessment.id), texts)


def _all_of(here: AssessmentContext, read: _ReadForMirror) -> tuple[Hashable, ...]:
    """Return the cache key of a mirror: everything that affects what it shows to its reader."""
    texts = tuple((item, text.digest) for item, text in read.texts)
    said = tuple((i, here.saved_texts.get(i), i in here.answered, here.places.get(i)) for i in code_questions(here))
    return (
        *(here.served_edition, here.assessment, here.facts, said, read.marks, texts),
        *(suggested_by_meaning(read.texts, here.assessment), hidden_from_me()),
    )


def _mirror_of(here: AssessmentContext, read: _ReadForMirror, *, in_full: str | None) -> Mirror:
    """Return the mirror. `in_full`: the theme to search for nearest passages ("": none); None: all themes."""
    every, texts = read.marks, read.texts
    marks = shown_marks(every)
    paragraphs = {(text.digest, p.anchor) for _item, text in texts for p in text.document.paragraphs if not p.level}
    latest = {item.latest.id for item, _text in texts}
    marked = {(m.version, paragraph_of(m.anchor)) for m in marks if m.version in latest}
    return Mirror(
        company=here.assessment.organisation,
        year=here.assessment.year,
        edition=here.edition.title,
        requirements=_mirrored(here, marks, texts, [mark for mark in every if not mark.fits], in_full),
        documents=tuple(
            MirrorDocument(
                item.details.title,
                item.latest.number,
                text.document.pages,
                url_for("company.read_document", organisation_id=item.organisation_id, item_id=item.id),
            )
            for item, text in texts
        ),
        paragraphs=len(paragraphs),
        unmarked=len(paragraphs) - len(marked),
        markers=tuple(sorted({mark.by for mark in marks if mark.by})),
    )


def _mirrored(
    here: AssessmentContext,
    marks: Iterable[PassageMark],
    texts: Sequence[tuple[LibraryItem, ReadDocument]],
    dismissed: Iterable[PassageMark],
    in_full: str | None,
) -> tuple[MirroredRequirement, ...]:
    """Return the requirements on what the code says that are asked now, in the order of the form."""
    by_question: dict[str, list[PassageMark]] = {}
    for mark in marks:
        by_question.setdefault(mark.question, []).append(mark)
    grouped: dict[str, tuple[Node | None, list[str]]] = {}
    asked = code_questions(here)
    for question in asked:
        requirement = here.edition.requirement_of(question)
        grouped.setdefault(requirement.id if requirement else question, (requirement, []))[1].append(question)
    without = [i for _node, questions in grouped.values() if not by_question.keys() & {*questions} for i in questions]
    searched = {i for i in without if in_full is None or _theme(here.edition, i).id == in_full}
    nearest = _nearest(here, searched, texts, dismissed) if searched else {}
    return tuple(
        _requirement(here, key, node, {i: asked[i] for i in questions}, by_question, nearest, searched)
        for key, (node, questions) in grouped.items()
    )


def _requirement(
    here: AssessmentContext,
    key: str,
    requirement: Node | None,
    questions: Mapping[str, Sequence[QuestionElement]],
    marks: Mapping[str, Sequence[PassageMark]],
    nearest: Mapping[str, tuple[float, PassagePlace]],
    searched: Collection[str],
) -> MirroredRequirement:
    places: dict[tuple[int, str], PassagePlace] = {}
    for question in questions:
        for mark in marks.get(question, ()):
            places.setdefault((mark.version, mark.anchor), mark_place(here, mark))
    near = [nearest[question] for question in questions if question in nearest]
    saved, first = here.saved_texts, next(iter(questions))
    return MirroredRequirement(
        id=key,
        title=requirement.title if requirement else here.edition.questions[key].ask,
        expects=requirement.expects if requirement else "",
        theme=_theme(here.edition, first),
        law=_law_of(here)[requirement.id] if requirement else (),
        elements=tuple(each for i in questions for each in elements_of(here.edition.questions[i], saved.get(i, ""))),
        places=tuple(places.values()),
        url=here.address_of(first),
        blank=sum(question not in here.answered for question in questions),
        nearest=max(near, key=lambda one: one[0])[1] if near and not places else None,
        looked_for=tuple(telling_words(chain(*questions.values()), _MOST_LOOKED_FOR))
        if first in searched and not near
        else (),
    )


def _law_of(here: AssessmentContext) -> Mapping[str, Sequence[LegalReference]]:
    """Return the law behind each requirement, by id, as it binds this company."""
    edition, facts = here.edition, here.facts

    def find() -> Mapping[str, Sequence[LegalReference]]:
        return {each.id: legal_references(edition, each, facts) for each in edition.requirements}

    return cached_for_page(find, "law of requirements", here.served_edition, facts)


def elements_of(question: Question, answer: str) -> list[MirrorElement]:
    """Return what a sufficient text says, and whether the answer chose it.

    For a question with several choices, these are its options with points; otherwise the option with most points.
    """
    chosen = set(answer.split("|")) if answer else set()
    worth = [option for option in question.options if option.points > 0]
    if question.is_multiple_choice or not worth:
        return [MirrorElement(option.text, option.id in chosen) for option in worth]
    fullest = max(worth, key=lambda option: option.points)
    less = next((option.text for option in worth if option.id in chosen and option.points < fullest.points), "")
    full = any(option.id in chosen for option in worth if option.points == fullest.points)
    return [MirrorElement(fullest.text, full, less)]


def _nearest(
    here: AssessmentContext,
    questions: Collection[str],
    texts: Sequence[tuple[LibraryItem, ReadDocument]],
    dismissed: Iterable[PassageMark],
) -> Mapping[str, tuple[float, PassagePlace]]:
    """Return the highest-scoring passage for any element of each question, with its score, by question id.

    Passages that somebody dismissed for the element are skipped, and so are suggestions that are not near.
    """
    not_this = {(mark.question, mark.option, mark.version, mark.anchor) for mark in dismissed}
    found: dict[str, tuple[LibraryItem, ReadDocument, Suggestion]] = {}
    for (question, option), suggestions in suggested_passages(texts, here.assessment, questions).items():
        for item, text, each in suggestions:
            where = {(question, option, item.latest.id, at) for at in (each.passage.anchor, each.passage.paragraph)}
            if _is_near(each) and not where & not_this:
                if question not in found or each.score > found[question][-1].score:
                    found[question] = item, text, each
                break
    return {i: (each.score, suggested_place(item, text, each)) for i, (item, text, each) in found.items()}


def _is_near(suggested: Suggestion) -> bool:
    """Tell whether a suggestion rests on more than short words such as articles, in any language."""
    return suggested.by_meaning or any(len(word) > _SHORT for word in suggested.words)


def _law_by_label(each: MirroredRequirement) -> list[tuple[str, str]]:
    """Return the law behind a requirement by whom it binds, each with its provisions in one line."""
    found: dict[str, list[str]] = {}
    for reference in each.law:
        found.setdefault(reference.authority, []).append(reference.title)
    return [(label, comma_list(titles)) for label, titles in found.items()]


def _theme(edition: Edition, question: str) -> Node:
    """Return the theme of a question, or the root of the tree if it belongs to none."""
    themes = {theme.id for theme in edition.themes}
    return next((node for node in edition.holders(question) if node.id in themes), edition.root)


def _by_theme(here: AssessmentContext, shown: Mirror) -> list[ShownTheme]:
    found: dict[str, list[MirroredRequirement]] = {}
    for each in shown.requirements:
        found.setdefault(each.theme.id, []).append(each)
    return [
        ShownTheme(
            theme,
            of_it[0].theme.title or here.edition.title,
            url_for("company.mirror", assessment_id=here.assessment.id, theme=theme),
            [_shown(each, len(shown.documents)) for each in of_it],
        )
        for theme, of_it in found.items()
    ]


def _shown(each: MirroredRequirement, documents: int) -> ShownRequirement:
    return ShownRequirement(each, _law_by_label(each), silence_word(each), search_sentences(each, documents))
