"""Lines of a list as companies: headings in four languages, and every fault with its line and remedy."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from compliance.company_lists.list_files import ListTable, UnreadableList, read_table
from compliance.identity.matching import is_lei, normalised_lei
from compliance.identity.names import comparable_name
from compliance.identity.web_domains import own_domain, registrable_domain
from compliance.languages.formats import comma_list, country_name
from compliance.languages.interface_messages import LANGUAGES, in_language
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.countries import countries
from compliance.store import CompanyToInvite

#: Possible headings of a column in English, French, Spanish and Arabic, without accents and spaces.
HEADINGS: Mapping[str, str] = {
    "name": """name company companyname organisation organization companyororganisation businessname legalname firm
        nom entreprise nomdelentreprise societe raisonsociale organisme
        nombre empresa nombredelaempresa razonsocial compania organizacion sociedad
        الاسم اسم الشركة اسمالشركة المؤسسة اسمالمؤسسة""",
    "country": """country countrycode iso3 headquarters countryofheadquarters pays codepays siege paysdusiege
        pais codigodepais sede paisdelasede البلد الدولة رمزالبلد المقر بلدالمقر""",
    "sector": """sector industry branch secteur branche filiere secteurdactivite industria ramo sectordeactividad
        القطاع الصناعة""",
    "website": """website web webaddress url domain internet site siteweb siteinternet adresseweb domaine
        sitioweb paginaweb dominio direccionweb الموقع الموقعالالكتروني النطاق""",
    "lei": "lei leicode legalentityidentifier codelei codigolei رمزlei معرفالكيانالقانوني",
    "email": """email emailaddress mail contact contactemail courriel adressecourriel adresseemail
        correo correoelectronico contacto البريد البريدالالكتروني""",
}
MOST_COMPANIES = 5_000
LONGEST_NAME = 200
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


@dataclass(frozen=True, slots=True)
class ListFault:
    """What is wrong with a line, and how to correct it."""

    line: int  # its number in the file, from 1
    message: str


@dataclass(frozen=True, slots=True)
class CompanyList:
    """The companies in a file, and what is wrong with it. Stored only without faults."""

    companies: Sequence[CompanyToInvite]
    faults: Sequence[ListFault]
    remarks: Sequence[ListFault]  # unusual lines, which may be right
    unread: Sequence[str]  # headings of columns that are not read
    encoding: str  # a key of ENCODINGS; "" for a workbook


def read_list(content: bytes, sectors: Mapping[str, Iterable[str]], encoding: str = "") -> CompanyList:
    """Return the companies in a CSV file or workbook.

    `sectors`: by id, the words for each sector. `encoding` overrides the guess. Raise UnreadableList if the file as a
    whole cannot be read.
    """
    table = read_table(content, encoding)
    if not table.rows:
        raise UnreadableList(_("The file is empty. Choose a file with a heading and a line for each company."))
    (_number, header), *rows = table.rows
    columns = _columns(header)
    if not rows:
        raise UnreadableList(_("The file has a heading but no company below it."))
    if len(rows) > MOST_COMPANIES:
        raise UnreadableList(_("A list has at most %(most)s companies. Split it.", most=MOST_COMPANIES))
    reader = _LineReader(columns, {_plain(word): id for id, words in sectors.items() for word in (id, *words)})
    companies = [reader.company(number, row) for number, row in rows]
    if table.delimiter:
        reader.look_for_parted_texts(rows, len(header))
    reader.look_for_duplicates(companies)
    unread = [cell.strip() for place, cell in enumerate(header) if cell.strip() and place not in columns.values()]
    return CompanyList(companies, sorted(reader.faults, key=_by_line), reader.remarks, unread, table.encoding)


def first_names(table: ListTable, most: int = 3) -> list[str]:
    """Return the names of the first companies in a table, or the first cells if no heading is known."""
    (_number, header), *rows = table.rows or [(1, [])]
    place = next((at for at, cell in enumerate(header) if _heading(cell) == "name"), 0)
    return [row[place].strip() for _line, row in rows[:most] if place < len(row)]


def _by_line(fault: ListFault) -> int:
    return fault.line


def _columns(header: Sequence[str]) -> Mapping[str, int]:
    """Return the position of each known column. Raise UnreadableList if one is repeated, or none is the name."""
    found: dict[str, int] = {}
    for place, cell in enumerate(header):
        kind = _heading(cell)
        if kind and kind in found:
            raise UnreadableList(
                _("The headings “%(one)s” and “%(other)s” mean the same. Delete one of the columns.",
                  one=header[found[kind]].strip(), other=cell.strip())
            )  # fmt: skip
        if kind:
            found[kind] = place
    if "name" not in found:
        shown = comma_list(cell.strip() for cell in header if cell.strip())
        raise UnreadableList(
            _("No column is headed “name”. Write “name” in the first line, above the names of the companies. "
              "Headings found: %(headings)s.", headings=shown)
        )  # fmt: skip
    return found


@cache
def _kinds() -> Mapping[str, str]:
    return {_plain(heading): kind for kind, headings in HEADINGS.items() for heading in headings.split()}


def _heading(cell: str) -> str:
    """Return the column that a heading stands for, or "" for none."""
    return _kinds().get(_plain(cell), "")


def _plain(text: str) -> str:
    """Return the letters and digits of a text, ignoring case and accents."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in apart if letter.isalnum())


