"""The files of the demonstration, to be put into the file storage when a database is filled.

Files in the library of the company that signs in are made here: a register, and an invented code of conduct in two
versions with marks. The text is not that of any company. Files, and so their digests, are the same on every machine.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from textwrap import wrap

from compliance.demonstration.desk_readings import demo_files
from compliance.documents.document import Document, TextBlock, paged_document

REGISTER = b"country,house,people trained,on\nPT,Lisbon,41,2026-03-12\nMA,Agadir,27,2026-04-02\n"
TITLE = "Code of conduct of Example Hotels 07"
#: Pages are separated by a line of dashes, paragraphs by an empty line. Headings begin with #.
FIRST_VERSION = """\
# Code of conduct of Example Hotels 07

This text is invented for the demonstration of Article 34. There is no such company, and nobody is bound by it.

# 1 What this code is for

This code says how we work in our houses, on our journeys and with the people whom we meet there. It is short, so that
it is read.

We sell rest. Guests can only rest where nobody pays for it with harm, and least of all a child.

The board adopted this code on 12 March 2025. It replaces the code of 2021.
---
# 2 Whom it binds

This code binds every employee and every manager. It also binds the members of the board and the owners of the
company.

Agency workers, contractors, trainees and volunteers follow the rules on protecting children while they work in our
houses.

Firms that run a house under our name under a franchise apply this code as we do.
---
# 3 Law and standards

We obey the law of every country in which we work. Where this code is stricter than the law, this code is what you
follow.

Where local law protects children less than international standards do, people follow the standard that protects
children better.

We follow the United Nations Convention on the Rights of the Child and the Children’s Rights and Business Principles.
---
# 4 Who is a child

In this code a child is anyone under 18, whatever the local age of consent, marriage or majority.

If you are unsure whether somebody is under 18, treat that person as a child until the age is known.

In every decision that affects a child, the best interests of the child come first, before our reputation and before a
sale.
---
# 5 What is forbidden

Sexual exploitation and sexual abuse of children are forbidden in every form. Nobody who works for us may have any
sexual contact with a child.

Nobody may pay for a sexual act with a child, arrange one, or look away when somebody else does.

Our houses, vehicles and networks must never be used to traffic people or to sell a child.

We do not tolerate marriages of children on our premises, whatever a contract says.
---
# 6 Online and on devices

Nobody makes, keeps, views or shares child sexual abuse material, on our devices or on their own.

Writing to a child in order to prepare sexual contact is grooming, and it is forbidden whether or not a meeting
follows.

Internet access in our houses is filtered. Attempts to open known pages with abuse material are blocked and reported.
---
# 7 On journeys and in private life

The ban on sexual exploitation of children does not end with the shift. It applies in private life and on every
business trip.

Whoever travels for us buys no sexual services from anybody, at any time of the journey.

Drivers and guides do not take guests to places where children are exploited, and they say why.
---
# 8 What is no excuse

That a child agreed is no excuse. Neither is a custom, a local law or the consent of a parent.

Money, meals and gifts excuse nothing either. They are part of the harm.

Who did not ask for the age cannot plead that the child looked older.
---
# 9 Work of children and young people

We employ nobody under 16, and nobody younger than the age at which compulsory schooling ends. Proof of age is seen
before work starts.

People under 18 do no dangerous work and no work at night. Their shifts leave time for school or training.

Trainees are never alone with a guest in a room, and they can refuse a task that frightens them.
---
# 10 Guests and check-in

Reception asks for the documents of every child and of the adult who arrives with the child. If something is not
right, reception calls the manager on duty.

A guest who breaks the rules on children leaves the house at once and is not received again.

A notice in every room tells guests what we do not tolerate and whom to call.

We do not sell visits to homes for children, and our desks do not book them for anyone.
---
# 11 Working with children

People are checked before they work in the children’s club or at the pool: identity, references, and a certificate
from every country in which they lived in the past five years.

Nobody is alone with a child out of sight of others. Nobody hits, humiliates or threatens a child.

In the children’s club there is one adult to eight children, and always at least two adults.
---
# 12 Pictures and data

A picture of a child is taken only if the child and a parent agree. It never shows where the child lives.

Advertising never shows a child in a sexual or degrading way.

What we know of guests stays with us. Data of children are deleted when the bill is paid.
---
# 13 Suppliers and partners

The rules on protecting children are part of every contract. Suppliers pass them on to their own suppliers.

We visit places of work with notice and without. A supplier has ninety days to put right what we find.

If a child is found working, we see to it that the child can go to school, and we do not simply leave.

