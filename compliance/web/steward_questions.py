"""How the questions do, for the steward alone: which to write anew, and the figures behind it, of one period."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import current_app, render_template, request, url_for

from compliance.benchmark.agreement import MIN_UNITS, Agreement
from compliance.benchmark.quality import Quality, QuestionQuality, quality_of
from compliance.benchmark.readings import Readings, read_twice
from compliance.benchmark.rewriting import Look, to_rewrite
from compliance.findings.quality import (
    DECIMALS,
    agreement_words,
    consistency_words,
    few_sentence,
    headline,
    reading_sentences,
    readings_sentences,
    seen_and_done,
    theme_words,
    without_score_sentence,
)
from compliance.languages import formats
from compliance.questionnaire.edition import Edition, Question
from compliance.scoring.columns import Columns, columns_of
from compliance.store import Submitted, claimed_sheet, latest_submissions, periods
from compliance.web.access import readers
from compliance.web.database import db
from compliance.web.editions import Asked, newest_edition
from compliance.web.kept_editions import kept_edition
from compliance.web.steward import bp, edition_of

#: So many questions stand open; the others are folded.
MOST_OPEN = 10
#: So many submissions are looked at, the last ones: more tell no more of a question, and a page would wait for them.
MOST_READ = 1_000
#: Of the resamples behind the intervals: the same page twice says the same.
SEED = 1
_LOOKED = "article34_questions"


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was found for some submissions. Nothing in it is of a single company."""

    of: tuple[int, ...]  # their ids
    quality: Quality
    readings: Readings | None  # None: no company has two voices


@dataclass(frozen=True, slots=True)
class LookView:
    """One question to look at again."""

    ask: str
    id: str
    url: str
    lines: tuple[tuple[str, str], ...]  # what was seen, what an author does


@dataclass(frozen=True, slots=True)
class ThemeView:
    """A theme with the figures of its questions, as people read them; "" where there is none."""

    title: str
    consistency: str
    agreement: str
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]  # id, url, cells


@bp.get("/steward/questions")
@readers("steward")
def questions() -> str:
    """How each question of the edition does in one period."""
    known = [period.year for period in periods(db())]
    wanted = request.args.get("period", type=int)
    year = wanted if wanted in known else next(iter(known), None)
    submitted = _counted(latest_submissions(db(), year)) if year is not None else ()
    asked = _asked(submitted)
    looked = _look(asked, year, submitted)
    enough = looked.quality.companies >= MIN_UNITS
    looks = to_rewrite(looked.quality, looked.readings) if enough else ()
    views = [_look_view(asked.edition, look) for look in looks]
    return render_template(
        "steward/questions.html",
        edition=asked.edition,
        year=year,
        years=known,
        quality=looked.quality,
        headline=headline(looked.quality, looks),
        few=few_sentence(looked.quality.companies),
        without_score=without_score_sentence(looked.quality),
        voices=list(readings_sentences(looked.readings, looked.quality.questions)) if looked.readings else [],
        reading=list(reading_sentences(twice=looked.readings is not None)),
        looks=views[:MOST_OPEN],
        others=views[MOST_OPEN:],
        themes=_themes(asked.edition, looked) if enough else [],
        left_out=max(0, len(_of_edition(asked.edition, submitted)) - MOST_READ),
        most_read=MOST_READ,
    )


def _asked(submitted: tuple[Submitted, ...]) -> Asked:
    edition = edition_of(submitted)
    newest = newest_edition()
    return newest if edition.digest == newest.edition.digest else kept_edition(edition.digest)


def _counted(submitted: Sequence[Submitted]) -> tuple[Submitted, ...]:
    """Those that may be: who chose to be private was told to be in no figure."""
    return tuple(one for one in submitted if one.consent != "private")


def _of_edition(edition: Edition, submitted: Sequence[Submitted]) -> list[Submitted]:
    return [one for one in submitted if one.edition_digest == edition.digest]


