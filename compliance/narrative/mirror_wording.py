"""The mirror on pages and in workbooks: which things required of a code it says, and in which words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compliance.documents.versions import WordChange
from compliance.languages.formats import comma_list
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.narrative.legal_basis import LegalReference, legal_reference_words
from compliance.questionnaire.edition import Node

#: In tables, signs for elements that are said and not said.
SAID, UNSAID = "✓", "–"


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What became, in a later version of a document, of a passage that an answer rests on."""

    sentence: str
    changes: Sequence[WordChange]  # empty if the passage is gone
    url: str  # of the page where a person decides about it


@dataclass(frozen=True, slots=True)
class PassagePlace:
    """A passage of a document and its place, with its mark or the reason why it is suggested."""

    words: str
    title: str  # of the document
    place: str
    url: str
    version: int
    anchor: str
    language: str
    mark: int = 0  # id; 0: not marked
    question: str = ""
    says: str = ""
    why: str = ""
    number: int = 0  # of the version
    checked: str = ""  # the passage check that an auditor signed, in words
    second_look: SecondLook | None = None  # set if a later version does not have these words


@dataclass(frozen=True, slots=True)
class MirrorElement:
    """An element: one thing that a sufficient text says."""

    text: str
    is_said: bool
    instead: str = ""  # a lesser option that was chosen instead


@dataclass(frozen=True, slots=True)
class MirroredRequirement:
    """A requirement, what it asks of a text, and the company's words, or what was searched for."""

    id: str
    title: str
    expects: str
    theme: Node  # the root if the requirement is in no theme
    law: Sequence[LegalReference]
    elements: Sequence[MirrorElement]
    places: Sequence[PassagePlace]
    url: str  # of the page where passages are found for it
    blank: int  # number of unanswered questions
    nearest: PassagePlace | None = None  # the nearest passage, if there are no places
    looked_for: Sequence[str] = ()  # words that no passage contains, if there is no nearest passage

    @property
    def said(self) -> int:
        """The number of elements that are said."""
        return sum(each.is_said for each in self.elements)

    @property
    def needs_look(self) -> bool:
        """Whether a person has to decide about a passage that an answer rests on."""
        return any(place.second_look for place in self.places)


@dataclass(frozen=True, slots=True)
class MirrorDocument:
    """A document that was read for a mirror."""

    title: str
    version: int  # number
    pages: int  # 0: not divided into pages
    url: str


@dataclass(frozen=True, slots=True)
class Mirror:
    """The mirror of an assessment, with the answers and marks at one moment."""

    company: str
    year: int
    edition: str  # title
    requirements: Sequence[MirroredRequirement]
    documents: Sequence[MirrorDocument]
    paragraphs: int  # of the documents
    unmarked: int  # paragraphs without a mark
    markers: Sequence[str]  # names of the people who marked

    @property
    def counts(self) -> "MirrorCounts":
        """The mirror's counts."""
        return mirror_counts(self.requirements)


@dataclass(frozen=True, slots=True)
class MirrorCounts:
    """Counts of what a code says according to the company's answers, and of requirements without a passage.

    An element is one thing that a sufficient text says, and belongs to one requirement.
    """

    elements: int
    said: int  # elements
    requirements: int
    in_full: int  # requirements with every element said
    in_part: int  # requirements with some elements said
    silent: int  # requirements without a passage
    blank: int = 0  # questions without an answer, whose elements count as not said


def mirror_counts(requirements: Sequence[MirroredRequirement]) -> MirrorCounts:
    """Return the counts of these requirements."""
    return MirrorCounts(
        sum(len(each.elements) for each in requirements),
        sum(each.said for each in requirements),
        len(requirements),
        sum(each.said == len(each.elements) for each in requirements),
        sum(0 < each.said < len(each.elements) for each in requirements),
        sum(not each.places for each in requirements),
        sum(each.blank for each in requirements),
    )


def mirror_headline(found: MirrorCounts) -> str:
    """Return the finding in one line without a full stop."""
    if not found.elements:
        return _("Nothing is asked here about what the code says")
    if not found.said:
        return ngettext(
            "By the company’s answers, the code does not say the one thing it is measured against",
            "By the company’s answers, the code says none of the %(num)s things it is measured against",
            found.elements,
        )
    if found.said == found.elements:
        return ngettext(
            "By the company’s answers, the code says the one thing it is measured against",
            "By the company’s answers, the code says all %(num)s things it is measured against",
            found.elements,
        )
    return ngettext(
        "By the company’s answers, the code says one of the %(total)s things it is measured against",
        "By the company’s answers, the code says %(num)s of the %(total)s things it is measured against",
        found.said,
        total=found.elements,
    )


