"""What if some answers of one company were changed: as text and as tables."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from compliance.commands.failure import Failure
from compliance.commands.tables import Report
from compliance.findings.answers import answer_words
from compliance.findings.improvement import caution, stand_words, title_of, without_effect
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.answers import Answer, AnswerFault, AnswerSheet, read_answer, write_answer
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.faults import did_you_mean
from compliance.scoring.changes import Change
from compliance.scoring.columns import Basis
from compliance.scoring.what_if import Stand, WhatIf
from compliance.workbook.tables import Cell, Column, Table


def read_changes(edition: Edition, settings: Sequence[str]) -> dict[str, Answer | None]:
    """The answers that `QUESTION=ANSWER` spell; nothing after the sign is a blank. Raise Failure if one spells none."""
    change: dict[str, Answer | None] = {}
    for setting in settings:
        question_id, sign, text = setting.partition("=")
        question_id = question_id.strip()
        if not sign:
            raise Failure(f"--set {setting}: write QUESTION=ANSWER, and nothing after the sign for a blank")
        if question_id not in edition.questions:
            hint = did_you_mean(question_id, edition.questions)
            raise Failure(f"--set {setting}: {edition.id} has no question {question_id!r}{hint}")
        if question_id in change:
            raise Failure(f"--set {setting}: {question_id} is set twice: keep one")
        try:
            change[question_id] = read_answer(edition.questions[question_id], text)
        except AnswerFault as fault:
            raise Failure(f"--set {setting}: {fault}") from fault
    return change


def what_if_page(edition: Edition, sheet: AnswerSheet, change: Change, seen: WhatIf, width: int) -> Iterator[str]:
    """The lines of a page of text."""
    yield sheet.company
    yield from wrap(f"{edition.title} ({edition.id})", width)
    yield ""
    for question, answer in change.items():
        asked = edition.questions[question]
        parts = {"now": answer_words(asked, sheet.answers.get(question)), "then": answer_words(asked, answer)}
        yield from wrap(f"{asked.ask} [{question}]", width)
        yield from wrap(_("Now %(now)s, then %(then)s", **parts), width, initial_indent="  ", subsequent_indent="  ")
    yield ""
    for name, stand in _both(seen.before, seen.after).items():
        yield from wrap(_("%(name)s: %(value)s", name=name, value=stand_words(edition, stand)), width)
    for moved in seen.moved:
        yield ""
        yield from wrap(f"{title_of(moved.requirement)} [{moved.requirement.id}]", width)
        for name, stand in _both(moved.before, moved.after).items():
            said = _("%(name)s: %(value)s", name=name, value=stand_words(edition, stand))
            yield from wrap(said, width, initial_indent="  ", subsequent_indent="  ")
    yield ""
    for sentence in (*without_effect(seen), caution()):
        yield from wrap(sentence, width)


def _both(before: Stand, after: Stand) -> Mapping[str, Stand]:
    return {_("Before"): before, _("After"): after}


def what_if_report(edition: Edition, sheet: AnswerSheet, change: Change, seen: WhatIf, basis: Basis) -> Report:
    """The whole and every requirement that moves, before and after."""
    answers = "; ".join(f"{question}={write_answer(answer)}" for question, answer in change.items())
    about: dict[str, Cell] = {
        "company": sheet.company,
        "edition": edition.id,
        "edition_digest": edition.digest,
        "basis": basis,
        "set": answers,
    }
    said = [
        _("%(name)s: %(value)s", name=name, value=stand_words(edition, stand))
        for name, stand in _both(seen.before, seen.after).items()
    ]
    rows = [("overall", _("The whole"), *_cells(seen.before), *_cells(seen.after))]
    rows += [
        (moved.requirement.id, title_of(moved.requirement), *_cells(moved.before), *_cells(moved.after))
        for moved in seen.moved
    ]
    table = Table("parts", _("What if"), _("What if"), _columns(), rows)
    said += [*without_effect(seen), caution()]
    return Report(sheet.company, tuple(said), about, table, (table,), round_at=edition.round)


def _columns() -> tuple[Column, ...]:
    names = {"score": _("Score"), "worst": _("Least"), "best": _("Most"), "band": _("Band")}
    return (
        Column("id", _("Id"), "id", 12),
        Column("title", _("What it is about"), "name", 52),
        *(
            Column(f"{key}_{when}", f"{title}, {word}", "text" if key == "band" else "score", 14)
            for when, word in (("before", _("before")), ("after", _("after")))
            for key, title in names.items()
        ),
    )


def _cells(stand: Stand) -> tuple[Cell, ...]:
    return stand.score, stand.worst, stand.best, stand.band.id if stand.band else ""
