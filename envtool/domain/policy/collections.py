"""Lists, tables and records of a policy."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from envtool.domain.policy.shapes import KeyPath, Neutral, Report, Shape, dotted
from envtool.domain.results import Json


class Texts:
    """A list of texts, kept as a tuple; `weak` says which change permits more."""

    def __init__(self, item: Shape, *, added: bool = False, removed: bool = False) -> None:
        self._item = item
        self._added_is_weaker = added
        self._removed_is_weaker = removed

    def read(self, value: object, path: KeyPath, report: Report) -> tuple[str, ...] | None:
        """See `Shape.read`."""
        if not isinstance(value, list):
            hint = f'write `["{value}"]`' if isinstance(value, str) else None
            report.problem(path, f"`{dotted(path)}` must be a list of texts", hint)
            return None
        items = [self._item.read(each, (*path, i), report) for i, each in enumerate(value)]
        return tuple(item for item in items if item is not None)

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        return {"type": "array", "items": self._item.schema()}

    def weaker(self, old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
        """See `Shape.weaker`."""
        more = tuple(f"adds `{item}`" for item in new if item not in old)
        less = tuple(f"drops `{item}`" for item in old if item not in new)
        return (more if self._added_is_weaker else ()) + (less if self._removed_is_weaker else ())

    def merge(self, old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
        """See `Shape.merge`; a list that may not shrink grows."""
        if not self._removed_is_weaker:
            return new
        return old + tuple(item for item in new if item not in old)


class AllowList(Texts):
    """A list of what is allowed; the empty list allows everything."""

    def __init__(self, item: Shape) -> None:
        super().__init__(item, added=True)

    def weaker(self, old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
        """See `Shape.weaker`."""
        if not old:
            return ()
        return super().weaker(old, new) if new else ("allows everything",)


class Table:
    """A table from free names to values of one shape."""

    def __init__(
        self,
        value: Shape,
        *,
        names: tuple[str, ...] | None = None,
        added: bool = False,
        removed: bool = False,
    ) -> None:
        self._value = value
        self._names = names
        self._added_is_weaker = added
        self._removed_is_weaker = removed

    def read(self, value: object, path: KeyPath, report: Report) -> dict[str, Any] | None:
        """See `Shape.read`."""
        if not isinstance(value, dict):
            report.problem(path, f"`{dotted(path)}` must be a table")
            return None
        table = {}
        for name, each in value.items():
            if self._names is not None and name not in self._names:
                report.unknown_key((*path, name), self._names)
            elif (item := self._value.read(each, (*path, name), report)) is not None:
                table[name] = item
        return table

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        if self._names is None:
            return {"type": "object", "additionalProperties": self._value.schema()}
        properties: dict[str, Json] = {name: self._value.schema() for name in self._names}
        return {"type": "object", "properties": properties, "additionalProperties": False}

    def weaker(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
        """See `Shape.weaker`."""
        more = (
            f"adds `{name} = {item}`"
            for name, value in new.items()
            for item in _items(value)
            if name not in old or item not in _items(old[name])
        )
        less = (
            f"{'changes' if name in new else 'drops'} `{name} = {value}`"
            for name, value in old.items()
            if new.get(name) != value
        )
        return (
            *(more if self._added_is_weaker else ()),
            *(less if self._removed_is_weaker else ()),
        )

    def merge(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Mapping[str, Any]:
        """See `Shape.merge`."""
        return {**old, **new}


def _items(value: Any) -> tuple[Any, ...]:
    """A list item by item; a record is a tuple, too, and one thing."""
    return value if type(value) is tuple else (value,)


class Field(NamedTuple):
    """One key of a record."""

    shape: Shape
    doc: str
    required: bool = False


class Record(Neutral):
    """A table with known keys, built into one value."""

    def __init__(self, build: Callable[..., Any], fields: Mapping[str, Field]) -> None:
        self._build = build
        self._fields = fields

    def read(self, value: object, path: KeyPath, report: Report) -> Any:
        """See `Shape.read`."""
        if not isinstance(value, dict):
            report.problem(path, f"`{dotted(path)}` must be a table")
            return None
        for key in value.keys() - self._fields.keys():
            report.unknown_key((*path, key), tuple(self._fields))
        before = len(report.problems)
        content = {
            key: field.shape.read(value[key], (*path, key), report)
            for key, field in self._fields.items()
            if key in value
        }
        for key, field in self._fields.items():
            if field.required and key not in value:
                report.problem(path, f"`{dotted(path)}` lacks `{key}`: {field.doc}")
        return self._build(**content) if len(report.problems) == before else None

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        properties: dict[str, Json] = {
            key: field.shape.schema() | {"description": field.doc}
            for key, field in self._fields.items()
        }
        required: list[Json] = [key for key, field in self._fields.items() if field.required]
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }


class Records:
    """An array of records, kept as a tuple."""

    def __init__(
        self, item: Record, *, added: str | None = None, removed: str | None = None
    ) -> None:
        # How a change is named in `weaker`; None when it permits nothing.
        self._item = item
        self._added = added
        self._removed = removed

    def read(self, value: object, path: KeyPath, report: Report) -> tuple[Any, ...] | None:
        """See `Shape.read`."""
        if not isinstance(value, list):
            report.problem(path, f"`{dotted(path)}` must be an array of tables: `[[{path[-1]}]]`")
            return None
        items = [self._item.read(each, (*path, i), report) for i, each in enumerate(value)]
        return tuple(item for item in items if item is not None)

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        return {"type": "array", "items": self._item.schema()}

    def weaker(self, old: tuple[Any, ...], new: tuple[Any, ...]) -> tuple[str, ...]:
        """See `Shape.weaker`."""
        more = tuple(f"{self._added} {item}" for item in new if item not in old)
        less = tuple(f"{self._removed} {item}" for item in old if item not in new)
        return (more if self._added else ()) + (less if self._removed else ())

    def merge(self, old: tuple[Any, ...], new: tuple[Any, ...]) -> tuple[Any, ...]:
        """See `Shape.merge`."""
        return old + tuple(item for item in new if item not in old)
