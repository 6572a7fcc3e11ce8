"""The description of the API: its entry point, the OpenAPI document, and the page that people read.

All three are made from `ENDPOINTS` and the annotations of their records, so that exactly what is served is described.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from flask import Blueprint, current_app, render_template
from werkzeug.wrappers import Response as AnyResponse

from compliance.disclosure.data_package import LICENCE_ADDRESS
from compliance.languages.interface_messages import (
    LANGUAGE_NAMES,
    N_,
    has_unreviewed,
    offered_languages,
)
from compliance.languages.interface_messages import gettext as _
from compliance.web.access_control import public
from compliance.web.api.blueprint import (
    ENDPOINTS,
    LANGUAGE,
    REQUESTS_PER_MINUTE,
    ApiEndpoint,
    ApiParameter,
    Links,
    Record,
    about,
    address_of,
    answer_with,
    bp,
    endpoint,
)
from compliance.web.kept_pages import same_for_everybody
from compliance.web.problems import API_PREFIX, PROBLEM_TYPE, SENTENCES
from compliance.web.urls import absolute_url, reads_query

pages = Blueprint("api_guide", __name__)

API_VERSION = "1.0.0"
#: The tags of endpoints, by the beginning of their paths, in the order of description.
TAGS: Mapping[str, str] = {
    "": N_("Entry point"),
    "periods": N_("Periods, sectors and figures"),
    "requirements": N_("Requirements"),
    "provisions": N_("Provisions of law"),
    "companies": N_("Companies, read from what they publish"),
}
INTRODUCTION = N_(
    "What Article 34 publishes, for programs: figures of closed periods, requirements, the law behind them, and "
    "readings of what companies publish. No key or account is needed. Fields may be added; none will change or "
    "disappear."
)
_SCHEMAS = "#/components/schemas/"


class LanguageJson(Record, frozen=True, kw_only=True):
    """A language of labels and sentences."""

    code: str
    name: str
    draft: Annotated[bool, about(N_("True while some translations are unreviewed: the English text prevails."))]


class EntryPointJson(Record, frozen=True, kw_only=True):
    """The entry point."""

    version: str
    languages: tuple[LanguageJson, ...]
    links: Links


class ProblemJson(Record, frozen=True, kw_only=True):
    """What is wrong with a request (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: Annotated[str, about(N_("What is wrong, and what to do, in a sentence or two."))]


@endpoint("/", N_("Links to all lists, and the languages"), EntryPointJson)
def index() -> EntryPointJson:
    """Return links to every list."""
    lists = ("periods", "requirements", "provisions", "companies")
    return EntryPointJson(
        version=API_VERSION,
        languages=tuple(
            LanguageJson(code=code, name=LANGUAGE_NAMES[code], draft=has_unreviewed(code))
            for code in offered_languages()
        ),
        links={
            **{name: address_of(f"api.{name}") for name in lists},
            "openapi": address_of("api.openapi"),
            "page": address_of("api_guide.guide"),
        },
    )


@bp.get("/openapi.json")
@public
@reads_query(LANGUAGE.name)
def openapi() -> AnyResponse:
    """Return the OpenAPI document."""
    return answer_with(openapi_document())


@pages.get("/api")
@same_for_everybody
def guide() -> str:
    """Show the API for people: every address, its parameters and its records."""
    document = openapi_document()
    return render_template(
        "api/guide.html",
        document=document,
        groups=list(_groups(document)),
        schemas=[(name, list(_fields(schema))) for name, schema in document["components"]["schemas"].items()],
        base=absolute_url(API_PREFIX),
        per_minute=current_app.config.get("API_REQUESTS_PER_MINUTE", REQUESTS_PER_MINUTE),
    )


# ── The document


def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document, in the current language."""
    described = sorted(ENDPOINTS, key=lambda each: list(TAGS).index(_tag(each)))
    records = [each.record for each in described]
    template = _SCHEMAS + "{name}"
    references, schemas = msgspec.json.schema_components([*records, ProblemJson], ref_template=template)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": _("Article 34: what is published"),
            "version": API_VERSION,
            "description": _(INTRODUCTION),
            "license": {"name": "CC BY 4.0", "url": LICENCE_ADDRESS},
        },
        "servers": [{"url": absolute_url(API_PREFIX)}],
        "tags": [{"name": _(title)} for title in TAGS.values()],
        "paths": {
            _template(each.path): {"get": _operation(each, _in_words(reference))}
            for each, reference in zip(described, references, strict=False)
        },
        "components": {
            "schemas": {name: _in_words(schema) for name, schema in sorted((_name(n), s) for n, s in schemas.items())}
        },
    }


def _operation(asked: ApiEndpoint, reference: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "operationId": asked.name,
        "summary": _(asked.summary),
        "tags": [_(TAGS[_tag(asked)])],
        "parameters": [
            *(_parameter(each, "path") for each in asked.path_parameters),
            *(_parameter(each, "query") for each in asked.query),
            {
                "name": "If-None-Match",
                "in": "header",
                "description": _("The ETag of an earlier response. If nothing has changed since, the response is 304."),
                "schema": {"type": "string"},
            },
        ],
        "responses": {
            "200": {
                "description": _(asked.summary),
                "headers": _headers("ETag", *(["Link"] if asked.is_paged else [])),
                "content": {"application/json": {"schema": dict(reference)}},
            },
            "304": {"description": _("Nothing has changed since."), "headers": _headers("ETag")},
            **{str(status): _refusal(status) for status in (400, 404, 429, 500, 503)},
        },
    }


#: The descriptions of response headers.
_HEADERS: Mapping[str, str] = {
    "ETag": N_("Identifies the response: send it back as If-None-Match."),
    "Link": N_("URLs of the next and the previous page of a list (RFC 8288)."),
    "Retry-After": N_("The number of seconds to wait."),
}


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"description": _(_HEADERS[name]), "schema": {"type": "string"}} for name in names}


def _refusal(status: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": _(SENTENCES[status]),
        "content": {PROBLEM_TYPE: {"schema": {"$ref": f"{_SCHEMAS}Problem"}}},
    }
    return told | ({"headers": _headers("Retry-After")} if status in (429, 503) else {})


def _parameter(parameter: ApiParameter, where: str) -> dict[str, Any]:
    told: dict[str, Any] = {"name": parameter.name, "in": where, "description": _(parameter.description)}
    if where == "path":
        told["required"] = True
    example = {"example": parameter.example} if parameter.example is not None else {}
    return {**told, "schema": parameter.schema, **example}


def _in_words(schema: Any) -> Any:
    """Return a schema with titles and descriptions in the current language. Docstrings are left out."""
    if isinstance(schema, list):
        return [_in_words(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "properties" in schema:  # a record, whose fields may have the names of schema keys
        fields = {name: _in_words(each) for name, each in schema["properties"].items()}
        return {"type": "object", "properties": fields, "required": schema["required"]}
    told = {key: _in_words(value) for key, value in schema.items()}
    if "$ref" in told:
        told["$ref"] = _SCHEMAS + _name(told["$ref"].removeprefix(_SCHEMAS))
    return told | {key: _(told[key]) for key in ("title", "description") if key in told}


def _name(name: str) -> str:
    """Return the name of a record in the document: `Period`, and `PeriodList` for a page of them."""
    inner = name.rstrip("_").rpartition("_")[2].removesuffix("Json")
    return f"{inner}List" if name.endswith("_") else inner


def _template(path: str) -> str:
    """Return a path of Flask in the syntax of OpenAPI."""
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", path)


def _tag(asked: ApiEndpoint) -> str:
    return asked.path.split("/")[1]


# ── The page


@dataclass(frozen=True, slots=True)
class SchemaField:
    """A field of a record, as the page shows it."""

    name: str
    kind: str  # a type of JSON, or the name of a record
    record: str  # the record that it contains; "" for a plain value
    is_list: bool
    may_be_null: bool
    values: Sequence[str]
    words: str


def _fields(schema: Mapping[str, Any]) -> Iterator[SchemaField]:
    for name, told in schema.get("properties", {}).items():
        kinds = [each for each in told.get("anyOf", [told]) if each.get("type") != "null"]
        first = kinds[0]
        is_list = first.get("type") == "array"
        inner = first["items"] if is_list else first
        record = inner.get("$ref", "").removeprefix(_SCHEMAS)
        kind = record or inner.get("format") or inner.get("type") or "string"
        words = [told.get("title", ""), told.get("description", "")]
        yield SchemaField(
            name=name,
            kind=kind,
            record=record,
            is_list=is_list,
            may_be_null=len(kinds) < len(told.get("anyOf", [told])),
            values=inner.get("enum", []),
            words=" · ".join(each for each in words if each),
        )


def _groups(document: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, Mapping[str, Any], str]]]]:
    """Yield the endpoints by tag, each with its path and the name of its record."""
    for tag in document["tags"]:
        yield (
            tag["name"],
            [
                (path, told["get"], _answer(told["get"]))
                for path, told in document["paths"].items()
                if told["get"]["tags"] == [tag["name"]]
            ],
        )


def _answer(operation: Mapping[str, Any]) -> str:
    reference: str = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    return reference.removeprefix(_SCHEMAS)
