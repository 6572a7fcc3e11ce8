"""Filling in a form as ODK Collect does: the XForm that pyxform made, with expressions evaluated after each answer.

A question that is not shown takes no answer, and expressions find it empty. The expressions are XPath 1.0 with those
functions of ODK that the tool's forms use.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lxml import etree

from compliance.questionnaire.answers import Answer, AnswerSheet, NotApplicable, number_text, write_answer
from compliance.questionnaire.edition import Edition
from compliance.xlsform.form_export import export_form
from compliance.xlsform.form_workbook import Form, convert_with_pyxform
from compliance.xlsform.xpath import (
    COMPANY_FIELD,
    EVIDENCE_SUFFIX,
    REASON_SUFFIX,
    TITLE_SUFFIX,
    WORD_SUFFIX,
    choice_name,
    choice_of_place,
    field_name,
    profile_field_name,
)


def form_and_xform(edition: Edition, *, evidence: bool = False) -> tuple[Form, "XForm"]:
    form = export_form({"en": edition}, evidence=evidence)
    return form, XForm(convert_with_pyxform(form.sheets, {sheet: form.columns(sheet) for sheet in form.sheets}))


class XForm:
    """An empty form, which each call of `fill` fills in from the beginning."""

    def __init__(self, xml: str) -> None:
        root = etree.fromstring(xml.encode())
        self.binds = {bind.get("nodeset"): bind for bind in root.iter("{*}bind")}
        self.empty = _without_namespaces(next(root.iter("{*}instance"))[0])
        self.expressions: dict[str, etree.XPath] = {}

    def fill(self, answers: Mapping[str, str]) -> dict[str, str]:
        """Fill in the form in order, answering those questions that are shown, and return its final content by path."""
        filled = etree.ElementTree(etree.fromstring(etree.tostring(self.empty)))
        leaves = [node for node in filled.iter() if not len(node) and filled.getpath(node).count("/") > 1]
        self.calculate(filled)
        for leaf in leaves:
            path = filled.getpath(leaf)
            if leaf.tag not in answers or not answers[leaf.tag]:
                continue
            if self.shown(filled, path):
                leaf.text = answers[leaf.tag]
                self.calculate(filled, path)
                constraint = self.binds[path].get("constraint") if path in self.binds else None
                assert not constraint or self.value(leaf, constraint), (path, leaf.text, constraint)
        assert not self.calculate(filled), "a calculation rests on what it does not name"
        return {filled.getpath(leaf): leaf.text or "" for leaf in leaves if "/meta/" not in filled.getpath(leaf)}

    def shown(self, filled: Any, path: str) -> bool:
        parts = path.split("/")
        paths = ["/".join(parts[:end]) for end in range(3, len(parts) + 1)]
        conditions = [self.binds[p].get("relevant") for p in paths if p in self.binds]
        return all(self.value(filled, condition) for condition in conditions if condition)

    def calculate(self, filled: Any, answered: str = "") -> set[str]:
        """Calculate all values, or those that depend on one answer, given by its path. Return the paths that changed.

        A value that depends on one that is calculated after it is calculated again.
        """
        every: set[str] = set()
        asked = {answered} if answered else None
        while asked is None or asked:
            changed = set()
            for path, bind in self.binds.items():
                expression = bind.get("calculate")
                if not expression or "/meta/" in path:
                    continue
                if asked is not None and not any(each in expression for each in asked | changed):
                    continue
                value, [leaf] = self.value(filled, expression), filled.xpath(path)
                text = number_text(value) if isinstance(value, float) else str(value)
                if text != (leaf.text or ""):
                    leaf.text = text
                    changed.add(path)
            every |= changed
            asked = changed
        return every

    def value(self, where: Any, expression: str) -> Any:
        if expression not in self.expressions:
            self.expressions[expression] = etree.XPath(expression, extensions=_FUNCTIONS)
        return self.expressions[expression](where)


def given(sheet: AnswerSheet, edition: Edition) -> dict[str, str]:
    """Return the answers of a sheet as they are entered into a form, by name."""
    found = {COMPANY_FIELD: sheet.company}
    for name, value in sheet.profile.items():
        found[profile_field_name(name)] = choice_name(value) if isinstance(value, str) else number_text(value)
    for question_id, answer in sheet.answers.items():
        name = field_name(question_id)
        if isinstance(answer, NotApplicable):
            found[name + REASON_SUFFIX] = answer.reason
        else:
            several = isinstance(answer, tuple)
            found[name] = " ".join(map(choice_of_place, answer)) if several else write_answer(answer)
        if question_id in sheet.evidenced and edition.questions[question_id].evidence == "expected":
            found[name + EVIDENCE_SUFFIX] = "Code, page 4"
    for question_id, word in sheet.words.items():
        found[field_name(question_id) + WORD_SUFFIX] = word.word
        found |= {field_name(question_id) + TITLE_SUFFIX: word.title} if word.title else {}
    return found


def as_offered(made: Edition, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Return the answers without places that are not in the list, as a form asks only about places in the list.

    Without a place, the box `+dated` is removed too, as a form does not accept it alone.
    """
    found = dict(answers)
    for question in made.places_questions:
        listed, answer = answers.get(question.places), answers.get(question.id)
        if not isinstance(listed, tuple):
            found.pop(question.id, None)
        elif isinstance(answer, tuple):
            boxes = ("+planned", "+dated") if set(answer) & set(listed) else ("+planned",)
            kept = tuple(part for part in answer if part in (*listed, "none", *boxes))
            found[question.id] = kept or ("none",)
    return found


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows(rows)
    return file.getvalue()


def _without_namespaces(element: Any) -> Any:
    copy = etree.Element(etree.QName(element).localname)
    copy.extend([_without_namespaces(child) for child in element])
    return copy


def _text(nodes: Any) -> str:
    return (nodes[0].text or "") if isinstance(nodes, list) and nodes else "" if isinstance(nodes, list) else str(nodes)


_FUNCTIONS = {
    (None, "selected"): lambda _context, nodes, choice: choice in _text(nodes).split(),
    (None, "count-selected"): lambda _context, nodes: float(len(_text(nodes).split())),
    (None, "if"): lambda _context, condition, then, otherwise: then if condition else otherwise,
}
