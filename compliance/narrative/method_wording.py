"""The method of an edition in words, and the notices shown with scores, about law and translation."""

from collections.abc import Iterator
from datetime import date

from compliance.languages import formats
from compliance.languages.glossary import definition
from compliance.languages.interface_messages import current_language, has_unreviewed, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.aggregation_notation import NOTATION
from compliance.narrative.score_wording import standard_note
from compliance.questionnaire.edition import Edition


def method_sentences(edition: Edition) -> Iterator[tuple[str, str]]:
    """Yield the rules of an edition's scoring method, as pairs of subject and sentence."""
    yield (
        _("Question"),
        _(
            "Every question gives a share of its full marks: the points of the chosen options divided by full "
            "marks, at most 1; or, for a number, its position between the value that earns nothing and the one "
            "that earns full marks."
        ),
    )
    used = dict.fromkeys(node.combine for node in edition.nodes.values())
    yield (
        _("Combining"),
        " ".join([*(_(NOTATION[rule].sentence) for rule in used), _("Only parts that are included count.")]),
    )
    yield (
        _("Blank"),
        _("A blank earns nothing, or counts as the worst answer where an answer can take points away.")
        if edition.blank == "zero"
        else _("A blank drops out of the score with its weight, and lowers the coverage."),
    )
    yield (
        _("Does not apply"),
        _("It drops out of the score with its weight, and lowers the coverage, so that nobody gains by it."),
    )
    yield (
        _("Counts only if"),
        _(
            "While its condition is not met, a question stays in the score but earns nothing; points that it takes "
            "away still count. A question whose “asked only if” is not met drops out."
        ),
    )
    yield _("Coverage"), definition("coverage")
    yield (
        _("At worst, at best"),
        _(
            "What the score would become if every blank, everything declared as “does not apply”, and every open "
            "condition turned out against the company, or in its favour."
        ),
    )
    yield (
        _("Claimed, evidenced, verified"),
        _(
            "The same score from all answers; from the answers that rest on evidence; and from those that an auditor "
            "confirmed or adjusted. The coverage of a verified score is the share that an auditor has judged."
        ),
    )
    yield from _cap_and_scale(edition)


def _cap_and_scale(edition: Edition) -> Iterator[tuple[str, str]]:
    if edition.critical_cap:
        cap = next(band.title for band in edition.bands if band.id == edition.critical_cap)
        cap_words = _(
            "While a critical requirement is not met, the band is at most %(band)s. The points do not change.", band=cap
        )
        yield _("Critical"), cap_words
    others = [standard for standard in edition.minimum_standards if standard.band or standard.part.prerequisite]
    if others:
        notes = " ".join(standard_note(edition, standard) for standard in others)
        yield _("Minimum standards"), notes + " " + _("Every band also requires what the bands below it require.")
    said = [_("Scores run from 0 to %(scale)s.", scale=formats.short_decimal(edition.scale)), _shown(edition.round)]
    if edition.band_at is None:
        said.append(_("The band is determined by the exact score."))
    else:
        said.append(_looked_up(edition.band_at))
    yield _("Scale and rounding"), " ".join([*said, _("Nothing is rounded on the way.")])


def _shown(digits: int) -> str:
    if digits == 0:
        return _("They are shown in whole numbers; a half is rounded away from zero.")
    return ngettext(
        "They are shown with one decimal; a half is rounded away from zero.",
        "They are shown with %(num)s decimals; a half is rounded away from zero.",
        digits,
    )


def _looked_up(digits: int) -> str:
    if digits == 0:
        return _("The band is determined by the score in whole numbers.")
    return ngettext(
        "The band is determined by the score with one decimal.",
        "The band is determined by the score with %(num)s decimals.",
        digits,
    )


def legal_disclaimer() -> str:
    """Return the sentence on what the law means for a company."""
    return _("Measured against law and standards; only some of them bind the company itself. Not legal advice.")


def translation_note(edition: Edition) -> str:
    """Return the notice that texts are in English or an unreviewed translation, or "" if they are not."""
    if edition.language != current_language():
        return _("This questionnaire has not been translated into this language yet. Its texts are in English.")
    if has_unreviewed(current_language()) or edition.translation == "draft":
        return _("This translation is a draft. The English text prevails.")
    return ""


def day_words(day: str) -> str:
    """Return an ISO 8601 date as people write it. Other text is returned as it is."""
    try:
        return formats.long_date(date.fromisoformat(day))
    except ValueError:
        return day
