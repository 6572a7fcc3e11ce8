"""The words that pages use, each defined in one sentence.

Words are written as on pages. `questionnaires/glossary.yaml` has the same words for translators. Pages and workbooks
that explain one of them take the sentence from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _


@dataclass(frozen=True, slots=True)
class DefinedWord:
    """A word and its definition, both as messages."""

    word: str
    means: str


#: By the word's anchor on the glossary page, which is the same in every language.
DEFINED_WORDS: Mapping[str, DefinedWord] = {
    # Of the tool
    "assessment": DefinedWord(
        N_("Assessment"), N_("A company’s answers to one questionnaire for one period, with their evidence.")
    ),
    "edition": DefinedWord(
        N_("Edition"), N_("One version of a questionnaire. Once it is published, it never changes.")
    ),
    "period": DefinedWord(
        N_("Period"),
        N_("The year for which companies answer. Once it is closed, its figures are published and never change."),
    ),
    "quick-check": DefinedWord(
        N_("Quick check"),
        N_(
            "A few questions that anybody can try without an account. Its result is never shown beside a full score, "
            "because it covers much less."
        ),
    ),
    "auditor": DefinedWord(
        N_("Auditor"),
        N_("Somebody independent of a company who checks its answers against the evidence, question by question."),
    ),
    "advocate": DefinedWord(
        N_("Advocate"), N_("Somebody who speaks up for children and works with the published figures.")
    ),
    "steward": DefinedWord(
        N_("Steward"),
        N_(
            "The administrator of this site, who opens and closes periods, confirms companies, assigns auditors and "
            "manages accounts."
        ),
    ),
    # What is asked
    "provision": DefinedWord(
        N_("Provision"), N_("One article or paragraph of a law or standard, with a note of whom it binds.")
    ),
    "theme": DefinedWord(
        N_("Theme"), N_("Requirements about one subject, to which the same people in a company know the answers.")
    ),
    "requirement": DefinedWord(
        N_("Requirement"),
        N_("What law or a standard expects, in one or two sentences. Its questions together show whether it is met."),
    ),
    "blank": DefinedWord(
        N_("Blank"),
        N_(
            "A question without an answer. It earns no points for now and keeps the score open. A blank, “does not "
            "apply” and a zero are three different things."
        ),
    ),
    "does-not-apply": DefinedWord(
        N_("Does not apply"),
        N_(
            "Said of a question that cannot concern the company, with a reason. The question drops out of the score "
            "with its weight and lowers the coverage."
        ),
    ),
    "evidence": DefinedWord(
        N_("Evidence"),
        N_("What supports an answer: a file, a passage quoted from a document, or a link to a public page."),
    ),
    # What is computed
    "score": DefinedWord(
        N_("Score"),
        N_("The share of full marks that the answers earn, by weight. It always comes with its interval."),
    ),
    "interval": DefinedWord(
        N_("Interval"), N_("The least and the most a score could be, as blanks and “does not apply” leave it open.")
    ),
    "claimed": DefinedWord(N_("Claimed"), N_("What the company says, all answers taken as they stand.")),
    "evidenced": DefinedWord(
        N_("Evidenced"),
        N_(
            "The same score, counting only answers with a quoted passage or a link as evidence. “Does not apply” "
            "without a reason counts as a blank."
        ),
    ),
    "verified": DefinedWord(
        N_("Verified"), N_("The same score, counting only answers that an auditor has confirmed or adjusted.")
    ),
    "verdict": DefinedWord(
        N_("Auditor’s verdict"),
        N_("What an auditor decides about one answer: confirmed, adjusted to another answer, or not shown."),
    ),
    "coverage": DefinedWord(
        N_("Coverage"),
        N_("The share, by weight, of the questions asked that are answered. Below a minimum there is no score."),
    ),
    "weight": DefinedWord(
        N_("Weight"), N_("How much a part counts: one that weighs 3 counts three times as much as one that weighs 1.")
    ),
    "band": DefinedWord(
        N_("Band"),
        N_("A name for a range of scores. A critical requirement or a minimum standard that is not met limits it."),
    ),
    "critical": DefinedWord(
        N_("Critical"),
        N_("A requirement that limits the overall band while it is not met, however many points the rest earns."),
    ),
    "gap": DefinedWord(
        N_("Gap"),
        N_("A requirement that is not fully met, with the points it costs, the law behind it, and what closes it."),
    ),
    "lens": DefinedWord(
        N_("Lens"), N_("Another grouping of the same questions, such as by level of prevention or by what goes wrong.")
    ),
    "scorecard": DefinedWord(
        N_("Scorecard"), N_("One company’s scores, with its gaps, the law behind them, and how each score comes about.")
    ),
    # What is published
    "peer-group": DefinedWord(
        N_("Peer group"), N_("Companies of the same sector, size or region, with which a company is compared.")
    ),
    "median": DefinedWord(
        N_("Median"), N_("The score in the middle: half of the companies score at least as much, half at most as much.")
    ),
    "quartile": DefinedWord(
        N_("Quartile"), N_("A score that cuts off the lowest or the highest quarter of the companies.")
    ),
    "withheld": DefinedWord(
        N_("Withheld"),
        N_(
            "Not shown, because the figure is about so few companies that one of them could be recognised, or because "
            "it would reveal such a figure. Such figures are also called suppressed."
        ),
    ),
    "priority-country": DefinedWord(
        N_("Priority country"),
        N_(
            "A country where, by public facts and one rule for all countries, law and conditions protect children "
            "least. It says nothing about the people who live there."
        ),
    ),
    # Of law and of the field
    "measured-against": DefinedWord(
        N_("Measured against"),
        N_("Compared with a law or standard, whether or not it binds the company itself. It is not legal advice."),
    ),
    "code-of-conduct": DefinedWord(
        N_("Code of conduct"),
        N_("The rules that a company sets for itself, the people who work for it, and those it does business with."),
    ),
    "child": DefinedWord(
        N_("Child (under 18)"), N_("Everybody under 18, whatever the age of consent or of marriage in a country.")
    ),
    "childrens-law": DefinedWord(
        N_("Children’s law"),
        N_("The Convention on the Rights of the Child, its protocols, and other law that protects children."),
    ),
    "due-diligence": DefinedWord(
        N_("Due diligence"),
        N_(
            "The continuous work of finding, preventing and reducing harm that a company causes, contributes to or is "
            "linked with, and of reporting on it."
        ),
    ),
    "reporting-channel": DefinedWord(
        N_("Reporting channel"),
        N_("A way to tell a company of harm or a suspicion, such as a telephone number, an address or a person."),
    ),
    "remedy": DefinedWord(
        N_("Remedy"),
        N_("What makes up for harm, such as care, support, compensation, and steps to keep it from happening again."),
    ),
    "sexual-exploitation": DefinedWord(
        N_("Sexual exploitation of children"),
        N_(
            "Sexual abuse of a child from which somebody gains, or for which something is given or promised, such as "
            "money, goods, shelter or protection."
        ),
    ),
    "material": DefinedWord(
        N_("Child sexual abuse material"),
        N_(
            "Any representation of a child in real or simulated sexual activity, or of the sexual parts of a child for "
            "mainly sexual purposes. It includes drawn and generated images."
        ),
    ),
    "grooming": DefinedWord(
        N_("Solicitation of a child for sexual purposes (grooming)"),
        N_("Winning the trust of a child, online or face to face, in order to abuse or exploit the child sexually."),
    ),
    "extortion": DefinedWord(
        N_("Sexual extortion of children"),
        N_("Demanding sexual images, acts or money from a child by threatening to share sexual images of that child."),
    ),
    "travel": DefinedWord(
        N_("Sexual exploitation of children in travel and tourism"),
        N_(
            "Sexual exploitation of children by people who travel, abroad or in their own country, for work, leisure "
            "or any other reason."
        ),
    ),
}


def definition(word: str) -> str:
    """Return the definition of the word with an anchor, in the current language. Raise KeyError if there is none."""
    return _(DEFINED_WORDS[word].means)
