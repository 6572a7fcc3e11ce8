"""Lists of companies are read in any encoding, with headings in four languages, and errors are reported by line."""

from io import BytesIO

import openpyxl
import pytest

from compliance.company_lists.list_files import UnreadableList, guess_encoding, possible_encodings
from compliance.company_lists.list_lines import CompanyList, encoding_choices, read_list
from compliance.languages.interface_messages import in_language
from compliance.store import CompanyToInvite
from tests.support.hostile_workbooks import ods

SECTORS = {"travel": ["Travel and tours", "Voyages"], "lodging": ["Hotels"]}
LEI = "529900T8BM49AURSDO55"
MÜLLER = "Müller Reisen"


def read(text: str, encoding: str = "utf_8") -> CompanyList:
    return read_list(text.encode(encoding), SECTORS)


def workbook(*rows: tuple[object, ...]) -> bytes:
    book, file = openpyxl.Workbook(), BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def only_fault(text: str) -> tuple[int, str]:
    (fault,) = read(text).faults
    return fault.line, fault.message


# ── Files


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("utf_8", [MÜLLER, "Société Générale des Hôtels"]),
        ("utf_8_sig", [MÜLLER, "Société Générale des Hôtels"]),
        ("utf_16", [MÜLLER, "شركة السفر"]),
        ("cp1252", [MÜLLER, "Société Générale des Hôtels", "Año Nuevo Viajes", "Agência de Turismo São José"]),
        ("cp1251", ["Московское бюро путешествий", "Гостиница Центральная", "Северные авиалинии"]),
        ("cp1256", ["شركة السياحة والسفر العربية", "فنادق المدينة الكبرى", "مؤسسة الرحلات الدولية"]),
    ],
)
def test_the_encoding_of_a_list_is_guessed(encoding: str, names: list[str]) -> None:
    content = "\n".join(["name", *names]).encode(encoding)
    found = read_list(content, SECTORS)
    assert [company.name for company in found.companies] == names
    assert found.encoding == encoding.removesuffix("_sig")


def test_an_ods_file_is_refused_in_the_language_of_the_steward() -> None:
    with in_language("ar"), pytest.raises(UnreadableList) as refused:
        read_list(ods({"Companies": ""}), SECTORS)
    assert "an .xlsx file is read" not in str(refused.value) and ".ods" in str(refused.value)


def test_every_possible_encoding_is_offered_with_the_first_names_it_gives() -> None:
    content = f"name\n{MÜLLER}\nAlpha Tours\n".encode("cp1252")
    offered = dict(encoding_choices(content, possible_encodings(content)))
    assert next(iter(offered)) == guess_encoding(content)
    assert offered["cp1252"] == f"{MÜLLER}, Alpha Tours"
    assert "utf_8" not in offered and offered["mac_roman"] != offered["cp1252"]
    chosen = read_list(content, SECTORS, "mac_roman")
    assert chosen.encoding == "mac_roman" and chosen.companies[0].name != MÜLLER
    with pytest.raises(UnreadableList, match="not in the encoding UTF-8"):
        read_list(content, SECTORS, "utf_8")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_guessed(delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (("name", "country"), ("Alpha Tours", "FRA"), ("Bravo", "DEU")))
    assert [(c.name, c.country) for c in read(text).companies] == [("Alpha Tours", "FRA"), ("Bravo", "DEU")]


def test_a_list_may_have_only_names_and_a_name_may_contain_a_comma() -> None:
    assert [c.name for c in read("Company\nAlpha Tours\nBravo Hotels\n").companies] == ["Alpha Tours", "Bravo Hotels"]
    unquoted = read('Company\nAlpha, Sons & Co.\n"Bravo; Hotels"\n')
    assert [c.name for c in unquoted.companies] == ["Alpha, Sons & Co.", "Bravo; Hotels"]
    quoted = read('name,country\n"Alpha, Sons & Co.",FRA\n')
    assert quoted.companies[0].name == "Alpha, Sons & Co." and not quoted.faults


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("sign", ["\u2028", "\x0b", "\x0c", "\x85"])
def test_a_name_with_a_line_break_of_another_program_stays_one_company(ending: str, sign: str) -> None:
    found = read(ending.join(["name,country", f"Alpha{sign}Tours,FRA", "Bravo,DEU"]))
    assert [(c.line, c.name, c.country) for c in found.companies] == [(2, "Alpha Tours", "FRA"), (3, "Bravo", "DEU")]


def test_companies_and_errors_of_a_workbook_have_its_row_numbers() -> None:
    found = read_list(workbook(("Company", "Country"), ("Alpha Tours", "FRA"), (None, None), ("Bravo", "xx")), SECTORS)
    assert [(c.line, c.name) for c in found.companies] == [(2, "Alpha Tours"), (4, "Bravo")]
    assert [fault.line for fault in found.faults] == [4]
    assert found.encoding == "" and list(possible_encodings(workbook(("name",)))) == []


# ── Headings and cells