def mirror_sentences(found: MirrorCounts) -> tuple[str, ...]:
    """Return the sentences below the headline: requirements met, without a passage, and unanswered questions."""
    if not found.elements:
        return ()
    sentences = [
        _(
            "Requirements met in full: %(full)s of %(total)s. Met in part: %(part)s.",
            full=found.in_full,
            part=found.in_part,
            total=found.requirements,
        )
    ]
    if found.silent:
        sentences.append(
            ngettext(
                "One requirement has no passage beside it.",
                "%(num)s requirements have no passage beside them.",
                found.silent,
            )
        )
    else:
        sentences.append(_("Every requirement has a passage beside it."))
    if found.blank:
        sentences.append(
            ngettext(
                "One question is not answered yet: what it asks counts as not said.",
                "%(num)s questions are not answered yet: what they ask counts as not said.",
                found.blank,
            )
        )
    return tuple(sentences)


def element_sentence() -> str:
    """Return what an element is, and who ticked it."""
    return _(
        "An element is one thing that a sufficient text says. A person ticked it, in an answer; "
        "nothing is ticked by a machine."
    )


def silence_word(each: MirroredRequirement) -> str:
    """Return the words shown instead of a passage."""
    return _("No passage yet") if each.said else _("Silence")


def search_sentences(each: MirroredRequirement, documents: int) -> tuple[str, ...]:
    """Return that no passage is marked, and what was searched. What a search finds is not a finding itself."""
    sentences = [_("No passage is marked for this.")]
    if not documents:
        return (*sentences, _("No document was read yet."))
    sentences.append(
        ngettext("One document was searched.", "%(num)s documents were searched.", documents),
    )
    if each.nearest is None:
        words = comma_list(_("“%(words)s”", words=word) for word in each.looked_for)
        sentences.append(_("No passage comes near. Looked for: %(words)s.", words=words))
    return tuple(sentences)


def read_document_words(document: MirrorDocument) -> str:
    """Return a document's version and number of pages."""
    pages = ngettext("one page", "%(num)s pages", document.pages) if document.pages else ""
    return comma_list(part for part in (_("version %(number)s", number=document.version), pages) if part)


def marking_sentences(mirror: Mirror) -> tuple[str, ...]:
    """Return how many paragraphs are marked, and by whom."""
    if not mirror.documents:
        return ()
    marked = ngettext(
        "Paragraphs without a mark: %(unmarked)s of 1.",
        "Paragraphs without a mark: %(unmarked)s of %(num)s.",
        mirror.paragraphs,
        unmarked=mirror.unmarked,
    )
    return (marked, *([_("Marked by %(names)s.", names=comma_list(mirror.markers))] if mirror.markers else []))


# ── As a table


def mirror_notes(mirror: Mirror) -> tuple[str, ...]:
    """Return the lines above the table."""
    marks = _("%(tick)s: the company answered that its code says this. %(dash)s: it did not.", tick=SAID, dash=UNSAID)
    documents = (
        f"{' '.join(document.title.split())} ({read_document_words(document)})" for document in mirror.documents
    )
    marking = " ".join(marking_sentences(mirror)) or _("No document was read yet.")
    edition = _("Measured with the questionnaire “%(edition)s”. Not legal advice.", edition=mirror.edition)
    return (*mirror_sentences(mirror.counts), element_sentence(), marks, *documents, marking, edition)


def mirror_rows(mirror: Mirror) -> list[tuple[str, str, str, str, float, float, str, str]]:
    """Return rows by requirement: theme, title, expectation, law, elements said, all elements, their list, passages."""
    return [
        (
            each.theme.title,
            each.title,
            each.expects,
            "\n".join(legal_reference_words(reference) for reference in each.law),
            each.said,
            len(each.elements),
            "\n".join(_element_lines(each)),
            _words_and_places(each, len(mirror.documents)),
        )
        for each in mirror.requirements
    ]


def _element_lines(each: MirroredRequirement) -> Iterator[str]:
    for is_said, mark in ((True, SAID), (False, UNSAID)):
        for element in each.elements:
            if element.is_said == is_said:
                yield f"{mark} {element.text}"
                if element.instead:
                    yield _("Instead: %(words)s", words=element.instead)
    if each.blank:
        yield _("Not everything is answered yet.")


def _words_and_places(each: MirroredRequirement, documents: int) -> str:
    """Return the passages with an empty line between them, or the words for silence and what was searched."""
    if each.places:
        return "\n\n".join(map(_quoted, each.places))
    silence = "\n".join((silence_word(each), *search_sentences(each, documents)))
    if each.nearest is None:
        return silence
    near = " ".join((_("Nearest:"), _quoted(each.nearest)))
    return f"{silence}\n\n{near}\n{each.nearest.why}"


def _quoted(place: PassagePlace) -> str:
    """Return the words of a passage, and below them its document, version and place."""
    where = comma_list((place.title, _("version %(number)s", number=place.number), place.place))
    words = _("“%(words)s”", words=place.words)
    return f"{words}\n{where}"