We end a contract if a partner hides that a child was harmed.
---
# 14 Who is in charge

The chief executive is responsible to the board for protecting children. The director of people puts this code into
practice.

In each house the manager is the first contact, and a deputy stands in when the manager is away or is accused.

The contacts are listed in every staff room, with a telephone number that is answered by day and night.
---
# 15 Training

Every employee is trained in the first month and again each year. Training names signs of exploitation and what to do.

Managers and contacts take a longer course, which a children’s rights organisation gives.

Agency workers hear the rules on their first day, in a language that they understand.
---
# 16 Speaking up

You must report any suspicion that a child is harmed at once. You need no proof.

Employees, guests and neighbours can call the speak-up line, by day or night and without giving a name. Nobody is
punished for a report made in good faith.

If a child is in danger, call the police first and us afterwards.

The general manager decides whether a suspicion is reported to the local police.
---
# 17 When a child may have been harmed

The safety of the child decides everything that is done first. The person under suspicion is kept away from children.

Listen calmly, write down what the child says word for word, and ask no questions that suggest an answer. Never
promise to keep it secret.

Names and pictures of a child who may have been harmed are given to nobody who does not need them.

Whoever breaks the rules on children can be dismissed without notice. This holds for managers and for members of the
board as well.
---
# 18 Honest business

We neither give nor take bribes. Gifts above fifty euros are declared.

We compete fairly, pay our taxes where we earn, and keep our books in order.

Helmets, harnesses and fire doors are there to be used. Report what is broken.

We save water and energy, and we say each year how much.

