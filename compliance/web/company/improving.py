"""The way up: least effort to the next band or another target, in steps; and what if. Nothing is kept."""

from typing import Any

from flask import abort, render_template, request, url_for

from compliance.questionnaire.edition import Edition, Question
from compliance.scoring.improve import BASES, Improvement, improve
from compliance.scoring.target import Target, band_target, points_target
from compliance.scoring.what_if import what_if
from compliance.web.access import readers
from compliance.web.company.blueprint import bp
from compliance.web.company.improving_shape import improving_shape, tried_questions, what_if_shape
from compliance.web.company.scorecard import Read, explained_addresses, is_draft, read_of
from compliance.web.company.trying import Tried, fields_shape, read_tried, texts_of
from compliance.web.shapes import Shape


@bp.get("/assessments/<int:assessment_id>/improve")
@readers("company", "auditor")
def improving(assessment_id: int) -> str:
    """The steps, and the form to try answers out. 404 for a target, basis or requirement that is not there."""
    read, found = _found(assessment_id)
    asked = _tried(read, found)
    return _show(read, found, fields_shape(asked, texts_of(asked, found.change, read.sheet), read.sheet, {}), None, [])


@bp.post("/assessments/<int:assessment_id>/improve")
@readers("company", "auditor")
def trying(assessment_id: int) -> str:
    """The score before and after some answers are changed; they go nowhere else."""
    read, found = _found(assessment_id)
    asked = _tried(read, found)
    tried = read_tried(asked, request.form)
    seen = None if tried.errors else what_if(read.asked.plan, read.sheet, _new(read, tried), found.basis)
    shape = None if seen is None else what_if_shape(read.asked.edition, seen)
    errors = [{"target": f"w-{question}", "text": sentence} for question, sentence in tried.errors.items()]
    return _show(read, found, fields_shape(asked, tried.typed, read.sheet, tried.errors), shape, errors)


def _found(assessment_id: int) -> tuple[Read, Improvement]:
    read = read_of(assessment_id)
    basis = next((basis for basis in BASES if basis == request.args.get("basis", "claimed")), None) or abort(404)
    return read, improve(read.asked.plan, read.sheet, _target(read.asked.edition), basis)


def _target(edition: Edition) -> Target | None:
    """The band or the number of points that the address asks for; None: the next band."""
    wanted = request.args.get("to", "")
    ids = [band.id for band in edition.bands]
    if not wanted:
        return None
    if wanted in ids:
        return band_target(edition, ids.index(wanted))
    try:
        points = float(wanted)
    except ValueError:
        abort(404)
    return points_target(points) if 0 <= points <= edition.scale else abort(404)


def _tried(read: Read, found: Improvement) -> tuple[Question, ...]:
    """The questions that can be tried out: of the requirement that the address names, else of the first steps."""
    wanted = request.args.get("requirement", "")
    if wanted and wanted not in {requirement.id for requirement in read.asked.edition.requirements}:
        abort(404)
    return tried_questions(read.asked.edition, found, wanted)


def _new(read: Read, tried: Tried) -> dict[str, Any]:
    """What is answered otherwise than it stands."""
    return {q: answer for q, answer in tried.answers.items() if answer != read.sheet.answers.get(q)}


def _show(read: Read, found: Improvement, fields: list[Shape], seen: Shape | None, errors: list[Shape]) -> str:
    requirement = request.args.get("requirement", "")
    here: dict[str, Any] = {
        "assessment_id": read.assessment_id,
        "as": "draft" if is_draft() else None,
        "to": request.args.get("to") or None,
        "basis": found.basis if found.basis != "claimed" else None,
    }
    return render_template(
        "company/improving.html",
        read=read,
        edition=read.asked.edition,
        draft=is_draft(),
        basis=found.basis,
        wanted=request.args.get("to", ""),
        requirement=requirement,
        leads=explained_addresses(read, found.basis if found.basis != "claimed" else None),
        tries={r.id: url_for("company.improving", requirement=r.id, **here) for r in read.asked.edition.requirements},
        action=url_for("company.trying", requirement=requirement or None, _anchor="try", **here),
        fields=fields,
        seen=seen,
        errors=errors,
        **improving_shape(found, read.facts),
    )
