"""The parts of an .xlsx file as XlsxWriter puts them together, and what it does not offer."""

import xlsxwriter
from xlsxwriter.core import Core
from xlsxwriter.packager import Packager


class WorkbookInALanguage(xlsxwriter.Workbook):  # type: ignore[misc]
    """A workbook that says in its properties which language it is in, which XlsxWriter 3.3 does not offer."""

    language = ""

    def _get_packager(self) -> Packager:
        return PackagerWithLanguage()


class PackagerWithLanguage(Packager):  # type: ignore[misc]
    """Puts the parts of such a workbook together."""

    def _write_core_file(self) -> None:
        core = _PropertiesWithLanguage()
        core.language = self.workbook.language
        core._set_properties(self.workbook.doc_properties)
        core._set_xml_writer(self._filename("docProps/core.xml"))
        core._assemble_xml_file()


class _PropertiesWithLanguage(Core):  # type: ignore[misc]
    language = ""

    def _write_dcterms_modified(self) -> None:
        super()._write_dcterms_modified()
        self._xml_data_element("dc:language", self.language)
