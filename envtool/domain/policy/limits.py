"""The shapes of what limits the age of packages, and of who is asked about it."""

from envtool.domain.policy.shapes import KeyPath, Replacing, Report, Text, dotted
from envtool.domain.results import Json

# More is a slip of the finger.
_MOST = 36500


class Limit(Replacing):
    """A limit in whole `unit`s; None, which no file can say, is none."""

    def __init__(self, unit: str) -> None:
        self._unit = unit

    def read(self, value: object, path: KeyPath, report: Report) -> int | None:
        """See `Shape.read`."""
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST:
            return value
        report.problem(path, f"`{dotted(path)}` must be a number of {self._unit}")
        return None

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        return {"type": "integer", "minimum": 0, "maximum": _MOST}

    def weaker(self, old: int | None, new: int | None) -> tuple[str, ...]:
        """See `Shape.weaker`."""
        if old is None or (new is not None and new <= old):
            return ()
        said = "no limit" if new is None else f"{new} {self._unit}"
        return (f"{said} instead of {old}",)


class Witness(Text):
    """Whose word counts; another one may say that all is well."""

    def weaker(self, old: str, new: str) -> tuple[str, ...]:
        """See `Shape.weaker`."""
        return (f"is `{new}` instead of `{old}`",) if new != old else ()
