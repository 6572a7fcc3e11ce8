"""Showing and saving a page of ten questions, compared with `return "ok"` and a straightforward WTForms + ORM page.

The straightforward page asks the same ten questions with the same fields, builds a form class from them, lets WTForms
render every field, and stores answers as ORM objects. Both run in one app with the same sign-in, access check and
token, the "door". Its cost is measured by a view behind it that returns "ok", and subtracted. Times are CPU per
request. Only the ratios mean something.
"""

import itertools
import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flask import Flask, redirect, render_template, request
from flask.testing import FlaskClient
from flask_wtf import FlaskForm
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import delete, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from wtforms import DateField, Field, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import Length, Optional, ValidationError

from compliance.questionnaire.edition import Question
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.company.blueprint import own_assessment
from compliance.web.database import db, store_engine
from compliance.web.edition_registry import edition_by_id
from compliance.web.presenters.provisions import provision_views
from tests.support.sites import Site, begin, make_site, settle

ROUNDS, REPEATS = 7, 60
QUESTIONS = [f"r1.q{number}" for number in range(10)]

EDITION = """
id: ten-2026
title: Ten questions
bands: [{id: low, from: 0, title: Low}, {id: high, from: 50, title: High}]
lenses: {aspect: [code, practice, proof]}
option_sets:
  five: [{id: none, points: 0, text: "Nothing is done"},
    {id: planned, points: 1, text: "Decided, with a date and a named person, but not yet done"},
    {id: some, points: 4, text: "Done in some of the places where it applies, or done once"},
    {id: most, points: 7, text: "Done in more than half of the places, and in every priority country where we work"},
    {id: all, points: 10, text: "Done in every place where it applies, and repeated on a set date"}]
parts:
  - id: theme
    title: The theme
    parts:
      - id: r1
        title: Ten things are done
        expects: The company does ten things.
        law: [crc-34, ungp-23, opsc-11]
        aspect: practice
        parts:
"""
QUESTION = """          - {{id: {id}, ask: "In which of the places is this done, and is it repeated?",
             options: five, na: reason,
             help: "Places = sites. Counts: it is done and dated. Does not count: a plan. Settles it: the list."}}
"""


class Base(DeclarativeBase):
    """The base of the straightforward page's own tables."""


class PlainAnswer(Base):
    """An answer as an object."""

    __tablename__ = "plain_answer"

    assessment_id: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    reason: Mapped[str]
    by: Mapped[int]
    at: Mapped[datetime]


class PlainEvidence(Base):
    """A piece of evidence as an object."""

    __tablename__ = "plain_evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int]
    question: Mapped[str]
    document: Mapped[str]
    page: Mapped[str]
    passage: Mapped[str]


STRAIGHTFORWARD = """
{% extends "base.html" %}
{% block main %}
<h1>{{ title }}</h1>
<form method="post">{{ form.hidden_tag() }}
{% for question in questions %}{% set value = form[question.id] %}
<section class="question"><fieldset><legend><h2>{{ question.ask }}</h2></legend><p class="hint">{{ question.help }}</p>
{% for error in value.errors %}<p class="error">{{ error }}</p>{% endfor %}
<div class="options">
{% for choice in value %}<label class="option">{{ choice() }} {{ choice.label.text }}</label>{% endfor %}</div>
{% for part in parts %}{% set field = form[question.id ~ "#" ~ part] %}
<div>{{ field.label(class="label") }}{{ field() }}
{% for error in field.errors %}<p class="error">{{ error }}</p>{% endfor %}</div>
{% endfor %}</fieldset>
{% for piece in evidence[question.id] %}
<blockquote>{{ piece.passage }}, {{ piece.document }}, {{ piece.page }}</blockquote>{% endfor %}
{% for provision in law if question is sameas questions[0] %}
<p><b>{{ provision.short }} {{ provision.provision }}</b> {{ provision.paraphrase }}</p>{% endfor %}
</section>
{% endfor %}<button>Save</button></form>
{% endblock %}
"""
PARTS = ("reason", "passage", "document", "page", "dated", "link", "opened")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        site, number = prepared(Path(folder))
        client = site.client("ana")
        print(f"CPU per request in ms, least of {ROUNDS} rounds of {REPEATS}; ten questions, SQLite")
        shown(client, number, "choices alone")
        saved(client, number)
        quote(client, number)
        shown(client, number, "a passage quoted under half of them")
        site.close()