def _look(asked: Asked, year: int | None, submitted: Sequence[Submitted]) -> _Looked:
    """What the submissions that count say of each question, worked out once while they stay the same."""
    own = _last(_of_edition(asked.edition, submitted))
    second = latest_submissions(db(), year, voice="desk") if year is not None else ()
    mine = {one.organisation_id for one in own}
    desk = [one for one in _of_edition(asked.edition, second) if one.organisation_id in mine]
    of = tuple(one.id for one in (*own, *desk))
    kept: dict[tuple[int | None, str], _Looked] = current_app.extensions.setdefault(_LOOKED, {})
    place = (year, asked.edition.digest)
    if place not in kept or kept[place].of != of:
        kept[place] = _worked_out(asked, of, own, desk)
    return kept[place]


def _last(submitted: list[Submitted]) -> list[Submitted]:
    """Those handed in last, in the order in which they stand."""
    latest = sorted((one.id for one in submitted), reverse=True)[:MOST_READ]
    return [one for one in submitted if one.id in set(latest)]


def _worked_out(asked: Asked, of: tuple[int, ...], own: Sequence[Submitted], desk: Sequence[Submitted]) -> _Looked:
    columns = _columns(asked.edition, own)
    readings = read_twice(asked.plan, columns, _columns(asked.edition, desk), SEED) if desk else None
    return _Looked(of, quality_of(asked.plan, columns), readings)


def _columns(edition: Edition, submitted: Sequence[Submitted]) -> Columns:
    """Answers as handed in, each under the number of its organisation, by which two voices are put together."""
    sheets = (replace(claimed_sheet(one, edition), company=str(one.organisation_id)) for one in submitted)
    return columns_of(edition, tuple(sheets))


def _look_view(edition: Edition, look: Look) -> LookView:
    question = look.quality.question
    lines = tuple((seen, done) for _sign, seen, done in seen_and_done(look))
    return LookView(question.ask, question.id, _place(edition, question), lines)


def _place(edition: Edition, question: Question) -> str:
    """Where the method shows a question; "" where it does not, as it shows the newest edition alone."""
    themes = (theme for theme in edition.themes if any(held.id == question.id for held in theme.questions()))
    theme = next(themes, None)
    if theme is None or edition.digest != newest_edition().edition.digest:
        return ""
    return url_for("method.theme", theme=theme.id) + "#" + question.id


def _themes(edition: Edition, looked: _Looked) -> list[ThemeView]:
    readings = looked.readings
    return [
        ThemeView(
            theme_words(edition, theme),
            consistency_words(consistency),
            agreement_words(readings.scores[theme]) if readings else "",
            tuple(
                (each.question.id, _place(edition, each.question), _cells(each, _answers(readings, each)))
                for each in looked.quality.questions.values()
                if each.theme.id == theme
            ),
        )
        for theme, consistency in looked.quality.themes.items()
    ]


def _answers(readings: Readings | None, each: QuestionQuality) -> Agreement | None:
    return readings.questions[each.question.id].answers if readings else None


def _cells(each: QuestionQuality, agreement: Agreement | None) -> tuple[str, ...]:
    """Figures of few would be what a company answered, which nobody reads here."""
    counts = (each.answered, each.blank, each.na)
    shares = [each.of_put(count) if each.put >= MIN_UNITS else None for count in counts]
    enough = each.answered >= MIN_UNITS
    commonest = each.of_answered(each.commonest[1]) if each.commonest and enough else None
    worths = each.worths if enough else None
    cells = [
        formats.number(each.put),
        *(_percent(share) for share in shares),
        _percent(commonest),
        *(_percent(worth) for worth in ((worths.lower, worths.median, worths.upper) if worths else (None,) * 3)),
        "" if each.fit is None else formats.number(each.fit.rho, DECIMALS),
    ]
    if agreement is not None:
        cells += [
            formats.number(agreement.n),
            "" if agreement.alpha is None else formats.number(agreement.alpha, DECIMALS),
        ]
    return tuple(cells)


def _percent(share: float | None) -> str:
    return "" if share is None else formats.percent(share)