@pytest.mark.parametrize(
    "header",
    [
        "Company name;Country;Sector;Web site;LEI;E-mail",
        "Raison sociale;Pays;Secteur;Site web;Code LEI;Courriel",
        "Razón social;País;Sector;Sitio web;Código LEI;Correo electrónico",
        "اسم الشركة;البلد;القطاع;الموقع الإلكتروني;LEI;البريد الإلكتروني",
    ],
    ids=["English", "French", "Spanish", "Arabic"],
)
def test_headings_are_recognised_in_four_languages(header: str) -> None:
    line = f"Alpha Tours;FRA;travel;https://www.alpha.example/about;{LEI.lower()};Info@Alpha.example"
    found = read(f"{header}\n{line}\n")
    assert found.companies == [
        CompanyToInvite(
            line=2,
            name="Alpha Tours",
            country="FRA",
            sector="travel",
            website_domain="alpha.example",
            lei=LEI,
            email="info@alpha.example",
        )
    ]
    assert not found.faults and not found.unread


@pytest.mark.parametrize("country", ["FRA", "fra", "France", "Francia", "فرنسا"])
def test_a_country_is_recognised_by_its_code_and_by_its_name_in_four_languages(country: str) -> None:
    assert read(f"name,country\nAlpha,{country}\n").companies[0].country == "FRA"


def test_a_sector_is_recognised_by_its_id_and_by_its_names() -> None:
    found = read("name,sector\nA,travel\nB,Travel and Tours\nC,VOYAGES\n")
    assert [company.sector for company in found.companies] == ["travel"] * 3


def test_a_column_that_is_not_read_is_named() -> None:
    assert list(read("name,Turnover,notes\nAlpha,1,2\n").unread) == ["Turnover", "notes"]


def test_a_domain_that_anyone_can_use_is_not_recorded_for_a_company() -> None:
    assert read("name,web\nAlpha,https://facebook.com/alpha\n").companies[0].website_domain == ""


# ── Errors


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",FRA,,", "has no name"),
        (f"{'x' * 201},FRA,,", "at most 200 characters"),
        ("Alpha,Narnia,,", "“Narnia” is not a known country. Write its three-letter code, such as FRA."),
        ("Alpha,,nowhere at all,", "“nowhere at all” is not a web address"),
        ("Alpha,,,529900T8BM49AURSDO56", "is not a valid LEI"),
    ],
)
def test_an_error_is_reported_with_its_line_and_the_reason(line: str, said: str) -> None:
    number, message = only_fault(f"name,country,website,lei\nBravo,DEU,,\n{line}\n")
    assert number == 3 and said in message


def test_email_addresses_and_sectors_are_checked_too() -> None:
    assert "not an e-mail address" in only_fault("name,email\nAlpha,nobody\n")[1]
    assert "Write one of travel, lodging" in only_fault("name,sector\nAlpha,farming\n")[1]


def test_a_name_that_a_comma_parted_is_a_fault_and_never_shortened_in_silence() -> None:
    line, message = only_fault("name,notes\nAlpha,\nBravo, Sons & Co.,new\n")
    assert line == 3 and "more cells than there are headings" in message
    assert not read("name,notes\nAlpha,1,,\n").faults


def test_all_errors_are_reported_at_once_in_the_order_of_lines() -> None:
    found = read("name,country\n,FRA\nAlpha,Narnia\nBravo,FRA\n,Oz\n")
    assert [fault.line for fault in found.faults] == [2, 3, 5, 5]


@pytest.mark.parametrize(
    "text",
    [
        "name,country\nAlpha Tours Ltd,FRA\nBravo,DEU\nALPHA TOURS,FRA\n",
        f"name,lei\nAlpha,{LEI}\nBravo,\nGamma,{LEI}\n",
    ],
    ids=["name", "LEI"],
)
def test_a_company_that_is_listed_twice_is_reported(text: str) -> None:
    assert only_fault(text) == (4, "This company is already in line 2. Delete one of the two.")


def test_one_website_for_two_companies_and_one_name_in_two_countries_are_not_errors() -> None:
    found = read("name,website\nAlpha Hotels,alpha.example\nAlpha Tours,www.alpha.example\n")
    assert not found.faults
    assert [(one.line, "same website as line 2" in one.message) for one in found.remarks] == [(3, True)]
    assert not read("name,country\nAlpha,FRA\nAlpha,DEU\n").faults


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty"),
        (b"name,country\n", "no company below it"),
        (b"Firmenname,Land\nAlpha,FRA\n", "Headings found: Firmenname, Land."),
        (b"name,company\nAlpha,Bravo\n", "mean the same"),
        (b'name,country\n"Alpha,FRA\n', "quotation mark"),
        (b"PK\x03\x04 and then nothing", "The workbook cannot be read"),
        (b"name\n" + b"x\n" * 5_001, "at most 5000 companies"),
    ],
)
def test_an_unusable_list_is_refused_with_a_message(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableList, match=said):
        read_list(content, SECTORS)
