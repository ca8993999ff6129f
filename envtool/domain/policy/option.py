"""What an option of the policy is."""

from dataclasses import field
from typing import Any, NamedTuple

from envtool.domain.policy.records import Profile
from envtool.domain.policy.shapes import Shape


class Option(NamedTuple):
    """What is known about one option besides its value."""

    key: tuple[str, ...]
    shape: Shape
    doc: str
    recommended: Any
    strict: Any

    def default(self, profile: Profile) -> Any:
        """The value that `profile` gives it."""
        return self.strict if profile is Profile.STRICT else self.recommended


def option(key: str, shape: Shape, doc: str, *, recommended: Any, strict: Any = ...) -> Any:
    """A dataclass field that is an option; without `strict` both profiles give it one value."""
    known = Option(
        key=tuple(key.split(".")),
        shape=shape,
        doc=doc,
        recommended=recommended,
        strict=recommended if strict is ... else strict,
    )
    return field(metadata={"option": known})
