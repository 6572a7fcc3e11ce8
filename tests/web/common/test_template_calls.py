"""Whatever a template calls is called as Jinja would call it."""

from typing import Any

import pytest
from flask import Flask
from flask.templating import Environment as FlaskEnvironment
from jinja2 import pass_context, pass_environment, pass_eval_context
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from markupsafe import Markup

from compliance.web.templating import PageEnvironment

MACROS = """
{% macro bold(words, mark='!') %}<b>{{ words }}{{ mark }}</b>{% endmacro %}
{% macro framed(title) %}{{ title }}: {{ caller(2) }}{% endmacro %}
{% macro given() %}{{ varargs }} {{ kwargs }}{% endmacro %}
"""


@pass_context
def seen(context: Context, name: str) -> Any:
    return context[name]


@pass_environment
def kind(environment: FlaskEnvironment) -> bool:
    return bool(environment.autoescape)


@pass_eval_context
def escapes(context: EvalContext) -> bool:
    return context.autoescape


class Named:
    def __call__(self, name: str, end: str = ".") -> Markup:
        return Markup("<i>%s</i>%s") % (name, end)


def rendered(environment: FlaskEnvironment, source: str) -> str:
    environment.globals.update(seen=seen, kind=kind, escapes=escapes, named=Named(), plain=lambda *a, **k: (a, k))
    return environment.from_string(MACROS + source).render(who="A & B", each=["x", "y"])


@pytest.mark.parametrize(
    "source",
    [
        "{{ bold(who) }} {{ bold(who, '?') }} {{ bold(mark='<', words=named(who)) }}",
        "{% call(number) framed(who) %}{{ bold(number) }}{% endcall %}",
        "{{ given(who, 2, three=3) }}",
        "{% for one in each %}{% set two = one %}{{ seen('two') }}{{ bold(loop.index) }}{% endfor %}",
        "{% block main %}{% set inner = who %}{{ seen('inner') }}{{ bold(inner) }}{% endblock %}",
        "{{ kind() }} {{ escapes() }} {{ named(who, end='<') }} {{ plain(who, two=2) }} {{ who.replace('A', '<') }}",
        "{% for one in each %}{{ plain(one, key=bold(one)) }}{% endfor %}",
    ],
)
def test_a_template_calls_functions_and_macros_as_jinja_does(source: str) -> None:
    app = Flask(__name__)
    found = [rendered(made(app, autoescape=True), source) for made in (PageEnvironment, FlaskEnvironment)]
    assert found[0] == found[1] and found[0].strip()


def test_a_macro_without_such_an_argument_is_refused() -> None:
    with pytest.raises(TypeError, match="takes no keyword argument 'colour'"):
        rendered(PageEnvironment(Flask(__name__), autoescape=True), "{{ bold(who, colour='red') }}")