@cache
def _country_codes() -> Mapping[str, str]:
    """Return the code of each country, by its code and by its name in every language."""
    codes = {_plain(code): code for code in countries()}
    for language in LANGUAGES:
        with in_language(language):
            codes |= {_plain(country_name(code)): code for code in countries()}
    return codes


@dataclass(slots=True)
class _LineReader:
    columns: Mapping[str, int]
    sectors: Mapping[str, str]
    faults: list[ListFault] = field(default_factory=list)
    remarks: list[ListFault] = field(default_factory=list)

    def company(self, line: int, row: Sequence[str]) -> CompanyToInvite:
        """Return the company on a line, noting its faults."""
        cells = {kind: row[place].strip() for kind, place in self.columns.items() if place < len(row)}
        name = " ".join(cells.get("name", "").split())
        if not comparable_name(name):
            self._note(line, _("The company has no name. Write one, or delete the line."))
        elif len(name) > LONGEST_NAME:
            self._note(line, _("The name is too long. Use at most %(most)s characters.", most=LONGEST_NAME))
        return CompanyToInvite(
            line=line,
            name=name,
            country=self._country(line, cells.get("country", "")),
            sector=self._sector(line, cells.get("sector", "")),
            website_domain=self._domain(line, cells.get("website", "")),
            lei=self._lei(line, cells.get("lei", "")),
            email=self._email(line, cells.get("email", "")),
        )

    def look_for_parted_texts(self, rows: Iterable[tuple[int, Sequence[str]]], width: int) -> None:
        """Note lines with more cells than headings, as a text with the delimiter in it makes several cells."""
        for line, row in rows:
            if any(cell.strip() for cell in row[width:]):
                said = _(
                    "This line has more cells than there are headings. Put a text that contains the separator in "
                    "quotation marks."
                )
                self._note(line, said)

    def look_for_duplicates(self, companies: Sequence[CompanyToInvite]) -> None:
        """Note companies that are on the list twice as faults, and two with the same web site as remarks."""
        for kind, values in (
            ("lei", {c.line: c.lei for c in companies}),
            ("name", {c.line: f"{comparable_name(c.name)}, {c.country}" for c in companies if comparable_name(c.name)}),
            ("domain", {c.line: c.website_domain for c in companies}),
        ):
            first: dict[str, int] = {}
            for line, value in values.items():
                if value and first.setdefault(value, line) != line:
                    self._note_twin(kind, line, first[value])

    def _note_twin(self, kind: str, line: int, first: int) -> None:
        if kind == "domain":
            remark = _(
                "This line has the same website as line %(first)s. If both are the same company, delete one of them.",
                first=first,
            )
            self.remarks.append(ListFault(line, remark))
        elif not any(fault.line == line for fault in self.faults):
            self._note(line, _("This company is already in line %(first)s. Delete one of the two.", first=first))

    def _country(self, line: int, cell: str) -> str:
        code = _country_codes().get(_plain(cell), "")
        if cell and not code:
            self._note(
                line, _("“%(cell)s” is not a known country. Write its three-letter code, such as FRA.", cell=cell)
            )
        return code

    def _sector(self, line: int, cell: str) -> str:
        sector = self.sectors.get(_plain(cell), "")
        if cell and not sector:
            known = comma_list(dict.fromkeys(self.sectors.values()))
            said = _(
                "“%(cell)s” is not one of the questionnaire’s sectors. Write one of %(known)s, or leave it empty.",
                cell=cell,
                known=known,
            )
            self._note(line, said)
        return sector

    def _domain(self, line: int, cell: str) -> str:
        if cell and not registrable_domain(cell):
            said = _("“%(cell)s” is not a web address. Write one, such as example.org, or leave it empty.", cell=cell)
            self._note(line, said)
        return own_domain(cell)

    def _lei(self, line: int, cell: str) -> str:
        lei = normalised_lei(cell)
        if lei and not is_lei(lei):
            said = _(
                "“%(cell)s” is not a valid LEI. An LEI has 20 letters and digits, and the last two are check "
                "digits. Correct it, or delete it.",
                cell=cell,
            )
            self._note(line, said)
            return ""
        return lei

    def _email(self, line: int, cell: str) -> str:
        if cell and not _EMAIL.fullmatch(cell):
            said = _(
                "“%(cell)s” is not an e-mail address. Write one, such as name@example.org, or leave it empty.",
                cell=cell,
            )
            self._note(line, said)
        return cell.lower()

    def _note(self, line: int, message: str) -> None:
        self.faults.append(ListFault(line, message))


def encoding_choices(content: bytes, encodings: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each encoding with the first names read with it, so that people who know the names can choose."""
    for encoding in encodings:
        try:
            yield encoding, comma_list(first_names(read_table(content, encoding)))
        except UnreadableList:
            continue
