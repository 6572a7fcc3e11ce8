"""The quick check: the edition it asks, and the answers, which lie in the visitor's own cookie and nowhere else."""

from collections.abc import Iterable

from flask import Blueprint, Response, abort, g, request, session

from compliance.questionnaire.answers import AnswerSheet
from compliance.web.editions import Asked, editions, quick_edition
from compliance.web.quick.link_code import Answers, BadCode, read_code, write_code

bp = Blueprint("quick", __name__)

_ANSWERS = "quick"
_LEFT_OPEN = "quick-left-open"
#: What shows answers, and is not for search engines.
_RESULTS = frozenset({"quick.result", "quick.workbook", "quick.shared", "quick.shared_workbook"})
#: What has the answers in its address, which no other page shall learn.
_SHARED = frozenset({"quick.shared", "quick.shared_workbook", "quick.offer"})


def asked() -> Asked:
    """The quick form that is asked now; without one there is no such page."""
    return quick_edition() or abort(404)


def given() -> dict[str, str]:
    """The answers of this visitor: option ids by question. Those to an edition that is gone are none any more."""
    try:
        _edition, answers = read_code(session.get(_ANSWERS, ""), [asked().edition])
    except BadCode:
        return {}
    return answers


def left_open() -> frozenset[str]:
    """The questions to which this visitor said "I don't know yet": blanks, and their page says it again."""
    return frozenset(session.get(_LEFT_OPEN, ()))


def keep(answers: Answers, left_open: Iterable[str] = ()) -> None:
    """Keep answers in the cookie of this visitor, in the few characters of a result link."""
    session[_ANSWERS] = write_code(asked().edition, answers)
    session[_LEFT_OPEN] = sorted(left_open)


def forget() -> None:
    """Keep nothing any more."""
    session.pop(_ANSWERS, None)
    session.pop(_LEFT_OPEN, None)


def read_link(code: str) -> tuple[Asked, dict[str, str]]:
    """What a result link holds, of any quick form that this installation has. Raise BadCode."""
    forms = {one.edition.digest: one for one in editions().values() if one.edition.form == "quick"}
    edition, answers = read_code(code, (one.edition for one in forms.values()))
    return forms[edition.digest], answers


def sheet_of(answers: Answers) -> AnswerSheet:
    """The answers as scoring reads them."""
    return AnswerSheet(answers=dict(answers))


@bp.before_request
def _keep_link() -> None:
    """Until a link is read and shown, no page repeats what stands in its address."""
    g.leads_home = "code" in (request.view_args or {})


@bp.after_request
def _say_little(response: Response) -> Response:
    if request.endpoint in _RESULTS | _SHARED:
        response.headers["X-Robots-Tag"] = "noindex"
    if request.endpoint in _SHARED:
        response.headers["Referrer-Policy"] = "no-referrer"
    return response
