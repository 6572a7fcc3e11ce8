"""The OpenAPI document is true: requests that it allows are answered as it says, and others are refused."""

from typing import Any

import pytest
import schemathesis
from hypothesis import given
from schemathesis import Case, GenerationMode
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from compliance.languages.interface_messages import LANGUAGES
from compliance.web.api.blueprint import ENDPOINTS
from compliance.web.problems import API_PREFIX
from tests.support.demonstrations import CLOSED
from tests.support.examples import SHARE, examples, ways
from tests.support.page_lint import faults_of
from tests.support.sites import Site

OPENAPI = f"{API_PREFIX}/openapi.json"
#: Ids that exist in the demonstration, and one that does not.
KNOWN = {
    "period": [CLOSED, CLOSED - 1, 1999],
    "sector": ["all", "travel", "transport", "nowhere"],
    "of": ["overall", "law:crc-34", "Example Tours 03"],
    "size": ["10-49+50-249"],
    "requirement": ["r02", "r01", "r999"],
    "theme": ["code", "nothing"],
    "provision": ["crc-34", "opsc-1", "no-law"],
    "instrument": ["crc", "no-law"],
    "company": ["example-ferries-23", "example-nobody"],
    "version": [1, 2, 34],
    "kind": ["supplier-code", "employees-code"],
    "limit": [1, 7, 150],
}


def document(site: Site, language: str = "en") -> dict[str, Any]:
    told: dict[str, Any] = site.client().get(f"{OPENAPI}?language={language}").json
    return told


def closed(schema: Any) -> Any:
    """A schema that allows only the fields that it names, so that an undocumented field is a fault."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: closed(each) for key, each in schema.items()}
    return told | ({"additionalProperties": False} if "required" in told else {})


def asking_for_what_there_is(told: dict[str, Any]) -> dict[str, Any]:
    """The document with only known ids, because invented ones would nearly always be answered with 404."""
    for path in told["paths"].values():
        for parameter in path["get"]["parameters"]:
            if parameter["name"] in KNOWN:
                parameter["schema"] = {**parameter["schema"], "enum": KNOWN[parameter["name"]]}
    return told


def is_sent_whole(case: Case) -> bool:
    """Whether all parameters are in the address. An empty list is not, so that the address may be valid without it."""
    return [] not in (case.query or {}).values()


@pytest.mark.parametrize(
    ("mode", "known"),
    [(GenerationMode.POSITIVE, True), (GenerationMode.POSITIVE, False), (GenerationMode.NEGATIVE, False)],
    ids=["what there is", "what is allowed", "what is not allowed"],
)
def test_every_answer_is_as_the_document_says_whatever_the_request(
    site: Site, mode: GenerationMode, known: bool
) -> None:
    told = document(site)
    told["components"] = closed(told["components"])
    schema = schemathesis.openapi.from_dict(asking_for_what_there_is(told) if known else told)
    schema.app = site.app
    # In `make test`, without words from the tool's own code, as reading it for them takes longer than all requests.
    words = None if SHARE >= 1 else FeedbackSources()
    asked = [operation.ok() for operation in schema.get_all_operations()]
    assert len(asked) == len(ENDPOINTS) >= 15
    answered = set()
    for operation in asked:

        @examples(30)
        @given(case=operation.as_strategy(generation_mode=mode, feedback=words).filter(is_sent_whole))
        def ask(case: Case) -> None:
            answered.add(case.call_and_validate(headers={"Accept-Encoding": "identity"}).status_code)

        ask()
    assert answered <= ({400, 404} if mode == GenerationMode.NEGATIVE else {200, 304, 404})
    assert 200 in answered or not known


@pytest.mark.parametrize("language", ways(LANGUAGES, "fr"))
def test_the_document_is_valid_and_says_the_same_in_every_language(site: Site, language: str) -> None:
    told = document(site, language)
    assert [str(fault) for fault in OPENAPI_31_VALIDATOR.iter_errors(told)] == []
    assert without_words(told) == without_words(document(site))
    if language != "en":
        assert told["info"]["description"] != document(site)["info"]["description"]


def without_words(told: Any) -> Any:
    """A document without its titles, descriptions, summaries and tags."""
    if isinstance(told, list):
        return [without_words(each) for each in told]
    if not isinstance(told, dict):
        return told
    words = ("title", "description", "summary", "tags")
    return {key: without_words(each) for key, each in told.items() if not (key in words and is_said(each))}


def is_said(value: Any) -> bool:
    """Whether this is a text or a list for people to read, and not a field that happens to have the same name."""
    return isinstance(value, str | list)


def test_every_address_of_the_api_is_described(site: Site) -> None:
    served = {rule.endpoint for rule in site.app.url_map.iter_rules() if rule.endpoint.startswith("api.")}
    described = {path["get"]["operationId"] for path in document(site)["paths"].values()}
    assert served == {f"api.{name}" for name in described} | {"api.openapi"}


@pytest.mark.parametrize("language", ways(LANGUAGES, "ar"))
def test_the_page_tells_people_every_address_and_every_field(site: Site, language: str) -> None:
    page = site.client().get("/api" if language == "en" else f"/{language}/api")
    assert page.status_code == 200
    assert faults_of(page.text) == []
    told = document(site)
    assert [path for path in told["paths"] if f"GET {path}<" not in page.text] == []
    for name, schema in told["components"]["schemas"].items():
        assert f'id="{name}"' in page.text
        assert [field for field in schema["properties"] if f">{field}</code>" not in page.text] == []
    assert f'href="{OPENAPI}?language={language}"' in page.text
    assert "<script" not in page.text
