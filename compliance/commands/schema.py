"""`compliance schema`: the JSON Schema of editions for text editors, made from `questionnaire/schema.py`."""

import json
from collections.abc import Mapping
from typing import Any

import click

from compliance.questionnaire.schema import COUNTRY_FACTS, FORMAT_KEYS, FORMAT_LEVELS, FormatKey, FormatLevel, KeyType
from compliance.questionnaire.vocabulary import FIELD_FACTS

_TITLE = (
    "Questionnaire edition (law files: #/$defs/instrument; crosswalks: #/$defs/crosswalk; "
    "a file named in parts: #/$defs/part)"
)
# Ids and texts may be written without quotes, so that YAML reads `no` or `12` as a boolean or a number.
_WORD: Mapping[str, Any] = {"type": ["string", "number", "boolean"]}
_DECIMALS: Mapping[str, Any] = {"type": "integer", "minimum": 0, "maximum": 9}
_FIELD_VALUES: tuple[Mapping[str, Any], ...] = ({"$ref": "#/$defs/values"}, {"const": "number"})

_TYPES: Mapping[KeyType, Mapping[str, Any]] = {
    "id": {**_WORD, "pattern": "^[a-z0-9._-]+$"},
    "text": _WORD,
    "number": {"type": "number"},
    "number > 0": {"type": "number", "exclusiveMinimum": 0},
    "share": {"type": "number", "minimum": 0, "maximum": 1},
    "true or false": {"type": "boolean"},
    "decimals": _DECIMALS,
    "decimals or exact": {"anyOf": [_DECIMALS, {"const": "exact"}]},
    "year": {"type": "integer", "minimum": 1000, "maximum": 9999},
    "date": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    "ids": {"type": "array", "items": _WORD, "uniqueItems": True},
    "two numbers": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    "condition": {"$ref": "#/$defs/condition"},
    "parts": {"type": "array", "minItems": 1, "items": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/part"}]}},
    "options": {"anyOf": [{"$ref": "#/$defs/options"}, _WORD]},
    "option sets": {"type": "object", "additionalProperties": {"$ref": "#/$defs/options"}},
    "bands": {"type": "array", "items": {"$ref": "#/$defs/band"}},
    "minimum standards": {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": r"^-?\d+(\.\d+)? points?$"},
            ]
        },
    },
    "profile": {
        "type": "object",
        "additionalProperties": {"anyOf": [*_FIELD_VALUES, {"$ref": "#/$defs/field"}]},
    },
    "lenses": {
        "type": "object",
        "additionalProperties": {"anyOf": [{"$ref": "#/$defs/values"}, {"$ref": "#/$defs/lens"}]},
    },
    "field values": {"anyOf": [*_FIELD_VALUES, {"$ref": "#/$defs/texts"}]},
    "lens values": {"anyOf": [{"$ref": "#/$defs/values"}, {"$ref": "#/$defs/texts"}]},
    "kept": {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"anyOf": [_WORD, {"type": "array", "minItems": 1, "items": _WORD}]},
    },
    "weights": {"type": "object", "additionalProperties": {"type": "number", "exclusiveMinimum": 0}},
    "documents": {"anyOf": [{"$ref": "#/$defs/values"}, {"$ref": "#/$defs/texts"}]},
    "shares": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1}},
    "themes": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/theme"}},
    "tables": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/table"}},
    "columns": {"type": "object", "minProperties": 2, "additionalProperties": _WORD},
    "notes": {"$ref": "#/$defs/texts"},
    "provisions": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/provision"}},
    "rules": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/rule"}},
    "facts": {"$ref": "#/$defs/facts"},
    "points": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/point"}},
}


@click.command()
def schema() -> None:
    """Print the JSON Schema of editions and law files, for editors."""
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def json_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema draft 2020-12). Its root is an edition or a cut of one."""
    definitions: dict[str, Any] = {level: _object(level) for level in FORMAT_LEVELS}
    definitions["part"] = {
        "if": {"type": "object", "anyOf": [{"required": ["parts"]}, {"required": ["expects"]}]},
        "then": {"$ref": "#/$defs/node"},
        "else": {"$ref": "#/$defs/question"},
    }
    definitions["options"] = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/option"}}
    definitions["values"] = {"type": "array", "minItems": 1, "items": _WORD, "uniqueItems": True}
    definitions["texts"] = {"type": "object", "minProperties": 1, "additionalProperties": _WORD}
    definitions["condition"] = _condition()
    definitions["facts"] = _facts()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _TITLE,
        "if": {"type": "object", "anyOf": [{"required": ["cut_of"]}, {"required": ["keep"]}]},
        "then": {"$ref": "#/$defs/cut"},
        "else": {"$ref": "#/$defs/edition"},
        "$defs": definitions,
    }


def _object(level: FormatLevel) -> dict[str, Any]:
    """Return the schema of a mapping at a level. At nodes and questions, any other key may be a lens with one value."""
    required = [key.name for key in FORMAT_KEYS[level] if key.required]
    return {
        "type": "object",
        "properties": {key.name: _property(key) for key in FORMAT_KEYS[level]},
        "required": required,
        "additionalProperties": _WORD if level in ("node", "question") else False,
    }


def _property(key: FormatKey) -> dict[str, Any]:
    described: dict[str, Any] = {"enum": list(key.choices)} if key.type == "choice" else dict(_TYPES[key.type])
    described["description"] = f"{key.meaning}; default: {key.default}" if key.default else key.meaning
    return described


def _condition() -> dict[str, Any]:
    """Return the schema of a condition: ids with what is required of them, joined by all, any or not."""
    at_least = {
        "type": "object",
        "properties": {"at_least": {"type": "number"}},
        "required": ["at_least"],
        "additionalProperties": False,
    }
    several = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/condition"}}
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {"any": several, "all": several, "not": {"$ref": "#/$defs/condition"}},
        "additionalProperties": {"anyOf": [_WORD, {"type": "array", "minItems": 1, "items": _WORD}, at_least]},
    }


def _facts() -> dict[str, Any]:
    """Return the schema of facts required of a company, joined by all, any or not. The loader checks countries."""
    several = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/facts"}}
    facts: dict[str, Any] = dict.fromkeys(COUNTRY_FACTS, _one_or_more({"type": "string", "pattern": "^[A-Z]+$"}))
    facts |= {fact: _one_or_more({"enum": list(values)}) for fact, values in FIELD_FACTS.items()}
    joints = {"any": several, "all": several, "not": {"$ref": "#/$defs/facts"}}
    return {"type": "object", "minProperties": 1, "properties": {**facts, **joints}, "additionalProperties": False}


def _one_or_more(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [value, {"type": "array", "minItems": 1, "items": value}]}
