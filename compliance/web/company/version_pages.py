"""The latest version of a document next to an older one: what became of marked passages, and all other changes.

A new version changes no answer. A person decides for each mark whether to keep or remove it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from compliance.documents.document import Refusal
from compliance.documents.passages import Passage
from compliance.documents.versions import (
    ComparedVersions,
    ParagraphChange,
    WordChange,
    shortened,
    word_changes,
    wording_by_subject,
)
from compliance.languages.formats import comma_list
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.narrative.document_wording import outcome_words, outcomes_sentence, refusal_words
from compliance.questionnaire.edition import Edition
from compliance.store import NotFound
from compliance.store.document_passages import PassageMark, passage_marks
from compliance.store.evidence_library import ItemVersion, LibraryItem
from compliance.store.passage_outcomes import carry_marks, give_up_marks
from compliance.web.access_control import readers
from compliance.web.accounts import may, me, require
from compliance.web.assessment_context import AssessmentContext
from compliance.web.company.blueprint import bp, open_assessment
from compliance.web.company.document_reading import (
    assessment_to_mark,
    code_questions,
    find_again,
    mark_place,
    passages_url,
    reading_url,
    version_asked_for,
)
from compliance.web.company.evidence_forms import seen_item
from compliance.web.database import db, now
from compliance.web.document_texts import (
    MOST_QUOTED,
    ReadDocument,
    compared_texts,
    place_words,
    quoted_words,
    texts_of,
    whole_words,
)
from compliance.web.forms import small_number
from compliance.web.presenters.document_pages import wording_lines

#: Most changes of the text on a page, and about how many characters.
_MOST_CHANGES, _MOST_CHARACTERS = 24, 6_000


@dataclass(frozen=True, slots=True)
class PassageLink:
    """The place of a passage in one of the versions."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class FoundMark:
    """A marked passage of the old version, and its outcome."""

    anchor: str
    state: str
    outcome: str  # in words
    changes: Sequence[WordChange]
    before: PassageLink
    now: PassageLink | None
    says: Sequence[tuple[str, str, Sequence[str]]]  # question, address ("" if not asked now), elements
    marks: Sequence[int]  # ids of those still to be decided
    decided: str  # the decision on the others, in words

    @property
    def is_open(self) -> bool:
        """Whether there is something to decide."""
        return bool(self.marks)


@dataclass(frozen=True, slots=True)
class ParagraphChangeView:
    """A paragraph that was added, removed or changed."""

    outcome: str  # in words
    heading: str  # of its section
    place: str
    url: str
    changes: Sequence[WordChange]


@dataclass(frozen=True, slots=True)
class VersionsBeside:
    """An older and the latest version of a document, with their texts."""

    item: LibraryItem
    old: ItemVersion
    before: ReadDocument
    after: ReadDocument

    @property
    def comparison(self) -> ComparedVersions:
        """The comparison, with the outcome of each passage."""
        return compared_texts(self.before, self.after)


@bp.get("/companies/<int:organisation_id>/evidence/<int:item_id>/compare")
@readers("company")
def compare_versions(organisation_id: int, item_id: int) -> str:
    """Show the latest version next to the one with the number `version`, by default the previous. Raise NotFound.

    `part`: the page of changes to the text, from 1.
    """
    both = _both(seen_item(organisation_id, item_id))
    if isinstance(both, str):
        return both
    here = assessment_to_mark(organisation_id)
    every = [mark for mark in passage_marks(db(), here.assessment.id) if mark.fits] if here else []
    found = _found_marks(here, both, [mark for mark in every if mark.version == both.old.id]) if here else []
    changes = both.comparison.changes
    parts = _parts(changes)
    part = small_number(request.args.get("part", "1"))
    if part is None or not 1 <= part <= max(len(parts), 1):
        raise NotFound("no such part of the changes")
    waiting = Counter(m.number for m in every if m.item == item_id and m.is_current and m.later)
    return render_template(
        "company/compare.html",
        item=both.item,
        old=both.old,
        organisation_id=organisation_id,
        language=both.item.details.language or both.after.document.language,
        here=here,
        fixed=here is None or here.assessment.closed or not may("answer", organisation_id),
        found=found,
        summary=outcomes_sentence(Counter(each.state for each in found)),
        settled=[i for each in found if each.state in ("unchanged", "moved") for i in each.marks],
        others=sorted(number for number in waiting if number != both.old.number),
        changes=[_change_view(both, each) for each in parts[part - 1]] if parts else [],
        counts=Counter(_state_of(each) for each in changes),
        part=part,
        parts=len(parts),
    )


