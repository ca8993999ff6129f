"""The kinds of values that say what is run, and how."""

from envtool.domain.policy.shapes import KeyPath, Neutral, Report, dotted
from envtool.domain.results import Json


class Number(Neutral):
    """A number from `least` to `most`."""

    def __init__(self, *, least: float, most: float, whole: bool = False) -> None:
        self._least = least
        self._most = most
        self._whole = whole

    def read(self, value: object, path: KeyPath, report: Report) -> float | None:
        """See `Shape.read`."""
        if (
            isinstance(value, int if self._whole else int | float)
            and not isinstance(value, bool)
            and self._least <= value <= self._most
        ):
            return value
        kind = "a whole number" if self._whole else "a number"
        report.problem(
            path, f"`{dotted(path)}` must be {kind} from {self._least:g} to {self._most:g}"
        )
        return None

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        kind = "integer" if self._whole else "number"
        return {"type": kind, "minimum": self._least, "maximum": self._most}


class CommandLine(Neutral):
    """A command: a line for the shell, or a list of words, kept as a tuple."""

    def read(self, value: object, path: KeyPath, report: Report) -> str | tuple[str, ...] | None:
        """See `Shape.read`."""
        if isinstance(value, str) and value.strip() and "\0" not in value:
            return value
        if isinstance(value, list) and value and all(map(self._is_word, value)) and value[0]:
            return tuple(value)
        report.problem(
            path,
            f"`{dotted(path)}` must be a line for the shell, or a list of words",
            'write `["pytest", "-q"]`',
        )
        return None

    def _is_word(self, value: object) -> bool:
        return isinstance(value, str) and "\0" not in value

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        words: dict[str, Json] = {
            "type": "array",
            "minItems": 1,
            "prefixItems": [{"type": "string", "minLength": 1}],
            "items": {"type": "string"},
        }
        return {"anyOf": [{"type": "string", "pattern": r"\S"}, words]}


class Variables(Neutral):
    """Environment variables, by name."""

    def read(self, value: object, path: KeyPath, report: Report) -> dict[str, str] | None:
        """See `Shape.read`."""
        from envtool.domain.activation import read_variables

        try:
            if isinstance(value, dict) and all(isinstance(each, str) for each in value.values()):
                return {name: each or "" for name, each in read_variables(value).items()}
            why = "must be a table of texts"
        except ValueError as error:
            why = f"can not be used: {error}"
        report.problem(path, f"`{dotted(path)}` {why}", 'write `{ STAGE = "test" }`')
        return None

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        from envtool.domain.activation import RESERVED

        names: dict[str, Json] = {
            "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
            "not": {"enum": list[Json](sorted(RESERVED))},
        }
        values: dict[str, Json] = {"type": "string"}
        return {"type": "object", "propertyNames": names, "additionalProperties": values}
