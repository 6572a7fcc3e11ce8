"""The marked passages of a submission: their places and options, whether they are found, and auditors' checks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from flask import url_for

from compliance.languages.formats import comma_list, date_and_time, long_date
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.edition import Edition
from compliance.scoring.verified_card import judged_passages
from compliance.store.passage_checks import CheckConflict, CheckEdit, PassageCheck
from compliance.store.passage_marks import PassageKey, SubmittedPassage
from compliance.store.sign_offs import sign_offs_of
from compliance.web.database import db, now
from compliance.web.document_texts import ReadDocument, paragraph_of, place_words, quoted_words, texts_of
from compliance.web.verdict_forms import CHECK_CHOICES
from compliance.workbook.review_words import CHECK_WORDS
from compliance.workbook.scorecard_layout import PassageLine


@dataclass(frozen=True, slots=True)
class LookedUpPassage:
    """The result of looking up a passage automatically in the file that the answer rests on."""

    state: Literal["there", "gone", "unread"]
    page: str = ""  # where it was found; "": the document has no pages

    @property
    def sentence(self) -> str:
        """The result in words."""
        if self.state == "gone":
            return _("The file no longer has these words there.")
        if self.state == "unread":
            return _("Not looked up: the text of this file has not been read here.")
        if self.page:
            return _("These words are in the file, page %(page)s.", page=self.page)
        return _("These words are in the file.")


def look_up_passages(passages: Iterable[SubmittedPassage]) -> Mapping[PassageKey, LookedUpPassage]:
    """Look up whether the words of passages are where they were marked, in the texts of their files. Return by key."""
    every = tuple(passages)
    texts = texts_of({one.digest for one in every}) if every else {}
    return {one.key: _found(one, texts.get(one.digest)) for one in every}


def _found(passage: SubmittedPassage, text: object) -> LookedUpPassage:
    if not isinstance(text, ReadDocument):
        return LookedUpPassage("unread")
    there = text.passage(passage.key.anchor)
    if there is None or quoted_words(there).split() != passage.words.split():
        return LookedUpPassage("gone")
    return LookedUpPassage("there", str(there.page or ""))


def signed_checks(assessment_id: int) -> Mapping[PassageKey, str]:
    """Return the checks signed in the valid sign-off, as sentences by passage key; empty without such a sign-off."""
    signed = next((one for one in sign_offs_of(db(), assessment_id) if one.stands), None)
    if signed is None:
        return {}
    shows = _("An auditor found that it shows this, and signed on %(day)s.", day=long_date(signed.at))
    does_not = _("An auditor found that it does not show this, and signed on %(day)s.", day=long_date(signed.at))
    return {
        PassageKey(one.question, one.option, one.version, one.anchor): shows if one.shows else does_not
        for one in judged_passages(signed.card)
    }


def document_words(passage: SubmittedPassage) -> str:
    """Return the title of a passage's document with the number of its version."""
    version = _("version %(number)s", number=passage.number) if passage.number else _("a later version")
    return comma_list((passage.title, version))


def passage_place(passage: SubmittedPassage) -> str:
    """Return the place of a passage in words, from its page and anchor."""
    return place_words(passage.page, passage.key.anchor)


def option_words(edition: Edition, key: PassageKey) -> str:
    """Return the text of the option that a passage is marked for, or its id if the edition does not have it."""
    question = edition.questions.get(key.question)
    option = question.option(key.option) if question else None
    return option.text if option else key.option


def passage_lines(
    edition: Edition, passages: Sequence[SubmittedPassage], checks: Mapping[PassageKey, PassageCheck]
) -> tuple[PassageLine, ...]:
    """Return passages as lines of a workbook, each looked up in its file."""
    found = look_up_passages(passages)
    return tuple(
        PassageLine(
            one.key.text,
            checks[one.key].fits if one.key in checks else None,
            one.key.question,
            question.ask if (question := edition.questions.get(one.key.question)) else "",
            option_words(edition, one.key),
            one.words,
            document_words(one),
            passage_place(one),
            found[one.key].sentence,
        )
        for one in passages
    )


# ── On the pages of verdicts