The board reviews this code every two years, and after every serious incident. We publish each year how many people
were trained.
"""
#: Sentences or paragraphs that the second version rewords, with their new text.
REWORDED: Mapping[str, str] = {
    "The board adopted this code on 12 March 2025. It replaces the code of 2021.": (
        "The board adopted this code on 9 April 2026. It replaces the code of 2025."
    ),
    "Nobody may pay for a sexual act with a child, arrange one, or look away when somebody else does.": (
        "Nobody may pay for, arrange or allow a sexual act with a child, or look away when somebody else does."
    ),
    "Agency workers, contractors, trainees and volunteers follow the rules on protecting children while they work in "
    "our houses.": (
        "Agency workers, contractors, trainees and volunteers follow the rules on protecting children whenever they "
        "work for us."
    ),
    "The general manager decides whether a suspicion is reported to the local police.": (
        "Every suspicion is reported to the police or to child protection within 24 hours, and nobody in the house "
        "decides otherwise."
    ),
    "In the children’s club there is one adult to eight children, and always at least two adults.": (
        "In the children’s club there is one adult to six children, and always at least two adults."
    ),
}
#: The sentence that the second version leaves out, as if nobody were meant to notice.
DROPPED = "Nobody is punished for a report made in good faith."
#: A sentence that moves to the end of the page with this heading.
MOVED = ("A notice in every room tells guests what we do not tolerate and whom to call.", "# 15 Training")
#: Marks in the first and the second version, made if the option was chosen: question, option, beginning of a sentence.
MARKED_FIRST: Sequence[tuple[str, str, str]] = (
    ("r02.text", "sexual", "Sexual exploitation and sexual abuse"),
    ("r02.text.b", "every", "Sexual exploitation and sexual abuse"),
    ("r02.text.b", "acts", "Nobody who works for us may have"),
    ("r02.text.b", "trafficking", "Our houses, vehicles and networks"),
    ("r02.text.b", "marriage", "We do not tolerate marriages"),
    ("r02.text.c", "material", "Nobody makes, keeps, views"),
    ("r02.text.c", "grooming", "Writing to a child in order"),
    ("r03.text", "full", "In this code a child is anyone"),
    ("r03.text", "plain", "In this code a child is anyone"),
    ("r05.text", "paying", "Nobody may pay for a sexual act"),
    ("r05.text", "helping", "Nobody may pay for a sexual act"),
    ("r05.text.b", "private", "It applies in private life"),
    ("r05.text.b", "trips", "It applies in private life"),
    ("r05.text.b", "premises", "Our houses, vehicles and networks"),
    ("r05.text.b", "devices", "Nobody makes, keeps, views"),
    ("r05.text.b", "buying", "Whoever travels for us"),
    ("r04.text", "child", "That a child agreed"),
    ("r04.text", "custom", "Neither is a custom"),
    ("r04.text", "family", "Neither is a custom"),
    ("r04.text", "payment", "Money, meals and gifts"),
    ("r01.text", "crc", "We follow the United Nations"),
    ("r01.text", "principles", "We follow the United Nations"),
    ("r07.text", "children", "Where local law protects children less"),
    ("r16.text", "contractors", "Agency workers, contractors"),
    ("r16.text", "volunteers", "Agency workers, contractors"),
    ("r13.text", "executive", "The chief executive"),
    ("r13.text", "local", "In each house the manager"),
    ("r42.text.b", "retaliation", DROPPED),
    ("r44.text", "once", "You must report any suspicion"),
    ("r44.text.b", "may", "The general manager decides"),
)
MARKED_SECOND: Sequence[tuple[str, str, str]] = (
    ("r06.text", "must", "In every decision that affects a child"),
    ("r06.text", "reputation", "In every decision that affects a child"),
    ("r41.text", "proof", "Proof of age is seen"),
    ("r41.text", "hazardous", "People under 18 do no dangerous work"),
    ("r41.text.b", "night", "People under 18 do no dangerous work"),
    ("r41.text.b", "school", "Their shifts leave time"),
    ("r17.text", "contract", "The rules on protecting children are part"),
    ("r19.text", "subcontractors", "Suppliers pass them on"),
    ("r12.text", "review", "The board reviews this code"),
    ("r45.text", "danger", "If a child is in danger"),
)
# An A4 page in points, with the base fonts that every PDF reader has.
_WIDTH, _HEIGHT, _MARGIN, _LINE, _GAP, _LETTERS = 595, 842, 64, 15, 12, 84
_BODY, _HEADING = ("F1", 11), ("F2", 16)


def demonstration_files() -> list[bytes]:
    """Return all files of the demonstration, including those of the desk readings."""
    return [REGISTER, *(file for file, _text in example_codes()), *demo_files()]


@cache
def example_codes() -> tuple[tuple[bytes, Document], tuple[bytes, Document]]:
    """Return both versions of the code as a PDF file and the document read from it, so that seeding reads no files."""
    first = _pages(FIRST_VERSION)
    second = _second_version(first)
    return (_pdf(first), _document(first)), (_pdf(second), _document(second))


def _document(pages: Sequence[Sequence[str]]) -> Document:
    return paged_document(
        "pdf",
        [[TextBlock(each.removeprefix("# "), level=int(each.startswith("# "))) for each in page] for page in pages],
    )


def _pages(text: str) -> list[list[str]]:
    return [[" ".join(each.split()) for each in page.split("\n\n")] for page in text.split("\n---\n")]


def _second_version(first: Sequence[Sequence[str]]) -> list[list[str]]:
    words, after = MOVED
    pages = []
    for page in first:
        kept = [REWORDED.get(paragraph, paragraph).replace(f" {DROPPED}", "") for paragraph in page]
        pages.append([paragraph for paragraph in kept if paragraph != words] + ([words] if after in page else []))
    return pages


def _pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """Return a PDF file with these pages of paragraphs and, with #, headings. Text must be in Windows-1252."""
    fonts = ("Helvetica", "Helvetica-Bold")
    count, first_page = len(pages), 3 + len(fonts)
    kids = " ".join(f"{first_page + 2 * number} 0 R" for number in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en) >>",
        f"<< /Type /Pages /Count {count} /Kids [{kids}] >>".encode(),
        *(_font(name) for name in fonts),
    ]
    for number, page in enumerate(pages):
        stream = "\n".join(_page(page)).encode("cp1252")
        box, contents = f"[0 0 {_WIDTH} {_HEIGHT}]", f"{first_page + 2 * number + 1} 0 R"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Contents {contents} "
            "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>".encode()
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream")
    return _file(objects)


def _font(name: str) -> bytes:
    return f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode()


def _page(paragraphs: Sequence[str]) -> Iterator[str]:
    top = _HEIGHT - _MARGIN
    yield "BT"
    for paragraph in paragraphs:
        is_heading = paragraph.startswith("# ")
        font, size = _HEADING if is_heading else _BODY
        yield f"/{font} {size} Tf"
        for line in wrap(paragraph.removeprefix("# "), _LETTERS * _BODY[1] // size):
            escaped = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            yield f"1 0 0 1 {_MARGIN} {top} Tm ({escaped}) Tj"
            top -= _LINE * size // _BODY[1]
        top -= _GAP
    yield "ET"


def _file(objects: Sequence[bytes]) -> bytes:
    made = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    start = len(made)
    made += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    made += "".join(f"{place:010} 00000 n \n" for place in places).encode()
    made += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(made)
