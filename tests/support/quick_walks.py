"""Walking through the quick check like a browser, which sends the header Origin with each form."""

import re
from collections.abc import Mapping
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from compliance.questionnaire.edition import Edition

#: The answers, one of them blank, with a score of 44, between 44 and 53.
LINES = ("written", "all", "none", "all", "written", "some", "none", "some", "", "some", "written", "all")
OURS = {"Origin": "http://localhost"}


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def send(client: FlaskClient, where: str, headers: Mapping[str, str] = OURS, **fields: str) -> TestResponse:
    return client.post(where, data=fields, headers=dict(headers))


def answer(client: FlaskClient, quick: Edition, number: int, line: str, **more: str) -> TestResponse:
    question = list(quick.questions)[number - 1]
    where = "/quick" if number == 1 else f"/quick/{number}"
    return client.post(where, data={question: line, **more}, headers=OURS)


def walk(client: FlaskClient, quick: Edition, lines: tuple[str, ...] = LINES) -> dict[str, str]:
    for number, line in enumerate(lines, 1):
        response = answer(client, quick, number, line)
        assert response.status_code == 303
    assert response.headers["Location"] == "/quick/result"
    return {question: line for question, line in zip(quick.questions, lines, strict=True) if line}
