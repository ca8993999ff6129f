"""The shapes of numbers in a policy."""

from typing import TypeGuard

from envtool.domain.policy.shapes import KeyPath, Replacing, Report, dotted
from envtool.domain.results import Json


class Amount(Replacing):
    """A number from 0 to `most`; more is weaker when it is a limit, less when it is the least."""

    def __init__(
        self, what: str, unit: str, most: int, *, limit: bool = False, least: bool = False
    ) -> None:
        self._what = what
        self._unit = unit
        self._most = most
        self._limit = limit
        self._least = least

    def read(self, value: object, path: KeyPath, report: Report) -> float | None:
        """See `Shape.read`."""
        if self._is_number(value) and 0 <= value <= self._most:
            return value
        report.problem(path, f"`{dotted(path)}` must be {self._what}")
        return None

    def _is_number(self, value: object) -> TypeGuard[float]:
        return isinstance(value, int) and not isinstance(value, bool)

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        return {"type": "integer", "minimum": 0, "maximum": self._most}

    def weaker(self, old: float, new: float) -> tuple[str, ...]:
        """See `Shape.weaker`."""
        is_weaker = (self._limit and new > old) or (self._least and new < old)
        return (f"{new}{self._unit} instead of {old}",) if is_weaker else ()


# In days; more is a slip of the finger.
_CENTURY = 36500


class Days(Amount):
    """A number of days."""

    def __init__(self, *, limit: bool = False, least: bool = False) -> None:
        super().__init__("a number of days", " days", _CENTURY, limit=limit, least=least)


class Percent(Amount):
    """A share that has to be reached at least."""

    def __init__(self) -> None:
        super().__init__("a number from 0 to 100", " %", 100, least=True)


class Score(Amount):
    """A base score of CVSS, with one digit behind the point; from there on something counts."""

    def __init__(self) -> None:
        super().__init__("a score from 0 to 10", "", 10, limit=True)

    def _is_number(self, value: object) -> TypeGuard[float]:
        return super()._is_number(value) or isinstance(value, float)

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        return {**super().schema(), "type": "number"}
