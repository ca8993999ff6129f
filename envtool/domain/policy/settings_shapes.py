"""The kind of value that gives a deployed program its settings: texts, and where secrets are."""

from typing import NamedTuple

from envtool.domain.activation import RESERVED, read_variables
from envtool.domain.policy.shapes import KeyPath, Neutral, Report, dotted
from envtool.domain.results import Json
from envtool.domain.secrets import is_secret_variable

_WAYS = ("env", "file")


class Reference(NamedTuple):
    """Where a value is read when it is needed: a variable of whoever deploys, or a file."""

    env: str | None = None
    file: str | None = None

    def __str__(self) -> str:
        """As messages name it."""
        return f"`${self.env}`" if self.env is not None else f"`{self.file}`"


Setting = str | Reference


class Settings(Neutral):
    """Environment variables, by name; secrets by reference only."""

    def read(self, value: object, path: KeyPath, report: Report) -> dict[str, Setting] | None:
        """See `Shape.read`."""
        if not isinstance(value, dict):
            report.problem(path, f"`{dotted(path)}` must be a table", 'write `{ STAGE = "test" }`')
            return None
        try:
            read_variables(dict.fromkeys(value, ""))
        except ValueError as error:
            report.problem(path, f"`{dotted(path)}` can not be used: {error}")
            return None
        found = {name: _setting(name, each, (*path, name), report) for name, each in value.items()}
        return {name: each for name, each in found.items() if each is not None}

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        names: dict[str, Json] = {
            "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
            "not": {"enum": list[Json](sorted(RESERVED))},
        }
        properties: dict[str, Json] = {each: {"type": "string", "minLength": 1} for each in _WAYS}
        reference: dict[str, Json] = {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
        values: dict[str, Json] = {"anyOf": [{"type": "string"}, reference]}
        return {"type": "object", "propertyNames": names, "additionalProperties": values}


def _setting(name: str, value: object, path: KeyPath, report: Report) -> Setting | None:
    if isinstance(value, dict) and len(value) == 1:
        ((way, where),) = value.items()
        if way in _WAYS and isinstance(where, str) and where and "\0" not in where:
            return Reference(**{way: where})
    if not isinstance(value, str) or "\0" in value:
        report.problem(
            path, f"`{dotted(path)}` must be a text, or say where it is", _referring(name)
        )
    elif is_secret_variable(name, value):
        report.problem(path, f"`{dotted(path)}` is a secret, written down", _referring(name))
    else:
        return value
    return None


def _referring(name: str) -> str:
    return f'write `{{ env = "{name}" }}` or `{{ file = "/run/secrets/{name.lower()}" }}`'