def prepared(folder: Path) -> tuple[Site, int]:
    """Make a site with both pages and Ana's answers on each, and return it with the id of her assessment."""
    edition = folder / "ten.yaml"
    edition.write_text(EDITION + "".join(QUESTION.format(id=name) for name in QUESTIONS))
    site = settle(make_site(f"sqlite:///{folder / 'article34.db'}", folder, EDITIONS=[edition], TESTING=False))
    Base.metadata.create_all(store_engine(site.app))
    loaders = [site.app.jinja_loader, DictLoader({"straightforward.html": STRAIGHTFORWARD})]
    site.app.jinja_env.loader = ChoiceLoader([loader for loader in loaders if loader is not None])
    site.app.add_url_rule("/door", "door", readers("company")(lambda: "ok"), methods=["GET", "POST"])
    page = readers("company")(straightforward)
    site.app.add_url_rule("/plain/<int:assessment_id>", "plain", page, methods=["GET", "POST"])
    number = begin(site)
    for address in (f"/assessments/{number}/theme", f"/plain/{number}"):
        alternating(site.client("ana"), address)()
    return site, number


def straightforward(assessment_id: int) -> Any:
    """Show or save the same ten questions, in a straightforward way."""
    edition = edition_by_id(own_assessment(assessment_id).edition_id).edition
    questions = list(edition.questions.values())
    stored = {row.question: row for row in db().scalars(select(PlainAnswer).filter_by(assessment_id=assessment_id))}
    data = {name: row.value for name, row in stored.items()}
    data |= {f"{name}#reason": row.reason for name, row in stored.items()}
    form = form_class(questions)(data=data) if request.method == "GET" else form_class(questions)()
    if form.validate_on_submit():
        keep(form, questions, stored, assessment_id)
        return redirect(request.path)
    pieces = db().scalars(select(PlainEvidence).filter_by(assessment_id=assessment_id)).all()
    return render_template(
        "straightforward.html",
        title="The theme",
        form=form,
        questions=questions,
        parts=PARTS,
        evidence={q.id: [p for p in pieces if p.question == q.id] for q in questions},
        law=provision_views(edition, edition.requirements[0].law),
    )


def form_class(questions: Sequence[Question]) -> type[FlaskForm]:
    """Return a form class made from the questions."""
    fields: dict[str, Any] = {}
    for question in questions:
        choices = [SelectChoice(o.id, f"{o.text} ({o.points:g} points)") for o in question.options]
        choices += [SelectChoice("", "Not known yet"), SelectChoice("n/a", "Does not apply to us")]
        fields[question.id] = RadioField("Answer", choices=choices, default="")
        fields[f"{question.id}#reason"] = TextAreaField("Why does it not apply?", [needs_reason(question.id)])
        fields[f"{question.id}#passage"] = TextAreaField("The sentence, word for word", [Length(max=4000)])
        for part, label in (("document", "Document"), ("page", "Page"), ("link", "Link")):
            fields[f"{question.id}#{part}"] = StringField(label, [Length(max=4000)])
        for part, label in (("dated", "Date of the document"), ("opened", "Opened on")):
            fields[f"{question.id}#{part}"] = DateField(label, [Optional()])
    return type("Page", (FlaskForm,), fields)


def needs_reason(question: str) -> Callable[[FlaskForm, Field], None]:
    """Return a validator that requires a reason for "does not apply"."""

    def check(form: FlaskForm, field: Field) -> None:
        if form[question].data == "n/a" and not field.data:
            raise ValidationError("Say why it does not apply.")

    return check


def keep(form: FlaskForm, questions: Sequence[Question], stored: dict[str, PlainAnswer], assessment_id: int) -> None:
    """Save every answer as an object."""
    for question in questions:
        value, reason = form[question.id].data, form[f"{question.id}#reason"].data or ""
        if not value:
            db().execute(delete(PlainAnswer).filter_by(assessment_id=assessment_id, question=question.id))
            continue
        row = stored.get(question.id)
        if row is None:
            row = PlainAnswer(assessment_id=assessment_id, question=question.id)
            db().add(row)
        row.value, row.reason, row.by, row.at = value, reason, me().id, datetime.now(UTC)
        if form[f"{question.id}#passage"].data:
            named = {part: form[f"{question.id}#{part}"].data for part in ("document", "page", "passage")}
            db().add(PlainEvidence(assessment_id=assessment_id, question=question.id, **named))
    db().commit()