@dataclass(frozen=True)
class PassagesUnderAudit:
    """The marked passages of a submission, with saved checks, and posted ones that were not saved."""

    assessment_id: int
    passages: Sequence[SubmittedPassage]
    kept: Mapping[PassageKey, PassageCheck]
    posted: Mapping[PassageKey, CheckEdit] = field(default_factory=dict)
    conflicts: Mapping[PassageKey, CheckConflict] = field(default_factory=dict)

    def of(self, questions: Iterable[str]) -> "tuple[SubmittedPassage, ...]":
        """Return the passages of these questions."""
        wanted = frozenset(questions)
        return tuple(one for one in self.passages if one.key.question in wanted)

    def progress(self, questions: Iterable[str]) -> str:
        """Return how many passages of these questions have a check, in words; "" if there are no passages."""
        keys = [one.key for one in self.of(questions)]
        checked = sum(key in self.kept for key in keys)
        return _("%(said)s of %(total)s", said=checked, total=len(keys)) if keys else ""


@dataclass(frozen=True, slots=True)
class CheckChoiceView:
    """A choice for the check of a passage."""

    value: str
    label: str
    checked: bool


@dataclass(frozen=True, slots=True)
class MarkUnderAudit:
    """An option that a passage is marked for, and the auditor's check."""

    key: str
    says: str  # text of the option
    choices: Sequence[CheckChoiceView]
    version: int
    given: str  # by whom and when; "": no check yet
    conflict: str  # another auditor's change in the meantime; "": none


@dataclass(frozen=True, slots=True)
class PassageUnderAudit:
    """A passage with its place, and all its marks for one question."""

    words: str
    language: str
    document: str
    place: str
    url: str  # where it is read; "": the text was not read
    found: LookedUpPassage
    marks: Sequence[MarkUnderAudit]


def passages_under_audit(
    edition: Edition, audited: PassagesUnderAudit, questions: Sequence[str]
) -> Mapping[str, Sequence[PassageUnderAudit]]:
    """Return the passages of these questions, by question id, each looked up in its file."""
    shown = audited.of(questions)
    found = look_up_passages(shown)
    grouped: defaultdict[tuple[str, int, str], list[SubmittedPassage]] = defaultdict(list)
    for one in shown:
        grouped[one.key.question, one.key.version, one.key.anchor].append(one)
    views: defaultdict[str, list[PassageUnderAudit]] = defaultdict(list)
    for (question, *_place), marks in grouped.items():
        first = marks[0]
        there = found[first.key]
        views[question].append(
            PassageUnderAudit(
                first.words,
                first.language,
                document_words(first),
                passage_place(first),
                reading_url(audited.assessment_id, first) if there.state != "unread" else "",
                there,
                [_mark_view(edition, audited, one.key) for one in marks],
            )
        )
    return views


def reading_url(assessment_id: int, passage: SubmittedPassage) -> str:
    """Return the address where an auditor reads a passage in its document."""
    where: dict[str, Any] = {"assessment_id": assessment_id, "version_id": passage.file, "at": passage.key.anchor}
    return url_for("audit.read_document", **where, _anchor=f"p-{paragraph_of(passage.key.anchor)}")


def evidence_quoted(passages: Iterable[SubmittedPassage]) -> frozenset[int]:
    """Return the ids of evidence that quotes these passages."""
    return frozenset(number for one in passages for number in one.evidence)


def conflict_words(conflict: CheckConflict) -> str:
    """Return a sentence on what somebody else changed while the page was open."""
    kept = conflict.kept
    if kept is None:
        return _("Somebody withdrew the check of this passage while you were reading.")
    return _(
        "%(who)s said “%(words)s” of this passage at %(time)s while you were reading.",
        who=kept.by or _("Somebody"),
        words=_(CHECK_WORDS[kept.fits]),
        time=date_and_time(kept.at, now().date()),
    )


def _mark_view(edition: Edition, audited: PassagesUnderAudit, key: PassageKey) -> MarkUnderAudit:
    kept, posted, conflict = audited.kept.get(key), audited.posted.get(key), audited.conflicts.get(key)
    said = posted.fits if posted else kept.fits if kept else None
    is_said = posted is not None or kept is not None
    seen = (kept.version if kept else 0) if conflict or posted is None else posted.seen
    return MarkUnderAudit(
        key.text,
        option_words(edition, key),
        [
            CheckChoiceView(value, _(CHECK_WORDS[fits]), is_said and fits is said)
            for value, fits in CHECK_CHOICES.items()
        ],
        seen,
        _("Given by %(name)s on %(date)s.", name=kept.by, date=long_date(kept.at)) if kept else "",
        conflict_words(conflict) if conflict else "",
    )
