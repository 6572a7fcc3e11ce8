"""What the mirror shows, whether on a page or in a workbook: what a code says of what it should, and in which words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compliance.documents.versions import WordChange
from compliance.languages.formats import comma_list
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.narrative.legal_basis import LegalReference, legal_reference_words
from compliance.questionnaire.edition import Node

#: Of an element, in a table: whether it is said.
SAID, UNSAID = "✓", "–"


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What became of the words on which an answer rests, in a later version of their document."""

    sentence: str
    changes: Sequence[WordChange]  # none where they are gone
    url: str  # where one decides


@dataclass(frozen=True, slots=True)
class PassagePlace:
    """A passage of a document, with where it is read; what it is marked by, or why it is suggested."""

    words: str
    title: str  # of the document
    place: str
    url: str
    version: int
    anchor: str
    language: str
    mark: int = 0  # its id
    question: str = ""
    says: str = ""
    why: str = ""
    number: int = 0  # of the version
    checked: str = ""  # what an auditor signed of it
    second_look: SecondLook | None = None  # a later version does not have these words


@dataclass(frozen=True, slots=True)
class MirrorElement:
    """One thing that a sufficient text says."""

    text: str
    is_said: bool
    instead: str = ""  # what was answered that is less


@dataclass(frozen=True, slots=True)
class MirroredRequirement:
    """A requirement, what it asks of a text, and the words of the company, or where they were looked for."""

    id: str
    title: str
    expects: str
    theme: Node  # the whole tree, where it is in none
    law: Sequence[LegalReference]
    elements: Sequence[MirrorElement]
    places: Sequence[PassagePlace]
    url: str  # where passages are found for it
    blank: int  # questions that are not answered
    nearest: PassagePlace | None = None  # without places: the passage that comes nearest
    looked_for: Sequence[str] = ()  # without one: words that no passage shares

    @property
    def said(self) -> int:
        """How many elements are said."""
        return sum(each.is_said for each in self.elements)

    @property
    def needs_look(self) -> bool:
        """Whether somebody has to decide about words on which an answer rests."""
        return any(place.second_look for place in self.places)


@dataclass(frozen=True, slots=True)
class MirrorDocument:
    """A document that was read for it."""

    title: str
    version: int  # number
    pages: int  # 0: it has none
    url: str


@dataclass(frozen=True, slots=True)
class Mirror:
    """The mirror of an assessment, by the answers and marks as they stood then."""

    company: str
    year: int
    edition: str  # title
    requirements: Sequence[MirroredRequirement]
    documents: Sequence[MirrorDocument]
    paragraphs: int  # of the documents
    unmarked: int  # of those, marked for nothing
    markers: Sequence[str]  # names of who marked

    @property
    def counts(self) -> "MirrorCounts":
        """What it shows, in numbers."""
        return mirror_counts(self.requirements)


@dataclass(frozen=True, slots=True)
class MirrorCounts:
    """What a code says of what it is measured against, by the answers of the company, and what its documents show.

    An element is one thing that a sufficient text says; each belongs to one requirement.
    """

    elements: int
    said: int  # elements
    requirements: int
    in_full: int  # requirements of which every element is said
    in_part: int  # of which some are
    silent: int  # requirements without a passage
    blank: int = 0  # questions that are not answered yet, whose elements count as not said


def mirror_counts(requirements: Sequence[MirroredRequirement]) -> MirrorCounts:
    """What a mirror, or a part of it, shows of these requirements, in numbers."""
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
    """What was found, in one line without a full stop."""
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
    """What follows below the headline: requirements met, those without words, and what is not answered yet."""
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
    """What an element is, and who ticked it."""
    return _(
        "An element is one thing that a sufficient text says. A person ticked it, in an answer; "
        "nothing is ticked by a machine."
    )


def silence_word(each: MirroredRequirement) -> str:
    """What stands in the place of the company's own words."""
    return _("No passage yet") if each.said else _("Silence")


def search_sentences(each: MirroredRequirement, documents: int) -> tuple[str, ...]:
    """Below it: that no passage is marked, and what was searched. What a search finds says nothing of its own."""
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
    """A document without its title: its version and pages."""
    pages = ngettext("one page", "%(num)s pages", document.pages) if document.pages else ""
    return comma_list(part for part in (_("version %(number)s", number=document.version), pages) if part)


def marking_sentences(mirror: Mirror) -> tuple[str, ...]:
    """How much of what was read is marked, and by whom."""
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
    """What stands above the table, a line each."""
    marks = _("%(tick)s: the company answered that its code says this. %(dash)s: it did not.", tick=SAID, dash=UNSAID)
    documents = (
        f"{' '.join(document.title.split())} ({read_document_words(document)})" for document in mirror.documents
    )
    marking = " ".join(marking_sentences(mirror)) or _("No document was read yet.")
    edition = _("Measured with the questionnaire “%(edition)s”. Not legal advice.", edition=mirror.edition)
    return (*mirror_sentences(mirror.counts), element_sentence(), marks, *documents, marking, edition)


def mirror_rows(mirror: Mirror) -> list[tuple[str, str, str, str, float, float, str, str]]:
    """A row for each requirement: theme, title, what it expects, law, elements said and in all, elements, words."""
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
    """What is quoted, each passage apart from the next; or the silence, and what was searched."""
    if each.places:
        return "\n\n".join(map(_quoted, each.places))
    silence = "\n".join((silence_word(each), *search_sentences(each, documents)))
    if each.nearest is None:
        return silence
    near = " ".join((_("Nearest:"), _quoted(each.nearest)))
    return f"{silence}\n\n{near}\n{each.nearest.why}"


def _quoted(place: PassagePlace) -> str:
    """The words of a passage, and below them its document, version, page and anchor."""
    where = comma_list((place.title, _("version %(number)s", number=place.number), place.place))
    words = _("“%(words)s”", words=place.words)
    return f"{words}\n{where}"
