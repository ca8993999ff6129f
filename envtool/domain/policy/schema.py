"""The JSON schema of `envtool.toml`, made from the options."""

from typing import Any

from envtool.domain.policy.model import options
from envtool.domain.policy.records import Level
from envtool.domain.results import Json


def policy_schema(rule_titles: "dict[str, str]") -> dict[str, Json]:
    """A draft 2020-12 schema; `rule_titles` are the ids of the rules with their titles."""
    properties: dict[str, Any] = {}
    for option in options().values():
        schema = option.shape.schema() | {"description": option.doc}
        if option.key == ("rules",):
            schema = _rules(rule_titles) | {"description": option.doc}
        family, *rest = option.key
        if not rest:
            properties[family] = schema
            continue
        table = properties.setdefault(
            family, {"type": "object", "properties": {}, "additionalProperties": False}
        )
        table["properties"][rest[0]] = schema
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "envtool policy",
        "description": "envtool.toml, or [tool.envtool] in pyproject.toml",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _rules(titles: "dict[str, str]") -> dict[str, Json]:
    """A family is a level for all of its rules, or a table of rules."""
    level: dict[str, Json] = {"enum": [each.value for each in Level]}
    families: dict[str, dict[str, Json]] = {}
    for rule, title in titles.items():
        family, _, name = rule.partition(".")
        families.setdefault(family, {})[name] = level | {"description": title}
    properties: dict[str, Json] = {
        family: {
            "anyOf": [
                level,
                {"type": "object", "properties": rules, "additionalProperties": False},
            ]
        }
        for family, rules in families.items()
    }
    properties |= {rule: level | {"description": title} for rule, title in titles.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}