def bare() -> Callable[[], Any]:
    """Return a request to an app that only returns "ok"."""
    app = Flask("bare")
    app.add_url_rule("/", "ok", lambda: "ok")
    client = app.test_client()
    return lambda: client.get("/")


def shown(client: FlaskClient, number: int, what: str) -> None:
    """Measure showing the page."""
    ok = least(bare())
    door = least(lambda: client.get("/door")) - ok
    ours = least(lambda: client.get(f"/assessments/{number}/theme"))
    plain = least(lambda: client.get(f"/plain/{number}"))
    report(f"GET, {what}", ok, door, ours, plain)


def quote(client: FlaskClient, number: int) -> None:
    """Quote a passage under every second question of both pages, so that these are rendered for this company alone."""
    for address in (f"/assessments/{number}/theme", f"/plain/{number}"):
        quoted = {f"{name}#passage": "We follow the stricter rule in every country." for name in QUESTIONS[::2]}
        quoted |= {f"{name}#{part}": f"{part} 7" for name in QUESTIONS[::2] for part in ("document", "page")}
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(address).text)
        assert token
        send(client, address, token[1], next(_turns), quoted)


def saved(client: FlaskClient, number: int) -> None:
    """Measure saving the page, with other answers each time."""
    ok = least(bare())
    door = least(alternating(client, "/door")) - ok
    ours = least(alternating(client, f"/assessments/{number}/theme"))
    with patch("compliance.store.answers_and_evidence.record_events", lambda *_args, **_named: None):
        untrailed = least(alternating(client, f"/assessments/{number}/theme"))
    plain = least(alternating(client, f"/plain/{number}"))
    report("POST", ok, door, untrailed, plain, trail=ours - untrailed)
    after = least(looked_at_after_saving(client, number), timed=True)
    print(f"GET right after a save, the score worked out anew: {after * 1e3:.2f} in all")


def alternating(client: FlaskClient, address: str) -> Callable[[], None]:
    """Return a function that posts the page, with other answers each time."""
    page = client.get(address).text if "/door" not in address else client.get("/account").text
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert token

    def go() -> None:
        send(client, address, token[1], next(_turns))

    return go


_versions: dict[str, int] = {}
_turns = itertools.count()


def send(client: FlaskClient, address: str, token: str, turn: int, more: Mapping[str, str] | None = None) -> None:
    """Post ten answers, all different from those before."""
    options = ("none", "planned", "some", "most", "all")
    version = _versions.get(address, 0)
    fields = {"csrf_token": token}
    for place, name in enumerate(QUESTIONS):
        fields |= {name: options[(turn + place) % 5], f"{name}#version": str(version)}
        fields |= {f"{name}#{part}": "" for part in PARTS}
    response = client.post(address, data={**fields, **(more or {})})
    assert response.status_code in (200, 302), response.status
    if "/assessments" in address:
        assert response.status_code == 302, "every answer is new, and none is stale"
        _versions[address] = version + 1


def looked_at_after_saving(client: FlaskClient, number: int) -> Callable[[], float]:
    """Return a function that saves, then loads the page, and returns the CPU seconds of the loading alone."""
    post = alternating(client, f"/assessments/{number}/theme")

    def go() -> float:
        post()
        started = time.process_time()
        client.get(f"/assessments/{number}/theme")
        return time.process_time() - started

    return go


def least(work: Callable[[], Any], *, timed: bool = False) -> float:
    """Return CPU seconds of one piece of work: the least mean of a round. `timed`: the work returns its own seconds."""
    work()
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        told = [work() for _ in range(REPEATS)]
        rounds.append((sum(told) if timed else time.process_time() - started) / REPEATS)
    return min(rounds)


def report(what: str, ok: float, door: float, ours: float, plain: float, trail: float | None = None) -> None:
    """Print a line with times and ratio."""
    ours_alone, plain_alone = ours - door - ok, plain - door - ok
    line = f'{what}: return "ok" {ok * 1e3:.3f}; door (sign-in, access, token) {door * 1e3:.2f}; '
    line += (
        f"ours {ours_alone * 1e3:.2f}, straightforward {plain_alone * 1e3:.2f}: {ours_alone / plain_alone:.2f} of it"
    )
    print(line + (f"; trail {trail * 1e3:.2f}" if trail is not None else ""))


if __name__ == "__main__":
    main()