@bp.post("/companies/<int:organisation_id>/evidence/<int:item_id>/compare")
@readers("company")
def decide_marks(organisation_id: int, item_id: int) -> BaseResponse:
    """Keep marks (`id`) of an `assessment` on the latest version (`seen`), or remove them.

    `do`: keep or remove. Raise NotFound, NotAllowed, PeriodClosed or CompanyMerged.
    """
    item = seen_item(organisation_id, item_id)
    here = open_assessment(small_number(request.form.get("assessment")) or 0)
    if here.assessment.held_by != organisation_id:
        raise NotFound(f"no assessment {here.assessment.id} of company {organisation_id}")
    require("answer", organisation_id)
    do, ids = request.form.get("do"), {small_number(each) for each in request.form.getlist("id")}
    if do not in ("keep", "remove"):
        raise BadRequest
    if small_number(request.form.get("seen")) != item.latest.number:
        flash(_("There is now a newer version. Look at it first, then decide."))
    else:
        find_again(item)
        mine = {mark.id for mark in passage_marks(db(), here.assessment.id) if mark.id in ids and mark.item == item.id}
        about: dict[str, Any] = {"by": me().id, "at": now()}
        if do == "keep":
            count = carry_marks(db(), here.assessment.id, item, mine, **about)
            said = ngettext("One mark is on the new version now.", "%(num)s marks are on the new version now.", count)
        else:
            count = give_up_marks(db(), here.assessment.id, mine, **about)
            said = ngettext("One mark is removed.", "%(num)s marks are removed.", count)
        flash(said if count else _("Nothing was changed."))
        db().commit()
    number = small_number(request.form.get("version"))
    where: dict[str, Any] = {"organisation_id": organisation_id, "item_id": item_id, "version": number}
    return redirect(url_for("company.compare_versions", **where, assessment=here.assessment.id, _anchor="marks"))


@bp.get("/companies/<int:organisation_id>/evidence/<int:item_id>/wording")
@readers("company")
def version_wording(organisation_id: int, item_id: int) -> str:
    """Show the marked words of an older `version` and of the latest by requirement, to print. Raise NotFound."""
    item = seen_item(organisation_id, item_id)
    old = _old_version(item)
    here = assessment_to_mark(organisation_id)
    if here is None:
        raise NotFound("no year asks what a code says")
    marks = [mark for mark in passage_marks(db(), here.assessment.id) if mark.fits and mark.item == item_id]
    titles = _requirements(here)
    rows = wording_by_subject(
        list(titles),
        _words_by_requirement(here, ((m, m.words) for m in marks if m.version == old.id)),
        _words_by_requirement(here, _latest_words(item, marks)),
    )
    return render_template(
        "company/wording.html",
        item=item,
        old=old,
        organisation_id=organisation_id,
        here=here,
        lines=[line for line in wording_lines(rows, titles) if line.state != "silent"],
        silent=[titles[row.subject] for row in rows if row.state == "silent"],
    )


def _both(item: LibraryItem) -> VersionsBeside | str:
    """Return both versions, or a page that explains why one of them cannot be compared. Raise NotFound."""
    old = _old_version(item)
    texts = texts_of([old.digest, item.latest.digest])
    for version in (item.latest, old):
        text = texts.get(version.digest)
        if not isinstance(text, ReadDocument):
            why = refusal_words(text) if isinstance(text, Refusal) else ""
            return render_template(
                "company/unread.html", item=item, version=version, organisation_id=item.organisation_id, why=why
            )
    before, after = texts[old.digest], texts[item.latest.digest]
    assert isinstance(before, ReadDocument) and isinstance(after, ReadDocument)
    return VersionsBeside(item, old, before, after)


def _old_version(item: LibraryItem) -> ItemVersion:
    """Return the older version in the address, by default the one before the latest. Raise NotFound."""
    old = version_asked_for(item, item.latest.number - 1)
    if old.number >= item.latest.number:
        raise NotFound(f"no version of item {item.id} that is older than the latest")
    return old


# ── Marked passages


def _found_marks(here: AssessmentContext, both: VersionsBeside, marks: Iterable[PassageMark]) -> list[FoundMark]:
    """Return the marked passages of the old version in its order, with those still to be decided first."""
    by_anchor: dict[str, list[PassageMark]] = {}
    for mark in marks:
        by_anchor.setdefault(mark.anchor, []).append(mark)
    order = {anchor: place for place, anchor in enumerate(both.comparison.outcomes)}
    found = [_found_mark(here, both, anchor, some) for anchor, some in by_anchor.items()]
    return sorted(found, key=lambda each: (not each.is_open, order.get(each.anchor, 0)))


def _found_mark(here: AssessmentContext, both: VersionsBeside, anchor: str, marks: Sequence[PassageMark]) -> FoundMark:
    match = both.comparison.outcomes.get(anchor)
    new, state = (match.new, match.state) if match else (None, "gone")
    page = str(new.page) if new and new.page and str(new.page) != marks[0].page else ""
    return FoundMark(
        anchor,
        state,
        outcome_words(state, page),
        list(_words(match.old, new)) if match else [WordChange("removed", marks[0].words)],
        _place(both, both.old, anchor, marks[0].page),
        _place(both, both.item.latest, new.anchor, str(new.page or "")) if new else None,
        list(_says(here, marks)),
        [mark.id for mark in marks if mark.is_current],
        _decided(marks),
    )


def _says(here: AssessmentContext, marks: Sequence[PassageMark]) -> Iterator[tuple[str, str, Sequence[str]]]:
    asked = code_questions(here)
    for i in dict.fromkeys(mark.question for mark in marks):
        question = here.edition.questions.get(i)
        elements = dict.fromkeys(mark_place(here, mark).says for mark in marks if mark.question == i)
        yield question.ask if question else i, passages_url(here, i) if i in asked else "", list(elements)


def _decided(marks: Iterable[PassageMark]) -> str:
    done = [mark.later for mark in marks if mark.later and mark.later.decided_at]
    if not done:
        return ""
    if any(later.successor is not None for later in done):
        return _("Kept, on version %(number)s.", number=max(later.number for later in done))
    return _("Removed.")


def _place(both: VersionsBeside, version: ItemVersion, anchor: str, page: str) -> PassageLink:
    number = version.number if version.number != both.item.latest.number else None
    url = reading_url(both.item.organisation_id, both.item.id, anchor, number=number)
    return PassageLink(place_words(page, anchor), url)


# ── The text as a whole


def _parts(changes: Sequence[ParagraphChange]) -> list[list[ParagraphChange]]:
    """Split the changes into pages."""
    parts: list[list[ParagraphChange]] = []
    size = 0
    for change in changes:
        length = sum(len(quoted_words(passage)) for passage in (change.old, change.new) if passage)
        if not parts or len(parts[-1]) >= _MOST_CHANGES or size + length > _MOST_CHARACTERS:
            parts.append([])
            size = 0
        parts[-1].append(change)
        size += length
    return parts


def _state_of(change: ParagraphChange) -> str:
    if change.old is None:
        return "added"
    if change.new is None:
        return "removed"
    return "reworded" if change.is_reworded else "moved"


def _change_view(both: VersionsBeside, change: ParagraphChange) -> ParagraphChangeView:
    state, passage = _state_of(change), change.new or change.old
    assert passage is not None
    version = both.item.latest if change.new else both.old
    place = _place(both, version, passage.anchor, str(passage.page or ""))
    said = _("Version %(number)s", number=version.number), place.words
    words = list(_words(change.old, change.new))
    return ParagraphChangeView(outcome_words(state), passage.heading, comma_list(said), place.url, words)


def _words(old: Passage | None, new: Passage | None) -> Iterator[WordChange]:
    if old and new:
        yield from shortened(word_changes(whole_words(old), whole_words(new)), MOST_QUOTED)
    elif old:
        yield WordChange("removed", quoted_words(old))
    elif new:
        yield WordChange("added", quoted_words(new))


# ── Words by requirement


def _requirements(here: AssessmentContext) -> dict[str, str]:
    """Return the titles of the requirements on what the code says, by id, in the order of the form."""
    found: dict[str, str] = {}
    for question in code_questions(here):
        found.setdefault(*_requirement(here.edition, question))
    return found


def _requirement(edition: Edition, question: str) -> tuple[str, str]:
    node = edition.requirement_of(question)
    return (node.id, node.title or node.id) if node else (question, edition.questions[question].ask)


def _words_by_requirement(
    here: AssessmentContext, said: Iterable[tuple[PassageMark, str]]
) -> Mapping[str, Sequence[str]]:
    found: dict[str, dict[str, None]] = {}
    for mark, words in said:
        if mark.question in here.edition.questions:
            found.setdefault(_requirement(here.edition, mark.question)[0], {})[words] = None
    return {requirement: list(words) for requirement, words in found.items()}


def _latest_words(item: LibraryItem, marks: Iterable[PassageMark]) -> Iterator[tuple[PassageMark, str]]:
    """Yield marks with their words in the latest version, whether marked there or found again there."""
    for mark in marks:
        if mark.version == item.latest.id:
            yield mark, mark.words
        elif mark.is_current and mark.later and mark.later.words:
            yield mark, mark.later.words
